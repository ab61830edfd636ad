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


class TwoSides(Horizontal):
    """Something to read on the left, something on the right, where there is room for both."""

    BESIDE, ALONE = 0, 0
    """Cells that are no room for a line, of one of two and of one alone."""
    DEFAULT_CSS = """
    TwoSides {
        height: 1fr; padding: 1 0 0 0;
    }
    """

    @property
    def are_two(self) -> bool:
        """Whether there is room for both."""
        return self.app.size.width >= WIDE

    @property
    def room(self) -> int:
        """Cells of a line of one side."""
        width = self.app.size.width
        return width // 2 - self.BESIDE if self.are_two else width - self.ALONE


class TwoSheets(TwoSides):
    """A page about one thing: what it is on the left, what happened to it on the right or beneath."""

    BESIDE, ALONE = 6, 4
    DEFAULT_CSS = """
    TwoSheets {
        #more { border-left: vkey $rule; padding: 0 1 0 2; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Sheet(id="facts")
        yield Sheet(id="more")

    def start(self) -> None:
        """Read on the left first."""
        self.query_one("#facts").focus()

    def show(self, left: Sequence[Line], right: Sequence[Line]) -> None:
        """Show other lines; `right` begins with the empty line that parts it from what is above it."""
        more = self.query_one("#more", Sheet)
        more.display = self.are_two
        self.query_one("#facts", Sheet).show(left if self.are_two else [*left, *right])
        more.show(right[1:] if self.are_two else [])
