"""What was known on a day: the sales and the courses of all deals, of the company and of each of its parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple, get_args

from peewee import fn

from salesboard import clock
from salesboard.domain import company
from salesboard.domain.likelihood import Course, Likelihood, Visit, likelihood
from salesboard.domain.odds import Company, Outlook
from salesboard.domain.permissions import teams_below
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.rhythm import Sale
from salesboard.storage import database as storage
from salesboard.storage.models import Deal, DealLine, Membership, Product, Stay

Metric = Literal["revenue", "sales", "new customers", "units"]
METRICS: tuple[Metric, ...] = get_args(Metric)


class _Deal(NamedTuple):
    """A deal as it stood."""

    owner: int
    won_on: date | None
    sold: int
    """What the sale brought, in the metric."""
    counts_on: date
    """The day whose teams it counts for: of its closing, or today."""
    course: Course


@dataclass(frozen=True)
class Part:
    """Whose sales are asked about, with what is known of them."""

    company: Company
    sales: Sequence[Sale]
    courses: Sequence[Course]

    @cached_property
    def outlook(self) -> Outlook:
        """What may still be sold."""
        if self.sales is self.company.sales:
            return Outlook(self.company)
        return Outlook(self.company, self.sales, self.courses)


@dataclass(frozen=True)
class Known:
    """Everything that was known when a day was over, in one metric."""

    today: date
    fiscal_start: int
    by_hand: dict[str, int]
    """Kinds of stages from left to right with the likelihoods that were set by hand, in percent."""
    deals: Sequence[_Deal]

    @cached_property
    def company(self) -> Company:
        """What the whole company teaches."""
        return Company(
            self.today,
            [Sale(deal.won_on, deal.sold) for deal in self.deals if deal.won_on],
            [deal.course for deal in self.deals],
            fiscal_start=self.fiscal_start,
            by_hand=self.by_hand,
        )

    def part(self, *, team: int | None = None, person: int | None = None) -> Part:
        """The company, a team with the teams beneath it, or a person (within a team, where both are given).

        A sale counts for the team its owner was in on its day, an open deal for the one of today.
        """
        if team is None and person is None:
            return Part(self.company, self.company.sales, self.company.courses)
        counts = self._counts_for(team, person)
        own = [deal for deal in self.deals if counts(deal.owner, deal.counts_on)]
        sales = [Sale(deal.won_on, deal.sold) for deal in own if deal.won_on]
        return Part(self.company, sales, [deal.course for deal in own])

    def likelihood(self, kind: str) -> Likelihood:
        """How likely a deal that reached a stage becomes a sale, by the company's own closed deals."""
        return likelihood(self.company.courses, kind, self.by_hand[kind])

    @staticmethod
    def _counts_for(team: int | None, person: int | None) -> Callable[[int, date], bool]:
        if team is None:
            return lambda owner, on: owner == person
        terms: dict[int, list[tuple[date, date]]] = defaultdict(list)
        memberships = Membership.select(Membership.person, Membership.from_on, Membership.until_on)
        for member, start, end in memberships.where(Membership.team.in_(teams_below(team))).tuples():
            if person is None or member == person:
                terms[member].append((start or date.min, end or date.max))
        return lambda owner, on: any(start <= on < end for start, end in terms.get(owner, ()))


def known_on(today: date, metric: Metric = "revenue", *, product: int | None = None) -> Known:
    """What was known when a day was over: deals opened by then, their stages then, closings by then.

    Revenue is in minor units; units are those of a product, or of all. Values are as they are known now, but of
    a deal that was closed since, what its lines had cost at list price is taken for what was known of it while
    it was open. Archived open deals, and closed ones without a date, are left out.
    """
    with storage.snapshot():
        facts = company.facts()
        stages = company.stages()
        kinds = {stage.id: stage.kind for stage in stages}
        measures = _measures(metric, today, product)
        visits = dict(_visits(today, kinds, facts.zone))
        deals = list(_deals(today, visits, measures))
    by_hand = {stage.kind: stage.likelihood for stage in stages if not stage.holds_won}
    return Known(today, facts.fiscal_start, by_hand, deals)


class _Row(NamedTuple):
    """A deal as it is kept."""

    id: int
    owner: int
    account: int | None
    status: str
    value: int | None
    opened_on: date | None
    closed_on: date | None


Measure = Callable[[_Row, bool], int | None]
"""What a deal brings in the metric: as a sale, or as far as one can tell while it is open."""


def _measures(metric: Metric, today: date, product: int | None) -> Measure:
    match metric:
        case "sales":
            return lambda deal, as_sale: 1
        case "new customers":
            first = _first_sales(today)
            return lambda deal, as_sale: int(
                first.get(deal.account) == deal.id if as_sale else deal.account not in first
            )
        case "units":
            units = _quantities(product)
            return lambda deal, as_sale: units.get(deal.id, 0)
    list_price = _list_prices()

    def revenue(deal: _Row, as_sale: bool) -> int | None:
        if as_sale:
            return deal.value or 0
        if deal.status == OPEN:
            return deal.value
        return list_price.get(deal.id) or deal.value or None

    return revenue


def _first_sales(today: date) -> dict[int | None, int]:
    """By account, the deal of its first sale; of several on one day, the one that was added first."""
    won = Deal.select(Deal.account, Deal.id).where(
        Deal.status == WON, Deal.closed_on <= today, Deal.account.is_null(False)
    )
    first: dict[int | None, int] = {}
    for account, deal in won.order_by(Deal.closed_on, Deal.id).tuples():
        first.setdefault(account, deal)
    return first


def _quantities(product: int | None) -> dict[int, int]:
    lines = DealLine.select(DealLine.deal, fn.SUM(DealLine.quantity)).group_by(DealLine.deal)
    if product is not None:
        lines = lines.where(DealLine.product == product)
    return {deal: int(units) for deal, units in storage.raw(lines)}


def _list_prices() -> dict[int, int]:
    """What the lines of deals cost at list price, where all of them have one."""
    price = fn.SUM(DealLine.quantity * Product.list_price_minor)
    lines = DealLine.select(DealLine.deal, price).join(Product).group_by(DealLine.deal)
    whole = lines.having(fn.COUNT(DealLine.id) == fn.COUNT(Product.list_price_minor))
    return {deal: int(minor) for deal, minor in storage.raw(whole)}


def _visits(today: date, kinds: dict[int, str], zone: str) -> Iterator[tuple[int, tuple[Visit, ...]]]:
    """Of each deal, its stays on the board up to a day."""
    to_instant = Stay.entered_at.python_value

    @cache
    def day_of(instant: int | datetime) -> date:
        return clock.business_date(to_instant(instant), zone)

    stays = Stay.select(Stay.deal, Stay.stage, Stay.status, Stay.entered_at)
    for deal, group in groupby(
        storage.raw(stays.order_by(Stay.deal, Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)),
        itemgetter(0),
    ):
        found = []
        known = [(kinds[stage], status, day_of(at)) for _, stage, status, at in group]
        known = [one for one in known if one[2] <= today]
        for number, (kind, status, entered) in enumerate(known):
            if status != OPEN:
                continue
            left = into = None
            if number + 1 < len(known):
                next_kind, next_status, left = known[number + 1]
                into = next_kind if next_status == OPEN else next_status
            found.append(Visit(kind, entered, left, into))
        yield deal, tuple(found)


def _deals(today: date, visits: dict[int, tuple[Visit, ...]], measure: Measure) -> Iterator[_Deal]:
    rows = Deal.select(
        Deal.id,
        Deal.owner,
        Deal.account,
        Deal.status,
        Deal.value_minor,
        Deal.opened_on,
        Deal.closed_on,
        Deal.archived,
    )
    day = cache(_day)
    for identity, owner, account, status, value, opened, closed, archived in storage.raw(
        rows.order_by(Deal.id)
    ):
        row = _Row(identity, owner, account, status, value, day(opened), day(closed))
        if status != OPEN and row.closed_on is None:
            continue
        is_closed = row.closed_on is not None and row.closed_on <= today
        if archived and not is_closed:
            continue
        won_on = row.closed_on if status == WON and is_closed else None
        own = visits.get(identity, ())
        if won_on is None and (not own or (row.opened_on is not None and row.opened_on > today)):
            continue
        if is_closed and own and own[-1].left is None:
            own = (*own[:-1], own[-1]._replace(left=max(own[-1].entered, row.closed_on), into=status))
        yield _Deal(
            owner,
            won_on,
            (measure(row, True) or 0) if won_on else 0,
            row.closed_on if row.closed_on and row.closed_on <= today else today,
            Course(own, measure(row, False)),
        )


def _day(value: Any) -> date | None:
    """A day as the driver hands it over: SQLite's as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
