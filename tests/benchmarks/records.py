"""`python -m tests.benchmarks.records`: the record book over many sales, held against merely reading them.

Five years of sales by 50 people in 10 teams under 3 regions, each sale with a product. What is measured: the
sales read row by row (the baseline), the whole book worked out anew, and the book brought up after one more
sale, which must not take longer the more sales there are; last, after a sale entered long after its day.
All of it in seconds of the processor, so that what else runs on the machine counts as little as can be.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from salesboard.domain import company, people, pipeline, products, record_book, record_keeping
from salesboard.storage import database as storage
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
DAYS = 5 * 365
PEOPLE, REGIONS, TEAMS = 50, 3, 10
MORE_SALES = 9


def make(path: Path, sales: int) -> Actor:
    """A board with so many sales, none of them in the ledger: it is the book that is measured."""
    storage.create_database(path)
    with storage.session():
        ada = company.found(owner="Ada Marsh", login="ada", now=NOW)
        crew = [
            people.add_person(ada, f"Person {number}", now=NOW, handle=f"p{number}")
            for number in range(PEOPLE)
        ]
        regions = [people.add_team(ada, f"Region {number}", now=NOW) for number in range(REGIONS)]
        teams = [
            people.add_team(ada, f"Team {number}", now=NOW, parent=regions[number % REGIONS])
            for number in range(TEAMS)
        ]
        for number, person in enumerate(crew):
            people.join_team(ada, person, teams[number % TEAMS], now=NOW)
        goods = [products.add_product(ada, f"Product {number}", now=NOW) for number in range(7)]
        client = next(one.id for one in company.stages() if one.kind == company.CLIENT)
        _fill(sales, crew, goods, client)
    return ada


def _fill(sales: int, crew: Sequence[int], goods: Sequence[int], client: int) -> None:
    chance = random.Random(sales)
    start = NOW.date() - timedelta(days=DAYS)
    days = [(start + timedelta(days=number)).isoformat() for number in range(DAYS)]
    accounts, first = max(1, sales // 20), 1_000_000
    connection = storage.current().peewee.connection()
    with storage.writing():
        connection.executemany(
            'INSERT INTO account (id, version, name, "key", search) VALUES (?, 1, ?, ?, ?)',
            ((first + one, f"Account {one}", f"account{one}", "") for one in range(accounts)),
        )
        connection.executemany(
            "INSERT INTO deal (id, version, title, search, account_id, owner_id, stage_id, status, archived, "
            "value_minor, estimated, place, opened_on, closed_on, source) "
            "VALUES (?, 1, 'Deal', '', ?, ?, ?, 'won', 0, ?, 0, ?, ?, ?, ?)",
            (
                (
                    10_000_000 + one,
                    first + chance.randrange(accounts),
                    chance.choice(crew),
                    client,
                    chance.randrange(100, 3_000_000),
                    one,
                    days[max(0, (on := chance.randrange(DAYS)) - chance.randrange(90))],
                    days[on],
                    "referral" if chance.random() < 0.1 else None,
                )
                for one in range(sales)
            ),
        )
        connection.executemany(
            "INSERT INTO deal_line (id, version, deal_id, product_id, quantity) VALUES (?, 1, ?, ?, ?)",
            (
                (100_000_000 + one, 10_000_000 + one, chance.choice(goods), chance.randrange(1, 9))
                for one in range(sales)
            ),
        )
        connection.execute("UPDATE ledger_head SET next_id = 1000000000")


def seconds(work: Callable[[], object]) -> float:
    """How many seconds of the processor something takes."""
    before = time.process_time()
    work()
    return time.process_time() - before


def read_all() -> int:
    """Every sale and every line, row by row, and nothing done with them."""
    columns = Deal.select(Deal.closed_on, Deal.id, Deal.owner, Deal.value_minor, Deal.account, Deal.opened_on)
    rows = storage.raw(columns.where(Deal.status == "won").order_by(Deal.closed_on, Deal.id))
    lines = storage.current().execute("SELECT deal_id, product_id, quantity FROM deal_line")
    return sum(1 for _ in rows) + sum(1 for _ in lines)


def measure(folder: Path, sales: int) -> tuple[float, float, float, float, int]:
    """Seconds to read, to rebuild and to bring the book up after one more sale; and how many records."""
    ada = make(folder / f"{sales}.db", sales)
    with storage.session():
        reading = median(seconds(read_all) for _ in range(3))
        rebuilding = seconds(lambda: record_book.rebuild(NOW))
        one_more = []
        for number in range(MORE_SALES):
            deal = pipeline.add_deal(ada, now=NOW, title=f"One more {number}", value_minor=7_000_00)
            pipeline.win_deal(ada, deal, now=NOW)
            one_more.append(seconds(lambda: record_book.bring_up(NOW)))
            record_book.told(record_book.untold())
        winning = pipeline.add_deal(ada, now=NOW, title="Back-dated", value_minor=7_000_00)
        pipeline.win_deal(ada, winning, now=NOW, won_on=date(2024, 5, 1))
        late = seconds(lambda: record_book.bring_up(NOW))
        records = len(record_keeping.load(NOW.date(), 1))
    storage.current().close()
    return reading, rebuilding, median(one_more[1:]), late, records


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    chosen = parser.parse_args(arguments)
    print(f"{'sales':>10}  {'reading':>9}  {'rebuild':>9}  {'÷':>5}  {'one more':>10}  {'late':>9}  records")
    with tempfile.TemporaryDirectory() as folder:
        for sales in chosen.sales:
            reading, rebuilding, one_more, late, records = measure(Path(folder), sales)
            print(
                f"{sales:>10,}  {reading:>7.2f} s  {rebuilding:>7.2f} s  {rebuilding / reading:>5.1f}  "
                f"{one_more * 1000:>7.1f} ms  {late:>7.2f} s  {records:,}",
                flush=True,
            )


if __name__ == "__main__":
    main()
