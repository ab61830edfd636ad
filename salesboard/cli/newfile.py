"""Files that a command reads and makes: whole or not at all, for their owner only, never in place of
another; and none of the server's for whoever comes from elsewhere."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from salesboard import paths
from salesboard.errors import Refused, StorageTrouble


class OwnFile(click.Path):
    """A file on the machine of whoever runs this. Refused over SSH, where it would be the server's: there is
    standard input and output."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if ctx is not None and getattr(ctx.obj, "is_remote", False) and value != "-":
            raise Refused("files stay on your side: ssh … import - < deals.csv, ssh … export > deals.csv")
        return super().convert(value, param, ctx)


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
