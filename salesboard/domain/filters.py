"""The one language in which deals are chosen: on the board, on the command line, in saved views."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any

import peewee

from salesboard.domain import accounts, company, dates, money, people, periods, products, text
from salesboard.domain.company import CompanyFacts
from salesboard.domain.permissions import belongs
from salesboard.domain.pipeline import DISQUALIFIED, LOST, OPEN, WON
from salesboard.errors import Refused, WrongUsage
from salesboard.storage.models import Account, Deal, DealLine, Membership, Person, Product

LONGEST = 1000
"""Characters that a filter may have."""
MOST_WORDS = 40
LONGEST_VALUE = 100
SHOWN = 40
ENOUGH = 8
"""So many suggestions at most."""
NOTHING = "none"
ARCHIVED, QUIET, ESTIMATED = "archived", "quiet", "estimated"
FLAGS = (QUIET, ESTIMATED)
"""What can be said without a field; in quotes it is a word to search for."""

Condition = Any
"""An expression on `Deal` for Peewee's `where`."""


class BadFilter(WrongUsage):
    """A word of a filter that can not be understood; it stands at `start` up to `end` in the text."""

    def __init__(self, said: str, reason: str, start: int, end: int) -> None:
        super().__init__(f"{text.visible(said[:SHOWN])} … {reason}")
        self.start = start
        self.end = end


@dataclass(frozen=True)
class Term:
    """One word of a filter, understood; without a field it is a word to search for."""

    field: str
    operator: str
    words: tuple[str, ...]
    """The values in their normal form."""
    found: tuple[Any, ...]
    """What each of them means: ids, days, amounts in minor units."""
    negated: bool = False

    def __str__(self) -> str:
        sign = "-" if self.negated else ""
        if not self.field:
            return sign + _quoted(self.words[0], bare=True)
        if self.field == "is" and len(self.words) == 1 and self.words[0] in FLAGS:
            return sign + self.words[0]
        return f"{sign}{self.field}{self.operator}{','.join(map(_quoted, self.words))}"

    def condition(self, today: date) -> Condition:
        """What a deal must fulfil; a negated term lets through everything else, empty fields too."""
        field = FIELDS[self.field] if self.field else SEARCH
        wanted = reduce(or_, (field.condition(found, self.operator, today) for found in self.found))
        return ~peewee.fn.COALESCE(wanted, False) if self.negated else wanted


@dataclass(frozen=True)
class DealFilter:
    """Which deals are wanted: those that fulfil all terms. Its text is the normal form, fit for a header."""

    today: date
    me: int | None = None
    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def conditions(self) -> list[Condition]:
        """Expressions on `Deal` for a `where`, one for each term; they join no other table."""
        return [term.condition(self.today) for term in self.terms]

    @property
    def names_status(self) -> bool:
        """Whether it says which closed deals are wanted, so that none are left out by default."""
        return any(term.field in CLOSINGS or set(term.words) & set(STATUSES) for term in self._spoken)

    @property
    def names_archived(self) -> bool:
        """Whether it says if archived deals are wanted, so that they are not left out by default."""
        return any(ARCHIVED in term.words for term in self._spoken)

    @property
    def _spoken(self) -> Iterator[Term]:
        return (term for term in self.terms if term.field == "is" or term.field in CLOSINGS)

    def narrowed_to(self, said: str = "", /, **values: str) -> DealFilter:
        """This filter with further terms, as text (`"value>10k"`) or one value for a field (`owner="me"`)."""
        told = [f"{field}:{_quoted(value)}" for field, value in values.items()]
        more = parse(" ".join((said, *told)), me=self.me, today=self.today)
        new = tuple(term for term in dict.fromkeys(more.terms) if term not in self.terms)
        return replace(self, terms=self.terms + new)


def parse(said: str, *, me: int | None, today: date) -> DealFilter:
    """Understand a filter such as `owner:mia stage>=prospect value>10k product:"GTX Pro" won:2017-06 hofer`.

    `me` is the person whom `owner:me` means; teams are those of `today`, amounts in the company's currency.
    Refused as BadFilter, which points at the word: an unknown field, name, day or amount.
    """
    if len(said) > LONGEST:
        raise BadFilter(said, f"a filter has at most {LONGEST:,} characters", 0, len(said))
    terms: list[Term] = []
    for number, word in enumerate(_words(said), 1):
        if number > MOST_WORDS:
            raise BadFilter(word.said, f"a filter has at most {MOST_WORDS} words", word.start, word.end)
        try:
            term = _understood(word, _Asking(me, today, word.operator))
        except Refused as refusal:
            reason = str(refusal).removeprefix(f"{word.field}: ")
            raise BadFilter(word.said, reason, word.start, word.end) from None
        if term is not None and term not in terms:
            terms.append(term)
    return DealFilter(today, me, tuple(terms))


def suggestions(said: str, cursor: int) -> list[str]:
    """What the word that ends at the cursor could become: fields, people, teams, stages, names, days."""
    word = _word_before(said, cursor)
    if word is None:
        return []
    sign = "-" if word.negated else ""
    try:
        beginning = text.search_key(text.optional(word.values[-1], field="word") or "")
    except Refused:
        return []
    if not word.field:
        starts = [*(f"{name}{field.first_operator}" for name, field in FIELDS.items()), *FLAGS]
        return [sign + start for start in starts if beginning and start.startswith(beginning)][:ENOUGH]
    field = FIELDS.get(_ALIASES.get(word.field, word.field))
    if field is None or field.choices is None:
        return []
    before = f"{sign}{word.field}{word.operator}" + "".join(
        f"{_quoted(value)}," for value in word.values[:-1]
    )
    return [before + _quoted(choice) for choice in field.choices(beginning)[:ENOUGH]]


def word_at(said: str, cursor: int) -> tuple[int, int]:
    """Start and end of the word that ends at the cursor: what a suggestion replaces; empty between words."""
    word = _word_before(said, cursor)
    return (word.start, word.end) if word else (cursor, cursor)


def _word_before(said: str, cursor: int) -> _Word | None:
    *_, last = (None, *_words(said[: min(cursor, LONGEST)]))
    return last if last is not None and last.end == cursor else None


# --- words --------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"(?P<sign>-(?=\S))?(?:(?P<field>[A-Za-z]+)(?P<operator>:[<>]=?|[<>]=?|[:=]))?")
_LIKE_A_TERM = re.compile(r"[A-Za-z]+[:=<>]")


@dataclass(frozen=True)
class _Word:
    """A word as it was typed, taken apart; a quoted one is only text."""

    said: str
    start: int
    end: int
    negated: bool
    field: str
    operator: str
    values: tuple[str, ...]
    quoted: bool


def _words(said: str) -> Iterator[_Word]:
    place = 0
    while place < len(said):
        if said[place].isspace():
            place += 1
            continue
        start = place
        head = _HEAD.match(said, start)
        assert head is not None
        field = (head["field"] or "").lower()
        operator = (head["operator"] or "").removeprefix(":")
        place = head.end()
        quoted = said[place : place + 1] == '"'
        values: list[str] = []
        while True:
            value, place = _value(said, place, several=bool(field) and field not in _WITHOUT_LISTS)
            values.append(value)
            if place >= len(said) or said[place].isspace():
                break
            place += 1
        yield _Word(
            said=said[start:place],
            start=start,
            end=place,
            negated=bool(head["sign"]),
            field=field,
            operator=":" if operator in ("", "=") else operator,
            values=tuple(values),
            quoted=quoted,
        )


def _value(said: str, place: int, *, several: bool) -> tuple[str, int]:
    """One value from a place on, and where it ends: at a space, at the comma of a list; quotes hold both."""
    parts: list[str] = []
    if said[place : place + 1] == '"':
        place += 1
        while place < len(said):
            if said[place] != '"':
                parts.append(said[place])
            elif said[place + 1 : place + 2] == '"':
                parts.append('"')
                place += 1
            else:
                place += 1
                break
            place += 1
    while place < len(said) and not said[place].isspace() and not (several and said[place] == ","):
        parts.append(said[place])
        place += 1
    return "".join(parts), place


def _quoted(value: str, *, bare: bool = False) -> str:
    """A value as it must be written: in quotes where it would be taken apart, or for something else."""
    taken_apart = not value or '"' in value or any(letter.isspace() for letter in value)
    if bare:
        ambiguous = (
            value.startswith("-") or value.casefold() in FLAGS or _LIKE_A_TERM.match(value) is not None
        )
    else:
        ambiguous = "," in value
    return '"' + value.replace('"', '""') + '"' if taken_apart or ambiguous else value


def _understood(word: _Word, asking: _Asking) -> Term | None:
    name, values = _ALIASES.get(word.field, word.field), word.values
    if not name and not word.quoted and values[0].casefold() in FLAGS:
        name = "is"
    elif not name and text.optional(values[0], field="word", limit=LONGEST_VALUE) is None:
        return None
    field = _known_field(name) if name else SEARCH
    if word.operator != ":" and not field.ordered:
        raise Refused(f"'{name}' knows no more and less; write it like {field.example}")
    if word.operator != ":" and len(values) > 1:
        raise Refused(f"a list stands after a colon, a single value after {word.operator}")
    read = dict(_read(field, value, asking) for value in values)
    return Term(name, word.operator, tuple(read), tuple(read.values()), word.negated)


def _known_field(name: str) -> _Field:
    if name in FIELDS:
        return FIELDS[name]
    close = get_close_matches(name, [*FIELDS, *_ALIASES, *FLAGS], n=1)
    helps = f"did you mean '{close[0]}'?" if close else f"the fields are {', '.join(FIELDS)};"
    raise Refused(f"there is no field '{name}'; {helps} quotes make it a word to search for")


def _read(field: _Field, value: str, asking: _Asking) -> tuple[str, Any]:
    cleaned = text.optional(value, field="word", limit=LONGEST_VALUE)
    if cleaned is None:
        raise Refused(f"it goes on like {field.example}")
    if cleaned.casefold() == NOTHING and field.may_be_empty:
        if asking.operator != ":":
            raise Refused("what is not there is not more or less than anything; write it with a colon")
        return NOTHING, None
    return field.read(cleaned, asking)


# --- what each field understands ----------------------------------------------------------------------------


@dataclass
class _Asking:
    """Who asks on which day, with which operator."""

    me: int | None
    today: date
    operator: str

    @cached_property
    def facts(self) -> CompanyFacts:
        return company.facts()


@dataclass(frozen=True)
class _Field:
    """How a field's values are read, and which deals they let through."""

    example: str
    read: Callable[[str, _Asking], tuple[str, Any]]
    condition: Callable[[Any, str, date], Condition]
    """From a meaning (None stands for `none`), the operator and today."""
    ordered: bool = False
    several: bool = True
    may_be_empty: bool = True
    choices: Callable[[str], list[str]] | None = None
    first_operator: str = ":"


def _missing(what: str, said: str, known: Iterable[str]) -> Refused:
    names = {text.search_key(name): name for name in known}
    close = get_close_matches(text.search_key(said), names, n=1)
    return Refused(f"there is no {what} '{said}'" + (f"; did you mean '{names[close[0]]}'?" if close else ""))


def _unmistakable(name: str, identity: int, find: Callable[[str], int]) -> str:
    """A name, or the id where the name alone would be understood otherwise."""
    try:
        safe = name.casefold() not in ("me", NOTHING) and find(name) == identity
    except Refused:
        safe = False
    return name if safe else str(identity)


def _read_owner(said: str, asking: _Asking) -> tuple[str, int]:
    if said.casefold() == "me":
        if asking.me is None:
            raise Refused("it is not known who you are; name a person")
        return "me", asking.me
    try:
        person = people.find_person(said)
    except Refused as refusal:
        if not str(refusal).startswith("there is no"):
            raise
        raise _missing("person", said, _handles_and_names()) from None
    return _unmistakable(Person.get_by_id(person).handle, person, people.find_person), person


def _handles_and_names() -> list[str]:
    return [called for row in Person.select(Person.handle, Person.name).tuples() for called in row]


def _read_team(said: str, asking: _Asking) -> tuple[str, tuple[int, ...]]:
    try:
        team = people.find_team(said)
    except Refused as refusal:
        if not str(refusal).startswith("there is no"):
            raise
        raise _missing("team", said, _team_names("")) from None
    name = next(known.name for known in people.tree() if known.id == team)
    return _unmistakable(name, team, people.find_team), tuple(sorted(people.members(team, asking.today)))


def _in_team(members: tuple[int, ...] | None, _: str, today: date) -> Condition:
    if members is None:
        return Deal.owner.not_in(Membership.select(Membership.person).where(belongs(today)))
    return Deal.owner.in_(members)


def _read_account(said: str, _: _Asking) -> tuple[str, int | str]:
    """The account that is called so; where there is none, the letters that its name contains."""
    account = accounts.find_account(said)
    if account is not None:
        return said, account
    if not accounts.names_like(said, most=1):
        known = Account.select(Account.name).order_by(Account.id).limit(2000).tuples()
        raise _missing("account", said, [name for (name,) in known])
    return said, text.search_key(said)


def _of_account(found: int | str | None, *_: Any) -> Condition:
    if found is None:
        return Deal.account.is_null()
    if isinstance(found, int):
        return Deal.account == found
    return Deal.account.in_(Account.select(Account.id).where(Account.search.contains(found)))


def _read_product(said: str, _: _Asking) -> tuple[str, tuple[int, ...]]:
    """The product that is called so; where there is none, all whose names contain it."""
    key = text.match_key(said)
    known = list(Product.select(Product.id, Product.name, Product.key).tuples())
    exact = [identity for identity, _, own in known if own == key]
    meant = exact or [identity for identity, _, own in known if key in own]
    if not meant:
        raise _missing("product", said, [name for _, name, _ in known])
    return said, tuple(sorted(meant))


def _with_product(found: tuple[int, ...] | None, *_: Any) -> Condition:
    lines = DealLine.select(DealLine.deal)
    if found is None:
        return Deal.id.not_in(lines)
    return Deal.id.in_(lines.where(DealLine.product.in_(found)))


def _read_source(said: str, _: _Asking) -> tuple[str, tuple[str, ...]]:
    known = _sources("")
    meant = [source for source in known if text.search_key(said) in text.search_key(source)]
    if not meant:
        raise _missing("source", said, known)
    return said, tuple(meant)


def _from_source(found: tuple[str, ...] | None, *_: Any) -> Condition:
    return Deal.source.is_null() if found is None else Deal.source.in_(found)


_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    ":": lambda one, other: one == other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def _read_stage(said: str, asking: _Asking) -> tuple[str, tuple[int, ...]]:
    wanted = company.find_stage(said)
    compared = _COMPARED[asking.operator]
    return wanted.name, tuple(stage.id for stage in company.stages() if compared(stage.place, wanted.place))


def _in_stage(found: tuple[int, ...], *_: Any) -> Condition:
    return Deal.stage.in_(found)


STATUSES = (OPEN, WON, LOST, DISQUALIFIED, ARCHIVED)


def _read_state(said: str, asking: _Asking) -> tuple[str, Any]:
    states = (*STATUSES, *FLAGS)
    meant = [state for state in states if state.startswith(said.casefold())]
    if len(meant) != 1:
        raise Refused(f"there is no status '{said}'; there are {', '.join(states)}")
    if meant[0] == QUIET:
        limits = (
            (stage.id, asking.today - timedelta(days=stage.quiet_days))
            for stage in company.stages()
            if stage.quiet_days is not None
        )
        return QUIET, tuple(limits)
    return meant[0], meant[0]


def _in_state(found: Any, _: str, today: date) -> Condition:
    if isinstance(found, tuple):
        return _quiet(found, today)
    if found == ARCHIVED:
        return Deal.archived == True  # noqa: E712
    if found == ESTIMATED:
        return Deal.estimated == True  # noqa: E712
    if found == OPEN:
        return (Deal.status == OPEN) | (Deal.closed_on > today)
    return (Deal.status == found) & (Deal.closed_on.is_null() | (Deal.closed_on <= today))


def _quiet(limits: Sequence[tuple[int, date]], today: date) -> Condition:
    """Deals on the board that nobody has touched for more days than their stage allows.

    A next step that is planned for today or later is an answer to that, as on the card.
    """
    touched = peewee.fn.COALESCE(Deal.touched_on, Deal.opened_on)
    beyond = [(Deal.stage == stage) & (touched < limit) for stage, limit in limits]
    if not beyond:
        return Deal.id.in_(())
    on_the_board = Deal.status.in_((OPEN, WON)) & (Deal.archived == False)  # noqa: E712
    unplanned = Deal.next_step_on.is_null() | (Deal.next_step_on < today)
    return on_the_board & unplanned & reduce(or_, beyond)


def _read_value(said: str, asking: _Asking) -> tuple[str, tuple[int | None, int | None]]:
    currency = asking.facts.currency
    low, high = (
        None if not end else money.parse_amount(end, currency)
        for end in _ends(said, asking.operator, "1k..5k")
    )
    if ".." not in said:
        return _amount(low, currency), (low, high)
    if low is not None and high is not None and low > high:
        raise Refused("the first amount is the smaller one, such as 1k..5k")
    return f"{_amount(low, currency)}..{_amount(high, currency)}", (low, high)


def _ends(said: str, operator: str, example: str) -> tuple[str, str]:
    """Both ends of a range; a single value is both, an end left out is empty."""
    low, dots, high = (part.strip() for part in said.partition(".."))
    if not dots:
        return low, low
    if operator != ":":
        raise Refused("a range stands after a colon, a single value after < or >")
    if not low and not high:
        raise Refused(f"a range has at least one end, such as {example}")
    return low, high


def _amount(minor: int | None, currency: str) -> str:
    """An amount as one types it, exactly."""
    if minor is None:
        return ""
    unit = 10 ** money.minor_digits(currency)
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if minor and minor % (size * unit) == 0:
            return f"{minor // (size * unit)}{letter}"
    return str(minor // unit) if minor % unit == 0 else money.as_major(minor, currency)


def _with_value(found: tuple[int | None, int | None] | None, operator: str, _: date) -> Condition:
    if found is None:
        return Deal.value_minor.is_null()
    low, high = found
    if operator != ":":
        return _COMPARED[operator](Deal.value_minor, low)
    ends = [Deal.value_minor >= low] if low is not None else []
    return reduce(and_, ends + ([Deal.value_minor <= high] if high is not None else []))


# --- days ---------------------------------------------------------------------------------------------------

Days = tuple[date | None, date | None]
"""Half-open; an end left out is None."""

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_QUARTER = re.compile(r"([0-9]{4})-q([1-4])")
_WEEK = re.compile(r"([0-9]{4})-w([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")
_NEAR = re.compile(r"(last|this|next)-(week|month|quarter|year)")
_PAST = frozenset({"won", "lost", "closed", "opened", "touched"})
CLOSINGS = {"won": (WON,), "lost": (LOST,), "closed": (WON, LOST, DISQUALIFIED)}
_RELATIVE = ("today", "yesterday", "tomorrow", "eow", "eom", "eoq", "eoy")
_NEAR_WORDS = tuple(
    f"{which}-{kind}" for kind in ("week", "month", "quarter", "year") for which in ("this", "last", "next")
)


def _reader_of_days(field: str) -> Callable[[str, _Asking], tuple[str, Days]]:
    def read(said: str, asking: _Asking) -> tuple[str, Days]:
        low, high = _ends(said, asking.operator, "2026-03-01..2026-03-31")
        first, last = (_days(field, end, asking) if end else ("", (None, None)) for end in (low, high))
        days = (first[1][0], last[1][1])
        if ".." not in said:
            return first[0], days
        if days[0] is not None and days[1] is not None and days[0] >= days[1]:
            raise Refused("the first day is the earlier one, such as 2026-03-01..2026-03-31")
        return f"{first[0]}..{last[0]}", days

    return read


def _days(field: str, said: str, asking: _Asking) -> tuple[str, tuple[date, date]]:
    """The day or the whole period that a word means, in its normal form."""
    word = said.lower()
    period = _period(word, asking)
    if period is not None:
        dates.in_range(period.start, today=asking.today, field=field)
        return (word if _NEAR.fullmatch(word) else period.name), (period.start, period.end)
    start = asking.facts.fiscal_start
    day = dates.parse_day(said, today=asking.today, field=field, past=field in _PAST, fiscal_start=start)
    return word, (day, day + timedelta(days=1))


def _period(word: str, asking: _Asking) -> periods.Period | None:
    fiscal = asking.facts.fiscal_start
    try:
        if found := _NEAR.fullmatch(word):
            kind: periods.Kind = found[2]  # type: ignore[assignment]
            period = periods.period_of(kind, asking.today, fiscal)
            if found[1] == "this":
                return period
            beside = periods.previous_period if found[1] == "last" else periods.next_period
            return beside(kind, period, fiscal)
        if found := _MONTH.fullmatch(word):
            return periods.period_of("month", date(int(found[1]), int(found[2]), 1))
        if found := _WEEK.fullmatch(word):
            return periods.period_of("week", date.fromisocalendar(int(found[1]), int(found[2]), 1))
        if found := _QUARTER.fullmatch(word):
            months = fiscal - 1 + 3 * (int(found[2]) - 1)
            year = int(found[1]) - (fiscal > 1) + months // 12
            return periods.period_of("quarter", date(year, months % 12 + 1, 1), fiscal)
        if _YEAR.fullmatch(word):
            return periods.period_of("year", date(int(word) - (fiscal > 1), fiscal, 1), fiscal)
    except (ValueError, OverflowError):
        raise Refused(f"there is no {text.echo(word)}; write it like 2026-03, 2026-Q1 or 2026") from None
    return None


def _on_days(column: peewee.Field, statuses: tuple[str, ...] = ()) -> Callable[[Any, str, date], Condition]:
    def condition(found: Days | None, operator: str, today: date) -> Condition:
        if found is None:
            return column.is_null() if not statuses else ~peewee.fn.COALESCE(_closed(statuses, today), False)
        start, end = found
        wanted = {
            ":": [column >= start if start else None, column < end if end else None],
            ">": [column >= end],
            ">=": [column >= start],
            "<": [column < start],
            "<=": [column < end],
        }[operator]
        told = [part for part in wanted if part is not None]
        return reduce(and_, [*told, *([_closed(statuses, today)] if statuses else [])])

    return condition


def _closed(statuses: tuple[str, ...], today: date) -> Condition:
    """Closed in one of these ways by today: what is dated later has not happened yet."""
    return Deal.status.in_(statuses) & (Deal.closed_on <= today)


def _next_step_on_days() -> Callable[[Any, str, date], Condition]:
    on_days = _on_days(Deal.next_step_on)

    def condition(found: Days | None, operator: str, today: date) -> Condition:
        if found is None:
            return Deal.next_step.is_null() & Deal.next_step_on.is_null()
        return on_days(found, operator, today)

    return condition


def _date_field(name: str, condition: Callable[[Any, str, date], Condition]) -> _Field:
    words = _RELATIVE + _NEAR_WORDS
    return _Field(
        example=f"{name}>=2026-03-31, {name}:this-month",
        read=_reader_of_days(name),
        condition=condition,
        ordered=True,
        several=False,
        choices=lambda beginning: [word for word in words if word.startswith(beginning)],
    )


# --- words to search for ------------------------------------------------------------------------------------


def _read_search(said: str, _: _Asking) -> tuple[str, tuple[str, tuple[int, ...]]]:
    """A word, and the people whose handle or name contains it."""
    wanted = text.search_key(said)
    owners = (
        identity
        for identity, handle, name in Person.select(Person.id, Person.handle, Person.name).tuples()
        if wanted in handle or wanted in text.search_key(name)
    )
    return said, (wanted, tuple(sorted(owners)))


def _holding(found: tuple[str, tuple[int, ...]], *_: Any) -> Condition:
    wanted, owners = found
    named = Account.select(Account.id).where(Account.search.contains(wanted))
    condition = Deal.search.contains(wanted) | Deal.account.in_(named)
    return condition | Deal.owner.in_(owners) if owners else condition


SEARCH = _Field(example="hofer", read=_read_search, condition=_holding, several=False, may_be_empty=False)


# --- the table of fields ------------------------------------------------------------------------------------


def _owner_handles(beginning: str) -> list[str]:
    query = Person.select(Person.handle, Person.name).where(Person.active).order_by(Person.handle)
    fitting = [
        handle
        for handle, name in query.tuples()
        if handle.startswith(beginning)
        or any(word.startswith(beginning) for word in text.search_key(name).split())
    ]
    return ["me", *fitting] if "me".startswith(beginning) else fitting


def _starting(names: Iterable[str], beginning: str) -> list[str]:
    return [name for name in names if text.search_key(name).startswith(beginning)]


def _team_names(beginning: str) -> list[str]:
    return _starting((team.name for team in people.tree()), beginning)


def _sources(beginning: str) -> list[str]:
    query = Deal.select(Deal.source).where(Deal.source.is_null(False)).distinct().order_by(Deal.source)
    return _starting((source for (source,) in query.tuples()), beginning)


FIELDS: dict[str, _Field] = {
    "owner": _Field(
        example="owner:mia or owner:me",
        read=_read_owner,
        condition=lambda found, *_: Deal.owner == found,
        may_be_empty=False,
        choices=_owner_handles,
    ),
    "team": _Field(example="team:West", read=_read_team, condition=_in_team, choices=_team_names),
    "account": _Field(
        example="account:hofer",
        read=_read_account,
        condition=_of_account,
        choices=lambda beginning: accounts.names_like(beginning, most=ENOUGH),
    ),
    "product": _Field(
        example="product:basic",
        read=_read_product,
        condition=_with_product,
        choices=lambda beginning: _starting(products.names(), beginning),
    ),
    "source": _Field(example="source:referral", read=_read_source, condition=_from_source, choices=_sources),
    "stage": _Field(
        example="stage:prospect or stage>=prospect",
        read=_read_stage,
        condition=_in_stage,
        ordered=True,
        may_be_empty=False,
        choices=lambda beginning: _starting((stage.name for stage in company.stages()), beginning),
    ),
    "is": _Field(
        example="is:won",
        read=_read_state,
        condition=_in_state,
        may_be_empty=False,
        choices=lambda beginning: _starting((*STATUSES, *FLAGS), beginning),
    ),
    "value": _Field(
        example="value>10k or value:500..10k",
        read=_read_value,
        condition=_with_value,
        ordered=True,
        several=False,
        first_operator=">",
    ),
    **{name: _date_field(name, _on_days(Deal.closed_on, statuses)) for name, statuses in CLOSINGS.items()},
    "opened": _date_field("opened", _on_days(Deal.opened_on)),
    "expected": _date_field("expected", _on_days(Deal.expected_on)),
    "next": _date_field("next", _next_step_on_days()),
    "look": _date_field("look", _on_days(Deal.look_again_on)),
    "touched": _date_field("touched", _on_days(Deal.touched_on)),
}
"""Every field of the language, in the order in which to offer them."""

_ALIASES = {"status": "is"}
_WITHOUT_LISTS = frozenset(name for name, field in FIELDS.items() if not field.several)
