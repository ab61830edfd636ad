"""Caring for goals: who can bring how much, what is wrong, what was learnt, and sealed quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import click

from salesboard.cli import agreements, goal_words
from salesboard.cli.goal_words import keyed, value_of
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import (
    amount,
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
from salesboard.cli.scopes import Names, person_of
from salesboard.domain import assessments, goals, profiles, seals
from salesboard.domain import lint as linting
from salesboard.domain.profiles import ProfileFacts, Share, Split
from salesboard.domain.seals import Restatement, Sealed
from salesboard.errors import WrongUsage

# --- profiles and splits ------------------------------------------------------------------------------------


@click.command("profile")
@click.argument("person")
@click.option(
    "--capacity", type=click.IntRange(0, 100), metavar="PERCENT", help="Of what their own past stands for."
)
@click.option("--ramp-from", metavar="DAY", help="The day on which they begin to come up to speed.")
@click.option("--ramp-months", type=click.IntRange(1), metavar="N", help="Months until they are there.")
@click.option("--no-ramp", is_flag=True, help="They are up to speed.")
@click.option("--territory", metavar="TEXT", help="Where they sell.")
@click.option("--strengths", metavar="TEXT", help="What they are good at, and which milestones suit them.")
@as_json
@on_board
def profile(board: Board, person: str, as_json: bool, **said: Any) -> None:
    """What may be expected of a person, for sharing out a team's target; what is not said again stays.

    Only that person, those who lead them and admins see it.
    """
    whose = person_of(board, person)
    known = profiles.profile(board.actor, whose, today=board.today)
    if any(one not in (None, False) for one in said.values()):
        profiles.set_profile(board.actor, whose, now=board.now, **_wished(board, known, said))
        known = profiles.profile(board.actor, whose, today=board.today)
    month = known.ramp_on(board.today)
    if as_json:
        return document({**asdict(known), "ramp_month": month[0] if month else None})
    facts(
        [
            ("person", known.name),
            ("capacity", f"{known.capacity} %"),
            ("ramp", _ramp(known, board.today)),
            ("territory", known.territory),
            ("strengths", known.strengths),
        ]
    )


def _wished(board: Board, known: ProfileFacts, said: dict[str, Any]) -> dict[str, Any]:
    if said["no_ramp"] and (said["ramp_from"] or said["ramp_months"]):
        raise WrongUsage("say --no-ramp, or when the ramp begins and how long it takes, not both")
    ramp_from = board.day(said["ramp_from"], "--ramp-from", past=True) if said["ramp_from"] else None
    return {
        "capacity": known.capacity if said["capacity"] is None else said["capacity"],
        "ramp_from": None if said["no_ramp"] else ramp_from or known.ramp_from,
        "ramp_months": None if said["no_ramp"] else said["ramp_months"] or known.ramp_months,
        "territory": known.territory if said["territory"] is None else said["territory"],
        "strengths": known.strengths if said["strengths"] is None else said["strengths"],
    }


def _ramp(known: ProfileFacts, today: date) -> str:
    if known.ramp_from is None:
        return "none"
    month = known.ramp_on(today)
    told = f"{counted(known.ramp_months or 0, 'month')} from {known.ramp_from}"
    return f"{told}, month {month[0]} now" if month else f"{told}, over"


@click.command("split")
@click.argument("goal", type=agreements.NUMBER)
@click.option("--propose", "how", flag_value="propose", help="Propose the parts to their people, in one act.")
@click.option("--set", "how", flag_value="set", help="Set the parts instead: they count at once.")
@click.option("--equal", is_flag=True, help="Equal parts, in place of those by history and profile.")
@click.option(
    "--give", "given", multiple=True, metavar="PERSON=AMOUNT", help="So much for this person instead."
)
@click.option("--reason", metavar="TEXT", help="What the people are told.")
@as_json
@on_board
def split(
    board: Board,
    goal: int,
    how: str | None,
    equal: bool,
    given: Sequence[str],
    reason: str | None,
    as_json: bool,
) -> None:
    """How a team's target can be shared out among its people: equally, and by history x capacity x ramp.

    Both sum to the target exactly. Nothing is made without --propose or --set; whoever has a part of the goal
    already keeps it.
    """
    found = profiles.split(board.actor, goal, today=board.today)
    amounts = {
        one.person: one.equal if equal else one.proposed for one in found.shares if one.own_goal is None
    }
    amounts |= dict(_given(board, found, one) for one in given)
    made: list[int] = []
    if how:
        made = profiles.share_out(
            board.actor, goal, amounts, now=board.now, words=reason, impose=how == "set"
        )
    elif reason:
        raise WrongUsage("--reason belongs to --propose or --set")
    if as_json:
        return document(_split(found, amounts, made, board))
    _show_split(found, amounts, board)
    if how:
        talk(f"{'set' if how == 'set' else 'proposed'} {counted(len(made), 'goal')}: {_listed(made)}")


def _listed(made: Sequence[int]) -> str:
    return ", ".join(map(str, made))


def _given(board: Board, found: Split, said: str) -> tuple[int, int]:
    name, sign, typed = said.rpartition("=")
    if not sign:
        raise WrongUsage(f"--give: {said!r} is no part; write PERSON=AMOUNT, such as mia=120k")
    plain = typed.strip() == "0"
    return person_of(board, name.strip()), 0 if plain else value_of(
        board, found.goal.metric, typed.strip(), "--give"
    )


def _split(found: Split, amounts: dict[int, int], made: Sequence[int], board: Board) -> dict[str, Any]:
    metric, handles = found.goal.metric, Names(board).handles
    return {
        "goal": found.goal.id,
        "metric": metric,
        "currency": board.currency,
        **keyed(metric, target=found.target, other_parts=found.others, unassigned=found.unassigned(amounts)),
        "people": [
            {
                "person": one.person,
                "handle": handles[one.person],
                "name": one.name,
                **keyed(
                    metric,
                    equal=one.equal,
                    proposed=one.proposed,
                    given=amounts.get(one.person),
                    has=one.has,
                    history=one.history,
                ),
                "history_periods": one.periods,
                "capacity": one.capacity,
                "ramp_month": one.ramp[0] if one.ramp else None,
                "ramp_months": one.ramp[1] if one.ramp else None,
                "goal": one.own_goal,
                "status": one.status,
            }
            for one in found.shares
        ],
        "made": list(made),
    }


def _show_split(found: Split, amounts: dict[int, int], board: Board) -> None:
    metric, currency = found.goal.metric, board.currency

    def shown(value: int | None) -> str:
        return goal_words.value(value, metric, currency)

    table(
        [
            words("person"),
            number("history"),
            number("capacity"),
            "ramp",
            number("equal"),
            number("proposal"),
            number("given"),
            "",
        ],
        [
            (
                one.name,
                shown(one.history) or "new",
                f"{one.capacity} %",
                ramp_month(one),
                shown(one.equal),
                shown(one.proposed),
                shown(amounts.get(one.person)),
                f"has {shown(one.has)}, {one.status}" if one.has else "",
            )
            for one in found.shares
        ],
    )
    left, unit = found.unassigned(amounts), goal_words.unit(metric, currency)
    answer("")
    answer(f"{shown(found.target)} {unit} of {found.goal.name}, {left_over(left, shown)}")


def ramp_month(one: Share) -> str:
    """`1 of 3`; empty where there is no ramp."""
    return f"{one.ramp[0]} of {one.ramp[1]}" if one.ramp else ""


def left_over(left: int, shown: Any) -> str:
    """`20,000 not assigned`, `over-assigned by 20,000`, `all of it assigned`."""
    if left == 0:
        return "all of it assigned"
    return f"{shown(left)} not assigned" if left > 0 else f"over-assigned by {shown(-left)}"


# --- what is wrong, and what was made of it -----------------------------------------------------------------


@click.command("lint")
@click.argument("goal", type=agreements.NUMBER, required=False)
@click.option("--all", "everything", is_flag=True, help="Those that were waived too, with the reason.")
@as_json
@on_board
def lint(board: Board, goal: int | None, everything: bool, as_json: bool) -> None:
    """What is wrong with how goals are set: too high, without a reward, unread, unreviewed, alike, …"""
    if goal is not None:
        goals.find_goal(goal)
    found = linting.findings(today=board.today, goal=goal)
    if as_json:
        return document([goal_words.warning(one) for one in found])
    shown = [one for one in found if everything or one.waived is None]
    table(
        ["rule", number("id"), words("goal"), words("what is wrong"), words("waived")],
        [
            (
                one.rule,
                one.goal,
                one.name,
                one.words,
                f"{one.waived.author}: {one.waived.reason}" if one.waived else "",
            )
            for one in shown
        ],
    )
    waived = sum(one.waived is not None for one in found)
    if not shown:
        talk(f"nothing is wrong{f', {waived} waived' if waived else ''}")


@click.command("waive")
@click.argument("goal", type=agreements.NUMBER)
@click.argument("rule")
@click.option("--reason", metavar="TEXT", help="Why the warning may stand.")
@click.option("--end", is_flag=True, help="Let it be a warning again.")
@on_board
def waive(board: Board, goal: int, rule: str, reason: str | None, end: bool) -> None:
    """Let a warning that 'goals lint' gives stand, by its rule (G1 to G7)."""
    if end == bool(reason):
        raise WrongUsage("say why with --reason TEXT, or --end to let it be a warning again")
    if end:
        linting.end_waiver(board.actor, goal, rule, now=board.now)
    else:
        linting.waive(board.actor, goal, rule, reason or "", now=board.now)
    talk(f"{rule.upper()} of {goals.find_goal(goal).name} is {'a warning again' if end else 'waived'}")


@click.command("assess")
@click.argument("milestone", type=agreements.NUMBER)
@click.option("--worked", metavar="TEXT", help="What worked.")
@click.option("--failed", metavar="TEXT", help="What did not.")
@click.option("--next", "then", metavar="TEXT", help="What is next.")
@on_board
def assess(board: Board, milestone: int, worked: str | None, failed: str | None, then: str | None) -> None:
    """Keep what a milestone taught, once it was reached or missed; 'goals show' has its number.

    It stands in the goal and in its next review, in place of what was said before.
    """
    assessments.assess(board.actor, milestone, now=board.now, worked=worked, failed=failed, next=then)
    talk(f"kept for {goals.find_goal(goals.goal_of(milestone)).name}")


# --- sealed quarters ----------------------------------------------------------------------------------------


@click.command("seal")
@click.argument("quarter", required=False)
@click.option("--show", is_flag=True, help="Only show the minutes of a quarter that is sealed.")
@as_json
@on_board
def seal(board: Board, quarter: str | None, show: bool, as_json: bool) -> None:
    """Close a quarter once its reviews are done; without one, show those that are sealed.

    The end of the ledger is kept in the minutes: what is changed in the quarter later still can be, but shows
    as a restatement.
    """
    if quarter is None:
        found = seals.seals()
    else:
        wanted = seals.quarter_named(quarter)
        if not show:
            seals.seal(board.actor, wanted, now=board.now)
        found = [seals.sealed(wanted)]
    if as_json:
        told = [_sealed(one) for one in found]
        return document(told if quarter is None else told[0])
    for place, one in enumerate(found):
        if place:
            answer("")
        _show_sealed(one, board)
    if not found:
        talk("no quarter is sealed; 'salesboard goals seal 2026-Q3' seals one")


def _sealed(one: Sealed) -> dict[str, Any]:
    return {
        "quarter": one.quarter.name,
        "start_on": one.quarter.start,
        "end_on": one.quarter.last_day,
        "ledger_seq": one.seq,
        "ledger_hash": one.hash,
        "holds": one.holds,
        "sealed_by": one.author,
        "sealed_at": one.at,
        "decisions": [{"name": name, **asdict(decided)} for name, decided in one.decisions],
        "restatements": [
            {
                "entry": each.seq,
                "at": each.at,
                "who": each.who,
                "verb": each.verb,
                "deal": each.deal,
                "name": each.called,
                "amount_minor": each.minor,
                "sales": each.sales,
                "changed": list(each.changed),
            }
            for each in one.restatements
        ],
        "restated_minor": one.minor,
    }


def _show_sealed(one: Sealed, board: Board) -> None:
    zone = ZoneInfo(board.company.zone)
    answer(f"{one.quarter.name}  sealed by {one.author} on {one.at.astimezone(zone):%Y-%m-%d %H:%M}")
    answer(f"ledger entry {one.seq}, {one.hash}{'' if one.holds else ': THE LEDGER SAYS OTHERWISE NOW'}")
    for name, decided in one.decisions:
        answer(f"  {name}: {decided.decision} ({decided.author}): {decided.reason}")
    for each in one.restatements:
        answer(f"  since sealed: {restated(each, board.currency)}")
    if one.restatements:
        answer(f"  restated in all: {signed(one.minor, board.currency)} {board.currency}")


def restated(one: Restatement, currency: str) -> str:
    """`entry 412 Ada Marsh edited Northwind · Renewal: +2,000`."""
    effect = [signed(one.minor, currency)] if one.minor or not one.changed else []
    return f"entry {one.seq} {one.who} {one.verb} {one.called}: {', '.join(effect + one.besides)}"


def signed(minor: int, currency: str) -> str:
    """`+2,000`."""
    return f"{'-' if minor < 0 else '+'}{amount(abs(minor), currency)}"
