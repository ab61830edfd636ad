"""The anniversaries of clients in the next weeks, and beside them the thanks that are owed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import board, dates, gratitude, money, permissions, relations, since
from salesboard.domain.gratitude import Rate, Rates
from salesboard.domain.relations import Anniversary, Owed
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.relation_forms import Whose
from salesboard.ui.screens.acting import ClientScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import ListScreen
from salesboard.ui.widgets.lines import OneLine, Part, named_pages
from salesboard.ui.widgets.sheet import Line

AHEAD = 60
"""So many days are shown."""
COMING, OWED = TABS = ("Anniversaries", "Thanks owed")
LAPSED = "No business for eighteen months"
NEVER = "never"


@dataclass(frozen=True)
class Calendar:
    """What the screen shows."""

    coming: list[Anniversary]
    owed: list[Owed]
    rates: Rates
    memory: str | None
    """What happened on this day, years ago."""


def read(scope: str, actor: Actor, today: date) -> Calendar:
    """Read the clients of everyone, of one's teams or one's own; runs at the desk."""
    owners = None
    if scope != board.EVERYONE and actor.id is not None:
        led = permissions.people_led(actor.id, today) if scope == board.TEAM else set()
        owners = led | {actor.id}
    return Calendar(
        [
            one
            for one in relations.anniversaries(today=today, days=AHEAD)
            if owners is None or one.relation.owner_id in owners
        ],
        [one for one in relations.thanks_owed(today=today) if owners is None or one.owner_id in owners],
        gratitude.rates(today=today),
        since.on_this_day(today),
    )


class AnniversariesScreen(ListScreen[Calendar], ClientScreen):
    """Two lists, one at a time; whoever is under the cursor is thanked."""

    ACTS = KEYS_WAIT
    PLACE = "anniversaries"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "client", "Open", id="client.open", tooltip="The client's page: facts, story, deals"
        ),
        Binding(
            "tab,right_square_bracket,left_square_bracket",
            "other_list",
            "Other list",
            id="sheet.other-list",
            tooltip="From the anniversaries to the thanks that are owed, and back",
        ),
        Binding(
            "C", "scope", "Scope", id="client.scope", tooltip="Everyone's clients, those of my teams, or mine"
        ),
        BACK,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._tab = COMING
        self._scope = board.EVERYONE

    def content(self) -> ComposeResult:
        yield from super().content()
        memory = OneLine(id="memory")
        memory.display = False
        yield memory

    def reading(self) -> Callable[[], Calendar]:
        """Both lists."""
        return partial(read, self._scope, self.app.acting, self.app.today)

    @property
    def whose(self) -> Whose | None:
        """The account under the cursor."""
        chosen = self.rows.chosen
        return ("account", chosen[0]) if isinstance(chosen, tuple) else None

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._look
        if found is None:
            self.show_header(("text", self._tab))
            return
        rows = self._coming(found) if self._tab == COMING else self._owed(found)
        self.rows.show_rows(rows)
        counts = {COMING: len(found.coming), OWED: len(found.owed)}
        tabs = named_pages([f"{one} {counts[one]}" for one in TABS], TABS.index(self._tab), "strong")
        self.show_header(*tabs, ("key", self._scope if self._scope != board.EVERYONE else ""))
        memory = self.query_one("#memory", OneLine)
        memory.display = found.memory is not None
        memory.show([("dim", found.memory or "")])
        self.show_footer()

    def _coming(self, found: Calendar) -> list[tuple[tuple[int, str] | None, Line]]:
        if not found.coming:
            return [(None, [("dim", f" No client has an anniversary in the next {AHEAD} days.")])]
        room = self.app.size.width - 4
        name_width = max(12, min(40, room - 53 - (LONGER if self._is_wide else 0)))
        rows: list[tuple[tuple[int, str] | None, Line]] = [
            (None, [("dim", f" {'':11}  {one_line('client', name_width)}  {self._headings()}")])
        ]
        rows += [self._row(one, name_width) for one in found.coming if not one.relation.lapsed]
        lapsed = [one for one in found.coming if one.relation.lapsed]
        if lapsed:
            rows += [
                (None, []),
                (None, [("strong", f" {LAPSED}"), ("dim", "   not congratulated by routine")]),
            ]
            rows += [self._row(one, name_width) for one in lapsed]
        return rows

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= 100

    def _headings(self) -> str:
        wide = LONGER // 2 if self._is_wide else 0
        thanked = "last thanks" if wide else "thanked"
        return f"{'with us':<10}  {'owner':<{8 + wide}}  {'brought':>{7 + wide}}  {thanked}"

    def _row(self, one: Anniversary, name_width: int) -> tuple[tuple[int, str], Line]:
        client, today = one.relation, self.app.today
        wide = LONGER // 2 if self._is_wide else 0
        brought = money.format_short(client.revenue_minor, self.app.currency)
        ink = "dim" if client.lapsed else "text"
        thanked = bars.day(client.last_thanks, today) if client.last_thanks else NEVER
        line: Line = [
            (ink, f" {one.on.day:>2} {one.on:%b}  {one.on:%a}  "),
            (ink, one_line(client.name, name_width)),
            ("good" if one.is_round and not client.lapsed else ink, f"  {'★' if one.is_round else ' '} "),
            (ink, f"{dates.years_in_words(one.years):<8}"),
            ("dim", f"  {one_line(client.owner, 8 + wide)}"),
            ("money" if not client.lapsed else "dim", f"  {brought:>{7 + wide}}"),
            ("dim", f"  {thanked}"),
        ]
        return (client.account, f"{one.on}"), line

    def _owed(self, found: Calendar) -> list[tuple[tuple[int, str] | None, Line]]:
        rows: list[tuple[tuple[int, str] | None, Line]] = [(None, line) for line in self._rate_lines(found)]
        if not found.owed:
            return [*rows, (None, []), (None, [("good", " Nobody is owed a thank-you.")])]
        room = self.app.size.width - 4
        owner_width = 8 + (LONGER // 2 if self._is_wide else 0)
        name_width = max(12, min(36, (room - owner_width - 24) * 2 // 5))
        what_width = max(10, min(48, room - owner_width - 24 - name_width))
        rows.append((None, []))
        for one in found.owed:
            late = "attention" if one.overdue else "text"
            line: Line = [
                (late, f" {'!' if one.overdue else ' '} {one.days:>3} d"),
                ("dim", f"  {one.on.day:>2} {one.on:%b}  "),
                ("text", one_line(one.name, name_width)),
                ("text", f"  {one_line(one.what, what_width)}"),
                ("dim", f"  {one_line(one.owner, owner_width)}"),
            ]
            rows.append(((one.account, one.key), line))
        return rows

    def _rate_lines(self, found: Calendar) -> list[Line]:
        rates, me = found.rates, self.app.acting.name
        since_when = bars.day(rates.start, self.app.today)
        own = rates.people.get(me)
        lines: list[Line] = [[("dim", f" Thanked within a week, since {since_when}")]]
        lines.append([("dim", "   everybody  "), *_told(rates.everybody)])
        if own is not None:
            lines.append([("dim", "   yours      "), *_told(own)])
        return lines

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        other = OWED if self._tab == COMING else COMING
        scope = (("C", "scope"),) * self._is_wide
        return (("t", "thank"), ("A", "first date"), ("Enter", "open"), ("Tab", other.lower()), *scope)

    # --- doing ----------------------------------------------------------------------------------------------

    def action_other_list(self) -> None:
        """From one list to the other."""
        self._tab = OWED if self._tab == COMING else COMING
        self._show()

    def action_scope(self) -> None:
        """Everyone's clients, those of my teams, or mine."""
        scopes = board.SCOPES
        self._scope = scopes[(scopes.index(self._scope) + 1) % len(scopes)]
        told = {board.EVERYONE: "everyone's", board.TEAM: "those of my teams", board.ME: "mine"}
        self.reload(said=(f"clients: {told[self._scope]}", "text"))


LONGER = 8
"""Cells that owner and revenue have more of where there is room."""


def _told(rate: Rate) -> list[Part]:
    if rate.percent is None:
        return [("dim", "nothing was due")]
    told: list[Part] = [("text", f"{rate.percent} %"), ("dim", f" of {rate.due:,}")]
    if rate.median_days is not None:
        told.append(("dim", f" · half of them within {rate.median_days:g} d"))
    return told
