"""Realism: eight quarters and what may be asked after them, and the five answers a goal needs."""

import statistics
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesboard.domain import realism
from salesboard.domain.realism import GoalFacts
from salesboard.errors import Refused

K = 1_000_00
QUARTERS = [310 * K, 290 * K, 350 * K, 410 * K, 380 * K, 420 * K, 400 * K, 450 * K]
NEW_CLIENTS = [3, 4, 4, 5]

GOAL = GoalFacts(
    metric="revenue",
    scope="West",
    computable=True,
    verdict="fair",
    reason=None,
    parent="Q4 revenue",
    relevance=None,
    due_on=date(2026, 12, 31),
    open_ended=False,
)
DRAFT = GoalFacts(None, None, False, None, None, None, None, None, False)


# --- worked example 7 ---------------------------------------------------------------------------------------


def test_eight_quarters():
    found = realism.judge(400 * K, QUARTERS)
    assert (found.p50, found.p80, found.p95, found.best) == (390 * K, 416 * K, Decimal("439.5") * K, 450 * K)


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (390, "safe"),
        (391, "fair"),
        (400, "fair"),
        (416, "fair"),
        (417, "stretch"),
        (430, "stretch"),
        (450, "stretch"),
        (451, "beyond best"),
        (500, "beyond best"),
    ],
)
def test_the_verdict_on_a_target(target, verdict):
    found = realism.judge(target * K, QUARTERS)
    assert found.verdict == verdict
    assert found.needs_reason == (verdict == "beyond best")


def test_half_a_million_is_beyond_the_best_quarter():
    found = realism.judge(500 * K, QUARTERS)
    assert found.above_best == 11.1
    assert realism.explain(found, show=lambda minor: f"{minor // 100:,}") == (
        "500,000 is 11.1 % above your best quarter (450,000); 80 % of your quarters were at or below 416,000"
    )


def test_three_quarters_are_not_enough_history():
    found = realism.judge(400 * K, QUARTERS[:3])
    assert (found.verdict, found.p50, found.best, found.needs_reason) == (
        "not enough history",
        None,
        None,
        False,
    )
    assert realism.explain(found) == "not enough history: 3 comparable quarters, 4 are needed"
    assert realism.explain(realism.judge(5, [1]), noun="month").endswith("1 comparable month, 4 are needed")
    assert realism.judge(400 * K, QUARTERS[:4]).verdict == "stretch"


def test_targets_up_to_the_best_in_words():
    below, equal = realism.judge(4, NEW_CLIENTS), realism.judge(5, NEW_CLIENTS)
    assert realism.explain(below, noun="month") == (
        "4 is below your best month (5); 80 % of your months were at or below 4"
    )
    assert realism.explain(equal).startswith("5 is equal to your best quarter (5);")


def test_after_quarters_without_a_sale_there_is_no_percentage():
    found = realism.judge(1, [0, 0, 0, 0])
    assert (found.verdict, found.above_best) == ("beyond best", None)
    assert realism.explain(found).startswith("1 is above your best quarter (0);")


@pytest.mark.parametrize(("values", "at"), [([], 50), ([1], -1), ([1], 101)])
def test_percentiles_that_can_not_be(values, at):
    with pytest.raises(Refused, match="percentile"):
        realism.percentile(values, at)


# --- judged by the past -------------------------------------------------------------------------------------


def test_the_last_eight_quarters_judged_by_a_target():
    assert str(realism.hits(410 * K, QUARTERS)) == "hit 3 of 8"
    assert str(realism.hits(450 * K + 1, QUARTERS)) == "hit 0 of 8"
    assert str(realism.hits(0, [])) == "hit 0 of 0"


# --- five answers -------------------------------------------------------------------------------------------


def test_a_goal_that_can_be_activated():
    ticks = realism.smart(GOAL)
    assert [(tick.word, tick.met, tick.why) for tick in ticks] == [
        ("specific", True, "revenue of West"),
        ("measurable", True, "counted from the ledger"),
        ("achievable", True, "fair"),
        ("relevant", True, "part of Q4 revenue"),
        ("time-bound", True, "due on 2026-12-31"),
    ]


def test_a_bare_draft_fails_five_times_and_says_why():
    assert [(tick.met, tick.why.partition(":")[0]) for tick in realism.smart(DRAFT)] == [
        (False, "it names no metric"),
        (False, "nothing is counted"),
        (False, "realism is not checked"),
        (False, "it serves no other goal"),
        (False, "it has no due date"),
    ]


@pytest.mark.parametrize(
    ("change", "word", "met", "why"),
    [
        ({"scope": None}, "specific", False, "it names nobody"),
        ({"metric": "happiness", "computable": False}, "measurable", False, "happiness can not be counted"),
        ({"verdict": "beyond best"}, "achievable", False, "beyond the best ever: write the reason"),
        ({"verdict": "beyond best", "reason": "two new reps"}, "achievable", True, "because: two new reps"),
        ({"verdict": "not enough history"}, "achievable", True, "not enough history"),
        ({"parent": None, "relevance": "the bank asks"}, "relevant", True, "the bank asks"),
        ({"due_on": None, "open_ended": True}, "time-bound", True, "open-ended"),
    ],
)
def test_each_answer_on_its_own(change, word, met, why):
    ticks = {tick.word: tick for tick in realism.smart(replace(GOAL, **change))}
    assert ticks[word].met is met
    assert why in ticks[word].why
    assert all(tick.met for tick in ticks.values() if tick.word != word)


# --- properties ---------------------------------------------------------------------------------------------

amounts = st.integers(0, 10**15)
histories = st.lists(amounts, min_size=1, max_size=12)


@settings(max_examples=30)
@given(histories)
def test_percentiles_rise_from_the_least_to_the_best(past):
    found = [realism.percentile(past, at) for at in range(101)]
    assert all(before <= after for before, after in pairwise(found))
    assert (found[0], found[100]) == (min(past), max(past))


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30))
def test_percentiles_are_those_of_the_standard_library(past):
    found = [realism.percentile(past, at) for at in range(1, 100)]
    assert [float(value) for value in found] == pytest.approx(
        statistics.quantiles(past, n=100, method="inclusive"), abs=0.001
    )


@settings(max_examples=50)
@given(st.lists(amounts, min_size=4, max_size=12), amounts, amounts)
def test_a_higher_target_is_never_safer(past, one, other):
    lower, higher = sorted([one, other])
    order = ["safe", "fair", "stretch", "beyond best"]
    assert order.index(realism.judge(lower, past).verdict) <= order.index(realism.judge(higher, past).verdict)
    assert realism.hits(lower, past).hit >= realism.hits(higher, past).hit
