"""Whoever works makes a backup an hour where something has happened; the old ones are thinned out."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from salesboard.domain import notices
from salesboard.storage import backup, shift
from salesboard.storage.database import Database, look_at
from salesboard.storage.verify import verify
from salesboard.worker import TURN, backups
from salesboard.worker.backups import AFTER_FAILURE, EVERY, made_so_far, make_if_due, to_keep
from tests import stories
from tests.stories import NOW, TODAY

HOUR = timedelta(hours=1)


def test_of_three_years_of_hourly_backups_the_right_ones_stay() -> None:
    start = datetime(2024, 1, 1, 0, 30, tzinfo=UTC)
    now, standing, first = start, set(), True
    hours = 3 * 366 * 24
    for hour in range(hours):
        now = start + hour * HOUR
        standing.add(now)
        if hour % 7 and hour < hours - 24:
            continue
        standing = to_keep(standing, now)
        assert now in standing and len(standing) <= 24 + 7 + 5 + 12
        first = False
    assert not first
    ages = {now - one for one in standing}
    assert {age // HOUR for age in ages} >= set(range(24))
    days = {(now.date() - one.date()).days for one in standing}
    assert days >= set(range(7))
    assert {one.isocalendar()[:2] for one in standing} >= {
        (now - timedelta(weeks=week)).isocalendar()[:2] for week in range(5)
    }
    months = {(one.year, one.month) for one in standing}
    assert months >= {(2026, month) for month in range(2, 13)} | {(2027, 1)}, "twelve months back"
    for year, month in months - {(now.year, now.month)}:
        newest = max(one for one in standing if (one.year, one.month) == (year, month))
        assert (newest + timedelta(days=1)).month != month or newest.date() >= now.date() - timedelta(days=40)


def test_the_last_one_stays_and_what_a_wrong_clock_dated_ahead_crowds_nothing_out() -> None:
    old = NOW - timedelta(days=4000)
    assert to_keep([old], NOW) == {old}
    assert to_keep([], NOW) == set()
    ahead = {NOW + number * HOUR for number in range(1, 100)}
    assert to_keep({*ahead, NOW - HOUR, NOW}, NOW) >= {NOW, NOW - HOUR, *ahead}


def test_an_hourly_backup_is_made_where_something_has_happened(database: Database, board_url: str) -> None:
    stories.set_up()
    assert make_if_due("me", NOW) == EVERY
    (first,) = made_so_far(database)
    assert first.at == NOW and not verify(look_at(first.file)).faults
    assert first.file.parent.stat().st_mode & 0o777 == 0o700 and first.file.stat().st_mode & 0o777 == 0o600
    assert make_if_due("me", NOW + HOUR / 2) == HOUR / 2
    assert make_if_due("me", NOW + HOUR) == EVERY and len(made_so_far(database)) == 1, "nothing has happened"
    stories.add_deal("Northwind")
    make_if_due("me", NOW + 2 * HOUR)
    make_if_due("me", NOW + 2 * HOUR + HOUR / 2)
    assert [one.at for one in made_so_far(database)] == [NOW, NOW + 2 * HOUR]
    make_if_due("me", NOW + timedelta(days=2))
    assert len(made_so_far(database)) == 3, "once a day in any case"


def test_only_whoever_has_the_turn_makes_it(sqlite_database: Database) -> None:
    stories.set_up()
    assert shift.take("somebody else", now=NOW, until=NOW + TURN)
    make_if_due("me", NOW)
    assert made_so_far(sqlite_database) == []
    with backups._alone_in(backup.own_folder(backup.folder_for(sqlite_database))):
        assert make_if_due("me", NOW + TURN) == AFTER_FAILURE
    assert made_so_far(sqlite_database) == []


def test_a_failure_is_told_to_admins_once_a_day_and_taken_back(sqlite_database: Database) -> None:
    ada, mia = stories.set_up(), stories.add_person("Mia Berg")
    assert ada.id is not None and mia.id is not None
    folder = backup.folder_for(sqlite_database)
    folder.symlink_to("/nowhere")
    for minutes in (0, 10):
        assert make_if_due("me", NOW + timedelta(minutes=minutes)) == AFTER_FAILURE
    (line,) = notices.inbox(ada.id, today=TODAY)
    assert line.text.startswith("No backup could be made: ") and line.tone == "attention"
    assert "(incident " in line.text and not notices.inbox(mia.id, today=TODAY)
    folder.unlink()
    assert make_if_due("me", NOW + HOUR) == EVERY
    texts = {line.text: line.withdrawn for line in notices.inbox(ada.id, today=TODAY)}
    assert texts[line.text] == "Backups are made again"


def test_a_full_disk_stops_nothing_and_the_last_backups_stay(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = tmp_path / "backups"
    small.mkdir(mode=0o700)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k,mode=0700", "tmpfs", str(small)], capture_output=True
    )
    if done.returncode:
        pytest.skip("no small disk can be made here")
    try:
        ada = stories.set_up()
        assert ada.id is not None
        now = NOW
        for _ in range(6):
            stories.add_deal("Northwind")
            now += HOUR
            make_if_due("me", now)
        standing = made_so_far(sqlite_database)
        assert standing and not verify(look_at(standing[-1].file)).faults
        told = [line.text for line in notices.inbox(ada.id, today=TODAY)]
        assert any("disk is full" in text or "no space left" in text for text in told), told
        assert not list(small.glob(".*.partial"))
        stories.add_deal("Kestrel")
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_what_was_left_in_the_making_goes_away(sqlite_database: Database) -> None:
    stories.set_up()
    folder = backup.own_folder(backup.folder_for(sqlite_database))
    (folder / ".board-20200101T000000Z.db.1234.partial").write_text("half")
    shutil.copy(folder / ".board-20200101T000000Z.db.1234.partial", folder / "mine.db")
    make_if_due("me", NOW)
    assert sorted(file.name for file in folder.iterdir()) == [
        ".lock",
        f"board-{NOW:%Y%m%dT%H%M%SZ}.db",
        f"board-{NOW:%Y%m%dT%H%M%SZ}.db.json",
        "mine.db",
    ]
