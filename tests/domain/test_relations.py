"""Since when a client is one, which day recalls it, and whether anybody said thank you."""

from datetime import date, timedelta

import pytest

from salesboard.domain import history, pipeline, relations
from salesboard.domain.relations import Relation
from salesboard.errors import Refused
from salesboard.storage.database import Database
from tests import stories
from tests.stories import NOW, TODAY, add_account, add_deal, faults

DAY = timedelta(days=1)


def sell(account: str, on: date, value: str = "10k") -> int:
    deal = add_deal(account, value)
    pipeline.win_deal(stories.owner(), deal, now=NOW, won_on=on)
    return deal


def client(name: str) -> Relation:
    return next(one for one in relations.relations(today=TODAY) if one.name == name)


def owed() -> list[tuple[str, str, int, bool]]:
    return [(one.name, one.what, one.days, one.overdue) for one in relations.thanks_owed(today=TODAY)]


def test_a_relationship_that_began_on_29_february(database: Database) -> None:
    """28 Feb 2021 (1), 28 Feb 2023 (3), 29 Feb 2024 (4), 28 Feb 2025 (5), 29 Feb 2028 (8)."""
    stories.set_up()
    sell("Hofer", date(2020, 2, 29))
    found = relations.anniversaries_of(client("Hofer"), date(2020, 2, 29), date(2028, 3, 1))
    assert [(one.on, one.years) for one in found if one.years in (1, 3, 4, 5, 8)] == [
        (date(2021, 2, 28), 1),
        (date(2023, 2, 28), 3),
        (date(2024, 2, 29), 4),
        (date(2025, 2, 28), 5),
        (date(2028, 2, 29), 8),
    ]


def test_it_began_with_the_kick_off_unless_it_is_pinned_to_the_sale(database: Database) -> None:
    """Kick-off 10 May 2023 and first sale 1 Aug 2023: start 10 May unless pinned to the sale."""
    ada = stories.set_up()
    sell("Hofer", date(2023, 8, 1))
    hofer = add_account("Hofer")
    assert (client("Hofer").since, client("Hofer").kind) == (date(2023, 8, 1), "first sale")
    kick_off = date(2023, 5, 10)
    relations.set_first_date(ada, hofer, "kick-off", kick_off, now=NOW, place="Graz", story="with M. Huber")
    assert (client("Hofer").since, client("Hofer").kind, client("Hofer").place) == (
        kick_off,
        "kick-off",
        "Graz",
    )
    relations.set_first_date(ada, hofer, "first sale", date(2023, 8, 1), now=NOW, pinned=True)
    assert (client("Hofer").since, client("Hofer").kind) == (date(2023, 8, 1), "first sale")
    history.undo(ada, now=NOW)
    assert client("Hofer").since == kick_off
    assert faults() == []


def test_a_sale_before_the_kick_off_was_the_beginning_unless_that_is_pinned(database: Database) -> None:
    ada = stories.set_up()
    first = sell("Hofer", date(2023, 1, 9))
    sell("Hofer", date(2024, 3, 3))
    hofer = add_account("Hofer")
    relations.set_first_date(ada, hofer, "kick-off", date(2023, 5, 10), now=NOW)
    assert client("Hofer").since == date(2023, 1, 9)
    pipeline.reopen_deal(ada, first, now=NOW)
    assert client("Hofer").since == date(2023, 5, 10)
    with pytest.raises(Refused, match="still to come"):
        relations.set_first_date(ada, hofer, "kick-off", TODAY + DAY, now=NOW)


def test_who_became_a_client_today_has_no_anniversary_before_next_year(database: Database) -> None:
    stories.set_up()
    sell("Hofer", TODAY)
    sell("Northwind", TODAY.replace(year=TODAY.year - 5))
    found = relations.anniversaries(today=TODAY, days=1)
    assert [(one.relation.name, one.years, one.is_round) for one in found] == [("Northwind", 5, True)]
    assert relations.anniversaries(today=TODAY + DAY, days=364) == []
    assert len(relations.anniversaries(today=TODAY + DAY, days=366)) == 2


def test_thanks_are_owed_for_sales_and_anniversaries_until_they_are_said(database: Database) -> None:
    ada = stories.set_up()
    sell("Hofer", TODAY - 10 * DAY)
    sell("Northwind", (TODAY - 2 * DAY).replace(year=TODAY.year - 1))
    sell("Kestrel", TODAY - 300 * DAY)
    assert owed() == [("Hofer", "sale of Hofer", 10, True), ("Northwind", "1 year with us", 2, False)]

    relations.say_thanks(ada, add_account("Hofer"), "call", now=NOW, on=TODAY - DAY, words="for the business")
    assert owed() == [("Northwind", "1 year with us", 2, False)]
    assert [one.words for one in relations.thanks_of(add_account("Hofer"))] == ["for the business"]
    assert client("Hofer").last_thanks == TODAY - DAY
    history.undo(ada, now=NOW)
    assert len(owed()) == 2
    with pytest.raises(Refused, match="still to come"):
        relations.say_thanks(ada, add_account("Hofer"), "call", now=NOW, on=TODAY + DAY)


def test_who_has_not_bought_for_long_is_marked(database: Database) -> None:
    stories.set_up()
    sell("Hofer", TODAY.replace(year=TODAY.year - 3))
    sell("Northwind", TODAY.replace(year=TODAY.year - 1))
    assert (client("Hofer").lapsed, client("Northwind").lapsed) == (True, False)
    assert [name for name, *_ in owed()] == ["Northwind"]
