"""What a quarter will have brought when it is over, and how well earlier forecasts did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from salesboard.domain import company, periods
from salesboard.domain.gains import Scope, gains_until
from salesboard.domain.known import Metric as Foreseen
from salesboard.domain.known import known_on
from salesboard.domain.odds import Range
from salesboard.domain.periods import Period

LOOKED_BACK = 4
"""So many earlier periods a forecast is held against."""


@dataclass(frozen=True)
class Past:
    """What was forecast when a period had run as far as this one has now, and what it brought."""

    period: str
    as_of: date
    forecast: int
    actual: int

    @property
    def error(self) -> int:
        """By how much the forecast was too high; below zero, too low."""
        return self.forecast - self.actual


@dataclass(frozen=True)
class Forecast:
    """A period's end as one can tell today; minor units of revenue, or a count."""

    period: Period
    so_far: int
    range: Range | None
    """None with too little history."""
    past: tuple[Past, ...]
    """Earlier periods, oldest first, as far as there was enough history."""

    @property
    def mean_absolute_error(self) -> int | None:
        """How far earlier forecasts were off, on average."""
        return round(sum(abs(one.error) for one in self.past) / len(self.past)) if self.past else None


def forecast(
    *,
    today: date,
    metric: Foreseen = "revenue",
    kind: periods.Kind = "quarter",
    scope: Scope | None = None,
    product: int | None = None,
    looked_back: int = LOOKED_BACK,
) -> Forecast:
    """The running period's end: what is closed, what is open, what is new, as P10, P50 and P90.

    Earlier periods are forecast again from what was known when they had run for as many days, at P50.
    """
    scope = scope or Scope()
    fiscal_start = company.facts().fiscal_start
    period = periods.period_of(kind, today, fiscal_start)
    gains = gains_until(today, metric, product=product)
    so_far = gains.total(scope, period.start, today)
    days_in = (today - period.start).days
    found: list[Past] = []
    before = period
    for _ in range(looked_back):
        before = periods.previous_period(kind, before, fiscal_start)
        if gains.first_on is None or gains.first_on >= before.start:
            break
        then = min(before.start + timedelta(days=days_in), before.last_day)
        brought = gains.total(scope, before.start, then)
        expected = _range(then, metric, product, scope, before, brought)
        if expected is None:
            break
        found.append(
            Past(before.name, then, expected.middle, gains.total(scope, before.start, before.last_day))
        )
    return Forecast(
        period, so_far, _range(today, metric, product, scope, period, so_far), tuple(reversed(found))
    )


def _range(
    day: date, metric: Foreseen, product: int | None, scope: Scope, period: Period, so_far: int
) -> Range | None:
    part = known_on(day, metric, product=product).part(team=scope.team, person=scope.person)
    return part.outlook.range(period.last_day, so_far)
