"""The board as it is read: columns in their order, cards, and all facts of one deal."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import peewee

from salesboard.domain import accounts, company, dates, permissions, pipeline
from salesboard.domain.accounts import ContactFacts
from salesboard.domain.company import StageFacts
from salesboard.errors import NotFound
from salesboard.storage import database as storage
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, DealLine, Goal, Note, Person, Product
from salesboard.storage.prepared import Prepared, by_id

BY_HAND = "hand"
ORDERS: dict[str, tuple[Any, ...]] = {
    BY_HAND: (Deal.place, Deal.id),
    "value": (Deal.value_minor.desc(nulls="last"), Deal.place, Deal.id),
    "next step": (Deal.next_step_on.asc(nulls="last"), Deal.place, Deal.id),
    "quiet longest": (Deal.touched_on.asc(nulls="first"), Deal.place, Deal.id),
    "expected close": (Deal.expected_on.asc(nulls="last"), Deal.place, Deal.id),
    "newest": (Deal.opened_on.desc(nulls="last"), Deal.place, Deal.id),
}
"""Ways to order the cards of a column; by hand is the only one in which cards can be reordered."""
EVERYONE, TEAM, ME = SCOPES = ("everyone", "my teams", "me")
"""Whose deals to look at; of my teams are also the teams beneath them."""
LONGEST_NUMBER = 18
"""So many digits fit into any database's numbers."""


@dataclass(slots=True)
class Column:
    """One stage with the ids of its cards in order, and what they add up to."""

    stage: StageFacts
    ids: array[int]
    """All deals of the column, or the first ones where no more were asked for."""
    count: int
    value_minor: int
    hidden: int
    """Older sales that are not shown."""

    @property
    def weighted_minor(self) -> int:
        """The value times the stage's likelihood, in minor units, rounded half up."""
        return (self.value_minor * self.stage.likelihood + 50) // 100


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows."""

    id: int
    title: str
    account: str | None
    value_minor: int | None
    estimated: bool
    owner: str
    owner_id: int
    stage_id: int
    status: str
    next_step: str | None
    next_step_on: date | None
    touched_on: date | None
    opened_on: date | None
    expected_on: date | None
    closed_on: date | None
    version: int

    @property
    def name(self) -> str:
        """The account, or the title where there is none."""
        return self.account or self.title

    @property
    def subject(self) -> str:
        """What it is about, beneath the name."""
        return self.title if self.account and self.title != self.account else ""


@dataclass(frozen=True, slots=True)
class Attention:
    """Why a card asks for attention: a sign, and the reason in a few words."""

    sign: str
    words: str
    urgent: bool


def columns(
    *,
    today: date,
    conditions: Iterable[Any] = (),
    any_status: bool = False,
    archived: bool = False,
    order: str = BY_HAND,
    closed_days: int | None = None,
    most: int | None = None,
) -> list[Column]:
    """The columns with the ids of their cards.

    Lost and disqualified deals are not on the board unless the conditions speak of them (`any_status`), nor
    are archived ones unless they speak of those (`archived`).
    Sales older than `closed_days` days are counted as hidden; None hides nothing. With `most`, only that
    many ids of each column are read; counts and sums are of all.
    """
    wanted = tuple(conditions)
    return [
        _column(stage, wanted, any_status, archived, order, today, closed_days, most)
        for stage in company.stages()
    ]


def in_scope(scope: str, actor: Actor, today: date) -> list[Any]:
    """The conditions that a scope sets."""
    if scope == EVERYONE or actor.id is None:
        return []
    owners = {actor.id} if scope == ME else permissions.people_led(actor.id, today) | {actor.id}
    return [Deal.owner.in_(sorted(owners))]


def _column(
    stage: StageFacts,
    conditions: Sequence[Any],
    any_status: bool,
    archived: bool,
    order: str,
    today: date,
    closed_days: int | None,
    most: int | None,
) -> Column:
    where = [Deal.stage == stage.id, *conditions]
    if not any_status:
        where.insert(0, Deal.status == (pipeline.WON if stage.holds_won else pipeline.OPEN))
    if not archived:
        where.insert(0, Deal.archived == False)  # noqa: E712 (an index can use it)
    shown, hidden = where, 0
    if stage.holds_won and closed_days is not None and not any_status:
        shown = [*where, Deal.closed_on > today - timedelta(days=closed_days)]
        hidden = _count_and_sum(where)[0]
    count, value = _count_and_sum(shown)
    query = Deal.select(Deal.id).where(*shown).order_by(*ORDERS[order]).limit(most)
    ids = array("q", chain.from_iterable(storage.raw(query)))
    return Column(stage, ids, count, value, hidden - count if shown is not where else 0)


def _count_and_sum(where: Sequence[Any]) -> tuple[int, int]:
    query = Deal.select(peewee.fn.COUNT(Deal.id), peewee.fn.SUM(Deal.value_minor)).where(*where)
    count, value = storage.raw(query).fetchone()
    return count, int(value or 0)


_CARD = (
    Deal.id,
    Deal.title,
    Account.name,
    Deal.value_minor,
    Deal.estimated,
    Person.handle,
    Deal.owner,
    Deal.stage,
    Deal.status,
    Deal.next_step,
    Deal.next_step_on,
    Deal.touched_on,
    Deal.opened_on,
    Deal.expected_on,
    Deal.closed_on,
    Deal.version,
)


def _cards_of(*deals: Any) -> Any:
    return (
        Deal.select(*_CARD)
        .join(Person, on=Deal.owner == Person.id)
        .switch(Deal)
        .left_outer_join(Account, on=Deal.account == Account.id)
        .where(Deal.id.in_(deals))
    )


_ONE_CARD = Prepared(_cards_of, 1)
_AT_ONCE = 50
_IN_A_SUM = 900
_MANY_CARDS = Prepared(_cards_of, _AT_ONCE)


def put_away(ids: Sequence[int]) -> frozenset[int]:
    """Which of these deals are archived."""
    query = Deal.select(Deal.id).where(Deal.id.in_(list(ids)), Deal.archived)
    return frozenset(deal for (deal,) in query.tuples())


def cards(ids: Sequence[int]) -> dict[int, Card]:
    """The cards of these deals, by id; those that are gone are missing."""
    if len(ids) == 1:
        return {row[0]: Card(*row) for row in _ONE_CARD.iterator(ids[0])}
    found: dict[int, Card] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        filled = (*some, *(some[0],) * (_AT_ONCE - len(some)))
        found.update((row[0], Card(*row)) for row in _MANY_CARDS.iterator(*filled))
    return found


def value_of(deals: Sequence[int]) -> int:
    """What these deals are worth together, in minor units; those without a value are worth nothing yet."""
    return sum(
        int(
            Deal.select(peewee.fn.COALESCE(peewee.fn.SUM(Deal.value_minor), 0))
            .where(Deal.id.in_(some))
            .scalar()
        )
        for some in (deals[start : start + _IN_A_SUM] for start in range(0, len(deals), _IN_A_SUM))
    )


def attention(card: Card, stage: StageFacts, today: date) -> Attention:
    """Why an open deal asks for attention: an overdue step first, then today's, then quiet days, then no next
    step."""
    if card.status == pipeline.WON:
        return _since_won(card, stage, today)
    if card.status != pipeline.OPEN:
        return Attention("✕", f"{card.status}{f' {card.closed_on}' if card.closed_on else ''}", False)
    step = card.next_step or "next step"
    due = card.next_step_on
    if due is not None and due < today:
        return Attention("!", f"{dates.humane_age((today - due).days)} late · {step}", True)
    if due == today:
        return Attention("•", f"today · {step}", True)
    quiet = (today - card.touched_on).days if card.touched_on else 0
    if stage.quiet_days is not None and quiet > stage.quiet_days and due is None:
        return Attention("!", f"{dates.humane_age(quiet)} quiet ({stage.quiet_days})", True)
    if due is not None:
        return Attention("→", f"{_day(due, today)} · {step}", False)
    if card.next_step:
        return Attention("→", card.next_step, False)
    return Attention("?", "no next step", False)


def _since_won(card: Card, stage: StageFacts, today: date) -> Attention:
    if card.closed_on is None:
        return Attention(" ", "", False)
    sign = "★" if stage.kind == company.ADVOCATE else "✓"
    return Attention(sign, f"won {_day(card.closed_on, today)}", False)


def _day(day: date, today: date) -> str:
    distance = (day - today).days
    if distance == 0:
        return "today"
    if 0 < distance < 7:
        return f"{day:%a}"
    if day.year == today.year:
        return f"{day.day} {day:%b}"
    return f"{day.day} {day:%b %Y}"


# --- one deal -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineFacts:
    """A product line of a deal; the amount of the whole line in minor units."""

    product: str
    product_id: int
    quantity: int
    amount_minor: int | None


@dataclass(frozen=True)
class NoteFacts:
    """A note on a deal."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class DealFacts:
    """Everything that is known of one deal."""

    card: Card
    stage: StageFacts
    account_id: int | None
    owner_name: str
    contact_id: int | None
    archived: bool
    reason: str | None
    look_again_on: date | None
    source: str | None
    external: str | None
    lines: tuple[LineFacts, ...]
    contacts: tuple[ContactFacts, ...]
    stays: tuple[pipeline.StayFacts, ...]
    times: tuple[pipeline.StageTime, ...]
    age_seconds: int
    notes: tuple[NoteFacts, ...]


def deal_facts(deal: int, now: datetime) -> DealFacts:
    """All facts of a deal, as the detail pane, the deal's page and the command line show them."""
    row = Deal.get_or_none(Deal.id == deal)
    if row is None:
        raise NotFound(f"there is no deal {deal}")
    lines = (
        DealLine.select(Product.name, Product.id, DealLine.quantity, DealLine.amount_minor)
        .join(Product)
        .where(DealLine.deal == deal)
        .order_by(DealLine.id)
    )
    notes = (
        Note.select(Note.at, Person.name, Note.text)
        .left_outer_join(Person, on=Note.author == Person.id)
        .where(Note.deal == deal)
        .order_by(Note.at.desc(), Note.id.desc())
    )
    return DealFacts(
        card=cards([deal])[deal],
        stage=next(stage for stage in company.stages() if stage.id == row.stage_id),
        account_id=row.account_id,
        owner_name=row.owner.name,
        contact_id=row.contact_id,
        archived=row.archived,
        reason=row.reason,
        look_again_on=row.look_again_on,
        source=row.source,
        external=row.external,
        lines=tuple(LineFacts(*line) for line in lines.tuples()),
        contacts=tuple(accounts.contacts_of(row.account_id)) if row.account_id else (),
        stays=tuple(pipeline.stays(deal)),
        times=tuple(pipeline.time_in_stages(deal, now)),
        age_seconds=pipeline.age_seconds(deal, now),
        notes=tuple(NoteFacts(at, author or "salesboard", text) for at, author, text in notes.tuples()),
    )


def find_deal(said: str) -> int:
    """The deal of this id, or of this id in another system."""
    if (
        said.isascii()
        and said.isdigit()
        and len(said) <= LONGEST_NUMBER
        and by_id(Deal, int(said)) is not None
    ):
        return int(said)
    matches = list(
        Deal.select(Deal.id).where((Deal.external == said) | Deal.external.endswith(f":{said}")).limit(2)
    )
    if len(matches) == 1:
        return int(matches[0].id)
    raise NotFound(f"there is no deal {said}; 'salesboard deals list' shows their numbers")


@dataclass(frozen=True)
class Quarter:
    """What was won in the running fiscal quarter, in minor units."""

    name: str
    won_minor: int
    sales: int


def quarter_so_far(*, today: date, fiscal_start: int, conditions: Iterable[Any] = ()) -> Quarter:
    """Sales of the running fiscal quarter up to today."""
    from salesboard.domain import periods

    quarter = periods.period_of("quarter", today, fiscal_start)
    won = (Deal.status == pipeline.WON, Deal.closed_on >= quarter.start, Deal.closed_on <= today)
    count, value = _count_and_sum([*won, *conditions])
    return Quarter(quarter.name, value, count)


def goals_exist() -> bool:
    """Whether any goal is set; where none is, nothing about goals has to be loaded."""
    return bool(Goal.select().where(Goal.status == "active").exists())
