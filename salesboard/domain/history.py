"""What happened, in words, and taking it back: the ledger as people read and use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesboard.domain import company
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Change, Head
from salesboard.storage.models import TABLES, Deal, Person

UNDO_DEPTH = 100
"""So many of one's own acts can be undone."""


@dataclass(frozen=True)
class Event:
    """One line of the ledger as people read it."""

    seq: int
    at: datetime
    actor: str
    handle: str
    verb: str
    table: str | None
    subject: int | None
    """Id of what it was done to."""
    called: str
    """Its name, as it is now or was last."""
    changes: tuple[Change, ...]
    undoes: int | None
    batch: int | None
    note: str | None
    hash: str
    standing: bool
    """Not undone since."""


@dataclass(frozen=True)
class Undone:
    """What an undo or a redo did."""

    seqs: tuple[int, ...]
    verb: str
    """What had been done."""
    called: str
    entries: int
    deal: int | None
    """The deal it was about, if it was one."""


def events(
    *, subject: int | None = None, after: int = 0, upto: int | None = None, newest: int | None = 200, bodies: bool = True
) -> list[Event]:
    """Entries in order, of everything or of one deal, account or person with all that belongs to it.

    `after` and `upto` bound their numbers; of those the newest are given, without their changes unless `bodies`.
    """
    if subject is not None:
        heads = _heads_about(subject, newest)
    else:
        heads = ledger.heads(after=after, upto=upto, newest=newest)
    changes = ledger.changes_of([head.seq for head in heads]) if bodies else {}
    people = {identity: (name, handle) for identity, name, handle in Person.select(Person.id, Person.name, Person.handle).tuples()}
    undone = _undone([head.seq for head in heads])
    names = _names(heads)
    program = (ledger.PROGRAM.name, ledger.PROGRAM.handle)
    return [
        Event(
            head.seq,
            head.at,
            *people.get(head.actor or 0, program),
            head.verb,
            head.subject_table,
            head.subject_id,
            names.get((head.subject_table, head.subject_id), ""),
            tuple(changes.get(head.seq, ())),
            head.undoes,
            head.batch,
            head.note,
            head.hash,
            head.seq not in undone,
        )
        for head in heads
    ]


def _heads_about(subject: int, newest: int | None) -> list[Head]:
    """Entries that changed a row, or whose subject it is: a deal's lines, stays and notes are its own."""
    by_seq = {head.seq: head for head in ledger.heads(row=subject)}
    query = ledger.LedgerEntry.select().where(ledger.LedgerEntry.subject_id == subject)
    by_seq |= {line.seq: ledger._head(line) for line in query}
    found = [by_seq[seq] for seq in sorted(by_seq)]
    return found[-newest:] if newest else found


def _undone(seqs: Sequence[int]) -> set[int]:
    """Which of these entries have been undone and not been redone."""
    if not seqs:
        return set()
    undoing = ledger.LedgerEntry.alias()
    redoing = ledger.LedgerEntry.alias()
    query = undoing.select(undoing.undoes).where(
        undoing.undoes >= seqs[0], undoing.seq.not_in(redoing.select(redoing.undoes).where(redoing.undoes.is_null(False)))
    )
    return {seq for (seq,) in query.tuples()}


def _names(heads: Sequence[Head]) -> dict[tuple[str | None, int | None], str]:
    wanted: dict[str, set[int]] = {}
    for head in heads:
        if head.subject_table in TABLES and head.subject_id is not None:
            wanted.setdefault(str(head.subject_table), set()).add(head.subject_id)
    found: dict[tuple[str | None, int | None], str] = {}
    for table, identities in wanted.items():
        model = TABLES[table]
        for start in range(0, len(identities), 500):
            part = sorted(identities)[start : start + 500]
            for row in model.select().where(model.id.in_(part)):
                found[table, row.id] = called(row)
    return found


def called(row: Any) -> str:
    """What a row is called: a deal by its account, everything else by its own name."""
    if isinstance(row, Deal):
        return f"{row.account.name} · {row.title}" if row.account_id else str(row.title)
    return str(getattr(row, "name", None) or getattr(row, "title", None) or row._meta.table_name)


@writes("undo")
def undo(actor: Actor, *, now: datetime, seq: int | None = None) -> Undone:
    """Take back one's newest act that still stands, or the act of entry `seq`; an import is one act.

    Refused: nothing to undo, what somebody has changed since (it says who), what is not one's own to undo.
    """
    return _take_back(actor, _chosen(seq) or ledger.last_to_undo(actor), now, "there is nothing of yours to undo")


@writes("undo")
def redo(actor: Actor, *, now: datetime) -> Undone:
    """Do again what one undid last. Refused: nothing undone since one's newest act."""
    return _take_back(actor, ledger.last_to_redo(actor), now, "there is nothing to redo")


def _chosen(seq: int | None) -> Head | None:
    if seq is None:
        return None
    found = ledger.heads(after=seq - 1, upto=seq)
    if not found:
        raise NotFound(f"there is no entry {seq}")
    return found[0]


def _take_back(actor: Actor, head: Head | None, now: datetime, otherwise: str) -> Undone:
    if head is None:
        raise Refused(otherwise)
    if head.actor is None:
        raise Refused(f"entry {head.seq} was made by the program itself; it can not be undone")
    act = ledger.whole_act(head)
    with ledger.batch(actor, ledger.UNDONE, now=now):
        today = company.facts().today(now)
        require(actor, "undo", today=today, owner=head.actor)
        if any(entry.verb == "imported" for entry in act):
            require(actor, "import", today=today)
        seqs = ledger.undo(actor, act, now=now)
    names = _names([head])
    deal = head.subject_id if head.subject_table == "deal" else None
    return Undone(tuple(seqs), head.verb, names.get((head.subject_table, head.subject_id), head.note or ""), len(act), deal)


def in_words(event: Event, names: Mapping[int, str] | None = None) -> str:
    """One entry as a sentence without its time: who, what, to which."""
    thing = event.called or event.note or (event.table or "")
    if event.undoes is not None:
        return f"{event.actor} {event.verb} entry {event.undoes}{f', {thing}' if thing else ''}"
    return f"{event.actor} {event.verb} {thing}".rstrip()
