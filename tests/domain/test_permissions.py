"""Who may do what: every writing function, for every role and everybody's deals, does as the table says."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from salesboard import domain, importing
from salesboard.domain import goals, people, permissions, pipeline, products
from salesboard.domain.gains import Scope
from salesboard.domain.permissions import ALL, OWN, ROLES, WHO_MAY, may, reach, require, writes
from salesboard.errors import NotAllowed, Refused
from salesboard.storage import database as storage
from salesboard.storage import models
from salesboard.storage.database import Database, bound_to
from salesboard.storage.ledger import PROGRAM, Actor
from salesboard.storage.models import DOMAIN
from tests import stories
from tests.acts import (
    ON_DEALS,
    ON_NOBODYS,
    ON_ONESELF,
    OWNERS,
    Office,
    an_office,
    is_allowed,
    outcome,
    outcome_inside,
    wish,
)
from tests.conftest import NewBoard
from tests.stories import NOW, TODAY, add_deal, add_person, add_team

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2] / "salesboard"

# --- the real functions, for everybody ----------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, new_board: NewBoard) -> Iterator[Office]:
    with new_board(request.param) as database:
        yield an_office(database)


def tried(functions: Collection[str]) -> pytest.MarkDecorator:
    """Each function on SQLite, some on PostgreSQL too: who is in whose team is asked alike for all."""
    some = ("pipeline.move_deal", "history.undo", "goals.revise_goal", "people.join_team")
    places = [("sqlite", one) for one in functions] + [
        ("postgresql", one) for one in some if one in functions
    ]
    return pytest.mark.parametrize(("office", "function"), places, indirect=["office"], scope="module")


@tried(ON_DEALS)
def test_on_everybodys_deals_each_role_may_do_what_the_table_says(office: Office, function: str) -> None:
    _, act = ON_DEALS[function]
    with bound_to(office.database):
        found = {
            (role, owner): outcome(office, lambda: act(office, actor, office.people[role, owner]))  # noqa: B023
            for role, actor in office.actors.items()
            for owner in OWNERS
        }
    assert found == {(role, owner): is_allowed(function, role, owner) for role in ROLES for owner in OWNERS}


@pytest.mark.parametrize("function", ON_NOBODYS)
def test_on_what_is_nobodys_each_role_may_do_what_the_table_says(office: Office, function: str) -> None:
    _, act = ON_NOBODYS[function]
    with bound_to(office.database):
        found = {role: outcome(office, lambda: act(office, actor)) for role, actor in office.actors.items()}  # noqa: B023
    assert found == {role: is_allowed(function, role, None) for role in ROLES}


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_nobody_decides_for_themselves_whatever_their_role(office: Office) -> None:
    with bound_to(office.database):
        for _, act in ON_ONESELF.values():
            for actor in office.actors.values():
                with pytest.raises(Refused, match=r"own\b|nominated|themselves|may not"), storage.writing():
                    act(office, actor)


def test_the_only_one_who_decides_on_rewards_decides_on_their_own_too(database: Database) -> None:
    ada = stories.set_up()
    may_decide_on_own(ada, today=TODAY)
    add_person("Mia")
    may_decide_on_own(ada, today=TODAY)
    bob = add_person("Bob", "admin")
    with pytest.raises(NotAllowed, match="nobody decides on their own reward; ask Bob"):
        may_decide_on_own(ada, today=TODAY)
    people.edit_person(ada, bob.id or 0, now=NOW, active=False)
    may_decide_on_own(ada, today=TODAY)


def may_decide_on_own(actor: Actor, *, today: date) -> None:
    permissions.refuse_own(actor, "decide on reward", "their own reward", whose=actor.id, today=today)


@pytest.mark.parametrize(
    ("team", "who_may"),
    [("West", {"lead", "manager", "admin"}), ("Vienna", {"lead", "manager", "admin"}), ("East", {"admin"})],
)
def test_goals_of_a_team_are_set_by_those_who_lead_it(office: Office, team: str, who_may: set[str]) -> None:
    with bound_to(office.database):
        wished = wish(Scope(team=people.find_team(team)))
        assert {
            role
            for role, actor in office.actors.items()
            if outcome(office, lambda: goals.add_goal(actor, wished, now=NOW))  # noqa: B023
        } == who_may


@tried([*ON_DEALS, *ON_NOBODYS])
def test_who_is_not_active_may_do_nothing(office: Office, function: str) -> None:
    with bound_to(office.database), storage.writing():
        spare = add_person("Spare Admin", "admin")
        for actor in office.actors.values():
            people.edit_person(spare, actor.id or 0, now=NOW, active=False)
            if function in ON_DEALS:
                allowed = outcome_inside(lambda: ON_DEALS[function][1](office, actor, actor))  # noqa: B023
            else:
                allowed = outcome_inside(lambda: ON_NOBODYS[function][1](office, actor))  # noqa: B023
            assert not allowed
        storage.current().peewee.rollback()
        storage.current().peewee.begin()


FOR_PEOPLE = {"pipeline.add_note", "history.undo", "goals.propose_goal", "goals.counter_propose"}


@pytest.mark.parametrize("function", [name for name in ON_DEALS if name not in FOR_PEOPLE])
def test_the_program_itself_may_do_anything(office: Office, function: str) -> None:
    _, act = ON_DEALS[function]
    with bound_to(office.database):
        assert outcome(office, lambda: act(office, PROGRAM, office.people["rep", "no team"]))


def test_who_is_in_no_team_leads_nobody(database: Database) -> None:
    stories.set_up()
    lea, mia = add_person("Lea", "lead"), add_person("Mia")
    assert may(lea, "edit deal", today=TODAY, owner=lea.id)
    assert not may(lea, "edit deal", today=TODAY, owner=mia.id)


def test_rights_are_those_of_the_moment_not_those_of_the_start(database: Database) -> None:
    """Somebody is demoted, or moved to another team, while their session is open."""
    ada = stories.set_up()
    west = add_team("West")
    lea, mia = add_person("Lea", "lead", team="West"), add_person("Mia", team="West")
    deal = add_deal("Northwind", by=mia)
    pipeline.edit_deal(lea, deal, now=NOW, title="One")
    people.leave_team(ada, mia.id or 0, west, now=NOW, until_on=TODAY + 5 * DAY)
    pipeline.edit_deal(lea, deal, now=NOW, title="Two")
    with pytest.raises(
        NotAllowed, match="it is Mia's: a lead may edit deal only on those of one's own teams"
    ):
        pipeline.edit_deal(lea, deal, now=NOW + 5 * DAY, title="Three")
    people.edit_person(ada, lea.id or 0, now=NOW, role="rep")
    with pytest.raises(NotAllowed, match="a rep may edit deal only on a rep's own; ask a lead"):
        pipeline.edit_deal(lea, deal, now=NOW, title="Three")


def test_a_refusal_names_who_may(database: Database) -> None:
    stories.set_up()
    mia = add_person("Mia")
    with pytest.raises(NotAllowed, match="a rep may not edit products; ask a manager or an admin"):
        products.add_product(mia, "Widget", now=NOW)
    with pytest.raises(NotAllowed, match="a rep may not edit people; ask an admin"):
        people.add_person(mia, "Jon", now=NOW)
    stranger = Actor(999_999, "x", "Somebody")
    with pytest.raises(NotAllowed, match="Somebody is not active on this board any more"):
        require(stranger, "add account", today=TODAY)


# --- nothing writes without a row in the table --------------------------------------------------------------


def modules() -> Iterator[Any]:
    """All modules of the domain and of importing."""
    for package in (domain, importing):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def marked() -> dict[str, str]:
    """Every function that is marked with an action, by its name in its module."""
    found = {}
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and hasattr(function, "action"):
                found[f"{module.__name__.removeprefix('salesboard.domain.')}.{name}"] = function.action
    return found


NOBODYS_ACT = {"company.found", "standings.settle"}
"""What is done before there is anybody who could be allowed to, and what only follows from others' acts."""


def unmarked(source: str, name: str) -> list[str]:
    """Public functions of a module that write, but are not marked or do not say who acts."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    wrong = []
    for function in functions.values():
        if (
            function.name.startswith("_")
            or f"{name}.{function.name}" in NOBODYS_ACT
            or not _writes(function, functions)
        ):
            continue
        first = function.args.args[0].arg if function.args.args else None
        mark = any("writes(" in ast.unparse(decorator) for decorator in function.decorator_list)
        if first != "actor" or not mark:
            wrong.append(function.name)
    return wrong


def _writes(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> bool:
    """Whether a function opens an entry of the ledger, itself or through others of its module."""
    return _reaches(function, functions, {"ledger.entry", "ledger.batch", "ledger.undo"})


def _reaches(
    function: ast.FunctionDef,
    functions: dict[str, ast.FunctionDef],
    wanted: set[str],
    seen: frozenset[str] = frozenset(),
) -> bool:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in wanted:
            return True
        fresh = called in functions and called not in seen
        if fresh and _reaches(functions[called], functions, wanted, seen | {called}):
            return True
    return False


def test_every_public_function_that_writes_is_marked_and_says_who_acts() -> None:
    wrong = {
        module.__name__: found
        for module in modules()
        if (found := unmarked(inspect.getsource(module), module.__name__.removeprefix("salesboard.domain.")))
    }
    assert not wrong, "mark these with @writes(action), first parameter `actor`, and call `require`"


def test_control_a_function_that_writes_unmarked_is_seen() -> None:
    source = """
@writes("add account")
def good(actor, *, now):
    with ledger.entry(actor, "added", now=now): ...
def forgotten(actor, *, now):
    with ledger.entry(actor, "added", now=now): ...
def by_way(actor, *, now):
    with _changing(actor): ...
@writes("add account")
def nobody(account, *, now):
    with ledger.batch(account, "added", now=now): ...
def reads(actor):
    return ledger.end()
def _changing(actor):
    with ledger.entry(actor, "added"): yield
"""
    assert unmarked(source, "example") == ["forgotten", "by_way", "nobody"]


def test_every_marked_function_of_the_domain_checks_who_acts() -> None:
    for name in marked():
        if name.startswith("salesboard."):
            continue
        module = importlib.import_module(f"salesboard.domain.{name.rpartition('.')[0]}")
        from_elsewhere = {
            called
            for called, function in inspect.getmembers(module, inspect.isfunction)
            if function.__module__ != module.__name__ and hasattr(function, "action")
        }
        checks = {"require", "require_for", *marked(), *from_elsewhere}
        tree = ast.parse(inspect.getsource(module))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert _reaches(functions[name.rpartition(".")[2]], functions, checks), f"{name} calls no `require`"


def test_every_marked_function_of_the_domain_is_tried_out() -> None:
    tried = {name.split()[0] for name in (*ON_DEALS, *ON_NOBODYS)}
    in_domain = {name for name in marked() if not name.startswith("salesboard.")}
    assert tried == in_domain, "add a line to ON_DEALS or ON_NOBODYS of tests/acts.py for each new function"
    for name, (action, _) in {**ON_DEALS, **ON_NOBODYS}.items():
        assert " " in name or marked()[name] == action, name


def test_every_row_of_the_table_is_used() -> None:
    asked = set(marked().values())
    for module in modules():
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "require":
                asked |= {argument.value for argument in node.args[1:2] if isinstance(argument, ast.Constant)}
    assert asked == set(WHO_MAY)


def test_a_mark_without_a_row_in_the_table_is_a_mistake() -> None:
    with pytest.raises(LookupError, match="no row in the table"):
        writes("fly to the moon")
    with pytest.raises(KeyError):
        reach("rep", "fly to the moon")


def test_more_responsibility_never_means_fewer_rights() -> None:
    assert permissions.ROLES == ("rep", "lead", "manager", "admin")
    for action, reaches in WHO_MAY.items():
        assert list(reaches) == sorted(reaches), action
        assert reaches[-1] is ALL or set(reaches) == {OWN}, "everybody for oneself, or some for all"


# --- nothing writes past the ledger -------------------------------------------------------------------------

WRITING = {"insert", "insert_many", "insert_from", "update", "delete", "replace", "replace_many"}
ALWAYS_WRITING = {
    *("save", "create", "get_or_create", "set_by_id", "bulk_create", "bulk_update"),
    *("delete_instance", "delete_by_id", "create_table", "create_tables", "drop_table", "drop_tables"),
    *("execute_sql", "execute_many", "executemany"),
}
MODELS = {model.__name__ for model in (*DOMAIN, *models.LEDGER)} | {"model", "table"}


def past_the_ledger(source: str) -> list[str]:
    """Calls that would write a table without the ledger knowing."""
    found = []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: call.lineno):
        if not isinstance(node.func, ast.Attribute):
            continue
        receiver, name = ast.unparse(node.func.value), node.func.attr
        of_a_model = receiver.split(".")[-1].split("(")[0] in MODELS
        if name in ALWAYS_WRITING or (name in WRITING and of_a_model):
            found.append(ast.unparse(node.func))
    return found


@pytest.mark.parametrize(
    "folder", ["domain", "importing", "worker", "cli", "ui", "demo.py", "exporting.py", "config.py"]
)
def test_no_table_is_written_past_the_ledger(folder: str) -> None:
    path = ROOT / folder
    for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
        assert past_the_ledger(file.read_text()) == [], f"{file.relative_to(ROOT)} writes past the ledger"


def test_control_writing_past_the_ledger_is_seen() -> None:
    source = """
deal.save()
Deal.create(title="x")
Deal.insert(title="x").execute()
models.Deal.update(title="x").execute()
Stay.delete().where(Stay.deal == 1).execute()
model.insert_many(rows).execute()
row.delete_instance()
storage.current().peewee.execute_sql("DELETE FROM deal")
Deal.select().execute()
entry.update(row, title="x")
entry.insert(Deal, title="x")
batch.insert_many(Deal, rows)
widget.update("x")
known.update({})
"""
    assert past_the_ledger(source) == [
        "deal.save",
        "Deal.create",
        "Deal.insert",
        "models.Deal.update",
        "Stay.delete",
        "model.insert_many",
        "row.delete_instance",
        "storage.current().peewee.execute_sql",
    ]
