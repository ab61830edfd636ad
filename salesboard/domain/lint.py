"""What is wrong with how goals are set: unrealistic, without a reward, unread, unreviewed, alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from salesboard.domain import company, periods
from salesboard.domain.gains import COMPANY_SCOPE, Gains, comparable, gains_until
from salesboard.domain.goals import GoalFacts, goals, readers
from salesboard.domain.realism import judge
from salesboard.storage.models import Review

QUARTERS = 2
"""After so many quarters without a review a goal is stale."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a goal, by the number of its rule."""

    rule: str
    goal: int
    name: str
    words: str


def findings(*, today: date) -> list[Finding]:
    """All that is wrong with the active goals, by rule and goal.

    G1 beyond the best ever, G2 no reward, G3 not acknowledged by all, G4 the same for everybody, G5 not
    reviewed for two quarters, G6 part of no goal and without a reason, G7 overlapping another one.
    """
    active = [one for one in goals() if one.end_on is None or one.end_on >= today]
    wholes = {(one.metric, one.product) for one in active}
    brought = {whole: gains_until(today, whole[0], product=whole[1]) for whole in wholes}
    fiscal_start = company.facts().fiscal_start
    found = [
        *(
            finding
            for one in active
            for finding in _of_one(one, brought[one.metric, one.product], today, fiscal_start)
        ),
        *_same_for_everybody(active, today),
        *_overlapping(active),
    ]
    return sorted(found, key=lambda one: (one.rule, one.goal))


def _of_one(one: GoalFacts, gains: Gains, today: date, fiscal_start: int) -> Iterator[Finding]:
    version = one.version_on(today)

    def finding(rule: str, words: str) -> Finding:
        return Finding(rule, one.id, f"{one.whose}: {one.name}", words)

    if one.end_on is not None:
        past = comparable(gains, one.scope, one.start_on, one.end_on, today=today, fiscal_start=fiscal_start)
        if judge(version.target, past).needs_reason:
            yield finding("G1", "the target is beyond the best ever")
    if not any(milestone.reward or milestone.reward_minor for milestone in version.milestones):
        yield finding("G2", "no milestone has a reward or recognition")
    read = readers(one, today)
    if read is None:
        yield finding("G3", "it was not published: nobody was told why")
    elif read.waiting:
        yield finding("G3", f"{len(read.waiting)} of {read.concerned} have not read it")
    quarter = periods.period_of("quarter", today, fiscal_start)
    for _ in range(QUARTERS):
        quarter = periods.previous_period("quarter", quarter, fiscal_start)
    if (
        one.start_on < quarter.start
        and not Review.select().where(Review.goal == one.id, Review.quarter_on >= quarter.start).exists()
    ):
        yield finding("G5", f"it was not reviewed for {QUARTERS} quarters")
    if one.parent is None and not one.relevance and one.scope != COMPANY_SCOPE:
        yield finding("G6", "it serves no other goal, and no reason is given")


def _same_for_everybody(active: Sequence[GoalFacts], today: date) -> Iterator[Finding]:
    personal = [one for one in active if one.scope.person is not None and one.parent is not None]
    alike = Counter((one.parent, one.metric, one.version_on(today).target) for one in personal)
    siblings = Counter((one.parent, one.metric) for one in personal)
    for one in personal:
        same = alike[one.parent, one.metric, one.version_on(today).target]
        if same > 2 and same == siblings[one.parent, one.metric]:
            yield Finding("G4", one.id, f"{one.whose}: {one.name}", f"the same target for all {same} people")


def _overlapping(active: Sequence[GoalFacts]) -> Iterator[Finding]:
    for place, one in enumerate(active):
        for other in active[:place]:
            alike = (one.metric, one.product, one.scope) == (other.metric, other.product, other.scope)
            both = one.start_on <= (other.end_on or date.max) and other.start_on <= (one.end_on or date.max)
            if alike and both and one.id not in (other.parent,) and other.id != one.parent:
                yield Finding(
                    "G7", one.id, f"{one.whose}: {one.name}", f"it overlaps {other.name} ({other.id})"
                )
