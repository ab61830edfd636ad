"""Half-open stretches of days by which sales are counted: day, ISO week, month, fiscal quarter and year."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from salesboard.errors import Refused

Kind = Literal["day", "week", "month", "quarter", "year"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """The days from `start` up to, not including, `end`."""

    name: str
    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def last_day(self) -> date:
        """The last day that still counts."""
        return self.end - _DAY

    @property
    def days(self) -> int:
        """Length in calendar days."""
        return (self.end - self.start).days


def period_of(kind: Kind, day: date, fiscal_start: int = 1) -> Period:
    """The day, ISO week, calendar month, fiscal quarter or fiscal year that holds a day.

    `fiscal_start` is the month (1 to 12) in which the fiscal year starts; a fiscal year is named after the
    calendar year in which it ends. Names: `2017-06-20`, `2017-W26`, `2017-06`, `2017-Q2`, `2017`.
    """
    if not 1 <= fiscal_start <= 12:
        raise Refused(f"A fiscal year starts in a month from 1 to 12, not {fiscal_start}.")
    match kind:
        case "day":
            return Period(day.isoformat(), day, day + _DAY)
        case "week":
            monday = day - timedelta(days=day.weekday())
            year, week, _ = day.isocalendar()
            return Period(f"{year:04}-W{week:02}", monday, monday + timedelta(days=7))
        case "month":
            return Period(f"{day:%Y-%m}", day.replace(day=1), _first_of_month(day.year, day.month + 1))
    months_in = (day.month - fiscal_start) % 12
    fiscal_year = f"{day.year + (1 < fiscal_start <= day.month):04}"
    if kind == "quarter":
        start = _first_of_month(day.year, day.month - months_in % 3)
        name = f"{fiscal_year}-Q{months_in // 3 + 1}"
        return Period(name, start, _first_of_month(start.year, start.month + 3))
    start = _first_of_month(day.year, day.month - months_in)
    return Period(fiscal_year, start, _first_of_month(start.year, start.month + 12))


def next_period(kind: Kind, period: Period, fiscal_start: int = 1) -> Period:
    """The period of a kind that starts on the day this one ends."""
    return period_of(kind, period.end, fiscal_start)


def previous_period(kind: Kind, period: Period, fiscal_start: int = 1) -> Period:
    """The period of a kind that holds the day before this one starts."""
    return period_of(kind, period.start - _DAY, fiscal_start)


def periods_between(kind: Kind, start: date, end: date, fiscal_start: int = 1) -> list[Period]:
    """All periods of a kind with at least one day in `[start, end)`, whole, oldest first."""
    periods: list[Period] = []
    while start < end:
        periods.append(period_of(kind, start, fiscal_start))
        start = periods[-1].end
    return periods


def working_days(start: date, end: date) -> int:
    """Number of days from Monday to Friday in `[start, end)`, 0 when it is empty; holidays count too."""
    weeks, rest = divmod(max(0, (end - start).days), 7)
    return weeks * 5 + sum((start.weekday() + offset) % 7 < 5 for offset in range(rest))


def _first_of_month(year: int, month: int) -> date:
    """The first day of a month counted from a year's January: 13 is the next January, 0 the last December."""
    years, month_index = divmod(month - 1, 12)
    return date(year + years, month_index + 1, 1)
