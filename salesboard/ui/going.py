"""The way from screen to screen: `g` and a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salesboard.ui.screens.asking import DeskScreen

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp


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
    match place:
        case "milestones":
            from salesboard.ui.screens.milestones import MilestonesScreen

            return MilestonesScreen()
        case "review":
            from salesboard.ui.screens.review import ReviewScreen

            return ReviewScreen()
        case "statement":
            from salesboard.ui.screens.statement import StatementScreen

            return StatementScreen()
        case _:
            raise LookupError(place)
