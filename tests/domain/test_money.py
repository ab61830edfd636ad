"""Amounts: what people type, what files bring, and how they are shown and split."""

import re
import subprocess
import sys
from decimal import Decimal

import pytest
from babel.core import get_global
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import money
from salesboard.domain.money import MINUS, NUMBER_STYLES, NumberStyle
from salesboard.errors import Refused

ENGLISH = NumberStyle(".", ",")
GERMAN = NumberStyle(",", ".")
FRENCH = NumberStyle(",", " ")
SWISS = NumberStyle(".", "'")
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
CURRENCIES = ["JPY", "USD", "EUR", "KWD", "CLF"]

amounts = st.integers(0, money.LARGEST_MINOR)
signed_amounts = st.integers(-money.LARGEST_MINOR, money.LARGEST_MINOR)
currencies = st.sampled_from(CURRENCIES)


def grouped(minor: int, currency: str, style: NumberStyle) -> str:
    """The amount as a file in that style would hold it."""
    english = f"{Decimal(minor).scaleb(-money.minor_digits(currency)):,}"
    return english.translate(str.maketrans({",": style.grouping, ".": style.decimal}))


def test_decimals_are_those_of_babel_for_every_currency():
    known = sorted(get_global("all_currencies"))
    assert len(known) > 150
    assert {currency: money.minor_digits(currency) for currency in known} == {
        currency: get_currency_precision(currency) for currency in known
    }
    assert [money.minor_digits(currency) for currency in ("JPY", "USD", "KWD")] == [0, 2, 3]


@pytest.mark.parametrize("currency", ["", "eur", "US", "ABC", "USDX", "$", "ＵＳＤ", "US\x1b"])
def test_unknown_currencies_are_refused(currency):
    with pytest.raises(Refused, match="is no currency") as refusal:
        money.minor_digits(currency)
    assert not UNSAFE.search(str(refusal.value))


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12k", "USD", 12_000_00),
        ("12K", "USD", 12_000_00),
        ("12 k", "USD", 12_000_00),
        ("1.2m", "USD", 1_200_000_00),
        ("1.234m", "USD", 1_234_000_00),
        ("1.2345m", "USD", 1_234_500_00),
        ("0.5k", "JPY", 500),
        ("1,234.56", "USD", 1_234_56),
        ("1,234", "USD", 1_234_00),
        ("1,234,567", "USD", 1_234_567_00),
        ("1,234", "KWD", 1_234_000),
        ("1.234", "KWD", 1_234),
        ("4500", "USD", 4_500_00),
        ("4500.5", "USD", 4_500_50),
        ("4500", "JPY", 4_500),
        ("4 500", "USD", 4_500_00),
        ("4\u00a0500", "USD", 4_500_00),
        ("4\u202f500.25", "USD", 4_500_25),
        ("4'500", "CHF", 4_500_00),
        ("EUR 4,500", "EUR", 4_500_00),
        ("eur 4,500", "EUR", 4_500_00),
        ("4,500 EUR", "EUR", 4_500_00),
        ("4500€", "EUR", 4_500_00),
        ("€ 12k", "EUR", 12_000_00),
        ("12k€", "EUR", 12_000_00),
        ("12k EUR", "EUR", 12_000_00),
        ("$45,000", "USD", 45_000_00),
        ("$45,000", "CAD", 45_000_00),
        ("US$45,000", "USD", 45_000_00),
        ("100 kr", "SEK", 100_00),
        ("100 KES", "KES", 100_00),
        ("100 MXN", "MXN", 100_00),
        ("  950  ", "USD", 950_00),
        ("0", "USD", 0),
        ("007", "USD", 7_00),
        ("9,999,999,999,999.99", "USD", 10**15 - 1),
        ("10000000000000", "USD", 10**15),
    ],
)
def test_what_people_type(typed, currency, minor):
    assert money.parse_amount(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "why"),
    [
        ("", "USD", "is no amount"),
        ("   ", "USD", "is no amount"),
        ("abc", "USD", "is no amount"),
        ("NaN", "USD", "is no amount"),
        ("Infinity", "USD", "is no amount"),
        ("1e10", "USD", "is no amount"),
        ("1e1000000", "USD", "is no amount"),
        ("1_000", "USD", "is no amount"),
        ("0x10", "USD", "is no amount"),
        ("１２３", "USD", "is no amount"),
        ("٣", "USD", "is no amount"),
        ("٣5", "USD", "is no amount"),
        ("1²", "USD", "is not a currency"),
        ("9" * 5000, "USD", "is no amount"),
        ("1,23", "USD", "is no amount"),
        ("12,5", "USD", "is no amount"),
        ("1,2,3.4", "USD", "is no amount"),
        ("1,234 567", "USD", "is no amount"),
        ("1.234,56", "USD", "is no amount"),
        ("0,123", "USD", "is no amount"),
        ("12.", "USD", "not a currency"),
        (".5", "USD", "is no amount"),
        ("+5", "USD", "is no amount"),
        ("--5", "USD", "is no amount"),
        ("-(5)", "USD", "is no amount"),
        ("5 6k 7", "USD", "is no amount"),
        ("12 apples", "USD", "not a currency"),
        ("75%", "USD", "not a currency"),
        ("12kk", "USD", "not a currency"),
        ("5mio", "EUR", "not a currency"),
        ("-5", "USD", "is negative"),
        (f"{MINUS}5", "USD", "is negative"),
        ("(500)", "USD", "is negative"),
        ("EUR 4,500", "USD", "give the amount in USD"),
        ("$45,000", "EUR", "give the amount in EUR"),
        ("$5 EUR", "USD", "give the amount in USD"),
        ("1.234", "USD", "in two ways: write 1,234"),
        ("1.234", "JPY", "in two ways: write 1,234"),
        ("0.125", "USD", "USD has 2, and nothing is rounded"),
        ("1.005", "USD", "in two ways"),
        ("12.3456", "USD", "USD has 2"),
        ("12.50000", "USD", "USD has 2"),
        ("12.5", "JPY", "JPY has none"),
        ("1.234567k", "USD", "USD has 2"),
        ("10000000000000.01", "USD", "at most"),
        ("1000000000000001", "JPY", "at most"),
        ("9" * 55, "USD", "at most"),
        ("5", "ABC", "is no currency"),
        ("5\x1b[2J", "USD", "is no"),
    ],
)
def test_what_is_refused_when_typed(typed, currency, why):
    with pytest.raises(Refused, match=why) as refusal:
        money.parse_amount(typed, currency)
    assert not UNSAFE.search(str(refusal.value))
    assert len(str(refusal.value)) < 140


@given(amounts, currencies)
def test_an_amount_written_for_a_file_or_in_full_is_read_back(minor, currency):
    assert money.parse_amount(money.as_major(minor, currency), currency) == minor
    assert money.parse_amount(f"{currency} {money.as_major(minor, currency)}", currency) == minor
    assert money.parse_amount(grouped(minor, currency, ENGLISH), currency) == minor


@given(amounts, st.sampled_from(["JPY", "USD", "EUR", "KWD"]))
def test_an_amount_shown_exactly_can_be_typed(minor, currency):
    assert money.parse_amount(money.format_exact(minor, currency), currency) == minor


@given(st.text(max_size=80) | st.text("0123456789.,' kmM$€EURUSD-()_e\u00a0\u2212", max_size=20))
def test_whatever_is_typed_gives_an_amount_or_one_printable_line(typed):
    try:
        minor = money.parse_amount(typed, "USD")
    except Refused as refusal:
        assert not UNSAFE.search(str(refusal))
    else:
        assert 0 <= minor <= money.LARGEST_MINOR


@pytest.mark.parametrize(
    ("column", "style"),
    [
        (["1,234.56"], ENGLISH),
        (["1.234,56"], GERMAN),
        (["1 234,56"], FRENCH),
        (["1\u00a0234,56"], FRENCH),
        (["1\u202f234,56"], FRENCH),
        (["1'234.56"], SWISS),
        (["1\u2019234.56"], SWISS),
        (["$45,000", "$1,234.50"], ENGLISH),
        (["1.234,56 €", "1.234"], GERMAN),
        (["1.234", "12.5"], ENGLISH),
        (["1.234", "12,5"], GERMAN),
        (["1.234.567"], GERMAN),
        (["1,234,567"], ENGLISH),
        (["0.123"], ENGLISH),
        (["1234.567"], ENGLISH),
        (["1054", "4514", "50"], ENGLISH),
        (["100.0", "12500", ""], ENGLISH),
        (["1,234.56", "TBD", "-", "", "$1,2,3.4"], ENGLISH),
        (["(1.234,56)", "−5"], GERMAN),
        (["", "-", "TBD"], ENGLISH),
        ([], ENGLISH),
        (["1.234"], None),
        (["1,234"], None),
        (["1.234", "2.500", "950"], None),
        (["$1,234", "(2,500)", "45k"], None),
        (["1,234.56", "1.234,56"], None),
    ],
)
def test_one_style_is_chosen_for_a_whole_column(column, style):
    assert money.detect_style(column) == style
    assert money.detect_style(reversed(column)) == style


@given(st.sampled_from(NUMBER_STYLES), st.lists(amounts, min_size=1, max_size=8))
def test_a_column_is_read_back_whatever_the_style(style, minors):
    column = [grouped(minor, "USD", style) for minor in minors]
    found = money.detect_style(column)
    assert found is not None
    assert [money.to_minor(money.parse_number(text, found), "USD") for text in column] == minors


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("1,234.56", ENGLISH, "1234.56"),
        ("1.234,56", GERMAN, "1234.56"),
        ("1 234,56", FRENCH, "1234.56"),
        ("1\u00a0234,56", FRENCH, "1234.56"),
        ("1\u202f234\u202f567,8", FRENCH, "1234567.8"),
        ("1'234.56", SWISS, "1234.56"),
        ("CHF 1\u2019234.56", SWISS, "1234.56"),
        ("$45,000", ENGLISH, "45000"),
        ("$    1,234.50 ", ENGLISH, "1234.50"),
        ("45k", ENGLISH, "45000"),
        ("1,5 m", GERMAN, "1500000"),
        ("(500)", ENGLISH, "-500"),
        ("($1,234.56)", ENGLISH, "-1234.56"),
        ("$(500.00)", ENGLISH, "-500.00"),
        ("-5", ENGLISH, "-5"),
        ("−5", ENGLISH, "-5"),
        ("-$5", ENGLISH, "-5"),
        ("$-5", ENGLISH, "-5"),
        ("- 5", ENGLISH, "-5"),
        ("-0", ENGLISH, "0"),
        ("1.234,56 €", GERMAN, "1234.56"),
        ("1.234,56\u00a0€", GERMAN, "1234.56"),
        ("1.234", GERMAN, "1234"),
        ("1.234", ENGLISH, "1.234"),
        ("100.0", ENGLISH, "100.0"),
        ("0", ENGLISH, "0"),
        ("1234567.89", ENGLISH, "1234567.89"),
        ("12 USD", ENGLISH, "12"),
    ],
)
def test_numbers_of_files(text, style, number):
    assert money.parse_number(text, style) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("", ENGLISH),
        ("-", ENGLISH),
        ("TBD", ENGLISH),
        ("n/a", ENGLISH),
        ("75%", ENGLISH),
        ("$1,2,3.4", ENGLISH),
        ("1,23", ENGLISH),
        ("12,34,567", ENGLISH),
        ("1,234,56", ENGLISH),
        ("1,234.56", GERMAN),
        ("1.234,56", ENGLISH),
        ("1 234.56", ENGLISH),
        ("1.2.3", ENGLISH),
        ("1,234.", ENGLISH),
        ("1,234,", ENGLISH),
        (",234", ENGLISH),
        ("0,234", ENGLISH),
        ("01,234", ENGLISH),
        ("((5))", ENGLISH),
        ("(-5)", ENGLISH),
        ("5(00)", ENGLISH),
        ("(5", ENGLISH),
        ("5-", ENGLISH),
        ("--5", ENGLISH),
        ("5 5", ENGLISH),
        ("NaN", ENGLISH),
        ("1e10", ENGLISH),
        ("1_000", ENGLISH),
        ("１２３", ENGLISH),
        ("0x10", ENGLISH),
        ("9" * 5000, ENGLISH),
        ("5 ABC", ENGLISH),
        ("5\n6", ENGLISH),
    ],
)
def test_numbers_refused_in_files(text, style):
    with pytest.raises(Refused) as refusal:
        money.parse_number(text, style)
    assert not UNSAFE.search(str(refusal.value))


def test_a_known_currency_refuses_the_mark_of_another():
    assert money.parse_number("€ 5", GERMAN, currency="EUR") == 5
    with pytest.raises(Refused, match="give the amount in USD"):
        money.parse_number("€ 5", GERMAN, currency="USD")


@pytest.mark.parametrize(
    ("number", "currency", "minor"),
    [
        ("1234.56", "USD", 123456),
        ("1234.5600", "USD", 123456),
        ("-5", "USD", -500),
        ("45E+3", "JPY", 45000),
        ("1.234", "KWD", 1234),
        ("10000000000000", "USD", 10**15),
        ("-10000000000000", "USD", -(10**15)),
        ("0E-9", "USD", 0),
    ],
)
def test_minor_units_are_exact(number, currency, minor):
    assert money.to_minor(Decimal(number), currency) == minor


@pytest.mark.parametrize(
    ("number", "currency", "why"),
    [
        ("1.005", "USD", "too many decimals"),
        ("0.5", "JPY", "too many decimals"),
        ("1." + "0" * 38 + "1", "USD", "too many decimals"),
        ("1E-1000000", "USD", "too many decimals"),
        ("10000000000000.01", "USD", "at most"),
        ("-10000000000000.01", "USD", "at most"),
        ("1E+1000000", "USD", "at most"),
        ("9" * 60, "USD", "at most"),
        ("NaN", "USD", "is no amount"),
        ("Infinity", "USD", "is no amount"),
        ("1", "XYZ", "is no currency"),
    ],
)
def test_nothing_is_rounded_or_too_large(number, currency, why):
    with pytest.raises(Refused, match=why):
        money.to_minor(Decimal(number), currency)


@given(signed_amounts, currencies)
def test_files_bring_back_what_was_written(minor, currency):
    written = money.as_major(minor, currency)
    assert money.to_minor(money.parse_number(written, ENGLISH), currency) == minor
    assert "E" not in written and written.isascii()


def test_amounts_in_full():
    assert money.format_exact(123456, "USD") == "$1,234.56"
    assert money.format_exact(-123456, "USD") == "-$1,234.56"
    assert money.format_exact(1234, "JPY") == "¥1,234"
    assert money.format_exact(1234567, "KWD") == "KWD\u00a01,234.567"
    assert money.format_exact(-500, "CHF") == "-CHF\u00a05.00"
    assert money.format_exact(123456, "EUR", "de_DE").replace("\u00a0", " ") == "1.234,56 €"
    assert money.as_major(105400, "USD") == "1054.00"
    assert money.as_major(-500, "USD") == "-5.00"
    assert money.as_major(1054, "JPY") == "1054"
    assert money.as_major(5, "KWD") == "0.005"


@pytest.mark.parametrize(
    ("major", "shown"),
    [
        ("0", "0"),
        ("0.49", "0"),
        ("0.5", "1"),
        ("7", "7"),
        ("950", "950"),
        ("999.49", "999"),
        ("999.5", "1k"),
        ("1000", "1k"),
        ("1049.99", "1k"),
        ("1050", "1.1k"),
        ("4514", "4.5k"),
        ("9900", "9.9k"),
        ("9949.99", "9.9k"),
        ("9950", "10k"),
        ("18000", "18k"),
        ("18499", "18k"),
        ("18500", "19k"),
        ("372000", "372k"),
        ("999499.99", "999k"),
        ("999500", "1M"),
        ("1000000", "1M"),
        ("1200000", "1.2M"),
        ("1340000", "1.34M"),
        ("1345000", "1.35M"),
        ("9994999", "9.99M"),
        ("9995000", "10M"),
        ("12345678", "12.3M"),
        ("99950000", "100M"),
        ("999499999", "999M"),
        ("999500000", "1B"),
        ("1000000000000", "1T"),
        ("10000000000000", "10T"),
        ("-0.4", "0"),
        ("-0.5", "−1"),
        ("-950", "−950"),
        ("-9900", "−9.9k"),
        ("-372000", "−372k"),
        ("-1340000", "−1.3M"),
        ("-12345678", "−12M"),
        ("-123456789", "−123M"),
    ],
)
def test_amounts_in_short(major, shown):
    assert money.format_short(money.to_minor(Decimal(major), "USD"), "USD") == shown


def test_short_amounts_know_the_decimals_of_their_currency():
    assert money.format_short(372_000, "JPY") == "372k"
    assert money.format_short(372_000, "KWD") == "372"


@given(signed_amounts, currencies)
def test_a_short_amount_fits_and_is_near(minor, currency):
    shown = money.format_short(minor, currency)
    assert 1 <= len(shown) <= 5
    assert "1000" not in shown
    sizes = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "Q": 10**15}
    plain = shown.replace(MINUS, "-").rstrip("kMBTQ")
    value = Decimal(plain) * sizes.get(shown[-1], 1)
    exact = Decimal(minor).scaleb(-money.minor_digits(currency))
    assert abs(value - exact) <= max(Decimal("0.5"), abs(exact) / 20)


@given(st.tuples(amounts, amounts), currencies)
def test_short_amounts_never_change_order(pair, currency):
    def size(minor: int) -> Decimal:
        shown = money.format_short(minor, currency)
        return Decimal(shown.rstrip("kMBTQ")) * 1000 ** " kMBTQ".index(
            shown[-1] if shown[-1] in "kMBTQ" else " "
        )

    assert size(min(pair)) <= size(max(pair))


def test_a_board_of_short_amounts_loads_no_babel():
    program = (
        "import sys; from salesboard.domain.money import format_short, minor_digits\n"
        "assert format_short(37200000, 'EUR') == '372k'\n"
        "assert not [name for name in sys.modules if name.startswith(('babel', 'arrow', 'dateutil'))]\n"
        "minor_digits('EUR')\n"
        "assert 'babel' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (100, [50, 30, 20], [50, 30, 20]),
        (1, [1, 1], [1, 0]),
        (10, [1, 2, 4], [1, 3, 6]),
        (5, [0, 1, 0], [0, 5, 0]),
        (0, [3, 4], [0, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (10**15, [7], [10**15]),
    ],
)
def test_splits(total, weights, shares):
    assert money.split_by_weights(total, weights) == shares


@given(signed_amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_splits_sum_exactly_and_miss_no_share_by_a_whole_unit(total, weights):
    shares = money.split_by_weights(total, weights)
    assert sum(shares) == total
    assert [-share for share in shares] == money.split_by_weights(-total, weights)
    whole = sum(weights)
    assert all(
        abs(share * whole - total * weight) < whole for share, weight in zip(shares, weights, strict=True)
    )


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2], [1, -1]])
def test_impossible_splits_are_refused(weights):
    with pytest.raises(Refused, match="at least one is above zero"):
        money.split_by_weights(100, weights)
