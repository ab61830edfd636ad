"""What was won, what was lost and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import click

from salesboard.cli.opening import Board, WithFilter, filter_text, on_board
from salesboard.cli.output import amount, amounts, answer, as_json, document, facts, number, table, words
from salesboard.domain import reports
from salesboard.domain.reports import Report, ReportRow, TeamRow


@click.command(cls=WithFilter)
@filter_text
@click.option(
    "--by", type=click.Choice(reports.KINDS), help="One line for each of these, instead of the whole."
)
@click.option("--from", "from_on", metavar="DAY", help="The first day of what counts as won or lost.")
@click.option("--to", "to_on", metavar="DAY", help="The last day of what counts as won or lost.")
@as_json
@on_board
def report(
    board: Board,
    filter_text: tuple[str, ...],
    by: reports.Kind | None,
    from_on: str | None,
    to_on: str | None,
    as_json: bool,
) -> None:
    """What was won, what was lost, what is open.

    Revenue, units and win rate are of deals closed in the time that is asked for; open deals are those of
    today. FILTER narrows all of it: 'team:West product:"GTX Pro"'.
    """
    span = {
        "from_on": board.day(from_on, "--from", past=True) if from_on else None,
        "to_on": board.day(to_on, "--to", past=True) if to_on else None,
    }
    conditions = board.filtered(filter_text).conditions()
    asked = {"as_of": board.today, **span}
    if by is None:
        whole = reports.report(today=board.today, conditions=conditions, **span)
        return document({**asked, **asdict(whole)}) if as_json else _show(whole, asked)
    rows = reports.report_by(by, today=board.today, conditions=conditions, **span)
    if as_json:
        document([{**asdict(row), "currency": board.currency} for row in rows])
    else:
        _list(by, rows, board.currency)


def _show(whole: Report, asked: dict[str, date | None]) -> None:
    currency = whole.currency
    facts(
        [
            ("from", asked["from_on"]),
            ("to", asked["to_on"]),
            ("as of", asked["as_of"]),
            (f"revenue {currency}", amount(whole.revenue_minor, currency)),
            ("won", f"{whole.won:,}"),
            ("lost", f"{whole.lost:,}"),
            ("disqualified", f"{whole.disqualified:,}"),
            ("win rate", _percent(whole.win_rate)),
            ("units", f"{whole.units:,}"),
            (f"average sale {currency}", amount(whole.average_sale_minor, currency)),
            (
                "days to win, median",
                f"{whole.median_days_to_win:g}" if whole.median_days_to_win is not None else "",
            ),
            ("open", f"{whole.open:,}"),
            (f"open value {currency}", amount(whole.open_minor, currency)),
            (f"weighted {currency}", amount(whole.weighted_minor, currency)),
        ]
    )
    answer("")
    table(
        [
            "stage",
            number("deals"),
            amounts("value", currency),
            number("likely"),
            amounts("weighted", currency),
        ],
        [
            (one.stage, f"{one.deals:,}", one.value_minor, f"{one.likelihood} %", one.weighted_minor)
            for one in whole.by_stage
        ],
    )


def _list(by: str, rows: Sequence[ReportRow], currency: str) -> None:
    headings = ("won", "lost", "win rate", "units", "open")
    table(
        [words(by), amounts("revenue", currency), *map(number, headings)],
        [
            (
                "  " * (row.depth if isinstance(row, TeamRow) else 0) + row.name,
                row.revenue_minor,
                *_counts(row),
            )
            for row in rows
        ],
    )


def _counts(row: ReportRow) -> tuple[Any, ...]:
    return f"{row.won:,}", f"{row.lost:,}", _percent(row.win_rate), f"{row.units:,}", f"{row.open:,}"


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate * 100:.1f} %"
