"""A calendar of another make reads what is written, letter by letter."""

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from salesboard.domain.calendars import LONGEST, Day, written

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("shift", range(4))
def test_long_and_hostile_text_comes_back_as_it_was(shift: int) -> None:
    summary = "x" * shift + "Grüße, Šimůnek; 漢字 👍 \\n" * 12
    days = [
        Day("1@board", date(2026, 11, 29), summary, "two\nlines, END:VEVENT"),
        Day("2@board", date(2028, 2, 29), "leap"),
    ]
    made = written(days, name="Acme; anniversaries", now=NOW)
    lines = made.split(b"\r\n")
    assert lines[-1] == b"" and b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= LONGEST
    for line in lines:
        line.decode()
    read = Calendar.from_ical(made)
    first, leap = read.walk("VEVENT")
    assert (str(first["SUMMARY"]), str(first["DESCRIPTION"])) == (summary, "two\nlines, END:VEVENT")
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (date(2026, 11, 29), date(2026, 11, 30))
    assert first["DTSTART"].params["VALUE"] == "DATE"
    assert (str(first["UID"]), first["DTSTAMP"].dt) == ("1@board", NOW)
    assert (leap["DTSTART"].dt, leap["DTEND"].dt) == (date(2028, 2, 29), date(2028, 3, 1))
    assert "DESCRIPTION" not in leap
    again = Calendar.from_ical(read.to_ical())
    assert [str(one["SUMMARY"]) for one in again.walk("VEVENT")] == [summary, "leap"]


def test_a_calendar_without_days_is_one() -> None:
    assert Calendar.from_ical(written([], name="", now=NOW)).walk("VEVENT") == []
