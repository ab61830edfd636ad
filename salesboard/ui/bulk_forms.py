"""The forms about all deals that are marked: what is saved is done to each of them, as one act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from salesboard.domain import board, people, pipeline
from salesboard.domain.board import Card
from salesboard.domain.text import counted
from salesboard.errors import Refused
from salesboard.ui import bulk, dialogs
from salesboard.ui.bulk import Outcome
from salesboard.ui.dialogs import optional_text, read_day, told_day
from salesboard.ui.widgets.form import Field, Form

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp


@dataclass(frozen=True)
class Marked:
    """The deals that are marked, as they stood when the form was asked for."""

    cards: dict[int, Card]
    archived: frozenset[int]
    """Those that are put away, and shown because a filter asks for them."""
    handles: tuple[str, ...]
    """Of everybody who may own them."""


def prepare(deals: Sequence[int], today: date) -> Marked:
    """Read what the forms need; runs at the desk."""
    handles = tuple(one.handle for one in people.roster(today) if one.active)
    return Marked(board.cards(deals), board.put_away(deals), handles)


def lose(app: SalesboardApp, marked: Marked) -> Form:
    """They are lost: why, and when."""
    fields = dialogs.lost_fields(app.today)
    return _form(app, marked, "are lost", fields, "lost", pipeline.lose_deal, _as_closed, verb="lost")


def disqualify(app: SalesboardApp, marked: Marked) -> Form:
    """There is no business to be done with them: why, and when to look again."""
    fields, act = dialogs.disqualified_fields(app.today), pipeline.disqualify_deal
    return _form(app, marked, "have no business", fields, "disqualified", act, _as_closed, verb="disqualify")


def next_step(app: SalesboardApp, marked: Marked) -> Form:
    """What to do next with each of them, and when."""
    fields = [
        Field(
            "next_step", "Next step", "", optional_text("next step"), hint="call, send the proposal, meet …"
        ),
        Field("next_step_on", "When", "", read_day(app.today, "next step"), told_day, "fri, +7, 2026-03-31"),
    ]
    return _form(app, marked, "get a next step", fields, "edited", pipeline.edit_deal, _as_edited)


def note(app: SalesboardApp, marked: Marked) -> Form:
    """The same note on each of them."""
    fields = [dialogs.note_field()]
    return _form(app, marked, "get a note", fields, "noted", pipeline.add_note, _as_closed)


def edit(app: SalesboardApp, marked: Marked) -> Form:
    """What can be the same for all of them; what is left empty stays as it is."""

    def owner(typed: str) -> int | None:
        return people.find_person(typed.strip()) if typed.strip() else None

    def change(actor: Any, deal: int, *, now: Any, seen: dict[str, Any], **values: Any) -> object:
        typed = {name: value for name, value in values.items() if value is not None}
        if not typed:
            raise Refused("nothing was typed")
        return pipeline.edit_deal(actor, deal, now=now, seen=seen, **typed)

    fields = [
        Field("owner", "Owner", "", owner, hint="stays as it is", choices=marked.handles),
        Field(
            "expected_on",
            "Expected close",
            "",
            read_day(app.today, "expected close"),
            told_day,
            "stays as it is; fri, eom, +30, 2026-03-31",
        ),
        Field("source", "Source", "", optional_text("source"), hint="stays as it is"),
    ]
    return _form(app, marked, "are changed", fields, "edited", change, _as_edited)


def _form(
    app: SalesboardApp,
    marked: Marked,
    becomes: str,
    fields: list[Field],
    kept_as: str,
    act: Callable[..., object],
    seen: Callable[[Card], dict[str, Any]],
    *,
    verb: str = "save",
) -> Form:
    actor, now, cards = app.acting, app.now(), marked.cards

    def save(values: dict[str, Any]) -> Outcome:
        def one(deal: int) -> object:
            stood = seen(cards[deal]) | {"archived": deal in marked.archived}
            return act(actor, deal, now=now, seen=stood, **values)

        return bulk.together(actor, kept_as, cards, one, now=now)

    return Form(f"{counted(len(cards), 'deal')} {becomes}", fields, desk=app.desk, save=save, verb=verb)


def _as_closed(card: Card) -> dict[str, Any]:
    """How a deal stood for whoever closes it."""
    return {"stage": card.stage_id, "status": card.status}


def _as_edited(card: Card) -> dict[str, Any]:
    """How a deal stood for whoever changes it; what somebody else wrote since is left as it is, and told."""
    fields = {name: getattr(card, name) for name in ("expected_on", "next_step", "next_step_on")}
    return {**fields, "owner": card.owner_id}
