"""The programme, the night, the hall of fame and the honour roll."""

from datetime import date, timedelta

import pytest

from salesboard.domain import goals, history, pipeline, recognition
from salesboard.domain.awards import deciding, hall, night, programme, seasons
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Step, Wish
from salesboard.errors import Conflict, NotAllowed, Refused
from salesboard.storage.database import Database
from salesboard.storage.models import Award, Reached
from tests.evening import DAY, DECIDED, NIGHT, announce, honour, id_of, judge_all, judges, sealed, shortlist
from tests.stories import NOW, TODAY, add_deal, add_person, faults, owner, set_up

THEN = TODAY + 7 * DAY
EVENING = TODAY + 20 * DAY


def several(*names: str) -> tuple[int, list[int]]:
    """A season with categories that are decided and sealed; Mia wins each."""
    mia, eva, jon = (add_person(name) for name in ("Mia", "Eva", "Jon"))
    season = announce()
    made = []
    for name in names:
        category = honour(season, name)
        (nomination,) = shortlist(category, eva, mia)
        judges(category, jon)
        judge_all(category, jon, {nomination: 8})
        deciding.decide(owner(), category, now=DECIDED)
        deciding.seal(owner(), category, now=DECIDED)
        made.append(category)
    return season, made


def order(season: int) -> list[tuple[str, str]]:
    found = programme.programme(owner(), season, today=THEN)
    return [(one.starts, one.category.name) for one in found.items]


# --- the programme ------------------------------------------------------------------------------------------


def test_every_decided_category_is_in_the_programme_exactly_once_and_the_times_add_up(
    sqlite_database: Database,
) -> None:
    set_up()
    season, (rookie, save, _) = several("Rookie", "Team Save", "Above")
    assert [name for _, name in order(season)] == ["Rookie", "Team Save", "Above"]
    assert programme.build(owner(), season, now=DECIDED) == 3
    programme.edit_slot(owner(), rookie, minutes=25, now=DECIDED)
    programme.edit_slot(owner(), save, minutes=7, presenter=id_of(owner()), now=DECIDED)
    programme.move_slot(owner(), rookie, 1, now=DECIDED)
    programme.move_slot(owner(), rookie, -9, now=DECIDED)
    programme.move_slot(owner(), save, 1, now=DECIDED)
    assert order(season) == [("19:30", "Rookie"), ("19:55", "Above"), ("20:05", "Team Save")]
    found = programme.programme(owner(), season, today=THEN)
    assert (found.minutes, found.ends, found.items[2].presenter_name) == (42, "20:12", "Ada Marsh")
    for category in (rookie, save):
        deciding.unseal(owner(), category, "x", now=DECIDED)
    assert len(order(season)) == 3, "the control: open envelopes are decided all the same"
    assert programme.after("23:55", 10) == "00:05"
    assert faults() == []


def test_a_citation_begins_with_the_reason_and_the_evidence(sqlite_database: Database) -> None:
    set_up()
    mia, eva, jon = (add_person(name) for name in ("Mia", "Eva", "Jon"))
    deal = add_deal("Northwind", "64k", by=mia)
    pipeline.win_deal(mia, deal, now=NOW, won_on=TODAY.replace(month=3))
    category = honour(announce())
    judges(category, jon)
    (nomination,) = shortlist(category, eva, mia, evidence=[f"deal:{deal}", "Twelve nights on the phone"])
    judge_all(category, jon, {nomination: 8})
    deciding.decide(owner(), category, now=DECIDED)
    (item,) = programme.programme(owner(), deciding_season(category), today=THEN, script=True).items
    assert item.citation is not None and item.citation.startswith("Mia. Kept a client")
    assert item.citation.endswith("Northwind; Twelve nights on the phone.")


def deciding_season(category: int) -> int:
    return deciding.categories.category(category).season


def test_only_those_who_lead_the_night_have_the_script(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    with pytest.raises(NotAllowed, match="the script names the winners"):
        programme.programme(found.mia, found.season, today=THEN, script=True)
    everybodys = programme.programme(found.mia, found.season, today=THEN)
    for told in (programme.as_text, programme.as_markdown, programme.as_html):
        assert "Mia X" not in told(everybodys) and "Above and Beyond" in told(everybodys)
        script = programme.programme(found.ada, found.season, today=THEN, script=True)
        assert "Winner: Mia X" in told(script) and "Nominees: Mia X, Tom X" in told(script)


def test_what_people_wrote_is_no_markup_on_paper(sqlite_database: Database) -> None:
    set_up()
    season, (category,) = several("<b>*Best*</b>")
    programme.edit_slot(owner(), category, citation="<script>x</script> *so* [good](x)", now=DECIDED)
    found = programme.programme(owner(), season, today=THEN, script=True)
    page, markdown = programme.as_html(found), programme.as_markdown(found)
    assert "<script>" not in page and "&lt;script&gt;" in page and "<b>" not in page
    assert "\\*so\\* \\[good\\]\\(x\\)" in markdown and "\\<b\\>\\*Best" in markdown
    assert max(map(len, programme.as_text(found).splitlines())) <= programme.WIDTH


# --- the night ----------------------------------------------------------------------------------------------


def turn_to(season: int, page: int) -> None:
    """Turn the pages from the first one on."""
    for seen in (None, *range(page)):
        night.turn(owner(), season, 1, seen=seen, now=NIGHT)


def test_the_night_goes_from_page_to_page_and_everybody_sees_the_same(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    kinds = []
    for seen in (None, 0, 1, 2, 3):
        kinds.append(night.page(found.mia, found.season, today=EVENING).kind)
        night.turn(found.ada, found.season, 1, seen=seen, now=NIGHT)
    page = night.page(found.tom, found.season, today=EVENING)
    assert kinds == ["before", "welcome", "category", "nominees", "pause"]
    assert (page.kind, page.winners[0].name, page.is_host) == ("winner", "Mia X", False)
    assert page.citation.startswith("Mia X. Kept a client")
    night.turn(found.ada, found.season, -1, seen=4, now=NIGHT)
    assert night.page(found.tom, found.season, today=EVENING).winners == ()


def test_before_a_winner_is_shown_nothing_tells_who_it_is(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    turn_to(found.season, 3)
    page = night.page(found.tom, found.season, today=EVENING)
    assert (page.kind, page.nominees, page.winners, page.won, page.citation) == (
        "pause",
        ("Mia X", "Tom X"),
        (),
        (),
        "",
    )
    assert hall.winners(today=EVENING) == []
    assert deciding.decision(found.tom, found.category, today=EVENING).winners == ()
    turn_to_next = night.turn(found.ada, found.season, 1, seen=3, now=NIGHT)
    assert turn_to_next == 4 and hall.winners(today=EVENING)[0].name == "Mia X", "the control"


def test_only_the_host_turns_pages_one_by_one_and_not_before_the_day(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    with pytest.raises(Refused, match="is on 2026-12-12; it can not begin before"):
        night.turn(found.ada, found.season, 1, seen=None, now=DECIDED)
    with pytest.raises(NotAllowed):
        night.turn(found.mia, found.season, 1, seen=None, now=NIGHT)
    night.turn(found.ada, found.season, 1, seen=None, now=NIGHT)
    night.turn(found.ada, found.season, 1, seen=0, now=NIGHT)
    with pytest.raises(Conflict, match="somebody else has turned the page"):
        night.turn(found.ada, found.season, 1, seen=0, now=NIGHT)
    assert night.page(found.mia, found.season, today=EVENING).number == 1


def test_a_winner_who_is_not_the_one_in_the_envelope_is_not_announced(sqlite_database: Database) -> None:
    set_up()
    found = sealed()
    turn_to(found.season, 3)
    (award,) = Award.select()
    Award.update(person=found.tom.id).where(Award.id == award.id).execute()
    with pytest.raises(Refused, match="is not what was sealed"):
        night.turn(found.ada, found.season, 1, seen=3, now=NIGHT)
    Award.update(person=found.mia.id).where(Award.id == award.id).execute()
    assert night.turn(found.ada, found.season, 1, seen=3, now=NIGHT) == 4, "the control: the sealed one is"


def test_the_night_needs_every_envelope_and_fixes_everything(sqlite_database: Database) -> None:
    set_up()
    season, (rookie, _) = several("Rookie", "Above")
    deciding.unseal(owner(), rookie, "x", now=DECIDED)
    with pytest.raises(Refused, match="Rookie is not sealed"):
        night.turn(owner(), season, 1, seen=None, now=NIGHT)
    deciding.seal(owner(), rookie, now=DECIDED)
    night.turn(owner(), season, 1, seen=None, now=NIGHT)
    for act in (
        lambda: deciding.unseal(owner(), rookie, "x", now=NIGHT),
        lambda: deciding.decide(owner(), rookie, now=NIGHT),
        lambda: programme.move_slot(owner(), rookie, 1, now=NIGHT),
    ):
        with pytest.raises(Refused, match="has begun"):
            act()


# --- afterwards ---------------------------------------------------------------------------------------------


def test_after_the_night_the_hall_stays_as_it_is_and_corrections_are_added(
    sqlite_database: Database,
) -> None:
    set_up()
    season, (rookie, above) = several("Rookie", "Above")
    seasons.edit_season(owner(), season, now=DECIDED, place="The barn")
    moved = history.events(newest=1)[-1].seq
    with pytest.raises(Refused, match="not closed yet"):
        hall.add_note(owner(), season, "Mia, not Mya", now=NIGHT)
    turn_to(season, 9)
    page = night.page(owner(), season, today=EVENING)
    assert (page.kind, page.won) == ("farewell", (("Rookie", ("Mia",)), ("Above", ("Mia",))))
    night.turn(owner(), season, 1, seen=9, now=NIGHT)
    assert seasons.season(season).closed_at == NIGHT
    with pytest.raises(Refused, match="is over"):
        night.turn(owner(), season, -1, seen=9, now=NIGHT)
    with pytest.raises(Refused, match="stays closed"):
        history.undo(owner(), now=NIGHT)
    with pytest.raises(Refused, match="is over, and stays as it was"):
        history.undo(owner(), now=NIGHT, seq=moved)
    with pytest.raises(Refused, match="add a note"):
        deciding.unseal(owner(), rookie, "x", now=NIGHT)
    hall.add_note(owner(), season, "It was for two years", now=NIGHT, category=above)
    (note,) = hall.notes(season=season)
    assert (note.category_name, note.text, note.author) == ("Above", "It was for two years", "Ada Marsh")
    mia = next(one.person for one in hall.winners(today=EVENING))
    assert len(hall.winners(today=EVENING, person=mia)) == 2
    assert [one.category_name for one in hall.winners(today=EVENING, category="rookie")] == ["Rookie"]
    assert hall.winners(today=EVENING, person=owner().id) == []
    assert faults() == []


def test_the_honour_roll_equals_the_milestone_ledger_of_the_year(sqlite_database: Database) -> None:
    set_up()
    mia, tom = add_person("Mia"), add_person("Tom")
    season = announce()
    for number, (person, month, year) in enumerate(
        ((mia, 3, 2026), (mia, 9, 2026), (tom, 5, 2026), (tom, 5, 2025))
    ):
        start = date(year, month, 1)
        wish = Wish(
            "revenue",
            1_000_00,
            start,
            start + timedelta(days=27),
            scope=Scope(person=person.id),
            ladder=(Step(500_00, start + timedelta(days=9)), Step(1_000_00, start + timedelta(days=27))),
            relevance="it counts",
            reason="they can",
        )
        goals.add_goal(owner(), wish, now=NOW)
        for day, value in ((5, "600"), (20, "500")):
            deal = add_deal(None, value, by=person, title=f"{number} {day}", opened_on=start)
            pipeline.win_deal(person, deal, now=NOW, won_on=start.replace(day=day))
    recognition.give_kudos(tom, id_of(mia), f"deal:{deal}", "What a year", now=NOW)
    found = {one.name: one for one in hall.honours(season, today=EVENING)}
    in_year = Reached.select().where(Reached.reached_on.between(date(2026, 1, 1), date(2026, 12, 31))).count()
    assert [len(found[name].milestones) for name in ("Mia", "Tom")] == [4, 2]
    assert sum(len(one.milestones) for one in found.values()) == in_year == 6
    assert Reached.select().count() == 8, "the control: some were reached in another year"
    assert found["Mia"].kudos[0].what == "What a year" and not found["Mia"].awards
    facts = seasons.season(season)
    paper = hall.as_text(facts, found.values())
    assert "With us this year: Ada Marsh" in paper and "milestone" in paper
    assert "What a year, from Tom" in hall.as_html(facts, found.values())
