"""The benchmark runs and prints every row, and its instruments see what they are there to see."""

import re
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks import records
from tests.benchmarks.__main__ import Row, main
from tests.benchmarks.measuring import Program, first_paint, idle, memory, press
from tests.terminal import Terminal, clean_environment

ROWS = (
    "first paint, ms",
    "first paint, bytes",
    "memory RSS, MiB",
    "memory PSS, MiB",
    "idle, bytes written",
    "idle, % of a core",
    "cursor key, ms",
    "cursor key, bytes",
    "move, durable, ms",
    "move, bytes",
    "python -c pass, ms",
    "salesboard --version, ms",
)
ANSWERS_LATE = """
import select, sys, tty
tty.setraw(0)
print("ready", flush=True)
while sys.stdin.read(1):
    print("at once", end="", flush=True)
    select.select([], [], [], 0.1)
    print("and later", end="", flush=True)
"""
SHOWS_LATE = """
import select
print("a frame", flush=True)
select.select([], [], [], 0.2)
print("a card", flush=True)
input()
"""
NEVER_RESTS = """
import itertools, select
print("ready", flush=True)
for number in itertools.count():
    select.select([], [], [], 0.02)
    print(number, flush=True)
    sum(range(100_000))
"""


def start(program: str) -> Terminal:
    terminal = Terminal([sys.executable, "-c", program])
    terminal.wait_for("ready")
    terminal.read(0.05)
    return terminal


def test_all_rows_are_measured_on_the_real_board(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["--short", "--deals", "30", "--keep", str(tmp_path)])
    table = capsys.readouterr().out.splitlines()
    assert re.split("  +", table[0].strip())[:3] == ["bare app", "bare list", "30 deals"]
    assert tuple(re.split("  +", line)[0] for line in table[1:]) == ROWS


def test_idling_sees_a_program_that_never_rests() -> None:
    with start(ANSWERS_LATE) as calm, start(NEVER_RESTS) as busy:
        at_rest, at_work = idle([calm, busy], 0.5)
    assert at_rest.size == 0 < at_work.size
    assert at_rest.percent < at_work.percent


def test_a_key_is_painted_with_its_burst_but_pays_for_every_byte() -> None:
    with start(ANSWERS_LATE) as terminal:
        before = time.perf_counter()
        painted = press(terminal, "j")
    came_later, _ = terminal.received[-1]
    assert painted.size == len("at once" + "and later")
    assert before + painted.ms / 1000 < came_later - 0.05


def test_a_key_is_not_painted_before_it_is_done() -> None:
    asked = iter(range(200))
    with start(ANSWERS_LATE) as terminal:
        assert press(terminal, "L", lambda: next(asked) > 100).ms > 50


def test_content_is_waited_for_and_never_made_up() -> None:
    environment = clean_environment()
    program = Program("late", [sys.executable, "-c", SHOWS_LATE], environment, re.compile(b"card"))
    with program.start() as terminal:
        assert first_paint(program, terminal).ms > 200
        assert memory(terminal).rss >= memory(terminal).pss > 0
    nothing = Program("nothing", [sys.executable, "-c", ""], environment, re.compile(b"card"))
    with nothing.start() as terminal, pytest.raises(AssertionError, match="never showed"):
        first_paint(nothing, terminal)


@pytest.mark.parametrize(
    ("small", "large", "limit", "verdict"),
    [
        (10, 12, 20, "met"),
        (10, 13, 20, "MISSED: grows more than 1.25x"),
        (21, 21, 20, "MISSED: at most 20"),
        (0, 0, 0, "met"),
        (10, 11, None, "met"),
    ],
)
def test_a_row_says_whether_its_target_is_met(
    small: float, large: float, limit: float | None, verdict: str
) -> None:
    row = Row("some figure", {"bare app": 99, "small": small, "large": large}, limit, "at most 20")
    assert row.verdict(["small", "large"]) == verdict


def test_the_record_book_is_measured_at_every_size(capsys: pytest.CaptureFixture[str]) -> None:
    records.main(["--sales", "40", "80"])
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "sales" and [row.split()[0] for row in rows] == ["40", "80"]
