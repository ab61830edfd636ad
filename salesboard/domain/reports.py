"""What was won, what was lost and what is open: the whole, and by month, person, team, product and so on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import Any, Literal, get_args

from peewee import JOIN, Case, Field, ModelSelect, fn

from salesboard import clock
from salesboard.domain import company, money, people, periods
from salesboard.domain.company import CompanyFacts, StageFacts
from salesboard.domain.pipeline import OPEN, WON
from salesboard.storage import database as storage
from salesboard.storage.models import Account, Deal, DealLine, Membership, Person, Product, Stay

Kind = Literal["week", "month", "quarter", "year", "person", "team", "product", "account", "stage"]
KINDS: tuple[Kind, ...] = get_args(Kind)
NO_TEAM, NO_PRODUCT, NO_ACCOUNT, NO_DATE = "(no team)", "(no product)", "(no account)", "(no date)"


@dataclass(frozen=True)
class StageSum:
    """One column: how many deals it holds, of which value, and what of it may be expected."""

    stage: str
    kind: str
    deals: int
    value_minor: int
    weighted_minor: int
    """The value times the stage's likelihood."""
    likelihood: int
    """Percent."""
    without_value: int
    """So many of the deals have no value yet."""


@dataclass(frozen=True)
class Report:
    """The figures of a time, ready to be written as JSON; amounts are in minor units of `currency`."""

    currency: str
    won: int
    lost: int
    disqualified: int
    """Never counted as lost."""
    open: int
    revenue_minor: int
    units: int
    """Sum of the quantities on the won deals' lines."""
    average_sale_minor: int | None
    median_days_to_win: float | None
    """From the opening to the sale."""
    win_rate: float | None
    """Won of won and lost, to four decimals; None when nothing was closed."""
    open_minor: int
    weighted_minor: int
    """Of the open deals: their values times the likelihood of their stages."""
    by_stage: tuple[StageSum, ...]
    """The columns from left to right: open deals before Client, sales in Client and Advocate."""


@dataclass(frozen=True)
class ReportRow:
    """The figures of one month, person, product, …"""

    name: str
    won: int
    lost: int
    open: int
    revenue_minor: int
    units: int
    win_rate: float | None


@dataclass(frozen=True)
class TeamRow(ReportRow):
    """The figures of a team and all teams beneath it."""

    parent: str | None
    depth: int


def win_rate(won: int, lost: int) -> float | None:
    """Won of won and lost, to four decimals; None when nothing was closed."""
    return round(won / (won + lost), 4) if won + lost else None


def weighted(value_minor: int, likelihood: int) -> int:
    """A sum of values (minor units) times a stage's likelihood (percent), rounded half up once."""
    return (value_minor * likelihood + 50) // 100


# --- which deals count --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scope:
    """What is asked for: until which day, closed from when to when, which deals at all."""

    facts: CompanyFacts
    stages: Sequence[StageFacts]
    today: date
    from_on: date | None
    to_on: date | None
    conditions: tuple[Any, ...]

    @property
    def closed(self) -> list[Any]:
        """Closed by today and within the bounds, archived or not."""
        by_today = Deal.closed_on <= self.today
        bounds: list[Any] = [Deal.closed_on >= self.from_on] if self.from_on else []
        bounds += [Deal.closed_on <= self.to_on] if self.to_on else []
        # A closing without a date, as files have it, lies within no bounds.
        when = [by_today, *bounds] if bounds else [Deal.closed_on.is_null() | by_today]
        return [Deal.status != OPEN, *when, *self.conditions]

    @property
    def won(self) -> list[Any]:
        """Sales by today and within the bounds."""
        return [Deal.status == WON, *self.closed]

    @property
    def open(self) -> list[Any]:
        """Open on the evening of today; one that was archived after its closing was still in sight then."""
        still_open = (Deal.status == OPEN) & (Deal.archived == False)  # noqa: E712
        return [
            still_open | (Deal.closed_on > self.today),
            Deal.opened_on.is_null() | (Deal.opened_on <= self.today),
            *self.conditions,
        ]


def _scope(today: date, from_on: date | None, to_on: date | None, conditions: Iterable[Any]) -> _Scope:
    return _Scope(company.facts(), company.stages(), today, from_on, to_on, tuple(conditions))


@dataclass
class _Tally:
    """Figures being added up."""

    won: int = 0
    lost: int = 0
    disqualified: int = 0
    open: int = 0
    revenue_minor: int = 0
    units: int = 0

    def count(self, status: str, deals: int) -> None:
        setattr(self, status, getattr(self, status) + deals)

    def row(self, name: str) -> ReportRow:
        rate = win_rate(self.won, self.lost)
        return ReportRow(name, self.won, self.lost, self.open, self.revenue_minor, self.units, rate)

    def team_row(self, name: str, parent: str | None, depth: int) -> TeamRow:
        plain = self.row(name)
        return TeamRow(**vars(plain), parent=parent, depth=depth)


Tallies = defaultdict[Any, _Tally]
Key = Callable[..., Iterable[Any]]
"""From the values of the grouped columns to whatever they are counted for."""


def _tallied(
    scope: _Scope, columns: Sequence[Field], key: Key, open_columns: Sequence[Field], open_key: Key
) -> Tallies:
    """Everything that counts, grouped by the database and added up under the keys."""
    tallies: Tallies = defaultdict(_Tally)
    closed = Deal.select(*columns, Deal.status, fn.COUNT(Deal.id), fn.SUM(Deal.value_minor))
    for *group, status, deals, value in _rows(closed.where(*scope.closed).group_by(*columns, Deal.status)):
        for one in key(*group):
            tallies[one].count(status, deals)
            if status == WON:
                tallies[one].revenue_minor += int(value or 0)
    units = DealLine.select(*columns, fn.SUM(DealLine.quantity)).join(Deal)
    for *group, quantity in _rows(units.where(*scope.won).group_by(*columns)):
        for one in key(*group):
            tallies[one].units += int(quantity or 0)
    open_deals = Deal.select(*open_columns, fn.COUNT(Deal.id)).where(*scope.open)
    for *group, deals in _rows(open_deals.group_by(*open_columns) if open_columns else open_deals):
        for one in open_key(*group):
            tallies[one].open += deals
    return tallies


def _rows(query: ModelSelect) -> Iterator[Any]:
    return iter(storage.raw(query))


# --- the whole ----------------------------------------------------------------------------------------------


def report(
    *, today: date, from_on: date | None = None, to_on: date | None = None, conditions: Iterable[Any] = ()
) -> Report:
    """Won and lost deals closed from the first to the last day, both included, and the open ones.

    Open deals are not bounded by the days; `conditions` (of a filter) bound all of them. What is dated after
    `today` has not happened: a deal that was closed later is open, in the stage where it was that day.
    Archived deals are left out while they are open; archived sales go on counting.
    """
    with storage.snapshot():
        scope = _scope(today, from_on, to_on, conditions)
        tallies = _tallied(scope, (), lambda: [None], (), lambda: [None])
        total = tallies[None]
        by_stage = tuple(_stage_sums(scope))
        days = list(_days_to_win(scope))
    open_stages = [one for one, stage in zip(by_stage, scope.stages, strict=True) if not stage.holds_won]
    return Report(
        currency=scope.facts.currency,
        won=total.won,
        lost=total.lost,
        disqualified=total.disqualified,
        open=total.open,
        revenue_minor=total.revenue_minor,
        units=total.units,
        average_sale_minor=(2 * total.revenue_minor + total.won) // (2 * total.won) if total.won else None,
        median_days_to_win=float(median(days)) if days else None,
        win_rate=win_rate(total.won, total.lost),
        open_minor=sum(one.value_minor for one in open_stages),
        weighted_minor=sum(one.weighted_minor for one in open_stages),
        by_stage=by_stage,
    )


def _days_to_win(scope: _Scope) -> Iterator[int]:
    """Days from the opening to the sale, of each sale."""
    dated = Deal.opened_on.is_null(False) & Deal.closed_on.is_null(False)
    for opened, closed in _rows(Deal.select(Deal.opened_on, Deal.closed_on).where(dated, *scope.won)):
        yield (storage.day(closed) - storage.day(opened)).days


def _stage_sums(scope: _Scope) -> Iterator[StageSum]:
    deals, values, priced = _in_stages(scope)
    for stage in scope.stages:
        value = values[stage.id]
        yield StageSum(
            stage=stage.name,
            kind=stage.kind,
            deals=deals[stage.id],
            value_minor=value,
            weighted_minor=weighted(value, stage.likelihood),
            likelihood=stage.likelihood,
            without_value=deals[stage.id] - priced[stage.id],
        )


def _in_stages(scope: _Scope) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """Open deals and sales by stage as of today: how many, of which value, how many with a value."""
    deals: Counter[int] = Counter()
    values: Counter[int] = Counter()
    priced: Counter[int] = Counter()
    later = _with_later_stays(scope)
    then = _stages_then(scope, later) if later is not None else None
    for where, status in ((scope.open, OPEN), (scope.won, WON)):
        sums = Deal.select(
            Deal.stage, fn.COUNT(Deal.id), fn.SUM(Deal.value_minor), fn.COUNT(Deal.value_minor)
        ).where(*where)
        for stage, number, value, with_value in _rows(sums.group_by(Deal.stage)):
            deals[stage] += number
            values[stage] += int(value or 0)
            priced[stage] += with_value
        if then is None:
            continue
        for deal, stage, value in _rows(
            Deal.select(Deal.id, Deal.stage, Deal.value_minor).where(*where, later)
        ):
            for counter, number in ((deals, 1), (values, value or 0), (priced, int(value is not None))):
                counter[stage] -= number
                counter[then(deal, stage, status)] += number
    return deals, values, priced


def _tomorrow(scope: _Scope) -> Any:
    """The instant at which today is over."""
    return clock.start_of_day(scope.today + timedelta(days=1), scope.facts.zone)


def _with_later_stays(scope: _Scope) -> Any:
    """The condition that a deal may have been elsewhere today; None while nothing is dated later."""
    moved_later = Stay.select(Stay.deal).where(Stay.entered_at >= _tomorrow(scope))
    closed_later = Deal.select().where(Deal.closed_on > scope.today)
    if not moved_later.exists() and not closed_later.exists():
        return None
    return Deal.id.in_(moved_later) | (Deal.closed_on > scope.today)


def _stages_then(scope: _Scope, later: Any) -> Callable[[int, int, str], int]:
    """Where a deal was on the evening of today, from its id, its present stage and its status that day."""
    stays = (
        Stay.select(Stay.deal, Stay.status, Stay.stage, Stay.entered_at)
        .where(Stay.deal.in_(Deal.select(Deal.id).where(later)), Stay.status.in_((OPEN, WON)))
        .order_by(Stay.entered_at, Stay.id)
    )
    end = Stay.entered_at.db_value(_tomorrow(scope))
    holding = {
        OPEN: [stage.id for stage in scope.stages if not stage.holds_won],
        WON: [stage.id for stage in scope.stages if stage.holds_won],
    }
    then: dict[tuple[int, str], int] = {}
    for deal, status, stage, entered in _rows(stays):
        if stage in holding[status] and (entered < end or (deal, status) not in then):
            then[deal, status] = stage

    def stage_then(deal: int, stage: int, status: str) -> int:
        return then.get((deal, status), stage if stage in holding[status] else holding[status][0])

    return stage_then


# --- by something -------------------------------------------------------------------------------------------


def report_by(
    kind: Kind,
    *,
    today: date,
    from_on: date | None = None,
    to_on: date | None = None,
    conditions: Iterable[Any] = (),
) -> list[ReportRow]:
    """The same figures by week, month, quarter, year, person, team, product, account or stage.

    Won, lost, revenue and units are of deals closed from the first to the last day, both included; open deals
    are not bounded. Periods come in order without a gap, and `open` is what was open when they ended, or is
    today. Everything else comes by revenue, what is without a name last. Teams come in the order of their
    tree and include their sub-teams, with the members of the closing date (open deals: of today); who is in
    two teams side by side counts for both. A deal's amount is shared among its products by the lines'
    amounts, to the last minor unit, and the deal counts for each of them.
    """
    with storage.snapshot():
        scope = _scope(today, from_on, to_on, conditions)
        match kind:
            case "week" | "month" | "quarter" | "year":
                return _by_period(scope, kind)
            case "person":
                return _by_person(scope)
            case "team":
                return list(_by_team(scope))
            case "product":
                return _by_product(scope)
            case "account":
                return _by_account(scope)
            case "stage":
                return _by_stage(scope)


def _by_period(scope: _Scope, kind: periods.Kind) -> list[ReportRow]:
    fiscal = scope.facts.fiscal_start

    @cache
    def name(closed: str | date | None) -> list[str]:
        day = storage.day(closed)
        return [periods.period_of(kind, day, fiscal).name if day else NO_DATE]

    tallies = _tallied(scope, [Deal.closed_on], name, (), lambda: ())
    first, last = scope.from_on, min(scope.to_on or scope.today, scope.today)
    if first is None:
        first = storage.day(Deal.select(fn.MIN(Deal.closed_on)).where(*scope.closed).scalar())
    if scope.to_on is None:
        last = storage.day(Deal.select(fn.MAX(Deal.closed_on)).where(*scope.closed).scalar()) or last
    listed = periods.periods_between(kind, first, last + timedelta(days=1), fiscal) if first else []
    for period, still_open in zip(listed, _open_at_the_end_of(scope, listed), strict=True):
        tallies[period.name].open = still_open
    rows = [tallies[period.name].row(period.name) for period in listed]
    return rows + ([tallies[NO_DATE].row(NO_DATE)] if NO_DATE in tallies else [])


def _open_at_the_end_of(scope: _Scope, listed: Sequence[periods.Period]) -> Iterator[int]:
    """How many deals were still open when each period ended, or are today."""
    # What was closed before it was opened, as files have it, was never open.
    opened = Case(None, [(Deal.opened_on > Deal.closed_on, Deal.closed_on)], Deal.opened_on)
    closed_by_today = [Deal.status != OPEN, Deal.closed_on <= scope.today, *scope.conditions]
    change: Counter[date] = Counter()
    for where, column, sign in (
        (scope.open, Deal.opened_on, 1),
        (closed_by_today, opened, 1),
        (closed_by_today, Deal.closed_on, -1),
    ):
        days = Deal.select(column, fn.COUNT(Deal.id)).where(*where).group_by(column)
        for day, deals in _rows(days):
            change[storage.day(day) or date.min] += sign * deals
    days_left = sorted(change, reverse=True)
    still_open = 0
    for period in listed:
        while days_left and days_left[-1] < period.end:
            still_open += change[days_left.pop()]
        yield still_open


def _by_revenue(named: Mapping[Any, str], tallies: Tallies, without: str | None = None) -> list[ReportRow]:
    rows = [tallies[identity].row(name) for identity, name in named.items()]
    rows.sort(key=lambda row: (-row.revenue_minor, -row.won, row.name.casefold()))
    return rows + ([tallies[None].row(without)] if without and None in tallies else [])


def _by_person(scope: _Scope) -> list[ReportRow]:
    """Everybody who sells, and whoever else has a deal."""
    tallies = _tallied(scope, [Deal.owner], lambda owner: [owner], [Deal.owner], lambda owner: [owner])
    named = {
        identity: name
        for identity, name, role, active in Person.select(
            Person.id, Person.name, Person.role, Person.active
        ).tuples()
        if identity in tallies or (active and role in ("rep", "lead"))
    }
    return _by_revenue(named, tallies)


def _by_account(scope: _Scope) -> list[ReportRow]:
    tallies = _tallied(
        scope, [Deal.account], lambda account: [account], [Deal.account], lambda account: [account]
    )
    named = {
        identity: name
        for identity, name in Account.select(Account.id, Account.name).tuples()
        if identity in tallies
    }
    return _by_revenue(named, tallies, NO_ACCOUNT)


def _by_stage(scope: _Scope) -> list[ReportRow]:
    """Open deals and sales where they are, lost ones where they were lost."""
    tallies = _tallied(scope, [Deal.stage], lambda stage: [stage], (), lambda: ())
    deals, values, _ = _in_stages(scope)
    for stage in scope.stages:
        tally = tallies[stage.id]
        if stage.holds_won:
            tally.won, tally.revenue_minor = deals[stage.id], values[stage.id]
        else:
            tally.open = deals[stage.id]
    return [tallies[stage.id].row(stage.name) for stage in scope.stages]


# --- teams --------------------------------------------------------------------------------------------------


def _by_team(scope: _Scope) -> Iterator[TeamRow]:
    teams = people.tree()
    above = _teams_above(teams)
    terms: dict[int, list[tuple[date, date, frozenset[int]]]] = defaultdict(list)
    for person, team, start, end in Membership.select(
        Membership.person, Membership.team, Membership.from_on, Membership.until_on
    ).tuples():
        terms[person].append((start or date.min, end or date.max, above[team]))

    @cache
    def counted_for(person: int, closed: str | date | None = None) -> frozenset[int | None]:
        on = storage.day(closed) or scope.today
        found = frozenset[int | None]().union(
            *(teams for start, end, teams in terms[person] if start <= on < end)
        )
        return found or frozenset((None,))

    tallies = _tallied(scope, [Deal.owner, Deal.closed_on], counted_for, [Deal.owner], counted_for)
    names = {team.id: team.name for team in teams}
    for team in teams:
        yield tallies[team.id].team_row(team.name, names.get(team.parent or 0), team.depth)
    if None in tallies:
        yield tallies[None].team_row(NO_TEAM, None, 0)


def _teams_above(teams: Iterable[people.TeamFacts]) -> dict[int, frozenset[int]]:
    """For each team itself and all above it: whoever counts for it counts for those."""
    above: dict[int, frozenset[int]] = {}
    for team in teams:
        above[team.id] = above.get(team.parent or 0, frozenset()) | {team.id}
    return above


# --- products -----------------------------------------------------------------------------------------------


def _by_product(scope: _Scope) -> list[ReportRow]:
    tallies: Tallies = defaultdict(_Tally)
    for where, is_open in ((scope.closed, False), (scope.open, True)):
        for _, group in groupby(_rows(_deals_with_lines(where)), key=itemgetter(0)):
            lines = list(group)
            status, value = lines[0][1:3]
            split = (
                shares(value, [line[4:] for line in lines])
                if status == WON and not is_open
                else [0] * len(lines)
            )
            for product in {line[3] for line in lines}:
                tallies[product].count(OPEN if is_open else status, 1)
            for (*_, product, quantity, _), share in zip(lines, split, strict=True):
                if status == WON and not is_open:
                    tallies[product].revenue_minor += share
                    tallies[product].units += quantity or 0
    named = {identity: name for identity, name in Product.select(Product.id, Product.name).tuples()}
    return _by_revenue({one: name for one, name in named.items() if one in tallies}, tallies, NO_PRODUCT)


def _deals_with_lines(where: Iterable[Any]) -> ModelSelect:
    columns = (
        Deal.id,
        Deal.status,
        Deal.value_minor,
        DealLine.product,
        DealLine.quantity,
        DealLine.amount_minor,
    )
    with_lines = Deal.select(*columns).join(DealLine, JOIN.LEFT_OUTER)
    return with_lines.where(*where).order_by(Deal.id, DealLine.id)


def shares(value: int | None, lines: Sequence[tuple[int, int | None]]) -> list[int]:
    """A deal's amount shared among its lines, each a quantity and an amount: by their amounts; where no line
    has one, by quantity."""
    if len(lines) == 1:
        return [value or 0]
    amounts = [amount or 0 for _, amount in lines]
    return money.split_by_weights(
        value or 0, amounts if any(amounts) else [quantity for quantity, _ in lines]
    )
