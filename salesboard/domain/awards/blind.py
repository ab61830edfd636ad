"""Reading without knowing who: every name of people and teams, and every pronoun, is hidden in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from salesboard.storage.models import Person, Team

HIDDEN = "▒▒▒"
"""What stands where a name was, always of one length."""
A_NOTE = "a note that would tell who it is"
PRONOUNS = ("he", "him", "his", "himself", "she", "her", "hers", "herself")
_SHORTEST = 2


class Mask:
    """Hides who is meant: full names, each part of them, handles, initials; teams; he and she."""

    def __init__(self, people: Iterable[tuple[str, str]], teams: Iterable[str]) -> None:
        names: set[str] = set(teams)
        initials: set[str] = set()
        for name, handle in people:
            parts = [part for part in re.findall(r"[^\W_]+", name) if len(part) >= _SHORTEST]
            names |= {name, handle, *parts}
            letters = "".join(part[0].upper() for part in re.findall(r"[^\W_]+", name))
            initials |= {letters, ".".join(letters)} if len(letters) > 1 else set()
        self._names = frozenset(name for name in names if len(name) >= _SHORTEST)
        self._initials = frozenset(initials)

    @cached_property
    def _telling(self) -> re.Pattern[str]:
        words = sorted({*self._names, *PRONOUNS}, key=len, reverse=True)
        anywhere = "|".join(re.escape(word) for word in words)
        exactly = "|".join(re.escape(word) for word in sorted(self._initials, key=len, reverse=True))
        initials = rf"|(?-i:(?<!\w)(?:{exactly})(?!\w))" if exactly else ""
        return re.compile(rf"(?i)(?<!\w)(?:{anywhere})(?!\w){initials}")

    def hide(self, text: str) -> str:
        """A text in which nobody can be told."""
        return self._telling.sub(HIDDEN, text)

    def note(self, text: str) -> str:
        """A note as it is, or that there is one, if it would tell who it is about."""
        return A_NOTE if self.tells(text) else text

    def tells(self, text: str) -> bool:
        """Whether a text names somebody, or says he or she."""
        return self._telling.search(text) is not None


def mask() -> Mask:
    """A mask for everybody and every team on the board."""
    return Mask(
        Person.select(Person.name, Person.handle).tuples(),
        [name for (name,) in Team.select(Team.name).tuples()],
    )
