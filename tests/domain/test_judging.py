"""Judging: who may not judge whom, points by criteria, and who sees what when."""

from fractions import Fraction

import pytest

from salesboard.domain import history, people, pipeline
from salesboard.domain.awards import deciding, judging, nominations, recusals
from salesboard.errors import NotAllowed, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Score
from tests.evening import (
    DECIDED,
    JUDGED,
    NOMINATED,
    SCREENED,
    announce,
    evening,
    give,
    honour,
    id_of,
    judge_all,
    judges,
    sealed,
    shortlist,
)
from tests.stories import NOW, TODAY, add_deal, add_person, add_team, faults, owner, set_up


def why(category: int, nomination: int, judge: Actor) -> str | None:
    """Why a judge may not judge a nominee today."""
    found = recusals.recusals(category, {id_of(judge)}, today=TODAY)
    return found.get((nomination, id_of(judge)))


def test_example_6_an_abstention_is_in_neither_numerator_nor_denominator(sqlite_database: Database) -> None:
    set_up()
    mia, eva, one, two, three = (add_person(name) for name in ("Mia", "Eva", "One", "Two", "Three"))
    category = honour(announce())
    (nomination,) = shortlist(category, eva, mia)
    judges(category, one, two, three)
    give(one, nomination, 8, 7, 9)
    give(two, nomination, 6, 9, 6)
    give(three, nomination, 1, 1, 1)
    judging.abstain(three, category, "We share an office", now=JUDGED)
    for judge in (one, two):
        judging.finish(judge, category, now=JUDGED)
    (line,) = deciding.table(owner(), category, today=TODAY).lines
    by_name = {each.name: each for each in line.marks}
    assert (by_name["One"].weighted, by_name["Two"].weighted) == (Fraction(8), Fraction("6.9"))
    assert (line.result, line.shown, line.counted) == (Fraction("7.45"), "7.45", 2)
    assert by_name["Three"].points and by_name["Three"].stray == "abstains"
    assert faults() == []


def test_results_are_exact_and_shown_to_two_decimals() -> None:
    shown = [judging.in_figures(Fraction(*one)) for one in ((8, 1), (69, 10), (149, 20), (20, 3), (10, 1))]
    assert shown == ["8.0", "6.9", "7.45", "6.67", "10.0"]


def test_nobody_judges_themselves_or_a_rival_or_whom_they_nominated(sqlite_database: Database) -> None:
    set_up()
    found = evening()
    judges(found.category, found.mia, found.eva)
    assert why(found.category, found.first, found.mia) == "is nominated"
    assert why(found.category, found.second, found.mia) == "is nominated in the same category"
    assert why(found.category, found.first, found.eva) == "nominated them"
    assert why(found.category, found.first, found.jon) is None, "the control: others may"
    for judge in (found.mia, found.eva):
        with pytest.raises(NotAllowed, match="may not judge this nominee"):
            give(judge, found.first, 10)
    assert Score.select().count() == 0


def test_a_lead_does_not_judge_their_own_people_but_those_of_others(sqlite_database: Database) -> None:
    set_up()
    for team, under in (("Austria", None), ("West", "Austria"), ("East", None)):
        add_team(team, under=under)
    lee = add_person("Lee", "lead", team="West")
    max_ = add_person("Max", "manager", team="Austria")
    mia, tom = add_person("Mia", team="West"), add_person("Tom", team="East")
    eva = add_person("Eva")
    category = honour(announce())
    of_mia, of_tom, of_lee = shortlist(category, eva, mia, tom, lee)
    assert why(category, of_mia, lee) == "is nominated in the same category"
    assert why(category, of_mia, max_) is None, "Lee leads her directly"
    assert why(category, of_lee, max_) == "leads their team"
    assert why(category, of_tom, max_) is None
    teams = honour(seasons_of(category), "Best Team", of_teams=True)
    (west,) = shortlist(teams, eva, team=people.find_team("West"))
    assert why(teams, west, mia) == "is nominated", "with her team"
    assert why(teams, west, tom) is None


def seasons_of(category: int) -> int:
    return judging.judged(category).season


def test_whose_deal_is_evidence_does_not_judge_then_or_now(sqlite_database: Database) -> None:
    set_up()
    mia, eva, jon, lea = (add_person(name) for name in ("Mia", "Eva", "Jon", "Lea"))
    deal = add_deal("Northwind", "64k", by=jon)
    pipeline.win_deal(jon, deal, now=NOW, won_on=TODAY.replace(month=3))
    category = honour(announce())
    (nomination,) = shortlist(category, eva, mia, evidence=[f"deal:{deal}"])
    assert why(category, nomination, jon) and why(category, nomination, lea) is None
    pipeline.edit_deal(owner(), deal, now=NOW, owner=id_of(lea))
    assert why(category, nomination, lea) == "owns a deal that is evidence"
    assert why(category, nomination, jon) == "owned a deal that is evidence"


def test_points_of_a_judge_recused_later_are_stray_kept_shown_not_counted(sqlite_database: Database) -> None:
    set_up()
    add_team("West")
    found = evening()
    judge_all(found.category, found.jon, {found.first: 10, found.second: 2})
    judge_all(found.category, found.lea, {found.first: 6, found.second: 7})
    before = deciding.table(found.ada, found.category, today=TODAY).lines
    assert [(one.name, one.shown) for one in before] == [("Mia X", "8.0"), ("Tom X", "4.5")]
    people.edit_person(found.ada, id_of(found.jon), now=NOW, role="lead")
    for person in (found.mia, found.jon):
        people.join_team(found.ada, id_of(person), people.find_team("West"), now=NOW)
    after = deciding.table(found.ada, found.category, today=TODAY).lines
    mia = next(one for one in after if one.name == "Mia X")
    assert (mia.shown, mia.counted, mia.why_not) == ("6.0", 1, "1 of 2 judges needed")
    stray = next(one for one in mia.marks if one.name == "Jon X")
    assert (stray.stray, stray.weighted) == ("leads their team", Fraction(10))
    assert Score.select().count() == 12


def test_nobody_sees_others_points_before_they_have_finished(sqlite_database: Database) -> None:
    set_up()
    found = evening()
    judge_all(found.category, found.jon, {found.first: 9, found.second: 4})
    give(found.lea, found.first, 5)
    before = judging.ballot(found.lea, found.category, today=TODAY)
    assert [one.others for one in before.nominees] == [(), ()]
    judges(found.category, found.mia)
    judging.finish(found.mia, found.category, now=JUDGED)
    of_nominee = judging.ballot(found.mia, found.category, today=TODAY)
    assert all(not one.others for one in of_nominee.nominees), "who is recused finishes, and sees nothing"
    with pytest.raises(Refused, match="still judged"):
        deciding.table(found.ada, found.category, today=TODAY)
    jon = next(one for one in judging.panel(found.category, today=TODAY).judges if one.person == found.jon.id)
    assert (jon.scored, jon.of, jon.is_done) == (2, 2, True), "that they have finished is no secret"
    give(found.lea, found.second, 5)
    judging.finish(found.lea, found.category, now=JUDGED)
    after = judging.ballot(found.lea, found.category, today=TODAY)
    points = {one.listed.name: one.others[0].weighted for one in after.nominees}
    assert points == {"Mia X": Fraction(9), "Tom X": Fraction(4)}
    assert deciding.table(found.ada, found.category, today=TODAY).lines[0].shown == "7.0"


def test_who_has_finished_changes_nothing_also_not_by_undoing(sqlite_database: Database) -> None:
    set_up()
    found = evening()
    give(found.lea, found.first, 3)
    history.undo(found.lea, now=JUDGED)
    assert Score.select().count() == 0, "the control: before that one may"
    judge_all(found.category, found.jon, {found.first: 9, found.second: 4})
    given = next(one.seq for one in ledger.heads() if one.verb == "judged" and one.actor == found.jon.id)
    for seq in (None, given):
        with pytest.raises(Refused, match="what was given stays"):
            history.undo(found.jon, now=JUDGED, seq=seq)
    with pytest.raises(Refused, match="what was given stays"):
        give(found.jon, found.first, 1)


def test_the_ledger_shows_nobody_what_was_given_or_decided(sqlite_database: Database) -> None:
    set_up()
    sealed()
    told = history.events()
    assert {one.verb for one in told} >= {"judged", "decided", "sealed"}
    seen = {change.table for one in told for change in one.changes}
    assert not seen & {"score", "award", "envelope", "voice"}
    assert "season" in seen, "the control: of other things it shows what was changed"


def test_only_the_shortlist_is_judged_in_its_time_by_every_criterion(sqlite_database: Database) -> None:
    set_up()
    found = evening()
    waiting = nominations.nominate(
        found.ada, found.category, "x" * 40, now=NOMINATED, person=id_of(found.eva)
    )
    with pytest.raises(Refused, match="a lead screens the nomination first"):
        give(found.jon, waiting, 8)
    with pytest.raises(Refused, match="judging begins on 2026-11-13"):
        give(found.jon, found.first, 8, now=SCREENED)
    with pytest.raises(Refused, match="judging ended on"):
        give(found.jon, found.first, 8, now=DECIDED)
    with pytest.raises(Refused, match="takes 1 to 10"):
        give(found.jon, found.first, 8, 11, 8)
    asked = judging.judged(found.category).criteria
    judging.score(found.jon, found.first, {asked[0].id: 8}, now=JUDGED)
    with pytest.raises(Refused, match="2 of 2 nominees are not judged by every criterion"):
        judging.finish(found.jon, found.category, now=JUDGED)
    with pytest.raises(NotAllowed, match="Eva X does not judge"):
        judging.finish(found.eva, found.category, now=JUDGED)
    with pytest.raises(Refused, match="judges Above and Beyond already"):
        judges(found.category, found.jon)


def test_each_judge_has_an_order_of_their_own_and_keeps_it(sqlite_database: Database) -> None:
    set_up()
    eva = add_person("Eva")
    nominees = [add_person(f"Nominee {letter}") for letter in "ABCDEFGH"]
    panel = [add_person(f"Judge {letter}") for letter in "ABCD"]
    category = honour(announce(), most_nominations=8)
    shortlist(category, eva, *nominees)
    judges(category, *panel)

    def order(judge: Actor) -> tuple[str, ...]:
        ballot = judging.ballot(judge, category, today=TODAY)
        return tuple(one.listed.name for one in ballot.nominees)

    orders = [order(judge) for judge in panel]
    assert orders == [order(judge) for judge in panel]
    assert len(set(orders)) > 1 and all(sorted(one) == sorted(orders[0]) for one in orders)
