"""An account in lines to read: how the relationship stands, facts, contacts; its story and its deals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from salesboard.domain import dates, money, pipeline, relations
from salesboard.domain.accounts import AccountFacts, ContactFacts
from salesboard.domain.board import Card
from salesboard.domain.company import CompanyFacts
from salesboard.domain.relations import FirstDateFacts, Owed, Relation, ThanksFacts
from salesboard.domain.story import Line as StoryLine
from salesboard.domain.text import counted
from salesboard.ui import bars
from salesboard.ui.plain import one_line, wrapped
from salesboard.ui.widgets.lines import Part
from salesboard.ui.widgets.sheet import Line

LABEL = 12
"""Cells of what a fact is called."""


@dataclass(frozen=True)
class Page:
    """Everything the page shows."""

    account: AccountFacts
    contacts: list[ContactFacts]
    deals: list[Card]
    relation: Relation | None
    """None before the first sale."""
    kept: FirstDateFacts | None
    owed: list[Owed]
    thanks: list[ThanksFacts]
    story: list[StoryLine]


def facts(page: Page, company: CompanyFacts, today: date, width: int) -> list[Line]:
    """Since when, what it brought, whom one thanks, who is there."""
    account, client = page.account, page.relation
    lines: list[Line] = [[("strong", account.name)]]
    lines += [[("good" if client else "dim", words)] for words in wrapped(_together(page, today), width)]
    if page.kept and page.kept.story:
        lines += [[("text", words)] for words in wrapped(f"“{page.kept.story}”", width)]
    lines.append([])
    if client is not None:
        lines += _standing(page, client, company, today)
    for label, value in (
        ("Sector", account.sector),
        ("Location", account.location),
        ("Website", account.website),
        ("Founded", account.founded),
        ("Employees", f"{account.employees:,}" if account.employees is not None else None),
        ("Belongs to", account.parent),
    ):
        if value:
            lines.append(_fact(label, ("text", f"{value}")))
    if account.turnover_minor is not None:
        turnover = money.format_exact(account.turnover_minor, company.currency)
        lines.append(_fact("Turnover", ("money", turnover)))
    lines.append(
        _fact("Number", ("dim", f"{account.id}" + (f" · {account.external}" if account.external else "")))
    )
    return [*lines, *_contacts(page.contacts, width), *_owed(page.owed), *_thanks(page.thanks, today)]


def _together(page: Page, today: date) -> str:
    if page.relation is not None:
        return relations.together_in_words(page.relation, today)
    if page.kept is not None and page.kept.kind == "kick-off":
        place = f" in {page.kept.place}" if page.kept.place else ""
        return f"Kick-off on {dates.day_in_words(page.kept.on_date)}{place}; no sale yet"
    return "No sale yet"


def _standing(page: Page, client: Relation, company: CompanyFacts, today: date) -> list[Line]:
    brought = money.format_exact(client.revenue_minor, company.currency)
    sales = f"  {counted(client.sales, 'sale')}"
    lapsed = "  lapsed" if client.lapsed else ""
    thanked = bars.day(client.last_thanks, today) if client.last_thanks else "never"
    soon = next(relations.anniversaries_of(client, today, date.max), None)
    lines = [
        _fact("Brought", ("money", brought), ("dim", sales)),
        _fact("Last sale", ("text", bars.day(client.last_sale_on, today)), ("attention", lapsed)),
        _fact("Last thanks", ("text" if client.last_thanks else "attention", thanked)),
        _fact("Owner", ("text", client.owner)),
    ]
    if soon is not None:
        star = "★ " if soon.is_round else ""
        words = f"{star}{dates.years_in_words(soon.years)} on {bars.day(soon.on, today)}"
        lines.append(_fact("Anniversary", ("text", words)))
    return lines


def _fact(label: str, *parts: Part) -> Line:
    return [("dim", f"{label:<{LABEL}}"), *parts]


def _contacts(found: Sequence[ContactFacts], width: int) -> list[Line]:
    if not found:
        return []
    lines = heading("Contacts", f"{len(found)}")
    for contact in found:
        lines.append([("text", contact.name), ("dim", f"  {contact.title or ''}")])
        ways = [part for part in (contact.email, contact.phone) if part]
        beside = "  ".join(ways)
        for reach in [beside] if len(beside) + 2 <= width else ways:
            lines.append([("dim", f"  {reach}")])
    return lines


def _owed(found: Sequence[Owed]) -> list[Line]:
    if not found:
        return []
    lines = heading("Thanks owed", f"{len(found)}")
    for one in found:
        late = "attention" if one.overdue else "text"
        lines.append([(late, f"{'!' if one.overdue else ' '} {one.days:>3} d"), ("text", f"  {one.what}")])
    return lines


def _thanks(found: Sequence[ThanksFacts], today: date) -> list[Line]:
    if not found:
        return []
    lines = heading("Thanks", f"{len(found)}")
    for one in found[:12]:
        said = " ".join((one.words or "").split())
        lines.append(
            [("dim", f"{bars.day(one.on, today):>11}  {one.channel}, {one.author}  "), ("text", said)]
        )
    return lines


def heading(words: str, more: str = "") -> list[Line]:
    """An empty line, and what the lines beneath it are."""
    return [[], [("strong", words), (">", ""), ("dim", more)]]


def told(line: StoryLine, today: date) -> Line:
    """A line of the story; the day, what it was, with a sign for what stands out."""
    ink = "good" if line.kind in ("first sale", "largest order", "advocate") else "text"
    if line.kind == "thanks":
        ink = "dim"
    return [("dim", f" {bars.day(line.on, today):>11}  "), (ink, line.text)]


def deal_line(card: Card, company: CompanyFacts, today: date, width: int) -> Line:
    """One of the account's deals."""
    value = "" if card.value_minor is None else money.format_short(card.value_minor, company.currency)
    state = card.status if card.closed_on is None else f"{card.status} {bars.day(card.closed_on, today)}"
    ink = {pipeline.WON: "good", pipeline.OPEN: "key"}.get(card.status, "dim")
    title = max(10, width - 46)
    return [
        ("text", f" {one_line(card.title, title)}"),
        ("money", f"  {value:>6}"),
        ("dim", f"  {one_line(card.owner, 8)}"),
        (ink, f"  {state}"),
    ]
