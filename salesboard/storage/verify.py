"""The proof: the chain of hashes holds; its entries, folded from the first, give the tables as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import BooleanField, Field

from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.models import DOMAIN, TABLES, LedgerEntry, Row, field_default

Tables = dict[str, dict[int, dict[str, Any]]]


@dataclass(frozen=True)
class Verdict:
    """What was checked and what does not hold; no faults means that every number can be trusted."""

    entries: int
    rows: int
    head: str
    faults: list[str]


def verify(of: Database | None = None) -> Verdict:
    """Check a whole board against its ledger; faults name the entry or the row. Writers are not held up.

    It is the open board, unless another one is given: that can be done beside whatever this program does.
    """
    database = of or storage.current()
    with storage.snapshot(database):
        return _verify(database)


def _verify(database: Database) -> Verdict:
    faults: list[str] = []
    folded: Tables = {model._meta.table_name: {} for model in DOMAIN}
    entries, head = 0, ledger.GENESIS
    for line, changes in _entries(database):
        entries += 1
        faults += _chain_faults(line, changes, entries, head)
        head = line["hash"]
        for place, table, row, before, after in changes:
            try:
                _fold(folded, table, row, before, after)
            except (KeyError, ValueError, TypeError):
                faults.append(f"entry {line['seq']}, change {place + 1}: it does not fit what came before it")
    seq, stored = database.ledger_end()
    if (seq, stored) != (entries, head):
        faults.append(
            f"the ledger ends at entry {entries}, but its head says entry {seq}: "
            "entries are missing at the end"
        )
    known = sum(len(rows) for rows in folded.values())
    faults += _row_faults(folded, database)
    return Verdict(entries, known, head, faults)


def _entries(database: Database) -> Iterator[tuple[dict[str, Any], list[tuple[Any, ...]]]]:
    """Every entry with its body, in order; few at a time, since PostgreSQL ends who thinks for long."""
    after = -1
    names = LedgerEntry._meta.sorted_field_names
    columns = ", ".join(f'"{column.column_name}"' for column in LedgerEntry._meta.sorted_fields)
    while True:
        query = f'SELECT {columns} FROM "entry" WHERE "seq" > ? ORDER BY "seq" LIMIT 50'
        lines = [dict(zip(names, line, strict=True)) for line in database.execute(query, [after])]
        if not lines:
            return
        upto = lines[-1]["seq"]
        bodies: dict[int, list[tuple[Any, ...]]] = {}
        for seq, *change in database.execute(_BODIES, [after, upto]):
            bodies.setdefault(seq, []).append(tuple(change))
        for line in lines:
            yield line, bodies.get(line["seq"], [])
        after = upto


_BODIES = (
    'SELECT "seq", "place", "table_name", "row_id", "before", "after" FROM "change" '
    'WHERE "seq" > ? AND "seq" <= ? ORDER BY "seq", "place"'
)


def _chain_faults(
    line: dict[str, Any], changes: list[tuple[Any, ...]], expected: int, before: str
) -> Iterator[str]:
    seq = line["seq"]
    if seq != expected:
        yield f"entry {seq}: entry {expected} should stand here"
    if line["prev_hash"] != before:
        yield f"entry {seq}: it does not follow from the entry before it"
    if [change[0] for change in changes] != list(range(len(changes))):
        yield f"entry {seq}: its changes are not complete"
    if ledger.line_hash(line, [change[1:] for change in changes]) != line["hash"]:
        yield f"entry {seq}: it was changed after it was written"


def _fold(tables: Tables, table: str, row: int, before: str | None, after: str | None) -> None:
    rows = tables[table]
    if after is None:
        if rows.pop(row) != json.loads(before or ""):
            raise ValueError
    elif before is None:
        if row in rows:
            raise ValueError
        model = TABLES[table]
        rows[row] = {name: field_default(model, name) for name in model._meta.fields} | json.loads(after)
    else:
        standing, was = rows[row], json.loads(before)
        if any(standing[name] != value for name, value in was.items()):
            raise ValueError
        standing.update(json.loads(after))
        standing["version"] += 1


def _row_faults(folded: Tables, database: Database) -> Iterator[str]:
    for model in DOMAIN:
        expected = folded[model._meta.table_name]
        for stands in _as_they_stand(model, database):
            told = expected.pop(stands["id"], None)
            called = _called(model, stands)
            if told is None:
                yield f"{called}: it is in the table, but the ledger does not know it"
            elif stands != told:
                yield from (
                    f"{called}: {name} is {stands[name]!r}, the ledger says {told[name]!r}"
                    for name in stands
                    if stands[name] != told[name]
                )
        for row in expected.values():
            yield f"{_called(model, row)}: the ledger knows it, but it is not in the table"


def _as_they_stand(model: type[Row], database: Database) -> Iterator[dict[str, Any]]:
    """A table's rows as the ledger would write them; what could not have been written stays as it is."""
    fields = model._meta.sorted_fields
    columns = ", ".join(f'"{column.column_name}"' for column in fields)
    for row in database.execute(f'SELECT {columns} FROM "{model._meta.table_name}"'):
        yield {column.name: _plain(column, value) for column, value in zip(fields, row, strict=True)}


def _plain(column: Field, value: Any) -> Any:
    if isinstance(column, BooleanField):
        return bool(value) if value in (0, 1) else value
    return value.isoformat() if isinstance(value, date) else value


def _called(model: type[Row], row: dict[str, Any]) -> str:
    name = row.get("name") or row.get("title")
    return f"{model._meta.table_name.replace('_', ' ')} {row['id']}" + (f" ({name})" if name else "")
