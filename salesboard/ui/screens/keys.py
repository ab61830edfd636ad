"""All keys of a screen, made from its bindings so that they can not be wrong."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from salesboard.ui.palette import commands, shown_key
from salesboard.ui.widgets.lines import OneLine, named_keys
from salesboard.ui.widgets.sheet import Line, Sheet

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

WIDTH = 88
NARROWEST_WORDS = 24
"""With less room for them, what a key does is left to its name."""
GROUPS = (
    ("welcome", "Begin"),
    ("board", "Move the eye"),
    ("tree", "Move the eye"),
    ("deal", "Work with the deal"),
    ("mark", "Mark several deals"),
    ("client", "Work with the client"),
    ("goal", "Work with the goal"),
    ("reward", "Decide on the reward"),
    ("record", "Read the record book"),
    ("notice", "Deal with the notice"),
    ("kudos", "Say well done"),
    ("nomination", "Screen the nomination"),
    ("award", "Awards night"),
    ("judge", "Judge"),
    ("slot", "Decide, and set the programme"),
    ("night", "The night"),
    ("hall", "Read the hall of fame"),
    ("road", "Along the road"),
    ("forecast", "Look ahead"),
    ("form", "Form"),
    ("sheet", "Read"),
    ("go", "Go"),
    ("app", "Everywhere"),
)


class KeysScreen(ModalScreen[None]):
    """The keys, by what they are for."""

    app: SalesboardApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss", "Back", id="app.back", tooltip="Back"),
        Binding("ctrl+p,colon", "palette", "Command", id="app.command", tooltip="Find a command by its name"),
    ]
    DEFAULT_CSS = """
    KeysScreen {
        align: center middle;
        background: $background 60%;
        #sheet { width: 88; max-width: 100%; height: 90%; background: $surface; padding: 1 1; border-left:
        thick $cursor; } #keys-footer { height: 1; }
    }
    """

    def __init__(self, of: Screen[Any]) -> None:
        super().__init__()
        self._of = of

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Sheet(id="keys")
            yield OneLine(id="keys-footer")

    def on_mount(self) -> None:
        self.query_one("#keys", Sheet).focus()
        self.query_one("#keys-footer", OneLine).show(
            named_keys(("j k", "scroll"), ("Esc", "back"), ("Ctrl+p", "find a command by its name"))
        )

    def on_resize(self) -> None:
        self.query_one("#keys", Sheet).show(_lines(self._of, min(WIDTH, self.size.width) - 6))

    def action_palette(self) -> None:
        """Go on to the palette of the screen beneath."""
        self.dismiss(None)
        self.app.call_later(self.app.action_command_palette)


def _lines(of: Screen[Any], width: int) -> list[Line]:
    rows = _rows(of)
    keys_width = 2 + max(len(keys) for _, keys in rows)
    name_width = 2 + max(len(_name(binding)) for binding, _ in rows)
    lines: list[Line] = []
    for prefix, heading in GROUPS:
        group = [(binding, keys) for binding, keys in rows if (binding.id or "").startswith(f"{prefix}.")]
        if not group:
            continue
        if lines:
            lines.append([])
        lines.append([("strong", heading)])
        room = width - keys_width - name_width
        for binding, keys in group:
            first, *more = textwrap.wrap(binding.tooltip, room) if room >= NARROWEST_WORDS else [""]
            name = f"{_name(binding):<{name_width}}"
            lines.append([("key", f"{keys:<{keys_width}}"), ("text", name), ("dim", first)])
            lines += [[("dim", " " * (keys_width + name_width) + words)] for words in more]
    return lines


def _rows(of: Screen[Any]) -> list[tuple[Binding, str]]:
    """The bindings that hold on a screen with their keys; those of one group, such as the numbers, as one."""
    by_action: dict[str, list[str]] = {}
    for _, bindings in of._modal_binding_chain:
        for key, ones in bindings.key_to_bindings.items():
            for one in ones:
                by_action.setdefault(one.action, []).append(shown_key(key))
    rows: dict[object, tuple[Binding, list[str]]] = {}
    for binding, _ in commands(of):
        keys = dict.fromkeys(by_action.get(binding.action, [shown_key(binding.key)]))
        rows.setdefault(binding.group or binding, (binding, []))[1].extend(keys)
    return [
        (binding, f"{keys[0]} … {keys[-1]}" if binding.group else "  ".join(keys))
        for binding, keys in rows.values()
    ]


def _name(binding: Binding) -> str:
    return binding.group.description if binding.group else binding.description
