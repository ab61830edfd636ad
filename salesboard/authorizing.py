"""The service account's `authorized_keys`: our block in it, made from the keys that open the board."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from salesboard import paths
from salesboard.domain import access
from salesboard.domain.access import KeyFacts
from salesboard.errors import Refused
from salesboard.storage import database as storage

BEGINS = "# --- salesboard: written by 'salesboard access'; what is changed here is lost ---"
ENDS = "# --- salesboard: end ---"


def default_file() -> Path:
    """Where OpenSSH looks for the keys of whoever runs this."""
    return Path.home() / ".ssh" / "authorized_keys"


def write(file: Path, target: str) -> list[KeyFacts]:
    """Write our block anew from the keys that open the board; the rest of the file is left as it is.

    Each line lets its key do nothing but open the board of `target`. The file is made readable for its owner
    only, and is there whole or not at all. Refused: a link, a file of somebody else's, a damaged block, a
    database URL with a password, which everybody on the machine could read.
    """
    found = access.known_keys()
    lines = [_line(one, target) for one in found]
    paths.made(file.parent)
    before = _read(file)
    paths.write_atomically(file, _with_block(before, lines, file))
    return found


def stands_as_it_should(file: Path, target: str) -> bool | None:
    """Whether our block is what `write` would write; None where the file can not be read."""
    found = access.known_keys()
    try:
        before = _read(file)
        return _with_block(before, [_line(one, target) for one in found], file) == before
    except PermissionError:
        return None
    except Refused:
        return False


def _read(file: Path) -> str:
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise Refused(f"{file} is no plain file; name the file itself with --file")
    if not file.exists():
        return ""
    if file.stat().st_uid != os.geteuid():
        raise Refused(f"{file} belongs to somebody else; run this as the account that people come in with")
    try:
        return file.read_text()
    except UnicodeDecodeError:
        raise Refused(f"{file} is not UTF-8 text; look at it first") from None


def _with_block(before: str, lines: Sequence[str], file: Path) -> str:
    kept = before.splitlines()
    begins, ends = kept.count(BEGINS), kept.count(ENDS)
    if (begins, ends) not in ((0, 0), (1, 1)) or (begins and kept.index(ENDS) < kept.index(BEGINS)):
        raise Refused(f"the part of salesboard in {file} is damaged; remove its lines, then try again")
    if begins:
        kept[kept.index(BEGINS) : kept.index(ENDS) + 1] = []
    block = [BEGINS, *lines, ENDS] if lines else []
    return "".join(f"{line}\n" for line in [*kept, *block])


def _line(one: KeyFacts, target: str) -> str:
    command = shlex.join([sys.executable, "-I", "-m", "salesboard.cli.remote", *_named(target), str(one.id)])
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    return f'restrict,pty,command="{quoted}" {one.key.kind} {one.key.blob}'


def _named(target: str) -> list[str]:
    database = storage.current()
    if database.path is not None:
        return ["--database", str(database.path), "--key-id"]
    account, at, _ = target.split("://", 1)[1].partition("@")
    if (at and ":" in account) or "password=" in target:
        raise Refused(
            "the database's password would be readable for everybody on this machine: put the URL into the "
            "settings file of the service account, and leave --database out"
        )
    return ["--database", target, "--key-id"]
