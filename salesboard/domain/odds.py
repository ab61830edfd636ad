"""The honest odds of a milestone: how likely a gap is closed by a day, from own history and the open deals."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, islice
from math import exp, log, sqrt
from random import Random

from salesboard.domain.likelihood import Course, Courses, weeks_ago
from salesboard.domain.rhythm import (
    ANY_HABIT,
    FEWEST_WEEKS,
    WEEK,
    WINDOW,
    Rhythm,
    Sale,
    weeks_before,
)

DRAWS = 2_000
SEED = 20170301
REPLAY = 4
"""So many weeks ahead both forecasts are tried on the past: about a month."""
ONE_BY_ONE = 12
"""So many of the weightiest open deals are drawn one by one; the others' sum is as good as normal."""
FEW = 20
"""Beyond so many sales of a draw, their sum is as good as normal."""
LONGEST = 104
"""What is not won within so many weeks is not expected any more."""


@dataclass(frozen=True)
class Range:
    """What a value may be on a day: in one of ten cases no more than `low`, in nine no more than `high`."""

    low: int
    middle: int
    high: int


class Company:
    """What the whole company teaches about each of its parts: how deals go on, and how sales follow the
    calendar."""

    def __init__(
        self,
        today: date,
        sales: Sequence[Sale],
        courses: Sequence[Course],
        *,
        fiscal_start: int,
        by_hand: Mapping[str, int],
    ) -> None:
        """All sales and all deals as known on a day; `by_hand` has the stages' kinds in order, in percent."""
        self.today = today
        self.sales = sales
        self.courses = courses
        self.fiscal_start = fiscal_start
        self.by_hand = by_hand

    @cached_property
    def ways(self) -> Courses:
        """How deals go on from each stage."""
        return Courses(self.courses, self.today, self.by_hand)

    @cached_property
    def rhythm(self) -> Rhythm | None:
        """The company's own weeks; None where there are too few."""
        return _rhythm(self.sales, self)


def _rhythm(sales: Sequence[Sale], company: Company, like: Rhythm | None = None) -> Rhythm | None:
    weeks = weeks_before(sales, company.today)
    if len(weeks) < FEWEST_WEEKS or not any(map(sum, weeks)):
        return None
    return Rhythm(weeks, company.today, company.fiscal_start, [like.habit] if like else ANY_HABIT)


class Outlook:
    """What a company, a team or a person may still sell by any day to come.

    Two forecasts are joined. *The rhythm* lets the own weeks go on (`rhythm`): it knows nothing of deals.
    *The pipeline* lets every open deal be won by its stage and the time it has been there, and opens and wins
    new ones (`likelihood`). Both are tried on the own past, four weeks ahead from every week of it: each counts
    by the inverse of its squared errors there (Bates and Granger, The Combination of Forecasts, 1969), and
    what counts is averaged quantile by quantile (Ratcliff, Group Reaction Time Distributions, 1979). So where
    a rhythm has been exact, it alone counts. All chance comes from one seed: same data, same number.
    """

    def __init__(
        self,
        company: Company,
        sales: Sequence[Sale] | None = None,
        courses: Sequence[Course] | None = None,
    ) -> None:
        """Of a part of the company: its own sales and deals as known on that day; none means all of it."""
        self.today = company.today
        own_sales = company.sales if sales is None else sales
        own_courses = company.courses if courses is None else courses
        if sales is None:
            self.rhythm = company.rhythm
        else:
            self.rhythm = _rhythm(own_sales, company, company.rhythm)
        self._pipeline = _Pipeline(own_courses, own_sales, company.ways, self.rhythm) if self.rhythm else None
        self._totals: dict[int, list[float]] = {}

    @property
    def is_silent(self) -> bool:
        """Whether nothing can be said: fewer than four whole weeks since the first sale, or no sale of late."""
        return self.rhythm is None

    @property
    def trust_in_pipeline(self) -> float:
        """How much the open deals count against the rhythm of past weeks, 0 to 1."""
        return self._pipeline.trust if self._pipeline else 0.0

    def chances(self, due_on: date, gaps: Sequence[int]) -> list[float | None]:
        """How likely each gap (minor units, or a count) is closed by the end of a day, 0 to 1.

        Today is over: what it brought is known. A gap of zero or less is closed. None where nothing can be
        said.
        """
        totals = self._until(due_on)
        if totals is None:
            return [1.0 if gap <= 0 else None for gap in gaps]
        return [1.0 if gap <= 0 else 1 - bisect_left(totals, gap) / len(totals) for gap in gaps]

    def chance(self, due_on: date, gap: int) -> float | None:
        """How likely one gap is closed by the end of a day."""
        return self.chances(due_on, [gap])[0]

    def range(self, end_on: date, so_far: int = 0) -> Range | None:
        """What a value that stands at `so_far` may be at the end of a day (P10, P50, P90); None where nothing
        can be said."""
        totals = self._until(end_on)
        if totals is None:
            return None
        low, middle, high = (round(so_far + totals[int(len(totals) * share)]) for share in (0.1, 0.5, 0.9))
        return Range(low, middle, high)

    def _until(self, day: date) -> list[float] | None:
        """What may be sold from tomorrow to a day, in whole units, the least first."""
        if self.rhythm is None or self._pipeline is None:
            return None
        days = max(0, (day - self.today).days)
        if days not in self._totals:
            self._totals[days] = self._drawn(days, self.rhythm, self._pipeline) if days else [0.0]
        return self._totals[days]

    def _drawn(self, days: int, rhythm: Rhythm, pipeline: _Pipeline) -> list[float]:
        totals = sorted(rhythm.draws(days, DRAWS, Random(SEED)))
        if trust := pipeline.trust:
            others = sorted(pipeline.draws(days, DRAWS, Random(SEED + 1)))
            totals = [one + trust * (other - one) for one, other in zip(totals, others, strict=True)]
        # Amounts are whole units: what floating point adds or takes away is no money.
        return [float(round(total)) for total in totals]


class _Pipeline:
    """What the deals that are open now, and those that will be opened, may bring."""

    def __init__(
        self, courses: Sequence[Course], sales: Sequence[Sale], ways: Courses, rhythm: Rhythm
    ) -> None:
        self._ways = ways
        self._rhythm = rhythm
        today = rhythm.today
        since = today - timedelta(days=WEEK * len(rhythm.weeks))
        self._sold = [sale.amount for sale in sales if since < sale.on <= today]
        self._typical = sum(self._sold) / len(self._sold)
        self._stays: defaultdict[tuple[str, int, int], float] = defaultdict(float)
        self._opened: Counter[int] = Counter()
        self._open: list[tuple[str, int, int | None]] = []
        for course in courses:
            if not course.visits:
                continue
            self._opened[weeks_ago(course.visits[0].entered, today)] += 1
            worth = self._typical if course.amount is None else course.amount
            for kind, entered, left, _ in course.visits:
                came = weeks_ago(entered, today)
                if left is None:
                    self._open.append((kind, came, course.amount))
                self._stays[kind, came, weeks_ago(left, today) if left else -1] += worth
        self._oldest = max(self._opened, default=0)

    # --- tried on the past ---

    @cached_property
    def trust(self) -> float:
        """How much of what is joined is the pipeline: by the inverse of the squared errors of the past."""
        of_rhythm, of_pipeline = (
            sum((brought - said) ** 2 for brought, said in zip(self._brought, forecast, strict=True))
            for forecast in (self._by_rhythm, self._by_pipeline)
        )
        if not self._brought:
            return 0.5
        return of_rhythm / (of_rhythm + of_pipeline) if of_rhythm else 0.0

    @cached_property
    def _totals(self) -> list[int]:
        """What the weeks brought, the last one first."""
        return [sum(week) for week in reversed(self._rhythm.weeks)]

    @cached_property
    def _worths(self) -> list[float]:
        return self._rhythm.worths[::-1]

    @cached_property
    def _origins(self) -> range:
        """So many weeks ago both are tried: with as many weeks behind them as they look ahead."""
        return range(REPLAY, len(self._totals) - REPLAY + 1)

    @cached_property
    def _brought(self) -> list[int]:
        return [sum(self._totals[ago - REPLAY : ago]) for ago in self._origins]

    @cached_property
    def _by_rhythm(self) -> list[float]:
        """What the average of the weeks before, at most 26, would have said."""
        said = []
        for ago in self._origins:
            before = slice(ago, ago + WINDOW)
            average = sum(self._totals[before]) / sum(self._worths[before])
            said.append(average * sum(self._worths[ago - REPLAY : ago]))
        return said

    @cached_property
    def _by_pipeline(self) -> list[float]:
        """What the deals that were open then, and those that were being opened, would have made expected."""
        said = dict.fromkeys(self._origins, 0.0)
        for (kind, came, left), worth in self._stays.items():
            for ago in range(max(left + 1, REPLAY), min(came, len(self._totals) - REPLAY) + 1):
                said[ago] += worth * self._ways.won_within(kind, came - ago + 1, REPLAY)
        soon = self._new_won_within(REPLAY, 0.0)
        for ago in self._origins:
            weeks = min(WINDOW, self._oldest + 1 - ago)
            if weeks > 0:
                opened = sum(self._opened[week] for week in range(ago, ago + weeks))
                said[ago] += opened / weeks * soon * self._typical
            said[ago] *= sum(self._worths[ago - REPLAY : ago]) / REPLAY
        return list(said.values())

    @cached_property
    def _unsteadiness(self) -> float:
        """By how much more than chance the past strayed from what was said, as a relative variance.

        A method-of-moments estimate (DerSimonian and Laird, Meta-analysis in Clinical Trials, 1986): the squared
        errors less what a Poisson number of such sales strays by itself.
        """
        squares = sum(said * said for said in self._by_pipeline)
        if not squares or not self._brought:
            return 0.0
        strayed = sum(
            (brought - said) ** 2 for brought, said in zip(self._brought, self._by_pipeline, strict=True)
        )
        by_chance = sum(self._by_pipeline) * sum(one * one for one in self._sold) / (sum(self._sold) or 1)
        return max(0.0, strayed - by_chance) / squares

    # --- drawn for the days to come ---

    def draws(self, days: int, number: int, chance: Random) -> list[float]:
        """So many ways in which the next days may go: what they bring together, in minor units or a count."""
        factors = self._factors(number, chance)
        known = self._of_open(days, factors, chance)
        new = self._of_new(days, factors, chance)
        return [sum(both) for both in zip(known, new, strict=True)]

    def _factors(self, number: int, chance: Random) -> list[float]:
        """By how much all may turn out better or worse than expected."""
        if not self._unsteadiness:
            return [1.0] * number
        spread = sqrt(log(1 + self._unsteadiness))
        return [exp(chance.gauss(-spread * spread / 2, spread)) for _ in range(number)]

    def _of_open(self, days: int, factors: Sequence[float], chance: Random) -> list[float]:
        """What the open deals bring: each is won or not, those of little weight as their normal sum."""
        weeks, part, worth = self._ahead(days)
        likely = {
            (kind, came): min(1.0, worth * self._won_within(kind, came + 1, weeks, part))
            for kind, came in {deal[:2] for deal in self._open}
        }
        deals = [(likely[kind, came], amount) for kind, came, amount in self._open]
        deals.sort(key=lambda deal: self._weight(*deal), reverse=True)
        others = deals[ONE_BY_ONE:]
        mean = sum(one * (self._typical if amount is None else amount) for one, amount in others)
        spread = sqrt(sum(self._weight(*deal) for deal in others))
        totals = (
            [max(0.0, chance.gauss(mean * factor, spread)) for factor in factors]
            if others
            else [0.0] * len(factors)
        )
        draw = chance.random
        for one, amount in deals[:ONE_BY_ONE]:
            for number, factor in enumerate(factors):
                if draw() < one * factor:
                    totals[number] += chance.choice(self._sold) if amount is None else amount
        return totals

    def _of_new(self, days: int, factors: Sequence[float], chance: Random) -> list[float]:
        """What deals bring that are not opened yet: as many as of late, each with the amount of a past sale."""
        weeks, part, worth = self._ahead(days)
        seen = min(WINDOW, self._oldest + 1)
        # The rate of a Poisson process after so many events, with Jeffreys' prior.
        opened = sum(self._opened[week] for week in range(seen)) + 0.5
        turn_out = worth * self._new_won_within(weeks, part) / seen
        numbers = [
            _poisson(max(0.0, chance.gauss(opened, sqrt(opened))) * turn_out * factor, chance)
            for factor in factors
        ]
        usual = self._typical
        spread = sqrt(sum((one - usual) ** 2 for one in self._sold) / len(self._sold))
        amounts = iter(chance.choices(self._sold, k=sum(number for number in numbers if number <= FEW)))
        return [
            sum(islice(amounts, number))
            if number <= FEW
            else max(0.0, chance.gauss(number * usual, sqrt(number) * spread))
            for number in numbers
        ]

    def _ahead(self, days: int) -> tuple[int, float, float]:
        """The whole weeks to come, the part of a week beyond them, and what a day is worth by the calendar."""
        weeks, rest = divmod(min(days, LONGEST * WEEK), WEEK)
        worth = self._rhythm.weeks_worth(self._rhythm.today + timedelta(days=1), days)
        return weeks, rest / WEEK, worth * WEEK / days

    def _weight(self, likely: float, amount: int | None) -> float:
        """The variance of what a deal may bring."""
        if amount is not None:
            return likely * (1 - likely) * amount * amount
        squares = sum(one * one for one in self._sold) / len(self._sold)
        return likely * squares - (likely * self._typical) ** 2

    def _won_within(self, kind: str, before: int, weeks: int, part: float) -> float:
        sure = self._ways.won_within(kind, before, weeks)
        return sure + part * (self._ways.won_within(kind, before, weeks + 1) - sure) if part else sure

    def _new_won_within(self, weeks: int, part: float) -> float:
        """How many sales come of one deal opened in each week from now on."""
        sums = list(
            accumulate((self._ways.new_won_within(week) for week in range(1, weeks + 2)), initial=0.0)
        )
        return sums[weeks] + part * (sums[weeks + 1] - sums[weeks])


def _poisson(rate: float, chance: Random) -> int:
    """A number of events where so many are usual (Knuth, Seminumerical Algorithms, 3.4.1; normal when many)."""
    if rate > FEW:
        return max(0, round(chance.gauss(rate, sqrt(rate))))
    number, left, least = 0, chance.random(), exp(-rate)
    while left > least:
        number += 1
        left *= chance.random()
    return number
