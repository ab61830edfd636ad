"""Who can bring how much: profiles that few may see, and a team's target shared out by them."""

from datetime import date, timedelta

import pytest

from salesboard.domain import goals, people, profiles
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Wish, add_goal
from salesboard.errors import NotAllowed, Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal
from tests import quarter, stories
from tests.quarter import MARCH_ENDS, START, K, at, sell, steps, wish
from tests.stories import add_person, add_team

LAST_YEAR = date(2025, 10, 2)
FEBRUARY = date(2026, 2, 1)


def crew() -> tuple[Actor, Actor, Actor, int]:
    """Lee leads Mia and Jon in West, who sold 300k and 100k in the quarter before; West wants 700k."""
    quarter.set_up()
    add_team("West")
    lee = add_person("Lee", "lead", team="West")
    mia, jon = (add_person(name, team="West") for name in ("Mia", "Jon"))
    for person, value in ((mia, 300), (jon, 100)):
        sell(LAST_YEAR, value, by=person, opened_on=LAST_YEAR)
    ladder = steps(70, 350, 700, reward_minor=K)
    scope = Scope(team=people.find_team("West"))
    goal = add_goal(lee, wish((70, 350, 700), scope=scope, ladder=ladder, reason="so"), now=at(START))
    return lee, mia, jon, goal


def test_a_profile_is_seen_by_its_person_and_those_who_lead_them_alone(database: Database) -> None:
    lee, mia, jon, _ = crew()
    stranger = add_person("Sam", "lead", team=None)
    facts = {
        "capacity": 50,
        "ramp_from": START,
        "ramp_months": 3,
        "territory": "Styria",
        "strengths": "calls",
    }
    profiles.set_profile(lee, mia.id or 0, now=at(START), **facts)
    for actor in (mia, lee, stories.owner()):
        found = profiles.profile(actor, mia.id or 0, today=START)
        assert (found.name, found.capacity, found.territory, found.strengths) == (
            "Mia",
            50,
            "Styria",
            "calls",
        )
    for actor in (jon, stranger):
        with pytest.raises(NotAllowed, match="may see profile only"):
            profiles.profile(actor, mia.id or 0, today=START)
    with pytest.raises(NotAllowed, match="a rep may not edit profile"):
        profiles.set_profile(mia, mia.id or 0, now=at(START), capacity=10)
    assert [found.ramp_on(date(2026, month, 1)) for month in (1, 2, 3, 4)] == [(1, 3), (2, 3), (3, 3), None]
    with pytest.raises(Refused, match="says so already"):
        profiles.set_profile(lee, mia.id or 0, now=at(START), **facts)
    profiles.set_profile(lee, mia.id or 0, now=at(START))
    assert profiles.profile(mia, mia.id or 0, today=START).ramp_on(START) is None
    assert stories.faults() == []


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"capacity": 101}, "from 0 to 100 %"),
        ({"ramp_months": 3}, "give both, or neither"),
        ({"ramp_from": START, "ramp_months": 0}, "1 to 60 months"),
    ],
)
def test_what_no_profile_can_say_is_refused(sqlite_database: Database, facts: dict, why: str) -> None:
    ada = quarter.set_up()
    with pytest.raises(Refused, match=why):
        profiles.set_profile(ada, ada.id or 0, now=at(START), **facts)


def test_a_target_is_split_by_history_capacity_and_ramp_and_sums_exactly(sqlite_database: Database) -> None:
    lee, mia, jon, goal = crew()
    found = profiles.split(lee, goal, today=START)
    assert [(one.name, one.equal, one.proposed, one.history) for one in found.shares] == [
        ("Jon", 350 * K, 175 * K, 100 * K),
        ("Mia", 350 * K, 525 * K, 300 * K),
    ], "Lee leads, and sells nothing"
    add_person("New", team="West")
    facts = {"capacity": 50, "ramp_from": START, "ramp_months": 3}
    profiles.set_profile(lee, mia.id or 0, now=at(START), **facts)
    found = profiles.split(lee, goal, today=START)
    parts = {one.name: one for one in found.shares}
    assert (parts["Mia"].capacity, parts["Mia"].ramp, parts["New"].history) == (50, (1, 3), None)
    # 100 x 1, 300 x 1/2 x 1/3 = 50, and the average of both histories, 200.
    assert [one.proposed for one in found.shares] == [200 * K, 100 * K, 400 * K]
    for shares in ([one.proposed for one in found.shares], [one.equal for one in found.shares]):
        assert sum(shares) == found.target == 700 * K
    for actor in (jon, mia):
        with pytest.raises(NotAllowed, match="may not share out goal"):
            profiles.split(actor, goal, today=START)
    assert profiles.split(lee, goal, today=date(2026, 4, 1)).shares[1].ramp is None


def test_proposals_are_made_in_one_act_and_count_once_agreed(sqlite_database: Database) -> None:
    lee, mia, jon, goal = crew()
    amounts = {mia.id or 0: 500 * K, jon.id or 0: 180 * K}
    found = profiles.split(lee, goal, today=START)
    assert found.unassigned(amounts) == 20 * K
    made = profiles.share_out(lee, goal, amounts, now=at(START))
    mias = goals.find_goal(made[0])
    assert (mias.whose, mias.status, mias.parent, mias.name) == ("Mia", "proposed", goal, "Revenue 2026-Q1")
    assert [one.rung.threshold for one in mias.versions[0].milestones] == [50 * K, 250 * K, 500 * K]
    assert all(one.reward_minor is None for one in mias.versions[0].milestones)
    with pytest.raises(Refused, match="Mia has 500,000 of Revenue 2026-Q1 already"):
        profiles.share_out(lee, goal, {mia.id or 0: 1}, now=at(START))
    goals.agree(mia, made[0], now=at(START))
    found = profiles.split(lee, goal, today=START)
    assert [(one.name, one.has, one.status) for one in found.shares] == [
        ("Jon", 180 * K, "proposed"),
        ("Mia", 500 * K, "active"),
    ]
    assert found.unassigned({}) == 20 * K
    from salesboard.domain import history

    history.undo(mia, now=at(START))
    history.undo(lee, now=at(START))
    assert Goal.select().count() == 1, "taken back as one"
    assert stories.faults() == []


def test_goals_may_be_imposed_but_on_nobody_from_elsewhere(sqlite_database: Database) -> None:
    lee, mia, jon, goal = crew()
    sam = add_person("Sam")
    with pytest.raises(Refused, match="Sam is not among those"):
        profiles.share_out(lee, goal, {sam.id or 0: K}, now=at(START))
    with pytest.raises(Refused, match="nobody would get anything"):
        profiles.share_out(lee, goal, {mia.id or 0: 0}, now=at(START))
    amounts = {mia.id or 0: 300 * K, jon.id or 0: 0}
    (made,) = profiles.share_out(lee, goal, amounts, now=at(START), impose=True, words="as agreed")
    assert goals.find_goal(made).status == "active"
    with pytest.raises(Refused, match="Mia's own; goals of teams"):
        profiles.split(lee, made, today=START)


def test_parts_of_another_window_are_not_added_up(sqlite_database: Database) -> None:
    from salesboard.domain import standings

    lee, mia, _, goal = crew()
    scope = Scope(person=mia.id)
    month = Wish("revenue", 90 * K, START, date(2026, 1, 31), scope=scope, parent=goal)
    add_goal(lee, month, now=at(START))
    add_goal(lee, Wish("sales", 9, START, MARCH_ENDS, scope=scope, parent=goal), now=at(START))

    def assigned() -> list[int | None]:
        branches = standings.tree(standings.active_standings(today=START))
        return [one.assigned.assigned if one.assigned else None for one in branches]

    assert assigned() == [None, None, None]
    whole = Wish("revenue", 600 * K, START, MARCH_ENDS, scope=scope, parent=goal, reason="so")
    add_goal(lee, whole, now=at(START), draft=True)
    assert assigned() == [None, None, None]
    add_goal(lee, whole, now=at(START))
    assert assigned() == [600 * K, None, None, None]
    assert profiles.split(lee, goal, today=START + timedelta(days=1)).unassigned({}) == 100 * K
