"""Files that were damaged at random: each is imported as a whole, or refused in words and nothing is done.

    python -m tests.fuzz --files 20000 [--first 0] [--processes 2]

Every file has its number, which makes it: `--first N --files 1` is the same one again. What is refused has
the line it stands in and the reason; of a file that is refused nothing stays, and of one that is imported
nothing is left out.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from salesboard import importing
from salesboard.domain import text
from salesboard.errors import SalesboardError
from salesboard.importing import Options, Plan, Report
from salesboard.storage.database import create_database, session
from salesboard.storage.models import DOMAIN, Deal, DealLine, LedgerEntry, Stay
from tests import stories
from tests.importing.bringing import File
from tests.stories import NOW, faults

AT_ONCE = 50
"""So many files are tried on one board, one after the other."""
ZONES = ("UTC", "America/New_York", "Pacific/Auckland")

SEEDS: tuple[str, ...] = (
    "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    "1C1I7A6R,Ada Marsh,GTX Plus Basic,Cancity,Won,2016-10-20,2017-03-01,1054\n"
    "Z063OYW0,Ada Marsh,GTXPro,Isdom,Lost,2016-10-25,2017-03-11,0\n"
    "EC4QE1BX,Ada Marsh,MG Special,,Engaging,2016-10-25,,\n"
    "EC4QE1BY,Ada Marsh,MG Special,,Prospecting,,,\n",
    "Deal - ID;Deal - Title;Deal - Owner;Deal - Value;Deal - Currency of Value;Deal - Organization;"
    "Deal - Stage;Deal - Status;Deal - Deal created;Deal - Won time;Deal - Lost time;Deal - Lost reason\r\n"
    '1;"Big ""deal""";Ada Marsh;1.234,50;USD;Hofer;Demo;Open;31.12.2025;;;\r\n'
    "2;Small;Ada Marsh;5;USD;Acme;Demo;Won;30.11.2025;01.12.2025 10:15;;\r\n"
    '3;"Line\r\nbreak";Ada Marsh;TBD;USD;Acme;Demo;Lost;29.11.2025;;02.12.2025;Price\r\n',
    '"Record ID","Deal Name","Deal Stage","Create Date","Close Date","Deal owner","Amount",'
    '"Date entered ""Demo (Sales Pipeline)""","Date entered ""Closed Won"""\n'
    '"1","A","closedwon","2026-01-01 09:00","2026-02-01 12:00","Ada Marsh","15000.00","2026-01-05 10:00",'
    '"2026-02-01 12:00"\n'
    '"2","B","qualifiedtobuy","2026-01-01 09:00","2026-12-31 12:00","","","2026-01-05 10:00",""\n',
    '"Opportunity Owner","Account Name","Opportunity Name","Stage","Amount","Close Date","Created Date"\n'
    '"Ada Marsh","Hofer","Renewal","Proposal/Price Quote","$1,234.00","3/31/2026","1/5/2026"\n'
    '"Ada Marsh","Acme","New","Closed Lost","","3/5/2026","1/6/2026"\n'
    '"Grand Totals (2 records)","","","","$1,234.00","",""\n\n"Report"\n"Copyright (c) 2000-2026 x"\n',
    "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
    "Acme Corporation,technolgy,1996,1100.04,2822,United States,\n"
    "Bluth Company,technolgy,1993,1242.32,3027,United States,Acme Corporation\n",
    "sales_agent,manager,regional_office\n"
    "Anna Snelling,Dustin Brinkmann,Central\nZane Levy,Summer Sewald,West\n",
    "product,series,sales_price\nGTX Basic,GTX,550\nGTK 500,GTK,26768\n",
    "salesboard id,as of entry,external,account,contact,title,product,quantity,line amount,owner,stage,"
    "status,value,estimated,currency,opened_on,closed_on,reason,archived,place,entered Target,"
    "entered Opportunity,entered Client\n"
    '0123456789ab:17,9:0123456789ab,,\'=Acme,Jo,\'-x,"Desk\nLamp","2\n1","200.00\n",Ada Marsh,Client,won,'
    "205.00,false,USD,2026-01-01,2026-03-01,,false,-1048576,2026-01-01,lost 2026-02-01; 2026-02-03T10:00:00Z,"
    "2026-03-01\n",
)
HOSTILE = (
    '"',
    '""',
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\0",
    "'",
    "=",
    "-",
    "\ufeff",
    "\u202e",
    "\ud7ff",
    "\uffff",
    "e\u0301" * 9,
    "(5)",
    "1e999",
    "NaN",
    "9" * 30,
    "1,2,3.4",
    "٣",
    "99999-01-01",
    "0000-00-00",
    "29.02.2025",
    "3/4/5",
    "46112",
    "x" * 201,
    "0:0:0",
    "true",
    "Won",
    "Lost",
    "Client",
    "salesboard id",
    "entered Client",
    "Id",
    "Amount",
    "a" * 140_000,
    "'" * 5 + "=",
    "2026-01-01T25:00:00Z",
    "2026-01-01T10:00:00+99:99",
    "0001-01-01T00:00:00Z",
    "9999-12-31",
    "%s",
    "{}",
    "[/bold]",
    "\x1b[2J",
    "None",
    "Hofer",
    "Acme",
    "2016-10-20",
    "2026-02-02",
    "2027-12-31",
    "999999999",
    "123.45",
    "Ada Marsh",
    "Nobody",
)


def damaged(content: str, chance: random.Random) -> bytes:
    """A file with some cells, rows, columns, characters or bytes replaced, doubled, moved or lost."""
    mutations: list[Callable[[str], str]] = [
        lambda file: _spliced(file, chance, chance.choice(HOSTILE)),
        lambda file: _spliced(file, chance, "", chance.randrange(1, 30)),
        lambda file: _lines(file, chance, lambda lines, at: lines.insert(at, chance.choice(lines))),
        lambda file: _lines(file, chance, lambda lines, at: lines.pop(at)),
        lambda file: _lines(file, chance, lambda lines, at: lines.insert(0, lines.pop(at))),
        lambda file: _cells(file, chance, lambda cells, at: cells.__setitem__(at, chance.choice(HOSTILE))),
        lambda file: _cells(file, chance, lambda cells, at: cells.insert(at, chance.choice(cells))),
        lambda file: _cells(file, chance, lambda cells, at: cells.pop(at)),
        lambda file: file.replace(",", chance.choice(";\t|,")),
        lambda file: file.replace("\n", chance.choice(["\r\n", "\r", "\n\n"])),
        lambda file: file.swapcase(),
    ]
    for _ in range(chance.randrange(1, 4)):
        content = chance.choice(mutations)(content)
    raw = content.encode(
        chance.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "cp1252", "utf-16-le"]), "replace"
    )
    if chance.random() < 0.2 and raw:
        at = chance.randrange(len(raw))
        raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.randrange(2) :]
    return raw[: chance.randrange(len(raw) + 1)] if chance.random() < 0.1 else raw


def _spliced(file: str, chance: random.Random, new: str, lost: int = 0) -> str:
    at = chance.randrange(len(file) + 1)
    return file[:at] + new + file[at + lost :]


def _lines(file: str, chance: random.Random, change: Callable[[list[str], int], object]) -> str:
    lines = file.splitlines(keepends=True) or [""]
    change(lines, chance.randrange(len(lines)))
    return "".join(lines)


def _cells(file: str, chance: random.Random, change: Callable[[list[str], int], object]) -> str:
    delimiter = ";" if ";" in file.partition("\n")[0] else ","
    lines = file.split("\n")
    place = chance.randrange(len(lines))
    cells = lines[place].split(delimiter)
    change(cells, chance.randrange(len(cells)))
    lines[place] = delimiter.join(cells)
    return "\n".join(lines)


def counts() -> dict[str, int]:
    return {model.__name__: model.select().count() for model in DOMAIN}


def try_one(seed: int) -> str:
    """Import a damaged file, half of the time after the whole one; says how it ended."""
    chance = random.Random(seed)
    names = chance.sample(range(len(SEEDS)), chance.choice([1, 1, 1, 2]))
    files = [File(f"file{name}.csv", damaged(SEEDS[name], chance)) for name in names]
    options = Options(chance.random() < 0.5, chance.random() < 0.7, chance.random() < 0.3)
    style = chance.choice([None, None, "day-first"])
    me = stories.owner()
    whole = None
    if chance.random() < 0.5:
        whole = bring([File(f"file{name}.csv", SEEDS[name]) for name in names], Options(True, True, True))
    ended = try_damaged(files, options, style)
    if whole is not None and whole.batch is not None:
        importing.undo_import(me, whole.batch, now=NOW)
    return ended


def bring(files: list[File], options: Options, style: str | None = None) -> Report:
    me = stories.owner()
    plan = importing.plan(importing.read_files(files, date_style=style), actor=me, now=NOW, options=options)
    must_say_why(plan)
    return importing.apply(plan, actor=me, now=NOW)


def must_say_why(plan: Plan) -> None:
    """Every row that is refused has its line and the reason, in words that can be printed."""
    for refusal in plan.all_refused:
        assert refusal.line >= 1 and refusal.reason.strip(), refusal
        assert str(refusal) == text.visible(str(refusal)), refusal


def try_damaged(files: list[File], options: Options, style: str | None) -> str:
    me = stories.owner()
    before = (LedgerEntry.select().count(), counts())
    try:
        report = bring(files, options, style)
    except SalesboardError as refused:
        assert str(refused) == text.visible(str(refused)), "it can be printed"
        assert (LedgerEntry.select().count(), counts()) == before
        return "refused"
    if report.batch is None:
        assert (LedgerEntry.select().count(), counts()) == before
        return "nothing"
    new = report.plan.counts
    assert Deal.select().count() - before[1]["Deal"] == new["deals"].new
    for deal in Deal.select():
        stays = list(Stay.select().where(Stay.deal == deal.id).order_by(Stay.entered_at, Stay.id))
        assert [(stay.stage, stay.status) for stay in stays if stay.left_at is None] == [
            (deal.stage, deal.status)
        ]
        assert sorted(stay.left_at for stay in stays if stay.left_at) == [
            stay.entered_at for stay in stays[1:]
        ]
        assert (deal.closed_on is None) == (deal.status == "open")
        assert all(line.product_id for line in DealLine.select().where(DealLine.deal == deal.id))
    importing.undo_import(me, report.batch, now=NOW)
    assert counts() == before[1]
    return "imported"


def try_share(first: int, files: int) -> Counter[str]:
    """Try some files on boards of their own, a new one for each fifty; how they ended."""
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(SALESBOARD_HOME=name, HOME=name)
        for number in range(first, first + files, AT_ONCE):
            target = Path(name) / f"{number}.db"
            opened = create_database(target)
            with session():
                stories.set_up(zone=ZONES[number // AT_ONCE % len(ZONES)])
                for seed in range(number, min(number + AT_ONCE, first + files)):
                    try:
                        ended[try_one(seed)] += 1
                    except Exception as error:
                        raise AssertionError(f"file {seed}: {error!r}") from error
                assert not faults(), f"files from {number} on"
            opened.close()
            target.unlink()
    return ended


def shares(first: int, files: int) -> Iterator[tuple[int, int]]:
    """Pieces of work: first file, and how many."""
    for number in range(first, first + files, AT_ONCE * 4):
        yield number, min(AT_ONCE * 4, first + files - number)


def main() -> int:
    """Try so many files; the first that is neither imported nor refused in words ends it with a traceback."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--files", type=int, default=20_000)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--processes", type=int, default=2)
    options = asked.parse_args()
    began = time.monotonic()
    ended: Counter[str] = Counter()
    with ProcessPoolExecutor(options.processes) as pool:
        for share in pool.map(try_share, *zip(*shares(options.first, options.files), strict=True)):
            ended += share
            if ended.total() % 2000 == 0:
                print(f"{ended.total():,} files so far", file=sys.stderr)
    told = ", ".join(f"{number:,} {how}" for how, number in ended.most_common())
    took = time.monotonic() - began
    print(f"{ended.total():,} files in {took:.0f} s: {told}; no traceback, nothing half done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
