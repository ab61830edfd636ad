"""Who may do what: one table for every path, checked inside the transaction that writes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from enum import IntEnum
from typing import ParamSpec, TypeVar

from salesboard.errors import NotAllowed
from salesboard.storage.ledger import Actor
from salesboard.storage.models import AccessKey, Membership, Person, Team
from salesboard.storage.prepared import Prepared, by_id

ROLES = ("rep", "lead", "manager", "admin")
LEADING = ("lead", "manager")
"""The roles of those who lead the teams they are in."""
REVOKED = "this key does not open this board any more; ask an admin"


class Reach(IntEnum):
    """How far a role reaches: nothing, one's own, one's teams', everything."""

    NOTHING = 0
    OWN = 1
    TEAM = 2
    ALL = 3


NOTHING, OWN, TEAM, ALL = Reach

WHO_MAY: dict[str, tuple[Reach, Reach, Reach, Reach]] = {
    #                      rep      lead     manager  admin
    "add deal": (OWN, TEAM, TEAM, ALL),
    "edit deal": (OWN, TEAM, TEAM, ALL),
    "give deal away": (NOTHING, TEAM, TEAM, ALL),
    "move deal": (OWN, TEAM, TEAM, ALL),
    "reorder deal": (OWN, TEAM, TEAM, ALL),
    "win deal": (OWN, TEAM, TEAM, ALL),
    "lose deal": (OWN, TEAM, TEAM, ALL),
    "disqualify deal": (OWN, TEAM, TEAM, ALL),
    "reopen deal": (OWN, TEAM, TEAM, ALL),
    "archive deal": (OWN, TEAM, TEAM, ALL),
    "note on deal": (OWN, TEAM, TEAM, ALL),
    "add account": (ALL, ALL, ALL, ALL),
    "edit account": (ALL, ALL, ALL, ALL),
    "withdraw thanks": (OWN, TEAM, TEAM, ALL),
    "add contact": (ALL, ALL, ALL, ALL),
    "edit contact": (ALL, ALL, ALL, ALL),
    "edit products": (NOTHING, NOTHING, ALL, ALL),
    "edit teams": (NOTHING, NOTHING, NOTHING, ALL),
    "edit people": (NOTHING, NOTHING, NOTHING, ALL),
    "give access": (NOTHING, NOTHING, NOTHING, ALL),
    "edit stages": (NOTHING, NOTHING, NOTHING, ALL),
    "edit company": (NOTHING, NOTHING, NOTHING, ALL),
    "import": (NOTHING, NOTHING, ALL, ALL),
    "undo": (OWN, TEAM, TEAM, ALL),
    "set goal": (NOTHING, TEAM, TEAM, ALL),
    "propose goal": (OWN, TEAM, TEAM, ALL),
    "acknowledge goal": (OWN, OWN, OWN, OWN),
    "review goal": (NOTHING, TEAM, TEAM, ALL),
    "keep own inbox": (OWN, OWN, OWN, OWN),
    "decide on reward": (NOTHING, TEAM, TEAM, ALL),
    "give kudos": (ALL, ALL, ALL, ALL),
    "see profile": (OWN, TEAM, TEAM, ALL),
    "edit profile": (NOTHING, TEAM, TEAM, ALL),
    "share out goal": (NOTHING, TEAM, TEAM, ALL),
    "assess milestone": (OWN, TEAM, TEAM, ALL),
    "seal quarter": (NOTHING, NOTHING, ALL, ALL),
    "set season": (NOTHING, NOTHING, ALL, ALL),
    "set category": (NOTHING, NOTHING, ALL, ALL),
    "nominate": (ALL, ALL, ALL, ALL),
    "screen nominations": (NOTHING, ALL, ALL, ALL),
    "judge": (OWN, OWN, OWN, OWN),
    "decide award": (OWN, OWN, ALL, ALL),
    "host night": (OWN, OWN, ALL, ALL),
}
"""Action by role. Of what nobody owns (accounts, people, …) only `ALL` may be said yes to."""

IN_WORDS = {
    OWN: "a rep's own",
    TEAM: "those of one's own teams",
}

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def writes(action: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Mark a function that changes something with its action in the table; an unknown action is a mistake."""
    if action not in WHO_MAY:
        raise LookupError(f"{action!r} has no row in the table of permissions")

    def mark(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        function.action = action  # type: ignore[attr-defined]
        return function

    return mark


def reach(role: str, action: str) -> Reach:
    """How far a role reaches in an action."""
    return WHO_MAY[action][ROLES.index(role)]


def require(
    actor: Actor, action: str, *, today: date, owner: int | None = None, team: int | None = None
) -> None:
    """Refuse what the actor may not do now; role, teams and the key they came in with are read afresh.

    `owner` is the person whose deal or act it is, if it is anybody's; `team` the one it is about, if it is a
    whole team's. The program itself may do anything.
    """
    if actor.id is None:
        return
    person = by_id(Person, actor.id)
    if person is None or not person.active:
        raise NotAllowed(f"{actor.name} is not active on this board any more; ask an admin")
    if actor.key is not None and not _opens_for(actor.key, actor.id):
        raise NotAllowed(REVOKED)
    allowed = reach(person.role, action)
    if allowed is ALL or (allowed >= OWN and owner == actor.id):
        return
    if allowed is TEAM and owner is not None and teams_led(actor.id, today) & teams_of(owner, today):
        return
    if allowed is TEAM and team is not None and team in teams_led(actor.id, today):
        return
    raise NotAllowed(_refusal(person, action, allowed, owner))


def _opens_for(key: int, person: int) -> bool:
    """Whether a key opens the board for a person."""
    row = by_id(AccessKey, key)
    return row is not None and row.revoked_at is None and row.person_id == person


def may(actor: Actor, action: str, *, today: date, owner: int | None = None, team: int | None = None) -> bool:
    """Whether `require` would let it pass."""
    try:
        require(actor, action, today=today, owner=owner, team=team)
    except NotAllowed:
        return False
    return True


def refuse_own(actor: Actor, action: str, what: str, *, whose: int | None, today: date) -> None:
    """Refuse to decide on oneself, as long as somebody else on this board may decide it."""
    if actor.id is None or whose != actor.id:
        return
    for other in Person.select().where(Person.active == 1, Person.id != whose).order_by(Person.id):
        if may(Actor(other.id, other.handle, other.name), action, today=today, owner=whose):
            raise NotAllowed(f"nobody decides on {what}; ask {other.name}")


def _refusal(person: Person, action: str, allowed: Reach, owner: int | None) -> str:
    able = [role for role in ROLES if reach(role, action) > allowed]
    helpers = f"ask {' or '.join(a_role(role) for role in able)}" if able else "nobody may"
    if allowed is NOTHING or owner is None:
        return f"{a_role(person.role)} may not {action}; {helpers}"
    whose = by_id(Person, owner)
    name = whose.name if whose else "somebody else"
    return f"it is {name}'s: {a_role(person.role)} may {action} only on {IN_WORDS[allowed]}; {helpers}"


def a_role(role: str) -> str:
    """`a lead`, `an admin`."""
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"


def teams_below(team: int) -> set[int]:
    """A team and all teams beneath it."""
    children: dict[int | None, list[int]] = {}
    for identity, parent in _PARENTS.tuples():
        children.setdefault(parent, []).append(identity)
    found, open_ends = {team}, [team]
    while open_ends:
        for child in children.get(open_ends.pop(), []):
            if child not in found:
                found.add(child)
                open_ends.append(child)
    return found


def belongs(on: date) -> object:
    """The condition that a membership holds on a day."""
    return (Membership.from_on.is_null() | (Membership.from_on <= on)) & (
        Membership.until_on.is_null() | (Membership.until_on > on)
    )


_PARENTS = Prepared(lambda: Team.select(Team.id, Team.parent))
_TEAMS_OF = Prepared(
    lambda person, on: Membership.select(Membership.team).where(Membership.person == person, belongs(on))
)


def teams_of(person: int, on: date) -> set[int]:
    """The teams a person is in on a day."""
    return {team for (team,) in _TEAMS_OF.tuples(person, on)}


def team_names(person: int | None, on: date) -> list[str]:
    """Names of the teams a person is in on a day."""
    query = Membership.select(Team.name).join(Team).where(Membership.person == person, belongs(on))
    return [name for (name,) in query.order_by(Team.name).tuples()]


def teams_led(person: int, on: date) -> set[int]:
    """This person's teams and the teams beneath them, on a day."""
    return set().union(*(teams_below(team) for team in teams_of(person, on)))


def people_led(person: int, on: date) -> set[int]:
    """Everybody in this person's teams and in the teams beneath them, on a day."""
    teams = teams_led(person, on)
    if not teams:
        return set()
    query = Membership.select(Membership.person).where(Membership.team.in_(teams), belongs(on))
    return {member for (member,) in query.tuples()}


def leads_of(teams: Collection[int], on: date) -> frozenset[int]:
    """Ids of the active leads and managers who are in one of these teams, or in one above it, on a day."""
    query = (
        Membership.select(Membership.person)
        .join(Person)
        .where(Person.active, Person.role.in_(LEADING), Membership.team.in_(_teams_above(teams)), belongs(on))
    )
    return frozenset(person for (person,) in query.tuples())


def _teams_above(teams: Collection[int]) -> set[int]:
    """These teams, and all teams above them."""
    parents = dict(_PARENTS.tuples())
    found: set[int] = set()
    for team in teams:
        above: int | None = team
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found


def admins() -> frozenset[int]:
    """Ids of the active admins."""
    query = Person.select(Person.id).where(Person.active, Person.role == "admin")
    return frozenset(person for (person,) in query.tuples())
