"""The command line on a real board: called in this process, or as the installed program."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from salesboard.cli import program

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-22"


class Salesboard:
    """The command line on one board, on Sunday, 22 November 2026."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._before = ["--database", target, "--today", TODAY]

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        """Call the program, however it ends."""
        return CliRunner().invoke(program, [*self._before, *arguments], input=typed, catch_exceptions=False)

    def __call__(self, *arguments: str, typed: str | None = None) -> str:
        """Call a command that succeeds; what it answered on stdout, without the last line break."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, result.stderr
        return str(result.stdout.rstrip("\n"))

    def json(self, *arguments: str) -> Any:
        """Call a command that succeeds with one JSON document."""
        return json.loads(self(*arguments, "--json"))

    def refused(self, *arguments: str, code: int = 1, typed: str | None = None) -> str:
        """Call a command that is refused with this exit code; the one line that says why."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == code, (result.stdout, result.stderr)
        assert result.stdout == ""
        (line,) = result.stderr.splitlines()
        return line

    def deal(self, *arguments: str) -> dict[str, Any]:
        """Add a deal and read it again."""
        return dict(self.json("deals", "show", self("deals", "add", *arguments)))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for boards to copy."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def salesboard(board_file: Path, kept: Path) -> Salesboard:
    """A board in a SQLite file, founded by Ada Marsh for whoever runs the test."""
    return begun(Salesboard(str(board_file)), kept, found)


@pytest.fixture
def either(board_url: str) -> Salesboard:
    """A founded board on each kind of database."""
    return founded(board_url)


def begun(board: Salesboard, kept: Path, story: Callable[[Salesboard], object]) -> Salesboard:
    """A board in a file on which a story has happened: told once in a run, and copied from then on."""
    file, told = Path(board.target), kept / f"{story.__module__}.{story.__qualname__}.db"
    if told.exists():
        shutil.copy(told, file)
    else:
        story(board)
        assert not file.with_name(f"{file.name}-wal").exists(), "a copy would miss what is in the log"
        shutil.copy(file, told)
    return board


def found(board: Salesboard) -> None:
    board("init", "--owner", "Ada Marsh", "--company", "Acme", "--currency", "EUR", "--zone", "Europe/Vienna")


def founded(target: str) -> Salesboard:
    board = Salesboard(target)
    found(board)
    return board


def installed(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """The program as a process of its own."""
    command = [sys.executable, "-m", "salesboard", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, **options)
