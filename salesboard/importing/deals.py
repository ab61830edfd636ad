"""What one row of a file says about a deal, and the way through the stages that follows from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from salesboard.domain import text
from salesboard.domain.company import CLIENT, OPPORTUNITY, PROSPECT, StageFacts
from salesboard.domain.pipeline import DISQUALIFIED, LOST, OPEN, STATUSES, WON
from salesboard.errors import Refused
from salesboard.importing.columns import HUBSPOT, SALESBOARD, SALESFORCE, Columns
from salesboard.importing.matching import Stages
from salesboard.importing.table import Row
from salesboard.importing.values import Reader, eighteen

REASON_UNKNOWN = "unknown (import)"
NUMBER_FIELDS = ("value", "quantity", "line_amount")
DATE_FIELDS = (
    "opened_on",
    "expected_on",
    "closed_on",
    "won_on",
    "lost_on",
    "close_date",
    "changed_on",
    "touched_on",
    "look_again_on",
    "next_step_on",
)

_CLOSING = {
    WON: ("won_on", "closed_on", "close_date"),
    LOST: ("lost_on", "closed_on", "close_date"),
    DISQUALIFIED: ("closed_on", "lost_on", "close_date"),
}
_VISIT = re.compile(rf"(?:({'|'.join(STATUSES)}) )?(\S+)")


class Visit(NamedTuple):
    """A deal comes to a stage, or leaves the board in it; no instant means that of the import."""

    stage: int
    status: str
    at: datetime | None


class LineSaid(NamedTuple):
    """So many of a product, by its name; the amount is that of the whole line in minor units."""

    product: str
    quantity: int
    amount: int | None


@dataclass(slots=True)
class DealRow:
    """What a row says; a fact that the file has no column for is not among its facts."""

    line: int
    cells: list[str]
    own: str | None
    """The key of a deal in a file that salesboard wrote."""
    as_of: str | None
    """The newest entry of the ledger when it was written, with the beginning of its hash."""
    external: str | None
    title: str | None
    account: str | None
    account_id: str | None
    contact: str | None
    owner: str | None
    owner_id: str | None
    lines: list[LineSaid] | None
    stage: StageFacts
    status: str
    facts: dict[str, Any]
    value: int | None
    estimated: bool | None
    visits: list[Visit]
    tells_way: bool
    """Whether the file itself has the instants at which the deal came to its stages."""
    order: int
    """Where it belongs in its column: the smallest on top."""
    numbered: str | None = field(default=None)
    """The key made from what it says, where it has none of its own."""


class DealReader:
    """Reads the rows of one file of deals."""

    def __init__(
        self,
        columns: Columns,
        reader: Reader,
        stages: Stages,
        now: datetime,
        history: Mapping[str, Sequence[Visit]],
    ) -> None:
        self.warned: Counter[str] = Counter()
        """What was taken in another way than it was said, and for how many rows."""
        self.unknown: Counter[str] = Counter()
        """Stages that nobody can tell, and how many rows have them."""
        self._columns = columns
        self._ours = columns.system == SALESBOARD
        self._places = columns.places
        self._reader = reader
        self._stages = stages
        self._now = now
        self._history = history
        """The visits of deals that another file tells, by the deal's key."""
        self._entered: list[tuple[StageFacts | None, str, int]] = []
        for label, place in columns.entered:
            meaning = stages.meaning(label)
            if meaning is None or (self._ours and meaning.stage is None):
                said = text.visible(label[:40])
                self.warned[
                    f'nobody knows the stage {said}: its dates are left out; say --map "stage:{said}=…"'
                ] += 1
            else:
                status = meaning.status or OPEN
                stage = meaning.stage or (stages.of_kind[CLIENT] if status == WON else None)
                self._entered.append((stage, status, place))

    def read(self, row: Row) -> DealRow | None:
        """What a row says; None where it was deleted in the other system. Refused: what can not be a deal."""
        cells, reader = row.cells, self._reader
        if "deleted" in self._places and reader.truth(self._cell(cells, "deleted"), "deleted"):
            return None
        self._check_currency(cells)
        stage, status = self._standing(cells)
        visits = self._visits(cells)
        opened = self._moment(cells, "opened_on")
        closed = None if status == OPEN else self._closing(cells, status, visits)
        facts = self._facts(cells, status, opened, closed)
        if stage is None:
            stage = self._left_from(status, visits)
        way = self._way(cells, stage, status, opened, closed, visits)
        lines = self._lines(cells)
        own = self._text(cells, "salesboard_id")
        return DealRow(
            line=row.line,
            cells=cells,
            own=own,
            as_of=self._text(cells, "as_of"),
            external=self._external(cells, own),
            title=self._text(cells, "title"),
            account=self._first_text(cells, "account"),
            account_id=self._foreign_key(cells, "account_id"),
            contact=self._first_text(cells, "contact"),
            owner=self._text(cells, "owner"),
            owner_id=self._foreign_key(cells, "owner_id"),
            lines=lines,
            stage=stage,
            status=status,
            facts=facts,
            value=reader.amount(self._cell(cells, "value"), "value"),
            estimated=reader.truth(self._cell(cells, "estimated"), "estimated") if self._ours else None,
            visits=way,
            tells_way=any(visit.status == OPEN for visit in visits),
            order=self._order(cells, facts),
        )

    # --- single cells ---

    def _cell(self, cells: Sequence[str], name: str) -> str:
        place = self._places.get(name)
        return "" if place is None else cells[place]

    def _text(self, cells: Sequence[str], name: str) -> str | None:
        cell = self._cell(cells, name)
        return self._reader.text(cell, name.replace("_", " ")) if cell else None

    def _first_text(self, cells: Sequence[str], name: str) -> str | None:
        """A name; the first one where HubSpot lists all that a deal is associated with."""
        cell = self._cell(cells, name)
        if self._columns.system == HUBSPOT:
            cell = cell.partition(";")[0]
        return self._reader.text(cell, name) if cell else None

    def _moment(self, cells: Sequence[str], name: str) -> date | datetime | None:
        cell = self._cell(cells, name)
        return self._reader.moment(cell, name.replace("_", " ")) if cell else None

    def _day(self, cells: Sequence[str], name: str) -> date | None:
        cell = self._cell(cells, name)
        return self._reader.day(cell, name.replace("_", " ")) if cell else None

    def _external(self, cells: Sequence[str], own: str | None) -> str | None:
        if self._ours:
            return self._text(cells, "external") or (f"{SALESBOARD}:{own}" if own else None)
        found = self._foreign_key(cells, "id")
        return f"{self._columns.system}:{found}" if found else None

    def _foreign_key(self, cells: Sequence[str], name: str) -> str | None:
        cell = self._cell(cells, name)
        if not cell:
            return None
        found = self._reader.identity(cell.split(";")[0], name.replace("_", " "))
        return eighteen(found) if found and self._columns.system == SALESFORCE else found

    def _check_currency(self, cells: Sequence[str]) -> None:
        said = self._cell(cells, "currency").strip()
        if said and said.upper() != self._reader.currency:
            raise Refused(
                f"the amount is in {text.visible(said[:20])}; this board keeps {self._reader.currency}"
            )

    def _lines(self, cells: Sequence[str]) -> list[LineSaid] | None:
        if "product" not in self._places:
            return None
        names = self._split(cells, "product")
        products = [self._reader.text(name, "product") for name in names]
        quantities = self._split(cells, "quantity")
        amounts = self._split(cells, "line_amount")
        lines = []
        for place, product in enumerate(products):
            if product is None:
                continue
            quantity = self._reader.whole(quantities[place], "quantity") if place < len(quantities) else None
            if quantity == 0:
                raise Refused(f"quantity: there are 0 of {product}; a line has at least one")
            amount = self._reader.amount(amounts[place], "line amount") if place < len(amounts) else None
            lines.append(LineSaid(product, 1 if quantity is None else quantity, amount))
        return lines

    def _split(self, cells: Sequence[str], name: str) -> list[str]:
        cell = self._cell(cells, name)
        return cell.split("\n") if self._ours else [cell]

    def _order(self, cells: Sequence[str], facts: dict[str, Any]) -> int:
        if self._ours and (place := self._cell(cells, "place").strip()):
            if re.fullmatch("-?[0-9]{1,18}", place) is None:
                raise Refused(f"place: {text.echo(place)} is not a whole number")
            return int(place)
        newest: date | None = facts.get("closed_on") or facts.get("opened_on")
        return -newest.toordinal() if newest else 0

    # --- stage and status ---

    def _standing(self, cells: Sequence[str]) -> tuple[StageFacts | None, str]:
        """Stage and status, status first; no stage where only the way can tell from which one it was lost."""
        said = self._cell(cells, "stage").strip()
        meaning = self._stages.meaning(said) if said else None
        stage = meaning.stage if meaning else None
        status = self._status(cells) or (meaning.status if meaning else None) or OPEN
        if status == LOST and meaning and meaning.status == DISQUALIFIED and "status" not in self._places:
            status = DISQUALIFIED
        if status == WON:
            return (stage if stage and stage.holds_won else self._stages.of_kind[CLIENT]), status
        if said and meaning is None:
            self.unknown[said] += 1
            raise Refused(
                f"there is no stage {text.echo(said)}; say which one it is, "
                f'such as --map "stage:{text.visible(said[:40])}=Opportunity"'
            )
        if stage is not None and not stage.holds_won:
            return stage, status
        if status != OPEN:
            return None, status
        if meaning is not None:
            self.warned[
                f"the status says open, the stage {meaning.called}: taken as open, in Opportunity"
            ] += 1
            return self._stages.of_kind[OPPORTUNITY], status
        if "stage" in self._places:
            raise Refused("it has no stage")
        self.warned["there is no column for the stage: open deals come to the first one"] += 1
        return next(iter(self._stages.of_kind.values())), status

    def _status(self, cells: Sequence[str]) -> str | None:
        said = self._cell(cells, "status").strip()
        if said:
            status = self._stages.status(said)
            if status is None:
                raise Refused(
                    f"there is no status {text.echo(said)}; say what it means, "
                    f'such as --map "status:{text.visible(said[:40])}=open"'
                )
            return status
        won = self._flag(cells, "is_won")
        lost = self._flag(cells, "is_lost")
        closed = self._flag(cells, "is_closed")
        if won:
            return WON
        if lost or (closed and won is False):
            return LOST
        return OPEN if closed is False else None

    def _flag(self, cells: Sequence[str], name: str) -> bool | None:
        cell = self._cell(cells, name).strip()
        return self._reader.truth(cell, name.replace("_", " ")) if cell else None

    def _left_from(self, status: str, visits: Sequence[Visit]) -> StageFacts:
        """The stage that a lost or disqualified deal was in, where its own column does not tell."""
        last = max((visit for visit in visits if visit.status == OPEN and visit.at), key=_at, default=None)
        if last is not None:
            return next(stage for stage in self._stages.of_kind.values() if stage.id == last.stage)
        return self._stages.of_kind[OPPORTUNITY if status == LOST else PROSPECT]

    # --- dates ---

    def _closing(self, cells: Sequence[str], status: str, visits: Sequence[Visit]) -> date | datetime:
        for name in _CLOSING[status]:
            if (moment := self._moment(cells, name)) is not None:
                return moment
        for visit in visits:
            if visit.status == status and visit.at is not None:
                return visit.at
        if (moment := self._moment(cells, "changed_on")) is not None:
            self.warned[f"it is {status} without a closing date: the day of the last change is taken"] += 1
            return moment
        raise Refused(f"it is {status}, but has no closing date")

    def _facts(
        self,
        cells: Sequence[str],
        status: str,
        opened: date | datetime | None,
        closed: date | datetime | None,
    ) -> dict[str, Any]:
        reader, today = self._reader, self._reader.today
        facts: dict[str, Any] = {}
        closed_on = reader.day_of(closed) if closed is not None else None
        if closed_on is not None and closed_on > today:
            raise Refused(f"closing date: {closed_on} is in the future; a deal is {status} today or earlier")
        opened_on = reader.day_of(opened) if opened is not None else None
        if opened_on is not None and opened_on > today:
            raise Refused(f"opened on: {opened_on} is in the future; a deal is opened today or earlier")
        if opened_on and closed_on and opened_on > closed_on and not self._ours:
            self.warned["it was opened after it was closed: the closing date is taken for both"] += 1
            opened_on = closed_on
        if "opened_on" in self._places:
            facts["opened_on"] = opened_on
        facts["closed_on"] = closed_on
        facts["reason"] = self._reason(cells, status)
        expected = self._day(cells, "expected_on")
        if expected is None and status == OPEN:
            expected = self._day(cells, "close_date")
        if self._columns.has("expected_on", "close_date") and (
            status == OPEN or "expected_on" in self._places
        ):
            facts["expected_on"] = expected
        for name in ("look_again_on", "next_step_on"):
            if name in self._places:
                facts[name] = self._day(cells, name)
        for name in ("next_step", "source"):
            if name in self._places:
                facts[name] = self._text(cells, name)
        if "archived" in self._places:
            facts["archived"] = reader.truth(self._cell(cells, "archived"), "archived")
        touched = self._day(cells, "touched_on")
        if self._ours:
            facts["touched_on"] = touched
        else:
            known = [day for day in (touched, closed_on, opened_on) if day is not None and day <= today]
            facts["touched_on"] = max(known, default=None)
        return facts

    def _reason(self, cells: Sequence[str], status: str) -> str | None:
        said = self._text(cells, "reason")
        if status in (LOST, DISQUALIFIED):
            return said or REASON_UNKNOWN
        return said if self._ours else (self._text(cells, "won_reason") if status == WON else None)

    # --- the way through the stages ---

    def _visits(self, cells: Sequence[str]) -> list[Visit]:
        """The visits that the file's own columns tell."""
        visits = list(self._history.get(self._foreign_key(cells, "id") or "", ())) if self._history else []
        for stage, status, place in self._entered:
            cell = cells[place].strip()
            if not cell:
                continue
            if self._ours:
                assert stage is not None
                visits += self._own_visits(cell, stage, status)
            elif (moment := self._reader.moment(cell, "date entered")) is not None:
                at = min(self._reader.instant_of(moment), self._now)
                visits.append(Visit(stage.id if stage else 0, status, at))
        return visits

    def _own_visits(self, cell: str, stage: StageFacts, status: str) -> list[Visit]:
        visits = []
        for part in cell.split(";"):
            found = _VISIT.fullmatch(part.strip())
            moment = self._reader.moment(found[2], f"entered {stage.name}") if found else None
            if found is None or moment is None:
                raise Refused(f"entered {stage.name}: {text.echo(part)} is no day or time")
            visits.append(
                Visit(stage.id, found[1] or status, min(self._reader.instant_of(moment), self._now))
            )
        return visits

    def _way(
        self,
        cells: Sequence[str],
        stage: StageFacts,
        status: str,
        opened: date | datetime | None,
        closed: date | datetime | None,
        visits: list[Visit],
    ) -> list[Visit]:
        closed_at = self._instant(closed)
        if self._ours and visits:
            return own_way(visits, Visit(stage.id, status, closed_at))
        before = self._stages.of_kind[OPPORTUNITY] if status == WON else stage
        last = Visit(stage.id, status, closed_at or self._instant(self._moment(cells, "changed_on")))
        return way(visits, self._instant(opened), before.id, last)

    def _instant(self, moment: date | datetime | None) -> datetime | None:
        return None if moment is None else min(self._reader.instant_of(moment), self._now)


def _at(visit: Visit) -> datetime:
    assert visit.at is not None
    return visit.at


def way(visits: Sequence[Visit], opened: datetime | None, before: int, last: Visit) -> list[Visit]:
    """A deal's way without a gap, from its opening through the visits that are known to where it stands.

    `last` is its stage and status now, with its closing or (open) the last change of its stage; `before` is
    the stage that it was in until then. Nothing known at all: it comes to its stage with the import.
    """
    closing = last.at if last.status != OPEN else None
    steps: list[Visit] = []
    for visit in sorted((visit for visit in visits if visit.status == OPEN), key=_at):
        if (closing is None or _at(visit) < closing) and (not steps or steps[-1].stage != visit.stage):
            steps.append(visit)
    if opened is not None:
        opened = min(opened, closing) if closing else opened
        first = steps[0] if steps else Visit(last.stage if last.status == OPEN else before, OPEN, opened)
        steps[:1] = [first._replace(at=min(opened, _at(first)))]
    if last.status == OPEN:
        if not steps:
            return [last._replace(at=None)]
        if steps[-1].stage != last.stage:
            steps.append(last._replace(at=max(last.at or _at(steps[-1]), _at(steps[-1]))))
        return steps
    if last.status != WON and steps and steps[-1].stage != last.stage:
        steps.append(Visit(last.stage, OPEN, steps[-1].at))
    return [*steps, last]


def own_way(visits: Sequence[Visit], last: Visit) -> list[Visit]:
    """The way as salesboard wrote it; a stage or status that was changed in the file comes at its end."""
    steps = sorted(visits, key=lambda visit: (_at(visit), visit.stage, STATUSES.index(visit.status)))
    latest = steps[-1].at
    for place, visit in enumerate(steps):
        if visit.at == latest and visit[:2] == last[:2]:
            steps.append(steps.pop(place))
            return steps
    if last.at is not None and latest is not None:
        last = last._replace(at=max(last.at, latest))
    return [*steps, last]
