"""What the awards screens write: the phases as a time line, a category, a nomination with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from salesboard.domain.awards import blind, categories
from salesboard.domain.awards.categories import Behind, CategoryFacts, Ranked
from salesboard.domain.awards.evidence import Check
from salesboard.domain.awards.nominations import ASKED, Draft, NominationFacts, VoiceFacts
from salesboard.domain.awards.screening import CLEARED, COMMENT, UNBLINDED, Review
from salesboard.domain.awards.seasons import Phase, SeasonFacts
from salesboard.domain.company import CompanyFacts
from salesboard.domain.text import counted
from salesboard.ui import bars
from salesboard.ui.plain import wrapped
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

SALES_SHOWN = 3
"""So many sales are listed behind each place of a ranking."""
SHORT_TIME = 12
"""Cells of a time line at least."""
SIGNS = {
    "waiting": ("text", ""),
    "asked": ("key", "? asked"),
    "shortlisted": ("good", "★ shortlisted"),
    "eligible": ("good", "✓ eligible"),
    "not eligible": ("dim", "✗ not eligible"),
    "draft": ("key", "draft"),
}
"""How far a nomination is: by shape and word."""
Hide = Callable[[str], str]


# --- the season ---------------------------------------------------------------------------------------------


def time_line(found: SeasonFacts, today: date, width: int) -> list[Line]:
    """The phases, each with its days, and where among them today is."""
    now_in = found.phase_on(today)
    first, last = found.phases[0].first, found.phases[-1].last
    spans = [_days(one.first, one.last, today) for one in found.phases]
    wide = max(17, *map(len, spans))
    room = max(0, width - 25 - wide)
    lines: list[Line] = []
    for one, days in zip(found.phases, spans, strict=True):
        ink = "strong" if one.name == now_in else "dim" if one.last < today else "text"
        mark = "▸" if one.name == now_in else "✓" if one.last < today else " "
        told = ""
        if one.name == now_in:
            left = (one.last - today).days
            told = f"{counted(left, 'day')} left" if left else "last day"
        drawn = _span(one.first, one.last, today, first, last, room) if room >= SHORT_TIME else []
        lines.append([(ink, f" {mark} {one.name:<9}{days:<{wide}} "), *drawn, (">", ""), ("key", told)])
    return lines


IN_PHASES: tuple[tuple[Phase, str, str], ...] = (
    ("nominate", "N", "everybody says whom to honour, and why"),
    ("screen", "g n", "leads check nominations and evidence"),
    ("judge", "J", "judges give points, not knowing whose"),
    ("decide", "P", "the host decides and seals who wins"),
    ("night", "V", "the envelopes open; H keeps who won"),
)
"""What is done in each phase, and the key that goes there."""


def what_is_done(found: SeasonFacts, today: date, width: int) -> Iterator[Line]:
    """What is done in each phase, and by which key."""
    now_in = found.phase_on(today)
    for phase, key, words in IN_PHASES:
        first, *more = wrapped(words, max(20, width - 16))
        ink = "text" if phase == now_in else "dim"
        yield [("dim", f"{phase:<12}"), ("key", f"{key:<4}"), (ink, first)]
        yield from ([("dim", " " * 16), (ink, line)] for line in more)


def _days(first: date, last: date, today: date) -> str:
    """`8 Dec – 21 Dec`, with the year where it is another one."""
    days = bars.day(first, today)
    if first == last:
        return days
    return f"{days.removesuffix(f' {last.year}')} – {bars.day(last, today)}"


def _span(start: date, end: date, today: date, first: date, last: date, room: int) -> list[Part]:
    """The days of a phase among those of all."""
    whole = (last - first).days + 1

    def cell(day: date) -> int:
        return (day - first).days * room // whole

    low, high = cell(start), max(cell(start) + 1, cell(end) + 1)
    cells: list[Part] = [
        ("bar" if end < today else "likely", "━") if low <= at < high else ("rest", "─") for at in range(room)
    ]
    if first <= today <= last:
        cells[cell(today)] = ("here", "┿")
    return bars.joined(cells)


# --- categories ---------------------------------------------------------------------------------------------


def category(found: CategoryFacts, width: int) -> list[Line]:
    """A category: what for, by what, and who may win."""
    lines: list[Line] = [
        [("strong", found.name), ("dim", f"  for {'teams' if found.of_teams else 'people'}")]
    ]
    if found.description:
        lines += [[("text", line)] for line in wrapped(found.description, width)]
    lines.append([])
    if found.way in categories.WITHOUT_CRITERIA:
        lines.append([("text", f"This is {categories.HOW[found.way]}.")])
    elif found.is_judged:
        lines += [
            [
                ("bar", "━" * max(1, one.weight * 20 // categories.WHOLE)),
                ("rest", "─" * (20 - max(1, one.weight * 20 // categories.WHOLE))),
                ("money", f"{one.weight:>4} % "),
                ("text", one.name),
            ]
            for one in found.criteria
        ]
    else:
        lines.append([("text", f"Computed: {categories.in_words(found.metric)}")])
    rules = [f"{counted(found.winners, 'winner')}"]
    if found.is_judged:
        those = "vote" if found.way == categories.VOTED else "judge"
        rules.append(f"{counted(found.quorum, those)} at least")
        rules.append(f"everybody nominates {found.most_nominations} at most")
    if found.least_months:
        rules.append(f"{found.least_months} months in a team at least")
    if not found.leads_may_win:
        rules.append("not for leads")
    return [*lines, [], *([("dim", line)] for line in wrapped(" · ".join(rules), width))]


def ranking(
    found: CategoryFacts,
    ranked: Sequence[Ranked],
    behind: Sequence[Sequence[Behind]],
    *,
    currency: str,
    today: date,
) -> Iterator[Line]:
    """Everybody by what a computed category counts, each with the largest sales behind."""
    yield []
    if not ranked:
        yield [("dim", "The award year has brought nothing yet.")]
    for one, rows in zip(ranked, behind, strict=True):
        wins = one.place is not None and one.place <= found.winners
        yield [
            ("good" if wins else "dim", f"{one.place or '–':>3}  "),
            ("name" if one.place else "dim", one.name),
            (">", ""),
            ("money", one.shown),
        ]
        if one.why_not:
            yield [("attention", f"     {one.why_not}")]
        largest = sorted(rows, key=lambda row: (-row.amount, row.on))[:SALES_SHOWN]
        for row in largest:
            amount = categories.behind_in_words(found, row, currency)
            yield [("dim", f"     {bars.day(row.on, today):>11}  {row.called}"), (">", ""), ("dim", amount)]
        if len(rows) > len(largest):
            yield [("dim", f"     and {len(rows) - len(largest):,} more sales")]


def own(one: Draft, width: int) -> list[Line]:
    """One's own nomination, or a draft of one."""
    lines: list[Line] = [
        [("strong", one.name), ("dim", f"  {one.category_name}"), (">", ""), SIGNS[one.status]]
    ]
    if one.status == ASKED and one.question:
        lines.append([])
        lines += [[("key", line)] for line in wrapped(f"A lead asks: {one.question}", width)]
    lines.append([])
    for paragraph in one.reason.split("\n") or [""]:
        lines += [[("text", line)] for line in wrapped(paragraph, width)]
    return lines


# --- a nomination -------------------------------------------------------------------------------------------


def nomination(
    page: Review, label: str, company: CompanyFacts, today: date, width: int, hide: Hide, *, is_blind: bool
) -> list[Line]:
    """A nomination as whoever screens it reads it: the voices, the evidence then and now, what was said."""
    facts = page.facts
    lines: list[Line] = [
        [("strong", label), ("dim", _by(facts, company, today, is_blind)), (">", ""), SIGNS[facts.status]]
    ]
    lines.append([("dim", facts.category_name)])
    if page.recused:
        lines += [
            [("attention", f"! {line}")]
            for line in wrapped(f"others screen it: {hide(page.recused)}", width - 2)
        ]
    if page.hidden:
        return lines
    if facts.why_not:
        lines += [[("attention", f"! {line}")] for line in wrapped(hide(facts.why_not), width - 2)]
    for voice in facts.voices:
        lines += [[], *_voice(voice, width, hide, is_blind=is_blind)]
    if facts.screenings:
        lines += [[], [("strong", "what was said")]]
        for one in facts.screenings:
            who = "" if is_blind else f" {one.author_name}"
            said = SAID.get(one.decision, one.decision)
            lines.append([("dim", f"{bars.day(company.today(one.at), today)}  {said}{who}")])
            if one.words:
                words = _note(one.words, hide) if is_blind else one.words
                for paragraph in words.split("\n"):
                    lines += [[("text", f"  {line}")] for line in wrapped(paragraph, width - 2)]
    return lines


SAID = {
    COMMENT: "a comment by",
    CLEARED: "a changed fact cleared by",
    UNBLINDED: "names looked at by",
    "asked": "asked by",
    "answered": "answered by",
    "eligible": "eligible, says",
    "not eligible": "not eligible, says",
    "shortlisted": "shortlisted by",
}


def _note(words: str, hide: Hide) -> str:
    return words if hide(words) == words else blind.A_NOTE


def _by(facts: NominationFacts, company: CompanyFacts, today: date, is_blind: bool) -> str:
    if not facts.voices:
        return ""
    first, *others = facts.voices
    age = _age(first.submitted_at, company, today)
    if is_blind:
        return f", {len(facts.voices)} {'voice' if not others else 'voices'}, {age}"
    more = f" and {counted(len(others), 'other')}" if others else ""
    return f", nominated by {first.author_name}{more}, {age}"


def _age(at: datetime | None, company: CompanyFacts, today: date) -> str:
    if at is None:
        return ""
    days = (today - company.today(at)).days
    return "today" if days <= 0 else f"{counted(days, 'day')} ago"


def _voice(voice: VoiceFacts, width: int, hide: Hide, *, is_blind: bool) -> Iterator[Line]:
    paragraphs = hide(voice.reason).split("\n")
    for place, paragraph in enumerate(paragraphs):
        opened = "“" if place == 0 else ""
        closed = "”" if place == len(paragraphs) - 1 else ""
        for line in wrapped(f"{opened}{paragraph}{closed}", width):
            yield [("text", line)]
    if not is_blind:
        yield [("dim", f"{voice.author_name}")]
    if voice.evidence:
        yield [("dim", "evidence"), (">", ""), ("dim", f"{'then':>14} {'today':>14}   ")]
    for one in voice.evidence:
        yield from _evidence(one, width, hide)


def _evidence(one: Check, width: int, hide: Hide) -> Iterator[Line]:
    words = f"{one.kind:<9} {hide(one.words)}" if one.fact else f"words     {hide(one.words)}"
    if not one.fact:
        yield from ([("text", line)] for line in wrapped(words, width))
        return
    then, today = hide(one.then), hide(one.today)
    mark: Part = ("attention", "  !") if one.flagged else ("dim", "  ~") if one.changed else ("dim", "   ")
    if max(len(then), len(today)) <= 14 and width >= 60:
        yield [("text", words), (">", ""), ("money", f"{then:>14} {today:>14}"), mark]
    else:
        yield [("text", words), (">", ""), ("money", today if then == today else ""), mark]
        if then != today:
            yield [("money", f"          {then} → {today}")]
    if one.flagged:
        yield [("attention", "          ! changed since it was submitted: v accepts it with a reason")]
    elif one.changed:
        for line in wrapped(f"accepted: {hide(one.cleared_why or '')}", width - 10):
            yield [("dim", f"          {line}")]
