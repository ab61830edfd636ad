"""The awards: the season with its phases, what is honoured, and one's own nominations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from salesboard.domain import permissions
from salesboard.domain.awards import categories, nominations, screening, seasons
from salesboard.domain.awards.categories import Behind, CategoryFacts, Ranked
from salesboard.domain.awards.nominations import ASKED, DRAFT, Draft
from salesboard.domain.awards.seasons import Phase, SeasonFacts
from salesboard.storage.ledger import Actor
from salesboard.ui import award_forms, award_sheet, bars
from salesboard.ui.desk import KEYS_WAIT
from salesboard.ui.screens.asking import BACK
from salesboard.ui.screens.reading import LATEST, SidesScreen
from salesboard.ui.widgets.sheet import Line, Sheet

Key = tuple[str, int]
"""What a row stands for: the season, a category, or one's own voice."""
Ranking = tuple[list[Ranked], list[list[Behind]]]


@dataclass(frozen=True)
class Look:
    """What the screen shows."""

    season: SeasonFacts | None
    categories: tuple[CategoryFacts, ...] = ()
    nominated: dict[int, int] | None = None
    waiting: dict[int, int] | None = None
    own: tuple[Draft, ...] = ()
    sets: bool = False
    """Whether one may change the season and its categories."""
    screens: bool = False
    """Whether one screens nominations."""


def read(actor: Actor, today: date) -> Look:
    """Read the season that is on; runs at the desk."""
    sets = permissions.may(actor, "set season", today=today)
    screens = permissions.may(actor, "screen nominations", today=today)
    season = seasons.current_season(today)
    if season is None:
        return Look(None, sets=sets, screens=screens)
    return Look(
        season,
        tuple(categories.categories(season.id)),
        screening.submitted(season.id),
        screening.waiting(season.id),
        tuple(nominations.own(actor.id or 0, season.id)),
        sets,
        screens,
    )


def _rank(found: CategoryFacts, today: date) -> Ranking:
    ranked = categories.ranking(found, today=today)
    nominees = [(one.person, one.team) for one in ranked]
    return ranked, categories.rows_behind_all(found, nominees, today=today)


class AwardsScreen(SidesScreen[Look]):
    """The season and its categories on the left, what the cursor stands on on the right, or beneath."""

    ACTS = KEYS_WAIT
    PLACE = "awards"
    READ = staticmethod(read)
    HEADING = "Awards"
    READING = LATEST
    MOST_ROWS_ABOVE = 14
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "open",
            "Open",
            id="award.open",
            tooltip="Go on with the draft, answer the question, or screen the nominations of the category",
        ),
        Binding(
            "N", "nominate", "Nominate", id="award.nominate", tooltip="Nominate somebody, in this category"
        ),
        Binding(
            "s",
            "suggestions",
            "Suggestions",
            id="award.suggestions",
            tooltip="Whom the year suggests: milestones, records, clients kept up, improvement",
        ),
        Binding("n", "season", "New season", id="award.season", tooltip="Set up a season around its night"),
        Binding(
            "c",
            "category",
            "New category",
            id="award.category",
            tooltip="Add a category, from a template or with its own criteria",
        ),
        Binding(
            "e",
            "edit",
            "Edit",
            id="award.edit",
            tooltip="Change the season, or the category under the cursor",
        ),
        Binding(
            "J",
            "go('judging')",
            "Judging",
            id="award.judging",
            tooltip="Go to the judging of the shortlisted nominations",
        ),
        Binding(
            "P",
            "go('programme')",
            "Programme",
            id="award.programme",
            tooltip="Go to the programme of the evening",
        ),
        Binding("V", "go('night')", "The night", id="award.night", tooltip="Go to the evening itself"),
        Binding("H", "go('hall')", "Hall of fame", id="award.hall", tooltip="Go to the winners of all years"),
        Binding(
            "tab",
            "app.focus_next",
            "Other side",
            id="sheet.other-side",
            tooltip="Read on the other side, and back to the list",
        ),
        BACK,
    ]
    DEFAULT_CSS = """
    AwardsScreen {
        &.-narrow #sides { padding: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._rankings: dict[int, Ranking] = {}

    def keep(self, found: Look) -> None:
        """Keep the season; rankings are computed anew."""
        super().keep(found)
        self._rankings = {}

    @property
    def _chosen(self) -> Key:
        chosen = self.rows.chosen
        return chosen if isinstance(chosen, tuple) else ("", 0)

    @property
    def category(self) -> CategoryFacts | None:
        """The category under the cursor."""
        kind, number = self._chosen
        found = self._look.categories if self._look and kind == "category" else ()
        return next((one for one in found if one.id == number), None)

    @property
    def draft(self) -> Draft | None:
        """One's own nomination under the cursor."""
        kind, number = self._chosen
        found = self._look.own if self._look and kind == "own" else ()
        return next((one for one in found if one.voice == number), None)

    # --- showing --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        look = self._look
        if look is None:
            return
        self.show_rows(self._rows(look))
        told = look.season.countdown(self.app.today) if look.season else ""
        night, _, phase = told.partition(";")
        self.show_header(("text", self.HEADING), ("key", night), ("key", f";{phase}" if phase else ""))
        self.show_footer()

    def _rows(self, look: Look) -> list[tuple[Key | None, Line]]:
        found = look.season
        if found is None:
            words = "n sets one up around its night." if look.sets else "A manager sets one up."
            return [(None, [("dim", f" There is no season of awards yet: {words}")])]
        today = self.app.today
        width = self.app.size.width - 4 if self.is_narrow else self.app.size.width // 2 - 3
        where = f", {found.place}" if found.place else ""
        evening = f"{found.night_on:%a} {bars.day(found.night_on, today)} {found.night_at}{where}"
        rows: list[tuple[Key | None, Line]] = [
            (("season", found.id), [("strong", f" {found.name}"), (">", ""), ("key", f"{evening} ")])
        ]
        rows += [(None, line) for line in award_sheet.time_line(found, today, width)]
        rows += [(None, []), (None, [("strong", " Categories")])]
        rows += [(("category", one.id), self._category_row(one, look)) for one in look.categories]
        if not look.categories:
            rows.append((None, [("dim", " None yet" + (": c adds one." if look.sets else "."))]))
        rows += [(None, []), (None, [("strong", " Your nominations"), (">", ""), ("dim", self._owed(look))])]
        rows += [(("own", one.voice), self._own_row(one)) for one in look.own]
        if not look.own:
            open_now = found.phase_on(today) == "nominate"
            words = " None yet: N nominates somebody, s has suggestions." if open_now else " None."
            rows.append((None, [("dim", words)]))
        return rows

    @staticmethod
    def _owed(look: Look) -> str:
        asked = sum(one.status == ASKED for one in look.own)
        drafts = sum(one.status == DRAFT for one in look.own)
        told = [f"{asked} to answer"] * bool(asked) + [f"{drafts} not submitted"] * bool(drafts)
        return " · ".join(told) + " " * bool(told)

    def _category_row(self, one: CategoryFacts, look: Look) -> Line:
        nominated, waits = (look.nominated or {}).get(one.id, 0), (look.waiting or {}).get(one.id, 0)
        if not one.is_judged:
            return [("name", f"  {one.name}"), (">", ""), ("dim", f"computed: {one.metric} ")]
        told = f"{nominated:,} nominated" if nominated else "nobody yet"
        return [
            ("name", f"  {one.name}"),
            ("dim", "  teams" if one.of_teams else ""),
            (">", ""),
            ("key", f"{waits:,} to screen · " if waits else ""),
            ("dim", f"{told} "),
        ]

    @staticmethod
    def _own_row(one: Draft) -> Line:
        style, told = award_sheet.SIGNS[one.status]
        return [
            ("name", f"  {one.name}"),
            ("dim", f"  {one.category_name}"),
            (">", ""),
            (style, f"{told or 'to be screened'} "),
        ]

    def read_on(self) -> None:
        """Have the ranking of a computed category read."""
        one, today = self.category, self.app.today
        if one is None or one.is_judged or one.id in self._rankings:
            return

        def came(found: Ranking) -> None:
            self._rankings[one.id] = found
            self.show_about()

        self.work(partial(_rank, one, today), came, group="about", exclusive=True, slowly=True)

    def show_about(self) -> None:
        """Show the category, the nomination or the season under the cursor."""
        self.query_one("#about", Sheet).show(self._about(), from_top=True)

    def _about(self) -> Sequence[Line]:
        width = self.app.size.width - 4 if self.is_narrow else self.app.size.width // 2 - 5
        one, draft, look = self.category, self.draft, self._look
        if one is not None:
            lines = award_sheet.category(one, width)
            if one.is_judged:
                return lines
            ranked = self._rankings.get(one.id)
            if ranked is None:
                return [*lines, [], [("dim", "reading …")]]
            told = award_sheet.ranking(one, *ranked, currency=self.app.currency, today=self.app.today)
            return [*lines, *told]
        if draft is not None:
            return award_sheet.own(draft, width)
        if look is None or look.season is None:
            return []
        found = look.season
        facts = (
            ("award year", seasons.days_in_words(found)),
            ("place", found.place),
            ("host", found.host_name),
        )
        known: list[Line] = [[("dim", f"{label:<12}"), ("text", words)] for label, words in facts if words]
        return [*known, [], *award_sheet.what_is_done(found, self.app.today, width)]

    def keys_now(self) -> Sequence[tuple[str, str]]:
        """The keys that matter now."""
        look = self._look
        if look is None or look.season is None:
            return [("n", "new season")] if look is not None and look.sets else []
        phase = look.season.phase_on(self.app.today)
        doing: dict[Phase, list[tuple[str, str]]] = {
            "nominate": [("N", "nominate"), ("s", "suggestions")],
            "judge": [("J", "judging")],
            "decide": [("P", "programme")],
            "night": [("V", "the night"), ("P", "programme")],
            "over": [("H", "hall of fame")],
        }
        keys = doing.get(phase, [])
        keys += [("g n", "screen")] if look.screens and phase in ("nominate", "screen") else []
        if look.sets:
            keys += [("c", "category"), ("e", "edit")] if phase != "over" else [("n", "new season")]
        others = [("J", "judging"), ("P", "programme"), ("V", "night"), ("H", "hall")]
        return [*keys, *(one for one in others if one[0] not in dict(keys))]

    # --- doing ----------------------------------------------------------------------------------------------

    def _said(self, words: Any) -> None:
        self.reload(said=(str(words), "good"))

    def action_open(self) -> None:
        """Go on with what is under the cursor."""
        draft, category = self.draft, self.category
        if draft is not None and draft.status == DRAFT:
            from salesboard.ui import nominating

            nominating.ask(self, self._said, draft=draft)
        elif draft is not None and draft.status == ASKED:
            self._answer(draft)
        elif category is not None and category.is_judged and self._look and self._look.screens:
            self.action_go("nominations")
        elif self._chosen[0] == "season":
            self.action_edit()

    def _answer(self, draft: Draft) -> None:
        actor, now = self.app.acting, self.app.now()

        def save(words: str) -> str:
            nominations.answer(actor, draft.nomination, words, now=now)
            return "your answer is kept; the nomination waits to be screened"

        title = f"A lead asks: {draft.question}"
        self.show_form(award_forms.words(self.app, title, "The answer", save, verb="answer"), self._said)

    def action_nominate(self) -> None:
        """Nominate somebody, in the category under the cursor."""
        from salesboard.ui import nominating

        one = self.category
        nominating.ask(self, self._said, category=one.id if one and one.is_judged else None)

    def action_suggestions(self) -> None:
        """Whom the year suggests."""
        from salesboard.ui.screens.suggestions import SuggestionsScreen

        self.app.push_screen(SuggestionsScreen(), lambda _: self.reload())

    def action_season(self) -> None:
        """Set up another season."""
        self.ask(
            partial(award_forms.prepare, self.app.today), partial(award_forms.season, self.app), self._said
        )

    def action_category(self) -> None:
        """Add a category to the season."""
        look = self._look
        if look is None or look.season is None:
            self.say("set up a season first: n", "attention")
            return
        season = look.season.id
        self.show_form(award_forms.category(self.app, season), self._said)

    def action_edit(self) -> None:
        """Change the category under the cursor, or else the season."""
        look, one = self._look, self.category
        if look is None or look.season is None:
            return
        found = look.season
        if one is not None:
            self.show_form(award_forms.category(self.app, found.id, one), self._said)
            return
        self.ask(
            partial(award_forms.prepare, self.app.today),
            lambda handles: award_forms.season(self.app, handles, found),
            self._said,
        )
