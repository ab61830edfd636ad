"""Deals from the command line, from the first word to the sale and back."""

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def catalogue(salesboard: Salesboard) -> Salesboard:
    salesboard("products", "add", "GTX Pro", "--price", "4,821")
    salesboard("products", "add", "GTX Basic", "--price", "550")
    return salesboard


def test_a_deal_is_added_with_everything_that_is_known(either: Salesboard) -> None:
    deal = either.deal(
        "--account",
        "Hofer GmbH",
        "--title",
        "Renewal",
        "--value",
        "12.5k",
        "--stage",
        "prospect",
        "--expected",
        "eom",
        "--next-step",
        "call Mr Huber",
        "--next-step-on",
        "tomorrow",
        "--source",
        "referral",
        "--opened",
        "yesterday",
    )
    assert deal["account"] == "Hofer GmbH"
    assert (deal["value_minor"], deal["currency"], deal["estimated"]) == (1_250_000, "EUR", False)
    assert (deal["stage"], deal["status"], deal["archived"]) == ("Prospect", "open", False)
    assert (deal["opened_on"], deal["expected_on"]) == ("2026-11-21", "2026-11-30")
    assert (deal["next_step"], deal["next_step_on"]) == ("call Mr Huber", "2026-11-23")
    assert deal["source"] == "referral"


def test_a_new_account_comes_with_the_deal_and_goes_with_it(salesboard: Salesboard) -> None:
    salesboard("deals", "add", "--account", "Hofer", "--value", "12k")
    assert [one["name"] for one in salesboard.json("accounts", "list")] == ["Hofer"]
    salesboard("undo")
    assert salesboard.json("accounts", "list") == salesboard.json("deals", "list") == []


def test_a_deal_that_is_refused_leaves_no_account(salesboard: Salesboard) -> None:
    assert (
        "can not start in Client"
        in salesboard.run("deals", "add", "--account", "Hofer", "--stage", "client").stderr
    )
    assert salesboard.json("accounts", "list") == []


def test_products_give_an_estimated_value(catalogue: Salesboard) -> None:
    deal = catalogue.deal("--account", "Hofer", "--product", "GTX Pro:2", "--product", "gtxbasic")
    assert (deal["value_minor"], deal["estimated"]) == (1_019_200, True)
    assert [(line["product"], line["quantity"]) for line in deal["lines"]] == [
        ("GTX Pro", 2),
        ("GTX Basic", 1),
    ]
    assert "~10,192" in catalogue("deals", "list")


def test_an_amount_or_a_day_that_can_not_be_read_is_wrong_usage(salesboard: Salesboard) -> None:
    assert "no amount" in salesboard.refused("deals", "add", "--title", "x", "--value", "much", code=2)
    assert "--expected" in salesboard.refused("deals", "add", "--title", "x", "--expected", "soon", code=2)
    assert salesboard.json("deals", "list") == []


def test_several_deals_move_as_one_act_or_none_does(salesboard: Salesboard) -> None:
    first, second, sold = (salesboard("deals", "add", "--title", name).strip() for name in "abc")
    salesboard("deals", "win", sold, "--amount", "5k")
    assert "reopen it" in salesboard.refused("deals", "move", first, sold, "prospect")
    assert salesboard.json("deals", "show", first)["stage"] == "Target"
    salesboard("deals", "move", first, second, "prospect")
    assert {salesboard.json("deals", "show", one)["stage"] for one in (first, second)} == {"Prospect"}
    salesboard("undo")
    assert {salesboard.json("deals", "show", one)["stage"] for one in (first, second)} == {"Target"}


def test_a_deal_needs_a_name(salesboard: Salesboard) -> None:
    assert "needs an account or a title" in salesboard.refused("deals", "add", "--value", "5k")


def test_editing_changes_what_is_named_and_nothing_else(catalogue: Salesboard) -> None:
    before = catalogue.deal(
        "--account", "Hofer", "--title", "Renewal", "--value", "12k", "--next-step", "call"
    )
    number = str(before["id"])
    catalogue("deals", "edit", number, "--value", "15k", "--next-step", "", "--account", "Northwind")
    after = catalogue.json("deals", "show", number)
    changed = {name for name in before if before[name] != after[name]} - {
        "age_seconds",
        "stays",
        "time_in_stages",
    }
    assert changed == {"value_minor", "next_step", "account"}
    assert (after["value_minor"], after["next_step"], after["account"]) == (1_500_000, None, "Northwind")


def test_editing_lines_and_value_is_undone_in_one_step(catalogue: Salesboard) -> None:
    before = catalogue.deal("--account", "Hofer", "--product", "GTX Pro")
    number = str(before["id"])
    catalogue("deals", "edit", number, "--value", "9k", "--product", "GTX Basic:3")
    assert [line["quantity"] for line in catalogue.json("deals", "show", number)["lines"]] == [3]
    catalogue("undo")
    assert catalogue.json("deals", "show", number)["lines"] == before["lines"]
    assert catalogue.json("deals", "show", number)["value_minor"] == before["value_minor"]


def test_an_edit_of_nothing_is_wrong_usage(salesboard: Salesboard) -> None:
    salesboard("deals", "add", "--title", "One")
    assert "say what to change" in salesboard.refused("deals", "edit", "1", code=2)


def test_a_contact_is_one_of_the_account(salesboard: Salesboard) -> None:
    salesboard("accounts", "add", "Hofer")
    salesboard("contacts", "add", "Hofer", "Maria Huber", "--email", "m@hofer.example")
    deal = salesboard.deal("--account", "Hofer", "--contact", "maria huber")
    assert [one["name"] for one in deal["contacts"] if one["of_this_deal"]] == ["Maria Huber"]
    assert "no contact" in salesboard.refused("deals", "edit", str(deal["id"]), "--contact", "Nobody")
    assert "belongs to an account" in salesboard.refused("deals", "add", "--contact", "x", code=2)


def test_moving_says_where_and_refuses_the_sales(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    salesboard("deals", "move", number, "opp", "--on", "yesterday")
    shown = salesboard.json("deals", "show", number)
    assert shown["stage"] == "Opportunity"
    assert "won" in salesboard.refused("deals", "move", number, "client")
    assert "there is no stage" in salesboard.refused("deals", "move", number, "nowhere")
    assert "in the future" in salesboard.refused("deals", "move", number, "target", "--on", "+1")


def test_a_sale_is_won_on_a_day_for_an_amount_and_taken_back(either: Salesboard) -> None:
    number = str(either.deal("--account", "Hofer", "--stage", "opportunity")["id"])
    assert "no agreed amount" in either.refused("deals", "win", number)
    either("deals", "win", number, "--on", "2026-11-03", "--amount", "12k")
    won = either.json("deals", "show", number)
    assert (won["status"], won["stage"], won["closed_on"], won["value_minor"]) == (
        "won",
        "Client",
        "2026-11-03",
        1_200_000,
    )
    assert "was won on 2026-11-03 already" in either.refused("deals", "win", number)
    either("deals", "reopen", number)
    assert either.json("deals", "show", number)["stage"] == "Opportunity"
    assert either.json("verify")["ok"]


def test_what_was_sold_can_be_said_at_the_win(catalogue: Salesboard) -> None:
    number = str(catalogue.deal("--account", "Hofer")["id"])
    catalogue("deals", "win", number, "--product", "GTX Basic:2")
    won = catalogue.json("deals", "show", number)
    assert (won["value_minor"], won["estimated"]) == (110_000, False)


def test_losing_without_a_reason_changes_nothing(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    before = salesboard.json("history")
    assert "say why" in salesboard.refused("deals", "lose", number)
    assert "say why" in salesboard.refused("deals", "disqualify", number, "--reason", "  ")
    assert salesboard.json("history") == before


def test_a_lost_deal_says_why_and_leaves_the_board(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    salesboard("deals", "lose", number, "--reason", "price", "--on", "-2")
    lost = salesboard.json("deals", "show", number)
    assert (lost["status"], lost["reason"], lost["closed_on"]) == ("lost", "price", "2026-11-20")
    assert salesboard.json("deals", "list", "is:open") == []


def test_a_disqualified_deal_can_be_looked_at_again(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    salesboard("deals", "disqualify", number, "--reason", "no budget", "--look-again", "+90")
    assert salesboard.json("deals", "show", number)["look_again_on"] == "2027-02-20"


def test_notes_can_be_typed_or_read(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    salesboard("deals", "note", number, "they", "called")
    salesboard("deals", "note", number, "-", typed="two\nlines\n")
    assert [note["text"] for note in salesboard.json("deals", "show", number)["notes"]] == [
        "two\nlines",
        "they called",
    ]
    assert "  two\n  lines" in salesboard("deals", "show", number)


def test_a_deal_is_put_beside_another(salesboard: Salesboard) -> None:
    low, high = (str(salesboard.deal("--title", title)["id"]) for title in ("low", "high"))
    assert titles(salesboard) == ["high", "low"]
    salesboard("deals", "reorder", low, "--before", high)
    assert titles(salesboard) == ["low", "high"]
    salesboard("deals", "reorder", low, "--after", high)
    assert titles(salesboard) == ["high", "low"]
    assert "say where" in salesboard.refused("deals", "reorder", low, code=2)


def test_an_archived_deal_is_out_of_sight_until_asked_for(salesboard: Salesboard) -> None:
    number = str(salesboard.deal("--title", "One")["id"])
    salesboard("deals", "archive", number)
    assert titles(salesboard) == []
    assert titles(salesboard, "--all") == titles(salesboard, "is:archived") == ["One"]
    salesboard("deals", "archive", number, "--back")
    assert titles(salesboard) == ["One"]


def test_a_list_takes_a_filter_an_order_and_a_limit(salesboard: Salesboard) -> None:
    for title, value in (("a", "5k"), ("b", "20k"), ("c", "10k")):
        salesboard("deals", "add", "--title", title, "--value", value)
    salesboard("deals", "lose", str(salesboard.deal("--title", "d")["id"]), "--reason", "price")
    assert titles(salesboard, "--sort", "value") == ["b", "c", "a", "d"]
    assert titles(salesboard, "--sort", "value", "--limit", "1", "value>1k", "value<20k") == ["c"]
    assert titles(salesboard, "--sort", "value", "-is:lost value>=10k") == ["b", "c"]
    assert titles(salesboard, "-is:lost", "--sort", "value", "--limit", "1") == ["b"]
    assert "no field" in salesboard.refused("deals", "list", "colour:red", code=2)


def test_a_list_of_none_is_empty_and_said_so(salesboard: Salesboard) -> None:
    result = salesboard.run("deals", "list")
    assert (result.stdout, result.stderr) == ("", "no deals\n")
    assert salesboard.json("deals", "list") == []


def test_numbers_beyond_all_measure_are_no_deal(either: Salesboard) -> None:
    for number in ("9" * 40, "0", "-1", "x", "1.0", "١"):
        assert "there is no deal" in either.refused("deals", "show", "--", number)


def titles(board: Salesboard, *arguments: str) -> list[str]:
    return [deal["title"] for deal in board.json("deals", "list", *arguments)]
