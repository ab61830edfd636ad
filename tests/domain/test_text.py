"""Text people write: what is kept of it, how names are matched, how it is printed."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import text
from salesboard.errors import Refused

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
HIDDEN = "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"
HIDDEN += "\ufff9\U000e0041\u00ad\ufe0f\u3164"
CONTROLS = [chr(code) for code in (*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), *range(0x7F, 0xA0))]

anything = st.text(st.characters(codec=None), max_size=60) | st.text(
    st.sampled_from(
        [
            *"aeé1#*AB \t\r\n",
            *HIDDEN,
            "\x1b",
            "\x9b",
            "\x00",
            "\x85",
            "\u2028",
            "\u0301",
            "\u0327",
            "\u20e3",
            "👩",
            "❤",
            "\ufe0f",
            "\u200d",
            "🏽",
            "🇦",
            "\u0cc6",
            "\u0cc2",
            "\u1100",
            "\u1161",
            "\u11a8",
            "\u2194",
            "\u0338",
        ]
    ),
    max_size=30,
)


def cleaned(written: str, **rules: bool) -> str:
    return text.clean(written, field="Name", **rules)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Hofer GmbH", "Hofer GmbH"),
        ("  Hofer\u00a0 ", "Hofer"),
        ("Cafe\u0301", "Café"),
        ("e\u200b\u0301", "é"),
        ("Hofer\tGmbH", "Hofer GmbH"),
        ("Hofer\r\nGmbH", "Hofer GmbH"),
        ("Hofer\rGmbH\nGraz", "Hofer GmbH Graz"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\ufeffHofer", "Hofer"),
        ("Ho\u200bf\u200cer\u2060", "Hofer"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\u2066b\u2069c\u200ed", "abcd"),
        ("hi\U000e0041\U000e007f", "hi"),
        ("soft\u00adhyphen", "softhyphen"),
        ("a\u200db", "ab"),
        ("a\ufe0fb", "ab"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\x1b]52;c;AAAA\x07", "\ufffd]52;c;AAAA\ufffd"),
        ("nul\x00del\x7fcsi\x9b", "nul\ufffddel\ufffdcsi\ufffd"),
        ("bell\x07back\x08so\x0e", "bell\ufffdback\ufffdso\ufffd"),
        (FAMILY, FAMILY),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👩🏽\u200d🚀 on board", "👩🏽\u200d🚀 on board"),
        ("👁\ufe0f\u200d🗨\ufe0f", "👁\ufe0f\u200d🗨\ufe0f"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("🇦🇹", "🇦🇹"),
        ("👩\u200d", "👩"),
        ("\u200d👩", "👩"),
        ("👩\u200b\u200d👧", "👩👧"),
        ("מזל טוב", "מזל טוב"),
        ("株式会社", "株式会社"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("'; DROP TABLE deals; --", "'; DROP TABLE deals; --"),
        ("=1+1", "=1+1"),
    ],
)
def test_what_is_kept_of_one_line(written, kept):
    assert cleaned(written) == kept


def test_longer_texts_keep_their_lines():
    assert cleaned("\r\none\r\ntwo\rthree\n\nfour\tfive\n", multiline=True) == "one\ntwo\nthree\n\nfour five"


@pytest.mark.parametrize("control", CONTROLS)
def test_no_control_is_kept(control):
    expected = {"\t": "a b", "\x85": "a b"}.get(control, "a\ufffdb")
    assert cleaned(f"a{control}b") == expected


def test_marks_are_capped_per_base():
    stacked = "Z" + "\u0335" * 200 + "a" + "\u0301" * 3
    kept = cleaned(stacked)
    assert kept.count("\u0335") == 8
    assert kept.endswith("á\u0301\u0301")


@pytest.mark.parametrize(
    "written",
    ["", "   ", "\t\n", "\u200b\u200d\ufeff", "\u00a0\u3000", "\x00\x1b", " \x07 \x1b ", "\u2800", "\u3164"],
)
def test_nothing_to_read_is_refused_with_the_field(written):
    with pytest.raises(Refused, match=r"^Account name is empty"):
        text.clean(written, field="Account name")
    assert text.optional(written, field="Account name") is None


def test_a_field_that_may_be_empty():
    assert text.optional(None, field="Place") is None
    assert text.optional(" Graz ", field="Place") == "Graz"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("a\ud800", "U+D800"),
        ("\udfffb", "U+DFFF"),
        ("a\ufdd0", "U+FDD0"),
        ("a\uffff", "U+FFFF"),
        ("\ufffe", "U+FFFE"),
        ("\U0001fffe", "U+1FFFE"),
        ("\U0010ffff", "U+10FFFF"),
    ],
)
def test_what_is_no_character_is_refused(written, code):
    with pytest.raises(Refused, match=r"^Note holds a code that is no character") as refusal:
        text.clean(written, field="Note")
    assert code in str(refusal.value)


def test_limits():
    assert cleaned("x" * 200) == "x" * 200
    assert cleaned(" " * 300 + "x" * 200 + "\u200b" * 100) == "x" * 200
    with pytest.raises(Refused, match=r"^Name has 201 characters and may have 200: shorten it"):
        cleaned("x" * 201)
    with pytest.raises(Refused, match=r"^Note has 1,000,000 characters and may have 20,000"):
        text.clean("é" * 1_000_000, field="Note", limit=20_000, multiline=True)
    with pytest.raises(Refused, match="may have 5"):
        text.optional("sixsix", field="Code", limit=5)


@given(anything, st.booleans())
def test_cleaning_twice_changes_nothing(written, multiline):
    try:
        once = cleaned(written, multiline=multiline)
    except Refused:
        return
    assert cleaned(once, multiline=multiline) == once


@given(anything, st.booleans())
def test_what_is_kept_is_composed_and_has_no_control(written, multiline):
    try:
        kept = cleaned(written, multiline=multiline)
    except Refused:
        return
    assert kept == kept.strip() != ""
    assert unicodedata.is_normalized("NFC", kept)
    kept.encode("utf-8")
    allowed = {"\n"} if multiline else set()
    assert (
        not {character for character in kept if unicodedata.category(character) in ("Cc", "Zl", "Zp")}
        - allowed
    )
    assert not set(kept) & (set(HIDDEN) - {"\u200d", "\ufe0f"})
    assert not re.search("(^|[a-zA-Z é\u0301])\u200d|\u200d([a-zA-Z é\u0301]|$)|[a-zA-Z é]\ufe0f", kept)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GTXPro", "GTX Pro"),
        ("GTXPro", "gtx-pro"),
        ("Hofer GmbH", "HOFER  GMBH."),
        ("Straße", "STRASSE"),
        ("Cafe\u0301", "CAFÉ"),
        ("Ｈofer", "Hofer"),
        ("O'Neill & Sons", "oneill sons"),
        ("---", "---"),
        ("🚀", "🚀"),
        ("Любовь", "ЛЮБОВЬ"),
    ],
)
def test_names_that_match(one, other):
    assert text.match_key(one) == text.match_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GTX Pro", "GTX Plus"),
        ("Café", "Cafe"),
        ("Müller", "Muller"),
        ("---", "***"),
        ("🚀", "🎉"),
        ("कि", "का"),
        ("Acme", "\u0410cme"),
        ("MG 1", "MG 2"),
    ],
)
def test_names_that_do_not_match(one, other):
    assert text.match_key(one) != text.match_key(other)


@given(anything)
def test_a_key_is_its_own_key(written):
    key = text.match_key(written)
    assert text.match_key(key) == key
    assert (key == "") == (written == "")


def test_search_ignores_case_and_encoding():
    assert text.search_key("CAFÉ Müller") == "café müller"
    assert text.search_key("e\u0301") in text.search_key("CAFÉ")
    assert text.search_key("strasse") in text.search_key("Hauptstraße")
    assert text.search_key("100%_\\") == "100%_\\"


@given(anything)
def test_a_search_key_is_its_own_key(written):
    assert text.search_key(text.search_key(written)) == text.search_key(written)


def test_controls_are_made_visible():
    assert text.visible("\x1b[31mred\x07\x00\x7f\x9b") == "␛[31mred␇␀␡\ufffd"
    assert text.visible("one\r\ntwo\tthree") == "one␍␊two␉three"
    assert text.visible("one\r\ntwo", multiline=True) == "one␍\ntwo"
    assert text.visible("a\u202eb\u2028c\ud800d") == "a\ufffdb\ufffdc\ufffdd"
    assert text.visible(f"Café {FAMILY} 株式会社") == f"Café {FAMILY} 株式会社"


@given(anything, st.booleans())
def test_what_is_printed_has_no_control(written, multiline):
    shown = text.visible(written, multiline=multiline)
    shown.encode("utf-8")
    assert len(shown) == len(written)
    controls = {character for character in shown if unicodedata.category(character) in ("Cc", "Zl", "Zp")}
    assert controls <= ({"\n"} if multiline else set())


def test_an_echo_is_short_and_quoted():
    assert text.echo(" 12 apples\x1b ") == "“12 apples␛”"
    assert text.echo("x" * 40) == "“" + "x" * 40 + "”"
    assert text.echo("x" * 41) == "“" + "x" * 39 + "…”"
    assert len(text.echo("x" * 1_000_000)) == 42


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("\u0410da Marsh", "Latin and Cyrillic"),
        ("Ada M\u0430rsh", "Latin and Cyrillic"),
        ("Mia \u0392erg", "Latin and Greek"),
        ("\u0410\u03bdgela", "Latin and Greek and Cyrillic"),
    ],
)
def test_a_name_that_only_looks_like_anothers_is_refused(name: str, told: str) -> None:
    with pytest.raises(Refused, match=f"mixes {told} letters"):
        text.clean_name(name, field="name")


@pytest.mark.parametrize(
    "name",
    ["Ada Marsh", "Zoë Müller-Łoś", "Анна Каренина", "Anna Каренина", "Νίκος", "李小龍 Bruce", "O’Neil 2"],
)
def test_control_names_of_all_countries_are_taken(name: str) -> None:
    assert text.clean_name(name, field="name") == name
