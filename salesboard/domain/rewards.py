"""What milestones bring to people: promised, earned, approved, paid or taken back; each one's statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from salesboard.domain import company, people
from salesboard.domain.goals import ACTIVE, RETIRED, find_goal, goal_of, goals
from salesboard.domain.ladders import Status
from salesboard.domain.money import split_by_weights
from salesboard.domain.permissions import refuse_own, require, writes
from salesboard.domain.standings import GoalStanding, MilestoneStanding, stand
from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Payout, Person

State = Literal[
    "promised", "earned", "approved", "paid", "lost", "cancelled", "to claw back", "clawed back", "final"
]
STATES: tuple[State, ...] = get_args(State)
APPROVABLE: tuple[State, ...] = ("earned", "lost", "clawed back")
"""From these a reward is approved, once its milestone is reached."""


@dataclass(frozen=True)
class Reward:
    """One line of a statement: what a milestone brings to a person, and how far that is."""

    person: int
    name: str
    goal: int
    goal_name: str
    milestone: int
    label: str
    due_on: date | None
    on: date | None
    """The day it was reached, or else is due."""
    words: str | None
    """What is promised besides money."""
    amount_minor: int
    """Minor units; 0 where the reward is in words alone."""
    whole_minor: int
    """The sum of which it is a part: what a team's milestone brings is one sum for all of them."""
    state: State

    @property
    def counts_minor(self) -> int:
        """What it adds to a person's sum: what is earned, approved or paid; taken back, less than nothing."""
        if self.state in ("earned", "approved", "paid", "final"):
            return self.amount_minor
        return -self.amount_minor if self.state == "to claw back" else 0


def statement(
    *,
    today: date,
    person: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> list[Reward]:
    """Everybody's rewards, or one person's, by person and day; of a time, those reached or due in it.

    A goal's reward is for whom the goal is about: its person, the members of its team on the day, or all who
    are active. In money it is one sum, which they share equally: odd cents go to the first by name, and what
    was approved for somebody stays as it is. Reached late it is lost, unless a lead approves it all the same.
    What is un-won before it was paid is cancelled; after that it is to be clawed back, unless it was promised
    as final. What is earned again after that is approved again.
    """
    standings = [
        one
        for one in stand(goals(statuses=(ACTIVE, RETIRED)), today=today)
        if any(_is_rewarded(milestone) for milestone in one.milestones)
    ]
    names = dict(Person.select(Person.id, Person.name).tuples())
    payouts = _payouts(standings)
    found = [
        reward
        for one in standings
        for reward, _ in _rewards(one, names, payouts, today)
        if person in (None, reward.person)
        and (from_on is None or (reward.on or date.max) >= from_on)
        and (to_on is None or (reward.on or date.min) <= to_on)
    ]
    return sorted(found, key=lambda one: (one.name, one.on or date.max, one.goal, one.milestone))


def of_goal(one: GoalStanding, *, today: date) -> list[Reward]:
    """What one goal brings to everybody it is about, by milestone and name."""
    names = dict(Person.select(Person.id, Person.name).tuples())
    return [reward for reward, _ in _rewards(one, names, _payouts([one]), today)]


def sums(found: Iterable[Reward]) -> dict[State, int]:
    """The amounts of rewards (minor units) by how far they are."""
    totals: dict[State, int] = dict.fromkeys(STATES, 0)
    for one in found:
        totals[one.state] += one.amount_minor
    return totals


def _is_rewarded(one: MilestoneStanding) -> bool:
    return bool(one.facts.reward or one.facts.reward_minor)


def _payouts(standings: Sequence[GoalStanding]) -> dict[tuple[int, int], Payout]:
    numbers = [milestone.facts.id for one in standings for milestone in one.milestones]
    found: dict[tuple[int, int], Payout] = {}
    for start in range(0, len(numbers), 500):
        for row in Payout.select().where(Payout.milestone.in_(numbers[start : start + 500])):
            found[row.milestone_id, row.person_id] = row
    return found


def _rewards(
    one: GoalStanding, names: dict[int, str], payouts: dict[tuple[int, int], Payout], today: date
) -> Iterator[tuple[Reward, MilestoneStanding]]:
    for milestone in one.milestones:
        if not _is_rewarded(milestone):
            continue
        facts, stood = milestone.facts, milestone.standing
        on = stood.reached_on or facts.rung.due_on
        approved = {person: row for (number, person), row in payouts.items() if number == facts.id}
        whose = people.whose_sales(one.goal.scope, min(on, today) if on else today) | set(approved)
        whole = facts.reward_minor or 0
        shares = _shares(whole, sorted(whose, key=lambda person: (names[person], person)), approved)
        for person, share in shares.items():
            payout = approved.get(person)
            reward = Reward(
                person=person,
                name=names[person],
                goal=one.goal.id,
                goal_name=one.goal.name,
                milestone=facts.id,
                label=facts.rung.label,
                due_on=facts.rung.due_on,
                on=on,
                words=facts.reward,
                amount_minor=share,
                whole_minor=whole,
                state=_state(milestone, payout),
            )
            yield reward, milestone


def _shares(whole: int, whose: Sequence[int], approved: Mapping[int, Payout]) -> dict[int, int]:
    """A sum shared equally to the cent; who was approved a part keeps it, and the others share the rest."""
    others = [person for person in whose if person not in approved]
    rest = max(0, whole - sum(row.amount_minor for row in approved.values()))
    equal = split_by_weights(rest, [1] * len(others)) if others else []
    parts = {person: row.amount_minor for person, row in approved.items()}
    parts |= dict(zip(others, equal, strict=True))
    return {person: parts[person] for person in whose}


_UNAPPROVED: dict[Status, State] = {
    "open": "promised",
    "reached": "earned",
    "late": "lost",
    "missed": "lost",
    "reversed": "cancelled",
}


def _state(milestone: MilestoneStanding, payout: Payout | None) -> State:
    status = milestone.standing.status
    if payout is None:
        return _UNAPPROVED[status]
    if payout.clawed_back_on:
        return "earned" if status == "reached" else "clawed back"
    # What was approved as in time, and came late in the end, was approved for a day that no longer holds.
    reached_on = milestone.standing.reached_on
    if status == "reached" or (reached_on is not None and reached_on <= payout.approved_on):
        return "paid" if payout.paid_on else "approved"
    if payout.paid_on is None:
        return "cancelled" if reached_on is None else "lost"
    return "final" if milestone.facts.final else "to claw back"


# --- deciding -----------------------------------------------------------------------------------------------


@writes("decide on reward")
def approve_reward(actor: Actor, milestone: int, person: int, *, now: datetime) -> None:
    """Approve what a person has earned, or has earned again after it was cancelled or clawed back.

    A milestone that was reached late may be approved all the same. Refused: what is not reached, has no
    amount, or is approved already.
    """
    with _deciding(actor, "approved", milestone, person, now) as (reward, stood, today):
        if reward.state not in APPROVABLE or stood.standing.reached_on is None:
            raise _not_now(reward, "there is nothing to approve")
        if not reward.amount_minor:
            raise Refused(f"{reward.label} brings no amount; give what was promised by hand")
        facts = {"amount_minor": reward.amount_minor, "approved_on": today}
        known = Payout.get_or_none(milestone=milestone, person=person)
        with ledger.entry(actor, "approved", now=now, note=_noted(reward)) as entry:
            if known is None:
                entry.insert(Payout, milestone=milestone, person=person, **facts)
            else:
                entry.update(known, paid_on=None, clawed_back_on=None, **facts)


@writes("decide on reward")
def pay_reward(
    actor: Actor, milestone: int, person: int, *, now: datetime, paid_on: date | None = None
) -> None:
    """Keep that an approved reward was paid, today or on a day before. Refused: what is not approved."""
    with _deciding(actor, "paid", milestone, person, now) as (reward, _, today):
        if reward.state != "approved":
            raise _not_now(reward, "approve it first")
        if paid_on is not None and paid_on > today:
            raise Refused(f"{paid_on} is still to come; say that it was paid once it is")
        _keep(actor, "paid", reward, now, paid_on=paid_on or today)


@writes("decide on reward")
def claw_back_reward(actor: Actor, milestone: int, person: int, *, now: datetime) -> None:
    """Keep that a paid reward was paid back, whose milestone was reversed. Refused: anything else."""
    with _deciding(actor, "clawed back", milestone, person, now) as (reward, _, today):
        if reward.state != "to claw back":
            raise _not_now(reward, "nothing is to be paid back")
        _keep(actor, "clawed back", reward, now, clawed_back_on=today)


@contextmanager
def _deciding(
    actor: Actor, verb: str, milestone: int, person: int, now: datetime
) -> Iterator[tuple[Reward, MilestoneStanding, date]]:
    """One act on a reward, as it stands inside the transaction; refused where the actor may not decide."""
    with ledger.batch(actor, verb, now=now, several=False):
        today = company.facts().today(now)
        require(actor, "decide on reward", today=today, owner=person)
        refuse_own(actor, "decide on reward", "their own reward", whose=person, today=today)
        found = stand([find_goal(goal_of(milestone))], today=today)
        names = dict(Person.select(Person.id, Person.name).tuples())
        for reward, stood in _rewards(found[0], names, _payouts(found), today):
            if (reward.milestone, reward.person) == (milestone, person):
                yield reward, stood, today
                return
        raise Refused(f"milestone {milestone} promises nothing to {names.get(person, 'nobody')}")


def _not_now(reward: Reward, why: str) -> Refused:
    return Refused(f"{reward.name}'s reward for {reward.label} is {reward.state}; {why}")


def _noted(reward: Reward) -> str:
    return f"{reward.name}: {reward.label}"


def _keep(actor: Actor, verb: str, reward: Reward, now: datetime, **days: date) -> None:
    row = Payout.get(milestone=reward.milestone, person=reward.person)
    with ledger.entry(actor, verb, row, now=now, note=_noted(reward)) as entry:
        entry.update(row, **days)
