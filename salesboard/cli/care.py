"""Care of the database: proof, copy, upgrade."""

from __future__ import annotations

import os
import secrets
import sqlite3
from dataclasses import asdict
from pathlib import Path

import click

from salesboard.cli import Load
from salesboard.cli.output import answer, as_json, counted, document, talk
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import trouble
from salesboard.storage import upgrade as upgrades
from salesboard.storage.verify import Verdict
from salesboard.storage.verify import verify as check


@click.command()
@as_json
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Prove that nothing was changed past the ledger.

    Checks the chain of its hashes, and that its entries give every table exactly as it stands. Exit code 1
    and a line for each entry or row that does not fit.
    """
    storage.open_database(context.obj().database)
    with storage.session():
        verdict = check()
    if as_json:
        document({"ok": not verdict.faults, **asdict(verdict)})
    else:
        _tell(verdict)
    if verdict.faults:
        context.exit(1)


def _tell(verdict: Verdict) -> None:
    for fault in verdict.faults:
        answer(fault)
    size = f"{counted(verdict.entries, 'entry', 'entries')}, {counted(verdict.rows, 'row')}"
    if verdict.faults:
        talk(f"{size}: {counted(len(verdict.faults), 'fault')}; a backup from before can be restored")
    else:
        answer(f"{size}: every row is as the ledger says; its end is {verdict.head}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(load: Load, file: Path) -> None:
    """Copy the board to a new file while others work on it, and prove the copy before it gets its name."""
    source = storage.open_database(load().database)
    if not source.is_sqlite:
        raise Refused("this board is in PostgreSQL; copy it with pg_dump")
    if os.path.lexists(file):
        raise Refused(f"{file} is there already; name another file")
    with storage.session():
        partial = _copied(file)
    try:
        storage.open_database(partial)
        with storage.session():
            verdict = check()
        if verdict.faults:
            raise StorageTrouble(
                f"the copy does not verify and was dropped: {verdict.faults[0]}; run 'salesboard verify'"
            )
        _settle(partial, file)
    finally:
        partial.unlink(missing_ok=True)
    talk(f"{file}: {counted(verdict.entries, 'entry', 'entries')}, {counted(verdict.rows, 'row')}, verified")


def _copied(file: Path) -> Path:
    """A copy beside the file it will become, for its owner only."""
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageTrouble(
            f"{file} can not be made: {(error.strerror or 'no reason given').lower()}"
        ) from None
    try:
        with trouble.named():
            copy = sqlite3.connect(partial)
            try:
                storage.current().peewee.connection().backup(copy)
            finally:
                copy.close()
    except BaseException:
        partial.unlink()
        raise
    return partial


def _settle(partial: Path, file: Path) -> None:
    """Give the copy its name once it is on the disk."""
    _sync(partial)
    os.rename(partial, file)
    _sync(file.parent)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@click.command()
@click.pass_obj
def upgrade(load: Load) -> None:
    """Bring an older board up to this program.

    Make a backup first, with the program that it is from.
    """
    target = load().database
    path = storage.sqlite_path(target)
    database = (
        storage._postgresql(target) if path is None else storage._sqlite(storage._passed_gate(path), path)
    )
    with trouble.named(), database.peewee.connection_context():
        if not 0 < upgrades.number(database) < upgrades.newest():
            upgrades.check(database)
            return talk("the board is up to date")
        done = upgrades.upgrade(database)
    talk(f"upgraded: {', '.join(done)}")
