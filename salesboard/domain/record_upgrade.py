"""The record book on its way from one state to the next: what is worked out when sales or days were added."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from peewee import fn

from salesboard import clock
from salesboard.domain import records
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.known import Term
from salesboard.domain.pipeline import WON
from salesboard.domain.record_causes import SaleFacts, Touched, counted_facts, plain_deals
from salesboard.domain.record_keeping import (
    Kind,
    Noted,
    ScopeFacts,
    Work,
    facts_of,
    holders_of,
    load,
    row_of,
    scope_facts,
    scope_from,
)
from salesboard.domain.records import Key, Record, Sale, Sold
from salesboard.storage.models import Deal, DealLine, LedgerEntry, RecordChange, RecordScope


def sales_between(after: date, upto: date) -> Any:
    """The sales after one day, up to another."""
    return Deal.select().where(Deal.status == WON, Deal.closed_on > after, Deal.closed_on <= upto)


class Upgrade:
    """The book on its way from one state to the next."""

    def __init__(self, work: Work, facts: CompanyFacts, members: Mapping[int, Sequence[Term]]) -> None:
        self._work = work
        self._facts = facts
        self._members = members
        self._loaded: dict[Scope, dict[Key, Record]] = {}
        self._scopes: dict[Scope, ScopeFacts | None] = {}

    def follow(self, touched: Touched) -> None:
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
        ahead = sales_between(before, work.day).exists()
        if ahead and not self._counts_all():
            self.anew(None, seq=None, on=work.day, quiet=True)
        for key, record in self._all():
            if key.period == "sale" or len(record.moments) == 1:
                continue
            last = self._last_day(key, record)
            ends_now = records.is_final(last, work.day) and not records.is_final(last, before)
            if ends_now and self._last_kind(key) in ("broken", "raised", "equalled"):
                work.changes.append(Noted(key, "final", None, work.day, record, record, False))

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

    def _add(self, pending: Sequence[int], sales: Mapping[int, SaleFacts], causes: Mapping[int, int]) -> None:
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
            sale = sale_of(deal, facts, first)
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
        self._scopes[scope] = facts_of(days)
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
        if old is not None and new is not None and row_of(old) == row_of(new):
            return
        kind = self._kind(key, old, new, on, quiet or restates)
        if kind is not None:
            self._work.changes.append(Noted(key, kind, seq, on, old, new, quiet or kind == "baseline"))
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
        stored = {scope_from(scope) for (scope,) in RecordScope.select(RecordScope.scope).tuples()}
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

    def _sales(self, deals: Iterable[int]) -> Iterator[tuple[int, SaleFacts]]:
        for deal, plain in plain_deals(list(deals)):
            facts = counted_facts(plain, date.max)
            if facts is not None:
                yield deal, facts

    def _owners(self, concerned: Sequence[SaleFacts]) -> set[int]:
        """Whose records may stand otherwise: also those of others whose account's first sale it is now."""
        accounts = {one.account for one in concerned if one.account is not None}
        owners = (
            Deal.select(Deal.owner).where(Deal.status == WON, Deal.account.in_(list(accounts))).distinct()
        )
        return {one.owner for one in concerned} | {owner for (owner,) in owners.tuples()}

    def _customer(self, deal: int, facts: SaleFacts, waiting: Collection[int]) -> tuple[bool, bool]:
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


def sale_of(deal: int, facts: SaleFacts, first: bool) -> Sale:
    """A deal as a sale, with its units of each product."""
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
