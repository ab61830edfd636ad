"""Hostile text, a board full of it, and the eyes that see where it gets out.

    python -m tests.hostile --rounds 130

Each round writes another of the texts into every free field of every row of a board on which everything has
happened, and looks at all screens, forms, commands and files. After as many rounds as there are texts, every
field has held every text.
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import BytesIO, TextIOWrapper
from itertools import count
from pathlib import Path

from rich.cells import cell_len

from salesboard import config
from salesboard.cli import run
from salesboard.errors import SalesboardError
from salesboard.storage import ledger
from salesboard.storage import models as tables
from salesboard.storage.database import create_database, current, session
from salesboard.storage.ledger import PROGRAM
from salesboard.storage.models import DOMAIN
from salesboard.ui import going
from tests import acts, doors
from tests.acts import ON_DEALS, ON_NOBODYS, Office
from tests.stories import NOW, TODAY
from tests.ui.driver import BoardDriver, Seen
from tests.ui.small_apps import HOSTILE as SEQUENCES

MARKUP = [
    *(
        "[/bold]",
        "[/]",
        "[=x",
        "[bold]Acme",
        "[red]A",
        "a\\[b]",
        "[50%] won",
        "[x] done",
        "[$var]",
        "$foreground",
    ),
    *(
        "[@click=app.quit]leave[/]",
        "[@click=app.simulate_key('D')]Acme[/]",
        "[@click=app.bell]x",
        "a[/]b",
        "a[/b]c",
    ),
    *(
        "[link=file:///etc/passwd]x[/link]",
        "[on red blink]x",
        "[[[[",
        "]]]]",
        "[/link][/@click]",
        "\\",
        "a\\",
    ),
    "[@click=app.screenshot('x.svg','/tmp')]x[/]",
    "{variable}",
    "%s%n%d",
    "[not closed",
    ":skull:",
]
DATA = [
    "'; DROP TABLE deal; --",
    '" OR 1=1 --',
    "Robert'); DELETE FROM entry;--",
    "%_\\%",
    "a\x00b",
    "x'||'y",
    *(
        "=1+1",
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1",
        "＝1",
        " =cmd|'/C calc'!A0",
        '"quoted"',
        "a,b;c\td",
    ),
    *(
        "$(touch x)",
        "`touch x`",
        "; touch x",
        "../../etc/passwd",
        "-rf",
        "--help",
        "%2e%2e",
        "\\x1b[31m",
        "&amp;<b>",
    ),
    *(
        "BEGIN:VEVENT",
        "END:VCALENDAR\r\nBEGIN:VCALENDAR",
        "a\\,b\\;c\\n",
        "SUMMARY:x",
        "null",
        "NaN",
        "1e999",
    ),
]
LETTERS = [
    *(
        "漢字会社株式",
        "שלום עולם",
        "مرحبا",
        "👨‍👩‍👧‍👦 Family",
        "é́́ marks",
        "❤️ heart",
        "Ünïted",
        "🇦🇹🇩🇪",
        "e" + "\u0301" * 60,
    ),
    *(
        "\u202eevil",
        "a\u2066b\u2069c",
        "\u200b\u200c\u200d\u2060",
        "\ufeffBOM",
        "\U000e0041tag\U000e007f",
        "\u3164",
    ),
    *(
        "\ufff9a\ufffab\ufffb",
        "\uffff",
        "ﷺ" * 20,
        "🏽🏽🏽",
        "1\ufe0f\u20e3",
        "\ue000 private",
        "W" * 300,
        "漢" * 200,
        "  ",
        "x\n" * 40,
    ),
]
TEXTS = list(dict.fromkeys([*SEQUENCES, *MARKUP, *DATA, *LETTERS]))
"""All of them; a database on PostgreSQL would refuse those with NUL."""

DANGEROUS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]")
IN_FILES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]")
"""What no line of an answer or a file holds; lines end, and cells are set apart."""

FREE: dict[str, Sequence[str]] = {
    "Company": ("name",),
    "Person": ("name",),
    "Team": ("name",),
    "Account": ("name", "sector", "location", "website"),
    "Contact": ("name", "title", "email", "phone"),
    "Product": ("name", "series"),
    "Stage": ("name",),
    "Deal": ("title", "reason", "next_step", "source"),
    "Note": ("text",),
    "Goal": ("name", "relevance"),
    "GoalVersion": ("reason", "rationale"),
    "Milestone": ("label", "reward"),
    "Acknowledgement": ("question",),
    "Proposal": ("words",),
    "Review": ("reason",),
    "Clause": ("party", "agreement", "section"),
    "Profile": ("territory", "strengths"),
    "FirstDate": ("place", "attendees", "story"),
    "Thanks": ("words",),
    "Kudos": ("words",),
    "Assessment": ("worked", "failed", "next"),
    "Waiver": ("reason",),
    "Season": ("name", "place"),
    "Category": ("name", "description"),
    "Criterion": ("name",),
    "Voice": ("reason",),
    "Evidence": ("words", "cleared_why"),
    "Screening": ("words",),
    "Judge": ("abstained",),
    "Award": ("reason",),
    "Slot": ("citation",),
    "HallNote": ("text",),
}
"""The fields into which people write what they like; what is counted with or looked up stays as it is."""
TAKES_AWAY = {
    "notices.dismiss",
    "notices.snooze",
    *(
        "history.undo",
        "history.redo",
        "relations.withdraw_thanks",
        "lint.end_waiver",
        "pipeline.archive_deal",
    ),
    "awards.categories.remove_category",
    "awards.nominations.drop_draft",
    "awards.deciding.unseal",
    "people.leave_team",
    "access.revoke_key",
    "awards.judging.abstain",
    "goals.retire_goal",
}


# --- a board on which everything has happened ---------------------------------------------------------------


def a_full_board() -> Office:
    """Everything that can be done has been done once, by the owner or an admin."""
    office = acts.an_office(current())
    admin = office.actors["admin"]
    for function, (_, act) in ON_DEALS.items():
        if function not in TAKES_AWAY:
            with suppress(SalesboardError):
                act(office, admin, office.people["admin", "same team"])
    for function, (_, act) in ON_NOBODYS.items():
        if function not in TAKES_AWAY:
            with suppress(SalesboardError):
                act(office, admin)
    return office


def poison(shift: int) -> int:
    """Write hostile text into every free field of every row, as another program might have; how many."""
    texts = count(shift)
    written = 0
    with ledger.entry(PROGRAM, "edited", now=NOW) as entry:
        for model in DOMAIN:
            for row in list(model.select()):
                values = {name: TEXTS[next(texts) % len(TEXTS)] for name in FREE.get(model.__name__, ())}
                if values:
                    entry.update(row, **values)
                    written += len(values)
    for notice in list(tables.Notice.select()):
        notice.text = TEXTS[next(texts) % len(TEXTS)]
        notice.save()
        written += 1
    return written


# --- where it might get out ---------------------------------------------------------------------------------


def must_be_harmless(see: Seen, where: str = "") -> None:
    """Nothing on the screen is a control, a link, or wider than its line."""
    for line in see.lines:
        assert not DANGEROUS.search(line), f"{where}: {line!r}"
        assert cell_len(line) == see.app.size.width, f"{where}: {line!r}"
    assert not any("@click" in meta for meta in see.metas), where


ON_EACH = ("enter", "question_mark")


async def look_everywhere(driver: BoardDriver, office: Office, keys_on_each: Sequence[str] = ON_EACH) -> int:
    """All screens with their pages and some forms, the palette, toasts; how many were looked at."""
    seen = 0
    async with driver.opened((118, 36), who=office.actors["admin"]) as see:

        def looked(where: str) -> None:
            nonlocal seen
            must_be_harmless(see, where)
            assert not see.has_left, where
            seen += 1

        looked("board")
        for keys in (("i",), ("e",), ("ctrl+o", "escape"), ("w",), ("escape",), ("a",), ("escape",), ("b",)):
            await see.press(*keys)
            looked(f"board, {keys}")
        await see.press("escape")
        for text in TEXTS[:: max(1, len(TEXTS) // 8)]:
            see.app.notify(text, title=text)
            see.board.say(text)
        await see.settled()
        looked("toasts")
        see.app.clear_notifications()
        for place in going.SCREENS:
            see.app.run_worker(going.to(see.app, place))
            await see.settled()
            looked(place)
            for key in keys_on_each:
                await see.press(key)
                looked(f"{place}, {key}")
                if key == "question_mark":
                    await see.press("escape")
        see.app.run_worker(going.to(see.app, "board"))
        await see.settled()
        for subject in subjects(office):
            going.to_subject(see.app, see.board, subject)
            await see.settled()
            looked(subject)
            await see.press("escape")
        await see.press("colon")
        await see.type("deal [/]")
        looked("palette")
    see.has_ended()
    return seen


def subjects(office: Office) -> Iterator[str]:
    """One of each kind of page."""
    actor = office.actors["lead"].id
    yield f"deal:{office.open[actor]}"
    yield f"goal:{office.goals[actor]}"
    yield f"account:{office.account}"


def reading_commands(office: Office) -> Iterator[list[str]]:
    """Every command that reads, as text and as JSON where it can, and every file that is written."""
    deal, goal = str(office.open[office.actors["lead"].id]), str(office.goals[office.actors["lead"].id])
    seasons = [str(acts.season_of(one)) for one in (office.judged, office.decided, office.sealed)]
    with_json = [
        ["deals", "list"],
        ["deals", "show", deal],
        ["goals", "list", "--all"],
        ["goals", "show", goal],
        ["goals", "statement"],
        ["goals", "lint"],
        ["goals", "forecast"],
        ["goals", "roadmap"],
        ["report"],
        ["report", "--by", "person"],
        ["report", "--by", "account"],
        ["records"],
        ["growth"],
        ["records", "show", "revenue", "day"],
        ["anniversaries", "--days", "400"],
        ["thanks", "owed"],
        *(
            ["kudos", "feed"],
            ["kudos", "owed"],
            ["accounts", "list"],
            ["accounts", "show", str(office.account)],
        ),
        *(
            ["products", "list"],
            ["since", "2026-01-01"],
            ["history"],
            ["inbox", "--all"],
            ["company", "show"],
        ),
        ["people", "list"],
        ["teams", "list"],
        ["stages", "list"],
        ["import list"],
        ["awards", "mine"],
        *(
            ["awards", verb, "--season", one]
            for one in seasons
            for verb in ("queue", "programme", "decisions")
        ),
        *(["awards", "season", "show", one] for one in seasons),
        ["awards", "hall"],
        ["verify"],
    ]
    for words in with_json:
        words = words[0].split() if len(words) == 1 else words
        yield words
        yield [*words, "--json"]
    yield from (["digest"], ["export", "deals", "--format", "csv"], ["export", "deals", "--format", "json"])
    yield from (["anniversaries", "--days", "400", "--ics"], ["awards", "ics", "--season", seasons[0]])
    # What is refused says again what was typed, or what is called so.
    for text in TEXTS[::6]:
        yield ["deals", "show", text]
        yield ["deals", "list", "--", f"owner:{text}"]
        yield ["accounts", "show", text]


def answer(words: Sequence[str], target: str) -> tuple[int, str]:
    """What a command says, on stdout and stderr alike, and its exit code."""
    raw = BytesIO()
    said = TextIOWrapper(raw, "utf-8", newline="", write_through=True)
    settings = config.Settings(target, today=TODAY, as_handle="ada")
    with redirect_stdout(said), redirect_stderr(said):
        code = run(lambda: doors._run(list(words), settings))
    said.flush()
    return code, raw.getvalue().decode()


def ask_everything(office: Office, target: str, *, every: int = 1) -> int:
    """All commands that read, or some of them; how many answers were looked at."""
    seen = 0
    for words in list(reading_commands(office))[::every]:
        code, said = answer(words, target)
        assert code in (0, 1, 2), (words, code, said)
        found = IN_FILES.search(said)
        assert not found, (words, said[max(0, found.start() - 60) : found.end() + 60])
        seen += 1
    return seen


# --- as a command -------------------------------------------------------------------------------------------


def main() -> int:
    """Play so many rounds and print what was looked at; the first leak ends it with a traceback."""
    asked = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    asked.add_argument("--rounds", type=int, default=len(TEXTS))
    asked.add_argument("--without-screens", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(SALESBOARD_HOME=name, HOME=name)
        target = str(Path(name) / "board.db")
        create_database(target)
        with session():
            office = a_full_board()
            written = screens = answers = 0
            for number in range(options.rounds):
                written += poison(number)
                answers += ask_everything(office, target)
                if not options.without_screens:
                    screens += asyncio.run(look_everywhere(BoardDriver(target), office))
    print(
        f"{len(TEXTS)} texts, {options.rounds} rounds: {written:,} fields written, {screens:,} screens and "
        f"{answers:,} answers looked at, no control, no link, no crash"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
