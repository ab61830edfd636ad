"""A whole season of awards with five people, on each kind of database, up to the night on three terminals."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from salesboard.cli import program
from salesboard.storage.database import open_database, session
from tests.stories import faults
from tests.terminal import SALESBOARD, Terminal

CHECKOUT = str(Path(__file__).parents[1])
OPEN, SCREENED, JUDGED, DECIDED, NIGHT = (f"2026-11-{day:02}" for day in (2, 12, 14, 17, 20))
SOON = 1.0
"""Seconds within which everybody sees the page that the host has turned."""
CALM = 8_000
"""Bytes of a page without motion on a screen of 80 by 24, at most, however often it is painted."""

Start = Callable[..., Terminal]


class Company:
    """A board, the command line on it, and people who sit in front of it."""

    def __init__(self, target: str, terminal: Start) -> None:
        self.target = target
        self._terminal = terminal

    def __call__(self, day: str, who: str, *words: str, code: int = 0) -> str:
        """Call a command as somebody on a day; what it answers, or why it is refused."""
        arguments = ["--database", self.target, "--today", day, *(["--as", who] if who else []), *words]
        done = CliRunner().invoke(program, arguments, catch_exceptions=False)
        assert done.exit_code == code, (words, done.stderr)
        return str(done.stderr if code else done.stdout).strip()

    def seat(self, day: str, who: str, *words: str, columns: int = 80, rows: int = 24) -> Terminal:
        """Somebody opens the program in a terminal."""
        command = [*SALESBOARD, "--database", self.target, "--today", day, "--as", who, *words]
        return self._terminal(command, columns=columns, rows=rows, cwd=CHECKOUT)


@pytest.fixture
def acme(board_url: str, terminal: Start) -> Company:
    """Mia of West and Tom of East sell, Lea leads West; the season's dates go by in November."""
    company = Company(board_url, terminal)
    company(OPEN, "", "init", "--owner", "Ada Marsh", "--company", "Acme")
    company(OPEN, "", "people", "edit", "Ada Marsh", "--handle", "ada")
    for team in ("West", "East"):
        company(OPEN, "ada", "teams", "add", team)
    for name, role, team in (
        ("Mia Berg", "rep", "West"),
        ("Tom Haas", "rep", "East"),
        ("Lea Lang", "lead", "West"),
        ("Jon Park", "rep", "East"),
    ):
        company(OPEN, "ada", "people", "add", name, "--role", role, "--team", team)
    company(
        *(OPEN, "ada", "awards", "season", "add", NIGHT, "--name", "Awards Night", "--host", "ada"),
        *("--nominate-from", "2026-11-01", "--nominate-until", "2026-11-10", "--screen-until", SCREENED),
        *("--judge-until", "2026-11-15", "--decide-until", "2026-11-18", "--time", "19:30"),
    )
    company(OPEN, "ada", "awards", "category", "add", "--template", "Above and Beyond")
    return company


def test_a_season_from_the_first_nomination_to_the_night(acme: Company) -> None:
    above = "Above and Beyond"
    reason = "Kept Northwind when their warehouse burned, for three weeks on end."
    by_jon = acme(OPEN, "jon", "awards", "nominate", "mia", above, reason)
    by_mia = acme(OPEN, "mia", "awards", "nominate", "tom", above, reason)
    assert "nobody nominates themselves" in acme(
        OPEN, "tom", "awards", "nominate", "tom", above, reason, code=1
    )
    for nomination in (by_jon, by_mia):
        acme(SCREENED, "ada", "awards", "review", nomination, "shortlist")
    acme(SCREENED, "ada", "awards", "judges", above, "--add", "jon", "--add", "lea", "--add", "ada")

    # Jon nominated Mia, and Lea leads her: neither judges her. Ada gives both the same.
    with acme.seat(JUDGED, "jon", columns=110) as jon:
        jon.wait_for("? keys")
        jon.keys("g", "w")
        jon.wait_for("Above and Beyond")
        jon.keys("J")
        jon.wait_for("Nominee A")
        assert "Mia Berg" not in jon.text() and jon.text().count("recused") == 1
        jon.wait_until_quiet()
        if "recused" in next(line for line in jon.lines() if "▌" in line):
            jon.keys("j")
        jon.keys("8", "8", "8")
        jon.wait_for("8.0")
        jon.keys("f", "f")
        jon.wait_for("jon finished")
    acme(JUDGED, "lea", "awards", "score", above, "tom", "8", "8", "8")
    acme(JUDGED, "lea", "awards", "score", above, "mia", "9", "9", "9", code=1)
    acme(JUDGED, "lea", "awards", "finish", above)
    for nominee in ("mia", "tom"):
        acme(JUDGED, "ada", "awards", "score", above, nominee, "8", "8", "8")
    assert "still judged" not in acme(JUDGED, "mia", "awards", "result", above, code=1)
    acme(JUDGED, "ada", "awards", "finish", above)

    acme(DECIDED, "ada", "awards", "decide", above)
    acme(DECIDED, "ada", "awards", "seal", above)
    (known,) = json.loads(acme(DECIDED, "ada", "awards", "decisions", "--json"))
    assert [(one["name"], one["broken_by"]) for one in known["winners"]] == [
        ("Tom Haas", "more first places")
    ]
    (public,) = json.loads(acme(DECIDED, "jon", "awards", "decisions", "--json"))
    assert (public["state"], public["winners"], public["hash"]) == ("sealed", [], None)
    acme(DECIDED, "ada", "awards", "slot", above, "--minutes", "20", "--presenter", "lea")
    assert "19:50  End, after 20 minutes" in acme(DECIDED, "mia", "awards", "programme")

    _reveal(acme)

    (won,) = json.loads(acme(NIGHT, "tom", "awards", "hall", "--json"))["winners"]
    assert (won["name"], won["category_name"]) == ("Tom Haas", above)
    acme(NIGHT, "ada", "awards", "note", "Awards Night", "It was four weeks")
    open_database(acme.target)
    with session():
        assert faults() == []


def _reveal(acme: Company) -> None:
    """The host's key opens the same envelope on three terminals; who comes late sees the page that is on."""
    pages = ("1 of 6", "presented by Lea Lang", "The nominees", "And the winner is")
    with acme.seat(NIGHT, "ada", "night") as ada, acme.seat(NIGHT, "mia", "night") as mia:
        for screen in (ada, mia):
            screen.wait_for("The night has not begun.")
            screen.keys("m")
            screen.wait_for("motion on")
        mia.keys(" ")
        for page in pages:
            _turned(ada, page, mia)
        with acme.seat(NIGHT, "lea", "night", columns=120, rows=36) as lea:
            lea.wait_for("And the winner is")
            assert not any("Kept Northwind" in screen.text() for screen in (ada, mia, lea))
            mia.wait_until_quiet()
            before = mia.total
            _turned(ada, "5 of 6", mia, lea)
            for screen in (ada, mia, lea):
                screen.wait_for("Kept Northwind")
            mia.wait_until_quiet()
            assert mia.total - before < CALM
            _turned(ada, "6 of 6", mia, lea)
            ada.keys(" ", " ")
            for screen in (ada, mia, lea):
                screen.wait_for("The night is over")


def _turned(host: Terminal, wanted: str, *others: Terminal) -> None:
    """The host presses the key; the page is there for the others within a second."""
    host.keys(" ")
    pressed = time.perf_counter()
    for screen in others:
        screen.wait_for(wanted)
        assert time.perf_counter() - pressed < SOON
    host.wait_for(wanted)
