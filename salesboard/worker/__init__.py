"""The worker: looks at what has happened, and tells each person once what they should know.

A client of the domain like any other. Whoever holds the turn works, be it an open board or `salesboard
worker`; what is told has a key, so that a second worker or a restart changes nothing.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from salesboard import incidents
from salesboard.domain import company, notices
from salesboard.domain.news import Withdrawal
from salesboard.domain.notices import Notice
from salesboard.errors import Restored, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import ledger, shift
from salesboard.worker.looks import LOOKS, Look, Since, Tiding

TURN = timedelta(seconds=15)
"""Whoever has not been heard of for so long has lost the turn."""
BEHIND = timedelta(minutes=2)
"""What has not been looked at for so long waits for somebody who works."""
CAUGHT_UP = timedelta(days=30)
"""What fell due longer ago than this is not told any more."""
TELLS_NOTHING = frozenset({"moved", "reordered", "noted", "archived", "brought back"})
"""What is done to open deals all day long, and gives no occasion to tell anybody anything."""
MOST_ENTRIES = 5000
"""So many entries are looked at in one go."""


@dataclass
class Round:
    """What came of a round."""

    told: int = 0
    """Notices that are new."""
    parked: list[str] = field(default_factory=list)
    """What could not be done, by name."""
    is_ours: bool = True
    """False where somebody else has the turn."""
    is_last: bool = True
    """False where there is more to look at."""


class Worker:
    """Does one round after the other, as long as nobody else does."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.has_the_turn = False
        """Whether the last round of all was done by this worker."""
        self._seen = 0
        """The last entry that was looked at; of what tells nothing no other trace is kept."""

    def one_round(self, now: datetime) -> Round:
        """Tell what has happened since the last round, whoever did it; nothing where nothing has.

        `now` is an instant in UTC. What can not be done is parked under its name, and the rest goes on. All
        that is found is told in one transaction, with how far the round has come.
        """
        standing, today, end = shift.state(), company.facts().today(now), ledger.end()
        if end[0] < self._seen:
            # A backup was restored: what was looked at is no more.
            self._seen = standing.seq
        heads = ledger.heads(after=max(standing.seq, self._seen), upto=end[0])
        if standing.day_on == today and all(head.verb in TELLS_NOTHING for head in heads):
            self._seen = end[0]
            return Round()
        if standing.holder not in (None, self.name) and standing.held_until > now:
            self.has_the_turn = False
            return Round(is_ours=False)
        heads = ledger.heads(after=standing.seq, upto=min(end[0], standing.seq + MOST_ENTRIES))
        last_day = max(standing.day_on or today - timedelta(days=1), today - CAUGHT_UP)
        since = Since(tuple(heads), last_day, today, now)
        done = Round(is_last=len(heads) < MOST_ENTRIES)
        found = [one for look in LOOKS for one in self._found(look, since, done, now)]
        seq = heads[-1].seq if heads else standing.seq
        with storage.writing():
            self.has_the_turn = shift.take(self.name, now=now, until=now + TURN)
            if not self.has_the_turn:
                return Round(is_ours=False)
            if not ledger.is_of_this_board(end, ledger.end()):
                raise Restored
            for one in found:
                done.told += _tell(one, now)
            shift.done(self.name, seq=seq, day=today, now=now)
        # Only now: what could not be told, or was left to somebody who is gone since, is looked at again.
        self._seen = seq
        return done

    def leave(self) -> None:
        """Let somebody else have the turn."""
        shift.leave(self.name)

    def _found(self, look: Look, since: Since, done: Round, now: datetime) -> list[Tiding]:
        try:
            return list(look.whole(since))
        except StorageTrouble:
            raise
        except Exception as error:
            found, whole = [], done.parked[:]
            for name, part in look.parts(since):
                try:
                    found += list(part())
                except StorageTrouble:
                    raise
                except Exception as cause:
                    self._park(f"{look.name}: {name}", cause, done, now)
            if done.parked == whole:
                self._park(look.name, error, done, now)
            return found

    def _park(self, name: str, error: Exception, done: Round, now: datetime) -> None:
        incident, _ = incidents.keep(error)
        shift.park(name, f"{type(error).__name__}: {error}", incident, now=now)
        done.parked.append(name)


def _tell(one: Tiding, now: datetime) -> int:
    match one:
        case Notice():
            for key in getattr(one, "withdraws", ()):
                notices.mark_withdrawn(key, one.text, now=now)
            return notices.tell([one], now=now)
        case Withdrawal():
            notices.withdraw(one.key, one.why, now=now)
        case str():
            notices.hold_again(one)
        case keep:
            keep()
    return 0
