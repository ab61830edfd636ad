"""Tables and documents: aligned in cells, cut on a narrow terminal only, never a terminal's command."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from salesboard.cli import output
from salesboard.cli.output import amount, cells, number, words
from tests.cli.conftest import ROOT, Salesboard
from tests.terminal import Terminal


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    return lambda: capsys.readouterr().out.splitlines()


def test_numbers_stand_at_the_right_and_words_at_the_left(written: Callable[[], list[str]]) -> None:
    output.table([words("name"), number("value")], [("Hofer", "1,200"), ("Northwind Ltd", "64")])
    assert written() == [
        "name           value",
        "Hofer          1,200",
        "Northwind Ltd     64",
    ]


def test_wide_and_combining_characters_keep_the_columns_aligned(written: Callable[[], list[str]]) -> None:
    output.table([words("name"), "owner"], [("日本電気", "mia"), ("Cafe\u0301", "ada"), ("GTX Plus", "jon")])
    assert [cells(line.rpartition(" ")[0]) for line in written()] == [9, 9, 9, 9]


def test_a_table_of_nothing_is_nothing(written: Callable[[], list[str]]) -> None:
    output.table(["name"], [])
    assert written() == []


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1_240_000, "EUR", "12,400"),
        (1_240_050, "EUR", "12,400.50"),
        (5, "USD", "0.05"),
        (12_400, "JPY", "12,400"),
        (1_500, "KWD", "1.500"),
        (0, "EUR", "0"),
        (None, "EUR", ""),
    ],
)
def test_amounts_are_exact(minor: int | None, currency: str, shown: str) -> None:
    assert amount(minor, currency) == shown


def test_an_estimate_says_so() -> None:
    assert amount(55_000, "EUR", estimated=True) == "~550"


HOSTILE = "\x1b[31m\x9b2J\u202e\x7f\ufeff"


def test_hostile_text_is_shown_and_not_obeyed(written: Callable[[], list[str]]) -> None:
    output.table(["name"], [(HOSTILE,)])
    output.facts([("name", HOSTILE)])
    output.answer(HOSTILE)
    assert all("\x1b" not in line and "\x9b" not in line and "\u202e" not in line for line in written())


def test_a_document_keeps_hostile_text_exactly_without_a_raw_control(
    written: Callable[[], list[str]],
) -> None:
    output.document({"name": HOSTILE, "city": "Übelbach"})
    text = "\n".join(written())
    assert json.loads(text) == {"name": HOSTILE, "city": "Übelbach"}
    assert not any(character in text for character in "\x1b\x9b\u202e\x7f")
    assert "Übelbach" in text


def listed_at(columns: int, board: Salesboard, terminal: Callable[..., Terminal]) -> list[str]:
    command = [sys.executable, "-m", "salesboard", "--database", board.target, "deals", "list"]
    shown = terminal(command, columns=columns, rows=12, cwd=str(ROOT))
    assert shown.wait_for_exit() == 0
    return shown.lines()


def test_the_least_important_columns_go_before_others_can_not_be_read(
    salesboard: Salesboard, terminal: Callable[..., Terminal]
) -> None:
    salesboard(
        "deals",
        "add",
        "--account",
        "Northern Islands Trading",
        "--title",
        "Renewal of all contracts",
        "--next-step",
        "call the plant manager",
        "--expected",
        "eom",
        "--value",
        "12k",
    )
    headings = {columns: listed_at(columns, salesboard, terminal)[0].split() for columns in (130, 80, 60)}
    assert headings[130][-2:] == ["closing", "next"]
    assert headings[80][-1] == "closing"
    assert headings[60][-1] == "stage"


def test_a_narrow_terminal_cuts_words_and_never_numbers(
    salesboard: Salesboard, terminal: Callable[..., Terminal], board_file: Path
) -> None:
    name = "The Very Long Trading Company of the Northern Islands"
    salesboard(
        "deals", "add", "--account", name, "--title", "A renewal for all their sites", "--value", "1234567"
    )
    narrow = listed_at(80, salesboard, terminal)[1]
    assert "…" in narrow and "1,234,567" in narrow and len(narrow) <= 80
    assert name in listed_at(200, salesboard, terminal)[1]
    assert name in salesboard("deals", "list")
