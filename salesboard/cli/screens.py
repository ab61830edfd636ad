"""Starting the screens: on a board, on a filtered one, on a made-up company."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from salesboard import clock
from salesboard.cli import Load
from salesboard.cli.opening import WithFilter, entered, filter_text, full_name, login
from salesboard.cli.output import talk
from salesboard.cli.ownfile import OwnFile
from salesboard.config import Settings
from salesboard.domain import people
from salesboard.errors import WrongUsage
from salesboard.storage import database as storage
from salesboard.storage.ledger import PROGRAM

DEMO = "salesboard-demo-"
IDLE_OVER_SSH = 30
"""Minutes after which a board is left over SSH at which nobody presses a key: perhaps nobody is there."""
no_mouse = click.option(
    "--no-mouse", is_flag=True, help="Leave the mouse to the terminal, for selecting text."
)


def run_app(
    settings: Settings, *, filter_text: str = "", nothing_hidden: bool = False, place: str = ""
) -> int:
    """Run the screens on a board until they are left; the exit code."""
    # The one place where the command line needs the screens, which take longer to load than everything else.
    from salesboard.ui.app import Start, run_board

    start = Start(
        target=settings.database,
        enter=lambda: entered(settings).actor,
        owner=full_name(),
        login=login(),
        demo=lambda: run_demo(settings),
        today=settings.today,
        filter_text=filter_text,
        nothing_hidden=nothing_hidden,
        place=place,
        mouse=settings.mouse,
        # On a pretended day one only looks: what is told is told of the real one.
        works=settings.today is None,
        # Whoever comes in over SSH starts no program on the host: there 'salesboard worker' does it.
        backs_up=settings.backups and settings.key is None,
        idle_limit=_idle_limit(settings),
    )
    return run_board(start)


def _idle_limit(settings: Settings) -> float:
    """Seconds without a key after which the board is left; 0 for never."""
    minutes = settings.idle_minutes
    if minutes is None:
        minutes = IDLE_OVER_SSH if settings.key is not None or "SSH_CONNECTION" in os.environ else 0
    return minutes * 60.0


def run_demo(settings: Settings) -> int:
    """Run the screens on a made-up company that goes away afterwards; the exit code."""
    with _passing_folder() as folder:
        file = folder / "demo.db"
        _fill(settings, file)
        return run_app(replace(settings, database=str(file), backups=False))


@click.command(cls=WithFilter)
@filter_text
@click.option("--all", "nothing_hidden", is_flag=True, help="Hide nothing: older sales are on the board too.")
@no_mouse
@click.pass_context
def board(context: click.Context, filter_text: tuple[str, ...], nothing_hidden: bool, no_mouse: bool) -> None:
    """Open the board, with a filter from the start: salesboard board owner:me value>10k."""
    settings = _of(context.obj, no_mouse)
    context.exit(run_app(settings, filter_text=" ".join(filter_text), nothing_hidden=nothing_hidden))


@click.command()
@click.option(
    "--keep",
    type=OwnFile(),
    metavar="FILE",
    help="Make the made-up company in this file, and keep it.",
)
@no_mouse
@click.pass_context
def demo(context: click.Context, keep: Path | None, no_mouse: bool) -> None:
    """Try the board with a made-up company.

    It is the same every time, with dates relative to today, and gone when you leave, unless you keep it.
    """
    settings = _of(context.obj, no_mouse)
    on_screen = sys.stdin.isatty() and sys.stdout.isatty()
    if keep is not None:
        _fill(settings, keep)
        talk(f"a made-up company in {keep}; open it with: salesboard --database {keep}")
        if on_screen:
            context.exit(run_app(replace(settings, database=str(keep))))
        return
    if not on_screen:
        raise WrongUsage(
            "the demo needs a terminal; without one, --keep FILE makes its company to look at later"
        )
    context.exit(run_demo(settings))


def _of(load: Load, no_mouse: bool) -> Settings:
    settings = load()
    return replace(settings, mouse=False) if no_mouse else settings


def _fill(settings: Settings, file: Path) -> None:
    """Make the company, and let whoever runs this be one of its people."""
    from salesboard import demo

    zone = clock.local_zone()
    now = clock.now(settings.today, zone)
    with storage.new_database(file):
        me = demo.fill(now, zone=zone)
        assert me.id is not None
        people.edit_person(PROGRAM, me.id, now=now, login=login())


@contextmanager
def _passing_folder() -> Iterator[Path]:
    """A folder that goes away afterwards; what demos that were killed left behind goes away first."""
    for folder in Path(tempfile.gettempdir()).glob(f"{DEMO}*"):
        _remove_if_left(folder)
    with tempfile.TemporaryDirectory(prefix=DEMO) as name:
        folder = Path(name)
        with (folder / "in-use").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield folder


def _remove_if_left(folder: Path) -> None:
    """Remove a folder that nobody uses: the kernel lets its lock go, however the program ended."""
    try:
        with (folder / "in-use").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    except OSError:
        pass
