"""Many rows at once of the tables that follow from the ledger and are no part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peewee import AutoField, Field

from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.models import Table

PART = 500


def replace_rows(column: Field, rows: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Put these rows in the place of those with the same keys; a key without a row is taken away."""
    model, keys = column.model, list(rows)
    with storage.writing():
        for start in range(0, len(keys), PART):
            model.delete().where(column.in_(keys[start : start + PART])).execute()
        insert_rows(model, [row for row in rows.values() if row is not None])


def insert_rows(model: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows by one statement; put together by Peewee it would take longer than working them out."""
    if not rows:
        return
    fields = [column for column in model._meta.sorted_fields if not isinstance(column, AutoField)]
    names = ", ".join(f'"{column.column_name}"' for column in fields)
    statement = f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({", ".join("?" * len(fields))})'
    values = [[ledger.plain_value(column, row[column.name]) for column in fields] for row in rows]
    with storage.writing():
        storage.current().execute_many(statement, values)
