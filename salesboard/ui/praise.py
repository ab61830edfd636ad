"""The form in which one says well done for what one looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from salesboard.domain import people, recognition
from salesboard.domain.recognition import LONGEST, Fact
from salesboard.domain.text import clean
from salesboard.ui.screens.asking import DeskScreen
from salesboard.ui.widgets.form import Field, Form


@dataclass(frozen=True)
class Prepared:
    """What the form needs to know."""

    fact: Fact
    handles: dict[int, str]
    """Of everybody who is active."""


def _prepare(fact: str, today: date) -> Prepared:
    handles = {one.id: one.handle for one in people.roster(today) if one.active}
    return Prepared(recognition.find_fact(fact, today=today), handles)


def ask(screen: DeskScreen, fact: str, then: Callable[[str], None]) -> None:
    """Ask for kudos for a fact and keep them; `then` is told what was done."""
    app = screen.app
    actor, now = app.acting, app.now()

    def form(prepared: Prepared) -> Form:
        whose = prepared.fact.person
        mine = whose is None or whose == actor.id
        fields = [
            Field(
                "words",
                "Well done",
                read=lambda typed: clean(typed, field="The words", limit=LONGEST),
                hint="what was good about it",
                needed=True,
            ),
            Field(
                "person",
                "To",
                "" if mine else prepared.handles.get(whose or 0, ""),
                hint="whoever did it",
                choices=tuple(prepared.handles.values()),
                needed=True,
            ),
        ]

        def save(values: dict[str, Any]) -> str:
            person = people.find_person(values["person"])
            recognition.give_kudos(actor, person, fact, values["words"], now=now)
            return f"{prepared.handles.get(person, 'they')} has your kudos for {prepared.fact.what}"

        return Form(f"Kudos for {prepared.fact.what}", fields, desk=app.desk, save=save, verb="give")

    screen.ask(partial(_prepare, fact, app.today), form, then)
