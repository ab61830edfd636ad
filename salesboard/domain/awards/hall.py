"""The hall of fame: who won what in which year; and the honour roll of a year, with everybody in it."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from peewee import JOIN

from salesboard import clock
from salesboard.domain import company, recognition, record_book, record_news, records, text
from salesboard.domain.awards import categories, deciding, recusals, seasons
from salesboard.domain.awards.programme import page_to_print
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Category, Deal, HallNote, Kudos, Person
from salesboard.storage.prepared import by_id

LONGEST = 500
"""Characters of a note."""


@dataclass(frozen=True)
class Honoured:
    """An award that was announced; it stays as it was given."""

    season: int
    season_name: str
    night_on: date
    category: int
    category_name: str
    place: int
    person: int | None
    team: int | None
    name: str
    shown: str
    """With how many points, or with what."""
    citation: str
    basis: tuple[str, ...]
    """What has changed beneath it since."""


@dataclass(frozen=True)
class Note:
    """A correction that was added to a season which is over."""

    season: int
    season_name: str
    category: int | None
    category_name: str | None
    text: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Feat:
    """Something that somebody achieved."""

    on: date
    what: str
    more: str = ""
    """A value, or who said so."""


@dataclass(frozen=True)
class Honour:
    """Somebody and everything achieved in an award year."""

    person: int
    name: str
    handle: str
    awards: tuple[Feat, ...]
    milestones: tuple[Feat, ...]
    records: tuple[Feat, ...]
    kudos: tuple[Feat, ...]

    @property
    def feats(self) -> int:
        """How much it is."""
        return len(self.awards) + len(self.milestones) + len(self.records) + len(self.kudos)


# --- the hall of fame ---------------------------------------------------------------------------------------


def winners(
    *, today: date, season: int | None = None, category: str | None = None, person: int | None = None
) -> list[Honoured]:
    """Every award that was announced, the newest night first, then in the order of the night.

    Of one season, of the categories of one name through the years, or of one person, with their teams then.
    """
    key = text.match_key(category) if category is not None else None
    found = []
    for facts in seasons.seasons():
        if season in (None, facts.id):
            found += [
                one
                for one in _of_season(facts, today)
                if key in (None, text.match_key(one.category_name))
                and (person is None or person in _whose(one, facts))
            ]
    return found


def _of_season(facts: SeasonFacts, today: date) -> Iterator[Honoured]:
    known = deciding.announced(facts)
    slots = deciding.slots_of(facts.id) if known else []
    for slot in slots:
        if slot.category_id not in known:
            continue
        found = categories.category(slot.category_id)
        changed = tuple(deciding.basis(found, today=today))
        for one in deciding.winners(found):
            yield Honoured(
                facts.id,
                facts.name,
                facts.night_on,
                found.id,
                found.name,
                one.place,
                one.person,
                one.team,
                one.name,
                one.shown,
                slot.citation,
                changed,
            )


def _whose(one: Honoured, facts: SeasonFacts) -> set[int]:
    return recusals.honoured(one.person, one.team, facts.night_on)


def notes(*, season: int | None = None) -> list[Note]:
    """The corrections that were added to seasons, oldest first."""
    names = {one.id: one.name for one in seasons.seasons()}
    query = HallNote.select(HallNote, Category).join(Category, JOIN.LEFT_OUTER)
    return [
        Note(
            row.season_id,
            names[row.season_id],
            row.category_id,
            row.category.name if row.category_id else None,
            row.text,
            ledger.name_of(row.author_id),
            row.at,
        )
        for row in query.order_by(HallNote.at, HallNote.id)
        if season in (None, row.season_id)
    ]


@writes("host night")
def add_note(actor: Actor, season: int, words: str, *, now: datetime, category: int | None = None) -> int:
    """Add a correction to a season that is over, or to one of its categories; nothing else changes there.

    Refused: while its night is not closed.
    """
    with ledger.batch(actor, "noted", now=now, several=False):
        facts = seasons.season(season)
        require(actor, "host night", today=company.facts().today(now), owner=facts.host)
        if facts.closed_at is None:
            raise Refused(f"the night of {facts.name} is not closed yet; until then it is corrected itself")
        row = by_id(Category, category) if category is not None else None
        if category is not None and (row is None or row.season_id != season):
            raise NotFound(f"category {category} is none of {facts.name}")
        said = text.clean(words, field="The note", limit=LONGEST, multiline=True)
        with ledger.entry(actor, "noted", now=now, note=facts.name) as entry:
            note = entry.insert(
                HallNote, season=season, category=category, text=said, author=actor.id, at=now
            )
    return int(note.id)


# --- the honour roll ----------------------------------------------------------------------------------------


def honours(season: int, *, today: date) -> list[Honour]:
    """Everybody who is active or achieved something, by name, with all of it from the award year.

    Milestones are those reached in that year, as they stand at its end; a team's is theirs whose sale crossed
    it. Records are those that one's own sales broke, also the company's and a team's by a single sale.
    """
    facts = seasons.season(season)
    last = min(today, facts.end_on)
    milestones: dict[int, list[Feat]] = defaultdict(list)
    for one in recognition.achievements(today=last, since=facts.start_on):
        if one.kind == "milestone":
            milestones[one.person].append(Feat(one.on, one.what))
    broken = _records(facts, last)
    praise = _kudos(facts, last)
    given = _awards(facts, today)
    found = []
    for row in Person.select().order_by(Person.name, Person.id):
        parts = [tuple(by.get(row.id, ())) for by in (given, milestones, broken, praise)]
        if row.active or any(parts):
            found.append(Honour(row.id, row.name, row.handle, *parts))
    return found


def _awards(facts: SeasonFacts, today: date) -> Mapping[int, list[Feat]]:
    found: dict[int, list[Feat]] = defaultdict(list)
    for one in _of_season(facts, today):
        for person in _whose(one, facts):
            with_whom = f" with {one.name}" if one.team is not None else ""
            found[person].append(Feat(one.night_on, f"{one.category_name}{with_whom}", one.shown))
    return found


def _records(facts: SeasonFacts, last: date) -> Mapping[int, list[Feat]]:
    """Records broken in the year by person, each once: the last time it fell, the widest scope it fell in."""
    currency = company.facts().currency
    book = [one for one in record_book.book(today=last) if one.product is None]
    deals = [moment.deal for one in book for moment in one.moments if moment.deal is not None]
    owners: dict[int, int] = {}
    for start in range(0, len(deals), 500):
        query = Deal.select(Deal.id, Deal.owner).where(Deal.id.in_(deals[start : start + 500]))
        owners |= dict(query.tuples())
    found: dict[int, list[Feat]] = defaultdict(list)
    told: set[tuple[object, ...]] = set()
    for one in sorted(book, key=lambda each: records.widest_first(each.scope)):
        broken = [moment for moment in one.moments[1:] if facts.start_on <= moment.on <= last]
        if not broken:
            continue
        moment = broken[-1]
        whose = one.scope.person if one.scope.person is not None else owners.get(moment.deal or 0)
        same = (whose, one.metric, one.period, moment.period_start)
        if whose is None or same in told:
            continue
        told.add(same)
        scope = "own " if one.scope.person is not None else "company " if one.scope.team is None else "team "
        per = "" if one.period in ("sale", "streak") else f" of a {one.period}"
        value = record_news.value_in_words(one.key, moment.value, currency, {})
        found[whose].append(Feat(moment.on, f"{scope}record {one.metric}{per}", value))
    return {person: sorted(feats, key=lambda feat: (feat.on, feat.what)) for person, feats in found.items()}


def _kudos(facts: SeasonFacts, last: date) -> Mapping[int, list[Feat]]:
    zone = company.facts().zone
    first, after = (clock.start_of_day(day, zone) for day in (facts.start_on, last + timedelta(days=1)))
    found: dict[int, list[Feat]] = defaultdict(list)
    query = Kudos.select().where(Kudos.at >= first, Kudos.at < after).order_by(Kudos.at, Kudos.id)
    for row in query:
        by = f"from {ledger.name_of(row.author_id)}"
        said = Feat(clock.business_date(row.at, zone), row.words, by)
        found[row.person_id].append(said)
    return found


KINDS = ("awards", "milestones", "records", "kudos")


def told(one: Honour) -> Iterator[tuple[str, Feat]]:
    """What somebody achieved, with what kind of thing it is: `award`, `milestone`, `record`, `kudos`."""
    for kind in KINDS:
        yield from (
            (kind.removesuffix("s") if kind != "kudos" else kind, feat) for feat in getattr(one, kind)
        )


def as_text(season: SeasonFacts, found: Iterable[Honour]) -> str:
    """The honour roll as plain text."""
    lines = [f"Honour roll of {season.name}", seasons.days_in_words(season), ""]
    quiet = []
    for one in found:
        if not one.feats:
            quiet.append(one.name)
            continue
        lines.append(one.name)
        lines += [f"  {feat.on}  {kind:<9}  {in_words(feat)}" for kind, feat in told(one)]
        lines.append("")
    if quiet:
        lines.append(f"With us this year: {', '.join(quiet)}")
    return "\n".join(lines).rstrip() + "\n"


def as_html(season: SeasonFacts, found: Iterable[Honour]) -> str:
    """The honour roll as one page to print from a browser."""
    sections, quiet = [], []
    for one in found:
        if not one.feats:
            quiet.append(one.name)
            continue
        rows = "".join(
            f"<p><time>{feat.on}</time> {html.escape(kind)}: {html.escape(in_words(feat))}</p>"
            for kind, feat in told(one)
        )
        sections.append(f"<section><h2>{html.escape(one.name)}</h2>{rows}</section>")
    if quiet:
        sections.append(f"<footer>With us this year: {html.escape(', '.join(quiet))}</footer>")
    return page_to_print(f"Honour roll of {season.name}", [seasons.days_in_words(season)], sections)


def in_words(feat: Feat) -> str:
    """`own record revenue of a month, 82,000`."""
    return f"{feat.what}, {feat.more}" if feat.more else feat.what
