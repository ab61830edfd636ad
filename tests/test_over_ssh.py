"""A team on one host: everybody comes in over a real sshd with a key of their own, and is whom it says."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from salesboard import authorizing
from salesboard.domain import access, people
from salesboard.storage.database import Database
from tests import sshd
from tests.sshd import Host, new_key
from tests.stories import NOW, add_deal, add_person, faults, owner, read, set_up
from tests.terminal import SALESBOARD, Terminal

CHECKOUT = str(Path(__file__).parents[1])
SOON = 1.0
"""Seconds within which what one does is on the other's screen."""
GONE = 1.0
"""Seconds after which nothing is left of a connection that was dropped."""
REVOKED_WITHIN = 5.0

pytestmark = pytest.mark.skipif(sshd.SSHD is None, reason=sshd.MISSING)

Start = Callable[..., Terminal]


@dataclass(frozen=True)
class Team:
    """Ada, an admin, and Mia, a rep, on one board; each has a key."""

    host: Host
    file: Path
    ada: Path
    mia: Path

    def admin(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command on the host itself, as Ada."""
        command = [*SALESBOARD, "--database", str(self.file), "--as", "ada", *words]
        return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)

    def access(self, *words: str) -> str:
        """`salesboard access …` on the host's file of keys; what it said."""
        done = self.admin("access", *words, "--file", str(self.host.authorized_keys))
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.fixture
def team(sqlite_database: Database, tmp_path: Path) -> Iterator[Team]:
    set_up()
    add_person("Mia Berg")
    folder = tmp_path / "host"
    folder.mkdir()
    with sshd.running(folder) as host:
        keys = {name: new_key(folder, name) for name in ("ada", "mia")}
        file = Path(str(sqlite_database.path))
        for name, key in keys.items():
            text = key.with_suffix(".pub").read_text()
            access.add_key(owner(), people.find_person(name), text, now=NOW)
        authorizing.write(host.authorized_keys, str(file))
        yield Team(host, file, **keys)


def processes(team: Team) -> int:
    """How many programs run on the team's board."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            count += str(team.file).encode() in command and b"salesboard.cli.remote" in command
    return count


def test_two_people_share_a_board_and_each_is_whom_the_key_says(team: Team, terminal: Start) -> None:
    deal = add_deal("Northwind", "64k", stage="prospect")
    ssh = team.host.command
    with (
        terminal(ssh(team.ada, tty=True), columns=110, rows=24) as ada,
        terminal(ssh(team.mia, tty=True), columns=110, rows=24) as mia,
    ):
        for screen in (ada, mia):
            screen.wait_for("Northwind")
            screen.wait_for("? keys")
            screen.wait_until_quiet()
        assert "Mia Berg" in mia.lines()[0] and "Ada Marsh" in ada.lines()[0]
        before = next(line for line in mia.lines() if "Northwind" in line).index("Northwind")
        ada.keys("L")
        pressed = time.perf_counter()
        mia.wait_for(
            lambda seen: any(
                "Northwind" in line and line.index("Northwind") > before for line in seen.lines()
            )
        )
        assert time.perf_counter() - pressed < 10 * SOON, "a second on a machine that does nothing else"
        assert read(deal).owner.handle == "ada"

        team.access("revoke", "mia")
        revoked = time.perf_counter()
        assert mia.wait_for_exit() == 1
        assert time.perf_counter() - revoked < REVOKED_WITHIN
        assert "does not open this board any more" in mia.text()
    refused = team.host(team.mia, "report")
    assert refused.returncode == 255, "sshd itself knows the key no more"
    assert faults() == []


def test_commands_over_ssh_and_nothing_else(team: Team) -> None:
    host = team.host
    add_deal("Northwind", "64k")
    assert host(team.mia, "inbox", "--json").stdout.strip() == "[]"
    exported = host(team.mia, "export", "deals")
    assert "Northwind" in exported.stdout, exported.stderr
    again = host(team.ada, "import", "-", given=exported.stdout)
    assert again.returncode == 0, again.stderr
    refusals = {
        ("export", "deals", "--out", "/tmp/x.csv"): "files stay on your side",
        ("report;", "id"): "there is no command 'report;' here",
        ("people", "add", "eve"): "a rep may not edit people",
    }
    for words, why in refusals.items():
        done = host(team.mia, *words)
        assert done.returncode in (1, 2) and why in done.stderr, (words, done)
        assert done.stdout == "" and "Traceback" not in done.stderr
    no_terminal = host(team.mia)
    assert no_terminal.returncode == 2 and "terminal" in no_terminal.stderr


def test_what_the_client_sends_changes_nothing(team: Team, tmp_path: Path) -> None:
    """Variables that make other programs run code, press keys or read other files; sshd lets all in."""
    trap = tmp_path / "trap"
    hostile = {
        "SALESBOARD_DATABASE": str(tmp_path / "other.db"),
        "SALESBOARD_TODAY": "2001-01-01",
        "SALESBOARD_HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": str(tmp_path / "sitecustomize.py"),
        "TEXTUAL_DRIVER": "sitecustomize:Driver",
        "TEXTUAL_PRESS": "q,q",
        "TERM": "x\x1b]0;title\x07",
        "LC_ALL": "C/../../x",
    }
    (tmp_path / "sitecustomize.py").write_text(f"open({str(trap)!r}, 'w').close()\n")
    command = team.host.command(team.mia, "inbox", "--json", options=("-o", "SendEnv=*"))
    done = subprocess.run(command, env={**os.environ, **hostile}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
    assert not trap.exists() and not (tmp_path / "other.db").exists()
    control = subprocess.run([sys.executable, "-c", ""], env={**os.environ, **hostile}, timeout=60)
    assert control.returncode == 0 and trap.exists(), "the trap works where nobody minds it"


def test_dropped_connections_leave_no_process(team: Team, terminal: Start) -> None:
    add_deal("Northwind", "64k")
    drops = int(os.environ.get("SALESBOARD_TEST_DROPS", "4"))
    for _ in range(drops // 2):
        with (
            terminal(team.host.command(team.mia, tty=True), columns=80, rows=24) as one,
            terminal(team.host.command(team.ada, tty=True), columns=80, rows=24) as other,
        ):
            for screen in (one, other):
                screen.wait_for("Northwind")
            assert processes(team) >= 2, "control: they are seen"
            one._process.kill(9)
            other._process.fileobj.close()
        deadline = time.monotonic() + 10 * GONE
        while processes(team) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert processes(team) == 0
    assert faults() == []


def test_the_file_of_keys_keeps_what_others_wrote(team: Team) -> None:
    keys = team.host.authorized_keys
    team.access("add", "ada", f"{new_key(keys.parent, 'desktop')}.pub")
    assert keys.stat().st_mode & 0o777 == 0o600
    block = keys.read_text()
    lines = [line for line in block.splitlines() if not line.startswith("#")]
    assert len(lines) == 3 and all(line.startswith('restrict,pty,command="') for line in lines)
    assert all("--key-id" in line and "laptop" not in line for line in lines)
    keys.write_text("ssh-ed25519 AAAAsomebody else\n" + block + "# the end\n")
    team.access("revoke", "mia")
    after = keys.read_text().splitlines()
    assert after[0] == "ssh-ed25519 AAAAsomebody else" and "# the end" in after
    assert sum("--key-id" in line for line in after) == 2
    keys.write_text("".join(line + "\n" for line in after[:-1]))
    damaged = team.admin("access", "write", "--file", str(keys))
    assert damaged.returncode == 1 and "is damaged" in damaged.stderr
