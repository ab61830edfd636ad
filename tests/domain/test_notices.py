"""Everybody has an inbox of their own: what one reads, sends off or puts away is still there for others."""

from datetime import timedelta

import pytest

from salesboard.domain import notices
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.notices import Notice
from salesboard.domain.people import find_team
from salesboard.errors import NotFound, Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from tests.stories import NOW, TODAY, add_person, add_team, set_up

TOMORROW = TODAY + timedelta(days=1)


def tell(key: str, *people: Actor) -> int:
    everybody = frozenset(one.id for one in people if one.id is not None)
    return notices.tell([Notice(key, "record", f"about {key}", everybody, TODAY)], now=NOW)


def keys(person: Actor, today: object = TODAY, *, everything: bool = False) -> list[str]:
    assert person.id is not None
    return [line.key for line in notices.inbox(person.id, today=today, everything=everything)]  # type: ignore[arg-type]


def number(person: Actor, key: str) -> int:
    assert person.id is not None
    return next(one.id for one in notices.inbox(person.id, today=TODAY, everything=True) if one.key == key)


def test_the_same_notice_is_told_once_and_unread_ones_come_first(ada: Actor, mia: Actor) -> None:
    assert tell("a", ada, mia) == 1
    assert tell("a", ada, mia) == 0
    assert [tell(key, ada) for key in "bc"] == [1, 1]
    assert keys(ada) == ["c", "b", "a"], "the newest first"
    notices.read(ada, [number(ada, "c")], now=NOW)
    assert keys(ada) == ["b", "a", "c"]
    assert ada.id and mia.id
    assert notices.unread(ada.id, today=TODAY) == 2
    assert notices.unread(mia.id, today=TODAY) == 1


def test_what_one_does_with_a_notice_is_for_oneself_alone(ada: Actor, mia: Actor) -> None:
    tell("a", ada, mia)
    a = number(ada, "a")
    notices.snooze(ada, a, TOMORROW, now=NOW)
    assert keys(ada) == [] and keys(ada, TOMORROW) == ["a"], "it comes back"
    notices.dismiss(ada, a, now=NOW)
    assert keys(ada, TOMORROW) == [] and keys(ada, everything=True) == ["a"]
    assert keys(mia) == ["a"]
    notices.unread_again(ada, a, now=NOW)
    assert keys(ada) == ["a"]
    with pytest.raises(Refused, match="tomorrow at the earliest"):
        notices.snooze(ada, a, TODAY, now=NOW)


def test_nobody_touches_anybody_elses(ada: Actor, mia: Actor) -> None:
    tell("a", ada)
    for act in (notices.read, notices.mark_shown):
        with pytest.raises(NotFound, match="no such notice in your inbox"):
            act(mia, [number(ada, "a")], now=NOW)
    with pytest.raises(NotFound):
        notices.dismiss(mia, number(ada, "a"), now=NOW)


def test_a_toast_is_for_what_no_screen_has_shown_and_for_what_comes(ada: Actor, mia: Actor) -> None:
    assert ada.id and mia.id
    tell("a", ada)
    tell("b", ada)
    notices.mark_shown(ada, [number(ada, "a")], now=NOW)
    at_start = notices.newest()
    assert [one.key for one in notices.to_show(ada.id, after=at_start, today=TODAY)] == ["b"]
    notices.mark_shown(ada, [number(ada, "b")], now=NOW)
    tell("c", ada)
    notices.mark_shown(ada, [number(ada, "c")], now=NOW)
    shown = [one.key for one in notices.to_show(ada.id, after=at_start, today=TODAY)]
    assert shown == ["c"], "another session of hers shows it too"
    assert notices.to_show(mia.id, after=0, today=TODAY) == []


def test_what_holds_no_more_is_said_in_a_neutral_tone(ada: Actor) -> None:
    tell("a", ada)
    assert notices.withdraw("a", "it was undone", now=NOW, seq=9)
    assert not notices.withdraw("a", "it was undone", now=NOW, seq=9), "it is withdrawn already"
    assert ada.id
    neutral, first = notices.inbox(ada.id, today=TODAY)
    assert (neutral.text, neutral.tone) == ("it was undone", "plain")
    assert first.withdrawn == "it was undone"
    assert tell("a", ada) == 0
    assert notices.inbox(ada.id, today=TODAY)[1].withdrawn is None, "it holds again"


def test_whom_something_concerns(sqlite_database: Database) -> None:
    ada = set_up()
    add_team("West")
    add_team("North West", under="West")
    lead = add_person("Lee Ray", "lead", team="West")
    mia, jon = add_person("Mia Berg", team="North West"), add_person("Jon Haas", team="West")
    people = {one.id: one.handle for one in (ada, lead, mia, jon)}

    def told(scope: Scope) -> list[str]:
        return sorted(people[one] for one in notices.concerned(scope, TODAY))

    assert told(COMPANY_SCOPE) == ["ada", "jon", "lee", "mia"]
    assert told(Scope(team=find_team("North West"))) == ["lee", "mia"], "who leads the team above as well"
    assert told(Scope(team=find_team("West"))) == ["jon", "lee", "mia"]
    assert told(Scope(person=mia.id)) == ["lee", "mia"]
