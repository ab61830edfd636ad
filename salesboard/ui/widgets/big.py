"""Big type: words in letters of three lines, for what a whole room reads."""

from __future__ import annotations

from rich.cells import cell_len

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&-'. ÄÖÜ"
# Five rows of dots, letter by letter; two rows make one line of half blocks.
_DOTS = (
    " ### |#### | ####|#### |#####|#####| ####|#   #|###|  ###|#  # |#    |#   #|"
    "#   #| ### |#### | ### |#### | ####|#####|#   #|#   #|#   #|#   #|#   #|#####|"
    " ### | # |#### |#### |#  # |#####| ### |#####| ### | ### |"
    " ##  |   |#| |  |#   #|#   #|#   #",
    "#   #|#   #|#    |#   #|#    |#    |#    |#   #| # |   # |# #  |#    |## ##|"
    "##  #|#   #|#   #|#   #|#   #|#    |  #  |#   #|#   #|#   #| # # | # # |   # |"
    "#   #|## |    #|    #|#  # |#    |#    |   # |#   #|#   #|"
    "#    |   |#| |  | ### | ### |     ",
    "#####|#### |#    |#   #|#### |#### |#  ##|#####| # |   # |##   |#    |# # #|"
    "# # #|#   #|#### |# # #|#### | ### |  #  |#   #|#   #|# # #|  #  |  #  |  #  |"
    "#   #| # | ### | ### |#####|#### |#### |  #  | ### | ####|"
    " ## #|###| | |  |#   #|#   #|#   #",
    "#   #|#   #|#    |#   #|#    |#    |#   #|#   #| # |#  # |# #  |#    |#   #|"
    "#  ##|#   #|#    |#  # |#  # |    #|  #  |#   #| # # |## ##| # # |  #  | #   |"
    "#   #| # |#    |    #|   # |    #|#   #| #   |#   #|    #|"
    "#  # |   | | |  |#####|#   #|#   #",
    "#   #|#### | ####|#### |#####|#    | ### |#   #|###| ##  |#  # |#####|#   #|"
    "#   #| ### |#    | ## #|#   #|#### |  #  | ### |  #  |#   #|#   #|  #  |#####|"
    " ### |###|#####|#### |   # |#### | ### | #   | ### | ### |"
    " ## #|   | |#|  |#   #| ### | ### ",
)
_HALVES = {(" ", " "): " ", ("#", " "): "▀", (" ", "#"): "▄", ("#", "#"): "█"}


def _glyphs() -> dict[str, tuple[str, str, str]]:
    rows = [line.split("|") for line in _DOTS]
    found = {}
    for at, letter in enumerate(_LETTERS):
        dots = [row[at] for row in rows]
        dots.append(" " * len(dots[0]))
        lines = [
            "".join(_HALVES[pair] for pair in zip(dots[line], dots[line + 1], strict=True))
            for line in (0, 2, 4)
        ]
        found[letter] = (lines[0], lines[1], lines[2])
    return found


_GLYPHS = _glyphs()


def big(words: str, room: int, height: int = 3) -> list[str]:
    """Words in the largest letters that fit into so many cells and lines.

    Three lines high, broken between words if there is height for it, else one line with space between the
    letters. What there are no big letters for, such as accents, is never left out: it is then one line.
    """
    capitals = words.upper()
    if all(letter in _GLYPHS for letter in capitals):
        rows = _rows(capitals.split(), room)
        lines = [line for row in rows for line in (*_drawn(row), "")][:-1]
        if rows and len(lines) <= height:
            return lines
    spaced = "   ".join(" ".join(word) for word in capitals.split())
    return [spaced] if cell_len(spaced) <= room else [words]


def _drawn(row: str) -> list[str]:
    return [" ".join(_GLYPHS[letter][line] for letter in row) for line in range(3)]


def _rows(words: list[str], room: int) -> list[str]:
    """Words on as few rows as they need; none where one of them has no room."""
    rows: list[str] = []
    for word in words:
        joined = f"{rows[-1]} {word}" if rows else word
        if len(_drawn(joined)[0]) <= room:
            rows[-1:] = [joined]
        elif len(_drawn(word)[0]) <= room:
            rows.append(word)
        else:
            return []
    return rows
