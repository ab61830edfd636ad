"""What screens share: work for the desk, the way to other screens, and what is said at the foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen

from salesboard.domain import history
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Head
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.widgets.lines import OneLine, Part, named_keys
from salesboard.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

TAKEN_BACK = {"undo": "undone", "redo": "done again"}
BACK = Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to where one came from")


class DeskScreen(Screen[None]):
    """A screen that has the desk read and write, and knows the way to the others: `g` and a letter."""

    app: SalesboardApp
    DEFAULT_CSS = """
    DeskScreen {
        layers: base above;
        #second-keys { layer: above; dock: bottom; margin: 0 0 1 0; background: $surface; }
    }
    """
    ACTS: ClassVar[str] = "acts"
    """The group of workers that change something."""
    PLACE: ClassVar[str] = ""
    """Where one is, by the name it has in `going`; none on a page that is about one thing."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "prefix('g')", "Go …", id="app.go", tooltip="Go to the top (gg), or to another screen"),
        Binding("g b", "go('board')", "Board", id="go.board", tooltip="Go to the board"),
        Binding(
            "g m",
            "go('milestones')",
            "Milestones",
            id="go.milestones",
            tooltip="Go to the goals: how far each is, its pace and its odds",
        ),
        Binding(
            "g r",
            "go('records')",
            "Record book",
            id="go.records",
            tooltip="Go to the record book: the best there ever was, growth, and goals that were reached",
        ),
        Binding(
            "g a",
            "go('anniversaries')",
            "Anniversaries",
            id="go.anniversaries",
            tooltip="Go to the anniversaries of clients, and to the thanks that are owed",
        ),
        Binding(
            "g c",
            "go('clients')",
            "Clients",
            id="go.clients",
            tooltip="Go to the clients: since when, what they brought, when they were last thanked",
        ),
        Binding(
            "g q",
            "go('review')",
            "Quarterly review",
            id="go.review",
            tooltip="Go to the goals that wait for review since a quarter ended",
        ),
        Binding(
            "g e",
            "go('statement')",
            "Earnings",
            id="go.statement",
            tooltip="Go to the rewards that milestones bring: promised, earned, approved, paid",
        ),
        Binding(
            "g o",
            "go('recognition')",
            "Well done",
            id="go.recognition",
            tooltip="Go to what was done well, and what nobody has said a word about",
        ),
        Binding(
            "g f",
            "go('forecast')",
            "Forecast",
            id="go.forecast",
            tooltip="Go to what the period will have brought at its end, and what carries it",
        ),
        Binding(
            "g w",
            "go('awards')",
            "Awards",
            id="go.awards",
            tooltip="Go to the awards: the season, its phases, what is honoured, your nominations",
        ),
        Binding(
            "g n",
            "go('nominations')",
            "Nominations",
            id="go.nominations",
            tooltip="Go to the nominations that leads screen before anybody judges them",
        ),
        Binding(
            "g i",
            "go('inbox')",
            "Inbox",
            id="go.inbox",
            tooltip="Go to what you have been told: records, milestones, anniversaries, thanks owed",
        ),
        Binding("u", "take_back('undo')", "Undo", id="app.undo", tooltip="Take back my last change"),
        Binding("ctrl+r", "take_back('redo')", "Redo", id="app.redo", tooltip="Do again what I undid"),
        Binding("R", "refresh", "Refresh", id="app.refresh", tooltip="Read everything again"),
    ]

    _pending = ""
    """The first of two keys."""
    _asked = ""
    """What was asked with the last key, which the same key again confirms."""
    _asked_before = ""
    _where: tuple[Part, ...] = ()
    _second_sheet: Sheet | None = None
    """Where the keys stand that may follow the first of two; made when they are first shown."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One does not go where one is."""
        return action != "go" or parameters != (self.PLACE,)

    def action_go(self, place: str) -> None:
        """Go to another screen."""
        from salesboard.ui import going

        # Not a worker of this screen: one that is left ends its own.
        self.app.run_worker(going.to(self.app, place), group=KEYS_WAIT)

    def action_prefix(self, key: str) -> None:
        """Wait for the second key."""
        self._pending = key
        self.show_footer()

    def hear_key(self, event: events.Key) -> bool | str:
        """Hear of a key before what it is bound to is done; what two keys are bound to, as the second of
        them, or whether it ends here."""
        self._asked, self._asked_before = "", self._asked
        if self._pending:
            pending, self._pending = self._pending, ""
            self.show_footer()
            return f"{pending} {event.key}"
        self.show_footer()
        return False

    def show_footer(self) -> None:
        """Name the keys that matter now, or those that may follow the first of two."""
        self._show_second_keys()
        if self._pending:
            footer = self.query_one("#footer", OneLine)
            footer.show([("key", self._pending), ("dim", " …")], [("dim", "Esc cancel")])
        else:
            self._show_footer()

    def _show_second_keys(self) -> None:
        """Above the footer, in columns: the keys that may follow the first of two."""
        sheet = self._second_sheet
        if not self._pending:
            if sheet is not None:
                sheet.display = False
            return
        keys = sorted(self._second_keys())
        wide = max((len(key) + len(words) for key, words in keys), default=0) + 6
        columns = max(1, (self.app.size.width - 4) // wide)
        rows = -(-len(keys) // columns)
        lines = [
            [
                part
                for key, words in keys[row::rows]
                for part in (("key", f"  {key}"), ("text", f" {words}".ljust(wide - 2 - len(key))))
            ]
            for row in range(rows)
        ]
        if sheet is None:
            self._second_sheet = sheet = Sheet(id="second-keys")
            sheet.can_focus = False
            self.mount(sheet)
        sheet.show([[], *lines, []])
        sheet.styles.height = rows + 2
        sheet.display = True

    def _show_footer(self) -> None:
        """Name the keys that matter now, and beside them the list of all keys and the way back."""
        footer = self.query_one("#footer", OneLine)
        footer.show_keys(self.keys_now(), named_keys(("?", "keys"), ("Esc", "back")))

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now, each with its word."""
        raise NotImplementedError

    def _second_keys(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for key, (_, binding, enabled, _) in self.active_bindings.items():
            first, _, second = key.partition(" ")
            if enabled and second and first == self._pending:
                found.append((second, binding.description.lower()))
        return found

    def show_header(self, *where: Part) -> None:
        """Say where one is, who one is, and what day it is; where there is little room, only where.

        What begins with a semicolon goes on with what stands before it.
        """
        self._where = where
        who = f"{self.app.acting.name} · {self.app.today.day} {self.app.today:%b}"
        told = [(style, f"{'' if words[0] == ';' else '   '}{words}") for style, words in where if words]
        self.query_one("#header", OneLine).show(
            [("strong", "salesboard"), *told], [*self.inbox_count(), ("dim", who)], whole=2
        )

    def inbox_count(self) -> list[Part]:
        """How many notices wait to be read, and up to when there are any; nothing where there is nothing."""
        until = [("attention", f"told until {self.app.told_until}")] if self.app.told_until else []
        unread = [("key", f"Inbox {self.app.unread}")] if self.app.unread else []
        return [part for one in (*until, *unread) for part in (one, ("dim", " · "))]

    def inbox_changed(self) -> None:
        """Another number of notices waits to be read: say so, unless nothing has been shown yet."""
        if self._where:
            self.show_header(*self._where)

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the screen, until the next key."""
        undo = [("key", "u"), ("dim", " undo")] if style == "good" else []
        self.query_one("#footer", OneLine).show([(style, words)], undo)

    def is_sure(self, act: str, words: str, style: str = "attention") -> bool:
        """Whether the key of an act was pressed just before too; else ask for it with these words, once."""
        if self._asked_before == act:
            return True
        self._asked = act
        self.say(words, style)
        return False

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read again what is shown, look at a deal if it is there, and say something."""
        raise NotImplementedError

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Somebody else has changed something: show it."""
        self.reload()

    def work(
        self,
        task: Callable[[], Any],
        then: Callable[[Any], object] | None = None,
        *,
        otherwise: Callable[[SalesboardError], None] | None = None,
        group: str = "",
        exclusive: bool = False,
        slowly: bool = False,
    ) -> None:
        """Have the desk do something; what comes of it is handled here.

        What takes long is read `slowly`, at the back desk, so that nothing else waits for it.
        """
        desk = self.app.back_desk if slowly else self.app.desk

        async def done() -> None:
            try:
                answer = await desk.ask(task)
            except SalesboardError as error:
                (otherwise or self.refused)(error)
            else:
                if then is not None and self.is_attached:
                    then(answer)

        self.run_worker(done, group=group or self.ACTS, exclusive=exclusive)  # type: ignore[arg-type]

    def refused(self, error: SalesboardError) -> None:
        """Say why something was not done."""
        self.say(str(error), "attention")

    def ask(
        self, prepare: Callable[[], Any], form: Callable[[Any], Any], saved: Callable[[Any], None]
    ) -> None:
        """Read what a form needs, show it, and go on when it has saved something."""
        self.work(prepare, lambda prepared: self.show_form(form(prepared), saved), group=KEYS_WAIT)

    def show_form(self, form: Screen[Any], saved: Callable[[Any], None]) -> None:
        """Show a form, and go on when it has saved something."""

        def answered(answer: Any) -> None:
            if answer is not None:
                saved(answer)

        self.app.push_screen(form, answered)
        form.call_after_refresh(self.app.give_back_what_was_typed, form)

    def open_page(
        self, read: Callable[[], Any], page: Callable[[Any], Screen[None]], *, slowly: bool = False
    ) -> None:
        """Read what a page shows, and open it; what one comes from is read again when one is back."""
        self.work(
            read,
            lambda found: self.app.push_screen(page(found), lambda _: self.reload()),
            group=KEYS_WAIT,
            exclusive=True,
            slowly=slowly,
        )

    def action_take_back(self, how: str) -> None:
        """Undo or redo my last change."""
        actor, now = self.app.acting, self.app.now()
        act: Callable[..., history.Undone] = getattr(history, how)

        def told(undone: history.Undone) -> None:
            # What a redo takes back is an undo; which deal it was about says more.
            what = undone.called if how == "redo" else f"{undone.verb} {undone.called}".strip()
            self.reload(to_deal=undone.deal, said=(f"{TAKEN_BACK[how]}: {what}", "good"))

        self.work(lambda: act(actor, now=now), told, group=KEYS_WAIT)

    def action_refresh(self) -> None:
        """Read everything again."""
        self.reload(said=("read again", "dim"))

    def action_leave(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
