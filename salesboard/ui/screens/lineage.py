"""One record on a page of its own: each time it fell, its chart, what was restated; and the proof of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import chases, lineage, record_book, record_keeping
from salesboard.domain.chases import Chase
from salesboard.domain.lineage import Lineage, Proof
from salesboard.domain.record_news import Words
from salesboard.domain.records import Key
from salesboard.ui import record_sheet
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.asking import BACK, DeskScreen
from salesboard.ui.screens.reading import PageScreen
from salesboard.ui.widgets.sheet import Sheet
from salesboard.ui.widgets.two_sheets import OTHER_SIDE, TwoSheets


@dataclass(frozen=True)
class Page:
    """A record with everything that led to it."""

    found: Lineage
    words: Words


def read(said: str, today: date) -> Page:
    """Read how a record came to be; runs at the desk."""
    words = Words(today)
    words.read_names()
    found = lineage.lineage(record_keeping.key_from(said), today=today)
    record_sheet.lineage_left(found, words, 80)
    record_sheet.lineage_right(found, None, words, 80)
    return Page(found, words)


def read_proof(key: Key, today: date) -> tuple[Proof, Words]:
    """Read the sales behind a record; runs at the desk."""
    words = Words(today)
    words.read_names()
    found = lineage.proof(key, today=today)
    record_sheet.proof(found, None, words, 80)
    return found, words


def show_proof(screen: DeskScreen, key: Key) -> None:
    """Show the sales behind a record on a page of their own."""
    screen.work(
        partial(read_proof, key, screen.app.today),
        lambda found: screen.app.push_screen(ProofScreen(found)),
        group=KEYS_WAIT,
        exclusive=True,
        slowly=True,
    )


class LineageScreen(PageScreen[Page]):
    """Each time the record was set on the left, its chart and what was restated on the right."""

    ACTS = KEYS_WAIT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v",
            "prove",
            "Prove",
            id="record.prove",
            tooltip="The sales behind the record, added up before your eyes",
        ),
        Binding(
            "N",
            "nominate",
            "Nominate",
            id="record.nominate",
            tooltip="Nominate somebody for an award, with this record as evidence",
        ),
        OTHER_SIDE,
        BACK,
    ]

    def __init__(self, page: Page, chase: Chase | None = None) -> None:
        super().__init__(page)
        self._chase = chase
        """What is missing to break it, once that is known."""

    def content(self) -> ComposeResult:
        yield TwoSheets(id="sheets")

    def reading(self) -> Callable[[], Page]:
        """The record."""
        return partial(read, str(self.key), self.app.today)

    def on_mount(self) -> None:
        self.query_one(TwoSheets).start()
        if self._chase is None and self.key.metric in chases.METRICS:
            self._look_ahead()

    @property
    def key(self) -> Key:
        """Which record it is."""
        return self._page.found.record.key

    def _show(self) -> None:
        sheets, page = self.query_one(TwoSheets), self._page
        sheets.show(
            record_sheet.lineage_left(page.found, page.words, sheets.room),
            record_sheet.lineage_right(page.found, self._chase, page.words, sheets.room),
        )
        self.show_header(("text", "Record"), ("dim", "how it came to be"))
        self.show_footer()

    def _look_ahead(self) -> None:
        """Have it worked out whether the record is within reach."""

        def came(found: list[Chase]) -> None:
            self._chase = chases.nearest(found).get(self.key)
            self._show()

        self.work(
            partial(chases.chases, today=self.app.today, scope=self.key.scope, metrics=(self.key.metric,)),
            came,
            group="chases",
            exclusive=True,
            slowly=True,
        )

    def action_nominate(self) -> None:
        """Nominate somebody for the record."""
        from salesboard.ui import nominating

        about = nominating.of_record(self._page.found.record)
        nominating.ask(self, lambda said: self.reload(said=(said, "good")), about=about)

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        other_side = (("Tab", "other side"),) * self.query_one(TwoSheets).are_two
        return (("v", "proof"), ("j k", "scroll"), *other_side, ("g r", "record book"))

    def action_prove(self) -> None:
        """The sales behind the record."""
        show_proof(self, self.key)


class ProofScreen(PageScreen[tuple[Proof, Words]]):
    """The sales behind a record one by one, their running sum, and the end of the ledger."""

    ACTS = KEYS_WAIT
    BINDINGS: ClassVar[list[BindingType]] = [BACK]
    DEFAULT_CSS = """
    ProofScreen #sheet { padding: 1 2 0 2; }
    """

    _verdict: Sequence[str] | None = None

    def content(self) -> ComposeResult:
        yield Sheet(id="sheet")

    def reading(self) -> Callable[[], tuple[Proof, Words]]:
        """The sales."""
        return partial(read_proof, self._page[0].record.key, self.app.today)

    def on_mount(self) -> None:
        self.query_one("#sheet").focus()
        self._verify()

    def _show(self) -> None:
        found, words = self._page
        lines = record_sheet.proof(found, self._verdict, words, self.app.size.width - 6)
        self.query_one("#sheet", Sheet).show(lines)
        self.show_header(("text", "Proof"), ("dim", "every sale behind the record"))
        self.show_footer()

    def _verify(self) -> None:
        """Have the whole book held against the sales."""

        def came(faults: list[str]) -> None:
            self._verdict = faults
            self._show()

        self.work(record_book.faults, came, group="verify", exclusive=True, slowly=True)

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        return (("j k", "scroll"), ("g r", "record book"))
