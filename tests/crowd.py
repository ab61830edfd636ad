"""Many people at one board: how long each has to wait for a change, and what an open board asks while nobody
does anything.

    python -m tests.crowd --sessions 100 --seconds 30 [--postgresql [URL]]

Each session is a process of its own that changes a deal once a second, at a moment of its own. What is
measured is one whole change, from the call until it is on the disk. A conflict, in which somebody else was
faster on the same field, is no error. Then one follower is left alone, and what it asks the database is
counted. PostgreSQL takes as many sessions as its `max_connections` says, 97 of the usual hundred.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path

from salesboard.domain import pipeline
from salesboard.errors import Conflict, SalesboardError
from salesboard.storage import follow, ledger
from salesboard.storage.database import create_database, current, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal
from salesboard.storage.prepared import by_id
from salesboard.storage.verify import verify
from tests import stories
from tests.chaos import _own_server

CARDS_FOR_EACH = 2


@dataclass
class Outcome:
    """What came of it; times in milliseconds."""

    database: str
    sessions: int
    seconds: float
    writes: int = 0
    conflicts: int = 0
    p50: float = 0.0
    p99: float = 0.0
    longest: float = 0.0
    errors: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    glances: float = 0.0
    """Looks of an idle follower a second whether there is anything new, without a query."""
    queries: float = 0.0
    """Queries of an idle follower a second."""

    def __str__(self) -> str:
        idle = f"{self.glances:.1f} glances/s, {self.queries:.2f} queries/s"
        return (
            f"{self.database}: {self.sessions} sessions, {self.seconds:.0f} s, {self.writes} changes "
            f"({self.writes / self.seconds:.0f}/s): p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms, longest "
            f"{self.longest:.0f} ms, {self.conflicts} conflicts, {len(self.errors)} errors, "
            f"{len(self.faults)} faults; idle follower: {idle}"
        )


def run(target: str, *, sessions: int, seconds: float, every: float = 1.0, idle: float = 4.0) -> Outcome:
    """Play it out on a new, empty board; this process must have no other threads, since it forks."""
    database = open_database(target)
    with session():
        stories.set_up()
        people = [stories.add_person(f"Person {number}", "admin") for number in range(sessions)]
        cards = [
            stories.add_deal(None, title=f"Card {number}") for number in range(CARDS_FOR_EACH * sessions)
        ]
        stages = [stories.stage_id(kind) for kind in ("target", "prospect", "opportunity")]
    database.close()
    outcome = Outcome("SQLite" if database.is_sqlite else "PostgreSQL", sessions, seconds)
    took = _all_at_once(outcome, target, people, cards, stages, every)
    if took:
        outcome.writes = len(took)
        outcome.p50, outcome.p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
        outcome.longest = took[-1] * 1000
    open_database(target)
    with session():
        outcome.faults = list(verify().faults)
        outcome.glances, outcome.queries = _asked_while_idle(idle)
    return outcome


def _all_at_once(
    outcome: Outcome,
    target: str,
    people: Sequence[Actor],
    cards: Sequence[int],
    stages: Sequence[int],
    every: float,
) -> list[float]:
    """Let everybody work; seconds that each change took, the shortest first."""
    fork = multiprocessing.get_context("fork")
    begin, readers, processes = fork.Event(), [], []
    for number, person in enumerate(people):
        reader, writer = fork.Pipe(duplex=False)
        what = (target, person, cards, stages, outcome.seconds, every, number, begin, writer)
        process = fork.Process(target=_work, args=what, daemon=True)
        process.start()
        writer.close()
        readers.append(reader)
        processes.append(process)
    time.sleep(0.02 * len(people) ** 0.5)
    begin.set()
    took: list[float] = []
    while readers:
        for reader in wait(readers):
            assert isinstance(reader, Connection)
            try:
                times, conflicts, errors = reader.recv()
                took += times
                outcome.conflicts += conflicts
                outcome.errors += errors
            except EOFError:
                readers.remove(reader)
    for process in processes:
        process.join()
        if process.exitcode:
            outcome.errors.append(f"a session ended with {process.exitcode}")
    return sorted(took)


def _work(
    target: str,
    person: Actor,
    cards: Sequence[int],
    stages: Sequence[int],
    seconds: float,
    every: float,
    number: int,
    begin: "multiprocessing.synchronize.Event",
    writer: Connection,
) -> None:
    chance = random.Random(number)
    took: list[float] = []
    errors: list[str] = []
    conflicts = 0
    open_database(target)
    with session():
        begin.wait()
        end = time.monotonic() + seconds
        due = time.monotonic() + chance.random() * every
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.perf_counter()
            try:
                _change(person, chance.choice(cards), stages, chance)
            except Conflict:
                conflicts += 1
            except SalesboardError as error:
                errors.append(str(error))
            else:
                took.append(time.perf_counter() - began)
            due += every
    writer.send((took, conflicts, errors))
    writer.close()


def _change(person: Actor, card: int, stages: Sequence[int], chance: random.Random) -> None:
    row = by_id(Deal, card)
    assert row is not None
    now = datetime.now(UTC)
    if chance.random() < 0.5:
        wanted = chance.choice([stage for stage in stages if stage != row.stage_id])
        pipeline.move_deal(person, card, wanted, now=now, seen={"stage": row.stage_id})
    else:
        value = chance.randrange(100, 10_000_00)
        pipeline.edit_deal(person, card, now=now, seen={"value_minor": row.value_minor}, value_minor=value)


# --- what nobody asked for ----------------------------------------------------------------------------------


def _asked_while_idle(seconds: float) -> tuple[float, float]:
    """What a follower asks a second while nothing happens: glances at the file, and queries."""
    stop, woken = threading.Event(), threading.Event()
    statements: list[str] = []

    def count() -> None:
        if current().is_sqlite:
            current().peewee.connection().set_trace_callback(statements.append)
        woken.set()

    def work() -> None:
        for _ in follow.follow(ledger_end, stop, count):
            pass

    ledger_end = ledger.end()[0]
    if not current().is_sqlite:
        time.sleep(2)  # what the sessions did last is counted by then
    without = 0 if current().is_sqlite else _transactions_within(seconds)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert woken.wait(10)
    time.sleep(0.5)
    statements.clear()
    within = _transactions_within(seconds) - without
    glances = sum("data_version" in one for one in statements)
    stop.set()
    thread.join(5)
    queries = len(statements) - glances if current().is_sqlite else within
    return glances / seconds, queries / seconds


def _transactions_within(seconds: float) -> int:
    """How many transactions there were; on PostgreSQL every query of a follower is one, on SQLite none is."""
    if current().is_sqlite:
        time.sleep(seconds)
        return 0
    counted = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    time.sleep(1.1)  # the server counts a second late
    ((before,),) = current().execute(counted).fetchall()
    time.sleep(seconds)
    ((after,),) = current().execute(counted).fetchall()
    return int(after) - int(before)


def main() -> int:
    """Play it on a board of its own and print one line, or JSON; ends with 1 where anything went wrong."""
    asked = argparse.ArgumentParser(prog="python -m tests.crowd", description=__doc__)
    asked.add_argument("--sessions", type=int, default=100)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--every", type=float, default=1.0, help="seconds between two changes of one session")
    asked.add_argument("--idle", type=float, default=5.0, help="seconds for which a follower is left alone")
    asked.add_argument(
        "--postgresql", metavar="URL", nargs="?", const="", help="an empty board there; none: its own"
    )
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    with ExitStack() as stack:
        if options.postgresql is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            create_database(folder / "board.db").close()
            target = str(folder / "board.db")
        else:
            target = options.postgresql or _own_server(stack)
        how = {"sessions": options.sessions, "seconds": options.seconds, "every": options.every}
        outcome = run(target, idle=options.idle, **how)
    print(json.dumps(asdict(outcome)) if options.json else outcome)
    for line in (*outcome.errors[:5], *outcome.faults[:5]):
        print(" ", line, file=sys.stderr)
    return 1 if outcome.errors or outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
