"""The inbox: everything one has been told, unread first, each line leading to what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from salesboard.domain import notices
from salesboard.domain.notices import Line as NoticeLine
from salesboard.ui import bars, dialogs, going
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.plain import wrapped
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import AT_ONCE, ListScreen
from salesboard.ui.toasts import TITLES
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line, Sheet

WIDE = 100
KIND_WIDTH = 17


class InboxScreen(ListScreen[list[NoticeLine]]):
    """One's own notices: to read, to send off until a day, to put away. It changes nobody else's inbox."""

    ACTS = KEYS_WAIT
    PLACE = "inbox"
    READING = AT_ONCE
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="notice.open", tooltip="Go to what it is about"),
        Binding("space", "mark", "Read", id="notice.mark", tooltip="It is read; or unread again"),
        Binding("z", "snooze", "Snooze", id="notice.snooze", tooltip="Send it off until a day"),
        Binding("x", "put_away", "Put away", id="notice.dismiss", tooltip="Put it away; or take it out"),
        Binding("A", "read_all", "All read", id="notice.read-all", tooltip="Everything here is read"),
        Binding(
            "o",
            "older",
            "All",
            id="notice.older",
            tooltip="Show or hide what was dismissed or sent off until later",
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    InboxScreen {
        #whole { height: 4; padding: 1 2 0 2; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[NoticeLine] = []
        self._everything = False

    def content(self) -> ComposeResult:
        yield from super().content()
        yield Sheet(id="whole")

    def arrive(self) -> None:
        """Have the notices read; the keys are known already."""
        self.show_footer()
        self.reload()

    def reading(self) -> Callable[[], list[NoticeLine]]:
        """One's own notices."""
        person, today = self.app.acting.id or 0, self.app.today
        return partial(notices.inbox, person, today=today, everything=self._everything)

    def keep(self, found: list[NoticeLine]) -> None:
        """Keep the notices."""
        self._lines = found

    def read_on(self) -> None:
        """What was said before is of other notices."""
        self.show_footer()

    def inbox_changed(self) -> None:
        """There are other notices; what has just been said stays."""

        def came(found: list[NoticeLine]) -> None:
            self.keep(found)
            self._show()

        if self._where:
            self.work(self.reading(), came)

    @property
    def notice(self) -> NoticeLine | None:
        """The notice under the cursor."""
        chosen = self.rows.chosen
        return next((one for one in self._lines if one.id == chosen), None)

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self._is_read:
            return
        rows: list[tuple[int | None, Line]] = []
        heading = ""
        for one in sorted(self._lines, key=self._group_order):
            if (group := self._group(one)) != heading:
                if rows:
                    rows.append((None, []))
                rows.append((None, [("strong", f" {group}")]))
                heading = group
            rows.append((one.id, self._row(one)))
        nothing: Line = [("dim", " Nothing to read: what concerns you will be told here.")]
        self.rows.show_rows(rows or [(None, nothing)])
        unread = self.app.unread = sum(self._group(one) == "Unread" for one in self._lines)
        self.show_header(("text", "Inbox"), ("dim", f"{unread} unread of {len(self._lines)}"))
        self._show_whole()

    @on(Rows.Moved)
    def _show_whole(self) -> None:
        """All of the notice under the cursor: a row shows only what fits."""
        one = self.notice
        lines: list[Line] = []
        if one is not None:
            room = self.app.size.width - 4
            lines = [[("text", line)] for line in wrapped(one.text, room)[:2]]
            if one.withdrawn and one.withdrawn != one.text:
                lines.append([("dim", f"withdrawn: {one.withdrawn}")])
        self.query_one("#whole", Sheet).show(lines)

    def _group(self, one: NoticeLine) -> str:
        if one.dismissed:
            return "Dismissed"
        if one.snoozed_until is not None and one.snoozed_until > self.app.today:
            return "Later"
        return "Read" if one.read else "Unread"

    def _group_order(self, one: NoticeLine) -> int:
        return ("Unread", "Read", "Later", "Dismissed").index(self._group(one))

    def _row(self, one: NoticeLine) -> Line:
        wide = self.app.size.width >= WIDE
        group = self._group(one)
        ink = "text" if group == "Unread" else "dim"
        sign = " " if one.withdrawn else {"good": "★", "attention": "!"}.get(one.tone, " ")
        kind = f"{TITLES.get(one.kind, one.kind.capitalize()):<{KIND_WIDTH}}" if wide else ""
        when = bars.day(one.on, self.app.today)
        if group == "Later":
            assert one.snoozed_until is not None
            when = f"until {bars.day(one.snoozed_until, self.app.today)}"
        text = f"withdrawn · {one.text}" if one.withdrawn else one.text
        return [
            ("dim", f"  {when:>12}  "),
            (one.tone if one.tone != "plain" and group == "Unread" else "dim", f"{sign} "),
            ("dim", kind),
            ("dim" if one.withdrawn else ink, text),
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        keys = (("Enter", "open"), ("Space", "read"), ("z", "snooze"), ("x", "put away"), ("o", "all"))
        return keys

    # --- doing ----------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Go to what the notice is about; it is read then."""
        one = self.notice
        if one is None:
            return
        actor, now, app = self.app.acting, self.app.now(), self.app

        def then(_: None) -> None:
            if one.leads_to is None or not going.to_subject(app, self, one.leads_to):
                self.reload(said=("it leads nowhere", "dim"))

        self.work(partial(notices.read, actor, [one.id], now=now), then)

    def action_mark(self) -> None:
        """The notice is read, or unread again."""
        one, now = self.notice, self.app.now()
        if one is None:
            return
        if one.read:
            self._do(partial(notices.unread_again, self.app.acting, one.id, now=now), "unread again")
        else:
            self._do(partial(notices.read, self.app.acting, [one.id], now=now), "read")

    def action_put_away(self) -> None:
        """Put the notice away, or take it out again."""
        one, now = self.notice, self.app.now()
        if one is None:
            return
        if one.dismissed:
            self._do(partial(notices.unread_again, self.app.acting, one.id, now=now), "in the inbox again")
        else:
            self._do(partial(notices.dismiss, self.app.acting, one.id, now=now), "put away; o shows it")

    def action_read_all(self) -> None:
        """Everything that is unread is read."""
        unread = [one.id for one in self._lines if self._group(one) == "Unread"]
        if unread:
            now = self.app.now()
            self._do(partial(notices.read, self.app.acting, unread, now=now), f"{len(unread)} read")

    def action_snooze(self) -> None:
        """Send the notice off until a day."""
        one, app = self.notice, self.app
        if one is None:
            return
        actor, today, now = app.acting, app.today, app.now()

        def save(values: dict[str, Any]) -> date:
            until: date = values["until"]
            notices.snooze(actor, one.id, until, now=now)
            return until

        field = Field(
            "until",
            "Until",
            "tomorrow",
            dialogs.read_day(today, "day", needed=True),
            dialogs.told_day,
            "tomorrow, mon, +7, 2027-01-07",
        )
        form = Form("Tell me again", [field], desk=app.desk, save=save, verb="send off")

        self.show_form(
            form, lambda until: self.reload(said=(f"it comes back on {dialogs.told_day(until)}", "dim"))
        )

    def action_older(self) -> None:
        """Show or hide what was put away."""
        self._everything = not self._everything
        self.reload()

    def _do(self, act: Callable[[], None], said: str) -> None:
        self.work(act, lambda _: self.reload(said=(said, "dim")))
