"""Judging: a panel gives points or puts nominees in order, or everybody has a vote; nobody sees what others
gave before they have finished."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from peewee import JOIN, fn

from salesboard.domain import company, people, text
from salesboard.domain.awards import categories, seasons
from salesboard.domain.awards.categories import POINTS, RANKED, VOTED, CategoryFacts, CriterionFacts, Way
from salesboard.domain.awards.recusals import SHORTLISTED, Recusals, own_nominations, recusals
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
    Preference,
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
    """Nominees with points by every criterion, or with a place; of a vote 1 once it is cast."""
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
    place: int | None
    """In a ranked choice, from 1 on; of a vote 1 for whom it is."""
    weighted: Fraction | None
    """Exactly: points by the weights of the criteria, what a place is worth, or 1 for a vote and 0 for none;
    None while something is missing."""
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

    @property
    def place(self) -> int | None:
        """In one's own order, or 1 for whom one voted."""
        return self.own.place if self.own else None


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
    """Of a team vote, those who have voted."""
    electorate: int
    """So many may judge, or vote."""

    @property
    def is_done(self) -> bool:
        """Whether every judge has finished or abstains, or everybody has voted."""
        return 0 < self.electorate <= len(self.judges) and all(one.is_done for one in self.judges)


def weighted(points: Mapping[int, int], criteria: Iterable[CriterionFacts]) -> Fraction | None:
    """Points by the weights of the criteria, exactly; None where a criterion has none."""
    criteria = list(criteria)
    if any(one.id not in points for one in criteria):
        return None
    return sum((Fraction(one.weight * points[one.id], 100) for one in criteria), Fraction())


def worth(place: int, of: int) -> Fraction:
    """What a place in a judge's order is worth: 10 for the first, 1 for the last, in equal steps between.

    A Borda count (Borda 1781), brought to one scale so that judges who may judge fewer nominees weigh alike.
    """
    return (
        Fraction(HIGHEST) - Fraction((HIGHEST - LOWEST) * (place - 1), of - 1)
        if of > 1
        else Fraction(HIGHEST)
    )


def in_figures(points: Fraction, way: Way = POINTS) -> str:
    """`7.45`, `8.0`: a result as it is shown, to two decimals, half up; at least one decimal.

    Of votes it is their share: `75.0 %`.
    """
    if way == VOTED:
        per_mille = (points * 2000 + 1) // 2
        return f"{per_mille // 10}.{per_mille % 10} %"
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
    votes = found.way == VOTED
    return Panel(found, len(room.shortlist), room.judges, len(people.active() if votes else room.judges))


def ballot(actor: Actor, category: int, *, today: date) -> Ballot:
    """What a judge has to judge, with their own points; with the others' once they have finished."""
    found = judged(category)
    mine = 0 if found.way == VOTED else own_seat(actor, found).id
    room = _room(found, today, voter=actor.id if found.way == VOTED else None)
    facts = next(one for one in room.judges if one.id == mine or (not mine and one.person == actor.id))
    shows_others = found.way != VOTED and facts.finished_at is not None and not is_decided(category)
    nominees = []
    for one in room.shortlist:
        why = room.recused.get((one.nomination, facts.person))
        marks = room.marks(one.nomination)
        nominees.append(
            Nominee(
                one,
                why,
                next((each for each in marks if each.judge == facts.id), None),
                tuple(each for each in marks if each.judge != facts.id) if shows_others and not why else (),
            )
        )
    nominees.sort(key=lambda one: drawn(facts.id or facts.person, one.listed.nomination))
    return Ballot(facts, found, tuple(nominees))


def seats_of(actor: Actor, season: int) -> list[int]:
    """The categories of a season that somebody judges or votes in, in the season's order."""
    appointed = Judge.select(Judge.category).where(Judge.person == actor.id)
    query = Category.select(Category.id).where(
        Category.season == season, Category.id.in_(appointed) | (Category.metric == VOTED)
    )
    return [category for (category,) in query.order_by(Category.place, Category.id).tuples()]


def all_marks(category: int, *, today: date) -> dict[int, list[Marks]]:
    """What every judge gave every shortlisted nominee, by nomination, and whether it counts on a day.

    For deciding only: what a judge may see is in their ballot.
    """
    found = judged(category)
    room = _room(found, today)
    return {one.nomination: room.marks(one.nomination) for one in room.shortlist}


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


def _places(category: int) -> dict[int, dict[int, int]]:
    """All places given in a category by nomination, by judge; a vote is a first place."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    query = (
        Preference.select(Preference.judge, Preference.nomination, Preference.place)
        .join(Judge)
        .where(Judge.category == category)
    )
    for judge, nomination, place in query.tuples():
        found[judge][nomination] = place
    return found


class _Room(NamedTuple):
    """Everything of the judging of a category, read once."""

    category: CategoryFacts
    shortlist: list[Listed]
    judges: tuple[JudgeFacts, ...]
    points: Mapping[tuple[int, int], Mapping[int, int]]
    """By nomination and judge."""
    places: Mapping[int, Mapping[int, int]]
    """By judge and nomination."""
    recused: Recusals

    def marks(self, nomination: int) -> list[Marks]:
        """What the judges gave a nominee, those who gave something."""
        return [self._marks(seat, nomination) for seat in self.judges if self._gave(seat, nomination)]

    def _gave(self, seat: JudgeFacts, nomination: int) -> bool:
        if self.category.way == POINTS:
            return (nomination, seat.id) in self.points
        own = self.places.get(seat.id, {})
        return nomination in own if self.category.way == RANKED else bool(own)

    def _marks(self, seat: JudgeFacts, nomination: int) -> Marks:
        stray = self.recused.get((nomination, seat.person))
        if stray is None and seat.abstained is not None:
            stray = "abstains"
        if stray is None and seat.finished_at is None:
            stray = "has not finished"
        points = self.points.get((nomination, seat.id), {})
        place = self.places.get(seat.id, {}).get(nomination)
        return Marks(seat.id, seat.name, points, place, self._value(seat, nomination), stray)

    def _value(self, seat: JudgeFacts, nomination: int) -> Fraction | None:
        own = self.places.get(seat.id, {})
        if self.category.way == POINTS:
            return weighted(self.points[nomination, seat.id], self.category.criteria)
        if self.category.way == VOTED:
            return Fraction(nomination in own)
        # Whom they may not judge any more leaves no gap in their order.
        order = [one for one in sorted(own, key=own.__getitem__) if (one, seat.person) not in self.recused]
        return worth(1 + order.index(nomination), seat.of) if nomination in order else None


def _room(category: CategoryFacts, today: date, voter: int | None = None) -> _Room:
    """What a category's judges gave; with the seat of a `voter`, also where they have not voted yet."""
    query = Judge.select(Judge, Person).join(Person).where(Judge.category == category.id)
    seats = [(row.id, row.person, row.abstained, row.finished_at) for row in query.order_by(Person.name)]
    if voter is not None and voter not in {person.id for _, person, *_ in seats}:
        seats.append((0, Person.get_by_id(voter), None, None))
    listed = shortlist(category.id)
    points, places = _points(category.id), _places(category.id)
    recused = _recused(category, {person.id for _, person, *_ in seats}, today)
    found = []
    for seat, person, abstained, finished_at in seats:
        own = [one.nomination for one in listed if (one.nomination, person.id) not in recused]
        found.append(
            JudgeFacts(
                seat,
                person.id,
                person.name,
                person.handle,
                _scored(category, seat, own, points, places),
                1 if category.way == VOTED else len(own),
                len(listed) - len(own),
                abstained,
                finished_at,
            )
        )
    return _Room(category, listed, tuple(found), points, places, recused)


def _scored(
    category: CategoryFacts,
    seat: int,
    own: Collection[int],
    points: Mapping[tuple[int, int], Mapping[int, int]],
    places: Mapping[int, Mapping[int, int]],
) -> int:
    """Of the nominees one may judge, how many one is done with."""
    if category.way != POINTS:
        return sum(nomination in places.get(seat, {}) for nomination in own)
    asked = {one.id for one in category.criteria}
    return sum(points.get((nomination, seat), {}).keys() >= asked for nomination in own)


def _recused(category: CategoryFacts, judges: Collection[int], today: date) -> Recusals:
    whose = own_nominations if category.way == VOTED else recusals
    return whose(category.id, judges, today=today)


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
        if found.way == VOTED:
            raise Refused(f"everybody has a vote in {found.name}: nobody is appointed")
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
    with _sitting(actor, "judged", row.category_id, now, POINTS) as (seat, found, today):
        _refuse_nominee(actor, row, found, today)
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
def rank(actor: Actor, category: int, order: Sequence[int], *, now: datetime) -> None:
    """Put shortlisted nominees in one's order, the best first, in place of the order one gave before.

    Refused: as points are; a nominee twice.
    """
    with _sitting(actor, "ranked", category, now, RANKED) as (seat, found, today):
        if len(set(order)) < len(order):
            raise Refused("a nominee stands in that order twice")
        for nomination in order:
            row = by_id(Nomination, nomination)
            if row is None or row.category_id != category:
                raise NotFound(f"there is no nomination {nomination} in {found.name}")
            _refuse_nominee(actor, row, found, today)
        before = list(Preference.select().where(Preference.judge == seat).order_by(Preference.place))
        if [row.nomination_id for row in before] == list(order):
            return
        with ledger.entry(actor, "ranked", seat, now=now, note=found.name) as entry:
            for row in before:
                entry.delete(row)
            entry.insert_many(
                Preference,
                [
                    {"judge": seat, "nomination": nomination, "place": place}
                    for place, nomination in enumerate(order, 1)
                ],
            )


@writes("judge")
def vote(actor: Actor, nomination: int, *, now: datetime) -> None:
    """Give one's one vote in a category to a nominee, in place of whom one voted for before.

    Nobody sees for whom. Refused: outside the time for judging, for oneself or one's own team.
    """
    row = by_id(Nomination, nomination)
    if row is None:
        raise NotFound(f"there is no nomination {nomination}")
    with _judging(actor, "voted", row.category_id, now, (VOTED,)) as (found, today):
        _refuse_nominee(actor, row, found, today)
        seat = Judge.get_or_none(category=found.id, person=actor.id)
        before = Preference.get_or_none(judge=seat) if seat is not None else None
        if before is not None and before.nomination_id == row.id:
            return
        with ledger.entry(actor, "voted", now=now, note=found.name) as entry:
            if seat is None:
                seat = entry.insert(Judge, category=found.id, person=actor.id, finished_at=now)
            if before is not None:
                entry.delete(before)
            entry.insert(Preference, judge=seat, nomination=row, place=1)


def _refuse_nominee(actor: Actor, row: Nomination, found: CategoryFacts, today: date) -> None:
    if Nomination.get_by_id(row.id).status != SHORTLISTED:
        raise Refused("only shortlisted nominees are judged: a lead screens the nomination first")
    assert actor.id is not None
    why = _recused(found, {actor.id}, today).get((row.id, actor.id))
    if why is not None:
        raise NotAllowed(f"{actor.name} {why}, and may not judge this nominee")


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
            how = "have no place yet" if found.way == RANKED else "are not judged by every criterion yet"
            raise Refused(f"{left} of {facts.of} nominees {how}: judge them first")
        with ledger.entry(actor, FINISHED, seat, now=now, note=found.name) as entry:
            entry.update(seat, finished_at=now)


@contextmanager
def _judging(
    actor: Actor, verb: str, category: int, now: datetime, ways: Collection[Way]
) -> Iterator[tuple[CategoryFacts, date]]:
    """One act of whoever judges or votes, inside the transaction; refused where it is not done that way."""
    with ledger.batch(actor, verb, now=now, several=False):
        today = company.facts().today(now)
        found = judged(category)
        if found.way not in ways:
            raise Refused(f"{found.name} is {categories.HOW[found.way]}")
        if found.way != VOTED:
            own_seat(actor, found)
        require(actor, "judge", today=today, owner=actor.id)
        seasons.require_phase(seasons.season(found.season), today, "judge", what="judging")
        _refuse_decided(found)
        yield found, today


@contextmanager
def _sitting(
    actor: Actor, verb: str, category: int, now: datetime, *ways: Way
) -> Iterator[tuple[Judge, CategoryFacts, date]]:
    """One act of an appointed judge; refused where they may not judge any more."""
    with _judging(actor, verb, category, now, ways or (POINTS, RANKED)) as (found, today):
        seat = own_seat(actor, found)
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
