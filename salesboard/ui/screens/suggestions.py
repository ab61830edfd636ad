"""What the award year suggests: milestones, records, clients kept up, advocates, improvement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain.awards import categories, nominations, seasons, suggestions
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.awards.suggestions import Suggestion
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST_SLOWLY, ListScreen
from salesboard.ui.widgets.sheet import Line

HEADINGS: dict[suggestions.Kind, str] = {
    "milestone": "Milestones reached",
    "record": "Records broken",
    "client kept up": "Clients kept up with",
    "advocates": "Advocates brought",
    "most improved": "Most improved",
}


@dataclass(frozen=True)
class Look:
    """What is suggested, and for what one has drafts or nominations already."""

    season: SeasonFacts
    found: tuple[Suggestion, ...]
    used: frozenset[str]
    """Facts in one's own nominations."""
    fitting: dict[str, str]
    """The category in which each would be drafted."""


def read(actor: Actor, today: date) -> Look | None:
    """Read what the year suggests; runs at the back desk."""
    season = seasons.current_season(today)
    if season is None:
        return None
    found = tuple(suggestions.suggestions(season, today=today))
    own = nominations.own(actor.id or 0, season.id)
    known = categories.categories(season.id)
    fits = {one.key: suggestions.fitting(one, known) for one in found}
    return Look(
        season,
        found,
        frozenset(fact for one in own for fact in one.evidence),
        {key: category.name for key, category in fits.items() if category is not None},
    )


class SuggestionsScreen(ListScreen[Look]):
    """Suggestions by kind; one key makes the one under the cursor a draft of one's own."""

    ACTS = KEYS_WAIT
    HEADING = "Suggestions"
    READ = staticmethod(read)
    READING = LATEST_SLOWLY
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "draft",
            "Draft",
            id="award.draft",
            tooltip="Make a draft of a nomination of it, in the category that fits; nobody else sees it",
        ),
        Binding(
            "N",
            "nominate",
            "Nominate",
            id="award.nominate",
            tooltip="Nominate at once, with the category and the words that you choose",
        ),
        BACK,
    ]

    @property
    def suggestion(self) -> Suggestion | None:
        """What the cursor stands on."""
        chosen = self.rows.chosen
        found = self._look.found if self._look else ()
        return next((one for one in found if one.key == chosen), None)

    def _show(self) -> None:
        if not self._is_read:
            return
        look = self._look
        rows: list[tuple[str | None, Line]] = []
        for kind, ones in groupby(look.found if look else (), key=lambda one: one.kind):
            own = list(ones)
            if rows:
                rows.append((None, []))
            rows.append((None, [("strong", f" {HEADINGS[kind]}"), (">", ""), ("dim", f"{len(own):,} ")]))
            rows += [(one.key, self._row(one)) for one in own]
        nothing: Line = [("dim", " The award year suggests nobody yet.")]
        self.rows.show_rows(rows or [(None, nothing)])
        if look is None:
            self.show_header(("text", self.HEADING), ("dim", "there is no season yet: g w makes one"))
        else:
            days = f"award year {seasons.days_in_words(look.season)}"
            self.show_header(("text", self.HEADING), ("key", look.season.name), ("dim", days))
        self.show_footer()

    def _row(self, one: Suggestion) -> Line:
        assert self._look is not None
        used = set(one.facts) <= self._look.used and bool(one.facts)
        on = bars.day(one.on, self.app.today) if one.on else ""
        wide = self.app.size.width >= 110
        fits = self._look.fitting.get(one.key, "") if wide else ""
        return [
            ("good", " ✓ " if used else "   "),
            ("name", f"{one.name:<18} "),
            ("text", one.words),
            (">", ""),
            ("dim", f"  for {fits}" if fits else ""),
            ("dim", f"  {on:>11} "),
        ]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        return (("Enter", "make a draft"), ("N", "nominate"), ("j k", "row"))

    def action_draft(self) -> None:
        """Make what is under the cursor a draft of one's own."""
        one, look = self.suggestion, self._look
        if one is None or look is None:
            return
        actor, now = self.app.acting, self.app.now()
        self.work(
            lambda: suggestions.draft(actor, look.season.id, one.key, now=now),
            lambda _: self.reload(
                said=(f"a draft for {one.name} in {look.fitting[one.key]} is kept: g w shows it", "good")
            ),
        )

    def action_nominate(self) -> None:
        """Nominate for what is under the cursor."""
        from salesboard.ui import nominating

        one = self.suggestion
        if one is not None:
            about = one.facts[0] if one.facts else ""
            nominating.ask(self, lambda said: self.reload(said=(said, "good")), about=about, whom=one.name)
