"""What a person waits for and a line carries: taken the same way from the board and from its baselines.

Painted means: the program's last byte before 30 ms of silence. The terminal takes every byte as soon as it is
there and looks at what they mean only afterwards, so that reading slows no program down.
"""

import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.terminal import Terminal

COLUMNS, ROWS = 160, 48
SILENCE = 0.03
AFTERMATH = 0.3
"""Seconds after a key in which every byte is counted, also one that comes after a pause."""
PATIENCE = 60.0

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]])")


@dataclass(frozen=True)
class Program:
    """What to start, and how to tell from its text that its content is on the screen."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    content: re.Pattern[bytes]
    times: int = 1
    """How often the content must have been found."""

    def start(self) -> Terminal:
        return Terminal(self.argv, columns=COLUMNS, rows=ROWS, environment=self.environment)


@dataclass(frozen=True)
class Painted:
    """How long one thing took to be on the screen, and the bytes it took."""

    ms: float
    size: int


def first_paint(program: Program, terminal: Terminal) -> Painted:
    """From before the process exists to the last byte of the burst that brought its content."""
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline and not terminal.ended:
        last = terminal.wait_until_quiet(SILENCE, PATIENCE)
        if len(program.content.findall(_ESCAPES.sub(b"", terminal.bytes_since()))) >= program.times:
            return Painted((last - terminal.started) * 1000, terminal.total)
    raise AssertionError(f"{program.name} never showed its content. The screen:\n{terminal.text()}")


def press(terminal: Terminal, key: str, done: Callable[[], bool] = lambda: True) -> Painted:
    """From the key to the last byte of its burst, or to the instant it is `done`, whichever is later."""
    mark, pieces = terminal.total, len(terminal.received)
    pressed = last = time.perf_counter()
    finished = False
    terminal.keys(key)
    while not finished or time.perf_counter() < last + SILENCE:
        if terminal.read(0.001):
            last = terminal.received[-1][0]
        if not finished and done():
            finished = len(terminal.received) > pieces
            last = max(last, time.perf_counter()) if finished else last
        if time.perf_counter() > pressed + PATIENCE:
            raise AssertionError(f"{key!r} was not answered. The screen:\n{terminal.text()}")
    took = last - pressed
    while terminal.read(pressed + AFTERMATH - time.perf_counter()):
        pass
    return Painted(took * 1000, terminal.total - mark)


@dataclass(frozen=True)
class Memory:
    """Mebibytes in physical memory; `pss` counts what is shared with others by its share."""

    rss: float
    pss: float


def memory(terminal: Terminal) -> Memory:
    with open(f"/proc/{terminal.pid}/smaps_rollup") as rollup:
        kilobytes = dict(re.findall(r"^(\w+): +(\d+) kB$", rollup.read(), re.MULTILINE))
    return Memory(int(kilobytes["Rss"]) / 1024, int(kilobytes["Pss"]) / 1024)


@dataclass(frozen=True)
class Idle:
    """What a program does while nothing happens: bytes written, and its share of one core in percent."""

    size: int
    percent: float


def idle(terminals: Sequence[Terminal], seconds: float) -> list[Idle]:
    """All programs left alone for the same seconds."""
    before = [(terminal.total, _cpu_seconds(terminal)) for terminal in terminals]
    begun = time.perf_counter()
    while (left := begun + seconds - time.perf_counter()) > 0:
        for terminal in terminals:
            terminal.read(min(left, 0.1))
    lasted = time.perf_counter() - begun
    return [
        Idle(terminal.total - size, (_cpu_seconds(terminal) - spent) / lasted * 100)
        for terminal, (size, spent) in zip(terminals, before, strict=True)
    ]


def _cpu_seconds(terminal: Terminal) -> float:
    # The kernel's clock of another process, to the nanosecond; /proc/PID/stat counts in steps of 10 ms.
    return time.clock_gettime((~terminal.pid << 3) | 2)


def run_time(argv: Sequence[str], environment: Mapping[str, str]) -> float:
    """Milliseconds of a command that ends by itself."""
    begun = time.perf_counter()
    subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000
