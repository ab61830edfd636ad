"""The people on the board and their teams."""

from __future__ import annotations

from dataclasses import asdict

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, given, on_board
from salesboard.cli.output import answer, as_json, document, number, table, talk, words
from salesboard.domain import people as domain
from salesboard.domain.permissions import ROLES

Role = click.Choice(ROLES)


@click.group(cls=InOrder)
def people() -> None:
    """Who sells, leads or looks in."""


@people.command("list")
@as_json
@on_board
def list_people(board: Board, as_json: bool) -> None:
    """Everybody, with today's teams."""
    everybody = domain.roster(board.today)
    if as_json:
        return document([asdict(person) for person in everybody])
    table(
        ["handle", words("name"), "role", words("teams"), ""],
        [
            (one.handle, one.name, one.role, ", ".join(one.teams), "" if one.active else "not active")
            for one in everybody
        ],
    )


@people.command("add")
@click.argument("name")
@click.option("--handle", help="The short name on cards; made from the name if left out.")
@click.option("--role", type=Role, default="rep", show_default=True, help="How much they may do.")
@click.option(
    "--login", help="The operating system's name for them, by which they are known when they log in."
)
@click.option("--team", help="The team they have always been in.")
@on_board
def add_person(
    board: Board, name: str, handle: str | None, role: str, login: str | None, team: str | None
) -> None:
    """Add a person; their number is the answer."""
    with board.one_act("added"):
        joined = domain.find_team(team) if team else None
        made = domain.add_person(board.actor, name, now=board.now, handle=handle, role=role, login=login)
        if joined is not None:
            domain.join_team(board.actor, made, joined, now=board.now)
    talk(f"added {name}")
    answer(str(made))


@people.command("edit")
@click.argument("person")
@click.option("--name", help="Their name from now on.")
@click.option("--handle", help="The short name on cards.")
@click.option("--role", type=Role, help="How much they may do.")
@click.option("--login", help="The operating system's name for them; an empty one takes it away.")
@click.option("--active/--not-active", default=None, help="Whether they may act on this board.")
@on_board
def edit_person(
    board: Board,
    person: str,
    name: str | None,
    handle: str | None,
    role: str | None,
    login: str | None,
    active: bool | None,
) -> None:
    """Change a person, named by handle or name. What they did stays theirs."""
    changes = given(name=name, handle=handle, role=role, login=login, active=active)
    domain.edit_person(board.actor, domain.find_person(person), now=board.now, **changes)
    talk(f"changed {person}")


@click.group(cls=InOrder)
def teams() -> None:
    """Teams, and who is in them since when."""


@teams.command("list")
@as_json
@on_board
def list_teams(board: Board, as_json: bool) -> None:
    """All teams, each above the ones beneath it, with the people in it today."""
    tree = domain.tree()
    members = {team.id: domain.members(team.id, board.today) for team in tree}
    if as_json:
        return document([{**asdict(team), "members": sorted(members[team.id])} for team in tree])
    own: dict[str, list[str]] = {}
    for person in domain.roster(board.today):
        for team_name in person.teams:
            own.setdefault(team_name, []).append(person.handle)
    table(
        [words("team"), number("people"), words("its own")],
        [
            ("  " * team.depth + team.name, len(members[team.id]), ", ".join(own.get(team.name, ())))
            for team in tree
        ],
    )


@teams.command("add")
@click.argument("name")
@click.option("--under", metavar="TEAM", help="The team it is part of.")
@on_board
def add_team(board: Board, name: str, under: str | None) -> None:
    """Add a team; its number is the answer."""
    parent = domain.find_team(under) if under else None
    made = domain.add_team(board.actor, name, now=board.now, parent=parent)
    talk(f"added {name}")
    answer(str(made))


@teams.command("join")
@click.argument("person")
@click.argument("team")
@click.option(
    "--from", "from_on", metavar="DAY", help="The first day in the team; left out, it was always so."
)
@on_board
def join_team(board: Board, person: str, team: str, from_on: str | None) -> None:
    """Let a person be in a team; sales count for the team one was in on the day of the sale."""
    start = board.day(from_on, "--from", past=True) if from_on else None
    domain.join_team(
        board.actor, domain.find_person(person), domain.find_team(team), now=board.now, from_on=start
    )
    talk(f"{person} is in {team}{f' from {start}' if start else ''}")


@teams.command("leave")
@click.argument("person")
@click.argument("team")
@click.option(
    "--on", metavar="DAY", default="today", show_default=True, help="The first day not in the team any more."
)
@on_board
def leave_team(board: Board, person: str, team: str, on: str) -> None:
    """End a person's time in a team; what they sold before goes on counting for it."""
    end = board.day(on, "--on", past=True)
    domain.leave_team(
        board.actor, domain.find_person(person), domain.find_team(team), now=board.now, until_on=end
    )
    talk(f"{person} is not in {team} from {end} on")
