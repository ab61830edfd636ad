"""The story of a client: one dated line for each milestone of the relationship, read from what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from salesboard import clock
from salesboard.domain import company, money, relations
from salesboard.domain.company import ADVOCATE, OPPORTUNITY
from salesboard.domain.pipeline import WON
from salesboard.domain.records import is_referral
from salesboard.domain.relations import LOOKED_BACK, Occasion
from salesboard.domain.text import counted
from salesboard.storage.models import Deal, Person, Stage, Stay, Thanks

Kind = Literal[
    "targeted",
    "opportunity",
    "referral",
    "first date",
    "first sale",
    "largest order",
    "advocate",
    "anniversary",
    "thanks",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Line:
    """A milestone of a relationship, and the row that it is read from."""

    on: date
    kind: Kind
    text: str
    fact: str
    """`deal:60074`, `stay:60075`, `thanks:33310`, `first_date:33100`."""
    deal: int | None


def story(account: int, today: date) -> list[Line]:
    """What happened with an account up to a day, oldest first: the first of each stage that counts, the
    largest order, each anniversary that was thanked for, each thank-you.

    Always in the same order: by day, then as a relationship goes, then as it was kept.
    """
    found = [*_of_deals(account, today), *_of_thanks(account, today)]
    return sorted(found, key=lambda one: (one.on, KINDS.index(one.kind), one.fact))


def _of_deals(account: int, today: date) -> Iterator[Line]:
    currency = company.facts().currency
    rows = Deal.select().where(Deal.account == account).order_by(Deal.opened_on, Deal.id)
    opened = [row for row in rows if row.opened_on and row.opened_on <= today]
    sales = sorted(
        (row for row in rows if row.status == WON and row.closed_on <= today),
        key=lambda row: (row.closed_on, row.id),
    )

    def sale(row: Deal) -> str:
        amount = f", {money.format_plain(row.value_minor, currency)}" if row.value_minor is not None else ""
        return f"{row.title}{amount}"

    def line(row: Deal, on: date, kind: Kind, text: str) -> Line:
        return Line(on, kind, text, f"deal:{row.id}", row.id)

    if opened:
        yield line(opened[0], opened[0].opened_on, "targeted", f"targeted: {opened[0].title}")
    for row in opened:
        if is_referral(row.source):
            yield line(row, row.opened_on, "referral", f"came by referral: {row.title}")
    if sales:
        yield line(sales[0], sales[0].closed_on, "first sale", f"first sale: {sale(sales[0])}")
        largest = max(sales, key=lambda row: (row.value_minor or 0, -row.id))
        if largest.value_minor and len(sales) > 1:
            yield line(largest, largest.closed_on, "largest order", f"largest order: {sale(largest)}")
    for kind, words in ((OPPORTUNITY, "first opportunity"), (ADVOCATE, "became an advocate")):
        yield from _first_in(account, kind, words, today)


def _first_in(account: int, stage: str, words: str, today: date) -> Iterator[Line]:
    """The first time that a deal of the account came to a kind of stage and has not been undone."""
    row = (
        Stay.select(Stay.id, Stay.entered_at, Deal.id, Deal.title)
        .join(Deal)
        .switch(Stay)
        .join(Stage, on=Stay.stage == Stage.id)
        .where(Deal.account == account, Stage.kind == stage)
        .order_by(Stay.entered_at, Stay.id)
        .tuples()
        .first()
    )
    if row is not None:
        stay, entered_at, deal, title = row
        on = clock.business_date(entered_at, company.facts().zone)
        if on <= today:
            kind: Kind = "opportunity" if stage == OPPORTUNITY else "advocate"
            yield Line(on, kind, f"{words}: {title}", f"stay:{stay}", deal)


def _of_thanks(account: int, today: date) -> Iterator[Line]:
    kept = relations.first_date_of(account)
    if kept is not None and kept.on_date <= today:
        parts = (
            f" in {kept.place}" if kept.place else "",
            f" with {kept.attendees}" if kept.attendees else "",
        )
        words = f"{kept.kind}{''.join(parts)}" + (f": {kept.story}" if kept.story else "")
        yield Line(kept.on_date, "first date", words, f"first_date:{kept.id}", None)
    for one, thanked_on in relations.occasions(today=today, account=account):
        if one.deal is None and thanked_on is not None and thanked_on - one.on <= LOOKED_BACK:
            yield Line(one.on, "anniversary", _thanked(one, thanked_on), one.key, None)
    rows = (
        Thanks.select(Thanks.id, Thanks.on_date, Thanks.channel, Thanks.words, Person.name)
        .left_outer_join(Person, on=Thanks.author == Person.id)
        .where(Thanks.account == account, Thanks.on_date <= today)
    )
    for identity, on, channel, words, author in rows.tuples():
        said = f": {' '.join(words.split())}" if words else ""
        by = f" by {author}" if author else ""
        yield Line(on, "thanks", f"thanked ({channel}){by}{said}", f"thanks:{identity}", None)


def _thanked(one: Occasion, on: date) -> str:
    days = (on - one.on).days
    after = "the same day" if days == 0 else f"after {counted(days, 'day')}"
    return f"{one.what}, thanked for {after}"
