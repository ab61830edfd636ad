"""What all commands share: help, how a run ends, what goes to which stream, what is loaded."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from salesboard import cli
from salesboard.cli import program
from salesboard.domain import history
from tests.cli.conftest import ROOT, Salesboard, installed


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words by which it is called."""
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None, name
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", one) for below, one in command.commands.items())


def test_every_command_and_every_option_has_help_in_words() -> None:
    silent = [name for name, command in all_commands() if not command.help]
    silent += [
        f"{name} {option.name}"
        for name, command in all_commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert len(list(all_commands())) > 40
    assert silent == []


def test_the_help_of_every_command_can_be_shown(salesboard: Salesboard) -> None:
    for name, _ in all_commands():
        assert f"Usage: salesboard {name}" in " ".join(salesboard(*name.split(), "--help").split())


def test_help_shows_all_commands_and_imports_none_of_them() -> None:
    tell = "import json, sys; print(json.dumps([name for name in sys.modules if 'salesboard' in name]))"
    run = "from salesboard.cli import program\ntry:\n program(['--help'])\nexcept SystemExit: pass"
    done = subprocess.run(
        [sys.executable, "-c", f"{run}\n{tell}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *shown, loaded = done.stdout.splitlines()
    listed = {line.strip().partition("  ")[0] for line in shown if line.startswith("  ")}
    assert set(cli.KNOWN) <= listed
    assert set(json.loads(loaded)) == {"salesboard", "salesboard.cli"} | {
        f"salesboard.{name}" for name in ("config", "errors", "paths")
    }


def test_the_version_is_told_alone_and_among_other_options(board_file: Path) -> None:
    assert installed("--version").stdout.startswith("salesboard ")
    assert installed("--database", "x", "--version").stdout == installed("--version").stdout


def test_an_unknown_command_names_the_nearest(salesboard: Salesboard) -> None:
    line = salesboard.refused("deal", "list", code=2)
    assert line == (
        "salesboard: there is no command 'deal', did you mean deals?; 'salesboard --help' tells more"
    )


def test_an_unknown_option_is_wrong_usage_in_one_line(salesboard: Salesboard) -> None:
    assert "'salesboard deals list --help' tells more" in salesboard.refused(
        "deals", "list", "--jsno", code=2
    )


def test_what_was_typed_is_not_printed_as_terminal_control(salesboard: Salesboard) -> None:
    for arguments in (["\x1b]0;x\x07"], ["deals", "show", "\x1b[2J"], ["deals", "list", "owner:\x9b31m"]):
        result = salesboard.run(*arguments)
        assert result.exit_code in (1, 2)
        assert result.stderr.rstrip("\n").isprintable()


def test_a_board_that_is_not_there_is_trouble_with_the_database(tmp_path: Path) -> None:
    line = Salesboard(str(tmp_path / "none.db")).refused("deals", "list", code=4)
    assert "none.db" in line and "salesboard init" in line
    assert not (tmp_path / "none.db").exists()


def test_an_unexpected_error_is_one_line_and_a_report_without_values(
    salesboard: Salesboard, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def broken(**_: object) -> None:
        secret = "of the variable"  # noqa: F841
        raise RuntimeError("out of order")

    monkeypatch.setattr(history, "events", broken)
    result = salesboard.run("history")
    assert result.exit_code == 70
    (line,) = result.stderr.splitlines()
    (report,) = home.rglob("*.log")
    assert str(report) in line and "out of order" not in line
    assert "RuntimeError: out of order" in report.read_text()
    assert "Traceback" in report.read_text() and "of the variable" not in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


def test_answers_go_to_stdout_and_talk_to_stderr(salesboard: Salesboard) -> None:
    done = installed("--database", salesboard.target, "deals", "add", "--account", "Hofer", "--value", "12k")
    assert done.returncode == 0
    assert done.stdout.strip().isdigit()
    assert "Hofer is a new account" in done.stderr
    done = installed("--database", salesboard.target, "deals", "list", "--json")
    assert [deal["account"] for deal in json.loads(done.stdout)] == ["Hofer"]
    assert done.stderr == ""


def test_a_refusal_has_its_exit_code_and_no_traceback(salesboard: Salesboard) -> None:
    done = installed("--database", salesboard.target, "deals", "show", "999")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("salesboard: there is no deal 999; 'salesboard deals list' shows their numbers\n")


def test_a_reader_who_stops_reading_is_not_complained_about(salesboard: Salesboard) -> None:
    for number in range(3):
        salesboard("deals", "add", "--title", f"{number} {'x' * 190}")
    command = [sys.executable, "-m", "salesboard", "--database", salesboard.target, "deals", "list"]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, timeout=60)
    assert done.returncode == cli.PIPE_CLOSED
    assert done.stderr in (b"", b"3 deals, 0 EUR\n")


def test_an_answer_that_does_not_fit_on_the_disk_is_said_in_one_line(salesboard: Salesboard) -> None:
    command = [sys.executable, "-m", "salesboard", "--database", salesboard.target, "stages", "list"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stderr.count(b"\n")) == (4, 1)
    assert b"No space left" in done.stderr


def test_closed_streams_are_no_reason_to_fail(salesboard: Salesboard) -> None:
    for closed in ("<&-", ">&-", "2>&-"):
        command = (
            f'exec "{sys.executable}" -m salesboard --database "{salesboard.target}" stages list {closed}'
        )
        done = subprocess.run(["sh", "-c", command], capture_output=True, cwd=ROOT, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_of_few_letters_shows_what_it_can(salesboard: Salesboard) -> None:
    salesboard("deals", "add", "--account", "Übelbach", "--next-step", "北京")
    options = {"env": {"PYTHONIOENCODING": "latin-1"}, "encoding": "latin-1"}
    done = installed("--database", salesboard.target, "deals", "list", **options)
    assert done.returncode == 0, done.stderr
    assert "Übelbach" in done.stdout and "??" in done.stdout
    done = installed("--database", salesboard.target, "deals", "list", "--json", **options)
    assert json.loads(done.stdout)[0]["next_step"] == "北京"


def test_bytes_that_are_no_text_are_refused(salesboard: Salesboard) -> None:
    for arguments in (
        ["deals", "show", b"\xff"],
        ["deals", "add", "--title", b"\xff"],
        ["accounts", "list", b"\xff"],
    ):
        command = [sys.executable, "-m", "salesboard", "--database", salesboard.target, *arguments, b"\xff"]
        done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60)
        assert done.returncode in (1, 2), done.stderr
        assert done.stderr.count(b"\n") == 1 and b"Incident" not in done.stderr


def test_an_interrupt_ends_with_a_word(salesboard: Salesboard, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(history, "events", interrupted)
    assert salesboard.refused("history", code=130) == "salesboard: stopped"


def test_a_wrong_settings_file_does_not_stand_in_the_way_of_help(salesboard: Salesboard, home: Path) -> None:
    (home / "config.toml").write_text("databse = 1")
    assert "Usage" in salesboard("deals", "list", "--help")
    assert "did you mean database?" in salesboard.refused("deals", "list", code=2)


def test_without_a_terminal_the_board_says_so(board_file: Path) -> None:
    done = installed("--database", str(board_file), stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr and done.stdout == ""
