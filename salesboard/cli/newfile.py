"""Files that a command reads and makes: none of the server's for whoever comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from salesboard.errors import Refused


class OwnFile(click.Path):
    """A file on the machine of whoever runs this. Refused over SSH, where it would be the server's: there is
    standard input and output."""

    def __init__(self, *, or_input: bool = False) -> None:
        """With `or_input`, - is standard input; else it is a file of that name."""
        super().__init__(path_type=Path, allow_dash=or_input)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        is_input = self.allow_dash and value == "-"
        if ctx is not None and getattr(ctx.obj, "is_remote", False) and not is_input:
            raise Refused("files stay on your side: ssh … import - < deals.csv, ssh … export > deals.csv")
        return super().convert(value, param, ctx)
