"""What was accomplished since a day: milestones reached, records fallen, sales, thanks; and what is owed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from salesboard.domain import company, dates, money, permissions, record_book, records, relations, standings
from salesboard.domain.dates import day_in_words, years_in_words
from salesboard.domain.gains import COMPANY_SCOPE, Metric, Scope
from salesboard.domain.goals import ACTIVE, RETIRED, goals
from salesboard.domain.pipeline import WON
from salesboard.domain.record_news import MONEY
from salesboard.domain.records import Moment, Record
from salesboard.domain.relations import Owed
from salesboard.domain.text import counted
from salesboard.errors import Refused
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, Person, Product, Team, Thanks

AGO = re.compile(r"([0-9]{1,4}) ?(d|days?|w|weeks?)( ago)?")
DIGEST_NAMES = 3
"""So many of anything are called by name in one line of the digest."""


@dataclass(frozen=True)
class Reached:
    """A milestone of a goal that was reached."""

    on: date
    goal: str
    whose: str
    label: str
    metric: Metric
    threshold: int
    """Minor units of revenue, else a count."""
    deal: int | None
    """The deal that crossed it."""
    mine: bool


@dataclass(frozen=True)
class Fallen:
    """A record that fell; of several scopes in which the same did, the widest."""

    on: date
    whose: str
    what: str
    """`revenue in a month`, `largest sale`."""
    metric: records.Metric
    value: int
    """Minor units, days or a count, as the metric has it."""
    before: int
    deal: int | None
    mine: bool


@dataclass(frozen=True)
class Won:
    """A sale."""

    on: date
    deal: int
    name: str
    title: str
    value_minor: int | None
    owner: str
    mine: bool


@dataclass(frozen=True)
class Thanked:
    """A thank-you that was said."""

    on: date
    account: int
    name: str
    channel: str
    author: str
    mine: bool


@dataclass(frozen=True)
class Since:
    """What was accomplished from one day to another, both counted, each list oldest first.

    Everything is the whole company's; what is one's own, or of those one leads, is marked as `mine`.
    """

    since: date
    today: date
    milestones: list[Reached]
    records: list[Fallen]
    sales: list[Won]
    thanks: list[Thanked]
    owed: list[Owed]
    """Everybody's, as it stands on the last day."""
    mine: frozenset[int]
    """Whose deeds are marked."""

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happened."""
        return not (self.milestones or self.records or self.sales or self.thanks)

    @property
    def own_debts(self) -> list[Owed]:
        """The thanks that are owed by whoever asks, and by those they lead."""
        return [one for one in self.owed if one.owner_id in self.mine]


def day_meant(said: str, *, today: date) -> date:
    """The day since when is asked: `monday`, `yesterday`, `2026-11-01`, `3 days`. Refused: a day to come."""
    words = " ".join(said.casefold().split())
    if found := AGO.fullmatch(words):
        days = int(found[1]) * (7 if found[2].startswith("w") else 1)
        return dates.in_range(today - timedelta(days=days), today=today, field="the day")
    day = dates.parse_day(words, today=today, field="the day", past=True)
    if day > today:
        raise Refused(f"{day} is still to come: nothing was accomplished since")
    return day


def accomplished(actor: Actor, since: date, *, today: date, in_short: bool = False) -> Since:
    """What was accomplished since a day, that day with it, as it stands on another.

    `in_short`, of records only those of the company and one's own, and none of single products.
    """
    mine = _mine(actor, today)
    names = dict(Person.select(Person.id, Person.name).tuples())
    handles = dict(Person.select(Person.id, Person.handle).tuples())
    return Since(
        since,
        today,
        _milestones(since, today, mine),
        _records(since, _books(actor, today, in_short), mine, names),
        _sales(since, today, mine, handles),
        _thanks(since, today, mine, names),
        relations.thanks_owed(today=today),
        mine,
    )


def _mine(actor: Actor, today: date) -> frozenset[int]:
    """Oneself, and those one leads."""
    if actor.id is None:
        return frozenset()
    leads = Person.get_by_id(actor.id).role in permissions.LEADING
    return frozenset({actor.id} | (permissions.people_led(actor.id, today) if leads else set()))


def _milestones(since: date, today: date, mine: frozenset[int]) -> list[Reached]:
    found = []
    for one in standings.stand(goals(statuses=(ACTIVE, RETIRED)), today=today):
        for milestone in one.milestones:
            on, by = milestone.standing.reached_on, milestone.standing.crossed_by
            if on is not None and since <= on <= today:
                found.append(
                    Reached(
                        on,
                        one.goal.name,
                        one.goal.whose,
                        milestone.facts.rung.label,
                        one.goal.metric,
                        milestone.facts.rung.threshold,
                        by.subject if by else None,
                        one.goal.scope.person in mine,
                    )
                )
    return sorted(found, key=lambda one: (one.on, one.whose, one.goal, one.label))


def _books(actor: Actor, today: date, in_short: bool) -> list[Record]:
    if not in_short:
        return record_book.book(today=today)
    scopes = [COMPANY_SCOPE] + ([Scope(person=actor.id)] if actor.id is not None else [])
    found = [record for scope in scopes for record in record_book.book(today=today, scope=scope)]
    return [record for record in found if record.product is None]


def _records(
    since: date, found: Iterable[Record], mine: frozenset[int], names: Mapping[int, str]
) -> list[Fallen]:
    """Each record that fell is told once: the last time it did, in the widest scope in which that was one."""
    teams = dict(Team.select(Team.id, Team.name).tuples())
    products = dict(Product.select(Product.id, Product.name).tuples())
    told: dict[tuple[object, ...], tuple[Record, Moment, Moment]] = {}
    for record in found:
        if len(record.moments) > 1 and record.moments[-1].on >= since:
            before, moment = record.moments[-2:]
            same = (record.metric, record.period, record.product, moment.period_start, moment.deal)
            told.setdefault(same, (record, before, moment))
    fallen = [
        Fallen(
            moment.on,
            _whose(record.scope, teams, names),
            _what(record, products),
            record.metric,
            moment.value,
            before.value,
            moment.deal,
            record.scope.person in mine,
        )
        for record, before, moment in told.values()
    ]
    return sorted(fallen, key=lambda one: (one.on, one.what, one.whose))


def _whose(scope: Scope, teams: Mapping[int, str], names: Mapping[int, str]) -> str:
    if scope == COMPANY_SCOPE:
        return "company"
    return teams[scope.team] if scope.team is not None else names[scope.person or 0]


def _what(record: Record, products: Mapping[int, str]) -> str:
    of = f" of {products[record.product]}" if record.product is not None else ""
    within = f" in a {record.period}" if record.period in records.PERIODS else ""
    return f"{record.metric}{of}{within}"


def value_in_words(metric: records.Metric, value: int, currency: str) -> str:
    """The value of a record: `64,000`, `12 d`, `5 working days`, `531`."""
    if metric in MONEY:
        return money.format_plain(value, currency)
    unit = {"fastest win": " d", "winning streak": " working days"}.get(metric, "")
    return f"{value:,}{unit}"


def _sales(since: date, today: date, mine: frozenset[int], handles: Mapping[int, str]) -> list[Won]:
    rows = (
        Deal.select(Deal.closed_on, Deal.id, Account.name, Deal.title, Deal.value_minor, Deal.owner)
        .left_outer_join(Account, on=Deal.account == Account.id)
        .where(Deal.status == WON, Deal.closed_on >= since, Deal.closed_on <= today)
        .order_by(Deal.closed_on, Deal.id)
    )
    return [
        Won(on, deal, name or title, title, value, handles[owner], owner in mine)
        for on, deal, name, title, value, owner in rows.tuples()
    ]


def _thanks(since: date, today: date, mine: frozenset[int], names: Mapping[int, str]) -> list[Thanked]:
    rows = (
        Thanks.select(Thanks.on_date, Thanks.account, Account.name, Thanks.channel, Thanks.author)
        .join(Account)
        .where(Thanks.on_date >= since, Thanks.on_date <= today)
        .order_by(Thanks.on_date, Thanks.id)
    )
    return [
        Thanked(on, account, name, channel, names.get(author, ""), author in mine)
        for on, account, name, channel, author in rows.tuples()
    ]


# --- in few lines -------------------------------------------------------------------------------------------


def digest(found: Since, *along: str | None) -> list[str]:
    """What somebody is told when they log in, in few lines; none where nothing happened and they owe no
    thanks. What goes `along`, such as what happened on this day years ago, is told with something else only.
    """
    currency = company.facts().currency
    lines = []
    if found.milestones:
        ours = [f"{one.whose} {one.goal}, {one.label}" for one in sorted(found.milestones, key=_own_first)]
        lines.append(f"reached: {_few(ours, '; ')}")
    if found.records:
        fallen = [
            f"{one.whose} {one.what} {value_in_words(one.metric, one.value, currency)}"
            for one in sorted(found.records, key=_own_first)
        ]
        lines.append(f"record: {_few(fallen, '; ')}")
    if found.sales:
        total = money.format_short(sum(one.value_minor or 0 for one in found.sales), currency)
        won = sorted(found.sales, key=lambda one: (not one.mine, -(one.value_minor or 0), one.deal))
        named = [
            f"{one.name} {money.format_short(one.value_minor or 0, currency)} ({one.owner})" for one in won
        ]
        lines.append(f"{counted(len(won), 'sale')}, {total} {currency}: {_few(named)}")
    if found.thanks:
        lines.append(f"thanked: {_few(list(dict.fromkeys(one.name for one in found.thanks)))}")
    if debts := found.own_debts:
        owed = list(dict.fromkeys(f"{one.name} ({one.days} d)" for one in debts))
        lines.append(f"thanks owed to {_few(owed)}")
    if not lines:
        return []
    lines += [one for one in along if one]
    return [f"salesboard since {found.since:%a} {day_in_words(found.since, year=False)}", *lines]


def _own_first(one: Reached | Fallen) -> bool:
    return not one.mine


def _few(names: Sequence[str], between: str = ", ") -> str:
    """`a, b, c and 5 more`."""
    more = len(names) - DIGEST_NAMES
    return between.join(names[:DIGEST_NAMES]) + (f" and {more} more" if more > 0 else "")


def on_this_day(today: date) -> str | None:
    """What happened on this day years ago, in one line: how a relationship began, else the largest sale.

    The same all day: a round number of years first, then the client that has brought most. None where nothing
    did.
    """
    begun = [
        (one.years in relations.ROUND_YEARS, one.relation.revenue_minor, -one.relation.account, one)
        for one in relations.anniversaries(today=today, days=1)
    ]
    if begun:
        *_, best = max(begun, key=lambda one: one[:3])
        name, kind = best.relation.name, best.relation.kind
        return f"{years_in_words(best.years)} ago: {kind} {'with' if kind == 'kick-off' else 'to'} {name}"
    row = _largest_on(today)
    if row is None:
        return None
    on, name, value = row
    amount = money.format_short(value, company.facts().currency)
    return f"{years_in_words(today.year - on.year)} ago: {amount} from {name}"


def _largest_on(today: date) -> tuple[date, str, int] | None:
    """The largest sale to an account on this day of any year before."""
    first = Deal.select(Deal.closed_on).where(Deal.status == WON, Deal.closed_on < today)
    oldest = first.order_by(Deal.closed_on).limit(1).scalar()
    if oldest is None:
        return None
    days = [dates.anniversary(today, year) for year in range(oldest.year, today.year)]
    row = (
        Deal.select(Deal.closed_on, Account.name, Deal.value_minor)
        .join(Account)
        .where(Deal.status == WON, Deal.closed_on.in_(days), Deal.value_minor > 0)
        .order_by(Deal.value_minor.desc(), Deal.closed_on, Deal.id)
        .limit(1)
        .tuples()
        .first()
    )
    return row if row else None
