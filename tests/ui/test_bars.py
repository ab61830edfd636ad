"""A goal's bar: every part of it has a shape of its own, and says in words what it shows."""

from fractions import Fraction

import pytest

from salesboard.ui.bars import Bar, beside_pace, chance, drawn, per_day, per_day_in_full, signed


def bar(value: int, width: int = 20, **more: object) -> str:
    """A bar with a target of 100, as text."""
    return "".join(text for _, text in drawn(Bar(value, 100, **more), width))  # type: ignore[arg-type]


def test_what_is_done_is_heavy_and_the_rest_light() -> None:
    assert bar(0) == "───────────────────┤"
    assert bar(50) == "━━━━━━━━━━─────────┤"
    assert bar(100) == "━━━━━━━━━━━━━━━━━━━┥"


def test_beyond_the_target_the_bar_is_full() -> None:
    assert bar(250) == bar(100)
    assert bar(250, likely=400, expected=900, marks=(30,))[-1] in "┥┿"


def test_something_is_seen_of_little_and_little_is_seen_to_lack() -> None:
    assert bar(1).startswith("━─")
    assert bar(99).endswith("━┤")
    assert bar(-5) == bar(0)


def test_where_it_should_be_today_is_a_tick_in_what_is_done_or_beyond_it() -> None:
    assert bar(50, expected=25) == "━━━━┿━━━━━─────────┤"
    assert bar(50, expected=75) == "━━━━━━━━━━────│────┤"
    assert bar(50, expected=0)[0] == "┿"
    assert bar(50, expected=100)[-1] == "│"
    assert bar(50, expected=300) == bar(50, expected=100)


def test_milestones_are_marks_on_the_way() -> None:
    assert bar(50, marks=(30, 60)) == "━━━━━┼━━━━─┼───────┤"


def test_what_is_likely_to_come_has_its_own_shape() -> None:
    assert bar(50, likely=75) == "━━━━━━━━━━╾╾╾╾╾────┤"
    assert bar(50, likely=40) == bar(50)
    assert bar(50, likely=500).startswith("━━━━━━━━━━╾╾╾╾╾╾╾╾╾")


@pytest.mark.parametrize("width", [1, 2, 3, 7, 14, 48, 200])
@pytest.mark.parametrize("value", [-10, 0, 1, 37, 99, 100, 1_000])
def test_a_bar_is_as_wide_as_it_is_asked_to_be(value: int, width: int) -> None:
    assert len(bar(value, width, expected=55, likely=80, marks=(1, 30, 60, 99))) == width
    assert drawn(Bar(value, 100), 0) == []


def test_every_sign_can_be_told_from_the_others_without_colours() -> None:
    everything = bar(40, 40, expected=60, likely=80, marks=(20, 90)) + bar(60, 40, expected=30) + bar(100)
    assert set(everything) == set("━┿┥╾─│┼┤")


def test_odds_are_never_called_certain_that_are_not() -> None:
    assert [chance(odds) for odds in (None, 0.0, 0.004, 0.81, 0.999, 1.0)] == [
        "–",
        "0 %",
        "<1 %",
        "81 %",
        ">99 %",
        "100 %",
    ]


def test_what_is_needed_is_rounded_up() -> None:
    assert per_day_in_full(Fraction(13_000_00), "revenue", "USD") == "13,000"
    assert per_day_in_full(Fraction(13_000_01), "revenue", "USD") == "13,001"
    assert per_day_in_full(Fraction(7, 5), "sales", "USD") == "1.4"
    assert per_day(Fraction(490_000), "revenue", "USD") == "4.9k/day"


def test_amounts_beside_the_pace_have_a_sign() -> None:
    assert [signed(amount, "revenue", "USD") for amount in (1_800_000, 0, -1_200_000)] == [
        "+18k",
        "±0",
        "−12k",
    ]


def test_the_pace_is_told_in_whole_units() -> None:
    assert beside_pace(-5_500_000, "revenue", "USD") == "55,000 behind pace"
    assert beside_pace(4_234_133, "revenue", "USD") == "42,341 ahead of pace"
    assert beside_pace(33, "revenue", "USD") == "0.33 ahead of pace"
    assert beside_pace(-3, "sales", "USD") == "3 behind pace"
    assert beside_pace(0, "sales", "USD") == "on pace"
    assert beside_pace(-1_200_000, "revenue", "USD", short=True) == "12k behind pace"
