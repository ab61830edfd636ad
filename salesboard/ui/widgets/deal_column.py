"""One stage of the board, drawn by line: only the cards in sight are read, only changed lines are painted."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from datetime import date
from typing import Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from salesboard.domain import board, money
from salesboard.domain.board import Card, Column
from salesboard.ui.inks import CHOSEN, GROUND, inks_on
from salesboard.ui.plain import one_line
from salesboard.ui.widgets.lines import as_painted

CARD_HEIGHT = 3
HEADING_HEIGHT = 2
FOLDED_WIDTH = 5
GAP = 2
"""Cells of a column's width that are not its cards': one before, for the cursor, one after."""

MARK = "◆"

MOST_DRAWN = 400
"""Lines of cards that are kept drawn."""

Inks = dict[str, Style]


class DealColumn(Widget, can_focus=False):
    """A column of cards. It holds ids; cards are read when they come into sight."""

    DEFAULT_CSS = """
    DealColumn { width: 1fr; height: 1fr; }
    """

    active = reactive(False, repaint=False)
    folded = reactive(False, layout=True)

    class Wanted(Message):
        """Cards have come into sight that have not been read."""

        def __init__(self, ids: list[int]) -> None:
            self.ids = ids
            super().__init__()

    class Chosen(Message):
        """Somebody clicked a card; twice to open it."""

        def __init__(self, column: DealColumn, deal: int | None, opened: bool) -> None:
            self.column = column
            self.deal = deal
            self.opened = opened
            super().__init__()

    def __init__(
        self,
        content: Column,
        cards: dict[int, Card],
        by: dict[int, str],
        marks: set[int],
        *,
        currency: str,
        today: date,
    ) -> None:
        super().__init__()
        self.content = content
        self.cards = cards
        """Cards that have been read, shared by all columns."""
        self.by = by
        """Who has just done something to a deal, by deal: it stands on the card for a moment."""
        self.marks = marks
        """The deals that are marked."""
        self.currency = currency
        self.today = today
        self.cursor = 0
        self.top = 0
        self._asked: set[int] = set()
        self._drawn: dict[tuple[int, int, bool], tuple[Card, Strip]] = {}
        """Lines of cards, by deal, line of the card, and whether it is chosen: a card that only went a place
        up or down is not drawn again."""
        self._drawn_for: tuple[object, ...] = ()
        """What all lines depend on besides their cards."""
        self._painted: tuple[Region, list[Strip]] | None = None
        """What was painted last, until something in it changes."""

    # --- what others ask ------------------------------------------------------------------------------------

    @property
    def ids(self) -> array[int]:
        """The deals of this column, in order."""
        return self.content.ids

    @property
    def chosen(self) -> int | None:
        """The deal under the cursor."""
        return self.ids[self.cursor] if self.ids else None

    @property
    def page(self) -> int:
        """How many cards are in sight."""
        return max(1, (self.size.height - HEADING_HEIGHT + 1) // CARD_HEIGHT)

    def in_sight(self) -> list[int]:
        """The deals that are drawn now."""
        return list(self.ids[self.top : self.top + self.page + 1])

    # --- changes --------------------------------------------------------------------------------------------

    def show(self, content: Column) -> None:
        """Show other content, with the cursor on the card it was on; paint only if something differs."""
        keep, painted, heading = self.chosen, self.in_sight(), self._said_above()
        self.content = content
        if keep is not None and not (self.cursor < len(content.ids) and content.ids[self.cursor] == keep):
            before = self.cursor
            self.cursor = content.ids.index(keep) if keep in content.ids else self.cursor
            self.top += self.cursor - before if self.top else 0
        if self._settle() or painted != self.in_sight():
            self.refresh()
        elif heading != self._said_above():
            self.repaint_heading()

    def _said_above(self) -> tuple[object, ...]:
        content = self.content
        return content.stage, content.count, content.value_minor, content.hidden

    def select(self, index: int) -> None:
        """Put the cursor on a card; scrolls by half a page where it would leave the column."""
        if not self.ids:
            return
        index = max(0, min(index, len(self.ids) - 1))
        before, self.cursor = self.cursor, index
        if self._settle():
            self.refresh()
        elif before != index:
            self.repaint_card(before)
            self.repaint_card(index)

    def select_deal(self, deal: int) -> bool:
        """Put the cursor on a deal; says whether it is here."""
        try:
            self.select(self.ids.index(deal))
        except ValueError:
            return False
        return True

    def take_out(self, deal: int, value_minor: int) -> None:
        """Take a card out of the column."""
        index = self.ids.index(deal)
        del self.ids[index]
        self.content.count -= 1
        self.content.value_minor -= value_minor
        if self.cursor > index or self.cursor == len(self.ids):
            self.cursor = max(0, self.cursor - 1)
        if self._settle():
            self.refresh()
        else:
            self.repaint_from(index)
            self.repaint_heading()

    def put_in(self, deal: int, value_minor: int, index: int = 0) -> None:
        """Put a card into the column and the cursor on it."""
        self.ids.insert(index, deal)
        self.content.count += 1
        self.content.value_minor += value_minor
        self.cursor = index
        if self._settle():
            self.refresh()
        else:
            self.repaint_from(index)
            self.repaint_heading()

    def swap(self, index: int, other: int) -> None:
        """Let two neighbours change places; the cursor goes with the first."""
        self.ids[index], self.ids[other] = self.ids[other], self.ids[index]
        self.cursor = other
        if self._settle():
            self.refresh()
        else:
            self.repaint_card(index)
            self.repaint_card(other)

    def _settle(self) -> bool:
        """Keep cursor and first card within bounds and the cursor in sight; says whether the column
        scrolled."""
        before = self.top
        self.cursor = max(0, min(self.cursor, len(self.ids) - 1))
        half = max(1, self.page // 2)
        if self.cursor < self.top:
            self.top = max(0, min(self.cursor, self.top - half))
        elif self.cursor >= self.top + self.page:
            self.top = max(self.cursor - self.page + 1, self.top + half)
        self.top = max(0, min(self.top, len(self.ids) - self.page))
        return self.top != before

    # --- painting -------------------------------------------------------------------------------------------

    def repaint_card(self, index: int) -> None:
        """Paint one card again."""
        row = HEADING_HEIGHT + (index - self.top) * CARD_HEIGHT
        if HEADING_HEIGHT <= row < self.size.height:
            self.refresh(Region(0, row, self.size.width, CARD_HEIGHT - 1))

    def repaint_deals(self, deals: Collection[int]) -> None:
        """Paint the cards of these deals again that are in sight."""
        for index in range(self.top, min(self.top + self.page + 1, len(self.ids))):
            if self.ids[index] in deals:
                self.repaint_card(index)

    def repaint_from(self, index: int) -> None:
        """Paint all cards from one downwards again, as far as there are or were any."""
        first = max(0, index - self.top)
        last = min(self.page + 1, len(self.ids) + 1 - self.top)
        width = self.size.width
        rows = (HEADING_HEIGHT + place * CARD_HEIGHT for place in range(first, last))
        if regions := [Region(0, row, width, CARD_HEIGHT - 1) for row in rows]:
            self.refresh(*regions)

    def repaint_heading(self) -> None:
        """Paint name, count and sum again."""
        self.refresh(Region(0, 0, self.size.width, HEADING_HEIGHT))

    def watch_active(self) -> None:
        self.repaint_heading()
        self.repaint_card(self.cursor)

    def watch_folded(self) -> None:
        self.styles.width = FOLDED_WIDTH if self.folded else "1fr"

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are drawn here: there is no border, padding or tint to be put around them."""
        width, inks, filters = self.size.width, inks_on(self.app, GROUND), self.get_line_filters()
        drawn_for = width, id(inks), filters, self.content.stage, self.today
        if drawn_for != self._drawn_for or len(self._drawn) > MOST_DRAWN:
            self._drawn.clear()
            self._drawn_for, self._painted = drawn_for, None
        if self._painted is not None and self._painted[0] == crop:
            return self._painted[1]
        lines = as_painted(self, crop, [self._line(y, width, inks) for y in crop.line_range], filters)
        self._painted = crop, lines
        return lines

    def refresh(self, *regions: Region, **how: bool) -> Self:
        self._painted = None
        return super().refresh(*regions, **how)

    def _line(self, y: int, width: int, inks: Inks) -> Strip:
        """A line of the column; the gap to its neighbour is part of it, for padding would cost a style of its
        own."""
        if self.folded:
            return self._folded_line(y, width, inks)
        if y < HEADING_HEIGHT:
            return Strip(self._heading(width, inks) if y == 0 else self._rule(width, inks), width)
        index, line = divmod(y - HEADING_HEIGHT, CARD_HEIGHT)
        index += self.top
        if index >= len(self.ids) or line == CARD_HEIGHT - 1:
            return Strip.blank(width, inks["text"])
        return self._card_line(index, line, width)

    def _heading(self, width: int, inks: Inks) -> list[Segment]:
        content = self.content
        figures = f"{content.count:,}"
        if content.value_minor:
            figures += f" · {money.format_short(content.value_minor, self.currency)}"
        name = one_line(content.stage.name, max(1, width - GAP - len(figures) - 1))
        return [
            Segment(f" {name} ", inks["here" if self.active else "strong"]),
            Segment(f"{figures} ", inks["text"]),
        ]

    def _rule(self, width: int, inks: Inks) -> list[Segment]:
        above, below = self.top, max(0, self.content.count - self.top - self.page)
        told = [f"↑{above:,}" if above else "", f"↓{below:,}" if below else ""]
        if self.content.hidden:
            told.append(
                f"{self.content.hidden:,} older hidden"
                if not (above or below)
                else f"· {self.content.hidden:,} older"
            )
        words = " ".join(part for part in told if part)[: width - GAP - 2]
        room = width - GAP - len(words) - bool(words)
        line = Segment(f" {('━' if self.active else '─') * room} ", inks["cursor" if self.active else "rule"])
        return [line, Segment(f"{words} ", inks["dim"])] if words else [line]

    def _folded_line(self, y: int, width: int, inks: Inks) -> Strip:
        """The count, and beneath it the name from top to bottom."""
        name = self.content.stage.name
        text = f"{self.content.count}".rjust(width - 1)
        if y == 1:
            text = f" {('━' if self.active else '─') * (width - GAP)}"
        elif y >= HEADING_HEIGHT:
            text = f"  {name[y - HEADING_HEIGHT : y - HEADING_HEIGHT + 1]}"
        return Strip([Segment(one_line(text, width), inks["here" if self.active else "dim"])], width)

    def _card_line(self, index: int, line: int, width: int) -> Strip:
        """One line of a card, taken from what was drawn before if it would look the same."""
        chosen = self.active and index == self.cursor
        deal = self.ids[index]
        card = self.cards.get(deal)
        if card is None:
            self._want()
            return self._draw(None, line, chosen, width)
        if deal in self.by or deal in self.marks:
            return self._draw(card, line, chosen, width)
        before = self._drawn.get((deal, line, chosen))
        if before is not None and before[0] == card:
            return before[1]
        strip = self._draw(card, line, chosen, width)
        self._drawn[deal, line, chosen] = card, strip
        return strip

    def _draw(self, card: Card | None, line: int, chosen: bool, width: int) -> Strip:
        """A line of a card, in as few styles as can be: on a slow line each costs more bytes than text."""
        inks = inks_on(self.app, CHOSEN if chosen else GROUND)
        if card is None:
            body = [Segment(("·" if line == 0 else "").ljust(width - GAP), inks["dim"])]
        elif line == 0:
            body = [Segment(self._name_line(card, width - GAP), inks["name"])]
        else:
            body = self._reason_line(card, width - GAP, inks)
        marked = line == 0 and card is not None and card.id in self.marks
        if chosen:
            after = Segment(" ", inks_on(self.app, GROUND)["text"])
            first = Segment(MARK, inks["key"]) if marked else Segment("▌", inks["cursor"])
            return Strip([first, *body, after], width)
        if marked:
            return Strip([Segment(MARK, inks["key"]), *body, Segment(" ", inks["text"])], width)
        body[0] = Segment(f" {body[0].text}", body[0].style)
        body[-1] = Segment(f"{body[-1].text} ", body[-1].style)
        return Strip(body, width)

    def _name_line(self, card: Card, width: int) -> str:
        value = "" if card.value_minor is None else money.format_short(card.value_minor, self.currency)
        if card.estimated:
            value = f"~{value}"
        return f"{one_line(card.name, max(1, width - len(value) - 1))} {value}"

    def _reason_line(self, card: Card, width: int, inks: Inks) -> list[Segment]:
        why = board.attention(card, self.content.stage, self.today)
        words = card.subject if why.sign in "?✓★" and card.subject else why.words
        by = self.by.get(card.id)
        owner = f"by {by}"[: max(3, width // 2)] if by else card.owner[: max(3, width // 4)]
        text = f"{why.sign} {one_line(words, max(1, width - 3 - len(owner)))} "
        if by:
            return [Segment(text, inks["dim"]), Segment(owner, inks["key"])]
        if why.urgent:
            return [Segment(text, inks["attention"]), Segment(owner, inks["dim"])]
        return [Segment(text + owner, inks["dim"])]

    def _want(self) -> None:
        missing = [deal for deal in self.in_sight() if deal not in self.cards and deal not in self._asked]
        if missing:
            self._asked.update(missing)
            self.post_message(self.Wanted(missing))

    def arrived(self, ids: Iterable[int]) -> None:
        """Cards that were asked for have been read: paint those in sight."""
        came = set(ids)
        self._asked -= came
        for index in range(self.top, min(self.top + self.page + 1, len(self.ids))):
            if self.ids[index] in came:
                self.repaint_card(index)

    # --- the mouse and the window ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._settle()

    def _card_at(self, y: int) -> int | None:
        index, line = divmod(y - HEADING_HEIGHT, CARD_HEIGHT)
        index += self.top
        return (
            index if 0 <= index < len(self.ids) and y >= HEADING_HEIGHT and line < CARD_HEIGHT - 1 else None
        )

    def on_click(self, event: events.Click) -> None:
        index = self._card_at(event.y)
        deal = self.ids[index] if index is not None else None
        self.post_message(self.Chosen(self, deal, opened=event.chain == 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-1)

    def _scroll(self, by: int) -> None:
        top = max(0, min(self.top + by, len(self.ids) - self.page))
        if top != self.top:
            self.top = top
            before, self.cursor = self.cursor, max(top, min(self.cursor, top + self.page - 1))
            self.refresh()
            if self.active and self.cursor != before:
                self.post_message(self.Chosen(self, self.chosen, opened=False))
