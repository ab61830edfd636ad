"""Screening: the queue, decisions, facts that changed, who is recused, two leads at once, reading blind."""

import re
from datetime import date

import pytest

from salesboard.domain import goals, history, notices, people, pipeline
from salesboard.domain.awards import blind, categories, evidence, nominations, screening
from salesboard.domain.awards.screening import Seen
from salesboard.domain.gains import Scope
from salesboard.errors import Conflict, NotAllowed, NotFound, Refused
from salesboard.storage.database import Database
from salesboard.storage.models import Screening
from tests import stories
from tests.nominating import DAYS, REASON, Evening, at, evening
from tests.stories import NOW, TODAY, add_person

FRESH = Seen("waiting", 1)


def status(nomination: int) -> str:
    return nominations.nomination(nomination, today=TODAY).status


def changed(house: Evening) -> tuple[int, int, int]:
    """A nomination that rests on a sale whose value was corrected since, the sale, and the evidence."""
    deal = house.won()
    nomination = house.nominate(evidence=[f"deal:{deal}", "Their letter"])
    pipeline.edit_deal(house.mia, deal, now=NOW, value_minor=38_500_00)
    return nomination, deal, nominations.nomination(nomination, today=TODAY).flagged[0].id


# --- C6: the queue ------------------------------------------------------------------------------------------


def test_a_nomination_is_screened_on_both_databases(database: Database) -> None:
    """From a voice with a fact, by a question and its answer, over a change, to the shortlist."""
    house = evening()
    nomination, deal, piece = changed(house)
    house.nominate(by=house.ada)
    found = screening.queue(house.lea, house.season, today=TODAY)
    assert [(one.name, one.status, one.voices, one.age_days, one.changed) for one in found] == [
        ("Mia Berg", "waiting", 2, 0, 1)
    ]
    screening.screen(house.lea, nomination, "asked", words="Who else?", now=NOW, seen=Seen("waiting", 2))
    assert "Who else?" in notices.inbox(house.jon.id or 0, today=TODAY)[0].text
    with pytest.raises(NotFound, match="you have no nomination"):
        nominations.answer(house.max, nomination, "Nobody", now=NOW)
    nominations.answer(house.jon, nomination, "Nobody but her", now=NOW, evidence=[f"deal:{deal}"])
    assert status(nomination) == "waiting"
    screening.clear(house.lea, piece, "the discount was agreed on", now=NOW)
    screening.screen(house.lea, nomination, "shortlisted", now=NOW, seen=Seen("waiting", 2))
    kept = screening.review(house.max, nomination, today=TODAY).facts
    assert [(one.decision, one.author_name) for one in kept.screenings] == [
        ("asked", "Lea Lang"),
        ("answered", "Jon Haas"),
        ("cleared", "Lea Lang"),
        ("shortlisted", "Lea Lang"),
    ]
    assert kept.voices[0].reason == f"{REASON}\n\nNobody but her"
    assert stories.faults() == []


def test_the_counters_add_up_to_the_total(sqlite_database: Database) -> None:
    house = evening()
    categories.edit_category(house.ada, house.category, now=NOW, most_nominations=10)
    made = [house.nominate(add_person(f"Person {number}")) for number in range(6)]
    nominations.draft_nomination(house.jon, house.category, now=NOW, person=house.mia.id)
    decisions = ("eligible", "not eligible", "shortlisted", "asked")
    for nomination, decision in zip(made, decisions, strict=False):
        screening.screen(house.lea, nomination, decision, words="Because", now=NOW)
    found = screening.queue(house.lea, house.season, today=TODAY)
    assert screening.counters(found) == {
        **{"waiting": 2, "asked": 1, "shortlisted": 1, "eligible": 1, "not eligible": 1}
    }
    assert sum(screening.counters(found).values()) == len(found) == len(made)
    assert [one.status for one in found][:3] == ["waiting", "waiting", "asked"], "what is to be done is first"


def test_what_somebody_adds_is_screened_again(sqlite_database: Database) -> None:
    house = evening()
    nomination = house.nominate()
    screening.screen(house.lea, nomination, "shortlisted", now=NOW)
    house.nominate(by=house.ada)
    assert status(nomination) == "waiting"


def test_words_are_needed_where_they_are_kept(sqlite_database: Database) -> None:
    house = evening()
    nomination = house.nominate()
    for decision, what in (("not eligible", "reason"), ("asked", "question"), ("comment", "comment")):
        with pytest.raises(Refused, match=f"write the {what}"):
            screening.screen(house.lea, nomination, decision, words=" ", now=NOW)
    screening.screen(house.lea, nomination, "comment", words="Good", now=NOW)
    assert status(nomination) == "waiting"


def test_screening_ends_with_its_phase(sqlite_database: Database) -> None:
    house = evening()
    nomination = house.nominate()
    with pytest.raises(Refused, match="screening ended on 2026-12-07; a manager may move the dates"):
        screening.screen(house.lea, nomination, "eligible", now=at(DAYS["judge_until"]))
    screening.screen(house.lea, nomination, "eligible", now=at(DAYS["screen_until"]))


# --- nobody screens for themselves --------------------------------------------------------------------------


def test_nobody_screens_a_nomination_of_themselves_or_one_they_made(sqlite_database: Database) -> None:
    house = evening()
    save = house.add_category(template="Best Team Save")
    own = house.nominate(house.lea)
    made = house.nominate(by=house.lea)
    team = house.nominate(category=save, person=None, team=people.find_team("West"))
    for nomination, why in (
        (own, "you are nominated yourself"),
        (made, "you nominated yourself"),
        (team, "you are in West"),
    ):
        with pytest.raises(NotAllowed, match=f"for others to screen: {why}"):
            screening.screen(house.lea, nomination, "shortlisted", now=NOW)
        screening.screen(house.max, nomination, "shortlisted", now=NOW)
    assert [one.own for one in screening.queue(house.lea, house.season, today=TODAY)] == [True] * 3
    assert not any(one.own for one in screening.queue(house.max, house.season, today=TODAY))
    seen = screening.review(house.lea, own, today=TODAY)
    assert (seen.hidden, seen.facts.voices) == (True, ()), "who is nominated is told on the night"


def test_who_is_recused_is_worked_out_when_they_decide(sqlite_database: Database) -> None:
    house = evening()
    save = house.add_category(template="Best Team Save")
    team = house.nominate(category=save, person=None, team=people.find_team("West"))
    assert screening.review(house.max, team, today=TODAY).recused is None
    people.join_team(house.ada, house.max.id or 0, people.find_team("West"), now=NOW)
    with pytest.raises(NotAllowed, match="you are in West"):
        screening.screen(house.max, team, "shortlisted", now=NOW)


def test_nobody_takes_back_what_was_decided_on_them(sqlite_database: Database) -> None:
    """A manager leads the lead who found them not eligible: undoing it would be deciding on oneself."""
    house = evening()
    boss = add_person("Bo Boss", "manager", team="West")
    nomination = house.nominate(boss)
    screening.screen(house.lea, nomination, "not eligible", words="Not this year", now=NOW)
    with pytest.raises(Refused, match="taken back by themselves alone"):
        history.undo(boss, now=NOW, seq=history.events(newest=1)[-1].seq)
    history.undo(house.lea, now=NOW)
    assert status(nomination) == "waiting"


# --- two leads at once --------------------------------------------------------------------------------------


def test_of_two_leads_the_first_decides_and_the_second_is_told_who_and_what(
    sqlite_database: Database,
) -> None:
    house = evening()
    nomination = house.nominate()
    screening.screen(house.lea, nomination, "shortlisted", now=NOW, seen=FRESH)
    told = "Lea Lang changed status .* from waiting to shortlisted; your not eligible was not saved"
    with pytest.raises(Conflict, match=told):
        screening.screen(house.max, nomination, "not eligible", words="No", now=NOW, seen=FRESH)
    assert status(nomination) == "shortlisted"
    screening.screen(house.max, nomination, "eligible", now=NOW, seen=Seen("shortlisted", 1))


def test_a_voice_that_nobody_has_read_is_not_decided_on(sqlite_database: Database) -> None:
    house = evening()
    nomination = house.nominate()
    house.nominate(by=house.ada)
    with pytest.raises(Conflict, match="Ada Marsh nominated too since you read it: 1 → 2 voices"):
        screening.screen(house.lea, nomination, "shortlisted", now=NOW, seen=FRESH)


# --- U9: facts are locked -----------------------------------------------------------------------------------


def test_a_changed_fact_is_cleared_before_anybody_passes(sqlite_database: Database) -> None:
    house = evening()
    nomination, deal, piece = changed(house)
    for decision in ("eligible", "shortlisted"):
        with pytest.raises(Refused, match=r"changed since submission: 41,000 → 38,500; clear it"):
            screening.screen(house.lea, nomination, decision, now=NOW)
    screening.screen(house.lea, nomination, "comment", words="Why less?", now=NOW)
    with pytest.raises(Refused, match="The reason is empty"):
        screening.clear(house.lea, piece, " ", now=NOW)
    with pytest.raises(NotAllowed, match="you nominated yourself"):
        screening.clear(_made_lead(house), piece, "it is fine", now=NOW)
    screening.clear(house.lea, piece, "the discount was agreed on", now=NOW)
    screening.screen(house.lea, nomination, "shortlisted", now=NOW)
    assert evidence.flags(house.category, today=TODAY) == []
    pipeline.reopen_deal(house.mia, deal, now=NOW)
    (flag,) = evidence.flags(house.category, today=TODAY)
    assert flag == ("Mia Berg: Northwind changed since submission: 41,000 won → 38,500 open")


def _made_lead(house: Evening) -> object:
    people.edit_person(house.ada, house.jon.id or 0, now=NOW, role="lead")
    return house.jon


def test_what_has_not_changed_raises_no_flag(sqlite_database: Database) -> None:
    """The control: a note, a new title, another sale of the account."""
    house = evening()
    deal = house.won()
    account = stories.read(deal).account_id
    nomination = house.nominate(evidence=[f"deal:{deal}", f"account:{account}"])
    pipeline.edit_deal(house.mia, deal, now=NOW, title="Roll-out")
    pipeline.add_note(house.mia, deal, "Well done", now=NOW)
    later = stories.add_deal("Northwind", "9k", by=house.mia)
    pipeline.win_deal(house.mia, later, now=at(DAYS["nominate_until"]))
    assert nominations.nomination(nomination, today=DAYS["nominate_until"]).flagged == []
    screening.screen(house.lea, nomination, "shortlisted", now=NOW)
    pipeline.edit_deal(house.mia, deal, now=NOW, value_minor=1_00)
    assert len(nominations.nomination(nomination, today=TODAY).flagged) == 2


def test_records_and_milestones_are_facts_that_hold_or_change(sqlite_database: Database) -> None:
    """A record that falls in its turn was one all the same; a corrected sale makes it another one."""
    house = evening()
    ladder = (goals.Step(12_000_00, None),)
    wish = goals.Wish(
        *("revenue", 12_000_00, date(2026, 10, 1)),
        scope=Scope(person=house.mia.id),
        ladder=ladder,
        relevance="it counts",
    )
    goal = goals.add_goal(house.ada, wish, now=NOW)
    october = 0
    for value, month in (("10k", 9), ("12k", 10)):
        october = stories.add_deal(None, value, by=house.mia, title=value, opened_on=date(2026, month, 1))
        pipeline.win_deal(house.mia, october, now=NOW, won_on=date(2026, month, 2))
    milestone = goals.find_goal(goal).versions[0].milestones[0].id
    record = f"record:month:revenue:person:{house.mia.id}:2026-10-01"
    nomination = house.nominate(evidence=[record, f"milestone:{milestone}"])
    house.won("Kestrel", "20k")
    assert nominations.nomination(nomination, today=TODAY).flagged == []
    pipeline.edit_deal(house.mia, october, now=NOW, value_minor=11_000_00)
    pipeline.reopen_deal(house.mia, stories.Deal.get(stories.Deal.title == "Kestrel").id, now=NOW)
    flagged = nominations.nomination(nomination, today=TODAY).flagged
    assert [(one.kind, one.then, one.today) for one in flagged] == [
        ("record", "$12,000", "$11,000"),
        ("milestone", "reached 2026-10-02", "reversed"),
    ]


# --- U10: blind ---------------------------------------------------------------------------------------------


def test_blind_nobody_can_be_told_from_the_text(sqlite_database: Database) -> None:
    evening()
    mask = blind.mask()
    told = "Mia Berg (mia, MB) of West saved her client; mia's word, BERG said. He left West."
    assert mask.hide(told) == ("▒▒▒ (▒▒▒, ▒▒▒) of ▒▒▒ saved ▒▒▒ client; ▒▒▒'s word, ▒▒▒ said. ▒▒▒ left ▒▒▒.")
    assert (
        mask.hide("The western theme was there, at 4 MB-size") == "The western theme was there, at 4 ▒▒▒-size"
    )
    assert mask.note("She did it alone") == blind.A_NOTE
    assert mask.note("It was done alone") == "It was done alone"


def test_blind_the_order_is_ones_own_and_stays(sqlite_database: Database) -> None:
    house = evening()
    categories.edit_category(house.ada, house.category, now=NOW, most_nominations=10)
    for number in range(6):
        house.nominate(add_person(f"Person {number}"))
    found = screening.queue(house.lea, house.season, today=TODAY)
    lea, ada = (screening.shuffled(found, actor.id) for actor in (house.lea, house.ada))
    assert lea == screening.shuffled(reversed(found), house.lea.id)
    assert lea != ada
    assert lea != found
    assert set(lea) == set(ada) == set(found)


def test_looking_at_the_names_after_all_is_kept(sqlite_database: Database) -> None:
    house = evening()
    nomination = house.nominate()
    screening.unblind(house.lea, nomination, now=NOW)
    event = history.events(newest=1)[-1]
    assert re.fullmatch("Lea Lang looked at the names in Above and Beyond", history.in_words(event))
    assert Screening.get().decision == "unblinded"
