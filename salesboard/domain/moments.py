"""The company's goals and the moments at which their milestones were reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from salesboard.domain import goals, records, standings
from salesboard.domain.gains import COMPANY_SCOPE, Metric
from salesboard.domain.goals import GoalFacts
from salesboard.domain.records import Named
from salesboard.domain.standings import MilestoneStanding
from salesboard.storage import database as storage

STATUSES = (goals.ACTIVE, goals.RETIRED)


@dataclass(frozen=True)
class ReachedMoment:
    """A milestone of the company that was reached: when, with which deal, by whom."""

    on: date
    goal: str
    goal_id: int
    label: str
    metric: Metric
    threshold: int
    deal: str
    deal_id: int | None
    person: str


def moments(*, today: date) -> list[ReachedMoment]:
    """Every milestone of the company's goals that was reached by a day, newest first."""
    with storage.snapshot():
        whole = [one for one in goals.goals(statuses=STATUSES) if one.scope == COMPANY_SCOPE]
        found = [
            (standing.goal, one)
            for standing in standings.stand(whole, today=today)
            for one in standing.milestones
            if one.standing.reached_on is not None
        ]
        named = records.named(by.subject for _, one in found if (by := one.standing.crossed_by))
    made = [
        _moment(goal, one, one.standing.reached_on, named)
        for goal, one in found
        if one.standing.reached_on is not None
    ]
    return sorted(made, key=lambda one: (-one.on.toordinal(), one.goal, -one.threshold))


def _moment(goal: GoalFacts, one: MilestoneStanding, on: date, named: Mapping[int, Named]) -> ReachedMoment:
    rung, by = one.facts.rung, one.standing.crossed_by
    sale = named.get(by.subject) if by else None
    return ReachedMoment(
        on,
        goal.name,
        goal.id,
        rung.label,
        goal.metric,
        rung.threshold,
        sale.account or sale.title if sale else "",
        by.subject if by and sale else None,
        sale.owner if sale else "",
    )
