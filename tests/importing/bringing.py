"""Small files brought to a board: what a person would have in a folder, as text."""

import io
import textwrap
from datetime import date, datetime
from typing import Any

from salesboard import importing
from salesboard.importing import Options, Plan, Report, Source
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, DealLine, LedgerEntry, Stay
from tests.stories import NOW, owner


class File(io.BytesIO):
    """A file of bytes with a name."""

    def __init__(self, name: str, content: str | bytes) -> None:
        super().__init__(
            content if isinstance(content, bytes) else textwrap.dedent(content).lstrip().encode()
        )
        self.name = name


def deals_file(content: str | bytes, name: str = "deals.csv") -> File:
    return File(name, content)


def sources(*files: File, **reading: Any) -> list[Source]:
    return importing.read_files(files, **reading)


def planned(*files: File, actor: Actor | None = None, now: datetime = NOW, **said: Any) -> Plan:
    allowed = {name: said.pop(name) for name in ("new_people", "skip_bad", "take_doubtful") if name in said}
    return importing.plan(
        sources(*files, **said), actor=actor or owner(), now=now, options=Options(**allowed)
    )


def brought(*files: File, actor: Actor | None = None, now: datetime = NOW, **said: Any) -> Report:
    return importing.apply(planned(*files, actor=actor, now=now, **said), actor=actor or owner(), now=now)


def counted(plan: Plan, kind: str = "deals") -> str:
    return str(plan.counts[kind])


def deal(title: str) -> Deal:
    found: Deal = Deal.get(Deal.title == title)
    return found


def titles() -> list[str]:
    return [title for (title,) in Deal.select(Deal.title).order_by(Deal.id).tuples()]


def account(name: str) -> Account:
    found: Account = Account.get(Account.name == name)
    return found


def way(deal: Deal) -> list[tuple[str, str, date | datetime]]:
    """The deal's stays: stage, status, and when it began (a day where it began with the day, in UTC)."""
    stays = (
        Stay.select().where(Stay.deal == deal.id).order_by(Stay.entered_at, Stay.left_at.asc(nulls="last"))
    )
    told = []
    before = None
    for stay in stays:
        assert before is None or before.left_at == stay.entered_at, "the stays follow without a gap"
        before = stay
        at = stay.entered_at
        told.append((stay.stage.kind, stay.status, at.date() if at.time() == datetime.min.time() else at))
    assert before is not None and before.left_at is None
    return told


def lines(deal: Deal) -> list[tuple[str, int, int | None]]:
    found = DealLine.select().where(DealLine.deal == deal.id).order_by(DealLine.id)
    return [(line.product.name, line.quantity, line.amount_minor) for line in found]


def entries() -> int:
    return int(LedgerEntry.select().count())
