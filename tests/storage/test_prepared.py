"""Prepared queries give what Peewee gives, on both databases."""

from datetime import date

import peewee
import pytest

from salesboard.domain import pipeline
from salesboard.storage.database import Database
from salesboard.storage.models import DOMAIN, Deal, Person, Product, Stay, Team
from salesboard.storage.prepared import Prepared, by_id
from tests import stories
from tests.stories import NOW


@pytest.fixture
def deal(database: Database) -> int:
    stories.set_up()
    product = stories.add_product("Widget", "12.50")
    deal = stories.add_deal("Northwind", expected_on=date(2027, 2, 28), lines=[pipeline.Line(product, 3)])
    pipeline.add_note(stories.owner(), deal, "100 % sure? 'Yes'", now=NOW)
    pipeline.move_deal(stories.owner(), deal, stories.stage_id("prospect"), now=NOW)
    return deal


def test_a_row_by_its_id_is_the_row_of_peewee(deal: int) -> None:
    for model in DOMAIN:
        for row in model.select():
            found = by_id(model, row.id)
            assert type(found) is model
            assert found.__data__ == row.__data__
            assert found == row


def test_what_is_not_there_is_none(deal: int) -> None:
    assert by_id(Deal, 10**12) is None
    assert by_id(Deal, None) is None
    assert Prepared(lambda name: Product.select().where(Product.name == name)).first("Nothing") is None
    assert (
        Prepared(lambda name: Product.select(Product.id).where(Product.name == name)).scalar("Nothing")
        is None
    )


def test_links_of_a_row_can_be_followed(deal: int) -> None:
    found = by_id(Deal, deal)
    assert found is not None
    assert (found.account.name, found.stage.kind, found.owner_id) == (
        "Northwind",
        "prospect",
        stories.owner().id,
    )


def test_a_blank_may_stand_anywhere_and_twice_among_constants(deal: int) -> None:
    query = Prepared(
        lambda day, text: Deal.select(Deal.id, Deal.expected_on).where(
            (Deal.expected_on >= day)
            & (Deal.expected_on <= day)
            & (Deal.status == "open")
            & (Deal.title == text)
        )
    )
    assert query.tuples(date(2027, 2, 28), "Widget") == [(deal, date(2027, 2, 28))]
    assert query.tuples(date(2027, 2, 27), "Widget") == []
    assert query.tuples(date(2027, 2, 28), "100 % ' \" ?") == []


def test_values_come_out_as_peewee_gives_them(deal: int) -> None:
    query = Prepared(lambda number: Stay.select().where(Stay.deal == number).order_by(Stay.id))
    assert query.first(deal).entered_at == Stay.select().order_by(Stay.id).get().entered_at
    active = Prepared(
        lambda: Person.select(Person.active, peewee.fn.COUNT(Person.id)).group_by(Person.active)
    )
    assert active.tuples() == [(True, 1)]
    assert list(active.iterator()) == active.tuples()
    assert Prepared(lambda: Team.select(peewee.fn.MAX(Team.id))).scalar() is None


def test_one_query_serves_both_databases(sqlite_database: Database, deal: int) -> None:
    assert by_id(Deal, deal) is not None
