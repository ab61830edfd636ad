"""The first start, when there is no board yet: a new one, one from files, or a look at the demo."""

from pathlib import Path

import pytest

from salesboard.domain import company
from salesboard.storage.database import open_database, session
from salesboard.storage.models import Deal, Person
from tests.stories import add_deal, faults
from tests.ui.driver import BoardDriver

PIPELINE = "Deal,Account,Owner,Stage,Value,Close Date\n{rows}"


@pytest.fixture
def nowhere(tmp_path: Path) -> BoardDriver:
    """A place where there is no board yet, in a folder that is not there yet either."""
    return BoardDriver(str(tmp_path / "new folder" / "board.db"))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


async def test_the_welcome_says_where_the_board_would_be_and_how_to_begin(nowhere: BoardDriver) -> None:
    async with nowhere.opened((80, 24), is_new=True) as see:
        assert see.screen == "welcome"
        assert "There is no board at" in see.text
        for way in ("A new board", "Import files", "Look at the demo"):
            assert way in see.text
        assert see.footer.startswith("n new   i import   d demo")
        await see.press("question_mark")
        assert "Make a board from CSV files" in see.page


async def test_a_new_board_is_made_and_worked_on(nowhere: BoardDriver) -> None:
    async with nowhere.opened(is_new=True) as see:
        await see.press("n")
        assert [see.form.typed(name) for name in ("owner", "company", "currency")] == ["Ada Marsh", "", "USD"]
        await see.press("tab")
        await see.type("Acme")
        await see.press("tab")
        await see.fill("xyz")
        assert "XYZ" in see.form.says("currency")
        await see.fill("eur")
        await see.press("tab")
        await see.fill("Mars/Olympus")
        await see.press("ctrl+s")
        assert see.form.cursor == "zone"
        await see.fill("Europe/Vienna")
        await see.press("ctrl+s")
        assert see.screen == "board"
        assert see.footer.startswith("your board is ready: n adds the first deal")
        await see.press("n")
        await see.type("Hofer 12k")
        await see.press("enter", "L")
        assert see.column("Prospect").heading == "Prospect 1 · 12k"
    open_database(nowhere.target)
    with session():
        facts = company.facts()
        assert (facts.name, facts.currency, facts.zone) == ("Acme", "EUR", "Europe/Vienna")
        assert [(person.name, person.login, person.role) for person in Person.select()] == [
            ("Ada Marsh", "ada", "admin")
        ]
        assert faults() == []
        async with nowhere.opened() as see:
            assert see.column("Prospect").titles == ["Hofer"]


async def test_a_board_is_made_from_files(nowhere: BoardDriver, tmp_path: Path) -> None:
    file = tmp_path / "my deals.csv"
    file.write_text(
        PIPELINE.format(
            rows="Renewal,Hofer,Mia Berg,Prospect,12000,\nRollout,Kestrel,Mia Berg,Won,9000,2026-11-02\n"
        )
    )
    async with nowhere.opened(is_new=True) as see:
        await see.press("j", "enter")
        assert see.form.title == "A board from files"
        await see.type("'" + str(file))
        assert see.form.says("files") == "a quote is not closed"
        await see.type("' missing.csv")
        assert see.form.says("files") == "there is no file missing.csv"
        await see.fill(f"'{file}'")
        assert see.form.says("files") == "1 file"
        await see.press("enter")
        assert see.screen == "board"
        assert see.footer.startswith("people: 1 new") or "2 new" in see.footer
        assert see.column("Prospect").titles == ["Hofer"]
        assert see.column("Client").heading == "Client 1 · 9k"
        await see.press("u")
        assert [column.heading for column in see.columns if column.titles] == []


async def test_files_that_can_not_be_imported_leave_no_board_behind(
    nowhere: BoardDriver, tmp_path: Path
) -> None:
    folder = Path(nowhere.target).parent
    bad = tmp_path / "bad.csv"
    bad.write_text(PIPELINE.format(rows="Renewal,Hofer,Mia Berg,No such stage,12000,\n"))
    async with nowhere.opened(is_new=True) as see:
        await see.press("i")
        await see.type(str(bad))
        await see.press("enter")
        assert see.screen == "form"
        assert see.form.trouble
        assert see.form.typed("files") == str(bad)
        assert files_in(folder) == []
        good = tmp_path / "good.csv"
        good.write_text(PIPELINE.format(rows="Renewal,Hofer,Mia Berg,Prospect,12000,\n"))
        await see.fill(str(good))
        await see.press("enter")
        assert see.column("Prospect").titles == ["Hofer"]
        assert "board.db" in files_in(folder)


async def test_the_demo_is_another_board(nowhere: BoardDriver) -> None:
    async with nowhere.opened(is_new=True) as see:
        await see.press("d")
        assert see.app.wants_demo
    assert files_in(Path(nowhere.target).parent) == []


async def test_one_can_leave_without_having_made_anything(nowhere: BoardDriver) -> None:
    for key in ("q", "escape"):
        async with nowhere.opened(is_new=True) as see:
            await see.press("n", "escape", key)
            assert see.has_left
    assert files_in(Path(nowhere.target).parent) == []


async def test_the_board_that_was_made_hears_what_others_do(nowhere: BoardDriver) -> None:
    async with nowhere.opened(is_new=True) as see:
        await see.press("n", "ctrl+s", "n")
        await see.type("Hofer")
        await see.press("enter")
        with session():
            add_deal("Kestrel")
            assert Deal.select().count() == 2
        await see.until(lambda: see.column("Target").titles == ["Kestrel", "Hofer"], within=1.5)
        assert see.card == "Hofer"
