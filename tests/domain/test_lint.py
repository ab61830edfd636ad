"""Warnings about goals are let stand for a reason, which everybody reads, and can be warnings again."""

import pytest

from salesboard.domain import lint
from salesboard.domain.goals import Wish, add_goal
from salesboard.errors import NotFound, Refused
from salesboard.storage.database import Database
from tests import quarter, stories
from tests.quarter import AFTERWARDS, JANUARY_ENDS, MARCH_ENDS, START, K, at


def test_a_warning_is_waived_for_a_reason_and_comes_back(database: Database) -> None:
    ada = quarter.set_up()
    goal = quarter.add_quarter()
    assert [(one.rule, one.waived) for one in lint.findings(today=START)] == [("G2", None), ("G3", None)]
    lint.waive(ada, goal, "g2", "The record is its own reward", now=at(START))
    first, second = lint.findings(today=START, goal=goal)
    assert first.waived and (first.waived.reason, first.waived.author) == (
        "The record is its own reward",
        "Ada Marsh",
    )
    assert second.waived is None
    lint.waive(ada, goal, "G2", "We dine anyway", now=at(START))
    assert [one.waived and one.waived.reason for one in lint.findings(today=START)] == [
        "We dine anyway",
        None,
    ]
    with pytest.raises(Refused, match="finds nothing wrong"):
        lint.waive(ada, goal, "G7", "x", now=at(START))
    with pytest.raises(NotFound, match="there is no rule 'G99'"):
        lint.waive(ada, goal, "G99", "x", now=at(START))
    with pytest.raises(Refused, match="The reason"):
        lint.waive(ada, goal, "G3", " ", now=at(START))
    lint.end_waiver(ada, goal, "G2", now=at(START))
    assert [one.waived for one in lint.findings(today=START)] == [None, None]
    with pytest.raises(Refused, match="was not waived"):
        lint.end_waiver(ada, goal, "G2", now=at(START))
    assert stories.faults() == []


def test_a_part_does_not_overlap_what_it_is_a_part_of_and_what_is_over_is_left_alone(
    sqlite_database: Database,
) -> None:
    ada = quarter.set_up()
    goal = quarter.add_quarter()
    month = Wish("revenue", 90 * K, START, JANUARY_ENDS, parent=goal)
    one = add_goal(ada, month, now=at(START))
    part = Wish("revenue", 9 * K, START, START, parent=one)
    add_goal(ada, part, now=at(START))
    assert "G7" not in {one.rule for one in lint.findings(today=START)}
    add_goal(ada, Wish("revenue", 5 * K, MARCH_ENDS, MARCH_ENDS), now=at(START))
    assert "G7" in {one.rule for one in lint.findings(today=START)}
    assert lint.findings(today=AFTERWARDS) == []
