"""A goal in lines to read: bar, ladder, its way so far as a chart, versions, and who has read it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from salesboard.domain.assessments import Assessed, is_settled
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import in_full, shown
from salesboard.domain.goals import ACTIVE, Readers
from salesboard.domain.leverage import Repair
from salesboard.domain.lint import Finding
from salesboard.domain.reviews import Reviewed
from salesboard.domain.standings import GoalStanding, MilestoneStanding
from salesboard.domain.text import counted
from salesboard.ui import bars
from salesboard.ui.outlook import Ahead
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

WAITING = "·"
CHART_HEIGHT = 9
LONGEST_CHART = 100
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille cell, by row and column."""
LADDER, STEP, TODAY = "·", "┼", "┊"


@dataclass(frozen=True)
class Page:
    """Everything the page of a goal shows."""

    found: GoalStanding
    parent: str | None
    deals: Mapping[int, str]
    """Names of the deals that crossed a milestone."""
    reviews: Sequence[Reviewed]
    readers: Readers | None
    repairs: Sequence[Repair]
    assessed: Mapping[int, Assessed]
    """What was made of its milestones."""
    warnings: Sequence[Finding]
    """What is wrong with it, also what was waived."""


def facts(page: Page, ahead: Ahead | None, company: CompanyFacts, width: int) -> list[Line]:
    """Name, whose it is and when, the bar and what it says."""
    found, goal, currency = page.found, page.found.goal, company.currency
    what = goal.metric + (f" of {goal.product_name}" if goal.product_name else "")
    days = bars.window(goal.start_on, goal.end_on, company.fiscal_start, found.today)
    lines: list[Line] = [[("strong", goal.name)], [("text", f"{goal.whose} · {what} · {days}")]]
    if goal.status != ACTIVE:
        lines.append([("attention", f"{goal.status}: it does not count")])
    figures = f"{shown(found.value, goal.metric, currency)} of {shown(found.target, goal.metric, currency)}"
    bar = bars.drawn(bars.bar_of(found, ahead.range if ahead else None), max(8, width - len(figures) - 2))
    lines += [[], [*bar, ("money", f"  {figures}")]]
    lines += [[("text", part)] for part in wrapped(bars.told(found, currency), width)]
    lines += [[("dim", part)] for part in wrapped(_legend(found, ahead), width)]
    lines += [[], *_outlook(found, ahead, company)]
    if page.parent:
        lines.append(_fact("Part of", ("text", page.parent)))
    elif goal.relevance:
        lines += _told("Why", goal.relevance, width)
    if found.version.rationale:
        lines += _told("Rationale", found.version.rationale, width)
    lines += repairs(page, company)
    return lines


def _legend(found: GoalStanding, ahead: Ahead | None) -> str:
    bar = bars.bar_of(found, ahead.range if ahead else None)
    signs = {sign for _, text in bars.drawn(bar, 100) for sign in text}
    words = [
        f"{sign} {what}"
        for sign, what in (
            (bars.DONE, "done"),
            (bars.DONE_TICK, "where it should be today"),
            (bars.TICK, "where it should be today"),
            (bars.LIKELY, "likely to come"),
            (bars.MARK, "milestone"),
        )
        if sign in signs
    ]
    return "   ".join(words)


def _outlook(found: GoalStanding, ahead: Ahead | None, company: CompanyFacts) -> list[Line]:
    if found.reached or found.is_over or found.goal.end_on is None:
        return []
    if ahead is None:
        return [_fact("Odds", ("dim", WAITING))]
    metric, currency = found.goal.metric, company.currency
    chance: list[Part] = [("text", bars.chance(ahead.chance))]
    if ahead.chance is not None:
        chance.append(("dim", f"  to be reached by {bars.day(found.goal.end_on, found.today)}"))
    else:
        chance.append(("dim", "  there is not enough history to tell"))
    lines: list[Line] = [_fact("Odds", *chance)]
    if ahead.range is not None:
        low, middle, high = (
            shown(value, metric, currency)
            for value in (ahead.range.low, ahead.range.middle, ahead.range.high)
        )
        lines.append(_fact("Heading for", ("text", middle), ("dim", f"  in 8 of 10 cases {low} to {high}")))
        of_open, of_new = (
            shown(value, metric, currency) for value in (ahead.range.of_open, ahead.range.of_new)
        )
        lines.append(_fact("Deals alone", ("dim", f"say {of_open} from open, {of_new} from new ones")))
    return lines


def _fact(label: str, *parts: Part) -> Line:
    return [("dim", f"{label:<12}"), *parts]


def _told(label: str, words: str, width: int) -> list[Line]:
    lines = [part for paragraph in words.split("\n") for part in wrapped(paragraph, max(20, width - 12))]
    return [_fact(label if at == 0 else "", ("text", line)) for at, line in enumerate(lines)]


def repairs(page: Page, company: CompanyFacts) -> list[Line]:
    """The deals that would help most, where a goal is behind."""
    found = page.found
    if not page.repairs or found.pace is None or found.pace.ahead >= 0:
        return []
    lines = _heading("Would help most", "value and likelihood of open deals")
    for one in page.repairs:
        amount = shown(one.amount, found.goal.metric, company.currency)
        lines.append([("text", one.name), (">", ""), ("money", amount), ("dim", f"{one.likelihood:>5} %")])
    return lines


# --- the ladder ---------------------------------------------------------------------------------------------


def ladder(page: Page, ahead: Ahead | None, company: CompanyFacts, width: int) -> list[Line]:
    """Each milestone: due, threshold, how it stands, which deal crossed it, what it brings, its odds."""
    found, metric = page.found, page.found.goal.metric
    chances = ahead.chances if ahead else (None,) * len(found.milestones)
    rows: list[tuple[tuple[str, ...], MilestoneStanding]] = []
    for one, odds in zip(found.milestones, chances, strict=True):
        rung, settled = one.facts.rung, one.standing.status != "open"
        rows.append(
            (
                (
                    rung.label,
                    bars.day(rung.due_on, found.today) if rung.due_on else "open-ended",
                    shown(rung.threshold, metric, company.currency),
                    "" if settled else bars.chance(odds) if ahead else WAITING,
                    bars.status(one.standing, metric, company.currency, found.today),
                ),
                one,
            )
        )
    widths = [max((cell_len(cells[at]) for cells, _ in rows), default=0) for at in range(4)]
    widths[0] = max(8, min(widths[0], width // 3))
    per_period = ", each period by itself" if found.version.reading != "cumulative" else ""
    lines = _heading("Milestones", f"{_reached(found)} of {len(found.milestones)} reached{per_period}")
    for (label, due, threshold, chance, status), one in rows:
        stood = one.standing
        line: list[Part] = [
            ("text", one_line(label, widths[0]) + "  "),
            ("dim", f"{due:>{widths[1]}}  "),
            ("money", f"{threshold:>{widths[2]}}  "),
            ("text", f"{chance:>{widths[3]}}  "),
            (_style(stood.status), status),
        ]
        lines.append(line)
        more = _beneath(page, one, company)
        if more:
            lines.append([("dim", " " * (widths[0] + 2) + more)])
    return lines


def _reached(found: GoalStanding) -> int:
    return sum(one.standing.reached_on is not None for one in found.milestones)


def _style(status: str) -> str:
    return {"reached": "good", "late": "text", "open": "dim"}.get(status, "attention")


def _beneath(page: Page, one: MilestoneStanding, company: CompanyFacts) -> str:
    """Which deal crossed it, by how much, and what it brings."""
    stood, metric = one.standing, page.found.goal.metric
    words: list[str] = []
    if stood.crossed_by is not None and stood.reached_on is not None:
        name = page.deals.get(stood.crossed_by.subject, f"deal {stood.crossed_by.subject}")
        over = f", {shown(stood.overshoot, metric, company.currency)} over" if stood.overshoot else ""
        early = (
            f", {counted(-stood.days_late, 'day')} early" if stood.days_late and stood.days_late < 0 else ""
        )
        words.append(f"by {name}{over}{early}")
    brings = [one.facts.reward or ""]
    if one.facts.reward_minor:
        money = in_full(one.facts.reward_minor, "revenue", company.currency)
        brings.append(money if page.found.goal.scope.person is not None else f"{money}, shared equally")
    if any(brings):
        words.append("brings " + " and ".join(part for part in brings if part))
    return " · ".join(words)


# --- the chart ----------------------------------------------------------------------------------------------


def chart(found: GoalStanding, company: CompanyFacts, width: int) -> list[Line]:
    """The value day by day, in dots, against the ladder it should climb."""
    goal, today = found.goal, found.today
    if goal.start_on > today:
        return []
    last = goal.end_on or today
    days = (last - goal.start_on).days + 1
    top = max(found.target, found.value)
    labels = [shown(top, goal.metric, company.currency), "0"]
    margin = max(map(len, labels)) + 1
    across = min(width - margin - 1, LONGEST_CHART)
    if across < 12:
        return []
    cells = [[("rest", " ")] * across for _ in range(CHART_HEIGHT)]
    _draw_ladder(cells, found, days, top)
    _draw_value(cells, found, days, top)
    lines = _heading("So far", "dots: the value   · the ladder   ┼ a milestone" if goal.end_on else "")
    for at, row in enumerate(cells):
        label = labels[0] if at == 0 else labels[1] if at == CHART_HEIGHT - 1 else ""
        lines.append([("dim", f"{label:>{margin - 1}} "), ("dim", "┤" if label else "│"), *bars.joined(row)])
    first_day, last_day = bars.day(goal.start_on, today), bars.day(last, today)
    between = across - len(first_day) - len(last_day)
    lines.append([("dim", " " * (margin + 1) + first_day + " " * max(1, between) + last_day)])
    return lines


def _draw_ladder(cells: list[list[Part]], found: GoalStanding, days: int, top: int) -> None:
    rungs = found.rungs
    start, across = found.goal.start_on, len(cells[0])
    points = [(-1, 0)] + [((rung.due_on - start).days, rung.threshold) for rung in rungs if rung.due_on]
    for (before, low), (due, high) in pairwise(points):
        for place in range(across):
            at = (place + 1) * days / across - 1
            if before < at <= due:
                value = low + (high - low) * (at - before) / (due - before)
                cells[_row(value, top)][place] = ("dim", LADDER)
    for due, threshold in points[1:]:
        place = max(0, min(across - 1, round((due + 1) * across / days) - 1))
        cells[_row(threshold, top)][place] = ("text", STEP)


def _draw_value(cells: list[list[Part]], found: GoalStanding, days: int, top: int) -> None:
    """A line of dots, two to a cell across and four down."""
    across, start = len(cells[0]), found.goal.start_on
    on = [(gain.on - start).days for gain in found.gains]
    sums = [0]
    for gain in found.gains:
        sums.append(sums[-1] + gain.amount)
    height = 4 * len(cells)
    bits = [[0] * across for _ in cells]
    until = min((found.today - start).days, days - 1)
    before: int | None = None
    for column in range(2 * across):
        at = column * days // (2 * across)
        if at > until:
            break
        value = sums[bisect_right(on, at)]
        dot = min(height - 1, max(0, value) * (height - 1) // top) if top else 0
        for one in range(min(dot, before if before is not None else dot), dot + 1):
            row, down = divmod(height - 1 - one, 4)
            bits[row][column // 2] |= DOTS[down][column % 2]
        before = dot
    for at, row_bits in enumerate(bits):
        for place, one in enumerate(row_bits):
            if one:
                cells[at][place] = ("bar", chr(0x2800 + one))


def _row(value: float, top: int) -> int:
    return (
        CHART_HEIGHT - 1 - min(CHART_HEIGHT - 1, int(value * CHART_HEIGHT / top)) if top else CHART_HEIGHT - 1
    )


# --- what was decided, and who knows ------------------------------------------------------------------------


def versions(page: Page, company: CompanyFacts, width: int) -> list[Line]:
    """The targets since when, by whom and why, newest first, and what reviews decided."""
    found, zone = page.found, ZoneInfo(company.zone)
    lines = _heading("Versions", f"{len(found.goal.versions)}")
    for one in reversed(found.goal.versions):
        mark = "● " if one is found.version else "  "
        lines.append(
            [
                ("key", mark),
                ("money", shown(one.target, found.goal.metric, company.currency)),
                ("text", f"  {one.decision}"),
                ("dim", f" by {one.author} · from {bars.day(one.from_on, found.today)}"),
                (">", ""),
                ("dim", bars.day(one.at.astimezone(zone).date(), found.today)),
            ]
        )
        lines += _reason(one.reason, width)
    if page.reviews:
        lines += _heading("Reviews", f"{len(page.reviews)}")
        for review in reversed(page.reviews):
            lines.append([("text", f"{review.quarter}  {review.decision}"), ("dim", f" by {review.author}")])
            lines += _reason(review.reason, width)
    return lines


def _reason(words: str | None, width: int) -> list[Line]:
    paragraphs = (words or "").split("\n") if words else []
    return [[("dim", f"  {part}")] for one in paragraphs for part in wrapped(one, max(20, width - 2))]


def warnings(page: Page, width: int) -> list[Line]:
    """What is wrong with the goal, by rule, and why it may stand where it was waived."""
    if not page.warnings:
        return []
    open_ones = [one for one in page.warnings if one.waived is None]
    lines = _heading("Warnings", f"{len(open_ones)} · w waives one" if open_ones else "waived")
    for one in page.warnings:
        ink = "attention" if one.waived is None else "dim"
        mark = "!" if one.waived is None else " "
        first, *more = wrapped(one.words, max(20, width - 6))
        lines.append([("attention", f"{mark} "), ("dim", f"{one.rule}  "), (ink, first)])
        lines += [[(ink, f"{'':6}{line}")] for line in more]
        if one.waived is not None:
            lines += _reason(f"    waived by {one.waived.author}: {one.waived.reason}", width)
    return lines


def lessons(page: Page, width: int) -> list[Line]:
    """What was made of the milestones that were reached or missed."""
    settled = [one for one in page.found.milestones if is_settled(one)]
    if not settled:
        return []
    waiting = sum(one.facts.id not in page.assessed for one in settled)
    lines = _heading("Looked back", f"{waiting} to do · l" if waiting else f"{len(settled)}")
    for one in settled:
        said = page.assessed.get(one.facts.id)
        if said is not None:
            lines.append([("text", one.facts.rung.label), ("dim", f"  by {said.author}")])
            lines += lesson_lines(said, width)
    return lines


def lesson_lines(one: Assessed, width: int) -> list[Line]:
    """What worked, what did not, what is next, as far as it was said."""
    lines: list[Line] = []
    for label, words in (("worked", one.worked), ("did not", one.failed), ("next", one.next)):
        for at, line in enumerate(wrapped(" ".join(words.split()), max(20, width - 11)) if words else []):
            lines.append([("dim", f"  {label if at == 0 else '':<9}"), ("text", line)])
    return lines


def readers(page: Page, width: int) -> list[Line]:
    """Who has acknowledged what was published, who asks, who has not read it."""
    found = page.readers
    if found is None:
        return [*_heading("Read by"), [("dim", "not published yet, as it is now · P publishes it")]]
    lines = _heading("Read by", f"{found.concerned - len(found.waiting)} of {found.concerned}")
    for label, names in (("Yes", found.acknowledged), ("Not yet", found.waiting)):
        if names:
            lines += _told(label, ", ".join(names), width)
    for name, question in found.questions:
        lines += _told("Asks", f"{name}: {question}", width)
    return lines


def _heading(words: str, more: str = "") -> list[Line]:
    return [[], [("strong", words), (">", ""), ("dim", more)]]
