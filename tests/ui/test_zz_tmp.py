from salesboard.ui.screens.deal import DealScreen
from tests.ui.driver import BoardDriver, bindings
from tests.stories import add_deal
async def test_x(board: BoardDriver) -> None:
    add_deal("Northwind", "64k", stage="prospect")
    keys = [key for binding in bindings(DealScreen) for key in binding.key.split(",")]
    async with board.opened((80, 20)) as see:
        for key in keys:
            if see.screen not in ("board", "deal"):
                await see.press("g", "b")
            if see.screen == "board":
                await see.press("enter")
            print(key, see.screen, see.app.focused)
            if see.screen != "deal": break
            await see.press(*key.split())
            print("   ", see.screen)
            await see.press("escape") if see.screen=="form" else None
    assert 0
