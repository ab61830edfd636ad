"""Ladders of goals: which rungs are reached, when and by which sale, the pace, and how a target is split."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor, lcm
from operator import attrgetter
from typing import Literal, get_args

from salesboard.domain.dates import anniversary
from salesboard.domain.money import split_by_weights
from salesboard.domain.periods import Kind, Period, periods_between, working_days
from salesboard.domain.text import echo
from salesboard.errors import Refused

Reading = Literal["cumulative", "per period"]
READINGS: tuple[Reading, ...] = get_args(Reading)
Status = Literal["open", "reached", "late", "missed", "reversed"]
How = Literal["even", "working days", "seasonal", "front", "back"]
HOWS: tuple[How, ...] = get_args(How)

SEASONS = 3
"""So many years back are looked at for a seasonality."""
FEWEST_SEASONS = 2

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rung:
    """A milestone of a goal: a threshold in minor units or a count, and the last day that is in time."""

    label: str
    due_on: date | None
    """None: open-ended, which can not be missed."""
    threshold: int


@dataclass(frozen=True)
class Gain:
    """What one sale adds to a metric on its day: zero or more minor units, or a count."""

    on: date
    amount: int
    subject: int
    """The deal."""
    seq: int
    """Its place among the gains of a day."""


@dataclass(frozen=True)
class Standing:
    """How a rung stands at the end of a day."""

    rung: Rung
    status: Status
    value_on_due: int | None
    """At the end of the due date; None until that day is over, and without one."""
    value_now: int
    reached_on: date | None
    crossed_by: Gain | None
    days_late: int | None
    """Calendar days from the due date to the day it was reached, below zero when early."""
    overshoot: int
    """By how much the crossing gain went beyond the threshold."""
    missing: int
    """What is lacking now."""
    was_reached_on: date | None
    """The day that was announced before, if any."""

    @property
    def short_on_due(self) -> int:
        """What was lacking at the end of the due date, 0 before."""
        return 0 if self.value_on_due is None else max(0, self.rung.threshold - self.value_on_due)

    @property
    def percent(self) -> float:
        """The value now in percent of the threshold, over 100 where it is beyond it."""
        return percent(self.value_now, self.rung.threshold)


@dataclass(frozen=True)
class Pace:
    """Where a ladder should stand at the end of a day, and what the next rung still needs."""

    expected: int
    """Rounded half up."""
    actual: int
    percent: float | None
    """Actual in percent of expected (before rounding); None where nothing is expected yet."""
    next_rung: Rung | None
    """The first one that is neither reached nor overdue."""
    gap: int
    """What it still needs."""
    working_days_left: int | None
    """From tomorrow to its due date."""
    needed_per_working_day: Fraction | None
    """None when no working day is left, or no due date is set."""

    @property
    def ahead(self) -> int:
        """How far ahead of what is expected, below zero when behind."""
        return self.actual - self.expected


@dataclass(frozen=True)
class RollUp:
    """A target beside the sum of the targets beneath it."""

    target: int
    assigned: int

    @property
    def unassigned(self) -> int:
        """What nobody beneath has as a target."""
        return max(0, self.target - self.assigned)

    @property
    def over_assigned(self) -> int:
        """By how much the targets beneath exceed this one."""
        return max(0, self.assigned - self.target)

    @property
    def percent(self) -> float | None:
        """What is not assigned, or assigned too much, in percent of the target; None without a target."""
        return percent(abs(self.target - self.assigned), self.target) if self.target else None


@dataclass(frozen=True)
class Profile:
    """What a person may be expected to bring: what they brought at full capacity, times capacity and ramp."""

    history: int | None
    """Of a comparable period; None for somebody new, who counts like the others' average."""
    capacity: int = 100
    """Percent."""
    ramp: tuple[int, int] | None = None
    """Month 1 of 3 is `(1, 3)` and counts for a third, month 3 of 3 in full; None once it is over."""


@dataclass(frozen=True)
class PersonalProposal:
    """One person's part of a team target, beside what an equal split would give."""

    equal: int
    proposed: int


class Tally:
    """Gains in order and added up, so that what any stretch of days brought is a difference.

    Whoever asks several times about the same gains makes one and hands it over in their place.
    """

    def __init__(self, gains: Sequence[Gain]) -> None:
        self.gains = sorted(gains, key=attrgetter("on", "seq"))
        self.days = [gain.on for gain in self.gains]
        self.sums = list(accumulate((gain.amount for gain in self.gains), initial=0))

    @classmethod
    def of(cls, gains: Sequence[Gain] | Tally) -> Tally:
        """The gains added up, if they are not yet."""
        return gains if isinstance(gains, Tally) else cls(gains)

    def value(self, first: date, last: date) -> int:
        """The sum from one day to another, both included."""
        low, high = self._span(first, last)
        return self.sums[high] - self.sums[low]

    def crossing(self, first: date, last: date, threshold: int) -> tuple[Gain, int] | None:
        """The gain by which a stretch of days came to the threshold, and by how much it went beyond."""
        low, high = self._span(first, last)
        place = bisect_left(self.sums, self.sums[low] + threshold, low, high + 1)
        if place > high:
            return None
        return self.gains[place - 1], self.sums[place] - self.sums[low] - threshold

    def _span(self, first: date, last: date) -> tuple[int, int]:
        low = bisect_left(self.days, first)
        return low, max(low, bisect_right(self.days, last))


def percent(part: int | Fraction, whole: int | Fraction) -> float:
    """A part in percent of a whole above zero, rounded half up to one decimal: 75.6."""
    return _half_up(Fraction(part) * 1000 / Fraction(whole)) / 10


# --- the ladder itself --------------------------------------------------------------------------------------


def check_ladder(
    rungs: Sequence[Rung],
    target: int,
    start: date,
    reading: Reading,
    *,
    end: date | None = None,
    show: Callable[[int], str] = str,
) -> None:
    """Refuse a ladder that can not be climbed in the window `[start, end)`; `show` writes amounts.

    Cumulative thresholds rise strictly and the last is the target; per period each is above zero and they sum
    to it, every one with a due date. Due dates rise and lie in the window; open-ended rungs come last.
    """
    if not rungs:
        raise Refused("A ladder has at least one rung: add one with the goal's own target.")
    if reading == "cumulative":
        _check_rise(rungs)
    else:
        _check_parts(rungs)
    top = rungs[-1].threshold if reading == "cumulative" else sum(rung.threshold for rung in rungs)
    if top != target:
        words = "The last rung is" if reading == "cumulative" else "The rungs sum to"
        raise Refused(f"{words} {show(top)}, the goal {show(target)}: make them equal.")
    _check_due_dates(rungs, start, end)


def both_readings(rungs: Sequence[Rung], reading: Reading) -> dict[Reading, tuple[Rung, ...]]:
    """The same ladder in each reading: 150/300/500 cumulative is 150/150/200 per period."""
    thresholds = [rung.threshold for rung in rungs]
    other: Reading = "per period" if reading == "cumulative" else "cumulative"
    turned = _steps_between(thresholds) if reading == "cumulative" else list(accumulate(thresholds))
    return {
        reading: tuple(rungs),
        other: tuple(replace(rung, threshold=value) for rung, value in zip(rungs, turned, strict=True)),
    }


def fitting_reading(rungs: Sequence[Rung], target: int) -> Reading | None:
    """The reading in which the thresholds make up the target, None when neither; one rung is cumulative."""
    if rungs and rungs[-1].threshold == target:
        return "cumulative"
    return "per period" if sum(rung.threshold for rung in rungs) == target else None


def standing(
    rungs: Sequence[Rung],
    gains: Sequence[Gain] | Tally,
    *,
    start: date,
    today: date,
    reading: Reading,
    announced: Mapping[int, date] | None = None,
) -> tuple[Standing, ...]:
    """How each rung stands at the end of today, counting gains from `start` up to and including today.

    Per period a rung counts what came after the previous due date up to its own, so it is never late. It is
    missed once its due date is over. `announced` has, by place, the days on which rungs were said to be
    reached: one that no longer is, is reversed. A sale that was taken back is no longer among the gains.
    """
    tally = Tally.of(gains)
    told = announced or {}
    return tuple(
        _standing_of(rung, first, last, tally, today, told.get(place))
        for place, (rung, first, last) in enumerate(_windows(rungs, start, today, reading))
    )


# --- pace ---------------------------------------------------------------------------------------------------


def pace(
    rungs: Sequence[Rung],
    gains: Sequence[Gain] | Tally,
    *,
    start: date,
    today: date,
    reading: Reading,
    working: bool = False,
    holidays: Collection[date] = (),
) -> Pace | None:
    """The pace at the end of today; None for a ladder without due dates.

    Expected is linear between the rungs by calendar days, with `working` by working days. Per period,
    expected and actual are those of the rung whose period it is.
    """
    dated = [rung for rung in rungs if rung.due_on]
    if not dated:
        return None
    current = next((place for place, rung in enumerate(dated) if _due(rung) >= today), len(dated) - 1)
    first = _due(dated[current - 1]) + _DAY if current else start
    floor_value = dated[current - 1].threshold if current and reading == "cumulative" else 0
    done = _part_done(first, _due(dated[current]), today, working, holidays)
    expected = floor_value + (dated[current].threshold - floor_value) * done
    stand = standing(rungs, Tally.of(gains), start=start, today=today, reading=reading)
    actual = stand[current if reading == "per period" else -1].value_now
    ahead = (found for found in stand if found.reached_on is None and found.status != "missed")
    following = next(ahead, None) if reading == "cumulative" else stand[current]
    if following is None or following.status == "missed":
        return _pace(expected, actual, None, 0, today, holidays)
    return _pace(expected, actual, following.rung, following.missing, today, holidays)


def working_days_left(today: date, due: date, holidays: Collection[date] = ()) -> int:
    """Days from tomorrow to the due date, Monday to Friday, without holidays."""
    return _working_days(today + _DAY, due, holidays)


def needed_per_working_day(
    gap: int, today: date, due: date, holidays: Collection[date] = ()
) -> Fraction | None:
    """What each working day that remains must bring to close a gap; None when there is none left.

    The first is tomorrow, the last the due date.
    """
    left = working_days_left(today, due, holidays)
    if gap <= 0:
        return Fraction(0)
    return Fraction(gap, left) if left else None


# --- proposals ----------------------------------------------------------------------------------------------


def propose(
    target: int,
    start: date,
    end: date,
    how: How,
    *,
    every: Kind = "month",
    steps: int | None = None,
    fiscal_start: int = 1,
    history: Mapping[Period, int] | None = None,
    round_to: int = 1,
    reading: Reading = "cumulative",
    holidays: Collection[date] = (),
) -> tuple[Rung, ...]:
    """Rungs for a target in the window `[start, end)`: one for each period, or for each of `steps` parts.

    Even: the same for each. Working days: by their number. Seasonal: like the same days of those of the last
    three years, at least two, that `history` covers without a gap, added up (a month without sales is a zero,
    no gap). Front: n, n-1, …, 1 shares; back: 1, 2, …, n. Cumulative values are rounded half up to multiples
    of `round_to`; the last is exact. A rung that would not rise above the one before it is left out.
    """
    if target < 1 or round_to < 1:
        raise Refused("A target, and what it is rounded to, is above zero.")
    label, windows = _division(start, end, every, steps, fiscal_start)
    parts = split_by_weights(target, _weights(how, windows, history or {}, holidays))
    rungs: list[Rung] = []
    for place, ((_, after), reached) in enumerate(zip(windows, accumulate(parts), strict=True), start=1):
        rounded = _half_up(Fraction(reached, round_to)) * round_to
        below = rungs[-1].threshold if rungs else 0
        if place < len(windows) and below < rounded < target:
            rungs.append(Rung(f"{label} {place}", after - _DAY, rounded))
    rungs.append(Rung(f"{label} {len(windows)}", end - _DAY, target))
    return both_readings(rungs, "cumulative")[reading]


def roll_up(target: int, children: Sequence[int]) -> RollUp:
    """A target compared with the targets beneath it, without changing either."""
    return RollUp(target, sum(children))


def personal_proposals(target: int, team: Sequence[Profile]) -> tuple[PersonalProposal, ...]:
    """A team target split by history x capacity x ramp, beside the equal split; each sums to it exactly.

    Somebody at 50 % in ramp month 1 of 3 counts 1/2 x 1/3 = 1/6 of a full colleague with the same history, so
    a target of 700k is split 600k and 100k. Where nobody has a history, capacity and ramp alone decide.
    Refused: an empty team, a capacity outside 0 to 100 %, a month outside the ramp, nobody with any capacity.
    """
    if not team:
        raise Refused("Nobody is in the team: a target is split among its people.")
    for person in team:
        _check_profile(person)
    known = [person.history for person in team if person.history is not None]
    average = Fraction(sum(known), len(known)) if sum(known) else None
    factors = [
        Fraction(person.capacity, 100) * (Fraction(*person.ramp) if person.ramp else 1) for person in team
    ]
    weights = [factor * _history_of(person, average) for factor, person in zip(factors, team, strict=True)]
    if not any(weights):
        raise Refused("Nobody with a history has any capacity in this period: change a profile first.")
    proposed = split_by_weights(target, _whole(weights))
    equal = split_by_weights(target, [1] * len(team))
    return tuple(PersonalProposal(*pair) for pair in zip(equal, proposed, strict=True))


# --- helpers ------------------------------------------------------------------------------------------------


def _windows(
    rungs: Sequence[Rung], start: date, today: date, reading: Reading
) -> list[tuple[Rung, date, date]]:
    """Each rung with the first and the last day of which it counts the gains."""
    if reading == "cumulative":
        return [(rung, start, today) for rung in rungs]
    windows: list[tuple[Rung, date, date]] = []
    first = start
    for rung in rungs:
        windows.append((rung, first, min(today, rung.due_on or today)))
        first = rung.due_on + _DAY if rung.due_on else first
    return windows


def _standing_of(
    rung: Rung, first: date, last: date, tally: Tally, today: date, announced: date | None
) -> Standing:
    value = tally.value(first, last)
    crossing = tally.crossing(first, last, rung.threshold)
    gain, overshoot = crossing or (None, 0)
    late = (gain.on - rung.due_on).days if gain and rung.due_on else None
    over = rung.due_on is not None and rung.due_on < today
    return Standing(
        rung=rung,
        status=_status(gain is not None, late, announced, over),
        value_on_due=tally.value(first, rung.due_on) if over and rung.due_on else None,
        value_now=value,
        reached_on=gain.on if gain else None,
        crossed_by=gain,
        days_late=late,
        overshoot=overshoot,
        missing=max(0, rung.threshold - value),
        was_reached_on=announced,
    )


def _status(reached: bool, late: int | None, announced: date | None, over: bool) -> Status:
    if reached:
        return "late" if late is not None and late > 0 else "reached"
    if announced:
        return "reversed"
    return "missed" if over else "open"


def _pace(
    expected: Fraction, actual: int, following: Rung | None, gap: int, today: date, holidays: Collection[date]
) -> Pace:
    due = following.due_on if following else None
    return Pace(
        expected=_half_up(expected),
        actual=actual,
        percent=percent(actual, expected) if expected else None,
        next_rung=following,
        gap=gap,
        working_days_left=working_days_left(today, due, holidays) if due else None,
        needed_per_working_day=needed_per_working_day(gap, today, due, holidays) if due else None,
    )


def _part_done(first: date, last: date, today: date, working: bool, holidays: Collection[date]) -> Fraction:
    """Which part of the days from first to last is over at the end of today."""
    today = min(max(today, first - _DAY), last)
    if working and (whole := _working_days(first, last, holidays)):
        return Fraction(_working_days(first, today, holidays), whole)
    return Fraction((today - first).days + 1, (last - first).days + 1)


def _working_days(first: date, last: date, holidays: Collection[date]) -> int:
    """Monday to Friday from one day to another, both included, without holidays."""
    off = sum(first <= holiday <= last and holiday.weekday() < 5 for holiday in set(holidays))
    return working_days(first, last + _DAY) - off


def _due(rung: Rung) -> date:
    assert rung.due_on is not None
    return rung.due_on


def _check_rise(rungs: Sequence[Rung]) -> None:
    for rung, step in zip(rungs, _steps_between([rung.threshold for rung in rungs]), strict=True):
        if step <= 0:
            raise Refused(f"{echo(rung.label)} does not rise above the rung before it: raise its threshold.")


def _check_parts(rungs: Sequence[Rung]) -> None:
    for rung in rungs:
        if rung.threshold <= 0:
            raise Refused(f"{echo(rung.label)} asks for nothing: give it a threshold above zero.")
        if rung.due_on is None:
            raise Refused(f"{echo(rung.label)} has no due date: counted per period, every rung needs one.")


def _check_due_dates(rungs: Sequence[Rung], start: date, end: date | None) -> None:
    for before, rung in pairwise(rungs):
        if rung.due_on and (before.due_on is None or before.due_on >= rung.due_on):
            raise Refused(f"{echo(rung.label)} is not due after the rung before it: due dates rise.")
    for rung in rungs:
        if rung.due_on and (rung.due_on < start or (end and rung.due_on >= end)):
            until = f" to {end - _DAY}" if end else ""
            raise Refused(f"{echo(rung.label)} is due on {rung.due_on}, outside the goal's {start}{until}.")


def _division(
    start: date, end: date, every: Kind, steps: int | None, fiscal_start: int
) -> tuple[str, list[tuple[date, date]]]:
    """What a part of the window is called, and each part's half-open days."""
    days = (end - start).days
    if days < 1:
        raise Refused(f"The window ends on {end - _DAY}, before it starts on {start}.")
    if steps is None:
        periods = periods_between(every, start, end, fiscal_start)
        return every.capitalize(), [(max(start, one.start), min(end, one.end)) for one in periods]
    if not 1 <= steps <= days:
        raise Refused(f"A window of {days} days has from 1 to {days} rungs, not {steps}.")
    edges = [start + timedelta(days=days * place // steps) for place in range(steps + 1)]
    return "Step", list(pairwise(edges))


def _weights(
    how: How,
    windows: Sequence[tuple[date, date]],
    history: Mapping[Period, int],
    holidays: Collection[date],
) -> list[int]:
    count = len(windows)
    match how:
        case "even":
            return [1] * count
        case "front":
            return list(range(count, 0, -1))
        case "back":
            return list(range(1, count + 1))
        case "working days":
            weights = [_working_days(first, after - _DAY, holidays) for first, after in windows]
            lacking = "There is no working day in the window: split it evenly."
        case "seasonal":
            weights = _seasonality(windows, history)
            lacking = "There were no sales in these days of the years before: split it evenly."
    if not any(weights):
        raise Refused(lacking)
    return weights


def _seasonality(windows: Sequence[tuple[date, date]], history: Mapping[Period, int]) -> list[int]:
    """What the same days of earlier years brought, of the years whose history has no gap in them."""
    seasons: list[list[Fraction]] = []
    for years in range(1, SEASONS + 1):
        earlier = [(_years_before(first, years), _years_before(after, years)) for first, after in windows]
        brought = [_brought(first, after, history) for first, after in earlier]
        whole = [value for value in brought if value is not None]
        if len(whole) == len(windows):
            seasons.append(whole)
    if len(seasons) < FEWEST_SEASONS:
        raise Refused(
            f"A seasonality needs {FEWEST_SEASONS} whole years of history, here are {len(seasons)}: "
            "split it evenly or by working days."
        )
    return _whole([sum(values, Fraction(0)) for values in zip(*seasons, strict=True)])


def _years_before(day: date, years: int) -> date:
    return anniversary(day, day.year - years)


def _brought(first: date, after: date, history: Mapping[Period, int]) -> Fraction | None:
    """The value of days `[first, after)`, periods counting by their share of days; None where some lack."""
    covered, value = 0, Fraction(0)
    for period, total in history.items():
        days = (min(after, period.end) - max(first, period.start)).days
        if days > 0:
            covered += days
            value += Fraction(max(0, total) * days, period.days)
    return value if covered == (after - first).days else None


def _check_profile(person: Profile) -> None:
    if not 0 <= person.capacity <= 100:
        raise Refused(f"A capacity is from 0 to 100 %, not {person.capacity} %.")
    if person.ramp and not 1 <= person.ramp[0] <= person.ramp[1]:
        raise Refused(f"There is no ramp month {person.ramp[0]} of {person.ramp[1]}.")


def _history_of(person: Profile, average: Fraction | None) -> Fraction:
    if average is None:
        return Fraction(1)
    return average if person.history is None else Fraction(max(0, person.history))


def _steps_between(thresholds: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise([0, *thresholds])]


def _whole(weights: Sequence[Fraction]) -> list[int]:
    """The same proportions in whole numbers."""
    common = lcm(*(weight.denominator for weight in weights))
    return [int(weight * common) for weight in weights]


def _half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))
