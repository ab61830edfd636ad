"""The doctor: what is sound passes, and what is not is named with what to do."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from salesboard.storage import health
from tests.cli.conftest import Salesboard


def looked(board: Salesboard, *, code: int = 0) -> dict[str, dict[str, Any]]:
    """The worst finding of each check."""
    result = board.run("doctor", "--json")
    assert result.exit_code == code, (result.stdout, result.stderr)
    told = json.loads(result.stdout)
    assert told["ok"] == (code == 0)
    worst: dict[str, dict[str, Any]] = {}
    for one in sorted(told["checks"], key=lambda one: ("ok", "warning", "fault").index(one["state"])):
        assert (one["do"] == "") == (one["state"] == "ok"), one
        worst[one["name"]] = one
    return worst


def test_a_sound_board_has_no_fault(either: Salesboard) -> None:
    won = either("deals", "add", "--account", "Hofer", "--value", "12k")
    either("deals", "win", won)
    found = looked(either)
    assert {"schema", "ledger", "acts", "clock", "records", "sums", "backup", "worker", "access"} <= set(
        found
    )
    assert {found[name]["state"] for name in ("ledger", "records", "sums", "clock", "access")} == {"ok"}
    result = either.run("doctor")
    assert result.exit_code == 0 and "0 faults" in result.stderr


def tamper(board: Salesboard, statement: str) -> None:
    with closing(sqlite3.connect(board.target)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = 0")
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE deal SET value_minor = 99", "ledger"),
        ("UPDATE deal SET stage_id = 999999", "keys"),
        ("UPDATE entry SET batch = 999 WHERE seq = 2", "acts"),
        ("PRAGMA user_version = 99", "board"),
    ],
)
def test_what_was_tampered_with_is_a_fault(salesboard: Salesboard, statement: str, check: str) -> None:
    salesboard("deals", "add", "--account", "Hofer", "--value", "12k")
    tamper(salesboard, statement)
    assert looked(salesboard, code=1)[check]["state"] == "fault"


def test_files_that_others_can_reach_are_named(salesboard: Salesboard, tmp_path: Path) -> None:
    salesboard("products", "add", "Widget")
    file = Path(salesboard.target)
    os.chmod(file.with_name("board.db.lock"), 0o644)
    assert looked(salesboard)["modes"]["do"] == f"chmod 600 {file}.lock"
    os.chmod(file.with_name("board.db.lock"), 0o606)
    assert looked(salesboard, code=1)["modes"]["state"] == "fault"
    assert looked(salesboard)["modes"]["state"] == "ok", "mended when it was opened"
    os.link(file, tmp_path / "second.db")
    found = looked(salesboard, code=1)
    assert found["names"]["state"] == "fault" and "hard links" in found["board"]["said"]
    (tmp_path / "second.db").unlink()
    os.chmod(tmp_path, 0o777)
    assert looked(salesboard, code=1)["folder"]["state"] == "fault"


def test_a_clock_that_went_back_and_an_idle_worker_are_warnings(salesboard: Salesboard) -> None:
    for account in ("Hofer", "Northwind"):
        salesboard("deals", "add", "--account", account)
    hour = int(timedelta(hours=1) / timedelta(microseconds=1))
    tamper(salesboard, f"UPDATE entry SET at = at - seq * {hour}")
    found = looked(salesboard, code=1)
    assert found["clock"]["state"] == "warning" and "went back" in found["clock"]["said"]
    assert found["worker"]["state"] == "warning"


def test_a_damaged_file_is_a_fault_in_one_line(salesboard: Salesboard) -> None:
    file = Path(salesboard.target)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    assert "restore" in looked(salesboard, code=1)["board"]["do"]
    file.unlink()
    assert looked(salesboard, code=1)["file"]["state"] == "fault" and not file.exists()


def test_where_pages_are_damaged_every_other_check_is_made_all_the_same(salesboard: Salesboard) -> None:
    salesboard("deals", "add", "--title", "Northwind")
    file = Path(salesboard.target)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = opened.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name IN ('entry', 'deal')"
        ).fetchall()
        ((size,),) = opened.execute("PRAGMA page_size")
    content = bytearray(file.read_bytes())
    for (root,) in roots:
        content[(root - 1) * size : root * size] = b"\xff" * size
    file.write_bytes(content)
    found = looked(salesboard, code=1)
    assert found["database"]["state"] == "fault" and "damaged" in found["database"]["said"]
    assert "restore" in found["database"]["do"]
    assert {"names", "folder", "disk", "schema", "access"} <= set(found)


def test_backups_are_missed_until_there_is_one(
    salesboard: Salesboard, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked(salesboard)["backup"]["state"] == "warning"
    real = Salesboard(salesboard.target)
    real._before = real._before[:2]
    real("worker", "--once")
    assert looked(salesboard)["backup"]["state"] == "ok"
    (file,) = (tmp_path / "backups").glob("*.db")
    assert Salesboard(str(file)).json("verify") == salesboard.json("verify")
    (home / "config.toml").write_text("backups = false\n")
    assert "are off" in looked(salesboard)["backup"]["said"]


@pytest.mark.parametrize(
    ("version", "may"),
    [((3, 6, 23), False), ((3, 7, 0), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 53, 0), False)],
)
def test_which_versions_of_sqlite_may_reset_the_log(version: tuple[int, ...], may: bool) -> None:
    assert health.may_reset_the_log(version) is may


@pytest.mark.parametrize(("version", "state"), [((3, 40, 1), "warning"), ((3, 51, 3), "ok")])
def test_a_sqlite_that_may_reset_the_log_is_a_warning_with_what_to_do(
    salesboard: Salesboard, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], state: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, version)))
    found = looked(salesboard)["version"]
    assert (found["state"], found["said"].split()[:2]) == (state, ["SQLite", ".".join(map(str, version))])
    assert ("3.51.3 or newer" in found["do"] and "PostgreSQL" in found["do"]) == (state == "warning")
