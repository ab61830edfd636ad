"""Somebody goes away from an open board: after a while it is left, and what they had typed waits for them."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, perf_counter

import pytest

from salesboard.cli import screens
from salesboard.config import Settings
from salesboard.domain import pipeline
from salesboard.ui.absence import Absence
from salesboard.ui.screens.board import BoardScreen
from salesboard.ui.screens.night import NightScreen
from tests.stories import NOW, add_deal, add_person, read
from tests.terminal import Terminal, clean_environment
from tests.ui.driver import PATIENCE, BoardDriver, Seen

CHECKOUT = str(Path(__file__).parents[2])
HOUR = 3600.0


async def left_alone(see: Seen) -> str:
    """What the app says that is left because no key came for so long."""
    await asyncio.to_thread(see.app._nobody_is_there)
    patience = monotonic() + PATIENCE
    while see.app.return_code is None and monotonic() < patience:
        await asyncio.sleep(0.02)
    assert see.app.return_code == 0
    return str(see.app._exit_renderables)


async def test_what_was_typed_is_kept_and_stands_in_the_form_again(board: BoardDriver) -> None:
    mia, deal = add_person("Mia Berg", "admin"), add_deal("Northwind", "64k", title="Renewal")
    async with board.opened(idle_limit=HOUR) as see:
        await see.press("e")
        await see.go_to_field("title")
        await see.fill("Renewal for two years")
        told = await left_alone(see)
        assert "nobody pressed a key" in told and "what you had typed is kept" in told
    see.has_ended()
    assert read(deal).title == "Renewal"
    pipeline.edit_deal(mia, deal, now=NOW, value_minor=70_000_00)
    async with board.opened(idle_limit=HOUR) as see:
        assert "What you had typed is kept: open “Edit" in see.text
        await see.press("n")
        assert "Renewal" not in see.form.typed("line"), "another form is not what was typed into"
        await see.press("escape", "e")
        assert see.form.typed("title") == "Renewal for two years"
        assert see.form.typed("value") == "70000.00", "what was not typed is as it stands by now"
        await see.press("ctrl+s")
        assert (read(deal).title, read(deal).value_minor) == ("Renewal for two years", 70_000_00)
    see.has_ended()
    async with board.opened(idle_limit=HOUR) as see:
        assert "is kept" not in see.text
        await see.press("e", "escape")
        assert see.screen == "board", "nothing was put into the form: it is left without being asked"


async def test_where_nothing_was_typed_nothing_is_kept(board: BoardDriver, home: Path) -> None:
    add_deal("Northwind", "64k")
    async with board.opened(idle_limit=HOUR) as see:
        await see.press("e")
        assert "kept" not in await left_alone(see)
    see.has_ended()
    async with board.opened() as see:
        assert see.app._absence is None, "control: without a limit nobody waits"


async def test_the_awards_night_is_watched_without_a_key(
    board: BoardDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoardScreen, "is_watched", NightScreen.is_watched, raising=False)
    async with board.opened(idle_limit=HOUR) as see:
        await asyncio.to_thread(see.app._nobody_is_there)
        await see.settled()
        assert see.app.return_code is None
        monkeypatch.setattr(BoardScreen, "is_watched", False, raising=False)
        await left_alone(see)


def test_whoever_presses_keys_is_there() -> None:
    now, looked, gone = [0.0], [0], threading.Event()

    def clock() -> float:
        looked[0] += 1
        return now[0]

    def looks_again() -> None:
        seen, patience = looked[0], monotonic() + PATIENCE
        while looked[0] <= seen + 1 and monotonic() < patience:
            assert not gone.wait(0.001)

    absence = Absence(0.01, gone.set, clock)
    absence.start()
    for _ in range(3):
        looks_again()
        now[0] += 0.009
        looks_again()
        absence.heard()
    now[0] += 0.011
    assert gone.wait(PATIENCE)
    stopped = Absence(0.01, gone.set, clock)
    stopped.start()
    stopped.stop()
    now[0] += HOUR
    gone.clear()
    assert not gone.wait(0.05)


@pytest.mark.parametrize(
    ("said", "over_ssh", "seconds"),
    [(None, False, 0), (None, True, 1800), (0, True, 0), (5, True, 300), (5, False, 300)],
)
def test_over_ssh_alone_a_board_is_left_unless_the_settings_say_otherwise(
    said: int | None, over_ssh: bool, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if over_ssh:
        monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    assert screens._idle_limit(Settings("board.db", idle_minutes=said)) == seconds


AWAY_FROM_THE_TERMINAL = """
import sys
from salesboard.cli import screens
screens.IDLE_OVER_SSH = float(sys.argv.pop(1)) / 60
from salesboard.__main__ import main
main()
"""


def test_nothing_is_drawn_until_it_is_left_and_the_terminal_is_as_it_was(
    board: BoardDriver, terminal: Callable[..., Terminal]
) -> None:
    add_deal("Northwind", "64k")
    environment = clean_environment(SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22")
    command = [sys.executable, "-c", AWAY_FROM_THE_TERMINAL, "3", "--database", board.target]
    with terminal(command, columns=110, environment=environment, cwd=CHECKOUT) as seen:
        seen.wait_for("? keys")
        seen.keys("j")
        pressed = perf_counter()
        seen.wait_until_quiet(0.5)
        mark, pieces = seen.total, len(seen.received)
        assert seen.wait_for_exit() == 0
        assert seen.received[pieces][0] - pressed > 2.5, seen.received[pieces]
        assert b"\x1b[?1049l" in seen.bytes_since(mark) and "nobody pressed a key" in seen.text()


def test_a_terminal_that_takes_no_output_does_not_keep_the_process() -> None:
    from tests.ui.test_terminal import bare_terminal, ends_within, program

    for key, ends in ((b"", False), (b"e", True)):
        with bare_terminal(*program("counter")) as (process, ours):
            os.write(ours, key + b"f")
            assert ends_within(process, 5 if ends else 2) == ends
            assert not ends or process.returncode == 0
