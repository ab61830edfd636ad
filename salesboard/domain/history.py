"""What happened, in words, and taking it back: the ledger as people read and use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN, ForeignKeyField

from salesboard.domain import company, people, pipeline
from salesboard.domain.permissions import a_role, require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Change, Head
from salesboard.storage.models import TABLES, Account, Deal, LedgerChange, LedgerEntry, Person
from salesboard.storage.prepared import by_id

UNTOLD = {"version", "search", "key", "place", "touched_on"}
"""Fields that change by themselves along with others, and only add noise."""
CONFIDENTIAL = {"profile"}
"""What only whoever wrote it may read in the ledger; everybody else where it is shown, if it is."""
Names = Mapping[tuple[str | None, int | None], str]
"""What rows are called, by table and id."""


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
    *,
    subject: int | None = None,
    after: int = 0,
    upto: int | None = None,
    newest: int | None = 200,
    bodies: bool = True,
    reader: Actor | None = None,
) -> list[Event]:
    """Entries in order, of everything or of one deal, account or person with all that belongs to it.

    `after` and `upto` bound their numbers; of those the newest are given, with their changes if `bodies`.
    A `reader` sees that something confidential was done, but not what it says.
    """
    if subject is not None:
        heads = _heads_about(subject, newest)
    else:
        heads = ledger.heads(after=after, upto=upto, newest=newest)
    changes = ledger.changes_of([head.seq for head in heads]) if bodies else {}
    everybody = {
        identity: (name, handle)
        for identity, name, handle in Person.select(Person.id, Person.name, Person.handle).tuples()
    }
    undone = _undone([head.seq for head in heads])
    names = _names((head.subject_table, head.subject_id) for head in heads)
    program = (ledger.PROGRAM.name, ledger.PROGRAM.handle)
    return [
        Event(
            head.seq,
            head.at,
            *everybody.get(head.actor or 0, program),
            head.verb,
            head.subject_table,
            head.subject_id,
            names.get((head.subject_table, head.subject_id), ""),
            tuple(one for one in changes.get(head.seq, ()) if _may_read(reader, head, one)),
            head.undoes,
            head.batch,
            head.note,
            head.hash,
            head.seq not in undone,
        )
        for head in heads
    ]


def _may_read(reader: Actor | None, head: Head, change: Change) -> bool:
    if change.table in UNSEEN:
        return False
    return change.table not in CONFIDENTIAL or reader is None or head.actor == reader.id


def _heads_about(subject: int, newest: int | None) -> list[Head]:
    """Entries that changed a row, or whose subject it is: a deal's lines, stays and notes are its own."""
    by_seq = {head.seq: head for head in ledger.heads(row=subject)}
    query = LedgerEntry.select().where(LedgerEntry.subject_id == subject)
    by_seq |= {line.seq: ledger._head(line) for line in query}
    found = [by_seq[seq] for seq in sorted(by_seq)]
    return found[-newest:] if newest else found


def _undone(seqs: Sequence[int]) -> set[int]:
    """Which of these entries have been undone and not been redone."""
    if not seqs:
        return set()
    undoing = LedgerEntry.alias()
    redoing = LedgerEntry.alias()
    query = undoing.select(undoing.undoes).where(
        undoing.undoes >= seqs[0],
        undoing.seq.not_in(redoing.select(redoing.undoes).where(redoing.undoes.is_null(False))),
    )
    return {seq for (seq,) in query.tuples()}


def _names(rows: Iterable[tuple[str | None, int | None]]) -> Names:
    wanted: dict[str, set[int]] = {}
    for table, identity in rows:
        if table in TABLES and identity is not None:
            wanted.setdefault(str(table), set()).add(identity)
    found: dict[tuple[str | None, int | None], str] = {}
    for table, identities in wanted.items():
        for start in range(0, len(identities), 500):
            part = sorted(identities)[start : start + 500]
            found |= {(table, row.id): called(row) for row in _rows(TABLES[table], part)}
    gone = [
        (table, identity)
        for table, ids in wanted.items()
        for identity in ids
        if (table, identity) not in found
    ]
    return found | {(table, identity): _last_called(table, identity) for table, identity in gone}


def _rows(model: Any, ids: Sequence[int]) -> Any:
    if model is Deal:
        return Deal.select(Deal, Account).join(Account, JOIN.LEFT_OUTER).where(Deal.id.in_(ids))
    return model.select().where(model.id.in_(ids))


def _last_called(table: str, identity: int) -> str:
    """What something was called that has been taken away."""
    query = (
        LedgerChange.select(LedgerChange.before)
        .where(LedgerChange.row == identity, LedgerChange.table == table, LedgerChange.after.is_null())
        .order_by(LedgerChange.seq.desc())
        .limit(1)
    )
    before = json.loads(query.scalar() or "{}")
    return str(before.get("name") or before.get("title") or "")


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
    return _take_back(
        actor, _chosen(seq) or ledger.last_to_undo(actor), now, "there is nothing of yours to undo"
    )


@writes("undo")
def redo(actor: Actor, *, now: datetime) -> Undone:
    """Do again what one undid last. Refused: nothing undone since one's newest act."""
    return _take_back(actor, ledger.last_to_redo(actor), now, "there is nothing to redo")


@writes("archive deal")
def bring_back(actor: Actor, deal: int, *, now: datetime) -> None:
    """Put a deal back on the board that somebody archived, or whose adding they took back.

    Refused: what is not one's own to bring back.
    """
    if by_id(Deal, deal) is not None:
        pipeline.archive_deal(actor, deal, archived=False, now=now)
    elif (removed := ledger.removed_by("deal", deal)) is not None:
        undo(actor, now=now, seq=removed.seq)


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
        imported = _in_the_first_place(head).verb == "imported"
        if imported:
            require(actor, "import", today=today)
        _require_all_it_takes(actor, act, today)
        changes = [] if imported else _changes_of(act)
        _refuse_twins(changes)
        _refuse_revoked_keys(changes)
        if any(change.table in KEPT_OF_AWARDS for change in changes):
            from salesboard.domain.awards import taking_back

            taking_back.refuse(changes, today=today)
        seqs = ledger.undo(actor, act, now=now)
        people.require_an_admin()
        if imported or _touch_sales(changes):
            from salesboard.domain import standings

            standings.settle(now=now)
    names = _names([(head.subject_table, head.subject_id)])
    deal = head.subject_id if head.subject_table == "deal" else None
    return Undone(
        tuple(seqs),
        head.verb,
        names.get((head.subject_table, head.subject_id), head.note or ""),
        len(act),
        deal,
    )


def _in_the_first_place(head: Head) -> Head:
    """What an undo, or a redo, is about in the end."""
    while head.undoes is not None:
        (head,) = ledger.heads(after=head.undoes - 1, upto=head.undoes)
    return head


IT_TAKES = {
    "company": "edit company",
    "person": "edit people",
    "team": "edit teams",
    "membership": "edit teams",
    "product": "edit products",
    "stage": "edit stages",
    "access_key": "give access",
    "season": "set season",
    "category": "set category",
    "criterion": "set category",
    "screening": "screen nominations",
}
"""What one must be allowed to do to change these rows, also by taking something back."""
OF_AWARDS = {
    "nomination",
    "voice",
    "evidence",
    "screening",
    "judge",
    "score",
    "preference",
    "award",
    "envelope",
}
"""What is said and decided about awards: whom it is about may lead whoever did it."""
UNSEEN = OF_AWARDS | {"slot"}
"""What the ledger shows nobody the contents of: who is nominated, judged and decided is told on the night."""
KEPT_OF_AWARDS = {"judge", "score", "preference", "award", "envelope", "slot", "night_page", "season"}
"""What may have been seen or sealed meanwhile, so that it is not simply taken back."""


def _require_all_it_takes(actor: Actor, act: Sequence[Head], today: date) -> None:
    """Refuse to take back what the actor might not do any more."""
    between = LedgerChange.seq.between(act[0].seq, act[-1].seq)
    for (table,) in LedgerChange.select(LedgerChange.table).where(between).distinct().tuples():
        if table in IT_TAKES:
            require(actor, IT_TAKES[table], today=today)
        if table in OF_AWARDS and any(head.actor != actor.id or head.undoes for head in act):
            raise Refused(
                "what somebody did about an award is taken back by themselves alone, and not done again "
                "by a redo; decide anew instead"
            )


def _changes_of(act: Sequence[Head]) -> list[Change]:
    return [one for changes in ledger.changes_of([head.seq for head in act]).values() for one in changes]


def _touch_sales(changes: Sequence[Change]) -> bool:
    """Whether goals may stand otherwise without these changes: all but what was done to open deals alone."""
    if any(change.table not in ("deal", "stay", "note") for change in changes):
        return True
    deals = [change for change in changes if change.table == "deal"]
    states = [state or {} for change in deals for state in (change.before, change.after)]
    if any(state.get("status") == pipeline.WON for state in states):
        return True
    sales = Deal.select().where(Deal.id.in_([change.row for change in deals]), Deal.status == pipeline.WON)
    return bool(sales.exists())


def _refuse_revoked_keys(changes: Iterable[Change]) -> None:
    """Refuse to let a revoked key in again in passing: whoever presses undo may think of another act."""
    for change in changes:
        before, after = change.before or {}, change.after or {}
        if change.table == "access_key" and after.get("revoked_at") and not before.get("revoked_at"):
            raise Refused("a key that was revoked stays so; 'salesboard access add' lets it in again")


def _refuse_twins(changes: Iterable[Change]) -> None:
    """Refuse to bring back a name that something else has by now."""
    for change in changes:
        if change.table in ("account", "person", "product") and "key" in (change.before or {}):
            _refuse_twin(TABLES[change.table], change)


def _refuse_twin(model: Any, change: Change) -> None:
    assert change.before is not None
    twin = model.get_or_none((model.key == change.before["key"]) & (model.id != change.row))
    if twin is not None:
        raise Refused(f"that can not be undone: {twin.name} is the name of another {change.table} by now")


def in_words(event: Event) -> str:
    """One entry as a sentence without its time: who, what, to which."""
    own_name = event.called if event.called != event.table else ""
    thing = own_name or event.note or (event.table or "")
    if event.undoes is not None:
        return f"{event.actor} {event.verb} entry {event.undoes}{f', {thing}' if thing else ''}"
    return f"{event.actor} {event.verb} {thing}".rstrip()


def told_to(person: int, heads: Sequence[Head]) -> str:
    """What these entries change about what somebody may do, in a sentence; nothing where it is nothing."""
    about_them = [head for head in heads if (head.subject_table, head.subject_id) == ("person", person)]
    bodies = ledger.changes_of([head.seq for head in about_them])
    changes = [change for body in bodies.values() for change in body]
    after = [change.after or {} for change in changes if change.table == "person" and change.before]
    roles = [str(values["role"]) for values in after if "role" in values]
    if roles:
        return f"You are {a_role(roles[-1])} now: what you may do has changed."
    if any(change.table == "membership" for change in changes):
        return "Your teams have changed, and with them what you may do."
    return ""


def names_of_keys(events: Iterable[Event]) -> Names:
    """What the keys among the changed values stand for."""
    return _names(
        (_refers_to(change.table, field), value)
        for event in events
        for change in event.changes
        if change.before is not None and change.after is not None
        for values in (change.before, change.after)
        for field, value in values.items()
        if _refers_to(change.table, field)
    )


def _refers_to(table: str, field: str) -> str | None:
    """The table that a field's values are keys of, if they are keys."""
    column = TABLES[table]._meta.fields.get(field)
    return str(column.rel_model._meta.table_name) if isinstance(column, ForeignKeyField) else None


def changed_in_words(
    event: Event, names: Names, *, amount: Callable[[int], str], row: int | None = None
) -> list[str]:
    """What an entry changed on a row, or on its subject, field by field, from what to what.

    `amount` says how minor units are written, `names` what keys stand for.
    """
    told = []
    for change in event.changes:
        if change.row != (row or event.subject) or change.before is None or change.after is None:
            continue
        for field in sorted(change.after.keys() - UNTOLD):
            before, after = (
                _value_in_words(change.table, field, values.get(field), names, amount)
                for values in (change.before, change.after)
            )
            told.append(f"{field.removesuffix('_minor').replace('_', ' ')}: {before} → {after}")
    return told


def _value_in_words(table: str, field: str, value: Any, names: Names, amount: Callable[[int], str]) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and field.endswith("_minor"):
        return amount(value)
    return names.get((_refers_to(table, field), value), str(value))
