"""What commands list and no screen shows as a whole: accounts, contacts, products, deals in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from salesboard.cli.output import Estimated
from salesboard.domain import board, text
from salesboard.errors import NotFound
from salesboard.storage.models import Account, Contact, Deal, Product, Stage


@dataclass(frozen=True)
class ProductFacts:
    """Something you sell, with its list price in minor units."""

    id: int
    name: str
    series: str | None
    list_price_minor: int | None
    active: bool


def all_products() -> list[ProductFacts]:
    """Every product by name, also those no longer in sale."""
    query = Product.select(Product.id, Product.name, Product.series, Product.list_price_minor, Product.active)
    return [ProductFacts(*row) for row in query.order_by(Product.name, Product.id).tuples()]


@dataclass(frozen=True)
class AccountFacts:
    """A business you sell to; its turnover in minor units."""

    id: int
    name: str
    sector: str | None
    location: str | None
    website: str | None
    founded: int | None
    employees: int | None
    turnover_minor: int | None
    parent: str | None
    external: str | None


def all_accounts(containing: str = "") -> list[AccountFacts]:
    """Every account by name, or those whose names contain these letters."""
    parent = Account.alias()
    query = Account.select(
        Account.id,
        Account.name,
        Account.sector,
        Account.location,
        Account.website,
        Account.founded,
        Account.employees,
        Account.turnover_minor,
        parent.name,
        Account.external,
    ).left_outer_join(parent, on=Account.parent == parent.id)
    if containing:
        query = query.where(Account.search.contains(text.search_key(containing)))
    return [AccountFacts(*row) for row in query.order_by(Account.search, Account.id).tuples()]


@dataclass(frozen=True)
class PersonThere:
    """Somebody at an account."""

    id: int
    name: str
    title: str | None
    email: str | None
    phone: str | None


def contacts_of(account: int) -> list[PersonThere]:
    """Everybody at an account, by name."""
    query = Contact.select(Contact.id, Contact.name, Contact.title, Contact.email, Contact.phone)
    return [
        PersonThere(*row) for row in query.where(Contact.account == account).order_by(Contact.name).tuples()
    ]


def find_contact(account: int, said: str) -> int:
    """The contact of this name at an account, or of this number."""
    key = text.match_key(said)
    for contact in contacts_of(account):
        if text.match_key(contact.name) == key or said == str(contact.id):
            return contact.id
    raise NotFound(f"there is no contact {said!r} at that account")


def deals_of(account: int) -> list[board.Card]:
    """An account's deals, the newest first."""
    query = (
        Deal.select(Deal.id)
        .where(Deal.account == account)
        .order_by(Deal.opened_on.desc(nulls="last"), Deal.id)
    )
    ids = [identity for (identity,) in query.tuples()]
    found = board.cards(ids)
    return [found[identity] for identity in ids]


def value_of(card: board.Card) -> int | Estimated | None:
    """A deal's value as a cell of a table."""
    if card.estimated and card.value_minor is not None:
        return Estimated(card.value_minor)
    return card.value_minor


ORDERS: dict[str, tuple[Any, ...]] = {
    "stage": (Stage.place, Deal.status, *board.ORDERS[board.BY_HAND]),
    **{name.replace(" ", "-"): order for name, order in board.ORDERS.items() if name != board.BY_HAND},
    "closed": (Deal.closed_on.desc(nulls="last"), Deal.id.desc()),
}
"""Ways to order a list of deals; the first is the board's own."""


@dataclass(frozen=True)
class ListedDeal:
    """A deal in a list: its card, and what only lists and files show."""

    card: board.Card
    archived: bool
    reason: str | None
    look_again_on: date | None
    source: str | None
    external: str | None


def matching_deals(conditions: Iterable[Any]) -> list[int]:
    """Deals that fulfil the conditions, archived or not, in the order in which they came to the board."""
    query = Deal.select(Deal.id).where(*conditions).order_by(Deal.id)
    return [identity for (identity,) in query.tuples()]


def listed_deals(
    conditions: Iterable[Any], *, order: str, archived: bool = False, most: int | None = None
) -> list[ListedDeal]:
    """Deals in an order, at most so many; archived ones only where asked for."""
    query = (
        Deal.select(Deal.id, Deal.archived, Deal.reason, Deal.look_again_on, Deal.source, Deal.external)
        .join(Stage, on=Deal.stage == Stage.id)
        .order_by(*ORDERS[order])
    )
    wanted = [*conditions, *([] if archived else [~Deal.archived])]
    if wanted:
        query = query.where(*wanted)
    rows = list(query.limit(most).tuples())
    found = board.cards([row[0] for row in rows])
    return [ListedDeal(found[row[0]], *row[1:]) for row in rows]
