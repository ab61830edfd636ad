"""What a file changes on a row that is there already, and what somebody has decided otherwise meanwhile.

Three states are compared: what the file says now, what the file said when it was imported last (the ledger
knows), and what the board says. A fact that the file repeats is left as the board has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from salesboard.storage.ledger import REDONE, UNDONE, stored_value
from salesboard.storage.models import LedgerChange, LedgerEntry, Row

IMPORTED = "imported"
"""The verb of every entry of an import."""
PART = 500
_NOT_BY_HAND = (IMPORTED, UNDONE, REDONE)


@dataclass
class Settled:
    """What is to be written, and which facts are doubtful: changed both in the file and on the board."""

    changes: dict[str, Any] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def settle(
    claims: Mapping[str, Any],
    board: Mapping[str, Any],
    base: Mapping[str, Any] | None,
    groups: Sequence[Sequence[str]] = (),
    *,
    take_doubtful: bool = False,
) -> Settled:
    """Compare fact by fact, those of a group together.

    `base` is what the file said before; where that is not known (None, or a fact that it lacks), an empty
    cell says nothing and any other one changes the board.
    """
    grouped = {name for group in groups for name in group}
    found = Settled()
    for group in [*groups, *((name,) for name in claims if name not in grouped)]:
        if not all(name in claims for name in group):
            continue
        wanted = [claims[name] for name in group]
        stands = [board[name] for name in group]
        if wanted == stands:
            continue
        if base is None or not all(name in base for name in group):
            if all(value is None for value in wanted):
                continue
            was = stands
        else:
            was = [base[name] for name in group]
        if wanted == was:
            continue
        if stands == was or take_doubtful:
            found.changes |= {name: claims[name] for name in group}
        else:
            found.doubts.append(group[0])
    return found


def differs(claims: Mapping[str, Any], board: Mapping[str, Any]) -> bool:
    """Whether a row and the board disagree in anything, so that it is worth asking the ledger."""
    return any(board[name] != value for name, value in claims.items())


def said_before(model: type[Row], rows: Sequence[int]) -> dict[int, dict[str, Any]]:
    """For each row what imports that still stand wrote into it last, by field."""
    return _folded(model, rows, lambda change: change[2] == IMPORTED, forget_undone=True)


def as_it_was(model: type[Row], rows: Sequence[int], seq: int) -> dict[int, dict[str, Any]]:
    """The rows as they stood after an entry of the ledger."""
    return _folded(model, rows, lambda change: change[1] <= seq, forget_undone=False)


def _folded(
    model: type[Row], rows: Sequence[int], counts: Any, *, forget_undone: bool
) -> dict[int, dict[str, Any]]:
    fields = model._meta.fields
    changes = [change for change in _changes(model, rows) if counts(change)]
    undone = _undone({seq for _, seq, _, _ in changes}) if forget_undone else set()
    found: dict[int, dict[str, Any]] = {}
    for row, seq, _, after in changes:
        if seq not in undone and after is not None:
            values = {name: stored_value(fields[name], value) for name, value in json.loads(after).items()}
            found.setdefault(row, {}).update(values)
    return found


def _changes(model: type[Row], rows: Sequence[int]) -> Iterator[tuple[int, int, str, str | None]]:
    for part in parts(rows):
        yield from (
            LedgerChange.select(LedgerChange.row, LedgerChange.seq, LedgerEntry.verb, LedgerChange.after)
            .join(LedgerEntry, on=LedgerEntry.seq == LedgerChange.seq)
            .where(LedgerChange.row.in_(part), LedgerChange.table == model._meta.table_name)
            .order_by(LedgerChange.seq)
            .tuples()
            .iterator()
        )


def _undone(seqs: Iterable[int]) -> set[int]:
    """Which of these entries are undone and not redone."""
    undoing = {
        seq: undone
        for part in parts(sorted(seqs))
        for seq, undone in LedgerEntry.select(LedgerEntry.seq, LedgerEntry.undoes)
        .where(LedgerEntry.undoes.in_(part))
        .tuples()
    }
    return set(undoing.values()) - {undoing[seq] for seq in _undone(undoing)} if undoing else set()


def touched_children(
    children: type[Row], deals: Sequence[int], after: Mapping[int, int] | None = None
) -> set[int]:
    """Deals whose lines or stays somebody has changed otherwise than by an import.

    `after` names for each deal the entry from which on that counts.
    """
    table = children._meta.table_name
    touched: set[int] = set()
    for part in parts(deals):
        by_subject = (
            LedgerEntry.select(LedgerEntry.subject_id, LedgerEntry.seq)
            .join(LedgerChange, on=LedgerEntry.seq == LedgerChange.seq)
            .where(LedgerEntry.subject_table == "deal", LedgerEntry.subject_id.in_(part))
            .where(LedgerEntry.verb.not_in(_NOT_BY_HAND), LedgerChange.table == table)
        )
        by_row = (
            children.select(children.deal, LedgerEntry.seq)
            .join(LedgerChange, on=(LedgerChange.row == children.id) & (LedgerChange.table == table))
            .join(LedgerEntry, on=LedgerEntry.seq == LedgerChange.seq)
            .where(children.deal.in_(part), LedgerEntry.verb.not_in(_NOT_BY_HAND))
        )
        for query in (by_subject, by_row):
            touched |= {deal for deal, seq in query.tuples() if seq > (after or {}).get(deal, 0)}
    return touched


def parts(rows: Sequence[Any], size: int = PART) -> Iterator[Sequence[Any]]:
    """Some rows at a time: no database takes any number of values in one question."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
