"""The screens as a person meets them: the only place among the tests that knows how they are built.

`async with board.opened() as see: await see.column("Prospect").pick("Northwind"); await see.press("L")`
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from textual import events
from textual.binding import Binding
from textual.command import CommandPalette
from textual.geometry import Region
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input, Label, OptionList, TextArea

from salesboard.domain import people
from salesboard.storage.ledger import Actor
from salesboard.ui import app as ui
from salesboard.ui.app import SalesboardApp, Start
from salesboard.ui.nominating import NominationForm
from salesboard.ui.screens.account import AccountScreen
from salesboard.ui.screens.anniversaries import AnniversariesScreen
from salesboard.ui.screens.asking import DeskScreen
from salesboard.ui.screens.awards import AwardsScreen
from salesboard.ui.screens.board import BoardScreen
from salesboard.ui.screens.clients import ClientsScreen
from salesboard.ui.screens.deal import DealScreen
from salesboard.ui.screens.forecast import ForecastScreen
from salesboard.ui.screens.goal import GoalScreen
from salesboard.ui.screens.hall import HallScreen
from salesboard.ui.screens.inbox import InboxScreen
from salesboard.ui.screens.judging import JudgingScreen
from salesboard.ui.screens.keys import KeysScreen
from salesboard.ui.screens.lineage import LineageScreen, ProofScreen
from salesboard.ui.screens.milestones import MilestonesScreen
from salesboard.ui.screens.night import NightScreen
from salesboard.ui.screens.nominations import NominationsScreen
from salesboard.ui.screens.programme import ProgrammeScreen
from salesboard.ui.screens.recognition import RecognitionScreen
from salesboard.ui.screens.records import RecordsScreen
from salesboard.ui.screens.review import ReviewScreen
from salesboard.ui.screens.roadmap import RoadmapScreen
from salesboard.ui.screens.split import SplitScreen
from salesboard.ui.screens.statement import StatementScreen
from salesboard.ui.screens.suggestions import SuggestionsScreen
from salesboard.ui.screens.welcome import WelcomeScreen
from salesboard.ui.widgets.clash import ClashScreen
from salesboard.ui.widgets.deal_column import CARD_HEIGHT, HEADING_HEIGHT, DealColumn
from salesboard.ui.widgets.form import Form
from salesboard.ui.widgets.goal_tree import GoalRow, GoalTree
from salesboard.ui.widgets.lines import OneLine
from salesboard.ui.widgets.sheet import Sheet
from tests import stories

MONDAY = stories.TODAY + timedelta(days=1)
"""The day that the app pretends: the one after that of the stories, so that nothing happens before them."""
PATIENCE = 10.0
"""Seconds that anything may take on a busy machine."""

SCREENS: dict[type[Any], str] = {
    AccountScreen: "account",
    AnniversariesScreen: "anniversaries",
    AwardsScreen: "awards",
    BoardScreen: "board",
    ClashScreen: "clash",
    ClientsScreen: "clients",
    DealScreen: "deal",
    ForecastScreen: "forecast",
    Form: "form",
    GoalScreen: "goal",
    HallScreen: "hall",
    InboxScreen: "inbox",
    JudgingScreen: "judging",
    KeysScreen: "keys",
    LineageScreen: "lineage",
    MilestonesScreen: "milestones",
    NightScreen: "night",
    ProgrammeScreen: "programme",
    ProofScreen: "proof",
    NominationsScreen: "nominations",
    RecognitionScreen: "recognition",
    RecordsScreen: "records",
    ReviewScreen: "review",
    RoadmapScreen: "roadmap",
    SplitScreen: "split",
    StatementScreen: "statement",
    SuggestionsScreen: "suggestions",
    WelcomeScreen: "welcome",
    CommandPalette: "palette",
}


def bindings(screen: type[DeskScreen]) -> list[Binding]:
    """The keys of a screen: those of every screen, of every screen with a deal, and its own."""
    kinds = [kind for kind in reversed(screen.__mro__) if issubclass(kind, DeskScreen)]
    found = [one for kind in kinds for one in vars(kind).get("BINDINGS", ()) if isinstance(one, Binding)]
    return [one for one in found if one.action != f"go('{screen.PLACE}')"]


class MondayMorning(SalesboardApp):
    """The app at nine o'clock, whatever the time is: ages do not depend on when the tests run."""

    CSS_PATH = Path(ui.__file__).with_name("app.tcss")

    def now(self) -> datetime:
        return datetime.combine(self.start.today or MONDAY, time(9), UTC)


class BoardDriver:
    """A board that can be opened in the app, in this process and without a terminal."""

    def __init__(self, target: str) -> None:
        self.target = target

    def app(
        self,
        *,
        who: Actor | None = None,
        is_new: bool = False,
        filter_text: str = "",
        nothing_hidden: bool = False,
        today: date = MONDAY,
        theme: str | None = None,
        idle_limit: float = 0,
    ) -> SalesboardApp:
        """The app on behalf of somebody, of the owner if nobody is named; or before there is a board."""
        actor = None if is_new else who or stories.owner()
        start = Start(
            target=self.target,
            enter=lambda: people.as_actor(actor.id) if actor and actor.id else stories.owner(),
            owner="Ada Marsh",
            login="ada",
            demo=lambda: 0,
            today=today,
            filter_text=filter_text,
            nothing_hidden=nothing_hidden,
            idle_limit=idle_limit,
        )
        app = MondayMorning(start, actor)
        if theme is not None:
            app.theme = theme
        return app

    @asynccontextmanager
    async def opened(self, size: tuple[int, int] = (132, 24), **how: Any) -> AsyncIterator["Seen"]:
        """The app, ready for the first key."""
        app = self.app(**how)
        async with app.run_test(size=size, notifications=True) as pilot:
            see = Seen(app, pilot)
            await see.settled()
            yield see
        # What Textual keeps of apps that have ended would be searched for garbage again and again.
        gc.collect()
        gc.freeze()


class Seen:
    """What is on the screen, and the hands on keyboard and mouse."""

    def __init__(self, app: SalesboardApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self._pilot = pilot

    # --- doing -------------------------------------------------------------------------------------------

    async def press(self, *keys: str) -> None:
        """Press keys, each once the answer to the one before is on the screen."""
        for key in keys:
            self._send(key)
            await self.settled()

    async def press_quickly(self, *keys: str) -> None:
        """Press keys without waiting for an answer in between."""
        for key in keys:
            self._send(key)
        await self.settled()

    async def type(self, text: str) -> None:
        """Type text into whatever has the cursor."""
        await self.press_quickly(*text)

    @property
    def cursor_is_in_a_line(self) -> bool:
        """Whether one types in a field of one line."""
        return isinstance(self.app.screen.focused, Input)

    def look_at(self, deal: int) -> None:
        """Put the cursor of the board on a deal."""
        self.board._go_to(deal)

    async def go_to_field(self, name: str) -> None:
        """Go on to a field of the form by Tab."""
        for _ in self.form.names:
            if self.form.cursor == name:
                return
            await self.press("tab")
        assert self.form.cursor == name, self.text

    async def fill(self, text: str) -> None:
        """Type text in place of what stands in the field with the cursor."""
        field = self.app.screen.focused
        assert isinstance(field, Input)
        field.clear()
        await self.type(text)

    async def command(self, name: str) -> None:
        """Do something by its name in the palette, which goes away a moment later."""
        await self.press("colon")
        await self.type(name)
        await self.press("enter")
        await self.until(lambda: self.screen != "palette")

    def _send(self, key: str) -> None:
        character = key if len(key) == 1 else None
        name = _character_to_key(key) if character else key
        assert self.app._driver is not None
        self.app._driver.send_message(events.Key(name, " " if name == "space" else character))

    async def click(self, x: int, y: int, *, times: int = 1) -> None:
        """Click a place of the screen."""
        await self._pilot.click(offset=(x, y), times=times)
        await self.settled()

    async def scroll_down(self, x: int, y: int) -> None:
        """Turn the wheel towards oneself."""
        await self._pilot._post_mouse_events([events.MouseScrollDown], offset=(x, y))
        await self.settled()

    async def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal."""
        await self._pilot.resize_terminal(width, height)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is under way: no message, no key that waits, and no question at the desk."""
        deadline = monotonic() + PATIENCE
        while not self.has_left:
            await _until_all_wait()
            await self.app.animator.wait_until_complete()
            self.app.screen._on_timer_update()
            if self.app._early:
                await asyncio.sleep(ui.GLANCE)
            elif under_way := [worker for worker in self.app.workers if not worker.is_finished]:
                assert monotonic() < deadline, f"still at work: {under_way}"
                await asyncio.wait([asyncio.ensure_future(_end_of(one)) for one in under_way], timeout=1)
            elif not _somebody_runs():
                return

    async def until(self, holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
        """Wait for something that comes from elsewhere."""
        deadline = monotonic() + within
        while not holds():
            assert monotonic() < deadline, f"not within {within} s. The screen:\n{self.text}"
            await self._pilot.pause(0.02)
        await self.settled()

    def hears_nothing(self) -> None:
        """From now on the app does not notice what others write."""
        self.app._watch.stop()

    def has_ended(self) -> None:
        """Wait until an app that was left reads nothing any more: another board can be opened."""
        for thread in self.app._watch._threads:
            thread.join(PATIENCE)

    # --- seeing ------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The screen, one string a row, as wide as it is."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The screen without the blanks at the right."""
        return "\n".join(line.rstrip() for line in self.lines)

    @property
    def picture(self) -> str:
        """The screen as an SVG image."""
        return self.app.export_screenshot(title="salesboard", simplify=True)

    @property
    def metas(self) -> list[dict[str, Any]]:
        """What lies behind the text, such as the action of a link."""
        strips = self.app.screen._compositor.render_strips()
        return [
            segment.style.meta
            for strip in strips
            for segment in strip
            if segment.style and segment.style.meta
        ]

    @property
    def screen(self) -> str:
        """Which screen one looks at."""
        return next(name for kind, name in SCREENS.items() if isinstance(self.app.screen, kind))

    @property
    def has_left(self) -> bool:
        """Whether the app is ending."""
        return self.app._exit

    @property
    def header(self) -> str:
        """The first line: where one is, who one is, what day it is."""
        return self._line("header")

    @property
    def summary(self) -> str:
        """The line with the sums of the board."""
        return self._line("summary")

    @property
    def footer(self) -> str:
        """The last line: keys, or what has just been said."""
        return self._line("footer")

    def _line(self, name: str) -> str:
        line = self._board_or_page.query_one(f"#{name}", OneLine)
        return line.render_line(0).text.strip()

    @property
    def _board_or_page(self) -> Any:
        kinds = (DeskScreen, WelcomeScreen)
        return next(one for one in reversed(self.app.screen_stack) if isinstance(one, kinds))

    @property
    def toasts(self) -> list[str]:
        """What toasts say."""
        return [notification.message for notification in self.app._notifications]

    # --- the board ---------------------------------------------------------------------------------------

    @property
    def board(self) -> BoardScreen:
        """The board, though something may lie on it."""
        return next(one for one in self.app.screen_stack if isinstance(one, BoardScreen))

    def column(self, name: str) -> "SeenColumn":
        """One column of the board."""
        return next(column for column in self.columns if column.name == name)

    @property
    def columns(self) -> list["SeenColumn"]:
        """All columns, also those out of sight."""
        return [SeenColumn(self, at, column) for at, column in enumerate(self.board.columns)]

    @property
    def names_in_sight(self) -> list[str]:
        """The columns that are shown."""
        return [column.name for column in self.columns if column.is_shown]

    @property
    def here(self) -> "SeenColumn":
        """The column with the cursor."""
        (active,) = [column for column in self.columns if column.is_active]
        return active

    @property
    def card(self) -> str | None:
        """The name on the card under the cursor."""
        return self.here.card

    @property
    def pane(self) -> str | None:
        """What the detail pane beside the board says; nothing where there is none."""
        pane = self.board.query_one("#pane", Sheet)
        return pane.text if pane.display else None

    @property
    def filter_line(self) -> str | None:
        """What stands in the line in which one types a filter; nothing where there is none."""
        found = self.board.query("#filter").results(Input)
        return next((line.value for line in found), None)

    # --- the milestones ----------------------------------------------------------------------------------

    @property
    def goals(self) -> list[str]:
        """The lines of the milestones as they are painted, those in sight, without the cursor."""
        tree = self._tree
        region = Region(0, 0, tree.size.width, tree.size.height)
        lines = [strip.text for strip in tree.render_lines(region)]
        return [line.replace("▌", " ", 1).rstrip() for line in lines]

    def goal_line(self, name: str) -> str:
        """The line of a goal, or of what is left over beneath one."""
        return next(line for line in self.goals if line.lstrip().startswith(name))

    @property
    def goal(self) -> str | None:
        """Whose goal is under the cursor."""
        row = self._tree.chosen
        return row.found.goal.whose if isinstance(row, GoalRow) else None

    @property
    def _tree(self) -> GoalTree:
        return self.app.screen.query_one(GoalTree)

    # --- the other screens -------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Everything on the page of a deal or on the sheet of keys, also beyond the edges of the terminal."""
        sheets = self.app.screen.query(Sheet)
        return "\n".join(sheet.text for sheet in sheets if sheet.display)

    @property
    def form(self) -> "SeenForm":
        """The form one looks at."""
        assert isinstance(self.app.screen, Form), self.text
        return SeenForm(self.app.screen)

    @property
    def commands(self) -> list[str]:
        """What the palette offers."""
        options = self.app.screen.query_one(OptionList).options
        return [str(getattr(option.prompt, "plain", option.prompt)) for option in options]


class SeenColumn:
    """A column of the board: what its heading says, and its cards."""

    def __init__(self, see: Seen, at: int, column: DealColumn) -> None:
        self._see = see
        self._at = at
        self._column = column

    @property
    def name(self) -> str:
        """The name of the stage."""
        return self._column.content.stage.name

    @property
    def heading(self) -> str:
        """Name, number of deals and their sum, as it is painted."""
        return " ".join(self._line(0).split())

    @property
    def rule(self) -> str:
        """The words in the line beneath the heading: how many cards are above, below and hidden."""
        return self._line(1).strip("━─ ")

    @property
    def titles(self) -> list[str]:
        """The names on the cards, top first; a dot for one that has not come into sight yet."""
        return [self._name_on(deal) for deal in self._column.ids]

    @property
    def deals(self) -> list[int]:
        """The numbers of the deals, top first."""
        return list(self._column.ids)

    @property
    def card(self) -> str | None:
        """The name on the card that the cursor is on, or would be."""
        chosen = self._column.chosen
        return None if chosen is None else self._name_on(chosen)

    def _line(self, row: int) -> str:
        return self._column.render_lines(Region(0, row, self._column.size.width, 1))[0].text

    def _name_on(self, deal: int) -> str:
        card = self._column.cards.get(deal)
        return "·" if card is None else card.name

    @property
    def painted(self) -> list[str]:
        """The two lines of each card in sight, as they are painted."""
        rows = range(HEADING_HEIGHT, self._column.size.height)
        return [self._line(row).strip() for row in rows if (row - HEADING_HEIGHT) % CARD_HEIGHT < 2]

    @property
    def is_active(self) -> bool:
        """Whether the cursor is here."""
        return self._column.active

    @property
    def is_shown(self) -> bool:
        """Whether there is room for it."""
        return bool(self._column.display)

    @property
    def is_folded(self) -> bool:
        """Whether only its name is shown."""
        return self._column.folded

    @property
    def width(self) -> int:
        """Cells."""
        return self._column.size.width

    @property
    def row_of_cursor(self) -> int:
        """Which card in sight has the cursor, counted from 0."""
        return self._column.cursor - self._column.top

    def place_of(self, title: str) -> tuple[int, int]:
        """Where on the screen a card is."""
        x, y = self._column.region.offset
        return x + 3, y + HEADING_HEIGHT + (self.titles.index(title) - self._column.top) * CARD_HEIGHT

    async def pick(self, title: str) -> None:
        """Go to a card by keys."""
        await self._see.press_quickly(str(self._at + 1), "home", *("j",) * self.titles.index(title))
        assert self._see.card == title


class SeenForm:
    """A form: its fields, what it says about them, and what went wrong."""

    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def title(self) -> str:
        """What the form is about."""
        return str(self._form.query_one("#heading", Label).content)

    @property
    def names(self) -> list[str]:
        """The fields, in order."""
        return list(self._form._fields)

    def typed(self, name: str) -> str:
        """What stands in a field."""
        field = self._form.query_one(f"#{name}")
        return field.text if isinstance(field, TextArea) else str(field.value)  # type: ignore[attr-defined]

    def says(self, name: str) -> str:
        """How a field was understood, or what is wrong with it."""
        return str(self._form.query_one(f"#{name}-said", Label).content)

    @property
    def trouble(self) -> str:
        """Why it was not saved."""
        line = self._form.query_one("#trouble", Label)
        return str(line.content) if line.display else ""

    def label(self, name: str) -> str:
        """What stands before a field."""
        return self._form._fields[name].label

    @property
    def beneath(self) -> str:
        """What is said beneath the fields, line by line."""
        return self._form.query_one("#beneath", Sheet).text

    def tick(self, fact: str) -> None:
        """Attach a fact to a nomination, or leave it."""
        assert isinstance(self._form, NominationForm)
        self._form.tick(fact)

    @property
    def shown(self) -> list[str]:
        """The fields that are asked, in order."""
        return [name for name in self.names if self._form.query_one(f"#{name}-row").display]

    @property
    def cursor(self) -> str | None:
        """The field with the cursor."""
        focused = self._form.focused
        return focused.id if focused else None


def _somebody_runs() -> bool:
    """Whether anything but this test has something to do now: a message to hear, something to paint."""
    return bool(asyncio.get_running_loop()._ready)  # type: ignore[attr-defined]


async def _until_all_wait() -> None:
    """Let everybody else go on until each waits for a key, for a thread or for a time to come.

    To ask every widget whether it has heard all its messages, as Textual's pilot does, takes longer than most
    keys do.
    """
    await asyncio.sleep(0)
    while _somebody_runs():
        await asyncio.sleep(0)


async def _end_of(worker: Any) -> None:
    """The end of a worker, however it ends; what failed ends the app, and the test with it."""
    await asyncio.gather(worker.wait(), return_exceptions=True)
