"""A deal in lines to read: its facts, lines, contacts, way through the stages, notes, and its own ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from salesboard.domain import board, dates, history, money, pipeline
from salesboard.domain.board import DealFacts
from salesboard.domain.company import CompanyFacts
from salesboard.domain.history import Event, Names
from salesboard.ui.plain import wrapped
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

if TYPE_CHECKING:
    from salesboard.domain.leverage import Contribution
    from salesboard.domain.rot import Patience


def facts(deal: DealFacts, company: CompanyFacts, now: datetime) -> list[Line]:
    """Name, value, state and dates."""
    card, today = deal.card, company.today(now)
    lines: list[Line] = [[("strong", card.name)]]
    if card.subject:
        lines.append([("text", card.subject)])
    lines.append([])
    value: list[Part] = [("dim", "no value yet")]
    if card.value_minor is not None:
        value = [("money", money.format_exact(card.value_minor, company.currency))]
        if card.estimated:
            value.append(("dim", "  estimated from the list price"))
    lines.append(_fact("Value", *value))
    lines.append(_fact("Stage", ("text", _state(deal))))
    lines.append(_fact("Owner", ("text", deal.owner_name)))
    why = board.attention(card, deal.stage, today)
    if why.words and card.status == pipeline.OPEN:
        lines.append(_fact("Next", ("attention" if why.urgent else "text", f"{why.sign} {why.words}")))
    for label, day in (
        ("Opened", card.opened_on),
        ("Expected", card.expected_on),
        ("Last touch", card.touched_on),
    ):
        if day is not None:
            lines.append(
                _fact(label, ("text", f"{day:%a %d %b %Y}"), ("dim", f"  {_distance((day - today).days)}"))
            )
    if deal.reason:
        lines.append(_fact("Reason", ("text", deal.reason)))
    if deal.look_again_on:
        lines.append(_fact("Look again", ("text", f"{deal.look_again_on:%a %d %b %Y}")))
    for label, text in (
        ("Source", deal.source),
        ("Number", f"{card.id}" + (f" · {deal.external}" if deal.external else "")),
    ):
        if text:
            lines.append(_fact(label, ("dim", text)))
    if deal.archived:
        lines.append(_fact("", ("attention", "archived: not on the board")))
    return lines


def _state(deal: DealFacts) -> str:
    card = deal.card
    if card.status == pipeline.OPEN:
        return f"{deal.stage.name} · {deal.stage.likelihood} %"
    if card.status == pipeline.WON:
        return f"{deal.stage.name} · won {card.closed_on}"
    return f"{card.status} {card.closed_on} in {deal.stage.name}"


def _distance(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {dates.humane_age(days)}" if days > 0 else f"{dates.humane_age(-days)} ago"


def _fact(label: str, *parts: Part) -> Line:
    return [("dim", f"{label:<11}"), *parts]


def products(deal: DealFacts, company: CompanyFacts) -> list[Line]:
    """Product lines with quantities and amounts."""
    if not deal.lines:
        return []
    lines: list[Line] = _heading("Lines")
    for line in deal.lines:
        amount = "" if line.amount_minor is None else money.format_exact(line.amount_minor, company.currency)
        lines.append(
            [("dim", f"{line.quantity:>4} × "), ("text", line.product), (">", ""), ("money", amount)]
        )
    return lines


def contacts(deal: DealFacts) -> list[Line]:
    """The people at the account, the deal's own first."""
    if not deal.contacts:
        return []
    lines: list[Line] = _heading("Contacts")
    for contact in sorted(deal.contacts, key=lambda one: one.id != deal.contact_id):
        mark = "● " if contact.id == deal.contact_id else "  "
        lines.append([("key", mark), ("text", contact.name), ("dim", f"  {contact.title or ''}")])
        reach = "  ".join(part for part in (contact.email, contact.phone) if part)
        if reach:
            lines.append([("dim", f"  {reach}")])
    return lines


def way(deal: DealFacts, company: CompanyFacts, now: datetime, bar_width: int = 16) -> list[Line]:
    """The way through the stages with durations; they add up to the age."""
    lines: list[Line] = _heading("Way through the stages", f"{_span(deal.age_seconds)} in all")
    longest = max((time.seconds for time in deal.times if time.seconds > 0), default=1)
    for time in deal.times:
        filled = round(bar_width * max(0, time.seconds) / longest)
        lines.append(
            [
                ("key" if time.here_now else "text", f"{time.stage[:12]:<13}"),
                ("bar", "━" * filled),
                ("rule", "─" * (bar_width - filled)),
                (">", ""),
                ("dim", f"{time.visits}× " if time.visits > 1 else ""),
                ("text", f"{_span(time.seconds):>8}"),
            ]
        )
    for stay in deal.stays[-8:]:
        name = (
            stay.stage if stay.status in (pipeline.OPEN, pipeline.WON) else f"{stay.status} from {stay.stage}"
        )
        entered = stay.entered_at.astimezone(ZoneInfo(company.zone))
        lines.append([("dim", f"  {entered:%d %b %Y}  "), ("dim", name)])
    return lines


def _span(seconds: int) -> str:
    # Below zero as seen from a pretended day before the deal came.
    seconds = max(0, seconds)
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3600} h"
    return f"{seconds / 86_400:,.0f} d"


def if_won(found: Sequence[Contribution], patience: Patience, deal: DealFacts) -> list[Line]:
    """What the deal would bring to each goal it counts for, and whether it stays longer than others did."""
    lines: list[Line] = []
    for one in found:
        goal, following = one.standing.goal, one.standing.following
        step: list[Part] = [("dim", "reached")]
        if following is not None and one.of_milestone is not None:
            step = [("text", f"{one.of_milestone:g} %"), ("dim", f" of {following.facts.rung.label}")]
        of_target: list[Part] = [("text", f"{one.of_target:g} %"), ("dim", " of the goal")]
        lines.append([("text", f"{goal.whose}  "), *step, (">", ""), *of_target])
    here = next((time.seconds // 86_400 for time in deal.times if time.here_now), 0)
    if patience.days is not None and here > patience.days:
        lines.append([("attention", f"! {here} d in {deal.stage.name}"), ("dim", f"  {patience}")])
    return [*_heading("If it is won"), *lines] if lines else []


def notes(deal: DealFacts, company: CompanyFacts, width: int) -> list[Line]:
    """What was written down, newest first."""
    lines: list[Line] = _heading("Notes", f"{len(deal.notes)}" if deal.notes else "")
    if not deal.notes:
        lines.append([("dim", "none yet · c writes one")])
    for note in deal.notes:
        at = note.at.astimezone(ZoneInfo(company.zone))
        lines.append([("dim", f"{note.author} · {at:%d %b %Y %H:%M}")])
        for paragraph in note.text.split("\n"):
            lines += [[("text", part)] for part in wrapped(paragraph, max(20, width))]
        lines.append([])
    return lines


def ledger(deal: DealFacts, events: Sequence[Event], names: Names, company: CompanyFacts) -> list[Line]:
    """The deal's own entries, newest first, each with what changed."""
    amount = partial(money.format_exact, currency=company.currency)
    lines: list[Line] = _heading("Ledger", f"{len(events)} entries" if len(events) != 1 else "1 entry")
    for event in reversed(events):
        at = event.at.astimezone(ZoneInfo(company.zone))
        undone = "" if event.standing else "  (undone)"
        verb = event.verb if event.undoes is None else f"{event.verb} entry {event.undoes}"
        lines.append(
            [
                ("dim", f"{event.seq:>6}  {at:%d %b %Y %H:%M}  "),
                ("dim" if undone else "text", f"{event.handle} {verb}"),
                ("dim", undone),
            ]
        )
        changed = history.changed_in_words(event, names, amount=amount, row=deal.card.id)
        lines += [[("dim", f"        {told}")] for told in changed]
    return lines


def _heading(words: str, more: str = "") -> list[Line]:
    return [[], [("strong", words), (">", ""), ("dim", more)]]


def pane(deal: DealFacts, company: CompanyFacts, now: datetime, width: int) -> list[Line]:
    """What the pane beside the board shows."""
    return [
        *facts(deal, company, now),
        *products(deal, company),
        *contacts(deal),
        *way(deal, company, now, bar_width=max(6, width - 26)),
        *notes(deal, company, width),
    ]
