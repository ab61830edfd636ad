"""Screening: leads look at every nomination, ask about it, decide; nothing reaches the judges without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from peewee import fn

from salesboard import clock
from salesboard.domain import company, notices, people, text
from salesboard.domain.awards import categories, eligibility, evidence, nominations, seasons
from salesboard.domain.awards.judging import drawn
from salesboard.domain.awards.nominations import (
    ASKED,
    DRAFT,
    ELIGIBLE,
    NOT_ELIGIBLE,
    SHORTLISTED,
    STATUSES,
    NominationFacts,
)
from salesboard.domain.permissions import may, require, teams_of, writes
from salesboard.errors import Conflict, NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Category,
    Evidence,
    Judge,
    Nomination,
    Person,
    Screening,
    Team,
    Voice,
)
from salesboard.storage.prepared import by_id

COMMENT, CLEARED, UNBLINDED = "comment", "cleared", "unblinded"
DECISIONS = (ELIGIBLE, NOT_ELIGIBLE, SHORTLISTED, ASKED)
"""What a lead can do that changes where a nomination stands."""
NEEDS_WORDS = {NOT_ELIGIBLE: "the reason", ASKED: "the question", COMMENT: "the comment"}
PASSING = (ELIGIBLE, SHORTLISTED)
"""What is refused while a fact has changed, or the nominee may not win."""
LONGEST = 2000


class Seen(NamedTuple):
    """What somebody saw of a nomination before they decided on it."""

    status: str
    voices: int


@dataclass(frozen=True)
class QueueLine:
    """A nomination in the queue, without its reasons."""

    nomination: int
    category: int
    category_name: str
    person: int | None
    team: int | None
    name: str
    status: str
    voices: int
    since: datetime
    """When its first voice was submitted."""
    age_days: int
    changed: int
    """Facts that have changed since, and that nobody has cleared."""
    own: bool
    """Whether it is somebody else's to screen: one's own, or one's nomination."""


@dataclass(frozen=True)
class Review:
    """A nomination as somebody who screens it sees it."""

    facts: NominationFacts
    recused: str | None
    """Why it is for others to screen."""
    hidden: bool
    """Whether its voices are not theirs to read: who is nominated is told on the night."""

    @property
    def seen(self) -> Seen:
        """What a decision made on it is based on."""
        return Seen(self.facts.status, len(self.facts.voices))


# --- reading ------------------------------------------------------------------------------------------------


def require_reader(actor: Actor, today: date, category: int | None = None) -> None:
    """Refuse who neither screens nominations nor judges a category, or is not active any more."""
    judges = category is not None and _judges(actor, category)
    require(actor, "nominate" if judges else "screen nominations", today=today)


def _judges(actor: Actor, category: int) -> bool:
    return actor.id is not None and bool(
        Judge.select().where(Judge.category == category, Judge.person == actor.id).exists()
    )


def queue(
    actor: Actor,
    season: int,
    *,
    today: date,
    category: int | None = None,
    statuses: Iterable[str] | None = None,
    flags: bool = True,
) -> list[QueueLine]:
    """The submitted nominations of a season: what waits first, the oldest of each first.

    Without `flags` no fact is looked at. Refused: who does not screen nominations.
    """
    require_reader(actor, today)
    zone = company.facts().zone
    counted = (
        Voice.select(
            Voice.nomination,
            fn.COUNT(Voice.id).alias("voices"),
            fn.MIN(Voice.submitted_at).alias("since"),
        )
        .where(Voice.submitted_at.is_null(False))
        .group_by(Voice.nomination)
    )
    columns = (Nomination.id, Nomination.person, Nomination.team, Nomination.status)
    query = (
        Nomination.select(*columns, Category.id, Category.name, counted.c.voices, counted.c.since)
        .join(Category)
        .switch(Nomination)
        .join(counted, on=(counted.c.nomination_id == Nomination.id))
        .where(Category.season == season, Nomination.status != DRAFT)
    )
    if category is not None:
        query = query.where(Category.id == category)
    if statuses is not None:
        query = query.where(Nomination.status.in_(tuple(statuses)))
    names = _names()
    not_theirs = _not_theirs(actor, season, today)
    found = []
    for identity, person, team, status, own_category, called, voices, since in query.tuples():
        at = _instant(since)
        found.append(
            QueueLine(
                identity,
                own_category,
                called,
                person,
                team,
                names[person, team],
                status,
                int(voices),
                at,
                (today - clock.business_date(at, zone)).days,
                0,
                identity in not_theirs,
            )
        )
    found.sort(key=lambda one: (STATUSES.index(one.status), one.since, one.nomination))
    return with_flags(found, season, today=today) if flags else found


def _instant(found: Any) -> datetime:
    """What MIN makes of instants, as an instant."""
    instant = found if isinstance(found, datetime) else Voice.submitted_at.python_value(found)
    assert instant is not None
    return instant


def with_flags(found: Sequence[QueueLine], season: int, *, today: date) -> list[QueueLine]:
    """The same lines with the facts that have changed, which take longer to look at."""
    changed = evidence.flagged(season, today=today)
    return [replace(one, changed=changed.get(one.nomination, 0)) for one in found]


def counters(found: Iterable[QueueLine]) -> dict[str, int]:
    """How many nominations there are of each status; they add up to all there are."""
    counted = Counter(one.status for one in found)
    return {status: counted.get(status, 0) for status in STATUSES}


def waiting(season: int) -> dict[int, int]:
    """How many nominations of each category wait to be screened, or for an answer."""
    return _by_category(season, Nomination.status.in_((nominations.WAITING, ASKED)))


def submitted(season: int) -> dict[int, int]:
    """How many nominations each category has."""
    return _by_category(season, Nomination.status != DRAFT)


def _by_category(season: int, which: object) -> dict[int, int]:
    query = (
        Nomination.select(Nomination.category, fn.COUNT(Nomination.id))
        .join(Category)
        .where(Category.season == season, which)
        .group_by(Nomination.category)
    )
    return {category: int(number) for category, number in query.tuples()}


def _names() -> dict[tuple[int | None, int | None], str]:
    found: dict[tuple[int | None, int | None], str] = {}
    for identity, name in Person.select(Person.id, Person.name).tuples():
        found[identity, None] = name
    for identity, name in Team.select(Team.id, Team.name).tuples():
        found[None, identity] = name
    return found


def _not_theirs(actor: Actor, season: int, today: date) -> set[int]:
    """The nominations of a season that are not an actor's to screen."""
    above = {one.id: one.parent for one in people.tree()}
    own_teams: set[int] = set()
    for team in teams_of(actor.id or 0, today):
        upward: int | None = team
        while upward is not None and upward not in own_teams:
            own_teams.add(upward)
            upward = above[upward]
    within = Nomination.select(Nomination.id).join(Category).where(Category.season == season)
    about = within.where((Nomination.person == actor.id) | Nomination.team.in_(sorted(own_teams)))
    made = within.switch(Nomination).join(Voice).where(Voice.author == actor.id)
    return {identity for query in (about, made) for (identity,) in query.tuples()}


def review(actor: Actor, nomination: int, *, today: date) -> Review:
    """One nomination to be screened. Refused: who neither screens nominations nor judges its category.

    Where everybody votes, everybody reads why somebody is shortlisted. Who is nominated reads nothing of it.
    """
    row = _kept(nomination)
    votes = row.status == SHORTLISTED and categories.category(row.category_id).way == categories.VOTED
    is_reader = may(actor, "screen nominations", today=today)
    if votes and not is_reader:
        require(actor, "nominate", today=today)
    else:
        require_reader(actor, today, row.category_id)
    facts = nominations.nomination(nomination, today=today)
    if votes and not is_reader:
        facts = replace(facts, screenings=())
    hidden = _is_about(actor, row, today)
    if hidden:
        facts = replace(facts, voices=(), screenings=())
    return Review(facts, recused(actor, nomination, today=today), hidden)


def recused(actor: Actor, nomination: int, *, today: date) -> str | None:
    """Why a nomination is for others to screen, as of now; None where it is not."""
    row = _kept(nomination)
    if _is_about(actor, row, today):
        if row.person_id is not None:
            return "you are nominated yourself"
        return f"you are in {nominations.nominee_name(None, row.team_id)}"
    if Voice.select().where(Voice.nomination == nomination, Voice.author == actor.id).exists():
        return "you nominated yourself who is nominated here"
    return None


def _is_about(actor: Actor, row: Nomination, today: date) -> bool:
    if actor.id is None:
        return False
    if row.person_id is not None:
        return bool(row.person_id == actor.id)
    return actor.id in people.members(row.team_id, today)


def _kept(nomination: int) -> Nomination:
    row = by_id(Nomination, nomination)
    if row is None or row.status == DRAFT:
        raise NotFound(f"there is no nomination {nomination}; 'salesboard awards queue' shows them")
    return row


# --- deciding -----------------------------------------------------------------------------------------------


@writes("screen nominations")
def screen(
    actor: Actor,
    nomination: int,
    decision: str,
    *,
    now: datetime,
    words: str | None = None,
    seen: Seen | None = None,
) -> None:
    """Decide on a nomination (eligible, not eligible, shortlisted), ask who nominated, or comment.

    Not eligible, a question and a comment need words. With `seen`, what somebody else decided meanwhile is a
    Conflict that says who and what. Refused: one's own, what is not in its phase, and to pass a nomination of
    which a fact has changed, or whose nominee may not win.
    """
    with ledger.batch(actor, "screened", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "screen nominations", today=today)
        row = _kept(nomination)
        category = categories.category(row.category_id)
        season = seasons.season(category.season)
        seasons.require_phase(season, today, "nominate", "screen", what="screening")
        _refuse_recused(actor, nomination, today)
        if decision not in (*DECISIONS, COMMENT):
            raise Refused(f"{decision!r} is no decision; there are {', '.join((*DECISIONS, COMMENT))}")
        said = text.optional(words, field="The words", limit=LONGEST, multiline=True)
        if decision in NEEDS_WORDS and said is None:
            raise Refused(f"write {NEEDS_WORDS[decision]}: it is kept with the nomination")
        _refuse_unseen(row, seen, decision)
        if decision in PASSING:
            why = eligibility.why_not(category, season, person=row.person_id, team=row.team_id)
            if why is not None:
                raise Refused(why)
            evidence.require_settled(nomination, today=today)
        with ledger.entry(actor, _VERBS[decision], row, now=now, note=category.name) as entry:
            if decision != COMMENT:
                entry.update(row, status=decision)
            kept = entry.insert(
                Screening, nomination=row, decision=decision, words=said, author=actor.id, at=now
            )
        if decision == ASKED:
            _tell_asked(row, kept, category.name, said or "", today, now)


_VERBS = {
    ELIGIBLE: "found eligible a nomination in",
    NOT_ELIGIBLE: "found not eligible a nomination in",
    SHORTLISTED: "shortlisted a nomination in",
    ASKED: "asked about a nomination in",
    COMMENT: "commented on a nomination in",
}


def _refuse_recused(actor: Actor, nomination: int, today: date) -> None:
    why = recused(actor, nomination, today=today)
    if why is not None:
        raise NotAllowed(f"that nomination is for others to screen: {why}")


def _refuse_unseen(row: Nomination, seen: Seen | None, decision: str) -> None:
    """A Conflict where somebody has decided, or nominated, since it was read."""
    if seen is None:
        return
    wanted = {"status": decision} if decision != COMMENT else {}
    ledger.refuse_if_changed(row, {"status": seen.status}, wanted)
    voices = Voice.select().where(Voice.nomination == row.id, Voice.submitted_at.is_null(False))
    if voices.count() != seen.voices:
        newest = voices.order_by(Voice.submitted_at.desc(), Voice.id.desc()).first()
        who = ledger.name_of(newest.author_id) if newest else "somebody"
        raise Conflict(
            f"{who} nominated too since you read it: {seen.voices} → {voices.count()} voices; "
            f"your {decision} was not saved; look again, then decide"
        )


def _tell_asked(
    row: Nomination, kept: Screening, category: str, words: str, today: date, now: datetime
) -> None:
    """Everybody who nominated finds the question in their inbox."""
    query = Voice.select(Voice.author).where(Voice.nomination == row.id, Voice.submitted_at.is_null(False))
    name = nominations.nominee_name(row.person_id, row.team_id)
    one = notices.Notice(
        f"asked:{kept.id}",
        "awards",
        f"Your nomination of {name} in {category}: {' '.join(words.split())}",
        frozenset(author for (author,) in query.tuples()),
        today,
        tone="attention",
        leads_to="awards",
    )
    notices.tell([one], now=now)


@writes("screen nominations")
def clear(actor: Actor, piece: int, reason: str, *, now: datetime) -> None:
    """Accept, with a reason, that a piece of evidence has changed since it was submitted, as it is now.

    Another change after that has to be cleared again. Also who judges the category may do it. Refused: what
    has not changed, one's own nominations, a season whose awards are decided.
    """
    with ledger.batch(actor, "cleared", now=now, several=False):
        today = company.facts().today(now)
        row = by_id(Evidence, piece)
        voice = by_id(Voice, row.voice_id) if row is not None else None
        if row is None or voice is None or voice.submitted_at is None:
            raise NotFound(f"there is no evidence {piece}")
        under = _kept(voice.nomination_id)
        require_reader(actor, today, under.category_id)
        category = categories.category(under.category_id)
        season = seasons.season(category.season)
        seasons.require_phase(season, today, "nominate", "screen", "judge", "decide", what="clearing facts")
        _refuse_recused(actor, under.id, today)
        said = text.clean(reason, field="The reason", limit=LONGEST, multiline=True)
        (found,) = evidence.checks([row], today=today)
        if not found.flagged:
            raise Refused(f"{row.words} has not changed{' again' if found.cleared else ''}")
        accepted = evidence.current(row, today=today)
        with ledger.entry(
            actor, "cleared a fact of a nomination in", under, now=now, note=category.name
        ) as entry:
            entry.update(row, cleared=ledger.canonical(accepted), cleared_why=said, cleared_by=actor.id)
            entry.insert(
                Screening,
                nomination=under,
                decision=CLEARED,
                words=f"{found.in_words()}: {said}",
                author=actor.id,
                at=now,
            )


# --- blind --------------------------------------------------------------------------------------------------


@writes("screen nominations")
def unblind(actor: Actor, nomination: int, *, now: datetime) -> None:
    """Keep that somebody who reviewed blind looked at names after all, and at which nomination that was."""
    with ledger.batch(actor, "unblinded", now=now, several=False):
        today = company.facts().today(now)
        row = _kept(nomination)
        require_reader(actor, today, row.category_id)
        category = categories.category(row.category_id)
        with ledger.entry(actor, "looked at the names in", row, now=now, note=category.name) as entry:
            entry.insert(Screening, nomination=row, decision=UNBLINDED, words=None, author=actor.id, at=now)


def shuffled(found: Iterable[QueueLine], viewer: int | None) -> list[QueueLine]:
    """The same nominations in an order that tells nothing: always the same for a person, another for each."""
    return sorted(found, key=lambda one: (STATUSES.index(one.status), drawn(viewer, one.nomination)))


def lots(wanted: Iterable[int], viewer: int | None) -> dict[int, int]:
    """The place of each nomination, from 1 on, in the order in which it was drawn for somebody."""
    in_order = sorted(wanted, key=lambda one: drawn(viewer, one))
    return {nomination: place for place, nomination in enumerate(in_order, 1)}
