"""Many programs move the same few cards and are killed at random: nothing acknowledged may be lost.

    python -m tests.chaos --seconds 20 --processes 20 [--postgresql [URL]] [--without-compare-and-set]

Each process reads in which stage a card is, then moves it, and tells its parent after the commit. The parent
kills one of them every 20 to 120 ms, without warning, and starts another. In the end every acknowledged move
must be in the ledger, each card's way must be a chain without a broken link, and the proof must hold. Without
compare-and-set (a program that writes what it believes) the same checks must find broken links.
"""

import argparse
import itertools
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from salesboard.domain import pipeline
from salesboard.errors import Conflict, StorageTrouble
from salesboard.storage import ledger
from salesboard.storage.database import create_database, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal, Stay
from salesboard.storage.prepared import by_id
from salesboard.storage.verify import verify
from tests import postgres, stories

CARDS = 4
SHORTEST_PAUSE, LONGEST_PAUSE = 0.020, 0.120
"""Seconds between two kills."""


@dataclass
class Outcome:
    """What came of it."""

    database: str
    processes: int
    seconds: float
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    conflicts: int = 0
    broken: int = 0
    """Links of the cards' ways that do not begin where the one before ended."""
    longest_run: int = 0
    """Most moves in a row by one process while others waited: how fair the queue is."""
    crashes: list[str] = field(default_factory=list)
    """Processes that ended otherwise than by being killed."""
    troubles: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.database}, {self.processes} processes, {self.seconds:.0f} s: {self.kills} kills, "
            f"{self.acknowledged} acknowledged ({self.acknowledged / self.seconds:.0f}/s), {self.lost} lost, "
            f"{self.conflicts} conflicts, {self.broken} broken links, {len(self.faults)} faults, "
            f"{len(self.troubles)} troubles, {len(self.crashes)} crashes, longest run {self.longest_run}"
        )


@dataclass(frozen=True)
class Move:
    """What a process says it has done."""

    seq: int
    deal: int
    source: int
    target: int


def run(
    target: str,
    *,
    seconds: float,
    processes: int,
    least_kills: int = 0,
    compare_and_set: bool = True,
    seed: int | None = None,
) -> Outcome:
    """Play it out on a new, empty board, for so long and until so many were killed.

    This process must have no other threads, since it forks.
    """
    database = open_database(target)
    with session():
        stories.set_up()
        movers = [stories.add_person(f"Mover {number}", "admin") for number in range(processes)]
        cards = [stories.add_deal(None, title=f"Card {number}") for number in range(CARDS)]
        stages = [stories.stage_id(kind) for kind in ("target", "prospect", "opportunity")]
    database.close()
    outcome = Outcome("sqlite" if database.is_sqlite else "postgresql", processes, seconds)
    told = _play(outcome, target, movers, cards, stages, compare_and_set, random.Random(seed), least_kills)
    open_database(target)
    with session():
        _judge(outcome, told, cards)
    return outcome


def _play(
    outcome: Outcome,
    target: str,
    movers: Sequence[Actor],
    cards: Sequence[int],
    stages: Sequence[int],
    compare_and_set: bool,
    chance: random.Random,
    least_kills: int,
) -> list[Move]:
    reader, writer = os.pipe()
    alive: dict[int, Actor] = {}

    def start(mover: Actor) -> None:
        child = os.fork()
        if not child:
            os.close(reader)
            _move_for_ever(target, mover, cards, stages, compare_and_set, writer)
        alive[child] = mover

    def end(child: int) -> None:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if (code := os.waitstatus_to_exitcode(status)) != -signal.SIGKILL:
            outcome.crashes.append(f"exit {code}")

    for mover in movers:
        start(mover)
    heard = bytearray()
    started = now = time.monotonic()
    next_kill = started + 0.5
    while now < started + outcome.seconds or outcome.kills < least_kills:
        wait = next_kill - now
        if select.select([reader], [], [], max(wait, 0))[0]:
            heard += os.read(reader, 1 << 16)
        now = time.monotonic()
        if now >= next_kill:
            victim = chance.choice(list(alive))
            mover = alive.pop(victim)
            end(victim)
            outcome.kills += 1
            start(mover)
            next_kill = now + chance.uniform(SHORTEST_PAUSE, LONGEST_PAUSE)
    outcome.seconds = now - started
    for child in alive:
        end(child)
    os.close(writer)
    while more := os.read(reader, 1 << 16):
        heard += more
    os.close(reader)
    return _understood(outcome, heard.decode())


def _understood(outcome: Outcome, heard: str) -> list[Move]:
    moves = []
    for line in heard.splitlines():
        word, _, rest = line.partition(" ")
        if word == "moved":
            moves.append(Move(*map(int, rest.split())))
        elif word == "conflict":
            outcome.conflicts += 1
        elif word == "trouble":
            outcome.troubles.append(rest)
    outcome.acknowledged = len(moves)
    return moves


def _move_for_ever(
    target: str, mover: Actor, cards: Sequence[int], stages: Sequence[int], compare_and_set: bool, writer: int
) -> None:
    chance = random.Random()
    open_database(target)
    with session():
        while True:
            try:
                told = _move_one(mover, cards, stages, compare_and_set, chance)
            except Conflict:
                told = "conflict"
            except StorageTrouble as trouble:
                told = f"trouble {trouble}"
            # A line this short arrives whole or not at all.
            os.write(writer, f"{told}\n".encode())


def _move_one(
    mover: Actor, cards: Sequence[int], stages: Sequence[int], compare_and_set: bool, chance: random.Random
) -> str:
    card = by_id(Deal, chance.choice(cards))
    assert card is not None
    wanted = chance.choice([stage for stage in stages if stage != card.stage_id])
    ledger.written_here()
    if compare_and_set:
        pipeline.move_deal(mover, card.id, wanted, now=datetime.now(UTC), seen={"stage": card.stage_id})
    else:
        _move_as_believed(mover, card, wanted)
    written = ledger.written_here()
    return f"moved {written[0]} {card.id} {card.stage_id} {wanted}" if written else "agreed"


def _move_as_believed(mover: Actor, card: Deal, wanted: int) -> None:
    """What a program does that does not compare before it sets."""
    with ledger.entry(mover, "moved", card, now=datetime.now(UTC)) as entry:
        ledger.storage.current().execute(
            "UPDATE deal SET stage_id = ?, version = version + 1 WHERE id = ?", [wanted, card.id]
        )
        entry._wrote(card, {"stage": card.stage_id}, {"stage": wanted})


def _judge(outcome: Outcome, told: Sequence[Move], cards: Sequence[int]) -> None:
    heads = ledger.heads()
    bodies = ledger.changes_of([head.seq for head in heads])
    moved: dict[int, Move] = {}
    for seq, changes in bodies.items():
        for change in changes:
            if change.table == "deal" and change.before and change.after and "stage" in change.after:
                moved[seq] = Move(seq, change.row, change.before["stage"], change.after["stage"])
    outcome.lost = sum(moved.get(move.seq) != move for move in told)
    for card in cards:
        way = [moved[seq] for seq in sorted(moved) if moved[seq].deal == card]
        outcome.broken += sum(before.target != after.source for before, after in itertools.pairwise(way))
        standing = Deal.get_by_id(card)
        if way and standing.stage_id != way[-1].target:
            outcome.faults.append(f"card {card} is not where its last move left it")
        stays = list(Stay.select().where(Stay.deal == card).order_by(Stay.id))
        if any(stay.left_at != later.entered_at for stay, later in itertools.pairwise(stays)):
            outcome.faults.append(f"the stays of card {card} do not follow one another")
    outcome.longest_run = max(
        (
            len(list(run))
            for _, run in itertools.groupby(head.actor for head in heads if head.verb == "moved")
        ),
        default=0,
    )
    outcome.faults += verify().faults


def main() -> int:
    """Play it on a board of its own and print one line, or JSON; ends with 1 where anything is wrong."""
    asked = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    asked.add_argument("--seconds", type=float, default=20)
    asked.add_argument("--processes", type=int, default=20)
    asked.add_argument("--kills", type=int, default=0, help="go on until so many were killed")
    asked.add_argument(
        "--without-compare-and-set", action="store_true", help="the control: must find broken links"
    )
    asked.add_argument(
        "--postgresql", metavar="URL", nargs="?", const="", help="an empty board there; none: its own"
    )
    asked.add_argument("--seed", type=int)
    asked.add_argument("--json", action="store_true")
    options = asked.parse_args()
    with ExitStack() as stack:
        if options.postgresql is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            create_database(folder / "board.db").close()
            target = str(folder / "board.db")
        else:
            target = options.postgresql or _own_server(stack)
        outcome = run(
            target,
            seconds=options.seconds,
            processes=options.processes,
            least_kills=options.kills,
            compare_and_set=not options.without_compare_and_set,
            seed=options.seed,
        )
    print(json.dumps(asdict(outcome)) if options.json else outcome)
    for line in (*outcome.crashes[:5], *outcome.troubles[:5], *outcome.faults[:5]):
        print(" ", line, file=sys.stderr)
    wrong = outcome.lost or outcome.broken or outcome.faults or outcome.crashes
    return 1 if wrong else 0


def _own_server(stack: ExitStack) -> str:
    folder = postgres.new_folder()
    stack.callback(postgres.stop, folder)
    return stack.enter_context(postgres.Server(folder, "chaos").database())


if __name__ == "__main__":
    sys.exit(main())
