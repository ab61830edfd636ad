"""Starting the screens from the command line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from salesboard.cli.screens import DEMO
from tests.cli.conftest import ROOT, Salesboard, installed
from tests.terminal import Terminal, clean_environment

Start = Callable[..., Terminal]


@pytest.fixture
def start(terminal: Callable[..., Terminal], tmp_path: Path) -> Start:
    """Starts the program in a terminal, with a folder for passing files of its own."""
    environment = clean_environment(TMPDIR=str(tmp_path), PYTHONPATH=str(ROOT))

    def begin(*arguments: str) -> Terminal:
        command = [sys.executable, "-m", "salesboard", *arguments]
        return terminal(command, columns=120, rows=30, environment=environment)

    return begin


def leave(shown: Terminal) -> int:
    shown.send(b"\x11")
    return shown.wait_for_exit()


def test_the_board_opens_without_a_command_and_is_left(salesboard: Salesboard, start: Start) -> None:
    salesboard("deals", "add", "--account", "Hofer", "--value", "12k")
    shown = start("--database", salesboard.target)
    shown.wait_for("Hofer")
    assert leave(shown) == 0


def test_the_board_opens_with_a_filter(salesboard: Salesboard, start: Start) -> None:
    for account, value in (("Hofer", "12k"), ("Northwind", "64k")):
        salesboard("deals", "add", "--account", account, "--value", value)
    shown = start("--database", salesboard.target, "board", "--no-mouse", "value>20k")
    shown.wait_for("Northwind")
    assert "Hofer" not in shown.text()
    assert b"\x1b[?1000h" not in shown.bytes_since(0)
    assert leave(shown) == 0


def test_a_demo_is_gone_when_it_is_left_and_one_that_was_killed_with_the_next(
    start: Start, tmp_path: Path
) -> None:
    killed = start("demo")
    killed.wait_for("Opportunity", timeout=60)
    (left,) = tmp_path.glob(f"{DEMO}*")
    killed.close()
    shown = start("demo")
    shown.wait_for("Opportunity", timeout=60)
    assert not left.exists()
    assert len(list(tmp_path.glob(f"{DEMO}*"))) == 1
    assert leave(shown) == 0
    assert list(tmp_path.glob(f"{DEMO}*")) == []


def test_a_demo_can_be_kept_and_worked_on(tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    done = installed("demo", "--keep", str(kept))
    assert done.returncode == 0, done.stderr
    board = Salesboard(str(kept))
    assert board.json("verify")["ok"]
    assert len(board.json("people", "list")) >= 12
    board("deals", "add", "--title", "mine")
    assert "is there already" in installed("demo", "--keep", str(kept)).stderr


def test_a_demo_without_a_terminal_says_what_to_do(tmp_path: Path) -> None:
    done = installed("demo", env={"TMPDIR": str(tmp_path)})
    assert done.returncode == 2 and "--keep FILE" in done.stderr
    assert list(tmp_path.glob(f"{DEMO}*")) == []
