"""Every step of an act fails once: killed, a disk error, a full disk, at each call to the system that counts.

    python -m tests.sweep [--points 300] [--acts move,import,undo,upgrade,backup,restore] [--json]

Each act is the installed command on a small board. A first run without a fault says which calls it makes on
our files; then it is run anew for each of them, in a copy of the same folder, with strace letting that call
fail. Afterwards the board must be as before or as after the act, whole and proved; as after, if the program
said that it was done; as before, if it refused. A refusal is one line that names the true cause. A backup is
whole, proved and with its manifest, or has no name. `--careless` plays an act that writes without a
transaction: the same judgement must find what is wrong with it.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from pathlib import Path

from salesboard.storage import backup, ledger, upgrade
from salesboard.storage import database as storage
from salesboard.storage.database import look_at, session
from salesboard.storage.models import DOMAIN, InstantField
from salesboard.storage.verify import verify
from tests import stories
from tests.stories import NOW, TODAY

ROOT = Path(__file__).parents[1]
ACTS = ("move", "import", "undo", "upgrade", "backup", "restore")
FAULTS = {
    "pwrite64": ("KILL", "EIO", "ENOSPC"),
    "write": ("KILL", "EIO", "ENOSPC"),
    "fdatasync": ("KILL", "EIO"),
    "fsync": ("KILL", "EIO"),
    "ftruncate": ("KILL", "EIO"),
    "rename": ("KILL", "EIO"),
    "unlink": ("KILL",),
    "openat": ("KILL", "EIO", "ENOSPC"),
    "fcntl": ("KILL", "EIO"),
    "flock": ("KILL",),
}
CAUSES = {
    "EIO": re.compile("disk (reports|takes no more)|input/output|can not be (opened|read|written)", re.I),
    "ENOSPC": re.compile(
        "disk (is full|reports|takes no more)|no space left|can not be (opened|written)", re.I
    ),
}
NO_CAUSE = re.compile("rollback|transaction|Traceback|did not expect")
CALL = re.compile(r"(?:\d+ +)?(\w+)\(")


@dataclass(frozen=True)
class Point:
    """One call to the system, and how it fails."""

    act: str
    call: str
    number: int
    fault: str


@dataclass
class Outcome:
    """What came of it."""

    points: int = 0
    """Calls that failed as they should."""
    missed: int = 0
    """Calls that were not made this time."""
    killed: int = 0
    refused: int = 0
    done: int = 0
    """Acts that came to their end in spite of the fault."""
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        found = "".join(f"\n  {one}" for one in self.violations)
        return (
            f"{self.points} points: {self.killed} killed, {self.refused} refused, {self.done} done all the "
            f"same, {self.missed} missed; {len(self.violations)} violations{found}"
        )


class Sweep:
    """The folders that the acts begin with, and what the board is before and after each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self._made: dict[str, tuple[str, ...]] = {}

    # --- the acts -------------------------------------------------------------------------------------------

    def prepare(self, act: str) -> None:
        """Make the folder with which an act begins, and let it be done once in a copy."""
        start = self._start(act)
        start.mkdir()
        file = start / "board.db"
        if act == "upgrade":
            _older(file)
        else:
            storage.create_database(file)
            with session():
                deal = _story(start)
            self._made["move"] = ("deals", "move", str(deal), "prospect")
        if act == "restore":
            backup.make(look_at(file), start / "monday.db", now=NOW)
            storage.open_database(file)
            with session():
                stories.add_deal("Kestrel", "3k")
        done = shutil.copytree(start, self.folder / f"{act}-done")
        self.before[act] = _state(start)
        ended = subprocess.run(self._command(act, done), **_plain(done))
        assert ended.returncode == 0, ended.stderr
        self.after[act] = _state(done)

    def _start(self, act: str) -> Path:
        return self.folder / f"{act}-start"

    def _command(self, act: str, folder: Path) -> list[str]:
        if act == "careless":
            return [sys.executable, "-c", CARELESS, str(folder / "board.db")]
        words = {
            "move": self._made.get("move", ()),
            "import": ("import", str(folder / "deals.csv")),
            "undo": ("undo",),
            "upgrade": ("upgrade",),
            "backup": ("backup", str(folder / "tuesday.db")),
            "restore": ("restore", str(folder / "monday.db"), "--yes"),
        }[act]
        given = ["--database", str(folder / "board.db"), "--today", str(TODAY)]
        return [sys.executable, "-m", "salesboard", *given, *words]

    def points(self, act: str) -> list[Point]:
        """The calls that the act makes on our files, each with every way in which it can fail."""
        folder = shutil.copytree(self._start(act), self.folder / f"{act}-seen")
        log = self.folder / f"{act}.log"
        traced = ["strace", "-f", "-y", "-o", str(log), "-e", f"trace={','.join(FAULTS)}"]
        ended = subprocess.run([*traced, *self._command(act, folder)], **_plain(folder))
        assert ended.returncode == 0, ended.stderr
        made: dict[str, int] = {}
        found = []
        for line in log.read_text(errors="replace").splitlines():
            if not (match := CALL.match(line)) or match[1] not in FAULTS:
                continue
            call = match[1]
            made[call] = made.get(call, 0) + 1
            if str(folder) in line:
                found += [Point(act, call, made[call], fault) for fault in FAULTS[call]]
        return found

    # --- one point ------------------------------------------------------------------------------------------

    def play(self, point: Point) -> tuple[str, str]:
        """Let the act fail there: how it ended (missed, killed, refused, done), and what is wrong then."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            folder = shutil.copytree(self._start(point.act), Path(scratch) / "here")
            log = Path(scratch) / "log"
            how = "signal=SIGKILL" if point.fault == "KILL" else f"error={point.fault}"
            traced = ["strace", "-f", "-o", str(log), "-e", f"trace={point.call}"]
            inject = ["-e", f"inject={point.call}:{how}:when={point.number}"]
            ended = subprocess.run([*traced, *inject, *self._command(point.act, folder)], **_plain(folder))
            how = _how(ended.returncode)
            if how != "killed" and "(INJECTED)" not in log.read_text(errors="replace"):
                return "missed", ""
            return how, self._wrong(point, folder, how, ended.stderr)

    def _wrong(self, point: Point, folder: Path, how: str, stderr: str) -> str:
        if how == "refused":
            *_, last = stderr.splitlines() or [""]
            if NO_CAUSE.search(stderr) or not CAUSES.get(point.fault, re.compile("$^")).search(last):
                return f"does not name the cause: {stderr.strip()[-200:]!r}"
        state = _state(folder)
        only_told = "the answer could not be" in stderr
        if how == "refused" and (only_told or point.act == "upgrade"):
            # What was done can not be told; each upgrade is whole in itself, and goes on where it was.
            how = "killed"
        allowed = {
            "done": {self.after[point.act]},
            "refused": {self.before[point.act]},
            "killed": {self.before[point.act], self.after[point.act]},
        }[how]
        return "" if state in allowed else f"{how}, but the board is {state[:60]}"


def _how(code: int) -> str:
    if code in (-9, 137):
        return "killed"
    return "refused" if code else "done"


def _plain(folder: Path) -> dict[str, object]:
    home = folder.with_name(f"{folder.name}-home")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SALESBOARD")} | {
        "SALESBOARD_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    return {"env": environment, "capture_output": True, "text": True, "timeout": 120, "cwd": ROOT}


def _story(folder: Path) -> int:
    from salesboard.cli.opening import login
    from salesboard.domain import company

    company.found(owner="Ada Marsh", login=login(), now=NOW, currency="USD", zone="UTC")
    deal = stories.add_deal("Northwind", "12k")
    rows = "".join(f"B{number},Account {number % 9},Prospecting\n" for number in range(150))
    (folder / "deals.csv").write_text("opportunity_id,account,deal_stage\n" + rows)
    return deal


def an_older_board(file: Path, newest: str) -> storage.Database:
    """An empty board as the program made it that brought this upgrade last."""
    file.touch(0o600)
    board = storage.unopened(file)
    with session(board):
        board.execute("PRAGMA journal_mode = WAL")
        board.execute(f"PRAGMA application_id = {storage.APPLICATION_ID}")
        upgrade._runner(board).up(newest)
        board.execute(f"PRAGMA user_version = {int(newest[:4])}")
    return board


def _older(file: Path) -> None:
    company = {"id": 1, "version": 1, "name": "Acme", "currency": "USD", "zone": "UTC"}
    company |= {"fiscal_start": 1, "closed_days": 90}
    board = an_older_board(file, "0005_notices")
    with session(board):
        names, blanks = ", ".join(company), ", ".join("?" * len(company))
        board.execute(f"INSERT INTO company ({names}) VALUES ({blanks})", list(company.values()))
        _write_entry(board, ("company", 1, None, ledger.canonical(company)))


def _write_entry(board: storage.Database, change: tuple[object, ...]) -> None:
    line: dict[str, object] = dict.fromkeys(
        ("actor", "subject_table", "subject_id", "note", "undoes", "batch")
    ) | {"seq": 1, "at": 0, "verb": "founded", "prev_hash": ledger.GENESIS}
    line["hash"] = ledger.line_hash(line, [change])
    names = ", ".join(f'"{name}"' for name in line)
    board.execute(f"INSERT INTO entry ({names}) VALUES ({', '.join('?' * len(line))})", list(line.values()))
    board.execute(
        "INSERT INTO change (seq, place, table_name, row_id, before, after) VALUES (1, 0, ?, ?, ?, ?)", change
    )
    board.execute("UPDATE ledger_head SET seq = 1, hash = ?, next_id = 2", [line["hash"]])


def _state(folder: Path) -> str:
    """What the board holds, and the backups beside it; in words where something is wrong with them."""
    file = folder / "board.db"
    try:
        with closing(sqlite3.connect(file)) as connection:
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
        if sound != "ok":
            return f"damaged: {sound}"
        if number < upgrade.newest():
            told = f"of upgrade {_upgrades(file)}"
        else:
            board = look_at(file)
            if faults := verify(board).faults:
                return f"faulty: {faults[0]}"
            with session(board):
                told = _told(board)
        return told + "".join(_backups(folder))
    except Exception as error:
        return f"lost: {type(error).__name__}: {error}"


def _told(board: storage.Database) -> str:
    """A fingerprint of all rows without the time of day at which they were written."""
    told = hashlib.sha256()
    for model in DOMAIN:
        fields = [one for one in model._meta.sorted_fields if not isinstance(one, InstantField)]
        columns = ", ".join(f'"{one.column_name}"' for one in fields)
        for row in board.execute(f'SELECT {columns} FROM "{model._meta.table_name}" ORDER BY id'):
            told.update(repr(tuple(row)).encode())
    return told.hexdigest()


def _upgrades(file: Path) -> str:
    """An upgrade that was stopped goes on where it was: what it has done so far is whole in itself."""
    storage.upgrade_database(file)
    return "" if not verify(look_at(file)).faults else "with faults"


def _backups(folder: Path) -> Iterator[str]:
    named = [
        file for file in (folder / "tuesday.db", *sorted((folder / "backups").glob("*.db"))) if file.exists()
    ]
    for file in named:
        manifest = backup.read_manifest(file)
        if manifest is None:
            yield f", {file.name} has no manifest"
        elif file.name == "tuesday.db":
            with backup.staged(file, folder / "staged"):
                yield ", with its backup"


CARELESS = """
import sqlite3, sys
board = sqlite3.connect(sys.argv[1], isolation_level=None)
board.execute("PRAGMA journal_mode = DELETE")
try:
    for number in range(5):
        board.execute("UPDATE deal SET title = ?", [f"Careless {number}"])
except sqlite3.Error as error:
    sys.exit("salesboard: the disk reports an error or is full: nothing was saved")
"""


def run(folder: Path, *, acts: tuple[str, ...], most: int, seed: int, say: Callable[[str], None]) -> Outcome:
    """Play so many points, spread over the acts; all of them, where there are no more."""
    sweep, outcome = Sweep(folder), Outcome()
    chance = random.Random(seed)
    chosen: list[Point] = []
    for act in acts:
        sweep.prepare(act)
        found = sweep.points(act)
        say(f"{act}: {len(found)} points")
        chosen += _spread(found, -(-most // len(acts)), chance)
    with ThreadPoolExecutor(os.cpu_count() or 2) as players:
        for point, (how, wrong) in zip(chosen, players.map(sweep.play, chosen), strict=True):
            if how == "missed":
                outcome.missed += 1
                continue
            outcome.points += 1
            setattr(outcome, how, getattr(outcome, how) + 1)
            if wrong:
                outcome.violations.append(
                    f"{point.act}, {point.call} number {point.number}, {point.fault}: {wrong}"
                )
                say(outcome.violations[-1])
    return outcome


def _spread(found: Sequence[Point], most: int, chance: random.Random) -> list[Point]:
    """So many points, of each call and fault in turn: those that are seldom made are not left out."""
    kinds: dict[tuple[str, str], list[Point]] = {}
    for point in chance.sample(found, len(found)):
        kinds.setdefault((point.call, point.fault), []).append(point)
    turns = zip_longest(*(kinds[kind] for kind in sorted(kinds)))
    return [point for turn in turns for point in turn if point is not None][:most]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--acts", default=",".join(ACTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    acts = ("careless",) if given.careless else tuple(given.acts.split(","))
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(
            Path(folder),
            acts=acts,
            most=given.points,
            seed=given.seed,
            say=lambda told: print(told, file=sys.stderr, flush=True),
        )
    print(json.dumps(asdict(outcome)) if given.json else outcome)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
