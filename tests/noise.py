"""What a broken or hostile terminal may send, on every screen: nothing of it ends the app or stops it.

    python -m tests.noise --seeds 1000 [--first 0]

Each seed makes some bytes: pieces of sequences, numbers that no terminal sends, letters cut in the middle,
keys, pastes, the mouse anywhere. They go through the program's own keyboard into the app, on one screen after
the other of a board on which everything has happened. Keys among them do what keys do; leaving is no failure.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from textual import events
from textual.messages import InBandWindowResize

from salesboard.storage.database import create_database, session
from salesboard.ui import going
from salesboard.ui.terminal import Keyboard
from tests import hostile
from tests.acts import Office
from tests.ui.driver import BoardDriver, Seen

PASTE, PASTED = b"\x1b[200~", b"\x1b[201~"
PIECES: Sequence[bytes] = (
    b"\x1b",
    b"\x1b[",
    b"\x1b[<",
    b"\x1bO",
    b"\x1b]",
    b"\x1bP",
    b"\x1b_",
    b"\x1b[?",
    b"\x1b[48;",
    b"\x1b[27;",
    b"M",
    b"m",
    b"t",
    b"u",
    b"~",
    b";",
    b"$y",
    b"R",
    b"c",
    b"I",
    b"O",
    b"\\",
    b"\x07",
    b"\x1b\\",
    b"0",
    b"1",
    b"35",
    b"64",
    b"99999",
    b"-1",
    b"1114112",
    b"4294967296",
    b"9" * 30,
    b"0x10",
    b"\xc3",
    b"\xe9",
    b"\xff\xfe",
    b"\xf0\x9f\x91",
    b"\x80",
    b"\x00",
    b"\x1a",
    b"\x1c",
    b"\x04",
    b"\x03",
    b"\x0e",
    b"\x1b[1114112;1u",
    b"\x1b[48;99999;99999;99999;99999t",
    b"\x1b[<0;99999;1M",
    b"\x1b[<35;-1;-1M",
    b"\x1b[<64;40;12M",
    b"\x1b[<0;40;12M\x1b[<0;40;12m",
    b"\x1b[<0;9;3M",
    b"\x1b[M\xff\xff\xff",
    b"\x1b[999;999R",
    b"j",
    b"k",
    b"l",
    b"h",
    b"\r",
    b"\t",
    b"\x1b[A",
    b"\x1b[B",
    b"G",
    b"?",
    b"/",
    b":",
    b"e",
    b"n",
    b"s",
    b"x",
    b"w",
    b"\x1b[200~x\x1bq\rD\x1b[201~",
    "é漢\u202e👩".encode(),
    b"1",
    b"\x7f",
    b"\x17",
    b"\x15",
    b"\x0f",
    b"\x13",
)
NOT_SENT = (b"q", b"Q", b"\x11")
"""What would only leave the app."""


def noise(seed: int) -> bytes:
    """The bytes of a seed."""
    chance = random.Random(seed)
    sent = b"".join(chance.choice(PIECES) for _ in range(chance.randrange(5, 40)))
    sent += chance.randbytes(chance.randrange(12))
    for one in NOT_SENT:
        sent = sent.replace(one, b"")
    return sent + PASTED


async def play(
    driver: BoardDriver, office: Office, seeds: Sequence[int], places: Sequence[str] = ()
) -> float:
    """Send the noise of each seed to a screen, the next one each time; the longest gap in seconds."""
    order = places or ("board", *going.SCREENS)
    longest, at = 0.0, 0
    while at < len(seeds):
        async with driver.opened((110, 32), who=office.actors["admin"]) as see:
            while at < len(seeds) and not see.has_left:
                see.app.run_worker(going.to(see.app, order[seeds[at] % len(order)]))
                await see.settled()
                longest = max(longest, await _send(see, noise(seeds[at])))
                at += 1
        see.has_ended()
    return longest


async def _send(see: Seen, sent: bytes) -> float:
    """Let it come in as the terminal's driver would; how long the app took to be ready again."""
    keyboard = Keyboard(cut=lambda: None)
    began = time.monotonic()
    cut = len(sent) // 2
    assert see.app._driver is not None
    for piece in (sent[:cut], sent[cut:]):
        for message in (*keyboard.feed(piece), *keyboard.tick()):
            if not isinstance(message, events.Resize | InBandWindowResize):
                see.app._driver.process_message(message)
    await see.settled()
    return time.monotonic() - began


def main() -> int:
    """Play so many seeds; the first one that ends the app ends this with a traceback."""
    asked = argparse.ArgumentParser(prog="python -m tests.noise", description=__doc__)
    asked.add_argument("--seeds", type=int, default=1000)
    asked.add_argument("--first", type=int, default=0)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(SALESBOARD_HOME=name, HOME=name)
        target = str(Path(name) / "board.db")
        create_database(target)
        with session():
            office = hostile.a_full_board()
            seeds = range(options.first, options.first + options.seeds)
            longest = asyncio.run(play(BoardDriver(target), office, seeds))
        incidents = list(Path(name, "log").glob("*")) if Path(name, "log").exists() else []
    told = (
        f"{options.seeds:,} seeds on {1 + len(going.SCREENS)} screens: no crash, {len(incidents)} incidents"
    )
    print(f"{told}; at most {longest:.2f} s until the app was ready for the next key")
    return 1 if incidents else 0


if __name__ == "__main__":
    sys.exit(main())
