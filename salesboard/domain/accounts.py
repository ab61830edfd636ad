"""The businesses we sell to, and the people there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesboard.domain import company, text
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import LARGEST_AMOUNT, Account, Contact
from salesboard.storage.prepared import by_id


@dataclass(frozen=True)
class AccountFacts:
    """A business we sell to; its turnover in minor units."""

    id: int
    name: str
    sector: str | None
    location: str | None
    website: str | None
    founded: int | None
    employees: int | None
    turnover_minor: int | None
    parent: str | None
    """Name of the account it belongs to."""
    external: str | None


@dataclass(frozen=True)
class ContactFacts:
    """A person at an account."""

    id: int
    name: str
    title: str | None
    email: str | None
    phone: str | None


@writes("add account")
def add_account(actor: Actor, name: str, *, now: datetime, **facts: Any) -> int:
    """Add an account and hand back its id. Refused: a name that is there already, however it is spelt."""
    values = _checked(name=name, **facts)
    with ledger.entry(actor, "added", now=now) as entry:
        require(actor, "add account", today=company.facts().today(now))
        _refuse_twin(values["key"], None)
        _check_parent(None, values.get("parent"))
        account = entry.insert(Account, **values)
    return int(account.id)


@writes("edit account")
def edit_account(actor: Actor, account: int, *, now: datetime, **changes: Any) -> None:
    """Change an account's facts. Refused: another's name, numbers without sense, itself as parent."""
    values = _checked(**changes)
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit account", today=company.facts().today(now))
        row = by_id(Account, account)
        if row is None:
            raise NotFound(f"there is no account {account}")
        if "key" in values:
            _refuse_twin(values["key"], account)
        _check_parent(account, values.get("parent"))
        entry.subject = row
        entry.update(row, **values)


def _refuse_twin(key: str, but: int | None) -> None:
    twin = Account.get_or_none((Account.key == key) & (Account.id != (but or 0)))
    if twin is not None:
        raise Refused(f"there is an account {twin.name} already")


def _check_parent(account: int | None, parent: int | None) -> None:
    """Refuse a parent that is not there, or that belongs to the account itself."""
    above = parent
    while above is not None:
        if above == account:
            raise Refused("an account can not belong to itself")
        row = by_id(Account, above)
        if row is None:
            raise NotFound(f"there is no account {above}")
        above = row.parent_id


TEXTS = ("sector", "location", "website")
NUMBERS = {"founded": 9999, "employees": 100_000_000, "turnover_minor": LARGEST_AMOUNT}
"""The largest number that each of these may be."""


def _checked(**facts: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "name":
            cleaned = text.clean(value, field="account name")
            values |= {"name": cleaned, "key": text.match_key(cleaned), "search": text.search_key(cleaned)}
        elif name in TEXTS:
            values[name] = text.optional(value, field=name)
        elif name in NUMBERS:
            if value is not None and not 0 <= value <= NUMBERS[name]:
                raise Refused(f"{value} is no sensible number for {name.removesuffix('_minor')}")
            values[name] = value
        elif name == "parent":
            values[name] = value
        else:
            raise Refused(f"an account has no {name}")
    return values


def find_account(said: str) -> int | None:
    """The account that is called so, whatever the case, spaces and punctuation; None if there is none."""
    row = Account.get_or_none(Account.key == text.match_key(said))
    return row.id if row else None


def all_accounts(containing: str = "") -> list[AccountFacts]:
    """Every account by name, or those whose names contain these letters."""
    return _read(Account.search.contains(text.search_key(containing)))


def account_facts(account: int) -> AccountFacts:
    """What is known of one account."""
    found = _read(Account.id == account)
    if not found:
        raise NotFound(f"there is no account {account}")
    return found[0]


def _read(condition: Any) -> list[AccountFacts]:
    parent = Account.alias()
    query = (
        Account.select(
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
        )
        .left_outer_join(parent, on=Account.parent == parent.id)
        .where(condition)
        .order_by(Account.search, Account.id)
    )
    return [AccountFacts(*row) for row in query.tuples()]


def names_like(beginning: str, *, most: int = 8) -> list[str]:
    """Names of accounts that contain these letters, those that begin with them first."""
    wanted = text.search_key(beginning)
    query = (
        Account.select(Account.name).where(Account.search.contains(wanted)).order_by(Account.name).limit(200)
    )
    names = [name for (name,) in query.tuples()]
    names.sort(key=lambda name: (not text.search_key(name).startswith(wanted), name.casefold()))
    return names[:most]


@writes("add contact")
def add_contact(
    actor: Actor,
    account: int,
    name: str,
    *,
    now: datetime,
    title: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> int:
    """Add a person at an account and hand back the id. Refused: the same name twice at one account."""
    cleaned = text.clean(name, field="contact name")
    with ledger.entry(actor, "added", now=now) as entry:
        require(actor, "add contact", today=company.facts().today(now))
        if Account.get_or_none(Account.id == account) is None:
            raise NotFound(f"there is no account {account}")
        key = text.match_key(cleaned)
        if Contact.get_or_none((Contact.account == account) & (Contact.key == key)) is not None:
            raise Refused(f"{cleaned} is among that account's contacts already")
        contact = entry.insert(
            Contact,
            account=account,
            name=cleaned,
            key=key,
            title=text.optional(title, field="title"),
            email=text.optional(email, field="email"),
            phone=text.optional(phone, field="phone"),
        )
    return int(contact.id)


@writes("edit contact")
def edit_contact(actor: Actor, contact: int, *, now: datetime, **changes: str | None) -> None:
    """Change what is known of a contact."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "name":
            cleaned = text.clean(value or "", field="contact name")
            values |= {"name": cleaned, "key": text.match_key(cleaned)}
        elif name in ("title", "email", "phone"):
            values[name] = text.optional(value, field=name)
        else:
            raise Refused(f"a contact has no {name}")
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit contact", today=company.facts().today(now))
        row = Contact.get_or_none(Contact.id == contact)
        if row is None:
            raise NotFound(f"there is no contact {contact}")
        entry.subject = row
        entry.update(row, **values)


def contacts_of(account: int) -> list[ContactFacts]:
    """Everybody at an account, by name."""
    query = Contact.select(Contact.id, Contact.name, Contact.title, Contact.email, Contact.phone)
    return [
        ContactFacts(*row)
        for row in query.where(Contact.account == account).order_by(Contact.name, Contact.id).tuples()
    ]


def find_contact(account: int, said: str) -> int:
    """The contact of this name at an account, or of this number."""
    key = text.match_key(said)
    for contact in contacts_of(account):
        if text.match_key(contact.name) == key or said == str(contact.id):
            return contact.id
    raise NotFound(f"there is no contact {said!r} at that account")
