"""Reading without knowing who: every name of people and teams, and every pronoun, is hidden in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from salesboard.storage.models import Person, Team

HIDDEN = "▒▒▒"
"""What stands where a name was, always of one length."""
A_NOTE = "a note that would tell who it is"
PRONOUNS = ("he", "him", "his", "himself", "she", "her", "hers", "herself")
SAYS_NOTHING = {"team", "teams", "group", "region", "sales", "the", "of", "and"}
"""Words in names of teams that name none by themselves."""
_SHORTEST = 2
_WORD = re.compile(r"[^\W_]+")
_WITH_DOTS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}")
_SEVERAL = re.compile(rf"{HIDDEN}(?:[ .'’-]*{HIDDEN})+")


class Mask:
    """Hides who is meant: full names, each part of them, handles, initials; teams; he and she."""

    def __init__(self, people: Iterable[tuple[str, str]], teams: Iterable[str]) -> None:
        self._words = set(PRONOUNS)
        self._initials: set[str] = set()
        for name, handle in people:
            parts = _WORD.findall(name)
            self._words.update(word.casefold() for word in (*parts, *_WORD.findall(handle)))
            if len(parts) > 1:
                self._initials.add("".join(part[0].upper() for part in parts))
        for team in teams:
            self._words.update({word.casefold() for word in _WORD.findall(team)} - SAYS_NOTHING)
        self._words = {word for word in self._words if len(word) >= _SHORTEST}

    def hide(self, text: str) -> str:
        """A text in which nobody can be told."""
        dotted = _WITH_DOTS.sub(self._initials_hidden, text)
        return _SEVERAL.sub(HIDDEN, _WORD.sub(self._word_hidden, dotted))

    def note(self, text: str) -> str:
        """A note as it is, or that there is one, if it would tell who it is about."""
        return A_NOTE if self.tells(text) else text

    def tells(self, text: str) -> bool:
        """Whether a text names somebody, or says he or she."""
        return self.hide(text) != text

    def _word_hidden(self, found: re.Match[str]) -> str:
        word = found[0]
        return HIDDEN if word in self._initials or word.casefold() in self._words else word

    def _initials_hidden(self, found: re.Match[str]) -> str:
        letters = found[0].replace(".", "").upper()
        return HIDDEN if letters in self._initials else found[0]


def mask() -> Mask:
    """A mask for everybody and every team on the board."""
    people = Person.select(Person.name, Person.handle).tuples()
    return Mask(people, [name for (name,) in Team.select(Team.name).tuples()])
