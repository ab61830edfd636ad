"""Our own files for spreadsheets: cells that none of them runs, and the key of a deal on its board."""

from __future__ import annotations

import re

from salesboard.storage.models import LedgerEntry

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
    """What tells this board from others: the beginning of the hash of its first entry."""
    first = LedgerEntry.select(LedgerEntry.hash).order_by(LedgerEntry.seq).limit(1).scalar()
    return str(first or "")[:12]
