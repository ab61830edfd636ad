"""The year as one line: what stands by the road, and beneath it the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import periods, roadmap
from salesboard.domain.roadmap import Roadmap, Sign, State
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

MARKS: dict[State, str] = {"done": "●", "late": "◐", "missed": "✕", "next": "◉", "to come": "○"}
REVIEWS: dict[State, str] = MARKS | {"done": "◆", "next": "◈", "to come": "◇"}
ANNIVERSARY = "★"
INKS: dict[State, str] = {
    "done": "good",
    "late": "text",
    "missed": "attention",
    "next": "key",
    "to come": "dim",
}
BEHIND, AHEAD, TODAY, HERE, MORE = "━", "─", "┃", "▲", "+"
HIGHEST = 4
"""So many signs stand above one another at most; where there are more, the topmost says so."""
URGENCY: tuple[State, ...] = ("missed", "next", "late", "to come", "done")
"""Of several at one place, those in this order are nearest to the line."""
FEWEST = 24
"""Cells in which one can still read what it is."""


def mark(one: Sign) -> Part:
    """The sign of something by the road: its shape says what and how, its ink says it again."""
    if one.kind == "anniversary":
        return "key" if one.state == "next" else "text", ANNIVERSARY
    return INKS[one.state], (REVIEWS if one.kind == "review" else MARKS)[one.state]


def road(found: Roadmap, chosen: Sign | None, width: int) -> list[Line]:
    """The year as a line of so many cells: months, signs, how far it has come, and what one looks at."""
    year, days = found.year, (found.year.end - found.year.start).days

    def cell(on: date) -> int:
        return min((on - year.start).days * width // days, width - 1)

    months: list[Part] = [("dim", " ")] * width
    for month in periods.periods_between("month", year.start, year.end):
        for at, letter in enumerate(f"{month.start:%b}"):
            months[cell(month.start) + at] = ("dim", letter)
    standing: dict[int, list[Sign]] = {}
    for one in found.signs:
        standing.setdefault(cell(one.on), []).append(one)
    height = min(HIGHEST, max(map(len, standing.values()), default=1))
    above: list[list[Part]] = [[("text", " ")] * width for _ in range(height)]
    for at, ones in standing.items():
        ones.sort(key=lambda one: URGENCY.index(one.state))
        for level, one in enumerate(ones[:height]):
            hidden = level == height - 1 and len(ones) > height
            above[height - 1 - level][at] = ("dim", MORE) if hidden else mark(one)
    gone = cell(found.today) if year.start <= found.today < year.end else width * (found.today >= year.end)
    line: list[Part] = [("bar", BEHIND)] * gone + [("rest", AHEAD)] * (width - gone)
    if gone < width and found.today >= year.start:
        line[gone] = ("text", TODAY)
    return [
        [("text", " "), *bars.joined(row)]
        for row in (months, *above, line, _beneath(found, chosen, cell, width))
    ]


def _beneath(found: Roadmap, chosen: Sign | None, cell: Callable[[date], int], width: int) -> list[Part]:
    """Under the line: today by name, and what one looks at."""
    row: list[Part] = [("dim", " ")] * width
    if found.year.start <= found.today < found.year.end:
        words = "today"
        start = max(0, min(cell(found.today) - len(words) // 2, width - len(words)))
        row[start : start + len(words)] = [("dim", letter) for letter in words]
    if chosen is not None:
        row[cell(chosen.on)] = ("key", HERE)
    return row


def legend(signs: Sequence[Sign]) -> Line:
    """What the shapes mean that are there."""
    named = {mark(one)[1]: one.kind if one.kind == "anniversary" else _named(one) for one in signs}
    order = [*MARKS.values(), *REVIEWS.values(), ANNIVERSARY]
    return [
        (
            "dim",
            " " + "   ".join(f"{shape} {named[shape]}" for shape in dict.fromkeys(order) if shape in named),
        )
    ]


def _named(one: Sign) -> str:
    return (
        one.state
        if REVIEWS[one.state] == MARKS[one.state] or one.kind == "milestone"
        else f"review {one.state}"
    )


def _told(one: Sign) -> str:
    """How it stands; that it is next or missed in words, unless what is said of it tells so."""
    named = one.state == "next" or (one.state == "missed" and one.kind == "milestone")
    return " · ".join(part for part in (one.state if named else "", one.more) if part)


class RoadmapScreen(ListScreen[Roadmap]):
    """One line for the year; the cursor in the list beneath points at its place on it."""

    ACTS = KEYS_WAIT
    PLACE = "roadmap"
    HEADING = "Roadmap"
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "year(-1)", "Year before", id="road.before", tooltip="Look at the year before"),
        Binding("l,right", "year(1)", "Year after", id="road.after", tooltip="Look at the year after"),
        Binding(
            "C", "everybody", "Scope", id="road.scope", tooltip="Everybody's own goals too, or only mine"
        ),
        Binding("enter", "open", "Open", id="road.open", tooltip="The goal, or the review of the quarter"),
        BACK,
    ]
    DEFAULT_CSS = """
    RoadmapScreen {
        #road { height: auto; max-height: 9; padding: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._year: int | None = None
        self._everybody = False

    def content(self) -> ComposeResult:
        road_sheet = Sheet(id="road")
        road_sheet.can_focus = False
        yield road_sheet
        yield from super().content()

    def reading(self) -> Callable[[], Roadmap]:
        """What stands by the road of the year."""
        return partial(
            roadmap.roadmap,
            today=self.app.today,
            year=self._year,
            person=self.app.acting.id,
            everybody=self._everybody,
        )

    @property
    def chosen(self) -> Sign | None:
        """What the cursor stands on."""
        place = self.rows.chosen
        return self._look.signs[place] if self._look and isinstance(place, int) else None

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._look
        if found is None:
            return
        words: Line = [("dim", " Nothing stands by the road of this year.")]
        widths = self._widths(found.signs)
        rows = [(place, self._row(one, widths)) for place, one in enumerate(found.signs)]
        self.rows.show_rows(rows or [(None, words)])
        self._show_road()
        coming = found.next
        following = f"next {bars.day(coming.on, found.today)}" if coming else ""
        whose = "everybody's goals" if self._everybody else ""
        self.show_header(("text", f"Roadmap {found.year.name}"), ("dim", following), ("dim", whose))
        self.show_footer()

    def _show_road(self) -> None:
        if self._look is not None:
            sheet = self.query_one("#road", Sheet)
            lines = [*road(self._look, self.chosen, self.app.size.width - 4), legend(self._look.signs)]
            sheet.styles.height = len(lines) + 1
            sheet.show(lines)

    def _row(self, one: Sign, widths: tuple[int, int]) -> Line:
        ink, shape = mark(one)
        return [
            (ink, f" {shape} "),
            ("dim", f"{bars.day(one.on, self._today):>6}  "),
            ("dim" if one.state == "to come" else "text", one_line(one.what, widths[0])),
            ("dim", f"  {one_line(one.whose, widths[1])}" if widths[1] else ""),
            (ink if one.state == "missed" else "dim", f"  {_told(one)}"),
        ]

    def _widths(self, signs: Sequence[Sign]) -> tuple[int, int]:
        """Cells for what it is and whose; whose it is goes first where there is little room."""
        what, whose, more = (
            max((cell_len(words) for words in column), default=0)
            for column in (
                [one.what for one in signs],
                [one.whose for one in signs],
                [_told(one) for one in signs],
            )
        )
        room = self.app.size.width - 2 - 11 - 2 - more
        if min(what, FEWEST) + 2 + whose > room:
            whose = 0
        return max(8, min(what, room - (whose + 2 if whose else 0))), whose

    @property
    def _today(self) -> date:
        """A day of the year that is shown, so that its days need no year."""
        assert self._look is not None
        return (
            self._look.year.start
            if self._look.year.start.year == self._look.year.last_day.year
            else self.app.today
        )

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        return (("j k", "along"), ("Enter", "open"), ("h l", "year"), ("C", "scope"))

    def on_rows_moved(self, _: Rows.Moved) -> None:
        """Point at the other place."""
        self._show_road()

    # --- going ----------------------------------------------------------------------------------------------

    def action_year(self, by: int) -> None:
        """Look at the year before or after."""
        if self._look is not None:
            self._year = int(self._look.year.name) + by
            self.reload()

    def action_everybody(self) -> None:
        """Everybody's own goals too, or only one's own."""
        self._everybody = not self._everybody
        self.reload()

    def action_open(self) -> None:
        """The goal whose milestone it is, or the review."""
        from salesboard.ui.screens.goal import GoalScreen, read

        one = self.chosen
        if one is not None and one.kind == "review":
            self.action_go("review")
        elif one is not None and one.goal is not None:
            self.open_page(partial(read, one.goal, self.app.today), GoalScreen, slowly=True)
