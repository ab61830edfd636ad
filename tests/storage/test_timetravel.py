"""The board as it stood after any entry."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from salesboard.domain import history, pipeline
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.models import Account, Contact, Deal, Product
from salesboard.storage.timetravel import copy_as_of
from salesboard.storage.verify import verify
from tests import stories
from tests.stories import NOW, digest


@pytest.fixture
def lived(database: Database) -> dict[int, str]:
    """A board's fingerprint after each of its entries, of every kind."""
    seen = {0: digest()}

    def note() -> None:
        seen[ledger.end()[0]] = digest()

    ada = stories.set_up(zone="Europe/Vienna")
    note()
    stories.add_person("Mia Berg")
    note()
    deal = stories.add_deal("Northwind", "12k")
    seen.pop(ledger.end()[0] - 1, None)
    note()
    pipeline.move_deal(ada, deal, stories.stage_id("prospect"), now=NOW)
    note()
    pipeline.win_deal(ada, deal, now=NOW)
    note()
    history.undo(ada, now=NOW)
    note()
    history.redo(ada, now=NOW)
    note()
    with ledger.entry(ada, "edited", now=NOW) as entry:
        one = entry.insert(Product, name="One", key="one")
        entry.update(one, name="Two", active=False)
        entry.update(Deal.get_by_id(deal), archived=True, expected_on=None, next_step="call\n“Jon”")
    note()
    with ledger.entry(ada, "removed", now=NOW) as entry:
        entry.delete(one)
    note()
    history.undo(ada, now=NOW)
    note()
    with ledger.batch(ada, "imported", now=NOW) as batch:
        accounts = [{"name": f"{n}", "key": f"{n}", "search": f"{n}"} for n in range(50)]
        (account, *_) = batch.insert_many(Account, accounts)
        batch.insert_many(Contact, [{"account": account, "name": "Jon", "key": "jon"}])
    note()
    return seen


def test_a_copy_is_the_board_as_it_stood_after_each_entry(lived: dict[int, str], tmp_path: Path) -> None:
    assert len(set(lived.values())) >= 9
    for seq, fingerprint in lived.items():
        copy_as_of(seq, tmp_path / f"{seq}.db")
        with closing(sqlite3.connect(tmp_path / f"{seq}.db")) as copy:
            assert digest(copy.execute) == fingerprint, f"after entry {seq}"


def test_a_copy_can_be_opened_and_proved_and_only_its_owner_can_read_it(
    lived: dict[int, str], tmp_path: Path, board_url: str
) -> None:
    before = digest(), ledger.end()
    seq = sorted(lived)[4]
    copy_as_of(seq, tmp_path / "then.db")
    assert (digest(), ledger.end()) == before
    assert (tmp_path / "then.db").stat().st_mode & 0o777 == 0o600
    original = storage.current()
    with storage.bound_to(open_database(tmp_path / "then.db")) as then:
        verdict = verify()
        assert (verdict.entries, verdict.faults) == (seq, [])
        then.close()
    open_database(board_url)
    original.close()
    with session():
        assert ledger.end() == before[1]


def test_refused_are_entries_that_are_not_there_and_files_that_are(
    lived: dict[int, str], tmp_path: Path
) -> None:
    newest = ledger.end()[0]
    for seq in (-1, newest + 1):
        with pytest.raises(Refused, match=f"no entry {seq}; the newest is {newest}"):
            copy_as_of(seq, tmp_path / "then.db")
    assert not (tmp_path / "then.db").exists()
    (tmp_path / "taken.db").write_text("mine")
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    for taken in ("taken.db", "link.db"):
        with pytest.raises(Refused, match="is there already"):
            copy_as_of(newest, tmp_path / taken)
    assert (tmp_path / "taken.db").read_text() == "mine"
    assert not (tmp_path / "elsewhere.db").exists()
    with pytest.raises(StorageTrouble, match="can not be written"):
        copy_as_of(newest, tmp_path / "nowhere" / "then.db")


def test_a_copy_made_while_others_write_is_of_one_moment(database: Database, tmp_path: Path) -> None:
    stories.set_up()
    stop = threading.Event()

    def write() -> None:
        with session():
            while not stop.is_set():
                stories.add_deal(None, "1k", title="Meanwhile")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        fingerprint, seq = digest(), ledger.end()[0]
        while ledger.end()[0] < seq + 3:
            pass
        for number in range(3):
            copy_as_of(ledger.end()[0], tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        with storage.bound_to(open_database(tmp_path / f"{number}.db")) as then:
            assert verify().faults == []
            then.close()
    assert fingerprint
