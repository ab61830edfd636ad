"""What happened, and taking it back."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import click

from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amount, as_json, counted, document, number, table, talk, words
from salesboard.domain import accounts, people
from salesboard.domain import board as reading
from salesboard.domain import history as domain
from salesboard.domain.history import Event, Undone
from salesboard.errors import NotFound
from salesboard.storage.ledger import Actor

RANGE = re.compile(r"([0-9]{0,15})\.\.([0-9]{0,15})")
MOST = 10**15


@click.command()
@click.argument("subject", default="", metavar="[SUBJECT]")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="So many of the newest entries."
)
@as_json
@on_board
def history(board: Board, subject: str, limit: int, as_json: bool) -> None:
    """Who did what, and when; the newest at the end.

    SUBJECT is a deal's number, the name of an account or a person, or a range of entries: 40..60, 40.., ..60.
    """
    events = _about(board.actor, subject, limit)
    if as_json:
        return document([_told(event) for event in events])
    zone = ZoneInfo(board.company.zone)
    names, in_full = domain.names_of_keys(events), partial(amount, currency=board.currency)
    table(
        [number("entry"), "when", "who", words("what"), words("changed")],
        [
            (
                event.seq,
                f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}",
                event.handle,
                _in_words(event),
                "; ".join(domain.changed_in_words(event, names, amount=in_full)),
            )
            for event in events
        ],
    )


def _about(reader: Actor, subject: str, limit: int) -> list[Event]:
    """The newest entries about a subject, or of a range of entries."""
    if not subject:
        return domain.events(newest=limit, reader=reader)
    if span := RANGE.fullmatch(subject):
        after = int(span[1]) - 1 if span[1] else 0
        upto = int(span[2]) if span[2] else None
        return domain.events(after=after, upto=upto, newest=limit, reader=reader)
    return domain.events(subject=_found(subject), newest=limit, reader=reader)


def _found(subject: str) -> int:
    """The deal of this number, else the account or the person of this name."""
    try:
        return reading.find_deal(subject)
    except NotFound:
        pass
    account = accounts.find_account(subject)
    if account is not None:
        return account
    try:
        return people.find_person(subject)
    except NotFound:
        raise NotFound(
            f"there is no deal, account or person {subject!r}, and it is no range such as 40..60"
        ) from None


def _in_words(event: Event) -> str:
    what = domain.in_words(event).removeprefix(event.actor).lstrip()
    return what if event.standing else f"{what} (undone)"


def _told(event: Event) -> dict[str, Any]:
    changes = [asdict(change) for change in event.changes]
    return {**asdict(event), "changes": changes}


@click.command()
@click.argument("entry", type=click.IntRange(1, MOST), required=False)
@on_board
def undo(board: Board, entry: int | None) -> None:
    """Take back your newest change, or the one of an ENTRY that 'salesboard history' shows.

    Refused where somebody has changed the same since; it says who. An import is taken back as a whole.
    """
    _report("undone", domain.undo(board.actor, now=board.now, seq=entry))


@click.command()
@on_board
def redo(board: Board) -> None:
    """Do again what you took back last."""
    _report("done again", domain.redo(board.actor, now=board.now))


def _report(done: str, what: Undone) -> None:
    size = f", {counted(what.entries, 'entry', 'entries')}" if what.entries > 1 else ""
    talk(f"{done}: {what.verb} {what.called}".rstrip() + size)
