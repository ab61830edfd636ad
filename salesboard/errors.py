"""The few kinds of trouble that a front end treats differently; the message is for the person who meets
it."""


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


class StorageTrouble(SalesboardError):
    """The database could not do it: disk full, locked, damaged, replaced."""

    exit_code = 4


class Restored(StorageTrouble):
    """The board was put back to what it was in a backup while it was open."""

    def __init__(self) -> None:
        super().__init__(
            "the board was restored from a backup since it was opened; nothing was saved; open it again"
        )
