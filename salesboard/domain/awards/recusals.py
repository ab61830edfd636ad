"""Who may not judge whom: worked out from nominations, teams and deals each time, never kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from salesboard.domain import people
from salesboard.domain.permissions import LEADING, belongs
from salesboard.storage.models import Deal, Evidence, Membership, Nomination, Person, Team, Voice

DEAL = "deal"
SHORTLISTED = "shortlisted"

Recusals = Mapping[tuple[int, int], str]
"""Why a person may not judge a nomination, by nomination and person."""


@dataclass(frozen=True)
class Conflict:
    """Somebody who has to do with a nomination, and how."""

    nomination: int
    person: int
    why: str


def recusals(category: int, judges: Collection[int], *, today: date) -> Recusals:
    """Which of the judges may not judge which shortlisted nominations of a category on a day, and why.

    Who is nominated judges nobody in the category. Who nominates, leads the nominee's team, or owns a deal
    that is evidence does not judge that nominee. The first of these that holds is the reason given.
    """
    rows = list(Nomination.select().where(Nomination.category == category, Nomination.status == SHORTLISTED))
    members = _members(today)
    found: dict[tuple[int, int], str] = {}
    for one in (*_rivals(rows, today), *_nominators(rows), *_leads(rows, members), *_owners(rows)):
        if one.person in judges:
            found.setdefault((one.nomination, one.person), one.why)
    return found


def own_nominations(category: int, voters: Collection[int], *, today: date) -> Recusals:
    """Which of the shortlisted are the voters themselves, or their team: the one conflict of a team vote."""
    rows = list(Nomination.select().where(Nomination.category == category, Nomination.status == SHORTLISTED))
    return {
        (row.id, person): "is nominated"
        for row in rows
        for person in honoured(row.person_id, row.team_id, today)
        if person in voters
    }


def nominees(category: int, *, today: date) -> set[int]:
    """The people who are shortlisted in a category, themselves or with their team."""
    rows = list(Nomination.select().where(Nomination.category == category, Nomination.status == SHORTLISTED))
    return {person for row in rows for person in honoured(row.person_id, row.team_id, today)}


def honoured(person: int | None, team: int | None, on: date) -> set[int]:
    """Whom an award is for: the person, or everybody in the team and the teams beneath it on a day."""
    return {person} if person is not None else people.members(team or 0, on)


def _members(today: date) -> dict[int, set[int]]:
    """The people of each team itself, without the teams beneath."""
    found: dict[int, set[int]] = defaultdict(set)
    for team, person in Membership.select(Membership.team, Membership.person).where(belongs(today)).tuples():
        found[team].add(person)
    return found


def _rivals(rows: Collection[Nomination], today: date) -> Iterable[Conflict]:
    own = {row.id: honoured(row.person_id, row.team_id, today) for row in rows}
    for row in rows:
        yield from (Conflict(row.id, person, "is nominated") for person in own[row.id])
    everybody = {person for group in own.values() for person in group}
    for row in rows:
        yield from (Conflict(row.id, person, "is nominated in the same category") for person in everybody)


def _nominators(rows: Collection[Nomination]) -> Iterable[Conflict]:
    query = Voice.select(Voice.nomination, Voice.author).where(
        Voice.nomination.in_([row.id for row in rows]), Voice.submitted_at.is_null(False)
    )
    return [Conflict(nomination, author, "nominated them") for nomination, author in query.tuples()]


def _leads(rows: Collection[Nomination], members: Mapping[int, set[int]]) -> Iterable[Conflict]:
    leading = {
        person
        for (person,) in Person.select(Person.id).where(Person.role.in_(LEADING), Person.active).tuples()
    }
    above = dict(Team.select(Team.id, Team.parent).tuples())
    for row in rows:
        teams = (
            [row.team_id]
            if row.team_id is not None
            else [team for team, group in members.items() if row.person_id in group]
        )
        for team in teams:
            for person in _lead_of(team, row.person_id, members, above, leading):
                yield Conflict(row.id, person, "leads their team")


def _lead_of(
    team: int | None,
    nominee: int | None,
    members: Mapping[int, set[int]],
    above: Mapping[int, int | None],
    leading: set[int],
) -> set[int]:
    """Who leads a team directly: its own lead, else the nearest one above; nobody leads themselves."""
    while team is not None:
        found = (members.get(team, set()) & leading) - {nominee}
        if found:
            return found
        team = above.get(team)
    return set()


def _owners(rows: Collection[Nomination]) -> Iterable[Conflict]:
    query = (
        Evidence.select(Voice.nomination, Evidence.fact, Evidence.frozen)
        .join(Voice)
        .where(
            Voice.nomination.in_([row.id for row in rows]),
            Voice.submitted_at.is_null(False),
            Evidence.fact.startswith(f"{DEAL}:"),
        )
    )
    of_deals: dict[int, set[int]] = defaultdict(set)
    for nomination, fact, frozen in query.tuples():
        number = fact.partition(":")[2]
        if number.isdigit():
            of_deals[int(number)].add(nomination)
        owner = (json.loads(frozen) if frozen else {}).get("owner")
        if isinstance(owner, int):
            yield Conflict(nomination, owner, "owned a deal that is evidence")
    owners = Deal.select(Deal.id, Deal.owner).where(Deal.id.in_(list(of_deals)))
    for deal, owner in owners.tuples():
        yield from (
            Conflict(nomination, owner, "owns a deal that is evidence") for nomination in of_deals[deal]
        )
