"""The forms of caring for goals: what was learnt, warnings that may stand, who can bring how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from salesboard.domain import assessments, company, gains, goals, lint, profiles, standings
from salesboard.domain.assessments import Assessed
from salesboard.domain.lint import Finding
from salesboard.domain.profiles import FULL, ProfileFacts, Share, Split
from salesboard.domain.standings import MilestoneStanding
from salesboard.domain.text import match_key
from salesboard.errors import Refused
from salesboard.ui import bars
from salesboard.ui.goal_sheet import lesson_lines
from salesboard.ui.goal_typing import Reader, found_in, read_day, read_value, read_words
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.sheet import Line

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp
    from salesboard.ui.screens.asking import DeskScreen


# --- what was learnt ----------------------------------------------------------------------------------------


LINES = ("worked", "failed", "next")


@dataclass(frozen=True)
class Lessons:
    """The milestones of a goal that can be assessed, with what was said of them."""

    name: str
    settled: tuple[MilestoneStanding, ...]
    known: dict[int, Assessed]
    today: date
    currency: str
    metric: gains.Metric

    @property
    def wanted(self) -> MilestoneStanding:
        """The one that is asked about first: the newest that nobody has assessed."""
        fresh = [one for one in self.settled if one.facts.id not in self.known]
        return (fresh or self.settled)[-1]


def _lessons(goal: int, today: date) -> Lessons:
    (found,) = standings.stand([goals.find_goal(goal)], today=today)
    settled = tuple(one for one in found.milestones if assessments.is_settled(one))
    if not settled:
        raise Refused("no milestone of this goal is reached or missed yet")
    currency, metric = company.facts().currency, found.goal.metric
    return Lessons(found.goal.name, settled, assessments.of_goal(found), today, currency, metric)


def _lesson(app: SalesboardApp, found: Lessons) -> Form:
    actor, now = app.acting, app.now()
    by_name = {
        match_key(name): (one.facts.id, name)
        for one in found.settled
        if (name := _milestone_called(one, found.today))
    }
    first = found.wanted
    known = found.known.get(first.facts.id)
    seen = _said_of(known)
    about = [first.facts.id]

    def save(values: dict[str, Any]) -> str:
        milestone, name = values["milestone"]
        if about != [milestone]:
            about[:] = [milestone]
            seen.update(_said_of(found.known.get(milestone)))
        assessments.assess(actor, milestone, now=now, seen=seen, **{line: values[line] for line in LINES})
        return f"kept what {name} taught"

    def beneath(values: dict[str, Any], width: int, rows: int) -> list[Line]:
        if "milestone" not in values:
            return []
        (one,) = (one for one in found.settled if one.facts.id == values["milestone"][0])
        told = bars.status(one.standing, found.metric, found.currency, found.today)
        lines: list[Line] = [[("text", f"{one.facts.rung.label}: {told}")]]
        said = found.known.get(one.facts.id)
        return [*lines, *([[("dim", "Kept so far:")], *lesson_lines(said, width)] if said else [])]

    fields = [
        Field(
            "milestone",
            "Milestone",
            _milestone_called(first, found.today),
            lambda typed: found_in(by_name, typed, "milestone that is reached or missed"),
            choices=tuple(name for _, name in by_name.values()),
            needed=True,
        ),
        Field("worked", "What worked", (known and known.worked) or "", read_words("What worked")),
        Field("failed", "What did not", (known and known.failed) or "", read_words("What did not")),
        Field("next", "What is next", (known and known.next) or "", read_words("What is next")),
    ]
    title = f"Looking back: {found.name}"
    return Form(title, fields, desk=app.desk, save=save, verb="keep", beneath=beneath, seen=seen)


def _said_of(known: Assessed | None) -> dict[str, Any]:
    """What was kept of a milestone, for whoever is to add to it."""
    return {line: getattr(known, line, None) for line in LINES}


def _milestone_called(one: MilestoneStanding, today: date) -> str:
    due = one.facts.rung.due_on
    return f"{one.facts.rung.label}, {bars.day(due, today)}" if due else one.facts.rung.label


def look_back(screen: DeskScreen, goal: int) -> None:
    """Keep what a milestone taught."""
    app = screen.app
    screen.ask(partial(_lessons, goal, app.today), partial(_lesson, app), _said(screen))


# --- warnings -----------------------------------------------------------------------------------------------


def _warnings(goal: int, today: date) -> list[Finding]:
    found = [one for one in lint.findings(today=today, goal=goal) if one.waived is None]
    if not found:
        raise Refused("nothing is wrong with this goal")
    return found


def _waiver(app: SalesboardApp, rule: str | None, found: Sequence[Finding]) -> Form:
    actor, now = app.acting, app.now()
    by_rule = {one.rule: one for one in found}
    seen: dict[str, Any] = {"reason": None}

    def read(typed: str) -> Finding:
        wish = typed.strip().upper()
        if wish not in by_rule:
            raise Refused(f"rule: {', '.join(by_rule)}")
        return by_rule[wish]

    def save(values: dict[str, Any]) -> str:
        one: Finding = values["rule"]
        lint.waive(actor, one.goal, one.rule, values["reason"], now=now, seen=seen)
        return f"{one.rule} of {one.name} is waived"

    def beneath(values: dict[str, Any], width: int, rows: int) -> list[Line]:
        return [[("key", f"{one.rule}  "), ("text", one.words)] for one in found]

    fields = [
        Field(
            "rule",
            "Warning",
            rule or found[0].rule,
            read,
            told=lambda one: one.words,
            hint=", ".join(by_rule),
            choices=tuple(by_rule),
            needed=True,
        ),
        Field("reason", "Reason", "", read_words("The reason"), hint="why it may stand", needed=True),
    ]
    title = f"Waive: {found[0].name}"
    return Form(title, fields, desk=app.desk, save=save, verb="waive", beneath=beneath, seen=seen)


def waive(screen: DeskScreen, goal: int, rule: str | None = None) -> None:
    """Let a warning about a goal stand, for a reason."""
    app = screen.app
    screen.ask(partial(_warnings, goal, app.today), partial(_waiver, app, rule), _said(screen))


# --- who can bring how much ---------------------------------------------------------------------------------


def amount(app: SalesboardApp, found: Split, one: Share, given: int | None) -> Form:
    """How much one person is to have of a target; the answer is the number."""
    assert app.company is not None
    metric, currency = found.goal.metric, app.company.currency
    reader = Reader(app.company, app.today)

    def read(typed: str) -> int:
        return 0 if typed.strip() == "0" else read_value(reader, typed, {"metric": metric})

    def told(value: int) -> str:
        equal, proposed = (gains.shown(each, metric, currency) for each in (one.equal, one.proposed))
        said = gains.shown(value, metric, currency, exact=True)
        return f"{said}; equal {equal}, by history {proposed}"

    start = gains.in_full(one.proposed if given is None else given, metric, currency)
    field = Field("amount", "Target", start, read, told=told, hint="120k, or 0 for none", needed=True)

    def answer(values: dict[str, Any]) -> tuple[int]:
        return (values["amount"],)

    return Form(f"{one.name}: {found.goal.name}", [field], desk=app.desk, save=answer, verb="take")


EXPECTED = ("capacity", "ramp_from", "ramp_months", "territory", "strengths")


def profile(app: SalesboardApp, known: ProfileFacts) -> Form:
    """What may be expected of a person."""
    assert app.company is not None
    actor, now = app.acting, app.now()
    reader = Reader(app.company, app.today)
    seen = {name: getattr(known, name) for name in EXPECTED}

    def percent(typed: str) -> int:
        wish = typed.strip().removesuffix("%").strip()
        if not (wish.isascii() and wish.isdigit()) or int(wish[:6]) > FULL:
            raise Refused("from 0 to 100 %")
        return int(wish)

    def months(typed: str) -> int | None:
        wish = typed.strip()
        if wish and not (wish.isascii() and wish.isdigit()):
            raise Refused("a number of months, or nothing")
        return int(wish[:6]) if wish else None

    def save(values: dict[str, Any]) -> str:
        profiles.set_profile(actor, known.person, now=now, seen=seen, **values)
        return f"the profile of {known.name} is kept"

    fields = [
        Field(
            "capacity",
            "Capacity",
            f"{known.capacity} %",
            percent,
            told=lambda one: f"{one} % of what their own history stands for",
            hint="50 %",
            needed=True,
        ),
        Field(
            "ramp_from",
            "Ramp from",
            str(known.ramp_from or ""),
            lambda typed: read_day(reader, typed, {}) if typed.strip() else None,
            told=lambda day: f"{day:%A} {day.day} {day:%B %Y}" if day else "up to speed",
            hint="today, 2026-10-01, or nothing",
        ),
        Field(
            "ramp_months",
            "Ramp months",
            str(known.ramp_months or ""),
            months,
            told=lambda one: f"month 1 counts 1 of {one}" if one else "",
            hint="3",
        ),
        Field("territory", "Territory", known.territory or "", read_words("The territory"), hint="Styria"),
        Field(
            "strengths",
            "Strengths",
            known.strengths or "",
            read_words("The strengths"),
            hint="new customers; prefers milestones by month",
        ),
    ]
    return Form(f"What to expect of {known.name}", fields, desk=app.desk, save=save, verb="keep", seen=seen)


def _said(screen: DeskScreen) -> Callable[[Any], None]:
    def said(words: Any) -> None:
        screen.reload(said=(str(words), "good"))

    return said
