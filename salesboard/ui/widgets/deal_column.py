"""One stage of the board, drawn by line: only the cards in sight are read, only changed lines are painted."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from datetime import date

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
from salesboard.ui.plain import one_line

CARD_HEIGHT = 3
HEADING_HEIGHT = 2
FOLDED_WIDTH = 5


class DealColumn(Widget, can_focus=False):
    """A column of cards. It holds ids; cards are read when they come into sight."""

    COMPONENT_CLASSES = {  # noqa: RUF012
        "deal-column--heading",
        "deal-column--rule",
        "deal-column--name",
        "deal-column--text",
        "deal-column--dim",
        "deal-column--money",
        "deal-column--attention",
        "deal-column--good",
        "deal-column--cursor",
        "deal-column--chosen",
    }
    DEFAULT_CSS = """
    DealColumn {
        width: 1fr;
        height: 1fr;
        padding: 0 1;
        .deal-column--heading { color: $card-name; text-style: bold; }
        .deal-column--rule { color: $rule; }
        .deal-column--name { color: $card-name; }
        .deal-column--text { color: $card-text; }
        .deal-column--dim { color: $card-dim; }
        .deal-column--money { color: $money; }
        .deal-column--attention { color: $attention; }
        .deal-column--good { color: $good; }
        .deal-column--cursor { color: $cursor; }
        .deal-column--chosen { background: $cursor-bg; }
    }
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

    def __init__(self, content: Column, cards: dict[int, Card], *, currency: str, today: date) -> None:
        super().__init__()
        self.content = content
        self.cards = cards
        """Cards that have been read, shared by all columns."""
        self.currency = currency
        self.today = today
        self.cursor = 0
        self.top = 0
        self._styles_now: dict[str, Style] = {}
        self._asked: set[int] = set()

    # --- what others ask -----------------------------------------------------------------------------------------

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

    # --- changes -------------------------------------------------------------------------------------------------

    def show(self, content: Column) -> None:
        """Show other content, with the cursor on the card it was on; paint only if something differs."""
        keep, painted, heading = self.chosen, self.in_sight(), self._said_above()
        self.content = content
        if keep is not None and not (self.cursor < len(content.ids) and content.ids[self.cursor] == keep):
            self.cursor = content.ids.index(keep) if keep in content.ids else self.cursor
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
        """Keep cursor and first card within bounds and the cursor in sight; says whether the column scrolled."""
        before = self.top
        self.cursor = max(0, min(self.cursor, len(self.ids) - 1))
        half = max(1, self.page // 2)
        if self.cursor < self.top:
            self.top = max(0, min(self.cursor, self.top - half))
        elif self.cursor >= self.top + self.page:
            self.top = max(self.cursor - self.page + 1, self.top + half)
        self.top = max(0, min(self.top, len(self.ids) - self.page))
        return self.top != before

    # --- painting ------------------------------------------------------------------------------------------------

    def repaint_card(self, index: int) -> None:
        """Paint one card again."""
        row = HEADING_HEIGHT + (index - self.top) * CARD_HEIGHT
        if HEADING_HEIGHT <= row < self.size.height:
            self.refresh(Region(0, row, self.outer_size.width, CARD_HEIGHT - 1))

    def repaint_deal(self, deal: int) -> None:
        """Paint a deal's card again, if it is in sight."""
        for index in range(self.top, min(self.top + self.page + 1, len(self.ids))):
            if self.ids[index] == deal:
                self.repaint_card(index)

    def repaint_from(self, index: int) -> None:
        """Paint everything from a card downwards again, as far as there was or is anything."""
        row = max(HEADING_HEIGHT, HEADING_HEIGHT + (index - self.top) * CARD_HEIGHT)
        used = HEADING_HEIGHT + (len(self.ids) + 1 - self.top) * CARD_HEIGHT
        if (height := min(self.size.height, used) - row) > 0:
            self.refresh(Region(0, row, self.outer_size.width, height))

    def repaint_heading(self) -> None:
        """Paint name, count and sum again."""
        self.refresh(Region(0, 0, self.outer_size.width, HEADING_HEIGHT))

    def watch_active(self) -> None:
        self.repaint_heading()
        self.repaint_card(self.cursor)

    def watch_folded(self) -> None:
        self.styles.width = FOLDED_WIDTH if self.folded else "1fr"

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_now.clear()

    def _style(self, name: str) -> Style:
        style = self._styles_now.get(name)
        if style is None:
            style = self._styles_now[name] = self.get_component_rich_style(f"deal-column--{name}", partial=True)
        return style

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        if self.folded:
            return self._folded_line(y, width).apply_style(base)
        if y < HEADING_HEIGHT:
            segments = self._heading(width) if y == 0 else self._rule(width)
            return Strip(segments, width).apply_style(base)
        index, line = divmod(y - HEADING_HEIGHT, CARD_HEIGHT)
        index += self.top
        if index >= len(self.ids) or line == CARD_HEIGHT - 1:
            return Strip.blank(width, base)
        return self._card_line(index, line, width).apply_style(base)

    def _heading(self, width: int) -> list[Segment]:
        content = self.content
        count = f"{content.count:,}"
        figures = f"{count} · {money.format_short(content.value_minor, self.currency)}" if content.value_minor else count
        name = one_line(content.stage.name, max(1, width - len(figures) - 2)).rstrip()
        style = self._style("cursor") + Style(bold=True) if self.active else self._style("heading")
        return [
            Segment(name, style),
            Segment(" " * max(1, width - _cells(name) - len(figures))),
            Segment(figures, self._style("text")),
        ]

    def _rule(self, width: int) -> list[Segment]:
        above, below = self.top, max(0, self.content.count - self.top - self.page)
        words = ""
        if above or below:
            words = " ".join(part for part in (f"↑{above:,}" if above else "", f"↓{below:,}" if below else "") if part)
        elif self.content.hidden:
            words = f"{self.content.hidden:,} older hidden"
        if self.content.hidden and (above or below):
            words += f" · {self.content.hidden:,} older"
        words = words[: width - 2]
        line = "━" if self.active else "─"
        rule = Segment(line * (width - len(words) - bool(words)), self._style("cursor" if self.active else "rule"))
        return [rule, Segment(f" {words}", self._style("dim"))] if words else [rule]

    def _folded_line(self, y: int, width: int) -> Strip:
        text = {0: self.content.stage.name[:width], 1: "─" * width, 2: f"{self.content.count}"[:width]}.get(y, "")
        return Strip([Segment(text.ljust(width), self._style("dim"))], width)

    def _card_line(self, index: int, line: int, width: int) -> Strip:
        card = self.cards.get(self.ids[index])
        here = self.active and index == self.cursor
        bar = Segment("▌" if here else " ", self._style("cursor"))
        if card is None:
            self._want()
            body = [Segment("·" if line == 0 else " ", self._style("dim")), Segment(" " * (width - 2))]
        elif line == 0:
            body = self._name_line(card, width - 1)
        else:
            body = self._reason_line(card, width - 1)
        strip = Strip([bar, *body], width)
        return strip.apply_style(self._style("chosen")) if here else strip

    def _name_line(self, card: Card, width: int) -> list[Segment]:
        value = "" if card.value_minor is None else money.format_short(card.value_minor, self.currency)
        if card.estimated:
            value = f"~{value}"
        name = one_line(card.name, max(1, width - len(value) - 1))
        return [
            Segment(name + " ", self._style("name")),
            Segment(value, self._style("dim" if card.estimated else "money")),
        ]

    def _reason_line(self, card: Card, width: int) -> list[Segment]:
        why = board.attention(card, self.content.stage, self.today)
        quiet = why.sign in "?✓★" and card.subject
        words = card.subject if quiet else why.words
        style = "attention" if why.urgent else "good" if why.sign in "✓★" else "dim"
        owner = card.owner[: max(3, width // 4)]
        return [
            Segment(f"{why.sign} ", self._style(style)),
            Segment(one_line(words, max(1, width - 3 - len(owner))) + " ", self._style("attention" if why.urgent else "dim")),
            Segment(owner, self._style("dim")),
        ]

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

    # --- the mouse and the window --------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._settle()

    def _card_at(self, y: int) -> int | None:
        index, line = divmod(y - HEADING_HEIGHT, CARD_HEIGHT)
        index += self.top
        return index if 0 <= index < len(self.ids) and y >= HEADING_HEIGHT and line < CARD_HEIGHT - 1 else None

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
            self.cursor = max(top, min(self.cursor, top + self.page - 1))
            self.refresh()


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


Paint = Callable[[], None]
