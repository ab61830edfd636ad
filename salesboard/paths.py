"""Where settings, state, databases, logs and themes live; importing this creates nothing."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from salesboard.errors import Refused, StorageTrouble

APP = "salesboard"


def config_folder() -> Path:
    """The folder of the settings a person writes; read, never written, by the program."""
    return _folder("user_config_path")


def state_folder() -> Path:
    """The folder of what the program remembers between two starts, such as the chosen theme."""
    return _folder("user_state_path")


def data_folder() -> Path:
    """The folder of the default database."""
    return _folder("user_data_path")


def log_folder() -> Path:
    """The folder of the reports on crashes."""
    home = _home()
    return home / "log" if home else _folder("user_log_path")


def default_database() -> Path:
    """The SQLite file that is opened when nobody names another."""
    return data_folder() / "salesboard.db"


def own_themes() -> Path:
    """The folder of a person's own themes; they go before the packaged ones of the same name."""
    return config_folder() / "themes"


def packaged_themes() -> Path:
    """The folder of the themes that come with the program: inside the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def made(folder: Path) -> Path:
    """The folder, made if need be, with every folder made on the way open to its owner only (0700)."""
    if not folder.is_dir():
        made(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    return folder


def write_atomically(path: Path, text: str) -> None:
    """Write a file for its owner only (0600) so that at any moment it is whole: the old text or the new."""
    partial = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
            os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync(path.parent)


def with_what_is_beside(file: Path) -> list[Path]:
    """A SQLite file, and all that may stand beside it."""
    return [file.with_name(file.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")]


@contextmanager
def in_the_making(file: Path) -> Iterator[Path]:
    """An empty file beside a new one; it gets the new one's name when all has gone well, else it goes away.

    What somebody who was killed here left of an earlier attempt goes away too. Refused: a file that is there
    already.
    """
    if os.path.lexists(file):
        raise Refused(f"{file} is there already; name another file")
    with for_a_while(file) as partial:
        yield partial
        sync(partial)
        os.rename(partial, file)
        sync(file.parent)


@contextmanager
def for_a_while(file: Path) -> Iterator[Path]:
    """An empty file of our own beside another one; it goes away afterwards, if nobody gave it a name."""
    clear_away(file.parent, file.name)
    partial = file.with_name(f".{file.name[:40]}.{secrets.token_hex(4)}.partial")
    try:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _trouble(file, error) from None
    try:
        # The kernel frees the lock however the process ends: it tells the living from what is left over.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield partial
    except OSError as error:
        raise _trouble(file, error) from None
    finally:
        _remove(partial)
        os.close(descriptor)


def clear_away(folder: Path, name: str = "*") -> None:
    """Remove what was left in the making, of one file or of all in a folder, by whoever is gone since."""
    with suppress(OSError):
        for partial in folder.iterdir():
            if (
                partial.name.startswith(".")
                and partial.suffix == ".partial"
                and (name == "*" or partial.name.startswith(f".{name[:40]}."))
            ):
                _remove_if_left_over(partial)


def _remove_if_left_over(partial: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(partial, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(partial)
        finally:
            os.close(descriptor)


def _remove(partial: Path) -> None:
    for file in with_what_is_beside(partial):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _trouble(file: Path, error: OSError) -> StorageTrouble:
    return StorageTrouble(f"{file} can not be written: {(error.strerror or str(error)).lower()}")


def sync(place: Path) -> None:
    """See to it that a file, or the names in a folder, outlive a loss of power."""
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remembered(key: str) -> Any:
    """What was remembered under this key; None for nothing, or for a file that can not be read any more."""
    try:
        return json.loads(_memory(key).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def remember(key: str, value: Any) -> None:
    """Keep a value that JSON can hold; where the disk takes no more, it is forgotten and that is all."""
    text = json.dumps(value)
    with suppress(OSError):
        made(_memory(key).parent)
        write_atomically(_memory(key), text)


def _memory(key: str) -> Path:
    # One file for each key: two sessions that remember different things can not undo each other's.
    return state_folder() / "remembered" / f"{quote(key, safe='')}.json"


def _home() -> Path | None:
    named = os.environ.get("SALESBOARD_HOME")
    return Path(named).expanduser().absolute() if named else None


def _folder(kind: str) -> Path:
    home = _home()
    if home:
        return home
    import platformdirs

    found: Path = getattr(platformdirs, kind)(APP, appauthor=False)
    return found
