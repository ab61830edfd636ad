"""Setting goals: what is refused, drafts, versions, proposals of both sides, publishing, taking back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from salesboard.domain import goals, history, people
from salesboard.domain.gains import Scope
from salesboard.domain.goals import (
    Step,
    Wish,
    acknowledge,
    activate_goal,
    add_goal,
    agree,
    check,
    counter_propose,
    find_goal,
    propose_goal,
    publish_goal,
    readers,
    retire_goal,
    revise_goal,
)
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal, GoalVersion, Milestone
from tests import quarter, stories
from tests.conftest import on_sqlite_alone
from tests.quarter import (
    DUES,
    FEBRUARY_ENDS,
    JANUARY_ENDS,
    MARCH_ENDS,
    START,
    K,
    add_quarter,
    at,
    goal_of,
    sell,
    six_wins,
    standing_of,
    statuses,
    steps,
    wish,
)
from tests.stories import add_deal, add_person, add_team

NOW = at(START)
DAY = timedelta(days=1)


@pytest.fixture
def ada(database: Database) -> Actor:
    return quarter.set_up()


# --- setting ------------------------------------------------------------------------------------------------


def test_a_goal_is_kept_as_it_was_wished_for(ada: Actor) -> None:
    widget = stories.add_product("Widget")
    ladder = (
        Step(100, JANUARY_ENDS, "Warm", reward="Cake", final=True),
        Step(250, MARCH_ENDS, reward_minor=500_00),
    )
    wanted = Wish(
        "units",
        250,
        START,
        MARCH_ENDS,
        product=widget,
        ladder=ladder,
        reason="A new line",
        rationale="To grow",
    )
    found = find_goal(add_goal(ada, wanted, now=NOW))
    assert (found.name, found.metric, found.product_name) == ("Units of Widget 2026-Q1", "units", "Widget")
    assert (found.whose, found.scope, found.status) == ("Company", Scope(), "active")
    (version,) = found.versions
    assert (version.target, version.reading, version.decision) == (250, "cumulative", "set")
    assert (version.author, version.at, version.from_on) == ("Ada Marsh", NOW, START)
    assert (version.reason, version.rationale) == ("A new line", "To grow")
    warm, last = version.milestones
    assert (warm.rung.label, warm.reward, warm.reward_minor, warm.final) == ("Warm", "Cake", None, True)
    assert (last.rung.label, last.reward, last.reward_minor, last.final) == (
        "Milestone 2",
        None,
        500_00,
        False,
    )
    assert stories.faults() == []


@on_sqlite_alone
def test_without_a_ladder_the_target_on_the_last_day_is_the_one_milestone(ada: Actor) -> None:
    (milestone,) = find_goal(goal_of("sales", 7)).versions[0].milestones
    assert (milestone.rung.threshold, milestone.rung.due_on) == (7, MARCH_ENDS)


@on_sqlite_alone
@pytest.mark.parametrize(
    ("thresholds", "reading"), [((150, 300, 500), "cumulative"), ((150, 150, 200), "per period")]
)
def test_a_ladder_is_read_as_it_makes_up_the_target(
    ada: Actor, thresholds: tuple[int, ...], reading: str
) -> None:
    wanted = Wish("revenue", 500 * K, START, MARCH_ENDS, ladder=steps(*thresholds))
    assert find_goal(add_goal(ada, wanted, now=NOW)).versions[0].reading == reading


@on_sqlite_alone
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ladder": steps(300, 300, 500)}, "does not rise"),
        ({"ladder": steps(150, 300, 499)}, r"The last rung is \$499,000.00, the goal \$500,000.00"),
        ({"ladder": steps(150, 150, 199), "reading": "per period"}, "The rungs sum to"),
        ({"ladder": tuple(reversed(steps(500, 300, 150)))}, "due dates rise"),
        ({"ladder": (Step(500 * K, MARCH_ENDS + DAY),)}, "outside the goal's"),
        ({"end_on": START - DAY, "ladder": ()}, "before it starts"),
        ({"target": 0}, "a target is"),
        ({"metric": "joy"}, "no metric"),
        ({"parent": 999_999}, "no goal 999999"),
        ({"product": 999_999, "metric": "units"}, "no product 999999"),
        ({"product": 999_999}, "not counted by product"),
        ({"scope": Scope(team=999_999)}, "no team 999999"),
        ({"scope": Scope(person=999_999)}, "no person 999999"),
        ({"scope": Scope(team=1, person=1)}, "not both"),
        ({"reading": "backwards"}, "a ladder is read as"),
    ],
)
def test_what_can_not_be_a_goal_is_refused_also_as_a_draft(ada: Actor, changes: dict, why: str) -> None:
    before = ledger.end()
    wanted = replace(wish(), **changes)
    for act in (
        lambda: check(wanted, today=START),
        lambda: add_goal(ada, wanted, now=NOW),
        lambda: add_goal(ada, wanted, now=NOW, draft=True),
    ):
        with pytest.raises((Refused, NotFound), match=why):
            act()
    assert ledger.end() == before
    assert add_goal(ada, wish(), now=NOW), "control: without the change it is a goal"


@on_sqlite_alone
def test_a_goal_of_somebody_says_what_it_serves_or_why_it_matters(ada: Actor, mia: Actor) -> None:
    whole = add_quarter()
    own = wish(scope=Scope(person=mia.id), relevance=None)
    with pytest.raises(Refused, match=r"relevant: it serves no other goal.*saved as a draft"):
        add_goal(ada, own, now=NOW)
    assert find_goal(add_goal(ada, replace(own, parent=whole), now=NOW)).parent == whole
    assert find_goal(add_goal(ada, replace(own, relevance="It counts"), now=NOW)).relevance == "It counts"


@pytest.fixture
def mia(ada: Actor) -> Actor:
    return add_person("Mia")


# --- worked example 7: beyond the best ever -----------------------------------------------------------------

QUARTERS = (310, 290, 350, 410, 380, 420, 400, 450)
AFTER_THEM = date(2026, 1, 2)


@pytest.fixture
def two_years(ada: Actor) -> None:
    """Quarters that brought so many thousands, the last of them the fourth of 2025."""
    for place, value in enumerate(QUARTERS):
        day = date(2024 + place // 4, place % 4 * 3 + 1, 3)
        sell(day, value, opened_on=day)


@on_sqlite_alone
def test_a_target_is_held_against_comparable_quarters(two_years: None) -> None:
    found = {target: check(wish((100, 200, target)), today=AFTER_THEM) for target in (390, 400, 430, 500)}
    assert [check.realism and check.realism.verdict for check in found.values()] == [
        *("safe", "fair", "stretch", "beyond best")
    ]
    assert found[500].past == tuple(value * K for value in QUARTERS)
    realism = found[500].realism
    assert realism and (realism.best, realism.above_best) == (450 * K, 11.1)
    assert found[500].verdict == (
        "500k is 11.1 % above your best quarter (450k); 80 % of your quarters were at or below 416k"
    )


@on_sqlite_alone
def test_beyond_the_best_ever_needs_a_reason_to_be_active(ada: Actor, two_years: None) -> None:
    now = at(AFTER_THEM)
    with pytest.raises(Refused, match=r"beyond the best ever.*11.1 % above your best quarter"):
        add_goal(ada, wish(), now=now)
    draft = add_goal(ada, wish(), now=now, draft=True)
    with pytest.raises(Refused, match="beyond the best ever"):
        activate_goal(ada, draft, now=now)
    assert find_goal(draft).status == "draft"
    assert find_goal(add_goal(ada, wish(reason="A new product"), now=now)).status == "active"
    assert find_goal(add_goal(ada, wish((150, 300, 450)), now=now)).status == "active", "control: the best"


# --- drafts, retiring ---------------------------------------------------------------------------------------


@on_sqlite_alone
def test_a_draft_counts_once_it_is_activated(ada: Actor) -> None:
    sell(START, 200)
    goal = add_goal(ada, wish(), now=NOW, draft=True)
    assert (goals.goals(), quarter.reached(goal)) == ([], [START, None, None])
    assert standing_of(goal).milestones[0].standing.was_reached_on is None
    activate_goal(ada, goal, now=NOW)
    assert [found.id for found in goals.goals()] == [goal]
    assert standing_of(goal).milestones[0].standing.was_reached_on == START, "what is reached is told at once"
    with pytest.raises(Refused, match="is active, not a draft"):
        activate_goal(ada, goal, now=NOW)


@on_sqlite_alone
def test_a_draft_that_was_changed_is_activated_as_it_is_now(ada: Actor, two_years: None) -> None:
    now = at(AFTER_THEM)
    draft = add_goal(ada, wish(), now=now, draft=True)
    revise_goal(ada, draft, now=now, decision="lowered", reason="Too much", target=400 * K)
    activate_goal(ada, draft, now=now)
    assert standing_of(draft).target == 400 * K


def test_a_retired_goal_counts_no_more_and_its_history_stays(ada: Actor) -> None:
    goal = add_quarter()
    six_wins()
    retire_goal(ada, goal, now=at(MARCH_ENDS), reason="The market has gone")
    assert goals.goals() == [] and [found.id for found in goals.goals(statuses=("retired",))] == [goal]
    assert statuses(goal) == ["late", "late", "reached"]
    with pytest.raises(Refused, match="retired already"):
        retire_goal(ada, goal, now=at(MARCH_ENDS), reason="Again")
    with pytest.raises(Refused, match="is retired; set a new goal"):
        revise_goal(ada, goal, now=at(MARCH_ENDS), decision="raised", reason="x", target=600 * K)
    history.undo(ada, now=at(MARCH_ENDS))
    assert find_goal(goal).status == "active"


# --- versions -----------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_what_was_due_before_stays_judged_by_the_version_that_held_then(ada: Actor) -> None:
    goal = add_quarter((100, 300, 500))
    six_wins()
    assert statuses(goal) == ["reached", "late", "reached"]
    before = standing_of(goal)

    mid_february = date(2026, 2, 14)
    revise_goal(ada, goal, now=at(mid_february), decision="raised", reason="It goes well", target=1_000 * K)
    assert [found.target for found in find_goal(goal).versions] == [500 * K, 1_000 * K]
    after = standing_of(goal)
    assert [one.facts.rung.threshold for one in after.milestones] == [100 * K, 600 * K, 1_000 * K]
    assert after.milestones[0] == before.milestones[0]
    assert statuses(goal) == ["reached", "missed", "missed"]
    assert (before.target, after.target, after.gap) == (500 * K, 1_000 * K, 480 * K)

    as_it_was = standing_of(goal, mid_february - DAY)
    assert (as_it_was.target, as_it_was.milestones[1].facts.rung.threshold) == (500 * K, 300 * K)


@on_sqlite_alone
def test_two_versions_of_one_day_are_one_change(ada: Actor) -> None:
    goal = add_quarter()
    for target in (600, 700):
        revise_goal(ada, goal, now=NOW, decision="raised", reason="More", target=target * K)
    found = standing_of(goal)
    assert (found.target, len(found.milestones)) == (700 * K, 3)
    publish_goal(ada, goal, "Much more", now=NOW)
    assert [version.rationale for version in find_goal(goal).versions] == [None, None, "Much more"]


@on_sqlite_alone
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"from_on": FEBRUARY_ENDS}, "holds already; begin no earlier"),
        ({"from_on": MARCH_ENDS + DAY}, "ended on 2026-03-31; set a new goal"),
        ({"target": 0}, "a target is"),
        ({"reason": " "}, "The reason"),
        ({"ladder": steps(100, 200, 600)}, "The last rung is"),
    ],
)
def test_a_version_that_can_not_be_is_refused(ada: Actor, changes: dict, why: str) -> None:
    goal = add_quarter()
    common = {"now": at(FEBRUARY_ENDS), "decision": "raised", "reason": "More", "target": 700 * K}
    revise_goal(ada, goal, **{**common, "target": 600 * K, "from_on": FEBRUARY_ENDS + DAY})
    with pytest.raises(Refused, match=why):
        revise_goal(ada, goal, **{**common, **changes})
    revise_goal(ada, goal, **common)
    assert len(find_goal(goal).versions) == 3, "control: two of them held"


@on_sqlite_alone
def test_a_goal_that_is_over_keeps_the_target_it_had(ada: Actor) -> None:
    goal = add_quarter()
    six_wins()
    with pytest.raises(Refused, match="set a new goal for the time after"):
        revise_goal(ada, goal, now=at(MARCH_ENDS + DAY), decision="raised", reason="More", target=600 * K)
    assert standing_of(goal).gap == 0


# --- proposing, countering, agreeing ------------------------------------------------------------------------


@pytest.fixture
def lea(mia: Actor) -> Actor:
    """Leads the team that Mia and Jon are in, with Max."""
    add_team("West")
    for actor in (mia, add_person("Jon")):
        people.join_team(stories.owner(), actor.id or 0, people.find_team("West"), now=NOW)
    add_person("Max", "lead", team="West")
    return add_person("Lea", "lead", team="West")


def other(name: str) -> Actor:
    return people.as_actor(people.find_person(name))


def test_both_sides_propose_until_one_agrees_and_all_stays_on_record(mia: Actor, lea: Actor) -> None:
    own = wish((40, 80, 100), scope=Scope(person=mia.id), relevance=None)
    goal = propose_goal(mia, own, now=NOW, words="Two of my customers have gone")
    sell(START, 70, by=mia, opened_on=START)
    assert goals.goals() == [], "it does not count yet"
    for act in (lambda: agree(mia, goal, now=NOW), lambda: counter_propose(mia, goal, 1, "x", now=NOW)):
        with pytest.raises(Refused, match="own side"):
            act()

    counter_propose(lea, goal, 150 * K, "And one has come back", now=NOW)
    for lead in (lea, other("Max")):
        with pytest.raises(Refused, match="own side"):
            agree(lead, goal, now=NOW)
    with pytest.raises(NotAllowed):
        agree(other("Jon"), goal, now=NOW)
    agree(mia, goal, now=NOW)

    found = find_goal(goal)
    assert (found.status, standing_of(goal).target) == ("active", 150 * K)
    assert [one.facts.rung.threshold for one in standing_of(goal).milestones] == [60 * K, 120 * K, 150 * K]
    assert statuses(goal, START) == ["reached", "open", "open"]
    assert standing_of(goal, START).milestones[0].standing.was_reached_on == START
    assert [(one.author, one.target) for one in goals.proposals(goal)] == [("Mia", 100 * K), ("Lea", 150 * K)]
    with pytest.raises(Refused, match="is active, not proposed"):
        agree(lea, goal, now=NOW)
    assert stories.faults() == []


@on_sqlite_alone
def test_a_proposal_that_is_agreed_to_as_it_is_has_one_version(mia: Actor, lea: Actor) -> None:
    goal = propose_goal(lea, wish(scope=Scope(person=mia.id)), now=NOW, words="A good year")
    agree(mia, goal, now=NOW)
    assert [version.target for version in find_goal(goal).versions] == [500 * K]


def test_agreeing_is_taken_back_as_one(mia: Actor, lea: Actor) -> None:
    goal = propose_goal(mia, wish(scope=Scope(person=mia.id)), now=NOW, words="A good year")
    counter_propose(lea, goal, 600 * K, "Better", now=NOW)
    sell(START, 200, by=mia, opened_on=START)
    agree(mia, goal, now=NOW)
    sell(START, 100, by=mia, opened_on=START)
    act = next(event for event in reversed(history.events()) if event.verb == "agreed")
    history.undo(mia, now=NOW, seq=act.seq)
    assert (find_goal(goal).status, len(find_goal(goal).versions)) == ("proposed", 1)
    agree(mia, goal, now=NOW)
    assert stories.faults() == []


@on_sqlite_alone
def test_targets_of_teams_are_set_not_proposed(lea: Actor) -> None:
    with pytest.raises(Refused, match="proposed for a person"):
        propose_goal(lea, wish(scope=Scope(team=people.find_team("West"))), now=NOW, words="x")


# --- publishing and acknowledging ---------------------------------------------------------------------------


def test_a_published_goal_is_acknowledged_and_a_changed_target_asks_again(mia: Actor, lea: Actor) -> None:
    goal = add_goal(lea, wish(scope=Scope(team=people.find_team("West"))), now=NOW)
    with pytest.raises(Refused, match="has not been published yet"):
        acknowledge(mia, goal, now=NOW)
    assert readers(find_goal(goal), START) is None

    publish_goal(lea, goal, "We want to open Graz", now=NOW)
    acknowledge(mia, goal, now=NOW)
    acknowledge(other("Jon"), goal, now=NOW, question="With whom?")
    found = readers(find_goal(goal), START)
    assert found and (found.concerned, found.acknowledged) == (4, ("Mia",))
    assert (found.questions, found.waiting) == ((("Jon", "With whom?"),), ("Lea", "Max"))
    acknowledge(other("Jon"), goal, now=NOW)
    found = readers(find_goal(goal), START)
    assert found and (found.acknowledged, found.questions) == (("Jon", "Mia"), ())

    february = date(2026, 2, 2)
    revise_goal(lea, goal, now=at(february), decision="raised", reason="Graz is open", target=600 * K)
    version = find_goal(goal).version_on(february)
    assert version.rationale == "Graz is open"
    found = readers(find_goal(goal), february)
    assert found and (found.acknowledged, len(found.waiting)) == ((), 4)
    found = readers(find_goal(goal), february - DAY)
    assert found and found.acknowledged == ("Jon", "Mia"), "who had read the version before is still known"
    acknowledge(mia, goal, now=at(february))
    found = readers(find_goal(goal), february)
    assert found and found.acknowledged == ("Mia",)


@on_sqlite_alone
def test_a_goal_that_was_not_published_stays_so_when_it_changes(ada: Actor) -> None:
    goal = add_quarter()
    revise_goal(ada, goal, now=NOW, decision="raised", reason="More", target=600 * K)
    assert readers(find_goal(goal), START) is None


@on_sqlite_alone
def test_somebody_elses_goal_is_not_acknowledged(mia: Actor, lea: Actor) -> None:
    goal = add_goal(lea, wish(scope=Scope(person=mia.id)), now=NOW)
    publish_goal(lea, goal, "x", now=NOW)
    with pytest.raises(Refused, match="is a goal of Mia, not yours"):
        acknowledge(other("Jon"), goal, now=NOW)
    acknowledge(mia, goal, now=NOW)


# --- taking back --------------------------------------------------------------------------------------------


def test_setting_a_goal_is_undone_and_redone_with_all_that_belongs_to_it(ada: Actor) -> None:
    sell(START, 200)
    before = stories.digest(versions=False)
    goal = add_quarter()
    told = standing_of(goal).milestones[0].standing.was_reached_on
    assert told == START
    history.undo(ada, now=NOW)
    assert not any(model.select().exists() for model in (Goal, GoalVersion, Milestone))
    with pytest.raises(NotFound, match=f"no goal {goal}"):
        find_goal(goal)
    history.redo(ada, now=NOW)
    assert quarter.reached(goal) == [START, None, None]
    assert stories.digest(versions=False) != before and stories.faults() == []


def test_what_others_built_on_is_not_taken_away_beneath_them(ada: Actor, mia: Actor) -> None:
    goal = goal_of("revenue", K, Scope(person=mia.id))
    seq = ledger.end()[0]
    publish_goal(ada, goal, "x", now=NOW)
    acknowledge(mia, goal, now=NOW)
    with pytest.raises(Refused, match=r"can not be undone"):
        history.undo(ada, now=NOW, seq=seq)
    assert add_deal("Hofer", by=mia) and find_goal(goal)


def test_changing_a_target_is_undone(ada: Actor) -> None:
    goal = add_quarter()
    before = standing_of(goal)
    revise_goal(ada, goal, now=NOW, decision="raised", reason="More", target=600 * K)
    assert standing_of(goal).target == 600 * K
    history.undo(ada, now=NOW)
    assert standing_of(goal) == before


@on_sqlite_alone
def test_the_ledger_says_in_words_what_was_done(ada: Actor) -> None:
    goal = add_quarter()
    sell(DUES[0], 150)
    revise_goal(ada, goal, now=at(DUES[0]), decision="raised", reason="More", target=600 * K)
    told = [history.in_words(event) for event in history.events()]
    assert "Ada Marsh set Revenue 2026-Q1" in told
    assert "salesboard reached Revenue 2026-Q1: Milestone 1" in told
    assert "Ada Marsh raised Revenue 2026-Q1" in told
