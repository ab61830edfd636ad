"""Several people at one deal: what stands against what is shown, and nothing is overwritten or lost."""

from datetime import timedelta

from salesboard.domain import history, people, pipeline
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from tests.stories import NOW, add_deal, add_person, owner, read, stage_id
from tests.ui.driver import BoardDriver, Seen

LATER = NOW + timedelta(days=2)


def mia() -> Actor:
    return add_person("Mia Berg", "admin")


async def edit(see: Seen, *fields: tuple[str, str]) -> None:
    """Open the form of the deal under the cursor and type into some of its fields."""
    await see.press("e")
    for name, text in fields:
        await see.go_to_field(name)
        await see.fill(text)


async def test_a_field_that_somebody_else_changed_is_shown_three_ways(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await edit(see, ("title", "Renewal for two years"), ("value", "66.5k"))
        pipeline.edit_deal(other, deal, now=LATER, value_minor=70_000_00)
        before = ledger.end()[0]
        await see.press("ctrl+s")
        assert (see.screen, ledger.end()[0]) == ("clash", before), "nothing is written before it is chosen"
        for told in ("Value was changed", "by Mia Berg", "$64,000.00", "$70,000.00", "$66,500.00"):
            assert told in see.text, told
        await see.press("escape")
        assert see.form.typed("title") == "Renewal for two years"
        assert "Mia Berg changed value" in see.form.trouble
        await see.press("ctrl+s", "t")
        assert see.screen == "board"
        assert (read(deal).value_minor, read(deal).title) == (70_000_00, "Renewal for two years")


async def test_mine_is_written_over_theirs_only_when_i_say_so(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await edit(see, ("title", "Mine"), ("value", "66.5k"), ("owner", "mia"))
        pipeline.edit_deal(
            other, deal, now=LATER, title="Theirs", value_minor=70_000_00, expected_on=LATER.date()
        )
        await see.press("ctrl+s")
        assert "1 of 2" in see.text
        await see.press("m")
        assert "2 of 2" in see.text
        await see.press("t")
        found = read(deal)
        assert (found.title, found.value_minor, found.owner_id) == ("Mine", 70_000_00, other.id)
        assert found.expected_on == LATER.date(), "what only the other one changed stays"


async def test_a_second_change_while_one_chooses_is_shown_again(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k")
    async with board.opened() as see:
        await edit(see, ("value", "66.5k"))
        pipeline.edit_deal(other, deal, now=LATER, value_minor=70_000_00)
        await see.press("ctrl+s")
        pipeline.edit_deal(other, deal, now=LATER, value_minor=71_000_00)
        await see.press("m")
        assert see.screen == "clash" and "$71,000.00" in see.text
        await see.press("m")
        assert read(deal).value_minor == 66_500_00


async def test_a_sale_of_what_somebody_else_moved_is_asked_about(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k")
    async with board.opened() as see:
        await see.press("w")
        pipeline.move_deal(other, deal, stage_id("prospect"), now=LATER)
        await see.press("ctrl+s", "t")
        assert "stays as Mia Berg left it" in see.form.trouble
        await see.press("ctrl+s", "m")
        assert read(deal).status == "won"


async def test_a_deal_put_away_meanwhile_is_brought_back_on_wish(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k", title="Renewal")
    async with board.opened() as see:
        await edit(see, ("title", "A long thought"))
        pipeline.archive_deal(other, deal, now=LATER)
        await see.press("ctrl+s")
        assert "Mia Berg archived Renewal meanwhile" in see.form.trouble
        assert "Ctrl+s brings it back" in see.form.trouble
        assert read(deal).title == "Renewal" and read(deal).archived
        await see.press("ctrl+o")
        assert "Title: A long thought" in see.app.clipboard
        await see.press("ctrl+s")
        assert read(deal).title == "A long thought" and not read(deal).archived
        history.undo(owner(), now=LATER)
        assert read(deal).archived, "bringing back and saving are one act"


async def test_a_deal_whose_adding_was_taken_back_can_be_brought_back_too(board: BoardDriver) -> None:
    other = mia()
    deal = add_deal(None, "64k", by=other, title="Renewal")
    async with board.opened() as see:
        await see.press("a")
        await see.type("call Karl")
        history.undo(other, now=LATER)
        await see.press("ctrl+s")
        assert "Mia Berg took the adding of this deal back" in see.form.trouble
        assert see.form.typed("step") == "call Karl"
        await see.press("ctrl+s")
        assert read(deal).next_step == "call Karl"


async def test_a_card_says_for_a_moment_who_moved_it(board: BoardDriver) -> None:
    other, deal = mia(), add_deal("Northwind", "64k")
    async with board.opened() as see:
        assert "by mia" not in see.text
        pipeline.move_deal(other, deal, stage_id("prospect"), now=LATER)
        await see.until(lambda: "by mia" in see.column("Prospect").painted[1])
        assert see.footer.startswith("Mia Berg moved Northwind")
        await see.until(lambda: "by mia" not in see.text, within=20)
        assert "ada" in see.column("Prospect").painted[1]


async def test_two_sessions_of_one_person_are_independent(board: BoardDriver) -> None:
    add_deal("Kestrel")
    deal = add_deal("Northwind")
    async with board.opened() as one, board.opened() as other:
        await other.column("Target").pick("Kestrel")
        await one.press("L")
        await other.until(lambda: other.column("Prospect").titles == ["Northwind"])
        assert (one.card, other.card) == ("Northwind", "Kestrel")
        await other.press("c")
        await other.type("Hello")
        await one.press("u")
        assert read(deal).stage_id == stage_id("target")
        await other.press("ctrl+s")
        assert other.screen == "board"
    assert history.undo(owner(), now=LATER).verb == "noted"


async def test_a_role_that_is_lowered_holds_from_the_next_key_and_is_told(board: BoardDriver) -> None:
    lea = add_person("Lea Lang", "manager")
    deal = add_deal("Northwind", by=lea)
    people.edit_person(owner(), lea.id or 0, now=NOW, role="admin")
    async with board.opened(who=lea) as see:
        pipeline.edit_deal(lea, deal, now=LATER, owner=owner().id)
        people.edit_person(owner(), lea.id or 0, now=LATER, role="rep")
        await see.press("L")
        assert "a rep may move deal only on a rep's own" in see.footer
        assert see.column("Target").titles == ["Northwind"]
        await see.until(lambda: any("You are a rep now" in told for told in see.toasts))


async def test_keys_pressed_twice_do_it_once(board: BoardDriver) -> None:
    add_deal("Northwind", "64k")
    async with board.opened() as see:
        before = ledger.end()[0]
        await see.press("c")
        await see.type("Hello")
        await see.press_quickly("ctrl+s", "ctrl+s")
        assert ledger.end()[0] == before + 1
        await see.press("n")
        await see.type("Kestrel")
        await see.press_quickly("enter", "enter")
        await see.press("escape")
        assert see.column("Target").titles.count("Kestrel") == 1
        await see.press("w")
        await see.press_quickly("ctrl+s", "ctrl+s")
        assert [head.verb for head in ledger.heads(after=before)].count("won") <= 1
