"""One deal on a page of its own: facts, lines, contacts, way through the stages, notes, ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import board, history, pipeline
from salesboard.domain.board import Card
from salesboard.domain.history import Event, Names
from salesboard.ui import deal_sheet
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.acting import AskingScreen
from salesboard.ui.screens.reading import AT_ONCE, PageScreen
from salesboard.ui.widgets.sheet import Line
from salesboard.ui.widgets.two_sheets import OTHER_SIDE, TwoSheets


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    deal: board.DealFacts
    events: list[Event]
    names: Names


def read(deal: int, now: datetime) -> Page:
    """Read a deal with its ledger; runs at the desk."""
    facts = board.deal_facts(deal, now)
    events = history.events(subject=deal, newest=100)
    return Page(facts, events, history.names_of_keys(events))


def _ahead(deal: board.DealFacts, today: date) -> list[Line]:
    from salesboard.domain import leverage, rot, standings

    found = leverage.contributions(deal.card.id, standings.active_standings(today=today))
    return deal_sheet.if_won(found, rot.patience(deal.stage.id), deal)


class DealScreen(PageScreen[Page], AskingScreen):
    """Two sheets side by side where there is room, one after the other where there is not."""

    ACTS = KEYS_WAIT  # nothing is shown here before it is so
    READING = AT_ONCE
    BINDINGS: ClassVar[list[BindingType]] = [
        OTHER_SIDE,
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to the board"),
    ]

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._if_won: list[Line] = []
        """What it would bring to goals; read once the page is there."""

    def content(self) -> ComposeResult:
        yield TwoSheets(id="sheets")

    def reading(self) -> Callable[[], Page]:
        """The deal."""
        return partial(read, self.card.id, self.app.now())

    @property
    def sheets(self) -> TwoSheets:
        """What one reads."""
        return self.query_one(TwoSheets)

    @property
    def deal_of_page(self) -> int:
        """The deal that the board is to look at when one is back."""
        return self._page.deal.card.id

    @property
    def card(self) -> Card:
        """The deal of the page."""
        return self._page.deal.card

    def _show(self) -> None:
        assert self.app.company is not None
        deal, company, now = self._page.deal, self.app.company, self.app.now()
        room = self.sheets.room
        left = [
            *deal_sheet.facts(deal, company, now),
            *deal_sheet.products(deal, company),
            *self._if_won,
            *deal_sheet.contacts(deal),
            *deal_sheet.way(deal, company, now, bar_width=max(8, room - 28)),
        ]
        right = [
            *deal_sheet.notes(deal, company, room),
            *deal_sheet.ledger(deal, self._page.events, self._page.names, company),
        ]
        self.sheets.show(left, right)
        self.show_header(("text", deal.card.name), ("dim", f"deal {deal.card.id}"))
        self._show_footer()

    def read_on(self) -> None:
        """Find out what the deal would bring to goals if it were won."""
        deal, today = self._page.deal, self.app.today
        if deal.card.status != pipeline.OPEN:
            self._if_won = []
            return

        def came(found: list[Line]) -> None:
            if found != self._if_won:
                self._if_won = found
                self._show()

        self.work(
            partial(_ahead, deal, today),
            came,
            otherwise=lambda _: None,
            group="ahead",
            exclusive=True,
            slowly=True,
        )

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        other_side = (("Tab", "other side"),) * self.sheets.are_two
        return (("e", "edit"), ("c", "note"), ("H L", "move"), ("u", "undo"), *other_side)

    # --- doing ----------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the deal one stage on or back."""
        from salesboard.domain import company

        actor, now, card = self.app.acting, self.app.now(), self.card

        def task() -> str | None:
            stages = company.stages()
            at = next(place for place, stage in enumerate(stages) if stage.id == card.stage_id) + by
            if not 0 <= at < len(stages):
                return ""
            if card.status == pipeline.OPEN and stages[at].holds_won:
                return None
            pipeline.move_deal(actor, card.id, stages[at].id, now=now, seen={"stage": card.stage_id})
            return stages[at].name

        def moved(stage: str | None) -> None:
            if stage is None:
                self.action_form("win")
            elif stage:
                self.reload(said=(f"moved to {stage}", "good"))

        self.work(task, moved)
