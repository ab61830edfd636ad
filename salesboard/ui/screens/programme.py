"""The programme: what is decided and sealed, in which order it is told, by whom, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import people
from salesboard.domain.awards import categories, deciding, judging, night, programme, seasons
from salesboard.domain.awards.deciding import Decision, Table
from salesboard.domain.awards.programme import Item, Programme
from salesboard.domain.text import clean, counted, match_key
from salesboard.errors import Refused, SalesboardError
from salesboard.storage.ledger import Actor
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.goal_typing import found_in
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

NAME = 26
BESIDE_NAME = 84
"""Cells of a row of the programme beside the name of its category."""
WIDEST = 96
"""Cells of a line of a citation."""


@dataclass(frozen=True)
class Look:
    """The night as it is planned, and how far its categories are."""

    programme: Programme
    decisions: dict[int, Decision]
    tables: dict[int, Table | str]
    """The result of each category for those who decide, or why they do not see it."""
    handles: dict[int, str]
    """Of everybody who is active."""


def read(actor: Actor, today: date) -> Look | None:
    """Read the programme of the night that is next; runs at the back desk."""
    season = night.tonight(today)
    if season is None:
        return None
    hosts = deciding.hosts(actor, seasons.season(season), today=today)
    decisions = {one.category.id: one for one in deciding.decisions(actor, season, today=today)}
    tables: dict[int, Table | str] = {}
    for category in decisions if hosts else ():
        try:
            tables[category] = deciding.table(actor, category, today=today)
        except Refused as why:
            tables[category] = str(why)
    return Look(
        programme.programme(actor, season, today=today, script=hosts),
        decisions,
        tables,
        {one.id: one.handle for one in people.roster(today) if one.active},
    )


class ProgrammeScreen(ListScreen[Look | None]):
    """The categories in their order above, what is said of the one looked at and its result beneath."""

    ACTS = KEYS_WAIT
    PLACE = "programme"
    HEADING = "Programme"
    READ = staticmethod(read)
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,e",
            "edit",
            "Edit",
            id="slot.edit",
            tooltip="What is said of the winner, who presents, how many minutes it takes",
        ),
        Binding("J", "move(1)", "Later", id="slot.later", tooltip="Move the category on in the programme"),
        Binding(
            "K", "move(-1)", "Earlier", id="slot.earlier", tooltip="Move the category back in the programme"
        ),
        Binding(
            "y",
            "decide",
            "Decide",
            id="slot.decide",
            tooltip="Who wins by the result; of those who are level one chooses, with a reason",
        ),
        Binding(
            "s",
            "seal",
            "Seal",
            id="slot.seal",
            tooltip="Seal what is decided; a sealed envelope is opened again only with a reason",
        ),
        Binding("V", "go('night')", "The night", id="slot.night", tooltip="Go to the night"),
        BACK,
    ]
    DEFAULT_CSS = """
    ProgrammeScreen {
        #more { padding: 1 1 0 1; }
    }
    """

    def content(self) -> ComposeResult:
        yield from super().content()
        yield Sheet(id="more")

    @property
    def decision(self) -> Decision | None:
        """The category under the cursor, and how far it is."""
        chosen = self.rows.chosen
        return self._look.decisions.get(chosen) if self._look and isinstance(chosen, int) else None

    @property
    def item(self) -> Item | None:
        """The place in the programme under the cursor."""
        one = self.decision
        items = self._look.programme.items if self._look else ()
        return next((item for item in items if one and item.category.id == one.category.id), None)

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        rows, look = self.rows, self._look
        if not self._is_read:
            return
        if look is None:
            self.show_header(("text", self.HEADING))
            rows.styles.height = "1fr"
            rows.show_rows([(None, [("dim", " There is no season of awards yet.")])])
            self.show_footer()
            return
        longest = max((len(one.category.name) for one in look.decisions.values()), default=NAME)
        room = max(NAME, min(longest, self.size.width - BESIDE_NAME))
        lines: list[tuple[int | None, Line]] = [
            (one.category.id, self._row(one, room)) for one in look.programme.items
        ]
        if lines:
            lines.append((None, [("dim", f" {look.programme.ends}  the end")]))
        planned = {one.category.id for one in look.programme.items}
        lines += [
            (one.category.id, [("dim", f" {'–':<7}{one_line(one.category.name, room)}  not decided yet")])
            for one in look.decisions.values()
            if one.category.id not in planned
        ]
        rows.styles.height = min(len(lines) + 1, max(6, self.size.height // 2))
        rows.show_rows(lines)
        season = look.programme.season
        length = f"{look.programme.minutes} minutes from {season.night_at}" if planned else "nothing decided"
        self.show_header(("text", self.HEADING), ("key", season.name), ("dim", length))
        self._show_more()
        self.show_footer()

    def _row(self, one: Item, name: int) -> Line:
        assert self._look is not None
        state = self._look.decisions[one.category.id]
        names = ", ".join(each.name for each in one.winners)
        ink = "good" if state.state == "sealed" else "key" if state.state == "decided" else "dim"
        if not state.holds:
            ink, names = "attention", "! not what was sealed"
        room = self.size.width >= 100
        return [
            ("text", f" {one.starts}  "),
            ("text", one_line(one.category.name, name)),
            ("dim", f"  {f'{one.minutes} min':>7}"),
            ("dim", f"  {one_line(one.presenter_name or '', 18)}" if room else ""),
            (ink, f"  {state.state:<9}"),
            ("text", f"  {names}"),
        ]

    def _show_more(self) -> None:
        one, item, look = self.decision, self.item, self._look
        if one is None or look is None:
            self.query_one("#more", Sheet).show([])
            return
        width = min(WIDEST, self.size.width - 4)
        lines: list[Line] = []
        if one.basis:
            lines += [[("attention", f"! basis changed: {line}")] for line in one.basis]
            lines.append([])
        if item is not None and item.citation:
            said = [line for part in item.citation.split("\n") for line in wrapped(part, width)]
            lines += [*([("text", line)] for line in said), []]
        elif item is not None and item.nominees:
            lines += [[("dim", "Nominees: "), ("text", ", ".join(item.nominees))], []]
        found = look.tables.get(one.category.id)
        if isinstance(found, str):
            lines.append([("dim", found)])
        elif found is not None:
            lines += _result(found, one)
        self.query_one("#more", Sheet).show(lines)

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        look, one = self._look, self.decision
        keys: list[tuple[str, str]] = []
        if look is not None and look.programme.is_script and one is not None:
            keys += [("Enter", "edit"), ("J K", "order")] * (self.item is not None)
            keys += [("y", "decide")] * (one.state in ("open", "decided"))
            keys += {"decided": [("s", "seal")], "sealed": [("s", "unseal")]}.get(one.state, [])
        return (*keys, ("V", "night"), ("j k", "row"))

    # --- doing ----------------------------------------------------------------------------------------------

    def on_rows_moved(self, _: Rows.Moved) -> None:
        """Another category is looked at."""
        self._show_more()
        self.show_footer()

    def action_move(self, by: int) -> None:
        """Move the category on in the programme, or back."""
        if self.item is not None:
            category, actor, now = self.item.category.id, self.app.acting, self.app.now()
            self.work(lambda: programme.move_slot(actor, category, by, now=now), lambda _: self.reload())

    def action_edit(self) -> None:
        """Edit what is said, who presents, how long it takes."""
        item, look = self.item, self._look
        if item is None or look is None:
            return
        if not look.programme.is_script:
            self.say("the programme is the host's, and managers'", "attention")
            return
        name = item.category.name
        self.show_form(self._form(item, look), lambda _: self.reload(said=(f"{name} is saved", "good")))

    def _form(self, item: Item, look: Look) -> Form:
        actor, now = self.app.acting, self.app.now()
        by_handle = {match_key(one): (person, one) for person, one in look.handles.items()}

        def presenter(typed: str) -> int:
            return found_in(by_handle, typed, "person")[0] if typed.strip() else 0

        seen = {"citation": item.citation, "presenter": item.presenter, "minutes": item.minutes}

        def save(values: dict[str, Any]) -> bool:
            programme.edit_slot(actor, item.category.id, now=now, seen=seen, **values)
            return True

        fields = [
            Field(
                "presenter",
                "Presented by",
                look.handles.get(item.presenter or 0, ""),
                presenter,
                choices=tuple(look.handles.values()),
                typed=lambda person: look.handles.get(person, ""),
            ),
            Field("minutes", "Minutes", str(item.minutes), _minutes, needed=True),
        ]
        if item.citation is not None:
            fields.append(Field("citation", "Citation", item.citation, _citation, needed=True, long=True))
        return Form(item.category.name, fields, desk=self.app.desk, save=save, seen=seen)

    def action_decide(self) -> None:
        """Keep who wins; asks first, or who it is of those who are level."""
        one, look = self.decision, self._look
        found = look.tables.get(one.category.id) if one and look else None
        if one is None or found is None:
            return
        if isinstance(found, str):
            self.say(found, "attention")
            return
        actor, now, name = self.app.acting, self.app.now(), found.category.name
        decided = None
        if one.state == "decided":
            decided = [deciding.nominee_key(winner.person, winner.team) for winner in one.winners]
        if found.level and not found.in_the_way:
            self.show_form(
                self._choice(found, decided),
                lambda _: self.reload(said=(f"{name} is decided", "dim")),
            )
            return
        winning = ", ".join(line.name for line in found.winning)
        already = "" if decided is None else "it is decided already; "
        words = f"{already}y again: {winning} wins {name}; any other key leaves it"
        if not found.in_the_way and not self.is_sure(f"decide {name}", words):
            return
        self._act(
            lambda: deciding.decide(
                actor, found.category.id, now=now, anew=decided is not None, seen=decided
            ),
            f"{name} is decided",
        )

    def _choice(self, found: Table, decided: list[str] | None) -> Form:
        actor, now = self.app.acting, self.app.now()
        names = {match_key(one.name): (at, one.name) for at, one in enumerate(found.level)}

        def chosen(typed: str) -> list[str]:
            wanted = [found_in(names, part, "one who is level")[0] for part in typed.split(",")]
            return [found.level[at].key for at in wanted]

        def save(values: dict[str, Any]) -> bool:
            anew = decided is not None
            deciding.decide(actor, found.category.id, now=now, anew=anew, seen=decided, **values)
            return True

        many = "Who wins" if found.left == 1 else f"The {found.left} who win"
        fields = [
            Field(
                "chosen",
                many,
                read=chosen,
                hint=found.level[0].name,
                choices=tuple(one.name for one in found.level),
                needed=True,
            ),
            Field("reason", "Reason", read=_reason, hint="the longer way to get there", needed=True),
        ]
        level = ", ".join(one.name for one in found.level)
        return Form(f"{level} are level", fields, desk=self.app.desk, save=save, verb="decide")

    def action_seal(self) -> None:
        """Seal what is decided, or open the envelope again with a reason."""
        one = self.decision
        if one is None:
            return
        actor, now, category = self.app.acting, self.app.now(), one.category
        if one.state != "sealed":
            self._act(lambda: deciding.seal(actor, category.id, now=now), f"{category.name} is sealed")
            return

        def save(values: dict[str, Any]) -> bool:
            deciding.unseal(actor, category.id, values["reason"], now=now)
            return True

        fields = [Field("reason", "Reason", read=_reason, hint="two points were typed wrong", needed=True)]
        self.show_form(
            Form(f"Unseal {category.name}", fields, desk=self.app.desk, save=save, verb="unseal"),
            lambda _: self.reload(said=(f"{category.name} is unsealed, and that is kept", "dim")),
        )

    def _act(self, act: Callable[[], object], done: str) -> None:
        self.work(act, lambda _: self.reload(said=(done, "dim")))


def _minutes(typed: str) -> int:
    if not (typed.strip().isascii() and typed.strip().isdigit() and len(typed) < 6):
        raise SalesboardError("write whole minutes, such as 10")
    return int(typed)


def _citation(typed: str) -> str:
    return clean(typed, field="The citation", limit=programme.LONGEST, multiline=True)


def _reason(typed: str) -> str:
    return clean(typed, field="The reason", limit=deciding.LONGEST)


def _result(found: Table, state: Decision) -> list[Line]:
    """The result of a category, and what is in the way of deciding it."""
    lines: list[Line] = []
    if state.hash is not None:
        lines += [[("dim", f"sealed as {state.hash[:16]}, at entry {state.seq}")], []]
    wide = max((len(one.shown) for one in found.lines), default=0)
    for one in found.lines:
        place = f"{one.place}." if one.place else "–"
        parts: list[Part] = [
            ("text", f"{place:>3} {one_line(one.name, NAME)}"),
            ("strong", f"  {one.shown:>{wide}}"),
        ]
        if found.category.way == categories.VOTED:
            parts.append(("dim", f"  of {counted(one.counted, 'vote')}"))
        elif found.category.is_judged:
            judges = "judge" if len(one.marks) == 1 else "judges"
            parts.append(("dim", f"  {one.counted} of {len(one.marks)} {judges}"))
        if one.why_not:
            parts.append(("attention", f"  {one.why_not}"))
        lines.append(parts)
        for marks in one.marks:
            whole = judging.in_figures(marks.weighted) if marks.weighted is not None else "–"
            stray = f"  stray: {marks.stray}" if marks.stray else ""
            lines.append([("dim", f"      {one_line(marks.name, NAME - 2)}  {whole:>{wide}}{stray}")])
    for winner in state.winners:
        if winner.broken_by:
            why = f": {winner.reason}" if winner.reason else ""
            lines += [[], [("text", f"{winner.name} by {winner.broken_by}{why}")]]
    if found.level and state.state == "open":
        names = ", ".join(one.name for one in found.level)
        lines += [[], [("attention", f"{names} are level in everything: y chooses, with a reason")]]
    if state.state == "open":
        lines += [[], *([("attention", f"! {why}")] for why in found.in_the_way)]
    return lines
