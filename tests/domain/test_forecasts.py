"""Forecasts of a period's end: the range from one's own history, and by how much earlier ones were off."""

from datetime import date, timedelta

import pytest

from salesboard.domain import history, pipeline
from salesboard.domain.forecasts import Forecast, Past, forecast, pushes
from salesboard.domain.gains import Scope
from salesboard.domain.periods import period_of
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import quarter
from tests.conftest import on_sqlite_alone
from tests.quarter import START, K, at
from tests.stories import add_deal, add_person, owner

SUNDAY = date(2026, 6, 28)


@pytest.fixture
def ada(database: Database) -> Actor:
    return quarter.set_up()


def every_week(weeks: int, amount: str = "20k") -> None:
    """A sale on the Thursday of each of the last weeks."""
    for week in range(weeks):
        day = SUNDAY - timedelta(days=7 * week + 3)
        deal = add_deal(None, amount, now=at(SUNDAY), title=str(day), opened_on=day)
        pipeline.win_deal(owner(), deal, now=at(SUNDAY), won_on=day)


def of_errors(*errors: int) -> Forecast:
    past = tuple(Past(f"Q{place}", START, 100 + error, 100) for place, error in enumerate(errors, 1))
    return Forecast(period_of("quarter", START), 0, None, past)


@pytest.mark.parametrize(
    ("errors", "mean"),
    [((), None), ((0,), 0), ((7,), 7), ((-30, 10), 20), ((10, -10, 4, -1), 6), ((1, 2, 3), 2)],
)
def test_how_far_forecasts_were_off_on_average(errors: tuple[int, ...], mean: int | None) -> None:
    found = of_errors(*errors)
    assert [one.error for one in found.past] == list(errors)
    assert found.mean_absolute_error == mean


def test_without_a_history_there_is_no_forecast(ada: Actor) -> None:
    found = forecast(today=SUNDAY)
    assert (found.period.name, found.so_far, found.range) == ("2026-Q2", 0, None)
    assert (found.past, found.mean_absolute_error) == ((), None)


def test_a_constant_history_is_forecast_exactly_now_and_then(ada: Actor) -> None:
    """Sixty weeks of exactly 20k; two days of the quarter are left, with no Thursday in them."""
    every_week(60)
    found = forecast(today=SUNDAY)
    assert found.so_far == 13 * 20 * K
    assert found.range and (found.range.low, found.range.middle, found.range.high) == (found.so_far,) * 3
    assert [one.period for one in found.past] == ["2025-Q3", "2025-Q4", "2026-Q1"]
    assert found.past[-1].actual == 13 * 20 * K
    assert found.mean_absolute_error == round(sum(abs(one.error) for one in found.past) / 3)


@on_sqlite_alone
def test_a_forecast_of_the_past_knows_only_what_was_known_then(ada: Actor) -> None:
    every_week(60)
    before = forecast(today=SUNDAY).past
    for title in ("One", "Two"):
        deal = add_deal(None, "900k", now=at(SUNDAY), title=title, opened_on=date(2026, 3, 30))
        pipeline.win_deal(owner(), deal, now=at(SUNDAY), won_on=date(2026, 3, 31))
    after = forecast(today=SUNDAY).past
    assert [one.forecast for one in after] == [one.forecast for one in before]
    assert after[-1].actual == before[-1].actual + 1_800 * K, "control: it was sold"
    assert after[-1].as_of == date(2026, 3, 30)


@on_sqlite_alone
def test_a_person_without_sales_has_no_forecast_of_theirs(ada: Actor) -> None:
    every_week(60)
    mia = add_person("Mia")
    found = forecast(today=SUNDAY, scope=Scope(person=mia.id))
    assert (found.so_far, found.range) == (0, None)
    assert forecast(today=SUNDAY, scope=Scope(person=ada.id)).range is not None, "control"


@on_sqlite_alone
def test_counts_are_forecast_like_money(ada: Actor) -> None:
    every_week(60)
    found = forecast(today=SUNDAY, metric="sales", kind="month")
    assert (found.period.name, found.so_far) == ("2026-06", 4)
    assert found.range and found.range.middle == 4


def test_a_deal_whose_date_is_past_counts_as_nothing_and_is_listed(sqlite_database: Database) -> None:
    """Two open deals of 50k; the second was to close a month ago, until it is given another day."""
    quarter.set_up()
    every_week(60)
    today = date(2026, 6, 5)
    for title in ("Northwind", "Kestrel"):
        add_deal(title, "50k", stage="opportunity", now=at(today), opened_on=date(2026, 5, 20))
    both = forecast(today=today)
    late = both.carried[1].deal
    pipeline.edit_deal(owner(), late, now=at(today), expected_on=date(2026, 5, 5))
    found = forecast(today=today)
    assert [(one.name, one.brings, one.pushes) for one in found.overdue] == [("Kestrel", 0, 0)]
    assert [one.name for one in found.carried] == ["Northwind"]
    assert both.range and found.range
    assert found.range.of_open == found.carried[0].brings == both.range.of_open - both.carried[1].brings
    pipeline.edit_deal(owner(), late, now=at(today), expected_on=date(2026, 6, 30))
    again = forecast(today=today)
    assert again.range == both.range and not again.overdue
    assert [one.pushes for one in again.carried] == [0, 1]


def test_a_push_is_a_date_put_off_not_one_brought_forward_or_taken_back(sqlite_database: Database) -> None:
    ada = quarter.set_up()
    deal = add_deal("Northwind", now=at(START))
    for day in (5, 9, 3, 8):
        pipeline.edit_deal(ada, deal, now=at(START), expected_on=date(2026, 3, day))
    assert pushes([deal], today=SUNDAY) == {deal: 2}
    history.undo(ada, now=at(START))
    assert pushes([deal], today=SUNDAY) == {deal: 1}
    history.redo(ada, now=at(START))
    assert pushes([deal], today=SUNDAY) == {deal: 2}
    assert pushes([deal], today=START - timedelta(days=1)) == {}
