"""The milestones: a tree of goals, the page of one, and the bar of the one that matters above the board."""

from datetime import date, timedelta
from typing import Any

import pytest

from salesboard.domain import goals, history, people, pipeline
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.goals import Step, Wish
from salesboard.storage.ledger import Actor
from salesboard.ui.screens.goal import GoalScreen
from salesboard.ui.screens.milestones import MilestonesScreen
from tests.stories import NOW, add_deal, add_person, add_team, faults, minor, owner, stage_id
from tests.ui.driver import BoardDriver, bindings

START, END = date(2026, 10, 1), date(2026, 12, 31)
SIZES = [(160, 48), (120, 36), (80, 24), (60, 16)]


def sell(account: str, value: str, on: date, *, by: Actor | None = None) -> int:
    """A sale on a day."""
    deal = add_deal(account, value, stage="opportunity", by=by, opened_on=on)
    pipeline.win_deal(owner(), deal, now=NOW, won_on=on, value_minor=minor(value))
    return deal


def add_goal(target: str, scope: Scope = COMPANY_SCOPE, *, steps: bool = True, **more: Any) -> int:
    """A goal for the fourth quarter's revenue, with milestones at 30, 60 and 100 %."""
    whole = minor(target) or 0
    ladder = tuple(
        Step(whole * share // 100, due, f"Month {at}")
        for at, (share, due) in enumerate(
            ((30, date(2026, 10, 31)), (60, date(2026, 11, 30)), (100, END)), start=1
        )
    )
    facts: dict[str, Any] = {
        "metric": "revenue",
        "start_on": START,
        "end_on": END,
        "ladder": ladder if steps else (),
        "relevance": "the plan",
    }
    return goals.add_goal(owner(), Wish(target=whole, scope=scope, **(facts | more)), now=NOW)


def a_company_with_goals() -> dict[str, int]:
    """Company 500k, West 240k with Mia 90k (reached) and Jon 120k, East 200k."""
    add_team("West"), add_team("East")
    mia, jon = add_person("Mia Berg", team="West"), add_person("Jon Haas", team="West")
    for account, value, on, who in (
        ("Kestrel", "64k", date(2026, 10, 9), mia),
        ("Northwind", "39k", date(2026, 11, 14), mia),
        ("Hofer", "41k", date(2026, 11, 2), jon),
        ("Orchard", "26k", date(2026, 11, 16), owner()),
    ):
        sell(account, value, on, by=who)
    company = add_goal("500k")
    west = add_goal("240k", Scope(team=people.find_team("West")), parent=company)
    return {
        "company": company,
        "west": west,
        "east": add_goal("200k", Scope(team=people.find_team("East")), parent=company),
        "mia": add_goal("90k", Scope(person=mia.id), parent=west),
        "jon": add_goal("120k", Scope(person=jon.id), parent=west),
    }


# --- the tree -----------------------------------------------------------------------------------------------


async def test_the_tree_says_how_every_goal_stands(board: BoardDriver) -> None:
    a_company_with_goals()
    async with board.opened((160, 48)) as see:
        await see.press("g", "m")
        assert see.screen == "milestones"
        assert see.header.startswith("salesboard   Milestones")
        assert [line[1:].strip().split("  ")[0] for line in see.goals if line] == [
            "2026-Q4 · revenue",
            "Company",
            "West",
            "Mia Berg",
            "Jon Haas",
            "not assigned",
            "East",
            "not assigned",
        ]
        assert see.goals[0].split()[-4:] == ["now", "pace", "needed", "odds"]
        assert "170k/500k" in see.goal_line("Company")
        assert "−95k" in see.goal_line("Company")
        assert "144k/240k" in see.goal_line("West")
        assert "+17k" in see.goal_line("West")
        assert "103k/90k  reached 14 Nov by Northwind" in see.goal_line("Mia Berg")
        assert "30k (12.5 %)" in see.goals[5]
        assert "60k (12 %)" in see.goals[7]


async def test_more_assigned_than_the_target_is_said(board: BoardDriver) -> None:
    made = a_company_with_goals()
    add_goal("80k", Scope(team=people.find_team("East")), parent=made["company"], name="Renewals")
    async with board.opened((120, 36)) as see:
        await see.press("g", "m")
        assert "20k (4 %)" in see.goal_line("over-assigned")


async def test_numbers_stand_under_each_other_and_to_the_right(board: BoardDriver) -> None:
    a_company_with_goals()
    for size in SIZES:
        async with board.opened(size) as see:
            await see.press("g", "m")
            heading = see.goals[0]
            for name in ("odds", "needed"):
                ends = heading.index(name) + len(name)
                for whose in ("Company", "West", "Jon Haas", "East"):
                    line = see.goal_line(whose)
                    assert line[ends - 1] not in " " and line[ends : ends + 2].strip() == "", (size, line)
            assert all(len(line) <= size[0] for line in see.goals)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((160, 48), ["now", "pace", "needed", "odds"]),
        ((80, 24), ["now", "pace", "needed", "odds"]),
        ((60, 16), ["now", "needed", "odds"]),
    ],
)
async def test_what_matters_least_goes_first(
    board: BoardDriver, size: tuple[int, int], shown: list[str]
) -> None:
    a_company_with_goals()
    async with board.opened(size) as see:
        await see.press("g", "m")
        assert see.goals[0].split("revenue")[1].split() == shown
        assert see.goal_line("West").count("━") > 5


async def test_the_line_above_says_the_bar_in_words(board: BoardDriver) -> None:
    a_company_with_goals()
    async with board.opened((132, 24)) as see:
        await see.press("g", "m")
        # 1 to 31 Oct 150k, to 30 Nov 300k: on 23 Nov 265k are expected; five working days are left.
        assert see.summary.split("   ")[:2] == [
            "Company",
            "170,000 of 300,000 (57 %), 95,000 behind pace, 26,000 per working day needed",
        ]
        assert see.summary.endswith("1 of 5")


@pytest.mark.parametrize("size", SIZES)
async def test_the_cursor_goes_from_goal_to_goal(board: BoardDriver, size: tuple[int, int]) -> None:
    a_company_with_goals()
    async with board.opened(size) as see:
        await see.press("g", "m")
        seen = [see.goal]
        for key in ("j", "down", "j", "j", "j"):
            await see.press(key)
            seen.append(see.goal)
            assert see.text.count("▌") == 1
        assert seen == ["Company", "West", "Mia Berg", "Jon Haas", "East", "East"]
        for key, whose in (
            ("k", "Jon Haas"),
            ("home", "Company"),
            ("G", "East"),
            ("ctrl+u", None),
            ("g", None),
            ("g", "Company"),
            ("ctrl+d", None),
        ):
            await see.press(key)
            assert whose in (None, see.goal), key


async def test_many_goals_scroll_with_the_cursor_in_sight(board: BoardDriver) -> None:
    for number in range(40):
        add_goal(f"{number + 1}0k", name=f"Goal {number}")
    async with board.opened((80, 20)) as see:
        await see.press("g", "m")
        for key in (*["j"] * 25, "ctrl+d", "G", *["k"] * 30, "ctrl+u", "ctrl+u", "ctrl+u", "home"):
            await see.press(key)
            assert see.text.count("▌") == 1
        assert see.goals[0].startswith(" 2026-Q4")
        await see.press("G")
        assert "Goal 39" in see.goals[-1]


async def test_one_opens_a_goal_and_comes_back_to_it(board: BoardDriver) -> None:
    a_company_with_goals()
    async with board.opened() as see:
        await see.press("g", "m", "j", "j", "enter")
        assert see.screen == "goal"
        assert see.header.startswith("salesboard   Mia Berg   goal")
        await see.press("escape")
        assert (see.screen, see.goal) == ("milestones", "Mia Berg")
        await see.press("escape")
        assert see.screen == "board"
        await see.press("g", "m", "enter", "g", "b")
        assert see.screen == "board"
        await see.press_quickly("g", "m", "j", "enter")
        assert see.header.startswith("salesboard   West")
        await see.press("g", "m")
        assert see.screen == "milestones"


async def test_the_way_there_is_named_at_the_foot_and_in_the_palette(board: BoardDriver) -> None:
    async with board.opened((132, 24)) as see:
        await see.press("g")
        await see.until(lambda: "m milestones" in see.text)
        assert "g first card" in see.text
        assert "b board" not in see.text
        await see.press("escape")
        assert see.footer.startswith("n new deal")
        await see.command("Milestones")
        await see.until(lambda: see.screen == "milestones")
        await see.press("g")
        await see.until(lambda: "b board" in see.text)


async def test_where_there_is_no_goal_it_says_how_to_set_one(board: BoardDriver) -> None:
    async with board.opened((80, 24)) as see:
        await see.press("g", "m")
        assert "n sets a goal" in see.text
        assert "n new goal" in see.footer
        await see.press("j", "k", "G", "home", "ctrl+d", "ctrl+u", "enter")
        assert see.screen == "milestones"
        await see.press("n")
        assert see.screen == "form"


async def test_what_does_not_count_yet_is_listed_apart(board: BoardDriver) -> None:
    a_company_with_goals()
    wish = Wish(metric="sales", target=20, start_on=START, end_on=END)
    goals.add_goal(owner(), wish, now=NOW, draft=True)
    async with board.opened((120, 36)) as see:
        await see.press("g", "m")
        assert "not counting yet" in see.text
        assert "draft" in see.goals[-1] or "draft" in "".join(see.goals)
        await see.press("G", "enter")
        assert "draft: it does not count" in see.page
        assert "A activate" in see.footer


async def test_a_goal_to_come_and_one_without_an_end_say_so(board: BoardDriver) -> None:
    sell("Kestrel", "64k", date(2026, 10, 9))
    add_goal("90k", start_on=date(2027, 1, 1), end_on=date(2027, 3, 31), steps=False)
    ladder = (Step(50, None, "fifty"), Step(100, None, "a hundred"))
    goals.add_goal(owner(), Wish(metric="new customers", target=100, start_on=START, ladder=ladder), now=NOW)
    async with board.opened((120, 36)) as see:
        await see.press("g", "m")
        assert "starts 1 Jan 2027" in "".join(see.goals)
        assert "49 to fifty" in "".join(see.goals)
        assert see.goals[0].startswith(" since 1 Oct · new customers")


@pytest.mark.parametrize("size", SIZES)
async def test_names_are_shown_as_they_were_typed(board: BoardDriver, size: tuple[int, int]) -> None:
    add_team("[red]Acme[/]")
    hostile = add_person("[@click=app.quit]x[/] 漢字漢字漢字")
    made = add_goal("500k", name="[b]bold[/b] \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} goal")
    add_goal("90k", Scope(person=hostile.id), parent=made)
    add_goal("90k", Scope(team=people.find_team("[red]Acme[/]")), parent=made)
    async with board.opened(size) as see:
        await see.press("g", "m")
        assert "[red]Ac" in see.text
        assert "[@click" in see.text
        assert not any("@click" in meta for meta in see.metas)
        assert all(len(line) <= size[0] for line in see.goals)
        for _ in range(3):
            await see.press("enter")
            assert see.screen == "goal"
            await see.press("escape", "j")
    assert faults() == []


async def test_odds_come_after_the_tree_and_say_what_it_is_heading_for(board: BoardDriver) -> None:
    for week in range(17):
        sell(f"Client {week}", "10k", date(2026, 7, 29) + timedelta(weeks=week))
    add_goal("2.00M")
    add_goal("90k", steps=False, name="Sure")
    async with board.opened((160, 48)) as see:
        await see.press("g", "m")
        beyond, sure = (line for line in see.goals if line.startswith(" Company"))
        assert "  0 %  ! heading for " in beyond
        assert " 100 %  heading for " in sure
        assert "╾" in beyond


async def test_the_tree_follows_what_others_do_and_keeps_the_cursor(board: BoardDriver) -> None:
    a_company_with_goals()
    mia = people.as_actor(people.find_person("Mia Berg"))
    async with board.opened((120, 36)) as see:
        await see.press("g", "m", "j", "j", "j")
        assert see.goal == "Jon Haas"
        sell("Blue Heron", "30k", date(2026, 11, 20), by=mia)
        await see.until(lambda: "200k/500k" in see.goal_line("Company"), within=2)
        assert see.goal == "Jon Haas"
        assert "133k/90k" in see.goal_line("Mia Berg")


async def test_every_key_of_the_milestones_can_be_pressed(board: BoardDriver) -> None:
    a_company_with_goals()
    for screen, name in ((MilestonesScreen, "milestones"), (GoalScreen, "goal")):
        keys = [key for binding in bindings(screen) for key in binding.key.split(",") if key[:2] != "g "]
        async with board.opened((80, 24)) as see:
            for key in keys:
                if see.screen == "form":
                    await see.press("escape")
                if see.screen != name:
                    await see.press("g", "b", "g", "m")
                if name == "goal" and see.screen != name:
                    await see.press("enter")
                assert see.screen == name, key
                await see.press(key)
    assert faults() == []


# --- the page of a goal -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)])
async def test_the_page_tells_everything_about_a_goal(board: BoardDriver, size: tuple[int, int]) -> None:
    made = a_company_with_goals()
    goals.publish_goal(owner(), made["company"], "Two people more if we get there.", now=NOW)
    async with board.opened(size) as see:
        await see.press("g", "m", "enter")
        for told in (
            "Revenue 2026-Q4",
            "Company · revenue · 2026-Q4",
            "170,000 of 300,000 (57 %)",
            "170k of 500k",
            "Month 1   31 Oct  150k",
            "reached late by 16 days",
            "by Orchard, 20k over",
            "Two people more if we get there.",
            "So far",
            "set by Ada Marsh",
            "0 of 3",
            "Not yet",
        ):
            assert told in see.page, told
        assert any("⠀" < character <= "⣿" for character in see.page)


async def test_a_sale_that_is_taken_back_reverses_a_milestone(board: BoardDriver) -> None:
    made = a_company_with_goals()
    deal = sell("Blue Heron", "130k", date(2026, 11, 20))
    assert "reached" in goals_status(made["company"])
    pipeline.reopen_deal(owner(), deal, now=NOW)
    async with board.opened((120, 36)) as see:
        await see.press("g", "m", "enter")
        assert "reversed (was 20 Nov)" in see.page


def goals_status(goal: int) -> list[str]:
    """How the milestones of a goal stand."""
    from salesboard.domain.standings import stand

    (found,) = stand([goals.find_goal(goal)], today=NOW.date())
    return [one.standing.status for one in found.milestones]


async def test_one_acknowledges_a_published_goal_or_asks(board: BoardDriver) -> None:
    made = a_company_with_goals()
    async with board.opened((120, 36)) as see:
        await see.press("g", "m", "enter")
        assert "P publish" in see.footer
        await see.press("y")
        assert "has not been published" in see.footer
        goals.publish_goal(owner(), made["company"], "The plan of the year.", now=NOW)
        await see.until(lambda: "The plan of the year." in see.page, within=2)
        assert see.footer.startswith("y acknowledge")
        await see.press("y")
        assert see.footer.startswith("acknowledged")
        assert "1 of 3" in see.page
        await see.press("Q")
        await see.type("Why so much?")
        await see.press("ctrl+s")
        assert "Ada Marsh: Why so much?" in see.page
        await see.press("u")
        assert "Why so much?" not in see.page


async def test_a_goal_of_one_day_and_a_narrow_page_can_be_drawn(board: BoardDriver) -> None:
    day = date(2026, 11, 23)
    add_goal("5k", start_on=day, end_on=day, steps=False)
    async with board.opened((60, 16)) as see:
        await see.press("g", "m", "enter")
        assert "Milestones" in see.page
        await see.resize(160, 48)
        assert "So far" in see.page


# --- above the board ----------------------------------------------------------------------------------------


async def test_the_goal_that_matters_most_stands_above_the_board(board: BoardDriver) -> None:
    a_company_with_goals()
    async with board.opened((160, 48)) as see:
        assert see.summary.startswith("Revenue 2026-Q4  ━")
        assert "170k of 500k   95k behind pace" in see.summary
        assert "2026-Q4  170k won" in see.summary
        await see.resize(100, 30)
        assert "170k of 500k" in see.summary
        assert "won" not in see.summary
        await see.resize(60, 16)
        assert "170k of 500k" in see.summary


async def test_a_sale_and_its_undoing_move_the_bar_above_the_board(board: BoardDriver) -> None:
    a_company_with_goals()
    add_deal("Blue Heron", "30k", stage="opportunity")
    async with board.opened((120, 36)) as see:
        await see.column("Opportunity").pick("Blue Heron")
        await see.press("w", "ctrl+s")
        assert "200k of 500k" in see.summary
        await see.press("u")
        assert "170k of 500k" in see.summary


async def test_somebody_elses_sale_moves_the_bar_above_the_board(board: BoardDriver) -> None:
    a_company_with_goals()
    async with board.opened((120, 36)) as see:
        sell("Blue Heron", "30k", date(2026, 11, 20))
        await see.until(lambda: "200k of 500k" in see.summary, within=2)


async def test_without_a_goal_and_with_a_filter_the_sums_stand_above_the_board(board: BoardDriver) -> None:
    add_deal("Northwind", "64k")
    async with board.opened((120, 36)) as see:
        assert see.summary.startswith("2026-Q4  0 won")
    add_goal("500k")
    async with board.opened((120, 36), filter_text="Northwind") as see:
        assert see.summary.startswith("2026-Q4  0 won")
        await see.press("escape")
        assert "0 of 500k" in see.summary


async def test_ones_own_goal_matters_more_than_the_companys(board: BoardDriver) -> None:
    a_company_with_goals()
    jon = people.as_actor(people.find_person("Jon Haas"))
    async with board.opened((120, 36), who=jon) as see:
        assert "Jon Haas Revenue 2026-Q4" in see.summary
        assert "41k of 120k" in see.summary


async def test_a_move_between_open_stages_leaves_the_goal_alone(board: BoardDriver) -> None:
    a_company_with_goals()
    add_deal("Blue Heron", "30k")
    async with board.opened((120, 36)) as see:
        before, drawn = see.summary, see.board._goal_drawn[1]
        await see.press("L", "R")
        assert see.summary == before
        assert see.board._goal_drawn[1] is drawn
        assert history.events(newest=1)[0].verb == "moved"
        pipeline.move_deal(owner(), see.here.deals[0], stage_id("target"), now=NOW)
