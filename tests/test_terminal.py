"""The terminal that other tests look through must show what a person would see, when they would see it."""

import os
import signal
import sys
from collections.abc import Callable

import pytest

from tests.terminal import Terminal

Start = Callable[..., Terminal]


def python(program: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        f"import sys, tty\nsay = lambda text: print(text, end='', flush=True)\n{program}",
    ]


def test_keys_arrive_and_their_answer_is_seen(terminal: Start) -> None:
    with terminal(python("tty.setraw(0); say('ready'); say('\\x1b[2;1Hgot ' + sys.stdin.read(1))")) as echo:
        echo.wait_for("ready")
        mark = echo.total
        echo.keys("L")
        echo.wait_for("got L")
        assert echo.lines()[1] == "got L"
        assert echo.bytes_since(mark).endswith(b"got L")
        assert echo.wait_for_exit() == 0


def test_a_frame_is_seen_whole_or_not_at_all(terminal: Start) -> None:
    half = "tty.setraw(0); say('before\\x1b[?2026h\\x1b[2Jhalf'); sys.stdin.read(1)"
    rest = "say(' and half\\x1b[?2026l'); sys.stdin.read(1)"
    with terminal(python(f"{half}; {rest}")) as screen:
        screen.wait_for("before")
        screen.wait_for(lambda shown: b"half" in shown.bytes_since())
        assert "half" not in screen.text()
        screen.keys("j")
        screen.wait_for("half and half")


def test_what_the_screen_can_not_read_is_not_drawn(terminal: Start) -> None:
    private = "\\x1b[>25u\\x1b[?2026$p\\x1b[<u\\x1bP+q544e\\x1b\\\\\\x1b]22;default\\x07"
    with terminal(python(f"say('{private}only this'); input()")) as screen:
        screen.wait_for("only this")
        assert screen.lines()[0].startswith("only this")


def test_the_program_learns_of_a_new_size(terminal: Start) -> None:
    changes = (
        "import os, signal; changed = {signal.SIGWINCH}; signal.pthread_sigmask(signal.SIG_BLOCK, changed)"
    )
    tells = "say('ready'); signal.sigwait(changed); say(os.get_terminal_size()); input()"
    with terminal(python(f"{changes}; {tells}")) as screen:
        screen.wait_for("ready")
        screen.resize(100, 30)
        screen.wait_for("columns=100, lines=30")
        assert len(screen.lines()) == 30


def test_waiting_in_vain_shows_the_screen(terminal: Start) -> None:
    with (
        terminal(python("say('something else'); input()")) as screen,
        pytest.raises(AssertionError, match="something else"),
    ):
        screen.wait_for("this", timeout=1)


def test_a_program_is_gone_once_closed(terminal: Start) -> None:
    stubborn = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); say('here'); input()"
    with terminal(python(stubborn)) as screen:
        screen.wait_for("here")
    with pytest.raises(ProcessLookupError):
        os.kill(screen.pid, 0)


def test_a_signal_is_told_from_an_exit_code(terminal: Start) -> None:
    with terminal(python("import os; os.kill(os.getpid(), 15)")) as killed:
        assert killed.wait_for_exit() == -signal.SIGTERM
