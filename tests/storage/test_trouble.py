"""What the disk could not do is told by its true cause, in one line, and nothing is half done."""

import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import peewee
import pytest

from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import ledger, trouble
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.models import Product
from salesboard.storage.verify import verify
from tests import stories
from tests.stories import NOW

ROOT = Path(__file__).parents[2]
PATIENT = 10.0


def fill(most: int = 5000) -> StorageTrouble:
    """Add deals until the disk takes no more."""
    with pytest.raises(StorageTrouble) as full:
        for number in range(most):
            stories.add_deal(None, title=f"Deal {number} " + "x" * 150)
    return full.value


def test_a_full_disk_is_called_so_and_leaves_nothing_half_done(sqlite_database: Database) -> None:
    stories.set_up()
    (pages,) = sqlite_database.execute("PRAGMA page_count").fetchone()
    sqlite_database.execute(f"PRAGMA max_page_count = {pages + 5}")
    assert str(fill()) == "the disk is full: nothing was saved; make room and do it again"
    assert not verify().faults, "the board can still be read"
    before = ledger.end()[0]
    stories.add_deal("Northwind")
    assert ledger.end()[0] > before, "there is room again on the next connection"
    assert not verify().faults


def test_a_full_disk_inside_several_entries_leaves_none_of_them(sqlite_database: Database) -> None:
    ada = stories.set_up()
    (pages,) = sqlite_database.execute("PRAGMA page_count").fetchone()
    sqlite_database.execute(f"PRAGMA max_page_count = {pages + 5}")
    before = ledger.end()
    with (
        pytest.raises(StorageTrouble, match="the disk is full"),
        ledger.batch(ada, "imported", now=NOW) as batch,
    ):
        for _ in range(100):
            batch.insert_many(Product, [{"name": "x" * 150, "key": f"{n}"} for n in range(100)])
    assert ledger.end() == before
    assert not Product.select().exists() and not verify().faults


LIMITED = """
import json, resource, shutil, sys
from pathlib import Path
from salesboard.errors import StorageTrouble
from salesboard.storage import ledger, verify
from salesboard.storage.database import create_database, open_database, session
from tests import stories

folder = Path(sys.argv[1])
create_database(folder / "new.db").close()
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit in range(4_000, 260_000, 20_000):
    path = Path(shutil.copy(folder / "new.db", folder / f"{limit}.db"))
    opened = open_database(path)
    told, saved = "", 0
    with session():
        stories.set_up()
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            for _ in range(12):
                stories.add_deal(None, title="x" * 150)
                saved += 1
        except StorageTrouble as trouble:
            told = str(trouble)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    with session():
        kept = stories.Deal.select().count()
        stories.add_deal(None, title="Afterwards")
        faults = verify.verify().faults
    opened.close()
    print(json.dumps([limit, told, saved, kept, faults]))
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
try:
    create_database(folder / "half.db")
except StorageTrouble as trouble:
    print(json.dumps([0, str(trouble), 0, 0, [p.name for p in folder.glob("half*") if p.suffix != ".lock"]]))
"""


def test_a_quota_is_told_by_its_true_cause_wherever_it_strikes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    struck = [line for line in lines if line[1]]
    assert len(struck) >= 6, "the quota was never met"
    for limit, told, saved, kept, faults in lines:
        assert saved == kept, f"with {limit} bytes {saved} were saved and {kept} kept"
        assert faults == []
        assert "rollback" not in told and "\n" not in told
    quota = {trouble.PLAIN[code] for code in ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR")}
    assert {told for _, told, *_ in struck} <= quota


def test_the_first_cause_is_found_beneath_what_came_after_it() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    after = peewee.OperationalError("cannot rollback - no transaction is active")
    after.__context__ = peewee.OperationalError("full")
    after.__context__.__context__ = full
    assert trouble.true_cause(after) is full
    assert str(trouble.in_plain_words(after)) == trouble.PLAIN["SQLITE_FULL"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("SQLITE_IOERR_FSYNC", trouble.PLAIN["SQLITE_IOERR"]),
        ("SQLITE_READONLY_DIRECTORY", trouble.PLAIN["SQLITE_READONLY"]),
        ("SQLITE_BUSY_SNAPSHOT", trouble.PLAIN["SQLITE_BUSY"]),
        ("SQLITE_CORRUPT_VTAB", trouble.PLAIN["SQLITE_CORRUPT"]),
        ("SQLITE_NOTADB", trouble.PLAIN["SQLITE_NOTADB"]),
    ],
)
def test_each_code_of_sqlite_has_its_words(name: str, told: str) -> None:
    error = sqlite3.OperationalError("…")
    error.sqlite_errorname = name
    assert str(trouble.in_plain_words(error)) == told


def test_what_has_no_words_is_told_in_its_first_line() -> None:
    told = str(trouble.in_plain_words(peewee.OperationalError("one\ntwo\nthree")))
    assert "one" in told and "\n" not in told and "nothing was saved" in told
    assert "\n" not in str(trouble.in_plain_words(peewee.OperationalError()))


def test_refusals_and_mistakes_of_the_program_pass_as_they_are() -> None:
    for error in (Refused("no"), ZeroDivisionError(), peewee.InterfaceError("no session")):
        with pytest.raises(type(error)) as passed, trouble.named():
            raise error
        assert passed.value is error


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1 FROM colour", "SELECT colour FROM product", "INSERT INTO product (colour) VALUES (1)"],
)
def test_a_database_with_other_tables_is_no_board(database: Database, statement: str) -> None:
    with pytest.raises(StorageTrouble, match="the tables of a board"), trouble.named():
        database.execute(statement)


@pytest.mark.parametrize("statement", ["SELEC 1", "SELECT colour(1)", "SELECT id, FROM product"])
def test_a_wrong_statement_is_a_mistake_that_is_not_dressed_up(database: Database, statement: str) -> None:
    with pytest.raises(peewee.DatabaseError), trouble.named():
        database.execute(statement)


def test_a_constraint_of_the_database_is_storage_trouble_that_changes_nothing(database: Database) -> None:
    ada = stories.set_up()
    before = ledger.end()
    with pytest.raises(StorageTrouble), ledger.entry(ada, "added", now=NOW) as entry:
        entry.insert(Product, name=None, key="x")
    assert ledger.end() == before


def test_a_server_that_ends_the_connection_is_one_line_and_the_next_session_works(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url)
    with session():
        stories.set_up()
    with pytest.raises(StorageTrouble, match="was lost: nothing was saved; do it again"), session():
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with ledger.entry(ledger.PROGRAM, "added", now=NOW) as entry:
            entry.insert(Product, name="Widget", key="widget")
            database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with session():
        stories.add_product("Widget")
        assert not verify().faults


def test_a_connection_that_is_kept_open_is_let_go_of_when_the_server_ends_it(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    database.peewee.connect()
    with session():
        stories.set_up()
    assert not database.peewee.is_closed()
    with pytest.raises(StorageTrouble), session():
        database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert database.peewee.is_closed()
    database.peewee.connect()
    with session():
        stories.add_product("Widget")
    database.close()


def test_a_change_that_is_left_open_is_ended_by_the_server_and_holds_nobody_up(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    with session():
        stories.set_up()
    began, ended = threading.Event(), threading.Event()
    told: list[str] = []

    def leave_open() -> None:
        try:
            with session():
                database.execute("SET idle_in_transaction_session_timeout = 500")
                with ledger.entry(ledger.PROGRAM, "added", now=NOW) as entry:
                    entry.insert(Product, name="Gizmo", key="gizmo")
                    began.set()
                    ended.wait(PATIENT)
        except StorageTrouble as trouble:
            told.append(str(trouble))

    thread = threading.Thread(target=leave_open)
    thread.start()
    assert began.wait(PATIENT)
    with session():
        stories.add_product("Widget")
        ended.set()
        thread.join(PATIENT)
        assert [product.name for product in Product.select()] == ["Widget"]
        assert not verify().faults
    assert len(told) == 1 and "PostgreSQL ended" in told[0] and "\n" not in told[0]
