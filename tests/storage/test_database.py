"""The open gate, sessions and transactions: what is refused at the door, and who may write when."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from salesboard.errors import StorageTrouble, WrongUsage
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.database import Database, create_database, exists, open_database, session
from salesboard.storage.models import Product
from salesboard.storage.verify import verify
from tests import stories
from tests.stories import NOW

ROOT = Path(__file__).parents[2]


def refusal(target: object) -> str:
    """What one is told who opens it: one line."""
    with pytest.raises(StorageTrouble) as refused:
        open_database(str(target))
    told = str(refused.value)
    assert told and "\n" not in told
    return told


def files(folder: Path) -> dict[str, bytes | None]:
    """What lies in a folder; None for what is no file."""
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


@pytest.fixture(scope="module")
def small_board(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("small") / "board.db"))
    opened = open_database(path)
    with session():
        stories.set_up()
        for number in range(30):
            stories.add_product(f"Widget {number}", "100")
    opened.close()
    return path


@pytest.fixture
def board(small_board: Path, tmp_path: Path) -> Path:
    """A small board's file, closed: everything is in the one file."""
    assert not Path(f"{small_board}-wal").exists()
    return Path(shutil.copy(small_board, tmp_path / "board.db"))


# --- the open gate ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("nothing", "no such file or directory; 'salesboard init' makes a new board"),
        ("a dangling link", "no such file or directory"),
        ("a link to itself", "symbolic link"),
        ("an empty file", "is empty, not a board"),
        ("a folder", "is not a file"),
        ("a pipe", "is not a file"),
        ("a text", "not a salesboard database"),
        ("another program's database", "not a salesboard database"),
        ("nothing in a folder that is not there", "no such file or directory"),
    ],
)
def test_what_is_no_board_is_refused_and_left_alone(tmp_path: Path, what: str, told: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "board.db"
    if what == "a dangling link":
        path.symlink_to(folder / "elsewhere")
    elif what == "a link to itself":
        path.symlink_to(path)
    elif what == "an empty file":
        path.touch()
    elif what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a text":
        path.write_text("title,amount\n" * 500)
    elif what == "another program's database":
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE deal (id)")
    elif what == "nothing in a folder that is not there":
        path = folder / "nowhere" / "board.db"
    before = files(folder)
    assert told in refusal(path)
    assert files(folder) == before


def test_a_board_with_two_names_is_refused(board: Path) -> None:
    os.link(board, board.with_name("other.db"))
    assert "has 2 names (hard links)" in refusal(board)
    board.with_name("other.db").unlink()
    open_database(board)


def test_a_link_to_a_board_is_followed(board: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(board)
    opened = open_database(link)
    with session():
        stories.add_product("Gizmo")
    opened.close()
    assert link.is_symlink()
    assert not (tmp_path / "link.db.lock").exists(), "all must queue at one lock, whatever name they use"
    assert (tmp_path / "board.db.lock").exists()


def test_strange_names_of_files_are_names_like_others(board: Path, tmp_path: Path) -> None:
    for name in ("board with spaces.db", "50% #1?mode=memory&x.db", "bö\u202eard.db", "'quoted\".db"):
        strange = Path(shutil.copy(board, tmp_path / name))
        for target in (strange, f"sqlite:///{strange}"):
            opened = open_database(target)
            with session():
                assert ledger.end()[0] == 31
            opened.close()


FUTURE = (
    "UPDATE schema_migration SET name = '9999_future' WHERE name = (SELECT MIN(name) FROM schema_migration)"
)
"""As if a program to come had been here."""


def test_a_board_of_a_newer_or_an_older_program_is_refused(board_url: str) -> None:
    opened = open_database(board_url)
    with session():
        if opened.is_sqlite:
            opened.execute("PRAGMA user_version = 9999")
        else:
            opened.execute(FUTURE)
    opened.close()
    assert "written by a newer salesboard; upgrade this program" in refusal(board_url)
    with session():
        opened.execute("PRAGMA user_version = 0" if opened.is_sqlite else "DELETE FROM schema_migration")
    opened.close()
    assert "run 'salesboard init'" in refusal(board_url)


def test_a_newer_program_upgrades_the_board_while_it_is_open(database: Database) -> None:
    stories.set_up()
    before = ledger.end()
    database.execute(FUTURE)
    with pytest.raises(StorageTrouble, match="a newer salesboard has upgraded this board; nothing was saved"):
        stories.add_product("Widget")
    assert ledger.end() == before


def survives(path: Path) -> None:
    """A damaged board is refused, or its faults are named, or nothing of it was hit; never anything else."""
    try:
        opened = open_database(path)
        with session():
            verify()
            stories.add_product("Gizmo")
        opened.close()
    except StorageTrouble as refused:
        assert str(refused) and "\n" not in str(refused)


@pytest.mark.parametrize("place", range(0, 100, 3))
def test_no_byte_of_the_header_does_harm(board: Path, place: int) -> None:
    content = bytearray(board.read_bytes())
    content[place] ^= 0xFF
    board.write_bytes(content)
    survives(board)


def test_garbage_for_a_header_is_no_board(board: Path) -> None:
    content = board.read_bytes()
    board.write_bytes(random.Random(1).randbytes(16) + content[16:])
    assert "not a salesboard database" in refusal(board)
    assert board.stat().st_size == len(content)


@pytest.mark.parametrize("seed", range(25))
def test_garbage_in_a_page_does_no_harm(board: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(board.read_bytes())
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(100, len(content) - 300)
        content[place : place + 200] = chance.randbytes(200)
    board.write_bytes(content)
    survives(board)


@pytest.mark.parametrize("pages", [1, 10, -10, -1])
def test_a_truncated_board_is_refused(board: Path, pages: int) -> None:
    board.write_bytes(board.read_bytes()[: 4096 * pages])
    assert "damaged" in refusal(board)


@pytest.mark.parametrize("lost", [1, 100, 2000, 5000])
def test_a_board_that_lost_its_last_bytes_does_no_harm(board: Path, lost: int) -> None:
    board.write_bytes(board.read_bytes()[:-lost])
    survives(board)


# --- making a board -----------------------------------------------------------------------------------------


def test_a_board_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    assert not exists(str(path))
    opened = create_database(path)
    with session():
        stories.set_up()
        assert not verify().faults
    opened.close()
    assert exists(str(path)) and exists(f"sqlite:///{path}")


@pytest.mark.parametrize("what", ["board", "empty", "text", "folder", "dangling link"])
def test_making_a_board_never_touches_what_is_there(board: Path, tmp_path: Path, what: str) -> None:
    path = board if what == "board" else tmp_path / "there"
    if what == "folder":
        path.mkdir()
    elif what == "dangling link":
        path.symlink_to(tmp_path / "elsewhere")
    elif what != "board":
        path.write_text("" if what == "empty" else "mine")
    before = files(tmp_path)
    with pytest.raises(StorageTrouble, match="is there already; open it, or name another file"):
        create_database(path)
    assert files(tmp_path) == before


def test_a_board_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageTrouble, match="there is no folder"):
        create_database(tmp_path / "nowhere" / "board.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_second_board_in_one_postgresql_database_is_refused(postgresql_url: str) -> None:
    assert exists(postgresql_url)
    with pytest.raises(StorageTrouble, match="there is a board in that database already"):
        create_database(postgresql_url)


AT_ONCE = r"""
import os, sys
from salesboard.errors import StorageTrouble
from salesboard.storage import database as storage, upgrade
how, target, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])

def work():
    if how == "create":
        storage.create_database(target).close()
        return
    path = storage.sqlite_path(target)
    database = storage._sqlite(path, path) if path else storage._postgresql(target)
    with database.peewee.connection_context():
        upgrade.upgrade(database)

ready, go = os.pipe()
children = []
for _ in range(processes):
    if not (child := os.fork()):
        os.close(go)
        os.read(ready, 1)
        try:
            work()
        except StorageTrouble as refused:
            os.write(1, f"{refused}\n".encode())
            os._exit(1)
        os._exit(0)
    children.append(child)
os.close(go)
print(sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def at_once(how: str, target: str, processes: int) -> tuple[list[str], list[int]]:
    """What processes that start the same thing at the same moment say, and how they end."""
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE, how, target, str(processes)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not done.stderr
    *told, ends = done.stdout.splitlines()
    return told, [int(end) for end in ends.strip("[]").split(",")]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_eight_who_make_a_board_at_once_one_does(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    target = str(tmp_path / "new.db") if kind == "sqlite" else request.getfixturevalue("empty_postgresql_url")
    told, ends = at_once("create", target, 8)
    assert ends == [0, 1, 1, 1, 1, 1, 1, 1]
    assert [line for line in told if "already; open it, or name another" not in line] == []
    open_database(target)
    with session():
        stories.set_up()
        assert not verify().faults


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_who_upgrade_a_board_at_once_are_both_served(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    target = str(tmp_path / "new.db")
    if kind == "postgresql":
        target = request.getfixturevalue("empty_postgresql_url")
    else:
        with closing(sqlite3.connect(target)) as empty:
            empty.execute("PRAGMA journal_mode = WAL")
            empty.execute(f"PRAGMA application_id = {storage.APPLICATION_ID}")
    assert at_once("upgrade", target, 4) == ([], [0, 0, 0, 0])
    open_database(target)
    with session():
        stories.set_up()
        assert not verify().faults


def test_files_can_be_read_by_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_database(tmp_path / "board.db")
        with session():
            stories.set_up()
            assert set(files(tmp_path)) >= {"board.db", "board.db-wal", "board.db-shm", "board.db.lock"}
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.is_file()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}, modes


# --- connections --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("wal_autocheckpoint", 3000),
    ],
)
def test_every_connection_is_set_as_it_should_be(board_file: Path, pragma: str, value: object) -> None:
    found = []
    opened = open_database(board_file)

    def look() -> None:
        with session():
            found.append(opened.execute(f"PRAGMA {pragma}").fetchone()[0])

    for _ in range(2):
        look()
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [value] * 4


def test_postgresql_connections_do_not_wait_for_ever(postgresql_url: str) -> None:
    opened = open_database(postgresql_url)
    with session():
        settings = {
            name: opened.execute(f"SHOW {name}").fetchone()[0]
            for name in (
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "application_name",
            )
        }
    assert settings == {
        "lock_timeout": "5s",
        "statement_timeout": "15s",
        "idle_in_transaction_session_timeout": "10s",
        "application_name": "salesboard",
    }


def test_a_session_inside_a_session_shares_its_connection(board_url: str) -> None:
    opened = open_database(board_url)
    with session():
        outer = opened.peewee.connection()
        with session():
            assert opened.peewee.connection() is outer
        assert not opened.peewee.is_closed()
    assert opened.peewee.is_closed()


def test_without_a_session_nothing_is_read(board_url: str) -> None:
    import peewee

    open_database(board_url)
    with pytest.raises(peewee.InterfaceError):
        ledger.end()


def test_a_writer_has_the_database_to_itself_from_the_start(database: Database, board_url: str) -> None:
    stories.set_up()
    with ledger.entry(ledger.PROGRAM, "looked", now=NOW):
        if database.path:
            other = sqlite3.connect(database.path, timeout=0)
            with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        else:
            import psycopg

            with psycopg.connect(board_url) as other, pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("SELECT * FROM ledger_head FOR UPDATE NOWAIT")


def test_a_snapshot_sees_one_moment_and_holds_nobody_up(database: Database) -> None:
    stories.set_up()

    def write() -> None:
        with session():
            stories.add_product("Widget")

    with storage.snapshot():
        before = ledger.end()
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        assert ledger.end() == before
    assert ledger.end()[0] == before[0] + 1


@pytest.mark.parametrize("target", ["mysql://host/board", "redis://host"])
def test_another_kind_of_database_is_wrong_usage(target: str) -> None:
    with pytest.raises(WrongUsage, match="is no database we know"):
        open_database(target)


def test_a_server_that_is_not_there_is_one_line_without_the_password() -> None:
    told = refusal("postgresql://ada:secret@127.0.0.1:1/board")
    assert "secret" not in told


def test_a_password_is_never_shown(postgresql_url: str) -> None:
    name, _, rest = postgresql_url.partition("://")
    user, at, host = rest.rpartition("@")
    given = f"{name}://{user.partition(':')[0] or 'postgres'}:secret@{host}" if at else postgresql_url
    assert "secret" not in storage._postgresql(given).shown_as


# --- a file that is replaced under an open session ----------------------------------------------------------


@pytest.mark.parametrize("how", ["unlinked", "copied over", "moved away", "another moved here"])
def test_nothing_is_written_into_a_file_that_was_replaced(board: Path, how: str) -> None:
    other = Path(shutil.copy(board, board.with_name("other.db")))
    opened = open_database(board)
    with session():
        before = ledger.end()
        if how == "unlinked":
            board.unlink()
        elif how == "copied over":
            board.unlink()
            shutil.copy(other, board)
        elif how == "moved away":
            board.rename(board.with_name("moved.db"))
        else:
            other.rename(board)
        with pytest.raises(StorageTrouble) as refused:
            stories.add_product("Gizmo")
        assert "\n" not in str(refused.value) and "nothing was saved" in str(refused.value)
        assert ledger.end() == before
    opened.close()


# --- waiting for one's turn ---------------------------------------------------------------------------------


HOLD = """
import sys, time
from salesboard.storage import database as storage
from tests import stories
storage.open_database(sys.argv[1])
with storage.session(), storage.writing():
    stories.add_product("Held")
    print("holding", flush=True)
    time.sleep(60)
"""


@contextmanager
def somebody_holding(target: str) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of writing."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, target], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "holding\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def test_who_waits_for_too_long_gives_up_and_a_killed_holder_frees_its_turn(
    board_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 0.4)
    opened = open_database(board_url)
    with session():
        stories.set_up()
        with somebody_holding(board_url) as holder:
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(StorageTrouble) as refused:
                    stories.add_product("Widget")
                assert 0.3 < time.monotonic() - started < 3
                assert "somebody else has been writing for too long" in str(refused.value)
                assert "nothing was saved" in str(refused.value)
            assert ledger.end()[0] == 1, "reading goes on meanwhile"
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            monkeypatch.setattr(storage, "PATIENCE", 10.0)
            freed = time.monotonic()
            stories.add_product("Widget")
            assert time.monotonic() - freed < 3
        assert [product.name for product in Product.select()] == ["Widget"]
        assert not verify().faults
    opened.close()


def test_the_log_is_brought_into_the_file_in_ones_turn_alone(
    board_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes at that instant can damage the file (SQLite < 3.51.3)."""
    monkeypatch.setattr(storage, "PATIENCE", 0.4)
    open_database(board_file)
    with session():
        stories.set_up()
        with somebody_holding(str(board_file)), pytest.raises(StorageTrouble, match="writing for too long"):
            storage.checkpoint()
        storage.checkpoint()
        shutil.copy(board_file, board_file.with_name("without its log.db"))
    with closing(sqlite3.connect(board_file.with_name("without its log.db"))) as copy:
        assert copy.execute("SELECT COUNT(*) FROM person").fetchone() == (1,)


def test_a_stopped_holder_is_waited_for_only_so_long(
    board_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 0.4)
    open_database(board_file)
    with session():
        stories.set_up()
        with somebody_holding(str(board_file)) as holder:
            holder.send_signal(signal.SIGSTOP)
            with pytest.raises(StorageTrouble, match="writing for too long"):
                stories.add_product("Widget")


def test_who_ignores_the_queue_is_waited_for_only_so_long(
    board_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 0.4)
    open_database(board_file)
    with session(), closing(sqlite3.connect(board_file, isolation_level=None)) as other:
        stories.set_up()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageTrouble, match="writing for too long"):
            stories.add_product("Widget")
        other.execute("ROLLBACK")
        stories.add_product("Widget")


def test_a_thread_waits_for_another_of_its_program_only_so_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories.set_up()
    monkeypatch.setattr(storage, "PATIENCE", 0.3)
    if not database.is_sqlite:
        database.execute("SET lock_timeout = 300")
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with session(), ledger.entry(ledger.PROGRAM, "held", now=NOW):
            holding.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        holding.wait(10)
        with pytest.raises(StorageTrouble, match="nothing was saved"):
            stories.add_product("Widget")
    finally:
        done.set()
        thread.join()
    stories.add_product("Widget")


def test_who_gave_up_does_not_get_the_turn_afterwards(
    board_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel still has them in its line: when they come up, they must pass the turn on."""
    monkeypatch.setattr(storage, "PATIENCE", 0.2)
    open_database(board_file)
    with session():
        stories.set_up()
        with somebody_holding(str(board_file)):
            for _ in range(5):
                with pytest.raises(StorageTrouble):
                    stories.add_product("Widget")
        monkeypatch.setattr(storage, "PATIENCE", 5.0)
        for number in range(5):
            stories.add_product(f"Widget {number}")
        assert not [thread for thread in threading.enumerate() if thread.name == "writers-queue"]


def test_a_queue_that_can_not_be_opened_is_one_line(board: Path) -> None:
    lock = board.with_name("board.db.lock")
    lock.unlink(missing_ok=True)
    lock.symlink_to(board)
    open_database(board)
    with (
        session(),
        pytest.raises(StorageTrouble, match="lock can not be opened"),
    ):
        stories.add_product("Widget")
