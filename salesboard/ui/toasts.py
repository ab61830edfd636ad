"""Toasts: calm, one at a time; of many only how many there are."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from salesboard.domain import notices
from salesboard.domain.notices import Line
from salesboard.errors import SalesboardError

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

ONE_BY_ONE = 3
"""So many are shown each by itself; of more than that only the number."""
SHOWN_FOR = 7.0
"""Seconds."""
AT_LEAST = 3.0
"""Seconds for which one is shown though another waits."""
TITLES = {
    "record": "Record",
    "milestone": "Milestone",
    "missed": "Milestone missed",
    "anniversary": "Anniversary",
    "thanks": "Thanks owed",
    "quiet deals": "Gone quiet",
    "review": "Review",
    "target": "Target",
    "kudos": "Well done",
    "awards": "Awards",
}


class Toasts:
    """The notices that wait to be shown on this app's screen."""

    def __init__(self, app: SalesboardApp) -> None:
        self._app = app
        self._waiting: deque[tuple[str, str, int]] = deque()
        """Title, text, and of how many notices it tells."""
        self._is_fresh = False
        """Whether the one on the screen has not been there for long enough."""

    def add(self, fresh: list[Line], *, at_start: bool) -> None:
        """Show notices, now or after those before, and keep that they have been shown."""
        if not fresh:
            return
        many = len(fresh) + sum(told for *_, told in self._waiting)
        if many > ONE_BY_ONE:
            self._waiting.clear()
            since = f" since {fresh[0].at:%A %-d %B}" if at_start else ""
            self._waiting.append(("Inbox", f"{many} notices{since}: g i shows them", many))
        else:
            self._waiting.extend(
                (TITLES.get(line.kind, line.kind.capitalize()), line.text, 1) for line in fresh
            )
        shown = [line.id for line in fresh if not line.shown]
        if shown:
            self._app.run_worker(self._keep_shown(shown))
        self._show_next()

    async def _keep_shown(self, shown: list[int]) -> None:
        """Keep that they have been shown; where that fails, they are shown once more at the next start."""
        task = partial(notices.mark_shown, self._app.acting, shown, now=self._app.now())
        with suppress(SalesboardError):
            await self._app.desk.ask(task)

    def _show_next(self) -> None:
        if self._is_fresh or not self._waiting:
            return
        title, text, _ = self._waiting.popleft()
        self._is_fresh = True
        self._app.clear_notifications()
        for screen in self._app.screen_stack:
            if hasattr(screen, "shield"):
                text = screen.shield(text)
        self._app.notify(text, title=title, timeout=SHOWN_FOR)
        self._app.set_timer(AT_LEAST, self._was_seen)

    def _was_seen(self) -> None:
        self._is_fresh = False
        self._show_next()
