"""How goals stand: value, pace, milestones and odds, all computed from sales; what was told is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from salesboard.domain import company
from salesboard.domain.gains import Gains, Metric, gains_until
from salesboard.domain.goals import ACTIVE, GoalFacts, MilestoneFacts, VersionFacts, goals
from salesboard.domain.known import METRICS as FORESEEN
from salesboard.domain.known import Known, Part, known_on, terms
from salesboard.domain.ladders import (
    Gain,
    Pace,
    RollUp,
    Rung,
    Standing,
    Tally,
    both_readings,
    pace,
    percent,
    roll_up,
    standing,
)
from salesboard.domain.odds import Range
from salesboard.storage import ledger
from salesboard.storage.models import Reached

OF_ACCOUNTS = ("new customers", "advocates")
"""Metrics in which an account counts once, by the first of its sales, whoever's they are."""


@dataclass(frozen=True)
class MilestoneStanding:
    """A milestone and how it stands."""

    facts: MilestoneFacts
    standing: Standing


@dataclass(frozen=True)
class GoalStanding:
    """How a goal stands at the end of a day."""

    goal: GoalFacts
    version: VersionFacts
    today: date
    value: int
    """What its window has brought so far, in minor units or as a count."""
    pace: Pace | None
    """Of the whole window; None for an open-ended goal, and before it starts."""
    milestones: tuple[MilestoneStanding, ...]
    gains: Sequence[Gain]
    """What it is made of, in order."""

    @property
    def reached_last(self) -> MilestoneStanding | None:
        """The milestone that was reached last, the higher one of two on one day."""
        reached = [one for one in self.milestones if one.standing.reached_on is not None]
        return max(reached, key=lambda one: (one.standing.reached_on, one.facts.rung.threshold), default=None)

    @property
    def target(self) -> int:
        """What is wanted, by the version that holds."""
        return self.version.target

    @property
    def gap(self) -> int:
        """What is still missing."""
        return max(0, self.target - self.value)

    @property
    def percent(self) -> float:
        """The value in percent of the target, over 100 where it is beyond it."""
        return percent(self.value, self.target)

    @property
    def reached(self) -> MilestoneStanding | None:
        """The milestone that is the target itself, if it is reached."""
        last = self.milestones[-1] if self.milestones else None
        return last if last and last.standing.reached_on and self.gap == 0 else None

    @property
    def rungs(self) -> list[Rung]:
        """The milestones as thresholds of the whole goal, however they are read."""
        rungs = [one.facts.rung for one in self.milestones]
        return list(both_readings(rungs, self.version.reading)["cumulative"])

    @property
    def following(self) -> MilestoneStanding | None:
        """The next milestone that can still be reached in time, or at all."""
        return next(
            (
                one
                for one in self.milestones
                if one.standing.reached_on is None
                and (one.facts.rung.due_on is None or one.facts.rung.due_on >= self.today)
            ),
            None,
        )

    @property
    def is_over(self) -> bool:
        """Whether its last day is over."""
        return self.goal.end_on is not None and self.goal.end_on < self.today

    @property
    def needed_per_working_day(self) -> Fraction | None:
        """What every working day to the next milestone must bring; None where nothing is needed."""
        return self.pace.needed_per_working_day if self.pace and self.pace.gap else None


def stand(found: Iterable[GoalFacts], *, today: date) -> list[GoalStanding]:
    """How goals stand at the end of a day, in the order given; sales dated later do not count."""
    found = list(found)
    return _stood(found, _told(found), today)


def _stood(found: Sequence[GoalFacts], told: Mapping[int, Reached], today: date) -> list[GoalStanding]:
    gains: dict[tuple[Metric, int | None], Gains] = {}
    for one in found:
        key = one.metric, one.product
        if key not in gains:
            since = min(other.start_on for other in found if (other.metric, other.product) == key)
            gains[key] = gains_until(today, one.metric, product=one.product, since=since)
    tallies: dict[tuple[object, ...], Tally] = {}
    stood: list[GoalStanding] = []
    for one in found:
        key_of_all = one.metric, one.product, one.scope, one.start_on
        if key_of_all not in tallies:
            # A cumulative milestone may still be reached after the window; what came later is then late.
            own = gains[one.metric, one.product].of(one.scope, one.start_on, today)
            tallies[key_of_all] = Tally(own)
        stood.append(_stand(one, tallies[key_of_all], told, today))
    return stood


def _told(found: Iterable[GoalFacts]) -> dict[int, Reached]:
    numbers = [milestone.id for one in found for version in one.versions for milestone in version.milestones]
    told: dict[int, Reached] = {}
    for start in range(0, len(numbers), 500):
        for row in Reached.select().where(Reached.milestone.in_(numbers[start : start + 500])):
            told[row.milestone] = row
    return told


def _stand(goal: GoalFacts, own: Tally, told: Mapping[int, Reached], today: date) -> GoalStanding:
    version = goal.version_on(today)
    ladder = goal.ladder_on(today)
    last = min(today, goal.end_on) if goal.end_on else today
    judged = {number: stood for one in goal.versions for number, stood in _judge(goal, one, own, told, today)}
    dated = [milestone.rung for milestone in ladder if milestone.rung.due_on]
    along = (
        pace(
            both_readings(dated, version.reading)["cumulative"],
            own,
            start=goal.start_on,
            today=last,
            reading="cumulative",
        )
        if dated and today >= goal.start_on
        else None
    )
    return GoalStanding(
        goal,
        version,
        today,
        own.value(goal.start_on, last),
        along,
        tuple(MilestoneStanding(milestone, judged[milestone.id]) for milestone in ladder),
        own.gains,
    )


def _judge(
    goal: GoalFacts, version: VersionFacts, own: Tally, told: Mapping[int, Reached], today: date
) -> Iterator[tuple[int, Standing]]:
    """How a version's milestones stand, read as that version reads them."""
    rungs = [milestone.rung for milestone in version.milestones]
    announced = {
        place: told[milestone.id].reached_on
        for place, milestone in enumerate(version.milestones)
        if milestone.id in told and told[milestone.id].reached_on <= today
    }
    stood = standing(
        rungs, own, start=goal.start_on, today=today, reading=version.reading, announced=announced
    )
    return zip((milestone.id for milestone in version.milestones), stood, strict=True)


def settle(*, now: datetime, owner: int | None = None) -> list[int]:
    """Keep which milestones have been reached by now, as entries of the program itself; their numbers.

    Called within whatever changed sales or goals, but no part of that act. What was reached and is no more is
    then known as reversed; what was told to be in time stays so told where it is late by now.
    Only the goals that sales of an `owner` can count for are looked at, if one is given, and those in which
    another sale of the account may count instead.
    """
    active = goals()
    if active and owner is not None:
        own_teams = frozenset().union(*(term.teams for term in terms().get(owner, ())))
        active = [
            one
            for one in active
            if one.metric in OF_ACCOUNTS
            or (one.scope.person in (None, owner) and (one.scope.team is None or one.scope.team in own_teams))
        ]
    if not active:
        return []
    today = company.facts().today(now)
    told = _told(active)
    fresh: list[int] = []
    for found in _stood(active, told, today):
        for one in found.milestones:
            stood = one.standing
            if stood.reached_on is None:
                continue
            facts = {
                "reached_on": stood.reached_on,
                "deal": stood.crossed_by.subject if stood.crossed_by else None,
                "overshoot": stood.overshoot,
            }
            known = told.get(one.facts.id)
            if known is not None and stood.status == "late" and not _was_late(stood.rung, known):
                continue
            note = f"{found.goal.name}: {stood.rung.label}"
            with ledger.apart(), ledger.entry(ledger.PROGRAM, "reached", now=now, note=note) as entry:
                if known is None:
                    entry.insert(Reached, milestone=one.facts.id, **facts)
                    fresh.append(one.facts.id)
                else:
                    entry.update(known, **facts)
    return fresh


def _was_late(rung: Rung, known: Reached) -> bool:
    return rung.due_on is not None and known.reached_on > rung.due_on


# --- odds ---------------------------------------------------------------------------------------------------


class Odds:
    """How likely milestones are reached in time, by own history and open deals; what is loaded is kept."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._known: dict[tuple[Metric, int | None], Known] = {}
        self._parts: dict[tuple[Metric, int | None, int | None, int | None], Part] = {}

    def of(self, found: GoalStanding) -> tuple[float | None, ...]:
        """For each milestone, how likely (0 to 1) it is reached by its due date; None where one can not tell.

        What is reached in time is certain, what is overdue can not be in time any more.
        """
        return tuple(self._of_one(found, one) for one in found.milestones)

    def of_target(self, found: GoalStanding) -> float | None:
        """How likely the target is reached by the last day."""
        if found.goal.end_on is None or not found.milestones:
            return None
        if found.gap == 0 or found.is_over:
            return 1.0 if found.gap == 0 else 0.0
        part = self._part(found)
        return part.outlook.chance(found.goal.end_on, found.gap) if part else None

    def range(self, found: GoalStanding) -> Range | None:
        """What the goal may stand at on its last day; None where one can not tell."""
        part = self._part(found)
        if part is None or found.goal.end_on is None or found.is_over:
            return None
        return part.outlook.range(found.goal.end_on, found.value)

    def _of_one(self, found: GoalStanding, one: MilestoneStanding) -> float | None:
        due = one.facts.rung.due_on
        if one.standing.reached_on is not None:
            return 1.0 if due is None or one.standing.reached_on <= due else 0.0
        if due is None:
            return None
        if due <= self.today:
            return 0.0
        if found.version.reading != "cumulative" and one is not found.following:
            return None
        part = self._part(found)
        return part.outlook.chance(due, one.standing.missing) if part else None

    def _part(self, found: GoalStanding) -> Part | None:
        goal = found.goal
        if goal.metric not in FORESEEN or goal.start_on > self.today + timedelta(days=1):
            return None
        whole = goal.metric, goal.product
        key = *whole, *goal.scope
        if key not in self._parts:
            if whole not in self._known:
                self._known[whole] = known_on(self.today, goal.metric, product=goal.product)
            self._parts[key] = self._known[whole].part(team=goal.scope.team, person=goal.scope.person)
        return self._parts[key]


# --- the tree -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """A goal in the tree of goals: how deep, and how the targets beneath it add up."""

    standing: GoalStanding
    depth: int
    assigned: RollUp | None
    """None where no goal is a part of it."""


def tree(found: Sequence[GoalStanding]) -> list[Branch]:
    """Goals under the goals they are a part of, the company's first; a part without its whole is at the top.

    The sum of the parts is compared with the whole at every level; neither is ever changed by that. Only
    parts that are active, and count the same in the same window, are added up.
    """
    parts: dict[int | None, list[GoalStanding]] = {}
    numbers = {one.goal.id for one in found}
    for one in found:
        parent = one.goal.parent if one.goal.parent in numbers else None
        parts.setdefault(parent, []).append(one)
    ordered: list[Branch] = []

    def walk(parent: int | None, depth: int) -> None:
        for one in parts.get(parent, []):
            beneath = parts.get(one.goal.id, [])
            same = [
                other.target
                for other in beneath
                if other.goal.status == ACTIVE and one.goal.is_made_up_of(other.goal)
            ]
            ordered.append(Branch(one, depth, roll_up(one.target, same) if same else None))
            walk(one.goal.id, depth + 1)

    walk(None, 0)
    return ordered


def matters_most(found: Sequence[GoalStanding], person: int | None, *, today: date) -> GoalStanding | None:
    """The goal that matters most to somebody: running, their own before their team's before the company's.

    Of several the one that ends first, and of those the one of revenue.
    """
    from salesboard.domain.permissions import teams_led

    teams = teams_led(person, today) if person is not None else set()

    def nearness(one: GoalStanding) -> int | None:
        scope = one.goal.scope
        if scope.person is not None:
            return 0 if scope.person == person else None
        if scope.team is not None:
            return 1 if scope.team in teams else None
        return 2

    running = [
        (near, one.goal.end_on or date.max, one.goal.metric != "revenue", one.goal.id, one)
        for one in found
        if one.goal.start_on <= today and not one.is_over and (near := nearness(one)) is not None
    ]
    return min(running, key=lambda each: each[:4])[-1] if running else None


def active_standings(*, today: date) -> list[GoalStanding]:
    """How all active goals stand."""
    return stand(goals(statuses=(ACTIVE,)), today=today)
