"""The least a list drawn by line can be, 2,000 cards and a cursor: the board's keys are held against it."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

CARDS = [f"card {number:04}" for number in range(2000)]


class BareList(ScrollView, can_focus=True):
    # As wide as one of five columns on a terminal of 160, since that is what a key on the board repaints.
    DEFAULT_CSS = "BareList { width: 32; }"
    BINDINGS: ClassVar = [Binding("j", "step(1)"), Binding("k", "step(-1)")]

    cursor = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(31, len(CARDS))

    def render_line(self, y: int) -> Strip:
        row = y + round(self.scroll_y)
        if row >= len(CARDS):
            return Strip.blank(self.size.width)
        style = Style(reverse=row == self.cursor)
        return Strip([Segment(CARDS[row].ljust(self.size.width), style)], self.size.width)

    def action_step(self, by: int) -> None:
        before, self.cursor = self.cursor, max(0, min(len(CARDS) - 1, self.cursor + by))
        for row in (before, self.cursor):
            self.refresh(Region(0, row - round(self.scroll_y), self.size.width, 1))
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)


class BareListApp(App[None]):
    def compose(self) -> ComposeResult:
        yield BareList()


if __name__ == "__main__":
    BareListApp().run()
