"""What of the awards stays when somebody undoes what they did: nothing that was seen becomes unseen."""

from __future__ import annotations

from collections.abc import Iterable

from salesboard.domain.awards import judging
from salesboard.errors import Refused
from salesboard.storage.ledger import Change
from salesboard.storage.models import Award, Category, Envelope, Judge, NightPage, Score, Season, Slot
from salesboard.storage.prepared import by_id


def refuse(changes: Iterable[Change]) -> None:
    """Refuse to undo points of a judge who has finished, what is sealed, and a night that is closed."""
    for change in changes:
        match change.table:
            case "judge" | "score":
                _refuse_finished(change)
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


def _refuse_finished(change: Change) -> None:
    seat: int | None = change.row
    if change.table == "score":
        seat = _of(change, "judge", by_id(Score, change.row))
    row = by_id(Judge, seat)
    if row is not None and judging.has_seen(row):
        raise Refused(f"judging {row.category.name} is finished: what was given stays")


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
