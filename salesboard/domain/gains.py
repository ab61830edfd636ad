"""What sales bring to a goal: revenue, sales, new customers, units or advocates, of whom, on which day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil, floor
from operator import attrgetter
from typing import Literal, NamedTuple, get_args

from peewee import fn

from salesboard import clock
from salesboard.domain import company, money, periods
from salesboard.domain.company import ADVOCATE
from salesboard.domain.known import Term, terms, was_in
from salesboard.domain.ladders import Gain
from salesboard.domain.periods import Period
from salesboard.domain.pipeline import WON
from salesboard.storage import database as storage
from salesboard.storage.models import Deal, DealLine, Stay

Metric = Literal["revenue", "sales", "new customers", "units", "advocates"]
METRICS: tuple[Metric, ...] = get_args(Metric)
MOST_PERIODS = 12
"""So many past periods a target is held against, at most."""
JUST_BEGUN = timedelta(days=7)
"""A period in which the first sale came later than this after its start is no yardstick."""


class Scope(NamedTuple):
    """Whose sales: the company's, a team's with its sub-teams, or a person's."""

    team: int | None = None
    person: int | None = None


COMPANY_SCOPE = Scope()


@dataclass(frozen=True)
class _Owned(Gain):
    """A gain, and whose it is."""

    owner: int


class Gains:
    """What all sales up to a day bring in one metric, by whom and when."""

    def __init__(self, found: Iterable[_Owned], members: Mapping[int, Sequence[Term]]) -> None:
        self._all = sorted(found, key=attrgetter("on", "seq"))
        self._members = members
        self._by_team: dict[int, list[_Owned]] = {}

    @property
    def first_on(self) -> date | None:
        """The day of the first sale of all."""
        return self._all[0].on if self._all else None

    def of(self, scope: Scope, start: date, last: date) -> Sequence[Gain]:
        """The gains of a scope from one day to another, both included, in order.

        A sale counts for the team its owner was in on the day of the sale.
        """
        if scope.person is not None:
            return _between(self._by_owner.get(scope.person, ()), start, last)
        if scope.team is not None:
            return _between(self._of_team(scope.team), start, last)
        return _between(self._all, start, last)

    def total(self, scope: Scope, start: date, last: date) -> int:
        """The sum of these gains."""
        return sum(gain.amount for gain in self.of(scope, start, last))

    @cached_property
    def _by_owner(self) -> dict[int, list[_Owned]]:
        owned: dict[int, list[_Owned]] = defaultdict(list)
        for gain in self._all:
            owned[gain.owner].append(gain)
        return owned

    def _of_team(self, team: int) -> list[_Owned]:
        if team not in self._by_team:
            self._by_team[team] = [
                gain for gain in self._all if was_in(team, self._members.get(gain.owner, ()), gain.on)
            ]
        return self._by_team[team]


def _between(gains: Sequence[_Owned], start: date, last: date) -> Sequence[_Owned]:
    low = bisect_left(gains, start, key=attrgetter("on"))
    return gains[low : bisect_right(gains, last, lo=low, key=attrgetter("on"))]


def gains_until(
    today: date, metric: Metric, *, product: int | None = None, since: date | None = None
) -> Gains:
    """What sales brought up to and including a day, from `since` on if it is given.

    Revenue is in minor units, everything else a count; units are those of a product, or of all. An account
    is a new customer once, with its first sale of all, and an advocate once.
    """
    with storage.snapshot():
        found = list(_FOUND[metric](today, since or date.min, product))
        members = terms()
    return Gains(found, members)


def by_month(gains: Gains, scope: Scope, *, today: date) -> dict[Period, int]:
    """What a scope brought in each calendar month that is over, from the first whole one on."""
    if gains.first_on is None:
        return {}
    months = periods.periods_between("month", gains.first_on, today + timedelta(days=1))
    return {
        one: gains.total(scope, one.start, one.last_day)
        for one in months
        if gains.first_on <= one.start + JUST_BEGUN and one.end <= today + timedelta(days=1)
    }


def _won(today: date, since: date) -> list[object]:
    return [Deal.status == WON, Deal.closed_on <= today, Deal.closed_on >= since]


def _revenue(today: date, since: date, product: int | None) -> Iterator[_Owned]:
    rows = Deal.select(Deal.closed_on, Deal.value_minor, Deal.id, Deal.owner).where(*_won(today, since))
    for on, value, deal, owner in storage.raw(rows):
        yield _Owned(storage.day(on), value or 0, deal, deal, owner)


def _sales(today: date, since: date, product: int | None) -> Iterator[_Owned]:
    rows = Deal.select(Deal.closed_on, Deal.id, Deal.owner).where(*_won(today, since))
    for on, deal, owner in storage.raw(rows):
        yield _Owned(storage.day(on), 1, deal, deal, owner)


def _new_customers(today: date, since: date, product: int | None) -> Iterator[_Owned]:
    rows = (
        Deal.select(Deal.closed_on, Deal.id, Deal.owner, Deal.account)
        .where(*_won(today, date.min), Deal.account.is_null(False))
        .order_by(Deal.closed_on, Deal.id)
    )
    known: set[int] = set()
    for on, deal, owner, account in storage.raw(rows):
        if account not in known:
            known.add(account)
            if (day := storage.day(on)) >= since:
                yield _Owned(day, 1, deal, deal, owner)


def _units(today: date, since: date, product: int | None) -> Iterator[_Owned]:
    rows = (
        Deal.select(Deal.closed_on, fn.SUM(DealLine.quantity), Deal.id, Deal.owner)
        .join(DealLine)
        .where(*_won(today, since), *([DealLine.product == product] if product is not None else []))
        .group_by(Deal.id, Deal.closed_on, Deal.owner)
    )
    for on, units, deal, owner in storage.raw(rows):
        yield _Owned(storage.day(on), int(units), deal, deal, owner)


def _advocates(today: date, since: date, product: int | None) -> Iterator[_Owned]:
    zone = company.facts().zone
    stage = next(one.id for one in company.stages() if one.kind == ADVOCATE)
    rows = (
        Stay.select(Stay.entered_at, Deal.id, Deal.owner, Deal.account)
        .join(Deal)
        .where(Stay.stage == stage, Stay.status == WON, Deal.status == WON, Deal.stage == stage)
        .order_by(Stay.entered_at, Stay.id)
    )
    known: set[int] = set()
    for instant, deal, owner, account in storage.raw(rows):
        on = clock.business_date(clock.EPOCH + timedelta(microseconds=instant), zone)
        if on <= today and (account is None or account not in known):
            known.add(account)
            if on >= since:
                yield _Owned(on, 1, deal, deal, owner)


_FOUND: dict[Metric, Callable[[date, date, int | None], Iterator[_Owned]]] = {
    "revenue": _revenue,
    "sales": _sales,
    "new customers": _new_customers,
    "units": _units,
    "advocates": _advocates,
}


def shown(value: int, metric: Metric, currency: str, *, exact: bool = False) -> str:
    """A value of a metric as it is read: `372k` or `$372,000.00` of revenue, `1,200` of anything else."""
    if metric != "revenue":
        return f"{value:,}"
    return money.format_exact(value, currency) if exact else money.format_short(value, currency)


def in_full(value: int, metric: Metric, currency: str) -> str:
    """A value in full, without its currency: `12,400.50` of revenue, `1,200` of anything else."""
    return money.format_plain(value, currency) if metric == "revenue" else f"{value:,}"


def about(value: int | Fraction, metric: Metric, currency: str, *, upward: bool = False) -> str:
    """A value above zero in whole units, rounded half up or upward; in full where it is less than one."""
    unit = 10 ** money.minor_digits(currency) if metric == "revenue" else 1
    whole = ceil(Fraction(value) / unit) if upward else floor(Fraction(value) / unit + Fraction(1, 2))
    return f"{whole:,}" if whole else in_full(ceil(value), metric, currency)


# --- comparable periods -------------------------------------------------------------------------------------


def kind_of(start: date, end: date, fiscal_start: int) -> periods.Kind | None:
    """The kind of period that the days from start to end, both included, make up; None if they are none."""
    after = end + timedelta(days=1)
    for kind in ("week", "month", "quarter", "year"):
        one = periods.period_of(kind, start, fiscal_start)
        if (one.start, one.end) == (start, after):
            return kind
    return None


def comparable(
    gains: Gains, scope: Scope, start: date, end: date, *, today: date, fiscal_start: int = 1
) -> list[int]:
    """What the periods before brought that are like a window (both days included), oldest first."""
    found = comparable_periods(gains, scope, start, end, today=today, fiscal_start=fiscal_start)
    return [value for _, value in found]


def comparable_periods(
    gains: Gains, scope: Scope, start: date, end: date, *, today: date, fiscal_start: int = 1
) -> list[tuple[Period, int]]:
    """The same, each with its period.

    They are months, quarters or years where the window is one, else stretches of as many days, which are
    called `3 before`; those that are over, at most twelve, and none in which the history only began.
    """
    if gains.first_on is None:
        return []
    kind = kind_of(start, end, fiscal_start)
    length = end - start + timedelta(days=1)
    found: list[tuple[Period, int]] = []
    before = start
    while len(found) < MOST_PERIODS:
        if kind:
            one = periods.period_of(kind, before - timedelta(days=1), fiscal_start)
        else:
            one = Period(f"{len(found) + 1} before", before - length, before)
        if gains.first_on > one.start + JUST_BEGUN:
            break
        if one.end <= today + timedelta(days=1):
            found.append((one, gains.total(scope, one.start, one.last_day)))
        before = one.start
    return found[::-1]
