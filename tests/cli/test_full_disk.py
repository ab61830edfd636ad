"""A disk that takes no more: the true cause is named with its place, and nothing is half done."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Salesboard


@pytest.fixture
def deals(tmp_path: Path) -> str:
    """More deals than fit."""
    file = tmp_path / "deals.csv"
    rows = (f"B{number},{'x' * 150} {number},Prospecting\n" for number in range(800))
    file.write_text("opportunity_id,account,deal_stage\n" + "".join(rows))
    return str(file)


@contextmanager
def limited(to: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (to, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("to", [0, 200_000])
def test_a_limit_on_files_is_named_by_every_act(
    salesboard: Salesboard, deals: str, tmp_path: Path, to: int
) -> None:
    deal = salesboard("deals", "add", "--account", "Hofer")
    monday, tuesday = tmp_path / "monday.db", tmp_path / "tuesday.db"
    salesboard("backup", str(monday))
    before = salesboard.json("verify")
    for act in (
        ("deals", "move", deal, "prospect"),
        ("import", deals),
        ("backup", str(tuesday)),
        ("restore", str(monday), "--yes"),
        ("copy", salesboard.target, str(tuesday)),
    ):
        if act[0] == "deals" and to == 200_000:
            continue
        with limited(to):
            told = salesboard.refused(*act, code=4)
        assert "disk takes no more" in told or "too large" in told or "disk reports" in told, told
        assert to < 200_000 or act[0] not in ("backup", "copy") or str(tuesday) in told
        assert salesboard.json("verify") == before
    assert not tuesday.exists() and not list(tmp_path.glob(".*.partial"))
    salesboard("import", deals)
    assert salesboard.json("verify")["ok"]


def test_a_full_disk_is_named_and_once_there_is_room_all_goes_on(
    salesboard: Salesboard, deals: str, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir(mode=0o700)
    size = Path(salesboard.target).stat().st_size // 1024 + 400
    options = ["-o", f"size={size}k,mode=0700"]
    if subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", str(small)], capture_output=True
    ).returncode:
        pytest.skip("no small disk can be made here")
    try:
        board = Salesboard(str(shutil.copy(salesboard.target, small / "board.db")))
        monday = tmp_path / "monday.db"
        board("backup", str(monday))
        before = board.json("verify")
        for act in (("import", deals), ("backup", str(small / "x.db")), ("restore", str(monday), "--yes")):
            told = board.refused(*act, code=4)
            assert "disk is full" in told or "no space left" in told, told
            assert board.json("verify") == before and board.run("deals", "list").exit_code == 0
        (small / "fill").write_bytes(b"x" * (shutil.disk_usage(small).free - 8192))
        told = board.refused("products", "add", "Widget", code=4)
        assert "disk" in told or "opened" in told, told
        (small / "fill").unlink()
        board("products", "add", "Widget")
        assert board.json("verify")["ok"]
    finally:
        subprocess.run(["umount", str(small)], check=True)
