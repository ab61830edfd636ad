"""What the source never does: statements made of what people typed, programs started, objects unpacked."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "salesboard"
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|PRAGMA|CREATE|DROP|ALTER|COPY|LOCK|WITH|SET) "
)
MAY_STAND_IN_A_STATEMENT = {
    *("APPLICATION_ID", "newest()", "blanks", "names", "order", "settings", "steps"),
    *("table", "tables", "column_name", "columns", "model._meta.table_name", "LedgerEntry._meta.table_name"),
    *("_quoted(columns)", "_quoted(values)", "', '.join('?' * len(fields))", "', '.join('?' * len(values))"),
}
"""Names of tables and columns, blanks for values, numbers of the program's own: none comes from a person."""
NEVER = re.compile(
    r"os\.(fork|forkpty|system|popen|startfile|exec\w+|spawn\w+|posix_spawn\w*)|pty\.spawn|eval|exec|compile"
    r"|marshal\.\w+|shelve\.\w+|yaml\.\w+|multiprocessing\.\w+|urllib\.request\.\w+|webbrowser\.\w+"
)
"""Starts a program, shares an open connection with a child, makes code of data, fetches what a text names."""
ONLY_IN = {
    "subprocess": {"worker/backups.py"},
    "pickle": {"importing/outline.py"},  # a passing file of its own, without a name
    "multiprocessing": set[str](),
    "urllib.request": set[str](),
    "http.client": set[str](),
}


def sources() -> Iterator[tuple[str, str]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), file.read_text()


@cache
def nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


def pieces(source: str) -> Iterator[str]:
    """What is put into statements by f-strings, % and +, as it stands in the source."""
    for node in nodes(source):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0]
            if isinstance(first, ast.Constant) and STATEMENT.match(str(first.value)):
                yield from (
                    ast.unparse(one.value) for one in node.values if isinstance(one, ast.FormattedValue)
                )
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            left = node.left
            if isinstance(left, ast.Constant) and STATEMENT.match(str(left.value)):
                yield ast.unparse(node.right)
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        ):
            on = node.func.value
            if isinstance(on, ast.Constant) and STATEMENT.match(str(on.value)):
                yield from (ast.unparse(one) for one in node.args)


def forbidden(name: str, source: str) -> Iterator[str]:
    """Calls and imports that are not to be in a file of the package."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and NEVER.fullmatch(called := ast.unparse(node.func)):
            yield called
        modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        yield from (one for one in modules if one in ONLY_IN and name not in ONLY_IN[one])


def test_statements_are_made_of_names_and_blanks_alone_and_in_storage_alone() -> None:
    found = {name: wrong for name, source in sources() if (wrong := set(pieces(source)))}
    assert {name for name in found if not name.startswith("storage/")} == set()
    assert set().union(*found.values()) == MAY_STAND_IN_A_STATEMENT


def test_nothing_starts_a_program_or_makes_code_of_data() -> None:
    assert {name: wrong for name, source in sources() if (wrong := list(forbidden(name, source)))} == {}


def test_control_what_should_not_be_there_would_be_seen() -> None:
    for planted in (
        'execute(f"SELECT id FROM deal WHERE title = {title!r}")',
        'execute("SELECT id FROM deal WHERE title = %s" % title)',
        'execute("SELECT id FROM deal WHERE title = " + title)',
        'execute("SELECT id FROM deal WHERE title = {}".format(title))',
    ):
        assert list(pieces(planted)) == ["title"], planted
    for planted in ("os.system(x)", "os.fork()", "eval(x)", "import subprocess", "from pickle import loads"):
        assert list(forbidden("domain/deals.py", planted)), planted
    assert list(forbidden("worker/backups.py", "import subprocess")) == []
