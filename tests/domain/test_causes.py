"""Where revenue is missing: the gap of a goal in four parts that sum to it to the last minor unit."""

from dataclasses import astuple
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import causes, goals, pipeline
from salesboard.domain.causes import Causes, Funnel, Parts, decompose
from salesboard.domain.gains import Scope
from salesboard.domain.pipeline import Line
from salesboard.errors import Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import quarter
from tests.quarter import AFTERWARDS, K, at, goal_of, standing_of
from tests.stories import add_deal, add_person, add_product

USUAL = Funnel(40, 20, 10, 100 * K)
AUTUMN = date(2025, 10, 5)
WINTER = date(2026, 1, 9)


@pytest.mark.parametrize(
    ("actual", "parts"),
    [
        (USUAL, Parts(0, 0, 0, 0)),
        (Funnel(20, 10, 5, 50 * K), Parts(-50 * K, 0, 0, 0)),
        (Funnel(40, 20, 5, 50 * K), Parts(0, -50 * K, 0, 0)),
        (Funnel(40, 20, 10, 50 * K), Parts(0, 0, -50 * K, 0)),
        (Funnel(40, 10, 5, 50 * K), Parts(0, 0, 0, -50 * K)),
        (Funnel(), Parts(-100 * K, 0, 0, 0)),
        (Funnel(40), Parts(0, 0, 0, -100 * K)),
        (Funnel(40, 20), Parts(0, -100 * K, 0, 0)),
    ],
)
def test_where_one_thing_alone_changed_it_has_the_whole_gap(actual: Funnel, parts: Parts) -> None:
    assert decompose(actual, USUAL, 100 * K) == parts


def test_two_changes_share_what_they_do_together() -> None:
    """Half the opportunities at half the size: 100k become 25k, and each has half of what is gone."""
    assert decompose(Funnel(20, 10, 5, 25 * K), USUAL, 100 * K) == Parts(-3750000, 0, -3750000, 0)


def test_a_target_of_twice_the_usual_asks_for_twice_the_opportunities() -> None:
    assert decompose(USUAL, USUAL, 200 * K) == Parts(-100 * K, 0, 0, 0)


def test_where_nothing_is_usual_all_is_for_the_opportunities() -> None:
    assert decompose(Funnel(3, 2, 1, 700), Funnel(5), 0) == Parts(700, 0, 0, 0)


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    opportunities = draw(st.integers(0, 9_000))
    decided = draw(st.integers(0, opportunities))
    won = draw(st.integers(0, decided))
    return Funnel(opportunities, decided, won, draw(st.integers(0, 10**13)) if won else 0)


@given(funnels(), funnels(), st.integers(0, 10**13))
def test_the_parts_always_sum_to_the_gap(actual: Funnel, usual: Funnel, expected: int) -> None:
    parts = decompose(actual, usual, expected)
    assert sum(astuple(parts)) == actual.revenue_minor - expected


@pytest.fixture
def mia(sqlite_database: Database) -> Actor:
    """In the autumn Ada sold two deals of 20k and lost two; Mia sold one of 30k, and won none this winter."""
    ada = quarter.set_up()
    mia = add_person("Mia Berg")
    widget, gadget = add_product("Widget", "1"), add_product("Gadget", "1")
    deal(ada, AUTUMN - timedelta(days=12), AUTUMN - timedelta(days=12), 1)
    for number in range(2):
        deal(
            ada,
            AUTUMN,
            AUTUMN + timedelta(days=9),
            20,
            lines=(Line(widget, 1, 5 * K), Line(gadget, 1, 15 * K)),
        )
        deal(ada, AUTUMN + timedelta(days=number), AUTUMN + timedelta(days=9), None)
    deal(mia, AUTUMN, AUTUMN + timedelta(days=9), 30)
    deal(ada, WINTER, WINTER + timedelta(days=9), 20, lines=(Line(widget, 1),))
    deal(ada, WINTER, WINTER + timedelta(days=9), None)
    deal(mia, WINTER, None, 90)
    return mia


def deal(
    owner: Actor, opened: date, closed: date | None, value: int | None, lines: tuple[Line, ...] = ()
) -> int:
    """A deal of somebody's, won with a value in thousands, lost without one, open without an end."""
    now = at(closed or opened)
    made = add_deal(None, f"{value or 10}k", by=owner, now=now, title="x", opened_on=opened, lines=lines)
    if closed and value:
        pipeline.win_deal(owner, made, now=now)
    elif closed:
        pipeline.lose_deal(owner, made, reason="price", now=now)
    return made


def split(goal: int, by: causes.By | None = None, today: date = AFTERWARDS) -> Causes:
    found = causes.causes(standing_of(goal, today), by)
    assert found.whole.actual.revenue_minor == standing_of(goal, today).value
    for one in (found.whole, *found.rows):
        assert sum(astuple(one.parts)) == one.gap_minor
    if found.rows:
        assert sum(one.gap_minor for one in found.rows) == found.whole.gap_minor
        assert sum(one.expected_minor for one in found.rows) == found.whole.expected_minor
    return found


def test_the_gap_of_a_goal_is_split_by_cause_and_by_person(mia: Actor) -> None:
    found = split(goal_of("revenue", 70 * K), "person")
    assert (found.against, found.compared) == ("target", ("2025-Q4",))
    assert (found.whole.actual, found.whole.usual) == (Funnel(3, 2, 1, 20 * K), Funnel(5, 5, 3, 70 * K))
    assert (found.whole.gap_minor, found.whole.opportunities_wanted) == (-50 * K, 5)
    assert min(astuple(found.whole.parts)) == found.whole.parts.opportunities
    rows = {one.name: one for one in found.rows}
    assert rows["Mia Berg"].parts == Parts(0, 0, 0, -30 * K), "hers is not lost, only late"
    assert (rows["Ada Marsh"].expected_minor, rows["Ada Marsh"].gap_minor) == (40 * K, -20 * K)
    assert rows["Ada Marsh"].parts == Parts(-20 * K, 0, 0, 0)


def test_the_gap_by_product_and_by_stage_sums_to_the_same(mia: Actor) -> None:
    goal = goal_of("revenue", 70 * K)
    by_product = {one.name: one for one in split(goal, "product").rows}
    assert {name: one.gap_minor for name, one in by_product.items()} == {
        "(no product)": -30 * K,
        "Gadget": -30 * K,
        "Widget": 10 * K,
    }
    assert [(one.name, one.gap_minor) for one in split(goal, "stage").rows] == [("Target", -50 * K)]


def test_while_it_runs_it_is_held_against_the_pace_and_against_as_much_of_the_time_before(mia: Actor) -> None:
    own = goal_of("revenue", 90 * K, Scope(person=mia.id))
    found = split(own, today=date(2026, 1, 30))
    assert (found.against, found.whole.expected_minor) == ("pace", 30 * K)
    assert (found.whole.actual, found.whole.usual) == (Funnel(1), Funnel(1, 1, 1, 30 * K))


def test_what_can_not_be_split_is_refused_with_a_reason(mia: Actor) -> None:
    for goal, today, why in (
        (goal_of("sales", 3), AFTERWARDS, "only what is missing of revenue"),
        (goal_of("revenue", 3 * K), date(2025, 12, 30), "has not begun"),
        (goal_of("revenue", 3 * K), date(2026, 1, 3), "had brought nothing by then"),
        (goal_of("revenue", 3 * K, Scope(person=add_person("Jon").id)), AFTERWARDS, "not enough history"),
    ):
        with pytest.raises(Refused, match=why):
            causes.causes(standing_of(goal, today))
    assert goals.goals()
