"""Screens that show what was read for them: lists of rows, rows beside a sheet, and pages about one thing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from salesboard.storage.ledger import Actor
from salesboard.ui.screens.asking import DeskScreen
from salesboard.ui.widgets.lines import OneLine
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet
from salesboard.ui.widgets.two_sheets import WIDE

Found = TypeVar("Found")
FEWEST_ROWS, SHEET_BENEATH = 5, 9
"""Lines that a list keeps above its sheet, and lines of the screen that are not the list's then, at least."""
AT_ONCE: Mapping[str, Any] = {}
SLOWLY: Mapping[str, Any] = {"slowly": True}
LATEST: Mapping[str, Any] = {"group": "look", "exclusive": True}
"""What is of no use once it is asked for again."""
LATEST_SLOWLY = {**LATEST, **SLOWLY}


class ReadScreen(DeskScreen, Generic[Found]):
    """Between a header and a footer stands what was read; it is read again when somebody has written, and
    shown anew when the terminal has another size."""

    READ: ClassVar[staticmethod[[Actor, date], Any]]
    """What the desk does to read it, given who asks and on which day."""
    READING: ClassVar[Mapping[str, Any]] = SLOWLY
    """How `work` reads it."""
    _look: Found | None = None
    """What was read."""
    _is_read = False
    """Whether anything was; what was read may be that there is nothing."""

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        yield from self.content()
        yield OneLine(id="footer")

    def content(self) -> ComposeResult:
        """What stands between header and footer."""
        raise NotImplementedError

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def reading(self) -> Callable[[], Found]:
        """What the desk does to read it now."""
        return partial(type(self).READ, self.app.acting, self.app.today)

    def keep(self, found: Found) -> None:
        """Keep what was read."""
        self._look = found

    def _show(self) -> None:
        """Show what was read, if anything was yet."""
        raise NotImplementedError

    def read_on(self) -> None:
        """Have the rest read that takes longer, once this is shown."""

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read again what is shown, and say something."""

        def came(found: Found) -> None:
            self.keep(found)
            self._is_read = True
            self._show()
            self.read_on()
            if said:
                self.say(*said)

        self.work(self.reading(), came, **self.READING)


class ListScreen(ReadScreen[Found]):
    """Rows with a cursor; they are read when one comes here."""

    HEADING: ClassVar[str] = ""
    """What the header says while one waits for the first rows; nothing where they come at once."""
    DEFAULT_CSS = """
    ListScreen {
        #rows { padding: 1 1 0 1; }
    }
    """

    def content(self) -> ComposeResult:
        yield Rows(id="rows")

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one("#rows", Rows)

    def on_mount(self) -> None:
        self.rows.focus()
        self.arrive()

    def arrive(self) -> None:
        """Have the rows read as one comes here; say so where it may take a while."""
        if self.HEADING:
            self.show_header(("text", self.HEADING), ("dim", "reading …"))
            self.show_footer()
        self.reload()


class SidesScreen(ListScreen[Found]):
    """Rows, and beside them, or beneath where there is no room, a sheet about what the cursor stands on."""

    DEFAULT_CSS = """
    SidesScreen {
        #sides { height: 1fr; layout: horizontal; padding: 1 0 0 0; }
        #sides #rows { width: 1fr; padding: 0 1; }
        #about { width: 1fr; border-left: vkey $rule; padding: 0 1 0 2; }
        &.-narrow #sides { layout: vertical; }
        &.-narrow #about { border-left: none; padding: 1 1 0 1; }
    }
    """

    def content(self) -> ComposeResult:
        with Container(id="sides"):
            yield from super().content()
            yield Sheet(id="about")

    MOST_ROWS_ABOVE: ClassVar[int] = 8
    """Lines of the list where the sheet stands beneath it."""

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for both."""
        return self.app.size.width < WIDE

    def show_rows(self, rows: Sequence[tuple[Hashable | None, Line]]) -> None:
        """Show other rows, in the room there is, and what belongs to the one under the cursor."""
        self.set_class(self.is_narrow, "-narrow")
        most = min(self.MOST_ROWS_ABOVE, max(FEWEST_ROWS, self.app.size.height - SHEET_BENEATH))
        self.rows.styles.height = min(len(rows) + 1, most) if self.is_narrow else "1fr"
        self.rows.show_rows(rows)
        self.show_about()

    @on(Rows.Moved)
    def _look_about(self) -> None:
        self.show_about()
        self.read_on()

    def show_about(self) -> None:
        """Show what belongs to what the cursor stands on, as far as it has been read."""
        raise NotImplementedError


class PageScreen(ReadScreen[Found]):
    """A page about one thing, which was read before one came here."""

    def __init__(self, page: Found) -> None:
        super().__init__()
        self._page = page

    def keep(self, found: Found) -> None:
        """Keep what the page shows."""
        self._page = found

    def on_mount(self) -> None:
        self._show()
        self.read_on()
