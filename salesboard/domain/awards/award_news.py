"""What the chair is told of awards: that what one was given for has changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from salesboard.domain import notices, people
from salesboard.domain.awards import categories, deciding, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.news import LOOKED_BACK, Withdrawal
from salesboard.domain.notices import Notice
from salesboard.domain.pipeline import WON
from salesboard.storage import ledger
from salesboard.storage.ledger import Head
from salesboard.storage.models import Award, Deal, Season

KIND = "awards"
NAMED = 2
"""So many changes are told in words."""


def basis_changed(heads: Collection[Head], *, today: date) -> Iterator[Notice | Withdrawal | str]:
    """Of decided awards whose basis these entries changed: one notice for those who decide.

    The award stays. Where all is as it was again, the notice is withdrawn.
    """
    days = _days_of_sales(heads)
    if not days:
        return
    told = notices.keys_told((KIND,), since=today - LOOKED_BACK)
    for season in _recent(today):
        if any(season.start_on <= day <= season.end_on for day in days):
            for found in categories.categories(season.id):
                yield from _news(found, season, told, today)


def _news(
    found: CategoryFacts, season: SeasonFacts, told: Collection[str], today: date
) -> Iterator[Notice | Withdrawal | str]:
    decided = Award.select().where(Award.category == found.id).order_by(Award.place).first()
    if decided is None:
        return
    key = f"basis:{decided.id}"
    changed = list(deciding.basis(found, today=today))
    if key in told:
        yield key if changed else Withdrawal(key, f"what {found.name} was decided on is as it was again")
    elif changed:
        more = f"; and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        words = f"{found.name} is decided, and its basis has changed: {'; '.join(changed[:NAMED])}{more}"
        chairs = _chairs(found, season, today)
        yield Notice(key, KIND, words, chairs, today, "attention", "programme:0")


def _days_of_sales(heads: Collection[Head]) -> set[date]:
    """The days of all sales that these entries made, changed or took back."""
    bodies = ledger.changes_of([head.seq for head in heads])
    deals = [change for changes in bodies.values() for change in changes if change.table == "deal"]
    states = [state for change in deals for state in (change.before, change.after) if state]
    days = {date.fromisoformat(str(state["closed_on"])) for state in states if state.get("closed_on")}
    sales = Deal.select(Deal.closed_on).where(
        Deal.id.in_([change.row for change in deals]), Deal.status == WON
    )
    return days | {day for (day,) in sales.tuples()}


def _recent(today: date) -> list[SeasonFacts]:
    query = Season.select(Season.id).where(Season.night_on >= today - LOOKED_BACK)
    return [seasons.season(identity) for (identity,) in query.tuples()]


def _chairs(found: CategoryFacts, season: SeasonFacts, today: date) -> frozenset[int]:
    """Whoever may decide the category: the host, managers and admins, but none who are nominated in it."""
    able = (people.as_actor(person) for person in people.active())
    return frozenset(
        one.id for one in able if one.id is not None and deciding.is_chair(one, found, season, today=today)
    )
