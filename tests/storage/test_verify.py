"""The proof names every row and every line of the ledger that somebody has changed behind its back."""

import threading
from collections.abc import Iterator

import pytest

from salesboard.domain import pipeline
from salesboard.storage import ledger
from salesboard.storage import verify as module
from salesboard.storage.database import Database, bound_to, session
from salesboard.storage.models import Deal, LedgerChange, LedgerEntry, Product
from salesboard.storage.verify import verify
from tests import stories
from tests.conftest import NewBoard
from tests.stories import NOW


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived(request: pytest.FixtureRequest, new_board: NewBoard) -> Iterator[Database]:
    """A small team's board with something of everything."""
    with new_board(request.param) as database:
        ada = stories.set_up()
        mia = stories.add_person("Mia Berg")
        for account in ("Northwind", "Kestrel", "Orchard"):
            deal = stories.add_deal(account, "12k", by=mia)
            pipeline.move_deal(ada, deal, stories.stage_id("prospect"), now=NOW)
        pipeline.win_deal(ada, deal, now=NOW)
        with ledger.entry(ada, "added", now=NOW) as entry:
            widget = entry.insert(Product, name="Widget", key="widget")
        with ledger.entry(ada, "removed", now=NOW) as entry:
            entry.delete(widget)
        assert not verify().faults
        yield database


@pytest.fixture
def board(lived: Database) -> Iterator[Database]:
    """That board, to be tampered with: what a test does to it is taken back."""
    with bound_to(lived), lived.peewee.atomic() as transaction:
        yield lived
        transaction.rollback()


def deal_of(account: str) -> int:
    return next(deal.id for deal in Deal.select() if deal.account.name == account)


def test_a_sound_board_has_no_faults_and_its_head_is_told(board: Database) -> None:
    verdict = verify()
    seq, head = ledger.end()
    assert (verdict.entries, verdict.head, verdict.faults) == (seq, head, [])
    assert verdict.rows == sum(model.select().count() for model in ledger.DOMAIN)


def test_an_empty_board_has_no_faults(database: Database) -> None:
    verdict = verify()
    assert (verdict.entries, verdict.rows, verdict.head, verdict.faults) == (0, 0, ledger.GENESIS, [])


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("value_minor", "9900000", "value_minor is 9900000, the ledger says 1200000"),
        ("value_minor", "NULL", "value_minor is None, the ledger says 1200000"),
        ("title", "'Northwind 2'", "title is 'Northwind 2', the ledger says 'Northwind'"),
        ("opened_on", "'2020-01-01'", "opened_on is '2020-01-01', the ledger says '2026-11-22'"),
        ("version", "7", "version is 7, the ledger says 2"),
        ("reason", "''", "reason is '', the ledger says None"),
    ],
)
def test_a_row_that_was_changed_is_named(board: Database, column: str, value: str, told: str) -> None:
    deal = deal_of("Northwind")
    board.execute(f"UPDATE deal SET {column} = {value} WHERE id = {deal}")
    (fault,) = verify().faults
    assert fault.startswith(f"deal {deal} (") and fault.endswith(told)


def test_a_yes_that_became_a_no_is_named(board: Database) -> None:
    board.execute("UPDATE person SET active = NOT active WHERE handle = 'mia'")
    (fault,) = verify().faults
    assert "(Mia Berg): active is False, the ledger says True" in fault


@pytest.mark.parametrize("value", ["'far away'", "x'00ff'", "1.5"])
def test_what_no_column_should_hold_is_named_too(sqlite_database: Database, value: str) -> None:
    stories.set_up()
    deal = stories.add_deal("Northwind")
    sqlite_database.execute(f"UPDATE deal SET place = {value}, archived = {value} WHERE id = {deal}")
    archived, place = sorted(verify().faults)
    assert "archived is" in archived and "place is" in place


def test_a_row_the_ledger_does_not_know_is_named(board: Database) -> None:
    board.execute(
        "INSERT INTO product (id, version, name, key, active) VALUES (9000, 1, 'Gold', 'gold', ?)", [True]
    )
    assert verify().faults == ["product 9000 (Gold): it is in the table, but the ledger does not know it"]


def test_a_row_that_was_taken_away_is_named(board: Database) -> None:
    deal = deal_of("Kestrel")
    board.execute(f"DELETE FROM stay WHERE deal_id = {deal}")
    board.execute(f"DELETE FROM deal WHERE id = {deal}")
    faults = verify().faults
    assert f"deal {deal} (Kestrel): the ledger knows it, but it is not in the table" in faults
    assert sum("stay" in fault for fault in faults) == 2 and len(faults) == 3


@pytest.mark.parametrize(
    "settings",
    ["at = at + 1", "actor = 1", "verb = 'lost'", "note = 'x'", "subject_id = 1", "undoes = 1", "batch = 1"],
)
def test_a_line_of_the_ledger_that_was_changed_is_named(board: Database, settings: str) -> None:
    board.execute(f"UPDATE entry SET {settings} WHERE seq = 5")
    assert verify().faults == ["entry 5: it was changed after it was written"]


@pytest.mark.parametrize(
    "settings", ["after = '{\"stage\":1}'", "before = '{}'", "row_id = 1", "table_name = 'note'"]
)
def test_a_change_in_the_ledger_that_was_changed_is_named(board: Database, settings: str) -> None:
    seq = next(head.seq for head in ledger.heads() if head.verb == "moved")
    board.execute(f"UPDATE change SET {settings} WHERE seq = {seq} AND place = 0")
    assert f"entry {seq}: it was changed after it was written" in verify().faults


def test_a_line_with_a_new_hash_breaks_the_chain(board: Database) -> None:
    board.execute("UPDATE entry SET hash = 'f00' WHERE seq = 5")
    assert verify().faults[:2] == [
        "entry 5: it was changed after it was written",
        "entry 6: it does not follow from the entry before it",
    ]


def test_a_history_written_anew_from_an_entry_on_ends_in_another_head(board: Database) -> None:
    board.execute("UPDATE entry SET verb = 'lost' WHERE seq = 5")
    line = {**LedgerEntry.get_by_id(5).__data__, "at": LedgerEntry.at.db_value(NOW)}
    changes = LedgerChange.select().where(LedgerChange.seq == 5).order_by(LedgerChange.place)
    forged = ledger.line_hash(line, [(c.table, c.row, c.before, c.after) for c in changes])
    board.execute("UPDATE entry SET hash = ? WHERE seq = 5", [forged])
    board.execute("UPDATE entry SET prev_hash = ? WHERE seq = 6", [forged])
    assert verify().faults == ["entry 6: it was changed after it was written"]


def test_a_change_taken_out_of_the_ledger_is_named(board: Database) -> None:
    seq = next(head.seq for head in ledger.heads() if head.verb == "moved")
    board.execute(f"DELETE FROM change WHERE seq = {seq} AND place = 0")
    assert f"entry {seq}: its changes are not complete" in verify().faults


def test_entries_missing_at_the_end_are_named(board: Database) -> None:
    seq, _ = ledger.end()
    board.execute(f"DELETE FROM change WHERE seq > {seq - 2}")
    board.execute(f"DELETE FROM entry WHERE seq > {seq - 2}")
    assert verify().faults == [
        f"the ledger ends at entry {seq - 2}, but its head says entry {seq}: entries are missing at the end"
    ]


def test_entries_missing_at_the_end_are_named_even_where_the_head_was_turned_back(board: Database) -> None:
    seq = next(head.seq for head in ledger.heads() if head.verb == "won")
    before = ledger.heads(upto=seq - 1)[-1]
    board.execute(f"DELETE FROM change WHERE seq >= {seq}")
    board.execute(f"DELETE FROM entry WHERE seq >= {seq}")
    board.execute("UPDATE ledger_head SET seq = ?, hash = ?", [before.seq, before.hash])
    faults = verify().faults
    assert any("status is 'won', the ledger says 'open'" in fault for fault in faults)


def test_entries_missing_in_the_middle_are_named(board: Database) -> None:
    board.execute("DELETE FROM change WHERE seq = 5")
    board.execute("DELETE FROM entry WHERE seq = 5")
    assert verify().faults[0] == "entry 6: entry 5 should stand here"


def test_an_entry_put_in_is_named(board: Database) -> None:
    board.execute(
        "INSERT INTO entry (seq, at, verb, prev_hash, hash) "
        "SELECT seq + 1, at, 'won', hash, 'f00' FROM entry ORDER BY seq DESC LIMIT 1"
    )
    seq, _ = ledger.end()
    faults = verify().faults
    assert f"entry {seq + 1}: it was changed after it was written" in faults
    assert any("its head says" in fault for fault in faults)


def test_the_proof_does_not_hold_up_writers_nor_see_their_work_half_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes after the ledger was read and before the rows are: the proof still sees one moment."""
    stories.set_up()

    def write() -> None:
        with session():
            stories.add_deal("Meanwhile", "1k")

    rows = module._row_faults

    def slow(folded: module.Tables, of: Database) -> Iterator[str]:
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        return rows(folded, of)

    monkeypatch.setattr(module, "_row_faults", slow)
    before = ledger.end()
    verdict = verify()
    assert verdict.faults == []
    assert (verdict.entries, verdict.head) == before
    assert ledger.end()[0] > before[0]
