"""The ledger: every change to a domain table is one entry, in order, with every row before and after.

No other module writes a domain table. `entry` is the one door; `undo` and `redo` are entries too.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any, TypeVar

import peewee

from salesboard.errors import Clash, Conflict, Gone, Refused, Restored, StorageTrouble, Unanswered
from salesboard.storage import database as storage
from salesboard.storage import trouble, upgrade
from salesboard.storage.models import (
    DOMAIN,
    LEDGER,
    TABLES,
    InstantField,
    LedgerChange,
    LedgerEntry,
    Person,
    Row,
    Table,
    field_default,
)
from salesboard.storage.prepared import Prepared, by_id

AnyRow = TypeVar("AnyRow", bound=Row)
ROWS_IN_AN_ENTRY = 1000
GENESIS = "0" * 64
UNDONE = "undid"
REDONE = "redid"


@dataclass(frozen=True)
class Actor:
    """On whose behalf something is done; no id means the program itself."""

    id: int | None
    handle: str
    name: str
    key: int | None = field(default=None, compare=False)
    """The key with which they came in over SSH, if they did: once it is revoked, they change nothing more."""

    def __str__(self) -> str:
        return self.name


PROGRAM = Actor(None, "salesboard", "salesboard")


@dataclass(frozen=True)
class Head:
    """The head of an entry, without its body."""

    seq: int
    at: datetime
    actor: int | None
    verb: str
    subject_table: str | None
    subject_id: int | None
    note: str | None
    undoes: int | None
    batch: int | None
    hash: str


@dataclass(frozen=True)
class Change:
    """One changed row of an entry; no before means it was added, no after means it was taken away."""

    table: str
    row: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""The one way in which values are written down."""


def plain_value(column: peewee.Field, value: Any) -> Any:
    """A field's value as the ledger writes it: numbers, text, ISO dates, microseconds."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, Row):
        return value.id
    if isinstance(column, InstantField):
        return column.db_value(value)
    if isinstance(column, peewee.BooleanField):
        return bool(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def plain_row(row: Row) -> dict[str, Any]:
    """All fields of a row as the ledger writes them."""
    return {
        column.name: plain_value(column, row.__data__.get(column.name)) for column in row._meta.sorted_fields
    }


def stored_value(column: peewee.Field, value: Any) -> Any:
    """A value of the ledger as a row holds it."""
    if isinstance(column, peewee.DateField) and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(column, InstantField):
        return column.python_value(value)
    return value


def still_meant(row: Row, seen: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of what somebody wants to write, what differs from what they saw; a Conflict if that has moved on."""
    if not seen:
        return dict(wanted)
    fields = row._meta.fields
    meant: dict[str, Any] = {}
    clashes: list[Clash] = []
    for name, value in wanted.items():
        standing = plain_value(fields[name], row.__data__.get(name))
        saw = plain_value(fields[name], seen[name]) if name in seen else standing
        mine = plain_value(fields[name], value)
        if name in seen and mine == saw:
            continue
        if standing not in (saw, mine):
            clashes.append(clash(row, name, saw, standing, mine))
        meant[name] = value
    if clashes:
        raise conflict(clashes)
    return meant


def refuse_if_changed(row: Row, seen: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> None:
    """A Conflict where any field that somebody saw before they acted has changed since."""
    fields = row._meta.fields
    clashes: list[Clash] = []
    for name, value in (seen or {}).items():
        if name not in fields:
            continue
        standing = plain_value(fields[name], row.__data__.get(name))
        saw = plain_value(fields[name], value)
        if standing != saw:
            mine = plain_value(fields[name], wanted.get(name, value))
            clashes.append(clash(row, name, saw, standing, mine))
    if clashes:
        raise conflict(clashes)


def still_differs(
    subject: Row,
    name: str,
    seen: Mapping[str, Any] | None,
    standing: Any,
    wanted: Any,
    *,
    table: str,
    told: Callable[[Any], str] = str,
) -> bool:
    """Whether what is kept in rows of another table, such as a deal's lines, is still to be written.

    Not where it was left as it was seen, or is so already; a Conflict if somebody else changed it since.
    """
    if seen is None or name not in seen:
        return True
    saw = seen[name]
    if wanted == saw:
        return False
    if standing not in (saw, wanted):
        line = _last_about(subject, table)
        who, at = (name_of(line.actor), line.at) if line else ("somebody", None)
        words = told(saw) or "nothing", told(standing) or "nothing", told(wanted) or "nothing"
        raise conflict([Clash(name, saw, standing, wanted, who, at, words)])
    return bool(standing != wanted)


def gone(table: str, row: int, what: str) -> Gone | None:
    """The refusal where somebody took away what one wanted to change; None if it was never there."""
    removed = removed_by(table, row)
    if removed is None:
        return None
    return Gone(f"{name_of(removed.actor)} took {what} away; nothing was saved")


@dataclass
class Entry:
    """An entry being written: its changes are in the database, its line in the ledger follows."""

    actor: Actor
    verb: str
    at: datetime
    subject: Row | None = None
    note: str | None = None
    undoes: int | None = None
    batch: int | None = None
    changes: list[tuple[str, int, str | None, str | None]] = field(default_factory=list)
    seq: int = 0
    _head: _Head | None = None

    def insert(self, model: type[AnyRow], **values: Any) -> AnyRow:
        """Add a row and hand it back with its id."""
        row = model(id=self._next_id(), **values)
        written = plain_row(row)
        storage.current().execute(_insert_statement(model._meta.table_name), list(written.values()))
        self._wrote(row, None, written)
        if self.subject is None:
            self.subject = row
        return row

    def insert_many(self, model: type[AnyRow], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add many rows at once and hand back their ids, in order."""
        made = [model(**{"id": self._next_id(), **values}) for values in rows]
        written = [plain_row(row) for row in made]
        storage.current().execute_many(
            _insert_statement(model._meta.table_name), [list(values.values()) for values in written]
        )
        for row, values in zip(made, written, strict=True):
            self._wrote(row, None, values)
        return [row.id for row in made]

    def update(self, row: Row, **values: Any) -> bool:
        """Change fields of a row, unless somebody else changed the same ones since it was read.

        Says whether anything changed. A field that moved on meanwhile is a Conflict: who, when, and what.
        """
        model = type(row)
        fields = model._meta.fields
        wanted = {name: plain_value(fields[name], value) for name, value in values.items()}
        before = {name: plain_value(fields[name], row.__data__.get(name)) for name in wanted}
        changed = {name: value for name, value in wanted.items() if value != before[name]}
        if not changed:
            return False
        if not self._compare_and_set(model, row.id, row.version, changed):
            current = by_id(model, row.id)
            if current is None:
                raise Conflict(f"that {model._meta.table_name} was removed meanwhile; nothing was changed")
            standing = plain_row(current)
            clashes: list[Clash] = []
            for name in list(changed):
                if standing[name] == changed[name]:
                    del changed[name]
                elif standing[name] != before[name]:
                    clashes.append(clash(current, name, before[name], standing[name], changed[name]))
            if clashes:
                raise conflict(clashes)
            row.__data__.update(current.__data__)
            if not changed:
                return False
            if not self._compare_and_set(model, row.id, current.version, changed):
                raise Conflict("somebody else changed that at the same moment; nothing was changed")
        row.__data__.update({name: stored_value(fields[name], value) for name, value in changed.items()})
        row.__rel__.clear()
        row.version += 1
        self._wrote(row, {name: before[name] for name in changed}, changed)
        return True

    def delete(self, row: Row) -> None:
        """Take a row away; what the ledger keeps of it can bring it back."""
        self._wrote(row, plain_row(row), None)
        storage.current().execute(_delete_statement(row._meta.table_name), [row.id])

    def _compare_and_set(
        self, model: type[Row], row_id: int, version: int, changed: Mapping[str, Any]
    ) -> bool:
        done = storage.current().execute(
            _update_statement(model._meta.table_name, tuple(changed)), [*changed.values(), row_id, version]
        )
        return bool(done.rowcount)

    def _wrote(self, row: Row, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        self._wrote_plain(row._meta.table_name, row.id, before, after)

    def _wrote_plain(
        self, table: str, row: int, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
    ) -> None:
        self.changes.append(
            (
                table,
                row,
                None if before is None else canonical(before),
                None if after is None else canonical(after),
            )
        )

    def _next_id(self) -> int:
        assert self._head is not None
        self._head.next_id += 1
        return self._head.next_id - 1


@dataclass
class _Head:
    """The end of the ledger while we hold its row."""

    seq: int
    hash: str
    next_id: int
    batch: int | None = None
    """The act that everything written now belongs to."""


# The statements of every entry are put together once, not by Peewee each time; values go in as the ledger
# keeps them.

_ALL: dict[str, type[Table]] = {model._meta.table_name: model for model in (*LEDGER, *DOMAIN)}


@cache
def _insert_statement(table: str) -> str:
    fields = [
        column for column in _ALL[table]._meta.sorted_fields if not isinstance(column, peewee.AutoField)
    ]
    names = ", ".join(f'"{column.column_name}"' for column in fields)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(fields))})'


@cache
def _update_statement(table: str, names: tuple[str, ...]) -> str:
    fields = _ALL[table]._meta.fields
    settings = ", ".join(f'"{fields[name].column_name}" = ?' for name in names)
    return f'UPDATE "{table}" SET "version" = "version" + 1, {settings} WHERE "id" = ? AND "version" = ?'


@cache
def _delete_statement(table: str) -> str:
    return f'DELETE FROM "{table}" WHERE "id" = ?'


_TAKE_HEAD = (
    'UPDATE "ledger_head" SET "seq" = "seq" '
    'RETURNING "seq", "hash", "next_id", (SELECT MAX("name") FROM "schema_migration")'
)
_PUT_HEAD = 'UPDATE "ledger_head" SET "seq" = ?, "hash" = ?, "next_id" = ?'

_here = threading.local()


@contextmanager
def _holding_the_head() -> Iterator[_Head]:
    """Take the ledger's one row: whoever holds it is the only writer until the commit."""
    held: _Head | None = getattr(_here, "head", None)
    if held is not None:
        with _all_or_nothing(held):
            yield held
        return
    database = storage.current()
    try:
        with storage.writing():
            ((*taken, last_upgrade),) = database.execute(_TAKE_HEAD).fetchall()
            upgrade.check_is_known(last_upgrade)
            if database.known is not None and not is_of_this_board(database.known, (taken[0], taken[1])):
                raise Restored
            head = _here.head = _Head(*taken)
            before = head.seq
            try:
                yield head
                if head.seq != before:
                    database.execute(_PUT_HEAD, [head.seq, head.hash, head.next_id])
                    database.announce()
            finally:
                _here.head = None
    except Unanswered:
        # The hash of what was being written is found in the ledger, or it is not there.
        if head.seq != before and not storage.was_kept(head.seq, head.hash):
            raise StorageTrouble(trouble.LOST) from None
    if not database.peewee.in_transaction():
        database.known = head.seq, head.hash
    _here.written = [*getattr(_here, "written", ()), *range(before + 1, head.seq + 1)][-1000:]


def is_of_this_board(known: tuple[int, str], end: tuple[int, str]) -> bool:
    """Whether an entry that was seen once still stands in a ledger with this end, just as it was seen."""
    seq, hash = known
    if seq >= end[0]:
        return known == end
    found = storage.current().execute('SELECT "hash" FROM "entry" WHERE "seq" = ?', [seq]).fetchone()
    return found == (hash,) if seq else hash == GENESIS


@contextmanager
def _all_or_nothing(head: _Head) -> Iterator[None]:
    """A part of a transaction that can fail by itself: neither its rows nor its entries stay."""
    before = head.seq, head.hash, head.batch
    try:
        with storage.current().peewee.atomic():
            yield
    except BaseException:
        head.seq, head.hash, head.batch = before
        raise


@contextmanager
def entry(
    actor: Actor,
    verb: str,
    subject: Row | None = None,
    *,
    now: datetime,
    note: str | None = None,
) -> Iterator[Entry]:
    """Change rows as one entry, in one transaction; where nothing changes, nothing is written.

    Inside a batch it is part of that act. `now` is the instant (UTC) that the entry keeps; it never lies,
    unlike business dates.
    """
    with _holding_the_head() as head:
        writing = Entry(actor, verb, now, subject, note, batch=head.batch, _head=head)
        yield writing
        _append(head, writing)


@dataclass
class Batch:
    """Several entries that are one act: an import, or the undoing of one."""

    actor: Actor
    verb: str
    now: datetime
    id: int | None

    @contextmanager
    def entry(
        self, subject: Row | None = None, *, note: str | None = None, undoes: int | None = None
    ) -> Iterator[Entry]:
        """One entry of the batch, of at most 1,000 rows."""
        with _holding_the_head() as head:
            writing = Entry(
                self.actor, self.verb, self.now, subject, note, undoes=undoes, batch=self.id, _head=head
            )
            yield writing
            _append(head, writing)

    def insert_many(
        self, model: type[AnyRow], rows: Sequence[Mapping[str, Any]], *, note: str | None = None
    ) -> list[int]:
        """Add any number of rows, in as many entries as that needs; hand back their ids, in order."""
        ids: list[int] = []
        for start in range(0, len(rows), ROWS_IN_AN_ENTRY):
            with self.entry(note=note) as writing:
                ids += writing.insert_many(model, rows[start : start + ROWS_IN_AN_ENTRY])
        return ids


@contextmanager
def batch(actor: Actor, verb: str, *, now: datetime, several: bool = True) -> Iterator[Batch]:
    """One transaction whose entries are undone together; its id is the number of its first entry."""
    with _holding_the_head() as head:
        before = head.batch
        if several and head.batch is None:
            head.batch = head.seq + 1
        try:
            yield Batch(actor, verb, now, head.batch)
        finally:
            head.batch = before


@contextmanager
def apart() -> Iterator[None]:
    """What is written within is no part of the act around it, and stays when that is undone."""
    with _holding_the_head() as head:
        before, head.batch = head.batch, None
        try:
            yield
        finally:
            head.batch = before


def _append(head: _Head, writing: Entry) -> None:
    if not writing.changes:
        return
    head.seq += 1
    subject = writing.subject
    line: dict[str, Any] = {
        "seq": head.seq,
        "at": LedgerEntry.at.db_value(writing.at),
        "actor": writing.actor.id,
        "verb": writing.verb,
        "subject_table": subject._meta.table_name if subject is not None else None,
        "subject_id": subject.id if subject is not None else None,
        "note": writing.note,
        "undoes": writing.undoes,
        "batch": writing.batch,
        "prev_hash": head.hash,
    }
    line["hash"] = head.hash = line_hash(line, writing.changes)
    database = storage.current()
    database.execute(
        _insert_statement("entry"), [line[name] for name in LedgerEntry._meta.sorted_field_names]
    )
    database.execute_many(
        _insert_statement("change"),
        [(head.seq, place, *change) for place, change in enumerate(writing.changes)],
    )
    writing.seq = head.seq


def written_here() -> list[int]:
    """Numbers of the entries this thread has written since it was last asked."""
    written: list[int] = getattr(_here, "written", [])
    _here.written = []
    return written


def line_hash(line: Mapping[str, Any], changes: Iterable[Sequence[Any]]) -> str:
    """SHA-256 over an entry's head, its body and the hash before it."""
    told = {name: line[name] for name in sorted(line) if name != "hash"}
    digest = hashlib.sha256(canonical(told).encode())
    for change in changes:
        digest.update(json.dumps(list(change), ensure_ascii=False, separators=(",", ":")).encode())
    return digest.hexdigest()


# --- reading ------------------------------------------------------------------------------------------------


def end() -> tuple[int, str]:
    """The number and the hash of the newest entry."""
    return storage.current().ledger_end()


def heads(
    *,
    after: int = 0,
    upto: int | None = None,
    row: int | None = None,
    actor: int | None = None,
    newest: int | None = None,
) -> list[Head]:
    """Heads of entries in order: after a number, up to one, those that changed a row, or an actor's."""
    query = LedgerEntry.select().where(LedgerEntry.seq > after)
    if upto is not None:
        query = query.where(LedgerEntry.seq <= upto)
    if row is not None:
        query = query.where(
            LedgerEntry.seq.in_(LedgerChange.select(LedgerChange.seq).where(LedgerChange.row == row))
        )
    if actor is not None:
        query = query.where(LedgerEntry.actor == actor)
    if newest is not None:
        return [_head(line) for line in query.order_by(LedgerEntry.seq.desc()).limit(newest)][::-1]
    return [_head(line) for line in query.order_by(LedgerEntry.seq)]


def _head(line: LedgerEntry) -> Head:
    return Head(
        line.seq,
        line.at,
        line.actor,
        line.verb,
        line.subject_table,
        line.subject_id,
        line.note,
        line.undoes,
        line.batch,
        line.hash,
    )


def changes_of(seqs: Sequence[int]) -> dict[int, list[Change]]:
    """The bodies of these entries, by number, each in the order it was written."""
    bodies: dict[int, list[Change]] = {seq: [] for seq in seqs}
    for start in range(0, len(seqs), 500):
        query = (
            LedgerChange.select(
                LedgerChange.seq,
                LedgerChange.table,
                LedgerChange.row,
                LedgerChange.before,
                LedgerChange.after,
            )
            .where(LedgerChange.seq.in_(seqs[start : start + 500]))
            .order_by(LedgerChange.seq, LedgerChange.place)
            .tuples()
        )
        for seq, table, row, before, after in query.iterator():
            bodies[seq].append(
                Change(
                    table, row, json.loads(before) if before else None, json.loads(after) if after else None
                )
            )
    return bodies


def name_of(person: int | None) -> str:
    """The name of whoever acted."""
    if person is None:
        return PROGRAM.name
    found = by_id(Person, person)
    return found.name if found else f"person {person}"


def clash(row: Row, name: str, before: Any, theirs: Any, mine: Any) -> Clash:
    """Who changed a field, when, and what stands against what; values as the ledger writes them."""
    line = _last_to_write(row, name)
    column = row._meta.fields[name]
    saw, stands, wanted = (stored_value(column, value) for value in (before, theirs, mine))
    who, at = (name_of(line.actor), line.at) if line else ("somebody", None)
    told = _told(column, before), _told(column, theirs), _told(column, mine)
    return Clash(name, saw, stands, wanted, who, at, told)


def conflict(clashes: Sequence[Clash]) -> Conflict:
    """The refusal that says who changed what, when, from what to what."""
    told = [
        f"{one.who} changed {_called_field(one.field)}"
        f"{f' at {one.at:%H:%M:%S} UTC on {one.at:%Y-%m-%d}' if one.at else ''} "
        f"from {one.told[0]} to {one.told[1]}; your {one.told[2]} was not saved"
        for one in clashes
    ]
    return Conflict("; ".join([*told, "look again, then decide"]), tuple(clashes))


def removed_by(table: str, row: int) -> Head | None:
    """The entry that took a row away, if it was ever there."""
    query = (
        LedgerChange.select(LedgerChange.seq)
        .where(LedgerChange.row == row, LedgerChange.table == table, LedgerChange.after.is_null())
        .order_by(LedgerChange.seq.desc())
        .limit(1)
    )
    seq = query.scalar()
    return _head(LedgerEntry.get_by_id(seq)) if seq is not None else None


_CHANGES_OF = Prepared(
    lambda table, row: (
        LedgerChange.select(LedgerChange.seq, LedgerChange.after)
        .where(LedgerChange.row == row, LedgerChange.table == table)
        .order_by(LedgerChange.seq.desc(), LedgerChange.place.desc())
    )
)
_LINE = Prepared(lambda seq: LedgerEntry.select().where(LedgerEntry.seq == seq))


def _last_to_write(row: Row, name: str) -> LedgerEntry | None:
    """The entry that gave a row's field the value it has."""
    for seq, after in _CHANGES_OF.iterator(row._meta.table_name, row.id):
        if after and name in json.loads(after):
            line: LedgerEntry = _LINE.first(seq)
            return line
    return None


def _last_about(subject: Row, table: str) -> LedgerEntry | None:
    """The newest entry about something that changed rows of a table."""
    changed = LedgerChange.select(LedgerChange.id).where(
        LedgerChange.seq == LedgerEntry.seq, LedgerChange.table == table
    )
    line: LedgerEntry | None = (
        LedgerEntry.select()
        .where(
            LedgerEntry.subject_table == subject._meta.table_name,
            LedgerEntry.subject_id == subject.id,
            peewee.fn.EXISTS(changed),
        )
        .order_by(LedgerEntry.seq.desc())
        .first()
    )
    return line


told_as: dict[str, Callable[[Any], str]] = {}
"""How the domain tells a field's values in words, by its name, where they do not speak for themselves."""


def _told(column: peewee.Field, value: Any) -> str:
    """A field's value in words: what a key points to is called by its name."""
    if value is None or value == "":
        return "nothing"
    if column.name in told_as:
        return told_as[column.name](value)
    if isinstance(column, peewee.ForeignKeyField):
        target = by_id(column.rel_model, value)
        return (_called(target) if target else "") or str(value)
    return str(value)


# --- undo and redo ------------------------------------------------------------------------------------------


def last_to_undo(actor: Actor) -> Head | None:
    """The newest act of this person that still stands."""
    redone = LedgerEntry.alias()
    undone = LedgerEntry.alias()
    standing = ~peewee.fn.EXISTS(
        undone.select(undone.seq).where(
            undone.undoes == LedgerEntry.seq,
            ~peewee.fn.EXISTS(redone.select(redone.seq).where(redone.undoes == undone.seq)),
        )
    )
    found = (
        LedgerEntry.select()
        .where(LedgerEntry.actor == actor.id, LedgerEntry.undoes.is_null(), standing)
        .order_by(LedgerEntry.seq.desc())
        .first()
    )
    return _head(found) if found else None


def last_to_redo(actor: Actor) -> Head | None:
    """The newest undoing by this person that nothing of theirs came after."""
    redone = LedgerEntry.alias()
    found = (
        LedgerEntry.select()
        .where(
            LedgerEntry.actor == actor.id,
            LedgerEntry.verb == UNDONE,
            ~peewee.fn.EXISTS(redone.select(redone.seq).where(redone.undoes == LedgerEntry.seq)),
        )
        .order_by(LedgerEntry.seq.desc())
        .first()
    )
    if found is None:
        return None
    acted_since = (
        LedgerEntry.select()
        .where(LedgerEntry.actor == actor.id, LedgerEntry.undoes.is_null(), LedgerEntry.seq > found.seq)
        .exists()
    )
    return None if acted_since else _head(found)


def whole_act(head: Head) -> list[Head]:
    """The entries that are undone together with this one: itself, or its whole batch.

    What was done again stands for what was done in the first place, so that undoing never stacks up.
    """
    if head.verb == REDONE and head.undoes is not None:
        undoing = LedgerEntry.get_by_id(head.undoes)
        return whole_act(_head(LedgerEntry.get_by_id(undoing.undoes)))
    if head.batch is None:
        return [head]
    return [
        _head(line)
        for line in LedgerEntry.select().where(LedgerEntry.batch == head.batch).order_by(LedgerEntry.seq)
    ]


def is_undone(head: Head) -> bool:
    """Whether an entry has been undone and not been redone since."""
    for undoing in LedgerEntry.select().where(LedgerEntry.undoes == head.seq):
        if not LedgerEntry.select().where(LedgerEntry.undoes == undoing.seq).exists():
            return True
    return False


def undo(actor: Actor, act: Sequence[Head], *, now: datetime) -> list[int]:
    """Put back what an act changed, as new entries; refused where somebody has changed it since."""
    verb = REDONE if act[0].undoes is not None else UNDONE
    if is_undone(act[0]):
        raise Refused(f"entry {act[0].seq} has been undone already")
    done: list[int] = []
    with batch(actor, verb, now=now, several=len(act) > 1) as undoing:
        bodies = changes_of([head.seq for head in act])
        for head in reversed(act):
            subject = _subject(head)
            with undoing.entry(subject, undoes=head.seq, note=head.note) as writing:
                _put_back(writing, head, bodies[head.seq])
            done.append(writing.seq)
    return done


def _subject(head: Head) -> Row | None:
    """A stand-in for the entry's subject, which may be gone by the time it is undone."""
    if head.subject_table is None or head.subject_table not in TABLES:
        return None
    return TABLES[head.subject_table](id=head.subject_id)


def _put_back(writing: Entry, head: Head, changes: Sequence[Change]) -> None:
    try:
        for (table, kind), group in groupby(
            reversed(changes), key=lambda change: (change.table, _kind(change))
        ):
            run = list(group)
            if kind == "added":
                _take_away(writing, head, TABLES[table], run)
            elif kind == "removed":
                _bring_again(writing, TABLES[table], run)
            else:
                for change in run:
                    _set_back(writing, head, TABLES[table], change)
    except peewee.IntegrityError:
        raise Refused(f"entry {head.seq} can not be undone: something stands in its place since") from None


def _kind(change: Change) -> str:
    if change.before is None:
        return "added"
    return "removed" if change.after is None else "changed"


def _take_away(writing: Entry, head: Head, model: type[Row], run: Sequence[Change]) -> None:
    for start in range(0, len(run), 500):
        part = run[start : start + 500]
        standing = {
            row.id: row for row in model.select().where(model.id.in_([change.row for change in part]))
        }
        for change in part:
            row = standing.get(change.row)
            assert change.after is not None
            if row is None:
                raise Refused(f"entry {head.seq} can not be undone: what it added is gone")
            now = plain_row(row)
            for name, value in change.after.items():
                if name != "version" and now.get(name) != value:
                    raise _moved_on(head, row, name)
            writing._wrote_plain(change.table, change.row, now, None)
        if built := _built_on(head, model, [change.row for change in part]):
            raise built
        storage.current().execute_many(
            _delete_statement(model._meta.table_name), [[change.row] for change in part]
        )


def _built_on(head: Head, model: type[Row], gone: Sequence[int]) -> Refused | None:
    """The refusal that names what would hang in the air without these rows."""
    for other in DOMAIN:
        for link in other._meta.refs:
            if link.rel_model is not model:
                continue
            query = other.select().where(link.in_(gone))
            row = (query.where(other.id.not_in(gone)) if other is model else query).first()
            if row is None:
                continue
            line = _last_to_write(row, link.name)
            who = f"{name_of(line.actor)} {line.verb}" if line else "somebody added"
            thing = f"{row._meta.table_name.replace('_', ' ')} {_called(row)}".rstrip()
            where = f" in entry {line.seq}" if line else ""
            return Refused(f"entry {head.seq} can not be undone: {who} {thing}{where} since; undo that first")
    return None


def _bring_again(writing: Entry, model: type[Row], run: Sequence[Change]) -> None:
    names = [column.name for column in model._meta.sorted_fields]
    rows = []
    for change in run:
        assert change.before is not None
        values = {name: change.before.get(name, field_default(model, name)) for name in names}
        values["version"] += 1
        rows.append(list(values.values()))
        writing._wrote_plain(change.table, change.row, None, values)
    storage.current().execute_many(_insert_statement(model._meta.table_name), rows)


def _set_back(writing: Entry, head: Head, model: type[Row], change: Change) -> None:
    row = by_id(model, change.row)
    if row is None:
        raise Refused(
            f"entry {head.seq} can not be undone: that {model._meta.table_name} has been removed since"
        )
    assert change.before is not None and change.after is not None
    standing = plain_row(row)
    for name, value in change.after.items():
        if standing.get(name) != value:
            raise _moved_on(head, row, name)
    fields = model._meta.fields
    writing.update(row, **{name: stored_value(fields[name], value) for name, value in change.before.items()})


def _moved_on(head: Head, row: Row, name: str) -> Refused:
    field_name = _called_field(name)
    line = _last_to_write(row, name)
    if line is None or line.seq <= head.seq:
        return Refused(f"entry {head.seq} can not be undone: {field_name} has changed since")
    return Refused(
        f"entry {head.seq} can not be undone: {name_of(line.actor)} changed {field_name} "
        f"in entry {line.seq} since; undo that first"
    )


def _called_field(name: str) -> str:
    return name.removesuffix("_minor").replace("_", " ")


def _called(row: Row) -> str:
    return str(getattr(row, "name", None) or getattr(row, "title", None) or "")
