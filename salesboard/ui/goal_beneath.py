"""What becomes of a goal as it is typed: the wish, and beneath the fields whether it is realistic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from salesboard.domain import gains, goals, ladders
from salesboard.domain.gains import Metric
from salesboard.domain.goals import Check, Step, Wish
from salesboard.domain.ladders import READINGS, How, Reading, Rung
from salesboard.domain.periods import Kind
from salesboard.errors import Refused
from salesboard.ui.goal_typing import Brought, Plan, Prepared, Reader, told_reward
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.widgets.sheet import Line

ROOMY = 10
"""With so many lines beneath the fields, every one of the five answers is told in words."""


# --- what becomes of it -------------------------------------------------------------------------------------


def wished(values: Mapping[str, Any], prepared: Prepared) -> Wish:
    """The goal that the fields describe; runs at the desk, as a seasonal ladder is made from past sales.

    Refused: milestones that can not be made, or rewards for another number of them.
    """
    scope, _ = values["whose"]
    metric: Metric = values["metric"]
    reading: Reading = values.get("reading") or "cumulative"
    wish = Wish(
        metric=metric,
        target=values["target"],
        start_on=values["start"],
        end_on=values["end"],
        scope=scope,
        product=values["product"][0] if values.get("product") else None,
        reading=reading,
        relevance=values.get("relevance"),
        reason=values.get("reason"),
        parent=values["parent"][0] if values.get("parent") else None,
    )
    rungs = rungs_of(wish, values.get("ladder") or Plan(), values.get("every") or "month", prepared)
    return replace(wish, ladder=with_rewards(rungs, values.get("rewards") or ()))


def rungs_of(wish: Wish, plan: Plan, every: Kind, prepared: Reader) -> Sequence[Rung]:
    """The milestones that the typed ladder means; runs at the desk."""
    if plan.how:
        return _proposed(wish, plan.how, every, prepared, plan.round_to)
    if not plan.rungs:
        return [Rung("", wish.end_on, wish.target)]
    rungs = [Rung("", due, threshold) for due, threshold in plan.rungs]
    if wish.end_on is not None and rungs[0].due_on is None:
        ends = [one.due_on for one in _proposed(replace(wish, target=10**9), "even", every, prepared)]
        if len(ends) != len(rungs):
            words = f"{len(rungs)} milestones for {len(ends)} {every}s: give their days, such as 31 jan 150k"
            raise Refused(words)
        rungs = [replace(one, due_on=due) for one, due in zip(rungs, ends, strict=True)]
    fitting = ladders.fitting_reading(rungs, wish.target)
    if fitting and fitting != wish.reading:
        raise Refused(f"these milestones make up the target {fitting}, not {wish.reading}: which is meant?")
    return rungs


def _proposed(wish: Wish, how: How, every: Kind, prepared: Reader, round_to: int = 1) -> Sequence[Rung]:
    if wish.end_on is None:
        raise Refused("an open-ended goal has no periods: type its milestones, such as 100k, 250k")
    return goals.worked_out(wish, how, today=prepared.today, every=every, round_to=round_to)


def with_rewards(rungs: Sequence[Rung], rewards: Sequence[Brought]) -> tuple[Step, ...]:
    """The milestones with what they bring; one reward is for the last. Refused: another number of them."""
    nothing = Brought(None, None, final=False)
    if len(rewards) == 1:
        rewards = [*[nothing] * (len(rungs) - 1), *rewards]
    if rewards and len(rewards) != len(rungs):
        raise Refused(
            f"{len(rewards)} rewards for {len(rungs)} milestones: one for each, or one for the target"
        )
    return tuple(
        Step(rung.threshold, rung.due_on, rung.label, one.words, one.minor, one.final)
        for rung, one in zip(rungs, rewards or [nothing] * len(rungs), strict=True)
    )


# --- beneath the fields -------------------------------------------------------------------------------------


def told_beneath(values: dict[str, Any], width: int, rows: int, *, prepared: Prepared) -> list[Line]:
    """The ladder in both readings, the verdict, and the five answers, of what has been typed so far."""
    needed = ("metric", "whose", "start", "target")
    if missing := [name for name in (*needed, "end") if name not in values]:
        return [[("dim", f"What it means is told here; still to be read: {', '.join(missing)}")]]
    wish = wished(values, prepared)
    found = goals.check(wish, today=prepared.today)
    lines = [*told_both(wish, prepared, width)]
    if values.get("rewards"):
        lines.append(told_row("rewards", told_rewards(wish, prepared), width))
    lines += told_verdict(found, width)
    if rows < ROOMY:
        marks: Line = [
            part for tick in found.ticks for part in (_mark(tick.met), ("text", f" {tick.word}  "))
        ]
        return [*lines, marks, *_ticks(found, width, lacking_alone=True)]
    return [*lines, *_ticks(found, width)]


def told_both(wish: Wish, prepared: Reader, width: int) -> list[Line]:
    """The ladder in both readings, the chosen one marked."""
    rungs = [Rung(step.label, step.due_on, step.threshold) for step in wish.ladder]
    readings = ladders.both_readings(rungs, wish.reading or "cumulative")
    lines: list[Line] = []
    for reading in READINGS:
        values = [
            _day_and_month(one.due_on) + gains.shown(one.threshold, wish.metric, prepared.company.currency)
            for one in readings[reading]
        ]
        lines.append(told_row(reading, " · ".join(values), width, chosen=reading == wish.reading))
    return lines


def told_row(name: str, words: str, width: int, *, chosen: bool = False) -> Line:
    """One line of a name and its words."""
    mark = "▌ " if chosen else "  "
    return [
        ("key", mark),
        ("text" if chosen else "dim", f"{name:<12}"),
        ("money" if chosen else "dim", one_line(words, max(0, width - 14)).rstrip()),
    ]


def _day_and_month(day: date | None) -> str:
    return f"{day.day} {day:%b} " if day else ""


def told_rewards(wish: Wish, prepared: Reader) -> str:
    """What the milestones bring, by their days."""
    currency = prepared.company.currency
    told = " · ".join(
        _day_and_month(step.due_on)
        + told_reward(Brought(step.reward, step.reward_minor, step.final), currency)
        for step in wish.ladder
        if step.reward or step.reward_minor
    )
    shared = wish.scope.person is None and any(step.reward_minor for step in wish.ladder)
    return f"{told} · shared equally" if shared else told


def told_verdict(found: Check, width: int) -> list[Line]:
    """How likely it is, in the words of the check."""
    ink = "attention" if found.realism and found.realism.needs_reason else "text"
    return [[(ink, line)] for line in wrapped(found.judged, width)]


def _mark(met: bool) -> tuple[str, str]:
    return ("good", "✓") if met else ("attention", "✗")


def _ticks(found: Check, width: int, *, lacking_alone: bool = False) -> list[Line]:
    lines: list[Line] = []
    for tick in found.ticks:
        if tick.met and lacking_alone:
            continue
        ink = "dim" if tick.met else "attention"
        first, *more = wrapped(tick.why, max(8, width - 14))
        lines.append([_mark(tick.met), ("text" if tick.met else ink, f" {tick.word:<12}"), (ink, first)])
        lines += [[(ink, f"{'':14}{line}")] for line in more if not tick.met]
    return lines
