"""Big type: words in letters of three lines, for what a whole room reads."""

from __future__ import annotations

from rich.cells import cell_len

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&-'. "
# Five rows of dots, letter by letter; two rows make one line of half blocks.
_DOTS = (
    " ### |#### | ####|#### |#####|#####| ####|#   #|###|  ###|#  # |#    |#   #|#   #| ### |#### | ### |#### |"
    " ####|#####|#   #|#   #|#   #|#   #|#   #|#####| ### | # |#### |#### |#  # |#####| ### |#####| ### | ### |"
    " ##  |   |#| |  ",
    "#   #|#   #|#    |#   #|#    |#    |#    |#   #| # |   # |# #  |#    |## ##|##  #|#   #|#   #|#   #|#   #|"
    "#    |  #  |#   #|#   #|#   #| # # | # # |   # |#   #|## |    #|    #|#  # |#    |#    |   # |#   #|#   #|"
    "#    |   |#| |  ",
    "#####|#### |#    |#   #|#### |#### |#  ##|#####| # |   # |##   |#    |# # #|# # #|#   #|#### |# # #|#### |"
    " ### |  #  |#   #|#   #|# # #|  #  |  #  |  #  |#   #| # | ### | ### |#####|#### |#### |  #  | ### | ####|"
    " ## #|###| | |  ",
    "#   #|#   #|#    |#   #|#    |#    |#   #|#   #| # |#  # |# #  |#    |#   #|#  ##|#   #|#    |#  # |#  # |"
    "    #|  #  |#   #| # # |## ##| # # |  #  | #   |#   #| # |#    |    #|   # |    #|#   #| #   |#   #|    #|"
    "#  # |   | | |  ",
    "#   #|#### | ####|#### |#####|#    | ### |#   #|###| ##  |#  # |#####|#   #|#   #| ### |#    | ## #|#   #|"
    "#### |  #  | ### |  #  |#   #|#   #|  #  |#####| ### |###|#####|#### |   # |#### | ### | #   | ### | ### |"
    " ## #|   | |#|  ",
)
_HALVES = {(" ", " "): " ", ("#", " "): "▀", (" ", "#"): "▄", ("#", "#"): "█"}


def _glyphs() -> dict[str, tuple[str, str, str]]:
    rows = [line.split("|") for line in _DOTS]
    found = {}
    for at, letter in enumerate(_LETTERS):
        dots = [row[at] for row in rows]
        dots.append(" " * len(dots[0]))
        lines = [
            "".join(_HALVES[pair] for pair in zip(dots[line], dots[line + 1], strict=True)) for line in (0, 2, 4)
        ]
        found[letter] = (lines[0], lines[1], lines[2])
    return found


_GLYPHS = _glyphs()


def big(words: str, room: int) -> list[str]:
    """Words in the largest letters that fit: three lines high, else one line with space between the letters.

    What there are no big letters for, such as accents, is never left out: it is then one line.
    """
    capitals = words.upper()
    if all(letter in _GLYPHS for letter in capitals):
        lines = [" ".join(_GLYPHS[letter][line] for letter in capitals) for line in range(3)]
        if len(lines[0]) <= room:
            return lines
    spaced = "   ".join(" ".join(word) for word in capitals.split())
    if cell_len(spaced) <= room:
        return [spaced]
    return [words]
