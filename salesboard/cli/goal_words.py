"""Goals as they are answered: documents for programs, bars, tables and sentences for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from math import ceil
from typing import Any

from salesboard.cli.opening import Board
from salesboard.cli.output import Column, amount, answer, counted, facts, number, table, words
from salesboard.cli.scopes import Names
from salesboard.domain import assessments, lint, reviews
from salesboard.domain import goals as domain
from salesboard.domain.assessments import Assessed
from salesboard.domain.gains import Metric, about, in_full
from salesboard.domain.goals import Check, GoalFacts, MilestoneFacts, VersionFacts, Wish
from salesboard.domain.ladders import READINGS, Pace, Rung, both_readings
from salesboard.domain.lint import Finding
from salesboard.domain.odds import in_percent
from salesboard.domain.standings import Branch, GoalStanding, MilestoneStanding
from salesboard.errors import WrongUsage

BAR = 40
"""Cells of a progress bar."""
NAMED = 8
"""So many of those who have not read a goal are named."""
MOST_COUNTED = 10**15
LEGEND = "# done, | milestone, ^ where it should be"


# --- values -------------------------------------------------------------------------------------------------


def value(of: int | None, metric: Metric, currency: str) -> str:
    """A value in full, without its currency: `12,400.50` of revenue, `1,200` of anything else."""
    if of is None:
        return ""
    return in_full(of, metric, currency)


def value_of(board: Board, metric: Metric, said: str, field: str) -> int:
    """A value of a metric as it was typed: an amount of revenue in minor units, else a count."""
    if metric == "revenue":
        return board.amount(said)
    plain = re.sub(r"[,_ ]", "", said.strip())
    if not (plain.isascii() and plain.isdigit()) or int(plain[:20]) > MOST_COUNTED:
        raise WrongUsage(f"{field}: {said!r} is no count; write {metric} as a number such as 1,200")
    return int(plain)


def unit(metric: Metric, currency: str) -> str:
    """What a metric is counted in: `USD`, `sales`."""
    return currency if metric == "revenue" else metric


def keyed(metric: Metric, **values: Any) -> dict[str, Any]:
    """Values by their keys in a document, which of revenue end in `_minor`."""
    return {f"{name}_minor" if metric == "revenue" else name: one for name, one in values.items()}


def chance(odds: float | None) -> str:
    """`62 %`; certain or impossible only where it is."""
    if odds is None:
        return ""
    return in_percent(odds)


def rounded(odds: float | None) -> float | None:
    """Odds as a program reads them, to four decimals."""
    return None if odds is None else round(odds, 4)


# --- documents ----------------------------------------------------------------------------------------------


def summary(found: GoalStanding, odds: float | None, names: Names, currency: str) -> dict[str, Any]:
    """A goal and how it stands, as a program reads it, without its ladder."""
    goal, pace, metric = found.goal, found.pace, found.goal.metric
    needed = found.needed_per_working_day
    return {
        "id": goal.id,
        "name": goal.name,
        "metric": metric,
        "product": goal.product_name,
        "scope": names.scope(goal.scope),
        "whose": goal.whose,
        "status": goal.status,
        "start_on": goal.start_on,
        "end_on": goal.end_on,
        "parent": goal.parent,
        "reading": found.version.reading,
        "as_of": found.today,
        "currency": currency,
        **keyed(
            metric,
            target=found.target,
            value=found.value,
            expected=pace.expected if pace else None,
            ahead=pace.ahead if pace else None,
            gap=found.gap,
            needed_per_working_day=ceil(needed) if needed is not None else None,
        ),
        "percent": found.percent,
        "working_days_left": pace.working_days_left if pace else None,
        "odds": rounded(odds),
    }


def whole(
    found: GoalStanding, odds: float | None, each: Sequence[float | None], board: Board, names: Names
) -> dict[str, Any]:
    """A goal with everything that is known of it, as a program reads it."""
    goal, metric = found.goal, found.goal.metric
    told = domain.readers(goal, board.today)
    assessed = assessments.of_goal(found)
    return {
        **summary(found, odds, names, board.currency),
        "relevance": goal.relevance,
        "rationale": found.version.rationale,
        "milestones": [
            {**_milestone(one, chances, metric), "assessment": _assessed(assessed.get(one.facts.id))}
            for one, chances in zip(found.milestones, each, strict=True)
        ],
        "readings": {
            name.replace(" ", "_"): [
                {"due": rung.due_on, **keyed(metric, threshold=rung.threshold)} for rung in rungs
            ]
            for name, rungs in readings(found.version).items()
        },
        "check": _check(domain.check_kept(goal.id, today=board.today))
        if goal.status in (domain.DRAFT, domain.PROPOSED)
        else None,
        "readers": asdict(told) if told else None,
        "reviews": [asdict(one) for one in reviews.reviews(goal.id)],
        "warnings": [warning(one) for one in lint.findings(today=board.today, goal=goal.id)],
        "proposals": [
            {"author": one.author, **keyed(metric, target=one.target), "words": one.words, "at": one.at}
            for one in domain.proposals(goal.id)
        ],
        "versions": [_version(one, metric) for one in goal.versions],
    }


def warning(one: Finding) -> dict[str, Any]:
    """A warning about a goal, as a program reads it."""
    waived = one.waived
    return {
        "rule": one.rule,
        "goal": one.goal,
        "name": one.name,
        "words": one.words,
        "waived": asdict(waived) if waived else None,
    }


def _milestone(one: MilestoneStanding, odds: float | None, metric: Metric) -> dict[str, Any]:
    stood, kept = one.standing, one.facts
    return {
        "id": kept.id,
        "label": kept.rung.label,
        "due": kept.rung.due_on,
        "status": stood.status,
        "reached_on": stood.reached_on,
        "was_reached_on": stood.was_reached_on,
        "days_late": stood.days_late if stood.status == "late" else None,
        "deal": stood.crossed_by.subject if stood.crossed_by else None,
        **keyed(
            metric,
            threshold=kept.rung.threshold,
            overshoot=stood.overshoot if stood.crossed_by else None,
            value_on_due=stood.value_on_due,
            missing=stood.missing,
        ),
        "reward": kept.reward,
        "reward_minor": kept.reward_minor,
        "final": kept.final,
        "odds": rounded(odds),
    }


def _assessed(one: Assessed | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"worked": one.worked, "failed": one.failed, "next": one.next, "author": one.author, "at": one.at}


def _version(one: VersionFacts, metric: Metric) -> dict[str, Any]:
    return {
        "from_on": one.from_on,
        **keyed(metric, target=one.target),
        "reading": one.reading,
        "decision": one.decision,
        "reason": one.reason,
        "rationale": one.rationale,
        "author": one.author,
        "at": one.at,
    }


def _check(found: Check) -> dict[str, Any]:
    return {
        "verdict": found.realism.verdict if found.realism else None,
        "because": found.verdict,
        "ticks": [asdict(tick) for tick in found.ticks],
    }


def checked(found: Check, rungs: Sequence[Rung], reading: str, metric: Metric) -> dict[str, Any]:
    """What is said of a wish that was not saved, as a program reads it."""
    return {
        "saved": False,
        **_check(found),
        "readings": {
            name.replace(" ", "_"): [
                {"due": rung.due_on, **keyed(metric, threshold=rung.threshold)} for rung in one
            ]
            for name, one in both_readings(rungs, reading).items()  # type: ignore[arg-type]
        },
    }


def readings(version: VersionFacts) -> dict[str, tuple[Rung, ...]]:
    """A version's ladder as it is added up, and by period."""
    both = both_readings([one.rung for one in version.milestones], version.reading)
    return {name: both[name] for name in READINGS}


# --- words --------------------------------------------------------------------------------------------------


def progress(found: GoalStanding, currency: str) -> str:
    """`170,000 of 300,000 (57.0 %), 55,000 behind pace, 13,000 per working day needed`."""
    metric = found.goal.metric
    parts = [
        f"{value(found.value, metric, currency)} of {value(found.target, metric, currency)} "
        f"({found.percent:.1f} %)"
    ]
    if found.is_over:
        parts.append(_ended(found, currency))
    elif found.pace:
        parts.append(behind(found.pace, metric, currency))
        parts.extend(_needed(found, found.pace, currency))
    elif found.goal.start_on > found.today:
        parts.append(f"begins on {found.goal.start_on}")
    return ", ".join(parts)


def _ended(found: GoalStanding, currency: str) -> str:
    metric = found.goal.metric
    if found.gap:
        return f"{value(found.gap, metric, currency)} short when it ended on {found.goal.end_on}"
    return f"{value(found.value - found.target, metric, currency)} over when it ended on {found.goal.end_on}"


def behind(pace: Pace, metric: Metric, currency: str) -> str:
    """`55,000 behind pace`."""
    if pace.ahead == 0:
        return "on pace"
    return f"{about(abs(pace.ahead), metric, currency)} {'ahead of' if pace.ahead > 0 else 'behind'} pace"


def _needed(found: GoalStanding, pace: Pace, currency: str) -> Iterable[str]:
    if not pace.gap or pace.next_rung is None:
        return
    last = pace.next_rung.due_on == found.goal.end_on
    till = "" if last else f" until {pace.next_rung.due_on}"
    if pace.needed_per_working_day is None:
        yield f"{value(pace.gap, found.goal.metric, currency)} missing and no working day left{till}"
    else:
        needed = about(pace.needed_per_working_day, found.goal.metric, currency, upward=True)
        yield f"{needed} per working day needed{till}"


def bar(found: GoalStanding) -> str:
    """A bar in plain characters, clipped at the target."""
    cells = min(BAR, found.value * BAR // found.target)
    drawn = list("#" * cells + "." * (BAR - cells))
    for rung in readings(found.version)["cumulative"][:-1]:
        drawn[min(BAR - 1, rung.threshold * BAR // found.target)] = "|"
    if found.pace and not found.is_over:
        drawn[min(BAR - 1, max(0, found.pace.expected * BAR // found.target))] = "^"
    return f"[{''.join(drawn)}]"


def show(
    found: GoalStanding, odds: float | None, each: Sequence[float | None], board: Board, names: Names
) -> None:
    """Write a goal for people: bar, ladder, who has read it, what was decided."""
    goal, metric, currency = found.goal, found.goal.metric, board.currency
    answer(f"{bar(found)}  {LEGEND}")
    answer(progress(found, currency))
    answer("")
    facts(
        [
            ("goal", f"{goal.id} · {goal.name}"),
            ("of", names.scope(goal.scope)),
            ("counts", f"{metric}{f' of {goal.product_name}' if goal.product_name else ''}"),
            ("from", goal.start_on),
            ("to", goal.end_on or "open-ended"),
            ("as of", found.today),
            ("status", goal.status),
            ("odds", chance(odds)),
            ("part of", f"goal {goal.parent} · {domain.find_goal(goal.parent).name}" if goal.parent else ""),
            ("why it matters", goal.relevance),
            ("rationale", found.version.rationale),
            ("ladder", found.version.reading),
        ]
    )
    answer("")
    _ladder(found, each, currency)
    _section("looked back", looked_back(found))
    _rest(goal, board)


def _ladder(found: GoalStanding, each: Sequence[float | None], currency: str) -> None:
    metric = found.goal.metric
    rewarded = any(one.facts.reward or one.facts.reward_minor for one in found.milestones)
    table(
        [
            number("id"),
            words("milestone"),
            "due",
            number(f"threshold {unit(metric, currency)}"),
            "status",
            "reached",
            number("on due date"),
            number("deal"),
            number("odds"),
            *([words("reward" if found.goal.scope.person else "reward, shared")] if rewarded else []),
        ],
        [
            (
                one.facts.id,
                one.facts.rung.label,
                one.facts.rung.due_on or "open-ended",
                value(one.facts.rung.threshold, metric, currency),
                _status(one),
                one.standing.reached_on,
                value(one.standing.value_on_due, metric, currency),
                one.standing.crossed_by.subject if one.standing.crossed_by else "",
                chance(odds) if one.standing.status == "open" else "",
                *([reward(one.facts, currency)] if rewarded else []),
            )
            for one, odds in zip(found.milestones, each, strict=True)
        ],
    )


def _status(one: MilestoneStanding) -> str:
    stood = one.standing
    if stood.status == "late":
        return f"late by {counted(stood.days_late or 0, 'day')}"
    if stood.status == "reversed":
        return f"reversed, was reached on {stood.was_reached_on}"
    return stood.status


def reward(kept: MilestoneFacts, currency: str) -> str:
    """What a milestone brings: `500 USD, dinner, final once paid`."""
    money_part = f"{amount(kept.reward_minor, currency)} {currency}" if kept.reward_minor else ""
    parts = [money_part, kept.reward or "", "final once paid" if kept.final else ""]
    return ", ".join(part for part in parts if part)


def _rest(goal: GoalFacts, board: Board) -> None:
    metric, currency = goal.metric, board.currency
    if goal.status in (domain.DRAFT, domain.PROPOSED):
        _section("what it needs", ticks(domain.check_kept(goal.id, today=board.today)))
    _section(
        "proposed",
        [
            f"{_day(one.at, board)}  {one.author}: {value(one.target, metric, currency)}, {one.words}"
            for one in domain.proposals(goal.id)
        ],
    )
    _section("readers", read_by(goal, board.today))
    _section("warnings", [_warned(one) for one in lint.findings(today=board.today, goal=goal.id)])
    _section(
        "reviews",
        [f"{one.quarter}  {one.decision} ({one.author}): {one.reason}" for one in reviews.reviews(goal.id)],
    )
    if len(goal.versions) > 1:
        _section(
            "versions",
            [
                f"from {one.from_on}  {value(one.target, metric, currency)}  {one.decision} by {one.author}"
                f"{f': {one.reason}' if one.reason else ''}"
                for one in goal.versions
            ],
        )


def _warned(one: Finding) -> str:
    waived = f" (waived by {one.waived.author}: {one.waived.reason})" if one.waived else ""
    return f"{one.rule}  {one.words}{waived}"


def looked_back(found: GoalStanding) -> list[str]:
    """What was made of the milestones, a line for each that was said."""
    assessed = assessments.of_goal(found)
    labels = {one.id: one.rung.label for version in found.goal.versions for one in version.milestones}
    return [
        f"{labels[number]}  {what}: {words}"
        for number, one in assessed.items()
        for what, words in (("worked", one.worked), ("did not", one.failed), ("next", one.next))
        if words
    ]


def _section(heading: str, lines: Sequence[str]) -> None:
    if lines:
        answer("")
        answer(heading)
        for line in lines:
            answer(f"  {line}")


def _day(instant: Any, board: Board) -> date:
    return board.company.today(instant)


def read_by(goal: GoalFacts, today: date) -> list[str]:
    """`7 of 9 have read it, 1 question open`, with the names of those who have not, and the questions."""
    told = domain.readers(goal, today)
    if told is None:
        return []
    read = told.concerned - len(told.waiting)
    asked = f", {counted(len(told.questions), 'question')} open" if told.questions else ""
    lines = [f"{read} of {told.concerned} have read it{asked}"]
    lines += [f"{who} asks: {question}" for who, question in told.questions]
    if told.waiting:
        more = f" and {len(told.waiting) - NAMED:,} more" if len(told.waiting) > NAMED else ""
        lines.append(f"waiting for {', '.join(told.waiting[:NAMED])}{more}")
    return lines


def ticks(found: Check) -> list[str]:
    """The five answers, a line each: `yes  specific: revenue of Company`."""
    return [f"{'yes' if tick.met else 'no '}  {tick.word}: {tick.why}" for tick in found.ticks]


def meant(wish: Wish, found: Check, currency: str) -> list[str]:
    """What a wish means: its ladder in both readings, the verdict, and the five answers."""
    rungs, reading = domain.ladder_of(wish)
    return [*in_both_readings(rungs, reading, wish.metric, currency), found.judged, *ticks(found)]


def in_both_readings(rungs: Sequence[Rung], reading: str, metric: Metric, currency: str) -> list[str]:
    """A ladder, a line a rung: what is asked in all by then, and what in its own period."""
    both = both_readings(rungs, reading)  # type: ignore[arg-type]
    lines = [("due", "in all by then", "in its period")]
    lines += [
        (
            str(rung.due_on or "open-ended"),
            value(rung.threshold, metric, currency),
            value(part.threshold, metric, currency),
        )
        for rung, part in zip(both["cumulative"], both["per period"], strict=True)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        f"{first.ljust(widths[0])}  {second.rjust(widths[1])}  {third.rjust(widths[2])}"
        for first, second, third in lines
    ]


def listed(
    branches: Sequence[Branch], odds: Sequence[float | None] | None, names: Names, currency: str
) -> None:
    """Write goals as a tree, with what is not assigned or assigned too often beneath each."""
    several = len({one.standing.goal.status for one in branches}) > 1
    table(
        [
            number("id"),
            words("goal"),
            words("of", may_go=1),
            number("value"),
            number("target"),
            Column("", may_go=4),
            number("%"),
            words("pace"),
            number("needed a day"),
            *([number("odds")] if odds else []),
            Column("until", may_go=2),
            *(["status"] if several else []),
        ],
        [
            _line(one, odds[place] if odds else None, names, currency, odds is not None, several)
            for place, one in enumerate(branches)
        ],
    )
    for one in branches:
        if said := assigned(one, currency):
            answer(f"{names.scope(one.standing.goal.scope)} · {said}")


def _line(
    one: Branch, odds: float | None, names: Names, currency: str, with_odds: bool, with_status: bool
) -> tuple[object, ...]:
    found = one.standing
    goal, metric = found.goal, found.goal.metric
    needed = found.needed_per_working_day
    running = found.pace and not found.is_over
    return (
        goal.id,
        "  " * one.depth + goal.name,
        names.scope(goal.scope),
        value(found.value, metric, currency),
        value(found.target, metric, currency),
        unit(metric, currency),
        f"{found.percent:.1f}",
        behind(found.pace, metric, currency) if found.pace and running else "over" if found.is_over else "",
        about(needed, metric, currency, upward=True) if needed and running else "",
        *([chance(odds)] if with_odds else []),
        goal.end_on or "open-ended",
        *([goal.status] if with_status else []),
    )


def assigned(one: Branch, currency: str) -> str:
    """`Revenue 2026: 20,000 not assigned (4.0 %)`; empty where the parts make up the whole."""
    sums, goal = one.assigned, one.standing.goal
    if sums is None or not (sums.unassigned or sums.over_assigned):
        return ""
    if sums.unassigned:
        lacking = value(sums.unassigned, goal.metric, currency)
        return f"{goal.name}: {lacking} not assigned ({sums.percent:.1f} %)"
    over = value(sums.over_assigned, goal.metric, currency)
    return f"{goal.name}: over-assigned by {over} ({sums.percent:.1f} %)"
