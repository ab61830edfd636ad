"""Imports only point down, and only the screens load what the screens need.

The contracts in pyproject.toml read the source; the clean interpreters here see what is really loaded.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCREENS = {"textual", "rich"}
FRONT_ENDS = ("cli", "ui", "__main__")


def loaded_by(program: str) -> set[str]:
    """The top-level packages in a clean interpreter after it has run the program."""
    tell = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{tell}"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def running(*arguments: str) -> str:
    """A program that runs a command as the installed script does."""
    return f"""
import sys
sys.argv = ["salesboard", *{list(arguments)!r}]
from salesboard.__main__ import main
try:
    main()
except SystemExit as end:
    if end.code:
        raise
"""


def modules_below_the_front_ends() -> list[str]:
    files = (file.relative_to(ROOT).with_suffix("") for file in (ROOT / "salesboard").rglob("*.py"))
    names = (file.parts[:-1] if file.name == "__init__" else file.parts for file in files)
    # A migration is run by its number, never imported by name.
    return sorted(
        ".".join(parts)
        for parts in names
        if parts[1:2] and parts[1] not in FRONT_ENDS and all(part.isidentifier() for part in parts)
    )


def test_the_harness_sees_what_an_import_drags_in() -> None:
    assert {"textual", "rich"} <= loaded_by("import textual.app")


def test_the_contracts_on_imports_hold() -> None:
    # The script's own entry point: the package has no `__main__`.
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded_by_each(modules: list[str]) -> dict[str, list[str]]:
    """What importing each module alone loads, or the traceback, each in a fork of a clean interpreter.

    All share what others made that the storage needs: it is no front end, and takes the longest to load.
    """
    given = json.dumps(modules)
    program = f"""
import babel, peewee, psycopg
import importlib, json, os, sys, traceback
told = {{}}
for module in {given}:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            importlib.import_module(module)
            loaded = sorted({{name.partition(".")[0] for name in sys.modules}})
        except BaseException:
            loaded = [traceback.format_exc()]
        with open(writer, "w") as answer:
            json.dump(loaded, answer)
        os._exit(0)
    os.close(writer)
    with open(reader) as answer:
        told[module] = json.load(answer)
    os.waitpid(child, 0)
print(json.dumps(told))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def drags_in(loaded: list[str]) -> set[str]:
    """The front ends among what was loaded; all of it where the module itself was not."""
    return set(loaded) & {*SCREENS, "click"} if "salesboard" in loaded else set(loaded)


def test_each_module_can_be_imported_alone_and_needs_no_front_end() -> None:
    modules = modules_below_the_front_ends()
    controls = ["salesboard.cli", "salesboard.nothing"]
    loaded = loaded_by_each([*modules, *controls])
    assert [module for module in controls if not drags_in(loaded[module])] == [], "the harness would see it"
    assert {module: wrong for module in modules if (wrong := drags_in(loaded[module]))} == {}


def test_the_command_line_starts_without_the_screens() -> None:
    assert not loaded_by("import salesboard.cli") & SCREENS


def test_the_version_is_told_without_the_screens_or_a_database() -> None:
    assert not loaded_by(running("--version")) & {*SCREENS, "peewee", "arrow", "babel"}


def test_deals_are_listed_without_the_screens(tmp_path: Path) -> None:
    board = str(tmp_path / "new.db")
    loaded_by(running("--database", board, "init"))
    assert not loaded_by(running("--database", board, "deals", "list")) & SCREENS
