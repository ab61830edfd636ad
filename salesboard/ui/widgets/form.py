"""A small form: labelled fields that are read as one types, saved at the desk, open until that has worked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, TextArea

from salesboard.errors import SalesboardError
from salesboard.ui.desk import KEYS_WAIT, Desk
from salesboard.ui.plain import plain


@dataclass(frozen=True)
class Field:
    """One line of a form."""

    name: str
    label: str
    value: str = ""
    read: Callable[[str], Any] = str
    """What was typed, understood; raises a SalesboardError whose text says what is wrong."""
    told: Callable[[Any], str] = lambda _: ""
    """How what was understood is said back, beside the field."""
    hint: str = ""
    choices: tuple[str, ...] = ()
    needed: bool = False
    long: bool = False
    """Several lines of text."""


class Form(ModalScreen[Any]):
    """Fields on a sheet; `save` gets the values, runs at the desk, and its answer is the form's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="form.save", tooltip="Save what was typed", priority=True),
        Binding("escape", "cancel", "Cancel", id="form.cancel", tooltip="Leave without saving"),
        Binding("down", "app.focus_next", "Next field", id="form.next", show=False),
        Binding("up", "app.focus_previous", "Field before", id="form.previous", show=False),
    ]
    DEFAULT_CSS = """
    Form {
        align: center middle;
        background: $background 60%;
        #sheet {
            width: 74; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; padding: 1 2; border-left: thick $cursor;
        }
        #heading { color: $card-name; text-style: bold; width: 100%; margin-bottom: 1; }
        #fields { height: auto; }
        #fields Horizontal { height: 1; }
        #fields Horizontal.-long { height: 8; }
        .label { color: $card-dim; width: 16; height: 1; }
        Input {
            border: none; height: 1; padding: 0 1; background: $surface; color: $card-name; width: 1fr;
            &:focus { background: $cursor-bg; border: none; }
        }
        TextArea {
            border: none; height: 8; padding: 0 1; background: $surface; width: 1fr;
            &:focus { border: none; background: $cursor-bg; }
        }
        .said { color: $card-dim; width: 100%; height: auto; min-height: 1; padding-left: 17; }
        .said.-wrong { color: $attention; }
        #trouble { color: $attention; width: 100%; height: auto; display: none; }
        #trouble.-shown { display: block; }
        #keys { color: $card-dim; width: 100%; height: 1; margin-top: 1; }
    }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        desk: Desk,
        save: Callable[[dict[str, Any]], Any],
        verb: str = "save",
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = {field.name: field for field in fields}
        self._desk = desk
        self._save = save
        self._verb = verb
        self._sure_to_leave = False
        self._saving = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Label(plain(self._title), id="heading")
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._fields.values():
                    with Horizontal(classes="-long" if field.long else ""):
                        yield Label(Content(field.label), classes="label")
                        yield self._typing(field)
                    yield Label(Content(""), id=f"{field.name}-said", classes="said")
            yield Label(Content(""), id="trouble")
            yield Label(Content(self._keys()), id="keys")

    @staticmethod
    def _typing(field: Field) -> Input | TextArea:
        if field.long:
            return TextArea(field.value, id=field.name, tab_behavior="focus", soft_wrap=True)
        suggester = SuggestFromList(field.choices, case_sensitive=False) if field.choices else None
        hint = f"e.g. {field.hint}" if field.hint else ""
        return Input(field.value, id=field.name, placeholder=hint, suggester=suggester)

    def _keys(self) -> str:
        keys = f"Ctrl+s {self._verb} · Esc cancel"
        if any(field.long for field in self._fields.values()):
            return keys
        takes = "→ completes · " if any(field.choices for field in self._fields.values()) else ""
        return f"Enter {self._verb if len(self._fields) == 1 else 'next'} · {takes}{keys}"

    def on_resize(self) -> None:
        # What is around the fields stays in sight; they scroll where not all of them fit.
        self.query_one("#fields").styles.max_height = max(2, self.size.height - 8)

    def on_mount(self) -> None:
        for widget in self.query(Input):
            widget.cursor_blink = False
        for area in self.query(TextArea):
            area.cursor_blink = False
        for name in self._fields:
            self._look_at(name)

    def _typed(self, name: str) -> str:
        if self._fields[name].long:
            return self.query_one(f"#{name}", TextArea).text
        return self.query_one(f"#{name}", Input).value

    def _look_at(self, name: str) -> tuple[bool, Any]:
        """Read a field and say beneath it how it was understood, or what is wrong."""
        field, typed = self._fields[name], self._typed(name)
        said = self.query_one(f"#{name}-said", Label)
        try:
            if field.needed and not typed.strip():
                raise SalesboardError("needed")
            value = field.read(typed)
        except SalesboardError as error:
            untouched = not typed.strip()
            said.set_class(not untouched, "-wrong")
            said.update(plain("needed" if untouched else str(error)))
            return False, None
        said.remove_class("-wrong")
        said.update(plain(field.told(value)))
        return True, value

    @on(Input.Changed)
    def _input_changed(self, event: Input.Changed) -> None:
        self._sure_to_leave = False
        if event.input.id in self._fields:
            self._look_at(event.input.id)

    @on(TextArea.Changed)
    def _area_changed(self, event: TextArea.Changed) -> None:
        self._sure_to_leave = False
        if event.text_area.id in self._fields:
            self._look_at(event.text_area.id)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        names = list(self._fields)
        if event.input.id == names[-1]:
            self.action_save()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Save what was typed, if every field can be read."""
        if self._saving:
            return
        values: dict[str, Any] = {}
        for name in self._fields:
            fine, values[name] = self._look_at(name)
            if not fine:
                said = self.query_one(f"#{name}-said", Label)
                said.add_class("-wrong")
                self.query_one(f"#{name}").focus()
                return
        self._saving = True
        self.query_one("#keys", Label).update(Content("one moment …"))
        self.run_worker(self._have_saved(values), group=KEYS_WAIT)

    async def _have_saved(self, values: dict[str, Any]) -> None:
        try:
            answer = await self._desk.ask(lambda: self._save(values))
        except SalesboardError as error:
            self._say(str(error))
            self.query_one("#keys", Label).update(Content(self._keys()))
        else:
            self.dismiss(answer if answer is not None else True)
        finally:
            self._saving = False

    def _say(self, words: str) -> None:
        trouble = self.query_one("#trouble", Label)
        trouble.update(plain(words))
        trouble.add_class("-shown")

    def action_cancel(self) -> None:
        """Leave; asks once more when something was typed."""
        changed = any(self._typed(name) != field.value for name, field in self._fields.items())
        if changed and not self._sure_to_leave:
            self._sure_to_leave = True
            self._say("Not saved yet: Esc again leaves it, Ctrl+s saves it.")
            return
        self.dismiss(None)
