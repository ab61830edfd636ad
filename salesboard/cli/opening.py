"""Opening a board for one command: which database, on whose behalf, on which day."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from salesboard import clock, founding
from salesboard.cli.output import talk
from salesboard.config import Settings
from salesboard.domain import company, dates, money, people
from salesboard.domain.company import CompanyFacts
from salesboard.domain.people import PersonFacts
from salesboard.errors import NotAllowed, NotFound, Refused, WrongUsage
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor

if TYPE_CHECKING:
    from salesboard.domain.filters import DealFilter


@dataclass(frozen=True)
class Board:
    """An open board as one command sees it."""

    settings: Settings
    company: CompanyFacts
    now: datetime
    """The instant (UTC) of this command, on the pretended day if there is one."""
    actor: Actor

    @property
    def today(self) -> date:
        """The business date of this command."""
        return self.company.today(self.now)

    @property
    def currency(self) -> str:
        """ISO code of the board's currency."""
        return self.company.currency

    def filtered(self, said: Sequence[str]) -> DealFilter:
        """The filter that was typed, as one word or several."""
        from salesboard.domain import filters

        return filters.parse(" ".join(said), me=self.actor.id, today=self.today)

    @contextmanager
    def one_act(self, verb: str) -> Iterator[None]:
        """What is changed inside is done or refused as a whole, and undone in one step."""
        with ledger.batch(self.actor, verb, now=self.now):
            yield

    def day(self, said: str, field: str, *, past: bool = False) -> date:
        """A day as it was typed; with `past`, a weekday is the last one, not the next."""
        with _typed():
            return dates.parse_day(
                said, today=self.today, field=field, past=past, fiscal_start=self.company.fiscal_start
            )

    def amount(self, said: str) -> int:
        """An amount as it was typed, in minor units."""
        with _typed():
            return money.parse_amount(said, self.currency)


@contextmanager
def _typed() -> Iterator[None]:
    """What can not be understood is wrong usage, not a refusal by the rules."""
    try:
        yield
    except Refused as error:
        raise WrongUsage(str(error)) from None


def login() -> str:
    """The name by which the operating system knows whoever runs this; the number where it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def full_name() -> str:
    """The person's name as the operating system knows it, else the login."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_gecos.split(",")[0].strip()
    except KeyError:
        name = ""
    return name or login()


def acting(settings: Settings, today: date) -> Actor:
    """On whose behalf this run acts: whose key it is, else whose login, else the only person; another one
    only by `--as`.

    `--as` is refused unless the database file belongs to whoever runs this; on PostgreSQL, unless they are
    an admin.
    """
    if settings.key is not None:
        # Only those who come in over SSH need it.
        from salesboard.domain import access

        return access.whose(settings.key)
    if settings.as_handle is None:
        return people.whoever_is(login())
    everybody = people.roster(today)
    _require_may_act_for_others(everybody)
    wanted = settings.as_handle.casefold()
    for person in everybody:
        if person.handle == wanted:
            return people.as_actor(person.id)
    raise NotFound(
        f"nobody has the handle {settings.as_handle!r}; 'salesboard people list' shows everybody's"
    )


def _require_may_act_for_others(everybody: list[PersonFacts]) -> None:
    path = storage.current().path
    if path is not None:
        if os.stat(path).st_uid != os.geteuid():
            raise NotAllowed(f"--as is only for the owner of {path}; leave it out to act as yourself")
        return
    me = people.whoever_is(login())
    if not any(person.id == me.id and person.role == "admin" for person in everybody):
        raise NotAllowed("--as is only for admins; leave it out to act as yourself")


def founded(
    settings: Settings, *, owner: str | None = None, **facts: str | None
) -> AbstractContextManager[Actor]:
    """A new board of whoever runs this; `facts` are the company's name, currency and zone."""
    known: dict[str, Any] = {name: fact for name, fact in facts.items() if fact}
    return founding.new_board(
        settings.database, owner=owner or full_name(), login=login(), now=clock.now(settings.today), **known
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Board]:
    """The board of these settings, for as long as one command takes."""
    for mended in storage.open_database(settings.database).repaired:
        talk(mended)
    with storage.session():
        yield entered(settings)


@contextmanager
def opened_or_made(settings: Settings, *, passing: bool = False) -> Iterator[Board]:
    """The board of these settings, made if it is not there yet; what goes wrong then leaves none behind.

    With `passing`, a board that is not there is made elsewhere, to try something on, and goes away.
    """
    if storage.exists(settings.database):
        with opened(settings) as board:
            yield board
        return
    with TemporaryDirectory() if passing else nullcontext(None) as folder:
        target = str(Path(folder) / "board.db") if folder else settings.database
        with founded(replace(settings, database=target)):
            yield entered(settings)


def entered(settings: Settings) -> Board:
    """The board that is open, with its day and with whoever acts."""
    facts = company.facts()
    now = clock.now(settings.today, facts.zone)
    return Board(settings, facts, now, acting(settings, facts.today(now)))


def on_board(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command have the board it was called on as its first argument."""

    @wraps(function)
    def command(**options: Any) -> None:
        load: Any = click.get_current_context().obj
        with opened(load()) as board:
            function(board, **options)

    return command


def given(**options: Any) -> dict[str, Any]:
    """The options that were typed. Refused: none at all, for then there is nothing to do."""
    typed = {name: value for name, value in options.items() if value is not None}
    if not typed:
        raise WrongUsage("say what to change; --help lists the options")
    return typed


def together(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Options that several commands have, as one decorator."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class WithFilter(click.Command):
    """A command with a filter, in which a word such as -is:lost is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" not in args:
            words = [word for word in args if _NEGATED.match(word)]
            args = [*(word for word in args if word not in words), "--", *words]
        return super().parse_args(ctx, args)


_NEGATED = re.compile("-[A-Za-z]+[:<>=]")
filter_text = click.argument("filter_text", nargs=-1, metavar="[FILTER]")
