"""Awards on the command line: seasons, their categories, and their days as a calendar."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from salesboard.cli import InOrder
from salesboard.cli.opening import Board, given, on_board, together
from salesboard.cli.output import answer, as_json, counted, document, facts, number, table, talk, words
from salesboard.domain import people
from salesboard.domain.awards import categories, screening, seasons
from salesboard.domain.awards.categories import Behind, CategoryFacts, Ranked
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.errors import WrongUsage

ROWS_SHOWN = 5
"""So many sales are shown behind each place of a ranking; --json has all."""
of_season = click.option("--season", "said_season", metavar="SEASON", help="Without it, the one that is on.")


@click.group(cls=InOrder)
def awards() -> None:
    """Awards Night: the season, its categories, nominations, and the evening."""


def season_of(board: Board, said: str | None) -> SeasonFacts:
    """The season of a name or number; the one that is on if none is named."""
    return seasons.find_season(said, today=board.today)


# --- the season ---------------------------------------------------------------------------------------------


@awards.group(cls=InOrder)
def season() -> None:
    """The awards year, its phases and its night."""


DATES = (
    ("--from", "start_on", "First day of the award year."),
    ("--until", "end_on", "Last day of the award year."),
    ("--nominate-from", "nominate_on", "First day of nominating."),
    ("--nominate-until", "nominate_until", "Last day of nominating."),
    ("--screen-until", "screen_until", "Last day of screening."),
    ("--judge-until", "judge_until", "Last day of judging."),
    ("--decide-until", "decide_until", "Last day of deciding."),
)
season_facts = together(
    click.option("--name", help="What it is called."),
    *(click.option(option, name, metavar="DAY", help=told) for option, name, told in DATES),
    click.option("--time", "night_at", metavar="TIME", help="When the evening begins, such as 19:00."),
    click.option("--place", help="Where it is."),
    click.option("--host", metavar="PERSON", help="Who leads through the evening and decides."),
)


def _typed(board: Board, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a season as the domain takes them; without those that were not typed."""
    days = {name: option for option, name, _ in DATES} | {"night_on": "--night"}
    found: dict[str, Any] = {}
    for name, said in options.items():
        if said is None:
            continue
        if name in days:
            found[name] = board.day(said, days[name])
        else:
            found[name] = people.find_person(said) if name == "host" else said
    return found


@season.command("add")
@click.argument("night")
@season_facts
@on_board
def season_add(board: Board, night: str, **options: Any) -> None:
    """Set up a season around its NIGHT, a day, and answer its number; dates not given are the usual ones."""
    made = seasons.add_season(
        board.actor, board.day(night, "The night"), now=board.now, **_typed(board, options)
    )
    talk(seasons.season(made).countdown(board.today))
    answer(str(made))


@season.command("show")
@click.argument("said", required=False, metavar="[SEASON]")
@as_json
@on_board
def season_show(board: Board, said: str | None, as_json: bool) -> None:
    """A season with its phases and categories, the one that is on if none is named."""
    found = season_of(board, said)
    own = _counted(found.id)
    if as_json:
        return document(
            {
                **_season_document(found, board.today),
                "categories": _documents(own),
                "seasons": [
                    {"id": one.id, "name": one.name, "night_on": one.night_on} for one in seasons.seasons()
                ],
            }
        )
    answer(found.countdown(board.today))
    facts(
        [
            ("award year", seasons.days_in_words(found)),
            ("night", f"{found.night_on} {found.night_at}"),
            ("place", found.place),
            ("host", found.host_name),
            ("number", found.id),
        ]
    )
    answer("")
    now_in = found.phase_on(board.today)
    table(
        ["phase", "from", "until", ""],
        [(one.name, one.first, one.last, "now" if one.name == now_in else "") for one in found.phases],
    )
    if own:
        answer("")
        _category_table(own)


@season.command("edit")
@click.argument("said", required=False, metavar="[SEASON]")
@click.option("--night", "night_on", metavar="DAY", help="Another night.")
@season_facts
@on_board
def season_edit(board: Board, said: str | None, **options: Any) -> None:
    """Change a season; what is not named stays as it is."""
    found = season_of(board, said)
    seasons.edit_season(board.actor, found.id, now=board.now, **_typed(board, given(**options)))
    talk(seasons.season(found.id).countdown(board.today))


def _season_document(found: SeasonFacts, today: date) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "start_on": found.start_on,
        "end_on": found.end_on,
        "night_on": found.night_on,
        "night_at": found.night_at,
        "place": found.place,
        "host": found.host_name,
        "closed_at": found.closed_at,
        "as_of": today,
        "phase": found.phase_on(today),
        "countdown": found.countdown(today),
        "phases": [{"phase": one.name, "from": one.first, "until": one.last} for one in found.phases],
    }


# --- categories ---------------------------------------------------------------------------------------------


@awards.group(cls=InOrder)
def category() -> None:
    """What is honoured in a season."""


category_facts = together(
    click.option("--description", help="What it is for."),
    click.option("--criteria", help="What it is judged by: 'Results 60, Care 40'; weights sum to 100."),
    click.option("--metric", help=f"Compute it: {', '.join(categories.METRICS)}."),
    click.option(
        "--ranked-choice", "way", flag_value=categories.RANKED, help="Judges put the nominees in order."
    ),
    click.option("--team-vote", "way", flag_value=categories.VOTED, help="Everybody has one vote."),
    click.option("--teams/--people", "of_teams", default=None, help="For teams, or for people."),
    click.option("--winners", type=click.IntRange(1, 100), help="So many win."),
    click.option("--quorum", type=click.IntRange(1, 100), help="So many judges at least."),
    click.option(
        "--most", "most_nominations", type=click.IntRange(1, 100), help="Nominations by one person."
    ),
    click.option("--months", "least_months", type=click.IntRange(0, 100), help="Of the year in a team."),
    click.option("--leads/--no-leads", "leads_may_win", default=None, help="Whether leads may win."),
)


def _category_options(options: dict[str, Any]) -> dict[str, Any]:
    typed = {name: value for name, value in options.items() if value is not None}
    if "criteria" in typed:
        typed["criteria"] = categories.criteria_from(typed["criteria"])
    return typed


@category.command("add")
@click.argument("name", required=False)
@click.option("--template", help=f"Like one of: {', '.join(categories.TEMPLATES)}.")
@category_facts
@of_season
@on_board
def category_add(
    board: Board, name: str | None, template: str | None, said_season: str | None, **options: Any
) -> None:
    """Add a category, from a template or with its own criteria or metric; its number is the answer."""
    if name is None and template is None:
        raise WrongUsage("name the category, or a --template")
    found = season_of(board, said_season)
    made = categories.add_category(
        board.actor, found.id, now=board.now, name=name, template=template, **_category_options(options)
    )
    talk(f"{categories.category(made).name} is honoured on {found.name}")
    answer(str(made))


@category.command("list")
@of_season
@as_json
@on_board
def category_list(board: Board, said_season: str | None, as_json: bool) -> None:
    """The categories of a season, how many are nominated, and how many of these wait to be screened."""
    found = season_of(board, said_season)
    own = _counted(found.id)
    if as_json:
        return document(_documents(own))
    _category_table(own)


@category.command("show")
@click.argument("said", metavar="CATEGORY")
@of_season
@as_json
@on_board
def category_show(board: Board, said: str, said_season: str | None, as_json: bool) -> None:
    """A category; of a computed one the whole ranking and the sales behind it."""
    found = categories.find_category(said, season_of(board, said_season).id)
    ranked = [] if found.is_judged else categories.ranking(found, today=board.today)
    behind = categories.rows_behind_all(found, [(one.person, one.team) for one in ranked], today=board.today)
    if as_json:
        return document(
            {**_category(found), "ranking": [_ranked(*pair) for pair in zip(ranked, behind, strict=True)]}
        )
    facts(
        [
            ("category", found.name),
            ("for", "teams" if found.of_teams else "people"),
            ("what for", found.description),
            ("by", found.judged_by()),
            ("winners", found.winners),
            ("number", found.id),
        ]
    )
    for one, rows in zip(ranked, behind, strict=True):
        answer("")
        answer(f"{one.place or '–'}  {one.name}  {one.shown}{f'  ({one.why_not})' if one.why_not else ''}")
        for row in rows[:ROWS_SHOWN]:
            amount = categories.behind_in_words(found, row, board.currency)
            answer(f"   {row.on}  {row.called}  {amount}  deal {row.deal}")
        if len(rows) > ROWS_SHOWN:
            answer(f"   and {counted(len(rows) - ROWS_SHOWN, 'more sale')}")


@category.command("edit")
@click.argument("said", metavar="CATEGORY")
@click.option("--name", help="Another name.")
@category_facts
@of_season
@on_board
def category_edit(board: Board, said: str, said_season: str | None, **options: Any) -> None:
    """Change a category until judging begins; what is not named stays as it is."""
    found = categories.find_category(said, season_of(board, said_season).id)
    typed = _category_options(given(**options))
    categories.edit_category(board.actor, found.id, now=board.now, **typed)
    talk(f"{categories.category(found.id).name}: {categories.category(found.id).judged_by()}")


@category.command("remove")
@click.argument("said", metavar="CATEGORY")
@of_season
@on_board
def category_remove(board: Board, said: str, said_season: str | None) -> None:
    """Take a category away in which nobody is nominated yet."""
    found = categories.find_category(said, season_of(board, said_season).id)
    talk(f"{categories.remove_category(board.actor, found.id, now=board.now)} is taken away")


def _counted(season: int) -> list[tuple[CategoryFacts, int, int]]:
    """The categories of a season, each with how many are nominated, and how many of these wait."""
    waiting, all_of_them = screening.waiting(season), screening.submitted(season)
    return [
        (one, all_of_them.get(one.id, 0), waiting.get(one.id, 0)) for one in categories.categories(season)
    ]


def _documents(own: Sequence[tuple[CategoryFacts, int, int]]) -> list[dict[str, Any]]:
    return [_category(one) | {"nominations": nominated, "waiting": waits} for one, nominated, waits in own]


def _category_table(own: Sequence[tuple[CategoryFacts, int, int]]) -> None:
    table(
        [number("number"), words("category"), "for", words("by"), number("nominated"), number("to screen")],
        [
            (
                one.id,
                one.name,
                "teams" if one.of_teams else "people",
                one.judged_by(),
                nominated if one.is_judged else "",
                waits if one.is_judged else "",
            )
            for one, nominated, waits in own
        ],
    )


def _category(one: CategoryFacts) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "kind": one.kind,
        "metric": one.metric,
        "way": one.way if one.is_judged else None,
        "of_teams": one.of_teams,
        "winners": one.winners,
        "quorum": one.quorum,
        "most_nominations": one.most_nominations,
        "least_months": one.least_months,
        "leads_may_win": one.leads_may_win,
        "criteria": [{"name": each.name, "weight": each.weight} for each in one.criteria],
    }


def _ranked(one: Ranked, rows: Sequence[Behind]) -> dict[str, Any]:
    return {
        "place": one.place,
        "person": one.person,
        "team": one.team,
        "name": one.name,
        "value": one.value,
        "shown": one.shown,
        "baseline": one.baseline,
        "why_not": one.why_not,
        "rows": [{"deal": row.deal, "on": row.on, "name": row.called, "amount": row.amount} for row in rows],
    }


# --- the calendar -------------------------------------------------------------------------------------------


@click.command("ics")
@of_season
@on_board
def ics(board: Board, said_season: str | None) -> None:
    """The evening and the last days of its phases, as an iCalendar file."""
    from salesboard.domain import calendars

    found = season_of(board, said_season)
    events = seasons.calendar(found, zone=board.company.zone)
    sys.stdout.buffer.write(calendars.written(events, name=found.name, now=board.now))


# The commands of those who nominate and screen, of the judges, the chair and the host join the group when it
# is loaded, in the order in which one needs them.
from salesboard.cli import awards_nominations  # noqa: E402, F401

awards.add_command(ics)

from salesboard.cli import awards_night  # noqa: E402, F401
