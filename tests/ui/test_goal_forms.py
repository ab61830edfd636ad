"""The forms of goals: what one types is held against the past at once, and saved active, as a draft, or not
at all."""

from datetime import date, timedelta

from salesboard.domain import gains, goals, pipeline
from salesboard.domain.gains import Scope
from salesboard.domain.goals import GoalFacts, Wish
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Goal, Proposal
from salesboard.ui import goal_forms
from tests.stories import (
    NOW,
    add_deal,
    add_person,
    add_product,
    add_team,
    faults,
    owner,
)
from tests.ui.driver import MONDAY, BoardDriver, Seen

K = 1_000_00
QUARTERS = (310, 290, 350, 410, 380, 420, 400, 450)
"""What the eight quarters before brought, in thousands: the worked example of the verdict."""


def add_past(*quarters: int) -> None:
    """One sale of so many thousands on the first day of each quarter before this one, oldest first."""
    newest = date(2026, 7, 1)
    for back, thousands in enumerate(reversed(quarters)):
        month = newest.month - 1 - 3 * back
        day = date(newest.year + month // 12, month % 12 + 1, 1)
        deal = add_deal(f"Client {back}", f"{thousands}k", opened_on=day - timedelta(days=30))
        pipeline.win_deal(owner(), deal, now=NOW, won_on=day)


async def new_goal(see: Seen) -> None:
    goal_forms.new_goal(see.board)
    await see.settled()


async def go_to(see: Seen, field: str) -> None:
    for _ in see.form.names:
        if see.form.cursor == field:
            return
        await see.press("tab")
    raise AssertionError(f"{field} is not reached: {see.form.cursor}")


async def fill(see: Seen, **fields: str) -> None:
    for name, words in fields.items():
        await go_to(see, name)
        await see.fill(words)


def only_goal() -> GoalFacts:
    (row,) = Goal.select()
    return goals.find_goal(row.id)


# --- a new goal -----------------------------------------------------------------------------------------


async def test_a_goal_of_this_quarter_is_set_by_its_target_alone(board: BoardDriver) -> None:
    add_past(*QUARTERS)
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        assert see.form.title == "New goal"
        assert (see.form.typed("start"), see.form.typed("end")) == ("2026-10-01", "2026-12-31")
        assert see.form.beneath == "What it means is told here; still to be read: target"
        await fill(see, target="400k")
        await see.press("ctrl+s")
        assert see.screen == "board"
        assert see.footer.startswith("Revenue 2026-Q4 is set")
    found = only_goal()
    assert (found.status, found.metric, found.whose) == ("active", "revenue", "Company")
    assert (found.start_on, found.end_on) == (date(2026, 10, 1), date(2026, 12, 31))
    (version,) = found.versions
    assert [(one.rung.due_on, one.rung.threshold) for one in version.milestones] == [
        (date(2026, 10, 31), 13_333_300),
        (date(2026, 11, 30), 26_666_700),
        (date(2026, 12, 31), 400 * K),
    ]
    assert faults() == []


async def test_both_readings_the_verdict_and_the_five_answers_are_told_as_one_types(
    board: BoardDriver,
) -> None:
    add_past(*QUARTERS)
    async with board.opened((120, 48)) as see:
        await new_goal(see)
        await fill(see, target="500k", ladder="31 oct 150k, 30 nov 300k, 31 dec 500k")
        told = see.form.beneath
        assert "▌ cumulative  31 Oct 150k · 30 Nov 300k · 31 Dec 500k" in told
        assert "  per period  31 Oct 150k · 30 Nov 150k · 31 Dec 200k" in told
        sentence = "beyond best: 500k is 11.1 % above your best quarter (450k); 80 % of your quarters were at"
        assert sentence in " ".join(told.split())
        assert "✓ specific    revenue of Company" in told
        assert "✗ achievable  the target is beyond the best ever" in told
        await fill(see, target="400k", ladder="100k, 250k, 400k")
        assert "▌ cumulative  31 Oct 100k · 30 Nov 250k · 31 Dec 400k" in see.form.beneath
        assert "fair: 400k is below your best quarter (450k)" in see.form.beneath
        assert "✗" not in see.form.beneath


async def test_milestones_that_make_up_the_target_in_the_other_reading_are_asked_about(
    board: BoardDriver,
) -> None:
    async with board.opened((120, 48)) as see:
        await new_goal(see)
        await fill(see, target="500k", ladder="31 oct 150k, 30 nov 150k, 31 dec 200k")
        asked = "these milestones make up the target per period, not cumulative: which is meant?"
        assert " ".join(see.form.beneath.split()) == asked
        await fill(see, reading="per")
        assert "▌ per period  31 Oct 150k · 30 Nov 150k · 31 Dec 200k" in see.form.beneath
        assert see.form.says("reading") == "each milestone counts its own period alone"
        await see.press("ctrl+s")
        assert see.screen == "board"
    assert only_goal().versions[0].reading == "per period"


async def test_a_goal_that_lacks_an_answer_is_kept_as_a_draft_only_when_asked_for_twice(
    board: BoardDriver,
) -> None:
    add_team("West")
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, whose="west", target="100k")
        await see.press("ctrl+s")
        assert see.screen == "form"
        assert see.form.trouble.startswith("relevant: it serves no other goal")
        assert see.form.trouble.endswith("Ctrl+s again keeps it as a draft.")
        assert not Goal.select().exists()
        await fill(see, target="120k")
        await see.press("ctrl+s")
        assert not Goal.select().exists(), "what was typed since is asked about anew"
        await see.press("ctrl+s")
        assert see.footer.startswith("Revenue 2026-Q4 is kept as a draft")
    found = only_goal()
    assert (found.status, found.whose, found.versions[0].target) == ("draft", "West", 120 * K)


async def test_with_the_reason_and_the_goal_above_it_is_active_at_once(board: BoardDriver) -> None:
    add_past(*QUARTERS)
    add_team("West")
    above = Wish("revenue", 400 * K, date(2026, 10, 1), date(2026, 12, 31))
    whole = goals.add_goal(owner(), above, now=NOW)
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, whose="West", target="100k", reason="two more people", parent="revenue")
        assert see.form.says("parent") == "Revenue 2026-Q4 Company"
        await see.press("enter")
        assert see.screen == "board"
    (part,) = (one for one in goals.goals() if one.id != whole)
    assert (part.status, part.parent, part.versions[0].reason) == ("active", whole, "two more people")


async def test_days_are_typed_as_people_type_them_and_end_words_are_seen_from_the_start(
    board: BoardDriver,
) -> None:
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, start="2027-01-01", end="eoq")
        assert see.form.says("end") == "Wednesday 31 March 2027"
        await fill(see, end="eom")
        assert see.form.says("end") == "Sunday 31 January 2027"
        await fill(see, start="2026-12-01")
        assert see.form.says("end") == "Thursday 31 December 2026"
        await fill(see, end="")
        assert see.form.says("end") == "open-ended: it can not be missed"
        await fill(see, end="someday")
        assert "is no day" in see.form.says("end")
        assert see.form.beneath.endswith("still to be read: target, end")


async def test_an_open_ended_goal_has_milestones_without_days(board: BoardDriver) -> None:
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, metric="new", end="", target="100")
        assert "an open-ended goal has no periods" in see.form.beneath
        await fill(see, ladder="10, 50, 100")
        assert "cumulative  10 · 50 · 100" in see.form.beneath
        await see.press("ctrl+s")
        assert see.screen == "board"
    found = only_goal()
    assert (found.metric, found.end_on) == ("new customers", None)
    rungs = [one.rung for one in found.versions[0].milestones]
    assert [(one.due_on, one.threshold) for one in rungs] == [(None, 10), (None, 50), (None, 100)]


async def test_a_product_is_asked_for_with_units_alone(board: BoardDriver) -> None:
    product = add_product("GTX Pro")
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        assert "product" not in see.form.shown
        await fill(see, metric="units", product="gtx", target="500")
        assert see.form.says("product") == "GTX Pro"
        await see.press("ctrl+s")
        assert see.footer.startswith("Units of GTX Pro 2026-Q4 is set")
    assert (only_goal().product, only_goal().versions[0].target) == (product, 500)


async def test_rewards_are_typed_in_one_line_one_for_each_milestone(board: BoardDriver) -> None:
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, target="300k", rewards="900, 900")
        assert "2 rewards for 3 milestones" in see.form.beneath
        await fill(see, rewards="900, dinner for two, 1.5k final")
        said = "$900.00 · dinner for two · $1,500.00, final once paid"
        assert see.form.says("rewards") == said
        assert "rewards     31 Oct $900.00 · 30 Nov dinner for two" in see.form.beneath
        await see.press("ctrl+s")
    first, second, third = only_goal().versions[0].milestones
    assert (first.reward, first.reward_minor, first.final) == (None, 900_00, False)
    assert (second.reward, second.reward_minor) == ("dinner for two", None)
    assert (third.reward_minor, third.final) == (1_500_00, True)


async def test_a_seasonal_ladder_follows_the_years_before_and_can_be_rounded(board: BoardDriver) -> None:
    for year in (2023, 2024, 2025):
        for month, thousands in ((1, 1), (10, 10), (11, 20), (12, 70)):
            day = date(year, month, 5)
            deal = add_deal("Orchard", f"{thousands}k", opened_on=day - timedelta(days=3))
            pipeline.win_deal(owner(), deal, now=NOW, won_on=day)
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, target="123k", ladder="seasonal")
        assert "cumulative  31 Oct 12k · 30 Nov 37k · 31 Dec 123k" in see.form.beneath
        await fill(see, ladder="seas to 5k")
        assert "cumulative  31 Oct 10k · 30 Nov 35k · 31 Dec 123k" in see.form.beneath
        await fill(see, ladder="front", every="quarter")
        assert "cumulative  31 Dec 123k" in see.form.beneath


async def test_what_can_not_be_understood_is_said_beside_its_field(board: BoardDriver) -> None:
    async with board.opened((120, 40)) as see:
        await new_goal(see)
        await fill(see, whose="nobody")
        assert see.form.says("whose") == "there is no team or person 'nobody'"
        await fill(see, whose="", metric="s")
        assert see.form.says("metric") == "how many deals are won"
        await fill(see, metric="sales", target="1.5")
        assert see.form.says("target") == "1.5 is no whole number"
        await fill(see, target="40", ladder="31 oct 10, 40")
        assert "give every milestone its day" in see.form.says("ladder")
        await see.press("ctrl+s")
        assert see.form.cursor == "ladder"
    assert not Goal.select().exists()


async def test_a_hundred_quick_keys_end_with_the_answer_to_the_last(board: BoardDriver) -> None:
    add_past(*QUARTERS)
    async with board.opened((120, 48)) as see:
        await new_goal(see)
        await go_to(see, "target")
        await see.press_quickly(*"500k", *["backspace"] * 4, *"310k", *["backspace"] * 4, *"450k")
        assert "stretch: 450k is equal to your best quarter (450k)" in see.form.beneath


async def test_the_form_fits_every_size_with_the_verdict_in_sight(board: BoardDriver) -> None:
    add_past(*QUARTERS)
    for size in ((120, 36), (60, 16)):
        async with board.opened(size) as see:
            await new_goal(see)
            await fill(see, target="430k")
            assert "Ctrl+s set" in see.text
            assert "cumulative" in see.text
            assert "stretch: 430k" in see.text or size == (60, 16), see.text
            for name in see.form.shown:
                await go_to(see, name)
                assert see.form.label(name) in see.text, see.text


# --- personal targets -----------------------------------------------------------------------------------


async def propose_as(see: Seen) -> None:
    goal_forms.propose(see.board)
    await see.settled()


async def test_who_may_set_no_goal_proposes_their_own_target(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    async with board.opened((120, 40), who=mia) as see:
        await new_goal(see)
        assert see.form.title == "Propose a target"
        assert see.form.says("whose") == "Mia Berg"
        await fill(see, target="80k", words="Northwind renews")
        await see.press("ctrl+s")
        assert "is proposed for Mia Berg" in see.footer
    found = only_goal()
    assert (found.status, found.scope.person) == ("proposed", mia.id)
    (said,) = Proposal.select()
    assert (said.target, said.words, said.author_id) == (80 * K, "Northwind renews", mia.id)


def proposal_of(mia: Actor) -> int:
    wish = Wish("revenue", 80 * K, date(2026, 10, 1), date(2026, 12, 31), scope=Scope(person=mia.id))
    return goals.propose_goal(mia, wish, now=NOW, words="Northwind renews")


async def test_a_proposal_is_answered_with_another_number_and_agreed_to(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    goal = proposal_of(mia)
    async with board.opened((120, 40)) as see:
        goal_forms.counter(see.board, goal)
        await see.settled()
        assert "80k  Mia Berg  Northwind renews" in see.form.beneath
        await fill(see, target="90k", words="and Kestrel")
        assert "not enough history" in see.form.beneath
        await see.press("ctrl+s")
        assert see.footer.startswith("the answer to Revenue 2026-Q4 is given")
        goal_forms.agree(see.board, goal)
        await see.settled()
        assert "one does not agree to" in see.footer
    async with board.opened((120, 40), who=mia) as see:
        goal_forms.agree(see.board, goal)
        await see.settled()
        assert see.footer.startswith("agreed: 90k for Mia Berg, Revenue 2026-Q4 counts from now on")
    found = goals.find_goal(goal)
    assert (found.status, found.versions[-1].target) == ("active", 90 * K)
    assert [row.target for row in Proposal.select().order_by(Proposal.id)] == [80 * K, 90 * K]
    assert faults() == []


# --- publishing -----------------------------------------------------------------------------------------


async def test_a_goal_is_published_with_its_rationale(board: BoardDriver) -> None:
    wish = Wish("sales", 40, date(2026, 10, 1), date(2026, 12, 31), relevance="pays the office")
    goal = goals.add_goal(owner(), wish, now=NOW)
    async with board.opened((120, 40)) as see:
        goal_forms.publish(see.board, goal)
        await see.settled()
        assert see.form.typed("rationale") == "pays the office"
        await see.type(", and more")
        await see.press("ctrl+s")
        assert "is published" in see.footer
    assert goals.find_goal(goal).versions[-1].rationale == "pays the office, and more"
    told = goals.readers(goals.find_goal(goal), MONDAY)
    assert told is not None and told.waiting == ("Ada Marsh",)


def test_every_metric_is_said_in_words() -> None:
    assert set(goal_forms.COUNTED) == set(gains.METRICS)
