"""The board as it stood after an entry: a copy in which everything later is undone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from salesboard import paths
from salesboard.errors import Refused
from salesboard.storage import copying, ledger, trouble
from salesboard.storage import database as storage
from salesboard.storage.models import TABLES, LedgerEntry


def copy_as_of(seq: int, path: Path) -> None:
    """Write a SQLite file that holds the board as it stood after entry `seq`; the board itself is only read.

    Refused: an entry that is not there, a file that is.
    """
    newest = ledger.end()[0]
    if not 0 <= seq <= newest:
        raise Refused(f"there is no entry {seq}; the newest is {newest}")
    with trouble.at(path), paths.in_the_making(path) as partial:
        copying.copy_rows(storage.current(), partial)
        with closing(sqlite3.connect(partial)) as copy:
            _rewind(copy, seq)
            copy.commit()
            copy.execute("PRAGMA journal_mode = DELETE")


def _rewind(copy: sqlite3.Connection, seq: int) -> None:
    later = copy.execute(
        "SELECT table_name, row_id, before, after FROM change WHERE seq > ? ORDER BY seq DESC, place DESC",
        (seq,),
    ).fetchall()
    for table, row, before, after in later:
        if before is None:
            copy.execute(f'DELETE FROM "{table}" WHERE id = ?', (row,))
        elif after is None:
            values = _columns(table, json.loads(before))
            copy.execute(
                f'INSERT INTO "{table}" ({_quoted(values)}) VALUES ({", ".join("?" * len(values))})',
                tuple(values.values()),
            )
        else:
            values = _columns(table, json.loads(before))
            settings = ", ".join(f'"{name}" = ?' for name in values)
            copy.execute(
                f'UPDATE "{table}" SET {settings}, version = version - 1 WHERE id = ?',
                (*values.values(), row),
            )
    copy.execute("DELETE FROM change WHERE seq > ?", (seq,))
    copy.execute(f'DELETE FROM "{LedgerEntry._meta.table_name}" WHERE seq > ?', (seq,))
    last = copy.execute("SELECT hash FROM entry WHERE seq = ?", (seq,)).fetchone()
    copy.execute("UPDATE ledger_head SET seq = ?, hash = ?", (seq, last[0] if last else ledger.GENESIS))


def _columns(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    fields = TABLES[table]._meta.fields
    return {fields[name].column_name: value for name, value in values.items()}


def _quoted(names: Any) -> str:
    return ", ".join(f'"{name}"' for name in names)
