"""What may be expected of each person, and a team's target shared out among its people by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from salesboard.domain import company, goals, people
from salesboard.domain.gains import (
    JUST_BEGUN,
    Gains,
    Scope,
    comparable_periods,
    gains_until,
    in_full,
)
from salesboard.domain.goals import ACTIVE, COMPANY, DRAFT, PROPOSED, GoalFacts, Step, Wish, find_goal
from salesboard.domain.ladders import Profile, Reading, Rung, both_readings, personal_proposals
from salesboard.domain.permissions import require, writes
from salesboard.domain.text import optional
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Person
from salesboard.storage.models import Profile as ProfileRow
from salesboard.storage.prepared import by_id

FULL = 100
LONGEST_RAMP = 60
"""Months after which everybody is up to speed."""
LOOKED_BACK = 4
"""So many periods like the goal's make up a person's own history, at most."""
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class ProfileFacts:
    """What may be expected of a person."""

    person: int
    name: str
    capacity: int = FULL
    """Percent of what the own history stands for."""
    ramp_from: date | None = None
    ramp_months: int | None = None
    """So many months from `ramp_from` on until they are up to speed."""
    territory: str | None = None
    strengths: str | None = None
    """What they are good at, and which milestones suit them."""

    def ramp_on(self, day: date) -> tuple[int, int] | None:
        """The month of the ramp on a day, `(1, 3)`; None where there is none, or once it is over."""
        if self.ramp_from is None or not self.ramp_months:
            return None
        first = self.ramp_from
        months = (day.year - first.year) * 12 + day.month - first.month - (day.day < first.day)
        return None if months >= self.ramp_months else (max(1, months + 1), self.ramp_months)


@dataclass(frozen=True)
class Share:
    """One person's part of a target: an equal one, and one by history, capacity and ramp."""

    person: int
    name: str
    equal: int
    proposed: int
    history: int | None
    """What a period like the goal's brought on average, in minor units or as a count; None: somebody new."""
    periods: int
    """So many periods the history is the average of."""
    capacity: int
    ramp: tuple[int, int] | None
    has: int | None
    """The target that the person has as a part of this goal already."""
    own_goal: int | None
    status: str | None


@dataclass(frozen=True)
class Split:
    """A team's or the company's target beside the parts its people could have of it."""

    goal: GoalFacts
    target: int
    shares: tuple[Share, ...]
    others: int
    """The sum of its other parts that count, such as teams'."""

    def unassigned(self, amounts: Mapping[int, int]) -> int:
        """What is left over once each of these people has so much, below zero where it is too much."""
        kept = sum(one.has or 0 for one in self.shares if one.person not in amounts)
        return self.target - self.others - kept - sum(amounts.values())


# --- profiles -----------------------------------------------------------------------------------------------


def profile(actor: Actor, person: int, *, today: date) -> ProfileFacts:
    """A person's profile. Refused to all but that person, those who lead them, and admins."""
    require(actor, "see profile", today=today, owner=person)
    return profiles([person])[person]


def profiles(wanted: Sequence[int]) -> dict[int, ProfileFacts]:
    """The profiles of people; one that nobody has set says full capacity and no ramp."""
    names = dict(Person.select(Person.id, Person.name).where(Person.id.in_(wanted)).tuples())
    found = {person: ProfileFacts(person, name) for person, name in names.items()}
    for row in ProfileRow.select().where(ProfileRow.person.in_(wanted)):
        found[row.person_id] = ProfileFacts(
            row.person_id,
            names[row.person_id],
            row.capacity,
            row.ramp_from,
            row.ramp_months,
            row.territory,
            row.strengths,
        )
    return found


@writes("edit profile")
def set_profile(
    actor: Actor,
    person: int,
    *,
    now: datetime,
    capacity: int = FULL,
    ramp_from: date | None = None,
    ramp_months: int | None = None,
    territory: str | None = None,
    strengths: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Set what may be expected of a person, all of it at once.

    `seen` holds what the actor saw kept before; what somebody else changed since is a Conflict. Refused: a
    capacity outside 0 to 100 %, a ramp of no months or without its first day, changing nothing.
    """
    if not 0 <= capacity <= FULL:
        raise Refused(f"a capacity is from 0 to 100 %, not {capacity} %")
    _check_ramp(ramp_from, ramp_months)
    if ramp_months is not None and not 1 <= ramp_months <= LONGEST_RAMP:
        raise Refused(f"a ramp takes 1 to {LONGEST_RAMP} months, not {ramp_months}")
    facts = {
        "capacity": capacity,
        "ramp_from": ramp_from,
        "ramp_months": ramp_months,
        "territory": optional(territory, field="The territory"),
        "strengths": optional(strengths, field="The strengths", limit=2000, multiline=True),
    }
    with ledger.batch(actor, "profiled", now=now, several=False):
        row = by_id(Person, person)
        if row is None:
            raise NotFound(f"there is no person {person}")
        require(actor, "edit profile", today=company.facts().today(now), owner=person)
        known = ProfileRow.get_or_none(person=person)
        with ledger.entry(actor, "profiled", row, now=now) as entry:
            if known is None:
                entry.insert(ProfileRow, person=person, **facts)
                return
            meant = ledger.still_meant(known, seen, facts)
            _check_ramp(*(meant.get(name, getattr(known, name)) for name in ("ramp_from", "ramp_months")))
            if not entry.update(known, **meant) and seen is None:
                raise Refused(f"the profile of {row.name} says so already")


def _check_ramp(first: date | None, months: int | None) -> None:
    if (first is None) != (months is None):
        raise Refused("a ramp has a first day and a number of months: give both, or neither")


# --- sharing out --------------------------------------------------------------------------------------------


def split(actor: Actor, goal: int, *, today: date) -> Split:
    """What each of a team's people could have of its target; the parts sum to it exactly, either way.

    They are the reps, and whoever else has sold or has a profile, by own history x capacity x ramp on the
    first day (or today, once it runs). Refused: a person's goal, and looking at it without leading them.
    """
    found = find_goal(goal)
    if found.scope.person is not None:
        raise Refused(f"{found.name} is {found.whose}'s own; goals of teams and the company are shared out")
    require(actor, "share out goal", today=today, team=found.scope.team)
    facts = company.facts()
    target = found.version_on(today).target
    gains = gains_until(today, found.metric, product=found.product)
    everybody = {one.id: one for one in people.roster(today)}
    wanted = sorted(people.whose_sales(found.scope, today), key=lambda person: everybody[person].name)
    known = profiles(wanted)
    set_up = {person for (person,) in ProfileRow.select(ProfileRow.person).tuples()}
    histories = {person: _history(gains, person, found, today, facts.fiscal_start) for person in wanted}
    sellers = [
        person
        for person in wanted
        if everybody[person].role == "rep" or person in set_up or histories[person][1]
    ]
    first = max(found.start_on, today)
    parts = [
        Profile(histories[person][0], known[person].capacity, known[person].ramp_on(first))
        for person in sellers
    ]
    own, others = _parts_of(found, today)
    shares = []
    for person, part, each in zip(sellers, parts, personal_proposals(target, parts), strict=True):
        has = own.get(person)
        shares.append(
            Share(
                person,
                everybody[person].name,
                each.equal,
                each.proposed,
                part.history,
                histories[person][1],
                part.capacity,
                part.ramp,
                has.version_on(today).target if has else None,
                has.id if has else None,
                has.status if has else None,
            )
        )
    return Split(found, target, tuple(shares), others)


def _history(
    gains: Gains, person: int, goal: GoalFacts, today: date, fiscal_start: int
) -> tuple[int | None, int]:
    """What a period like the goal's brought a person on average, and of how many periods."""
    scope = Scope(person=person)
    brought = gains.of(scope, date.min, today)
    if not brought:
        return None, 0
    start, end = goal.start_on, goal.end_on
    if end is None:
        start, end = today + timedelta(days=1), today + YEAR
    past = comparable_periods(gains, scope, start, end, today=today, fiscal_start=fiscal_start)
    own = [value for one, value in past if one.start + JUST_BEGUN >= brought[0].on][-LOOKED_BACK:]
    return (round(sum(own) / len(own)), len(own)) if own else (None, 0)


def _parts_of(found: GoalFacts, today: date) -> tuple[dict[int, GoalFacts], int]:
    """The goals that people have as parts of one, by person, and the sum of its other parts that count."""
    own: dict[int, GoalFacts] = {}
    others = 0
    for one in goals.goals(statuses=(ACTIVE, PROPOSED, DRAFT)):
        if not found.is_made_up_of(one):
            continue
        if one.scope.person is not None:
            own[one.scope.person] = one
        elif one.status == ACTIVE:
            others += one.version_on(today).target
    return own, others


@writes("share out goal")
def share_out(
    actor: Actor,
    goal: int,
    amounts: Mapping[int, int],
    *,
    now: datetime,
    words: str | None = None,
    impose: bool = False,
) -> list[int]:
    """Propose to each of these people so much of a goal as their own, all in one act; the new goals' ids.

    Whoever gets nothing gets no goal. With `impose` they are set instead, and count at once. Refused:
    somebody outside the team, or who has a part of it already.
    """
    with ledger.batch(actor, "shared out", now=now):
        today = company.facts().today(now)
        found = split(actor, goal, today=today)
        if found.goal.status != ACTIVE:
            raise Refused(f"{found.goal.name} is {found.goal.status}: it is shared out once it counts")
        known = {one.person: one for one in found.shares}
        reason = words or f"a part of {found.goal.name} of {_whole(found.goal)}"
        made: list[int] = []
        for person, amount in amounts.items():
            _check_share(found, known.get(person), person, amount)
            if not amount:
                continue
            wish = _wish(found.goal, person, amount, today, reason)
            if impose:
                made.append(goals.add_goal(actor, wish, now=now))
            else:
                made.append(goals.propose_goal(actor, wish, now=now, words=reason))
        if not made:
            raise Refused("nobody would get anything: give somebody an amount above zero")
    return made


def _whole(goal: GoalFacts) -> str:
    return "the company" if goal.whose == COMPANY else goal.whose


def _check_share(found: Split, share: Share | None, person: int, amount: int) -> None:
    if share is None:
        row = by_id(Person, person)
        name = row.name if row else f"person {person}"
        raise Refused(f"{name} is not among those whose sales count for {found.goal.name}")
    if amount < 0:
        raise Refused(f"a part is zero or more, {share.name}'s is not")
    if share.own_goal is not None and amount:
        has = in_full(share.has or 0, found.goal.metric, company.facts().currency)
        raise Refused(
            f"{share.name} has {has} of {found.goal.name} already ({share.status}, goal {share.own_goal}); "
            "revise that goal instead"
        )


def _wish(whole: GoalFacts, person: int, amount: int, today: date, reason: str) -> Wish:
    version = whole.version_on(today)
    rungs = _in_proportion([one.rung for one in version.milestones], amount, version.target, version.reading)
    return Wish(
        whole.metric,
        amount,
        whole.start_on,
        whole.end_on,
        scope=Scope(person=person),
        product=whole.product,
        ladder=tuple(Step(rung.threshold, rung.due_on, rung.label) for rung in rungs),
        reading=version.reading,
        parent=whole.id,
        reason=reason,
    )


def _in_proportion(rungs: Sequence[Rung], amount: int, target: int, reading: Reading) -> Sequence[Rung]:
    """The same ladder for a part of the target: rungs that would not rise are left out, the last is exact."""
    whole = both_readings(rungs, reading)["cumulative"]
    kept: list[Rung] = []
    for rung in whole[:-1]:
        threshold = rung.threshold * amount // target
        if (kept[-1].threshold if kept else 0) < threshold < amount:
            kept.append(replace(rung, threshold=threshold))
    kept.append(replace(whole[-1], threshold=amount))
    return both_readings(kept, "cumulative")[reading]
