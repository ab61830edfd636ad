"""Anniversaries, first dates and thanks on the command line."""

from __future__ import annotations

from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.accounts import found
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amounts, as_json, document, number, table, talk, words
from salesboard.domain import relations
from salesboard.domain.relations import Anniversary, Owed


@click.command()
@click.option("--days", default=60, type=click.IntRange(1, 3660), show_default=True, help="From today on.")
@click.option("--today", "pretended", metavar="DAY", help="As seen from this day.")
@as_json
@on_board
def anniversaries(board: Board, days: int, pretended: str | None, as_json: bool) -> None:
    """The anniversaries of clients: how long they are with us, and when they were last thanked."""
    today = board.day(pretended, "--today") if pretended else board.today
    coming = relations.anniversaries(today=today, days=days)
    if as_json:
        document([_anniversary(one, board.currency) for one in coming])
        return
    table(
        [
            "on",
            "",
            number("years"),
            words("account"),
            "owner",
            amounts("revenue", board.currency),
            "last thanks",
        ],
        [
            (
                one.on,
                f"{one.on:%a}",
                f"{'★ ' if one.is_round else ''}{one.years}",
                one.relation.name + (" (lapsed)" if one.relation.lapsed else ""),
                one.relation.owner,
                one.relation.revenue_minor,
                one.relation.last_thanks or "never",
            )
            for one in coming
        ],
    )


@click.group(cls=InOrder)
def thanks() -> None:
    """Thank-yous: what is owed, and keeping that they were said."""


@thanks.command("owed")
@as_json
@on_board
def owed(board: Board, as_json: bool) -> None:
    """Sales and anniversaries of the last ninety days without a thank-you, oldest first."""
    waiting = relations.thanks_owed(today=board.today)
    if as_json:
        document([_owed(one) for one in waiting])
        return
    table(
        ["on", number("days"), words("account"), words("for"), "owner", ""],
        [
            (one.on, f"{one.days}", one.name, one.what, one.owner, "overdue" if one.overdue else "")
            for one in waiting
        ],
    )


@thanks.command("say")
@click.argument("account")
@click.option(
    "--by",
    "channel",
    type=click.Choice(relations.CHANNELS),
    default="call",
    show_default=True,
    help="How it was said.",
)
@click.option("--on", metavar="DAY", help="A day before today.")
@click.option("--words", "said", help="What was said.")
@on_board
def say(board: Board, account: str, channel: relations.Channel, on: str | None, said: str | None) -> None:
    """Keep that an account was thanked, for all there was until then."""
    day = board.day(on, "--on", past=True) if on else None
    relations.say_thanks(board.actor, found(account), channel, now=board.now, on=day, words=said)
    talk(f"{account} was thanked")


@click.command()
@click.argument("account")
@click.option(
    "--kind",
    type=click.Choice(relations.KINDS),
    default="kick-off",
    show_default=True,
    help="What it began with.",
)
@click.option("--on", "on", required=True, metavar="DAY", help="The day it began.")
@click.option("--place", help="Where.")
@click.option("--with", "attendees", help="Who was there.")
@click.option("--story", help="A line to remember.")
@click.option("--pin", is_flag=True, help="Hold it, even if a sale was earlier.")
@on_board
def first_date(board: Board, account: str, on: str, pin: bool, **facts: Any) -> None:
    """Keep the day on which the relationship with an account began."""
    day = board.day(on, "--on", past=True)
    relations.set_first_date(
        board.actor,
        found(account),
        facts["kind"],
        day,
        now=board.now,
        place=facts["place"],
        attendees=facts["attendees"],
        story=facts["story"],
        pinned=pin,
    )
    talk(f"{account}: together since {day}")


def _anniversary(one: Anniversary, currency: str) -> dict[str, Any]:
    relation = one.relation
    return {
        "account": relation.name,
        "on": one.on,
        "years": one.years,
        "since": relation.since,
        "kind": relation.kind,
        "owner": relation.owner,
        "revenue_minor": relation.revenue_minor,
        "currency": currency,
        "last_thanks": relation.last_thanks,
        "lapsed": relation.lapsed,
    }


def _owed(one: Owed) -> dict[str, Any]:
    return {
        "account": one.name,
        "on": one.on,
        "for": one.what,
        "deal": one.deal,
        "owner": one.owner,
        "days": one.days,
        "overdue": one.overdue,
    }
