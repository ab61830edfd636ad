"""Two lists side by side where there is room, one with the rows of both where there is not."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual.app import ComposeResult
from textual.strip import Strip

from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet
from salesboard.ui.widgets.two_sheets import TwoSides

ListRow = tuple[Hashable | None, Line]
"""What a row stands for, if for anything, and its line."""


class List(Rows):
    """Rows whose cursor is seen only where one reads."""

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return super().render_line(y) if self.has_focus else Sheet.render_line(self, y)


class TwoLists(TwoSides):
    """One list to read and one to work through; where there is room for one only, the second comes first."""

    BESIDE, ALONE = 4, 3
    DEFAULT_CSS = """
    TwoLists {
        #second { border-left: vkey $rule; padding: 0 1 0 1; }
    }
    """

    def compose(self) -> ComposeResult:
        yield List(id="first")
        yield List(id="second")

    @property
    def chosen(self) -> Hashable | None:
        """What the cursor stands on, on the side where one reads."""
        return self._read.chosen

    @property
    def _read(self) -> List:
        first, second = self.query_one("#first", List), self.query_one("#second", List)
        return second if second.display and second.has_focus else first

    def show(self, first: Sequence[ListRow], second: Sequence[ListRow]) -> None:
        """Show other rows; one begins to read in the second list."""
        begun = self.query_one("#first", List).has_focus or self.query_one("#second", List).has_focus
        beside = self.query_one("#second", List)
        beside.display = self.are_two
        self.query_one("#first", List).show_rows(first if self.are_two else [*second, (None, []), *first])
        beside.show_rows(second if self.are_two else [])
        if not begun or not self.are_two:
            self.query_one("#second" if self.are_two else "#first", List).focus()
