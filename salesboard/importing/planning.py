"""The dry run: everything read, matched and compared, counted and prepared, nothing written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from salesboard import clock
from salesboard.domain import company, money, text
from salesboard.domain.permissions import may, require
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.spreadsheets import board_key, entry_of
from salesboard.errors import Refused
from salesboard.importing import merging
from salesboard.importing.columns import ACCOUNTS, DEALS, PEOPLE, PRODUCTS, SALESBOARD, STAGES
from salesboard.importing.deals import REASON_UNKNOWN, DealReader, DealRow, Visit
from salesboard.importing.directory import Directory, changed_here_too
from salesboard.importing.matching import Names, Ref, Stages
from salesboard.importing.outline import (
    CONTACTS,
    ChangedDeal,
    LineMade,
    NewDeal,
    Options,
    Plan,
    Progress,
)
from salesboard.importing.people import Staff
from salesboard.importing.sources import Source
from salesboard.importing.table import Row
from salesboard.importing.values import Reader, eighteen
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    LARGEST_AMOUNT,
    Account,
    Contact,
    Deal,
    DealLine,
    Person,
    Product,
    Stay,
)

TOGETHER = 1000
ORDER_BITS = 40
_STANDING = ("stage", "status", "closed_on", "reason")
_GROUPS = (("title", "search"), _STANDING, ("value_minor", "estimated"))


@dataclass(frozen=True)
class ToAdd:
    """A name that nobody knows yet; it is added when the row that says it is taken."""

    name: str
    external: str | None = None


def plan(
    sources: Sequence[Source],
    *,
    actor: Actor,
    now: datetime,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Plan:
    """What an import of these files would do at this moment; nothing is written.

    Refused: who may not import, dates or numbers that can be read in two ways (until `read_files` is told the
    style).
    """
    with storage.snapshot():
        require(actor, "import", today=company.facts().today(now))
        return _Planner(list(sources), actor, now, options or Options(), progress).planned()


class _Planner:
    """Goes through the files of one import."""

    def __init__(
        self, sources: list[Source], actor: Actor, now: datetime, options: Options, progress: Progress | None
    ) -> None:
        self._actor = actor
        self._now = now
        self._facts = company.facts()
        self._today = self._facts.today(now)
        self._progress = progress
        self._done = 0
        self._total = sum(source.rows for source in sources)
        currency = self._currency(sources)
        self.plan = Plan(sources, options, ledger.end()[0], currency)
        if currency != self._facts.currency:
            self.plan.work.currency = currency
            self.plan.warnings.append(
                f"there are no amounts on this board yet: its currency becomes {currency}"
            )
        self._board_key = board_key()
        self._accounts = Names(
            "account", Account, Account.select(Account.id, Account.name, Account.key).tuples()
        )
        for row, external in (
            Account.select(Account.id, Account.external).where(Account.external.is_null(False)).tuples()
        ):
            self._accounts.is_external(row, external)
        self._products = Names(
            "product", Product, Product.select(Product.id, Product.name, Product.key).tuples()
        )
        prices = dict(Product.select(Product.id, Product.list_price_minor).tuples())
        self._people = Names("person", Person, Person.select(Person.id, Person.name, Person.key).tuples())
        for row, handle, login in Person.select(Person.id, Person.handle, Person.login).tuples():
            self._people.knows_as(row, handle, login)
        self._directory = Directory(self.plan, self._accounts, self._products, prices)
        self._staff = Staff(self.plan, self._people, self._today)
        self._readers: dict[str, Reader] = {}
        self._stages: dict[str, Stages] = {}
        self._mentioned: dict[str, list[str]] = {ACCOUNTS: [], PRODUCTS: []}
        self._contacts: dict[tuple[Ref, str], Ref] | None = None
        self._met: dict[int, int] = {}
        self._history: dict[str, list[Visit]] = {}
        self._won_without_value = 0
        self._moments: dict[str | None, int | None] = {}
        self._loose: dict[tuple[str, Ref | None, date | None], list[int]] | None = None
        self._taken: set[int] = set()
        """Deals without a key of their own that a row has been found to be about."""

    def planned(self) -> Plan:
        """The plan for all files; the small ones that others refer to are read first."""
        by_kind: dict[str, list[Source]] = {}
        for source in self.plan.sources:
            by_kind.setdefault(source.kind, []).append(source)
            self._readers[source.name] = source.reader(
                currency=self.plan.currency, zone=self._facts.zone, today=self._today
            )
        for source in by_kind.get(ACCOUNTS, []):
            self._directory.read_accounts(source, self._readers[source.name])
            self._tell(source)
        for source in by_kind.get(PRODUCTS, []):
            self._directory.read_products(source, self._readers[source.name])
            self._tell(source)
        for source in by_kind.get(PEOPLE, []):
            self._staff.read(source, self._readers[source.name])
            self._tell(source)
        self._directory.finish()
        self._staff.finish()
        for source in by_kind.get(STAGES, []):
            self._read_history(source)
        for source in by_kind.get(DEALS, []):
            self._read_deals(source)
        self._staff.name_new_handles()
        self._finish()
        return self.plan

    # --- before the rows ---

    def _currency(self, sources: Sequence[Source]) -> str:
        """The board's currency, or that of the files where it has no amounts and the actor may change it."""
        said = set().union(*(source.currencies for source in sources))
        kept = self._facts.currency
        if len(said) != 1 or said == {kept} or not may(self._actor, "edit company", today=self._today):
            return kept
        (other,) = said
        amounts = (
            Deal.select().where(Deal.value_minor.is_null(False)),
            Product.select().where(Product.list_price_minor.is_null(False)),
            Account.select().where(Account.turnover_minor.is_null(False)),
        )
        if any(query.exists() for query in amounts):
            return kept
        try:
            money.minor_digits(other)
        except Refused:
            return kept
        return other

    def _tell(self, source: Source, rows: int | None = None) -> None:
        self._done += source.rows if rows is None else rows
        if self._progress is not None:
            self._progress(self._done, self._total, source.name)

    def _read_history(self, source: Source) -> None:
        """The instants at which deals came to their stages; a row that repeats the stage says nothing new."""
        reader = self._readers[source.name]
        stages = self._stages_of(source)
        places = source.columns.places
        for row in source.read_rows():
            try:
                if row.fault is not None:
                    raise Refused(row.fault)
                deal = reader.identity(row.cells[places["deal_id"]], "deal id")
                meaning = stages.meaning(row.cells[places["stage"]].strip())
                moment = reader.moment(row.cells[places["entered_on"]], "entered on")
                if deal is None or meaning is None or moment is None:
                    raise Refused("it does not say which deal came to which stage when")
            except Refused as refused:
                self.plan.refuse(source, row.line, row.cells, str(refused))
                continue
            at = min(reader.instant_of(moment), self._now)
            stage = meaning.stage.id if meaning.stage else 0
            self._history.setdefault(eighteen(deal), []).append(Visit(stage, meaning.status or OPEN, at))
        self._tell(source)

    def _stages_of(self, source: Source) -> Stages:
        return self._stages.setdefault(source.name, Stages(company.stages(), source.stage_words))

    # --- deals ---

    def _read_deals(self, source: Source) -> None:
        deals = DealReader(
            source.columns, self._readers[source.name], self._stages_of(source), self._now, self._history
        )
        numbered: dict[str, list[int]] = {}
        rows = source.read_rows()
        while chunk := list(islice(rows, TOGETHER)):
            said = [deal for row in chunk if (deal := self._read_deal(source, deals, row)) is not None]
            told_apart = self._number(source, said, numbered)
            self._compare(source, [deal for deal in told_apart if self._is_first(source, deal)])
            self._tell(source, len(chunk))
        self.plan.unknown_stages += deals.unknown
        self.plan.warnings += [
            f"{source.name}, {_rows(rows)}: {warning}" for warning, rows in deals.warned.most_common()
        ]

    def _read_deal(self, source: Source, deals: DealReader, row: Row) -> DealRow | None:
        try:
            if row.fault is not None:
                raise Refused(row.fault)
            deal = deals.read(row)
            if deal is not None:
                self._check_owner(source, deal)
                self._check_account(source, deal)
                self._hear(deal)
            return deal
        except Refused as refused:
            self.plan.refuse(source, row.line, row.cells, str(refused))
            return None

    def _hear(self, deal: DealRow) -> None:
        self._people.hear(deal.owner)
        self._accounts.hear(deal.account)
        for line in deal.lines or ():
            self._products.hear(line.product)

    def _check_owner(self, source: Source, deal: DealRow) -> None:
        if self._owner(deal) is not None:
            return
        if not source.columns.has("owner", "owner_id") and self._actor.id is not None:
            return
        said = deal.owner or deal.owner_id
        if said is None:
            raise Refused("it has no owner")
        if deal.owner is None:
            raise Refused(f"there is no person with the id {text.echo(said)}; bring the file of people along")
        if not self.plan.options.new_people:
            raise Refused(
                f"there is no person {text.echo(said)}; "
                "add them first, bring a file of people, or allow new people"
            )

    def _check_account(self, source: Source, deal: DealRow) -> None:
        if deal.account is None and deal.account_id is not None and self._account(source, deal) is None:
            raise Refused(
                f"there is no account with the id {text.echo(deal.account_id)}; "
                "bring the file of accounts along"
            )

    def _number(
        self, source: Source, said: Sequence[DealRow], numbered: dict[str, list[int]]
    ) -> list[DealRow]:
        """Give rows without a key of their own one that is made of title, account and day of opening.

        The second row that says all three alike gets another one, so that both can be told again next time;
        where it repeats the first one word for word, it is doubtful.
        """
        kept = []
        for deal in said:
            opened_on = deal.facts.get("opened_on")
            if deal.external is None and None not in (deal.title, deal.account, opened_on):
                key = f"{text.match_key(str(deal.title))}\n{text.match_key(str(deal.account))}\n{opened_on}"
                before = numbered.setdefault(key, [])
                row = hash(tuple(deal.cells))
                if row in before and not self.plan.options.take_doubtful:
                    self.plan.doubt(
                        source, deal.line, deal.cells, "it repeats another row word for word and has no id"
                    )
                    continue
                before.append(row)
                digest = hashlib.sha256(f"{key}\n{len(before)}".encode()).hexdigest()
                deal.numbered = f"{source.system}:#{digest[:20]}"
            kept.append(deal)
        return kept

    def _is_first(self, source: Source, deal: DealRow) -> bool:
        """Whether no row before has the same key; what is repeated word for word is passed over."""
        key = deal.external or deal.numbered
        if key is None:
            return True
        said = hash(tuple(deal.cells))
        if hash(key) not in self._met:
            self._met[hash(key)] = said
            return True
        if self._met[hash(key)] == said:
            self.plan.counts[DEALS].same += 1
        else:
            reason = (
                "another row has the same id, or the same title, account and day, and says something else"
            )
            self.plan.refuse(source, deal.line, deal.cells, reason)
        return False

    def _compare(self, source: Source, said: Sequence[DealRow]) -> None:
        board = self._known_deals(said)
        differing: list[tuple[DealRow, dict[str, Any], dict[str, Any]]] = []
        known = [row["id"] for row in board.values()]
        lines = self._lines_of(known) if source.columns.has("product") else {}
        stays = self._stays_of(
            [board[n]["id"] for n, deal in enumerate(said) if n in board and deal.tells_way]
        )
        for number, deal in enumerate(said):
            if number not in board:
                self._take_new(source, deal)
                continue
            stands = board[number]
            claims = self._claims(source, deal, stands)
            if (
                merging.differs(claims, stands)
                or self._value_withdrawn(source, deal, stands)
                or (
                    deal.lines is not None
                    and not _same_lines(self._lines(source, deal), lines.get(stands["id"], []))
                )
                or (deal.tells_way and not _same_way(deal.visits, stays[stands["id"]]))
                or _touched_later(deal, stands)
            ):
                differing.append((deal, stands, claims))
            else:
                self.plan.counts[DEALS].same += 1
        if differing:
            self._settle(source, differing, lines)

    # --- which deal is meant ---

    def _known_deals(self, said: Sequence[DealRow]) -> dict[int, dict[str, Any]]:
        """The deals of the board that rows are about, by the place of the row."""
        own = {
            place: int(str(deal.own).partition(":")[2])
            for place, deal in enumerate(said)
            if self._is_ours(deal)
        }
        by_id = self._deals_where(Deal.id, sorted(set(own.values())))
        found = {place: by_id[row] for place, row in own.items() if row in by_id}
        keys = {key for place, deal in enumerate(said) if place not in found for key in _keys(deal)}
        by_key = {row["external"]: row for row in self._deals_where(Deal.external, sorted(keys)).values()}
        for place, deal in enumerate(said):
            if place not in found and (key := next((key for key in _keys(deal) if key in by_key), None)):
                found[place] = by_key[key]
        self._find_loose(said, found)
        return found

    def _is_ours(self, deal: DealRow) -> bool:
        board, _, number = str(deal.own).partition(":")
        if deal.as_of is not None and self._entry_of(deal) is None:
            return False
        return board == self._board_key and number.isascii() and number.isdigit() and len(number) < 18

    def _entry_of(self, deal: DealRow) -> int | None:
        """The entry of this board's ledger as of which a row of our own was written."""
        if deal.as_of not in self._moments:
            self._moments[deal.as_of] = entry_of(deal.as_of) if deal.as_of else None
        return self._moments[deal.as_of]

    def _deals_where(self, column: Any, values: Sequence[Any]) -> dict[int, dict[str, Any]]:
        return {
            row["id"]: row
            for part in merging.parts(values)
            for row in Deal.select().where(column.in_(part)).dicts().iterator()
        }

    def _find_loose(self, said: Sequence[DealRow], found: dict[int, dict[str, Any]]) -> None:
        """Look for deals without a foreign key by title, account and day of opening, never by name only."""
        self._taken |= {row["id"] for row in found.values() if _is_loose(row["external"])}
        missing: dict[int, int] = {}
        for place, deal in enumerate(said):
            if place in found or deal.own is not None:
                continue
            account = self._accounts.find(deal.account) if deal.account else None
            opened_on = deal.facts.get("opened_on")
            if deal.title is None or account is None or opened_on is None:
                continue
            loose = self._loose_deals().get((text.match_key(deal.title), account, opened_on), [])
            match = next((row for row in loose if row not in self._taken), None)
            if match is not None:
                self._taken.add(match)
                missing[place] = match
        by_id = self._deals_where(Deal.id, sorted(set(missing.values())))
        found |= {place: by_id[row] for place, row in missing.items()}

    def _loose_deals(self) -> Mapping[tuple[str, Ref | None, date | None], list[int]]:
        """Deals of the board without a foreign key, by title, account and day of opening, and without day."""
        if self._loose is None:
            self._loose = {}
            query = Deal.select(Deal.id, Deal.title, Deal.account, Deal.opened_on).order_by(Deal.id)
            query = query.where(Deal.external.is_null() | Deal.external.contains(":#"))
            for row, title, account, opened_on in query.tuples().iterator():
                key = text.match_key(title)
                self._loose.setdefault((key, account, opened_on), []).append(row)
                if opened_on is not None:
                    self._loose.setdefault((key, account, None), []).append(row)
        return self._loose

    # --- what a row refers to ---

    def _owner(self, deal: DealRow) -> Ref | None:
        if (
            deal.owner_id is not None
            and (known := self._staff.by_id.get(eighteen(deal.owner_id))) is not None
        ):
            return known
        return self._people.find(deal.owner) if deal.owner else None

    def _account(self, source: Source, deal: DealRow) -> Ref | ToAdd | None:
        if deal.account_id is not None:
            known = self._directory.account_of(source.system, deal.account_id)
            if known is not None:
                return known
        if deal.account is None:
            return None
        known = self._accounts.find(deal.account)
        if known is not None:
            return known
        external = f"{source.system}:{deal.account_id}" if deal.account_id else None
        return ToAdd(deal.account, external)

    def _lines(self, source: Source, deal: DealRow) -> list[tuple[Ref | ToAdd, int, int | None]]:
        """The lines of a row; one cell that names several products becomes several lines."""
        made: list[tuple[Ref | ToAdd, int, int | None]] = []
        for line in deal.lines or ():
            named = self._several(line.product, source)
            made += [(product, line.quantity, line.amount) for product in named]
        if len(made) == 1 and source.system != SALESBOARD:
            made = [(made[0][0], made[0][1], deal.value)]
        return made

    def _several(self, said: str, source: Source) -> list[Ref | ToAdd]:
        known = self._products.find(said)
        if known is not None:
            return [known]
        if source.system != SALESBOARD:
            for mark in (";", ","):
                parts = [part.strip() for part in said.split(mark) if part.strip()]
                found = [self._products.find(part) for part in parts]
                if len(parts) > 1 and (mark == ";" or None not in found):
                    return [
                        ToAdd(part) if ref is None else ref for part, ref in zip(parts, found, strict=True)
                    ]
        return [ToAdd(said)]

    def _made(self, kind: str, found: Ref | ToAdd) -> Ref:
        """The reference of what a taken row names; what nobody knew is noted now."""
        if not isinstance(found, ToAdd):
            return found
        names = self._accounts if kind == ACCOUNTS else self._products
        known = names.find(found.name)
        if known is not None:
            return known
        self._mentioned[kind].append(found.name)
        if kind == ACCOUNTS:
            return self._directory.new_account(found.name, found.external)
        return self._directory.new_product(found.name)

    def _made_owner(self, source: Source, deal: DealRow) -> Ref:
        owner = self._owner(deal)
        if owner is not None:
            return owner
        if deal.owner is None:
            assert self._actor.id is not None
            return self._actor.id
        return self._staff.new_rep(deal.owner)

    def _contact(self, account: Ref | None, said: str | None) -> Ref | None:
        """The contact of this name at the account; noted where there is none."""
        if said is None or account is None:
            return None
        if self._contacts is None:
            query = Contact.select(Contact.account, Contact.key, Contact.id).tuples()
            self._contacts = {(at, key): row for at, key, row in query}
        key = text.match_key(said)
        if (account, key) not in self._contacts:
            self.plan.work.contacts.append({"account": account, "name": said, "key": key})
            self._contacts[account, key] = ~(len(self.plan.work.contacts) - 1)
            self.plan.counts[CONTACTS].new += 1
        return self._contacts[account, key]

    # --- new deals ---

    def _take_new(self, source: Source, deal: DealRow) -> None:
        account = self._account(source, deal)
        if self._may_be_there(deal, account) and not self.plan.options.take_doubtful:
            reason = "a deal of this title and account is there; no id or date tells whether it is the same"
            self.plan.doubt(source, deal.line, deal.cells, reason)
            return
        lines = self._lines(source, deal)
        title = deal.title or self._title(lines, account)
        if title is None:
            reason = "it has neither a title nor a product nor an account to be called by"
            self.plan.refuse(source, deal.line, deal.cells, reason)
            return
        made = [
            LineMade(self._made(PRODUCTS, product), quantity, amount) for product, quantity, amount in lines
        ]
        made = [
            line if line.amount_minor is not None or deal.estimated is not None else self._priced(line)
            for line in made
        ]
        value, estimated = self._value(deal, made)
        if any(
            amount is not None and amount > LARGEST_AMOUNT
            for amount in (value, *(line.amount_minor for line in made))
        ):
            self.plan.refuse(source, deal.line, deal.cells, "its value is beyond all measure")
            return
        account_ref = self._made(ACCOUNTS, account) if account is not None else None
        facts = {"opened_on": None, **deal.facts}
        values = {
            "title": title,
            "search": text.search_key(title),
            "account": account_ref,
            "contact": self._contact(account_ref, deal.contact),
            "owner": self._made_owner(source, deal),
            "stage": deal.stage.id,
            "status": deal.status,
            "value_minor": value,
            "estimated": estimated,
            "external": deal.external or deal.numbered,
            **facts,
        }
        self._won_without_value += deal.status == WON and value is None
        number = self._queue(deal)
        self.plan.work.deals.add(NewDeal(values, made, deal.visits, number))
        self.plan.counts[DEALS].new += 1

    def _may_be_there(self, deal: DealRow, account: Ref | ToAdd | None) -> bool:
        """Whether a deal looks like one that is there: same title and account, no key and no date to tell."""
        if deal.external is not None or deal.title is None or isinstance(account, ToAdd):
            return False
        opened_on = deal.facts.get("opened_on")
        if account is not None and opened_on is not None:
            return False
        return bool(self._loose_deals().get((text.match_key(deal.title), account, opened_on)))

    def _title(
        self, lines: Sequence[tuple[Ref | ToAdd, int, int | None]], account: Ref | ToAdd | None
    ) -> str | None:
        """What a deal without a title is called: by its product, else by its account."""
        for names, found in ((self._products, lines[0][0] if lines else None), (self._accounts, account)):
            if isinstance(found, ToAdd):
                return found.name
            if found is not None:
                return names.name(found)
        return None

    def _priced(self, line: LineMade) -> LineMade:
        price = self._directory.prices.get(line.product)
        return line if price is None else line._replace(amount_minor=price * line.quantity)

    def _value(self, deal: DealRow, lines: Sequence[LineMade]) -> tuple[int | None, bool]:
        """Minor units; an open deal without a value takes the list price of its products, as an estimate."""
        if deal.estimated is not None:
            return deal.value, deal.estimated
        if deal.value is not None or deal.status != OPEN:
            return deal.value, False
        known = [line.amount_minor for line in lines if line.amount_minor is not None]
        return (sum(known), True) if known else (None, False)

    def _queue(self, deal: DealRow) -> int:
        """A number for a deal that comes to a stage, by which it finds its place there."""
        number = self.plan.work.numbers
        self.plan.work.numbers += 1
        self.plan.work.order.setdefault(deal.stage.id, []).append((deal.order << ORDER_BITS) + number)
        return number

    # --- deals that are there ---

    def _claims(self, source: Source, deal: DealRow, stands: Mapping[str, Any]) -> dict[str, Any]:
        """What the row says about a deal of the board, as far as it says anything."""
        claims: dict[str, Any] = {name: value for name, value in deal.facts.items() if name != "touched_on"}
        if deal.title is not None:
            claims |= {"title": deal.title, "search": text.search_key(deal.title)}
        if source.columns.has("account", "account_id"):
            claims["account"] = self._account(source, deal)
        if source.columns.has("owner", "owner_id"):
            claims["owner"] = ToAdd(str(deal.owner)) if (owner := self._owner(deal)) is None else owner
        claims |= {"stage": deal.stage.id, "status": deal.status}
        if deal.status == stands["status"] != OPEN:
            if source.system != SALESBOARD:
                claims["stage"] = stands["stage"]
            if claims["reason"] in (None, REASON_UNKNOWN) and stands["reason"]:
                claims["reason"] = stands["reason"]
        if deal.estimated is not None:
            claims |= {"value_minor": deal.value, "estimated": deal.estimated}
        elif deal.value is not None:
            claims |= {"value_minor": deal.value, "estimated": False}
        key = deal.external or deal.numbered
        if key and not key.startswith(f"{SALESBOARD}:{self._board_key}:") and _is_loose(stands["external"]):
            claims["external"] = key
        if source.columns.has("contact"):
            claims["contact"] = self._contact_said(claims.get("account", stands["account"]), deal.contact)
        return claims

    def _contact_said(self, account: Ref | ToAdd | None, said: str | None) -> Ref | ToAdd | None:
        if said is None or account is None:
            return None
        if isinstance(account, ToAdd):
            return ToAdd(said)
        if self._contacts is None:
            query = Contact.select(Contact.account, Contact.key, Contact.id).tuples()
            self._contacts = {(at, key): row for at, key, row in query}
        return self._contacts.get((account, text.match_key(said)), ToAdd(said))

    def _value_withdrawn(self, source: Source, deal: DealRow, stands: Mapping[str, Any]) -> bool:
        """Whether the file has no value (any more) for an open deal of which the board has an agreed one."""
        said = deal.value is not None or deal.estimated is not None or not source.columns.has("value")
        return (
            not said and deal.status == OPEN and stands["value_minor"] is not None and not stands["estimated"]
        )

    def _settle(
        self,
        source: Source,
        differing: Sequence[tuple[DealRow, dict[str, Any], dict[str, Any]]],
        lines: Mapping[int, list[LineMade]],
    ) -> None:
        bases = self._bases(source, differing)
        rows = [stands["id"] for _, stands, _ in differing]
        since = {stands["id"]: self._entry_of(deal) or 0 for deal, stands, _ in differing}
        touched_lines = (
            merging.touched_children(DealLine, rows, since) if source.columns.has("product") else set()
        )
        touched_stays = merging.touched_children(Stay, rows, since)
        stays = self._stays_of(rows)
        for deal, stands, claims in differing:
            row, base = stands["id"], bases.get(stands["id"])
            said = self._lines(source, deal) if deal.lines is not None else None
            agreed_before = base and base.get("value_minor") is not None and not base.get("estimated")
            if agreed_before and self._value_withdrawn(source, deal, stands):
                claims |= self._estimate(said)
            take = self.plan.options.take_doubtful
            settled = merging.settle(claims, stands, base, _GROUPS, take_doubtful=take)
            new_lines = None
            if said is not None and not _same_lines(said, lines.get(row, [])) and (said or base is not None):
                if row in touched_lines and not take:
                    settled.doubts.append("products")
                else:
                    new_lines = said
            if settled.doubts:
                self.plan.doubt(source, deal.line, deal.cells, changed_here_too(settled.doubts))
                continue
            self._take_changed(
                source, deal, stands, settled.changes, new_lines, stays[row], row in touched_stays
            )

    def _estimate(self, said: Sequence[tuple[Ref | ToAdd, int, int | None]] | None) -> dict[str, Any]:
        priced = [
            self._priced(LineMade(product, quantity, None)).amount_minor
            for product, quantity, _ in said or ()
            if not isinstance(product, ToAdd)
        ]
        known = [amount for amount in priced if amount is not None]
        return {"value_minor": sum(known) if known else None, "estimated": bool(known)}

    def _bases(
        self, source: Source, differing: Sequence[tuple[DealRow, dict[str, Any], dict[str, Any]]]
    ) -> dict[int, dict[str, Any]]:
        """What the file said about each deal before."""
        written: dict[int, list[int]] = {}
        others: list[int] = []
        for deal, stands, _ in differing:
            if self._is_ours(deal) and (entry := self._entry_of(deal)) is not None:
                written.setdefault(entry, []).append(stands["id"])
            else:
                others.append(stands["id"])
        bases = merging.said_before(Deal, others)
        for entry, rows in written.items():
            bases |= merging.as_it_was(Deal, rows, entry)
        return bases

    def _take_changed(
        self,
        source: Source,
        deal: DealRow,
        stands: Mapping[str, Any],
        changes: dict[str, Any],
        lines: Sequence[tuple[Ref | ToAdd, int, int | None]] | None,
        stays: list[Visit],
        stays_touched: bool,
    ) -> None:
        visits = self._new_way(deal, changes, stays, stays_touched)
        if isinstance(changes.get("account"), ToAdd):
            changes["account"] = self._made(ACCOUNTS, changes["account"])
        if isinstance(changes.get("owner"), ToAdd):
            changes["owner"] = self._made_owner(source, deal)
        if isinstance(changes.get("contact"), ToAdd):
            changes["contact"] = self._contact(changes.get("account", stands["account"]), deal.contact)
        if _touched_later(deal, stands):
            changes["touched_on"] = deal.facts["touched_on"]
        made = None
        if lines is not None:
            made = [
                LineMade(self._made(PRODUCTS, product), quantity, amount)
                for product, quantity, amount in lines
            ]
            if deal.estimated is None:
                made = [line if line.amount_minor is not None else self._priced(line) for line in made]
        if not changes and made is None and visits is None:
            self.plan.counts[DEALS].same += 1
            return
        number = self._queue(deal) if changes.get("stage", stands["stage"]) != stands["stage"] else None
        self.plan.work.changed_deals.add(ChangedDeal(stands["id"], changes, made, visits, number))
        self.plan.work.relied.add(stands["id"])
        self.plan.counts[DEALS].changed += 1

    def _new_way(
        self, deal: DealRow, changes: Mapping[str, Any], stays: list[Visit], touched: bool
    ) -> list[Visit] | None:
        """The deal's way through the stages after these changes; None where it stays as it is."""
        if deal.tells_way and not touched:
            return None if _same_way(deal.visits, stays) else deal.visits
        steps = list(stays)
        opened_on = changes.get("opened_on")
        if opened_on is not None and steps:
            opened = clock.start_of_day(opened_on, self._facts.zone)
            steps[0] = steps[0]._replace(at=min([opened, *(visit.at for visit in steps[1:2] if visit.at)]))
        if "status" in changes or "stage" in changes:
            stage, status = changes.get("stage"), changes.get("status")
            if steps and (stage, status) != steps[-1][:2]:
                reopened = steps[-1].status != OPEN and status == OPEN
                at = self._now if reopened else deal.visits[-1].at or self._now
                steps.append(Visit(stage, status, max(at, steps[-1].at or at)))  # type: ignore[arg-type]
            elif changes.get("closed_on") and len(steps) > 1:
                closed = clock.start_of_day(changes["closed_on"], self._facts.zone)
                steps[-1] = steps[-1]._replace(at=max(closed, steps[-2].at or closed))
        return None if steps == stays else steps

    def _lines_of(self, deals: Sequence[int]) -> dict[int, list[LineMade]]:
        found: dict[int, list[LineMade]] = {}
        for part in merging.parts(deals):
            query = DealLine.select(DealLine.deal, DealLine.product, DealLine.quantity, DealLine.amount_minor)
            for deal, *line in query.where(DealLine.deal.in_(part)).order_by(DealLine.id).tuples():
                found.setdefault(deal, []).append(LineMade(*line))
        return found

    def _stays_of(self, deals: Sequence[int]) -> dict[int, list[Visit]]:
        return {deal: [Visit(*visit) for visit in visits] for deal, visits in stays_of(deals).items()}

    # --- after the rows ---

    def _finish(self) -> None:
        plan = self.plan
        heard: list[Names | Stages] = [self._accounts, self._products, self._people, *self._stages.values()]
        plan.matches = [match for names in heard for match in names.matches()]
        plan.matches.sort(key=lambda match: -match.rows)
        plan.work.accounts = self._accounts.new
        plan.work.products = self._products.new
        plan.work.people = self._people.new
        plan.work.mappings = {
            source.columns.signature: source.remembered for source in plan.sources if source.remembered
        }
        for kind, names_said in self._mentioned.items():
            if names_said:
                shown = ", ".join(names_said[:5]) + (", …" if len(names_said) > 5 else "")
                plan.warnings.append(
                    f"{kind} that no file describes are added: {len(names_said):,} ({shown})"
                )
        for source in plan.sources:
            plan.warnings += [f"{source.name}: {note}" for note in source.notes]
            for odd, rows in self._readers[source.name].odd.most_common():
                plan.warnings.append(
                    f"{source.name}, {_rows(rows)}: {text.echo(odd)} is no amount; left empty, not 0"
                )
        if self._won_without_value:
            plan.warnings.append(
                f"{_rows(self._won_without_value)}: won without an amount; a sale, but no revenue"
            )
        if plan.work.people or plan.work.teams or plan.work.memberships or plan.work.changed.get(PEOPLE):
            require(self._actor, "edit people", today=self._today)


def stays_of(deals: Sequence[int]) -> dict[int, list[tuple[int, str, datetime]]]:
    """The stays of deals in their order: stage, status and the instant at which each begins."""
    found: dict[int, list[tuple[int, str, datetime]]] = {deal: [] for deal in deals}
    for part in merging.parts(deals):
        query = (
            Stay.select(Stay.deal, Stay.stage, Stay.status, Stay.entered_at)
            .where(Stay.deal.in_(part))
            .order_by(Stay.deal, Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
        )
        for deal, *visit in query.tuples().iterator():
            found[deal].append((visit[0], visit[1], visit[2]))
    return found


def _keys(deal: DealRow) -> Iterator[str]:
    """The keys under which a deal may have come before, the surest first."""
    if deal.external:
        yield deal.external
    if deal.own and deal.external != f"{SALESBOARD}:{deal.own}":
        yield f"{SALESBOARD}:{deal.own}"
    if deal.numbered:
        yield deal.numbered


def _is_loose(external: str | None) -> bool:
    """Whether a deal has no key of another system, or only one that we made."""
    return external is None or ":#" in external


def _same_lines(said: Sequence[tuple[Ref | ToAdd, int, int | None]], lines: Sequence[LineMade]) -> bool:
    """Whether lines are the same; an amount that is not said is no difference."""
    return len(said) == len(lines) and all(
        product == line.product and quantity == line.quantity and amount in (None, line.amount_minor)
        for (product, quantity, amount), line in zip(said, lines, strict=True)
    )


def _same_way(said: Iterable[Visit], stays: Iterable[Visit]) -> bool:
    return Counter(said) == Counter(stays)


def _touched_later(deal: DealRow, stands: Mapping[str, Any]) -> bool:
    touched = deal.facts.get("touched_on")
    return touched is not None and (stands["touched_on"] is None or touched > stands["touched_on"])


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
