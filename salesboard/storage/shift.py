"""Whose turn it is to work, how far the work has come, and what had to be left aside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.models import LedgerEntry, WorkerState
from salesboard.storage.models import Parked as ParkedRow
from salesboard.storage.prepared import Prepared

_ONLY = 1
_STATE = Prepared(
    lambda: WorkerState.select(
        WorkerState.seq,
        WorkerState.day_on,
        WorkerState.round_at,
        WorkerState.holder,
        WorkerState.held_until,
    )
)


@dataclass(frozen=True)
class Shift:
    """How far the worker has come."""

    seq: int
    """The last entry of the ledger that has been looked at."""
    day_on: date | None
    """The last business date that has been; None before the first round."""
    round_at: datetime | None
    """When a round was last done."""
    holder: str | None
    held_until: datetime


@dataclass(frozen=True)
class Parked:
    """Something the worker could not do."""

    key: str
    what: str
    """The error, in one line."""
    incident: str | None
    at: datetime


def state() -> Shift:
    """Where the work stands now."""
    return Shift(*_STATE.tuples()[0])


def take(holder: str, *, now: datetime, until: datetime) -> bool:
    """Take the turn, or keep it; False while somebody else holds it."""
    with storage.writing():
        free = (WorkerState.holder == holder) | WorkerState.holder.is_null() | (WorkerState.held_until <= now)
        query = WorkerState.update(holder=holder, held_until=until).where(WorkerState.id == _ONLY, free)
        return bool(query.execute())


def done(holder: str, *, seq: int, day: date, now: datetime) -> None:
    """Keep how far whoever has the turn has come."""
    with storage.writing():
        WorkerState.update(seq=seq, day_on=day, round_at=now).where(
            WorkerState.id == _ONLY, WorkerState.holder == holder
        ).execute()


def leave(holder: str) -> None:
    """Let somebody else have the turn at once."""
    with storage.writing():
        WorkerState.update(holder=None).where(WorkerState.id == _ONLY, WorkerState.holder == holder).execute()


def waits_since(tells_nothing: Collection[str]) -> datetime | None:
    """When the first act happened that is still to be looked at, of those that may give something to tell."""
    entries = LedgerEntry.select(LedgerEntry.at).order_by(LedgerEntry.seq)
    waiting = entries.where(LedgerEntry.seq > state().seq, LedgerEntry.verb.not_in(tells_nothing)).first()
    return waiting.at if waiting else None


def skip_to_the_end(day: date) -> None:
    """What has happened until now is not told: for a company that begins with a history."""
    with storage.writing():
        WorkerState.update(seq=ledger.end()[0], day_on=day).execute()


def park(key: str, what: str, incident: str | None, *, now: datetime) -> None:
    """Put something aside that can not be done."""
    with storage.writing():
        ParkedRow.delete().where(ParkedRow.key == key).execute()
        ParkedRow.insert(key=key, what=what, incident=incident, at=now).execute()


def parked() -> list[Parked]:
    """What has been put aside, oldest first."""
    rows = ParkedRow.select().order_by(ParkedRow.at, ParkedRow.key)
    return [Parked(row.key, row.what, row.incident, row.at) for row in rows]
