"""Care of the database: proof, copies, backups and putting them back, upgrade."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import click

from salesboard import clock
from salesboard.cli import Load
from salesboard.cli.output import answer, as_json, counted, document, talk
from salesboard.cli.ownfile import OwnFile
from salesboard.domain import company, record_book
from salesboard.domain.text import visible
from salesboard.errors import Refused, StorageTrouble
from salesboard.storage import backup as backups
from salesboard.storage import copying
from salesboard.storage import database as storage
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


def _size(verdict: Verdict | backups.Manifest) -> str:
    return f"{counted(verdict.entries, 'entry', 'entries')}, {counted(verdict.rows, 'row')}"


@click.command()
@click.argument("file", type=OwnFile())
@click.pass_obj
def backup(load: Load, file: Path) -> None:
    """Copy the board to a new file while others work on it, and prove the copy before it gets its name.

    The file is a SQLite board of its own, whichever database the board is in. Beside it stands a manifest:
    the ledger's end, and the file's SHA-256.
    """
    source = storage.look_at(load().database)
    manifest = backups.make(source, file, now=clock.now())
    talk(f"{file}: {_size(manifest)}, verified; the ledger's end is {manifest.head}")


@click.command()
@click.argument("source")
@click.argument("target")
@click.pass_obj
def copy(load: Load, source: str, target: str) -> None:
    """Carry a whole board over into a new database: history, keys, inboxes and all.

    SOURCE and TARGET are files or URLs. Others can work on the source meanwhile; what they do after the
    beginning is not in the copy. Refused: a target with anything in it.
    """
    verdict = copying.copy_board(storage.look_at(source), target)
    talk(f"{_size(verdict)}, verified; the ledger's end is {verdict.head}")


@click.command()
@click.argument("file", type=OwnFile())
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option(
    "--replace", is_flag=True, help="Also over a board in PostgreSQL, and over a file that can not be read."
)
@click.pass_obj
def restore(load: Load, file: Path, yes: bool, replace: bool) -> None:
    """Put the board back to what it is in a backup.

    The backup is checked through and through before anything is touched; what was there is kept as a backup
    of its own. Whoever has the board open is told, and opens it again.
    """
    target = load().database

    def agreed(stage: backups.Staged) -> bool:
        made = f" made {stage.manifest.made_at}" if stage.manifest else ""
        return yes or _agreed(f"{file}:{made} {_size(stage.verdict)}. Put the board back to it?")

    done = backups.restore(file, target, replacing=replace, agreed=agreed, now=clock.now())
    if done is None:
        raise Refused("nothing was restored")
    if done.kept is not None and done.kept_manifest is not None:
        faults = done.kept_manifest.faults
        talk(f"what was there is kept in {done.kept}" + (f", with its {faults} faults" if faults else ""))
    if done.upgraded:
        talk(f"upgraded: {', '.join(done.upgraded)}")
    talk(f"restored: {_size(done.verdict)}, verified; the ledger's end is {done.verdict.head}")


def _agreed(question: str) -> bool:
    """What whoever sits here says. Refused where nobody does."""
    if not sys.stdin.isatty():
        raise Refused("this puts the board back for everybody; say --yes to do it")
    return click.confirm(visible(question), err=True)


@click.command()
@click.pass_obj
def upgrade(load: Load) -> None:
    """Bring an older board up to this program.

    What a file held before is kept as a verified backup; a board in PostgreSQL is for you to copy first.
    """
    settings = load()
    kept = backups.keep_before_upgrade(settings.database, now=clock.now())
    if kept is not None:
        talk(f"what was there is kept in {kept}")
    done = storage.upgrade_database(settings.database)
    if done:
        storage.open_database(settings.database)
        with suppress(StorageTrouble), storage.session():
            record_book.bring_up(clock.now(settings.today, company.facts().zone))
    talk(f"upgraded: {', '.join(done)}" if done else "the board is up to date")
