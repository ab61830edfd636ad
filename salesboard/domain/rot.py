"""How long deals may stay in a stage: as long as those that were won did, where there were enough of them."""

from __future__ import annotations

from dataclasses import dataclass

from salesboard.domain import company
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.realism import percentile
from salesboard.storage.models import Deal, Stay

ENOUGH = 8
"""With fewer sales the days that were set by hand hold."""
SECONDS = 24 * 3600
"""Of a day."""


@dataclass(frozen=True)
class Patience:
    """So many days a deal may be in a stage before it is late, and on what that rests."""

    days: int | None
    """None: nothing is known, and nothing was set by hand."""
    deals: int
    """So many sales had been there; below eight the days were set by hand."""

    def __str__(self) -> str:
        if self.days is None:
            return ""
        if self.deals < ENOUGH:
            return f"{self.days} d by hand"
        return f"your won deals took at most {self.days} d (P75, n={self.deals})"


def patience(stage: int) -> Patience:
    """The days in which three of four won deals left a stage (P75); below eight of them, those by hand."""
    stays = (
        Stay.select(Stay.deal, Stay.entered_at, Stay.left_at)
        .join(Deal)
        .where(Stay.stage == stage, Stay.status == OPEN, Stay.left_at.is_null(False), Deal.status == WON)
    )
    there: dict[int, int] = {}
    for deal, entered, left in stays.tuples():
        there[deal] = there.get(deal, 0) + round((left - entered).total_seconds())
    if len(there) < ENOUGH:
        by_hand = next(one.quiet_days for one in company.stages() if one.id == stage)
        return Patience(by_hand, len(there))
    return Patience(int(percentile([seconds // SECONDS for seconds in there.values()], 75)), len(there))
