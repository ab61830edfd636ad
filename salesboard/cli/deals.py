"""Deals and what happens to them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, WithFilter, filter_text, given, on_board, together
from salesboard.cli.output import (
    Column,
    amount,
    amounts,
    answer,
    as_json,
    counted,
    document,
    facts,
    number,
    table,
    talk,
    value_of,
    words,
)
from salesboard.domain import accounts, company, people, pipeline, products
from salesboard.domain import board as reading
from salesboard.domain.board import DealFacts
from salesboard.domain.listing import ORDERS, ListedDeal, listed_deals
from salesboard.domain.pipeline import Line
from salesboard.errors import WrongUsage

MOST_READ = 1 << 20
"""Bytes of a note that are read; more is refused as too long."""

on_option = click.option(
    "--on", metavar="DAY", help="The day it happened, if not today: 2026-03-31, yesterday, -3."
)


@click.group(cls=InOrder)
def deals() -> None:
    """The pipeline: one deal is one pursuit of one sale.

    A deal is named by its number, or by its number in the system it was imported from.
    """


@deals.command("list", cls=WithFilter)
@filter_text
@click.option(
    "--sort",
    "order",
    type=click.Choice(list(ORDERS)),
    default=next(iter(ORDERS)),
    show_default=True,
    help="In which order.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option("--all", "archived", is_flag=True, help="Archived deals too.")
@as_json
@on_board
def list_deals(
    board: Board, filter_text: tuple[str, ...], order: str, limit: int | None, archived: bool, as_json: bool
) -> None:
    """List the deals that a FILTER lets through, whatever became of them.

    FILTER is the same as on the board, and best put in quotes: 'is:open owner:me value>10k'. Without one,
    everything that is not archived is listed.
    """
    wanted = board.filtered(filter_text)
    everything = archived or wanted.names_archived
    found = listed_deals(wanted.conditions(), order=order, archived=everything, most=limit)
    stages = {stage.id: stage for stage in company.stages()}
    if as_json:
        return document([told(deal, stages[deal.card.stage_id].name, board.currency) for deal in found])
    table(
        [
            number("id"),
            words("account"),
            words("deal"),
            amounts("value", board.currency),
            "owner",
            "stage",
            Column("closing", may_go=1),
            words("next", may_go=2),
        ],
        [
            (
                deal.card.id,
                deal.card.account,
                deal.card.title,
                value_of(deal.card),
                deal.card.owner,
                stages[deal.card.stage_id].name
                if deal.card.status in (pipeline.OPEN, pipeline.WON)
                else deal.card.status,
                deal.card.closed_on or deal.card.expected_on,
                _next(deal, stages[deal.card.stage_id], board.today),
            )
            for deal in found
        ],
    )
    value = sum(deal.card.value_minor or 0 for deal in found)
    talk(
        f"{counted(len(found), 'deal')}, {amount(value, board.currency)} {board.currency}"
        if found
        else "no deals"
    )


def _next(deal: ListedDeal, stage: company.StageFacts, today: date) -> str:
    if deal.card.status != pipeline.OPEN:
        return deal.reason or ""
    why = reading.attention(deal.card, stage, today)
    return f"{why.sign} {why.words}"


def told(deal: ListedDeal, stage: str, currency: str) -> dict[str, Any]:
    """A deal as a program reads it."""
    card = deal.card
    return {
        "id": card.id,
        "external": deal.external,
        "account": card.account,
        "title": card.title,
        "owner": card.owner,
        "stage": stage,
        "status": card.status,
        "archived": deal.archived,
        "value_minor": card.value_minor,
        "currency": currency,
        "estimated": card.estimated,
        "opened_on": card.opened_on,
        "expected_on": card.expected_on,
        "closed_on": card.closed_on,
        "touched_on": card.touched_on,
        "next_step": card.next_step,
        "next_step_on": card.next_step_on,
        "reason": deal.reason,
        "look_again_on": deal.look_again_on,
        "source": deal.source,
    }


@deals.command("show")
@click.argument("deal")
@as_json
@on_board
def show_deal(board: Board, deal: str, as_json: bool) -> None:
    """Everything that is known of one deal."""
    known = reading.deal_facts(reading.find_deal(deal), board.now)
    if as_json:
        return document(_told_in_full(known, board.currency))
    _show(known, board)


def _told_in_full(known: DealFacts, currency: str) -> dict[str, Any]:
    listed = ListedDeal(
        known.card, known.archived, known.reason, known.look_again_on, known.source, known.external
    )
    return {
        **told(listed, known.stage.name, currency),
        "age_seconds": known.age_seconds,
        "lines": [asdict(line) for line in known.lines],
        "contacts": [
            {**asdict(contact), "of_this_deal": contact.id == known.contact_id} for contact in known.contacts
        ],
        "stays": [asdict(stay) for stay in known.stays],
        "time_in_stages": [asdict(time) for time in known.times],
        "notes": [asdict(note) for note in known.notes],
    }


def _show(known: DealFacts, board: Board) -> None:
    card, zone = known.card, ZoneInfo(board.company.zone)
    facts(
        [
            ("deal", card.id),
            ("account", card.account),
            ("title", card.title),
            (f"value {board.currency}", amount(card.value_minor, board.currency, estimated=card.estimated)),
            ("owner", f"{known.owner_name} ({card.owner})"),
            ("stage", known.stage.name),
            ("status", card.status + (", archived" if known.archived else "")),
            ("reason", known.reason),
            ("opened", card.opened_on),
            ("expected", card.expected_on),
            ("closed", card.closed_on),
            ("look again", known.look_again_on),
            ("next step", card.next_step),
            ("next step on", card.next_step_on),
            ("last touch", card.touched_on),
            ("source", known.source),
            ("elsewhere", known.external),
        ]
    )
    _section(
        [words("product"), number("quantity"), amounts("amount", board.currency)],
        [(line.product, line.quantity, line.amount_minor) for line in known.lines],
    )
    _section(
        [words("contact"), words("title", may_go=1), "email", "phone", ""],
        [
            (one.name, one.title, one.email, one.phone, "of this deal" if one.id == known.contact_id else "")
            for one in known.contacts
        ],
    )
    _section(
        ["stage", "status", "entered", "left"],
        [
            (
                stay.stage,
                stay.status,
                f"{stay.entered_at.astimezone(zone):%Y-%m-%d}",
                f"{stay.left_at.astimezone(zone):%Y-%m-%d}" if stay.left_at else "",
            )
            for stay in known.stays
        ],
    )
    for note in known.notes:
        answer("")
        answer(f"{note.at.astimezone(zone):%Y-%m-%d %H:%M} {note.author}")
        for line in note.text.split("\n"):
            answer(f"  {line}")


def _section(columns: Sequence[Any], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        answer("")
        table(columns, rows)


# --- what adding and editing have in common ---------------------------------------------------------------

about = together(
    click.option("--account", metavar="NAME", help="The business it is with."),
    click.option("--title", help="What it is about."),
    click.option("--value", metavar="AMOUNT", help="What it is worth: 12k, 1.2m, 4,500."),
    click.option("--owner", metavar="PERSON", help="Whose deal it is, by handle or name."),
    click.option("--contact", metavar="NAME", help="The person there."),
    click.option(
        "--product",
        "lines",
        multiple=True,
        metavar="NAME[:QUANTITY]",
        help="What it is about, with list price; can be given several times.",
    ),
    click.option("--expected", metavar="DAY", help="When it should be won: fri, +7, eom, 2026-03-31."),
    click.option("--next-step", metavar="TEXT", help="What to do next."),
    click.option("--next-step-on", metavar="DAY", help="When to do it."),
    click.option("--source", metavar="TEXT", help="Where it came from."),
)


def _values(board: Board, said: dict[str, Any], account: int | None) -> dict[str, Any]:
    """What was typed, as the domain takes it; an empty text takes a fact away."""
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name == "value":
            values["value_minor"] = board.amount(value) if value else None
        elif name == "owner":
            values["owner"] = people.find_person(value)
        elif name == "expected":
            values["expected_on"] = board.day(value, "--expected") if value else None
        elif name in ("next_step_on", "look_again_on"):
            values[name] = board.day(value, f"--{name.replace('_', '-')}") if value else None
        elif name == "closed_on":
            values[name] = board.day(value, "--closed", past=True)
        elif name == "contact":
            values[name] = _contact(account, value) if value else None
        else:
            values[name] = value
    return values


def _contact(account: int | None, said: str) -> int:
    if account is None:
        raise WrongUsage("a contact belongs to an account; name it with --account")
    return accounts.find_contact(account, said)


def _account(board: Board, name: str) -> int:
    """The account of this name, made if it is new."""
    known = accounts.find_account(name)
    if known is None:
        known = accounts.add_account(board.actor, name, now=board.now)
        talk(f"{name} is a new account")
    return known


def _lines(said: Sequence[str]) -> list[Line]:
    """Product lines as they were typed: `GTX Pro`, `GTX Pro:2`."""
    lines = []
    for text in said:
        name, colon, quantity = text.rpartition(":")
        if not colon or not (quantity.isascii() and quantity.isdigit() and len(quantity) < 10):
            name, quantity = text, "1"
        lines.append(Line(products.find_product(name), int(quantity)))
    return lines


# --- adding and editing -----------------------------------------------------------------------------------


@deals.command("add")
@about
@click.option("--stage", help="The column it starts in; the first one if left out.")
@click.option("--opened", metavar="DAY", help="When it began, if not today.")
@on_board
def add_deal(
    board: Board,
    account: str | None,
    lines: tuple[str, ...],
    stage: str | None,
    opened: str | None,
    **said: str | None,
) -> None:
    """Add an open deal; its number is the answer. An account that is not there yet is made."""
    with board.one_act("added"):
        of_account = _account(board, account) if account else None
        values = _values(board, {name: value for name, value in said.items() if value}, of_account)
        made = pipeline.add_deal(
            board.actor,
            now=board.now,
            account=of_account,
            stage=company.find_stage(stage).id if stage else None,
            opened_on=board.day(opened, "--opened", past=True) if opened else None,
            lines=_lines(lines),
            **values,
        )
    talk(f"added {_called(made, board)}")
    answer(str(made))


@deals.command("edit")
@click.argument("deal")
@about
@click.option("--closed", "closed_on", metavar="DAY", help="The day a closed deal was closed.")
@click.option("--reason", metavar="TEXT", help="Why it was lost or disqualified.")
@click.option(
    "--look-again", "look_again_on", metavar="DAY", help="When a disqualified one deserves another look."
)
@on_board
def edit_deal(board: Board, deal: str, lines: tuple[str, ...], **said: str | None) -> None:
    """Change facts of a deal.

    What is left out stays, an empty text takes a fact away. All --product together replace the lines it had.
    """
    typed = given(lines=lines or None, **said)
    typed.pop("lines", None)
    identity = reading.find_deal(deal)
    with board.one_act("edited"):
        account = reading.deal_facts(identity, board.now).account_id
        if "account" in typed:
            named = typed.pop("account")
            typed["account"] = account = _account(board, named) if named else None
        changed = False
        if typed:
            changed = pipeline.edit_deal(
                board.actor, identity, now=board.now, **_values(board, typed, account)
            )
        if lines:
            pipeline.set_lines(board.actor, identity, _lines(lines), now=board.now)
            changed = True
    talk(f"{'changed' if changed else 'nothing to change on'} {_called(identity, board)}")


@deals.command("note")
@click.argument("deal")
@click.argument("text", nargs=-1, required=True)
@on_board
def note_on_deal(board: Board, deal: str, text: tuple[str, ...]) -> None:
    """Write a note on a deal; - reads it from stdin."""
    written = (
        sys.stdin.buffer.read(MOST_READ).decode("utf-8", "replace") if text == ("-",) else " ".join(text)
    )
    identity = reading.find_deal(deal)
    pipeline.add_note(board.actor, identity, written, now=board.now)
    talk(f"noted on {_called(identity, board)}")


# --- moving and closing -----------------------------------------------------------------------------------


@deals.command("move")
@click.argument("wanted", metavar="DEAL…", nargs=-1, required=True)
@click.argument("stage")
@on_option
@on_board
def move_deal(board: Board, wanted: tuple[str, ...], stage: str, on: str | None) -> None:
    """Move a deal to another stage, or several as one act. A deal comes to the sales by being won."""
    column, moved_on = company.find_stage(stage), _past(board, on)
    found = [reading.find_deal(deal) for deal in wanted]
    with board.one_act("moved") if len(found) > 1 else nullcontext():
        moved = [
            pipeline.move_deal(board.actor, deal, column.id, now=board.now, moved_on=moved_on)
            for deal in found
        ]
    for deal, has_moved in zip(found, moved, strict=True):
        talk(f"{_called(deal, board)} {'moved to' if has_moved else 'is in'} {column.name}")


@deals.command("reorder")
@click.argument("deal")
@click.option("--before", metavar="DEAL", help="Directly above this one of its column.")
@click.option("--after", metavar="DEAL", help="Directly below this one of its column.")
@on_board
def reorder_deal(board: Board, deal: str, before: str | None, after: str | None) -> None:
    """Put a deal above or below another one of its column."""
    if (before is None) == (after is None):
        raise WrongUsage("say where: --before DEAL or --after DEAL")
    identity = reading.find_deal(deal)
    pipeline.reorder_deal(
        board.actor,
        identity,
        now=board.now,
        before=reading.find_deal(before) if before else None,
        after=reading.find_deal(after) if after else None,
    )
    talk(f"{_called(identity, board)} is {'above' if before else 'below'} deal {before or after}")


@deals.command("win")
@click.argument("deal")
@on_option
@click.option("--amount", "agreed", metavar="AMOUNT", help="The agreed amount; the deal's value if left out.")
@click.option(
    "--product",
    "lines",
    multiple=True,
    metavar="NAME[:QUANTITY]",
    help="What was sold; can be given several times, and replaces the lines the deal had.",
)
@on_board
def win_deal(board: Board, deal: str, on: str | None, agreed: str | None, lines: tuple[str, ...]) -> None:
    """Turn a deal into a sale."""
    identity = reading.find_deal(deal)
    pipeline.win_deal(
        board.actor,
        identity,
        now=board.now,
        won_on=_past(board, on),
        value_minor=board.amount(agreed) if agreed else None,
        lines=_lines(lines) if lines else None,
    )
    talk(f"won {_called(identity, board)}")


@deals.command("lose")
@click.argument("deal")
@click.option("--reason", metavar="TEXT", default="", help="Why; a deal is not lost without a reason.")
@on_option
@on_board
def lose_deal(board: Board, deal: str, reason: str, on: str | None) -> None:
    """Record that a deal was lost, and why; it leaves the board."""
    identity = reading.find_deal(deal)
    pipeline.lose_deal(board.actor, identity, reason=reason, now=board.now, lost_on=_past(board, on))
    talk(f"lost {_called(identity, board)}")


@deals.command("disqualify")
@click.argument("deal")
@click.option("--reason", metavar="TEXT", default="", help="Why; a deal is not closed without a reason.")
@click.option("--look-again", metavar="DAY", help="When it deserves another look; never, if left out.")
@on_option
@on_board
def disqualify_deal(board: Board, deal: str, reason: str, look_again: str | None, on: str | None) -> None:
    """Record that there is no business here.

    It never counts as lost.
    """
    identity = reading.find_deal(deal)
    pipeline.disqualify_deal(
        board.actor,
        identity,
        reason=reason,
        now=board.now,
        look_again_on=board.day(look_again, "--look-again") if look_again else None,
        disqualified_on=_past(board, on),
    )
    talk(f"disqualified {_called(identity, board)}")


@deals.command("reopen")
@click.argument("deal")
@on_board
def reopen_deal(board: Board, deal: str) -> None:
    """Take a closing back.

    The deal is open again in the stage it was in before.
    """
    identity = reading.find_deal(deal)
    pipeline.reopen_deal(board.actor, identity, now=board.now)
    talk(f"reopened {_called(identity, board)}")


@deals.command("archive")
@click.argument("deal")
@click.option("--back", is_flag=True, help="Bring it back into sight.")
@on_board
def archive_deal(board: Board, deal: str, back: bool) -> None:
    """Put a deal out of sight; a sale goes on counting."""
    identity = reading.find_deal(deal)
    changed = pipeline.archive_deal(board.actor, identity, now=board.now, archived=not back)
    state = "brought back" if back else "archived"
    talk(
        f"{state} {_called(identity, board)}" if changed else f"{_called(identity, board)} is {state} already"
    )


def _past(board: Board, on: str | None) -> date | None:
    return board.day(on, "--on", past=True) if on else None


def _called(deal: int, board: Board) -> str:
    """A deal in a few words, for the talk after it was changed."""
    card = reading.cards([deal])[deal]
    value = (
        f", {amount(card.value_minor, board.currency)} {board.currency}"
        if card.value_minor is not None
        else ""
    )
    return f"{card.name}{f' · {card.subject}' if card.subject else ''}{value}"
