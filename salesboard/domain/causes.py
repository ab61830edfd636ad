"""Where revenue is missing: a goal's gap, split into too few opportunities, lower conversion, smaller deals,
slower.

In a window, revenue = opportunities x speed x conversion x average value, where

* opportunities are the deals in play: open when it began or opened since (never a disqualified one),
* speed is the share of them that came to an end in it, won or lost,
* conversion is the share of those that was won,
* average value is what a sale brought.

What is usual are these four in the last comparable periods, at most four, each as far as this window has run,
taken together. The goal asks for more or less than they brought: so many more or fewer opportunities are
wanted, at the usual speed, conversion and value. Each of the four then gets its Shapley value: what it
changes, averaged over all orders in which the four may change (Shapley, A Value for n-Person Games, 1953; of
products: Albrecht, François and Schoors, A Shapley Decomposition of Carbon Emissions without Residuals,
2002).
Those are fractions that sum to the gap; they are rounded to minor units by largest remainders, so that the
parts do, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, groupby
from math import factorial, floor, prod
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from salesboard import clock
from salesboard.domain import company
from salesboard.domain.company import OPPORTUNITY
from salesboard.domain.gains import Scope, comparable_periods, gains_until
from salesboard.domain.known import Term, terms, was_in
from salesboard.domain.money import split_by_weights
from salesboard.domain.pipeline import DISQUALIFIED, LOST, OPEN, WON
from salesboard.domain.reports import NO_PRODUCT, shares
from salesboard.domain.standings import GoalStanding
from salesboard.errors import Refused
from salesboard.storage import database as storage
from salesboard.storage.models import Deal, DealLine, Person, Product, Stay

By = Literal["person", "product", "stage"]
BYS: tuple[By, ...] = get_args(By)
LOOKED_BACK = 4
"""So many comparable periods make up what is usual."""


@dataclass(frozen=True)
class Funnel:
    """What became of the deals in play in a window, or in several together."""

    opportunities: int = 0
    decided: int = 0
    """Won or lost in it."""
    won: int = 0
    revenue_minor: int = 0

    @property
    def factors(self) -> tuple[Fraction | None, ...]:
        """Opportunities, conversion, average value, speed; None where there is nothing to divide by."""
        return (
            Fraction(self.opportunities),
            _share(self.won, self.decided),
            _share(self.revenue_minor, self.won),
            _share(self.decided, self.opportunities),
        )

    @property
    def conversion(self) -> float | None:
        """The share that was won of what came to an end."""
        return _rounded(_share(self.won, self.decided))

    @property
    def speed(self) -> float | None:
        """The share that came to an end of what was in play."""
        return _rounded(_share(self.decided, self.opportunities))

    @property
    def average_minor(self) -> int | None:
        """What a sale brought, rounded half up."""
        share = _share(self.revenue_minor, self.won)
        return None if share is None else floor(share + Fraction(1, 2))

    def __add__(self, other: Funnel) -> Funnel:
        return Funnel(
            self.opportunities + other.opportunities,
            self.decided + other.decided,
            self.won + other.won,
            self.revenue_minor + other.revenue_minor,
        )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _rounded(share: Fraction | None) -> float | None:
    return None if share is None else round(float(share), 4)


@dataclass(frozen=True)
class Parts:
    """What each cause adds to a gap, in minor units; below zero, what it takes away. They sum to it."""

    opportunities: int
    conversion: int
    size: int
    speed: int


@dataclass(frozen=True)
class Cause:
    """The gap of everything, of a person, a product or a stage, and what it comes from."""

    name: str
    expected_minor: int
    """What was asked for by now; of a row, its usual share of that."""
    actual: Funnel
    usual: Funnel
    """Of the compared periods together."""
    parts: Parts

    @property
    def gap_minor(self) -> int:
        """What was brought less what was asked for: below zero, it is missing."""
        return self.actual.revenue_minor - self.expected_minor

    @property
    def opportunities_wanted(self) -> int | None:
        """So many would bring what was asked for, at the usual rates; None where nothing is usual."""
        if not self.usual.revenue_minor:
            return None
        return floor(
            Fraction(self.usual.opportunities * self.expected_minor, self.usual.revenue_minor)
            + Fraction(1, 2)
        )


@dataclass(frozen=True)
class Causes:
    """Where a goal's revenue is missing."""

    start: date
    until: date
    """As far as the window has run."""
    against: Literal["pace", "target"]
    """What the goal should have by today, or its target once it is over."""
    compared: tuple[str, ...]
    """The periods that say what is usual, oldest first."""
    whole: Cause
    by: By | None
    rows: tuple[Cause, ...]
    """Those that miss most first, stages from left to right; their gaps sum to the whole one, but since each
    is held against what is usual for itself, their parts need not sum to the whole's."""


def causes(found: GoalStanding, by: By | None = None) -> Causes:
    """Split a goal's gap by cause, also for each person, product, or stage where a deal stood at first.

    A sale counts for the team its owner was in on its day; what a deal brings is shared among its products,
    and it is in play for each of them. Refused: a goal of anything but revenue, one that is open-ended or has
    not begun, and one without a comparable period before it.
    """
    goal, facts = found.goal, company.facts()
    if goal.metric != "revenue":
        raise Refused(f"{goal.name} counts {goal.metric}: only what is missing of revenue is split by cause")
    if goal.end_on is None or found.today < goal.start_on:
        raise Refused(
            f"{goal.name} {'has not begun' if goal.end_on else 'is open-ended'}: nothing is missing"
        )
    is_pace = found.pace is not None and found.today < goal.end_on
    expected = found.pace.expected if found.pace is not None and is_pace else found.target
    window = _Window(goal.start_on, min(found.today, goal.end_on))
    with storage.snapshot():
        before = _before(goal.scope, goal.start_on, goal.end_on, found.today, facts.fiscal_start)[
            -LOOKED_BACK:
        ]
        if not before:
            raise Refused(f"there is not enough history: no period before {goal.name} is like it")
        usual = [_as_far(one.start, one.last_day, window) for one in before]
        deals = list(_deals(min(one.start for one in usual)))
        counts = _in_scope(goal.scope, terms())
        whole, rows = _split(deals, window, usual, expected, counts, _grouping(by, deals, facts.zone))
    return Causes(
        window.start,
        window.until,
        "pace" if is_pace else "target",
        tuple(one.name for one in before),
        whole,
        by,
        rows if by == "stage" else tuple(sorted(rows, key=lambda one: (one.gap_minor, one.name))),
    )


class _Window(NamedTuple):
    start: date
    until: date
    """Its last day."""


def _before(scope: Scope, start: date, end: date, today: date, fiscal_start: int) -> list[Any]:
    gains = gains_until(today, "revenue")
    found = comparable_periods(gains, scope, start, end, today=today, fiscal_start=fiscal_start)
    return [period for period, brought in found if brought]


def _as_far(start: date, last: date, window: _Window) -> _Window:
    return _Window(start, min(last, start + (window.until - window.start)))


# --- deals --------------------------------------------------------------------------------------------------


class _Deal(NamedTuple):
    id: int
    owner: int
    status: str
    value: int
    opened: date
    closed: date | None


def _deals(since: date) -> Iterable[_Deal]:
    """All deals that were in play since a day; those of which nobody knows when they began are left out."""
    columns = (Deal.id, Deal.owner, Deal.status, Deal.value_minor, Deal.opened_on, Deal.closed_on)
    is_open = (Deal.status == OPEN) & ~Deal.archived
    query = Deal.select(*columns).where(is_open | ((Deal.status != OPEN) & (Deal.closed_on >= since)))
    for identity, owner, status, value, opened_on, closed_on in storage.raw(query.order_by(Deal.id)):
        opened, closed = storage.day(opened_on), storage.day(closed_on)
        begun = min((day for day in (opened, closed) if day), default=None)
        if begun is not None:
            yield _Deal(identity, owner, status, value or 0, begun, closed if status != OPEN else None)


def _in_scope(scope: Scope, members: Mapping[int, Sequence[Term]]) -> Callable[[int, date], bool]:
    def counts(owner: int, on: date) -> bool:
        if scope.person is not None:
            return owner == scope.person
        return scope.team is None or was_in(scope.team, members.get(owner, ()), on)

    return counts


Grouping = Callable[[_Deal, _Window], Mapping[Any, int]]
"""For what a deal in play counts in a window, and what it would bring to each."""


def _split(
    deals: Sequence[_Deal],
    window: _Window,
    usual: Sequence[_Window],
    expected: int,
    counts: Callable[[int, date], bool],
    grouping: tuple[Grouping, Mapping[Any, str]] | None,
) -> tuple[Cause, tuple[Cause, ...]]:
    group, names = grouping or (None, {})
    now, now_by = _funnels(deals, [window], counts, group)
    before, before_by = _funnels(deals, usual, counts, group)
    if not before.revenue_minor:
        raise Refused("there is not enough history: the periods before had brought nothing by then")
    whole = Cause("all", expected, now, before, decompose(now, before, expected))
    if group is None:
        return whole, ()
    keys = [key for key in names if key in now_by or key in before_by]
    asked = split_by_weights(expected, [before_by.get(key, Funnel()).revenue_minor for key in keys])
    return whole, tuple(
        Cause(
            names[key],
            share,
            now_by.get(key, Funnel()),
            before_by.get(key, Funnel()),
            decompose(now_by.get(key, Funnel()), before_by.get(key, Funnel()), share),
        )
        for key, share in zip(keys, asked, strict=True)
    )


def _funnels(
    deals: Iterable[_Deal],
    windows: Sequence[_Window],
    counts: Callable[[int, date], bool],
    group: Grouping | None,
) -> tuple[Funnel, dict[Any, Funnel]]:
    """What became of the deals in play in these windows together, in all and by group."""
    whole = [0, 0, 0, 0]
    by_group: defaultdict[Any, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for deal in deals:
        for window in windows:
            if deal.opened > window.until or (deal.closed is not None and deal.closed < window.start):
                continue
            ended = deal.closed is not None and deal.closed <= window.until
            if ended and deal.status == DISQUALIFIED:
                continue
            if not counts(deal.owner, deal.closed if ended and deal.closed else window.until):
                continue
            decided, won = ended and deal.status in (WON, LOST), ended and deal.status == WON
            _count(whole, decided, won, deal.value)
            for key, brings in (group(deal, window) if group else {}).items():
                _count(by_group[key], decided, won, brings)
    return Funnel(*whole), {key: Funnel(*tally) for key, tally in by_group.items()}


def _count(tally: list[int], decided: bool, won: bool, value: int) -> None:
    tally[0] += 1
    tally[1] += decided
    tally[2] += won
    tally[3] += value if won else 0


# --- by person, product, stage ------------------------------------------------------------------------------


def _grouping(by: By | None, deals: Sequence[_Deal], zone: str) -> tuple[Grouping, Mapping[Any, str]] | None:
    match by:
        case "person":
            names = dict(Person.select(Person.id, Person.name).order_by(Person.name).tuples())
            return lambda deal, _: {deal.owner: deal.value}, names
        case "product":
            brings = _by_product({deal.id: deal.value for deal in deals})
            named: dict[Any, str] = dict(
                Product.select(Product.id, Product.name).order_by(Product.name).tuples()
            )
            return lambda deal, _: brings.get(deal.id) or {None: deal.value}, named | {None: NO_PRODUCT}
        case "stage":
            return _by_stage({deal.id for deal in deals}, zone)
    return None


def _by_product(values: Mapping[int, int]) -> dict[int, dict[int, int]]:
    """What each product of a deal has of its value, as reports share it out."""
    columns = (DealLine.deal, DealLine.product, DealLine.quantity, DealLine.amount_minor)
    found: dict[int, dict[int, int]] = {}
    rows = storage.raw(DealLine.select(*columns).order_by(DealLine.deal, DealLine.id))
    for deal, group in groupby(rows, itemgetter(0)):
        if deal not in values:
            continue
        lines = list(group)
        shared: dict[int, int] = defaultdict(int)
        split = shares(values[deal], [(quantity, amount) for *_, quantity, amount in lines])
        for (_, product, *_), share in zip(lines, split, strict=True):
            shared[product] += share
        found[deal] = shared
    return found


def _by_stage(wanted: Collection[int], zone: str) -> tuple[Grouping, Mapping[Any, str]]:
    """Where a deal stood when a window began, or first if it was opened in it."""
    stages = [stage for stage in company.stages() if not stage.holds_won]
    usual = next(stage.id for stage in stages if stage.kind == OPPORTUNITY)
    rows = storage.raw(
        Stay.select(Stay.deal, Stay.stage, Stay.entered_at)
        .where(Stay.status == OPEN)
        .order_by(Stay.deal, Stay.entered_at, Stay.id)
    )
    stays: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for deal, stage, instant in rows:
        if deal in wanted:
            stays[deal].append((_business_day(instant, zone), stage))

    def stood(deal: _Deal, window: _Window) -> Mapping[Any, int]:
        own = stays.get(deal.id, [])
        at = [stage for on, stage in own if on <= max(window.start, deal.opened)]
        return {at[-1] if at else own[0][1] if own else usual: deal.value}

    return stood, {stage.id: stage.name for stage in stages}


def _business_day(instant: int | datetime, zone: str) -> date:
    at = instant if isinstance(instant, datetime) else clock.EPOCH + timedelta(microseconds=instant)
    return clock.business_date(at, zone)


# --- the split ----------------------------------------------------------------------------------------------


def decompose(actual: Funnel, usual: Funnel, expected: int) -> Parts:
    """Split what was brought less what was expected (minor units) by cause; the parts sum to it exactly.

    Where there is nothing to divide by now (no deal came to an end, none was won), it is taken to be as usual
    in that: the gap lies in what came before. Where nothing is usual, opportunities have it all.
    """
    gap = actual.revenue_minor - expected
    if not usual.revenue_minor:
        return Parts(gap, 0, 0, 0)
    opportunities = Fraction(usual.opportunities * expected, usual.revenue_minor)
    # Where something was sold, no factor is without a number.
    asked = [opportunities, *(one or Fraction() for one in usual.factors[1:])]
    pairs = [
        (before, before if now is None else now) for before, now in zip(asked, actual.factors, strict=True)
    ]
    return Parts(*_rounded_parts([_shapley(pairs, place) for place in range(len(pairs))], gap))


def _shapley(pairs: Sequence[tuple[Fraction, Fraction]], place: int) -> Fraction:
    """What changing one factor of a product changes, averaged over all orders of changing them."""
    others = [other for other in range(len(pairs)) if other != place]
    changes = pairs[place][1] - pairs[place][0]
    total = Fraction(0)
    for size in range(len(others) + 1):
        weight = Fraction(factorial(size) * factorial(len(others) - size), factorial(len(pairs)))
        for changed in combinations(others, size):
            total += weight * prod((pairs[one][one in changed] for one in others), start=Fraction(1))
    return changes * total


def _rounded_parts(exact: Sequence[Fraction], gap: int) -> list[int]:
    """Whole minor units that sum to the gap; those with the largest remainders are rounded up."""
    whole = [floor(one) for one in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: gap - sum(whole)]:
        whole[place] += 1
    return whole
