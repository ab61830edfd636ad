"""Ladders: what six wins come to in both readings, the pace between rungs, targets split exactly."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from salesboard.domain import ladders
from salesboard.domain.ladders import Gain, How, PersonalProposal, Profile, Reading, Rung
from salesboard.domain.periods import Period, periods_between
from salesboard.errors import Refused

K = 1_000_00
START, END = date(2026, 1, 1), date(2026, 4, 1)
AFTERWARDS = date(2026, 4, 2)
JANUARY_ENDS, FEBRUARY_ENDS, MARCH_ENDS = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
WINS = [
    Gain(date(2026, 1, 9), 60 * K, subject=1, seq=1),
    Gain(date(2026, 1, 22), 70 * K, subject=2, seq=2),
    Gain(date(2026, 2, 3), 40 * K, subject=3, seq=3),
    Gain(date(2026, 2, 17), 120 * K, subject=4, seq=4),
    Gain(date(2026, 3, 5), 150 * K, subject=5, seq=5),
    Gain(date(2026, 3, 30), 80 * K, subject=6, seq=6),
]


def ladder(
    *thresholds: int, dues: Sequence[date | None] = (JANUARY_ENDS, FEBRUARY_ENDS, MARCH_ENDS)
) -> list[Rung]:
    return [
        Rung(f"Month {place}", due, threshold)
        for place, (due, threshold) in enumerate(zip(dues, thresholds, strict=True), start=1)
    ]


CUMULATIVE = ladder(150 * K, 300 * K, 500 * K)
PER_PERIOD = ladder(150 * K, 150 * K, 200 * K)


def stand(rungs=CUMULATIVE, gains=WINS, *, today=AFTERWARDS, reading="cumulative", announced=None):
    return ladders.standing(rungs, gains, start=START, today=today, reading=reading, announced=announced)


def pace(rungs=CUMULATIVE, gains=WINS, *, today, reading="cumulative", **choices):
    return ladders.pace(rungs, gains, start=START, today=today, reading=reading, **choices)


# --- worked example 1: how the rungs stand ------------------------------------------------------------------


def test_the_quarter_read_cumulatively():
    january, february, march = stand()

    assert (january.value_on_due, january.short_on_due) == (130 * K, 20 * K)
    assert (january.status, january.days_late) == ("late", 3)
    assert (january.reached_on, january.crossed_by) == (date(2026, 2, 3), WINS[2])

    assert (february.value_on_due, february.short_on_due) == (290 * K, 10 * K)
    assert (february.status, february.days_late) == ("late", 5)
    assert (february.reached_on, february.crossed_by) == (date(2026, 3, 5), WINS[4])

    assert march.value_on_due == 520 * K
    assert (march.status, march.days_late, march.overshoot) == ("reached", -1, 20 * K)
    assert (march.reached_on, march.crossed_by) == (date(2026, 3, 30), WINS[5])


def test_the_same_wins_read_per_period_give_other_verdicts():
    january, february, march = stand(PER_PERIOD, reading="per period")
    assert (january.status, january.value_now, january.percent) == ("missed", 130 * K, 86.7)
    assert (february.status, february.value_now, february.percent) == ("reached", 160 * K, 106.7)
    assert february.reached_on == date(2026, 2, 17)
    assert (march.status, march.value_now, march.percent) == ("reached", 230 * K, 115.0)
    assert march.reached_on == date(2026, 3, 30)


def test_both_readings_are_the_same_ladder():
    assert ladders.both_readings(CUMULATIVE, "cumulative") == {
        "cumulative": tuple(CUMULATIVE),
        "per period": tuple(PER_PERIOD),
    }
    assert ladders.both_readings(PER_PERIOD, "per period") == ladders.both_readings(CUMULATIVE, "cumulative")
    assert ladders.fitting_reading(CUMULATIVE, 500 * K) == "cumulative"
    assert ladders.fitting_reading(PER_PERIOD, 500 * K) == "per period"
    assert ladders.fitting_reading(PER_PERIOD, 400 * K) is None


def test_the_end_of_14_february():
    found = pace(today=date(2026, 2, 14))
    assert (found.expected, found.actual, found.ahead) == (225 * K, 170 * K, -55 * K)
    assert found.percent == 75.6
    assert (found.next_rung, found.gap) == (CUMULATIVE[1], 130 * K)
    assert (found.working_days_left, found.needed_per_working_day) == (10, 13 * K)


# --- statuses -----------------------------------------------------------------------------------------------


def test_a_rung_is_missed_when_its_due_date_is_over_and_not_before():
    on_the_day, the_day_after = stand(today=JANUARY_ENDS)[0], stand(today=date(2026, 2, 1))[0]
    assert (on_the_day.status, on_the_day.value_on_due, on_the_day.missing) == ("open", None, 20 * K)
    assert (the_day_after.status, the_day_after.value_on_due) == ("missed", 130 * K)


def test_a_gain_on_the_due_date_is_in_time():
    (found,) = stand([CUMULATIVE[0]], [Gain(JANUARY_ENDS, 150 * K, 1, 1)])
    assert (found.status, found.days_late, found.overshoot, found.missing) == ("reached", 0, 0, 0)


def test_what_is_dated_after_today_does_not_count():
    before, on_the_day = stand(today=date(2026, 3, 29))[2], stand(today=date(2026, 3, 30))[2]
    assert (before.status, before.value_now) == ("open", 440 * K)
    assert (on_the_day.status, on_the_day.value_now) == ("reached", 520 * K)


def test_what_is_dated_before_the_window_does_not_count():
    earlier = Gain(date(2025, 12, 31), 900 * K, 9, 9)
    assert stand(gains=[earlier, *WINS]) == stand()
    assert stand(gains=[replace(earlier, on=START), *WINS]) != stand()


def test_one_sale_may_cross_several_rungs():
    whale = Gain(date(2026, 1, 20), 400 * K, 7, 1)
    january, february, march = stand(gains=[whale], today=date(2026, 1, 20))
    assert january.crossed_by == february.crossed_by == whale
    assert (january.overshoot, february.overshoot) == (250 * K, 100 * K)
    assert march.status == "open"


def test_of_two_sales_on_a_day_the_later_one_crosses():
    day = date(2026, 1, 20)
    first, second = Gain(day, 100 * K, 8, seq=1), Gain(day, 100 * K, 7, seq=2)
    assert stand(gains=[second, first])[0].crossed_by == second


def test_a_back_dated_sale_turns_a_missed_rung_into_a_reached_one():
    day = date(2026, 2, 2)
    assert stand(today=day)[0].status == "missed"
    (january, *_) = stand(gains=[*WINS, Gain(date(2026, 1, 28), 20 * K, 9, 9)], today=day)
    assert (january.status, january.reached_on, january.days_late) == ("reached", date(2026, 1, 28), -3)


def test_a_sale_taken_back_reverses_what_was_announced():
    announced = {place: found.reached_on for place, found in enumerate(stand())}
    without_the_largest = [gain for gain in WINS if gain.subject != 5]
    january, february, march = stand(gains=without_the_largest, announced=announced)
    assert (january.status, january.was_reached_on) == ("late", date(2026, 2, 3))
    assert (february.status, february.reached_on) == ("late", date(2026, 3, 30))
    assert february.was_reached_on == date(2026, 3, 5)
    assert (march.status, march.reached_on, march.missing) == ("reversed", None, 130 * K)
    assert march.was_reached_on == date(2026, 3, 30)
    assert stand(gains=without_the_largest)[2].status == "missed"


def test_an_open_ended_rung_is_never_missed_and_has_no_pace():
    hundredth = [Rung("Client no. 100", None, 100)]
    clients = [Gain(START + timedelta(days=day), 1, day, day) for day in range(100)]
    (before,) = ladders.standing(
        hundredth, clients[:99], start=START, today=date(2099, 1, 1), reading="cumulative"
    )
    (after,) = ladders.standing(hundredth, clients, start=START, today=date(2099, 1, 1), reading="cumulative")
    assert (before.status, before.missing, before.value_on_due) == ("open", 1, None)
    assert (after.status, after.crossed_by, after.days_late) == ("reached", clients[99], None)
    assert pace(hundredth, clients, today=END) is None


def test_no_gains_at_all():
    assert {found.status for found in stand(gains=[])} == {"missed"}
    assert {found.status for found in stand(gains=[], today=START)} == {"open"}


# --- a ladder that can be climbed ---------------------------------------------------------------------------


@pytest.mark.parametrize(("rungs", "reading"), [(CUMULATIVE, "cumulative"), (PER_PERIOD, "per period")])
def test_a_ladder_that_can_be_climbed(rungs, reading):
    ladders.check_ladder(rungs, 500 * K, START, reading, end=END)


@pytest.mark.parametrize(
    ("rungs", "reading", "why"),
    [
        ([], "cumulative", "at least one rung"),
        (CUMULATIVE, "per period", "sum to 95000000, the goal 50000000"),
        (PER_PERIOD, "cumulative", "“Month 2” does not rise"),
        (ladder(150 * K, 300 * K, 480 * K), "cumulative", "last rung is 48000000, the goal 50000000"),
        (ladder(0, 300 * K, 500 * K), "cumulative", "“Month 1” does not rise"),
        (ladder(0, 300 * K, 200 * K), "per period", "“Month 1” asks for nothing"),
        (ladder(300 * K, 500 * K, dues=[FEBRUARY_ENDS, JANUARY_ENDS]), "cumulative", "“Month 2” is not due"),
        (ladder(300 * K, 500 * K, dues=[FEBRUARY_ENDS, FEBRUARY_ENDS]), "cumulative", "due dates rise"),
        (ladder(300 * K, 500 * K, dues=[None, FEBRUARY_ENDS]), "cumulative", "“Month 2” is not due"),
        (ladder(300 * K, 200 * K, dues=[FEBRUARY_ENDS, None]), "per period", "“Month 2” has no due date"),
        (ladder(500 * K, dues=[END]), "cumulative", "outside the goal.s 2026-01-01 to 2026-03-31"),
        (ladder(500 * K, dues=[date(2025, 12, 31)]), "cumulative", "outside the goal's"),
    ],
)
def test_ladders_that_can_not_be_climbed_are_refused(rungs, reading, why):
    with pytest.raises(Refused, match=why) as refusal:
        ladders.check_ladder(rungs, 500 * K, START, reading, end=END)
    assert "\n" not in str(refusal.value)


def test_a_refusal_shows_amounts_as_asked():
    with pytest.raises(Refused, match="last rung is 500k, the goal 600k"):
        ladders.check_ladder(CUMULATIVE, 600 * K, START, "cumulative", show=lambda minor: f"{minor // K}k")


def test_open_ended_rungs_may_follow_dated_ones():
    rungs = ladder(300 * K, 500 * K, dues=[FEBRUARY_ENDS, None])
    ladders.check_ladder(rungs, 500 * K, START, "cumulative", end=END)
    assert pace(rungs, today=date(2026, 3, 30)).percent == pytest.approx(173.3)


# --- pace ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 12, 31), 0),
        (JANUARY_ENDS, 150 * K),
        (FEBRUARY_ENDS, 300 * K),
        (date(2026, 3, 31), 500 * K),
        (date(2026, 12, 31), 500 * K),
    ],
)
def test_on_a_due_date_its_threshold_is_expected(today, expected):
    assert pace(today=today).expected == expected
    assert pace(today=today, working=True).expected == expected


def test_before_the_window_nothing_is_expected():
    found = pace(today=date(2025, 12, 31))
    assert (found.expected, found.actual, found.percent) == (0, 0, None)


def test_per_period_the_pace_is_that_of_the_period():
    found = pace(PER_PERIOD, today=date(2026, 2, 14), reading="per period")
    assert (found.expected, found.actual, found.gap) == (75 * K, 40 * K, 110 * K)
    assert (found.next_rung, found.needed_per_working_day) == (PER_PERIOD[1], 11 * K)


def test_by_working_days_a_weekend_expects_nothing():
    friday, saturday, sunday = (pace(today=date(2026, 2, day), working=True).expected for day in (13, 14, 15))
    assert friday == saturday == sunday == 150 * K + 150 * K // 2
    assert pace(today=date(2026, 2, 13)).expected < pace(today=date(2026, 2, 15)).expected


def test_holidays_are_no_working_days():
    holidays = {date(2026, 2, 18), date(2026, 2, 21), date(2026, 4, 3)}
    assert ladders.working_days_left(date(2026, 2, 14), FEBRUARY_ENDS) == 10
    assert ladders.working_days_left(date(2026, 2, 14), FEBRUARY_ENDS, holidays) == 9
    assert ladders.working_days_left(date(2026, 2, 16), FEBRUARY_ENDS) == 9
    found = pace(today=date(2026, 2, 14), working=True, holidays=holidays)
    assert found.expected == 150 * K + round(150 * K * 10 / 19)
    assert found.needed_per_working_day == Fraction(130 * K, 9)


def test_what_is_needed_when_no_day_is_left():
    assert ladders.needed_per_working_day(1, FEBRUARY_ENDS, FEBRUARY_ENDS) is None
    assert ladders.needed_per_working_day(0, FEBRUARY_ENDS, FEBRUARY_ENDS) == 0
    assert ladders.needed_per_working_day(5, date(2026, 2, 14), FEBRUARY_ENDS) == Fraction(1, 2)


def test_an_overdue_rung_is_not_the_next_one():
    found = pace(today=date(2026, 3, 2))
    assert (found.next_rung, found.gap) == (CUMULATIVE[2], 210 * K)


def test_after_the_last_rung_nothing_is_next():
    reached, missed = pace(today=AFTERWARDS), pace(gains=WINS[:5], today=AFTERWARDS)
    assert (reached.next_rung, reached.gap, reached.percent) == (None, 0, 104.0)
    assert (missed.next_rung, missed.gap, missed.percent) == (None, 0, 88.0)


def test_a_period_without_a_working_day_is_counted_by_calendar_days():
    weekend = [Rung("Fair", date(2026, 2, 15), 100)]
    found = ladders.pace(
        weekend, [], start=date(2026, 2, 14), today=date(2026, 2, 14), reading="cumulative", working=True
    )
    assert found and found.expected == 50


# --- break-down ---------------------------------------------------------------------------------------------


def proposed(how: How, target: int = 500 * K, **choices) -> list[int]:
    return [rung.threshold for rung in ladders.propose(target, START, END, how, **choices)]


def months_of(years: dict[int, list[int]]) -> dict[Period, int]:
    """Sales of the first months of each year, zero in the others."""
    return {
        month: values[place] if place < len(values) else 0
        for year, values in years.items()
        for place, month in enumerate(periods_between("month", date(year, 1, 1), date(year + 1, 1, 1)))
    }


def test_an_even_ladder_has_a_rung_at_the_end_of_each_month():
    rungs = ladders.propose(600 * K, START, END, "even")
    assert rungs == tuple(ladder(200 * K, 400 * K, 600 * K))
    assert ladders.propose(600 * K, START, END, "even", reading="per period") == tuple(
        ladder(200 * K, 200 * K, 200 * K)
    )


def test_by_working_days_of_22_20_and_22():
    assert proposed("working days", 640 * K) == [220 * K, 420 * K, 640 * K]
    new_year = {date(2026, 1, 1), date(2026, 1, 6)}
    assert proposed("working days", 620 * K, holidays=new_year) == [200 * K, 400 * K, 620 * K]


def test_front_and_back_loaded():
    assert proposed("front", 600 * K) == [300 * K, 500 * K, 600 * K]
    assert proposed("back", 600 * K) == [100 * K, 300 * K, 600 * K]


def test_by_the_seasons_of_two_or_three_years():
    two = months_of({2024: [10, 20, 10], 2025: [10, 30, 20]})
    assert proposed("seasonal", 100 * K, history=two) == [20 * K, 70 * K, 100 * K]
    three = two | months_of({2023: [80, 10, 10]})
    assert proposed("seasonal", 200 * K, history=three) == [100 * K, 160 * K, 200 * K]


def test_a_season_with_a_gap_in_its_history_does_not_count():
    history = months_of({2023: [10, 10, 10], 2024: [10, 20, 10], 2025: [90, 0, 0]})
    del history[next(month for month in history if month.name == "2025-03")]
    assert proposed("seasonal", 70 * K, history=history) == [20 * K, 50 * K, 70 * K]
    with pytest.raises(Refused, match="needs 2 whole years of history, here are 1"):
        proposed("seasonal", history=months_of({2025: [1, 2, 3]}))
    with pytest.raises(Refused, match="no sales in these days"):
        proposed("seasonal", history=months_of({2024: [], 2025: []}))


def test_weeks_take_their_part_of_a_month():
    weeks = {week: 70 for week in periods_between("week", date(2023, 12, 1), date(2026, 1, 8))}
    # Evenly sold: the days of a leap year's quarter and a common one's.
    assert proposed("seasonal", 181, history=weeks) == [31 + 31, 31 + 31 + 29 + 28, 181]


def test_a_month_in_which_nothing_is_sold_has_no_rung():
    history = months_of({2024: [30, 0, 10], 2025: [30, 0, 10]})
    rungs = ladders.propose(100 * K, START, END, "seasonal", history=history)
    assert [(rung.label, rung.threshold) for rung in rungs] == [("Month 1", 75 * K), ("Month 3", 100 * K)]


def test_rounding_keeps_the_last_rung_exact():
    assert proposed("even", 499_999, round_to=50_000) == [150_000, 350_000, 499_999]
    parts = ladders.propose(499_999, START, END, "even", round_to=50_000, reading="per period")
    assert [part.threshold for part in parts] == [150_000, 200_000, 149_999]


def test_a_window_in_steps_of_its_own():
    rungs = ladders.propose(100, date(2026, 1, 15), date(2026, 1, 25), "even", steps=2)
    assert [(rung.label, rung.due_on) for rung in rungs] == [
        ("Step 1", date(2026, 1, 19)),
        ("Step 2", date(2026, 1, 24)),
    ]


@pytest.mark.parametrize(
    ("target", "start", "end", "choices", "why"),
    [
        (0, START, END, {}, "above zero"),
        (1, START, END, {"round_to": 0}, "above zero"),
        (1, START, START, {}, "before it starts"),
        (1, START, END, {"steps": 0}, "from 1 to 90 rungs, not 0"),
        (1, START, END, {"steps": 91}, "from 1 to 90 rungs, not 91"),
    ],
)
def test_what_can_not_be_broken_down(target, start, end, choices, why):
    with pytest.raises(Refused, match=why):
        ladders.propose(target, start, end, "even", **choices)


def test_a_window_without_working_days():
    with pytest.raises(Refused, match="no working day"):
        ladders.propose(5, date(2026, 2, 14), date(2026, 2, 16), "working days")


# --- worked example 8 and people ----------------------------------------------------------------------------


def test_company_teams_and_people():
    company = ladders.roll_up(500 * K, [300 * K, 180 * K])
    assert (company.assigned, company.unassigned, company.over_assigned) == (480 * K, 20 * K, 0)
    team_a = ladders.roll_up(300 * K, [120 * K, 110 * K, 90 * K])
    assert (team_a.assigned, team_a.unassigned, team_a.over_assigned) == (320 * K, 0, 20 * K)
    assert (company.percent, team_a.percent) == (4.0, 6.7)


def test_a_target_without_parts_and_parts_without_a_target():
    assert (ladders.roll_up(500 * K, []).unassigned, ladders.roll_up(500 * K, []).percent) == (500 * K, 100.0)
    assert (ladders.roll_up(0, [5]).over_assigned, ladders.roll_up(0, [5]).percent) == (5, None)


def test_half_a_person_in_ramp_month_1_of_3_gets_a_sixth_of_a_colleague():
    full, newcomer = ladders.personal_proposals(
        700 * K, [Profile(100 * K), Profile(100 * K, capacity=50, ramp=(1, 3))]
    )
    assert full == PersonalProposal(equal=350 * K, proposed=600 * K)
    assert newcomer == PersonalProposal(equal=350 * K, proposed=100 * K)


def test_who_is_new_counts_like_the_average():
    team = [Profile(300 * K), Profile(100 * K), Profile(None)]
    assert [person.proposed for person in ladders.personal_proposals(600 * K, team)] == [
        300 * K,
        100 * K,
        200 * K,
    ]
    nobody_known = [Profile(None), Profile(None, ramp=(1, 2))]
    assert [person.proposed for person in ladders.personal_proposals(300, nobody_known)] == [200, 100]


@pytest.mark.parametrize(
    ("team", "why"),
    [
        ([], "Nobody is in the team"),
        ([Profile(1, capacity=101)], "not 101 %"),
        ([Profile(1, ramp=(0, 3))], "no ramp month 0 of 3"),
        ([Profile(1, ramp=(4, 3))], "no ramp month 4 of 3"),
        ([Profile(5, capacity=0), Profile(0)], "any capacity"),
    ],
)
def test_profiles_that_can_not_be(team, why):
    with pytest.raises(Refused, match=why):
        ladders.personal_proposals(100, team)


# --- properties ---------------------------------------------------------------------------------------------

days = st.dates(START - timedelta(days=10), END + timedelta(days=10))
readings = st.sampled_from(ladders.READINGS)
amounts = st.integers(0, 60)


@st.composite
def any_ladder(draw: st.DrawFn) -> tuple[list[Rung], Reading]:
    reading = draw(readings)
    dues = sorted(draw(st.sets(st.dates(START, END - timedelta(days=1)), min_size=1, max_size=4)))
    parts = draw(st.lists(st.integers(1, 100), min_size=len(dues), max_size=len(dues)))
    thresholds = list(accumulate(parts)) if reading == "cumulative" else parts
    open_ended = reading == "cumulative" and draw(st.booleans())
    return ladder(*thresholds, dues=[*dues[:-1], None if open_ended else dues[-1]]), reading


@st.composite
def history_of_sales(draw: st.DrawFn) -> list[tuple[str, Gain]]:
    """Sales that are won, and some that are taken back later."""
    wins = [
        Gain(draw(days), draw(amounts), subject, seq=subject) for subject in range(draw(st.integers(0, 12)))
    ]
    taken_back = draw(st.lists(st.sampled_from(wins), unique=True)) if wins else []
    return [("won", win) for win in draw(st.permutations(wins))] + [("taken back", win) for win in taken_back]


def day_by_day(
    rung: Rung, first: date, gains: Sequence[Gain], today: date, reading: Reading, announced: bool
):
    """A rung's status, day and value by walking through the calendar, one sale after the other."""
    value, reached_on, day = 0, None, first
    while day <= today and not (reading == "per period" and rung.due_on and day > rung.due_on):
        for gain in sorted((gain for gain in gains if gain.on == day), key=lambda gain: gain.seq):
            value += gain.amount
            if value >= rung.threshold and reached_on is None:
                reached_on = day
        day += timedelta(days=1)
    if reached_on:
        return "late" if rung.due_on and reached_on > rung.due_on else "reached", reached_on, value
    overdue = rung.due_on is not None and today > rung.due_on
    return "reversed" if announced else "missed" if overdue else "open", None, value


@settings(max_examples=40)
@given(any_ladder(), history_of_sales(), days)
def test_after_any_sales_and_reversals_each_rung_stands_as_computed_from_scratch(built, history, today):
    rungs, reading = built
    announced: dict[int, date] = {}
    gains: list[Gain] = []
    for event, gain in history:
        gains = [*gains, gain] if event == "won" else [other for other in gains if other != gain]
        found = stand(rungs, gains, today=today, reading=reading, announced=announced)
        first = START
        for place, (rung, standing) in enumerate(zip(rungs, found, strict=True)):
            expected = day_by_day(rung, first, gains, today, reading, place in announced)
            assert (standing.status, standing.reached_on, standing.value_now) == expected
            assert standing.missing == max(0, rung.threshold - standing.value_now)
            if standing.reached_on:
                announced.setdefault(place, standing.reached_on)
            if reading == "per period" and rung.due_on:
                first = rung.due_on + timedelta(days=1)


@settings(max_examples=40)
@given(any_ladder(), history_of_sales(), days)
def test_the_order_in_which_sales_are_told_does_not_matter(built, history, today):
    rungs, reading = built
    gains = [gain for event, gain in history if event == "won"]
    assert stand(rungs, gains, today=today, reading=reading) == stand(
        rungs, gains[::-1], today=today, reading=reading
    )


@settings(max_examples=40)
@given(any_ladder(), st.booleans(), st.lists(days, max_size=8))
def test_what_is_expected_never_falls_and_is_each_threshold_on_its_day(built, working, walked):
    rungs = [rung for rung in ladders.both_readings(*built)["cumulative"] if rung.due_on]
    assume(rungs)
    walk = sorted({START - timedelta(days=1), *walked, *(rung.due_on for rung in rungs), END})
    expected = {day: pace(rungs, [], today=day, working=working).expected for day in walk}
    assert list(expected.values()) == sorted(expected.values())
    assert expected[walk[0]] == 0 and expected[END] == rungs[-1].threshold
    assert all(expected[rung.due_on] == rung.threshold for rung in rungs)


@settings(max_examples=40)
@given(any_ladder())
def test_reading_a_ladder_the_other_way_and_back_gives_the_same(built):
    rungs, reading = built
    both = ladders.both_readings(rungs, reading)
    assert both[reading] == tuple(rungs)
    for other in ladders.READINGS:
        assert ladders.both_readings(both[other], other) == both
    assert both["cumulative"][-1].threshold == sum(rung.threshold for rung in both["per period"])


@settings(max_examples=40)
@given(
    target=st.integers(1, 10**15),
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    length=st.integers(1, 400),
    how=st.sampled_from([how for how in ladders.HOWS if how != "working days"]),
    steps=st.none() | st.integers(1, 30),
    round_to=st.sampled_from([1, 7, 1000, 10**6]),
    sold=st.lists(st.integers(0, 10**6), min_size=60, max_size=60),
)
def test_a_proposal_can_always_be_climbed_and_ends_exactly(target, start, length, how, steps, round_to, sold):
    end = start + timedelta(days=length)
    months = periods_between("month", date(start.year - 3, 1, 1), date(start.year + 2, 1, 1))
    history = {month: value + 1 for month, value in zip(months, sold, strict=True)}
    choices = {"steps": steps and min(steps, length), "round_to": round_to, "history": history}
    cumulative = ladders.propose(target, start, end, how, **choices)
    per_period = ladders.propose(target, start, end, how, reading="per period", **choices)
    ladders.check_ladder(cumulative, target, start, "cumulative", end=end)
    ladders.check_ladder(per_period, target, start, "per period", end=end)
    assert cumulative[-1].due_on == end - timedelta(days=1)
    assert all(rung.threshold % round_to == 0 for rung in cumulative[:-1])


profiles = st.builds(
    Profile,
    history=st.none() | st.integers(1, 10**13),
    capacity=st.integers(1, 100),
    ramp=st.none() | st.sampled_from([(1, 3), (2, 3), (3, 3), (1, 1), (5, 12)]),
)


@settings(max_examples=40)
@given(st.integers(0, 10**15), st.lists(profiles, min_size=1, max_size=12))
def test_personal_targets_sum_exactly_to_the_team_target(target, team):
    parts = ladders.personal_proposals(target, team)
    assert sum(part.proposed for part in parts) == target == sum(part.equal for part in parts)
