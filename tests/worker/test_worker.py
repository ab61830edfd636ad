"""Each thing is told once, to those whom it concerns, whoever works, and however often they are stopped."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from salesboard.domain import goals, history, notices, pipeline, relations, standings
from salesboard.domain.gains import Scope
from salesboard.domain.notices import Line
from salesboard.storage import ledger, shift
from salesboard.storage.database import Database, current, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.worker import TURN, Worker
from salesboard.worker.looks import LOOKS, Look, Since, Tiding
from tests import quarter, stories
from tests.quarter import at, sell
from tests.stories import add_person, add_team

FEBRUARY = date(2026, 2, 3)


def told(person: Actor, today: date = FEBRUARY) -> list[str]:
    """What is in somebody's inbox, oldest first."""
    assert person.id is not None
    lines = notices.inbox(person.id, today=today)
    return [line.text for line in sorted(lines, key=lambda line: line.id)]


def one(person: Actor, beginning: str, today: date = FEBRUARY) -> Line:
    assert person.id is not None
    (found,) = [line for line in notices.inbox(person.id, today=today) if line.text.startswith(beginning)]
    return found


@pytest.fixture
def team(database: Database) -> tuple[Actor, Actor, Actor]:
    """Ada, an admin, who sells too; Lee leads West, in which Mia sells; all has been looked at until now."""
    ada = quarter.set_up()
    add_team("West")
    lee, mia = add_person("Lee Ray", "lead", team="West"), add_person("Mia Berg", team="West")
    shift.skip_to_the_end(FEBRUARY)
    return ada, lee, mia


def test_a_milestone_is_told_once_and_withdrawn_when_its_sale_is_undone(
    team: tuple[Actor, Actor, Actor],
) -> None:
    ada, lee, mia = team
    goals.add_goal(ada, quarter.wish((30, 60, 90), scope=Scope(person=mia.id)), now=at(FEBRUARY))
    worker = Worker()
    assert worker.one_round(at(FEBRUARY)).told == 0
    deal = sell(FEBRUARY, 35, by=mia, account="Hofer")
    assert worker.one_round(at(FEBRUARY)).told == 1
    (words,) = told(mia)
    assert words == "Mia Berg · Revenue 2026-Q1: Milestone 1 reached by Mia Berg's Hofer (35k), 3 days late"
    assert told(lee) == [words], "whoever leads her is told too"
    assert not told(ada), "nobody else is"

    assert worker.one_round(at(FEBRUARY)).told == 0
    assert Worker().one_round(at(FEBRUARY) + TURN).told == 0, "another worker has nothing to tell"
    assert told(mia) == [words]

    history.undo(mia, now=at(FEBRUARY))
    worker.one_round(at(FEBRUARY) + 2 * TURN)
    neutral = "Mia Berg · Revenue 2026-Q1: Milestone 1 is no longer reached, 30k are missing"
    assert told(mia) == [words, neutral]
    assert one(mia, words).withdrawn == neutral
    assert one(mia, neutral).tone == "plain"

    history.redo(mia, now=at(FEBRUARY))
    worker.one_round(at(FEBRUARY) + 2 * TURN)
    assert told(mia) == [words, neutral], "it holds again; that is no news"
    assert one(mia, words).withdrawn is None
    assert stories.read(deal).status == pipeline.WON


def test_one_sale_that_crosses_several_milestones_is_one_notice_of_the_widest(
    team: tuple[Actor, Actor, Actor],
) -> None:
    ada, lee, mia = team
    for scope in (Scope(person=mia.id), Scope()):
        goals.add_goal(ada, quarter.wish((30, 60, 90), scope=scope), now=at(FEBRUARY))
    worker = Worker()
    worker.one_round(at(FEBRUARY))
    sell(FEBRUARY, 65, by=mia)
    assert worker.one_round(at(FEBRUARY)).told == 1
    (words,) = told(lee)
    assert words.startswith("Company · Revenue 2026-Q1: Milestone 2 reached by Mia Berg's")
    assert words.endswith("; 3 more with it")
    assert told(ada) == told(mia) == [words]


def test_history_that_is_brought_in_is_not_told(team: tuple[Actor, Actor, Actor]) -> None:
    ada, _, mia = team
    goals.add_goal(ada, quarter.wish((30, 60, 90)), now=at(FEBRUARY))
    deal = stories.add_deal("Hofer", "35k", by=mia, now=at(FEBRUARY))
    worker = Worker()
    worker.one_round(at(FEBRUARY))
    with ledger.batch(ada, "imported", now=at(FEBRUARY)) as batch:
        with batch.entry() as entry:
            entry.update(stories.read(deal), status=pipeline.WON, closed_on=FEBRUARY)
        assert standings.settle(now=at(FEBRUARY)), "a milestone is reached by it"
    assert worker.one_round(at(FEBRUARY)).told == 0
    sell(FEBRUARY, 30, by=mia)
    assert worker.one_round(at(FEBRUARY)).told == 1, "what is reached by hand is told"


def test_a_milestone_that_was_missed_is_told_when_its_day_is_over(team: tuple[Actor, Actor, Actor]) -> None:
    ada, _, mia = team
    goals.add_goal(ada, quarter.wish((30, 60, 90)), now=at(FEBRUARY))
    sell(FEBRUARY, 35, by=mia)
    worker = Worker()
    worker.one_round(at(date(2026, 2, 27)))
    assert worker.one_round(at(date(2026, 2, 28))).told == 0, "there is still the evening"
    assert worker.one_round(at(date(2026, 3, 1))).told == 1
    missed = one(mia, "Company · Revenue 2026-Q1: Milestone 2 missed, 35k of 60k", date(2026, 3, 1))
    sell(date(2026, 2, 20), 30, by=mia)
    worker.one_round(at(date(2026, 3, 1)))
    after_all = one(
        mia, "Company · Revenue 2026-Q1: Milestone 2 was reached in time after all", date(2026, 3, 1)
    )
    assert after_all.tone == "plain"
    assert one(mia, missed.text, date(2026, 3, 1)).withdrawn


# --- clients ------------------------------------------------------------------------------------------------


@pytest.fixture
def client(sqlite_database: Database) -> tuple[Actor, Actor, Actor]:
    """Hofer has been a client since 10 February 2025; Mia's, in Lee's team."""
    ada = quarter.set_up()
    add_team("West")
    lee, mia = add_person("Lee Ray", "lead", team="West"), add_person("Mia Berg", team="West")
    sell(date(2025, 2, 10), 12, by=mia, account="Hofer")
    relations.say_thanks(mia, stories.add_account("Hofer"), "call", now=at(date(2026, 1, 1)))
    shift.skip_to_the_end(date(2026, 1, 20))
    return ada, lee, mia


def test_an_anniversary_is_told_ahead_and_on_the_day_to_the_lead_as_well(
    client: tuple[Actor, Actor, Actor],
) -> None:
    _, lee, mia = client
    for day in range(20, 60):
        Worker().one_round(at(date(2026, 1, 1) + timedelta(days=day)))
    texts = [text.split(" (")[0] for text in told(mia, date(2026, 3, 2)) if "Hofer" in text]
    assert texts[:3] == [
        "In 14 days: Hofer, 1 year with us",
        "In 7 days: Hofer, 1 year with us",
        "Today: Hofer, 1 year with us",
    ]
    assert [text.split(" (")[0] for text in told(lee, date(2026, 3, 2))] == ["Today: Hofer, 1 year with us"]
    owed = texts[3]
    assert owed.startswith("Thank-you owed to Hofer since 10 Feb"), "a week later nobody has said thank you"


def test_an_anniversary_that_was_slept_through_is_caught_up(client: tuple[Actor, Actor, Actor]) -> None:
    _, _, mia = client
    assert Worker().one_round(at(date(2026, 2, 28))).told
    (words,) = [text for text in told(mia, date(2026, 2, 28)) if "with us" in text and "owed" not in text]
    assert words.startswith("Hofer, 1 year with us, was on 10 Feb")


def test_what_can_not_be_done_is_parked_by_name_and_the_rest_goes_on(
    client: tuple[Actor, Actor, Actor],
) -> None:
    _, _, mia = client
    deal = sell(date(2025, 2, 11), 12, by=mia, account="Kestrel")
    worker = Worker()
    worker.one_round(at(date(2026, 2, 9)))
    current().execute("UPDATE deal SET closed_on = '2025-02-3x' WHERE id = ?", [deal])
    done = worker.one_round(at(date(2026, 2, 10)))
    kestrel = stories.add_account("Kestrel")
    assert f"anniversaries: account {kestrel}" in done.parked
    assert [one.key for one in shift.parked() if one.key.startswith("ann")] == [
        f"anniversaries: account {kestrel}"
    ]
    assert "Today: Hofer, 1 year with us" in " ".join(told(mia, date(2026, 2, 10)))


# --- turns, and being stopped -------------------------------------------------------------------------------


def test_while_somebody_has_the_turn_nobody_else_works(team: tuple[Actor, Actor, Actor]) -> None:
    ada, _, mia = team
    goals.add_goal(ada, quarter.wish((30, 60, 90)), now=at(FEBRUARY))
    first, second = Worker(), Worker()
    assert first.one_round(at(FEBRUARY)).is_ours
    sell(FEBRUARY, 35, by=mia)
    assert not second.one_round(at(FEBRUARY)).is_ours
    assert second.one_round(at(FEBRUARY) + TURN).told == 1, "who has not been heard of has lost it"
    second.leave()
    sell(FEBRUARY, 30, by=mia)
    assert first.one_round(at(FEBRUARY) + TURN).told == 1


def test_what_was_left_to_somebody_who_was_stopped_is_told_all_the_same(
    team: tuple[Actor, Actor, Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _, mia = team
    goals.add_goal(ada, quarter.wish((30, 60, 90)), now=at(FEBRUARY))
    worker = Worker()
    worker.one_round(at(FEBRUARY))
    worker.leave()
    sell(FEBRUARY, 35, by=mia)

    def taken_meanwhile(_: Since) -> Iterator[Tiding]:
        assert shift.take("somebody else", now=at(FEBRUARY), until=at(FEBRUARY) + TURN)
        yield from ()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("salesboard.worker.LOOKS", (*LOOKS, Look("somebody else", taken_meanwhile)))
        assert not worker.one_round(at(FEBRUARY)).is_ours
    assert worker.one_round(at(FEBRUARY) + TURN).told == 1, "whoever had the turn told nothing"


def test_moves_of_open_deals_leave_no_trace(team: tuple[Actor, Actor, Actor]) -> None:
    _, _, mia = team
    worker = Worker()
    worker.one_round(at(FEBRUARY))
    deal = stories.add_deal("Hofer", by=mia, now=at(FEBRUARY))
    worker.one_round(at(FEBRUARY))
    seq = shift.state().seq
    pipeline.move_deal(mia, deal, stories.stage_id("prospect"), now=at(FEBRUARY))
    worker.one_round(at(FEBRUARY))
    assert shift.state().seq == seq < ledger.end()[0]


def in_a_child(work: Callable[[], None]) -> bool:
    """Do something in a process of its own; whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, how = os.waitpid(child, 0)
    assert os.WIFSIGNALED(how) or os.WEXITSTATUS(how) == 0, "it failed by itself"
    return not os.WIFSIGNALED(how)


def _round_killed_at(file: Path, statement: int, now: datetime) -> bool:
    """A round in a process that is killed at that statement; whether it came to its end before."""

    def work() -> None:
        open_database(str(file))
        with session():
            left = statement

            def count(_: str) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            connection: sqlite3.Connection = current().peewee.connection()
            connection.set_trace_callback(count)
            Worker().one_round(now)

    return in_a_child(work)


def test_killed_at_any_statement_each_notice_is_told_exactly_once(board_file: Path, tmp_path: Path) -> None:
    open_database(str(board_file))
    with session():
        ada = quarter.set_up()
        mia = add_person("Mia Berg")
        sell(date(2025, 2, 3), 12, by=mia, account="Hofer")
        goals.add_goal(ada, quarter.wish((30, 60, 90)), now=at(FEBRUARY))
        shift.skip_to_the_end(FEBRUARY - timedelta(days=1))
        sell(FEBRUARY, 35, by=mia, account="Hofer")
    current().close()

    def tellings(file: Path) -> list[tuple[str, int]]:
        with closing(sqlite3.connect(file)) as found:
            return found.execute(
                "SELECT key, COUNT(person_id) FROM notice LEFT JOIN delivery ON notice_id = notice.id "
                "GROUP BY key ORDER BY key"
            ).fetchall()

    whole = Path(shutil.copy(board_file, tmp_path / "whole.db"))
    assert _round_killed_at(whole, 10**9, at(FEBRUARY))
    expected = tellings(whole)
    assert len(expected) >= 2, "a milestone and an anniversary"

    statement = killed_after_telling = 0
    came_to_its_end = False
    while not came_to_its_end:
        statement += 5
        file = Path(shutil.copy(board_file, tmp_path / "killed.db"))
        came_to_its_end = _round_killed_at(file, statement, at(FEBRUARY))
        before = tellings(file)
        killed_after_telling += bool(before)
        assert before in ([], expected), "all of a round or nothing"
        assert _round_killed_at(file, 10**9, at(FEBRUARY) + TURN)
        assert tellings(file) == expected
        for log in tmp_path.glob("killed.db*"):
            log.unlink()
    assert statement > 30, "it was killed at many places"
