"""Opening a board's database, sessions, transactions: here live all differences of SQLite and PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import peewee

from salesboard import paths
from salesboard.errors import StorageTrouble, Unanswered, WrongUsage
from salesboard.storage import disk, models, trouble

APPLICATION_ID = 0x53_42_44_31  # "SBD1"
PAUSES = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each time that a server is asked what became of a change."""
PATIENCE = 5.0
"""Seconds a writer waits for the others before it gives up."""
CHANNEL = "salesboard"
CHECK_PLACE = "check that file and folder are there and yours"

PRAGMAS = (
    ("foreign_keys", 1),
    ("synchronous", 2),
    ("trusted_schema", 0),
    ("cell_size_check", 1),
    # Two programs that check-point at the same instant can, very rarely, damage a file (SQLite < 3.51.3):
    # each does so seldom, in its turn to write, and the worker for all of them.
    ("wal_autocheckpoint", 3000),
)


class Database:
    """An opened board: where it is, its Peewee database, and how its writers take turns."""

    def __init__(self, peewee_database: peewee.Database, *, path: Path | None, shown_as: str) -> None:
        self.peewee = peewee_database
        self.path = path
        self.shown_as = shown_as
        self._one_writer = threading.RLock()
        self._identity = _identity(path) if path else None
        self.repaired: list[str] = []
        """What was wrong with its files and was mended when it was opened."""
        self.known: tuple[int, str] | None = None
        """An entry that this program has seen, and its hash: without it, the board is another one by now."""

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file on this machine."""
        return self.path is not None

    def close(self) -> None:
        """Close this thread's connection."""
        if not self.peewee.is_closed():
            self.peewee.close()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait, first come first served, for this process's turn to write."""
        if self.path is None:
            yield
            return
        if not self._one_writer.acquire(timeout=PATIENCE):
            raise StorageTrouble("this program is still writing something long; nothing was saved; try again")
        try:
            with _queued(queue_file(self.path)):
                self._same_file()
                yield
        finally:
            self._one_writer.release()

    def _same_file(self) -> None:
        """Refuse to write into a file that has been moved or replaced under us: it would vanish unseen."""
        assert self.path is not None
        try:
            now = _identity(self.path)
        except FileNotFoundError:
            now = None
        if now != self._identity:
            raise StorageTrouble(
                f"{self.path} was replaced since it was opened; nothing was saved; open the board again"
            )

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run a statement in which every `?` stands for a value; hand back its cursor."""
        return self.peewee.execute_sql(self._in_its_own_words(statement), values)

    def execute_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        if len(rows) == 1:
            self.execute(statement, rows[0])
            return
        with peewee.__exception_wrapper__:
            self.peewee.cursor().executemany(self._in_its_own_words(statement), rows)

    def _in_its_own_words(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")

    def is_cut_off(self) -> bool:
        """Whether the server has ended this thread's connection: nothing will come over it any more."""
        return not self.is_sqlite and not self.peewee.is_closed() and bool(self.peewee.connection().closed)

    def ledger_end(self) -> tuple[int, str]:
        """The number and the hash of the newest entry."""
        seq, hash = self.execute('SELECT "seq", "hash" FROM "ledger_head"').fetchone()
        return seq, hash

    def announce(self) -> None:
        """Wake followers when the running transaction commits (SQLite's followers see the file change)."""
        if self.path is None:
            self.peewee.execute_sql(f"NOTIFY {CHANNEL}")


def _identity(path: Path) -> tuple[int, int]:
    state = os.stat(path)
    return state.st_dev, state.st_ino


def queue_file(path: Path) -> Path:
    """The side file whose lock is the queue of writers and of upgrades."""
    return path.with_name(path.name + ".lock")


@contextmanager
def _queued(path: Path) -> Iterator[None]:
    """Hold the lock of the side file; the kernel frees it however the process ends."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StorageTrouble(
            f"{path} can not be opened: {(error.strerror or 'unreadable').lower()}; nothing was saved; "
            + CHECK_PLACE
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        descriptor = _wait_in_line(descriptor)
    try:
        yield
    finally:
        os.close(descriptor)


def _wait_in_line(descriptor: int) -> int:
    """Wait for the lock in the kernel's fair queue, but not longer than our patience."""
    settled = threading.Lock()
    arrived = threading.Event()
    given_up = False

    def wait() -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with settled:
            arrived.set()
            if given_up:
                os.close(descriptor)

    threading.Thread(target=wait, daemon=True, name="writers-queue").start()
    if not arrived.wait(PATIENCE):
        with settled:
            given_up = not arrived.is_set()
        if given_up:
            raise StorageTrouble("somebody else has been writing for too long; nothing was saved; try again")
    return descriptor


def is_url(target: str) -> bool:
    """Whether a database is named by a URL rather than by a path."""
    return "://" in target


def sqlite_path(target: str) -> Path | None:
    """The file a target names, or None where it names a PostgreSQL database."""
    if target.startswith("sqlite:///"):
        return Path(target.removeprefix("sqlite:///")).expanduser().absolute()
    if not is_url(target):
        return Path(target).expanduser().absolute()
    if target.split("://")[0] in ("postgresql", "postgres"):
        return None
    raise WrongUsage(
        f"{target.split('://')[0]}:// is no database we know; use a file, sqlite:///… or postgresql://…"
    )


def exists(target: str) -> bool:
    """Whether there is a board's database at the target (for a file: any file at all)."""
    path = sqlite_path(target)
    if path is not None:
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True  # what can not be looked at may be a board
        return True
    database = _postgresql(target)
    with trouble.named(), database.peewee.connection_context():
        return bool(database.peewee.table_exists("ledger_head"))


def open_database(target: str | Path) -> Database:
    """Open an existing board and bind the tables to it.

    Refused: what is not there, not a board, older or newer than this program, or hard-linked.
    """
    database = look_at(target)
    models.database.initialize(database.peewee)
    _opened[id(database.peewee)] = database
    return database


def look_at(target: str | Path) -> Database:
    """An existing board, not bound to the tables: connect to it with a `session` of it.

    Refused is what `open_database` refuses.
    """
    from salesboard.storage import upgrade

    database = _found(str(target))
    with trouble.named(), database.peewee.connection_context():
        upgrade.check(database)
        database.known = database.ledger_end()
    return database


def upgrade_database(target: str | Path) -> list[str]:
    """Bring an older board up to this program and name the upgrades done; none where it is up to date.

    Refused: what is no board, and what is newer than this program.
    """
    from salesboard.storage import upgrade

    database = _found(str(target))
    with trouble.named(), database.peewee.connection_context():
        if not 0 < upgrade.number(database) < upgrade.newest():
            upgrade.check(database)
            return []
        return upgrade.upgrade(database)


def _found(target: str) -> Database:
    """The database at a target, not opened yet."""
    path = sqlite_path(target)
    if path is None:
        return _postgresql(target)
    database = passed(path)
    assert database.path is not None
    database.repaired = _repaired(database.path)
    return database


def create_database(target: str | Path) -> Database:
    """Make a new board without anything on it and open it; where there is one already, that is refused."""
    make_tables(target)
    return open_database(target)


@contextmanager
def new_database(target: str | Path) -> Iterator[Database]:
    """Make a new board and connect to it; where what is done on it fails, its file goes away again."""
    database = create_database(target)
    try:
        with session():
            yield database
    except BaseException:
        if database.path is not None:
            _remove(database.path)
        raise


def _remove(path: Path) -> None:
    """Remove a file that has just been made, and what stands beside it."""
    for file in paths.with_what_is_beside(path):
        file.unlink(missing_ok=True)


def make_tables(target: str | Path) -> Database:
    """Make the tables of a new board without opening it."""
    path = sqlite_path(str(target))
    if path is None:
        if exists(str(target)):
            raise StorageTrouble(TAKEN)
        database = _postgresql(str(target))
    else:
        if not path.parent.is_dir():
            raise StorageTrouble(f"there is no folder {path.parent}; make it first")
        _refuse_unsafe_place(path)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise StorageTrouble(f"{path} is there already; open it, or name another file") from None
        except OSError as error:
            raise StorageTrouble(f"{path} can not be made: {error.strerror}") from None
        database = _sqlite(path, path)
    try:
        with trouble.named(), database.peewee.connection_context():
            lay_out(database)
    except BaseException:
        if path is not None:
            _remove(path)
        raise
    return database


TAKEN = "there is a board in that database already; open it, or name another one"


def lay_out(database: Database) -> None:
    """Make the tables in an empty database that is connected to."""
    from salesboard.storage import upgrade

    if database.is_sqlite:
        database.peewee.execute_sql("PRAGMA journal_mode = WAL")
        database.peewee.execute_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    if not upgrade.upgrade(database):
        raise StorageTrouble(TAKEN)


def passed(path: Path) -> Database:
    """A file that has passed the gate, of whatever age."""
    return _sqlite(_passed_gate(path), path)


def unopened(target: str | Path) -> Database:
    """What a target names, passed through no gate: only for files and databases that are being made."""
    path = sqlite_path(str(target))
    return _postgresql(str(target)) if path is None else _sqlite(path, path)


def _passed_gate(path: Path) -> Path:
    """The real path of a file that may be opened; says what is wrong with any other."""
    is_link, path = os.path.islink(path), Path(os.path.realpath(path))
    try:
        state = os.stat(path)
    except OSError as error:
        is_nothing = isinstance(error, FileNotFoundError) and not is_link
        hint = "'salesboard init' makes a new board" if is_nothing else CHECK_PLACE
        raise StorageTrouble(f"{path}: {(error.strerror or 'unreadable').lower()}; {hint}") from None
    if not path.is_file():
        raise StorageTrouble(f"{path} is not a file; name the board's database file")
    _refuse_unsafe_place(path)
    if state.st_mode & stat.S_IWOTH and state.st_uid != os.geteuid():
        raise StorageTrouble(f"everybody can write {path}; its owner can mend that: chmod 600 {path}")
    if state.st_size == 0:
        raise StorageTrouble(
            f"{path} is empty, not a board; restore a backup, or remove it and run 'salesboard init'"
        )
    if state.st_nlink != 1:
        raise StorageTrouble(
            f"{path} has {state.st_nlink} names (hard links), which loses changes; copy it instead"
        )
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=PATIENCE)
        ) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise StorageTrouble(f"{path}: {trouble.in_plain_words(error)}") from error
    if application != APPLICATION_ID:
        raise StorageTrouble(f"{path} is not a salesboard database; choose another file or restore a backup")
    return path


def _refuse_unsafe_place(path: Path) -> None:
    """Refuse a folder in which anybody could put another file in the place of ours, and another machine's."""
    state = os.stat(path.parent)
    if state.st_mode & stat.S_IWOTH and not state.st_mode & stat.S_ISVTX:
        raise StorageTrouble(
            f"everybody can replace files in {path.parent}; keep the board in a folder of yours (chmod 700)"
        )
    if disk.is_over_the_network(path):
        raise StorageTrouble(
            f"{path} is on a disk of another machine, where changes get lost; keep it on this one, or use "
            f"PostgreSQL (who knows better sets {disk.ANY_DISK}=1)"
        )


def _repaired(path: Path) -> list[str]:
    """Shut out everybody else from files of our own; what was done, in a line each."""
    done = []
    for file in paths.with_what_is_beside(path):
        with suppress(OSError):
            state = os.lstat(file)
            if state.st_uid == os.geteuid() and stat.S_ISREG(state.st_mode) and state.st_mode & stat.S_IRWXO:
                os.chmod(file, stat.S_IMODE(state.st_mode) & ~stat.S_IRWXO)
                done.append(f"{file} could be reached by everybody on this machine; it can not any more")
    return done


def _sqlite(real: Path, named: Path) -> Database:
    database = peewee.SqliteDatabase(
        f"file:{quote(str(real))}?mode=rw",
        uri=True,
        pragmas=PRAGMAS,
        timeout=PATIENCE,
        lock_type="IMMEDIATE",
        returning_clause=True,
        autoconnect=False,
        check_same_thread=False,
    )
    return Database(database, path=real, shown_as=str(named))


def _postgresql(url: str) -> Database:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise StorageTrouble("PostgreSQL needs a driver: pip install 'salesboard[postgresql]'") from None
    from playhouse.db_url import parse

    settings = parse(url)
    limits = {
        "idle_in_transaction_session_timeout": 10_000,
        "statement_timeout": 15_000,
        "lock_timeout": round(PATIENCE * 1000),
    }
    settings.setdefault(
        "options", " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items())
    )
    settings.setdefault("application_name", "salesboard")
    database = peewee.PostgresqlDatabase(prefer_psycopg3=True, autoconnect=False, **settings)
    shown = url if "@" not in url else url.split("://")[0] + "://…@" + url.rsplit("@", 1)[1]
    return Database(database, path=None, shown_as=shown.split("?")[0])


_opened: dict[int, Database] = {}


def is_open() -> bool:
    """Whether the tables are bound to a board."""
    return models.database.obj is not None


def current() -> Database:
    """The board that the tables are bound to."""
    bound = models.database.obj
    if bound is None or id(bound) not in _opened:
        raise StorageTrouble("no board is open")
    return _opened[id(bound)]


def is_open_here(file: str | os.PathLike[str]) -> bool:
    """Whether it is the file of a board that this program has open.

    Whoever opens and closes it as any other file lets go of all locks on it (SQLite, "How To Corrupt", 2.2).
    """
    boards = (one.path for one in _opened.values() if one.path is not None)
    return any(path.exists() and os.path.exists(file) and os.path.samefile(path, file) for path in boards)


@contextmanager
def bound_to(database: Database) -> Iterator[Database]:
    """Read another board for a while, in this whole process."""
    before = models.database.obj
    models.database.initialize(database.peewee)
    _opened[id(database.peewee)] = database
    try:
        with session():
            yield database
    finally:
        models.database.initialize(before)


@contextmanager
def session(of: Database | None = None) -> Iterator[None]:
    """A connection for this thread and this piece of work, to the open board or to another one."""
    database = of or current()
    bound = database.peewee
    with trouble.named():
        opened = bound.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if not bound.is_closed() and (opened or database.is_cut_off()):
                bound.close()


def raw(query: peewee.Query) -> Any:
    """The driver's own cursor over a query: for many rows of plain numbers and text."""
    return current().peewee.execute(query)


@lru_cache(16384)
def day(value: Any) -> Any:
    """A day of such a cursor, None where there is none: SQLite's is text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


@contextmanager
def writing() -> Iterator[None]:
    """One short write transaction, in fair order among all writers; inside another one it joins it."""
    database = current()
    if database.peewee.in_transaction():
        yield
        return
    with trouble.named(), database.turn():
        database.peewee.connect(reuse_if_open=True)
        is_done = False
        try:
            with database.peewee.atomic():
                yield
                is_done = True
        except BaseException as error:
            _leave_transaction(database, error)
            if isinstance(error, peewee.PeeweeException) and database.is_cut_off():
                if is_done:
                    raise Unanswered from error
                if trouble.is_lost(error):
                    raise StorageTrouble(trouble.LOST) from error
            raise


@contextmanager
def snapshot(of: Database | None = None) -> Iterator[None]:
    """Read many tables as they stood at one moment, without holding up writers."""
    bound = of or current()
    begin = "BEGIN DEFERRED" if bound.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    held: set[int] = _here.__dict__.setdefault("snapshots", set())
    if bound.peewee.in_transaction() or id(bound) in held:
        yield
        return
    with session(bound):
        connection = bound.peewee.connection()
        connection.execute(begin)
        held.add(id(bound))
        try:
            yield
        finally:
            held.discard(id(bound))
            connection.execute("COMMIT" if bound.is_sqlite else "ROLLBACK")


def was_kept(seq: int, hash: str) -> bool:
    """Whether an entry of the ledger is there whose saving the server never answered for.

    Refused, as `Unanswered`: where the server can not be asked within some seconds.
    """
    database = current()
    for pause in PAUSES:
        time.sleep(pause)
        with suppress(peewee.PeeweeException):
            database.peewee.close()
        with suppress(peewee.PeeweeException):
            database.peewee.connect()
            with database.peewee.atomic():
                # Whoever writes holds this row: once it is ours, that change is saved, or never will be.
                database.execute('SELECT "seq" FROM "ledger_head" FOR UPDATE')
                found = database.execute('SELECT "hash" FROM "entry" WHERE "seq" = ?', [seq]).fetchone()
            return bool(found == (hash,))
    raise Unanswered


def checkpoint() -> None:
    """Bring what the log of a SQLite file holds into the file itself, as far as no reader is in the way.

    Nobody writes meanwhile: who begins the log anew at the same instant can damage the file.
    """
    database = current()
    if database.is_sqlite:
        with database.turn():
            database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


_here = threading.local()


def _leave_transaction(database: Database, error: BaseException) -> None:
    """After a disk error the connection can not be trusted any more: go on with a new one."""
    name = getattr(trouble.true_cause(error), "sqlite_errorname", None) or ""
    if not name.startswith(("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_FULL")) or database.peewee.is_closed():
        return
    # The first failure is on its way to the user; what fails after it says nothing new.
    for leave in (database.peewee.rollback, database.peewee.close, database.peewee.connect):
        with suppress(peewee.PeeweeException, sqlite3.Error):
            leave()
