"""The watch: what others do and what there is to be told comes to the screens from here, in two threads.

One follows the database; the other is the worker, as long as this app is left running and no other has the
turn.
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from salesboard.domain import notices
from salesboard.domain.notices import Line
from salesboard.errors import Restored, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import follow, shift
from salesboard.storage.ledger import Head

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

SETTLING = 2.0
"""Seconds after the first paint at which the worker begins."""
LATE = 150.0
"""Seconds after which what has happened should have been told."""
LEAVING = 5.0
"""Seconds that leaving waits for a round to end; what it has not told yet is told by the next one."""


class LedgerGrew(Message):
    """Somebody else, or another program, has written entries."""

    def __init__(self, heads: list[Head]) -> None:
        self.heads = heads
        super().__init__()


class BoardRestored(Message):
    """Somebody has put the board back to what it was in a backup: nothing on the screens holds any more."""

    def __init__(self, restored: Restored) -> None:
        self.restored = restored
        super().__init__()


class Told(Message):
    """There are notices to show, or another number of them waits in the inbox."""

    def __init__(self, fresh: list[Line], unread: int, *, at_start: bool) -> None:
        self.fresh = fresh
        self.unread = unread
        self.at_start = at_start
        """Whether they came while nobody looked."""
        super().__init__()


class Late(Message):
    """Nobody tells what has happened since an instant; or they do again, where there is none."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since
        super().__init__()


class Watch:
    """Follows the ledger and the notices for one app."""

    def __init__(self, app: SalesboardApp, *, works: bool, backs_up: bool = False) -> None:
        self._app = app
        self._works = works
        self._backs_up = backs_up
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self._newest: int | None = None
        """The last notice of all when the app was started, then the last one that was passed on."""
        self._passed_on: set[int] = set()
        self._unread = 0
        self._late: datetime | None = None
        self._looks_again: threading.Timer | None = None

    def start(self, seq: int) -> None:
        """Follow the ledger after an entry, and begin to work."""
        self._run(self._follow, "follower", seq)
        if self._works:
            self._run(self._work, "worker")

    def stop(self) -> None:
        """Let go of everything."""
        self._stop.set()
        self._wake.set()
        if self._looks_again is not None:
            self._looks_again.cancel()
        for thread in self._threads:
            if thread.name == "worker":
                thread.join(LEAVING)

    def _run(self, target: object, name: str, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True, name=name)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _follow(self, seq: int) -> None:
        try:
            for heads in follow.follow(seq, self._stop, self._look_for_notices):
                theirs = [head for head in heads if not self._app.desk.wrote(head.seq)]
                if theirs and not self._stop.is_set():
                    self._app.post_message(LedgerGrew(theirs))
        except Restored as restored:
            self._app.post_message(BoardRestored(restored))

    def _look_for_notices(self) -> None:
        self._wake.set()
        self._look_again()
        person, today = self._app.acting.id, self._app.today
        if person is None or self._stop.is_set():
            return
        at_start = self._newest is None
        if self._newest is None:
            self._newest = notices.newest()
        found = notices.to_show(person, after=self._newest, today=today)
        fresh = [line for line in found if line.id not in self._passed_on]
        unread = notices.unread(person, today=today)
        if fresh or unread != self._unread:
            self._passed_on.update(line.id for line in fresh)
            self._newest = max([self._newest, *(line.id for line in fresh)])
            self._unread = unread
            self._app.post_message(Told(fresh, unread, at_start=at_start))

    def _look_again(self) -> None:
        """A while after something has happened, look whether it was told: whoever works may be gone."""
        if not self._works or self._stop.is_set():
            return
        if self._late is not None:
            self.look_whether_it_was_told()
        if self._looks_again is None or not self._looks_again.is_alive():
            self._looks_again = threading.Timer(LATE, self.look_whether_it_was_told)
            self._looks_again.daemon = True
            self._looks_again.start()

    def look_whether_it_was_told(self) -> None:
        """Say it on the screens where nobody tells what has happened, and where somebody does again."""
        from salesboard.worker import BEHIND, TELLS_NOTHING

        try:
            with storage.session():
                since = shift.waits_since(TELLS_NOTHING)
        except StorageTrouble:
            return
        if since is not None and self._app.now() - since < BEHIND:
            since = None
        if since != self._late and not self._stop.is_set():
            self._late = since
            self._app.post_message(Late(since))

    def _work(self) -> None:
        if self._stop.wait(SETTLING):
            return
        # Loaded when everything that is felt has been done.
        from salesboard.worker.backups import by_another_program
        from salesboard.worker.loop import work

        back_up = by_another_program(self._app.start.target) if self._backs_up else None
        work(self._app.now, wake=self._wake, stop=self._stop, back_up=back_up)
