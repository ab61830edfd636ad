"""Goals that are part of a contract: the clause as written from the data, and what it entitles to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from salesboard.domain import company
from salesboard.domain.clauses import Clause, ClauseRung, Entitlement, check_clause, entitlements, wording
from salesboard.domain.gains import Scope
from salesboard.domain.goals import GoalFacts, Step, Wish, add_goal, find_goal
from salesboard.domain.permissions import require, writes
from salesboard.domain.rewards import Reward, of_goal
from salesboard.domain.standings import GoalStanding, stand
from salesboard.domain.text import clean
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Clause as ClauseRow
from salesboard.storage.models import Goal, Payout
from salesboard.storage.prepared import by_id


@dataclass(frozen=True)
class Contract:
    """A goal's clause, in words and as it stands."""

    goal: GoalFacts
    clause: Clause
    signed_on: date | None
    wording: str
    entitlements: tuple[Entitlement, ...]
    shares: tuple[tuple[Reward, ...], ...]
    """For each of them, who gets which part: the payment of a team's goal is one sum for all its people."""
    ledger_seq: int
    """The end of the ledger on which the statement rests, with its hash: both parties can check it."""
    ledger_hash: str


@writes("set goal")
def add_clause(
    actor: Actor,
    clause: Clause,
    *,
    now: datetime,
    scope: Scope,
    signed_on: date | None = None,
    final: bool = False,
    reason: str | None = None,
) -> int:
    """Keep a clause as a goal of revenue whose milestones are its conditions; the goal's id.

    A payment is one sum, also where the clause is about a team: its people share it equally.

    Refused: a clause that can not be written, or in another currency than the board's.
    """
    check_clause(clause)
    if clause.currency != company.facts().currency:
        raise Refused(f"the board is in {company.facts().currency}, the clause in {clause.currency}")
    last = clause.rungs[-1]
    wish = Wish(
        metric="revenue",
        target=last.threshold,
        start_on=clause.start,
        end_on=last.due_on,
        scope=scope,
        ladder=tuple(
            Step(rung.threshold, rung.due_on, reward_minor=rung.payment, final=final) for rung in clause.rungs
        ),
        reading="cumulative",
        name=f"{clause.party}: section {clause.section}",
        relevance=f"{clause.agreement}, section {clause.section}",
        reason=reason or f"agreed in {clause.agreement}",
    )
    with ledger.batch(actor, "set", now=now):
        identity = add_goal(actor, wish, now=now)
        set_clause(
            actor,
            identity,
            party=clause.party,
            agreement=clause.agreement,
            section=clause.section,
            signed_on=signed_on,
            now=now,
        )
    return identity


@writes("set goal")
def set_clause(
    actor: Actor,
    goal: int,
    *,
    party: str,
    agreement: str,
    section: str,
    now: datetime,
    signed_on: date | None = None,
) -> None:
    """Make a goal part of a contract, or correct what the contract says. Refused: what no clause can say."""
    with ledger.batch(actor, "agreed on", now=now, several=False):
        found, today = find_goal(goal), company.facts().today(now)
        require(actor, "set goal", today=today, owner=found.scope.person, team=found.scope.team)
        facts = {
            "party": clean(party, field="The party"),
            "agreement": clean(agreement, field="The agreement"),
            "section": clean(section, field="The section"),
            "signed_on": signed_on,
        }
        known = ClauseRow.get_or_none(goal=goal)
        with ledger.entry(actor, "agreed on", by_id(Goal, goal), now=now) as entry:
            if known is None:
                entry.insert(ClauseRow, goal=goal, **facts)
            else:
                entry.update(known, **facts)
        contract(goal, today=today)


def contract(goal: int, *, today: date) -> Contract:
    """A goal's clause in words, and what it entitles to by a day, with the sales that are the evidence.

    Refused: a goal that is part of no contract.
    """
    found = find_goal(goal)
    row = ClauseRow.get_or_none(goal=goal)
    if row is None:
        raise NotFound(
            f"{found.name} is part of no contract; 'salesboard goals clause --party …' makes it one"
        )
    if found.metric != "revenue":
        raise Refused(f"a clause is about revenue; {found.name} counts {found.metric}")
    if any(one.reading != "cumulative" for one in found.versions):
        raise Refused(f"a clause adds sales up from the start; {found.name} counts each period by itself")
    facts = company.facts()
    (stood,) = stand([found], today=today)
    clause = Clause(
        party=row.party,
        agreement=row.agreement,
        section=row.section,
        currency=facts.currency,
        start=found.start_on,
        rungs=tuple(
            ClauseRung(one.facts.rung.threshold, one.facts.rung.due_on, one.facts.reward_minor)
            for one in stood.milestones
        ),
    )
    rewards = of_goal(stood, today=today)
    seq, head = ledger.end()
    return Contract(
        found,
        clause,
        row.signed_on,
        wording(clause, fiscal_start=facts.fiscal_start),
        _entitlements(clause, stood, today),
        tuple(
            tuple(reward for reward in rewards if reward.milestone == one.facts.id)
            for one in stood.milestones
        ),
        seq,
        head,
    )


def _entitlements(clause: Clause, stood: GoalStanding, today: date) -> tuple[Entitlement, ...]:
    # What was reached too late was never announced as entitling to anything.
    announced = {
        place: one.standing.was_reached_on
        for place, one in enumerate(stood.milestones)
        if one.standing.was_reached_on and one.standing.was_reached_on <= (one.facts.rung.due_on or date.max)
    }
    paid = {
        place: sum(
            row.amount_minor
            for row in Payout.select().where(Payout.milestone == one.facts.id)
            if row.paid_on and not row.clawed_back_on
        )
        for place, one in enumerate(stood.milestones)
    }
    return entitlements(
        clause.rungs,
        stood.gains,
        start=clause.start,
        today=today,
        announced=announced,
        paid=paid,
        final_once_paid=all(one.facts.final for one in stood.milestones),
    )
