"""Themes: files in `themes/` and in a person's own folder; a bad file costs that theme, and nothing else."""

import re
import tomllib
from pathlib import Path
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from salesboard import paths
from salesboard.domain.text import echo, visible

DEFAULT = "night"
DEFAULT_16_COLOURS = "sixteen"

TEXTUAL_COLOURS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "boost",
)
OWN_COLOURS = (
    "card-name",
    "card-text",
    "card-dim",
    "cursor",
    "cursor-bg",
    "good",
    "attention",
    "money",
    "header-bg",
    "rule",
    "bar-done",
    "bar-open",
    "bar-rest",
)
NEEDED = ("name", "primary", "foreground", "background")
LARGEST_FILE = 64 * 1024

_NAME = re.compile("[a-z][a-z0-9-]{0,29}")


class BadTheme(Exception):
    """A theme file that can not be used; the text is one line that names the key and what is wrong."""


def load_themes() -> tuple[list[Theme], list[str]]:
    """The usable themes, one's own in place of packaged ones of the same name; a line for each other file."""
    themes: dict[str, Theme] = {}
    problems: list[str] = []
    for folder in (paths.packaged_themes(), paths.own_themes()):
        for file in sorted(folder.glob("*.toml")):
            try:
                theme = read_theme(file)
            except BadTheme as problem:
                problems.append(f"Theme {echo(file.name)} is left out: {problem}")
            else:
                themes[theme.name] = theme
    return list(themes.values()), problems


def register(app: App[Any], who: str = "") -> list[str]:
    """Give an app the themes, the one this person chose last time, and a memory for the next choice.

    Best called in the app's `__init__`. Returns a line for each theme file that could not be used.
    """
    themes, problems = load_themes()
    for theme in themes:
        app.register_theme(theme)
    plain_terminal = app.console.color_system in (None, "standard")
    for name in (remembered_theme(who), DEFAULT_16_COLOURS if plain_terminal else DEFAULT):
        if name in app.available_themes:
            app.theme = name
            break

    def keep(name: str) -> None:
        remember_theme(name, who)

    app.watch(app, "theme", keep, init=False)
    return problems


def remembered_theme(who: str = "") -> str | None:
    """The name of the theme chosen last, by this person where several share one login; None for none."""
    name = paths.remembered(_key(who))
    return name if isinstance(name, str) else None


def remember_theme(name: str, who: str = "") -> None:
    """Start with this theme from now on."""
    paths.remember(_key(who), name)


def read_theme(file: Path) -> Theme:
    """The theme in one TOML file; refuses what is no colour, no known key, or would not show."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise BadTheme("it is larger than 64 KB, so it can not be a theme.")
        values = tomllib.loads(text.decode())
    except OSError as error:
        raise BadTheme(f"it can not be read ({error.strerror}).") from None
    except (ValueError, RecursionError) as error:
        raise BadTheme(f"it is not TOML ({visible(str(error))}).") from None
    return _theme(values)


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Our own colours for a theme that lacks some, made from Textual's: `$card-dim` exists in every theme."""
    if theme.variables.keys() >= set(OWN_COLOURS):
        return {}
    if theme.ansi:
        return {name: _OF_THE_TERMINAL.get(name, "ansi_default") for name in OWN_COLOURS}
    made = theme.to_color_system().generate()
    back, front, accent = (Color.parse(made[name]) for name in ("background", "foreground", "accent"))

    def between(colour: Color, share: float) -> str:
        return back.blend(colour, share, alpha=1).hex

    return {
        "card-name": front.hex,
        "card-text": between(front, 0.82),
        "card-dim": between(front, 0.64),
        "cursor": accent.hex,
        "cursor-bg": between(accent, 0.15),
        "good": made["success"],
        "attention": made["warning"],
        "money": front.hex,
        "header-bg": between(front, 0.05),
        "rule": between(front, 0.2),
        "bar-done": between(accent, 0.8),
        "bar-open": between(accent, 0.4),
        "bar-rest": between(front, 0.2),
    }


_OF_THE_TERMINAL = {
    "card-dim": "ansi_bright_black",
    "cursor": "ansi_cyan",
    "good": "ansi_green",
    "attention": "ansi_yellow",
    "rule": "ansi_bright_black",
    "bar-done": "ansi_cyan",
    "bar-open": "ansi_blue",
    "bar-rest": "ansi_bright_black",
}


def _theme(values: dict[str, Any]) -> Theme:
    for key in NEEDED:
        if key not in values:
            raise BadTheme(f"{key} is missing.")
    name, dark = values.pop("name"), values.pop("dark", True)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadTheme("name must be up to 30 small letters, digits and hyphens, and begin with a letter.")
    if not isinstance(dark, bool):
        raise BadTheme("dark must be true or false.")
    colours = {key: _colour(key, value) for key, value in values.items()}
    of_the_terminal = {colour.startswith("ansi_") for colour in colours.values()}
    if len(of_the_terminal) > 1:
        raise BadTheme("either all colours are the terminal's own (ansi_…) or none are: they do not blend.")
    given: dict[str, Any] = {key: colour for key, colour in colours.items() if key in TEXTUAL_COLOURS}
    theme = Theme(name, **given, dark=dark, ansi=of_the_terminal == {True})
    theme.variables = {key: colour for key, colour in colours.items() if key in OWN_COLOURS}
    own = variable_defaults(theme) | theme.variables
    theme.variables = _calm(own, theme) | own
    return theme


def _colour(key: str, value: object) -> str:
    if key not in TEXTUAL_COLOURS + OWN_COLOURS:
        raise BadTheme(f"{echo(key)} is no key of a theme: see themes/README.md for those that are.")
    try:
        colour = Color.parse(value) if isinstance(value, str) else None
    except ColorParseError:
        colour = None
    if colour is None or colour.a != 1:
        raise BadTheme(f"{key} = {echo(str(value))} is no solid colour, such as #8ab4f8 or ansi_blue.")
    return colour.hex


def _calm(own: dict[str, str], theme: Theme) -> dict[str, str]:
    """Textual's own widgets in our colours: one accent, quiet scroll bars, no blocks of bright colour."""
    back = theme.background or "ansi_default"
    calm = {
        "block-cursor-background": own["cursor-bg"],
        "block-cursor-foreground": own["card-name"],
        "block-cursor-blurred-background": own["cursor-bg"],
        "block-cursor-blurred-foreground": own["card-text"],
        "border": own["cursor"],
        "border-blurred": own["rule"],
        "scrollbar": own["rule"],
        "scrollbar-hover": own["card-dim"],
        "scrollbar-active": own["cursor"],
        "scrollbar-background": back,
        "scrollbar-background-hover": back,
        "scrollbar-background-active": back,
        "scrollbar-corner-color": back,
        "footer-background": own["header-bg"],
        "footer-key-foreground": own["cursor"],
        "footer-description-foreground": own["card-dim"],
        "input-selection-background": own["bar-open"],
    }
    if theme.ansi:
        # The terminal's background may be dark or light: black shows on its middle colours either way.
        on_colour = {"background": own["cursor"], "foreground": "ansi_black"}
        for part in ("block-cursor", "input-selection", "screen-selection"):
            calm |= {f"{part}-{side}": colour for side, colour in on_colour.items()}
        calm |= {
            "ansi-background": back,
            "ansi-foreground": "ansi_default",
            "markdown-h1-color": own["cursor"],
        }
    return calm


def _key(who: str) -> str:
    return f"theme-{who}" if who else "theme"
