"""How the cells of one file are read: one style of dates and one of numbers for the whole file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from salesboard import clock
from salesboard.domain import dates, money, text
from salesboard.domain.dates import DateStyle
from salesboard.domain.money import NUMBER_STYLES, NumberStyle
from salesboard.errors import Refused, WrongUsage

PLAIN_NUMBERS = NumberStyle(".", ",")
EXAMPLES = 3

_NOTHING = frozenset({"", "-", "–", "—", "−"})
_NOT_KNOWN = frozenset(
    [
        "tbd",
        "tba",
        "tbc",
        "n/a",
        "na",
        "n.a.",
        "unknown",
        "none",
        "null",
        "pending",
        "open",
        "?",
        "??",
        "???",
        "k.a.",
        "todo",
    ]
)
_TRUE = frozenset(["true", "yes", "y", "1", "x", "wahr", "ja", "archived"])
_FALSE = frozenset(["false", "no", "n", "0", "falsch", "nein", "active"]) | {"", "not archived"}
_NUMBERS_DATE = re.compile(r"\s*([0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4})\b")
_ISO_DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SERIAL = re.compile(r"\s*([0-9]{5})(?:\.[0-9]+)?\s*")
_IN_SPREADSHEET_NOTATION = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_KEPT = 50_000
"""So many different texts of a file are remembered with what they mean."""


@dataclass
class Seen:
    """What the numbers and dates of a file look like, without keeping all of them."""

    numbers: set[str] = field(default_factory=set)
    dates: set[str] = field(default_factory=set)
    number_examples: list[str] = field(default_factory=list)
    date_examples: list[str] = field(default_factory=list)

    def number(self, cell: str) -> None:
        """Take note of how a number is written."""
        if cell.isdecimal():
            return
        shape = _shape(cell)
        if shape not in self.numbers and any(character.isdigit() for character in shape):
            self.numbers.add(shape)
            if len(self.number_examples) < EXAMPLES:
                self.number_examples.append(cell.strip())

    def date(self, cell: str) -> None:
        """Take note of how a date is written; ISO dates and months by name mean the same in every style."""
        if _ISO_DATE.match(cell):
            return
        found = _NUMBERS_DATE.match(cell) or _SERIAL.fullmatch(cell)
        if found and found[1] not in self.dates:
            self.dates.add(found[1])
            if len(self.date_examples) < EXAMPLES:
                self.date_examples.append(cell.strip())


def _shape(number: str) -> str:
    """A number with 1 for every digit but zeros at the start of a group: what tells styles apart."""
    return re.sub("(?<=[0-9])[0-9]|[1-9]", "1", number.strip()[:80])


def number_style(seen: Seen, name: str, given: NumberStyle | str | None) -> NumberStyle:
    """The one way in which a file's numbers are written. Refused: a file that can be read in two ways."""
    if given is not None:
        return _named_number_style(given)
    found = money.detect_style(seen.numbers)
    if found is None:
        raise Refused(
            f"the numbers of {name} can be read in two ways, or in none ({_listed(seen.number_examples)}); "
            f"say the number style: {' or '.join(f'--numbers {style}' for style in NUMBER_STYLES[:2])}."
        )
    return found


def _named_number_style(given: NumberStyle | str) -> NumberStyle:
    if isinstance(given, NumberStyle):
        return given
    for style in NUMBER_STYLES:
        if given.strip() in (str(style), style.decimal):
            return style
    raise WrongUsage(
        f"{text.echo(given)} is no number style; the styles are {'  '.join(map(str, NUMBER_STYLES))}."
    )


def date_style(seen: Seen, name: str, given: DateStyle | str | None) -> DateStyle:
    """The one way in which a file's dates are written. Refused: where day and month can be exchanged."""
    if given is not None:
        return _named_date_style(given)
    found = dates.detect_date_style(seen.dates)
    if found is None:
        raise Refused(
            f"the dates of {name} can be read day first or month first, or in neither way "
            f"({_listed(seen.date_examples)}); say the date style: --dates day-first or --dates month-first."
        )
    return found


def _named_date_style(given: DateStyle | str) -> DateStyle:
    try:
        return DateStyle(given)
    except ValueError:
        styles = ", ".join(style.value for style in DateStyle)
        raise WrongUsage(f"{text.echo(str(given))} is no date style; the styles are {styles}.") from None


def _listed(examples: Iterable[str]) -> str:
    return ", ".join(text.echo(example) for example in examples)


class Reader:
    """Reads the cells of one file in its styles."""

    def __init__(
        self, dates: DateStyle, numbers: NumberStyle, *, currency: str, zone: str, today: date
    ) -> None:
        self.currency = currency
        self.zone = zone
        self.today = today
        self.odd: Counter[str] = Counter()
        """What was left out because it is no number, such as `TBD`, and how often."""
        self._dates = dates
        self._numbers = numbers
        self._texts: dict[tuple[str, int], str | None] = {}
        self._moments: dict[str, date | datetime] = {}
        self._instants: dict[date, datetime] = {}
        self._amounts: dict[str, int | None] = {}

    def text(self, cell: str, called: str, limit: int = 200) -> str | None:
        """A text without hidden characters; None where there is nothing to read."""
        key = (cell, limit)
        if key not in self._texts:
            if len(self._texts) > _KEPT:
                self._texts.clear()
            self._texts[key] = text.optional(cell, field=called, limit=limit)
        return self._texts[key]

    def moment(self, cell: str, called: str) -> date | datetime | None:
        """A day, or a day with its time, as it stands in the cell.

        Refused: what is written in another style, before 1990, more than a hundred years ahead.
        """
        cell = cell.strip()
        if cell in _NOTHING:
            return None
        found = self._moments.get(cell)
        if found is None:
            try:
                found = dates.parse_file_date(cell, self._dates)
            except Refused as refused:
                raise Refused(f"{called}: {refused}") from None
            if not dates.EARLIEST.year <= found.year <= self.today.year + dates.YEARS_AHEAD:
                raise Refused(f"{called}: {text.echo(cell)} is too long ago, or too far ahead.")
            if len(self._moments) < _KEPT:
                self._moments[cell] = found
        return found

    def day_of(self, moment: date | datetime) -> date:
        """The business date of a moment."""
        if not isinstance(moment, datetime):
            return moment
        return moment.date() if moment.tzinfo is None else clock.business_date(moment, self.zone)

    def day(self, cell: str, called: str) -> date | None:
        """A business date; times with a zone are taken to the company's zone."""
        moment = self.moment(cell, called)
        return None if moment is None else self.day_of(moment)

    def instant_of(self, moment: date | datetime) -> datetime:
        """The instant (UTC) of a moment; a day stands for its beginning in the company's zone."""
        if not isinstance(moment, datetime):
            if moment not in self._instants:
                self._instants[moment] = clock.start_of_day(moment, self.zone)
            return self._instants[moment]
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        return moment.astimezone(UTC)

    def amount(self, cell: str, called: str) -> int | None:
        """Minor units; None where it is empty or put off (`TBD`). Refused: below zero, another currency."""
        cell = cell.strip()
        if cell in _NOTHING:
            return None
        if cell in self._amounts:
            return self._amounts[cell]
        number = self._number(cell, called, self.currency)
        amount = None if number is None else money.to_minor(number, self.currency)
        if amount is not None and amount < 0:
            raise Refused(
                f"{called}: {text.echo(cell)} is below zero; only corrections are, and they are not imported."
            )
        if len(self._amounts) < _KEPT and amount is not None:
            self._amounts[cell] = amount
        return amount

    def millions(self, cell: str, called: str) -> int | None:
        """An amount written in millions, in minor units."""
        number = self._number(cell.strip(), called, self.currency)
        return None if number is None else money.to_minor(number * 1_000_000, self.currency)

    def whole(self, cell: str, called: str) -> int | None:
        """A whole number of zero or more."""
        number = self._number(cell.strip(), called, None)
        if number is None:
            return None
        if number != number.to_integral_value() or not 0 <= number < 10**9:
            raise Refused(f"{called}: {text.echo(cell)} is not a whole number of zero or more.")
        return int(number)

    def truth(self, cell: str, called: str) -> bool:
        """Yes or no, as other programs write it."""
        said = cell.strip().lower()
        if said in _TRUE:
            return True
        if said in _FALSE:
            return False
        raise Refused(f"{called}: {text.echo(cell)} is neither true nor false.")

    def identity(self, cell: str, called: str) -> str | None:
        """The key of a record in another system. Refused: one that a spreadsheet has rounded."""
        found = self.text(cell, called, limit=100)
        if found and _IN_SPREADSHEET_NOTATION.fullmatch(found):
            raise Refused(
                f"{called}: {text.echo(found)} has lost its digits in a spreadsheet; export the file anew."
            )
        return found

    def _number(self, cell: str, called: str, currency: str | None) -> Decimal | None:
        if cell in _NOTHING:
            return None
        if cell.lower() in _NOT_KNOWN:
            self.odd[cell] += 1
            return None
        try:
            return money.parse_number(cell, self._numbers, currency=currency)
        except Refused as refused:
            raise Refused(f"{called}: {refused}") from None


def eighteen(identity: str) -> str:
    """A Salesforce id of 15 characters as that of 18, which does not depend on upper and lower case.

    Each group of five gives one letter or digit for the pattern of its capitals, first character lowest.
    """
    if not re.fullmatch("[A-Za-z0-9]{15}", identity):
        return identity
    capitals = [sum(1 << at for at in range(5) if identity[group + at].isupper()) for group in (0, 5, 10)]
    return identity + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[pattern] for pattern in capitals)
