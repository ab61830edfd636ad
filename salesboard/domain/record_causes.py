"""What the ledger has changed since the record book was brought up, as far as it matters to records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from salesboard.domain import records
from salesboard.domain.pipeline import WON
from salesboard.storage import database as storage
from salesboard.storage.derived import PART
from salesboard.storage.models import Company, Deal, DealLine, LedgerChange, LedgerEntry, Membership, Team

IMPORTED = "imported"
MOST_CHANGES = 2000
"""Where more rows than this have changed since, it is quicker to work everything out anew."""


class SaleFacts(NamedTuple):
    """What the book counts of a deal."""

    owner: int
    on: date
    revenue: int
    account: int | None
    opened: date | None
    source: bool


@dataclass
class Touched:
    """What entries have changed since the book was brought up."""

    everything: bool
    """Whether anything may be otherwise."""
    imported: int | None
    """The last entry of an import, or of taking one back."""
    cause: int
    """The newest entry that matters."""
    added: dict[int, int]
    """Deals that are sales now and were none, with the entries that made them so."""
    moved: list[SaleFacts]
    """What was counted of sales, before and now, that were taken back or corrected."""


RELEVANT = tuple(model._meta.table_name for model in (Deal, DealLine, Membership, Team, Company))
ANYTHING = tuple(model._meta.table_name for model in (Membership, Team, Company))
FISCAL = frozenset(("fiscal_start",))
COUNTED = frozenset(("status", "closed_on", "value_minor", "owner", "account", "opened_on", "source"))


def touched_between(after: int, upto: int, day: date) -> Touched | None:
    """What the entries of a stretch of the ledger change in records; None where nothing does."""
    heads = (
        LedgerEntry.select(LedgerEntry.seq, LedgerEntry.verb, LedgerEntry.undoes, LedgerEntry.batch)
        .where(LedgerEntry.seq > after, LedgerEntry.seq <= upto)
        .order_by(LedgerEntry.seq)
    )
    seqs: list[int] = []
    imports: list[int] = []
    of_batch: dict[int, bool] = {}
    for seq, verb, undoes, batch in heads.tuples():
        act = batch or seq
        if act not in of_batch:
            of_batch[act] = _is_import(verb, undoes)
        (imports if of_batch[act] else seqs).append(seq)
    imported = imports[-1] if imports else None
    rows = list(_relevant_changes(seqs)) if seqs else []
    if not rows and imported is None:
        return None
    cause = max([imported or 0, *(seq for seq, *_ in rows)])
    if len(rows) > MOST_CHANGES:
        return Touched(True, imported, cause, {}, [])
    found = Touched(
        imported is not None or any(table in ANYTHING for _, table, *_ in rows), imported, cause, {}, []
    )
    _see_deals(found, rows, day)
    return found if found.everything or found.added or found.moved else None


def _is_import(verb: str, undoes: int | None) -> bool:
    """Whether an entry is of an import, or of taking one back, or of bringing that again."""
    while undoes is not None:
        verb, undoes = (
            LedgerEntry.select(LedgerEntry.verb, LedgerEntry.undoes)
            .where(LedgerEntry.seq == undoes)
            .tuples()[0]
        )
    return verb == IMPORTED


def _relevant_changes(seqs: Sequence[int]) -> Iterator[tuple[int, str, int, Any, Any]]:
    """Changes that may matter, up to one more than too many."""
    left = MOST_CHANGES + 1
    columns = (
        LedgerChange.seq,
        LedgerChange.table,
        LedgerChange.row,
        LedgerChange.before,
        LedgerChange.after,
    )
    for start in range(0, len(seqs), PART):
        query = (
            LedgerChange.select(*columns)
            .where(LedgerChange.seq.in_(seqs[start : start + PART]), LedgerChange.table.in_(RELEVANT))
            .order_by(LedgerChange.seq, LedgerChange.place)
            .limit(left)
        )
        for seq, table, row, before, after in query.tuples():
            was, became = (json.loads(one) if one else None for one in (before, after))
            matters = {"deal": COUNTED, "company": FISCAL}.get(table)
            if matters is None or was is None or became is None or not matters.isdisjoint(became):
                left -= 1
                yield seq, table, row, was, became
        if left <= 0:
            return


def _see_deals(found: Touched, rows: Sequence[tuple[int, str, int, Any, Any]], day: date) -> None:
    """Tell sales that were added from those that were changed; what came and went is nothing."""
    causes: dict[int, int] = {}
    were: dict[int, dict[str, Any] | None] = {}
    lines: set[int] = set()
    for seq, table, row, before, after in rows:
        if table == "deal":
            causes[row] = seq
        elif table == "deal_line":
            deals = {one["deal"] for one in (before, after) if one and "deal" in one}
            deals |= {deal for (deal,) in DealLine.select(DealLine.deal).where(DealLine.id == row).tuples()}
            lines |= deals
            causes |= dict.fromkeys(deals, seq)
    now = {deal: facts for deal, facts in plain_deals(list(causes))}
    for _, table, row, before, _ in reversed(rows):
        if table == "deal":
            were[row] = None if before is None else {**(were.get(row) or now.get(row) or {}), **before}
    for deal, seq in causes.items():
        before_facts = counted_facts(were[deal] if deal in were else now.get(deal), day)
        facts = counted_facts(now.get(deal), date.max)
        if before_facts is None and facts is not None:
            found.added[deal] = seq
        elif before_facts is not None and (before_facts != facts or deal in lines):
            found.moved += [one for one in (before_facts, facts) if one is not None]


def plain_deals(deals: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Deals as they are now, with what is counted of them."""
    names = [*sorted(COUNTED), "id"]
    for start in range(0, len(deals), PART):
        query = Deal.select(*(Deal._meta.fields[name] for name in names)).where(
            Deal.id.in_(deals[start : start + PART])
        )
        for values in query.tuples():
            facts = dict(zip(names, values, strict=True))
            yield facts["id"], facts


def counted_facts(facts: Mapping[str, Any] | None, day: date) -> SaleFacts | None:
    """What the book counts of a deal; None while it is no sale, or one dated after a day."""
    if facts is None or facts.get("status") != WON or facts.get("closed_on") is None:
        return None
    on = storage.day(facts["closed_on"])
    if on > day:
        return None
    return SaleFacts(
        facts["owner"],
        on,
        facts["value_minor"] or 0,
        facts["account"],
        storage.day(facts["opened_on"]),
        records.is_referral(facts["source"]),
    )
