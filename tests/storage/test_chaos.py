"""Programs that move the same cards are killed at random, and nothing acknowledged is lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from salesboard.storage import ledger
from salesboard.storage.database import Database
from tests import chaos, stories

ROOT = Path(__file__).parents[2]
KILLS = 200


def play(*options: str) -> dict[str, Any]:
    """What came of it; in a program of its own, since it forks."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--json", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def assert_nothing_was_lost(outcome: dict[str, Any], *, kills: int) -> None:
    assert outcome["kills"] >= kills and outcome["acknowledged"] >= kills
    assert outcome["conflicts"] > 0
    assert (outcome["lost"], outcome["broken"], outcome["faults"]) == (0, 0, [])
    assert outcome["crashes"] == []
    assert outcome["troubles"] == []


def test_nothing_acknowledged_is_lost_on_sqlite() -> None:
    outcome = play("--seconds", "20", "--processes", "5", "--kills", str(KILLS))
    assert_nothing_was_lost(outcome, kills=KILLS)
    assert outcome["longest_run"] <= outcome["acknowledged"] / 2, "one writer keeps the others out"


def test_nothing_acknowledged_is_lost_on_postgresql(postgresql_url: str) -> None:
    where = ("--postgresql", postgresql_url)
    outcome = play("--seconds", "20", "--processes", "4", "--kills", str(KILLS), *where)
    assert_nothing_was_lost(outcome, kills=KILLS)


def test_control_without_compare_and_set_moves_are_lost() -> None:
    outcome = play("--seconds", "1.5", "--processes", "8", "--without-compare-and-set")
    assert outcome["broken"] > 0 and outcome["faults"]


def test_control_an_acknowledged_move_that_is_not_in_the_ledger_is_seen(sqlite_database: Database) -> None:
    stories.set_up()
    card = stories.add_deal("Northwind")
    told = chaos.Move(ledger.end()[0], card, stories.stage_id("target"), stories.stage_id("prospect"))
    outcome = chaos.Outcome("sqlite", 1, 1.0)
    chaos._judge(outcome, [told], [card])
    assert (outcome.lost, outcome.broken, outcome.faults) == (1, 0, [])
    sqlite_database.execute(f"UPDATE deal SET stage_id = {told.target} WHERE id = {card}")
    chaos._judge(outcome, [], [card])
    assert outcome.faults


def test_what_processes_tell_is_understood() -> None:
    outcome = chaos.Outcome("sqlite", 1, 1.0)
    heard = "moved 3 1 2 4\nconflict\nagreed\ntrouble the disk is full\n"
    assert chaos._understood(outcome, heard) == [chaos.Move(3, 1, 2, 4)]
    assert (outcome.acknowledged, outcome.conflicts, outcome.troubles) == (1, 1, ["the disk is full"])
