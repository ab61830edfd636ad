"""Judging, deciding, the programme, the night and the hall of fame from the command line."""

from pathlib import Path

from salesboard.domain.awards import categories
from salesboard.storage.database import Database, session
from tests.cli.conftest import Salesboard
from tests.evening import DAY, DECIDED, JUDGED, NIGHT, SCREENED, evening, sealed, shortlist
from tests.stories import set_up


def on(database: Database, day: object, who: str = "ada") -> Salesboard:
    """The command line as somebody on a day."""
    board = Salesboard(str(database.path))
    board._before = ["--database", board.target, "--today", f"{day:%Y-%m-%d}", "--as", who]
    return board


def test_a_panel_is_appointed_judges_and_finishes(sqlite_database: Database) -> None:
    set_up()
    evening()
    on(sqlite_database, SCREENED)("awards", "judges", "above", "--add", "eva")
    jon, eva = on(sqlite_database, JUDGED, "jon"), on(sqlite_database, JUDGED, "eva")
    ballot = jon.json("awards", "score", "above")
    assert [one["weight"] for one in ballot["criteria"]] == [40, 30, 30]
    assert "needs 3 numbers: What was done" in jon.refused("awards", "score", "above", "mia", "8", code=2)
    assert "takes 1 to 10" in jon.refused("awards", "score", "above", "mia", "8", "7", "11")
    jon("awards", "score", "above", "mia", "8", "7", "9")
    jon("awards", "score", "above", "tom", "6", "9", "6")
    own = {one["name"]: one["own"]["weighted"] for one in jon.json("awards", "score", "above")["nominees"]}
    assert own == {"Mia X": "8.0", "Tom X": "6.9"}
    jon("awards", "finish", "above")
    eva("awards", "abstain", "above", "I nominated both")
    (panel,) = on(sqlite_database, JUDGED).json("awards", "judges")
    assert [(one["handle"], one["scored"], one["of"], one["recused"]) for one in panel["judges"]] == [
        ("eva", 0, 0, 2),
        ("jon", 2, 2, 0),
        ("lea", 0, 2, 0),
    ]
    assert "finished" in jon("awards", "judges", "above")


def test_the_evening_goes_on_paper_and_page_by_page(sqlite_database: Database, tmp_path: Path) -> None:
    set_up()
    sealed()
    host, guest = on(sqlite_database, DECIDED), on(sqlite_database, DECIDED, "mia")
    assert host.json("awards", "result", "above")["lines"][0]["shown"] == "8.0"
    assert "ask a manager" in guest.refused("awards", "result", "above")
    host("awards", "slot", "above", "--minutes", "15", "--presenter", "jon", "--citation", "For one night")
    plan = guest.json("awards", "programme")
    assert (plan["ends"], plan["items"][0]["presenter"], plan["items"][0]["winners"]) == (
        "19:45",
        "Jon X",
        [],
    )
    for way, sign in (("text", "19:45  End"), ("markdown", "## 19:30"), ("html", "<!doctype html>")):
        assert sign in guest("awards", "programme", "--format", way)
    page = tmp_path / "programme.html"
    host("awards", "programme", "--script", "--format", "html", "--out", str(page))
    assert "For one night" in page.read_text()
    assert "not begin before" in host.refused("awards", "reveal", "--next")
    host, guest = on(sqlite_database, NIGHT), on(sqlite_database, NIGHT, "mia")
    for _ in range(5):
        host("awards", "reveal", "--next")
    assert guest.json("awards", "reveal")["winners"] == ["Mia X"]
    assert "ask a manager" in guest.refused("awards", "reveal", "--next")
    for _ in range(2):
        host("awards", "reveal", "--next")
    assert guest.json("awards", "reveal")["over"] is True
    host("awards", "note", "Awards Night", "It was two nights", "--category", "above")
    told = guest.json("awards", "hall", "--person", "mia")
    assert (told["winners"][0]["category_name"], told["notes"][0]["text"]) == (
        "Above and Beyond",
        "It was two nights",
    )
    (mia,) = [one for one in guest.json("awards", "honours")["people"] if one["handle"] == "mia"]
    assert mia["awards"][0]["what"] == "Above and Beyond"
    assert "With us this year" in guest("awards", "honours")


def test_a_ranked_choice_and_a_team_vote_from_the_command_line(sqlite_database: Database) -> None:
    set_up()
    found = evening()
    host = on(sqlite_database, SCREENED - 10 * DAY)
    host("awards", "category", "add", "In Order", "--ranked-choice")
    host("awards", "category", "add", "The Team's Own", "--team-vote")
    assert "has no criteria" in host.refused(
        "awards", "category", "edit", "in order", "--ranked-choice", "--criteria", "Results 100"
    )
    ways = {one["name"]: one["way"] for one in host.json("awards", "category", "list")}
    assert ways == {"Above and Beyond": "points", "In Order": "ranked choice", "The Team's Own": "team vote"}
    with session():
        for name in ("In Order", "The Team's Own"):
            shortlist(categories.find_category(name, found.season).id, found.eva, found.mia, found.tom)
    on(sqlite_database, SCREENED)("awards", "judges", "in order", "--add", "jon")
    jon = on(sqlite_database, JUDGED, "jon")
    assert "'salesboard awards rank'" in jon.refused("awards", "score", "in order", "mia", "8", code=2)
    jon("awards", "rank", "in order", "tom", "mia")
    assert [line.split()[:2] for line in jon("awards", "score", "in order").splitlines()[1:]] == [
        ["1", "Tom"],
        ["2", "Mia"],
    ]
    jon("awards", "finish", "in order")
    assert "is for Mia" in jon.run("awards", "vote", "the team", "mia").stderr
    assert "yours" in jon("awards", "score", "the team")
    assert "may not judge this nominee" in on(sqlite_database, JUDGED, "mia").refused(
        "awards", "vote", "the team", "mia"
    )
    lines = on(sqlite_database, DECIDED).json("awards", "result", "the team")["lines"]
    assert [(one["name"], one["shown"]) for one in lines] == [("Mia X", "100.0 %"), ("Tom X", "0.0 %")]


def test_without_a_season_it_says_how_to_begin(sqlite_database: Database) -> None:
    set_up()
    board = on(sqlite_database, JUDGED)
    assert board.json("awards", "hall")["winners"] == []
    for command in ("judges", "decisions", "honours", "reveal"):
        assert "there is no season of awards yet" in board.refused("awards", command)
