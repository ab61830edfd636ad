"""What files say about people: who sells, who leads, in which team beneath which region."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from salesboard.domain import text
from salesboard.domain.people import handles_for
from salesboard.domain.permissions import ROLES
from salesboard.errors import Refused
from salesboard.importing import merging
from salesboard.importing.columns import PEOPLE
from salesboard.importing.directory import changed_here_too
from salesboard.importing.matching import Names, Ref
from salesboard.importing.outline import TEAMS, Plan
from salesboard.importing.sources import Source
from salesboard.importing.table import Row as TableRow
from salesboard.importing.values import Reader, eighteen
from salesboard.storage.models import Membership, Person, Team

MANAGER, REP = "manager", "rep"


@dataclass
class _Said:
    """One row of a file of people."""

    source: Source
    row: TableRow
    ref: Ref
    manager: Ref | None
    manager_id: str | None
    team: str | None
    region: str | None


@dataclass
class Staff:
    """Collects the rows about people, then forms their teams and compares with the board."""

    plan: Plan
    people: Names
    today: date
    by_id: dict[str, Ref] = field(default_factory=dict)
    """People by their key in the file they came with."""
    _said: list[_Said] = field(default_factory=list)
    _claims: dict[Ref, dict[str, Any]] = field(default_factory=dict)
    _first: dict[Ref, tuple[Source, TableRow]] = field(default_factory=dict)
    _teams: dict[tuple[Ref | None, str], Ref] = field(default_factory=dict)
    _wanted: dict[Ref, dict[Ref, None]] = field(default_factory=dict)
    """The teams that each person should be in."""
    _doubtful: set[Ref] = field(default_factory=set)
    _logins: dict[str, Ref] = field(default_factory=dict)
    _handles: dict[str, Ref] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, handle, login in Person.select(Person.id, Person.handle, Person.login).tuples():
            self._handles[handle] = row
            if login:
                self._logins[login] = row

    def read(self, source: Source, reader: Reader) -> None:
        """Take in a file of people."""
        places = source.columns.places
        for row in source.read_rows():
            if row.fault is not None:
                self.plan.refuse(source, row.line, row.cells, row.fault)
                continue
            try:
                self._read(source, reader, row, {name: row.cells[place] for name, place in places.items()})
            except Refused as refused:
                self.plan.refuse(source, row.line, row.cells, str(refused))

    def new_rep(self, name: str) -> Ref:
        """Note a rep who is only mentioned as the owner of a deal."""
        return self._new(name, {"role": REP})

    def finish(self) -> None:
        """Form the teams and find what changes on the board."""
        for said in self._said:
            if said.manager is None and said.manager_id is not None:
                said.manager = self.by_id.get(said.manager_id)
        self._know_teams()
        of_manager = {said.ref: said for said in self._said if said.manager not in (None, said.ref)}
        for said in self._said:
            self._place(said, of_manager)
        joined = self._join()
        self._compare(joined)

    def name_new_handles(self) -> None:
        """Give every new person a free handle; those that are in a file come first."""
        nameless = [person for person in self.people.new if not person.get("handle")]
        handles = handles_for([str(person["name"]) for person in nameless], set(self._handles))
        for person, handle in zip(nameless, handles, strict=True):
            person["handle"] = handle

    def _read(self, source: Source, reader: Reader, row: TableRow, cell: Mapping[str, str]) -> None:
        both = f"{cell.get('first_name', '')} {cell.get('last_name', '')}"
        name = text.clean_name(cell.get("name", "").strip() or both, field="name")
        claims: dict[str, Any] = {}
        if role := text.match_key(cell.get("role", "")):
            # Other systems' roles are titles; they give no rights here.
            claims["role"] = role if role in ROLES else REP
        if "login" in cell:
            claims["login"] = text.optional(cell["login"], field="login")
        if cell.get("active", "").strip():
            claims["active"] = reader.truth(cell["active"], "active")
        manager_name = text.optional(cell.get("manager"), field="manager")
        team = text.optional(cell.get("team"), field="team")
        region = text.optional(cell.get("region"), field="region")
        handle = (text.optional(cell.get("handle"), field="handle", limit=24) or "").casefold()
        ref = self.people.find(name)
        self._refuse_taken(ref, claims.get("login"), handle)
        if ref is None:
            ref = self._new(name, {"handle": handle or None, "role": REP, **claims})
            self.people.knows_as(ref, handle)
        elif ref >= 0:
            self._claims.setdefault(ref, {}).update(claims)
        elif "role" in claims:
            self.people.new[~ref].update(claims)
        self._first.setdefault(ref, (source, row))
        if claims.get("login"):
            self._logins[claims["login"]] = ref
        if handle:
            self._handles[handle] = ref
        if identity := reader.identity(cell.get("id", ""), "id"):
            self.by_id.setdefault(eighteen(identity), ref)
        manager = self._manager(manager_name) if manager_name else None
        manager_id = reader.identity(cell.get("manager_id", ""), "manager id")
        self._said.append(
            _Said(source, row, ref, manager, eighteen(manager_id) if manager_id else None, team, region)
        )

    def _refuse_taken(self, ref: Ref | None, login: str | None, handle: str) -> None:
        if login and self._logins.get(login, ref) != ref:
            raise Refused(f"somebody else has the login {text.echo(login)}")
        if handle and self._handles.get(handle, ref) != ref:
            raise Refused(f"somebody else has the handle {text.echo(handle)}")
        if handle and not re.fullmatch(r"[^\W_][\w.-]*", handle):
            raise Refused(f"{text.echo(handle)} is no handle; use letters, digits, dots and hyphens")

    def _new(self, name: str, values: Mapping[str, Any]) -> Ref:
        ref = self.people.add(name, {"name": name, "key": text.match_key(name), **values})
        self.plan.counts[PEOPLE].new += 1
        return ref

    def _manager(self, name: str) -> Ref:
        ref = self.people.find(name)
        return self._new(name, {"role": REP}) if ref is None else ref

    # --- teams ---

    def _know_teams(self) -> None:
        for row, parent, key in Team.select(Team.id, Team.parent, Team.key).order_by(Team.id).tuples():
            self._teams.setdefault((parent, key), row)

    def _team(self, name: str, parent: Ref | None) -> Ref:
        """The team of this name in this place; noted where there is none."""
        key = text.match_key(name)
        if (parent, key) not in self._teams:
            self.plan.work.teams.append({"name": name, "key": key, "parent": parent})
            self._teams[parent, key] = ~(len(self.plan.work.teams) - 1)
            self.plan.counts[TEAMS].new += 1
        return self._teams[parent, key]

    def _place(self, said: _Said, of_manager: Mapping[Ref, _Said]) -> None:
        if said.manager is None:
            region = self._team(said.region, None) if said.region else None
            team = self._team(said.team, region) if said.team else region
            self._wants(said.ref, team)
            return
        team = self._led_by(said.manager, said, of_manager, set())
        self._wants(said.manager, team)
        self._wants(said.ref, team)
        self._leads(said.manager)

    def _led_by(self, manager: Ref, said: _Said, of_manager: Mapping[Ref, _Said], above: set[Ref]) -> Ref:
        """The manager's team, in the region, or in the team of who leads the manager."""
        own = of_manager.get(manager)
        parent: Ref | None
        if own is not None and own.manager is not None and own.manager not in above and manager not in above:
            parent = self._led_by(own.manager, own, of_manager, above | {manager})
        else:
            parent = self._team(said.region, None) if said.region else None
        return self._team(said.team or self.people.name(manager), parent)

    def _wants(self, person: Ref, team: Ref | None) -> None:
        if team is not None:
            self._wanted.setdefault(person, {})[team] = None

    def _leads(self, person: Ref) -> None:
        if person < 0:
            if self.people.new[~person]["role"] == REP:
                self.people.new[~person]["role"] = MANAGER
        else:
            self._claims.setdefault(person, {})["role"] = MANAGER

    def _join(self) -> set[Ref]:
        """Note the memberships that are missing; hands back the people of the board who get one."""
        joined: set[Ref] = set()
        known: dict[int, list[tuple[int, int, date | None]]] = {}
        for row, person, team, until in Membership.select(
            Membership.id, Membership.person, Membership.team, Membership.until_on
        ).tuples():
            known.setdefault(person, []).append((row, team, until))
        for person, wanted in self._wanted.items():
            before = known.get(person, [])
            missing = [team for team in wanted if all(team != there for _, there, _ in before)]
            if not missing:
                continue
            elsewhere = [row for row, team, until in before if until is None and team not in wanted]
            if elsewhere and not self.plan.options.take_doubtful and person in self._first:
                source, row = self._first[person]
                self._doubtful.add(person)
                name = self.people.name(person)
                self.plan.doubt(
                    source, row.line, row.cells, f"{name} is in another team on the board, and stays there"
                )
                continue
            self.plan.work.left += [(row, self.today) for row in elsewhere]
            since = self.today if before else None
            self.plan.work.memberships += [(person, team, since) for team in missing]
            if person >= 0:
                joined.add(person)
        return joined

    def _compare(self, joined: set[Ref]) -> None:
        """What changes about people of the board: their role, login, whether they are active."""
        mentioned = [
            ref
            for ref in {**self._first, **self._claims, **self._wanted}
            if ref >= 0 and ref not in self._doubtful
        ]
        changes: list[tuple[int, dict[str, Any]]] = []
        for part in merging.parts(mentioned):
            board = {row["id"]: row for row in Person.select().where(Person.id.in_(part)).dicts()}
            before = merging.said_before(Person, part)
            for ref in part:
                claims = self._raised(self._claims.get(ref, {}), board[ref])
                settled = merging.settle(
                    claims, board[ref], before.get(ref), take_doubtful=self.plan.options.take_doubtful
                )
                if settled.changes:
                    changes.append((ref, settled.changes))
                self._count(ref, settled.doubts, bool(settled.changes) or ref in joined)
        self.plan.work.changed[PEOPLE] = changes
        self.plan.work.relied |= {row for row, _ in changes}

    def _raised(self, claims: Mapping[str, Any], board: Mapping[str, Any]) -> dict[str, Any]:
        """What is said of a person, without a role below the present one: a file takes no rights away."""
        kept = dict(claims)
        if "role" in kept and ROLES.index(kept["role"]) <= ROLES.index(board["role"]):
            del kept["role"]
        return kept

    def _count(self, ref: Ref, doubts: Sequence[str], changed: bool) -> None:
        if doubts and ref in self._first:
            source, row = self._first[ref]
            self.plan.doubt(source, row.line, row.cells, changed_here_too(doubts))
        elif changed:
            self.plan.counts[PEOPLE].changed += 1
        elif ref in self._first or ref in self._wanted:
            self.plan.counts[PEOPLE].same += 1
