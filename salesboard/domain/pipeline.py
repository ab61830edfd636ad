"""Deals and what happens to them: added, edited, moved, won, lost, disqualified, reopened, archived."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee

from salesboard import clock
from salesboard.domain import company, text
from salesboard.domain.company import CLIENT, WON_KINDS, CompanyFacts, StageFacts
from salesboard.domain.permissions import require, writes
from salesboard.errors import Gone, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Entry
from salesboard.storage.models import (
    LARGEST_AMOUNT,
    Account,
    Contact,
    Deal,
    DealLine,
    Note,
    Person,
    Product,
    Stage,
    Stay,
)
from salesboard.storage.prepared import Prepared, by_id

OPEN, WON, LOST, DISQUALIFIED = STATUSES = ("open", "won", "lost", "disqualified")
GAP = 1 << 20
"""Room between two neighbours of a column, halved whenever a card is put between them."""
LONGEST_NOTE = 20_000
MOST_ON_A_LINE = 1_000_000


@dataclass(frozen=True)
class Line:
    """So many of a product on a deal."""

    product: int
    quantity: int = 1
    amount_minor: int | None = None
    """Of the whole line; none means the list price times the quantity."""


@dataclass(frozen=True)
class StageTime:
    """How long a deal has been in a stage, all its visits together."""

    stage: str
    seconds: int
    visits: int
    here_now: bool


@contextmanager
def _changing(
    actor: Actor, action: str, verb: str, deal: int, now: datetime, seen: Mapping[str, Any] | None = None
) -> Iterator[tuple[Entry, Deal, CompanyFacts]]:
    """An entry on one deal, read afresh inside the transaction; refused where the actor may not do that.

    Gone: a deal that somebody took back, or archived since one saw it.

    Milestones that are reached with it, or by another sale now, are kept as reached in the same transaction.
    """
    with ledger.batch(actor, verb, now=now, several=False):
        with ledger.entry(actor, verb, now=now) as entry:
            row = by_id(Deal, deal)
            if row is None:
                raise _no_deal(deal)
            facts = company.facts()
            require(actor, action, today=facts.today(now), owner=row.owner_id)
            _refuse_put_away(row, seen)
            entry.subject = row
            was_sale = row.status == WON
            yield entry, row, facts
        if (was_sale or row.status == WON) and _bears_on_goals(entry):
            from salesboard.domain import standings

            standings.settle(now=now, owner=row.owner_id)


def _no_deal(deal: int) -> NotFound | Gone:
    removed = ledger.removed_by("deal", deal)
    if removed is None:
        return NotFound(f"there is no deal {deal}")
    return Gone(f"{ledger.name_of(removed.actor)} took the adding of this deal back; nothing was saved")


def _refuse_put_away(row: Deal, seen: Mapping[str, Any] | None) -> None:
    """Refuse to change what somebody has archived since one saw it on the board."""
    if row.archived and seen is not None and seen.get("archived") is False:
        found = ledger.clash(row, "archived", False, True, False)
        raise Gone(f"{found.who} archived {row.title} meanwhile; nothing was saved", (found,))


GOALS_COUNT = frozenset(("status", "closed_on", "value_minor", "owner", "account", "stage"))
"""What goals count of a sale; a note, or its place in a column, is nothing to them."""


def _bears_on_goals(entry: Entry) -> bool:
    return any(
        table == "deal_line" or (table == "deal" and not GOALS_COUNT.isdisjoint(json.loads(after or "{}")))
        for table, _, _, after in entry.changes
    )


# --- adding and editing -------------------------------------------------------------------------------------


@writes("add deal")
def add_deal(
    actor: Actor,
    *,
    now: datetime,
    title: str = "",
    account: int | None = None,
    contact: int | None = None,
    owner: int | None = None,
    stage: int | None = None,
    value_minor: int | None = None,
    lines: Sequence[Line] = (),
    opened_on: date | None = None,
    expected_on: date | None = None,
    next_step: str | None = None,
    next_step_on: date | None = None,
    source: str | None = None,
) -> int:
    """Add an open deal at the top of a stage and hand back its id.

    The value is in minor units; without one, lines give it at list price, marked as estimated.
    Refused: neither title nor account, a stage of sales (win the deal instead), opening it in the future.
    """
    with ledger.entry(actor, "added", now=now) as entry:
        facts = company.facts()
        today = facts.today(now)
        owner = owner or actor.id
        require(actor, "add deal", today=today, owner=owner)
        person = by_id(Person, owner)
        if person is None or not person.active:
            raise Refused("a deal needs an owner who is active on this board")
        column = company.stages()[0] if stage is None else _column(stage)
        if column.holds_won:
            raise Refused(f"a new deal can not start in {column.name}; add it as open, then win it")
        account_row = _existing(Account, account, "account")
        _contact_of(contact, account)
        if opened_on is not None and opened_on > today:
            raise Refused(f"{opened_on} is in the future; a deal is opened today or earlier")
        made = _priced(lines)
        cleaned = text.optional(title, field="title") or _title_from(made, account_row)
        estimated = value_minor is None and bool(made)
        deal = entry.insert(
            Deal,
            title=cleaned,
            search=text.search_key(cleaned),
            account=account,
            contact=contact,
            owner=owner,
            stage=column.id,
            value_minor=_checked_value(_sum_of(made) if estimated else value_minor),
            estimated=estimated,
            place=_top_of(column),
            opened_on=opened_on or today,
            expected_on=expected_on,
            next_step=text.optional(next_step, field="next step"),
            next_step_on=next_step_on,
            touched_on=today,
            source=text.optional(source, field="source"),
        )
        entered = _instant(opened_on or today, now, facts)
        entry.insert(Stay, deal=deal, stage=column.id, entered_at=entered)
        for line in made:
            entry.insert(DealLine, deal=deal, **line)
    return int(deal.id)


EDITABLE = (
    "title",
    "account",
    "contact",
    "owner",
    "value_minor",
    "expected_on",
    "closed_on",
    "next_step",
    "next_step_on",
    "source",
    "look_again_on",
    "reason",
)


@writes("edit deal")
def edit_deal(
    actor: Actor, deal: int, *, now: datetime, seen: Mapping[str, Any] | None = None, **changes: Any
) -> bool:
    """Change facts of a deal; says whether anything changed.

    `seen` holds the values that the actor had before them; a field that somebody else changed since is a
    Conflict, one left as it was seen stays so. Refused: taking the amount of a sale away, a closing date
    in the future or on an open deal, an empty reason on a lost one, giving away what one may not.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise Refused(f"a deal has no {', '.join(sorted(unknown))} to edit")
    with _changing(actor, "edit deal", "edited", deal, now, seen) as (entry, row, facts):
        today = facts.today(now)
        values = _checked_changes(actor, row, ledger.still_meant(row, seen, changes), facts, now)
        before_closed = row.closed_on
        changed = entry.update(row, **values)
        if changed:
            if "closed_on" in values and values["closed_on"] != before_closed:
                _shift_closing(entry, row, facts)
            entry.update(row, touched_on=today)
    return changed


def _checked_changes(
    actor: Actor, row: Deal, changes: Mapping[str, Any], facts: CompanyFacts, now: datetime
) -> dict[str, Any]:
    today = facts.today(now)
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "title":
            cleaned = text.clean(value, field="title")
            values |= {"title": cleaned, "search": text.search_key(cleaned)}
        elif name in ("next_step", "source"):
            values[name] = text.optional(value, field=name.replace("_", " "))
        elif name == "reason":
            values[name] = (
                _reason(value) if row.status in (LOST, DISQUALIFIED) else text.optional(value, field="reason")
            )
        elif name == "value_minor":
            if value is None and row.status == WON:
                raise Refused("a won deal keeps its amount; correct it, or reopen the deal")
            values |= {"value_minor": _checked_value(value), "estimated": False}
        elif name == "owner":
            owner = _existing(Person, value, "person")
            if owner is None or (value != row.owner_id and not owner.active):
                raise Refused("a deal needs an owner who is active on this board")
            if value != row.owner_id:
                require(actor, "give deal away", today=today, owner=row.owner_id)
            values[name] = value
        elif name == "account":
            _existing(Account, value, "account")
            values[name] = value
            if value != row.account_id and "contact" not in changes:
                values["contact"] = None
        elif name == "contact":
            _contact_of(value, changes.get("account", row.account_id))
            values[name] = value
        elif name == "closed_on":
            if row.status == OPEN:
                raise Refused("an open deal has no closing date; win it, lose it or disqualify it")
            if value is None:
                raise Refused(
                    f"a deal that was {row.status} keeps its closing date; correct it, or reopen the deal"
                )
            values[name] = _not_in_future(value, today, "closing date")
        else:
            values[name] = value
    return values


@writes("edit deal")
def set_lines(
    actor: Actor, deal: int, lines: Sequence[Line], *, now: datetime, seen: Mapping[str, Any] | None = None
) -> None:
    """Replace a deal's lines; an estimated value follows them. Refused: an unknown product, no quantity.

    `seen` holds the lines that the actor saw before; others that somebody put there since are a Conflict.
    """
    with _changing(actor, "edit deal", "edited", deal, now, seen) as (entry, row, facts):
        _replace_lines(entry, row, lines, seen)
        if row.estimated or (row.value_minor is None and lines):
            entry.update(row, value_minor=_checked_value(_sum_of(_priced(lines))), estimated=bool(lines))
        if entry.changes:
            entry.update(row, touched_on=facts.today(now))


@writes("note on deal")
def add_note(
    actor: Actor, deal: int, note: str, *, now: datetime, seen: Mapping[str, Any] | None = None
) -> int:
    """Write a note on a deal and hand back its id. Refused: an empty note, one beyond 20,000 characters."""
    cleaned = text.clean(note, field="note", limit=LONGEST_NOTE, multiline=True)
    with _changing(actor, "note on deal", "noted", deal, now, seen) as (entry, row, facts):
        written = entry.insert(Note, deal=row, author=actor.id, at=now, text=cleaned)
        entry.update(row, touched_on=facts.today(now))
    return int(written.id)


# --- moving -------------------------------------------------------------------------------------------------


@writes("move deal")
def move_deal(
    actor: Actor,
    deal: int,
    stage: int,
    *,
    now: datetime,
    seen: Mapping[str, Any] | None = None,
    moved_on: date | None = None,
) -> bool:
    """Move a deal to the top of another stage; says whether it moved.

    `seen` holds the stage the actor saw it in: if somebody else moved it meanwhile, that is a Conflict.
    Refused: moving what is not on the board, into the sales without winning, out of them without reopening.
    """
    with _changing(actor, "move deal", "moved", deal, now) as (entry, row, facts):
        column = _column(stage)
        meant = ledger.still_meant(row, seen, {"stage": stage})
        if row.archived or row.status in (LOST, DISQUALIFIED):
            raise Refused(f"{row.title} is {'archived' if row.archived else row.status}; reopen it first")
        if row.status == OPEN and column.holds_won:
            raise Refused(f"a deal comes to {column.name} by being won: give the day and the amount")
        if row.status == WON and not column.holds_won:
            raise Refused(f"{row.title} was won on {row.closed_on}; reopen it to take the sale back")
        today = facts.today(now)
        on = _not_in_future(moved_on, today, "day of the move") if moved_on else today
        if not meant or row.stage_id == column.id:
            return False
        entry.update(row, stage=column.id, place=_top_of(column), touched_on=today)
        _enter(entry, row, column.id, row.status, _instant(on, now, facts))
    return True


@writes("reorder deal")
def reorder_deal(
    actor: Actor, deal: int, *, now: datetime, before: int | None = None, after: int | None = None
) -> bool:
    """Put a deal just before (above) or after (below) another one of its column; says whether it moved."""
    with _changing(actor, "reorder deal", "reordered", deal, now) as (entry, row, _):
        neighbour = by_id(Deal, before or after)
        if neighbour is None or neighbour.id == row.id or not _in_one_column(row, neighbour):
            raise Refused("a deal can only be put beside another one of its own column")
        place = _place_beside(entry, row, neighbour, above=before is not None)
        return entry.update(row, place=place)


def _in_one_column(one: Deal, other: Deal) -> bool:
    return one.stage_id == other.stage_id and all(
        not deal.archived and deal.status in (OPEN, WON) for deal in (one, other)
    )


def _place_beside(entry: Entry, row: Deal, neighbour: Deal, *, above: bool) -> int:
    """A place between the neighbour and the card beyond it; makes room where there is none."""
    for _ in range(2):
        standing = neighbour.place
        beyond = _cards_beside(row).where(Deal.id != row.id)
        level = Deal.place == standing
        if above:
            beyond = beyond.where((Deal.place < standing) | (level & (Deal.id < neighbour.id)))
            beyond = beyond.order_by(Deal.place.desc(), Deal.id.desc())
        else:
            beyond = beyond.where((Deal.place > standing) | (level & (Deal.id > neighbour.id)))
            beyond = beyond.order_by(Deal.place, Deal.id)
        next_to = beyond.first()
        if next_to is None:
            return int(standing - GAP if above else standing + GAP)
        middle = (standing + next_to.place) // 2
        if middle not in (standing, next_to.place):
            return int(middle)
        _spread(entry, row)
        neighbour = Deal.get_by_id(neighbour.id)
    raise Refused("there is no room between these two cards; move another one first")


def _cards_beside(row: Deal) -> Any:
    """The deals in a deal's column of the board."""
    return Deal.select().where(Deal.archived == 0, Deal.stage == row.stage_id, Deal.status == row.status)


def _spread(entry: Entry, but: Deal) -> None:
    """Give the other cards of a deal's column their room back, in the order they have."""
    cards = _cards_beside(but).where(Deal.id != but.id).order_by(Deal.place, Deal.id)
    for number, card in enumerate(list(cards)):
        entry.update(card, place=number * GAP)


# --- closing and reopening ----------------------------------------------------------------------------------


@writes("win deal")
def win_deal(
    actor: Actor,
    deal: int,
    *,
    now: datetime,
    won_on: date | None = None,
    value_minor: int | None = None,
    lines: Sequence[Line] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Turn a deal into a sale of that amount (minor units) on that day; it goes to Client.

    Refused: a day in the future, no amount or only an estimated one, a deal that is closed already.
    """
    with _changing(actor, "win deal", "won", deal, now, seen) as (entry, row, facts):
        client = next(stage for stage in company.stages() if stage.kind == CLIENT)
        wanted = {"status": WON, "stage": client.id}
        ledger.refuse_if_changed(
            row, seen, wanted if value_minor is None else {**wanted, "value_minor": value_minor}
        )
        _refuse_closed(row)
        today = facts.today(now)
        day = _not_in_future(won_on or today, today, "day of the sale")
        if lines is not None:
            _replace_lines(entry, row, lines, seen)
            if value_minor is None and lines:
                value_minor = _sum_of(_priced(lines))
        amount = value_minor if value_minor is not None else (None if row.estimated else row.value_minor)
        if amount is None:
            raise Refused(f"{row.title} has no agreed amount yet; win it with the amount")
        entry.update(
            row,
            stage=client.id,
            status=WON,
            closed_on=day,
            value_minor=_checked_value(amount),
            estimated=False,
            place=_top_of(client),
            touched_on=today,
        )
        _enter(entry, row, client.id, WON, _instant(day, now, facts))


@writes("lose deal")
def lose_deal(
    actor: Actor,
    deal: int,
    *,
    reason: str,
    now: datetime,
    lost_on: date | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Record that a deal was lost, and why; it leaves the board. Refused: no reason, a future day."""
    why = _reason(reason)
    with _changing(actor, "lose deal", "lost", deal, now, seen) as (entry, row, facts):
        ledger.refuse_if_changed(row, seen, {"status": LOST})
        _leave(entry, row, LOST, why, lost_on, facts, now)


@writes("disqualify deal")
def disqualify_deal(
    actor: Actor,
    deal: int,
    *,
    reason: str,
    now: datetime,
    look_again_on: date | None = None,
    disqualified_on: date | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Record that there is no business to be done here, why, and when to look again (none: never).

    Never counted as lost. Refused: no reason, a day to look again that is not ahead, a closed deal.
    """
    why = _reason(reason)
    with _changing(actor, "disqualify deal", "disqualified", deal, now, seen) as (entry, row, facts):
        ledger.refuse_if_changed(row, seen, {"status": DISQUALIFIED})
        if look_again_on is not None and look_again_on <= facts.today(now):
            raise Refused(f"{look_again_on} is not ahead; give a later day to look again, or none")
        _leave(entry, row, DISQUALIFIED, why, disqualified_on, facts, now, look_again_on)


def _leave(
    entry: Entry,
    row: Deal,
    status: str,
    reason: str,
    on: date | None,
    facts: CompanyFacts,
    now: datetime,
    look_again_on: date | None = None,
) -> None:
    _refuse_closed(row)
    today = facts.today(now)
    day = _not_in_future(on or today, today, "closing date")
    entry.update(
        row, status=status, closed_on=day, reason=reason, look_again_on=look_again_on, touched_on=today
    )
    _enter(entry, row, row.stage_id, status, _instant(day, now, facts))


@writes("reopen deal")
def reopen_deal(actor: Actor, deal: int, *, now: datetime, seen: Mapping[str, Any] | None = None) -> None:
    """Take a closing back: the deal is open again in the stage it was in before. Refused: an open deal."""
    with _changing(actor, "reopen deal", "reopened", deal, now) as (entry, row, facts):
        ledger.refuse_if_changed(row, seen, {"status": OPEN})
        if row.status == OPEN:
            raise Refused(f"{row.title} is open")
        last_open = (
            Stay.select(Stay.stage)
            .where(Stay.deal == row.id, Stay.status == OPEN)
            .order_by(Stay.entered_at.desc(), Stay.id.desc())
            .first()
        )
        stage = last_open.stage_id if last_open else company.find_stage(company.OPPORTUNITY).id
        today = facts.today(now)
        entry.update(
            row,
            status=OPEN,
            stage=stage,
            closed_on=None,
            reason=None,
            look_again_on=None,
            place=_top_of(_column(stage)),
            touched_on=today,
        )
        _enter(entry, row, stage, OPEN, now)


@writes("archive deal")
def archive_deal(
    actor: Actor, deal: int, *, now: datetime, archived: bool = True, seen: Mapping[str, Any] | None = None
) -> bool:
    """Put a deal out of sight, or bring it back; a sale goes on counting. Says whether anything changed."""
    verb = "archived" if archived else "brought back"
    with _changing(actor, "archive deal", verb, deal, now) as (entry, row, _):
        return entry.update(row, **ledger.still_meant(row, seen, {"archived": archived}))


def _amount_in_words(minor: int) -> str:
    from salesboard.domain import money

    return money.format_exact(minor, company.facts().currency)


ledger.told_as["value_minor"] = _amount_in_words


# --- what these have in common ------------------------------------------------------------------------------


def _existing(model: Any, identity: int | None, called: str) -> Any:
    if identity is None:
        return None
    row = by_id(model, identity)
    if row is None:
        raise NotFound(f"there is no {called} {identity}")
    return row


def _contact_of(contact: int | None, account: int | None) -> None:
    row = _existing(Contact, contact, "contact")
    if row is not None and row.account_id != account:
        raise Refused(f"{row.name} is no contact of that account")


def _column(stage: int) -> StageFacts:
    for known in company.stages():
        if known.id == stage:
            return known
    raise NotFound("there is no such stage any more")


def _refuse_closed(row: Deal) -> None:
    if row.status != OPEN:
        raise Refused(f"{row.title} was {row.status} on {row.closed_on} already; reopen it first")


def _reason(reason: str | None) -> str:
    if not (reason or "").strip():
        raise Refused("say why: a deal is not closed without a reason")
    return text.clean(reason or "", field="reason")


def _not_in_future(day: date, today: date, called: str) -> date:
    if day > today:
        raise Refused(f"{day} is in the future; the {called} is today or earlier")
    if day.year < 1990:
        raise Refused(f"{day} is too long ago; the {called} is 1990 or later")
    return day


def _checked_value(value: int | None) -> int | None:
    if value is not None and not 0 <= value <= LARGEST_AMOUNT:
        raise Refused("a value is not negative, and not beyond all measure")
    return value


def _top_of(column: StageFacts) -> int:
    """A place above everything in a column."""
    top = _TOP.scalar(column.id, WON if column.holds_won else OPEN)
    return int(top) - GAP if top is not None else 0


_TOP = Prepared(
    lambda stage, status: Deal.select(peewee.fn.MIN(Deal.place)).where(
        Deal.archived == 0, Deal.stage == stage, Deal.status == status
    )
)
_RUNNING = Prepared(lambda deal: Stay.select().where(Stay.deal == deal, Stay.left_at.is_null()))


def _instant(day: date, now: datetime, facts: CompanyFacts) -> datetime:
    """The instant that stands for a business date: now, if it is today, else the day's beginning."""
    return now if day == facts.today(now) else clock.start_of_day(day, facts.zone)


def _enter(entry: Entry, row: Deal, stage: int, status: str, at: datetime) -> None:
    """End the deal's running stay and begin the next, at once, so that the times add up to its age."""
    running = _RUNNING.first(row.id)
    if running is not None:
        at = max(at, running.entered_at)
        entry.update(running, left_at=at)
    entry.insert(Stay, deal=row.id, stage=stage, status=status, entered_at=at)


def _shift_closing(entry: Entry, row: Deal, facts: CompanyFacts) -> None:
    """A corrected closing date moves the end of the stay before and the start of the one since."""
    before = (
        Stay.select()
        .where(Stay.deal == row.id, Stay.status == OPEN)
        .order_by(Stay.entered_at.desc(), Stay.id.desc())
        .first()
    )
    closing = before and (
        Stay.select()
        .where(Stay.deal == row.id, Stay.entered_at == before.left_at, Stay.status == row.status)
        .order_by(Stay.id)
        .first()
    )
    if not closing:
        return
    at = max(clock.start_of_day(row.closed_on, facts.zone), before.entered_at)
    if closing.left_at is not None:
        at = min(at, closing.left_at)
    entry.update(before, left_at=at)
    entry.update(closing, entered_at=at)


def _priced(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as they are kept, list prices filled in."""
    made = []
    for line in lines:
        product = _existing(Product, line.product, "product")
        if not 1 <= line.quantity <= MOST_ON_A_LINE:
            raise Refused(f"a line has 1 to {MOST_ON_A_LINE:,} of {product.name}")
        amount = line.amount_minor
        if amount is None and product.list_price_minor is not None:
            amount = product.list_price_minor * line.quantity
        made.append(
            {"product": product.id, "quantity": line.quantity, "amount_minor": _checked_value(amount)}
        )
    return made


def _sum_of(made: Sequence[Mapping[str, Any]]) -> int | None:
    known = [line["amount_minor"] for line in made if line["amount_minor"] is not None]
    return sum(known) if known else None


def _replace_lines(
    entry: Entry, row: Deal, lines: Sequence[Line], seen: Mapping[str, Any] | None = None
) -> None:
    standing = list(DealLine.select().where(DealLine.deal == row.id).order_by(DealLine.id))
    wanted = _priced(lines)
    kept = tuple(Line(line.product_id, line.quantity, line.amount_minor) for line in standing)
    meant = tuple(Line(**values) for values in wanted)
    if not ledger.still_differs(
        row, "lines", seen, kept, meant, table=DealLine._meta.table_name, told=_lines_in_words
    ):
        return
    for line, values in zip(standing, wanted, strict=False):
        entry.update(line, **values)
    for line in standing[len(wanted) :]:
        entry.delete(line)
    for values in wanted[len(standing) :]:
        entry.insert(DealLine, deal=row.id, **values)


def _lines_in_words(lines: Sequence[Line]) -> str:
    names = dict(Product.select(Product.id, Product.name).tuples())
    return ", ".join(f"{line.quantity} × {names[line.product]}" + _for(line.amount_minor) for line in lines)


def _for(minor: int | None) -> str:
    return "" if minor is None else f" for {_amount_in_words(minor)}"


def _title_from(made: Sequence[Mapping[str, Any]], account: Account | None) -> str:
    if made:
        return str(Product.get_by_id(made[0]["product"]).name)
    if account is not None:
        return str(account.name)
    raise Refused("a deal needs an account or a title")


# --- stage history ------------------------------------------------------------------------------------------


def time_in_stages(deal: int, now: datetime) -> list[StageTime]:
    """Seconds a deal has spent in each stage, in the order it first came there; they add up to its age.

    The clock of a lost or disqualified deal stands still; time off the board is listed under that word.
    """
    spans: dict[str, list[int]] = {}
    here = ""
    for stay in stays(deal):
        name = stay.stage if stay.status in (OPEN, WON) else stay.status
        if stay.left_at is None and stay.status in (LOST, DISQUALIFIED):
            continue
        span = _whole_seconds(stay.left_at or now) - _whole_seconds(stay.entered_at)
        spans.setdefault(name, []).append(span)
        if stay.left_at is None:
            here = name
    return [StageTime(name, sum(visits), len(visits), name == here) for name, visits in spans.items()]


@dataclass(frozen=True)
class StayFacts:
    """One visit of a deal to a stage."""

    stage: str
    kind: str
    status: str
    entered_at: datetime
    left_at: datetime | None


def stays(deal: int) -> list[StayFacts]:
    """A deal's way through the stages, in order, without a gap."""
    query = (
        Stay.select(Stay, Stage)
        .join(Stage)
        .where(Stay.deal == deal)
        .order_by(Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
    )
    return [
        StayFacts(stay.stage.name, stay.stage.kind, stay.status, stay.entered_at, stay.left_at)
        for stay in query
    ]


def age_seconds(deal: int, now: datetime) -> int:
    """Seconds from the opening of a deal until it left the board, or until now."""
    ways = stays(deal)
    if not ways:
        return 0
    last = ways[-1]
    end = last.entered_at if last.status in (LOST, DISQUALIFIED) else now
    return _whole_seconds(end) - _whole_seconds(ways[0].entered_at)


def _whole_seconds(instant: datetime) -> int:
    """Seconds since 1970; spans between them add up, which rounded spans would not."""
    return (instant - clock.EPOCH) // timedelta(seconds=1)


__all__ = [
    "DISQUALIFIED",
    "EDITABLE",
    "LOST",
    "OPEN",
    "STATUSES",
    "WON",
    "WON_KINDS",
    "Line",
    "StageTime",
    "StayFacts",
    "add_deal",
    "add_note",
    "age_seconds",
    "archive_deal",
    "disqualify_deal",
    "edit_deal",
    "lose_deal",
    "move_deal",
    "reopen_deal",
    "reorder_deal",
    "set_lines",
    "stays",
    "time_in_stages",
    "win_deal",
]
