"""The way from screen to screen: `g` and a letter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from salesboard.ui.screens.asking import DeskScreen

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp


SCREENS = {
    "milestones": "milestones:MilestonesScreen",
    "review": "review:ReviewScreen",
    "statement": "statement:StatementScreen",
}
"""Where the screens are that one goes to; each is loaded when it is first wanted."""


async def to(app: SalesboardApp, place: str) -> None:
    """Go to a screen: back to it if it lies beneath, else on to it from the board."""
    stack = app.screen_stack
    names = [getattr(screen, "PLACE", "") for screen in stack]
    target = place if place in names else "board"
    while len(app.screen_stack) - 1 > names.index(target):
        await app.pop_screen()
    screen = app.screen
    if target == place:
        assert isinstance(screen, DeskScreen)
        screen.reload()
    else:
        await app.push_screen(_new(place))


def _new(place: str) -> DeskScreen:
    module, _, name = SCREENS[place].partition(":")
    screen: DeskScreen = getattr(import_module(f"salesboard.ui.screens.{module}"), name)()
    return screen
