"""The programme of the night: running order, citations, who presents, and when what begins."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap
from typing import Any

from salesboard.domain import company, text
from salesboard.domain.awards import categories, deciding, judging, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.deciding import Winner
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Entry
from salesboard.storage.models import Evidence, NightPage, Nomination, Person, Slot, Voice
from salesboard.storage.prepared import by_id

USUAL_MINUTES = 10
MOST_MINUTES = 240
LONGEST = 2000
"""Characters of a citation."""
FACTS_CITED = 4
"""So many pieces of evidence a citation begins with."""
WIDTH = 76
"""Cells of a line of the programme as plain text."""


@dataclass(frozen=True)
class Item:
    """A category in the programme."""

    category: CategoryFacts
    number: int
    """Its place, from 1."""
    starts: str
    """Clock time in the company's zone."""
    minutes: int
    presenter: int | None
    presenter_name: str | None
    nominees: tuple[str, ...]
    """Who is nominated is told on the night, so only to those who may know the winners."""
    citation: str | None
    """What is said of the winners; None where one may not know them yet."""
    winners: tuple[Winner, ...]


@dataclass(frozen=True)
class Programme:
    """The night in its order."""

    season: SeasonFacts
    items: tuple[Item, ...]
    is_script: bool
    """Whether it names the winners, for those who lead through the night."""

    @property
    def minutes(self) -> int:
        """How long everything takes."""
        return sum(one.minutes for one in self.items)

    @property
    def ends(self) -> str:
        """When everything is over."""
        return after(self.season.night_at, self.minutes)


def after(clock_time: str, minutes: int) -> str:
    """The clock time so many minutes later, past midnight too."""
    hours, rest = map(int, clock_time.split(":"))
    hours, rest = divmod(hours * 60 + rest + minutes, 60)
    return f"{hours % 24:02}:{rest:02}"


# --- reading ------------------------------------------------------------------------------------------------


def programme(actor: Actor, season: int, *, today: date, script: bool = False) -> Programme:
    """The running order: every category that is decided, exactly once, with its start.

    As a script it has citations and winners too. Refused: the script to those who do not lead the night; of a
    category in which they are nominated they see neither.
    """
    facts = seasons.season(season)
    if script and not deciding.hosts(actor, facts, today=today):
        raise NotAllowed("the script names the winners: it is for the host, managers and admins")
    known = deciding.announced(facts)
    names = dict(Person.select(Person.id, Person.name).tuples())
    items: list[Item] = []
    starts = facts.night_at
    for found, slot in _ordered(season):
        shows = script and (found.id in known or deciding.is_chair(actor, found, facts, today=today))
        minutes = slot.minutes if slot else USUAL_MINUTES
        presenter = slot.presenter_id if slot else None
        items.append(
            Item(
                found,
                len(items) + 1,
                starts,
                minutes,
                presenter,
                names.get(presenter),
                tuple(nominees_of(found, today=today)) if shows else (),
                ((slot and slot.citation) or drafted(found)) if shows else None,
                tuple(deciding.winners(found)) if shows else (),
            )
        )
        starts = after(starts, minutes)
    return Programme(facts, tuple(items), script)


def _ordered(season: int) -> list[tuple[CategoryFacts, Slot | None]]:
    """The decided categories: those that have a place in the programme in its order, then the others."""
    slots = {slot.category_id: slot for slot in deciding.slots_of(season)}
    decided = {one.id: one for one in categories.categories(season) if judging.is_decided(one.id)}
    placed = [one for one in slots if one in decided]
    return [(decided[one], slots.get(one)) for one in dict.fromkeys([*placed, *decided])]


def nominees_of(found: CategoryFacts, *, today: date) -> list[str]:
    """Who may win a category, by name: the shortlist, or the first five of a ranking."""
    if found.is_judged:
        return sorted(one.name for one in judging.shortlist(found.id))
    ahead = [one.name for one in categories.ranking(found, today=today) if one.place and one.place <= 5]
    return sorted(ahead[: max(5, found.winners)])


def drafted(found: CategoryFacts) -> str:
    """A citation to begin with: what nominators wrote of the winners, and the evidence for it."""
    return "\n\n".join(_drafted(found, one) for one in deciding.winners(found))[:LONGEST]


def _drafted(found: CategoryFacts, winner: Winner) -> str:
    if not found.is_judged:
        return f"{winner.name}: {categories.in_words(found.metric)}, {winner.shown}."
    voices = list(
        Voice.select()
        .join(Nomination)
        .where(
            Nomination.category == found.id,
            Nomination.person == winner.person
            if winner.person is not None
            else Nomination.team == winner.team,
            Voice.submitted_at.is_null(False),
        )
        .order_by(Voice.submitted_at, Voice.id)
    )
    facts = Evidence.select(Evidence.words).where(Evidence.voice.in_([voice.id for voice in voices]))
    cited = list(dict.fromkeys(words for (words,) in facts.order_by(Evidence.voice, Evidence.place).tuples()))
    said = [winner.name + ".", *(voice.reason for voice in voices[:1])]
    if cited:
        said.append("; ".join(cited[:FACTS_CITED]).rstrip(".") + ".")
    return " ".join(said)


# --- writing ------------------------------------------------------------------------------------------------


@writes("host night")
def build(actor: Actor, season: int, *, now: datetime) -> int:
    """Give every decided category a place in the programme, at its end, with a citation to begin with.

    What is not decided any more loses its place. Hands back how many there are. Refused: nothing is decided.
    """
    with _arranging(actor, "arranged", season, now) as (entry, slots):
        return len(slots) if entry else 0


@writes("host night")
def edit_slot(
    actor: Actor,
    category: int,
    *,
    now: datetime,
    citation: str | None = None,
    presenter: int | None = None,
    minutes: int | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Change what is said, who presents and how long it takes; what is None stays.

    A presenter of 0 is nobody. `seen` holds what the actor saw before. Refused: a category in which one is
    nominated, one that is not decided, and once the night has begun.
    """
    found = categories.category(category)
    with _arranging(actor, "arranged", found.season, now, note=found.name) as (entry, slots):
        row = _slot(slots, found)
        changes: dict[str, Any] = {}
        if citation is not None:
            season = seasons.season(found.season)
            if not deciding.is_chair(actor, found, season, today=company.facts().today(now)):
                raise NotAllowed(
                    f"{actor.name} is nominated in {found.name}; somebody else writes what is said"
                )
            changes["citation"] = text.clean(citation, field="The citation", limit=LONGEST, multiline=True)
        if presenter is not None:
            if presenter and by_id(Person, presenter) is None:
                raise NotFound(f"there is no person {presenter} to present it")
            changes["presenter"] = presenter or None
        if minutes is not None:
            if not 1 <= minutes <= MOST_MINUTES:
                raise Refused(f"it takes from 1 to {MOST_MINUTES} minutes, not {minutes}")
            changes["minutes"] = minutes
        entry.update(row, **ledger.still_meant(row, seen, changes))


@writes("host night")
def move_slot(actor: Actor, category: int, by: int, *, now: datetime) -> None:
    """Move a category so many places on in the programme, or back; at its ends it stays."""
    found = categories.category(category)
    with _arranging(actor, "arranged", found.season, now, note=found.name) as (entry, slots):
        row = _slot(slots, found)
        at = slots.index(row)
        slots.insert(max(0, min(at + by, len(slots) - 1)), slots.pop(at))
        for place, one in enumerate(slots, 1):
            entry.update(one, place=place)


@contextmanager
def _arranging(
    actor: Actor, verb: str, season: int, now: datetime, note: str | None = None
) -> Iterator[tuple[Entry, list[Slot]]]:
    """One change of the programme, in which every decided category has its place, and no other one has."""
    with ledger.entry(actor, verb, now=now, note=note) as entry:
        facts = seasons.season(season)
        require(actor, "host night", today=company.facts().today(now), owner=facts.host)
        if facts.closed_at is not None or NightPage.get_or_none(season=season):
            raise Refused(f"{facts.name} has begun: its programme stays")
        yield entry, placed(entry, season)


def placed(entry: Entry, season: int) -> list[Slot]:
    """Within an entry, the places of the programme in order: all decided categories have theirs now."""
    ordered = _ordered(season)
    if not ordered:
        raise Refused("nothing is decided yet, so there is nothing to put in the programme")
    kept = {found.id for found, _ in ordered}
    for slot in deciding.slots_of(season):
        if slot.category_id not in kept:
            entry.delete(slot)
    slots: list[Slot] = []
    for place, (found, known) in enumerate(ordered, 1):
        if known is not None:
            entry.update(known, place=place, citation=known.citation or drafted(found))
            slots.append(known)
            continue
        said = drafted(found)
        slots.append(entry.insert(Slot, category=found.id, place=place, citation=said, minutes=USUAL_MINUTES))
    entry.subject = entry.subject or slots[0]
    return slots


def _slot(slots: list[Slot], found: CategoryFacts) -> Slot:
    row = next((slot for slot in slots if slot.category_id == found.id), None)
    if row is None:
        raise Refused(f"{found.name} is not decided, so it is not in the programme")
    return row


# --- as a page ----------------------------------------------------------------------------------------------


def as_text(found: Programme) -> str:
    """The programme as plain text, no line longer than 76 characters."""
    lines = [found.season.name, _when(found.season), *_host(found.season), ""]
    for one in found.items:
        lines.append(f"{one.starts}  {one.category.name} ({one.minutes} min)")
        lines += [f"       {line}" for told in _told(one) for line in wrap(told, WIDTH - 7) or [""]]
        lines.append("")
    lines.append(f"{found.ends}  End, after {found.minutes} minutes")
    return "\n".join(lines) + "\n"


def as_markdown(found: Programme) -> str:
    """The programme in Markdown; what people wrote is text there too, never markup."""
    lines = [f"# {_plain(found.season.name)}", "", _plain(_when(found.season)), ""]
    lines += [part for told in _host(found.season) for part in (_plain(told), "")]
    for one in found.items:
        lines += [f"## {one.starts} {_plain(one.category.name)}", "", f"{one.minutes} minutes", ""]
        lines += [part for told in _told(one) for part in (_plain(told), "")]
    lines.append(f"**{found.ends}** End, after {found.minutes} minutes")
    return "\n".join(lines) + "\n"


def as_html(found: Programme) -> str:
    """The programme as one page to print from a browser; it loads nothing from elsewhere."""
    rows = []
    for one in found.items:
        told = "".join(f"<p>{html.escape(part)}</p>" for part in _told(one))
        rows.append(
            f"<section><h2><time>{one.starts}</time> {html.escape(one.category.name)}</h2>"
            f'<p class="minutes">{one.minutes} minutes</p>{told}</section>'
        )
    return page_to_print(
        found.season.name,
        [_when(found.season), *_host(found.season)],
        [*rows, f"<footer><time>{found.ends}</time> End, after {found.minutes} minutes</footer>"],
    )


def page_to_print(title: str, under: list[str], sections: list[str]) -> str:
    """One page of HTML, its title and the lines under it escaped here, its sections ready."""
    head = "".join(f"<p>{html.escape(line)}</p>" for line in under)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><header><h1>{html.escape(title)}</h1>{head}</header>\n"
        + "\n".join(sections)
        + "\n</body></html>\n"
    )


_STYLE = (
    "body{font:12pt/1.5 Georgia,serif;max-width:42em;margin:2em auto;padding:0 1em;color:#222}"
    "header{text-align:center;border-bottom:1px solid #999;margin-bottom:2em}"
    "h1{font-size:2em;margin:.2em 0}h2{font-size:1.2em;margin:1.4em 0 .2em}"
    "time{font-variant-numeric:tabular-nums;color:#666;margin-right:.6em}.minutes{color:#666;margin:0}"
    "section{break-inside:avoid}p{margin:.3em 0;white-space:pre-line}footer{margin-top:2em}"
    "@media print{body{margin:0}}"
)


def _when(season: SeasonFacts) -> str:
    day = f"{season.night_on:%A}, {season.night_on.day} {season.night_on:%B %Y}, {season.night_at}"
    return f"{day}, {season.place}" if season.place else day


def _host(season: SeasonFacts) -> list[str]:
    return [f"Host: {season.host_name}"] if season.host_name else []


def _told(one: Item) -> Iterator[str]:
    if one.presenter_name:
        yield f"Presented by {one.presenter_name}"
    if one.nominees:
        yield f"Nominees: {', '.join(one.nominees)}"
    if one.winners:
        yield f"Winner{'s' * (len(one.winners) > 1)}: " + ", ".join(
            f"{each.name} ({each.shown})" for each in one.winners
        )
    if one.citation:
        yield from one.citation.split("\n")


def _plain(said: str) -> str:
    """Text in Markdown that is no markup."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|~&])", r"\\\1", said)
