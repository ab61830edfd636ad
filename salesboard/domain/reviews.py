"""When a quarter is over, each goal is kept, raised, lowered or retired, for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

from salesboard.domain import company, periods
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import comparable_periods, gains_until, kind_of, shown
from salesboard.domain.goals import (
    ACTIVE,
    GoalFacts,
    authors,
    called,
    find_goal,
    goals,
    retire_goal,
    revise_goal,
    revised_meanwhile,
)
from salesboard.domain.periods import Period
from salesboard.domain.permissions import require, writes
from salesboard.domain.realism import Hits, hits
from salesboard.domain.standings import GoalStanding, stand
from salesboard.domain.text import clean
from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal, Review
from salesboard.storage.prepared import by_id

Decision = Literal["keep", "raise", "lower", "retire"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
DONE: dict[Decision, str] = {"keep": "kept", "raise": "raised", "lower": "lowered", "retire": "retired"}
"""What a goal is after a decision."""
OVERDUE = timedelta(days=14)
LOOKED_BACK = 8
"""So many past periods a new target is rehearsed on."""


@dataclass(frozen=True)
class Reviewed:
    """A decision that was taken."""

    goal: int
    quarter: str
    decision: Decision
    reason: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """A goal that waits for a decision since a quarter ended."""

    goal: GoalFacts
    quarters: tuple[Period, ...]
    """Those that ended without a decision on it, oldest first; one decision is for all of them."""

    @property
    def quarter(self) -> Period:
        """The quarter since whose end it waits."""
        return self.quarters[0]

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been decided on by now, fourteen days after the quarter's end."""
        return today >= self.quarter.end + OVERDUE


@dataclass(frozen=True)
class OpenReview:
    """How a goal stands that waits for a decision."""

    standing: GoalStanding
    quarter: Period
    """The quarter since whose end it waits."""
    overdue: bool
    """More than fourteen days after that."""


@dataclass(frozen=True)
class Rehearsal:
    """What a target would have meant for past periods."""

    target: int
    past: tuple[int, ...]
    """What they brought, oldest first, at most eight."""
    names: tuple[str, ...]
    """What these periods are called."""
    hits: Hits


def open_reviews(*, today: date) -> list[OpenReview]:
    """The goals that wait for review since a quarter ended, and how they stand."""
    found = waiting(today=today)
    stood = stand([one.goal for one in found], today=today)
    return [
        OpenReview(standing, one.quarter, one.is_overdue(today))
        for one, standing in zip(found, stood, strict=True)
    ]


def waiting(*, today: date) -> list[Waiting]:
    """The active goals that ran in a quarter which is over, and were not decided on since.

    A review that nobody did stays, overdue, however many quarters end meanwhile. A goal that was set for a
    time before does not wait for quarters that had been over for long when it was set.
    """
    active = goals()
    decided = decided_until()
    facts = company.facts()
    found = [(one, _open_quarters(one, decided.get(one.id), today, facts)) for one in active]
    return [Waiting(one, tuple(quarters)) for one, quarters in found if quarters]


def decided_until() -> dict[int, date]:
    """The first day of the last quarter for which each goal was decided on, by goal."""
    return dict(Review.select(Review.goal, Review.quarter_on).order_by(Review.quarter_on).tuples())


def _open_quarters(one: GoalFacts, decided: date | None, today: date, facts: CompanyFacts) -> list[Period]:
    """The quarters that ended without a decision on a goal that ran in them, oldest first."""
    fiscal_start = facts.fiscal_start
    last = last_quarter(today, fiscal_start)
    set_in = periods.period_of("quarter", facts.today(one.versions[0].at), fiscal_start)
    first = min(last.start, periods.previous_period("quarter", set_in, fiscal_start).start)
    first = max(first, one.start_on)
    over = periods.periods_between("quarter", first, last.end, fiscal_start)
    return [
        quarter for quarter in over if ran_in(quarter, one) and (decided is None or quarter.start > decided)
    ]


def last_quarter(today: date, fiscal_start: int) -> Period:
    """The fiscal quarter that ended last."""
    return periods.previous_period("quarter", periods.period_of("quarter", today, fiscal_start), fiscal_start)


def ran_in(quarter: Period, one: GoalFacts) -> bool:
    """Whether some of a goal's days are in a quarter."""
    return one.start_on < quarter.end and (one.end_on is None or one.end_on >= quarter.start)


def reviews(goal: int) -> list[Reviewed]:
    """What was decided about a goal, oldest first."""
    fiscal_start = company.facts().fiscal_start
    names = authors()
    return [
        Reviewed(
            row.goal_id,
            periods.period_of("quarter", row.quarter_on, fiscal_start).name,
            row.decision,
            row.reason,
            names[row.author_id],
            row.at,
        )
        for row in Review.select().where(Review.goal == goal).order_by(Review.quarter_on)
    ]


def decisions(quarter: Period) -> list[tuple[str, Reviewed]]:
    """What was decided for a quarter, by the name of the goal and whose it is."""
    names = authors()
    rows = list(Review.select().where(Review.quarter_on == quarter.start).order_by(Review.id))
    names_of_goals = called(row.goal_id for row in rows)
    return [
        (
            names_of_goals[row.goal_id],
            Reviewed(row.goal_id, quarter.name, row.decision, row.reason, names[row.author_id], row.at),
        )
        for row in rows
    ]


def rehearse(found: GoalFacts, target: int, *, today: date) -> Rehearsal:
    """How the last eight comparable periods would have been judged by a target; nothing is saved."""
    past: list[tuple[Period, int]] = []
    if found.end_on is not None:
        gains = gains_until(today, found.metric, product=found.product)
        fiscal_start = company.facts().fiscal_start
        kind = kind_of(found.start_on, found.end_on, fiscal_start)
        if kind:
            running = periods.period_of(kind, today, fiscal_start)
            start, end = running.start, running.last_day
        else:
            start = today + timedelta(days=1)
            end = start + (found.end_on - found.start_on)
        past = comparable_periods(gains, found.scope, start, end, today=today, fiscal_start=fiscal_start)
    values = tuple(value for _, value in past[-LOOKED_BACK:])
    names = tuple(one.name for one, _ in past[-LOOKED_BACK:])
    return Rehearsal(target, values, names, hits(target, values))


@writes("review goal")
def review_goal(
    actor: Actor,
    goal: int,
    decision: Decision,
    reason: str,
    *,
    now: datetime,
    target: int | None = None,
    from_on: date | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Decide about a goal for the quarters that ended since the last decision; a new version holds from a day
    on. `seen` holds the target that the actor saw; another one since is a Conflict.

    Refused: a decision without a reason, a second one for the same quarter, a target that is not higher when
    raised or lower when lowered; a draft, or a goal that has not started.
    """
    with ledger.batch(actor, "reviewed", now=now):
        found, facts = find_goal(goal), company.facts()
        today = facts.today(now)
        require(actor, "review goal", today=today, owner=found.scope.person, team=found.scope.team)
        why = clean(reason, field="The reason", limit=2000, multiline=True)
        if found.status != ACTIVE:
            raise Refused(f"{found.name} is {found.status}: what counts is reviewed")
        if found.start_on > today:
            raise Refused(f"{found.name} starts on {found.start_on}: it is reviewed once it has run")
        if seen and target is None and found.versions[-1].target != seen["target"]:
            raise revised_meanwhile(found)
        quarter = _quarter_of_decision(found, today, facts)
        _check_decision(found, decision, target, today)
        with ledger.entry(actor, "reviewed", by_id(Goal, goal), now=now, note=f"{decision}: {why}") as entry:
            entry.insert(
                Review,
                goal=goal,
                quarter_on=quarter.start,
                decision=decision,
                reason=why,
                author=actor.id,
                at=now,
            )
        if decision == "retire":
            retire_goal(actor, goal, now=now, reason=why)
        elif decision != "keep":
            done = DONE[decision]
            revise_goal(
                actor, goal, now=now, decision=done, reason=why, target=target, from_on=from_on, seen=seen
            )


def _quarter_of_decision(found: GoalFacts, today: date, facts: CompanyFacts) -> Period:
    """The quarter a decision is kept for: the newest of those that wait, else the one that ended last."""
    decided = decided_until().get(found.id)
    waits_for = _open_quarters(found, decided, today, facts)
    quarter = waits_for[-1] if waits_for else last_quarter(today, facts.fiscal_start)
    if decided is not None and quarter.start <= decided:
        raise Refused(f"{found.name} has been reviewed for {quarter.name} already")
    return quarter


def _check_decision(found: GoalFacts, decision: Decision, target: int | None, today: date) -> None:
    if decision not in DECISIONS:
        raise Refused(f"{decision!r} is no decision: {', '.join(DECISIONS)}")
    present = found.version_on(today).target
    if decision in ("keep", "retire"):
        if target is not None and target != present:
            raise Refused(f"a goal that is to {decision} gets no other target: raise or lower it")
    elif target is None:
        raise Refused(f"to {decision} a goal, give its new target")
    elif (target > present) != (decision == "raise") or target == present:
        currency = company.facts().currency
        now, wanted = (shown(value, found.metric, currency, exact=True) for value in (present, target))
        raise Refused(f"the target is {now} now: {wanted} does not {decision} it")
