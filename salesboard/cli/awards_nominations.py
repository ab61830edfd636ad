"""Nominations on the command line: making them, what the year suggests, and the queue of the leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from salesboard.cli.awards import awards, of_season, season_of
from salesboard.cli.opening import Board, on_board
from salesboard.cli.output import answer, as_json, counted, document, facts, number, table, talk, words
from salesboard.domain import people
from salesboard.domain.awards import blind, categories, nominations, screening, seasons, suggestions
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.evidence import Check
from salesboard.domain.awards.nominations import NominationFacts
from salesboard.domain.awards.screening import QueueLine
from salesboard.errors import Refused, WrongUsage

NUMBER = click.IntRange(1, 10**15)

# --- nominating ---------------------------------------------------------------------------------------------


def _nominee(said: str, found: CategoryFacts) -> dict[str, int]:
    return {"team": people.find_team(said)} if found.of_teams else {"person": people.find_person(said)}


with_facts = click.option(
    "--fact",
    "evidence",
    multiple=True,
    metavar="FACT",
    help="What stands behind it: deal:N, milestone:N, record:…, account:N, or words. May be repeated.",
)


@awards.command("nominate")
@click.argument("whom")
@click.argument("said", metavar="CATEGORY")
@click.argument("reason")
@with_facts
@click.option("--draft", is_flag=True, help="Keep it to yourself for now.")
@of_season
@on_board
def nominate(
    board: Board,
    whom: str,
    said: str,
    reason: str,
    evidence: tuple[str, ...],
    draft: bool,
    said_season: str | None,
) -> None:
    """Nominate somebody, or a team, for a REASON of forty characters at least.

    The number of the nomination is the answer; of a draft, that of the draft.
    """
    found = categories.find_category(said, season_of(board, said_season).id)
    about = _nominee(whom, found)
    if draft:
        made = nominations.draft_nomination(
            board.actor, found.id, now=board.now, reason=reason, evidence=evidence, **about
        )
        talk(f"a draft in {found.name}: 'salesboard awards submit {made}' submits it")
    else:
        made = nominations.nominate(board.actor, found.id, reason, now=board.now, evidence=evidence, **about)
        kept = nominations.nomination(made, today=board.today)
        talk(f"{kept.name} is nominated in {found.name}" + (f": {kept.why_not}" if kept.why_not else ""))
    answer(str(made))


@awards.command("mine")
@of_season
@as_json
@on_board
def mine(board: Board, said_season: str | None, as_json: bool) -> None:
    """Your own nominations: drafts, what waits for your answer, and how far the others are."""
    own = nominations.own(board.actor.id or 0, season_of(board, said_season).id)
    if as_json:
        return document(
            [
                {
                    "draft": one.voice if one.status == nominations.DRAFT else None,
                    "nomination": one.nomination if one.status != nominations.DRAFT else None,
                    "category": one.category_name,
                    "nominee": one.name,
                    "status": one.status,
                    "reason": one.reason,
                    "evidence": list(one.evidence),
                    "question": one.question,
                }
                for one in own
            ]
        )
    table(
        [
            number("number"),
            "status",
            words("category"),
            words("nominee"),
            words("reason", may_go=1),
            words("asked"),
        ],
        [
            (
                one.voice if one.status == nominations.DRAFT else one.nomination,
                one.status,
                one.category_name,
                one.name,
                " ".join(one.reason.split()),
                " ".join((one.question or "").split()),
            )
            for one in own
        ],
    )


@awards.command("edit")
@click.argument("draft", type=NUMBER)
@click.option("--reason", help="Another reason.")
@with_facts
@on_board
def edit(board: Board, draft: int, reason: str | None, evidence: tuple[str, ...]) -> None:
    """Change a draft of your own; facts that are given replace those it has."""
    if reason is None and not evidence:
        raise WrongUsage("say what to change: --reason or --fact")
    nominations.edit_draft(board.actor, draft, now=board.now, reason=reason, evidence=evidence or None)
    talk("the draft is changed")


@awards.command("submit")
@click.argument("draft", type=NUMBER)
@on_board
def submit(board: Board, draft: int) -> None:
    """Submit a draft of your own; the number of the nomination is the answer."""
    made = nominations.submit(board.actor, draft, now=board.now)
    kept = nominations.nomination(made, today=board.today)
    talk(f"{kept.name} is nominated in {kept.category_name}" + (f": {kept.why_not}" if kept.why_not else ""))
    answer(str(made))


@awards.command("drop")
@click.argument("draft", type=NUMBER)
@on_board
def drop(board: Board, draft: int) -> None:
    """Throw a draft of your own away."""
    nominations.drop_draft(board.actor, draft, now=board.now)
    talk("the draft is gone")


@awards.command("answer")
@click.argument("nomination", type=NUMBER)
@click.argument("said", metavar="WORDS")
@with_facts
@on_board
def answer_question(board: Board, nomination: int, said: str, evidence: tuple[str, ...]) -> None:
    """Add words to a nomination of your own about which a lead asked; it waits to be screened again."""
    nominations.answer(board.actor, nomination, said, now=board.now, evidence=evidence)
    talk("your answer is kept; the nomination waits to be screened")


@awards.command("suggest")
@click.option("--draft", "key", metavar="KEY", help="Make this one a draft of yours.")
@click.option("--category", "said", metavar="CATEGORY", help="In this category, not in the fitting one.")
@of_season
@as_json
@on_board
def suggest(board: Board, key: str | None, said: str | None, said_season: str | None, as_json: bool) -> None:
    """What the award year suggests: milestones reached, records, clients kept up, advocates, improvement."""
    found = season_of(board, said_season)
    if key is not None:
        wanted = categories.find_category(said, found.id).id if said else None
        made = suggestions.draft(board.actor, found.id, key, now=board.now, category=wanted)
        talk(f"a draft: 'salesboard awards submit {made}' submits it once its reason is written")
        return answer(str(made))
    own = suggestions.suggestions(found, today=board.today)
    if as_json:
        return document(
            [
                {
                    "key": one.key,
                    "kind": one.kind,
                    "person": one.person,
                    "team": one.team,
                    "name": one.name,
                    "words": one.words,
                    "on": one.on,
                    "facts": list(one.facts),
                }
                for one in own
            ]
        )
    table(
        ["kind", "on", words("who"), words("what"), "key"],
        [(one.kind, one.on or "", one.name, one.words, one.key) for one in own],
    )
    if not own:
        talk(f"the award year has brought nothing yet: {seasons.days_in_words(found)}")


# --- screening ----------------------------------------------------------------------------------------------

as_blind = click.option("--blind", "is_blind", is_flag=True, help="Without names, in an order of your own.")


@awards.command("queue")
@click.option("--category", "said", metavar="CATEGORY", help="Of this category alone.")
@click.option("--status", type=click.Choice(nominations.STATUSES), help="Of this status alone.")
@as_blind
@of_season
@as_json
@on_board
def queue(
    board: Board, said: str | None, status: str | None, is_blind: bool, said_season: str | None, as_json: bool
) -> None:
    """The nominations of a season, what waits to be screened first, and how many there are of each status."""
    found = season_of(board, said_season)
    wanted = categories.find_category(said, found.id).id if said else None
    lines = screening.queue(
        board.actor, found.id, today=board.today, category=wanted, statuses=(status,) if status else None
    )
    if is_blind:
        lines = screening.shuffled(lines, board.actor.id)
    counters = screening.counters(lines)
    if as_json:
        return document(
            {
                "season": found.name,
                "total": len(lines),
                "counters": counters,
                "nominations": [_line(one, is_blind) for one in lines],
            }
        )
    table(
        [
            number("number"),
            "status",
            words("category"),
            words("nominee"),
            number("voices"),
            number("age"),
            "",
        ],
        [
            (
                one.nomination,
                one.status,
                one.category_name,
                blind.HIDDEN if is_blind else one.name,
                one.voices,
                f"{one.age_days} d",
                _marks(one),
            )
            for one in lines
        ],
    )
    talk(", ".join(f"{number} {name}" for name, number in counters.items()) + f": {len(lines)} in all")


def _marks(one: QueueLine) -> str:
    marks = [f"! {counted(one.changed, 'fact')} changed"] if one.changed else []
    return ", ".join([*marks, *(["for others to screen"] if one.own else [])])


def _line(one: QueueLine, is_blind: bool) -> dict[str, Any]:
    return {
        "nomination": one.nomination,
        "category": one.category_name,
        "person": None if is_blind else one.person,
        "team": None if is_blind else one.team,
        "nominee": None if is_blind else one.name,
        "status": one.status,
        "voices": one.voices,
        "since": one.since,
        "age_days": one.age_days,
        "changed": one.changed,
        "own": one.own,
    }


ACTS = {
    "yes": nominations.ELIGIBLE,
    "no": nominations.NOT_ELIGIBLE,
    "shortlist": nominations.SHORTLISTED,
    "comment": screening.COMMENT,
    "ask": nominations.ASKED,
}


@awards.command("review")
@click.argument("nomination", type=NUMBER)
@click.argument("act", required=False, type=click.Choice([*ACTS, "clear"]))
@click.option("--words", "said", help="The reason, the comment or the question.")
@click.option("--evidence", "piece", type=NUMBER, help="Which changed fact to clear.")
@click.option("--again", is_flag=True, help="Decide anew what is decided already.")
@as_blind
@as_json
@on_board
def review(
    board: Board,
    nomination: int,
    act: str | None,
    said: str | None,
    piece: int | None,
    again: bool,
    is_blind: bool,
    as_json: bool,
) -> None:
    """Read a nomination, or screen it: yes (eligible), no (not eligible), shortlist, comment, ask, clear.

    'no', 'comment', 'ask' and 'clear' need --words.
    """
    page = screening.review(board.actor, nomination, today=board.today)
    if act == "clear":
        chosen = _flag(page.facts, piece)
        screening.clear(board.actor, chosen, said or "", now=board.now)
        return talk("the change is accepted as it is now")
    if act is not None:
        decided = page.facts.status not in (nominations.WAITING, nominations.ASKED)
        if decided and not again and act != "comment":
            raise Refused(
                f"nomination {nomination} is {page.facts.status} already; say --again to decide anew"
            )
        screening.screen(board.actor, nomination, ACTS[act], now=board.now, words=said, seen=page.seen)
        return talk(f"nomination {nomination}: {ACTS[act]}")
    if as_json:
        return document(_page(page.facts, page.recused, is_blind))
    _show(page.facts, page.recused, is_blind)


def _flag(found: NominationFacts, piece: int | None) -> int:
    flagged = [one.id for one in found.flagged]
    if piece is not None:
        return piece
    if len(flagged) == 1:
        return flagged[0]
    if not flagged:
        raise Refused("no fact of this nomination has changed")
    raise WrongUsage(f"say which fact with --evidence: {', '.join(map(str, flagged))}")


Hide = Callable[[str], str]


def _hiding(is_blind: bool) -> tuple[Hide, Hide]:
    """What hides who is meant in a text, and in a note as a whole; nothing for who does not read blind."""
    if not is_blind:
        return str, str
    mask = blind.mask()
    return mask.hide, mask.note


def _show(found: NominationFacts, recused: str | None, is_blind: bool) -> None:
    hide, note = _hiding(is_blind)
    facts(
        [
            ("category", found.category_name),
            ("nominee", hide(found.name)),
            ("status", found.status),
            ("can not win", hide(found.why_not) if found.why_not else None),
            ("for others", hide(recused) if recused else None),
        ]
    )
    for voice in found.voices:
        answer("")
        answer(f"{hide(voice.author_name)}: {hide(' '.join(voice.reason.split()))}")
        for one in voice.evidence:
            answer(
                f"  {one.kind}  {hide(one.words)}  {hide(one.then)} → {hide(one.today)}{_changed(one, hide)}"
            )
    for said in found.screenings:
        told = f"{said.at:%Y-%m-%d}  {said.decision}  {hide(said.author_name)}  {note(said.words or '')}"
        answer(told.rstrip())


def _changed(one: Check, hide: Hide) -> str:
    if not one.changed:
        return ""
    return f"  cleared: {hide(one.cleared_why or '')}" if one.cleared else f"  ! changed (evidence {one.id})"


def _page(found: NominationFacts, recused: str | None, is_blind: bool) -> dict[str, Any]:
    hide, note = _hiding(is_blind)
    return {
        "nomination": found.id,
        "category": found.category_name,
        "nominee": None if is_blind else found.name,
        "person": None if is_blind else found.person,
        "team": None if is_blind else found.team,
        "status": found.status,
        "why_not": hide(found.why_not) if found.why_not else None,
        "recused": hide(recused) if recused else None,
        "voices": [
            {
                "author": None if is_blind else voice.author_handle,
                "reason": hide(voice.reason),
                "submitted_at": voice.submitted_at,
                "evidence": [_evidence(one, hide, is_blind) for one in voice.evidence],
            }
            for voice in found.voices
        ],
        "screenings": [
            {
                "decision": one.decision,
                "words": note(one.words) if one.words else None,
                "author": None if is_blind else one.author_name,
                "at": one.at,
            }
            for one in found.screenings
        ],
    }


def _evidence(one: Check, hide: Hide, is_blind: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "fact": None if is_blind else one.fact,
        "words": hide(one.words),
        "then": hide(one.then),
        "today": hide(one.today),
        "changed": one.changed,
        "cleared": one.cleared,
        "cleared_why": hide(one.cleared_why) if one.cleared_why else None,
    }
