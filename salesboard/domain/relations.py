"""Client relationships: the day each began, its anniversaries, and whether anybody said thank you."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from salesboard.domain import company, money
from salesboard.domain.dates import anniversary, day_in_words, span_in_words, years_in_words
from salesboard.domain.permissions import leads_of, require, teams_of, writes
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
LEADS = (14, 7, 0)
"""So many days before an anniversary people are told of it."""
CAUGHT_UP = timedelta(days=30)
"""Of an anniversary that was missed for longer nobody is told any more."""


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
    first_sale_on: date
    first_sale_minor: int | None
    last_sale_on: date
    last_thanks: date | None
    lapsed: bool
    story: str | None
    place: str | None
    attendees: str | None
    pinned: bool


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
class Occasion:
    """Something to say thank you for: a sale, or an anniversary."""

    on: date
    account: int
    name: str
    owner_id: int
    """Whose sale it is; of an anniversary, who had made the last sale before it."""
    deal: int | None
    """None for an anniversary."""
    what: str
    """`sale of CRM renewal`, `5 years with us`."""
    key: str
    """What it is called for ever: its deal, or the account, the day it began and the year."""


@dataclass(frozen=True)
class Owed:
    """Something to say thank you for that nobody has said it for."""

    on: date
    what: str
    """A sale, or so many years."""
    account: int
    name: str
    owner: str
    owner_id: int
    deal: int | None
    days: int
    """How long it is owed."""
    overdue: bool
    """Longer than a week."""
    key: str


# --- reading ------------------------------------------------------------------------------------------------


class _Sale(NamedTuple):
    on: date
    deal: int
    value_minor: int | None
    owner: int
    title: str


@dataclass(frozen=True)
class _Client:
    """A client's sales in order, and what somebody remembers of how it began."""

    account: int
    name: str
    sales: Sequence[_Sale]
    remembered: FirstDate | None
    thanks: Sequence[date]
    """In order."""

    @property
    def start(self) -> tuple[date, Kind]:
        """Since when, and what it began with."""
        first, kept = self.sales[0].on, self.remembered
        if kept is not None and (kept.pinned or (kept.kind == "kick-off" and kept.on_date <= first)):
            return kept.on_date, kept.kind
        return first, "first sale"

    def last_sale(self, day: date) -> _Sale | None:
        """The last sale up to a day."""
        place = bisect_right(self.sales, day, key=_day_of)
        return self.sales[place - 1] if place else None


def _day_of(sale: _Sale) -> date:
    return sale.on


def _clients(today: date, account: int | None = None) -> Iterator[_Client]:
    """All accounts with a sale by a day, or one of them."""
    with storage.snapshot():
        sales: dict[int, list[_Sale]] = defaultdict(list)
        rows = (
            Deal.select(Deal.account, Deal.closed_on, Deal.id, Deal.value_minor, Deal.owner, Deal.title)
            .where(Deal.status == WON, Deal.closed_on <= today, Deal.account.is_null(False))
            .order_by(Deal.closed_on, Deal.id)
        )
        thanks = Thanks.select(Thanks.account, Thanks.on_date).where(Thanks.on_date <= today)
        names = Account.select(Account.id, Account.name)
        dates = FirstDate.select()
        if account is not None:
            rows, names = rows.where(Deal.account == account), names.where(Account.id == account)
            thanks, dates = thanks.where(Thanks.account == account), dates.where(FirstDate.account == account)
        for owner, *facts in rows.tuples().iterator():
            sales[owner].append(_Sale(*facts))
        called = dict(names.tuples())
        remembered = {row.account_id: row for row in dates}
        thanked: dict[int, list[date]] = defaultdict(list)
        for client, on in thanks.order_by(Thanks.on_date).tuples():
            thanked[client].append(on)
    for client, own in sales.items():
        yield _Client(client, called[client], own, remembered.get(client), thanked.get(client, ()))


def relations(*, today: date) -> list[Relation]:
    """All clients by name: every account with a sale by a day, and since when it is one.

    A pinned first date holds; one that is not pinned gives way to an earlier first sale.
    """
    handles = _handles()
    found = [_relation(client, handles, today) for client in _clients(today)]
    return sorted(found, key=lambda one: (one.name.casefold(), one.account))


def relation_with(account: int, *, today: date) -> Relation | None:
    """How the relationship with an account stands; None without a sale by that day."""
    found = next(_clients(today, account), None)
    return _relation(found, _handles(), today) if found else None


def _handles() -> dict[int, str]:
    return dict(Person.select(Person.id, Person.handle).tuples())


def _relation(client: _Client, handles: Mapping[int, str], today: date) -> Relation:
    (since, kind), kept, last = client.start, client.remembered, client.sales[-1]
    return Relation(
        client.account,
        client.name,
        since,
        kind,
        handles[last.owner],
        last.owner,
        sum(sale.value_minor or 0 for sale in client.sales),
        len(client.sales),
        client.sales[0].on,
        client.sales[0].value_minor,
        last.on,
        client.thanks[-1] if client.thanks else None,
        today - last.on > LAPSED,
        kept.story if kept else None,
        kept.place if kept else None,
        kept.attendees if kept else None,
        bool(kept and kept.pinned),
    )


def anniversaries(*, today: date, days: int = 60) -> list[Anniversary]:
    """The anniversaries of all clients from today on, for so many days, in order; the first is after a year.

    What began on 29 February is recalled on the 28th in common years.
    """
    return _between(relations(today=today), today, today + timedelta(days=days))


def _between(clients: Iterable[Relation], first: date, after: date) -> list[Anniversary]:
    found = [one for relation in clients for one in anniversaries_of(relation, first, after)]
    return sorted(found, key=lambda one: (one.on, one.relation.name.casefold(), one.relation.account))


def anniversaries_of(relation: Relation, first: date, after: date) -> Iterator[Anniversary]:
    """The anniversaries of one client on the days `[first, after)`."""
    for on, years in _recurring(relation.since, first, after):
        yield Anniversary(on, years, relation)


def _recurring(since: date, first: date, after: date) -> Iterator[tuple[date, int]]:
    """The days in `[first, after)` that recall a day, each with the years since; the first after a year."""
    for year in range(max(first.year, since.year + 1), after.year + 1):
        on = anniversary(since, year)
        if first <= on < after:
            yield on, year - since.year


def together_in_words(one: Relation, today: date) -> str:
    """`Together since 10 May 2023, kick-off in Graz with M. Huber; 2 years 6 months`."""
    place = f" in {one.place}" if one.place else ""
    company_of = f" with {one.attendees}" if one.attendees else ""
    since = f"Together since {day_in_words(one.since)}, {one.kind}{place}{company_of}"
    return f"{since}; {span_in_words(one.since, today)}"


# --- thanks -------------------------------------------------------------------------------------------------


def occasions(
    *, today: date, since: date = date.min, account: int | None = None
) -> list[tuple[Occasion, date | None]]:
    """What there was to thank clients for from one day to another, oldest first, each with the day of the
    first thank-you after it.

    A thank-you is for all there was until then. An anniversary counts if the client had bought within the
    eighteen months before it.
    """
    found = [
        (one, client.thanks[place] if place < len(client.thanks) else None)
        for client in _clients(today, account)
        for one in _occasions_of(client, since, today)
        for place in [bisect_left(client.thanks, one.on)]
    ]
    return sorted(found, key=lambda one: (one[0].on, one[0].name.casefold(), one[0].deal or 0))


def _occasions_of(client: _Client, since: date, today: date) -> Iterator[Occasion]:
    for sale in client.sales:
        if sale.on >= since:
            what, key = f"sale of {sale.title}", f"deal:{sale.deal}"
            yield Occasion(sale.on, client.account, client.name, sale.owner, sale.deal, what, key)
    start, _ = client.start
    for on, years in _recurring(start, max(since, start), today + timedelta(days=1)):
        last = client.last_sale(on)
        if last is not None and on - last.on <= LAPSED:
            what, key = f"{years_in_words(years)} with us", f"account:{client.account}:{start}:{years}"
            yield Occasion(on, client.account, client.name, last.owner, None, what, key)


def thanks_owed(*, today: date, account: int | None = None) -> list[Owed]:
    """Sales and anniversaries of the last ninety days nobody has said thank you for since, oldest first."""
    handles = _handles()
    return [
        Owed(
            one.on,
            one.what,
            one.account,
            one.name,
            handles[one.owner_id],
            one.owner_id,
            one.deal,
            (today - one.on).days,
            today - one.on > IN_TIME,
            one.key,
        )
        for one, thanked_on in occasions(today=today, since=today - LOOKED_BACK, account=account)
        if thanked_on is None
    ]


@dataclass(frozen=True)
class FirstDateFacts:
    """A first date as somebody keeps it."""

    id: int
    kind: Kind
    on_date: date
    place: str | None
    attendees: str | None
    story: str | None
    pinned: bool
    author: str


def first_date_of(account: int) -> FirstDateFacts | None:
    """What is kept of how the relationship with an account began."""
    row = FirstDate.get_or_none(FirstDate.account == account)
    if row is None:
        return None
    author = row.author.name if row.author_id else ledger.PROGRAM.name
    return FirstDateFacts(
        row.id, row.kind, row.on_date, row.place, row.attendees, row.story, row.pinned, author
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


# --- what to remind people of -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flag:
    """That a client has an anniversary soon, today, or had one while nobody looked."""

    account: int
    start: date
    """The day the relationship began: with another one, it is another anniversary."""
    year: int
    """So many years."""
    lead: int
    """So many days before; 0 for the day itself, and for one that was missed."""
    on: date
    """The day of the anniversary."""
    text: str
    whom: tuple[int, ...]
    """People, by number: who made the last sale, on the day itself also who leads them."""

    @property
    def key(self) -> str:
        """The same for the same anniversary of the same beginning, so many days before."""
        return f"{self.account}:{self.start}:{self.year}:{self.lead}"


@dataclass(frozen=True)
class ThanksFlag:
    """That nobody has said thank you for something within a week."""

    key: str
    """`deal:60074`, or `account:33012:2020-11-29:5` for five years since that day."""
    account: int
    deal: int | None
    on: date
    """The day of the sale or the anniversary."""
    text: str
    whom: tuple[int, ...]


def flags(
    today: date,
    since_day: date | None = None,
    leads: Sequence[int] = LEADS,
    *,
    account: int | None = None,
) -> list[Flag]:
    """The anniversaries to tell of on a day, by day and client: so many days ahead, and on the day itself;
    of all clients or of one account.

    `since_day` is the last day that was told of; what fell due after it is caught up, but at most thirty
    days, and of several leads that were missed only the last is told. Without it, all that fell due in
    those thirty days is told. A client without business for eighteen months has none.
    """
    currency = company.facts().currency
    told = max(since_day or date.min, today - CAUGHT_UP)
    handles = _handles()
    known = (_relation(client, handles, today) for client in _clients(today, account))
    clients = [one for one in known if not one.lapsed]
    after = today + timedelta(days=max(leads, default=0) + 1)
    found = []
    for one in _between(clients, told + timedelta(days=1), after):
        due = [lead for lead in leads if told < one.on - timedelta(days=lead) <= today]
        if due and (one.on >= today or 0 in due):
            found.append(_flag(one, min(due), today, currency))
    return found


def _flag(found: Anniversary, lead: int, today: date, currency: str) -> Flag:
    one, on, ahead = found.relation, found.on, (found.on - today).days
    said = f"{one.name}, {years_in_words(found.years)} with us"
    if ahead < 0:
        said += f", was on {day_in_words(on, year=on.year != today.year)}"
    else:
        when = {0: "Today", 1: "Tomorrow"}.get(ahead, f"In {ahead} days")
        said = f"{when}: {said}"
    whom = _told_to(one.owner_id, today, leaders=lead == 0)
    text = f"{said} (started {beginning_in_words(one, currency)})"
    return Flag(one.account, one.since, found.years, lead, on, text, whom)


def beginning_in_words(one: Relation, currency: str) -> str:
    """`29 Nov 2020 with a first sale of 12,400`, `10 May 2023 with a kick-off in Graz`."""
    if one.kind == "first sale":
        amount = one.first_sale_minor
        how = f" of {money.format_plain(amount, currency)}" if amount is not None else ""
    else:
        how = f" in {one.place}" if one.place else ""
    return f"{day_in_words(one.since)} with a {one.kind}{how}"


def thanks_due(today: date, *, account: int | None = None) -> list[ThanksFlag]:
    """What nobody has said thank you for within a week, of the last ninety days, oldest first; for whoever
    made the sale, else for who leads them."""
    overdue = [one for one in thanks_owed(today=today, account=account) if one.overdue]
    whom = {owner: _told_to(owner, today) for owner in {one.owner_id for one in overdue}}
    return [
        ThanksFlag(
            one.key,
            one.account,
            one.deal,
            one.on,
            f"Thank-you owed to {one.name} since {day_in_words(one.on, year=False)}: {one.what}",
            whom[one.owner_id],
        )
        for one in overdue
    ]


def _told_to(owner: int, today: date, *, leaders: bool = False) -> tuple[int, ...]:
    """A client's owner, and who leads them if wanted; those alone where the owner is not here any more."""
    row = by_id(Person, owner)
    here = row is not None and row.active
    leads = leads_of(teams_of(owner, today), today) - {owner} if leaders or not here else set()
    return tuple(sorted(leads | {owner} if here else leads))


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
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Keep when a relationship began, where, with whom, and its story; pinned, no earlier sale moves it.

    `seen` holds what the actor saw kept before; what somebody else changed since is a Conflict. Refused: a
    day to come.
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
                entry.update(known, **ledger.still_meant(known, seen, facts))


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


@writes("withdraw thanks")
def withdraw_thanks(actor: Actor, thanks: int, *, now: datetime) -> str:
    """Take a thank-you back, as if it had not been said: what it was for is owed again. The account's name.

    Refused: a thank-you that is not there, or somebody else's that is not theirs to take back.
    """
    with ledger.batch(actor, "took back thanks", now=now, several=False):
        row = by_id(Thanks, thanks)
        if row is None:
            raise NotFound(f"there is no thank-you {thanks}; 'salesboard accounts show' lists them")
        require(actor, "withdraw thanks", today=company.facts().today(now), owner=row.author_id)
        account = _account(row.account_id)
        with ledger.entry(actor, "took back thanks to", account, now=now) as entry:
            entry.delete(row)
    return str(account.name)


def _account(identity: int) -> Account:
    row = by_id(Account, identity)
    if row is None:
        raise ledger.gone("account", identity, "this account") or NotFound(
            f"there is no account {identity}; 'salesboard accounts list' shows them"
        )
    return row
