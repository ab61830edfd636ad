"""The odds of closing a gap: exact where history is, and moved by whatever should move them."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesboard.domain.likelihood import Course, Visit
from salesboard.domain.odds import Company, Outlook
from salesboard.domain.rhythm import Sale

TODAY = date(2026, 9, 30)
K = 100_000
"""A thousand, in minor units."""
BY_HAND = {"target": 5, "prospect": 20, "opportunity": 50}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def weekly(amounts: Iterable[int], days_ago: int = 2) -> list[Sale]:
    """One sale in each of the last weeks, the first so many days ago."""
    return [Sale(ago(days_ago + 7 * week), amount) for week, amount in enumerate(amounts)]


def open_deal(amount: int | None, weeks: int = 3, kind: str = "opportunity") -> Course:
    return Course((Visit(kind, ago(7 * weeks), None, None),), amount)


def closed_deal(into: str, came: int, went: int, amount: int | None = 20 * K) -> Course:
    """A deal that was an opportunity from so many days ago to so many."""
    return Course((Visit("opportunity", ago(came), ago(went), into),), amount)


def company(sales: list[Sale], courses: list[Course] | None = None, fiscal_start: int = 1) -> Company:
    return Company(TODAY, sales, courses or [], fiscal_start=fiscal_start, by_hand=BY_HAND)


def outlook(sales: list[Sale], courses: list[Course] | None = None) -> Outlook:
    return Outlook(company(sales, courses))


# --- a constant history -------------------------------------------------------------------------------------


@pytest.mark.parametrize("days_ago", range(7))
def test_a_constant_history_goes_on_exactly(days_ago: int) -> None:
    found = outlook(weekly([20 * K] * 26, days_ago))
    assert found.chances(ahead(35), [100 * K, 100 * K + K // 100]) == [1.0, 0.0]
    assert found.range(ahead(35), so_far=7 * K) is not None
    assert found.range(ahead(35), so_far=7 * K).middle == 107 * K  # type: ignore[union-attr]


def test_what_was_before_half_a_year_does_not_touch_it() -> None:
    wild = [amount * K for amount in (90, 0, 3, 400, 0, 0, 17, 60) * 6]
    found = outlook(weekly([20 * K] * 26 + wild))
    assert found.chances(ahead(35), [100 * K, 100 * K + 1]) == [1.0, 0.0]


def test_open_deals_do_not_touch_it() -> None:
    closed = [closed_deal("won", 40 + 7 * week, 2 + 7 * week) for week in range(26)]
    found = outlook(weekly([20 * K] * 26), [*closed, *[open_deal(500 * K)] * 9])
    assert found.trust_in_deals == 0
    assert found.chances(ahead(35), [100 * K, 100 * K + 1]) == [1.0, 0.0]


def test_it_holds_for_a_team_whatever_the_others_do() -> None:
    others = weekly([amount * K for amount in (5, 80, 0, 33, 61, 7, 40, 90, 2, 55, 12, 70, 28) * 2], 4)
    own = weekly([20 * K] * 26)
    found = Outlook(company(own + others), own, [])
    assert found.chances(ahead(35), [100 * K, 100 * K + 1]) == [1.0, 0.0]


def test_a_constant_number_of_sales_is_a_history_too() -> None:
    found = outlook(weekly([1] * 26))
    assert found.chances(ahead(35), [5, 6]) == [1.0, 0.0]


def test_days_beyond_whole_weeks_go_like_the_same_weekdays() -> None:
    # A sale every seven days, the next one in five: six days hold it, four do not.
    found = outlook(weekly([20 * K] * 26))
    assert [found.chance(ahead(days), 20 * K) for days in (4, 5, 6, 7)] == [0.0, 1.0, 1.0, 1.0]


def test_control_one_other_week_and_it_is_not_sure_any_more() -> None:
    found = outlook(weekly([20 * K] * 12 + [50 * K] + [20 * K] * 13))
    enough, more = found.chances(ahead(35), [100 * K, 100 * K + 1])
    assert enough is not None and more is not None
    assert 0 < more <= enough < 1


# --- what can always be said --------------------------------------------------------------------------------


def test_closed_overdue_and_unknown_gaps() -> None:
    found = outlook(weekly([20 * K] * 26))
    assert found.chances(ahead(35), [0, -5]) == [1.0, 1.0]
    assert found.chances(TODAY, [1]) == [0.0]
    assert found.chances(ago(9), [1, 0]) == [0.0, 1.0]
    for silent in (outlook([]), outlook(weekly([20 * K] * 4)), outlook(weekly([0] * 26))):
        assert silent.rhythm is None
        assert silent.chances(ahead(35), [100, 0]) == [None, 1.0]
        assert silent.chance(TODAY, 100) == 0
        assert silent.range(ahead(35)) is None
    assert outlook(weekly([20 * K] * 5)).chance(ahead(35), 90 * K) is not None


AMOUNTS = st.lists(st.integers(0, 10**12), min_size=6, max_size=40)


@settings(max_examples=25)
@given(AMOUNTS, st.lists(st.integers(0, 10**12), max_size=20), st.integers(1, 400))
def test_any_history_gives_odds_that_fall_with_the_gap(
    sold: list[int], pending: list[int], days: int
) -> None:
    deals = [closed_deal("won", 30 + 7 * week, 2 + 7 * week, amount) for week, amount in enumerate(sold)]
    found = outlook(weekly(sold), deals + [open_deal(amount) for amount in pending])
    if not any(sold[: len(found.rhythm.weeks) if found.rhythm else 0]):
        return
    chances = found.chances(ahead(days), [0, 1, 10**9, 10**11, 10**13, 10**16])
    assert all(0 <= other <= one <= 1 for one, other in pairwise(map(float, chances)))  # type: ignore[arg-type]
    spread = found.range(ahead(days))
    assert spread is not None and 0 <= spread.low <= spread.middle <= spread.high


def test_the_same_data_give_the_same_number() -> None:
    amounts = [amount * K for amount in (5, 80, 0, 33, 61, 7, 40, 90, 2, 55, 12, 70, 28) * 2]
    deals = [closed_deal("won", 40 + 7 * week, 2 + 7 * week) for week in range(26)] + [open_deal(90 * K)] * 5
    gaps = [gap * K for gap in range(0, 600, 50)]
    first, second = (outlook(weekly(amounts), deals).chances(ahead(30), gaps) for _ in range(2))
    assert first == second
    assert [outlook(weekly(amounts), deals).chance(ahead(30), gap) for gap in gaps] == first


# --- what should move them ----------------------------------------------------------------------------------


NOISE = (0.9, 1.15, 1.05, 0.8, 1.1, 0.95, 1.2, 0.85, 1.0, 1.0, 1.1, 0.9, 1.0)


def noisy(levels: Iterable[float]) -> list[int]:
    """Weeks of these levels in thousands, some a little above, some a little below."""
    return [round(level * NOISE[week % len(NOISE)] * K) for week, level in enumerate(levels)]


def likely(found: Outlook, days: int, gap: int) -> float:
    chance = found.chance(ahead(days), gap)
    assert chance is not None
    return chance


def test_a_gap_is_likely_when_such_weeks_close_it() -> None:
    found = outlook(weekly(noisy([20] * 26)))
    assert likely(found, 35, 80 * K) > 0.97
    assert 0.3 < likely(found, 35, 100 * K) < 0.7
    assert likely(found, 35, 120 * K) < 0.03


def test_a_short_history_is_less_sure() -> None:
    short, long = (outlook(weekly(noisy([20] * weeks))) for weeks in (6, 26))
    assert likely(long, 35, 85 * K) > likely(short, 35, 85 * K) > 0.5
    assert likely(long, 35, 115 * K) < likely(short, 35, 115 * K) < 0.5


def test_recent_weeks_count_more() -> None:
    risen, fallen = outlook(weekly(noisy([30] * 8 + [10] * 18))), outlook(weekly(noisy([10] * 8 + [30] * 18)))
    assert likely(risen, 28, 80 * K) > 0.8
    assert likely(fallen, 28, 80 * K) < 0.2


def test_the_last_month_of_a_quarter_is_learnt() -> None:
    # Today a quarter ends: twice the weeks of its last month brought three times as much.
    def level(week: int) -> float:
        month = (TODAY - timedelta(days=7 * week + 3)).month
        return 30 if month % 3 == 0 else 10

    spiky = outlook(weekly(noisy(level(week) for week in range(26))))
    flat = outlook(weekly(noisy([17] * 26)))
    # October is a first month: four weeks of about ten, not of the seventeen that are the average.
    assert likely(spiky, 28, 60 * K) < 0.1 < 0.5 < likely(flat, 28, 60 * K)
    # By the end of the year the next last month is in it.
    assert likely(spiky, 92, 190 * K) > 0.7


def test_a_part_follows_the_calendar_of_the_company() -> None:
    def level(week: int) -> float:
        month = (TODAY - timedelta(days=7 * week + 3)).month
        return 30 if month % 3 == 0 else 10

    others = weekly(noisy(10 * level(week) for week in range(26)), 4)
    own = weekly(noisy(level(week) for week in range(9)))
    alone, within = outlook(own), Outlook(company(own + others), own, [])
    assert likely(within, 28, 70 * K) < likely(alone, 28, 70 * K)


def won_as_they_came(level: int, weeks: int = 30) -> tuple[list[Sale], list[Course]]:
    """Deals that were all won in their fourth week, a varying number of them each week."""
    sales, courses = [], []
    for week in range(weeks):
        for _ in range(1 + week * 7 % 5):
            sales.append(Sale(ago(7 * week + 2), level * K))
            courses.append(closed_deal("won", 7 * week + 2 + 21, 7 * week + 2, level * K))
    return sales, courses


def test_open_deals_count_where_they_foretold_sales_before() -> None:
    sales, courses = won_as_they_came(10)
    lean, rich = (outlook(sales, courses + [open_deal(10 * K, weeks=2)] * deals) for deals in (1, 60))
    assert rich.trust_in_deals == pytest.approx(lean.trust_in_deals, abs=0.05)
    assert rich.trust_in_deals > 0.5
    assert likely(rich, 14, 200 * K) > 0.8
    assert likely(lean, 14, 200 * K) < 0.1


def test_one_great_deal_makes_two_cases() -> None:
    sales, courses = won_as_they_came(10)
    courses += [
        closed_deal("lost", 7 * week + 23, 7 * week + 2, 10 * K) for week in range(30) for _ in range(3)
    ]
    with_it = outlook(sales, [*courses, open_deal(2_000 * K, weeks=2)])
    assert 0.2 < likely(with_it, 14, 1_000 * K * 6 // 10) < 0.8
    assert likely(outlook(sales, courses), 14, 600 * K) < 0.01


def test_what_is_expected_of_open_deals_and_of_new_ones_is_told_apart() -> None:
    sales, courses = won_as_they_came(10)
    without = outlook(sales, courses).range(ahead(14))
    richer = outlook(sales, courses + [open_deal(10 * K, weeks=2)] * 40).range(ahead(14))
    assert without is not None and richer is not None
    assert without.of_open == 0
    assert 300 * K < richer.of_open < 400 * K
    # Deals are won in their fourth week, not before.
    assert without.of_new < 5 * K and richer.of_new < 5 * K


def test_a_deal_without_a_value_counts_like_a_usual_sale() -> None:
    sales, courses = won_as_they_came(10)
    known, unknown = (
        outlook(sales, courses + [open_deal(amount, weeks=2)] * 40).range(ahead(14))
        for amount in (10 * K, None)
    )
    assert known is not None and unknown is not None
    assert unknown.of_open == known.of_open
    assert unknown.middle == pytest.approx(known.middle, rel=0.03)
