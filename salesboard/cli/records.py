"""The record book on the command line."""

from __future__ import annotations

from typing import Any

import click

from salesboard.cli.agreements import scope_of
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amount, as_json, document, number, table, words
from salesboard.domain import people, records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.records import Moment, Record

EVERYBODY = "all"
MONEY = ("revenue", "largest sale")


@click.command()
@click.option(
    "--scope", "said", default="company", metavar="SCOPE", help="company, team:NAME, person:NAME, or all."
)
@click.option("--metric", type=click.Choice(records.METRICS), help="Only this metric.")
@click.option("--period", type=click.Choice(("sale", *records.PERIODS)), help="Only this kind of period.")
@as_json
@on_board
def record_book(
    board: Board, said: str, metric: records.Metric | None, period: records.Period | None, as_json: bool
) -> None:
    """The best each metric ever was, and every time it was broken.

    Broken means strictly better; what is equal holds the record too. A period that is not over yet, or has
    been for less than three working days, is provisional.
    """
    scope = None if said == EVERYBODY else scope_of(board, said)
    found = [
        one
        for one in records.book(today=board.today, scope=scope)
        if metric in (None, one.metric) and period in (None, one.period)
    ]
    names = _names(board)
    if as_json:
        document([_document(one, names, board.currency) for one in found])
        return
    table(
        [
            *([words("whose")] if scope is None else []),
            "metric",
            "per",
            number("best"),
            "set on",
            "held by",
            number("margin"),
            number("times"),
            "status",
        ],
        [_row(one, names, board.currency, scope is None) for one in found],
    )


def _names(board: Board) -> dict[Scope, str]:
    teams = {Scope(team=one.id): one.name for one in people.tree()}
    crew = {Scope(person=one.id): one.name for one in people.roster(board.today)}
    return {COMPANY_SCOPE: "company"} | teams | crew


def _document(one: Record, names: dict[Scope, str], currency: str) -> dict[str, Any]:
    value = "value_minor" if one.metric in MONEY else "value"
    kind = "team" if one.scope.team is not None else "person"
    return {
        "metric": one.metric.replace(" ", "_"),
        "period": one.period,
        "scope": "company" if one.scope == COMPANY_SCOPE else f"{kind}:{names[one.scope]}",
        value: one.value,
        **({"currency": currency} if one.metric in MONEY else {}),
        "period_start": one.moments[-1].period_start,
        "holders": one.holders,
        "deals": one.deals,
        "status": one.status,
        "margin" + value.removeprefix("value"): one.margin,
        "moments": [_moment(moment, value) for moment in one.moments],
    }


def _moment(moment: Moment, value: str) -> dict[str, Any]:
    return {
        "on": moment.on,
        "period_start": moment.period_start,
        value: moment.value,
        "deal": moment.deal,
        "days_stood": moment.days_stood,
    }


def _row(one: Record, names: dict[Scope, str], currency: str, whose: bool) -> tuple[object, ...]:
    def shown(value: int | None) -> str:
        if value is None:
            return ""
        if one.metric in MONEY:
            return amount(value, currency)
        return f"{value:,} d" if one.metric == "fastest win" else f"{value:,}"

    held = ", ".join(str(start) for start in one.holders[:2])
    more = f" and {len(one.holders) - 2:,} more" if len(one.holders) > 2 else ""
    return (
        *([names[one.scope]] if whose else []),
        one.metric,
        one.period,
        shown(one.value),
        one.moments[-1].on,
        held + more,
        shown(one.margin),
        f"{len(one.moments):,}",
        one.status,
    )
