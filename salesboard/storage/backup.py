"""Backups: proved copies in one file each, with a manifest beside them; how they are checked and put back."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from salesboard import __version__, paths
from salesboard.errors import Refused, SalesboardError, StorageTrouble
from salesboard.storage import copying, trouble, upgrade
from salesboard.storage import database as storage
from salesboard.storage.database import Database
from salesboard.storage.verify import Verdict, verify

A_PIECE = 1 << 20
LARGEST_MANIFEST = 64 * 1024


@dataclass(frozen=True)
class Manifest:
    """What is known of a backup without opening it; its head proves the record book to somebody outside."""

    made_at: str
    """In UTC."""
    program: str
    schema: int
    entries: int
    rows: int
    head: str
    """The hash of the ledger's last entry."""
    sha256: str
    bytes: int
    faults: int = 0
    """What did not hold in the board that was copied; only what a backup was put in the place of has any."""

    @property
    def is_verified(self) -> bool:
        """Whether the board that was copied was sound."""
        return self.faults == 0


def manifest_file(file: Path) -> Path:
    """Where a backup's manifest is."""
    return file.with_name(file.name + ".json")


def read_manifest(file: Path) -> Manifest | None:
    """The manifest of a backup; None where there is none. Refused: one that can not be understood."""
    place = manifest_file(file)
    try:
        with open(place, "rb") as opened:
            told: Any = json.loads(opened.read(LARGEST_MANIFEST))
        return Manifest(**told)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageTrouble(
            f"{place} can not be read: {(error.strerror or str(error)).lower()}; check the disk"
        ) from None
    except (ValueError, TypeError, RecursionError):
        raise Refused(
            f"{place} is no manifest of a backup; without it, {file.name} is checked by its ledger alone"
        ) from None


# --- making -------------------------------------------------------------------------------------------------


def make(source: Database, file: Path, *, now: datetime) -> Manifest:
    """Copy a board to a new file while others work on it; it gets its name when it has been proved.

    Refused: a file that is there, a board that does not verify.
    """
    with _made(file) as partial:
        verdict = copying.into_file(source, partial)
        return _write_manifest(file, partial, verdict, now)


def keep(source: Database, file: Path, *, now: datetime) -> Manifest:
    """As `make`, but of a board that has faults too: what is about to be replaced is kept in any case."""
    with _made(file) as partial:
        copying.copy_rows(source, partial)
        try:
            verdict = verify(storage.unopened(partial))
        except SalesboardError as error:
            verdict = Verdict(0, 0, "", [str(error)])
        return _write_manifest(file, partial, verdict, now)


@contextmanager
def _made(file: Path) -> Iterator[Path]:
    """A backup in the making. Its manifest is there first, so that no backup is ever without one."""
    if not os.path.lexists(file):
        read_manifest(file)
    try:
        with trouble.at(file), paths.in_the_making(file) as partial:
            yield partial
    except BaseException:
        if not os.path.lexists(file):
            with suppress(OSError):
                manifest_file(file).unlink(missing_ok=True)
        raise


def _write_manifest(file: Path, made: Path, verdict: Verdict, now: datetime) -> Manifest:
    with open(made, "rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    manifest = Manifest(
        made_at=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        program=__version__,
        schema=upgrade.newest(),
        entries=verdict.entries,
        rows=verdict.rows,
        head=verdict.head,
        sha256=digest,
        bytes=made.stat().st_size,
        faults=len(verdict.faults),
    )
    paths.write_atomically(manifest_file(file), json.dumps(asdict(manifest), indent=2) + "\n")
    return manifest


def keep_before_upgrade(target: str, *, now: datetime) -> Path | None:
    """Keep an older board's file as it is, once its upgrade has been tried and proved on a copy.

    None where there is nothing to upgrade, and on PostgreSQL, whose older tables only its own tools can copy.
    """
    path = storage.sqlite_path(target)
    if path is None:
        return None
    database = storage.passed(path)
    with trouble.named(), storage.session(database):
        if not 0 < upgrade.number(database) < upgrade.newest():
            return None
    file = _new_file(database, now, "before-upgrade")
    with _made(file) as partial:
        copying.copy_rows(database, partial)
        with staged(partial, file) as tried:
            _write_manifest(file, partial, tried.verdict, now)
    return file


# --- checking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A backup's content in a file of our own, checked through and through."""

    database: Database
    path: Path
    verdict: Verdict
    manifest: Manifest | None
    upgraded: list[str]


@contextmanager
def staged(file: Path, beside: Path) -> Iterator[Staged]:
    """Take a backup's content and check all of it: what is restored is what was checked.

    It is brought up to this program. Refused: what is no board, of another program, newer than this one,
    damaged, not as it was when it was made, or with faults in its ledger.
    """
    manifest = read_manifest(file)
    with trouble.at(beside.parent), paths.for_a_while(beside.with_name("restored")) as partial:
        _take_over(file, partial, manifest)
        with _told_of(file, partial):
            database = storage.passed(partial)
            with storage.session(database):
                number = upgrade.number(database)
                if not 0 < number < upgrade.newest():
                    upgrade.check(database)
                _refuse_damaged(database, file)
                done = upgrade.upgrade(database) if number < upgrade.newest() else []
            verdict = verify(database)
        if verdict.faults:
            raise Refused(f"{file} does not verify: {verdict.faults[0]}; choose another backup")
        if manifest is not None and (manifest.entries, manifest.head) != (verdict.entries, verdict.head):
            raise Refused(f"{file} and its manifest are of two boards; choose another backup")
        yield Staged(database, partial, verdict, manifest, done)


@contextmanager
def _told_of(file: Path, partial: Path) -> Iterator[None]:
    """What is wrong with our copy is told of the backup."""
    try:
        yield
    except StorageTrouble as error:
        words = str(error).replace(str(partial), str(file))
        raise Refused(words if str(file) in words else f"{file}: {words}") from None


def _take_over(file: Path, into: Path, manifest: Manifest | None) -> None:
    log = file.with_name(file.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise Refused(f"{file} is an open board, not a backup; 'salesboard copy' takes a board over as it is")
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Refused(f"{file} can not be read: {(error.strerror or str(error)).lower()}") from None
    with open(descriptor, "rb") as source:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused(f"{file} is not a file; name a backup")
        digest = _copied(source, into)
    if manifest is not None and digest != manifest.sha256:
        raise Refused(
            f"{file} is not as it was when it was made (its SHA-256 is another one); choose another backup"
        )


def _copied(source: BinaryIO, into: Path) -> str:
    """Copy bytes; their SHA-256."""
    told = hashlib.sha256()
    with open(into, "wb") as target:
        while piece := source.read(A_PIECE):
            told.update(piece)
            target.write(piece)
    return told.hexdigest()


def _refuse_damaged(database: Database, file: Path) -> None:
    (said, *_), *_ = database.execute("PRAGMA integrity_check").fetchall()
    if said != "ok":
        raise Refused(f"{file} is damaged: {said.splitlines()[-1]}; choose another backup")
    if database.execute("PRAGMA foreign_key_check").fetchone():
        raise Refused(f"{file} is damaged: rows point to rows that are not there; choose another backup")


# --- putting back -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Restored:
    """What a board is now, and where what was there before is kept."""

    verdict: Verdict
    kept: Path | None
    kept_manifest: Manifest | None
    upgraded: list[str]


def folder_for(database: Database) -> Path:
    """Where the backups of a board are that nobody has named: beside its file, else with our own state."""
    return database.path.parent / "backups" if database.path else paths.state_folder() / "backups"


def stem_for(database: Database) -> str:
    """How the backups of a board begin that nobody has named."""
    if database.path is not None:
        return database.path.stem
    marked = hashlib.sha256(database.shown_as.encode()).hexdigest()[:8]
    return f"{database.peewee.database}-{marked}"


def own_folder(folder: Path) -> Path:
    """A folder for backups, made if need be, for its owner only. Refused: a link, somebody else's."""
    try:
        paths.made(folder)
        state = os.lstat(folder)
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            raise StorageTrouble(f"{folder} is no folder of yours; move it away, then try again")
        if stat.S_IMODE(state.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StorageTrouble(
            f"{folder} can not be made: {(error.strerror or str(error)).lower()}; check the folder above it"
        ) from None
    return folder


def restore(
    file: Path, target: str, *, replacing: bool, agreed: Callable[[Staged], bool], now: datetime
) -> Restored | None:
    """Put a board back to what it is in a backup, for everybody; None where `agreed` says no.

    Everything about the backup is checked before anything is touched; what was there is kept as a backup of
    its own. Whoever has the board open is told. Refused: a PostgreSQL database with a board, and a file that
    can not be read any more, unless `replacing`; another program's database in any case.
    """
    path = storage.sqlite_path(target)
    if path is None:
        return _into_postgresql(file, target, replacing, agreed, now)
    return _into_file(file, Path(os.path.realpath(path)), replacing, agreed, now)


def _into_file(
    file: Path, path: Path, replacing: bool, agreed: Callable[[Staged], bool], now: datetime
) -> Restored | None:
    if path.exists() and file.exists() and os.path.samefile(path, file):
        raise Refused(f"{file} is the board itself; name a backup of it")
    if not path.parent.is_dir():
        raise StorageTrouble(f"there is no folder {path.parent}; make it first")
    readable = _refuse_what_is_not_ours(path, replacing)
    with staged(file, path) as stage:
        if not agreed(stage):
            return None
        if not readable:
            return Restored(_into_new_file(stage, path, now), None, None, stage.upgraded)
        live = storage.unopened(path)
        with live.turn():
            kept, manifest = _keep(live, now)
            with trouble.at(path), closing(_connected(path)) as onto:
                _put(stage, onto)
            # Still in our turn: what somebody adds to the restored board is no fault of it.
            verdict = _same(stage, live)
        return Restored(verdict, kept, manifest, stage.upgraded)


def _refuse_what_is_not_ours(path: Path, replacing: bool) -> bool:
    """Whether there is a board to be kept; no board, but nothing to lose either, is False."""
    if not os.path.lexists(path) or (path.is_file() and path.stat().st_size == 0):
        return False
    try:
        storage.passed(path)
    except StorageTrouble as error:
        cause = getattr(error.__cause__, "sqlite_errorname", "")
        if cause.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            if not replacing:
                raise StorageTrouble(
                    f"{path} can not be read any more; --replace moves it aside and puts the backup there"
                ) from None
            return False
        raise
    return True


def _into_new_file(stage: Staged, path: Path, now: datetime) -> Verdict:
    """Make the board anew where there is none; what can not be read any more is moved aside."""
    if path.exists() and path.stat().st_size:
        for ending in ("-wal", "-shm", "-journal", ""):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                os.rename(beside, f"{path}.damaged-{_stamp(now)}{ending}")
    # An empty file tells SQLite that a log beside it is of no board, and to leave it out.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    with trouble.at(path), closing(_connected(path)) as onto:
        _put(stage, onto)
        onto.execute("PRAGMA journal_mode = WAL")
    return _same(stage, storage.unopened(path))


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=storage.PATIENCE)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _put(stage: Staged, onto: sqlite3.Connection) -> None:
    """Write the pages into the live file, in one transaction: who reads it sees the old board or the new."""
    with closing(sqlite3.connect(stage.path)) as pages:
        copying.copy_pages(pages, onto)


def _same(stage: Staged, live: Database) -> Verdict:
    verdict = verify(live)
    if verdict != stage.verdict:
        raise StorageTrouble("the restored board is not what the backup is; check the disk, then try again")
    return verdict


def _keep(live: Database, now: datetime) -> tuple[Path, Manifest]:
    file = _new_file(live, now, "before-restore")
    return file, keep(live, file, now=now)


def _new_file(database: Database, now: datetime, why: str) -> Path:
    folder = own_folder(folder_for(database))
    stem = f"{stem_for(database)}-{_stamp(now)}-{why}"
    file, number = folder / f"{stem}.db", 1
    while os.path.lexists(file):
        number += 1
        file = folder / f"{stem}-{number}.db"
    return file


def _stamp(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}"


def _into_postgresql(
    file: Path, target: str, replacing: bool, agreed: Callable[[Staged], bool], now: datetime
) -> Restored | None:
    database = storage.unopened(target)
    state = paths.made(paths.state_folder())
    with staged(file, state / "restored") as stage, trouble.named(), storage.session(database):
        has_board = database.peewee.table_exists("ledger_head")
        if not has_board:
            copying.refuse_if_taken(database)
        elif not replacing:
            raise Refused(
                "there is a board in that database; --replace puts the backup in its place, and keeps what "
                "is there as a backup"
            )
        else:
            upgrade.check(database)
        if not agreed(stage):
            return None
        with database.peewee.atomic():
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            database.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            database.execute("SET LOCAL statement_timeout = 0")
            kept, manifest = None, None
            if has_board:
                tables = ", ".join(f'"{model._meta.table_name}"' for model in copying.EVERYTHING)
                # Nobody writes any more until this ends; reading goes on.
                database.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
                kept, manifest = _keep(database, now)
            else:
                storage.lay_out(database)
            copying.fill(database, stage.database)
            verdict = _same(stage, database)
            database.announce()
        return Restored(verdict, kept, manifest, stage.upgraded)
