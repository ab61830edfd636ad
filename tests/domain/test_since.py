"""What was accomplished since a day, in full and in a few lines; what happened on this day."""

from datetime import date, timedelta

import pytest

from salesboard.domain import people, pipeline, relations, since
from salesboard.domain.awards import seasons
from salesboard.domain.goals import Step, Wish, add_goal
from salesboard.errors import Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import nominating, stories
from tests.stories import NOW, TODAY, add_account, add_deal, add_person, add_team

DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY


def sell(account: str, on: date, value: str = "10k", *, by: Actor | None = None) -> int:
    deal = add_deal(account, value, by=by, title="Pump", opened_on=on - 30 * DAY)
    pipeline.win_deal(stories.owner(), deal, now=NOW, won_on=on)
    return deal


def a_good_day() -> Actor:
    """Mia's sale of yesterday reaches the milestone, is the largest of all, and she has thanked for it."""
    ada = stories.set_up()
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    ladder = (Step(50_000_00, TODAY + 9 * DAY, "Half"), Step(90_000_00, TODAY + 30 * DAY, "All"))
    wish = Wish(
        "revenue", 90_000_00, TODAY - 20 * DAY, TODAY + 30 * DAY, ladder=ladder, relevance="it counts"
    )
    add_goal(ada, wish, now=NOW)
    sell("Hofer", TODAY - 15 * DAY, "5k")
    sell("Northwind", YESTERDAY, "64k", by=mia)
    relations.say_thanks(mia, add_account("Northwind"), "call", now=NOW)
    return mia


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("monday", date(2026, 11, 16)),
        ("Sunday", date(2026, 11, 15)),
        ("yesterday", YESTERDAY),
        ("today", TODAY),
        ("2026-11-01", date(2026, 11, 1)),
        ("3 days", date(2026, 11, 19)),
        ("2 weeks ago", date(2026, 11, 8)),
    ],
)
def test_since_when_is_said_as_people_say_it(said: str, day: date) -> None:
    assert since.day_meant(said, today=TODAY) == day


def test_a_day_to_come_and_no_day_at_all_are_refused() -> None:
    for said in ("tomorrow", "2027-01-01", "soon", ""):
        with pytest.raises(Refused):
            since.day_meant(said, today=TODAY)


def test_everything_of_the_company_is_told_and_ones_own_is_marked(sqlite_database: Database) -> None:
    mia = a_good_day()
    found = since.accomplished(mia, YESTERDAY, today=TODAY)
    assert [(one.label, one.threshold, one.whose, one.on) for one in found.milestones] == [
        ("Half", 50_000_00, "Company", YESTERDAY)
    ]
    largest = next(one for one in found.records if one.what == "largest sale")
    assert (largest.whose, largest.value, largest.before) == ("company", 64_000_00, 5_000_00)
    assert len([one for one in found.records if one.what == "largest sale"]) == 1
    assert [(one.name, one.value_minor, one.mine) for one in found.sales] == [("Northwind", 64_000_00, True)]
    assert [(one.name, one.author, one.mine) for one in found.thanks] == [("Northwind", "Mia Berg", True)]
    assert [(one.name, one.owner) for one in found.owed] == [("Hofer", "ada")]
    assert found.own_debts == []
    lea = add_person("Lea", "lead", team="West")
    assert since.accomplished(lea, YESTERDAY, today=TODAY).sales[0].mine
    jon = add_person("Jon")
    assert not since.accomplished(jon, YESTERDAY, today=TODAY).sales[0].mine
    assert since.accomplished(jon, TODAY, today=TODAY).sales == []
    assert people.find_team("West")


def test_the_digest_is_short_and_empty_when_nothing_happened(sqlite_database: Database) -> None:
    mia = a_good_day()
    lines = since.digest(since.accomplished(mia, YESTERDAY, today=TODAY, in_short=True), "3 years ago: …")
    assert lines[0] == "salesboard since Sat 21 Nov"
    assert lines[1] == "reached: Company Revenue 2026-11-02 to 2026-12-22, Half"
    assert lines[2].startswith("record: company largest sale 64,000; ")
    assert lines[3:] == ["1 sale, 64k USD: Northwind 64k (mia)", "thanked: Northwind", "3 years ago: …"]
    ada = stories.owner()
    quiet = since.accomplished(ada, TODAY + 9 * DAY, today=TODAY + 9 * DAY, in_short=True)
    assert quiet.is_quiet
    assert since.digest(quiet, "3 years ago: …")[1:] == ["thanks owed to Hofer (24 d)", "3 years ago: …"]
    relations.say_thanks(ada, add_account("Hofer"), "call", now=NOW)
    later = since.accomplished(ada, TODAY + 9 * DAY, today=TODAY + 9 * DAY, in_short=True)
    assert since.digest(later, "3 years ago: …") == []


def test_on_this_day_is_one_line_the_roundest_first(sqlite_database: Database) -> None:
    stories.set_up()
    assert since.on_this_day(TODAY) is None
    sell("Northwind", TODAY.replace(year=2024), "90k")
    assert since.on_this_day(TODAY) == "2 years ago: first sale to Northwind"
    sell("Hofer", TODAY.replace(year=2021), "1k")
    assert since.on_this_day(TODAY) == "5 years ago: first sale to Hofer"
    sell("Hofer", YESTERDAY.replace(year=2021), "1k")
    sell("Northwind", YESTERDAY.replace(year=2023), "1k")
    assert since.on_this_day(TODAY) == "2 years ago: 90k from Northwind"


def test_the_night_is_counted_down_to_along_with_what_happened(sqlite_database: Database) -> None:
    held = nominating.evening()
    ahead = seasons.coming_up(TODAY)
    assert ahead == "Awards Night 2026 in 30 days; nominations close in 8 days"
    quiet = since.accomplished(held.ada, TODAY, today=TODAY)
    assert since.digest(quiet, ahead) == [], "by itself it is no news"
    held.won()
    assert since.digest(since.accomplished(held.ada, TODAY, today=TODAY), ahead)[-1] == ahead
    assert seasons.coming_up(nominating.NIGHT + DAY) is None
