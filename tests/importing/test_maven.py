"""The CRM sales sample: 8,800 deals of a maker of computer hardware, 2016 to 2017."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from peewee import fn

from salesboard import importing
from salesboard.domain import history, people, records, relations, reports
from salesboard.domain.gains import COMPANY_SCOPE
from salesboard.importing import Report
from salesboard.storage import copying, ledger
from salesboard.storage.database import Database, bound_to, look_at
from salesboard.storage.models import DOMAIN, Account, Deal, Membership, Person, Stage, Stay
from tests import stories
from tests.conftest import NewBoard
from tests.stories import digest, faults

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "maven"
FILES = [FOLDER / f"{name}.csv" for name in ("sales_pipeline", "accounts", "products", "sales_teams")]
NOW = datetime(2018, 1, 1, 10, tzinfo=UTC)
DAY = date(2017, 12, 31)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the sample is not here")


def run(files: Sequence[Path] = FILES) -> Report:
    me = stories.owner()
    return importing.apply(importing.plan(importing.read_files(files), actor=me, now=NOW), actor=me, now=NOW)


def won_by(owners: set[int]) -> int:
    won = Deal.select(fn.SUM(Deal.value_minor)).where(Deal.status == "won", Deal.owner.in_(owners))
    return int(won.scalar() or 0)


def must_hold_the_records() -> None:
    book = {
        (one.metric, one.period): one for one in records.book(today=date(2018, 1, 15), scope=COMPANY_SCOPE)
    }
    day, week, month = (book["revenue", kind] for kind in ("day", "week", "month"))
    assert (day.value, day.holders, len(day.moments)) == (8_228_000, (date(2017, 6, 28),), 8)
    assert (week.value, week.holders) == (37_511_500, (date(2017, 6, 26),))
    assert (month.value, month.moments[-1].on) == (133_846_600, date(2017, 6, 27))
    assert book["revenue", "quarter"].holders == (date(2017, 4, 1),)
    largest = book["largest sale", "sale"]
    assert (largest.value, largest.holders) == (3_028_800, (date(2017, 6, 7),))
    sales = book["sales", "month"]
    assert (sales.value, sales.holders, sales.status) == (
        531,
        (date(2017, 3, 1), date(2017, 6, 1)),
        "equalled",
    )
    assert len(relations.anniversaries(today=date(2018, 3, 1), days=31)) == 84


def answers(target: str) -> list[object]:
    """What a board says about itself."""
    with bound_to(look_at(target)):
        return [
            reports.report(today=DAY),
            list(history.events(newest=None, bodies=False)),
            records.book(today=DAY, scope=COMPANY_SCOPE),
            ledger.end(),
        ]


def must_be_the_same_in_postgresql_and_back(file: Path, empty_postgresql_url: str) -> None:
    back = str(file.with_name("back.db"))
    there = copying.copy_board(look_at(file), empty_postgresql_url)
    assert copying.copy_board(look_at(empty_postgresql_url), back) == there, "proved"
    before = answers(str(file))
    assert answers(empty_postgresql_url) == before
    assert answers(back) == before


def test_the_sample_agrees_with_its_known_figures(
    empty_postgresql_url: str, sqlite_database: Database, board_file: Path
) -> None:
    me = stories.set_up(now=NOW)
    empty = {model: model.select().count() for model in DOMAIN}
    started = time.perf_counter()
    report = run()
    took = time.perf_counter() - started

    columns = Deal.select(Stage.kind, Deal.status, fn.COUNT(Deal.id), fn.SUM(Deal.value_minor)).join(Stage)
    assert {row[:2]: row[2:] for row in columns.group_by(Stage.kind, Deal.status).tuples()} == {
        ("client", "won"): (4238, 1_000_553_400),
        ("opportunity", "lost"): (2473, 0),
        ("opportunity", "open"): (1589, 389_222_900),
        ("prospect", "open"): (500, 107_398_600),
    }
    told = {(match.said, match.name): match.rows for match in report.plan.matches}
    assert told == {
        ("GTXPro", "GTX Pro"): 1480,
        ("Engaging", "Opportunity"): 1589,
        ("Prospecting", "Prospect"): 500,
    }
    assert Deal.select().where(Deal.account.is_null()).count() == 1425
    assert Deal.select().where(Deal.opened_on.is_null()).count() == 500
    assert Deal.select(fn.MAX(Deal.value_minor)).where(Deal.status == "won").scalar() == 3_028_800
    assert Stay.select().count() == 2 * (4238 + 2473) + 1589 + 500
    assert not faults()

    regions = [team for team in people.tree() if team.depth == 0]
    managers = [team for team in people.tree() if team.depth == 1]
    assert (len(regions), len(managers), Person.select().count()) == (3, 6, 1 + 35 + 6)
    by_region = {team.id: won_by(people.members(team.id, DAY)) for team in regions}
    assert sum(by_region.values()) == 1_000_553_400
    for region in regions:
        below = [won_by(people.members(team.id, DAY)) for team in managers if team.parent == region.id]
        assert sum(below) == by_region[region.id]
    assert Membership.select().where(Membership.from_on.is_null(False)).count() == 0
    assert Account.get(Account.name == "Bluth Company").parent.name == "Acme Corporation"

    must_hold_the_records()
    entries = importing.imports()[0].rows
    again = run()
    assert again.batch is None and str(again.plan) == (
        "accounts: 85 same; products: 7 same; people: 41 same; deals: 8,800 same"
    )
    assert importing.imports()[0].rows == entries

    must_be_the_same_in_postgresql_and_back(board_file, empty_postgresql_url)
    importing.undo_import(me, report.batch or 0, now=NOW)
    assert {model: model.select().count() for model in DOMAIN} == empty
    assert not faults()
    assert took < 60, "a busy machine may be slow, but not that slow"


def test_an_eighth_of_the_sample_is_the_same_on_both_databases(new_board: NewBoard, tmp_path: Path) -> None:
    header, *deals = FILES[0].read_text().splitlines(keepends=True)
    part = tmp_path / "sales_pipeline.csv"
    part.write_text(header + "".join(deals[::8]))
    told = []
    for kind in ("sqlite", "postgresql"):
        with new_board(kind):
            me = stories.set_up(now=NOW)
            empty = digest()
            report = run([part, *FILES[1:]])
            book = records.book(today=date(2018, 1, 15), scope=COMPANY_SCOPE)
            told.append((report.entries, report.rows, digest(), book))
            assert str(report.plan.counts["deals"]) == "1,100 new"
            assert report.entries > 5, "more than fits into one entry"
            assert run([part, *FILES[1:]]).batch is None
            assert not faults()
            importing.undo_import(me, report.batch or 0, now=NOW)
            assert digest() == empty
            assert not faults()
    assert told[0] == told[1]
