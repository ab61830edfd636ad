"""A board for the screens: a real one in a file, founded by Ada Marsh."""

import pytest

from salesboard.storage.database import Database
from tests.stories import set_up
from tests.ui.driver import BoardDriver


@pytest.fixture
def board(sqlite_database: Database) -> BoardDriver:
    """A new board of Ada's; what a test adds to it before opening is there at the first paint."""
    set_up()
    return BoardDriver(str(sqlite_database.path))
