"""The files of one import: what kind each is, what its columns mean, how its cells are written."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO

from salesboard.domain import text
from salesboard.domain.dates import DateStyle
from salesboard.domain.money import NumberStyle
from salesboard.domain.spreadsheets import without_apostrophe
from salesboard.domain.text import counted
from salesboard.errors import Refused, WrongUsage
from salesboard.importing import deals, values
from salesboard.importing.columns import (
    ACCOUNTS,
    DEALS,
    IGNORED,
    KINDS,
    PEOPLE,
    PRODUCTS,
    SALESBOARD,
    STAGES,
    TARGETS,
    Columns,
    Mapped,
    known_headers,
    normal,
    recognised,
    refuse_twins,
    signature,
)
from salesboard.importing.matching import stage_words
from salesboard.importing.table import DELIMITERS, Row, Table, read_table
from salesboard.importing.values import Reader, Seen
from salesboard.storage import database as storage
from salesboard.storage.models import FileMapping

_NUMBERS = {
    DEALS: deals.NUMBER_FIELDS,
    ACCOUNTS: ("turnover", "turnover_millions", "employees", "founded"),
    PRODUCTS: ("list_price",),
    PEOPLE: (),
    STAGES: (),
}
_DATES = {DEALS: deals.DATE_FIELDS, STAGES: ("entered_on",)}
_VALUED = {DEALS: "value", ACCOUNTS: "turnover", PRODUCTS: "list_price"}


@dataclass
class Source:
    """One file of an import."""

    name: str
    table: Table
    columns: Columns
    rows: int
    seen: Seen
    currencies: set[str]
    """The currencies that its amounts are in; empty text for an amount without one."""
    stage_words: Mapping[str, str]
    """What somebody said of its stages, by the key of the word."""
    remembered: str | None
    """The mapping to keep for files with these columns, where somebody has changed it by hand."""
    date_style: DateStyle | str | None = None
    number_style: NumberStyle | str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Deals, accounts, products, people or stage history."""
        return self.columns.kind

    @property
    def system(self) -> str:
        """The program that wrote it."""
        return self.columns.system

    @property
    def mapping(self) -> Sequence[Mapped]:
        """What each column is read as, in the order of the file."""
        return self.columns.shown

    def __str__(self) -> str:
        delimiter = DELIMITERS.get(self.table.delimiter, self.table.delimiter)
        rows = counted(self.rows, "row")
        return f"{self.name}: {rows} of {self.kind}, {self.table.encoding}, {delimiter}"

    def reader(self, *, currency: str, zone: str, today: date) -> Reader:
        """What reads its cells. Refused: dates or numbers that can be read in two ways, until one is said."""
        dates = values.date_style(self.seen, self.name, self.date_style)
        if self.system == SALESBOARD and self.number_style is None:
            numbers = values.PLAIN_NUMBERS
        else:
            numbers = values.number_style(self.seen, self.name, self.number_style)
        return Reader(dates, numbers, currency=currency, zone=zone, today=today)

    def read_rows(self) -> Iterator[Row]:
        """Its rows, without the apostrophes that we put before what looks like a formula."""
        for row in self.table.rows():
            if self.columns.guarded:
                row = row._replace(cells=[without_apostrophe(cell) for cell in row.cells])
            yield row


def read_files(
    paths_or_streams: Iterable[str | os.PathLike[str] | IO[bytes]],
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    date_style: DateStyle | str | None = None,
    number_style: NumberStyle | str | None = None,
) -> list[Source]:
    """Read files (or streams of bytes) and recognise them by their headers, on the open board.

    `mapping` says what was recognised wrongly: `{"Close Date": "won_on", "stage:Demo": "Opportunity",
    "kind:list.csv": "accounts"}`; a column mapped to `ignore` is not used. What was said once for files with
    the same columns is remembered with the import. Refused: what is no table, two columns of one name, or
    columns of no kind.
    """
    said = dict(mapping or {})
    words = stage_words(said)
    kinds = {name.partition(":")[2]: kind for name, kind in said.items() if name.startswith("kind:")}
    by_hand = {
        normal(name): target.strip()
        for name, target in said.items()
        if name.partition(":")[0] not in _PREFIXES
    }
    _refuse_unknown(by_hand, kinds)
    with storage.session():
        sources = [
            _source(read_table(one, encoding), by_hand, words, kinds, delimiter, date_style, number_style)
            for one in paths_or_streams
        ]
    if not sources:
        raise WrongUsage("name at least one file to import.")
    _tell_apart(sources)
    known = {normal(column.header) for source in sources for column in source.mapping}
    for name in by_hand:
        if name not in known:
            raise WrongUsage(f"no file has a column called {text.echo(name)}; look at the headers again.")
    return sources


def _tell_apart(sources: list[Source]) -> None:
    """Number files of one name that lie in different folders."""
    met: Counter[str] = Counter()
    for source in sources:
        met[source.table.name] += 1
        if met[source.table.name] > 1:
            source.name = f"{source.table.name} ({met[source.table.name]})"


_PREFIXES = ("stage", "status", "kind")


def _refuse_unknown(by_hand: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    targets = {target for fields in TARGETS.values() for target in fields} | {IGNORED}
    for name, target in by_hand.items():
        if target not in targets:
            raise WrongUsage(
                f"{text.echo(name)} can not be mapped to {text.echo(target)}; for deals, say one of "
                f"{', '.join(TARGETS[DEALS])}, or {IGNORED}."
            )
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise WrongUsage(
                f"{text.echo(name)} can not be {text.echo(kind)}; say one of {', '.join(KINDS)}."
            )


def _source(
    table: Table,
    by_hand: Mapping[str, str],
    words: Mapping[str, str],
    kinds: Mapping[str, str],
    delimiter: str | None,
    date_style: DateStyle | str | None,
    number_style: NumberStyle | str | None,
) -> Source:
    kind = kinds.get(table.name)

    def meant(header: list[str]) -> tuple[Columns | None, dict[str, dict[str, str]]]:
        before = _remembered(header)
        return recognised(header, {**before["columns"], **by_hand}, kind), before

    table.choose_delimiter(delimiter, lambda cells: known_headers(cells, by_hand))
    table.find_header(lambda cells: meant(cells)[0] is not None)
    refuse_twins(table.name, table.header)
    columns, before = meant(table.header)
    if columns is None:
        shown = ", ".join(text.echo(name) for name in table.header[:8])
        raise Refused(
            f"{table.name} is not recognised as accounts, products, people or deals; its columns are {shown}"
            f"{', …' if len(table.header) > 8 else ''}; "
            "say what they mean (--map COLUMN=FIELD), or leave the file out."
        )
    settled = {
        "columns": {
            **before["columns"],
            **{name: to for name, to in by_hand.items() if name in columns.by_hand},
        },
        "stages": {**before["stages"], **(words if columns.kind in (DEALS, STAGES) else {})},
    }
    source = Source(
        name=table.name,
        table=table,
        columns=columns,
        rows=0,
        seen=Seen(),
        currencies=set(),
        stage_words=settled["stages"],
        remembered=json.dumps(settled, sort_keys=True, ensure_ascii=False) if settled != before else None,
        date_style=date_style,
        number_style=number_style,
    )
    _look_through(source)
    source.notes = _notes(source)
    return source


def _remembered(header: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was said before about files with these columns."""
    row = FileMapping.get_or_none(FileMapping.signature == signature(header))
    return {"columns": {}, "stages": {}} | (json.loads(row.columns) if row else {})


def _look_through(source: Source) -> None:
    """Count the rows and see how numbers, dates and currencies are written."""
    columns = source.columns
    numbers = [columns.places[name] for name in _NUMBERS[columns.kind] if name in columns.places]
    dates = [columns.places[name] for name in _DATES.get(columns.kind, ()) if name in columns.places]
    if columns.system != SALESBOARD:
        dates += [place for _, place in columns.entered]
    currency = columns.places.get("currency")
    valued = columns.places.get(_VALUED.get(columns.kind, ""))
    for row in source.read_rows():
        source.rows += 1
        cells = row.cells
        if row.fault is not None:
            continue
        for place in numbers:
            if cells[place]:
                source.seen.number(cells[place])
        for place in dates:
            if cells[place]:
                source.seen.date(cells[place])
        if currency is not None and len(source.currencies) < 10:
            said = cells[currency].strip().upper()
            if said or (valued is not None and cells[valued].strip()):
                source.currencies.add(said)


def _notes(source: Source) -> list[str]:
    """What whoever imports the file should know about it."""
    table = source.table
    notes = []
    if table.proposed:
        notes.append(
            f"it is not UTF-8: read as Windows-1252 ({table.encoding}); look at {', '.join(table.preview)}"
        )
    unused = Counter(column.header for column in source.mapping if column.field is None and column.header)
    if unused:
        notes.append(f"columns that are not used: {', '.join(text.visible(name[:40]) for name in unused)}")
    notes += source.columns.notes
    if table.left_out:
        lines = ", ".join(f"line {line} {shown}" for line, shown in table.left_out[:3])
        more = f" and {len(table.left_out) - 3} more" if len(table.left_out) > 3 else ""
        notes.append(f"lines that are no rows were left out: {lines}{more}")
    if source.seen.number_examples:
        notes.append(f"numbers are written like {', '.join(source.seen.number_examples)}")
    if source.seen.date_examples:
        notes.append(f"dates are written like {', '.join(source.seen.date_examples)}")
    return notes


__all__ = ["Source", "read_files"]
