"""How answers are written: tables and facts for people, one JSON document for programs, talk on stderr."""

from __future__ import annotations

import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from salesboard.domain import money
from salesboard.domain.text import counted as counted
from salesboard.domain.text import visible

if TYPE_CHECKING:
    from salesboard.domain.board import Card

GAP = "  "
READABLE = 16
"""Cells below which a column is not cut while another one may be left out instead."""
NARROWEST = 8
"""No column is cut to fewer cells than this."""

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, whether it holds numbers, whether a narrow terminal may cut it."""

    heading: str
    right: bool = False
    may_be_cut: bool = False
    may_go: int = 0
    """Whether it may be left out on a narrow terminal; the highest goes first."""
    currency: str | None = None
    """Its cells are amounts in minor units of this currency, those that are only estimated in `Estimated`."""


@dataclass(frozen=True)
class Estimated:
    """An amount that nobody has agreed on yet."""

    minor: int


def number(heading: str) -> Column:
    """A column of numbers."""
    return Column(heading, right=True)


def words(heading: str, *, may_go: int = 0) -> Column:
    """A column of people's text, which gives way on a narrow terminal."""
    return Column(heading, may_be_cut=True, may_go=may_go)


def amounts(heading: str, currency: str) -> Column:
    """A column of amounts in minor units, shown in full."""
    return Column(f"{heading} {currency}", right=True, currency=currency)


def talk(message: str) -> None:
    """Say something that is not the answer itself."""
    click.echo(visible(message, multiline=True), err=True)


def answer(message: str) -> None:
    """Write a line of the answer."""
    click.echo(visible(message))


def table(columns: Sequence[Column | str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows beneath their headings, aligned; on a terminal as wide as it is, else uncut."""
    known = [Column(column) if isinstance(column, str) else column for column in columns]
    cells_by_column = list(zip(*rows, strict=True))
    if not cells_by_column:
        return
    lines = list(zip(*map(_shown, known, cells_by_column), strict=True))
    lines.insert(0, tuple(column.heading for column in known))
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    if sys.stdout.isatty():
        widths = _fitted(known, widths, shutil.get_terminal_size().columns)
    click.echo("\n".join(_line(known, widths, line) for line in lines))


def facts(pairs: Iterable[tuple[str, object]]) -> None:
    """Write what is known of one thing, a fact a line; what is not known is left out."""
    known = [(label, visible(str(value))) for label, value in pairs if value not in (None, "")]
    width = max((len(label) for label, _ in known), default=0)
    for label, value in known:
        click.echo(f"{label.ljust(width)}{GAP}{value}")


def document(value: Any) -> None:
    """Write one JSON document; dates as YYYY-MM-DD, instants in UTC."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=not utf8, default=_plain)
    click.echo(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def amount(minor: int | None, currency: str, *, estimated: bool = False) -> str:
    """An amount in full, without its currency: `12,400`, `12,400.50`, `~12,400` if estimated."""
    if minor is None:
        return ""
    return f"{'~' if estimated else ''}{money.format_plain(minor, currency)}"


def value_of(card: Card) -> int | Estimated | None:
    """A deal's value as a cell of a column of amounts."""
    if card.estimated and card.value_minor is not None:
        return Estimated(card.value_minor)
    return card.value_minor


def cells(text: str) -> int:
    """Cells that a terminal gives to a text: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Within JSON, what a terminal or an editor could take for a command is written as an escape of JSON."""


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _shown(column: Column, row_by_row: Sequence[Any]) -> list[str]:
    """The texts of a column's cells."""
    if column.currency is None:
        return [visible("" if cell is None else str(cell)) for cell in row_by_row]
    shown = [
        amount(cell.minor, column.currency, estimated=True)
        if isinstance(cell, Estimated)
        else amount(cell, column.currency)
        for cell in row_by_row
    ]
    if not any("." in one for one in shown):
        return shown
    # One amount with decimals gives them to all, so that the digits stand beneath each other.
    zeros = f".{'0' * money.minor_digits(column.currency)}"
    return [one if not one or "." in one else one + zeros for one in shown]


def _fitted(columns: Sequence[Column], widths: list[int], room: int) -> list[int]:
    """Widths with which a line fits into the room; a column that is left out has none.

    The widest columns are cut as long as they can be read, then the least important ones are left out.
    """
    widths = _narrowed(columns, widths, room, READABLE)
    for at in sorted(range(len(columns)), key=lambda at: -columns[at].may_go):
        if _taken(widths) <= room or not columns[at].may_go:
            break
        widths[at] = 0
    return _narrowed(columns, widths, room, NARROWEST)


def _narrowed(columns: Sequence[Column], widths: Sequence[int], room: int, least: int) -> list[int]:
    """Widths taken cell by cell from the widest columns that may be cut, down to a least one."""
    widths = list(widths)
    while _taken(widths) > room:
        able = [at for at, column in enumerate(columns) if column.may_be_cut and widths[at] > least]
        if not able:
            break
        widths[max(able, key=lambda at: widths[at])] -= 1
    return widths


def _taken(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + len(GAP) * (len(shown) - 1)


def _line(columns: Sequence[Column], widths: Sequence[int], line: Sequence[str]) -> str:
    parts = []
    for column, width, text in zip(columns, widths, line, strict=True):
        if not width:
            continue
        text = _cut(text, width)
        blank = " " * (width - cells(text))
        parts.append(blank + text if column.right else text + blank)
    return GAP.join(parts).rstrip()


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _cells_of(character)
        if used >= width:
            break
        kept.append(character)
    shown = "".join(kept)
    # Between words, unless that would leave too little.
    whole = shown.rpartition(" ")[0] if text[len(shown)] != " " else shown
    return (whole if cells(whole) * 2 > width else shown).rstrip() + "…"
