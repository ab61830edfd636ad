"""Periods: every day lies in exactly one of each kind, whatever month the fiscal year starts in."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import periods
from salesboard.domain.periods import KINDS, Period
from salesboard.errors import Refused

FIRST, AFTER_LAST = date(1970, 1, 1), date(2101, 1, 1)

days = st.dates(FIRST, AFTER_LAST)
kinds = st.sampled_from(KINDS)
fiscal_starts = st.integers(1, 12)


def assert_in_a_row(found: list[Period]) -> None:
    """The periods cover 1970 to 2100 without gap or overlap, under names of their own that sort by date."""
    assert found[0].start <= FIRST and found[-1].end >= AFTER_LAST
    assert all(before.end == after.start for before, after in pairwise(found))
    names = [period.name for period in found]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("kind", "day", "fiscal_start", "period"),
    [
        ("day", "2017-06-20", 1, ("2017-06-20", "2017-06-20", "2017-06-21")),
        ("day", "2016-02-28", 1, ("2016-02-28", "2016-02-28", "2016-02-29")),
        ("week", "2017-06-28", 1, ("2017-W26", "2017-06-26", "2017-07-03")),
        ("week", "2021-01-03", 1, ("2020-W53", "2020-12-28", "2021-01-04")),
        ("week", "2024-12-30", 1, ("2025-W01", "2024-12-30", "2025-01-06")),
        ("month", "2017-06-20", 1, ("2017-06", "2017-06-01", "2017-07-01")),
        ("month", "2017-12-31", 7, ("2017-12", "2017-12-01", "2018-01-01")),
        ("quarter", "2017-06-20", 1, ("2017-Q2", "2017-04-01", "2017-07-01")),
        ("quarter", "2017-12-31", 1, ("2017-Q4", "2017-10-01", "2018-01-01")),
        ("quarter", "2017-06-20", 7, ("2017-Q4", "2017-04-01", "2017-07-01")),
        ("quarter", "2017-07-01", 7, ("2018-Q1", "2017-07-01", "2017-10-01")),
        ("quarter", "2017-01-15", 12, ("2017-Q1", "2016-12-01", "2017-03-01")),
        ("quarter", "2017-01-15", 2, ("2017-Q4", "2016-11-01", "2017-02-01")),
        ("year", "2017-06-20", 1, ("2017", "2017-01-01", "2018-01-01")),
        ("year", "2017-06-20", 7, ("2017", "2016-07-01", "2017-07-01")),
        ("year", "2017-07-01", 7, ("2018", "2017-07-01", "2018-07-01")),
        ("year", "2026-01-31", 2, ("2026", "2025-02-01", "2026-02-01")),
    ],
)
def test_the_period_of_a_day(kind, day, fiscal_start, period):
    name, start, end = period
    expected = Period(name, date.fromisoformat(start), date.fromisoformat(end))
    assert periods.period_of(kind, date.fromisoformat(day), fiscal_start) == expected


@pytest.mark.parametrize("kind", ["day", "week", "month"])
def test_each_day_of_130_years_lies_in_exactly_one_period(kind):
    whole = periods.periods_between(kind, FIRST, AFTER_LAST)
    assert_in_a_row(whole)
    found = [(period.start + timedelta(offset), period) for period in whole for offset in range(period.days)]
    assert len(found) >= (AFTER_LAST - FIRST).days
    assert [period for _, period in found] == [periods.period_of(kind, day) for day, _ in found]


@pytest.mark.parametrize("fiscal_start", range(1, 13))
@pytest.mark.parametrize("kind", ["quarter", "year"])
def test_each_month_of_130_years_lies_whole_in_exactly_one_period(kind, fiscal_start):
    assert_in_a_row(periods.periods_between(kind, FIRST, AFTER_LAST, fiscal_start))
    for month in periods.periods_between("month", FIRST, AFTER_LAST):
        period = periods.period_of(kind, month.start, fiscal_start)
        assert month.start in period and month.last_day in period
        assert periods.period_of(kind, month.last_day, fiscal_start) == period


@given(kinds, days, days, fiscal_starts)
def test_a_day_is_in_its_own_period_and_in_no_other(kind, day, other, fiscal_start):
    period = periods.period_of(kind, day, fiscal_start)
    assert day in period
    assert period.start in period and period.last_day in period and period.end not in period
    assert (other in period) == (periods.period_of(kind, other, fiscal_start) == period)


@given(kinds, days, fiscal_starts)
def test_next_and_previous_lead_back(kind, day, fiscal_start):
    period = periods.period_of(kind, day, fiscal_start)
    after = periods.next_period(kind, period, fiscal_start)
    assert after.start == period.end
    assert periods.previous_period(kind, after, fiscal_start) == period


@pytest.mark.parametrize("fiscal_start", range(1, 13))
def test_quarters_and_months_fill_the_fiscal_year(fiscal_start):
    year = periods.period_of("year", date(2024, 5, 5), fiscal_start)
    quarters = periods.periods_between("quarter", year.start, year.end, fiscal_start)
    assert [quarter.name for quarter in quarters] == [f"{year.name}-Q{number}" for number in (1, 2, 3, 4)]
    assert len(periods.periods_between("month", year.start, year.end)) == 12
    assert sum(quarter.days for quarter in quarters) == year.days


def test_periods_between_are_those_touched():
    months = periods.periods_between("month", date(2017, 1, 31), date(2017, 3, 2))
    assert [month.name for month in months] == ["2017-01", "2017-02", "2017-03"]
    months = periods.periods_between("month", date(2017, 1, 31), date(2017, 3, 1))
    assert [month.name for month in months] == ["2017-01", "2017-02"]
    assert periods.periods_between("month", date(2017, 3, 1), date(2017, 3, 1)) == []
    assert periods.periods_between("day", date(2017, 3, 2), date(2017, 3, 1)) == []


@pytest.mark.parametrize("fiscal_start", [0, 13, -1])
def test_impossible_fiscal_years_are_refused(fiscal_start):
    with pytest.raises(Refused, match="month from 1 to 12"):
        periods.period_of("day", date(2017, 1, 1), fiscal_start)


@pytest.mark.parametrize(
    ("start", "end", "number"),
    [
        ("2026-02-15", "2026-03-01", 10),
        ("2026-11-20", "2026-11-23", 1),
        ("2026-11-21", "2026-11-23", 0),
        ("2026-11-23", "2026-11-23", 0),
        ("2026-11-23", "2026-11-28", 5),
        ("2026-11-28", "2026-11-23", 0),
        ("2024-01-01", "2025-01-01", 262),
    ],
)
def test_working_days(start, end, number):
    assert periods.working_days(date.fromisoformat(start), date.fromisoformat(end)) == number


@given(days, st.integers(0, 400))
def test_working_days_are_counted_one_by_one(start, length):
    counted = sum((start + timedelta(offset)).weekday() < 5 for offset in range(length))
    assert periods.working_days(start, start + timedelta(length)) == counted
