"""What time it is: read once by a front end, then passed in; nothing below reads a clock."""

import os
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now(pretended: date | None = None, zone: str = "UTC") -> datetime:
    """The present instant in UTC; a pretended date keeps the time of day in the company's zone."""
    present = datetime.now(UTC)
    if pretended is None:
        return present
    local = present.astimezone(ZoneInfo(zone))
    return datetime.combine(pretended, local.timetz()).astimezone(UTC)


def business_date(instant: datetime, zone: str) -> date:
    """The company's calendar date at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local(instant: datetime, zone: str) -> datetime:
    """An instant as the company's clocks show it."""
    return instant.astimezone(ZoneInfo(zone))


def start_of_day(day: date, zone: str) -> datetime:
    """The instant (UTC) at which a business date begins in the company's zone."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_zone() -> str:
    """The name of this machine's time zone, UTC where it has none that can be told."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    for name in (named, linked):
        try:
            if name:
                return ZoneInfo(name).key
        except (ValueError, OSError, LookupError):
            continue
    return "UTC"
