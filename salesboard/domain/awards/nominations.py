"""Nominations: who is nominated in which category, by whose voices, for which reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from salesboard.domain import company, people, text
from salesboard.domain.awards import categories, eligibility, evidence, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.evidence import Check
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Category,
    Evidence,
    Nomination,
    Person,
    Screening,
    Team,
    Voice,
)
from salesboard.storage.prepared import by_id

DRAFT, WAITING, ASKED = "draft", "waiting", "asked"
ELIGIBLE, NOT_ELIGIBLE, SHORTLISTED = "eligible", "not eligible", "shortlisted"
STATUSES = (WAITING, ASKED, SHORTLISTED, ELIGIBLE, NOT_ELIGIBLE)
"""How far a submitted nomination can be."""
ANSWERED = "answered"
LEAST_REASON = 40
"""Characters of a reason, at least."""
LONGEST_REASON = 4000


@dataclass(frozen=True)
class VoiceFacts:
    """Somebody's voice for a nominee."""

    id: int
    author: int
    author_name: str
    author_handle: str
    reason: str
    submitted_at: datetime | None
    """None of a draft."""
    evidence: tuple[Check, ...]


@dataclass(frozen=True)
class ScreeningFacts:
    """What was decided, asked or said about a nomination."""

    decision: str
    words: str | None
    author: int | None
    author_name: str
    at: datetime


@dataclass(frozen=True)
class NominationFacts:
    """A nomination with everything behind it."""

    id: int
    category: int
    category_name: str
    season: int
    person: int | None
    team: int | None
    name: str
    """The nominee's."""
    status: str
    voices: tuple[VoiceFacts, ...]
    """Those that are submitted, oldest first."""
    screenings: tuple[ScreeningFacts, ...]
    """Oldest first."""
    why_not: str | None
    """What keeps the nominee out of the category today."""

    @property
    def flagged(self) -> list[Check]:
        """Evidence that has changed since, and that nobody has cleared."""
        return [one for voice in self.voices for one in voice.evidence if one.flagged]


@dataclass(frozen=True)
class Draft:
    """A nomination that somebody has begun, or their own voice in one."""

    voice: int
    nomination: int
    category: int
    category_name: str
    person: int | None
    team: int | None
    name: str
    reason: str
    evidence: tuple[str, ...]
    """Keys of facts, and words."""
    status: str
    """`draft` while it is not submitted, then the nomination's."""
    question: str | None
    """What a lead asked last, if it waits for an answer."""


# --- reading ------------------------------------------------------------------------------------------------


def nomination(identity: int, *, today: date) -> NominationFacts:
    """One nomination with its voices, its evidence held against today's facts, and what was decided.

    Refused: there is none of this number, or nobody has submitted it yet.
    """
    row = by_id(Nomination, identity)
    if row is None or row.status == DRAFT:
        raise NotFound(f"there is no nomination {identity}; 'salesboard awards queue' shows them")
    category = categories.category(row.category_id)
    rows = list(
        Voice.select(Voice, Person)
        .join(Person)
        .where(Voice.nomination == identity, Voice.submitted_at.is_null(False))
        .order_by(Voice.submitted_at, Voice.id)
    )
    kept = evidence.of_nomination(identity)
    by_voice: dict[int, list[Check]] = defaultdict(list)
    for one, checked in zip(kept, evidence.checks(kept, today=today), strict=True):
        by_voice[one.voice_id].append(checked)
    return NominationFacts(
        row.id,
        category.id,
        category.name,
        category.season,
        row.person_id,
        row.team_id,
        nominee_name(row.person_id, row.team_id),
        row.status,
        tuple(
            VoiceFacts(
                voice.id,
                voice.author_id,
                voice.author.name,
                voice.author.handle,
                voice.reason,
                voice.submitted_at,
                tuple(by_voice[voice.id]),
            )
            for voice in rows
        ),
        tuple(_screenings(identity)),
        eligibility.why_not(
            category, seasons.season(category.season), person=row.person_id, team=row.team_id
        ),
    )


def _screenings(nomination: int) -> Iterator[ScreeningFacts]:
    for row in (
        Screening.select().where(Screening.nomination == nomination).order_by(Screening.at, Screening.id)
    ):
        yield ScreeningFacts(row.decision, row.words, row.author_id, ledger.name_of(row.author_id), row.at)


def nominee_name(person: int | None, team: int | None) -> str:
    """What a nominee is called."""
    row: Any = by_id(Person, person) if person is not None else by_id(Team, team)
    if row is None:
        raise NotFound(f"there is no {'person' if person is not None else 'team'} {person or team}")
    return str(row.name)


def own(person: int, season: int) -> list[Draft]:
    """Somebody's own nominations of a season: drafts first, then what waits for their answer."""
    query = (
        Voice.select(Voice, Nomination, Category)
        .join(Nomination)
        .join(Category)
        .where(Voice.author == person, Category.season == season)
        .order_by(Voice.submitted_at.is_null(False), Nomination.status != ASKED, Category.place, Voice.id)
    )
    found = []
    for row in query:
        status = DRAFT if row.submitted_at is None else row.nomination.status
        question = None
        if status == ASKED:
            question = next(
                (
                    one.words
                    for one in reversed(list(_screenings(row.nomination_id)))
                    if one.decision == ASKED
                ),
                None,
            )
        facts = Evidence.select().where(Evidence.voice == row.id).order_by(Evidence.place)
        found.append(
            Draft(
                row.id,
                row.nomination_id,
                row.nomination.category_id,
                row.nomination.category.name,
                row.nomination.person_id,
                row.nomination.team_id,
                nominee_name(row.nomination.person_id, row.nomination.team_id),
                row.reason,
                tuple(one.fact or one.words for one in facts),
                status,
                question,
            )
        )
    return found


# --- nominating ---------------------------------------------------------------------------------------------


@writes("nominate")
def draft_nomination(
    actor: Actor,
    category: int,
    *,
    now: datetime,
    person: int | None = None,
    team: int | None = None,
    reason: str = "",
    evidence: Sequence[str] = (),
) -> int:
    """Begin a nomination that nobody else sees, and hand back the number of one's voice.

    Refused: oneself, a team one is in, a nominee one has nominated in the category already, more nominations
    than the category lets one person make, and all of it outside the phase of nominating.
    """
    return int(_draft(actor, category, person, team, reason, evidence, now).id)


@writes("nominate")
def edit_draft(
    actor: Actor,
    voice: int,
    *,
    now: datetime,
    reason: str | None = None,
    evidence: Sequence[str] | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Change one's own draft; what is None stays.

    `seen` holds what one saw before, as another session may have changed it since: that is a Conflict.
    Refused: what is submitted already.
    """
    with (
        _own_draft(actor, voice, now) as (row, season, today),
        ledger.entry(actor, "edited", now=now) as entry,
    ):
        _fill(entry, row, season, today, reason, evidence, seen)


@writes("nominate")
def drop_draft(actor: Actor, voice: int, *, now: datetime) -> None:
    """Throw one's own draft away. Refused: what is submitted already."""
    with _own_draft(actor, voice, now) as (row, _, _), ledger.entry(actor, "dropped", now=now) as entry:
        for one in Evidence.select().where(Evidence.voice == voice):
            entry.delete(one)
        under = by_id(Nomination, row.nomination_id)
        entry.delete(row)
        if under is not None and under.status == DRAFT and not _voices(under.id):
            entry.delete(under)


@writes("nominate")
def submit(actor: Actor, voice: int, *, now: datetime) -> int:
    """Submit one's own draft and hand back the nomination: what counts of its facts is frozen.

    Several voices for one nominee are one nomination; each new one brings it back to those who screen. Who
    may not win the category is kept with the reason. Refused: a reason below 40 characters, another phase.
    """
    with _own_draft(actor, voice, now) as (row, _, _):
        return _submit(actor, row, now)


@writes("nominate")
def nominate(
    actor: Actor,
    category: int,
    reason: str,
    *,
    now: datetime,
    person: int | None = None,
    team: int | None = None,
    evidence: Sequence[str] = (),
) -> int:
    """Nominate somebody, or a team, at once, and hand back the nomination; refused as its parts are."""
    with ledger.batch(actor, "nominated", now=now):
        row = _draft(actor, category, person, team, reason, evidence, now)
        return _submit(actor, row, now)


@writes("nominate")
def answer(actor: Actor, nomination: int, words: str, *, now: datetime, evidence: Sequence[str] = ()) -> None:
    """Add words to one's own voice, as a lead asked; it waits to be screened again.

    Refused: where nobody asked, or one has not nominated, or screening is over.
    """
    with ledger.batch(actor, "answered", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "nominate", today=today)
        row = by_id(Nomination, nomination)
        voice = Voice.get_or_none(
            (Voice.nomination == nomination) & (Voice.author == actor.id) & Voice.submitted_at.is_null(False)
        )
        if row is None or voice is None:
            raise NotFound(f"you have no nomination {nomination}; only who nominated can add to it")
        category = categories.category(row.category_id)
        season = seasons.season(category.season)
        seasons.require_phase(season, today, "nominate", "screen", what="screening")
        if row.status != ASKED:
            raise Refused(f"nobody asked about this nomination: it is {row.status}")
        more = text.clean(words, field="The answer", limit=LONGEST_REASON, multiline=True)
        with ledger.entry(actor, "answered about a nomination in", now=now, note=category.name) as entry:
            entry.update(voice, reason=f"{voice.reason}\n\n{more}")
            last = Evidence.select().where(Evidence.voice == voice.id).count()
            _attach(entry, voice, evidence, season, today, after=last)
            entry.update(row, status=WAITING)
            entry.insert(Screening, nomination=row, decision=ANSWERED, words=more, author=actor.id, at=now)


def _attach(
    entry: ledger.Entry, voice: Voice, wanted: Sequence[str], season: SeasonFacts, today: date, after: int
) -> None:
    evidence.attach(entry, voice, wanted, season, today=today, after=after)
    evidence.freeze(entry, voice, season, today=today)


def _draft(
    actor: Actor,
    category: int,
    person: int | None,
    team: int | None,
    reason: str,
    facts: Sequence[str],
    now: datetime,
) -> Voice:
    with ledger.batch(actor, "nominated", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "nominate", today=today)
        if actor.id is None:
            raise Refused("only a person nominates somebody")
        found = categories.category(category)
        season = seasons.season(found.season)
        seasons.require_phase(season, today, "nominate", what="nominating")
        name = _checked_nominee(actor, found, person, team, today)
        under = Nomination.get_or_none(
            (Nomination.category == category)
            & (Nomination.person.is_null() if person is None else Nomination.person == person)
            & (Nomination.team.is_null() if team is None else Nomination.team == team)
        )
        _refuse_twice(actor, found, under, name)
        with ledger.entry(actor, "began a nomination in", now=now, note=found.name) as entry:
            if under is None:
                under = entry.insert(Nomination, category=category, person=person, team=team, status=DRAFT)
            voice = entry.insert(Voice, nomination=under, author=actor.id, reason="")
            _fill(entry, voice, season, today, reason, facts)
        return voice


def _checked_nominee(
    actor: Actor, category: CategoryFacts, person: int | None, team: int | None, today: date
) -> str:
    if not category.is_judged:
        raise Refused(f"{category.name} is computed from the sales; nobody is nominated in it")
    if (person is None) == (team is None):
        raise Refused("name one person or one team to nominate")
    if category.of_teams != (team is not None):
        raise Refused(f"{category.name} is for {'teams' if category.of_teams else 'people'}")
    name = nominee_name(person, team)
    if person is not None and person == actor.id:
        raise Refused("nobody nominates themselves; somebody else has to see it")
    if team is not None and actor.id in people.members(team, today):
        raise Refused(f"nobody nominates a team they are in, and you are in {name}")
    return name


def _refuse_twice(actor: Actor, category: CategoryFacts, under: Nomination | None, name: str) -> None:
    if under is not None:
        known = Voice.get_or_none((Voice.nomination == under.id) & (Voice.author == actor.id))
        if known is not None and known.submitted_at is None:
            raise Refused(f"you have a draft for {name} in {category.name} already; go on with that")
        if known is not None:
            raise Refused(f"you have nominated {name} in {category.name} already")
    made = (
        Voice.select().join(Nomination).where(Voice.author == actor.id, Nomination.category == category.id)
    ).count()
    if made >= category.most_nominations:
        raise Refused(
            f"in {category.name} everybody nominates {category.most_nominations} at most, "
            f"and you have {made} already, drafts included"
        )


def _fill(
    entry: ledger.Entry,
    voice: Voice,
    season: SeasonFacts,
    today: date,
    reason: str | None,
    facts: Sequence[str] | None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    if reason is not None:
        said = text.optional(reason, field="The reason", limit=LONGEST_REASON, multiline=True)
        entry.update(voice, **ledger.still_meant(voice, seen, {"reason": said or ""}))
    if facts is not None:
        known = list(Evidence.select().where(Evidence.voice == voice.id).order_by(Evidence.place))
        standing, wanted = tuple(one.fact or one.words for one in known), tuple(facts)
        means = ledger.still_differs(
            voice, "evidence", seen, standing, wanted, table="evidence", told=", ".join
        )
        if means and standing != wanted:
            for one in known:
                entry.delete(one)
            evidence.attach(entry, voice, facts, season, today=today)


@contextmanager
def _own_draft(actor: Actor, voice: int, now: datetime) -> Iterator[tuple[Voice, SeasonFacts, date]]:
    with ledger.batch(actor, "nominated", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "nominate", today=today)
        row = by_id(Voice, voice)
        if row is None or row.author_id != actor.id:
            raise NotFound(f"you have no draft {voice}")
        if row.submitted_at is not None:
            raise Refused("that nomination is submitted; it can not be changed any more")
        category = categories.category(row.nomination.category_id)
        season = seasons.season(category.season)
        seasons.require_phase(season, today, "nominate", what="nominating")
        yield row, season, today


def _submit(actor: Actor, voice: Voice, now: datetime) -> int:
    """What the rules say is looked at again: a draft may be older than somebody's change of team."""
    today = company.facts().today(now)
    row = by_id(Nomination, voice.nomination_id)
    assert row is not None
    category = categories.category(row.category_id)
    season = seasons.season(category.season)
    _checked_nominee(actor, category, row.person_id, row.team_id, today)
    length = len(" ".join(voice.reason.split()))
    if length < LEAST_REASON:
        raise Refused(
            f"the reason has {length} of at least {LEAST_REASON} characters; "
            "say what was done, and why it counts"
        )
    why = eligibility.why_not(category, season, person=row.person_id, team=row.team_id)
    with ledger.entry(actor, "nominated somebody in", row, now=now, note=category.name) as entry:
        evidence.freeze(entry, voice, season, today=today)
        entry.update(voice, submitted_at=now)
        entry.update(row, status=NOT_ELIGIBLE if why else WAITING)
        if why:
            entry.insert(Screening, nomination=row, decision=NOT_ELIGIBLE, words=why, author=None, at=now)
    return int(row.id)


def _voices(nomination: int) -> int:
    return int(Voice.select().where(Voice.nomination == nomination).count())
