"""`python -m tests.benchmarks`: the board held against two baselines that run beside it, in one table.

The baselines are a bare Textual app (start, memory, idling) and a bare list drawn by line (keys). They and
the board run in real pseudo-terminals of 160 by 48, turn by turn, so that what slows the machine slows all.

The PostgreSQL driver is hidden from all of them: it is no part of a default installation, and Peewee imports
it at its own start wherever it finds it, as in the environment of these tests.
"""

import argparse
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks import bare_app, bare_list, boards
from tests.benchmarks.measuring import Painted, Program, first_paint, idle, memory, press, run_time
from tests.terminal import SALESBOARD, Terminal, clean_environment

HERE = Path(__file__).parent
GROWTH = 1.25
"""How much more than at the smallest board anything may take at the largest."""
CARDS_SHOWN = 10


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured, keys after some to warm up; the median of these is shown."""

    starts: int
    warm_up: int
    keys: int
    idle_seconds: float


FULL = Effort(starts=7, warm_up=4, keys=40, idle_seconds=10)
SHORT = Effort(starts=1, warm_up=0, keys=2, idle_seconds=0.3)


@dataclass(frozen=True)
class Row:
    """One line of the table; its figures stand under the names of the programs."""

    name: str
    figures: dict[str, float]
    limit: float | None = None
    target: str = ""

    def verdict(self, sizes: Sequence[str]) -> str:
        """Whether every board keeps to the limit, and the largest stays near the smallest."""
        measured = [self.figures[size] for size in sizes if size in self.figures]
        if not measured:
            return ""
        grown = len(measured) > 1 and measured[-1] > measured[0] * GROWTH
        missed = [self.target] if self.limit is not None and max(measured) > self.limit else []
        missed += [f"grows more than {GROWTH}x"] if grown else []
        return f"MISSED: {', '.join(missed)}" if missed else "met"


class Bench:
    """The programs of one run, and what was measured of them."""

    def __init__(self, programs: Sequence[Program], databases: dict[str, Path], effort: Effort) -> None:
        self.app, self.list, *self.boards = programs
        self.programs = programs
        self.databases = databases
        self.effort = effort
        self.rows: list[Row] = []

    def first_paints(self) -> None:
        taken: dict[str, list[Painted]] = {program.name: [] for program in self.programs}
        for _ in range(self.effort.starts):
            for program in self.programs:
                with program.start() as terminal:
                    taken[program.name].append(first_paint(program, terminal))
        ms = _medians(taken, lambda painted: painted.ms)
        self._row("first paint, ms", ms, 2 * ms[self.app.name], "at most 2x the bare app")
        self._row("first paint, bytes", _medians(taken, lambda painted: painted.size))

    def running(self) -> None:
        """Keys, memory and idling, with all programs open at once."""
        with ExitStack() as stack:
            terminals = {program.name: stack.enter_context(program.start()) for program in self.programs}
            for program in self.programs:
                first_paint(program, terminals[program.name])
                terminals[program.name].wait_until_quiet(0.5)
            self._memory(terminals)
            self._idle(terminals)
            keyed = {name: terminal for name, terminal in terminals.items() if name != self.app.name}
            cursor = self._keys(keyed, "jjjjkkkk")
            ms = _medians(cursor, lambda painted: painted.ms)
            self._row("cursor key, ms", ms, 2 * ms[self.list.name], "at most 2x the bare list")
            self._row("cursor key, bytes", _medians(cursor, lambda painted: painted.size), 800, "at most 800")
            self._moves({board.name: terminals[board.name] for board in self.boards}, ms[self.list.name])

    def commands(self) -> None:
        environment = self.app.environment
        python, version = [sys.executable, "-c", "pass"], [*_installed(), "--version"]
        pairs = [
            (run_time(python, environment), run_time(version, environment))
            for _ in range(3 * self.effort.starts)
        ]
        bare, ours = (median(times) for times in zip(*pairs, strict=True))
        self._row("python -c pass, ms", {self.app.name: bare})
        self._row(
            "salesboard --version, ms", {self.boards[0].name: ours}, 3 * bare, "at most 3x python -c pass"
        )

    def _memory(self, terminals: dict[str, Terminal]) -> None:
        taken = {name: memory(terminal) for name, terminal in terminals.items()}
        rss = {name: figure.rss for name, figure in taken.items()}
        pss = {name: figure.pss for name, figure in taken.items()}
        for name, figures in (("memory RSS, MiB", rss), ("memory PSS, MiB", pss)):
            self._row(name, figures, 2 * figures[self.app.name], "at most 2x the bare app")

    def _idle(self, terminals: dict[str, Terminal]) -> None:
        left_alone = dict(
            zip(terminals, idle(list(terminals.values()), self.effort.idle_seconds), strict=True)
        )
        self._row(
            "idle, bytes written", {name: figure.size for name, figure in left_alone.items()}, 0, "none"
        )
        self._row(
            "idle, % of a core",
            {name: figure.percent for name, figure in left_alone.items()},
            0.5,
            "under 0.5",
        )

    def _keys(self, terminals: dict[str, Terminal], keys: str) -> dict[str, list[Painted]]:
        taken: dict[str, list[Painted]] = {name: [] for name in terminals}
        for number in range(self.effort.warm_up + self.effort.keys):
            for name, terminal in terminals.items():
                taken[name].append(press(terminal, keys[number % len(keys)]))
        return {name: painted[self.effort.warm_up :] for name, painted in taken.items()}

    def _moves(self, terminals: dict[str, Terminal], cursor_ms: float) -> None:
        taken: dict[str, list[Painted]] = {name: [] for name in terminals}
        ledgers = {name: _Ledger(self.databases[name]) for name in terminals}
        for number in range(self.effort.warm_up + self.effort.keys):
            for name, terminal in terminals.items():
                ledgers[name].expect_entry()
                taken[name].append(press(terminal, "LH"[number % 2], ledgers[name].has_grown))
        taken = {name: painted[self.effort.warm_up :] for name, painted in taken.items()}
        ms = _medians(taken, lambda painted: painted.ms)
        self._row("move, durable, ms", ms, 4 * cursor_ms, "at most 4x the bare list's cursor key")
        self._row("move, bytes", _medians(taken, lambda painted: painted.size), 6 * 1024, "at most 6 KiB")

    def _row(
        self, name: str, figures: dict[str, float], limit: float | None = None, target: str = ""
    ) -> None:
        self.rows.append(Row(name, figures, limit, target))

    def table(self) -> str:
        sizes = [board.name for board in self.boards]
        names = [program.name for program in self.programs]
        lines = [["", *names, "target", ""]]
        for row in self.rows:
            figures = [_shown(row.figures.get(name)) for name in names]
            lines.append([row.name, *figures, row.target, row.verdict(sizes)])
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_aligned(line, widths, right=range(1, len(names) + 1)) for line in lines)


class _Ledger:
    """Sees from outside, on a connection of its own, that a change has been committed."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
        self._seen = 0

    def _seq(self) -> int:
        (seq,) = self._connection.execute("SELECT seq FROM ledger_head").fetchone()
        return int(seq)

    def expect_entry(self) -> None:
        self._seen = self._seq()

    def has_grown(self) -> bool:
        return self._seq() > self._seen


def _medians(taken: dict[str, list[Painted]], figure: Callable[[Painted], float]) -> dict[str, float]:
    return {name: median(map(figure, painted)) for name, painted in taken.items() if painted}


def _shown(figure: float | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:,.2f}"


def _aligned(cells: Sequence[str], widths: Sequence[int], right: range) -> str:
    padded = [
        cell.rjust(width) if place in right else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _installed() -> Sequence[str]:
    script = Path(sys.prefix) / "bin" / "salesboard"
    return [str(script)] if script.exists() else SALESBOARD


def _without_driver(folder: Path) -> Path:
    """A folder whose modules stand before the PostgreSQL drivers and say that there are none."""
    for driver in ("psycopg", "psycopg2"):
        (folder / f"{driver}.py").write_text(f'raise ImportError("{driver} is hidden from the benchmark")\n')
    return folder


def _environment(scratch: Path) -> dict[str, str]:
    home, hidden = scratch / "home", scratch / "hidden"
    home.mkdir(mode=0o700)
    hidden.mkdir()
    path = [str(_without_driver(hidden)), str(HERE.parents[1])]
    clean = {name: value for name, value in clean_environment().items() if not name.startswith("SALESBOARD_")}
    own = {"SALESBOARD_HOME": str(home), "SALESBOARD_TODAY": boards.DAY, "PYTHONPATH": os.pathsep.join(path)}
    return clean | {"HOME": str(home)} | own


def run(sizes: Sequence[int], effort: Effort, folder: Path) -> Bench:
    """Make the boards that are not there yet, and measure everything."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = _environment(Path(scratch))
        programs = [
            Program(
                "bare app",
                [sys.executable, bare_app.__file__],
                environment,
                re.compile(bare_app.TEXT.encode()),
            ),
            Program("bare list", [sys.executable, bare_list.__file__], environment, re.compile(b"card 0040")),
        ]
        databases = {}
        for size in sizes:
            name = f"{size:,} deals"
            databases[name] = boards.make(folder, size, environment)
            accounts = boards.account_names(boards.files(folder, size))
            programs.append(
                Program(
                    name,
                    [*SALESBOARD, "--database", str(databases[name]), "board", "--all"],
                    environment,
                    re.compile("|".join(map(re.escape, accounts)).encode()),
                    times=CARDS_SHOWN,
                )
            )
        bench = Bench(programs, databases, effort)
        bench.first_paints()
        bench.running()
        if bench.boards:
            bench.commands()
        return bench


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few seconds: whether it runs, not how fast")
    parser.add_argument(
        "--deals", type=int, nargs="*", metavar="N", help="sizes of the boards; none for the baselines alone"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="where the boards are kept for the next time"
    )
    options = parser.parse_args(arguments)
    sizes = options.deals
    if sizes is None:
        sizes = [30, 100] if options.short else [100, boards.sample_size() or 8800, 100_000]
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        bench = run(sizes, SHORT if options.short else FULL, folder)
    print(bench.table())


if __name__ == "__main__":
    main()
