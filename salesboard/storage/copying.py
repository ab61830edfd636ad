"""A whole board from one database into another, whichever kinds they are: the ledger, the tables, and what
the worker keeps."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import peewee

from salesboard import paths
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import trouble
from salesboard.storage.database import Database
from salesboard.storage.models import DOMAIN, LEDGER, TOLD, Table
from salesboard.storage.verify import Verdict, verify

EVERYTHING: tuple[type[Table], ...] = (*LEDGER, *DOMAIN, *TOLD)
"""Every table of a board, parents before children."""
AT_ONCE = 1000
"""Rows that are in memory at a time."""

Row = tuple[Any, ...]


def copy_board(source: Database, target: str) -> Verdict:
    """Make a new board of what another one holds at one moment, and prove that it is the same.

    Nobody is held up meanwhile. Refused: a file that is there, a database with tables of any kind. Where
    something fails, or the copy does not verify, nothing of it stays.
    """
    file = storage.sqlite_path(target)
    if file is not None:
        with trouble.at(file), paths.in_the_making(file) as partial:
            return into_file(source, partial)
    made = storage.unopened(target)
    with trouble.named(), storage.session(made), made.peewee.atomic():
        refuse_if_taken(made)
        storage.lay_out(made)
        fill(made, source)
        return proved(verify(made))


def into_file(source: Database, file: Path) -> Verdict:
    """Copy a board into an empty file of our own, and prove that it is the same."""
    copy_rows(source, file)
    return proved(verify(storage.unopened(file)))


def copy_rows(source: Database, file: Path) -> None:
    """Copy a board into an empty file of our own."""
    if source.is_sqlite:
        with storage.session(source), closing(sqlite3.connect(file)) as copy:
            copy_pages(source.peewee.connection(), copy)
        return
    made = storage.unopened(file)
    with storage.session(made):
        storage.lay_out(made)
        with made.peewee.atomic():
            fill(made, source)


def refuse_if_taken(database: Database) -> None:
    """Refuse a PostgreSQL database that has tables already."""
    if database.peewee.table_exists("ledger_head"):
        raise Refused(storage.TAKEN)
    if tables := database.peewee.get_tables():
        raise Refused(f"that database is not empty (it has a table {tables[0]}); name an empty one")


def copy_pages(
    source: sqlite3.Connection, target: sqlite3.Connection, patience: float = storage.PATIENCE
) -> None:
    """Copy a SQLite database, page by page, into another one in one transaction of that.

    Refused: one that somebody else writes into for longer than the patience (in seconds).
    """
    waiting_since: list[float] = []

    def wait(status: int, *_: int) -> None:
        if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return
        waiting_since.append(time.monotonic())
        if waiting_since[-1] - waiting_since[0] > patience:
            raise StorageTrouble("somebody else has been writing for too long: nothing was saved; try again")

    source.backup(target, progress=wait)


def fill(target: Database, source: Database) -> None:
    """Put everything that a board holds at one moment in the place of what the target holds, within the
    target's transaction. The target has a board's tables."""
    if not target.is_sqlite:
        # Each statement is as long as the board is large; the others can go on reading.
        target.execute("SET LOCAL statement_timeout = 0")
    for model in reversed(EVERYTHING):
        target.execute(f'DELETE FROM "{model._meta.table_name}"')
    with storage.snapshot(source):
        copied = {model: _copy_table(model, source, target) for model in EVERYTHING}
    for model, rows in copied.items():
        _number_on(model, target)
        (stand,) = target.execute(f'SELECT COUNT(*) FROM "{model._meta.table_name}"').fetchone()
        if stand != rows:
            raise StorageTrouble(
                f"the copy has {stand} rows of {rows} in {model._meta.table_name} and was dropped; "
                "check the disk, then try again"
            )


def proved(verdict: Verdict) -> Verdict:
    """The verdict on a copy. Refused: one with faults."""
    if verdict.faults:
        raise StorageTrouble(
            f"the copy does not verify and was dropped: {verdict.faults[0]}; run 'salesboard verify'"
        )
    return verdict


def _copy_table(model: type[Table], source: Database, target: Database) -> int:
    """Copy a table's rows; how many there are."""
    table, fields = model._meta.table_name, model._meta.sorted_fields
    columns = [column.column_name for column in fields]
    convert = _converter(fields, source, target)
    above = [
        place
        for place, column in enumerate(fields)
        if isinstance(column, peewee.ForeignKeyField) and column.rel_model is model
    ]
    later: list[tuple[str, Any, Any]] = []
    copied = 0
    for found in _rows(source, table, columns, model):
        rows = [convert(row) for row in found] if convert else found
        if above:
            rows = [_without_later_parents(row, above, columns, later) for row in rows]
        _write(target, table, columns, rows)
        copied += len(rows)
    for column_name, parent, row in later:
        target.execute(f'UPDATE "{table}" SET "{column_name}" = ? WHERE "id" = ?', [parent, row])
    return copied


def _without_later_parents(
    row: Row, above: Sequence[int], columns: Sequence[str], later: list[tuple[str, Any, Any]]
) -> Row:
    """A row whose parent, in the same table, is not there yet is written without it first."""
    identity = row[columns.index("id")]
    kept = list(row)
    for place in above:
        if row[place] is not None and row[place] > identity:
            later.append((columns[place], row[place], identity))
            kept[place] = None
    return tuple(kept)


def _rows(source: Database, table: str, columns: Sequence[str], model: type[Table]) -> Iterator[list[Row]]:
    keys = model._meta.primary_key
    named = keys.field_names if isinstance(keys, peewee.CompositeKey) else (keys.name,)
    order = ", ".join(f'"{model._meta.fields[name].column_name}"' for name in named)
    query = f'SELECT {_quoted(columns)} FROM "{table}" ORDER BY {order}'
    connection = source.peewee.connection()
    cursor = connection.cursor() if source.is_sqlite else connection.cursor(name="copied")
    with closing(cursor):
        cursor.execute(query)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def _write(target: Database, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if target.is_sqlite:
        blanks = ", ".join("?" * len(columns))
        target.execute_many(f'INSERT INTO "{table}" ({_quoted(columns)}) VALUES ({blanks})', rows)
        return
    with target.peewee.cursor().copy(f'COPY "{table}" ({_quoted(columns)}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _number_on(model: type[Table], target: Database) -> None:
    """Rows that are added later get numbers after those that were copied (SQLite does so by itself).

    The numbers only ever go up: where the transaction fails, they alone stay as they are made here.
    """
    if target.is_sqlite or not isinstance(model._meta.primary_key, peewee.AutoField):
        return
    table = model._meta.table_name
    target.execute(
        "SELECT setval(numbers, GREATEST(nextval(numbers), newest)) FROM (SELECT "
        "pg_get_serial_sequence(?, 'id')::regclass AS numbers, COALESCE(MAX(id), 0) AS newest "
        f'FROM "{table}") AS one',
        [table],
    )


def _converter(
    fields: Sequence[peewee.Field], source: Database, target: Database
) -> Callable[[Row], Row] | None:
    """How a row of one kind of database is told to the other kind; None where nothing is to be changed."""
    if source.is_sqlite == target.is_sqlite:
        return None
    flags = [place for place, column in enumerate(fields) if isinstance(column, peewee.BooleanField)]
    days = [place for place, column in enumerate(fields) if isinstance(column, peewee.DateField)]
    if not flags and not days:
        return None
    flag = bool if source.is_sqlite else int

    def convert(row: Row) -> Row:
        told = list(row)
        for place in flags:
            told[place] = None if row[place] is None else flag(row[place])
        for place in days:
            value = row[place]
            told[place] = value.isoformat() if isinstance(value, date) else value
        return tuple(told)

    return convert


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
