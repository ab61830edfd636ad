"""Files that were damaged at random: each is imported as a whole, or refused in words and nothing is done.

`SALESBOARD_BROKEN_FILES` sets how many are tried; `python -m tests.fuzz` tries as many as one likes.
"""

import os
from collections import Counter

import pytest

from salesboard.importing.deals import DealReader
from salesboard.storage.database import Database
from tests import stories
from tests.fuzz import AT_ONCE, ZONES, try_one
from tests.stories import faults

FILES = int(os.environ.get("SALESBOARD_BROKEN_FILES", "100"))
ON_BOTH = 1_000_000
"""Where the files begin that are tried on both databases."""


@pytest.mark.parametrize("first", range(0, FILES, AT_ONCE))
def test_a_damaged_file_is_imported_as_a_whole_or_refused(sqlite_database: Database, first: int) -> None:
    stories.set_up(zone=ZONES[first // AT_ONCE % len(ZONES)])
    ended: Counter[str] = Counter()
    for seed in range(first, first + AT_ONCE):
        try:
            ended[try_one(seed)] += 1
        except Exception as error:
            raise AssertionError(f"file {seed}") from error
    assert not faults()
    assert ended["refused"] and ended["imported"], ended


def test_both_databases_take_damaged_files_alike(database: Database) -> None:
    stories.set_up()
    for seed in range(ON_BOTH, ON_BOTH + max(15, FILES // 20)):
        try:
            try_one(seed)
        except Exception as error:
            raise AssertionError(f"file {seed}") from error
    assert not faults()


def test_the_harness_would_see_a_traceback(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stories.set_up()

    def broken(*_: object) -> None:
        raise ValueError("not in words")

    monkeypatch.setattr(DealReader, "read", broken)
    with pytest.raises(ValueError, match="not in words"):
        for seed in range(AT_ONCE):
            try_one(seed)
