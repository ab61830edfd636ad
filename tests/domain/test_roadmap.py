"""The year as a road: what stands by it, in order, and whether it is done, late, missed, next or to come."""

from datetime import date

import pytest

from salesboard.domain import reviews
from salesboard.domain.gains import Scope
from salesboard.domain.roadmap import roadmap
from salesboard.errors import WrongUsage
from salesboard.storage.database import Database
from tests import quarter
from tests.quarter import AFTERWARDS, add_quarter, at, goal_of, sell, six_wins
from tests.stories import add_person, owner


def states(today: date, year: int | None = None, **whose: object) -> list[tuple[str, str, str]]:
    found = roadmap(today=today, year=year, **whose)  # type: ignore[arg-type]
    return [(f"{one.on:%m-%d}", one.kind, one.state) for one in found.signs]


def test_a_quarter_of_the_year_is_passed_sign_by_sign(sqlite_database: Database) -> None:
    """The worked example: January and February late, March in time; then the review, until it is overdue."""
    quarter.set_up()
    goal = add_quarter()
    six_wins()
    expected = [
        ("01-31", "milestone", "late"),
        ("02-28", "milestone", "late"),
        ("03-31", "milestone", "done"),
    ]
    later = [("07-01", "review", "to come"), ("10-01", "review", "to come")]
    assert states(AFTERWARDS) == [
        *expected,
        ("04-01", "review", "next"),
        ("07-01", "review", "next"),
        later[1],
    ]
    assert states(date(2026, 2, 16))[:3] == [
        ("01-31", "milestone", "late"),
        ("02-28", "milestone", "next"),
        ("03-31", "milestone", "to come"),
    ]
    assert states(date(2026, 4, 15))[3] == ("04-01", "review", "missed")
    found = roadmap(today=AFTERWARDS)
    assert (found.year.name, found.next and found.next.what) == ("2026", "review of 2026-Q1")
    assert found.signs[0].what == "Revenue 2026-Q1: Milestone 1, 150k"
    assert found.signs[2].more == "reached 30 Mar"
    reviews.review_goal(owner(), goal, "keep", "it goes well", now=at(AFTERWARDS))
    assert states(AFTERWARDS)[3] == ("04-01", "review", "done")
    assert states(AFTERWARDS, 2027)[:2] == [
        ("01-01", "review", "to come"),
        ("01-09", "anniversary", "to come"),
    ]
    assert states(AFTERWARDS, 2025) == []


def test_other_peoples_own_goals_stand_there_only_if_asked_for(sqlite_database: Database) -> None:
    quarter.set_up()
    mia = add_person("Mia Berg")
    goal_of("sales", 9, Scope(person=mia.id))
    sell(date(2026, 1, 9))
    assert not [one for one in states(AFTERWARDS) if one[1] == "milestone"]
    assert ("03-31", "milestone", "missed") in states(AFTERWARDS, person=mia.id)
    assert ("03-31", "milestone", "missed") in states(AFTERWARDS, everybody=True)


def test_a_year_that_no_calendar_holds_is_refused(sqlite_database: Database) -> None:
    quarter.set_up()
    with pytest.raises(WrongUsage, match="99999 is no year"):
        roadmap(today=AFTERWARDS, year=99999)
