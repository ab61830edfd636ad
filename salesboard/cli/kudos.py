"""Saying well done on the command line: kudos, the feed, and what is owed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amount, answer, as_json, counted, document, number, table, talk, words
from salesboard.cli.scopes import Names
from salesboard.domain import people, recognition
from salesboard.domain.recognition import Achievement, Coverage, Debt, Told


@click.group(cls=InOrder)
def kudos() -> None:
    """Kudos: say well done for something that happened, and see what nobody has said a word about."""


@kudos.command("give")
@click.argument("person")
@click.argument("fact")
@click.argument("said", metavar="WORDS")
@on_board
def give(board: Board, person: str, fact: str, said: str) -> None:
    """Say well done to somebody for a fact.

    FACT is deal:NUMBER, milestone:NUMBER, or record:PERIOD:METRIC:WHOSE:START such as
    record:month:revenue:company:2017-06-01. The number of the kudos is the answer.
    """
    whom = people.find_person(person)
    made = recognition.give_kudos(board.actor, whom, fact, said, now=board.now)
    name = next(one.name for one in people.roster(board.today) if one.id == whom)
    talk(f"{name} gets your kudos for {recognition.find_fact(fact, today=board.today).what}")
    answer(str(made))


@kudos.command("feed")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="So far back.")
@click.option("--team", metavar="TEAM", help="Only what concerns the members of this team.")
@click.option("--person", metavar="PERSON", help="Only what concerns this person, whatever the team.")
@as_json
@on_board
def feed(board: Board, days: int, team: str | None, person: str | None, as_json: bool) -> None:
    """Kudos, milestones reached and sales, newest first."""
    among: set[int] | None = None
    if person:
        among = {people.find_person(person)}
    elif team:
        among = people.members(people.find_team(team), board.today)
    found = recognition.feed(today=board.today, since=board.today - timedelta(days=days), among=among)
    handles = Names(board).handles
    if as_json:
        return document([_told(one, handles, board.currency) for one in found])
    table(
        ["on", "what", "who", words("for"), words("said"), number(f"amount {board.currency}")],
        [
            (
                one.on,
                one.kind,
                f"{handles[one.author]} to {handles[one.person]}" if one.author else handles[one.person],
                one.what,
                one.words or "",
                amount(one.amount_minor, board.currency),
            )
            for one in found
        ],
    )
    if not found:
        talk(f"nothing in the last {counted(days, 'day')}")


def _told(one: Told, handles: dict[int, str], currency: str) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "on": one.on,
        "at": one.at,
        "person": handles[one.person],
        "author": handles[one.author] if one.author else None,
        "fact": one.fact,
        "what": one.what,
        "words": one.words,
        "amount_minor": one.amount_minor,
        "currency": currency,
    }


@kudos.command("owed")
@click.option("--all", "everybody", is_flag=True, help="Of everybody, not only of those you lead.")
@as_json
@on_board
def owed(board: Board, everybody: bool, as_json: bool) -> None:
    """Sales and milestones of the last ninety days about which nobody has said a word, oldest first.

    A word is kudos to whose it is, or thanks to the account since the sale. With it, how much of what each
    achieved was acknowledged, and what each lead owes.
    """
    found = recognition.achievements(today=board.today)
    mine = recognition.beside(board.actor, board.today)
    shown = [one for one in found if everybody or one.person in mine]
    silent = [one for one in shown if not one.said]
    covered = recognition.coverage(shown)
    owing = recognition.debts(found, today=board.today)
    handles = Names(board).handles
    if as_json:
        return document(
            {
                "as_of": board.today,
                "currency": board.currency,
                "owed": len(silent),
                "overdue": sum(one.overdue for one in silent),
                "achievements": [_owed(one, handles) for one in silent],
                "people": [_covered(one) for one in covered],
                "leads": [_debt(one) for one in owing],
            }
        )
    table(
        ["on", number("days"), "what", "who", words("for"), "fact", ""],
        [
            (
                one.on,
                one.days,
                one.kind,
                handles[one.person],
                one.what,
                one.fact,
                "a week without a word" if one.overdue else "",
            )
            for one in silent
        ],
    )
    if not silent:
        return talk("nothing is owed: somebody has said a word about everything of the last ninety days")
    answer("")
    table(
        [
            words("whom"),
            number("achieved"),
            number("acknowledged"),
            number("%"),
            number("owed"),
            number("days"),
        ],
        [
            (one.name, one.achieved, one.acknowledged, one.percent, one.owed, _days(one.oldest_days))
            for one in covered
        ],
    )
    if owing:
        answer("")
        table(
            [words("lead"), number("owes"), number("for a week"), number("days")],
            [(one.name, one.owed, one.overdue, _days(one.oldest_days)) for one in owing],
        )


def _days(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _owed(one: Achievement, handles: dict[int, str]) -> dict[str, Any]:
    return {
        "fact": one.fact,
        "kind": one.kind,
        "on": one.on,
        "days": one.days,
        "overdue": one.overdue,
        "person": handles[one.person],
        "what": one.what,
        "amount_minor": one.amount_minor,
    }


def _covered(one: Coverage) -> dict[str, Any]:
    return {
        "person": one.handle,
        "name": one.name,
        "achieved": one.achieved,
        "acknowledged": one.acknowledged,
        "percent": one.percent,
        "owed": one.owed,
        "overdue": one.overdue,
        "oldest_days": one.oldest_days,
    }


def _debt(one: Debt) -> dict[str, Any]:
    return {
        "lead": one.handle,
        "name": one.name,
        "owed": one.owed,
        "overdue": one.overdue,
        "oldest_days": one.oldest_days,
        "people": [_covered(each) for each in one.people],
    }
