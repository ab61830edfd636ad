"""The forms about a client: saying thank you, and keeping how the relationship began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from salesboard.domain import accounts, board, company, relations
from salesboard.domain.relations import FirstDateFacts, Relation
from salesboard.domain.text import match_key
from salesboard.errors import Refused
from salesboard.ui.dialogs import optional_text, read_day, told_day
from salesboard.ui.widgets.form import Field, Form

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

Whose = tuple[Literal["account", "deal"], int]
"""An account, or a deal whose account is meant."""
ANSWERS = ("yes", "no")
SAID = {"thanks": "was thanked", "first_date": "has a first date"}
"""What is said of a client when a form has been saved."""


@dataclass(frozen=True)
class Prepared:
    """What a form about an account needs to know before it is shown."""

    account: int
    name: str
    today: date
    relation: Relation | None
    kept: FirstDateFacts | None


def account_of(whose: Whose, now: datetime) -> int:
    """The account itself, or that of the deal; runs at the desk. Refused: a deal without one."""
    kind, identity = whose
    if kind == "account":
        return identity
    deal = board.deal_facts(identity, now)
    if deal.account_id is None:
        raise Refused(f"{deal.card.name} has no account yet: e names one")
    return deal.account_id


def prepare(whose: Whose, now: datetime) -> Prepared:
    """Read what the forms need; runs at the desk."""
    account, today = account_of(whose, now), company.facts().today(now)
    return Prepared(
        account,
        accounts.account_facts(account).name,
        today,
        relations.relation_with(account, today=today),
        relations.first_date_of(account),
    )


def _one_of(choices: tuple[str, ...], what: str) -> Any:
    def read(typed: str) -> str:
        key = match_key(typed)
        close = [one for one in choices if match_key(one).startswith(key)]
        if len(close) != 1 or not key:
            raise Refused(f"{what} is one of {', '.join(choices)}")
        return close[0]

    return read


def thanks(app: SalesboardApp, prepared: Prepared) -> Form:
    """A thank-you: how it was said, when, and in which words."""
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> str:
        relations.say_thanks(actor, prepared.account, values["channel"], now=now, **_but(values, "channel"))
        return prepared.name

    channels = relations.CHANNELS
    fields = [
        Field(
            "channel",
            "By",
            channels[0],
            _one_of(channels, "how it was said"),
            str,
            ", ".join(channels),
            choices=channels,
            needed=True,
        ),
        Field(
            "on",
            "On",
            "today",
            read_day(prepared.today, "day", past=True, needed=True),
            told_day,
            "today, -1, fri, 2026-03-31",
        ),
        Field("words", "Words", "", optional_text("The words", 2000), hint="Thank you for the business"),
    ]
    return Form(f"Thanks to {prepared.name}", fields, desk=app.desk, save=save)


def first_date(app: SalesboardApp, prepared: Prepared) -> Form:
    """How the relationship began; the day of the first sale is known without being typed."""
    actor, now, kept = app.acting, app.now(), prepared.kept
    first_sale = prepared.relation.first_sale_on if prepared.relation else None
    read = read_day(prepared.today, "day", past=True, needed=True)

    def read_first(typed: str, above: Mapping[str, Any]) -> date | None:
        if not typed.strip() and above.get("kind") == "first sale" and first_sale is not None:
            return first_sale
        return read(typed)

    def told(day: date | None) -> str:
        return told_day(day) + (", the first sale" if day == first_sale else "")

    known = kept or FirstDateFacts(0, "kick-off", prepared.today, None, None, None, False, "")
    seen = _but(asdict(known), "id", "author")
    if kept is None:
        seen["on_date"] = None

    def save(values: dict[str, Any]) -> str:
        facts = _but(values, "kind", "on")
        relations.set_first_date(
            actor, prepared.account, values["kind"], values["on"], now=now, seen=seen, **facts
        )
        return prepared.name

    fields = [
        Field(
            "kind",
            "Began with",
            known.kind,
            _one_of(relations.KINDS, "what it began with"),
            str,
            choices=relations.KINDS,
            needed=True,
        ),
        Field(
            "on",
            "On",
            f"{known.on_date}" if kept else "",
            told=told,
            hint="2023-05-10",
            read_after=read_first,
            column="on_date",
        ),
        Field("place", "Where", known.place or "", optional_text("The place"), hint="Graz"),
        Field(
            "attendees", "With", known.attendees or "", optional_text("Who was there", 500), hint="M. Huber"
        ),
        Field(
            "story", "Story", known.story or "", optional_text("The story", 500), hint="a line to remember"
        ),
        Field(
            "pinned",
            "Pinned",
            ANSWERS[not known.pinned],
            lambda typed: _one_of(ANSWERS, "it")(typed) == ANSWERS[0],
            lambda pinned: "no earlier sale moves it" if pinned else "an earlier first sale moves it",
            choices=ANSWERS,
            needed=True,
            typed=lambda pinned: ANSWERS[not pinned],
        ),
    ]
    return Form(f"First date with {prepared.name}", fields, desk=app.desk, save=save, seen=seen)


def _but(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
