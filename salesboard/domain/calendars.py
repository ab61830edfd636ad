"""Days as a file that calendars read: iCalendar, RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from salesboard import __version__
from salesboard.domain import text

LONGEST = 75
"""Octets of a line, without its end (RFC 5545, 3.1)."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


@dataclass(frozen=True)
class Day:
    """Something that is on a day: all day long, or from an instant on."""

    uid: str
    """Always the same for the same thing, so that a calendar that reads it twice shows it once."""
    on: date
    summary: str
    description: str = ""
    starts: datetime | None = None
    """The instant at which it begins (UTC), if it does not take the whole day."""
    lasts: timedelta = timedelta(hours=3)
    place: str = ""


def written(days: Iterable[Day], *, name: str, now: datetime) -> bytes:
    """An iCalendar file with an event for each day, in UTF-8, made at an instant (UTC)."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//salesboard//salesboard {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_escaped(day.uid)}",
            f"DTSTAMP:{stamp}",
            *_time_of(day),
            f"SUMMARY:{_escaped(day.summary)}",
            *([f"DESCRIPTION:{_escaped(day.description)}"] if day.description else []),
            *([f"LOCATION:{_escaped(day.place)}"] if day.place else []),
            f"TRANSP:{'OPAQUE' if day.starts else 'TRANSPARENT'}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _time_of(day: Day) -> list[str]:
    if day.starts is None:
        return [
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
        ]
    start = day.starts.astimezone(UTC)
    return [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + day.lasts:%Y%m%dT%H%M%SZ}"]


def _escaped(words: str) -> str:
    return text.visible(words.replace("\r", ""), multiline=True).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """A line on as many as it needs, each after the first beginning with a blank; no letter is cut."""
    octets = line.encode()
    parts: list[bytes] = []
    while len(octets) > LONGEST - bool(parts):
        end = LONGEST - bool(parts)
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(octets[:end])
        octets = octets[end:]
    return b"\r\n ".join([*parts, octets]) + b"\r\n"
