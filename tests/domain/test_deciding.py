"""Deciding: how a tie is broken, what has to be done first, and the sealed envelope."""

import re

import pytest

from salesboard.domain import history, people, pipeline
from salesboard.domain.awards import deciding, evidence, judging, nominations, programme, screening
from salesboard.errors import NotAllowed, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Award
from tests.evening import (
    DAY,
    DECIDED,
    JUDGED,
    NOMINATED,
    announce,
    honour,
    id_of,
    judge_all,
    judged,
    judges,
    sealed,
    shortlist,
)
from tests.stories import NOW, TODAY, add_deal, add_person, faults, owner, set_up

THEN = (TODAY + 7 * DAY, DECIDED)


def tied(*ballots: tuple[int, int]) -> tuple[int, Actor, Actor]:
    """A category in which judges gave Mia and Tom these points by all criteria."""
    mia, tom, eva = (add_person(name) for name in ("Mia", "Tom", "Eva"))
    category = honour(announce())
    first, second = shortlist(category, eva, mia, tom)
    panel = [add_person(f"Judge {number}") for number in range(len(ballots))]
    judges(category, *panel)
    for judge, (of_mia, of_tom) in zip(panel, ballots, strict=True):
        judge_all(category, judge, {first: of_mia, second: of_tom})
    return category, mia, tom


def awards(category: int) -> list[tuple[int | None, str, str | None, str | None]]:
    rows = Award.select().where(Award.category == category).order_by(Award.place)
    return [(row.person_id, row.result, row.broken_by, row.reason) for row in rows]


def test_the_better_mean_wins_and_nobody_is_chosen_against_it(sqlite_database: Database) -> None:
    set_up()
    category, mia, tom = tied((9, 4), (7, 7))
    with pytest.raises(Refused, match="nobody is level"):
        deciding.decide(owner(), category, now=DECIDED, chosen=[f"person:{tom.id}"], reason="I like him")
    deciding.decide(owner(), category, now=DECIDED)
    assert awards(category) == [(mia.id, "8", None, None)]


def test_level_means_are_parted_by_the_higher_median(sqlite_database: Database) -> None:
    set_up()
    category, mia, tom = tied((9, 7), (8, 6), (1, 5))
    assert mia != tom
    deciding.decide(owner(), category, now=DECIDED)
    assert awards(category) == [(mia.id, "6", "higher median", None)]


def test_level_medians_are_parted_by_more_first_places(sqlite_database: Database) -> None:
    set_up()
    category, _, tom = tied((2, 3), (5, 6), (5, 9), (10, 4))
    line = deciding.table(owner(), category, today=THEN[0]).lines[0]
    assert (line.shown, line.median, line.firsts) == ("5.5", 5, 3)
    deciding.decide(owner(), category, now=DECIDED)
    assert awards(category) == [(tom.id, "11/2", "more first places", None)]


def test_who_is_level_in_everything_is_chosen_by_the_chair_with_a_reason(sqlite_database: Database) -> None:
    set_up()
    category, mia, tom = tied((8, 6), (6, 8))
    level = deciding.table(owner(), category, today=THEN[0])
    assert ([one.name for one in level.level], level.left, level.winning) == (["Mia", "Tom"], 1, ())
    chosen = [f"person:{tom.id}"]
    with pytest.raises(Refused, match="Mia, Tom are level in everything: choose one"):
        deciding.decide(owner(), category, now=DECIDED)
    with pytest.raises(Refused, match="reason is empty"):
        deciding.decide(owner(), category, now=DECIDED, chosen=chosen)
    with pytest.raises(Refused, match="only those who are level"):
        deciding.decide(owner(), category, now=DECIDED, chosen=["person:1"], reason="x")
    deciding.decide(owner(), category, now=DECIDED, chosen=chosen, reason="He helped the others")
    assert awards(category) == [(tom.id, "7", "the chair", "He helped the others")]
    programme.build(owner(), seasons_of(category), now=DECIDED)
    other = {"chosen": [f"person:{mia.id}"], "reason": "She stayed longer"}
    with pytest.raises(Refused, match="Ada Marsh has decided Above and Beyond already"):
        deciding.decide(owner(), category, now=DECIDED, **other)
    deciding.decide(owner(), category, now=DECIDED, anew=True, **other)
    assert awards(category)[0][0] == mia.id
    plan = programme.programme(owner(), seasons_of(category), today=THEN[0], script=True)
    assert str(plan.items[0].citation).startswith("Mia."), "what was said of Tom is not said of her"
    assert faults() == []


def seasons_of(category: int) -> int:
    return judging.judged(category).season


def test_where_there_is_an_award_for_each_who_is_level_nobody_has_to_choose(
    sqlite_database: Database,
) -> None:
    set_up()
    mia, tom, eva, judge = (add_person(name) for name in ("Mia", "Tom", "Eva", "Jon"))
    category = honour(announce(), winners=2)
    judges(category, judge)
    judge_all(category, judge, dict.fromkeys(shortlist(category, eva, mia, tom), 8))
    deciding.decide(owner(), category, now=DECIDED)
    assert [(person, broken) for person, _, broken, _ in awards(category)] == [(mia.id, None), (tom.id, None)]


def test_nobody_decides_where_they_are_nominated_somebody_else_does(sqlite_database: Database) -> None:
    set_up()
    host, tom, eva, judge = (add_person(name) for name in ("Host", "Tom", "Eva", "Jon"))
    season = announce(host=host)
    category, other = honour(season), honour(season, "Rookie")
    for one, nominees in ((category, (host, tom)), (other, (tom,))):
        judges(one, judge)
        judge_all(one, judge, dict.fromkeys(shortlist(one, eva, *nominees), 8) | {})
    with pytest.raises(NotAllowed, match="nobody decides on themselves"):
        deciding.decide(host, category, now=DECIDED)
    with pytest.raises(NotAllowed, match="nobody decides on themselves"):
        deciding.table(host, category, today=THEN[0])
    deciding.decide(host, other, now=DECIDED)
    chosen = [f"person:{tom.id}"]
    deciding.decide(owner(), category, now=DECIDED, chosen=chosen, reason="Longer with us")
    known = {one.category.name: one.winners for one in deciding.decisions(host, season, today=THEN[0])}
    assert not known["Above and Beyond"] and known["Rookie"], "and only of others does the host know"


def test_nothing_is_decided_while_something_is_not_screened(sqlite_database: Database) -> None:
    set_up()
    found = judged()
    nominations.nominate(found.ada, found.category, "x" * 40, now=NOMINATED, person=id_of(found.eva))
    with pytest.raises(Refused, match="1 nomination is not screened yet"):
        deciding.decide(found.ada, found.category, now=DECIDED)


def test_changed_evidence_is_cleared_before_a_decision_and_marks_one_after(sqlite_database: Database) -> None:
    set_up()
    mia, eva, jon = (add_person(name) for name in ("Mia", "Eva", "Jon"))
    deal = add_deal("Northwind", "41k", by=mia)
    pipeline.win_deal(mia, deal, now=NOW, won_on=TODAY.replace(month=3))
    category = honour(announce())
    judges(category, jon)
    (nomination,) = shortlist(category, eva, mia, evidence=[f"deal:{deal}"])
    judge_all(category, jon, {nomination: 8})
    pipeline.edit_deal(mia, deal, now=NOW, value_minor=38_500_00)
    with pytest.raises(Refused, match=re.escape("41,000 → 38,500; clear it with a reason first")):
        deciding.decide(owner(), category, now=DECIDED)
    (piece,) = evidence.of_nomination(nomination)
    screening.clear(jon, piece.id, "An invoice was corrected", now=DECIDED)
    deciding.decide(owner(), category, now=DECIDED)
    deciding.seal(owner(), category, now=DECIDED)
    assert deciding.decision(owner(), category, today=THEN[0]).basis == ()
    pipeline.edit_deal(mia, deal, now=DECIDED, value_minor=1_000_00)
    after = deciding.decision(owner(), category, today=THEN[0])
    assert after.winners[0].name == "Mia" and after.holds, "the award stays"
    assert "38,500" not in after.basis[0] and "→ 1,000" in after.basis[0]


def test_who_is_recused_by_the_day_of_the_decision_does_not_count(sqlite_database: Database) -> None:
    set_up()
    found = judged()
    west = people.add_team(found.ada, "West", now=NOW)
    people.edit_person(found.ada, id_of(found.lea), now=NOW, role="lead")
    for person in (found.mia, found.lea):
        people.join_team(found.ada, id_of(person), west, now=NOW)
    with pytest.raises(Refused, match="Mia X: 1 of 2 judges needed"):
        deciding.decide(found.ada, found.category, now=DECIDED)


def test_a_computed_category_is_decided_by_its_ranking(sqlite_database: Database) -> None:
    set_up()
    mia, tom = add_person("Mia"), add_person("Tom")
    for person, value in ((mia, "12k"), (tom, "9k")):
        deal = add_deal(None, value, by=person, title=f"{person} {value}")
        pipeline.win_deal(person, deal, now=NOW, won_on=TODAY - 9 * DAY)
    category = honour(announce(), "Most Revenue", metric="most revenue")
    with pytest.raises(Refused, match="nobody judges it"):
        judges(category, tom)
    deciding.decide(owner(), category, now=DECIDED)
    (winner,) = deciding.decision(owner(), category, today=THEN[0]).winners
    assert (winner.name, winner.shown) == ("Mia", "$12,000.00")


def test_others_than_the_chair_see_only_that_it_is_decided(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    for person in (found.jon, found.mia, found.eva):
        seen = deciding.decision(person, found.category, today=THEN[0])
        assert (seen.state, seen.winners, seen.basis) == ("sealed", (), ())
        with pytest.raises(NotAllowed):
            deciding.table(person, found.category, today=THEN[0])
    ballot = judging.ballot(found.jon, found.category, today=THEN[0])
    assert all(not one.others for one in ballot.nominees), "not even those who have judged"
    assert deciding.decision(found.ada, found.category, today=THEN[0]).winners[0].name == "Mia X"


def test_a_seal_holds_the_hash_of_the_result_and_the_end_of_the_ledger(sqlite_database: Database) -> None:
    set_up()
    found = judged()
    deciding.decide(found.ada, found.category, now=DECIDED)
    end = ledger.end()[0]
    digest = deciding.seal(found.ada, found.category, now=DECIDED)
    kept = deciding.decision(found.ada, found.category, today=THEN[0])
    assert (kept.hash, kept.seq, kept.holds) == (digest, end, True)
    with pytest.raises(Refused, match="is sealed; unseal it first"):
        deciding.decide(found.ada, found.category, now=DECIDED)
    with pytest.raises(Refused, match="reason is empty"):
        deciding.unseal(found.ada, found.category, "", now=DECIDED)
    with pytest.raises(Refused, match="opened by unsealing it, with a reason"):
        history.undo(found.ada, now=DECIDED)
    decided = next(head.seq for head in ledger.heads() if head.verb == "decided")
    with pytest.raises(Refused, match="is sealed; unseal it first"):
        history.undo(found.ada, now=DECIDED, seq=decided)
    deciding.unseal(found.ada, found.category, "A judge was recused too late", now=DECIDED)
    (last,) = ledger.heads(newest=1)
    assert (last.verb, last.note) == ("unsealed", "Above and Beyond: A judge was recused too late")
    assert deciding.decision(found.ada, found.category, today=THEN[0]).state == "decided"


def test_deciding_begins_when_judging_is_over(sqlite_database: Database) -> None:
    set_up()
    found = judged()
    with pytest.raises(Refused, match="deciding begins on 2026-11-28"):
        deciding.decide(found.ada, found.category, now=JUDGED)
    with pytest.raises(NotAllowed, match="ask a manager or an admin"):
        deciding.decide(found.jon, found.category, now=DECIDED)
    judges(found.category, found.ada)
    with pytest.raises(NotAllowed, match="sees the points after having finished"):
        deciding.table(found.ada, found.category, today=TODAY)
