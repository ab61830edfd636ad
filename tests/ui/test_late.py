"""Whoever works is gone, or hangs: the screens say up to when it was told what happened; all else goes on."""

import asyncio
from datetime import datetime

from salesboard.domain import pipeline
from salesboard.storage.database import session
from salesboard.worker import Worker
from tests.stories import NOW, add_deal, owner, stage_id
from tests.ui.driver import BoardDriver


def one_round(now: datetime) -> None:
    with session():
        Worker().one_round(now)


async def test_the_screens_say_up_to_when_it_was_told_what_happened(board: BoardDriver) -> None:
    deal = add_deal("Northwind", "64k")
    async with board.opened() as see:
        watch = see.app._watch
        await asyncio.to_thread(watch.look_whether_it_was_told)
        await see.until(lambda: "told until 22 Nov" in see.header)
        await see.press("L")
        assert see.column("Prospect").titles == ["Northwind"], "all else goes on"
        await see.press("g", "i")
        assert "told until 22 Nov" in see.header
        await asyncio.to_thread(one_round, see.app.now())
        await asyncio.to_thread(watch.look_whether_it_was_told)
        await see.until(lambda: "told until" not in see.header)
        await see.press("g", "b")
        pipeline.move_deal(owner(), deal, stage_id("opportunity"), now=NOW)
        await asyncio.to_thread(watch.look_whether_it_was_told)
        await see.settled()
        assert "told until" not in see.header, "moves give nothing to tell"
