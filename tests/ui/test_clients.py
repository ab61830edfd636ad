"""Anniversaries, thanks owed, clients, and the page of an account."""

from datetime import date, timedelta

from salesboard.domain import accounts, pipeline, relations
from salesboard.storage.ledger import Actor
from salesboard.storage.models import FirstDate, Thanks
from tests.stories import NOW, TODAY, add_account, add_deal, add_person, faults, owner
from tests.ui.driver import BoardDriver, Seen

DAY = timedelta(days=1)
SIZES = ((160, 48), (120, 36), (80, 24))


def sell(account: str, on: date, value: str = "10k", *, by: Actor | None = None) -> int:
    deal = add_deal(account, value, by=by, title=f"Deal with {account}", opened_on=on - 30 * DAY)
    pipeline.win_deal(owner(), deal, now=NOW, won_on=on)
    return deal


def hofer() -> int:
    """A client for five years on 29 November, who bought ten days ago; one who lapsed, one of Mia's."""
    sell("Hofer GmbH", date(2021, 11, 29), "12400")
    last = sell("Hofer GmbH", TODAY - 10 * DAY, "64k")
    sell("Lapsed Ltd", date(2023, 12, 6))
    sell("Northwind", date(2024, 12, 24), by=add_person("Mia Berg"))
    sell("Northwind", TODAY - 120 * DAY, by=add_person_again("Mia Berg"))
    return last


def add_person_again(name: str) -> Actor:
    from salesboard.domain import people

    return people.as_actor(people.find_person(name))


def row(see: Seen, begins: str) -> str:
    """The line of the screen in which something stands."""
    return next(line for line in see.text.splitlines() if begins in line)


async def test_anniversaries_say_who_when_how_long_and_what_it_brought(board: BoardDriver) -> None:
    hofer()
    for size in SIZES:
        async with board.opened(size) as see:
            await see.press("g", "a")
            assert see.screen == "anniversaries"
            assert "Anniversaries 3   Thanks owed 1" in see.header
            assert row(see, "Hofer").split() == [
                *("▌29", "Nov", "Sun", "Hofer", "GmbH", "★", "5", "years", "ada", "76k", "never")
            ]
            assert "★" not in row(see, "Northwind") and "2 years" in row(see, "Northwind")
            lines = see.text.splitlines()
            apart = next(at for at, line in enumerate(lines) if "No business for eighteen months" in line)
            assert "Lapsed Ltd" in lines[apart + 1]


async def test_t_thanks_the_client_under_the_cursor_and_settles_what_is_owed(board: BoardDriver) -> None:
    hofer()
    async with board.opened((120, 24)) as see:
        await see.press("g", "a", "tab")
        assert "everybody  0 % of 2" in see.text
        assert row(see, "sale of").split()[:5] == ["▌!", "11", "d", "12", "Nov"]
        await see.press("t")
        assert see.form.title == "Thanks to Hofer GmbH"
        await see.fill("gift")
        await see.press("enter")
        await see.fill("-1")
        await see.press("enter")
        await see.type("For the business")
        await see.press("ctrl+s")
        assert see.footer.startswith("Hofer GmbH was thanked")
        assert "Nobody is owed a thank-you." in see.text
        said = Thanks.get()
        assert (said.channel, said.on_date, said.words) == ("gift", TODAY, "For the business")
        await see.press("u")
        assert "sale of" in see.text
    assert faults() == []


async def test_the_list_can_be_of_my_clients_alone(board: BoardDriver) -> None:
    hofer()
    async with board.opened((120, 24), who=add_person_again("Mia Berg")) as see:
        await see.press("g", "a")
        assert "Hofer" in see.text
        await see.press("C", "C")
        assert see.footer == "clients: mine"
        assert "Hofer" not in see.text and "Northwind" in see.text


async def test_the_first_date_form_knows_the_first_sale(board: BoardDriver) -> None:
    hofer()
    async with board.opened((120, 30)) as see:
        await see.press("g", "a", "A")
        await see.fill("first sale")
        assert see.form.says("on") == "Monday 29 November 2021, the first sale"
        await see.fill("kick")
        assert see.form.says("on") == "needed"
        await see.press("enter")
        await see.fill("2021-05-10")
        await see.press("enter")
        await see.type("Graz")
        await see.press("enter")
        await see.type("M. Huber")
        await see.press("ctrl+s")
        assert see.footer.startswith("Hofer GmbH has a first date")
        assert "Hofer" not in see.page
        await see.press("g", "c", "A")
        assert (see.form.typed("kind"), see.form.typed("place")) == ("kick-off", "Graz")
    kept = FirstDate.get()
    assert (kept.kind, kept.on_date, kept.attendees) == ("kick-off", date(2021, 5, 10), "M. Huber")


async def test_the_page_of_an_account_tells_its_story_and_opens_its_deals(board: BoardDriver) -> None:
    hofer()
    account = add_account("Hofer GmbH")
    relations.set_first_date(
        owner(), account, "kick-off", date(2021, 5, 10), now=NOW, place="Graz", attendees="M. Huber"
    )
    relations.say_thanks(owner(), account, "card", now=NOW)
    email, phone = "maria.huber@hofer-gmbh.example", "+43 316 555 0112 233"
    accounts.add_contact(owner(), account, "Maria Huber", now=NOW, email=email, phone=phone)
    for size in SIZES:
        async with board.opened(size) as see:
            await see.press("g", "c", "enter")
            assert see.screen == "account"
            assert email in see.text and phone in see.text
            facts = " ".join(see.page.split())
            assert "Together since 10 May 2021, kick-off in Graz with M. Huber; 5 years 6 months" in facts
            if size[0] < 110:
                await see.press("tab")
            assert "largest order: Deal with Hofer GmbH, 64,000" in see.text
            await see.press(*"fffff")
            assert "f thanks" in see.footer
            assert "thanked (card) by Ada Marsh" in see.text and "largest order" not in see.text
            await see.press("tab", "enter")
            assert see.screen == "deal"
            await see.press("escape")
            assert see.screen == "account"
            await see.press("escape")
            assert see.screen == "clients"


async def test_from_the_board_and_the_deal_one_comes_to_the_client(board: BoardDriver) -> None:
    hofer()
    add_deal(None, "1k", title="Nameless")
    async with board.opened((160, 30)) as see:
        await see.column("Client").pick("Hofer GmbH")
        await see.press("t", "ctrl+s")
        assert see.footer.startswith("Hofer GmbH was thanked")
        await see.press("b")
        assert see.screen == "account" and "Hofer GmbH" in see.header
        await see.press("escape", "enter", "b")
        assert see.screen == "account"
        await see.press("escape", "escape")
        await see.column("Target").pick("Nameless")
        await see.press("t")
        assert see.footer.startswith("Nameless has no account yet: e names one")
        await see.press("b")
        assert see.screen == "board"
    assert Thanks.select().count() == 1


async def test_clients_are_filtered_and_sorted(board: BoardDriver) -> None:
    hofer()
    async with board.opened((120, 24)) as see:
        await see.press("g", "c")
        assert "Clients 3" in see.header
        await see.press("slash")
        await see.type("mia")
        assert "Clients 1" in see.header and "Northwind" in see.text and "Hofer" not in see.text
        await see.press("enter", "escape")
        assert "Clients 3" in see.header
        await see.press("s", "s", "s")
        assert see.footer == "sorted by revenue"
        names = [line.split()[0].lstrip("▌") for line in see.text.splitlines()[3:6]]
        assert [name if name else "" for name in names] == ["Hofer", "Northwind", "Lapsed"]
        await see.press("escape")
        assert see.screen == "board"


async def test_without_clients_the_screens_say_so(board: BoardDriver) -> None:
    async with board.opened((80, 24)) as see:
        await see.press("g", "a", "t", "A", "enter")
        assert "No client has an anniversary in the next 60 days." in see.text
        await see.press("tab")
        assert "Nobody is owed a thank-you." in see.text and "nothing was due" in see.text
        await see.press("g", "c", "t", "enter", "s")
        assert "Nobody has bought yet." in see.text
