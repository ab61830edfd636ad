"""What is told of the record book: once, of the widest scope, calmly where something is corrected."""

from datetime import date
from pathlib import Path

import pytest

from salesboard import importing
from salesboard.domain import history, pipeline, record_book, record_keeping, records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.record_news import RecordNews, news
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import stories
from tests.domain.test_record_book import at, win
from tests.stories import add_person, add_team

MARCH = date(2026, 3, 28)


def told(day: date) -> list[RecordNews]:
    """What is told when the book is brought up on a day."""
    changes = record_book.bring_up(at(day))
    found = news(changes, today=day)
    record_book.told(changes)
    return found


@pytest.fixture
def mia(sqlite_database: Database) -> Actor:
    """Mia, of the team West, sold in November 180, in December 205, in January 205 and in February 100."""
    stories.set_up(now=at(date(2025, 11, 1)))
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    for number, (on, value) in enumerate(
        (
            (date(2025, 11, 3), "180k"),
            (date(2025, 12, 1), "205k"),
            (date(2026, 1, 5), "205k"),
            (date(2026, 2, 9), "100k"),
        )
    ):
        win(mia, value, on, f"client {number}", now=at(on))
    assert told(MARCH) == [], "what was sold before the book was begun is history"
    return mia


def test_a_record_of_all_scopes_is_one_piece_of_news_of_the_company(mia: Actor) -> None:
    jon = add_person("Jon Haas")
    win(mia, "206k", MARCH, now=at(MARCH))
    (one,) = told(MARCH)
    assert one.text.startswith("March already the best month ever: $206,000, 3 days to go (provisional)")
    assert one.people == {stories.owner().id, mia.id, jon.id}
    assert (one.scope, one.tone) == (COMPANY_SCOPE, "good")
    assert told(MARCH) == [], "it is told once"
    win(mia, "9k", MARCH, now=at(MARCH))
    assert not any("best month ever:" in other.text for other in told(MARCH)), (
        "what is told goes on by itself"
    )


def test_a_record_is_final_once_three_working_days_after_its_period(mia: Actor) -> None:
    win(mia, "206k", MARCH, now=at(MARCH))
    told(MARCH)
    assert not any("month" in one.text for one in told(date(2026, 4, 2)))
    (one,) = (one for one in told(date(2026, 4, 3)) if "month" in one.text)
    assert one.text == "final: March is the best month ever: $206,000, by $1,000"
    assert told(date(2026, 4, 6)) == []


def test_a_correction_withdraws_a_record_calmly(mia: Actor) -> None:
    february = date(2026, 2, 27)
    win(mia, "106k", february, now=at(february))
    (broken,) = told(february)
    assert "February already the best month ever: $206,000" in broken.text
    (december,) = records.read_sales(date(2025, 12, 1), date(2025, 12, 31))
    march = date(2026, 3, 4)
    pipeline.edit_deal(mia, december.deal, now=at(march), value_minor=207_000_00)
    (one,) = (one for one in told(march) if not one.text.startswith("final"))
    assert one.text == (
        "restated: December corrected +2,000; February’s record withdrawn, December holds again "
        "(best month: $207,000)"
    )
    assert (one.tone, one.withdraws[0]) == ("plain", broken.key)
    assert mia.id in one.people


def test_undoing_a_sale_withdraws_what_was_told_of_it(mia: Actor) -> None:
    win(mia, "206k", MARCH, now=at(MARCH))
    (broken,) = told(MARCH)
    history.undo(mia, now=at(MARCH))
    (one,) = told(MARCH)
    assert one.text.startswith("restated: ") and one.tone == "plain"
    assert broken.key in one.withdraws
    assert not record_book.faults()


def test_somebody_s_own_record_is_told_to_them_and_to_those_who_lead_them(mia: Actor) -> None:
    lead = add_person("Lea Lead", "lead", team="West")
    kim = add_person("Kim Roth", team="West")
    for month in (12, 1, 2, 3):
        on = date(2025 if month == 12 else 2026, month, 20)
        win(kim, f"{month % 12 + 1}k", on, now=at(on))
        found = told(on)
    (one,) = found
    assert one.text.startswith("Kim Roth: March already the best month ever: $4,000")
    assert one.people == {kim.id, lead.id}
    assert one.scope == Scope(person=kim.id)


def test_the_first_weeks_are_silent(sqlite_database: Database) -> None:
    ada = stories.set_up(now=at(date(2026, 3, 2)))
    told(date(2026, 3, 2))
    for day in (2, 3, 4):
        win(ada, f"{day}k", date(2026, 3, day), now=at(date(2026, 3, day)))
        assert told(date(2026, 3, day)) == []
    win(ada, "9k", date(2026, 3, 5), now=at(date(2026, 3, 5)))
    (one,) = told(date(2026, 3, 5))
    assert one.text == "today already the best day ever: $9,000 (provisional)"


def test_an_import_is_silent_and_so_is_taking_it_back(mia: Actor, tmp_path: Path) -> None:
    ada, now = stories.owner(), at(MARCH)
    file = tmp_path / "deals.csv"
    file.write_text("deal,account,amount,stage,close date,owner\nBig,Vast,900000,Won,2026-03-20,Mia Berg\n")
    plan = importing.plan(importing.read_files([file]), actor=ada, now=now)
    report = importing.apply(plan, actor=ada, now=now)
    assert told(MARCH) == []
    assert record_book.history(record_keeping.key_from("company/revenue/month"))[-1].value == 900_000_00
    april = date(2026, 4, 3)
    assert told(april) == [], "nor is it told when the month is final"
    importing.undo_import(ada, report.batch or 0, now=at(april))
    assert told(april) == []
    assert not record_book.faults()
    win(mia, "206k", april, now=at(april))
    assert len(told(april)) == 1, "control: a sale is told"
