"""Goals from further away: the forecast with the deals that carry it, the year as a road, why a goal is
behind."""

from datetime import date, timedelta

from salesboard.domain import goals, pipeline
from salesboard.domain.goals import Step, Wish
from tests.stories import NOW, TODAY, add_deal, owner
from tests.ui.driver import MONDAY, BoardDriver

DAY = timedelta(days=1)
K = 1_000_00
SIZES = ((160, 48), (80, 24))


def weeks_of_sales(weeks: int) -> None:
    """20k every Thursday of the last weeks."""
    for week in range(weeks):
        day = date(2026, 11, 19) - timedelta(days=7 * week)
        deal = add_deal(None, "20k", title=f"{day}", opened_on=day)
        pipeline.win_deal(owner(), deal, now=NOW, won_on=day)


def set_goal(target: int = 300 * K) -> int:
    steps = (
        Step(target // 3, date(2026, 10, 31), "One"),
        Step(target * 2 // 3, date(2026, 11, 30), "Two"),
        Step(target, date(2026, 12, 31), "Three"),
    )
    wish = Wish("revenue", target, date(2026, 10, 1), date(2026, 12, 31), ladder=steps, relevance="it counts")
    return goals.add_goal(owner(), wish, now=NOW)


async def test_the_forecast_tells_its_range_what_carries_it_and_what_does_not(board: BoardDriver) -> None:
    weeks_of_sales(22)
    add_deal("Northwind", "50k", stage="opportunity", opened_on=TODAY - 9 * DAY)
    late = add_deal(
        "Kestrel", "40k", stage="opportunity", opened_on=TODAY - 9 * DAY, expected_on=TODAY - 9 * DAY
    )
    pipeline.edit_deal(owner(), late, now=NOW, expected_on=TODAY - 2 * DAY)
    for size in SIZES:
        async with board.opened(size) as see:
            await see.press("g", "f")
            assert see.screen == "forecast"
            assert "Forecast   2026-Q4 · company   until 31 Dec" in see.header
            assert "in 8 of 10 cases" in see.text and "2026-Q3" in see.text
            await see.press("G")
            assert "Their date is past" in see.text and "Kestrel" in see.text and "1×" in see.text
    async with board.opened((120, 36)) as see:
        await see.press("g", "f", "p")
        assert "2026 · company" in see.header
        await see.press("C")
        assert "2026 · Ada Marsh" in see.header
        await see.press("G", "enter")
        assert see.screen == "deal" and "Kestrel" in see.header
        await see.press("escape", "escape")
        assert see.screen == "board"


async def test_the_year_is_one_line_along_which_one_goes(board: BoardDriver) -> None:
    weeks_of_sales(8)
    goal = set_goal()
    for size in SIZES:
        async with board.opened(size) as see:
            await see.press("g", "m", "Y")
            assert see.screen == "roadmap"
            assert "Roadmap 2026   next 30 Nov" in see.header
            assert "● 31 Oct  Revenue 2026-Q4: One, 100k" in see.text and "next · " in see.text
            months = next(line for line in see.lines if "Jan" in line and "Dec" in line)
            before = see.lines[see.lines.index(months) : -1]
            await see.press("G")
            assert see.lines[see.lines.index(months) : -1] != before, "the arrow is elsewhere"
    async with board.opened((120, 36)) as see:
        await see.press("g", "m", "Y", "l")
        assert "Roadmap 2027" in see.header and "review of 2026-Q4" in see.text
        await see.press("h", "g", "g", "enter")
        assert see.screen == "goal" and f"goal {goal}" in see.header


async def test_a_goal_that_is_behind_says_where_it_is_missing(board: BoardDriver) -> None:
    weeks_of_sales(22)
    set_goal(900 * K)
    async with board.opened((120, 60)) as see:
        await see.press("g", "m", "enter")
        assert "Where it is missing" in see.text
        assert "Opportunities" in see.text and "usually 100 %" in see.text
        await see.press("escape")
    set_goal(10 * K)
    async with board.opened((120, 60), today=MONDAY) as see:
        await see.press("g", "m", "j", "enter")
        assert "reached" in see.text and "Where it is missing" not in see.text
