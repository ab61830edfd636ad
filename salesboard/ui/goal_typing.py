"""What is typed in the forms of goals, and how it is read: whose, days, values, ladders, rewards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from salesboard.domain import company, dates, goals, money, people, permissions
from salesboard.domain import products as product_list
from salesboard.domain.company import CompanyFacts
from salesboard.domain.gains import Scope
from salesboard.domain.ladders import HOWS, How, Reading
from salesboard.domain.periods import Kind
from salesboard.domain.text import clean, match_key, optional
from salesboard.errors import Refused
from salesboard.storage.ledger import Actor

COMPANY = "company"
COUNTED: dict[str, str] = {
    "revenue": "what won deals bring",
    "sales": "how many deals are won",
    "new customers": "accounts with their first sale",
    "units": "pieces sold, of one product or of any",
    "advocates": "accounts that have become advocates",
}
EVERY: tuple[Kind, ...] = ("week", "month", "quarter")
NEARLY_OVER = timedelta(days=14)
"""So long before a quarter's end a new goal is meant for the next one."""
FINAL = " final"
"""Ends a reward that is not clawed back once it is paid."""


@dataclass(frozen=True)
class Reader:
    """What is needed to read days and values."""

    company: CompanyFacts
    today: date


@dataclass(frozen=True)
class Prepared(Reader):
    """What the forms need to know before they are shown."""

    teams: dict[str, tuple[int, str]]
    """By match key: id and name."""
    people: dict[str, tuple[int, str]]
    """By the match keys of name and handle."""
    products: dict[str, tuple[int, str]]
    goals: dict[str, tuple[int, str]]
    """Active ones, by the match key of what they are called here."""
    whose: str
    """Of whom one may set a goal oneself: the company, one's team, or else oneself alone."""
    may_set: bool


@dataclass(frozen=True)
class Plan:
    """A ladder as it was typed: how to make it, or its rungs, or nothing: one rung, the target itself."""

    how: How | None = None
    round_to: int = 1
    rungs: tuple[tuple[date | None, int], ...] = ()
    """Due date and threshold."""


@dataclass(frozen=True)
class Brought:
    """What a milestone brings, as it was typed."""

    words: str | None
    minor: int | None
    final: bool


def prepare(actor: Actor, now: datetime) -> Prepared:
    """Read what the forms need; runs at the desk."""
    facts = company.facts()
    today = facts.today(now)
    everybody = [one for one in people.roster(today) if one.active]
    me = next(one for one in everybody if one.id == actor.id)
    reach = permissions.reach(me.role, "set goal")
    teams = {match_key(one.name): (one.id, one.name) for one in people.tree()}
    by_name = {match_key(one.name): (one.id, one.name) for one in everybody}
    by_handle = {match_key(one.handle): (one.id, one.name) for one in everybody}
    whose = me.name
    if reach is permissions.ALL:
        whose = COMPANY
    elif reach is permissions.TEAM and me.teams:
        whose = me.teams[0]
    return Prepared(
        facts,
        today,
        teams,
        by_handle | by_name,
        {match_key(one.name): (one.id, one.name) for one in product_list.all_products() if one.active},
        {
            match_key(called): (one.id, called)
            for one in goals.goals()
            if (called := f"{one.name} {one.whose}")
        },
        whose,
        reach is not permissions.NOTHING,
    )


# --- reading what is typed ----------------------------------------------------------------------------------


def read_choice(choices: Sequence[str], field: str) -> Callable[[str], str]:
    """The choice that begins with what was typed."""

    def read(typed: str) -> str:
        wish = typed.strip().casefold()
        close = [one for one in choices if one.startswith(wish)]
        if wish in choices:
            return wish
        if len(close) != 1:
            raise Refused(f"{field}: {', '.join(choices)}")
        return close[0]

    return read


def found_in(named: Mapping[str, tuple[int, str]], typed: str, what: str) -> tuple[int, str]:
    """The thing of a name, or the only one that begins so."""
    key = match_key(typed.strip().removeprefix("@"))
    if key in named:
        return named[key]
    close = dict.fromkeys(found for own, found in named.items() if key and own.startswith(key))
    if len(close) == 1:
        return next(iter(close))
    if close:
        raise Refused(
            f"{typed.strip()!r} could be {', '.join(name for _, name in list(close)[:4])}; say more"
        )
    raise Refused(f"there is no {what} {typed.strip()!r}")


def read_scope(prepared: Prepared, typed: str) -> tuple[Scope, str]:
    """Whose goal it is, and their name."""
    if match_key(typed) in ("", COMPANY):
        return Scope(), goals.COMPANY
    wish = match_key(typed.strip())
    if wish in prepared.teams and not typed.strip().startswith("@"):
        team, name = prepared.teams[wish]
        return Scope(team=team), name
    if wish in prepared.people or typed.strip().startswith("@"):
        person, name = found_in(prepared.people, typed, "person")
        return Scope(person=person), name
    found, name = found_in(prepared.teams | prepared.people, typed, "team or person")
    return (Scope(team=found) if (found, name) in prepared.teams.values() else Scope(person=found)), name


def read_person(prepared: Prepared, typed: str) -> tuple[Scope, str]:
    """Whose goal, by a name or handle."""
    person, name = found_in(prepared.people, typed, "person")
    return Scope(person=person), name


def read_day(prepared: Reader, typed: str, above: Mapping[str, Any]) -> date:
    """A day; words such as `eoq` are meant as seen from the start, where that is still to come."""
    seen_from = max(prepared.today, above.get("start") or prepared.today)
    return dates.parse_day(
        typed.strip(), today=seen_from, field="day", fiscal_start=prepared.company.fiscal_start
    )


def read_end(prepared: Prepared, typed: str, above: Mapping[str, Any]) -> date | None:
    """The last day, or none: open-ended."""
    return read_day(prepared, typed, above) if typed.strip() else None


def read_value(prepared: Reader, typed: str, above: Mapping[str, Any]) -> int:
    """Minor units of revenue, or a count: `12k`, `1.2m`, `40`."""
    if above.get("metric", "revenue") == "revenue":
        return money.parse_amount(typed, prepared.company.currency)
    # The same shorthand as of amounts, in hundredths so that a broken number is noticed.
    whole, rest = divmod(money.parse_amount(typed, "USD"), 100)
    if rest:
        raise Refused(f"{typed.strip()} is no whole number")
    return whole


def read_plan(prepared: Reader, typed: str, above: Mapping[str, Any]) -> Plan:
    """`even`, `seasonal to 5k`, or milestones: `31 jan 150k, 28 feb 300k`, or the values alone.

    What is not said to be rounded to something is rounded to whole currency units, or to whole numbers.
    """
    wish = " ".join(typed.casefold().split())
    if not wish:
        return Plan()
    if wish[0].isalpha():
        name, _, step = wish.partition(" to ")
        close = [how for how in HOWS if how.startswith(name)]
        if len(close) == 1:
            return Plan(close[0], read_value(prepared, step or "1", above))
    parts = _parts(wish)
    rungs = tuple(_rung(prepared, part, above) for part in parts)
    if len({due is None for due, _ in rungs}) > 1:
        raise Refused("give every milestone its day, such as 31 jan 150k, or none of them")
    return Plan(rungs=rungs)


def _rung(prepared: Reader, part: str, above: Mapping[str, Any]) -> tuple[date | None, int]:
    day, _, value = part.rpartition(" ")
    threshold = read_value(prepared, value, above)
    return (_due(prepared, day, above) if day else None), threshold


def _due(prepared: Reader, typed: str, above: Mapping[str, Any]) -> date:
    """A due date; one without a year is the first such day after the start."""
    start = above.get("start") or prepared.today
    for year in (start.year, start.year + 1):
        try:
            found = dates.parse_file_date(f"{typed} {year}", dates.DateStyle.ISO)
        except Refused:
            continue
        if found >= start:
            return date(found.year, found.month, found.day)
    return read_day(prepared, typed, above)


def _parts(typed: str) -> list[str]:
    """What stands between commas, or between semicolons where there are some."""
    if ";" in typed:
        return [part.strip() for part in typed.split(";")]
    return [part.strip() for part in re.split(r",\s+" if re.search(r",\s", typed) else ",", typed)]


def read_rewards(prepared: Reader, typed: str) -> tuple[Brought, ...]:
    """`900, 900, 1.5k final`, or words; one alone is for the target itself."""
    return tuple(_brought(prepared, part) for part in _parts(typed)) if typed.strip() else ()


def _brought(prepared: Reader, part: str) -> Brought:
    final = part.casefold().endswith(FINAL)
    wish = part[: -len(FINAL)].strip() if final else part
    if not wish:
        return Brought(None, None, final=False)
    if any(character.isdigit() for character in wish):
        try:
            return Brought(None, money.parse_amount(wish, prepared.company.currency), final)
        except Refused:
            pass
    return Brought(clean(wish, field="The reward"), None, final)


def read_words(field: str) -> Callable[[str], str | None]:
    """A reader of free words; none where nothing was typed."""
    return lambda typed: optional(typed, field=field, limit=2000)


# --- saying what was understood -----------------------------------------------------------------------------


def told_day(day: date | None) -> str:
    """The day in full, and what it means that there is none."""
    return f"{day:%A} {day.day} {day:%B %Y}" if day else "open-ended: it can not be missed"


def told_plan(plan: Plan) -> str:
    """How the ladder is made, in words."""
    if plan.how:
        return {
            "even": "as much in each period",
            "working days": "by the number of working days in each period",
            "seasonal": "like the same periods of the last years",
            "front": "more at the beginning",
            "back": "more at the end",
        }[plan.how]
    return f"{len(plan.rungs)} milestones" if plan.rungs else "one milestone: the target on the last day"


def is_divided(plan: Plan | None) -> bool:
    """Whether the ladder follows periods, so that it matters which."""
    return plan is None or plan.how is not None or any(due is None for due, _ in plan.rungs)


def told_reading(reading: Reading) -> str:
    """What each milestone counts."""
    if reading == "cumulative":
        return "each milestone counts everything since the start"
    return "each milestone counts its own period alone"


def told_reward(one: Brought, currency: str) -> str:
    """`$900.00`, `a day off, final once paid`."""
    said = money.format_exact(one.minor, currency) if one.minor is not None else one.words or "nothing"
    return said + ", final once paid" * one.final
