"""The made-up company: believable, the same for the same day, and sound to the last entry."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from salesboard import demo
from salesboard.domain import board, company, filters, history, people, pipeline
from salesboard.domain.reports import report, report_by
from salesboard.errors import Refused
from salesboard.storage import ledger, timetravel
from salesboard.storage.database import Database, bound_to, open_database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Account,
    Company,
    Contact,
    Deal,
    DealLine,
    LedgerEntry,
    Note,
    Person,
    Product,
    Stay,
)
from salesboard.storage.verify import verify

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = NOW.date()
NewBoard = Callable[[str], AbstractContextManager[Database]]


@pytest.fixture(scope="module")
def filled(new_board: NewBoard) -> Any:
    """The demo on a SQLite file, built once: these tests only read it, unless they say so."""
    with new_board("sqlite") as database:
        yield database, demo.fill(NOW)


@pytest.fixture
def ada(filled: tuple[Database, Actor]) -> Any:
    database, actor = filled
    with bound_to(database):
        yield actor


def test_it_is_a_company_with_teams_people_accounts_and_products(ada: Actor) -> None:
    assert (ada.name, ada.handle) == ("Ada Marsh", "ada")
    everybody = people.roster(TODAY)
    assert len(everybody) == 12
    assert Counter(person.role for person in everybody) == {"rep": 7, "lead": 3, "manager": 1, "admin": 1}
    assert [(team.name, team.depth) for team in people.tree()] == [
        ("Sales", 0),
        ("East", 1),
        ("North", 1),
        ("West", 1),
    ]
    assert next(person for person in everybody if person.id == ada.id).teams == ("West",)
    assert not Person.select().where(Person.login.is_null(False)).exists()
    assert (Account.select().count(), Product.select().count()) == (120, 8)
    assert Contact.select().count() > 150
    names = {account.name for account in Account.select()}
    assert {"Hofer GmbH", "Müller Antriebstechnik", "São Brás Têxteis", "Ærø Mejeri"} <= names
    assert len({account.key for account in Account.select()}) == 120
    assert all(account.website.endswith(".example") for account in Account.select())


def test_its_figures_are_believable(ada: Actor) -> None:
    figures = report(today=TODAY)
    assert figures.won + figures.lost + figures.disqualified + figures.open == demo.DEALS
    assert all(stage.deals >= 10 for stage in figures.by_stage)
    assert 0.3 < (figures.win_rate or 0) < 0.6
    assert 1_000_000 < (figures.average_sale_minor or 0) < 5_000_000
    assert 40 < (figures.median_days_to_win or 0) < 150
    assert figures.disqualified > 30
    sellers = [row for row in report_by("person", today=TODAY) if row.won]
    assert len(sellers) == 10
    rates = [row.win_rate or 0 for row in sellers]
    assert max(rates) - min(rates) > 0.15
    teams = report_by("team", today=TODAY)
    assert teams[0].revenue_minor == figures.revenue_minor
    months = report_by("month", today=TODAY)
    assert len(months) >= 30
    assert len({row.reason for row in Deal.select().where(Deal.status == "lost")}) == len(demo.LOSS_REASONS)
    first_half, second_half = months[: len(months) // 2], months[len(months) // 2 :]
    assert sum(row.won for row in second_half) > sum(row.won for row in first_half)


def test_its_board_looks_alive(ada: Actor) -> None:
    columns = board.columns(today=TODAY, closed_days=company.facts().closed_days)
    assert all(column.count >= 3 for column in columns)
    seen: Counter[str] = Counter()
    for column in columns:
        cards = board.cards(column.ids)
        assert len(cards) == column.count
        for card in cards.values():
            assert card.account is not None
            seen[board.attention(card, column.stage, TODAY).sign] += 1
    assert all(seen[sign] >= 2 for sign in "!→?✓★"), seen

    def count(said: str) -> int:
        wanted = filters.parse(said, me=ada.id, today=TODAY).conditions()
        return int(Deal.select().where(Deal.archived == 0, *wanted).count())

    assert count("owner:me is:open") >= 5
    assert count("quiet is:open") >= 2
    assert count("is:open next<today") >= 3
    assert count("is:open expected:this-quarter") >= 3
    assert count("is:open value:none") >= 2
    assert count("is:open estimated") >= 2
    assert count("won:this-quarter") >= 3


def test_what_was_done_last_is_on_top_of_its_column(ada: Actor) -> None:
    for column in board.columns(today=TODAY):
        places = [deal.place for deal in Deal.select().where(Deal.id.in_(list(column.ids)))]
        assert len(set(places)) == len(places)
        assert all(place % pipeline.GAP == 0 for place in places)
        entered = [pipeline.stays(deal)[-1].entered_at for deal in column.ids[:20]]
        assert entered == sorted(entered, reverse=True)


def test_stays_follow_each_other_without_a_gap_and_add_up_to_the_age(ada: Actor) -> None:
    ways: dict[int, list[Stay]] = {}
    for stay in Stay.select().order_by(Stay.deal, Stay.id):
        ways.setdefault(stay.deal_id, []).append(stay)
    assert len(ways) == demo.DEALS
    for deal in Deal.select():
        way = sorted(ways[deal.id], key=lambda stay: stay.entered_at)
        assert all(one.left_at == other.entered_at for one, other in pairwise(way))
        assert way[-1].left_at is None
        assert (way[-1].stage_id, way[-1].status) == (deal.stage_id, deal.status)
        assert way[0].entered_at.date() == deal.opened_on
        closed = [stay.entered_at.date() for stay in way if stay.status != "open"]
        assert (closed[0] if closed else None) == deal.closed_on
        assert way[-1].entered_at < NOW
        assert deal.touched_on <= TODAY
    some = list(ways)[::40]
    assert all(
        sum(time.seconds for time in pipeline.time_in_stages(deal, NOW)) == pipeline.age_seconds(deal, NOW)
        for deal in some
    )


def test_amounts_of_lines_add_up_to_the_deal(ada: Actor) -> None:
    sums: Counter[int] = Counter()
    for line in DealLine.select():
        assert line.quantity > 0
        sums[line.deal_id] += line.amount_minor
    for deal in Deal.select():
        assert sums[deal.id] == (deal.value_minor or 0)
        assert deal.status != "won" or (deal.value_minor and not deal.estimated)


def test_many_people_wrote_its_history_in_order(ada: Actor) -> None:
    assert verify().faults == []
    entries = list(LedgerEntry.select().order_by(LedgerEntry.seq))
    assert len({entry.actor for entry in entries}) >= 11
    assert all(one.at <= other.at for one, other in pairwise(entries))
    assert entries[-1].at < NOW
    assert TODAY - entries[-1].at.date() < timedelta(days=4)
    verbs = Counter(entry.verb for entry in entries)
    assert all(verbs[verb] >= 5 for verb in ("added", "moved", "won", "lost", "noted", "edited"))
    assert Note.select(Note.author).distinct().count() == 10


def test_the_past_of_its_last_weeks_can_be_seen(ada: Actor, tmp_path: Any) -> None:
    month_ago = NOW - timedelta(days=30)
    seq = max(entry.seq for entry in LedgerEntry.select().where(LedgerEntry.at < month_ago))
    timetravel.copy_as_of(seq, tmp_path / "then.db")
    won = report(today=TODAY).won
    won_by_then = report(today=month_ago.date() - timedelta(days=1)).won
    with bound_to(open_database(tmp_path / "then.db")):
        then = report(today=TODAY)
        assert won_by_then <= then.won < won
        assert then.won - won_by_then <= 3


def test_it_is_the_same_every_time_and_ada_can_take_back_what_she_did_last(
    filled: tuple[Database, Actor], new_board: NewBoard
) -> None:
    with bound_to(filled[0]):
        first = ledger.end()
    with new_board("sqlite") as other, bound_to(other):
        ada = demo.fill(NOW)
        assert ledger.end() == first
        for _ in range(5):
            undone = history.undo(ada, now=NOW)
            assert undone.entries == 1
        assert verify().faults == []
        assert report(today=TODAY).won > 100


@pytest.mark.parametrize(
    ("now", "zone"),
    [
        (datetime(2024, 2, 29, 23, 59, tzinfo=UTC), "UTC"),
        (datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC), "Pacific/Auckland"),
        (datetime(2027, 8, 2, 6, tzinfo=UTC), "America/New_York"),  # a Monday before work
    ],
)
def test_any_day_will_do(new_board: NewBoard, now: datetime, zone: str) -> None:
    with new_board("sqlite") as other, bound_to(other):
        demo.fill(now, zone=zone)
        today = company.facts().today(now)
        assert verify().faults == []
        figures = report(today=today)
        assert 0.3 < (figures.win_rate or 0) < 0.6
        assert all(stage.deals for stage in figures.by_stage)
        assert figures.won + figures.lost + figures.disqualified + figures.open == demo.DEALS
        assert not LedgerEntry.select().where(LedgerEntry.at >= now).exists()


def test_it_can_live_on_postgresql(filled: tuple[Database, Actor], new_board: NewBoard) -> None:
    with bound_to(filled[0]):
        here = report(today=TODAY)
    with new_board("postgresql") as other, bound_to(other):
        demo.fill(NOW)
        assert report(today=TODAY) == here
        assert verify().faults == []


def test_a_board_that_is_in_use_is_left_alone(database: Database) -> None:
    company.found(owner="Mia Berg", login=None, now=NOW, name="Ours")
    for make in (lambda: demo.fill(NOW), lambda: demo.fill_many(10, NOW)):
        with pytest.raises(Refused, match="there is a company on this board already"):
            make()
    assert [row.name for row in Company.select()] == ["Ours"]
    assert Person.select().count() == 1


def test_boards_of_any_size_are_spread_over_the_stages(database: Database) -> None:
    demo.fill_many(700, NOW)
    assert verify().faults == []
    assert Deal.select().count() == 700
    columns = board.columns(today=TODAY)
    assert all(column.count >= 30 for column in columns)
    figures = report(today=TODAY)
    assert figures.won + figures.lost + figures.disqualified + figures.open == 700
    for row in Deal.select(Deal.place, Deal.closed_on, Deal.opened_on):
        assert row.place % pipeline.GAP == 0
        assert date(2023, 9, 1) < row.opened_on <= TODAY
        assert row.closed_on is None or row.closed_on <= TODAY
    assert all(pipeline.age_seconds(deal.id, NOW) >= 0 for deal in Deal.select().limit(50))
