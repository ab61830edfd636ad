"""Deals as lists: in any order, whatever became of them, or all of one account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from salesboard.domain import board
from salesboard.domain.board import Card
from salesboard.storage.models import Deal, Stage

ORDERS: dict[str, tuple[Any, ...]] = {
    "stage": (Stage.place, Deal.status, *board.ORDERS[board.BY_HAND]),
    **{name.replace(" ", "-"): order for name, order in board.ORDERS.items() if name != board.BY_HAND},
    "closed": (Deal.closed_on.desc(nulls="last"), Deal.id.desc()),
}
"""Ways to order a list of deals; the first is the board's own."""


@dataclass(frozen=True)
class ListedDeal:
    """A deal in a list: its card, and what only lists and files show."""

    card: Card
    archived: bool
    reason: str | None
    look_again_on: date | None
    source: str | None
    external: str | None


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


def matching_deals(conditions: Iterable[Any]) -> list[int]:
    """Deals that fulfil the conditions, archived or not, in the order in which they came to the board."""
    query = Deal.select(Deal.id).where(*conditions).order_by(Deal.id)
    return [identity for (identity,) in query.tuples()]


def deals_of(account: int) -> list[Card]:
    """An account's deals, the newest first."""
    query = Deal.select(Deal.id).where(Deal.account == account).order_by(*board.ORDERS["newest"])
    ids = [identity for (identity,) in query.tuples()]
    found = board.cards(ids)
    return [found[identity] for identity in ids]
