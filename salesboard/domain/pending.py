"""What is pending: what the deals that are open, and those that will be opened, may bring in days to come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from itertools import accumulate, islice
from math import exp, log, sqrt
from random import Random

from salesboard.domain.likelihood import Course, Courses, weeks_ago
from salesboard.domain.rhythm import AHEAD, WEEK, WINDOW, Rhythm, Sale, normals

ONE_BY_ONE = 12
"""So many open deals, those of most weight, are won or not one by one; of the others the sum is drawn."""
FEW = 20
"""Beyond so many, a sum of sales is as good as normal."""
LONGEST = 104
"""What is not won within so many weeks is not expected any more."""


class Pending:
    """The open deals of a company, a team or a person, and the deals they go on opening.

    Each is won or lost as such deals were before, by stage and time (`Courses`), the more of them the more
    the days ahead are worth by the calendar (`Rhythm`).
    """

    def __init__(
        self, courses: Sequence[Course], sales: Sequence[Sale], ways: Courses, rhythm: Rhythm
    ) -> None:
        self._ways = ways
        self._rhythm = rhythm
        today = rhythm.today
        since = today - timedelta(days=WEEK * len(rhythm.weeks))
        self._sold = [amount for on, amount in sales if since < on <= today]
        self._usual = sum(self._sold) / len(self._sold)
        self._spread = sqrt(sum((one - self._usual) ** 2 for one in self._sold) / len(self._sold))
        self._visits: defaultdict[tuple[str, int, int], float] = defaultdict(float)
        """What was to come of visits, by the kind of stage and the weeks in which they began and ended."""
        self._opened: Counter[int] = Counter()
        self._open: list[tuple[str, int, int | None]] = []
        self._places: list[int] = []
        """Which of the courses the open ones are."""
        for place, (visits, amount, overdue) in enumerate(courses):
            if visits:
                self._opened[weeks_ago(visits[0].entered, today)] += 1
            for kind, entered, left, _ in visits:
                came, went = weeks_ago(entered, today), weeks_ago(left, today) if left else -1
                self._visits[kind, came, went] += self._usual if amount is None else amount
                if left is None and not overdue:
                    self._open.append((kind, came, amount))
                    self._places.append(place)
        self._weeks_of_openings = max(self._opened, default=0) + 1

    def expected(self, days: int) -> tuple[float, float]:
        """What is to be expected of the deals that are open, and of those that are not opened yet."""
        known = sum(
            likely * (self._usual if amount is None else amount) for likely, amount in self._likely(days)
        )
        return known, self._rate(0) * self._turn_out(days) * self._usual

    def likely(self, days: int) -> list[tuple[int, float, float]]:
        """Of each open deal that counts: its place among the courses, how likely it is won in the next days,
        and what it would bring."""
        found = zip(self._places, self._likely(days), strict=True)
        return [
            (place, chance, self._usual if amount is None else amount) for place, (chance, amount) in found
        ]

    # --- tried on the past ---

    @cached_property
    def said(self) -> list[float]:
        """What was to be expected at each of the rhythm's trials."""
        trials = self._rhythm.trials
        said = {trial.weeks_ago: 0.0 for trial in trials}
        soonest, longest = min(said, default=0), max(said, default=-1)
        for (kind, came, went), amount in self._visits.items():
            for ago in range(max(went + 1, soonest), min(came, longest) + 1):
                said[ago] += amount * self._ways.won_within(kind, came - ago + 1, AHEAD)
        new = self._new_won_within(AHEAD, 0.0) * self._usual
        return [
            (said[trial.weeks_ago] + self._rate(trial.weeks_ago) * new) * trial.worth / AHEAD
            for trial in trials
        ]

    @cached_property
    def unsteadiness(self) -> float:
        """By how much more than chance trials strayed from what was said, as a relative variance.

        A method-of-moments estimate, as of DerSimonian and Laird, Meta-analysis in Clinical Trials, 1986: the
        squared errors, less what a Poisson number of such sales strays by itself.
        """
        squares = sum(said * said for said in self.said)
        if not squares:
            return 0.0
        strayed = sum(
            (trial.brought - said) ** 2 for trial, said in zip(self._rhythm.trials, self.said, strict=True)
        )
        by_chance = sum(self.said) * sum(one * one for one in self._sold) / sum(self._sold)
        return max(0.0, strayed - by_chance) / squares

    # --- drawn for the days to come ---

    def draws(self, days: int, number: int, chance: Random) -> list[float]:
        """So many ways in which the next days may go: what they bring together, in minor units or a count."""
        factors = self._factors(number, chance)
        known = self._of_open(days, factors, chance)
        new = self._of_new(days, factors, chance)
        return [sum(both) for both in zip(known, new, strict=True)]

    def _factors(self, number: int, chance: Random) -> list[float]:
        """By how much everything turns out better or worse than expected."""
        spread = sqrt(log(1 + self.unsteadiness))
        return [exp(spread * (normal - spread / 2)) for normal in normals(number, chance)]

    def _of_open(self, days: int, factors: Sequence[float], chance: Random) -> list[float]:
        """What the open deals bring: each is won or not."""
        deals = sorted(self._likely(days), key=self._weight, reverse=True)
        others = deals[ONE_BY_ONE:]
        mean = sum(likely * (self._usual if amount is None else amount) for likely, amount in others)
        spread = sqrt(sum(map(self._weight, others)))
        totals = [
            max(0.0, mean * factor + spread * normal)
            for factor, normal in zip(factors, normals(len(factors), chance), strict=True)
        ]
        draw = chance.random
        for likely, amount in deals[:ONE_BY_ONE]:
            for number, factor in enumerate(factors):
                if draw() < likely * factor:
                    totals[number] += chance.choice(self._sold) if amount is None else amount
        return totals

    def _of_new(self, days: int, factors: Sequence[float], chance: Random) -> list[float]:
        """What deals bring that are not opened yet: as many as of late, each the amount of a past sale."""
        opened = self._rate(0) * self._weeks_seen(0)
        turn_out = self._turn_out(days) / self._weeks_seen(0)
        rates = [
            max(0.0, opened + sqrt(opened) * normal) * turn_out * factor
            for factor, normal in zip(factors, normals(len(factors), chance), strict=True)
        ]
        numbers = [_poisson(rate, chance) for rate in rates]
        amounts = iter(chance.choices(self._sold, k=sum(number for number in numbers if number <= FEW)))
        return [
            sum(islice(amounts, number))
            if number <= FEW
            else max(0.0, chance.gauss(number * self._usual, sqrt(number) * self._spread))
            for number in numbers
        ]

    def _likely(self, days: int) -> list[tuple[float, int | None]]:
        """Of each open deal, how likely it is won in the next days, and what it would bring."""
        weeks, part, worth = self._ahead(days)
        likely = {}
        for kind, came, _ in self._open:
            if (kind, came) not in likely:
                sure = self._ways.won_within(kind, came + 1, weeks)
                more = self._ways.won_within(kind, came + 1, weeks + 1) - sure
                likely[kind, came] = min(1.0, worth * (sure + part * more))
        return [(likely[kind, came], amount) for kind, came, amount in self._open]

    def _weight(self, deal: tuple[float, int | None]) -> float:
        """The variance of what an open deal may bring."""
        likely, amount = deal
        if amount is None:
            return likely * (self._usual**2 + self._spread**2) - (likely * self._usual) ** 2
        return likely * (1 - likely) * amount * amount

    def _weeks_seen(self, ago: int) -> int:
        return max(1, min(WINDOW, self._weeks_of_openings - ago))

    def _rate(self, ago: int) -> float:
        """Deals opened in a week, as one could tell so many weeks ago, with Jeffreys' prior of half a one."""
        weeks = self._weeks_seen(ago)
        return (sum(self._opened[week] for week in range(ago, ago + weeks)) + 0.5) / weeks

    def _turn_out(self, days: int) -> float:
        """Sales in the next days that come of one deal opened in each week from now on."""
        weeks, part, worth = self._ahead(days)
        return worth * self._new_won_within(weeks, part)

    def _new_won_within(self, weeks: int, part: float) -> float:
        likely = (self._ways.new_won_within(week) for week in range(1, weeks + 2))
        sums = list(accumulate(likely, initial=0.0))
        return sums[weeks] + part * (sums[weeks + 1] - sums[weeks])

    def _ahead(self, days: int) -> tuple[int, float, float]:
        """The whole weeks ahead, the part of a week beyond them, and what a day is worth by the calendar."""
        weeks, rest = divmod(min(days, LONGEST * WEEK), WEEK)
        worth = self._rhythm.weeks_worth(self._rhythm.today + timedelta(days=1), days)
        return weeks, rest / WEEK, worth * WEEK / days


def _poisson(rate: float, chance: Random) -> int:
    """A number of events where so many are usual (Knuth, The Art of Computer Programming, 3.4.1)."""
    if rate > FEW:
        return max(0, round(chance.gauss(rate, sqrt(rate))))
    number, left, least = 0, chance.random(), exp(-rate)
    while left > least:
        number += 1
        left *= chance.random()
    return number
