"""Who may be honoured in a category: long enough in a team in the award year, no lead where it says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.known import Term, terms
from salesboard.domain.permissions import LEADING
from salesboard.domain.text import counted
from salesboard.storage.models import Judge, Person, Team

if TYPE_CHECKING:
    from salesboard.domain.awards.categories import CategoryFacts

_DAY = timedelta(days=1)


class Reasons:
    """What keeps people and teams out of the categories of a season, all read at once."""

    def __init__(self, season: SeasonFacts) -> None:
        self._first = season.start_on
        self._after = season.end_on + _DAY
        self._names: dict[int, tuple[str, str]] = {
            identity: (name, role)
            for identity, name, role in Person.select(Person.id, Person.name, Person.role).tuples()
        }
        self._teams = dict(Team.select(Team.id, Team.name).tuples())
        self._of_person = terms()
        self._of_team: dict[int, list[Term]] = defaultdict(list)
        for term in chain.from_iterable(self._of_person.values()):
            for team in term.teams:
                self._of_team[team].append(term)
        self._judges: set[tuple[int, int]] = set(Judge.select(Judge.category, Judge.person).tuples())

    def why_not(
        self, category: CategoryFacts, *, person: int | None = None, team: int | None = None
    ) -> str | None:
        """Why a nominee may not win a category; None where nothing speaks against it."""
        if person is not None:
            name, role = self._names[person]
            if not category.leads_may_win and role in LEADING:
                return f"{name} is a {role}, and {category.name} is not for those who lead"
            if not category.leads_may_win and (category.id, person) in self._judges:
                return f"{name} judges {category.name}"
            # Of who was never in a team, nobody kept when they came.
            own = self._of_person.get(person)
        else:
            name = self._teams[team or 0]
            own = self._of_team.get(team or 0, [])
        if own is None or not category.least_months:
            return None
        months = self._whole_months(own)
        if months >= category.least_months:
            return None
        return (
            f"{name} was in a team for {counted(months, 'month')} of the award year; "
            f"{category.name} needs {counted(category.least_months, 'month')}"
        )

    def _whole_months(self, own: Sequence[Term]) -> int:
        """Whole months of the award year on the days of these terms; days in two of them count once."""
        stretches: list[tuple[date, date]] = []
        for term in sorted(own, key=attrgetter("start", "end")):
            start, end = max(term.start, self._first), min(term.end, self._after)
            if start >= end:
                continue
            if stretches and start <= stretches[-1][1]:
                start, end = stretches[-1][0], max(end, stretches.pop()[1])
            stretches.append((start, end))
        return sum(_months_between(*stretch) for stretch in stretches)


def _months_between(start: date, after: date) -> int:
    return (after.year - start.year) * 12 + after.month - start.month - (after.day < start.day)


def why_not(
    category: CategoryFacts,
    season: SeasonFacts,
    *,
    person: int | None = None,
    team: int | None = None,
) -> str | None:
    """Why a nominee may not win a category; None where nothing speaks against it."""
    return Reasons(season).why_not(category, person=person, team=team)
