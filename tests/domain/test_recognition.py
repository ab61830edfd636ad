"""Well done: kudos for what happened, what nobody has said a word about, and what leads owe."""

from datetime import timedelta

import pytest

from salesboard.domain import goals, history, people, pipeline, recognition, relations
from salesboard.domain.gains import Scope
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import PROGRAM, Actor
from salesboard.storage.models import Kudos
from tests import stories
from tests.stories import NOW, TODAY, add_account, add_deal, add_person, add_team, faults, owner

DAY = timedelta(days=1)


def sell(whose: Actor, account: str = "Northwind", days_ago: int = 0, value: str = "5k") -> int:
    deal = add_deal(account, value, by=whose, opened_on=TODAY - 100 * DAY, title="renewal")
    pipeline.win_deal(whose, deal, now=NOW, won_on=TODAY - days_ago * DAY)
    return deal


def team_of_west() -> tuple[Actor, Actor, Actor]:
    """Lee leads Mia and Jon in the team West."""
    stories.set_up()
    add_team("West")
    lee = add_person("Lee Ward", "lead", team="West")
    return lee, add_person("Mia Berg", team="West"), add_person("Jon Haas", team="West")


def debt(lead: Actor) -> tuple[int, int]:
    """What a lead owes, and how much of it for a week."""
    found = recognition.achievements(today=TODAY)
    (own,) = [one for one in recognition.debts(found, today=TODAY) if one.lead == lead.id]
    return own.owed, own.overdue


def test_the_debt_of_a_lead_falls_with_every_word(database: Database) -> None:
    """Mia sells twice, Jon and Lee once; kudos, and thanks to the client, each take one away."""
    lee, mia, jon = team_of_west()
    old, fresh = sell(mia, "Northwind", 7), sell(mia, "Kestrel", 6)
    sell(jon, "Hofer", 90), sell(jon, "Hofer", 91), sell(lee, "Orchard", 20)
    assert debt(lee) == (3, 2), "Lee's own sale is for others to see; a sale of 91 days ago is forgotten"
    recognition.give_kudos(jon, mia.id or 0, f"deal:{old}", "What a comeback", now=NOW)
    assert debt(lee) == (2, 1)
    relations.say_thanks(mia, add_account("Kestrel"), "call", now=NOW, on=TODAY - 7 * DAY)
    assert debt(lee) == (2, 1), "thanks before the sale are not for it"
    relations.say_thanks(mia, add_account("Kestrel"), "call", now=NOW, on=TODAY - 6 * DAY)
    assert debt(lee) == (1, 1)
    (feed, *_) = recognition.feed(today=TODAY)
    assert (feed.kind, feed.author, feed.person, feed.words) == ("kudos", jon.id, mia.id, "What a comeback")
    assert feed.what == "Northwind · renewal"
    covered = {one.name: (one.achieved, one.acknowledged, one.percent) for one in _covered()}
    assert covered == {"Jon Haas": (1, 0, 0), "Lee Ward": (1, 0, 0), "Mia Berg": (2, 2, 100)}
    history.undo(jon, now=NOW)
    assert debt(lee) == (2, 2)
    history.redo(jon, now=NOW)
    pipeline.reopen_deal(mia, fresh, now=NOW)
    assert {one.fact for one in recognition.achievements(today=TODAY) if one.person == mia.id} == {
        f"deal:{old}"
    }
    assert faults() == []


def _covered() -> list[recognition.Coverage]:
    return recognition.coverage(recognition.achievements(today=TODAY))


def test_kudos_are_refused_for_oneself_for_nothing_and_without_a_word(sqlite_database: Database) -> None:
    lee, mia, _ = team_of_west()
    deal = sell(mia)
    for fact, words, why in (
        (f"deal:{deal}", "", "words"),
        ("deal:999999", "Well done", "no deal"),
        ("milestone:999999", "Well done", "no milestone"),
        ("Northwind", "Well done", "name it as deal:"),
        ("deal:x", "Well done", "no number"),
        ("record:month:revenue", "Well done", "names no record"),
    ):
        with pytest.raises(Refused, match=f"(?i){why}"):
            recognition.give_kudos(lee, mia.id or 0, fact, words, now=NOW)
    with pytest.raises(Refused, match="oneself"):
        recognition.give_kudos(mia, mia.id or 0, f"deal:{deal}", "Well done, me", now=NOW)
    with pytest.raises(Refused, match="only a person"):
        recognition.give_kudos(PROGRAM, mia.id or 0, f"deal:{deal}", "Well done", now=NOW)
    stranger = Actor(999_999, "x", "Somebody")
    with pytest.raises(NotAllowed):
        recognition.give_kudos(stranger, mia.id or 0, f"deal:{deal}", "Well done", now=NOW)
    assert not Kudos.select().exists()


def test_kudos_for_another_than_whose_it_is_leave_the_debt(sqlite_database: Database) -> None:
    lee, mia, jon = team_of_west()
    deal = sell(mia, days_ago=9)
    recognition.give_kudos(lee, jon.id or 0, f"deal:{deal}", "Thank you for helping Mia", now=NOW)
    assert debt(lee) == (1, 1)


def test_a_reached_milestone_is_an_achievement_until_it_is_taken_back(sqlite_database: Database) -> None:
    lee, mia, _ = team_of_west()
    steps = (goals.Step(4_000_00, TODAY + DAY, "Half"), goals.Step(8_000_00, TODAY + 9 * DAY, "All"))
    whole = goals.Wish(
        "revenue", 8_000_00, TODAY - 9 * DAY, TODAY + 9 * DAY, ladder=steps, relevance="it counts"
    )
    goals.add_goal(owner(), whole, now=NOW)
    own = goals.add_goal(
        owner(),
        goals.Wish("sales", 1, TODAY - 9 * DAY, scope=Scope(person=mia.id), relevance="it counts"),
        now=NOW,
    )
    deal = sell(mia)
    found = [one for one in recognition.achievements(today=TODAY) if one.kind == "milestone"]
    assert {(one.person, one.what.split(" of ")[0]) for one in found} == {
        (mia.id, "Half"),
        (mia.id, "Milestone 1"),
    }
    assert debt(lee) == (3, 0)
    (mine,) = goals.find_goal(own).versions[0].milestones
    recognition.give_kudos(lee, mia.id or 0, f"milestone:{mine.id}", "The first one", now=NOW)
    assert debt(lee) == (2, 0)
    last = goals.goals()[0].versions[0].milestones[-1]
    with pytest.raises(Refused, match="is not reached"):
        recognition.give_kudos(lee, mia.id or 0, f"milestone:{last.id}", "Soon", now=NOW)
    pipeline.reopen_deal(mia, deal, now=NOW)
    assert debt(lee) == (0, 0)
    assert [one.kind for one in recognition.feed(today=TODAY)] == ["kudos"]


def test_a_record_is_known_by_the_period_in_which_it_was_set(sqlite_database: Database) -> None:
    lee, mia, _ = team_of_west()
    deal = sell(mia)
    month = f"{TODAY:%Y-%m}-01"
    recognition.give_kudos(lee, mia.id or 0, f"record:month:revenue:team:West:{month}", "A record", now=NOW)
    assert Kudos.get().fact.startswith("record:month:revenue:team:")
    assert recognition.feed(today=TODAY)[0].what == f"record revenue of a month · West · {month}"
    largest = recognition.find_fact(f"record:sale:largest sale:company:{TODAY}", today=TODAY)
    assert (largest.person, largest.what) == (mia.id, f"record largest sale · the company · {TODAY}")
    with pytest.raises(NotFound, match="was no record"):
        recognition.find_fact("record:month:revenue:company:2001-01-01", today=TODAY)
    assert deal


def test_kudos_for_the_record_of_a_team_that_is_gone_are_called_by_their_key(
    sqlite_database: Database,
) -> None:
    lee, mia, _ = team_of_west()
    team = add_team("Later")
    added = ledger.end()[0]
    people.join_team(owner(), mia.id or 0, team, now=NOW)
    joined = ledger.end()[0]
    sell(mia)
    key = f"record:day:sales:team:{team}:{TODAY}"
    recognition.give_kudos(lee, mia.id or 0, key, "A record", now=NOW)
    assert recognition.feed(today=TODAY)[0].what == f"record sales of a day · Later · {TODAY}"
    for seq in (joined, added):
        history.undo(owner(), now=NOW, seq=seq)
    assert recognition.feed(today=TODAY)[0].what == key


def test_to_whom_one_owes_a_word(sqlite_database: Database) -> None:
    lee, mia, jon = team_of_west()
    kim = add_person("Kim Park")
    assert recognition.beside(lee, TODAY) == {mia.id, jon.id}
    assert recognition.beside(mia, TODAY) == {lee.id, jon.id}
    assert recognition.beside(owner(), TODAY) == {lee.id, mia.id, jon.id, kim.id}
    assert recognition.beside(kim, TODAY) == {owner().id, lee.id, mia.id, jon.id}
