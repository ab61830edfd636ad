"""The record book: the best each metric ever was in a scope and a kind of period, and how it came so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Literal, NamedTuple, get_args

from peewee import fn

from salesboard.domain import company, periods
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.known import terms
from salesboard.domain.pipeline import WON
from salesboard.storage import database as storage
from salesboard.storage.models import Deal, DealLine

Metric = Literal["revenue", "sales", "new customers", "units", "largest sale", "fastest win"]
METRICS: tuple[Metric, ...] = get_args(Metric)
Period = Literal["sale", "day", "week", "month", "quarter", "year"]
PERIODS: tuple[periods.Kind, ...] = ("day", "week", "month", "quarter", "year")
Status = Literal["final", "provisional", "equalled"]
GRACE = 3
"""Working days after a period's end until its value is final."""


class Sale(NamedTuple):
    """What the book knows of a sale."""

    on: date
    deal: int
    owner: int
    revenue: int
    """Minor units."""
    units: int
    new_customer: bool
    """Whether it is the first sale of its account, company-wide."""
    days: int | None
    """From the opening to the sale."""


@dataclass(frozen=True)
class Moment:
    """One time a record was set: the first period is the baseline, each later one strictly better."""

    on: date
    """The day on which the value before was passed; of the baseline, the day that completed it."""
    period_start: date
    value: int
    deal: int | None
    """Of a record of single sales."""
    days_stood: int
    """Until it was broken, or until today."""


@dataclass(frozen=True)
class Record:
    """A record as it stands."""

    metric: Metric
    period: Period
    scope: Scope
    value: int
    """Minor units of revenue, days of a fastest win, else a count."""
    holders: tuple[date, ...]
    """The starts of the periods that hold it, in order; more than one have equalled it."""
    deals: tuple[int, ...]
    """Of a record of single sales, the deals that hold it."""
    status: Status
    moments: tuple[Moment, ...]
    """Oldest first; the last one holds."""

    @property
    def margin(self) -> int | None:
        """By how much the last moment was better than the one before; None for a baseline."""
        return abs(self.moments[-1].value - self.moments[-2].value) if len(self.moments) > 1 else None


# --- the sales ----------------------------------------------------------------------------------------------


def sales_until(today: date) -> list[Sale]:
    """All sales up to a day, by day; of several on one day, the deal that was added first."""
    with storage.snapshot():
        rows = (
            Deal.select(Deal.closed_on, Deal.id, Deal.owner, Deal.value_minor, Deal.account, Deal.opened_on)
            .where(Deal.status == WON, Deal.closed_on <= today)
            .order_by(Deal.closed_on, Deal.id)
        )
        lines = DealLine.select(DealLine.deal, fn.SUM(DealLine.quantity)).group_by(DealLine.deal)
        units = {deal: int(number) for deal, number in storage.raw(lines)}
        return list(_sales(storage.raw(rows), units))


def _sales(rows: Iterable[Sequence[object]], units: Mapping[int, int]) -> Iterator[Sale]:
    known: set[object] = set()
    for closed, deal, owner, value, account, opened in rows:
        on, since = storage.day(closed), storage.day(opened)
        assert on is not None and isinstance(deal, int) and isinstance(owner, int)
        fresh = account is not None and account not in known
        known.add(account)
        minor = value if isinstance(value, int) else 0
        days = max(0, (on - since).days) if since else None
        yield Sale(on, deal, owner, minor, units.get(deal, 0), fresh, days)


# --- the book -----------------------------------------------------------------------------------------------


def book(*, today: date, scope: Scope | None = None) -> list[Record]:
    """All records as they stand at the end of a day, of one scope or of all: the company, teams, people.

    Broken means strictly better than the standing value; what is equal joins its holders. A sale counts for
    the teams its owner was in on its day. Everything is worked out from the sales, each time anew.
    """
    fiscal_start = company.facts().fiscal_start
    by_scope = _by_scope(sales_until(today), scope)
    return [
        record
        for one, sales in by_scope.items()
        for record in records_of(one, sales, today=today, fiscal_start=fiscal_start)
    ]


def _by_scope(sales: Sequence[Sale], wanted: Scope | None) -> dict[Scope, list[Sale]]:
    found: dict[Scope, list[Sale]] = defaultdict(list)
    members = terms()
    for sale in sales:
        found[COMPANY_SCOPE].append(sale)
        found[Scope(person=sale.owner)].append(sale)
        own_terms = members.get(sale.owner, ())
        for team in {team for term in own_terms if term.holds_on(sale.on) for team in term.teams}:
            found[Scope(team=team)].append(sale)
    if wanted is not None:
        return {wanted: found.get(wanted, [])}
    return {scope: found[scope] for scope in sorted(found, key=_widest_first)}


def _widest_first(scope: Scope) -> tuple[bool, bool, int]:
    return scope.person is not None, scope.team is not None, scope.team or scope.person or 0


def records_of(
    scope: Scope, sales: Sequence[Sale], *, today: date, fiscal_start: int = 1
) -> Iterator[Record]:
    """The records of one scope from its sales, in whatever order they come."""
    ordered = sorted(sales, key=attrgetter("on", "deal"))
    if not ordered:
        return
    per_day: dict[date, list[int]] = {}
    for sale in ordered:
        sums = per_day.setdefault(sale.on, [0, 0, 0, 0])
        sums[0] += sale.revenue
        sums[1] += 1
        sums[2] += sale.new_customer
        sums[3] += sale.units
    days = list(per_day)
    spans = {kind: _spans(kind, days, fiscal_start) for kind in PERIODS}
    for place, metric in enumerate(METRICS[:4]):
        values = [per_day[day][place] for day in days]
        if not any(values):
            continue
        for kind in PERIODS:
            yield _of_periods(metric, kind, scope, spans[kind], days, values, today)
    yield _of_sales("largest sale", scope, [(sale, sale.revenue) for sale in ordered], today, best=1)
    timed = [(sale, sale.days) for sale in ordered if sale.days is not None]
    if timed:
        yield _of_sales("fastest win", scope, timed, today, best=-1)


class _Span(NamedTuple):
    """A period, and which of the days with sales lie in it."""

    start: date
    last: date
    first_place: int
    after_place: int


def _spans(kind: periods.Kind, days: Sequence[date], fiscal_start: int) -> list[_Span]:
    found: list[_Span] = []
    place = 0
    while place < len(days):
        one = periods.period_of(kind, days[place], fiscal_start)
        after = place
        while after < len(days) and days[after] < one.end:
            after += 1
        found.append(_Span(one.start, one.last_day, place, after))
        place = after
    return found


def _of_periods(
    metric: Metric,
    kind: periods.Kind,
    scope: Scope,
    spans: Sequence[_Span],
    days: Sequence[date],
    values: Sequence[int],
    today: date,
) -> Record:
    set_at: list[tuple[date, date, int]] = []
    holders: list[_Span] = []
    best = 0
    for span in spans:
        own = values[span.first_place : span.after_place]
        total = sum(own)
        if total > best:
            passed = best if set_at else total - 1
            on = _passed(days[span.first_place : span.after_place], own, passed)
            set_at.append((on, span.start, total))
            holders, best = [span], total
        elif total == best and best:
            holders.append(span)
    return Record(
        metric,
        kind,
        scope,
        best,
        tuple(span.start for span in holders),
        (),
        _status([span.last for span in holders], today),
        _moments([(*one, None) for one in set_at], today),
    )


def _passed(days: Sequence[date], values: Sequence[int], before: int) -> date:
    """The day on which the sum of a period went beyond a value."""
    total = 0
    for day, value in zip(days, values, strict=True):
        total += value
        if total > before:
            return day
    return days[-1]


def _of_sales(
    metric: Metric, scope: Scope, found: Sequence[tuple[Sale, int]], today: date, *, best: Literal[1, -1]
) -> Record:
    set_at: list[tuple[date, date, int, int | None]] = []
    holders: list[Sale] = []
    standing: int | None = None
    for sale, value in found:
        if standing is None or value * best > standing * best:
            standing = value
            set_at.append((sale.on, sale.on, value, sale.deal))
            holders = [sale]
        elif value == standing:
            holders.append(sale)
    assert standing is not None
    return Record(
        metric,
        "sale",
        scope,
        standing,
        tuple(sale.on for sale in holders),
        tuple(sale.deal for sale in holders),
        _status([sale.on for sale in holders], today),
        _moments(set_at, today),
    )


def _moments(set_at: Sequence[tuple[date, date, int, int | None]], today: date) -> tuple[Moment, ...]:
    ends = [*(on for on, *_ in set_at[1:]), today]
    return tuple(
        Moment(on, start, value, deal, (end - on).days)
        for (on, start, value, deal), end in zip(set_at, ends, strict=True)
    )


def _status(last_days: Sequence[date], today: date) -> Status:
    if len(last_days) > 1:
        return "equalled"
    over = (
        last_days
        and periods.working_days(last_days[0] + timedelta(days=1), today + timedelta(days=1)) >= GRACE
    )
    return "final" if over else "provisional"
