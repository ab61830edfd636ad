"""Well done: `*` gives kudos for what one looks at; the screen tells what was said, and what waits."""

from datetime import timedelta

from salesboard.domain import goals, pipeline
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Kudos
from tests.stories import NOW, TODAY, add_deal, add_person, add_team, faults, owner
from tests.ui.driver import BoardDriver

DAY = timedelta(days=1)


def sell(whose: Actor, account: str, days_ago: int = 1) -> int:
    deal = add_deal(account, "12k", by=whose, opened_on=TODAY - 40 * DAY)
    pipeline.win_deal(whose, deal, now=NOW, won_on=TODAY - days_ago * DAY)
    return deal


async def test_kudos_are_given_on_the_card_the_page_and_the_goal(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    goals.add_goal(
        owner(), goals.Wish("sales", 1, TODAY - 9 * DAY, TODAY + DAY, relevance="it counts"), now=NOW
    )
    deal = sell(mia, "Northwind")
    async with board.opened((120, 30)) as see:
        await see.press("asterisk")
        assert see.form.title == "Kudos for Northwind"
        assert see.form.typed("person") == "mia"
        await see.type("What a comeback")
        await see.press("ctrl+s")
        assert see.footer.startswith("mia has your kudos for Northwind")
        await see.press("enter", "asterisk")
        await see.type("Again")
        await see.press("ctrl+s")
        assert see.footer.startswith("mia has your kudos")
        assert see.screen == "deal"
        await see.press("escape", "g", "m", "enter", "asterisk")
        assert see.form.title.startswith("Kudos for Milestone 1 of Sales")
        await see.type("The first")
        await see.press("ctrl+s")
        assert see.screen == "goal"
        await see.press("u")
    assert [row.fact for row in Kudos.select().order_by(Kudos.id)] == [f"deal:{deal}"] * 2
    assert faults() == []


async def test_what_waits_for_a_word_waits_no_more(board: BoardDriver) -> None:
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    lee = add_person("Lee Ward", "lead", team="West")
    sell(mia, "Northwind", 9), sell(mia, "Kestrel", 2)
    for size in ((160, 48), (120, 36), (80, 24)):
        async with board.opened(size, who=lee) as see:
            await see.press("g", "o")
            assert see.screen == "recognition"
            assert "2 without a word, 1 for a week" in see.header
            assert "10 d ! Northwind" in see.text and "0 of 2 acknowledged" in see.text
    async with board.opened((120, 36), who=lee) as see:
        await see.press("g", "o", "asterisk")
        await see.type("Thank you")
        await see.press("ctrl+s")
        assert "1 without a word" in see.header and "10 d !" not in see.text
        assert "Lee Ward to Mia Berg" in see.text and "Thank you" in see.text
        await see.press("enter")
        assert see.screen == "deal"
        await see.press("escape", "asterisk", "escape", "tab", "k", "k", "asterisk")
        assert see.form.title.startswith("Kudos for Northwind")
        await see.press("escape", "escape")
        assert see.screen == "board"
    assert Kudos.get().author_id == lee.id


async def test_to_oneself_nobody_says_well_done(board: BoardDriver) -> None:
    add_deal("Northwind")
    async with board.opened() as see:
        await see.press("asterisk")
        assert see.form.typed("person") == ""
        await see.type("Well done, me")
        await see.press("tab")
        await see.type("ada")
        await see.press("ctrl+s")
        assert "oneself" in see.form.trouble
    assert not Kudos.select().exists()
