"""The form in which one nominates: for which category, whom, why, and which facts stand behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label

from salesboard.domain import people, recognition
from salesboard.domain.awards import categories, evidence, nominations, seasons
from salesboard.domain.awards.categories import CategoryFacts
from salesboard.domain.awards.evidence import Fact
from salesboard.domain.awards.nominations import LEAST_REASON, LONGEST_REASON, Draft
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.records import Record
from salesboard.domain.text import match_key, optional
from salesboard.errors import Clash, Refused, SalesboardError
from salesboard.storage.ledger import Actor
from salesboard.ui import bars
from salesboard.ui.desk import Desk
from salesboard.ui.goal_typing import found_in
from salesboard.ui.plain import plain
from salesboard.ui.screens.asking import DeskScreen
from salesboard.ui.widgets.form import Field, Form
from salesboard.ui.widgets.rows import Rows
from salesboard.ui.widgets.sheet import Line

Nominee = tuple[int | None, int | None, str]
"""A person or a team, and the name."""
ANSWERS = ("yes", "no")


@dataclass(frozen=True)
class Prepared:
    """What the form needs to know."""

    season: SeasonFacts
    categories: dict[str, CategoryFacts]
    """Those that are judged, by match key."""
    people: dict[str, tuple[int, str]]
    """By match key of handle and name: id and name; without whoever nominates."""
    teams: dict[str, tuple[int, str]]
    whom: str
    """Who is meant, if what one looks at is somebody's."""
    about: tuple[str, ...]
    """Facts that are ticked from the start."""
    wanted: int | None = None
    """The category one has chosen already."""
    draft: Draft | None = None
    handles: tuple[str, ...] = field(default=())


def _prepare(
    actor: Actor, today: date, about: str, wanted: int | None, draft: Draft | None, whom: str
) -> Prepared:
    season = seasons.find_season(None, today=today)
    seasons.require_phase(season, today, "nominate", what="nominating")
    judged = [one for one in categories.categories(season.id) if one.is_judged]
    if not judged:
        raise Refused(f"{season.name} has no category yet in which somebody is nominated")
    everybody = [one for one in people.roster(today) if one.id != actor.id]
    facts: tuple[str, ...] = ()
    if draft is not None:
        facts, whom = draft.evidence, draft.name
    elif about and (known := _attachable(about, season, today)) is not None:
        facts = (known.key or known.words,)
    if about and not whom:
        owner = _owner_of(about, today)
        whom = next((one.handle for one in everybody if one.id == owner), "")
    names = {match_key(one.handle): (one.id, one.name) for one in everybody}
    names |= {match_key(one.name): (one.id, one.name) for one in everybody}
    teams = {match_key(one.name): (one.id, one.name) for one in people.tree()}
    return Prepared(
        season,
        {match_key(one.name): one for one in judged},
        names,
        teams,
        whom if draft is not None or match_key(whom) in names | teams else "",
        facts,
        draft.category if draft else wanted,
        draft,
        tuple(one.handle for one in everybody if one.active),
    )


def _attachable(said: str, season: SeasonFacts, today: date) -> Fact | None:
    """A fact, unless it is no evidence, such as a deal that is open."""
    try:
        return evidence.known(said, season, today=today)
    except Refused:
        return None


def _owner_of(about: str, today: date) -> int | None:
    if about.startswith(f"{evidence.ACCOUNT}:"):
        from salesboard.domain import relations

        found = relations.relation_with(int(about.partition(":")[2]), today=today)
        return found.owner_id if found is not None else None
    return recognition.find_fact(about, today=today).person


def of_record(record: Record) -> str:
    """A record as what a nomination is about; one of a product's units is no evidence by itself."""
    return recognition.record_key(record) if record.key.product is None else ""


class Facts(Rows):
    """Facts to tick."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space,x", "tick", "Tick", id="form.tick", tooltip="Attach the fact as evidence, or leave it"
        ),
    ]

    def action_tick(self) -> None:
        """Attach the fact under the cursor, or leave it."""
        form = self.screen
        if isinstance(form, NominationForm) and isinstance(self.chosen, str):
            form.tick(self.chosen)


class NominationForm(Form):
    """A form with facts of the nominee to tick beneath its fields."""

    DEFAULT_CSS = """
    NominationForm {
        #sheet { width: 92; }
        #fields Horizontal.-long { height: 5; }
        TextArea { height: 5; }
        #facts-heading { color: $card-dim; width: 100%; height: 1; }
        #facts { height: 5; padding: 0; }
    }
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        *,
        desk: Desk,
        save: Callable[[dict[str, Any], Sequence[str]], Any],
        verb: str,
        offer: Callable[[Nominee], Sequence[Fact]],
        ticked: Sequence[str],
        today: date,
        seen: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            title, fields, desk=desk, save=lambda values: save(values, self.ticked), verb=verb, seen=seen
        )
        self._offer = offer
        self._ticked = dict.fromkeys(ticked)
        self._offered: Sequence[Fact] = ()
        self._today = today
        self._of: Nominee | None = None

    @property
    def ticked(self) -> list[str]:
        """The facts that are attached, as keys, or plain words."""
        return list(self._ticked)

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Label(plain(self.called), id="heading")
            with VerticalScroll(id="fields", can_focus=False):
                for each in self._fields.values():
                    with Horizontal(id=f"{each.name}-row", classes="-long" if each.long else ""):
                        yield Label(Content(each.label), classes="label")
                        yield self._typing(each)
                    yield Label(Content(""), id=f"{each.name}-said", classes="said")
            yield Label(Content(""), id="facts-heading")
            yield Facts(id="facts")
            yield Label(Content(""), id="trouble")
            yield Label(Content(self._keys()), id="keys")

    def _keys(self) -> str:
        return f"Tab next · → completes · Space ticks a fact · Ctrl+s {self._verb} · Esc cancel"

    def on_resize(self) -> None:
        rows = max(3, min(10, self.size.height - 20))
        self.query_one("#facts").styles.height = rows
        self.query_one("#fields").styles.max_height = max(6, self.size.height - 9 - rows)
        self.call_after_refresh(self._look)
        self.call_after_refresh(self._show_facts)

    def _look(self) -> tuple[dict[str, Any], str | None]:
        values, wrong = super()._look()
        whom: Nominee | None = values.get("whom")
        if whom is not None and whom != self._of:
            self._of = whom
            self.run_worker(self._have_offered(whom), group="facts", exclusive=True)
        return values, wrong

    async def _have_offered(self, whom: Nominee) -> None:
        try:
            self._offered = await self._desk.ask(partial(self._offer, whom))
        except SalesboardError:
            self._offered = ()
        if self.is_attached:
            self._show_facts()

    def tick(self, key: str) -> None:
        """Attach a fact, or leave it."""
        if key in self._ticked:
            del self._ticked[key]
        else:
            self._ticked[key] = None
        self._sure_to_leave = False
        self._show_facts()

    def _columns(self) -> dict[str, str]:
        return {**super()._columns(), "evidence": "Evidence"}

    def take(self, one: Clash) -> None:
        """Put somebody else's value in place of what was typed, or ticked."""
        if one.field == "evidence":
            self._ticked = dict.fromkeys(one.theirs)
            self._show_facts()
        else:
            super().take(one)

    def _show_facts(self) -> None:
        own = {one.key or one.words for one in self._offered}
        others = [Fact(None, words) for words in self._ticked if words not in own]
        rows: list[tuple[str | None, Line]] = [self._row(one) for one in (*self._offered, *others)]
        name = self._of[2] if self._of else ""
        heading = f"Evidence: {len(self._ticked)} ticked" + (f", facts of {name}" if name else "")
        self.query_one("#facts-heading", Label).update(plain(heading))
        nothing: Line = [("dim", " nothing of the award year to tick yet; write it in the reason")]
        self.query_one("#facts", Facts).show_rows(rows or [(None, nothing)])

    def _row(self, one: Fact) -> tuple[str, Line]:
        key = one.key or one.words
        on = bars.day(one.on, self._today) if one.on else ""
        ticked = key in self._ticked
        return key, [
            ("good" if ticked else "dim", " [x] " if ticked else " [ ] "),
            ("text", one.words),
            (">", ""),
            ("money", one.amount),
            ("dim", f" {on:>11}"),
        ]


def form(actor: Actor, prepared: Prepared, now: Any, desk: Desk, today: date) -> NominationForm:
    """A nomination, or a draft of one."""
    draft = prepared.draft
    chosen = next((one for one in prepared.categories.values() if one.id == prepared.wanted), None)

    def category(typed: str) -> CategoryFacts:
        key = match_key(typed)
        close = [one for own, one in prepared.categories.items() if key and own.startswith(key)]
        exact = prepared.categories.get(key)
        if exact is None and len(close) != 1:
            names = ", ".join(one.name for one in prepared.categories.values())
            raise Refused(f"one of {names}")
        return exact or close[0]

    def whom(typed: str, above: Mapping[str, Any]) -> Nominee:
        wanted: CategoryFacts | None = above.get("category")
        if wanted is not None and wanted.of_teams:
            team, name = found_in(prepared.teams, typed, "team")
            return None, team, name
        person, name = found_in(prepared.people, typed, "person")
        return person, None, name

    def reason(typed: str) -> str:
        return optional(typed, field="The reason", limit=LONGEST_REASON, multiline=True) or ""

    def length(said: str) -> str:
        missing = LEAST_REASON - len(" ".join(said.split()))
        return f"{missing} characters to go" if missing > 0 else "long enough"

    def yes(typed: str) -> bool:
        wish = match_key(typed)
        if not wish or not any(one.startswith(wish) for one in ANSWERS):
            raise Refused("yes, or no")
        return "yes".startswith(wish)

    seen = {"reason": draft.reason, "evidence": draft.evidence} if draft else {}

    def save(values: dict[str, Any], ticked: Sequence[str]) -> str:
        person, team, name = values["whom"]
        wanted: CategoryFacts = values["category"]
        if draft is not None and (draft.category, draft.person, draft.team) != (wanted.id, person, team):
            raise Refused("a draft stays in its category and with its nominee; begin another one")
        facts = list(ticked)
        if draft is not None:
            nominations.edit_draft(
                actor, draft.voice, now=now, reason=values["reason"], evidence=facts, seen=seen
            )
            # Kept, though it may not be good enough yet to be submitted.
            seen.update(reason=values["reason"], evidence=tuple(facts))
            if values["submit"]:
                nominations.submit(actor, draft.voice, now=now)
        elif values["submit"]:
            nominations.nominate(
                actor, wanted.id, values["reason"], now=now, person=person, team=team, evidence=facts
            )
        else:
            nominations.draft_nomination(
                actor,
                wanted.id,
                now=now,
                person=person,
                team=team,
                reason=values["reason"],
                evidence=facts,
            )
        if values["submit"]:
            return f"{name} is nominated in {wanted.name}"
        return f"a draft for {name} in {wanted.name} is kept: g w shows it"

    fields = [
        Field(
            "category",
            "Category",
            chosen.name if chosen else "",
            category,
            told=lambda one: f"{one.name}: {one.description}" if one.description else one.name,
            hint=", ".join(one.name for one in prepared.categories.values()),
            choices=tuple(one.name for one in prepared.categories.values()),
            needed=True,
        ),
        Field(
            "whom",
            "Whom",
            prepared.whom,
            read_after=whom,
            told=lambda one: one[2],
            hint=prepared.handles[0] if prepared.handles else "",
            choices=(*prepared.handles, *(name for _, name in prepared.teams.values())),
            needed=True,
        ),
        Field("reason", "Why", draft.reason if draft else "", reason, told=length, long=True),
        Field(
            "submit",
            "Submit",
            "yes",
            yes,
            told=lambda sure: "" if sure else "a draft that only you see",
            hint="no keeps a draft",
            choices=ANSWERS,
            needed=True,
        ),
    ]
    return NominationForm(
        f"Nominate for {prepared.season.name}",
        fields,
        desk=desk,
        save=save,
        verb="nominate",
        offer=lambda of: evidence.offered(
            prepared.season, today=today, person=of[0], team=of[1], extra=prepared.about
        ),
        ticked=prepared.about,
        today=today,
        seen=seen,
    )


def ask(
    screen: DeskScreen,
    then: Callable[[str], None],
    *,
    about: str = "",
    category: int | None = None,
    draft: Draft | None = None,
    whom: str = "",
) -> None:
    """Ask for a nomination and keep it; `then` is told what was done."""
    app = screen.app
    actor, now, today = app.acting, app.now(), app.today
    screen.ask(
        partial(_prepare, actor, today, about, category, draft, whom),
        lambda prepared: form(actor, prepared, now, app.desk, today),
        then,
    )
