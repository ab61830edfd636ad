"""Fewer bytes for the same picture: what a terminal knows already is not sent again. It counts on a slow
line."""

from __future__ import annotations

import re
from functools import lru_cache

_STYLES = re.compile("\x1b\\[([0-9;]*)m")
_ONLY_MOVES = re.compile("(?:\x1b\\[[0-9]+;[0-9]+H|\r?\n)+")
_MOVES_IN_VAIN = re.compile("(?:\x1b\\[[0-9]+;[0-9]+H|\r?\n)+(?=\x1b\\[[0-9]+;[0-9]+H)")


def thrifty(output: str) -> str:
    """The same output with cursor moves left out that another one follows, and with styles that only say what
    changes.

    Every style in `output` is taken as said from a clean slate, as Textual writes them, each ended by a
    reset. The result begins and ends with a clean slate too.
    """
    pieces = _STYLES.split(output)
    sent = [pieces[0]]
    standing = ""
    owed = False
    for at in range(1, len(pieces), 2):
        style, text = pieces[at], pieces[at + 1]
        if style in ("", "0"):
            owed = bool(standing)
        elif style != standing or not owed:
            sent.append(_change(standing if owed else "", style))
            standing, owed = style, False
        else:
            owed = False
        if not text:
            continue
        if _ONLY_MOVES.fullmatch(text):
            sent.append(_MOVES_IN_VAIN.sub("", text))
            continue
        if owed:
            sent.append("\x1b[0m")
            standing, owed = "", False
        sent.append(text)
    if owed:
        sent.append("\x1b[0m")
    return "".join(sent)


@lru_cache(4096)
def _change(standing: str, style: str) -> str:
    """What must be said to get from one style to another."""
    before, after = _attributes(standing), _attributes(style)
    if before.keys() - after.keys():
        return f"\x1b[0;{style}m"
    changed = ";".join(value for kind, value in after.items() if before.get(kind) != value)
    return f"\x1b[{changed}m" if changed else ""


@lru_cache(1024)
def _attributes(style: str) -> dict[str, str]:
    """The attributes of a style: its colours, and bold, underline and the like each by themselves."""
    found: dict[str, str] = {}
    if not style:
        return found
    codes = style.split(";")
    at = 0
    while at < len(codes):
        code = codes[at]
        length = 1
        if code in ("38", "48") and at + 1 < len(codes):
            length = 5 if codes[at + 1] == "2" else 3
        found[_kind(code)] = ";".join(codes[at : at + length])
        at += length
    return found


def _kind(code: str) -> str:
    """Foreground, background, or an attribute by itself."""
    number = int(code or 0)
    if 30 <= number <= 39 or 90 <= number <= 97:
        return "foreground"
    if 40 <= number <= 49 or 100 <= number <= 107:
        return "background"
    return code
