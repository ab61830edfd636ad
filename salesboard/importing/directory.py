"""What files say about accounts and products: which are new, which change, which are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from salesboard.domain import text
from salesboard.errors import Refused
from salesboard.importing import merging
from salesboard.importing.columns import ACCOUNTS, PRODUCTS, SALESFORCE
from salesboard.importing.matching import Names, Ref
from salesboard.importing.outline import Plan
from salesboard.importing.sources import Source
from salesboard.importing.table import Row as TableRow
from salesboard.importing.values import Reader, eighteen
from salesboard.storage.models import Account, Product, Row

NAME_FIELDS = ("name", "key", "search")


@dataclass
class Claimed:
    """What a row of a file says about something that is on the board already."""

    source: Source
    row: TableRow
    ref: Ref
    claims: dict[str, Any]


@dataclass
class _Parent:
    source: Source
    row: TableRow
    ref: Ref
    name: str | None
    identity: str | None


@dataclass
class Directory:
    """Collects the rows about accounts and products, then compares them with the board."""

    plan: Plan
    accounts: Names
    products: Names
    prices: dict[Ref, int | None]
    """List price of every product in minor units, as it will be."""
    ids: dict[str, Ref] = field(default_factory=dict)
    """Accounts by their key in the file that they came with, whichever system that is."""
    _claimed: dict[str, list[Claimed]] = field(default_factory=lambda: {ACCOUNTS: [], PRODUCTS: []})
    _parents: list[_Parent] = field(default_factory=list)
    _met: dict[tuple[str, Ref], tuple[int, list[str]]] = field(default_factory=dict)

    def read_accounts(self, source: Source, reader: Reader) -> None:
        """Take in a file of accounts."""
        for row, cell in _rows(self.plan, source):
            try:
                self._read_account(source, reader, row, cell)
            except Refused as refused:
                self.plan.refuse(source, row.line, row.cells, str(refused))

    def read_products(self, source: Source, reader: Reader) -> None:
        """Take in a file of products."""
        for row, cell in _rows(self.plan, source):
            try:
                self._read_product(source, reader, row, cell)
            except Refused as refused:
                self.plan.refuse(source, row.line, row.cells, str(refused))

    def finish(self) -> None:
        """Join subsidiaries to their parents and find what changes on the board."""
        self._join_parents()
        self._compare(ACCOUNTS, Account, [NAME_FIELDS])
        self._compare(PRODUCTS, Product, [])

    def _read_account(self, source: Source, reader: Reader, row: TableRow, cell: Mapping[str, str]) -> None:
        if _is_deleted(reader, cell):
            return
        _check_currency(reader, cell)
        name = text.clean(cell["name"], field="account name")
        identity = _identity(source, reader, cell, "id")
        external = f"{source.system}:{identity}" if identity else None
        claims = _account_facts(reader, cell)
        ref = self.accounts.external(external)
        if ref is None:
            ref = self.accounts.find(name)
            if (
                ref is not None
                and external
                and (self.accounts.key_of(ref) or "").startswith(f"{source.system}:")
            ):
                raise Refused(f"another account is called {self.accounts.name(ref)} too; rename one of them")
        elif text.match_key(name) != text.match_key(self.accounts.name(ref)):
            claims |= self._renamed(ref, name)
        names = {"name": name, "key": text.match_key(name), "search": text.search_key(name)}
        if ref is None:
            ref = self.accounts.add(name, {**names, **claims, "external": external})
            self.plan.counts[ACCOUNTS].new += 1
            self._met[ACCOUNTS, ref] = (row.line, row.cells)
        elif self._is_first(ACCOUNTS, source, row, ref):
            if external and self.accounts.key_of(ref) is None:
                claims["external"] = external
            self._claimed[ACCOUNTS].append(Claimed(source, row, ref, claims))
        if external and identity:
            self.accounts.is_external(ref, external)
            self.ids.setdefault(eighteen(identity), ref)
        parent = text.optional(cell.get("parent"), field="parent")
        parent_id = _identity(source, reader, cell, "parent_id")
        if parent or parent_id or "parent" in cell:
            self._parents.append(_Parent(source, row, ref, parent, parent_id))

    def _renamed(self, ref: Ref, name: str) -> dict[str, Any]:
        other = self.accounts.find(name)
        if other is not None and other != ref:
            raise Refused(f"another account is called {self.accounts.name(other)} already")
        return {"name": name, "key": text.match_key(name), "search": text.search_key(name)}

    def _is_first(self, kind: str, source: Source, row: TableRow, ref: Ref) -> bool:
        """Whether nothing was said of this yet; the same again is passed over. Refused: something else."""
        before = self._met.setdefault((kind, ref), (row.line, row.cells))
        if before == (row.line, row.cells):
            return True
        if before[1] != row.cells:
            raise Refused(f"line {before[0]} is about the same one, and says something else")
        self.plan.counts[kind].same += 1
        return False

    def _join_parents(self) -> None:
        above = dict(Account.select(Account.id, Account.parent).where(Account.parent.is_null(False)).tuples())
        claimed = {one.ref: one for one in self._claimed[ACCOUNTS]}
        for said in self._parents:
            parent = self._parent(said)
            if parent is not None and _would_go_round(above, said.ref, parent):
                self.plan.warnings.append(
                    f"{said.source.name}, line {said.row.line}: "
                    f"{self.accounts.name(said.ref)} can not be beneath itself"
                )
                continue
            if parent is not None:
                above[said.ref] = parent
            if said.ref < 0:
                self.accounts.new[~said.ref]["parent"] = parent
            else:
                claimed[said.ref].claims["parent"] = parent

    def _parent(self, said: _Parent) -> Ref | None:
        if said.identity is not None:
            found = self.account_of(said.source.system, said.identity)
            if found is not None:
                return found
        if said.name is None:
            return None
        self.accounts.hear(said.name)
        found = self.accounts.find(said.name)
        return self.new_account(said.name, None) if found is None else found

    def account_of(self, system: str, identity: str) -> Ref | None:
        """The account of this key in another system."""
        found = self.accounts.external(f"{system}:{identity}")
        return self.ids.get(identity) if found is None else found

    def new_account(self, name: str, external: str | None) -> Ref:
        """Note an account that is only mentioned."""
        cleaned = text.clean(name, field="account name")
        values = {"name": cleaned, "key": text.match_key(cleaned), "search": text.search_key(cleaned)}
        ref = self.accounts.add(cleaned, {**values, "external": external})
        if external:
            self.accounts.is_external(ref, external)
        self.plan.counts[ACCOUNTS].new += 1
        return ref

    def new_product(self, name: str) -> Ref:
        """Note a product that is only mentioned; it has no list price."""
        cleaned = text.clean(name, field="product name")
        ref = self.products.add(cleaned, {"name": cleaned, "key": text.match_key(cleaned)})
        self.prices[ref] = None
        self.plan.counts[PRODUCTS].new += 1
        return ref

    def _read_product(self, source: Source, reader: Reader, row: TableRow, cell: Mapping[str, str]) -> None:
        if _is_deleted(reader, cell):
            return
        _check_currency(reader, cell)
        name = text.clean(cell["name"], field="product name")
        claims: dict[str, Any] = {}
        if "series" in cell:
            claims["series"] = text.optional(cell["series"], field="series")
        if "list_price" in cell:
            claims["list_price_minor"] = reader.amount(cell["list_price"], "list price")
        if cell.get("active", "").strip():
            claims["active"] = reader.truth(cell["active"], "active")
        ref = self.products.find(name)
        if ref is None:
            ref = self.products.add(name, {"name": name, "key": text.match_key(name), **claims})
            self.plan.counts[PRODUCTS].new += 1
            self._met[PRODUCTS, ref] = (row.line, row.cells)
            self.prices[ref] = claims.get("list_price_minor")
        elif self._is_first(PRODUCTS, source, row, ref):
            self._claimed[PRODUCTS].append(Claimed(source, row, ref, claims))

    def _compare(self, kind: str, model: type[Row], groups: Sequence[Sequence[str]]) -> None:
        changes = compare(self.plan, kind, model, self._claimed[kind], groups)
        for row, changed in changes:
            if "list_price_minor" in changed:
                self.prices[row] = changed["list_price_minor"]


def compare(
    plan: Plan, kind: str, model: type[Row], claimed: Sequence[Claimed], groups: Sequence[Sequence[str]]
) -> list[tuple[int, dict[str, Any]]]:
    """Settle what files say about rows of the board; notes the changes and counts them."""
    changes: list[tuple[int, dict[str, Any]]] = []
    for part in merging.parts(claimed):
        ids = [one.ref for one in part]
        board = {row["id"]: row for row in model.select().where(model.id.in_(ids)).dicts()}
        differing = [one.ref for one in part if merging.differs(one.claims, board[one.ref])]
        before = merging.said_before(model, differing)
        for one in part:
            stands = board[one.ref]
            settled = merging.settle(
                one.claims, stands, before.get(one.ref), groups, take_doubtful=plan.options.take_doubtful
            )
            if settled.doubts:
                plan.doubt(one.source, one.row.line, one.row.cells, changed_here_too(settled.doubts))
            elif settled.changes:
                changes.append((one.ref, settled.changes))
                plan.counts[kind].changed += 1
            else:
                plan.counts[kind].same += 1
    plan.work.changed.setdefault(kind, []).extend(changes)
    plan.work.relied |= {row for row, _ in changes}
    return changes


def changed_here_too(doubts: Sequence[str]) -> str:
    """Why a row is doubtful: somebody has changed the same facts on the board since the last import."""
    names = ", ".join(name.removesuffix("_minor").replace("_", " ") for name in doubts)
    return f"{names} changed in the file and on the board since the last import; the board's stays"


def _rows(plan: Plan, source: Source) -> Any:
    """The rows that can be read, each with its cells by field."""
    places = source.columns.places
    for row in source.read_rows():
        if row.fault is not None:
            plan.refuse(source, row.line, row.cells, row.fault)
        else:
            yield row, {name: row.cells[place] for name, place in places.items()}


def _account_facts(reader: Reader, cell: Mapping[str, str]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in ("sector", "location", "website"):
        if name in cell:
            facts[name] = text.optional(cell[name], field=name)
    for name in ("founded", "employees"):
        if name in cell:
            facts[name] = reader.whole(cell[name], name)
    if "turnover" in cell:
        facts["turnover_minor"] = reader.amount(cell["turnover"], "turnover")
    elif "turnover_millions" in cell:
        facts["turnover_minor"] = reader.millions(cell["turnover_millions"], "turnover")
    return facts


def _identity(source: Source, reader: Reader, cell: Mapping[str, str], name: str) -> str | None:
    found = reader.identity(cell[name], name.replace("_", " ")) if cell.get(name) else None
    return eighteen(found) if found and source.system == SALESFORCE else found


def _is_deleted(reader: Reader, cell: Mapping[str, str]) -> bool:
    return "deleted" in cell and reader.truth(cell["deleted"], "deleted")


def _check_currency(reader: Reader, cell: Mapping[str, str]) -> None:
    said = cell.get("currency", "").strip().upper()
    if said and said != reader.currency:
        raise Refused(f"the amounts are in {text.visible(said[:20])}; this board keeps {reader.currency}")


def _would_go_round(above: Mapping[Ref, Ref], ref: Ref, parent: Ref) -> bool:
    steps = 0
    while parent is not None and steps < 10_000:
        if parent == ref:
            return True
        parent, steps = above.get(parent), steps + 1  # type: ignore[assignment]
    return False
