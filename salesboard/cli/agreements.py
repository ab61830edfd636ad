"""What goals bring and promise: rewards, clauses of contracts, and forecasts."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, cast

import click

from salesboard.cli import goal_words
from salesboard.cli.goal_words import keyed
from salesboard.cli.opening import Board, on_board
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
from salesboard.cli.ownfile import STDIN, OwnFile, text_of
from salesboard.cli.scopes import Names, person_of, scope_of
from salesboard.domain import clauses, contracts, forecasts, gains, known, products, rewards
from salesboard.domain.clauses import NOT_LEGAL_ADVICE, Clause, ClauseRung, ReadClause
from salesboard.domain.contracts import Contract
from salesboard.domain.forecasts import Carried, Forecast
from salesboard.domain.gains import COMPANY_SCOPE, Metric, Scope
from salesboard.domain.periods import Kind
from salesboard.errors import NotFound, WrongUsage

NUMBER = click.IntRange(1, 2**63 - 1)
"""The number of a goal or a milestone."""
MOST_READ = 1 << 20
"""Bytes of a pasted clause that are read; more is refused as too long."""
AGREEMENT = "the agreement"
MOST_DEALS = 10
"""So many deals that carry a forecast are shown."""


# --- rewards ------------------------------------------------------------------------------------------------


@click.command("statement")
@click.option("--person", metavar="PERSON", help="Only theirs, by handle or name.")
@click.option("--from", "from_on", metavar="DAY", help="Only what was reached or is due from this day on.")
@click.option("--to", "to_on", metavar="DAY", help="Only what was reached or is due until this day.")
@as_json
@on_board
def statement(
    board: Board, person: str | None, from_on: str | None, to_on: str | None, as_json: bool
) -> None:
    """What milestones bring to people: promised, earned, approved, paid, taken back; with its sums.

    What a team's milestone brings is one sum: its people on the day share it equally.
    """
    whose = person_of(board, person) if person else None
    found = rewards.statement(
        today=board.today,
        person=whose,
        from_on=board.day(from_on, "--from", past=True) if from_on else None,
        to_on=board.day(to_on, "--to") if to_on else None,
    )
    totals = rewards.sums(found)
    if as_json:
        return document(
            {
                "as_of": board.today,
                "currency": board.currency,
                "rewards": [{**_renamed(asdict(one)), "counts_minor": one.counts_minor} for one in found],
                "sums_minor": totals,
                "counts_minor": sum(one.counts_minor for one in found),
            }
        )
    table(
        [
            words("person"),
            words("goal", may_go=2),
            number("id"),
            words("milestone"),
            "on",
            amounts("amount", board.currency),
            amounts("of", board.currency),
            "state",
            words("besides", may_go=1),
        ],
        [
            (
                one.name,
                one.goal_name,
                one.milestone,
                one.label,
                one.on or "open-ended",
                one.amount_minor if one.whole_minor else None,
                one.whole_minor if one.whole_minor != one.amount_minor else None,
                one.state,
                one.words,
            )
            for one in found
        ],
    )
    if not found:
        return talk("no rewards")
    answer("")
    facts(
        [
            (state, f"{amount(total, board.currency)} {board.currency}")
            for state, total in totals.items()
            if total
        ]
        + [("counts", f"{amount(sum(one.counts_minor for one in found), board.currency)} {board.currency}")]
    )


def _renamed(reward: dict[str, Any]) -> dict[str, Any]:
    return {("reward" if name == "words" else name): one for name, one in reward.items()}


milestone_argument = click.argument("milestone", type=NUMBER)


@click.command("approve")
@milestone_argument
@click.argument("person")
@on_board
def approve(board: Board, milestone: int, person: str) -> None:
    """Approve what a person has earned with a milestone."""
    whose = person_of(board, person)
    rewards.approve_reward(board.actor, milestone, whose, now=board.now)
    _decided(board, "approved", milestone, whose)


@click.command("pay")
@milestone_argument
@click.argument("person")
@click.option("--on", metavar="DAY", help="The day it was paid, if not today.")
@on_board
def pay(board: Board, milestone: int, person: str, on: str | None) -> None:
    """Keep that an approved reward was paid."""
    whose = person_of(board, person)
    paid_on = board.day(on, "--on", past=True) if on else None
    rewards.pay_reward(board.actor, milestone, whose, now=board.now, paid_on=paid_on)
    _decided(board, "paid", milestone, whose)


@click.command("clawback")
@milestone_argument
@click.argument("person")
@on_board
def claw_back(board: Board, milestone: int, person: str) -> None:
    """Keep that a paid reward was paid back, because its milestone was reversed."""
    whose = person_of(board, person)
    rewards.claw_back_reward(board.actor, milestone, whose, now=board.now)
    _decided(board, "clawed back", milestone, whose)


def _decided(board: Board, done: str, milestone: int, person: int) -> None:
    for one in rewards.statement(today=board.today, person=person):
        if one.milestone == milestone:
            money = f"{amount(one.amount_minor, board.currency)} {board.currency}"
            talk(f"{done}: {money} of {one.name} for {one.label}")


# --- clauses ------------------------------------------------------------------------------------------------


@click.command("clause")
@click.argument("goal", type=NUMBER, required=False)
@click.option(
    "--read",
    "pasted",
    type=OwnFile(or_input=True),
    metavar="FILE",
    help="Read a clause from a file, or from stdin with -.",
)
@click.option("--start", metavar="DAY", help="With --read: the first day on which sales count.")
@click.option("--scope", metavar="SCOPE", help="With --read: whose sales: company, team:West, person:mia.")
@click.option("--party", metavar="TEXT", help="Who is entitled, as the contract calls them.")
@click.option("--agreement", metavar="TEXT", help="Which agreement.")
@click.option("--section", metavar="NUMBER", help="The section that says what is paid, such as 4.2 or 7(b).")
@click.option("--signed", metavar="DAY", help="The day it was signed.")
@click.option(
    "--reason", metavar="TEXT", help="With --read: why a target beyond the best ever can be reached."
)
@click.option("--final", is_flag=True, help="With --read: payments are not clawed back once they are paid.")
@click.option("--yes", is_flag=True, help="With --read: make the goal of what was read.")
@as_json
@on_board
def clause(
    board: Board,
    goal: int | None,
    pasted: Path | None,
    party: str | None,
    agreement: str | None,
    section: str | None,
    signed: str | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """A goal's clause as a contract says it, and what it entitles to; or read a pasted clause.

    With --party, --agreement and --section a goal of revenue becomes part of a contract. With --read nothing
    is made before it was confirmed. A payment is one sum: the people of a team share it equally.
    """
    signed_on = board.day(signed, "--signed", past=True) if signed else None
    if (goal is None) == (pasted is None):
        raise WrongUsage("name a goal, or a pasted clause with --read FILE")
    if goal is None:
        return _read_clause(
            board, cast(Path, pasted), party, agreement, section, signed_on, as_json=as_json, **reading
        )
    for option, one in reading.items():
        if one:
            raise WrongUsage(f"--{option} belongs to --read")
    if any((party, agreement, section, signed_on)):
        _keep_clause(board, goal, party, agreement, section, signed_on)
    found = contracts.contract(goal, today=board.today)
    if as_json:
        return document(_contract(found, board))
    _show(found, board)


def _keep_clause(
    board: Board,
    goal: int,
    party: str | None,
    agreement: str | None,
    section: str | None,
    signed: date | None,
) -> None:
    """Make a goal part of a contract; what is not said again stays."""
    try:
        before: Contract | None = contracts.contract(goal, today=board.today)
    except NotFound:
        before = None
    said = {
        "party": party or (before.clause.party if before else None),
        "agreement": agreement or (before.clause.agreement if before else None),
        "section": section or (before.clause.section if before else None),
    }
    lacking = [f"--{name}" for name, one in said.items() if not one]
    if lacking:
        raise WrongUsage(f"the contract is not known yet: say {' and '.join(lacking)} as well")
    contracts.set_clause(
        board.actor,
        goal,
        now=board.now,
        signed_on=signed or (before.signed_on if before else None),
        **cast(dict[str, str], said),
    )


def _contract(found: Contract, board: Board) -> dict[str, Any]:
    return {
        "goal": found.goal.id,
        "party": found.clause.party,
        "agreement": found.clause.agreement,
        "section": found.clause.section,
        "signed_on": found.signed_on,
        "as_of": board.today,
        "currency": found.clause.currency,
        "wording": found.wording,
        "entitlements": [
            {
                "mark": one.mark,
                "threshold_minor": one.rung.threshold,
                "due": one.rung.due_on,
                "payment_minor": one.rung.payment,
                "status": one.standing.status,
                "entitled": one.entitled,
                "reached_on": one.standing.reached_on,
                "value_on_due_minor": one.standing.value_on_due,
                "value_minor": one.standing.value_now,
                "paid_minor": one.paid,
                "effect": one.effect,
                "balance_minor": one.balance,
                "shares": [
                    {
                        "person": each.person,
                        "name": each.name,
                        "amount_minor": each.amount_minor,
                        "state": each.state,
                    }
                    for each in shares
                    if each.amount_minor
                ],
                "evidence": [
                    {"deal": gain.subject, "won_on": gain.on, "amount_minor": gain.amount}
                    for gain in one.evidence
                ],
            }
            for one, shares in zip(found.entitlements, found.shares, strict=True)
        ],
        "ledger_seq": found.ledger_seq,
        "ledger_hash": found.ledger_hash,
        "note": NOT_LEGAL_ADVICE,
    }


def _show(found: Contract, board: Board) -> None:
    currency = found.clause.currency
    answer(found.wording)
    answer("")
    if found.signed_on:
        facts([("signed", found.signed_on)])
    table(
        [
            "",
            "due",
            amounts("threshold", currency),
            amounts("stands at", currency),
            "status",
            "reached",
            "entitled",
            amounts("payment", currency),
            words("outcome"),
            amounts("balance", currency),
        ],
        [
            (
                one.mark,
                one.rung.due_on,
                one.rung.threshold,
                one.standing.value_now,
                one.standing.status,
                one.standing.reached_on,
                "yes" if one.entitled else "no",
                one.rung.payment,
                one.effect,
                one.balance,
            )
            for one in found.entitlements
        ],
    )
    _show_shares(found, currency)
    longest = max(found.entitlements, key=lambda one: len(one.evidence))
    if longest.evidence:
        answer("")
        answer(f"evidence: {counted(len(longest.evidence), 'sale')}")
        table(
            [number("deal"), "won", amounts("amount", currency), amounts("in all", currency), "so far"],
            _evidence(found, longest.evidence),
        )
    answer("")
    answer(f"ledger entry {found.ledger_seq}, {found.ledger_hash}; 'salesboard verify' recomputes it")
    answer(NOT_LEGAL_ADVICE)


def _show_shares(found: Contract, currency: str) -> None:
    """Who gets what, where a payment is one sum for several people."""
    if found.goal.scope.person is not None or not any(one.rung.payment for one in found.entitlements):
        return
    answer("")
    answer("each payment is one sum, shared equally among those whose sales count on the day")
    for one, shares in zip(found.entitlements, found.shares, strict=True):
        told = ", ".join(f"{each.name} {amount(each.amount_minor, currency)}" for each in shares)
        answer(f"{one.mark}  {told or 'nobody'}")


def _evidence(found: Contract, evidence: Any) -> list[tuple[object, ...]]:
    crossed: dict[int, list[str]] = {}
    for one in found.entitlements:
        if one.standing.crossed_by:
            crossed.setdefault(one.standing.crossed_by.subject, []).append(one.mark)
    rows: list[tuple[object, ...]] = []
    total = 0
    for gain in evidence:
        total += gain.amount
        marks = ", ".join(crossed.get(gain.subject, ()))
        rows.append((gain.subject, gain.on, gain.amount, total, f"reaches {marks}" if marks else ""))
    return rows


def _read_clause(
    board: Board,
    pasted: Path,
    party: str | None,
    agreement: str | None,
    section: str | None,
    signed_on: date | None,
    *,
    start: str | None,
    scope: str | None,
    reason: str | None,
    final: bool,
    yes: bool,
    as_json: bool,
) -> None:
    if start is None:
        raise WrongUsage("say from which day sales count: --start DAY")
    first = board.day(start, "--start", past=True)
    found = clauses.read(
        text_of(pasted, MOST_READ),
        currency=board.currency,
        start=first,
        fiscal_start=board.company.fiscal_start,
    )
    named = section or found.section
    if not as_json:
        _show_read(found, named, board)
    if not (yes or (not as_json and _confirmed(pasted))):
        if as_json:
            return document(_read(found, named, None, board))
        return talk("nothing was made; say --yes to make a goal of it")
    if scope is None:
        raise WrongUsage("say whose sales count: --scope company, team:NAME or person:HANDLE")
    if not named:
        raise WrongUsage("the clause names no section: say --section")
    whose = scope_of(board, scope)
    made = contracts.add_clause(
        board.actor,
        Clause(
            party or _entitled(board, whose),
            agreement or AGREEMENT,
            named,
            board.currency,
            first,
            found.rungs,
        ),
        now=board.now,
        scope=whose,
        signed_on=signed_on,
        final=final,
        reason=reason,
    )
    if as_json:
        return document(_read(found, named, made, board))
    talk(f"set goal {made}; 'salesboard goals clause {made}' shows its wording and what it entitles to")
    answer(str(made))


def _confirmed(source: Path) -> bool:
    if source == STDIN or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("Make a goal of it?", err=True)


def _entitled(board: Board, scope: Scope) -> str:
    """What the one who is entitled is called where nobody says it."""
    return board.company.name if scope == COMPANY_SCOPE else Names(board).called(scope)


def _show_read(found: ReadClause, section: str | None, board: Board) -> None:
    currency = board.currency
    table(
        ["", "due", amounts("threshold", currency), amounts("payment", currency)],
        [
            (f"({place})", rung.due_on or "no day", rung.threshold, rung.payment)
            for place, rung in enumerate(found.rungs, 1)
        ],
    )
    answer(f"section {section}" if section else "no section")
    for doubt in found.doubts:
        talk(f"doubt: {doubt}")


def _read(found: ReadClause, section: str | None, made: int | None, board: Board) -> dict[str, Any]:
    return {
        "goal": made,
        "currency": board.currency,
        "section": section,
        "rungs": [_rung(one) for one in found.rungs],
        "doubts": list(found.doubts),
    }


def _rung(one: ClauseRung) -> dict[str, Any]:
    return {"due": one.due_on, "threshold_minor": one.threshold, "payment_minor": one.payment}


# --- forecasts ----------------------------------------------------------------------------------------------


@click.command("forecast")
@click.option(
    "--metric",
    type=click.Choice(known.METRICS),
    default="revenue",
    show_default=True,
    help="What is counted.",
)
@click.option("--product", metavar="NAME", help="Units of this product only.")
@click.option(
    "--by",
    "kind",
    type=click.Choice(["month", "quarter", "year"]),
    default="quarter",
    show_default=True,
    help="Until the end of which running period.",
)
@click.option(
    "--scope", metavar="SCOPE", help="Whose sales: company, team:West, person:mia; the company's if left out."
)
@as_json
@on_board
def forecast(
    board: Board, metric: known.Metric, product: str | None, kind: Kind, scope: str | None, as_json: bool
) -> None:
    """What the running period will have brought at its end, and how well earlier forecasts did."""
    if product and metric != "units":
        raise WrongUsage("--product belongs to --metric units")
    whose = scope_of(board, scope) if scope else Scope()
    found = forecasts.forecast(
        today=board.today,
        metric=metric,
        kind=kind,
        scope=whose,
        product=products.find_product(product) if product else None,
    )
    if as_json:
        return document(_forecast(found, metric, whose, board))
    _show_forecast(found, metric, board)


def _forecast(found: Forecast, metric: Metric, scope: Scope, board: Board) -> dict[str, Any]:
    likely = found.range
    return {
        "metric": metric,
        "scope": Names(board).scope(scope),
        "currency": board.currency,
        "period": found.period.name,
        "start_on": found.period.start,
        "end_on": found.period.last_day,
        "as_of": board.today,
        **keyed(
            metric,
            so_far=found.so_far,
            p10=likely.low if likely else None,
            p50=likely.middle if likely else None,
            p90=likely.high if likely else None,
            of_open=likely.of_open if likely else None,
            of_new=likely.of_new if likely else None,
            mean_absolute_error=found.mean_absolute_error,
        ),
        "past": [
            {
                "period": one.period,
                "as_of": one.as_of,
                **keyed(metric, forecast=one.forecast, actual=one.actual, error=one.error),
            }
            for one in found.past
        ],
        "counted_on": found.counted_on,
        "deals": [_carried(one, metric) for one in found.carried],
        "overdue": [_carried(one, metric) for one in found.overdue],
    }


def _carried(one: Carried, metric: Metric) -> dict[str, Any]:
    return {
        "deal": one.deal,
        "name": one.name,
        "owner": one.owner,
        "value_minor": one.value_minor,
        "chance": goal_words.rounded(one.chance),
        **keyed(metric, brings=one.brings),
        "expected_on": one.expected_on,
        "pushes": one.pushes,
    }


def _show_forecast(found: Forecast, metric: Metric, board: Board) -> None:
    likely = found.range

    def shown(value: int) -> str:
        return f"{goal_words.value(value, metric, board.currency)} {goal_words.unit(metric, board.currency)}"

    def expected(value: int) -> str:
        return f"{gains.about(value, metric, board.currency)} {goal_words.unit(metric, board.currency)}"

    facts(
        [
            ("period", f"{found.period.name}, until {found.period.last_day}"),
            ("as of", board.today),
            ("so far", shown(found.so_far)),
            *(
                [
                    ("P10", f"{expected(likely.low)}, no more than this in one of ten cases"),
                    ("P50", f"{expected(likely.middle)}, as likely less as more"),
                    ("P90", f"{expected(likely.high)}, no more than this in nine of ten cases"),
                    ("of open deals", expected(likely.of_open)),
                    ("of new deals", expected(likely.of_new)),
                ]
                if likely
                else [("forecast", "not enough history")]
            ),
        ]
    )
    _show_past(found, metric, board)
    _show_deals(found, metric, board)


def _show_past(found: Forecast, metric: Metric, board: Board) -> None:
    if not found.past:
        return
    answer("")
    table(
        ["period", "forecast on", number("forecast"), number("actual"), number("off by")],
        [
            (
                one.period,
                one.as_of,
                gains.about(one.forecast, metric, board.currency),
                goal_words.value(one.actual, metric, board.currency),
                ("-" if one.error < 0 else "") + gains.about(abs(one.error), metric, board.currency),
            )
            for one in found.past
        ],
    )
    if found.mean_absolute_error is not None:
        off = gains.about(found.mean_absolute_error, metric, board.currency)
        answer(f"off by {off} {goal_words.unit(metric, board.currency)} on average")


def _show_deals(found: Forecast, metric: Metric, board: Board) -> None:
    """The deals that carry it, and those that count as nothing since their date is past."""
    for heading, deals in (("brings", found.carried[:MOST_DEALS]), ("counts as nothing", found.overdue)):
        if not deals:
            continue
        answer("")
        table(
            [
                number("id"),
                words("deal"),
                "owner",
                amounts("value", board.currency),
                number("likely"),
                number(heading),
                "expected",
                number("put off"),
            ],
            [
                (
                    one.deal,
                    one.name,
                    one.owner,
                    one.value_minor,
                    goal_words.chance(one.chance),
                    gains.about(one.brings, metric, board.currency) if one.brings else "0",
                    one.expected_on or "",
                    f"{one.pushes}×" if one.pushes else "",
                )
                for one in deals
            ],
        )
        more = found.counted_on - MOST_DEALS
        if not deals[0].overdue and more > 0:
            answer(f"and {counted(more, 'deal')} more")
