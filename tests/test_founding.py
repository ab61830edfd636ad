"""Founding a board: made and set up as a whole, or not there at all."""

from pathlib import Path

import pytest

from salesboard import clock, founding
from salesboard.domain import company
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage.verify import verify
from tests.stories import NOW, add_deal, owner

ADA = {"owner": "Ada Marsh", "login": "ada", "now": NOW}


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("board.db*")]


def test_a_board_is_made_with_its_folder_and_set_up_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "board.db"
    with founding.new_board(str(file), **ADA, name="Acme", currency="EUR") as ada:
        facts = company.facts()
        assert (ada, facts.name, facts.currency) == (owner(), "Acme", "EUR")
        assert facts.zone == clock.local_zone()
        assert not verify().faults
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_database_without_tables_becomes_a_board(empty_postgresql_url: str) -> None:
    with founding.new_board(empty_postgresql_url, **ADA, zone="Europe/Vienna"):
        assert company.facts().zone == "Europe/Vienna"


def test_what_is_wrong_leaves_no_file_behind(tmp_path: Path) -> None:
    for facts in ({"zone": "Mars/Olympus"}, {"currency": "EURO"}, {"owner": " "}):
        with (
            pytest.raises(Refused),
            founding.new_board(str(tmp_path / "board.db"), **{**ADA, **facts}),
        ):
            pass
    assert left_in(tmp_path) == []


def test_what_fails_on_the_new_board_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), founding.new_board(str(tmp_path / "board.db"), **ADA):
        add_deal("Northwind")
        raise ZeroDivisionError
    assert left_in(tmp_path) == []


def test_a_board_that_is_set_up_stays_as_it_is(board_url: str) -> None:
    with founding.new_board(board_url, **ADA):
        add_deal("Northwind")
    with (
        pytest.raises(Refused, match="already; open it, or name another one"),
        founding.new_board(board_url, **{**ADA, "owner": "Mia Berg"}),
    ):
        pass
    with storage.session():
        assert owner().name == "Ada Marsh"
        assert not verify().faults


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(StorageTrouble, match="can not be made: not a directory"),
        founding.new_board(str(tmp_path / "file" / "folder" / "board.db"), **ADA),
    ):
        pass
