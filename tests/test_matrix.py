"""The matrix of permissions beyond the domain's own door: `python -m tests.matrix` tries all its cells."""

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesboard.domain import people
from salesboard.errors import SalesboardError
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Person
from tests import acts, doors
from tests.acts import ON_DEALS, ON_NOBODYS
from tests.doors import COMMANDS, NO, NO_COMMAND, NO_DOOR, YES, Cell, Copies
from tests.stories import NOW, add_person, set_up

QUARTERS = 4


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Copies:
    return Copies(tmp_path_factory.mktemp("doors") / "cells", sqlite_template)


def at_the_border(function: str) -> Iterator[Cell]:
    """For one function: the least role that may, and the highest that may not, each as far as can be."""
    active = [cell for cell in doors.cells() if cell.function == function and cell.active]
    yield next(cell for cell in active if cell.expected)
    yield from [cell for cell in active if not cell.expected][-1:]


def test_every_function_has_a_command_or_a_reason_for_having_none() -> None:
    assert COMMANDS.keys() | NO_COMMAND.keys() == ON_DEALS.keys() | ON_NOBODYS.keys()
    assert not COMMANDS.keys() & NO_COMMAND.keys()


@pytest.mark.parametrize("quarter", range(QUARTERS))
def test_commands_and_those_over_ssh_may_what_the_table_says(copies: Copies, quarter: int) -> None:
    tried = {"no door": 0, YES: 0, NO: 0}
    for number, function in enumerate(list(COMMANDS)[quarter::QUARTERS]):
        for place, cell in enumerate(at_the_border(function)):
            # Over SSH the same commands are called: half of the cells are tried there, and half here.
            door = copies.over_ssh if (number + place) % 2 else copies.by_command
            got = door(cell)
            tried["no door" if got == NO_DOOR else got] += 1
            assert got in (NO_DOOR, YES if cell.expected else NO), cell
    assert tried[YES] > 9 and tried[NO] > 3, tried


def test_who_is_not_active_any_more_comes_through_no_door(copies: Copies) -> None:
    for function in ("pipeline.move_deal", "people.add_person", "recognition.give_kudos"):
        cell = Cell(function, "admin", "own" if function in ON_DEALS else None, active=False)
        assert copies.by_command(cell) == copies.over_ssh(cell) == NO


@pytest.mark.parametrize("role", ["rep", "manager"])
async def test_keys_on_the_board_may_what_the_table_says(copies: Copies, role: str) -> None:
    for function in (
        "pipeline.move_deal",
        "pipeline.add_note",
        "pipeline.archive_deal",
        "pipeline.reopen_deal",
    ):
        owners = ("own", "same team", "other team")
        found = await doors.on_the_board(copies, function, role, owners)
        assert found == {one: YES if acts.is_allowed(function, role, one) else NO for one in owners}


def test_control_a_door_that_lets_everybody_in_would_be_seen(copies: Copies) -> None:
    cell = Cell("people.add_person", "rep", None)
    copies.office.actors["rep"], kept = copies.office.actors["admin"], copies.office.actors["rep"]
    try:
        assert copies.by_command(cell) == YES != (YES if cell.expected else NO)
    finally:
        copies.office.actors["rep"] = kept


# --- the last admin -----------------------------------------------------------------------------------------


def demote(target: str, actor: Actor, whom: int, barrier: "multiprocessing.synchronize.Barrier") -> None:
    """In a process of its own: one admin takes the other's role away, at the same moment as the other."""
    open_database(target)
    with session():
        barrier.wait(20)
        try:
            people.edit_person(actor, whom, now=NOW, role="rep")
        except SalesboardError:
            os._exit(1)
    os._exit(0)


def test_of_two_admins_who_demote_each_other_one_stays(sqlite_database: Database) -> None:
    ada = set_up()
    target = str(sqlite_database.path)
    fork = multiprocessing.get_context("fork")
    for number in range(5):
        bob = add_person(f"Bob {number}", "admin")
        barrier = fork.Barrier(2)
        both = [
            fork.Process(target=demote, args=(target, one, other.id, barrier))
            for one, other in ((ada, bob), (bob, ada))
        ]
        for process in both:
            process.start()
        for process in both:
            process.join(30)
        assert sorted(process.exitcode or 0 for process in both) == [0, 1]
        (left,) = Person.select().where(Person.role == "admin", Person.active == 1)
        if left.id == bob.id:
            people.edit_person(bob, ada.id or 0, now=NOW, role="admin")
            people.edit_person(ada, bob.id or 0, now=NOW, role="rep")
