"""The company's goals and the moments at which their milestones were reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from peewee import JOIN

from salesboard.domain import goals, standings
from salesboard.domain.gains import COMPANY_SCOPE, Metric
from salesboard.storage import database as storage
from salesboard.storage.models import Account, Deal, Person

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
            (found.goal, one)
            for found in standings.stand(whole, today=today)
            for one in found.milestones
            if one.standing.reached_on is not None
        ]
        crossing = [one.standing.crossed_by.subject for _, one in found if one.standing.crossed_by]
        named = _named(crossing)
    made = [
        ReachedMoment(
            one.standing.reached_on,
            goal.name,
            goal.id,
            one.facts.rung.label,
            goal.metric,
            one.facts.rung.threshold,
            *named.get(by.subject if (by := one.standing.crossed_by) else 0, ("", None, "")),
        )
        for goal, one in found
        if one.standing.reached_on is not None
    ]
    return sorted(made, key=lambda one: (-one.on.toordinal(), one.goal, -one.threshold))


def _named(deals: list[int]) -> dict[int, tuple[str, int | None, str]]:
    query = (
        Deal.select(Deal.id, Deal.title, Account.name, Person.name)
        .join(Account, JOIN.LEFT_OUTER)
        .switch(Deal)
        .join(Person, on=Deal.owner == Person.id)
        .where(Deal.id.in_(deals))
    )
    return {deal: (account or title, deal, person) for deal, title, account, person in query.tuples()}
