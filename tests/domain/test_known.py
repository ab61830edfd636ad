"""What was known on a day, read from the board: small stories, before and after what came later."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from salesboard.domain import company, people, pipeline
from salesboard.domain.known import Metric, known_on
from salesboard.domain.pipeline import Line
from salesboard.domain.rhythm import Sale
from salesboard.storage.database import Database
from tests import stories
from tests.conftest import on_sqlite_alone
from tests.stories import add_account, add_deal, add_person, add_team, minor, owner, stage_id

DAY = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def board(database: Database) -> None:
    stories.set_up(now=at(date(2025, 1, 1)))


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def before(days: int) -> date:
    return DAY - timedelta(days=days)


def opened(day: date, account: str = "Hofer", value: str | None = "10k", **facts: Any) -> int:
    return add_deal(account, value, now=at(day), **facts)


def won(deal: int, day: date, value: str | None = None) -> int:
    pipeline.win_deal(owner(), deal, now=at(day), won_on=day, value_minor=minor(value))
    return deal


def sold(day: date, value: str, **facts: Any) -> int:
    return won(opened(day, value=value, **facts), day)


def sales(
    today: date = DAY, metric: Metric = "revenue", product: int | None = None, **part: int
) -> list[int]:
    return [sale.amount for sale in known_on(today, metric, product=product).part(**part).sales]


# --- nothing but what was known -----------------------------------------------------------------------------


def test_what_comes_later_changes_nothing_of_a_day() -> None:
    target = opened(before(60), "Hofer")
    moved = opened(before(50), "Kestrel")
    pipeline.move_deal(owner(), moved, stage_id("opportunity"), now=at(before(40)))
    won(opened(before(30), "Orchard"), before(10))
    pipeline.lose_deal(owner(), opened(before(45), "Larch"), reason="price", now=at(before(20)))
    known = known_on(DAY)

    pipeline.move_deal(owner(), target, stage_id("prospect"), now=at(before(-3)))
    won(moved, before(-5))
    pipeline.lose_deal(owner(), target, reason="price", now=at(before(-8)))
    opened(before(-1), "Marten")
    sold(before(-9), "50k")
    assert known_on(DAY) == known
    assert known_on(before(-9)) != known, "but later it is known"


def test_courses_are_those_of_the_day() -> None:
    deal = opened(before(60))
    pipeline.move_deal(owner(), deal, stage_id("prospect"), now=at(before(40)))
    pipeline.move_deal(owner(), deal, stage_id("opportunity"), now=at(before(20)))
    won(deal, before(6))

    def course(days: int) -> list[tuple[Any, ...]]:
        (only,) = known_on(before(days)).part().courses
        return [tuple(visit) for visit in only.visits]

    assert not known_on(before(61)).part().courses
    assert course(60) == [("target", before(60), None, None)]
    assert course(20) == [
        ("target", before(60), before(40), "prospect"),
        ("prospect", before(40), before(20), "opportunity"),
        ("opportunity", before(20), None, None),
    ]
    assert course(0)[-1] == ("opportunity", before(20), before(6), "won")
    assert known_on(before(7)).part().sales == []
    assert known_on(before(6)).part().sales == [Sale(before(6), minor("10k"))]


def test_a_sale_that_was_taken_back_is_none_and_its_deal_is_open_again() -> None:
    deal = won(opened(before(60)), before(30))
    assert sales(before(29)) == [minor("10k")]
    pipeline.reopen_deal(owner(), deal, now=at(before(20)))
    assert sales() == []
    (course,) = known_on(DAY).part().courses
    assert course.visits[-1].entered == before(20)
    assert course.visits[-1].left is None


def test_archived_open_deals_are_out_archived_sales_count() -> None:
    out, sale = opened(before(60)), won(opened(before(60)), before(30))
    for deal in (out, sale):
        pipeline.archive_deal(owner(), deal, now=at(before(10)))
    known = known_on(DAY)
    assert len(known.deals) == 1
    assert sales() == [minor("10k")]


def test_days_are_those_of_the_company() -> None:
    company.edit_company(owner(), now=at(before(90)), zone="Pacific/Auckland")
    add_deal("Hofer", "10k", now=at(before(10), hour=23))
    (course,) = known_on(DAY).part().courses
    assert course.visits[0].entered == before(9)


def test_a_closed_deal_was_known_at_list_price() -> None:
    gauge = stories.add_product("Gauge", "900")
    deal = opened(before(60), value="850", lines=[Line(gauge)])
    pipeline.lose_deal(owner(), deal, reason="price", now=at(before(20)))
    assert [course.amount for course in known_on(before(30)).part().courses] == [minor("900")]
    made_to_measure = stories.add_product("Console")
    deal = opened(before(60), value="700", lines=[Line(gauge), Line(made_to_measure)])
    assert known_on(DAY).deals[-1].course.amount == minor("700")
    won(deal, before(3), "650")
    assert known_on(before(4)).deals[-1].course.amount == minor("650"), "without a price, at what it became"


# --- parts and metrics --------------------------------------------------------------------------------------


def test_a_sale_counts_for_the_team_of_its_day() -> None:
    add_team("Sales")
    west, east = add_team("West", under="Sales"), add_team("East", under="Sales")
    mia = add_person("Mia Berg", team="West")
    jon = add_person("Jon Haas", team="East")
    for days, value, by in ((50, "1k", mia), (30, "2k", mia), (20, "4k", jon)):
        won(opened(before(days), value=value, owner=by.id), before(days))
    people.leave_team(owner(), mia.id, west, now=at(before(35)), until_on=before(40))
    people.join_team(owner(), mia.id, east, now=at(before(35)), from_on=before(40))
    opened(before(45), value="8k", owner=mia.id)
    top = people.find_team("Sales")
    assert sales() == [minor(value) for value in ("1k", "2k", "4k")]
    assert sales(team=top) == sales()
    assert sales(team=west) == [minor("1k")]
    assert sales(team=east) == [minor("2k"), minor("4k")]
    assert sales(person=mia.id) == [minor("1k"), minor("2k")]
    assert sales(team=east, person=mia.id) == [minor("2k")]
    known = known_on(DAY)
    # The open deal is where its owner is today.
    assert [len(known.part(team=team).courses) for team in (west, east)] == [1, 3]


def test_one_deal_counts_in_every_metric_it_should() -> None:
    gauge, logger = stories.add_product("Gauge", "900"), stories.add_product("Logger", "600")
    won(opened(before(30), value="3k", lines=[Line(gauge, 2), Line(logger, 2)]), before(20))
    won(opened(before(30), value="900", lines=[Line(gauge)]), before(10))
    opened(before(5), "Hofer", lines=[Line(logger, 7)])
    opened(before(5), "Kestrel")
    add_deal(None, "1k", title="No account yet", now=at(before(5)))

    def still_open(metric: Metric, product: int | None = None) -> list[int | None]:
        return [course.amount for course in known_on(DAY, metric, product=product).part().courses[2:]]

    assert sales() == [minor("3k"), minor("900")]
    assert sales(metric="sales") == [1, 1]
    assert sales(metric="units") == [4, 1]
    assert sales(metric="units", product=logger) == [2, 0]
    assert sales(metric="new customers") == [1, 0]
    assert still_open("sales") == [1, 1, 1]
    assert still_open("units", logger) == [7, 0, 0]
    assert still_open("new customers") == [0, 1, 0], "Hofer has bought before, Kestrel has not"


# --- what follows -------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_a_constant_history_on_the_board_goes_on_exactly() -> None:
    for week in range(26):
        sold(before(7 * week + 4), "20k")
    opened(before(9), value="300k")
    found = known_on(DAY).part().outlook
    due = DAY + timedelta(weeks=5)
    assert found.chances(due, [minor("100k") or 0, minor("100.01k") or 0]) == [1.0, 0.0]
    assert known_on(DAY, "sales").part().outlook.chances(due, [5, 6]) == [1.0, 0.0]


def test_an_empty_board_says_nothing() -> None:
    add_account("Hofer")
    known = known_on(DAY)
    assert known.part().outlook.chance(DAY + timedelta(days=30), 1) is None
    assert known.part(person=owner().id).outlook.rhythm is None
