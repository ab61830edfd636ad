"""Sharing out a target: each person's equal part and the one by history and profile, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import gains, profiles
from salesboard.domain.profiles import Share, Split
from salesboard.domain.text import counted
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.reading import ListScreen
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

HEADINGS = ("capacity", "ramp", "history", "equal", "proposal", "to have")
WIDTHS = (9, 8, 10, 10, 10, 10)
ROOMY = 100
SURE = "S again: they count at once, without being agreed; s proposes them"


class SplitScreen(ListScreen[Split], PersonScreen):
    """The people with their parts; the numbers in the last column are what is proposed to them."""

    ACTS = KEYS_WAIT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "amount", "Number", id="goal.share-amount", tooltip="Another number for the person"),
        Binding("e", "all('equal')", "Equal", id="goal.share-equally", tooltip="Equal parts for everybody"),
        Binding(
            "p",
            "all('proposed')",
            "By history",
            id="goal.share-by-history",
            tooltip="Parts by own history, capacity and ramp for everybody",
        ),
        Binding(
            "o",
            "profile",
            "Profile",
            id="goal.profile",
            tooltip="What to expect of the person: capacity, ramp, territory, strengths",
        ),
        Binding(
            "s,ctrl+s",
            "save(False)",
            "Propose",
            id="goal.share-out",
            tooltip="Propose the numbers to their people, in one act",
        ),
        Binding(
            "S",
            "save(True)",
            "Set",
            id="goal.share-set",
            tooltip="Set the numbers without asking: they count at once (asks first)",
        ),
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to the goal"),
    ]

    def __init__(self, found: Split) -> None:
        super().__init__()
        self._split = found
        self._given: dict[int, int] = {}
        self._choose("proposed")

    def arrive(self) -> None:
        """The parts were read before one came here."""
        self._show()

    def reading(self) -> Callable[[], Split]:
        """The parts."""
        return partial(profiles.split, self.app.acting, self._split.goal.id, today=self.app.today)

    def keep(self, found: Split) -> None:
        """Keep the parts; the numbers that were typed stay."""
        before, self._split = self._given, found
        self._choose("proposed")
        self._given |= {person: before[person] for person in self._given.keys() & before.keys()}

    @property
    def share(self) -> Share | None:
        """The person under the cursor."""
        chosen = self.rows.chosen
        return next((one for one in self._split.shares if one.person == chosen), None)

    @property
    def nominee(self) -> Nominee:
        """The person under the cursor."""
        return {"whom": self.share.name} if self.share is not None else {}

    @property
    def given(self) -> Mapping[int, int]:
        """What each person is to have who has nothing of the goal yet."""
        return self._given

    def _choose(self, which: str) -> None:
        self._given = {one.person: getattr(one, which) for one in self._split.shares if one.own_goal is None}

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._split
        rows: list[tuple[int | None, Line]] = [(None, self._heading())]
        rows += [(one.person, self._row(one)) for one in found.shares]
        rows += [(None, []), *((None, line) for line in self._sums())]
        self.rows.show_rows(rows)
        self.show_header(("text", "Share out"), ("key", found.goal.whose), ("dim", found.goal.name))
        self.show_footer()

    @property
    def _name_width(self) -> int:
        return max(12, min(24, self.app.size.width - 4 - sum(WIDTHS)))

    def _heading(self) -> Line:
        cells = "".join(f"{word:>{width}}" for word, width in zip(HEADINGS, WIDTHS, strict=True))
        return [("dim", f" {'':<{self._name_width}}{cells}")]

    def _row(self, one: Share) -> Line:
        history = self._shown(one.history) if one.history is not None else "new"
        capacity = f"{one.capacity} %"
        ramp = f"{one.ramp[0]} of {one.ramp[1]}" if one.ramp else ""
        has = one.own_goal is not None
        mine = self._shown(one.has) if has else self._shown(self._given[one.person])
        known = f"{capacity:>{WIDTHS[0]}}{ramp:>{WIDTHS[1]}}{history:>{WIDTHS[2]}}"
        parts: list[Part] = [
            ("name", f" {one_line(one.name, self._name_width)}"),
            ("dim", known),
            ("text", f"{self._shown(one.equal):>{WIDTHS[3]}}{self._shown(one.proposed):>{WIDTHS[4]}}"),
            ("dim" if has else "money", f"{mine:>{WIDTHS[5]}}"),
        ]
        if has and self.app.size.width >= ROOMY:
            parts.append(("dim", f"  {'has it' if one.status == 'active' else one.status}"))
        return parts

    def _sums(self) -> list[Line]:
        found = self._split
        left = found.unassigned(self._given)
        lines: list[Line] = [self._sum("target", self._shown(found.target), "text")]
        if found.others:
            lines.append(self._sum("other parts, such as teams'", self._shown(found.others), "text"))
        if left:
            words = "not assigned" if left > 0 else "over-assigned"
            lines.append(self._sum(words, self._shown(abs(left)), "attention" if left < 0 else "key"))
        else:
            lines.append(self._sum("all of it is assigned", "", "good"))
        return lines

    def _sum(self, words: str, value: str, style: str) -> Line:
        width = self._name_width + sum(WIDTHS) - WIDTHS[5]
        return [("dim" if value else style, f" {words:<{width}}"), (style, f"{value:>{WIDTHS[5]}}")]

    def _shown(self, value: int | None) -> str:
        return gains.shown(value or 0, self._split.goal.metric, self.app.currency)

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        keys = (("Enter", "number"), ("s", "propose"), ("e", "equal"), ("p", "by history"), ("o", "profile"))
        return (("j k", "person"), *keys, ("N", "nominate"))

    # --- doing ----------------------------------------------------------------------------------------------

    def action_all(self, which: str) -> None:
        """Equal parts, or those by history, for everybody who has none yet."""
        self._choose(which)
        self._show()

    def action_amount(self) -> None:
        """Another number for the person under the cursor."""
        from salesboard.ui import goal_care_forms

        one = self.share
        if one is None:
            return
        if one.own_goal is not None:
            self.say(f"{one.name} has a part already, goal {one.own_goal}: revise that one", "attention")
            return

        def taken(answer: Any) -> None:
            self._given[one.person] = answer[0]
            self._show()

        self.show_form(goal_care_forms.amount(self.app, self._split, one, self._given[one.person]), taken)

    def action_profile(self) -> None:
        """What to expect of the person under the cursor; the proposal follows."""
        from salesboard.ui import goal_care_forms

        one = self.share
        if one is None:
            return

        def saved(words: Any) -> None:
            # Numbers by history are worked out anew.
            self._given = {}
            self.reload(said=(str(words), "good"))

        self.ask(
            partial(profiles.profile, self.app.acting, one.person, today=self.app.today),
            partial(goal_care_forms.profile, self.app),
            saved,
        )

    def action_save(self, impose: bool) -> None:
        """Propose the numbers to their people, or set them; asks before it sets."""
        if impose and not self.is_sure("set", SURE):
            return
        actor, now, goal, given = self.app.acting, self.app.now(), self._split.goal.id, dict(self._given)

        def done(made: list[int]) -> None:
            many = counted(len(made), "target is", "targets are")
            self.reload(said=(f"{many} {'set' if impose else 'proposed'}", "good"))

        self.work(lambda: profiles.share_out(actor, goal, given, now=now, impose=impose), done)
