"""Goals from the command line: set, shown, agreed on, reviewed, rewarded, written as clauses, forecast."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Salesboard, begun
from tests.terminal import Terminal, clean_environment

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "maven"
WINS = (
    ("2026-01-09", "60k"),
    ("2026-01-22", "70k"),
    ("2026-02-03", "40k"),
    ("2026-02-17", "120k"),
    ("2026-03-05", "150k"),
    ("2026-03-30", "80k"),
)
QUARTER = ("--from", "2026-01-01", "--to", "2026-03-31")
RUNGS = "2026-01-31:150k,2026-02-28:300,000,2026-03-31:500k"
SET = ("--metric", "revenue", "--scope", "company", *QUARTER, "--target", "500k")


@pytest.fixture
def team(salesboard: Salesboard, kept: Path) -> Salesboard:
    """Mia of the team West, with six sales in the first quarter of 2026."""
    return begun(salesboard, kept, six_sales)


def six_sales(board: Salesboard) -> None:
    board("teams", "add", "West")
    board("people", "add", "Mia Berg", "--team", "West")
    board("people", "add", "Noor Haddad", "--team", "West")
    for day, amount in WINS:
        number = board("deals", "add", "--title", day, "--owner", "mia", "--opened", "2026-01-02")
        board("deals", "win", number, "--on", day, "--amount", amount)


def on(board: Salesboard, day: str) -> Salesboard:
    """The same board on another day."""
    again = Salesboard(board.target)
    again._before = ["--database", board.target, "--today", day]
    return again


def acting(board: Salesboard, handle: str) -> Salesboard:
    """The same board as somebody else."""
    again = Salesboard(board.target)
    again._before = [*board._before, "--as", handle]
    return again


def added(board: Salesboard, *more: str) -> str:
    return board("goals", "add", *SET, "--ladder", RUNGS, *more)


# --- setting and showing ------------------------------------------------------------------------------------


def test_a_goal_is_told_in_both_readings_with_a_verdict_and_five_ticks(team: Salesboard) -> None:
    done = team.run("goals", "add", *SET, "--ladder", RUNGS)
    assert done.exit_code == 0
    assert team.json("goals", "show", done.stdout.strip())["target_minor"] == 50_000_000
    told = done.stderr.splitlines()
    assert told[0] == "set Revenue 2026-Q1: 500,000 EUR"
    assert told[4].split() == ["2026-03-31", "500,000", "200,000"]
    assert told[5].startswith("not enough history: ")
    assert [line.split()[:2] for line in told[6:]] == [
        ["yes", f"{word}:"] for word in ("specific", "measurable", "achievable", "relevant", "time-bound")
    ]


def test_the_document_of_a_new_goal_is_the_one_of_show(team: Salesboard) -> None:
    made = team.json("goals", "add", *SET, "--ladder", RUNGS)
    assert made == team.json("goals", "show", str(made["id"]))
    assert (made["metric"], made["scope"], made["currency"]) == ("revenue", "company", "EUR")
    assert (made["value_minor"], made["expected_minor"]) == (52_000_000, 50_000_000)
    first, second, third = made["milestones"]
    assert (first["status"], first["reached_on"], first["days_late"]) == ("late", "2026-02-03", 3)
    assert (first["value_on_due_minor"], first["due"]) == (13_000_000, "2026-01-31")
    assert (second["status"], second["days_late"], second["odds"]) == ("late", 5, 0)
    assert (third["status"], third["days_late"], third["odds"]) == ("reached", None, 1)
    assert third["overshoot_minor"] == 2_000_000
    assert team.json("deals", "show", str(third["deal"]))["title"] == "2026-03-30"


def test_a_goal_stands_the_same_on_either_database(either: Salesboard) -> None:
    number = either("deals", "add", "--title", "first", "--opened", "2026-01-02")
    either("deals", "win", number, "--on", "2026-02-03", "--amount", "160k")
    goal = added(either, "--reward", "1:100", "--rationale", "because")
    found = either.json("goals", "show", goal)
    assert [one["status"] for one in found["milestones"]] == ["late", "missed", "missed"]
    assert found["readers"]["waiting"] == ["Ada Marsh"]
    assert [one["state"] for one in either.json("goals", "statement")["rewards"]] == ["lost"]
    assert either.json("goals", "list", "--odds")[0]["odds"] == 0
    either("undo")
    assert either.json("goals", "list", "--all") == []
    assert "every row is as the ledger says" in either("verify")


def test_per_period_the_same_sales_give_other_verdicts(team: Salesboard) -> None:
    ladder = "2026-01-31:150k,2026-02-28:150k,2026-03-31:200k"
    made = team.json("goals", "add", *SET, "--ladder", ladder, "--per-period")
    assert made["reading"] == "per period"
    assert [one["status"] for one in made["milestones"]] == ["missed", "reached", "reached"]
    assert [one["threshold_minor"] for one in made["readings"]["cumulative"]] == [
        15_000_000,
        30_000_000,
        50_000_000,
    ]


def test_pace_is_said_in_words_beside_a_bar_in_plain_characters(team: Salesboard) -> None:
    goal = added(team)
    lines = on(team, "2026-02-14")("goals", "show", goal).splitlines()
    assert lines[0].startswith("[#############.|.^") or lines[0].startswith("[############|")
    assert lines[0].isascii()
    assert lines[1] == (
        "170,000 of 500,000 (34.0 %), 55,000 behind pace, 13,000 per working day needed until 2026-02-28"
    )
    over = team("goals", "show", goal)
    assert "520,000 of 500,000 (104.0 %), 20,000 over when it ended on 2026-03-31" in over
    assert "late by 3 days" in over


def test_other_metrics_have_plain_keys(team: Salesboard) -> None:
    made = team.json("goals", "add", "--metric", "sales", "--scope", "person:mia", *QUARTER, "--target", "8",
                     "--why-it-matters", "learning")  # fmt: skip
    assert (made["target"], made["value"], made["scope"]) == (8, 6, "person:mia")
    assert (made["milestones"][0]["threshold"], made["milestones"][0]["status"]) == (8, "missed")
    assert not [name for name in made if name.endswith("_minor")]
    assert "is no count" in team.refused(
        "goals",
        "add",
        "--metric",
        "sales",
        "--scope",
        "mia",
        "--from",
        "2026-01-01",
        "--target",
        "1e3",
        code=2,
    )


def test_an_open_ended_goal_has_no_pace_and_can_not_be_missed(team: Salesboard) -> None:
    made = team.json(
        "goals", "add", "--metric", "sales", "--scope", "company", "--from", "2026-01-01", "--target", "10",
        "--ladder", ":5,:10",
    )  # fmt: skip
    assert (made["expected"], made["end_on"], made["odds"]) == (None, None, None)
    assert [one["status"] for one in made["milestones"]] == ["reached", "open"]
    assert "60.0 %" in team("goals", "show", str(made["id"]))


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ("company", "company"),
        ("team:west", "team:West"),
        ("West", "team:West"),
        ("Mia Berg", "person:mia"),
    ],
)
def test_scopes_are_named_as_people_name_them(team: Salesboard, said: str, scope: str) -> None:
    made = team.json(
        "goals",
        "add",
        "--metric",
        "sales",
        "--scope",
        said,
        *QUARTER,
        "--target",
        "5",
        "--why-it-matters",
        "x",
    )
    assert made["scope"] == scope


def test_one_may_say_me(team: Salesboard) -> None:
    (own,) = (one["handle"] for one in team.json("people", "list") if one["name"] == "Ada Marsh")
    wish = ("--metric", "sales", *QUARTER, "--target", "5", "--why-it-matters", "x")
    assert team.json("goals", "add", "--scope", "person:me", *wish)["scope"] == f"person:{own}"


def test_a_name_of_a_team_and_of_a_person_is_not_guessed(team: Salesboard) -> None:
    team("teams", "add", "Mia Berg")
    rest = ("--metric", "sales", *QUARTER, "--target", "5")
    assert "team:Mia Berg or person:Mia Berg" in team.refused(
        "goals", "add", "--scope", "Mia Berg", *rest, code=2
    )
    assert "no one team or person" in team.refused("goals", "add", "--scope", "Zoe", *rest)


def test_a_ladder_is_worked_out(team: Salesboard) -> None:
    made = team.json("goals", "add", *SET, "--propose", "even", "--round-to", "50k")
    assert [one["threshold_minor"] for one in made["milestones"]] == [15_000_000, 35_000_000, 50_000_000]
    steps = team.json("goals", "add", *SET, "--propose", "back", "--steps", "2", "--per-period", "--dry-run")
    assert steps["saved"] is False
    assert [one["due"] for one in steps["readings"]["per_period"]] == ["2026-02-14", "2026-03-31"]
    assert sum(one["threshold_minor"] for one in steps["readings"]["per_period"]) == 50_000_000
    assert len(team.json("goals", "list")) == 1


def test_seasons_are_those_of_the_years_before(team: Salesboard) -> None:
    for year in ("2024", "2025"):
        for day, amount in ((f"{year}-01-03", "100"), (f"{year}-02-10", "100"), (f"{year}-03-10", "300")):
            number = team("deals", "add", "--title", day, "--opened", f"{year}-01-01")
            team("deals", "win", number, "--on", day, "--amount", amount)
    made = team.json("goals", "add", *SET, "--propose", "seasonal", "--dry-run")
    assert [one["threshold_minor"] for one in made["readings"]["cumulative"]] == [
        10_000_000,
        20_000_000,
        50_000_000,
    ]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--ladder", "2026-01-31:150k,2026-02-28:100k,2026-03-31:500k"), 1, "does not rise"),
        (("--ladder", "2026-01-31:150k,2026-03-31:400k"), 1, "make them equal"),
        (("--ladder", "2026-01-31"), 2, "is no milestone"),
        (("--ladder", "soonish:150k"), 2, "--ladder"),
        (("--ladder", RUNGS, "--propose", "even"), 2, "not both"),
        (("--every", "month"), 2, "belongs to --propose"),
        (("--propose", "even", "--every", "month", "--steps", "2"), 2, "not both"),
        (("--reward", "7:500"), 2, "no milestone '7'"),
        (("--reward", "1:0"), 1, "above zero"),
        (("--under", "99"), 1, "no goal 99"),
        (("--product", "GTX"), 1, "product"),
    ],
)
def test_what_can_be_no_goal_is_refused_in_a_line(
    team: Salesboard, more: tuple[str, ...], code: int, said: str
) -> None:
    assert said in team.refused("goals", "add", *SET, *more, code=code)
    assert team.json("goals", "list", "--all") == []


def test_a_draft_says_what_it_lacks_and_counts_once_it_is_activated(team: Salesboard) -> None:
    wish = ("--metric", "sales", "--scope", "mia", *QUARTER, "--target", "5")
    assert "relevant: it serves no other goal" in team.refused("goals", "add", *wish)
    goal = team("goals", "add", *wish, "--draft")
    assert team.json("goals", "list") == []
    assert "no   relevant" in team("goals", "show", goal)
    assert "relevant" in team.refused("goals", "activate", goal)
    ready = team("goals", "add", *wish, "--draft", "--why-it-matters", "growth")
    team("goals", "activate", ready)
    assert [one["id"] for one in team.json("goals", "list")] == [int(ready)]
    assert len(team.json("goals", "list", "--status", "draft")) == 1


# --- the tree -----------------------------------------------------------------------------------------------


def test_the_tree_says_what_is_not_assigned(team: Salesboard) -> None:
    whole = added(team)
    west = team("goals", "add", "--metric", "revenue", "--scope", "West", *QUARTER, "--target", "300k",
                "--under", whole)  # fmt: skip
    for who, target in (("mia", "200k"), ("noor", "120k")):
        team(
            "goals",
            "add",
            "--metric",
            "revenue",
            "--scope",
            who,
            *QUARTER,
            "--target",
            target,
            "--under",
            west,
        )
    listed = team.json("goals", "list")
    assert [one["depth"] for one in listed] == [0, 1, 2, 2]
    assert (listed[0]["unassigned_minor"], listed[1]["over_assigned_minor"]) == (20_000_000, 2_000_000)
    text = team("goals", "list", "--odds")
    assert "Revenue 2026-Q1: 200,000 not assigned (40.0 %)" in text
    assert "Revenue 2026-Q1: over-assigned by 20,000 (6.7 %)" in text
    assert "odds" in text and "odds" not in team("goals", "list")


# --- telling, agreeing, reviewing ---------------------------------------------------------------------------


def test_what_is_published_is_acknowledged_or_asked_about(team: Salesboard) -> None:
    goal = added(team)
    mia, noor = acting(team, "mia"), acting(team, "noor")
    assert "not been published" in mia.refused("goals", "ack", goal)
    assert "0 of 3" in team.run("goals", "publish", goal, "--rationale", "we can").stderr
    mia("goals", "ack", goal)
    noor("goals", "ack", goal, "--question", "With which deals?")
    text = team("goals", "show", goal)
    assert "2 of 3 have read it, 1 question open" in text
    assert "Noor Haddad asks: With which deals?" in text and "waiting for Ada Marsh" in text
    assert team.json("goals", "show", goal)["readers"]["waiting"] == ["Ada Marsh"]


def test_both_sides_come_to_agree_on_a_target(team: Salesboard) -> None:
    year = ("--metric", "revenue", "--from", "2026-10-01", "--to", "2026-12-31")
    why = ("--why-it-matters", "growth", "--reason", "a good year")
    goal = team("goals", "propose", "--person", "mia", *year, "--target", "100k", *why)
    mia = acting(team, "mia")
    assert "proposed" in team.refused("goals", "activate", goal)
    mia("goals", "counter", goal, "80k", "--reason", "I am away in December")
    assert "agree to a proposal of one's own" in mia.refused("goals", "agree", goal)
    team("goals", "agree", goal)
    found = team.json("goals", "show", goal)
    assert (found["status"], found["target_minor"]) == ("active", 8_000_000)
    assert [(one["author"], one["target_minor"]) for one in found["proposals"]] == [
        ("Ada Marsh", 10_000_000),
        ("Mia Berg", 8_000_000),
    ]
    assert "Mia Berg: 80,000, I am away in December" in team("goals", "show", goal)


def test_a_review_waits_until_it_is_decided(team: Salesboard) -> None:
    goal = team("goals", "add", "--metric", "revenue", "--scope", "company", "--from", "2026-01-01",
                "--to", "2026-12-31", "--target", "500k")  # fmt: skip
    (waiting,) = team.json("goals", "review")
    assert (waiting["id"], waiting["quarter"], waiting["overdue"]) == (int(goal), "2026-Q3", True)
    assert "overdue" in team("goals", "review")
    assert "hit 0 of 0" in team("goals", "review", goal, "--rehearse", "600k")
    assert team.json("goals", "review", goal, "--rehearse", "600k")["target_minor"] == 60_000_000
    assert "--reason" in team.refused("goals", "review", goal, "keep", code=2)
    line = team.refused("goals", "review", goal, "raise", "--reason", "more", "--target", "400k")
    assert "500,000.00" in line and "does not raise" in line
    team("goals", "review", goal, "raise", "--reason", "going well", "--target", "600k")
    assert team.json("goals", "review") == []
    found = team.json("goals", "show", goal)
    assert [one["target_minor"] for one in found["versions"]] == [50_000_000, 60_000_000]
    assert "raise (Ada Marsh): going well" in team("goals", "show", goal)
    assert "reviewed for 2026-Q3 already" in team.refused("goals", "review", goal, "keep", "--reason", "x")


def test_a_goal_is_revised_and_retired_for_a_reason(team: Salesboard) -> None:
    goal = team("goals", "add", "--metric", "sales", "--scope", "company", "--from", "2026-01-01", "--to",
                "2026-12-31", "--target", "10")  # fmt: skip
    team("goals", "revise", goal, "--target", "12", "--reason", "two more reps")
    assert team.json("goals", "show", goal)["target"] == 12
    assert "say what to change" in team.refused("goals", "revise", goal, "--reason", "x", code=2)
    team("goals", "retire", goal, "--reason", "done")
    assert "retired already" in team.refused("goals", "retire", goal, "--reason", "done")
    assert team.json("goals", "list", "--all")[0]["status"] == "retired"


def test_a_rep_does_not_set_the_goals_of_the_company(team: Salesboard) -> None:
    assert "may not set goal" in acting(team, "mia").refused("goals", "add", *SET)


# --- rewards ------------------------------------------------------------------------------------------------


def test_a_reward_is_earned_approved_paid_and_clawed_back(team: Salesboard) -> None:
    made = team.json(
        "goals", "add", "--metric", "revenue", "--scope", "mia", *QUARTER, "--target", "500k",
        "--ladder", RUNGS, "--why-it-matters", "x", "--reward", "1:100", "--reward", "3:2k",
        "--reward", "2026-03-31:a day off",
    )  # fmt: skip
    last = made["milestones"][-1]
    assert (last["reward_minor"], last["reward"]) == (200_000, "a day off")
    found = team.json("goals", "statement", "--person", "mia")
    assert [(one["state"], one["amount_minor"]) for one in found["rewards"]] == [
        ("lost", 10_000),
        ("earned", 200_000),
    ]
    assert (found["counts_minor"], found["sums_minor"]["lost"]) == (200_000, 10_000)
    number = str(last["id"])
    assert "approve it first" in team.refused("goals", "pay", number, "mia")
    team("goals", "approve", number, "mia")
    assert "approved" in team("goals", "statement")
    assert "2,000 EUR of Mia Berg" in team.run("goals", "pay", number, "mia").stderr
    assert "nothing is to be paid back" in team.refused("goals", "clawback", number, "mia")
    team("deals", "reopen", str(last["deal"]))
    assert team.json("goals", "statement", "--from", "2026-03-01")["sums_minor"]["to claw back"] == 200_000
    assert "reversed, was reached on 2026-03-30" in team("goals", "show", str(made["id"]))
    team("goals", "clawback", number, "mia")
    assert team.json("goals", "statement")["counts_minor"] == 0
    assert "no milestone" in team.refused("goals", "approve", "99", "mia")


# --- clauses ------------------------------------------------------------------------------------------------

CLAUSE = (
    "The Representative shall receive commissions: (i) $100,000 in sales by the end of the first month, "
    "(ii) $250,000 by the end of the second month, and (iii) $500,000 by the end of the third month, and is "
    "entitled to receive the corresponding commission payment as outlined in Section 4.2."
)


def test_a_pasted_clause_becomes_a_goal_only_when_it_is_confirmed(team: Salesboard, tmp_path: Path) -> None:
    pasted = tmp_path / "clause.txt"
    pasted.write_text(CLAUSE.replace("$", "€"))
    read = ("goals", "clause", "--read", str(pasted), "--start", "2026-01-01", "--scope", "mia")
    shown = team.run(*read)
    assert "250,000" in shown.stdout and "section 4.2" in shown.stdout
    assert "nothing was made" in shown.stderr
    assert team.json(*read)["goal"] is None
    assert team.json("goals", "list", "--all") == []
    goal = team(*read, "--yes", "--party", "the Rep").splitlines()[-1]
    statement = team.json("goals", "clause", goal)
    assert [one["entitled"] for one in statement["entitlements"]] == [True, True, True]
    assert [one["reached_on"] for one in statement["entitlements"]] == [
        "2026-01-22",
        "2026-02-17",
        "2026-03-30",
    ]
    assert len(statement["entitlements"][1]["evidence"]) == 4
    text = team("goals", "clause", goal)
    assert text.startswith(
        "Under the agreement, upon reaching cumulative sales of (i) €100,000 by the end of"
    )
    assert statement["ledger_hash"] in text
    assert text.endswith("A reading of the numbers, not legal advice.")


def test_the_wording_of_a_goal_reads_back_into_the_same_rungs(team: Salesboard) -> None:
    goal = added(team)
    assert "part of no contract" in team.refused("goals", "clause", goal)
    assert "--agreement" in team.refused("goals", "clause", goal, "--party", "Mia Berg", code=2)
    facts = ("--party", "Mia Berg", "--agreement", "the Sales Agreement", "--section", "7(b)")
    before = team.json("goals", "clause", goal, *facts, "--signed", "2026-01-02")
    read = ("goals", "clause", "--read", "-", "--start", "2026-01-01")
    again = team.run(*read, "--json", typed=before["wording"])
    assert again.exit_code == 0
    found = json.loads(again.stdout)
    assert (found["doubts"], found["section"]) == ([], "7(b)")
    assert [(one["due"], one["threshold_minor"]) for one in found["rungs"]] == [
        (one["due"], one["threshold_minor"]) for one in before["entitlements"]
    ]
    assert team.json("goals", "clause", goal, "--section", "8")["signed_on"] == "2026-01-02"


def test_a_clause_is_read_only_with_a_start_and_kept_only_with_a_scope(team: Salesboard) -> None:
    assert "name a goal" in team.refused("goals", "clause", code=2)
    assert "--start" in team.refused("goals", "clause", "--read", "-", code=2)
    assert "belongs to --read" in team.refused("goals", "clause", "5", "--yes", code=2)
    assert "no-such-file" in team.refused(
        "goals", "clause", "--read", "no-such-file", "--start", "2026-01-01"
    )


def test_on_a_terminal_one_is_asked_before_a_goal_is_made(
    team: Salesboard, terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    pasted = tmp_path / "clause.txt"
    pasted.write_text(CLAUSE.replace("$", "€"))
    command = [
        sys.executable, "-m", "salesboard", "--database", team.target, "goals", "clause",
        "--read", str(pasted), "--start", "2026-01-01", "--scope", "mia",
    ]  # fmt: skip
    for answer, goals in ((b"n\r", 0), (b"y\r", 1)):
        shown = terminal(command, columns=120, rows=30, environment=clean_environment(PYTHONPATH=str(ROOT)))
        shown.wait_for("Make a goal of it?")
        assert "250,000" in shown.text()
        shown.send(answer)
        assert shown.wait_for_exit() == 0
        assert len(team.json("goals", "list")) == goals


# --- forecasts ----------------------------------------------------------------------------------------------


def test_a_forecast_is_a_range_beside_how_earlier_ones_did(team: Salesboard) -> None:
    march = on(team, "2026-03-10")
    found = march.json("goals", "forecast")
    assert (found["period"], found["so_far_minor"]) == ("2026-Q1", 44_000_000)
    assert found["p10_minor"] <= found["p50_minor"] <= found["p90_minor"]
    assert found["so_far_minor"] <= found["p10_minor"]
    months = march.json("goals", "forecast", "--by", "month", "--scope", "West")
    assert (months["scope"], months["period"]) == ("team:West", "2026-03")
    assert "P90" in march("goals", "forecast", "--metric", "sales")
    assert march.json("goals", "forecast", "--metric", "sales")["so_far"] == 5
    assert "belongs to" in march.refused("goals", "forecast", "--product", "GTX", code=2)
    assert "not enough history" in on(team, "2026-01-10")("goals", "forecast")


# --- real data ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the Maven files are not beside this checkout")
def test_a_quarter_of_real_sales(tmp_path: Path) -> None:
    board = Salesboard(str(tmp_path / "b.db"))
    names = ("accounts", "products", "sales_teams", "sales_pipeline")
    board("import", *(str(FOLDER / f"{name}.csv") for name in names))
    june, july = on(board, "2017-06-20"), on(board, "2017-07-15")
    made: dict[str, Any] = june.json(
        "goals", "add", "--metric", "revenue", "--scope", "company",
        "--from", "2017-04-01", "--to", "2017-06-30",
        "--target", "3000000", "--ladder", "2017-04-30:1000000,2017-05-31:2000000,2017-06-30:3000000",
    )  # fmt: skip
    goal = str(made["id"])
    assert 0 < made["milestones"][-1]["odds"] < 1
    assert (
        "2,584,482 of 3,000,000 (86.1 %), 82,185 behind pace, 51,940 per working day needed"
        in june("goals", "show", goal).splitlines()
    )
    found = july.json("goals", "show", goal)
    assert found["value_minor"] == 308_611_100
    assert [(one["status"], one["reached_on"] is None) for one in found["milestones"]] == [
        ("late", False),
        ("late", False),
        ("reached", False),
    ]
    assert [one["value_on_due_minor"] for one in found["milestones"]][:2] == [72_193_200, 174_764_500]
