"""What one is told comes as one calm toast, and is in the inbox until one has dealt with it."""

from salesboard.domain import goals, notices
from salesboard.domain.gains import Scope
from salesboard.domain.goals import Wish
from salesboard.domain.notices import Line, Notice
from salesboard.storage.ledger import Actor
from tests.stories import NOW, TODAY, add_deal, add_person, owner
from tests.ui.driver import BoardDriver, Seen


def tell(key: str, text: str, *people: Actor, leads_to: str | None = None, tone: str = "good") -> None:
    """Somebody's worker tells these people."""
    concerned = frozenset(one.id for one in people if one.id is not None)
    found = Notice(key, "record", text, concerned, TODAY, tone, leads_to)  # type: ignore[arg-type]
    assert notices.tell([found], now=NOW) == 1


async def told(see: Seen, count: int) -> None:
    await see.until(lambda: f"Inbox {count}" in see.header)


async def test_a_notice_is_one_toast_and_leads_to_what_it_is_about(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k", stage="prospect")
    async with board.opened((120, 24)) as see:
        assert "Inbox" not in see.header
        tell("a", "Largest sale ever: Northwind", owner(), leads_to=f"deal:{deal}")
        await told(see, 1)
        assert see.toasts == ["Largest sale ever: Northwind"]
        await see.press("g", "i")
        assert see.screen == "inbox"
        assert "★ Record" in see.page and "Largest sale ever: Northwind" in see.page
        await see.press("enter")
        assert see.screen == "deal"
        await see.press("escape")
        assert see.screen == "inbox"
        assert "0 unread of 1" in see.header and "Inbox 1" not in see.header
        await see.press("escape")
        assert see.screen == "board"
    async with board.opened((120, 24)) as see:
        await see.press("g", "i")
        assert "0 unread of 1" in see.header
        assert see.toasts == [], "it is not shown again"


async def test_many_at_once_are_one_toast_that_says_how_many(board: BoardDriver) -> None:
    mia = add_person("Mia Berg")
    for number in range(12):
        tell(f"n{number}", f"Something {number}", owner())
    tell("hers", "Something of Mia's", mia)
    async with board.opened((120, 36)) as see:
        await told(see, 12)
        assert see.toasts == ["12 notices since Sunday 22 November: g i shows them"]
        await see.press("g", "i", "A")
        assert "0 unread of 12" in see.header


async def test_those_that_wait_behind_a_toast_are_counted_one_by_one(board: BoardDriver) -> None:
    async with board.opened((120, 24)) as see:
        for count in (1, 5, 3):
            see.app._toasts.add([shown_before(number) for number in range(count)], at_start=False)
        await see.settled()
        assert see.toasts == ["Something 0"]
        see.app._toasts._was_seen()
        await see.settled()
        assert see.toasts == ["8 notices: g i shows them"]


def shown_before(number: int) -> Line:
    return Line(
        number, "a", "record", "good", f"Something {number}", None, TODAY, NOW, True, False, False, None, None
    )


async def test_one_reads_sends_off_puts_away_and_takes_out_again(board: BoardDriver) -> None:
    for key in ("one", "two", "three"):
        tell(key, f"About {key}", owner())
    async with board.opened((80, 24)) as see:
        await told(see, 3)
        await see.press("g", "i", "space")
        assert "2 unread of 3" in see.header
        await see.press("k", "k", "z")
        assert see.screen == "form"
        await see.fill("fri")
        await see.press("ctrl+s")
        assert see.footer.startswith("it comes back on Friday 27 November 2026")
        assert "1 unread of 2" in see.header
        await see.press("k", "k", "x")
        assert "0 unread of 1" in see.header
        await see.press("o")
        assert "Later" in see.page and "until" in see.page and "Dismissed" in see.page
        await see.press("G", "x")
        assert "1 unread of 3" in see.header


async def test_what_was_withdrawn_says_so(board: BoardDriver) -> None:
    wish = Wish("revenue", 100_00, TODAY, scope=Scope(person=owner().id), relevance="it counts")
    goal = goals.add_goal(owner(), wish, now=NOW)
    tell("a", "A record fell", owner(), leads_to=f"goal:{goal}")
    notices.withdraw("a", "June holds again", now=NOW)
    async with board.opened((120, 24)) as see:
        await told(see, 2)
        await see.press("g", "i", "G")
        assert "withdrawn · A record fell" in see.page
        assert "withdrawn: June holds again" in see.page
        await see.press("enter")
        assert see.screen == "goal"
