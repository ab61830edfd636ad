"""Many people at one board at once; `python -m tests.crowd` measures a hundred of them for half a minute."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from salesboard.domain import pipeline
from salesboard.errors import Conflict
from salesboard.storage import ledger
from salesboard.storage.database import Database, current, session
from tests.crowd import Outcome
from tests.stories import NOW, add_deal, add_person, faults, owner, read, set_up, stage_id

ROOT = Path(__file__).parents[2]


def crowd(*arguments: str) -> Outcome:
    """The program, in a process without threads; what it measured."""
    command = [sys.executable, "-m", "tests.crowd", "--json", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everybody_gets_their_turn_and_an_idle_board_asks_next_to_nothing(
    kind: str, request: pytest.FixtureRequest
) -> None:
    where = ["--postgresql", request.getfixturevalue("postgresql_url")] if kind == "postgresql" else []
    found = crowd("--sessions", "5", "--seconds", "1", "--every", "0.1", "--idle", "2", *where)
    assert (found.errors, found.faults) == ([], [])
    assert found.writes + found.conflicts >= 15
    # What was told in the rush before may still be heard in the short silence.
    assert found.queries <= (1 if kind == "sqlite" else 12), "glances at a file are no queries"
    assert kind == "postgresql" or 1 <= found.glances <= 6


def test_the_same_act_sent_many_times_at_once_is_written_once(database: Database) -> None:
    set_up()
    deal = add_deal("Northwind", "64k")
    people = [add_person(f"Person {number}", "admin") for number in range(8)]
    before = ledger.end()[0]
    ready, ended = threading.Barrier(len(people)), []

    def win(person: object) -> None:
        with session():
            ready.wait(10)
            try:
                pipeline.win_deal(person, deal, now=NOW, seen={"status": "open"})  # type: ignore[arg-type]
                ended.append("won")
            except Conflict as conflict:
                ended.append(conflict.clashes[0].told[1])
        current().close()

    threads = [threading.Thread(target=win, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ended.count("won") == len(people), "one did it, and each of the others is told that it is won"
    assert ledger.end()[0] == before + 1
    assert read(deal).status == "won" and faults() == []


def test_what_stands_against_what_is_told_field_by_field(database: Database) -> None:
    set_up()
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind", "64k", title="Renewal", stage="prospect")
    pipeline.edit_deal(mia, deal, now=NOW, title="Hers", value_minor=70_000_00)
    seen = {"title": "Renewal", "value_minor": 64_000_00, "source": None}
    with pytest.raises(Conflict) as told:
        pipeline.edit_deal(owner(), deal, now=NOW, seen=seen, title="Mine", value_minor=1, source="fair")
    first, second = told.value.clashes
    assert (first.field, first.before, first.theirs, first.mine, first.who) == (
        *("title", "Renewal", "Hers", "Mine", "Mia Berg"),
    )
    assert (second.field, second.told) == ("value_minor", ("$64,000.00", "$70,000.00", "$0.01"))
    assert second.at == NOW
    pipeline.move_deal(mia, deal, stage_id("opportunity"), now=NOW)
    with pytest.raises(Conflict) as moved:
        pipeline.move_deal(owner(), deal, stage_id("target"), now=NOW, seen={"stage": stage_id("prospect")})
    assert moved.value.clashes[0].told == ("Prospect", "Opportunity", "Target")
