"""Caring for goals on screen: shared out, revised, looked back at, warnings waived, a quarter sealed."""

from datetime import date, timedelta

from salesboard.domain import goals, people, pipeline, reviews, seals
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Step, Wish
from salesboard.storage.models import Assessment, Goal, Proposal, Seal, Waiver
from tests.stories import NOW, add_deal, add_person, add_team, faults, owner
from tests.ui.driver import BoardDriver, Seen

K = 1_000_00
DUES = (date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31))
START = date(2026, 10, 1)


def crew() -> int:
    """Mia sold 300k and Jon 100k in the quarter before; their team West wants 200k in each month of this."""
    add_team("West")
    mia, jon = (add_person(name, team="West") for name in ("Mia Berg", "Jon Haas"))
    for person, value in ((mia, "300k"), (jon, "100k")):
        deal = add_deal("Northwind", value, by=person, opened_on=date(2026, 7, 1))
        pipeline.win_deal(owner(), deal, now=NOW, won_on=date(2026, 7, 2))
    ladder = tuple(Step(200 * K * place, due, f"Month {place}") for place, due in enumerate(DUES, 1))
    scope = Scope(team=people.find_team("West"))
    wish = Wish("revenue", 600 * K, START, DUES[-1], scope=scope, relevance="x", ladder=ladder, reason="so")
    return goals.add_goal(owner(), wish, now=NOW)


async def open_goal(see: Seen) -> None:
    await see.press("g", "m", "enter")
    assert see.screen == "goal"


async def test_a_target_is_shared_out_with_both_ways_side_by_side(board: BoardDriver) -> None:
    crew()
    async with board.opened((120, 30)) as see:
        await open_goal(see)
        await see.press("s")
        assert see.screen == "split"
        rows = [line.split() for line in see.page.splitlines()]
        assert rows[1:3] == [
            ["Jon", "Haas", "100", "%", "100k", "300k", "150k", "150k"],
            ["Mia", "Berg", "100", "%", "300k", "300k", "450k", "450k"],
        ]
        assert "all of it is assigned" in see.page
        await see.press("enter")
        assert see.form.says("amount") == "$150,000.00; equal 300k, by history 150k"
        await see.fill("130k")
        await see.press("enter")
        assert "not assigned" in see.page and see.page.rstrip().endswith("20k")
        await see.press("e")
        assert "all of it is assigned" in see.page
        await see.press("p", "j", "o")
        assert see.form.title == "What to expect of Mia Berg"
        await see.fill("50")
        await see.press("ctrl+s")
        assert see.footer.startswith("the profile of Mia Berg is kept")
        assert "240k" in see.page and "360k" in see.page
        await see.press("s")
        assert see.footer.startswith("2 targets are proposed")
        assert "proposed" in see.page
        await see.press("s")
        assert "nobody would get anything" in see.footer
        await see.press("enter")
        assert "has a part already" in see.footer
        await see.press("escape", "u")
        assert see.screen == "goal"
    assert Goal.select().count() == 1 and Proposal.select().count() == 0, "undone as one"
    assert faults() == []


async def test_parts_are_set_only_after_a_second_key_and_fit_every_size(board: BoardDriver) -> None:
    crew()
    for size in ((160, 48), (80, 24)):
        async with board.opened(size) as see:
            await open_goal(see)
            await see.press("s")
            assert "to have" in see.text and "450k" in see.text and "s propose" in see.footer
    async with board.opened((80, 24)) as see:
        await open_goal(see)
        await see.press("s", "S")
        assert see.footer.startswith("S again")
        await see.press("j", "S", "S")
        assert see.footer.startswith("2 targets are set")
    assert [row.status for row in Goal.select().order_by(Goal.id)] == ["active"] * 3


async def test_a_goal_is_revised_outside_its_review(board: BoardDriver) -> None:
    goal = crew()
    async with board.opened((120, 40)) as see:
        await open_goal(see)
        await see.press("e")
        assert see.form.title == "Revise Revenue 2026-Q4 of West"
        assert see.form.typed("target") == "600,000"
        await see.fill("660k")
        assert "▌ cumulative  31 Oct 220k · 30 Nov 440k · 31 Dec 660k" in see.form.beneath
        await see.press("tab")
        await see.fill("31 oct 100k, 31 dec 660k")
        await see.press("tab")
        await see.fill("; 900 final")
        assert "31 Dec $900.00, final once paid · shared equally" in see.form.beneath
        await see.press("ctrl+s")
        await see.type("two more people")
        await see.press("enter")
        assert see.footer.startswith("Revenue 2026-Q4 is revised"), see.form.trouble
    version = goals.find_goal(goal).versions[-1]
    assert (version.target, version.reason, len(version.milestones)) == (660 * K, "two more people", 2)
    assert (version.milestones[1].reward_minor, version.milestones[1].final) == (900_00, True)


async def test_a_revision_of_the_target_alone_keeps_the_ladder_and_rewards(board: BoardDriver) -> None:
    goal = crew()
    async with board.opened((120, 40)) as see:
        await open_goal(see)
        await see.press("e")
        await see.fill("300k")
        await see.press("tab", "tab", "tab", "tab")
        assert see.form.cursor == "reason"
        await see.type("a new market")
        await see.press("enter")
    version = goals.find_goal(goal).versions[-1]
    assert [one.rung.label for one in version.milestones] == ["Month 1", "Month 2", "Month 3"]
    assert [one.rung.threshold for one in version.milestones] == [100 * K, 200 * K, 300 * K]


async def test_one_looks_back_and_waives_on_the_goals_page(board: BoardDriver) -> None:
    goal = crew()
    async with board.opened((120, 40)) as see:
        await open_goal(see)
        assert "G2  no milestone has a reward" in see.page and "1 to do" in see.page
        await see.press("l")
        assert see.form.typed("milestone") == "Month 1, 31 Oct"
        await see.press("tab")
        await see.type("calls")
        await see.press("tab", "tab")
        await see.type("more calls")
        await see.press("enter")
        assert "worked" in see.page and "more calls" in see.page
        await see.press("w")
        assert see.form.typed("rule") == "G2"
        await see.press("tab")
        await see.type("we dine anyway")
        await see.press("enter")
        assert "waived by Ada Marsh: we dine anyway" in see.page
    assert (Assessment.get().worked, Waiver.get().rule, Waiver.get().goal_id) == ("calls", "G2", goal)


async def test_in_the_review_lessons_and_warnings_stand_and_the_quarter_is_sealed_at_last(
    board: BoardDriver,
) -> None:
    wish = Wish("revenue", 300 * K, date(2026, 7, 1), DUES[-1], relevance="x")
    goal = goals.add_goal(owner(), wish, now=NOW)
    deal = add_deal("Northwind", "100k", opened_on=date(2026, 7, 1))
    pipeline.win_deal(owner(), deal, now=NOW, won_on=date(2026, 7, 2))
    async with board.opened((132, 40)) as see:
        await see.press("g", "q")
        assert "Warnings" in see.page and "G3  Company: " in see.page
        assert "Enter decide" in see.footer
        await see.press("j")
        assert "Enter open the goal" in see.footer, "on a warning"
        await see.press("k")
        assert "Enter decide" in see.footer
        await see.press("S")
        assert see.footer.startswith("1 goal waits for review since 2026-Q3 or before")
        reviews.review_goal(owner(), goal, "keep", "It fits", now=NOW + timedelta(hours=30))
        await see.until(lambda: "S seals 2026-Q3" in see.text)
        await see.press("w")
        await see.press("tab")
        await see.type("small team")
        await see.press("enter")
        assert "is waived" in see.footer and Waiver.select().count() == 1
        await see.press("S")
        assert see.footer.startswith("S again seals 2026-Q3") and not Seal.select().exists()
        await see.press("S")
        assert see.footer.startswith("2026-Q3 is sealed at entry")
        await see.press("G")
        assert "Minutes of 2026-Q3" in see.page and seals.seals()[0].hash[:40] in see.page
        assert "keep   Revenue 2026-07-01 to 2026-12-31 of Company" in see.page
        pipeline.edit_deal(owner(), deal, now=NOW + timedelta(hours=31), value_minor=102 * K)
        await see.until(lambda: "1 restated, +2,000" in see.text)
        assert "Ada Marsh edited Northwind" in see.page
        await see.press("g", "g", "enter")
        assert see.screen == "goal"
    for size in ((160, 48), (80, 24)):
        async with board.opened(size) as see:
            await see.press("g", "q", "G")
            assert "1 restated" in see.text and "Minutes of 2026-Q3" in see.text
