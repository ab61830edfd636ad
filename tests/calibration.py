"""`python -m tests.calibration [FOLDER]`: how often what the odds said came true, beside three simple rivals.

A sample of real sales data (FOLDER, where it is at hand) and made-up companies are replayed: on Sunday
evenings, knowing only what was known then, it is asked about the running month and quarter whether a company,
a team or a person will reach 60, 70, … 140 % of what the period before brought. What is reached already is no
question, and a period in which the history only began is no yardstick. The Brier score is the mean squared
distance between what was said and what happened (0 or 1).
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import erfc, sqrt
from pathlib import Path
from typing import NamedTuple

from salesboard import demo, importing
from salesboard.domain import people, periods
from salesboard.domain.known import Known, known_on
from salesboard.storage.database import bound_to, create_database
from salesboard.storage.models import Person
from tests import stories

FILES = ("accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv")
PERCENTS = range(60, 141, 10)
PERIODS: tuple[periods.Kind, ...] = ("month", "quarter")
SAMPLE_DAYS = date(2017, 1, 1), date(2017, 12, 31)
"""The first and the last evening, Sundays both."""
DEMO_NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
DEMO_SEEDS = (demo.SEED, 1, 2)
DEMO_STEP = 28
"""Days between two evenings; a made-up company is replayed for two years."""
SPREADS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)
WEEK = timedelta(weeks=1)
OURS, PACE, PIPELINE, REPEATED = "ours", "straight-line pace", "weighted pipeline", "last period repeated"
RIVALS = (PACE, PIPELINE, REPEATED)
EVEN_ODDS = "always 50 %"


class Scope(NamedTuple):
    """Whose sales are asked about."""

    name: str
    level: str
    team: int | None = None
    person: int | None = None


@dataclass(frozen=True)
class Question:
    """Will a scope's period bring so much, and what each forecaster says on an evening within it."""

    scope: Scope
    kind: periods.Kind
    period: str
    previous: int
    threshold: int
    left: float
    """The share of the period's days that are still to come."""
    points: dict[str, float]
    """What each rival expects of the whole period."""
    odds: float
    happened: bool

    def said(self, forecaster: str, spread: float | None = None) -> float:
        """The forecast, 0 to 1.

        Rivals say 1 where what they expect is the threshold or more, else 0; or, with a spread, as if they
        strayed normally by that share of the previous period, times the root of the share that is left.
        """
        if forecaster == OURS:
            return self.odds
        if forecaster == EVEN_ODDS:
            return 0.5
        beyond = self.points[forecaster] - self.threshold
        if spread is None:
            return float(beyond >= 0)
        return erfc(-beyond / (spread * self.previous * sqrt(self.left)) / sqrt(2)) / 2


@dataclass
class Replay:
    """All questions about one history."""

    name: str
    questions: list[Question] = field(default_factory=list)
    silent: int = 0
    """So many evenings on which nothing was said: too little history."""
    seconds: float = 0.0

    def brier(
        self, forecaster: str, spread: float | None = None, of: Callable[[Question], bool] = bool
    ) -> float:
        """The mean squared distance of what was said from what happened."""
        errors = [(one.said(forecaster, spread) - one.happened) ** 2 for one in self.questions if of(one)]
        return sum(errors) / len(errors)

    def fair_spread(self, rival: str) -> float:
        """The spread with which a rival would have done best, known only with hindsight."""
        return min(SPREADS, key=lambda spread: self.brier(rival, spread))

    def endings_won(self) -> tuple[int, int]:
        """In how many of all periods (each with all its questions) ours is better than every rival."""
        of: dict[tuple[str, str], list[Question]] = defaultdict(list)
        for question in self.questions:
            of[question.kind, question.period].append(question)
        better = 0
        for questions in of.values():
            part = Replay(self.name, questions)
            better += all(part.brier(OURS) < part.brier(rival) for rival in RIVALS)
        return better, len(of)

    def reliability(self, parts: int = 10) -> list[tuple[int, float, float, int]]:
        """By what was said in steps of 10 %: the step, its average, how often it happened, of how many."""
        steps: dict[int, list[Question]] = defaultdict(list)
        for question in self.questions:
            steps[min(parts - 1, int(question.odds * parts))].append(question)
        return [
            (
                step,
                sum(one.odds for one in steps[step]) / len(steps[step]),
                sum(one.happened for one in steps[step]) / len(steps[step]),
                len(steps[step]),
            )
            for step in sorted(steps)
        ]


# --- replaying ----------------------------------------------------------------------------------------------


def evenings(first: date, last: date, step: int = 7) -> list[date]:
    """Days from the first to the last, a week or more apart."""
    return [first + timedelta(days=days) for days in range(0, (last - first).days + 1, step)]


def replay(name: str, scopes: Sequence[Scope], days: Sequence[date], last: date) -> Replay:
    """Ask on each evening about the running month and quarter that are over on the last day."""
    started = time.perf_counter()
    found = Replay(name)
    outcome = known_on(last)
    began = min(sale.on for sale in outcome.company.sales)
    sold = {scope: _daily(outcome, scope) for scope in scopes}
    for day in days:
        running = [(kind, periods.period_of(kind, day)) for kind in PERIODS]
        running = [
            (kind, period)
            for kind, period in running
            if day < period.last_day <= last and began <= periods.previous_period(kind, period).start + WEEK
        ]
        if not running:
            continue
        known = known_on(day)
        for scope in scopes:
            _ask(found, known, scope, running, sold[scope])
    found.seconds = time.perf_counter() - started
    return found


def _daily(known: Known, scope: Scope) -> dict[date, int]:
    daily: dict[date, int] = defaultdict(int)
    for sale in known.part(team=scope.team, person=scope.person).sales:
        daily[sale.on] += sale.amount
    return daily


def _ask(
    found: Replay,
    known: Known,
    scope: Scope,
    running: Sequence[tuple[periods.Kind, periods.Period]],
    sold: dict[date, int],
) -> None:
    day = known.today

    def total(start: date, end: date) -> int:
        return sum(amount for on, amount in sold.items() if start <= on < end)

    part = known.part(team=scope.team, person=scope.person)
    outlook = part.outlook
    if outlook.rhythm is None:
        found.silent += 1
        return
    weighted = sum(
        (course.amount or 0) * known.by_hand[course.visits[-1].kind] / 100
        for course in part.courses
        if course.visits and course.visits[-1].left is None
    )
    for kind, period in running:
        before = periods.previous_period(kind, period)
        previous = total(before.start, before.end)
        so_far, final = total(period.start, day + timedelta(days=1)), total(period.start, period.end)
        elapsed = (day - period.start).days + 1
        left = 1 - elapsed / period.days
        points = {
            PACE: so_far * period.days / elapsed,
            PIPELINE: so_far + weighted,
            REPEATED: so_far + previous * left,
        }
        thresholds = [previous * percent // 100 for percent in PERCENTS]
        thresholds = [threshold for threshold in thresholds if threshold > so_far]
        odds = outlook.chances(period.last_day, [threshold - so_far for threshold in thresholds])
        for threshold, said in zip(thresholds, odds, strict=True):
            assert said is not None
            found.questions.append(
                Question(
                    scope, kind, period.name, previous, threshold, left, points, said, final >= threshold
                )
            )


# --- histories ----------------------------------------------------------------------------------------------


@contextmanager
def new_board() -> Iterator[None]:
    """An empty board that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        database = create_database(Path(folder) / "replayed.db")
        with bound_to(database):
            yield
        database.close()


def sample(folder: Path, *, step: int = 7) -> Replay:
    """The year 2017 of the sample: the company, each region and each manager's team."""
    with new_board():
        now = datetime(2018, 1, 1, 10, tzinfo=UTC)
        me = stories.set_up(now=now)
        files = importing.read_files(folder / name for name in FILES)
        importing.apply(importing.plan(files, actor=me, now=now), actor=me, now=now)
        scopes = [Scope("company", "company")]
        scopes += [Scope(team.name, ("region", "team")[team.depth], team.id) for team in people.tree()]
        first, last = SAMPLE_DAYS
        return replay("the sample, 2017", scopes, evenings(first, last, step), last)


def made_up(seed: int, *, step: int = DEMO_STEP, with_people: bool = True) -> Replay:
    """The last two years of a made-up company: all of it, each team, each seller."""
    with new_board():
        demo.SEED, before = seed, demo.SEED
        try:
            demo.fill(DEMO_NOW)
        finally:
            demo.SEED = before
        last = DEMO_NOW.date() - timedelta(days=1)
        scopes = [Scope("company", "company")]
        scopes += [Scope(team.name, "team", team.id) for team in people.tree() if team.depth]
        if with_people:
            sellers = Person.select().where(Person.role.in_(("rep", "lead"))).order_by(Person.id)
            scopes += [Scope(row.name, "person", person=row.id) for row in sellers]
        return replay("a made-up company", scopes, evenings(last - 104 * WEEK, last, step), last)


def several(replays: Sequence[Replay]) -> Replay:
    """Histories of one kind as one."""
    return Replay(
        f"{len(replays)} × {replays[0].name}",
        [question for one in replays for question in one.questions],
        sum(one.silent for one in replays),
        sum(one.seconds for one in replays),
    )


# --- in print -----------------------------------------------------------------------------------------------


def table(replayed: Replay) -> Iterator[str]:
    """The scores of all forecasters, and how reliable the odds were."""
    questions = replayed.questions
    levels = list(dict.fromkeys(question.scope.level for question in questions))
    columns: list[tuple[str, Callable[[Question], bool]]] = [("all", bool)]
    columns += [(kind, lambda one, kind=kind: one.kind == kind) for kind in PERIODS]
    columns += [(level, lambda one, level=level: one.scope.level == level) for level in levels]
    better, endings = replayed.endings_won()
    yield f"{replayed.name}: {len(questions):,} questions in {replayed.seconds:.0f} s"
    yield f"Brier score (0 is best){'':7}" + "".join(f"{name:>9}" for name, _ in columns)
    lines: list[tuple[str, str, float | None]] = [(OURS, OURS, None)]
    for rival in RIVALS:
        spread = replayed.fair_spread(rival)
        lines += [(rival, rival, None), (f"  as a curve, spread {spread:g} *", rival, spread)]
    lines.append((EVEN_ODDS, EVEN_ODDS, None))
    for name, forecaster, spread in lines:
        scores = [replayed.brier(forecaster, spread, of) for _, of in columns]
        yield f"{name:<30}" + "".join(f"{score:9.4f}" for score in scores)
    yield f"{'questions':<30}" + "".join(f"{sum(map(of, questions)):>9,}" for _, of in columns)
    yield f"ours is better than all three rivals in {better} of {endings} periods"
    yield ""
    yield "reliability   " + "".join(
        f"{f'{step * 10}–{step * 10 + 10} %':>10}" for step, *_ in replayed.reliability()
    )
    for name, number in (("said", 1), ("happened", 2)):
        yield f"{name:<14}" + "".join(f"{row[number]:>9.0%} " for row in replayed.reliability())
    yield f"{'of':<14}" + "".join(f"{row[3]:>9,} " for row in replayed.reliability())


NOTES = """\
A rival that expects the threshold or more says 100 %, else 0 %; a tie counts as reached.
* As a curve it strays normally around what it expects, by that share of the previous period times the root
  of the time left; the spread is chosen with hindsight, in the rival's favour.
Questions about one period, or about a team and its region, hang together: trust periods, not questions."""


def main() -> None:
    """Replay what is there and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.calibration", description="the odds, held to account"
    )
    parser.add_argument("folder", nargs="?", type=Path, help="the sample's CSV files")
    parser.add_argument("--seed", type=int, action="append", help="of a made-up company, instead of three")
    given = parser.parse_args()
    if given.folder:
        print("\n".join(table(sample(given.folder))), end="\n\n", flush=True)
    print("\n".join(table(several([made_up(seed) for seed in given.seed or DEMO_SEEDS]))), end="\n\n")
    print(NOTES)


if __name__ == "__main__":
    main()
