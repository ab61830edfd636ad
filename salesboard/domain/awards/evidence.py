"""Facts behind nominations: what counts of each is frozen when it is submitted, and held against today's."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from salesboard.domain import company, goals, money, recognition, record_book, record_news, standings
from salesboard.domain.awards.judging import shortlist
from salesboard.domain.awards.recusals import SHORTLISTED
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.people import members
from salesboard.domain.pipeline import WON
from salesboard.domain.recognition import DEAL, MILESTONE, RECORD
from salesboard.domain.records import Key, Record, scope_key
from salesboard.domain.text import clean, counted
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.models import (
    Account,
    Category,
    Deal,
    Evidence,
    GoalVersion,
    Milestone,
    Nomination,
    Person,
    Voice,
)
from salesboard.storage.prepared import by_id

ACCOUNT = "account"
KINDS = (DEAL, MILESTONE, RECORD, ACCOUNT)
HOW_TO_NAME = (
    "name it as deal:60074, milestone:33305, record:month:revenue:company:2017-06-01 or account:61, "
    "or write words"
)
LONGEST = 300
"""Characters of evidence in plain words."""
MOST = 12
"""So many facts under one nomination's voice."""
OFFERED = 12
"""So many facts of a kind are offered to choose from."""
TOLD = ("status", "closed_on", "owner")
"""What is told of a deal besides its value where it differs; another status says enough."""
Value = Mapping[str, Any]
"""What counts of a fact; the same fact with the same value has not changed."""


@dataclass(frozen=True)
class Fact:
    """A fact that can be evidence."""

    key: str | None
    """None of plain words."""
    words: str
    on: date | None = None
    amount: str = ""


@dataclass(frozen=True)
class Check:
    """A piece of evidence as it was when it was submitted, and as it is today."""

    id: int
    kind: str
    """deal, milestone, record, account or words."""
    fact: str | None
    words: str
    then: str
    today: str
    changed: bool
    cleared: bool
    """Whether somebody accepted the change as it stands today."""
    cleared_why: str | None

    @property
    def flagged(self) -> bool:
        """Whether somebody has to look at it before anything is decided."""
        return self.changed and not self.cleared

    def in_words(self) -> str:
        """`value changed since submission: 41,000 → 38,500`."""
        return f"{self.words} changed since submission: {self.then} → {self.today}"


# --- what a fact is -----------------------------------------------------------------------------------------


def known(said: str, season: SeasonFacts, *, today: date) -> Fact:
    """Evidence from its key, or in plain words. Refused: a fact that is not, or not of the award year."""
    kind = said.strip().partition(":")[0].strip().casefold()
    if kind not in KINDS:
        return Fact(None, clean(said, field="The evidence", limit=LONGEST))
    if kind == ACCOUNT:
        row = by_id(Account, _number(said))
        if row is None:
            raise NotFound(f"there is no account {said.partition(':')[2].strip()}")
        return Fact(f"{ACCOUNT}:{row.id}", str(row.name))
    found = recognition.find_fact(said, today=today)
    on = _day_of(found.key, today)
    if on is None:
        raise Refused(f"{found.what} is no sale; a deal is evidence once it is won")
    if not season.start_on <= on <= season.end_on:
        raise Refused(
            f"{found.what} is of {on}; {season.name} looks back on {season.start_on} to {season.end_on}"
        )
    return Fact(found.key, found.what, on)


def _number(said: str) -> int:
    rest = said.partition(":")[2].strip()
    if not (rest.isascii() and rest.isdigit() and len(rest) < 19):
        raise Refused(f"{rest!r} is no number: {HOW_TO_NAME}")
    return int(rest)


def _day_of(key: str, today: date) -> date | None:
    kind, _, rest = key.partition(":")
    if kind == DEAL:
        row = by_id(Deal, int(rest))
        return row.closed_on if row is not None and row.status == WON else None
    if kind == RECORD:
        return date.fromisoformat(rest.rpartition(":")[2])
    value = _milestones([int(rest)], today)[int(rest)]
    return date.fromisoformat(value["reached_on"]) if value and value["reached_on"] else None


# --- what counts of it, now ---------------------------------------------------------------------------------


def _asked(fact: str, season: SeasonFacts, today: date) -> Value | None:
    """The days of an account's sales that count; those of later days change nothing that was submitted."""
    if not fact.startswith(f"{ACCOUNT}:"):
        return None
    return {"from": season.start_on.isoformat(), "until": min(today, season.end_on).isoformat()}


def values(wanted: Sequence[tuple[str, Value | None]], *, today: date) -> list[Value | None]:
    """What counts of facts today, in the order given; None of one that is no more.

    Of an account the sales of a stretch of days count, which stands in its frozen value. However many they
    are, each kind of fact is read once.
    """
    numbers: dict[str, set[int]] = defaultdict(set)
    for fact, _ in wanted:
        kind, _, rest = fact.partition(":")
        if kind != RECORD:
            numbers[kind].add(int(rest))
    deals = _deals(numbers[DEAL])
    milestones = _milestones(numbers[MILESTONE], today)
    records = _records({fact for fact, _ in wanted if fact.startswith(f"{RECORD}:")}, today)
    sums: dict[tuple[str, str], dict[int, Value]] = {}
    found: list[Value | None] = []
    for fact, frozen in wanted:
        kind, _, rest = fact.partition(":")
        if kind == DEAL:
            found.append(deals.get(int(rest)))
        elif kind == MILESTONE:
            found.append(milestones.get(int(rest)))
        elif kind == RECORD:
            found.append(records.get(fact))
        else:
            assert frozen is not None
            days = frozen["from"], frozen["until"]
            if days not in sums:
                sums[days] = _accounts(numbers[ACCOUNT], *days)
            found.append(sums[days].get(int(rest)))
    return found


def _in_parts(wanted: Collection[int]) -> Iterable[list[int]]:
    found = sorted(wanted)
    return [found[start : start + 500] for start in range(0, len(found), 500)]


def _deals(wanted: Collection[int]) -> dict[int, Value]:
    columns = (Deal.id, Deal.status, Deal.value_minor, Deal.closed_on, Deal.owner)
    return {
        deal: {
            "status": status,
            "value_minor": value,
            "closed_on": closed.isoformat() if closed else None,
            "owner": owner,
        }
        for part in _in_parts(wanted)
        for deal, status, value, closed, owner in Deal.select(*columns).where(Deal.id.in_(part)).tuples()
    }


def _milestones(wanted: Collection[int], today: date) -> dict[int, Value | None]:
    """How milestones stand; those of one that nothing is known of any more are None."""
    found: dict[int, Value | None] = dict.fromkeys(wanted)
    if not found:
        return found
    of_goals = {
        goal
        for part in _in_parts(wanted)
        for (goal,) in GoalVersion.select(GoalVersion.goal)
        .join(Milestone, on=Milestone.goal_version == GoalVersion.id)
        .where(Milestone.id.in_(part))
        .tuples()
    }
    facts = [one for one in goals.goals(statuses=(goals.ACTIVE, goals.RETIRED)) if one.id in of_goals]
    for stood in standings.stand(facts, today=today):
        for one in stood.milestones:
            if one.facts.id in found:
                reached_on = one.standing.reached_on
                found[one.facts.id] = {
                    "status": one.standing.status,
                    "reached_on": reached_on.isoformat() if reached_on else None,
                }
    return found


def _records(wanted: Collection[str], today: date) -> dict[str, Value]:
    """The values with which records were set at the start of a period; that they fell since is no change."""
    found: dict[str, Value] = {}
    if not wanted:
        return found
    for one in record_book.book(today=today):
        if one.product is None:
            for start, value in moments(one).items():
                key = record_key(one, start)
                if key in wanted:
                    found[key] = {"value": value}
    return found


def moments(record: Record) -> dict[date, int]:
    """The periods that set or equalled a record, and their values."""
    found = {moment.period_start: moment.value for moment in record.moments}
    return found | {start: record.value for start in record.holders}


def record_key(record: Record, start: date) -> str:
    """A period that set a record, as a fact."""
    return f"{RECORD}:{record.period}:{record.metric}:{scope_key(record.scope)}:{start}"


def _accounts(wanted: Collection[int], first: str, last: str) -> dict[int, Value]:
    known = {
        identity
        for part in _in_parts(wanted)
        for (identity,) in Account.select(Account.id).where(Account.id.in_(part)).tuples()
    }
    sums: dict[int, tuple[int, int]] = {}
    columns = (Deal.account, fn.COUNT(Deal.id), fn.SUM(Deal.value_minor))
    for part in _in_parts(known):
        query = Deal.select(*columns).where(
            Deal.account.in_(part),
            Deal.status == WON,
            Deal.closed_on >= date.fromisoformat(first),
            Deal.closed_on <= date.fromisoformat(last),
        )
        for account, number, value in query.group_by(Deal.account).tuples():
            sums[account] = int(number), int(value or 0)
    return {
        identity: {
            "from": first,
            "until": last,
            "sales": sums.get(identity, (0, 0))[0],
            "revenue_minor": sums.get(identity, (0, 0))[1],
        }
        for identity in known
    }


# --- attaching and freezing ---------------------------------------------------------------------------------


def attach(
    entry: ledger.Entry,
    voice: Voice,
    wanted: Sequence[str],
    season: SeasonFacts,
    *,
    today: date,
    after: int = 0,
) -> None:
    """Put facts and words under a voice. Refused: more than twelve, one twice."""
    found = [known(said, season, today=today) for said in wanted]
    if after + len(found) > MOST:
        raise Refused(f"a nomination rests on {MOST} facts at most; choose the strongest")
    if len({one.key or one.words for one in found}) < len(found):
        raise Refused("one fact is named twice")
    for place, one in enumerate(found, after + 1):
        entry.insert(Evidence, voice=voice, place=place, fact=one.key, words=one.words)


def freeze(entry: ledger.Entry, voice: Voice, season: SeasonFacts, *, today: date) -> None:
    """Keep what counts of a voice's facts now, and the end of the ledger at which it was so."""
    rows = [
        row
        for row in Evidence.select().where(Evidence.voice == voice.id).order_by(Evidence.place)
        if row.fact is not None and row.frozen is None
    ]
    seq = ledger.end()[0]
    found = values([(row.fact, _asked(row.fact, season, today)) for row in rows], today=today)
    for row, value in zip(rows, found, strict=True):
        if value is None:
            raise Refused(f"{row.words} is no more; take it out")
        entry.update(row, frozen=ledger.canonical(value), seq=seq)


# --- checking -----------------------------------------------------------------------------------------------


def checks(rows: Sequence[Evidence], *, today: date) -> list[Check]:
    """Evidence held against today's facts, in the order given."""
    frozen = [json.loads(row.frozen) if row.frozen else None for row in rows]
    wanted = [
        (place, row.fact, then)
        for place, (row, then) in enumerate(zip(rows, frozen, strict=True))
        if row.fact is not None and then is not None
    ]
    live = dict(
        zip(
            (place for place, _, _ in wanted),
            values([(fact, then) for _, fact, then in wanted], today=today),
            strict=True,
        )
    )
    words = _Words()
    return [_check(row, frozen[place], live.get(place), words) for place, row in enumerate(rows)]


def _check(row: Evidence, then: Value | None, now: Value | None, words: _Words) -> Check:
    kind = row.fact.partition(":")[0] if row.fact else "words"
    changed = then is not None and now != then
    accepted = changed and row.cleared is not None and json.loads(row.cleared) == now
    before, after = words.both(row.fact, then, now) if then is not None and row.fact else ("", "")
    return Check(
        row.id,
        kind,
        row.fact,
        row.words,
        before,
        after,
        changed,
        accepted,
        row.cleared_why if accepted else None,
    )


def current(row: Evidence, *, today: date) -> Value | None:
    """What counts of a piece of evidence now; None where its fact is no more."""
    assert row.fact is not None and row.frozen is not None
    return values([(row.fact, json.loads(row.frozen))], today=today)[0]


class _Words:
    """Values of facts in words; currency and names are read once."""

    def __init__(self) -> None:
        self._currency = company.facts().currency
        self._handles: dict[int, str] | None = None

    def both(self, fact: str, then: Value, now: Value | None) -> tuple[str, str]:
        """A fact's value then and now: the one figure, and whatever else differs."""
        kind, _, rest = fact.partition(":")
        if now is None:
            return self._figure(kind, rest, then), "gone"
        both = [[self._figure(kind, rest, value)] for value in (then, now)]
        for field in () if kind == MILESTONE else TOLD:
            if field in then and then[field] != now.get(field):
                for said, value in zip(both, (then, now), strict=True):
                    said.append(self._more(field, value.get(field)))
                if field == "status":
                    break
        return " ".join(both[0]), " ".join(both[1])

    def _figure(self, kind: str, rest: str, value: Value) -> str:
        if kind == DEAL:
            return self._amount(value["value_minor"])
        if kind == MILESTONE:
            return f"{value['status']} {value['reached_on'] or ''}".rstrip()
        if kind == RECORD:
            period, metric, *_ = rest.split(":")
            key = Key(COMPANY_SCOPE, metric, period)  # type: ignore[arg-type]
            return record_news.value_in_words(key, value["value"], self._currency, {})
        sales = value["sales"]
        return f"{counted(sales, 'sale')}, {self._amount(value['revenue_minor'])}"

    def _amount(self, value: int | None) -> str:
        if value is None:
            return "no value"
        return money.format_plain(value, self._currency)

    def _more(self, field: str, value: Any) -> str:
        if value is None:
            return f"no {field.removesuffix('_on')} day" if field.endswith("_on") else ""
        if field == "owner":
            if self._handles is None:
                self._handles = dict(Person.select(Person.id, Person.handle).tuples())
            return self._handles.get(value, "")
        return str(value)


def of_nomination(nomination: int) -> list[Evidence]:
    """The evidence of all submitted voices of a nomination, in order."""
    return _submitted(Voice.nomination == nomination)


def _submitted(*where: object) -> list[Evidence]:
    """The evidence of submitted voices in order, by nomination, whose number is `of`."""
    query = (
        Evidence.select(Evidence, Voice.nomination.alias("of"))
        .join(Voice)
        .join(Nomination)
        .join(Category)
        .where(Voice.submitted_at.is_null(False), *where)
        .order_by(Voice.nomination, Voice.submitted_at, Voice.id, Evidence.place)
        .objects()
    )
    return list(query)


def changed(nomination: int, *, today: date) -> list[Check]:
    """The facts of a nomination that have changed since, and that nobody has cleared."""
    return [one for _, one in _flagged(of_nomination(nomination), today)]


def _flagged(rows: Sequence[Evidence], today: date) -> Iterator[tuple[int, Check]]:
    """Those of these facts that have changed since, and that nobody has cleared, each with its nomination."""
    for row, one in zip(rows, checks(rows, today=today), strict=True):
        if one.flagged:
            yield row.of, one


def require_settled(nomination: int, *, today: date) -> None:
    """Refuse to decide on a nomination of which a fact has changed since, until somebody clears it."""
    found = changed(nomination, today=today)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise Refused(
            f"{found[0].in_words()}{more}; clear it with a reason first "
            f"('salesboard awards review {nomination} clear')"
        )


def flags(category: int, *, today: date) -> list[str]:
    """In words, what has changed beneath the shortlisted of a category, and nobody has cleared."""
    names = {one.nomination: one.name for one in shortlist(category)}
    rows = _submitted(Nomination.category == category, Nomination.status == SHORTLISTED)
    return [f"{names[nomination]}: {one.in_words()}" for nomination, one in _flagged(rows, today)]


def flagged(season: int, *, today: date) -> dict[int, int]:
    """How many facts have changed, and are not cleared, by nomination; all of a season read at once."""
    rows = _submitted(Category.season == season, Evidence.frozen.is_null(False))
    return dict(Counter(nomination for nomination, _ in _flagged(rows, today)))


# --- what to choose from ------------------------------------------------------------------------------------


def offered(
    season: SeasonFacts,
    *,
    today: date,
    person: int | None = None,
    team: int | None = None,
    extra: Sequence[str] = (),
) -> list[Fact]:
    """Facts of the award year to choose from for a nominee: the `extra` ones, milestones, records, sales."""
    currency = company.facts().currency
    found = [known(said, season, today=today) for said in extra]
    last = min(season.end_on, today)
    own = {person} if person is not None else members(team or 0, today)
    for one in recognition.achievements(today=last, since=season.start_on):
        if one.kind == "milestone" and one.person in own:
            found.append(Fact(one.fact, one.what, one.on))
    scope = Scope(team=team, person=person)
    records = [
        Fact(record_key(one, start), _record_words(one, start), start, _value(one, value, currency))
        for one in record_book.book(today=today, scope=scope)
        if one.product is None
        for start, value in moments(one).items()
        if season.start_on <= start <= last and one.margin is not None
    ]
    found += sorted(records, key=lambda one: one.on or date.min, reverse=True)[:OFFERED]
    query = (
        Deal.select(Deal.id, Deal.closed_on, Deal.value_minor)
        .where(
            Deal.owner.in_(sorted(own)),
            Deal.status == WON,
            Deal.closed_on >= season.start_on,
            Deal.closed_on <= last,
        )
        .order_by(fn.COALESCE(Deal.value_minor, 0).desc(), Deal.id)
        .limit(OFFERED)
    )
    sales = list(query.tuples())
    names = recognition.facts_in_words([f"{DEAL}:{deal}" for deal, _, _ in sales])
    for deal, on, value in sales:
        amount = money.format_short(value, currency) if value is not None else ""
        found.append(Fact(f"{DEAL}:{deal}", names[f"{DEAL}:{deal}"], on, amount))
    return list({one.key or one.words: one for one in reversed(found)}.values())[::-1]


def _record_words(record: Record, start: date) -> str:
    per = "" if record.period in ("sale", "streak") else f" of a {record.period}"
    return f"record {record.metric}{per} · {start}"


def _value(record: Record, value: int, currency: str) -> str:
    return record_news.value_in_words(record.key, value, currency, {})
