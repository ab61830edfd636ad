"""What a quarter will have brought when it is over, what carries it, and how well earlier forecasts did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from salesboard import clock
from salesboard.domain import board, company, periods
from salesboard.domain.gains import Scope, gains_until
from salesboard.domain.known import Metric as Foreseen
from salesboard.domain.known import Part, known_on
from salesboard.domain.odds import Range
from salesboard.domain.periods import Period
from salesboard.storage.models import LedgerChange, LedgerEntry

LOOKED_BACK = 8
"""So many earlier periods a forecast is held against."""
MOST_NAMED = 200
"""So many of the deals that a forecast counts on are named."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Past:
    """What was forecast when a period had run as far as this one has now, and what it brought."""

    period: str
    as_of: date
    forecast: int
    actual: int

    @property
    def error(self) -> int:
        """By how much the forecast was too high; below zero, too low."""
        return self.forecast - self.actual


@dataclass(frozen=True)
class Carried:
    """An open deal, and what the forecast expects of it."""

    deal: int
    name: str
    owner: str
    value_minor: int | None
    chance: float
    """That it is won by the end of the period, 0 to 1."""
    brings: int
    """What it would bring times that chance."""
    expected_on: date | None
    overdue: bool
    """Its expected-close date is past: it counts as nothing until it is given another."""
    pushes: int
    """So many times its expected-close date was put off."""


@dataclass(frozen=True)
class Forecast:
    """A period's end as one can tell today; minor units of revenue, or a count."""

    period: Period
    so_far: int
    range: Range | None
    """None with too little history."""
    past: tuple[Past, ...]
    """Earlier periods, oldest first, as far as there was enough history."""
    deals: tuple[Carried, ...] = ()
    """The open deals, at most 200 of those it counts on: what brings most first; those whose expected-close
    date is past last, all of them."""
    counted_on: int = 0
    """So many open deals it counts on."""

    @property
    def carried(self) -> list[Carried]:
        """The deals that the forecast counts on."""
        return [one for one in self.deals if not one.overdue]

    @property
    def overdue(self) -> list[Carried]:
        """The deals that count as nothing because their expected-close date is past."""
        return [one for one in self.deals if one.overdue]

    @property
    def mean_absolute_error(self) -> int | None:
        """How far earlier forecasts were off, on average."""
        return round(sum(abs(one.error) for one in self.past) / len(self.past)) if self.past else None


def forecast(
    *,
    today: date,
    metric: Foreseen = "revenue",
    kind: periods.Kind = "quarter",
    scope: Scope | None = None,
    product: int | None = None,
    looked_back: int = LOOKED_BACK,
) -> Forecast:
    """The running period's end: what is closed, what is open, what is new, as P10, P50 and P90.

    Earlier periods are forecast again from what was known when they had run for as many days, at P50. What
    single deals bring is what is expected of open ones (`of_open`); one whose expected-close date is past
    counts as nothing.
    """
    scope = scope or Scope()
    fiscal_start = company.facts().fiscal_start
    period = periods.period_of(kind, today, fiscal_start)
    gains = gains_until(today, metric, product=product)
    so_far = gains.total(scope, period.start, today)
    days_in = (today - period.start).days
    found: list[Past] = []
    before = period
    for _ in range(looked_back):
        before = periods.previous_period(kind, before, fiscal_start)
        if gains.first_on is None or gains.first_on >= before.start:
            break
        then = min(before.start + timedelta(days=days_in), before.last_day)
        brought = gains.total(scope, before.start, then)
        expected = _range(then, metric, product, scope, before, brought)
        if expected is None:
            break
        found.append(
            Past(before.name, then, expected.middle, gains.total(scope, before.start, before.last_day))
        )
    part = known_on(today, metric, product=product).part(team=scope.team, person=scope.person)
    return Forecast(
        period,
        so_far,
        part.outlook.range(period.last_day, so_far),
        tuple(reversed(found)),
        *_deals(part, period.last_day, today),
    )


def _range(
    day: date, metric: Foreseen, product: int | None, scope: Scope, period: Period, so_far: int
) -> Range | None:
    part = known_on(day, metric, product=product).part(team=scope.team, person=scope.person)
    return part.outlook.range(period.last_day, so_far)


# --- single deals -------------------------------------------------------------------------------------------


def _deals(part: Part, end_on: date, today: date) -> tuple[tuple[Carried, ...], int]:
    """The deals that are named, and how many are counted on."""
    brings = {
        part.deals[place]: (chance, round(chance * amount))
        for place, chance, amount in part.outlook.likely(end_on)
    }
    overdue = {deal for deal, course in zip(part.deals, part.courses, strict=True) if course.overdue}
    named = sorted(brings, key=lambda deal: (-brings[deal][1], deal))[:MOST_NAMED]
    cards = board.cards([*named, *overdue])
    pushed = pushes([card.id for card in cards.values() if card.expected_on], today=today)
    found = [
        Carried(
            deal,
            card.name,
            card.owner,
            card.value_minor,
            *brings.get(deal, (0.0, 0)),
            card.expected_on,
            deal in overdue,
            pushed.get(deal, 0),
        )
        for deal, card in cards.items()
    ]
    found.sort(key=lambda one: (one.overdue, -one.brings, -(one.value_minor or 0), one.deal))
    return tuple(found), len(brings)


def pushes(deals: Collection[int], *, today: date) -> Mapping[int, int]:
    """How often the expected-close date of each deal was put off to a later day, by what the ledger keeps.

    What was taken back does not count, nor does a date that was brought forward.
    """
    found: Counter[int] = Counter()
    wanted = list(deals)
    end = clock.start_of_day(today + timedelta(days=1), company.facts().zone)
    for start in range(0, len(wanted), _AT_ONCE):
        changes = (
            LedgerChange.select(LedgerChange.row, LedgerChange.seq, LedgerChange.before, LedgerChange.after)
            .join(LedgerEntry, on=LedgerChange.seq == LedgerEntry.seq)
            .where(
                LedgerChange.row.in_(wanted[start : start + _AT_ONCE]),
                LedgerChange.table == "deal",
                LedgerChange.before.contains('"expected_on"'),
                LedgerEntry.undoes.is_null(),
                LedgerEntry.at < end,
            )
        )
        rows = list(changes.tuples())
        gone = _taken_back({seq for _, seq, _, _ in rows})
        for deal, seq, before, after in rows:
            was, now = (json.loads(state or "{}").get("expected_on") for state in (before, after))
            found[deal] += bool(seq not in gone and was and now and now > was)
    return found


def _taken_back(seqs: Collection[int]) -> set[int]:
    """Which of these entries have been undone and not been done again."""
    undoing, redoing = LedgerEntry.alias(), LedgerEntry.alias()
    again = redoing.select(redoing.undoes).where(redoing.undoes.is_null(False))
    query = undoing.select(undoing.undoes).where(undoing.undoes.in_(list(seqs)), undoing.seq.not_in(again))
    return {seq for (seq,) in query.tuples()} if seqs else set()
