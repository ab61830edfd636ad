"""How a record came to be: each time it fell, the sales behind it, and the proof that they add up to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from salesboard.domain import company, periods, record_book, record_keeping, records
from salesboard.domain.record_keeping import Change, Holder
from salesboard.domain.records import Key, Moment, Named, Record, Sale
from salesboard.errors import NotFound
from salesboard.storage import database as storage
from salesboard.storage import ledger

BEHIND = 3
"""So many of the largest sales are named for each time a record was set."""
BARS = 12
"""So many bars a chart has at most."""


@dataclass(frozen=True)
class Behind:
    """A sale behind a record."""

    deal: int
    on: date
    account: str
    title: str
    owner: str
    counts: int
    """What it adds to the record's metric; minor units, or a count."""


@dataclass(frozen=True)
class Step:
    """One time a record was set."""

    moment: Moment
    margin: int | None
    """By how much it was better than the one before."""
    sales: int
    """How many sales are behind it."""
    behind: tuple[Behind, ...]
    """Those that brought most."""


@dataclass(frozen=True)
class Bar:
    """A period of a chart."""

    start: date
    value: int
    holds: bool
    """Whether it holds the record."""


@dataclass(frozen=True)
class Lineage:
    """A record with everything that led to it."""

    record: Record
    steps: tuple[Step, ...]
    """Oldest first, as the sales are known now."""
    changes: tuple[Change, ...]
    """Oldest first, as the book was known then."""
    years: tuple[Bar, ...]
    """The best of each year, where there are several, else of each of the last periods."""
    by_year: bool


@dataclass(frozen=True)
class Proof:
    """The sales behind a record, which add up to it."""

    record: Record
    holder: Holder
    last_day: date
    behind: tuple[Behind, ...]
    total: int
    seq: int
    """The end of the ledger, with its hash."""
    hash: str

    @property
    def holds(self) -> bool:
        """Whether the sales give the record's value."""
        return self.total == self.record.value

    @property
    def running(self) -> list[int]:
        """The sum after each sale; of a record of single sales, each by itself."""
        sums: list[int] = []
        for one in self.behind:
            before = sums[-1] if sums and self.record.period != "sale" else 0
            sums.append(before + one.counts)
        return sums


def find(key: Key, today: date) -> Record:
    """A record as it stands. Refused: one that nothing was ever sold for."""
    for record in record_book.book(today=today, scope=key.scope):
        if record.key == key:
            return record
    raise NotFound("there is no such record: nothing has been sold that counts for it")


def lineage(key: Key, *, today: date) -> Lineage:
    """Everything that led to a record."""
    with storage.snapshot():
        record = find(key, today)
        fiscal_start = company.facts().fiscal_start
        found: list[tuple[Moment, list[Sale]]] = [
            (moment, _sales_of(record, Holder(moment.period_start, moment.deal), moment.value, fiscal_start))
            for moment in record.moments
        ]
        named = records.named([sale.deal for _, sales in found for sale in _weightiest(key, sales)])
        totals = _totals(key, today, fiscal_start)
    steps: list[Step] = []
    for moment, sales in found:
        behind = tuple(_behind(key, sale, named) for sale in _weightiest(key, sales))
        margin = abs(moment.value - steps[-1].moment.value) if steps else None
        steps.append(Step(moment, margin, len(sales), behind))
    years, by_year = _chart(record, totals, fiscal_start)
    return Lineage(record, tuple(steps), tuple(record_book.history(key)), years, by_year)


def proof(key: Key, *, today: date, holder: int = -1) -> Proof:
    """The sales behind a record, read from the board one by one, and what they add up to.

    Of several that hold it, the one at that place; the newest without one.
    """
    with storage.snapshot():
        record = find(key, today)
        fiscal_start = company.facts().fiscal_start
        held = record_keeping.holders_of(record)[holder]
        sales = _sales_of(record, held, record.value, fiscal_start)
        named = records.named([sale.deal for sale in sales])
        seq, ends = ledger.end()
    behind = tuple(_behind(key, sale, named) for sale in sales)
    total = behind[0].counts if key.period == "sale" else sum(one.counts for one in behind)
    last = records.last_day_of(key, held.start, record.value, fiscal_start)
    return Proof(record, held, last, behind, total, seq, ends)


def _sales_of(record: Record, holder: Holder, value: int, fiscal_start: int) -> list[Sale]:
    """The sales that count for a record in one of the periods that held it."""
    key = record.key
    last = records.last_day_of(key, holder.start, value, fiscal_start)
    sales = records.read_sales(holder.start, last, key.scope, key.metric)
    if key.period == "sale":
        return [sale for sale in sales if sale.deal == holder.deal]
    if key.period == "streak":
        firsts = {sale.on: sale for sale in reversed(sales) if sale.on.weekday() < 5}
        return [firsts[day] for day in sorted(firsts)]
    return [sale for sale in sales if counts_for(key, sale)]


def counts_for(key: Key, sale: Sale) -> int:
    """What a sale adds to a record's metric."""
    match key.metric:
        case "revenue" | "largest sale":
            return sale.revenue
        case "new customers":
            return int(sale.new_customer)
        case "units":
            return sale.units if key.product is None else dict(sale.products).get(key.product, 0)
        case "referrals":
            return int(sale.referral)
        case "fastest win":
            return sale.days or 0
    return 1


def _weightiest(key: Key, sales: Sequence[Sale]) -> list[Sale]:
    if key.metric not in ("revenue", "units"):
        return list(sales[:BEHIND])
    return sorted(sales, key=lambda sale: -counts_for(key, sale))[:BEHIND]


def _behind(key: Key, sale: Sale, named: Mapping[int, Named]) -> Behind:
    return Behind(sale.deal, sale.on, *named[sale.deal], counts_for(key, sale))


# --- the chart ----------------------------------------------------------------------------------------------


def _totals(key: Key, today: date, fiscal_start: int) -> list[tuple[date, int]]:
    """What each period with sales brought, oldest first; nothing of single sales and streaks."""
    if key.period == "sale" or key.period == "streak":
        return []
    by_day = records.sold_until(today).of(key.scope)
    place = records.SUMMED.index(key.metric)
    sums: dict[date, int] = defaultdict(int)
    for day, brought in by_day.items():
        value = brought.sums[place] if key.product is None else brought.products.get(key.product, 0)
        sums[periods.period_of(key.period, day, fiscal_start).start] += value
    return sorted(sums.items())


def _chart(
    record: Record, totals: Sequence[tuple[date, int]], fiscal_start: int
) -> tuple[tuple[Bar, ...], bool]:
    held = set(record.holders)
    if not totals:
        bars = [Bar(one.period_start, one.value, one.period_start in held) for one in record.moments]
        return tuple(bars[-BARS:]), False
    best: dict[date, tuple[int, date]] = {}
    for start, value in totals:
        year = periods.period_of("year", start, fiscal_start).start
        if year not in best or value > best[year][0]:
            best[year] = value, start
    if len(best) > 2 or record.period == "year":
        bars = [Bar(year, value, start in held) for year, (value, start) in sorted(best.items())]
        return tuple(bars[-BARS:]), True
    lately = totals[-BARS:]
    best_of_all = [one for one in totals[:-BARS] if one[0] in held][-1:]
    return tuple(Bar(start, value, start in held) for start, value in [*best_of_all, *lately]), False
