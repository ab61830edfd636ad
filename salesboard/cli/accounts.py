"""The businesses you sell to, and the people there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, given, on_board, together
from salesboard.cli.output import (
    amount,
    amounts,
    answer,
    as_json,
    document,
    facts,
    number,
    table,
    talk,
    value_of,
    words,
)
from salesboard.domain import accounts as domain
from salesboard.domain import listing, relations, story
from salesboard.domain.accounts import AccountFacts
from salesboard.errors import NotFound

about_accounts = together(
    click.option("--sector", help="What they do: retail, medical."),
    click.option("--location", help="Where they are."),
    click.option("--website", help="Their site."),
    click.option(
        "--founded", type=click.IntRange(1, 9999), metavar="YEAR", help="Since when they are in business."
    ),
    click.option("--employees", type=click.IntRange(0, 10**9), help="How many work there."),
    click.option("--turnover", metavar="AMOUNT", help="What they turn over in a year: 1.2m."),
    click.option("--parent", metavar="ACCOUNT", help="The account it belongs to."),
)
about_contacts = together(
    click.option("--title", help="What they do there."),
    click.option("--email", help="Where to write to."),
    click.option("--phone", help="Where to call."),
)


def found(said: str) -> int:
    """The account of this name or number."""
    identity = domain.find_account(said)
    if identity is None:
        identity = next((account.id for account in domain.all_accounts() if said == str(account.id)), None)
    if identity is None:
        close = domain.names_like(said, most=3)
        hint = f"did you mean {', '.join(close)}?" if close else "'salesboard accounts list' shows all"
        raise NotFound(f"there is no account {said!r}; {hint}")
    return identity


@click.group(cls=InOrder)
def accounts() -> None:
    """The businesses you sell to."""


@accounts.command("list")
@click.argument("containing", default="", metavar="[LETTERS]")
@as_json
@on_board
def list_accounts(board: Board, containing: str, as_json: bool) -> None:
    """All accounts, or those whose names contain some letters."""
    known = domain.all_accounts(containing)
    if as_json:
        return document([_told(account, board.currency) for account in known])
    table(
        [
            words("account"),
            words("sector"),
            words("location"),
            number("employees"),
            amounts("turnover", board.currency),
        ],
        [
            (
                account.name,
                account.sector,
                account.location,
                f"{account.employees:,}" if account.employees is not None else "",
                account.turnover_minor,
            )
            for account in known
        ],
    )


def _told(account: AccountFacts, currency: str) -> dict[str, Any]:
    return {**asdict(account), "currency": currency}


@accounts.command("show")
@click.argument("account")
@as_json
@on_board
def show_account(board: Board, account: str, as_json: bool) -> None:
    """One account with its people, its deals, its story and the thanks it got."""
    identity = found(account)
    known = domain.account_facts(identity)
    there = domain.contacts_of(identity)
    deals = listing.deals_of(identity)
    client = relations.relation_with(identity, today=board.today)
    kept = relations.first_date_of(identity)
    said = relations.thanks_of(identity)
    happened = story.story(identity, board.today)
    if as_json:
        return document(
            {
                **_told(known, board.currency),
                "contacts": [asdict(one) for one in there],
                "deals": [deal.id for deal in deals],
                "since": client.since if client else None,
                "revenue_minor": client.revenue_minor if client else 0,
                "last_sale": client.last_sale_on if client else None,
                "last_thanks": client.last_thanks if client else None,
                "first_date": asdict(kept) if kept else None,
                "thanks": [asdict(one) for one in said],
                "story": [asdict(one) for one in happened],
            }
        )
    facts(
        [
            ("account", known.name),
            ("", relations.together_in_words(client, board.today) if client else None),
            ("sector", known.sector),
            ("location", known.location),
            ("website", known.website),
            ("founded", known.founded),
            ("employees", known.employees),
            (f"turnover {board.currency}", amount(known.turnover_minor, board.currency)),
            ("belongs to", known.parent),
            ("elsewhere", known.external),
        ]
    )
    if there:
        answer("")
        table(
            [words("contact"), words("title", may_go=1), "email", "phone"],
            [(one.name, one.title, one.email, one.phone) for one in there],
        )
    if deals:
        answer("")
        table(
            [number("deal"), words("title"), amounts("value", board.currency), "owner", "status", "closed"],
            [
                (deal.id, deal.title, value_of(deal), deal.owner, deal.status, deal.closed_on)
                for deal in deals
            ],
        )
    if happened:
        answer("")
        table(["on", words("story")], [(one.on, one.text) for one in happened])
    if said:
        answer("")
        table(
            [number("thanks"), "on", "by", words("words"), "said by"],
            [(one.id, one.on, one.channel, one.words, one.author) for one in said],
        )


@accounts.command("add")
@click.argument("name")
@about_accounts
@on_board
def add_account(board: Board, name: str, **about: Any) -> None:
    """Add an account; its number is the answer."""
    values = _values(board, {key: value for key, value in about.items() if value is not None})
    made = domain.add_account(board.actor, name, now=board.now, **values)
    talk(f"added {name}")
    answer(str(made))


@accounts.command("edit")
@click.argument("account")
@click.option("--name", help="Its name from now on.")
@about_accounts
@on_board
def edit_account(board: Board, account: str, **about: Any) -> None:
    """Change an account; what is left out stays, an empty text takes a fact away."""
    values = _values(board, given(**about))
    domain.edit_account(board.actor, found(account), now=board.now, **values)
    talk(f"changed {account}")


def _values(board: Board, about: dict[str, Any]) -> dict[str, Any]:
    if "turnover" in about:
        said = about.pop("turnover")
        about["turnover_minor"] = board.amount(said) if said else None
    if "parent" in about:
        about["parent"] = found(about["parent"]) if about["parent"] else None
    return about


@click.group(cls=InOrder)
def contacts() -> None:
    """The people at your accounts."""


@contacts.command("add")
@click.argument("account")
@click.argument("name")
@about_contacts
@on_board
def add_contact(
    board: Board, account: str, name: str, title: str | None, email: str | None, phone: str | None
) -> None:
    """Add a person at an account; their number is the answer."""
    made = domain.add_contact(
        board.actor, found(account), name, now=board.now, title=title, email=email, phone=phone
    )
    talk(f"added {name} at {account}")
    answer(str(made))


@contacts.command("edit")
@click.argument("account")
@click.argument("contact")
@click.option("--name", help="Their name from now on.")
@about_contacts
@on_board
def edit_contact(
    board: Board,
    account: str,
    contact: str,
    name: str | None,
    title: str | None,
    email: str | None,
    phone: str | None,
) -> None:
    """Change what is known of a person at an account; an empty text takes a fact away."""
    changes = given(name=name, title=title, email=email, phone=phone)
    identity = domain.find_contact(found(account), contact)
    domain.edit_contact(board.actor, identity, now=board.now, **changes)
    talk(f"changed {contact}")
