"""The forms of the board: what each asks, how it is read, and what it saves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from salesboard.domain import (
    accounts,
    board,
    company,
    dates,
    history,
    money,
    people,
    pipeline,
    quickadd,
    text,
)
from salesboard.domain.company import CompanyFacts, StageFacts
from salesboard.errors import Gone, Refused
from salesboard.storage import ledger
from salesboard.ui.widgets.form import Doubt, Field, Form

if TYPE_CHECKING:
    from salesboard.ui.app import SalesboardApp

LOST_REASONS = (
    "Price",
    "Went with a competitor",
    "No budget",
    "No decision",
    "Bad timing",
    "Missing feature",
    "No answer",
)
DISQUALIFIED_REASONS = (
    "No need",
    "Too small",
    "No budget",
    "Not our market",
    "Asked us to go away",
    "Out of business",
)


@dataclass(frozen=True)
class Prepared:
    """What a form about a deal needs to know before it is shown."""

    deal: board.DealFacts
    company: CompanyFacts
    today: date
    handles: tuple[str, ...]
    accounts: tuple[str, ...]
    products: dict[str, tuple[int, str]]
    """By match key: id and name."""

    @property
    def seen(self) -> dict[str, Any]:
        """How the deal stood for whoever closes it."""
        card = self.deal.card
        return {"stage": card.stage_id, "status": card.status, "archived": self.deal.archived}

    @property
    def lines(self) -> tuple[pipeline.Line, ...]:
        """What is sold, as it stood."""
        return tuple(
            pipeline.Line(line.product_id, line.quantity, line.amount_minor) for line in self.deal.lines
        )


def prepare(now: datetime, deal: int) -> Prepared:
    """Read what the forms need; runs at the desk."""
    facts = company.facts()
    today = facts.today(now)
    names = quickadd.known(now)
    return Prepared(
        board.deal_facts(deal, now),
        facts,
        today,
        tuple(person.handle for person in people.roster(today) if person.active),
        tuple(name for _, name in names.accounts.values()),
        names.products,
    )


# --- reading what is typed ----------------------------------------------------------------------------------


def _amount(currency: str, *, needed: bool = False) -> Callable[[str], int | None]:
    def read(typed: str) -> int | None:
        if not typed.strip():
            if needed:
                raise Refused("an amount is needed")
            return None
        return money.parse_amount(typed, currency)

    return read


def _told_amount(currency: str) -> Callable[[Any], str]:
    return lambda minor: "" if minor is None else money.format_exact(minor, currency)


def read_day(
    today: date, field: str, *, past: bool = False, needed: bool = False
) -> Callable[[str], date | None]:
    """Reads a day; with `past`, none that is still to come."""

    def read(typed: str) -> date | None:
        if not typed.strip():
            if needed:
                raise Refused("a day is needed")
            return None
        day = dates.parse_day(typed.strip(), today=today, field=field, past=past)
        if past and day > today:
            raise Refused(f"{day} is in the future")
        return day

    return read


def told_day(day: Any) -> str:
    """`Sunday 29 November 2020`."""
    return f"{day:%A} {day.day} {day:%B %Y}" if day else ""


def optional_text(field: str, limit: int = 200) -> Callable[[str], str | None]:
    """Reads text that may be left out, of so many characters at most."""
    return lambda typed: text.optional(typed, field=field, limit=limit)


def _text(field: str, limit: int = 200, multiline: bool = False) -> Callable[[str], str]:
    return lambda typed: text.clean(typed, field=field, limit=limit, multiline=multiline)


def _lines(prepared: Prepared) -> Callable[[str], tuple[pipeline.Line, ...]]:
    """`2 GTX Pro, MG Special` as lines; an amount may follow an equals sign: `2 GTX Pro = 9k`."""

    def read(typed: str) -> tuple[pipeline.Line, ...]:
        found = []
        for part in typed.split(";" if ";" in typed else ","):
            if not (wish := part.strip()):
                continue
            wish, _, amount = (piece.strip() for piece in wish.partition("="))
            count, _, rest = wish.partition(" ")
            quantity, name = (int(count), rest) if count.isascii() and count.isdigit() and rest else (1, wish)
            product = prepared.products.get(text.match_key(name))
            if product is None:
                raise Refused(f"there is no product {name!r}")
            minor = money.parse_amount(amount, prepared.company.currency) if amount else None
            found.append(pipeline.Line(product[0], quantity, minor))
        return tuple(found)

    return read


def _told_lines(prepared: Prepared) -> Callable[[Any], str]:
    names = dict(prepared.products.values())
    return lambda found: " · ".join(f"{line.quantity} × {names[line.product]}" for line in found)


def _lines_as_typed(prepared: Prepared) -> Callable[[Any], str]:
    currency, names = prepared.company.currency, dict(prepared.products.values())

    def typed(lines: Sequence[pipeline.Line]) -> str:
        return "; ".join(
            f"{line.quantity} {names.get(line.product, '?')}"
            + (f" = {money.as_major(line.amount_minor, currency)}" if line.amount_minor is not None else "")
            for line in lines
        )

    return typed


def _as_typed(minor: int | None, currency: str) -> str:
    return "" if minor is None else money.as_major(minor, currency)


def _lines_field(prepared: Prepared) -> Field:
    typed = _lines_as_typed(prepared)
    return Field(
        "lines",
        "Lines",
        typed(prepared.lines),
        _lines(prepared),
        _told_lines(prepared),
        "2 GTX Pro, MG Special",
        typed=typed,
    )


def lost_fields(today: date) -> list[Field]:
    """Why it was lost, and when."""
    when = read_day(today, "day", past=True, needed=True)
    return [_reason_field(LOST_REASONS), Field("lost_on", "Lost on", "today", when, told_day)]


def disqualified_fields(today: date) -> list[Field]:
    """Why there is no business to be done, and when to look again."""
    return [
        _reason_field(DISQUALIFIED_REASONS),
        Field(
            "look_again_on",
            "Look again on",
            "",
            read_day(today, "day"),
            lambda day: told_day(day) or "never",
            "+90, 2027-03-31, or nothing: never",
        ),
    ]


def _reason_field(usual: tuple[str, ...]) -> Field:
    hint = ", ".join(usual[:4]) + " …"
    return Field("reason", "Why", "", _text("reason"), hint=hint, choices=usual, needed=True)


def note_field() -> Field:
    """What one notes, in several lines."""
    read = _text("note", pipeline.LONGEST_NOTE, multiline=True)
    return Field("note", "Note", "", read, long=True, needed=True)


Save = Callable[[dict[str, Any]], Any]


def _or_brought_back(app: SalesboardApp, deal: int, save: Save) -> Save:
    """Saves; where somebody has put the deal away meanwhile, offers to bring it back and save then."""
    actor, now = app.acting, app.now()

    def brought_back(values: dict[str, Any]) -> Any:
        with ledger.batch(actor, "brought back", now=now):
            history.bring_back(actor, deal, now=now)
            return save(values)

    def saved(values: dict[str, Any]) -> Any:
        try:
            return save(values)
        except Gone as gone:
            ways = "Ctrl+s brings it back and saves this, Ctrl+o copies what you typed, Esc leaves"
            raise Doubt(f"{gone}. {ways}.", partial(brought_back, values)) from None

    return saved


# --- forms --------------------------------------------------------------------------------------------------


def new(app: SalesboardApp, names: quickadd.Known, stage: StageFacts | None) -> Form:
    """A new deal in one line; without a stage it starts in the column one looks at."""
    actor, now = app.acting, app.now()

    def read(typed: str) -> quickadd.Wish:
        return quickadd.understand(typed, names)

    def save(values: dict[str, Any]) -> int:
        wish: quickadd.Wish = values["line"]
        if wish.stage is None and stage is not None:
            from dataclasses import replace

            wish = replace(wish, stage=stage)
        return quickadd.add(actor, wish, now=now)

    where = f" in {stage.name}" if stage else ""
    line = Field(
        "line",
        "Deal",
        read=read,
        told=lambda wish: wish.told(names.currency),
        hint="Hofer / renewal 12k fri @mia #referral",
        needed=True,
    )
    return Form(f"New deal{where}", [line], desk=app.desk, save=save, verb="add")


def win(app: SalesboardApp, prepared: Prepared) -> Form:
    """The deal is won: day, amount, lines."""
    deal, currency = prepared.deal, prepared.company.currency
    actor, now = app.acting, app.now()
    seen = prepared.seen | {"value_minor": deal.card.value_minor, "lines": prepared.lines}

    def save(values: dict[str, Any]) -> None:
        changed = values["lines"] if values["lines"] != seen["lines"] else None
        pipeline.win_deal(
            actor,
            deal.card.id,
            won_on=values["won_on"],
            value_minor=values["value"],
            lines=changed,
            seen=seen,
            now=now,
        )

    fields = [
        Field(
            "value",
            "Amount",
            _as_typed(deal.card.value_minor, currency),
            _amount(currency, needed=True),
            _told_amount(currency),
            "12k",
            column="value_minor",
            typed=lambda minor: _as_typed(minor, currency),
        ),
        Field(
            "won_on",
            "Won on",
            "today",
            read_day(prepared.today, "day of the sale", past=True, needed=True),
            told_day,
            "today, fri, -3, 2026-03-31",
        ),
        _lines_field(prepared),
    ]
    saving = _or_brought_back(app, deal.card.id, save)
    return Form(f"{deal.card.name} is won", fields, desk=app.desk, save=saving, verb="won", seen=seen)


def lose(app: SalesboardApp, prepared: Prepared) -> Form:
    """The deal is lost: why, and when."""
    deal, seen = prepared.deal, prepared.seen
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> None:
        pipeline.lose_deal(actor, deal.card.id, **values, seen=seen, now=now)

    fields, saving = lost_fields(prepared.today), _or_brought_back(app, deal.card.id, save)
    return Form(f"{deal.card.name} is lost", fields, desk=app.desk, save=saving, verb="lost", seen=seen)


def disqualify(app: SalesboardApp, prepared: Prepared) -> Form:
    """There is no business to be done: why, and when to look again."""
    deal, seen = prepared.deal, prepared.seen
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> None:
        pipeline.disqualify_deal(actor, deal.card.id, **values, seen=seen, now=now)

    fields = disqualified_fields(prepared.today)
    title, saving = f"No business with {deal.card.name}", _or_brought_back(app, deal.card.id, save)
    return Form(title, fields, desk=app.desk, save=saving, verb="disqualify", seen=seen)


def edit(app: SalesboardApp, prepared: Prepared) -> Form:
    """The deal's facts; what somebody else changed meanwhile is not overwritten."""
    deal, currency, card = prepared.deal, prepared.company.currency, prepared.deal.card
    actor, now = app.acting, app.now()
    seen = {
        "title": card.title,
        "account": deal.account_id,
        "owner": card.owner_id,
        "value_minor": card.value_minor,
        "expected_on": card.expected_on,
        "source": deal.source,
        "reason": deal.reason,
        "closed_on": card.closed_on,
        "archived": deal.archived,
        "lines": prepared.lines,
    }

    def save(values: dict[str, Any]) -> None:
        with ledger.batch(actor, "edited", now=now):
            changes = {
                "title": values["title"],
                "value_minor": values["value"],
                "expected_on": values["expected_on"],
                "source": values["source"],
                "owner": people.find_person(values["owner"]),
                "account": _account_id(values["account"]),
            }
            if "reason" in values:
                changes |= {"reason": values["reason"], "closed_on": values["closed_on"]}
            elif "closed_on" in values:
                changes["closed_on"] = values["closed_on"]
            differing = {name: value for name, value in changes.items() if value != seen[name]}
            if differing:
                pipeline.edit_deal(actor, card.id, now=now, seen=seen, **differing)
            if values["lines"] != seen["lines"]:
                pipeline.set_lines(actor, card.id, values["lines"], now=now, seen=seen)

    def _account_id(name: str | None) -> int | None:
        if not name:
            return None
        return accounts.find_account(name) or accounts.add_account(actor, name, now=now)

    fields = [
        Field("title", "Title", card.title, _text("title"), needed=True),
        Field("account", "Account", card.account or "", optional_text("account"), choices=prepared.accounts),
        Field(
            "value",
            "Value" + (" (estimate)" if card.estimated else ""),
            _as_typed(card.value_minor, currency),
            _amount(currency),
            _told_amount(currency),
            "12k",
            column="value_minor",
            typed=lambda minor: _as_typed(minor, currency),
        ),
        Field("owner", "Owner", card.owner, _text("owner"), choices=prepared.handles, needed=True),
        Field(
            "expected_on",
            "Expected close",
            f"{card.expected_on or ''}",
            read_day(prepared.today, "expected close"),
            told_day,
            "fri, eom, +30, 2026-03-31",
        ),
        _lines_field(prepared),
        Field("source", "Source", deal.source or "", optional_text("source")),
    ]
    if card.status != pipeline.OPEN:
        fields.append(
            Field(
                "closed_on",
                f"{card.status.capitalize()} on",
                f"{card.closed_on}",
                read_day(prepared.today, "day", past=True, needed=True),
                told_day,
            )
        )
    if card.status in (pipeline.LOST, pipeline.DISQUALIFIED):
        fields.append(Field("reason", "Why", deal.reason or "", _text("reason"), needed=True))
    saving = _or_brought_back(app, card.id, save)
    return Form(f"Edit {card.name}", fields, desk=app.desk, save=saving, seen=seen)


def next_step(app: SalesboardApp, prepared: Prepared) -> Form:
    """What to do next, and when."""
    card = prepared.deal.card
    actor, now = app.acting, app.now()
    seen = {
        "next_step": card.next_step,
        "next_step_on": card.next_step_on,
        "archived": prepared.deal.archived,
    }

    def save(values: dict[str, Any]) -> None:
        pipeline.edit_deal(
            actor,
            card.id,
            now=now,
            seen=seen,
            next_step=values["step"],
            next_step_on=values["on"],
        )

    fields = [
        Field(
            "step",
            "Next step",
            card.next_step or "",
            optional_text("next step"),
            hint="call, send the proposal, meet …",
            column="next_step",
        ),
        Field(
            "on",
            "When",
            f"{card.next_step_on or ''}",
            read_day(prepared.today, "next step"),
            told_day,
            "fri, +7, 2026-03-31",
            column="next_step_on",
        ),
    ]
    saving = _or_brought_back(app, card.id, save)
    return Form(f"Next step with {card.name}", fields, desk=app.desk, save=saving, seen=seen)


def note(app: SalesboardApp, prepared: Prepared) -> Form:
    """A note on the deal."""
    card = prepared.deal.card
    actor, now = app.acting, app.now()

    def save(values: dict[str, Any]) -> bool:
        pipeline.add_note(actor, card.id, values["note"], now=now, seen=prepared.seen)
        return True

    saving = _or_brought_back(app, card.id, save)
    return Form(f"Note on {card.name}", [note_field()], desk=app.desk, save=saving)
