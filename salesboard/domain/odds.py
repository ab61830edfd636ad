"""The honest odds of a milestone: how likely a gap is closed by a day, from own history and open deals."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random

from salesboard.domain.likelihood import Course, Courses
from salesboard.domain.pending import Pending
from salesboard.domain.rhythm import ANY_HABIT, FEWEST_WEEKS, Rhythm, Sale, weeks_before

DRAWS = 2_000
SEED = 20170301


@dataclass(frozen=True)
class Range:
    """What a value may be on a day, in minor units or as a count."""

    low: int
    """In one of ten cases it is no more than this (P10)."""
    middle: int
    """As likely less as more (P50)."""
    high: int
    """In nine of ten cases it is no more than this (P90)."""
    of_open: int
    """What is to be expected by then of the deals that are open now, each by its own likelihood."""
    of_new: int
    """What is to be expected of deals that are not opened yet."""


def in_percent(chance: float) -> str:
    """A chance (0 to 1) as it is read: `81 %`; what is not certain is never called so."""
    if 0 < chance < 0.01:
        return "<1 %"
    return ">99 %" if 0.99 < chance < 1 else f"{chance * 100:.0f} %"


class Company:
    """What a company teaches about each of its parts: how deals go on, and how sales follow the calendar."""

    def __init__(
        self,
        today: date,
        sales: Sequence[Sale],
        courses: Sequence[Course],
        *,
        fiscal_start: int,
        by_hand: Mapping[str, int],
    ) -> None:
        """All sales and deals as known when a day was over.

        `by_hand` has the kinds of stages from left to right with their likelihoods set by hand, in percent.
        """
        self.today = today
        self.sales = sales
        self.courses = courses
        self._fiscal_start = fiscal_start
        self._by_hand = by_hand

    @cached_property
    def ways(self) -> Courses:
        """How deals go on from each stage."""
        return Courses(self.courses, self.today, self._by_hand)

    @cached_property
    def rhythm(self) -> Rhythm | None:
        """The company's own weeks; None where there are too few."""
        return self._rhythm(self.sales, None)

    def rhythm_of(self, sales: Sequence[Sale]) -> Rhythm | None:
        """The weeks of a part of the company, which may follow the calendar as the company does."""
        return self._rhythm(sales, self.rhythm)

    def _rhythm(self, sales: Sequence[Sale], whole: Rhythm | None) -> Rhythm | None:
        weeks = weeks_before(sales, self.today)
        if len(weeks) < FEWEST_WEEKS or not any(map(sum, weeks)):
            return None
        return Rhythm(weeks, self.today, self._fiscal_start, [whole.habit] if whole else ANY_HABIT)


class Outlook:
    """What a company, a team or a person may still sell by any day to come.

    Two forecasts are joined. The *rhythm* lets the own weeks go on and knows nothing of deals; what is
    *pending* lets each open deal be won by its stage and the time it has been there, and new ones be opened
    and won. Both are tried on the own past, four weeks ahead from the end of every week; each counts by the
    inverse of its squared errors there (Bates and Granger, The Combination of Forecasts, 1969), and their
    draws are averaged quantile by quantile (Ratcliff, Group Reaction Time Distributions, 1979). Where the
    rhythm was exact, it alone counts. All chance comes from one seed: same data, same number.
    """

    def __init__(
        self,
        company: Company,
        sales: Sequence[Sale] | None = None,
        courses: Sequence[Course] | None = None,
    ) -> None:
        """Of a part of the company: its own sales and deals as known then; none means the whole company."""
        self.today = company.today
        self.rhythm = company.rhythm if sales is None else company.rhythm_of(sales)
        """None where nothing can be said: less than four whole weeks since the first sale, or none lately."""
        own_sales = company.sales if sales is None else sales
        own_courses = company.courses if courses is None else courses
        self._pending = (
            Pending(own_courses, own_sales, company.ways, self.rhythm)
            if self.rhythm and own_courses
            else None
        )
        self._totals: dict[int, list[int]] = {}

    def chances(self, due_on: date, gaps: Sequence[int]) -> list[float | None]:
        """How likely each gap (minor units, or a count) is closed by the end of a day, 0 to 1.

        Today is over: what it brought is known. A gap of zero or less is closed, one that is overdue stays
        open; None where nothing can be said.
        """
        totals = self._until(due_on)
        if totals is None:
            return [1.0 if gap <= 0 else None for gap in gaps]
        return [1.0 if gap <= 0 else 1 - bisect_left(totals, gap) / len(totals) for gap in gaps]

    def chance(self, due_on: date, gap: int) -> float | None:
        """How likely one gap is closed by the end of a day."""
        return self.chances(due_on, [gap])[0]

    def range(self, end_on: date, so_far: int = 0) -> Range | None:
        """What a value that stands at `so_far` may be at the end of a day; None where nothing can be said."""
        totals = self._until(end_on)
        if totals is None:
            return None
        days = (end_on - self.today).days
        of_open, of_new = self._pending.expected(days) if self._pending and days > 0 else (0.0, 0.0)
        low, middle, high = (so_far + totals[len(totals) * tenths // 10] for tenths in (1, 5, 9))
        return Range(low, middle, high, round(of_open), round(of_new))

    def likely(self, end_on: date) -> list[tuple[int, float, float]]:
        """Of each open deal that counts: its place among the courses, how likely (0 to 1) it is won by the
        end of a day, and what it would bring."""
        days = (end_on - self.today).days
        return self._pending.likely(days) if self._pending and days > 0 else []

    @cached_property
    def trust_in_deals(self) -> float:
        """How much what is pending counts against the rhythm, 0 to 1; half, until both could be tried."""
        of_rhythm = of_deals = 0.0
        if not self.rhythm or not self._pending:
            return 0.0
        if not self.rhythm.trials:
            return 0.5
        for trial, said in zip(self.rhythm.trials, self._pending.said, strict=True):
            of_rhythm += (trial.brought - trial.said) ** 2
            of_deals += (trial.brought - said) ** 2
        return of_rhythm / (of_rhythm + of_deals) if of_rhythm else 0.0

    def _until(self, day: date) -> list[int] | None:
        """What may be sold from tomorrow to a day, the least first."""
        days = (day - self.today).days
        if days <= 0:
            return [0]
        if self.rhythm is None:
            return None
        if days not in self._totals:
            totals = sorted(self.rhythm.draws(days, DRAWS, Random(SEED)))
            if self._pending and (trust := self.trust_in_deals):
                others = sorted(self._pending.draws(days, DRAWS, Random(SEED + 1)))
                totals = [one + trust * (other - one) for one, other in zip(totals, others, strict=True)]
            # Whole units: what floating point adds or takes away is no money.
            self._totals[days] = list(map(round, totals))
        return self._totals[days]
