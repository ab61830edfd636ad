"""The desk: a thread in which the app asks the database, so that a key never waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from salesboard.errors import StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import ledger, trouble

Answer = TypeVar("Answer")

KEYS_WAIT = "keys wait"
"""The group of workers whose work ends with something that takes the next keys, such as a form."""


class Desk:
    """Runs pieces of work one after the other on one connection, in the order they were asked for."""

    def __init__(self, name: str = "desk") -> None:
        self.has_board = False
        """Whether there is a board to connect to; before that, the work is to make one."""
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._asked = False
        self._lock = threading.Lock()
        self._own: set[int] = set()

    def ask(self, work: Callable[[], Answer]) -> asyncio.Future[Answer]:
        """Have something done; await the answer."""
        self._asked = True
        return asyncio.wrap_future(self._executor.submit(self._do, work))

    def wait_for(self, work: Callable[[], Answer]) -> Answer:
        """Have something done and wait for the answer: before the first paint, when there is no key yet."""
        self._asked = True
        return self._executor.submit(self._do, work).result()

    def wrote(self, seq: int) -> bool:
        """Whether this desk itself wrote an entry."""
        with self._lock:
            return seq in self._own

    def close(self) -> None:
        """Finish what was asked for and leave; a desk that was never asked anything has nothing to leave."""
        if self._asked:
            self._executor.submit(self._leave)
        self._executor.shutdown(wait=True)

    def _do(self, work: Callable[[], Answer]) -> Answer:
        try:
            if not self.has_board:
                return work()
            bound = storage.current().peewee
            if bound.is_closed():
                with trouble.named():
                    bound.connect()
            with storage.session():
                return work()
        except StorageTrouble:
            # The connection may be what failed: the next work gets a new one.
            self._leave()
            raise
        finally:
            with self._lock:
                self._own.update(ledger.written_here())

    def _leave(self) -> None:
        if self.has_board:
            storage.current().close()
