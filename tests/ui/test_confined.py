"""What a session could reach beyond the board: no file, no process, no browser, whatever action is named."""

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from tests.stories import add_deal
from tests.ui.driver import BoardDriver

LEAVES = {"action_quit", "action_app.quit", "action_leave", "action_help_quit"}
ARGUMENTS: dict[str, Any] = {"int": 1, "bool": True, "float": 1.0}
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "pty.spawn")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

_watched: list[str] | None = None


def _hook(event: str, told: tuple[Any, ...]) -> None:
    if _watched is None:
        return
    if event in STARTS or event == "webbrowser.open":
        _watched.append(event)
    elif event == "open" and isinstance(told[0], str) and told[2] & WRITES:
        _watched.append(f"open {told[0]}")


sys.addaudithook(_hook)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is started, and which files are opened for writing by Python."""
    global _watched
    _watched = found = []
    try:
        yield found
    finally:
        _watched = None


def actions(thing: object) -> Iterator[Callable[[], Any]]:
    """What an app or a screen can be told to do: all actions of Textual's, with something for each parameter,
    as a link in a text could; and our own, as the keys do."""
    for name in sorted(dir(thing)):
        action = getattr(thing, name) if name.startswith("action_") and name not in LEAVES else None
        if action is not None and not inspect.unwrap(action).__module__.startswith("salesboard.ui.screens"):
            yield partial(action, *_guessed(action))
    if isinstance(thing, Screen):
        ours = {one.binding.action for one in thing.active_bindings.values()}
        for told in sorted(one for one in ours if f"action_{one}" not in LEAVES):
            yield partial(thing.app.run_action, told, thing)


def _guessed(action: Any) -> list[Any]:
    return [
        ARGUMENTS.get(str(one.annotation).split(" ")[0], "taken")
        for one in inspect.signature(action).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]


async def called(action: Callable[[], Any]) -> None:
    """Call it; that it can not do anything with what it was given is no harm."""
    with suppress(Exception):
        done = action()
        if inspect.isawaitable(done):
            await done


async def test_no_action_reaches_beyond_the_board(
    board: BoardDriver, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    add_deal("Northwind", "64k")
    tried = 0
    async with board.opened() as see:
        with watched() as found:
            for thing in (see.app, see.board):
                for action in actions(thing):
                    await called(action)
                    tried += 1
                    await see.settled()
                    while see.app.screen is not see.board:
                        await see.app.pop_screen()
                    if see.has_left:
                        pytest.fail(f"{action} left the app")
            await see.settled()
    beside, remembered = Path(board.target).name, str(home / "remembered")
    assert [one for one in found if beside not in one and remembered not in one] == []
    assert tried > 100


async def test_control_what_textual_would_write_is_seen(tmp_path: Path) -> None:
    app = App[None]()
    async with app.run_test():
        with watched() as found:
            app.save_screenshot("taken.svg", str(tmp_path))
    assert len(found) == 1 and found[0].endswith("taken.svg")
