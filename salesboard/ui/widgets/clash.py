"""What somebody else changed while one typed: before, theirs, mine, and one key for each way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from salesboard.errors import Clash
from salesboard.ui.plain import wrapped
from salesboard.ui.widgets.lines import OneLine, named_keys
from salesboard.ui.widgets.sheet import Line, Sheet

WIDTH = 70
FRAME = 9
"""Lines of the screen around the three texts."""
THEIRS, MINE = "theirs", "mine"
Choices = dict[str, str]
"""By field, whose value it is to be."""


def called(one: Clash, labels: Mapping[str, str]) -> str:
    """What the field is called on the form; one that is not there, by its name in the row."""
    return labels.get(one.field, one.field.removesuffix("_minor").replace("_", " ").capitalize())


def beside(told: Sequence[str], width: int, rows: int) -> list[list[str]]:
    """Texts on so many lines each; from shortly before they differ, where one of them is longer than that."""
    whole = [wrapped(words, width) for words in told]
    if all(len(lines) <= rows for lines in whole):
        return whole
    characters = enumerate(zip(*told, strict=False))
    alike = next((at for at, three in characters if len(set(three)) > 1), min(map(len, told)))
    start = told[0].rfind(" ", 0, max(0, alike - width // 2)) + 1
    shown = [wrapped(("… " if start else "") + words[start:], width - 2) for words in told]
    return [lines if len(lines) <= rows else [*lines[: rows - 1], f"{lines[rows - 1]} …"] for lines in shown]


class ClashScreen(ModalScreen[Choices | None]):
    """One field after the other, each with both values; none is written before all have been chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "choose('theirs')", "Theirs", id="form.theirs", tooltip="Keep what somebody else wrote"),
        Binding("m", "choose('mine')", "Mine", id="form.mine", tooltip="Write mine over it"),
        Binding("escape", "dismiss(None)", "Back", id="form.back", tooltip="Back to the form, unsaved"),
    ]
    DEFAULT_CSS = """
    ClashScreen {
        align: center middle;
        #clash {
            width: 74; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; padding: 1 1; border-left: thick $attention;
        }
        #clash-told { height: 8; max-height: 100%; }
        #clash-keys { height: 1; margin-top: 1; }
    }
    """

    def __init__(self, clashes: Sequence[Clash], labels: Mapping[str, str]) -> None:
        super().__init__()
        self._clashes = list(clashes)
        self._labels = labels
        self._chosen: Choices = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="clash"):
            yield Sheet(id="clash-told")
            yield OneLine(id="clash-keys")

    def on_mount(self) -> None:
        self.query_one("#clash-told", Sheet).focus()
        self.query_one("#clash-keys", OneLine).show(
            named_keys(("t", "take theirs"), ("m", "keep mine"), ("Esc", "back, nothing is saved"))
        )
        self._show()

    @property
    def _here(self) -> Clash:
        return self._clashes[len(self._chosen)]

    def _show(self) -> None:
        one = self._here
        place = f"{len(self._chosen) + 1} of {len(self._clashes)}" if len(self._clashes) > 1 else ""
        moment = f" at {one.at:%H:%M:%S} UTC on {one.at:%Y-%m-%d}" if one.at else ""
        lines: list[Line] = [
            [
                ("strong", f"{called(one, self._labels)} was changed while you typed"),
                (">", ""),
                ("dim", place),
            ],
            [("dim", f"by {one.who}{moment}")],
            [],
        ]
        room = min(WIDTH, self.app.size.width - 4) - 10
        rows = max(2, (self.app.size.height - FRAME) // 3)
        for name, (first, *more), style in zip(
            ("before", THEIRS, MINE),
            beside(one.told, room, rows),
            ("dim", "attention", "strong"),
            strict=True,
        ):
            lines.append([("dim", f"{name:<8}"), (style, first)])
            lines += [[("dim", " " * 8), (style, words)] for words in more]
        told = self.query_one("#clash-told", Sheet)
        told.styles.height = len(lines)
        told.show(lines, from_top=True)

    def action_choose(self, whose: str) -> None:
        """Choose for this field, and go on to the next, or back to the form."""
        self._chosen[self._here.field] = whose
        if len(self._chosen) == len(self._clashes):
            self.dismiss(self._chosen)
        else:
            self._show()
