"""The record book and the growth over the years on the command line."""

from __future__ import annotations

from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, on_board, opened, together
from salesboard.cli.output import (
    amount,
    amounts,
    answer,
    as_json,
    counted,
    document,
    facts,
    number,
    table,
    talk,
    words,
)
from salesboard.cli.scopes import Names, scope_of
from salesboard.domain import chases, growth, lineage, products, record_book, record_news, records
from salesboard.domain.chases import Chase
from salesboard.domain.gains import Scope
from salesboard.domain.growth import Growth
from salesboard.domain.lineage import Behind, Lineage, Proof
from salesboard.domain.record_keeping import Change
from salesboard.domain.record_news import MONEY
from salesboard.domain.records import Key, Metric, Moment, Period, Record
from salesboard.errors import WrongUsage

EVERYBODY = "all"
OWN_PERIODS: dict[Metric, Period] = {
    "largest sale": "sale",
    "fastest win": "sale",
    "winning streak": "streak",
}
"""Metrics that are not of a kind of period; all others are of days to years."""


def _metric(context: click.Context, option: click.Parameter, said: str | None) -> Metric | None:
    """A metric by its name, or as JSON has it."""
    if said is None:
        return None
    meant = said.strip().casefold().replace("_", " ").replace("-", " ")
    for metric in records.METRICS:
        if meant == metric:
            return metric
    raise WrongUsage(f"there is no metric {said!r}; there are {', '.join(records.METRICS)}")


scope_option = click.option(
    "--scope", "said", default="company", metavar="SCOPE", help="company, team:NAME or person:NAME."
)
which_record = together(
    click.argument("metric", callback=_metric),
    click.argument("period", type=click.Choice(records.PERIODS), required=False),
    scope_option,
    click.option("--product", metavar="PRODUCT", help="Units of this product alone."),
)


@click.group(cls=InOrder, invoke_without_command=True)
@click.option(
    "--scope", "said", default="company", metavar="SCOPE", help="company, team:NAME, person:NAME, or all."
)
@click.option("--metric", callback=_metric, help="Only this metric.")
@click.option("--period", type=click.Choice(("sale", *records.PERIODS)), help="Only this kind of period.")
@click.option("--products", "each", is_flag=True, help="Units of every product as well.")
@as_json
@click.pass_context
def book(
    context: click.Context,
    said: str,
    metric: Metric | None,
    period: Period | None,
    each: bool,
    as_json: bool,
) -> None:
    """The best each metric ever was, and every time it was broken.

    Broken means strictly better; what is equal holds the record too. A period that is not over yet, or has
    been for less than three working days, is provisional.
    """
    if context.invoked_subcommand is None:
        _listed(said=said, metric=metric, period=period, each=each, as_json=as_json)


@on_board
def _listed(
    board: Board, said: str, metric: Metric | None, period: Period | None, each: bool, as_json: bool
) -> None:
    scope = None if said == EVERYBODY else scope_of(board, said)
    found = [
        one
        for one in record_book.book(today=board.today, scope=scope)
        if metric in (None, one.metric) and period in (None, one.period) and (each or one.product is None)
    ]
    names = _Names(board)
    if as_json:
        document([names.document(one) for one in found])
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
        [names.row(one, scope is None) for one in found],
    )


def _key(board: Board, metric: Metric, period: Period | None, said: str, product: str | None) -> Key:
    """Which record is meant."""
    own = OWN_PERIODS.get(metric)
    if own is None and period is None:
        raise WrongUsage(f"say of which period: {', '.join(records.PERIODS)}")
    if own is not None and period is not None:
        raise WrongUsage(f"the {metric} is no record of a {period}; leave the period out")
    if product is not None and metric != "units":
        raise WrongUsage("only units are counted by product; leave --product out")
    chosen = products.find_product(product) if product is not None else None
    return Key(scope_of(board, said), metric, own or period or "month", chosen)


@book.command("show")
@which_record
@as_json
@on_board
def show(
    board: Board, metric: Metric, period: Period | None, said: str, product: str | None, as_json: bool
) -> None:
    """How a record came to be: each time it fell, by how much, how long it stood, and the sales behind it.

    Below stand the values that the book once had and has no more, with the entry that changed them.
    """
    found = lineage.lineage(_key(board, metric, period, said, product), today=board.today)
    names = _Names(board)
    if as_json:
        document(_lineage(found, names))
        return
    record = found.record
    facts(
        [
            (names.title(record), names.value(record, record.value)),
            ("status", record.status),
            ("held by", names.held(record)),
        ]
    )
    answer("")
    table(
        [
            "set on",
            "period",
            number("value"),
            number("better by"),
            number("stood, days"),
            number("sales"),
            words("most by"),
        ],
        [
            (
                step.moment.on,
                names.period(record, step.moment.period_start),
                names.value(record, step.moment.value),
                names.value(record, step.margin) if step.margin else "",
                f"{step.moment.days_stood:,}",
                f"{step.sales:,}",
                ", ".join(f"{one.account or one.title} ({one.owner})" for one in step.behind),
            )
            for step in found.steps
        ],
    )
    former = [change for change in found.changes if change.kind in ("restated", "withdrawn")]
    if former:
        answer("")
        table(
            ["restated on", "entry", number("from"), number("to"), words("held by before")],
            [
                (
                    change.on,
                    change.seq or "",
                    names.value(record, change.before),
                    names.value(record, change.value) or "none",
                    ", ".join(names.period(record, one.start) for one in change.holders_before),
                )
                for change in former
            ],
        )


@book.command("prove")
@which_record
@as_json
@click.pass_context
def prove(
    context: click.Context,
    metric: Metric,
    period: Period | None,
    said: str,
    product: str | None,
    as_json: bool,
) -> None:
    """The sales behind a record, one by one, and their running sum; exit code 1 if it is not the record."""
    with opened(context.obj()) as board:
        found = lineage.proof(_key(board, metric, period, said, product), today=board.today)
        _tell_proof(found, _Names(board), as_json)
    if not found.holds:
        context.exit(1)


def _tell_proof(found: Proof, names: _Names, as_json: bool) -> None:
    record, running = found.record, found.running
    suffix = "_minor" if record.metric in MONEY else ""
    if as_json:
        document(
            {
                **names.document(record),
                "proved": found.holder.start,
                "sales": [
                    {**_behind(one, suffix), f"sum{suffix}": so_far}
                    for one, so_far in zip(found.behind, running, strict=True)
                ],
                f"total{suffix}": found.total,
                "holds": found.holds,
                "seq": found.seq,
                "head": found.hash,
            }
        )
        return
    table(
        ["deal", "on", words("account"), words("title"), "owner", number("counts"), number("sum")],
        [
            (
                one.deal,
                one.on,
                one.account,
                one.title,
                one.owner,
                names.value(record, one.counts),
                names.value(record, so_far),
            )
            for one, so_far in zip(found.behind, running, strict=True)
        ],
    )
    verdict = "as the book says" if found.holds else f"the book says {names.value(record, record.value)}"
    answer(f"{names.value(record, found.total)}, {verdict}; entry {found.seq:,}, {found.hash}")


@book.command("chase")
@scope_option
@as_json
@on_board
def chase(board: Board, said: str, as_json: bool) -> None:
    """Records within reach: what is missing, the working days left, and what each of them must bring.

    Those of which 70 % are reached, or that fall with a likelihood of 10 % or more.
    """
    scope = scope_of(board, said)
    found = chases.chases(today=board.today, scope=scope)
    names = _Names(board)
    if as_json:
        document([_chase(one, names) for one in found])
        return
    told = record_news.Words(board.today)
    table(
        ["what", number("reached"), "how far"],
        [
            (f"{one.key.metric}, {one.key.period}", f"{one.percent:.0f} %", chases.in_words(one, told))
            for one in found
        ],
    )


def _chase(one: Chase, names: _Names) -> dict[str, Any]:
    suffix = "_minor" if one.key.metric in MONEY else ""
    return {
        **names.of(one.key),
        "of": one.of,
        "period_start": one.period.start,
        "period_end": one.period.last_day,
        **({"currency": names.currency} if suffix else {}),
        f"best{suffix}": one.best,
        f"value{suffix}": one.value,
        f"gap{suffix}": one.gap,
        "percent": round(one.percent, 1),
        "days_left": one.days_left,
        f"needed_per_day{suffix}": one.needed,
        "chance": None if one.chance is None else round(one.chance, 4),
    }


@book.command("rebuild")
@on_board
def rebuild(board: Board) -> None:
    """Work the whole book out anew from the sales; it was right where nothing differed."""
    talk(f"worked out anew: {counted(record_book.rebuild(board.now), 'record')} differed")


# --- growth -------------------------------------------------------------------------------------------------


@click.command("growth")
@scope_option
@as_json
@on_board
def grown(board: Board, said: str, as_json: bool) -> None:
    """What each year brought, and how it grew; the running year against as many days of the year before."""
    scope = scope_of(board, said)
    found = growth.growth(today=board.today, scope=scope)
    if as_json:
        names = _Names(board)
        document([_growth(one, names, scope) for one in found])
        return
    for one in found:
        currency = board.currency if one.metric in MONEY else None
        table(
            [
                one.metric,
                amounts("value", currency) if currency else number("value"),
                number("change"),
                "by month",
            ],
            [
                (
                    year.period.name + (f", {one.elapsed} days" if _runs(one, at) else ""),
                    year.value if currency else f"{year.value:,}",
                    _percent(year.change) if at else "",
                    growth.spark(year.months),
                )
                for at, year in enumerate(one.years)
            ],
        )
        if one.over:
            answer(f"{_percent(one.compound)} a year over {counted(one.over, 'year')}")
        answer("")


def _runs(found: Growth, at: int) -> bool:
    return found.running and at == len(found.years) - 1


def _percent(change: float | None) -> str:
    if change is None:
        return "n/a"
    return f"{change:+.1f} %".replace("-", "−") if change else "0.0 %"


def _growth(found: Growth, names: _Names, scope: Scope) -> dict[str, Any]:
    suffix = "_minor" if found.metric in MONEY else ""
    return {
        "metric": found.metric.replace(" ", "_"),
        "scope": names.in_full(scope),
        **({"currency": names.currency} if suffix else {}),
        "years": [
            {
                "year": year.period.name,
                "start": year.period.start,
                f"value{suffix}": year.value,
                f"compared{suffix}": year.compared,
                "change_percent": year.change,
                "running": _runs(found, at),
                f"months{suffix}": list(year.months),
            }
            for at, year in enumerate(found.years)
        ],
        "elapsed_days": found.elapsed,
        "compound_percent": found.compound,
        "over_years": found.over,
    }


# --- in words and as JSON -----------------------------------------------------------------------------------


class _Names(Names):
    """What scopes and products are called on a board."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.currency = board.currency
        self._today = board.today
        self._fiscal_start = board.company.fiscal_start
        self.products = {one.id: one.name for one in products.all_products()}

    def of(self, key: Key) -> dict[str, Any]:
        """Which record it is."""
        product = {} if key.product is None else {"product": self.products[key.product]}
        return {
            "metric": key.metric.replace(" ", "_"),
            "period": key.period,
            "scope": self.in_full(key.scope),
            **product,
        }

    def document(self, one: Record) -> dict[str, Any]:
        """A record as JSON."""
        value = "value_minor" if one.metric in MONEY else "value"
        return {
            **self.of(one.key),
            value: one.value,
            **({"currency": self.currency} if one.metric in MONEY else {}),
            "period_start": one.moments[-1].period_start,
            "holders": one.holders,
            "joint": one.joint,
            "deals": one.deals,
            "status": one.status,
            "margin" + value.removeprefix("value"): one.margin,
            "moments": [_moment(moment, value) for moment in one.moments],
        }

    def title(self, one: Record) -> str:
        """`revenue, month`."""
        per = "" if one.period in ("sale", "streak") else f", {one.period}"
        what = self.products[one.product] if one.product is not None else one.metric
        return f"{what}{per}"

    def value(self, one: Record, value: int | None) -> str:
        """A value of a record, in full."""
        if value is None:
            return ""
        if one.metric in MONEY:
            return amount(value, self.currency)
        return f"{value:,} d" if one.metric == "fastest win" else f"{value:,}"

    def period(self, one: Record, start: Any) -> str:
        """A period by its first day."""
        return record_news.period_name(one.key, start, self._today, self._fiscal_start)

    def held(self, one: Record) -> str:
        """The first of those that hold it, and how many more."""
        held = ", ".join(str(start) for start in one.holders[:2])
        return held + (f" and {one.joint - 2:,} more" if one.joint > 2 else "")

    def row(self, one: Record, whose: bool) -> tuple[object, ...]:
        """A record as a line of the table."""
        return (
            *([self.called(one.scope)] if whose else []),
            self.products[one.product] if one.product is not None else one.metric,
            one.period,
            self.value(one, one.value),
            one.moments[-1].on,
            self.held(one),
            self.value(one, one.margin),
            f"{len(one.moments):,}",
            one.status,
        )


def _moment(moment: Moment, value: str) -> dict[str, Any]:
    return {
        "on": moment.on,
        "period_start": moment.period_start,
        value: moment.value,
        "deal": moment.deal,
        "days_stood": moment.days_stood,
    }


def _behind(one: Behind, suffix: str) -> dict[str, Any]:
    return {
        "deal": one.deal,
        "on": one.on,
        "account": one.account,
        "title": one.title,
        "owner": one.owner,
        f"counts{suffix}": one.counts,
    }


def _lineage(found: Lineage, names: _Names) -> dict[str, Any]:
    value = "value_minor" if found.record.metric in MONEY else "value"
    suffix = value.removeprefix("value")
    return {
        **names.document(found.record),
        "moments": [
            {
                **_moment(step.moment, value),
                f"margin{suffix}": step.margin,
                "sales": step.sales,
                "behind": [_behind(one, suffix) for one in step.behind],
            }
            for step in found.steps
        ],
        "history": [_former(change, suffix) for change in found.changes],
        "chart": [
            {"start": bar.start, f"value{suffix}": bar.value, "holds": bar.holds} for bar in found.years
        ],
    }


def _former(change: Change, suffix: str) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "on": change.on,
        "seq": change.seq,
        f"value{suffix}": change.value,
        "holders": [one.start for one in change.holders],
        f"before{suffix}": change.before,
        "holders_before": [one.start for one in change.holders_before],
        f"corrected{suffix}": change.corrected,
    }
