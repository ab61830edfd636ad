"""Following the ledger: what anybody, in any process, has written since."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from salesboard.errors import Restored, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import ledger, trouble

GLANCE = 0.25
"""Seconds between two glances at a SQLite file."""
LISTEN_FOR = 2.0
"""Seconds after which PostgreSQL is asked even though it has told nothing."""


def follow(
    after: int, stop: threading.Event, at_each: Callable[[], None] | None = None
) -> Iterator[list[ledger.Head]]:
    """Heads of new entries after a number, as they are committed, until `stop` is set.

    Runs in a thread of its own, on a connection of its own, and holds no transaction. A lost connection is
    opened again; nothing is missed, since entries are counted. `at_each` is called at the start and at every
    commit, also of what is no part of the ledger, after the heads that came with it. Raises `Restored` where
    the ledger is not the one any more that it began with.
    """
    known: tuple[int, str] | None = None
    while not stop.is_set():
        try:
            with storage.session():
                wake = _sqlite_wakes(stop) if storage.current().is_sqlite else _postgresql_wakes(stop)
                for _ in wake:
                    end = ledger.end()
                    known = known or _known(after, end)
                    if end != known:
                        if not ledger.is_of_this_board(known, end):
                            raise Restored
                        news = ledger.heads(after=known[0])
                        if news:
                            known = news[-1].seq, news[-1].hash
                            yield news
                    if at_each is not None:
                        at_each()
        except Restored:
            raise
        except StorageTrouble:
            stop.wait(1.0)


def _known(after: int, end: tuple[int, str]) -> tuple[int, str]:
    """The entry to follow after, and its hash."""
    if after in (0, end[0]):
        return (0, ledger.GENESIS) if after == 0 else end
    found = ledger.heads(after=after - 1, upto=after)
    if not found:
        raise Restored
    return after, found[0].hash


def _sqlite_wakes(stop: threading.Event) -> Iterator[None]:
    """Once at the start, then whenever another connection has committed."""
    connection = storage.current().peewee.connection()
    seen = None
    while not stop.is_set():
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != seen:
            seen = version
            yield
        stop.wait(GLANCE)


def _postgresql_wakes(stop: threading.Event) -> Iterator[None]:
    """Once at the start, then at every notification and every two seconds without one."""
    database = storage.current().peewee
    database.execute_sql(f"LISTEN {storage.CHANNEL}")
    yield
    quiet = 0.0
    while not stop.is_set():
        with trouble.named():
            told = list(database.connection().notifies(timeout=GLANCE, stop_after=1))
        quiet += GLANCE
        if told or quiet >= LISTEN_FOR:
            quiet = 0.0
            yield
