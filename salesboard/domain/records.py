"""The record book: the best each metric ever was in a scope and a kind of period, and how it came so."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple, get_args

from peewee import JOIN, SQL, fn

from salesboard.domain import company, periods
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.known import Term, terms, was_in
from salesboard.domain.pipeline import WON
from salesboard.storage import database as storage
from salesboard.storage.derived import PART
from salesboard.storage.models import Account, Deal, DealLine, Person

Metric = Literal[
    "revenue",
    "sales",
    "new customers",
    "units",
    "referrals",
    "largest sale",
    "fastest win",
    "winning streak",
]
METRICS: tuple[Metric, ...] = get_args(Metric)
SUMMED: tuple[Metric, ...] = METRICS[:5]
"""What the sales of a period add up to; units also of each product."""
Period = Literal["sale", "day", "week", "month", "quarter", "year", "streak"]
PERIODS: tuple[periods.Kind, ...] = ("day", "week", "month", "quarter", "year")
Status = Literal["final", "provisional", "equalled"]
GRACE = 3
"""Working days after a period's end until its value is final."""
HOLDERS_NAMED = 20
"""So many of those that hold a record together are named, the first ones; the others are counted."""
REFERRAL = "referral"
"""The source of a deal that came by somebody's word."""


class Key(NamedTuple):
    """Which record: whose, of what, in which kind of period, of which product alone (if of one)."""

    scope: Scope
    metric: Metric
    period: Period
    product: int | None = None

    def __str__(self) -> str:
        product = "" if self.product is None else f"/{self.product}"
        return f"{scope_key(self.scope)}/{self.metric}/{self.period}{product}"


def scope_key(scope: Scope) -> str:
    """A scope as it is kept: `company`, `team:3`, `person:7`."""
    if scope.person is not None:
        return f"person:{scope.person}"
    return "company" if scope.team is None else f"team:{scope.team}"


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
    referral: bool = False
    """Whether it is the first sale of an account that came by a referral."""
    products: tuple[tuple[int, int], ...] = ()
    """Units of each product."""


SetAt = tuple[date, date, int, int | None]
"""A moment as it is kept: its day, the start of its period, the value, the deal of a single sale."""


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
    """Minor units of revenue, days of a fastest win, working days of a streak, else a count."""
    holders: tuple[date, ...]
    """The starts of the periods that hold it, in order; more than one have equalled it."""
    deals: tuple[int, ...]
    """Of a record of single sales, the deals that hold it."""
    status: Status
    moments: tuple[Moment, ...]
    """Oldest first; the last one holds."""
    product: int | None = None
    """Of a record of units, the product if it is of one alone."""
    joint: int = 1
    """How many hold it; only the first twenty are named."""
    newest: tuple[date, int] | None = None
    """The newest period that brought anything, and what it brought; None of single sales."""

    @property
    def key(self) -> Key:
        """Which record it is."""
        return Key(self.scope, self.metric, self.period, self.product)

    @property
    def set_at(self) -> list[SetAt]:
        """Its moments as they are kept, oldest first."""
        return [(one.on, one.period_start, one.value, one.deal) for one in self.moments]

    @property
    def margin(self) -> int | None:
        """By how much the last moment was better than the one before; None for a baseline."""
        return abs(self.moments[-1].value - self.moments[-2].value) if len(self.moments) > 1 else None


# --- the sales ----------------------------------------------------------------------------------------------


class Brought:
    """What sales brought on one day, and which of them may be a record of single sales."""

    __slots__ = ("fastest", "largest", "products", "sums")

    def __init__(self) -> None:
        self.sums = [0] * len(SUMMED)
        self.products: dict[int, int] = {}
        self.largest: list[tuple[int, int]] = []
        """Deals and values, each at least as large as all before it."""
        self.fastest: list[tuple[int, int]] = []

    def add(self, sale: Sale) -> None:
        """Count a sale; those of a day come in the order of their deals."""
        sums = self.sums
        sums[0] += sale.revenue
        sums[1] += 1
        sums[2] += sale.new_customer
        sums[3] += sale.units
        sums[4] += sale.referral
        if not self.largest or sale.revenue >= self.largest[-1][1]:
            self.largest.append((sale.deal, sale.revenue))
        days = sale.days
        if days is not None and (not self.fastest or days <= self.fastest[-1][1]):
            self.fastest.append((sale.deal, days))
        for product, units in sale.products:
            self.products[product] = self.products.get(product, 0) + units

    def add_units(self, product: int, units: int) -> None:
        """Count units of a product."""
        self.sums[3] += units
        self.products[product] = self.products.get(product, 0) + units


def _together(parts: Sequence[Brought]) -> Brought:
    """What several people brought on one day."""
    if len(parts) == 1:
        return parts[0]
    whole = Brought()
    whole.sums = [sum(column) for column in zip(*(part.sums for part in parts), strict=True)]
    for part in parts:
        for product, units in part.products.items():
            whole.products[product] = whole.products.get(product, 0) + units
    whole.largest = _leading([one for part in parts for one in part.largest], 1)
    whole.fastest = _leading([one for part in parts for one in part.fastest], -1)
    return whole


def _leading(found: list[tuple[int, int]], best: Literal[1, -1]) -> list[tuple[int, int]]:
    """Those of a day's deals that were at least as good as all before them."""
    kept: list[tuple[int, int]] = []
    for one in sorted(found):
        if not kept or one[1] * best >= kept[-1][1] * best:
            kept.append(one)
    return kept


Days = dict[date, Brought]
"""What each day with sales brought, in order."""


class Sold:
    """What everybody sold day by day, and who was in which team when."""

    def __init__(self, by_owner: Mapping[int, Days], members: Mapping[int, Sequence[Term]]) -> None:
        self._by_owner = by_owner
        self._members = members

    @property
    def scopes(self) -> list[Scope]:
        """Everybody who sold, and their teams on those days; the widest first."""
        found = {COMPANY_SCOPE} if self._by_owner else set()
        for owner, days in self._by_owner.items():
            found.add(Scope(person=owner))
            for term in self._members.get(owner, ()):
                if not all(Scope(team=team) in found for team in term.teams) and any(
                    term.holds_on(day) for day in days
                ):
                    found |= {Scope(team=team) for team in term.teams}
        return sorted(found, key=widest_first)

    def of(self, scope: Scope) -> Days:
        """What each day brought to a scope; a sale counts for the teams its owner was in on its day."""
        if scope.person is not None:
            return self._by_owner.get(scope.person, {})
        parts: dict[date, list[Brought]] = defaultdict(list)
        for owner, days in self._by_owner.items():
            own = self._members.get(owner, ())
            if scope.team is not None:
                own = [term for term in own if scope.team in term.teams]
                if not own:
                    continue
            for day, brought in days.items():
                if scope.team is None or any(term.holds_on(day) for term in own):
                    parts[day].append(brought)
        return {day: _together(parts[day]) for day in sorted(parts)}


def widest_first(scope: Scope) -> tuple[bool, bool, int]:
    """The order of scopes: the company, teams, people."""
    return scope.person is not None, scope.team is not None, scope.team or scope.person or 0


def sold_until(
    today: date, *, but: Collection[int] = (), members: Mapping[int, Sequence[Term]] | None = None
) -> Sold:
    """What was sold up to a day, without some of the deals; reads every sale and every line once."""
    by_owner: dict[int, Days] = defaultdict(dict)
    counted_with: dict[int, Brought] = {}
    left_out = frozenset(but)
    with storage.snapshot():
        for sale in _sales(_rows(today), left_out):
            days = by_owner[sale.owner]
            brought = days.get(sale.on)
            if brought is None:
                brought = days[sale.on] = Brought()
            brought.add(sale)
            counted_with[sale.deal] = brought
        # A join that groups them would take the database longer than it takes to look each one up here.
        for deal, product, number in storage.raw(
            DealLine.select(DealLine.deal, DealLine.product, DealLine.quantity)
        ):
            brought = counted_with.get(deal)
            if brought is not None:
                brought.add_units(product, number)
        return Sold(by_owner, terms() if members is None else members)


_SALE = (
    Deal.closed_on,
    Deal.id,
    Deal.owner,
    Deal.value_minor,
    Deal.account,
    Deal.opened_on,
    Deal.source,
)
"""What is read of a won deal."""


def _rows(today: date) -> Iterable[Sequence[object]]:
    rows = Deal.select(*_SALE)
    found: Iterable[Sequence[object]] = storage.raw(
        rows.where(Deal.status == WON, Deal.closed_on <= today).order_by(Deal.closed_on, Deal.id)
    )
    return found


def _sales(rows: Iterable[Sequence[object]], but: Collection[int] = ()) -> Iterator[Sale]:
    """Sales without their units, by day; of several on one day, the deal that was added first."""
    known: set[object] = set()
    day = storage.day
    for closed, deal, owner, value, account, opened, source in rows:
        if deal in but:
            continue
        fresh = account is not None and account not in known
        if fresh:
            known.add(account)
        on = day(closed)
        days = max(0, (on - day(opened)).days) if opened else None
        yield Sale(on, deal, owner, value or 0, 0, fresh, days, fresh and is_referral(source))  # type: ignore[arg-type]


def read_sales(
    start: date, last: date, scope: Scope = COMPANY_SCOPE, metric: Metric | None = None
) -> list[Sale]:
    """The sales of a scope from one day to another, both included, by day and deal.

    For one metric alone, what does not count for it is not looked up.
    """
    earlier = Deal.alias()
    before = earlier.select().where(
        earlier.account == Deal.account,
        earlier.status == WON,
        (earlier.closed_on < Deal.closed_on)
        | ((earlier.closed_on == Deal.closed_on) & (earlier.id < Deal.id)),
    )
    within = (Deal.status == WON, Deal.closed_on >= start, Deal.closed_on <= last)
    own = () if scope.person is None else (Deal.owner == scope.person,)
    first = ~fn.EXISTS(before) if metric in (None, "new customers", "referrals") else SQL("0")
    products: dict[int, list[tuple[int, int]]] = defaultdict(list)
    with storage.snapshot():
        if metric in (None, "units"):
            lines = DealLine.select(DealLine.deal, DealLine.product, fn.SUM(DealLine.quantity)).join(Deal)
            lines = lines.where(*within, *own).group_by(DealLine.deal, DealLine.product)
            for deal, product, units in storage.raw(lines):
                products[deal].append((product, int(units)))
        rows = Deal.select(*_SALE, first).where(*within, *own).order_by(Deal.closed_on, Deal.id)
        found = [_whole_sale(row, products) for row in storage.raw(rows)]
        if scope.team is None:
            return found
        members = terms()
    return [sale for sale in found if was_in(scope.team, members.get(sale.owner, ()), sale.on)]


def _whole_sale(row: Sequence[Any], products: Mapping[int, Sequence[tuple[int, int]]]) -> Sale:
    closed, deal, owner, value, account, opened, source, none_before = row
    on = storage.day(closed)
    fresh = account is not None and bool(none_before)
    days = max(0, (on - storage.day(opened)).days) if opened else None
    own = tuple(products.get(deal, ()))
    units = sum(number for _, number in own)
    return Sale(on, deal, owner, value or 0, units, fresh, days, fresh and is_referral(source), own)


def is_referral(source: object) -> bool:
    """Whether a deal with this source came by somebody's word."""
    return isinstance(source, str) and source.strip().casefold() == REFERRAL


class Named(NamedTuple):
    """How a sale is called."""

    account: str
    """Empty without one."""
    title: str
    owner: str


def named(deals: Iterable[int]) -> dict[int, Named]:
    """How these deals are called; one that is gone is left out."""
    numbers = sorted(set(deals))
    found: dict[int, Named] = {}
    for start in range(0, len(numbers), PART):
        query = (
            Deal.select(Deal.id, Account.name, Deal.title, Person.name)
            .join(Account, JOIN.LEFT_OUTER)
            .switch(Deal)
            .join(Person, on=Deal.owner == Person.id)
            .where(Deal.id.in_(numbers[start : start + PART]))
        )
        for deal, account, title, owner in query.tuples():
            found[deal] = Named(account or "", title, owner)
    return found


# --- the book -----------------------------------------------------------------------------------------------


def book(*, today: date, scope: Scope | None = None) -> list[Record]:
    """All records as they stand at the end of a day, of one scope or of all: the company, teams, people.

    Broken means strictly better than the standing value; what is equal joins its holders. A sale counts for
    the teams its owner was in on its day. Everything is worked out from the sales, each time anew.
    """
    fiscal_start = company.facts().fiscal_start
    sold = sold_until(today)
    return [
        record
        for one in ([scope] if scope is not None else sold.scopes)
        for record in records_of_days(one, sold.of(one), today=today, fiscal_start=fiscal_start)
    ]


def records_of(
    scope: Scope, sales: Iterable[Sale], *, today: date, fiscal_start: int = 1
) -> Iterator[Record]:
    """The records of one scope from its sales, in whatever order they come."""
    days: Days = {}
    for sale in sorted(sales, key=attrgetter("on", "deal")):
        days.setdefault(sale.on, Brought()).add(sale)
    return records_of_days(scope, days, today=today, fiscal_start=fiscal_start)


def records_of_days(scope: Scope, by_day: Days, *, today: date, fiscal_start: int = 1) -> Iterator[Record]:
    """The records of one scope from what its days brought."""
    if not by_day:
        return
    days = list(by_day)
    spans = {kind: _spans(kind, days, fiscal_start) for kind in PERIODS}
    for place, metric in enumerate(SUMMED):
        values = [brought.sums[place] for brought in by_day.values()]
        if any(values):
            for kind in PERIODS:
                yield _of_periods(Key(scope, metric, kind), spans[kind], days, values, today)
        if metric == "units":
            for product in sorted({one for brought in by_day.values() for one in brought.products}):
                values = [brought.products.get(product, 0) for brought in by_day.values()]
                for kind in PERIODS:
                    key = Key(scope, metric, kind, product)
                    yield _of_periods(key, spans[kind], days, values, today)
    largest = [(day, *one) for day, brought in by_day.items() for one in brought.largest]
    yield _of_sales(Key(scope, "largest sale", "sale"), largest, today, best=1)
    fastest = [(day, *one) for day, brought in by_day.items() for one in brought.fastest]
    if fastest:
        yield _of_sales(Key(scope, "fastest win", "sale"), fastest, today, best=-1)
    worked = [day for day in days if day.weekday() < 5]
    if worked:
        key = Key(scope, "winning streak", "streak")
        yield _of_periods(key, _runs(worked), worked, [1] * len(worked), today)


class _Span(NamedTuple):
    """A period, and which of the days with sales lie in it."""

    start: date
    last: date
    first_place: int
    after_place: int


def _spans(kind: periods.Kind, days: Sequence[date], fiscal_start: int) -> list[_Span]:
    if kind == "day":
        return [_Span(day, day, place, place + 1) for place, day in enumerate(days)]
    found: list[_Span] = []
    place = 0
    while place < len(days):
        start, end, last = _bounds(kind, days[place], fiscal_start)
        after = bisect_left(days, end, place + 1)
        found.append(_Span(start, last, place, after))
        place = after
    return found


@lru_cache(1 << 17)
def _bounds(kind: periods.Kind, day: date, fiscal_start: int) -> tuple[date, date, date]:
    """The first day of a day's period, the day after it, and its last day."""
    one = periods.period_of(kind, day, fiscal_start)
    return one.start, one.end, one.last_day


def _runs(worked: Sequence[date]) -> list[_Span]:
    """Working days with sales that follow each other without one between."""
    found: list[_Span] = []
    first = 0
    for place, day in enumerate(worked):
        if place + 1 == len(worked) or worked[place + 1] != next_working_day(day):
            found.append(_Span(worked[first], day, first, place + 1))
            first = place + 1
    return found


def next_working_day(day: date) -> date:
    """The Monday to Friday after a day."""
    return day + timedelta(days=max(1, 7 - day.weekday()) if day.weekday() > 3 else 1)


def _of_periods(
    key: Key,
    spans: Sequence[_Span],
    days: Sequence[date],
    values: Sequence[int],
    today: date,
) -> Record:
    set_at: list[SetAt] = []
    holders: list[_Span] = []
    best = 0
    newest: tuple[date, int] | None = None
    for span in spans:
        first, after = span.first_place, span.after_place
        total = values[first] if after == first + 1 else sum(values[first:after])
        if not total:
            continue
        newest = span.start, total
        if total > best:
            passed = best if set_at else total - 1
            on = _passed(days[first:after], values[first:after], passed)
            set_at.append((on, span.start, total, None))
            holders, best = [span], total
        elif total == best:
            holders.append(span)
    starts = [span.start for span in holders[:HOLDERS_NAMED]]
    return put_together(
        key, best, starts, joint=len(holders), last=holders[0].last, set_at=set_at, newest=newest, today=today
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
    key: Key, found: Sequence[tuple[date, int, int]], today: date, *, best: Literal[1, -1]
) -> Record:
    set_at: list[SetAt] = []
    holders: list[tuple[date, int]] = []
    standing: int | None = None
    for on, deal, value in found:
        if standing is None or value * best > standing * best:
            standing = value
            set_at.append((on, on, value, deal))
            holders = [(on, deal)]
        elif value == standing:
            holders.append((on, deal))
    assert standing is not None
    return _of_singles(key, standing, holders[:HOLDERS_NAMED], len(holders), set_at, today)


def _of_singles(
    key: Key,
    value: int,
    held: Sequence[tuple[date, int]],
    joint: int,
    set_at: Sequence[SetAt],
    today: date,
) -> Record:
    days, deals = [on for on, _ in held], [deal for _, deal in held]
    return put_together(key, value, days, deals, joint=joint, last=days[0], set_at=set_at, today=today)


def put_together(
    key: Key,
    value: int,
    holders: Sequence[date],
    deals: Sequence[int] = (),
    *,
    joint: int,
    last: date,
    set_at: Sequence[SetAt],
    newest: tuple[date, int] | None = None,
    today: date,
) -> Record:
    """A record as it stands on a day; `last` is the last day of the first of those that hold it."""
    return Record(
        key.metric,
        key.period,
        key.scope,
        value,
        tuple(holders),
        tuple(deals),
        _status(joint, last, today),
        _moments(set_at, today),
        key.product,
        joint,
        newest,
    )


def _moments(set_at: Sequence[SetAt], today: date) -> tuple[Moment, ...]:
    ends = [*(on for on, *_ in set_at[1:]), today]
    return tuple(
        Moment(on, start, value, deal, (end - on).days)
        for (on, start, value, deal), end in zip(set_at, ends, strict=True)
    )


def final_on(last_day: date) -> date:
    """The day on which what a period brought becomes final: three working days after its last day."""
    day = last_day
    for _ in range(GRACE):
        day = next_working_day(day)
    return day


def is_final(last_day: date, today: date) -> bool:
    """Whether what a period brought is final."""
    return today >= final_on(last_day)


def last_day_of(key: Key, start: date, value: int, fiscal_start: int = 1) -> date:
    """The last day of a period that starts on a day; of a streak, of its so many working days."""
    if key.period == "sale":
        return start
    if key.period != "streak":
        return periods.period_of(key.period, start, fiscal_start).last_day
    weeks, rest = divmod(value - 1, 5)
    day = start + timedelta(weeks=weeks)
    for _ in range(rest):
        day = next_working_day(day)
    return day


def _status(joint: int, last_day: date, today: date) -> Status:
    if joint > 1:
        return "equalled"
    return "final" if is_final(last_day, today) else "provisional"


# --- one more sale ------------------------------------------------------------------------------------------


def with_sale(
    records: Mapping[Key, Record], scope: Scope, sale: Sale, *, today: date, fiscal_start: int = 1
) -> Iterator[Record]:
    """Those records of a scope that one more sale changes, and how they stand with it.

    The sale is not dated before any other one of the scope, and takes from none that it was an account's
    first one; else everything has to be worked out anew.
    """
    brought: list[tuple[Metric, int | None, int]] = [
        ("revenue", None, sale.revenue),
        ("sales", None, 1),
        ("new customers", None, int(sale.new_customer)),
        ("units", None, sale.units),
        *(("units", product, units) for product, units in sale.products),
        ("referrals", None, int(sale.referral)),
    ]
    for metric, product, value in brought:
        if not value:
            continue
        for kind in PERIODS:
            key = Key(scope, metric, kind, product)
            period = periods.period_of(kind, sale.on, fiscal_start)
            last = period.last_day
            yield _with_more(records.get(key), key, period.start, last, value, sale.on, today)
    yield from _with_single(records, Key(scope, "largest sale", "sale"), sale, sale.revenue, 1, today)
    if sale.days is not None:
        yield from _with_single(records, Key(scope, "fastest win", "sale"), sale, sale.days, -1, today)
    if sale.on.weekday() < 5:
        yield from _with_working_day(records, Key(scope, "winning streak", "streak"), sale.on, today)


def _with_more(
    record: Record | None, key: Key, start: date, last: date, value: int, on: date, today: date
) -> Record:
    """A record when its newest period, which starts on that day, brings so much more."""
    if record is None:
        set_at: list[SetAt] = [(on, start, value, None)]
        newest = start, value
        return put_together(
            key, value, [start], joint=1, last=last, set_at=set_at, newest=newest, today=today
        )
    total = value + (record.newest[1] if record.newest and record.newest[0] == start else 0)
    if total < record.value:
        return replace(record, newest=(start, total))
    set_at, holders, joint = record.set_at, [start], 1
    if total == record.value:
        holders, joint = [*record.holders, start][:HOLDERS_NAMED], record.joint + 1
    elif set_at[-1][1] == start:
        set_at[-1] = (on if len(set_at) == 1 else set_at[-1][0], start, total, None)
    else:
        set_at.append((on, start, total, None))
    return put_together(
        key, total, holders, joint=joint, last=last, set_at=set_at, newest=(start, total), today=today
    )


def _with_single(
    records: Mapping[Key, Record], key: Key, sale: Sale, value: int, best: Literal[1, -1], today: date
) -> Iterator[Record]:
    record = records.get(key)
    set_at = record.set_at if record else []
    # Of several on one day it may come before those that are known already.
    before = [one for one in set_at if (one[0], one[3]) < (sale.on, sale.deal)]
    if not before or value * best > before[-1][2] * best:
        behind = [one for one in set_at[len(before) :] if one[2] * best > value * best]
        set_at = [*before, (sale.on, sale.on, value, sale.deal), *behind]
    held, joint = [(sale.on, sale.deal)], 1
    if record is not None and value * best <= record.value * best:
        joint = record.joint
        held = list(zip(record.holders, record.deals, strict=True))
        if value == record.value:
            joint += 1
            held = sorted([*held, (sale.on, sale.deal)])[:HOLDERS_NAMED]
    yield _of_singles(key, set_at[-1][2], held, joint, set_at, today)


def _with_working_day(records: Mapping[Key, Record], key: Key, on: date, today: date) -> Iterator[Record]:
    record = records.get(key)
    start = on
    if record is not None and record.newest is not None:
        last = last_day_of(key, *record.newest)
        if last == on:
            return
        if next_working_day(last) == on:
            start = record.newest[0]
    yield _with_more(record, key, start, on, 1, on, today)
