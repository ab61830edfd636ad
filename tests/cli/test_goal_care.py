"""Caring for goals on the command line: profiles, splits, warnings, lessons, sealed quarters."""

import pytest

from tests.cli.conftest import Salesboard
from tests.cli.test_goals import QUARTER, acting, added, on, team

__all__ = ["team"]


@pytest.fixture
def west(team: Salesboard) -> str:
    """A goal of West: 500k in the first quarter of 2026, in which Mia sold 520k and Noor nothing."""
    what = ("--metric", "revenue", "--scope", "team:West", *QUARTER, "--target", "500k")
    return team("goals", "add", *what, "--why-it-matters", "it counts", "--reward", "900")


def test_a_target_is_shared_out_by_profiles(team: Salesboard, west: str) -> None:
    assert team.json("goals", "profile", "mia")["capacity"] == 100
    set_so = ("--capacity", "50", "--ramp-from", "2026-11-01", "--ramp-months", "3", "--territory", "Styria")
    team("goals", "profile", "mia", *set_so)
    found = team.json("goals", "profile", "mia", "--strengths", "calls")
    assert (found["capacity"], found["ramp_month"], found["territory"]) == (50, 1, "Styria")
    assert "3 months from 2026-11-01, month 1 now" in team("goals", "profile", "mia")
    assert "may see profile only" in acting(team, "noor").refused("goals", "profile", "mia")

    found = team.json("goals", "split", west)
    assert [(one["handle"], one["equal_minor"], one["proposed_minor"]) for one in found["people"]] == [
        ("mia", 25_000_000, 7_142_857),
        ("noor", 25_000_000, 42_857_143),
    ]
    assert (found["unassigned_minor"], found["made"]) == (0, [])
    lines = team("goals", "split", west, "--equal", "--give", "noor=230k").splitlines()
    assert lines[1].split() == ["Mia", "Berg", "new", "50", "%", "1", "of", "3", "250,000", "71,428.57",
                                "250,000"]  # fmt: skip
    assert lines[-1] == "500,000 EUR of Revenue 2026-Q1, 20,000 not assigned"
    made = team.json("goals", "split", west, "--propose", "--give", "mia=0")["made"]
    assert [team.json("goals", "show", str(one))["status"] for one in made] == ["proposed"]
    assert "has 428,571.43 of Revenue 2026-Q1 already" in team.refused(
        "goals", "split", west, "--set", "--give", "noor=1k"
    )
    assert "write PERSON=AMOUNT" in team.refused("goals", "split", west, "--give", "noor", code=2)


def test_warnings_are_listed_and_waived(team: Salesboard) -> None:
    goal = added(on(team, "2026-02-01"))
    board = on(team, "2026-02-01")
    assert [one["rule"] for one in board.json("goals", "lint")] == ["G2", "G3"]
    board("goals", "waive", goal, "g2", "--reason", "we dine anyway")
    assert [line.split()[0] for line in board("goals", "lint").splitlines()[1:]] == ["G3"]
    assert "Ada Marsh: we dine anyway" in board("goals", "lint", "--all")
    assert board.json("goals", "show", goal)["warnings"][0]["waived"]["reason"] == "we dine anyway"
    assert "G2  no milestone has a reward or recognition (waived by Ada Marsh: we dine anyway)" in board(
        "goals", "show", goal
    )
    board("goals", "waive", goal, "G2", "--end")
    assert len(board("goals", "lint", goal).splitlines()) == 3
    assert "say why" in board.refused("goals", "waive", goal, "G2", code=2)


def test_what_a_milestone_taught_stands_in_the_goal(team: Salesboard) -> None:
    goal = added(team)
    first = team.json("goals", "show", goal)["milestones"][0]["id"]
    team("goals", "assess", str(first), "--worked", "calls", "--next", "more of them")
    assert team.json("goals", "show", goal)["milestones"][0]["assessment"]["next"] == "more of them"
    assert "Milestone 1  worked: calls" in team("goals", "show", goal)
    assert "say what worked" in team.refused("goals", "assess", str(first))


def test_a_quarter_is_sealed_and_restated(team: Salesboard) -> None:
    goal = added(team)
    assert "1 goal waits for review since 2026-Q1 or before" in on(team, "2026-04-02").refused(
        "goals", "seal", "2026-Q1"
    )
    board = on(team, "2026-04-02")
    board("goals", "review", goal, "retire", "--reason", "done")
    found = board.json("goals", "seal", "2026-q1")
    assert (found["quarter"], found["holds"], found["restatements"]) == ("2026-Q1", True, [])
    assert found["decisions"][0]["decision"] == "retire"
    deal = team("deals", "add", "--title", "late", "--opened", "2026-01-02")
    team("deals", "win", deal, "--on", "2026-03-31", "--amount", "2k")
    (sealed,) = team.json("goals", "seal")
    assert [(one["amount_minor"], one["name"]) for one in sealed["restatements"]] == [(200_000, "late")]
    told = team("goals", "seal", "2026-Q1", "--show")
    assert f"entry {sealed['restatements'][0]['entry']} Ada Marsh won late: +2,000, one sale more" in told


def test_a_teams_payment_is_one_sum_in_clause_and_statement(team: Salesboard, west: str) -> None:
    named = ("--party", "the Agents", "--agreement", "the Agreement", "--section", "4")
    (line,) = team.json("goals", "clause", west, *named)["entitlements"]
    assert line["payment_minor"] == 90_000 == sum(one["amount_minor"] for one in line["shares"])
    assert "Mia Berg 450, Noor Haddad 450" in team("goals", "clause", west)
    found = team.json("goals", "statement")
    assert [(one["amount_minor"], one["whole_minor"]) for one in found["rewards"]] == [(45_000, 90_000)] * 2
