"""The app: whose it is, the desk it asks, the ledger it follows, and the way from screen to screen."""

from __future__ import annotations

import asyncio
import gc
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from salesboard import clock
from salesboard.domain import company, filters, history
from salesboard.domain.company import CompanyFacts
from salesboard.errors import Refused, SalesboardError
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Head
from salesboard.ui import terminal, theming
from salesboard.ui.absence import Absence, Typed
from salesboard.ui.desk import KEYS_WAIT, Desk
from salesboard.ui.safe_app import SafeApp
from salesboard.ui.toasts import Toasts
from salesboard.ui.watch import BoardRestored, Late, LedgerGrew, Told, Watch
from salesboard.ui.widgets.sheet import Sheet

GLANCE = 0.01
"""Seconds between two looks whether what early keys are meant for is there."""


PERSON = "person"
"""What an entry is about that may change who is let in."""
LONGEST_HEARING = 0.5
"""Seconds that one widget may delay the next key."""


@dataclass(frozen=True)
class Start:
    """How the app is started."""

    target: str
    """The database: a file or a URL."""
    enter: Callable[[], Actor]
    """Settles on whose behalf the app acts, on the opened board."""
    owner: str
    """The name of whoever would own a new board."""
    login: str | None
    demo: Callable[[], int]
    """Runs the demo instead."""
    today: date | None = None
    """A pretended date."""
    filter_text: str = ""
    nothing_hidden: bool = False
    place: str = ""
    """Where one begins, if not at the board: a name of `going`."""
    mouse: bool = True
    works: bool = False
    """Whether the app tells people what there is to tell, as long as no other worker does."""
    backs_up: bool = False
    """Whether it makes backups then."""
    idle_limit: float = 0
    """Seconds without a key after which the app is left; 0 for never."""


def _key_commands() -> Any:
    # The palette takes a while to load, and the first paint does not need it.
    from salesboard.ui.palette import KeyCommands

    return KeyCommands


class SalesboardApp(SafeApp):
    """The board in a terminal."""

    TITLE = "salesboard"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[Any]] = SafeApp.COMMANDS | {_key_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "colon,ctrl+p", "command_palette", "Command", id="app.command", tooltip="Do anything by its name"
        ),
        Binding("question_mark", "help", "Keys", id="app.keys", tooltip="All keys of this screen"),
        Binding(
            "ctrl+q", "quit", "Leave", id="app.quit", show=False, priority=True, tooltip="Leave salesboard"
        ),
    ]
    NOTIFICATION_TIMEOUT = 6

    def __init__(self, start: Start, actor: Actor | None) -> None:
        super().__init__()
        self.start = start
        self.actor = actor
        self.desk = Desk()
        self.back_desk = Desk("back desk")
        """Reads what takes long, so that nothing else waits for it."""
        self.desk.has_board = self.back_desk.has_board = actor is not None
        self.company: CompanyFacts | None = None
        self.wants_demo = False
        self._early: list[events.Key] = []
        """Keys pressed before what they are meant for is there."""
        self.unread = 0
        """How many notices wait in the inbox of whoever sits here."""
        self.told_until = ""
        """Up to when it was told what happened, in words, where nobody has told it for a while since."""
        self.blind = False
        """Whether whoever sits here reviews nominations without names."""
        self._toasts = Toasts(self)
        self._absence = Absence(start.idle_limit, self._nobody_is_there) if start.idle_limit else None
        self._typed = Typed(self)
        self._watch = Watch(self, works=start.works, backs_up=start.backs_up)
        self._theme_problems = theming.register(self, actor.handle if actor else "")

    def now(self) -> datetime:
        """The instant at which something is done now, on the pretended date if there is one."""
        return clock.now(self.start.today, self.company.zone if self.company else "UTC")

    @property
    def today(self) -> date:
        """The company's business date."""
        assert self.company is not None
        return self.company.today(self.now())

    @property
    def currency(self) -> str:
        """ISO code of the board's currency."""
        assert self.company is not None
        return self.company.currency

    @cached_property
    def outlook(self) -> Any:
        """The odds of goals; loaded when they are first asked for."""
        from salesboard.ui.outlook import Outlook

        return Outlook()

    @property
    def acting(self) -> Actor:
        """Whoever sits here."""
        assert self.actor is not None
        return self.actor

    def get_default_screen(self) -> Screen[Any]:
        """The board, or the welcome where there is none: painted at once, with no empty screen before it."""
        if self.actor is None:
            from salesboard.ui.screens.welcome import WelcomeScreen

            return WelcomeScreen()
        from salesboard.ui.screens.board import BoardScreen

        return BoardScreen(self.desk.wait_for(self._first_look))

    def _first_look(self) -> Any:
        from salesboard.ui.screens.board import View, look

        self.company = company.facts()
        view = View(filter_text=self.start.filter_text, nothing_hidden=self.start.nothing_hidden)
        rows = shutil.get_terminal_size().lines
        return look(view, self.acting, self.now(), rows, first=True)

    def on_mount(self) -> None:
        for problem in self._theme_problems:
            self.notify(problem, severity="warning")
        if self._absence is not None:
            self._absence.start()
            for title in self._typed.found():
                self.notify(f"What you had typed is kept: open “{title}” again.", timeout=30)
        if self.start.place and self.actor is not None:
            from salesboard.ui import going

            self.run_worker(going.to(self, self.start.place), group=KEYS_WAIT)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What no key does; the keys are in the palette by their own names."""
        yield from (command for command in super().get_system_commands(screen) if command.title == "Theme")

    # --- keys -----------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Handle each key wholly before the next one, however fast they come.

        Over a slow line several arrive at once: what is typed after the key that asks for a form is meant for
        the form, and must never be taken for commands.
        """
        if self._absence is not None and isinstance(event, events.InputEvent | events.Paste):
            self._absence.heard()
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif (self._early or self._has_to_wait()) and not self._quits(event.key):
            self._keep(event)
        elif await self._check_bindings(event.key, priority=True):
            return
        elif isinstance(self.focused, Sheet | None):
            hear = getattr(self.screen, "hear_key", None)
            heard = hear(event) if hear is not None else False
            if heard is not True:
                await self._check_bindings(heard or event.key)
        else:
            await self._type(event, self.focused)

    def _has_to_wait(self) -> bool:
        """Whether something that takes keys has been asked for and is not there yet."""
        if not self.screen.is_mounted or any(
            worker.group == KEYS_WAIT and not worker.is_finished for worker in self.workers
        ):
            return True
        if getattr(self.screen, "is_on_the_way", False):
            return True
        return self.focused is None and (
            isinstance(self.screen, ModalScreen) or getattr(self.screen, "is_filtering", False)
        )

    def _quits(self, key: str) -> bool:
        return any(binding.action == "quit" for binding in self._bindings.key_to_bindings.get(key, ()))

    async def _type(self, key: events.Key, field: Widget) -> None:
        """Give a key to the field with the cursor, and wait until everything around it has heard what it
        did."""
        if key.is_printable or not await self._check_bindings(key.key):
            field._forward_event(key)
        for widget in field.ancestors_with_self:
            heard = asyncio.Event()
            if isinstance(widget, Widget) and widget.call_later(heard.set):
                with suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), LONGEST_HEARING)

    def _keep(self, key: events.Key) -> None:
        if not self._early:
            self.set_timer(GLANCE, self._take_early_keys)
        self._early.append(key)

    def _take_early_keys(self) -> None:
        if self._has_to_wait():
            self.set_timer(GLANCE, self._take_early_keys)
            return
        keys, self._early = self._early, []
        for key in keys:
            self.post_message(key)

    # --- somebody who has gone away -------------------------------------------------------------------------

    def _nobody_is_there(self) -> None:
        """In the thread that waited: have the app left, also where its terminal takes no output any more."""
        if self._absence and any(getattr(one, "is_watched", False) for one in self.screen_stack):
            self._absence.start()
            return
        terminal.end_soon(self)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._leave_alone)

    def _leave_alone(self) -> None:
        kept = "; what you had typed is kept" if self._typed.keep(self) else ""
        minutes = round(self.start.idle_limit / 60)
        self.exit(message=f"nobody pressed a key for {minutes} min, so the board was left{kept}")

    def give_back_what_was_typed(self, form: Screen[Any]) -> None:
        """Put what somebody had typed into this form before they went away into it again."""
        if self._typed.give_back(form):
            self.notify("This is what you had typed, and had not saved.")

    def follow_from(self, seq: int) -> None:
        """Follow the ledger after an entry; the screens hear of what this app has not written itself."""
        self._watch.start(seq)

    def on_ledger_grew(self, message: LedgerGrew) -> None:
        if any(head.subject_table == PERSON for head in message.heads):
            self.run_worker(self._still_let_in(message.heads))
        # What one looks at is read first, what lies beneath it after that.
        for screen in reversed(self.screen_stack):
            if hasattr(screen, "ledger_grew"):
                screen.ledger_grew(message.heads)

    def on_board_restored(self, message: BoardRestored) -> None:
        """Leave: whatever is on the screens, and in what is being typed, is of a board that is no more."""
        self._leave_because(message.restored)

    def _leave_because(self, error: SalesboardError) -> None:
        """Leave and say why; what was being typed is printed too, so that it can be copied."""
        typed = [text for screen in self.screen_stack if (text := getattr(screen, "unsaved", ""))]
        words = [str(error), *(["This was typed and is not saved:", *typed] if typed else [])]
        self.exit(return_code=error.exit_code, message="\n".join(words))

    async def _still_let_in(self, heads: list[Head]) -> None:
        """Leave where whoever sits here may not be here any more; say what they may do from now on."""

        def told() -> str:
            if self.start.enter().id != self.acting.id:
                raise Refused("what you came in with is somebody else's by now; come in again")
            return history.told_to(self.acting.id, heads) if self.acting.id is not None else ""

        try:
            words = await self.desk.ask(told)
        except Refused as refusal:
            self._leave_because(refusal)
        except SalesboardError:
            return
        else:
            if words:
                self.notify(words, severity="warning")

    def on_told(self, message: Told) -> None:
        self._toasts.add(message.fresh, at_start=message.at_start)
        self.unread = message.unread
        self._show_inbox_anew()

    def on_late(self, message: Late) -> None:
        self.told_until = ""
        if message.since is not None and self.company is not None:
            since = clock.local(message.since, self.company.zone)
            self.told_until = f"{since:%H:%M}" if since.date() == self.today else f"{since.day} {since:%b}"
        self._show_inbox_anew()

    def _show_inbox_anew(self) -> None:
        for screen in self.screen_stack:
            if hasattr(screen, "inbox_changed"):
                screen.inbox_changed()

    def action_help(self) -> None:
        """Show all keys of this screen."""
        from salesboard.ui.screens.keys import KeysScreen

        if not isinstance(self.screen, KeysScreen):
            self.push_screen(KeysScreen(self.screen))

    def enter_board(self, actor: Actor, said: str) -> None:
        """Go on to the board that has just been made."""
        from salesboard.ui.screens.board import BoardScreen, View, look

        self.actor = actor
        self.desk.has_board = self.back_desk.has_board = True

        def first() -> Any:
            self.company = company.facts()
            return look(View(), actor, self.now())

        async def enter() -> None:
            screen = BoardScreen(await self.desk.ask(first))
            await self.push_screen(screen)
            screen.say(said, "good")

        self.run_worker(enter())

    def exit_to_demo(self) -> None:
        """Leave for the demo, which is a board of its own."""
        self.wants_demo = True
        self.exit()

    def on_unmount(self) -> None:
        if self._absence is not None:
            self._absence.stop()
        self._watch.stop()
        self.back_desk.close()
        self.desk.close()


def run_board(start: Start) -> int:
    """Open the board, or the welcome where there is none yet, and run until it is left; the exit code."""
    terminal.require_terminal()
    actor = None
    if storage.exists(start.target):
        storage.open_database(start.target)
        with storage.session():
            actor = start.enter()
            ledger.end()
            if start.filter_text:
                today = company.facts().today(clock.now(start.today))
                filters.parse(start.filter_text, me=actor.id, today=today)
    app = SalesboardApp(start, actor)
    # The desk's thread works in Python too: without this it would hold up a paint for 5 ms at a time.
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()
    code = terminal.run(app, mouse=start.mouse)
    return start.demo() if app.wants_demo else code
