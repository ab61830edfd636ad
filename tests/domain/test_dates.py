"""Days people type, dates files bring, ages and anniversaries."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesboard.domain import dates
from salesboard.domain.dates import DATE_STYLES, DateStyle
from salesboard.errors import Refused

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
ISO, DAY_FIRST, MONTH_FIRST, SERIAL = DateStyle
SUNDAY = date(2026, 11, 22)

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-03-31", "2026-03-31"),
        (" 2024-02-29 ", "2024-02-29"),
        ("today", "2026-11-22"),
        ("Today", "2026-11-22"),
        ("yesterday", "2026-11-21"),
        ("tomorrow", "2026-11-23"),
        ("mon", "2026-11-23"),
        ("tues", "2026-11-24"),
        ("fri", "2026-11-27"),
        ("Friday", "2026-11-27"),
        ("sat", "2026-11-28"),
        ("sun", "2026-11-29"),
        ("+7", "2026-11-29"),
        ("-3", "2026-11-19"),
        ("+0", "2026-11-22"),
        ("+366", "2027-11-23"),
        ("eow", "2026-11-22"),
        ("eom", "2026-11-30"),
        ("eoq", "2026-12-31"),
        ("eoy", "2026-12-31"),
        ("1990-01-01", "1990-01-01"),
        ("2126-11-22", "2126-11-22"),
    ],
)
def test_days_people_type(typed, day):
    assert dates.parse_day(typed, today=SUNDAY, field="Close date") == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("typed", "day"), [("fri", "2026-11-20"), ("sun", "2026-11-15"), ("sat", "2026-11-21")]
)
def test_weekdays_of_the_past(typed, day):
    assert dates.parse_day(typed, today=SUNDAY, field="Won on", past=True) == date.fromisoformat(day)


@given(
    days.filter(lambda day: day.year > 1990),
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
)
def test_a_weekday_is_within_a_week_and_never_today(today, word):
    ahead = dates.parse_day(word, today=today, field="Due")
    behind = dates.parse_day(word, today=today, field="Won on", past=True)
    assert 1 <= (ahead - today).days <= 7
    assert (ahead - behind).days in (7, 14)
    assert -7 <= (behind - today).days <= -1
    assert f"{ahead:%a}".lower() == f"{behind:%a}".lower() == word


def test_ends_of_fiscal_periods():
    def end_of(word: str) -> date:
        return dates.parse_day(word, today=SUNDAY, field="Due", fiscal_start=2)

    assert end_of("eoq") == date(2027, 1, 31)
    assert end_of("eoy") == date(2027, 1, 31)
    assert end_of("eom") == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Close date is empty"),
        ("  ", "Close date is empty"),
        ("soon", "is no day"),
        ("2024-W09-4", "is no day"),
        ("20240229", "is no day"),
        ("2024-060", "is no day"),
        ("2026-3-1", "is no day"),
        ("31/03/2026", "is no day"),
        ("26-03-31", "is no day"),
        ("2026-03-31T10:00", "is no day"),
        ("２０２６-03-31", "is no day"),
        ("7", "is no day"),
        ("+", "is no day"),
        ("+1e3", "is no day"),
        ("+1000000", "is no day"),
        ("frid", "is no day"),
        ("2026-03-31\x1b[2J", "is no day"),
        ("x" * 5000, "is no day"),
        ("2026-02-30", "there is no day"),
        ("2025-02-29", "there is no day"),
        ("0000-01-01", "there is no day"),
        ("2026-13-01", "there is no day"),
        ("1989-12-31", "not between 1990-01-01 and 2126-11-22"),
        ("0001-01-01", "not between"),
        ("9999-12-31", "not between"),
        ("2126-11-23", "not between"),
        ("+99999", "not between"),
        ("-99999", "not between"),
    ],
)
def test_days_refused_when_typed(typed, why):
    with pytest.raises(Refused, match=f"^Close date.*{why}|^{why}") as refusal:
        dates.parse_day(typed, today=SUNDAY, field="Close date")
    assert not UNSAFE.search(str(refusal.value))
    assert len(str(refusal.value)) < 140


def test_bounds_are_parameters_and_count_themselves():
    def won_on(typed: str) -> date:
        return dates.parse_day(typed, today=SUNDAY, field="Won on", latest=SUNDAY, earliest=date(2020, 1, 1))

    assert won_on("today") == SUNDAY
    assert won_on("2020-01-01") == date(2020, 1, 1)
    for outside in ("tomorrow", "2019-12-31"):
        with pytest.raises(Refused, match=r"^Won on: .* is not between 2020-01-01 and 2026-11-22"):
            won_on(outside)


def test_a_hundred_years_from_a_leap_day():
    assert dates.in_range(date(2100, 2, 28), today=date(2000, 2, 29), field="Due") == date(2100, 2, 28)
    with pytest.raises(Refused):
        dates.in_range(date(2100, 3, 1), today=date(2000, 2, 29), field="Due")


@pytest.mark.parametrize(
    ("text", "style", "moment"),
    [
        ("2026-03-31", ISO, date(2026, 3, 31)),
        ("2026/03/31", ISO, date(2026, 3, 31)),
        ("2024-02-01 09:30", ISO, datetime(2024, 2, 1, 9, 30)),
        ("2026-07-09 07:43:21", ISO, datetime(2026, 7, 9, 7, 43, 21)),
        ("2026-03-05T14:15:33.000Z", ISO, datetime(2026, 3, 5, 14, 15, 33, tzinfo=UTC)),
        ("2026-03-05T14:15:33.123456789Z", ISO, datetime(2026, 3, 5, 14, 15, 33, 123456, tzinfo=UTC)),
        ("2026-03-05T14:15Z", ISO, datetime(2026, 3, 5, 14, 15, tzinfo=UTC)),
        ("2026-03-05 14:15:33 UTC", ISO, datetime(2026, 3, 5, 14, 15, 33, tzinfo=UTC)),
        ("2026-03-05T14:15:33+05:30", ISO, datetime(2026, 3, 5, 8, 45, 33, tzinfo=UTC)),
        ("2026-03-05T14:15:33-0330", ISO, datetime(2026, 3, 5, 17, 45, 33, tzinfo=UTC)),
        ("2026-03-05 14:15:33 +02", ISO, datetime(2026, 3, 5, 12, 15, 33, tzinfo=UTC)),
        ("05-Mar-2026", ISO, date(2026, 3, 5)),
        ("5 March 2026", ISO, date(2026, 3, 5)),
        ("5. Mar. 2026", ISO, date(2026, 3, 5)),
        ("Sep 12, 2026", ISO, date(2026, 9, 12)),
        ("Sept 12 2026", ISO, date(2026, 9, 12)),
        ("September 12, 2026", ISO, date(2026, 9, 12)),
        ("Sep 12, 2026, 2:15 PM", ISO, datetime(2026, 9, 12, 14, 15)),
        ("3/4/2025", DAY_FIRST, date(2025, 4, 3)),
        ("3/4/2025", MONTH_FIRST, date(2025, 3, 4)),
        ("04.03.2025", DAY_FIRST, date(2025, 3, 4)),
        ("31-03-2026", DAY_FIRST, date(2026, 3, 31)),
        ("31.12.2026 17:05", DAY_FIRST, datetime(2026, 12, 31, 17, 5)),
        ("3/5/2026 2:15 PM", MONTH_FIRST, datetime(2026, 3, 5, 14, 15)),
        ("3/5/2026, 2:15:09\u202fAM", MONTH_FIRST, datetime(2026, 3, 5, 2, 15, 9)),
        ("3/5/2026 12:00 AM", MONTH_FIRST, datetime(2026, 3, 5, 0, 0)),
        ("3/5/2026 12:00 pm", MONTH_FIRST, datetime(2026, 3, 5, 12, 0)),
        ("2026-03-31", MONTH_FIRST, date(2026, 3, 31)),
        ("05-Mar-2026", SERIAL, date(2026, 3, 5)),
        ("45631", SERIAL, date(2024, 12, 5)),
        ("45631.0", SERIAL, date(2024, 12, 5)),
        ("45631.5", SERIAL, datetime(2024, 12, 5, 12, 0)),
        ("45631.999999", SERIAL, datetime(2024, 12, 6, 0, 0)),
        ("45352", SERIAL, date(2024, 3, 1)),
    ],
)
def test_dates_of_files(text, style, moment):
    found = dates.parse_file_date(f" {text} ", style)
    assert found == moment
    assert type(found) is type(moment)
    if isinstance(found, datetime):
        assert (found.tzinfo is None) == (moment.tzinfo is None)


@pytest.mark.parametrize(
    ("text", "style", "why"),
    [
        ("", ISO, "is no date written like 2026-03-31"),
        ("TBD", ISO, "is no date"),
        ("3/4/2025", ISO, "is no date"),
        ("3/4/2025", SERIAL, "is no date"),
        ("45631", ISO, "is no date"),
        ("45631", MONTH_FIRST, "is no date"),
        ("4563", SERIAL, "is no date"),
        ("20240229", SERIAL, "is no date"),
        ("20240229", ISO, "is no date"),
        ("2024-W09-4", ISO, "is no date"),
        ("2026-3-1", ISO, "is no date"),
        ("2026-03/31", ISO, "is no date"),
        ("3/4.2025", DAY_FIRST, "is no date"),
        ("05-Foo-2026", ISO, "is no date"),
        ("３/4/2025", DAY_FIRST, "is no date"),
        ("2026-03-31 9", ISO, "is no date"),
        ("2026-03-31 10:00 Europe/Berlin", ISO, "is no date"),
        ("1" * 5000, SERIAL, "is no date"),
        ("30/02/2024", DAY_FIRST, "no day or time"),
        ("2/30/2024", MONTH_FIRST, "no day or time"),
        ("31/3/2026", MONTH_FIRST, "no day or time"),
        ("29.02.2025", DAY_FIRST, "no day or time"),
        ("2026-02-30", ISO, "no day or time"),
        ("00/01/2026", DAY_FIRST, "no day or time"),
        ("Feb 30, 2026", ISO, "no day or time"),
        ("2026-03-31 24:00", ISO, "no day or time"),
        ("2026-03-31 10:60", ISO, "no day or time"),
        ("2026-03-31 23:59:60", ISO, "no day or time"),
        ("2026-03-31 10:00+25:00", ISO, "no day or time"),
        ("2026-03-31 10:00+01:75", ISO, "no day or time"),
        ("3/5/2026 14:15 PM", MONTH_FIRST, "no day or time"),
        ("3/5/2026 0:15 AM", MONTH_FIRST, "no day or time"),
        ("0000-01-01", ISO, "no day or time"),
        ("3/4/25", DAY_FIRST, "year of four digits"),
        ("05-Mar-26", ISO, "year of four digits"),
        ("Sep 12, 26", ISO, "year of four digits"),
        ("3/4/12025", DAY_FIRST, "year of four digits"),
        ("2026-03-31\x1b[2J", ISO, "is no date"),
    ],
)
def test_dates_refused_in_files(text, style, why):
    with pytest.raises(Refused, match=why) as refusal:
        dates.parse_file_date(text, style)
    assert not UNSAFE.search(str(refusal.value))


@pytest.mark.parametrize(
    ("column", "style"),
    [
        (["2026-03-31", "2026-04-01T00:00:00Z"], ISO),
        (["05-Mar-2026", "Sep 12, 2026"], ISO),
        (["", "TBD"], ISO),
        ([], ISO),
        (["3/4/2025", "31/3/2025"], DAY_FIRST),
        (["3/4/2025", "3/31/2025"], MONTH_FIRST),
        (["04.03.2025", "31.12.2026"], DAY_FIRST),
        (["3/5/2026 2:15 PM", "3/31/2026 9:00 AM"], MONTH_FIRST),
        (["13/1/2025", "2025-01-02", "", "n/a", "30/2/2024"], DAY_FIRST),
        (["45631", "45632.5"], SERIAL),
        (["45631", "2026-03-31"], SERIAL),
        (["45631", "31/3/2026"], DAY_FIRST),
        (["3/4/2025"], None),
        (["04.03.2025", "12.12.2025"], None),
        (["3/3/2025"], None),
        (["31/3/2025", "3/31/2025"], None),
        (["3/4/2025", "30/2/2024"], None),
    ],
)
def test_one_style_is_chosen_for_a_whole_column(column, style):
    assert dates.detect_date_style(column) is style
    assert dates.detect_date_style(iter(reversed(column))) is style


@given(
    st.lists(days, min_size=1, max_size=12),
    st.sampled_from(
        ["{0.day}/{0.month}/{0.year}", "{0.month}/{0.day}/{0.year}", "{0:%d.%m.%Y}", "{0:%m-%d-%Y}"]
    ),
)
def test_an_order_is_never_guessed(column, written):
    style = dates.detect_date_style(written.format(day) for day in column)
    if style is None:
        assert all(day.day <= 12 for day in column)
    else:
        assert [dates.parse_file_date(written.format(day), style) for day in column] == column


@given(days, st.sampled_from(DateStyle))
def test_unmistakable_dates_are_read_in_every_style(day, style):
    for written in (day.isoformat(), f"{day:%d-%b-%Y}", f"{day:%B} {day.day}, {day.year}"):
        assert dates.parse_file_date(written, style) == day


@given(days)
def test_day_numbers_of_spreadsheets(day):
    serial = (day - date(1899, 12, 30)).days
    assert dates.parse_file_date(str(serial), SERIAL) == day


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_instants_keep_their_zone(moment, minutes):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert dates.parse_file_date(moment.isoformat(), ISO) == moment


@given(
    st.text(max_size=80) | st.text("0123456789-/. :TZAPMJanFeb,+", max_size=24), st.sampled_from(DateStyle)
)
def test_whatever_a_file_holds_gives_a_date_or_one_printable_line(text, style):
    try:
        dates.parse_file_date(text, style)
    except Refused as refusal:
        assert not UNSAFE.search(str(refusal))


@given(st.text(max_size=40) | st.text("0123456789-+eomfritday ", max_size=12), days)
def test_whatever_is_typed_gives_a_day_or_one_printable_line(text, today):
    try:
        day = dates.parse_day(text, today=today, field="Due")
    except Refused as refusal:
        assert not UNSAFE.search(str(refusal))
    else:
        assert day >= date(1990, 1, 1)


def test_every_style_has_an_example_it_reads_as_31_march():
    assert list(DATE_STYLES) == list(DateStyle)
    for style, example in DATE_STYLES.items():
        for one in example.partition(" (")[0].split(", "):
            assert dates.parse_file_date(one, style) == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (0, "0 d"),
        (-5, "0 d"),
        (1, "1 d"),
        (21, "21 d"),
        (99, "99 d"),
        (100, "3 mo"),
        (122, "4 mo"),
        (364, "11 mo"),
        (365, "12 mo"),
        (729, "23 mo"),
        (730, "2 y"),
        (1094, "2 y"),
        (1095, "3 y"),
        (36500, "100 y"),
    ],
)
def test_ages_on_cards(age, shown):
    assert dates.humane_age(age) == shown


def test_anniversaries_of_a_leap_day():
    leap_day = date(2020, 2, 29)
    found = {year: dates.anniversary(leap_day, year) for year in (2021, 2023, 2024, 2025, 2028, 2100)}
    assert found == {
        2021: date(2021, 2, 28),
        2023: date(2023, 2, 28),
        2024: date(2024, 2, 29),
        2025: date(2025, 2, 28),
        2028: date(2028, 2, 29),
        2100: date(2100, 2, 28),
    }


@given(days, st.integers(1990, 2200))
def test_an_anniversary_keeps_month_and_day(start, year):
    day = dates.anniversary(start, year)
    assert day.year == year
    assert (day.month, day.day) == (start.month, start.day) or (start.month, start.day) == (2, 29)


@pytest.mark.parametrize(
    ("start", "day", "words"),
    [
        (date(2023, 5, 10), date(2025, 11, 10), "2 years 6 months"),
        (date(2023, 5, 10), date(2025, 11, 9), "2 years 5 months"),
        (date(2023, 5, 10), date(2024, 5, 10), "1 year"),
        (date(2023, 5, 10), date(2023, 6, 9), "30 days"),
        (date(2023, 5, 10), date(2023, 6, 10), "1 month"),
        (date(2020, 2, 29), date(2021, 2, 28), "1 year"),
        (date(2020, 2, 29), date(2021, 2, 27), "11 months"),
        (date(2023, 5, 10), date(2023, 5, 10), "0 days"),
    ],
)
def test_a_span_is_told_in_whole_years_and_months(start: date, day: date, words: str) -> None:
    assert dates.span_in_words(start, day) == words
