"""Numbered upgrades of the tables, one program at a time, and the check that program and database fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesboard.errors import StorageTrouble

if TYPE_CHECKING:
    from salesboard.storage.database import Database

FOLDER = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 0x5342


@cache
def newest() -> int:
    """The number of the newest upgrade this program brings."""
    return max(
        int(match[1]) for path in FOLDER.iterdir() if (match := re.fullmatch(r"(\d{4})_\w+\.py", path.name))
    )


def number(database: Database) -> int:
    """The number of the newest upgrade the database has had; 0 for none."""
    if database.is_sqlite:
        return int(database.peewee.execute_sql("PRAGMA user_version").fetchone()[0])
    if not database.peewee.table_exists("schema_migration"):
        return 0
    (name,) = database.peewee.execute_sql("SELECT MAX(name) FROM schema_migration").fetchone()
    return int(name[:4]) if name else 0


def check(database: Database) -> None:
    """Refuse a database that is no board, or that does not fit this program."""
    here = number(database)
    if here == 0:
        raise StorageTrouble(f"{database.shown_as} is not a salesboard database yet; run 'salesboard init'")
    if here > newest():
        raise StorageTrouble(
            f"{database.shown_as} was written by a newer salesboard; upgrade this program to open it"
        )
    if here < newest():
        raise StorageTrouble(
            f"{database.shown_as} is of an older salesboard; back it up, then run 'salesboard upgrade'"
        )


def check_is_known(last_upgrade: str) -> None:
    """Refuse to write into what a newer program has upgraded since this one opened it."""
    if int(last_upgrade[:4]) > newest():
        raise StorageTrouble(
            "a newer salesboard has upgraded this board; nothing was saved; start the program again"
        )


def upgrade(database: Database) -> list[str]:
    """Bring the tables up to date and name the upgrades done; safe when several programs start at once."""
    with _alone(database):
        done = list(_runner(database).up())
        if database.is_sqlite:
            database.peewee.execute_sql(f"PRAGMA user_version = {newest()}")
    return [str(getattr(name, "name", name)) for name in done]


def _runner(database: Database) -> Any:
    from playhouse.migrations import Runner

    return Runner(database.peewee, str(FOLDER))


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Nobody else upgrades or writes meanwhile."""
    if database.is_sqlite:
        with database.turn():
            yield
        return
    database.peewee.execute_sql("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
    try:
        yield
    finally:
        database.peewee.execute_sql("SELECT pg_advisory_unlock(%s)", (ADVISORY_LOCK,))
