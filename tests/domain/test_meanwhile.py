"""What somebody saw before they wrote: who changed something else is not disturbed, who changed the same is
told, and what fits together only as a whole is looked at as a whole."""

from datetime import date, timedelta
from typing import Any

import pytest

from salesboard.domain import assessments, goals, lint, pipeline, products, profiles
from salesboard.domain.awards import categories, deciding, nominations, seasons
from salesboard.domain.goals import Step, Wish
from salesboard.errors import Conflict, Gone, Refused, SalesboardError
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Assessment, Waiver
from tests import evening as night
from tests.nominating import REASON, evening
from tests.stories import NOW, TODAY, add_deal, add_person, add_product, faults, read, set_up

K = 1_000_00
LATER = NOW + timedelta(days=1)
DUES = (date(2026, 10, 31), date(2026, 12, 31))


def refused(*words: str, kind: type[SalesboardError] = Conflict) -> Any:
    return pytest.raises(kind, match=".*".join(words))


def nina() -> Actor:
    return add_person("Nina Roth", "admin")


def test_lines_of_a_deal(ada: Actor) -> None:
    gtx, special = add_product("GTX Pro", "500"), add_product("MG Special", "50")
    deal, other = add_deal("Northwind", "64k", lines=[pipeline.Line(gtx, 2)]), nina()
    seen = {"lines": (pipeline.Line(gtx, 2, 1_000_00),)}
    pipeline.set_lines(ada, deal, [pipeline.Line(gtx, 2)], now=NOW, seen=seen)
    pipeline.set_lines(other, deal, [pipeline.Line(special, 9)], now=LATER)
    for write in (
        lambda: pipeline.set_lines(ada, deal, [pipeline.Line(gtx, 3)], now=LATER, seen=seen),
        lambda: pipeline.win_deal(
            ada, deal, now=LATER, lines=[pipeline.Line(gtx, 3)], value_minor=K, seen=seen
        ),
    ):
        with refused("Nina Roth changed lines", "from 2 × GTX Pro for .1,000", "to 9 × MG Special for"):
            write()
    pipeline.set_lines(ada, deal, [pipeline.Line(gtx, 2)], now=LATER, seen=seen)
    pipeline.set_lines(ada, deal, [pipeline.Line(special, 9)], now=LATER, seen=seen)
    assert [(one.product_id, one.quantity) for one in read(deal).lines] == [(special, 9)]
    pipeline.set_lines(other, deal, [], now=LATER)
    with refused("from 2 × GTX Pro", "to nothing; your 3 × GTX Pro"):
        pipeline.set_lines(ada, deal, [pipeline.Line(gtx, 3)], now=LATER, seen=seen)
    assert products.find_product("GTX Pro") == gtx and faults() == []


def test_dates_of_a_season_have_to_fit_those_of_somebody_else(database: Database) -> None:
    house = evening()
    seen = {name: getattr(seasons.season(house.season), name) for name in seasons.CALLED}
    seasons.edit_season(nina(), house.season, now=LATER, nominate_until=date(2026, 12, 6))
    early = seen | {"screen_until": date(2026, 12, 5)}
    with refused("the dates are out of order", "2026-12-05", "2026-12-06", kind=Refused):
        seasons.edit_season(house.ada, house.season, now=LATER, seen=seen, **early)
    later = seen | {"screen_until": date(2026, 12, 9)}
    seasons.edit_season(house.ada, house.season, now=LATER, seen=seen, **later)
    kept = seasons.season(house.season)
    assert (kept.nominate_until, kept.screen_until) == (date(2026, 12, 6), date(2026, 12, 9))
    assert faults() == []


def test_a_category_is_judged_as_one_of_the_two_wanted_it(database: Database) -> None:
    house, other = evening(), nina()
    known = categories.category(house.category)
    seen = {"name": known.name, "judged_by": known.judged_by()}
    mine = [("Results", 60), ("Care", 40)]
    categories.edit_category(other, house.category, now=LATER, name="Over and Above", metric="most revenue")
    with refused("Nina Roth changed judged by", "to most revenue; your Results 60, Care 40"):
        categories.edit_category(house.ada, house.category, now=LATER, criteria=mine, seen=seen)
    categories.edit_category(
        house.ada, house.category, now=LATER, name=known.name, description="Of the year", seen=seen
    )
    found = categories.find_category("Over and Above", house.season)
    assert (found.metric, found.description, found.criteria) == ("most revenue", "Of the year", ())
    categories.remove_category(other, house.category, now=LATER)
    with refused("Nina Roth took this category away", kind=Gone):
        categories.edit_category(house.ada, house.category, now=LATER, winners=2, seen=seen)
    assert faults() == []


def test_a_profile_and_its_ramp_as_a_whole(ada: Actor, mia: Actor) -> None:
    other, person = nina(), mia.id or 0
    ramp = {"ramp_from": TODAY, "ramp_months": 3}
    profiles.set_profile(ada, person, now=NOW, **ramp)  # type: ignore[arg-type]
    seen = {"capacity": 100, "territory": None, "strengths": None, **ramp}
    profiles.set_profile(other, person, now=LATER, capacity=80)
    longer = {"ramp_from": TODAY, "ramp_months": 4}
    with refused("Nina Roth changed ramp months", "from 3 to nothing; your 4"):
        profiles.set_profile(ada, person, now=LATER, seen=seen, **longer)  # type: ignore[arg-type]
    with refused("a ramp has a first day and a number of months", kind=Refused):
        profiles.set_profile(ada, person, now=LATER, seen=seen | {"ramp_months": None}, **longer)  # type: ignore[arg-type]
    profiles.set_profile(ada, person, now=LATER, seen=seen, territory="Styria", **ramp)  # type: ignore[arg-type]
    kept = profiles.profile(ada, person, today=TODAY)
    assert (kept.capacity, kept.ramp_from, kept.territory) == (80, None, "Styria")
    profiles.set_profile(ada, person, now=LATER, seen=seen, **ramp)  # type: ignore[arg-type]
    with refused("says so already", kind=Refused):
        profiles.set_profile(ada, person, now=LATER, capacity=80, territory="Styria")
    assert faults() == []


def test_who_says_nothing_of_what_they_saw_writes_over_it(ada: Actor, mia: Actor) -> None:
    profiles.set_profile(nina(), mia.id or 0, now=NOW, capacity=80)
    profiles.set_profile(ada, mia.id or 0, now=LATER, capacity=50)
    assert profiles.profile(ada, mia.id or 0, today=TODAY).capacity == 50, "so the tests above would see it"


def goal_of(actor: Actor) -> int:
    """600,000 in the quarter, a third of it by the end of October."""
    ladder = (Step(200 * K, DUES[0], "October"), Step(600 * K, DUES[1], "December"))
    return goals.add_goal(
        actor, Wish("revenue", 600 * K, date(2026, 10, 1), DUES[1], relevance="x", ladder=ladder), now=NOW
    )


def revise(actor: Actor, goal: int, **facts: Any) -> None:
    facts = {"decision": "revised", "reason": "a talk", "from_on": TODAY, "now": LATER, **facts}
    goals.revise_goal(actor, goal, **facts)


def as_seen(goal: int) -> dict[str, Any]:
    version = goals.find_goal(goal).versions[-1]
    return {"target": version.target, "ladder": version.id, "rewards": goals.rewards_of(version.milestones)}


def test_a_goal_that_two_revise(ada: Actor) -> None:
    goal, other = goal_of(ada), nina()
    seen = as_seen(goal)
    revise(other, goal, target=630 * K)
    with refused("Nina Roth changed target", "from .600,000.00 to .630,000.00; your .660,000.00"):
        revise(ada, goal, target=660 * K, seen=seen)
    mine = (Step(100 * K, DUES[0], "October"), Step(630 * K, DUES[1], "December"))
    revise(ada, goal, target=600 * K, ladder=mine, seen=seen)
    version = goals.find_goal(goal).versions[-1]
    assert (version.target, version.milestones[0].rung.threshold) == (630 * K, 100 * K)

    for theirs, words in (
        ((Step(50 * K, DUES[0]), Step(630 * K, DUES[1])), ("ladder", "to .50,000.00 by 2026-10-31")),
        (
            (mine[0], Step(630 * K, DUES[1], reward="a dinner")),
            ("rewards", "from nothing to nothing, a dinner"),
        ),
    ):
        seen = as_seen(goal)
        revise(other, goal, ladder=theirs)
        changed = (Step(80 * K, DUES[0]), Step(630 * K, DUES[1], reward_minor=900_00))
        with refused(f"Nina Roth changed {words[0]}", words[1]):
            revise(ada, goal, ladder=changed, seen=seen)
        revise(other, goal, ladder=mine)
    assert faults() == []


def test_what_is_said_about_a_goal(ada: Actor) -> None:
    goal, other = goal_of(ada), nina()
    version = goals.find_goal(goal).versions[-1]
    seen = {"version": version.id, "rationale": None}
    goals.publish_goal(ada, goal, "The office", now=NOW, seen=seen)
    with refused("changed rationale", "from nothing to The office; your Our rent"):
        goals.publish_goal(other, goal, "Our rent", now=LATER, seen=seen)
    lint.waive(other, goal, "G2", "they know", now=LATER)
    with refused("Nina Roth changed reason", "from nothing to they know; your we dine"):
        lint.waive(ada, goal, "G2", "we dine", now=LATER, seen={"reason": None})
    milestone = version.milestones[0].id
    none = dict.fromkeys(("worked", "failed", "next"))
    assessments.assess(other, milestone, now=LATER, worked="letters", next="more")
    with refused("Nina Roth changed worked", "from nothing to letters; your calls"):
        assessments.assess(ada, milestone, now=LATER, worked="calls", seen=none)
    assessments.assess(ada, milestone, now=LATER, failed="mails", seen=none)
    kept = Assessment.get()
    assert (kept.worked, kept.failed, kept.next, Waiver.get().reason) == (
        "letters",
        "mails",
        "more",
        "they know",
    )
    revise(other, goal, target=630 * K)
    with refused("Nina Roth revised Revenue 2026-Q4 meanwhile, the target is .630,000.00"):
        goals.publish_goal(ada, goal, "The rent", now=LATER, seen=seen)
    assert faults() == []


def test_a_draft_in_two_sessions(database: Database) -> None:
    house = evening()
    voice = nominations.draft_nomination(
        house.jon, house.category, now=NOW, person=house.mia.id, reason="She", evidence=["She sang"]
    )
    seen = {"reason": "She", "evidence": ("She sang",)}
    nominations.edit_draft(house.jon, voice, now=LATER, evidence=["She danced"])
    nominations.edit_draft(house.jon, voice, now=LATER, reason=REASON, evidence=["She sang"], seen=seen)
    with refused("changed evidence", "from She sang to She danced; your She wept"):
        nominations.edit_draft(house.jon, voice, now=LATER, evidence=["She wept"], seen=seen)
    (draft,) = nominations.own(house.jon.id or 0, house.season)
    assert (draft.reason, draft.evidence) == (REASON, ("She danced",)) and faults() == []


def test_winners_that_somebody_else_decided_anew(database: Database) -> None:
    set_up()
    mia, tom, eva, jon = (add_person(name) for name in ("Mia", "Tom", "Eva", "Jon"))
    season = night.announce(host=night.owner())
    category = night.honour(season, "Rookie")
    night.judges(category, jon)
    night.judge_all(category, jon, dict.fromkeys(night.shortlist(category, eva, mia, tom), 8))
    keys = [deciding.nominee_key(one.id, None) for one in (mia, tom)]

    def decide(actor: Actor, key: str, **facts: Any) -> None:
        deciding.decide(actor, category, now=night.DECIDED, chosen=[key], reason="The longer road", **facts)

    decide(night.owner(), keys[0])
    decide(nina(), keys[1], anew=True, seen=keys[:1])
    with refused("Nina Roth decided Rookie anew meanwhile"):
        decide(night.owner(), keys[0], anew=True, seen=keys[:1])
    decide(night.owner(), keys[0], anew=True, seen=keys[1:])
    assert faults() == []
