"""Seasons of awards: the year that is looked back on, the phases one after another, and the night."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Unpack, get_args
from zoneinfo import ZoneInfo

from peewee import JOIN

from salesboard import clock
from salesboard.domain import company, dates, periods, text
from salesboard.domain.calendars import Day
from salesboard.domain.permissions import require, writes
from salesboard.domain.text import counted
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Person, Season
from salesboard.storage.prepared import by_id

Phase = Literal["before", "nominate", "screen", "judge", "decide", "night", "over"]
PHASES: tuple[Phase, ...] = get_args(Phase)
DOING: dict[Phase, str] = {
    "before": "nominating begins",
    "nominate": "nominating",
    "screen": "screening",
    "judge": "judging",
    "decide": "deciding",
    "night": "the night",
    "over": "over",
}
"""What is done in a phase."""
LAST_DAYS = ("nominate_until", "screen_until", "judge_until", "decide_until", "night_on")
"""The days with which the phases end, in order."""
CALLED = {
    "start_on": "the first day of the award year",
    "end_on": "the last day of the award year",
    "nominate_on": "the first day of nominating",
    "nominate_until": "the last day of nominating",
    "screen_until": "the last day of screening",
    "judge_until": "the last day of judging",
    "decide_until": "the last day of deciding",
    "night_on": "the night",
}
"""The dates of a season, in words."""
NIGHT_AT = "19:00"
_BEFORE_NIGHT = {
    "nominate_on": 84,
    "nominate_until": 42,
    "screen_until": 28,
    "judge_until": 14,
    "decide_until": 7,
}
"""Days before the night, unless somebody says otherwise."""
_A_QUARTER = timedelta(days=90)
_DAY = timedelta(days=1)


class Dates(TypedDict, total=False):
    """Dates of a season as they are given; what is left out or None is the usual one, or stays as it is."""

    start_on: date | None
    end_on: date | None
    nominate_on: date | None
    nominate_until: date | None
    screen_until: date | None
    judge_until: date | None
    decide_until: date | None


@dataclass(frozen=True)
class PhaseFacts:
    """A phase with its first and its last day."""

    name: Phase
    first: date
    last: date


@dataclass(frozen=True)
class SeasonFacts:
    """A season as it is kept."""

    id: int
    name: str
    start_on: date
    """The award year, both days included."""
    end_on: date
    nominate_on: date
    nominate_until: date
    screen_until: date
    judge_until: date
    decide_until: date
    night_on: date
    night_at: str
    """Clock time in the company's zone, `19:00`."""
    place: str | None
    host: int | None
    host_name: str | None
    closed_at: datetime | None
    """When the night was closed; nothing changes after that."""

    def phase_on(self, day: date) -> Phase:
        """The phase that holds a day; each lasts to the end of its last day."""
        if self.closed_at is not None:
            return "over"
        if day < self.nominate_on:
            return "before"
        for phase in self.phases:
            if day <= phase.last:
                return phase.name
        return "over"

    @property
    def phases(self) -> tuple[PhaseFacts, ...]:
        """Nominate, screen, judge, decide, night, each beginning on the day after the one before."""
        lasts = [getattr(self, name) for name in LAST_DAYS]
        firsts = [self.nominate_on, *(last + _DAY for last in lasts[:-1])]
        names = PHASES[1:-1]
        return tuple(map(PhaseFacts, names, firsts, lasts))

    def countdown(self, today: date) -> str:
        """`Awards Night in 41 days; nominations close in 12 days`."""
        phase = self.phase_on(today)
        if phase == "over":
            return f"{self.name} is over"
        night = "tonight" if today == self.night_on else _in_days(self.night_on, today)
        ends = {
            "before": f"nominations open {_in_days(self.nominate_on, today)}",
            "nominate": f"nominations close {_in_days(self.nominate_until, today)}",
            "screen": f"screening ends {_in_days(self.screen_until, today)}",
            "judge": f"judging ends {_in_days(self.judge_until, today)}",
            "decide": f"deciding ends {_in_days(self.decide_until, today)}",
        }
        return "; ".join([f"{self.name} {night}", *([ends[phase]] if phase in ends else [])])


def _in_days(day: date, today: date) -> str:
    days = (day - today).days
    return "today" if days == 0 else f"in {counted(days, 'day')}"


# --- reading ------------------------------------------------------------------------------------------------


def seasons() -> list[SeasonFacts]:
    """All seasons, the newest night first."""
    return [_facts(row) for row in _query().order_by(Season.night_on.desc(), Season.id.desc())]


def season(identity: int) -> SeasonFacts:
    """One season. Refused: there is none of this number."""
    row = _query().where(Season.id == identity).first()
    if row is None:
        raise NotFound(f"there is no season {identity}; 'salesboard awards season show' lists them")
    return _facts(row)


def current_season(today: date) -> SeasonFacts | None:
    """The season whose night is next, else the newest one; None where there is none at all."""
    found = seasons()
    ahead = [one for one in found if one.phase_on(today) != "over"]
    return ahead[-1] if ahead else next(iter(found), None)


def coming_up(today: date) -> str | None:
    """How long it is until the night and the end of the phase; None where nothing is ahead."""
    found = current_season(today)
    return found.countdown(today) if found and found.phase_on(today) not in ("before", "over") else None


def find_season(said: str | None, *, today: date) -> SeasonFacts:
    """The season of this number or name (a unique beginning is enough), else the one that is on."""
    if said is None:
        current = current_season(today)
        if current is None:
            raise NotFound("there is no season of awards yet; 'salesboard awards season add' makes one")
        return current
    none = f"there is no season {said!r}; 'salesboard awards season show' lists them"
    return the_one(said, seasons(), none)


class _Named(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def the_one(said: str, found: Sequence[Named], none: str) -> Named:
    """What has this number or name; a unique beginning is enough. Refused: several, or `none`."""
    key = text.match_key(said)
    close = [one for one in found if str(one.id) == said or text.match_key(one.name) == key] or [
        one for one in found if key and text.match_key(one.name).startswith(key)
    ]
    if len(close) == 1:
        return close[0]
    if close:
        raise NotFound(f"{said!r} could be {', '.join(one.name for one in close[:4])}; say more")
    raise NotFound(none)


def require_phase(found: SeasonFacts, today: date, *phases: Phase, what: str) -> None:
    """Refuse what does not belong to the phase that a season is in; it says when its time is, or was."""
    phase = found.phase_on(today)
    if phase in phases:
        return
    own = [one for one in found.phases if one.name in phases]
    if phase == "over" or not own:
        raise Refused(f"{what} is over: {found.name} was on {found.night_on}")
    if today < own[0].first:
        raise Refused(f"{what} begins on {own[0].first}; until then {found.name} is {_in_words(phase)}")
    raise Refused(f"{what} ended on {own[-1].last}; a manager may move the dates of {found.name}")


def _in_words(phase: Phase) -> str:
    return "not open" if phase == "before" else f"in the phase {DOING[phase]}"


def _query() -> Any:
    return Season.select(Season, Person).join(Person, JOIN.LEFT_OUTER)


def _facts(row: Season) -> SeasonFacts:
    return SeasonFacts(
        row.id,
        row.name,
        row.start_on,
        row.end_on,
        row.nominate_on,
        row.nominate_until,
        row.screen_until,
        row.judge_until,
        row.decide_until,
        row.night_on,
        row.night_at,
        row.place,
        row.host_id,
        row.host.name if row.host_id else None,
        row.closed_at,
    )


def calendar(found: SeasonFacts, *, zone: str) -> list[Day]:
    """The evening, from its hour on, and the last days of the phases before, as a calendar reads them."""
    # The first entry is no other board's: two boards in one calendar do not get into each other's way.
    board = f"{ledger.heads(upto=1)[0].hash[:12]}.salesboard"
    hour, minute = (int(part) for part in found.night_at.split(":"))
    starts = clock.start_of_day(found.night_on, zone).astimezone(ZoneInfo(zone))
    evening = Day(
        f"{found.id}-night@{board}",
        found.night_on,
        found.name,
        f"Host: {found.host_name}" if found.host_name else "",
        starts=starts.replace(hour=hour, minute=minute),
        place=found.place or "",
    )
    ends = {"nominate": "nominations close", "screen": "screening ends", "judge": "judging ends"}
    return [
        *(
            Day(f"{found.id}-{one.name}@{board}", one.last, f"{found.name}: {ends[one.name]}")
            for one in found.phases
            if one.name in ends
        ),
        evening,
    ]


# --- setting ------------------------------------------------------------------------------------------------


def usual_dates(night_on: date, fiscal_start: int = 1) -> dict[str, date]:
    """The dates of a season around its night: the fiscal year of a quarter before, phases of weeks."""
    year = periods.period_of("year", night_on - _A_QUARTER, fiscal_start)
    days = {name: night_on - timedelta(days=before) for name, before in _BEFORE_NIGHT.items()}
    return {"start_on": year.start, "end_on": year.last_day, **days, "night_on": night_on}


@writes("set season")
def add_season(
    actor: Actor,
    night_on: date,
    *,
    now: datetime,
    name: str | None = None,
    night_at: str = NIGHT_AT,
    place: str | None = None,
    host: int | None = None,
    **said: Unpack[Dates],
) -> int:
    """Set up a season around its night and hand back its number; dates not given are the usual ones.

    Refused: dates out of order, a night that is past, a name that another season has.
    """
    with ledger.entry(actor, "announced", now=now) as entry:
        facts = company.facts()
        today = facts.today(now)
        require(actor, "set season", today=today)
        days = usual_dates(night_on, facts.fiscal_start) | _given(said)
        if night_on < today:
            raise Refused(f"the night is on {night_on}, which is past; name one to come")
        _check_order(days)
        year = periods.period_of("year", days["start_on"], facts.fiscal_start)
        called = _checked_name(name if name is not None else f"Awards Night {year.name}")
        row = entry.insert(
            Season,
            name=called,
            **days,
            night_at=_checked_time(night_at),
            place=text.optional(place, field="The place"),
            host=_checked_host(host),
        )
    return int(row.id)


@writes("set season")
def edit_season(
    actor: Actor,
    season: int,
    *,
    now: datetime,
    name: str | None = None,
    night_at: str | None = None,
    place: str | None = None,
    host: int | None = None,
    seen: Mapping[str, Any] | None = None,
    night_on: date | None = None,
    **said: Unpack[Dates],
) -> None:
    """Change a season; what is None stays as it is, an empty place is none.

    `seen` holds what the actor saw kept before; what somebody else changed since is a Conflict. Refused:
    dates out of order, a season whose night is closed.
    """
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "set season", today=company.facts().today(now))
        row = by_id(Season, season)
        if row is None:
            raise NotFound(f"there is no season {season}")
        if row.closed_at is not None:
            raise Refused(f"{row.name} is over and kept as it was; add a note to it instead")
        changes: dict[str, Any] = _given(said) | ({"night_on": night_on} if night_on is not None else {})
        if name is not None:
            changes["name"] = _checked_name(name, but=season)
        if night_at is not None:
            changes["night_at"] = _checked_time(night_at)
        if place is not None:
            changes["place"] = text.optional(place, field="The place")
        if host is not None:
            changes["host"] = _checked_host(host)
        meant = ledger.still_meant(row, seen, changes)
        _check_order({key: meant.get(key, getattr(row, key)) for key in CALLED})
        entry.subject = row
        entry.update(row, **meant)


def _given(said: Dates) -> dict[str, Any]:
    return {key: day for key, day in said.items() if day is not None}


def _check_order(days: Mapping[str, date]) -> None:
    """Refuse dates of which one phase would begin before the one before it is over."""
    if days["end_on"] < days["start_on"]:
        raise Refused(f"the award year ends on {days['end_on']}, before it starts on {days['start_on']}")
    if days["nominate_until"] < days["nominate_on"]:
        raise Refused(_out_of_order("nominate_until", "nominate_on", days))
    for earlier, later in pairwise(LAST_DAYS):
        if days[later] <= days[earlier]:
            raise Refused(_out_of_order(later, earlier, days))


def _out_of_order(later: str, earlier: str, days: Mapping[str, date]) -> str:
    return (
        f"the dates are out of order: {CALLED[later]} ({days[later]}) has to come after "
        f"{CALLED[earlier]} ({days[earlier]})"
    )


def _checked_name(name: str, *, but: int = 0) -> str:
    called = text.clean(name, field="The season's name", limit=60)
    key = text.match_key(called)
    for other, known in Season.select(Season.id, Season.name).tuples():
        if other != but and text.match_key(known) == key:
            raise Refused(f"there is a season {known} already; choose another name")
    return called


def _checked_time(said: str) -> str:
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])", said.strip())
    if found is None:
        raise Refused(f"{text.echo(said)} is no time of day; write it like 19:00")
    return f"{int(found[1]):02}:{found[2]}"


def _checked_host(host: int | None) -> int | None:
    if host is not None and by_id(Person, host) is None:
        raise NotFound(f"there is no person {host} to be the host")
    return host


def days_in_words(found: SeasonFacts) -> str:
    """The award year: `2017-01-01 to 2017-12-31, 1 year`."""
    return f"{found.start_on} to {found.end_on}, {dates.span_in_words(found.start_on, found.end_on + _DAY)}"
