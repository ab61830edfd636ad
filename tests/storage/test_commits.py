"""A change whose saving PostgreSQL never answered for: its hash in the ledger says whether it was saved."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import psycopg
import pytest

from salesboard.errors import StorageTrouble, Unanswered
from salesboard.storage import database as storage
from salesboard.storage.database import open_database, session
from salesboard.storage.models import Product
from salesboard.storage.verify import verify
from tests import stories

Cut = Literal["before", "after", "held"]
"""When a line is cut: before the server hears of the commit, after; or it never hears of it, and waits."""


LIMITS = "-c%20idle_in_transaction_session_timeout=2000%20-c%20lock_timeout=4000"
"""Shorter than usual."""


class Line:
    """A line to a server that is cut once, at the next commit that passes over it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._number = host, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut: Cut | None = None
        self.refuses = False
        self.commits = 0
        self._open: list[socket.socket] = []
        self._unanswered: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuses:
                    client.close()
                    continue
                server = self._connected()
                self._open += [client, server]
                threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
                threading.Thread(target=self._to_client, args=(server, client), daemon=True).start()

    def _connected(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._number))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._number}")
        return server

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while sent := client.recv(1 << 16):
                if b"COMMIT" in sent:
                    self.commits += 1
                    cut, self.cut = self.cut, None
                    if cut is not None:
                        self._cut(cut, sent, client, server)
                        return
                server.sendall(sent)
        _close(server)

    def _cut(self, cut: Cut, sent: bytes, client: socket.socket, server: socket.socket) -> None:
        if cut == "after":
            self._unanswered.add(client)
            server.sendall(sent)
            server.shutdown(socket.SHUT_WR)
        elif cut == "before":
            _close(server)
        _close(client)

    def _to_client(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while answer := server.recv(1 << 16):
                if client not in self._unanswered:
                    client.sendall(answer)
        _close(client)

    def close(self) -> None:
        for one in (self._listener, *self._open):
            _close(one)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def line_to(url: str) -> Iterator[tuple[Line, str]]:
    with psycopg.connect(url) as connection:
        at = connection.info
        line = Line(at.host, at.port)
        who = f"{at.user}:{at.password}@" if at.password else f"{at.user}@"
        over_it = f"postgresql://{who}127.0.0.1:{line.port}/{at.dbname}?sslmode=disable&options={LIMITS}"
    try:
        yield line, over_it
    finally:
        line.close()


@pytest.fixture
def line(postgresql_url: str) -> Iterator[Line]:
    """A board at the end of a line."""
    with line_to(postgresql_url) as (found, url):
        board = open_database(url)
        with session():
            stories.set_up()
            yield found
        board.close()


def products() -> list[str]:
    return [row.name for row in Product.select().order_by(Product.name)]


def test_what_was_saved_before_the_line_was_cut_is_told_as_saved(line: Line) -> None:
    line.cut = "after"
    stories.add_product("Widget")
    assert line.cut is None and products() == ["Widget"]
    stories.add_product("Gadget")
    assert products() == ["Gadget", "Widget"] and not verify().faults


def test_what_was_not_is_told_as_not_saved_and_can_be_done_again(line: Line) -> None:
    line.cut = "before"
    with pytest.raises(StorageTrouble, match="nothing was saved; do it again"):
        stories.add_product("Widget")
    assert line.cut is None and products() == []
    stories.add_product("Widget")
    assert products() == ["Widget"] and not verify().faults


def test_while_the_server_waits_for_a_lost_commit_its_end_is_awaited(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PAUSES", (0.0,) * 4)
    line.cut = "held"
    with pytest.raises(StorageTrouble, match="nothing was saved; do it again"):
        stories.add_product("Widget")
    assert line.cut is None and products() == []


def test_a_server_that_can_not_be_asked_leaves_it_open(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PAUSES", (0.0, 0.01))
    line.cut, line.refuses = "after", True
    with pytest.raises(Unanswered, match="whether it was is not known"):
        stories.add_product("Widget")
    line.refuses = False
    storage.current().peewee.connect(reuse_if_open=True)
    assert products() == ["Widget"], "the control: it was saved, and nobody could know"


def test_the_line_itself_changes_nothing(line: Line) -> None:
    stories.add_product("Widget")
    assert line.commits >= 1 and products() == ["Widget"]
