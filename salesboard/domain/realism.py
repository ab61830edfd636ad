"""Whether a goal is realistic by one's own history, and whether it is set well enough to be activated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor
from typing import Literal

from salesboard.domain.ladders import percent
from salesboard.errors import Refused

Verdict = Literal["safe", "fair", "stretch", "beyond best", "not enough history"]

FEWEST_PERIODS = 4
"""With fewer comparable periods there is no verdict."""


@dataclass(frozen=True)
class Realism:
    """A target held against what comparable periods brought (minor units or counts)."""

    target: int
    periods: int
    """So many comparable periods."""
    verdict: Verdict
    p50: Decimal | None = None
    p80: Decimal | None = None
    p95: Decimal | None = None
    """None, like the others, without enough history."""
    best: int | None = None
    above_best: float | None = None
    """Percent by which the target exceeds the best period; None when it does not, or the best was nothing."""

    @property
    def needs_reason(self) -> bool:
        """Whether somebody has to write down why it can be done all the same."""
        return self.verdict == "beyond best"


@dataclass(frozen=True)
class Hits:
    """How many past periods would have reached a target."""

    hit: int
    periods: int

    def __str__(self) -> str:
        return f"hit {self.hit} of {self.periods}"


@dataclass(frozen=True)
class GoalFacts:
    """What is known of a goal that is to be activated."""

    metric: str | None
    scope: str | None
    """The company, team or person by name."""
    computable: bool
    """Whether the metric is one that is counted from the ledger."""
    verdict: Verdict | None
    """None when realism was not checked yet."""
    reason: str | None
    """Why a target beyond the best can be reached."""
    parent: str | None
    """The goal that it serves."""
    relevance: str | None
    """Why it matters, where it serves no other goal."""
    due_on: date | None
    open_ended: bool


@dataclass(frozen=True)
class Tick:
    """One of the five answers: specific, measurable, achievable, relevant, time-bound."""

    word: str
    met: bool
    why: str
    """What is the answer, or what is lacking and what to do."""


def percentile(values: Sequence[int], percent_below: int) -> Decimal:
    """The value below which a percentage (0 to 100) of values lies, interpolated linearly, exact.

    The values in order stand at 0 to n - 1; the percentile is read at (n - 1) x percentage / 100, as
    spreadsheets' PERCENTILE.INC does.
    """
    if not values or not 0 <= percent_below <= 100:
        raise Refused("A percentile is taken of at least one value, at 0 to 100 percent.")
    ordered = sorted(values)
    place, hundredths = divmod((len(ordered) - 1) * percent_below, 100)
    above = ordered[min(place + 1, len(ordered) - 1)]
    return Decimal(ordered[place] * 100 + (above - ordered[place]) * hundredths) / 100


def judge(target: int, past: Sequence[int]) -> Realism:
    """A target's verdict: safe up to P50, fair up to P80, stretch up to the best, else it needs a reason."""
    if len(past) < FEWEST_PERIODS:
        return Realism(target, len(past), "not enough history")
    p50, p80, p95 = (percentile(past, at) for at in (50, 80, 95))
    best = max(past)
    verdict: Verdict = "beyond best"
    if target <= p50:
        verdict = "safe"
    elif target <= p80:
        verdict = "fair"
    elif target <= best:
        verdict = "stretch"
    above = percent(target - best, best) if target > best > 0 else None
    return Realism(target, len(past), verdict, p50, p80, p95, best, above)


def explain(found: Realism, *, noun: str = "quarter", show: Callable[[int], str] = "{:,}".format) -> str:
    """The verdict's grounds in a sentence; `show` writes an amount or count, percentiles rounded half up."""
    if found.p80 is None or found.best is None:
        return (
            f"not enough history: {found.periods} comparable {noun}{'' if found.periods == 1 else 's'}, "
            f"{FEWEST_PERIODS} are needed"
        )
    beside = f"your best {noun} ({show(found.best)})"
    at_or_below = f"80 % of your {noun}s were at or below {show(floor(found.p80 + Decimal('0.5')))}"
    return f"{show(found.target)} is {_compared(found)} {beside}; {at_or_below}"


def hits(target: int, past: Sequence[int]) -> Hits:
    """How often past periods came to a target: what a change of it would have meant."""
    return Hits(sum(value >= target for value in past), len(past))


def smart(goal: GoalFacts) -> tuple[Tick, Tick, Tick, Tick, Tick]:
    """The five answers a goal needs before it is activated; without all of them it stays a draft.

    Too little history for a verdict does not hold a goal back, as a new team could have none.
    """
    return (
        Tick("specific", *_specific(goal)),
        Tick("measurable", *_measurable(goal)),
        Tick("achievable", *_achievable(goal)),
        Tick("relevant", *_relevant(goal)),
        Tick("time-bound", *_time_bound(goal)),
    )


def _compared(found: Realism) -> str:
    if found.verdict == "beyond best":
        return "above" if found.above_best is None else f"{found.above_best:g} % above"
    return "equal to" if found.target == found.best else "below"


def _specific(goal: GoalFacts) -> tuple[bool, str]:
    if goal.metric and goal.scope:
        return True, f"{goal.metric} of {goal.scope}"
    if goal.metric:
        return False, "it names nobody: choose the company, a team or a person"
    return False, "it names no metric: choose what is counted"


def _measurable(goal: GoalFacts) -> tuple[bool, str]:
    if goal.metric and goal.computable:
        return True, "counted from the ledger"
    if goal.metric:
        return False, f"{goal.metric} can not be counted from the ledger: choose a metric that can"
    return False, "nothing is counted: choose a metric"


def _achievable(goal: GoalFacts) -> tuple[bool, str]:
    match goal.verdict:
        case None:
            return False, "realism is not checked: hold the target against the past periods"
        case "beyond best" if not goal.reason:
            return False, "the target is beyond the best ever: write the reason why it can be reached"
        case "beyond best":
            return True, f"beyond best, because: {goal.reason}"
        case verdict:
            return True, verdict


def _relevant(goal: GoalFacts) -> tuple[bool, str]:
    if goal.parent:
        return True, f"part of {goal.parent}"
    if goal.relevance:
        return True, goal.relevance
    return False, "it serves no other goal: link it to one or write why it matters"


def _time_bound(goal: GoalFacts) -> tuple[bool, str]:
    if goal.due_on:
        return True, f"due on {goal.due_on}"
    if goal.open_ended:
        return True, "open-ended"
    return False, "it has no due date: set one or mark it open-ended"
