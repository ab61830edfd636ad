"""How much was sold year by year, and how it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from salesboard.domain import company, periods, records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.periods import Period
from salesboard.domain.records import SUMMED, Days, Metric

SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Year:
    """A fiscal year in one metric."""

    period: Period
    value: int
    """Minor units of revenue, else a count; of the running year, so far."""
    change: float | None
    """Percent against the year before; None where there is none, or it was zero.

    The running year is held against the same number of days of the year before.
    """
    compared: int | None
    """What it is held against."""
    months: tuple[int, ...]
    """What each month brought, as far as they have begun."""


@dataclass(frozen=True)
class Growth:
    """A metric over the years."""

    metric: Metric
    years: tuple[Year, ...]
    """Oldest first; the last one is running unless the day asked for ends it."""
    running: bool
    """Whether the last year is not over."""
    elapsed: int
    """Days of the last year that have passed, the day asked for included."""
    compound: float | None
    """Percent a year from the first whole year to the last one; None without two of them, or from zero."""
    over: int
    """So many years apart they are."""


def growth(*, today: date, scope: Scope = COMPANY_SCOPE) -> list[Growth]:
    """The years of a scope in each metric that has any, up to and including a day."""
    fiscal_start = company.facts().fiscal_start
    by_day = records.sold_until(today).of(scope)
    if not by_day:
        return []
    first = next(iter(by_day))
    years = periods.periods_between("year", first, today + timedelta(days=1), fiscal_start)
    return [
        _growth(metric, place, by_day, years, first, today)
        for place, metric in enumerate(SUMMED)
        if any(brought.sums[place] for brought in by_day.values())
    ]


def _growth(
    metric: Metric, place: int, by_day: Days, years: Sequence[Period], first: date, today: date
) -> Growth:
    def total(start: date, end: date) -> int:
        return sum(brought.sums[place] for day, brought in by_day.items() if start <= day < end)

    running = years[-1].end > today + timedelta(days=1)
    elapsed = (today - years[-1].start).days + 1
    found: list[Year] = []
    for number, year in enumerate(years):
        compared = None
        if number:
            before = years[number - 1]
            end = before.end
            if running and year is years[-1]:
                end = min(before.end, before.start + timedelta(days=elapsed))
            compared = total(before.start, end)
        value = total(year.start, year.end)
        months = periods.periods_between("month", year.start, min(year.end, today + timedelta(days=1)))
        brought = tuple(total(month.start, month.end) for month in months)
        found.append(Year(year, value, change(value, compared), compared, brought))
    whole = found[:-1] if running else found
    over = len(whole) - 1
    compound = _compound(whole[0].value, whole[-1].value, over) if over > 0 else None
    return Growth(metric, tuple(found), running, elapsed, compound, max(0, over))


def change(value: int, compared: int | None) -> float | None:
    """The change in percent to one decimal; None where there is nothing to compare with, or zero."""
    return round(100 * (value - compared) / compared, 1) if compared else None


def _compound(first: int, last: int, years: int) -> float | None:
    """The compound annual growth rate, (last / first) ^ (1 / years) − 1, in percent to one decimal."""
    return round(100 * ((last / first) ** (1 / years) - 1), 1) if first else None


def spark(values: Sequence[int]) -> str:
    """Values as a line of small bars, each by its share of the largest; nothing is a dot."""
    most = max(values, default=0)
    return "".join(SPARKS[max(0, -(-8 * value // most) - 1)] if value > 0 else "·" for value in values)
