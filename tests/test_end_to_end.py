"""The installed program in real terminals, as several people use it at once on one board."""

import os
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from salesboard.domain import goals
from salesboard.domain.goals import Wish
from salesboard.storage.database import Database
from salesboard.storage.models import Note
from tests.stories import NOW, add_deal, add_person, column, faults, owner, set_up, stage_of
from tests.terminal import ENTER, ESCAPE, SALESBOARD, Terminal

CHECKOUT = str(Path(__file__).parents[1])
DAY = "2026-11-23"
CTRL_S = "\x13"
SOON = 1.0
"""Seconds within which everybody sees what anybody does."""
TOLD_SOON = 10.0
"""Seconds within which everybody is told; two of them on a machine that does nothing else."""
IDLE = 0.6
"""Seconds of nothing; a cursor that blinks does so twice a second."""

Start = Callable[..., Terminal]


class Company:
    """One board's file, the command line on it, and people who sit in front of it."""

    def __init__(self, file: Path, terminal: Start) -> None:
        self.file = file
        self._terminal = terminal

    def command(self, *words: str) -> list[str]:
        """The program's arguments for something on this board."""
        return [*SALESBOARD, "--database", str(self.file), "--today", DAY, *words]

    def __call__(self, *words: str) -> str:
        """Call a command that succeeds, as a process of its own; what it answers."""
        command, nobody = self.command(*words), subprocess.DEVNULL
        done = subprocess.run(command, cwd=CHECKOUT, stdin=nobody, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def seats(self, *words: str, handle: str = "mia", columns: int = 110, rows: int = 24) -> Terminal:
        """Somebody opens the board in a terminal."""
        who = ["--as", handle, "board", *words]
        return self._terminal(self.command(*who), columns=columns, rows=rows, cwd=CHECKOUT)


@pytest.fixture
def acme(sqlite_database: Database, terminal: Start) -> Company:
    """A board of Ada's and Mia's, with one deal of Ada's."""
    set_up()
    add_person("Mia Berg", "admin")
    add_deal("Kestrel", "3k")
    return Company(Path(str(sqlite_database.path)), terminal)


def ready(screen: Terminal, wanted: str = "? keys") -> Terminal:
    """Wait until a board is there and has nothing more to paint."""
    screen.wait_for(wanted)
    screen.wait_until_quiet()
    return screen


def figures(screen: Terminal, column: str) -> str:
    """Number and sum in the heading of a column."""
    headings = next((line for line in screen.lines() if column in line), "")
    return "  ".join(headings.partition(column)[2].split("  ")).strip().split("  ")[0]


def hang_up(screen: Terminal) -> None:
    """Close the terminal under the program, as a lost connection or a closed window does."""
    screen._process.fileobj.close()


def card_under_cursor(screen: Terminal) -> str:
    """The card with the bar before it, and the column it is in."""
    for line in screen.lines():
        if "▌" in line:
            return f"{line.index('▌')}: {line[line.index('▌') + 1 :].split('  ')[0].strip()}"
    return ""


def test_what_one_moves_the_other_sees_within_a_second(acme: Company) -> None:
    deal = add_deal("Northwind", "64k", stage="prospect")
    with acme.seats(handle="ada") as ada, acme.seats() as mia:
        ready(ada, "Northwind")
        ready(mia, "Northwind")
        before = card_under_cursor(mia)
        assert "Kestrel" in before
        ada.keys("l", "L")
        pressed = time.perf_counter()
        mia.wait_for(lambda shown: figures(shown, "Opportunity") == "1 · 64k")
        assert time.perf_counter() - pressed < SOON
        ada.wait_for("Northwind moved to Opportunity")
        mia.wait_for("Ada Marsh moved Northwind")
        assert card_under_cursor(mia) == before
        assert stage_of(deal) == "opportunity"
        mia.keys("u")
        mia.wait_for("there is nothing of yours to undo")
        ada.keys("u")
        mia.wait_for(lambda shown: figures(shown, "Prospect") == "1 · 64k")
    assert stage_of(deal) == "prospect"


def test_what_the_command_line_does_shows_on_an_open_board(acme: Company) -> None:
    with acme.seats() as mia:
        ready(mia, "Kestrel")
        before = card_under_cursor(mia)
        acme("--as", "ada", "deals", "add", "--account", "Hofer", "--value", "12k", "--stage", "Opportunity")
        mia.wait_for("Hofer", timeout=SOON)
        acme("--as", "ada", "deals", "win", str(column("opportunity")[0]))
        mia.wait_for("12k won · 1 sale", timeout=SOON)
        assert card_under_cursor(mia) == before


def test_an_idle_board_writes_nothing(acme: Company) -> None:
    with acme.seats() as mia:
        ready(mia, "Kestrel")
        for key in ("", "i", "c", ESCAPE, "/"):
            mia.keys(key)
            mia.wait_until_quiet(0.3)
            quiet_since = mia.total
            deadline = time.perf_counter() + IDLE
            while time.perf_counter() < deadline:
                mia.read(deadline - time.perf_counter())
            assert mia.total == quiet_since, (key, mia.bytes_since(quiet_since))
        add_deal("Hofer")
        mia.wait_for("Hofer")
        assert mia.total > quiet_since, "the control: what is written would be seen"


def test_a_board_whose_terminal_closes_leaves_no_process_and_no_half_change(acme: Company) -> None:
    (deal,) = column("target")
    mia = acme.seats()
    ready(mia, "Kestrel")
    mia.keys("L")
    mia.wait_for("Kestrel moved to Prospect")
    mia.keys("c", "Half a thought")
    mia.wait_for("Half a thought")
    os.kill(mia.pid, 0)
    hang_up(mia)
    deadline = time.perf_counter() + 5
    while mia._process.isalive() and time.perf_counter() < deadline:
        time.sleep(0.02)
    with pytest.raises(ProcessLookupError):
        os.kill(mia.pid, 0)
    assert stage_of(deal) == "prospect"
    assert Note.select().count() == 0
    assert faults() == []


def test_what_others_change_is_all_that_is_painted_again(acme: Company) -> None:
    for number in range(60):
        add_deal(f"Account {number}")
    with acme.seats() as mia:
        ready(mia, "Account 59")
        mia.keys("G")
        mia.wait_for("Account 0")
        mia.wait_until_quiet()
        before, shown = mia.total, mia.lines()
        add_deal("Hofer", stage="prospect")
        mia.wait_for("Hofer")
        mia.wait_until_quiet()
        assert [line[:26].rstrip() for line in mia.lines()[3:-1]] == [
            line[:26].rstrip() for line in shown[3:-1]
        ]
        assert b"Account" not in mia.bytes_since(before)
        assert b"Hofer" in mia.bytes_since(before)


def test_undo_reaches_back_into_the_last_session(acme: Company) -> None:
    (deal,) = column("target")
    with acme.seats() as mia:
        ready(mia, "Kestrel")
        mia.keys("L")
        mia.wait_for("Kestrel moved to Prospect")
        mia.keys("q", "q")
        assert mia.wait_for_exit() == 0
        sent = mia.bytes_since()
        assert sent.rindex(b"\x1b[?1049l") > sent.rindex(b"\x1b[?1049h")
    assert stage_of(deal) == "prospect"
    with acme.seats() as mia:
        ready(mia, "Kestrel")
        mia.keys("u")
        mia.wait_for("undone: moved Kestrel")
    assert stage_of(deal) == "target"


def test_keys_pressed_in_one_breath_go_where_they_are_meant_to(acme: Company) -> None:
    with acme.seats() as mia:
        ready(mia, "Kestrel")
        mia.keys("n", "Hofer LXHx 12k", ENTER, "m", "3", "g", "g")
        mia.wait_for(lambda shown: figures(shown, "Opportunity") == "1 · 12k")
        assert "Hofer LXHx" in card_under_cursor(mia)
    assert [len(column(stage)) for stage in ("target", "prospect", "opportunity")] == [1, 0, 1]


def test_a_board_starts_filtered_or_says_why_not(acme: Company) -> None:
    add_deal("Northwind", "64k")
    with acme.seats("value>10k") as mia:
        ready(mia, "Northwind")
        assert "Kestrel" not in mia.text()
    with acme.seats("owner:nobody") as mia:
        assert mia.wait_for_exit() == 2
        assert "there is no person 'nobody'" in mia.text()


def test_the_welcome_makes_a_board_and_goes_on_to_it(tmp_path: Path, terminal: Start) -> None:
    company = Company(tmp_path / "folder" / "new.db", terminal)
    with terminal(company.command(), columns=100, rows=24, cwd=CHECKOUT) as screen:
        ready(screen, "How do you want to begin?")
        screen.keys("n")
        screen.wait_for("Time zone")
        screen.keys(CTRL_S)
        screen.wait_for("your board is ready")
        screen.keys("n", "Hofer 12k", ENTER)
        screen.wait_for("the deal is on the board")
        screen.keys("q", "q")
        assert screen.wait_for_exit() == 0
    assert "Hofer" in company("deals", "list")


# --- what people are told -----------------------------------------------------------------------------------


def open_really(acme: Company, handle: str) -> Terminal:
    """Open the board on the day it is: on a pretended one nobody is told anything."""
    command = [*SALESBOARD, "--database", str(acme.file), "--as", handle]
    return acme._terminal(command, columns=110, rows=24, cwd=CHECKOUT)


def test_a_sale_that_reaches_a_milestone_is_told_in_every_open_session_once(acme: Company) -> None:
    goals.add_goal(owner(), Wish("revenue", 50_000_00, date(2026, 1, 1), relevance="it counts"), now=NOW)
    add_deal("Northwind", "64k", stage="opportunity")
    toast = "reached by Ada Marsh's Northwind"
    with open_really(acme, "ada") as ada, open_really(acme, "mia") as mia:
        for screen in (ada, mia):
            ready(screen, "Northwind")
        ada.keys("l", "l", "w")
        ada.wait_for("Northwind is won")
        ada.keys(CTRL_S)
        pressed = time.perf_counter()
        for screen in (ada, mia):
            screen.wait_for(toast)
            screen.wait_for("Inbox 1")
        assert time.perf_counter() - pressed < TOLD_SOON
        assert sum(toast in line for line in mia.lines()) == 1

        mia.keys("g", "i")
        mia.wait_for("1 unread of 1")
        assert toast in mia.text()

        ada.keys("u")
        neutral = "is no longer reached"
        for screen in (ada, mia):
            screen.wait_for(neutral)
        mia.wait_for("withdrawn")
    with open_really(acme, "mia") as mia:
        ready(mia, "Northwind")
        assert "Inbox 2" in mia.lines()[0], "the inbox keeps both"
        mia.wait_until_quiet(3 * SOON)
        assert toast not in mia.text() and neutral not in mia.text(), "they are not shown again"
