"""Deals compared with the board: what is new, what changes, what is the same, what is doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesboard import clock
from salesboard.domain import text
from salesboard.domain.pipeline import OPEN, WON
from salesboard.importing import merging
from salesboard.importing.columns import DEALS, SALESBOARD
from salesboard.importing.deals import REASON_UNKNOWN, DealRow, Visit
from salesboard.importing.directory import changed_here_too
from salesboard.importing.identity import Identity, is_loose
from salesboard.importing.outline import ORDER_BITS, ChangedDeal, LineMade, NewDeal, Plan
from salesboard.importing.references import LineMeant, References, ToAdd
from salesboard.importing.sources import Source
from salesboard.storage.models import LARGEST_AMOUNT, Deal, DealLine, Stay

TOO_MUCH = "its value is beyond all measure"
_STANDING = ("stage", "status", "closed_on", "reason")
_GROUPS = (("title", "search"), _STANDING, ("value_minor", "estimated"))


@dataclass
class _Difference:
    """A row and the deal of the board that it is about, where they disagree."""

    deal: DealRow
    stands: dict[str, Any]
    claims: dict[str, Any]
    lines: list[LineMade]
    said: list[LineMeant] | None
    """The lines that the row says; None where the file has no column for them."""


class Deals:
    """Compares rows of deals with the board and prepares what is to be written."""

    def __init__(
        self, plan: Plan, identity: Identity, references: References, now: datetime, zone: str
    ) -> None:
        self.won_without_value = 0
        self._plan = plan
        self._identity = identity
        self._references = references
        self._now = now
        self._zone = zone

    def compare(self, source: Source, said: Sequence[DealRow]) -> None:
        """Take in some rows of a file."""
        board = self._identity.known(said)
        known = [row["id"] for row in board.values()]
        lines = _lines_of(known) if source.columns.has("product") else {}
        stays = _stays_of([board[place]["id"] for place in board if said[place].tells_way])
        differing = []
        for place, deal in enumerate(said):
            if place not in board:
                self._take_new(source, deal)
                continue
            stands = board[place]
            found = _Difference(
                deal,
                stands,
                self._claims(source, deal, stands),
                lines.get(stands["id"], []),
                self._references.lines(source, deal) if deal.lines is not None else None,
            )
            if self._is_different(source, found, stays.get(stands["id"], [])):
                differing.append(found)
            else:
                self._plan.counts[DEALS].same += 1
        if differing:
            self._settle(source, differing)

    # --- new deals ---

    def _take_new(self, source: Source, deal: DealRow) -> None:
        account = self._references.account(source, deal)
        known = not isinstance(account, ToAdd) and self._identity.may_be_there(deal, account)
        if known and not self._plan.options.take_doubtful:
            reason = "a deal of this title and account is there; no id or date tells whether it is the same"
            self._plan.doubt(source, deal.line, deal.cells, reason)
            return
        lines = self._references.lines(source, deal)
        title = deal.title or self._references.title(lines, account)
        if title is None:
            reason = "it has neither a title nor a product nor an account to be called by"
            self._plan.refuse(source, deal.line, deal.cells, reason)
            return
        made = self._references.made_lines(deal, lines)
        value, estimated = self._value(deal, made)
        if _beyond_measure(value, made):
            self._plan.refuse(source, deal.line, deal.cells, TOO_MUCH)
            return
        account_ref = self._references.made_account(account) if account is not None else None
        facts = {"opened_on": None, **deal.facts}
        values = {
            "title": title,
            "search": text.search_key(title),
            "account": account_ref,
            "contact": self._references.made_contact(account_ref, deal.contact),
            "owner": self._references.made_owner(deal),
            "stage": deal.stage.id,
            "status": deal.status,
            "value_minor": value,
            "estimated": estimated,
            "external": deal.external or deal.numbered,
            **facts,
        }
        self.won_without_value += deal.status == WON and value is None
        number = self._queue(deal)
        self._plan.work.deals.add(NewDeal(values, made, deal.visits, number))
        self._plan.counts[DEALS].new += 1

    def _value(self, deal: DealRow, lines: Sequence[LineMade]) -> tuple[int | None, bool]:
        """Minor units; an open deal without a value takes the list price of its products, as an estimate."""
        if deal.estimated is not None:
            return deal.value, deal.estimated
        if deal.value is not None or deal.status != OPEN:
            return deal.value, False
        known = [line.amount_minor for line in lines if line.amount_minor is not None]
        return (sum(known), True) if known else (None, False)

    def _queue(self, deal: DealRow) -> int:
        """A number for a deal that comes to a stage, by which it finds its place there."""
        number = self._plan.work.numbers
        self._plan.work.numbers += 1
        self._plan.work.order.setdefault(deal.stage.id, []).append((deal.order << ORDER_BITS) + number)
        return number

    # --- deals that are there ---

    def _claims(self, source: Source, deal: DealRow, stands: Mapping[str, Any]) -> dict[str, Any]:
        """What the row says about a deal of the board, as far as it says anything."""
        claims: dict[str, Any] = {name: value for name, value in deal.facts.items() if name != "touched_on"}
        if deal.title is not None:
            claims |= {"title": deal.title, "search": text.search_key(deal.title)}
        if source.columns.has("account", "account_id"):
            claims["account"] = self._references.account(source, deal)
        if source.columns.has("owner", "owner_id"):
            claims["owner"] = (
                ToAdd(str(deal.owner)) if (owner := self._references.owner(deal)) is None else owner
            )
        claims |= {"stage": deal.stage.id, "status": deal.status}
        if deal.status == stands["status"] != OPEN:
            if source.system != SALESBOARD:
                claims["stage"] = stands["stage"]
            if claims["reason"] in (None, REASON_UNKNOWN) and stands["reason"]:
                claims["reason"] = stands["reason"]
        if deal.estimated is not None:
            claims |= {"value_minor": deal.value, "estimated": deal.estimated}
        elif deal.value is not None:
            claims |= {"value_minor": deal.value, "estimated": False}
        key = deal.external or deal.numbered
        if key and source.system != SALESBOARD and is_loose(stands["external"]):
            claims["external"] = key
        if source.columns.has("contact"):
            claims["contact"] = self._references.contact(
                claims.get("account", stands["account"]), deal.contact
            )
        return claims

    def _is_different(self, source: Source, found: _Difference, stays: Sequence[Visit]) -> bool:
        """Whether the row and the board disagree in anything, so that it is worth asking the ledger."""
        return (
            merging.differs(found.claims, found.stands)
            or self._value_withdrawn(source, found.deal, found.stands)
            or (found.said is not None and not _same_lines(found.said, found.lines))
            or (found.deal.tells_way and not _same_way(found.deal.visits, stays))
            or _touched_later(found.deal, found.stands)
        )

    def _value_withdrawn(self, source: Source, deal: DealRow, stands: Mapping[str, Any]) -> bool:
        """Whether the file has no value (any more) for an open deal of which the board has an agreed one."""
        said = deal.value is not None or deal.estimated is not None or not source.columns.has("value")
        return (
            not said and deal.status == OPEN and stands["value_minor"] is not None and not stands["estimated"]
        )

    def _settle(self, source: Source, differing: Sequence[_Difference]) -> None:
        """Decide, fact by fact, whether the file or the board has changed since the last import."""
        bases = self._bases(differing)
        rows = [found.stands["id"] for found in differing]
        since = {found.stands["id"]: self._identity.entry_of(found.deal) or 0 for found in differing}
        touched_lines = merging.touched_children(DealLine, rows, since)
        touched_stays = merging.touched_children(Stay, rows, since)
        stays = _stays_of(rows)
        for found in differing:
            row = found.stands["id"]
            self._settle_one(
                source, found, bases.get(row), stays[row], row in touched_lines, row in touched_stays
            )

    def _settle_one(
        self,
        source: Source,
        found: _Difference,
        base: Mapping[str, Any] | None,
        stays: list[Visit],
        lines_touched: bool,
        stays_touched: bool,
    ) -> None:
        take = self._plan.options.take_doubtful
        agreed_before = base and base.get("value_minor") is not None and not base.get("estimated")
        if agreed_before and self._value_withdrawn(source, found.deal, found.stands):
            found.claims |= self._estimate(found.said or ())
        settled = merging.settle(found.claims, found.stands, base, _GROUPS, take_doubtful=take)
        lines = None
        if found.said is not None and not _same_lines(found.said, found.lines) and (found.said or base):
            lines = found.said
            if lines_touched and not take:
                settled.doubts.append("products")
        if settled.doubts:
            self._plan.doubt(source, found.deal.line, found.deal.cells, changed_here_too(settled.doubts))
        else:
            visits = self._new_way(found.deal, settled.changes, stays, stays_touched)
            self._take_changed(source, found, settled.changes, lines, visits)

    def _estimate(self, said: Sequence[LineMeant]) -> dict[str, Any]:
        """The value at list price."""
        priced = [
            self._references.priced(LineMade(product, quantity, None)).amount_minor
            for product, quantity, _ in said
            if not isinstance(product, ToAdd)
        ]
        known = [amount for amount in priced if amount is not None]
        return {"value_minor": sum(known) if known else None, "estimated": bool(known)}

    def _bases(self, differing: Sequence[_Difference]) -> dict[int, dict[str, Any]]:
        """What the file said about each deal before."""
        written: dict[int, list[int]] = {}
        others: list[int] = []
        for found in differing:
            entry = self._identity.entry_of(found.deal) if self._identity.is_ours(found.deal) else None
            if entry is not None:
                written.setdefault(entry, []).append(found.stands["id"])
            else:
                others.append(found.stands["id"])
        bases = merging.said_before(Deal, others)
        for entry, rows in written.items():
            bases |= merging.as_it_was(Deal, rows, entry)
        return bases

    def _take_changed(
        self,
        source: Source,
        found: _Difference,
        changes: dict[str, Any],
        lines: Sequence[LineMeant] | None,
        visits: list[Visit] | None,
    ) -> None:
        deal, stands, references = found.deal, found.stands, self._references
        made = None if lines is None else references.made_lines(deal, lines)
        if _beyond_measure(changes.get("value_minor"), made or ()):
            self._plan.refuse(source, deal.line, deal.cells, TOO_MUCH)
            return
        if isinstance(changes.get("account"), ToAdd):
            changes["account"] = references.made_account(changes["account"])
        if "account" in changes and "contact" not in changes and stands["contact"] is not None:
            # Somebody at the old account is no contact at the new one.
            changes["contact"] = None
        if isinstance(changes.get("owner"), ToAdd):
            changes["owner"] = references.made_owner(deal)
        if isinstance(changes.get("contact"), ToAdd):
            changes["contact"] = references.made_contact(
                changes.get("account", stands["account"]), deal.contact
            )
        if _touched_later(deal, stands):
            changes["touched_on"] = deal.facts["touched_on"]
        if not changes and made is None and visits is None:
            self._plan.counts[DEALS].same += 1
            return
        number = self._queue(deal) if changes.get("stage", stands["stage"]) != stands["stage"] else None
        self._plan.work.changed_deals.add(ChangedDeal(stands["id"], changes, made, visits, number))
        self._plan.work.relied.add(stands["id"])
        self._plan.counts[DEALS].changed += 1

    def _new_way(
        self, deal: DealRow, changes: Mapping[str, Any], stays: list[Visit], touched: bool
    ) -> list[Visit] | None:
        """The deal's way through the stages after these changes; None where it stays as it is."""
        if deal.tells_way and not touched:
            return None if _same_way(deal.visits, stays) else deal.visits
        steps = list(stays)
        opened_on = changes.get("opened_on")
        if opened_on is not None and steps:
            opened = clock.start_of_day(opened_on, self._zone)
            steps[0] = steps[0]._replace(at=min([opened, *(visit.at for visit in steps[1:2] if visit.at)]))
        if "status" in changes:
            stage, status = changes["stage"], changes["status"]
            if steps and (stage, status) != steps[-1][:2]:
                reopened = steps[-1].status != OPEN and status == OPEN
                at = self._now if reopened else deal.visits[-1].at or self._now
                steps.append(Visit(stage, status, max(at, steps[-1].at or at)))
            elif changes.get("closed_on") and len(steps) > 1:
                closed = clock.start_of_day(changes["closed_on"], self._zone)
                steps[-1] = steps[-1]._replace(at=max(closed, steps[-2].at or closed))
        return None if steps == stays else steps


def _lines_of(deals: Sequence[int]) -> dict[int, list[LineMade]]:
    found: dict[int, list[LineMade]] = {}
    for part in merging.parts(deals):
        query = DealLine.select(DealLine.deal, DealLine.product, DealLine.quantity, DealLine.amount_minor)
        for deal, *line in query.where(DealLine.deal.in_(part)).order_by(DealLine.id).tuples():
            found.setdefault(deal, []).append(LineMade(*line))
    return found


def _stays_of(deals: Sequence[int]) -> dict[int, list[Visit]]:
    """The way of each deal as it stands."""
    found: dict[int, list[Visit]] = {deal: [] for deal in deals}
    for part in merging.parts(deals):
        query = (
            Stay.select(Stay.deal, Stay.stage, Stay.status, Stay.entered_at)
            .where(Stay.deal.in_(part))
            .order_by(Stay.deal, Stay.entered_at, Stay.left_at.asc(nulls="last"), Stay.id)
        )
        for deal, *visit in query.tuples().iterator():
            found[deal].append(Visit(*visit))
    return found


def _beyond_measure(value: int | None, lines: Iterable[LineMade]) -> bool:
    """Whether an amount is larger than any that can be kept."""
    return any((amount or 0) > LARGEST_AMOUNT for amount in (value, *(line.amount_minor for line in lines)))


def _same_lines(said: Sequence[LineMeant], lines: Sequence[LineMade]) -> bool:
    """Whether lines are the same; an amount that is not said is no difference."""
    return len(said) == len(lines) and all(
        product == line.product and quantity == line.quantity and amount in (None, line.amount_minor)
        for (product, quantity, amount), line in zip(said, lines, strict=True)
    )


def _same_way(said: Iterable[Visit], stays: Iterable[Visit]) -> bool:
    return Counter(said) == Counter(stays)


def _touched_later(deal: DealRow, stands: Mapping[str, Any]) -> bool:
    touched = deal.facts.get("touched_on")
    return touched is not None and (stands["touched_on"] is None or touched > stands["touched_on"])
