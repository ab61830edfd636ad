"""Client relationships: the day each began, its anniversaries, and whether anybody said thank you."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from salesboard.domain import company
from salesboard.domain.dates import anniversary
from salesboard.domain.permissions import require, writes
from salesboard.domain.pipeline import WON
from salesboard.domain.text import optional
from salesboard.errors import NotFound, Refused
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, FirstDate, Person, Thanks
from salesboard.storage.prepared import by_id

Kind = Literal["kick-off", "first sale"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Channel = Literal["call", "mail", "card", "in person", "gift"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

ROUND_YEARS = (1, 5, 10, 25, 50)
LAPSED = timedelta(days=548)
"""An account without business for eighteen months is not congratulated by routine."""
IN_TIME = timedelta(days=7)
"""A thank-you is due within so many days."""
LOOKED_BACK = timedelta(days=90)
"""What was to be thanked for longer ago is not asked for any more."""


@dataclass(frozen=True)
class Relation:
    """A client, and how the relationship stands."""

    account: int
    name: str
    since: date
    kind: Kind
    """Whether it began with a kick-off or with the first sale."""
    owner: str
    """Handle of whoever made the last sale."""
    owner_id: int
    revenue_minor: int
    sales: int
    last_sale_on: date
    last_thanks: date | None
    lapsed: bool
    story: str | None
    place: str | None


@dataclass(frozen=True)
class Anniversary:
    """A day that recalls the first date."""

    on: date
    years: int
    relation: Relation

    @property
    def is_round(self) -> bool:
        """Whether it is one of those that stand out."""
        return self.years in ROUND_YEARS


@dataclass(frozen=True)
class Owed:
    """Something to say thank you for that nobody has said it for."""

    on: date
    what: str
    """A sale, or so many years."""
    account: int
    name: str
    owner: str
    deal: int | None
    days: int
    """How long it is owed."""
    overdue: bool
    """Longer than a week."""


# --- reading ------------------------------------------------------------------------------------------------


def relations(*, today: date) -> list[Relation]:
    """All clients by name: every account with a sale by a day, and since when it is one.

    A pinned first date holds; one that is not pinned gives way to an earlier first sale.
    """
    with storage.snapshot():
        sales: dict[int, list[tuple[date, int, int]]] = defaultdict(list)
        rows = (
            Deal.select(Deal.account, Deal.closed_on, Deal.value_minor, Deal.owner)
            .where(Deal.status == WON, Deal.closed_on <= today, Deal.account.is_null(False))
            .order_by(Deal.closed_on, Deal.id)
        )
        for account, on, value, owner in rows.tuples().iterator():
            sales[account].append((on, value or 0, owner))
        names = dict(Account.select(Account.id, Account.name).tuples())
        handles = dict(Person.select(Person.id, Person.handle).tuples())
        remembered = {row.account_id: row for row in FirstDate.select()}
        thanked = {
            account: on
            for account, on in Thanks.select(Thanks.account, Thanks.on_date)
            .where(Thanks.on_date <= today)
            .order_by(Thanks.on_date)
            .tuples()
        }
    found = []
    for account, own in sales.items():
        since, kind = _start(remembered.get(account), own[0][0])
        row = remembered.get(account)
        found.append(
            Relation(
                account,
                names[account],
                since,
                kind,
                handles[own[-1][2]],
                own[-1][2],
                sum(value for _, value, _ in own),
                len(own),
                own[-1][0],
                thanked.get(account),
                today - own[-1][0] > LAPSED,
                row.story if row else None,
                row.place if row else None,
            )
        )
    return sorted(found, key=lambda one: (one.name.casefold(), one.account))


def _start(remembered: FirstDate | None, first_sale: date) -> tuple[date, Kind]:
    if remembered is None:
        return first_sale, "first sale"
    if remembered.kind == "first sale":
        return (remembered.on_date if remembered.pinned else first_sale), "first sale"
    if remembered.pinned or remembered.on_date <= first_sale:
        return remembered.on_date, "kick-off"
    return first_sale, "first sale"


def anniversaries(*, today: date, days: int = 60) -> list[Anniversary]:
    """The anniversaries of all clients from today on, for so many days, in order; the first is after a year.

    What began on 29 February is recalled on the 28th in common years.
    """
    after = today + timedelta(days=days)
    found = [one for relation in relations(today=today) for one in anniversaries_of(relation, today, after)]
    return sorted(found, key=lambda one: (one.on, one.relation.name.casefold()))


def anniversaries_of(relation: Relation, first: date, after: date) -> Iterator[Anniversary]:
    """The anniversaries of one client on the days `[first, after)`."""
    for year in range(max(first.year, relation.since.year + 1), after.year + 1):
        on = anniversary(relation.since, year)
        if first <= on < after:
            yield Anniversary(on, year - relation.since.year, relation)


def thanks_owed(*, today: date) -> list[Owed]:
    """Sales and anniversaries of the last ninety days nobody has said thank you for since, oldest first."""
    since = today - LOOKED_BACK
    clients = {one.account: one for one in relations(today=today)}
    events = [
        (on, f"sale of {title}", account, deal)
        for on, title, account, deal in Deal.select(Deal.closed_on, Deal.title, Deal.account, Deal.id)
        .where(
            Deal.status == WON, Deal.closed_on >= since, Deal.closed_on <= today, Deal.account.is_null(False)
        )
        .tuples()
    ]
    for one in clients.values():
        if not one.lapsed:
            events += [
                (
                    found.on,
                    f"{found.years} {'year' if found.years == 1 else 'years'} with us",
                    one.account,
                    None,
                )
                for found in anniversaries_of(one, since, today + timedelta(days=1))
            ]
    return sorted(
        (
            Owed(
                on,
                what,
                account,
                clients[account].name,
                clients[account].owner,
                deal,
                (today - on).days,
                today - on > IN_TIME,
            )
            for on, what, account, deal in events
            if (clients[account].last_thanks or date.min) < on
        ),
        key=lambda one: (one.on, one.name.casefold(), one.deal or 0),
    )


@dataclass(frozen=True)
class ThanksFacts:
    """A thank-you as it is kept."""

    id: int
    on: date
    channel: str
    words: str | None
    author: str


def thanks_of(account: int) -> list[ThanksFacts]:
    """All thanks to an account, the newest first."""
    rows = (
        Thanks.select(Thanks.id, Thanks.on_date, Thanks.channel, Thanks.words, Person.name)
        .left_outer_join(Person, on=Thanks.author == Person.id)
        .where(Thanks.account == account)
        .order_by(Thanks.on_date.desc(), Thanks.id.desc())
    )
    return [
        ThanksFacts(identity, on, channel, words, author or ledger.PROGRAM.name)
        for identity, on, channel, words, author in rows.tuples()
    ]


# --- keeping ------------------------------------------------------------------------------------------------


@writes("edit account")
def set_first_date(
    actor: Actor,
    account: int,
    kind: Kind,
    on: date,
    *,
    now: datetime,
    place: str | None = None,
    attendees: str | None = None,
    story: str | None = None,
    pinned: bool = False,
) -> None:
    """Keep when a relationship began, where, with whom, and its story; pinned, no earlier sale moves it.

    Refused: a day to come.
    """
    with ledger.batch(actor, "remembered", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "edit account", today=today)
        row = _account(account)
        if kind not in KINDS:
            raise Refused(f"a relationship begins with a {' or a '.join(KINDS)}, not with {kind!r}")
        if on > today:
            raise Refused(f"{on} is still to come: a first date has been")
        facts = {
            "kind": kind,
            "on_date": on,
            "place": optional(place, field="The place"),
            "attendees": optional(attendees, field="Who was there", limit=500),
            "story": optional(story, field="The story", limit=500),
            "pinned": pinned,
        }
        known = FirstDate.get_or_none(account=account)
        with ledger.entry(actor, "remembered the first date of", row, now=now) as entry:
            if known is None:
                entry.insert(FirstDate, account=account, author=actor.id, **facts)
            else:
                entry.update(known, **facts)


@writes("edit account")
def say_thanks(
    actor: Actor,
    account: int,
    channel: Channel,
    *,
    now: datetime,
    on: date | None = None,
    words: str | None = None,
) -> int:
    """Keep that somebody thanked an account, today or on a day before, for all there was until then.

    Refused: a day to come, an account that is not there.
    """
    with ledger.batch(actor, "thanked", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "edit account", today=today)
        row = _account(account)
        if channel not in CHANNELS:
            raise Refused(f"one thanks by {', '.join(CHANNELS)}, not by {channel!r}")
        if on is not None and on > today:
            raise Refused(f"{on} is still to come: keep the thanks once they are said")
        with ledger.entry(actor, "thanked", row, now=now) as entry:
            kept = entry.insert(
                Thanks,
                account=account,
                on_date=on or today,
                channel=channel,
                words=optional(words, field="The words", limit=2000, multiline=True),
                author=actor.id,
                at=now,
            )
    return int(kept.id)


def _account(identity: int) -> Account:
    row = by_id(Account, identity)
    if row is None:
        raise NotFound(f"there is no account {identity}; 'salesboard accounts list' shows them")
    return row
