"""Settings: built-in defaults < the settings file < the environment < what was typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from salesboard import paths
from salesboard.errors import WrongUsage

FILE_NAME = "config.toml"
KEYS: dict[str, type] = {"database": str, "mouse": bool, "backups": bool, "idle_minutes": int}
"""What the settings file may say, each with the kind of value it takes."""
KINDS = {str: "a text in quotes", bool: "true or false", int: "a whole number"}
ENVIRONMENT = {"database": "SALESBOARD_DATABASE", "today": "SALESBOARD_TODAY"}
LARGEST_FILE = 64 * 1024


@dataclass(frozen=True)
class Settings:
    """How this run of the program was asked to be."""

    database: str
    """A path, or a sqlite:/// or postgresql:// URL."""
    today: date | None = None
    """The date that is pretended; none means the real one."""
    as_handle: str | None = None
    """On whose behalf to act, instead of the person whose login it is; only ever typed, never configured."""
    key: int | None = None
    """The key with which somebody came in over SSH; it says who they are, and nothing else does."""
    mouse: bool = True
    """Whether the screens take the mouse; without it, the terminal's own selection works."""
    backups: bool = True
    """Whether the board is backed up every hour by whoever works."""
    idle_minutes: int | None = None
    """After so many minutes without a key the board is left; 0 for never, none for 30 over SSH alone."""


def load(
    *,
    database: str | None = None,
    today: str | None = None,
    as_handle: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings that hold; what is passed here was typed.

    Refused: an unknown key, a wrong kind of value, what is no day.
    """
    values: dict[str, Any] = _of_file(paths.config_folder() / FILE_NAME)
    values |= {key: environment[name] for key, name in ENVIRONMENT.items() if environment.get(name)}
    typed = {"database": database, "today": today, "as_handle": as_handle}
    values |= {key: value for key, value in typed.items() if value is not None}
    if "today" in values:
        values["today"] = _day(values["today"], "--today" if today is not None else ENVIRONMENT["today"])
    if not values.get("database"):
        values["database"] = str(paths.default_database())
    return Settings(**values)


def _of_file(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    import tomllib

    try:
        with open(file, "rb") as opened:
            values = tomllib.loads(opened.read(LARGEST_FILE + 1)[:LARGEST_FILE].decode())
    except OSError as error:
        raise WrongUsage(f"{file} can not be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WrongUsage(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise WrongUsage(f"{file} can not be understood: {error}") from None
    for key, value in values.items():
        if key not in KEYS:
            raise WrongUsage(f"{file}: there is no setting {key!r}; {_nearest(key)}")
        if type(value) is not KEYS[key]:
            raise WrongUsage(f"{file}: {key} must be {KINDS[KEYS[key]]}")
    if values.get("idle_minutes", 0) < 0:
        raise WrongUsage(f"{file}: idle_minutes must be 0 (never) or more")
    if "database" in values:
        values["database"] = _beside(file, values["database"])
    return values


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, KEYS, 1, 0.5)
    return f"did you mean {close[0]}?" if close else f"the settings are {', '.join(KEYS)}"


def _beside(file: Path, database: str) -> str:
    """A relative path in the settings file starts at that file, wherever the program is called from."""
    return database if "://" in database else str(file.parent / Path(database).expanduser())


def _day(said: str, source: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise WrongUsage(f"{source}: {said!r} is no day; write it like 2026-03-31") from None
