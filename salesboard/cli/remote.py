"""The way in over SSH: the forced command of a key. Nothing that the client sends says who it is."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import resource
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
MOST_AT_ONCE = 10
"""Sessions and commands of one person on one board at the same time."""
LARGEST = 2 << 30
"""Bytes of addresses that a session may take; an open board takes a third of it, most of them never used."""

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
    confine()
    from salesboard.cli import run

    sys.exit(run(lambda: _serve(arguments, asked)))


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment that the program gets: the account's own, and what a terminal needs."""
    account = pwd.getpwuid(os.geteuid())
    own = {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name, "PATH": os.defpath}
    seen = {name: given[name] for name, looks in KEPT.items() if looks.fullmatch(given.get(name, ""))}
    return {"LANG": "C.UTF-8", **own, **seen}


def confine() -> None:
    """Let this process leave no image of its memory behind, and not take all of the host's."""
    for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, LARGEST)):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (limit, limit))


def take_a_place(person: int | None, database: str) -> int | None:
    """Be one of a person's sessions on a board for as long as this process runs; the file that says so.

    Refused: one more than there may be at once. Where they can not be counted, nobody is kept out.
    """
    from salesboard import paths
    from salesboard.errors import Refused

    board = hashlib.sha256(database.encode()).hexdigest()[:12]
    try:
        folder = paths.made(paths.state_folder() / "sessions")
        for number in range(MOST_AT_ONCE):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            place = os.open(folder / f"{board}-{person}-{number}", flags, 0o600)
            try:
                # The kernel lets go of it however the process ends.
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(place)
            else:
                return place
    except OSError:
        return None
    raise Refused(f"{MOST_AT_ONCE} sessions of yours are open on this board already; leave one of them first")


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
        whose = access.whose(_number(number))
    take_a_place(whose.id, settings.database)
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
