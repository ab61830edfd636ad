"""Commission clauses of contracts: written from data, read from pasted text, and what they entitle to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise, zip_longest
from operator import attrgetter
from typing import Literal, NamedTuple

from salesboard.domain.dates import DateStyle, detect_date_style, parse_file_date
from salesboard.domain.ladders import Gain, Rung, Standing, check_ladder, standing
from salesboard.domain.money import (
    as_major,
    detect_style,
    format_exact,
    minor_digits,
    parse_amount,
    parse_number,
    to_minor,
)
from salesboard.domain.periods import Kind, Period, next_period, period_of
from salesboard.domain.text import clean, echo
from salesboard.errors import Refused

Effect = Literal["nothing", "to pay", "paid", "cancelled", "clawback", "final"]

NOT_LEGAL_ADVICE = "A reading of the numbers, not legal advice."
LONGEST = 10_000
"""Characters that a pasted clause may have."""
MOST_RUNGS = 20

_UNITS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_ROMAN = [tens + units for tens in ("", "x") for units in _UNITS]
_MARKS = (_ROMAN, list("abcdefghijklmnopqrst"), [str(number) for number in range(1, MOST_RUNGS + 1)])
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_SCALES = {"thousand": "k", "million": "m"}

# Patterns stay strings until they are used, then `re` keeps them: compiling them all would slow the start.
_MARK = r"(?<![\w)\]])\(([a-z]{1,5}|[0-9]{1,2})\)"
_SIGN = r"[A-Z]{0,3}[$€£¥￥₹₩₽₺₪₫₦₱฿₴₸]|[A-Z]{3}\b"
_GROUPED = r"[0-9]{1,3}(?:[.,' ’][0-9]{3})+(?:[.,][0-9]{1,4})?"
_AMOUNT = (
    rf"(?<![\w.,/-])(?:(?P<before>{_SIGN}) ?)?(?P<number>{_GROUPED}|[0-9]+(?:[.,][0-9]+)?)"
    rf"(?![0-9]|[.,/-][0-9])(?: ?(?P<scale>[kKmM]|thousand|million)\b)?(?: ?(?P<after>{_SIGN}))?(?!\w)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = (
    rf"(?<!\w)(?:[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
    rf"|[0-9]{{1,2}}(?P<mark>[./-])[0-9]{{1,2}}(?P=mark)[0-9]{{4}}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?[ -](?:(?:day )?of )?{_MONTH}(?:-|,? )[0-9]{{4}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}})(?!\w)"
)
_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})\b"
_END = r"\b(?:end of|within|during|in) (?:the |its )?"
_MONTH_END = rf"{_END}(?:month of )?(?P<month>{_MONTH})(?:,? {_YEAR})?"
_QUARTER_END = rf"{_END}Q(?P<quarter>[1-4])\b(?:(?: of |,? |/){_YEAR})?"
_YEAR_END = rf"{_END}(?:(?P<calendar>calendar )|fiscal )?(?:year )?{_YEAR}"
_PERIOD_END = (
    rf"{_END}(?:(?P<nth>{'|'.join(_ORDINALS)}|[0-9]{{1,2}}(?:st|nd|rd|th)) )?"
    r"(?:(?P<calendar>calendar )|fiscal |contract )?(?P<unit>week|month|quarter|year)\b"
    rf"(?: (?P<number>[1-9][0-9]?)\b(?! ?%| {_MONTH}))?"
)
_CLOSING = r"\b(?:entitled|as outlined|section|commissions?|receives?|(?:shall|will) (?:earn|pay|be paid))\b"
_SECTION_NAME = r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?:\([A-Za-z0-9]+\))*"
_SECTION = rf"\b[Ss]ection \[?({_SECTION_NAME})"


@dataclass(frozen=True)
class ClauseRung:
    """One condition of a clause: sales added up from the start, the last day, what is paid for it."""

    threshold: int
    """Minor units."""
    due_on: date | None
    """None only where a pasted clause names no day that can be read."""
    payment: int | None = None
    """Minor units; None where only the agreement's section says it."""


@dataclass(frozen=True)
class Clause:
    """A commission clause as data."""

    party: str
    agreement: str
    section: str
    currency: str
    start: date
    """The first day on which sales count, and from which months are counted."""
    rungs: tuple[ClauseRung, ...]


@dataclass(frozen=True)
class ReadClause:
    """What was read in a pasted clause, for a person to confirm."""

    rungs: tuple[ClauseRung, ...]
    section: str | None
    doubts: tuple[str, ...]
    """What could not be read or can be understood in two ways, in words."""


@dataclass(frozen=True)
class Entitlement:
    """One line of a clause's statement."""

    mark: str
    """Its number in the clause: `(ii)`."""
    rung: ClauseRung
    standing: Standing
    """Open, reached, missed or reversed, by the sales up to the due date: what comes later is too late."""
    evidence: tuple[Gain, ...]
    """The sales that count: up to the crossing one, or all up to the due date."""
    paid: int
    effect: Effect
    balance: int | None
    """What is to be paid, or below zero paid back; None where the payment is not known here."""

    @property
    def entitled(self) -> bool:
        """Whether the threshold was reached in time."""
        return self.standing.status == "reached"


# --- writing ------------------------------------------------------------------------------------------------


def check_clause(clause: Clause) -> None:
    """Refuse a clause whose rungs do not rise, have no due date, or that can not be written."""
    for place, rung in enumerate(clause.rungs):
        if rung.due_on is None:
            raise Refused(f"{_mark(place)} has no due date: a clause says until when each amount is due.")
        if rung.payment is not None and rung.payment < 1:
            raise Refused(f"{_mark(place)} pays nothing: give an amount, or leave it to the section.")
    if len(clause.rungs) > MOST_RUNGS:
        raise Refused(f"A clause has at most {MOST_RUNGS} rungs, not {len(clause.rungs)}.")
    if len({rung.payment is None for rung in clause.rungs}) > 1:
        raise Refused("Some rungs have a payment and some have none: give all of them or none.")
    target = clause.rungs[-1].threshold if clause.rungs else 0
    rungs = [_ladder_rung(place, rung) for place, rung in enumerate(clause.rungs)]
    check_ladder(rungs, target, clause.start, "cumulative")
    if not re.fullmatch(_SECTION_NAME, clause.section):
        raise Refused(f"{echo(clause.section)} is no section: write its number, such as 4.2 or 7(b).")


def wording(clause: Clause, *, fiscal_start: int = 1) -> str:
    """The clause in one sentence, which reads back into the same rungs, payments and section.

    Refused, besides what `check_clause` refuses: a party or an agreement that would itself be read as a part.
    """
    check_clause(clause)
    party = clean(clause.party, field="The party")
    agreement = clean(clause.agreement, field="The agreement")
    conditions = [
        f"{_amount_in_words(rung.threshold, clause.currency)} by "
        f"{_day_in_words(rung.due_on, clause.start, fiscal_start)}"
        for rung in clause.rungs
        if rung.due_on
    ]
    payments = [_amount_in_words(rung.payment, clause.currency) for rung in clause.rungs if rung.payment]
    sentence = (
        f"Under {agreement}, upon reaching cumulative sales of {_listed(conditions)}, {party} shall be "
        f"entitled to receive the corresponding commission payment as outlined in Section {clause.section}"
        f"{f', being {_listed(payments)}' if payments else ''}."
    )
    again = read(sentence, currency=clause.currency, start=clause.start, fiscal_start=fiscal_start)
    if again != ReadClause(clause.rungs, clause.section, ()):
        raise Refused(
            f"{echo(party)} or {echo(agreement)} would be read as a part of the clause: "
            "write the names without amounts, days and numbers in brackets."
        )
    return sentence


# --- reading ------------------------------------------------------------------------------------------------


def read(pasted: str, *, currency: str, start: date, fiscal_start: int = 1) -> ReadClause:
    """What a pasted clause says: amounts of one currency (minor units), due dates, section and payments.

    Rungs are numbered (i), (a) or (1), or else begin at each amount; a second such list is the payments. Days
    are written out, or are ends of periods counted from the one that holds `start`. Refused: a text without
    any amount, an amount in another currency or one that can be read in two ways.
    """
    said = " ".join(clean(pasted, field="The clause", limit=LONGEST, multiline=True).split())
    minor_digits(currency)
    conditions, payments, numbered = _lists(said)
    if len(conditions) > MOST_RUNGS:
        raise Refused(f"There are {len(conditions)} amounts in it; a clause has at most {MOST_RUNGS}.")
    reader = _Reader(said, currency, start, fiscal_start)
    if len(conditions) > 1 and not numbered:
        reader.doubts.append("The amounts are not numbered: check which day belongs to which.")
    rungs = [reader.rung(place, part) for place, part in enumerate(conditions)]
    paid = [reader.amount(part) for part in payments]
    if payments and len(payments) != len(conditions):
        reader.doubts.append(f"There are {len(conditions)} amounts to reach, but {len(payments)} payments.")
    section = re.findall(_SECTION, said)
    return ReadClause(
        tuple(
            replace(rung, payment=payment)
            for rung, payment in zip_longest(rungs, paid[: len(rungs)])
            if rung is not None
        ),
        section[-1] if section else None,
        tuple(reader.doubts),
    )


class _Reader:
    """Reads the parts of one text, and gathers what is doubtful in them."""

    def __init__(self, said: str, currency: str, start: date, fiscal_start: int) -> None:
        self.currency = currency
        self.start = start
        self.fiscal_start = fiscal_start
        self.doubts: list[str] = []
        self._number_style = detect_style(found.text for found in _amounts(said))
        self._date_style = detect_date_style(map(_plain_day, _days(said))) or DateStyle.ISO

    def rung(self, place: int, part: str) -> ClauseRung | None:
        """The amount and the day of one condition, None without an amount."""
        mark = _mark(place)
        amounts = list(_amounts(part))
        if not amounts:
            self.doubts.append(f"{mark} names no amount.")
            return None
        shown = echo(amounts[0].text)
        if len(amounts) > 1:
            self.doubts.append(f"{mark} names more than one amount: {shown} was taken.")
        if not amounts[0].signed:
            self.doubts.append(f"{mark} names no currency: {shown} was taken as {self.currency}.")
        return ClauseRung(self._minor(amounts[0].text), self._due_on(mark, part))

    def amount(self, part: str) -> int | None:
        """The first amount of a part in minor units."""
        found = next(_amounts(part), None)
        return self._minor(found.text) if found else None

    def _minor(self, amount: str) -> int:
        if self._number_style is None:
            return parse_amount(amount, self.currency)
        return to_minor(parse_number(amount, self._number_style, currency=self.currency), self.currency)

    def _due_on(self, mark: str, part: str) -> date | None:
        days: list[date] = []
        clear = len(self.doubts)
        for said in _days(part):
            try:
                days.append(_date_of(parse_file_date(_plain_day(said), self._date_style)))
            except Refused:
                self.doubts.append(f"{mark}: {echo(said)} is no day, or can be two: write its month by name.")
        named = bool(days)
        end = _period_end(part, self.start, self.fiscal_start)
        if end:
            days.append(end.last_day)
        if not days:
            self.doubts[clear:] = self.doubts[clear:] or [f"{mark} names no day that can be read."]
            return None
        if len(set(days)) > 1:
            self.doubts.append(f"{mark} names more than one day: {days[0]} was taken.")
        if end and not named and end.counted_within:
            self.doubts.append(f"{mark}: the period of {self.start} was counted as the first, though begun.")
        return days[0]


class _Found(NamedTuple):
    """An amount in a text, and whether it has a currency."""

    text: str
    signed: bool
    start: int
    end: int


class _End(NamedTuple):
    """The last day of a period, and whether it was counted from a day within one."""

    last_day: date
    counted_within: bool


def _lists(said: str) -> tuple[list[str], list[str], bool]:
    """The parts with the amounts to reach, those with the payments, and whether they are numbered."""
    numbered = max(
        (_numbered(said, marks) for marks in _MARKS), key=lambda lists: len(lists[0]) if lists else 0
    )
    if numbered:
        return numbered[0], numbered[1] if len(numbered) > 1 else [], True
    closing = _closing(said)
    conditions = _apart(said[:closing])
    if not conditions:
        raise Refused("There is no amount in it: paste a clause such as “(i) $100,000 by 31 March 2026”.")
    return conditions, _apart(said[closing:]), False


def _numbered(said: str, marks: Sequence[str]) -> list[list[str]]:
    """The parts behind (i), (ii), … of each such list with amounts; the last ends where pay is spoken of."""
    lists: list[list[re.Match[str]]] = []
    for found in re.finditer(_MARK, said, re.IGNORECASE):
        name = found[1].lower()
        if name == marks[0]:
            lists.append([found])
        elif lists and name in marks[len(lists[-1]) : len(lists[-1]) + 1]:
            lists[-1].append(found)
    ends = [*(found[0].start() for found in lists), len(said)][1:]
    parts = [_parts_behind(found, said[:end]) for found, end in zip(lists, ends, strict=True)]
    return [found for found in parts if any(True for part in found for _ in _amounts(part))]


def _parts_behind(marks: Sequence[re.Match[str]], said: str) -> list[str]:
    ends = [*(mark.start() for mark in marks[1:]), len(said)]
    parts = [said[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    return [*parts[:-1], parts[-1][: _closing(parts[-1])]]


def _closing(said: str) -> int:
    """Where, after the first amount, a text begins to speak of what is paid."""
    first = next(_amounts(said), None)
    found = re.compile(_CLOSING, re.IGNORECASE).search(said, first.end) if first else None
    return found.start() if found else len(said)


def _apart(said: str) -> list[str]:
    """A text cut at the start of each of its amounts; with one or none there is nothing to cut."""
    starts = [found.start for found in _amounts(said)]
    if len(starts) < 2:
        return [said] * len(starts)
    return [said[start:end] for start, end in pairwise([*starts, len(said)])]


def _amounts(said: str) -> Iterator[_Found]:
    """What looks like an amount: a number with a currency, with a k or million, or with thousands grouped."""
    for found in re.finditer(_AMOUNT, said):
        before, after = (
            sign if sign and _is_currency(sign) else "" for sign in found.group("before", "after")
        )
        scale = _SCALES.get(found["scale"], found["scale"] or "")
        if before or after or scale or re.fullmatch(_GROUPED, found["number"]):
            lead = f"{before} " if before.isalpha() else before
            shown = f"{lead}{found['number']}{scale} {after}".strip()
            yield _Found(shown, bool(before or after), found.start(), found.end())


def _is_currency(sign: str) -> bool:
    if not sign.isalpha():
        return True
    try:
        minor_digits(sign)
    except Refused:
        return False
    return True


def _days(said: str) -> list[str]:
    return [found[0] for found in re.finditer(_DAY, said, re.IGNORECASE)]


def _plain_day(said: str) -> str:
    """A day without the th of its number and without of."""
    return re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b| (?:day )?of(?= )", "", said, flags=re.IGNORECASE)


def _date_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _period_end(said: str, start: date, fiscal_start: int) -> _End | None:
    """The end of the first month, quarter or year that a text names, or counts from the one of `start`."""
    if found := re.search(_MONTH_END, said, re.IGNORECASE):
        month = [name[:3].lower() for name in _MONTHS].index(found["month"][:3].lower()) + 1
        year = int(found["year"] or start.year + (month < start.month))
        return _End(period_of("month", date(year, month, 1)).last_day, False)
    if found := re.search(_QUARTER_END, said, re.IGNORECASE):
        first = _fiscal_year(int(found["year"]), fiscal_start).start if found["year"] else start
        quarter = period_of("quarter", first, fiscal_start)
        while not quarter.name.endswith(f"Q{found['quarter']}"):
            quarter = next_period("quarter", quarter, fiscal_start)
        return _End(quarter.last_day, False)
    if found := re.search(_YEAR_END, said, re.IGNORECASE):
        return _End(
            _fiscal_year(int(found["year"]), 1 if found["calendar"] else fiscal_start).last_day, False
        )
    if found := re.search(_PERIOD_END, said, re.IGNORECASE):
        return _counted_end(found, start, 1 if found["calendar"] else fiscal_start)
    return None


def _fiscal_year(name: int, fiscal_start: int) -> Period:
    # A fiscal year is named after the calendar year in which it ends, so it holds that year's first day.
    return period_of("year", date(name, 1, 1), fiscal_start)


def _counted_end(found: re.Match[str], start: date, fiscal_start: int) -> _End:
    kinds: dict[str, Kind] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
    kind = kinds[found["unit"].lower()]
    period = period_of(kind, start, fiscal_start)
    within = start != period.start
    for _ in range(_ordinal(found["nth"] or found["number"]) - 1):
        period = next_period(kind, period, fiscal_start)
    return _End(period.last_day, within)


def _ordinal(said: str | None) -> int:
    """1 for first, 1st, 1 and for nothing."""
    if said is None:
        return 1
    return _ORDINALS.index(said.lower()) + 1 if said.isalpha() else int(re.sub("[^0-9]", "", said))


def _mark(place: int) -> str:
    return f"({_ROMAN[place]})" if place < MOST_RUNGS else f"({place + 1})"


def _ladder_rung(place: int, rung: ClauseRung) -> Rung:
    return Rung(_mark(place), rung.due_on, rung.threshold)


def _listed(items: Sequence[str]) -> str:
    marked = [f"{_mark(place)} {item}" for place, item in enumerate(items)]
    return ", ".join([*marked[:-1], f"and {marked[-1]}"]) if len(marked) > 1 else marked[0]


def _amount_in_words(minor: int, currency: str) -> str:
    """An amount as contracts write it, `$100,000` or `XAF 100,000`, such that it can be read again."""
    shown = re.sub(r"\.0+$", "", format_exact(minor, currency)).replace("\u00a0", " ")
    try:
        if parse_amount(shown, currency) == minor:
            return shown
    except Refused:
        pass
    return f"{currency} {Decimal(as_major(minor, currency)):,}"


def _day_in_words(day: date, start: date, fiscal_start: int) -> str:
    """`the end of the first month (31 January 2026)`, or the day alone where it ends no such period."""
    written = f"{day.day} {_MONTHS[day.month - 1]} {day.year:04}"
    named = _named_period(day, start, fiscal_start)
    return f"the end of the {named} ({written})" if named else written


def _named_period(last_day: date, start: date, fiscal_start: int) -> str | None:
    kinds: tuple[Kind, ...] = ("quarter", "year")
    for kind in kinds:
        period = period_of(kind, start, fiscal_start)
        if (period.start, period.last_day) == (start, last_day):
            return kind
    months = (last_day.year - start.year) * 12 + last_day.month - start.month
    if start.day == 1 and last_day == period_of("month", last_day).last_day and months < len(_ORDINALS):
        return f"{_ORDINALS[months]} month"
    return None


# --- what it entitles to ------------------------------------------------------------------------------------


def entitlements(
    rungs: Sequence[ClauseRung],
    gains: Sequence[Gain],
    *,
    start: date,
    today: date,
    announced: Mapping[int, date] | None = None,
    paid: Mapping[int, int] | None = None,
    final_once_paid: bool = False,
) -> tuple[Entitlement, ...]:
    """A statement of a clause at the end of today: who is entitled to what, on which evidence.

    Only sales up to a rung's due date count for it. One that was announced as reached (by place, the day) or
    paid (by place, minor units) and is not reached any more is reversed: unpaid it is cancelled, paid it is a
    clawback, unless what is paid is final.
    """
    told, settled = announced or {}, paid or {}
    lines: list[Entitlement] = []
    for place, rung in enumerate(rungs):
        counted = [gain for gain in gains if start <= gain.on <= min(today, rung.due_on or today)]
        counted.sort(key=attrgetter("on", "seq"))
        announcement = {0: told[place]} if place in told else None
        (found,) = standing(
            [_ladder_rung(place, rung)],
            counted,
            start=start,
            today=today,
            reading="cumulative",
            announced=announcement,
        )
        if settled.get(place) and found.status != "reached":
            found = replace(found, status="reversed")
        evidence = counted[: counted.index(found.crossed_by) + 1] if found.crossed_by else counted
        effect, balance = _effect(found, rung.payment, settled.get(place, 0), final_once_paid)
        lines.append(
            Entitlement(_mark(place), rung, found, tuple(evidence), settled.get(place, 0), effect, balance)
        )
    return tuple(lines)


def _effect(found: Standing, payment: int | None, paid: int, final: bool) -> tuple[Effect, int | None]:
    """What follows for the payment, and the balance: what is owed less what is paid."""
    if found.status == "reached":
        if payment is None:
            return ("paid", 0) if paid else ("to pay", None)
        owed = payment - paid
    elif paid:
        owed = -paid
    else:
        return ("cancelled" if found.status == "reversed" else "nothing"), 0
    if owed < 0:
        return ("final", 0) if final else ("clawback", owed)
    return ("to pay", owed) if owed else ("paid", 0)
