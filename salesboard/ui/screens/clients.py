"""All clients: since when, what they brought, when they last bought and were last thanked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import money, relations, text
from salesboard.domain.relations import Relation
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.relation_forms import Whose
from salesboard.ui.screens.acting import ClientScreen
from salesboard.ui.screens.reading import ListScreen
from salesboard.ui.widgets.sheet import Line

if TYPE_CHECKING:
    from textual.widgets import Input

    from salesboard.ui.widgets.filter_line import FilterLine

EXAMPLE = "letters of a client's name, or an owner's handle"
ORDERS = {
    "name": lambda one: one.name.casefold(),
    "last thanks": lambda one: (one.last_thanks is not None, one.last_thanks, one.name.casefold()),
    "last sale": lambda one: (one.last_sale_on, one.name.casefold()),
    "revenue": lambda one: (-one.revenue_minor, one.name.casefold()),
}
"""Ways to order clients; those first who wait longest, or who brought most."""


class ClientsScreen(ListScreen[list[Relation]], ClientScreen):
    """A list of clients; whoever is under the cursor is thanked, or looked at."""

    ACTS = KEYS_WAIT
    PLACE = "clients"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "client", "Open", id="client.open", tooltip="The client's page: facts, story, deals"
        ),
        Binding(
            "slash", "filter", "Filter", id="client.filter", tooltip="Filter by name or owner as you type"
        ),
        Binding(
            "s",
            "sort",
            "Sort",
            id="client.sort",
            tooltip="The next order of clients: name, last thanks, last sale, revenue",
        ),
        Binding("escape", "leave_off", "Back", id="app.back", tooltip="Clear the filter, or leave"),
        Binding("q", "leave", "Leave", id="app.leave", tooltip="Back to where one came from"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._order = next(iter(ORDERS))
        self._wanted = ""
        self._filter_line: FilterLine | None = None

    def reading(self) -> Callable[[], list[Relation]]:
        """All clients."""
        return partial(relations.relations, today=self.app.today)

    @property
    def whose(self) -> Whose | None:
        """The account under the cursor."""
        chosen = self.rows.chosen
        return ("account", chosen) if isinstance(chosen, int) else None

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self._look is None:
            self.show_header(("text", "Clients"))
            return
        key = text.search_key(self._wanted)
        found = [one for one in self._look if key in text.search_key(f"{one.name} {one.owner}")]
        found.sort(key=ORDERS[self._order])
        self.rows.show_rows(self._lines(found))
        order = f"by {self._order}" if self._order != "name" else ""
        self.show_header(("text", f"Clients {len(found):,}"), ("key", self._wanted), ("dim", order))
        self.show_footer()

    def _lines(self, found: list[Relation]) -> list[tuple[int | None, Line]]:
        if not found:
            words = "No client is called so." if self._look else "Nobody has bought yet."
            return [(None, [("dim", f" {words}")])]
        wide = self.app.size.width >= 100
        room = self.app.size.width - 4 - (74 if wide else 53)
        name_width = max(12, min(44, room))
        sales_heading = f"{'sales':>7}" if wide else ""
        owner_heading = f"  {'owner':<12}" if wide else ""
        heading = (
            f" {one_line('client', name_width)}  {'since':<11}{owner_heading}{sales_heading}"
            f"  {'brought':>7}  {'last sale':<11}  last thanks"
        )
        rows: list[tuple[int | None, Line]] = [(None, [("dim", heading)])]
        rows += [(one.account, self._line(one, name_width, wide)) for one in found]
        return rows

    def _line(self, one: Relation, name_width: int, wide: bool) -> Line:
        today = self.app.today
        thanked = bars.day(one.last_thanks, today) if one.last_thanks else "never"
        owner = f"  {one_line(one.owner, 12)}{one.sales:>7,}" if wide else ""
        ink = "dim" if one.lapsed else "text"
        return [
            (ink, f" {one_line(one.name, name_width)}"),
            ("dim", f"  {bars.day(one.since, today):<11}{owner}"),
            ("money", f"  {money.format_short(one.revenue_minor, self.app.currency):>7}"),
            (ink, f"  {bars.day(one.last_sale_on, today):<11}"),
            ("dim" if one.last_thanks else "attention", f"  {thanked}"),
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        return (("Enter", "open"), ("t", "thank"), ("A", "first date"), ("/", "filter"), ("s", "sort"))

    # --- doing ----------------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """The next order of clients."""
        orders = list(ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self._show()
        self.rows.action_go_by(-9999)
        self.say(f"sorted by {self._order}")

    def action_filter(self) -> None:
        """Filter as one types."""
        from salesboard.ui.widgets.filter_line import FilterLine

        if self._filter_line is None:
            self.query_one("#footer").display = False
            self._filter_line = FilterLine(self._wanted, EXAMPLE)
            self.mount(self._filter_line)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show those that fit what has been typed so far."""
        self._wanted = event.value
        self._show()

    def on_input_submitted(self) -> None:
        """Keep the filter and go back to the list."""
        if self._filter_line is not None:
            self._filter_line.remove()
            self._filter_line = None
        self.query_one("#footer").display = True
        self.rows.focus()

    def action_leave_off(self) -> None:
        """Clear the filter, else leave."""
        if self._filter_line is None and not self._wanted:
            self.action_leave()
            return
        self.on_input_submitted()
        self._wanted = ""
        self._show()
