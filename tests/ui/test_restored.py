"""A board that is restored under open screens: whoever sits there is told, and nothing of theirs gets in."""

import asyncio
from pathlib import Path
from time import monotonic

from salesboard.storage import backup
from salesboard.storage.database import look_at, session
from tests import stories
from tests.stories import NOW
from tests.ui.driver import PATIENCE, BoardDriver


async def test_whoever_has_a_restored_board_open_is_told_and_leaves(
    board: BoardDriver, tmp_path: Path
) -> None:
    stories.add_deal("Northwind")
    file = tmp_path / "monday.db"
    backup.make(look_at(board.target), file, now=NOW)
    stories.add_deal("Kestrel")

    def put_back() -> None:
        with session():
            backup.restore(file, board.target, replacing=False, agreed=lambda _: True, now=NOW)

    async with board.opened() as see:
        await see.press("e")
        await see.fill("A long thought")
        await asyncio.to_thread(put_back)
        patience = monotonic() + PATIENCE
        while see.app.return_code is None and monotonic() < patience:
            await asyncio.sleep(0.05)
        assert see.app.return_code == 4
        (told,) = (str(line) for line in see.app._exit_renderables)
        assert "restored from a backup since it was opened; nothing was saved" in told
        assert "This was typed and is not saved:\nTitle: A long thought" in told
