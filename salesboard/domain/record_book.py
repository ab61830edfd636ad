"""The record book: brought up to the ledger's end, with every change that it ever had.

It follows from the sales alone: after any change it is what a rebuild would give, and `faults` proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import get_args

from peewee import fn

from salesboard.domain import company, records
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import Scope
from salesboard.domain.known import terms
from salesboard.domain.record_causes import RELEVANT, touched_between
from salesboard.domain.record_keeping import (
    Change,
    ScopeFacts,
    Work,
    change_of,
    facts_of,
    load,
    row_of,
    write,
)
from salesboard.domain.record_upgrade import Upgrade, sales_between
from salesboard.domain.records import Key, Record, scope_key
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.derived import PART
from salesboard.storage.models import LedgerChange, RecordChange, RecordScope, RecordStanding, RecordState

# --- bringing it up to date ---------------------------------------------------------------------------------


def bring_up(now: datetime) -> list[Change]:
    """Bring the book up to the ledger's end and to today; all changes that nobody was told of yet, in order.

    One more sale that is not back-dated costs the same however long the history is; anything else has what it
    concerns worked out anew. A day before the one the book stands at leaves it alone where sales lie between.
    """
    _bring_up(now)
    return untold()


def _bring_up(now: datetime | None) -> None:
    """Bring the book up to an instant; without one to the ledger's end as of the day it stands at."""
    for _ in range(5):
        with storage.snapshot():
            work = _planned(now)
        if work is None or write(work):
            return


def rebuild(now: datetime) -> int:
    """Work the whole book out anew, quietly, and hand back how many records differed."""
    while True:
        with storage.snapshot():
            state = RecordState.get()
            facts = company.facts()
            work = Work(state.seq, state.day_on, ledger.end()[0], _day(state, facts, now) or facts.today(now))
            Upgrade(work, facts, terms()).anew(None, seq=None, on=work.day, quiet=True)
        if write(work):
            return len(work.standings)


def untold() -> list[Change]:
    """Changes that nobody was told of yet, in order."""
    rows = RecordChange.select().where(RecordChange.told == False).order_by(RecordChange.id)  # noqa: E712
    return [change_of(row) for row in rows]


def told(changes: Iterable[Change]) -> None:
    """Keep that these changes have been told, or need not be."""
    ids = [change.id for change in changes]
    with storage.writing():
        for start in range(0, len(ids), PART):
            RecordChange.update(told=True).where(RecordChange.id.in_(ids[start : start + PART])).execute()


def _day(state: RecordState, facts: CompanyFacts, now: datetime) -> date | None:
    """The day up to which sales count: never earlier than before; None where that would take sales back."""
    today = facts.today(now)
    if state.day_on is None or today >= state.day_on:
        return today
    return None if sales_between(today, state.day_on).exists() else state.day_on


def _planned(now: datetime | None) -> Work | None:
    state = RecordState.get()
    end = ledger.end()[0]
    facts = company.facts()
    day = state.day_on if now is None else _day(state, facts, now)
    if day is None or state.seq > end or (state.seq, state.day_on) == (end, day):
        return None
    work = Work(state.seq, state.day_on, end, day)
    if state.day_on is None:
        Upgrade(work, facts, terms()).anew(None, seq=end, on=day, quiet=True)
        return work
    touched = touched_between(state.seq, end, state.day_on)
    if touched is None and day == state.day_on:
        return work
    upgrade = Upgrade(work, facts, terms())
    if touched is not None:
        upgrade.follow(touched)
    if day > state.day_on:
        upgrade.next_day(state.day_on)
    return work


# --- reading ------------------------------------------------------------------------------------------------


def book(*, today: date, scope: Scope | None = None) -> list[Record]:
    """All records as they stand at the end of a day, of one scope or of all, the widest first.

    As they are kept, where nothing has changed since that matters, else worked out from the sales.
    """
    with storage.snapshot():
        if not is_up(today):
            return records.book(today=today, scope=scope)
        found = load(today, company.facts().fiscal_start, scope)
    metrics = {metric: place for place, metric in enumerate(records.METRICS)}
    kinds = {kind: place for place, kind in enumerate(get_args(records.Period))}
    return sorted(
        found,
        key=lambda one: (
            records.widest_first(one.scope),
            metrics[one.metric],
            one.product or 0,
            kinds[one.period],
        ),
    )


def is_up(today: date) -> bool:
    """Whether the book as it is kept is that of a day, with everything the ledger knows."""
    state = RecordState.get()
    end = ledger.end()[0]
    if state.day_on is None or state.seq > end:
        return False
    if state.seq < end:
        since = LedgerChange.select().where(LedgerChange.seq > state.seq, LedgerChange.table.in_(RELEVANT))
        if since.exists():
            return False
    return today == state.day_on or not sales_between(*sorted((today, state.day_on))).exists()


def history(key: Key) -> list[Change]:
    """Every change that a record ever had, oldest first."""
    rows = RecordChange.select().where(RecordChange.key == str(key)).order_by(RecordChange.id)
    return [change_of(row) for row in rows]


# --- the proof ----------------------------------------------------------------------------------------------


def faults() -> list[str]:
    """Where the book as it is kept is not what a rebuild gives; nothing where it holds, or is not begun.

    What is kept is first held against its own history, then brought up to the ledger's end, then held against
    the sales.
    """
    with storage.snapshot():
        if RecordState.get().day_on is None:
            return []
        found = list(_faults_of_history())
        behind = not is_up(RecordState.get().day_on)
    if behind:
        _bring_up(None)
    with storage.snapshot():
        return [*found, *(one for one in _faults_of_sales() if one not in found)]


def _faults_of_history() -> Iterator[str]:
    newest = RecordChange.select(fn.MAX(RecordChange.id)).group_by(RecordChange.key)
    told_last = {row.key: row for row in RecordChange.select().where(RecordChange.id.in_(newest))}
    for row in RecordStanding.select().order_by(RecordStanding.key):
        last = told_last.get(row.key)
        if last is None or (last.value, last.holders) != (row.value, row.holders):
            was = last.value if last else "nothing"
            yield f"record {row.key}: it is kept as {row.value}, its history ends with {was}"


def _faults_of_sales() -> Iterator[str]:
    state = RecordState.get()
    fiscal_start = company.facts().fiscal_start
    sold = records.sold_until(state.day_on)
    kept = {row.key: row.__data__ for row in RecordStanding.select()}
    scopes = {row.scope: ScopeFacts(row.sales, row.first_on, row.last_on) for row in RecordScope.select()}
    for scope in sold.scopes:
        days = sold.of(scope)
        for record in records.records_of_days(scope, days, today=state.day_on, fiscal_start=fiscal_start):
            row = row_of(record)
            stands = kept.pop(row["key"], None)
            if stands is None:
                yield f"record {row['key']}: it is not kept; the sales give {record.value}"
            elif stands != row:
                yield from (
                    f"record {row['key']}: {name} is kept as {stands[name]}, the sales give {row[name]}"
                    for name in row
                    if stands[name] != row[name]
                )
        if scopes.pop(scope_key(scope), None) != facts_of(days):
            yield f"records of {scope_key(scope)}: their sales are not counted as they are"
    for key in kept:
        yield f"record {key}: it is kept, but no sale gives it"
    for key in scopes:
        yield f"records of {key}: they are kept, but there is no sale"
