"""The palette: every key of the screen by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from salesboard.ui.plain import plain


def commands(screen: Screen[Any]) -> Iterator[tuple[Binding, object]]:
    """The bindings that hold on a screen, each once, with the object whose action it is."""
    seen: set[str] = set()
    for _, (namespace, binding, enabled, _) in screen.active_bindings.items():
        if enabled and binding.tooltip and binding.action not in seen:
            seen.add(binding.action)
            yield binding, namespace


SHORT = {
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "question_mark": "?",
    "dollar_sign": "$",
    "asterisk": "*",
    "slash": "/",
    "colon": ":",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "shift+left": "Shift+←",
    "shift+right": "Shift+→",
    "shift+up": "Shift+↑",
    "shift+down": "Shift+↓",
    "home": "Home",
    "end": "End",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def shown_key(key: str) -> str:
    """A key as it is printed on a keyboard."""
    if key in SHORT:
        return SHORT[key]
    return key.replace("ctrl+", "Ctrl+") if "+" in key else key


class KeyCommands(Provider):
    """Offers what the keys of the screen do, by name."""

    async def discover(self) -> Hits:
        for name, help_text, run in self._all():
            yield DiscoveryHit(plain(name), run, text=name, help=help_text)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for name, help_text, run in self._all():
            if (score := max(matcher.match(name), matcher.match(help_text) * 0.6)) > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=help_text)

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        for binding, namespace in commands(self.screen):
            key = shown_key(binding.key)
            run = partial(self.app.run_action, binding.action, namespace)  # type: ignore[arg-type]
            yield f"{binding.description}  ({key})", binding.tooltip, run
