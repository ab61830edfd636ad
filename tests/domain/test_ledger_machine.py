"""Whatever several people do to deals, in any order: after each act the proof holds, and the trade's rules.

SALESBOARD_EXAMPLES=50 tries fifty times as many sequences.
"""

import itertools
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from salesboard.domain import accounts, company, history, pipeline
from salesboard.domain.company import WON_KINDS
from salesboard.domain.pipeline import DISQUALIFIED, LOST, OPEN, WON, Line
from salesboard.errors import Conflict, Refused
from salesboard.storage import ledger
from salesboard.storage.models import Deal, DealLine, LedgerEntry, Stay
from salesboard.storage.timetravel import copy_as_of
from salesboard.storage.verify import verify
from tests import stories
from tests.conftest import NewBoard
from tests.stories import digest

TIMES = int(os.environ.get("SALESBOARD_EXAMPLES", "1"))
STEPS = 40
START = datetime(2026, 10, 20, 3, 30, 0, 250_000, tzinfo=UTC)
SEEN = ("title", "value_minor", "stage", "status", "expected_on", "next_step", "archived", "owner")

# Most of what people try is allowed; what is not is tried often enough.
actors = st.sampled_from([0, 0, 0, 1, 2, 3])
picks = st.integers(0, 1000)
stages = st.sampled_from([0, 1, 2, 1, 2, 3, 4])
days_back = st.sampled_from([None, None, None, 0, 1, 7, 40, -1])
values = st.sampled_from([None, 0, 1, 5_000, 1_200_000])
lines = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 9), st.one_of(st.none(), st.integers(0, 9_000))), max_size=3
)
words = st.sampled_from(["Renewal", "Pilot", "Añejo · 10 %", "x'; --", "\U0001f44d", "100 %", "  "])


class Office(RuleBasedStateMachine):
    """Four people, a few deals, a clock that goes on."""

    board: Callable[[], Any]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(type(self).board())
        self.now = START
        self.seen: dict[int, dict[str, Any]] = {}
        self.recorded: dict[int, str] = {}
        self.bare: dict[int, str] = {}
        self.somebody_undid = False

    @initialize()
    def open_the_office(self) -> None:
        ada = stories.set_up(zone="America/New_York", now=START)
        for team in ("West", "East"):
            stories.add_team(team)
        self.actors = [
            ada,
            stories.add_person("Lea", "lead", team="West"),
            stories.add_person("Mia", team="West"),
            stories.add_person("Jon", team="East"),
        ]
        self.products = [stories.add_product("Widget", "100"), stories.add_product("Gadget")]
        self.stages = [stage.id for stage in company.stages()]
        for number, actor in enumerate(self.actors):
            stories.add_deal("Northwind", "1k", by=actor, now=START, title=f"Deal {number}")
        self._record()

    # What people do.

    def _act(self, act: Callable[[], object]) -> bool:
        """Somebody tries something: it is done, or refused and then nothing has changed."""
        before, stood = ledger.end(), self.bare[ledger.end()[0]]
        try:
            act()
        except (Refused, Conflict) as refused:
            assert str(refused) and "\n" not in str(refused)
            assert ledger.end() == before and digest(versions=False) == stood
            return False
        assert ledger.end()[0] - before[0] in (0, 1)
        self._record()
        return True

    def _record(self) -> None:
        seq = ledger.end()[0]
        self.recorded[seq] = digest()
        self.bare[seq] = digest(versions=False)

    def _deal(self, pick: int) -> int:
        ids = [deal for (deal,) in Deal.select(Deal.id).order_by(Deal.id).tuples()]
        return ids[pick % len(ids)] if ids else pick

    def _day(self, back: int | None) -> date | None:
        return None if back is None else company.facts().today(self.now) - timedelta(days=back)

    def _lines(self, wanted: list[tuple[int, int, int | None]]) -> list[Line]:
        return [Line(self.products[product], quantity, amount) for product, quantity, amount in wanted]

    def _seen(self, deal: int, how: str) -> dict[str, Any] | None:
        """What somebody saw of a deal: nothing, what is there now, or what was there when they looked."""
        if how == "stale":
            return self.seen.get(deal)
        row = Deal.get_or_none(Deal.id == deal)
        return {name: row.__data__[name] for name in SEEN} if how == "fresh" and row else None

    how_seen = st.sampled_from(["not at all", "fresh", "fresh", "stale"])

    @rule(seconds=st.integers(0, 200_000), micros=st.integers(0, 999_999))
    def time_goes_by(self, seconds: int, micros: int) -> None:
        self.now += timedelta(seconds=seconds, microseconds=micros)

    @rule(pick=picks)
    def somebody_looks_at(self, pick: int) -> None:
        deal = self._deal(pick)
        self.seen[deal] = self._seen(deal, "fresh") or {}

    @rule(actor=actors, title=words, stage=stages, value=values, wanted=lines, back=days_back)
    def add(
        self, actor: int, title: str, stage: int, value: int | None, wanted: Any, back: int | None
    ) -> None:
        self._act(
            lambda: pipeline.add_deal(
                self.actors[actor],
                now=self.now,
                title=title,
                stage=self.stages[stage],
                value_minor=value,
                lines=self._lines(wanted),
                opened_on=self._day(back),
            )
        )

    @rule(
        actor=actors,
        pick=picks,
        seen=how_seen,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "title": words,
                "value_minor": values,
                "expected_on": st.dates(date(2026, 1, 1), date(2027, 12, 31)),
                "next_step": st.one_of(st.none(), words),
                "reason": words,
                "closed_on": st.dates(date(2026, 8, 1), date(2026, 12, 31)),
                "owner": actors,
            },
        ),
    )
    def edit(self, actor: int, pick: int, seen: str, changes: dict[str, Any]) -> None:
        deal = self._deal(pick)
        if "owner" in changes:
            changes = {**changes, "owner": self.actors[changes["owner"]].id}
        self._act(
            lambda: pipeline.edit_deal(
                self.actors[actor], deal, now=self.now, seen=self._seen(deal, seen), **changes
            )
        )

    @rule(actor=actors, pick=picks, stage=stages, seen=how_seen, back=days_back)
    def move(self, actor: int, pick: int, stage: int, seen: str, back: int | None) -> None:
        deal = self._deal(pick)
        self._act(
            lambda: pipeline.move_deal(
                self.actors[actor],
                deal,
                self.stages[stage],
                now=self.now,
                seen=self._seen(deal, seen),
                moved_on=self._day(back),
            )
        )

    @rule(actor=actors, pick=picks, beside=picks, above=st.booleans())
    def reorder(self, actor: int, pick: int, beside: int, above: bool) -> None:
        deal, other = self._deal(pick), self._deal(beside)
        done = self._act(
            lambda: pipeline.reorder_deal(
                self.actors[actor],
                deal,
                now=self.now,
                before=other if above else None,
                after=None if above else other,
            )
        )
        if done:
            column = stories.column(stories.stage_of(deal))
            assert column.index(deal) - column.index(other) == (-1 if above else 1)

    @rule(actor=actors, pick=picks, value=values, seen=how_seen, back=days_back, wanted=st.none() | lines)
    def win(self, actor: int, pick: int, value: int | None, seen: str, back: int | None, wanted: Any) -> None:
        deal = self._deal(pick)
        self._act(
            lambda: pipeline.win_deal(
                self.actors[actor],
                deal,
                now=self.now,
                won_on=self._day(back),
                value_minor=value,
                lines=None if wanted is None else self._lines(wanted),
                seen=self._seen(deal, seen),
            )
        )

    @rule(
        actor=actors,
        pick=picks,
        seen=how_seen,
        back=days_back,
        lost=st.booleans(),
        again=days_back,
        reason=words,
    )
    def close(
        self, actor: int, pick: int, seen: str, back: int | None, lost: bool, again: int | None, reason: str
    ) -> None:
        deal = self._deal(pick)
        common: dict[str, Any] = {"reason": reason, "now": self.now, "seen": self._seen(deal, seen)}
        if lost:
            self._act(lambda: pipeline.lose_deal(self.actors[actor], deal, lost_on=self._day(back), **common))
        else:
            common |= {"disqualified_on": self._day(back), "look_again_on": self._day(again)}
            self._act(lambda: pipeline.disqualify_deal(self.actors[actor], deal, **common))

    @rule(actor=actors, pick=picks, seen=how_seen)
    def reopen(self, actor: int, pick: int, seen: str) -> None:
        deal = self._deal(pick)
        self._act(
            lambda: pipeline.reopen_deal(self.actors[actor], deal, now=self.now, seen=self._seen(deal, seen))
        )

    @rule(actor=actors, pick=picks, archived=st.booleans(), seen=how_seen)
    def archive(self, actor: int, pick: int, archived: bool, seen: str) -> None:
        deal = self._deal(pick)
        self._act(
            lambda: pipeline.archive_deal(
                self.actors[actor], deal, now=self.now, archived=archived, seen=self._seen(deal, seen)
            )
        )

    @rule(actor=actors, pick=picks, wanted=lines)
    def set_lines(self, actor: int, pick: int, wanted: Any) -> None:
        deal = self._deal(pick)
        self._act(lambda: pipeline.set_lines(self.actors[actor], deal, self._lines(wanted), now=self.now))

    @rule(actor=actors, pick=picks, note=words)
    def note(self, actor: int, pick: int, note: str) -> None:
        deal = self._deal(pick)
        self._act(lambda: pipeline.add_note(self.actors[actor], deal, note, now=self.now))

    @rule(actor=actors, name=words)
    def rename_the_account(self, actor: int, name: str) -> None:
        account = Deal.select(Deal.account).where(Deal.account.is_null(False)).limit(1).scalar()
        if account is not None:
            self._act(lambda: accounts.edit_account(self.actors[actor], account, now=self.now, name=name))

    @rule(actor=actors, back=st.one_of(st.none(), st.integers(0, 12)))
    def undo(self, actor: int, back: int | None) -> None:
        seq = None if back is None else max(1, ledger.end()[0] - back)
        newest = ledger.end()[0]
        if self._act(lambda: history.undo(self.actors[actor], now=self.now, seq=seq)):
            self.somebody_undid = True
            undone = LedgerEntry.get_by_id(ledger.end()[0]).undoes
            if undone == newest and newest - 1 in self.bare:
                assert self.bare[newest + 1] == self.bare[newest - 1], "undoing at once puts everything back"

    @precondition(lambda self: self.somebody_undid)
    @rule(actor=actors)
    def redo(self, actor: int) -> None:
        newest = ledger.end()[0]
        if self._act(lambda: history.redo(self.actors[actor], now=self.now)):
            redone = LedgerEntry.get_by_id(ledger.end()[0]).undoes
            if redone == newest and newest - 1 in self.bare:
                assert self.bare[newest + 1] == self.bare[newest - 1], "redoing at once does the same again"

    # What always holds.

    @invariant()
    def the_proof_holds(self) -> None:
        verdict = verify()
        assert verdict.faults == []
        assert verdict.entries == LedgerEntry.select().count() == ledger.end()[0]

    @invariant()
    def the_deals_of_the_last_act_are_sound(self) -> None:
        seq = ledger.end()[0]
        touched = {change.row for change in ledger.changes_of([seq])[seq] if change.table == "deal"}
        for deal in Deal.select().where(Deal.id.in_(touched)):
            self._check_stays(deal)
            self._check_closing(deal)

    def _check_stays(self, deal: Deal) -> None:
        way = list(Stay.select().where(Stay.deal == deal).order_by(Stay.id))
        assert all(before.left_at == after.entered_at for before, after in itertools.pairwise(way))
        assert all(stay.entered_at <= stay.left_at for stay in way[:-1])
        assert way[-1].left_at is None, "the last stay is running"
        assert (way[-1].stage_id, way[-1].status) == (deal.stage_id, deal.status)
        assert [stay.entered_at for stay in pipeline.stays(deal.id)] == [stay.entered_at for stay in way]
        times = pipeline.time_in_stages(deal.id, self.now)
        assert sum(time.seconds for time in times) == pipeline.age_seconds(deal.id, self.now)
        assert all(time.seconds >= 0 for time in times)

    def _check_closing(self, deal: Deal) -> None:
        if deal.status == WON:
            assert deal.stage.kind in WON_KINDS and deal.value_minor is not None and not deal.estimated
        else:
            assert deal.stage.kind not in WON_KINDS
        assert (deal.closed_on is None) == (deal.status == OPEN)
        assert deal.closed_on is None or deal.closed_on <= company.facts().today(self.now)
        if deal.status in (LOST, DISQUALIFIED):
            assert deal.reason
        if deal.estimated:
            lines = DealLine.select(DealLine.amount_minor).where(DealLine.deal == deal).tuples()
            amounts = [amount for (amount,) in lines if amount is not None]
            assert deal.value_minor == (sum(amounts) if amounts else None)

    @invariant()
    def cards_have_places_of_their_own(self) -> None:
        """As long as nobody undoes anything: then a card may come back to a place that was given away."""
        places = [
            place
            for place in Deal.select(Deal.stage, Deal.place)
            .where(~Deal.archived, Deal.status.in_((OPEN, WON)))
            .tuples()
        ]
        assert self.somebody_undid or len(set(places)) == len(places)

    def teardown(self) -> None:
        with self.stack, tempfile.TemporaryDirectory() as folder:
            assert not Stay.select().where(Stay.deal.not_in(Deal.select(Deal.id))).exists()
            for deal in Deal.select():
                self._check_stays(deal)
                self._check_closing(deal)
            for seq in sorted(self.recorded)[::4]:
                path = Path(folder) / f"{seq}.db"
                copy_as_of(seq, path)
                with closing(sqlite3.connect(path)) as copy:
                    assert digest(copy.execute) == self.recorded[seq], (
                        f"the board as it stood after entry {seq}"
                    )


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 4), ("postgresql", 1)])
def test_any_sequence_of_acts_can_be_proved(kind: str, examples: int, new_board: NewBoard) -> None:
    class OnThisKind(Office):
        board = staticmethod(lambda: new_board(kind))

    run_state_machine_as_test(
        OnThisKind,
        settings=settings(
            max_examples=examples * TIMES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
