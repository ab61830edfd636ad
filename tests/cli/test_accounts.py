"""Accounts and the people there from the command line."""

from tests.cli.conftest import Salesboard


def test_an_account_is_added_listed_and_shown(either: Salesboard) -> None:
    either("accounts", "add", "Hofer Holding")
    either(
        "accounts",
        "add",
        "Hofer GmbH",
        "--sector",
        "retail",
        "--employees",
        "120",
        "--turnover",
        "1.2m",
        "--parent",
        "hofer holding",
    )
    (account,) = either.json("accounts", "list", "gmbh")
    assert (account["sector"], account["employees"], account["parent"]) == ("retail", 120, "Hofer Holding")
    assert (account["turnover_minor"], account["currency"]) == (120_000_000, "EUR")
    either("contacts", "add", "hofergmbh", "Maria Huber", "--email", "m@hofer.example")
    deal = either.deal("--account", "Hofer GmbH", "--title", "Renewal", "--value", "5k")
    shown = either.json("accounts", "show", "Hofer GmbH")
    assert [one["name"] for one in shown["contacts"]] == ["Maria Huber"]
    assert shown["deals"] == [deal["id"]]
    text = either("accounts", "show", str(account["id"]))
    assert "m@hofer.example" in text and "Renewal" in text and "1,200,000" in text


def test_the_same_name_twice_is_refused_however_it_is_spelt(salesboard: Salesboard) -> None:
    salesboard("accounts", "add", "Hofer GmbH")
    assert "there is an account Hofer GmbH already" in salesboard.refused("accounts", "add", "HOFER-GMBH")


def test_an_edit_changes_and_takes_away(salesboard: Salesboard) -> None:
    salesboard("accounts", "add", "Hofer", "--sector", "retail", "--turnover", "5m", "--location", "Graz")
    salesboard("accounts", "edit", "hofer", "--name", "Hofer AG", "--sector", "", "--turnover", "")
    (account,) = salesboard.json("accounts", "list")
    assert (account["name"], account["sector"], account["turnover_minor"]) == ("Hofer AG", None, None)
    assert account["location"] == "Graz"


def test_an_unknown_account_names_the_nearest(salesboard: Salesboard) -> None:
    salesboard("accounts", "add", "Hofer GmbH")
    assert "did you mean Hofer GmbH?" in salesboard.refused("accounts", "show", "hofer")
    assert "'salesboard accounts list' shows all" in salesboard.refused("accounts", "show", "x")


def test_a_contact_is_changed(salesboard: Salesboard) -> None:
    salesboard("accounts", "add", "Hofer")
    salesboard("contacts", "add", "hofer", "Maria Huber", "--phone", "1")
    salesboard("contacts", "edit", "hofer", "maria huber", "--title", "CEO", "--phone", "")
    (contact,) = salesboard.json("accounts", "show", "Hofer")["contacts"]
    assert (contact["title"], contact["phone"]) == ("CEO", None)
    assert "no contact 'Jon'" in salesboard.refused("contacts", "edit", "hofer", "Jon", "--title", "x")
