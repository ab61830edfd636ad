"""How it looks: a few pictures, hostile text on every screen, no colour, few colours, all themes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from salesboard.domain import accounts, people, pipeline
from salesboard.storage import ledger
from salesboard.storage.models import Account, Contact, Deal, Note, Person, Team
from tests.hostile import must_be_harmless
from tests.stories import NOW, TODAY, add_account, add_deal, add_person, add_product, add_team, column, owner
from tests.terminal import SALESBOARD, Terminal, clean_environment
from tests.ui.driver import MONDAY, BoardDriver

CHECKOUT = str(Path(__file__).parents[2])
THEMES = ("night", "paper", "contrast", "clear-sight", "sixteen")
Start = Callable[..., Terminal]


def a_small_company() -> None:
    """Two people, and deals of every kind: late, quiet, estimated, without a value, won, advocating."""
    add_team("West")
    mia = add_person("Mia Berg", team="West")
    people.join_team(owner(), owner().id or 0, people.find_team("West"), now=NOW)
    pro = add_product("GTX Pro", "4,821")
    add_deal("Hofer", title="Renewal", next_step="call Karl", next_step_on=TODAY + timedelta(days=5))
    add_deal("Müller & Söhne", "12.5k", next_step="send proposal", next_step_on=TODAY - timedelta(days=3))
    add_deal("Kestrel", "3,400", by=mia, stage="prospect", now=NOW - timedelta(days=40))
    add_deal("Blue Heron", stage="prospect", lines=[pipeline.Line(pro, 2)])
    add_deal("Northwind", "64k", stage="opportunity", next_step="sign", next_step_on=MONDAY)
    for account, value, days in (("Orchard", "30k", 4), ("São Paulo Trading", "1.25m", 20)):
        deal = add_deal(account, value, stage="opportunity", opened_on=TODAY - timedelta(days=60))
        pipeline.win_deal(owner(), deal, now=NOW, won_on=TODAY - timedelta(days=days))
    pipeline.move_deal(owner(), deal, pipeline.Stage.get(kind="advocate").id, now=NOW)
    pipeline.add_note(
        owner(), column("target")[1], "They liked the demo.\nBudget is settled in May.", now=NOW
    )


# --- pictures -------------------------------------------------------------------------------------------


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """What the screen looked like when the picture was taken: `pytest --snapshot-update` takes new ones."""
    return snapshot.use_extension(SVGImageExtension)


async def test_a_board(board: BoardDriver, picture: SnapshotAssertion) -> None:
    a_small_company()
    async with board.opened((132, 24), theme="night") as see:
        await see.press("j")
        assert see.picture == picture


async def test_a_narrow_board_in_sixteen_colours(board: BoardDriver, picture: SnapshotAssertion) -> None:
    a_small_company()
    async with board.opened((80, 24), theme="sixteen") as see:
        await see.press("2", "L", "escape")
        assert see.picture == picture


async def test_an_empty_board(board: BoardDriver, picture: SnapshotAssertion) -> None:
    async with board.opened((80, 16), theme="night") as see:
        assert see.picture == picture


async def test_the_page_of_a_deal(board: BoardDriver, picture: SnapshotAssertion) -> None:
    a_small_company()
    async with board.opened((120, 32), theme="paper") as see:
        await see.press("j", "enter")
        assert see.picture == picture


async def test_a_form(board: BoardDriver, picture: SnapshotAssertion) -> None:
    a_small_company()
    async with board.opened((80, 24), theme="night") as see:
        await see.press("3", "w", "tab", "x")
        assert see.picture == picture


# --- sizes ----------------------------------------------------------------------------------------------


async def test_any_screen_lives_through_any_size(board: BoardDriver) -> None:
    a_small_company()
    async with board.opened((80, 24)) as see:
        for key in ("enter", "e", "question_mark", "colon", "i"):
            await see.press(key)
            before = see.text
            for size in ((20, 5), (1, 1), (100, 16), (80, 24)):
                await see.resize(*size)
                assert len(see.lines) == size[1]
            assert see.text == before, key
            if key != "i":
                await see.press("escape")
                assert see.screen == "board"


# --- hostile text ---------------------------------------------------------------------------------------

MARKUP = ["[/bold]", "[@click=app.quit]leave[/]", "[red]A", "a\\[b]", "[50%] won", "$foreground"]
CONTROLS = [
    "\x1b[31mred",
    "\x1b]0;pwned\x07",
    "\x1b[2J",
    "\x9b31m",
    "a\rb\x08c",
    "tab\there",
    "line\nbreak",
    "\u202eevil",
]
LETTERS = ["漢字会社株式", "שלום עולם", "👨‍👩‍👧‍👦 Family", "é́́ marks", "❤️ heart", "Ünïted"]
WORDS = MARKUP + CONTROLS + LETTERS


SIZE = (112, 24)


def smuggle(row: Any, **values: Any) -> None:
    """Write what the domain would have cleaned, as another program or an older version might have."""
    with ledger.entry(owner(), "edited", now=NOW) as entry:
        entry.update(row, **values)


def hostile_company(words: list[str]) -> None:
    """Hostile text in all that a screen shows of a deal, each second one without an account."""
    team, mia = add_team("West"), add_person("Mia Berg", team="West")
    for place, word in enumerate(words):
        account = add_account(f"Account {place}")
        karl = accounts.add_contact(
            owner(), account, f"Karl {place}", title="x", email=f"k{place}@x.example", now=NOW
        )
        deal = Deal.get_by_id(
            add_deal(None if place % 2 else f"Account {place}", "5k", title=f"Title {place}")
        )
        smuggle(deal, title=word, next_step=word, next_step_on=TODAY + timedelta(days=4), source=word)
        note = Note.get_by_id(pipeline.add_note(owner(), deal.id, "x", now=NOW))
        smuggle(note, text="\n".join(words))
        smuggle(Deal.get_by_id(deal.id), reason=" ".join(words))
        smuggle(Account.get_by_id(account), name=word)
        smuggle(Contact.get_by_id(karl), name=word, title=word)
    people.join_team(owner(), owner().id or 0, team, now=NOW)
    smuggle(Team.get_by_id(team), name=words[0])
    smuggle(Person.get_by_id(mia.id), name=words[-1])


@pytest.mark.parametrize("words", [MARKUP, CONTROLS, LETTERS], ids=["markup", "controls", "letters"])
async def test_hostile_text_is_shown_as_text_on_every_screen(board: BoardDriver, words: list[str]) -> None:
    hostile_company(words)
    async with board.opened(SIZE) as see:
        must_be_harmless(see)
        for keys in (["i"], ["e"], ["escape"], ["w"], ["escape"], ["i", "x"], ["escape"], ["question_mark"]):
            await see.press(*keys)
            must_be_harmless(see)
        await see.press("escape")
        for place in range(2):
            await see.press_quickly("home", *("j",) * place, "enter")
            must_be_harmless(see)
            assert see.screen == "deal"
            for word in words if words is MARKUP else ():
                assert see.page.count(word) >= 2, word
            await see.press("escape")
        await see.press("n")
        await see.type("[bold] 12k")
        must_be_harmless(see)
        assert "“[bold]” · $12,000.00" in see.form.says("line")
        await see.press("enter", "L")
        assert see.card == "[bold]"
        assert see.footer.startswith("[bold] moved to Prospect")


async def test_hostile_text_in_a_filter_is_shown_as_text(board: BoardDriver) -> None:
    add_deal("[/bold] & Sons")
    async with board.opened() as see:
        await see.press("/")
        await see.type("[/bold]")
        assert see.column("Target").titles == ["[/bold] & Sons"]
        assert "[/bold]" in see.header
        await see.type(" owner:[@click=app.quit]")
        assert "there is no person '[@click=app.quit]'" in see.header
        must_be_harmless(see)


def started(start: Start, file: Path, *, columns: int = 80, rows: int = 24, **changes: str) -> Terminal:
    """The program on a board, in a terminal of its own, on behalf of its owner."""
    environment = clean_environment(**changes)
    return start(
        [*SALESBOARD, "--database", str(file), "--today", f"{MONDAY}", "--as", "ada", "board"],
        columns=columns,
        rows=rows,
        environment={name: value for name, value in environment.items() if value},
        cwd=CHECKOUT,
    )


def test_hostile_text_moves_no_column_and_sends_nothing_to_the_terminal(
    board: BoardDriver, terminal: Start
) -> None:
    hostile_company(WORDS)
    for number in range(12):
        add_deal(title=f"Zebra {number}", stage="prospect")
    with started(terminal, Path(board.target), columns=140, rows=72) as screen:
        screen.wait_for("Zebra 0")
        screen.wait_until_quiet()
        rows = [row for row, line in enumerate(screen.lines()) if "Zebra" in line]
        assert len(rows) == 12
        starts = {next(x for x in range(140) if screen.cell(x, row).data == "Z") for row in rows}
        assert len(starts) == 1, screen.text()
        screen.keys("\r")
        screen.wait_for("Way through the stages")
        screen.wait_until_quiet()
        border = {x for x in range(140) if screen.cell(x, 5).data == "▏"}
        assert len(border) == 1
        (edge,) = border
        assert all(screen.cell(edge, row).data == "▏" for row in range(3, 70)), screen.text()
        sent = screen.bytes_since().decode()
        for control in ("\x1b]0;", "\x9b", "\x1b[31mred", "\x08", "\u202e"):
            assert control not in sent, repr(control)
        assert "\x1b[?1049h" in sent, "the control: the program's own sequences would be seen"
        screen.keys("\x1b")
        screen.wait_for("Zebra 0")
        screen.keys("q", "q")
        assert screen.wait_for_exit() == 0


# --- colours --------------------------------------------------------------------------------------------


async def test_every_theme_shows_the_same_text(board: BoardDriver) -> None:
    a_small_company()
    shown = {}
    for theme in THEMES:
        async with board.opened((80, 20), theme=theme) as see:
            assert see.app.theme == theme
            shown[theme] = [see.text]
            for key in ("w", "escape", "enter"):
                await see.press(key)
                shown[theme].append(see.text)
    assert all(texts == shown["night"] for texts in shown.values())


async def test_a_theme_is_chosen_in_the_palette_and_remembered(board: BoardDriver) -> None:
    async with board.opened() as see:
        await see.press("colon")
        await see.type("theme")
        await see.press("enter")
        await see.until(lambda: "Search for themes" in see.text)
        await see.type("paper")
        await see.press("enter")
        await see.until(lambda: see.app.theme == "paper")
    async with board.opened() as see:
        assert see.app.theme == "paper"


async def test_every_sign_is_a_shape_or_a_word(board: BoardDriver) -> None:
    """What asks for attention can be told from what does not in a picture without any colour."""
    a_small_company()
    async with board.opened() as see:
        text = see.text
        assert "! 4 d late · send p" in text
        assert "▌" in text
        assert "━━━" in text, "the column with the cursor has a heavy rule"
        assert "• today · sign" in text
        assert "~9.6k" in text
        assert "! 41 d quiet (21)" in text
        assert "✓" in text and "★" in text


COLOURED = {"NO_COLOR": {"NO_COLOR": "1"}, "sixteen": {"COLORTERM": "", "TERM": "xterm"}, "many": {}}


@pytest.mark.parametrize("kind", COLOURED)
def test_the_same_can_be_read_without_colour_and_with_sixteen(
    board: BoardDriver, terminal: Start, kind: str
) -> None:
    a_small_company()
    with started(terminal, Path(board.target), columns=132, **COLOURED[kind]) as screen:
        screen.wait_for("Northwind")
        screen.wait_until_quiet()
        for told in ("▌! 4 d late", "• today · sign", "✓ won 18 Nov", "? keys"):
            assert told in screen.text(), told
        sent = screen.bytes_since()
        colours = {screen.cell(x, y).fg for x in range(132) for y in range(24)} - {"default"}
        if kind == "NO_COLOR":
            assert all(colour[0:2] == colour[2:4] == colour[4:6] for colour in colours), colours
        elif kind == "sixteen":
            assert b"38;2;" not in sent and b"38;5;" not in sent
        else:
            assert b"38;2;" in sent, "the control: colours would be seen"
            assert any(colour[0:2] != colour[2:4] for colour in colours)
        before = screen.text()
        screen.keys("j")
        screen.wait_for(lambda shown: shown.text() != before)
        assert screen.text().count("▌") == 2
