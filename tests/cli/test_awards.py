"""Awards from the command line: the season, nominating, suggestions, the queue and the review."""

from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from tests.cli.conftest import Salesboard

REASON = "Kept Northwind when their warehouse burned, for three weeks on end."


@pytest.fixture
def evening(salesboard: Salesboard) -> Salesboard:
    """A season in its phase of nominating; Mia of West has a sale, Jon of East and two leads are there."""
    salesboard("teams", "add", "West")
    for name, role in (("Mia Berg", "rep"), ("Lea Lang", "lead")):
        salesboard("people", "add", name, "--role", role, "--team", "West")
    for name, role in (("Jon Haas", "rep"), ("Max Ott", "lead")):
        salesboard("people", "add", name, "--role", role)
    deal = salesboard("deals", "add", "--title", "Renewal", "--owner", "mia", "--value", "41k")
    salesboard("deals", "win", deal)
    options = ("--nominate-from", "2026-11-01", "--place", "Graz", "--host", "lea", "--time", "19.30")
    salesboard("awards", "season", "add", "2027-01-20", *options)
    salesboard("awards", "category", "add", "--template", "above and beyond")
    return salesboard


def sale(board: Salesboard) -> str:
    return f"deal:{board.json('deals', 'list', 'is:won')[0]['id']}"


def nominated(board: Salesboard) -> str:
    return board("--as", "jon", "awards", "nominate", "mia", "above", REASON, "--fact", sale(board))


def test_a_season_tells_its_phases_and_goes_into_a_calendar(evening: Salesboard) -> None:
    found = evening.json("awards", "season", "show")
    assert (found["name"], found["phase"], found["host"]) == ("Awards Night 2026", "nominate", "Lea Lang")
    assert found["countdown"] == "Awards Night 2026 in 59 days; nominations close in 17 days"
    assert [one["phase"] for one in found["phases"]] == ["nominate", "screen", "judge", "decide", "night"]
    assert "the dates are out of order" in evening.refused(
        "awards", "season", "edit", "--screen-until", "2026-12-01"
    )
    calendar = Calendar.from_ical(evening.run("awards", "ics").stdout_bytes)
    night = calendar.walk("VEVENT")[-1]
    assert night["DTSTART"].dt == datetime(2027, 1, 20, 18, 30, tzinfo=UTC)
    assert (night["SUMMARY"], night["LOCATION"]) == ("Awards Night 2026", "Graz")
    assert len({one["UID"] for one in calendar.walk("VEVENT")}) == 4


def test_a_computed_category_shows_its_ranking_and_the_rows_behind(evening: Salesboard) -> None:
    evening("awards", "category", "add", "Revenue", "--metric", "most revenue")
    found = evening.json("awards", "category", "show", "revenue")
    assert [(one["place"], one["name"], one["value"]) for one in found["ranking"]] == [
        (1, "Mia Berg", 4100000)
    ]
    assert found["ranking"][0]["rows"][0]["amount"] == 4100000
    assert "Renewal" in evening("awards", "category", "show", "revenue")
    assert "the weights sum to 90" in evening.refused(
        "awards", "category", "edit", "above", "--criteria", "Results 90"
    )
    assert [one["name"] for one in evening.json("awards", "category", "list")] == [
        "Above and Beyond",
        "Revenue",
    ]


def test_a_suggestion_becomes_a_draft_and_the_draft_a_nomination(evening: Salesboard) -> None:
    goal = ("--scope", "person:mia", "--metric", "revenue", "--from", "2026-01-01", "--target", "40k")
    evening("goals", "add", *goal, "--ladder", ":40k", "--why-it-matters", "it counts")
    (found,) = [one for one in evening.json("awards", "suggest") if one["kind"] == "milestone"]
    draft = evening("--as", "lea", "awards", "suggest", "--draft", found["key"])
    (own,) = evening.json("--as", "lea", "awards", "mine")
    assert (own["draft"], own["status"], own["evidence"]) == (int(draft), "draft", [found["key"]])
    evening("--as", "lea", "awards", "drop", draft)
    draft = evening("--as", "jon", "awards", "nominate", "mia", "above", "Too short", "--draft")
    assert "of at least 40 characters" in evening.refused("--as", "jon", "awards", "submit", draft)
    evening("--as", "jon", "awards", "edit", draft, "--reason", REASON, "--fact", sale(evening))
    evening("--as", "jon", "awards", "submit", draft)
    (own,) = evening.json("--as", "jon", "awards", "mine")
    assert (own["status"], own["nominee"], own["evidence"]) == ("waiting", "Mia Berg", [sale(evening)])


def test_the_queue_is_screened_and_a_changed_fact_is_cleared_first(evening: Salesboard) -> None:
    nomination = nominated(evening)
    evening("deals", "edit", sale(evening).removeprefix("deal:"), "--value", "38500")
    max_ = ("--as", "max")
    assert "a rep may not screen nominations" in evening.refused("--as", "jon", "awards", "queue")
    (line,) = evening.json(*max_, "awards", "queue")["nominations"]
    assert (line["nominee"], line["status"], line["changed"]) == ("Mia Berg", "waiting", 1)
    review = (*max_, "awards", "review", nomination)
    assert "41,000 → 38,500" in evening(*review)
    assert "clear it with a reason first" in evening.refused(*review, "yes")
    evening(*review, "clear", "--words", "agreed on")
    evening(*review, "shortlist")
    assert "is shortlisted already; say --again" in evening.refused("--as", "lea", *review[2:], "no")
    assert evening.json(*max_, "awards", "queue")["counters"]["shortlisted"] == 1
    page = evening.json(*review)
    assert [one["decision"] for one in page["screenings"]] == ["cleared", "shortlisted"]


def test_blind_no_name_is_told(evening: Salesboard) -> None:
    nomination = nominated(evening)
    evening("--as", "max", "awards", "review", nomination, "comment", "--words", "She is good")
    open_, hidden = (
        evening("--as", "max", "awards", *command)
        for command in (("review", nomination), ("review", nomination, "--blind"))
    )
    assert "Mia Berg" in open_ and "Jon Haas" in open_, "the control: otherwise they are named"
    told = hidden + evening("--as", "max", "awards", "queue", "--blind")
    told += str(evening.json("--as", "max", "awards", "review", nomination, "--blind"))
    told += str(evening.json("--as", "max", "awards", "queue", "--blind"))
    assert not any(name in told for name in ("Mia", "Berg", "mia", "Jon", "jon", "Haas", "Max", "She "))


def test_blind_neither_a_cleared_fact_nor_its_key_tells_who_it_is(evening: Salesboard) -> None:
    nomination = nominated(evening)
    evening("deals", "edit", sale(evening).removeprefix("deal:"), "--value", "38500")
    review = ("--as", "max", "awards", "review", nomination)
    evening(*review, "clear", "--words", "agreed on with Mia")
    assert "cleared: agreed on with Mia" in evening(*review), "the control: otherwise she is named"
    assert evening.json(*review)["voices"][0]["evidence"][0]["fact"] == sale(evening)
    assert "cleared: agreed on with ▒▒▒" in evening(*review, "--blind")
    told = str(evening.json(*review, "--blind"))
    assert "Mia" not in told and sale(evening) not in told
