"""Who may be honoured in a category: long enough in a team in the award year, no lead where it says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from salesboard.domain import people
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import LEADING
from salesboard.storage.models import Judge, Membership, Person, Team

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
        self._of_person: dict[int, list[tuple[date, date]]] = defaultdict(list)
        self._of_team: dict[int, list[tuple[date, date]]] = defaultdict(list)
        above: dict[int | None, tuple[int, ...]] = {None: ()}
        for team in people.tree():
            above[team.id] = (*above[team.parent], team.id)
        columns = (Membership.person, Membership.team, Membership.from_on, Membership.until_on)
        for person, own, start, end in Membership.select(*columns).tuples():
            term = (start or date.min, end or date.max)
            self._of_person[person].append(term)
            for one in above[own]:
                self._of_team[one].append(term)
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
            terms: Sequence[tuple[date, date]] | None = self._of_person.get(person)
        else:
            name = self._teams[team or 0]
            terms = self._of_team.get(team or 0, [])
        if terms is None or not category.least_months:
            return None
        months = self._whole_months(terms)
        if months >= category.least_months:
            return None
        needed = f"{category.least_months} {_months(category.least_months)}"
        return (
            f"{name} was in a team for {months} {_months(months)} of the award year; "
            f"{category.name} needs {needed}"
        )

    def _whole_months(self, terms: Sequence[tuple[date, date]]) -> int:
        """Whole months of the award year on the days of these terms; days in two of them count once."""
        stretches: list[tuple[date, date]] = []
        for start, end in sorted(terms):
            start, end = max(start, self._first), min(end, self._after)
            if start >= end:
                continue
            if stretches and start <= stretches[-1][1]:
                start, end = stretches[-1][0], max(end, stretches.pop()[1])
            stretches.append((start, end))
        return sum(_months_between(*stretch) for stretch in stretches)


def _months_between(start: date, after: date) -> int:
    return (after.year - start.year) * 12 + after.month - start.month - (after.day < start.day)


def _months(number: int) -> str:
    return "month" if number == 1 else "months"


def why_not(
    category: CategoryFacts,
    season: SeasonFacts,
    *,
    person: int | None = None,
    team: int | None = None,
) -> str | None:
    """Why a nominee may not win a category; None where nothing speaks against it."""
    return Reasons(season).why_not(category, person=person, team=team)
