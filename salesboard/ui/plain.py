"""People's text on its way to the terminal: never markup, never a control sequence, never out of place."""

from functools import lru_cache

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from salesboard.domain.text import REPLACEMENT, visible

ELLIPSIS = "…"
LONGEST_LINE = 1024
"""Characters of a line that are looked at: a book pasted as a name costs no time."""

# Terminals differ in how many cells they give to sequences built with these two.
_WIDTH_CHANGERS = {0x200D: None, 0xFE0F: None}


def plain(text: str, style: str = "") -> Content:
    """People's text for a Textual widget: shown as it was typed, in one style, on as many lines as it has."""
    return Content.styled(visible(text, multiline=True), style)


def steady(text: str) -> str:
    """Text for a line in which columns stand, without what terminals give different widths to."""
    return visible(text).translate(_WIDTH_CHANGERS)


def wrapped(text: str, width: int) -> list[str]:
    """Text on lines of at most `width` cells, broken between words, and inside those that are longer."""
    lines = [""]
    for word in steady(text).split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines += chop_cells(word, width)
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def one_line(text: str, width: int) -> str:
    """Text in exactly `width` cells, cut with `…` or filled with blanks; a control is a sign of one cell."""
    if not (text.isascii() and text.isprintable()):
        return _measured_line(text[:LONGEST_LINE], width)
    if len(text) <= width:
        return text.ljust(width)
    return (text[: width - 1].rstrip() + ELLIPSIS).ljust(width) if width > 0 else ""


@lru_cache(4096)
def _measured_line(text: str, width: int) -> str:
    text = steady(text)
    cells = cell_len(text)
    if cells > width:
        if width < 1:
            return ""
        text = set_cell_size(text, width - 1).rstrip() + ELLIPSIS
        cells = cell_len(text)
    return text + " " * (width - cells)


class SafeFilter(LineFilter):
    """Lets no control character through to the terminal, whoever drew it; lines keep their width.

    Rich counts such characters as 0 cells wide. They are shown as signs where enough blanks follow, in the
    same segment or as padding after it, to give way; elsewhere they are left out.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        for text, style, control in segments:
            if control or not text.isprintable() or (style is not None and _hides_controls(style)):
                return _safe(segments)
        return segments


def _safe(segments: list[Segment]) -> list[Segment]:
    safe = [segment for segment in segments if not segment.control]
    for at, (text, style, _) in enumerate(safe):
        if style is not None and _hides_controls(style):
            style = style.update_link(None)
        shown = visible(text)
        if shown != text:
            padding = safe[at + 1] if at + 1 < len(safe) and not safe[at + 1].text.strip(" ") else None
            shown, used = _with_signs(text, len(padding.text) if padding else 0)
            if padding:
                safe[at + 1] = Segment(padding.text[used:], padding.style)
        safe[at] = Segment(shown, style)
    return safe


def _with_signs(text: str, blanks_after: int) -> tuple[str, int]:
    """Text with signs for its controls, or without them, and how many of the blanks after it that takes."""
    # A joiner might join what a control had kept apart.
    shown = visible(text).translate(_WIDTH_CHANGERS)
    cells = cell_len(text)
    fitting = shown.rstrip(" ") if cell_len(shown) > cells else shown
    used = max(cell_len(fitting) - cells, 0)
    if used <= blanks_after:
        return set_cell_size(fitting, cells + used), used
    return set_cell_size("".join(map(_without_unseen, text)), cells), 0


def _hides_controls(style: Style) -> bool:
    link = style.link
    return link is not None and not link.isprintable()


def _without_unseen(character: str) -> str:
    if character == visible(character):
        return character.translate(_WIDTH_CHANGERS)
    return REPLACEMENT * cell_len(character)
