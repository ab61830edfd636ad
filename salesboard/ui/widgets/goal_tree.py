"""Goals under the goals they are a part of, one line each, drawn by line: only what is in sight is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from salesboard.domain.gains import shown
from salesboard.domain.standings import GoalStanding
from salesboard.ui import bars
from salesboard.ui.inks import CHOSEN, GROUND, inks_on
from salesboard.ui.outlook import Ahead
from salesboard.ui.plain import one_line
from salesboard.ui.widgets.lines import Part, as_painted

GAP = 2
SHORTEST_NAME, LONGEST_NAME = 12, 34
SHORTEST_BAR, LONGEST_BAR = 14, 48
PACE, ODDS = 6, 5
WORDS = 26
"""Cells for what is said of a goal, where there is room for that."""
WAITING = "·"
"""In place of odds that have been asked for."""


@dataclass(frozen=True)
class GoalRow:
    """A goal and what its line says besides numbers."""

    found: GoalStanding
    depth: int
    name: str
    words: str
    """In place of pace, need and odds where they mean nothing: when it was reached, or by what missed."""

    @property
    def goal(self) -> int:
        """Its number."""
        return self.found.goal.id


@dataclass(frozen=True)
class Heading:
    """What the goals beneath have in common."""

    words: str


@dataclass(frozen=True)
class Note:
    """What the targets beneath a goal leave over."""

    depth: int
    name: str
    words: str
    is_odd: bool
    """Whether it asks for attention."""


Row = GoalRow | Heading | Note | None
"""None is an empty line."""


@dataclass(frozen=True)
class Columns:
    """Cells of each column; 0 where there is no room for it."""

    name: int
    bar: int
    now: int
    pace: int
    needed: int
    words: int

    @property
    def beside(self) -> int:
        """Cells from the pace to the end, for words that take the place of numbers."""
        widths = [width for width in (self.pace, self.needed, ODDS, self.words) if width]
        return sum(widths) + GAP * (len(widths) - 1)


def columns(rows: Sequence[Row], width: int, currency: str) -> Columns:
    """What fits: first the words go, then the pace, then the value; the bar and the odds stay."""
    goals = [row for row in rows if isinstance(row, GoalRow)]
    names = [len(row.name) + 2 * row.depth for row in rows if isinstance(row, GoalRow | Note)]
    longest = max(names, default=0)
    now = max((len(_now(row.found, currency)) for row in goals), default=3)
    needed = max((len(_needed(row.found, currency)) for row in goals), default=6)
    for words, pace, value, name in (
        (WORDS, PACE, now, LONGEST_NAME),
        (0, PACE, now, width // 4),
        (0, PACE, now, SHORTEST_NAME + 2),
        (0, 0, now, SHORTEST_NAME + 2),
        (0, 0, 0, SHORTEST_NAME),
    ):
        name = max(SHORTEST_NAME, min(longest, name))
        parts = [one for one in (name, value, pace, needed, ODDS, words) if one]
        left = width - 2 - sum(parts) - GAP * len(parts)
        if left >= SHORTEST_BAR + (10 if words else 0):
            break
    bar = max(1, min(left, LONGEST_BAR))
    return Columns(name, bar, value, pace, needed, words + (left - bar if words else 0))


def _now(found: GoalStanding, currency: str) -> str:
    metric = found.goal.metric
    return f"{shown(found.value, metric, currency)}/{shown(found.target, metric, currency)}"


def _needed(found: GoalStanding, currency: str) -> str:
    needed = found.needed_per_working_day
    return bars.per_day(needed, found.goal.metric, currency) if needed else ""


class GoalTree(Widget, can_focus=False):
    """The lines, with a cursor that goes from goal to goal."""

    DEFAULT_CSS = """
    GoalTree { width: 1fr; height: 1fr; }
    """

    class Chosen(Message):
        """Somebody clicked a goal; twice to open it."""

        def __init__(self, goal: int, opened: bool) -> None:
            self.goal = goal
            self.opened = opened
            super().__init__()

    def __init__(self, currency: str, *, id: str) -> None:
        super().__init__(id=id)
        self._currency = currency
        self._rows: Sequence[Row] = ()
        self._places: list[int] = []
        """The rows that are goals."""
        self._ahead: Mapping[int, Ahead] = {}
        self._cursor = 0
        self._top = 0
        self._columns: tuple[object, Columns] | None = None

    # --- what others ask ------------------------------------------------------------------------------------

    @property
    def chosen(self) -> GoalRow | None:
        """The goal under the cursor."""
        row = self._rows[self._places[self._cursor]] if self._places else None
        return row if isinstance(row, GoalRow) else None

    @property
    def place(self) -> int:
        """Which of the goals is under the cursor, counted from 1."""
        return self._cursor + 1

    @property
    def count(self) -> int:
        """How many goals there are."""
        return len(self._places)

    @property
    def page(self) -> int:
        """How many lines are in sight."""
        return max(1, self.size.height)

    @property
    def text(self) -> str:
        """All lines, also those out of sight, as they would be drawn."""
        return "\n".join("".join(text for _, text in self._parts(row)).rstrip() for row in self._rows)

    def unknown(self) -> list[GoalStanding]:
        """The goals whose odds are not known yet, those in sight first."""
        missing = [
            (not self._top <= place < self._top + self.page, place)
            for place in self._places
            if (row := self._rows[place]) and isinstance(row, GoalRow) and row.goal not in self._ahead
        ]
        return [row.found for _, place in sorted(missing) if isinstance(row := self._rows[place], GoalRow)]

    # --- changes --------------------------------------------------------------------------------------------

    def show(self, rows: Sequence[Row], ahead: Mapping[int, Ahead], *, goal: int | None = None) -> None:
        """Show other lines, with the cursor on the goal it was on, or on the one named."""
        chosen = self.chosen
        wanted = goal if goal is not None else chosen.goal if chosen else None
        self._ahead = ahead
        if list(rows) == list(self._rows) and goal is None:
            self.refresh()
            return
        self._rows = rows
        self._places = [place for place, row in enumerate(rows) if isinstance(row, GoalRow)]
        self._columns = None
        for at, place in enumerate(self._places):
            row = rows[place]
            if isinstance(row, GoalRow) and row.goal == wanted:
                self._cursor = at
        self._settle()
        self.refresh()

    def repaint_goal(self, goal: int) -> None:
        """Paint a goal's line again."""
        for place in range(self._top, min(self._top + self.page, len(self._rows))):
            row = self._rows[place]
            if isinstance(row, GoalRow) and row.goal == goal:
                self._repaint(place)

    def select(self, at: int) -> None:
        """Put the cursor on a goal, by its place among the goals."""
        if not self._places:
            return
        before = self._cursor
        self._cursor = max(0, min(at, len(self._places) - 1))
        if self._settle():
            self.refresh()
        elif before != self._cursor:
            self._repaint(self._places[before])
            self._repaint(self._places[self._cursor])

    def move(self, by: int) -> None:
        """Put the cursor on a goal further down or up."""
        self.select(self._cursor + by)

    def move_page(self, by: int) -> None:
        """Go half a page down or up."""
        if not self._places:
            return
        wanted = self._places[self._cursor] + by * max(1, self.page // 2)
        nearest = min(range(len(self._places)), key=lambda at: abs(self._places[at] - wanted))
        self.select(nearest if nearest != self._cursor else self._cursor + by)

    def bottom(self) -> None:
        """Go to the last goal."""
        self.select(len(self._places) - 1)

    def _settle(self) -> bool:
        """Keep the cursor in sight; says whether the lines scrolled."""
        before = self._top
        self._cursor = max(0, min(self._cursor, len(self._places) - 1))
        place = self._places[self._cursor] if self._places else 0
        # The heading above the first goal comes into sight with it.
        first = 0 if self._cursor == 0 else place
        half = max(1, self.page // 2)
        if first < self._top:
            self._top = min(first, self._top - half)
        elif place >= self._top + self.page:
            self._top = max(place - self.page + 1, self._top + half)
        last = len(self._rows) - self.page
        if self._places and self._cursor == len(self._places) - 1:
            self._top = max(self._top, last)
        self._top = max(0, min(self._top, last))
        return self._top != before

    # --- painting -------------------------------------------------------------------------------------------

    def _repaint(self, place: int) -> None:
        row = place - self._top
        if 0 <= row < self.size.height:
            self.refresh(Region(0, row, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are drawn here: there is no border, padding or tint to be put around them."""
        lines = [self._line(y) for y in crop.line_range]
        return as_painted(self, crop, lines, self.get_line_filters())

    def _line(self, y: int) -> Strip:
        width, place = self.size.width, y + self._top
        if place >= len(self._rows):
            return Strip.blank(width, inks_on(self.app, GROUND)["text"])
        chosen = bool(self._places) and place == self._places[self._cursor]
        inks = inks_on(self.app, CHOSEN if chosen else GROUND)
        parts: list[Part] = [("cursor", "▌") if chosen else ("text", " "), *self._parts(self._rows[place])]
        segments = [Segment(text, inks[style]) for style, text in parts]
        return Strip(segments).adjust_cell_length(width, inks["text"])

    def _parts(self, row: Row) -> list[Part]:
        match row:
            case GoalRow():
                return self._goal(row)
            case Heading():
                return self._heading(row)
            case Note():
                return self._note(row)
            case _:
                return []

    @property
    def _fitted(self) -> Columns:
        key = self.size.width, id(self._rows)
        if self._columns is None or self._columns[0] != key:
            self._columns = key, columns(self._rows, self.size.width, self._currency)
        return self._columns[1]

    def _heading(self, row: Heading) -> list[Part]:
        fit = self._fitted
        figures = [("now", fit.now), ("pace", fit.pace), ("needed", fit.needed), ("odds", ODDS)]
        room = fit.name + GAP + fit.bar
        return [
            ("strong", one_line(row.words, room)),
            ("dim", "".join(" " * GAP + name.rjust(width) for name, width in figures if width)),
        ]

    def _note(self, row: Note) -> list[Part]:
        fit = self._fitted
        return [
            ("dim", one_line("  " * row.depth + row.name, fit.name) + " " * GAP),
            ("attention" if row.is_odd else "dim", one_line(row.words, self.size.width - fit.name - GAP - 2)),
        ]

    def _goal(self, row: GoalRow) -> list[Part]:
        fit, found, currency = self._fitted, row.found, self._currency
        ahead = self._ahead.get(row.goal)
        metric = found.goal.metric
        indent = "  " * row.depth
        parts: list[Part] = [
            ("name", one_line(indent + row.name, fit.name) + " " * GAP),
            *bars.drawn(bars.bar_of(found, ahead.range if ahead else None), fit.bar),
        ]
        if fit.now:
            parts.append(("money", _right(_now(found, currency), fit.now)))
        if row.words:
            good = found.reached is not None
            parts.append(("good" if good else "text", " " * GAP + one_line(row.words, fit.beside)))
            return parts
        if fit.pace:
            behind = found.pace is not None and found.pace.ahead < 0
            beside = bars.signed(found.pace.ahead, metric, currency) if found.pace else ""
            parts.append(("attention" if behind else "text", _right(beside, fit.pace)))
        parts.append(("text", _right(_needed(found, currency), fit.needed)))
        parts.append(("text", _right(bars.chance(ahead.chance) if ahead else WAITING, ODDS)))
        if fit.words:
            sign, words = _to_come(found, ahead, currency)
            parts.append(("attention" if sign else "dim", " " * GAP + one_line(sign + words, fit.words)))
        return parts

    # --- the mouse and the window ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._settle()

    def on_click(self, event: events.Click) -> None:
        place = event.y + self._top
        row = self._rows[place] if 0 <= place < len(self._rows) else None
        if isinstance(row, GoalRow):
            self.select(self._places.index(place))
            self.post_message(self.Chosen(row.goal, opened=event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-2)


def _to_come(found: GoalStanding, ahead: Ahead | None, currency: str) -> tuple[str, str]:
    """A sign where it asks for attention, and what a running goal is heading for, or what is next."""
    metric = found.goal.metric
    if ahead is not None and ahead.range is not None:
        at_risk = ahead.range.middle < found.target
        return "! " * at_risk, f"heading for {shown(ahead.range.middle, metric, currency)}"
    following = found.following
    if ahead is not None and following is not None and following.facts.rung.due_on:
        due = bars.day(following.facts.rung.due_on, found.today)
        return "", f"next {shown(following.facts.rung.threshold, metric, currency)} by {due}"
    return "", ""


def _right(text: str, width: int) -> str:
    return " " * GAP + one_line(text.rjust(width), width)
