"""The record book: the best there ever was, how the years grew, and the goals that were reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import ClassVar, Literal, get_args

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import chases, growth, moments, people, record_book
from salesboard.domain.chases import Chase
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.growth import Growth
from salesboard.domain.moments import ReachedMoment
from salesboard.domain.record_news import Words
from salesboard.domain.records import Key, Metric, Record
from salesboard.storage.ledger import Head
from salesboard.ui import record_sheet
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.lines import OneLine, named_keys, named_pages
from salesboard.ui.widgets.sheet import Line

Tab = Literal["Records", "Growth", "Moments"]
TABS: tuple[Tab, ...] = get_args(Tab)
NO_RECORD = frozenset({"added", "moved", "reordered", "noted", "lost", "disqualified"})
"""What can not change any record."""


@dataclass(frozen=True)
class Look:
    """What a tab of the book shows of a scope."""

    words: Words
    records: Sequence[Record] = ()
    growth: Sequence[Growth] = ()
    moments: Sequence[ReachedMoment] = ()


@dataclass(frozen=True)
class Choice:
    """A scope that one may look at, or the heading of some."""

    scope: Scope | None
    name: str
    depth: int = 1


@dataclass
class _Shown:
    """What is on the screen."""

    scope: Scope = COMPANY_SCOPE
    tab: Tab = "Records"
    look: Look | None = None
    chased: dict[Key, Chase] = field(default_factory=dict)
    choices: Sequence[Choice] = ()
    """Where one is choosing a scope."""


def read(scope: Scope, tab: Tab, today: date) -> Look:
    """Read what a tab shows; runs at the desk."""
    words = Words(today)
    words.read_names()
    match tab:
        case "Records":
            found = record_book.book(today=today, scope=scope)
            for record in found:
                if record.deals:
                    record_sheet.held(record, words)
            return Look(words, records=found)
        case "Growth":
            return Look(words, growth=growth.growth(today=today, scope=scope))
        case "Moments":
            return Look(words, moments=moments.moments(today=today))


def choices(today: date) -> list[Choice]:
    """The company, the teams as they stand in their tree, and everybody; runs at the desk."""
    found = [Choice(COMPANY_SCOPE, "the company", 0)]
    teams = [Choice(Scope(team=one.id), one.name, one.depth + 1) for one in people.tree()]
    if teams:
        found += [Choice(None, "Teams", 0), *teams]
    crew = [Choice(Scope(person=one.id), one.name) for one in people.roster(today)]
    return [*found, Choice(None, "People", 0), *crew]


def _choice(one: Choice) -> tuple[Scope | None, Line]:
    style = "text" if one.scope is not None else "strong"
    return one.scope, [(style, f"  {'  ' * one.depth}{one.name}")]


class RecordsScreen(ListScreen[Look], PersonScreen):
    """Records by metric and period with who holds them; the years; the goals that were reached."""

    ACTS = KEYS_WAIT
    PLACE = "records"
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "open",
            "Open",
            id="record.open",
            tooltip="How the record came to be: each time it fell, and the sales behind it",
        ),
        Binding(
            "v",
            "prove",
            "Prove",
            id="record.prove",
            tooltip="The sales behind the record, added up before your eyes",
        ),
        Binding(
            "C",
            "choose",
            "Whose",
            id="record.scope",
            tooltip="Whose records: the company's, a team's, a person's",
        ),
        Binding(
            "right_square_bracket,tab",
            "turn(1)",
            "Next page",
            id="record.next-tab",
            tooltip="Turn from the records to the growth, and to the goals that were reached",
        ),
        Binding(
            "left_square_bracket,shift+tab",
            "turn(-1)",
            "Page before",
            id="record.previous-tab",
            tooltip="Turn back",
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    RecordsScreen {
        #rows { padding: 0 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = _Shown()

    def content(self) -> ComposeResult:
        yield OneLine(id="summary")
        yield from super().content()

    def arrive(self) -> None:
        """Say where one is while the book is read."""
        self.show_header(("text", "Record book"))
        self.query_one("#summary", OneLine).show([("dim", "reading …")])
        self.show_footer()
        self.reload()

    @property
    def record(self) -> Record | None:
        """The record under the cursor."""
        chosen = self.rows.chosen
        look = self._shown.look
        return next((one for one in look.records if one.key == chosen), None) if look else None

    # --- reading --------------------------------------------------------------------------------------------

    def reading(self) -> Callable[[], Look]:
        """The tab."""
        return partial(read, self._shown.scope, self._shown.tab, self.app.today)

    def keep(self, found: Look) -> None:
        """Keep what the tab shows."""
        self._shown.look = found

    def read_on(self) -> None:
        """Have the records within reach worked out, and name them when they come."""
        shown = self._shown
        if shown.tab == "Records" and shown.look and shown.look.records:
            self._ask_chase(shown, list(chases.METRICS), with_odds=False)

    def _ask_chase(self, shown: _Shown, waiting: list[Metric], *, with_odds: bool) -> None:
        """Those at hand first, then metric by metric those that are likely: nothing waits long for them."""

        def came(found: list[Chase]) -> None:
            if self._shown is not shown:
                return
            shown.chased |= chases.nearest(found)
            self._show()
            rest = waiting[1:] if with_odds else waiting
            if rest:
                self._ask_chase(shown, rest, with_odds=True)

        metrics = waiting[:1] if with_odds else waiting
        self.work(
            partial(
                chases.chases,
                today=self.app.today,
                scope=shown.scope,
                metrics=metrics,
                with_odds=with_odds,
            ),
            came,
            group="chases",
            exclusive=True,
            slowly=True,
        )

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Read again what somebody else may have changed; what is done to open deals all day does not."""
        if not all(head.verb in NO_RECORD for head in heads):
            self.reload()

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        shown = self._shown
        if shown.look is None:
            return
        width = self.app.size.width - 2
        words, look = shown.look.words, shown.look
        rows: list[tuple[Key | Scope | None, Line]]
        if shown.choices:
            rows = [_choice(one) for one in shown.choices]
        elif shown.tab == "Records":
            rows = list(record_sheet.book(look.records, shown.chased, words, width))
            if not look.records:
                rows = [(None, [("dim", " Nothing has been sold yet.")])]
        else:
            lines = (
                record_sheet.grown(look.growth, words, width)
                if shown.tab == "Growth"
                else record_sheet.moments(look.moments, words, width)
            )
            rows = [(None, line) for line in lines]
        self.rows.show_rows(rows)
        whose = words.whose(shown.scope).removesuffix(": ") or "company"
        roomy = width >= record_sheet.MIDDLE
        tabs = named_pages(TABS, TABS.index(shown.tab), "key", all_of_them=roomy)
        where = [("text", "Record book")] if roomy else []
        self.show_header(*where, ("strong", whose), *tabs)
        self._tell_chosen()
        self.show_footer()

    def _tell_chosen(self) -> None:
        shown, record = self._shown, self.record
        line = self.query_one("#summary", OneLine)
        if shown.choices:
            line.show([("text", "Whose records?")])
        elif record is not None and shown.look is not None:
            line.show(
                record_sheet.summary(
                    record, shown.chased.get(record.key), shown.look.words, self.app.size.width
                )
            )
        elif shown.tab == "Growth":
            line.show([("dim", "the running year against as many days of the year before")])
        elif shown.tab == "Moments":
            line.show([("dim", "goals of the company, the day they were reached, and what crossed the line")])
        else:
            line.show([("dim", "no records yet")])

    def on_rows_moved(self) -> None:
        """Tell of the record that the cursor has come to."""
        self._tell_chosen()

    def _show_footer(self) -> None:
        if self._shown.choices:
            keys = (("Enter", "look at"), ("Esc", "cancel"))
            self.query_one("#footer", OneLine).show(named_keys(*keys))
        else:
            super()._show_footer()

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        here = (("Enter", "lineage"), ("v", "proof")) if self._shown.tab == "Records" else ()
        nominate = (("N", "nominate"),) if here else ()
        return (*here, ("C", "whose"), ("[ ]", "turn page"), *nominate)

    # --- keys -----------------------------------------------------------------------------------------------

    def action_turn(self, by: int) -> None:
        """Turn to the next page, or back."""
        tab = TABS[(TABS.index(self._shown.tab) + by) % len(TABS)]
        self._shown = _Shown(self._shown.scope, tab)
        self.reload()

    def action_choose(self) -> None:
        """Choose whose records to look at."""

        def came(found: list[Choice]) -> None:
            self._shown.choices = found
            self._show()

        self.work(partial(choices, self.app.today), came, exclusive=True)

    def action_open(self) -> None:
        """How the record under the cursor came to be; while choosing, look at whose the cursor is on."""
        chosen = self.rows.chosen
        if self._shown.choices:
            assert isinstance(chosen, Scope)
            self._shown = _Shown(chosen, self._shown.tab)
            self.reload()
            return
        record = self.record
        if record is None:
            return
        from salesboard.ui.screens.lineage import LineageScreen
        from salesboard.ui.screens.lineage import read as read_page

        self.work(
            partial(read_page, str(record.key), self.app.today),
            lambda page: self.app.push_screen(LineageScreen(page, self._shown.chased.get(record.key))),
            exclusive=True,
            slowly=True,
        )

    def action_prove(self) -> None:
        """The sales behind the record under the cursor."""
        from salesboard.ui.screens.lineage import show_proof

        if self.record is not None and not self._shown.choices:
            show_proof(self, self.record.key)

    @property
    def nominee(self) -> Nominee:
        """Who holds the record under the cursor; while choosing, the person one would look at."""
        from salesboard.ui import nominating

        if self._shown.choices:
            chosen = next((one for one in self._shown.choices if one.scope == self.rows.chosen), None)
            return {"whom": chosen.name} if chosen and chosen.scope and chosen.scope.person else {}
        return {"about": nominating.of_record(self.record)} if self.record is not None else {}

    def action_leave(self) -> None:
        """Leave the choice as it is; else back to where one came from."""
        if self._shown.choices:
            self._shown.choices = ()
            self._show()
        else:
            self.dismiss(None)
