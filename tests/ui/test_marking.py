"""Marks: several deals at once, rehearsed before it is done, and one undo takes all of it back."""

import pytest

from salesboard.domain import pipeline
from salesboard.errors import Refused
from salesboard.storage import ledger
from salesboard.storage.models import Deal
from salesboard.ui import bulk
from tests.stories import NOW, add_deal, add_person, faults, owner, stage_id, stage_of
from tests.ui.driver import BoardDriver, Seen

NAMES = ("Orchard", "Kestrel", "Hofer", "Northwind")


def four(stage: str = "target") -> dict[str, int]:
    """Four deals in a column; the last name stands on top."""
    return {name: add_deal(name, "10k", stage=stage) for name in NAMES}


def marked(see: Seen) -> list[str]:
    """The names of the cards that are drawn with a mark, from the top."""
    lines = (line.lstrip() for line in see.text.splitlines()[:-1])
    return [line[1:].split()[0] for line in lines if line.startswith("◆")]


async def test_space_marks_and_goes_on_and_the_footer_has_their_sum(board: BoardDriver) -> None:
    four()
    for size in ((160, 48), (120, 36), (80, 24)):
        async with board.opened(size) as see:
            await see.press("space", "space")
            assert marked(see) == ["Northwind", "Hofer"] and see.card == "Kestrel"
            assert "2 marked 20k" in see.footer and "Esc unmark" in see.footer
            await see.press("k", "space")
            assert marked(see) == ["Northwind"] and "1 marked 10k" in see.footer
            await see.press("escape")
            assert marked(see) == [] and "marked" not in see.footer


async def test_a_range_and_a_column_are_marked_at_once(board: BoardDriver) -> None:
    four()
    async with board.opened() as see:
        await see.press("space", "G", "v")
        assert "4 marked 40k" in see.footer
        await see.press("escape", "V")
        assert "4 marked" in see.footer
        await see.press("V")
        assert "marked" not in see.footer


async def test_a_move_is_rehearsed_and_done_as_one_act_that_one_undo_takes_back(board: BoardDriver) -> None:
    deals = four()
    add_deal("Elsewhere", "5k", stage="prospect")
    async with board.opened((120, 36)) as see:
        await see.press("V")
        before = ledger.end()
        await see.press("L")
        assert "L again moves 4 deals a stage on" in see.footer
        assert ledger.end() == before, "only rehearsed"
        await see.press("L")
        assert "4 deals moved a stage on" in see.footer and "u undo" in see.footer
        assert {stage_of(deal) for deal in deals.values()} == {"prospect"}
        await see.press("u")
        assert {stage_of(deal) for deal in deals.values()} == {"target"}
        await see.press("V", "m", "3", "m", "3")
        assert {stage_of(deal) for deal in deals.values()} == {"opportunity"}
    assert faults() == []


async def test_what_is_refused_of_one_is_said_before_and_leaves_the_others(board: BoardDriver) -> None:
    deals = four()
    mia = add_person("Mia Berg")
    pipeline.edit_deal(owner(), deals["Hofer"], now=NOW, owner=mia.id)
    pipeline.edit_deal(owner(), deals["Kestrel"], now=NOW, owner=mia.id)
    async with board.opened((140, 36), who=mia) as see:
        await see.press("V", "L")
        assert "L again moves 2 of 4 deals a stage on; 2 not:" in see.footer
        await see.press("L")
        assert "2 deals moved a stage on; 2 not:" in see.footer
        assert [name for name in NAMES if stage_of(deals[name]) == "prospect"] == ["Kestrel", "Hofer"]
        await see.press("j")
        assert "2 marked 20k" in see.footer, "what was refused stays marked"
    assert faults() == []


async def test_any_other_key_leaves_them_where_they_are(board: BoardDriver) -> None:
    deals = four()
    async with board.opened() as see:
        await see.press("V", "X")
        assert "X again archives 4 deals" in see.footer
        await see.press("j", "X")
        assert "X again archives" in see.footer
        assert not Deal.select().where(Deal.archived).exists()
        await see.press("X")
        assert "4 deals archived" in see.footer
    assert Deal.select().where(Deal.archived).count() == len(deals)


async def test_forms_are_for_all_that_are_marked(board: BoardDriver) -> None:
    deals = four()
    mia = add_person("Mia Berg")
    async with board.opened((120, 36)) as see:
        await see.press("space", "space", "a")
        assert "2 deals get a next step" in see.text
        await see.type("Call them")
        await see.press("tab")
        await see.type("+3")
        await see.press("ctrl+s")
        assert "2 deals given a next step" in see.footer
        assert sum(row.next_step == "Call them" for row in Deal.select()) == 2
        await see.press("V", "e")
        await see.type("mia")
        await see.press("ctrl+s")
        assert "4 deals changed" in see.footer
        assert {row.owner_id for row in Deal.select()} == {mia.id}
        await see.press("V", "w")
        assert "win one at a time" in see.footer
        await see.press("x")
        await see.type("no budget")
        await see.press("ctrl+s")
        assert {row.status for row in Deal.select()} == {pipeline.LOST}
        await see.press("u")
        assert {row.status for row in Deal.select()} == {pipeline.OPEN}
    assert len(deals) == 4 and faults() == []


async def test_a_form_without_anything_typed_changes_nothing(board: BoardDriver) -> None:
    four()
    async with board.opened((120, 36)) as see:
        before = ledger.end()
        await see.press("V", "e", "ctrl+s")
        assert "nothing was typed" in see.text
        await see.press("escape")
        assert ledger.end() == before and "4 marked" in see.footer


async def test_what_leaves_the_board_is_marked_no_more(board: BoardDriver) -> None:
    deals = four()
    async with board.opened() as see:
        await see.press("V")
        pipeline.archive_deal(owner(), deals["Hofer"], now=NOW)
        await see.press("R")
        assert "3 marked" in see.footer or "read again" in see.footer
        await see.press("slash")
        await see.type("Kestrel")
        await see.press("enter")
        assert "1 marked 10k" in see.footer


async def test_a_conflict_is_one_of_the_reasons(board: BoardDriver) -> None:
    deals = four()
    async with board.opened((140, 36)) as see:
        await see.press("V")
        pipeline.move_deal(owner(), deals["Hofer"], stage_id("opportunity"), now=NOW)
        await see.press("L", "L")
        assert "3 deals moved a stage on; 1 not:" in see.footer
    assert stage_of(deals["Hofer"]) == "opportunity"


async def test_archived_deals_that_a_filter_shows_get_a_note_too(board: BoardDriver) -> None:
    for deal in four().values():
        pipeline.archive_deal(owner(), deal, now=NOW)
    async with board.opened((120, 36), filter_text="is:archived") as see:
        await see.press("V", "c")
        await see.type("They may come back")
        await see.press("ctrl+s")
        assert "4 deals" in see.footer and "not:" not in see.footer


async def test_a_form_leaves_what_somebody_else_changed_meanwhile_and_says_so(board: BoardDriver) -> None:
    deals = four()
    mia = add_person("Mia Berg", "admin")
    async with board.opened((140, 36)) as see:
        see.hears_nothing()
        await see.press("V", "a")
        await see.type("Call them")
        pipeline.edit_deal(mia, deals["Hofer"], now=NOW, next_step="Visit")
        pipeline.edit_deal(mia, deals["Kestrel"], now=NOW, source="a fair")
        pipeline.archive_deal(mia, deals["Orchard"], now=NOW)
        await see.press("ctrl+s")
        assert "2 deals given a next step; 2 not: Mia Berg" in see.footer
    steps = {name: Deal.get_by_id(deals[name]).next_step for name in NAMES}
    assert (steps["Hofer"], steps["Kestrel"], steps["Orchard"]) == ("Visit", "Call them", None)
    assert faults() == []


def test_too_many_at_once_are_refused_and_nothing_is_done(board: BoardDriver) -> None:
    many = range(bulk.MOST + 1)
    before = ledger.end()
    with pytest.raises(Refused, match="are too many at once"):
        bulk.rehearse(owner(), "moved", many, lambda _: None, now=NOW)
    assert ledger.end() == before
