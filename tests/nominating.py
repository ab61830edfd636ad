"""An awards season with real rows: its year, one judged category, and those who nominate and screen."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from salesboard.domain import pipeline
from salesboard.domain.awards import categories, nominations, seasons
from salesboard.storage.ledger import Actor
from tests import stories
from tests.stories import NOW, add_deal, add_person, add_team

NIGHT = date(2026, 12, 22)
DAYS = {
    "nominate_on": date(2026, 11, 1),
    "nominate_until": date(2026, 11, 30),
    "screen_until": date(2026, 12, 7),
    "judge_until": date(2026, 12, 14),
    "decide_until": date(2026, 12, 18),
}
REASON = "Kept Northwind when their warehouse burned, for three weeks on end."


def at(day: date) -> datetime:
    """That day at ten in the morning, UTC."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


@dataclass
class Evening:
    """A season in its phase of nominating on the day of the stories, and its people."""

    season: int
    category: int
    """Above and Beyond, of people."""
    ada: Actor
    """An admin, in no team."""
    lea: Actor
    """Leads West."""
    max: Actor
    """Leads East."""
    mia: Actor
    """A rep in West."""
    jon: Actor
    """A rep in East."""

    def nominate(
        self, whom: Actor | None = None, *, by: Actor | None = None, reason: str = REASON, **choices: Any
    ) -> int:
        """Jon nominates Mia in Above and Beyond, unless somebody says otherwise; the nomination."""
        facts = {"category": self.category, "now": NOW, "person": (whom or self.mia).id, **choices}
        return nominations.nominate(by or self.jon, reason=reason, **facts)

    def add_category(self, **facts: Any) -> int:
        """Another category of the season."""
        return categories.add_category(self.ada, self.season, now=NOW, **facts)

    def won(self, account: str = "Northwind", value: str = "41k", *, by: Actor | None = None) -> int:
        """A sale of Mia's, of today."""
        deal = add_deal(account, value, by=by or self.mia)
        pipeline.win_deal(by or self.mia, deal, now=NOW)
        return deal


def evening(*, found_already: bool = False) -> Evening:
    """The season and its people, on an empty board, or on one that is set up."""
    ada = stories.owner() if found_already else stories.set_up()
    for team in ("West", "East"):
        add_team(team)
    lea, max_ = add_person("Lea Lang", "lead", team="West"), add_person("Max Ott", "lead", team="East")
    mia, jon = add_person("Mia Berg", team="West"), add_person("Jon Haas", team="East")
    season = seasons.add_season(ada, NIGHT, now=NOW, place="Graz", host=ada.id, **DAYS)
    category = categories.add_category(ada, season, now=NOW, template="Above and Beyond")
    return Evening(season, category, ada, lea, max_, mia, jon)
