"""Followers see what anybody commits, in any thread or process, within a second, in order; nothing else."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.follow import follow
from tests import stories
from tests.stories import NOW

ROOT = Path(__file__).parents[2]
PATIENT = 10.0
SOON = 1.0
QUIET = 0.6
"""Seconds of silence that show that nothing comes: more than two glances."""


class Follower:
    """A screen in a thread of its own: what it was told, and when."""

    def __init__(self, after: int) -> None:
        self.told: queue.Queue[tuple[float, list[ledger.Head]]] = queue.Queue()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(after,), daemon=True)
        self.thread.start()

    def _run(self, after: int) -> None:
        for heads in follow(after, self.stop):
            self.told.put((time.monotonic(), heads))

    def next(self) -> tuple[float, list[ledger.Head]]:
        return self.told.get(timeout=PATIENT)

    def seqs(self, *, upto: int) -> list[int]:
        """Numbers told until that one has been told."""
        told: list[int] = []
        while not told or told[-1] < upto:
            told += [head.seq for head in self.next()[1]]
        return told

    def settle(self) -> None:
        """Let it see one commit, so that from now on it waits to be woken."""
        stories.add_product("Wake up")
        self.next()

    def nothing_more(self) -> bool:
        try:
            self.told.get(timeout=QUIET)
        except queue.Empty:
            return True
        return False


@contextmanager
def following(after: int | None = None) -> Iterator[Follower]:
    follower = Follower(ledger.end()[0] if after is None else after)
    try:
        yield follower
    finally:
        follower.stop.set()
        follower.thread.join(PATIENT)
        assert not follower.thread.is_alive()


def test_what_was_written_before_is_told_at_once(database: Database) -> None:
    stories.set_up()
    stories.add_deal("Northwind")
    newest = ledger.end()[0]
    with following(after=1) as follower:
        _, heads = follower.next()
        assert [head.seq for head in heads] == list(range(2, newest + 1))
        assert heads == ledger.heads(after=1)
        assert follower.nothing_more()


def test_a_commit_of_another_thread_is_told_within_a_second(database: Database) -> None:
    stories.set_up()
    with following() as follower:
        follower.settle()
        deal = stories.add_deal(None, title="Renewal")
        committed = time.monotonic()
        when, (head,) = follower.next()
        assert when - committed < SOON
        assert (head.verb, head.subject_table, head.subject_id) == ("added", "deal", deal)


def test_a_commit_of_another_process_is_told_within_a_second(database: Database, board_url: str) -> None:
    stories.set_up()
    program = (
        "import sys, time; from tests import stories\n"
        "from salesboard.storage.database import open_database, session\n"
        "open_database(sys.argv[1])\n"
        "with session():\n    stories.add_deal(None, title='Renewal')\n"
        "print(time.monotonic())"
    )
    with following() as follower:
        follower.settle()
        done = subprocess.run(
            [sys.executable, "-c", program, board_url], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        when, (head,) = follower.next()
        assert when - float(done.stdout) < SOON
        assert head.subject_table == "deal"


def test_each_entry_is_told_once_and_in_order(database: Database) -> None:
    ada = stories.set_up()
    before = ledger.end()[0]
    with following() as follower:
        for number in range(20):
            stories.add_product(f"Widget {number}")
        with ledger.batch(ada, "imported", now=NOW) as batch:
            batch.insert_many(
                ledger.TABLES["product"], [{"name": f"{n}", "key": f"{n}"} for n in range(1001)]
            )
        newest = ledger.end()[0]
        assert follower.seqs(upto=newest) == list(range(before + 1, newest + 1))
        assert follower.nothing_more()


def test_nothing_is_told_of_what_was_not_committed_or_changed_nothing(database: Database) -> None:
    ada = stories.set_up()
    product = stories.add_product("Widget")
    with following() as follower:
        follower.settle()
        with pytest.raises(Refused), ledger.entry(ada, "edited", now=NOW) as entry:
            entry.update(ledger.TABLES["product"].get_by_id(product), name="Gadget")
            raise Refused("no")
        with ledger.entry(ada, "edited", now=NOW) as entry:
            entry.update(ledger.TABLES["product"].get_by_id(product), name="Widget")
        assert follower.nothing_more()


def test_a_lost_connection_is_opened_again_and_nothing_is_missed(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    with session():
        stories.set_up()
        lose_the_connection(database)


def lose_the_connection(database: Database) -> None:
    with following() as follower:
        follower.settle()
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        stories.add_product("Widget")
        _, (head,) = follower.next()
        assert head.subject_table == "product"


def test_a_follower_holds_no_transaction(database: Database) -> None:
    stories.set_up()
    with following() as follower:
        follower.settle()
        if database.is_sqlite:
            (busy, *_) = database.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            assert not busy, "a reader keeps the log from being emptied"
        else:
            states = database.execute(
                "SELECT DISTINCT state FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert [state for (state,) in states] == ["idle"]


def test_it_stops_when_it_is_told_to(database: Database) -> None:
    stories.set_up()
    with session():
        stop = threading.Event()
        stop.set()
        assert list(follow(0, stop)) == []
