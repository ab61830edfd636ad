"""The review of nominations: the queue on the left, the voices and their evidence on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from salesboard.domain.awards import blind, categories, screening, seasons
from salesboard.domain.awards.blind import Mask
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.nominations import (
    ASKED,
    ELIGIBLE,
    NOT_ELIGIBLE,
    SHORTLISTED,
    STATUSES,
    WAITING,
)
from salesboard.domain.awards.screening import COMMENT, QueueLine, Review
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Actor
from salesboard.ui import award_forms, award_sheet
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import wrapped
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.widgets.lines import OneLine, Part, named_keys
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

WIDE = 100
MOST_ROWS_ABOVE = 7
"""Lines of the queue where the nomination stands beneath it."""
DONE = {
    ELIGIBLE: "is eligible",
    NOT_ELIGIBLE: "is not eligible",
    SHORTLISTED: "is shortlisted",
    ASKED: "waits for an answer",
    COMMENT: "has a comment",
}
FORMS = {
    NOT_ELIGIBLE: ("Not eligible", "The reason", "not eligible"),
    COMMENT: ("A comment on", "The comment", "keep"),
    ASKED: ("Ask who nominated", "The question", "ask"),
}
"""What is asked with a decision: the form's title, its field, and the word for saving."""


@dataclass(frozen=True)
class Look:
    """The queue of a season."""

    season: SeasonFacts
    categories: tuple[CategoryFacts, ...]
    """Those in which somebody is nominated."""
    lines: tuple[QueueLine, ...]
    mask: Mask


def read(actor: Actor, today: date) -> Look | None:
    """Read the queue without looking at any fact; runs at the desk. None where there is no season."""
    season = seasons.current_season(today)
    if season is None:
        return None
    lines = screening.queue(actor, season.id, today=today, flags=False)
    nominated = {one.category for one in lines}
    own = tuple(one for one in categories.categories(season.id) if one.id in nominated)
    return Look(season, own, tuple(lines), blind.mask())


class Queue(Rows):
    """The nominations; one can be gone to by its number."""

    def go_to(self, nomination: int) -> None:
        """Put the cursor on a nomination, if it is in the queue."""
        if nomination in self._keys:
            self._cursor = self._keys.index(nomination)
            self._keep_in_sight()
            self.refresh()


class NominationsScreen(PersonScreen):
    """Leads decide on every nomination before anybody judges it; names can be hidden."""

    ACTS = KEYS_WAIT
    PLACE = "nominations"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "y",
            f"decide('{ELIGIBLE}')",
            "Eligible",
            id="nomination.eligible",
            tooltip="The nomination may be judged",
        ),
        Binding(
            "s",
            f"decide('{SHORTLISTED}')",
            "Shortlist",
            id="nomination.shortlist",
            tooltip="The nomination goes to the judges",
        ),
        Binding(
            "x",
            f"ask_for('{NOT_ELIGIBLE}')",
            "Not eligible",
            id="nomination.not-eligible",
            tooltip="The nomination is kept, but not judged: say why",
        ),
        Binding(
            "c",
            f"ask_for('{COMMENT}')",
            "Comment",
            id="nomination.comment",
            tooltip="Write something beside the nomination that other leads read",
        ),
        Binding(
            "a",
            f"ask_for('{ASKED}')",
            "Ask",
            id="nomination.ask",
            tooltip="Ask who nominated for more; their answer brings it back here",
        ),
        Binding(
            "v",
            "clear",
            "Check evidence",
            id="nomination.clear",
            tooltip="Accept, with a reason, that a fact has changed since it was submitted",
        ),
        Binding(
            "b",
            "blind",
            "Blind",
            id="nomination.blind",
            tooltip="Hide all names and mix the order, or show them again, which is kept in the ledger",
        ),
        Binding(
            "f",
            "next_category",
            "Category",
            id="nomination.category",
            tooltip="The nominations of the next category alone, or of all again",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Other side",
            id="sheet.other-side",
            tooltip="Read the nomination, and back to the queue",
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    NominationsScreen {
        #sides { height: 1fr; layout: horizontal; padding: 1 0 0 0; }
        #queue { width: 2fr; }
        #nomination { width: 3fr; border-left: vkey $rule; padding: 0 1 0 2; }
        &.-narrow #sides { layout: vertical; padding: 0; }
        &.-narrow #queue { width: 1fr; }
        &.-narrow #nomination { width: 1fr; border-left: none; padding: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._look: Look | None = None
        self._category: int | None = None
        self._pages: dict[int, Review] = {}
        """The nominations that have been read in full since the queue was read."""
        self._lots: dict[int, int] = {}
        """Which of all each nomination is, for whoever reviews blind."""
        self._has_said = False
        """Whether something stands at the foot of the screen, until the next key."""

    def compose(self) -> ComposeResult:
        yield OneLine(id="header")
        with Container(id="sides"):
            yield Queue(id="queue")
            yield Sheet(id="nomination")
        yield OneLine(id="footer")

    def on_mount(self) -> None:
        # What a toast says may name somebody.
        self.app.clear_notifications()
        self.queue.focus()
        self.show_header(("text", "Nominations"), ("dim", "reading …"))
        self.show_footer()
        self.reload()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    @property
    def queue(self) -> Queue:
        """The nominations, one a line."""
        return self.query_one("#queue", Queue)

    @property
    def line(self) -> QueueLine | None:
        """The nomination under the cursor."""
        chosen = self.queue.chosen
        return next((one for one in self._lines if one.nomination == chosen), None)

    @property
    def nominee(self) -> Nominee:
        """Whoever one names, in the category of what one reads."""
        return {"category": self.line.category if self.line else None}

    @property
    def _lines(self) -> Sequence[QueueLine]:
        return self._look.lines if self._look else ()

    # --- names ----------------------------------------------------------------------------------------------

    def shield(self, text: str) -> str:
        """A text without names, while one reviews blind."""
        if not self.app.blind:
            return text
        return self._look.mask.hide(text) if self._look else blind.HIDDEN

    def _label(self, line: QueueLine) -> str:
        """Whom it is about: the name, or which of all in the order of whoever reviews blind."""
        if not self.app.blind:
            return line.name
        if line.nomination not in self._lots:
            self._lots = screening.lots((one.nomination for one in self._lines), self.app.acting.id)
        return f"nominee {self._lots[line.nomination]}"

    def say(self, words: str, style: str = "text") -> None:
        """Say something at the foot of the screen, without names while one reviews blind."""
        self._has_said = True
        super().say(self.shield(words), style)

    def hear_key(self, event: events.Key) -> bool | str:
        """What was said stands until a key."""
        self._has_said = False
        return super().hear_key(event)

    def show_header(self, *where: Part) -> None:
        """Say where one is; while one reviews blind, not even whose screen it is."""
        if not self.app.blind:
            return super().show_header(*where)
        self._where = where
        told = [(style, f"   {words}") for style, words in where if words]
        day = f"blind · {self.app.today.day} {self.app.today:%b}"
        self.query_one("#header", OneLine).show(
            [("strong", "salesboard"), *told], [("attention", day)], whole=2
        )

    # --- showing --------------------------------------------------------------------------------------------

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Read the queue again, then the facts behind it."""

        def came(found: Look | None) -> None:
            if found is None:
                self._look = None
                self._show_nothing("There is no season of awards yet: g w makes one.")
                return
            known = {one.nomination: one.changed for one in self._lines}
            lines = [replace(one, changed=known.get(one.nomination, 0)) for one in found.lines]
            self._look = replace(found, lines=tuple(lines))
            self._pages, self._lots = {}, {}
            self._show()
            self._read_page()
            self._look_at_facts()
            if said:
                self.say(*said)

        self.work(
            partial(read, self.app.acting, self.app.today),
            came,
            otherwise=lambda error: self._show_nothing(f"{error}. What you have nominated: g w."),
            group="queue",
            exclusive=True,
        )

    def _look_at_facts(self) -> None:
        """Find out which facts have changed, which takes longer than the queue itself."""
        look, today = self._look, self.app.today
        if look is None:
            return

        def came(found: list[QueueLine]) -> None:
            if self._look is None:
                return
            changed = {one.nomination: one.changed for one in found}
            lines = [replace(one, changed=changed.get(one.nomination, one.changed)) for one in self._lines]
            self._look = replace(self._look, lines=tuple(lines))
            self._show()

        self.work(
            lambda: screening.with_flags(look.lines, look.season.id, today=today),
            came,
            otherwise=lambda _: None,
            group="facts",
            exclusive=True,
            slowly=True,
        )

    def _show_nothing(self, words: str) -> None:
        room = self.app.size.width - 4 if self._narrow else self.app.size.width * 2 // 5 - 3
        self.queue.show_rows([(None, [("dim", f" {line}")]) for line in wrapped(words, min(60, room))])
        self.query_one("#nomination", Sheet).show([])
        self.show_header(("text", "Nominations"))
        self.show_footer()

    @property
    def _narrow(self) -> bool:
        return self.app.size.width < WIDE

    def _ordered(self) -> list[QueueLine]:
        """The lines as they are shown: by category, what waits first; blind, in one's own order."""
        assert self._look is not None
        places = {one.id: place for place, one in enumerate(self._look.categories)}
        order = {status: place for place, status in enumerate(STATUSES)}
        lines = [one for one in self._lines if self._category in (None, one.category)]
        if self.app.blind:
            lines = screening.shuffled(lines, self.app.acting.id)
            return sorted(lines, key=lambda one: places[one.category])
        return sorted(
            lines,
            key=lambda one: (places[one.category], order[one.status], one.since, one.nomination),
        )

    def _show(self) -> None:
        look = self._look
        if look is None:
            return
        self.set_class(self._narrow, "-narrow")
        names = {one.id: one.name for one in look.categories}
        rows: list[tuple[int | None, Line]] = []
        for category, lines in groupby(self._ordered(), key=lambda one: one.category):
            own = list(lines)
            waits = sum(one.status in (WAITING, ASKED) for one in own)
            if rows:
                rows.append((None, []))
            told = f"{waits:,} waiting · {len(own) - waits:,} screened "
            rows.append((None, [("strong", f" {names[category]}"), (">", ""), ("dim", told)]))
            rows += [(one.nomination, self._row(one)) for one in own]
        if not rows:
            rows = [(None, [("dim", " Nobody is nominated yet: N nominates somebody.")])]
        self.queue.styles.height = min(len(rows) + 1, MOST_ROWS_ABOVE) if self._narrow else "1fr"
        self.queue.show_rows(rows)
        self._show_page()
        self._show_counters()
        if not self._has_said:
            self.show_footer()

    def _row(self, one: QueueLine) -> Line:
        style, told = award_sheet.SIGNS[one.status]
        mark: list[Part] = [(style, f"  {told}")] if told else []
        if one.changed:
            mark.append(("attention", f"  ! {one.changed} changed"))
        if one.own:
            mark.append(("dim", "  for others"))
        voices = f"{one.voices} {'voice ' if one.voices == 1 else 'voices'}"
        return [
            ("name" if one.status in (WAITING, ASKED) else "dim", f" {self._label(one)}"),
            *mark,
            (">", ""),
            ("dim", f"{voices} {one.age_days:>3} d "),
        ]

    def _show_counters(self) -> None:
        shown = [one for one in self._lines if self._category in (None, one.category)]
        counters = screening.counters(shown)
        look = self._look
        assert look is not None
        where = next((one.name for one in look.categories if one.id == self._category), look.season.name)
        if self._narrow:
            waits = counters[WAITING] + counters[ASKED]
            told = f"{waits:,} waiting · {len(shown) - waits:,} screened"
        else:
            told = " · ".join(f"{number:,} {status}" for status, number in counters.items() if number)
            told = f"{told} = {len(shown):,}" if told else ""
        parts: list[Part] = [("key", where), ("dim", told)]
        if self._narrow and self._category is None:
            parts.reverse()  # how many wait matters more than of which season
        self.show_header(("text", "Nominations"), *parts)

    @on(Rows.Moved)
    def _moved(self) -> None:
        self._show_page()
        self._read_page()

    def _read_page(self, *, waits: bool = False) -> None:
        """Read the nomination under the cursor in full."""
        line, actor, today = self.line, self.app.acting, self.app.today
        if line is None or line.nomination in self._pages:
            return
        nomination = line.nomination

        def came(page: Review) -> None:
            self._pages[nomination] = page
            self._show_page()

        self.work(
            lambda: screening.review(actor, nomination, today=today),
            came,
            group=KEYS_WAIT if waits else "page",
            exclusive=not waits,
        )

    def _show_page(self) -> None:
        sheet, line = self.query_one("#nomination", Sheet), self.line
        page = self._pages.get(line.nomination) if line else None
        if line is None or page is None:
            sheet.show([[("dim", "reading …")]] if line else [], from_top=True)
            return
        width = self.app.size.width - 4 if self._narrow else self.app.size.width * 3 // 5 - 5
        assert self.app.company is not None
        sheet.show(
            award_sheet.nomination(
                page,
                self._label(line),
                self.app.company,
                self.app.today,
                width,
                self.shield,
                is_blind=self.app.blind,
            ),
            from_top=True,
        )

    def _show_footer(self) -> None:
        if self._look is None:
            self.query_one("#footer", OneLine).show_keys(
                [("g w", "awards")], named_keys(("?", "keys"), ("Esc", "back"))
            )
            return
        keys = (("y", "eligible"), ("x", "not"), ("s", "shortlist"), ("c", "comment"), ("a", "ask"))
        flagged = self.line is not None and bool(self.line.changed)
        more = (("v", "accept the change"),) if flagged else ()
        self.query_one("#footer", OneLine).show_keys(
            (*more, *keys, ("b", "names" if self.app.blind else "blind"), ("f", "category")),
            named_keys(("?", "keys"), *(("Esc", "back"),) * (not self._narrow)),
        )

    # --- deciding -------------------------------------------------------------------------------------------

    def action_decide(self, decision: str) -> None:
        """Decide on the nomination under the cursor, as one has read it."""
        line, page = self.line, self._page
        if line is None or page is None:
            return
        actor, now = self.app.acting, self.app.now()
        label = self._label(line)
        self.work(
            lambda: screening.screen(actor, line.nomination, decision, now=now, seen=page.seen),
            lambda _: self._decided(line, decision, label),
            otherwise=self._refused_here,
        )

    @property
    def _page(self) -> Review | None:
        """The nomination under the cursor as it has been read; says so where it has not been."""
        line = self.line
        page = self._pages.get(line.nomination) if line else None
        if line is not None and page is None:
            self.say("it is still being read: look at it first", "attention")
            self._read_page()
        return page

    def _refused_here(self, error: SalesboardError) -> None:
        """Say why not, and show it as it is now: somebody else may have been faster."""
        self.reload(said=(str(error), "attention"))

    def _decided(self, line: QueueLine, decision: str, label: str) -> None:
        """Go on to the next nomination that waits."""
        self._pages.pop(line.nomination, None)
        following = self._following(line.nomination)
        if self._look is not None and decision != COMMENT:
            lines = [
                replace(one, status=decision) if one.nomination == line.nomination else one
                for one in self._lines
            ]
            self._look = replace(self._look, lines=tuple(lines))
        self._show()
        if following is not None and decision != COMMENT:
            self.queue.go_to(following)
        self._show_page()
        self._read_page(waits=True)
        self.say(f"{label} {DONE[decision]}", "good")

    def _following(self, nomination: int) -> int | None:
        """The next one that waits, after a nomination, or else from the top."""
        ordered = self._ordered()
        place = next((at for at, one in enumerate(ordered) if one.nomination == nomination), 0)
        waiting = [
            one.nomination for one in (*ordered[place + 1 :], *ordered[:place]) if one.status == WAITING
        ]
        return waiting[0] if waiting else None

    def action_ask_for(self, decision: str) -> None:
        """Ask for the words that go with a decision."""
        line, page = self.line, self._page
        if line is None or page is None:
            return
        actor, now = self.app.acting, self.app.now()
        title, label, verb = FORMS[decision]
        name = self._label(line)
        start = page.facts.why_not if decision == NOT_ELIGIBLE and not self.app.blind else None

        def save(words: str) -> bool:
            screening.screen(actor, line.nomination, decision, now=now, words=words, seen=page.seen)
            return True

        form = award_forms.words(
            self.app, f"{title}: {name}", label, self._hidden(save), verb=verb, start=start or ""
        )
        self.show_form(form, lambda _: self._decided(line, decision, name))

    def _hidden(self, save: Callable[[str], Any]) -> Callable[[str], Any]:
        """The same, with refusals that name nobody while one reviews blind."""

        def hidden(words: str) -> Any:
            try:
                return save(words)
            except SalesboardError as error:
                raise type(error)(self.shield(str(error))) from None

        return hidden

    def action_clear(self) -> None:
        """Accept that a fact has changed; the first of them that nobody has accepted."""
        line, page = self.line, self._page
        if line is None or page is None:
            return
        flagged = page.facts.flagged
        if not flagged:
            count = sum(bool(one.fact) for voice in page.facts.voices for one in voice.evidence)
            self.say(f"{count} facts looked at: nothing has changed that is not accepted", "dim")
            return
        actor, now, one = self.app.acting, self.app.now(), flagged[0]

        def save(words: str) -> bool:
            screening.clear(actor, one.id, words, now=now)
            return True

        title = self.shield(f"Accept: {one.in_words()}")
        form = award_forms.words(self.app, title, "The reason", self._hidden(save), verb="accept")
        self.show_form(form, lambda _: self.reload(said=("the change is accepted as it is now", "good")))

    # --- what one sees --------------------------------------------------------------------------------------

    def action_blind(self) -> None:
        """Hide the names, or show them again; that somebody looked at them after all is kept."""
        if not self.app.blind:
            self.app.blind = True
            self.app.clear_notifications()
            self._show()
            self.say("names are hidden; b shows them again, and that is kept", "dim")
            return
        line = self.line
        if line is None:
            self.app.blind = False
            self._show()
            return
        actor, now = self.app.acting, self.app.now()

        def shown(_: None) -> None:
            self.app.blind = False
            self._pages.pop(line.nomination, None)
            self._show()
            self._read_page()
            self.say("names are shown; the ledger says so", "dim")

        self.work(lambda: screening.unblind(actor, line.nomination, now=now), shown)

    def action_next_category(self) -> None:
        """Show one category after the other, then all again."""
        if self._look is None:
            return
        order: list[int | None] = [None, *(one.id for one in self._look.categories)]
        at = order.index(self._category) if self._category in order else 0
        self._category = order[(at + 1) % len(order)]
        self._show()
        self._read_page()
