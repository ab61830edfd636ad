"""Deciding: the result of a category, how a tie is broken, the winners, and the sealed envelope."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from statistics import median
from typing import Literal

from salesboard.domain import company, text
from salesboard.domain.awards import categories, evidence, judging, recusals, seasons
from salesboard.domain.awards.categories import VOTED, CategoryFacts
from salesboard.domain.awards.judging import Marks
from salesboard.domain.awards.nominations import ASKED, WAITING
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import may, require, writes
from salesboard.errors import Conflict, NotAllowed, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Award,
    Envelope,
    Judge,
    NightPage,
    Nomination,
    Person,
    Slot,
    Team,
)

State = Literal["open", "decided", "sealed", "announced"]
BrokenBy = Literal["higher median", "more first places", "the chair"]
PAGES_EACH = 4
"""Pages of the night for each category: its name, its nominees, the pause, the winner."""
LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True)
class Line:
    """A nominee in the result of a category."""

    place: int | None
    """The same for those who are level; None for whom the result does not count."""
    nomination: int | None
    """None in a computed category."""
    person: int | None
    team: int | None
    name: str
    result: Fraction | None
    """Points to 10, or what is computed."""
    shown: str
    """The result in figures."""
    median: Fraction | None
    firsts: int
    """Judges who gave nobody more."""
    counted: int
    """Judges whose points are in the result, or votes."""
    marks: tuple[Marks, ...]
    """What each judge gave; not of a vote, of which nobody sees whose it was."""
    why_not: str | None
    """Why there is no place."""

    @property
    def key(self) -> str:
        """Who it is, as one writes it: `person:7`, `team:3`."""
        return nominee_key(self.person, self.team)


@dataclass(frozen=True)
class Table:
    """The result of a category, best first, with what is still in the way of deciding."""

    category: CategoryFacts
    lines: tuple[Line, ...]
    in_the_way: tuple[str, ...]

    @property
    def winning(self) -> tuple[Line, ...]:
        """Who wins by the result alone, without those of whom the chair has to choose."""
        level = {one.key for one in self.level}
        placed = [one for one in self.lines if one.place is not None and one.key not in level]
        return tuple(one for one in placed if (one.place or 0) <= self.category.winners)

    @property
    def left(self) -> int:
        """So many awards for the chair to give among those who are level."""
        return self.category.winners - len(self.winning) if self.level else 0

    @property
    def level(self) -> tuple[Line, ...]:
        """Those who are level in everything, and are more than there are awards left for."""
        for one in self.lines:
            same = tuple(other for other in self.lines if one.place and other.place == one.place)
            if one.place and one.place <= self.category.winners < one.place + len(same) - 1:
                return same
        return ()


@dataclass(frozen=True)
class Winner:
    """Who was decided to win, and how."""

    place: int
    person: int | None
    team: int | None
    name: str
    shown: str
    broken_by: str | None
    """How a tie was broken, if there was one."""
    reason: str | None
    """The chair's."""


@dataclass(frozen=True)
class Decision:
    """A category as far as somebody may know how it was decided."""

    category: CategoryFacts
    state: State
    winners: tuple[Winner, ...]
    """Empty where whoever asks may only know that it is decided."""
    hash: str | None
    """Of what is in the envelope; for those who may know the winners, since one could try out who it is."""
    seq: int | None
    """The end of the ledger when it was sealed."""
    sealed_at: datetime | None
    holds: bool
    """Whether what is decided is still what was sealed."""
    basis: tuple[str, ...]
    """What has changed since beneath an award that stays; for those who may know the winners."""


def nominee_key(person: int | None, team: int | None) -> str:
    """`person:7`, `team:3`."""
    return f"person:{person}" if person is not None else f"team:{team}"


# --- the result ---------------------------------------------------------------------------------------------


def table(actor: Actor, category: int, *, today: date) -> Table:
    """The result of a category as it stands, for those who decide. Refused: to all others, and too early.

    The mean of the weighted points over the judges that count, never their sum; a computed one is its
    ranking. Level results are parted by the higher median, then by more first places.
    """
    found = categories.category(category)
    season = seasons.season(found.season)
    _require_chair(actor, found, season, today)
    if found.is_judged and today <= season.judge_until and not judging.panel(category, today=today).is_done:
        if found.way == VOTED:
            raise Refused(
                f"votes are cast in {found.name} until {season.judge_until}; nobody sees them before"
            )
        raise Refused(f"{found.name} is still judged; nobody sees the points before all have finished")
    return result(found, today=today)


def result(found: CategoryFacts, *, today: date) -> Table:
    """The result of a category, whoever asks: only for deciding, and for what is public."""
    lines = _judged(found, today) if found.is_judged else _computed(found, today)
    return Table(found, tuple(lines), tuple(_in_the_way(found, lines, today)))


def _judged(found: CategoryFacts, today: date) -> list[Line]:
    marks = judging.all_marks(found.id, today=today)
    best: dict[int, Fraction] = {}
    for one in (each for own in marks.values() for each in own if each.counts):
        assert one.weighted is not None
        best[one.judge] = max(one.weighted, best.get(one.judge, one.weighted))
    lines = []
    for listed in judging.shortlist(found.id):
        own = [one for one in marks[listed.nomination] if one.counts]
        given = [one.weighted for one in own if one.weighted is not None]
        mean = sum(given, Fraction()) / len(given) if given else None
        enough = len(given) >= found.quorum
        lines.append(
            Line(
                None,
                listed.nomination,
                listed.person,
                listed.team,
                listed.name,
                mean,
                judging.in_figures(mean, found.way) if mean is not None else "–",
                median(given) if given else None,
                sum(one.weighted == best[one.judge] for one in own),
                len(given),
                () if found.way == VOTED else tuple(marks[listed.nomination]),
                None if enough else f"{len(given)} of {found.quorum} {_those(found)} needed",
            )
        )
    return _placed(lines)


def _those(found: CategoryFacts) -> str:
    return "votes" if found.way == VOTED else "judges"


def _placed(lines: Sequence[Line]) -> list[Line]:
    def standing(one: Line) -> tuple[Fraction, Fraction, int]:
        return one.result or Fraction(), one.median or Fraction(), one.firsts

    able = sorted((one for one in lines if one.why_not is None), key=lambda one: one.name)
    able.sort(key=standing, reverse=True)
    order = [standing(one) for one in able]
    placed = [replace(one, place=1 + order.index(standing(one))) for one in able]
    return [*placed, *(one for one in lines if one.why_not is not None)]


def _computed(found: CategoryFacts, today: date) -> list[Line]:
    return [
        Line(
            one.place,
            None,
            one.person,
            one.team,
            one.name,
            Fraction(one.value),
            one.shown,
            None,
            0,
            0,
            (),
            one.why_not,
        )
        for one in categories.ranking(found, today=today)
    ]


def _in_the_way(found: CategoryFacts, lines: Sequence[Line], today: date) -> Iterator[str]:
    """What has to be done before the category can be decided."""
    if not found.is_judged:
        if not any(one.place for one in lines):
            yield f"nobody can win {found.name}: the award year brought nothing that counts"
        return
    waiting = Nomination.select().where(
        Nomination.category == found.id, Nomination.status.in_((WAITING, ASKED))
    )
    if count := waiting.count():
        yield f"{text.counted(count, 'nomination is', 'nominations are')} not screened yet"
    if not lines:
        yield f"nobody is shortlisted in {found.name}"
    for one in lines:
        if one.why_not is not None:
            yield f"{one.name}: {one.why_not}"
    for flag in evidence.flags(found.id, today=today):
        yield f"{flag}; clear it with a reason first"


# --- deciding -----------------------------------------------------------------------------------------------


@writes("decide award")
def decide(
    actor: Actor,
    category: int,
    *,
    now: datetime,
    chosen: Sequence[str] = (),
    reason: str | None = None,
    anew: bool = False,
    seen: Sequence[str] | None = None,
) -> None:
    """Keep who wins a category, by its result; `anew`, in place of what was decided before.

    `seen` holds the winners that the actor saw decided, in order: other ones since are a Conflict.

    Of those who are level in everything the chair chooses, `chosen` as `person:7` or `team:3`, with a written
    reason. Refused: where one is nominated, while something is not screened or changed evidence is not
    cleared, without a quorum, against the result, and once it is sealed, or decided by somebody else.
    """
    with _chairing(actor, "decided", category, now) as (found, today):
        season = seasons.season(found.season)
        seasons.require_phase(season, today, "decide", "night", what="deciding")
        if Envelope.get_or_none(category=category):
            raise Refused(f"{found.name} is sealed; unseal it first")
        before = _awards(category)
        if before and not anew:
            who = ledger.name_of(before[0].author_id)
            raise Refused(f"{who} has decided {found.name} already; decide it anew, or leave it")
        if seen is not None and [nominee_key(row.person_id, row.team_id) for row in before] != list(seen):
            raise _decided_meanwhile(found, before)
        stands = result(found, today=today)
        if stands.in_the_way:
            raise Refused("; ".join(stands.in_the_way[:3]))
        winners = _winners(stands, chosen)
        why = None
        if stands.level:
            why = text.clean(reason or "", field="The chair's reason", limit=LONGEST)
        with ledger.entry(actor, "decided", now=now, note=found.name) as entry:
            for row in before:
                entry.delete(row)
            for place, one in enumerate(winners, 1):
                by_chair = one in stands.level
                entry.insert(
                    Award,
                    category=category,
                    place=place,
                    person=one.person,
                    team=one.team,
                    result=str(one.result),
                    broken_by="the chair" if by_chair else _broken_by(one, stands),
                    reason=why if by_chair else None,
                    author=actor.id,
                    at=now,
                )
            _forget_citation(entry, category, before, winners)


def _decided_meanwhile(found: CategoryFacts, now_decided: Sequence[Award]) -> Conflict:
    if not now_decided:
        return Conflict(f"{found.name} is not decided any more; nothing was saved: look again, then decide")
    who = ledger.name_of(now_decided[0].author_id)
    return Conflict(f"{who} decided {found.name} anew meanwhile; nothing was saved: look again, then decide")


def _forget_citation(
    entry: ledger.Entry, category: int, before: Sequence[Award], winners: Sequence[Line]
) -> None:
    """What is said of winners who are others now is written anew."""
    slot = Slot.get_or_none(category=category)
    were = [nominee_key(row.person_id, row.team_id) for row in before]
    if slot is not None and were != [one.key for one in winners]:
        entry.update(slot, citation="")


def _winners(stands: Table, chosen: Sequence[str]) -> list[Line]:
    level = {one.key: one for one in stands.level}
    names = ", ".join(one.name for one in stands.level)
    strangers = [key for key in chosen if key not in level]
    if strangers and not level:
        raise Refused("nobody is level: the result decides, and there is nothing to choose")
    if strangers:
        raise Refused(f"only those who are level can be chosen: {names}")
    if level and len(set(chosen)) != stands.left:
        many = "one" if stands.left == 1 else str(stands.left)
        raise Refused(f"{names} are level in everything: choose {many} of them, and say why")
    return [*stands.winning, *(level[key] for key in dict.fromkeys(chosen))]


def _broken_by(winner: Line, stands: Table) -> BrokenBy | None:
    """What put a winner before the next one with the same result, if there is one."""
    behind = [
        one
        for one in stands.lines
        if one.result == winner.result and one.place is not None and one.place > (winner.place or 0)
    ]
    if not behind:
        return None
    return "higher median" if behind[0].median != winner.median else "more first places"


@writes("decide award")
def seal(actor: Actor, category: int, *, now: datetime) -> str:
    """Seal what was decided in a category and hand back its hash; others see only that it is decided.

    Refused: what is not decided, and what is sealed already.
    """
    with _chairing(actor, "sealed", category, now) as (found, _):
        if not judging.is_decided(category):
            raise Refused(f"{found.name} is not decided yet")
        if Envelope.get_or_none(category=category):
            raise Refused(f"{found.name} is sealed already")
        digest = hash_of(found)
        with ledger.entry(actor, "sealed", now=now, note=found.name) as entry:
            entry.insert(
                Envelope, category=category, hash=digest, seq=ledger.end()[0], author=actor.id, at=now
            )
    return digest


@writes("decide award")
def unseal(actor: Actor, category: int, reason: str, *, now: datetime) -> None:
    """Open an envelope before the night, and keep why. Refused: what is not sealed, and without a reason."""
    with _chairing(actor, "unsealed", category, now) as (found, _):
        row = Envelope.get_or_none(category=category)
        if row is None:
            raise Refused(f"{found.name} is not sealed")
        why = text.clean(reason, field="The reason", limit=LONGEST)
        with ledger.entry(actor, "unsealed", now=now, note=f"{found.name}: {why}") as entry:
            entry.delete(row)


@contextmanager
def _chairing(actor: Actor, verb: str, category: int, now: datetime) -> Iterator[tuple[CategoryFacts, date]]:
    """One act of the chair, inside the transaction; refused once the night has begun."""
    with ledger.batch(actor, verb, now=now, several=False):
        today = company.facts().today(now)
        found = categories.category(category)
        season = seasons.season(found.season)
        require(actor, "decide award", today=today, owner=season.host)
        _require_chair(actor, found, season, today)
        if season.closed_at is not None:
            raise Refused(f"{season.name} is over and kept as it was; add a note to it instead")
        if NightPage.get_or_none(season=season.id):
            raise Refused(f"{season.name} has begun: what is decided stays")
        yield found, today


def _require_chair(actor: Actor, found: CategoryFacts, season: SeasonFacts, today: date) -> None:
    """Refuse who may not decide, and who would decide on themselves."""
    require(actor, "decide award", today=today, owner=season.host)
    if actor.id in _candidates(found, today):
        raise NotAllowed(
            f"{actor.name} is nominated in {found.name}: nobody decides on themselves; "
            "ask a manager or an admin"
        )
    seat = Judge.get_or_none(category=found.id, person=actor.id)
    if (
        seat is not None
        and seat.finished_at is None
        and seat.abstained is None
        and today <= season.judge_until
    ):
        raise NotAllowed(f"{actor.name} judges {found.name}, and sees the points after having finished")


def _candidates(found: CategoryFacts, today: date) -> set[int]:
    """The people whom a decision is about: all on the shortlist, or the first ones of a ranking."""
    if found.is_judged:
        return recusals.nominees(found.id, today=today)
    ahead = [one for one in _computed(found, today) if one.place and one.place <= found.winners]
    return {person for one in ahead for person in recusals.honoured(one.person, one.team, today)}


# --- what is decided ----------------------------------------------------------------------------------------


def decisions(actor: Actor, season: int, *, today: date) -> list[Decision]:
    """How far every category of a season is; with its winners for those who may know them by now."""
    facts = seasons.season(season)
    known = announced(facts)
    return [_decision(actor, one, facts, known, today) for one in categories.categories(season)]


def decision(actor: Actor, category: int, *, today: date) -> Decision:
    """How far one category is."""
    found = categories.category(category)
    facts = seasons.season(found.season)
    return _decision(actor, found, facts, announced(facts), today)


def _decision(
    actor: Actor, found: CategoryFacts, season: SeasonFacts, known: Collection[int], today: date
) -> Decision:
    sealed = Envelope.get_or_none(category=found.id)
    decided = judging.is_decided(found.id)
    shows = decided and (found.id in known or is_chair(actor, found, season, today=today))
    return Decision(
        found,
        "announced" if found.id in known else "sealed" if sealed else "decided" if decided else "open",
        tuple(winners(found)) if shows else (),
        sealed.hash if sealed and shows else None,
        sealed.seq if sealed else None,
        sealed.at if sealed else None,
        sealed is None or sealed.hash == hash_of(found),
        tuple(basis(found, today=today)) if shows else (),
    )


def is_chair(actor: Actor, found: CategoryFacts, season: SeasonFacts, *, today: date) -> bool:
    """Whether somebody may know the winners of a category before they are announced."""
    try:
        _require_chair(actor, found, season, today)
    except NotAllowed:
        return False
    return True


def hosts(actor: Actor, season: SeasonFacts, *, today: date) -> bool:
    """Whether somebody leads through the night and its programme."""
    return may(actor, "host night", today=today, owner=season.host)


def winners(found: CategoryFacts) -> list[Winner]:
    """Who was decided to win a category, in order; not for everybody before the night."""
    people = dict(Person.select(Person.id, Person.name).tuples())
    teams = dict(Team.select(Team.id, Team.name).tuples())
    return [
        Winner(
            row.place,
            row.person_id,
            row.team_id,
            people[row.person_id] if row.person_id is not None else teams[row.team_id],
            in_figures(found, row.result),
            row.broken_by,
            row.reason,
        )
        for row in _awards(found.id)
    ]


def in_figures(found: CategoryFacts, kept: str) -> str:
    """A result as it is kept, as it is shown: points to 10, or what is computed."""
    value = Fraction(kept)
    if found.metric is None:
        return judging.in_figures(value, found.way)
    return categories.in_figures(found.metric, int(value), company.facts().currency)


def hash_of(found: CategoryFacts) -> str:
    """SHA-256 of what was decided, in canonical JSON: who wins, with what, and how a tie was broken."""
    contents = {
        "category": found.id,
        "name": found.name,
        "winners": [
            {
                "place": row.place,
                "who": nominee_key(row.person_id, row.team_id),
                "result": row.result,
                "broken_by": row.broken_by,
                "reason": row.reason,
            }
            for row in _awards(found.id)
        ],
    }
    return hashlib.sha256(ledger.canonical(contents).encode()).hexdigest()


def _awards(category: int) -> list[Award]:
    return list(Award.select().where(Award.category == category).order_by(Award.place))


def announced(season: SeasonFacts) -> set[int]:
    """The categories of a season whose winners everybody knows: shown in the night, or the night is over."""
    slots = [slot.category_id for slot in slots_of(season.id)]
    if season.closed_at is not None:
        return set(slots)
    row = NightPage.get_or_none(season=season.id)
    return set(slots[: row.page // PAGES_EACH]) if row is not None else set()


def slots_of(season: int) -> list[Slot]:
    """The places in the programme of a season, in order."""
    own = [one.id for one in categories.categories(season)]
    return list(Slot.select().where(Slot.category.in_(own)).order_by(Slot.place, Slot.id))


def basis(found: CategoryFacts, *, today: date) -> Iterator[str]:
    """What has changed since beneath an award that was decided: evidence, or what is computed."""
    if found.is_judged:
        winning = {nominee_key(row.person_id, row.team_id) for row in _awards(found.id)}
        for one in judging.shortlist(found.id):
            if nominee_key(one.person, one.team) in winning:
                yield from (check.in_words() for check in evidence.changed(one.nomination, today=today))
        return
    stands = {one.key: one for one in _computed(found, today)}
    for row in _awards(found.id):
        line = stands.get(nominee_key(row.person_id, row.team_id))
        before = in_figures(found, row.result)
        if line is None or line.result != Fraction(row.result):
            yield f"the result was {before} and is {line.shown if line else 'nothing'} now"
