"""Kudos from the command line: given for a fact, told in the feed, and what is still owed."""

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def west(salesboard: Salesboard) -> Salesboard:
    """Lee leads Mia in the team West; she sold to Hofer twelve days ago, and to Northwind yesterday."""
    salesboard("teams", "add", "West")
    salesboard("people", "add", "Mia Berg", "--team", "West")
    salesboard("people", "add", "Lee Ward", "--role", "lead", "--team", "West")
    for account, day in (("Hofer", "2026-11-10"), ("Northwind", "2026-11-21")):
        number = salesboard("deals", "add", "--account", account, "--owner", "mia", "--opened", "2026-11-01")
        salesboard("deals", "win", number, "--on", day, "--amount", "9k")
    return salesboard


def test_what_is_owed_falls_when_kudos_are_given(west: Salesboard) -> None:
    before = west.json("kudos", "owed")
    assert (before["owed"], before["overdue"]) == (2, 1)
    hofer = before["achievements"][0]
    assert (hofer["person"], hofer["days"], hofer["overdue"], hofer["amount_minor"]) == (
        "mia",
        12,
        True,
        900_000,
    )
    (lee,) = before["leads"]
    assert (lee["lead"], lee["owed"], lee["overdue"], lee["oldest_days"]) == ("lee", 2, 1, 12)
    assert "a week without a word" in west("kudos", "owed")
    west("kudos", "give", "mia", hofer["fact"], "Brilliantly done")
    west("thanks", "say", "Northwind")
    after = west.json("kudos", "owed")
    assert (after["owed"], after["leads"][0]["owed"], after["people"][0]["percent"]) == (0, 0, 100)


def test_the_feed_is_newest_first_and_can_be_narrowed(west: Salesboard) -> None:
    west("kudos", "give", "mia", west.json("kudos", "owed")["achievements"][0]["fact"], "Brilliantly done")
    feed = west.json("kudos", "feed")
    assert [(one["kind"], one["on"]) for one in feed] == [
        ("kudos", "2026-11-22"),
        ("sale", "2026-11-21"),
        ("sale", "2026-11-10"),
    ]
    assert (feed[0]["author"], feed[0]["person"], feed[0]["words"]) == ("root", "mia", "Brilliantly done")
    assert len(west.json("kudos", "feed", "--days", "5")) == 2
    assert west.json("kudos", "feed", "--person", "lee") == []
    assert "Brilliantly done" in west("kudos", "feed", "--team", "West")
    assert "no number" in west.refused("kudos", "give", "mia", "deal:x", "Well done")
