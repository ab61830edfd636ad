"""Ranked choice and team vote: places that count alike, one vote each, and nobody sees whose it was."""

from fractions import Fraction

import pytest

from salesboard.domain import history, people
from salesboard.domain.awards import categories, deciding, judging, recusals, screening
from salesboard.domain.awards.judging import worth
from salesboard.errors import NotAllowed, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Judge, Preference
from tests.evening import (
    DAY,
    DECIDED,
    JUDGED,
    SCREENED,
    announce,
    honour,
    id_of,
    judges,
    shortlist,
)
from tests.stories import NOW, TODAY, add_person, add_team, faults, owner, set_up


def crowd(*names: str) -> list[Actor]:
    return [add_person(f"{name} X") for name in names]


def order(judge: Actor, category: int, *nominations: int) -> None:
    """A judge puts nominees in order, and finishes."""
    judging.rank(judge, category, nominations, now=JUDGED)
    judging.finish(judge, category, now=JUDGED)


def shown(category: int) -> list[tuple[int | None, str, str]]:
    found = deciding.result(categories.category(category), today=TODAY)
    return [(one.place, one.name.removesuffix(" X"), one.shown) for one in found.lines]


# --- ranked choice ------------------------------------------------------------------------------------------


def test_places_are_worth_ten_for_the_first_to_one_for_the_last() -> None:
    assert [worth(place, 4) for place in (1, 2, 3, 4)] == [10, 7, 4, 1]
    assert [worth(place, 3) for place in (1, 2, 3)] == [10, Fraction(11, 2), 1]
    assert worth(1, 1) == 10


def test_the_mean_of_the_places_decides(database: Database) -> None:
    set_up()
    mia, tom, ina, eva, jon, lea, max_ = crowd("Mia", "Tom", "Ina", "Eva", "Jon", "Lea", "Max")
    category = honour(announce(), way=categories.RANKED)
    first, second, third = shortlist(category, eva, mia, tom, ina)
    judges(category, jon, lea, max_)
    order(jon, category, first, second, third)
    order(lea, category, second, first, third)
    order(max_, category, first, third, second)
    assert shown(category) == [(1, "Mia", "8.5"), (2, "Tom", "5.5"), (3, "Ina", "2.5")]
    deciding.decide(owner(), category, now=DECIDED)
    (winner,) = deciding.winners(categories.category(category))
    assert (winner.name, winner.shown) == ("Mia X", "8.5")
    assert faults() == []


def test_whom_a_judge_may_not_judge_leaves_no_gap_and_counts_in_nothing(database: Database) -> None:
    set_up()
    add_team("West")
    mia, tom, ina, eva, jon, lea = crowd("Mia", "Tom", "Ina", "Eva", "Jon", "Lea")
    category = honour(announce(), way=categories.RANKED)
    first, second, third = shortlist(category, eva, mia, tom, ina)
    judges(category, jon, lea)
    order(jon, category, second, first, third)
    order(lea, category, first, second, third)
    people.edit_person(owner(), id_of(lea), now=NOW, role="lead")
    for person in (mia, lea):
        people.join_team(owner(), id_of(person), people.find_team("West"), now=NOW)
    assert recusals.recusals(category, {id_of(lea)}, today=TODAY)
    lines = deciding.result(categories.category(category), today=TODAY).lines
    by_name = {one.name: one for one in lines}
    assert [(one.name, one.shown, one.counted) for one in lines] == [
        ("Tom X", "10.0", 2),
        ("Mia X", "5.5", 1),
        ("Ina X", "1.0", 2),
    ]
    stray = next(one for one in by_name["Mia X"].marks if one.stray)
    assert (stray.name, stray.place, stray.stray) == ("Lea X", 1, "leads their team")


def test_an_order_is_changed_until_one_has_finished_and_sees_the_others(database: Database) -> None:
    set_up()
    mia, tom, eva, jon, lea = crowd("Mia", "Tom", "Eva", "Jon", "Lea")
    category = honour(announce(), way=categories.RANKED)
    first, second = shortlist(category, eva, mia, tom)
    judges(category, jon, lea)
    judging.rank(jon, category, [first], now=JUDGED)
    with pytest.raises(Refused, match="1 of 2 nominees have no place yet"):
        judging.finish(jon, category, now=JUDGED)
    judging.rank(jon, category, [first, second], now=JUDGED)
    judging.rank(jon, category, [second, first], now=JUDGED)
    places = {one.listed.nomination: one.place for one in judging.ballot(jon, category, today=TODAY).nominees}
    assert places == {second: 1, first: 2}
    assert all(not one.others for one in judging.ballot(lea, category, today=TODAY).nominees)
    with pytest.raises(Refused, match="twice"):
        judging.rank(jon, category, [first, first], now=JUDGED)
    judging.finish(jon, category, now=JUDGED)
    with pytest.raises(Refused, match="you have finished"):
        judging.rank(jon, category, [first, second], now=JUDGED)
    with pytest.raises(Refused, match="what was given stays"):
        history.undo(jon, now=JUDGED)
    assert history.undo(owner(), now=JUDGED)
    assert faults() == []


def test_the_order_before_comes_back_with_an_undo(database: Database) -> None:
    set_up()
    mia, tom, eva, jon = crowd("Mia", "Tom", "Eva", "Jon")
    category = honour(announce(), way=categories.RANKED)
    first, second = shortlist(category, eva, mia, tom)
    judges(category, jon)
    judging.rank(jon, category, [first, second], now=JUDGED)
    judging.rank(jon, category, [second, first], now=JUDGED)
    history.undo(jon, now=JUDGED)
    rows = Preference.select().order_by(Preference.place)
    assert [row.nomination_id for row in rows] == [first, second]
    assert faults() == []


# --- team vote ----------------------------------------------------------------------------------------------


def voted() -> tuple[int, dict[str, int], dict[str, Actor]]:
    """Mia, Tom and Ina are on the shortlist of a team vote."""
    set_up()
    voters = {name: add_person(f"{name} X") for name in ("Mia", "Tom", "Ina", "Eva", "Jon", "Lea")}
    category = honour(announce(), way=categories.VOTED)
    found = shortlist(category, voters["Eva"], voters["Mia"], voters["Tom"], voters["Ina"])
    return category, dict(zip(("Mia", "Tom", "Ina"), found, strict=True)), voters


def test_everybody_has_one_vote_and_none_for_themselves(database: Database) -> None:
    category, nominees, voters = voted()
    with pytest.raises(NotAllowed, match="is nominated"):
        judging.vote(voters["Mia"], nominees["Mia"], now=JUDGED)
    for who, whom in (("Mia", "Tom"), ("Tom", "Mia"), ("Eva", "Mia"), ("Jon", "Tom"), ("Lea", "Mia")):
        judging.vote(voters[who], nominees[whom], now=JUDGED)
    assert shown(category) == [(1, "Mia", "75.0 %"), (2, "Tom", "50.0 %"), (3, "Ina", "0.0 %")], (
        "one's own vote is in neither numerator nor denominator of one's own share"
    )
    judging.vote(voters["Lea"], nominees["Tom"], now=JUDGED)
    assert shown(category)[0] == (1, "Tom", "75.0 %"), "a vote is moved, not added"
    assert Preference.select().count() == 5
    assert faults() == []


def test_nobody_sees_a_vote_and_the_chair_none_before_the_end(database: Database) -> None:
    category, nominees, voters = voted()
    judging.vote(voters["Eva"], nominees["Mia"], now=JUDGED)
    with pytest.raises(Refused, match="votes are cast in Above and Beyond until"):
        deciding.table(owner(), category, today=TODAY)
    for who in ("Eva", "Jon"):
        found = judging.ballot(voters[who], category, today=TODAY)
        assert all(not one.others for one in found.nominees)
        mine = [one.listed.name for one in found.nominees if one.place]
        assert mine == (["Mia X"] if who == "Eva" else [])
    panel = judging.panel(category, today=TODAY)
    assert ([one.name for one in panel.judges], panel.electorate, panel.is_done) == (["Eva X"], 7, False)
    for head in ledger.heads():
        (event,) = history.events(after=head.seq - 1, upto=head.seq, reader=voters["Jon"])
        assert not [one for one in event.changes if one.table in ("preference", "judge")]
    lines = deciding.table(owner(), category, today=TODAY + 6 * DAY).lines
    assert [(one.counted, one.marks) for one in lines] == [(1, ())] * 3, "whose vote it was is told nobody"


def test_when_all_have_voted_the_chair_need_not_wait(database: Database) -> None:
    category, nominees, voters = voted()
    for who in (*voters.values(), owner()):
        judging.vote(who, nominees["Tom" if who.name != "Tom X" else "Mia"], now=JUDGED)
    assert judging.panel(category, today=TODAY).is_done
    assert deciding.table(owner(), category, today=TODAY).lines[0].name == "Tom X"


def test_a_team_does_not_vote_for_itself(database: Database) -> None:
    set_up()
    for team in ("West", "East"):
        add_team(team)
    mia, tom, eva = add_person("Mia", team="West"), add_person("Tom", team="East"), add_person("Eva")
    category = honour(announce(), "Best Team", way=categories.VOTED, of_teams=True)
    (west,) = shortlist(category, eva, team=people.find_team("West"))
    with pytest.raises(NotAllowed):
        judging.vote(mia, west, now=JUDGED)
    judging.vote(tom, west, now=JUDGED)
    assert Judge.select().count() == 1


def test_voters_read_the_reasons_but_not_what_leads_said(database: Database) -> None:
    category, nominees, voters = voted()
    screening.screen(
        owner(), nominees["Mia"], screening.COMMENT, now=SCREENED, words="Weak, but let them vote"
    )
    of_voter = screening.review(voters["Jon"], nominees["Mia"], today=TODAY).facts
    assert of_voter.voices and not of_voter.screenings
    assert screening.review(owner(), nominees["Mia"], today=TODAY).facts.screenings, "the control"
    season = judging.judged(category).season
    (judged,) = shortlist(honour(season, "Judged"), voters["Eva"], voters["Tom"])
    with pytest.raises(NotAllowed):
        screening.review(voters["Jon"], judged, today=TODAY)


def test_a_vote_is_taken_back_while_others_vote_and_not_after(database: Database) -> None:
    category, nominees, voters = voted()
    judging.vote(voters["Jon"], nominees["Mia"], now=JUDGED)
    history.undo(voters["Jon"], now=JUDGED)
    assert not judging.panel(category, today=TODAY).judges
    judging.vote(voters["Jon"], nominees["Tom"], now=JUDGED)
    with pytest.raises(Refused, match="taking a vote back"):
        history.undo(voters["Jon"], now=JUDGED + 7 * DAY)
    with pytest.raises(Refused, match="judging"):
        judging.vote(voters["Jon"], nominees["Mia"], now=JUDGED + 7 * DAY)


def test_each_way_has_its_own_act(database: Database) -> None:
    category, nominees, voters = voted()
    season = categories.category(category).season
    with pytest.raises(Refused, match="nobody is appointed"):
        judging.appoint(owner(), category, id_of(voters["Jon"]), now=NOW)
    with pytest.raises(Refused, match="a team vote: everybody has one vote"):
        judging.score(voters["Jon"], nominees["Mia"], {}, now=JUDGED)
    ranked = honour(season, "Ranked", way=categories.RANKED)
    with pytest.raises(Refused, match="a ranked choice"):
        judging.vote(voters["Jon"], *shortlist(ranked, voters["Eva"], voters["Tom"]), now=JUDGED)
    with pytest.raises(Refused, match="has no criteria"):
        honour(season, "Both", way=categories.RANKED, criteria=(("Results", 100),))
    with pytest.raises(Refused, match="judged by nobody"):
        honour(season, "Neither", way=categories.VOTED, metric="most revenue")
