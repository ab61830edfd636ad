"""The people who sell, their roles, and their time in teams."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from salesboard.domain import company, text
from salesboard.domain.permissions import ROLES, belongs, require, teams_below, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Membership, Person, Team

if TYPE_CHECKING:
    from salesboard.domain.gains import Scope


@dataclass(frozen=True)
class PersonFacts:
    """Somebody on the board."""

    id: int
    handle: str
    """The short name by which one is called on cards and on the command line."""
    name: str
    role: str
    active: bool
    teams: tuple[str, ...]
    """Names of the teams one is in on the day asked for."""


@dataclass(frozen=True)
class TeamFacts:
    """A team with its place in the tree."""

    id: int
    name: str
    parent: int | None
    depth: int


def free_handle(wish: str) -> str:
    """A handle made from a name or login that nobody has yet."""
    words = re.findall(r"[^\W_]+", wish.casefold())
    base = (words[0] if words else "somebody")[:16]
    taken = {handle for (handle,) in Person.select(Person.handle).tuples()}
    return _untaken(base, words, taken)


def _untaken(base: str, words: list[str], taken: set[str]) -> str:
    if base not in taken:
        return base
    if len(words) > 1:
        for length in range(1, len(words[-1]) + 1):
            if (longer := base + words[-1][:length]) not in taken:
                return longer
    number = 2
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"


def handles_for(names: list[str], taken: set[str]) -> list[str]:
    """One free handle for each of these names, none twice."""
    taken = set(taken)
    handles = []
    for name in names:
        words = re.findall(r"[^\W_]+", name.casefold())
        handles.append(_untaken((words[0] if words else "somebody")[:16], words, taken))
        taken.add(handles[-1])
    return handles


def _checked_handle(handle: str) -> str:
    cleaned = text.clean(handle, field="handle", limit=24).casefold()
    if not re.fullmatch(r"[^\W_][\w.-]*", cleaned):
        raise Refused(f"{handle!r} is no handle; use letters, digits, dots and hyphens")
    return cleaned


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise Refused(f"{role!r} is no role; the roles are {', '.join(ROLES)}")
    return role


@writes("edit people")
def add_person(
    actor: Actor,
    name: str,
    *,
    now: datetime,
    handle: str | None = None,
    role: str = "rep",
    login: str | None = None,
) -> int:
    """Add a person and hand back the id. Refused: a name, handle or login that is taken, an unknown role."""
    cleaned = text.clean_name(name, field="name")
    login = text.optional(login, field="login")
    with ledger.entry(actor, "added", now=now) as entry:
        require(actor, "edit people", today=company.facts().today(now))
        wanted = _checked_handle(handle) if handle else free_handle(cleaned)
        _refuse_taken(None, handle=wanted, login=login, key=text.match_key(cleaned))
        person = entry.insert(
            Person,
            handle=wanted,
            name=cleaned,
            key=text.match_key(cleaned),
            role=_checked_role(role),
            login=login,
        )
    return int(person.id)


def _refuse_taken(but: int | None, *, handle: str | None, login: str | None, key: str | None) -> None:
    for column, value, called in (
        (Person.handle, handle, "handle"),
        (Person.login, login, "login"),
        (Person.key, key, "name"),
    ):
        if value is None:
            continue
        other = Person.get_or_none((column == value) & (Person.id != (but or 0)))
        if other is not None:
            raise Refused(f"{other.name} has that {called} already; choose another one")


@writes("edit people")
def edit_person(
    actor: Actor,
    person: int,
    *,
    now: datetime,
    name: str | None = None,
    handle: str | None = None,
    role: str | None = None,
    login: str | None = None,
    active: bool | None = None,
) -> None:
    """Change a person. Refused: what is taken, and taking away the last active admin."""
    changes: dict[str, object] = {}
    if name is not None:
        cleaned = text.clean_name(name, field="name")
        changes |= {"name": cleaned, "key": text.match_key(cleaned)}
    if handle is not None:
        changes["handle"] = _checked_handle(handle)
    if role is not None:
        changes["role"] = _checked_role(role)
    if login is not None:
        login = text.optional(login, field="login")
        changes["login"] = login
    if active is not None:
        changes["active"] = active
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit people", today=company.facts().today(now))
        row = Person.get_or_none(Person.id == person)
        if row is None:
            raise NotFound(f"there is no person {person}")
        key = str(changes["key"]) if "key" in changes else None
        _refuse_taken(person, handle=str(changes["handle"]) if handle else None, login=login, key=key)
        entry.subject = row
        entry.update(row, **changes)
        require_an_admin()


def require_an_admin() -> None:
    """Refuse to go on without anybody who may change who may do what."""
    if not Person.select().where(Person.role == "admin", Person.active).exists():
        raise Refused("that would leave the board without an active admin; make somebody else an admin first")


@writes("edit teams")
def add_team(actor: Actor, name: str, *, now: datetime, parent: int | None = None) -> int:
    """Add a team beneath another or at the top and hand back its id. Refused: a name twice in one place."""
    cleaned = text.clean(name, field="team name")
    with ledger.entry(actor, "added", now=now) as entry:
        require(actor, "edit teams", today=company.facts().today(now))
        if parent is not None and Team.get_or_none(Team.id == parent) is None:
            raise NotFound(f"there is no team {parent} to put {cleaned} under")
        beside = Team.select().where(Team.parent.is_null() if parent is None else Team.parent == parent)
        if any(text.match_key(team.name) == text.match_key(cleaned) for team in beside):
            raise Refused(f"there is a team {cleaned} here already")
        team = entry.insert(Team, name=cleaned, key=text.match_key(cleaned), parent=parent)
    return int(team.id)


@writes("edit teams")
def join_team(actor: Actor, person: int, team: int, *, now: datetime, from_on: date | None = None) -> int:
    """Let a person be in a team from a day on (none: since ever). Refused: being in it already then."""
    with ledger.entry(actor, "joined", now=now) as entry:
        require(actor, "edit teams", today=company.facts().today(now))
        row, joined = Person.get_or_none(Person.id == person), Team.get_or_none(Team.id == team)
        if row is None or joined is None:
            raise NotFound("there is no such person or team")
        same = Membership.select().where(Membership.person == person, Membership.team == team)
        for membership in same:
            if membership.until_on is None or from_on is None or membership.until_on > from_on:
                raise Refused(f"{row.name} is in {joined.name} at that time already")
        entry.subject = row
        membership = entry.insert(Membership, person=person, team=team, from_on=from_on)
    return int(membership.id)


@writes("edit teams")
def leave_team(actor: Actor, person: int, team: int, *, now: datetime, until_on: date) -> None:
    """Let a person's time in a team end before a day. Refused: not being in it then."""
    with ledger.entry(actor, "left", now=now) as entry:
        require(actor, "edit teams", today=company.facts().today(now))
        row = Membership.get_or_none(
            (Membership.person == person) & (Membership.team == team) & Membership.until_on.is_null()
        )
        if row is None:
            raise NotFound("that person is not in that team")
        if row.from_on is not None and until_on <= row.from_on:
            raise Refused(f"the time in a team began on {row.from_on}; it can not end before {until_on}")
        entry.subject = Person.get_by_id(person)
        entry.update(row, until_on=until_on)


def roster(on: date) -> list[PersonFacts]:
    """Everybody, by name, with the teams of a day."""
    teams: dict[int, list[str]] = {}
    query = (
        Membership.select(Membership.person, Team.name)
        .join(Team)
        .where(belongs(on))
        .order_by(Team.name)
        .tuples()
    )
    for person, name in query:
        teams.setdefault(person, []).append(name)
    return [
        PersonFacts(row.id, row.handle, row.name, row.role, row.active, tuple(teams.get(row.id, ())))
        for row in Person.select().order_by(Person.name)
    ]


def tree() -> list[TeamFacts]:
    """All teams, each before the ones beneath it."""
    children: dict[int | None, list[Team]] = {}
    for team in Team.select().order_by(Team.name):
        children.setdefault(team.parent_id, []).append(team)
    found: list[TeamFacts] = []

    def walk(parent: int | None, depth: int) -> None:
        for team in children.get(parent, []):
            found.append(TeamFacts(team.id, team.name, parent, depth))
            walk(team.id, depth + 1)

    walk(None, 0)
    return found


def members(team: int, on: date) -> set[int]:
    """Everybody in a team or beneath it on a day."""
    query = Membership.select(Membership.person).where(Membership.team.in_(teams_below(team)), belongs(on))
    return {person for (person,) in query.tuples()}


def active() -> set[int]:
    """Ids of everybody who is active."""
    return {person for (person,) in Person.select(Person.id).where(Person.active).tuples()}


def whose_sales(scope: Scope, on: date) -> set[int]:
    """Ids of those whose sales count for a scope on a day: the person, the active members of the team and of
    those beneath it, or everybody who is active."""
    if scope.person is not None:
        return {scope.person}
    return active() if scope.team is None else members(scope.team, on) & active()


def find_person(said: str) -> int:
    """The person of this handle, name or id; a unique beginning of either name is enough."""
    key = text.match_key(said)
    everybody = list(Person.select(Person.id, Person.handle, Person.name, Person.key).tuples())
    for identity, handle, _, own_key in everybody:
        if said.casefold() == handle or key == own_key or said == str(identity):
            return int(identity)
    close = [
        (identity, name)
        for identity, handle, name, own_key in everybody
        if key
        and (own_key.startswith(key) or handle.startswith(key) or key in map(text.match_key, name.split()))
    ]
    if len(close) == 1:
        return int(close[0][0])
    if close:
        raise NotFound(f"{said!r} could be {', '.join(name for _, name in close[:4])}; say more")
    raise NotFound(f"there is no person {said!r}; 'salesboard people list' shows everybody")


def find_team(said: str) -> int:
    """The team of this name or id; a unique beginning is enough."""
    key = text.match_key(said)
    teams = list(Team.select(Team.id, Team.name, Team.key).tuples())
    exact = [(identity, name) for identity, name, own in teams if own == key or said == str(identity)]
    close = exact or [(identity, name) for identity, name, own in teams if key and own.startswith(key)]
    if len(close) == 1:
        return int(close[0][0])
    if close:
        raise NotFound(f"{said!r} could be {', '.join(name for _, name in close[:4])}; say more")
    raise NotFound(f"there is no team {said!r}")


def as_actor(person: int) -> Actor:
    """The person as somebody who acts. Refused: who is not active."""
    row = Person.get_or_none(Person.id == person)
    if row is None:
        raise NotFound(f"there is no person {person}")
    if not row.active:
        raise Refused(f"{row.name} is not active on this board; ask an admin")
    return Actor(row.id, row.handle, row.name)


def whoever_is(login: str) -> Actor:
    """Who acts when the system knows the user as `login`: the person of that login, else the only person."""
    row = Person.get_or_none(Person.login == login)
    if row is None:
        alone = list(Person.select().limit(2))
        if len(alone) != 1:
            raise Refused(
                f"nobody on this board has the login {login!r}; ask an admin, "
                "or say --as HANDLE if the file is yours"
            )
        row = alone[0]
    return as_actor(row.id)
