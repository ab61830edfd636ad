"""The night: one page after another, which everybody who is attached sees at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from salesboard.domain import company
from salesboard.domain.awards import categories, deciding, programme, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.deciding import PAGES_EACH, Winner
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.permissions import require, writes
from salesboard.errors import Conflict, Refused
from salesboard.storage import database as storage
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Envelope, NightPage, Person, Season, Slot
from salesboard.storage.prepared import by_id

Kind = Literal["before", "welcome", "category", "nominees", "pause", "winner", "farewell"]
KINDS: tuple[Kind, ...] = ("category", "nominees", "pause", "winner")
"""The pages of one category, in order."""


@dataclass(frozen=True)
class Page:
    """What everybody sees now; nothing of the pages to come is in it."""

    season: SeasonFacts
    number: int | None
    """Counted from 0; None before the night has begun."""
    last: int
    kind: Kind
    category: CategoryFacts | None
    nominees: tuple[str, ...]
    winners: tuple[Winner, ...]
    """Of the category, once its winner is shown."""
    won: tuple[tuple[str, tuple[str, ...]], ...]
    """On the last page: every category and who won it."""
    citation: str
    presenter: str | None
    sealed: str | None
    """The hash on the envelope of the category."""
    is_host: bool
    """Whether whoever looks turns the pages."""

    @property
    def is_over(self) -> bool:
        """Whether the night is closed."""
        return self.season.closed_at is not None


def tonight(today: date) -> int | None:
    """The season whose night is on, also past midnight, else the one that is next, if there is any."""
    query = NightPage.select(NightPage.season).join(Season).where(Season.closed_at.is_null())
    running = query.order_by(NightPage.at.desc()).first()
    if running is not None:
        return int(running.season_id)
    current = seasons.current_season(today)
    return current.id if current is not None else None


def page(actor: Actor, season: int, *, today: date) -> Page:
    """The page of the night that everybody looks at now."""
    with storage.snapshot():
        facts = seasons.season(season)
        row = NightPage.get_or_none(season=season)
        slots = deciding.slots_of(season)
        hosting = deciding.hosts(actor, facts, today=today)
        return _page(facts, row.page if row is not None else None, slots, hosting, today)


def _page(facts: SeasonFacts, number: int | None, slots: list[Slot], hosting: bool, today: date) -> Page:
    last = _last(slots)
    kind, slot = _shown(number, slots)
    found = categories.category(slot.category_id) if slot is not None else None
    nominees: tuple[str, ...] = ()
    won: tuple[Winner, ...] = ()
    if found is not None and kind in ("nominees", "pause"):
        nominees = tuple(programme.nominees_of(found, today=today))
    if found is not None and kind == "winner":
        won = tuple(deciding.winners(found))
    presenter = by_id(Person, slot.presenter_id) if slot is not None and slot.presenter_id else None
    return Page(
        facts,
        number,
        last,
        kind,
        found,
        nominees,
        won,
        tuple(_all_winners(slots)) if kind == "farewell" else (),
        slot.citation if slot is not None and kind == "winner" else "",
        presenter.name if presenter else None,
        _seal_of(found) if found is not None else None,
        hosting,
    )


def _seal_of(found: CategoryFacts) -> str | None:
    row = Envelope.get_or_none(category=found.id)
    return str(row.hash) if row is not None else None


def _last(slots: list[Slot]) -> int:
    return 1 + PAGES_EACH * len(slots)


def _shown(number: int | None, slots: list[Slot]) -> tuple[Kind, Slot | None]:
    """What a page is, and which category it is about: first the welcome, four for each, the farewell."""
    if number is None:
        return "before", None
    if number == 0:
        return "welcome", None
    place, kind = divmod(number - 1, PAGES_EACH)
    if place >= len(slots):
        return "farewell", None
    return KINDS[kind], slots[place]


def _all_winners(slots: list[Slot]) -> list[tuple[str, tuple[str, ...]]]:
    found = [categories.category(slot.category_id) for slot in slots]
    return [(one.name, tuple(each.name for each in deciding.winners(one))) for one in found]


@writes("host night")
def turn(actor: Actor, season: int, by: int, *, seen: int | None, now: datetime) -> int:
    """Turn the page on (1) or back (-1) for everybody, from the page one has seen; the new one's number.

    The first turn begins the night; one more after the last page closes it, and from then on nothing of the
    season changes. Refused: before the day, while something decided is not sealed, and a winner who is not
    the one in the envelope. A Conflict where somebody else has turned the page meanwhile.
    """
    with ledger.batch(actor, "turned the page", now=now, several=False):
        today = company.facts().today(now)
        facts = seasons.season(season)
        require(actor, "host night", today=today, owner=facts.host)
        if facts.closed_at is not None:
            raise Refused(f"{facts.name} is over; the hall of fame shows who won")
        row = NightPage.get_or_none(season=season)
        if (row.page if row is not None else None) != seen:
            raise Conflict("somebody else has turned the page; look again")
        if row is None:
            return _begin(actor, facts, by, today, now)
        slots = deciding.slots_of(season)
        wanted: int = row.page + (1 if by > 0 else -1)
        if wanted < 0:
            return int(row.page)
        if wanted > _last(slots):
            kept = Season.get_by_id(season)
            with ledger.entry(actor, "closed", kept, now=now) as entry:
                entry.update(kept, closed_at=now)
            return int(row.page)
        kind, slot = _shown(wanted, slots)
        if kind == "winner" and slot is not None:
            _require_as_sealed(categories.category(slot.category_id))
        with ledger.entry(actor, "turned the page", Season.get_by_id(season), now=now) as entry:
            entry.update(row, page=wanted, at=now)
        return wanted


def _begin(actor: Actor, facts: SeasonFacts, by: int, today: date, now: datetime) -> int:
    if by < 0:
        raise Refused(f"{facts.name} has not begun")
    if today < facts.night_on:
        raise Refused(f"{facts.name} is on {facts.night_on}; it can not begin before")
    with ledger.entry(actor, "opened", Season.get_by_id(facts.id), now=now) as entry:
        slots = programme.placed(entry, facts.id)
        for slot in slots:
            _require_as_sealed(categories.category(slot.category_id))
        entry.insert(NightPage, season=facts.id, page=0, at=now)
    return 0


def _require_as_sealed(found: CategoryFacts) -> None:
    """Refuse to show a winner who is not the one that was sealed."""
    row = Envelope.get_or_none(category=found.id)
    if row is None:
        raise Refused(f"{found.name} is not sealed; the chair seals it first")
    digest = deciding.hash_of(found)
    if row.hash != digest:
        raise Refused(
            f"{found.name}: what is decided now ({digest[:12]}) is not what was sealed ({row.hash[:12]}); "
            "it is not announced"
        )
