"""The forms of a season of awards: its dates, its categories, and words that go with a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from salesboard.domain import company, dates, people
from salesboard.domain.awards import categories, seasons
from salesboard.domain.awards.categories import METRICS, TEMPLATES, WITHOUT_CRITERIA, CategoryFacts
from salesboard.domain.awards.seasons import SeasonFacts
from salesboard.domain.text import clean, match_key, optional
from salesboard.errors import Refused
from salesboard.ui.dialogs import optional_text, told_day
from salesboard.ui.widgets.form import Field, Form

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

PHASE_FIELDS = (
    ("nominate_on", "Nominate from"),
    ("nominate_until", "Nominate until"),
    ("screen_until", "Screen until"),
    ("judge_until", "Judge until"),
    ("decide_until", "Decide until"),
    ("start_on", "Year from"),
    ("end_on", "Year until"),
)
FOR_WHOM = ("people", "teams")
SHOWN = (
    "name",
    "description",
    "of_teams",
    "winners",
    "quorum",
    "most_nominations",
    "least_months",
    "leads_may_win",
)
"""What the form of a category shows of one that is there."""
NUMBERS = (
    ("winners", "Winners", "winners", "1"),
    ("quorum", "Judges needed", "quorum", "1"),
    ("most", "Nominations by each", "most_nominations", "3"),
    ("months", "Months needed", "least_months", "6"),
)
"""Numbers of a category: the field, its label, how it is kept, and the usual one."""
WITHOUT_POINTS = (*METRICS, *WITHOUT_CRITERIA)
"""How winners are found, other than by criteria."""


def prepare(today: date) -> tuple[str, ...]:
    """The handles of everybody who may be the host; runs at the desk."""
    return tuple(one.handle for one in people.roster(today) if one.active)


def season(app: SalesboardApp, handles: tuple[str, ...], known: SeasonFacts | None = None) -> Form:
    """A new season, or another one's dates, place and host."""
    actor, now, today = app.acting, app.now(), app.today
    assert app.company is not None
    fiscal_start = app.company.fiscal_start

    def day(typed: str) -> date:
        return dates.parse_day(typed.strip(), today=today, field="day", fiscal_start=fiscal_start)

    def usual(name: str) -> Callable[[str, Mapping[str, Any]], date | None]:
        def read(typed: str, above: Mapping[str, Any]) -> date | None:
            if typed.strip():
                return day(typed)
            night = above.get("night_on")
            return None if night is None else seasons.usual_dates(night, fiscal_start)[name]

        return read

    shown = ("night_on", "night_at", "name", "place", "host", *(name for name, _ in PHASE_FIELDS))
    seen = {name: getattr(known, name) for name in shown} if known else None

    def save(values: dict[str, Any]) -> str:
        host = people.find_person(values["host"]) if values["host"] else None
        facts = {name: value for name, value in values.items() if name not in ("host", "night_on")}
        facts = {name: value for name, value in facts.items() if value is not None}
        if known is None:
            made = seasons.add_season(actor, values["night_on"], now=now, host=host, **facts)
            return seasons.season(made).countdown(company.facts().today(now))
        facts["place"] = values["place"] or ""
        seasons.edit_season(
            actor, known.id, now=now, night_on=values["night_on"], host=host, seen=seen, **facts
        )
        return seasons.season(known.id).countdown(company.facts().today(now))

    def was(name: str) -> str:
        return str(getattr(known, name) or "") if known else ""

    fields = [
        Field("night_on", "The night", was("night_on"), day, told_day, "2026-12-22, +40", needed=True),
        Field("night_at", "Begins at", was("night_at") or seasons.NIGHT_AT, needed=True, hint="19:00"),
        Field("name", "Name", was("name"), optional_text("The name", 60), hint="Awards Night 2026"),
        Field("place", "Place", was("place"), optional_text("The place")),
        Field(
            "host",
            "Host",
            (known.host_name or "") if known else "",
            choices=handles,
            hint="who leads through it",
        ),
        *(
            Field(name, label, was(name), read_after=usual(name), told=told_day, hint="the usual day")
            for name, label in PHASE_FIELDS
        ),
    ]
    title = f"Edit {known.name}" if known else "A season of awards"
    return Form(title, fields, desk=app.desk, save=save, seen=seen)


def category(app: SalesboardApp, season: int, known: CategoryFacts | None = None) -> Form:
    """A category from a template, or with its own criteria or metric; or what is to change of one."""
    actor, now = app.acting, app.now()

    def template(typed: str) -> str | None:
        key = match_key(typed)
        if not key:
            return None
        close = [name for name in TEMPLATES if match_key(name).startswith(key)]
        if len(close) != 1:
            raise Refused(f"one of {', '.join(TEMPLATES)}, or nothing")
        return close[0]

    def judged_by(typed: str) -> dict[str, Any]:
        wish = typed.strip()
        if not wish:
            return {}
        if not any(character.isdigit() for character in wish):
            close = [one for one in WITHOUT_POINTS if wish.casefold() in one]
            if len(close) != 1:
                raise Refused(f"criteria such as Results 60, Care 40, or one of {', '.join(WITHOUT_POINTS)}")
            return {"metric" if close[0] in METRICS else "way": close[0]}
        criteria = categories.criteria_from(wish)
        whole = sum(weight for _, weight in criteria)
        if whole != categories.WHOLE:
            raise Refused(f"the weights sum to {whole}; they have to sum to {categories.WHOLE}")
        return {"criteria": criteria}

    def whole_number(typed: str) -> int | None:
        wish = typed.strip()
        if wish and not (wish.isascii() and wish.isdigit() and len(wish) < 4):
            raise Refused("a number")
        return int(wish) if wish else None

    seen: dict[str, Any] | None = None
    if known is not None:
        seen = {name: getattr(known, name) for name in SHOWN} | {"judged_by": _by(known)}

    def save(values: dict[str, Any]) -> str:
        facts = {
            "name": values["name"],
            "description": values["description"],
            "winners": values["winners"],
            "quorum": values["quorum"],
            "most_nominations": values["most"],
            "least_months": values["months"],
            "leads_may_win": values["leads"],
        }
        facts = {name: value for name, value in facts.items() if value is not None}
        facts |= values["by"]
        if values["for"] is not None:
            facts["of_teams"] = values["for"]
        if known is not None:
            facts["description"] = values["description"] or ""
            categories.edit_category(actor, known.id, now=now, seen=seen, **facts)
            return f"{values['name'] or known.name} is changed"
        made = categories.add_category(actor, season, now=now, template=values["template"], **facts)
        return f"{categories.category(made).name} is added"

    def for_whom(typed: str) -> bool | None:
        wish = match_key(typed)
        if not wish:
            return None
        if not any(one.startswith(wish) for one in FOR_WHOM):
            raise Refused("people, or teams")
        return "teams".startswith(wish)

    def leads(typed: str) -> bool | None:
        wish = match_key(typed)
        if not wish:
            return None
        if wish not in ("yes", "no", "y", "n"):
            raise Refused("yes, or no")
        return wish.startswith("y")

    first = (
        []
        if known
        else [
            Field(
                "template",
                "Template",
                "",
                template,
                told=_told_template,
                hint=", ".join(list(TEMPLATES)[:4]) + " …",
                choices=tuple(TEMPLATES),
            )
        ]
    )
    fields = [
        *first,
        Field("name", "Name", known.name if known else "", optional_text("The name", 60)),
        Field(
            "description",
            "What for",
            (known.description or "") if known else "",
            lambda typed: optional(typed, field="The description", limit=500),
        ),
        Field(
            "by",
            "Judged by",
            _by(known) if known else "",
            judged_by,
            told=_told_by,
            hint="Results 60, Care 40; or most revenue",
            choices=WITHOUT_POINTS,
            column="judged_by",
        ),
        Field(
            "for",
            "For",
            ("teams" if known.of_teams else "people") if known else "",
            for_whom,
            choices=FOR_WHOM,
            hint="people",
            column="of_teams",
            typed=lambda of_teams: FOR_WHOM[of_teams],
        ),
        *(
            Field(
                name,
                label,
                str(getattr(known, column)) if known else "",
                whole_number,
                hint=usual,
                column=column,
            )
            for name, label, column, usual in NUMBERS
        ),
        Field(
            "leads",
            "Leads may win",
            ("yes" if known.leads_may_win else "no") if known else "",
            leads,
            hint="yes",
            column="leads_may_win",
            typed=lambda may: "yes" if may else "no",
        ),
    ]
    title = f"Edit {known.name}" if known else "A category"
    return Form(title, fields, desk=app.desk, save=save, seen=seen)


def _by(known: CategoryFacts) -> str:
    return known.judged_by() if known.is_judged else str(known.metric)


def _told_template(name: str | None) -> str:
    if name is None:
        return ""
    found = TEMPLATES[name]
    by = (
        categories.in_words(found.metric)
        if found.metric
        else ", ".join(f"{n} {w}" for n, w in found.criteria)
    )
    return f"{found.description} {by}"


def _told_by(by: Mapping[str, Any]) -> str:
    if "way" in by:
        return categories.HOW[by["way"]]
    return "computed from the sales" if "metric" in by else ""


def words(
    app: SalesboardApp, title: str, label: str, save: Callable[[str], Any], *, verb: str, start: str = ""
) -> Form:
    """Words that go with a decision."""
    field = Field(
        "words",
        label,
        start,
        lambda typed: clean(typed, field=label, limit=2000, multiline=True),
        long=True,
        needed=True,
    )
    return Form(title, [field], desk=app.desk, save=lambda values: save(values["words"]), verb=verb)
