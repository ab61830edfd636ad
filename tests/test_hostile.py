"""Hostile text in every field of a board on which everything has happened: shown as text, at every surface.

`python -m tests.hostile` plays as many rounds as there are texts, so that every field holds every one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Static

from salesboard import incidents
from salesboard.domain import text
from salesboard.storage.database import bound_to
from salesboard.ui import going
from salesboard.ui.safe_app import SafeApp
from tests import hostile, noise
from tests.acts import Office
from tests.conftest import NewBoard
from tests.hostile import DANGEROUS, FREE, IN_FILES, TEXTS, must_be_harmless
from tests.stories import faults
from tests.ui.driver import BoardDriver


@pytest.fixture(scope="module")
def full(new_board: NewBoard) -> Iterator[Office]:
    """A board on which everything has happened."""
    with new_board("sqlite"):
        yield hostile.a_full_board()


@pytest.fixture
def office(full: Office) -> Iterator[Office]:
    with bound_to(full.database):
        yield full


def target(office: Office) -> str:
    return str(office.database.path)


def test_there_are_enough_texts_and_fields() -> None:
    assert len(TEXTS) >= 120
    assert sum(map(len, FREE.values())) >= 55


async def test_every_screen_shows_it_as_text(office: Office) -> None:
    assert hostile.poison(0) > 2 * len(TEXTS)
    seen = await hostile.look_everywhere(BoardDriver(target(office)), office, ("enter",))
    assert seen >= 2 * len(going.SCREENS)
    assert faults() == []


def test_every_command_and_every_file_shows_it_as_text(office: Office) -> None:
    hostile.poison(len(TEXTS) // 2)
    assert hostile.ask_everything(office, target(office), every=6) > 25
    for words in (["export", "deals", "--format", "json"], ["awards", "ics"]):
        assert not IN_FILES.search(hostile.answer(words, target(office))[1])


async def test_whatever_a_terminal_sends_no_screen_is_ended_by_it(office: Office, home: Path) -> None:
    await noise.play(BoardDriver(target(office)), office, range(0, 1 + len(going.SCREENS), 2))
    assert not list(home.glob("log/*"))


async def test_control_a_control_on_a_screen_would_be_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with BoardDriver(target(office)).opened() as see:
        await see.board.mount(Static("\x1b[31mred", markup=False))
        await see.settled()
        must_be_harmless(see)
        monkeypatch.setattr(SafeApp, "get_line_filters", lambda self: [])
        await see.board.mount(Static("\x1b[31mred\u202e", markup=False))
        await see.settled()
        with pytest.raises(AssertionError, match="x1b"):
            must_be_harmless(see)


def test_control_a_control_in_an_answer_would_be_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.poison(0)
    monkeypatch.setattr(text, "visible", lambda words, multiline=False: words)
    for words in (["export", "deals", "--format", "csv"], ["awards", "ics"]):
        assert IN_FILES.search(hostile.answer(words, target(office))[1])


def test_a_report_of_an_incident_and_its_line_hold_no_control(home: Path) -> None:
    line = incidents.record(ValueError(" ".join(TEXTS)))
    assert not DANGEROUS.search(line)
    (report,) = (home / "log").iterdir()
    assert not IN_FILES.search(report.read_text())
