"""What led to a record, what proves it, what may break it, and how the years grew."""

from datetime import date, timedelta

import pytest

from salesboard.domain import chases, goals, growth, lineage, pipeline, record_book
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.goals import Wish
from salesboard.domain.moments import moments
from salesboard.domain.record_news import Words
from salesboard.domain.records import Key
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import stories
from tests.domain.test_record_book import MONTH, at, win
from tests.stories import NOW, TODAY

LARGEST = Key(COMPANY_SCOPE, "largest sale", "sale")


@pytest.fixture
def ada(sqlite_database: Database) -> Actor:
    """November 2025 brought 180, December 205, this November 140 so far."""
    ada = stories.set_up(now=at(date(2025, 11, 1)))
    for on, value in (
        (date(2025, 11, 10), "180k"),
        (date(2025, 12, 10), "200k"),
        (date(2025, 12, 11), "5k"),
        (date(2026, 11, 9), "144k"),
    ):
        win(ada, value, on, f"client {value}", now=at(on))
    return ada


def test_a_lineage_names_each_time_it_fell_and_the_sales_behind_it(ada: Actor) -> None:
    record_book.bring_up(NOW)
    found = lineage.lineage(MONTH, today=TODAY)
    november, december = found.steps
    assert (november.moment.value, november.margin, november.moment.days_stood) == (180_000_00, None, 30)
    assert (december.margin, december.sales) == (25_000_00, 2)
    assert [(one.account, one.owner, one.counts) for one in december.behind] == [
        ("client 200k", "Ada Marsh", 200_000_00),
        ("client 5k", "Ada Marsh", 5_000_00),
    ]
    assert december.moment.days_stood == (TODAY - date(2025, 12, 10)).days
    assert [bar.value for bar in found.years if bar.holds] == [205_000_00]
    assert [one.kind for one in found.changes] == ["baseline"], "what was there when the book was begun"


def test_a_proof_adds_the_sales_up_to_the_record(ada: Actor) -> None:
    found = lineage.proof(MONTH, today=TODAY)
    assert found.holds and found.running == [200_000_00, 205_000_00]
    largest = lineage.proof(LARGEST, today=TODAY)
    assert largest.holds and [one.account for one in largest.behind] == ["client 200k"]
    for record in record_book.book(today=TODAY):
        assert lineage.proof(record.key, today=TODAY).holds, record.key


def test_a_chase_says_what_is_missing_and_what_each_day_must_bring(ada: Actor) -> None:
    """61,000 short of the best month, six working days of November left."""
    (found,) = (
        one for one in chases.chases(today=TODAY, metrics=["revenue"], with_odds=False) if one.key == MONTH
    )
    assert (found.gap, found.days_left, found.needed) == (61_000_00, 6, 10_166_67)
    assert (found.of, round(found.percent)) == ("ever", 70)
    assert chases.in_words(found, Words(TODAY)) == (
        "$61,000 short of the best month ever, 6 selling days left, needs 10,167 a day"
    )
    win(ada, "100k", TODAY)
    assert MONTH not in chases.nearest(chases.chases(today=TODAY, with_odds=False)), "it is broken"


def test_a_record_out_of_reach_is_not_spoken_of(ada: Actor) -> None:
    win(ada, "900k", date(2025, 12, 12))
    assert MONTH not in chases.nearest(chases.chases(today=TODAY, with_odds=False))


def test_a_running_year_is_held_against_as_many_days_of_the_year_before(ada: Actor) -> None:
    revenue = next(one for one in growth.growth(today=TODAY) if one.metric == "revenue")
    before, now = revenue.years
    assert (before.value, before.change) == (385_000_00, None)
    assert (now.value, now.compared, now.change) == (144_000_00, 180_000_00, -20.0)
    assert revenue.running and revenue.compound is None
    later = next(one for one in growth.growth(today=date(2026, 12, 31)) if one.metric == "revenue")
    assert (later.years[-1].change, later.compound, later.over) == (-62.6, -62.6, 1)
    assert growth.spark(before.months) == "··········██"


def test_growth_from_zero_is_not_a_number(ada: Actor) -> None:
    assert growth.change(5, 0) is None and growth.change(5, None) is None
    assert growth.growth(today=date(2025, 1, 1)) == []
    assert growth.spark([0, 1, 8]) == "·▁█"


def test_a_moment_names_the_deal_and_the_person_that_crossed_the_line(ada: Actor) -> None:
    wish = Wish("revenue", 150_000_00, date(2026, 11, 1), date(2026, 11, 30), relevance="it counts")
    goals.add_goal(ada, wish, now=NOW)
    assert moments(today=TODAY) == []
    win(ada, "10k", TODAY, "Northwind")
    (one,) = moments(today=TODAY)
    assert (one.on, one.deal, one.person) == (TODAY, "Northwind", "Ada Marsh")


def test_the_records_of_somebody_are_found_by_their_scope(ada: Actor) -> None:
    own = lineage.find(Key(Scope(person=ada.id), "revenue", "month"), TODAY)
    assert own.value == 205_000_00
    deal = win(ada, "900k", TODAY - timedelta(days=1))
    assert lineage.find(own.key, TODAY).value > own.value
    pipeline.reopen_deal(ada, deal, now=NOW)
    assert lineage.find(own.key, TODAY) == own
