"""Reports on errors that nobody expected: kept in files of the person's own, told in one line."""

import re
import secrets
import traceback
from pathlib import Path

from salesboard import __version__, clock, paths

INCIDENTS_KEPT = 50

_PASSWORD = re.compile(r"://[^\s/@]+@")


def record(error: BaseException, more: str = "") -> str:
    """Keep what is known of an error, and what `more` says, in a file for its owner only; the line to say.

    The file has the traceback without the values of variables, and without passwords in URLs; the line has
    neither traceback nor message.
    """
    incident, place = keep(error, more)
    line = (
        f"salesboard met an error it did not expect and stopped; what was saved is safe. Incident {incident}"
    )
    return f"{line}, reported in {place}" if place else f"{line}, of which no report could be written."


def keep(error: BaseException, more: str = "") -> tuple[str, Path | None]:
    """Keep the report; the number of the incident, and where the file is, if it could be written."""
    incident = secrets.token_hex(4)
    header = f"salesboard {__version__}, incident {incident}, {clock.now():%Y-%m-%d %H:%M:%S} UTC\n\n"
    report = header + "".join(traceback.format_exception(error)) + more
    place = paths.log_folder() / f"incident-{incident}.log"
    try:
        paths.made(place.parent)
        paths.write_atomically(place, _printable(_PASSWORD.sub("://…@", report)))
        _forget_old_incidents(place.parent)
    except OSError:
        return incident, None
    return incident, place


def _printable(report: str) -> str:
    """A report that can be looked at on a terminal, whatever an error's message holds."""
    return "".join(
        letter if letter == "\n" or letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in report
    )


def _forget_old_incidents(folder: Path) -> None:
    by_age = sorted(folder.glob("incident-*.log"), key=lambda report: report.stat().st_mtime, reverse=True)
    for old in by_age[INCIDENTS_KEPT:]:
        old.unlink(missing_ok=True)
