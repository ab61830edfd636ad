"""Two people in one form, whatever it is about: theirs, mine and before are shown, and nothing is lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from salesboard.domain import (
    accounts,
    assessments,
    goals,
    history,
    lint,
    people,
    pipeline,
    products,
    profiles,
    relations,
)
from salesboard.domain.awards import categories, nominations, programme, screening, seasons
from salesboard.domain.goals import Step, Wish
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Assessment, FirstDate, Slot, Voice, Waiver
from salesboard.ui import goal_forms
from tests import evening as night
from tests.nominating import REASON, evening
from tests.stories import (
    NOW,
    add_account,
    add_deal,
    add_person,
    add_product,
    faults,
    owner,
    read,
    stage_id,
)
from tests.ui.driver import BoardDriver, Seen
from tests.ui.test_goal_care import DUES, START, K, crew

LATER = NOW + timedelta(days=2)
AFTER = LATER.date()
SIZE = (140, 44)
Write = Callable[[], object]


@dataclass(frozen=True)
class Story:
    """A form that somebody has open, and what a second one writes meanwhile."""

    go: Callable[[Seen], Awaitable[object]]
    typed: dict[str, str]
    """What is typed, by field; the first one is what both want to change."""
    label: str
    theirs: Write
    """The second one changes the same thing."""
    other: Write
    """They change something else."""
    stands: Callable[[], Any]
    """What both want to change, as it stands."""
    mine_is: Any
    theirs_is: Any
    other_stands: Callable[[], Any]
    other_is: Any
    today: date = AFTER


def nina() -> Actor:
    """An admin too."""
    return add_person("Nina Roth", "admin")


@asynccontextmanager
async def opened(board: BoardDriver, **how: Any) -> AsyncIterator[Seen]:
    """The app, which is left once it has shown what others wrote."""
    async with board.opened(**{"size": SIZE, **how}) as see:
        yield see
        see.hears_nothing()
        await see.settled()


async def write(see: Seen, name: str, text: str) -> None:
    """Type in place of what stands in a line, and at the end of a longer text."""
    await see.go_to_field(name)
    await (see.fill(text) if see.cursor_is_in_a_line else see.type(text))


def keys(*pressed: str) -> Callable[[Seen], Awaitable[object]]:
    return lambda see: see.press(*pressed)


# --- what the forms are about -------------------------------------------------------------------------------


def of_a_season() -> Story:
    house, other = evening(found_already=True), nina()
    return Story(
        keys("g", "w", "e"),
        {"place": "Vienna"},
        "Place",
        lambda: seasons.edit_season(other, house.season, now=LATER, place="Linz"),
        lambda: seasons.edit_season(other, house.season, now=LATER, night_at="20:30"),
        lambda: seasons.season(house.season).place,
        "Vienna",
        "Linz",
        lambda: seasons.season(house.season).night_at,
        "20:30",
    )


def of_a_host() -> Story:
    house, other = evening(found_already=True), nina()
    return Story(
        keys("g", "w", "e"),
        {"host": "lea"},
        "Host",
        lambda: seasons.edit_season(other, house.season, now=LATER, host=house.max.id),
        lambda: seasons.edit_season(other, house.season, now=LATER, judge_until=date(2026, 12, 15)),
        lambda: seasons.season(house.season).host,
        house.lea.id,
        house.max.id,
        lambda: seasons.season(house.season).judge_until,
        date(2026, 12, 15),
    )


def of_a_category() -> Story:
    house, other = evening(found_already=True), nina()
    return Story(
        keys("g", "w", "j", "e"),
        {"winners": "3"},
        "Winners",
        lambda: categories.edit_category(other, house.category, now=LATER, winners=2),
        lambda: categories.edit_category(other, house.category, now=LATER, name="Over and Above"),
        lambda: categories.category(house.category).winners,
        3,
        2,
        lambda: categories.find_category("over and above", house.season).name,
        "Over and Above",
    )


def of_criteria() -> Story:
    house, other = evening(found_already=True), nina()
    theirs = [("Results", 50), ("Care", 50)]
    return Story(
        keys("g", "w", "j", "e"),
        {"by": "Results 60, Care 40"},
        "Judged by",
        lambda: categories.edit_category(other, house.category, now=LATER, criteria=theirs),
        lambda: categories.edit_category(other, house.category, now=LATER, of_teams=True),
        lambda: categories.category(house.category).judged_by(),
        "Results 60, Care 40",
        "Results 50, Care 50",
        lambda: categories.category(house.category).of_teams,
        True,
    )


def of_a_first_date() -> Story:
    other, account = nina(), add_account("Northwind")
    add_deal("Northwind")
    began = {"kind": "kick-off", "on": date(2021, 5, 10), "now": NOW}
    relations.set_first_date(owner(), account, **began, place="Graz")  # type: ignore[arg-type]
    return Story(
        keys("A"),
        {"place": "Vienna"},
        "Where",
        lambda: relations.set_first_date(other, account, **began, place="Linz"),  # type: ignore[arg-type]
        lambda: relations.set_first_date(other, account, **began, place="Graz", pinned=True),  # type: ignore[arg-type]
        lambda: FirstDate.get().place,
        "Vienna",
        "Linz",
        lambda: FirstDate.get().pinned,
        True,
    )


def of_a_profile() -> Story:
    crew()
    other, jon = nina(), people_called("Jon Haas")
    return Story(
        keys("g", "m", "enter", "s", "o"),
        {"capacity": "50"},
        "Capacity",
        lambda: profiles.set_profile(other, jon, now=LATER, capacity=80),
        lambda: profiles.set_profile(other, jon, now=LATER, territory="Styria"),
        lambda: profiles.profile(owner(), jon, today=LATER.date()).capacity,
        50,
        80,
        lambda: profiles.profile(owner(), jon, today=LATER.date()).territory,
        "Styria",
    )


def of_a_profile_that_is_there() -> Story:
    story = of_a_profile()
    profiles.set_profile(owner(), people_called("Jon Haas"), now=NOW, strengths="calls")
    return story


def people_called(name: str) -> int:
    return people.find_person(name)


def of_what_was_learnt() -> Story:
    goal, other = crew(), nina()
    milestone = goals.find_goal(goal).versions[-1].milestones[0].id
    return Story(
        keys("g", "m", "enter", "l"),
        {"worked": "calls"},
        "What worked",
        lambda: assessments.assess(other, milestone, now=LATER, worked="letters"),
        lambda: assessments.assess(other, milestone, now=LATER, next="more people"),
        lambda: Assessment.get().worked,
        "calls",
        "letters",
        lambda: Assessment.get().next,
        "more people",
    )


def of_a_waiver() -> Story:
    goal, other = crew(), nina()
    return Story(
        keys("g", "m", "enter", "w"),
        {"reason": "we dine anyway"},
        "Reason",
        lambda: lint.waive(other, goal, "G2", "they know", now=LATER),
        lambda: lint.waive(other, goal, "G3", "a small team", now=LATER),
        lambda: Waiver.get(rule="G2").reason,
        "we dine anyway",
        "they know",
        lambda: Waiver.get(rule="G3").reason,
        "a small team",
    )


def of_a_rationale() -> Story:
    goal, other = crew(), nina()

    async def go(see: Seen) -> None:
        goal_forms.publish(see.board, goal)
        await see.settled()

    return Story(
        go,
        {"rationale": ", and more"},
        "Why",
        lambda: goals.publish_goal(other, goal, "pays the office", now=LATER),
        lambda: lint.waive(other, goal, "G2", "they know", now=LATER),
        lambda: goals.find_goal(goal).versions[-1].rationale,
        "x, and more",
        "pays the office",
        lambda: Waiver.get().reason,
        "they know",
    )


def of_a_target() -> Story:
    goal, other = crew(), nina()
    return Story(
        keys("g", "m", "enter", "e"),
        {"target": "660k", "reason": "two more people"},
        "Target",
        lambda: revise(other, goal, target=630 * K),
        lambda: revise(other, goal, ladder=rewarded(900_00)),
        lambda: goals.find_goal(goal).versions[-1].target,
        660 * K,
        630 * K,
        lambda: goals.find_goal(goal).versions[-1].milestones[-1].reward_minor,
        900_00,
    )


def of_rewards() -> Story:
    goal, other = crew(), nina()
    return Story(
        keys("g", "m", "enter", "e"),
        {"rewards": "500", "reason": "it is worth it"},
        "Rewards",
        lambda: revise(other, goal, ladder=rewarded(900_00)),
        lambda: revise(other, goal, target=660 * K),
        lambda: goals.find_goal(goal).versions[-1].milestones[-1].reward_minor,
        500_00,
        900_00,
        lambda: goals.find_goal(goal).versions[-1].target,
        660 * K,
    )


def of_a_ladder() -> Story:
    goal, other = crew(), nina()
    return Story(
        keys("g", "m", "enter", "e"),
        {"ladder": "31 oct 100k, 31 dec 600k", "reason": "a slow start"},
        "Ladder",
        lambda: revise(other, goal, ladder=(Step(50 * K, DUES[0]), Step(600 * K, DUES[2]))),
        lambda: goals.publish_goal(other, goal, "pays the office", now=LATER),
        lambda: goals.find_goal(goal).versions[-1].milestones[0].rung.threshold,
        100 * K,
        50 * K,
        lambda: goals.find_goal(goal).versions[0].rationale,
        "pays the office",
    )


def revise(actor: Actor, goal: int, **facts: Any) -> None:
    goals.revise_goal(actor, goal, now=LATER, decision="revised", reason="a talk", from_on=START, **facts)


def rewarded(minor: int) -> tuple[Step, ...]:
    """The ladder of the crew's goal, with a reward for its end."""
    steps = [Step(200 * K * place, due, f"Month {place}") for place, due in enumerate(DUES, 1)]
    return (*steps[:-1], Step(600 * K, DUES[-1], "Month 3", reward_minor=minor))


def of_a_citation() -> Story:
    found, other = night.sealed(), nina()
    category = found.category
    programme.edit_slot(found.ada, category, now=night.DECIDED, citation="She kept them")

    async def go(see: Seen) -> None:
        see.app.screen.action_go("programme")
        await see.settled()
        await see.press("enter")

    return Story(
        go,
        {"citation": " all"},
        "Citation",
        lambda: programme.edit_slot(other, category, now=night.DECIDED, citation="She saved it"),
        lambda: programme.edit_slot(other, category, now=night.DECIDED, minutes=25, presenter=found.lea.id),
        lambda: Slot.get().citation,
        "She kept them all",
        "She saved it",
        lambda: (Slot.get().minutes, Slot.get().presenter_id),
        (25, found.lea.id),
        night.DECIDED.date(),
    )


def of_lines() -> Story:
    add_product("GTX Pro", "500")
    add_product("MG Special", "50")
    other, deal = nina(), add_deal("Northwind", "64k", lines=[line("GTX Pro", 2)])
    return Story(
        keys("e"),
        {"lines": "3 GTX Pro"},
        "Lines",
        lambda: pipeline.set_lines(other, deal, [line("MG Special", 9)], now=LATER),
        lambda: pipeline.edit_deal(other, deal, now=LATER, title="Renewal"),
        lambda: [(one.product.name, one.quantity) for one in read(deal).lines],
        [("GTX Pro", 3)],
        [("MG Special", 9)],
        lambda: read(deal).title,
        "Renewal",
    )


def line(product: str, quantity: int) -> pipeline.Line:
    found = products.find_product(product)
    return pipeline.Line(found, quantity)


def of_the_amount_of_a_sale() -> Story:
    other, deal = nina(), add_deal("Northwind", "64k")
    return Story(
        keys("w"),
        {"value": "66k"},
        "Amount",
        lambda: pipeline.edit_deal(other, deal, now=LATER, value_minor=70 * K),
        lambda: pipeline.edit_deal(other, deal, now=LATER, title="Renewal"),
        lambda: read(deal).value_minor,
        66 * K,
        70 * K,
        lambda: read(deal).title,
        "Renewal",
    )


STORIES = (
    of_a_season,
    of_a_host,
    of_a_category,
    of_criteria,
    of_a_first_date,
    of_a_profile,
    of_a_profile_that_is_there,
    of_what_was_learnt,
    of_a_waiver,
    of_a_rationale,
    of_a_target,
    of_rewards,
    of_a_ladder,
    of_a_citation,
    of_lines,
    of_the_amount_of_a_sale,
)
every_story = pytest.mark.parametrize("story", STORIES, ids=lambda make: make.__name__)
each_kind = pytest.mark.parametrize(
    "story",
    (of_a_season, of_criteria, of_a_first_date, of_what_was_learnt, of_rewards, of_a_ladder, of_lines),
    ids=lambda make: make.__name__,
)
"""One of each way in which things are kept: columns, rows of their own, a row that may be the first."""


# --- what holds for all of them -----------------------------------------------------------------------------


async def fill_in(see: Seen, made: Story) -> None:
    await made.go(see)
    assert see.screen == "form", see.text
    for name, text in made.typed.items():
        await write(see, name, text)


@every_story
async def test_what_both_changed_is_shown_and_written_over_only_on_wish(
    board: BoardDriver, story: Callable[[], Story]
) -> None:
    made = story()
    async with opened(board, today=made.today) as see:
        await fill_in(see, made)
        made.theirs()
        before = ledger.end()
        await see.press("ctrl+s")
        assert see.screen == "clash" and f"{made.label} was changed while you typed" in see.text, see.text
        assert "by Nina Roth" in see.text
        assert ledger.end() == before and made.stands() == made.theirs_is, "nothing is written unasked"
        await see.press("escape")
        contested, *_ = made.typed
        assert made.typed[contested] in see.form.typed(contested), "what was typed is still there"
        assert "Nina Roth changed" in see.form.trouble
        await see.press("ctrl+s", "m")
        assert see.screen != "form", see.form.trouble
    assert made.stands() == made.mine_is
    assert faults() == []


@each_kind
async def test_what_somebody_else_wrote_stays_when_one_takes_it(
    board: BoardDriver, story: Callable[[], Story]
) -> None:
    made = story()
    async with opened(board, today=made.today) as see:
        await fill_in(see, made)
        made.theirs()
        await see.press("ctrl+s", "t")
        assert see.screen != "form", see.form.trouble
    assert made.stands() == made.theirs_is
    assert faults() == []


@each_kind
async def test_who_changes_something_else_is_not_disturbed(
    board: BoardDriver, story: Callable[[], Story]
) -> None:
    made = story()
    async with opened(board, today=made.today) as see:
        await fill_in(see, made)
        made.other()
        await see.press("ctrl+s")
        assert see.screen not in ("form", "clash"), see.text
    assert (made.stands(), made.other_stands()) == (made.mine_is, made.other_is)
    assert faults() == []


# --- how it is shown ----------------------------------------------------------------------------------------


async def test_long_texts_are_shown_from_where_they_differ(board: BoardDriver) -> None:
    goal, other = crew(), nina()
    begins = "It pays for the office and for the people in it. " * 30
    goals.publish_goal(owner(), goal, begins + "We need it.", now=NOW)
    for size in ((140, 44), (80, 24)):
        async with opened(board, size=size) as see:
            goal_forms.publish(see.board, goal)
            await see.settled()
            await see.type(" Really.")
            theirs = begins + "They want it."
            goals.publish_goal(other, goal, theirs, now=LATER)
            await see.press("ctrl+s")
            told = " ".join(see.text.split())
            for words in ("We need it.", "They want it.", "We need it. Really.", "… "):
                assert words in told, see.text
            assert "t take theirs" in told
            goals.publish_goal(other, goal, begins + "We need it.", now=LATER)


async def test_what_one_emptied_is_nothing_against_what_somebody_else_wrote(board: BoardDriver) -> None:
    house, other = evening(found_already=True), nina()
    async with opened(board) as see:
        for key, kept in (("t", "Of the year"), ("m", None)):
            categories.edit_category(house.ada, house.category, now=NOW, description="It")
            await see.press("R", "g", "w", "j", "e")
            await write(see, "description", "")
            categories.edit_category(other, house.category, now=LATER, description="Of the year")
            await see.press("ctrl+s")
            assert "mine    nothing" in see.text, see.text
            await see.press(key)
            assert categories.category(house.category).description == kept
            await see.press("escape")
    assert faults() == []


# --- what is not a field ------------------------------------------------------------------------------------


async def test_two_who_keep_a_first_date_at_once_are_told(board: BoardDriver) -> None:
    other, account = nina(), add_account("Northwind")
    add_deal("Northwind")
    async with opened(board) as see:
        await see.press("A", "tab")
        await see.fill("2021-05-10")
        await write(see, "place", "Vienna")
        relations.set_first_date(other, account, "first sale", date(2022, 6, 1), now=LATER, story="A storm")
        await see.press("ctrl+s")
        assert "On was changed while you typed" in see.text and "2022-06-01" in see.text
        await see.press("m")
    kept = FirstDate.get()
    assert (kept.on_date, kept.place, kept.story) == (date(2021, 5, 10), "Vienna", "A storm")
    assert kept.kind == "first sale", "what one left as it was shown is theirs"


async def taken_away(see: Seen, words: str, typed: str) -> None:
    """What one types about is gone: it is said in one line, and what was typed can be copied."""
    before = ledger.end()
    await see.press("ctrl+s")
    assert words in see.form.trouble and "\n" not in see.form.trouble, see.form.trouble
    assert ledger.end() == before
    await see.press("ctrl+o")
    assert typed in see.app.clipboard


async def test_thanks_to_an_account_that_was_taken_away(board: BoardDriver) -> None:
    other = nina()
    accounts.add_account(other, "Northwind", now=NOW)
    pipeline.add_deal(owner(), now=NOW, account=add_account("Northwind"), stage=stage_id("target"))
    async with opened(board) as see:
        await see.press("t")
        await write(see, "words", "Thank you for the business")
        history.undo(owner(), now=LATER)
        history.undo(other, now=LATER)
        await taken_away(see, "Nina Roth took this account away", "Words: Thank you for the business")


async def test_a_category_that_was_taken_away(board: BoardDriver) -> None:
    house, other = evening(found_already=True), nina()
    async with opened(board) as see:
        await see.press("g", "w", "j", "e")
        await see.fill("Over and Above")
        categories.remove_category(other, house.category, now=LATER)
        await taken_away(see, "Nina Roth took this category away", "Name: Over and Above")


async def test_a_goal_that_was_retired(board: BoardDriver) -> None:
    goal, other = crew(), nina()
    async with opened(board) as see:
        await see.press("g", "m", "enter", "e")
        await write(see, "reason", "two more people")
        goals.retire_goal(other, goal, now=LATER, reason="a new plan")
        await taken_away(see, "is retired; set a new goal", "Reason: two more people")


async def test_a_goal_that_was_taken_away(board: BoardDriver) -> None:
    other = nina()
    goals.add_goal(other, Wish("sales", 40, START, DUES[-1], relevance="it counts"), now=NOW)
    async with opened(board) as see:
        await see.press("g", "m", "enter", "e")
        await write(see, "reason", "two more people")
        history.undo(other, now=LATER)
        await taken_away(see, "Nina Roth took this goal away", "Reason: two more people")


async def test_what_is_published_is_what_one_read(board: BoardDriver) -> None:
    goal, other = crew(), nina()
    async with opened(board) as see:
        goal_forms.publish(see.board, goal)
        await see.settled()
        await see.type(", and more")
        revise(other, goal, target=630 * K)
        await taken_away(
            see, "Nina Roth revised Revenue 2026-Q4 meanwhile, the target is $630,000.00", "and more"
        )


async def test_a_nomination_that_was_decided(board: BoardDriver) -> None:
    house = evening(found_already=True)
    made = house.nominate()
    async with opened(board, who=house.lea) as see:
        await see.press("g", "n", "x")
        await see.type("Not this year")
        screening.screen(house.max, made, screening.SHORTLISTED, now=LATER)
        await taken_away(see, "Max Ott changed status", "Not this year")
    assert nominations.nomination(made, today=AFTER).status == "shortlisted"


async def test_a_goal_under_review_that_somebody_revised(board: BoardDriver) -> None:
    other = nina()
    wish = Wish("revenue", 700 * K, date(2026, 7, 1), DUES[-1], relevance="it counts")
    goal = goals.add_goal(owner(), wish, now=NOW)
    async with opened(board) as see:
        await see.press("g", "q", "enter")
        await write(see, "reason", "it fits")
        revise(other, goal, target=720 * K)
        await taken_away(see, "Nina Roth revised", "Reason: it fits")
        await write(see, "decision", "raise")
        await write(see, "target", "800k")
        await see.press("ctrl+s")
        assert "New target was changed while you typed" in see.text and "$720,000.00" in see.text
        await see.press("m")
        assert see.screen == "review", see.text
    assert [one.target for one in goals.find_goal(goal).versions] == [700 * K, 720 * K, 800 * K]


async def test_two_sessions_of_one_person_at_one_draft(board: BoardDriver) -> None:
    house = evening(found_already=True)
    deal = house.won()
    voice = nominations.draft_nomination(
        house.jon, house.category, now=NOW, person=house.mia.id, reason="Why"
    )
    async with opened(board, who=house.jon) as see:
        await see.press("g", "w", "j", "j", "enter")
        await write(see, "reason", " not")
        await see.press("ctrl+s")
        assert "of at least 40 characters" in see.form.trouble
        await see.type(" ever")
        nominations.edit_draft(house.jon, voice, now=NOW, reason=REASON, evidence=[f"deal:{deal}"])
        await see.press("ctrl+s")
        assert "Why was changed while you typed" in see.text and "Why not ever" in see.text
        await see.press("t")
        assert "is nominated" in see.footer
    (fact,) = Voice.get().evidence
    assert (Voice.get().reason, fact.fact) == (REASON, f"deal:{deal}"), "what only the other one did stays"


async def test_facts_that_two_sessions_ticked(board: BoardDriver) -> None:
    house = evening(found_already=True)
    mine, theirs = house.won(), house.won("Kestrel")
    voice = nominations.draft_nomination(
        house.jon, house.category, now=NOW, person=house.mia.id, reason=REASON
    )
    for key, kept in (("t", theirs), ("m", mine)):
        nominations.edit_draft(house.jon, voice, now=NOW, evidence=[])
        async with opened(board, who=house.jon) as see:
            await see.press("g", "w", "j", "j", "enter")
            await write(see, "submit", "no")
            see.form.tick(f"deal:{mine}")
            nominations.edit_draft(house.jon, voice, now=NOW, evidence=[f"deal:{theirs}"])
            await see.press("ctrl+s")
            assert "Evidence was changed while you typed" in see.text
            await see.press(key)
            assert see.screen == "awards", see.text
        assert [one.fact for one in Voice.get().evidence] == [f"deal:{kept}"]
