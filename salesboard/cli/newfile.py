"""Files that a command makes: whole or not at all, for their owner only, never in place of another."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from salesboard import paths
from salesboard.errors import Refused, StorageTrouble


@contextmanager
def in_the_making(file: Path) -> Iterator[Path]:
    """An empty file beside a new one; it gets the new one's name when all has gone well, else it goes away.

    Refused: a file that is there already.
    """
    if os.path.lexists(file):
        raise Refused(f"{file} is there already; name another file")
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise _trouble(file, error) from None
    try:
        yield partial
        paths.sync(partial)
        os.rename(partial, file)
        paths.sync(file.parent)
    except OSError as error:
        raise _trouble(file, error) from None
    finally:
        partial.unlink(missing_ok=True)


def _trouble(file: Path, error: OSError) -> StorageTrouble:
    return StorageTrouble(f"{file} can not be written: {(error.strerror or str(error)).lower()}")
