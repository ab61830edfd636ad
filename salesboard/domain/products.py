"""What we sell, at which list price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from salesboard.domain import company, text
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import LARGEST_AMOUNT, Product


@dataclass(frozen=True)
class ProductFacts:
    """Something we sell, with its list price in minor units."""

    id: int
    name: str
    series: str | None
    list_price_minor: int | None
    active: bool
    """Whether it can be put on new deals."""


@writes("edit products")
def add_product(
    actor: Actor, name: str, *, now: datetime, series: str | None = None, list_price_minor: int | None = None
) -> int:
    """Add a product, list price in minor units, and hand back its id. Refused: a name that is there."""
    cleaned = text.clean(name, field="product name")
    key = text.match_key(cleaned)
    with ledger.entry(actor, "added", now=now) as entry:
        require(actor, "edit products", today=company.facts().today(now))
        if Product.get_or_none(Product.key == key) is not None:
            raise Refused(f"there is a product {cleaned} already")
        product = entry.insert(
            Product,
            name=cleaned,
            key=key,
            series=text.optional(series, field="series"),
            list_price_minor=_checked_price(list_price_minor),
        )
    return int(product.id)


@writes("edit products")
def edit_product(
    actor: Actor,
    product: int,
    *,
    now: datetime,
    list_price_minor: int | None = None,
    active: bool | None = None,
) -> None:
    """Change a product's list price (minor units), or take it out of sale; deals keep what they have."""
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit products", today=company.facts().today(now))
        row = Product.get_or_none(Product.id == product)
        if row is None:
            raise NotFound(f"there is no product {product}")
        changes: dict[str, object] = {}
        if list_price_minor is not None:
            changes["list_price_minor"] = _checked_price(list_price_minor)
        if active is not None:
            changes["active"] = active
        entry.subject = row
        entry.update(row, **changes)


def _checked_price(price: int | None) -> int | None:
    if price is not None and not 0 <= price <= LARGEST_AMOUNT:
        raise Refused("a list price is not negative, and not beyond all measure")
    return price


def find_product(said: str) -> int:
    """The product that is called so, without regard to case, spaces and punctuation."""
    key = text.match_key(said)
    row = Product.get_or_none(Product.key == key)
    if row is None:
        close = list(Product.select().where(Product.key.startswith(key)).limit(4)) if key else []
        if len(close) == 1:
            return int(close[0].id)
        names = ", ".join(
            name for (name,) in Product.select(Product.name).order_by(Product.name).limit(8).tuples()
        )
        raise NotFound(
            f"there is no product {said!r}; there is {names}"
            if names
            else f"there is no product {said!r} yet"
        )
    return int(row.id)


def all_products() -> list[ProductFacts]:
    """Every product by name, also those no longer in sale."""
    query = Product.select(Product.id, Product.name, Product.series, Product.list_price_minor, Product.active)
    return [ProductFacts(*row) for row in query.order_by(Product.name, Product.id).tuples()]


def names() -> list[str]:
    """Names of all products in sale."""
    query = Product.select(Product.name).where(Product.active).order_by(Product.name)
    return [name for (name,) in query.tuples()]
