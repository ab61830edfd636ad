"""Proof, copies and upgrades from the command line."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from salesboard.storage import database as storage
from salesboard.storage import disk, upgrade
from tests.cli.conftest import ROOT, Salesboard, founded
from tests.terminal import CTRL_Q, SALESBOARD, Terminal


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


# --- copying, putting back ----------------------------------------------------------------------------------


def test_a_board_goes_to_postgresql_and_back(
    story: Salesboard, empty_postgresql_url: str, tmp_path: Path
) -> None:
    back = tmp_path / "back.db"
    assert "verified" in story.run("copy", story.target, empty_postgresql_url).stderr
    story("copy", empty_postgresql_url, str(back))
    for there in (Salesboard(empty_postgresql_url), Salesboard(str(back))):
        for question in (("report",), ("history",), ("verify",), ("people", "list")):
            assert there.json(*question) == story.json(*question)
    assert "already" in story.refused("copy", story.target, empty_postgresql_url)
    assert "is there already" in story.refused("copy", story.target, str(back))
    assert "'salesboard init'" in story.refused(
        "copy", str(tmp_path / "none.db"), str(tmp_path / "x.db"), code=4
    )


def test_a_backup_is_put_back_when_that_is_said(story: Salesboard, tmp_path: Path) -> None:
    copy = str(tmp_path / "monday.db")
    story("backup", copy)
    before = story.json("verify")
    story("deals", "add", "--account", "Kestrel")
    after = story.json("verify")
    assert "say --yes" in story.refused("restore", copy)
    assert story.json("verify") == after
    told = story.run("restore", copy, "--yes").stderr
    assert "what was there is kept in" in told and f"the ledger's end is {before['head']}" in told
    assert story.json("verify") == before
    (kept,) = (tmp_path / "backups").glob("*-before-restore.db")
    story("restore", str(kept), "--yes")
    assert story.json("verify") == after


def test_an_older_board_is_kept_before_it_is_upgraded(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    old.touch(0o600)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {storage.APPLICATION_ID}")
    older = storage.unopened(old)
    with storage.session(older):
        upgrade._runner(older).up("0004_recognition")
        older.execute("PRAGMA user_version = 4")
    board = Salesboard(str(old))
    assert "run 'salesboard upgrade'" in board.refused("deals", "list", code=4)
    upgrade_now = board.run("upgrade")
    (kept,) = (tmp_path / "backups").glob("*-before-upgrade.db")
    assert str(kept) in upgrade_now.stderr
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)


# --- what is no board, at every door ------------------------------------------------------------------------

VERBS = (
    ("deals", "list"),
    ("deals", "add", "--account", "Hofer"),
    ("report", "--json"),
    ("history",),
    ("verify",),
    ("undo",),
    ("export", "deals"),
    ("worker", "--once"),
    ("upgrade",),
    ("backup", "copy.db"),
    ("records",),
    ("import", "deals.csv"),
    ("init",),
    ("digest",),
    ("board",),
)
UNLIKE_OTHERS = {
    "gone": {("board",), ("import", "deals.csv"), ("init",)},  # these make a board where there is none
    "older": {("upgrade",), ("board",)},
}


def break_(file: Path, how: str) -> None:
    """Put something else where the board is."""
    content = file.read_bytes()
    match how:
        case "gone":
            file.unlink()
        case "emptied":
            file.write_bytes(b"")
        case "a folder":
            file.unlink()
            file.mkdir()
        case "a pipe":
            file.unlink()
            os.mkfifo(file)
        case "a link to nothing":
            file.unlink()
            file.symlink_to(file.with_name("elsewhere.db"))
        case "a link to itself":
            file.unlink()
            file.symlink_to(file)
        case "in no folder":
            shutil.rmtree(file.parent)
        case "garbage for a header":
            file.write_bytes(b"\0" * 16 + content[16:])
        case "garbage in its pages":
            chance, damaged = random.Random(1), bytearray(content)
            for _ in range(40):
                place = chance.randrange(4096, len(content) - 300)
                damaged[place : place + 200] = chance.randbytes(200)
            file.write_bytes(damaged)
        case "truncated":
            file.write_bytes(content[: 4096 * 9])
        case "hard-linked":
            os.link(file, file.with_name("second.db"))
        case "newer":
            tamper(Salesboard(str(file)), "PRAGMA user_version = 99")
        case "older":
            tamper(Salesboard(str(file)), "PRAGMA user_version = 4")
        case "another program's":
            tamper(Salesboard(str(file)), "PRAGMA application_id = 7")
        case "in a folder of everybody's":
            file.parent.chmod(0o777)


BROKEN = pytest.mark.parametrize(
    ("how", "told"),
    [
        ("gone", "no such file"),
        ("in no folder", "no such file"),
        ("a link to nothing", "check that file and folder are there"),
        ("a link to itself", "symbolic link"),
        ("emptied", "is empty, not a board"),
        ("a folder", "is not a file"),
        ("a pipe", "is not a file"),
        ("garbage for a header", "restore a backup"),
        ("garbage in its pages", "restore a backup"),
        ("truncated", "restore a backup"),
        ("hard-linked", "hard links"),
        ("newer", "newer salesboard"),
        ("older", "run 'salesboard upgrade'"),
        ("another program's", "restore a backup"),
        ("in a folder of everybody's", "everybody can replace files"),
    ],
)


@BROKEN
def test_every_command_refuses_what_is_no_board_in_one_line(
    story: Salesboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, told: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    board, before = broken(story, tmp_path, how)
    for verb in VERBS:
        if verb in UNLIKE_OTHERS.get("gone" if how == "in no folder" else how, ()):
            continue
        if verb == ("board",):
            # The screens ask for a terminal first.
            assert "terminal" in board.refused(*verb, code=2)
        else:
            assert told in board.refused(*verb, code=4), verb
    looked = board.run("doctor", "--json")
    assert looked.exit_code == 1 and not json.loads(looked.stdout)["ok"] and not looked.stderr
    assert lies_in(tmp_path / "there") == before and not list((tmp_path / "here").iterdir())


@BROKEN
def test_the_board_refuses_in_a_terminal_what_is_no_board_in_one_line(
    story: Salesboard, tmp_path: Path, terminal: Callable[..., Terminal], how: str, told: str
) -> None:
    board, before = broken(story, tmp_path, how)
    with terminal([*SALESBOARD, "--database", board.target], columns=250, cwd=str(ROOT)) as seen:
        if how in ("gone", "in no folder"):
            seen.wait_for("There is no board")
            seen.keys(CTRL_Q)
            assert seen.wait_for_exit() == 0
        else:
            assert seen.wait_for_exit() == 4
            (line,) = [line for line in seen.lines() if line]
            assert line.startswith("salesboard: ") and told in line
    assert lies_in(tmp_path / "there") == before


def broken(story: Salesboard, tmp_path: Path, how: str) -> tuple[Salesboard, dict[str, bytes]]:
    """A board that was broken, in a folder of its own; what lies in that."""
    folder = tmp_path / "there"
    folder.mkdir(0o700)
    board = Salesboard(str(Path(story.target).rename(folder / "board.db")))
    break_(Path(board.target), how)
    return board, lies_in(folder)


def lies_in(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


def test_files_that_everybody_could_reach_are_mended_and_that_is_said(story: Salesboard) -> None:
    file = Path(story.target)
    file.chmod(0o666)
    assert "could be reached by everybody" in story.run("deals", "list").stderr
    assert file.stat().st_mode & 0o777 == 0o660
    assert "everybody" not in story.run("deals", "list").stderr


def test_a_disk_of_another_machine_is_refused_unless_one_knows_better(
    story: Salesboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "22 1 0:20 / / rw - ext4 /dev/sda1 rw\nnonsense\n"
        f"23 22 0:21 / {tmp_path} rw shared:1 - nfs4 host:/x rw\n"
    )
    monkeypatch.setattr(disk, "MOUNTS", mounts)
    assert "disk of another machine" in story.refused("deals", "list", code=4)
    assert "disk of another machine" in Salesboard(str(tmp_path / "new.db")).refused("init", code=4)
    assert not (tmp_path / "new.db").exists()
    monkeypatch.setenv(disk.ANY_DISK, "1")
    assert story.run("deals", "list").exit_code == 0
    assert disk.kind_of(Path("/srv/board.db")) == "ext4"


READ_ONLY = """
import os, sys
from salesboard.__main__ import main
import salesboard.cli.deals, salesboard.cli.care, salesboard.domain.listing, salesboard.domain.pipeline
import salesboard.domain.filters, zoneinfo, babel.numbers
os.setuid(65534)
for verb in (["deals", "list"], ["deals", "add", "--account", "Hofer"]):
    sys.argv = ["salesboard", "--database", sys.argv[1] if len(sys.argv) == 2 else sys.argv[2], *verb]
    try:
        main()
    except SystemExit as end:
        print(end.code)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o555, 0o444), (0o755, 0o444), (0o555, 0o644), (0o700, 0o600)]
)
def test_what_can_only_be_read_is_refused_in_one_line(
    story: Salesboard, folder_mode: int, file_mode: int
) -> None:
    home = Path(tempfile.mkdtemp(dir="/dev/shm"))
    home.chmod(0o755)
    folder = home / "there"
    folder.mkdir()
    try:
        file = Path(shutil.copy(story.target, folder / "board.db"))
        file.chmod(file_mode)
        folder.chmod(folder_mode)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(file)],
            cwd=ROOT,
            env=os.environ | {"SALESBOARD_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        *_, last = done.stderr.splitlines()
        assert last.startswith("salesboard: ") and done.stdout.split()[-1] in ("1", "4"), done
        assert "init" not in last, "there is a board"
        assert file.read_bytes() == Path(story.target).read_bytes()
    finally:
        shutil.rmtree(home)
