"""A sheet of rows with a cursor: one goes from row to row, and something is done to the one under it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from salesboard.ui.inks import CHOSEN, inks_on
from salesboard.ui.widgets.sheet import Line, Sheet


class Rows(Sheet):
    """Lines, some of which stand for something; each begins with a blank, in which the cursor is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "go_by(1)", "Down", id="sheet.down", tooltip="Go to the row below"),
        Binding("k,up", "go_by(-1)", "Up", id="sheet.up", tooltip="Go to the row above"),
        Binding(
            "ctrl+d,pagedown",
            "go_page(1)",
            "Half a page down",
            id="sheet.page-down",
            tooltip="Go down by half a page",
        ),
        Binding(
            "ctrl+u,pageup",
            "go_page(-1)",
            "Half a page up",
            id="sheet.page-up",
            tooltip="Go up by half a page",
        ),
        Binding("home,g g", "go_by(-9999)", "First row", id="sheet.top", tooltip="Go to the first row"),
        Binding("G,end", "go_by(9999)", "Last row", id="sheet.bottom", tooltip="Go to the last row"),
    ]

    class Moved(Message):
        """The cursor stands on something else."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._keys: list[Hashable | None] = []
        self._cursor = 0

    def show_rows(self, rows: Sequence[tuple[Hashable | None, Line]]) -> None:
        """Show other rows, each with what it stands for; the cursor stays on that, or near where it was."""
        chosen, place = self.chosen, self._place
        self._keys = [key for key, _ in rows]
        ordered = self._rows
        if chosen is not None and chosen in self._keys:
            self._cursor = self._keys.index(chosen)
        else:
            self._cursor = ordered[min(place, len(ordered) - 1)] if ordered else 0
        self.show([line for _, line in rows])
        self._keep_in_sight()
        self.refresh()

    @property
    def chosen(self) -> Hashable | None:
        """What the cursor stands on."""
        return self._keys[self._cursor] if self._cursor < len(self._keys) else None

    @property
    def _rows(self) -> list[int]:
        return [line for line, key in enumerate(self._keys) if key is not None]

    @property
    def _place(self) -> int:
        rows = self._rows
        return rows.index(self._cursor) if self._cursor in rows else 0

    def action_go_by(self, rows: int) -> None:
        """Go so many rows on or back."""
        ordered = self._rows
        if not ordered:
            return
        before = self._cursor
        self._cursor = ordered[max(0, min(self._place + rows, len(ordered) - 1))]
        if self._cursor != before:
            self._keep_in_sight()
            self.refresh()
            self.post_message(self.Moved())

    def action_go_page(self, pages: int) -> None:
        """Go so many half pages on or back."""
        self.action_go_by(pages * max(1, self.size.height // 2))

    def on_resize(self) -> None:
        super().on_resize()
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        # A heading above the first row, the line that says how many are below, and all that stands beneath
        # the last row are in sight too.
        first = 0 if self._place == 0 else self._cursor
        is_last = self._cursor == max(self._rows, default=-1)
        last_place = len(self._keys) - 1 if is_last else self._cursor + (self._cursor < len(self._keys) - 1)
        self._top = max(0, min(first, max(self._top, last_place - self.size.height + 1)))

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if y + self._top != self._cursor or self.chosen is None:
            return strip
        inks = inks_on(self.app, CHOSEN)
        ground = Style(bgcolor=inks["text"].bgcolor)
        rest = Segment.apply_style(strip.crop(1, self.size.width), post_style=ground)
        return Strip([Segment("▌", inks["here"]), *rest], self.size.width)
