"""The few styles in which lines are drawn, taken from the theme once for all widgets."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual.color import Color

if TYPE_CHECKING:
    from textual.app import App

INKS = {
    "name": "card-name",
    "strong": "card-name",
    "text": "card-text",
    "dim": "card-dim",
    "money": "money",
    "key": "cursor",
    "cursor": "cursor",
    "here": "cursor",
    "good": "good",
    "attention": "attention",
    "rule": "rule",
    "bar": "bar-done",
    "likely": "bar-open",
    "rest": "bar-rest",
}
"""Names of inks and the colour of the theme each is made of."""
BOLD = ("strong", "here")
GROUND, CHOSEN = GROUNDS = ("background", "cursor-bg")
"""What lines are drawn on: the screen, or the chosen card's own ground."""


def ink(app: App[Any], name: str) -> Style:
    """The style of an ink in the app's present theme, on whatever ground it is put."""
    return _inks(_colours(app), None)[name]


def inks_on(app: App[Any], ground: str) -> dict[str, Style]:
    """All inks on a ground, ready to be written: lines made of them need no further styling."""
    return _inks(_colours(app), ground)


_VARIABLES = (*dict.fromkeys(INKS.values()), *GROUNDS)


def _colours(app: App[Any]) -> tuple[str, ...]:
    variables = app.theme_variables
    return tuple([variables[name] for name in _VARIABLES])


@lru_cache(32)
def _inks(colours: tuple[str, ...], ground: str | None) -> dict[str, Style]:
    parsed = {name: Color.parse(colour).rich_color for name, colour in zip(_VARIABLES, colours, strict=True)}
    below = parsed[ground] if ground else None
    return {
        name: Style(color=parsed[variable], bgcolor=below, bold=name in BOLD or None)
        for name, variable in INKS.items()
    }
