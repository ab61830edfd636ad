"""The worker and the inbox on the command line."""

import signal
import subprocess
import sys

from tests.cli.conftest import ROOT, Salesboard


def test_the_worker_tells_once_and_the_inbox_keeps_it(either: Salesboard) -> None:
    either("goals", "add", "--metric", "revenue", "--scope", "company", "--from", "2026-01-01",
           "--target", "50000", "--reason", "it counts")  # fmt: skip
    deal = either("deals", "add", "--account", "Northwind", "--value", "64k")
    either("worker", "--once")
    either("deals", "win", deal)
    assert either.json("worker", "--once") == {"told": 1, "is_ours": True, "parked": []}
    assert either("worker", "--once") == "nothing is left to tell"
    (told,) = either.json("inbox")
    assert "reached by Ada Marsh's Northwind" in told["text"]
    assert (told["kind"], told["read"], told["leads_to"].split(":")[0]) == ("milestone", False, "goal")
    assert "•" in either("inbox", "--read")
    assert "•" not in either("inbox")


def test_nothing_to_tell_is_said_in_a_line(salesboard: Salesboard) -> None:
    assert salesboard("worker", "--once") == "nothing is left to tell"
    assert salesboard.json("inbox") == []


def test_a_worker_that_runs_wakes_when_the_ledger_grows_and_leaves_when_told(salesboard: Salesboard) -> None:
    salesboard("goals", "add", "--metric", "revenue", "--scope", "company", "--from", "2026-01-01",
               "--target", "50000", "--reason", "it counts")  # fmt: skip
    deal = salesboard("deals", "add", "--account", "Northwind", "--value", "64k")
    command = [sys.executable, "-m", "salesboard", "--database", salesboard.target, "--today", "2026-11-22"]
    with subprocess.Popen([*command, "worker"], cwd=ROOT, stderr=subprocess.PIPE, text=True) as working:
        try:
            assert working.stderr is not None
            assert working.stderr.readline() == "working; stop it with Ctrl+C\n"
            salesboard("deals", "win", deal)
            assert working.stderr.readline() == "1 notice told\n"
        finally:
            working.send_signal(signal.SIGTERM)
            assert working.wait(20) == 0
    assert len(salesboard.json("inbox")) == 1
