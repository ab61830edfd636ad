"""Contracts on the board: the clause that reads back, what it entitles to, what un-winning takes away."""

from datetime import date

import pytest

from salesboard.domain import clauses, pipeline
from salesboard.domain.clauses import Clause, ClauseRung
from salesboard.domain.contracts import Contract, add_clause, contract, set_clause
from salesboard.domain.gains import Scope
from salesboard.domain.goals import find_goal
from salesboard.domain.rewards import approve_reward, claw_back_reward, pay_reward
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests import quarter, stories
from tests.conftest import on_sqlite_alone
from tests.quarter import AFTERWARDS, DUES, PER_PERIOD, START, WINS, K, add_quarter, at, goal_of, six_wins
from tests.stories import add_person

PAYMENTS = (5_000_00, 10_000_00, 20_000_00)
CLAUSE = Clause(
    "the Agent",
    "the Agency Agreement",
    "4.2",
    "USD",
    START,
    tuple(
        ClauseRung(value * K, due, paid)
        for value, due, paid in zip((100, 250, 500), DUES, PAYMENTS, strict=True)
    ),
)
MARCH_10 = date(2026, 3, 10)


@pytest.fixture
def ada(database: Database) -> Actor:
    return quarter.set_up()


@pytest.fixture
def mia(ada: Actor) -> Actor:
    return add_person("Mia")


def agreed(mia: Actor, *, final: bool = False) -> int:
    return add_clause(
        stories.owner(), CLAUSE, now=at(START), scope=Scope(person=mia.id), signed_on=START, final=final
    )


def statement(found: Contract) -> list[tuple[str, bool, str]]:
    return [(line.mark, line.entitled, line.effect) for line in found.entitlements]


# --- worked example 2 ---------------------------------------------------------------------------------------


def test_entitled_to_all_three_with_the_evidence(mia: Actor) -> None:
    goal = agreed(mia)
    deals = six_wins(by=mia)
    found = contract(goal, today=AFTERWARDS)
    assert statement(found) == [(mark, True, "to pay") for mark in ("(i)", "(ii)", "(iii)")]
    lines = found.entitlements
    assert [line.standing.reached_on for line in lines] == [WINS[place][0] for place in (1, 3, 5)]
    assert [[gain.subject for gain in line.evidence] for line in lines] == [deals[:2], deals[:4], deals]
    assert [line.balance for line in lines] == list(PAYMENTS)
    assert (found.ledger_seq, found.ledger_hash) == ledger.end()
    assert stories.faults() == []


@on_sqlite_alone
def test_on_an_earlier_day_nothing_that_is_due_later_is_missed(mia: Actor) -> None:
    goal = agreed(mia)
    six_wins(by=mia)
    found = contract(goal, today=date(2026, 1, 22))
    assert [line.standing.status for line in found.entitlements] == ["reached", "open", "open"]
    assert statement(found)[1:] == [("(ii)", False, "nothing"), ("(iii)", False, "nothing")]


def un_won(mia: Actor, goal: int, *, paid: bool) -> Contract:
    """The 120k deal is un-won on 10 March; (ii) may have been paid by then. The other sales stay."""
    deals = [quarter.sell(day, value, by=mia) for day, value in WINS if day < MARCH_10]
    if paid:
        number = find_goal(goal).versions[0].milestones[1].id
        approve_reward(stories.owner(), number, mia.id or 0, now=at(date(2026, 3, 1)))
        pay_reward(stories.owner(), number, mia.id or 0, now=at(date(2026, 3, 1)))
    pipeline.reopen_deal(mia, deals[3], now=at(MARCH_10))
    quarter.sell(WINS[5][0], WINS[5][1], by=mia)
    return contract(goal, today=AFTERWARDS)


@on_sqlite_alone
def test_un_won_before_it_was_paid_the_second_is_cancelled_and_the_third_missed(mia: Actor) -> None:
    goal = agreed(mia)
    _, second, third = un_won(mia, goal, paid=False).entitlements
    assert (second.standing.status, second.standing.value_on_due) == ("reversed", 170 * K)
    assert (second.standing.was_reached_on, second.effect, second.balance) == (WINS[3][0], "cancelled", 0)
    assert (third.standing.status, third.standing.value_on_due) == ("missed", 400 * K)
    assert third.effect == "nothing"


@on_sqlite_alone
def test_un_won_after_it_was_paid_the_second_is_clawed_back(ada: Actor, mia: Actor) -> None:
    goal = agreed(mia)
    found = un_won(mia, goal, paid=True)
    assert statement(found) == [
        *(("(i)", True, "to pay"), ("(ii)", False, "clawback"), ("(iii)", False, "nothing"))
    ]
    assert (found.entitlements[1].paid, found.entitlements[1].balance) == (PAYMENTS[1], -PAYMENTS[1])
    number = find_goal(goal).versions[0].milestones[1].id
    claw_back_reward(ada, number, mia.id or 0, now=at(AFTERWARDS))
    assert contract(goal, today=AFTERWARDS).entitlements[1].effect == "cancelled"


@on_sqlite_alone
def test_what_is_final_once_it_is_paid_is_not_clawed_back(mia: Actor) -> None:
    found = un_won(mia, agreed(mia, final=True), paid=True)
    assert (found.entitlements[1].effect, found.entitlements[1].balance) == ("final", 0)


@on_sqlite_alone
def test_what_is_paid_to_a_team_is_one_sum_shared_among_its_people(ada: Actor) -> None:
    west = stories.add_team("West")
    crew = [add_person(name, team="West") for name in ("Ann", "Lea", "Max")]
    goal = add_clause(ada, CLAUSE, now=at(START), scope=Scope(team=west))
    quarter.sell(WINS[0][0], 100, by=crew[0])
    found = contract(goal, today=WINS[0][0])
    assert (found.entitlements[0].effect, found.entitlements[0].balance) == ("to pay", PAYMENTS[0])
    parts = [(one.name, one.amount_minor) for one in found.shares[0]]
    assert parts == [("Ann", 1_666_67), ("Lea", 1_666_67), ("Max", 1_666_66)]
    assert [sum(one.amount_minor for one in each) for each in found.shares] == list(PAYMENTS)
    number = find_goal(goal).versions[0].milestones[0].id
    for one in crew:
        approve_reward(ada, number, one.id or 0, now=at(WINS[0][0]))
        pay_reward(ada, number, one.id or 0, now=at(WINS[0][0]))
    found = contract(goal, today=WINS[0][0])
    line = found.entitlements[0]
    assert (line.paid, line.effect, line.balance) == (PAYMENTS[0], "paid", 0)


# --- the wording --------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_the_wording_reads_back_to_the_same_conditions(mia: Actor) -> None:
    goal = agreed(mia)
    found = contract(goal, today=START)
    assert found.clause == CLAUSE and found.signed_on == START
    again = clauses.read(found.wording, currency="USD", start=START)
    assert (again.rungs, again.section, again.doubts) == (CLAUSE.rungs, "4.2", ())
    assert found.wording.startswith(
        "Under the Agency Agreement, upon reaching cumulative sales of "
        "(i) $100,000 by the end of the first month (31 January 2026), (ii) $250,000"
    )
    facts = find_goal(goal)
    assert (facts.name, facts.whose, facts.end_on) == ("the Agent: section 4.2", "Mia", DUES[-1])
    assert [one.rung.threshold for one in facts.versions[0].milestones] == [100 * K, 250 * K, 500 * K]


def test_a_clause_that_was_pasted_is_kept_as_it_was_read(ada: Actor, mia: Actor) -> None:
    said = (
        "Upon achieving (i) $100,000 in sales by the end of the first month, (ii) $250,000 by the end of the "
        "second month and (iii) $500,000 by the end of the third month, the Agent is entitled to receive the "
        "corresponding commission payment as outlined in Section 7(b)."
    )
    read = clauses.read(said, currency="USD", start=START)
    assert read.doubts == () and read.section == "7(b)"
    clause = Clause("the Agent", "the Agreement", read.section, "USD", START, read.rungs)
    found = contract(add_clause(ada, clause, now=at(START), scope=Scope(person=mia.id)), today=START)
    assert (
        found.clause.rungs
        == read.rungs
        == tuple(ClauseRung(one.threshold, one.due_on) for one in CLAUSE.rungs)
    )
    assert clauses.read(found.wording, currency="USD", start=START).rungs == read.rungs


def test_what_the_contract_says_is_corrected(ada: Actor, mia: Actor) -> None:
    goal = agreed(mia)
    new = {"party": "the Dealer", "agreement": "the New Agreement", "section": "5"}
    set_clause(ada, goal, now=at(MARCH_10), signed_on=MARCH_10, **new)
    found = contract(goal, today=MARCH_10)
    assert (found.clause.party, found.clause.section, found.signed_on) == ("the Dealer", "5", MARCH_10)
    assert "Section 5" in found.wording


def test_a_goal_becomes_part_of_a_contract(ada: Actor) -> None:
    goal = add_quarter()
    with pytest.raises(NotFound, match="is part of no contract"):
        contract(goal, today=START)
    set_clause(ada, goal, party="we", agreement="the Agreement", section="3", now=at(START))
    assert [rung.threshold for rung in contract(goal, today=START).clause.rungs] == [
        150 * K,
        300 * K,
        500 * K,
    ]


@on_sqlite_alone
@pytest.mark.parametrize(
    ("make", "changes", "why"),
    [
        (lambda: add_quarter(), {"section": "the fourth"}, "is no section"),
        (lambda: add_quarter(), {"party": " "}, "The party"),
        (lambda: add_quarter(), {"party": "(i) $5 Ltd"}, "would be read as a part"),
        (lambda: add_quarter(PER_PERIOD, "per period"), {}, "counts each period by itself"),
        (lambda: add_quarter((100, 150, 250), "per period"), {}, "counts each period by itself"),
        (lambda: goal_of("sales", 3), {}, "a clause is about revenue"),
    ],
)
def test_what_no_clause_can_say_is_refused_and_nothing_is_kept(ada: Actor, make, changes, why) -> None:
    goal = make()
    facts = {"party": "we", "agreement": "the Agreement", "section": "3", "now": at(START)}
    before = ledger.end()
    with pytest.raises(Refused, match=why):
        set_clause(ada, goal, **{**facts, **changes})
    assert ledger.end() == before
    with pytest.raises(NotFound):
        contract(goal, today=START)


@on_sqlite_alone
def test_a_clause_in_another_currency_is_refused(ada: Actor) -> None:
    clause = Clause("we", "the Agreement", "3", "EUR", START, CLAUSE.rungs)
    with pytest.raises(Refused, match="the board is in USD, the clause in EUR"):
        add_clause(ada, clause, now=at(START), scope=Scope())
