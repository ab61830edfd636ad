"""One deal on a page of its own: facts, lines, contacts, way through the stages, notes, ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from salesboard.domain import board, history, pipeline
from salesboard.domain.history import Event, Names
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Head
from salesboard.ui import deal_sheet, dialogs
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.widgets.lines import OneLine
from salesboard.ui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

WIDE = 110


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


class DealScreen(Screen[None]):
    """Two sheets side by side where there is room, one after the other where there is not."""

    app: SalesboardApp
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "form('edit')", "Edit", id="deal.edit", tooltip="Change the deal's facts"),
        Binding(
            "a", "form('next_step')", "Next step", id="deal.next-step", tooltip="What to do next, and when"
        ),
        Binding("c", "form('note')", "Note", id="deal.note", tooltip="Write a note on the deal"),
        Binding("w", "form('win')", "Won", id="deal.win", tooltip="The deal is won: day, amount, lines"),
        Binding("x", "form('lose')", "Lost", id="deal.lose", tooltip="The deal is lost: say why"),
        Binding(
            "D",
            "form('disqualify')",
            "Disqualify",
            id="deal.disqualify",
            tooltip="There is no business here: say why, and when to look again",
        ),
        Binding(
            "L,greater_than_sign",
            "move(1)",
            "Next stage",
            id="deal.next-stage",
            tooltip="Move the deal to the next stage",
        ),
        Binding(
            "H,less_than_sign",
            "move(-1)",
            "Stage before",
            id="deal.stage-before",
            tooltip="Move the deal one stage back",
        ),
        Binding(
            "O",
            "reopen",
            "Reopen",
            id="deal.reopen",
            tooltip="Take a sale or a loss back: the deal is open again",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Other side",
            id="sheet.other-side",
            tooltip="Read on the other side, where there are two",
        ),
        Binding("u", "take_back('undo')", "Undo", id="app.undo", tooltip="Take back my last change"),
        Binding("ctrl+r", "take_back('redo')", "Redo", id="app.redo", tooltip="Do again what I undid"),
        Binding("R", "refresh", "Refresh", id="app.refresh", tooltip="Read everything again"),
        Binding("y", "copy", "Copy number", id="deal.copy", tooltip="Copy the deal's number"),
        Binding("escape,q", "leave", "Back", id="app.back", tooltip="Back to the board"),
    ]
    DEFAULT_CSS = """
    DealScreen {
        #sheets { height: 1fr; padding: 1 0 0 0; }
        #more { border-left: vkey $rule; padding: 0 1 0 2; }
    }
    """

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        with Horizontal(id="sheets"):
            yield Sheet(id="facts")
            yield Sheet(id="more")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        self.query_one("#facts").focus()
        self._show()

    def on_resize(self) -> None:
        self._show()

    @property
    def deal(self) -> int:
        """The deal's number."""
        return self._page.deal.card.id

    def _show(self) -> None:
        assert self.app.company is not None
        deal, company, now = self._page.deal, self.app.company, self.app.now()
        width = self.app.size.width
        wide = width >= WIDE
        half = width // 2 - 6 if wide else width - 6
        left = [
            *deal_sheet.facts(deal, company, now),
            *deal_sheet.products(deal, company),
            *deal_sheet.contacts(deal),
            *deal_sheet.way(deal, company, now, bar_width=max(8, half - 28)),
        ]
        right = [
            *deal_sheet.notes(deal, company, half),
            *deal_sheet.ledger(deal, self._page.events, self._page.names, company),
        ]
        more = self.query_one("#more", Sheet)
        more.display = wide
        self.query_one("#facts", Sheet).show(left if wide else [*left, *right])
        more.show(right[1:] if wide else [])
        who = f"{self.app.acting.name} · {self.app.today.day} {self.app.today:%b}"
        self.query_one("#header", OneLine).show(
            [("strong", "salesboard"), ("text", f"   {deal.card.name}"), ("dim", f"   deal {deal.card.id}")],
            [("dim", who)],
        )
        self._keys()

    def _keys(self) -> None:
        other_side = (("Tab", "other side"),) * self.query_one("#more").display
        keys = (("e", "edit"), ("c", "note"), ("H L", "move"), ("u", "undo"), *other_side)
        parts = [part for key, words in keys for part in (("key", key), ("dim", f" {words}   "))]
        always = [("key", "?"), ("dim", " keys   "), ("key", "Esc"), ("dim", " back   ")]
        self.query_one("#footer", OneLine).show(parts, always)

    def hear_key(self, event: events.Key) -> bool:
        """Hear of a key before what it is bound to is done."""
        self._keys()
        return False

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the page, until the next key."""
        self.query_one("#footer", OneLine).show([(style, words)], [("key", "u"), ("dim", " undo")])

    # --- doing ----------------------------------------------------------------------------------------------

    def _work(self, task: Callable[[], Any], then: Callable[[Any], None]) -> None:
        async def done() -> None:
            try:
                answer = await self.app.desk.ask(task)
            except SalesboardError as error:
                self.say(str(error), "attention")
            else:
                if self.is_attached:
                    then(answer)

        self.run_worker(done, group=KEYS_WAIT)  # type: ignore[arg-type]

    def reload(self, said: tuple[str, str] | None = None) -> None:
        """Read the deal again."""

        def came(page: Page) -> None:
            self._page = page
            self._show()
            if said:
                self.say(*said)

        self._work(partial(read, self.deal, self.app.now()), came)

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Somebody else has changed something."""
        self.reload()

    def action_form(self, name: str) -> None:
        """Show one of the forms about this deal."""
        form: Callable[..., Any] = getattr(dialogs, name)

        def answered(answer: Any) -> None:
            if answer is not None:
                self.reload(("saved", "good"))

        def show(prepared: dialogs.Prepared) -> None:
            if name in ("win", "lose", "disqualify") and prepared.deal.card.status != pipeline.OPEN:
                self.say(f"it is {prepared.deal.card.status} already: O opens it again", "attention")
            else:
                self.app.push_screen(form(self.app, prepared), answered)

        self._work(partial(dialogs.prepare, self.app.now(), self.deal), show)

    def action_move(self, by: int) -> None:
        """Move the deal one stage on or back."""
        from salesboard.domain import company

        actor, now, card = self.app.acting, self.app.now(), self._page.deal.card

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
                self.reload((f"moved to {stage}", "good"))

        self._work(task, moved)

    def action_reopen(self) -> None:
        """Open a closed deal again."""
        actor, now, card = self.app.acting, self.app.now(), self._page.deal.card
        self._work(
            lambda: pipeline.reopen_deal(actor, card.id, now=now, seen={"status": card.status}),
            lambda _: self.reload(("open again", "good")),
        )

    def action_take_back(self, name: str) -> None:
        """Undo or redo my last change."""
        actor, now = self.app.acting, self.app.now()
        act: Callable[..., history.Undone] = getattr(history, name)
        self._work(
            lambda: act(actor, now=now),
            lambda undone: self.reload((f"{name}: {undone.verb} {undone.called}", "good")),
        )

    def action_refresh(self) -> None:
        """Read everything again."""
        self.reload(("read again", "dim"))

    def action_copy(self) -> None:
        """Copy the deal's number."""
        self.app.copy_to_clipboard(str(self.deal))
        self.say(f"{self.deal} copied", "dim")

    def action_leave(self) -> None:
        """Back to the board."""
        self.dismiss(None)
