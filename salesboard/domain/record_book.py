"""The record book as it is kept: brought up to the ledger's end, with every change that it ever had.

It follows from the sales alone: after any change it is what a rebuild would give, and `faults` proves it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from peewee import fn

from salesboard import clock
from salesboard.domain import company, records
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.known import Term, terms
from salesboard.domain.pipeline import WON
from salesboard.domain.records import Key, Moment, Record, Sale, Sold, scope_key
from salesboard.storage import database as storage
from salesboard.storage import derived, ledger
from salesboard.storage.models import (
    Company,
    Deal,
    DealLine,
    LedgerChange,
    LedgerEntry,
    Membership,
    RecordChange,
    RecordScope,
    RecordStanding,
    RecordState,
    Team,
)

Kind = Literal["baseline", "broken", "raised", "equalled", "restated", "withdrawn", "final"]
IMPORTED = "imported"
MOST_CHANGES = 2000
"""Where more rows than this have changed since, it is quicker to work everything out anew."""
PART = 500


class Holder(NamedTuple):
    """A period, by its first day, or a sale that holds a record."""

    start: date
    deal: int | None = None


@dataclass(frozen=True)
class Change:
    """A change of the record book."""

    id: int
    key: Key
    kind: Kind
    """The first value is the baseline; a holder that goes on is raised; what was final before is restated, or
    withdrawn where something else holds the record now."""
    seq: int | None
    """The entry that caused it; none for what only the day brought."""
    on: date
    """The business date of that entry, or the day."""
    value: int | None
    holders: tuple[Holder, ...]
    before: int | None
    holders_before: tuple[Holder, ...]
    corrected: int | None
    """By how much the value of what holds it now was corrected."""
    told: bool


@dataclass(frozen=True)
class ScopeFacts:
    """How many sales a scope has, and from when to when."""

    sales: int
    first_on: date
    last_on: date

    def with_sale(self, on: date) -> ScopeFacts:
        """The same with one more sale."""
        return ScopeFacts(self.sales + 1, min(self.first_on, on), max(self.last_on, on))


@dataclass
class _Noted:
    """A change that is about to be written."""

    key: Key
    kind: Kind
    seq: int | None
    on: date
    old: Record | None
    new: Record | None
    quiet: bool


@dataclass
class _Work:
    """What is to be written, worked out from a snapshot."""

    seq_before: int
    day_before: date | None
    seq: int
    day: date
    standings: dict[Key, Record | None] = field(default_factory=dict)
    scopes: dict[Scope, ScopeFacts | None] = field(default_factory=dict)
    changes: list[_Noted] = field(default_factory=list)


# --- bringing it up to date ---------------------------------------------------------------------------------


def bring_up(now: datetime) -> list[Change]:
    """Bring the book up to the ledger's end and to today; all changes that nobody was told of yet, in order.

    One more sale that is not back-dated costs the same however long the history is; anything else has what it
    concerns worked out anew. A day before the one the book stands at leaves it alone where sales lie between.
    """
    _bring_up(now)
    return untold()


def _bring_up(now: datetime | None) -> None:
    """Bring the book up to an instant; without one to the ledger's end as of the day it stands at."""
    for _ in range(5):
        with storage.snapshot():
            work = _planned(now)
        if work is None or _write(work):
            return


def rebuild(now: datetime) -> int:
    """Work the whole book out anew, quietly, and hand back how many records differed."""
    while True:
        with storage.snapshot():
            state = RecordState.get()
            facts = company.facts()
            work = _Work(
                state.seq, state.day_on, ledger.end()[0], _day(state, facts, now) or facts.today(now)
            )
            _Upgrade(work, facts, terms()).anew(None, seq=None, on=work.day, quiet=True)
        if _write(work):
            return len(work.standings)


def untold() -> list[Change]:
    """Changes that nobody was told of yet, in order."""
    rows = RecordChange.select().where(RecordChange.told == False).order_by(RecordChange.id)  # noqa: E712
    return [change_of(row) for row in rows]


def told(changes: Iterable[Change]) -> None:
    """Keep that these changes have been told, or need not be."""
    ids = [change.id for change in changes]
    with storage.writing():
        for start in range(0, len(ids), PART):
            RecordChange.update(told=True).where(RecordChange.id.in_(ids[start : start + PART])).execute()


def _day(state: RecordState, facts: CompanyFacts, now: datetime) -> date | None:
    """The day up to which sales count: never earlier than before; None where that would take sales back."""
    today = facts.today(now)
    if state.day_on is None or today >= state.day_on:
        return today
    return None if _sales_between(today, state.day_on).exists() else state.day_on


def _sales_between(after: date, upto: date) -> Any:
    return Deal.select().where(Deal.status == WON, Deal.closed_on > after, Deal.closed_on <= upto)


def _planned(now: datetime | None) -> _Work | None:
    state = RecordState.get()
    end = ledger.end()[0]
    facts = company.facts()
    day = state.day_on if now is None else _day(state, facts, now)
    if day is None or state.seq > end or (state.seq, state.day_on) == (end, day):
        return None
    work = _Work(state.seq, state.day_on, end, day)
    if state.day_on is None:
        _Upgrade(work, facts, terms()).anew(None, seq=end, on=day, quiet=True)
        return work
    touched = _touched(state.seq, end, state.day_on)
    if touched is None and day == state.day_on:
        return work
    upgrade = _Upgrade(work, facts, terms())
    if touched is not None:
        upgrade.follow(touched)
    if day > state.day_on:
        upgrade.next_day(state.day_on)
    return work


# --- what has changed since ---------------------------------------------------------------------------------


class _Facts(NamedTuple):
    """What the book counts of a deal."""

    owner: int
    on: date
    revenue: int
    account: int | None
    opened: date | None
    source: bool


@dataclass
class _Touched:
    """What entries have changed since the book was brought up."""

    everything: bool
    """Whether anything may be otherwise."""
    imported: int | None
    """The last entry of an import, or of taking one back."""
    cause: int
    """The newest entry that matters."""
    added: dict[int, int]
    """Deals that are sales now and were none, with the entries that made them so."""
    moved: list[_Facts]
    """What was counted of sales, before and now, that were taken back or corrected."""


RELEVANT = tuple(model._meta.table_name for model in (Deal, DealLine, Membership, Team, Company))
ANYTHING = tuple(model._meta.table_name for model in (Membership, Team, Company))
FISCAL = frozenset(("fiscal_start",))
COUNTED = frozenset(("status", "closed_on", "value_minor", "owner", "account", "opened_on", "source"))


def _touched(after: int, upto: int, day: date) -> _Touched | None:
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
        return _Touched(True, imported, cause, {}, [])
    found = _Touched(
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


def _see_deals(found: _Touched, rows: Sequence[tuple[int, str, int, Any, Any]], day: date) -> None:
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
    now = {deal: facts for deal, facts in _plain_deals(list(causes))}
    for _, table, row, before, _ in reversed(rows):
        if table == "deal":
            were[row] = None if before is None else {**(were.get(row) or now.get(row) or {}), **before}
    for deal, seq in causes.items():
        before_facts = _counted(were[deal] if deal in were else now.get(deal), day)
        facts = _counted(now.get(deal), date.max)
        if before_facts is None and facts is not None:
            found.added[deal] = seq
        elif before_facts is not None and (before_facts != facts or deal in lines):
            found.moved += [one for one in (before_facts, facts) if one is not None]


def _plain_deals(deals: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    names = [*sorted(COUNTED), "id"]
    for start in range(0, len(deals), PART):
        query = Deal.select(*(Deal._meta.fields[name] for name in names)).where(
            Deal.id.in_(deals[start : start + PART])
        )
        for values in query.tuples():
            facts = dict(zip(names, values, strict=True))
            yield facts["id"], facts


def _counted(facts: Mapping[str, Any] | None, day: date) -> _Facts | None:
    """What the book counts of a deal; None while it is no sale, or one dated after a day."""
    if facts is None or facts.get("status") != WON or facts.get("closed_on") is None:
        return None
    on = storage.day(facts["closed_on"])
    if on > day:
        return None
    return _Facts(
        facts["owner"],
        on,
        facts["value_minor"] or 0,
        facts["account"],
        storage.day(facts["opened_on"]),
        records.is_referral(facts["source"]),
    )


# --- how it stands then -------------------------------------------------------------------------------------


class _Upgrade:
    """The book on its way from one state to the next."""

    def __init__(self, work: _Work, facts: CompanyFacts, members: Mapping[int, Sequence[Term]]) -> None:
        self._work = work
        self._facts = facts
        self._members = members
        self._loaded: dict[Scope, dict[Key, Record]] = {}
        self._scopes: dict[Scope, ScopeFacts | None] = {}

    def follow(self, touched: _Touched) -> None:
        """Follow what entries have changed."""
        sales = dict(self._sales(touched.added))
        late = [deal for deal, sale in sales.items() if sale.on < self._newest]
        pending = [deal for deal in sales if deal not in late]
        if touched.imported is not None:
            pending = list(sales)
            self.anew(None, but=pending, seq=touched.imported, on=self._day_of(touched.imported), quiet=True)
        elif touched.everything:
            on = self._day_of(touched.cause)
            self.anew(None, but=pending, seq=touched.cause, on=on, restates=True)
        elif touched.moved or late:
            owners = self._owners([*touched.moved, *(sales[deal] for deal in late)])
            seq = touched.cause if touched.moved else max(touched.added[deal] for deal in late)
            self.anew(owners, but=pending, seq=seq, on=self._day_of(seq))
        self._add(pending, sales, touched.added)

    def next_day(self, before: date) -> None:
        """Count what was dated ahead until now, quietly, and tell what has become final."""
        work = self._work
        ahead = _sales_between(before, work.day).exists()
        if ahead and not self._counts_all():
            self.anew(None, seq=None, on=work.day, quiet=True)
        for key, record in self._all():
            if key.period == "sale" or len(record.moments) == 1:
                continue
            last = self._last_day(key, record)
            ends_now = records.is_final(last, work.day) and not records.is_final(last, before)
            if ends_now and self._last_kind(key) in ("broken", "raised", "equalled"):
                work.changes.append(_Noted(key, "final", None, work.day, record, record, False))

    def _last_kind(self, key: Key) -> Kind | None:
        """What last happened to a record; what came by an import has broken none."""
        for change in reversed(self._work.changes):
            if change.key == key:
                return change.kind
        rows = RecordChange.select(RecordChange.kind).where(RecordChange.key == str(key))
        kind: Kind | None = rows.order_by(RecordChange.id.desc()).limit(1).scalar()
        return kind

    def _counts_all(self) -> bool:
        """Whether the entries that have been followed brought all sales up to the day."""
        facts = self._scope(COMPANY_SCOPE)
        number: int = Deal.select().where(Deal.status == WON, Deal.closed_on <= self._work.day).count()
        return number == (facts.sales if facts else 0)

    @property
    def _newest(self) -> date:
        facts = self._scope(COMPANY_SCOPE)
        return facts.last_on if facts else date.min

    def _add(self, pending: Sequence[int], sales: Mapping[int, _Facts], causes: Mapping[int, int]) -> None:
        """Count one sale after the other, by their days."""
        waiting = [deal for deal in pending if sales[deal].on <= self._work.day]
        waiting.sort(key=lambda deal: (sales[deal].on, deal))
        while waiting:
            deal = waiting.pop(0)
            facts, seq = sales[deal], causes[deal]
            on = self._day_of(seq)
            first, displaces = self._customer(deal, facts, waiting)
            if displaces or facts.on < self._newest:
                self.anew(self._owners([facts]), but=waiting, seq=seq, on=on)
                continue
            sale = _sale(deal, facts, first)
            for scope in self._scopes_of(sale):
                self._one_more(scope, sale, seq, on)

    def _one_more(self, scope: Scope, sale: Sale, seq: int, on: date) -> None:
        known = self._of(scope)
        for record in list(
            records.with_sale(known, scope, sale, today=self._work.day, fiscal_start=self._facts.fiscal_start)
        ):
            self._put(record.key, known.get(record.key), record, seq, on)
        facts = self._scope(scope)
        self._scopes[scope] = self._work.scopes[scope] = (
            facts.with_sale(sale.on) if facts else ScopeFacts(1, sale.on, sale.on)
        )

    def anew(
        self,
        owners: Collection[int] | None,
        *,
        seq: int | None,
        on: date,
        but: Collection[int] = (),
        quiet: bool = False,
        restates: bool = False,
    ) -> None:
        """Work out everything anew, or what sales of some people count for, without some of the sales.

        What only restates, such as another membership, breaks no record; what is quiet is told to nobody.
        """
        sold = records.sold_until(self._work.day, but=but, members=self._members)
        if owners is None:
            wanted = set(sold.scopes) | self._known_scopes()
        else:
            teams = {team for one in owners for term in self._members.get(one, ()) for team in term.teams}
            wanted = {COMPANY_SCOPE, *(Scope(person=one) for one in owners)}
            wanted |= {Scope(team=team) for team in teams}
        for scope in sorted(wanted, key=records.widest_first):
            self._scope_anew(scope, sold, seq, on, quiet, restates)

    def _scope_anew(
        self, scope: Scope, sold: Sold, seq: int | None, on: date, quiet: bool, restates: bool
    ) -> None:
        days = sold.of(scope)
        known = self._of(scope)
        fresh = {
            record.key: record
            for record in records.records_of_days(
                scope, days, today=self._work.day, fiscal_start=self._facts.fiscal_start
            )
        }
        for key in sorted({*known, *fresh}, key=str):
            self._put(key, known.get(key), fresh.get(key), seq, on, quiet, restates)
        self._scopes[scope] = _scope_facts(days)
        self._work.scopes[scope] = self._scopes[scope]

    def _put(
        self,
        key: Key,
        old: Record | None,
        new: Record | None,
        seq: int | None,
        on: date,
        quiet: bool = False,
        restates: bool = False,
    ) -> None:
        if old is not None and new is not None and _row(old) == _row(new):
            return
        kind = self._kind(key, old, new, on, quiet or restates)
        if kind is not None:
            self._work.changes.append(_Noted(key, kind, seq, on, old, new, quiet or kind == "baseline"))
        self._work.standings[key] = new
        if new is None:
            self._of(key.scope).pop(key, None)
        else:
            self._of(key.scope)[key] = new

    def _kind(
        self, key: Key, old: Record | None, new: Record | None, on: date, restates: bool
    ) -> Kind | None:
        if old is None:
            return "baseline"
        if new is None:
            return "withdrawn"
        was, holds = holders_of(old), holders_of(new)
        if (was, old.joint, old.value) == (holds, new.joint, new.value):
            return None
        better = (new.value - old.value) * (-1 if key.metric == "fastest win" else 1)
        if restates or better < 0 or records.is_final(self._last_day(key, new), on):
            return "restated" if set(was) & set(holds) else "withdrawn"
        if better > 0:
            return "raised" if was == holds else "broken"
        return "equalled" if new.joint > old.joint and set(was) <= set(holds) else "restated"

    def _last_day(self, key: Key, record: Record) -> date:
        """The last day of the newest of those that hold it."""
        fiscal_start = self._facts.fiscal_start
        return records.last_day_of(key, record.holders[-1], record.value, fiscal_start)

    # --- what is known ---

    def _of(self, scope: Scope) -> dict[Key, Record]:
        if scope not in self._loaded:
            found = load(self._work.day, self._facts.fiscal_start, scope) if self._work.day_before else []
            self._loaded[scope] = {record.key: record for record in found}
        return self._loaded[scope]

    def _all(self) -> Iterator[tuple[Key, Record]]:
        for record in load(self._work.day, self._facts.fiscal_start):
            if record.scope not in self._loaded:
                yield record.key, record
        for found in self._loaded.values():
            yield from found.items()

    def _scope(self, scope: Scope) -> ScopeFacts | None:
        if scope not in self._scopes:
            self._scopes[scope] = scope_facts(scope)
        return self._scopes[scope]

    def _known_scopes(self) -> set[Scope]:
        stored = {_scope_from(scope) for (scope,) in RecordScope.select(RecordScope.scope).tuples()}
        return stored | {scope for scope, facts in self._scopes.items() if facts is not None}

    def _scopes_of(self, sale: Sale) -> list[Scope]:
        teams = {
            team
            for term in self._members.get(sale.owner, ())
            if term.holds_on(sale.on)
            for team in term.teams
        }
        found = {COMPANY_SCOPE, Scope(person=sale.owner), *(Scope(team=team) for team in teams)}
        return sorted(found, key=records.widest_first)

    def _sales(self, deals: Iterable[int]) -> Iterator[tuple[int, _Facts]]:
        for deal, plain in _plain_deals(list(deals)):
            facts = _counted(plain, date.max)
            if facts is not None:
                yield deal, facts

    def _owners(self, concerned: Sequence[_Facts]) -> set[int]:
        """Whose records may stand otherwise: also those of others whose account's first sale it is now."""
        accounts = {one.account for one in concerned if one.account is not None}
        owners = (
            Deal.select(Deal.owner).where(Deal.status == WON, Deal.account.in_(list(accounts))).distinct()
        )
        return {one.owner for one in concerned} | {owner for (owner,) in owners.tuples()}

    def _customer(self, deal: int, facts: _Facts, waiting: Collection[int]) -> tuple[bool, bool]:
        """Whether it is the account's first sale, and whether it takes that from another one."""
        if facts.account is None:
            return False, False
        others = Deal.select(Deal.closed_on, Deal.id).where(
            Deal.account == facts.account,
            Deal.status == WON,
            Deal.closed_on <= self._work.day,
            Deal.id.not_in([deal, *waiting]),
        )
        own = facts.on, deal
        # One that stands before it settles the matter; they need not all be read.
        before = others.where((Deal.closed_on < own[0]) | ((Deal.closed_on == own[0]) & (Deal.id < own[1])))
        first = not before.exists()
        return first, first and others.exists()

    def _day_of(self, seq: int) -> date:
        return clock.business_date(LedgerEntry.get_by_id(seq).at, self._facts.zone)


def _sale(deal: int, facts: _Facts, first: bool) -> Sale:
    lines = (
        DealLine.select(DealLine.product, fn.SUM(DealLine.quantity))
        .where(DealLine.deal == deal)
        .group_by(DealLine.product)
    )
    products = tuple((product, int(units)) for product, units in lines.tuples())
    days = max(0, (facts.on - facts.opened).days) if facts.opened else None
    units = sum(number for _, number in products)
    return Sale(
        facts.on, deal, facts.owner, facts.revenue, units, first, days, first and facts.source, products
    )


def _scope_facts(days: records.Days) -> ScopeFacts | None:
    if not days:
        return None
    sales = sum(brought.sums[records.SUMMED.index("sales")] for brought in days.values())
    return ScopeFacts(sales, next(iter(days)), next(reversed(days)))


# --- as it is kept ------------------------------------------------------------------------------------------


def holders_of(record: Record) -> tuple[Holder, ...]:
    """The first of those that hold a record."""
    deals: Sequence[int | None] = record.deals or [None] * len(record.holders)
    return tuple(Holder(start, deal) for start, deal in zip(record.holders, deals, strict=True))


def _row(record: Record) -> dict[str, Any]:
    newest_on, newest = record.newest or (None, None)
    return {
        "key": str(record.key),
        "scope": scope_key(record.scope),
        "metric": record.metric,
        "period": record.period,
        "product": record.product,
        "value": record.value,
        "holders": _written(holders_of(record)),
        "joint": record.joint,
        "moments": ledger.canonical(
            [
                [one.on.isoformat(), one.period_start.isoformat(), one.value, one.deal]
                for one in record.moments
            ]
        ),
        "newest_on": newest_on,
        "newest": newest,
    }


def _written(holders: Iterable[Holder]) -> str:
    return ledger.canonical([[one.start.isoformat(), one.deal] for one in holders])


def _read(holders: str) -> tuple[Holder, ...]:
    return tuple(Holder(date.fromisoformat(start), deal) for start, deal in json.loads(holders))


def _scope_from(said: str) -> Scope:
    kind, _, number = said.partition(":")
    if kind == "person":
        return Scope(person=int(number))
    return Scope(team=int(number)) if kind == "team" else COMPANY_SCOPE


def key_from(said: str) -> Key:
    """A record's key, as it is kept."""
    scope, metric, period, *product = said.split("/")
    return Key(_scope_from(scope), metric, period, int(product[0]) if product else None)  # type: ignore[arg-type]


def load(today: date, fiscal_start: int, scope: Scope | None = None) -> list[Record]:
    """The records as they are kept, of one scope or of all, and how they stand on a day."""
    query = RecordStanding.select()
    if scope is not None:
        query = query.where(RecordStanding.scope == scope_key(scope))
    return [_record(row, today, fiscal_start) for row in query]


def _record(row: RecordStanding, today: date, fiscal_start: int) -> Record:
    key = key_from(row.key)
    holders = _read(row.holders)
    moments = [
        (date.fromisoformat(on), date.fromisoformat(start), value, deal)
        for on, start, value, deal in json.loads(row.moments)
    ]
    last = records.last_day_of(key, holders[0].start, row.value, fiscal_start)
    return Record(
        key.metric,
        key.period,
        key.scope,
        row.value,
        tuple(one.start for one in holders),
        tuple(one.deal for one in holders if one.deal is not None),
        records._status(row.joint, last, today),
        records._moments(moments, today),
        key.product,
        row.joint,
        (row.newest_on, row.newest) if row.newest_on is not None else None,
    )


def scope_facts(scope: Scope) -> ScopeFacts | None:
    """How many sales the book counts for a scope, and from when to when."""
    row = RecordScope.get_or_none(RecordScope.scope == scope_key(scope))
    return ScopeFacts(row.sales, row.first_on, row.last_on) if row else None


def known_facts(scope: Scope, today: date) -> ScopeFacts | None:
    """The same, counted from the sales where the book has not been begun."""
    if RecordState.get().day_on is not None:
        return scope_facts(scope)
    return _scope_facts(records.sold_until(today).of(scope))


def change_of(row: RecordChange) -> Change:
    """A change as it is kept."""
    return Change(
        row.id,
        key_from(row.key),
        row.kind,
        row.seq,
        row.on_date,
        row.value,
        _read(row.holders),
        row.before,
        _read(row.holders_before),
        row.corrected,
        row.told,
    )


def _write(work: _Work) -> bool:
    """Write what was worked out, unless somebody else has brought the book up meanwhile."""
    with storage.writing():
        day = RecordState.day_on
        same_day = day.is_null() if work.day_before is None else day == work.day_before
        taken = RecordState.update(seq=work.seq, day_on=work.day).where(
            RecordState.seq == work.seq_before, same_day
        )
        if not taken.execute():
            return False
        derived.replace_rows(
            RecordStanding.key, {str(key): _row(one) if one else None for key, one in work.standings.items()}
        )
        derived.replace_rows(
            RecordScope.scope,
            {
                scope_key(scope): {"scope": scope_key(scope), **vars(facts)} if facts else None
                for scope, facts in work.scopes.items()
            },
        )
        derived.insert_rows(RecordChange, [_noted(one) for one in work.changes])
    return True


def _noted(one: _Noted) -> dict[str, Any]:
    old, new = one.old, one.new
    corrected = None
    if one.kind in ("restated", "withdrawn") and old is not None and new is not None:
        stood = {moment.period_start: moment.value for moment in old.moments}
        if new.holders[0] in stood and not new.deals:
            corrected = new.value - stood[new.holders[0]] or None
    return {
        "key": str(one.key),
        "kind": one.kind,
        "seq": one.seq,
        "on_date": one.on,
        "value": new.value if new else None,
        "holders": _written(holders_of(new) if new else ()),
        "before": old.value if old else None,
        "holders_before": _written(holders_of(old) if old else ()),
        "corrected": corrected,
        "told": one.quiet,
    }


# --- reading ------------------------------------------------------------------------------------------------


def book(*, today: date, scope: Scope | None = None) -> list[Record]:
    """All records as they stand at the end of a day, of one scope or of all, the widest first.

    As they are kept, where nothing has changed since that matters, else worked out from the sales.
    """
    with storage.snapshot():
        if not is_up(today):
            return records.book(today=today, scope=scope)
        found = load(today, company.facts().fiscal_start, scope)
    metrics = {metric: place for place, metric in enumerate(records.METRICS)}
    kinds = {kind: place for place, kind in enumerate(("sale", *records.PERIODS, "streak"))}
    return sorted(
        found,
        key=lambda one: (
            records.widest_first(one.scope),
            metrics[one.metric],
            one.product or 0,
            kinds[one.period],
        ),
    )


def is_up(today: date) -> bool:
    """Whether the book as it is kept is that of a day, with everything the ledger knows."""
    state = RecordState.get()
    end = ledger.end()[0]
    if state.day_on is None or state.seq > end:
        return False
    if state.seq < end:
        since = LedgerChange.select().where(LedgerChange.seq > state.seq, LedgerChange.table.in_(RELEVANT))
        if since.exists():
            return False
    return today == state.day_on or not _sales_between(*sorted((today, state.day_on))).exists()


def history(key: Key) -> list[Change]:
    """Every change that a record ever had, oldest first."""
    rows = RecordChange.select().where(RecordChange.key == str(key)).order_by(RecordChange.id)
    return [change_of(row) for row in rows]


# --- the proof ----------------------------------------------------------------------------------------------


def faults() -> list[str]:
    """Where the book as it is kept is not what a rebuild gives; nothing where it holds, or is not begun.

    What is kept is first held against its own history, then brought up to the ledger's end, then held against
    the sales.
    """
    with storage.snapshot():
        if RecordState.get().day_on is None:
            return []
        found = list(_faults_of_history())
        behind = not is_up(RecordState.get().day_on)
    if behind:
        _bring_up(None)
    with storage.snapshot():
        return [*found, *(one for one in _faults_of_sales() if one not in found)]


def _faults_of_history() -> Iterator[str]:
    newest = RecordChange.select(fn.MAX(RecordChange.id)).group_by(RecordChange.key)
    told_last = {row.key: row for row in RecordChange.select().where(RecordChange.id.in_(newest))}
    for row in RecordStanding.select().order_by(RecordStanding.key):
        last = told_last.get(row.key)
        if last is None or (last.value, last.holders) != (row.value, row.holders):
            was = last.value if last else "nothing"
            yield f"record {row.key}: it is kept as {row.value}, its history ends with {was}"


def _faults_of_sales() -> Iterator[str]:
    state = RecordState.get()
    fiscal_start = company.facts().fiscal_start
    sold = records.sold_until(state.day_on)
    kept = {row.key: row.__data__ for row in RecordStanding.select()}
    scopes = {row.scope: ScopeFacts(row.sales, row.first_on, row.last_on) for row in RecordScope.select()}
    for scope in sold.scopes:
        days = sold.of(scope)
        for record in records.records_of_days(scope, days, today=state.day_on, fiscal_start=fiscal_start):
            row = _row(record)
            stands = kept.pop(row["key"], None)
            if stands is None:
                yield f"record {row['key']}: it is not kept; the sales give {record.value}"
            elif stands != row:
                yield from (
                    f"record {row['key']}: {name} is kept as {stands[name]}, the sales give {row[name]}"
                    for name in row
                    if stands[name] != row[name]
                )
        if scopes.pop(scope_key(scope), None) != _scope_facts(days):
            yield f"records of {scope_key(scope)}: their sales are not counted as they are"
    for key in kept:
        yield f"record {key}: it is kept, but no sale gives it"
    for key in scopes:
        yield f"records of {key}: they are kept, but there is no sale"


__all__ = [
    "Change",
    "Holder",
    "Kind",
    "Moment",
    "ScopeFacts",
    "book",
    "bring_up",
    "faults",
    "history",
    "is_up",
    "key_from",
    "rebuild",
    "told",
    "untold",
]
