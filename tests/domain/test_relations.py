"""Since when a client is one, which day recalls it, and whether anybody said thank you."""

from datetime import date, timedelta

import pytest

from salesboard.domain import gratitude, history, people, pipeline, relations
from salesboard.domain.relations import Relation
from salesboard.errors import NotAllowed, Refused
from salesboard.storage.database import Database
from tests import stories
from tests.stories import NOW, TODAY, add_account, add_deal, add_person, add_team, faults

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


# --- what people are reminded of ----------------------------------------------------------------------------

FIVE_YEARS = date(2026, 11, 29)


def told(today: date, since_day: date | None = None) -> list[tuple[str, int]]:
    return [(one.text, one.lead) for one in relations.flags(today, since_day)]


def hofer() -> int:
    """A client since 29 Nov 2021, who bought again this year; one who never did, and one since today."""
    deal = sell("Hofer GmbH", date(2021, 11, 29), "12400")
    sell("Hofer GmbH", date(2026, 1, 9), "1k")
    sell("Lapsed", date(2021, 11, 29))
    sell("Lapsed", date(2020, 12, 6))
    sell("Young", TODAY)
    return deal


def test_an_anniversary_is_told_14_and_7_days_before_and_on_its_day(sqlite_database: Database) -> None:
    stories.set_up()
    hofer()
    days = [FIVE_YEARS - ahead * DAY for ahead in range(20, -20, -1)]
    found = [(day, *one) for day in days for one in told(day, day - DAY)]
    started = "Hofer GmbH, 5 years with us (started 29 Nov 2021 with a first sale of 12,400)"
    assert found == [
        (FIVE_YEARS - 14 * DAY, f"In 14 days: {started}", 14),
        (FIVE_YEARS - 7 * DAY, f"In 7 days: {started}", 7),
        (FIVE_YEARS, f"Today: {started}", 0),
    ]
    assert relations.flags(FIVE_YEARS - 10 * DAY, FIVE_YEARS - 11 * DAY, leads=(10,))[0].lead == 10


def test_days_that_were_slept_over_are_caught_up_for_thirty_days(sqlite_database: Database) -> None:
    stories.set_up()
    hofer()
    (late,) = relations.flags(FIVE_YEARS + 3 * DAY, FIVE_YEARS - DAY)
    assert late.text.startswith("Hofer GmbH, 5 years with us, was on 29 Nov (started 29 Nov 2021")
    (in_time,) = relations.flags(FIVE_YEARS, FIVE_YEARS - DAY)
    assert late.key == in_time.key
    assert told(FIVE_YEARS + 29 * DAY, FIVE_YEARS - DAY) and told(FIVE_YEARS + 29 * DAY)
    assert told(FIVE_YEARS + 30 * DAY, FIVE_YEARS - DAY) == []
    ((words, lead),) = told(FIVE_YEARS - 4 * DAY, FIVE_YEARS - 30 * DAY)
    assert words.startswith("In 4 days: Hofer GmbH") and lead == 7


def test_the_owner_is_told_and_on_the_day_whoever_leads_them(sqlite_database: Database) -> None:
    ada = stories.set_up()
    for team, above in (("Austria", None), ("West", "Austria"), ("East", None)):
        add_team(team, under=above)
    mia, jon = add_person("Mia", team="West"), add_person("Jon", team="West")
    lea, max_ = add_person("Lea", "lead", team="West"), add_person("Max", "manager", team="Austria")
    add_person("Eve", "lead", team="East")
    hofer()
    deal = add_deal("Hofer GmbH", "1k", by=mia)
    pipeline.win_deal(mia, deal, now=NOW)

    def whom(ahead: int) -> tuple[int, ...]:
        return relations.flags(FIVE_YEARS - ahead * DAY, FIVE_YEARS - (ahead + 1) * DAY)[0].whom

    assert (whom(7), whom(0)) == ((mia.id,), (mia.id, lea.id, max_.id))
    pipeline.edit_deal(ada, deal, now=NOW, owner=jon.id)
    assert whom(7) == (jon.id,)
    people.edit_person(ada, jon.id or 0, now=NOW, active=False)
    assert whom(7) == (lea.id, max_.id)


def test_with_another_beginning_it_is_another_anniversary(sqlite_database: Database) -> None:
    """A back-dated or un-won first sale moves the start; the history of the deal says so."""
    ada = stories.set_up()
    first = hofer()
    before = relations.flags(FIVE_YEARS - 7 * DAY)[0].key
    pipeline.edit_deal(ada, first, now=NOW, closed_on=date(2021, 11, 27))
    (moved,) = relations.flags(FIVE_YEARS - 7 * DAY)
    assert (moved.start, moved.on) == (date(2021, 11, 27), date(2026, 11, 27))
    assert moved.key != before
    change = next(one for one in history.events(subject=first)[-1].changes if one.table == "deal")
    assert (change.before or {})["closed_on"] == "2021-11-29"
    pipeline.reopen_deal(ada, first, now=NOW)
    assert client("Hofer GmbH").since == date(2026, 1, 9)
    assert history.events(subject=first)[-1].verb == "reopened"


def test_thanks_that_are_due_for_a_week_are_told_to_the_owner(sqlite_database: Database) -> None:
    ada = stories.set_up()
    deal = sell("Hofer", TODAY - 8 * DAY)
    sell("Northwind", TODAY - 7 * DAY)
    sell("Kestrel", (TODAY - 9 * DAY).replace(year=2025))
    found = [(one.key, one.text, one.whom) for one in relations.thanks_due(TODAY)]
    kestrel = f"account:{add_account('Kestrel')}:2025-11-13:1"
    assert found == [
        (kestrel, "Thank-you owed to Kestrel since 13 Nov: 1 year with us", (ada.id,)),
        (f"deal:{deal}", "Thank-you owed to Hofer since 14 Nov: sale of Hofer", (ada.id,)),
    ]
    relations.say_thanks(ada, add_account("Kestrel"), "call", now=NOW)
    assert [one.account for one in relations.thanks_due(TODAY)] == [add_account("Hofer")]


# --- how well thanks are said -------------------------------------------------------------------------------


def test_the_rate_of_thanks_is_what_was_thanked_in_a_week_of_what_was_due(sqlite_database: Database) -> None:
    """Thanked after 0, 7 and 8 days, one not at all, and one whose week is not over."""
    stories.set_up()
    add_team("West")
    mia = add_person("Mia", team="West", since=TODAY - 30 * DAY)
    for account, ago, thanked_after in (
        ("Same day", 20, 0),
        ("In time", 20, 7),
        ("Late", 20, 8),
        ("Never", 20, None),
        ("Fresh", 7, None),
    ):
        deal = add_deal(account, "1k", by=mia)
        pipeline.win_deal(mia, deal, now=NOW, won_on=TODAY - ago * DAY)
        if thanked_after is not None:
            on = TODAY - (ago - thanked_after) * DAY
            relations.say_thanks(mia, add_account(account), "card", now=NOW, on=on)
    sell("Own", TODAY - 60 * DAY)
    found = gratitude.rates(today=TODAY)
    assert found.start == date(2026, 1, 1)
    assert found.people["Mia"] == gratitude.Rate(due=4, in_time=2, thanked=3, median_days=7)
    assert found.teams == {"West": found.people["Mia"]}
    assert found.people["Ada Marsh"] == gratitude.Rate(1, 0, 0, None)
    assert (found.everybody.due, found.everybody.percent) == (5, 40)
    assert {name: rate.due for name, rate in found.quarters.items()} == {"2026-Q3": 1, "2026-Q4": 4}
    assert gratitude.rates(today=TODAY, since=TODAY).everybody.percent is None
    late = relations.thanks_of(add_account("Late"))[0].id
    with pytest.raises(NotAllowed, match="may withdraw thanks only on a rep's own"):
        relations.withdraw_thanks(add_person("Jon"), late, now=NOW)
    assert relations.withdraw_thanks(mia, late, now=NOW) == "Late"
    assert "Late" in [name for name, *_ in owed()]
    assert gratitude.rates(today=TODAY).people["Mia"].thanked == 2
    history.undo(mia, now=NOW)
    assert gratitude.rates(today=TODAY).people["Mia"].thanked == 3
    assert faults() == []
