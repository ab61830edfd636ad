"""Sealed quarters: the ledger's end when a quarter was closed, and what was changed of its sales since."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from salesboard.domain import company, goals, history, periods, reviews
from salesboard.domain.periods import Period
from salesboard.domain.permissions import require, writes
from salesboard.domain.pipeline import WON
from salesboard.domain.reviews import Reviewed
from salesboard.domain.text import counted
from salesboard.errors import NotFound, Refused
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Head
from salesboard.storage.models import Account, Deal, LedgerChange, LedgerEntry, Seal

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

    @property
    def besides(self) -> list[str]:
        """In words, what it changed besides the revenue: `one sale fewer`, `another owner`."""
        sales = [{-1: "one sale fewer", 1: "one sale more"}[self.sales]] if self.sales else []
        return sales + [f"another {field}" for field in self.changed]


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
    return _read(Seal.select())


def sealed(quarter: Period) -> Sealed:
    """One sealed quarter. Refused: one that is not."""
    found = _read(Seal.select().where(Seal.quarter_on == quarter.start))
    if not found:
        raise NotFound(f"{quarter.name} is not sealed")
    return found[0]


def _read(query: Any) -> list[Sealed]:
    fiscal_start = company.facts().fiscal_start
    names = goals.authors()
    rows = list(query.order_by(Seal.quarter_on))
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
            many = counted(waits, "goal waits", "goals wait")
            raise Refused(f"{many} for review since {quarter.name} or before: decide on them first")
        seq, head = ledger.end()
        note = f"{quarter.name} at entry {seq}, {head}"
        with ledger.entry(actor, "sealed", now=now, note=note) as entry:
            entry.insert(Seal, quarter_on=quarter.start, seq=seq, hash=head, author=actor.id, at=now)


# --- what was changed since ---------------------------------------------------------------------------------


State = Mapping[str, Any]
"""The fields of a deal that make a sale, as the ledger writes them."""


class _Changed:
    """The deals whose sales may have changed after an entry, and how they stood before and after that."""

    def __init__(self, after: int) -> None:
        touched = LedgerChange.before.is_null() | LedgerChange.after.is_null()
        for field in SALE:
            touched |= LedgerChange.after.contains(f'"{field}"')
        query = (
            LedgerChange.select(LedgerChange.seq, LedgerChange.row, LedgerChange.before, LedgerChange.after)
            .where(LedgerChange.seq > after, LedgerChange.table == "deal", touched)
            .order_by(LedgerChange.seq, LedgerChange.place)
        )
        self._by_deal: dict[int, list[tuple[int, State | None, State | None]]] = {}
        self._titles: dict[int, str] = {}
        """Of deals that were taken away."""
        for seq, deal, before, now in storage.raw(query):
            self._by_deal.setdefault(deal, []).append((seq, _state(before), _state(now)))
            if now is None:
                self._titles[deal] = json.loads(before)["title"]
        # After an import most deals stand as they were added: those need not be read.
        added = {
            deal: ones[0][2] for deal, ones in self._by_deal.items() if len(ones) == 1 and not ones[0][1]
        }
        self._now: dict[int, State] = {deal: state for deal, state in added.items() if state}
        fields = [getattr(Deal, field) for field in SALE]
        deals = [deal for deal in self._by_deal if deal not in added]
        for start in range(0, len(deals), 500):
            part = Deal.select(Deal.id, *fields).where(Deal.id.in_(deals[start : start + 500]))
            for deal, *values in part.tuples().iterator():
                self._now[deal] = {
                    field: ledger.plain_value(Deal._meta.fields[field], value)
                    for field, value in zip(SALE, values, strict=True)
                }

    def within(self, quarter: Period, after: int) -> list[Restatement]:
        """The changes after an entry of sales in a quarter, oldest first."""
        found = [
            (seq, deal, before, now)
            for deal in self._by_deal
            for seq, before, now in self._states(deal)
            if seq > after and _sale(before, quarter) != _sale(now, quarter)
        ]
        found.sort(key=lambda each: each[:2])
        heads = _heads([seq for seq, *_ in found])
        called = self._titles | _called([deal for _, deal, *_ in found])
        names = {actor: ledger.name_of(actor) for actor in {head.actor for head in heads.values()}}
        return [
            _restated(heads[seq], names[heads[seq].actor], deal, called[deal], before, now, quarter)
            for seq, deal, before, now in found
        ]

    def _states(self, deal: int) -> Iterator[tuple[int, State | None, State | None]]:
        """A deal before and after each change, newest first, from how it stands now backwards."""
        now = self._now.get(deal)
        for seq, before, after in reversed(self._by_deal[deal]):
            if before is not None and after is not None:
                before = {**(now or {}), **before}
            yield seq, before, now
            now = before


def _state(written: str | None) -> State | None:
    if written is None:
        return None
    return {field: value for field, value in json.loads(written).items() if field in SALE}


def _called(deals: Sequence[int]) -> dict[int, str]:
    named: dict[int, str] = {}
    for start in range(0, len(deals), 500):
        rows = Deal.select(Deal.id, Deal.title, Deal.account, Account.id, Account.name)
        wanted = Deal.id.in_(deals[start : start + 500])
        for row in rows.join(Account, JOIN.LEFT_OUTER).where(wanted):
            named[row.id] = history.called(row)
    return named


def _sale(state: State | None, quarter: Period) -> State | None:
    """The state of a sale in a quarter; None where it is no sale of it."""
    if state is None or state["status"] != WON or not state["closed_on"]:
        return None
    # Days in ISO order are in the order of time.
    return state if str(quarter.start) <= state["closed_on"] < str(quarter.end) else None


def _heads(seqs: Sequence[int]) -> dict[int, Head]:
    if not seqs:
        return {}
    wanted = set(seqs)
    found = ledger.heads(after=min(wanted) - 1, upto=max(wanted))
    return {head.seq: head for head in found if head.seq in wanted}


def _restated(
    head: Head,
    who: str,
    deal: int,
    called: str,
    before: State | None,
    now: State | None,
    quarter: Period,
) -> Restatement:
    was, is_now = _sale(before, quarter), _sale(now, quarter)
    minor = (is_now or {}).get("value_minor") or 0
    minor -= (was or {}).get("value_minor") or 0
    changed = [field for field in ("owner", "account") if was and is_now and was[field] != is_now[field]]
    return Restatement(
        head.seq,
        head.at,
        who,
        head.verb,
        deal,
        called,
        minor,
        bool(is_now) - bool(was),
        tuple(changed),
    )
