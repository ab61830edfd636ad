"""What a review is decided on: how a goal stood, what comparable periods brought; minutes of a seal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from salesboard.domain import assessments, gains, lint, money, realism, reviews
from salesboard.domain.assessments import Assessed
from salesboard.domain.company import CompanyFacts
from salesboard.domain.goals import GoalFacts
from salesboard.domain.lint import Finding
from salesboard.domain.reviews import OpenReview, Reviewed
from salesboard.domain.seals import Restatement, Sealed
from salesboard.ui import bars
from salesboard.ui.goal_sheet import lesson_lines
from salesboard.ui.plain import wrapped
from salesboard.ui.widgets.sheet import Line

LONGEST_BAR = 24
MOST_RESTATED = 100
"""So many changes of a sealed quarter are listed, the newest."""


@dataclass(frozen=True)
class Past:
    """What is behind a goal: comparable periods by name, and what was decided before."""

    values: tuple[tuple[str, int], ...]
    """Oldest first."""
    decided: tuple[Reviewed, ...]
    learnt: tuple[tuple[str, Assessed], ...] = ()
    """What was made of its milestones, by their labels."""
    warnings: tuple[Finding, ...] = ()


def read_past(goal: GoalFacts, today: date) -> Past:
    """Read what is behind a goal; runs at the desk."""
    found = reviews.rehearse(goal, goal.version_on(today).target, today=today)
    labels = {one.id: one.rung.label for version in goal.versions for one in version.milestones}
    return Past(
        tuple(zip(found.names, found.past, strict=True)),
        tuple(reviews.reviews(goal.id)),
        tuple((labels[number], one) for number, one in assessments.assessments(labels).items()),
        tuple(one for one in lint.findings(today=today, goal=goal.id) if one.waived is None),
    )


def behind(one: OpenReview, past: Past | None, facts: CompanyFacts, today: date, width: int) -> list[Line]:
    """How the goal and its milestones stand, what comparable periods brought, and what was decided before."""
    standing, goal = one.standing, one.standing.goal
    lines: list[Line] = [
        [("strong", goal.name), ("dim", f"  {goal.whose}")],
        [("text", bars.told(standing, facts.currency))],
        [],
        [("strong", "Milestones")],
    ]
    for milestone in standing.milestones:
        rung = milestone.facts.rung
        due = bars.day(rung.due_on, today) if rung.due_on else ""
        status = milestone.standing.status
        ink = {"reached": "good", "open": "text"}.get(status, "attention")
        lines.append(
            [
                ("text", f"{rung.label:<14}"),
                ("dim", f"{due:>11}"),
                ("money", f"{gains.shown(rung.threshold, goal.metric, facts.currency):>8}  "),
                (ink, bars.status(milestone.standing, goal.metric, facts.currency, today)),
            ]
        )
    if past is None:
        return lines
    for label, learnt in past.learnt:
        lines += [[], [("strong", f"{label} taught"), ("dim", f"   {learnt.author}")]]
        lines += lesson_lines(learnt, width)
    if past.warnings:
        lines += [[], [("strong", "Warnings")]]
        lines += [
            [("attention", "! "), ("dim", f"{bad.rule}  "), ("text", bad.words)] for bad in past.warnings
        ]
    lines += [[], *_looked_back(goal, past, standing.target, facts.currency, width)]
    if past.decided:
        lines += [[], [("strong", "Decided before")]]
        lines += [
            [("text", f"{was.quarter}  {was.decision:<7}"), ("dim", f"{was.author}: {was.reason}")]
            for was in past.decided[::-1]
        ]
    return lines


def about_warning(one: Finding, width: int) -> list[Line]:
    """What a rule says about a goal, and what can be done."""
    words = wrapped(f"{lint.RULES[one.rule].capitalize()}: {one.words}.", width)
    return [
        [("strong", one.name)],
        *([("attention", line)] for line in words),
        [],
        [("dim", "w lets it stand, for a reason · Enter opens the goal")],
    ]


def minutes(one: Sealed, facts: CompanyFacts, today: date, width: int) -> list[Line]:
    """The minutes of a sealed quarter: the ledger's end, what was decided, and what changed since."""
    on = bars.day(facts.today(one.at), today)
    lines: list[Line] = [
        [("strong", f"Minutes of {one.quarter.name}"), ("dim", f"   sealed {on} by {one.author}")],
        [("text", f"The ledger ended at entry {one.seq}:")],
        *([("dim", one.hash[at : at + max(16, width)])] for at in range(0, len(one.hash), max(16, width))),
    ]
    if not one.holds:
        lines.append([("attention", "! The ledger has another entry there now: run salesboard verify.")])
    lines += [[], [("strong", "Decided"), ("dim", f"   {len(one.decisions) or 'nothing'}")]]
    for name, decided in one.decisions:
        lines.append([("text", f"{decided.decision:<7}"), ("name", name)])
        lines += [
            [("dim", f"       {line}")]
            for line in wrapped(f"{decided.author}: {' '.join(decided.reason.split())}", max(20, width - 7))
        ]
    lines += [[], [("strong", "Since sealed"), ("dim", f"   {'' if one.restatements else 'nothing'}")]]
    for each in one.restatements[-MOST_RESTATED:]:
        lines += restated(each, facts.currency, width)
    if len(one.restatements) > MOST_RESTATED:
        earlier = f"{len(one.restatements) - MOST_RESTATED:,} before these: salesboard goals seal --show"
        lines.append([("dim", f"{earlier} {one.quarter.name}")])
    if one.restatements:
        lines.append([("text", "in all"), (">", ""), ("money", signed(one.minor, facts.currency))])
    return lines


def restated(one: Restatement, currency: str, width: int) -> list[Line]:
    """`entry 412 Ada Marsh edited Northwind · Renewal  +2,000`, and what else it changed."""
    told = f"entry {one.seq} {one.who} {one.verb} {one.called}"
    first, *more = wrapped(told, max(20, width - 14))
    effect = signed(one.minor, currency) if one.minor or not one.changed else ""
    besides = [{-1: "one sale fewer", 1: "one sale more"}[one.sales]] if one.sales else []
    besides += [f"another {field}" for field in one.changed]
    lines: list[Line] = [[("text", first), (">", ""), ("money", effect)]]
    lines += [[("text", f"  {line}")] for line in more]
    return [*lines, *([("dim", f"  {words}")] for words in besides)]


def signed(minor: int, currency: str) -> str:
    """`+2,000`."""
    return f"{'-' if minor < 0 else '+'}{money.format_plain(abs(minor), currency)}"


def _looked_back(goal: GoalFacts, past: Past, target: int, currency: str, width: int) -> list[Line]:
    if not past.values:
        return [[("dim", "No comparable period is over yet.")]]
    wanted = gains.shown(target, goal.metric, currency)
    heading: Line = [
        ("strong", f"Past {len(past.values)}"),
        ("dim", f"   {wanted} was {realism.hits(target, amounts(past))}"),
    ]
    return [heading, *past_bars(past, target, goal, currency, width)]


def amounts(past: Past) -> list[int]:
    """What comparable periods brought, oldest first."""
    return [value for _, value in past.values]


def past_bars(past: Past, target: int, goal: GoalFacts, currency: str, width: int) -> list[Line]:
    """Past periods as bars with their numbers; a tick stands where the target is."""
    names_width = max((len(name) for name, _ in past.values), default=0)
    room = max(4, min(LONGEST_BAR, width - names_width - 14))
    most = max(1, target, *amounts(past)) if past.values else 1
    tick = max(0, target * room // most - 1)
    lines: list[Line] = []
    for name, value in past.values:
        hit = value >= target
        filled = max(0, value) * room // most
        filled = max(filled, tick + 1) if hit else min(filled, tick)
        cells = [bars.DONE if at < filled else " " for at in range(room)]
        cells[tick] = bars.DONE_TICK if tick < filled else bars.TICK
        lines.append(
            [
                ("dim", f"{name:<{names_width}}  "),
                ("bar" if hit else "dim", "".join(cells)),
                ("money", f"  {gains.shown(value, goal.metric, currency):>6}"),
                ("good" if hit else "dim", "  hit" if hit else ""),
            ]
        )
    return lines
