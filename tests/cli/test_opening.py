"""On whose behalf a command acts, and on which day."""

import os
import pwd
from pathlib import Path

import pytest

from salesboard.cli.opening import login
from tests.cli.conftest import Salesboard, installed


def test_the_founder_is_known_by_login(either: Salesboard) -> None:
    me = either.json("people", "list")[0]
    assert (me["name"], me["role"]) == ("Ada Marsh", "admin")
    assert either.deal("--title", "One")["owner"] == me["handle"]


def test_the_only_person_acts_whatever_the_login_is(salesboard: Salesboard) -> None:
    salesboard("people", "edit", "ada marsh", "--login", "somebody-else")
    assert salesboard.deal("--title", "One")["owner"] == salesboard.json("people", "list")[0]["handle"]


def test_among_several_an_unknown_login_is_refused(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg")
    salesboard("people", "edit", "ada marsh", "--login", "somebody-else")
    assert f"nobody on this board has the login '{login()}'" in salesboard.refused("deals", "list")


def test_somebody_not_active_any_more_can_not_look_in(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg", "--role", "admin")
    salesboard("people", "edit", "ada marsh", "--not-active")
    assert "not active" in salesboard.refused("deals", "list")


def test_whoever_owns_the_file_may_act_for_others(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg")
    made = salesboard("--as", "mia", "deals", "add", "--title", "Hers")
    assert salesboard.json("deals", "show", made)["owner"] == "mia"
    assert "a rep may not edit people" in salesboard.refused("--as", "MIA", "people", "add", "Jon")


def test_a_handle_that_nobody_has_is_not_guessed(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg")
    assert "nobody has the handle 'mi'" in salesboard.refused("--as", "mi", "deals", "list")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_on_somebody_elses_file_nobody_may_act_for_others(salesboard: Salesboard) -> None:
    salesboard("people", "add", "Mia Berg")
    os.chown(salesboard.target, pwd.getpwnam("nobody").pw_uid, -1)
    assert "--as is only for the owner of" in salesboard.refused("--as", "mia", "deals", "list")
    assert salesboard.json("deals", "list") == []


def test_on_postgresql_only_an_admin_may_act_for_others(postgresql_url: str) -> None:
    board = Salesboard(postgresql_url)
    board("init", "--owner", "Ada Marsh")
    board("people", "add", "Mia Berg", "--role", "admin")
    me = board.json("people", "list")[0]["handle"]
    assert board.json("--as", "mia", "deals", "list") == []
    board("people", "edit", me, "--role", "manager")
    assert "--as is only for admins" in board.refused("--as", "mia", "deals", "list")


def test_a_pretended_day_is_the_day_of_what_is_done(salesboard: Salesboard) -> None:
    deal = salesboard.deal("--title", "One", "--expected", "fri")
    assert (deal["opened_on"], deal["expected_on"]) == ("2026-11-22", "2026-11-27")


def test_the_default_board_is_made_in_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESBOARD_HOME", str(tmp_path / "new" / "home"))
    assert installed("init").returncode == 0
    assert (tmp_path / "new" / "home" / "salesboard.db").exists()
    assert (tmp_path / "new" / "home").stat().st_mode & 0o777 == 0o700


def test_a_founding_that_fails_leaves_no_file_behind(tmp_path: Path) -> None:
    board = Salesboard(str(tmp_path / "new.db"))
    assert "time zone" in board.refused("init", "--zone", "Europe/Graz")
    assert "currency" in board.refused("init", "--currency", "EURO")
    assert list(tmp_path.glob("new.db*")) == []
    board("init")


def test_a_board_is_set_up_once(either: Salesboard) -> None:
    assert "there is a board in" in either.refused("init")
