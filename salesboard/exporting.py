"""Deals as a file that can be brought in again: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal, TextIO

from salesboard import clock
from salesboard.domain import company, money, text
from salesboard.domain.company import CompanyFacts, StageFacts
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.spreadsheets import behind_apostrophe, board_key, moment_key
from salesboard.errors import WrongUsage
from salesboard.storage import database as storage
from salesboard.storage.models import Account, Contact, Deal, DealLine, Person, Product, Stay

TOGETHER = 500
FORMATS = ("csv", "json")

_HEAD = ("salesboard id", "as of entry", "external", "account", "contact", "title")
_LINES = ("product", "quantity", "line amount")
_STANDING = ("owner", "stage", "status", "value", "estimated", "currency")
_DATES = ("opened_on", "expected_on", "closed_on")
_FACTS = ("reason", "look_again_on", "next_step", "next_step_on", "touched_on", "source", "archived", "place")
_WRITTEN_BY_PEOPLE = frozenset(
    ("external", "account", "contact", "title", "product", "owner", "stage", "reason", "next_step", "source")
)


@dataclass
class _Line:
    product: str
    quantity: int
    amount_minor: int | None


@dataclass
class _Visit:
    stage: StageFacts
    status: str
    entered_at: datetime
    left_at: datetime | None


@dataclass
class _Exported:
    """A deal with the names of what belongs to it."""

    row: Deal
    owner: str
    account: str | None
    contact: str | None
    lines: list[_Line] = field(default_factory=list)
    visits: list[_Visit] = field(default_factory=list)


@dataclass
class _Board:
    """What all deals of an export have in common."""

    facts: CompanyFacts
    stages: list[StageFacts]
    key: str
    as_of: str


def export_deals(
    ids: Iterable[int] | None = None, *, format: Literal["csv", "json"] = "csv", out: TextIO
) -> int:
    """Write these deals (none named: all) as they stand at one moment; hands back how many.

    CSV has ISO dates, plain decimals with a column for the currency, lines that end in LF, and an apostrophe
    before text that a spreadsheet would run; products of one deal stand in one cell, a line each. `entered …`
    holds each visit of a stage, as a day where the day began with it. JSON is one list; amounts are in minor
    units. Imported again, nothing changes.
    """
    if format not in FORMATS:
        raise WrongUsage(f"{format!r} is no format; the formats are {' and '.join(FORMATS)}")
    with storage.snapshot():
        board = _Board(company.facts(), company.stages(), board_key(), moment_key())
        write = _write_csv if format == "csv" else _write_json
        return write(board, _deals(board, ids), out)


# --- reading ------------------------------------------------------------------------------------------------


def _deals(board: _Board, ids: Iterable[int] | None) -> Iterator[_Exported]:
    """The deals, some hundred in memory at a time."""
    stages = {stage.id: stage for stage in board.stages}
    for chunk in _chunks(ids):
        rows = {row.id: row for row in Deal.select().where(Deal.id.in_(chunk))}
        exported = _with_names(list(rows.values()))
        for deal, product, quantity, amount in (
            DealLine.select(DealLine.deal, Product.name, DealLine.quantity, DealLine.amount_minor)
            .join(Product)
            .where(DealLine.deal.in_(chunk))
            .order_by(DealLine.id)
            .tuples()
        ):
            exported[deal].lines.append(_Line(product, quantity, amount))
        for deal, stage, status, entered_at, left_at in (
            Stay.select(Stay.deal, Stay.stage, Stay.status, Stay.entered_at, Stay.left_at)
            .where(Stay.deal.in_(chunk))
            .order_by(Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
            .tuples()
        ):
            exported[deal].visits.append(_Visit(stages[stage], status, entered_at, left_at))
        yield from (exported[deal] for deal in chunk if deal in exported)


def _chunks(ids: Iterable[int] | None) -> Iterator[list[int]]:
    if ids is not None:
        named = iter(ids)
        while chunk := list(islice(named, TOGETHER)):
            yield chunk
        return
    last = 0
    while True:
        query = Deal.select(Deal.id).where(Deal.id > last).order_by(Deal.id).limit(TOGETHER)
        if not (chunk := [deal for (deal,) in query.tuples()]):
            return
        yield chunk
        last = chunk[-1]


def _with_names(rows: Sequence[Deal]) -> dict[int, _Exported]:
    owners = _names(Person, {row.owner_id for row in rows})
    accounts = _names(Account, {row.account_id for row in rows})
    contacts = _names(Contact, {row.contact_id for row in rows})
    return {
        row.id: _Exported(
            row, owners[row.owner_id], accounts.get(row.account_id), contacts.get(row.contact_id)
        )
        for row in rows
    }


def _names(model: Any, ids: set[int | None]) -> dict[int | None, str]:
    return dict(
        model.select(model.id, model.name)
        .where(model.id.in_(sorted(one for one in ids if one is not None)))
        .tuples()
    )


# --- CSV ----------------------------------------------------------------------------------------------------


def _write_csv(board: _Board, deals: Iterator[_Exported], out: TextIO) -> int:
    entered = [f"entered {stage.name}" for stage in board.stages]
    columns = [*_HEAD, *_LINES, *_STANDING, *_DATES, *_FACTS, *entered]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([text.visible(column) for column in columns])
    count = 0
    for deal in deals:
        cells = _cells(board, deal)
        writer.writerow([_guarded(column, cells[column]) for column in columns])
        count += 1
    return count


def _cells(board: _Board, deal: _Exported) -> dict[str, str]:
    """One row, by column."""
    row, currency = deal.row, board.facts.currency
    facts = {name: _told(getattr(row, name)) for name in (*_DATES, *_FACTS)}
    visits = {
        f"entered {stage.name}": "; ".join(
            _visit(board.facts.zone, visit) for visit in deal.visits if visit.stage.id == stage.id
        )
        for stage in board.stages
    }
    return {
        "salesboard id": f"{board.key}:{row.id}",
        "as of entry": board.as_of,
        "external": row.external or "",
        "account": deal.account or "",
        "contact": deal.contact or "",
        "title": row.title,
        "product": "\n".join(line.product for line in deal.lines),
        "quantity": "\n".join(str(line.quantity) for line in deal.lines),
        "line amount": "\n".join(_amount(line.amount_minor, currency) for line in deal.lines),
        "owner": deal.owner,
        "stage": next(stage.name for stage in board.stages if stage.id == row.stage_id),
        "status": row.status,
        "value": _amount(row.value_minor, currency),
        "estimated": _told(row.estimated),
        "currency": currency,
        **facts,
        **visits,
    }


def _guarded(column: str, cell: str) -> str:
    if column not in _WRITTEN_BY_PEOPLE:
        return cell
    return behind_apostrophe(text.visible(cell, multiline=True))


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else money.as_major(minor, currency)


def _told(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _visit(zone: str, visit: _Visit) -> str:
    """When a visit began; its status is said where it is not the usual one of that stage."""
    usual = WON if visit.stage.holds_won else OPEN
    day = clock.business_date(visit.entered_at, zone)
    began_with_day = visit.entered_at == clock.start_of_day(day, zone)
    when = day.isoformat() if began_with_day else str(_instant(visit.entered_at))
    return when if visit.status == usual else f"{visit.status} {when}"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


# --- JSON ---------------------------------------------------------------------------------------------------


def _write_json(board: _Board, deals: Iterator[_Exported], out: TextIO) -> int:
    count = 0
    out.write("[")
    for count, deal in enumerate(deals, 1):
        out.write(",\n" if count > 1 else "\n")
        out.write(text.spelled(json.dumps(_document(board, deal), ensure_ascii=False)))
    out.write("\n]\n")
    return count


def _document(board: _Board, deal: _Exported) -> Mapping[str, Any]:
    row = deal.row
    facts = {name: getattr(row, name) for name in (*_DATES, *_FACTS)}
    return {
        "id": row.id,
        "board": board.key,
        "external": row.external,
        "account": deal.account,
        "contact": deal.contact,
        "title": row.title,
        "lines": [
            {"product": line.product, "quantity": line.quantity, "amount_minor": line.amount_minor}
            for line in deal.lines
        ],
        "owner": deal.owner,
        "stage": next(stage.name for stage in board.stages if stage.id == row.stage_id),
        "status": row.status,
        "value_minor": row.value_minor,
        "estimated": row.estimated,
        "currency": board.facts.currency,
        **{name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()},
        "stages": [
            {
                "stage": visit.stage.name,
                "status": visit.status,
                "entered_at": _instant(visit.entered_at),
                "left_at": _instant(visit.left_at),
            }
            for visit in deal.visits
        ],
    }
