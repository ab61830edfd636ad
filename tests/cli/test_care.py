"""Proof, copies and upgrades from the command line."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Salesboard, founded


@pytest.fixture
def story(salesboard: Salesboard) -> Salesboard:
    salesboard("deals", "add", "--account", "Hofer", "--value", "12k")
    return salesboard


def tamper(board: Salesboard, statement: str) -> None:
    """Change the file as nobody should."""
    with sqlite3.connect(board.target) as connection:
        connection.execute(statement)
    connection.close()


def test_a_sound_board_verifies(either: Salesboard) -> None:
    verdict = either.json("verify")
    assert verdict["ok"] and verdict["faults"] == []
    assert verdict["head"] in either("verify")
    assert either("verify").startswith(f"{verdict['entries']} entr")


def test_a_row_changed_past_the_ledger_is_named(story: Salesboard) -> None:
    tamper(story, "UPDATE deal SET value_minor = 99 WHERE value_minor = 1200000")
    result = story.run("verify")
    assert result.exit_code == 1
    assert "value_minor is 99, the ledger says 1200000" in result.stdout
    assert "1 fault" in result.stderr
    result = story.run("verify", "--json")
    assert result.exit_code == 1 and '"ok": false' in result.stdout


def test_an_entry_changed_afterwards_is_named(story: Salesboard) -> None:
    tamper(story, "UPDATE entry SET verb = 'stole' WHERE seq = 2")
    result = story.run("verify")
    assert result.exit_code == 1 and "entry 2: it was changed after it was written" in result.stdout


def test_a_record_that_the_sales_do_not_give_is_named(story: Salesboard) -> None:
    won = story("deals", "add", "--account", "Northwind")
    story("deals", "win", won, "--amount", "9k")
    story("records", "rebuild")
    assert story.json("verify")["ok"]
    tamper(story, "UPDATE record_standing SET value = 1 WHERE \"key\" = 'company/revenue/month'")
    result = story.run("verify")
    assert result.exit_code == 1
    assert "record company/revenue/month: value is kept as 1, the sales give 900000" in result.stdout


def test_verifying_needs_no_person(story: Salesboard) -> None:
    story("people", "add", "Mia Berg")
    story("people", "edit", "ada marsh", "--login", "somebody-else")
    assert story.json("verify")["ok"]


def test_a_backup_is_a_whole_board_for_its_owner_only(story: Salesboard, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "monday.db"
    copy.parent.mkdir()
    before = os.umask(0)
    try:
        result = story.run("backup", str(copy))
    finally:
        os.umask(before)
    assert result.exit_code == 0 and result.stdout == "" and "verified" in result.stderr
    assert {file.name: file.stat().st_mode & 0o777 for file in copy.parent.iterdir()} == {
        "monday.db": 0o600,
        "monday.db.json": 0o600,
    }
    restored = Salesboard(str(copy))
    assert restored.json("deals", "list") == story.json("deals", "list")
    assert restored.json("verify") == story.json("verify")


def test_a_backup_replaces_nothing(story: Salesboard, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("precious")
    assert "is there already" in story.refused("backup", str(there))
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "nowhere.db")
    assert "is there already" in story.refused("backup", str(link))
    assert there.read_text() == "precious" and not (tmp_path / "nowhere.db").exists()


def test_a_backup_into_no_folder_is_refused(story: Salesboard, tmp_path: Path) -> None:
    assert "can not be written" in story.refused("backup", str(tmp_path / "none" / "x.db"), code=4)


def test_a_copy_that_does_not_verify_is_dropped(story: Salesboard, tmp_path: Path) -> None:
    tamper(story, "UPDATE deal SET value_minor = 99")
    assert "does not verify" in story.refused("backup", str(tmp_path / "bad.db"), code=4)
    assert [file.name for file in tmp_path.iterdir() if "bad" in file.name] == []


def test_a_board_in_postgresql_is_backed_up_into_a_file(postgresql_url: str, tmp_path: Path) -> None:
    board = founded(postgresql_url)
    board("backup", str(tmp_path / "copy.db"))
    assert Salesboard(str(tmp_path / "copy.db")).json("verify") == board.json("verify")


def test_a_board_that_is_up_to_date_is_not_upgraded(either: Salesboard) -> None:
    assert "up to date" in either.run("upgrade").stderr


def test_a_newer_board_is_left_alone(story: Salesboard) -> None:
    tamper(story, "PRAGMA user_version = 99")
    assert "newer salesboard" in story.refused("upgrade", code=4)
    assert "newer salesboard" in story.refused("deals", "list", code=4)


def test_what_is_no_board_is_not_upgraded(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert "not a salesboard database" in Salesboard(str(foreign)).refused("upgrade", code=4)
