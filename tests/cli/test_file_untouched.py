"""The board's file is SQLite's alone: whoever opens and closes it as a plain file lets go of all locks on it.

(SQLite, "How To Corrupt An SQLite Database File", 2.2.)
"""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salesboard.storage.database import Database
from tests.cli.conftest import Salesboard
from tests.stories import set_up
from tests.ui.driver import BoardDriver

_told: list[str] | None = None


def _hook(event: str, told: tuple[Any, ...]) -> None:
    if _told is not None and event == "open" and isinstance(told[0], str | bytes | os.PathLike):
        _told.append(os.path.realpath(os.fsdecode(told[0])))


sys.addaudithook(_hook)


@contextmanager
def opened() -> Iterator[list[str]]:
    """The files that Python itself opens; what SQLite opens is not among them."""
    global _told
    _told = found = []
    try:
        yield found
    finally:
        _told = None


def of_sqlite_alone(file: Path) -> set[str]:
    return {os.path.realpath(f"{file}{ending}") for ending in ("", "-wal", "-shm", "-journal")}


def test_no_command_opens_the_file_of_the_board(salesboard: Salesboard, tmp_path: Path) -> None:
    deals, monday = tmp_path / "deals.csv", tmp_path / "monday.db"
    deals.write_text("opportunity_id,account,deal_stage\nB1,Hofer,Prospecting\n")
    with opened() as found:
        for words in (
            ("deals", "add", "--account", "Northwind", "--value", "12k"),
            ("import", str(deals)),
            ("deals", "list"),
            ("report",),
            ("export", "deals", "--out", str(tmp_path / "out.csv")),
            ("verify",),
            ("backup", str(monday)),
            ("restore", str(monday), "--yes"),
            ("copy", salesboard.target, str(tmp_path / "copy.db")),
            ("upgrade",),
            ("worker", "--once"),
            ("records", "rebuild"),
            ("undo",),
            ("history",),
        ):
            salesboard(*words)
        assert salesboard.run("doctor").exit_code == 0
    assert of_sqlite_alone(Path(salesboard.target)) & set(found) == set()
    assert os.path.realpath(deals) in found, "control: what is opened is seen"


def test_not_even_where_it_is_named_as_what_to_read(salesboard: Salesboard) -> None:
    board = salesboard.target
    salesboard("deals", "add", "--account", "Hofer")
    for words in (("import", board), ("restore", board, "--yes"), ("export", "deals", "--out", board)):
        with opened() as found:
            assert salesboard.run(*words).exit_code == 1, words
        assert of_sqlite_alone(Path(board)) & set(found) == set(), words
    assert salesboard.json("verify")["ok"]


async def test_nor_does_an_open_board(sqlite_database: Database) -> None:
    set_up()
    board = BoardDriver(str(sqlite_database.path))
    with opened() as found:
        async with board.opened() as see:
            await see.press("n")
            await see.type("Hofer 12k")
            await see.press("enter", "L", "u", "g", "m", "g", "b")
        see.has_ended()
    assert of_sqlite_alone(Path(board.target)) & set(found) == set()
    with opened() as found, sqlite3.connect(board.target):
        Path(board.target).read_bytes()
    assert of_sqlite_alone(Path(board.target)) & set(found), "control"
