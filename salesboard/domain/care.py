"""What admins are told about the care of the database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from salesboard.domain import company, notices
from salesboard.domain.notices import Notice
from salesboard.domain.permissions import admins
from salesboard.storage.models import Notice as NoticeRow

KIND = "backup"
LOOKED_BACK = timedelta(days=60)


def tell_backup_failed(why: str, *, now: datetime) -> int:
    """Tell every admin, once a day, that no backup could be made, and why; how many notices are new."""
    today = company.facts().today(now)
    return notices.tell(
        [
            Notice(
                key=f"{KIND}:{today}",
                kind=KIND,
                text=f"No backup could be made: {why}; 'salesboard doctor' looks into it",
                people=admins(),
                on=today,
                tone="attention",
            )
        ],
        now=now,
    )


def tell_backup_made(*, now: datetime) -> None:
    """Take back what was told of backups that failed."""
    today = company.facts().today(now)
    for key in notices.keys_told({KIND}, since=today - LOOKED_BACK):
        notices.withdraw(key, "Backups are made again", now=now)


def standing_trouble(*, since: date) -> str:
    """What was told last of backups that failed since a day, and still holds; empty where nothing does."""
    query = (
        NoticeRow.select(NoticeRow.text)
        .where(NoticeRow.kind == KIND, NoticeRow.on_date >= since, NoticeRow.withdrawn_at.is_null())
        .where(NoticeRow.tone == "attention")
        .order_by(NoticeRow.id.desc())
    )
    return str(query.scalar() or "")
