"""The form of a review: keep, raise, lower or retire a goal, with what the target would have meant."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from salesboard.domain import gains, realism, reviews
from salesboard.domain.company import CompanyFacts
from salesboard.domain.reviews import OpenReview
from salesboard.storage.ledger import Actor
from salesboard.ui import goal_typing
from salesboard.ui.review_sheet import Past, amounts, past_bars
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.sheet import Line

CHANGING = ("raise", "lower")


def decision(
    one: OpenReview, past: Past, actor: Actor, now: datetime, facts: CompanyFacts | None, desk: Any
) -> Form:
    """The form in which one decides; beneath it is what the typed target would have meant."""
    assert facts is not None
    goal, today, metric = one.standing.goal, facts.today(now), one.standing.goal.metric
    prepared = goal_typing.Reader(facts, today)
    seen = {"target": goal.versions[-1].target}

    is_over = one.standing.is_over
    choices = reviews.DECISIONS if not is_over else ENDED
    told = DECIDED | (ENDED_WORDS if is_over else {})

    def changes(above: Any) -> bool:
        return above.get("decision") in CHANGING

    def next_target(typed: str) -> int | None:
        return goal_typing.read_value(prepared, typed, {"metric": metric}) if typed.strip() else None

    def save(values: dict[str, Any]) -> str:
        reviews.review_goal(
            actor,
            goal.id,
            values["decision"],
            values["reason"],
            now=now,
            target=values["target"] if values["decision"] in CHANGING else None,
            from_on=values["from_on"],
            seen=seen,
        )
        return f"{goal.name} is {reviews.DONE[values['decision']]}"

    def beneath(values: dict[str, Any], width: int, rows: int) -> list[Line]:
        return rehearsed(one, past, values, facts.currency, width, rows)

    present = gains.shown(one.standing.target, metric, facts.currency)

    def told_target(found: int | None) -> str:
        if found is None:
            return ""
        return f"{gains.shown(found, metric, facts.currency, exact=True)}, {present} until now"

    fields = [
        Field(
            "decision",
            "Decision",
            "retire" if one.standing.is_over else "keep",
            goal_typing.read_choice(choices, "this goal can be"),
            told=told.__getitem__,
            hint=", ".join(choices),
            choices=choices,
        ),
        Field(
            "target",
            "What if" if is_over else "New target",
            "",
            next_target if is_over else partial(goal_typing.read_value, prepared, above={"metric": metric}),
            told=told_target,
            hint="a target for the next one, to see what it would have meant" if is_over else "",
            needed=not is_over,
            asked=None if is_over else changes,
            typed=lambda target: gains.in_full(target, metric, facts.currency),
        ),
        Field(
            "from_on",
            "From",
            "today",
            partial(goal_typing.read_day, prepared, above={}),
            told=lambda found: f"{found:%A} {found.day} {found:%B %Y}; what is due before stays as it is",
            hint="today, +7, 2026-10-01",
            needed=True,
            asked=changes,
        ),
        Field("reason", "Reason", "", goal_typing.read_words("The reason"), needed=True),
    ]
    title = f"{one.quarter.name} is over: {goal.name} of {goal.whose}"
    return Form(title, fields, desk=desk, save=save, verb="decide", beneath=beneath, seen=seen)


ENDED = ("keep", "retire")
"""What is left to decide about a goal whose last day is over."""
DECIDED = {
    "keep": "the target stays as it is",
    "raise": "a higher target",
    "lower": "a lower target",
    "retire": "the goal counts no more; its history stays",
}
ENDED_WORDS = {
    "keep": "it stays in sight; it has ended, so a new goal is set for the time after it",
    "retire": "it has ended and counts no more; its history stays",
}


def rehearsed(
    one: OpenReview, past: Past, values: dict[str, Any], currency: str, width: int, rows: int
) -> list[Line]:
    """What the present target and the typed one would have meant, side by side."""
    goal, present, wanted = one.standing.goal, one.standing.target, values.get("target")
    if not past.values:
        return [[("dim", "No comparable period is over yet: nothing to rehearse on.")]]

    def meant(words: str, target: int, ink: str) -> Line:
        amount = gains.shown(target, goal.metric, currency)
        return [
            ("dim", f"{words:<8}"),
            ("money", f"{amount:>7}"),
            (ink, f"   {realism.hits(target, amounts(past))}"),
        ]

    lines = [meant("now", present, "text")]
    if wanted:
        lines.append(meant("then", wanted, "strong"))
    shown = Past(past.values[-max(1, rows - len(lines)) :], ())
    return [*lines, *past_bars(shown, wanted or present, goal, currency, width)]
