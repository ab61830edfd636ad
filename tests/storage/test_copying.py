"""A board is carried over whole, whichever kinds of databases these are, or not at all."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from salesboard.domain import history, notices, pipeline
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import copying, ledger, shift
from salesboard.storage import database as storage
from salesboard.storage.database import Database, bound_to, look_at, session
from salesboard.storage.models import TOLD, Account, Delivery
from salesboard.storage.verify import verify
from salesboard.worker import Worker
from tests import stories
from tests.stories import NOW, TODAY, digest


@pytest.fixture
def lived(database: Database) -> Database:
    """A board with something of everything: undone acts, flags, days, teams beneath teams."""
    ada = stories.set_up(zone="Europe/Vienna")
    mia = stories.add_person("Mia Berg")
    stories.add_team("North")
    stories.add_team("West", under="North")
    stories.add_product("Widget \u201cGrün\u201d\n", "100")
    deal = stories.add_deal("Northwind", "12k", by=mia, expected_on=TODAY)
    pipeline.win_deal(ada, deal, now=NOW, won_on=TODAY - timedelta(days=3))
    history.undo(ada, now=NOW)
    history.redo(ada, now=NOW)
    Worker().one_round(NOW)
    shift.park("look", "it failed", None, now=NOW)
    notices.tell([notices.Notice("a", "test", "Hear!", frozenset({ada.id or 0}), TODAY)], now=NOW)
    return database


@pytest.fixture(params=["to sqlite", "to postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where there is nothing yet."""
    if request.param == "to sqlite":
        return str(tmp_path / "copied.db")
    return str(request.getfixturevalue("empty_postgresql_url"))


def told(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """What the worker keeps."""
    return {
        model._meta.table_name: sorted(model.select().tuples(), key=repr)
        for model in (*TOLD, ledger.LedgerChange)
    }


def test_a_board_is_carried_over_whole_and_goes_on(target: str, lived: Database, board_url: str) -> None:
    before = digest(), told(lived), ledger.end()
    verdict = copying.copy_board(look_at(board_url), target)
    assert (digest(), told(lived), ledger.end()) == before, "the source is only read"
    with bound_to(look_at(target)) as copied:
        assert (digest(), told(copied), ledger.end()) == before
        assert (verdict.entries, verdict.head) == ledger.end()
        stories.add_deal("Kestrel", "3k")
        found = notices.Notice("b", "test", "New", frozenset({stories.owner().id or 0}), TODAY)
        assert notices.tell([found], now=NOW) == 1, "what is numbered by the database goes on as well"
        assert not verify().faults
    with pytest.raises(Refused, match="already"):
        copying.copy_board(look_at(board_url), target)


def test_a_parent_that_is_younger_than_its_child_is_carried_over(
    empty_postgresql_url: str, sqlite_database: Database, board_file: Path
) -> None:
    stories.set_up()
    child, parent = stories.add_account("Child"), stories.add_account("Parent")
    with ledger.entry(ledger.PROGRAM, "edited", now=NOW) as entry:
        entry.update(Account.get_by_id(child), parent=parent)
    copying.copy_board(look_at(board_file), empty_postgresql_url)
    with bound_to(look_at(empty_postgresql_url)):
        assert Account.get_by_id(child).parent.id == parent and not verify().faults


def test_a_database_with_other_tables_is_no_target(
    empty_postgresql_url: str, sqlite_database: Database, board_file: Path
) -> None:
    stories.set_up()
    other = storage.unopened(empty_postgresql_url)
    with session(other):
        other.execute('CREATE TABLE "account" (x int)')
    with pytest.raises(Refused, match="is not empty"):
        copying.copy_board(look_at(board_file), empty_postgresql_url)


def test_what_fails_in_the_middle_leaves_nothing(
    empty_postgresql_url: str, sqlite_database: Database, board_file: Path, tmp_path: Path
) -> None:
    stories.set_up()
    stories.add_deal("Northwind", "12k")
    with closing(sqlite3.connect(board_file)) as tampering:
        tampering.execute("UPDATE deal SET title = 'behind the back'")
        tampering.commit()
    for place in (empty_postgresql_url, str(tmp_path / "copied.db")):
        with pytest.raises(StorageTrouble, match="does not verify and was dropped"):
            copying.copy_board(look_at(board_file), place)
    made = storage.unopened(empty_postgresql_url)
    with session(made):
        assert made.peewee.get_tables() == []
    assert [file.name for file in tmp_path.iterdir() if "copied" in file.name] == []


@pytest.mark.parametrize("board_url", ["postgresql"], indirect=True)
def test_a_copy_that_fails_late_leaves_the_board_with_numbers_to_go_on_from(
    lived: Database, board_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    empty = storage.passed(shutil.copy(sqlite_template, tmp_path / "empty.db"))

    class LineCut(Exception):
        pass

    with pytest.raises(LineCut), lived.peewee.atomic():
        copying.fill(lived, empty)
        raise LineCut
    found = notices.Notice("b", "test", "New", frozenset({stories.owner().id or 0}), TODAY)
    assert notices.tell([found], now=NOW) == 1


def test_rows_are_read_and_written_some_at_a_time(
    lived: Database, board_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 2)
    made = storage.make_tables(tmp_path / "small.db")
    with session(made), made.peewee.atomic():
        copying.fill(made, look_at(board_url))
    assert not verify(made).faults
    assert Delivery.select().count() == 1
