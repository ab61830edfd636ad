"""The story of a client: one dated line a milestone, read from what is kept, in the same order every time."""

from datetime import UTC, date, datetime, timedelta

from salesboard.domain import history, pipeline, relations, story
from salesboard.storage.database import Database
from salesboard.storage.models import TABLES
from tests import stories
from tests.stories import NOW, TODAY, add_account, add_deal, stage_id

FIRST, LARGEST = date(2023, 2, 9), date(2024, 3, 1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def hofer() -> tuple[int, int, int]:
    """Met in Graz, recommended by somebody, an advocate by now; the account and its two sales."""
    ada = stories.set_up(now=at(date(2023, 1, 2)))
    january = at(date(2023, 1, 10))
    first = add_deal("Hofer", "10k", now=january, title="Pilot", source="Referral", opened_on=january.date())
    pipeline.move_deal(ada, first, stage_id("opportunity"), now=at(date(2023, 1, 20)))
    pipeline.win_deal(ada, first, now=at(FIRST))
    account = add_account("Hofer")
    relations.set_first_date(
        ada, account, "kick-off", date(2023, 1, 5), now=NOW, place="Graz", attendees="M. Huber", story="snow"
    )
    relations.say_thanks(ada, account, "card", now=NOW, on=date(2024, 2, 10), words="For a good\nyear")
    largest = add_deal("Hofer", "64k", now=at(LARGEST), title="Roll-out")
    pipeline.win_deal(ada, largest, now=at(LARGEST))
    pipeline.move_deal(ada, first, stage_id("advocate"), now=NOW)
    return account, first, largest


def told(account: int, today: date = TODAY) -> list[tuple[date, str, str]]:
    return [(one.on, one.kind, one.text) for one in story.story(account, today)]


def test_it_has_a_line_for_each_milestone(sqlite_database: Database) -> None:
    account, *_ = hofer()
    assert told(account) == [
        (date(2023, 1, 5), "first date", "kick-off in Graz with M. Huber: snow"),
        (date(2023, 1, 10), "targeted", "targeted: Pilot"),
        (date(2023, 1, 10), "referral", "came by referral: Pilot"),
        (date(2023, 1, 20), "opportunity", "first opportunity: Pilot"),
        (FIRST, "first sale", "first sale: Pilot, 10,000"),
        (date(2024, 1, 5), "anniversary", "1 year with us, thanked for after 36 days"),
        (date(2024, 2, 10), "thanks", "thanked (card) by Ada Marsh: For a good year"),
        (LARGEST, "largest order", "largest order: Roll-out, 64,000"),
        (TODAY, "advocate", "became an advocate: Pilot"),
    ]
    assert [kind for _, kind, _ in told(account, date(2023, 1, 31))] == [
        *("first date", "targeted", "referral", "opportunity")
    ]


def test_each_line_is_a_row_and_the_order_is_always_the_same(sqlite_database: Database) -> None:
    account, *_ = hofer()
    lines = story.story(account, TODAY)
    for table, number in (one.fact.split(":")[:2] for one in lines):
        assert TABLES[table].get_or_none(TABLES[table].id == int(number)) is not None
    assert lines == story.story(account, TODAY)
    assert story.story(add_account("Nobody"), TODAY) == []


def test_a_sale_that_is_taken_back_is_no_milestone(sqlite_database: Database) -> None:
    account, first, _ = hofer()
    pipeline.reopen_deal(stories.owner(), first, now=NOW + timedelta(minutes=1))
    sales = [line for line in told(account) if line[1] in ("first sale", "largest order")]
    assert sales == [(LARGEST, "first sale", "first sale: Roll-out, 64,000")]
    history.undo(stories.owner(), now=NOW + timedelta(minutes=2))
    assert len([line for line in told(account) if line[1] in ("first sale", "largest order")]) == 2
