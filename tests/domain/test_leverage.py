"""What single deals would do for goals, what is wrong with goals, and how long deals may stay in a stage."""

from datetime import date, timedelta

from salesboard.domain import company, goals, leverage, lint, people, pipeline, rot, standings
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Step, Wish
from salesboard.storage.database import Database
from tests import stories
from tests.stories import NOW, TODAY, add_deal, add_person, add_team

START, END = date(2026, 10, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


def set_goal(
    target: int, scope: Scope = goals.COMPANY_SCOPE, *ladder: Step, parent: int | None = None
) -> int:
    wish = Wish(
        "revenue", target * 100, START, END, scope, ladder=ladder, parent=parent, relevance="it is time"
    )
    return goals.add_goal(stories.owner(), wish, now=NOW)


def stood(goal: int) -> standings.GoalStanding:
    return standings.stand([goals.find_goal(goal)], today=TODAY)[0]


def test_a_deal_says_what_it_would_bring_to_each_goal_it_counts_for(database: Database) -> None:
    stories.set_up()
    west = add_team("West")
    add_team("East")
    mia = add_person("Mia Berg", team="West")
    steps = Step(40_000_00, date(2026, 10, 31)), Step(50_000_00, date(2026, 11, 30)), Step(100_000_00, END)
    own = set_goal(100_000, Scope(person=mia.id), *steps)
    team = set_goal(150_000, Scope(team=west))
    set_goal(500, Scope(team=people.find_team("East")))
    deal = add_deal("Hofer", "12k", owner=mia.id)

    found = leverage.contributions(deal, standings.active_standings(today=TODAY))
    assert [(one.standing.goal.id, one.of_milestone, one.of_target) for one in found] == [
        (own, 24.0, 12.0),
        (team, 8.0, 8.0),
    ]
    pipeline.lose_deal(stories.owner(), deal, reason="price", now=NOW)
    assert leverage.contributions(deal, standings.active_standings(today=TODAY)) == []


def test_three_deals_that_would_repair_a_goal_are_named_the_likeliest_gain_first(database: Database) -> None:
    stories.set_up()
    mia = add_person("Mia Berg")
    goal = set_goal(100_000, Scope(person=mia.id))
    for name, value, stage in (
        ("Large but far", "60k", "target"),
        ("Near", "20k", "opportunity"),
        ("Small", "1k", "opportunity"),
        ("Between", "25k", "prospect"),
    ):
        add_deal(name, value, stage=stage, owner=mia.id)
    add_deal("Somebody else's", "90k", stage="opportunity")
    assert [(one.name, one.amount) for one in leverage.repairs(stood(goal))] == [
        ("Near", 20_000_00),
        ("Between", 25_000_00),
        ("Large but far", 60_000_00),
    ]
    won = add_deal("Enough", "100k", owner=mia.id)
    pipeline.win_deal(mia, won, now=NOW)
    assert leverage.repairs(stood(goal)) == []


def test_what_is_wrong_with_goals_is_told_by_rule(database: Database) -> None:
    ada = stories.set_up()
    crew = [add_person(name) for name in ("Mia Berg", "Jon Haas", "Eetu Laine")]
    top = set_goal(90_000, goals.COMPANY_SCOPE, Step(90_000_00, END, reward="dinner for all"))
    for person in crew:
        set_goal(30_000, Scope(person=person.id), parent=top)

    def rules() -> set[tuple[str, str]]:
        return {(one.rule, one.name.partition(":")[0]) for one in lint.findings(today=TODAY)}

    told = rules()
    assert {("G2", "Mia Berg"), ("G3", "Company"), ("G4", "Mia Berg"), ("G4", "Eetu Laine")} <= told
    assert ("G2", "Company") not in told

    goals.publish_goal(ada, top, "We can.", now=NOW)
    for person in (ada, *crew):
        goals.acknowledge(person, top, now=NOW)
    mias = next(one.id for one in goals.goals() if one.whose == "Mia Berg")
    goals.revise_goal(ada, mias, now=NOW, decision="raised", reason="she can", target=35_000_00)
    told = rules()
    assert ("G3", "Company") not in told
    assert not {name for rule, name in told if rule == "G4"}
    set_goal(1_000)
    assert ("G7", "Company") in rules()


def test_a_deal_may_stay_as_long_as_three_of_four_won_ones_did(database: Database) -> None:
    ada = stories.set_up()
    prospect = stories.stage_id("prospect")
    by_hand = next(stage.quiet_days for stage in company.stages() if stage.id == prospect)
    for number in range(1, 9):
        assert rot.patience(prospect) == rot.Patience(by_hand, number - 1)
        deal = add_deal(f"Account {number}", "1k", stage="prospect", now=NOW - number * 10 * DAY)
        pipeline.win_deal(ada, deal, now=NOW)
    # 10, 20, … 80 days: three of four were there for at most 62.5.
    assert rot.patience(prospect) == rot.Patience(62, 8)
    assert str(rot.patience(prospect)) == "your won deals took at most 62 d (P75, n=8)"
