"""What the storage could not do, by its true cause and in one line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from salesboard.errors import SalesboardError, StorageTrouble

PLAIN = {
    "SQLITE_FULL": "the disk is full: nothing was saved; make room and do it again",
    "SQLITE_IOERR_WRITE": "the disk takes no more, for an error, a quota or a limit on the size "
    "of files: nothing was saved; make room or check the disk, then open the board again",
    "SQLITE_IOERR": "the disk reports an error: nothing was saved; check the disk, then open the board again",
    "SQLITE_READONLY": "the database can not be written to: nothing was saved; are file and folder yours?",
    "SQLITE_BUSY": "somebody else has been writing for too long: nothing was saved; try again",
    "SQLITE_LOCKED": "somebody else has been writing for too long: nothing was saved; try again",
    "SQLITE_CORRUPT": "the database is damaged: nothing was saved; restore a backup",
    "SQLITE_NOTADB": "this is not a salesboard database; choose another file or restore a backup",
    "SQLITE_CANTOPEN": "the database can not be opened; check that file and folder are there and yours",
    "SQLITE_PERM": "the database can not be opened; check that file and folder are yours",
    "SQLITE_TOOBIG": "that is too large to be kept; nothing was saved",
    "SQLITE_AUTH": "the database refused; nothing was saved",
    "SQLITE_ERROR": "the database lacks the tables of a board; choose another file or restore a backup",
}
LOST = "the connection to PostgreSQL was lost: nothing was saved; do it again"
PLAIN_STATES = {
    "08": "the connection to PostgreSQL was lost; do it again",
    "57": "PostgreSQL ended the connection; do it again",
    "53": "PostgreSQL is out of room or connections: nothing was saved; try again",
    "55": "somebody else has been writing for too long: nothing was saved; try again",
    "40": "somebody else was faster: nothing was saved; try again",
    "25P03": "PostgreSQL ended a change that took too long: nothing was saved; try again later",
    "28": "PostgreSQL does not let you in; check user and password",
    "3D": "there is no such PostgreSQL database; create it first",
    "42P01": "the database does not have the tables of a board; choose another one, or run 'salesboard init'",
    "42703": "the database does not have the tables of a board; choose another one, or run 'salesboard init'",
    "42501": "PostgreSQL does not let you do that; ask whoever runs it for the rights to the board's tables",
}
MISSING = re.compile(r"no such (table|column): |table \w+ has no column named ")
"""What SQLite says of a database with other tables; it has no code for it."""


def true_cause(error: BaseException) -> BaseException:
    """The first failure beneath an exception: Peewee's roll-back may raise another one on top of it."""
    cause = error
    seen: set[int] = set()
    below: BaseException | None = error
    while below is not None and id(below) not in seen:
        seen.add(id(below))
        if isinstance(below, sqlite3.Error) or getattr(below, "sqlstate", None):
            cause = below
        below = below.__cause__ or below.__context__
    return cause


def in_plain_words(error: BaseException) -> StorageTrouble:
    """The one line for whoever meets this storage error."""
    cause = true_cause(error)
    name = getattr(cause, "sqlite_errorname", None) or ""
    for code, words in PLAIN.items():
        if name == code or name.startswith(code + "_"):
            return StorageTrouble(words)
    state = getattr(cause, "sqlstate", None) or ""
    for code in (state, state[:2]):
        if code in PLAIN_STATES:
            return StorageTrouble(PLAIN_STATES[code])
    first_line = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    return StorageTrouble(f"the database could not do it: {first_line}; nothing was saved")


def is_lost(error: BaseException) -> bool:
    """Whether a connection that is gone is all that went wrong."""
    state = getattr(true_cause(error), "sqlstate", None) or ""
    return not state or state.startswith(("08", "57"))


def is_mistake(error: BaseException) -> bool:
    """Whether the statement itself is wrong: a mistake of the program, not trouble with the database."""
    cause = true_cause(error)
    if getattr(cause, "sqlite_errorname", None) == "SQLITE_ERROR":
        return not MISSING.match(str(cause))
    state = getattr(cause, "sqlstate", None) or ""
    return state.startswith("42") and state not in PLAIN_STATES


@contextmanager
def named() -> Iterator[None]:
    """Storage errors inside become StorageTrouble with their true cause; mistakes of the program fly."""
    try:
        yield
    except SalesboardError:
        raise
    except peewee.InterfaceError:
        raise
    except Exception as error:
        of_storage = isinstance(error, peewee.PeeweeException | sqlite3.Error)
        if (of_storage or type(error).__module__.startswith("psycopg")) and not is_mistake(error):
            raise in_plain_words(error) from error
        raise


WHERE_IT_IS_WRITTEN = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_CANTOPEN")


@contextmanager
def at(place: object) -> Iterator[None]:
    """As `named`; what could not be written is told with its place."""
    try:
        with named():
            yield
    except StorageTrouble as error:
        name = getattr(true_cause(error), "sqlite_errorname", None) or ""
        if not name.startswith(WHERE_IT_IS_WRITTEN):
            raise
        raise StorageTrouble(f"{place}: {error}") from error.__cause__
