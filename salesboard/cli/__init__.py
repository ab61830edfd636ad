"""The command line: global options, commands that are loaded when called, and how everything ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

import click

from salesboard import __version__, config
from salesboard.errors import SalesboardError, StorageTrouble, WrongUsage

INTERRUPTED, PIPE_CLOSED, UNEXPECTED = 130, 141, 70

Load = Callable[[], config.Settings]
"""What a command is handed: reads the settings when they are needed, so that help works whatever they say."""

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "The board": {
        "board": ("screens:board", "the board, filtered from the start"),
        "night": ("awards_night:show_night", "the awards night: one page for everybody, turned by the host"),
        "demo": ("screens:demo", "try the board with a made-up company, on a file that goes away"),
    },
    "Sales": {
        "deals": ("deals:deals", "list, show, add, edit, move, win, lose, reopen deals"),
        "goals": ("goals:goals", "what is wanted, how it stands, what it brings"),
        "report": ("report:report", "what was won, by month, person, team, product, account"),
        "records": ("records:book", "the best each metric ever was, every time it fell, and the proof"),
        "growth": ("records:grown", "what each year brought, and how it grew"),
        "anniversaries": ("relations:anniversaries", "clients' anniversaries of the next weeks"),
        "thanks": ("relations:thanks", "what is owed a thank-you, and keeping that it was said"),
        "kudos": ("kudos:kudos", "say well done, and see what nobody has said a word about"),
        "awards": ("awards:awards", "awards night: seasons, categories, nominations, judging, the evening"),
        "first-date": ("relations:first_date", "the day a relationship began, and its story"),
        "accounts": ("accounts:accounts", "the businesses you sell to"),
        "contacts": ("accounts:contacts", "the people there"),
        "products": ("setup:products", "what you sell, with list prices"),
    },
    "Files": {
        "import": ("files:import_files", "bring in deals, accounts, products and people from CSV files"),
        "import list": ("files:import_list", "the imports so far"),
        "import undo": ("files:import_undo", "take back an import as a whole"),
        "export": ("files:export", "write deals to a CSV or JSON file"),
    },
    "What happened": {
        "since": ("since:since", "what was accomplished since a day: since monday"),
        "digest": ("since:digest", "the same in a few lines, for the message at log-in"),
        "history": ("past:history", "who did what, and when"),
        "inbox": ("telling:inbox", "what you have been told"),
        "undo": ("past:undo", "take back your last change, or the one you name"),
        "redo": ("past:redo", "do again what you took back last"),
    },
    "Your team": {
        "company": ("setup:company", "name, currency, time zone, fiscal year"),
        "people": ("team:people", "who sells, leads or looks in"),
        "teams": ("team:teams", "teams, and who is in them since when"),
        "stages": ("setup:stages", "the columns of the board"),
    },
    "Your team over SSH": {
        "access": ("access:access", "whose keys open the board over SSH"),
    },
    "Care of the database": {
        "init": ("setup:init", "make a new, empty board"),
        "verify": ("care:verify", "prove that nothing was changed past the ledger"),
        "doctor": ("doctor:doctor", "look at everything that could be wrong"),
        "backup": ("care:backup", "copy the board to a file while others work on it"),
        "restore": ("care:restore", "put the board back to what it is in a backup"),
        "copy": ("care:copy", "carry a board over into another database, also of the other kind"),
        "upgrade": ("care:upgrade", "bring an older board up to this program"),
        "worker": ("telling:worker", "tell people what there is to tell, while nobody looks"),
    },
}
"""Commands by the section of the help they stand in: where the code is, and one line of help."""

KNOWN = {name: place for section in COMMANDS.values() for name, (place, _) in section.items()}


class Program(click.Group):
    """All commands: imports only the one that is called, and ends every run in the same few ways."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(KNOWN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in KNOWN:
            return None
        module, _, attribute = KNOWN[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"salesboard.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = " ".join(args[:2])
        if len(args) > 1 and name in KNOWN:
            return name, self.get_command(ctx, name), args[2:]
        if args[0] not in KNOWN:
            ctx.fail(_no_such_command(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, KNOWN))
        for section, commands in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), told) for name, (_, told) in commands.items()])

    def main(
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **extra: Any
    ) -> NoReturn:
        typed = list(sys.argv[1:] if args is None else args)

        def work() -> None:
            with self.make_context(prog_name or self.name, typed, **extra) as context:
                self.invoke(context)

        sys.exit(run(work))


class InOrder(click.Group):
    """A group whose help lists its commands in the order in which one needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def run(work: Callable[[], None]) -> int:
    """Do the work and hand back the exit code; what goes wrong is said in one line on stderr."""
    _prepare_streams()
    try:
        work()
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except SalesboardError as error:
        _say(str(error))
        return error.exit_code
    except click.ClickException as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort):
        _say("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return PIPE_CLOSED
    except OSError as error:
        _let_go_of_stdout()
        _say(f"{error.filename or 'the answer'} could not be read or written: {error.strerror or error}")
        return StorageTrouble.exit_code
    except UnicodeEncodeError:
        _say("what was typed holds bytes that are no text in UTF-8")
        return WrongUsage.exit_code
    except Exception as error:
        _say(_recorded(error), prefix="")
        return UNEXPECTED
    return 0


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.ctx.get_help(), err=True)
        return error.exit_code
    hint = f"; '{context.command_path} --help' tells more" if context else ""
    _say(error.format_message().rstrip(".") + hint)
    return error.exit_code


def _no_such_command(said: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(said, KNOWN, 1)
    return f"there is no command {said!r}{f', did you mean {close[0]}?' if close else ''}"


def _say(message: str, *, prefix: str = "salesboard: ") -> None:
    from salesboard.domain.text import visible

    click.echo(prefix + visible(" ".join(message.split())), err=True)


def _recorded(error: Exception) -> str:
    """Keep the details in a file of the person's own; the line that says so."""
    from salesboard import incidents

    try:
        return incidents.record(error)
    except Exception:
        return f"salesboard stopped at an unexpected error ({type(error).__name__}); what was saved is safe"


def _prepare_streams() -> None:
    """Streams that were closed lead nowhere, and letters that stdout can not write become question marks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 — open until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _let_go_of_stdout() -> None:
    """Nobody reads any more: what is left unwritten must not be complained about at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


@click.group(
    "salesboard",
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'salesboard COMMAND --help' tells more. Answers go to stdout, talk to stderr. Exit codes: "
    "0 done, 1 refused, 2 wrong usage, 3 somebody else was faster, 4 trouble with the database.",
)
@click.option(
    "--database",
    metavar="FILE-or-URL",
    help="Which board: a file, sqlite:///…, or postgresql://…  [SALESBOARD_DATABASE]",
)
@click.option(
    "--today",
    metavar="YYYY-MM-DD",
    help="Pretend that it is this day; later things do not count.  [SALESBOARD_TODAY]",
)
@click.option(
    "--as", "as_handle", metavar="HANDLE", help="Act as this person; only for whoever owns the database file."
)
@click.version_option(__version__, "--version", prog_name="salesboard", message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context, database: str | None, today: str | None, as_handle: str | None) -> None:
    """A sales team's board in a terminal.

    Without a command it opens the board.
    """
    # Whoever comes in over SSH brings settings that nothing typed can change.
    context.obj = context.obj or partial(config.load, database=database, today=today, as_handle=as_handle)
    if context.invoked_subcommand is None:
        from salesboard.cli.screens import run_app

        context.exit(run_app(context.obj()))
