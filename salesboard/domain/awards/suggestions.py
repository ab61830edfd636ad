"""Nominations that the year suggests: milestones reached, records, clients who came to stay, improvement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from salesboard.domain import (
    company,
    dates,
    gains,
    people,
    recognition,
    record_book,
    record_news,
    records,
    relations,
)
from salesboard.domain.awards import categories, evidence, nominations, seasons
from salesboard.domain.awards.categories import BEST_IMPROVEMENT, CategoryFacts
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.gains import Scope
from salesboard.domain.permissions import require, writes
from salesboard.domain.records import Record
from salesboard.domain.text import counted
from salesboard.errors import NotFound, Refused
from salesboard.storage import database as storage
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Person

Kind = Literal["milestone", "record", "client kept up", "advocates", "most improved"]
FITTING: dict[Kind, tuple[str, ...]] = {
    "milestone": ("abovebeyond", "aboveandbeyond", "rookie"),
    "record": ("recordbreaker",),
    "client kept up": ("promisekeeper", "advocatemaker"),
    "advocates": ("advocatemaker",),
    "most improved": ("rookie", "abovebeyond", "aboveandbeyond"),
}
"""Names of categories in which it is drafted, if the season has one of them."""
MOST_RECORDS = 6
"""So many of the records of one nominee are drafted as evidence, the longest periods first."""
_LONGEST_FIRST: tuple[records.Period, ...] = ("year", "quarter", "month", "week", "day", "sale", "streak")
MOST_IMPROVED = 5
"""So many of those who improved are named."""
LONG_YEARS = 1
"""A client is kept up who has been one for a year, and bought in the award year."""


@dataclass(frozen=True)
class Suggestion:
    """Somebody who could be nominated, and the facts for it."""

    key: str
    """The same for the same suggestion, whenever it is asked for."""
    kind: Kind
    person: int | None
    team: int | None
    name: str
    words: str
    on: date | None
    facts: tuple[str, ...]


def suggestions(season: SeasonFacts, *, today: date) -> list[Suggestion]:
    """What the award year suggests so far, by kind, the newest first of each.

    Every milestone that was reached in the award year is there once; the records of one nominee are one
    suggestion. Nothing of it nominates anybody.
    """
    last = min(season.end_on, today)
    if last < season.start_on:
        return []
    with storage.snapshot():
        names = dict(Person.select(Person.id, Person.name).tuples())
        teams = {one.id: one.name for one in people.tree()}
        return [
            *_milestones(season, last, names),
            *_records(season, last, names, teams, today),
            *_clients(season, last, names),
            *_advocates(season, last, names),
            *_improved(season, last, names),
        ]


def _milestones(season: SeasonFacts, last: date, names: dict[int, str]) -> Iterator[Suggestion]:
    reached = [
        one for one in recognition.achievements(today=last, since=season.start_on) if one.kind == "milestone"
    ]
    for one in reversed(reached):
        yield Suggestion(
            one.fact,
            "milestone",
            one.person,
            None,
            names[one.person],
            f"reached {one.what}",
            one.on,
            (one.fact,),
        )


def _records(
    season: SeasonFacts, last: date, names: dict[int, str], teams: dict[int, str], today: date
) -> Iterator[Suggestion]:
    """The records of people and teams that fell in the award year, those of one nominee together."""
    fell: dict[Scope, list[tuple[Record, records.Moment]]] = defaultdict(list)
    for one in record_book.book(today=today):
        # The first period of all is no record that somebody broke.
        newest = one.moments[-1] if len(one.moments) > 1 else None
        is_somebodys = one.scope != gains.COMPANY_SCOPE
        if is_somebodys and one.product is None and newest and season.start_on <= newest.on <= last:
            fell[one.scope].append((one, newest))
    currency = company.facts().currency
    found = []
    for scope, own in fell.items():
        own.sort(key=lambda pair: _weight(pair[0]))
        best, moment = own[0]
        value = record_news.value_in_words(best.key, moment.value, currency, {})
        number = "an own record" if len(own) == 1 else f"{len(own)} own records"
        found.append(
            Suggestion(
                f"records:{records.scope_key(scope)}",
                "record",
                scope.person,
                scope.team,
                names[scope.person] if scope.person is not None else teams[scope.team or 0],
                f"broke {number}, best {best.period}: {value}",
                max(moment.on for _, moment in own),
                tuple(evidence.record_key(one, moment.period_start) for one, moment in own[:MOST_RECORDS]),
            )
        )
    yield from sorted(found, key=lambda one: (one.on or date.min, one.key), reverse=True)


def _weight(record: Record) -> tuple[int, int]:
    return _LONGEST_FIRST.index(record.period), records.METRICS.index(record.metric)


def _clients(season: SeasonFacts, last: date, names: dict[int, str]) -> Iterator[Suggestion]:
    """Accounts that have been clients for years, bought in the award year, and are owed no thanks."""
    owed = {one.account for one in relations.thanks_owed(today=last)}
    kept: dict[int, list[relations.Relation]] = defaultdict(list)
    for one in relations.relations(today=last):
        of_years = dates.anniversary(one.since, one.since.year + LONG_YEARS) <= last
        if of_years and one.last_sale_on >= season.start_on and one.account not in owed:
            kept[one.owner_id].append(one)
    for owner, own in sorted(kept.items(), key=lambda pair: (-len(pair[1]), names[pair[0]])):
        own.sort(key=lambda one: (one.since, one.name))
        named = ", ".join(one.name for one in own[:3]) + (f" and {len(own) - 3} more" if len(own) > 3 else "")
        yield Suggestion(
            f"clients:{owner}",
            "client kept up",
            owner,
            None,
            names[owner],
            f"kept up with {counted(len(own), 'client')} of years: {named}",
            None,
            tuple(f"account:{one.account}" for one in own[: evidence.MOST]),
        )


def _advocates(season: SeasonFacts, last: date, names: dict[int, str]) -> Iterator[Suggestion]:
    won = gains.gains_until(last, "advocates", since=season.start_on)
    for person, name in sorted(names.items(), key=lambda pair: pair[1]):
        own = won.of(Scope(person=person), season.start_on, last)
        if own:
            yield Suggestion(
                f"advocates:{person}",
                "advocates",
                person,
                None,
                name,
                f"brought {counted(len(own), 'advocate')}",
                own[-1].on,
                tuple(f"deal:{one.subject}" for one in own[-evidence.MOST :]),
            )


def _improved(season: SeasonFacts, last: date, names: dict[int, str]) -> Iterator[Suggestion]:
    computed = CategoryFacts(
        0,
        season.id,
        0,
        "",
        None,
        categories.COMPUTED,
        BEST_IMPROVEMENT,
        categories.POINTS,
        False,
        1,
        1,
        1,
        0,
        True,
        (),
    )
    best = [one for one in categories.ranking(computed, today=last) if one.place and one.value > 0]
    best = best[:MOST_IMPROVED]
    behind = categories.rows_behind_all(computed, [(one.person, None) for one in best], today=last)
    for one, sales in zip(best, behind, strict=True):
        largest = sorted(sales, key=lambda row: (-row.amount, row.deal))[:3]
        yield Suggestion(
            f"improved:{one.person}",
            "most improved",
            one.person,
            None,
            one.name,
            f"{one.shown} revenue against the year before",
            None,
            tuple(f"deal:{row.deal}" for row in largest),
        )


def fitting(one: Suggestion, found: Sequence[CategoryFacts]) -> CategoryFacts | None:
    """The category of a season in which a suggestion is drafted: the one made for it, else the first."""
    able = [each for each in found if each.is_judged and each.of_teams == (one.team is not None)]
    for wanted in FITTING[one.kind]:
        for each in able:
            if _key(each.name) == wanted:
                return each
    return able[0] if able else None


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def find(key: str, season: SeasonFacts, *, today: date) -> Suggestion:
    """A suggestion by its key. Refused: the year does not suggest it (any more)."""
    for one in suggestions(season, today=today):
        if one.key == key:
            return one
    raise NotFound(f"the year does not suggest {key!r}; 'salesboard awards suggest' lists what it does")


@writes("nominate")
def draft(actor: Actor, season: int, key: str, *, now: datetime, category: int | None = None) -> int:
    """Make a suggestion a draft of one's own, with its facts, and hand back one's voice; it is not submitted.

    Refused: what the year does not suggest, a season without a category for it, and what nominating refuses.
    """
    today = company.facts().today(now)
    require(actor, "nominate", today=today)
    found = seasons.season(season)
    one = find(key, found, today=today)
    if category is None:
        fits = fitting(one, categories.categories(season))
        if fits is None:
            whom = "teams" if one.team is not None else "people"
            raise Refused(f"{found.name} has no judged category for {whom}; add one first")
        category = fits.id
    return nominations.draft_nomination(
        actor,
        category,
        now=now,
        person=one.person,
        team=one.team,
        reason=f"{one.name} {one.words}.",
        evidence=one.facts,
    )
