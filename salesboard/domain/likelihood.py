"""How likely open deals become sales, and how soon: by stage and time spent there, from own history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from salesboard.domain.pipeline import DISQUALIFIED, LOST, WON

WEEK = 7
ENOUGH_DEALS = 8
"""With fewer closed deals the likelihood that was set by hand holds."""
LIKE_ANY_OTHER = 26
"""From so many weeks in a stage on, a week there is like any other."""
PRIOR_DEALS = 1.0
"""In every single week of a stage, its average over all weeks counts like so many deals."""
NORMAL_95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Likelihood:
    """How likely a deal that reached a stage becomes a sale, and on what that rests."""

    percent: int
    deals: int
    """So many deals that had reached the stage were won or lost; disqualified ones never count."""
    low: int | None
    high: int | None
    """The 95 % interval, in percent; None where the likelihood was set by hand."""

    @property
    def by_hand(self) -> bool:
        """Whether there were too few closed deals to tell."""
        return self.low is None

    def __str__(self) -> str:
        if self.by_hand:
            return f"{self.percent} % (set by hand: n={self.deals}, {ENOUGH_DEALS} are needed)"
        return f"{self.percent} % (n={self.deals})"


def wilson(won: int, deals: int) -> tuple[float, float]:
    """The 95 % score interval of a share; of 6 in 14 it is 0.214 to 0.674.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927.
    """
    if not deals:
        return 0.0, 1.0
    share, square = won / deals, NORMAL_95**2
    middle = share + square / (2 * deals)
    half = NORMAL_95 * sqrt(share * (1 - share) / deals + square / (4 * deals * deals))
    whole = 1 + square / deals
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def likelihood(won: int, lost: int, by_hand: int) -> Likelihood:
    """The share that was won of the deals that ever reached a stage; below 8 of them, the percentage set by
    hand."""
    deals = won + lost
    if deals < ENOUGH_DEALS:
        return Likelihood(by_hand, deals, None, None)
    low, high = wilson(won, deals)
    return Likelihood(_percent(won / deals), deals, _percent(low), _percent(high))


def _percent(share: float) -> int:
    return int(share * 100 + 0.5)


# --- courses ------------------------------------------------------------------------------------------------


class Visit(NamedTuple):
    """A deal's time in a stage while it was open."""

    kind: str
    """Of the stage."""
    entered: date
    left: date | None
    """None: it is there still."""
    into: str | None
    """The kind of the next stage, or won, lost, disqualified; None while it is there."""


class Course(NamedTuple):
    """A deal's life as far as it is known, and what it was thought to bring."""

    visits: tuple[Visit, ...]
    """In the order in which they happened."""
    amount: int | None
    """In the metric (minor units, or a count), as known while the deal was open; None: not known."""
    overdue: bool = False
    """Open still, though its expected-close date is past: until it is given another, nothing is expected of
    it."""


def weeks_ago(day: date, today: date) -> int:
    """In which week, counted back from today's, a day lies: 0 for the seven days that end with today."""
    return (today - day).days // WEEK


Spans = Counter[tuple[str, int, str | None]]
"""How many visits there were by kind of stage, length in weeks, and whither they led."""
Ways = list[dict[str, float]]
"""For the first, second, … week in a stage, how likely a deal leaves it in that week, and whither."""


class Courses:
    """How deals go on from a stage, week by week: whither, and how likely, after how long a time there.

    A discrete life table with several ways out for each kind of stage, by the time since the deal came there
    (Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data, 1980, chapter 8), all of them
    strung together to a semi-Markov chain. A deal's first week in a stage is the one in which it came.
    """

    def __init__(self, courses: Sequence[Course], today: date, by_hand: Mapping[str, int]) -> None:
        """`by_hand` has the kinds of stages from left to right with the percentages that were set by hand."""
        self._order = list(by_hand)
        spans: Spans = Counter()
        ended: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()
        for visits, *_ in courses:
            for kind, entered, left, into in visits:
                spans[kind, weeks_ago(entered, today) - (weeks_ago(left, today) if left else 0), into] += 1
            if visits:
                self._starts[visits[0].kind] += 1
                if visits[-1].into in (WON, LOST):
                    ended.update({visit.kind for visit in visits})
        of_kind: defaultdict[str, Spans] = defaultdict(Counter)
        for (kind, span, into), deals in spans.items():
            of_kind[kind][kind, span, into] = deals
        self._ways: dict[str, Ways] = {
            kind: _ways_out(of_kind[kind])
            if ended[kind] >= ENOUGH_DEALS
            else _as_set_by_hand(spans, by_hand[kind])
            for kind in self._order
        }
        self._from_start: dict[str, list[float]] = {kind: [0.0] for kind in self._order}
        self._found: dict[tuple[str, int, int], float] = {}

    def won_within(self, kind: str, before: int, weeks: int) -> float:
        """How likely a deal is won within so many weeks that has been in a stage in so many weeks before."""
        key = kind, min(before, LIKE_ANY_OTHER), weeks
        if key not in self._found:
            self._work_out(weeks)
            self._found[key] = self._won(*key)
        return self._found[key]

    def new_won_within(self, weeks: int) -> float:
        """How likely a deal that is opened now is won within so many weeks, this week being the first."""
        self._work_out(weeks)
        opened = sum(self._starts.values())
        return sum(
            deals / opened * self._from_start[kind][weeks]
            for kind, deals in self._starts.items()
            if kind in self._from_start
        )

    def _work_out(self, weeks: int) -> None:
        """For all numbers of weeks up to this one, what becomes of a deal that has just come to a stage."""
        for number in range(min(map(len, self._from_start.values()), default=0), weeks + 1):
            # From right to left: what moves on may be won in the same week.
            for kind in reversed(self._order):
                self._from_start[kind].append(self._won(kind, 0, number))

    def _won(self, kind: str, before: int, weeks: int) -> float:
        won, still_here = 0.0, 1.0
        ways = self._ways.get(kind)
        for number in range(weeks if ways else 0):
            assert ways is not None
            leaving = ways[min(before + number, LIKE_ANY_OTHER)]
            for into, likely in leaving.items():
                if into == WON:
                    won += still_here * likely
                elif into in self._from_start:
                    then = self._from_start[into]
                    won += still_here * likely * then[min(weeks - number, len(then) - 1)]
            still_here *= 1 - sum(leaving.values())
        return won


def _ways_out(spans: Spans) -> Ways:
    """Each week counts the deals that were there in it, and those of them that left."""
    there = [0] * (LIKE_ANY_OTHER + 1)
    out: list[Counter[str]] = [Counter() for _ in there]
    for (_, span, into), deals in spans.items():
        for week in range(min(span + 1, LIKE_ANY_OTHER)):
            there[week] += deals
        if span >= LIKE_ANY_OTHER:
            there[LIKE_ANY_OTHER] += deals * (span + 1 - LIKE_ANY_OTHER)
        if into is not None:
            out[min(span, LIKE_ANY_OTHER)][into] += deals
    weeks = max(1, sum(there))
    usual = {
        into: sum(left[into] for left in out) / weeks
        for into in sorted({one for left in out for one in left})
    }
    return [
        {into: (left[into] + PRIOR_DEALS * likely) / (deals + PRIOR_DEALS) for into, likely in usual.items()}
        for left, deals in zip(out, there, strict=True)
    ]


def _as_set_by_hand(spans: Spans, percent: int) -> Ways:
    """Deals end as fast as they do in any stage, and are won as often as was set by hand."""
    anywhere: Spans = Counter()
    for (_, span, into), deals in spans.items():
        anywhere["", span, WON if into in (WON, LOST, DISQUALIFIED) else None] += deals
    ending = [ways.get(WON, 0.0) for ways in _ways_out(anywhere)]
    return [{WON: one * percent / 100, LOST: one * (100 - percent) / 100} for one in ending]
