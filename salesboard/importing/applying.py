"""Doing what was planned: one transaction, one batch of the ledger, undone in one step."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import peewee

from salesboard.domain import company, history
from salesboard.domain.permissions import require, writes
from salesboard.domain.pipeline import GAP
from salesboard.domain.text import counted
from salesboard.errors import Conflict, NotFound, Refused
from salesboard.importing import merging
from salesboard.importing.columns import ACCOUNTS, PEOPLE, PRODUCTS
from salesboard.importing.deals import Visit
from salesboard.importing.matching import Ref
from salesboard.importing.merging import IMPORTED
from salesboard.importing.outline import (
    ORDER_BITS,
    ChangedDeal,
    Counts,
    LineMade,
    NewDeal,
    Plan,
    Progress,
    Work,
)
from salesboard.importing.planning import plan
from salesboard.storage import ledger
from salesboard.storage.ledger import ROWS_IN_AN_ENTRY, Actor, Entry
from salesboard.storage.models import (
    Account,
    Company,
    Contact,
    Deal,
    DealLine,
    FileMapping,
    LedgerChange,
    LedgerEntry,
    Membership,
    Person,
    Product,
    Row,
    Stage,
    Stay,
    Team,
)

_LOOKED_UP = tuple(
    model._meta.table_name
    for model in (Company, Person, Team, Membership, Account, Contact, Product, Stage, FileMapping)
)
_CHANGED_TOGETHER = 200
"""So many changed deals, with their lines and stays, make an entry of fewer than a thousand rows."""


@dataclass(frozen=True)
class Report:
    """What an import did."""

    batch: int | None
    """By which it can be undone; None where the board stayed as it was."""
    counts: dict[str, Counts]
    rows: int
    """Rows that were written, lines and stays among them."""
    entries: int
    plan: Plan
    """What was done in the end; it may have been made anew because the board had moved on."""

    def __str__(self) -> str:
        if self.batch is None:
            return "nothing new: the board stays as it is"
        return f"{self.plan}; import {self.batch}, {self.rows:,} rows in {self.entries:,} entries"


@dataclass(frozen=True)
class ImportFacts:
    """An import that was done."""

    batch: int
    at: datetime
    who: str
    files: str
    rows: int
    """Rows that it wrote."""
    standing: bool
    """Not undone since."""


class _MovedOn(Exception):
    """Something that the plan relied on has changed since it was made."""


@writes("import")
def apply(planned: Plan, *, actor: Actor, now: datetime, progress: Progress | None = None) -> Report:
    """Import what was planned, all of it or nothing; where nothing is new, nothing is written.

    If the board has changed in what the plan relied on, it is planned once more first. Refused: rows that can
    not be imported, unless `skip_bad`; who may not import. Conflict: the board changed again meanwhile.
    """
    for attempt in (1, 2):
        _refuse_bad(planned)
        if planned.nothing_to_do:
            return Report(None, planned.counts, 0, 0, planned)
        try:
            return _Applying(planned, actor, now, progress).done()
        except _MovedOn:
            if attempt == 1:
                planned = plan(planned.sources, actor=actor, now=now, options=planned.options)
    raise Conflict(
        "others are changing the same accounts and deals right now; nothing was imported; try again"
    )


def _refuse_bad(planned: Plan) -> None:
    bad = len(planned.all_refused)
    if bad and not planned.options.skip_bad:
        rows = counted(bad, "row")
        raise Refused(
            f"{rows} can not be imported, so nothing was ({planned.refused[0]}); "
            "correct the file, or say --skip-bad"
        )


class _Applying:
    """Writes the rows of one plan."""

    def __init__(self, planned: Plan, actor: Actor, now: datetime, progress: Progress | None) -> None:
        self._plan = planned
        self._work = planned.work
        self._actor = actor
        self._now = now
        self._progress = progress
        self._places, self._stage_of = _places(planned.work)
        self._ids: dict[str, Sequence[int]] = {}
        self._rows = self._entries = 0
        self._done = 0

    def done(self) -> Report:
        """Write everything in one transaction and say what was written."""
        with ledger.batch(self._actor, IMPORTED, now=self._now) as batch:
            assert batch.id is not None
            today = company.facts().today(self._now)
            require(self._actor, "import", today=today)
            if batch.id - 1 != self._plan.as_of and _has_moved_on(self._plan):
                raise _MovedOn
            self._batch = batch
            self._write_directory()
            self._write_people()
            self._write_deals()
            self._write_mappings()
            self._count(batch.id)
            from salesboard.domain import standings

            standings.settle(now=self._now)
        return Report(batch.id, self._plan.counts, self._rows, self._entries, self._plan)

    def _count(self, batch: int) -> None:
        changes = LedgerChange.select(LedgerChange.id).where(LedgerChange.seq >= batch)
        self._rows = changes.count()
        self._entries = LedgerEntry.select().where(LedgerEntry.batch == batch).count()

    def _tell(self, done: int, what: str) -> None:
        self._done += done
        if self._progress is not None:
            self._progress(self._done, self._work.rows, what)

    def _insert(self, model: type[Row], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        return self._batch.insert_many(model, rows, note=self._plan.files)

    def _entry(self) -> Any:
        return self._batch.entry(note=self._plan.files)

    # --- accounts, products, people ---

    def _write_directory(self) -> None:
        work = self._work
        if work.currency is not None:
            require(self._actor, "edit company", today=company.facts().today(self._now))
            with self._entry() as entry:
                entry.update(Company.get(), currency=work.currency)
        self._ids["parent"] = self._insert_tree(Account, work.accounts)
        self._ids["account"] = self._ids["parent"]
        self._tell(len(work.accounts), ACCOUNTS)
        self._ids["product"] = self._insert(Product, work.products)
        self._tell(len(work.products), PRODUCTS)
        self._change(Account, work.changed.get(ACCOUNTS, []))
        self._change(Product, work.changed.get(PRODUCTS, []))

    def _insert_tree(self, model: type[Row], rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add rows that may be beneath each other, parents first; hand back their ids in the order given."""
        ids = [0] * len(rows)
        waiting = list(range(len(rows)))
        while waiting:
            ready = [place for place in waiting if _is_known(rows[place].get("parent"), ids)]
            assert ready, "a parent is beneath its own child"
            values = [{**rows[place], "parent": _known(rows[place].get("parent"), ids)} for place in ready]
            for place, row in zip(ready, self._insert(model, values), strict=True):
                ids[place] = row
            waiting = [place for place in waiting if not ids[place]]
        return ids

    def _write_people(self) -> None:
        work = self._work
        changed = work.changed.get(PEOPLE, [])
        if work.people or work.teams or work.memberships or changed:
            require(self._actor, "edit people", today=company.facts().today(self._now))
        people = self._ids["owner"] = self._insert(Person, work.people)
        teams = self._insert_tree(Team, work.teams)
        self._change(Person, changed)
        with self._entry() as entry:
            for row, until_on in work.left:
                entry.update(Membership.get_by_id(row), until_on=until_on)
        memberships = [
            {"person": _known(person, people), "team": _known(team, teams), "from_on": since}
            for person, team, since in work.memberships
        ]
        self._insert(Membership, memberships)
        contacts = [
            {**contact, "account": self._known("account", contact["account"])} for contact in work.contacts
        ]
        self._ids["contact"] = self._insert(Contact, contacts)
        self._tell(len(work.people) + len(work.teams) + len(work.contacts), PEOPLE)

    def _change(self, model: type[Row], changed: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        for part in merging.parts(changed, ROWS_IN_AN_ENTRY):
            rows = {row.id: row for row in model.select().where(model.id.in_([row for row, _ in part]))}
            with self._entry() as entry:
                for row, changes in part:
                    entry.update(rows[row], **self._resolved(changes))
            self._tell(len(part), model._meta.table_name)

    def _resolved(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with the ids of what has been added meanwhile."""
        return {
            name: self._known(name, value) if name in self._ids and isinstance(value, int) else value
            for name, value in values.items()
        }

    def _known(self, name: str, ref: Ref) -> int | None:
        return _known(ref, self._ids[name])

    # --- deals ---

    def _write_deals(self) -> None:
        tops = _tops()
        for chunk in self._work.deals.chunks():
            self._add_deals(chunk, tops)
            self._tell(len(chunk), "deals")
        changed = iter(self._work.changed_deals)
        while part := list(islice(changed, _CHANGED_TOGETHER)):
            self._change_deals(part, tops)
            self._tell(len(part), "deals")

    def _place(self, number: int, tops: Mapping[int, int]) -> int:
        return tops.get(self._stage_of[number], GAP) - self._places[number] * GAP

    def _add_deals(self, chunk: Sequence[NewDeal], tops: Mapping[int, int]) -> None:
        rows = [{**self._resolved(deal.values), "place": self._place(deal.number, tops)} for deal in chunk]
        ids = self._insert(Deal, rows)
        self._insert(
            DealLine,
            [self._line(row, line) for row, deal in zip(ids, chunk, strict=True) for line in deal.lines],
        )
        self._insert(
            Stay,
            [
                stay
                for row, deal in zip(ids, chunk, strict=True)
                for stay in _stays(row, deal.visits, self._now)
            ],
        )

    def _line(self, deal: int, line: LineMade) -> dict[str, Any]:
        product = self._known("product", line.product)
        return {
            "deal": deal,
            "product": product,
            "quantity": line.quantity,
            "amount_minor": line.amount_minor,
        }

    def _change_deals(self, part: Sequence[ChangedDeal], tops: Mapping[int, int]) -> None:
        ids = [changed.id for changed in part]
        rows = {row.id: row for row in Deal.select().where(Deal.id.in_(ids))}
        lines = _children(DealLine, ids, DealLine.id)
        stays = _children(Stay, ids, Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
        with self._entry() as entry:
            for changed in part:
                changes = self._resolved(changed.changes)
                if changed.number is not None:
                    changes["place"] = self._place(changed.number, tops)
                entry.update(rows[changed.id], **changes)
                if changed.lines is not None:
                    wanted = [self._line(changed.id, line) for line in changed.lines]
                    _replace(entry, DealLine, lines.get(changed.id, []), wanted)
                if changed.visits is not None:
                    wanted = _stays(changed.id, changed.visits, self._now)
                    _replace(entry, Stay, stays.get(changed.id, []), wanted)

    def _write_mappings(self) -> None:
        with self._entry() as entry:
            for signature, columns in self._work.mappings.items():
                row = FileMapping.get_or_none(FileMapping.signature == signature)
                if row is None:
                    entry.insert(FileMapping, signature=signature, columns=columns)
                else:
                    entry.update(row, columns=columns)
        self._tell(len(self._work.mappings), "mappings")


def _is_known(ref: Ref | None, ids: Sequence[int]) -> bool:
    return ref is None or ref >= 0 or bool(ids[~ref])


def _known(ref: Ref | None, ids: Sequence[int]) -> int | None:
    """The id that a reference stands for, once what it refers to has been added."""
    return ref if ref is None or ref >= 0 else ids[~ref]


def _places(work: Work) -> tuple[array[int], array[int]]:
    """For each deal that comes to a stage how many places beneath the new top it belongs, and the stage."""
    places = array("q", bytes(8 * work.numbers))
    stage_of = array("q", bytes(8 * work.numbers))
    for stage, order in work.order.items():
        order.sort()
        for above, coded in enumerate(order):
            number = coded & ((1 << ORDER_BITS) - 1)
            places[number] = len(order) - above
            stage_of[number] = stage
    return places, stage_of


def _tops() -> dict[int, int]:
    """The smallest place that is taken in each stage."""
    return dict(Deal.select(Deal.stage, peewee.fn.MIN(Deal.place)).group_by(Deal.stage).tuples())


def _stays(deal: int, visits: Sequence[Visit], now: datetime) -> list[dict[str, Any]]:
    """A deal's way as rows, each stay ending where the next begins."""
    begins = [visit.at or now for visit in visits]
    ends = [*begins[1:], None]
    return [
        {"deal": deal, "stage": visit.stage, "status": visit.status, "entered_at": begin, "left_at": end}
        for visit, begin, end in zip(visits, begins, ends, strict=True)
    ]


def _children(model: Any, deals: Sequence[int], *order: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in model.select().where(model.deal.in_(deals)).order_by(model.deal, *order):
        found.setdefault(row.deal_id, []).append(row)
    return found


def _replace(
    entry: Entry, model: type[Row], standing: Sequence[Row], wanted: Sequence[Mapping[str, Any]]
) -> None:
    """Make rows that belong to a deal what is wanted, row by row, so that little changes."""
    for row, values in zip(standing, wanted, strict=False):
        entry.update(row, **values)
    for row in standing[len(wanted) :]:
        entry.delete(row)
    for values in wanted[len(standing) :]:
        entry.insert(model, **values)


def _has_moved_on(planned: Plan) -> bool:
    """Whether what the plan relied on has changed: names, teams, stages, what it changes, another import."""
    relied = planned.work.relied
    since = LedgerChange.select(
        LedgerChange.table, LedgerChange.row, LedgerChange.before, LedgerChange.after
    ).where(LedgerChange.seq > planned.as_of)
    return any(
        table in _LOOKED_UP or row in relied or (table == "deal" and before is None and _has_key(after))
        for table, row, before, after in since.tuples().iterator()
    )


def _has_key(after: str | None) -> bool:
    """Whether a deal that was added has a key in another system."""
    return after is not None and json.loads(after).get("external") is not None


def imports() -> list[ImportFacts]:
    """All imports, the newest first."""
    firsts = LedgerEntry.alias()
    rows = dict(
        LedgerEntry.select(LedgerEntry.batch, peewee.fn.COUNT(LedgerChange.id))
        .join(LedgerChange, on=LedgerChange.seq == LedgerEntry.seq)
        .where(LedgerEntry.verb == IMPORTED)
        .group_by(LedgerEntry.batch)
        .tuples()
    )
    newest_first = (
        firsts.select(firsts.seq, firsts.at, firsts.actor, firsts.note)
        .where(firsts.verb == IMPORTED, firsts.seq == firsts.batch)
        .order_by(firsts.seq.desc())
    )
    return [
        ImportFacts(
            line.seq,
            line.at,
            ledger.name_of(line.actor),
            line.note or "",
            rows.get(line.seq, 0),
            not ledger.is_undone(_head(line.seq)),
        )
        for line in newest_first
    ]


def _head(seq: int) -> ledger.Head:
    found = ledger.heads(after=seq - 1, upto=seq)
    if not found or found[0].verb != IMPORTED or found[0].batch is None:
        raise NotFound(f"there is no import {seq}; the list of imports has their numbers")
    return found[0]


@writes("import")
def undo_import(actor: Actor, batch: int, *, now: datetime) -> history.Undone:
    """Take a whole import back, changes to what was there before included.

    Refused: what somebody has changed since (it says who and what), an import that has been undone already.
    """
    return history.undo(actor, now=now, seq=_head(batch).batch)


__all__ = ["ImportFacts", "Report", "apply", "imports", "undo_import"]
