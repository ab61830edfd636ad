"""The board: columns of cards, moved by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from salesboard.domain import board, company, filters, history, money, permissions, pipeline
from salesboard.domain.board import Card, Column
from salesboard.domain.text import counted
from salesboard.errors import SalesboardError
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor, Head
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.marking import MarkingScreen
from salesboard.ui.widgets.deal_column import CARD_HEIGHT, FOLDED_WIDTH, DealColumn
from salesboard.ui.widgets.lines import OneLine, Part, named_keys
from salesboard.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from textual.widgets import Input

    from salesboard.domain.standings import GoalStanding
    from salesboard.ui.outlook import Ahead
    from salesboard.ui.widgets.filter_line import FilterLine

NARROWEST_COLUMN = 26
PANE_WIDTH = 46
SUMS_BESIDE = 56
"""Cells that the sums of the board need beside a goal, at least."""
FEWEST_FOR_BOTH = 140
"""Cells of a line that has room for the goal and the sums."""
SMALLEST = (60, 16)
COLUMNS = Binding.Group("Column")
MOST_NAMED = 50
"""So many of the newest entries are looked at for whose name is to stand on a card."""
NAMED_FOR = 4.0
"""Seconds that a card says who has just done something to it."""
FOR_MARKED = (("H L", "move"), ("a", "next step"), ("e", "edit"), ("x", "lost"), ("X", "archive"))
SEASON = "season"
"""The table whose entries move the night of awards."""
LEAVES_SALES = frozenset(("moved", "reordered", "noted", "praised"))
"""What is done without any sale being made or taken back."""


@dataclass(frozen=True)
class View:
    """What one has chosen to see, and in which order."""

    filter_text: str = ""
    order: str = board.BY_HAND
    scope: str = board.EVERYONE
    nothing_hidden: bool = False


@dataclass
class Look:
    """What the board showed when it was last read."""

    view: View
    columns: list[Column]
    cards: dict[int, Card]
    quarter: board.Quarter
    spoken: str
    """The filter in its normal form."""
    teams: str
    """Names of the teams of whoever looks."""
    seq: int


def look(
    view: View, actor: Actor, now: datetime, rows: int = 60, *, also: Sequence[int] = (), first: bool = False
) -> Look:
    """Read the board as a view asks for it, with the cards that may be in sight and those of `also`.

    The `first` look reads no further than that, so that a large board opens as fast as a small one.
    """
    facts = company.facts()
    today = facts.today(now)
    seq = ledger.end()[0]
    wanted = filters.parse(view.filter_text, me=actor.id, today=today)
    conditions = [*wanted.conditions(), *board.in_scope(view.scope, actor, today)]
    hidden_after = None if view.nothing_hidden or wanted.names_status else facts.closed_days
    columns = board.columns(
        today=today,
        conditions=conditions,
        any_status=wanted.names_status,
        archived=wanted.names_archived,
        order=view.order,
        closed_days=hidden_after,
        most=rows if first else None,
    )
    in_sight = [deal for column in columns for deal in column.ids[: rows // CARD_HEIGHT + 1]]
    return Look(
        view,
        columns,
        board.cards(list(dict.fromkeys((*in_sight, *also)))),
        board.quarter_so_far(today=today, fiscal_start=facts.fiscal_start, conditions=conditions),
        str(wanted) if view.filter_text.strip() else "",
        ", ".join(permissions.team_names(actor.id, today)),
        seq,
    )


class BoardScreen(MarkingScreen):
    """Columns from Target to Advocate; the eye moves by hjkl, the card by HJKL."""

    AUTO_FOCUS = ""
    PLACE = "board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "h,left", "look(-1)", "Column left", id="board.left", tooltip="Look at the column to the left"
        ),
        Binding(
            "l,right", "look(1)", "Column right", id="board.right", tooltip="Look at the column to the right"
        ),
        Binding("j,down", "down(1)", "Card below", id="board.down", tooltip="Look at the card below"),
        Binding("k,up", "down(-1)", "Card above", id="board.up", tooltip="Look at the card above"),
        Binding(
            "ctrl+d,pagedown", "page(1)", "Half a page down", id="board.page-down", tooltip="Half a page down"
        ),
        Binding("ctrl+u,pageup", "page(-1)", "Half a page up", id="board.page-up", tooltip="Half a page up"),
        Binding(
            "G,end", "bottom", "Last card", id="board.bottom", tooltip="Go to the last card of the column"
        ),
        Binding(
            "home,g g", "top", "First card", id="board.top", tooltip="Go to the first card of the column"
        ),
        Binding(
            "0", "column(0)", "First column", id="board.first-column", tooltip="Look at the first column"
        ),
        Binding(
            "dollar_sign",
            "column(99)",
            "Last column",
            id="board.last-column",
            tooltip="Look at the last column",
        ),
        *(
            Binding(
                str(number),
                f"column({number - 1})",
                f"Column {number}",
                id=f"board.column-{number}",
                group=COLUMNS,
                tooltip="Look at the column of this number",
            )
            for number in range(1, 10)
        ),
        Binding("z", "fold", "Fold column", id="board.fold", tooltip="Fold or unfold this column"),
        Binding("i", "pane", "Details", id="board.pane", tooltip="Show or hide the details beside the board"),
        Binding(
            "m",
            "prefix('m')",
            "Move to …",
            id="deal.move-to",
            tooltip="Move the deal to a stage by its number or letter",
        ),
        Binding(
            "J,shift+down", "reorder(1)", "Lower", id="deal.lower", tooltip="Put the card one place lower"
        ),
        Binding(
            "K,shift+up", "reorder(-1)", "Higher", id="deal.higher", tooltip="Put the card one place higher"
        ),
        Binding(
            "X", "archive", "Archive", id="deal.archive", tooltip="Put the deal out of sight (asks first)"
        ),
        Binding("n", "new", "New deal", id="deal.new", tooltip="A new deal in one line"),
        Binding("enter", "open", "Open", id="deal.open", tooltip="Everything about this deal"),
        Binding(
            "slash",
            "filter",
            "Filter",
            id="board.filter",
            tooltip="Filter as you type: owner:mia stage>=prospect value>10k",
        ),
        Binding(
            "s",
            "sort",
            "Sort",
            id="board.sort",
            tooltip="The next order of cards: by hand, value, next step, …",
        ),
        Binding("C", "scope", "Scope", id="board.scope", tooltip="Everyone's deals, my teams', or mine"),
        Binding(
            "o",
            "older",
            "Older sales",
            id="board.older",
            tooltip="Show or hide sales of more than 90 days ago",
        ),
        Binding(
            "tab",
            "pane_focus",
            "Pane",
            id="board.pane-focus",
            show=False,
            tooltip="Read in the detail pane, and back",
        ),
        Binding("escape", "leave_off", "Back", id="app.back", tooltip="Clear the filter, leave the pane"),
        Binding("q", "leave", "Leave", id="app.leave", tooltip="Leave salesboard (asks first)"),
    ]
    DEFAULT_CSS = """
    BoardScreen {
        #columns { height: 1fr; }
        #pane { width: 46; border-left: vkey $rule; display: none; }
        #pane.-shown { display: block; }
        #pane:focus { border-left: vkey $cursor; }
        #small { display: none; height: 1fr; content-align: center middle; color: $card-dim; }
    }
    BoardScreen.-small #columns, BoardScreen.-small #summary, BoardScreen.-small #pane { display: none; }
    BoardScreen.-small #small { display: block; }
    """

    def __init__(self, first: Look) -> None:
        super().__init__()
        self.view = first.view
        self._look = first
        self._here = next((at for at, column in enumerate(first.columns) if column.ids), 0)
        self._first_shown = 0
        self._said: tuple[Part, ...] = ()
        self._opened: board.DealFacts | None = None
        self._by: dict[int, str] = {}
        """Who has just done something to a deal, by deal."""
        self._named_since: dict[int, object] = {}
        """Which telling of it that was."""
        self._moves = 0
        """Changes that were shown before the database knew of them."""
        self._filter_line: FilterLine | None = None
        """Where the filter is being typed."""
        self._filter_trouble = ""
        """What is wrong with the filter that is being typed; the one before it still holds."""
        self._goal: GoalStanding | None = None
        """The goal that matters most to whoever looks; read once the board is there."""
        self._goal_at: tuple[int, date | None] = -1, None
        """The end of the ledger up to which it was read, and the day."""
        self._goal_drawn: tuple[int, list[Part]] = 0, []
        self._ahead: Ahead | None = None
        """What may come of it."""
        self._evening: str | None = None
        """How long it is until the night of awards, and to the end of the phase."""
        self._evening_at: tuple[int, date | None] = -1, None
        """The end of the ledger up to which it was read, and the day."""
        self._after_reload: tuple[int | None, tuple[str, str] | None] = None, None
        """The deal to go to and what to say once the board has been read; reading may start over."""
        self._to_put_back: list[Callable[[], None]] = []
        """What was refused and is still on the screen: how to take it off, oldest first."""

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        yield OneLine(id="summary")
        with Horizontal(id="columns"):
            for column in self._look.columns:
                yield DealColumn(
                    column,
                    self._look.cards,
                    self._by,
                    self.marks,
                    currency=self.app.currency,
                    today=self.app.today,
                )
            yield Sheet(id="pane")
        yield OneLine(id="small")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        self.columns = list(self.query(DealColumn))
        self.columns[self._here].active = True
        self._fit()
        self._show_lines()
        self.app.follow_from(self._look.seq)
        self.call_after_refresh(self.reload)
        self.call_after_refresh(self._tell_of_reviews)

    def _tell_of_reviews(self) -> None:
        """Tell whoever decides on goals that a quarter is over, once the board is there."""
        actor, now = self.app.acting, self.app.now()

        def task() -> str:
            from salesboard.ui.screens.review import told_at_start

            return told_at_start(actor, now)

        def came(words: str) -> None:
            if words and not self._said:
                self.say(words)

        def known(exist: bool) -> None:
            if exist:
                self.work(task, came, otherwise=lambda _: None, group="reviews", slowly=True)

        self.work(board.goals_exist, known, otherwise=lambda _: None, group="reviews")

    # --- what is where --------------------------------------------------------------------------------------

    @property
    def column(self) -> DealColumn:
        """The column one looks at."""
        return self.columns[self._here]

    @property
    def columns_of_cards(self) -> list[DealColumn]:
        """All columns."""
        return self.columns

    @property
    def card(self) -> Card | None:
        """The card under the cursor, if it has been read."""
        return self._look.cards.get(self.chosen) if self.chosen is not None else None

    @property
    def chosen(self) -> int | None:
        """The deal under the cursor; none in a folded column, where nobody would see what happens to it."""
        return None if self.column.folded else self.column.chosen

    def on_resize(self) -> None:
        if hasattr(self, "columns"):
            self._fit()

    def _fit(self) -> None:
        """Show as many columns as are readable, the one with the cursor among them."""
        width, height = self.app.size
        self.set_class(width < SMALLEST[0] or height < SMALLEST[1], "-small")
        needed = f"needs {SMALLEST[0]} × {SMALLEST[1]}"
        self.query_one("#small", OneLine).show([("text", needed), ("dim", f" cells, has {width} × {height}")])
        if self.has_class("-small"):
            return
        pane = self.query_one("#pane", Sheet)
        pane.styles.width = self._pane_width
        shown = self._in_room(width - (self._pane_width if pane.has_class("-shown") else 0))
        self._first_shown = shown.start
        for at, column in enumerate(self.columns):
            column.display = at in shown
        self._show_lines()

    @property
    def _pane_width(self) -> int:
        """Cells of the pane: one readable column stays beside it."""
        return min(PANE_WIDTH, self.app.size.width - NARROWEST_COLUMN)

    def _in_room(self, room: int) -> range:
        """The columns that fit, beginning where they began before if the one with the cursor is among
        them."""
        widths = [FOLDED_WIDTH if column.folded else NARROWEST_COLUMN for column in self.columns]
        first = min(self._first_shown, self._here)
        while first < self._here and sum(widths[first : self._here + 1]) > room:
            first += 1
        end = self._here + 1
        while end < len(widths) and sum(widths[first : end + 1]) <= room:
            end += 1
        while first > 0 and sum(widths[first - 1 : end]) <= room:
            first -= 1
        return range(first, end)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is done to cards that can not be seen because the terminal is too small."""
        if self.has_class("-small"):
            return action in ("leave", "help", "command_palette", "quit")
        return super().check_action(action, parameters)

    def inbox_changed(self) -> None:
        """Another number of notices waits to be read: say so."""
        self._show_lines()

    def _show_lines(self) -> None:
        """The header, the summary and the footer say how things stand."""
        app, view = self.app, self.view
        left: list[Part] = [("strong", "salesboard"), ("text", "   Board")]
        if self._filter_trouble:
            left = [("strong", "salesboard"), ("attention", f"   {self._filter_trouble}")]
        elif self._look.spoken:
            left.append(("key", f"   {self._look.spoken}"))
        for words in (
            view.scope if view.scope != board.EVERYONE else "",
            f"by {view.order}" if view.order != board.BY_HAND else "",
        ):
            if words:
                left.append(("dim", f"   {words}"))
        who = " · ".join(
            part for part in (app.acting.name, self._look.teams, f"{app.today.day} {app.today:%b}") if part
        )
        whole = len(left)
        if self._evening and not self._filter_trouble:
            night, _, phase = self._evening.partition(";")
            left += [("dim", f"   {night}"), ("dim", f";{phase}")]
        self.query_one("#header", OneLine).show(left, [*self.inbox_count(), ("dim", who)], whole=whole)
        self._show_summary()
        self.show_footer()

    def _show_summary(self) -> None:
        """The goal that matters most, and the sums of what is on the board where both fit; where what is on
        the board has been chosen, its sums alone."""
        width = self.app.size.width - 2
        goal = self._goal_in(width) if self._goal and not self._look.spoken else []
        taken = sum(len(text) for _, text in goal)
        if not goal:
            sums, beside = self._sums(width)
        elif width - taken > SUMS_BESIDE:
            sums, beside = self._sums(width - taken - 5)
            goal = [*goal, ("dim", "     ")]
        else:
            sums, beside = [], [("dim", self._out_of_sight(named=False))]
        self.query_one("#summary", OneLine).show([*goal, *sums], beside)

    def _goal_in(self, width: int) -> list[Part]:
        """The goal that matters most; it is drawn once for each width."""
        from salesboard.ui import bars

        assert self._goal is not None
        if self._goal_drawn[0] != width:
            left = width - 5 if width < FEWEST_FOR_BOTH else width - SUMS_BESIDE - 1
            self._goal_drawn = (
                width,
                bars.headline(
                    self._goal,
                    self._ahead.chance if self._ahead else None,
                    self._ahead.range if self._ahead else None,
                    self.app.currency,
                    left,
                ),
            )
        return self._goal_drawn[1]

    def _sums(self, width: int) -> tuple[list[Part], list[Part]]:
        """What was won in the quarter and what is open, and beside it the columns out of sight."""
        look, currency = self._look, self.app.currency
        open_columns = [column for column in look.columns if not column.stage.holds_won]
        open_minor = sum(column.value_minor for column in open_columns)
        weighted = sum(column.weighted_minor for column in open_columns)
        count = sum(column.count for column in open_columns)
        quarter = look.quarter
        sales = f" · {counted(quarter.sales, 'sale')}"
        deals = f" · {counted(count, 'deal')}"
        for gap, with_counts, named in (
            ("     ", True, True),
            ("   ", True, True),
            ("   ", True, False),
            ("   ", False, False),
        ):
            parts: list[Part] = [
                ("dim", f"{quarter.name}  "),
                ("money", money.format_short(quarter.won_minor, currency)),
                ("dim", f" won{sales if with_counts else ''}{gap}open "),
                ("money", money.format_short(open_minor, currency)),
                ("dim", f"{deals if with_counts else ''}{gap}weighted "),
                ("money", money.format_short(weighted, currency)),
            ]
            beside: list[Part] = [("dim", self._out_of_sight(named))]
            if sum(len(text) for _, text in (*parts, *beside)) + len(gap) <= width:
                break
        return parts, beside

    def _out_of_sight(self, named: bool) -> str:
        """The columns to the left and to the right of what is shown, by name or by number."""
        names = [column.content.stage.name for column in self.columns]
        shown = [at for at, column in enumerate(self.columns) if column.display] or range(len(names))
        left, right = (
            ", ".join(hidden) if named else f"{len(hidden) or ''}"
            for hidden in (names[: shown[0]], names[shown[-1] + 1 :])
        )
        return "   ".join((f"‹ {left}",) * bool(left) + (f"{right} ›",) * bool(right))

    def show_footer(self) -> None:
        """Name the keys that matter now, or those that may follow the first of two."""
        if self._pending != "m":
            super().show_footer()
            return
        parts: list[Part] = [("dim", "move to  ")]
        for number, column in enumerate(self.columns, 1):
            parts += [("key", f"{number} "), ("text", f"{column.content.stage.name}  ")]
        self.query_one("#footer", OneLine).show(parts, [("dim", "Esc cancel")])

    def _show_footer(self) -> None:
        footer = self.query_one("#footer", OneLine)
        if self._said:
            done = self._said[0][0] == "good"
            footer.show(self._said, named_keys(*(("u", "undo"),) * done, ("?", "keys")))
        elif self.marks:
            keys = [*self.marked_in_words(), *named_keys(*FOR_MARKED)]
            footer.show(keys, named_keys(("Esc", "unmark"), ("?", "keys")), whole=2)
        else:
            footer.show_keys(self._six(), named_keys(("g", "go"), ("?", "keys")))

    def _six(self) -> Sequence[tuple[str, str]]:
        if self.column.folded:
            return (
                ("z", "unfold"),
                ("h l", "other column"),
                ("n", "new deal"),
                ("/", "filter"),
                ("q", "leave"),
            )
        if self.card is None:
            return (("n", "new deal"), ("/", "filter"), ("C", "scope"), ("o", "older sales"), ("q", "leave"))
        if self.card.status == pipeline.OPEN:
            return (
                ("H L", "move"),
                ("w", "won"),
                ("x", "lost"),
                ("n", "new"),
                ("Enter", "open"),
                ("/", "filter"),
            )
        return (("Enter", "open"), ("c", "note"), ("O", "reopen"), ("n", "new"), ("/", "filter"))

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the board, until the next key."""
        self._said = ((style, words),) if words else ()
        self.show_footer()

    # --- moving the eye -------------------------------------------------------------------------------------

    def hear_key(self, event: events.Key) -> bool | str:
        """Hear of a key before what it is bound to is done; what two keys are bound to, as the second of
        them, or whether it ends here."""
        if self._pending == "m":
            self._pending = ""
            self.show_footer()
            if event.character:
                self._move_by_name(event.character)
            return True
        if self._said and not self._pending:
            self._said = ()
            self.show_footer()
        if self._pending:
            return super().hear_key(event)
        self._asked, self._asked_before = "", self._asked
        return False

    def action_prefix(self, key: str) -> None:
        """Wait for the second key."""
        if key != "m" or self.card is not None or self.marks:
            super().action_prefix(key)

    def action_look(self, by: int) -> None:
        """Look at a neighbouring column."""
        self.action_column(self._here + by)

    def action_column(self, at: int) -> None:
        """Look at a column."""
        at = max(0, min(at, len(self.columns) - 1))
        if at == self._here:
            return
        before, self._here = self._here, at
        self.columns[before].active = False
        self.columns[at].active = True
        if not self.columns[at].display:
            self._fit()
        self._eye_moved()

    def action_down(self, by: int) -> None:
        """Look at the card below or above."""
        self.column.select(self.column.cursor + by)
        self._eye_moved()

    def action_page(self, by: int) -> None:
        """Half a page down or up."""
        self.action_down(by * max(1, self.column.page // 2))

    def action_top(self) -> None:
        """Go to the first card."""
        self.column.select(0)
        self._eye_moved()

    def action_bottom(self) -> None:
        """Go to the last card."""
        self.column.select(len(self.column.ids) - 1)
        self._eye_moved()

    def action_fold(self) -> None:
        """Fold or unfold the column."""
        self.column.folded = not self.column.folded
        self._fit()
        self._eye_moved()

    def _unfold(self, column: DealColumn) -> None:
        if column.folded:
            column.folded = False
            self._fit()

    def _eye_moved(self) -> None:
        if not self._said and not self._pending:
            self._show_footer()
        self._show_pane()

    @on(DealColumn.Chosen)
    def _card_clicked(self, message: DealColumn.Chosen) -> None:
        self.action_column(self.columns.index(message.column))
        if message.deal is not None and message.column.select_deal(message.deal):
            self._eye_moved()
            if message.opened:
                self.action_open()

    # --- reading --------------------------------------------------------------------------------------------

    @on(DealColumn.Wanted)
    def _cards_wanted(self, message: DealColumn.Wanted) -> None:
        def came(cards: dict[int, Card]) -> None:
            self._look.cards.update(cards)
            for column in self.columns:
                column.arrived(cards)

        self.work(partial(board.cards, message.ids), came, group="cards")

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read the board again and paint what differs; the cursor stays on its card, or goes to a deal."""
        moves = self._moves
        self._after_reload = to_deal or self._after_reload[0], said or self._after_reload[1]

        def came(found: Look) -> None:
            if moves == self._moves:
                self._show(found)
            else:
                self.reload()

        in_sight = [deal for column in self.columns for deal in column.in_sight()]
        self.work(
            partial(look, self.view, self.app.acting, self.app.now(), self.app.size.height, also=in_sight),
            came,
            otherwise=self._not_read,
            group="look",
            exclusive=True,
        )

    @property
    def is_filtering(self) -> bool:
        """Whether the filter is being typed."""
        return self._filter_line is not None

    @property
    def is_on_the_way(self) -> bool:
        """Whether the cursor is about to go to another deal, so that the next key has to wait."""
        return self._after_reload[0] is not None

    def _not_read(self, error: SalesboardError) -> None:
        """Keep what is shown, without what was refused; a filter that can not be understood gives way to the
        one before it."""
        (_, said), self._after_reload = self._after_reload, (None, None)
        self._put_back()
        if self.view.filter_text == self._look.view.filter_text:
            self.say(*said) if said else self.refused(error)
            return
        self.view = replace(self.view, filter_text=self._look.view.filter_text)
        if self._filter_line is not None:
            self._filter_trouble = str(error)
            self._show_lines()
        else:
            self.refused(error)

    def _put_back(self) -> None:
        refused, self._to_put_back = self._to_put_back, []
        for put_back in reversed(refused):
            put_back()

    def _show(self, found: Look) -> None:
        self._to_put_back.clear()
        (to_deal, said), self._after_reload = self._after_reload, (None, None)
        cards = self._look.cards
        in_sight = {deal for column in self.columns for deal in column.in_sight()}
        changed = [deal for deal, card in found.cards.items() if cards.get(deal) != card]
        stale = in_sight - found.cards.keys()
        cards.clear()
        cards.update(found.cards)
        found.cards = cards
        self._look = found
        for column, content in zip(self.columns, found.columns, strict=True):
            column.show(content)
            column.repaint_deals({*changed, *stale})
        self.keep_marks_on_board()
        if to_deal is not None:
            self._go_to(to_deal)
        self._show_lines()
        self._show_pane()
        self._read_goal()
        self._read_evening()
        if said:
            self.say(*said)

    def _read_goal(self) -> None:
        """Have the goal that matters most read again, if anything was done since that sales depend on."""
        seq, today = self._look.seq, self.app.today
        if (seq, today) == self._goal_at:
            return
        since, before = self._goal_at[0], self._goal
        by_sales = before is None or before.goal.metric != "advocates"
        may_stay = by_sales and today == self._goal_at[1]
        me = self.app.acting.id

        def task() -> GoalStanding | None:
            if may_stay and all(one.verb in LEAVES_SALES for one in ledger.heads(after=since)):
                return before
            from salesboard.ui import outlook

            return outlook.that_matters_most(me, today)

        def came(found: GoalStanding | None) -> None:
            self._goal_at = seq, today
            if found is self._goal:
                return
            if found is None or self._goal is None or found.goal.id != self._goal.goal.id:
                self._ahead = None
            self._goal, self._goal_drawn = found, (0, [])
            self._show_summary()
            if found is not None:
                self._look_ahead(found)

        def known(exist: bool) -> None:
            if exist:
                self.work(task, came, otherwise=lambda _: None, group="goal", exclusive=True, slowly=True)

        if before is None:
            self.work(board.goals_exist, known, otherwise=lambda _: None, group="goals", exclusive=True)
        else:
            known(exist=True)

    def _read_evening(self) -> None:
        """Have it read again how long it is until the night of awards, if that may have changed."""
        seq, today = self._look.seq, self.app.today
        if (seq, today) == self._evening_at:
            return
        (since, day), before = self._evening_at, self._evening

        def task() -> str | None:
            if day == today and all(one.subject_table != SEASON for one in ledger.heads(after=since)):
                return before
            from salesboard.domain.awards import seasons

            return seasons.coming_up(today)

        def came(found: str | None) -> None:
            self._evening_at = seq, today
            if found != self._evening:
                self._evening = found
                self._show_lines()

        self.work(task, came, otherwise=lambda _: None, group="evening", exclusive=True, slowly=True)

    def _look_ahead(self, found: GoalStanding) -> None:
        def came(ahead: Ahead) -> None:
            if ahead != self._ahead:
                self._ahead, self._goal_drawn = ahead, (0, [])
                self._show_summary()

        self.work(
            partial(self.app.outlook.ahead, found),
            came,
            otherwise=lambda _: None,
            group="ahead",
            exclusive=True,
            slowly=True,
        )

    def _go_to(self, deal: int) -> None:
        for at, column in enumerate(self.columns):
            if deal in column.ids:
                self._unfold(column)
                self.action_column(at)
                column.select_deal(deal)
                return

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Somebody else has changed something: show it, and say who did what."""
        newest, me = heads[-1], self.app.acting
        since = heads[-MOST_NAMED:][0].seq - 1

        def told() -> tuple[str, dict[int, str]]:
            events = history.events(newest=None, after=since, upto=newest.seq, bodies=False)
            theirs = (one for one in events if one.table == "deal" and one.handle != me.handle)
            return history.in_words(events[-1]), {one.subject: one.handle for one in theirs if one.subject}

        self.reload()
        if all(head.actor == me.id for head in heads):
            return
        more = f" and {len(heads) - 1} more" if len(heads) > 1 else ""

        def heard(news: tuple[str, dict[int, str]]) -> None:
            words, by = news
            self._name_on_cards(by)
            if newest.actor != me.id and not (self._said and self._said[0][0] == "attention"):
                self.say(words + more, "dim")

        self.work(told, heard, group="told", exclusive=True)

    def _name_on_cards(self, by: dict[int, str]) -> None:
        """Let cards say for a moment who did something to them."""

        since = object()

        def no_more() -> None:
            # Who was named again since stays for as long from then on.
            ended = [deal for deal in by if self._named_since.get(deal) is since]
            for deal in ended:
                del self._by[deal], self._named_since[deal]
            self._repaint(ended)

        self._by.update(by)
        self._named_since.update(dict.fromkeys(by, since))
        self._repaint(by)
        self.set_timer(NAMED_FOR, no_more)

    def _repaint(self, deals: Iterable[int]) -> None:
        named = set(deals)
        for column in self.columns:
            column.repaint_deals(named)

    # --- filter, order, scope -------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Filter as you type."""
        from salesboard.ui.widgets.filter_line import FilterLine

        if self._filter_line is None:
            self.query_one("#footer").display = False
            self._filter_line = FilterLine(self.view.filter_text)
            self.mount(self._filter_line)

    def _close_filter(self) -> None:
        self._filter_trouble = ""
        if self._filter_line is not None:
            self._filter_line.remove()
            self._filter_line = None
        self.query_one("#footer").display = True
        self.set_focus(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter by what has been typed so far."""
        self._filter_by(event.value)

    def on_input_submitted(self) -> None:
        """Keep the filter and go back to the cards, unless it can not be understood."""
        if not self._filter_trouble:
            self._close_filter()
            self._show_lines()

    def action_leave_off(self) -> None:
        """Leave the filter line, then the pane, then take the marks away, then clear the filter."""
        pane = self.query_one("#pane", Sheet)
        if self._filter_line is not None:
            self._close_filter()
            self._filter_by("")
        elif pane.has_focus:
            self.set_focus(None)
        elif self.marks:
            self.unmark()
        elif self.view.filter_text:
            self._filter_by("")
        elif pane.has_class("-shown"):
            self.action_pane()

    def _filter_by(self, text: str) -> None:
        self._filter_trouble = ""
        self._show_lines()
        if self.view.filter_text != text:
            self.view = replace(self.view, filter_text=text)
            self.reload()

    def action_sort(self) -> None:
        """The next order of cards."""
        orders = list(board.ORDERS)
        order = orders[(orders.index(self.view.order) + 1) % len(orders)]
        self.view = replace(self.view, order=order)
        self.reload(said=(f"sorted by {order}", "text"))

    def action_scope(self) -> None:
        """Everyone's deals, my teams', or mine."""
        scopes = board.SCOPES
        scope = scopes[(scopes.index(self.view.scope) + 1) % len(scopes)]
        self.view = replace(self.view, scope=scope)
        told = {board.EVERYONE: "everyone's deals", board.TEAM: "deals of my teams", board.ME: "my deals"}
        self.reload(said=(told[scope], "text"))

    def action_older(self) -> None:
        """Show or hide older sales."""
        self.view = replace(self.view, nothing_hidden=not self.view.nothing_hidden)
        self.reload(
            said=("all sales are shown" if self.view.nothing_hidden else "older sales are hidden", "text")
        )

    # --- the pane -------------------------------------------------------------------------------------------

    def action_pane(self) -> None:
        """Show or hide the details beside the board."""
        pane = self.query_one("#pane", Sheet)
        pane.toggle_class("-shown")
        self._fit()
        self._show_pane()

    def action_pane_focus(self) -> None:
        """Read in the pane, and back."""
        pane = self.query_one("#pane", Sheet)
        if pane.has_class("-shown"):
            self.set_focus(None if pane.has_focus else pane)

    def _show_pane(self) -> None:
        pane = self.query_one("#pane", Sheet)
        if not pane.has_class("-shown"):
            return
        chosen = self.chosen
        if chosen is None:
            pane.show([])
            return

        def came(deal: board.DealFacts) -> None:
            from salesboard.ui import deal_sheet

            if self.app.company is not None and deal.card.id == self.chosen:
                lines = deal_sheet.pane(deal, self.app.company, self.app.now(), self._pane_width - 4)
                pane.show(lines, from_top=self._opened is None or self._opened.card.id != deal.card.id)
                self._opened = deal

        self.work(partial(board.deal_facts, chosen, self.app.now()), came, group="pane", exclusive=True)

    # --- moving the card ------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the deal one stage on or back."""
        at = self._here + by
        if self.marks:
            key, where = ("L", "a stage on") if by > 0 else ("H", "a stage back")
            self.move_marked(key, lambda here: here + by, where)
        elif self.card is not None and 0 <= at < len(self.columns):
            self._move_to(at)

    def _move_by_name(self, character: str) -> None:
        names = [column.content.stage.name.casefold() for column in self.columns]
        if character.isdigit() and 1 <= int(character) <= len(self.columns):
            self._move_to(int(character) - 1)
        else:
            close = [at for at, name in enumerate(names) if name.startswith(character.casefold())]
            if len(close) == 1:
                self._move_to(close[0])
            else:
                self.say(f"no stage begins with {character!r}; give its number", "attention")

    def _move_to(self, at: int) -> None:
        if self.marks:
            self.move_marked(f"m {at + 1}", lambda _: at, f"to {self.columns[at].content.stage.name}")
            return
        card, source, target = self.card, self.column, self.columns[at]
        if card is None or at == self._here:
            return
        stage = target.content.stage
        if card.status == pipeline.OPEN and stage.holds_won:
            self.action_form("win")
            return
        if card.status != pipeline.OPEN and not (card.status == pipeline.WON and stage.holds_won):
            self.say(f"{card.name} is {card.status}: O opens it again", "attention")
            return
        value, was_at, place = card.value_minor or 0, self._here, source.ids.index(card.id)
        self._unfold(target)
        source.take_out(card.id, value)
        self._look.cards[card.id] = replace(card, stage_id=stage.id, touched_on=self.app.today)
        target.put_in(card.id, value)
        self.action_column(at)
        self._show_summary()
        self.say(f"{card.name} moved to {stage.name}", "good")
        seen = {"stage": card.stage_id}

        def put_back() -> None:
            if card.id in target.ids:
                target.take_out(card.id, value)
                self._look.cards[card.id] = card
                source.put_in(card.id, value, place)
                self.action_column(was_at)
                self._show_summary()

        self._write(
            lambda actor, now: pipeline.move_deal(actor, card.id, stage.id, now=now, seen=seen),
            card.id,
            put_back,
        )

    def _write(self, act: Callable[[Actor, datetime], Any], deal: int, put_back: Callable[[], None]) -> None:
        """Have a change made that is on the screen already; if it is refused, show how things stand, and
        why.

        Where that can not be read either, it is put back on the screen as it was.
        """
        self._moves += 1
        plain_view = self.view.order == board.BY_HAND and not self.view.filter_text
        actor, now = self.app.acting, self.app.now()

        def task() -> dict[int, Card]:
            act(actor, now)
            return board.cards([deal])

        def kept(cards: dict[int, Card]) -> None:
            if self._look.cards.get(deal) is not None and cards:
                before = self._look.cards[deal]
                self._look.cards[deal] = cards[deal]
                if replace(before, version=0) != replace(cards[deal], version=0):
                    self.column.repaint_deals((deal,))
            if not plain_view:
                self.reload()
            self._show_pane()

        def refused(error: SalesboardError) -> None:
            self._to_put_back.append(put_back)
            self.reload(to_deal=deal, said=(str(error), "attention"))

        self.work(task, kept, otherwise=refused)

    def action_reorder(self, by: int) -> None:
        """Put the card one place lower or higher."""
        column, card = self.column, self.card
        if card is None:
            return
        if self.view.order != board.BY_HAND:
            self.say(f"cards are sorted by {self.view.order}: s goes on to 'by hand'", "attention")
            return
        other = column.cursor + by
        if not 0 <= other < len(column.ids):
            return
        neighbour = column.ids[other]
        before = column.cursor
        column.swap(before, other)
        beside = {"after": neighbour} if by > 0 else {"before": neighbour}

        def put_back() -> None:
            if max(before, other) < len(column.ids) and column.ids[other] == card.id:
                column.swap(other, before)

        self._write(
            lambda actor, now: pipeline.reorder_deal(actor, card.id, now=now, **beside), card.id, put_back
        )

    # --- what asks first ------------------------------------------------------------------------------------

    def action_archive(self) -> None:
        """Put the deal out of sight."""
        if self.marks:
            self.archive_marked()
            return
        card = self.card
        if card is None:
            return
        words = f"X again archives {card.name}; any other key keeps it"
        if not self.is_sure(f"archive {card.id}", words):
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            lambda: pipeline.archive_deal(actor, card.id, now=now),
            lambda _: self.reload(said=(f"{card.name} is archived", "good")),
            group=KEYS_WAIT,
        )

    def action_new(self) -> None:
        """A new deal in one line."""
        from salesboard.domain import quickadd
        from salesboard.ui import dialogs

        stage = self.column.content.stage
        now = self.app.now()
        self.ask(
            partial(quickadd.known, now),
            lambda names: dialogs.new(self.app, names, None if stage.holds_won else stage),
            lambda deal: self.reload(to_deal=deal, said=("the deal is on the board", "good")),
        )

    def action_open(self) -> None:
        """Everything about this deal."""
        chosen = self.chosen
        if chosen is None:
            return
        from salesboard.ui.screens.deal import DealScreen, read

        now = self.app.now()

        def came(page: Any) -> None:
            self.app.push_screen(DealScreen(page), lambda _: self.reload(to_deal=chosen))

        self.work(partial(read, chosen, now), came, group=KEYS_WAIT, exclusive=True)

    def action_leave(self) -> None:
        """Leave salesboard."""
        if self.is_sure("leave", "q again leaves salesboard", "text"):
            self.app.exit()
