"""The quarterly review: what waits is told, the past is before one's eyes, and a target is rehearsed before
it is decided on."""

from datetime import date, timedelta

from salesboard.domain import goals, people, pipeline, reviews
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Wish
from salesboard.storage.models import Goal, Review
from tests.stories import NOW, add_deal, add_person, add_team, faults, owner
from tests.ui.driver import MONDAY, BoardDriver, Seen

K = 1_000_00
QUARTERS = (310, 290, 350, 410, 380, 420, 400, 450)
LAST_QUARTER = (date(2026, 7, 1), date(2026, 9, 30))
IN_TIME = date(2026, 10, 5)


def add_past() -> None:
    """One sale of so many thousands on the first day of each of the last eight quarters, oldest first."""
    for back, thousands in enumerate(reversed(QUARTERS)):
        month = 6 - 3 * back
        day = date(2026 + month // 12, month % 12 + 1, 1)
        deal = add_deal(f"Client {back}", f"{thousands}k", opened_on=day - timedelta(days=30))
        pipeline.win_deal(owner(), deal, now=NOW, won_on=day)


def add_goal(target: int = 400, scope: Scope | None = None, window: tuple[date, date] = LAST_QUARTER) -> int:
    wish = Wish("revenue", target * K, *window, scope=scope or Scope(), relevance="it counts", reason="so")
    return goals.add_goal(owner(), wish, now=NOW)


async def test_whoever_decides_is_told_at_the_start_that_goals_wait(board: BoardDriver) -> None:
    add_past()
    add_goal()
    mia = add_person("Mia Berg")
    async with board.opened() as see:
        assert see.footer.startswith("2026-Q3 is over: 1 goal waits for review, overdue, g q")
        await see.press("j")
        assert "goal waits" not in see.footer
    async with board.opened(today=IN_TIME) as see:
        assert see.footer.startswith("2026-Q3 is over: 1 goal waits for review, g q")
    async with board.opened(who=mia) as see:
        assert "goal waits" not in see.footer


async def test_where_nothing_waits_nothing_is_told_and_the_screen_says_so(board: BoardDriver) -> None:
    async with board.opened() as see:
        assert "review" not in see.footer
        await see.press("g", "q")
        assert see.screen == "review"
        assert "Nothing waits for review" in see.text
        await see.press("enter", "j", "k", "escape")
        assert see.screen == "board"


async def test_the_goals_that_wait_stand_with_value_target_and_percent(board: BoardDriver) -> None:
    add_past()
    add_goal(500)
    async with board.opened((132, 30)) as see:
        await see.press("g", "q")
        assert see.screen == "review"
        assert "2026-Q3" in see.header and "1 goal waits" in see.header
        (row,) = (line for line in see.lines if line.startswith(" ▌"))
        assert "Revenue 2026-Q3" in row and "450k of 500k    90 %  overdue by 39 days" in row
        assert "Milestone 1        30 Sep    500k  missed by 50k" in see.page
        assert "Past 8   500k was hit 0 of 8" in see.page
        assert "2024-Q4  " in see.page and "2026-Q3  " in see.page
    async with board.opened((132, 30), today=IN_TIME) as see:
        await see.press("g", "q")
        assert "90 %" in see.text
        assert "overdue" not in see.text


async def test_a_new_target_is_rehearsed_as_one_types_and_then_decided(board: BoardDriver) -> None:
    add_past()
    goal = add_goal(700, window=(date(2026, 7, 1), date(2026, 12, 31)))
    async with board.opened((132, 40)) as see:
        await see.press("g", "q", "enter")
        assert see.form.title == "2026-Q3 is over: Revenue 2026-07-01 to 2026-12-31 of Company"
        assert see.form.shown == ["decision", "reason"]
        assert see.form.typed("decision") == "keep"
        await see.fill("ra")
        assert see.form.says("decision") == "a higher target"
        assert see.form.shown == ["decision", "target", "from_on", "reason"]
        assert see.form.beneath.splitlines()[0] == "now        700k   hit 2 of 4"
        await see.press("tab")
        await see.fill("900k")
        assert see.form.beneath.splitlines()[:2] == [
            "now        700k   hit 2 of 4",
            "then       900k   hit 0 of 4",
        ]
        await see.fill("800k")
        assert see.form.beneath.splitlines()[1] == "then       800k   hit 1 of 4"
        assert see.form.says("target") == "$800,000.00, 700k until now"
        await see.press("ctrl+s")
        assert see.form.cursor == "reason"
        await see.type("the winter was good")
        await see.press("enter")
        assert see.screen == "review", see.form.trouble
        assert see.footer.startswith("Revenue 2026-07-01 to 2026-12-31 is raised")
        assert "Nothing waits for review" in see.text
        await see.press("u")
        assert "700k" in see.text
        await see.press("ctrl+r")
        assert "Nothing waits for review" in see.text
    (row,) = Review.select()
    assert (row.goal_id, row.decision, row.reason) == (goal, "raise", "the winter was good")
    assert [one.target for one in goals.find_goal(goal).versions] == [700 * K, 800 * K]
    assert faults() == []


async def test_a_goal_that_has_ended_is_kept_or_retired_but_its_next_target_can_be_tried(
    board: BoardDriver,
) -> None:
    add_past()
    goal = add_goal(400)
    async with board.opened((132, 40)) as see:
        await see.press("g", "q", "enter")
        assert see.form.shown == ["decision", "target", "reason"]
        assert see.form.typed("decision") == "retire"
        await see.press("tab")
        await see.fill("410k")
        assert see.form.beneath.splitlines()[:2] == [
            "now        400k   hit 4 of 8",
            "then       410k   hit 3 of 8",
        ]
        await see.press("tab")
        await see.type("it is over")
        await see.press("enter")
        assert see.footer.startswith("Revenue 2026-Q3 is retired")
    assert goals.find_goal(goal).status == "retired"


async def test_several_goals_are_decided_on_one_after_the_other(board: BoardDriver) -> None:
    add_goal(400)
    add_goal(500)
    async with board.opened((132, 30)) as see:
        await see.press("g", "q", "enter")
        await see.fill("keep")
        await see.press("enter", "enter")
        await see.type("it fits")
        await see.press("enter")
        assert "1 goal waits" in see.header
        await see.press("enter", "enter", "enter")
        await see.type("it is over")
        await see.press("enter")
        assert see.footer.startswith("Revenue 2026-Q3 is retired")
    assert [row.decision for row in Review.select().order_by(Review.id)] == ["keep", "retire"]
    assert [row.status for row in Goal.select().order_by(Goal.id)] == ["active", "retired"]


async def test_a_target_that_is_not_higher_is_refused_and_nothing_typed_is_lost(board: BoardDriver) -> None:
    add_goal(400, window=(date(2026, 7, 1), date(2026, 12, 31)))
    async with board.opened((132, 40)) as see:
        await see.press("g", "q", "enter")
        await see.fill("raise")
        await see.press("tab")
        await see.fill("300k")
        await see.press("tab", "tab")
        await see.type("so")
        await see.press("enter")
        assert "does not raise it" in see.form.trouble
        assert see.form.typed("target") == "300k"
    assert not Review.select().exists()


async def test_what_others_decide_on_is_seen_but_not_decided(board: BoardDriver) -> None:
    add_team("West")
    add_goal(400)
    add_goal(100, Scope(team=people.find_team("West")))
    lee = add_person("Lee Ward", "lead", team="West")
    async with board.opened((132, 30), who=lee) as see:
        assert "1 goal waits for review" in see.footer
        await see.press("g", "q")
        assert "West" in see.text and "Revenue 2026-Q3" in see.text
        await see.press("enter")
        assert see.screen == "review"
        assert "a lead of theirs, or an admin, decides" in see.footer
        await see.press("j", "enter")
        assert see.screen == "form"


async def test_somebody_elses_decision_is_seen_without_a_key(board: BoardDriver) -> None:
    goal = add_goal(400)
    mia = add_person("Mia Berg", "admin")
    async with board.opened((132, 30)) as see:
        await see.press("g", "q")
        reviews.review_goal(mia, goal, "keep", "it fits", now=NOW + timedelta(days=1))
        await see.until(lambda: "Nothing waits for review" in see.text)


async def test_the_review_fits_every_size(board: BoardDriver) -> None:
    add_past()
    add_goal(400)
    for size in ((160, 48), (120, 36), (80, 24), (60, 16)):
        async with board.opened(size) as see:
            await see.press("g", "q")
            assert "400k" in see.text and "112 %" in see.text, see.text
            assert "Milestones" in see.text
            await see.press("enter", "tab")
            await see.fill("430k")
            assert "hit 1 of 8" in see.text, see.text


def test_the_day_of_the_stories_is_past_the_time_for_review() -> None:
    assert MONDAY > date(2026, 10, 1) + reviews.OVERDUE > IN_TIME


async def test_one_reads_on_the_other_side_and_comes_back(board: BoardDriver) -> None:
    add_past()
    add_goal(400)
    add_goal(300)
    async with board.opened((132, 16)) as see:
        await see.press("g", "q")
        first = cursor_row(see)
        await see.press("tab", "j")
        assert cursor_row(see) == first
        await see.press("tab", "j")
        assert cursor_row(see) != first
        await see.press("g", "g")
        assert cursor_row(see) == first


def cursor_row(see: Seen) -> str:
    return next(line[:60] for line in see.lines if line.startswith(" ▌"))
