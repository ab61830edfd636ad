"""Judging, deciding, the programme, the night and the hall of fame on the command line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from salesboard import paths
from salesboard.cli import Load
from salesboard.cli.awards import awards
from salesboard.cli.opening import Board, given, on_board
from salesboard.cli.output import answer, as_json, counted, document, facts, number, table, talk, words
from salesboard.cli.ownfile import OwnFile
from salesboard.domain import people, text
from salesboard.domain.awards import categories, deciding, hall, judging, night, programme, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.deciding import Decision, Line
from salesboard.domain.awards.judging import Ballot, Listed, Marks, Nominee
from salesboard.domain.awards.night import Page
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.errors import NotFound, WrongUsage

VERBS = {categories.POINTS: "score", categories.RANKED: "rank", categories.VOTED: "vote"}
"""The command with which a category is judged, by its way."""
in_season = click.option("--season", metavar="SEASON", help="Its name or number, if not the one that is on.")
category_argument = click.argument("category")


def season_of(board: Board, said: str | None) -> SeasonFacts:
    """The season that is meant: the one named, else the one whose night is on or next."""
    running = night.tonight(board.today) if said is None else None
    return seasons.season(running) if running is not None else seasons.find_season(said, today=board.today)


def category_of(board: Board, category: str, season: str | None) -> CategoryFacts:
    """The category of a name or number in the season that is meant."""
    return categories.find_category(category, season_of(board, season).id)


def _nominee(found: CategoryFacts, said: str) -> Listed:
    """Who is meant on a shortlist: by name, the beginning of a name, or the nomination's number."""
    key = text.match_key(said)
    listed = judging.shortlist(found.id)
    close = [one for one in listed if str(one.nomination) == said or text.match_key(one.name) == key] or [
        one for one in listed if key and any(part.startswith(key) for part in _parts(one.name))
    ]
    if len(close) == 1:
        return close[0]
    names = ", ".join(one.name for one in close or listed)
    raise NotFound(f"{said!r} is nobody on the shortlist of {found.name}, or several: {names}")


def _parts(name: str) -> list[str]:
    return [text.match_key(part) for part in (name, *name.split())]


# --- judging ------------------------------------------------------------------------------------------------


@awards.command("judges")
@click.argument("category", required=False)
@click.option("--add", multiple=True, metavar="PERSON", help="Let this person judge the category.")
@in_season
@as_json
@on_board
def judges(
    board: Board, category: str | None, add: tuple[str, ...], season: str | None, as_json: bool
) -> None:
    """Who judges which category, and how far they are; what they gave is not shown."""
    if add and category is None:
        raise WrongUsage("name the category that they are to judge")
    facts_ = season_of(board, season)
    if category is not None:
        chosen = categories.find_category(category, facts_.id)
        with board.one_act("appointed"):
            for said in add:
                judging.appoint(board.actor, chosen.id, people.find_person(said), now=board.now)
        panels = [judging.panel(chosen.id, today=board.today)]
    else:
        panels = judging.panels(facts_.id, today=board.today)
    if as_json:
        return document(
            [
                {
                    "category": one.category.name,
                    "quorum": one.category.quorum,
                    "nominees": one.nominees,
                    "judges": [asdict(judge) for judge in one.judges],
                }
                for one in panels
            ]
        )
    table(
        [words("category"), words("judge"), number("judged"), number("of"), "state"],
        [
            (
                one.category.name,
                judge.name,
                judge.scored,
                judge.of,
                "abstains" if judge.abstained else "finished" if judge.finished_at else "",
            )
            for one in panels
            for judge in one.judges
        ],
    )
    if not any(one.judges for one in panels):
        talk("nobody judges yet; --add PERSON appoints a judge")


@awards.command("score")
@category_argument
@click.argument("nominee", required=False)
@click.argument("points", nargs=-1, type=int)
@in_season
@as_json
@on_board
def score(
    board: Board,
    category: str,
    nominee: str | None,
    points: tuple[int, ...],
    season: str | None,
    as_json: bool,
) -> None:
    """Give a NOMINEE points from 1 to 10, one number for each criterion in order.

    Without points it shows your ballot: whom you judge, by what, and what you gave.
    """
    found = category_of(board, category, season)
    if nominee is not None:
        if found.way != categories.POINTS:
            raise WrongUsage(
                f"{found.name} is {categories.HOW[found.way]}: 'salesboard awards {VERBS[found.way]}'"
            )
        if len(points) != len(found.criteria):
            asked = ", ".join(one.name for one in found.criteria)
            raise WrongUsage(f"{found.name} needs {counted(len(found.criteria), 'number')}: {asked}")
        listed = _nominee(found, nominee)
        by_criterion = {one.id: given for one, given in zip(found.criteria, points, strict=True)}
        judging.score(board.actor, listed.nomination, by_criterion, now=board.now)
        whole = judging.weighted(by_criterion, found.criteria)
        talk(f"{listed.name} has {judging.in_figures(whole) if whole is not None else 'no'} points from you")
    ballot = judging.ballot(board.actor, found.id, today=board.today)
    if as_json:
        return document(
            {
                "category": found.name,
                "criteria": [asdict(one) for one in found.criteria],
                "judge": asdict(ballot.judge),
                "nominees": [
                    {
                        **one.listed._asdict(),
                        "recused": one.recused,
                        "own": _marks(one.own, found) if one.own else None,
                        "others": [_marks(each, found) for each in one.others],
                    }
                    for one in ballot.nominees
                ],
            }
        )
    if nominee is None:
        _ballot(ballot)


def _ballot(ballot: Ballot) -> None:
    found = ballot.category
    if found.way != categories.POINTS:
        table(
            [number("place") if found.way == categories.RANKED else "vote", words("nominee"), ""],
            [
                (_place(one, found), one.listed.name, f"recused: {one.recused}" if one.recused else "")
                for one in sorted(ballot.nominees, key=lambda one: (one.place is None, one.place or 0))
            ],
        )
        return
    table(
        [words("nominee"), *(number(one.name) for one in found.criteria), number("points"), ""],
        [
            (
                one.listed.name,
                *((one.own.points.get(each.id, "") if one.own else "") for each in found.criteria),
                judging.in_figures(one.own.weighted) if one.own and one.own.weighted is not None else "",
                f"recused: {one.recused}" if one.recused else "",
            )
            for one in ballot.nominees
        ],
    )


def _place(one: Nominee, found: CategoryFacts) -> object:
    if one.place is None:
        return ""
    return "yours" if found.way == categories.VOTED else one.place


def _marks(one: Marks, found: CategoryFacts) -> dict[str, Any]:
    return {
        "judge": one.name,
        "points": {each.name: one.points.get(each.id) for each in found.criteria},
        "place": one.place,
        "weighted": judging.in_figures(one.weighted, found.way) if one.weighted is not None else None,
        "counts": one.counts,
        "stray": one.stray,
    }


@awards.command("rank")
@category_argument
@click.argument("nominees", nargs=-1, required=True)
@in_season
@on_board
def rank(board: Board, category: str, nominees: tuple[str, ...], season: str | None) -> None:
    """Put the NOMINEES of a ranked choice in your order, the best first."""
    found = category_of(board, category, season)
    order = [_nominee(found, one) for one in nominees]
    judging.rank(board.actor, found.id, [one.nomination for one in order], now=board.now)
    talk(f"your order in {found.name}: {', '.join(one.name for one in order)}")


@awards.command("vote")
@category_argument
@click.argument("nominee")
@in_season
@on_board
def vote(board: Board, category: str, nominee: str, season: str | None) -> None:
    """Give your one vote in a team vote to a NOMINEE; nobody sees for whom."""
    found = category_of(board, category, season)
    listed = _nominee(found, nominee)
    judging.vote(board.actor, listed.nomination, now=board.now)
    talk(f"your vote in {found.name} is for {listed.name}")


@awards.command("finish")
@category_argument
@in_season
@on_board
def finish(board: Board, category: str, season: str | None) -> None:
    """Say that you have judged everybody in a category; you change nothing after that."""
    found = category_of(board, category, season)
    judging.finish(board.actor, found.id, now=board.now)
    talk(f"you have finished judging {found.name}")


@awards.command("abstain")
@category_argument
@click.argument("reason")
@in_season
@on_board
def abstain(board: Board, category: str, reason: str, season: str | None) -> None:
    """Do not judge a category, and say why; points given before do not count."""
    found = category_of(board, category, season)
    judging.abstain(board.actor, found.id, reason, now=board.now)
    talk(f"you abstain from judging {found.name}")


# --- deciding -----------------------------------------------------------------------------------------------


@awards.command("result")
@category_argument
@in_season
@as_json
@on_board
def result(board: Board, category: str, season: str | None, as_json: bool) -> None:
    """The result of a category as it stands, for those who decide, and what is in the way."""
    found = deciding.table(board.actor, category_of(board, category, season).id, today=board.today)
    if as_json:
        return document(
            {
                "category": found.category.name,
                "kind": found.category.kind,
                "winners": found.category.winners,
                "lines": [_line(one, found.category) for one in found.lines],
                "level": [one.name for one in found.level],
                "in_the_way": list(found.in_the_way),
            }
        )
    table(
        [number("place"), words("nominee"), number("result"), number("judges"), words("why not")],
        [(one.place or "", one.name, one.shown, one.counted or "", one.why_not or "") for one in found.lines],
    )
    for why in found.in_the_way:
        talk(f"in the way: {why}")
    if found.level:
        names = ", ".join(one.name for one in found.level)
        talk(f"{names} are level in everything: decide with --choose and --reason")


def _line(one: Line, found: CategoryFacts) -> dict[str, Any]:
    return {
        "place": one.place,
        "nomination": one.nomination,
        "nominee": one.key,
        "name": one.name,
        "result": str(one.result) if one.result is not None else None,
        "shown": one.shown,
        "median": str(one.median) if one.median is not None else None,
        "firsts": one.firsts,
        "judges": one.counted,
        "marks": [_marks(each, found) for each in one.marks],
        "why_not": one.why_not,
    }


@awards.command("decisions")
@in_season
@as_json
@on_board
def decisions(board: Board, season: str | None, as_json: bool) -> None:
    """How far every category is; its winners only for those who may know them."""
    found = deciding.decisions(board.actor, season_of(board, season).id, today=board.today)
    if as_json:
        return document([_decision(one) for one in found])
    table(
        [words("category"), "state", words("winners"), words("sealed as"), words("")],
        [
            (
                one.category.name,
                one.state,
                ", ".join(each.name for each in one.winners),
                (one.hash or "")[:16],
                "" if one.holds else "not what was sealed",
            )
            for one in found
        ],
    )


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "category": one.category.name,
        "state": one.state,
        "winners": [asdict(each) for each in one.winners],
        "hash": one.hash,
        "seq": one.seq,
        "sealed_at": one.sealed_at,
        "holds": one.holds,
        "basis_changed": list(one.basis),
    }


@awards.command("decide")
@category_argument
@click.option("--choose", multiple=True, metavar="NOMINEE", help="Who wins of those who are level.")
@click.option("--reason", metavar="WORDS", help="Why they do.")
@click.option("--anew", is_flag=True, help="In place of what was decided before.")
@in_season
@on_board
def decide(
    board: Board, category: str, choose: tuple[str, ...], reason: str | None, anew: bool, season: str | None
) -> None:
    """Decide who wins a category, by its result; of those who are level you choose, with a reason."""
    found = category_of(board, category, season)
    level = deciding.table(board.actor, found.id, today=board.today).level if choose else ()
    chosen = [_chosen(level, said) for said in choose]
    deciding.decide(board.actor, found.id, now=board.now, chosen=chosen, reason=reason, anew=anew)
    known = deciding.decision(board.actor, found.id, today=board.today)
    talk(f"{found.name} is decided: {', '.join(one.name for one in known.winners)}")


def _chosen(level: tuple[Line, ...], said: str) -> str:
    key = text.match_key(said)
    close = [one.key for one in level if said == one.key or key in _parts(one.name)]
    return close[0] if len(close) == 1 else said


@awards.command("seal")
@category_argument
@in_season
@on_board
def seal(board: Board, category: str, season: str | None) -> None:
    """Seal what was decided; others see only that it is. The hash of the envelope is the answer."""
    found = category_of(board, category, season)
    answer(deciding.seal(board.actor, found.id, now=board.now))


@awards.command("unseal")
@category_argument
@click.argument("reason")
@in_season
@on_board
def unseal(board: Board, category: str, reason: str, season: str | None) -> None:
    """Open an envelope before the night; that it was opened, and why, is kept."""
    found = category_of(board, category, season)
    deciding.unseal(board.actor, found.id, reason, now=board.now)
    talk(f"{found.name} is unsealed")


# --- the programme ------------------------------------------------------------------------------------------

WAYS = {"text": programme.as_text, "markdown": programme.as_markdown, "html": programme.as_html}
out_file = click.option("--out", type=OwnFile(), metavar="FILE", help="Write it to a new file.")


@awards.command("programme")
@click.option("--script", is_flag=True, help="With the winners and what is said of them, for the host.")
@click.option(
    "--format",
    "way",
    type=click.Choice(list(WAYS)),
    default="text",
    show_default=True,
    help="Text, Markdown, or a page of HTML to print.",
)
@out_file
@in_season
@as_json
@on_board
def show_programme(
    board: Board, script: bool, way: str, out: Path | None, season: str | None, as_json: bool
) -> None:
    """The running order of the night with its start times: as text, Markdown, or a page to print."""
    facts_ = season_of(board, season)
    found = programme.programme(board.actor, facts_.id, today=board.today, script=script)
    if as_json:
        return document(
            {
                "season": facts_.name,
                "night_on": facts_.night_on,
                "starts": facts_.night_at,
                "ends": found.ends,
                "minutes": found.minutes,
                "items": [
                    {
                        "number": one.number,
                        "category": one.category.name,
                        "starts": one.starts,
                        "minutes": one.minutes,
                        "presenter": one.presenter_name,
                        "nominees": list(one.nominees),
                        "citation": one.citation,
                        "winners": [asdict(each) for each in one.winners],
                    }
                    for one in found.items
                ],
            }
        )
    _put(WAYS[way](found), out)


def _put(page: str, out: Path | None) -> None:
    if out is None or str(out) == "-":
        click.echo(text.visible(page.rstrip("\n"), multiline=True))
        return
    with paths.in_the_making(out) as file:
        file.write_text(page, encoding="utf-8")
    talk(f"written to {out}")


@awards.command("slot")
@category_argument
@click.option("--citation", metavar="WORDS", help="What is said of the winner.")
@click.option("--presenter", metavar="PERSON", help="Who presents it; '' for nobody.")
@click.option("--minutes", type=int, help="How long it takes.")
@click.option("--later", type=int, metavar="PLACES", help="Move it so many places on; less than 0 is back.")
@in_season
@on_board
def slot(
    board: Board,
    category: str,
    citation: str | None,
    presenter: str | None,
    minutes: int | None,
    later: int | None,
    season: str | None,
) -> None:
    """Change a category's place in the programme: what is said, by whom, how long, and when."""
    given(citation=citation, presenter=presenter, minutes=minutes, later=later)
    found = category_of(board, category, season)
    who = None if presenter is None else people.find_person(presenter) if presenter.strip() else 0
    with board.one_act("arranged"):
        if later is not None:
            programme.move_slot(board.actor, found.id, later, now=board.now)
        if (citation, presenter, minutes) != (None, None, None):
            programme.edit_slot(
                board.actor, found.id, citation=citation, presenter=who, minutes=minutes, now=board.now
            )
    talk(f"{found.name} is saved")


# --- the night ----------------------------------------------------------------------------------------------


@awards.command("reveal")
@click.option("--next", "by", flag_value=1, type=int, help="Turn the page for everybody.")
@click.option("--back", "by", flag_value=-1, type=int, help="Turn back a page for everybody.")
@in_season
@as_json
@on_board
def reveal(board: Board, by: int | None, season: str | None, as_json: bool) -> None:
    """The page of the night that everybody looks at now; the host turns it.

    One --next after the last page closes the night for good. 'salesboard night' shows it on the whole screen.
    """
    facts_ = season_of(board, season)
    if by:
        seen = night.page(board.actor, facts_.id, today=board.today).number
        night.turn(board.actor, facts_.id, by, seen=seen, now=board.now)
    page = night.page(board.actor, facts_.id, today=board.today)
    if as_json:
        return document(_page(page))
    facts(
        [
            ("page", f"{page.number + 1} of {page.last + 1}" if page.number is not None else "not begun"),
            ("", page.kind if not page.is_over else "over"),
            ("category", page.category.name if page.category else None),
            ("nominees", ", ".join(page.nominees)),
            ("winner", ", ".join(one.name for one in page.winners)),
            ("citation", page.citation),
            *((name, ", ".join(won)) for name, won in page.won),
        ]
    )


def _page(page: Page) -> dict[str, Any]:
    return {
        "season": page.season.name,
        "page": page.number,
        "last": page.last,
        "kind": page.kind,
        "over": page.is_over,
        "category": page.category.name if page.category else None,
        "nominees": list(page.nominees),
        "winners": [one.name for one in page.winners],
        "citation": page.citation or None,
        "won": {name: list(won) for name, won in page.won},
    }


@click.command("night")
@click.pass_context
def show_night(context: click.Context) -> None:
    """Sit in the awards night: the whole screen is its page, the same for everybody, as the host turns it."""
    from salesboard.cli.screens import run_app

    load: Load = context.obj
    context.exit(run_app(load(), place="night"))


# --- afterwards ---------------------------------------------------------------------------------------------


@awards.command("hall")
@click.option("--season", metavar="SEASON", help="Only the winners of this one.")
@click.option("--category", metavar="NAME", help="Only the winners of the categories of this name.")
@click.option("--person", metavar="PERSON", help="Only what this person won, with their teams too.")
@as_json
@on_board
def show_hall(
    board: Board, season: str | None, category: str | None, person: str | None, as_json: bool
) -> None:
    """Everybody who won, by year, with corrections that were added; --json is the export."""
    which = seasons.find_season(season, today=board.today).id if season else None
    whom = people.find_person(person) if person else None
    found = hall.winners(today=board.today, season=which, category=category, person=whom)
    notes = hall.notes(season=which)
    if as_json:
        return document({"winners": [asdict(one) for one in found], "notes": [asdict(one) for one in notes]})
    table(
        [words("night"), "on", words("category"), words("winner"), words("with"), words("", may_go=1)],
        [
            (
                one.season_name,
                one.night_on,
                one.category_name,
                one.name,
                one.shown,
                "basis changed" if one.basis else "",
            )
            for one in found
        ],
    )
    for one in notes:
        talk(f"{one.season_name}{f', {one.category_name}' if one.category_name else ''}: {one.text}")
    if not found:
        talk("nobody yet: the hall opens with the first night")


@awards.command("note")
@click.argument("season")
@click.argument("said", metavar="WORDS")
@click.option("--category", metavar="CATEGORY", help="What it corrects, if one category.")
@on_board
def note(board: Board, season: str, said: str, category: str | None) -> None:
    """Add a correction to a season that is over; nothing else changes there."""
    found = seasons.find_season(season, today=board.today)
    which = categories.find_category(category, found.id).id if category else None
    answer(str(hall.add_note(board.actor, found.id, said, now=board.now, category=which)))


@awards.command("honours")
@click.option(
    "--format",
    "way",
    type=click.Choice(["text", "html"]),
    default="text",
    show_default=True,
    help="Text, or a page of HTML to print.",
)
@out_file
@in_season
@as_json
@on_board
def show_honours(board: Board, way: str, out: Path | None, season: str | None, as_json: bool) -> None:
    """The honour roll: everybody with everything achieved in the award year."""
    facts_ = season_of(board, season)
    found = hall.honours(facts_.id, today=board.today)
    if as_json:
        return document(
            {
                "season": facts_.name,
                "from": facts_.start_on,
                "to": facts_.end_on,
                "people": [asdict(one) for one in found],
            }
        )
    _put((hall.as_text if way == "text" else hall.as_html)(facts_, found), out)
