"""The night: one calm page at a time, the same for everybody who is attached; the host turns it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from salesboard.domain.awards import night
from salesboard.domain.awards.night import Page
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Actor
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import wrapped
from salesboard.ui.screens.reading import LATEST, ReadScreen
from salesboard.ui.widgets.big import big
from salesboard.ui.widgets.lines import OneLine, Part, named_keys
from salesboard.ui.widgets.sheet import Line, Sheet

FRAMES, FRAME = 8, 0.06
"""A name appears in so many steps of so many seconds each."""
WIDEST = 76
"""Cells of a line of text that is read aloud."""
ENVELOPE = (
    "┌──────────────────────────┐",
    "│ \\                      / │",
    "│   \\                  /   │",
    "│     \\______________/     │",
    "│            ●             │",
    "│                          │",
    "└──────────────────────────┘",
)


def read(actor: Actor, today: date) -> Page | None:
    """Read the page that everybody looks at; runs at the desk."""
    season = night.tonight(today)
    return night.page(actor, season, today=today) if season is not None else None


class NightScreen(ReadScreen[Page | None]):
    """The whole screen is the page; one line at its foot names the keys."""

    ACTS = KEYS_WAIT
    PLACE = "night"
    is_watched: ClassVar[bool] = True
    """Many sit before it for an evening and press no key: it is not left because of that."""
    READ = staticmethod(read)
    READING = LATEST
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "turn(1)", "Next", id="night.next", tooltip="Turn the page for everybody (host)"),
        Binding(
            "backspace", "turn(-1)", "Back", id="night.back", tooltip="Turn back a page for everybody (host)"
        ),
        Binding(
            "m",
            "motion",
            "Motion",
            id="night.motion",
            tooltip="Let names appear step by step, or at once; over SSH at once unless one asks for it",
        ),
        Binding("H", "go('hall')", "Hall of fame", id="night.hall", tooltip="Go to the winners of all years"),
        Binding("escape,q", "leave", "Leave", id="app.back", tooltip="Back to where one came from"),
    ]
    DEFAULT_CSS = """
    NightScreen {
        #header { display: none; }
        #stage { padding: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._moves: bool | None = None
        self._step = FRAMES
        """How far a name has appeared; all of it at the end."""
        self._timer: Timer | None = None

    def content(self) -> ComposeResult:
        yield Sheet(id="stage")

    def on_mount(self) -> None:
        self.query_one("#stage").focus()
        self.reload()

    @property
    def moves(self) -> bool:
        """Whether names appear step by step."""
        return self.app.animation_level != "none" if self._moves is None else self._moves

    # --- showing --------------------------------------------------------------------------------------------

    def keep(self, found: Page | None) -> None:
        """Keep the page that everybody looks at; begin it, where it is another one than before."""
        before = self._look
        super().keep(found)
        if self._is_read and (before is None or found is None or before.number != found.number):
            self._begin_page()

    def _begin_page(self) -> None:
        """A winner appears step by step; every other page is there at once."""
        self._stop()
        page = self._look
        if self.moves and page is not None and page.kind == "winner":
            self._step = 0
            self._timer = self.set_interval(FRAME, self._next_frame)

    def _next_frame(self) -> None:
        self._step += 1
        if self._step >= FRAMES:
            self._stop()
        self._show()

    def _stop(self) -> None:
        self._step = FRAMES
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _show(self) -> None:
        if not self._is_read:
            return
        stage = self.query_one("#stage", Sheet)
        width, height = stage.size
        lines = _drawn(self._look, width, height, self._step / FRAMES)
        stage.show(_centred(lines, width, height), from_top=self._step < FRAMES)
        self.show_footer()

    def _show_footer(self) -> None:
        page = self._look
        hosting: tuple[tuple[str, str], ...] = ()
        if _is_turning(page):
            turned = page is not None and bool(page.number)
            hosting = (("Space", self._next_in_words(page)), *(("Backspace", "back"),) * turned)
        if page is not None and page.is_over:
            hosting = (("H", "hall of fame"),)
        motion = (("m", f"motion {'off' if self.moves else 'on'}"),)
        place: list[Part] = []
        if page is not None and page.number is not None:
            place = [("dim", f"{page.number + 1} of {page.last + 1}   ")]
        self.query_one("#footer", OneLine).show_keys(
            (*hosting, *motion), [*place, *named_keys(("?", "keys"), ("Esc", "leave"))]
        )

    @staticmethod
    def _next_in_words(page: Page | None) -> str:
        if page is None or page.number is None:
            return "begin"
        return "close the night" if page.number == page.last else "next"

    # --- doing ----------------------------------------------------------------------------------------------

    def hear_key(self, event: events.Key) -> bool | str:
        """A key that comes while a name appears shows all of it."""
        if self._step < FRAMES:
            self._stop()
            self._show()
        return super().hear_key(event)

    def action_turn(self, by: int) -> None:
        """Turn the page for everybody, if one leads through the night."""
        page = self._look
        if not _is_turning(page):
            return
        assert page is not None
        words = "Space again closes the night for good; any other key leaves it open"
        if by > 0 and page.number == page.last and not self.is_sure("close", words):
            return
        actor, now = self.app.acting, self.app.now()

        def refused(error: SalesboardError) -> None:
            self.reload(said=(str(error), "attention"))

        self.work(
            lambda: night.turn(actor, page.season.id, by, seen=page.number, now=now),
            lambda _: self.reload(),
            otherwise=refused,
        )

    def action_motion(self) -> None:
        """Let names appear step by step, or at once."""
        self._moves = not self.moves
        self.show_footer()


def _is_turning(page: Page | None) -> bool:
    return page is not None and page.is_host and not page.is_over


# --- what stands on a page ----------------------------------------------------------------------------------


def _drawn(page: Page | None, width: int, height: int, shown: float) -> list[Part]:
    """The lines of a page, each of one style, before they are put in the middle."""
    if page is None:
        return [("strong", "Awards Night"), ("text", ""), ("dim", "There is no season of awards yet.")]
    room = max(20, min(WIDEST, width - 4))
    match page.kind:
        case "before" | "welcome":
            return _welcome(page, width, height)
        case "farewell":
            return _farewell(page, width)
        case "category":
            said = _said(page, room)
            return [*_big(page, width, height - len(said) - 2), *said]
        case "nominees":
            names = [part for name in page.nominees for part in (("text", name), ("text", ""))]
            return [*_heading(page), ("dim", "The nominees"), ("text", ""), ("text", ""), *names[:-1]]
        case "pause":
            return _pause(page, height)
        case "winner":
            return _winner(page, width, room, height, shown)


def _welcome(page: Page, width: int, height: int) -> list[Part]:
    season = page.season
    on = f"{season.night_on:%A}, {season.night_on.day} {season.night_on:%B %Y}"
    where = " · ".join(part for part in (on, season.night_at, season.place) if part)
    lines: list[Part] = [*(("here", line) for line in big(season.name, width - 4, height - 10))]
    lines += [("text", ""), ("text", ""), ("text", where)]
    if season.host_name:
        lines += [("text", ""), ("dim", f"with {season.host_name}")]
    if page.kind == "before":
        lines += [("text", ""), ("text", ""), ("dim", "The night has not begun.")]
    return lines


def _farewell(page: Page, width: int) -> list[Part]:
    lines: list[Part] = [("here", line) for line in big("Thank you", width - 4)]
    lines += [("text", ""), ("text", "")]
    longest = max((cell_len(name) for name, _ in page.won), default=0)
    for name, won in page.won:
        lines.append(("text", f"{name}{' ' * (longest - cell_len(name))}   {', '.join(won)}"))
    widest = max((cell_len(text) for _, text in lines), default=0)
    lines = [
        (style, text + " " * (widest - cell_len(text)))
        if "   " in text and style == "text"
        else (style, text)
        for style, text in lines
    ]
    if page.is_over:
        lines += [("text", ""), ("dim", "The night is over; the hall of fame keeps it.")]
    return lines


def _heading(page: Page) -> list[Part]:
    return [("strong", page.category.name if page.category else ""), ("text", ""), ("text", "")]


def _big(page: Page, width: int, height: int) -> list[Part]:
    assert page.category is not None
    return [
        *(("here", line) for line in big(page.category.name, width - 4, height)),
        ("text", ""),
        ("text", ""),
    ]


def _said(page: Page, room: int) -> list[Part]:
    assert page.category is not None
    lines: list[Part] = [("text", line) for line in _even(page.category.description or "", room)]
    if page.presenter:
        lines += [("text", ""), ("dim", f"presented by {page.presenter}")]
    return lines


def _pause(page: Page, height: int) -> list[Part]:
    lines = _heading(page)
    if height >= len(ENVELOPE) + 8:
        lines += [*(("cursor", line) for line in ENVELOPE), ("text", "")]
    lines.append(("text", "And the winner is …" if _is_one(page) else "And the winners are …"))
    if page.sealed:
        lines += [("text", ""), ("dim", f"sealed as {page.sealed[:16]}")]
    return lines


def _even(text: str, room: int) -> list[str]:
    """Lines of a paragraph, all about as long: in the middle of a screen a single last word looks lost."""
    lines = wrapped(text, room)
    shortest = room // 2
    while len(lines) > 1 and room > shortest and len(fewer := wrapped(text, room - 1)) == len(lines):
        lines, room = fewer, room - 1
    return lines


def _is_one(page: Page) -> bool:
    return page.category is None or page.category.winners == 1


def _winner(page: Page, width: int, room: int, height: int, shown: float) -> list[Part]:
    citation: list[Part] = [
        ("text", line if shown >= 1 else "")
        for part in page.citation.split("\n")
        for line in _even(part, room)
    ]
    lines = _heading(page)
    left = (height - len(lines) - len(citation) - 2) // max(1, len(page.winners)) - (len(page.winners) > 1)
    for one in page.winners:
        drawn = big(one.name, width - 4, left) if left >= 3 or len(page.winners) == 1 else [one.name]
        lines += [("here", _part_of(line, shown)) for line in drawn]
        if len(page.winners) > 1:
            lines.append(("text", ""))
    return [*lines, ("text", ""), ("text", ""), *citation] if page.citation else lines


def _part_of(line: str, shown: float) -> str:
    """A line of which only the middle is there yet; it keeps its width."""
    if shown >= 1:
        return line
    half = len(line) // 2
    reach = round(half * shown)
    return "".join(one if abs(at - half) <= reach else " " for at, one in enumerate(line))


def _centred(lines: Sequence[Part], width: int, height: int) -> list[Line]:
    """Lines in the middle of the screen; what is higher than the screen begins at its top."""
    above = max(0, (height - len(lines)) // 2)
    return [
        *([] for _ in range(above)),
        *([(style, " " * max(0, (width - cell_len(text)) // 2) + text)] for style, text in lines),
    ]
