"""People's text as it is drawn: always text, always as wide as its place."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from salesboard.ui.plain import LONGEST_LINE, SafeFilter, one_line, plain

BACKGROUND = Color(0, 0, 0)
AWKWARD = st.text(
    st.sampled_from("ab \x00\x07\n\t\x1b\x7f\x85\x9b\u202e\u2028\u200d\ufe0fé漢\u0301👩👧❤🇩🇪\ud800\uffff")
)


def filtered(*segments: Segment) -> list[Segment]:
    return SafeFilter().apply(list(segments), BACKGROUND)


def text_of(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Hofer GmbH", 12, "Hofer GmbH  "),
        ("Hofer GmbH", 10, "Hofer GmbH"),
        ("Hofer GmbH", 9, "Hofer Gm…"),
        ("Hofer GmbH", 7, "Hofer… "),
        ("Hofer", 1, "…"),
        ("Hofer", 0, ""),
        ("", 3, "   "),
        ("Müller & Söhne", 7, "Müller…"),
        ("漢字漢字", 8, "漢字漢字"),
        ("漢字漢字", 7, "漢字漢…"),
        ("漢字漢字", 6, "漢字… "),
        ("a\x1b[31mb", 8, "a␛[31mb "),
        ("a\x00\x9b\u202e\tb", 8, "a␀��␉b  "),
        ("👨‍👩‍👧 x", 9, "👨👩👧 x "),
        ("❤️ love", 7, "❤ love "),
        ("\ud800x", 3, "�x "),
    ],
)
def test_one_line_is_cut_or_filled_to_its_width(text: str, width: int, shown: str) -> None:
    assert one_line(text, width) == shown


@given(AWKWARD | st.text(), st.integers(0, 20))
def test_one_line_is_always_as_wide_as_asked_and_holds_no_control(text: str, width: int) -> None:
    line = one_line(text, width)
    assert cell_len(line) == width
    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}


def test_a_book_pasted_as_a_name_is_a_line_like_any_other() -> None:
    assert one_line("漢" * 1_000_000, 5) == "漢漢…"
    assert cell_len(one_line("é" * LONGEST_LINE * 2, 500)) == 500


@pytest.mark.parametrize(
    "text", ["[b]x[/b]", "[/bold]", "[@click=app.quit]x[/]", "[50%] won", "a[/]b", "$primary"]
)
def test_plain_text_is_never_markup(text: str) -> None:
    assert plain(text).plain == text
    assert plain(text).spans == []


def test_plain_text_keeps_its_lines_and_shows_its_controls() -> None:
    assert plain("one\ntwo\x1b", "bold").plain == "one\ntwo␛"


def test_signs_take_the_place_of_blanks() -> None:
    assert text_of(filtered(Segment("a\x1bb  "), Segment("│"))) == "a␛b │"
    assert text_of(filtered(Segment("a\x1b\x1bb "), Segment("   "), Segment("│"))) == "a␛␛b  │"


def test_where_there_are_no_blanks_controls_are_left_out() -> None:
    assert text_of(filtered(Segment("a\x1b\x1bb "), Segment("│ "))) == "ab │ "
    assert text_of(filtered(Segment("\ud800\x1b"), Segment("│ "))) == "�│ ", (
        "a surrogate has a cell of its own"
    )


def test_controls_given_as_controls_and_links_that_hide_some_are_left_out() -> None:
    style = Style(bold=True, link="http://a/\x1b\\\x1b[2J")
    (segment,) = filtered(Segment("\x1b[2J", None, [(2,)]), Segment("x", style))
    assert (segment.text, segment.style and segment.style.link, segment.style and segment.style.bold) == (
        "x",
        None,
        True,
    )
    harmless = Segment("x", Style(link="http://a/b"))
    assert filtered(harmless) == [harmless]


def test_what_is_clean_is_not_touched() -> None:
    line = [Segment("│ Müller  漢 👍🏽 "), Segment("●●○", Style(bold=True))]
    assert SafeFilter().apply(line, BACKGROUND) is line


@given(st.lists(AWKWARD, max_size=6))
def test_a_filtered_line_keeps_its_width(texts: list[str]) -> None:
    line = [Segment(text) for text in texts]
    kept = filtered(*line)
    assert Strip(kept).cell_length == Strip(line).cell_length
    assert not {unicodedata.category(character) for character in text_of(kept)} & {"Cc", "Cs", "Zl", "Zp"}
