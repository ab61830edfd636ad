"""What single deals would do for goals: what one brings if won, and which would repair what is behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import fn

from salesboard.domain import company
from salesboard.domain.gains import Metric, Scope
from salesboard.domain.known import Term, terms, was_in
from salesboard.domain.ladders import percent
from salesboard.domain.pipeline import OPEN, WON
from salesboard.domain.standings import GoalStanding
from salesboard.storage.models import Account, Deal, DealLine

MOST = 3
"""So many deals are named that would repair a goal."""
LOOKED_AT = 200
"""Of so many open deals, the largest, these are chosen."""


@dataclass(frozen=True)
class Contribution:
    """What a deal would bring to a goal if it were won now."""

    standing: GoalStanding
    amount: int
    of_milestone: float | None
    """In percent of what the next milestone asks for; None where there is no next one."""
    of_target: float
    """In percent of the target."""


@dataclass(frozen=True)
class Repair:
    """An open deal that would bring a goal nearer to its next milestone."""

    deal: int
    name: str
    amount: int
    """Minor units, or a count."""
    likelihood: int
    """Of its stage, in percent."""


def contributions(deal: int, found: Iterable[GoalStanding]) -> list[Contribution]:
    """What an open deal would bring to each running goal it counts for, its owner's own goals first."""
    row = Deal.get_or_none(Deal.id == deal)
    if row is None or row.status != OPEN:
        return []
    members = terms()
    told: list[Contribution] = []
    for one in found:
        if one.is_over or one.goal.start_on > one.today:
            continue
        if not _counts(one.goal.scope, row.owner_id, one.today, members):
            continue
        amount = _brings(row, one.goal.metric, one.goal.product)
        if not amount:
            continue
        following = one.following
        told.append(
            Contribution(
                one,
                amount,
                percent(amount, following.facts.rung.threshold) if following else None,
                percent(amount, one.target),
            )
        )
    return sorted(
        told, key=lambda one: (one.standing.goal.scope.person is None, one.standing.goal.scope.team is None)
    )


def repairs(one: GoalStanding, *, most: int = MOST) -> list[Repair]:
    """The open deals of a goal's people that would help most towards its next milestone.

    First what brings most, times its likelihood; of a great many only the largest are looked at. None where
    nothing is missing. A deal without a value brings no revenue yet.
    """
    following = one.following
    if following is None or following.standing.missing == 0:
        return []
    members = terms()
    likely = {stage.id: stage.likelihood for stage in company.stages()}
    rows = Deal.select(Deal, Account.name).left_outer_join(
        Account, on=Deal.account == Account.id, attr="known_as"
    )
    found: list[tuple[int, Repair]] = []
    wanted = rows.where(Deal.status == OPEN, ~Deal.archived, *_narrowed(one.goal.scope, members, one.today))
    for row in wanted.order_by(Deal.value_minor.desc(nulls="last"), Deal.id).limit(LOOKED_AT):
        amount = _brings(row, one.goal.metric, one.goal.product)
        if amount:
            name = getattr(getattr(row, "known_as", None), "name", None) or row.title
            chance = likely[row.stage_id]
            found.append((amount * chance, Repair(row.id, name, amount, chance)))
    found.sort(key=lambda pair: (-pair[0], pair[1].deal))
    return [repair for _, repair in found[:most]]


def _counts(scope: Scope, owner: int, on: date, members: dict[int, list[Term]]) -> bool:
    if scope.person is not None:
        return scope.person == owner
    return scope.team is None or was_in(scope.team, members.get(owner, ()), on)


def _narrowed(scope: Scope, members: dict[int, list[Term]], on: date) -> Sequence[Any]:
    if scope == Scope():
        return ()
    owners = (
        {scope.person}
        if scope.person is not None
        else {one for one in members if _counts(scope, one, on, members)}
    )
    return (Deal.owner.in_(owners),)


def _brings(row: Deal, metric: Metric, product: int | None) -> int:
    match metric:
        case "revenue":
            return row.value_minor or 0
        case "sales":
            return 1
        case "new customers":
            known = Deal.select().where(Deal.account == row.account_id, Deal.status == WON).exists()
            return int(row.account_id is not None and not known)
        case "units":
            lines = DealLine.select(fn.SUM(DealLine.quantity)).where(DealLine.deal == row.id)
            return int((lines.where(DealLine.product == product) if product else lines).scalar() or 0)
        case _:
            return 0
