"""Backups while people work: one an hour where something has happened, thinned out as they grow old."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from salesboard import incidents, paths
from salesboard.domain import care
from salesboard.errors import SalesboardError, StorageTrouble
from salesboard.storage import backup, shift
from salesboard.storage import database as storage
from salesboard.storage.backup import Manifest
from salesboard.storage.database import Database
from salesboard.worker import TURN

EVERY = timedelta(hours=1)
AT_LEAST_EVERY = timedelta(days=1)
"""Also where the ledger has not grown: what people have read is no part of it."""
AFTER_FAILURE = timedelta(minutes=10)

KEPT: tuple[tuple[int, Callable[[datetime], Any]], ...] = (
    (24, lambda made: (made.date(), made.hour)),
    (7, lambda made: made.date()),
    (5, lambda made: made.isocalendar()[:2]),
    (12, lambda made: (made.year, made.month)),
)
"""Of so many of the last hours, days, weeks and months that have a backup, the newest one is kept."""

_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Made:
    """A backup that the worker made."""

    at: datetime
    file: Path
    manifest: Manifest


def to_keep(made: Iterable[datetime], now: datetime) -> set[datetime]:
    """Which backups stay. What is dated after now, by a clock that went wrong, stays until its time comes."""
    past = sorted((one for one in made if one <= now), reverse=True)
    kept = {one for one in made if one > now} | set(past[:1])
    for most, period in KEPT:
        newest: dict[Any, datetime] = {}
        for one in past:
            newest.setdefault(period(one), one)
            if len(newest) == most:
                break
        kept.update(newest.values())
    return kept


def made_so_far(database: Database) -> list[Made]:
    """The verified backups that the worker made of a board, oldest first."""
    return [*_made_newest_first(database)][::-1]


def _made_newest_first(database: Database) -> Iterator[Made]:
    """The same, read one by one: whoever wants the newest reads no other."""
    pattern = re.compile(re.escape(backup.stem_for(database)) + r"-(\d{8}T\d{6}Z)\.db")
    try:
        files = sorted(backup.folder_for(database).iterdir(), reverse=True)
    except OSError:
        return
    for file in files:
        if not (match := pattern.fullmatch(file.name)):
            continue
        with suppress(SalesboardError, ValueError):
            manifest = backup.read_manifest(file)
            if manifest is not None and manifest.is_verified:
                at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                yield Made(at, file, manifest)


def by_another_program(target: str) -> Callable[[str, datetime], timedelta]:
    """Has backups made in a program of its own: the proof takes seconds and memory that a board has not."""
    started: list[subprocess.Popen[bytes]] = []

    def make(_: str, now: datetime) -> timedelta:
        if any(one.poll() is None for one in started):
            return AFTER_FAILURE
        try:
            rest = _rest(storage.current(), now)
            if rest:
                return rest
            started[:] = [_another_program(target)]
        except Exception as error:
            return _failed(error, now)
        return AFTER_FAILURE

    return make


def _another_program(target: str) -> subprocess.Popen[bytes]:
    isolated = ["-I"] if sys.flags.isolated else []
    return subprocess.Popen(
        [sys.executable, *isolated, "-m", "salesboard", "worker", "--back-up"],
        env={**os.environ, "SALESBOARD_DATABASE": target},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def make_if_due(holder: str | None, now: datetime) -> timedelta:
    """Make the backup that is due, if this worker has the turn; how long there is nothing to do then.

    Without a `holder` no turn is asked for. What goes wrong becomes an incident and a notice to admins; it
    never stops the work.
    """
    database = storage.current()
    try:
        rest = _rest(database, now)
        if rest:
            return rest
        with storage.session():
            if holder is not None and not shift.take(holder, now=now, until=now + TURN):
                return EVERY
        return _make(database, now)
    except Exception as error:
        return _failed(error, now)


def _failed(error: Exception, now: datetime) -> timedelta:
    """Keep what went wrong and tell admins of it; how long no other one is tried."""
    incident, _ = incidents.keep(error)
    why = str(error) if isinstance(error, SalesboardError | OSError) else type(error).__name__
    with suppress(StorageTrouble), storage.session():
        care.tell_backup_failed(f"{why} (incident {incident})", now=now)
    return AFTER_FAILURE


def _rest(database: Database, now: datetime) -> timedelta:
    """How long no backup is due; nothing where one is."""
    last = next((one for one in _made_newest_first(database) if one.at <= now), None)
    if last is None:
        return timedelta()
    age = now - last.at
    if age < EVERY:
        return EVERY - age
    if age >= AT_LEAST_EVERY:
        return timedelta()
    with storage.session():
        nothing_new = database.ledger_end()[1] == last.manifest.head
    return EVERY if nothing_new else timedelta()


def _make(database: Database, now: datetime) -> timedelta:
    folder = backup.own_folder(backup.folder_for(database))
    with _alone_in(folder) as alone:
        if not alone:
            return AFTER_FAILURE
        paths.clear_away(folder)
        backup.make(database, folder / f"{backup.stem_for(database)}-{now:{_STAMP}}.db", now=now)
        made = made_so_far(database)
        kept = to_keep([one.at for one in made], now)
        for old in made:
            if old.at not in kept:
                old.file.unlink(missing_ok=True)
                backup.manifest_file(old.file).unlink(missing_ok=True)
    with storage.session():
        care.tell_backup_made(now=now)
    return EVERY


@contextmanager
def _alone_in(folder: Path) -> Iterator[bool]:
    """Whether no other program makes a backup here at the moment."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
