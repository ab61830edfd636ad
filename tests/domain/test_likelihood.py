"""How likely deals become sales: shares with their intervals, and life tables with known outcomes."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain.likelihood import Course, Courses, Visit, likelihood, weeks_ago, wilson

TODAY = date(2026, 11, 22)
BY_HAND = {"target": 5, "prospect": 20, "opportunity": 50}


def course(*visits: tuple[str, int, int | None, str | None], amount: int | None = 100) -> Course:
    """A deal that came to stages and left them so many weeks ago."""
    return Course(
        tuple(
            Visit(kind, ago(came), None if went is None else ago(went), into)
            for kind, came, went, into in visits
        ),
        amount,
    )


def ago(weeks: int) -> date:
    return TODAY - timedelta(weeks=weeks, days=3)


def test_the_share_of_won_deals_comes_with_its_interval() -> None:
    found = likelihood(won=6, lost=8, by_hand=50)
    assert (found.percent, found.deals, found.low, found.high) == (43, 14, 21, 67)
    assert str(found) == "43 % (n=14)"


def test_below_eight_deals_what_was_set_by_hand_holds_and_says_so() -> None:
    found = likelihood(won=6, lost=1, by_hand=50)
    assert (found.percent, found.by_hand) == (50, True)
    assert str(found) == "50 % (set by hand: n=7, 8 are needed)"
    assert not likelihood(won=6, lost=2, by_hand=50).by_hand


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_narrows(won: int, lost: int) -> None:
    low, high = wilson(won, won + lost)
    assert 0 <= low <= high <= 1
    if won + lost:
        assert low - 1e-12 <= won / (won + lost) <= high + 1e-12
        twice_low, twice_high = wilson(2 * won, 2 * (won + lost))
        assert twice_high - twice_low < high - low


def test_weeks_are_counted_back_from_today() -> None:
    assert [weeks_ago(TODAY - timedelta(days=days), TODAY) for days in (0, 6, 7, 13, 14)] == [0, 0, 1, 1, 2]


def test_deals_go_on_as_deals_did_at_the_same_age() -> None:
    # Of a hundred, twenty are won in their third week, eighty are lost in their tenth.
    quick = [course(("opportunity", 30, 28, "won"))] * 20
    slow = [course(("opportunity", 30, 21, "lost"))] * 80
    ways = Courses(quick + slow, TODAY, BY_HAND)
    assert ways.won_within("opportunity", 0, 2) == pytest.approx(0, abs=0.01)
    assert ways.won_within("opportunity", 0, 3) == pytest.approx(0.2, abs=0.01)
    assert ways.won_within("opportunity", 0, 20) == pytest.approx(0.2, abs=0.02)
    assert ways.won_within("opportunity", 2, 1) == pytest.approx(0.2, abs=0.01)
    # Who is still there after the third week is not won any more.
    assert ways.won_within("opportunity", 3, 10) == pytest.approx(0, abs=0.02)


def test_a_deal_is_won_by_way_of_the_stages_that_follow() -> None:
    # Half of the prospects move on in their fifth week, and all that did are won two weeks later.
    on = [course(("prospect", 30, 26, "opportunity"), ("opportunity", 26, 24, "won"))] * 50
    off = [course(("prospect", 30, 26, "disqualified"))] * 50
    ways = Courses(on + off, TODAY, BY_HAND)
    assert ways.won_within("prospect", 0, 6) == pytest.approx(0, abs=0.03)
    assert ways.won_within("prospect", 0, 8) == pytest.approx(0.5, abs=0.03)
    assert ways.new_won_within(8) == ways.won_within("prospect", 0, 8)
    assert ways.won_within("opportunity", 2, 1) == pytest.approx(1, abs=0.03)


def test_deals_that_are_still_open_count_for_the_weeks_they_were_there() -> None:
    won = [course(("opportunity", 30, 27, "won"))] * 100
    waiting = [course(("opportunity", 1, None, None))] * 1000
    without, crowded = (Courses(deals, TODAY, BY_HAND) for deals in (won, won + waiting))
    # They have not come to the week in which the others were won, and say nothing about it.
    assert crowded.won_within("opportunity", 3, 1) == pytest.approx(
        without.won_within("opportunity", 3, 1), abs=0.01
    )
    assert crowded.won_within("opportunity", 0, 2) < 0.01


def test_a_stage_with_few_closed_deals_ends_as_others_do_and_is_won_as_set_by_hand() -> None:
    known = [course(("opportunity", 40, 38, "won"))] * 30 + [course(("opportunity", 40, 38, "lost"))] * 30
    ways = Courses([*known, course(("prospect", 40, 30, "lost"))], TODAY, BY_HAND)
    assert ways.won_within("prospect", 0, 20) == pytest.approx(0.20, abs=0.02)
    assert ways.won_within("target", 0, 20) == pytest.approx(0.05, abs=0.01)
    assert Courses([], TODAY, BY_HAND).won_within("target", 0, 20) == 0
    assert Courses([], TODAY, BY_HAND).new_won_within(20) == 0


VISITS = st.lists(
    st.tuples(
        st.sampled_from(list(BY_HAND)),
        st.integers(0, 60),
        st.sampled_from(["won", "lost", "disqualified", None]),
    ),
    max_size=30,
)


@given(VISITS, st.sampled_from(list(BY_HAND)), st.integers(0, 60))
def test_any_deals_give_likelihoods_that_grow_with_time(
    visits: list[tuple[str, int, str | None]], kind: str, before: int
) -> None:
    deals = [course((kind, came, None if into is None else came // 2, into)) for kind, came, into in visits]
    ways = Courses(deals, TODAY, BY_HAND)
    chances = [ways.won_within(kind, before, weeks) for weeks in (0, 1, 4, 13, 52)]
    assert chances[0] == 0
    assert all(one <= other + 1e-9 for one, other in pairwise(chances))
    assert chances[-1] <= 1 + 1e-9
