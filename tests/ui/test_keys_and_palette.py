"""Every key is in the list of keys and in the palette by name, and does there what it does by itself."""

from salesboard.ui.palette import shown_key
from salesboard.ui.screens.account import AccountScreen
from salesboard.ui.screens.anniversaries import AnniversariesScreen
from salesboard.ui.screens.awards import AwardsScreen
from salesboard.ui.screens.board import BoardScreen
from salesboard.ui.screens.clients import ClientsScreen
from salesboard.ui.screens.deal import DealScreen
from salesboard.ui.screens.goal import GoalScreen
from salesboard.ui.screens.milestones import MilestonesScreen
from salesboard.ui.screens.nominations import NominationsScreen
from tests.stories import add_deal, stage_of
from tests.ui.driver import BoardDriver, Seen, bindings

SCREENS = (
    BoardScreen,
    DealScreen,
    GoalScreen,
    MilestonesScreen,
    AnniversariesScreen,
    ClientsScreen,
    AccountScreen,
    AwardsScreen,
    NominationsScreen,
)


def test_every_key_has_a_name_and_says_what_it_does() -> None:
    for screen in SCREENS:
        for binding in bindings(screen):
            assert binding.id and binding.description and binding.tooltip, binding
        identities = [binding.id for binding in bindings(screen)]
        assert len(identities) == len(set(identities))


def test_every_function_has_a_key_that_travels_through_any_terminal() -> None:
    for screen in SCREENS:
        for binding in bindings(screen):
            first = binding.key.split(",")[0]
            plain = first in ("enter", "escape", "tab", "space", "home") or len(shown_key(first)) == 1
            plain = plain or (first[:2] == "g " and len(first) == 3)
            assert plain or first in ("ctrl+d", "ctrl+u", "ctrl+r"), binding


def test_no_single_key_deletes_anything() -> None:
    assert not any("d" in binding.key.split(",") for screen in SCREENS for binding in bindings(screen))


async def test_the_list_of_keys_shows_every_key_of_the_board(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened((100, 48)) as see:
        await see.press("question_mark")
        assert see.screen == "keys"
        listed = {line.split("  ")[0].strip() for line in see.page.splitlines()}
        for binding in bindings(BoardScreen):
            if binding.group is None:
                assert shown_key(binding.key.split(",")[0]) in listed, binding
                assert binding.description in see.page
        assert "2 … 9" in listed
        for everywhere in ("Undo", "Command", "Keys", "Leave salesboard"):
            assert everywhere in see.page
        await see.press("escape")
        assert see.screen == "board"


async def test_the_list_of_keys_shows_every_key_of_the_page(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("enter", "question_mark")
        for binding in bindings(DealScreen):
            assert binding.description in see.page, binding
        assert "Scroll down" in see.page
        await see.press("q")
        assert see.screen == "deal"


async def test_the_list_of_keys_fits_any_width(board: BoardDriver) -> None:
    for width in (60, 80, 100):
        async with board.opened((width, 40)) as see:
            await see.press("question_mark")
            first = see.text
            assert "Column left" in first
            listed = [line for line in first.splitlines() if "█" in line][:-2]
            assert not [
                line
                for line in listed
                if line.endswith("…") and not line.endswith((" to …", " Go …", "step, …"))
            ]
            await see.press("ctrl+d")
            assert see.text != first


async def test_the_palette_offers_every_key_by_its_name(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened((100, 40)) as see:
        for open_it in ("colon", "ctrl+p"):
            await see.press(open_it)
            assert see.screen == "palette"
            offered = "\n".join(see.commands)
            for binding in bindings(BoardScreen):
                if binding.action not in ("column(0)",):
                    assert f"{binding.description}  ({shown_key(binding.key.split(',')[0])})" in offered, (
                        binding
                    )
            assert "First column  (0)" in offered
            assert "Theme" in offered
            await see.press("escape")
            assert see.screen == "board"
        await see.press("enter", "colon")
        offered = "\n".join(see.commands)
        for binding in bindings(DealScreen):
            assert binding.description in offered, binding


async def test_what_is_chosen_in_the_palette_is_done(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.command("next stage")
        assert see.column("Prospect").titles == ["Northwind"]
        await see.command("lost")
        assert see.form.title == "Northwind is lost"
        await see.press("ctrl+s")
        assert see.screen == "form"
        await see.press("escape")
        await see.command("undo")
    assert stage_of(deal) == "target"


async def test_the_palette_can_be_reached_from_the_list_of_keys(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("question_mark", "ctrl+p")
        assert see.screen == "palette"
        assert "New deal  (n)" in "\n".join(see.commands)
        await see.press("escape")
        assert see.screen == "board"


async def test_two_keys_in_a_row_work_from_the_palette_too(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.command("move to")
        assert see.footer.startswith("move to")
        await see.press("3")
        assert see.column("Opportunity").titles == ["Northwind"]


async def test_the_keys_that_may_follow_are_there_until_the_second_one(board: BoardDriver) -> None:
    async with board.opened((160, 40)) as see:
        wide = await keys_after_g(see)
        await see.resize(60, 40)
        narrow = [line for line in see.text.splitlines() if "record book" in line]
        assert narrow and len(narrow[0].split("  ")) < len(wide[0].split("  ")), "in fewer columns"
        await see.press_quickly("escape", "g")
        assert "record book" in see.text
        await see.press("ctrl+p")
        assert see.screen == "board" and "record book" not in see.text, "that was the second one"
        await see.press("g", "m")
        assert see.screen == "milestones" and "record book" not in see.text
        assert await keys_after_g(see)
        await see.press("b")
        assert see.screen == "board" and "record book" not in see.text


async def keys_after_g(see: Seen) -> list[str]:
    assert "record book" not in see.text
    await see.press("g")
    return [line for line in see.text.splitlines() if "record book" in line]
