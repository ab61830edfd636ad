"""What an import would do, as it is shown before, and as it is kept until it is done."""

from __future__ import annotations

import csv
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any, Generic, NamedTuple, TextIO, TypeVar

from salesboard.domain.spreadsheets import behind_apostrophe
from salesboard.importing.columns import ACCOUNTS, DEALS, PEOPLE, PRODUCTS
from salesboard.importing.deals import Visit
from salesboard.importing.matching import Match, Ref
from salesboard.importing.sources import Source

TEAMS, CONTACTS = "teams", "contacts"
COUNTED = (ACCOUNTS, PRODUCTS, PEOPLE, TEAMS, CONTACTS, DEALS)
SHOWN = 100
"""So many refused and doubtful rows are kept at hand to be shown; all of them can be written to a file."""
IN_MEMORY = 16 << 20
TOGETHER = 500
ORDER_BITS = 40
"""A deal's order in its column and its number are kept in one integer; these bits hold the number."""

Progress = Callable[[int, int, str], None]
"""Is told how many of how many are done, and of what; what it raises ends the import with nothing written."""
Item = TypeVar("Item")


class Spool(Generic[Item]):
    """Any number of things in the order they came, beyond some megabytes in a temporary file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 — lives as long as the spool
        self._waiting: list[Item] = []
        self._count = 0

    def add(self, item: Item) -> None:
        """Put something at the end."""
        self._waiting.append(item)
        self._count += 1
        if len(self._waiting) >= TOGETHER:
            self._put_away()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        for chunk in self.chunks():
            yield from chunk

    def chunks(self) -> Iterator[list[Item]]:
        """Everything, some at a time."""
        self._put_away()
        self._file.seek(0)
        while True:
            try:
                chunk: list[Item] = pickle.load(self._file)
            except EOFError:
                return
            yield chunk

    def _put_away(self) -> None:
        if self._waiting:
            self._file.seek(0, 2)
            pickle.dump(self._waiting, self._file, pickle.HIGHEST_PROTOCOL)
            self._waiting = []


@dataclass(frozen=True)
class Options:
    """What is allowed beyond the careful way."""

    new_people: bool = False
    """Owners that nobody knows become reps; else their rows are refused."""
    skip_bad: bool = False
    """Import the other rows where some are refused; else nothing is imported."""
    take_doubtful: bool = False
    """Let the file decide where the board says otherwise, and add deals that may be there already."""


@dataclass
class Counts:
    """How many rows of a kind are what."""

    new: int = 0
    changed: int = 0
    same: int = 0
    doubtful: int = 0
    refused: int = 0

    def __str__(self) -> str:
        told = {
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "doubtful": self.doubtful,
            "refused": self.refused,
        }
        return ", ".join(f"{count:,} {word}" for word, count in told.items() if count) or "none"


@dataclass(frozen=True)
class Refusal:
    """A row that can not be imported, or is doubtful, and why."""

    file: str
    line: int
    reason: str
    cells: list[str]

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class LineMade(NamedTuple):
    """A product line as it will be kept."""

    product: Ref
    quantity: int
    amount_minor: int | None


class NewDeal(NamedTuple):
    """A deal to be added; the number leads to its place in the column."""

    values: dict[str, Any]
    lines: list[LineMade]
    visits: list[Visit]
    number: int


class ChangedDeal(NamedTuple):
    """A deal to be changed; lines, visits and number are None where they stay."""

    id: int
    changes: dict[str, Any]
    lines: list[LineMade] | None
    visits: list[Visit] | None
    number: int | None


@dataclass
class Work:
    """Everything that is to be written; a reference below zero is to a row that is yet to be added."""

    currency: str | None = None
    accounts: list[dict[str, Any]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    memberships: list[tuple[Ref, Ref, date | None]] = field(default_factory=list)
    left: list[tuple[int, date]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    deals: Spool[NewDeal] = field(default_factory=Spool)
    changed_deals: Spool[ChangedDeal] = field(default_factory=Spool)
    order: dict[int, list[int]] = field(default_factory=dict)
    """For each stage the deals that come to it: their order and number in one integer."""
    numbers: int = 0
    mappings: dict[str, str] = field(default_factory=dict)
    relied: set[int] = field(default_factory=set)
    """Rows whose state decided what is written."""

    @property
    def rows(self) -> int:
        """How many rows will be added or changed, but for the lines, stays and memberships of them."""
        added = (self.accounts, self.products, self.people, self.teams, self.contacts, self.mappings)
        changed = sum(len(changes) for changes in self.changed.values())
        return sum(map(len, added)) + changed + len(self.deals) + len(self.changed_deals)

    @property
    def nothing(self) -> bool:
        """Whether the board stays as it is."""
        return not (self.rows or self.memberships or self.left or self.currency)


@dataclass
class Plan:
    """What an import would do."""

    sources: list[Source]
    options: Options
    as_of: int
    """The newest entry of the ledger when it was made."""
    currency: str
    """ISO code of the currency in which amounts are read."""
    counts: dict[str, Counts] = field(default_factory=lambda: {kind: Counts() for kind in COUNTED})
    matches: list[Match] = field(default_factory=list)
    """Names that were not literally those of the board or of another file."""
    warnings: list[str] = field(default_factory=list)
    unknown_stages: Counter[str] = field(default_factory=Counter)
    """Stages that have to be mapped, and how many rows say them."""
    refused: list[Refusal] = field(default_factory=list)
    """The first rows that are refused; `all_refused` has every one."""
    doubtful: list[Refusal] = field(default_factory=list)
    """The first rows that are doubtful; they are left out."""
    all_refused: Spool[Refusal] = field(default_factory=Spool)
    work: Work = field(default_factory=Work)

    @property
    def files(self) -> str:
        """The names of the files."""
        return ", ".join(source.name for source in self.sources)

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything is on the board already."""
        return self.work.nothing

    def refuse(self, source: Source, line: int, cells: list[str], reason: str) -> None:
        """Note a row that can not be imported."""
        refusal = Refusal(source.name, line, reason, cells)
        self.all_refused.add(refusal)
        if len(self.refused) < SHOWN:
            self.refused.append(refusal)
        if source.kind in self.counts:
            self.counts[source.kind].refused += 1

    def doubt(self, source: Source, line: int, cells: list[str], reason: str) -> None:
        """Note a row that is left out because it is not clear what it should do."""
        if len(self.doubtful) < SHOWN:
            self.doubtful.append(Refusal(source.name, line, reason, cells))
        self.counts[source.kind].doubtful += 1

    def __str__(self) -> str:
        return (
            "; ".join(f"{kind}: {counts}" for kind, counts in self.counts.items() if counts != Counts())
            or "nothing to import"
        )


def write_refused(plan: Plan, out: TextIO, *, file: str | None = None) -> int:
    """Write the refused rows (of one file) as CSV with line and reason, to be corrected and imported again.

    Text that a spreadsheet would take for a formula stands behind an apostrophe. Hands back how many there
    are.
    """
    sources = [source for source in plan.sources if file in (None, source.name)]
    headers = list(dict.fromkeys(header for source in sources for header in source.table.header))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*map(behind_apostrophe, headers), "refused in", "refused line", "refused because"])
    columns = {source.name: [headers.index(header) for header in source.table.header] for source in sources}
    written = 0
    for refusal in plan.all_refused:
        if refusal.file not in columns:
            continue
        cells = [""] * len(headers)
        for place, cell in zip(columns[refusal.file], refusal.cells, strict=False):
            cells[place] = behind_apostrophe(cell)
        surplus = refusal.cells[len(columns[refusal.file]) :]
        writer.writerow(
            [*cells, refusal.file, refusal.line, refusal.reason, *map(behind_apostrophe, surplus)]
        )
        written += 1
    return written
