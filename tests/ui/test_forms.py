"""The forms: read as one types, refused with a reason, kept open with what was typed, left only on
purpose."""

from datetime import date, timedelta

from salesboard.domain import company, pipeline
from salesboard.storage import ledger
from salesboard.storage.models import Account, DealLine, Note
from tests.stories import (
    NOW,
    TODAY,
    add_deal,
    add_person,
    add_product,
    faults,
    owner,
    read,
    stage_id,
    stage_of,
)
from tests.ui.driver import MONDAY, BoardDriver

LATER = NOW + timedelta(days=2)


# --- a new deal -----------------------------------------------------------------------------------------


async def test_a_new_deal_is_understood_as_one_types(board: BoardDriver) -> None:
    add_person("Mia Berg")
    add_deal("Hofer")
    async with board.opened() as see:
        await see.press("n")
        assert see.form.title == "New deal in Target"
        assert see.form.says("line") == "needed"
        await see.type("Hofer")
        assert see.form.says("line") == "Hofer"
        await see.type(" 12k")
        assert see.form.says("line") == "Hofer · $12,000.00"
        await see.type(" proposal fri @mia #referral opportunity")
        assert see.form.says("line") == (
            "Hofer · “proposal” · $12,000.00 · in Opportunity · next step Fri 27 Nov"
            " · for Mia Berg · from referral"
        )
        await see.press("enter")
        assert see.column("Opportunity").titles == ["Hofer"]
        assert see.card == "Hofer"
        assert see.footer.startswith("the deal is on the board")
        (deal,) = see.column("Opportunity").deals
    row = read(deal)
    assert (row.title, row.value_minor, row.owner.handle, row.source) == (
        "proposal",
        1_200_000,
        "mia",
        "referral",
    )
    assert row.next_step_on == date(2026, 11, 27)


async def test_a_new_deal_starts_in_the_column_one_looks_at_unless_that_holds_sales(
    board: BoardDriver,
) -> None:
    async with board.opened() as see:
        await see.press("2", "n")
        assert see.form.title == "New deal in Prospect"
        await see.type("Hofer")
        await see.press("enter")
        assert see.column("Prospect").titles == ["Hofer"]
        await see.press("4", "n")
        assert see.form.title == "New deal"
        await see.type("Kestrel")
        await see.press("ctrl+s")
        assert see.column("Target").titles == ["Kestrel"]
        assert see.card == "Kestrel"


async def test_a_slash_names_a_new_account_and_the_deal(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("n")
        await see.type("Blue Heron / renewal 18k")
        assert see.form.says("line") == "Blue Heron (new account) · “renewal” · $18,000.00"
        await see.press("enter")
        assert see.card == "Blue Heron"
        await see.press("u")
        assert see.card is None
    assert Account.select().count() == 0


async def test_a_line_that_can_not_be_understood_stays_with_the_reason(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("n", "enter")
        assert (see.screen, see.form.says("line")) == ("form", "needed")
        await see.type("Hofer @nobody")
        assert see.form.says("line") == "there is no person @nobody"
        await see.press("enter", "ctrl+s")
        assert see.form.typed("line") == "Hofer @nobody"
        await see.fill("Hofer")
        await see.press("enter")
        assert see.card == "Hofer"


# --- won ------------------------------------------------------------------------------------------------


async def test_a_deal_is_won_with_day_and_amount_on_every_path(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k", stage="opportunity")
    async with board.opened() as see:
        for keys in (["w"], ["L"], ["m", "4"], ["enter", "w"], ["escape", "escape", "enter", "L"]):
            await see.press(*keys)
            assert see.form.title == "Northwind is won"
            assert see.form.says("value") == "$64,000.00"
            assert see.form.says("won_on") == "Monday 23 November 2026"
            await see.press("escape")
            assert read(deal).status == "open"
        assert see.screen == "deal"
        await see.press("w")
        await see.fill("65,500")
        assert see.form.says("value") == "$65,500.00"
        await see.press("enter")
        await see.fill("fri")
        assert see.form.says("won_on") == "Friday 20 November 2026"
        await see.press("enter", "enter")
        assert "Client · won 2026-11-20" in see.page
        await see.press("escape")
        assert see.column("Client").heading == "Client 1 · 66k"
        assert see.card == "Northwind"
    row = read(deal)
    assert (row.status, row.value_minor, row.closed_on) == ("won", 6_550_000, date(2026, 11, 20))


async def test_a_sale_in_the_future_or_without_an_amount_is_refused_as_one_types(board: BoardDriver) -> None:
    add_deal("Northwind", stage="opportunity")
    async with board.opened() as see:
        await see.press("w")
        assert see.form.says("value") == "needed"
        await see.type("12kk")
        assert "is no amount" in see.form.says("value")
        await see.fill("12k")
        await see.press("tab")
        await see.fill("2027-01-01")
        assert see.form.says("won_on") == "2027-01-01 is in the future"
        await see.press("ctrl+s")
        assert see.form.cursor == "won_on"
        await see.fill("")
        assert see.form.says("won_on") == "needed"
        assert see.column("Opportunity").titles == ["Northwind"]


async def test_the_lines_of_a_sale_can_be_typed(board: BoardDriver) -> None:
    add_product("GTX Pro", "4,821")
    add_product("MG Special", "55")
    deal = add_deal("Northwind", "10k", stage="opportunity")
    async with board.opened() as see:
        await see.press("w", "tab", "tab")
        await see.type("2 gtx pro, MG Special = 60")
        assert see.form.says("lines") == "2 × GTX Pro · 1 × MG Special"
        await see.type(", Nothing")
        assert see.form.says("lines") == "there is no product 'Nothing'"
        for _ in ", Nothing":
            await see.press("backspace")
        await see.press("enter")
        assert see.screen == "board"
    lines = DealLine.select().where(DealLine.deal == deal).order_by(DealLine.id)
    assert [(line.product.name, line.quantity, line.amount_minor) for line in lines] == [
        ("GTX Pro", 2, 964_200),
        ("MG Special", 1, 6_000),
    ]


# --- lost, disqualified, reopened -----------------------------------------------------------------------


async def test_no_deal_is_closed_without_a_reason_on_any_path(board: BoardDriver) -> None:
    deal = add_deal("Northwind", stage="prospect")
    async with board.opened() as see:
        for keys in (["x"], ["D"], ["enter", "x"], ["enter", "D"]):
            await see.press(*keys, "ctrl+s")
            assert see.form.says("reason") == "needed"
            assert see.form.cursor == "reason"
            await see.type("   ")
            await see.press("ctrl+s")
            assert see.screen == "form"
            assert read(deal).status == "open"
            await see.fill("No budget")
            await see.press("ctrl+s")
            if "enter" in keys:
                assert "Reason     No budget" in see.page
                await see.press("escape")
            assert see.column("Prospect").titles == []
            await see.press("u")
            assert see.column("Prospect").titles == ["Northwind"]


async def test_a_common_reason_is_completed(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("x")
        await see.type("went")
        await see.press("right")
        assert see.form.typed("reason") == "Went with a competitor"
        assert "→ completes" in see.text
        await see.press("enter", "enter")
        assert see.screen == "board"
    assert (read(deal).status, read(deal).reason) == ("lost", "Went with a competitor")


async def test_a_disqualified_deal_says_when_to_look_again(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("D")
        assert see.form.title == "No business with Northwind"
        await see.type("Too small")
        await see.press("tab")
        assert see.form.says("look_again_on") == "never"
        await see.type("+90")
        assert see.form.says("look_again_on") == "Sunday 21 February 2027"
        await see.fill("2026-01-01")
        await see.press("ctrl+s")
        assert "is not ahead" in see.form.trouble
        assert see.form.typed("reason") == "Too small"
        await see.fill("+90")
        await see.press("ctrl+s")
        assert see.footer.startswith("Northwind is disqualified")
    assert (read(deal).status, read(deal).look_again_on) == ("disqualified", MONDAY + timedelta(days=90))


async def test_what_is_closed_is_neither_won_nor_lost_again(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "5k", stage="opportunity")
    pipeline.win_deal(owner(), deal, now=NOW)
    async with board.opened() as see:
        for key in ("w", "x", "D"):
            await see.press(key)
            assert see.footer.startswith("Northwind is won already: O opens it again"), key
        await see.press("enter")
        for key in ("w", "x", "D"):
            await see.press(key)
            assert see.footer.startswith("Northwind is won already: O opens it again"), key


# --- edit, next step, note ------------------------------------------------------------------------------


async def test_the_facts_of_a_deal_can_be_edited(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    deal = add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await see.press("e")
        assert see.form.names == ["title", "account", "value", "owner", "expected_on", "lines", "source"]
        assert [see.form.typed(name) for name in ("title", "account", "value", "owner")] == [
            "Renewal",
            "Northwind",
            "64000.00",
            "ada",
        ]
        for text in ("Renewal 2027", "Hofer", "70k", "mia", "eom"):
            await see.fill(text)
            await see.press("enter")
        assert see.form.says("expected_on") == "Monday 30 November 2026"
        await see.press("ctrl+s")
        assert see.card == "Hofer"
        assert see.column("Target").heading == "Target 1 · 70k"
    row = read(deal)
    assert (row.title, row.account.name, row.owner_id) == ("Renewal 2027", "Hofer", mia.id)
    assert row.expected_on == date(2026, 11, 30)


async def test_saving_without_a_change_writes_nothing(board: BoardDriver) -> None:
    pro = pipeline.Line(add_product("GTX Pro", "2k"))
    add_deal("Northwind", lines=[pro], title="Renewal", next_step="call", expected_on=TODAY)
    before = ledger.end()
    async with board.opened() as see:
        for key in "ea":
            await see.press(key, "ctrl+s")
            assert see.screen == "board"
        assert ledger.end() == before
        await see.press("e", "end")
        await see.type("!")
        await see.press("ctrl+s")
    assert ledger.end() != before


async def test_fields_that_others_change_meanwhile_are_both_kept(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await see.press("e")
        await see.fill("Renewal 2027")
        pipeline.edit_deal(mia, deal, now=LATER, value_minor=100)
        await see.press("ctrl+s")
        assert see.screen == "board"
    assert (read(deal).title, read(deal).value_minor) == ("Renewal 2027", 100)


async def test_a_field_that_somebody_else_changed_is_not_overwritten_and_nothing_typed_is_lost(
    board: BoardDriver,
) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await see.press("e")
        await see.fill("Mine")
        pipeline.edit_deal(mia, deal, now=LATER, title="Hers")
        await see.press("ctrl+s", "escape")
        assert "Mia Berg" in see.form.trouble and "Hers" in see.form.trouble
        assert see.form.typed("title") == "Mine"
        await see.press("escape", "escape")
        assert see.screen == "board"
    assert read(deal).title == "Hers"


async def test_a_deal_that_moves_while_one_fills_in_the_sale_is_not_won_unseen(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", "64k", stage="opportunity")
    async with board.opened() as see:
        await see.press("w")
        pipeline.move_deal(mia, deal, stage_id("target"), now=LATER)
        await see.press("ctrl+s", "escape")
        assert "Mia Berg" in see.form.trouble
        await see.press("escape")
        await see.until(lambda: see.column("Target").titles == ["Northwind"])
    assert stage_of(deal) == "target"


async def test_what_one_may_not_do_is_refused_in_the_form(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    deal = add_deal("Northwind", "64k", title="Renewal")
    async with board.opened(who=mia) as see:
        await see.press("e")
        await see.fill("Mine")
        await see.press("ctrl+s")
        assert "it is Ada Marsh's" in see.form.trouble
        assert see.form.typed("title") == "Mine"
    assert read(deal).title == "Renewal"


async def test_a_next_step_is_planned_and_shown_on_the_card(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("a")
        await see.type("call Karl")
        await see.press("enter")
        await see.type("fri")
        assert see.form.says("on") == "Friday 27 November 2026"
        await see.press("enter")
        assert see.column("Target").painted[1].startswith("▌→ Fri · call Karl")
        await see.press("a", "enter")
        await see.type("mon")
        await see.press("enter")
        assert see.column("Target").painted[1].startswith("▌→ 30 Nov · call Karl")
    assert read(deal).next_step_on == date(2026, 11, 30)


async def test_typing_into_a_field_replaces_what_stood_there_until_one_moves_the_cursor(
    board: BoardDriver,
) -> None:
    add_deal("Northwind", title="Renewal")
    async with board.opened() as see:
        await see.press("e")
        await see.type("X")
        assert see.form.typed("title") == "X"
        await see.press("escape", "escape", "e", "end")
        await see.type("X")
        assert see.form.typed("title") == "RenewalX"


async def test_a_note_may_have_several_lines(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("c", "ctrl+s")
        assert see.form.says("note") == "needed"
        await see.type("They like it.")
        await see.press("enter")
        await see.type("Budget in May.")
        await see.press("ctrl+s")
        assert see.footer.startswith("Northwind has a new note")
    (note,) = Note.select().where(Note.deal == deal)
    assert note.text == "They like it.\nBudget in May."


# --- leaving --------------------------------------------------------------------------------------------


async def test_an_untouched_form_is_left_at_once_and_a_changed_one_asks_once(board: BoardDriver) -> None:
    deal = add_deal("Northwind", title="Renewal")
    async with board.opened() as see:
        await see.press("e", "escape")
        assert see.screen == "board"
        await see.press("e", "end")
        await see.type("!")
        await see.press("escape")
        assert see.form.trouble == "Not saved yet: Esc again leaves it, Ctrl+s saves it."
        await see.type("!")
        await see.press("escape")
        assert see.screen == "form"
        await see.press("escape")
        assert see.screen == "board"
    assert read(deal).title == "Renewal"


async def test_a_form_fits_the_smallest_terminal(board: BoardDriver) -> None:
    add_deal("Northwind", title="Renewal")
    async with board.opened((60, 16)) as see:
        await see.press("e")
        for label in ("Title", "Account", "Value", "Owner", "Expected close", "Lines", "Source"):
            assert label in see.text, f"{label}\n{see.text}"
            assert "Esc cancel" in see.text
            await see.press("tab")


async def test_nothing_was_lost_on_the_way(board: BoardDriver) -> None:
    add_deal("Northwind", "5k", stage="opportunity")
    async with board.opened() as see:
        await see.press("w", "ctrl+s", "O", "x")
        await see.type("Price")
        await see.press("ctrl+s", "u", "u", "u", "ctrl+r")
        assert see.column("Client").heading == "Client 1 · 5k"
    assert faults() == []
    assert company.facts().currency == "USD"
