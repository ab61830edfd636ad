"""The way in over SSH: the forced command of a key. Nothing that the client sends says who it is."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

KEPT = {
    "TERM": re.compile(r"[A-Za-z0-9.+-]{1,32}"),
    "LANG": re.compile(r"[A-Za-z0-9_.@-]{1,32}"),
    "COLORTERM": re.compile(r"[a-z0-9]{1,16}"),
    "SSH_CONNECTION": re.compile(r"[0-9A-Fa-f.:% ]{1,200}"),
    "SSH_TTY": re.compile(r"/dev/[a-z0-9/]{1,32}"),
}
"""What is kept of the environment, where it looks as it should."""
LONGEST_COMMAND = 8 * 1024

VERBS = frozenset(
    {
        *("board", "deals", "goals", "report", "records", "growth", "anniversaries", "thanks", "first-date"),
        *("accounts", "contacts", "products", "import", "import list", "import undo", "export", "history"),
        *(
            "since",
            "digest",
            "inbox",
            "undo",
            "redo",
            "kudos",
            "awards",
            "night",
            "company",
            "people",
            "teams",
            "stages",
        ),
        "verify",
    }
)
"""What may be asked for from outside: nothing that makes, copies or upgrades databases, or gives access."""


def main() -> None:
    """Serve whoever came in with a key: the board, or one command, or a refusal in one line."""
    arguments, asked = sys.argv[1:], os.environ.get("SSH_ORIGINAL_COMMAND", "")
    kept = environment(os.environ)
    os.environ.clear()
    os.environ.update(kept)
    from salesboard.cli import run

    sys.exit(run(lambda: _serve(arguments, asked)))


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment that the program gets: the account's own, and what a terminal needs."""
    account = pwd.getpwuid(os.geteuid())
    own = {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name, "PATH": os.defpath}
    seen = {name: given[name] for name, looks in KEPT.items() if looks.fullmatch(given.get(name, ""))}
    return {"LANG": "C.UTF-8", **own, **seen}


def _serve(arguments: Sequence[str], asked: str) -> None:
    from salesboard import config
    from salesboard.domain import access
    from salesboard.errors import WrongUsage
    from salesboard.storage import database as storage

    match arguments:
        case ["--key-id", number]:
            database = None
        case ["--database", database, "--key-id", number]:
            pass
        case _:
            raise WrongUsage("this is called by OpenSSH alone; 'salesboard access add' sets it up")
    settings = replace(config.load(database=database, environment={}), key=_number(number))
    storage.open_database(settings.database)
    with storage.session():
        access.whose(_number(number))
    words = understood(asked)
    if not words:
        from salesboard.cli.screens import run_app

        sys.exit(run_app(settings))
    _call(words, settings)


def _number(said: str) -> int:
    from salesboard.errors import WrongUsage

    if not (said.isascii() and said.isdigit() and len(said) < 18):
        raise WrongUsage("this is called by OpenSSH alone; 'salesboard access add' sets it up")
    return int(said)


def understood(asked: str) -> list[str]:
    """The words of a command, none for the board. Refused: what is no command of the board's."""
    from salesboard.errors import WrongUsage

    if len(asked) > LONGEST_COMMAND or not asked.isprintable():
        raise WrongUsage("that is no command of the board")
    try:
        words = shlex.split(asked)
    except ValueError:
        raise WrongUsage("that command has a quote that does not end") from None
    if words[:1] == ["salesboard"]:
        words = words[1:]
    if words and words[0] not in VERBS:
        raise WrongUsage(
            f"there is no command {words[0]!r} here; 'ssh … report' or plain 'ssh …' for the board"
        )
    return words


def _call(words: list[str], settings: Any) -> None:
    from salesboard.cli import program

    with program.make_context("salesboard", words, obj=_Settled(settings)) as context:
        program.invoke(context)


class _Settled:
    """Settings that were settled before anything was asked for."""

    is_remote = True

    def __init__(self, settings: Any) -> None:
        self._settings = settings

    def __call__(self) -> Any:
        return self._settings


if __name__ == "__main__":
    main()
