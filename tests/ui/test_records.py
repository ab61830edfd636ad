"""The record book on the screen: who holds what, how it came so, and the sales that prove it."""

from datetime import date

import pytest

from salesboard.domain import record_book
from salesboard.storage.ledger import Actor
from salesboard.storage.models import RecordStanding
from tests.domain.test_record_book import at, win
from tests.stories import NOW, add_person, add_team
from tests.ui.driver import BoardDriver

SALES = ((date(2025, 11, 10), "180k"), (date(2025, 12, 10), "205k"), (date(2026, 11, 9), "150k"))


@pytest.fixture
def mia() -> Actor:
    """Mia, of the team West, sold 180, 205 and this November 150 so far."""
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    for on, value in SALES:
        win(mia, value, on, f"client {value}", now=at(on))
    return mia


async def test_the_book_names_who_holds_each_record_and_what_is_within_reach(
    board: BoardDriver, mia: Actor
) -> None:
    async with board.opened((160, 48)) as see:
        await see.press("g", "r")
        assert see.screen == "records"
        month = next(line for line in see.page.splitlines() if line.startswith("   month "))
        assert month.split()[:4] == ["month", "205k", "December", "2025"]
        assert "55k short of the best" in month
        assert "client 205k by Mia Berg" in see.page


async def test_a_record_opens_on_its_lineage_and_on_its_proof(board: BoardDriver, mia: Actor) -> None:
    record_book.bring_up(NOW)
    async with board.opened((120, 36)) as see:
        await see.press("g", "r", "j", "j", "enter")
        assert see.screen == "lineage"
        assert "best month, revenue" in see.page and "client 205k (Mia Berg)" in see.page
        await see.press("N")
        assert see.footer.startswith("there is no season"), "a record is evidence once there is one"
        await see.press("v")
        assert see.screen == "proof"
        assert "✓ one sale gives $205,000, as the book says" in see.page
        assert "✓ every record of the book is what the sales give" in see.page
        RecordStanding.update(value=1).where(RecordStanding.key == "company/revenue/month").execute()
        await see.press("escape", "v")
        assert "! the book says" in see.page or "! record company/revenue/month" in see.page


async def test_one_turns_to_the_growth_and_the_goals_and_looks_at_others(
    board: BoardDriver, mia: Actor
) -> None:
    async with board.opened((80, 24)) as see:
        await see.press("g", "r", "right_square_bracket")
        assert "2026" in see.page and "−16.7 %" in see.page
        await see.press("right_square_bracket")
        assert "No goal of the company has been reached yet." in see.page
        await see.press("right_square_bracket", "C")
        assert "West" in see.page and "Mia Berg" in see.page
        await see.press("j", "enter")
        assert see.header.split()[1] == "West"
        await see.press("escape")
        assert see.screen == "board"


async def test_an_empty_book_says_so(board: BoardDriver) -> None:
    async with board.opened((80, 24)) as see:
        await see.press("g", "r")
        assert "Nothing has been sold yet." in see.page
        await see.press("enter", "v")
        assert see.screen == "records"
