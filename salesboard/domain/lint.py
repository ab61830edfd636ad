"""What is wrong with how goals are set: unrealistic, without a reward, unread, unreviewed, alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from salesboard.domain import company, periods
from salesboard.domain.gains import COMPANY_SCOPE, Gains, comparable, gains_until
from salesboard.domain.goals import GoalFacts, authors, find_goal, goals, readers
from salesboard.domain.permissions import require, writes
from salesboard.domain.realism import judge
from salesboard.domain.text import clean
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal, Review, Waiver
from salesboard.storage.prepared import by_id

QUARTERS = 2
"""After so many quarters without a review a goal is stale."""
RULES = {
    "G1": "beyond the best ever",
    "G2": "no reward",
    "G3": "not acknowledged by all",
    "G4": "the same for everybody",
    "G5": "not reviewed for two quarters",
    "G6": "part of no goal, and without a reason",
    "G7": "overlapping another one",
}
"""What each rule is about, by its number."""


@dataclass(frozen=True)
class Waived:
    """That a warning is known, and why it may stand."""

    reason: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a goal, by the number of its rule."""

    rule: str
    goal: int
    name: str
    words: str
    waived: Waived | None = None


def findings(*, today: date, goal: int | None = None) -> list[Finding]:
    """All that is wrong with the active goals that are not over, or with one, by rule and goal.

    G1 beyond the best ever, G2 no reward, G3 not acknowledged by all, G4 the same for everybody, G5 not
    reviewed for two quarters, G6 part of no goal and without a reason, G7 overlapping another one. What was
    waived is among them, with the reason.
    """
    active = [one for one in goals() if one.end_on is None or one.end_on >= today]
    asked = [one for one in active if goal in (None, one.id)]
    wholes = {(one.metric, one.product) for one in asked}
    brought = {whole: gains_until(today, whole[0], product=whole[1]) for whole in wholes}
    fiscal_start = company.facts().fiscal_start
    found = [
        *(
            finding
            for one in asked
            for finding in _of_one(one, brought[one.metric, one.product], today, fiscal_start)
        ),
        *_same_for_everybody(active, today),
        *_overlapping(active),
    ]
    known = _waivers()
    return sorted(
        (replace(one, waived=known.get((one.goal, one.rule))) for one in found if goal in (None, one.goal)),
        key=lambda one: (one.rule, one.goal),
    )


def _waivers() -> dict[tuple[int, str], Waived]:
    names = authors()
    return {
        (row.goal_id, row.rule): Waived(row.reason, names[row.author_id], row.at) for row in Waiver.select()
    }


@writes("review goal")
def waive(
    actor: Actor, goal: int, rule: str, reason: str, *, now: datetime, seen: Mapping[str, Any] | None = None
) -> None:
    """Let a warning about a goal stand, for a reason. Refused: one that is not there.

    `seen` holds the reason that the actor saw kept, or none; another one that was given since is a Conflict.
    """
    with ledger.batch(actor, "waived", now=now, several=False):
        found, today = _reviewed(actor, goal, now)
        wanted = _known_rule(rule)
        if not any(one.rule == wanted for one in findings(today=today, goal=goal)):
            raise Refused(f"{wanted} ({RULES[wanted]}) finds nothing wrong with {found.name}")
        why = clean(reason, field="The reason", limit=2000, multiline=True)
        known = Waiver.get_or_none(goal=goal, rule=wanted)
        with ledger.entry(actor, "waived", by_id(Goal, goal), now=now, note=f"{wanted}: {why}") as entry:
            if known is None:
                entry.insert(Waiver, goal=goal, rule=wanted, reason=why, author=actor.id, at=now)
            elif meant := ledger.still_meant(known, seen, {"reason": why}):
                entry.update(known, author=actor.id, at=now, **meant)


@writes("review goal")
def end_waiver(actor: Actor, goal: int, rule: str, *, now: datetime) -> None:
    """Let a warning be one again. Refused: one that was not waived."""
    verb = "ended the waiver of"
    with ledger.batch(actor, verb, now=now, several=False):
        found, _ = _reviewed(actor, goal, now)
        known = Waiver.get_or_none(goal=goal, rule=_known_rule(rule))
        if known is None:
            raise Refused(f"{rule} was not waived for {found.name}")
        with ledger.entry(actor, verb, by_id(Goal, goal), now=now, note=known.rule) as entry:
            entry.delete(known)


def _reviewed(actor: Actor, goal: int, now: datetime) -> tuple[GoalFacts, date]:
    """A goal about which the actor may decide, and the day."""
    found, today = find_goal(goal), company.facts().today(now)
    require(actor, "review goal", today=today, owner=found.scope.person, team=found.scope.team)
    return found, today


def _known_rule(said: str) -> str:
    wanted = said.strip().upper()
    if wanted not in RULES:
        raise NotFound(f"there is no rule {said!r}: {', '.join(RULES)}")
    return wanted


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
    parents = {one.id: one.parent for one in active}

    def above(one: GoalFacts) -> set[int]:
        found: set[int] = set()
        parent = one.parent
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parents.get(parent)
        return found

    wholes = {one.id: above(one) for one in active}
    alike: dict[object, list[GoalFacts]] = {}
    for one in active:
        before = alike.setdefault((one.metric, one.product, one.scope), [])
        for other in before:
            both = one.start_on <= (other.end_on or date.max) and other.start_on <= (one.end_on or date.max)
            if both and one.id not in wholes[other.id] and other.id not in wholes[one.id]:
                yield Finding(
                    "G7", one.id, f"{one.whose}: {one.name}", f"it overlaps {other.name} ({other.id})"
                )
        before.append(one)
