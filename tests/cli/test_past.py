"""History, undo and redo from the command line."""

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def story(either: Salesboard) -> tuple[Salesboard, str]:
    """A deal that was added, changed and moved."""
    number = str(either.deal("--account", "Hofer", "--title", "Renewal", "--value", "12k")["id"])
    either("deals", "edit", number, "--value", "15k", "--next-step", "call")
    either("deals", "move", number, "prospect")
    return either, number


def test_a_deals_history_says_what_changed_from_what_to_what(story: tuple[Salesboard, str]) -> None:
    board, number = story
    text = board("history", number)
    assert "added" in text and "Hofer · Renewal" in text
    assert "next step: nothing → call; value: 12,000 → 15,000" in text
    assert "stage: Target → Prospect" in text


def test_the_whole_history_has_every_row_before_and_after(story: tuple[Salesboard, str]) -> None:
    board, number = story
    events = board.json("history")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["verb"] == "moved" and str(events[-1]["subject"]) == number
    (change,) = [change for change in events[-2]["changes"] if "value_minor" in (change["after"] or ())]
    assert (change["before"]["value_minor"], change["after"]["value_minor"]) == (1_200_000, 1_500_000)


def test_history_can_be_asked_by_account_person_range_and_limit(story: tuple[Salesboard, str]) -> None:
    board, _ = story
    assert [event["verb"] for event in board.json("history", "hofer")] == ["added"]
    assert board.json("history", "Ada Marsh")[0]["seq"] == 1
    everything = [event["seq"] for event in board.json("history")]
    assert [event["seq"] for event in board.json("history", "2..3")] == [2, 3]
    assert [event["seq"] for event in board.json("history", "..2")] == [1, 2]
    assert [event["seq"] for event in board.json("history", "3..")] == everything[2:]
    assert [event["seq"] for event in board.json("history", "--limit", "1")] == everything[-1:]
    assert "no deal, account or person" in board.refused("history", "nobody")


def test_undo_and_redo_follow_the_newest_act(story: tuple[Salesboard, str]) -> None:
    board, number = story
    assert "undone: moved Hofer · Renewal" in board.run("undo").stderr
    assert board.json("deals", "show", number)["stage"] == "Target"
    assert "(undone)" in board("history", number)
    board("redo")
    assert board.json("deals", "show", number)["stage"] == "Prospect"
    assert "nothing to redo" in board.refused("redo")
    assert board.json("verify")["ok"]


def test_an_entry_can_be_undone_by_its_number(story: tuple[Salesboard, str]) -> None:
    board, number = story
    edited = next(event["seq"] for event in board.json("history", number) if event["verb"] == "edited")
    board("undo", str(edited))
    shown = board.json("deals", "show", number)
    assert (shown["value_minor"], shown["stage"]) == (1_200_000, "Prospect")
    assert "undone already" in board.refused("undo", str(edited))
    assert "there is no entry 999" in board.refused("undo", "999")
    assert "9" * 30 in board.refused("undo", "9" * 30, code=2)


def test_nothing_of_ones_own_to_undo(salesboard: Salesboard) -> None:
    assert "there is nothing of yours to undo" in salesboard.refused("undo")
