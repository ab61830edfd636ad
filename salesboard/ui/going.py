"""The way from screen to screen: `g` and a letter."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from salesboard.ui.screens.asking import DeskScreen

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp


SCREENS = {
    "anniversaries": "anniversaries:AnniversariesScreen",
    "awards": "awards:AwardsScreen",
    "clients": "clients:ClientsScreen",
    "forecast": "forecast:ForecastScreen",
    "hall": "hall:HallScreen",
    "inbox": "inbox:InboxScreen",
    "judging": "judging:JudgingScreen",
    "milestones": "milestones:MilestonesScreen",
    "nominations": "nominations:NominationsScreen",
    "night": "night:NightScreen",
    "programme": "programme:ProgrammeScreen",
    "recognition": "recognition:RecognitionScreen",
    "records": "records:RecordsScreen",
    "review": "review:ReviewScreen",
    "roadmap": "roadmap:RoadmapScreen",
    "statement": "statement:StatementScreen",
}
"""Where the screens are that one goes to; each is loaded when it is first wanted."""
PAGES = {
    "account": "account:AccountScreen",
    "deal": "deal:DealScreen",
    "goal": "goal:GoalScreen",
    "record": "lineage:LineageScreen",
}
"""Where the pages are about one thing; each module has a `read`."""


async def to(app: SalesboardApp, place: str) -> None:
    """Go to a screen: back to it if it lies beneath, else on to it from the board."""
    stack = app.screen_stack
    names = [getattr(screen, "PLACE", "") for screen in stack]
    target = place if place in names else "board"
    deal = None
    while len(app.screen_stack) - 1 > names.index(target):
        deal = getattr(app.screen, "deal_of_page", deal)
        await app.pop_screen()
    screen = app.screen
    if target == place:
        assert isinstance(screen, DeskScreen)
        screen.reload(to_deal=deal)
    else:
        await app.push_screen(_new(place))


def _new(place: str) -> DeskScreen:
    module, _, name = SCREENS[place].partition(":")
    screen: DeskScreen = getattr(import_module(f"salesboard.ui.screens.{module}"), name)()
    return screen


def to_subject(app: SalesboardApp, screen: DeskScreen, subject: str) -> bool:
    """Open the page of something, named as `deal:60074`; False where there is no such page.

    The screen one comes from is read again when one is back.
    """
    kind, _, rest = subject.partition(":")
    if kind in SCREENS:
        screen.action_go(kind)
        return True
    if kind not in PAGES:
        return False
    module, _, name = PAGES[kind].partition(":")
    page = import_module(f"salesboard.ui.screens.{module}")
    when = app.now() if kind == "deal" else app.today
    which = rest if kind == "record" else int(rest)
    screen.open_page(partial(page.read, which, when), getattr(page, name))
    return True
