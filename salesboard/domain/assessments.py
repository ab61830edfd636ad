"""What people made of milestones that were reached or missed: what worked, what did not, what is next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesboard.domain import company
from salesboard.domain.goals import authors, find_goal, goal_of
from salesboard.domain.permissions import require, writes
from salesboard.domain.standings import GoalStanding, MilestoneStanding, stand
from salesboard.domain.text import optional
from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Assessment, Goal
from salesboard.storage.prepared import by_id


@dataclass(frozen=True)
class Assessed:
    """What was made of a milestone, in up to three lines."""

    milestone: int
    worked: str | None
    failed: str | None
    next: str | None
    author: str
    at: datetime


def assessments(milestones: Iterable[int]) -> dict[int, Assessed]:
    """What was made of these milestones, by milestone; those that nobody has assessed are left out."""
    names = authors()
    rows = Assessment.select().where(Assessment.milestone.in_(list(milestones)))
    return {
        row.milestone_id: Assessed(
            row.milestone_id, row.worked, row.failed, row.next, names[row.author_id], row.at
        )
        for row in rows
    }


def of_goal(found: GoalStanding) -> dict[int, Assessed]:
    """What was made of a goal's milestones, those of former versions too."""
    return assessments(one.id for version in found.goal.versions for one in version.milestones)


def is_settled(one: MilestoneStanding) -> bool:
    """Whether a milestone can be assessed: it was reached, in time or late, missed, or reversed."""
    return one.standing.status != "open"


@writes("assess milestone")
def assess(
    actor: Actor,
    milestone: int,
    *,
    now: datetime,
    worked: str | None = None,
    failed: str | None = None,
    next: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Keep what worked, what did not, and what is next, once a milestone is reached or missed.

    What was kept before is replaced. `seen` holds what the actor saw of it; what somebody else changed since
    is a Conflict. Refused: saying nothing, a milestone that is still open.
    """
    lines = {
        "worked": optional(worked, field="What worked", limit=2000, multiline=True),
        "failed": optional(failed, field="What did not", limit=2000, multiline=True),
        "next": optional(next, field="What is next", limit=2000, multiline=True),
    }
    with ledger.batch(actor, "assessed", now=now, several=False):
        found, today = find_goal(goal_of(milestone)), company.facts().today(now)
        require(actor, "assess milestone", today=today, owner=found.scope.person, team=found.scope.team)
        if not any(lines.values()):
            raise Refused("say what worked, what did not, or what is next")
        (stood,) = stand([found], today=today)
        judged = [one for one in stood.milestones if one.facts.id == milestone]
        if not judged:
            raise Refused(f"{found.name} is not judged by milestone {milestone} any more")
        (one,) = judged
        if not is_settled(one):
            raise Refused(f"{one.facts.rung.label} is still open; it is assessed once reached or missed")
        known = Assessment.get_or_none(milestone=milestone)
        note = f"{found.name}: {one.facts.rung.label}"
        with ledger.entry(actor, "assessed", by_id(Goal, found.id), now=now, note=note) as entry:
            if known is None:
                entry.insert(Assessment, milestone=milestone, author=actor.id, at=now, **lines)
            elif meant := ledger.still_meant(known, seen, lines):
                entry.update(known, author=actor.id, at=now, **meant)
