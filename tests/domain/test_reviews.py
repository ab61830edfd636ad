"""When a quarter is over: which goals wait for a decision, what it changes, what a target had meant."""

from datetime import date, timedelta

import pytest

from salesboard.domain import history, reviews
from salesboard.domain.goals import Wish, add_goal, find_goal
from salesboard.domain.reviews import open_reviews, rehearse, review_goal
from salesboard.errors import Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import quarter, stories
from tests.conftest import on_sqlite_alone
from tests.quarter import MARCH_ENDS, START, K, at, sell, standing_of

DAY = timedelta(days=1)
YEAR_ENDS = date(2026, 12, 31)
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 4)


@pytest.fixture
def ada(database: Database) -> Actor:
    return quarter.set_up()


@pytest.fixture
def year(ada: Actor) -> int:
    """1,000k in 2026."""
    return add_goal(ada, Wish("revenue", 1_000 * K, START, YEAR_ENDS), now=at(START))


def waiting(today: date) -> list[tuple[int, str, bool]]:
    return [(one.standing.goal.id, one.quarter.name, one.overdue) for one in open_reviews(today=today)]


# --- when ---------------------------------------------------------------------------------------------------


def test_a_review_opens_by_itself_when_a_quarter_ends_and_is_overdue_after_fourteen_days(year: int) -> None:
    assert waiting(MARCH_ENDS) == []
    assert waiting(APRIL) == [(year, "2026-Q1", False)]
    assert waiting(MARCH_ENDS + 14 * DAY) == [(year, "2026-Q1", False)]
    assert waiting(MARCH_ENDS + 15 * DAY) == [(year, "2026-Q1", True)]
    assert waiting(date(2026, 7, 1)) == [(year, "2026-Q1", True)], "nobody did it: it stays"


@on_sqlite_alone
def test_a_review_that_nobody_did_stays_until_it_is_done_and_one_decision_is_for_all(
    ada: Actor, year: int
) -> None:
    first_quarter = quarter.add_quarter()
    assert waiting(date(2026, 10, 5)) == [(year, "2026-Q1", True), (first_quarter, "2026-Q1", True)]
    review_goal(ada, year, "keep", "At last", now=at(date(2026, 10, 5)))
    review_goal(ada, first_quarter, "retire", "Over", now=at(date(2026, 10, 5)))
    assert waiting(date(2026, 12, 31)) == []
    assert [one.quarter for one in reviews.reviews(year)] == ["2026-Q3"]
    assert [one.quarter for one in reviews.reviews(first_quarter)] == ["2026-Q1"]
    assert waiting(date(2027, 1, 1)) == [(year, "2026-Q4", False)]


@on_sqlite_alone
def test_a_goal_set_afterwards_waits_for_no_quarter_that_was_long_over(ada: Actor) -> None:
    goal = add_goal(ada, Wish("sales", 1, date(2024, 1, 1), date(2025, 12, 31)), now=at(START))
    assert waiting(APRIL) == [(goal, "2025-Q4", True)]
    (one,) = reviews.waiting(today=APRIL)
    assert [each.name for each in one.quarters] == ["2025-Q4"]


@on_sqlite_alone
def test_drafts_and_goals_to_come_are_not_reviewed(ada: Actor) -> None:
    draft = add_goal(ada, Wish("sales", 2, START, YEAR_ENDS), now=at(START), draft=True)
    to_come = add_goal(ada, Wish("sales", 1, MAY, YEAR_ENDS), now=at(START))
    with pytest.raises(Refused, match="is draft: what counts is reviewed"):
        review_goal(ada, draft, "keep", "x", now=at(APRIL))
    with pytest.raises(Refused, match="starts on 2026-05-04"):
        review_goal(ada, to_come, "keep", "x", now=at(APRIL))
    review_goal(ada, to_come, "keep", "x", now=at(MAY))


@on_sqlite_alone
def test_fiscal_quarters_are_the_boards_own(ada: Actor) -> None:
    from salesboard.domain import company

    company.edit_company(ada, now=at(START), fiscal_start=2)
    goal = add_goal(ada, Wish("revenue", K, START, YEAR_ENDS), now=at(START))
    assert waiting(date(2026, 2, 1)) == [(goal, "2026-Q4", False)]
    assert waiting(APRIL) == [(goal, "2026-Q4", True)]


def test_only_goals_that_ran_in_the_quarter_wait(ada: Actor, year: int) -> None:
    first_quarter = quarter.add_quarter()
    last_year = add_goal(ada, Wish("sales", 1, date(2025, 1, 1), date(2025, 12, 31)), now=at(START))
    open_ended = add_goal(ada, Wish("new customers", 100, START), now=at(START))
    add_goal(ada, Wish("sales", 1, APRIL, YEAR_ENDS), now=at(START))
    add_goal(ada, Wish("sales", 2, START, YEAR_ENDS), now=at(START), draft=True)
    assert [goal for goal, *_ in waiting(START)] == [last_year], "what ran in the last quarter of 2025"
    review_goal(ada, last_year, "keep", "It was good", now=at(START))
    assert [goal for goal, *_ in waiting(APRIL)] == [year, first_quarter, open_ended]
    review_goal(ada, first_quarter, "keep", "It was good", now=at(APRIL))
    assert first_quarter not in [goal for goal, *_ in waiting(date(2026, 7, 1))]


# --- deciding -----------------------------------------------------------------------------------------------


def test_a_goal_is_decided_about_once_a_quarter(ada: Actor, year: int) -> None:
    review_goal(ada, year, "keep", "It goes well", now=at(APRIL))
    assert waiting(MAY) == []
    with pytest.raises(Refused, match="has been reviewed for 2026-Q1 already"):
        review_goal(ada, year, "retire", "It does not", now=at(MAY))
    assert len(find_goal(year).versions) == 1
    review_goal(ada, year, "keep", "Still", now=at(date(2026, 7, 1)))
    found = reviews.reviews(year)
    assert [(one.quarter, one.decision, one.reason, one.author) for one in found] == [
        ("2026-Q1", "keep", "It goes well", "Ada Marsh"),
        ("2026-Q2", "keep", "Still", "Ada Marsh"),
    ]


@on_sqlite_alone
@pytest.mark.parametrize(("decision", "target"), [("raise", 1_200), ("lower", 800)])
def test_another_target_holds_from_its_day_on_for_the_reason_given(
    ada: Actor, year: int, decision: reviews.Decision, target: int
) -> None:
    from_on = date(2026, 4, 15)
    review_goal(ada, year, decision, "As it is", now=at(APRIL), target=target * K, from_on=from_on)
    before, after = find_goal(year).versions
    assert (before.target, after.target, after.from_on) == (1_000 * K, target * K, from_on)
    assert (after.reason, after.author) == ("As it is", "Ada Marsh")
    assert standing_of(year, from_on - DAY).target == 1_000 * K
    assert standing_of(year, from_on).target == target * K
    (event,) = [one for one in history.events() if one.verb == "reviewed"]
    assert event.note == f"{decision}: As it is"

    history.undo(ada, now=at(from_on))
    assert (len(find_goal(year).versions), len(reviews.reviews(year))) == (1, 0), "taken back as one"
    assert stories.faults() == []


@on_sqlite_alone
def test_a_goal_is_retired_by_its_review(ada: Actor, year: int) -> None:
    review_goal(ada, year, "retire", "The market has gone", now=at(APRIL))
    assert find_goal(year).status == "retired"
    assert waiting(date(2026, 7, 1)) == []


@on_sqlite_alone
@pytest.mark.parametrize(
    ("decision", "choices", "why"),
    [
        ("raise", {}, "give its new target"),
        ("raise", {"target": 900 * K}, r"\$900,000.00 does not raise it"),
        ("raise", {"target": 1_000 * K}, "does not raise it"),
        ("lower", {"target": 1_100 * K}, "does not lower it"),
        ("keep", {"target": 900 * K}, "gets no other target"),
        ("shrug", {}, "is no decision"),
        ("raise", {"target": 1_100 * K, "reason": " "}, "The reason"),
    ],
)
def test_a_decision_that_is_none_is_refused(
    ada: Actor, year: int, decision: reviews.Decision, choices: dict, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        review_goal(ada, year, decision, **{"reason": "x", "now": at(APRIL), **choices})
    assert reviews.reviews(year) == [] and len(find_goal(year).versions) == 1
    review_goal(ada, year, "raise", "x", now=at(APRIL), target=1_100 * K)


# --- the rehearsal ------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_a_new_target_is_rehearsed_on_the_last_eight_quarters(ada: Actor) -> None:
    for place, value in enumerate((900, 310, 290, 350, 410, 380, 420, 400, 450)):
        year, month = divmod(9 + place * 3, 12)
        day = date(2023 + year, month + 1, 3)
        sell(day, value, opened_on=day)
    goal = quarter.add_quarter((100, 200, 300))
    found = rehearse(find_goal(goal), 410 * K, today=date(2026, 2, 1))
    assert str(found.hits) == "hit 3 of 8"
    assert found.past == tuple(value * K for value in (310, 290, 350, 410, 380, 420, 400, 450))
    assert str(rehearse(find_goal(goal), 300 * K, today=date(2026, 2, 1)).hits) == "hit 7 of 8"
    assert len(find_goal(goal).versions) == 1, "nothing is saved"


@on_sqlite_alone
def test_an_open_ended_goal_has_nothing_to_be_rehearsed_on(ada: Actor) -> None:
    goal = add_goal(ada, Wish("sales", 100, START), now=at(START))
    assert rehearse(find_goal(goal), 50, today=APRIL).past == ()
