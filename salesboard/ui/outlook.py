"""What lies ahead of goals: their odds, kept as long as nothing has changed; for the back desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from salesboard.domain import standings
from salesboard.domain.goals import ACTIVE, goals
from salesboard.domain.odds import Range
from salesboard.domain.standings import GoalStanding, Odds
from salesboard.storage import ledger


@dataclass(frozen=True)
class Ahead:
    """What may come of a goal; None where one can not tell."""

    chance: float | None
    """That the target is reached by the last day, 0 to 1."""
    chances: tuple[float | None, ...]
    """That each milestone is reached in time."""
    range: Range | None
    """What it may stand at on its last day."""


class Outlook:
    """The odds of all goals that were asked for, on one day, at one end of the ledger."""

    def __init__(self) -> None:
        self._of: tuple[int, date] | None = None
        self._odds: Odds | None = None
        self._told: dict[tuple[int, int], Ahead] = {}

    def ahead(self, found: GoalStanding) -> Ahead:
        """What may come of a goal. Slow the first time, and again whenever the ledger has grown."""
        if self._odds is None or self._of != (ledger.end()[0], found.today):
            self._of = ledger.end()[0], found.today
            self._odds, self._told = Odds(found.today), {}
        key = found.goal.id, found.version.id
        if key not in self._told:
            self._told[key] = Ahead(
                self._odds.of_target(found), self._odds.of(found), self._odds.range(found)
            )
        return self._told[key]


def that_matters_most(person: int | None, today: date) -> GoalStanding | None:
    """How the goal stands that matters most to somebody; None where there is none.

    Other people's own goals are not even looked at.
    """
    near = [
        one
        for one in goals(statuses=(ACTIVE,))
        if one.scope.person in (None, person)
        and one.start_on <= today
        and (one.end_on is None or one.end_on >= today)
    ]
    return standings.matters_most(standings.stand(near, today=today), person, today=today) if near else None
