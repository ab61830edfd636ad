"""One account on a page of its own: how the relationship stands, its story, its deals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from salesboard.domain import accounts, company, listing, relations, story
from salesboard.ui import account_sheet
from salesboard.ui.account_sheet import Page
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.relation_forms import Whose, account_of
from salesboard.ui.screens.acting import ClientScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import AT_ONCE, PageScreen
from salesboard.ui.widgets.lines import Part, named_pages
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet
from salesboard.ui.widgets.two_sheets import WIDE

FACTS, STORY, DEALS = TABS = ("Facts", "Story", "Deals")
EVERYTHING = "everything"


def read_of(whose: Whose, now: datetime) -> Page:
    """Read an account, or that of a deal; runs at the desk."""
    return read(account_of(whose, now), company.facts().today(now))


def read(account: int, today: date) -> Page:
    """Read an account; runs at the desk."""
    return Page(
        accounts.account_facts(account),
        accounts.contacts_of(account),
        listing.deals_of(account),
        relations.relation_with(account, today=today),
        relations.first_date_of(account),
        [one for one in relations.thanks_owed(today=today) if one.account == account],
        relations.thanks_of(account),
        story.story(account, today),
    )


class AccountScreen(PageScreen[Page], ClientScreen):
    """Facts on the left, story or deals on the right; one after the other where there is no room."""

    ACTS = KEYS_WAIT  # nothing is shown here before it is so
    READING = AT_ONCE
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_deal", "Open", id="client.deal", tooltip="The deal under the cursor"),
        Binding(
            "tab,right_square_bracket",
            "tab(1)",
            "Next tab",
            id="sheet.next-tab",
            tooltip="Facts, story, deals: the next of them",
        ),
        Binding(
            "left_square_bracket,shift+tab",
            "tab(-1)",
            "Tab before",
            id="sheet.tab-before",
            tooltip="Facts, story, deals: the one before",
        ),
        Binding(
            "f", "kind", "Kind", id="client.kind", tooltip="Of the story everything, or one kind: thanks, …"
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    AccountScreen {
        #sides { height: 1fr; padding: 1 0 0 0; }
        #facts { width: 2fr; }
        #rows { width: 3fr; border-left: vkey $rule; padding: 0 1; }
        &.-narrow #rows { border-left: none; }
    }
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._tab = STORY
        self._kind = EVERYTHING

    def content(self) -> ComposeResult:
        with Horizontal(id="sides"):
            yield Sheet(id="facts")
            yield Rows(id="rows")

    def reading(self) -> Callable[[], Page]:
        """The account."""
        return partial(read, self._page.account.id, self.app.today)

    def on_mount(self) -> None:
        self._tab = STORY if self._is_wide else FACTS

    def on_resize(self) -> None:
        if self._is_wide and self._tab == FACTS:
            self._tab = STORY

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= WIDE

    @property
    def whose(self) -> Whose:
        """The account of the page."""
        return "account", self._page.account.id

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        assert self.app.company is not None
        page, today, wide = self._page, self.app.today, self._is_wide
        self.set_class(not wide, "-narrow")
        facts, rows = self.query_one("#facts", Sheet), self.query_one("#rows", Rows)
        facts.display, rows.display = wide or self._tab == FACTS, self._tab != FACTS
        width = self.app.size.width
        room = width * 2 // 5 - 2 if wide else width - 4
        facts.show(account_sheet.facts(page, self.app.company, today, room))
        rows.show_rows(
            self._story() if self._tab != DEALS else self._deals(width - room - 6 if wide else room)
        )
        (facts if self._tab == FACTS else rows).focus()
        tabs = TABS[1:] if wide else TABS
        counts = {STORY: f" {len(page.story)}", DEALS: f" {len(page.deals)}"} if wide else {}
        named: list[Part] = [("text", one_line(page.account.name, 40 if wide else 22).rstrip())]
        names = [f"{one}{counts.get(one, '')}" for one in tabs]
        here = tabs.index(self._tab) if self._tab in tabs else 0
        named += named_pages(names, here, "strong", all_of_them=wide)
        self.show_header(*named)
        self.show_footer()

    def _story(self) -> list[tuple[Any, Line]]:
        found = [one for one in self._page.story if self._kind in (EVERYTHING, one.kind)]
        if not found:
            return [(None, [("dim", " Nothing has happened yet.")])]
        return [((one.fact, one.deal), account_sheet.told(one, self.app.today)) for one in found]

    def _deals(self, room: int) -> list[tuple[Any, Line]]:
        assert self.app.company is not None
        if not self._page.deals:
            return [(None, [("dim", " No deals yet.")])]
        return [
            (("deal", card.id), account_sheet.deal_line(card, self.app.company, self.app.today, room))
            for card in self._page.deals
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        kind = (("f", self._kind),) * (self._tab == STORY)
        opens = (("Enter", "open"),) * (self._tab == DEALS or (self._tab == STORY and self._is_wide))
        return (("t", "thank"), ("A", "first date"), ("Tab", "next"), *kind, *opens)

    # --- doing ----------------------------------------------------------------------------------------------

    def action_tab(self, by: int) -> None:
        """The next of facts, story and deals."""
        tabs = TABS[1:] if self._is_wide else TABS
        self._tab = tabs[(tabs.index(self._tab) + by) % len(tabs)]
        self._show()

    def action_kind(self) -> None:
        """Of the story everything, or the next kind that there is."""
        told = {one.kind for one in self._page.story}
        kinds = [EVERYTHING, *(kind for kind in story.KINDS if kind in told)]
        at = kinds.index(self._kind) if self._kind in kinds else 0
        self._kind = kinds[(at + 1) % len(kinds)]
        self._tab = STORY
        self._show()

    def action_open_deal(self) -> None:
        """The page of the deal under the cursor."""
        chosen = self.query_one("#rows", Rows).chosen
        deal = chosen[1] if isinstance(chosen, tuple) and self._tab != FACTS else None
        if deal is None:
            return
        from salesboard.ui import going

        going.to_subject(self.app, self, f"deal:{deal}")
