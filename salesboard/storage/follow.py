"""Following the ledger: what anybody, in any process, has written since."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from salesboard.errors import StorageTrouble
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
    commit, also of what is no part of the ledger, after the heads that came with it.
    """
    while not stop.is_set():
        try:
            with storage.session():
                wake = _sqlite_wakes(stop) if storage.current().is_sqlite else _postgresql_wakes(stop)
                for _ in wake:
                    news = ledger.heads(after=after) if ledger.end()[0] != after else []
                    if news:
                        after = news[-1].seq
                        yield news
                    if at_each is not None:
                        at_each()
        except StorageTrouble:
            stop.wait(1.0)


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
