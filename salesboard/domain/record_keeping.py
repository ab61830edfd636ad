"""The record book as it is kept: its changes, and how records are written to the database and read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

from salesboard.domain import records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.records import Key, Record, scope_key
from salesboard.storage import database as storage
from salesboard.storage import derived, ledger
from salesboard.storage.models import RecordChange, RecordScope, RecordStanding, RecordState

Kind = Literal["baseline", "broken", "raised", "equalled", "restated", "withdrawn", "final"]


class Holder(NamedTuple):
    """A period, by its first day, or a sale that holds a record."""

    start: date
    deal: int | None = None


@dataclass(frozen=True)
class Change:
    """A change of the record book."""

    id: int
    key: Key
    kind: Kind
    """The first value is the baseline; a holder that goes on is raised; what was final before is restated, or
    withdrawn where something else holds the record now."""
    seq: int | None
    """The entry that caused it; none for what only the day brought."""
    on: date
    """The business date of that entry, or the day."""
    value: int | None
    holders: tuple[Holder, ...]
    before: int | None
    holders_before: tuple[Holder, ...]
    corrected: int | None
    """By how much the value of what holds it now was corrected."""
    told: bool


@dataclass(frozen=True)
class ScopeFacts:
    """How many sales a scope has, and from when to when."""

    sales: int
    first_on: date
    last_on: date

    def with_sale(self, on: date) -> ScopeFacts:
        """The same with one more sale."""
        return ScopeFacts(self.sales + 1, min(self.first_on, on), max(self.last_on, on))


@dataclass
class Noted:
    """A change that is about to be written."""

    key: Key
    kind: Kind
    seq: int | None
    on: date
    old: Record | None
    new: Record | None
    quiet: bool


@dataclass
class Work:
    """What is to be written, worked out from a snapshot."""

    seq_before: int
    day_before: date | None
    seq: int
    day: date
    standings: dict[Key, Record | None] = field(default_factory=dict)
    scopes: dict[Scope, ScopeFacts | None] = field(default_factory=dict)
    changes: list[Noted] = field(default_factory=list)


def facts_of(days: records.Days) -> ScopeFacts | None:
    """How many sales these days brought, and from when to when; None without any."""
    if not days:
        return None
    sales = sum(brought.sums[records.SUMMED.index("sales")] for brought in days.values())
    return ScopeFacts(sales, next(iter(days)), next(reversed(days)))


def holders_of(record: Record) -> tuple[Holder, ...]:
    """The first of those that hold a record."""
    deals: Sequence[int | None] = record.deals or [None] * len(record.holders)
    return tuple(Holder(start, deal) for start, deal in zip(record.holders, deals, strict=True))


def row_of(record: Record) -> dict[str, Any]:
    """A record as it is written."""
    newest_on, newest = record.newest or (None, None)
    return {
        "key": str(record.key),
        "scope": scope_key(record.scope),
        "metric": record.metric,
        "period": record.period,
        "product": record.product,
        "value": record.value,
        "holders": _written(holders_of(record)),
        "joint": record.joint,
        "moments": ledger.canonical(
            [[on.isoformat(), start.isoformat(), value, deal] for on, start, value, deal in record.set_at]
        ),
        "newest_on": newest_on,
        "newest": newest,
    }


def _written(holders: Iterable[Holder]) -> str:
    return ledger.canonical([[one.start.isoformat(), one.deal] for one in holders])


def _read(holders: str) -> tuple[Holder, ...]:
    return tuple(Holder(date.fromisoformat(start), deal) for start, deal in json.loads(holders))


def scope_from(said: str) -> Scope:
    """A scope, as it is kept: `person:3`, `team:2`, else the company."""
    kind, _, number = said.partition(":")
    if kind == "person":
        return Scope(person=int(number))
    return Scope(team=int(number)) if kind == "team" else COMPANY_SCOPE


def key_from(said: str) -> Key:
    """A record's key, as it is kept."""
    scope, metric, period, *product = said.split("/")
    return Key(scope_from(scope), metric, period, int(product[0]) if product else None)  # type: ignore[arg-type]


def load(today: date, fiscal_start: int, scope: Scope | None = None) -> list[Record]:
    """The records as they are kept, of one scope or of all, and how they stand on a day."""
    query = RecordStanding.select()
    if scope is not None:
        query = query.where(RecordStanding.scope == scope_key(scope))
    return [_record(row, today, fiscal_start) for row in query]


def _record(row: RecordStanding, today: date, fiscal_start: int) -> Record:
    key = key_from(row.key)
    holders = _read(row.holders)
    moments = [
        (date.fromisoformat(on), date.fromisoformat(start), value, deal)
        for on, start, value, deal in json.loads(row.moments)
    ]
    last = records.last_day_of(key, holders[0].start, row.value, fiscal_start)
    return records.put_together(
        key,
        row.value,
        [one.start for one in holders],
        [one.deal for one in holders if one.deal is not None],
        joint=row.joint,
        last=last,
        set_at=moments,
        newest=(row.newest_on, row.newest) if row.newest_on is not None else None,
        today=today,
    )


def scope_facts(scope: Scope) -> ScopeFacts | None:
    """How many sales the book counts for a scope, and from when to when."""
    row = RecordScope.get_or_none(RecordScope.scope == scope_key(scope))
    return ScopeFacts(row.sales, row.first_on, row.last_on) if row else None


def known_facts(scope: Scope, today: date) -> ScopeFacts | None:
    """The same, counted from the sales where the book has not been begun."""
    if RecordState.get().day_on is not None:
        return scope_facts(scope)
    return facts_of(records.sold_until(today).of(scope))


def change_of(row: RecordChange) -> Change:
    """A change as it is kept."""
    return Change(
        row.id,
        key_from(row.key),
        row.kind,
        row.seq,
        row.on_date,
        row.value,
        _read(row.holders),
        row.before,
        _read(row.holders_before),
        row.corrected,
        row.told,
    )


def write(work: Work) -> bool:
    """Write what was worked out, unless somebody else has brought the book up meanwhile."""
    with storage.writing():
        day = RecordState.day_on
        same_day = day.is_null() if work.day_before is None else day == work.day_before
        taken = RecordState.update(seq=work.seq, day_on=work.day).where(
            RecordState.seq == work.seq_before, same_day
        )
        if not taken.execute():
            return False
        derived.replace_rows(
            RecordStanding.key,
            {str(key): row_of(one) if one else None for key, one in work.standings.items()},
        )
        derived.replace_rows(
            RecordScope.scope,
            {
                scope_key(scope): {"scope": scope_key(scope), **vars(facts)} if facts else None
                for scope, facts in work.scopes.items()
            },
        )
        derived.insert_rows(RecordChange, [_noted(one) for one in work.changes])
    return True


def _noted(one: Noted) -> dict[str, Any]:
    old, new = one.old, one.new
    corrected = None
    if one.kind in ("restated", "withdrawn") and old is not None and new is not None:
        stood = {moment.period_start: moment.value for moment in old.moments}
        if new.holders[0] in stood and not new.deals:
            corrected = new.value - stood[new.holders[0]] or None
    return {
        "key": str(one.key),
        "kind": one.kind,
        "seq": one.seq,
        "on_date": one.on,
        "value": new.value if new else None,
        "holders": _written(holders_of(new) if new else ()),
        "before": old.value if old else None,
        "holders_before": _written(holders_of(old) if old else ()),
        "corrected": corrected,
        "told": one.quiet,
    }
