"""Goals seen from further away: where revenue is missing, and the year as a road."""

from __future__ import annotations

from typing import Any

import click

from salesboard.cli import agreements
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import amount, answer, as_json, document, facts, number, table, talk, words
from salesboard.domain import causes as domain
from salesboard.domain import goals, standings
from salesboard.domain import roadmap as roads
from salesboard.domain.causes import By, Cause, Causes, Funnel


@click.command("causes")
@click.argument("goal", type=agreements.NUMBER)
@click.option("--by", type=click.Choice(domain.BYS), help="Also for each of these.")
@as_json
@on_board
def causes(board: Board, goal: int, by: By | None, as_json: bool) -> None:
    """Where a goal's revenue is missing: too few opportunities, lower conversion, smaller deals, slower.

    What is usual is what up to four comparable periods before had at the same point. The four parts sum to
    the gap to the last cent. By person and product each is held against what is usual for itself; by stage,
    a deal belongs to the stage where it stood when the goal's time began, or first.
    """
    (found,) = standings.stand([goals.find_goal(goal)], today=board.today)
    split = domain.causes(found, by)
    if as_json:
        return document(_causes(split, goal, board))
    _show(split, board)


def _causes(split: Causes, goal: int, board: Board) -> dict[str, Any]:
    return {
        "goal": goal,
        "currency": board.currency,
        "start_on": split.start,
        "until": split.until,
        "against": split.against,
        "compared": split.compared,
        **_cause(split.whole),
        "by": split.by,
        "rows": [{"name": one.name, **_cause(one)} for one in split.rows],
    }


def _cause(one: Cause) -> dict[str, Any]:
    return {
        "expected_minor": one.expected_minor,
        "actual_minor": one.actual.revenue_minor,
        "gap_minor": one.gap_minor,
        "parts_minor": {
            "opportunities": one.parts.opportunities,
            "conversion": one.parts.conversion,
            "size": one.parts.size,
            "speed": one.parts.speed,
        },
        "opportunities_wanted": one.opportunities_wanted,
        "actual": _funnel(one.actual),
        "usual": _funnel(one.usual),
    }


def _funnel(found: Funnel) -> dict[str, Any]:
    return {
        "opportunities": found.opportunities,
        "decided": found.decided,
        "won": found.won,
        "revenue_minor": found.revenue_minor,
        "conversion": found.conversion,
        "average_minor": found.average_minor,
        "speed": found.speed,
    }


def _show(split: Causes, board: Board) -> None:
    whole = split.whole

    def shown(minor: int | None) -> str:
        return amount(minor, board.currency)

    asked = "by now" if split.against == "pace" else "in all"
    facts(
        [
            (
                "so far",
                f"{shown(whole.actual.revenue_minor)} {board.currency}, from {split.start} to {split.until}",
            ),
            ("asked for", f"{shown(whole.expected_minor)} {asked}"),
            ("gap", shown(whole.gap_minor)),
            ("usual is", f"what {', '.join(split.compared)} had at the same point"),
        ]
    )
    answer("")
    parts, now, usual = whole.parts, whole.actual, whole.usual
    table(
        ["cause", number("now"), number("usual"), number(f"of the gap {board.currency}")],
        [
            (
                "opportunities",
                now.opportunities,
                f"{whole.opportunities_wanted} wanted",
                shown(parts.opportunities),
            ),
            ("conversion", percent(now.conversion), percent(usual.conversion), shown(parts.conversion)),
            ("deal size", shown(now.average_minor), shown(usual.average_minor), shown(parts.size)),
            ("speed", percent(now.speed), percent(usual.speed), shown(parts.speed)),
            ("gap", "", "", shown(whole.gap_minor)),
        ],
    )
    if not split.rows:
        return
    answer("")
    table(
        [
            words(str(split.by)),
            *map(number, ("so far", "asked for", "gap", "opportunities", "conversion", "deal size", "speed")),
        ],
        [
            (
                one.name,
                *map(
                    shown,
                    (
                        one.actual.revenue_minor,
                        one.expected_minor,
                        one.gap_minor,
                        one.parts.opportunities,
                        one.parts.conversion,
                        one.parts.size,
                        one.parts.speed,
                    ),
                ),
            )
            for one in split.rows
        ],
    )


def percent(share: float | None) -> str:
    """`43 %`; nothing where there is no share."""
    return "" if share is None else f"{share * 100:.0f} %"


@click.command("roadmap")
@click.option(
    "--year", type=int, metavar="YEAR", help="A fiscal year, by the name it has; this one if left out."
)
@click.option("--all", "everybody", is_flag=True, help="Everybody's own goals too, not only yours.")
@as_json
@on_board
def roadmap(board: Board, year: int | None, everybody: bool, as_json: bool) -> None:
    """The year as a road: milestones, quarter reviews, the company's own anniversary; done, next, missed.

    Of the company's and the teams' goals, and of your own.
    """
    found = roads.roadmap(today=board.today, year=year, person=board.actor.id, everybody=everybody)
    if as_json:
        return document(
            {
                "year": found.year.name,
                "start_on": found.year.start,
                "end_on": found.year.last_day,
                "as_of": board.today,
                "signs": [
                    {
                        "on": one.on,
                        "kind": one.kind,
                        "state": one.state,
                        "what": one.what,
                        "whose": one.whose or None,
                        "more": one.more or None,
                        "goal": one.goal,
                        "milestone": one.milestone,
                    }
                    for one in found.signs
                ],
            }
        )
    table(
        ["on", "state", words("what"), words("of", may_go=1), words("how it stands")],
        [(one.on, one.state, one.what, one.whose, one.more) for one in found.signs],
    )
    if not found.signs:
        talk(f"nothing stands by the road of {found.year.name}; 'salesboard goals add' sets a goal")
