"""Dates that people type and that files bring, ages in short words, anniversaries."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

from salesboard.domain.periods import Kind, period_of
from salesboard.domain.text import counted, echo
from salesboard.errors import Refused

EARLIEST = date(1990, 1, 1)
YEARS_AHEAD = 100


class DateStyle(StrEnum):
    """How a file's column writes dates; ISO dates and months by name are read in every style."""

    ISO = "iso"
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    SERIAL = "serial"


DATE_STYLES = {
    DateStyle.ISO: "2026-03-31, 31-Mar-2026",
    DateStyle.DAY_FIRST: "31/3/2026, 31.03.2026",
    DateStyle.MONTH_FIRST: "3/31/2026",
    DateStyle.SERIAL: "46112 (a spreadsheet's day number)",
}
"""Every style with an example of 31 March 2026, in the order in which to offer them."""

_ORDERS = frozenset({DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST})

_WEEKDAYS = {
    name: weekday
    for weekday, names in enumerate(
        (
            "mon monday",
            "tue tues tuesday",
            "wed wednesday",
            "thu thur thurs thursday",
            "fri friday",
            "sat saturday",
            "sun sunday",
        )
    )
    for name in names.split()
}
_NEARBY = {"yesterday": -1, "today": 0, "tomorrow": 1}
_PERIOD_ENDS: dict[str, Kind] = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}
_OFFSET = r"[+-][0-9]{1,5}"
_ISO_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
# Patterns stay strings until they are used, then `re` keeps them: compiling them all would slow the start.
_MONTH = r"(?P<month_name>[A-Za-z]{3,9})\.?"
_TIME = (
    r"(?:(?:,? |T)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<half>[AaPp][Mm])? ?(?P<zone>Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_YEAR_FIRST = rf"(?P<year>[0-9]{{4}})(?P<mark>[-/])(?P<month>[0-9]{{2}})(?P=mark)(?P<day>[0-9]{{2}}){_TIME}"
_DAY_THEN_NAME = rf"(?P<day>[0-9]{{1,2}})(?:-|\.? ){_MONTH}(?:-|,? )(?P<year>[0-9]+){_TIME}"
_NAME_THEN_DAY = rf"{_MONTH} (?P<day>[0-9]{{1,2}}),? (?P<year>[0-9]+){_TIME}"
_PLAIN_SHAPES = (_YEAR_FIRST, _DAY_THEN_NAME, _NAME_THEN_DAY)
_NUMBERS = r"(?P<{}>[0-9]{{1,2}})(?P<mark>[-/.])(?P<{}>[0-9]{{1,2}})(?P=mark)(?P<year>[0-9]+)"
_DAY_FIRST = _NUMBERS.format("day", "month") + _TIME
_MONTH_FIRST = _NUMBERS.format("month", "day") + _TIME
_SHAPES = {
    DateStyle.ISO: _PLAIN_SHAPES,
    DateStyle.DAY_FIRST: (*_PLAIN_SHAPES, _DAY_FIRST),
    DateStyle.MONTH_FIRST: (*_PLAIN_SHAPES, _MONTH_FIRST),
    DateStyle.SERIAL: _PLAIN_SHAPES,
}
_SERIAL = r"[0-9]{5}(?:\.[0-9]{1,12})?"
_SERIAL_DAY_0 = datetime(1899, 12, 30)
_SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")
_LONGEST = 60


def parse_day(
    text: str,
    *,
    today: date,
    field: str,
    past: bool = False,
    fiscal_start: int = 1,
    earliest: date = EARLIEST,
    latest: date | None = None,
) -> date:
    """A day as people type it: `2026-03-31`, `today`, `fri`, `+7`, `-3`, `eow`, `eom`, `eoq`, `eoy`.

    A weekday is the next one after today, with `past` the last before; `eoq` and `eoy` end fiscal periods.
    Refused: anything else, impossible days, days outside `earliest` to `latest` (a hundred years from today).
    """
    word = text.strip().lower()
    if not word:
        raise Refused(f"{field} is empty: write a day such as 2026-03-31, fri, +7 or eom.")
    try:
        day = _day_meant(word, today, past, fiscal_start)
    except (ValueError, OverflowError):
        raise Refused(f"{field}: there is no day {echo(text)}.") from None
    if day is None:
        raise Refused(f"{field}: {echo(text)} is no day; write it like 2026-03-31, fri, +7 or eom.")
    return in_range(day, today=today, field=field, earliest=earliest, latest=latest)


def in_range(
    day: date, *, today: date, field: str, earliest: date = EARLIEST, latest: date | None = None
) -> date:
    """The day, refused unless it lies from `earliest` to `latest` (a hundred years from today)."""
    latest = latest or anniversary(today, min(today.year + YEARS_AHEAD, date.max.year))
    if not earliest <= day <= latest:
        raise Refused(f"{field}: {day} is not between {earliest} and {latest}.")
    return day


def detect_date_style(texts: Iterable[str]) -> DateStyle | None:
    """The one style in which a column of a file can be read; None where day and month could be exchanged.

    Give it the whole column. What is no date is passed over; None also means that no order fits them all.
    """
    readings = {frozenset(style for style in DateStyle if _reads(text, style)) for text in set(texts)}
    orders = [reading for reading in readings if reading and reading <= _ORDERS]
    if orders:
        common = _ORDERS.intersection(*orders)
        return next(iter(common)) if len(common) == 1 else None
    return DateStyle.SERIAL if frozenset({DateStyle.SERIAL}) in readings else DateStyle.ISO


def parse_file_date(text: str, style: DateStyle) -> date | datetime:
    """A file's date, or date and time when it has one; the time is naive unless a zone is written beside it.

    Reads ISO, months by English names, `3/4/2025` and `04.03.2025` in the style's order, and a spreadsheet's
    day number (day 0 is 30 Dec 1899) in its own style. Refused: impossible days, two-digit years, all else.
    """
    try:
        moment = _read(text, style)
    except (ValueError, OverflowError):
        raise Refused(f"There is no day or time {echo(text)}.") from None
    if moment is None:
        raise Refused(f"{echo(text)} is no date written like {DATE_STYLES[style]}.")
    return moment


def humane_age(days: int) -> str:
    """An age for a card: days up to 99 (`21 d`), then months (`4 mo`), from two years on years (`2 y`).

    Only whole ones count, of 365 days a year and a twelfth of that a month; an age below zero is `0 d`.
    """
    days = max(0, days)
    months = days * 12 // 365
    if days <= 99:
        return f"{days} d"
    return f"{months} mo" if months < 24 else f"{days // 365} y"


def span_in_words(start: date, day: date) -> str:
    """The whole years and months from one day to another, below a month the days: `2 years 6 months`."""
    short = day.day < start.day and (day + timedelta(days=1)).month == day.month
    months = (day.year - start.year) * 12 + day.month - start.month - short
    if months < 1:
        return counted(max(0, (day - start).days), "day")
    years, months = divmod(months, 12)
    parts = [counted(years, "year")] * bool(years) + [counted(months, "month")] * bool(months)
    return " ".join(parts)


def years_in_words(years: int) -> str:
    """`1 year`, `5 years`."""
    return counted(years, "year")


def day_in_words(day: date, *, year: bool = True) -> str:
    """`29 Nov 2020`, without the year `3 Nov`."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def anniversary(start: date, year: int) -> date:
    """The day of a year that recalls `start`; 29 Feb falls on 28 Feb in common years."""
    try:
        return start.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _day_meant(word: str, today: date, past: bool, fiscal_start: int) -> date | None:
    if re.fullmatch(_ISO_DAY, word):
        return date.fromisoformat(word)
    if re.fullmatch(_OFFSET, word):
        return today + timedelta(days=int(word))
    if word in _NEARBY:
        return today + timedelta(days=_NEARBY[word])
    if word in _PERIOD_ENDS:
        return period_of(_PERIOD_ENDS[word], today, fiscal_start).last_day
    if word in _WEEKDAYS:
        ahead = (_WEEKDAYS[word] - today.weekday()) % 7
        return today + timedelta(days=ahead - 7 if past else ahead or 7)
    return None


def _reads(text: str, style: DateStyle) -> bool:
    try:
        return _read(text, style) is not None
    except (ValueError, OverflowError, Refused):
        return False


def _read(text: str, style: DateStyle) -> date | datetime | None:
    """The date or time a text means in a style; None when shaped otherwise, ValueError when impossible."""
    if len(text) > _LONGEST:
        return None
    text = text.translate(_SPACES).strip()
    if style is DateStyle.SERIAL and re.fullmatch(_SERIAL, text):
        return _of_serial(text)
    for shape in _SHAPES[style]:
        if found := re.fullmatch(shape, text):
            return _of_parts(found.groupdict(), text)
    return None


def _of_serial(text: str) -> date | datetime:
    whole, _, fraction = text.partition(".")
    seconds = round(Decimal(f"0.{fraction or 0}") * 86400)
    moment = _SERIAL_DAY_0 + timedelta(days=int(whole), seconds=seconds)
    return moment if seconds else moment.date()


def _of_parts(parts: dict[str, str | None], text: str) -> date | datetime | None:
    month = parts.get("month") or _MONTHS.get((parts["month_name"] or "").lower())
    year, day = parts["year"] or "", parts["day"] or ""
    if month is None:
        return None
    if len(year) != 4:
        raise Refused(f"{echo(text)} has not a year of four digits: write the year in full.")
    on = date(int(year), int(month), int(day))
    if parts["hour"] is None:
        return on
    return datetime.combine(on, _time_of(parts))


def _time_of(parts: dict[str, str | None]) -> time:
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    microsecond = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    return time(hour, minute, second, microsecond, tzinfo=_zone_of(parts["zone"]))


def _zone_of(zone: str | None) -> timezone | None:
    if zone is None:
        return None
    if zone in ("Z", "UTC"):
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if digits[2:] > "59":
        raise ValueError(zone)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)
