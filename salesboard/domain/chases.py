"""Records within reach: how far a running period still is from the best there ever was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, get_args

from salesboard.domain import company, known, lineage, periods, record_book, record_news, records
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.periods import Period
from salesboard.domain.records import Key, Metric, Record
from salesboard.domain.text import counted
from salesboard.storage import database as storage

Of = Literal["ever", "season"]
METRICS: tuple[Metric, ...] = records.SUMMED
KINDS: tuple[periods.Kind, ...] = ("week", "month", "quarter", "year")
NEAR = 70
"""Percent of a record from which on it is spoken of."""
LIKELY = Fraction(1, 10)
"""How likely a record must be to fall to be spoken of before that."""
SEASONS = 10
"""So many years are looked back for the best November."""


@dataclass(frozen=True)
class Chase:
    """A record that the running period may break."""

    key: Key
    of: Of
    """The best ever, or the best of its season: of all Novembers, of all fourth quarters."""
    period: Period
    best: int
    """What is to be beaten, in minor units or as a count."""
    value: int
    """What the period has brought so far."""
    days_left: int
    """Working days after today."""
    chance: float | None
    """How likely it falls, 0 to 1, by own history and open deals; None where one can not tell."""

    @property
    def gap(self) -> int:
        """What is missing to equal it."""
        return self.best - self.value

    @property
    def percent(self) -> float:
        """How much of it is reached."""
        return 100 * self.value / self.best

    @property
    def needed(self) -> int:
        """What every working day that is left must bring, rounded up; without one, all that is missing."""
        return -(-self.gap // max(1, self.days_left))


def chases(
    *,
    today: date,
    scope: Scope = COMPANY_SCOPE,
    metrics: Collection[Metric] = METRICS,
    with_odds: bool = True,
) -> list[Chase]:
    """Records that a scope may still break in the periods that run today, the nearest first.

    Only those of which 70 % are reached, or, with odds, that fall with a likelihood of 10 % or more.
    """
    with storage.snapshot():
        fiscal_start = company.facts().fiscal_start
        words = record_news.Words(today)
        odds = _Odds(today, scope) if with_odds else None
        found = [
            chase
            for record in record_book.book(today=today, scope=scope)
            if record.period in KINDS and record.product is None and record.metric in metrics
            for chase in _chases_of(record, today, fiscal_start, words, odds)
        ]
    return sorted(found, key=lambda one: (-one.percent, str(one.key), one.of))


def _chases_of(
    record: Record, today: date, fiscal_start: int, words: record_news.Words, odds: _Odds | None
) -> Iterator[Chase]:
    assert record.period != "sale" and record.period != "streak"
    period = periods.period_of(record.period, today, fiscal_start)
    if record.newest is None or record.newest[0] != period.start or period.start in record.holders:
        return
    if not words.has_history(record.key, period.start):
        return
    value = record.newest[1]
    best_of_season = _best_of_season(record.key, period, fiscal_start, words)
    wanted: list[tuple[Of, int]] = [("ever", record.value)]
    if best_of_season is not None and value < best_of_season < record.value:
        wanted.append(("season", best_of_season))
    days = periods.working_days(today + timedelta(days=1), period.end)
    for of, best in wanted:
        chance = odds.chance(record.key, period, best - value + 1) if odds else None
        chase = Chase(record.key, of, period, best, value, days, chance)
        if chase.percent >= NEAR or (chance is not None and chance >= LIKELY):
            yield chase


def _best_of_season(key: Key, period: Period, fiscal_start: int, words: record_news.Words) -> int | None:
    """The best that the same month or quarter of another year brought; None without two such years."""
    if key.period not in ("month", "quarter"):
        return None
    found: list[int] = []
    facts = words.of_scope(key.scope)
    for back in range(1, SEASONS + 1):
        start = period.start.replace(year=period.start.year - back)
        one = periods.period_of("month" if key.period == "month" else "quarter", start, fiscal_start)
        if facts is None or one.start < facts.first_on.replace(day=1):
            break
        sales = records.read_sales(one.start, one.last_day, key.scope, key.metric)
        found.append(sum(lineage.counts_for(key, sale) for sale in sales))
    return max(found) if len(found) > 1 else None


class _Odds:
    """How likely a gap is closed by the end of a period; what has been read is kept."""

    def __init__(self, today: date, scope: Scope) -> None:
        self._today = today
        self._scope = scope
        self._parts: dict[str, known.Part] = {}

    def chance(self, key: Key, period: Period, missing: int) -> float | None:
        """How likely so much is still brought; None where one can not tell."""
        if key.metric not in get_args(known.Metric) or period.last_day <= self._today:
            return None
        if key.metric not in self._parts:
            everything = known.known_on(self._today, key.metric)  # type: ignore[arg-type]
            self._parts[key.metric] = everything.part(team=self._scope.team, person=self._scope.person)
        return self._parts[key.metric].outlook.chance(period.last_day, missing)


def in_words(found: Chase, words: record_news.Words) -> str:
    """`$38,200 short of the best November ever, 6 selling days left, needs 6,367 a day`."""
    key = found.key
    best = {
        "ever": words.best_period(key),
        "season": f"the best {season(found)} ever{record_news.of_metric(key, words.products)}",
    }[found.of]
    left = (
        f"{counted(found.days_left, 'selling day')} left"
        if found.days_left
        else "today is the last selling day"
    )
    needs = f", needs {words.plain(key, found.needed)} a day" if found.days_left else ""
    return f"{words.value(key, found.gap)} short of {best}, {left}{needs}"


def season(found: Chase) -> str:
    """`November`, `Q4`: of which periods it may be the best."""
    if found.key.period == "month":
        return f"{found.period.start:%B}"
    return found.period.name.split("-")[-1]


def nearest(found: Iterable[Chase]) -> dict[Key, Chase]:
    """For each record the chase that is nearest."""
    by_key: dict[Key, Chase] = {}
    for chase in found:
        by_key.setdefault(chase.key, chase)
    return by_key
