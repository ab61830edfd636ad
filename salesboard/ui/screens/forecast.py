"""The forecast: what the running period will have brought, what carries it, and how well earlier ones did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import forecasts, money, permissions
from salesboard.domain.forecasts import Carried, Forecast, Past
from salesboard.domain.gains import COMPANY_SCOPE, Scope
from salesboard.domain.odds import Range, in_percent
from salesboard.domain.periods import Kind
from salesboard.errors import SalesboardError
from salesboard.storage.ledger import Head
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import one_line
from salesboard.ui.screens.acting import Nominee, PersonScreen
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import ReadScreen
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line
from salesboard.ui.widgets.two_lists import ListRow, TwoLists
from salesboard.ui.widgets.two_sheets import OTHER_SIDE

KINDS: tuple[Kind, ...] = ("month", "quarter", "year")
MOST_DEALS = 40
"""So many of the deals that carry it are listed."""
DONE, RANGE, MIDDLE, REST = "━", "═", "╋", "─"
LONGEST_NAME, SHORTEST_NAME = 34, 20
LONGEST_ERROR = 12
"""Cells that the largest error takes, on either side."""


class ForecastScreen(ReadScreen[Forecast], PersonScreen):
    """The range and earlier forecasts on the left, the deals that carry it on the right."""

    ACTS = KEYS_WAIT
    AUTO_FOCUS = ""
    PLACE = "forecast"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "p", "period", "Period", id="forecast.period", tooltip="To the end of the month, quarter or year"
        ),
        Binding(
            "C", "scope", "Scope", id="forecast.scope", tooltip="The company's sales, my team's, or mine"
        ),
        Binding("enter", "open", "Open", id="forecast.open", tooltip="Everything about the deal"),
        OTHER_SIDE,
        BACK,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._kind: Kind = "quarter"
        self._scopes: list[tuple[str, Scope]] = [("company", COMPANY_SCOPE)]
        self._reading = 0
        """So many forecasts are being worked out."""
        self._grew = False
        """Whether something was written meanwhile."""

    def content(self) -> ComposeResult:
        yield TwoLists(id="lists")

    def on_mount(self) -> None:
        self.show_header(("text", "Forecast"), ("dim", "working it out …"))
        self.show_footer()
        self._read_scopes()
        self.reload()

    @property
    def lists(self) -> TwoLists:
        """The forecast, and its deals."""
        return self.query_one(TwoLists)

    @property
    def nominee(self) -> Nominee:
        """Whose deal the cursor stands on."""
        return {"about": f"deal:{self.lists.chosen}"} if isinstance(self.lists.chosen, int) else {}

    # --- reading --------------------------------------------------------------------------------------------

    def _read_scopes(self) -> None:
        """Find out of whom one may ask: the company, one's teams, oneself."""
        me, today = self.app.acting.id, self.app.today

        def task() -> list[tuple[str, Scope]]:
            from salesboard.domain import people

            mine = permissions.teams_of(me, today) if me is not None else set()
            teams = [(one.name, Scope(team=one.id)) for one in people.tree() if one.id in mine]
            own = [(self.app.acting.name, Scope(person=me))] if me is not None else []
            return [("company", COMPANY_SCOPE), *teams, *own]

        def came(found: list[tuple[str, Scope]]) -> None:
            self._scopes = found

        self.work(task, came, group="scopes")

    def reload(self, *, to_deal: int | None = None, said: tuple[str, str] | None = None) -> None:
        """Work the forecast out again."""

        self._reading += 1
        self._grew = False

        def done() -> None:
            self._reading -= 1
            if self._grew and not self._reading:
                self.reload()

        def came(found: Forecast) -> None:
            self._look = found
            self._show()
            if said:
                self.say(*said)
            done()

        def failed(error: SalesboardError) -> None:
            self.refused(error)
            done()

        task = partial(forecasts.forecast, today=self.app.today, kind=self._kind, scope=self._scopes[0][1])
        self.work(task, came, otherwise=failed, group="look", slowly=True)

    def ledger_grew(self, heads: Sequence[Head]) -> None:
        """Somebody else has changed something: work it out again, though not more often than one can."""
        if self._reading:
            self._grew = True
        else:
            self.reload()

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._look
        if found is None:
            return
        today, currency, room = self.app.today, self.app.currency, self.lists.room
        whole = [*outlook(found, currency, room), *past(found, currency, room)]
        left: list[ListRow] = [(None, [("text", " "), *line]) for line in whole]
        right = [
            *carried(found, currency, room, today),
            *overdue(found, currency, room, today),
        ]
        if self.lists.are_two:
            # Side by side both begin at the top.
            self.lists.show(left, right[1:])
        else:
            self.lists.show([], [*left, *right])
        until = f"until {bars.day(found.period.last_day, today)}"
        self.show_header(
            ("text", "Forecast"), ("text", f"{found.period.name} · {self._scopes[0][0]}"), ("dim", until)
        )
        self.show_footer()

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        return (("p", "period"), ("C", "scope"), ("Enter", "open the deal"), ("j k", "row"))

    # --- doing ----------------------------------------------------------------------------------------------

    def action_period(self) -> None:
        """To the end of the next kind of period."""
        self._kind = KINDS[(KINDS.index(self._kind) + 1) % len(KINDS)]
        self.reload()

    def action_scope(self) -> None:
        """The company's sales, a team's, or one's own."""
        self._scopes = [*self._scopes[1:], self._scopes[0]]
        self.reload()

    def action_open(self) -> None:
        """Everything about the deal under the cursor."""
        from salesboard.ui import going

        if isinstance(self.lists.chosen, int):
            going.to_subject(self.app, self, f"deal:{self.lists.chosen}")


# --- the range ----------------------------------------------------------------------------------------------


def outlook(found: Forecast, currency: str, room: int) -> list[Line]:
    """What is closed, where it is likely to end, and what that is made of."""
    likely = found.range

    def short(minor: int) -> str:
        return money.format_short(minor, currency)

    if likely is None:
        return [
            [("strong", "Likely"), ("dim", "  there is not enough history to tell")],
            [("money", short(found.so_far)), ("dim", " closed so far")],
        ]
    lines: list[Line] = [
        [
            ("strong", "Likely  "),
            ("money", short(likely.middle)),
            ("dim", "   in 8 of 10 cases "),
            ("text", f"{short(likely.low)} to {short(likely.high)}"),
        ],
        [],
        *_drawn(found.so_far, likely, room),
        [],
    ]
    for words, minor, more in (
        ("closed", found.so_far, ""),
        ("of open deals", likely.of_open, "  each by its own chance"),
        ("of new deals", likely.of_new, "  not opened yet"),
        ("by deals alone", found.so_far + likely.of_open + likely.of_new, "  earlier weeks weigh too"),
    ):
        lines.append([("money", f"{short(minor):>6}"), ("dim", f"  {words}{more}")])
    return lines


def _drawn(so_far: int, likely: Range, room: int) -> list[Line]:
    """A bar from nothing to the best of ten cases: closed, the likely range, its middle; figures beneath."""
    width = max(20, room - 2)
    top = max(likely.high, so_far, 1)

    def cell(minor: int) -> int:
        return max(0, min(minor * width // top, width))

    done, low, high = cell(so_far), cell(likely.low), cell(likely.high)
    cells: list[Part] = [("rest", REST)] * width
    cells[:done] = [("bar", DONE)] * done
    cells[max(done, low) : high] = [("likely", RANGE)] * (high - max(done, low))
    middle = min(width - 1, max(done, cell(likely.middle)))
    cells[middle] = ("text", MIDDLE)
    figures = (likely.low, "P10"), (likely.middle, "P50"), (likely.high, "P90")
    return [bars.joined(cells), _scale(width, top, (so_far, "closed"), *figures)]


def _scale(width: int, top: int, *figures: tuple[int, str]) -> Line:
    """Names beneath the places where they stand; one for which there is no room is left out."""
    placed: dict[int, str] = {}
    taken: list[range] = []
    # The middle and the ends matter more than what lies between them.
    for minor, name in sorted(figures, key=lambda one: ("P50", "P90", "closed", "P10").index(one[1])):
        start = max(0, min(minor * width // top - len(name) // 2, width - len(name)))
        if not any(start < other.stop + 1 and other.start < start + len(name) + 1 for other in taken):
            placed[start] = name
            taken.append(range(start, start + len(name)))
    line = ""
    for start in sorted(placed):
        line += " " * (start - len(line)) + placed[start]
    return [("dim", line)]


# --- earlier forecasts --------------------------------------------------------------------------------------


def past(found: Forecast, currency: str, room: int) -> list[Line]:
    """Earlier periods as they were forecast at the same point, beside what they brought; newest first."""
    if not found.past:
        return []
    off = found.mean_absolute_error or 0
    lines: list[Line] = [
        [],
        [
            ("strong", "Forecast at this point before"),
            (">", ""),
            ("dim", f"off by {money.format_short(off, currency)} on average"),
        ],
        [("dim", f"{'':<9}{'forecast':>10}{'actual':>9}{'off by':>9}")],
    ]
    largest = max(abs(one.error) for one in found.past) or 1
    for one in reversed(found.past):
        error = bars.signed(one.error, "revenue", currency)
        lines.append(
            [
                ("text", f"{one.period:<9}"),
                ("dim", f"{money.format_short(one.forecast, currency):>10}"),
                ("money", f"{money.format_short(one.actual, currency):>9}"),
                ("text", f"{error:>9}"),
                *(_error_drawn(one, largest) if room >= 66 else []),
            ]
        )
    return lines


def _error_drawn(one: Past, largest: int) -> list[Part]:
    """How far it was off, to the left where it said too little, to the right where too much."""
    length = round(abs(one.error) * LONGEST_ERROR / largest)
    too_low, too_high = (length, 0) if one.error < 0 else (0, length)
    return [
        ("likely", "   " + " " * (LONGEST_ERROR - too_low) + DONE * too_low),
        ("dim", "│"),
        ("likely", DONE * too_high),
    ]


# --- deals --------------------------------------------------------------------------------------------------


def carried(found: Forecast, currency: str, room: int, today: date) -> list[ListRow]:
    """The deals that are counted on, what brings most first."""
    ones = found.carried[:MOST_DEALS]
    more = found.counted_on - len(ones)
    rows = _listed("Carried by", "value, chance, brings", ones, currency, room, today)
    if more > 0:
        rows.append((None, [("dim", f"    and {more:,} more")]))
    return rows


def overdue(found: Forecast, currency: str, room: int, today: date) -> list[ListRow]:
    """The deals whose expected-close date is past."""
    rows = _listed(
        "Their date is past: they count as nothing", "", found.overdue[:MOST_DEALS], currency, room, today
    )
    more = len(found.overdue) - MOST_DEALS
    return [*rows, (None, [("dim", f"    and {more:,} more")])] if more > 0 else rows


def _listed(
    heading: str, beside: str, ones: Sequence[Carried], currency: str, room: int, today: date
) -> list[ListRow]:
    if not ones:
        return []
    rows: list[ListRow] = [(None, []), (None, [("strong", f" {heading}"), (">", ""), ("dim", beside)])]
    right = [_figures(one, currency, today) for one in ones]
    widths = [max(cell_len(cells[at]) for cells in right) for at in range(len(FIGURES))]
    left = room - 3 - sum(width + 2 for width in widths if width)
    owner = max(cell_len(one.owner) for one in ones)
    name = min(LONGEST_NAME, max(cell_len(one.name) for one in ones))
    if left < min(name, SHORTEST_NAME) + 2 + owner:
        owner = 0
    name = max(8, min(name, left - (owner + 2 if owner else 0)))
    for one, cells in zip(ones, right, strict=True):
        ink = "attention" if one.overdue else "text"
        line: list[Part] = [(ink, f" {'!' if one.overdue else ' '} "), ("text", one_line(one.name, name))]
        if owner:
            line.append(("dim", f"  {one.owner}"))
        line.append((">", ""))
        for figure, width, words in zip(FIGURES, widths, cells, strict=True):
            if width:
                line.append((_ink(figure, one), f"  {words:>{width}}"))
        rows.append((one.deal, line))
    return rows


FIGURES = ("put off", "expected", "value", "chance", "brings")


def _figures(one: Carried, currency: str, today: date) -> tuple[str, ...]:
    """What is told of a deal to the right of its name, in the order of `FIGURES`."""
    return (
        f"{one.pushes}×" if one.pushes else "",
        _short_day(one.expected_on, today),
        "" if one.value_minor is None else money.format_short(one.value_minor, currency),
        "" if one.overdue else in_percent(one.chance),
        "" if one.overdue else money.format_short(one.brings, currency),
    )


def _short_day(on: date | None, today: date) -> str:
    """`8 Dec`, of another year `Mar 2027`."""
    if on is None:
        return ""
    return bars.day(on, today) if on.year == today.year else f"{on:%b %Y}"


def _ink(figure: str, one: Carried) -> str:
    if figure == "brings":
        return "money"
    return (
        "attention"
        if (one.overdue and figure == "expected") or (one.pushes > 1 and figure == "put off")
        else "dim"
    )
