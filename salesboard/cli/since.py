"""What was accomplished since a day, in full or as a few lines for whoever logs in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amount, amounts, answer, as_json, counted, document, number, table, words
from salesboard.domain import since as domain
from salesboard.domain.awards import seasons
from salesboard.domain.gains import in_full
from salesboard.domain.record_news import MONEY
from salesboard.domain.since import Since
from salesboard.errors import Refused, WrongUsage


@click.command()
@click.argument("when", nargs=-1, metavar="[DAY]")
@as_json
@on_board
def since(board: Board, when: tuple[str, ...], as_json: bool) -> None:
    """Milestones reached, records fallen, sales won and thanks said since a DAY; and the thanks owed now.

    DAY is monday, yesterday (which is meant without one), 2026-11-01, 3 days, 2 weeks. What is one's own, or
    of those one leads, is marked with a dot.
    """
    found = _found(board, " ".join(when))
    if as_json:
        document(_told(found, board.currency))
        return
    if found.is_quiet:
        answer(f"nothing since {found.since:%a} {found.since}")
    _milestones(found, board.currency)
    _records(found, board.currency)
    _sales(found, board.currency)
    _thanks(found)
    _owed(found)


@click.command()
@click.option("--since", "when", default="yesterday", metavar="DAY", show_default=True, help="As of 'since'.")
@on_board
def digest(board: Board, when: str) -> None:
    """What happened, in a few lines, for the message at log-in; nothing where nothing happened."""
    found = _found(board, when, in_short=True)
    for line in domain.digest(found, seasons.coming_up(board.today), domain.on_this_day(board.today)):
        answer(line)


def _found(board: Board, said: str, *, in_short: bool = False) -> Since:
    try:
        day = domain.day_meant(said or "yesterday", today=board.today)
    except Refused as error:
        raise WrongUsage(str(error)) from None
    return domain.accomplished(board.actor, day, today=board.today, in_short=in_short)


def _mark(mine: bool) -> str:
    return "●" if mine else ""


def _headed(title: str, count: int) -> None:
    answer(f"{title}: {count:,}")


def _milestones(found: Since, currency: str) -> None:
    if found.milestones:
        _headed("milestones reached", len(found.milestones))
        table(
            ["", "on", words("whose"), words("goal"), "milestone", number("value")],
            [
                (
                    _mark(one.mine),
                    one.on,
                    one.whose,
                    one.goal,
                    one.label,
                    in_full(one.threshold, one.metric, currency),
                )
                for one in found.milestones
            ],
        )
        answer("")


def _records(found: Since, currency: str) -> None:
    if found.records:
        _headed("records fallen", len(found.records))
        table(
            ["", "on", words("whose"), "record", number("is"), number("was")],
            [
                (
                    _mark(one.mine),
                    one.on,
                    one.whose,
                    one.what,
                    domain.value_in_words(one.metric, one.value, currency),
                    domain.value_in_words(one.metric, one.before, currency),
                )
                for one in found.records
            ],
        )
        answer("")


def _sales(found: Since, currency: str) -> None:
    if found.sales:
        total = amount(sum(one.value_minor or 0 for one in found.sales), currency)
        answer(f"{counted(len(found.sales), 'sale')}: {total} {currency}")
        table(
            ["", "on", number("deal"), words("account"), words("title"), amounts("value", currency), "owner"],
            [
                (_mark(one.mine), one.on, one.deal, one.name, one.title, one.value_minor, one.owner)
                for one in found.sales
            ],
        )
        answer("")


def _thanks(found: Since) -> None:
    if found.thanks:
        _headed("thanks said", len(found.thanks))
        table(
            ["", "on", words("account"), "by", words("said by")],
            [(_mark(one.mine), one.on, one.name, one.channel, one.author) for one in found.thanks],
        )
        answer("")


def _owed(found: Since) -> None:
    if found.owed:
        own = found.own_debts
        answer(f"thanks owed: {len(found.owed):,}, of which yours {len(own):,}")
        table(
            [number("days"), words("account"), words("for"), "owner"],
            [(f"{one.days}", one.name, one.what, one.owner) for one in own],
        )


def _told(found: Since, currency: str) -> dict[str, Any]:
    return {
        "since": found.since,
        "until": found.today,
        "currency": currency,
        "milestones": [_in_minor(asdict(one), "threshold") for one in found.milestones],
        "records": [_in_minor(asdict(one), "value", "before") for one in found.records],
        "sales": [asdict(one) for one in found.sales],
        "thanks": [asdict(one) for one in found.thanks],
        "thanks_owed": [{**asdict(one), "mine": one.owner_id in found.mine} for one in found.owed],
    }


def _in_minor(told: dict[str, Any], *names: str) -> dict[str, Any]:
    """Amounts say that they are in minor units."""
    if told["metric"] not in MONEY:
        return told
    return {f"{name}_minor" if name in names else name: value for name, value in told.items()}
