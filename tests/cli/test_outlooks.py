"""Goals from further away on the command line: where revenue is missing, and the year as a road."""

from tests.cli.conftest import Salesboard


def sold(board: Salesboard, day: str, amount: str) -> None:
    number = board("deals", "add", "--account", f"Hofer {day}", "--opened", day)
    board("deals", "win", number, "--on", day, "--amount", amount)


def test_where_revenue_is_missing_and_what_stands_by_the_road(salesboard: Salesboard) -> None:
    for day, amount in (
        ("2026-06-30", "1k"),
        ("2026-07-20", "30k"),
        ("2026-08-20", "30k"),
        ("2026-10-20", "9k"),
    ):
        sold(salesboard, day, amount)
    goal = salesboard(
        *("goals", "add", "--scope", "company", "--metric", "revenue", "--target", "60k"),
        *("--from", "2026-10-01", "--to", "2026-12-31", "--why-it-matters", "growth"),
    )
    found = salesboard.json("goals", "causes", goal, "--by", "person")
    assert (found["against"], found["actual_minor"], found["currency"]) == ("pace", 900_000, "EUR")
    assert sum(found["parts_minor"].values()) == found["gap_minor"] == 900_000 - found["expected_minor"]
    assert found["rows"][0]["gap_minor"] == found["gap_minor"]
    assert "deal size" in salesboard("goals", "causes", goal)
    road = salesboard.json("goals", "roadmap", "--year", "2026")
    assert [(one["on"], one["kind"], one["state"]) for one in road["signs"]] == [
        ("2026-12-31", "milestone", "next")
    ]
    assert "51k to go" in salesboard("goals", "roadmap")
    assert "no year" in salesboard.refused("goals", "roadmap", "--year", "1", code=2)
