"""Cells of one file: one style of dates and one of numbers, never guessed row by row."""

from datetime import UTC, date, datetime

import pytest

from salesboard.domain.dates import DateStyle
from salesboard.domain.money import NumberStyle
from salesboard.domain.spreadsheets import behind_apostrophe, without_apostrophe
from salesboard.errors import Refused, WrongUsage
from salesboard.importing.values import Reader, Seen, date_style, eighteen, number_style

PLAIN = NumberStyle(".", ",")
COMMA = NumberStyle(",", ".")
TODAY = date(2026, 11, 22)


def reader(dates: DateStyle = DateStyle.ISO, numbers: NumberStyle = PLAIN, currency: str = "USD") -> Reader:
    return Reader(dates, numbers, currency=currency, zone="Europe/Vienna", today=TODAY)


def style_of(*cells: str) -> NumberStyle:
    seen = Seen()
    for cell in cells:
        seen.number(cell)
    return number_style(seen, "deals.csv", None)


def dates_of(*cells: str) -> DateStyle:
    seen = Seen()
    for cell in cells:
        seen.date(cell)
    return date_style(seen, "deals.csv", None)


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["1,234.56", "7"], "1,234.56"),
        (["1.234,56", "500"], "1.234,56"),
        (["1 234,56"], "1 234,56"),
        (["1\u00a0234,56", "1\u202f000"], "1 234,56"),
        (["1'234.56"], "1'234.56"),
        (["$45,000", "12.5"], "1,234.56"),
        (["15000.00"], "1,234.56"),
        (["100,5"], "1.234,56"),
        (["TBD", "", "-"], "1,234.56"),
        (["1054", "4514"], "1,234.56"),
    ],
)
def test_the_style_of_numbers_is_that_of_the_whole_file(cells: list[str], style: str) -> None:
    assert str(style_of(*cells)) == style


@pytest.mark.parametrize("cells", [["1,234"], ["1.234", "5"], ["1,234", "2,500"], ["1,234.56", "1.234,56"]])
def test_numbers_that_can_be_read_in_two_ways_are_asked_about(cells: list[str]) -> None:
    with pytest.raises(Refused, match="say the number style"):
        style_of(*cells)
    seen = Seen()
    for cell in cells:
        seen.number(cell)
    assert number_style(seen, "x", "1.234,56") == number_style(seen, "x", ",") == COMMA
    with pytest.raises(WrongUsage, match="no number style"):
        number_style(seen, "x", "roman")


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["2026-03-31", "2026-03-05T14:15:33.000Z"], DateStyle.ISO),
        (["13/4/2025", "3/4/2025"], DateStyle.DAY_FIRST),
        (["3/4/2025", "04.03.2025", "31.12.2026"], DateStyle.DAY_FIRST),
        (["3/31/2026", "3/5/2026 2:15 PM"], DateStyle.MONTH_FIRST),
        (["05-Mar-2026", "Sep 12, 2026"], DateStyle.ISO),
        (["45631", ""], DateStyle.SERIAL),
        ([], DateStyle.ISO),
    ],
)
def test_the_style_of_dates_is_that_of_the_whole_file(cells: list[str], style: DateStyle) -> None:
    assert dates_of(*cells) is style


@pytest.mark.parametrize("cells", [["3/4/2025"], ["03.04.2025", "2025-12-31"], ["13/4/2025", "4/13/2025"]])
def test_days_and_months_that_can_be_exchanged_are_asked_about(cells: list[str]) -> None:
    with pytest.raises(Refused, match="say the date style: --dates day-first or --dates month-first"):
        dates_of(*cells)
    seen = Seen()
    for cell in cells:
        seen.date(cell)
    assert date_style(seen, "x", "month-first") is DateStyle.MONTH_FIRST
    with pytest.raises(WrongUsage, match="no date style"):
        date_style(seen, "x", "mayan")


def test_looking_at_a_file_keeps_little_of_it() -> None:
    seen = Seen()
    for number in range(10_000):
        seen.number(f"{number},{number % 1000:03}.{number % 100:02}")
        seen.date(f"{number % 28 + 1}/{number % 12 + 1}/2025 {number % 24}:00")
    assert len(seen.numbers) < 50 and len(seen.dates) < 400
    assert len(seen.number_examples) == len(seen.date_examples) == 3


@pytest.mark.parametrize(
    ("cell", "numbers", "minor"),
    [
        ("1,234.56", PLAIN, 123456),
        ("$45,000", PLAIN, 4_500_000),
        ("45k", PLAIN, 4_500_000),
        ("USD 12", PLAIN, 1200),
        ("1.234,56", COMMA, 123456),
        ("0", PLAIN, 0),
        ("", PLAIN, None),
        (" - ", PLAIN, None),
        ("TBD", PLAIN, None),
        ("n/a", PLAIN, None),
    ],
)
def test_amounts(cell: str, numbers: NumberStyle, minor: int | None) -> None:
    assert reader(numbers=numbers).amount(cell, "value") == minor


def test_what_is_put_off_is_told_and_is_not_zero() -> None:
    one = reader()
    assert [one.amount(cell, "value") for cell in ("TBD", "5", "TBD", "tbc", "")] == [
        None,
        500,
        None,
        None,
        None,
    ]
    assert one.odd == {"TBD": 2, "tbc": 1}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("(500)", "below zero"),
        ("-5", "below zero"),
        ("\u22125", "below zero"),
        ("€ 5", "not in USD"),
        ("75%", "not a currency"),
        ("1.005", "too many decimals"),
        ("1,23,4.5", "no number"),
        ("NaN", "no number"),
        ("Infinity", "no number"),
        ("1e10", "no number"),
        ("1_000", "no number"),
        ("１２３", "no number"),
        ("٣", "no number"),
        ("0x10", "no number"),
        ("9" * 5000, "no number"),
        ("99999999999999999999", "at most"),
        ("about five", "no number"),
    ],
)
def test_what_is_no_amount_is_refused(cell: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        reader().amount(cell, "value")


@pytest.mark.parametrize(
    ("cell", "style", "day"),
    [
        ("2026-03-31", DateStyle.ISO, date(2026, 3, 31)),
        ("2026-03-31T23:30:00Z", DateStyle.ISO, date(2026, 4, 1)),
        ("2026-03-31 23:30", DateStyle.ISO, date(2026, 3, 31)),
        ("3/4/2025", DateStyle.DAY_FIRST, date(2025, 4, 3)),
        ("3/4/2025", DateStyle.MONTH_FIRST, date(2025, 3, 4)),
        ("04.03.2025", DateStyle.DAY_FIRST, date(2025, 3, 4)),
        ("45631", DateStyle.SERIAL, date(2024, 12, 5)),
        ("", DateStyle.ISO, None),
    ],
)
def test_days(cell: str, style: DateStyle, day: date | None) -> None:
    assert reader(style).day(cell, "won on") == day


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-02-30", "3/4/2025", "31.3.26", "1989-12-31", "2200-01-01", "2024-W09-4", "20240229", "soon"),
        *("0001-01-01", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00"),
    ],
)
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(Refused, match="won on: "):
        reader().day(cell, "won on")


def test_instants_of_days_and_times() -> None:
    one = reader()
    assert one.instant_of(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert one.instant_of(datetime(2026, 7, 1, 9, 30)) == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert one.instant_of(datetime(2026, 7, 1, 9, 30, tzinfo=UTC)) == datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


def test_yes_no_and_whole_numbers() -> None:
    one = reader()
    assert [
        one.truth(cell, "won") for cell in ("TRUE", "1", "yes", "false", "0", "", "Archived", "Not archived")
    ] == [
        True,
        True,
        True,
        False,
        False,
        False,
        True,
        False,
    ]
    with pytest.raises(Refused, match="neither true nor false"):
        one.truth("perhaps", "won")
    assert (one.whole("2,500", "employees"), one.whole("1.00", "quantity"), one.whole("", "x")) == (
        2500,
        1,
        None,
    )
    with pytest.raises(Refused, match="not a whole number"):
        one.whole("2.5", "quantity")


def test_keys_of_other_systems() -> None:
    assert eighteen("0065g00000ABCDE") == "0065g00000ABCDEAA5"
    assert eighteen("0065g00000abcde") == "0065g00000abcdeAAA" != eighteen("0065g00000ABCDE")
    assert eighteen("17") == "17"
    assert reader().identity(" 12345678901 ", "id") == "12345678901"
    with pytest.raises(Refused, match="lost its digits in a spreadsheet"):
        reader().identity("1.23457E+11", "id")


FORMULAS = [
    "=1+1",
    "+49 1",
    "-5 degrees",
    "@import",
    "\t=x",
    "\r=x",
    "\n=x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "  =1",
    "'=1",
    "''+1",
    "' =1",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_stand_behind_an_apostrophe_and_come_back(cell: str) -> None:
    assert behind_apostrophe(cell) == "'" + cell
    assert without_apostrophe(behind_apostrophe(cell)) == cell


@pytest.mark.parametrize("cell", ["", "'", "a=1", "'tis", "O'Neill", "1-2", "' '=1", "5", "''"])
def test_other_text_is_left_alone(cell: str) -> None:
    assert behind_apostrophe(cell) == cell == without_apostrophe(cell)
