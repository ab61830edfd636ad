"""A backup is proved before it counts, checked before it is put back, and put back for everybody at once."""

import json
import os
import random
import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from salesboard.domain import pipeline
from salesboard.errors import Refused, Restored, SalesboardError, StorageTrouble
from salesboard.storage import backup, follow, ledger, shift
from salesboard.storage import database as storage
from salesboard.storage.backup import manifest_file
from salesboard.storage.database import Database, look_at, open_database, session
from salesboard.storage.models import Deal
from salesboard.storage.verify import verify
from salesboard.worker import Worker
from salesboard.worker.looks import Look, Since, Tiding
from tests import stories
from tests.stories import NOW, digest
from tests.sweep import an_older_board
from tests.worker.test_worker import in_a_child


@dataclass
class Story:
    """A board, a backup of it, and what it held then."""

    url: str
    database: Database
    backup: Path
    then: str
    deal: int


@pytest.fixture
def story(database: Database, board_url: str, tmp_path: Path) -> Story:
    """A board with a backup, on which a deal has been added and another one changed since."""
    return begun(database, board_url, tmp_path)


@pytest.fixture
def on_file(sqlite_database: Database, board_file: Path, tmp_path: Path) -> Story:
    """The same on SQLite alone."""
    return begun(sqlite_database, str(board_file), tmp_path)


def begun(database: Database, board_url: str, tmp_path: Path) -> Story:
    ada = stories.set_up()
    deal = stories.add_deal("Northwind", "12k")
    folder = tmp_path / "kept"
    folder.mkdir()
    file = folder / "monday.db"
    backup.make(look_at(board_url), file, now=NOW)
    then = digest()
    stories.add_deal("Kestrel", "3k")
    pipeline.edit_deal(ada, deal, now=NOW, value_minor=99)
    return Story(board_url, database, file, then, deal)


def put_back(story: Story, *, replacing: bool = True, file: Path | None = None) -> backup.Restored:
    done = backup.restore(
        file or story.backup, story.url, replacing=replacing, agreed=lambda _: True, now=NOW
    )
    assert done is not None
    return done


def refusal(story: Story, file: Path | None = None) -> str:
    """Why a backup is not put back; nothing has happened then."""
    before = digest(), ledger.end()
    with pytest.raises(SalesboardError) as refused:
        put_back(story, file=file)
    assert (digest(), ledger.end()) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_board_is_what_it_was_and_what_was_there_is_kept(story: Story) -> None:
    after = digest(), ledger.end()
    done = put_back(story)
    assert digest() == story.then and ledger.end() == (done.verdict.entries, done.verdict.head)
    assert not verify().faults
    assert done.kept is not None and done.kept_manifest is not None and done.kept_manifest.is_verified
    assert done.kept.parent.stat().st_mode & 0o777 == 0o700
    story.database.known = None
    stories.add_deal("Orchard", "1k")
    put_back(story, file=done.kept)
    assert (digest(), ledger.end()) == after, "a backup of what was there puts that back"
    story.database.known = None
    stories.add_deal("Orchard", "1k")
    assert not verify().faults


def test_whoever_has_the_board_open_is_told_and_writes_nothing_more(story: Story) -> None:
    seq, told = ledger.end()[0], threading.Event()
    stale = Deal.get_by_id(story.deal)

    def watch() -> None:
        try:
            for _ in follow.follow(seq, threading.Event()):
                pass
        except Restored:
            told.set()

    threading.Thread(target=watch, daemon=True).start()
    put_back(story)
    assert told.wait(10), "the ledger is shorter now"
    with pytest.raises(Restored), ledger.entry(ledger.PROGRAM, "edited", now=NOW) as entry:
        entry.update(stale, title="As if nothing had happened")
    assert digest() == story.then


def test_a_ledger_that_has_grown_again_is_another_one_all_the_same(story: Story) -> None:
    put_back(story)
    other = look_at(story.url)
    assert other.known == ledger.end()
    known, story.database.known = story.database.known, None
    for number in range(4):
        stories.add_deal(None, title=f"Deal {number}")
    story.database.known = known
    assert known is not None and ledger.end()[0] > known[0]
    with pytest.raises(Restored):
        stories.add_deal(None, title="One more")
    with pytest.raises(Restored):
        next(follow.follow(ledger.end()[0] + 1, threading.Event()))


def test_the_worker_goes_on_with_a_restored_board(story: Story) -> None:
    worker = Worker()
    worker.one_round(NOW)
    put_back(story)
    story.database.known = None
    worker.one_round(NOW)
    stories.add_deal("Orchard")
    assert worker.one_round(NOW).is_ours and worker._seen == ledger.end()[0]


def test_a_round_that_looked_at_the_board_before_keeps_nothing_of_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    worker.one_round(NOW)
    pipeline.win_deal(stories.owner(), story.deal, now=NOW)

    def restored_meanwhile(_: Since) -> Iterator[Tiding]:
        put_back(story)
        yield from ()

    monkeypatch.setattr("salesboard.worker.LOOKS", (Look("a restore", restored_meanwhile),))
    with pytest.raises(Restored):
        worker.one_round(NOW)
    assert shift.state().seq <= ledger.end()[0], "what is done next would not be told"


def test_a_board_in_postgresql_is_only_replaced_when_that_is_said(
    empty_postgresql_url: str, story: Story
) -> None:
    if not story.database.is_sqlite:
        with pytest.raises(Refused, match="--replace puts the backup in its place"):
            put_back(story, replacing=False)
        return
    story.url = empty_postgresql_url
    done = put_back(story, replacing=False)
    assert done.kept is None
    there = look_at(empty_postgresql_url)
    assert verify(there) == done.verdict


# --- what is no backup --------------------------------------------------------------------------------------


def test_no_flipped_bit_gets_through(on_file: Story) -> None:
    chance, content = random.Random(1), on_file.backup.read_bytes()
    for _ in range(20):
        broken = bytearray(content)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        on_file.backup.write_bytes(broken)
        assert "SHA-256" in refusal(on_file)
    manifest_file(on_file.backup).unlink()
    place = content.index(b"Northwind")
    on_file.backup.write_bytes(content[:place] + b"Southwind" + content[place + 9 :])
    assert "does not verify" in refusal(on_file), "without its manifest its ledger is enough"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("truncated", "damaged"),
        ("empty", "is empty, not a board"),
        ("a text", "not a salesboard database"),
        ("of another program", "not a salesboard database"),
        ("newer", "written by a newer salesboard"),
        ("a row changed", "does not verify"),
        ("another's manifest", "of two boards"),
        ("no manifest but a file", "no manifest of a backup"),
        ("an open board", "an open board, not a backup"),
        ("not there", "no such file"),
        ("a pipe", "is not a file"),
        ("the board itself", "is the board itself"),
    ],
)
def test_what_is_no_backup_is_refused_before_anything_is_touched(
    on_file: Story, what: str, told: str
) -> None:
    file, manifest = on_file.backup, manifest_file(on_file.backup)
    kept = json.loads(manifest.read_text())
    manifest.unlink()
    match what:
        case "truncated":
            file.write_bytes(file.read_bytes()[: 4096 * 20])
        case "empty":
            file.write_bytes(b"")
        case "a text":
            file.write_text("title,amount\n" * 500)
        case "another's manifest":
            manifest.write_text(json.dumps(kept | {"head": "f" * 64}))
        case "no manifest but a file":
            manifest.write_text("[")
        case "an open board":
            file.with_name("monday.db-wal").write_text("something")
        case "not there":
            file.unlink()
        case "a pipe":
            file.unlink()
            os.mkfifo(file)
        case "the board itself":
            file = Path(on_file.url)
        case _:
            statement = {
                "of another program": "PRAGMA application_id = 7",
                "newer": "PRAGMA user_version = 99",
                "a row changed": "UPDATE deal SET title = 'x'",
            }[what]
            with closing(sqlite3.connect(file)) as tampering, tampering:
                tampering.execute(statement)
    assert told in refusal(on_file, file)
    assert not list(Path(on_file.url).parent.glob(".*.partial"))


# --- what is there instead of a board -----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["nothing", "an empty file", "garbage", "a damaged page"])
def test_a_board_that_is_lost_is_put_back(on_file: Story, what: str) -> None:
    path = Path(on_file.url)
    on_file.database.close()
    log = path.with_name("board.db-wal")
    if what == "a damaged page":
        content = bytearray(path.read_bytes())
        content[4096 * 3 : 4096 * 4] = random.Random(1).randbytes(4096)
        path.write_bytes(content)
    else:
        path.unlink()
        # A log of another file: it must not get into the one that is put there.
        shutil.copy(on_file.backup, path.with_name("other.db"))
        with closing(sqlite3.connect(path.with_name("other.db"))) as other:
            other.execute("UPDATE deal SET title = 'of another board'")
            other.commit()
            shutil.copy(path.with_name("other.db-wal"), log)
        if what == "an empty file":
            path.touch()
        elif what == "garbage":
            path.write_bytes(b"x" * 9000)
            with pytest.raises(StorageTrouble, match="--replace moves it aside"):
                put_back(on_file, replacing=False)
    done = put_back(on_file)
    opened = open_database(path)
    with session():
        assert digest() == on_file.then and not verify().faults
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    if what == "garbage":
        assert [file.read_bytes() for file in path.parent.glob("*.damaged-*Z")] == [b"x" * 9000]
    if what == "a damaged page":
        assert done.kept_manifest is not None and done.kept_manifest.faults


def test_another_programs_database_is_never_replaced(on_file: Story, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as foreign:
        foreign.execute("CREATE TABLE deal (id)")
    before = other.read_bytes()
    with pytest.raises(StorageTrouble, match="is not a salesboard database"):
        backup.restore(on_file.backup, str(other), replacing=True, agreed=lambda _: True, now=NOW)
    assert other.read_bytes() == before


# --- killed in the middle -----------------------------------------------------------------------------------


def _killed_at(step: int, work: object) -> bool:
    """Do something in a process that is killed at that step of SQLite's; whether it came to its end."""

    def count() -> None:
        left = step

        def one(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        connect = sqlite3.connect

        def watched(*arguments: object, **options: object) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[arg-type]
            connection.set_trace_callback(one)
            one()
            return connection

        sqlite3.connect = watched  # type: ignore[assignment]
        assert callable(work)
        work()

    return in_a_child(count)


@pytest.mark.parametrize("what", ["backup", "restore"])
def test_killed_at_any_step_there_is_a_whole_file_or_none(on_file: Story, tmp_path: Path, what: str) -> None:
    on_file.database.close()
    now = digest_of(Path(on_file.url))
    file = tmp_path / "kept" / "tuesday.db"

    def work() -> None:
        if what == "backup":
            backup.make(look_at(on_file.url), file, now=NOW)
        else:
            put_back(on_file)

    step, ended, seen = 0, False, set()
    while not ended:
        step += 13
        ended = _killed_at(step, work)
        if what == "backup":
            if file.exists():
                assert not verify(look_at(file)).faults and manifest_file(file).exists()
                file.unlink()
        else:
            state = digest_of(Path(on_file.url))
            seen.add(state)
            assert state in (now, on_file.then)
            assert not verify(look_at(on_file.url)).faults
    assert step > 40
    assert what == "backup" or seen == {now, on_file.then}
    backup.make(look_at(on_file.url), tmp_path / "kept" / "tuesday.db", now=NOW)
    assert not list((tmp_path / "kept").glob(".*")), "what was left over is gone"


def digest_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return digest(connection.execute)


def test_an_older_backup_is_brought_up_and_an_upgrade_keeps_what_was(tmp_path: Path) -> None:
    old = storage.make_tables(tmp_path / "new.db")
    path = tmp_path / "old.db"
    an_older_board(path, "0003_relations")
    assert old.path is not None
    kept = backup.keep_before_upgrade(str(path), now=NOW)
    assert kept is not None and backup.read_manifest(kept) is not None
    done = backup.restore(kept, str(old.path), replacing=False, agreed=lambda _: True, now=NOW)
    assert done is not None and done.upgraded
    storage.upgrade_database(path)
    assert backup.keep_before_upgrade(str(path), now=NOW) is None
    assert verify(look_at(path)) == verify(look_at(old.path))
