"""What is worth telling of changes of the record book, to whom, and in which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from salesboard.domain import company, money, notices, people, periods, record_keeping, records
from salesboard.domain.dates import day_in_words
from salesboard.domain.gains import COMPANY_SCOPE, Scope, about
from salesboard.domain.notices import Notice
from salesboard.domain.record_keeping import Change, Holder
from salesboard.domain.records import Key, Metric, Record
from salesboard.domain.text import counted
from salesboard.storage import database as storage
from salesboard.storage.models import Person, Product, RecordChange

CLOSED_PERIODS = 3
"""So many periods must be over before one that is better is called a record."""
EARLIER_SALES = 5
"""So many sales must have been made before another one is called a record."""
MOST_JOINT = 3
"""What more than so many hold together is nothing to speak of."""
MONEY: tuple[Metric, ...] = ("revenue", "largest sale")
CORRECTED = "corrected"


@dataclass(frozen=True)
class RecordNews(Notice):
    """A piece of news of the record book, ready to be told."""

    scope: Scope = COMPANY_SCOPE
    """The widest of those whose record it is."""
    withdraws: tuple[str, ...] = ()
    """Keys of what was told before and holds no more."""


def news(changes: Sequence[Change], *, today: date) -> list[RecordNews]:
    """What to tell of changes of the book that nobody was told of yet, in order.

    One entry gives one piece of news at most that a record was broken, and one that the book was restated: of
    the widest scope, of the metric that matters most. Silent: the first periods and sales of a scope, what an
    open period brings beyond what was told, and whatever came by an import.
    """
    with storage.snapshot():
        words = Words(today)
        groups: dict[tuple[object, str], list[Change]] = defaultdict(list)
        for change in changes:
            if not change.told and (said := _said(change)):
                groups[change.seq or (change.on, change.key.period), said].append(change)
        return [one for (_, said), group in groups.items() for one in _TOLD[said](group, words)]


def _said(change: Change) -> str | None:
    match change.kind:
        case "broken" | "equalled":
            return "broken"
        case "final":
            return "final"
        case "restated" | "withdrawn":
            return CORRECTED
    return None


def key_of(change: Change) -> str:
    """The key under which a change is told."""
    return f"record:{change.id}"


# --- which ones ---------------------------------------------------------------------------------------------


def _broken(group: Sequence[Change], words: Words) -> Iterator[RecordNews]:
    known = [one for one in group if words.has_history(one.key, one.holders[-1].start)]
    broken = [one for one in known if one.kind == "broken"]
    # That a period equals another one is told when it is over: until then it may go beyond.
    equalled = [
        one for one in known if one.kind == "equalled" and not one.key.product and one.key.period == "sale"
    ]
    lead = words.weightiest(broken or [one for one in equalled if len(one.holders) <= MOST_JOINT])
    if lead is None:
        return
    others = len({one.key for one in broken if one.key.scope == lead.key.scope}) - 1
    more = f" and {counted(others, 'more record')}" if others > 0 else ""
    text = words.broken(lead) + more if lead.kind == "broken" else words.equalled(lead)
    yield words.told(lead, text, "good" if lead.kind == "broken" else "plain")


def _final(group: Sequence[Change], words: Words) -> Iterator[RecordNews]:
    """Of the widest scope, and then of those whose people have not been told by a wider one."""
    left = [
        one
        for one in group
        if len(one.holders) <= MOST_JOINT and words.has_history(one.key, one.holders[-1].start)
    ]
    told: frozenset[int] = frozenset()
    while (lead := words.weightiest(left)) is not None:
        one = words.told(lead, words.final(lead), "good" if len(lead.holders) == 1 else "plain")
        if not one.people <= told:
            yield one
            told |= one.people
        left = [other for other in left if other.key.scope != lead.key.scope]


def _corrected(group: Sequence[Change], words: Words) -> Iterator[RecordNews]:
    known = [
        one
        for one in group
        if one.holders_before
        and words.has_history(one.key, one.holders_before[-1].start)
        and (one.kind == "withdrawn" or words.was_settled(one))
    ]
    lead = words.weightiest(known)
    if lead is None:
        return
    withdraws = tuple(key for one in group for key in _told_of(one))
    yield words.told(lead, words.corrected(lead), "plain", withdraws)


_TOLD: dict[str, Callable[[Sequence[Change], Words], Iterator[RecordNews]]] = {
    "broken": _broken,
    "final": _final,
    CORRECTED: _corrected,
}


def _told_of(change: Change) -> Iterator[str]:
    """Keys under which it was told that what has lost the record now held it."""
    lost = set(change.holders_before) - set(change.holders)
    if not lost:
        return
    rows = RecordChange.select().where(
        RecordChange.key == str(change.key),
        RecordChange.id < change.id,
        RecordChange.kind.in_(("broken", "equalled", "final")),
    )
    for earlier in map(record_keeping.change_of, rows):
        if lost & set(earlier.holders):
            yield key_of(earlier)


# --- in words -----------------------------------------------------------------------------------------------


class Words:
    """How records are called: whose, which period, how much; what is asked for is read once."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.facts = company.facts()
        self._deals: dict[int, str] = {}
        self._records: dict[Scope, dict[Key, Record]] = {}
        self._scopes: dict[Scope, record_keeping.ScopeFacts | None] = {}

    @cached_property
    def teams(self) -> dict[int, tuple[int, str]]:
        """Each team's depth in the tree, and its name."""
        return {team.id: (team.depth, team.name) for team in people.tree()}

    @cached_property
    def names(self) -> dict[int, str]:
        """Everybody's name."""
        return dict(Person.select(Person.id, Person.name).tuples())

    @cached_property
    def products(self) -> dict[int, str]:
        """Names of the products."""
        return dict(Product.select(Product.id, Product.name).tuples())

    def read_names(self) -> None:
        """Read all names now, for where nothing can be read later."""
        _ = self.teams, self.names, self.products

    # --- weighing ---

    def weightiest(self, found: Sequence[Change]) -> Change | None:
        """The one of the widest scope, and of those the one of the metric that matters most."""
        return min(found, key=self._lightness, default=None)

    def _lightness(self, change: Change) -> tuple[int, ...]:
        key = change.key
        scope = key.scope
        depth = self.teams.get(scope.team, (0, ""))[0] if scope.team is not None else 0
        length = records.PERIODS.index(key.period) if key.period in records.PERIODS else 0
        whole = 0 if key.product is None else 1
        of_person, of_team, number = records.widest_first(scope)
        return (
            of_person,
            of_team,
            depth,
            records.METRICS.index(key.metric),
            whole,
            -length,
            number,
        )

    def has_history(self, key: Key, start: date) -> bool:
        """Whether enough came before a period or a sale to call it a record."""
        facts = self.of_scope(key.scope)
        if facts is None:
            return False
        if key.period in ("sale", "streak"):
            return facts.sales > EARLIER_SALES
        return start >= first_to_count(key, facts.first_on, self.facts.fiscal_start)

    def of_scope(self, scope: Scope) -> record_keeping.ScopeFacts | None:
        """How many sales a scope has, and since when; none where there are none."""
        if scope not in self._scopes:
            self._scopes[scope] = record_keeping.known_facts(scope, self.today)
        return self._scopes[scope]

    def was_settled(self, change: Change) -> bool:
        """Whether what is restated was final, or was held with others."""
        if len(change.holders) != len(change.holders_before):
            return len(change.holders_before) <= MOST_JOINT
        return bool(change.holders) and records.is_final(self._last_day(change), change.on)

    def _last_day(self, change: Change) -> date:
        return records.last_day_of(
            change.key, change.holders[-1].start, change.value or 0, self.facts.fiscal_start
        )

    # --- saying ---

    def broken(self, change: Change) -> str:
        """That a record was broken, and how long the period still lasts."""
        key = change.key
        whose, value = self.whose(key.scope), self.value(key, change.value or 0)
        holder = change.holders[-1]
        if key.period == "sale":
            return f"{whose}{_best(key)}: {value}, {self.deal(holder.deal)}"
        last = self._last_day(change)
        if key.period == "streak":
            return f"{whose}{_best(key)}: {value}{self._until(last)}"
        name = self.period(key, holder.start)
        best = self.best_period(key)
        if last < self.today:
            return f"{whose}{name} is {best}: {value}{self._until(last)}"
        left = (last - self.today).days
        to_go = f", {counted(left, 'day')} to go" if left and key.period != "day" else ""
        on_last = ", on its last day" if not left and key.period != "day" else ""
        return f"{whose}{name} already {best}: {value}{to_go}{on_last} (provisional)"

    def _until(self, last: date) -> str:
        if records.is_final(last, self.today):
            return ""
        return f" (provisional until {_day(records.final_on(last), self.today)})"

    def equalled(self, change: Change) -> str:
        """That a record was equalled, and with what."""
        key, (*others, newest) = change.key, change.holders
        value = self.value(key, change.value or 0)
        beside = " and ".join(self.holder(key, one) for one in others)
        best = self.best_period(key) if key.period in records.PERIODS else _best(key)
        return f"{self.whose(key.scope)}{self.holder(key, newest)} equals {best}: {value}, with {beside}"

    def final(self, change: Change) -> str:
        """That a record is final, and by how much."""
        if len(change.holders) > 1:
            return f"final: {self.equalled(change)}"
        key = change.key
        record = self._record(key)
        margin = f", by {self.value(key, record.margin)}" if record and record.margin else ""
        value = self.value(key, change.value or 0)
        if key.period == "streak":
            return f"final: {self.whose(key.scope)}{_best(key)}: {value}{margin}"
        name = self.period(key, change.holders[0].start)
        return f"final: {self.whose(key.scope)}{name} is {self.best_period(key)}: {value}{margin}"

    def corrected(self, change: Change) -> str:
        """What was corrected, what is withdrawn, and what holds now."""
        key = change.key
        whose = self.whose(key.scope)
        best = (
            f"best {key.period}{of_metric(key, self.products)}"
            if key.period in records.PERIODS
            else _plain(key)
        )
        lost = [one for one in change.holders_before if one not in change.holders]
        was = " and ".join(self.holder(key, one) for one in lost)
        if change.value is None:
            return f"restated: {whose}{was}: the {best} is withdrawn, none holds"
        holds = " and ".join(self.holder(key, one) for one in change.holders[:MOST_JOINT])
        value = self.value(key, change.value)
        parts = [f"{holds} corrected {self.signed(key, change.corrected)}"] if change.corrected else []
        if not lost:
            return f"restated: {whose}{', '.join(parts) or holds}; {best}: {value}"
        possessive = was if was.endswith("s") else f"{was}’s"
        again = f"{holds} hold{'s' * (len(change.holders) == 1)} again"
        parts.append(f"{possessive} record withdrawn, {again}")
        return f"restated: {whose}{'; '.join(parts)} ({best}: {value})"

    def told(
        self, change: Change, text: str, tone: notices.Tone, withdraws: tuple[str, ...] = ()
    ) -> RecordNews:
        """A piece of news for those whom its scope concerns."""
        scope = change.key.scope
        concerned = notices.concerned(scope, self.today)
        return RecordNews(
            key_of(change),
            "record",
            text,
            concerned,
            change.on,
            tone,
            f"record:{change.key}",
            change.seq,
            scope,
            withdraws,
        )

    # --- names ---

    def whose(self, scope: Scope) -> str:
        """Whose record it is, before it is told; nothing for the company's."""
        if scope.person is not None:
            return f"{self.names.get(scope.person, f'person {scope.person}')}: "
        return f"{self.team(scope.team)}: " if scope.team is not None else ""

    def team(self, team: int) -> str:
        """A team's name."""
        return self.teams.get(team, (0, f"team {team}"))[1]

    def holder(self, key: Key, holder: Holder) -> str:
        """What holds a record: a period, a streak or a sale."""
        if key.period == "sale":
            return self.deal(holder.deal)
        if key.period == "streak":
            return f"the streak from {_day(holder.start, self.today)}"
        return self.period(key, holder.start)

    def period(self, key: Key, start: date) -> str:
        """A period by its first day: `today`, `28 Jun`, `week 26`, `March`, `Q4 2026`, `2026`."""
        return period_name(key, start, self.today, self.facts.fiscal_start)

    def deal(self, deal: int | None) -> str:
        """A sale by its account and whose it is."""
        if deal is None:
            return "a sale"
        if deal not in self._deals:
            found = records.named([deal]).get(deal)
            self._deals[deal] = (
                f"{found.account or found.title} by {found.owner}" if found else "a sale that is gone"
            )
        return self._deals[deal]

    def best_period(self, key: Key) -> str:
        """`the best month ever for sales`."""
        return f"the best {key.period} ever{of_metric(key, self.products)}"

    def value(self, key: Key, value: int) -> str:
        """A record's value: `$212,400`, `531 sales`, `12 working days`."""
        return value_in_words(key, value, self.facts.currency, self.products)

    def signed(self, key: Key, value: int | None) -> str:
        """A correction: `+2,000`, `−3`."""
        return f"{'−' if (value or 0) < 0 else '+'}{self.plain(key, abs(value or 0))}"

    def plain(self, key: Key, value: int) -> str:
        """A value without its currency or what it counts, in whole units upward: `6,367`."""
        if key.metric not in MONEY:
            return f"{value:,}"
        return about(value, "revenue", self.facts.currency, upward=True)

    def _record(self, key: Key) -> Record | None:
        if key.scope not in self._records:
            found = record_keeping.load(self.today, self.facts.fiscal_start, key.scope)
            self._records[key.scope] = {record.key: record for record in found}
        return self._records[key.scope].get(key)


def first_to_count(key: Key, first_on: date, fiscal_start: int) -> date:
    """The start of the first period that can be a record: three have been over before it."""
    if key.period == "sale" or key.period == "streak":
        return first_on
    one = periods.period_of(key.period, first_on, fiscal_start)
    for _ in range(CLOSED_PERIODS):
        one = periods.next_period(key.period, one, fiscal_start)
    return one.start


def period_name(key: Key, start: date, today: date, fiscal_start: int) -> str:
    """A period by its first day: `today`, `28 Jun`, `week 26`, `March`, `Q4 2026`, `2026`."""
    if key.period == "sale" or key.period == "streak":
        return _day(start, today)
    if key.period == "day":
        return "today" if start == today else _day(start, today)
    if key.period == "month":
        return f"{start:%B}" if (today - start).days < 330 else f"{start:%B %Y}"
    if key.period == "week":
        year, week, _ = start.isocalendar()
        return f"week {week}" if (today - start).days < 330 else f"week {week} of {year}"
    name = periods.period_of(key.period, start, fiscal_start).name
    return " ".join(reversed(name.split("-")))


def _day(day: date, today: date) -> str:
    return day_in_words(day, year=abs((today - day).days) >= 330)


def value_in_words(key: Key, value: int, currency: str, products: dict[int, str]) -> str:
    """A record's value: `$212,400`, `531 sales`, `340 GTX Pro`, `3 days`."""
    match key.metric:
        case "revenue" | "largest sale":
            shown = money.format_exact(value, currency)
            return shown.removesuffix(".00")
        case "units" if key.product is not None:
            return f"{value:,} {products.get(key.product, 'units')}"
        case "fastest win":
            return counted(value, "day") if value else "the same day"
        case "winning streak":
            return counted(value, "working day")
    return counted(value, key.metric.removesuffix("s"), key.metric)


def of_metric(key: Key, products: dict[int, str]) -> str:
    """What a period is the best for, if it is not revenue."""
    if key.metric == "revenue":
        return ""
    return f" for {products.get(key.product, key.metric) if key.product is not None else key.metric}"


def _plain(key: Key) -> str:
    return "longest winning streak" if key.period == "streak" else key.metric


def _best(key: Key) -> str:
    return f"the {_plain(key)} ever"
