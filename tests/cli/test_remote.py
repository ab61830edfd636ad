"""What whoever comes in over SSH may ask for, and what is made of what their client sends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.cli import KNOWN, program, remote
from salesboard.cli.ownfile import OwnFile
from salesboard.domain import access
from salesboard.errors import Refused, SalesboardError, WrongUsage
from salesboard.storage.database import Database
from tests.domain.test_access import key_line
from tests.stories import NOW, add_deal, owner, set_up


@pytest.mark.parametrize(
    "asked",
    [
        "sh -c id",
        "report; id",
        "$(id)",
        "`id`",
        "report\nid",
        "--as ada report",
        "--database x.db report",
        "-o ProxyCommand=id",
        "access list",
        "backup x.db",
        "upgrade",
        "worker",
        "init",
        "demo",
        "scp -t /tmp",
        "rsync --server",
        "internal-sftp",
        "git-upload-pack x",
        "'report",
        "report\0",
        "x" * 9000,
    ],
)
def test_what_is_no_command_of_the_board_is_refused(asked: str) -> None:
    with pytest.raises(WrongUsage):
        remote.understood(asked)


def test_control_commands_of_the_board_are_understood() -> None:
    assert remote.understood("") == []
    assert remote.understood("report --by team --json") == ["report", "--by", "team", "--json"]
    assert remote.understood("salesboard deals show 'Blue Heron'") == ["deals", "show", "Blue Heron"]


@given(st.text(max_size=80))
def test_whatever_is_asked_is_a_known_verb_or_refused(asked: str) -> None:
    try:
        words = remote.understood(asked)
    except SalesboardError:
        return
    assert not words or words[0] in remote.VERBS


def test_every_verb_exists_and_every_file_is_refused_from_outside() -> None:
    assert set(KNOWN) >= remote.VERBS

    def parameters(command: click.Command) -> Iterator[click.Parameter]:
        yield from command.params
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                found = command.get_command(click.Context(command), name)
                assert found is not None
                yield from parameters(found)

    with click.Context(program, obj=remote._Settled(None)) as outside:
        for value in ("-", "x.csv", "/etc/passwd"):
            with pytest.raises(Refused, match="stay on your side"):
                OwnFile().convert(value, None, outside)
        assert str(OwnFile(or_input=True).convert("-", None, outside)) == "-"

    kinds = []
    for verb in remote.VERBS:
        command = program.get_command(click.Context(program), verb)
        assert command is not None
        kinds += [
            one.type
            for one in parameters(command)
            if isinstance(one.type, click.Path | click.File) or "FILE" in (one.metavar or "")
        ]
    assert kinds and all(isinstance(kind, OwnFile) for kind in kinds)


def test_the_environment_is_made_anew() -> None:
    given_by_client = {
        "TERM": "xterm-256color",
        "LANG": "de_DE.UTF-8",
        "SSH_TTY": "/dev/pts/7",
        "COLORTERM": "truecolor; id",
        "LC_ALL": "../../x",
        "LD_PRELOAD": "x.so",
        "TEXTUAL_DRIVER": "x:Y",
        "SALESBOARD_DATABASE": "other.db",
        "PYTHONPATH": "/tmp",
        "HOME": "/tmp",
        "PATH": "/tmp",
    }
    made = remote.environment(given_by_client)
    assert set(made) == {"LANG", "HOME", "USER", "LOGNAME", "PATH", "TERM", "SSH_TTY"}
    assert (made["TERM"], made["LANG"]) == ("xterm-256color", "de_DE.UTF-8")
    assert "/tmp" not in (made["HOME"], made["PATH"])
    assert "TERM" not in remote.environment({"TERM": "x\x1b]0;t\x07"})


def test_the_key_alone_says_who_it_is(sqlite_database: Database) -> None:
    ada = set_up()
    add_deal("Northwind", "64k")
    assert ada.id is not None
    key = access.add_key(ada, ada.id, key_line(), now=NOW)
    entry = [sys.executable, "-I", "-m", "salesboard.cli.remote", "--database", str(sqlite_database.path)]

    def call(*arguments: str, asked: str = "report --json") -> subprocess.CompletedProcess[str]:
        sent = {**os.environ, "SSH_ORIGINAL_COMMAND": asked}
        return subprocess.run([*entry, *arguments], env=sent, capture_output=True, text=True, timeout=60)

    assert call("--key-id", str(key.id)).returncode == 0
    for wrong in (
        ["--key-id", "0"],
        ["--key-id", "١"],
        ["--as", "ada"],
        [],
        ["--key-id", str(key.id), "report"],
    ):
        done = call(*wrong)
        assert done.returncode in (1, 2) and done.stdout == "" and len(done.stderr.splitlines()) == 1
    access.revoke_key(owner(), key.id, now=NOW)
    assert "does not open this board any more" in call("--key-id", str(key.id)).stderr


def test_a_session_leaves_no_image_of_its_memory_and_takes_no_more_than_its_share() -> None:
    seen = "import resource as r; print(r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_AS))"
    confined = f"from salesboard.cli import remote; remote.confine(); remote.confine(); {seen}"
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
        ).stdout.strip()
        for code in (seen, confined)
    ]
    most = remote.LARGEST
    assert told[1] == f"(0, 0) ({most}, {most})" != told[0]


def test_a_person_has_so_many_sessions_at_once_and_no_more(home: Path) -> None:
    places = [remote.take_a_place(1, "board.db") for _ in range(remote.MOST_AT_ONCE)]
    with pytest.raises(Refused, match="10 sessions of yours are open on this board already"):
        remote.take_a_place(1, "board.db")
    others = [remote.take_a_place(2, "board.db"), remote.take_a_place(1, "other.db")]
    assert None not in (*places, *others)
    os.close(places[3] or 0)
    again = remote.take_a_place(1, "board.db")
    for place in (*places[:3], *places[4:], *others, again):
        os.close(place or 0)
    files = list((home / "sessions").iterdir())
    assert len(files) == remote.MOST_AT_ONCE + 2
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    file = home / "sessions"
    file.rename(home / "away")
    file.write_text("in the way")
    assert remote.take_a_place(1, "board.db") is None, "where they can not be counted, nobody is kept out"
