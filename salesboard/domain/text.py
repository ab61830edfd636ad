"""Text that people write: the gate by which it enters, the keys that find it, the safe way to print it."""

import re
import unicodedata

from salesboard.errors import Refused

MARKS_PER_BASE = 8
LONGEST_ECHO = 40
REPLACEMENT = "\ufffd"
_BLANK = REPLACEMENT + "\u2800"

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a-\u23ff\u24c2\u25aa\u25ab\u25b6\u25c0"
    "\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_SKIN = "[\U0001f3fb-\U0001f3ff]"
_PERSON = f"{_PICTURE}(?:\ufe0f|{_SKIN})?"
_EMOJI = f"{_PERSON}(?:\u200d{_PERSON})*|[0-9#*]\ufe0f\u20e3"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Nothing is drawn for these, so they could hide text or tell two names apart that look the same.
_UNSEEN = (
    _BIDI + "\u00ad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# Patterns stay strings until they are used, then `re` keeps them: compiling them all would slow the start.
_LINE_BREAK = "\r\n|[\n\r\x85\u2028\u2029]"
_LAST_OF_PLANES = "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_NO_TEXT = f"[\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]"
_EMOJI_OR_UNSEEN = f"({_EMOJI})|[{_UNSEEN}]+"
_CONTROL = "[\x00-\x09\x0b-\x1f\x7f-\x9f]"
_NOT_PRINTABLE = f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ufff9-\ufffb\ud800-\udfff]"


def clean(text: str, *, field: str, limit: int = 200, multiline: bool = False) -> str:
    """What a person wrote, fit to be kept: composed, trimmed, without hidden characters.

    Controls become U+FFFD, tabs a space, line breaks a space or (multiline) a line feed. Refused: nothing to
    read, more than `limit` code points, lone surrogates and noncharacters.
    """
    cleaned = optional(text, field=field, limit=limit, multiline=multiline)
    if cleaned is None:
        raise Refused(f"{field} is empty: write something in it.")
    return cleaned


LOOK_ALIKE = ("LATIN", "GREEK", "CYRILLIC")
"""Alphabets with letters that can not be told apart by looking at them."""


def clean_name(text: str, *, field: str) -> str:
    """As `clean`, of a person's name; refused too is a word in two alphabets that look alike.

    With a letter of another one, somebody could go by a name that reads like somebody else's.
    """
    cleaned = clean(text, field=field)
    for word in cleaned.split():
        alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in word if not letter.isascii()}
        alphabets |= {"LATIN"} if any(letter.isascii() and letter.isalpha() for letter in word) else set()
        mixed = [one.title() for one in LOOK_ALIKE if one in alphabets]
        if len(mixed) > 1:
            raise Refused(
                f"{field}: {echo(word)} mixes {' and '.join(mixed)} letters; write it in one of them."
            )
    return cleaned


def optional(text: str | None, *, field: str, limit: int = 200, multiline: bool = False) -> str | None:
    """Like `clean`, but a field left empty is None."""
    if text is None:
        return None
    # White space and hidden characters fall away, so a text may start longer; a pasted file may not.
    if len(text) > 10 * limit + 1000:
        raise _too_long(field, len(text), limit)
    if not (text.isascii() and text.isprintable()):
        text = _tidied(text, field, "\n" if multiline else " ")
    text = text.strip()
    if all(character in _BLANK or character.isspace() for character in text):
        return None
    if len(text) > limit:
        raise _too_long(field, len(text), limit)
    return text


def match_key(name: str) -> str:
    """One key for names that differ only in case, spaces and punctuation (`GTXPro`, `gtx-pro`)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).casefold())
    return unicodedata.normalize("NFKC", "".join(filter(_spells, folded))) or folded


def search_key(text: str) -> str:
    """Text as it is compared in a search: without regard to case and to how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def visible(text: str, *, multiline: bool = False) -> str:
    """Text safe to print: C0 and DEL as their pictures; C1, bidi controls, surrogates as U+FFFD."""
    if multiline:
        return "\n".join(visible(line) for line in text.split("\n"))
    return re.sub(_NOT_PRINTABLE, _picture_of, text)


def spelled(document: str) -> str:
    """A JSON document in which every character that is not seen is spelled by its number."""
    return re.sub(_NOT_PRINTABLE, _by_number, document)


def _by_number(found: re.Match[str]) -> str:
    # Between the values of a document there are line breaks; within them JSON spells these itself.
    return found[0] if found[0] in "\n\r" else f"\\u{ord(found[0]):04x}"


def echo(text: str) -> str:
    """What somebody typed, quoted for an error message: visible, on one line, shortened to 40 characters."""
    shown = visible(text.strip()[: LONGEST_ECHO + 1])
    return f"“{shown if len(shown) <= LONGEST_ECHO else shown[: LONGEST_ECHO - 1] + '…'}”"


def _tidied(text: str, field: str, line_break: str) -> str:
    if found := re.search(_NO_TEXT, text):
        raise Refused(f"{field} holds a code that is no character (U+{ord(found[0]):04X}): remove it.")
    text = re.sub(_LINE_BREAK, line_break, text).replace("\t", " ")
    text = re.sub(_EMOJI_OR_UNSEEN, lambda found: found[1] or "", text)
    text = re.sub(_CONTROL, REPLACEMENT, text)
    return _few_marks(unicodedata.normalize("NFC", text))


def _few_marks(text: str) -> str:
    """Text with at most eight combining marks in a row."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= MARKS_PER_BASE:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _spells(character: str) -> bool:
    # Indic vowel signs and undecomposed accents are marks, not letters, yet they tell names apart.
    return character.isalnum() or (_is_mark(character) and character not in "\ufe0f\u20e3")


def _picture_of(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else REPLACEMENT


def _too_long(field: str, length: int, limit: int) -> Refused:
    return Refused(f"{field} has {length:,} characters and may have {limit:,}: shorten it.")


def counted(count: int, one: str, several: str = "") -> str:
    """`1 deal`, `1,200 deals`."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
