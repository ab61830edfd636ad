"""The record book as it is kept: whatever is done to sales, it is what a rebuild from them gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from salesboard.domain import history, people, pipeline, record_book, record_keeping
from salesboard.domain.gains import COMPANY_SCOPE
from salesboard.domain.record_keeping import Change
from salesboard.domain.records import Key, Record
from salesboard.errors import Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal, RecordStanding
from tests import stories
from tests.conftest import NewBoard
from tests.stories import NOW, TODAY, add_deal, add_person, add_product, add_team

MONTH = Key(COMPANY_SCOPE, "revenue", "month")


def win(by: Actor, value: str, on: date, account: str = "Hofer", *, now: datetime = NOW) -> int:
    """A sale of that amount on that day."""
    deal = add_deal(account, value, by=by, now=now, opened_on=min(on, now.date()))
    pipeline.win_deal(by, deal, now=now, won_on=on)
    return deal


def at(day: date) -> datetime:
    """The morning of a day."""
    return NOW.replace(year=day.year, month=day.month, day=day.day)


def kept(key: Key = MONTH) -> Record:
    """A record as it is kept."""
    return next(one for one in record_keeping.load(TODAY, 1, key.scope) if one.key == key)


def kinds(changes: Sequence[Change], key: Key = MONTH) -> list[str]:
    return [change.kind for change in changes if change.key == key]


def test_the_book_follows_the_ledger_and_keeps_every_former_value(database: Database) -> None:
    """November 180, December 205, January 205, February 206; on 4 March December is corrected to 207."""
    ada = stories.set_up(now=at(date(2025, 11, 1)))
    record_book.bring_up(at(date(2025, 11, 1)))
    seen: list[list[str]] = []
    deals = []
    for on, value in (
        (date(2025, 11, 10), "180k"),
        (date(2025, 12, 10), "205k"),
        (date(2026, 1, 12), "205k"),
        (date(2026, 2, 10), "206k"),
    ):
        deals.append(win(ada, value, on, now=at(on)))
        changes = record_book.bring_up(at(on))
        seen.append([kind for kind in kinds(changes) if kind != "final"])
        record_book.told(changes)
    assert seen == [[], ["broken"], ["equalled"], ["broken"]], "a baseline is silent"
    assert kept().holders == (date(2026, 2, 1),)

    march = at(date(2026, 3, 4))
    pipeline.edit_deal(ada, deals[1], now=march, value_minor=207_000_00)
    (change,) = (one for one in record_book.bring_up(march) if one.key == MONTH and one.kind != "final")
    assert (change.kind, change.before, change.value, change.corrected) == (
        "withdrawn",
        206_000_00,
        207_000_00,
        2_000_00,
    )
    assert kept().holders == (date(2025, 12, 1),)
    assert len(kept().moments) == 2
    assert [one.kind for one in record_book.history(MONTH) if one.kind != "final"] == [
        "baseline",
        "broken",
        "equalled",
        "broken",
        change.kind,
    ]
    assert not record_book.faults()


def test_an_undone_sale_and_a_corrected_one_restate_the_book(sqlite_database: Database) -> None:
    ada = stories.set_up()
    win(ada, "10k", date(2026, 9, 1))
    best = win(ada, "30k", TODAY)
    record_book.told(record_book.bring_up(NOW))
    history.undo(ada, now=NOW)
    assert kinds(record_book.bring_up(NOW)) == ["withdrawn"]
    history.redo(ada, now=NOW)
    pipeline.edit_deal(ada, best, now=NOW, value_minor=31_000_00)
    changes = record_book.bring_up(NOW)
    assert kinds(changes) == ["withdrawn", "broken"]
    assert kept().value == 31_000_00
    assert not record_book.faults()


def test_what_was_entered_in_another_order_gives_the_same_book(new_board: NewBoard) -> None:
    sales = [("5k", 3), ("7k", 0), ("7k", 40), ("9k", 400), ("2k", 1)]
    books = []
    for order in (sales, sales[::-1], sales[2:] + sales[:2]):
        with new_board("sqlite"):
            ada = stories.set_up()
            for value, days in order:
                win(ada, value, TODAY - timedelta(days=days), f"account {value} {days}")
                record_book.bring_up(NOW)
            rows = RecordStanding.select().where(RecordStanding.period != "sale")
            books.append({row.key: row.__data__ for row in rows})
    assert books[0] == books[1] == books[2]


@dataclass(frozen=True)
class Step:
    """One thing done to the board: what, by the how-manieth person, so many days ago, of which value."""

    what: str
    who: int
    days: int
    value: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["win", "win", "win", "late", "reopen", "value", "date", "owner", "lines", "undo", "redo", "move"]
        ),
        st.integers(0, 2),
        st.one_of(st.integers(0, 3), st.integers(0, 400)),
        st.integers(0, 4),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=12)
@given(steps=STEPS, brought_up=st.lists(st.booleans(), min_size=10, max_size=10))
def test_whatever_is_done_the_book_is_what_a_rebuild_gives(
    new_board: NewBoard, steps: list[Step], brought_up: list[bool]
) -> None:
    with new_board("sqlite"):
        ada = stories.set_up()
        teams = [add_team("West"), add_team("North", under="West")]
        crew = [ada, add_person("Mia Berg", team="West"), add_person("Jon Haas", team="North")]
        product = add_product("GTX", "10")
        deals: list[int] = []
        record_book.bring_up(NOW)
        for step, now_too in zip(steps, brought_up, strict=False):
            do(step, ada, crew, deals, product, teams)
            if now_too:
                record_book.bring_up(NOW)
        record_book.bring_up(NOW)
        assert not record_book.faults()
        assert record_book.rebuild(NOW) == 0


def do(step: Step, ada: Actor, crew: list[Actor], deals: list[int], product: int, teams: list[int]) -> None:
    """Do it, as far as it can be done."""
    on = TODAY - timedelta(days=step.days)
    who = crew[step.who].id or 0
    which = deals[step.value % len(deals)] if deals else None
    try:
        match step.what:
            case "win" | "late":
                deal = add_deal(
                    f"account {step.value % 3}",
                    f"{step.value}k",
                    owner=who,
                    source="referral" if step.value % 2 else None,
                    opened_on=on - timedelta(days=step.who),
                )
                if step.value:
                    pipeline.set_lines(ada, deal, [pipeline.Line(product, step.value)], now=NOW)
                deals.append(deal)
                pipeline.win_deal(
                    ada,
                    deal,
                    now=NOW,
                    won_on=on if step.what == "late" else TODAY,
                    value_minor=step.value * 1000,
                )
            case "undo":
                history.undo(ada, now=NOW)
            case "redo":
                history.redo(ada, now=NOW)
            case "move":
                people.join_team(ada, who, teams[step.value % 2], now=NOW, from_on=on)
            case _ if which is None:
                return
            case "reopen":
                pipeline.reopen_deal(ada, which, now=NOW)
            case "value":
                pipeline.edit_deal(ada, which, now=NOW, value_minor=step.value * 1000)
            case "date":
                pipeline.edit_deal(ada, which, now=NOW, closed_on=on)
            case "owner":
                pipeline.edit_deal(ada, which, now=NOW, owner=who)
            case "lines":
                pipeline.set_lines(ada, which, [pipeline.Line(product, step.value + 1)], now=NOW)
    except Refused:
        pass


def test_control_a_tampered_row_is_seen(sqlite_database: Database) -> None:
    ada = stories.set_up()
    win(ada, "10k", TODAY)
    record_book.bring_up(NOW)
    assert not record_book.faults()
    RecordStanding.update(value=RecordStanding.value + 1).where(RecordStanding.key == str(MONTH)).execute()
    win(ada, "99k", TODAY - timedelta(days=60))
    faults = record_book.faults()
    assert any(str(MONTH) in fault for fault in faults), "also where the book had to be brought up first"


def test_what_is_dated_ahead_counts_from_its_day_on_and_is_told_to_nobody(sqlite_database: Database) -> None:
    ada = stories.set_up()
    win(ada, "10k", TODAY)
    ahead = win(ada, "50k", TODAY - timedelta(days=1))
    record_book.told(record_book.bring_up(NOW))
    Deal.update(closed_on=TODAY + timedelta(days=3)).where(Deal.id == ahead).execute()
    record_book.rebuild(NOW)
    assert kept().value == 10_000_00
    changes = record_book.bring_up(at(TODAY + timedelta(days=3)))
    assert kept().value == 60_000_00 and not kinds(changes)
    assert record_book.bring_up(NOW) == changes, "a day before takes nothing back"
    assert kept().value == 60_000_00
