"""The log of a SQLite file: what is called saved is on the disk by then, and it does not grow for ever."""

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.database import open_database, session
from salesboard.storage.follow import follow
from salesboard.storage.verify import verify
from tests import stories

ROOT = Path(__file__).parents[2]
STEP = 4079
"""Bytes: no multiple of anything that a page or a frame of the log is long."""
LARGEST_LOG = 16 << 20


# --- power that fails ---------------------------------------------------------------------------------------


def end_of(board: Path) -> int:
    """The last entry of a board, which must open and be proved."""
    opened = storage.unopened(board)
    try:
        with session(opened):
            verdict = verify(opened)
    finally:
        opened.close()
    assert not verdict.faults, verdict.faults
    return verdict.entries


def test_wherever_the_log_was_torn_all_is_there_that_had_been_saved_by_then(
    board_file: Path, tmp_path: Path
) -> None:
    log = board_file.with_name("board.db-wal")
    opened = open_database(board_file)
    saved: list[tuple[int, int]] = []
    with session():
        stories.set_up()
        begun = log.stat().st_size
        for number in range(6):
            stories.add_product(f"Widget {number}")
            saved.append((log.stat().st_size, ledger.end()[0]))
        whole, pages = log.read_bytes(), board_file.read_bytes()
    opened.close()
    lost = torn = 0
    for cut in (*range(begun, len(whole), STEP), len(whole)):
        torn_file = tmp_path / "torn" / "board.db"
        shutil.rmtree(torn_file.parent, ignore_errors=True)
        torn_file.parent.mkdir(mode=0o700)
        torn_file.write_bytes(pages)
        torn_file.with_name("board.db-wal").write_bytes(whole[:cut] + (b"\xa5" * 4096 if torn % 2 else b""))
        end = end_of(torn_file)
        by_then = max((seq for size, seq in saved if size <= cut), default=0)
        assert end >= by_then, (cut, end, by_then)
        torn += 1
        lost += end < saved[-1][1]
    assert torn > 20 and lost > 10, "control: what came after the cut is lost"
    assert end == saved[-1][1]


# --- said and on the disk -----------------------------------------------------------------------------------

SAYS = """
import sys
from salesboard.storage import database as storage
from tests import stories
board = storage.open_database(sys.argv[1])
with storage.session():
    if sys.argv[2] == "careless":
        board.execute("PRAGMA synchronous = NORMAL")
    for number in range(20):
        stories.add_product(f"{sys.argv[2]} {number}")
        print("saved", flush=True)
"""


def said_too_early(board: Path, how: str, folder: Path) -> list[int]:
    """Which of the lines `saved` were written while something of the log was not on the disk yet."""
    seen = folder / f"{how}.log"
    calls = "trace=pwrite64,write,fdatasync,fsync"
    traced = ["strace", "-f", "-y", "-e", calls, "-o", str(seen)]
    command = [sys.executable, "-c", SAYS, str(board), how]
    done = subprocess.run([*traced, *command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    if "ptrace" in done.stderr and not done.stdout:
        pytest.skip("strace may not look at programs here")
    assert done.stdout.count("saved") == 20, done.stderr
    waits, said, early = False, 0, []
    for line in seen.read_text(errors="replace").splitlines():
        if re.search(r"pwrite64\(\d+<[^>]*-wal>", line):
            waits = True
        elif re.search(r"f(data)?sync\(\d+<[^>]*-wal>", line):
            waits = False
        elif '"saved' in line:
            said += 1
            if waits:
                early.append(said)
    assert said == 20
    return early


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here; it sees what a program calls")
def test_nothing_is_called_saved_before_it_is_on_the_disk(board_file: Path, tmp_path: Path) -> None:
    with open_database(board_file).peewee.connection_context():
        stories.set_up()
    assert said_too_early(board_file, "careful", tmp_path) == []
    assert len(said_too_early(board_file, "careless", tmp_path)) > 10, "control"


# --- the size of the log ------------------------------------------------------------------------------------


@contextmanager
def sitting_before_it() -> Iterator[None]:
    """Ten who follow the open board and do nothing."""
    stop, end = threading.Event(), ledger.end()[0]
    following = [threading.Thread(target=lambda: list(follow(end, stop)), daemon=True) for _ in range(10)]
    for one in following:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in following:
            one.join(10)


def largest_log(name: str) -> int:
    """How large the log is at most while much is written in short changes."""
    board, largest = storage.current().path, 0
    assert board is not None
    for number in range(700):
        stories.add_product(f"{name} {number}")
        largest = max(largest, board.with_name(f"{board.name}-wal").stat().st_size)
    return largest


def test_the_log_stays_small_while_others_sit_before_an_open_board(board_file: Path) -> None:
    open_database(board_file)
    with session():
        stories.set_up()
        with sitting_before_it():
            assert largest_log("Widget") <= LARGEST_LOG
        with closing(sqlite3.connect(board_file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM product").fetchone()
            assert (size := largest_log("Gizmo")) > LARGEST_LOG, (
                f"control: one who reads on and on lets it grow, but to {size}"
            )
