"""Queries whose SQL is written once: Peewee spends most of a short query's time on writing it anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from inspect import signature
from typing import Any, TypeVar

import peewee

from salesboard.storage import database as storage
from salesboard.storage.models import TABLES, Row

AnyRow = TypeVar("AnyRow", bound=Row)


class Prepared:
    """A query with blanks for each call: `Prepared(lambda deal: Note.select().where(Note.deal == deal))`.

    A blank stands for one plain value (a number, text, a day); `deal IS NULL` and lists are no blanks.
    A query that takes any number of values says how many it is written for.
    """

    def __init__(self, build: Callable[..., Any], blanks: int | None = None) -> None:
        self._build = build
        self._blanks = len(signature(build).parameters) if blanks is None else blanks
        self._written: dict[bool, _Written] = {}

    def first(self, *values: Any) -> Any:
        """The first row as a model's instance; None if there is none. The query selects a whole model."""
        written = self._for_this_database()
        found = self._run(written, values).fetchone()
        return None if found is None else written.instance(found)

    def iterator(self, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Row after row as a tuple."""
        written = self._for_this_database()
        return map(written.converted, self._run(written, values))

    def tuples(self, *values: Any) -> list[tuple[Any, ...]]:
        """All rows as tuples."""
        return list(self.iterator(*values))

    def scalar(self, *values: Any) -> Any:
        """The first value of the first row; None if there is none."""
        written = self._for_this_database()
        found = self._run(written, values).fetchone()
        return None if found is None else written.converted(found)[0]

    def _for_this_database(self) -> _Written:
        kind = storage.current().is_sqlite
        if kind not in self._written:
            self._written[kind] = _Written(self._build, self._blanks)
        return self._written[kind]

    def _run(self, written: _Written, values: tuple[Any, ...]) -> Any:
        return storage.current().peewee.execute_sql(
            written.sql,
            [values[given.number] if isinstance(given, _Blank) else given for given in written.given],
        )


class _Blank:
    def __init__(self, number: int) -> None:
        self.number = number


class _Written:
    """A prepared query as one kind of database reads it."""

    def __init__(self, build: Callable[..., Any], blanks: int) -> None:
        # Without a converter the blank comes out of Peewee as it went in.
        query = build(*(peewee.Value(_Blank(number), converter=False) for number in range(blanks)))
        self.sql, self.given = query.sql()
        self._model: type[Row] = query.model
        fields = [column if isinstance(column, peewee.Field) else None for column in query.selected_columns]
        self._names = [column.name if column is not None else "" for column in fields]
        self._converters = [column.python_value if column is not None else _as_it_is for column in fields]

    def converted(self, found: Any) -> tuple[Any, ...]:
        return tuple(convert(value) for convert, value in zip(self._converters, found, strict=True))

    def instance(self, found: Any) -> Row:
        row = self._model(__no_default__=1)
        row.__data__ = dict(zip(self._names, self.converted(found), strict=True))
        return row


def _as_it_is(value: Any) -> Any:
    return value


def by_id(model: type[AnyRow], identity: int | None) -> AnyRow | None:
    """A row by its id, as it stands; None if there is none."""
    if identity is None:
        return None
    found: AnyRow | None = _by_id(model._meta.table_name).first(identity)
    return found


@cache
def _by_id(table: str) -> Prepared:
    model = TABLES[table]
    return Prepared(lambda identity: model.select().where(model.id == identity))
