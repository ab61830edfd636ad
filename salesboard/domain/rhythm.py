"""The rhythm of sales: what a week brings, how that follows the calendar, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from math import exp, log, sqrt
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from salesboard.domain.periods import period_of

WEEK = 7
WINDOW = 26
"""So many weeks back are looked at: two quarters, so that each part of a quarter was seen twice."""
ENOUGH_SALES = 26
"""Where there are fewer sales, one looks further back: so many tell an average to a fifth."""
LONGEST_WINDOW = 104
FEWEST_WEEKS = 4
"""With fewer whole weeks since the first sale nothing is said."""

DRIFTS = (0.0, 0.01, 0.1, 1.0)
"""How far the level may wander in a week, as a variance in that of a week's sales: from a level that stands
still to one that changes as much as the weeks themselves, ten times more each."""
STRENGTHS = (0.3, 3.0)
"""How much the calendar may explain, as a variance in that of a week's sales: a third of it, or thrice."""
AHEAD = 4
"""So many weeks ahead forecasts are tried on the past: about a month."""
CLOSING_DAYS = 3
"""So many last days of a month always hold its last working day."""
_DAYS_OF_A_MONTH = 365.25 / 12
_UNKNOWN = 1e4
_THIRDS = ((0.0, 1.0), (sqrt(3) / 2, -0.5), (-sqrt(3) / 2, -0.5))
"""The three months of a quarter, as far from one another as each from their middle."""
_FEATURES = 3

Vector = list[float]
Matrix = list[list[float]]


class Sale(NamedTuple):
    """What was sold on a day: minor units, or a count."""

    on: date
    amount: int


@dataclass(frozen=True)
class Habit:
    """What is expected of the calendar before looking: how far a month of a quarter, and a month's last days,
    differ from the others, in weeks' sales, and how sure that is."""

    expected: tuple[float, ...]
    covariance: Matrix
    """Like `expected` in the square of weeks' sales where it was learnt from others (`learnt`), else in the
    variance of a week's sales."""
    learnt: bool = False


NO_HABIT = Habit((0.0,) * _FEATURES, [[0.0] * _FEATURES for _ in range(_FEATURES)])


def _any_habit(strength: float) -> Habit:
    size = range(_FEATURES)
    return Habit((0.0,) * _FEATURES, [[strength * (row == column) for column in size] for row in size])


ANY_HABIT = tuple(_any_habit(strength) for strength in STRENGTHS)


# --- the calendar -------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _day_features(day: date, fiscal_start: int) -> tuple[float, ...]:
    quarter = period_of("quarter", day, fiscal_start)
    month = (day.year - quarter.start.year) * 12 + day.month - quarter.start.month
    closing = (day + timedelta(days=CLOSING_DAYS)).month != day.month
    usual = CLOSING_DAYS / _DAYS_OF_A_MONTH
    return (*_THIRDS[month], (closing - usual) * WEEK / CLOSING_DAYS)


@lru_cache(maxsize=4096)
def _features(start: date, days: int, fiscal_start: int) -> tuple[float, ...]:
    """What is peculiar about some days, in weeks: summed over the days, divided by seven."""
    each = [_day_features(start + timedelta(days=day), fiscal_start) for day in range(days)]
    return tuple(sum(values) / WEEK for values in zip(*each, strict=True)) or (0.0,) * _FEATURES


# --- weeks --------------------------------------------------------------------------------------------------


def weeks_before(sales: Iterable[Sale], today: date) -> list[list[int]]:
    """The last whole weeks that end with today, oldest first, as what each of their seven days brought.

    26 of them, up to 104 while they hold fewer than 26 sales, and none that began before the first sale.
    """
    by_day: dict[int, list[int]] = {}
    for on, amount in sales:
        if on <= today:
            by_day.setdefault((today - on).days, []).append(amount)
    weeks: list[list[int]] = []
    found = 0
    for number in range((max(by_day, default=-1) + 1) // WEEK):
        if number >= LONGEST_WINDOW or (number >= WINDOW and found >= ENOUGH_SALES):
            break
        days = [by_day.get(ago, []) for ago in range(number * WEEK, number * WEEK + WEEK)]
        found += sum(amount > 0 for amounts in days for amount in amounts)
        weeks.append([sum(amounts) for amounts in reversed(days)])
    return weeks[::-1]


# --- what one may believe -----------------------------------------------------------------------------------


class Trial(NamedTuple):
    """A forecast of four weeks that are over."""

    weeks_ago: int
    """When it would have been made."""
    brought: int
    said: float
    worth: float
    """How many usual weeks they were by the calendar."""


class _Belief(NamedTuple):
    """One way to read the weeks, and what follows from it; all in averages of a week."""

    drift: float
    state: Vector
    """The level, then what the calendar adds."""
    covariance: Matrix
    """In the variance of a week's sales."""
    squares: float
    """Sum of the squared surprises, each divided by its variance in that of a week's sales."""
    evidence: float
    """Logarithm of how likely the weeks were, but for what all ways have in common."""


def _read(weeks: Sequence[float], features: Sequence[Sequence[float]], habit: Habit, drift: float) -> _Belief:
    """Learn week after week what the level and the calendar are.

    The Kalman filter of a local level with regressors (Harvey, Forecasting, Structural Time Series Models and
    the Kalman Filter, 1989, sections 3.2 and 4.1), with the variance of a week integrated out.
    """
    scale = _variance(weeks) if habit.learnt else 1.0
    size = _FEATURES + 1
    state = [weeks[0], *habit.expected]
    covariance = [[0.0] * size for _ in range(size)]
    covariance[0][0] = _UNKNOWN
    for row in range(_FEATURES):
        for column in range(_FEATURES):
            covariance[row + 1][column + 1] = habit.covariance[row][column] / scale if scale else 0.0
    evidence = squares = 0.0
    for number, (brought, special) in enumerate(zip(weeks, features, strict=True)):
        covariance[0][0] += drift
        seen = (1.0, *special)
        shared = [sum(map(_times, row, seen)) for row in covariance]
        variance = sum(map(_times, seen, shared)) + 1.0
        surprise = brought - sum(map(_times, seen, state))
        if number:  # the first one only says where the level is
            evidence -= log(variance) / 2
            squares += surprise * surprise / variance
        gain = [one / variance for one in shared]
        state = [old + one * surprise for old, one in zip(state, gain, strict=True)]
        covariance = [
            [old - one * other for old, other in zip(row, shared, strict=True)]
            for row, one in zip(covariance, gain, strict=True)
        ]
    if squares:
        evidence -= len(weeks) / 2 * log(squares)
    return _Belief(drift, state, covariance, squares, evidence)


def _times(one: float, other: float) -> float:
    return one * other


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)


class Rhythm:
    """What the last weeks tell of the weeks to come.

    Several ways to read them (how fast the level wanders, whether the calendar matters) are averaged by how
    likely they make what was seen (Hoeting and others, Bayesian Model Averaging, 1999). Where one of them
    explains every week exactly, only such ones are believed: a constant history goes on exactly.
    """

    def __init__(
        self,
        weeks: Sequence[Sequence[int]],
        today: date,
        fiscal_start: int,
        habits: Sequence[Habit] = ANY_HABIT,
    ) -> None:
        self.weeks = weeks
        self.today = today
        self.fiscal_start = fiscal_start
        totals = [sum(week) for week in weeks]
        self.average = sum(totals) / len(totals)
        """What a week brought, in minor units or as a count."""
        self._ratios = [total / self.average for total in totals]
        first = today - timedelta(days=WEEK * len(weeks) - 1)
        self._special = [
            _features(first + timedelta(days=WEEK * number), WEEK, fiscal_start)
            for number in range(len(weeks))
        ]
        beliefs = [
            _read(self._ratios, self._special, habit, drift)
            for habit in (NO_HABIT, *habits)
            for drift in DRIFTS
        ]
        self._beliefs = [belief for belief in beliefs if not belief.squares] or beliefs
        most = max(belief.evidence for belief in self._beliefs)
        self._weights = [exp(belief.evidence - most) for belief in self._beliefs]

    @cached_property
    def habit(self) -> Habit:
        """What was learnt about the calendar, as something to expect of a part of the same company."""
        total = sum(self._weights)
        shares = [weight / total for weight in self._weights]
        expected = [
            sum(share * belief.state[number] for share, belief in zip(shares, self._beliefs, strict=True))
            for number in range(1, _FEATURES + 1)
        ]
        covariance = [[0.0] * _FEATURES for _ in range(_FEATURES)]
        for share, belief in zip(shares, self._beliefs, strict=True):
            noise = belief.squares / len(self.weeks)
            off = [value - mean for value, mean in zip(belief.state[1:], expected, strict=True)]
            for row in range(_FEATURES):
                for column in range(_FEATURES):
                    own = noise * belief.covariance[row + 1][column + 1]
                    covariance[row][column] += share * (own + off[row] * off[column])
        return Habit(tuple(expected), covariance, learnt=True)

    def weeks_worth(self, start: date, days: int) -> float:
        """How many usual weeks some days are worth by the calendar, at least a tenth of their number."""
        features = _features(start, days, self.fiscal_start)
        return max(days / WEEK / 10, days / WEEK + sum(map(_times, self.habit.expected, features)))

    @cached_property
    def _worths(self) -> list[float]:
        """How many usual weeks each past week was worth, oldest first."""
        expected = self.habit.expected
        return [max(0.1, 1 + sum(map(_times, expected, special))) for special in self._special]

    @cached_property
    def trials(self) -> list[Trial]:
        """What the average week of the 26 before would have said of every four weeks in a row."""
        totals = [sum(week) for week in self.weeks]
        found = []
        for now in range(AHEAD, len(totals) - AHEAD + 1):
            before, then = slice(max(0, now - WINDOW), now), slice(now, now + AHEAD)
            worth = sum(self._worths[then])
            said = sum(totals[before]) / sum(self._worths[before]) * worth
            found.append(Trial(len(totals) - now, sum(totals[then]), said, worth))
        return found

    def draws(self, days: int, number: int, chance: Random) -> list[float]:
        """So many ways in which the next days may go: what they bring together, in minor units or a count.

        Each takes one belief by its weight, the level and the calendar as sure as that belief is of them (a
        Student t), the level's wandering since, and whole past weeks as they were against what the calendar
        made of them (Efron, Bootstrap Methods, 1979); days beyond the last whole week go like the first days
        of a past week, which had the same weekdays.
        """
        middles, widths = self._levels(days)
        scale = self.average / (days / WEEK)
        freedom = len(self.weeks)
        drawn = zip(
            chance.choices(range(len(middles)), self._weights, k=number),
            normals(number, chance),
            _chi_squares(freedom, number, chance) if any(widths) else [1.0] * number,
            self._noises(days, number, chance),
            strict=True,
        )
        levels = (
            (middles[picked] + normal * widths[picked] / sqrt(square), noise)
            for picked, normal, square, noise in drawn
        )
        return [level * noise * scale if level > 0 else 0.0 for level, noise in levels]

    def _levels(self, days: int) -> tuple[list[float], list[float]]:
        """What each belief expects of the next days, in usual weeks, and how far it may be off."""
        span = days / WEEK
        seen = (span, *_features(self.today + timedelta(days=1), days, self.fiscal_start))
        wandering = span * (span + 1) * (2 * span + 1) / 6
        middles, widths = [], []
        for belief in self._beliefs:
            middles.append(sum(map(_times, seen, belief.state)))
            unsure = sum(
                value * sum(map(_times, row, seen))
                for value, row in zip(seen, belief.covariance, strict=True)
            )
            widths.append(sqrt(max(0.0, unsure + belief.drift * wandering) * belief.squares))
        return middles, widths

    def _noises(self, days: int, number: int, chance: Random) -> list[float]:
        """So many sums of past weeks, each against what was usual for it."""
        whole, rest = divmod(days, WEEK)
        against = [ratio / worth for ratio, worth in zip(self._ratios, self._worths, strict=True)]
        usual = sum(against) / len(against)
        noises = [0.0] * number
        if whole:
            drawn = iter(chance.choices([one / usual for one in against], k=whole * number))
            noises = [sum(together) for together in zip(*[drawn] * whole, strict=True)]
        if rest:
            parts = [
                sum(week[:rest]) / self.average / worth / usual
                for week, worth in zip(self.weeks, self._worths, strict=True)
            ]
            noises = [sum(both) for both in zip(noises, chance.choices(parts, k=number), strict=True)]
        return noises


@cache
def _normal_quantiles() -> tuple[float, ...]:
    standard = NormalDist()
    return tuple(standard.inv_cdf((number + 0.5) / 4096) for number in range(4096))


def normals(number: int, chance: Random) -> list[float]:
    """So many standard normal variates, from 4,096 quantiles: five times as fast as one after the other."""
    return chance.choices(_normal_quantiles(), k=number)


def _chi_squares(freedom: int, number: int, chance: Random) -> list[float]:
    """Chi-square variates from normal ones (Wilson and Hilferty, The Distribution of Chi-Square, 1931)."""
    middle, spread = 1 - 2 / (9 * freedom), sqrt(2 / (9 * freedom))
    return [freedom * max(0.01, middle + normal * spread) ** 3 for normal in normals(number, chance)]
