"""Care of the database: proof, copy, upgrade."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import click

from salesboard import clock
from salesboard.cli import Load
from salesboard.cli.newfile import OwnFile, in_the_making
from salesboard.cli.output import answer, as_json, counted, document, talk
from salesboard.domain import company, record_book
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import database as storage
from salesboard.storage import trouble
from salesboard.storage.verify import Verdict
from salesboard.storage.verify import verify as check


@click.command()
@as_json
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Prove that nothing was changed past the ledger.

    Checks the chain of its hashes, that its entries give every table exactly as it stands, and that the
    record book is what the sales give. Exit code 1 and a line for each entry, row or record that does not
    fit.
    """
    storage.open_database(context.obj().database)
    with storage.session():
        verdict = check()
        if not verdict.faults:
            verdict = replace(verdict, faults=record_book.faults())
    if as_json:
        document({"ok": not verdict.faults, **asdict(verdict)})
    else:
        _tell(verdict)
    if verdict.faults:
        context.exit(1)


def _tell(verdict: Verdict) -> None:
    for fault in verdict.faults:
        answer(fault)
    size = _size(verdict)
    if verdict.faults:
        talk(f"{size}: {counted(len(verdict.faults), 'fault')}; a backup from before can be restored")
    else:
        answer(f"{size}: every row is as the ledger says; its end is {verdict.head}")


def _size(verdict: Verdict) -> str:
    return f"{counted(verdict.entries, 'entry', 'entries')}, {counted(verdict.rows, 'row')}"


@click.command()
@click.argument("file", type=OwnFile())
@click.pass_obj
def backup(load: Load, file: Path) -> None:
    """Copy the board to a new file while others work on it, and prove the copy before it gets its name."""
    source = storage.open_database(load().database)
    if not source.is_sqlite:
        raise Refused("this board is in PostgreSQL; copy it with pg_dump")
    with in_the_making(file) as partial:
        with storage.session():
            _copy(partial)
        storage.open_database(partial)
        with storage.session():
            verdict = check()
        if verdict.faults:
            fault = verdict.faults[0]
            raise StorageTrouble(
                f"the copy does not verify and was dropped: {fault}; run 'salesboard verify'"
            )
    talk(f"{file}: {_size(verdict)}, verified")


def _copy(into: Path) -> None:
    """Everything in the open SQLite file, as it stands at one moment."""
    with trouble.named(), closing(sqlite3.connect(into)) as copy:
        storage.current().peewee.connection().backup(copy)


@click.command()
@click.pass_obj
def upgrade(load: Load) -> None:
    """Bring an older board up to this program.

    Make a backup first, with the program that it is from.
    """
    settings = load()
    done = storage.upgrade_database(settings.database)
    if done:
        storage.open_database(settings.database)
        with storage.session():
            record_book.bring_up(clock.now(settings.today, company.facts().zone))
    talk(f"upgraded: {', '.join(done)}" if done else "the board is up to date")
