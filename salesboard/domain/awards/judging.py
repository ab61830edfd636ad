"""Judging: a panel gives points by criteria; nobody sees what others gave before they have finished."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from peewee import JOIN, fn

from salesboard.domain import company, text
from salesboard.domain.awards import categories, seasons
from salesboard.domain.awards.categories import CategoryFacts, CriterionFacts
from salesboard.domain.awards.recusals import SHORTLISTED, Recusals, recusals
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Award,
    Category,
    Judge,
    LedgerEntry,
    Nomination,
    Person,
    Score,
    Team,
)
from salesboard.storage.prepared import by_id

FINISHED = "finished judging"
LOWEST, HIGHEST = 1, 10
LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True)
class JudgeFacts:
    """Who judges a category, and how far they are; their points are not in it."""

    id: int
    person: int
    name: str
    handle: str
    scored: int
    """Nominees with points by every criterion."""
    of: int
    """Nominees whom they are to judge."""
    recused: int
    """Nominees whom they may not judge."""
    abstained: str | None
    """Why they do not judge the category."""
    finished_at: datetime | None

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to come from them."""
        nobody_left = self.of == 0 and self.recused > 0
        return self.abstained is not None or self.finished_at is not None or nobody_left


@dataclass(frozen=True)
class Marks:
    """What one judge gave one nominee."""

    judge: int
    """The judge's row."""
    name: str
    points: Mapping[int, int]
    """1 to 10, by criterion."""
    weighted: Fraction | None
    """By the weights of the criteria, exactly; None while a criterion is without points."""
    stray: str | None
    """Why they do not count, if they do not; they are kept and shown all the same."""

    @property
    def counts(self) -> bool:
        """Whether they are part of the result."""
        return self.stray is None and self.weighted is not None


class Listed(NamedTuple):
    """A person or a team on the shortlist."""

    nomination: int
    person: int | None
    team: int | None
    name: str


@dataclass(frozen=True)
class Nominee:
    """A nominee as a judge sees one: with one's own points, and others' once one has finished."""

    listed: Listed
    recused: str | None
    """Why one may not judge them, if one may not."""
    own: Marks | None
    others: tuple[Marks, ...]


@dataclass(frozen=True)
class Ballot:
    """What a judge has before them in one category."""

    judge: JudgeFacts
    category: CategoryFacts
    nominees: tuple[Nominee, ...]
    """In an order of one's own, the same every time, so that nobody is always judged first."""


@dataclass(frozen=True)
class Panel:
    """A category that is judged, and how far its judges are."""

    category: CategoryFacts
    nominees: int
    judges: tuple[JudgeFacts, ...]

    @property
    def is_done(self) -> bool:
        """Whether every judge has finished or abstains."""
        return bool(self.judges) and all(one.is_done for one in self.judges)


def weighted(points: Mapping[int, int], criteria: Iterable[CriterionFacts]) -> Fraction | None:
    """Points by the weights of the criteria, exactly; None where a criterion has none."""
    criteria = list(criteria)
    if any(one.id not in points for one in criteria):
        return None
    return sum((Fraction(one.weight * points[one.id], 100) for one in criteria), Fraction())


def in_figures(points: Fraction) -> str:
    """`7.45`, `8.0`: a result as it is shown, to two decimals, half up; at least one decimal."""
    cents = (points * 200 + 1) // 2
    whole, rest = divmod(int(cents), 100)
    return f"{whole}.{rest:02}".removesuffix("0") if rest % 10 == 0 else f"{whole}.{rest:02}"


# --- reading ------------------------------------------------------------------------------------------------


def panels(season: int, *, today: date) -> list[Panel]:
    """The judged categories of a season with the progress of their judges, in the season's order."""
    return [panel(one.id, today=today) for one in categories.categories(season) if one.is_judged]


def panel(category: int, *, today: date) -> Panel:
    """One judged category with the progress of its judges; whom they favour is not in it."""
    found = judged(category)
    room = _room(found, today)
    return Panel(found, len(room.shortlist), room.judges)


def ballot(actor: Actor, category: int, *, today: date) -> Ballot:
    """What a judge has to judge, with their own points; with the others' once they have finished."""
    found = judged(category)
    mine = own_seat(actor, found)
    room = _room(found, today)
    facts = next(one for one in room.judges if one.id == mine.id)
    shows_others = facts.finished_at is not None and not is_decided(category)
    nominees = []
    for one in room.shortlist:
        why = room.recused.get((one.nomination, facts.person))
        marks = room.marks(one.nomination, found)
        nominees.append(
            Nominee(
                one,
                why,
                next((each for each in marks if each.judge == mine.id), None),
                tuple(each for each in marks if each.judge != mine.id) if shows_others and not why else (),
            )
        )
    nominees.sort(key=lambda one: drawn(mine.id, one.listed.nomination))
    return Ballot(facts, found, tuple(nominees))


def seats_of(actor: Actor, season: int) -> list[int]:
    """The categories of a season that somebody judges, in the season's order."""
    query = (
        Category.select(Category.id)
        .join(Judge)
        .where(Category.season == season, Judge.person == actor.id)
        .order_by(Category.place, Category.id)
    )
    return [category for (category,) in query.tuples()]


def all_marks(category: int, *, today: date) -> dict[int, list[Marks]]:
    """What every judge gave every shortlisted nominee, by nomination, and whether it counts on a day.

    For deciding only: what a judge may see is in their ballot.
    """
    found = judged(category)
    room = _room(found, today)
    return {one.nomination: room.marks(one.nomination, found) for one in room.shortlist}


def judged(category: int) -> CategoryFacts:
    """A category that is judged. Refused: one that is computed, or none."""
    found = categories.category(category)
    if not found.is_judged:
        raise Refused(f"{found.name} is computed from sales: nobody judges it")
    return found


def own_seat(actor: Actor, category: CategoryFacts) -> Judge:
    """The judge's row of somebody in a category. Refused: who was not appointed."""
    row: Judge | None = Judge.get_or_none(category=category.id, person=actor.id)
    if row is None:
        raise NotAllowed(
            f"{actor.name} does not judge {category.name}; a manager or an admin appoints judges"
        )
    return row


def shortlist(category: int) -> list[Listed]:
    """Who is shortlisted in a category, in the order of nomination."""
    query = (
        Nomination.select(
            Nomination.id,
            Nomination.person,
            Nomination.team,
            fn.COALESCE(Person.name, Team.name),
        )
        .join(Person, JOIN.LEFT_OUTER)
        .switch(Nomination)
        .join(Team, JOIN.LEFT_OUTER)
        .where(Nomination.category == category, Nomination.status == SHORTLISTED)
    )
    return [Listed(*columns) for columns in query.order_by(Nomination.id).tuples()]


def is_decided(category: int) -> bool:
    """Whether the winners of a category are decided."""
    return bool(Award.select().where(Award.category == category).exists())


def _points(category: int) -> dict[tuple[int, int], dict[int, int]]:
    """All points given in a category by criterion, by nomination and judge."""
    found: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    query = (
        Score.select(Score.nomination, Score.judge, Score.criterion, Score.points)
        .join(Judge)
        .where(Judge.category == category)
    )
    for nomination, judge, criterion, given in query.tuples():
        found[nomination, judge][criterion] = given
    return found


class _Room(NamedTuple):
    """Everything of the judging of a category, read once."""

    shortlist: list[Listed]
    judges: tuple[JudgeFacts, ...]
    points: Mapping[tuple[int, int], Mapping[int, int]]
    """By nomination and judge."""
    recused: Recusals

    def marks(self, nomination: int, category: CategoryFacts) -> list[Marks]:
        """What the judges gave a nominee, those who gave something."""
        return [
            _marks(seat, nomination, given, category.criteria, self.recused)
            for seat in self.judges
            if (given := self.points.get((nomination, seat.id)))
        ]


def _room(category: CategoryFacts, today: date) -> _Room:
    query = Judge.select(Judge, Person).join(Person).where(Judge.category == category.id)
    rows = list(query.order_by(Person.name))
    listed = shortlist(category.id)
    asked = {one.id for one in category.criteria}
    given = _points(category.id)
    recused = recusals(category.id, {row.person_id for row in rows}, today=today)
    found = []
    for row in rows:
        own = [one.nomination for one in listed if (one.nomination, row.person_id) not in recused]
        found.append(
            JudgeFacts(
                row.id,
                row.person_id,
                row.person.name,
                row.person.handle,
                sum(given.get((nomination, row.id), {}).keys() >= asked for nomination in own),
                len(own),
                len(listed) - len(own),
                row.abstained,
                row.finished_at,
            )
        )
    return _Room(listed, tuple(found), given, recused)


def _marks(
    seat: JudgeFacts,
    nomination: int,
    given: Mapping[int, int],
    criteria: Collection[CriterionFacts],
    recused: Recusals,
) -> Marks:
    stray = recused.get((nomination, seat.person))
    if stray is None and seat.abstained is not None:
        stray = "abstains"
    if stray is None and seat.finished_at is None:
        stray = "has not finished"
    return Marks(seat.id, seat.name, given, weighted(given, criteria), stray)


def drawn(whom: int | None, nomination: int) -> bytes:
    """The lot of a nomination for somebody: an order that is nobody's choice, the same every time."""
    return hashlib.sha256(f"{whom}:{nomination}".encode()).digest()


# --- judging ------------------------------------------------------------------------------------------------


@writes("set category")
def appoint(actor: Actor, category: int, person: int, *, now: datetime) -> int:
    """Make somebody a judge of a category and hand back the judge's number.

    Refused: a computed category, who judges it already or is not active, and once it is decided.
    """
    with ledger.batch(actor, "appointed", now=now, several=False):
        require(actor, "set category", today=company.facts().today(now))
        found = judged(category)
        _refuse_decided(found)
        who = by_id(Person, person)
        if who is None or not who.active:
            raise NotFound(f"there is no active person {person}; 'salesboard people list' shows everybody")
        if Judge.get_or_none(category=category, person=person):
            raise Refused(f"{who.name} judges {found.name} already")
        with ledger.entry(actor, "appointed", now=now, note=f"{who.name} judges {found.name}") as entry:
            seat = entry.insert(Judge, category=category, person=person)
    return int(seat.id)


@writes("judge")
def score(actor: Actor, nomination: int, given: Mapping[int, int], *, now: datetime) -> None:
    """Give a shortlisted nominee points by criterion, 1 to 10, in place of what one gave before.

    Refused: outside the time for judging, who is no judge of the category, may not judge the nominee,
    abstains or has finished.
    """
    row = by_id(Nomination, nomination)
    if row is None:
        raise NotFound(f"there is no nomination {nomination}")
    with _sitting(actor, "judged", row.category_id, now) as (seat, found, today):
        if Nomination.get_by_id(row.id).status != SHORTLISTED:
            raise Refused("only shortlisted nominees are judged: a lead screens the nomination first")
        why = recusals(row.category_id, {seat.person_id}, today=today).get((row.id, seat.person_id))
        if why is not None:
            raise NotAllowed(f"{actor.name} {why}, and may not judge this nominee")
        known = {one.id: one.name for one in found.criteria}
        for criterion, number in given.items():
            if criterion not in known:
                raise NotFound(f"criterion {criterion} is none of this category")
            if not LOWEST <= number <= HIGHEST:
                raise Refused(f"{number} is no number of points: {known[criterion]} takes 1 to 10")
        with ledger.entry(actor, "judged", seat, now=now, note=found.name) as entry:
            for criterion, number in given.items():
                before = Score.get_or_none(nomination=row, judge=seat, criterion=criterion)
                if before is None:
                    entry.insert(Score, nomination=row, judge=seat, criterion=criterion, points=number)
                else:
                    entry.update(before, points=number)


@writes("judge")
def abstain(actor: Actor, category: int, reason: str, *, now: datetime) -> None:
    """Keep that a judge does not judge a category, and why; points given before do not count any more.

    Refused: without a reason, and after one has finished.
    """
    with _sitting(actor, "abstained", category, now) as (seat, found, _):
        why = text.clean(reason, field="The reason", limit=LONGEST)
        with ledger.entry(actor, "abstained", seat, now=now, note=found.name) as entry:
            entry.update(seat, abstained=why)


@writes("judge")
def finish(actor: Actor, category: int, *, now: datetime) -> None:
    """Keep that a judge has finished a category: from then on they see the others' points and change none.

    Refused: while a nominee whom they are to judge is without points by a criterion.
    """
    with _sitting(actor, FINISHED, category, now) as (seat, found, today):
        facts = next(one for one in _room(found, today).judges if one.id == seat.id)
        if facts.scored < facts.of:
            left = facts.of - facts.scored
            raise Refused(
                f"{left} of {facts.of} nominees are not judged by every criterion yet: judge them first"
            )
        with ledger.entry(actor, FINISHED, seat, now=now, note=found.name) as entry:
            entry.update(seat, finished_at=now)


@contextmanager
def _sitting(
    actor: Actor, verb: str, category: int, now: datetime
) -> Iterator[tuple[Judge, CategoryFacts, date]]:
    """One act of a judge, inside the transaction; refused where they may not judge now."""
    with ledger.batch(actor, verb, now=now, several=False):
        today = company.facts().today(now)
        found = judged(category)
        seat = own_seat(actor, found)
        require(actor, "judge", today=today, owner=seat.person_id)
        seasons.require_phase(seasons.season(found.season), today, "judge", what="judging")
        _refuse_decided(found)
        if seat.abstained is not None:
            raise Refused(f"you abstain from judging {found.name}: {seat.abstained}; undo that first")
        if seat.finished_at is not None or has_seen(seat):
            raise Refused(f"you have finished judging {found.name}: what was given stays")
        yield seat, found, today


def has_seen(seat: Judge) -> bool:
    """Whether a judge had finished once, and has seen what others gave; to undo that makes nothing unseen."""
    query = LedgerEntry.select().where(
        LedgerEntry.subject_table == "judge", LedgerEntry.subject_id == seat.id, LedgerEntry.verb == FINISHED
    )
    return bool(query.exists())


def _refuse_decided(found: CategoryFacts) -> None:
    if is_decided(found.id):
        raise Refused(f"{found.name} is decided: nothing of its judging changes any more")
