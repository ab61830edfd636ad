"""The dry run: everything read, matched and compared, counted and prepared, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from salesboard.domain import company, money, text
from salesboard.domain.permissions import may, require
from salesboard.domain.pipeline import OPEN
from salesboard.errors import Refused
from salesboard.importing.columns import ACCOUNTS, DEALS, PEOPLE, PRODUCTS, STAGES
from salesboard.importing.dealing import Deals
from salesboard.importing.deals import DealReader, DealRow, Visit
from salesboard.importing.directory import Directory
from salesboard.importing.identity import Identity
from salesboard.importing.matching import Names, Stages
from salesboard.importing.outline import Options, Plan, Progress
from salesboard.importing.people import Staff
from salesboard.importing.references import References
from salesboard.importing.sources import Source
from salesboard.importing.table import Row
from salesboard.importing.values import Reader, eighteen
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, Person, Product

TOGETHER = 1000


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
        self._plan = Plan(sources, options, ledger.end()[0], currency)
        if currency != self._facts.currency:
            self._plan.work.currency = currency
            self._plan.warnings.append(f"the board has no amounts yet: its currency becomes {currency}")
        self._accounts, self._products, self._people = _known_accounts(), _known_products(), _known_people()
        prices = dict(Product.select(Product.id, Product.list_price_minor).tuples())
        self._directory = Directory(self._plan, self._accounts, self._products, prices)
        self._staff = Staff(self._plan, self._people, self._today)
        self._identity = Identity(self._plan, self._accounts)
        self._references = References(self._plan, actor, self._directory, self._staff)
        self._deals = Deals(self._plan, self._identity, self._references, now, self._facts.zone)
        self._readers: dict[str, Reader] = {}
        self._stages: dict[str, Stages] = {}
        self._history: dict[str, list[Visit]] = {}

    def planned(self) -> Plan:
        """The plan for all files; the small ones that others refer to are read first."""
        for source in self._plan.sources:
            self._readers[source.name] = source.reader(
                currency=self._plan.currency, zone=self._facts.zone, today=self._today
            )
        for source in self._of_kind(ACCOUNTS):
            self._directory.read_accounts(source, self._readers[source.name])
            self._tell(source, source.rows)
        for source in self._of_kind(PRODUCTS):
            self._directory.read_products(source, self._readers[source.name])
            self._tell(source, source.rows)
        for source in self._of_kind(PEOPLE):
            self._staff.read(source, self._readers[source.name])
            self._tell(source, source.rows)
        self._directory.finish()
        self._staff.finish()
        for source in self._of_kind(STAGES):
            self._read_history(source)
            self._tell(source, source.rows)
        for source in self._of_kind(DEALS):
            self._read_deals(source)
        self._staff.name_new_handles()
        self._finish()
        return self._plan

    def _of_kind(self, kind: str) -> list[Source]:
        return [source for source in self._plan.sources if source.kind == kind]

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

    def _tell(self, source: Source, rows: int) -> None:
        self._done += rows
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
                self._plan.refuse(source, row.line, row.cells, str(refused))
                continue
            at = min(reader.instant_of(moment), self._now)
            stage = meaning.stage.id if meaning.stage else 0
            self._history.setdefault(eighteen(deal), []).append(Visit(stage, meaning.status or OPEN, at))

    def _stages_of(self, source: Source) -> Stages:
        if source.name not in self._stages:
            self._stages[source.name] = Stages(company.stages(), source.stage_words)
        return self._stages[source.name]

    def _read_deals(self, source: Source) -> None:
        deals = DealReader(
            source.columns, self._readers[source.name], self._stages_of(source), self._now, self._history
        )
        rows = source.read_rows()
        while chunk := list(islice(rows, TOGETHER)):
            said = [deal for row in chunk if (deal := self._read_deal(source, deals, row)) is not None]
            self._deals.compare(source, self._identity.told_apart(source, said))
            self._tell(source, len(chunk))
        self._plan.unknown_stages += deals.unknown
        self._plan.warnings += [
            f"{source.name}, {text.counted(count, 'row')}: {warning}"
            for warning, count in deals.warned.most_common()
        ]

    def _read_deal(self, source: Source, deals: DealReader, row: Row) -> DealRow | None:
        try:
            if row.fault is not None:
                raise Refused(row.fault)
            deal = deals.read(row)
            if deal is not None:
                self._references.check(source, deal)
            return deal
        except Refused as refused:
            self._plan.refuse(source, row.line, row.cells, str(refused))
            return None

    def _finish(self) -> None:
        plan, work = self._plan, self._plan.work
        heard: list[Names | Stages] = [self._accounts, self._products, self._people, *self._stages.values()]
        plan.matches = [match for names in heard for match in names.matches()]
        plan.matches.sort(key=lambda match: -match.rows)
        work.accounts, work.products, work.people = self._accounts.new, self._products.new, self._people.new
        work.mappings = {
            source.columns.signature: source.remembered for source in plan.sources if source.remembered
        }
        plan.warnings += self._references.warnings()
        for source in plan.sources:
            plan.warnings += [f"{source.name}: {note}" for note in source.notes]
            for odd, count in self._readers[source.name].odd.most_common():
                rows = text.counted(count, "row")
                plan.warnings.append(
                    f"{source.name}, {rows}: {text.echo(odd)} is no amount; left empty, not 0"
                )
        if self._deals.won_without_value:
            rows = text.counted(self._deals.won_without_value, "row")
            plan.warnings.append(f"{rows}: won without an amount; a sale, but no revenue")
        if work.people or work.teams or work.memberships or work.changed.get(PEOPLE):
            require(self._actor, "edit people", today=self._today)


def _known_accounts() -> Names:
    known = Names("account", Account, Account.select(Account.id, Account.name, Account.key).tuples())
    with_keys = Account.select(Account.id, Account.external).where(Account.external.is_null(False))
    for row, external in with_keys.tuples():
        known.is_external(row, external)
    return known


def _known_products() -> Names:
    return Names("product", Product, Product.select(Product.id, Product.name, Product.key).tuples())


def _known_people() -> Names:
    known = Names("person", Person, Person.select(Person.id, Person.name, Person.key).tuples())
    for row, handle, login in Person.select(Person.id, Person.handle, Person.login).tuples():
        known.knows_as(row, handle, login)
    return known
