"""Rewards: promised, earned, approved, paid; what was reversed is cancelled or clawed back; sums add up."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

import pytest

from salesboard.domain import goals, history, people, pipeline, rewards
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Step, add_goal
from salesboard.domain.rewards import Reward, approve_reward, claw_back_reward, pay_reward, statement, sums
from salesboard.errors import NotFound, Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Payout
from tests import quarter, stories
from tests.conftest import on_sqlite_alone
from tests.quarter import (
    DUES,
    FEBRUARY_ENDS,
    JANUARY_ENDS,
    MARCH_ENDS,
    START,
    K,
    at,
    sell,
    standing_of,
    steps,
    wish,
)
from tests.stories import add_person, add_team

DAY = timedelta(days=1)
JANUARY_9, JANUARY_25, FEBRUARY_3 = date(2026, 1, 9), date(2026, 1, 25), date(2026, 2, 3)
BONUS = 1_000_00


@pytest.fixture
def ada(database: Database) -> Actor:
    return quarter.set_up()


@pytest.fixture
def mia(ada: Actor) -> Actor:
    return add_person("Mia")


@pytest.fixture
def goal(ada: Actor, mia: Actor) -> int:
    """Mia's 100k in the quarter, with a bonus for each month."""
    return rewarded(Scope(person=mia.id))


def rewarded(scope: Scope, *, final: bool = False) -> int:
    ladder = steps(30, 60, 100, reward_minor=BONUS, final=final)
    return add_goal(stories.owner(), wish((30, 60, 100), scope=scope, ladder=ladder), now=at(START))


def milestone(goal: int, place: int = 0) -> int:
    return goals.find_goal(goal).versions[0].milestones[place].id


def states(today: date, person: Actor | None = None) -> list[str]:
    return [one.state for one in statement(today=today, person=person.id if person else None)]


def first_state(today: date) -> str:
    return states(today)[0]


# --- the way of a reward ------------------------------------------------------------------------------------


def test_promised_earned_approved_paid(ada: Actor, mia: Actor, goal: int) -> None:
    assert states(START) == ["promised"] * 3
    sell(JANUARY_9, 30, by=mia)
    assert states(JANUARY_9) == ["earned", "promised", "promised"]
    (first, *_) = statement(today=JANUARY_9)
    assert (first.name, first.goal_name, first.label) == ("Mia", "Revenue 2026-Q1", "Milestone 1")
    assert (first.on, first.due_on, first.amount_minor) == (JANUARY_9, JANUARY_ENDS, BONUS)

    one = milestone(goal)
    with pytest.raises(Refused, match="is earned; approve it first"):
        pay_reward(ada, one, mia.id or 0, now=at(JANUARY_9))
    approve_reward(ada, one, mia.id or 0, now=at(JANUARY_9))
    assert first_state(JANUARY_9) == "approved"
    with pytest.raises(Refused, match="is approved; there is nothing to approve"):
        approve_reward(ada, one, mia.id or 0, now=at(JANUARY_9))
    with pytest.raises(Refused, match="still to come"):
        pay_reward(ada, one, mia.id or 0, now=at(JANUARY_9), paid_on=JANUARY_9 + DAY)
    pay_reward(ada, one, mia.id or 0, now=at(JANUARY_25), paid_on=JANUARY_25 - DAY)
    assert first_state(JANUARY_25) == "paid"
    row = Payout.get()
    assert (row.approved_on, row.paid_on, row.clawed_back_on) == (JANUARY_9, JANUARY_25 - DAY, None)
    with pytest.raises(Refused, match="is paid; nothing is to be paid back"):
        claw_back_reward(ada, one, mia.id or 0, now=at(JANUARY_25))
    assert stories.faults() == []


@on_sqlite_alone
def test_what_is_not_reached_in_time_is_lost_but_a_lead_may_approve_it(
    ada: Actor, mia: Actor, goal: int
) -> None:
    assert first_state(JANUARY_ENDS) == "promised"
    assert first_state(JANUARY_ENDS + DAY) == "lost"
    with pytest.raises(Refused, match="is lost; there is nothing to approve"):
        approve_reward(ada, milestone(goal), mia.id or 0, now=at(FEBRUARY_3))
    sell(FEBRUARY_3, 30, by=mia)
    assert first_state(FEBRUARY_3) == "lost"
    approve_reward(ada, milestone(goal), mia.id or 0, now=at(FEBRUARY_3))
    assert first_state(FEBRUARY_3) == "approved"


@on_sqlite_alone
def test_un_won_before_it_is_paid_cancels(ada: Actor, mia: Actor, goal: int) -> None:
    deal = sell(JANUARY_9, 30, by=mia)
    pipeline.reopen_deal(mia, deal, now=at(JANUARY_25))
    assert first_state(JANUARY_25) == "cancelled", "it was earned"
    pipeline.win_deal(mia, deal, now=at(JANUARY_25))
    approve_reward(ada, milestone(goal), mia.id or 0, now=at(JANUARY_25))
    pipeline.reopen_deal(mia, deal, now=at(JANUARY_25))
    assert first_state(JANUARY_25) == "cancelled", "it was approved"
    with pytest.raises(Refused, match="is cancelled; approve it first"):
        pay_reward(ada, milestone(goal), mia.id or 0, now=at(JANUARY_25))
    pipeline.win_deal(mia, deal, now=at(JANUARY_25))
    assert first_state(JANUARY_25) == "approved", "the approval holds again"


def paid(goal: int, person: Actor) -> int:
    """The first milestone's bonus, earned and paid in January; the deal that earned it."""
    deal = sell(JANUARY_9, 30, by=person)
    approve_reward(stories.owner(), milestone(goal), person.id or 0, now=at(JANUARY_9))
    pay_reward(stories.owner(), milestone(goal), person.id or 0, now=at(JANUARY_9))
    return deal


def test_un_won_after_it_is_paid_is_clawed_back(ada: Actor, mia: Actor, goal: int) -> None:
    pipeline.reopen_deal(mia, paid(goal, mia), now=at(JANUARY_25))
    (first, *_) = statement(today=JANUARY_25)
    assert (first.state, first.counts_minor) == ("to claw back", -BONUS)
    claw_back_reward(ada, milestone(goal), mia.id or 0, now=at(FEBRUARY_3))
    (first, *_) = statement(today=FEBRUARY_3)
    assert (first.state, first.counts_minor) == ("clawed back", 0)
    with pytest.raises(Refused, match="is clawed back"):
        claw_back_reward(ada, milestone(goal), mia.id or 0, now=at(FEBRUARY_3))
    history.undo(ada, now=at(FEBRUARY_3))
    assert first_state(FEBRUARY_3) == "to claw back"


@on_sqlite_alone
def test_what_was_promised_as_final_stays_paid(ada: Actor, mia: Actor) -> None:
    goal = rewarded(Scope(person=mia.id), final=True)
    pipeline.reopen_deal(mia, paid(goal, mia), now=at(JANUARY_25))
    (first, *_) = statement(today=JANUARY_25)
    assert (first.state, first.counts_minor) == ("final", BONUS)
    with pytest.raises(Refused, match="is final"):
        claw_back_reward(ada, milestone(goal), mia.id or 0, now=at(JANUARY_25))


@on_sqlite_alone
def test_what_was_paid_as_in_time_and_came_late_in_the_end_is_clawed_back(
    ada: Actor, mia: Actor, goal: int
) -> None:
    pipeline.reopen_deal(mia, paid(goal, mia), now=at(JANUARY_25))
    sell(FEBRUARY_3, 30, by=mia)
    assert standing_of(goal).milestones[0].standing.status == "late"
    assert first_state(FEBRUARY_3) == "to claw back"


@on_sqlite_alone
def test_a_reward_in_words_is_nothing_to_pay(ada: Actor, mia: Actor) -> None:
    ladder = (Step(30 * K, MARCH_ENDS, reward="A day off"),)
    goal = add_goal(ada, wish((10, 20, 30), scope=Scope(person=mia.id), ladder=ladder), now=at(START))
    sell(JANUARY_9, 30, by=mia)
    (found,) = statement(today=JANUARY_9)
    assert (found.words, found.amount_minor, found.state) == ("A day off", 0, "earned")
    with pytest.raises(Refused, match="brings no amount"):
        approve_reward(ada, milestone(goal), mia.id or 0, now=at(JANUARY_9))


@on_sqlite_alone
def test_a_milestone_without_a_reward_is_on_no_statement(ada: Actor, mia: Actor) -> None:
    ladder = (Step(30 * K, JANUARY_ENDS), Step(60 * K, MARCH_ENDS, reward_minor=BONUS))
    goal = add_goal(ada, wish((10, 20, 60), scope=Scope(person=mia.id), ladder=ladder), now=at(START))
    assert [one.milestone for one in statement(today=START)] == [milestone(goal, 1)]


@on_sqlite_alone
def test_nobody_is_paid_for_what_is_promised_to_others(ada: Actor, mia: Actor, goal: int) -> None:
    jon = add_person("Jon")
    sell(JANUARY_9, 30, by=mia)
    with pytest.raises(Refused, match="promises nothing to Jon"):
        approve_reward(ada, milestone(goal), jon.id or 0, now=at(JANUARY_9))
    with pytest.raises(NotFound, match="no milestone 999999"):
        approve_reward(ada, 999_999, jon.id or 0, now=at(JANUARY_9))


# --- who gets it, and the sums ------------------------------------------------------------------------------


@pytest.fixture
def west(ada: Actor) -> Iterator[list[Actor]]:
    """Lea and Max in West; Max leaves in February, when Ann comes."""
    team = add_team("West")
    lea, ann = add_person("Lea", team="West"), add_person("Ann")
    lasting = add_person("Max", team="West", since=START - DAY)
    people.leave_team(ada, lasting.id or 0, team, now=at(FEBRUARY_3), until_on=date(2026, 2, 1))
    people.join_team(ada, ann.id or 0, team, now=at(FEBRUARY_3), from_on=date(2026, 2, 1))
    yield [lea, lasting, ann]


def test_a_teams_reward_is_for_those_who_were_in_it_on_the_day(west: list[Actor]) -> None:
    lea, lasting, ann = west
    rewarded(Scope(team=people.find_team("West")))
    sell(JANUARY_9, 30, by=lea)
    sell(FEBRUARY_3, 30, by=lea)
    found = [(one.name, one.label[-1], one.state, one.amount_minor) for one in statement(today=FEBRUARY_3)]
    half = BONUS // 2
    assert found == [
        *(("Ann", "2", "earned", half), ("Ann", "3", "promised", half)),
        *(("Lea", "1", "earned", half), ("Lea", "2", "earned", half), ("Lea", "3", "promised", half)),
        ("Max", "1", "earned", half),
    ]
    assert {lea.name, lasting.name, ann.name} == {name for name, *_ in found}


def test_a_statement_adds_up_per_person_and_period(ada: Actor, mia: Actor, west: list[Actor]) -> None:
    lea = west[0]
    own, of_team = rewarded(Scope(person=mia.id)), rewarded(Scope(team=people.find_team("West")))
    deal = paid(own, mia)
    sell(FEBRUARY_3, 30, by=mia)
    sell(JANUARY_25, 30, by=lea)
    approve_reward(ada, milestone(of_team), lea.id or 0, now=at(JANUARY_25))
    pipeline.reopen_deal(mia, deal, now=at(FEBRUARY_3))
    everything = statement(today=AFTER)

    def total(found: list[Reward]) -> int:
        return sum(one.counts_minor for one in found)

    by_person = [statement(today=AFTER, person=one.id) for one in (mia, *west)]
    assert sorted(map(len, by_person)) == [1, 2, 3, 3]
    assert Counter(chain(*by_person)) == Counter(everything)
    assert sum(map(total, by_person)) == total(everything) == 0

    bounds = [(None, JANUARY_ENDS), (JANUARY_ENDS + DAY, FEBRUARY_ENDS), (FEBRUARY_ENDS + DAY, None)]
    by_period = [statement(today=AFTER, from_on=first, to_on=last) for first, last in bounds]
    assert all(by_period)
    assert Counter(chain(*by_period)) == Counter(everything)

    found = sums(everything)
    assert sum(found.values()) == sum(one.amount_minor for one in everything) == 6 * BONUS
    assert {state: amount for state, amount in found.items() if amount} == {
        "approved": BONUS // 2,
        "earned": BONUS // 2,
        "to claw back": BONUS,
        "cancelled": BONUS,
        "lost": 3 * BONUS,
    }


AFTER = date(2026, 4, 2)


@on_sqlite_alone
def test_what_a_team_earns_is_one_sum_and_odd_cents_go_to_the_first(ada: Actor) -> None:
    team = add_team("West")
    crew = [add_person(name, team="West") for name in ("Max", "Ann", "Lea")]
    ladder = (Step(100 * K, MARCH_ENDS, reward_minor=100_00),)
    goal = add_goal(ada, wish((10, 20, 100), scope=Scope(team=team), ladder=ladder), now=at(START))
    sell(JANUARY_9, 100, by=crew[0])
    parts = [(one.name, one.amount_minor, one.whole_minor) for one in statement(today=JANUARY_9)]
    assert parts == [("Ann", 33_34, 100_00), ("Lea", 33_33, 100_00), ("Max", 33_33, 100_00)]
    approve_reward(ada, milestone(goal), crew[2].id or 0, now=at(JANUARY_9))
    add_person("Late", team="West")
    parts = [(one.name, one.amount_minor, one.state) for one in statement(today=JANUARY_25)]
    assert parts == [
        ("Ann", 22_23, "earned"),
        ("Late", 22_22, "earned"),
        ("Lea", 33_33, "approved"),
        ("Max", 22_22, "earned"),
    ], "what was approved stays, the rest is shared"


@on_sqlite_alone
def test_what_was_cancelled_or_paid_back_is_approved_again_once_it_is_earned_again(
    ada: Actor, mia: Actor, goal: int
) -> None:
    first = milestone(goal)
    deal = sell(FEBRUARY_3, 30, by=mia)
    approve_reward(ada, first, mia.id or 0, now=at(FEBRUARY_3))
    pipeline.reopen_deal(mia, deal, now=at(FEBRUARY_3))
    assert first_state(FEBRUARY_3) == "cancelled"
    with pytest.raises(Refused, match="is cancelled"):
        approve_reward(ada, first, mia.id or 0, now=at(FEBRUARY_3))
    sell(FEBRUARY_3 + DAY, 30, by=mia)
    assert first_state(FEBRUARY_3 + DAY) == "lost", "late, and approved for a day that no longer holds"
    approve_reward(ada, first, mia.id or 0, now=at(FEBRUARY_3 + DAY))
    assert first_state(FEBRUARY_3 + DAY) == "approved"
    assert Payout.get().approved_on == FEBRUARY_3 + DAY

    second = milestone(goal, 1)
    big = sell(FEBRUARY_3 + 2 * DAY, 30, by=mia)
    approve_reward(ada, second, mia.id or 0, now=at(FEBRUARY_3 + 2 * DAY))
    pay_reward(ada, second, mia.id or 0, now=at(FEBRUARY_3 + 2 * DAY))
    pipeline.reopen_deal(mia, big, now=at(FEBRUARY_3 + 3 * DAY))
    claw_back_reward(ada, second, mia.id or 0, now=at(FEBRUARY_3 + 3 * DAY))
    pipeline.win_deal(mia, big, now=at(FEBRUARY_3 + 4 * DAY))
    assert states(FEBRUARY_3 + 4 * DAY)[1] == "earned"
    approve_reward(ada, second, mia.id or 0, now=at(FEBRUARY_3 + 4 * DAY))
    pay_reward(ada, second, mia.id or 0, now=at(FEBRUARY_3 + 4 * DAY))
    assert states(FEBRUARY_3 + 4 * DAY) == ["approved", "paid", "promised"]
    assert stories.faults() == []


@on_sqlite_alone
def test_an_amount_that_was_approved_stays_so(ada: Actor, mia: Actor, goal: int) -> None:
    """No other ladder takes the place of a milestone whose reward was approved: it would be earned twice."""
    sell(JANUARY_9, 30, by=mia)
    approve_reward(ada, milestone(goal), mia.id or 0, now=at(JANUARY_9))
    change = {"decision": "raised", "reason": "More", "target": 200 * K}
    with pytest.raises(Refused, match=f"approved already: let the change begin after {JANUARY_ENDS}"):
        goals.revise_goal(ada, goal, now=at(JANUARY_25), **change)
    goals.revise_goal(ada, goal, now=at(JANUARY_25), from_on=JANUARY_ENDS + DAY, **change)
    assert states(JANUARY_ENDS + DAY) == ["approved", "promised", "promised"]
    assert [one.due_on for one in statement(today=AFTER, person=mia.id)] == list(DUES)


@on_sqlite_alone
def test_retired_goals_stay_on_the_statement_and_drafts_are_not_yet(
    ada: Actor, mia: Actor, goal: int
) -> None:
    paid(goal, mia)
    goals.retire_goal(ada, goal, now=at(JANUARY_25), reason="x")
    assert first_state(JANUARY_25) == "paid"
    ladder = steps(30, 60, 100, reward_minor=BONUS)
    draft = add_goal(ada, wish((30, 60, 100), ladder=ladder), now=at(START), draft=True)
    assert {one.goal for one in statement(today=JANUARY_25)} == {goal} != {draft}


def test_rewards_are_those_that_are_known() -> None:
    assert set(rewards._UNAPPROVED.values()) <= set(rewards.STATES)
