"""Lines of one row: where am I, what is it worth, which keys matter now. Painted only when their text
changes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from salesboard.ui.inks import ink
from salesboard.ui.plain import one_line, steady

Part = tuple[str, str]
"""A piece of a line: a style's name and its text."""


def named_keys(*keys: tuple[str, str]) -> list[Part]:
    """Keys and what they do, as a line names them."""
    return [part for key, words in keys for part in (("key", key), ("dim", f" {words}   "))]


def named_pages(names: Sequence[str], here: int, style: str, *, all_of_them: bool = True) -> list[Part]:
    """The names of pages that one turns, with a mark at the one that is there; or that one, and which it is
    of how many."""
    if not all_of_them:
        return [(style, names[here]), ("dim", f"{here + 1} of {len(names)}")]
    return [(style, f"▸ {name}") if at == here else ("dim", name) for at, name in enumerate(names)]


def as_painted(
    widget: Widget, crop: Region, lines: Sequence[Strip], filters: Sequence[LineFilter]
) -> list[Strip]:
    """The lines of a widget without border, padding or tint, made safe for the terminal and cropped."""
    background = widget.background_colors[1]
    painted = list(lines)
    for line_filter in filters:
        painted = [line.apply_filter(line_filter, background) for line in painted]
    if crop.column_span != (0, widget.size.width):
        painted = [line.crop(*crop.column_span) for line in painted]
    return painted


class OneLine(Widget, can_focus=False):
    """One row with parts from the left and parts from the right; the left ones give way."""

    DEFAULT_CSS = """
    OneLine {
        height: 1;
        padding: 0 1;
    }
    """

    def __init__(self, *, id: str, classes: str = "") -> None:
        super().__init__(id=id, classes=classes)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()
        self._whole: int | None = None
        """The first of the left parts that is left out rather than cut where there is no room for it."""

    def show(self, left: Sequence[Part], right: Sequence[Part] = (), *, whole: int | None = None) -> None:
        """Show other parts; nothing is painted where they are the same.

        From the part `whole` on, what does not fit is left out with all that follows; before it, and without
        it, the last part is cut.
        """
        if (tuple(left), tuple(right), whole) != (self._left, self._right, self._whole):
            self._left, self._right, self._whole = tuple(left), tuple(right), whole
            self.refresh()

    def show_keys(self, keys: Sequence[tuple[str, str]], right: Sequence[Part]) -> None:
        """Show keys, each with its word: the last ones are left out where there is no room for both."""
        self.show(named_keys(*keys), right, whole=0)

    @property
    def text(self) -> str:
        """What the line says."""
        return "".join(text for _, text in (*self._left, *self._right))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y != self.size.height // 2:
            return Strip.blank(width, self.rich_style)
        right, right_width = self._fitted(self._right, width)
        left, left_width = self._fitted(self._left, width - right_width - bool(right_width), self._whole)
        filling = Segment(" " * max(0, width - left_width - right_width))
        return Strip([*left, filling, *right], width).apply_style(self.rich_style)

    def _fitted(
        self, parts: Sequence[Part], room: int, whole: int | None = None
    ) -> tuple[list[Segment], int]:
        """As many parts as there is room for; the last one is cut, or left out."""
        segments: list[Segment] = []
        used = 0
        for at, (style, text) in enumerate((style, steady(text)) for style, text in parts):
            strip = Strip([Segment(text, ink(self.app, style))])
            if used + strip.cell_length > room:
                left = room - used
                fits = cell_len(text.rstrip()) <= left
                if whole is not None and at >= whole and not fits:
                    if whole == 0 and at % 2:  # the word of a key, which says nothing without it
                        used -= segments.pop().cell_length
                    break
                if left > 3 or fits:
                    segments.append(Segment(one_line(text.rstrip(), left), ink(self.app, style)))
                    used = room
                break
            segments += list(strip)
            used += strip.cell_length
        return segments, used
