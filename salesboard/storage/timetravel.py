"""The board as it stood after an entry: a copy in which everything later is undone."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import ledger, trouble
from salesboard.storage.models import DOMAIN, LEDGER, TABLES, LedgerEntry


def copy_as_of(seq: int, path: Path) -> None:
    """Write a SQLite file that holds the board as it stood after entry `seq`; the board itself is only read.

    Refused: an entry that is not there, a file that is.
    """
    newest = ledger.end()[0]
    if not 0 <= seq <= newest:
        raise Refused(f"there is no entry {seq}; the newest is {newest}")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise Refused(f"{path} is there already; name another file") from None
    except OSError as error:
        raise StorageTrouble(f"{path} can not be made: {error.strerror}") from None
    try:
        with trouble.named(), closing(sqlite3.connect(path)) as copy:
            _copy_all(copy)
            _rewind(copy, seq)
            copy.commit()
            copy.execute("PRAGMA journal_mode = DELETE")
    except BaseException:
        path.unlink()
        raise


def _copy_all(copy: sqlite3.Connection) -> None:
    """Everything that the board holds, whichever database it is in."""
    source = storage.current()
    with storage.snapshot():
        if source.is_sqlite:
            source.peewee.connection().backup(copy)
        else:
            _copy_rows(copy)


def _copy_rows(copy: sqlite3.Connection) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        empty = storage.make_tables(Path(folder) / "empty.db")
        with empty.peewee.connection_context():
            empty.peewee.connection().backup(copy)
    copy.execute("DELETE FROM ledger_head")
    for model in (*LEDGER, *DOMAIN):
        columns = [column.column_name for column in model._meta.sorted_fields]
        blanks = ", ".join("?" * len(columns))
        into = f'INSERT INTO "{model._meta.table_name}" ({_quoted(columns)}) VALUES ({blanks})'
        fields = model._meta.sorted_fields
        copy.executemany(
            into,
            (
                tuple(ledger.plain_value(column, row.__data__[column.name]) for column in fields)
                for row in model.select().iterator()
            ),
        )


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
