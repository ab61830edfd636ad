"""What was known on a day: sales and the courses of deals, of the company and of each of its parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from peewee import fn

from salesboard import clock
from salesboard.domain import company, people
from salesboard.domain.company import OPPORTUNITY
from salesboard.domain.likelihood import Course, Visit
from salesboard.domain.odds import Company, Outlook
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.rhythm import LONGEST_WINDOW, WEEK, Sale
from salesboard.storage import database as storage
from salesboard.storage.models import Deal, DealLine, Membership, Product, Stay

Metric = Literal["revenue", "sales", "new customers", "units"]
METRICS: tuple[Metric, ...] = get_args(Metric)


@dataclass(frozen=True)
class Part:
    """Whose sales are asked about, with what is known of them."""

    company: Company
    sales: Sequence[Sale]
    courses: Sequence[Course]
    deals: Sequence[int]
    """Whose courses they are, by number."""

    @cached_property
    def outlook(self) -> Outlook:
        """What may still be sold."""
        if self.sales is self.company.sales:
            return Outlook(self.company)
        return Outlook(self.company, self.sales, self.courses)


class _Deal(NamedTuple):
    """A deal as it stood."""

    id: int
    owner: int
    sale: Sale | None
    counts_on: date
    """The day whose teams it counts for: of its closing, or today."""
    course: Course


class Term(NamedTuple):
    """Somebody's time in a team, and in all teams above it."""

    start: date
    end: date
    teams: frozenset[int]

    def holds_on(self, day: date) -> bool:
        """Whether it is one of the days."""
        return self.start <= day < self.end


@dataclass(frozen=True)
class Known:
    """What was known when a day was over, in one metric."""

    today: date
    fiscal_start: int
    by_hand: dict[str, int]
    """Kinds of stages from left to right with the likelihoods that were set by hand, in percent."""
    deals: Sequence[_Deal]
    terms: Mapping[int, Sequence[Term]]
    """By person."""

    @cached_property
    def company(self) -> Company:
        """What the whole company teaches."""
        return Company(
            self.today,
            [deal.sale for deal in self.deals if deal.sale],
            [deal.course for deal in self.deals],
            fiscal_start=self.fiscal_start,
            by_hand=self.by_hand,
        )

    def part(self, *, team: int | None = None, person: int | None = None) -> Part:
        """The company, a team with the teams beneath it, or a person (within a team, where both are given).

        A sale counts for the team its owner was in on its day, an open deal for the one of today.
        """
        if team is None and person is None:
            everything = self.company
            return Part(everything, everything.sales, everything.courses, [deal.id for deal in self.deals])
        own = [
            deal
            for deal in self.deals
            if person in (None, deal.owner)
            and (team is None or self._is_in(team, deal.owner, deal.counts_on))
        ]
        return Part(
            self.company,
            [deal.sale for deal in own if deal.sale],
            [deal.course for deal in own],
            [deal.id for deal in own],
        )

    def _is_in(self, team: int, person: int, on: date) -> bool:
        return was_in(team, self.terms.get(person, ()), on)


def known_on(today: date, metric: Metric = "revenue", *, product: int | None = None) -> Known:
    """What was known when a day was over: deals opened by then, their stages then, closings by then.

    Revenue is in minor units; units are those of a product, or of all. What was closed more than two years
    before is left out, as are archived open deals and closings without a date. Values are those kept today;
    but of a closed deal, what its lines cost at list price stands for what was known of it while it was open.
    Files may tell nothing of the time before a closing, or date it after: then it was open on that day alone.
    Of a deal that is open though its expected-close date is past, nothing is expected.
    """
    with storage.snapshot():
        facts = company.facts()
        stages = company.stages()
        since = today - timedelta(days=WEEK * LONGEST_WINDOW)
        closed_lately = (Deal.status != OPEN) & (Deal.closed_on > since)
        wanted = ((Deal.status == OPEN) & ~Deal.archived) | closed_lately
        visits = dict(_visits(today, wanted, {stage.id: stage.kind for stage in stages}, facts.zone))
        deals = list(_deals(today, wanted, visits, _measure(metric, today, product)))
        terms_of_all = terms()
    by_hand = {stage.kind: stage.likelihood for stage in stages if not stage.holds_won}
    return Known(today, facts.fiscal_start, by_hand, deals, terms_of_all)


def was_in(team: int, own_terms: Iterable[Term], on: date) -> bool:
    """Whether somebody with these times in teams was in one of them, or beneath it, on a day."""
    return any(team in term.teams and term.holds_on(on) for term in own_terms)


def terms() -> dict[int, list[Term]]:
    """Everybody's times in teams, and with that in all teams above them."""
    above: dict[int | None, frozenset[int]] = {None: frozenset()}
    for team in people.tree():
        above[team.id] = above[team.parent] | {team.id}
    found: dict[int, list[Term]] = defaultdict(list)
    columns = (Membership.person, Membership.from_on, Membership.until_on, Membership.team)
    for person, start, end, identity in Membership.select(*columns).order_by(Membership.id).tuples():
        found[person].append(Term(start or date.min, end or date.max, above[identity]))
    return dict(found)


# --- what a deal brings -------------------------------------------------------------------------------------


class _Kept(NamedTuple):
    """A deal as it is kept."""

    id: int
    owner: int
    account: int | None
    status: str
    value: int | None
    opened_on: date | None
    closed_on: date | None
    expected_on: date | None


Measure = Callable[[_Kept, bool], int | None]
"""What a deal brings in the metric: as a sale (yes), or as far as one can tell while it is open (no)."""


def _measure(metric: Metric, today: date, product: int | None) -> Measure:
    match metric:
        case "revenue":
            return _revenue()
        case "sales":
            return lambda deal, as_sale: 1
        case "new customers":
            return _new_customers(today)
        case "units":
            return _units(product)


def _revenue() -> Measure:
    price = fn.SUM(DealLine.quantity * Product.list_price_minor)
    lines = DealLine.select(DealLine.deal, price).join(Product).group_by(DealLine.deal)
    whole = lines.having(fn.COUNT(DealLine.id) == fn.COUNT(Product.list_price_minor))
    list_price = {deal: int(minor) for deal, minor in storage.raw(whole)}

    def revenue(deal: _Kept, as_sale: bool) -> int | None:
        if as_sale or deal.status == OPEN:
            return deal.value
        return list_price.get(deal.id) or deal.value or None

    return revenue


def _new_customers(today: date) -> Measure:
    """The first sale of an account counts; of several on one day, the deal that was added first."""
    won = Deal.select(Deal.account, Deal.id, Deal.closed_on).where(
        Deal.status == WON, Deal.closed_on <= today, Deal.account.is_null(False)
    )
    first: dict[int, tuple[int, date]] = {}
    for account, deal, day in won.order_by(Deal.closed_on, Deal.id).tuples():
        first.setdefault(account, (deal, day))

    def new_customer(deal: _Kept, as_sale: bool) -> int:
        if deal.account is None:
            return 0
        first_deal, first_day = first.get(deal.account, (deal.id, date.max))
        return int(deal.id == first_deal or (not as_sale and (deal.closed_on or date.max) <= first_day))

    return new_customer


def _units(product: int | None) -> Measure:
    lines = DealLine.select(DealLine.deal, fn.SUM(DealLine.quantity)).group_by(DealLine.deal)
    if product is not None:
        lines = lines.where(DealLine.product == product)
    units = {deal: int(number) for deal, number in storage.raw(lines)}
    return lambda deal, as_sale: units.get(deal.id, 0)


# --- the course of a deal -----------------------------------------------------------------------------------


def _visits(
    today: date, wanted: Any, kinds: dict[int, str], zone: str
) -> Iterator[tuple[int, tuple[Visit, ...]]]:
    """Of each deal, its stays on the board up to a day."""

    @cache
    def day_of(instant: int) -> date:
        return clock.business_date(clock.EPOCH + timedelta(microseconds=instant), zone)

    stays = Stay.select(Stay.deal, Stay.stage, Stay.status, Stay.entered_at).join(Deal).where(wanted)
    in_order = stays.order_by(Stay.deal, Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
    for deal, group in groupby(storage.raw(in_order), itemgetter(0)):
        found: list[Visit] = []
        for _, stage, status, instant in group:
            entered = day_of(instant)
            if entered > today:
                break
            if found and found[-1].left is None:
                found[-1] = found[-1]._replace(left=entered, into=kinds[stage] if status == OPEN else status)
            if status == OPEN:
                found.append(Visit(kinds[stage], entered, None, None))
        yield deal, tuple(found)


def _deals(
    today: date, wanted: Any, visits: dict[int, tuple[Visit, ...]], measure: Measure
) -> Iterator[_Deal]:
    rows = Deal.select(
        Deal.id,
        Deal.owner,
        Deal.account,
        Deal.status,
        Deal.value_minor,
        Deal.opened_on,
        Deal.closed_on,
        Deal.expected_on,
    )
    for *facts, opened, closed, expected in storage.raw(rows.where(wanted).order_by(Deal.id)):
        deal = _Kept._make((*facts, storage.day(opened), storage.day(closed), storage.day(expected)))
        closed_on = deal.closed_on if deal.closed_on and deal.closed_on <= today else None
        own = visits.get(deal.id, ())
        if closed_on is None and (not own or (deal.opened_on or today) > today):
            continue
        if closed_on and not own:
            own = (Visit(OPPORTUNITY, closed_on, closed_on, deal.status),)
        elif closed_on and own[-1].left is None:
            last = own[-1]
            own = (*own[:-1], last._replace(left=max(last.entered, closed_on), into=deal.status))
        sale = Sale(closed_on, measure(deal, True) or 0) if closed_on and deal.status == WON else None
        overdue = closed_on is None and deal.expected_on is not None and deal.expected_on < today
        course = Course(own, measure(deal, False), overdue)
        yield _Deal(deal.id, deal.owner, sale, closed_on or today, course)
