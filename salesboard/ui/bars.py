"""A goal as a bar and as a sentence: done, where it should be today, milestones, what is likely to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from rich.cells import cell_len

from salesboard.domain import money
from salesboard.domain.dates import day_in_words
from salesboard.domain.gains import Metric, Scope, about, in_full, shown
from salesboard.domain.ladders import Standing, percent
from salesboard.domain.odds import Range, in_percent
from salesboard.domain.standings import GoalStanding
from salesboard.domain.text import counted
from salesboard.ui.plain import one_line
from salesboard.ui.widgets.lines import Part

DONE, DONE_TICK, DONE_END = "━", "┿", "┥"
LIKELY, REST = "╾", "─"
TICK, MARK, END = "│", "┼", "┤"
"""Every part of a bar has a shape of its own, for terminals and eyes without colours."""
SHORTEST_HEADLINE, LONGEST_HEADLINE = 14, 44
MISSING = "–"
"""Where there is no number."""


@dataclass(frozen=True)
class Bar:
    """What is drawn of a goal; amounts are minor units or counts."""

    value: int
    target: int
    expected: int | None = None
    """Where it should be today."""
    likely: int | None = None
    """Where it is likely to end."""
    marks: tuple[int, ...] = ()
    """Thresholds of milestones on the way to the target."""


def bar_of(found: GoalStanding, ahead: Range | None = None) -> Bar:
    """What is drawn of a goal that stands so, with what it may come to if that is known."""
    return Bar(
        found.value,
        found.target,
        found.pace.expected if found.pace and not found.is_over and not found.reached else None,
        ahead.middle if ahead else None,
        tuple(rung.threshold for rung in found.rungs if rung.threshold < found.target),
    )


def drawn(bar: Bar, width: int) -> list[Part]:
    """A bar of exactly so many cells; beyond the target it is full."""
    if width < 1:
        return []
    full = bar.value >= bar.target
    done = width if full else min(_cells(bar.value, bar.target, width), width - 1)
    likely = max(done, min(_cells(bar.likely or 0, bar.target, width), width))
    cells = (
        [("bar", DONE)] * done + [("likely", LIKELY)] * (likely - done) + [("rest", REST)] * (width - likely)
    )
    for mark in bar.marks:
        at = _last_cell(mark, bar.target, width)
        if at < width - 1:
            cells[at] = ("bar" if at < done else "dim", MARK)
    if bar.expected is not None:
        at = min(_last_cell(bar.expected, bar.target, width), width - 1)
        cells[at] = ("text", DONE_TICK if at < done else TICK)
    if bar.expected is None or _last_cell(bar.expected, bar.target, width) < width - 1:
        cells[-1] = ("bar", DONE_END) if full else ("dim", END)
    return joined(cells)


def headline(
    found: GoalStanding, chance_of: float | None, ahead: Range | None, currency: str, room: int
) -> list[Part]:
    """A goal in one line: name, bar, value of target, pace and odds; what matters least goes first."""
    goal = found.goal
    figures = f"{shown(found.value, goal.metric, currency)} of {shown(found.target, goal.metric, currency)}"
    name = goal.name if goal.scope == Scope() else f"{goal.whose} {goal.name}"
    pace = chances = ""
    if found.reached is not None:
        pace = status(found.reached.standing, goal.metric, currency, found.today)
    elif found.pace is not None:
        pace = beside_pace(found.pace.ahead, goal.metric, currency, short=True)
        chances = f"{chance(chance_of)} likely" if chance_of is not None else ""
    for longest_name, said in (
        (34, (pace, chances)),
        (18, (pace, chances)),
        (12, (pace, chances)),
        (18, (chances or pace,)),
        (10, (chances or pace,)),
        (10, ()),
    ):
        words = "".join(f"   {one}" for one in said if one)
        called = one_line(name, min(longest_name, cell_len(name)))
        bar = room - cell_len(called) - len(figures) - len(words) - 4
        if bar >= SHORTEST_HEADLINE:
            break
    else:
        return []
    parts = drawn(bar_of(found, ahead), min(bar, LONGEST_HEADLINE))
    behind = found.pace is not None and found.pace.ahead < 0 and found.reached is None
    return [
        ("text", f"{called}  "),
        *parts,
        ("money", f"  {figures}"),
        *((("attention" if behind and one is pace else "text"), f"   {one}") for one in said if one),
    ]


def _cells(amount: int, target: int, width: int) -> int:
    """Cells that an amount fills; something above zero is seen."""
    return max(amount * width // target, 1) if amount > 0 else 0


def _last_cell(amount: int, target: int, width: int) -> int:
    return max(0, min(ceil(Fraction(amount * width, target)) - 1, width - 1))


def joined(cells: Sequence[Part]) -> list[Part]:
    """As few parts as can be: each costs bytes of its own on a slow line."""
    parts: list[Part] = []
    for style, sign in cells:
        if parts and parts[-1][0] == style:
            parts[-1] = style, parts[-1][1] + sign
        else:
            parts.append((style, sign))
    return parts


# --- in words -----------------------------------------------------------------------------------------------


def told(found: GoalStanding, currency: str) -> str:
    """In a sentence: `170,000 of 300,000 (57 %), 55,000 behind pace, 13,000 per working day needed`."""
    goal, pace, following = found.goal, found.pace, found.following
    if found.today < goal.start_on:
        return f"{in_full(found.target, goal.metric, currency)} from {day(goal.start_on, found.today)} on"
    value, wanted = found.value, found.target
    if pace is not None and pace.next_rung is not None and not found.is_over:
        wanted = pace.next_rung.threshold
    elif pace is None and following is not None:
        wanted = following.facts.rung.threshold
    words = [f"{in_full(value, goal.metric, currency)} of {in_full(wanted, goal.metric, currency)}"]
    words[0] += f" ({percent(value, wanted):.0f} %)"
    if found.reached is not None:
        words.append(status(found.reached.standing, goal.metric, currency, found.today))
    elif found.is_over and found.milestones:
        words.append(status(found.milestones[-1].standing, goal.metric, currency, found.today))
    elif pace is not None:
        words.append(beside_pace(pace.ahead, goal.metric, currency))
        needed = found.needed_per_working_day
        if needed:
            words.append(f"{per_day_in_full(needed, goal.metric, currency)} per working day needed")
    return ", ".join(words)


def beside_pace(ahead: int, metric: Metric, currency: str, *, short: bool = False) -> str:
    """`12k behind pace`, `on pace`, `18k ahead of pace`."""
    if ahead == 0:
        return "on pace"
    amount = shown(abs(ahead), metric, currency) if short else about(abs(ahead), metric, currency)
    return f"{amount} {'behind' if ahead < 0 else 'ahead of'} pace"


def status(stood: Standing, metric: Metric, currency: str, today: date) -> str:
    """How a milestone stands, in a few words."""
    match stood.status:
        case "reached" if stood.reached_on is not None:
            return f"reached {day(stood.reached_on, today)}"
        case "late":
            return f"reached late by {counted(stood.days_late or 0, 'day')}"
        case "missed":
            return f"missed by {shown(stood.short_on_due or stood.missing, metric, currency)}"
        case "reversed" if stood.was_reached_on is not None:
            return f"reversed (was {day(stood.was_reached_on, today)})"
    return stood.status


def per_day_in_full(needed: Fraction, metric: Metric, currency: str) -> str:
    """What every working day must bring, rounded up: to whole major units, of a count to tenths."""
    if metric != "revenue":
        return f"{ceil(needed * 10) / 10:,g}"
    return about(needed, metric, currency, upward=True)


def per_day(needed: Fraction, metric: Metric, currency: str) -> str:
    """The same, short: `4.9k/day`."""
    amount = (
        money.format_short(ceil(needed), currency)
        if metric == "revenue"
        else per_day_in_full(needed, metric, currency)
    )
    return f"{amount}/day"


def signed(amount: int, metric: Metric, currency: str) -> str:
    """`+18k`, `−12k`, `±0`."""
    if amount == 0:
        return "±0"
    return f"{'+' if amount > 0 else money.MINUS}{shown(abs(amount), metric, currency)}"


def chance(odds: float | None) -> str:
    """`81 %`; what is not certain is never called so."""
    return MISSING if odds is None else in_percent(odds)


def day(on: date, today: date) -> str:
    """A day as short as it is clear: `14 Nov`, of another year `14 Nov 2015`."""
    return day_in_words(on, year=on.year != today.year)


def window(start: date, end: date | None, fiscal_start: int, today: date) -> str:
    """The days of a goal: `2017-Q2`, `3 Apr to 12 May`, `since 1 Oct 2016`."""
    from salesboard.domain import periods
    from salesboard.domain.gains import kind_of

    if end is None:
        return f"since {day(start, today)}" if start <= today else f"from {day(start, today)}"
    kind = kind_of(start, end, fiscal_start)
    if kind:
        return periods.period_of(kind, start, fiscal_start).name
    return f"{day(start, today)} to {day(end, today)}"
