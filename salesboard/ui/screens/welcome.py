"""The first start, when there is no board yet: a new one, one from files, or a look at the demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from salesboard import clock, founding, importing
from salesboard.domain import company, money, text
from salesboard.errors import Refused
from salesboard.storage.ledger import Actor
from salesboard.ui.plain import plain
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.lines import OneLine, named_keys

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

CHOICES = (
    ("new", "A new board", "empty, with you as its owner"),
    ("files", "Import files", "accounts, products, people and deals from CSV files"),
    ("demo", "Look at the demo", "a believable company that is gone when you leave"),
)


@dataclass(frozen=True)
class Opened:
    """A board that has just been made."""

    actor: Actor
    said: str


class WelcomeScreen(Screen[None]):
    """Three ways to begin."""

    app: SalesboardApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "begin('new')", "New board", id="welcome.new", tooltip="Make an empty board"),
        Binding(
            "i", "begin('files')", "Import files", id="welcome.import", tooltip="Make a board from CSV files"
        ),
        Binding("d", "begin('demo')", "Demo", id="welcome.demo", tooltip="Look at a believable company"),
        Binding("j", "down", "Down", id="welcome.down", tooltip="The choice below"),
        Binding("k", "up", "Up", id="welcome.up", tooltip="The choice above"),
        Binding("q,escape", "app.quit", "Leave", id="app.leave", tooltip="Leave salesboard"),
    ]
    DEFAULT_CSS = """
    WelcomeScreen {
        align: center middle;
        #welcome { width: 76; max-width: 100%; height: auto; padding: 1 2; }
        #name { color: $card-name; text-style: bold; }
        #where { color: $card-dim; margin-bottom: 1; height: auto; width: 100%; }
        OptionList, OptionList:focus { border: none; background: $background; height: auto; padding: 0; }
        OptionList > .option-list--option-highlighted { background: $cursor-bg; color: $card-name;
        text-style: bold; } OptionList > .option-list--option { padding: 0 1; }
        #busy { color: $card-dim; height: auto; margin-top: 1; width: 100%; }
    }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Label("salesboard", id="name")
            yield Label(
                plain(f"There is no board at {self.app.start.target} yet. How do you want to begin?"),
                id="where",
            )
            yield OptionList(
                *(Option(plain(f"{name:<18}{words}"), id=key) for key, name, words in CHOICES), markup=False
            )
            yield Label("", id="busy")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.query_one("#footer", OneLine).show(
            named_keys(("n", "new"), ("i", "import"), ("d", "demo"), ("Enter", "choose"), ("q", "leave"))
        )

    def action_down(self) -> None:
        """The choice below."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The choice above."""
        self.query_one(OptionList).action_cursor_up()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.action_begin(event.option.id or "new")

    def action_begin(self, how: str) -> None:
        """Begin in one of the three ways."""
        if how == "demo":
            self.app.exit_to_demo()
            return
        forms: dict[str, Callable[[], Form]] = {"new": self._new, "files": self._files}
        self.app.push_screen(forms[how](), self._made)

    def _made(self, opened: Any) -> None:
        if isinstance(opened, Opened):
            self.app.enter_board(opened.actor, opened.said)

    def _new(self) -> Form:
        start = self.app.start
        fields = [
            Field("owner", "Your name", start.owner, partial(text.clean, field="name"), needed=True),
            Field("company", "Company", "", partial(text.optional, field="company name")),
            Field("currency", "Currency", company.DEFAULT_CURRENCY, _currency, hint="EUR", needed=True),
            Field("zone", "Time zone", clock.local_zone(), _zone, hint="Europe/Vienna", needed=True),
        ]

        def save(values: dict[str, Any]) -> Opened:
            facts = {name: values[name] for name in ("owner", "currency", "zone")} | {
                "name": values["company"] or ""
            }
            with founding.new_board(
                start.target, login=start.login, now=clock.now(start.today), **facts
            ) as actor:
                return Opened(actor, "your board is ready: n adds the first deal")

        return Form("A new board", fields, desk=self.app.desk, save=save, verb="make it")

    def _files(self) -> Form:
        start = self.app.start

        def read(typed: str) -> list[Path]:
            paths = [Path(part).expanduser() for part in _paths(typed)]
            missing = [str(path) for path in paths if not path.is_file()]
            if missing:
                raise Refused(f"there is no file {missing[0]}")
            return paths

        def save(values: dict[str, Any]) -> Opened:
            return import_files(
                start.target, values["files"], owner=start.owner, login=start.login, today=start.today
            )

        field = Field(
            "files",
            "Files",
            "",
            read,
            lambda paths: f"{len(paths)} file{'s' if len(paths) != 1 else ''}",
            "~/pipeline.csv ~/accounts.csv, or ~/exports/*.csv",
            needed=True,
        )
        return Form("A board from files", [field], desk=self.app.desk, save=save, verb="import")


def _paths(typed: str) -> list[str]:
    import glob
    import shlex

    try:
        words = shlex.split(typed)
    except ValueError:
        raise Refused("a quote is not closed") from None
    return [path for word in words for path in (sorted(glob.glob(str(Path(word).expanduser()))) or [word])]


def _currency(typed: str) -> str:
    currency = typed.strip().upper()
    money.minor_digits(currency)
    return currency


def _zone(typed: str) -> str:
    company.known_zone(typed.strip())
    return typed.strip()


def import_files(
    target: str, paths: list[Path], *, owner: str, login: str | None, today: date | None
) -> Opened:
    """Make a new board from files; whoever they name as an owner and nobody knows becomes a rep."""
    with founding.new_board(target, owner=owner, login=login, now=clock.now(today)) as actor:
        now = clock.now(today, company.facts().zone)
        options = importing.Options(new_people=True)
        planned = importing.plan(importing.read_files(paths), actor=actor, now=now, options=options)
        return Opened(actor, str(importing.apply(planned, actor=actor, now=now)))
