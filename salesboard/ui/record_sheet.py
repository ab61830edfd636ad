"""The record book in lines to read: the book, the growth, the moments, one record's way, and its proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.cells import cell_len

from salesboard.domain import chases, growth, money, records
from salesboard.domain.chases import Chase
from salesboard.domain.gains import shown
from salesboard.domain.growth import Growth
from salesboard.domain.lineage import Lineage, Proof
from salesboard.domain.moments import ReachedMoment
from salesboard.domain.record_keeping import Change, holders_of
from salesboard.domain.record_news import MONEY, MOST_JOINT, Words
from salesboard.domain.records import Key, Record
from salesboard.ui import bars
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

WIDE, MIDDLE, NARROW = 132, 100, 72
"""Cells from which on the next chance is told, the status, and how long a record stands."""
SHORTEST_BAR, LONGEST_BAR = 8, 40
BAR = "━"
CHANGED = {"restated": "restated", "withdrawn": "withdrawn"}

Row = tuple[Key | None, Line]


def short(key: Key, value: int, currency: str) -> str:
    """A value in few characters: `372k`, `531`, `3 d`."""
    if key.metric in MONEY:
        return money.format_short(value, currency)
    return f"{value:,} d" if key.metric == "fastest win" else f"{value:,}"


def stood(days: int) -> str:
    """How long something has stood: `today`, `17 d`, `14 mo`, `4 y 5 mo`."""
    if days < 1:
        return "today"
    if days < 60:
        return f"{days} d"
    months = days * 12 // 365
    return f"{months} mo" if months < 24 else f"{months // 12} y {months % 12} mo"


# --- the book -----------------------------------------------------------------------------------------------


def book(found: Sequence[Record], chased: Mapping[Key, Chase], words: Words, width: int) -> list[Row]:
    """A line for each record under the name of its metric: best, who holds it, since when, and how often."""
    rows: list[Row] = [(None, _book_heading(width))]
    for (metric, product), group in groupby(found, key=lambda one: (one.metric, one.product)):
        own = list(group)
        name = metric if product is None else f"{words.products.get(product, metric)}, units"
        if len(own) > 1:
            rows += [(None, []), (None, [("strong", f" {name}")])]
        elif own[0].metric == "largest sale":
            rows.append((None, []))
        for record in own:
            label = record.period if len(own) > 1 else name
            rows.append((record.key, _book_row(record, chased.get(record.key), label, words, width)))
    return rows


def _book_heading(width: int) -> Line:
    since = f"  {'stands':>8}" if width >= NARROW else ""
    status = f"  {'status':<12}" if width >= MIDDLE else ""
    chance = "  next chance" if width >= WIDE else ""
    held_by = f"{'held by':<{_holder_room(width)}}"
    columns = f"   {'':<16}{'best':>8}  {held_by}{since}{'margin':>9}{'fell':>6}{status}{chance}"
    return [("dim", columns)]


def _holder_room(width: int) -> int:
    return 22 if width < MIDDLE else 34


def _book_row(record: Record, chase: Chase | None, label: str, words: Words, width: int) -> Line:
    key = record.key
    currency = words.facts.currency
    margin = "" if record.margin is None else f"+{short(key, record.margin, currency)}"
    if key.metric == "fastest win" and record.margin is not None:
        margin = f"−{record.margin} d"
    falls = len(record.moments) - 1
    room = _holder_room(width)
    line: list[Part] = [
        ("text", f"   {label:<16}"),
        ("money", f"{short(key, record.value, currency):>8}"),
        ("text", f"  {one_line(held(record, words), room)}"),
    ]
    if width >= NARROW:
        line.append(("dim", f"  {stood(record.moments[-1].days_stood):>8}"))
    line.append(("dim", f"{margin:>9}{f'{falls}×' if falls else '':>6}"))
    if width >= MIDDLE:
        ink = {"provisional": "key", "equalled": "text"}.get(record.status, "dim")
        line.append((ink, f"  {record.status:<12}"))
    if chase is not None and width >= WIDE:
        left = f"{chase.days_left} d left" if chase.days_left else "last day"
        line.append(("good", f"  {short(key, chase.gap, currency)} short of the {_called(chase)}, {left}"))
    return line


def _called(chase: Chase) -> str:
    return "best" if chase.of == "ever" else f"best {chases.season(chase)}"


def held(record: Record, words: Words) -> str:
    """What holds a record: `28 Jun 2017`, `March and June`, `Northwind by Mia Berg and 71 more`."""
    named = [words.holder(record.key, one) for one in holders_of(record)[:2]]
    if record.period == "streak":
        named = [f"from {record.holders[0]:%-d %b %Y}"]
    if record.joint > 2:
        return f"{named[0]} and {record.joint - 1:,} more"
    return " and ".join(named)


def summary(record: Record, chase: Chase | None, words: Words, width: int) -> list[Part]:
    """The record under the cursor in a sentence, with what is missing to break it."""
    key = record.key
    per = f"best {key.period}, {key.metric}" if key.period in records.PERIODS else key.metric
    told: list[Part] = [("strong", f"{per}   "), ("money", words.value(key, record.value))]
    if record.margin and (chase is None or width >= WIDE):
        told.append(("dim", f", by {words.value(key, record.margin)}"))
    if record.status != "final":
        told.append(("dim", f", {record.status}"))
    if chase is None:
        return told
    if width >= WIDE:
        missing = chases.in_words(chase, words)
    else:
        days = f"{chase.days_left} days left" if chase.days_left else "the last day"
        missing = f"{words.value(key, chase.gap)} short, {days}"
        if chase.days_left and width >= MIDDLE:
            missing += f", needs {words.plain(key, chase.needed)} a day"
    return [*told, ("good", f"   {missing}")]


# --- growth -------------------------------------------------------------------------------------------------


def grown(found: Sequence[Growth], words: Words, width: int) -> list[Line]:
    """Each metric's years: value, change, the months as small bars; and how it grew over all of them."""
    lines: list[Line] = []
    for one in found:
        compound = ""
        if one.over:
            years = "year" if one.over == 1 else f"{one.over} years"
            compound = f"   {_percent(one.compound)} a year over {years}"
        lines += [[], [("strong", f" {one.metric}"), ("dim", compound)]]
        most = max(year.value for year in one.years)
        for at, year in enumerate(one.years):
            runs = one.running and at == len(one.years) - 1
            value = shown(year.value, "revenue" if one.metric in MONEY else "sales", words.facts.currency)
            change = _percent(year.change) if at else ""
            style = "dim" if year.change is None or not at else "good" if year.change >= 0 else "attention"
            room = max(SHORTEST_BAR, min(LONGEST_BAR, width - 66))
            bar = BAR * max(1 if year.value else 0, year.value * room // most)
            line: list[Part] = [
                ("text", f"   {year.period.name:<8}"),
                ("money", f"{value:>8}  "),
                (style, f"{change:>10}  "),
                ("text", f"{growth.spark(year.months):<12}  "),
                ("likely" if runs else "bar", bar),
            ]
            if runs:
                before = shown(
                    year.compared or 0, "revenue" if one.metric in MONEY else "sales", words.facts.currency
                )
                told = f"{one.elapsed} days" + (f", {before} a year ago" if at else "")
                fits = sum(len(text) for _, text in line) + 2 + len(told) <= width
                if fits:
                    line.append(("dim", f"  {told}"))
            lines.append(line)
            if runs and not fits:
                lines.append([("dim", f"{told:>{width}}")])
    return lines[1:] or [[("dim", " Nothing has been sold yet.")]]


def _percent(change: float | None) -> str:
    if change is None:
        return "n/a"
    return f"{change:+.1f} %".replace("-", "−") if change else "0.0 %"


# --- moments ------------------------------------------------------------------------------------------------


def moments(found: Sequence[ReachedMoment], words: Words, width: int) -> list[Line]:
    """The goals that were reached: day, goal, and who and what crossed the line."""
    lines: list[Line] = []
    for year, group in groupby(found, key=lambda one: one.on.year):
        lines += [[], [("strong", f" {year}")]]
        for one in group:
            by = f"{one.deal} by {one.person}" if one.person else one.deal
            line: list[Part] = [
                ("key", f"   {one.on.day:>2} {one.on:%b}  "),
                ("text", f"{one.goal}: {one.label}"),
                ("money", f"  {shown(one.threshold, one.metric, words.facts.currency)}"),
            ]
            crossed: list[Part] = [("dim", f"with {by}" if by else "")]
            if width >= MIDDLE:
                lines.append([*line, (">", ""), *crossed])
            else:
                lines += [line, [("dim", " " * 11), *crossed]]
    return lines[1:] or [[("dim", " No goal of the company has been reached yet.")]]


# --- one record ---------------------------------------------------------------------------------------------


def lineage_left(page: Lineage, words: Words, width: int) -> list[Line]:
    """What the record is, and each time it fell: newest first, with the sales behind it."""
    record = page.record
    key, currency = record.key, words.facts.currency
    whose = words.whose(key.scope).removesuffix(": ") or "the company"
    per = f"best {key.period}" if key.period in records.PERIODS else key.metric
    what = words.products.get(key.product, key.metric) if key.product is not None else key.metric
    title = f"{per}, {what}" if key.period in records.PERIODS else per
    lines: list[Line] = [
        [("strong", title), ("dim", f"   of {whose}")],
        [],
        [("money", words.value(key, record.value)), ("text", f"   {held(record, words)}")],
        [("dim", _standing(record))],
        [],
        [("strong", "Each time it was set"), ("dim", "   newest first")],
    ]
    for step in reversed(page.steps):
        moment = step.moment
        name = words.period(key, moment.period_start)
        margin = ""
        if step.margin is not None:
            sign = "−" if key.metric == "fastest win" else "+"
            margin = f"{sign}{short(key, step.margin, currency)}"
        on = bars.day(moment.on, words.today)
        lines.append(
            [
                ("text", f"{name:<14}" if key.period != "sale" else f"{on:<14}"),
                ("money", f"{short(key, moment.value, currency):>8}"),
                ("good", f"{margin:>9}"),
                ("dim", "  " if key.period in ("sale", "day") else f"  {on:>11} "),
                ("dim", f"{_stood(moment.days_stood, step is page.steps[-1])}"),
            ]
        )
        if step.behind:
            names = ", ".join(f"{one.account or one.title} ({one.owner})" for one in step.behind)
            more = step.sales - len(step.behind)
            first = f"{names}{f' and {more:,} more' if more > 0 else ''}"
            lines += [[("dim", f"  {part}")] for part in wrapped(first, max(20, width - 4))]
    return lines


def _stood(days: int, holds: bool) -> str:
    if holds:
        return "holds"
    return f"for {stood(days)}" if days else "fell the same day"


def _standing(record: Record) -> str:
    falls = len(record.moments) - 1
    fell = f"fell {falls} times" if falls > 1 else "fell once" if falls else "never fell"
    status = {
        "final": "final",
        "provisional": "provisional until three working days after its end",
        "equalled": f"held by {record.joint:,}",
    }[record.status]
    return f"{status}; {fell}; stands {stood(record.moments[-1].days_stood)}"


def lineage_right(page: Lineage, chase: Chase | None, words: Words, width: int) -> list[Line]:
    """The next chance, the chart, and the values that the book had and has no more."""
    lines: list[Line] = []
    if chase is not None:
        lines += [[], [("strong", "Next chance")]]
        lines += [[("good", part)] for part in wrapped(chases.in_words(chase, words), width)]
        reached = f"{chase.percent:.0f} % reached"
        odds = "" if chase.chance is None else f", {_odds(chase.chance)}"
        lines.append([("dim", reached + odds)])
    what = "The best of each year" if page.by_year else "The last periods"
    if page.record.period in ("sale", "streak"):
        what = "Each time it was set"
    lines += [[], [("strong", what)], *chart(page, words, width)]
    former = [one for one in page.changes if one.kind in CHANGED]
    if former:
        lines += [[], [("strong", "Restated"), ("dim", "   what the book said before, newest first")]]
        for change in reversed(former):
            lines += _former(change, words, width)
    return lines


def _odds(chance: float) -> str:
    percent = round(100 * chance)
    return f"{percent} % likely" if percent else "hardly likely"


def _former(change: Change, words: Words, width: int) -> list[Line]:
    key = change.key
    was = " and ".join(words.holder(key, one) for one in change.holders_before[:MOST_JOINT])
    now = " and ".join(words.holder(key, one) for one in change.holders[:MOST_JOINT]) or "none"
    before = words.value(key, change.before) if change.before is not None else ""
    after = words.value(key, change.value) if change.value is not None else "nothing"
    entry = f", entry {change.seq:,}" if change.seq else ""
    corrected = f" {now} corrected {words.signed(key, change.corrected)}." if change.corrected else ""
    text = f"{was}: {before} → {now}: {after}.{corrected}"
    first: Line = [("text", bars.day(change.on, words.today)), ("dim", entry)]
    return [first, *([("dim", f"  {part}")] for part in wrapped(text, max(20, width - 4)))]


def chart(page: Lineage, words: Words, width: int) -> list[Line]:
    """A bar for each period or year; what holds the record is marked."""
    key, found = page.record.key, page.years
    named = key._replace(period="year") if page.by_year else key
    most = max((bar.value for bar in found), default=0)
    if not most:
        return []
    names = [words.period(named, bar.start) for bar in found]
    values = [short(key, bar.value, words.facts.currency) for bar in found]
    name_room, value_room = max(map(cell_len, names)), max(map(cell_len, values))
    room = max(SHORTEST_BAR, min(LONGEST_BAR, width - name_room - value_room - 8))
    return [
        [
            ("dim", f"{name:<{name_room}}  "),
            ("bar", BAR * max(1 if bar.value else 0, bar.value * room // most)),
            ("money", f" {value}"),
            ("key", " ★" if bar.holds else ""),
        ]
        for name, value, bar in zip(names, values, found, strict=True)
    ]


# --- the proof ----------------------------------------------------------------------------------------------


def proof(found: Proof, verdict: Sequence[str] | None, words: Words, width: int) -> list[Line]:
    """What the sales behind a record add up to, the end of the ledger, and then the sales one by one."""
    record = found.record
    key = record.key
    per = f"best {key.period}, {key.metric}" if key.period in records.PERIODS else key.metric
    whose = words.whose(key.scope).removesuffix(": ") or "the company"
    sales = f"{len(found.behind):,} sales add up to" if len(found.behind) != 1 else "one sale gives"
    says = "as the book says" if found.holds else f"the book says {words.value(key, record.value)}"
    lines: list[Line] = [
        [("strong", per), ("dim", f"   {whose}   "), ("text", words.holder(key, found.holder))],
        [],
        _checked(found.holds, f"{sales} {words.value(key, found.total)}, {says}"),
    ]
    if verdict is None:
        lines.append([("dim", "· the whole book is being worked out anew …")])
    elif not verdict:
        lines.append(_checked(True, "every record of the book is what the sales give"))
    else:
        lines += [_checked(False, fault) for fault in verdict[:5]]
    lines += [[("dim", f"  the ledger ends with entry {found.seq:,}:")]]
    lines += [[("dim", f"  {part}")] for part in wrapped(found.hash, width - 2)]
    return [*lines, [], *_sales(found, words, width)]


def _checked(holds: bool, told: str) -> Line:
    return [("good", "✓ ") if holds else ("attention", "! "), ("text", told)]


def _sales(found: Proof, words: Words, width: int) -> list[Line]:
    """Each sale with what it counts, and the sum so far."""
    key = found.record.key
    both = max(24, min(68, width - 46))
    owner = min(both // 2, max((len(one.owner) for one in found.behind), default=12))
    account = min(both - owner, 40)
    summed = key.period != "sale"
    lines: list[Line] = []
    for one, so_far in zip(found.behind, found.running, strict=True):
        lines.append(
            [
                ("dim", f"{one.on.day:>2} {one.on:%b %Y}  "),
                ("text", one_line(one.account or one.title, account)),
                ("dim", f"  {one_line(one.owner, owner)}"),
                (">", ""),
                ("text", f"{_counts(key, one.counts, words):>12}"),
                ("money", f"  {_counts(key, so_far, words):>14}" if summed else ""),
            ]
        )
    if summed:
        lines.append([("strong", "Sum"), (">", ""), ("money", _counts(key, found.total, words))])
    return lines


def _counts(key: Key, value: int, words: Words) -> str:
    if key.metric in MONEY:
        return money.format_plain(value, words.facts.currency)
    return f"{value:,}"
