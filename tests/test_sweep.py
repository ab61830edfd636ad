"""Acts that fail at one of their calls to the system are whole or not at all; `tests.sweep` has them all."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not here; it lets calls to the system fail"
)


def play(*options: str) -> dict[str, Any]:
    """What came of it."""
    command = [sys.executable, "-m", "tests.sweep", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if "ptrace" in done.stderr and not done.stdout:
        pytest.skip("strace may not look at programs here")
    assert done.stdout, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


def test_what_fails_in_the_middle_is_whole_or_not_at_all() -> None:
    outcome = play("--acts", "move,backup", "--points", "6")
    assert outcome["violations"] == []
    assert outcome["points"] >= 5 and outcome["killed"] and outcome["refused"]


def test_control_what_is_written_without_a_transaction_is_seen() -> None:
    outcome = play("--careless", "--points", "4")
    assert [one for one in outcome["violations"] if "but the board is faulty" in one]
