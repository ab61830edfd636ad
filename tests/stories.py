"""Small stories with real rows: what a team set up, added and did before a test begins.

Everything is done by the board's owner, at `NOW`, unless a story says otherwise.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from peewee import BooleanField, Field

from salesboard.domain import accounts, company, money, people, pipeline, products
from salesboard.storage import verify
from salesboard.storage.database import current
from salesboard.storage.ledger import Actor
from salesboard.storage.models import DOMAIN, Deal, Person

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TODAY = NOW.date()


def set_up(*, zone: str = "UTC", currency: str = "USD", now: datetime = NOW) -> Actor:
    """A new board; its owner is Ada Marsh, an admin with the login ada."""
    return company.found(owner="Ada Marsh", login="ada", now=now, currency=currency, zone=zone)


def owner() -> Actor:
    """The board's owner."""
    first = Person.select().where(Person.role == "admin").order_by(Person.id).get()
    return Actor(first.id, first.handle, first.name)


def add_team(name: str, *, under: str | None = None) -> int:
    """A team, at the top or under another one."""
    return people.add_team(owner(), name, now=NOW, parent=people.find_team(under) if under else None)


def add_person(name: str, role: str = "rep", *, team: str | None = None, since: date | None = None) -> Actor:
    """Somebody with a role, in a team since a day (none: since ever)."""
    person = people.add_person(owner(), name, now=NOW, role=role)
    if team:
        people.join_team(owner(), person, people.find_team(team), now=NOW, from_on=since)
    return people.as_actor(person)


def add_account(name: str, **facts: Any) -> int:
    """An account, or the one that is called so already."""
    return accounts.find_account(name) or accounts.add_account(owner(), name, now=NOW, **facts)


def add_product(name: str, price: str | None = None) -> int:
    """A product with its list price in major units."""
    return products.add_product(owner(), name, now=NOW, list_price_minor=minor(price))


def add_deal(
    account: str | None = None,
    value: str | None = None,
    *,
    stage: str = "target",
    by: Actor | None = None,
    now: datetime = NOW,
    **facts: Any,
) -> int:
    """An open deal with an account, worth so much in major units (`12k`); its owner is who adds it."""
    return pipeline.add_deal(
        by or owner(),
        now=now,
        account=add_account(account) if account else None,
        value_minor=minor(value),
        stage=stage_id(stage),
        **facts,
    )


def minor(amount: str | None) -> int | None:
    """An amount in minor units of the board's currency."""
    return None if amount is None else money.parse_amount(amount, company.facts().currency)


def stage_id(kind: str) -> int:
    """The stage of a kind: target, prospect, opportunity, client, advocate."""
    return next(stage.id for stage in company.stages() if stage.kind == kind)


def stage_of(deal: int) -> str:
    """The kind of the stage that a deal is in."""
    return str(read(deal).stage.kind)


def read(deal: int) -> Deal:
    """A deal as it stands."""
    found: Deal = Deal.get_by_id(deal)
    return found


def column(kind: str) -> list[int]:
    """The deals in a column of the board, top first."""
    query = Deal.select(Deal.id).where(
        ~Deal.archived, Deal.stage == stage_id(kind), Deal.status.in_(("open", "won"))
    )
    return [deal for (deal,) in query.order_by(Deal.place, Deal.id).tuples()]


def faults() -> list[str]:
    """What the proof finds wrong with the board."""
    return verify.verify().faults


def digest(execute: Callable[[str], Iterable[Sequence[Any]]] | None = None, *, versions: bool = True) -> str:
    """A fingerprint of all domain rows, alike on both databases; of the open board, or as `execute` reads.

    Without versions it is the same again after something was undone.
    """
    read_from = execute or current().execute
    told = hashlib.sha256()
    for model in DOMAIN:
        fields = [column for column in model._meta.sorted_fields if versions or column.name != "version"]
        columns = ", ".join(f'"{column.column_name}"' for column in fields)
        query = f'SELECT {columns} FROM "{model._meta.table_name}" ORDER BY id'
        for row in read_from(query):
            told.update(
                repr([_alike(column, value) for column, value in zip(fields, row, strict=True)]).encode()
            )
    return told.hexdigest()


def _alike(column: Field, value: Any) -> Any:
    if isinstance(column, BooleanField) and value is not None:
        return bool(value)
    return value.isoformat() if isinstance(value, date) else value
