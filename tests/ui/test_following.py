"""Several people at once: what others do shows without a key, within a second, and never moves one's
cursor."""

import time
from datetime import timedelta

import pytest

from salesboard.domain import history, pipeline
from salesboard.storage import ledger
from salesboard.storage.database import Database, current, open_database, session
from tests.stories import NOW, add_deal, add_person, owner, set_up, stage_id
from tests.ui.driver import BoardDriver

SOON = 1.0
LATER = NOW + timedelta(days=2)


@pytest.fixture
def either(database: Database, board_url: str) -> BoardDriver:
    """A new board of Ada's on each kind of database."""
    set_up()
    return BoardDriver(board_url)


async def test_what_somebody_else_moves_shows_within_a_second(either: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    add_deal("Kestrel", "3k")
    northwind = add_deal("Northwind", "64k", stage="prospect")
    async with either.opened() as see:
        assert see.card == "Kestrel"
        done = time.monotonic()
        pipeline.move_deal(mia, northwind, stage_id("opportunity"), now=LATER)
        await see.until(lambda: see.column("Opportunity").titles == ["Northwind"])
        assert time.monotonic() - done < SOON
        assert see.column("Prospect").heading == "Prospect 0"
        assert see.column("Opportunity").heading == "Opportunity 1 · 64k"
        assert see.card == "Kestrel"
        await see.until(lambda: see.footer.startswith("Mia Berg moved Northwind"))


async def test_the_cursor_stays_on_its_card_whatever_happens_around_it(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deals = {name: add_deal(name) for name in ("Orchard", "Kestrel", "Hofer", "Northwind")}
    async with board.opened() as see:
        await see.column("Target").pick("Kestrel")
        add_deal("Newest")
        await see.until(lambda: see.column("Target").titles[0] == "Newest", within=SOON)
        assert see.card == "Kestrel"
        pipeline.lose_deal(mia, deals["Hofer"], reason="Price", now=LATER)
        await see.until(lambda: "Hofer" not in see.column("Target").titles, within=SOON)
        assert see.card == "Kestrel"
        pipeline.reorder_deal(mia, deals["Kestrel"], before=deals["Northwind"], now=LATER)
        await see.until(lambda: see.column("Target").titles[1] == "Kestrel", within=SOON)
        assert see.card == "Kestrel"
        pipeline.move_deal(mia, deals["Kestrel"], stage_id("prospect"), now=LATER)
        await see.until(lambda: see.column("Prospect").titles == ["Kestrel"], within=SOON)
        assert (see.here.name, see.card) == ("Target", "Northwind")


async def test_what_is_added_above_does_not_shift_what_one_looks_at(board: BoardDriver) -> None:
    for number in range(60, 0, -1):
        add_deal(f"Account {number:02}")
    async with board.opened((80, 24)) as see:
        await see.press("G")
        row, painted = see.here.row_of_cursor, see.here.painted
        add_deal("Newest")
        await see.until(lambda: see.here.titles[0] == "Newest", within=SOON)
        assert see.here.row_of_cursor == row
        assert see.here.painted == painted


async def test_ones_own_changes_are_not_announced_as_news(board: BoardDriver) -> None:
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("L")
        assert see.footer.startswith("Northwind moved to Prospect")
        before = ledger.end()[0]
        pipeline.move_deal(owner(), deal, stage_id("opportunity"), now=LATER)
        await see.until(lambda: see.column("Opportunity").titles == ["Northwind"], within=SOON)
        assert ledger.end()[0] == before + 1
        assert see.footer.startswith("Northwind moved to Prospect")


async def test_several_changes_at_once_are_told_in_one_line(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deals = [add_deal(f"Account {number}") for number in range(5)]
    async with board.opened() as see:
        with ledger.batch(mia, "moved", now=LATER):
            for deal in deals:
                pipeline.move_deal(mia, deal, stage_id("prospect"), now=LATER)
        await see.until(lambda: len(see.column("Prospect").titles) == 5, within=SOON)
        await see.until(lambda: "Mia Berg moved Account 4 · Account 4 and 4 more" in see.footer)


async def test_a_refusal_is_not_overwritten_by_the_news(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal, other = add_deal("Northwind"), add_deal("Kestrel", stage="prospect")
    async with board.opened() as see:
        pipeline.move_deal(mia, deal, stage_id("opportunity"), now=LATER)
        await see.press("L")
        assert "Mia Berg" in see.footer
        said = see.footer
        pipeline.move_deal(mia, other, stage_id("opportunity"), now=LATER)
        await see.until(lambda: len(see.column("Opportunity").titles) == 2, within=SOON)
        assert see.footer == said


async def test_news_arrive_in_a_filtered_board_and_while_one_types(board: BoardDriver) -> None:
    add_deal("Northwind", "1k")
    async with board.opened() as see:
        await see.press("/")
        await see.type("north")
        add_deal("Northgate", "2k")
        add_deal("Hofer")
        await see.until(lambda: see.column("Target").titles == ["Northgate", "Northwind"], within=SOON)
        assert see.filter_line == "north"
        await see.type(" owner:x")
        assert "there is no person 'x'" in see.header
        add_deal("Northstar")
        await see.until(lambda: see.column("Target").titles[0] == "Northstar", within=SOON)
        assert "there is no person 'x'" in see.header
        await see.press("escape")
        assert see.column("Target").titles == ["Northstar", "Hofer", "Northgate", "Northwind"]


async def test_news_arrive_beneath_an_open_form_and_leave_it_alone(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("c")
        await see.type("A long thought")
        pipeline.add_deal(mia, now=LATER, title="Newest")
        await see.until(lambda: see.column("Target").titles == ["Newest", "Northwind"], within=SOON)
        assert see.form.typed("note") == "A long thought"
        await see.press("ctrl+s")
        assert see.footer.startswith("Northwind has a new note")
        assert see.card == "Northwind"


async def test_the_pane_shows_what_others_change(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind")
    async with board.opened() as see:
        await see.press("i")
        pipeline.add_note(mia, deal, "They like it.", now=LATER)
        await see.until(lambda: "They like it." in (see.pane or ""), within=SOON)


async def test_an_undo_elsewhere_is_followed_like_everything(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    deal = add_deal("Northwind")
    pipeline.move_deal(mia, deal, stage_id("prospect"), now=NOW)
    async with board.opened() as see:
        history.undo(mia, now=LATER)
        await see.until(lambda: see.column("Target").titles == ["Northwind"], within=SOON)


async def test_two_apps_on_one_board_see_each_other(board: BoardDriver) -> None:
    mia = add_person("Mia Berg", "admin")
    add_deal("Kestrel")
    add_deal("Northwind", "64k")
    async with board.opened() as ada, board.opened(who=mia) as other:
        await other.column("Target").pick("Kestrel")
        await ada.press("L")
        await other.until(lambda: other.column("Prospect").titles == ["Northwind"], within=SOON)
        assert other.card == "Kestrel"
        assert other.footer.startswith("Ada Marsh moved Northwind")
        await other.press("L")
        await ada.until(lambda: ada.column("Prospect").titles == ["Kestrel", "Northwind"], within=SOON)
        assert ada.card == "Northwind"


async def test_a_lost_connection_is_opened_again(postgresql_url: str) -> None:
    opened = open_database(postgresql_url)
    with session():
        set_up()
        deal = add_deal("Northwind")
        async with BoardDriver(postgresql_url).opened() as see:
            current().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            await see.press("L")
            assert "PostgreSQL" in see.footer
            await see.press("R", "L")
            assert see.column("Prospect").titles == ["Northwind"]
            pipeline.move_deal(owner(), deal, stage_id("target"), now=LATER)
            await see.until(lambda: see.column("Target").titles == ["Northwind"])
    opened.close()
