"""`salesboard doctor`: everything that could be wrong with a board, looked at in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click

from salesboard import authorizing, clock
from salesboard.cli.output import answer, as_json, counted, document, table, talk, words
from salesboard.config import Settings
from salesboard.domain import access, care, company, record_book, reports
from salesboard.errors import SalesboardError
from salesboard.storage import backup, health, ledger, shift, trouble
from salesboard.storage import database as storage
from salesboard.storage.database import Database
from salesboard.storage.health import Check, ok
from salesboard.worker import BEHIND, TELLS_NOTHING
from salesboard.worker.backups import made_so_far

LONG_SINCE = timedelta(days=1, hours=1)
SSHD = Path("/etc/ssh/sshd_config.d")
WANTED_OF_SSHD = ("PasswordAuthentication no", "AllowTcpForwarding no", "PermitUserRC no")


@click.command()
@as_json
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Look at everything that could be wrong with the board.

    Versions, files and who can read them, every page, the ledger, the record book, sums, the clock, backups,
    the worker, keys and sshd. Each check is ok, a warning or a fault, with what to do. Exit code 1
    where there is a fault.
    """
    found = list(examined(context.obj()))
    faults = sum(one.state == "fault" for one in found)
    if as_json:
        document({"ok": not faults, "checks": [asdict(one) for one in found]})
    else:
        table(
            ["", "check", words("finding")],
            [("" if one.state == "ok" else one.state, one.name, one.said) for one in found],
        )
        for one in found:
            if one.do:
                answer(f"{one.name}: {one.do}")
        warnings = sum(one.state == "warning" for one in found)
        talk(f"{counted(len(found), 'check')}, {counted(warnings, 'warning')}, {counted(faults, 'fault')}")
    if faults:
        context.exit(1)


def examined(settings: Settings) -> Iterator[Check]:
    """Everything that was looked at, in order; what can not be looked at is a fault."""
    path = storage.sqlite_path(settings.database)
    if path is not None:
        yield health.of_sqlite()
        yield from health.of_file(path)
    try:
        database = storage.open_database(settings.database)
    except SalesboardError as error:
        yield Check("board", "fault", str(error), "'salesboard restore FILE' puts a backup back")
        return
    with storage.session():
        now = clock.now(settings.today)
        for name, look in _LOOKS:
            try:
                with trouble.named():
                    yield from look(database, settings, now)
            except SalesboardError as error:
                yield Check(name, "fault", str(error), "'salesboard restore FILE' puts a backup back")


def _of_database(database: Database, _: Settings, now: datetime) -> Iterator[Check]:
    yield from health.of_database(database, now)


def _of_records(_: Database, __: Settings, ___: datetime) -> Iterator[Check]:
    wrong = record_book.faults()
    yield (
        ok("records", "the record book is what the sales give")
        if not wrong
        else Check("records", "fault", f"{wrong[0]} ({len(wrong)} in all)", "'salesboard records rebuild'")
    )


def _of_sums(_: Database, __: Settings, now: datetime) -> Iterator[Check]:
    today = company.facts().today(now)
    whole = reports.report(today=today).revenue_minor
    for by in ("person", "account", "month"):
        parts = sum(row.revenue_minor for row in reports.report_by(by, today=today))
        if parts != whole:
            yield Check(
                "sums",
                "fault",
                f"sales by {by} give {parts}, together they are {whole}",
                "'salesboard verify'",
            )
            return
    yield ok("sums", "sales by person, account and month give the same total")


def _of_backups(database: Database, settings: Settings, now: datetime) -> Iterator[Check]:
    trouble = care.standing_trouble(since=company.facts().today(now) - timedelta(days=2))
    if trouble:
        yield Check("backup", "fault", trouble, f"look at {backup.folder_for(database)} and its disk")
        return
    made = made_so_far(database)
    if not settings.backups:
        yield Check("backup", "warning", "hourly backups are off", "set backups = true in the settings file")
    elif not made:
        yield Check(
            "backup",
            "warning",
            "the worker has made no backup yet",
            "an open board makes them, or 'salesboard worker'",
        )
    elif now - made[-1].at > LONG_SINCE and made[-1].manifest.head != ledger.end()[1]:
        age = counted((now - made[-1].at).days, "day")
        yield Check(
            "backup",
            "warning",
            f"the last one is {age} old",
            "an open board makes them, or 'salesboard worker'",
        )
    else:
        yield ok("backup", f"{made[-1].file}, verified, of entry {made[-1].manifest.entries}")


def _of_worker(_: Database, __: Settings, now: datetime) -> Iterator[Check]:
    waits = shift.waits_since(TELLS_NOTHING)
    if waits is not None and now - waits > BEHIND:
        since = f"{waits:%Y-%m-%d %H:%M} UTC"
        yield Check(
            "worker",
            "warning",
            f"nobody has told what happened since {since}",
            "open the board, or 'salesboard worker'",
        )
    else:
        yield ok("worker", "everything is told")
    for one in shift.parked():
        told = f"it was not told; the report of incident {one.incident} says what went wrong"
        yield Check("left aside", "warning", f"{one.key}: {one.what}", told)


def _of_keys(_: Database, settings: Settings, __: datetime) -> Iterator[Check]:
    known = len(access.known_keys())
    file = authorizing.default_file()
    stands = authorizing.stands_as_it_should(file, settings.database)
    if stands is None:
        said = f"{file} can not be read; {counted(known, 'key')} on the board"
        yield Check("access", "warning", said, "run this as the account that people come in with")
    elif stands:
        yield ok("access", f"{counted(known, 'key')}, as in {file}" if known else "nobody comes in over SSH")
    else:
        yield Check(
            "access", "warning", f"{file} is not as the board's keys are", "'salesboard access write'"
        )
    if known:
        yield _of_sshd()


def _of_sshd() -> Check:
    try:
        said = "\n".join(file.read_text() for file in sorted(SSHD.glob("*.conf")))
    except (OSError, UnicodeDecodeError):
        said = ""
    missing = [line for line in WANTED_OF_SSHD if line.casefold() not in said.casefold()]
    if missing:
        return Check(
            "sshd",
            "warning",
            f"{SSHD} does not say {', '.join(missing)}",
            "'salesboard access sshd' writes what belongs there",
        )
    return ok("sshd", f"{SSHD} lets keys in, and nothing else")


_LOOKS: tuple[tuple[str, Callable[[Database, Settings, datetime], Iterator[Check]]], ...] = (
    ("database", _of_database),
    ("records", _of_records),
    ("sums", _of_sums),
    ("backup", _of_backups),
    ("worker", _of_worker),
    ("access", _of_keys),
)
