"""Somebody who has gone away from an open board: the session ends, what they had typed is kept for them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from salesboard import paths

if TYPE_CHECKING:
    from textual.screen import Screen

    from salesboard.ui.app import SalesboardApp


class Absence:
    """Waits until no key has come for so many seconds; until then it does nothing at all."""

    def __init__(
        self, limit: float, then: Callable[[], None], clock: Callable[[], float] = monotonic
    ) -> None:
        """`then` is called once, in a thread of its own."""
        self._limit = limit
        self._then = then
        self._clock = clock
        self._heard = clock()
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to wait."""
        self.heard()
        threading.Thread(target=self._wait, daemon=True, name="absence").start()

    def heard(self) -> None:
        """Somebody is there."""
        self._heard = self._clock()

    def stop(self) -> None:
        """Wait no more."""
        self._stop.set()

    def _wait(self) -> None:
        while (left := self._heard + self._limit - self._clock()) > 0:
            if self._stop.wait(left):
                return
        if not self._stop.is_set():
            self._then()


# --- what was typed -----------------------------------------------------------------------------------------


class Typed:
    """What somebody had typed into forms of a board and not saved: by the form's title, by the field."""

    def __init__(self, app: SalesboardApp) -> None:
        board = hashlib.sha256(app.start.target.encode()).hexdigest()[:12]
        self._key = f"typed {board} {app.actor.id if app.actor else ''}"
        self._kept: dict[str, dict[str, str]] = {}

    def keep(self, app: SalesboardApp) -> bool:
        """Keep what stands in the forms that are open; whether there is anything, and it could be kept."""
        # Forms take a while to load, and an app may be opened and left without one.
        from salesboard.ui.widgets.form import Form

        for screen in app.screen_stack:
            if isinstance(screen, Form) and (changed := screen.changed):
                self._kept[screen.called] = changed
        return bool(self._kept) and self._remember()

    def found(self) -> list[str]:
        """The titles of the forms of which something was kept the last time."""
        kept = paths.remembered(self._key)
        if isinstance(kept, Mapping):
            self._kept = {
                str(title): {str(name): str(text) for name, text in typed.items()}
                for title, typed in kept.items()
                if isinstance(typed, Mapping)
            }
        return list(self._kept)

    def give_back(self, form: Screen[Any]) -> bool:
        """Put what was kept into the form it was typed in, and keep it no longer; whether there was any."""
        if not self._kept:
            return False
        from salesboard.ui.widgets.form import Form

        if not isinstance(form, Form):
            return False
        typed = self._kept.pop(form.called, None)
        if typed is None:
            return False
        form.write(typed)
        self._remember()
        return True

    def _remember(self) -> bool:
        paths.remember(self._key, self._kept)
        return bool(paths.remembered(self._key) == self._kept)
