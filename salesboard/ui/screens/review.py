"""The quarterly review: goals are decided on, warnings waived, the quarter sealed once nothing waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import (
    assessments,
    company,
    gains,
    goals,
    lint,
    money,
    permissions,
    realism,
    reviews,
    seals,
)
from salesboard.domain.assessments import Assessed
from salesboard.domain.company import CompanyFacts
from salesboard.domain.goals import GoalFacts
from salesboard.domain.lint import Finding
from salesboard.domain.periods import Period
from salesboard.domain.reviews import OpenReview, Reviewed
from salesboard.domain.seals import Restatement, Sealed
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.goal_sheet import lesson_lines
from salesboard.ui.plain import wrapped
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import SidesScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.sheet import Line, Sheet

LONGEST_BAR = 24
MOST_RESTATED = 100
"""So many changes of a sealed quarter are listed, the newest."""
CHANGING = ("raise", "lower")
Key = tuple[str, int, str]
"""What a row stands for: a goal that waits, a warning about a goal by its rule, or a sealed quarter."""


@dataclass(frozen=True)
class Waiting:
    """The goals that wait for review, what is wrong with goals, and the quarters that are sealed."""

    found: list[OpenReview]
    mine: frozenset[int]
    """Those of them on which one may decide."""
    warnings: tuple[Finding, ...] = ()
    sealed: tuple[Sealed, ...] = ()
    """Newest first."""
    sealable: Period | None = None
    """The quarter that one may seal now."""


@dataclass(frozen=True)
class Past:
    """What is behind a goal: comparable periods by name, and what was decided before."""

    values: tuple[tuple[str, int], ...]
    """Oldest first."""
    decided: tuple[Reviewed, ...]
    learnt: tuple[tuple[str, Assessed], ...] = ()
    """What was made of its milestones, by their labels."""
    warnings: tuple[Finding, ...] = ()


def read(actor: Actor, today: date) -> Waiting:
    """Read what waits for review; runs at the desk."""
    found = reviews.open_reviews(today=today)
    return Waiting(
        found,
        frozenset(_decided_by(actor, [one.standing.goal for one in found], today)),
        tuple(one for one in lint.findings(today=today) if one.waived is None),
        tuple(seals.seals()[::-1]),
        seals.sealable(today=today) if permissions.may(actor, "seal quarter", today=today) else None,
    )


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
    found = reviews.waiting(today=today)
    mine = set(_decided_by(actor, [one.goal for one in found], today))
    found = [one for one in found if one.goal.id in mine]
    if not found:
        return ""
    first = min(found, key=lambda one: one.quarter.start)
    overdue = ", overdue" if first.is_overdue(today) else ""
    goals_wait = "goal waits" if len(found) == 1 else "goals wait"
    return f"{first.quarter.name} is over: {len(found)} {goals_wait} for review{overdue}, g q"


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


class ReviewScreen(SidesScreen[Waiting]):
    """What waits on the left, what is behind the goal under the cursor on the right, or beneath."""

    ACTS = KEYS_WAIT
    PLACE = "review"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "decide",
            "Decide",
            id="goal.decide",
            tooltip="Keep, raise, lower or retire the goal, with a reason; of a warning, open its goal",
        ),
        Binding(
            "w",
            "waive",
            "Waive",
            id="goal.waive",
            tooltip="Let the warning under the cursor stand, or one about the goal, for a reason",
        ),
        Binding(
            "S",
            "seal",
            "Seal",
            id="goal.seal",
            tooltip="Close the quarter: later changes in it show as restatements (asks first)",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Other side",
            id="sheet.other-side",
            tooltip="Read what is behind the goal, and back to the list",
        ),
        BACK,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._waiting = Waiting([], frozenset())
        self._past: dict[int, Past] = {}

    def reading(self) -> Callable[[], Waiting]:
        """What waits."""
        return partial(read, self.app.acting, self.app.today)

    def keep(self, found: Waiting) -> None:
        """Keep what waits; what is behind a goal is read anew."""
        self._waiting, self._past = found, {}

    @property
    def review(self) -> OpenReview | None:
        """What waits under the cursor."""
        kind, goal, _ = self._chosen
        found = self._waiting.found if kind == "goal" else ()
        return next((one for one in found if one.standing.goal.id == goal), None)

    @property
    def warning(self) -> Finding | None:
        """The warning under the cursor."""
        kind, goal, rule = self._chosen
        found = self._waiting.warnings if kind == "warning" else ()
        return next((one for one in found if (one.goal, one.rule) == (goal, rule)), None)

    @property
    def sealed(self) -> Sealed | None:
        """The sealed quarter under the cursor."""
        kind, seq, _ = self._chosen
        found = self._waiting.sealed if kind == "sealed" else ()
        return next((one for one in found if one.seq == seq), None)

    @property
    def _chosen(self) -> Key:
        chosen = self.rows.chosen
        return chosen if isinstance(chosen, tuple) else ("", 0, "")

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._waiting.found
        width = self.app.size.width - 4 if self.is_narrow else self.app.size.width // 2 - 4
        lines: list[tuple[Key | None, Line]] = [
            (("goal", one.standing.goal.id, ""), self._row(one, width)) for one in found
        ]
        if not lines:
            lines += [(None, line) for line in self._nothing_waits(width)]
        lines += self._further(width)
        self.show_rows(lines)
        quarter = min((one.quarter for one in found), key=lambda one: one.start).name if found else ""
        count = f"{len(found)} {'goal waits' if len(found) == 1 else 'goals wait'}" if found else ""
        self.show_header(("text", "Review"), ("key", quarter), ("dim", count))
        self.show_footer()

    def _nothing_waits(self, width: int) -> list[Line]:
        told = "Nothing waits for review: every goal of the last quarter is decided on."
        if self._waiting.sealable:
            told += f" S seals {self._waiting.sealable.name}."
        return [[("dim", f" {line}")] for line in wrapped(told, width)]

    def _further(self, width: int) -> list[tuple[Key | None, Line]]:
        """Beneath the goals that wait: what is wrong with goals, and the quarters that are sealed."""
        lines: list[tuple[Key | None, Line]] = []
        if self._waiting.warnings:
            lines += [(None, []), (None, [("strong", " Warnings"), (">", ""), ("dim", "w waives one ")])]
            lines += [
                (
                    ("warning", one.goal, one.rule),
                    [
                        ("attention", " ! "),
                        ("dim", f"{one.rule}  "),
                        ("name", one.name),
                        ("dim", f"  {one.words}"),
                    ],
                )
                for one in self._waiting.warnings
            ]
        if self._waiting.sealed:
            lines += [(None, []), (None, [("strong", " Sealed quarters")])]
            lines += [(("sealed", one.seq, ""), self._seal_row(one)) for one in self._waiting.sealed]
        return lines

    def _seal_row(self, one: Sealed) -> Line:
        on = bars.day(self._day_of(one.at), self.app.today)
        count = len(one.restatements)
        told = f"{count} restated, {signed(one.minor, self.app.currency)}" if count else "as it was"
        if not one.holds:
            told = "! the ledger says otherwise"
        ink = "attention" if count or not one.holds else "good"
        return [
            ("name", f" {one.quarter.name}"),
            ("dim", f"  {on} by {one.author} · entry {one.seq}"),
            (">", ""),
            (ink, f"{told} "),
        ]

    def _day_of(self, instant: datetime) -> date:
        assert self.app.company is not None
        return self.app.company.today(instant)

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

    def read_on(self) -> None:
        """Have it read what is behind the goal under the cursor."""
        one = self.review
        if one is None or one.standing.goal.id in self._past:
            return
        goal = one.standing.goal

        def came(past: Past) -> None:
            self._past[goal.id] = past
            self.show_about()

        self.work(partial(read_past, goal, self.app.today), came, group="past", exclusive=True, slowly=True)

    def show_about(self) -> None:
        """Show what is behind the goal, the warning or the sealed quarter under the cursor."""
        sheet, one = self.query_one("#about", Sheet), self.review
        assert self.app.company is not None
        if self.warning is not None:
            sheet.show(_about_warning(self.warning, sheet.size.width - 4))
            return
        if self.sealed is not None:
            sheet.show(minutes(self.sealed, self.app.company, self.app.today, sheet.size.width - 4))
            return
        if one is None:
            sheet.show([])
            return
        past = self._past.get(one.standing.goal.id)
        sheet.show(behind(one, past, self.app.company, self.app.today, sheet.size.width - 4))

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        decide = (("Enter", "decide"),) if self._waiting.mine else ()
        waive = (("w", "waive"),) if self._waiting.warnings else ()
        sealable = self._waiting.sealable
        seal = (("S", f"seal {sealable.name}"),) if sealable else ()
        return (("j k", "row"), *decide, *waive, *seal, ("u", "undo"), ("Tab", "other side"))

    # --- doing ----------------------------------------------------------------------------------------------

    def action_decide(self) -> None:
        """Decide on the goal under the cursor; open the goal of a warning."""
        one = self.review
        if self.warning is not None:
            self._open(self.warning.goal)
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

    def _open(self, goal: int) -> None:
        from salesboard.ui.screens.goal import GoalScreen
        from salesboard.ui.screens.goal import read as read_goal

        self.open_page(partial(read_goal, goal, self.app.today), GoalScreen)

    def action_waive(self) -> None:
        """Let the warning under the cursor stand, or one about the goal under it."""
        from salesboard.ui import goal_care_forms

        if self.warning is not None:
            goal_care_forms.waive(self, self.warning.goal, self.warning.rule)
        elif self.review is not None:
            goal_care_forms.waive(self, self.review.standing.goal.id)

    def action_seal(self) -> None:
        """Close the quarter that ended last, once nothing waits; asks first."""
        actor, now, today = self.app.acting, self.app.now(), self.app.today
        wanted = self._waiting.sealable
        if wanted is not None and not self.is_sure(
            "seal", f"S again seals {wanted.name}: what changes in it later shows as restated"
        ):
            return

        def task() -> str:
            quarter = wanted or reviews.last_quarter(today, company.facts().fiscal_start)
            seals.seal(actor, quarter, now=now)
            return f"{quarter.name} is sealed at entry {seals.sealed(quarter).seq}"

        self.work(task, lambda words: self.reload(said=(words, "good")))


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


def _about_warning(one: Finding, width: int) -> list[Line]:
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
