"""The matrix of permissions: every function that writes, for each role and whoever's it is, at every door.

    python -m tests.matrix [--function move_deal] [--door command …] [--processes 2]

Every cell is tried on a real board: nothing is read off the table of permissions but what is expected. A cell
has one sign for each door, in the order domain, command, command over SSH, keys on the board: `y` done, `-`
refused, `·` no such door. It ends with 1 where any sign is not what the table says.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from salesboard.domain import people
from salesboard.errors import Refused
from salesboard.storage.database import create_database
from salesboard.storage.ledger import PROGRAM
from tests import acts, doors
from tests.acts import NOW, ON_DEALS, ON_NOBODYS, ON_ONESELF, OWNERS, ROLES
from tests.doors import NO, NO_DOOR, YES, Cell, Copies

DOORS = ("domain", "command", "ssh", "screen")
TROUBLE = "trouble:"
SIGNS = {YES: "y", NO: "-", NO_DOOR: "·"}
COLUMNS = (*OWNERS, "inactive")
Found = dict[tuple[Cell, str], str]


def main() -> int:
    """Try every cell and print the matrix; ends with 1 where one is not as the table of permissions says."""
    asked = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    asked.add_argument("--function", metavar="PART", default="", help="only functions with this in the name")
    asked.add_argument("--door", action="append", choices=DOORS, help="only this one")
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    wanted = options.door or DOORS
    functions = [one for one in (*ON_DEALS, *ON_NOBODYS) if options.function in one]
    shares = [functions[first :: options.processes] for first in range(options.processes)]
    with ProcessPoolExecutor(options.processes) as pool:
        found: Found = {}
        for part in pool.map(tried, shares, [wanted] * len(shares)):
            found |= part
    for line in drawn(functions, found):
        print(line)
    wrong = [line for (cell, door), got in found.items() if (line := _wrong(cell, door, got))]
    for line in wrong:
        print(line, file=sys.stderr)
    with_door = sum(one != NO_DOOR for one in found.values())
    told = f"{len(found):,} cells, {with_door:,} of them with a door; {len(wrong)} not as the table says"
    print(f"{told}; nobody decided for themselves in {len(ON_ONESELF)} ways")
    return 1 if wrong else 0


def tried(functions: Sequence[str], wanted: Sequence[str]) -> Found:
    """What became of all cells of these functions, at these doors."""
    found: Found = {}
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(SALESBOARD_HOME=name, HOME=name)
        template = Path(name) / "empty.db"
        create_database(template).close()
        copies = Copies(Path(name) / "cells", template)
        for_themselves(copies)
        at = {"domain": in_the_domain, "command": Copies.by_command, "ssh": Copies.over_ssh}
        for cell in doors.cells():
            if cell.function not in functions:
                continue
            for door in wanted:
                if door != "screen":
                    try:
                        found[cell, door] = at[door](copies, cell)
                    except AssertionError as error:
                        found[cell, door] = f"{TROUBLE} {error}"
                        copies.changed()
                elif cell.function not in doors.BY_KEYS or not cell.active or cell.owner is None:
                    found[cell, door] = NO_DOOR
        if "screen" in wanted:
            for function in doors.BY_KEYS.keys() & set(functions):
                for role in ROLES:
                    try:
                        shown = asyncio.run(doors.on_the_board(copies, function, role, OWNERS))
                    except AssertionError as error:
                        shown = dict.fromkeys(OWNERS, f"{TROUBLE} {error}")
                        copies.changed()
                    found |= {(Cell(function, role, owner), "screen"): got for owner, got in shown.items()}
    return found


def in_the_domain(copies: Copies, cell: Cell) -> str:
    """What becomes of a cell when the function is called; whatever it did is taken back."""
    with copies.board():
        actor, whose = cell.people(copies.office)

        def act() -> object:
            if cell.owner is None:
                return ON_NOBODYS[cell.function][1](copies.office, actor)
            return ON_DEALS[cell.function][1](copies.office, actor, whose)

        if cell.active:
            return YES if acts.outcome(copies.office, act) else NO
        with acts.taken_back():
            people.edit_person(PROGRAM, actor.id or 0, now=NOW, active=False)
            allowed = acts.outcome_inside(act)
        return YES if allowed else NO


def for_themselves(copies: Copies) -> None:
    """Nobody, whatever their role, decides on what is about themselves."""
    with copies.board():
        for function, (_, act) in ON_ONESELF.items():
            for role, actor in copies.office.actors.items():
                try:
                    with acts.taken_back():
                        act(copies.office, actor)
                except Refused:
                    continue
                raise AssertionError(f"{role} may {function} about themselves")


def _wrong(cell: Cell, door: str, got: str) -> str:
    expected = YES if cell.expected else NO
    if got in (NO_DOOR, expected):
        return ""
    return (
        f"{cell.function} at the {door} by {cell.role} on {cell.owner or 'nobody'}'s: {got}, not {expected}"
    )


def drawn(functions: Sequence[str], found: Found) -> Iterator[str]:
    """The matrix, a line for each function and role."""
    wide = max((len(one) for one in functions), default=0)
    signs: dict[Cell, str] = {}
    for cell in dict.fromkeys(cell for cell, _ in found):
        signs[cell] = "".join(SIGNS.get(found.get((cell, door), NO_DOOR), "?") for door in DOORS)
    yield f"{'':{wide}} {'':7} " + " ".join(f"{one[:15]:15}" for one in COLUMNS)
    for function in functions:
        for role in ROLES:
            owners = OWNERS if function in ON_DEALS else (None,)
            line = [signs[Cell(function, role, owner)] for owner in owners]
            line += [""] * (len(OWNERS) - len(line))
            line.append(signs[Cell(function, role, "own" if function in ON_DEALS else None, active=False)])
            called = function if role == ROLES[0] else ""
            yield f"{called:{wide}} {role:7} " + " ".join(f"{one:15}" for one in line).rstrip()


if __name__ == "__main__":
    sys.exit(main())
