"""Reports on unexpected errors: kept, but not without end, and safe to look at."""

import re
from pathlib import Path

from salesboard import incidents


def failed(message: str) -> BaseException:
    """An error as it is caught."""
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def test_an_incident_is_one_line_and_a_report_for_its_owner_only(home: Path) -> None:
    line = incidents.record(failed("out of order"), "and this too")
    (report,) = (home / "log").iterdir()
    assert str(report) in line and "out of order" not in line and "\n" not in line
    told = report.read_text()
    assert "Traceback" in told and "ValueError: out of order" in told and told.endswith("and this too")
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_report_holds_no_password_and_nothing_that_a_terminal_obeys(home: Path) -> None:
    incidents.record(failed("no postgresql://ada:secret@host/board \x1b]52;c;AAAA\x07 \u202e \ud800"))
    (report,) = (home / "log").iterdir()
    told = report.read_text()
    assert "postgresql://…@host/board" in told and "secret" not in told
    assert r"\x1b]52;c;AAAA\x07 \u202e \ud800" in told
    assert all(letter == "\n" or letter.isprintable() for letter in told)


def test_incidents_are_kept_but_not_without_end(home: Path) -> None:
    lines = [incidents.record(failed("same again")) for _ in range(incidents.INCIDENTS_KEPT + 5)]
    reports = list((home / "log").iterdir())
    assert len(reports) == incidents.INCIDENTS_KEPT
    assert sum(report.stem.removeprefix("incident-") in lines[-1] for report in reports) == 1


def test_an_incident_is_told_even_where_no_report_can_be_written(home: Path) -> None:
    (home / "log").write_text("a file where the folder should be")
    told = incidents.record(failed("x"))
    assert re.fullmatch(r".* Incident \w{8}, of which no report could be written\.", told)
