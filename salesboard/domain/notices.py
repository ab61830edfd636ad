"""What people are told: each thing once, kept in the inbox of everybody whom it concerns.

Notices follow from the ledger and are no part of it. The key of a notice (its kind, its subject and which
occurrence) keeps it from being told twice, whatever tells it, and however often.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from peewee import fn

from salesboard.domain import company, people
from salesboard.domain.permissions import leads_of, require, teams_of, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import database as storage
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Delivery
from salesboard.storage.models import Notice as NoticeRow
from salesboard.storage.prepared import Prepared

if TYPE_CHECKING:
    from salesboard.domain.gains import Scope

Tone = Literal["good", "plain", "attention"]
WITHDRAWN = "withdrawn:"
MANY_TOLD = 500
"""So many lines of an inbox are read at most."""


@dataclass(frozen=True)
class Notice:
    """Something that people should know."""

    key: str
    """Kind, subject and occurrence; what has the same key is the same notice."""
    kind: str
    """record, milestone, anniversary, thanks, quiet deals, review, kudos …"""
    text: str
    people: frozenset[int]
    """Ids of those whom it concerns."""
    on: date
    """The business date that it is about."""
    tone: Tone = "plain"
    leads_to: str | None = None
    """Its subject as `table:id`, such as `deal:60074`; what `Enter` opens."""
    seq: int | None = None
    """The entry of the ledger that brought it about."""


@dataclass(frozen=True)
class Line:
    """A notice as it stands in somebody's inbox."""

    id: int
    key: str
    kind: str
    tone: Tone
    text: str
    leads_to: str | None
    on: date
    at: datetime
    shown: bool
    """Whether it has been on the screen as a toast."""
    read: bool
    dismissed: bool
    snoozed_until: date | None
    withdrawn: str | None
    """Why it holds no more."""


# --- whom it concerns ---------------------------------------------------------------------------------------


def concerned(scope: Scope, on: date) -> frozenset[int]:
    """Ids of the active people whom something of a scope concerns on a day: those whose sales count for it,
    and whoever leads the team, or a team of the person."""
    found = people.whose_sales(scope, on)
    if scope.person is not None:
        found |= leads_of(teams_of(scope.person, on), on)
    elif scope.team is not None:
        found |= leads_of({scope.team}, on)
    return frozenset(found & people.active())


# --- telling ------------------------------------------------------------------------------------------------


def tell(found: Iterable[Notice], *, now: datetime) -> int:
    """Put notices into the inboxes of those whom they concern; how many are new.

    One that was told before is left as it is; one that was withdrawn holds again, and is not told anew.
    """
    new = 0
    with storage.writing():
        for one in found:
            if not one.people:
                continue
            if NoticeRow.select().where(NoticeRow.key == one.key).exists():
                hold_again(one.key)
                continue
            identity = NoticeRow.insert(
                key=one.key,
                kind=one.kind,
                tone=one.tone,
                text=one.text,
                leads_to=one.leads_to,
                on_date=one.on,
                at=now,
                seq=one.seq,
            ).execute()
            rows = [{"person": person, "notice": identity} for person in sorted(one.people)]
            Delivery.insert_many(rows).execute()
            new += 1
        if new:
            storage.current().announce()
    return new


def withdraw(key: str, why: str, *, now: datetime, seq: int | None = None) -> bool:
    """Say of a notice that it holds no more, and tell so, in a neutral tone, whoever was told of it.

    False where there is no such notice, or where it is withdrawn already.
    """
    with storage.writing():
        if not mark_withdrawn(key, why, now=now):
            return False
        row = NoticeRow.get(NoticeRow.key == key)
        told = Delivery.select(Delivery.person).where(Delivery.notice == row.id)
        taken_back = Notice(
            f"{WITHDRAWN}{key}:{seq or now.isoformat()}",
            row.kind,
            why,
            frozenset(person for (person,) in told.tuples()),
            row.on_date,
            leads_to=row.leads_to,
            seq=seq,
        )
        tell([taken_back], now=now)
    return True


def mark_withdrawn(key: str, why: str, *, now: datetime) -> bool:
    """Keep that a notice holds no more, and why; whoever was told of it is told so by something else."""
    with storage.writing():
        query = NoticeRow.update(withdrawn_at=now, withdrawn=why).where(
            NoticeRow.key == key, NoticeRow.withdrawn_at.is_null()
        )
        return bool(query.execute())


def hold_again(key: str) -> None:
    """A notice that was withdrawn holds after all; nobody is told anew."""
    with storage.writing():
        NoticeRow.update(withdrawn_at=None, withdrawn=None).where(
            NoticeRow.key == key, NoticeRow.withdrawn_at.is_null(False)
        ).execute()


def keys_told(kinds: Collection[str], *, since: date) -> set[str]:
    """The keys of the notices of these kinds about days since one, those that were withdrawn too."""
    query = NoticeRow.select(NoticeRow.key).where(NoticeRow.kind.in_(list(kinds)), NoticeRow.on_date >= since)
    return {key for (key,) in query.tuples() if not key.startswith(WITHDRAWN)}


# --- the inbox ----------------------------------------------------------------------------------------------


def inbox(person: int, *, today: date, everything: bool = False) -> list[Line]:
    """Somebody's notices: unread ones first, the newest of each first.

    Without `everything`, what they have dismissed, or sent off until a later day, is left out.
    """
    query = _lines().where(Delivery.person == person)
    if not everything:
        query = query.where(
            Delivery.dismissed_at.is_null(),
            Delivery.snoozed_until.is_null() | (Delivery.snoozed_until <= today),
        )
    unread_first = Delivery.read_at.is_null(False)
    return [
        _line(*row) for row in query.order_by(unread_first, NoticeRow.id.desc()).limit(MANY_TOLD).tuples()
    ]


def to_show(person: int, *, after: int, today: date) -> list[Line]:
    """What is to be shown to somebody as a toast, oldest first: what came after a notice of this number, and
    what no screen of theirs has shown yet."""
    return [_line(*row) for row in _TO_SHOW.iterator(person, after, today)]


def newest() -> int:
    """The number of the newest notice of all; 0 where there is none."""
    return _NEWEST.scalar() or 0


def unread(person: int, *, today: date) -> int:
    """How many notices wait to be read by somebody."""
    return int(_UNREAD.scalar(person, today))


def _lines() -> Any:
    return Delivery.select(
        NoticeRow.id,
        NoticeRow.key,
        NoticeRow.kind,
        NoticeRow.tone,
        NoticeRow.text,
        NoticeRow.leads_to,
        NoticeRow.on_date,
        NoticeRow.at,
        Delivery.shown_at.is_null(False),
        Delivery.read_at.is_null(False),
        Delivery.dismissed_at.is_null(False),
        Delivery.snoozed_until,
        NoticeRow.withdrawn,
    ).join(NoticeRow)


def _line(*row: Any) -> Line:
    number, key, kind, tone, text, leads_to, on, at, *marks, snoozed_until, withdrawn = row
    shown, read, dismissed = map(bool, marks)
    return Line(
        number, key, kind, tone, text, leads_to, on, at, shown, read, dismissed, snoozed_until, withdrawn
    )


def _waits(today: Any) -> Any:
    return (
        Delivery.read_at.is_null()
        & Delivery.dismissed_at.is_null()
        & (Delivery.snoozed_until.is_null() | (Delivery.snoozed_until <= today))
    )


_TO_SHOW = Prepared(
    lambda person, after, today: (
        _lines()
        .where(
            Delivery.person == person,
            (Delivery.notice > after) | Delivery.shown_at.is_null(),
            _waits(today),
        )
        .order_by(NoticeRow.id)
    )
)
_NEWEST = Prepared(lambda: NoticeRow.select(fn.MAX(NoticeRow.id)))
_UNREAD = Prepared(
    lambda person, today: Delivery.select(fn.COUNT(Delivery.notice)).where(
        Delivery.person == person, _waits(today)
    )
)


# --- what people do with their own notices ------------------------------------------------------------------


@writes("keep own inbox")
def mark_shown(actor: Actor, notices: Collection[int], *, now: datetime) -> None:
    """Keep that a screen of somebody's has shown these; no other one will on its start."""
    _mark(actor, notices, now, shown_at=now)


@writes("keep own inbox")
def read(actor: Actor, notices: Collection[int], *, now: datetime) -> None:
    """Keep that somebody has read these of their notices. Refused: one that is not theirs."""
    _mark(actor, notices, now, shown_at=now, read_at=now)


@writes("keep own inbox")
def unread_again(actor: Actor, notice: int, *, now: datetime) -> None:
    """Let a notice be unread again, neither put away nor sent off. Refused: one that is not theirs."""
    _mark(actor, [notice], now, read_at=None, dismissed_at=None, snoozed_until=None)


@writes("keep own inbox")
def dismiss(actor: Actor, notice: int, *, now: datetime) -> None:
    """Put a notice out of somebody's inbox; nobody else's. Refused: one that is not theirs."""
    _mark(actor, [notice], now, shown_at=now, read_at=now, dismissed_at=now)


@writes("keep own inbox")
def snooze(actor: Actor, notice: int, until: date, *, now: datetime) -> None:
    """Send a notice off until a day; then it is unread again. Refused: a day that is not to come, one that
    is not theirs."""
    if until <= company.facts().today(now):
        raise Refused(f"{until} is not to come: a notice can be sent off until tomorrow at the earliest")
    _mark(actor, [notice], now, read_at=None, snoozed_until=until)


def _mark(actor: Actor, notices: Collection[int], now: datetime, **values: Any) -> None:
    with storage.writing():
        require(actor, "keep own inbox", today=company.facts().today(now), owner=actor.id)
        query = Delivery.update(**values).where(
            Delivery.person == actor.id, Delivery.notice.in_(list(notices))
        )
        if query.execute() != len(set(notices)):
            raise NotFound("there is no such notice in your inbox; 'salesboard inbox' shows them")
