"""Seasons, categories, nominations with their evidence, who may win, and what the year suggests."""

from datetime import date, timedelta

import pytest

from salesboard.domain import goals, history, people, pipeline, recognition
from salesboard.domain.awards import categories, eligibility, nominations, screening, seasons, suggestions
from salesboard.domain.gains import Scope
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage.database import Database
from salesboard.storage.models import Evidence, Nomination, Reached, Voice
from tests import stories
from tests.nominating import DAYS, NIGHT, REASON, at, evening
from tests.stories import NOW, TODAY, add_person

DAY = timedelta(days=1)


# --- the season ---------------------------------------------------------------------------------------------


def test_each_phase_lasts_to_the_end_of_its_last_day(sqlite_database: Database) -> None:
    found = seasons.season(evening().season)
    edges = [
        found.nominate_on - DAY,
        found.nominate_on,
        *(getattr(found, name) for name in seasons.LAST_DAYS),
    ]
    assert [found.phase_on(day) for day in edges] == [
        *("before", "nominate", "nominate", "screen", "judge", "decide", "night")
    ]
    assert [found.phase_on(one.first) for one in found.phases] == [one.name for one in found.phases]
    assert found.phase_on(NIGHT + DAY) == "over"
    assert found.countdown(TODAY) == "Awards Night 2026 in 30 days; nominations close in 8 days"
    assert found.countdown(NIGHT) == "Awards Night 2026 tonight"


def test_dates_out_of_order_are_refused_in_words(sqlite_database: Database) -> None:
    house = evening()
    for changed, day, said in (
        ("nominate_until", date(2026, 10, 31), "the last day of nominating .* the first day of nominating"),
        ("screen_until", date(2026, 11, 30), "the last day of screening .* the last day of nominating"),
        ("judge_until", date(2026, 12, 1), "the last day of judging .* the last day of screening"),
        ("night_on", date(2026, 12, 18), "the night .* the last day of deciding"),
        ("end_on", date(2025, 12, 31), "the award year ends on 2025-12-31, before it starts"),
    ):
        with pytest.raises(Refused, match=said):
            seasons.edit_season(house.ada, house.season, now=NOW, **{changed: day})  # type: ignore[arg-type]
    assert seasons.season(house.season).screen_until == DAYS["screen_until"]
    seasons.edit_season(house.ada, house.season, now=NOW, screen_until=date(2026, 12, 8))


def test_a_season_needs_no_more_than_its_night(sqlite_database: Database) -> None:
    found = seasons.season(seasons.add_season(stories.set_up(), date(2027, 1, 20), now=NOW))
    assert (found.name, found.start_on, found.end_on) == (
        "Awards Night 2026",
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


# --- categories ---------------------------------------------------------------------------------------------


def test_weights_sum_to_100(sqlite_database: Database) -> None:
    house = evening()
    with pytest.raises(Refused, match="the weights sum to 90"):
        house.add_category(name="Care", criteria=categories.criteria_from("Results 60, Care 30"))
    found = categories.category(house.add_category(name="Care", criteria=[("Results", 60), ("Care", 40)]))
    assert found.judged_by() == "Results 60, Care 40"
    for name in categories.TEMPLATES:
        house.add_category(template=name, name=f"{name} too")
    assert all(
        sum(one.weight for one in each.criteria) == (100 if each.is_judged else 0)
        for each in categories.categories(house.season)
    )


def test_a_computed_category_shows_everybody_and_the_sales_behind(sqlite_database: Database) -> None:
    house = evening()
    house.won("One", "10k")
    house.won("Two", "5k")
    house.won("Three", "15k", by=house.jon)
    revenue = categories.category(house.add_category(name="Revenue", metric="most revenue"))
    ranked = categories.ranking(revenue, today=TODAY)
    assert [(one.place, one.name, one.shown) for one in ranked] == [
        (1, "Jon Haas", "$15,000.00"),
        (1, "Mia Berg", "$15,000.00"),
    ]
    behind = categories.rows_behind(revenue, today=TODAY, person=house.mia.id)
    assert sum(one.amount for one in behind) == ranked[1].value
    assert [one.called for one in behind] == ["One", "Two"]
    customers = categories.category(house.add_category(name="New", metric="new customers"))
    assert [one.value for one in categories.ranking(customers, today=TODAY)] == [2, 1]


def test_improvement_is_against_ones_own_same_days_of_the_year_before(sqlite_database: Database) -> None:
    house = evening()
    for person, before, since in ((house.mia, "10k", "15k"), (house.jon, "100k", "120k")):
        for value, on in (
            (before, date(2025, 3, 1)),
            ("900k", date(2025, 12, 24)),
            (since, date(2026, 3, 1)),
        ):
            deal = stories.add_deal(None, value, by=person, title=f"{person} {on}", opened_on=on)
            pipeline.win_deal(person, deal, now=NOW, won_on=on)
    house.won("New", "50k", by=house.lea)
    ranked = categories.ranking(categories.category(house.add_category(template="Comeback")), today=TODAY)
    assert [(one.place, one.name, one.shown) for one in ranked] == [
        (1, "Mia Berg", "+50.0 %"),
        (2, "Jon Haas", "+20.0 %"),
        (None, "Lea Lang", "n/a"),
    ]
    assert ranked[-1].why_not == "no sales in the year before to improve on"


# --- C3: nominating -----------------------------------------------------------------------------------------


def test_a_reason_has_forty_characters(sqlite_database: Database) -> None:
    house = evening()
    with pytest.raises(Refused, match="has 39 of at least 40 characters"):
        house.nominate(reason="x" * 39)
    with pytest.raises(Refused, match="has 39 of at least 40 characters"):
        house.nominate(reason="x" * 20 + " " * 30 + "x" * 18)
    assert not Nomination.select().exists(), "what is refused leaves nothing behind"
    assert house.nominate(reason="x" * 40)


def test_nobody_nominates_themselves_or_a_team_they_are_in(sqlite_database: Database) -> None:
    house = evening()
    save = house.add_category(template="Best Team Save")
    with pytest.raises(Refused, match="nobody nominates themselves"):
        house.nominate(house.jon)
    east, west = people.find_team("East"), people.find_team("West")
    with pytest.raises(Refused, match="nobody nominates a team they are in, and you are in East"):
        house.nominate(category=save, person=None, team=east)
    assert house.nominate(category=save, person=None, team=west)


def test_who_has_come_into_the_team_since_does_not_submit_the_draft(sqlite_database: Database) -> None:
    house = evening()
    west = people.find_team("West")
    draft = nominations.draft_nomination(
        house.jon, house.add_category(template="Best Team Save"), now=NOW, team=west, reason=REASON
    )
    people.join_team(house.ada, house.jon.id or 0, west, now=NOW)
    with pytest.raises(Refused, match="you are in West"):
        nominations.submit(house.jon, draft, now=NOW)


def test_one_person_nominates_another_once_in_a_category(sqlite_database: Database) -> None:
    house = evening()
    house.nominate()
    with pytest.raises(Refused, match="you have nominated Mia Berg in Above and Beyond already"):
        house.nominate()
    assert house.nominate(category=house.add_category(template="Rookie"))


def test_several_voices_are_one_nomination(sqlite_database: Database) -> None:
    house = evening()
    first, second = house.nominate(), house.nominate(by=house.ada, reason=REASON.upper())
    assert first == second
    found = nominations.nomination(first, today=TODAY)
    assert [one.author_name for one in found.voices] == ["Jon Haas", "Ada Marsh"]
    assert found.voices[1].reason == REASON.upper()


def test_everybody_nominates_so_many_in_a_category_and_drafts_count(sqlite_database: Database) -> None:
    house = evening()
    categories.edit_category(house.ada, house.category, now=NOW, most_nominations=2)
    house.nominate()
    nominations.draft_nomination(house.jon, house.category, now=NOW, person=house.lea.id)
    with pytest.raises(Refused, match="everybody nominates 2 at most, and you have 2 already"):
        house.nominate(house.max)
    assert house.nominate(house.max, by=house.ada), "the limit is each one's own"


def test_nominations_are_made_in_their_phase_alone(sqlite_database: Database) -> None:
    house = evening()
    with pytest.raises(Refused, match="nominating begins on 2026-11-01"):
        house.nominate(now=at(DAYS["nominate_on"] - DAY))
    with pytest.raises(Refused, match="nominating ended on 2026-11-30"):
        house.nominate(now=at(DAYS["nominate_until"] + DAY))
    assert house.nominate(now=at(DAYS["nominate_until"]))


def test_a_draft_is_seen_by_its_author_alone(sqlite_database: Database) -> None:
    house = evening()
    draft = nominations.draft_nomination(house.jon, house.category, now=NOW, person=house.mia.id)
    under = Voice.get_by_id(draft).nomination_id
    with pytest.raises(NotFound, match="there is no nomination"):
        screening.review(house.lea, under, today=TODAY)
    with pytest.raises(NotFound, match="you have no draft"):
        nominations.edit_draft(house.max, draft, now=NOW, reason="x")
    assert screening.queue(house.max, house.season, today=TODAY) == []
    nominations.edit_draft(house.jon, draft, now=NOW, reason=REASON, evidence=["She came every day"])
    assert [one.evidence for one in nominations.own(house.jon.id or 0, house.season)] == [
        ("She came every day",)
    ]
    nominations.submit(house.jon, draft, now=NOW)
    assert len(screening.queue(house.max, house.season, today=TODAY)) == 1


def test_evidence_is_frozen_with_the_end_of_the_ledger(sqlite_database: Database) -> None:
    house = evening()
    deal = house.won()
    house.nominate(evidence=[f"deal:{deal}", f"account:{stories.read(deal).account_id}", "Their letter"])
    frozen = list(Evidence.select().order_by(Evidence.place))
    assert frozen[0].frozen == (
        f'{{"closed_on":"{TODAY}","owner":{house.mia.id},"status":"won","value_minor":4100000}}'
    )
    assert all(one.seq for one in frozen[:2])
    assert frozen[2].seq is frozen[2].frozen is frozen[2].fact is None


def test_evidence_is_what_happened_in_the_award_year(sqlite_database: Database) -> None:
    house = evening()
    old = stories.add_deal("Northwind", "1k", by=house.mia, opened_on=date(2025, 1, 1))
    pipeline.win_deal(house.mia, old, now=NOW, won_on=date(2025, 12, 31))
    still_open = stories.add_deal("Kestrel", "1k", by=house.mia)
    with pytest.raises(Refused, match="is of 2025-12-31; Awards Night 2026 looks back on 2026-01-01"):
        house.nominate(evidence=[f"deal:{old}"])
    with pytest.raises(Refused, match="is no sale"):
        house.nominate(evidence=[f"deal:{still_open}"])


# --- C5: who may win ----------------------------------------------------------------------------------------


def test_who_came_too_late_is_kept_with_the_reason(sqlite_database: Database) -> None:
    house = evening()
    categories.edit_category(house.ada, house.category, now=NOW, least_months=6)
    late = add_person("Late Comer", team="West", since=date(2026, 7, 2))
    in_time = add_person("In Time", team="West", since=date(2026, 7, 1))
    kept, fine = house.nominate(late), house.nominate(in_time)
    found = nominations.nomination(kept, today=TODAY)
    assert (found.status, found.screenings[0].author_name) == ("not eligible", "salesboard")
    assert found.screenings[0].words == (
        "Late Comer was in a team for 5 months of the award year; Above and Beyond needs 6 months"
    )
    assert nominations.nomination(fine, today=TODAY).status == "waiting"
    with pytest.raises(Refused, match="Late Comer was in a team for 5 months"):
        screening.screen(house.lea, kept, "eligible", now=NOW)


def test_who_left_counts_the_months_before(sqlite_database: Database) -> None:
    house = evening()
    season = seasons.season(house.season)
    category = categories.category(house.add_category(name="Half", criteria=[("All", 100)], least_months=6))
    left = add_person("Left Us", team="West")
    people.leave_team(house.ada, left.id or 0, people.find_team("West"), now=NOW, until_on=date(2026, 7, 1))
    assert eligibility.why_not(category, season, person=left.id) is None
    longer = categories.category(house.add_category(name="Long", criteria=[("All", 100)], least_months=7))
    assert "for 6 months" in (eligibility.why_not(longer, season, person=left.id) or "")


def test_leads_win_where_the_category_lets_them(sqlite_database: Database) -> None:
    house = evening()
    assert nominations.nomination(house.nominate(house.lea), today=TODAY).status == "waiting"
    closed = house.add_category(name="Reps", criteria=[("All", 100)], leads_may_win=False)
    found = nominations.nomination(house.nominate(house.lea, category=closed), today=TODAY)
    assert (found.status, found.why_not) == (
        "not eligible",
        "Lea Lang is a lead, and Reps is not for those who lead",
    )


# --- C4: suggestions ----------------------------------------------------------------------------------------


def test_every_milestone_of_the_award_year_is_suggested_once(sqlite_database: Database) -> None:
    house = evening()
    for person, thresholds in ((house.mia, (10, 20)), (house.jon, (15,))):
        ladder = tuple(goals.Step(value * 1000_00, None) for value in thresholds)
        wish = goals.Wish(
            *("revenue", thresholds[-1] * 1000_00, date(2025, 6, 1)),
            scope=Scope(person=person.id),
            ladder=ladder,
            relevance="it counts",
        )
        goals.add_goal(house.ada, wish, now=NOW)
    last_year = stories.add_deal("Old", "10k", by=house.mia, opened_on=date(2025, 7, 1))
    pipeline.win_deal(house.mia, last_year, now=NOW, won_on=date(2025, 8, 1))
    house.won("One", "12k")
    house.won("Two", "20k", by=house.jon)
    found = suggestions.suggestions(seasons.season(house.season), today=TODAY)
    reached = {
        f"milestone:{row.milestone}" for row in Reached.select().where(Reached.reached_on.year == 2026)
    }
    assert sorted(one.key for one in found if one.kind == "milestone") == sorted(reached)
    assert len(reached) == 2 < Reached.select().count(), "one was reached the year before"
    assert len({one.key for one in found}) == len(found)
    assert not Nomination.select().exists(), "a suggestion never submits itself"


def test_a_suggestion_becomes_a_draft_of_ones_own(sqlite_database: Database) -> None:
    house = evening()
    ladder = (goals.Step(1000_00, None),)
    wish = goals.Wish(
        "revenue", 1000_00, TODAY, scope=Scope(person=house.mia.id), ladder=ladder, relevance="it counts"
    )
    goals.add_goal(house.ada, wish, now=NOW)
    house.won()
    key = next(
        one.key
        for one in suggestions.suggestions(seasons.season(house.season), today=TODAY)
        if one.kind == "milestone"
    )
    with pytest.raises(Refused, match="nobody nominates themselves"):
        suggestions.draft(house.mia, house.season, key, now=NOW)
    suggestions.draft(house.jon, house.season, key, now=NOW)
    (draft,) = nominations.own(house.jon.id or 0, house.season)
    assert (draft.name, draft.status, draft.evidence) == ("Mia Berg", "draft", (key,))
    assert recognition.find_fact(key, today=TODAY).person == house.mia.id


# --- taking back --------------------------------------------------------------------------------------------


def test_a_nomination_is_taken_back_by_who_made_it_and_nobody_else(sqlite_database: Database) -> None:
    house = evening()
    before = stories.digest(versions=False)
    house.nominate()
    entry = history.events(newest=1)[-1].seq
    with pytest.raises(Refused, match="taken back by themselves alone"):
        history.undo(house.ada, now=NOW, seq=entry)
    history.undo(house.jon, now=NOW)
    assert stories.digest(versions=False) == before
    assert stories.faults() == []
    with pytest.raises(NotAllowed, match="a rep may not screen nominations"):
        screening.queue(house.jon, house.season, today=TODAY)
