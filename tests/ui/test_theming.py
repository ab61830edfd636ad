"""Themes: every one can be read by everybody it is for, and a bad file never costs more than itself."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme
from textual.widgets import DataTable, Input, OptionList, Static

from salesboard import paths
from salesboard.ui import theming
from salesboard.ui.safe_app import GREYS, NO_COLOUR, SafeApp

NAMES = {"night", "paper", "contrast", "clear-sight", "sixteen"}
TEXTS = ("card-name", "card-text", "card-dim", "cursor", "good", "attention", "money")
MINIMAL = 'name = "own"\nprimary = "#336699"\nforeground = "#ffffff"\nbackground = "#000000"\n'

# Linear RGB as eyes without one kind of cone see it: Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> tuple[float, ...]:
    """sRGB to linear light (IEC 61966-2-1)."""
    shares = (part / 255 for part in Color.parse(colour).rgb)
    return tuple(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    light = [
        sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))
        for colour in (one, other)
    ]
    return (max(light) + 0.05) / (min(light) + 0.05)


def distance(one: str, other: str, eye: str) -> float:
    """How far apart two colours are in these eyes, in CIELAB (1976); about 20 is plain to see."""
    return sum((a - b) ** 2 for a, b in zip(lab(one, eye), lab(other, eye), strict=True)) ** 0.5


def lab(colour: str, eye: str) -> tuple[float, float, float]:
    seen = [sum(weight * part for weight, part in zip(row, linear(colour), strict=True)) for row in EYES[eye]]
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    x, y, z = (
        root(sum(weight * min(max(part, 0), 1) for weight, part in zip(row, seen, strict=True)) / full)
        for row, full in zip(to_xyz, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def root(share: float) -> float:
    return share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116


@pytest.fixture
def packaged() -> dict[str, Theme]:
    themes, problems = theming.load_themes()
    assert problems == []
    return {theme.name: theme for theme in themes}


@pytest.fixture
def own_folder(home: Path) -> Path:
    return paths.made(paths.own_themes())


def test_the_five_themes_give_every_colour_themselves(packaged: dict[str, Theme]) -> None:
    assert set(packaged) == NAMES
    for name in NAMES:
        given = (paths.packaged_themes() / f"{name}.toml").read_text()
        for key in ("name", "dark", *theming.TEXTUAL_COLOURS, *theming.OWN_COLOURS):
            assert re.search(f"^{key} = ", given, re.MULTILINE), (name, key)
    assert [packaged[name].dark for name in ("night", "paper")] == [True, False]


@pytest.mark.parametrize(
    ("name", "least"), [("night", 4.5), ("paper", 4.5), ("clear-sight", 4.5), ("contrast", 7)]
)
def test_every_text_can_be_read_on_every_ground(name: str, least: float, packaged: dict[str, Theme]) -> None:
    theme = packaged[name]
    for ground in (theme.background, theme.variables["cursor-bg"], theme.variables["header-bg"]):
        ratios = {text: contrast(theme.variables[text], ground) for text in TEXTS}
        assert min(ratios.values()) >= least, ratios
        assert ratios["card-name"] > ratios["card-text"] > ratios["card-dim"]


@pytest.mark.parametrize("eye", EYES)
def test_clear_sight_is_clear_to_every_eye(eye: str, packaged: dict[str, Theme]) -> None:
    colours = packaged["clear-sight"].variables
    for one, other in [
        ("good", "attention"),
        ("cursor", "good"),
        ("cursor", "attention"),
        ("attention", "card-text"),
    ]:
        assert distance(colours[one], colours[other], eye) > 20, (one, other)


def test_red_and_green_would_not_be() -> None:
    assert distance("#b05a3c", "#7d7a2e", "deuteranopia") < 20
    assert distance("#b05a3c", "#7d7a2e", "tritanopia") > 20


class Everyday(SafeApp):
    CSS = "\n".join(f".{name} {{ color: ${name}; }}" for name in theming.OWN_COLOURS)

    def __init__(self, who: str = "") -> None:
        super().__init__()
        self.problems = theming.register(self, who)

    def compose(self) -> ComposeResult:
        for name in theming.OWN_COLOURS:
            yield Static(name, classes=name, markup=False)
        yield OptionList("one", "two")
        yield Input("three", select_on_focus=True)
        yield DataTable()


def test_our_colours_are_made_for_every_theme_of_textual() -> None:
    assert len(BUILTIN_THEMES) > 20
    for theme in BUILTIN_THEMES.values():
        made = theming.variable_defaults(theme)
        assert list(made) == list(theming.OWN_COLOURS)
        assert len({Color.parse(colour) for colour in made.values()}) >= 5, theme.name


async def test_every_kind_of_theme_can_be_applied() -> None:
    app = Everyday()
    async with app.run_test(notifications=True) as pilot:
        app.notify("hello")
        for name in [*sorted(NAMES), "nord", "solarized-light", "ansi-light"]:
            app.theme = name
            await pilot.pause()
            colours = {app.query_one(f".{own}").styles.color for own in theming.OWN_COLOURS}
            assert len(colours) >= 5, name


def colours_drawn(app: App[Any]) -> set[str | None]:
    strips = app.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    return {colour.name for style in styles for colour in (style.color, style.bgcolor) if colour}


async def test_sixteen_draws_with_the_terminal_s_own_colours_alone() -> None:
    app = Everyday()
    async with app.run_test(notifications=True) as pilot:
        app.theme = "sixteen"
        app.notify("hello")
        await pilot.pause()
        assert {name for name in colours_drawn(app) if name and name.startswith("#")} == set()
        app.theme = "night"
        await pilot.pause()
        assert {name for name in colours_drawn(app) if name and name.startswith("#")} != set()


@pytest.mark.parametrize(("name", "chosen"), [("sixteen", NO_COLOUR), ("paper", GREYS)])
async def test_no_color_is_kept_whatever_the_theme(
    name: str, chosen: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Everyday()
    async with app.run_test() as pilot:
        app.theme = name
        await pilot.pause()
        assert chosen in app.get_line_filters()
        for colour in colours_drawn(app):
            assert colour == "default" or (colour and re.fullmatch(r"#(\w\w)\1\1", colour))


@pytest.mark.parametrize(("terminal", "theme"), [("xterm-256color", "night"), ("linux", "sixteen")])
async def test_the_first_theme_suits_the_terminal(
    terminal: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", terminal)
    app = Everyday()
    async with app.run_test():
        assert app.theme == theme
    assert theming.remembered_theme() is None, "nobody has chosen anything yet"


async def test_a_choice_is_remembered_for_each_person() -> None:
    async with Everyday("ada").run_test() as pilot:
        pilot.app.theme = "paper"
        await pilot.pause()
    assert [theming.remembered_theme(who) for who in ("ada", "mia", "")] == ["paper", None, None]
    async with Everyday("ada").run_test() as pilot:
        assert pilot.app.theme == "paper"
        assert pilot.app.styles.background is not None


async def test_a_remembered_theme_that_is_gone_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    theming.remember_theme("gone")
    async with Everyday().run_test() as pilot:
        assert pilot.app.theme == "night"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINIMAL + 'mystery = "#000000"', "“mystery” is no key of a theme"),
        (MINIMAL + 'good = "greenish"', "good = “greenish” is no solid colour"),
        (MINIMAL + 'good = "red; } Screen { display: none"', "good = “red; } Screen"),
        (MINIMAL + "good = 7", "good = “7” is no solid colour"),
        (MINIMAL + 'good = "#12345678"', "is no solid colour"),
        (MINIMAL + 'good = "ansi_green"', "they do not blend"),
        (MINIMAL + 'dark = "yes"', "dark must be true or false"),
        (MINIMAL.replace('"own"', '"Own theme"'), "name must be up to 30 small letters"),
        (MINIMAL.replace("primary", "secondary"), "primary is missing"),
        ('name = "own', "it is not TOML"),
        ("[" * 5000, "it is not TOML"),
        ("\x00\x1b]0;x\x07", "it is not TOML"),
        ("# " + "x" * 70_000, "it is larger than 64 KB"),
    ],
    ids=lambda value: value[-20:] if value.isprintable() else "bytes",
)
def test_a_bad_file_costs_itself_only(text: str, said: str, own_folder: Path) -> None:
    (own_folder / "bad\n.toml").write_text(text)
    themes, (problem,) = theming.load_themes()
    assert said in problem
    assert problem.startswith("Theme “bad␊.toml” is left out: ")
    assert problem.isprintable()
    assert {theme.name for theme in themes} == NAMES


async def test_beside_a_bad_file_the_others_can_be_used(own_folder: Path) -> None:
    (own_folder / "bad.toml").write_text("colour = 'red'")
    (own_folder / "fine.toml").write_text(MINIMAL.replace("own", "fine"))
    async with Everyday().run_test() as pilot:
        assert pilot.app.problems == ["Theme “bad.toml” is left out: name is missing."]
        pilot.app.theme = "fine"
        await pilot.pause()
        assert pilot.app.screen.styles.background == Color.parse("#000000")


def test_a_file_that_can_not_be_read_or_is_no_text(own_folder: Path) -> None:
    (own_folder / "folder.toml").mkdir()
    (own_folder / "latin.toml").write_bytes(b'name = "\xe9"')
    (own_folder / "nowhere.toml").symlink_to("missing")
    assert len(theming.load_themes()[1]) == 3


def test_one_s_own_theme_goes_before_the_packaged_one(own_folder: Path) -> None:
    (own_folder / "mine.toml").write_text(MINIMAL.replace('"own"', '"night"') + 'good = "teal"\n')
    themes, problems = theming.load_themes()
    (night,) = (theme for theme in themes if theme.name == "night")
    assert (night.primary, night.variables["good"], problems) == ("#336699", Color.parse("teal").hex, [])
    assert os.listdir(own_folder) == ["mine.toml"]
