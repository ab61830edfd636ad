"""Two sheets side by side where there is room, one with the lines of both where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from salesboard.ui.widgets.sheet import Line, Sheet

WIDE = 110
"""Cells of a terminal that has room for two."""
OTHER_SIDE = Binding(
    "tab",
    "app.focus_next",
    "Other side",
    id="sheet.other-side",
    tooltip="Read on the other side, where there are two",
)


class TwoSheets(Horizontal):
    """A page about one thing: what it is on the left, what happened to it on the right or beneath."""

    DEFAULT_CSS = """
    TwoSheets {
        height: 1fr; padding: 1 0 0 0;
        #more { border-left: vkey $rule; padding: 0 1 0 2; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Sheet(id="facts")
        yield Sheet(id="more")

    @property
    def are_two(self) -> bool:
        """Whether there is room for both."""
        return self.app.size.width >= WIDE

    @property
    def room(self) -> int:
        """Cells of a line of one sheet."""
        width = self.app.size.width
        return width // 2 - 6 if self.are_two else width - 4

    def start(self) -> None:
        """Read on the left first."""
        self.query_one("#facts").focus()

    def show(self, left: Sequence[Line], right: Sequence[Line]) -> None:
        """Show other lines; `right` begins with the empty line that parts it from what is above it."""
        more = self.query_one("#more", Sheet)
        more.display = self.are_two
        self.query_one("#facts", Sheet).show(left if self.are_two else [*left, *right])
        more.show(right[1:] if self.are_two else [])
