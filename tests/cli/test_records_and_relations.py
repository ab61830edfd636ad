"""The record book, anniversaries and thanks from the command line."""

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def clients(either: Salesboard) -> Salesboard:
    """Hofer bought a year ago and this month, Northwind in between; Mia is in the team West."""
    either("teams", "add", "West")
    either("people", "add", "Mia Berg", "--team", "West")
    for account, owner, day, value in (
        ("Hofer", "mia", "2025-11-25", "9k"),
        ("Northwind", "ada marsh", "2026-05-04", "4k"),
        ("Hofer", "mia", "2026-11-20", "9k"),
    ):
        number = either("deals", "add", "--account", account, "--owner", owner, "--opened", day)
        either("deals", "win", number, "--on", day, "--amount", value)
    return either


def test_a_record_says_who_holds_it_since_when_and_what_it_was_before(clients: Salesboard) -> None:
    (day,) = clients.json("records", "--metric", "revenue", "--period", "day")
    assert (day["value_minor"], day["currency"], day["status"]) == (900_000, "EUR", "equalled")
    assert day["holders"] == ["2025-11-25", "2026-11-20"]
    assert [(one["on"], one["value_minor"]) for one in day["moments"]] == [("2025-11-25", 900_000)]
    (year,) = clients.json("records", "--metric", "revenue", "--period", "year")
    assert (year["value_minor"], year["period_start"], year["margin_minor"]) == (
        1_300_000,
        "2026-01-01",
        400_000,
    )
    assert year["moments"][-1]["on"] == "2026-11-20"
    text = clients("records", "--metric", "sales")
    assert "sales" in text and "revenue" not in text


def test_records_are_those_of_a_scope(clients: Salesboard) -> None:
    (own,) = clients.json("records", "--scope", "person:mia", "--metric", "revenue", "--period", "year")
    assert (own["scope"], own["value_minor"]) == ("person:Mia Berg", 900_000)
    assert {one["scope"] for one in clients.json("records", "--scope", "all")} == {
        "company",
        "team:West",
        "person:Mia Berg",
        "person:Ada Marsh",
    }
    assert "East" in clients.refused("records", "--scope", "team:East")


def test_anniversaries_come_in_order_with_years_owner_and_last_thanks(clients: Salesboard) -> None:
    (hofer,) = clients.json("anniversaries", "--days", "31")
    assert hofer == {
        "account": "Hofer",
        "on": "2026-11-25",
        "years": 1,
        "since": "2025-11-25",
        "kind": "first sale",
        "owner": "mia",
        "revenue_minor": 1_800_000,
        "currency": "EUR",
        "last_thanks": None,
        "lapsed": False,
    }
    assert "★ 1" in clients("anniversaries", "--days", "31")
    assert [
        one["account"] for one in clients.json("anniversaries", "--today", "2027-05-01", "--days", "31")
    ] == ["Northwind"]


def test_thanks_are_owed_until_they_are_said(clients: Salesboard) -> None:
    assert [(one["account"], one["days"]) for one in clients.json("thanks", "owed")] == [("Hofer", 2)]
    clients("thanks", "say", "Hofer", "--by", "card", "--words", "Thank you for the business")
    assert clients.json("thanks", "owed") == []
    (hofer,) = clients.json("anniversaries", "--days", "31")
    assert hofer["last_thanks"] == "2026-11-22"
    assert "there is no account" in clients.refused("thanks", "say", "Nobody")


def test_a_first_date_is_remembered(clients: Salesboard) -> None:
    clients("first-date", "Hofer", "--on", "2025-05-10", "--place", "Graz", "--story", "over coffee")
    (hofer,) = clients.json("anniversaries", "--today", "2027-05-01", "--days", "10")[-1:]
    assert (hofer["account"], hofer["on"], hofer["kind"]) == ("Hofer", "2027-05-10", "kick-off")
    assert "still to come" in clients.refused("first-date", "Hofer", "--on", "2027-05-10")
