"""Founding a new board: its database, and the company on it with its first person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from salesboard import clock, paths
from salesboard.domain import company
from salesboard.errors import StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage.ledger import Actor


@contextmanager
def new_board(
    target: str,
    *,
    owner: str,
    login: str | None,
    now: datetime,
    name: str = "",
    currency: str = company.DEFAULT_CURRENCY,
    zone: str | None = None,
) -> Iterator[Actor]:
    """Make a board, set it up for its owner, and go on with it; the zone is this machine's if left out.

    The folder of its file is made if need be. Refused: a board that is set up already. Where something
    fails, no file is left behind; a database that was there before stays.
    """
    with _connected(target):
        yield company.found(
            owner=owner,
            login=login,
            now=now,
            name=name,
            currency=currency,
            zone=zone or clock.local_zone(),
        )


def _connected(target: str) -> AbstractContextManager[Any]:
    """The database at a target, made if it is not there."""
    if storage.exists(target):
        storage.open_database(target)
        return storage.session()
    file = storage.sqlite_path(target)
    if file is not None:
        _make(file.parent)
    return storage.new_database(target)


def _make(folder: Path) -> None:
    try:
        paths.made(folder)
    except OSError as error:
        raise StorageTrouble(f"{folder} can not be made: {(error.strerror or str(error)).lower()}") from None
