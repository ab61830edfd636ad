"""Reports from the command line: the figures of the domain, for people and for programs."""

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def sales(either: Salesboard) -> Salesboard:
    """Two sales in two months, a loss, an open deal; the second sale is Mia's, of the team West."""
    either("teams", "add", "Sales")
    either("teams", "add", "West", "--under", "Sales")
    either("people", "add", "Mia Berg", "--team", "West")
    either("products", "add", "GTX Pro", "--price", "5000")
    for account, owner, day in (("Hofer", "ada marsh", "2026-09-30"), ("Northwind", "mia", "2026-11-03")):
        number = either("deals", "add", "--account", account, "--owner", owner, "--opened", "2026-09-01")
        either("deals", "win", number, "--on", day, "--product", "GTX Pro:2", "--amount", "9,000")
    either("deals", "lose", either("deals", "add", "--title", "c"), "--reason", "price")
    either("deals", "add", "--title", "d", "--value", "20k", "--stage", "opportunity")
    return either


def test_the_whole_says_what_was_won_and_what_may_come(sales: Salesboard) -> None:
    whole = sales.json("report")
    assert (whole["won"], whole["lost"], whole["win_rate"]) == (2, 1, 0.6667)
    assert (whole["revenue_minor"], whole["currency"], whole["units"]) == (1_800_000, "EUR", 4)
    assert (whole["open_minor"], whole["weighted_minor"]) == (2_000_000, 1_000_000)
    text = sales("report")
    assert "revenue EUR          18,000" in text and "win rate             66.7 %" in text
    assert "Opportunity      1     20,000    50 %        10,000" in text


def test_a_span_bounds_what_is_counted_as_won(sales: Salesboard) -> None:
    november = sales.json("report", "--from", "2026-11-01", "--to", "2026-11-30")
    assert (november["won"], november["from_on"], november["to_on"]) == (1, "2026-11-01", "2026-11-30")
    assert "--from" in sales.refused("report", "--from", "november", code=2)


def test_by_month_without_a_gap(sales: Salesboard) -> None:
    months = sales.json("report", "--by", "month")
    assert [(row["name"], row["won"]) for row in months] == [
        ("2026-09", 1),
        ("2026-10", 0),
        ("2026-11", 1),
    ]
    assert sales("report", "--by", "month").splitlines()[:2] == [
        "month    revenue EUR  won  lost  win rate  units  open",
        "2026-09        9,000    1     0   100.0 %      2     1",
    ]


def test_by_team_as_a_tree(sales: Salesboard) -> None:
    lines = sales("report", "--by", "team").splitlines()
    assert [line.split("  ")[0] or line[:6] for line in lines[1:3]] == ["Sales", "  West"]


def test_every_breakdown_adds_up(sales: Salesboard) -> None:
    for by in ("week", "quarter", "year", "person", "product", "account", "stage"):
        assert sum(row["revenue_minor"] for row in sales.json("report", "--by", by)) == 1_800_000, by


def test_a_filter_and_a_pretended_day_narrow_a_report(sales: Salesboard) -> None:
    assert sales.json("report", "owner:mia")["revenue_minor"] == 900_000
    assert sales.json("--today", "2026-10-15", "report")["won"] == 1
