"""Whose board this is: the company, its currency, time zone and fiscal year; the stages of its pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from salesboard import clock
from salesboard.domain import text
from salesboard.domain.permissions import require, writes
from salesboard.errors import NotFound, Refused
from salesboard.storage import database, ledger
from salesboard.storage.ledger import PROGRAM, Actor
from salesboard.storage.models import Account, Company, Deal, DealLine, Person, Product, Stage
from salesboard.storage.prepared import Prepared

TARGET, PROSPECT, OPPORTUNITY, CLIENT, ADVOCATE = KINDS = (
    "target",
    "prospect",
    "opportunity",
    "client",
    "advocate",
)
WON_KINDS = (CLIENT, ADVOCATE)
DEFAULT_CURRENCY = "USD"
DEFAULT_ZONE = "UTC"
LONGEST = 36_500
"""Days for which anything may be asked to wait."""


@dataclass(frozen=True)
class CompanyFacts:
    """What every figure and date of a board depends on."""

    name: str
    currency: str
    """ISO code of the one currency in which all amounts are kept."""
    zone: str
    """Time zone of business dates."""
    fiscal_start: int
    """Month in which the fiscal year begins, 1 to 12."""
    closed_days: int
    """Days for which won deals stay on the board."""

    def today(self, now: datetime) -> date:
        """The business date at an instant."""
        return clock.business_date(now, self.zone)


@dataclass(frozen=True)
class StageFacts:
    """A column of the board."""

    id: int
    kind: str
    name: str
    place: int
    likelihood: int
    """Percent of deals here that are expected to be won."""
    quiet_days: int | None
    """Days without a touch after which a deal here needs attention."""

    @property
    def holds_won(self) -> bool:
        """Whether the deals here are sales."""
        return self.kind in WON_KINDS


FIRST_STAGES = (
    (TARGET, "Target", 5, 30),
    (PROSPECT, "Prospect", 20, 21),
    (OPPORTUNITY, "Opportunity", 50, 14),
    (CLIENT, "Client", 100, None),
    (ADVOCATE, "Advocate", 100, 90),
)


def found(
    *,
    owner: str,
    login: str | None,
    now: datetime,
    name: str = "",
    currency: str = DEFAULT_CURRENCY,
    zone: str = DEFAULT_ZONE,
    fiscal_start: int = 1,
) -> Actor:
    """Set up a new, empty board: the company, the five stages, and its owner as the first admin.

    Refused: an unknown currency or time zone, a month out of 1 to 12, a board that is set up already.
    """
    from salesboard.domain import money, people

    money.minor_digits(currency)
    known_zone(zone)
    _check_month(fiscal_start)
    with ledger.batch(PROGRAM, "opened the board", now=now) as batch, batch.entry() as entry:
        if _COMPANY.first() is not None:
            where = database.current().shown_as
            raise Refused(f"there is a board in {where} already; open it, or name another one")
        entry.insert(
            Company,
            name=text.optional(name, field="company name") or "",
            currency=currency,
            zone=zone,
            fiscal_start=fiscal_start,
        )
        for place, (kind, stage, likelihood, quiet_days) in enumerate(FIRST_STAGES, 1):
            entry.insert(
                Stage,
                kind=kind,
                name=stage,
                key=text.match_key(stage),
                place=place,
                likelihood=likelihood,
                quiet_days=quiet_days,
            )
        cleaned = text.clean_name(owner, field="name")
        person = entry.insert(
            Person,
            handle=people.free_handle(login or cleaned),
            name=cleaned,
            key=text.match_key(cleaned),
            role="admin",
            login=text.optional(login, field="login"),
        )
    return Actor(person.id, person.handle, person.name)


def _check_month(month: int) -> None:
    if not 1 <= month <= 12:
        raise Refused(f"{month} is no month; give the fiscal year's first month, 1 to 12")


def known_zone(zone: str) -> None:
    """Refuse what is no time zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        raise Refused(f"there is no time zone {zone!r}; name one such as Europe/Vienna") from None


_COMPANY = Prepared(lambda: Company.select())
_STAGES = Prepared(
    lambda: Stage.select(
        Stage.id, Stage.kind, Stage.name, Stage.place, Stage.likelihood, Stage.quiet_days
    ).order_by(Stage.place)
)


def facts() -> CompanyFacts:
    """The company's facts."""
    row = _COMPANY.first()
    if row is None:
        raise Refused("this board has not been set up; run 'salesboard init'")
    return CompanyFacts(row.name, row.currency, row.zone, row.fiscal_start, row.closed_days)


@writes("edit company")
def edit_company(
    actor: Actor,
    *,
    now: datetime,
    name: str | None = None,
    currency: str | None = None,
    zone: str | None = None,
    fiscal_start: int | None = None,
    closed_days: int | None = None,
) -> CompanyFacts:
    """Change the company's facts; dates and amounts already kept are not touched.

    Refused: another currency once there are amounts, an unknown zone, a month out of 1 to 12.
    """
    from salesboard.domain import money

    changes: dict[str, object] = {}
    if name is not None:
        changes["name"] = text.optional(name, field="company name") or ""
    if currency is not None:
        money.minor_digits(currency)
        changes["currency"] = currency
    if zone is not None:
        known_zone(zone)
        changes["zone"] = zone
    if fiscal_start is not None:
        _check_month(fiscal_start)
        changes["fiscal_start"] = fiscal_start
    if closed_days is not None:
        if not 1 <= closed_days <= LONGEST:
            raise Refused(f"won deals stay on the board for 1 to {LONGEST:,} days")
        changes["closed_days"] = closed_days
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit company", today=facts().today(now))
        row = Company.get()
        if currency is not None and currency != row.currency and _has_amounts():
            raise Refused(
                f"there are amounts in {row.currency} already; the currency can not change any more"
            )
        entry.subject = row
        entry.update(row, **changes)
    return facts()


def _has_amounts() -> bool:
    amounts = (Deal.value_minor, DealLine.amount_minor, Product.list_price_minor, Account.turnover_minor)
    return any(amount.model.select().where(amount > 0).exists() for amount in amounts)


def stages() -> list[StageFacts]:
    """The columns of the board, from left to right."""
    return [StageFacts(*row) for row in _STAGES.tuples()]


def find_stage(said: str) -> StageFacts:
    """The stage that is called so, or that is of this kind; a unique beginning is enough."""
    key = text.match_key(said)
    known = stages()
    exact = [stage for stage in known if key in (text.match_key(stage.name), stage.kind)]
    close = exact or [
        stage for stage in known if text.match_key(stage.name).startswith(key) or stage.kind.startswith(key)
    ]
    if len(close) == 1 and key:
        return close[0]
    names = ", ".join(stage.name for stage in known)
    raise NotFound(f"there is no stage {said!r}; the stages are {names}")


@writes("edit stages")
def edit_stage(
    actor: Actor,
    stage: int,
    *,
    now: datetime,
    name: str | None = None,
    likelihood: int | None = None,
    quiet_days: int | None = None,
) -> None:
    """Rename a stage, or change its likelihood (percent) or limit of quiet days (0: none); what it is stays.

    Refused: another stage's name.
    """
    changes: dict[str, object] = {}
    if name is not None:
        cleaned = text.clean(name, field="stage name", limit=20)
        changes |= {"name": cleaned, "key": text.match_key(cleaned)}
    if likelihood is not None:
        if not 0 <= likelihood <= 100:
            raise Refused("a likelihood is a percentage, 0 to 100")
        changes["likelihood"] = likelihood
    if quiet_days is not None:
        if not 0 <= quiet_days <= LONGEST:
            raise Refused(f"a limit of quiet days is 0 (none) to {LONGEST:,}")
        changes["quiet_days"] = quiet_days or None
    with ledger.entry(actor, "edited", now=now) as entry:
        require(actor, "edit stages", today=facts().today(now))
        row = Stage.get_or_none(Stage.id == stage)
        if row is None:
            raise NotFound("there is no such stage")
        if "key" in changes and Stage.select().where(Stage.key == changes["key"], Stage.id != stage).exists():
            raise Refused(f"there is a stage {changes['name']} already")
        entry.subject = row
        entry.update(row, **changes)
