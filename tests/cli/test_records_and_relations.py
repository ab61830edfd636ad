"""The record book, anniversaries and thanks from the command line."""

import pytest
from icalendar import Calendar

from tests.cli.conftest import Salesboard


@pytest.fixture
def clients(either: Salesboard) -> Salesboard:
    """Hofer bought a year ago and this month, Northwind in between; on each kind of database."""
    return with_clients(either)


@pytest.fixture
def here(salesboard: Salesboard) -> Salesboard:
    """The same on SQLite alone."""
    return with_clients(salesboard)


def with_clients(board: Salesboard) -> Salesboard:
    """Mia, of the team West, sells to Hofer, Ada to Northwind."""
    board("teams", "add", "West")
    board("people", "add", "Mia Berg", "--team", "West")
    for account, owner, day, value in (
        ("Hofer", "mia", "2025-11-25", "9k"),
        ("Northwind", "ada marsh", "2026-05-04", "4k"),
        ("Hofer", "mia", "2026-11-20", "9k"),
    ):
        number = board("deals", "add", "--account", account, "--owner", owner, "--opened", day)
        board("deals", "win", number, "--on", day, "--amount", value)
    return board


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


def test_a_record_is_shown_with_its_lineage_and_proved_by_its_sales(clients: Salesboard) -> None:
    found = clients.json("records", "show", "revenue", "year")
    assert [(one["sales"], one["margin_minor"]) for one in found["moments"]] == [(1, None), (2, 400_000)]
    assert found["moments"][-1]["behind"][0]["account"] == "Hofer"
    proof = clients.json("records", "prove", "revenue", "year")
    assert proof["holds"] and [one["sum_minor"] for one in proof["sales"]] == [400_000, 1_300_000]
    assert proof["head"] in clients("records", "prove", "revenue", "year")
    assert "Hofer" in clients("records", "prove", "largest_sale")
    assert "which" not in clients("records", "show", "winning streak")
    assert "no metric" in clients.refused("records", "show", "luck", code=2)
    assert "of which period" in clients.refused("records", "show", "revenue", code=2)


def test_a_book_that_is_kept_gives_the_same_records_and_says_what_it_restated(clients: Salesboard) -> None:
    before = clients.json("records", "--scope", "all", "--products")
    clients("records", "rebuild")
    assert clients.json("records", "--scope", "all", "--products") == before
    (best,) = clients.json("deals", "list", "account:northwind status:won")
    clients("deals", "edit", str(best["id"]), "--value", "40k")
    clients("records", "rebuild")
    changes = clients.json("records", "show", "revenue", "day")["history"]
    assert [(one["kind"], one["before_minor"], one["value_minor"]) for one in changes] == [
        ("baseline", None, 900_000),
        ("withdrawn", 900_000, 4_000_000),
    ]
    assert "restated on" in clients("records", "show", "revenue", "day")


def test_chases_and_growth_answer_as_json(clients: Salesboard) -> None:
    assert clients.json("records", "chase") == [], "too little has been sold to speak of records"
    revenue = next(one for one in clients.json("growth") if one["metric"] == "revenue")
    assert [(one["year"], one["value_minor"], one["change_percent"]) for one in revenue["years"]] == [
        ("2025", 900_000, None),
        ("2026", 1_300_000, None),
    ]
    assert "n/a" in clients("growth")


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


def test_a_calendar_program_reads_the_anniversaries(here: Salesboard) -> None:
    result = here.run("anniversaries", "--days", "31", "--ics")
    assert result.exit_code == 0
    (event,) = Calendar.from_ical(result.stdout_bytes).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Hofer: 1 year with us"
    assert str(event["DESCRIPTION"]) == "Started 25 Nov 2025 with a first sale of 9,000; mia"
    (again,) = Calendar.from_ical(here.run("anniversaries", "--ics").stdout_bytes).walk("VEVENT")
    assert event["UID"] == again["UID"]
    assert "choose one" in here.refused("anniversaries", "--ics", "--json", code=2)


def test_the_rate_of_thanks_is_told_and_a_thank_you_withdrawn(here: Salesboard) -> None:
    here("thanks", "say", "Hofer", "--on", "2026-11-20")
    rates = here.json("thanks", "rate")
    assert rates["from"] == "2026-01-01"
    assert (rates["due"], rates["in_time"], rates["percent"], rates["median_days"]) == (2, 1, 50, 0)
    assert rates["people"]["Mia Berg"]["percent"] == 100
    assert rates["teams"]["West"]["due"] == 1
    assert {name: one["due"] for name, one in rates["quarters"].items()} == {"2026-Q2": 1, "2026-Q4": 1}
    assert "West" in here("thanks", "rate", "--since", "2026-05-01")
    shown = here.json("accounts", "show", "Hofer")
    assert shown["last_thanks"] == "2026-11-20"
    assert [one["kind"] for one in shown["story"]] == ["targeted", "first sale", "largest order", "thanks"]
    here("thanks", "withdraw", str(shown["thanks"][0]["id"]))
    assert [one["account"] for one in here.json("thanks", "owed")] == ["Hofer"]
    assert "there is no thank-you" in here.refused("thanks", "withdraw", str(shown["thanks"][0]["id"]))


def test_an_account_tells_its_story(here: Salesboard) -> None:
    text = here("accounts", "show", "Hofer")
    assert "Together since 25 Nov 2025, first sale; 11 months" in text
    assert "first sale: Hofer, 9,000" in text


def test_what_was_accomplished_since_a_day(clients: Salesboard) -> None:
    found = clients.json("since", "3", "days")
    assert found["since"] == "2026-11-19"
    assert [(one["name"], one["value_minor"], one["mine"]) for one in found["sales"]] == [
        ("Hofer", 900_000, False)
    ]
    month = next(one for one in found["records"] if one["what"] == "revenue in a year")
    assert (month["whose"], month["value_minor"], month["before_minor"]) == ("company", 1_300_000, 900_000)
    text = clients("since", "monday")
    assert "1 sale: 9,000 EUR" in text and "thanks owed: 1, of which yours 0" in text
    assert clients("since").startswith("nothing since Sat 2026-11-21")
    assert "still to come" in clients.refused("since", "tomorrow", code=2)


def test_the_digest_is_silent_when_nothing_happened(here: Salesboard) -> None:
    assert here("digest") == ""
    lines = here("digest", "--since", "monday").splitlines()
    assert lines[0] == "salesboard since Mon 16 Nov" and len(lines) <= 8
    assert "1 sale, 9k EUR: Hofer 9k (mia)" in lines
