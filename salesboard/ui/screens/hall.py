"""The hall of fame: winners by year, by category, by person; and the honour roll with everybody in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.sheet import Line

Tab = Literal["By year", "By category", "By person", "Honour roll"]
TABS: tuple[Tab, ...] = get_args(Tab)
NAME = 26
BESIDE_NAMES = 20
"""Cells of a row beside its two names."""
WIDEST = 96
"""Cells of a line of a citation."""
SIGNS = {"award": ("key", "★"), "milestone": ("good", "◆"), "record": ("text", "▲")}
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


class HallScreen(ListScreen[Look], PersonScreen):
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

    @property
    def nominee(self) -> Nominee:
        """The person under the cursor, or who won the award."""
        chosen, look = self.rows.chosen, self._look
        if look is None:
            return {}
        kind, number = chosen[:2] if isinstance(chosen, tuple) else ("", 0)
        names = [one.name for one in look.honours if kind == "person" and one.person == number]
        names += [one.name for one in look.winners if _key(one) == chosen]
        return {"whom": names[0]} if names else {}

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
        nominate = (("N", "nominate"),) if self._tab == "Honour roll" else ()
        return (("[ ]", "page"), ("j k", "row"), *correct, *nominate)

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
    named = [one_of for one in found for one_of in _columns(one, tab)]
    room = max(NAME, min(max(map(len, named), default=0), (width - BESIDE_NAMES) // 2))
    rows: list[Row] = []
    for name, ones in groupby(found, key=whose):
        if rows:
            rows.append((None, []))
        rows.append((None, [("strong", f" {name}")]))
        for _, same in groupby(ones, key=lambda one: one.category):
            together = list(same)
            rows += [(_key(one), _award(one, tab, room)) for one in together]
            rows += [(None, line) for line in _beneath(together, look.notes, width)]
    return rows


def _beneath(together: Sequence[Honoured], notes: Sequence[Note], width: int) -> Iterator[Line]:
    """What was said of those who won together, what has changed since, and what was corrected."""
    one = together[0]
    for line in wrapped(" ".join(one.citation.split()), max(20, min(WIDEST, width - 7))):
        yield [("dim", f"     {line}")]
    for changed in dict.fromkeys(changed for each in together for changed in each.basis):
        yield [("attention", f"     ! basis changed since: {changed}")]
    for note in notes:
        if (note.season, note.category) == (one.season, one.category):
            for at, line in enumerate(wrapped(" ".join(note.text.split()), max(20, width - 16))):
                yield [("text", f"     corrected: {line}" if at == 0 else f"       {line}")]


def _columns(one: Honoured, tab: Tab) -> tuple[str, str]:
    """What a row says beside its heading."""
    if tab == "By year":
        return one.category_name, one.name
    return one.season_name, one.name if tab == "By category" else one.category_name


def _award(one: Honoured, tab: Tab, room: int) -> Line:
    what, who = _columns(one, tab)
    return [
        ("key", "   ★ "),
        ("text", one_line(what, room)),
        ("strong", f"  {one_line(who, room)}"),
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
        for at, (kind, feat) in enumerate(hall.told(one), 1):
            ink, sign = SIGNS.get(kind, ("key", "*"))
            on = bars.day(feat.on, look.season.end_on)
            said, *more = wrapped(hall.in_words(feat), max(20, width - 18))
            row: Line = [(ink, f"   {sign} "), ("dim", f"{on:<12}"), ("text", said)]
            rows.append((("person", one.person, at), row))
            rows += [(None, [("text", f"{'':17}{line}")]) for line in more]
    if quiet:
        rows.append((None, []))
        rows += [
            (None, [("dim", f" {line}")])
            for line in wrapped(f"With us this year: {', '.join(quiet)}", max(20, width - 2))
        ]
    return rows
