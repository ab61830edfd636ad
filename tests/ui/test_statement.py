"""The statement of rewards: by person, in plain words, decided on by whoever leads them."""

from datetime import date, timedelta

from salesboard.domain import goals, people, pipeline, rewards
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Step, Wish
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Payout
from tests.stories import NOW, add_deal, add_person, add_team, faults, owner
from tests.ui.driver import MONDAY, BoardDriver

K = 1_000_00
DUES = (date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31))


def add_goal(whose: Actor, *, minor: int = 900_00, words: str | None = None) -> int:
    """100k, 200k and 300k by the ends of the months of this quarter, each with a reward."""
    steps = tuple(
        Step(100 * K * place, due, f"Month {place}", words, minor or None)
        for place, due in enumerate(DUES, 1)
    )
    wish = Wish(
        "revenue",
        300 * K,
        date(2026, 10, 1),
        DUES[-1],
        scope=Scope(person=whose.id),
        relevance="it counts",
        ladder=steps,
    )
    return goals.add_goal(owner(), wish, now=NOW)


def sell(whose: Actor, value: str, on: date) -> int:
    deal = add_deal("Northwind", value, by=whose, opened_on=on - timedelta(days=9))
    pipeline.win_deal(owner(), deal, now=NOW, won_on=on)
    return deal


async def test_an_earned_reward_is_approved_and_paid_and_both_can_be_undone(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    add_goal(mia)
    sell(mia, "120k", date(2026, 10, 20))
    async with board.opened((120, 24)) as see:
        await see.press("g", "e")
        assert see.screen == "statement"
        assert "Mia Berg   promised $1,800.00   earned $900.00" in see.page
        assert "earned, to approve" in see.page
        await see.press("a")
        assert see.footer.startswith("Mia Berg's reward for Month 1 is approved")
        assert "approved $900.00" in see.page and "approved, to pay" in see.page
        await see.press("p")
        assert "Mia Berg   promised $1,800.00   paid $900.00" in see.page
        await see.press("u", "u")
        assert "earned, to approve" in see.page
        await see.press("escape")
        assert see.screen == "board"
    assert not Payout.select().exists()
    assert faults() == []


async def test_what_is_not_earned_is_refused_with_a_reason(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    add_goal(mia)
    async with board.opened((120, 24)) as see:
        await see.press("g", "e", "j", "a")
        assert "is promised; there is nothing to approve" in see.footer
        await see.press("p")
        assert "approve it first" in see.footer
        await see.press("b")
        assert "nothing is to be paid back" in see.footer
    assert not Payout.select().exists()


async def test_a_paid_reward_whose_sale_was_taken_back_is_paid_back_after_a_second_key(
    board: BoardDriver,
) -> None:
    mia = add_person("Mia Berg")
    goal = add_goal(mia)
    deal = sell(mia, "120k", date(2026, 10, 20))
    milestone = goals.find_goal(goal).versions[0].milestones[0].id
    rewards.approve_reward(owner(), milestone, mia.id or 0, now=NOW)
    rewards.pay_reward(owner(), milestone, mia.id or 0, now=NOW)
    pipeline.reopen_deal(owner(), deal, now=NOW)
    async with board.opened((120, 24)) as see:
        await see.press("g", "e")
        assert "paid, but un-won since: to pay back" in see.page
        assert "to claw back $900.00" in see.page
        await see.press("b")
        assert see.footer.startswith("b again: Mia Berg has paid $900.00 back; any other key leaves it")
        await see.press("j", "k", "b")
        assert see.footer.startswith("b again")
        assert Payout.get().clawed_back_on is None
        await see.press("b")
        assert see.footer.startswith("Mia Berg's reward for Month 1 is paid back")
        assert "to claw back" not in see.page
    assert Payout.get().clawed_back_on == MONDAY


async def test_a_rep_sees_their_own_and_a_lead_those_they_lead(board: BoardDriver) -> None:
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    jon = add_person("Jon Haas")
    lee = add_person("Lee Ward", "lead", team="West")
    for one in (mia, jon):
        add_goal(one)
        sell(one, "120k", date(2026, 10, 20))
    async with board.opened((120, 24), who=jon) as see:
        await see.press("g", "e")
        assert "Jon Haas" in see.page and "Mia Berg" not in see.page
        assert "approve " not in see.footer
        await see.press("a")
        assert "may not decide on reward" in see.footer
    async with board.opened((120, 24), who=lee) as see:
        await see.press("g", "e")
        assert "Mia Berg" in see.page and "Jon Haas" not in see.page
        await see.press("a")
        assert "is approved" in see.footer
    async with board.opened((120, 24)) as see:
        await see.press("g", "e")
        assert "Mia Berg" in see.page and "Jon Haas" in see.page
    assert people.members(people.find_team("West"), MONDAY) == {mia.id, lee.id}


async def test_the_statement_fits_every_size_and_the_cursor_stays_in_sight(board: BoardDriver) -> None:
    for name in ("Mia Berg", "Jon Haas", "Kim Park", "Lee Ward", "Ann Cole", "Bob Dale"):
        add_goal(add_person(name), minor=0, words="dinner for two")
    for size in ((160, 48), (120, 36), (80, 24), (60, 16)):
        async with board.opened(size) as see:
            await see.press("g", "e")
            assert "dinner for two" in see.text and "promised" in see.text
            await see.press("G")
            assert cursor_row(see.lines), see.text
            await see.press("g", "g")
            assert "Ann Cole" in "".join(see.text.splitlines()[:3]), see.text


def cursor_row(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(" ▌")]


async def test_without_rewards_the_statement_says_so(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("g", "e", "a", "p", "b", "j")
        assert "No milestone promises a reward yet." in see.text
        await see.press("q")
        assert see.screen == "board"
