"""The odds held to account on a small made-up history, and the scales that they are weighed on."""

from pathlib import Path

import pytest

from tests import calibration
from tests.calibration import EVEN_ODDS, OURS, PACE, REPEATED, RIVALS, Question, Replay, Scope

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "maven"
COMPANY = Scope("company", "company")


def question(odds: float, *, happened: bool, expects: float = 100, period: str = "2026-05") -> Question:
    """Will a month bring 100, half of it still to come; all rivals expect so much."""
    points = dict.fromkeys(RIVALS, expects)
    return Question(COMPANY, "month", period, 100, 100, 0.5, points, odds, happened)


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return calibration.made_up(calibration.DEMO_SEEDS[0], step=56, with_people=False)


def test_the_odds_beat_every_rival_on_a_made_up_history(replayed: Replay) -> None:
    assert len(replayed.questions) > 500
    ours = replayed.brier(OURS)
    for rival in RIVALS:
        assert ours < 0.8 * replayed.brier(rival)
        assert ours < replayed.brier(rival, replayed.fair_spread(rival)), "even with hindsight"
    assert ours < 0.8 * replayed.brier(EVEN_ODDS)


def test_what_is_said_comes_true_as_often_as_it_is_said(replayed: Replay) -> None:
    thirds = replayed.reliability(3)
    assert [step for step, *_ in thirds] == [0, 1, 2]
    for _, said, happened, number in thirds:
        assert number > 50
        assert happened == pytest.approx(said, abs=0.15)


def test_control_who_says_too_much_is_seen() -> None:
    sure = Replay("sure", [question(0.95, happened=number % 2 == 0) for number in range(100)])
    ((step, said, happened, number),) = sure.reliability()
    assert (step, round(said, 2), happened, number) == (9, 0.95, 0.5, 100)
    honest = Replay("honest", [question(0.5, happened=number % 2 == 0) for number in range(100)])
    assert honest.brier(OURS) == 0.25 < sure.brier(OURS)
    assert sure.brier(EVEN_ODDS) == 0.25


def test_a_rival_is_sure_and_a_tie_counts_as_reached() -> None:
    assert [question(0, happened=True, expects=one).said(PACE) for one in (99, 100, 101)] == [0, 1, 1]
    curved = [question(0, happened=True, expects=one).said(PACE, 0.3) for one in (50, 100, 150)]
    assert curved == [pytest.approx(0.01, abs=0.005), 0.5, pytest.approx(0.99, abs=0.005)]
    found = Replay(
        "", [question(0.5, happened=True, expects=120)] * 9 + [question(0.5, happened=False, expects=80)]
    )
    assert found.brier(REPEATED) == 0
    assert found.fair_spread(REPEATED) == calibration.SPREADS[0]


def test_the_table_says_it_all(replayed: Replay) -> None:
    lines = list(calibration.table(replayed))
    assert lines[0].startswith("a made-up company: ")
    assert lines[1].split()[-5:] == ["all", "month", "quarter", "company", "team"]
    (ours,) = (line for line in lines if line.startswith(OURS + " ") and "than" not in line)
    assert float(ours.split()[1]) == pytest.approx(replayed.brier(OURS), abs=0.0001)
    assert any(line.startswith("happened") for line in lines)
    assert {len(line) for line in lines[1:3]} == {len(ours)}


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the sample is not here")
def test_the_odds_beat_every_rival_on_the_sample() -> None:
    found = calibration.sample(SAMPLE, step=63)
    assert len(found.questions) > 300
    assert all(found.brier(OURS) < found.brier(rival) for rival in RIVALS)
