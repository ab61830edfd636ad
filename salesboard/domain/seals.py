"""Sealed quarters: the ledger's end when a quarter was closed, and what was changed of its sales since."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from salesboard.domain import company, history, periods, reviews
from salesboard.domain.periods import Period
from salesboard.domain.permissions import require, writes
from salesboard.domain.pipeline import WON
from salesboard.domain.reviews import Reviewed
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Change, Head
from salesboard.storage.models import Account, Deal, LedgerChange, LedgerEntry, Person, Seal

NAME = r"([0-9]{4})[- ]?Q([1-4])"
SALE = ("status", "closed_on", "value_minor", "owner", "account")
"""The fields of a deal that make a sale what it is."""


@dataclass(frozen=True)
class Restatement:
    """A change, since a quarter was sealed, of a sale in it."""

    seq: int
    at: datetime
    who: str
    verb: str
    deal: int
    called: str
    minor: int
    """By how much the quarter's revenue changed."""
    sales: int
    """By how many sales: 1, 0 or -1."""
    changed: tuple[str, ...]
    """What else was changed about the sale: `owner`, `account`."""


@dataclass(frozen=True)
class Sealed:
    """A quarter that was closed, with its minutes."""

    quarter: Period
    seq: int
    hash: str
    """Of the ledger's last entry at that time."""
    author: str
    at: datetime
    holds: bool
    """Whether that entry still has this hash."""
    decisions: tuple[tuple[str, Reviewed], ...]
    """What was decided on each goal for the quarter, by the goal's name."""
    restatements: tuple[Restatement, ...]

    @property
    def minor(self) -> int:
        """By how much the quarter's revenue was restated in all."""
        return sum(one.minor for one in self.restatements)


def seals() -> list[Sealed]:
    """The sealed quarters with their minutes and restatements, oldest first."""
    fiscal_start = company.facts().fiscal_start
    names = {None: ledger.PROGRAM.name} | dict(Person.select(Person.id, Person.name).tuples())
    rows = list(Seal.select().order_by(Seal.quarter_on))
    hashes = dict(
        LedgerEntry.select(LedgerEntry.seq, LedgerEntry.hash)
        .where(LedgerEntry.seq.in_([row.seq for row in rows]))
        .tuples()
    )
    changed = _Changed(min((row.seq for row in rows), default=0)) if rows else None
    found: list[Sealed] = []
    for row in rows:
        quarter = periods.period_of("quarter", row.quarter_on, fiscal_start)
        found.append(
            Sealed(
                quarter,
                row.seq,
                row.hash,
                names[row.author_id],
                row.at,
                hashes.get(row.seq) == row.hash,
                tuple(reviews.decisions(quarter)),
                tuple(changed.within(quarter, row.seq)) if changed else (),
            )
        )
    return found


def quarter_named(said: str) -> Period:
    """The fiscal quarter of a name such as `2026-Q3`. Refused: what names none."""
    found = re.fullmatch(NAME, said.strip(), re.IGNORECASE)
    if found is None:
        raise Refused(f"{said!r} names no quarter: write it like 2026-Q3")
    fiscal_start = company.facts().fiscal_start
    # A fiscal year is named after the calendar year in which it ends, so it holds that year's first day.
    year = periods.period_of("year", date(int(found[1]), 1, 1), fiscal_start)
    quarters = periods.periods_between("quarter", year.start, year.end, fiscal_start)
    return quarters[int(found[2]) - 1]


def sealable(*, today: date) -> Period | None:
    """The quarter that ended last, if nothing waits for review in it and it is not sealed yet."""
    quarter = reviews.last_quarter(today, company.facts().fiscal_start)
    if Seal.get_or_none(quarter_on=quarter.start) or _still_waiting(quarter, today):
        return None
    return quarter


def _still_waiting(quarter: Period, today: date) -> int:
    return sum(one.quarter.start <= quarter.start for one in reviews.waiting(today=today))


@writes("seal quarter")
def seal(actor: Actor, quarter: Period, *, now: datetime) -> None:
    """Close a quarter: keep the end of the ledger in its minutes, so that later changes show as restatements.

    Refused: a quarter that is not over, was sealed already, or whose reviews are not done.
    """
    with ledger.batch(actor, "sealed", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "seal quarter", today=today)
        if quarter.end > today:
            raise Refused(f"{quarter.name} ends on {quarter.last_day}: it is sealed once it is over")
        if Seal.get_or_none(quarter_on=quarter.start):
            raise Refused(f"{quarter.name} is sealed already")
        if waits := _still_waiting(quarter, today):
            many = "1 goal waits" if waits == 1 else f"{waits} goals wait"
            raise Refused(f"{many} for review since {quarter.name} or before: decide on them first")
        seq, head = ledger.end()
        note = f"{quarter.name} at entry {seq}, {head}"
        with ledger.entry(actor, "sealed", now=now, note=note) as entry:
            entry.insert(Seal, quarter_on=quarter.start, seq=seq, hash=head, author=actor.id, at=now)


def sealed(quarter: Period) -> Sealed:
    """One sealed quarter. Refused: one that is not."""
    for one in seals():
        if one.quarter.start == quarter.start:
            return one
    raise NotFound(f"{quarter.name} is not sealed")


# --- what was changed since ---------------------------------------------------------------------------------


class _Changed:
    """The deals whose sales may have changed after an entry, and how they stood before and after that."""

    def __init__(self, after: int) -> None:
        parts = [LedgerChange.after.contains(f'"{field}"') for field in SALE]
        touched = LedgerChange.before.is_null() | LedgerChange.after.is_null()
        for part in parts:
            touched |= part
        query = (
            LedgerChange.select(LedgerChange.seq, LedgerChange.row, LedgerChange.before, LedgerChange.after)
            .where(LedgerChange.seq > after, LedgerChange.table == "deal", touched)
            .order_by(LedgerChange.seq, LedgerChange.place)
            .tuples()
        )
        self._by_deal: dict[int, list[tuple[int, Change]]] = {}
        for seq, deal, before, now in query.iterator():
            change = Change(
                "deal", deal, json.loads(before) if before else None, json.loads(now) if now else None
            )
            self._by_deal.setdefault(deal, []).append((seq, change))
        self._now: dict[int, dict[str, Any]] = {}
        self._called: dict[int, str] = {}
        deals = list(self._by_deal)
        for start in range(0, len(deals), 500):
            rows = Deal.select(Deal, Account).join(Account, JOIN.LEFT_OUTER)
            for row in rows.where(Deal.id.in_(deals[start : start + 500])):
                self._now[row.id] = ledger.plain_row(row)
                self._called[row.id] = history.called(row)

    def within(self, quarter: Period, after: int) -> list[Restatement]:
        """The changes after an entry of sales in a quarter, oldest first."""
        found = [
            (seq, deal, before, now)
            for deal in self._by_deal
            for seq, before, now in self._states(deal)
            if seq > after and _differ(before, now, quarter)
        ]
        found.sort(key=lambda each: each[:2])
        heads = {head.seq: head for head in _heads([seq for seq, *_ in found])}
        return [
            _restated(
                heads[seq],
                deal,
                self._called.get(deal) or str((before or now or {}).get("title") or f"deal {deal}"),
                before,
                now,
                quarter,
            )
            for seq, deal, before, now in found
        ]

    def _states(self, deal: int) -> Iterator[tuple[int, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
        """A deal before and after each change, newest first, from how it stands now backwards."""
        now: dict[str, Any] | None = self._now.get(deal)
        for seq, change in reversed(self._by_deal[deal]):
            if change.before is None:
                before = None
            elif change.after is None:
                before = dict(change.before)
            else:
                before = {**(now or {}), **change.before}
            yield seq, before, now
            now = before


def _is_in(state: Mapping[str, Any] | None, quarter: Period) -> bool:
    return bool(
        state
        and state["status"] == WON
        and state["closed_on"]
        and date.fromisoformat(state["closed_on"]) in quarter
    )


def _sale(state: Mapping[str, Any] | None, quarter: Period) -> dict[str, Any] | None:
    return {field: state[field] for field in SALE} if state and _is_in(state, quarter) else None


def _differ(before: Mapping[str, Any] | None, now: Mapping[str, Any] | None, quarter: Period) -> bool:
    return _sale(before, quarter) != _sale(now, quarter)


def _heads(seqs: list[int]) -> list[Head]:
    if not seqs:
        return []
    wanted = set(seqs)
    return [head for head in ledger.heads(after=min(wanted) - 1, upto=max(wanted)) if head.seq in wanted]


def _restated(
    head: Head,
    deal: int,
    called: str,
    before: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    quarter: Period,
) -> Restatement:
    was, is_now = _sale(before, quarter), _sale(now, quarter)
    minor = (is_now or {}).get("value_minor") or 0
    minor -= (was or {}).get("value_minor") or 0
    changed = [field for field in ("owner", "account") if was and is_now and was[field] != is_now[field]]
    return Restatement(
        head.seq,
        head.at,
        ledger.name_of(head.actor),
        head.verb,
        deal,
        called,
        minor,
        bool(is_now) - bool(was),
        tuple(changed),
    )
