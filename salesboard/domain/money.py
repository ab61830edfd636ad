"""Amounts as integers of a currency's smallest unit: read, split, shown short or exact."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import cache
from typing import NamedTuple

from salesboard.domain.text import echo
from salesboard.errors import Refused

LARGEST_MINOR = 10**15
MINUS = "\u2212"

# All others have two. Copied from Babel's CLDR data and compared with it by a test: what a stored amount
# means must not change unseen with a newer Babel, and a board is drawn without loading it.
_UNUSUAL_DIGITS = {
    currency: digits
    for digits, currencies in {
        0: "ADP AFN ALL BIF BYR CLP DJF ESP GNF IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP LUF MGA MGF MMK MRO "
        "PYG RSD RWF SLL SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD",
        3: "BHD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for currency in currencies.split()
}

_SIGNS = {
    sign: frozenset(currencies.split())
    for sign, currencies in {
        "$": "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU DOP BBD BMD BSD BZD FJD JMD TTD XCD",
        "US$": "USD",
        "A$": "AUD",
        "AU$": "AUD",
        "C$": "CAD",
        "CA$": "CAD",
        "NZ$": "NZD",
        "S$": "SGD",
        "HK$": "HKD",
        "NT$": "TWD",
        "MX$": "MXN",
        "R$": "BRL",
        "€": "EUR",
        "£": "GBP",
        "¥": "JPY CNY",
        "￥": "JPY CNY",
        "元": "CNY",
        "円": "JPY",
        "₹": "INR",
        "₩": "KRW",
        "₽": "RUB",
        "₺": "TRY",
        "₪": "ILS",
        "₫": "VND",
        "₦": "NGN",
        "₱": "PHP",
        "฿": "THB",
        "₴": "UAH",
        "₸": "KZT",
        "zł": "PLN",
        "Kč": "CZK",
        "kr": "SEK NOK DKK ISK",
        "kr.": "DKK",
        "Ft": "HUF",
        "Fr": "CHF",
        "Fr.": "CHF",
        "lei": "RON",
    }.items()
}

_SUFFIXES = ("", "k", "M", "B", "T", "Q")
_LARGEST_TEXT = 60
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " ") | {"\u2019": "'"})
_MINUS = f"[-{MINUS}]"
_WORD = r"[^\d\s,'()+\-\u2212_]+"
_SHAPE = (
    rf"(?P<before>{_MINUS}?) *(?P<lead>(?:{_WORD})?) *(?P<inside>{_MINUS}?) *"
    rf"(?P<number>[0-9](?:[0-9.,' ]*[0-9])?) *(?P<tail>(?:{_WORD})?(?: {_WORD})?)"
)
_BRACKETED = r"([^\d()]*)\(([^()]+)\)"
_LIKE_THOUSANDS = r"[1-9][0-9]{0,2}\.[0-9]{3}"
_POWERS = {"": 0, "k": 3, "m": 6}
# CLDR's currencySpacing (Unicode TR 35, part 3), which Babel leaves out: KWD 5, but $5.
_TOUCHING = r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"

_EXACTLY = Context(prec=40, traps=[Inexact, InvalidOperation])


@dataclass(frozen=True)
class NumberStyle:
    """How a file writes numbers: its decimal mark and what groups thousands (a space is any space)."""

    decimal: str
    grouping: str

    def __str__(self) -> str:
        return f"1{self.grouping}234{self.decimal}56"


NUMBER_STYLES = tuple(
    NumberStyle(decimal, grouping) for grouping in ",. '" for decimal in ".," if decimal != grouping
)
_TYPED_STYLES = tuple(style for style in NUMBER_STYLES if style.decimal == ".")


class _Written(NamedTuple):
    """An amount taken apart: bare number, sign, the power of ten of its k or m, currency marks."""

    number: str
    negative: bool
    exponent: int
    marks: tuple[str, ...]


def minor_digits(currency: str) -> int:
    """Decimals of an ISO currency: JPY 0, USD 2, KWD 3; refused when there is no such currency."""
    if currency not in _UNUSUAL_DIGITS and currency not in _currencies():
        raise Refused(f"{echo(currency)} is no currency: write its three capital letters, such as EUR.")
    return _digits(currency)


def parse_amount(text: str, currency: str) -> int:
    """Minor units of what was typed in major ones: `12k`, `1.2m`, `1,234.56`, `4 500`, `EUR 4,500`.

    A comma, space or apostrophe groups thousands, a point marks decimals. Refused: negative amounts, another
    currency, more decimals than the currency has, more than 10^15 minor units, anything else.
    """
    written = _take_apart(text)
    plain = _plain_typed(written.number) if written else None
    if written is None or plain is None:
        raise Refused(f"{echo(text)} is no amount: write it like 4500, 12k, 1.2m or 1,234.56.")
    _check_marks(written, text, currency)
    if written.negative:
        raise Refused(f"{echo(text)} is negative: an amount is zero or more.")
    digits = minor_digits(currency)
    if not written.exponent and len(plain.partition(".")[2]) > digits:
        if re.fullmatch(_LIKE_THOUSANDS, written.number):
            grouped = written.number.replace(".", ",")
            raise Refused(f"{echo(text)} can be read in two ways: write {grouped} if you mean thousands.")
        raise _too_fine(echo(text), currency)
    return to_minor(_value(written, plain), currency)


def detect_style(texts: Iterable[str]) -> NumberStyle | None:
    """The one way in which a column of a file can be read; None where two ways give different numbers.

    Give it the whole column: what is no number is passed over, and None also means that no way fits them all.
    """
    numbers = {written.number for text in texts if (written := _take_apart(text))}
    fitting = list(NUMBER_STYLES)
    read: list[str] = []
    for number in numbers:
        readable = [style for style in NUMBER_STYLES if _plain(number, style) is not None]
        if readable:
            fitting = [style for style in fitting if style in readable]
            read.append(number)
    readings = {tuple(_plain(number, style) for number in read) for style in fitting}
    return fitting[0] if len(readings) == 1 else None


def parse_number(text: str, style: NumberStyle, *, currency: str | None = None) -> Decimal:
    """A number of a file in major units: `1.234,56 €`, `$45,000`, `45k`, `(500)`, `-5`, with U+2212 too.

    Refused: malformed grouping, what is no currency's mark and, if `currency` is given, another one's mark.
    """
    written = _take_apart(text)
    plain = _plain(written.number, style) if written else None
    if written is None or plain is None:
        raise Refused(f"{echo(text)} is no number written like {style}.")
    _check_marks(written, text, currency)
    return _value(written, plain)


def to_minor(number: Decimal, currency: str) -> int:
    """Minor units of a number of major ones; refused: too many decimals, more than 10^15 minor units."""
    digits = minor_digits(currency)
    if not number.is_finite():
        raise Refused(f"{number} is no amount.")
    try:
        exact = number.quantize(Decimal(1).scaleb(-digits), context=_EXACTLY)
    except Inexact:
        raise _too_fine(str(number), currency) from None
    except InvalidOperation:
        raise _too_large(currency) from None
    minor = int(exact.scaleb(digits, context=_EXACTLY))
    if abs(minor) > LARGEST_MINOR:
        raise _too_large(currency)
    return minor


def format_exact(minor: int, currency: str, locale: str = "en_US") -> str:
    """An amount in full, as a locale writes it: `$1,234.56`."""
    from babel.numbers import format_currency

    shown = format_currency(_major(minor, minor_digits(currency)), currency, locale=locale)
    return re.sub(_TOUCHING, "\u00a0", shown)


def format_short(minor: int, currency: str) -> str:
    """An amount in at most five characters, rounded half up: `950`, `9.9k`, `372k`, `1.34M`.

    The minus is U+2212 and takes a place, so millions below zero have one digit less. Loads no Babel.
    """
    magnitude, unit, step = abs(minor), 10 ** _digits(currency), 0
    while _half_up(magnitude, unit) >= 1000 and step < len(_SUFFIXES) - 1:
        unit, step = unit * 1000, step + 1
    significant = 0 if step == 0 else 2 if step == 1 or minor < 0 else 3
    decimals = max(0, significant - len(str(magnitude // unit)))
    whole, fraction = divmod(_half_up(magnitude * 10**decimals, unit), 10**decimals)
    shown = f"{whole}.{fraction:0{decimals}}".rstrip("0").rstrip(".") if decimals else str(whole)
    return f"{MINUS if minor < 0 and shown != '0' else ''}{shown}{_SUFFIXES[step]}"


def format_plain(minor: int, currency: str) -> str:
    """An amount in full, without its currency; cents only where there are any: `12,400`, `12,400.50`."""
    whole, _, fraction = as_major(abs(minor), currency).partition(".")
    cents = f".{fraction}" if fraction.strip("0") else ""
    return f"{'-' if minor < 0 else ''}{int(whole):,}{cents}"


def as_major(minor: int, currency: str) -> str:
    """An amount as a plain decimal for files: `1054.00`, `-5.00`."""
    return f"{_major(minor, minor_digits(currency)):f}"


def split_by_weights(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Shares of a total in proportion to weights, summing exactly; odd units go to the largest remainders.

    Among equal remainders the first is served first; a negative total is split like its positive.
    Refused: a weight below zero, or none above it.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise Refused("An amount is split by shares of zero or more, of which at least one is above zero.")
    shares, remainders = zip(*(divmod(abs(total_minor) * weight, whole) for weight in weights), strict=True)
    odd_units = abs(total_minor) - sum(shares)
    favoured = set(sorted(range(len(weights)), key=lambda place: -remainders[place])[:odd_units])
    sign = -1 if total_minor < 0 else 1
    return [sign * (share + (place in favoured)) for place, share in enumerate(shares)]


@cache
def _currencies() -> frozenset[str]:
    # Loading Babel costs 40 ms, which a start that shows no exact amount need not pay.
    from babel.core import get_global

    return frozenset(get_global("all_currencies"))


def _digits(currency: str) -> int:
    return _UNUSUAL_DIGITS.get(currency, 2)


def _major(minor: int, digits: int) -> Decimal:
    return Decimal(minor).scaleb(-digits, context=_EXACTLY)


def _take_apart(text: str) -> _Written | None:
    """The pieces of an amount, or None when it has not the shape of one."""
    if len(text) > _LARGEST_TEXT:
        return None
    text = text.translate(_SPACES).strip()
    bracketed = re.fullmatch(_BRACKETED, text)
    if bracketed:
        text = f"{bracketed[1].strip()} {bracketed[2].strip()}".strip()
    shape = re.fullmatch(_SHAPE, text)
    if shape is None:
        return None
    signs = [sign for sign in (bracketed, shape["before"], shape["inside"]) if sign]
    if len(signs) > 1:
        return None
    scale, mark = _scale_and_mark(shape["tail"])
    return _Written(shape["number"], bool(signs), _POWERS[scale], tuple(filter(None, (shape["lead"], mark))))


def _scale_and_mark(tail: str) -> tuple[str, str]:
    """The k or m behind a number, if it is one, and the currency mark behind that: `k€`, `k EUR`, `kr`."""
    scale = tail[:1].lower()
    if scale not in ("k", "m") or tail in _SIGNS or re.fullmatch("[A-Za-z]{3}", tail):
        return "", tail
    return scale, tail[1:].strip()


@cache
def _pattern(style: NumberStyle) -> re.Pattern[str]:
    grouping, decimal = re.escape(style.grouping), re.escape(style.decimal)
    return re.compile(rf"([0-9]+|[1-9][0-9]{{0,2}}(?:{grouping}[0-9]{{3}})+)(?:{decimal}([0-9]+))?")


def _plain(number: str, style: NumberStyle) -> str | None:
    """A bare number with a point for its decimals and no grouping; None when not written in this style."""
    found = _pattern(style).fullmatch(number)
    if found is None:
        return None
    whole = found[1].replace(style.grouping, "")
    return f"{whole}.{found[2]}" if found[2] else whole


def _plain_typed(number: str) -> str | None:
    return next(filter(None, (_plain(number, style) for style in _TYPED_STYLES)), None)


def _value(written: _Written, plain: str) -> Decimal:
    number = Decimal(f"{plain}E{written.exponent}")
    return number.copy_negate() if written.negative and number else number


def _check_marks(written: _Written, text: str, currency: str | None) -> None:
    for mark in written.marks:
        named = _SIGNS.get(mark) or frozenset({mark.upper()}) & _currencies()
        if not named:
            raise Refused(f"{echo(text)} is no amount: {echo(mark)} is not a currency.")
        if currency is not None and currency not in named:
            raise Refused(f"{echo(text)} is not in {currency}: give the amount in {currency}.")


def _half_up(magnitude: int, unit: int) -> int:
    return (2 * magnitude + unit) // (2 * unit)


def _too_fine(amount: str, currency: str) -> Refused:
    digits = minor_digits(currency)
    return Refused(
        f"{amount} has too many decimals: {currency} has {digits or 'none'}, and nothing is rounded."
    )


def _too_large(currency: str) -> Refused:
    return Refused(f"An amount can be at most {format_exact(LARGEST_MINOR, currency)}.")
