"""All keys of a screen, made from its bindings so that they can not be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from salesboard.ui.palette import commands
from salesboard.ui.widgets.lines import OneLine
from salesboard.ui.widgets.sheet import Line, Sheet

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

GROUPS = (("board", "Move the eye"), ("deal", "Work with the deal"), ("form", "Form"), ("sheet", "Read"), ("app", "Everywhere"))
SHORT = {
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "question_mark": "?",
    "dollar_sign": "$",
    "slash": "/",
    "colon": ":",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "shift+left": "Shift+←",
    "shift+right": "Shift+→",
    "shift+up": "Shift+↑",
    "shift+down": "Shift+↓",
    "home": "Home",
    "end": "End",
}


def shown_key(key: str) -> str:
    """A key as it is printed on a keyboard."""
    if key in SHORT:
        return SHORT[key]
    return key.replace("ctrl+", "Ctrl+") if "+" in key else key


class KeysScreen(ModalScreen[None]):
    """The keys, by what they are for."""

    app: SalesboardApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Back", id="app.back", tooltip="Back"),
    ]
    DEFAULT_CSS = """
    KeysScreen {
        align: center middle;
        background: $background 60%;
        #sheet { width: 76; max-width: 100%; height: 90%; background: $surface; padding: 1 1; border-left: thick $cursor; }
        #keys-footer { height: 1; }
    }
    """

    def __init__(self, of: Screen[Any]) -> None:
        super().__init__()
        self._lines = list(_lines(of))

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Sheet(self._lines, id="keys")
            yield OneLine(id="keys-footer")

    def on_mount(self) -> None:
        self.query_one("#keys", Sheet).focus()
        self.query_one("#keys-footer", OneLine).show([("key", "j k"), ("dim", " scroll   "), ("key", "Esc"), ("dim", " back   "), ("key", "Ctrl+p"), ("dim", " find a command by its name")])  # fmt: skip


def _lines(of: Screen[Any]) -> list[Line]:
    by_action: dict[str, list[str]] = {}
    for _, bindings in of._modal_binding_chain:
        for key, ones in bindings.key_to_bindings.items():
            for one in ones:
                by_action.setdefault(one.action, []).append(shown_key(key))
    lines: list[Line] = []
    bound = [binding for binding, _ in commands(of)]
    for prefix, heading in GROUPS:
        group = [binding for binding in bound if (binding.id or "").startswith(f"{prefix}.")]
        if not group:
            continue
        if lines:
            lines.append([])
        lines.append([("strong", heading)])
        for binding in group:
            keys = "  ".join(dict.fromkeys(by_action.get(binding.action, [shown_key(binding.key)])))
            lines.append([("key", f"{keys:<22}"), ("text", f"{binding.description:<18}"), ("dim", binding.tooltip)])
    return lines
