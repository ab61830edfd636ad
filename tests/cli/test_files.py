"""Importing and exporting from the command line."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from salesboard.storage.database import queue_file
from tests.cli.conftest import ROOT, Salesboard, installed
from tests.terminal import Terminal

PIPELINE = """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
A1,Mia Berg,GTX Pro,Hofer,Won,2026-01-05,2026-03-01,1054
A2,Mia Berg,GTXPro,Northwind,Lost,2026-01-06,2026-03-02,0
A3,Mia Berg,GTX Pro,,Prospecting,,,
"""
PRODUCTS = "product,series,sales_price\nGTX Pro,GTX,4821\n"
PEOPLE = "sales_agent,manager,regional_office\nMia Berg,Jon Haas,West\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A company's files as another program wrote them."""
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in (("pipeline.csv", PIPELINE), ("products.csv", PRODUCTS), ("people.csv", PEOPLE)):
        (folder / name).write_text(text)
    return [str(file) for file in sorted(folder.iterdir())]


@pytest.fixture
def nowhere(tmp_path: Path) -> Salesboard:
    """No board yet."""
    return Salesboard(str(tmp_path / "fresh.db"))


def test_files_make_a_board_where_there_is_none(nowhere: Salesboard, files: list[str]) -> None:
    done = nowhere.json("import", *files)
    assert done["counts"]["deals"] == {"new": 3, "changed": 0, "same": 0, "doubtful": 0, "refused": 0}
    assert done["import"] > 0 and done["rows"] > 3
    assert ("GTXPro", "GTX Pro") in [(match["said"], match["name"]) for match in done["matches"]]
    assert nowhere.json("report")["revenue_minor"] == 105_400
    me = [one for one in nowhere.json("people", "list") if one["role"] == "admin"]
    assert len(me) == 1


def test_a_second_time_changes_nothing(nowhere: Salesboard, files: list[str]) -> None:
    nowhere("import", *files)
    before = nowhere.json("history")
    result = nowhere.run("import", *files)
    assert result.exit_code == 0 and "nothing new" in result.stderr
    assert nowhere.json("history") == before


def test_a_dry_run_shows_columns_and_counts_and_makes_nothing(nowhere: Salesboard, files: list[str]) -> None:
    text = nowhere("import", "--dry-run", *files)
    assert "  engage_date     opened_on" in text
    assert text.splitlines()[-1].split() == ["deals", "3"]
    assert not Path(nowhere.target).exists()


def test_an_import_is_listed_and_undone_as_a_whole(salesboard: Salesboard, files: list[str]) -> None:
    before = salesboard.json("deals", "list")
    number = salesboard.json("import", *files)["import"]
    (listed,) = salesboard.json("import", "list")
    assert (listed["batch"], listed["standing"]) == (number, True)
    assert f"import {number} is undone" in salesboard.run("import", "undo").stderr
    assert salesboard.json("deals", "list") == before
    assert "undone" in salesboard("import", "list")
    assert "no import to take back" in salesboard.refused("import", "undo")
    assert "undone already" in salesboard.refused("import", "undo", str(number))
    assert "there is no import 1;" in salesboard.refused("import", "undo", "1")


def test_bad_rows_stop_the_import_and_are_told_with_their_lines(
    nowhere: Salesboard, files: list[str], tmp_path: Path
) -> None:
    pipeline = next(Path(file) for file in files if "pipeline" in file)
    pipeline.write_text(PIPELINE.replace("2026-03-01", "2026-02-30"))
    result = nowhere.run("import", *files)
    assert result.exit_code == 1
    assert "1 row can not be imported, so nothing was" in result.stderr
    assert "refused: pipeline.csv, line 2:" in result.stdout
    assert not Path(nowhere.target).exists()
    bad = tmp_path / "bad.csv"
    done = nowhere.json("import", "--skip-bad", "--refused", str(bad), *files)
    assert (done["counts"]["deals"]["new"], done["refused_rows"]) == (2, 1)
    (row,) = csv.DictReader(bad.open())
    assert (row["opportunity_id"], row["refused line"]) == ("A1", "2")
    assert "is there already" in nowhere.refused("import", "--refused", str(bad), *files)


def test_owners_nobody_knows_are_taken_where_that_is_said(salesboard: Salesboard, files: list[str]) -> None:
    pipeline, products = (file for file in files if "people" not in file)
    assert salesboard.run("import", pipeline, products).exit_code == 1
    salesboard("import", "--new-people", pipeline, products)
    assert "Mia Berg" in salesboard("people", "list")


def test_standard_input_and_a_mapping_by_hand(salesboard: Salesboard) -> None:
    text = "id,account,title,stage,when,value\n7,Hofer,Renewal,Won,2026-03-01,900\n"
    mapping = ("--map", "when=close_date", "--new-people")
    done = json.loads(salesboard("import", "-", *mapping, "--json", typed=text))
    assert done["files"][0]["columns"]["when"] == "close_date"
    assert salesboard.json("deals", "list")[0]["closed_on"] == "2026-03-01"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--map", "when"], "--map takes a column and what it means"),
        (["--map", "nothing=won_on"], "nothing"),
        (["--dates", "backwards"], "date style"),
        ([], "Missing argument"),
    ],
)
def test_what_was_typed_wrongly_is_wrong_usage(
    salesboard: Salesboard, files: list[str], arguments: list[str], complaint: str
) -> None:
    assert complaint in salesboard.refused("import", *arguments, *(files if arguments else []), code=2)


def test_a_file_that_is_not_there_is_refused(salesboard: Salesboard) -> None:
    assert "none.csv can not be read" in salesboard.refused("import", "none.csv")


def test_progress_is_shown_on_a_terminal_only(
    tmp_path: Path, files: list[str], terminal: Callable[..., Terminal]
) -> None:
    pipeline = next(Path(file) for file in files if "pipeline" in file)
    rows = (f"B{number},Mia Berg,GTX Pro,Hofer,Prospecting,,,\n" for number in range(1500))
    pipeline.write_text(PIPELINE + "".join(rows))
    command = [sys.executable, "-m", "salesboard", "--database", str(tmp_path / "shown.db"), "import", *files]
    shown = terminal(command, columns=100, rows=30, cwd=str(ROOT))
    assert shown.wait_for_exit(60) == 0
    assert "━".encode() in shown.bytes_since(0)
    assert "━" not in shown.text()
    done = installed("--database", str(tmp_path / "piped.db"), "import", *files)
    assert done.returncode == 0 and "━" not in done.stderr and "\r" not in done.stderr


def test_an_interrupted_import_leaves_no_board_behind(tmp_path: Path, files: list[str]) -> None:
    pipeline = next(Path(file) for file in files if "pipeline" in file)
    rows = (f"B{number},Mia Berg,GTX Pro,Hofer,Prospecting,,,\n" for number in range(30_000))
    pipeline.write_text(PIPELINE + "".join(rows))
    target = tmp_path / "half.db"
    command = [sys.executable, "-m", "salesboard", "--database", str(target), "import", *files]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as running:
        # Its first entry has a lock: by then the tables are there.
        while not queue_file(target).exists() and running.poll() is None:
            os.sched_yield()
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=60)
    assert (running.returncode, stderr) == (130, "salesboard: stopped\n")
    assert not target.exists()


# --- exporting ----------------------------------------------------------------------------------------------


@pytest.fixture
def full(salesboard: Salesboard, files: list[str]) -> Salesboard:
    salesboard("import", *files)
    return salesboard


def test_what_is_exported_comes_back_without_a_change(full: Salesboard, tmp_path: Path) -> None:
    out = tmp_path / "deals.csv"
    result = full.run("export", "deals", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "3 deals" in result.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    before = full.json("history")
    full("import", str(out))
    assert full.json("history") == before


def test_an_export_can_be_piped_and_filtered(full: Salesboard) -> None:
    rows = list(csv.DictReader(io.StringIO(full("export", "deals", "is:won"))))
    assert [(row["account"], row["value"], row["currency"]) for row in rows] == [("Hofer", "1054.00", "EUR")]
    (deal,) = json.loads(full("export", "deals", "is:won", "--format", "json"))
    assert (deal["account"], deal["value_minor"]) == ("Hofer", 105_400)


def test_an_export_replaces_no_file(full: Salesboard, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("precious")
    assert "is there already" in full.refused("export", "deals", "--out", str(there))
    assert there.read_text() == "precious"
    elsewhere = str(tmp_path / "no" / "x.csv")
    assert "can not be written" in full.refused("export", "deals", "--out", elsewhere, code=4)


def test_an_export_to_a_closed_pipe_is_quiet(full: Salesboard) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "salesboard", "--database", full.target, "export", "deals"]
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr) == (141, b"")
