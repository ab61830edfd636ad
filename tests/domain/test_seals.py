"""A quarter is closed with the ledger's end in its minutes; what is changed in it afterwards is told."""

from datetime import date

import pytest

from salesboard.domain import history, pipeline, reviews, seals
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.models import Seal
from tests import quarter, stories
from tests.quarter import AFTERWARDS, MARCH_ENDS, K, at, six_wins
from tests.stories import add_person

APRIL_9 = date(2026, 4, 9)


def test_later_changes_of_a_sealed_quarters_sales_are_restatements(database: Database) -> None:
    ada = quarter.set_up()
    goal = quarter.add_quarter()
    deals = six_wins()
    first = seals.quarter_named("2026-Q1")
    assert seals.sealable(today=AFTERWARDS) is None
    with pytest.raises(Refused, match="1 goal waits for review since 2026-Q1 or before"):
        seals.seal(ada, first, now=at(AFTERWARDS))
    reviews.review_goal(ada, goal, "retire", "Done", now=at(AFTERWARDS))
    assert seals.sealable(today=AFTERWARDS) == first
    end = ledger.end()
    seals.seal(ada, first, now=at(AFTERWARDS))
    (found,) = seals.seals()
    assert (found.quarter, (found.seq, found.hash), found.author) == (first, end, "Ada Marsh")
    assert found.holds and found.restatements == () and seals.sealable(today=AFTERWARDS) is None
    assert [(name, one.decision) for name, one in found.decisions] == [
        ("Revenue 2026-Q1 of Company", "retire")
    ]

    mia = add_person("Mia")
    pipeline.edit_deal(ada, deals[0], now=at(APRIL_9), value_minor=62 * K)
    edited = ledger.end()[0]
    pipeline.reopen_deal(ada, deals[1], now=at(APRIL_9))
    pipeline.edit_deal(ada, deals[2], now=at(APRIL_9), owner=mia.id)
    pipeline.add_note(ada, deals[3], "no change of the sale", now=at(APRIL_9))
    late = stories.add_deal("Late", "5k", now=at(APRIL_9), opened_on=MARCH_ENDS)
    pipeline.win_deal(ada, late, now=at(APRIL_9), won_on=MARCH_ENDS)
    later = quarter.sell(APRIL_9, 70)
    pipeline.edit_deal(ada, later, now=at(APRIL_9), value_minor=1)
    found = seals.sealed(first)
    assert [(one.deal, one.minor, one.sales, one.changed) for one in found.restatements] == [
        (deals[0], 2 * K, 0, ()),
        (deals[1], -70 * K, -1, ()),
        (deals[2], 0, 0, ("owner",)),
        (late, 5 * K, 1, ()),
    ]
    one = found.restatements[0]
    assert (one.seq, one.who, one.verb, one.called) == (edited, "Ada Marsh", "edited", "Deal of 2026-01-09")
    assert found.minor == -63 * K
    history.undo(ada, now=at(APRIL_9), seq=edited)
    assert [one.minor for one in seals.sealed(first).restatements][-1] == -2 * K
    assert stories.faults() == []


def test_what_can_not_be_sealed_is_refused(sqlite_database: Database) -> None:
    ada = quarter.set_up()
    with pytest.raises(Refused, match="it is sealed once it is over"):
        seals.seal(ada, seals.quarter_named("2026-q2"), now=at(AFTERWARDS))
    with pytest.raises(Refused, match="names no quarter"):
        seals.quarter_named("spring")
    first = seals.quarter_named("2026 Q1")
    with pytest.raises(NotFound, match="2026-Q1 is not sealed"):
        seals.sealed(first)
    with pytest.raises(NotAllowed, match="a lead may not seal quarter"):
        seals.seal(add_person("Lee", "lead"), first, now=at(AFTERWARDS))
    seals.seal(ada, first, now=at(AFTERWARDS))
    with pytest.raises(Refused, match="is sealed already"):
        seals.seal(ada, first, now=at(APRIL_9))
    history.undo(ada, now=at(APRIL_9))
    assert not Seal.select().exists()
