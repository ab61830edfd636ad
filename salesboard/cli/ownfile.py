"""Files that a command reads and makes: none of the server's for whoever comes from elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from salesboard.errors import Refused

STDIN = Path("-")


class OwnFile(click.Path):
    """A file on the machine of whoever runs this. Refused over SSH, where it would be the server's: there is
    standard input and output."""

    def __init__(self, *, or_input: bool = False) -> None:
        """With `or_input`, - is standard input; else it is a file of that name."""
        super().__init__(path_type=Path, allow_dash=or_input)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        is_input = self.allow_dash and value == "-"
        if ctx is not None and getattr(ctx.obj, "is_remote", False) and not is_input:
            raise Refused(
                "files stay on your side; name - and pipe one in: ssh … import - < deals.csv, "
                "or pipe what comes out: ssh … export > deals.csv"
            )
        return super().convert(value, param, ctx)


def text_of(file: Path, most: int) -> str:
    """What a file says, or standard input; the first `most` bytes, with � for what is no text."""
    if file == STDIN:
        return sys.stdin.buffer.read(most).decode("utf-8", "replace")
    try:
        with file.open("rb") as opened:
            return opened.read(most).decode("utf-8", "replace")
    except OSError as error:
        raise Refused(f"{file} can not be read: {error.strerror or error}") from None
