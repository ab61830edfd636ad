"""Saying well done: kudos tied to what happened, what nobody has said a word about, whom a team forgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from peewee import JOIN

from salesboard import clock
from salesboard.domain import company, goals, people, permissions, record_book, records, standings
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.permissions import LEADING, require, writes
from salesboard.domain.pipeline import WON
from salesboard.domain.text import clean
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, Kudos, Milestone, Person, Reached, Thanks
from salesboard.storage.prepared import by_id

Kind = Literal["kudos", "milestone", "sale"]
LOOKED_BACK = timedelta(days=90)
"""Of what was achieved longer ago nobody asks any more whether somebody said something."""
SILENCE = timedelta(days=7)
"""After so long without a word it is time that somebody says one."""
FED = timedelta(days=30)
"""So far back the feed goes, unless more is asked for."""
LONGEST = 500
"""Characters of kudos."""
DEAL, MILESTONE, RECORD = "deal", "milestone", "record"
HOW_TO_NAME = "name it as deal:60074, milestone:33305 or record:month:revenue:company:2017-06-01"


@dataclass(frozen=True)
class Fact:
    """Something that happened, which kudos can be for."""

    key: str
    """`deal:60074`, `milestone:33305`, `record:month:revenue:company:2017-06-01`."""
    what: str
    """In words."""
    person: int | None
    """Whose it is; None where it is nobody's in particular."""


@dataclass(frozen=True)
class Achievement:
    """A sale, or a milestone that was reached, and whether anybody said something about it."""

    fact: str
    kind: Kind
    on: date
    person: int
    """Whose it is; a milestone of a team or the company is theirs whose sale crossed it."""
    what: str
    amount_minor: int | None
    """Of a sale, in minor units."""
    days: int
    """How long ago."""
    said: bool
    """Whether it was acknowledged: by kudos for it, a sale also by thanking the account since."""

    @property
    def overdue(self) -> bool:
        """Whether nobody has said a word for a week."""
        return not self.said and self.days >= SILENCE.days


@dataclass(frozen=True)
class Coverage:
    """How much of what somebody achieved was acknowledged."""

    person: int
    name: str
    handle: str
    achieved: int
    acknowledged: int
    overdue: int
    """Without a word for a week or longer."""
    oldest_days: int | None
    """How long the oldest one waits for a word; None where none does."""

    @property
    def owed(self) -> int:
        """So many without a word."""
        return self.achieved - self.acknowledged

    @property
    def percent(self) -> int:
        """The share that was acknowledged, rounded half up."""
        return (200 * self.acknowledged + self.achieved) // (2 * self.achieved) if self.achieved else 100


@dataclass(frozen=True)
class Debt:
    """What somebody who leads teams owes their members in words; their own achievements are for others."""

    lead: int
    name: str
    handle: str
    people: tuple[Coverage, ...]
    """Those to whom something is owed, most first."""

    @property
    def owed(self) -> int:
        """So many achievements without a word: the recognition debt."""
        return sum(one.owed for one in self.people)

    @property
    def overdue(self) -> int:
        """So many of them for a week or longer."""
        return sum(one.overdue for one in self.people)

    @property
    def oldest_days(self) -> int | None:
        """How long the oldest one waits."""
        return max((one.oldest_days or 0 for one in self.people), default=None)


@dataclass(frozen=True)
class Told:
    """One line of the feed."""

    kind: Kind
    on: date
    at: datetime | None
    """The instant of kudos."""
    person: int
    author: int | None
    """Who gave kudos."""
    fact: str
    what: str
    words: str | None
    amount_minor: int | None


# --- facts --------------------------------------------------------------------------------------------------


def find_fact(said: str, *, today: date) -> Fact:
    """What kudos are for, from its key; of a record, the team or person may be named instead of numbered.

    Refused: no such deal, milestone or record, and what is no key at all.
    """
    kind, _, rest = said.strip().partition(":")
    match kind.strip().casefold():
        case "deal":
            return _deal(_number(rest))
        case "milestone":
            return _milestone(_number(rest), today)
        case "record":
            return _record(rest, today)
    raise Refused(f"{said!r} is nothing kudos can be for: {HOW_TO_NAME}")


def _number(said: str) -> int:
    said = said.strip()
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise Refused(f"{said!r} is no number: {HOW_TO_NAME}")
    return int(said)


def _deal(identity: int) -> Fact:
    row = by_id(Deal, identity)
    if row is None:
        raise NotFound(f"there is no deal {identity}")
    return Fact(f"{DEAL}:{identity}", _deal_names([identity])[identity], row.owner_id)


def _milestone(identity: int, today: date) -> Fact:
    row = by_id(Milestone, identity)
    if row is None:
        raise NotFound(f"there is no milestone {identity}")
    goal = goals.find_goal(row.goal_version.goal_id)
    return reached_milestone(standings.stand([goal], today=today)[0], identity)


def reached_milestone(found: standings.GoalStanding, identity: int) -> Fact:
    """A milestone of a goal as what kudos are for. Refused: it is not reached."""
    one = next((each for each in found.milestones if each.facts.id == identity), None)
    if one is None or one.standing.reached_on is None:
        raise Refused(f"milestone {identity} of {found.goal.name} is not reached")
    whose = _whose(found.goal, [one])
    return Fact(
        f"{MILESTONE}:{identity}", _milestone_in_words(found.goal, one), next(iter(whose.values()), None)
    )


def _milestone_in_words(goal: goals.GoalFacts, one: standings.MilestoneStanding) -> str:
    whose = "" if goal.scope.person is not None else f" · {goal.whose}"
    return f"{one.facts.rung.label} of {goal.name}{whose}"


def _whose(goal: goals.GoalFacts, reached: Iterable[standings.MilestoneStanding]) -> dict[int, int]:
    """Whose each milestone is: the person's, else theirs whose sale crossed it."""
    if goal.scope.person is not None:
        return {one.facts.id: goal.scope.person for one in reached}
    crossed = {
        one.facts.id: one.standing.crossed_by.subject
        for one in reached
        if one.standing.crossed_by is not None
    }
    owners = dict(Deal.select(Deal.id, Deal.owner).where(Deal.id.in_(list(crossed.values()))).tuples())
    return {milestone: owners[deal] for milestone, deal in crossed.items() if deal in owners}


def _record(said: str, today: date) -> Fact:
    parts = [part.strip() for part in said.split(":")]
    if len(parts) < 4:
        raise Refused(f"{RECORD}:{said} names no record: {HOW_TO_NAME}")
    period, metric, *whose, start = parts
    scope, whose_key, name = _scope(whose)
    for one in record_book.book(today=today, scope=scope):
        if (one.period, one.metric) != (period, metric):
            continue
        starts = {moment.period_start for moment in one.moments} | set(one.holders)
        on = next((day for day in starts if str(day) == start), None)
        if on is not None:
            deal = next((moment.deal for moment in one.moments if moment.period_start == on), None)
            owner = _deal(deal).person if deal else scope.person
            key = ":".join((RECORD, period, metric, whose_key, str(on)))
            return Fact(key, _record_in_words(metric, period, name, str(on)), owner)
    raise NotFound(
        f"{metric} per {period} of {name} was no record on {start}; 'salesboard records' shows all"
    )


def record_key(record: records.Record) -> str:
    """The key of a record as it stands: `record:month:revenue:company:2017-06-01`."""
    whose, start = records.scope_key(record.scope), str(record.moments[-1].period_start)
    return ":".join((RECORD, record.period, record.metric, whose, start))


def _scope(said: Sequence[str]) -> tuple[Scope, str, str]:
    """A scope from its key, with its key by number and its name."""
    match [part.casefold() for part in said[:1]], list(said[1:]):
        case ["company"], []:
            return COMPANY_SCOPE, "company", "the company"
        case ["team"], [team]:
            found = people.find_team(team)
            names = {one.id: one.name for one in people.tree()}
            return Scope(team=found), f"team:{found}", names[found]
        case ["person"], [person]:
            found = people.find_person(person)
            return Scope(person=found), f"person:{found}", _people([found])[found][0]
    raise Refused(f"{':'.join(said)!r} is nobody's record: write company, team:West or person:mia")


def _record_in_words(metric: str, period: str, name: str, start: str) -> str:
    per = "" if period == "sale" else f" of a {period}"
    return f"record {metric}{per} · {name} · {start}"


def _deal_names(ids: Collection[int]) -> dict[int, str]:
    return {deal: _called(found.account, found.title) for deal, found in records.named(ids).items()}


def _called(account: str | None, title: str) -> str:
    return f"{account} · {title}" if account and account != title else title


# --- what was achieved --------------------------------------------------------------------------------------


def achievements(*, today: date, since: date | None = None) -> list[Achievement]:
    """Sales and milestones reached up to a day, oldest first, and whether each was acknowledged.

    Of the last ninety days, or from a day on. Acknowledged means that somebody gave kudos for it to whose it
    is, or, of a sale, thanked its account on its day or since. What was taken back is no achievement.
    """
    first = since or today - LOOKED_BACK
    praised = {(fact, person) for fact, person in _kudos(today, Kudos.fact, Kudos.person)}
    found = [*_sales(first, today, praised), *_milestones(first, today, praised)]
    return sorted(found, key=lambda one: (one.on, one.kind, one.fact))


def _kudos(today: date, *columns: object) -> Iterable[tuple[object, ...]]:
    """Columns of the kudos that were given up to a day."""
    rows: Iterable[tuple[object, ...]] = Kudos.select(*columns).where(Kudos.at < _tomorrow(today)).tuples()
    return rows


def _tomorrow(today: date) -> datetime:
    return clock.start_of_day(today + timedelta(days=1), company.facts().zone)


def _sales(first: date, today: date, praised: Collection[tuple[object, object]]) -> Iterable[Achievement]:
    thanked: dict[int, date] = {}
    for account, on in (
        Thanks.select(Thanks.account, Thanks.on_date)
        .where(Thanks.on_date >= first, Thanks.on_date <= today)
        .tuples()
    ):
        thanked[account] = max(on, thanked.get(account, on))
    rows = (
        Deal.select(
            Deal.id, Deal.closed_on, Deal.owner, Deal.value_minor, Deal.account, Deal.title, Account.name
        )
        .join(Account, JOIN.LEFT_OUTER)
        .where(Deal.status == WON, Deal.closed_on >= first, Deal.closed_on <= today)
    )
    for deal, on, owner, value, account, title, name in rows.tuples():
        fact = f"{DEAL}:{deal}"
        said = (fact, owner) in praised or thanked.get(account, date.min) >= on
        yield Achievement(fact, "sale", on, owner, _called(name, title), value, (today - on).days, said)


def _milestones(
    first: date, today: date, praised: Collection[tuple[object, object]]
) -> Iterable[Achievement]:
    reached = {
        one
        for (one,) in Reached.select(Reached.milestone)
        .where(Reached.reached_on >= first, Reached.reached_on <= today)
        .tuples()
    }
    if not reached:
        return
    wanted = [
        goal
        for goal in goals.goals(statuses=(goals.ACTIVE, goals.RETIRED))
        if any(one.id in reached for version in goal.versions for one in version.milestones)
    ]
    for found in standings.stand(wanted, today=today):
        standing = [
            one
            for one in found.milestones
            if one.facts.id in reached and (one.standing.reached_on or date.min) >= first
        ]
        whose = _whose(found.goal, standing)
        for one in standing:
            on, person = one.standing.reached_on, whose.get(one.facts.id)
            if on is None or person is None:
                continue
            fact = f"{MILESTONE}:{one.facts.id}"
            what = _milestone_in_words(found.goal, one)
            said = (fact, person) in praised
            yield Achievement(fact, "milestone", on, person, what, None, (today - on).days, said)


def coverage(found: Iterable[Achievement]) -> list[Coverage]:
    """How much of what each achieved was acknowledged; whom the team forgets comes first."""
    by_person: dict[int, list[Achievement]] = defaultdict(list)
    for one in found:
        by_person[one.person].append(one)
    names = _people(by_person)
    covered = [
        Coverage(
            person,
            *names[person],
            len(own),
            sum(one.said for one in own),
            sum(one.overdue for one in own),
            max((one.days for one in own if not one.said), default=None),
        )
        for person, own in by_person.items()
    ]
    return sorted(covered, key=lambda one: (one.percent, -one.owed, one.name))


def _people(wanted: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = Person.select(Person.id, Person.name, Person.handle).where(Person.id.in_(list(wanted)))
    return {identity: (name, handle) for identity, name, handle in rows.tuples()}


def debts(found: Sequence[Achievement], *, today: date) -> list[Debt]:
    """What each lead and manager owes the members of their teams, the largest debt first.

    It falls with every word: kudos for an achievement, or thanks to the account of a sale.
    """
    rows = Person.select(Person.id, Person.name, Person.handle).where(Person.active, Person.role.in_(LEADING))
    owing = []
    for lead, name, handle in rows.tuples():
        led = permissions.people_led(lead, today) - {lead}
        if led:
            owing.append(Debt(lead, name, handle, _forgotten(found, led)))
    return sorted(owing, key=lambda one: (-one.owed, one.name))


def debt_to(found: Sequence[Achievement], actor: Actor, *, today: date) -> Debt:
    """The same for somebody: whoever leads owes their teams' members, an admin everybody, a rep the others
    of their own teams, and who is in no team everybody."""
    return Debt(actor.id or 0, actor.name, actor.handle, _forgotten(found, beside(actor, today)))


def _forgotten(found: Iterable[Achievement], among: Collection[int]) -> tuple[Coverage, ...]:
    forgotten = [one for one in coverage(one for one in found if one.person in among) if one.owed]
    return tuple(sorted(forgotten, key=lambda one: (-one.owed, one.name)))


def beside(actor: Actor, today: date) -> set[int]:
    """Those to whom somebody may owe a word: whom they lead, their team mates, or everybody; never
    themselves."""
    me = by_id(Person, actor.id)
    mine: set[int] = set()
    if me is not None and me.role in LEADING:
        mine = permissions.people_led(me.id, today)
    elif me is not None and me.role == "rep":
        mine = set().union(*(people.members(team, today) for team in permissions.teams_of(me.id, today)))
    everybody = {one for (one,) in Person.select(Person.id).tuples()}
    return (mine or everybody) - {actor.id or 0}


# --- the feed -----------------------------------------------------------------------------------------------


def feed(*, today: date, since: date | None = None, among: Collection[int] | None = None) -> list[Told]:
    """Kudos, milestones reached and sales, newest first: of the last thirty days, or from a day on.

    With `among`, only what concerns these people. On one day kudos stand above what was achieved.
    """
    first = since or today - FED
    zone = company.facts().zone
    told = [
        Told(one.kind, one.on, None, one.person, None, one.fact, one.what, None, one.amount_minor)
        for one in achievements(today=today, since=first)
    ]
    rows = list(
        Kudos.select()
        .where(Kudos.at >= clock.start_of_day(first, zone), Kudos.at < _tomorrow(today))
        .order_by(Kudos.at, Kudos.id)
    )
    names = facts_in_words([row.fact for row in rows])
    told += [
        Told(
            "kudos",
            clock.business_date(row.at, zone),
            row.at,
            row.person_id,
            row.author_id,
            row.fact,
            names[row.fact],
            row.words,
            None,
        )
        for row in rows
    ]
    order: dict[Kind, int] = {"sale": 0, "milestone": 1, "kudos": 2}
    told.sort(key=lambda one: (one.on, order[one.kind], one.at or clock.EPOCH), reverse=True)
    return [one for one in told if among is None or one.person in among or one.author in among]


def facts_in_words(facts: Iterable[str]) -> Mapping[str, str]:
    """What kudos are for, in words; what is gone since is called by its key."""
    found: dict[str, str] = {}
    numbered: dict[str, dict[int, str]] = {DEAL: {}, MILESTONE: {}}
    for fact in facts:
        kind, _, rest = fact.partition(":")
        found[fact] = fact
        if kind in numbered and rest.isdigit():
            numbered[kind][int(rest)] = fact
        elif kind == RECORD and rest.count(":") >= 3:
            period, metric, *whose, start = rest.split(":")
            with suppress(NotFound):
                found[fact] = _record_in_words(metric, period, _scope(whose)[2], start)
    for deal, name in _deal_names(numbered[DEAL]).items():
        found[numbered[DEAL][deal]] = name
    wanted = list(numbered[MILESTONE])
    for row in Milestone.select().where(Milestone.id.in_(wanted)) if wanted else ():
        found[numbered[MILESTONE][row.id]] = f"{row.label} of {row.goal_version.goal.name}"
    return found


# --- saying it ----------------------------------------------------------------------------------------------


@writes("give kudos")
def give_kudos(actor: Actor, person: int, fact: str, words: str, *, now: datetime) -> int:
    """Say well done to somebody for something that happened, and hand back the number of the kudos.

    Refused: saying it to oneself, without a word, or for what did not happen.
    """
    with ledger.batch(actor, "praised", now=now, several=False):
        today = company.facts().today(now)
        require(actor, "give kudos", today=today)
        row = by_id(Person, person)
        if row is None:
            raise NotFound(f"there is no person {person}; 'salesboard people list' shows everybody")
        if actor.id is None:
            raise Refused("only a person says well done")
        if row.id == actor.id:
            raise Refused("one does not give kudos to oneself; somebody else has to see it")
        known = find_fact(fact, today=today)
        said = clean(words, field="The words", limit=LONGEST)
        with ledger.entry(actor, "praised", row, now=now, note=known.what) as entry:
            kept = entry.insert(Kudos, person=row, author=actor.id, fact=known.key, words=said, at=now)
    return int(kept.id)
