"""Setting a board up: `init`, and the company, stages and products that everything else refers to."""

from __future__ import annotations

import calendar
from dataclasses import asdict

import click

from salesboard.cli import InOrder, Load
from salesboard.cli.opening import Board, founded, given, on_board
from salesboard.cli.output import amounts, answer, as_json, document, facts, number, table, talk, words
from salesboard.domain import company as domain
from salesboard.domain import products as catalogue
from salesboard.domain.company import DEFAULT_CURRENCY
from salesboard.storage import database as storage


@click.command()
@click.option("--owner", metavar="NAME", help="The first person, an admin; your own name if left out.")
@click.option("--company", "name", metavar="NAME", help="Whose board it is.")
@click.option(
    "--currency",
    metavar="CODE",
    default=DEFAULT_CURRENCY,
    help="The currency of all amounts.",
    show_default=True,
)
@click.option(
    "--zone", metavar="ZONE", help="Where its days begin: Europe/Vienna; this machine's if left out."
)
@click.pass_obj
def init(load: Load, owner: str | None, name: str | None, currency: str, zone: str | None) -> None:
    """Make a new, empty board that belongs to you.

    The five stages are there from the start; you are its first person, matched by your login.
    """
    with founded(load(), owner=owner, name=name, currency=currency, zone=zone):
        place = storage.current().shown_as
    talk(f"a new board in {place}; 'salesboard import FILE' or 'salesboard deals add' fills it")


@click.group(cls=InOrder)
def company() -> None:
    """Whose board this is: name, currency, time zone, fiscal year."""


@company.command("show")
@as_json
@on_board
def show_company(board: Board, as_json: bool) -> None:
    """What every figure and date of this board depends on."""
    known = board.company
    if as_json:
        return document(asdict(known))
    facts(
        [
            ("name", known.name),
            ("currency", known.currency),
            ("zone", known.zone),
            ("today", board.today),
            ("fiscal year from", calendar.month_name[known.fiscal_start]),
            ("sales shown for", f"{known.closed_days} days"),
        ]
    )


@company.command("edit")
@click.option("--name", help="Whose board it is.")
@click.option("--currency", metavar="CODE", help="The currency of all amounts; fixed once there are amounts.")
@click.option("--zone", help="Where its days begin: Europe/Vienna.")
@click.option("--fiscal-start", type=int, metavar="MONTH", help="The fiscal year's first month, 1 to 12.")
@click.option(
    "--closed-days",
    type=click.IntRange(1, 36500),
    metavar="DAYS",
    help="Days for which sales stay on the board.",
)
@on_board
def edit_company(
    board: Board,
    name: str | None,
    currency: str | None,
    zone: str | None,
    fiscal_start: int | None,
    closed_days: int | None,
) -> None:
    """Change the company's facts; what is left out stays."""
    changes = given(
        name=name, currency=currency, zone=zone, fiscal_start=fiscal_start, closed_days=closed_days
    )
    domain.edit_company(board.actor, now=board.now, **changes)
    talk("changed")


@click.group(cls=InOrder)
def stages() -> None:
    """The columns of the board, from left to right."""


@stages.command("list")
@as_json
@on_board
def list_stages(board: Board, as_json: bool) -> None:
    """The stages with their likelihood in percent and their limit of quiet days."""
    known = domain.stages()
    if as_json:
        return document([asdict(stage) for stage in known])
    table(
        ["stage", "is a", number("likely"), number("quiet after")],
        [
            (
                stage.name,
                stage.kind,
                f"{stage.likelihood} %",
                f"{stage.quiet_days} d" if stage.quiet_days else "",
            )
            for stage in known
        ],
    )


@stages.command("edit")
@click.argument("stage")
@click.option("--name", help="What it is called from now on.")
@click.option(
    "--likelihood", type=int, metavar="PERCENT", help="How many of the deals here are won, 0 to 100."
)
@click.option(
    "--quiet-days",
    type=click.IntRange(0, 36500),
    metavar="DAYS",
    help="Days without a touch until a deal here needs attention; 0 for never.",
)
@on_board
def edit_stage(
    board: Board, stage: str, name: str | None, likelihood: int | None, quiet_days: int | None
) -> None:
    """Rename a stage, or change its numbers; what it is stays."""
    found_stage = domain.find_stage(stage)
    changes = given(name=name, likelihood=likelihood, quiet_days=quiet_days)
    domain.edit_stage(board.actor, found_stage.id, now=board.now, **changes)
    talk(f"changed {name or found_stage.name}")


@click.group(cls=InOrder)
def products() -> None:
    """What you sell, with list prices."""


@products.command("list")
@as_json
@on_board
def list_products(board: Board, as_json: bool) -> None:
    """All products, also those no longer in sale."""
    known = catalogue.all_products()
    if as_json:
        return document([{**asdict(product), "currency": board.currency} for product in known])
    table(
        [words("product"), words("series"), amounts("list price", board.currency), ""],
        [
            (
                product.name,
                product.series,
                product.list_price_minor,
                "" if product.active else "not in sale",
            )
            for product in known
        ],
    )


@products.command("add")
@click.argument("name")
@click.option("--series", help="The family it belongs to.")
@click.option("--price", metavar="AMOUNT", help="Its list price: 550, 1.2k.")
@on_board
def add_product(board: Board, name: str, series: str | None, price: str | None) -> None:
    """Add a product; its number is the answer."""
    made = catalogue.add_product(
        board.actor,
        name,
        now=board.now,
        series=series,
        list_price_minor=board.amount(price) if price else None,
    )
    talk(f"added {name}")
    answer(str(made))


@products.command("edit")
@click.argument("product")
@click.option("--price", metavar="AMOUNT", help="Its list price from now on; deals keep what they have.")
@click.option("--in-sale/--not-in-sale", "active", default=None, help="Whether it can be put on new deals.")
@on_board
def edit_product(board: Board, product: str, price: str | None, active: bool | None) -> None:
    """Change a product's list price, or take it out of sale."""
    changes = given(list_price_minor=board.amount(price) if price else None, active=active)
    catalogue.edit_product(board.actor, catalogue.find_product(product), now=board.now, **changes)
    talk(f"changed {product}")
