"""The worker at work: round after round, when the ledger has grown and when the company's day has changed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from salesboard import clock, incidents
from salesboard.domain import company
from salesboard.errors import StorageTrouble
from salesboard.storage import database as storage
from salesboard.worker import TURN, Round, Worker

MANNERS = (0.3, 1.0)
"""Seconds, from and to, for which whoever did not do the last round lets others go first."""
AFTER_TROUBLE = 30.0
"""Seconds until work is tried again that the database refused."""
TIDIED_EVERY = timedelta(minutes=1)
"""So often, while people work, the log is brought into the file."""
JUST_AFTER = 1.0
"""Seconds after midnight at which a new day is looked at."""
LONGEST_REST = 600.0
"""Seconds: a machine that slept does not count the time, and may wake on another day."""


def work(
    now: Callable[[], datetime],
    *,
    wake: threading.Event,
    stop: threading.Event,
    said: Callable[[Round], None] = lambda _: None,
    back_up: Callable[[str, datetime], timedelta] | None = None,
) -> None:
    """Do rounds until `stop` is set: one at once, then whenever `wake` is set, and at midnight.

    Runs in a thread of its own, on a connection of its own for each round. `said` hears of each round.
    `back_up` makes the backup that is due, and says how long none will be.
    """
    worker = Worker()
    did_the_last = False
    tidied = now()
    while not stop.is_set():
        wake.clear()
        if not did_the_last and stop.wait(random.uniform(*MANNERS)):
            break
        try:
            with storage.session():
                done = worker.one_round(now())
                rest = _until_tomorrow(now())
                if worker.has_the_turn and now() - tidied > TIDIED_EVERY:
                    tidied = now()
                    # Where others write for long, it can wait; the round is done all the same.
                    with suppress(StorageTrouble):
                        storage.checkpoint()
        except StorageTrouble:
            did_the_last, rest = False, AFTER_TROUBLE
        except Exception as error:
            # Nobody is there to be told; the report is, and what could not be told is told by a later round.
            incidents.keep(error)
            did_the_last, rest = False, AFTER_TROUBLE
        else:
            said(done)
            did_the_last = worker.has_the_turn
            if not done.is_last:
                continue
            rest = rest if done.is_ours else TURN.total_seconds()
            if back_up is not None and done.is_ours and not stop.is_set():
                rest = min(rest, back_up(worker.name, now()).total_seconds())
        wake.wait(rest)
    if did_the_last:
        # Who can not say so is not waited for long.
        with suppress(StorageTrouble), storage.session():
            worker.leave()


def _until_tomorrow(now: datetime) -> float:
    facts = company.facts()
    tomorrow = clock.start_of_day(facts.today(now) + timedelta(days=1), facts.zone)
    return min((tomorrow - now).total_seconds() + JUST_AFTER, LONGEST_REST)
