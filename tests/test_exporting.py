"""Deals as files: safe in a spreadsheet, complete enough to be brought in again without a change."""

import csv
import io
import json
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from salesboard import importing
from salesboard.domain import accounts, company, pipeline, products
from salesboard.errors import Refused, WrongUsage
from salesboard.exporting import export_deals
from salesboard.importing import Options, Report
from salesboard.storage import ledger
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, LedgerEntry, Stay
from tests import stories
from tests.stories import NOW, digest, faults

NewBoard = Callable[[str], AbstractContextManager[Database]]
LATER = NOW + timedelta(days=2)

AWKWARD = [
    "=1+1",
    "+49 660",
    "-5 degrees",
    "@import",
    "＝cmd|'/C calc'!A0",
    "'=quoted",
    "''+twice",
    "O'Neill",
    "comma, and; semicolon | bar",
    'the "best" one',
    "[/bold] [@click=app.quit]x[/]",
    "Ærø 東京 🎉 e\u0301",
    "TBD",
    "true",
    "2026-01-01",
    "1,234.56",
    "a # b *",
]


def exported(format: Literal["csv", "json"] = "csv", ids: Iterable[int] | None = None) -> str:
    out = io.StringIO()
    export_deals(ids, format=format, out=out)
    return out.getvalue()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def bring(text: str, now: datetime = LATER, **options: bool) -> Report:
    file = io.BytesIO(text.encode())
    file.name = "deals.csv"
    me = stories.owner()
    plan = importing.plan(importing.read_files([file]), actor=me, now=now, options=Options(**options))
    return importing.apply(plan, actor=me, now=now)


def full_story() -> dict[str, int]:
    """One deal of every sort, by what is special about it."""
    ada = stories.set_up(zone="Europe/Vienna")
    mia = stories.add_person("Mia Berg")
    desk, lamp = stories.add_product("Desk", "100"), stories.add_product("=Lamp", "7.50")
    deals = {
        "plain": stories.add_deal("Hofer", "12k", stage="prospect"),
        "nothing but a title": stories.add_deal(title="Just a title"),
        "lines": stories.add_deal(
            "Acme", lines=[pipeline.Line(desk, 2), pipeline.Line(lamp, 1, 500)], by=mia
        ),
        "won": stories.add_deal("Acme", "5k", stage="opportunity", opened_on=date(2026, 9, 1)),
        "lost": stories.add_deal(
            "Hofer", stage="opportunity", next_step="-call", next_step_on=date(2026, 12, 1)
        ),
        "out": stories.add_deal("Kestrel", "1", source="@web", expected_on=date(2026, 12, 31)),
        "travelled": stories.add_deal("Orchard", "3", stage="prospect", opened_on=date(2026, 8, 1)),
        "archived": stories.add_deal("Heron", "3"),
    }
    contact = accounts.add_contact(ada, stories.add_account("Acme"), "Jo + Doe", now=NOW)
    pipeline.edit_deal(ada, deals["won"], now=NOW, contact=contact)
    pipeline.win_deal(ada, deals["won"], now=NOW, won_on=date(2026, 11, 20), value_minor=480050)
    pipeline.move_deal(ada, deals["won"], stories.stage_id("advocate"), now=NOW + timedelta(hours=1))
    pipeline.lose_deal(ada, deals["lost"], reason="=too dear", now=NOW + timedelta(minutes=3))
    pipeline.disqualify_deal(ada, deals["out"], reason="no fit", look_again_on=date(2027, 1, 1), now=NOW)
    for hour, stage in enumerate(("opportunity", "prospect", "opportunity"), 1):
        at = NOW + timedelta(hours=hour, microseconds=hour)
        pipeline.move_deal(ada, deals["travelled"], stories.stage_id(stage), now=at)
    pipeline.lose_deal(ada, deals["travelled"], reason="gone", now=NOW + timedelta(hours=4))
    pipeline.reopen_deal(ada, deals["travelled"], now=NOW + timedelta(hours=5))
    pipeline.archive_deal(ada, deals["archived"], now=NOW)
    return deals


def comparable(text: str) -> list[dict[str, str]]:
    """An export without what differs from board to board, its deals in a fixed order."""
    told = [
        {
            name: cell
            for name, cell in row.items()
            if name not in ("salesboard id", "as of entry", "external", "place")
        }
        for row in rows(text)
    ]
    return sorted(told, key=lambda row: sorted(row.items()))


# --- what is written -------------------------------------------------------------------------------------


def test_every_sort_of_deal_as_a_row(database: Database) -> None:
    deals = full_story()
    text = exported()
    assert "\r" not in text and text.endswith("\n")
    by_id = {int(row["salesboard id"].partition(":")[2]): row for row in rows(text)}
    assert set(by_id) == set(deals.values())
    won = by_id[deals["won"]]
    assert {
        name: won[name]
        for name in ("account", "contact", "stage", "status", "value", "currency", "closed_on")
    } == {
        "account": "Acme",
        "contact": "Jo + Doe",
        "stage": "Advocate",
        "status": "won",
        "value": "4800.50",
        "currency": "USD",
        "closed_on": "2026-11-20",
    }
    assert (won["entered Opportunity"], won["entered Client"]) == ("2026-09-01", "2026-11-20")
    assert won["entered Advocate"] == "2026-11-22T11:00:00Z"
    lined = by_id[deals["lines"]]
    assert (lined["product"], lined["quantity"], lined["line amount"]) == (
        "Desk\n=Lamp",
        "2\n1",
        "200.00\n5.00",
    )
    assert (lined["value"], lined["estimated"], lined["owner"]) == ("205.00", "true", "Mia Berg")
    lost = by_id[deals["lost"]]
    assert (lost["reason"], lost["next_step"]) == ("'=too dear", "'-call")
    assert lost["entered Opportunity"] == "2026-11-22T10:00:00Z; lost 2026-11-22T10:03:00Z"
    assert by_id[deals["out"]]["look_again_on"] == "2027-01-01"
    assert by_id[deals["archived"]]["archived"] == "true"


def test_some_deals_in_the_order_they_are_named(sqlite_database: Database) -> None:
    deals = full_story()
    wanted = [deals["lost"], deals["plain"], 999_999]
    assert [row["salesboard id"].partition(":")[2] for row in rows(exported(ids=iter(wanted)))] == [
        str(deals["lost"]),
        str(deals["plain"]),
    ]
    assert rows(exported(ids=[])) == []
    assert json.loads(exported("json", ids=[])) == []


def test_json_has_amounts_in_minor_units_and_dates_as_text(database: Database) -> None:
    deals = full_story()
    document = json.loads(exported("json"))
    assert len(document) == len(deals)
    won = next(deal for deal in document if deal["id"] == deals["won"])
    assert (won["value_minor"], won["currency"], won["closed_on"], won["archived"]) == (
        480050,
        "USD",
        "2026-11-20",
        False,
    )
    lined = next(deal for deal in document if deal["id"] == deals["lines"])
    assert lined["lines"] == [
        {"product": "Desk", "quantity": 2, "amount_minor": 20000},
        {"product": "=Lamp", "quantity": 1, "amount_minor": 500},
    ]
    assert [stay["status"] for stay in won["stages"]] == ["open", "won", "won"]
    assert won["stages"][-1]["left_at"] is None


def test_other_formats_and_boards_that_are_not_set_up_are_refused(sqlite_database: Database) -> None:
    with pytest.raises(Refused, match="not been set up"):
        exported()
    stories.set_up()
    with pytest.raises(WrongUsage, match="no format"):
        exported("xml")  # type: ignore[arg-type]
    assert len(rows(exported())) == 0 and exported().startswith("salesboard id,")


@pytest.mark.parametrize("title", AWKWARD)
def test_no_cell_of_text_starts_a_formula(sqlite_database: Database, title: str) -> None:
    stories.set_up()
    stories.add_deal(title, title=title, source=title, next_step=title)
    for cells in csv.reader(io.StringIO(exported())):
        for cell in cells:
            assert cell.lstrip()[:1] not in (*"=+-@＝＋－＠",) or cell.lstrip("-").isdigit(), cell
    (row,) = rows(exported())
    assert row["place"].lstrip("-").isdigit(), "numbers stay numbers"


# --- and brought in again --------------------------------------------------------------------------------


def test_brought_to_the_same_board_nothing_changes(database: Database) -> None:
    full_story()
    before, entries = digest(), LedgerEntry.select().count()
    report = bring(exported())
    assert (str(report.plan), report.batch) == ("deals: 8 same", None)
    assert (digest(), LedgerEntry.select().count()) == (before, entries)
    # The control: one changed cell is seen.
    assert str(bring(exported().replace("12000.00", "12000.01")).plan) == "deals: 1 changed, 7 same"


def test_brought_to_an_empty_board_the_deals_are_equal(new_board: NewBoard) -> None:
    with new_board("sqlite"):
        full_story()
        first = exported()
        columns = {
            kind: [stories.read(card).title for card in stories.column(kind)] for kind in company.KINDS
        }
    with new_board("sqlite"):
        stories.set_up(zone="Europe/Vienna")
        report = bring(first, new_people=True)
        assert report.plan.counts["deals"].new == 8
        assert comparable(exported()) == comparable(first)
        assert {
            kind: [stories.read(card).title for card in stories.column(kind)] for kind in company.KINDS
        } == columns
        assert not faults()
        again = bring(first, new_people=True)
        assert (str(again.plan.counts["deals"]), again.batch) == ("8 same", None)


def test_a_deal_of_another_board_with_the_same_number_is_left_alone(new_board: NewBoard) -> None:
    with new_board("sqlite"):
        stories.set_up()
        stories.add_deal("Hofer", "5", title="Theirs")
        first = exported()
    with new_board("sqlite"):
        stories.set_up(now=NOW + timedelta(minutes=1))
        stories.add_deal("Hofer", "7", title="Ours")
        assert rows(first)[0]["salesboard id"] != rows(exported())[0]["salesboard id"]
        bring(first)
        assert sorted(row.title for row in Deal.select()) == ["Ours", "Theirs"]


def test_a_sheet_brings_a_restored_board_up_to_date(tmp_path: Path, board_file: Path) -> None:
    with opened(board_file):
        deals = full_story()
    backup = shutil.copy(board_file, tmp_path / "backup.db")
    with opened(board_file):
        pipeline.edit_deal(stories.owner(), deals["plain"], now=LATER, value_minor=77)
        stories.add_deal("Late", "1", now=LATER)
        newer = exported()
    with opened(backup):
        report = bring(newer)
        assert str(report.plan.counts["deals"]) == "1 new, 1 changed, 7 same"
        assert stories.read(deals["plain"]).value_minor == 77


@contextmanager
def opened(path: Path) -> Iterator[None]:
    database = open_database(path)
    with session():
        yield
    database.close()


def test_a_sheet_that_was_worked_on_changes_the_board(database: Database) -> None:
    deals = full_story()
    told = rows(exported())
    by_id = {int(row["salesboard id"].partition(":")[2]): row for row in told}
    by_id[deals["plain"]] |= {"status": "won", "stage": "Client", "closed_on": "2026-11-21", "value": "13000"}
    by_id[deals["nothing but a title"]] |= {
        "title": "A better title",
        "stage": "Opportunity",
        "account": "New Corp",
    }
    by_id[deals["lines"]] |= {"product": "Desk", "quantity": "3", "line amount": "300.00", "value": "300.00"}
    by_id[deals["archived"]] |= {"archived": "false", "next_step": ""}
    report = bring(written(told))
    assert str(report.plan.counts["deals"]) == "4 changed, 4 same"
    plain = stories.read(deals["plain"])
    assert (plain.status, plain.stage.kind, plain.closed_on, plain.value_minor) == (
        "won",
        "client",
        date(2026, 11, 21),
        1_300_000,
    )
    last = Stay.get((Stay.deal == plain.id) & Stay.left_at.is_null())
    assert (last.stage.kind, last.status) == ("client", "won")
    better = stories.read(deals["nothing but a title"])
    assert (better.title, better.stage.kind, better.account.name) == (
        "A better title",
        "opportunity",
        "New Corp",
    )
    assert not stories.read(deals["archived"]).archived
    assert not faults()
    importing.undo_import(stories.owner(), report.batch or 0, now=LATER)
    assert stories.read(deals["plain"]).status == "open" and not faults()


def test_an_old_sheet_takes_nothing_back(database: Database) -> None:
    deals = full_story()
    ada = stories.owner()
    old = exported()
    pipeline.edit_deal(ada, deals["plain"], now=LATER, value_minor=99)
    pipeline.move_deal(ada, deals["nothing but a title"], stories.stage_id("opportunity"), now=LATER)
    accounts.edit_account(ada, Account.get(Account.name == "Kestrel").id, now=LATER, name="Kestrel Inc")
    before = digest()
    assert (str(bring(old).plan), digest()) == ("deals: 8 same", before)
    both = bring(old.replace("12000.00", "13000.00"))
    assert str(both.plan) == "deals: 7 same, 1 doubtful"
    assert "value changed in the file and on the board" in both.plan.doubtful[0].reason


def written(told: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(told[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    return out.getvalue()


def test_windows_line_ends_semicolons_and_shuffled_columns_do_no_harm(sqlite_database: Database) -> None:
    full_story()
    told = rows(exported())
    names = list(told[0])
    random.Random(1).shuffle(names)
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(told)
    assert str(bring("\ufeff" + out.getvalue()).plan) == "deals: 8 same"


# --- any board at all ------------------------------------------------------------------------------------


def random_story(seed: int) -> None:
    """A board on which all sorts of things happened to all sorts of deals."""
    chance = random.Random(seed)
    currency = chance.choice(["USD", "EUR", "JPY", "KWD"])
    zone = chance.choice(["UTC", "America/New_York", "Pacific/Auckland"])
    ada = stories.set_up(zone=zone, currency=currency)
    sellers = [ada.id, *(stories.add_person(name).id for name in ("=Eve", "Mia Berg"))]
    known_products = [
        products.add_product(ada, name, now=NOW, list_price_minor=chance.choice([None, 0, 999, 123456789]))
        for name in ("Desk", "-Lamp", "a; b", "c, d")
    ]
    at = NOW
    for number in range(chance.randrange(1, 9)):
        at += timedelta(minutes=chance.randrange(0, 3), microseconds=chance.randrange(0, 3))
        some_lines = [
            pipeline.Line(
                chance.choice(known_products), chance.randrange(1, 5), chance.choice([None, 0, 1234])
            )
            for _ in range(chance.randrange(0, 3))
        ]
        deal = pipeline.add_deal(
            ada,
            now=at,
            title=chance.choice([*AWKWARD, f"deal {number}"]),
            account=stories.add_account(chance.choice(AWKWARD)) if chance.random() < 0.7 else None,
            owner=chance.choice(sellers),
            stage=stories.stage_id(chance.choice(["target", "prospect", "opportunity"])),
            value_minor=chance.choice([None, 0, 1, 100, 10**15, chance.randrange(10**9)]),
            lines=some_lines,
            opened_on=chance.choice([None, at.date() - timedelta(days=chance.randrange(400))]),
            expected_on=chance.choice([None, date(2027, 2, 28)]),
            next_step=chance.choice([None, *AWKWARD]),
            next_step_on=chance.choice([None, date(2026, 12, 24)]),
            source=chance.choice([None, *AWKWARD]),
        )
        for _ in range(chance.randrange(0, 6)):
            at += timedelta(seconds=chance.randrange(0, 90_000))
            try:
                something_happens(chance, ada, deal, at)
            except Refused:
                continue


def something_happens(chance: random.Random, ada: Actor, deal: int, at: datetime) -> None:
    doings: list[Callable[[], Any]] = [
        lambda: pipeline.move_deal(ada, deal, stories.stage_id(chance.choice(company.KINDS)), now=at),
        lambda: pipeline.win_deal(ada, deal, now=at, value_minor=chance.randrange(10**8)),
        lambda: pipeline.win_deal(ada, deal, now=at, value_minor=5, won_on=at.date() - timedelta(days=9)),
        lambda: pipeline.lose_deal(ada, deal, reason=chance.choice(AWKWARD), now=at),
        lambda: pipeline.disqualify_deal(ada, deal, reason="x", look_again_on=date(2030, 1, 1), now=at),
        lambda: pipeline.reopen_deal(ada, deal, now=at),
        lambda: pipeline.archive_deal(ada, deal, now=at, archived=chance.random() < 0.5),
        lambda: pipeline.edit_deal(ada, deal, now=at, closed_on=at.date() - timedelta(days=30)),
        lambda: pipeline.edit_deal(ada, deal, now=at, title=chance.choice(AWKWARD), value_minor=77),
    ]
    chance.choice(doings)()


@pytest.mark.parametrize("seed", range(15))
def test_whatever_happened_it_comes_back_equal(new_board: NewBoard, seed: int) -> None:
    far = NOW + timedelta(days=400)
    with new_board("sqlite"):
        random_story(seed)
        facts = company.facts()
        before = digest()
        first = exported()
        assert (bring(first, now=far).batch, digest()) == (None, before)
    with new_board("sqlite"):
        stories.set_up(zone=facts.zone, currency=facts.currency)
        report = bring(first, now=far, new_people=True)
        assert report.plan.counts["deals"].new == len(rows(first))
        assert comparable(exported()) == comparable(first)
        assert not faults()
        assert bring(first, now=far, new_people=True).batch is None


def test_an_export_holds_few_deals_in_memory(sqlite_database: Database) -> None:
    import tracemalloc

    ada = stories.set_up()

    target = stories.stage_id("target")

    def more(count: int) -> None:
        made = [
            {"title": f"Deal {number}", "search": "deal", "owner": ada.id, "stage": target, "place": number}
            for number in range(count)
        ]
        with ledger.batch(ada, "added", now=NOW) as batch:
            ids = batch.insert_many(Deal, made)
            began = {"stage": target, "entered_at": datetime(2026, 1, 1, tzinfo=UTC)}
            batch.insert_many(Stay, [{"deal": deal, **began} for deal in ids])

    class Nowhere(io.TextIOBase):
        def write(self, text: str) -> int:
            return len(text)

    def peak() -> int:
        tracemalloc.start()
        export_deals(out=Nowhere())  # type: ignore[arg-type]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    more(1000)
    small = peak()
    more(3000)
    assert peak() < small * 1.5, "four times the deals need no more memory"
