"""Lines of one row: what gives way where there is little room."""

from collections.abc import Callable

import pytest

from salesboard.ui.screens.acting import PersonScreen
from salesboard.ui.screens.reading import ListScreen
from salesboard.ui.widgets.lines import OneLine, named_pages
from tests.ui.driver import SCREENS, BoardDriver

KEYS = (("N", "nominate"), ("s", "suggestions"), ("g n", "screen"))


def shown(line: OneLine, width: int, show: Callable[[], None]) -> str:
    show()
    segments, _ = line._fitted(line._left, width, line._whole)
    return "".join(segment.text for segment in segments).rstrip()


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (41, "N nominate   s suggestions   g n screen"),
        (38, "N nominate   s suggestions"),
        (30, "N nominate   s suggestions"),
        (25, "N nominate"),
        (9, ""),
    ],
)
async def test_a_key_never_stands_without_its_word(board: BoardDriver, width: int, text: str) -> None:
    async with board.opened() as see:
        line = see.app.screen.query_one("#footer", OneLine)
        assert shown(line, width, lambda: line.show_keys(KEYS, [])) == text


async def test_what_may_be_left_out_is_not_cut(board: BoardDriver) -> None:
    parts = [("strong", "salesboard"), ("text", "   Awards"), ("key", "   Awards Night in 57 days")]
    async with board.opened() as see:
        line = see.app.screen.query_one("#header", OneLine)
        assert shown(line, 40, lambda: line.show(parts, whole=2)) == "salesboard   Awards"
        assert shown(line, 40, lambda: line.show(parts)) == "salesboard   Awards   Awards Night in 5…"
        assert shown(line, 15, lambda: line.show(parts, whole=2)) == "salesboard   A…", "where one is stays"


def test_the_page_that_is_turned_to_has_a_mark_or_its_number() -> None:
    pages = ("Records", "Growth", "Moments")
    assert [text for _, text in named_pages(pages, 1, "key")] == ["Records", "▸ Growth", "Moments"]
    assert [text for _, text in named_pages(pages, 1, "key", all_of_them=False)] == ["Growth", "2 of 3"]


def test_screens_keep_the_looks_of_the_lists_they_are() -> None:
    for screen in SCREENS:
        kinds = screen.__mro__
        if PersonScreen in kinds and ListScreen in kinds:
            assert "ListScreen" in screen._css_type_names, screen
