"""The hall of fame: winners by year, by category, by person; and the honour roll with everybody in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import ClassVar, Literal, get_args

from textual.binding import Binding, BindingType

from salesboard.domain.awards import deciding, hall, seasons
from salesboard.domain.awards.hall import Honour, Honoured, Note
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.text import clean
from salesboard.errors import NotAllowed
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.sheet import Line

Tab = Literal["By year", "By category", "By person", "Honour roll"]
TABS: tuple[Tab, ...] = get_args(Tab)
NAME = 26
Row = tuple[tuple[str, int, int] | None, Line]


@dataclass(frozen=True)
class Look:
    """What a page shows."""

    winners: Sequence[Honoured] = ()
    notes: Sequence[Note] = ()
    season: SeasonFacts | None = None
    """Of the honour roll: the one that is on, or the newest."""
    honours: Sequence[Honour] = ()


def read(tab: Tab, today: date) -> Look:
    """Read what a page shows; runs at the back desk."""
    if tab != "Honour roll":
        return Look(hall.winners(today=today), hall.notes())
    found = [one for one in seasons.seasons() if one.start_on <= today]
    if not found:
        return Look()
    return Look((), (), found[0], hall.honours(found[0].id, today=today))


class HallScreen(ListScreen[Look]):
    """One list, grouped as its page says; corrections stand beneath what they correct."""

    ACTS = KEYS_WAIT
    PLACE = "hall"
    HEADING = "Hall of fame"
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right_square_bracket,tab",
            "turn(1)",
            "Next page",
            id="hall.next",
            tooltip="By year, by category, by person, then the honour roll of the year",
        ),
        Binding("left_square_bracket,shift+tab", "turn(-1)", "Page before", id="hall.before", tooltip="Back"),
        Binding(
            "c",
            "note",
            "Correct",
            id="hall.note",
            tooltip="Add a correction to an award of a night that is over; nothing else changes there",
        ),
        BACK,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._tab: Tab = "By year"

    def reading(self) -> Callable[[], Look]:
        """The page."""
        return partial(read, self._tab, self.app.today)

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        look, width = self._look, self.size.width - 4
        if look is None:
            return
        rows = list(_roll(look, width)) if self._tab == "Honour roll" else _grouped(look, self._tab, width)
        nothing: Line = [("dim", " Nobody has been honoured yet: the hall opens with the first night.")]
        self.rows.show_rows(rows or [(None, nothing)])
        page = f"{TABS.index(self._tab) + 1} of {len(TABS)}"
        self.show_header(("text", self.HEADING), ("strong", self._tab.lower()), ("dim", page))
        self.show_footer()

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        correct = (("c", "correct"),) if self._look and self._look.winners else ()
        return (("[ ]", "page"), ("j k", "row"), *correct)

    # --- doing ----------------------------------------------------------------------------------------------

    def action_turn(self, by: int) -> None:
        """Turn to another page."""
        self._tab = TABS[(TABS.index(self._tab) + by) % len(TABS)]
        self.reload()

    def action_note(self) -> None:
        """Add a correction to the award under the cursor."""
        chosen = self.rows.chosen
        found = self._look.winners if self._look else ()
        one = next((one for one in found if _key(one) == chosen), None)
        if one is None:
            return
        actor, now, today = self.app.acting, self.app.now(), self.app.today

        def form(_: object) -> Form:
            def save(values: dict[str, str]) -> int:
                return hall.add_note(actor, one.season, values["words"], now=now, category=one.category)

            words = Field(
                "words",
                "Correction",
                read=lambda typed: clean(typed, field="The note", limit=hall.LONGEST, multiline=True),
                needed=True,
                long=True,
            )
            return Form(
                f"{one.category_name}, {one.season_name}", [words], desk=self.app.desk, save=save, verb="add"
            )

        self.ask(
            lambda: _require_host(actor, one.season, today),
            form,
            lambda _: self.reload(said=("the correction is added", "good")),
        )


def _require_host(actor: Actor, season: int, today: date) -> None:
    if not deciding.hosts(actor, seasons.season(season), today=today):
        raise NotAllowed("corrections are added by the host, managers and admins")


def _key(one: Honoured) -> tuple[str, int, int]:
    return "won", one.category, one.place


def _grouped(look: Look, tab: Tab, width: int) -> list[Row]:
    by: dict[Tab, Callable[[Honoured], str]] = {
        "By year": lambda one: one.season_name,
        "By category": lambda one: one.category_name,
        "By person": lambda one: one.name,
    }
    whose = by[tab]
    found = list(look.winners)
    if tab != "By year":
        found.sort(key=lambda one: (whose(one), -one.night_on.toordinal()))
    rows: list[Row] = []
    for name, ones in groupby(found, key=whose):
        if rows:
            rows.append((None, []))
        rows.append((None, [("strong", f" {name}")]))
        for one in ones:
            rows.append((_key(one), _award(one, tab)))
            if one.citation:
                said, *more = wrapped(" ".join(one.citation.split()), max(20, width - 7))
                rows.append((None, [("dim", f"     {said}{'…' if more else ''}")]))
            rows += [
                (None, [("attention", f"     ! basis changed since: {changed}")]) for changed in one.basis
            ]
            rows += [
                (None, [("text", f"     corrected: {line}" if at == 0 else f"       {line}")])
                for note in look.notes
                if (note.season, note.category) == (one.season, one.category)
                for at, line in enumerate(wrapped(" ".join(note.text.split()), max(20, width - 16)))
            ]
    return rows


def _award(one: Honoured, tab: Tab) -> Line:
    if tab == "By year":
        what, who = one.category_name, one.name
    elif tab == "By category":
        what, who = one.season_name, one.name
    else:
        what, who = one.season_name, one.category_name
    return [
        ("key", "   ★ "),
        ("text", one_line(what, NAME)),
        ("strong", f"  {one_line(who, NAME)}"),
        (">", ""),
        ("dim", one.shown),
    ]


def _roll(look: Look, width: int) -> Sequence[Row]:
    if look.season is None:
        return []
    rows: list[Row] = [
        (None, [("strong", f" {look.season.name}"), ("dim", f"  {seasons.days_in_words(look.season)}")])
    ]
    quiet = [one.name for one in look.honours if not one.feats]
    for one in look.honours:
        if not one.feats:
            continue
        rows += [(None, []), (("person", one.person, 0), [("strong", f" {one.name}")])]
        for kind, feat in hall.told(one):
            sign = {"award": ("key", "★"), "milestone": ("good", "◆"), "record": ("text", "▲")}.get(
                kind, ("key", "*")
            )
            rows.append(
                (
                    None,
                    [
                        (sign[0], f"   {sign[1]} "),
                        ("dim", f"{bars.day(feat.on, look.season.end_on):<12}"),
                        ("text", hall.in_words(feat)),
                    ],
                )
            )
    if quiet:
        rows.append((None, []))
        rows += [
            (None, [("dim", f" {line}")])
            for line in wrapped(f"With us this year: {', '.join(quiet)}", max(20, width - 2))
        ]
    return rows
