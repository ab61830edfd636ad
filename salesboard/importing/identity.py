"""Which deal of the board a row is about: by its key in another system, else by title, account and day."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from salesboard.domain import text
from salesboard.domain.spreadsheets import board_key, entry_of
from salesboard.importing import merging
from salesboard.importing.columns import DEALS, SALESBOARD
from salesboard.importing.deals import DealRow
from salesboard.importing.matching import Names, Ref
from salesboard.importing.outline import Plan
from salesboard.importing.sources import Source
from salesboard.storage.models import Deal

MADE_KEY_LENGTH = 20
_MADE_KEY = re.compile(rf"\A[a-z]+:#[0-9a-f]{{{MADE_KEY_LENGTH}}}\Z")


class Identity:
    """Tells rows apart from each other and finds the deals they are about."""

    def __init__(self, plan: Plan, accounts: Names) -> None:
        self._plan = plan
        self._accounts = accounts
        self._board_key = board_key()
        self._numbered: dict[tuple[str, str], list[int]] = {}
        """What rows without an id of their own say, by file and by title, account and day."""
        self._met: dict[int, int] = {}
        """What rows say, by their key; both as a number, since there may be a million."""
        self._moments: dict[str | None, int | None] = {}
        self._loose: dict[tuple[str, Ref | None, date | None], list[int]] | None = None
        self._taken: set[int] = set()
        """Deals without a key of their own that a row has been found to be about."""

    # --- rows among each other ---

    def told_apart(self, source: Source, said: Sequence[DealRow]) -> list[DealRow]:
        """The rows that say something of their own; what repeats another row word for word is left out."""
        return [deal for deal in self._with_numbers(source, said) if self._is_first(source, deal)]

    def _with_numbers(self, source: Source, said: Sequence[DealRow]) -> list[DealRow]:
        """Give rows without a key of their own one that is made of title, account and day of opening.

        The second row that says all three alike gets another one, so that both can be told again next time;
        where it repeats the first one word for word, it is doubtful.
        """
        kept = []
        for deal in said:
            opened_on = deal.facts.get("opened_on")
            if deal.external is None and None not in (deal.title, deal.account, opened_on):
                key = f"{text.match_key(str(deal.title))}\n{text.match_key(str(deal.account))}\n{opened_on}"
                before = self._numbered.setdefault((source.name, key), [])
                row = hash(tuple(deal.cells))
                if row in before and not self._plan.options.take_doubtful:
                    self._plan.doubt(
                        source, deal.line, deal.cells, "it repeats another row word for word and has no id"
                    )
                    continue
                before.append(row)
                digest = hashlib.sha256(f"{key}\n{len(before)}".encode()).hexdigest()
                deal.numbered = f"{source.system}:#{digest[:MADE_KEY_LENGTH]}"
            kept.append(deal)
        return kept

    def _is_first(self, source: Source, deal: DealRow) -> bool:
        """Whether no row before has the same key; what is repeated word for word is passed over."""
        key = deal.external or deal.numbered
        if key is None:
            return True
        said = hash(tuple(deal.cells))
        if hash(key) not in self._met:
            self._met[hash(key)] = said
            return True
        if self._met[hash(key)] == said:
            self._plan.counts[DEALS].same += 1
        else:
            reason = (
                "another row has the same id, or the same title, account and day, and says something else"
            )
            self._plan.refuse(source, deal.line, deal.cells, reason)
        return False

    # --- rows and the board ---

    def known(self, said: Sequence[DealRow]) -> dict[int, dict[str, Any]]:
        """The deals of the board that rows are about, by the place of the row."""
        own = {place: row for place, deal in enumerate(said) if (row := self._own_id(deal)) is not None}
        by_id = self._deals_where(Deal.id, sorted(set(own.values())))
        found = {
            place: by_id[row]
            for place, row in own.items()
            if row in by_id and self._is_of_this_ledger(said[place])
        }
        keys = {key for place, deal in enumerate(said) if place not in found for key in _keys(deal)}
        by_key = {row["external"]: row for row in self._deals_where(Deal.external, sorted(keys)).values()}
        for place, deal in enumerate(said):
            if place not in found and (key := next((key for key in _keys(deal) if key in by_key), None)):
                found[place] = by_key[key]
        # A sheet may be newer than a board that was restored from a backup: then what it says must fit, too.
        for place, row in own.items():
            if place not in found and row in by_id and _looks_like(said[place], by_id[row]):
                found[place] = by_id[row]
        self._find_loose(said, found)
        return found

    def is_ours(self, deal: DealRow) -> bool:
        """Whether a row is one of a file that this very board wrote."""
        return self._own_id(deal) is not None and self._is_of_this_ledger(deal)

    def _own_id(self, deal: DealRow) -> int | None:
        """The id in the key of a row, if its board began as this one did."""
        board, _, number = str(deal.own).partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) < 18
        return int(number) if board == self._board_key and is_number else None

    def _is_of_this_ledger(self, deal: DealRow) -> bool:
        return deal.as_of is None or self.entry_of(deal) is not None

    def entry_of(self, deal: DealRow) -> int | None:
        """The entry of this board's ledger as of which a row of our own was written."""
        if deal.as_of not in self._moments:
            self._moments[deal.as_of] = entry_of(deal.as_of) if deal.as_of else None
        return self._moments[deal.as_of]

    def _deals_where(self, column: Any, values: Sequence[Any]) -> dict[int, dict[str, Any]]:
        return {
            row["id"]: row
            for part in merging.parts(values)
            for row in Deal.select().where(column.in_(part)).dicts().iterator()
        }

    def _find_loose(self, said: Sequence[DealRow], found: dict[int, dict[str, Any]]) -> None:
        """Look for deals without a foreign key by title, account and day of opening, never by name only."""
        self._taken |= {row["id"] for row in found.values() if is_loose(row["external"])}
        missing: dict[int, int] = {}
        for place, deal in enumerate(said):
            if place in found or deal.own is not None:
                continue
            account = self._accounts.find(deal.account) if deal.account else None
            opened_on = deal.facts.get("opened_on")
            if deal.title is None or account is None or opened_on is None:
                continue
            loose = self._loose_deals().get((text.match_key(deal.title), account, opened_on), [])
            match = next((row for row in loose if row not in self._taken), None)
            if match is not None:
                self._taken.add(match)
                missing[place] = match
        by_id = self._deals_where(Deal.id, sorted(set(missing.values())))
        found |= {place: by_id[row] for place, row in missing.items()}

    def may_be_there(self, deal: DealRow, account: Ref | None) -> bool:
        """Whether a deal looks like one that is there: same title and account, no key and no date to tell."""
        if deal.external is not None or deal.title is None:
            return False
        opened_on = deal.facts.get("opened_on")
        if account is not None and opened_on is not None:
            return False
        return bool(self._loose_deals().get((text.match_key(deal.title), account, opened_on)))

    def _loose_deals(self) -> Mapping[tuple[str, Ref | None, date | None], list[int]]:
        """Deals of the board without a foreign key, by title, account and day of opening, and without day."""
        if self._loose is None:
            self._loose = {}
            query = Deal.select(Deal.id, Deal.title, Deal.account, Deal.opened_on, Deal.external)
            query = query.where(Deal.external.is_null() | Deal.external.contains(":#")).order_by(Deal.id)
            for row, title, account, opened_on, external in query.tuples().iterator():
                if not is_loose(external):
                    continue
                key = text.match_key(title)
                self._loose.setdefault((key, account, opened_on), []).append(row)
                if opened_on is not None:
                    self._loose.setdefault((key, account, None), []).append(row)
        return self._loose


def _looks_like(deal: DealRow, row: Mapping[str, Any]) -> bool:
    """Whether a row says the title and the day of opening of a deal."""
    return (deal.title, deal.facts.get("opened_on")) == (row["title"], row["opened_on"])


def _keys(deal: DealRow) -> Iterator[str]:
    """The keys under which a deal may have come before, the surest first."""
    if deal.external:
        yield deal.external
    if deal.own and deal.external != f"{SALESBOARD}:{deal.own}":
        yield f"{SALESBOARD}:{deal.own}"
    if deal.numbered:
        yield deal.numbered


def is_loose(external: str | None) -> bool:
    """Whether a deal has no key of another system, or only one that we made."""
    return external is None or _MADE_KEY.search(external) is not None
