"""The record book: strictly better breaks a record, equal holds it too, the order of entry is nothing."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import pipeline, records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.records import HOLDERS_NAMED, Moment, Record, Sale, records_of
from salesboard.storage.database import Database
from tests import stories
from tests.stories import NOW, TODAY, add_deal, add_person, add_team

LATER = date(2027, 6, 1)


def sale(on: date, revenue: int, *, deal: int = 0, days: int | None = None) -> Sale:
    return Sale(on, deal, 1, revenue, 0, False, days)


def of(sales: Sequence[Sale], metric: str = "revenue", period: str = "month", today: date = LATER) -> Record:
    found = records_of(COMPANY_SCOPE, sales, today=today)
    return next(one for one in found if (one.metric, one.period) == (metric, period))


def months(*values: int) -> list[Sale]:
    """Each month from November 2025 on brings so much, on its tenth."""
    starts = (date(2025 + (10 + number) // 12, (10 + number) % 12 + 1, 10) for number in range(len(values)))
    return [
        sale(on, value, deal=number) for number, (on, value) in enumerate(zip(starts, values, strict=True))
    ]


def test_a_record_is_broken_by_what_is_better_and_joined_by_what_is_equal() -> None:
    """November 180, December 205, January 205, February 206."""
    november, december, january, february = (
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )
    until_january = of(months(180, 205, 205))
    assert (until_january.value, until_january.status) == (205, "equalled")
    assert until_january.holders == (december, january)
    assert [one.period_start for one in until_january.moments] == [november, december]

    book = of(months(180, 205, 205, 206))
    assert (book.value, book.margin, book.holders, book.status) == (206, 1, (february,), "final")
    assert [(one.period_start, one.value) for one in book.moments] == [
        (november, 180),
        (december, 205),
        (february, 206),
    ]

    # On 4 March December is corrected to 207: it holds alone.
    corrected = of(months(180, 207, 205, 206))
    assert (corrected.value, corrected.holders, len(corrected.moments)) == (207, (december,), 2)


def test_the_moment_is_the_day_on_which_the_standing_value_was_passed() -> None:
    sales = [sale(date(2026, 1, 5), 100), sale(date(2026, 2, 3), 60), sale(date(2026, 2, 9), 40)]
    assert len(of(sales).moments) == 1
    sales += [sale(date(2026, 2, 12), 1), sale(date(2026, 2, 20), 50)]
    assert of(sales).moments[-1] == Moment(
        date(2026, 2, 12), date(2026, 2, 1), 151, None, (LATER - date(2026, 2, 12)).days
    )


@pytest.mark.parametrize(
    ("today", "status"),
    [(date(2026, 1, 20), "provisional"), (date(2026, 2, 3), "provisional"), (date(2026, 2, 4), "final")],
)
def test_a_period_is_provisional_until_three_working_days_after_its_end(today: date, status: str) -> None:
    assert of([sale(date(2026, 1, 5), 100)], today=today).status == status


def test_the_fastest_win_is_the_shortest_and_the_largest_sale_the_largest() -> None:
    sales = [
        sale(date(2026, 1, day), amount, deal=day, days=days)
        for day, amount, days in ((1, 50, 30), (2, 80, 12), (3, 70, 12), (4, 90, None))
    ]
    fastest = of(sales, "fastest win", "sale")
    assert (fastest.value, fastest.deals, fastest.status, fastest.margin) == (12, (2, 3), "equalled", 18)
    largest = of(sales, "largest sale", "sale")
    assert (largest.value, largest.deals) == (90, (4,))
    assert [(one.deal, one.days_stood) for one in largest.moments[:2]] == [(1, 1), (2, 2)]


def test_a_winning_streak_goes_on_over_weekends_and_ends_with_a_working_day_without_a_sale() -> None:
    days = (1, 2, 5, 6, 7, 9, 12, 13)  # Thursday, Friday, then Monday to Wednesday, and a gap
    sales = [sale(date(2026, 1, day), 10, deal=day) for day in days]
    streak = of(sales, "winning streak", "streak")
    assert (streak.value, streak.holders) == (5, (date(2026, 1, 1),))
    assert streak.newest == (date(2026, 1, 9), 3)
    weekend = [*sales, sale(date(2026, 1, 10), 10, deal=99)]
    assert of(weekend, "winning streak", "streak") == streak, "a sale on a Saturday is no working day"


def test_units_are_counted_by_product_and_referrals_with_the_first_sale() -> None:
    sales = [
        Sale(date(2026, 1, 5), 1, 1, 10, 5, True, None, True, ((7, 2), (8, 3))),
        Sale(date(2026, 1, 6), 2, 1, 10, 4, False, None, False, ((7, 4),)),
    ]
    book = {one.key[1:]: one for one in records_of(COMPANY_SCOPE, sales, today=LATER)}
    assert book["units", "month", None].value == 9
    assert (book["units", "month", 7].value, book["units", "day", 8].value) == (6, 3)
    assert book["referrals", "month", None].value == 1


SALES = st.lists(
    st.builds(
        lambda day, revenue, deal: sale(
            date(2025, 1, 1) + timedelta(days=day), revenue, deal=deal, days=day % 9
        ),
        st.integers(0, 400),
        st.integers(0, 5),
        st.integers(0, 50),
    ),
    max_size=40,
    unique_by=lambda one: one.deal,
)


@given(SALES, st.randoms())
def test_the_order_in_which_sales_were_entered_makes_no_difference(sales: list[Sale], chance: object) -> None:
    mixed = list(sales)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert list(records_of(COMPANY_SCOPE, mixed, today=LATER)) == list(
        records_of(COMPANY_SCOPE, sales, today=LATER)
    )


@given(SALES)
def test_a_record_is_the_best_there_ever_was(sales: list[Sale]) -> None:
    by_day: dict[date, int] = {}
    for one in sales:
        by_day[one.on] = by_day.get(one.on, 0) + one.revenue
    if not any(by_day.values()):
        return
    record = of(sales, "revenue", "day")
    assert record.value == max(by_day.values())
    holders = sorted(day for day, value in by_day.items() if value == record.value)
    assert (record.holders, record.joint) == (tuple(holders[:HOLDERS_NAMED]), len(holders))
    values = [moment.value for moment in record.moments]
    assert values == sorted(set(values))
    assert record.moments[-1].period_start == record.holders[0]


def test_after_every_change_the_book_is_as_the_sales_are(database: Database) -> None:
    ada = stories.set_up()
    west = add_team("West")
    mia = add_person("Mia Berg", team="West")
    deals = [add_deal(name, value, owner=mia.id) for name, value in (("Hofer", "12k"), ("Northwind", "20k"))]

    def best(scope: Scope) -> int | None:
        found = records.book(today=TODAY, scope=scope)
        return next((one.value for one in found if (one.metric, one.period) == ("revenue", "day")), None)

    assert best(COMPANY_SCOPE) is None
    for deal, won_on in zip(deals, (TODAY, TODAY - timedelta(days=3)), strict=True):
        pipeline.win_deal(mia, deal, now=NOW, won_on=won_on)
    assert best(COMPANY_SCOPE) == best(Scope(team=west)) == best(Scope(person=mia.id)) == 20_000_00
    pipeline.reopen_deal(ada, deals[1], now=NOW)
    assert best(COMPANY_SCOPE) == 12_000_00
    assert best(Scope(person=ada.id)) is None
