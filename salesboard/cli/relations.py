"""Anniversaries, first dates and thanks on the command line."""

from __future__ import annotations

import sys
from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.accounts import found
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amounts, answer, as_json, document, number, table, talk, words
from salesboard.domain import dates, gratitude, relations
from salesboard.domain.gratitude import Rate
from salesboard.domain.relations import Anniversary, Owed
from salesboard.errors import WrongUsage


@click.command()
@click.option("--days", default=60, type=click.IntRange(1, 3660), show_default=True, help="From today on.")
@click.option("--today", "pretended", metavar="DAY", help="As seen from this day.")
@click.option("--ics", "as_calendar", is_flag=True, help="Answer with an iCalendar file.")
@as_json
@on_board
def anniversaries(board: Board, days: int, pretended: str | None, as_calendar: bool, as_json: bool) -> None:
    """The anniversaries of clients: how long they are with us, and when they were last thanked.

    A calendar holds those of clients who still buy; read again, it changes what it has, and doubles nothing.
    """
    if as_calendar and as_json:
        raise WrongUsage("--ics and --json are two kinds of answer; choose one")
    today = board.day(pretended, "--today") if pretended else board.today
    coming = relations.anniversaries(today=today, days=days)
    if as_calendar:
        sys.stdout.buffer.write(_calendar(board, coming))
        return
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


@thanks.command("rate")
@click.option("--since", "start", metavar="DAY", help="Without it, the last four quarters.")
@as_json
@on_board
def rate(board: Board, start: str | None, as_json: bool) -> None:
    """How much was thanked for within a week, of what there was to thank for, and how soon."""
    since = board.day(start, "--since", past=True) if start else None
    rates = gratitude.rates(today=board.today, since=since)
    if as_json:
        document(
            {
                "from": rates.start,
                "until": rates.today,
                **_rate(rates.everybody),
                "people": {name: _rate(one) for name, one in rates.people.items()},
                "teams": {name: _rate(one) for name, one in rates.teams.items()},
                "quarters": {name: _rate(one) for name, one in rates.quarters.items()},
            }
        )
        return
    answer(f"since {rates.start}")
    parts = (rates.quarters, rates.teams, rates.people)
    lines = [("everybody", rates.everybody), *(pair for part in parts for pair in part.items())]
    table(
        [words("whose"), number("due"), number("in a week"), number("%"), number("half within")],
        [
            (
                name,
                f"{one.due:,}",
                f"{one.in_time:,}",
                "" if one.percent is None else f"{one.percent}",
                "" if one.median_days is None else f"{one.median_days:g} d",
            )
            for name, one in lines
        ],
    )


@thanks.command("withdraw")
@click.argument("said", type=click.IntRange(1, 10**15), metavar="NUMBER")
@on_board
def withdraw(board: Board, said: int) -> None:
    """Take a thank-you back: what it was for is owed again. 'accounts show' has the numbers."""
    name = relations.withdraw_thanks(board.actor, said, now=board.now)
    talk(f"{name} was not thanked then")


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


def _calendar(board: Board, coming: list[Anniversary]) -> bytes:
    """Those of clients who still buy, as a calendar reads them."""
    from salesboard.domain import calendars
    from salesboard.storage import ledger

    # The first entry is no other board's: two boards in one calendar do not get into each other's way.
    board_is = ledger.heads(upto=1)[0].hash[:12]
    events = [
        calendars.Day(
            f"{one.relation.account}-{one.relation.since:%Y%m%d}-{one.years}@{board_is}.salesboard",
            one.on,
            f"{one.relation.name}: {dates.years_in_words(one.years)} with us",
            f"Started {relations.beginning_in_words(one.relation, board.currency)}; {one.relation.owner}",
        )
        for one in coming
        if not one.relation.lapsed
    ]
    name = f"{board.company.name} anniversaries".strip()
    return calendars.written(events, name=name, now=board.now)


def _rate(one: Rate) -> dict[str, Any]:
    return {
        "due": one.due,
        "in_time": one.in_time,
        "percent": one.percent,
        "thanked": one.thanked,
        "median_days": one.median_days,
    }


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
