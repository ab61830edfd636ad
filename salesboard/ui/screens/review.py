"""The quarterly review: goals are decided on, warnings waived, the quarter sealed once nothing waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import company, gains, goals, lint, permissions, reviews, seals
from salesboard.domain.goals import GoalFacts
from salesboard.domain.lint import Finding
from salesboard.domain.periods import Period
from salesboard.domain.reviews import OpenReview
from salesboard.domain.seals import Sealed
from salesboard.domain.text import counted
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import wrapped
from salesboard.ui.review_form import decision
from salesboard.ui.review_sheet import Past, about_warning, behind, minutes, read_past, signed
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import SidesScreen
from salesboard.ui.widgets.sheet import Line, Sheet

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
    wait = counted(len(found), "goal waits", "goals wait")
    return f"{first.quarter.name} is over: {wait} for review{overdue}, g q"


class ReviewScreen(SidesScreen[Waiting]):
    """What waits on the left, what is behind the goal under the cursor on the right, or beneath."""

    ACTS = KEYS_WAIT
    PLACE = "review"
    HEADING = "Review"
    READ = staticmethod(read)
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
        if not self._is_read:
            return
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
        count = counted(len(found), "goal waits", "goals wait") if found else ""
        self.show_header(("text", self.HEADING), ("key", quarter), ("dim", count))
        self.show_footer()

    def on_rows_moved(self) -> None:
        """Other keys matter on a warning than on a goal."""
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
        flag = f"overdue by {counted(late, 'day')}" if late > 0 else "overdue" if one.overdue else ""
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
            sheet.show(about_warning(self.warning, sheet.size.width - 4))
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
        if self.warning is not None:
            decide = (("Enter", "open the goal"),)
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
