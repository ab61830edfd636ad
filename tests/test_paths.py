"""Where things live, and how they are written there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salesboard import paths


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_one_folder_holds_all_when_it_is_named(home: Path) -> None:
    places = [
        paths.config_folder(),
        paths.state_folder(),
        paths.data_folder(),
        paths.log_folder(),
        paths.own_themes(),
    ]
    assert [place.relative_to(home).as_posix() for place in places] == [".", ".", ".", "log", "themes"]
    assert paths.default_database() == home / "salesboard.db"


def test_without_it_they_are_where_the_system_has_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALESBOARD_HOME")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "settings"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert paths.config_folder() == home / "settings/salesboard"
    assert paths.default_database() == home / ".local/share/salesboard/salesboard.db"


def test_importing_and_asking_makes_nothing(home: Path) -> None:
    asking = "from salesboard import paths; paths.default_database(), paths.remembered('x')"
    subprocess.run([sys.executable, "-c", asking], check=True, cwd=Path(__file__).parents[1])
    assert list(home.iterdir()) == []


def test_the_packaged_themes_are_found() -> None:
    assert (paths.packaged_themes() / "night.toml").is_file()


def test_a_folder_is_made_for_its_owner_only_and_left_as_it_is_afterwards(home: Path) -> None:
    made = paths.made(home / "one/two")
    assert (mode(made), mode(made.parent)) == (0o700, 0o700)
    made.chmod(0o2775)
    assert mode(paths.made(made)) == 0o775


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o077])
def test_a_file_is_written_whole_and_for_its_owner_only(mask: int, home: Path) -> None:
    before = os.umask(mask)
    try:
        for text in ("first", "sécond\n"):
            paths.write_atomically(home / "file", text)
            assert ((home / "file").read_text(), mode(home / "file")) == (text, 0o600)
    finally:
        os.umask(before)
    assert [entry.name for entry in home.iterdir()] == ["file"]


def test_a_file_that_can_not_be_written_leaves_the_old_one(home: Path) -> None:
    paths.write_atomically(home / "file", "old")
    with pytest.raises(UnicodeEncodeError):
        paths.write_atomically(home / "file", "new \ud800")
    assert (home / "file").read_text() == "old"
    assert [entry.name for entry in home.iterdir()] == ["file"]


def test_a_link_is_replaced_and_not_followed(home: Path) -> None:
    (home / "victim").write_text("precious")
    (home / "file").symlink_to("victim")
    paths.write_atomically(home / "file", "new")
    assert ((home / "victim").read_text(), (home / "file").read_text()) == ("precious", "new")


@pytest.mark.parametrize("key", ["theme", "theme-ada", "../../etc/x", "ünï/.."])
def test_what_is_remembered_is_there_the_next_time(key: str, home: Path) -> None:
    assert paths.remembered(key) is None
    paths.remember(key, {"a": [1, None]})
    assert paths.remembered(key) == {"a": [1, None]}
    (kept,) = (home / "remembered").iterdir()
    assert json.loads(kept.read_text()) == {"a": [1, None]}


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"\x00" * 10])
def test_a_damaged_memory_is_no_memory(damage: bytes, home: Path) -> None:
    paths.remember("theme", "paper")
    (home / "remembered/theme.json").write_bytes(damage)
    assert paths.remembered("theme") is None
    paths.remember("theme", "night")
    assert paths.remembered("theme") == "night"


def test_where_nothing_can_be_kept_it_is_forgotten(home: Path) -> None:
    (home / "remembered").write_text("a file where the folder should be")
    paths.remember("theme", "paper")
    assert paths.remembered("theme") is None
