"""When a quarter is over, each goal is kept, raised, lowered or retired, for a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from salesboard.domain import company, periods
from salesboard.domain.gains import comparable_periods, gains_until, kind_of, shown
from salesboard.domain.goals import (
    GoalFacts,
    find_goal,
    goals,
    retire_goal,
    revise_goal,
)
from salesboard.domain.periods import Period
from salesboard.domain.permissions import require, writes
from salesboard.domain.realism import Hits, hits
from salesboard.domain.standings import GoalStanding, stand
from salesboard.domain.text import clean
from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal, Person, Review
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
class OpenReview:
    """A goal that waits for a decision since a quarter ended."""

    standing: GoalStanding
    quarter: Period
    overdue: bool
    """More than fourteen days after the quarter's end."""


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
    quarter, found = waiting(today=today)
    overdue = is_overdue(quarter, today)
    return [OpenReview(one, quarter, overdue) for one in stand(found, today=today)]


def waiting(*, today: date) -> tuple[Period, list[GoalFacts]]:
    """The fiscal quarter that ended last, and the goals that were active in it and not yet reviewed since."""
    quarter = _last_quarter(today, company.facts().fiscal_start)
    decided = {
        goal for (goal,) in Review.select(Review.goal).where(Review.quarter_on == quarter.start).tuples()
    }
    return quarter, [one for one in goals() if one.id not in decided and _ran_in(quarter, one)]


def is_overdue(quarter: Period, today: date) -> bool:
    """Whether the review of a quarter should have been done by now, fourteen days after its end."""
    return today >= quarter.end + OVERDUE


def _last_quarter(today: date, fiscal_start: int) -> Period:
    """The fiscal quarter that ended last."""
    return periods.previous_period("quarter", periods.period_of("quarter", today, fiscal_start), fiscal_start)


def _ran_in(quarter: Period, one: GoalFacts) -> bool:
    return one.start_on < quarter.end and (one.end_on is None or one.end_on >= quarter.start)


def reviews(goal: int) -> list[Reviewed]:
    """What was decided about a goal, oldest first."""
    fiscal_start = company.facts().fiscal_start
    names = {None: ledger.PROGRAM.name} | dict(Person.select(Person.id, Person.name).tuples())
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
) -> None:
    """Decide about a goal for the quarter that ended last; its new version holds from a day on.

    Refused: a decision without a reason, a second one for the same quarter, a target that is not higher when
    raised or lower when lowered.
    """
    with ledger.batch(actor, "reviewed", now=now):
        found, facts = find_goal(goal), company.facts()
        today = facts.today(now)
        require(actor, "review goal", today=today, owner=found.scope.person, team=found.scope.team)
        why = clean(reason, field="The reason", limit=2000, multiline=True)
        quarter = _last_quarter(today, facts.fiscal_start)
        if Review.get_or_none(goal=goal, quarter_on=quarter.start):
            raise Refused(f"{found.name} has been reviewed for {quarter.name} already")
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
            revise_goal(actor, goal, now=now, decision=done, reason=why, target=target, from_on=from_on)


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
