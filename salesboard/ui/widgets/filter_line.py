"""The line at the foot of the board in which one types a filter."""

from __future__ import annotations

from textual.widgets import Input

EXAMPLE = 'owner:mia stage>=prospect value>10k product:"GTX Pro" won>2017-06-01'


class FilterLine(Input):
    """Filters as one types; mounted while one does."""

    DEFAULT_CSS = """
    FilterLine, FilterLine:focus {
        dock: bottom; height: 1; border: none; padding: 0 1; background: $header-bg; color: $card-name;
    }
    """

    def __init__(self, text: str, example: str = EXAMPLE) -> None:
        super().__init__(text, id="filter", placeholder=example, select_on_focus=False)
        self.cursor_blink = False

    def on_mount(self) -> None:
        self.focus()
