"""Marks on the cards of a board: what is done next is rehearsed, and then done to all that are marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import board, money, pipeline
from salesboard.domain.text import counted
from salesboard.storage.ledger import Actor
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.acting import AskingScreen
from salesboard.ui.widgets.lines import Part

if TYPE_CHECKING:
    from salesboard.ui.bulk import Act, Outcome
    from salesboard.ui.widgets.deal_column import DealColumn

FORMS = {
    "lose": "lost",
    "disqualify": "disqualified",
    "edit": "changed",
    "next_step": "given a next step",
    "note": "noted on",
}
"""The forms that several deals can have, and what is said of those when they have been saved."""


class MarkingScreen(AskingScreen):
    """A screen of cards in columns, on which one can mark several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "mark",
            "Mark",
            id="mark.one",
            tooltip="Mark the deal, or not: moves, forms and X are then for all that are marked; Esc unmarks",
        ),
        Binding(
            "v",
            "mark_range",
            "Mark range",
            id="mark.range",
            tooltip="Mark all from the card that was marked last to this one",
        ),
        Binding(
            "V", "mark_column", "Mark column", id="mark.column", tooltip="Mark the column, or none of it"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.marks: set[int] = set()
        """The deals that are marked; columns draw them by it."""
        self._last_marked: int | None = None
        self._marked_minor = 0

    @property
    def column(self) -> DealColumn:
        """The column one looks at."""
        raise NotImplementedError

    @property
    def columns_of_cards(self) -> list[DealColumn]:
        """All columns."""
        raise NotImplementedError

    # --- marking --------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the card under the cursor, or take its mark away, and go on to the next."""
        column = self.column
        if column.folded or column.chosen is None:
            return
        self._mark({column.chosen}, marked=column.chosen not in self.marks)
        self._last_marked = column.chosen
        column.select(column.cursor + 1)
        self.marks_changed()

    def action_mark_range(self) -> None:
        """Mark all cards from the one marked last to the one under the cursor."""
        column = self.column
        if column.folded or column.chosen is None:
            return
        ids = column.ids
        last = self._last_marked
        first = ids.index(last) if last is not None and last in ids else column.cursor
        low, high = sorted((first, column.cursor))
        self._mark(set(ids[low : high + 1]), marked=True)
        self._last_marked = column.chosen
        self.marks_changed()

    def action_mark_column(self) -> None:
        """Mark all cards of the column, or none of them if all are."""
        ids = set(self.column.ids)
        if ids and not self.column.folded:
            self._mark(ids, marked=not ids <= self.marks)
            self.marks_changed()

    def unmark(self, deals: set[int] | None = None) -> None:
        """Take these marks away, or all."""
        self._mark(set(self.marks) if deals is None else deals, marked=False)
        self.marks_changed()

    def keep_marks_on_board(self) -> None:
        """Take the marks away of what is not shown any more: nobody would see what happens to it."""
        if self.marks:
            gone = self.marks.difference(*(column.ids for column in self.columns_of_cards))
            if gone:
                self.unmark(gone)

    def _mark(self, deals: set[int], *, marked: bool) -> None:
        changed = deals - self.marks if marked else deals & self.marks
        if marked:
            self.marks |= changed
        else:
            self.marks -= changed
        for column in self.columns_of_cards:
            column.repaint_deals(changed)

    def marks_changed(self) -> None:
        """Say how many are marked, and what they sum to."""
        marked = list(self.marks)
        self.show_footer()
        if not marked:
            return

        def came(minor: int) -> None:
            self._marked_minor = minor
            if self.marks == set(marked):
                self.show_footer()

        self.work(partial(board.value_of, marked), came, group="marks", exclusive=True)

    def marked_in_words(self) -> list[Part]:
        """How many are marked, and their sum."""
        figures = money.format_short(self._marked_minor, self.app.currency)
        return [("key", f"◆ {len(self.marks)} marked "), ("money", f"{figures}   ")]

    # --- acting on all --------------------------------------------------------------------------------------

    def act_on_marked(
        self, key: str, does: str, did: str, act_for: Callable[[Actor, datetime], Act], *, verb: str
    ) -> None:
        """Do the same to all that are marked; at the first press it is rehearsed, and said what would come
        of it."""
        from salesboard.ui import bulk

        deals, actor, now = sorted(self.marks), self.app.acting, self.app.now()
        act = act_for(actor, now)
        asked = f"{verb} {does} {deals}"

        def told(outcome: Outcome) -> None:
            count = f"{len(outcome.done)} of {len(deals)}" if outcome.refused else str(len(deals))
            if self._asked == asked and outcome.done:
                of = "deals" if len(deals) > 1 else "deal"
                self.say(f"{key} again {does.format(f'{count} {of}')}{outcome.in_words()}", "attention")
            elif self._asked == asked:
                self.say(f"nothing would be done{outcome.in_words()}", "attention")

        if self.is_sure(asked, f"{key} again {does.format(counted(len(deals), 'deal'))}"):
            self.work(
                partial(bulk.together, actor, verb, deals, act, now=now),
                partial(self.done_to_marked, did),
                group=KEYS_WAIT,
            )
        else:
            self.work(partial(bulk.rehearse, actor, verb, deals, act, now=now), told, group="rehearsal")

    def done_to_marked(self, did: str, outcome: Outcome) -> None:
        """Show what has been done; what was refused stays marked."""
        self.unmark(set(outcome.done))
        words = f"{counted(len(outcome.done), 'deal')} {did}{outcome.in_words()}"
        self.reload(said=(words, "good"))

    def move_marked(self, key: str, to: Callable[[int], int], where: str) -> None:
        """Move all that are marked: each from its column's place to another one's."""
        columns = self.columns_of_cards
        stages = [column.content.stage for column in columns]
        targets: dict[int, tuple[int, int | None]] = {}
        for at, column in enumerate(columns):
            there = to(at)
            stage = stages[there].id if 0 <= there < len(stages) else None
            targets.update((deal, (stages[at].id, stage)) for deal in self.marks & set(column.ids))
        self.act_on_marked(
            key, f"moves {{}} {where}", f"moved {where}", partial(_moving, targets), verb="moved"
        )

    def action_form(self, name: str) -> None:
        """Show one of the forms about the deal, or about all that are marked."""
        if not self.marks:
            super().action_form(name)
            return
        if name not in FORMS:
            self.say("each sale has its own day and amount: win one at a time, Esc unmarks", "attention")
            return
        from salesboard.ui import bulk_forms

        deals, today = sorted(self.marks), self.app.today
        self.ask(
            partial(bulk_forms.prepare, deals, today),
            partial(getattr(bulk_forms, name), self.app),
            partial(self.done_to_marked, FORMS[name]),
        )

    def archive_marked(self) -> None:
        """Put all that are marked out of sight."""

        def act_for(actor: Actor, now: datetime) -> Act:
            return lambda deal: pipeline.archive_deal(actor, deal, now=now)

        self.act_on_marked("X", "archives {}", "archived", act_for, verb="archived")


def _moving(targets: Mapping[int, tuple[int, int | None]], actor: Actor, now: datetime) -> Act:
    from salesboard.errors import Refused

    def move(deal: int) -> object:
        before, stage = targets[deal]
        if stage is None:
            raise Refused("there is no stage beyond")
        return pipeline.move_deal(actor, deal, stage, now=now, seen={"stage": before})

    return move
