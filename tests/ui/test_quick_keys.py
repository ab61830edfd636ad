"""Keys that come faster than the screen: several arrive at once over a slow line; none is misunderstood."""

import pytest
from textual import events

from salesboard.domain import pipeline
from salesboard.storage import ledger
from salesboard.ui.screens.board import BoardScreen, View, look
from tests.stories import add_deal, column, read, stage_of
from tests.ui.driver import BoardDriver


async def test_what_is_typed_before_the_form_is_there_goes_into_the_form(board: BoardDriver) -> None:
    northwind = add_deal("Northwind")
    add_deal("Kestrel", stage="prospect")
    before = ledger.end()
    async with board.opened() as see:
        await see.press_quickly("n", *"HLxXX J Hofer")
        assert see.form.typed("line") == "HLxXX J Hofer"
        assert ledger.end() == before
        await see.press_quickly("escape", "escape")
        await see.press_quickly("x", *"Price", "ctrl+s")
        assert see.screen == "board"
    assert read(northwind).reason == "Price"


async def test_what_is_typed_before_the_filter_is_there_goes_into_the_filter(board: BoardDriver) -> None:
    for name in ("Northwind", "Hofer LXX"):
        add_deal(name)
    before = ledger.end()
    async with board.opened() as see:
        await see.press_quickly("/", *"hofer LXX", "enter", "j")
        assert see.column("Target").titles == ["Hofer LXX"]
        assert see.filter_line is None
    assert ledger.end() == before


async def test_what_is_typed_before_the_palette_is_there_goes_into_the_palette(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press_quickly("colon", *"next stage")
        await see.press("enter")
        await see.until(lambda: see.screen == "board")
    assert stage_of(deal) == "prospect"


async def test_keys_for_the_page_wait_until_it_is_there(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press_quickly("enter", "L", "L", "c", *"In haste", "ctrl+s")
        assert see.screen == "deal"
        assert "In haste" in see.page
    assert [stay.stage for stay in pipeline.stays(deal)] == ["Target", "Prospect", "Opportunity"]


@pytest.mark.parametrize("pairs", [("g", "g"), ("m", "3"), ("X", "X")])
async def test_two_keys_of_one_command_may_come_at_once(board: BoardDriver, pairs: tuple[str, str]) -> None:
    for name in ("Kestrel", "Northwind"):
        add_deal(name)
    async with board.opened() as see:
        await see.press("j")
        await see.press_quickly(*pairs)
        if pairs == ("g", "g"):
            assert see.card == "Northwind"
        elif pairs == ("m", "3"):
            assert see.column("Opportunity").titles == ["Kestrel"]
        else:
            assert see.column("Target").titles == ["Northwind"]
        await see.press_quickly("q", "q")
        assert see.has_left
    assert len(column("target")) == (2 if pairs == ("g", "g") else 1)


async def test_one_can_leave_from_a_form_at_once(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("c", "ctrl+q")
        assert see.has_left


async def test_keys_wait_for_a_screen_that_is_not_painted_yet(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        see.app.push_screen(BoardScreen(look(View(), see.app.acting, see.app.now(), first=True)))
        await see.app.on_event(events.Key("L", "L"))
        await see.press_quickly("L")
        await see.until(lambda: stage_of(deal) == "opportunity")
