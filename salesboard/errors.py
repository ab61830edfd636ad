"""The few kinds of trouble that a front end treats differently; the message is for the person who meets
it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Clash:
    """A field that somebody else changed between one's reading and one's writing it."""

    field: str
    before: Any
    """What one saw."""
    theirs: Any
    """What it is now."""
    mine: Any
    """What one wanted to write; as seen where one wanted to write something else."""
    who: str
    at: datetime | None
    told: tuple[str, str, str]
    """Before, theirs and mine in words."""


class SalesboardError(Exception):
    """Something that was not done; its text says what, why, and what to do."""

    exit_code = 1


class Refused(SalesboardError):
    """A rule of the sales team says no; nothing was changed."""


class NotAllowed(Refused):
    """The actor may not do this; nothing was changed."""


class NotFound(Refused):
    """There is no such deal, person, account or other thing."""


class WrongUsage(SalesboardError):
    """What was typed can not be understood."""

    exit_code = 2


class Conflict(SalesboardError):
    """Somebody else changed the same field since it was read; nothing was written."""

    exit_code = 3

    def __init__(self, words: str, clashes: tuple[Clash, ...] = ()) -> None:
        super().__init__(words)
        self.clashes = clashes
        """What stands against what, field by field; none where it is not about fields."""


class Gone(Conflict):
    """Somebody else put away, or took back, what one wanted to change; nothing was written."""


class StorageTrouble(SalesboardError):
    """The database could not do it: disk full, locked, damaged, replaced."""

    exit_code = 4


class Unanswered(StorageTrouble):
    """The connection was lost while a change was being saved, and nobody can say whether it was."""

    def __init__(self) -> None:
        super().__init__(
            "the connection to PostgreSQL was lost while this was being saved, and whether it was is not "
            "known: look whether it is there before you do it again"
        )


class Restored(StorageTrouble):
    """The board was put back to what it was in a backup while it was open."""

    def __init__(self) -> None:
        super().__init__(
            "the board was restored from a backup since it was opened; nothing was saved; open it again"
        )
