"""The page of one deal: everything that is known of it, with where each fact comes from."""

from datetime import timedelta

import pytest

from salesboard.domain import accounts, pipeline
from salesboard.ui.screens.deal import DealScreen
from tests.stories import (
    NOW,
    TODAY,
    add_account,
    add_deal,
    add_person,
    add_product,
    faults,
    owner,
    read,
    stage_id,
    stage_of,
)
from tests.ui.driver import BoardDriver, bindings


def a_deal_with_a_past() -> int:
    """Opened thirty days ago, moved twice, with lines, a contact, a note and a next step."""
    kestrel = add_account("Kestrel")
    karl = accounts.add_contact(
        owner(), kestrel, "Karl Huber", title="Purchasing", email="karl@kestrel.example", now=NOW
    )
    lines = [
        pipeline.Line(add_product("GTX Pro", "4,821"), 2),
        pipeline.Line(add_product("MG Special", "55")),
    ]
    deal = add_deal(
        "Kestrel",
        "9k",
        title="Rollout",
        contact=karl,
        lines=lines,
        opened_on=TODAY - timedelta(days=30),
        next_step="send proposal",
        next_step_on=TODAY + timedelta(days=3),
        source="referral",
    )
    for days, stage in ((20, "prospect"), (5, "opportunity")):
        pipeline.move_deal(owner(), deal, stage_id(stage), now=NOW, moved_on=TODAY - timedelta(days=days))
    pipeline.add_note(owner(), deal, "They want it before May.\nBudget is settled.", now=NOW)
    return deal


@pytest.mark.parametrize("size", [(140, 40), (80, 60)])
async def test_the_page_tells_everything_about_a_deal(board: BoardDriver, size: tuple[int, int]) -> None:
    deal = a_deal_with_a_past()
    async with board.opened(size) as see:
        await see.press("enter")
        assert see.screen == "deal"
        assert see.header.startswith(f"salesboard   Kestrel   deal {deal}")
        for told in (
            "Rollout",
            "Value      $9,000.00",
            "Stage      Opportunity · 50 %",
            "Owner      Ada Marsh",
            "Source     referral",
            "2 × GTX Pro",
            "$9,642.00",
            "● Karl Huber  Purchasing",
            "karl@kestrel.example",
            "They want it before May.",
            "Budget is settled.",
            "stage: Prospect → Opportunity",
        ):
            assert told in see.page, told
        assert "Way through the stages" in see.text


async def test_the_times_in_the_stages_add_up_to_the_age(board: BoardDriver) -> None:
    a_deal_with_a_past()
    async with board.opened((140, 40)) as see:
        await see.press("enter")
        way = see.page.split("Way through the stages")[1].split("\n")
        assert way[0] == "31 d in all"
        assert [(line.split()[0], line.split()[-2:]) for line in way[1:4]] == [
            ("Target", ["10", "d"]),
            ("Prospect", ["15", "d"]),
            ("Opportunity", ["6", "d"]),
        ]


@pytest.mark.parametrize("wide", [True, False])
async def test_one_scrolls_through_the_page_by_keys_and_changes_sides(board: BoardDriver, wide: bool) -> None:
    deal = add_deal("Northwind")
    for number in range(60):
        pipeline.add_note(owner(), deal, f"Note {number}", now=NOW)
    async with board.opened((140 if wide else 80, 24)) as see:
        await see.press("enter")
        assert ("Tab other side" in see.footer) == wide
        if wide:
            await see.press("tab")
        for key in ("ctrl+d", "pagedown", "j", "down"):
            before = see.text
            await see.press(key)
            assert see.text != before, key
        for key in ("k", "up", "ctrl+u", "pageup"):
            before = see.text
            await see.press(key)
            assert see.text != before, key


async def test_every_key_of_the_page_can_be_pressed(board: BoardDriver) -> None:
    add_deal("Northwind", "64k", stage="prospect")
    keys = [key for binding in bindings(DealScreen) for key in binding.key.split(",") if key[:2] != "g "]
    async with board.opened((80, 20)) as see:
        for key in keys:
            if see.screen not in ("board", "deal"):
                await see.press("g", "b")
            if see.screen == "board":
                await see.press("enter")
            assert see.screen == "deal", key
            await see.press(key)
            if see.screen == "form":
                await see.press("escape")
    assert faults() == []


async def test_a_deal_can_be_moved_undone_and_reopened_from_its_page(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k")
    async with board.opened() as see:
        await see.press("enter", "L")
        assert see.footer.startswith("moved to Prospect")
        assert "Stage      Prospect" in see.page
        await see.press("j")
        assert see.footer.startswith("e edit")
        await see.press("u")
        assert "Stage      Target" in see.page
        await see.press("ctrl+r", "L", "L")
        assert see.form.title == "Northwind is won"
        await see.press("ctrl+s")
        assert "Client · won 2026-11-23" in see.page
        await see.press("H")
        assert "reopen it" in see.footer
        await see.press("O")
        assert "Stage      Opportunity" in see.page
        await see.press("escape")
        assert see.column("Opportunity").titles == ["Northwind"]
        assert see.card == "Northwind"
    assert stage_of(deal) == "opportunity"


async def test_the_page_follows_what_others_do(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", "64k")
    async with board.opened() as see:
        await see.press("enter")
        pipeline.add_note(mia, deal, "Spoke with their board.", now=NOW)
        await see.until(lambda: "Spoke with their board." in see.page, within=1.5)
        pipeline.move_deal(mia, deal, stage_id("prospect"), now=NOW)
        await see.until(lambda: "Stage      Prospect" in see.page, within=1.5)


async def test_what_is_undone_is_marked_in_the_ledger(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened((140, 40)) as see:
        await see.press("L", "u", "enter")
        assert "ada moved  (undone)" in see.page
        assert "ada undid entry" in see.page


async def test_a_deal_that_is_gone_says_so(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("n")
        await see.type("Northwind")
        await see.press("enter", "enter")
        assert see.screen == "deal"
        await see.press("u")
        assert "there is no deal" in see.footer
        await see.press("escape")
        assert see.card is None


async def test_the_number_of_a_deal_can_be_copied(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("y")
        assert see.app.clipboard == str(deal)
        assert see.footer.startswith(f"{deal} copied")
        see.app.copy_to_clipboard("")
        await see.press("enter", "y")
        assert see.app.clipboard == str(deal)
    assert read(deal).version == 1
