"""The file under an open board, replaced or kept busy by others: nothing is lost unseen, and keys go on."""

import asyncio
import shutil
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from time import monotonic

import pytest

from salesboard.storage import database as storage
from tests.stories import add_deal, read
from tests.ui.driver import BoardDriver

GAP = 0.5
"""Seconds for which a key may be kept waiting on a busy machine; a tenth of them on a quiet one."""


@pytest.mark.parametrize("how", ["unlinked", "copied over", "another moved here"])
async def test_nothing_is_moved_on_a_board_whose_file_was_replaced(board: BoardDriver, how: str) -> None:
    for account in ("Northwind", "Kestrel"):
        add_deal(account)
    storage.checkpoint()
    file = Path(board.target)
    async with board.opened() as see:
        see.hears_nothing()
        copy = Path(shutil.copy(file, file.with_name("copy.db")))
        if how != "another moved here":
            file.unlink()
        if how == "copied over":
            shutil.copy(copy, file)
        elif how == "another moved here":
            copy.rename(file)
        before = see.column("Target").titles
        for key in ("L", "J"):
            await see.press(key)
            assert "was replaced since it was opened" in see.footer or "can not be opened" in see.footer
            assert see.column("Target").titles == before, "what was not saved is not shown"
    if file.exists():
        with closing(connect(file)) as found:
            moved = "SELECT COUNT(*) FROM entry WHERE verb IN ('moved', 'reordered')"
            assert found.execute(moved).fetchone() == (0,)


async def test_while_others_keep_the_file_busy_keys_go_on_and_what_was_typed_stays(
    board: BoardDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "PATIENCE", 1.0)
    deal = add_deal("Northwind", "64k", title="Renewal")
    longest = 0.0

    async def listen() -> None:
        nonlocal longest
        while True:
            before = monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, monotonic() - before)

    async with board.opened() as see:
        with closing(connect(board.target, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await see.press("e")
            await see.go_to_field("title")
            await see.fill("Renewal for two years")
            listening = asyncio.create_task(listen())
            await see.press("ctrl+s")
            listening.cancel()
            assert "writing for too long" in see.form.trouble and "nothing was saved" in see.form.trouble
            assert see.form.typed("title") == "Renewal for two years"
            assert read(deal).title == "Renewal"
            other.execute("ROLLBACK")
        await see.press("ctrl+s")
        assert see.screen == "board" and read(deal).title == "Renewal for two years"
    assert 0 < longest < GAP
