"""The quarterly review: each goal is kept, raised, lowered or retired, with its past before one's eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from salesboard.domain import company, gains, goals, permissions, realism, reviews
from salesboard.domain.company import CompanyFacts
from salesboard.domain.goals import GoalFacts
from salesboard.domain.reviews import OpenReview, Reviewed
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.asking import DeskScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.lines import OneLine, named_keys
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

WIDE = 110
LONGEST_BAR = 24
MOST_ROWS_ABOVE = 8
"""Lines of the list where the rest stands beneath it."""
CHANGING = ("raise", "lower")


@dataclass(frozen=True)
class Waiting:
    """The goals that wait for review, and which of them one may decide on."""

    found: list[OpenReview]
    mine: frozenset[int]


@dataclass(frozen=True)
class Past:
    """What is behind a goal: comparable periods by name, and what was decided before."""

    values: tuple[tuple[str, int], ...]
    """Oldest first."""
    decided: tuple[Reviewed, ...]


def read(actor: Actor, today: date) -> Waiting:
    """Read what waits for review; runs at the desk."""
    found = reviews.open_reviews(today=today)
    return Waiting(found, frozenset(_decided_by(actor, [one.standing.goal for one in found], today)))


def _decided_by(actor: Actor, found: Sequence[GoalFacts], today: date) -> list[int]:
    """Those of these goals on which somebody may decide."""
    return [
        one.id
        for one in found
        if permissions.may(actor, "review goal", today=today, owner=one.scope.person, team=one.scope.team)
    ]


def told_at_start(actor: Actor, now: datetime) -> str:
    """What somebody who decides on goals is told when the app starts; nothing if none of theirs waits."""
    today = company.facts().today(now)
    quarter, found = reviews.waiting(today=today)
    count = len(_decided_by(actor, found, today))
    if not count:
        return ""
    overdue = ", overdue" if reviews.is_overdue(quarter, today) else ""
    goals_wait = "goal waits" if count == 1 else "goals wait"
    return f"{quarter.name} is over: {count} {goals_wait} for review{overdue}, g q"


def read_past(goal: GoalFacts, today: date) -> Past:
    """Read what is behind a goal; runs at the desk."""
    found = reviews.rehearse(goal, goal.version_on(today).target, today=today)
    return Past(tuple(zip(found.names, found.past, strict=True)), tuple(reviews.reviews(goal.id)))


class ReviewScreen(DeskScreen):
    """What waits on the left, what is behind the goal under the cursor on the right, or beneath."""

    ACTS = KEYS_WAIT
    PLACE = "review"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "decide",
            "Decide",
            id="goal.decide",
            tooltip="Keep, raise, lower or retire the goal, with a reason",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Other side",
            id="sheet.other-side",
            tooltip="Read what is behind the goal, and back to the list",
        ),
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to where one came from"),
    ]
    DEFAULT_CSS = """
    ReviewScreen {
        #sides { height: 1fr; layout: horizontal; padding: 1 0 0 0; }
        #rows { width: 1fr; }
        #behind { width: 1fr; border-left: vkey $rule; padding: 0 1 0 2; }
        &.-narrow #sides { layout: vertical; }
        &.-narrow #behind { border-left: none; padding: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting = Waiting([], frozenset())
        self._past: dict[int, Past] = {}

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        with Container(id="sides"):
            yield Rows(id="rows")
            yield Sheet(id="behind")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        self.query_one("#rows").focus()
        self.reload()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def review(self) -> OpenReview | None:
        """What waits under the cursor."""
        chosen = self.query_one("#rows", Rows).chosen
        return next((one for one in self._waiting.found if one.standing.goal.id == chosen), None)

    # --- showing --------------------------------------------------------------------------------------------

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read again what waits."""

        def came(waiting: Waiting) -> None:
            self._waiting, self._past = waiting, {}
            self._show()
            self._look_behind()
            if said:
                self.say(*said)

        self.work(partial(read, self.app.acting, self.app.today), came, slowly=True)

    def _show(self) -> None:
        narrow = self.app.size.width < WIDE
        self.set_class(narrow, "-narrow")
        rows, found = self.query_one("#rows", Rows), self._waiting.found
        rows.styles.height = min(len(found) + 1, MOST_ROWS_ABOVE) if narrow else "1fr"
        width = self.app.size.width - 4 if narrow else self.app.size.width // 2 - 4
        lines = [(one.standing.goal.id, self._row(one, width)) for one in found]
        nothing: Line = [("dim", " Nothing waits for review: every goal of the last quarter is decided on.")]
        rows.show_rows(lines or [(None, nothing)])
        self._show_behind()
        quarter = found[0].quarter.name if found else ""
        count = f"{len(found)} {'goal waits' if len(found) == 1 else 'goals wait'}" if found else ""
        self.show_header(("text", "Review"), ("key", quarter), ("dim", count))
        self.show_footer()

    def _row(self, one: OpenReview, width: int) -> Line:
        standing, currency = one.standing, self.app.currency
        metric = standing.goal.metric
        late = (self.app.today - one.quarter.end - reviews.OVERDUE).days
        flag = f"overdue by {bars.days(late)}" if late > 0 else "overdue" if one.overdue else ""
        if one.standing.goal.id not in self._waiting.mine:
            flag = flag or "others decide"
        value, target = (
            gains.shown(amount, metric, currency) for amount in (standing.value, standing.target)
        )
        numbers = f"{f'{value} of {target}':>16}  {standing.percent:>4.0f} %"
        room = width - len(numbers) - 20
        name = standing.goal.name if standing.goal.whose == goals.COMPANY else standing.goal.whose
        beside = "" if name == standing.goal.name else f"  {standing.goal.name}"
        return [
            ("text", " "),
            ("name", name),
            ("dim", beside if len(name) + len(beside) <= room else ""),
            (">", ""),
            ("money", numbers),
            ("attention", f"  {flag:<18}" if width >= 60 else f"  {flag[:7]:<7}"),
        ]

    @on(Rows.Moved)
    def _look_behind(self) -> None:
        self._show_behind()
        one = self.review
        if one is None or one.standing.goal.id in self._past:
            return
        goal = one.standing.goal

        def came(past: Past) -> None:
            self._past[goal.id] = past
            self._show_behind()

        self.work(partial(read_past, goal, self.app.today), came, group="past", exclusive=True, slowly=True)

    def _show_behind(self) -> None:
        sheet, one = self.query_one("#behind", Sheet), self.review
        if one is None:
            sheet.show([])
            return
        assert self.app.company is not None
        past = self._past.get(one.standing.goal.id)
        sheet.show(behind(one, past, self.app.company, self.app.today, sheet.size.width - 4))

    def _show_footer(self) -> None:
        decide = (("Enter", "decide"),) if self._waiting.mine else ()
        self.query_one("#footer", OneLine).show(
            named_keys(("j k", "other goal"), *decide, ("u", "undo"), ("Tab", "other side")),
            named_keys(("?", "keys"), ("Esc", "back")),
        )

    # --- doing ----------------------------------------------------------------------------------------------

    def action_decide(self) -> None:
        """Decide on the goal under the cursor."""
        one = self.review
        if one is None:
            return
        goal = one.standing.goal
        if goal.id not in self._waiting.mine:
            self.say(f"{goal.name} is {goal.whose}'s: a lead of theirs, or an admin, decides", "attention")
            return
        app = self.app

        def saved(words: str) -> None:
            self.reload(said=(words, "good"))

        self.ask(
            partial(read_past, goal, app.today),
            lambda past: decision(one, past, app.acting, app.now(), app.company, app.desk),
            saved,
        )


# --- what is behind a goal ----------------------------------------------------------------------------------


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
    lines += [[], *_looked_back(goal, past, standing.target, facts.currency, width)]
    if past.decided:
        lines += [[], [("strong", "Decided before")]]
        lines += [
            [("text", f"{was.quarter}  {was.decision:<7}"), ("dim", f"{was.author}: {was.reason}")]
            for was in past.decided[::-1]
        ]
    return lines


def _looked_back(goal: GoalFacts, past: Past, target: int, currency: str, width: int) -> list[Line]:
    if not past.values:
        return [[("dim", "No comparable period is over yet.")]]
    wanted = gains.shown(target, goal.metric, currency)
    heading: Line = [
        ("strong", f"Past {len(past.values)}"),
        ("dim", f"   {wanted} was {realism.hits(target, _amounts(past))}"),
    ]
    return [heading, *past_bars(past, target, goal, currency, width)]


def _amounts(past: Past) -> list[int]:
    return [value for _, value in past.values]


def past_bars(past: Past, target: int, goal: GoalFacts, currency: str, width: int) -> list[Line]:
    """Past periods as bars with their numbers; a tick stands where the target is."""
    names_width = max((len(name) for name, _ in past.values), default=0)
    room = max(4, min(LONGEST_BAR, width - names_width - 14))
    most = max(1, target, *_amounts(past)) if past.values else 1
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


# --- deciding -----------------------------------------------------------------------------------------------


def decision(
    one: OpenReview, past: Past, actor: Actor, now: datetime, facts: CompanyFacts | None, desk: Any
) -> Form:
    """The form in which one decides; beneath it is what the typed target would have meant."""
    from salesboard.ui import goal_forms

    assert facts is not None
    goal, today, metric = one.standing.goal, facts.today(now), one.standing.goal.metric
    prepared = goal_forms.Reader(facts, today)

    is_over = one.standing.is_over
    choices = reviews.DECISIONS if not is_over else ENDED
    told = DECIDED | (ENDED_WORDS if is_over else {})

    def changes(above: Any) -> bool:
        return above.get("decision") in CHANGING

    def next_target(typed: str) -> int | None:
        return goal_forms.read_value(prepared, typed, {"metric": metric}) if typed.strip() else None

    def save(values: dict[str, Any]) -> str:
        reviews.review_goal(
            actor,
            goal.id,
            values["decision"],
            values["reason"],
            now=now,
            target=values["target"] if values["decision"] in CHANGING else None,
            from_on=values["from_on"],
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
            goal_forms.read_choice(choices, "this goal can be"),
            told=told.__getitem__,
            hint=", ".join(choices),
            choices=choices,
        ),
        Field(
            "target",
            "What if" if is_over else "New target",
            "",
            next_target if is_over else partial(goal_forms.read_value, prepared, above={"metric": metric}),
            told=told_target,
            hint="a target for the next one, to see what it would have meant" if is_over else "",
            needed=not is_over,
            asked=None if is_over else changes,
        ),
        Field(
            "from_on",
            "From",
            "today",
            partial(goal_forms.read_day, prepared, above={}),
            told=lambda found: f"{found:%A %d %B %Y}; what is due before stays as it is",
            hint="today, +7, 2026-10-01",
            needed=True,
            asked=changes,
        ),
        Field("reason", "Reason", "", goal_forms.read_words("The reason"), needed=True),
    ]
    title = f"{one.quarter.name} is over: {goal.name} of {goal.whose}"
    return Form(title, fields, desk=desk, save=save, verb="decide", beneath=beneath)


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
            (ink, f"   {realism.hits(target, _amounts(past))}"),
        ]

    lines = [meant("now", present, "text")]
    if wanted:
        lines.append(meant("then", wanted, "strong"))
    shown = Past(past.values[-max(1, rows - len(lines)) :], ())
    return [*lines, *past_bars(shown, wanted or present, goal, currency, width)]
