"""What can be wrong with a board's database beneath its rows: versions, files, pages, the ledger."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from salesboard import paths
from salesboard.storage import disk, upgrade
from salesboard.storage.database import Database
from salesboard.storage.models import InstantField
from salesboard.storage.verify import verify

State = Literal["ok", "warning", "fault"]
FAST_CLOCK = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, how it stands, and what to do about it."""

    name: str
    state: State
    said: str
    do: str = ""


def ok(name: str, said: str) -> Check:
    """A check with nothing to do."""
    return Check(name, "ok", said)


# --- without opening the board ------------------------------------------------------------------------------


def may_reset_the_log(version: Sequence[int]) -> bool:
    """Whether a SQLite can lose pages when two programs start its log anew at the same instant.

    All from 3.7.0 (the first with a log) to 3.51.2 can.
    """
    return (3, 7, 0) <= tuple(version) <= (3, 51, 2)


def of_sqlite() -> Check:
    """The SQLite that this program uses."""
    said = f"SQLite {sqlite3.sqlite_version}"
    if not may_reset_the_log(sqlite3.sqlite_version_info):
        return ok("version", said)
    return Check(
        "version",
        "warning",
        f"{said} can, very rarely, damage a file that two programs check-point at the same instant",
        "use a Python whose SQLite is 3.51.3 or newer, or PostgreSQL; until then keep the hourly backups on",
    )


def of_file(path: Path) -> Iterator[Check]:
    """A board's file and what stands beside it: names, owner, who else can read it, the disk."""
    real = Path(os.path.realpath(path))
    try:
        names = os.stat(real).st_nlink
    except OSError as error:
        yield Check("file", "fault", f"{real}: {(error.strerror or 'unreadable').lower()}", "name the board")
        return
    yield (
        ok("names", f"{real} has one name")
        if names == 1
        else Check(
            "names", "fault", f"{real} has {names} names (hard links)", "remove all but one: changes get lost"
        )
    )
    yield from (_of_modes(file) for file in paths.with_what_is_beside(real) if file.exists())
    yield _of_folder(real.parent)
    yield _of_disk(real)


def _of_modes(file: Path) -> Check:
    state = os.stat(file)
    mode = stat.S_IMODE(state.st_mode)
    if state.st_uid != os.geteuid():
        return Check(
            "owner", "warning", f"{file} belongs to user {state.st_uid}, not to you", "run this as its owner"
        )
    if mode & 0o002:
        return Check("modes", "fault", f"everybody can write {file}", f"chmod 600 {file}")
    if mode & 0o077:
        return Check("modes", "warning", f"others can read {file} ({mode:o})", f"chmod 600 {file}")
    return ok("modes", f"{file.name} is yours alone")


def _of_folder(folder: Path) -> Check:
    state = os.stat(folder)
    mode = stat.S_IMODE(state.st_mode)
    if state.st_uid not in (os.geteuid(), 0):
        return Check(
            "folder",
            "fault",
            f"{folder} belongs to user {state.st_uid}",
            "keep the board in a folder of yours",
        )
    if mode & 0o002 and not mode & stat.S_ISVTX:
        return Check(
            "folder",
            "fault",
            f"everybody can replace files in {folder}",
            f"chmod 700 {folder}, or move the board",
        )
    if mode & 0o022:
        return Check(
            "folder",
            "warning",
            f"others can write into {folder} ({mode:o})",
            "keep the board in a folder of yours",
        )
    return ok("folder", f"{folder} can be written by its owner only")


def _of_disk(path: Path) -> Check:
    kind = disk.kind_of(path)
    if kind in disk.OVER_THE_NETWORK:
        return Check(
            "disk",
            "fault",
            f"{path} is on another machine ({kind})",
            "move it to a disk of this one, or use PostgreSQL",
        )
    if kind in disk.NOT_CERTAIN:
        return Check(
            "disk",
            "warning",
            f"{path} is on {kind}, where locks may not hold between machines or containers",
            "let one machine alone open it, or move it to a plain disk",
        )
    return ok("disk", f"on {kind or 'a disk of unknown kind'}")


# --- on the open board --------------------------------------------------------------------------------------


def of_database(database: Database, now: datetime) -> Iterator[Check]:
    """A board's pages, its ledger and the order of its clock; connected to by the caller."""
    yield ok("schema", f"upgrade {upgrade.number(database)} of {upgrade.newest()}")
    yield from _of_pages(database) if database.is_sqlite else _of_server(database)
    verdict = verify(database)
    yield (
        ok("ledger", f"{verdict.entries} entries give all {verdict.rows} rows; its end is {verdict.head}")
        if not verdict.faults
        else Check(
            "ledger",
            "fault",
            f"{verdict.faults[0]} ({len(verdict.faults)} in all)",
            "'salesboard verify' names them all; 'salesboard restore' puts a backup back",
        )
    )
    yield _of_acts(database)
    yield _of_clock(database, now)


def _of_pages(database: Database) -> Iterator[Check]:
    (said, *_), *more = database.execute("PRAGMA integrity_check").fetchall()
    yield (
        ok("pages", "every page is sound")
        if said == "ok"
        else Check(
            "pages",
            "fault",
            f"{said.splitlines()[-1]} ({len(more) + 1} in all)",
            "'salesboard restore' puts a backup back",
        )
    )
    lost = database.execute("PRAGMA foreign_key_check").fetchall()
    yield (
        ok("keys", "every row's keys lead to a row")
        if not lost
        else Check(
            "keys",
            "fault",
            f"{len(lost)} rows point to rows that are not there, the first in {lost[0][0]}",
            "'salesboard restore' puts a backup back",
        )
    )
    (mode,) = database.execute("PRAGMA journal_mode").fetchone()
    yield (
        ok("log", "readers and writers do not wait for each other")
        if mode == "wal"
        else Check(
            "log",
            "warning",
            f"its log is kept as {mode}",
            f"sqlite3 {database.path} 'PRAGMA journal_mode=WAL'",
        )
    )


def _of_server(database: Database) -> Iterator[Check]:
    (version,) = database.execute("SHOW server_version").fetchone()
    yield ok("version", f"PostgreSQL {version}")
    (stuck,) = database.execute(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND starts_with(state, 'idle in transaction') AND state_change < now() - interval '10 seconds'"
    ).fetchone()
    yield (
        ok("sessions", "no session holds a change open")
        if not stuck
        else Check(
            "sessions",
            "warning",
            f"{stuck} sessions hold a change open",
            "end them: SELECT pg_terminate_backend(pid)",
        )
    )


def _of_acts(database: Database) -> Check:
    (orphans,) = database.execute(
        "SELECT COUNT(*) FROM entry AS one WHERE one.batch IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM entry AS first WHERE first.seq = one.batch)"
    ).fetchone()
    if orphans:
        return Check(
            "acts", "fault", f"{orphans} entries are of an act that is not there", "'salesboard verify'"
        )
    return ok("acts", "every act is whole")


def _of_clock(database: Database, now: datetime) -> Check:
    steps = 'SELECT "seq", "at", "at" - LAG("at") OVER (ORDER BY "seq") AS "step" FROM "entry"'
    back, last = database.execute(
        f'SELECT COUNT(*), MAX("seq") FROM ({steps}) AS "steps" WHERE "step" < 0'
    ).fetchone()
    (newest,) = database.execute('SELECT MAX("at") FROM "entry"').fetchone()
    instant = InstantField()
    if newest is not None and newest > instant.db_value(now + FAST_CLOCK):
        ahead = instant.python_value(newest)
        return Check(
            "clock",
            "warning",
            f"the ledger has entries of {ahead:%Y-%m-%d %H:%M} UTC",
            "set this machine's clock",
        )
    if back:
        return Check(
            "clock",
            "warning",
            f"the clock went back {back} times, last before entry {last}; entries keep their order",
            "see that this machine's clock is set from the network",
        )
    return ok("clock", "it never went back")
