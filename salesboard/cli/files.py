"""Files in and out: importing what other programs wrote, taking an import back, exporting deals."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO, cast
from zoneinfo import ZoneInfo

import click

from salesboard import exporting, importing, paths
from salesboard.cli import InOrder, Load
from salesboard.cli.opening import Board, WithFilter, filter_text, on_board, opened_or_made
from salesboard.cli.output import answer, as_json, counted, document, number, table, talk, words
from salesboard.cli.ownfile import OwnFile
from salesboard.domain import listing
from salesboard.domain.dates import DATE_STYLES
from salesboard.domain.money import NUMBER_STYLES
from salesboard.domain.text import visible
from salesboard.errors import NotFound, Refused, StorageTrouble, WrongUsage
from salesboard.importing import Options, Plan, Progress, Refusal, Report, Source

SHOWN = 10
"""So many refused and doubtful rows are shown; --refused writes all of them."""
BAR = 24
"""Cells of the bar that shows how far it is."""
START_OF_LINE = "\r\x1b[K"
GLANCE = 0.1
"""Seconds between two signs of progress."""


@click.command(
    epilog="'salesboard import list' shows the imports so far, 'salesboard import undo' takes one back. "
    "A file that is called list or undo is named with its folder: ./list."
)
@click.argument("files", nargs=-1, required=True, type=OwnFile(or_input=True), metavar="FILE…")
@click.option("--dry-run", is_flag=True, help="Only show what would happen; nothing is changed.")
@click.option(
    "--map",
    "said",
    multiple=True,
    metavar="COLUMN=FIELD",
    help='What a column means, "Close Date=won_on", or a stage, "stage:Demo=Opportunity", or a whole file, '
    '"kind:a.csv=accounts". It is remembered for files with the same columns.',
)
@click.option("--skip-bad", is_flag=True, help="Import the other rows where some are refused.")
@click.option(
    "--refused",
    "refused_to",
    type=OwnFile(),
    metavar="FILE",
    help="Write refused rows, with reasons, to this file.",
)
@click.option("--new-people", is_flag=True, help="Owners that nobody knows become reps.")
@click.option("--take-doubtful", is_flag=True, help="Let the file decide where the board says otherwise.")
@click.option("--encoding", help="How letters are written, if it is not recognised: cp1252, utf-16.")
@click.option(
    "--delimiter", help="What stands between cells, if it is not recognised: comma, semicolon, tab."
)
@click.option(
    "--dates", "date_style", metavar="STYLE", help=f"How dates are written: {', '.join(DATE_STYLES)}."
)
@click.option(
    "--numbers",
    "number_style",
    metavar="STYLE",
    help=f"How numbers are written: {', '.join(f'“{style}”' for style in NUMBER_STYLES)}.",
)
@as_json
@click.pass_obj
def import_files(
    load: Load,
    files: tuple[Path, ...],
    dry_run: bool,
    said: tuple[str, ...],
    skip_bad: bool,
    refused_to: Path | None,
    new_people: bool,
    take_doubtful: bool,
    encoding: str | None,
    delimiter: str | None,
    date_style: str | None,
    number_style: str | None,
    as_json: bool,
) -> None:
    """Bring in accounts, products, people and deals from CSV files.

    Files are recognised by their headers, whichever program wrote them; - reads standard input. Everything is
    imported in one step or not at all, and a second time changes nothing. Where there is no board yet, one is
    made, and you are its owner.
    """
    mapping = dict(_pair(one) for one in said)
    options = Options(new_people=new_people, skip_bad=skip_bad, take_doubtful=take_doubtful)
    with opened_or_made(load(), passing=dry_run) as board:
        sources = importing.read_files(
            [sys.stdin.buffer if str(file) == "-" else str(file) for file in files],
            mapping=mapping,
            encoding=encoding,
            delimiter=delimiter,
            date_style=date_style,
            number_style=number_style,
        )
        with _progress() as progress:
            planned = importing.plan(
                sources, actor=board.actor, now=board.now, options=options, progress=progress
            )
        if refused_to is not None:
            _write_refused(planned, refused_to)
        done = None if dry_run else _applied(planned, board, as_json)
        _tell(done.plan if done else planned, done, as_json=as_json)
    if done is not None:
        _close(done)


def _applied(planned: Plan, board: Board, as_json: bool) -> Report:
    """Do what was planned; where that is refused, the plan says what is wrong with which row."""
    try:
        with _progress() as progress:
            done = importing.apply(planned, actor=board.actor, now=board.now, progress=progress)
    except Refused:
        _tell(planned, None, as_json=as_json)
        raise
    # Much at once: whoever opens the board next need not wait; what is in the way of it now changes nothing.
    from salesboard.domain import record_book

    with suppress(StorageTrouble):
        record_book.bring_up(board.now)
    return done


def _pair(said: str) -> tuple[str, str]:
    column, equals, field = said.rpartition("=")
    if not equals or not column.strip():
        raise WrongUsage(f"--map takes a column and what it means, as in 'Close Date=won_on', not {said!r}")
    return column, field


def _write_refused(planned: Plan, file: Path) -> None:
    with paths.in_the_making(file) as partial, open(partial, "w", encoding="utf-8", newline="") as out:
        written = importing.write_refused(planned, out)
    talk(f"{counted(written, 'refused row')} in {file}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """On a terminal, one line that says how far it is and goes away; elsewhere nothing."""
    visible_here, shown_at = sys.stderr.isatty(), 0.0

    def show(done: int, whole: int, what: str) -> None:
        nonlocal shown_at
        if not (visible_here and whole) or time.monotonic() - shown_at < GLANCE:
            return
        shown_at = time.monotonic()
        filled = BAR * min(done, whole) // whole
        bar = "━" * filled + "─" * (BAR - filled)
        click.echo(f"{START_OF_LINE}{bar}  {done:,} of {whole:,} {what}", nl=False, err=True)

    try:
        yield show
    finally:
        if shown_at:
            click.echo(START_OF_LINE, nl=False, err=True)


# --- what it would do, and what it did ----------------------------------------------------------------------


def _tell(planned: Plan, done: Report | None, *, as_json: bool) -> None:
    """What is in the files, and what they do to the board."""
    if as_json:
        return document(_told(planned, done))
    for source in planned.sources:
        _tell_source(source, with_mapping=done is None)
    for line in (*planned.matches, *planned.warnings):
        answer(str(line))
    for stage, count in planned.unknown_stages.items():
        answer(f'{counted(count, "row")} in an unknown stage: --map "stage:{stage}=…" says which one it is')
    _tell_rows("refused", planned.refused, len(planned.all_refused))
    _tell_rows("doubtful", planned.doubtful, sum(counts.doubtful for counts in planned.counts.values()))
    table(
        ["", *map(number, ("new", "changed", "same", "doubtful", "refused"))],
        [
            (kind, *(f"{count:,}" if count else "" for count in asdict(counts).values()))
            for kind, counts in planned.counts.items()
            if any(asdict(counts).values())
        ],
    )


def _tell_source(source: Source, *, with_mapping: bool) -> None:
    answer(str(source))
    width = max((len(column.header) for column in source.mapping), default=0)
    for column in source.mapping if with_mapping else ():
        meaning = f"{column.field or 'not used'}{', as you said' if column.by_hand else ''}"
        answer(f"  {column.header.ljust(width)}  {meaning}")


def _tell_rows(what: str, rows: Sequence[Refusal], whole: int) -> None:
    for row in rows[:SHOWN]:
        answer(f"{what}: {row}")
    if whole > SHOWN:
        answer(f"{what}: {whole - SHOWN:,} more")


def _close(done: Report) -> None:
    if done.batch is None:
        talk("nothing new: the board stays as it is")
        return
    undo = f"'salesboard import undo {done.batch}' takes it back"
    talk(f"import {done.batch}: {counted(done.rows, 'row')} written; {undo}")


def _told(planned: Plan, done: Report | None) -> dict[str, Any]:
    return {
        "import": done.batch if done else None,
        "rows": done.rows if done else 0,
        "entries": done.entries if done else 0,
        "currency": planned.currency,
        "files": [
            {
                "name": source.name,
                "kind": source.kind,
                "system": source.system,
                "rows": source.rows,
                "encoding": source.table.encoding,
                "delimiter": source.table.delimiter,
                "columns": {column.header: column.field for column in source.mapping},
                "notes": source.notes,
            }
            for source in planned.sources
        ],
        "counts": {kind: asdict(counts) for kind, counts in planned.counts.items()},
        "matches": [asdict(match) for match in planned.matches],
        "warnings": planned.warnings,
        "unknown_stages": dict(planned.unknown_stages),
        "refused": [_row(refusal) for refusal in planned.refused],
        "refused_rows": len(planned.all_refused),
        "doubtful": [_row(refusal) for refusal in planned.doubtful],
    }


def _row(refusal: Refusal) -> dict[str, Any]:
    return {"file": refusal.file, "line": refusal.line, "reason": refusal.reason}


# --- the imports so far -------------------------------------------------------------------------------------


@click.command()
@as_json
@on_board
def import_list(board: Board, as_json: bool) -> None:
    """The imports so far, the newest first."""
    known = importing.imports()
    if as_json:
        return document([asdict(one) for one in known])
    zone = ZoneInfo(board.company.zone)
    table(
        [number("import"), "when", "who", words("files"), number("rows"), ""],
        [
            (
                one.batch,
                f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}",
                one.who,
                one.files,
                f"{one.rows:,}",
                "" if one.standing else "undone",
            )
            for one in known
        ],
    )
    if not known:
        talk("no imports")


@click.command()
@click.argument("number", type=click.IntRange(1, 10**15), required=False, metavar="[ID]")
@on_board
def import_undo(board: Board, number: int | None) -> None:
    """Take back an import as a whole, the newest one or the one of this ID.

    Refused where somebody has changed since what it brought; it says who and what.
    """
    if number is None:
        number = next((one.batch for one in importing.imports() if one.standing), None)
    if number is None:
        raise NotFound("there is no import to take back")
    undone = importing.undo_import(board.actor, number, now=board.now)
    talk(f"import {number} is undone, {counted(undone.entries, 'entry', 'entries')}")


# --- exporting ----------------------------------------------------------------------------------------------


@click.group(cls=InOrder)
def export() -> None:
    """Write what is on the board to a file, for other programs and to be brought in again."""


@export.command("deals", cls=WithFilter)
@filter_text
@click.option(
    "--format",
    "kind",
    type=click.Choice(exporting.FORMATS),
    default="csv",
    show_default=True,
    help="For spreadsheets, or for programs.",
)
@click.option("--out", type=OwnFile(), metavar="FILE", help="A new file; standard output if left out.")
@on_board
def export_deals(board: Board, filter_text: tuple[str, ...], kind: Any, out: Path | None) -> None:
    """Write deals with all their facts, archived ones too.

    FILTER is the same as on the board; without one, all deals are written. Imported again, nothing changes.
    """
    wanted = board.filtered(filter_text)
    ids = listing.matching_deals(wanted.conditions()) if wanted else None
    if out is None:
        with _stdout() as stream:
            written = exporting.export_deals(ids, format=kind, out=stream)
    else:
        with paths.in_the_making(out) as partial, open(partial, "w", encoding="utf-8", newline="") as file:
            written = exporting.export_deals(ids, format=kind, out=file)
    talk(f"{counted(written, 'deal')}{f' in {out}' if out else ''}")


@contextmanager
def _stdout() -> Iterator[TextIO]:
    """Standard output as a file, in UTF-8 with line feeds; on a terminal, safe to be looked at."""
    if sys.stdout.isatty():
        yield cast(TextIO, _Screen())
        return
    stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
    try:
        yield stream
    finally:
        stream.detach()


class _Screen:
    """What csv and json write to when a person looks."""

    def write(self, text: str) -> None:
        click.echo(visible(text, multiline=True), nl=False)
