"""Our own files for spreadsheets: cells that none of them runs, and how a board knows its own rows again."""

from __future__ import annotations

import re

from salesboard.storage import ledger
from salesboard.storage.models import LedgerEntry

KEY_LENGTH = 12
FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What makes a spreadsheet take text for a formula, in full width too."""

_GUARDED = re.compile(rf"'+\s*[{re.escape(FORMULA_STARTS)}]")


def behind_apostrophe(cell: str) -> str:
    """Text for a file: what a spreadsheet would take for a formula stands behind an apostrophe."""
    start = cell.lstrip("'").lstrip()[:1] or "."
    return f"'{cell}" if start in FORMULA_STARTS or cell[:1] in ("\t", "\r", "\n") else cell


def without_apostrophe(cell: str) -> str:
    """What `behind_apostrophe` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def board_key() -> str:
    """The name of this board in our files: the beginning of the hash of its first entry."""
    first = LedgerEntry.select(LedgerEntry.hash).order_by(LedgerEntry.seq).limit(1).scalar()
    return str(first or "")[:KEY_LENGTH]


def moment_key() -> str:
    """The newest entry with the beginning of its hash, which no other board has, but a copy of this one."""
    seq, newest = ledger.end()
    return f"{seq}:{newest[:KEY_LENGTH]}"


def entry_of(moment: str) -> int | None:
    """The entry that a `moment_key` names, if it is one of this board."""
    seq, _, beginning = moment.partition(":")
    if not (seq.isascii() and seq.isdigit() and len(seq) < 18 and len(beginning) == KEY_LENGTH):
        return None
    found = LedgerEntry.select(LedgerEntry.hash).where(LedgerEntry.seq == int(seq)).scalar()
    return int(seq) if found is not None and found.startswith(beginning) else None
