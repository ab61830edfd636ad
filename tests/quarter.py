"""The quarter of the worked examples, with real rows: a goal of 500k in the first of 2026, and six sales."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from salesboard.domain import pipeline
from salesboard.domain.gains import Metric, Scope
from salesboard.domain.goals import Step, Wish, add_goal, find_goal
from salesboard.domain.ladders import Reading
from salesboard.domain.standings import GoalStanding, stand
from salesboard.storage.ledger import Actor
from tests import stories
from tests.stories import add_deal, owner

K = 1_000_00
START, JANUARY_ENDS, FEBRUARY_ENDS, MARCH_ENDS = (
    date(2026, month, day) for month, day in ((1, 1), (1, 31), (2, 28), (3, 31))
)
DUES = (JANUARY_ENDS, FEBRUARY_ENDS, MARCH_ENDS)
AFTERWARDS = date(2026, 4, 2)
WINS = (
    (date(2026, 1, 9), 60),
    (date(2026, 1, 22), 70),
    (date(2026, 2, 3), 40),
    (date(2026, 2, 17), 120),
    (date(2026, 3, 5), 150),
    (date(2026, 3, 30), 80),
)
CUMULATIVE = (150, 300, 500)
PER_PERIOD = (150, 150, 200)


def at(day: date) -> datetime:
    """That day at ten in the morning, UTC."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def set_up() -> Actor:
    """A board from the start of the quarter on."""
    return stories.set_up(now=at(START))


def steps(*thresholds: int, **choices: Any) -> tuple[Step, ...]:
    """A ladder with so many thousands at the end of each month."""
    return tuple(Step(value * K, due, **choices) for value, due in zip(thresholds, DUES, strict=True))


def wish(thresholds: Sequence[int] = CUMULATIVE, reading: Reading = "cumulative", **choices: Any) -> Wish:
    """Revenue in the quarter, month by month."""
    target = thresholds[-1] if reading == "cumulative" else sum(thresholds)
    facts = {"ladder": steps(*thresholds), "relevance": "it counts", **choices}
    return Wish("revenue", target * K, START, MARCH_ENDS, reading=reading, **facts)


def add_quarter(
    thresholds: Sequence[int] = CUMULATIVE, reading: Reading = "cumulative", **choices: Any
) -> int:
    """That goal, set by the board's owner."""
    return add_goal(owner(), wish(thresholds, reading, **choices), now=at(START))


def goal_of(metric: Metric, target: int, scope: Scope | None = None, **choices: Any) -> int:
    """A goal of anything else in the quarter, in minor units or a count, with one milestone."""
    facts = {"relevance": "it counts", **choices}
    return add_goal(
        owner(), Wish(metric, target, START, MARCH_ENDS, scope=scope or Scope(), **facts), now=at(START)
    )


def sell(
    day: date, value: int = 1, *, by: Actor | None = None, account: str | None = None, **facts: Any
) -> int:
    """A sale of so many thousands, entered on its day; the deal."""
    deal = add_deal(account, f"{value}k", by=by, now=at(day), **{"title": f"Deal of {day}", **facts})
    pipeline.win_deal(by or owner(), deal, now=at(day))
    return deal


def six_wins(**facts: Any) -> list[int]:
    """The six sales of the worked examples, each entered on its day."""
    return [sell(day, value, **facts) for day, value in WINS]


def standing_of(goal: int, today: date = AFTERWARDS) -> GoalStanding:
    """How a goal stands at the end of a day."""
    (found,) = stand([find_goal(goal)], today=today)
    return found


def statuses(goal: int, today: date = AFTERWARDS) -> list[str]:
    """How its milestones stand."""
    return [one.standing.status for one in standing_of(goal, today).milestones]


def reached(goal: int, today: date = AFTERWARDS) -> list[date | None]:
    """When its milestones were reached."""
    return [one.standing.reached_on for one in standing_of(goal, today).milestones]
