"""The same done to several deals as one act: what is refused of one leaves the others as they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from salesboard.domain.text import counted
from salesboard.errors import Conflict, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor

MOST = 200
"""So many deals at once: others wait for their turn to write meanwhile."""

Act = Callable[[int], object]
"""What is done to one deal, by its number; it says by itself who may do it."""


@dataclass(frozen=True)
class Outcome:
    """What came of it, or would come of it."""

    done: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]
    """Deals of which it was refused, and why."""

    def in_words(self) -> str:
        """`; 3 not: Renewal is lost; reopen it first`, or nothing where all was done."""
        if not self.refused:
            return ""
        reasons = list(dict.fromkeys(why for _, why in self.refused))
        more = f" (and {counted(len(reasons) - 1, 'other reason')})" if len(reasons) > 1 else ""
        return f"; {len(self.refused)} not: {reasons[0]}{more}"


class _Rehearsed(Exception):
    """Takes back what was only tried."""


def rehearse(actor: Actor, verb: str, deals: Iterable[int], act: Act, *, now: datetime) -> Outcome:
    """What would come of doing something to several deals; nothing is changed."""
    try:
        with ledger.batch(actor, verb, now=now):
            outcome = _each(deals, act)
            raise _Rehearsed
    except _Rehearsed:
        return outcome


def together(actor: Actor, verb: str, deals: Iterable[int], act: Act, *, now: datetime) -> Outcome:
    """Do something to several deals as one act, which one undo takes back.

    A deal of which it is refused stays as it is. Refused: where it is refused of all of them.
    """
    with ledger.batch(actor, verb, now=now):
        outcome = _each(deals, act)
        if not outcome.done:
            raise Refused("nothing was done" + outcome.in_words())
    return outcome


def _each(deals: Iterable[int], act: Act) -> Outcome:
    wanted = list(deals)
    if len(wanted) > MOST:
        raise Refused(f"{len(wanted):,} deals are too many at once: {MOST} at most")
    done: list[int] = []
    refused: list[tuple[int, str]] = []
    for deal in wanted:
        try:
            act(deal)
        except (Refused, Conflict) as error:
            refused.append((deal, str(error)))
        else:
            done.append(deal)
    return Outcome(tuple(done), tuple(refused))
