"""The company, its stages and its products from the command line."""

from tests.cli.conftest import Salesboard


def test_a_new_board_knows_what_it_was_told(either: Salesboard) -> None:
    known = either.json("company", "show")
    assert (known["name"], known["currency"], known["zone"]) == ("Acme", "EUR", "Europe/Vienna")
    assert [stage["name"] for stage in either.json("stages", "list")] == [
        "Target",
        "Prospect",
        "Opportunity",
        "Client",
        "Advocate",
    ]


def test_the_company_changes_where_it_is_told_to(salesboard: Salesboard) -> None:
    salesboard("company", "edit", "--name", "Acme & Sons", "--fiscal-start", "10")
    known = salesboard.json("company", "show")
    assert (known["name"], known["fiscal_start"], known["currency"]) == ("Acme & Sons", 10, "EUR")
    assert "fiscal year from  October" in salesboard("company", "show")
    assert "is no month" in salesboard.refused("company", "edit", "--fiscal-start", "13")
    assert "say what to change" in salesboard.refused("company", "edit", code=2)


def test_the_currency_is_fixed_once_there_are_amounts(salesboard: Salesboard) -> None:
    salesboard("company", "edit", "--currency", "CHF")
    salesboard("deals", "add", "--title", "One", "--value", "5k")
    assert "amounts in CHF" in salesboard.refused("company", "edit", "--currency", "EUR")


def test_a_stage_is_renamed_and_keeps_what_it_is(salesboard: Salesboard) -> None:
    salesboard("stages", "edit", "prospect", "--name", "Lead", "--likelihood", "25", "--quiet-days", "0")
    stage = salesboard.json("stages", "list")[1]
    assert (stage["name"], stage["kind"], stage["likelihood"], stage["quiet_days"]) == (
        "Lead",
        "prospect",
        25,
        None,
    )
    assert "Lead" in salesboard("stages", "list")
    assert "percentage" in salesboard.refused("stages", "edit", "lead", "--likelihood", "120")


def test_products_are_added_priced_and_taken_out_of_sale(either: Salesboard) -> None:
    either("products", "add", "GTX Pro", "--series", "GTX", "--price", "4821")
    assert "there is a product gtxpro already" in either.refused("products", "add", "gtxpro")
    either("products", "edit", "gtx-pro", "--price", "4.9k", "--not-in-sale")
    (product,) = either.json("products", "list")
    assert (product["list_price_minor"], product["currency"], product["active"]) == (490_000, "EUR", False)
    assert either("products", "list").splitlines() == [
        "product  series  list price EUR",
        "GTX Pro  GTX              4,900  not in sale",
    ]
