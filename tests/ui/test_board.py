"""The board: moving the eye, moving cards, filter, order, scope, columns, and numbers that are always
true."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from salesboard.domain import company, money, people, pipeline
from salesboard.storage import ledger
from salesboard.storage.database import Database, current
from salesboard.storage.models import Deal
from salesboard.ui.screens.board import SMALLEST, BoardScreen
from tests.stories import (
    NOW,
    TODAY,
    add_deal,
    add_person,
    add_product,
    add_team,
    column,
    faults,
    owner,
    read,
    stage_id,
    stage_of,
)
from tests.ui.driver import MONDAY, BoardDriver, Seen, bindings

STAGES = ["Target", "Prospect", "Opportunity", "Client", "Advocate"]


def add_sale(account: str, value: str, *, days_ago: int = 1, **facts: object) -> int:
    """A deal that was won so many days before the stories' day."""
    day = TODAY - timedelta(days=days_ago)
    deal = add_deal(account, value, stage="opportunity", opened_on=day - timedelta(days=30), **facts)
    pipeline.win_deal(owner(), deal, now=NOW, won_on=day)
    return deal


# --- the eye --------------------------------------------------------------------------------------------


async def test_the_eye_begins_in_the_first_column_that_has_a_card(board: BoardDriver) -> None:
    add_deal("Northwind", stage="opportunity")
    async with board.opened() as see:
        assert (see.here.name, see.card) == ("Opportunity", "Northwind")


async def test_letters_and_arrows_move_the_eye_alike(board: BoardDriver) -> None:
    for name in ("Orchard", "Kestrel", "Hofer"):
        add_deal(name)
    add_deal("Northwind", stage="prospect")
    async with board.opened() as see:
        for down, up, right, left in (("j", "k", "l", "h"), ("down", "up", "right", "left")):
            await see.press(down, down, up)
            assert see.card == "Kestrel"
            await see.press(right)
            assert see.card == "Northwind"
            await see.press(left, up)
            assert see.card == "Hofer"


async def test_there_are_ways_to_both_ends_of_a_column_and_of_the_board(board: BoardDriver) -> None:
    names = [f"Account {number:02}" for number in range(40, 0, -1)]
    for name in names:
        add_deal(name)
    async with board.opened((120, 36)) as see:
        await see.press("G")
        assert see.card == "Account 40"
        await see.press("g", "g")
        assert see.card == "Account 01"
        await see.press("end", "home", "ctrl+d")
        assert see.card == f"Account {1 + len(see.here.painted) // 4:02}"
        await see.press("ctrl+u")
        assert see.card == "Account 01"
        await see.press("dollar_sign")
        assert see.here.name == "Advocate"
        await see.press("0", "3")
        assert see.here.name == "Opportunity"


async def test_cards_are_read_when_they_come_into_sight(board: BoardDriver) -> None:
    for number in range(120, 0, -1):
        add_deal(title=f"Deal {number:03}")
    async with board.opened((80, 24)) as see:
        assert see.column("Target").rule == "↓114"
        await see.press("G")
        assert see.here.painted[-2].startswith("▌Deal 120")
        assert not any(line.startswith("·") for line in see.here.painted)
        assert see.column("Target").rule == "↑114"


async def test_the_cursor_is_always_in_sight(board: BoardDriver) -> None:
    for number in range(30):
        add_deal(title=f"Deal {number}")
    async with board.opened((80, 24)) as see:
        for key in (*"jjjjjjjjjjj", *"kkkkkkk", "G", "g", "g", "ctrl+d", "ctrl+d", "G", "ctrl+u", *"ll$0"):
            await see.press(key)
            assert see.here.is_shown
            if see.footer.endswith("Esc cancel"):
                continue  # what may follow lies on the cards until the next key
            assert see.text.count("▌") == (2 if see.card else 0), see.text


@pytest.mark.parametrize("deals", [0, 30])
async def test_every_key_can_be_pressed_on_any_board(board: BoardDriver, deals: int) -> None:
    for number in range(deals):
        add_deal(f"Account {number}", f"{number}k")
    keys = [key for binding in bindings(BoardScreen) for key in binding.key.split(",") if key != "q"]
    if deals:
        # The way elsewhere is the same from any board.
        keys = [key for key in keys if not key.startswith("g ")]
    async with board.opened((80, 20)) as see:
        for key in keys:
            await see.press(key)
            for _ in range(3):
                if see.screen != "board" or see.filter_line is not None:
                    await see.press("escape")
            assert see.screen == "board", key
    assert faults() == []


async def test_an_empty_board_says_how_to_begin(board: BoardDriver) -> None:
    async with board.opened() as see:
        assert [column.heading for column in see.columns] == [f"{name} 0" for name in STAGES]
        assert see.card is None
        assert see.footer.startswith("n new deal")
        await see.press("n")
        await see.type("Hofer 12k")
        await see.press("enter")
        assert (see.card, see.column("Target").heading) == ("Hofer", "Target 1 · 12k")


# --- moving the card ------------------------------------------------------------------------------------


async def test_moving_a_deal_right_records_the_new_stage(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k", stage="prospect")
    async with board.opened() as see:
        for key in ("L", ">", "shift+right"):
            await see.column("Prospect").pick("Northwind")
            await see.press(key)
            assert see.column("Prospect").titles == []
            assert see.column("Opportunity").titles == ["Northwind"]
            assert see.card == "Northwind"
            assert see.footer.startswith("Northwind moved to Opportunity")
            assert stage_of(deal) == "opportunity"
            await see.press("u")


async def test_moving_a_deal_left_records_the_new_stage(board: BoardDriver) -> None:
    deal = add_deal("Northwind", stage="prospect")
    async with board.opened() as see:
        for key in ("H", "<", "shift+left"):
            await see.press(key, key)
            assert see.column("Target").titles == ["Northwind"]
            assert stage_of(deal) == "target"
            await see.press("u")


async def test_a_moved_card_is_on_top_of_its_new_column(board: BoardDriver) -> None:
    for name in ("Kestrel", "Hofer"):
        add_deal(name, stage="prospect")
    northwind = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("L")
        assert see.column("Prospect").titles == ["Northwind", "Hofer", "Kestrel"]
    assert column("prospect")[0] == northwind


async def test_two_moves_can_be_asked_for_in_one_breath(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "5k")
    add_deal("Hofer", "7k", stage="opportunity")
    async with board.opened() as see:
        await see.press_quickly("L", "L")
        assert see.column("Opportunity").titles == ["Northwind", "Hofer"]
        assert see.column("Opportunity").heading == "Opportunity 2 · 12k"
        assert see.card == "Northwind"
    assert [stay.stage for stay in pipeline.stays(deal)] == ["Target", "Prospect", "Opportunity"]


async def test_a_deal_goes_to_a_stage_by_its_number_or_its_letter(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("m")
        assert see.footer.startswith("move to  1 Target  2 Prospect  3 Opportunity  4 Client  5 Advocate")
        await see.press("3")
        assert see.here.name == "Opportunity"
        await see.press("m", "p")
        assert see.here.name == "Prospect"
        await see.press("m", "escape")
        assert see.here.name == "Prospect"
        await see.press("m", "y")
        assert see.footer.startswith("no stage begins with 'y'")
        await see.press("m", "9")
        assert see.column("Prospect").titles == ["Northwind"]
    assert stage_of(deal) == "prospect"


async def test_the_next_stage_after_opportunity_is_asked_for_as_a_sale(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k", stage="opportunity")
    async with board.opened() as see:
        for keys in (["L"], ["m", "4"], ["m", "c"], ["m", "5"]):
            await see.press(*keys)
            assert see.form.title == "Northwind is won"
            await see.press("escape")
            assert see.column("Opportunity").titles == ["Northwind"]
    assert read(deal).status == "open"


async def test_a_sale_can_not_be_moved_back_but_says_what_can(board: BoardDriver) -> None:
    deal = add_sale("Northwind", "64k")
    async with board.opened() as see:
        await see.press("H")
        assert see.footer.startswith("Northwind is won: O opens it again")
        assert see.column("Client").titles == ["Northwind"]
        await see.press("L")
        assert see.column("Advocate").titles == ["Northwind"]
        await see.press("H")
        assert see.column("Client").titles == ["Northwind"]
        await see.press("O")
        assert see.column("Opportunity").titles == ["Northwind"]
        assert see.card == "Northwind"
    assert read(deal).status == "open"


async def test_a_refused_move_puts_the_card_back_and_says_why(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    add_deal("Kestrel", "3k", stage="prospect")
    deal = add_deal("Northwind", "64k", stage="prospect")
    async with board.opened(who=mia) as see:
        await see.press("L")
        assert see.column("Prospect").titles == ["Northwind", "Kestrel"]
        assert see.column("Prospect").heading == "Prospect 2 · 67k"
        assert see.column("Opportunity").titles == []
        assert see.card == "Northwind"
        assert see.footer.startswith("it is Ada Marsh's: a rep may move deal only on a rep's own")
    assert stage_of(deal) == "prospect"


async def test_of_two_who_move_one_card_the_second_hears_of_the_first(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", stage="prospect")
    async with board.opened(who=mia) as see:
        see.hears_nothing()
        pipeline.move_deal(owner(), deal, stage_id("target"), now=NOW)
        await see.press("L")
        assert see.column("Target").titles == ["Northwind"]
        assert see.column("Opportunity").titles == []
        assert see.card == "Northwind"
        assert "Ada Marsh" in see.footer
    assert stage_of(deal) == "target"


async def test_cards_can_be_put_in_order_by_hand(board: BoardDriver) -> None:
    for name in ("Orchard", "Kestrel", "Hofer"):
        add_deal(name)
    async with board.opened() as see:
        await see.press("J")
        assert (see.here.titles, see.card) == (["Kestrel", "Hofer", "Orchard"], "Hofer")
        await see.press_quickly("J", "J", "J")
        assert (see.here.titles, see.card) == (["Kestrel", "Orchard", "Hofer"], "Hofer")
        await see.press("shift+up", "K", "K")
        assert (see.here.titles, see.card) == (["Hofer", "Kestrel", "Orchard"], "Hofer")
        await see.press("J", "R")
        assert see.here.titles == ["Kestrel", "Hofer", "Orchard"]
    assert [read(deal).account.name for deal in column("target")] == ["Kestrel", "Hofer", "Orchard"]


# --- undo -----------------------------------------------------------------------------------------------


async def test_undo_goes_back_step_by_step_and_redo_forth_again(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("L", "L", "u")
        assert see.column("Prospect").titles == ["Northwind"]
        assert see.card == "Northwind"
        assert see.footer.startswith("undone: moved Northwind")
        await see.press("u")
        assert see.column("Target").titles == ["Northwind"]
        await see.press("ctrl+r", "ctrl+r")
        assert see.footer.startswith("done again: Northwind")
        assert see.column("Opportunity").titles == ["Northwind"]
        await see.press("ctrl+r")
        assert see.footer.startswith("there is nothing to redo")
    assert stage_of(deal) == "opportunity"


async def test_undo_reaches_back_before_a_restart(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("L")
    async with board.opened() as see:
        assert see.column("Prospect").titles == ["Northwind"]
        await see.press("u")
        assert see.column("Target").titles == ["Northwind"]


async def test_what_somebody_has_changed_since_is_not_undone(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("L")
        pipeline.move_deal(mia, deal, stage_id("opportunity"), now=NOW + timedelta(days=2))
        await see.until(lambda: see.column("Opportunity").titles == ["Northwind"])
        await see.press("u")
        assert "Mia Berg" in see.footer
        assert see.column("Opportunity").titles == ["Northwind"]
    assert stage_of(deal) == "opportunity"


# --- filter, order, scope, older sales ------------------------------------------------------------------


async def test_the_filter_works_as_one_types(board: BoardDriver) -> None:
    for name, value in (("Northwind", "64k"), ("Hofer", "12k"), ("Northgate", "3k")):
        add_deal(name, value)
    async with board.opened() as see:
        await see.press("/")
        await see.type("north")
        assert see.column("Target").titles == ["Northgate", "Northwind"]
        assert see.column("Target").heading == "Target 2 · 67k"
        assert "open 67k · 2 deals" in see.summary
        await see.type(" value>10k")
        assert see.column("Target").titles == ["Northwind"]
        assert "north value>10k" in see.header
        await see.press("enter")
        assert see.filter_line is None
        assert see.column("Target").titles == ["Northwind"]
        await see.press("L")
        assert see.column("Prospect").titles == ["Northwind"]
        await see.press("escape")
        assert see.column("Target").titles == ["Northgate", "Hofer"]
        assert "north" not in see.header


async def test_a_filter_that_can_not_be_understood_says_why_and_changes_nothing(board: BoardDriver) -> None:
    add_deal("Northwind", "64k")
    add_deal("Hofer", "12k")
    async with board.opened() as see:
        await see.press("/")
        await see.type("value>20k")
        await see.type(" owner:nobody")
        assert "there is no person 'nobody'" in see.header
        assert see.column("Target").titles == ["Northwind"]
        await see.press("enter")
        assert see.filter_line == "value>20k owner:nobody"
        await see.press("R", "backspace")
        for _ in "owner:nobody":
            await see.press("backspace")
        assert see.header.startswith("salesboard   Board   value>20k")
        await see.press("enter")
        assert see.filter_line is None
        assert see.column("Target").titles == ["Northwind"]


async def test_a_wrong_filter_that_is_entered_in_haste_is_not_kept(board: BoardDriver) -> None:
    add_deal("Northwind", "64k")
    async with board.opened() as see:
        await see.press("/")
        await see.press_quickly(*"owner:nobody", "enter")
        await see.press("escape")
        await see.press("L")
        assert see.column("Prospect").titles == ["Northwind"]
        await see.press("R")
        assert see.footer.startswith("read again")


async def test_escape_clears_the_filter(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("/")
        await see.type("kestrel")
        assert see.column("Target").titles == []
        await see.press("escape")
        assert see.filter_line is None
        assert see.column("Target").titles == ["Northwind"]
        assert see.card == "Northwind"


async def test_the_board_can_start_with_a_filter_and_with_nothing_hidden(board: BoardDriver) -> None:
    add_deal("Northwind")
    add_deal("Hofer")
    add_sale("Kestrel", "9k", days_ago=200)
    async with board.opened(filter_text="hofer") as see:
        assert see.column("Target").titles == ["Hofer"]
        assert "hofer" in see.header
        await see.press("/")
        assert see.filter_line == "hofer"
    async with board.opened(nothing_hidden=True) as see:
        assert see.column("Client").titles == ["Kestrel"]


async def test_a_filter_for_lost_deals_brings_them_back_into_sight(board: BoardDriver) -> None:
    deal = add_deal("Northwind", stage="prospect")
    pipeline.lose_deal(owner(), deal, reason="Price", now=NOW)
    async with board.opened(filter_text="is:lost") as see:
        assert see.column("Prospect").titles == ["Northwind"]
        assert "✕ lost 2026-11-22" in see.text
        await see.press("L")
        assert see.footer.startswith("Northwind is lost: O opens it again")
        await see.press("O")
        assert see.footer.startswith("Northwind is open again")
        await see.press("escape")
        assert see.column("Prospect").titles == ["Northwind"]


ORDERS: dict[str, list[str]] = {
    "value": ["Big", "Middle", "Small"],
    "next step": ["Small", "Big", "Middle"],
    "quiet longest": ["Middle", "Small", "Big"],
    "expected close": ["Middle", "Big", "Small"],
    "newest": ["Small", "Big", "Middle"],
    "hand": ["Small", "Middle", "Big"],
}


async def test_cards_can_be_sorted_and_keep_the_cursor(board: BoardDriver) -> None:
    def day(days: int) -> dict[str, object]:
        return {
            "opened_on": TODAY - timedelta(days=days),
            "expected_on": TODAY + timedelta(days=10 + days % 7),
        }

    add_deal("Big", "90k", next_step_on=TODAY + timedelta(days=9), **day(8))
    add_deal("Middle", "50k", now=NOW - timedelta(days=9), **day(21))
    add_deal("Small", "1k", next_step_on=TODAY + timedelta(days=2), now=NOW - timedelta(days=5), **day(6))
    async with board.opened() as see:
        await see.column("Target").pick("Middle")
        for order, titles in ORDERS.items():
            await see.press("s")
            assert see.footer.startswith(f"sorted by {order}")
            assert see.column("Target").titles == titles, order
            assert see.card == "Middle"
            if order != "hand":
                assert f"by {order}" in see.header
                await see.press("J")
                assert see.footer.startswith(f"cards are sorted by {order}")
                assert see.column("Target").titles == titles


async def test_a_move_on_a_sorted_board_lands_where_the_order_says(board: BoardDriver) -> None:
    add_deal("Northwind", "50k")
    for name, value in (("Hofer", "10k"), ("Kestrel", "90k")):
        add_deal(name, value, stage="prospect")
    async with board.opened() as see:
        await see.press("s", "L")
        assert see.column("Prospect").titles == ["Kestrel", "Northwind", "Hofer"]
        assert see.card == "Northwind"


async def test_scope_shows_everyones_my_teams_and_my_deals(board: BoardDriver) -> None:
    add_team("West")
    people.join_team(owner(), owner().id or 0, people.find_team("West"), now=NOW)
    mia, jon = add_person("Mia Berg", team="West"), add_person("Jon Haas")
    add_deal("Hofer", "1k")
    add_deal("Kestrel", "2k", by=mia)
    add_deal("Northwind", "4k", by=jon)
    async with board.opened() as see:
        assert "Ada Marsh · West" in see.header
        await see.press("C")
        assert see.column("Target").titles == ["Kestrel", "Hofer"]
        assert "my teams" in see.header
        await see.press("C")
        assert see.column("Target").heading == "Target 1 · 1k"
        await see.press("C")
        assert see.column("Target").heading == "Target 3 · 7k"


async def test_older_sales_are_counted_and_shown_on_demand(board: BoardDriver) -> None:
    add_sale("Hofer", "5k", days_ago=200)
    add_sale("Northwind", "64k", days_ago=3)
    async with board.opened() as see:
        assert see.column("Client").heading == "Client 1 · 64k"
        assert see.column("Client").rule == "1 older hidden"
        await see.press("o")
        assert see.column("Client").heading == "Client 2 · 69k"
        assert see.column("Client").rule == ""
        await see.press("o")
        assert see.column("Client").titles == ["Northwind"]


# --- columns and sizes ----------------------------------------------------------------------------------


async def test_as_many_columns_as_are_readable(board: BoardDriver) -> None:
    add_deal("Northwind", "64k")
    async with board.opened() as see:
        for width, shown in ((160, 5), (120, 4), (80, 3), (60, 2)):
            await see.press("0")
            await see.resize(width, 20)
            assert see.names_in_sight == STAGES[:shown]
            assert all(column.width >= 26 for column in see.columns if column.is_shown)
            await see.press("$")
            assert see.names_in_sight == STAGES[-shown:]
            await see.press("h")
            assert see.here.name == "Client"
            assert see.names_in_sight == STAGES[-shown:]
            assert "weighted 3.2k" in see.summary


async def test_columns_out_of_sight_are_named_where_there_is_room(board: BoardDriver) -> None:
    async with board.opened((120, 24)) as see:
        assert see.summary.endswith("Advocate ›")
        await see.resize(60, 24)
        assert see.summary.endswith("3 ›")
        await see.press("3")
        assert see.summary.endswith("‹ 1   2 ›")


async def test_a_folded_column_makes_room_and_hides_its_cards_from_every_key(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k")
    add_deal("Kestrel", stage="prospect")
    async with board.opened((120, 24)) as see:
        assert "Advocate" not in see.names_in_sight
        await see.press("z")
        assert see.here.is_folded
        assert see.names_in_sight == STAGES
        assert "Northwind" not in see.text
        for key in ("L", "w", "x", "e", "enter", "X", "X", "y", "m"):
            await see.press(key)
            assert see.screen == "board", key
        await see.press("l", "H")
        assert see.column("Target").titles == ["Kestrel", "Northwind"]
        assert not see.column("Target").is_folded
        await see.press("z", "z")
        assert see.names_in_sight == STAGES[:4]
    assert stage_of(deal) == "target"


async def test_a_storm_of_sizes_leaves_the_board_as_it_was(board: BoardDriver) -> None:
    for number in range(30, 0, -1):
        add_deal(f"Account {number}", f"{number}k", stage=("target", "prospect", "opportunity")[number % 3])
    sizes = random.Random(3)
    async with board.opened((80, 24)) as see:
        await see.column("Opportunity").pick("Account 17")
        before = see.text
        for _ in range(15):
            await see.resize(sizes.randrange(20, 200), sizes.randrange(5, 60))
            assert see.card == "Account 17"
        await see.resize(20, 5)
        await see.resize(80, 24)
        await see.press("1", "3")
        assert see.text == before


async def test_a_terminal_that_is_too_small_says_so_once_and_takes_no_dangerous_keys(
    board: BoardDriver,
) -> None:
    deal = add_deal("Northwind")
    async with board.opened(SMALLEST) as see:
        assert "Northwind" in see.text
        for size in ((59, 16), (60, 15), (20, 5)):
            await see.resize(*size)
            assert see.text.count("needs 60 × 16") == 1
            assert "Northwind" not in see.text
            await see.press("L", "w", "X", "X")
            assert see.screen == "board"
        await see.resize(*SMALLEST)
        assert see.column("Target").titles == ["Northwind"]
    assert stage_of(deal) == "target"


# --- the mouse ------------------------------------------------------------------------------------------


async def test_a_click_chooses_a_double_click_opens_and_the_wheel_scrolls(board: BoardDriver) -> None:
    for number in range(40, 0, -1):
        add_deal(f"Account {number:02}", stage="prospect")
    add_deal("Northwind")
    async with board.opened((120, 36)) as see:
        await see.press("i")
        assert "Northwind" in (see.pane or "")
        await see.click(*see.column("Prospect").place_of("Account 04"))
        assert see.card == "Account 04"
        assert "Account 04" in (see.pane or "")
        await see.press("i")
        place = see.column("Prospect").place_of("Account 04")
        for _ in range(5):
            await see.scroll_down(*place)
        assert see.column("Prospect").rule.startswith("↑5")
        assert see.card == "Account 06"
        await see.click(*see.column("Prospect").place_of("Account 08"), times=2)
        assert see.screen == "deal"
        assert "Account 08" in see.header


# --- the pane -------------------------------------------------------------------------------------------


async def test_the_pane_follows_the_eye(board: BoardDriver) -> None:
    add_product("GTX Pro", "2k")
    add_deal("Northwind", "64k", source="referral")
    add_deal("Hofer", title="Renewal", next_step="call", next_step_on=TODAY)
    async with board.opened((120, 36)) as see:
        assert see.pane is None
        await see.press("i")
        assert "Renewal" in (see.pane or "") and "! 1 d late · call" in (see.pane or "")
        assert len(see.names_in_sight) == 2
        await see.press("j")
        assert "$64,000.00" in (see.pane or "") and "referral" in (see.pane or "")
        await see.press("L")
        assert "Stage      Prospect" in (see.pane or "")
        await see.press("tab", "j", "escape", "escape")
        assert see.pane is None
        assert len(see.names_in_sight) == 4


async def test_beside_the_pane_one_column_can_be_read_even_in_the_smallest_terminal(
    board: BoardDriver,
) -> None:
    add_deal("Northwind Trading", "64k")
    async with board.opened(SMALLEST) as see:
        await see.press("i")
        assert "$64,000.00" in see.text
        assert see.names_in_sight == ["Target"]
        assert see.here.width >= 26
        assert "▌Northwind Trading    64k" in see.text


# --- numbers --------------------------------------------------------------------------------------------


def sums() -> dict[str, tuple[int, int]]:
    """Number and sum of the cards of each column, by a statement that shares nothing with the board."""
    found = current().execute(
        """SELECT stage.name, COUNT(deal.id), COALESCE(SUM(deal.value_minor), 0)
           FROM stage LEFT JOIN deal ON deal.stage_id = stage.id AND deal.archived = 0
             AND (deal.status = 'open' AND stage.kind IN ('target', 'prospect', 'opportunity')
               OR deal.status = 'won' AND stage.kind IN ('client', 'advocate') AND deal.closed_on > ?)
           GROUP BY stage.name""",
        [(MONDAY - timedelta(days=company.facts().closed_days or 0)).isoformat()],
    )
    return {name: (count, total) for name, count, total in found.fetchall()}


def headings() -> list[str]:
    """What the headings must say."""
    stood = sums()
    told = []
    for name in STAGES:
        count, total = stood[name]
        told.append(f"{name} {count}" + (f" · {money.format_short(total, 'USD')}" if total else ""))
    return told


def weighted() -> str:
    """What the summary must say of the open deals."""
    stood, stages = sums(), [stage for stage in company.stages() if not stage.holds_won]
    open_minor = sum(stood[stage.name][1] for stage in stages)
    likely = sum((stood[stage.name][1] * stage.likelihood + 50) // 100 for stage in stages)
    short: Callable[[int], str] = lambda minor: money.format_short(minor, "USD")  # noqa: E731
    count = sum(stood[stage.name][0] for stage in stages)
    return f"open {short(open_minor)} · {count} deals     weighted {short(likely)}"


async def test_headings_equal_a_fresh_sum_whatever_is_pressed(board: BoardDriver) -> None:
    chance = random.Random(20261122)
    for number in range(25):
        add_deal(
            f"Account {number}", f"{chance.randrange(1, 90_000)}", stage=STAGES[chance.randrange(3)].lower()
        )
    for number in range(4):
        add_sale(f"Customer {number}", f"{chance.randrange(1, 90_000)}", days_ago=chance.choice((2, 40, 200)))

    async def win(see: Seen) -> None:
        await see.press("w")
        if see.screen == "form":
            await see.press("ctrl+s")

    async def lose(see: Seen) -> None:
        await see.press("x")
        if see.screen == "form":
            await see.type("Price")
            await see.press("ctrl+s")

    async def add(see: Seen) -> None:
        await see.press("n")
        await see.type(f"New {chance.randrange(100)} {chance.randrange(1, 99)}k")
        await see.press("enter")

    async def archive(see: Seen) -> None:
        await see.press("X", "X")

    async def elsewhere(see: Seen) -> None:
        deal = Deal.select().where(Deal.status == "open", ~Deal.archived).order_by(Deal.place).first()
        before = see.app.desk
        changed = pipeline.edit_deal(
            owner(), deal.id, now=NOW + timedelta(days=2), value_minor=chance.randrange(9_000_000)
        )
        assert changed and before is see.app.desk
        await see.until(lambda: [column.heading for column in see.columns] == headings())

    acts = [win, lose, add, archive, elsewhere]
    keys = ["L"] * 9 + ["H"] * 5 + ["J", "K", "u", "u", "ctrl+r", "O", "O"] + list("jjkkhhll15")
    async with board.opened() as see:
        for _ in range(60):
            if chance.random() < 0.2:
                await chance.choice(acts)(see)
            else:
                await see.press(chance.choice(keys))
            if see.screen == "form":
                await see.press("ctrl+s")
            assert see.screen == "board"
            assert [column.heading for column in see.columns] == headings()
            assert weighted() in see.summary
    assert faults() == []
    assert ledger.end()[0] > 60, "hardly anything was changed"


async def test_the_quarter_says_what_was_won_since_it_began(board: BoardDriver) -> None:
    add_sale("Hofer", "5k", days_ago=30)
    add_sale("Northwind", "64k", days_ago=100)
    add_deal("Kestrel", "10k", stage="opportunity")
    async with board.opened() as see:
        assert see.summary.startswith("2026-Q4  5k won · 1 sale ")
        await see.column("Opportunity").pick("Kestrel")
        await see.press("w", "ctrl+s")
        assert see.summary.startswith("2026-Q4  15k won · 2 sales ")
        await see.press("u")
        assert see.summary.startswith("2026-Q4  5k won · 1 sale ")


async def test_archiving_asks_first_and_is_undone_like_all_else(
    board: BoardDriver, sqlite_database: Database
) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("X")
        assert see.footer.startswith("X again archives Northwind")
        await see.press("j", "X")
        assert see.column("Target").titles == ["Northwind"]
        await see.press("X")
        assert see.column("Target").titles == []
        assert read(deal).archived
        await see.press("u")
        assert see.column("Target").titles == ["Northwind"]


async def test_leaving_asks_once(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("q")
        assert see.footer.startswith("q again leaves salesboard")
        await see.press("j", "q")
        assert not see.has_left
        await see.press("q")
        assert see.has_left
    assert see.app.return_code == 0
