"""What the columns of a file mean: the spellings of other systems, and what somebody settled by hand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from salesboard.domain import text
from salesboard.errors import Refused

DEALS, ACCOUNTS, PRODUCTS, PEOPLE, STAGES = KINDS = (
    "deals",
    "accounts",
    "products",
    "people",
    "stage history",
)
IGNORED = "ignore"
"""The field to map a column to that is not wanted."""

SALESBOARD, PIPEDRIVE, HUBSPOT, SALESFORCE, FILE = "salesboard", "pipedrive", "hubspot", "salesforce", "file"

_SPELLINGS: dict[str, dict[str, str]] = {
    DEALS: {
        "salesboard_id": "salesboard id",
        "as_of": "as of entry",
        "external": "external",
        "id": "record id | opportunity id | deal id | pipedrive system id | id | hs_object_id | external id",
        "title": "title | deal name | opportunity name | deal title | dealname | name | deal | opportunity",
        "account": "account | account name | organization | organization - name | organisation "
        "| associated company | associated company (primary) | company | company name | client | customer",
        "account_id": "account id | organization id | associated company ids "
        "| associated company ids (primary)",
        "contact": "contact | contact person | associated contact | contact name | primary contact",
        "owner": "owner | deal owner | opportunity owner | sales agent | owner name | sales rep | rep "
        "| salesperson",
        "owner_id": "owner id | hubspot owner id",
        "product": "product | product name | associated product | products",
        "quantity": "quantity | product quantity | total opportunity quantity | units | qty",
        "line_amount": "line amount",
        "stage": "stage | deal stage | stage name | stage (pipeline) | pipeline stage",
        "status": "status | deal status",
        "is_closed": "is closed | closed",
        "is_won": "is won | is closed won | won",
        "is_lost": "is closed lost | is lost",
        "value": "value | amount | close value | deal value | deal amount | total amount "
        "| amount in company currency | revenue",
        "estimated": "estimated",
        "currency": "currency | currency of value | amount currency | total amount currency "
        "| currency iso code | deal currency code | opportunity currency",
        "opened_on": "opened on | engage date | deal created | create date | created date | creation date "
        "| created | created at | created on | opened",
        "expected_on": "expected on | expected close date",
        "closed_on": "closed on | deal closed on | closed date | date closed",
        "won_on": "won on | won time | won date",
        "lost_on": "lost on | lost time | lost date",
        "close_date": "close date",
        "changed_on": "last stage change | update time | last modified date",
        "touched_on": "touched on | last activity date | last activity | last contacted",
        "reason": "reason | lost reason | closed lost reason | loss reason",
        "won_reason": "closed won reason",
        "look_again_on": "look again on",
        "next_step": "next step | opportunity next steps",
        "next_step_on": "next step on | next activity date",
        "source": "source | lead source | source channel | original traffic source",
        "archived": "archived | archive status",
        "deleted": "is deleted",
        "place": "place",
    },
    ACCOUNTS: {
        "id": "record id | account id | organization - id | organization id | company id | id",
        "name": "account | account name | company name | organization - name | organization | organisation "
        "| company | customer | name",
        "sector": "sector | industry",
        "location": "location | office location | headquarters | country | billing country | country/region "
        "| city | billing city | address | organization - address",
        "website": "website | website url | company domain name | domain",
        "founded": "founded | year established | year founded",
        "employees": "employees | number of employees",
        "turnover": "turnover | annual revenue | revenue",
        "turnover_millions": "turnover millions | revenue (millions) | revenue in millions",
        "parent": "parent | subsidiary of | parent account | parent company",
        "parent_id": "parent id | parent account id | parent company id",
        "currency": "currency | currency iso code",
        "deleted": "is deleted",
    },
    PRODUCTS: {
        "id": "record id | product id | product - id | id",
        "name": "product | product name | product - name | name",
        "code": "code | product code | product - product code | sku",
        "series": "series | family | product family | category | product - category",
        "list_price": "list price | sales price | unit price | price | standard price | product - unit price",
        "currency": "currency | currency iso code",
        "active": "active | is active",
        "deleted": "is deleted",
    },
    PEOPLE: {
        "id": "user id | id",
        "name": "name | sales agent | full name | sales rep | rep | agent | salesperson | person | user",
        "first_name": "first name",
        "last_name": "last name",
        "manager": "manager | sales manager | reports to",
        "manager_id": "manager id",
        "region": "region | regional office | territory",
        "team": "team | sales team",
        "role": "role | user role",
        "handle": "handle",
        "login": "login",
        "username": "username | user name",
        "email": "email | e-mail",
        "active": "active | is active",
    },
    STAGES: {
        "deal_id": "opportunity id",
        "stage": "stage name",
        "entered_on": "created date",
        "value": "amount",
    },
}

# One of each group must be there, or a file is not taken for that kind.
_TELLING: dict[str, tuple[tuple[str, ...], ...]] = {
    DEALS: (
        ("stage", "status", "is_won", "salesboard_id"),
        ("title", "account", "value", "id", "product", "salesboard_id"),
    ),
    ACCOUNTS: (("name",),),
    PRODUCTS: (("name",), ("series", "list_price", "code")),
    PEOPLE: (
        ("name", "last_name"),
        ("manager", "manager_id", "region", "team", "role", "handle", "login", "username"),
    ),
    STAGES: (("deal_id",), ("stage",), ("entered_on",)),
}

_QUOTE = "[\"'\u201c\u201d\u2018\u2019«»]?"
_ENTERED = re.compile(rf"date entered {_QUOTE}(.+?){_QUOTE}|hs_v2_date_entered_(.+)", re.IGNORECASE)
_ENTERED_OURS = re.compile("entered (.+)", re.IGNORECASE)
_OF_A_DEAL = ("title", "account", "account_id", "owner", "owner_id", "contact", "product")
_REFUSED_BEFORE = ("refused in", "refused line", "refused because")
"""Columns of the file that lists refused rows, so that it can be corrected and imported again."""


def _known_spellings() -> dict[str, dict[str, tuple[str, int]]]:
    """For each kind, the field and its rank by the key of every spelling; a field's own name is the first."""
    known: dict[str, dict[str, tuple[str, int]]] = {}
    for kind, fields in _SPELLINGS.items():
        known[kind] = {}
        for name, spellings in fields.items():
            for rank, spelling in enumerate([name, *spellings.split("|")]):
                known[kind].setdefault(key_of(spelling), (name, rank))
    return known


def normal(header: str) -> str:
    """A header without regard to case, spaces at its ends and between words, `Deal - ` before, `*` behind."""
    plain = " ".join(header.strip().removesuffix("*").lower().split())
    return plain.removeprefix("deal - ")


def key_of(header: str) -> str:
    """The key under which a header is looked up: `Close Date`, `CLOSEDATE` and `close_date` are one."""
    return text.match_key(normal(header))


_KNOWN = _known_spellings()
TARGETS: dict[str, tuple[str, ...]] = {kind: tuple(fields) for kind, fields in _SPELLINGS.items()}
"""The fields to which columns can be mapped, for each kind of file."""


@dataclass(frozen=True)
class Mapped:
    """A column as it is shown to whoever looks at the mapping."""

    header: str
    field: str | None
    """None means that the column is not used."""
    by_hand: bool = False


@dataclass(frozen=True)
class Columns:
    """What the columns of one file mean."""

    kind: str
    system: str
    """The program that wrote the file, `file` where that can not be told."""
    places: Mapping[str, int]
    """The column of each field."""
    entered: tuple[tuple[str, int], ...]
    """Columns that say when a deal came to a stage: the stage as it is written, the column."""
    shown: tuple[Mapped, ...]
    signature: str
    guarded: bool
    """Our own file: what would start a formula was written behind an apostrophe."""
    notes: tuple[str, ...] = ()
    by_hand: Mapping[str, str] = field(default_factory=dict)

    def has(self, *fields: str) -> bool:
        """Whether there is a column for any of these fields."""
        return any(name in self.places for name in fields)


def signature(header: Sequence[str]) -> str:
    """The same for all files with these columns, in whatever order."""
    return hashlib.sha256("\n".join(sorted(map(normal, header))).encode("utf-8", "replace")).hexdigest()[:32]


def recognised(
    header: Sequence[str], by_hand: Mapping[str, str] | None = None, kind: str | None = None
) -> Columns | None:
    """What these columns mean, or None where they are not those of any kind of file.

    `by_hand` holds fields by normal header; a header it does not name means what its spelling says.
    """
    by_hand = {name: field for name, field in (by_hand or {}).items() if name in map(normal, header)}
    system = _system(header)
    fitting = {}
    for candidate in (kind,) if kind else KINDS:
        columns = _as_kind(candidate, system, header, by_hand)
        if all(columns.has(*group) for group in _TELLING[candidate]):
            fitting[candidate] = columns
    if STAGES in fitting and not kind:
        if DEALS not in fitting or not fitting[DEALS].has(*_OF_A_DEAL):
            return fitting[STAGES]
        del fitting[STAGES]
    return max(fitting.values(), key=lambda columns: len(columns.places) + len(columns.entered), default=None)


def _as_kind(kind: str, system: str, header: Sequence[str], by_hand: Mapping[str, str]) -> Columns:
    taken: dict[str, tuple[int, int]] = {}
    entered: list[tuple[str, int]] = []
    for place, name in enumerate(header):
        if kind == DEALS and (stage := _stage_entered(name, system)) and normal(name) not in by_hand:
            entered.append((stage, place))
            continue
        target, rank = _meaning(kind, system, name, header, by_hand)
        if target is not None and rank < taken.get(target, (1 << 30, 0))[0]:
            taken[target] = (rank, place)
    places = {name: place for name, (_, place) in taken.items()}
    used = {place: name for name, place in places.items()} | {
        place: f"entered {stage}" for stage, place in entered
    }
    return Columns(
        kind,
        system,
        places,
        tuple(entered),
        tuple(Mapped(name, used.get(place), normal(name) in by_hand) for place, name in enumerate(header)),
        signature(header),
        system == SALESBOARD or _REFUSED_BEFORE[-1] in map(normal, header),
        tuple(_notes(kind, system, header, by_hand, used)),
        by_hand,
    )


def _meaning(
    kind: str, system: str, name: str, header: Sequence[str], by_hand: Mapping[str, str]
) -> tuple[str | None, int]:
    """The field that a column stands for, and how good a spelling of it this is (0 is best)."""
    if normal(name) in by_hand:
        target = by_hand[normal(name)]
        return (target, -1) if target in TARGETS[kind] else (None, 0)
    if not name or normal(name) in _REFUSED_BEFORE:
        return None, 0
    found, rank = _KNOWN[kind].get(key_of(name), (None, 0))
    if found == "turnover" and kind == ACCOUNTS and key_of(name) == "revenue" and _in_millions(header):
        return "turnover_millions", rank
    if found == "external" and system != SALESBOARD:
        return "id", 99
    return found, rank


def _in_millions(header: Sequence[str]) -> bool:
    """Whether these are the columns of the CRM sales sample, whose revenue is in millions."""
    return {"yearestablished", "officelocation", "subsidiaryof"} <= set(map(key_of, header))


def _stage_entered(header: str, system: str) -> str | None:
    """The stage whose beginning a column tells."""
    said = " ".join(header.strip().removesuffix("*").split()).removeprefix("Deal - ")
    if system == SALESBOARD:
        ours = _ENTERED_OURS.fullmatch(said)
        return ours[1] if ours else None
    theirs = _ENTERED.fullmatch(said)
    return (theirs[1] or theirs[2]) if theirs else None


def _notes(
    kind: str, system: str, header: Sequence[str], by_hand: Mapping[str, str], used: Mapping[int, str]
) -> list[str]:
    """What to say about columns that could have been used and are not."""
    notes = []
    for place, name in enumerate(header):
        target, _ = _meaning(kind, system, name, header, by_hand)
        if target is not None and place not in used:
            other = next(header[at] for at, taken in used.items() if taken == target)
            notes.append(f"“{name}” is not used: “{other}” is read as {target}")
        elif not name:
            notes.append(f"column {place + 1} has no name and is not used")
    return notes


def _system(header: Sequence[str]) -> str:
    keys = set(map(key_of, header))
    lowered = [name.strip().lower() for name in header]
    if "salesboardid" in keys:
        return SALESBOARD
    if any(name.startswith(("deal - ", "organization - ", "product - ")) for name in lowered) or (
        keys & {"currencyofvalue", "pipedrivesystemid"} or {"organization", "contactperson"} <= keys
    ):
        return PIPEDRIVE
    if (
        keys
        & {
            "opportunityname",
            "opportunityowner",
            "stagename",
            "systemmodstamp",
            "createdbyid",
            "fiscalperiod",
        }
        or {"ownerid", "isdeleted"} <= keys
        or "opportunity id" in lowered
    ):
        return SALESFORCE
    if "recordid" in keys or keys & {"dealname", "hsobjectid", "associatedcompanyids"}:
        return HUBSPOT
    if "accountid" in keys and keys & {"lastactivity", "accountowner", "billingcountry", "numberofemployees"}:
        return SALESFORCE
    return FILE


def known_headers(cells: Sequence[str], by_hand: Mapping[str, str]) -> int:
    """How many of these cells are headers of whatever kind of file."""
    return sum(
        normal(cell) in by_hand or any(key_of(cell) in known for known in _KNOWN.values())
        for cell in cells
        if cell.strip()
    )


def refuse_twins(name: str, header: Sequence[str]) -> None:
    """Refuse a file in which two columns are called the same."""
    seen: dict[str, int] = {}
    for place, header_cell in enumerate(header, 1):
        said = normal(header_cell)
        if said and said in seen:
            raise Refused(
                f"{name} has two columns called {text.echo(header_cell)} ({seen[said]} and {place}); "
                "rename one of them, so that it is clear which one counts."
            )
        seen[said] = place
