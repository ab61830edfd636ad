"""How likely open deals become sales, and how soon: by stage and by the time spent there, from own history."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
"""The stage's average counts like so many deals in every single week."""
_NORMAL_95 = NormalDist().inv_cdf(0.975)


class Visit(NamedTuple):
    """A deal's time in a stage while it was open."""

    kind: str
    """Of the stage."""
    entered: date
    left: date | None
    """None: it is there still."""
    into: str | None
    """The kind of the next stage, or won, lost, disqualified; None where nobody can tell."""


class Course(NamedTuple):
    """A deal's life as far as it is known, and what it was thought to bring."""

    visits: tuple[Visit, ...]
    """In the order in which they happened."""
    amount: int | None
    """In the metric (minor units, or a count), as known while the deal was open; None: not known."""

    @property
    def ending(self) -> str | None:
        """Won, lost or disqualified; None while it is open."""
        return self.visits[-1].into if self.visits else None


@dataclass(frozen=True)
class Likelihood:
    """How likely a deal that reached a stage becomes a sale, and on what that rests."""

    percent: int
    deals: int
    """So many closed deals had reached the stage; disqualified ones never count."""
    low: int | None
    high: int | None
    """The 95 % interval, in percent; None where the likelihood was set by hand."""

    @property
    def by_hand(self) -> bool:
        """Whether there were too few closed deals to tell."""
        return self.low is None

    def __str__(self) -> str:
        if self.by_hand:
            return f"{self.percent} % (set by hand; n={self.deals}, {ENOUGH_DEALS} are needed)"
        return f"{self.percent} % (n={self.deals})"


def wilson(won: int, deals: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, Probable Inference, JASA 22, 1927): 6 of 14 is 0.214 to 0.674."""
    if not deals:
        return 0.0, 1.0
    share, square = won / deals, _NORMAL_95**2
    middle = share + square / (2 * deals)
    half = _NORMAL_95 * sqrt(share * (1 - share) / deals + square / (4 * deals * deals))
    return max(0.0, (middle - half) / (1 + square / deals)), min(1.0, (middle + half) / (1 + square / deals))


def likelihood(courses: Iterable[Course], kind: str, by_hand: int) -> Likelihood:
    """How many of the closed deals that were ever in a stage (of a kind) were won, at least 8 of them.

    With fewer it is the percentage that was set by hand. Disqualified deals count neither way.
    """
    won, deals = _won_of(courses)[kind]
    if deals < ENOUGH_DEALS:
        return Likelihood(by_hand, deals, None, None)
    low, high = wilson(won, deals)
    return Likelihood(_percent(won / deals), deals, _percent(low), _percent(high))


def _percent(share: float) -> int:
    return int(share * 100 + 0.5)


def _won_of(courses: Iterable[Course]) -> defaultdict[str, tuple[int, int]]:
    """By kind of stage, how many deals that were ever there were won, of how many that were won or lost."""
    counted: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for course in courses:
        ending = course.ending
        if ending in (WON, LOST):
            for kind in {visit.kind for visit in course.visits}:
                won, deals = counted[kind]
                counted[kind] = won + (ending == WON), deals + 1
    return counted


def weeks_ago(day: date, today: date) -> int:
    """In which week, counted back from today's, a day lies: 0 for the seven days that end with today."""
    return (today - day).days // WEEK


class Courses:
    """How deals go on from a stage, week by week: whither, and how likely, after how long a time there.

    A discrete life table with several ways out (Kalbfleisch and Prentice, The Statistical Analysis of Failure
    Time Data, 1980, chapter 8), one for each kind of stage by the time since the deal came there, strung
    together to a semi-Markov chain. A deal's first week in a stage is the one in which it came.
    """

    def __init__(self, courses: Sequence[Course], today: date, by_hand: Mapping[str, int]) -> None:
        """`by_hand` has the kinds of stages from left to right with the percentages that were set by hand."""
        self._order = list(by_hand)
        spans: Counter[tuple[str, int, str | None]] = Counter()
        self._starts: Counter[str] = Counter()
        for course in courses:
            for visit in course.visits:
                left = weeks_ago(visit.left, today) if visit.left else 0
                spans[visit.kind, weeks_ago(visit.entered, today) - left, visit.into] += 1
            if course.visits:
                self._starts[course.visits[0].kind] += 1
        known = _won_of(courses)
        self._leaving = {kind: _leaving(spans, kind) for kind in self._order}
        for kind in self._order:
            if known[kind][1] < ENOUGH_DEALS:
                self._leaving[kind] = self._as_set_by_hand(spans, by_hand[kind])
        self._soon: dict[str, list[float]] = {kind: [0.0] for kind in self._order}
        self._found: dict[tuple[str, int, int], float] = {}

    def _as_set_by_hand(
        self, spans: Counter[tuple[str, int, str | None]], percent: int
    ) -> list[dict[str, float]]:
        """Deals end as fast as they do anywhere, and are won as often as was set by hand."""
        anywhere: Counter[tuple[str, int, str | None]] = Counter()
        for (_, span, into), deals in spans.items():
            anywhere["", span, WON if into in (WON, LOST, DISQUALIFIED) else None] += deals
        return [
            {WON: (leaving := sum(ways.values())) * percent / 100, LOST: leaving * (100 - percent) / 100}
            for ways in _leaving(anywhere, "")
        ]

    def won_within(self, kind: str, before: int, weeks: int) -> float:
        """How likely a deal is won within so many weeks that has been in a stage in so many weeks before."""
        key = kind, min(before, LIKE_ANY_OTHER), weeks
        if key not in self._found:
            self._reach(weeks)
            self._found[key] = self._won(kind, key[1], weeks)
        return self._found[key]

    def new_won_within(self, weeks: int) -> float:
        """How likely a deal that is opened now is won within so many weeks, the present one being the first."""
        opened = sum(self._starts.values())
        if not opened:
            return 0.0
        self._reach(weeks)
        return sum(
            deals / opened * self._soon[kind][weeks]
            for kind, deals in self._starts.items()
            if kind in self._soon
        )

    def _reach(self, weeks: int) -> None:
        """Work out, for all weeks up to here, what becomes of a deal that has just come to a stage."""
        for number in range(len(next(iter(self._soon.values()), [])), weeks + 1):
            # From right to left: what moves on may be won in the same week.
            for kind in reversed(self._order):
                self._soon[kind].append(self._won(kind, 0, number))

    def _won(self, kind: str, before: int, weeks: int) -> float:
        won, still_here = 0.0, 1.0
        ways_out = self._leaving.get(kind, [])
        for number in range(weeks if ways_out else 0):
            ways = ways_out[min(before + number, LIKE_ANY_OTHER)]
            for into, likely in ways.items():
                if into == WON:
                    won += still_here * likely
                elif into in self._soon:
                    soon = self._soon[into]
                    won += still_here * likely * soon[min(weeks - number, len(soon) - 1)]
            still_here *= 1 - sum(ways.values())
        return won


def _leaving(spans: Counter[tuple[str, int, str | None]], kind: str) -> list[dict[str, float]]:
    """How likely a deal leaves a stage in its first, second, … week there, and whither.

    Each week counts the deals that were there in it; the stage's average over all weeks counts as one more.
    """
    there = [0.0] * (LIKE_ANY_OTHER + 1)
    out: list[Counter[str]] = [Counter() for _ in there]
    for (of_kind, span, into), deals in spans.items():
        if of_kind != kind or span < 0:
            continue
        for week in range(min(span + 1, LIKE_ANY_OTHER)):
            there[week] += deals
        if span >= LIKE_ANY_OTHER:
            there[LIKE_ANY_OTHER] += deals * (span + 1 - LIKE_ANY_OTHER)
        if into is not None:
            out[min(span, LIKE_ANY_OTHER)][into] += deals
    total = sum(there)
    if not total:
        return [{} for _ in there]
    ways = sorted({into for left in out for into in left})
    usual = {into: sum(left[into] for left in out) / total for into in ways}
    return [
        {into: (left[into] + PRIOR_DEALS * usual[into]) / (number + PRIOR_DEALS) for into in ways}
        for left, number in zip(out, there, strict=True)
    ]
