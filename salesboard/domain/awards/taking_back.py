"""What of the awards stays when somebody undoes what they did: nothing that was seen becomes unseen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from salesboard.domain.awards import categories, judging, seasons
from salesboard.errors import Refused
from salesboard.storage.ledger import Change
from salesboard.storage.models import (
    Award,
    Category,
    Envelope,
    Judge,
    NightPage,
    Preference,
    Row,
    Score,
    Season,
    Slot,
)
from salesboard.storage.prepared import by_id

GIVEN: dict[str, type[Row]] = {"score": Score, "preference": Preference}
"""What judges give."""


def refuse(changes: Iterable[Change], *, today: date) -> None:
    """Refuse to undo what a judge gave who has finished, a vote after its time, what is sealed, and a closed
    night."""
    for change in changes:
        match change.table:
            case "judge" | "score" | "preference":
                _refuse_finished(change, today)
            case "award":
                _refuse_sealed(change)
            case "envelope":
                raise Refused("an envelope is opened by unsealing it, with a reason")
            case "slot":
                _refuse_begun(change)
            case "season" if "closed_at" in (change.after or {}):
                raise Refused("a night that is closed stays closed; add a note to it instead")
            case "season":
                _refuse_closed(change.row)
            case "night_page":
                _refuse_closed(_of(change, "season", by_id(NightPage, change.row)))


def _of(change: Change, field: str, row: object) -> int | None:
    """What a row points to, as it stands or as it was last."""
    if row is not None:
        found: int | None = getattr(row, f"{field}_id")
        return found
    return (change.before or change.after or {}).get(field)


def _refuse_finished(change: Change, today: date) -> None:
    seat: int | None = change.row
    if change.table in GIVEN:
        seat = _of(change, "judge", by_id(GIVEN[change.table], change.row))
    row = by_id(Judge, seat)
    if row is None:
        return
    if judging.has_seen(row):
        raise Refused(f"judging {row.category.name} is finished: what was given stays")
    found = categories.category(row.category_id)
    if found.way == categories.VOTED:
        seasons.require_phase(seasons.season(found.season), today, "judge", what="taking a vote back")


def _refuse_sealed(change: Change) -> None:
    category = _of(change, "category", by_id(Award, change.row))
    if Envelope.get_or_none(category=category):
        raise Refused(f"{Category.get_by_id(category).name} is sealed; unseal it first, with a reason")


def _refuse_begun(change: Change) -> None:
    category = by_id(Category, _of(change, "category", by_id(Slot, change.row)))
    if category is not None and NightPage.get_or_none(season=category.season_id):
        raise Refused(f"{category.season.name} has begun: its programme stays")


def _refuse_closed(identity: int | None) -> None:
    season = by_id(Season, identity)
    if season is not None and season.closed_at is not None:
        raise Refused(f"{season.name} is over, and stays as it was")
