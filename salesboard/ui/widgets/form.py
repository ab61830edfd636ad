"""A small form: labelled fields that are read as one types, saved at the desk, open until that has worked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, TextArea

from salesboard.errors import Clash, Conflict, SalesboardError
from salesboard.ui.desk import KEYS_WAIT, Desk
from salesboard.ui.plain import plain, wrapped
from salesboard.ui.widgets.clash import THEIRS, Choices, ClashScreen, called
from salesboard.ui.widgets.sheet import Line, Sheet

Beneath = Callable[[dict[str, Any], int, int], Sequence[Line]]
"""What is said beneath the fields of those that can be read, in so many cells of width and so many lines."""
FRAME = 8
"""Lines of a form around its fields."""
FEWEST_ROWS, MOST_ROWS = 7, 12
"""Lines beneath the fields, where something is said there."""
MOST_CHARACTERS = 60
"""Of what somebody else wrote, where it is not shown whole."""


class Doubt(SalesboardError):
    """Why saving had better be thought over; saving again without a change does what it names."""

    def __init__(self, words: str, again: Callable[[], Any]) -> None:
        super().__init__(words)
        self.again = again


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
    read_after: Callable[[str, Mapping[str, Any]], Any] | None = None
    """Reads, in place of `read`, in view of the values of the fields above that could be read."""
    asked: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether it is asked at all, given the values of the fields above; else its value is None."""
    column: str = ""
    """The field of the row that it changes, where that has another name."""
    typed: Callable[[Any], str] | None = None
    """How such a value would be typed; as it is told in words, if left out."""

    def understand(self, typed: str, above: Mapping[str, Any]) -> Any:
        """Read what was typed. Refused: nothing where something is needed, or what can not be read."""
        if self.needed and not typed.strip():
            raise SalesboardError("it is needed")
        return self.read_after(typed, above) if self.read_after else self.read(typed)


class Form(ModalScreen[Any]):
    """Fields on a sheet; `save` gets the values, runs at the desk, and its answer is the form's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", id="form.save", tooltip="Save what was typed", priority=True),
        Binding("escape", "cancel", "Cancel", id="form.cancel", tooltip="Leave without saving"),
        Binding("ctrl+o", "copy", "Copy", id="form.copy", tooltip="Copy all that was typed", priority=True),
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
        &.-close .said { display: none; }
        &.-close .said.-wrong, &.-close .said.-here { display: block; }
        .-not-asked { display: none !important; }
        #beneath { margin-top: 1; padding: 0; }
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
        beneath: Beneath | None = None,
        seen: dict[str, Any] | None = None,
    ) -> None:
        """With `beneath`, which runs at the desk, the fields stand close together to make room for it.

        `seen` is what `save` compares with: how the row stood for whoever types. Where somebody else has
        changed it meanwhile, both values are shown, and what is chosen is what was seen from then on.
        """
        super().__init__(classes="-close" if beneath else "")
        self.called = title
        """What it is about."""
        self._fields = {field.name: field for field in fields}
        self._desk = desk
        self._save = save
        self._verb = verb
        self._beneath = beneath
        self._seen = seen
        self._sure_to_leave = False
        self._saving = False
        self._doubt: Doubt | None = None
        """What was in the way of saving, while nothing has been typed since."""
        self._to_tell: dict[str, Any] | None = None
        """The newest values about which the desk has not been asked yet."""
        self._is_telling = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Label(plain(self.called), id="heading")
            with VerticalScroll(id="fields", can_focus=False):
                for field in self._fields.values():
                    with Horizontal(id=f"{field.name}-row", classes="-long" if field.long else ""):
                        yield Label(Content(field.label), classes="label")
                        yield self._typing(field)
                    yield Label(Content(""), id=f"{field.name}-said", classes="said")
            if self._beneath:
                told = Sheet(id="beneath")
                told.can_focus = False
                yield told
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
        room = self.size.height - FRAME
        if self._beneath:
            rows = max(min(FEWEST_ROWS, room - 5), min(MOST_ROWS, room - len(self._fields) - 2))
            self.query_one("#beneath").styles.height = rows
            room -= rows + 1
        self.query_one("#fields").styles.max_height = max(2, room)
        self.call_after_refresh(self._look)

    def on_mount(self) -> None:
        for widget in self.query(Input):
            widget.cursor_blink = False
        for area in self.query(TextArea):
            area.cursor_blink = False
            area.move_cursor(area.document.end)
        self._look()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if self._beneath and event.widget.id in self._fields:
            for said in self.query(".said"):
                said.set_class(said.id == f"{event.widget.id}-said", "-here")
            self.query_one(f"#{event.widget.id}-said").scroll_visible(animate=False)
            event.widget.scroll_visible(animate=False)

    def _typed(self, name: str) -> str:
        if self._fields[name].long:
            return self.query_one(f"#{name}", TextArea).text
        return self.query_one(f"#{name}", Input).value

    def _look(self) -> tuple[dict[str, Any], str | None]:
        """Read all fields and say beneath each how it was understood; the first that can not be read."""
        values: dict[str, Any] = {}
        first_wrong = None
        for name, field in self._fields.items():
            asked = field.asked is None or field.asked(values)
            for part in ("row", "said"):
                self.query_one(f"#{name}-{part}").set_class(not asked, "-not-asked")
            if not asked:
                values[name] = None
            elif not self._look_at(field, values):
                first_wrong = first_wrong or name
        self._tell(values)
        return values, first_wrong

    def _look_at(self, field: Field, values: dict[str, Any]) -> bool:
        typed = self._typed(field.name)
        said = self.query_one(f"#{field.name}-said", Label)
        try:
            value = field.understand(typed, values)
        except SalesboardError as error:
            untouched = not typed.strip()
            said.set_class(not untouched, "-wrong")
            said.update(plain("needed" if untouched else str(error)))
            return False
        said.remove_class("-wrong")
        said.update(plain(field.told(value)))
        values[field.name] = value
        return True

    # --- beneath the fields ---------------------------------------------------------------------------------

    def _tell(self, values: dict[str, Any]) -> None:
        """Have the desk say what is to be said; while it is busy, only the newest values wait for it."""
        if self._beneath and self.query_one("#beneath").size:
            self._to_tell = values
            if not self._is_telling:
                self._is_telling = True
                self.run_worker(self._keep_telling(self._beneath))

    async def _keep_telling(self, beneath: Beneath) -> None:
        sheet = self.query_one("#beneath", Sheet)
        try:
            while self._to_tell is not None:
                values, self._to_tell = self._to_tell, None
                width, rows = sheet.size
                try:
                    lines = await self._desk.ask(partial(beneath, values, width, rows))
                except SalesboardError as error:
                    lines = [[("attention", line)] for line in wrapped(str(error), width)]
                if self.is_attached:
                    sheet.show(lines, from_top=True)
        finally:
            self._is_telling = False

    # --- keys -----------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._sure_to_leave = False
        self._doubt = None
        self._look()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        shown = [name for name in self._fields if not self.query_one(f"#{name}-row").has_class("-not-asked")]
        if event.input.id == shown[-1]:
            self.action_save()
        else:
            self.focus_next()

    def action_save(self) -> None:
        """Save what was typed, if every field can be read."""
        if self._saving:
            return
        values, wrong = self._look()
        if wrong is not None:
            self.query_one(f"#{wrong}-said", Label).add_class("-wrong")
            self.query_one(f"#{wrong}").focus()
            return
        self._saving = True
        self.query_one("#keys", Label).update(Content("one moment …"))
        save = self._doubt.again if self._doubt else partial(self._save, values)
        self.run_worker(self._have_saved(save), group=KEYS_WAIT)

    async def _have_saved(self, save: Callable[[], Any]) -> None:
        try:
            answer = await self._desk.ask(save)
        except Conflict as conflict:
            self.query_one("#keys", Label).update(Content(self._keys()))
            if self._seen is not None and conflict.clashes:
                self._let_choose(conflict.clashes)
            else:
                self._say(str(conflict))
        except SalesboardError as error:
            self._doubt = error if isinstance(error, Doubt) else None
            self._say(str(error))
            self.query_one("#keys", Label).update(Content(self._keys()))
        else:
            self.dismiss(answer if answer is not None else True)
        finally:
            self._saving = False

    def _let_choose(self, clashes: Sequence[Clash]) -> None:
        """Show what stands against what, and go on with what is chosen; what was typed stays until then."""
        columns = self._columns()
        said = [
            f"{one.who} changed {called(one, columns).lower()} to {_shortened(one.told[1])}"
            for one in clashes
        ]
        self._say(f"{'; '.join(said)}: nothing was saved, Ctrl+s shows both again.")

        def chosen(choices: Choices | None) -> None:
            if choices is None or self._seen is None:
                return
            left = [one for one in clashes if choices[one.field] == THEIRS and one.field not in columns]
            if left:
                self._say(f"It stays as {left[0].who} left it: Esc leaves this form.")
                return
            for one in clashes:
                self._seen[one.field] = one.theirs
                if choices[one.field] == THEIRS:
                    self.take(one)
            self.action_save()

        self.app.push_screen(ClashScreen(clashes, columns), chosen)

    def _columns(self) -> dict[str, str]:
        """What can be changed here, as it is called in the row, with its label."""
        return {field.column or field.name: field.label for field in self._fields.values()}

    def take(self, one: Clash) -> None:
        """Put somebody else's value in place of what was typed."""
        field = next(each for each in self._fields.values() if (each.column or each.name) == one.field)
        told = field.typed(one.theirs) if field.typed else one.told[1]
        text = "" if one.theirs in (None, "") else told
        if field.long:
            self.query_one(f"#{field.name}", TextArea).text = text
        else:
            self.query_one(f"#{field.name}", Input).value = text

    def action_copy(self) -> None:
        """Copy all that was typed, so that it can be kept elsewhere."""
        self.app.copy_to_clipboard(self._in_words())
        self._say("What was typed is copied.")

    def _in_words(self) -> str:
        typed = {field.label: self._typed(name) for name, field in self._fields.items()}
        return "\n".join(f"{label}: {text}" for label, text in typed.items() if text.strip())

    @property
    def unsaved(self) -> str:
        """All that was typed, if any of it is not saved yet."""
        return self._in_words() if self.changed else ""

    @property
    def changed(self) -> dict[str, str]:
        """What was typed that did not stand there at the beginning, by field."""
        fields = self._fields.values()
        return {one.name: text for one in fields if (text := self._typed(one.name)) != one.value}

    def write(self, typed: Mapping[str, str]) -> None:
        """Put these texts into their fields, as if they had been typed."""
        for line in self.query(Input):
            line.value = typed.get(str(line.id), line.value)
        for area in self.query(TextArea):
            area.text = typed.get(str(area.id), area.text)

    def _say(self, words: str) -> None:
        trouble = self.query_one("#trouble", Label)
        trouble.update(plain(words))
        trouble.add_class("-shown")

    def action_cancel(self) -> None:
        """Leave; asks once more when something was typed."""
        if self.changed and not self._sure_to_leave:
            self._sure_to_leave = True
            self._say("Not saved yet: Esc again leaves it, Ctrl+s saves it.")
            return
        self.dismiss(None)


def _shortened(words: str) -> str:
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1].rstrip()}…"
