"""The forms about all deals that are marked: what is saved is done to each of them, as one act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from salesboard.domain import people, pipeline
from salesboard.domain.text import counted
from salesboard.errors import Refused
from salesboard.ui import bulk, dialogs
from salesboard.ui.bulk import Outcome
from salesboard.ui.dialogs import DISQUALIFIED_REASONS, LOST_REASONS, optional_text, read_day, told_day
from salesboard.ui.widgets.form import Field, Form

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

Deals = Sequence[int]


def lose(app: SalesboardApp, deals: Deals, _: tuple[str, ...]) -> Form:
    """They are lost: why, and when."""
    fields = [
        dialogs.reason_field(LOST_REASONS),
        Field("lost_on", "Lost on", "today", read_day(app.today, "day", past=True, needed=True), told_day),
    ]
    return _form(app, deals, "are lost", fields, "lost", pipeline.lose_deal, verb="lost")


def disqualify(app: SalesboardApp, deals: Deals, _: tuple[str, ...]) -> Form:
    """There is no business to be done with them: why, and when to look again."""
    fields = [
        dialogs.reason_field(DISQUALIFIED_REASONS),
        Field(
            "look_again_on",
            "Look again on",
            "",
            read_day(app.today, "day"),
            lambda day: told_day(day) or "never",
            "+90, 2027-03-31, or nothing: never",
        ),
    ]
    return _form(
        app, deals, "have no business", fields, "disqualified", pipeline.disqualify_deal, verb="disqualify"
    )


def next_step(app: SalesboardApp, deals: Deals, _: tuple[str, ...]) -> Form:
    """What to do next with each of them, and when."""
    fields = [
        Field(
            "next_step", "Next step", "", optional_text("next step"), hint="call, send the proposal, meet …"
        ),
        Field("next_step_on", "When", "", read_day(app.today, "next step"), told_day, "fri, +7, 2026-03-31"),
    ]
    return _form(app, deals, "get a next step", fields, "edited", pipeline.edit_deal)


def note(app: SalesboardApp, deals: Deals, _: tuple[str, ...]) -> Form:
    """The same note on each of them."""
    return _form(app, deals, "get a note", [dialogs.note_field()], "noted", pipeline.add_note)


def edit(app: SalesboardApp, deals: Deals, handles: tuple[str, ...]) -> Form:
    """What can be the same for all of them; what is left empty stays as it is."""

    def owner(typed: str) -> int | None:
        return people.find_person(typed.strip()) if typed.strip() else None

    def change(actor: Any, deal: int, *, now: Any, **values: Any) -> object:
        typed = {name: value for name, value in values.items() if value is not None}
        if not typed:
            raise Refused("nothing was typed")
        return pipeline.edit_deal(actor, deal, now=now, **typed)

    fields = [
        Field("owner", "Owner", "", owner, hint="stays as it is", choices=handles),
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
    return _form(app, deals, "are changed", fields, "edited", change)


def _form(
    app: SalesboardApp,
    deals: Deals,
    becomes: str,
    fields: list[Field],
    kept_as: str,
    act: Callable[..., object],
    *,
    verb: str = "save",
) -> Form:
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> Outcome:
        return bulk.together(actor, kept_as, deals, lambda deal: act(actor, deal, now=now, **values), now=now)

    return Form(f"{counted(len(deals), 'deal')} {becomes}", fields, desk=app.desk, save=save, verb=verb)
