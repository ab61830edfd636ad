"""A sheet of lines to read: drawn by line, scrolled by key and wheel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from salesboard.ui.inks import ink
from salesboard.ui.plain import one_line, steady
from salesboard.ui.widgets.lines import Part

Line = Sequence[Part]
"""Parts from the left; a part of the style `>` pushes what follows to the right edge."""


class Sheet(Widget, can_focus=True):
    """Lines made of styled parts; nothing in them is ever markup."""

    DEFAULT_CSS = """
    Sheet {
        width: 1fr; height: 1fr; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "Down", id="sheet.down", tooltip="Scroll down"),
        Binding("k,up", "scroll_by(-1)", "Up", id="sheet.up", tooltip="Scroll up"),
        Binding(
            "ctrl+d,pagedown",
            "scroll_page(1)",
            "Half a page down",
            id="sheet.page-down",
            tooltip="Scroll down by half a page",
        ),
        Binding(
            "ctrl+u,pageup",
            "scroll_page(-1)",
            "Half a page up",
            id="sheet.page-up",
            tooltip="Scroll up by half a page",
        ),
    ]

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = list(lines)
        self._top = 0

    def show(self, lines: Sequence[Line], *, from_top: bool = False) -> None:
        """Show other lines; nothing is painted where they are the same."""
        if from_top:
            self._top = 0
        if list(lines) != self._lines:
            self._lines = list(lines)
            self._top = max(0, min(self._top, len(self._lines) - self.size.height))
            self.refresh()

    @property
    def text(self) -> str:
        """Everything on the sheet, line by line."""
        return "\n".join("".join(text for style, text in line if style != ">") for line in self._lines)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by so many lines."""
        top = max(0, min(self._top + lines, len(self._lines) - self.size.height))
        if top != self._top:
            self._top = top
            self.refresh()

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by so many half pages."""
        self.action_scroll_by(pages * max(1, self.size.height // 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll_by(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll_by(-2)

    def on_resize(self) -> None:
        self.action_scroll_by(0)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        index = y + self._top
        if index >= len(self._lines):
            return Strip.blank(width, base)
        if y == self.size.height - 1 and index < len(self._lines) - 1:
            more = f"↓ {len(self._lines) - index} more"
            return Strip([Segment(one_line(more, width), ink(self.app, "dim"))], width).apply_style(base)
        return Strip(self._laid_out(self._lines[index], width), width).apply_style(base)

    def _laid_out(self, line: Line, width: int) -> list[Segment]:
        pushed = next((place for place, (style, _) in enumerate(line) if style == ">"), None)
        left = list(line if pushed is None else line[:pushed])
        right = [] if pushed is None else list(line[pushed + 1 :])
        right_segments = self._segments(right, width)
        right_width = sum(segment.cell_length for segment in right_segments)
        left_segments = self._segments(left, width - right_width - bool(right_width))
        left_width = sum(segment.cell_length for segment in left_segments)
        return [*left_segments, Segment(" " * max(0, width - left_width - right_width)), *right_segments]

    def _segments(self, parts: Line, room: int) -> list[Segment]:
        segments: list[Segment] = []
        for style, text in parts:
            segment = Segment(steady(text), ink(self.app, style))
            if segment.cell_length > room:
                segment = Segment(one_line(text, room), ink(self.app, style))
            segments.append(segment)
            room -= segment.cell_length
            if room <= 0:
                break
        return segments
