"""The year as a road: milestones, quarter reviews and the company's own anniversary; done, next, missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from peewee import fn

from salesboard.domain import company, periods, reviews, standings
from salesboard.domain.company import CompanyFacts
from salesboard.domain.dates import anniversary, years_in_words
from salesboard.domain.gains import shown
from salesboard.domain.goals import ACTIVE, COMPANY, GoalFacts, goals
from salesboard.domain.periods import Period
from salesboard.domain.pipeline import WON
from salesboard.domain.standings import GoalStanding
from salesboard.domain.text import counted
from salesboard.errors import WrongUsage
from salesboard.storage.models import Deal

Kind = Literal["milestone", "review", "anniversary"]
State = Literal["done", "late", "missed", "next", "to come"]
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Sign:
    """Something that stands by the road, on its day."""

    on: date
    """The due date of a milestone, the day from which a quarter can be reviewed."""
    kind: Kind
    state: State
    """`late` is done after its day; a milestone that was reached and is no more is missed."""
    what: str
    whose: str
    """The company's, the team's or the person's name; nothing of a review."""
    more: str
    """In words: how it stands, who has it still to do."""
    goal: int | None
    milestone: int | None


@dataclass(frozen=True)
class Roadmap:
    """A fiscal year with what stands by its road, in order."""

    year: Period
    today: date
    signs: tuple[Sign, ...]

    @property
    def next(self) -> Sign | None:
        """What comes first from today on."""
        return next((one for one in self.signs if one.state == "next"), None)


def roadmap(
    *, today: date, year: int | None = None, person: int | None = None, everybody: bool = False
) -> Roadmap:
    """The signs of a fiscal year, of this one if none is named, in the order of their days.

    Milestones of the company's and the teams' goals that count, and of a person's own; with `everybody`, of
    all people's. Of those still to come this year the first ones are next.
    """
    facts = company.facts()
    period = year_of(year, today, facts.fiscal_start)
    signs = [
        *_milestones(period, today, facts, person, everybody),
        *_reviews(period, today, facts),
        *_anniversaries(period, today),
    ]
    signs.sort(key=lambda one: (one.on, one.kind != "anniversary", one.kind, one.whose, one.what))
    is_running = period.start <= today < period.end
    return Roadmap(period, today, tuple(_next_named(signs) if is_running else signs))


def year_of(year: int | None, today: date, fiscal_start: int) -> Period:
    """The fiscal year of this name, or the one of today. Refused: one that no calendar holds."""
    if year is None:
        return periods.period_of("year", today, fiscal_start)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise WrongUsage(f"{year} is no year from {FIRST_YEAR} to {LAST_YEAR}")
    return periods.period_of("year", date(year - (fiscal_start > 1), fiscal_start, 1), fiscal_start)


def _next_named(signs: Iterable[Sign]) -> Iterator[Sign]:
    """Name those next that come on the first day on which anything is still to come."""
    first: date | None = None
    for one in signs:
        if one.state == "to come" and (first is None or one.on == first):
            first = one.on
            yield replace(one, state="next")
        else:
            yield one


# --- milestones ---------------------------------------------------------------------------------------------


def _milestones(
    year: Period, today: date, facts: CompanyFacts, person: int | None, everybody: bool
) -> Iterator[Sign]:
    wanted = [
        one
        for one in goals(statuses=(ACTIVE,))
        if one.scope.person is None or everybody or one.scope.person == person
    ]
    for found in standings.stand(wanted, today=today):
        yield from _of_goal(found, year, facts.currency)


def _of_goal(found: GoalStanding, year: Period, currency: str) -> Iterator[Sign]:
    goal = found.goal
    for one in found.milestones:
        rung, stood = one.facts.rung, one.standing
        on = rung.due_on or stood.reached_on
        if on is None or not year.start <= on < year.end:
            continue
        state: State = "to come"
        more = f"{shown(stood.missing, goal.metric, currency)} to go"
        match stood.status:
            case "reached":
                state, more = "done", f"reached {_day(stood.reached_on or on, on.year)}"
            case "late":
                state, more = "late", f"{stood.days_late} d late"
            case "missed" | "reversed":
                short = shown(stood.short_on_due or stood.missing, goal.metric, currency)
                state, more = "missed", "un-won since" if stood.status == "reversed" else f"{short} short"
        threshold = shown(rung.threshold, goal.metric, currency)
        what = f"{goal.name}: {rung.label}, {threshold}{_counted(goal)}"
        yield Sign(on, "milestone", state, what, goal.whose, more, goal.id, one.facts.id)


def _day(on: date, year: int) -> str:
    return f"{on.day} {on:%b}" + (f" {on.year}" if on.year != year else "")


def _counted(goal: GoalFacts) -> str:
    return "" if goal.metric == "revenue" else f" {goal.metric}"


# --- quarter reviews ----------------------------------------------------------------------------------------


def _reviews(year: Period, today: date, facts: CompanyFacts) -> Iterator[Sign]:
    """The quarters that can be reviewed from a day of this year on; of those over, only if a goal ran."""
    active = goals(statuses=(ACTIVE,))
    waiting = {(one.goal.id, quarter) for one in reviews.waiting(today=today) for quarter in one.quarters}
    decided = reviews.decided_until()
    day_before = year.start - timedelta(days=1)
    for quarter in periods.periods_between("quarter", day_before, year.end, facts.fiscal_start):
        if not year.start <= quarter.end < year.end:
            continue
        ran = [one for one in active if reviews.ran_in(quarter, one)]
        done = sum(decided.get(one.id, date.min) >= quarter.start for one in ran)
        open_still = sum((one.id, quarter) in waiting for one in ran)
        state: State
        if quarter.end > today:
            state, more = "to come", _goals_in_words(len(ran))
        elif not done + open_still:
            continue
        else:
            state, more = _reviewed(quarter, done, open_still, today)
        yield Sign(quarter.end, "review", state, f"review of {quarter.name}", "", more, None, None)


def _goals_in_words(number: int) -> str:
    return counted(number, "goal") if number else ""


def _reviewed(quarter: Period, done: int, open_still: int, today: date) -> tuple[State, str]:
    if not open_still:
        return "done", f"{done:,} of {done:,} decided"
    more = f"{open_still:,} to decide"
    return ("missed", f"{more}, overdue") if today >= quarter.end + reviews.OVERDUE else ("next", more)


# --- the company itself -------------------------------------------------------------------------------------


def _anniversaries(year: Period, today: date) -> Iterator[Sign]:
    """The day of the first sale of all, each year."""
    first: date | None = Deal.select(fn.MIN(Deal.closed_on)).where(Deal.status == WON).scalar()
    if first is None or first > today:
        return
    for calendar_year in {year.start.year, year.last_day.year}:
        years = calendar_year - first.year
        on = anniversary(first, calendar_year)
        if years > 0 and year.start <= on < year.end:
            since = f"{years_in_words(years)} since the first sale"
            state: State = "done" if on < today else "to come"
            yield Sign(
                on,
                "anniversary",
                state,
                since,
                COMPANY,
                f"on {_day(first, year=0)}",
                None,
                None,
            )
