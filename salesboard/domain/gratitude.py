"""How well thanks are said: how many in time, and how long the others took, by person, team and quarter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median

from salesboard.domain import company, periods
from salesboard.domain.known import terms
from salesboard.domain.relations import IN_TIME, Occasion, occasions
from salesboard.storage.models import Person, Team

QUARTERS = 4
"""So many quarters are looked back at, with the running one."""


@dataclass(frozen=True)
class Rate:
    """Of what there was to thank for: how much of it was thanked for, and how soon."""

    due: int
    """What was thanked for in time, and what is older than a week."""
    in_time: int
    """Within a week."""
    thanked: int
    """However late."""
    median_days: float | None
    """From the day itself to the thank-you, of all that was thanked for; None without any."""

    @property
    def percent(self) -> int | None:
        """Thanked in time of what was due, rounded down; None where nothing was."""
        return self.in_time * 100 // self.due if self.due else None


@dataclass(frozen=True)
class Rates:
    """The rate of everybody from one day to another, and of each person, team and quarter, by name."""

    start: date
    today: date
    everybody: Rate
    people: dict[str, Rate]
    teams: dict[str, Rate]
    """A sale counts for the teams its owner was in on its day, and for those above them."""
    quarters: dict[str, Rate]


def rates(*, today: date, since: date | None = None) -> Rates:
    """How well thanks were said until a day, since another one: without it, in the last four quarters."""
    fiscal_start = company.facts().fiscal_start
    since = since or _quarters_ago(today, fiscal_start)
    found = occasions(today=today, since=since)
    people: dict[int, list[_Thanked]] = defaultdict(list)
    teams: dict[int, list[_Thanked]] = defaultdict(list)
    quarters: dict[str, list[_Thanked]] = defaultdict(list)
    members = terms()
    for pair in found:
        one = pair[0]
        people[one.owner_id].append(pair)
        quarters[periods.period_of("quarter", one.on, fiscal_start).name].append(pair)
        own = (term for term in members.get(one.owner_id, ()) if term.holds_on(one.on))
        for team in {team for term in own for team in term.teams}:
            teams[team].append(pair)
    names = dict(Person.select(Person.id, Person.name).tuples())
    called = dict(Team.select(Team.id, Team.name).tuples())
    return Rates(
        since,
        today,
        rate_of(found, today),
        _by_name({names[person]: own for person, own in people.items()}, today),
        _by_name({called[team]: own for team, own in teams.items()}, today),
        _by_name(quarters, today),
    )


_Thanked = tuple[Occasion, date | None]


def rate_of(found: Iterable[_Thanked], today: date) -> Rate:
    """The rate of some occasions, each with the day it was thanked for, as it stands on a day."""
    known = list(found)
    delays = [thanked - one.on for one, thanked in known if thanked is not None]
    in_time = sum(delay <= IN_TIME for delay in delays)
    late = sum(
        today - one.on > IN_TIME for one, thanked in known if thanked is None or thanked - one.on > IN_TIME
    )
    middle = float(median(delay.days for delay in delays)) if delays else None
    return Rate(in_time + late, in_time, len(delays), middle)


def _by_name(found: dict[str, list[_Thanked]], today: date) -> dict[str, Rate]:
    return {name: rate_of(found[name], today) for name in sorted(found, key=str.casefold)}


def _quarters_ago(today: date, fiscal_start: int) -> date:
    quarter = periods.period_of("quarter", today, fiscal_start)
    for _ in range(QUARTERS - 1):
        quarter = periods.previous_period("quarter", quarter, fiscal_start)
    return quarter.start
