"""Whose sales are meant: scopes and people as they are typed, and as they are answered."""

from __future__ import annotations

from contextlib import suppress

from salesboard.cli.opening import Board
from salesboard.domain import people
from salesboard.domain.gains import Scope
from salesboard.errors import NotFound, WrongUsage


def scope_of(board: Board, said: str) -> Scope:
    """Whose sales are meant: `company`, `team:West`, `person:mia`, or the name of one team or person."""
    kind, colon, name = said.strip().partition(":")
    kind, name = kind.strip().casefold(), name.strip()
    if colon and kind == "team":
        return Scope(team=people.find_team(name))
    if colon and kind == "person":
        return Scope(person=person_of(board, name))
    if kind == "company" and not name:
        return Scope()
    found = []
    for kind, find in (("team", people.find_team), ("person", people.find_person)):
        with suppress(NotFound):
            found.append(Scope(**{kind: find(said)}))
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUsage(f"{said!r} is a team and a person; write team:{said} or person:{said}")
    raise NotFound(f"{said!r} is no one team or person; write company, team:NAME or person:HANDLE")


def person_of(board: Board, said: str) -> int:
    """The person of a handle or name; `me` is whoever acts."""
    if said == "me" and board.actor.id is not None:
        return board.actor.id
    return people.find_person(said)


class Names:
    """What the people and the teams of a board are called, read once."""

    def __init__(self, board: Board) -> None:
        everybody = people.roster(board.today)
        self.handles = {one.id: one.handle for one in everybody}
        self.people = {one.id: one.name for one in everybody}
        self.teams = {one.id: one.name for one in people.tree()}

    def scope(self, scope: Scope) -> str:
        """A scope as it is typed: `company`, `team:West`, `person:mia`."""
        return f"person:{self.handles[scope.person]}" if scope.person is not None else self.in_full(scope)

    def in_full(self, scope: Scope) -> str:
        """A scope as it can be typed too: `company`, `team:West`, `person:Mia Berg`."""
        kind = "person:" if scope.person is not None else "team:" if scope.team is not None else ""
        return f"{kind}{self.called(scope)}"

    def called(self, scope: Scope) -> str:
        """`company`, `West`, `Mia Berg`."""
        if scope.person is not None:
            return self.people[scope.person]
        return self.teams[scope.team] if scope.team is not None else "company"
