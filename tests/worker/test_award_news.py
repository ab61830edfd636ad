"""An award stays as it was decided; whoever decided is told when what it was given for is otherwise."""

from datetime import datetime

from salesboard.domain import history, notices, pipeline
from salesboard.domain.awards import deciding
from salesboard.domain.notices import Line
from salesboard.storage import shift
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.worker import TURN, Worker
from tests.evening import DAY, DECIDED, announce, honour, id_of, judge_all, judges, shortlist
from tests.stories import NOW, TODAY, add_deal, add_person, faults, owner, set_up


def of_awards(person: Actor, at: datetime) -> list[Line]:
    return [line for line in notices.inbox(id_of(person), today=at.date()) if line.kind == "awards"]


def test_a_corrected_sale_opens_a_review_once_and_a_correction_back_closes_it(database: Database) -> None:
    set_up()
    mia, eva, jon, max_ = (add_person(name) for name in ("Mia", "Eva", "Jon", "Max"))
    deal = add_deal("Northwind", "41k", by=mia)
    pipeline.win_deal(mia, deal, now=NOW, won_on=TODAY.replace(month=3))
    other = add_deal("Hofer", "2k", by=eva)
    category = honour(announce(host=max_))
    judges(category, jon)
    (nomination,) = shortlist(category, eva, mia, evidence=[f"deal:{deal}"])
    judge_all(category, jon, {nomination: 8})
    deciding.decide(owner(), category, now=DECIDED)
    shift.skip_to_the_end(DECIDED.date())
    worker, at = Worker(), DECIDED + DAY
    pipeline.win_deal(eva, other, now=at)
    worker.one_round(at)
    assert not of_awards(owner(), at), "another sale has nothing to do with it"

    pipeline.edit_deal(mia, deal, now=at, value_minor=38_500_00)
    worker.one_round(at + TURN)
    (line,) = of_awards(owner(), at)
    assert line.text.startswith("Above and Beyond is decided, and its basis has changed:")
    assert "41,000 → 38,500" in line.text and line.leads_to == "programme:0"
    assert [one.text for one in of_awards(max_, at)] == [line.text], "the host decides too"
    assert not of_awards(mia, at) and not of_awards(jon, at), "nobody else hears who has won"
    pipeline.edit_deal(mia, deal, now=at, value_minor=38_000_00)
    worker.one_round(at + 2 * TURN)
    assert len(of_awards(owner(), at)) == 1, "the review is open already"

    for _ in range(2):
        history.undo(mia, now=at)
    worker.one_round(at + 3 * TURN)
    texts = {one.text: one.withdrawn for one in of_awards(owner(), at)}
    assert texts[line.text] == "what Above and Beyond was decided on is as it was again"
    assert [
        one.name for one in deciding.winners(deciding.decision(owner(), category, today=TODAY).category)
    ] == ["Mia"], "the award stays, whatever was told"
    assert faults() == []


def test_of_a_computed_award_too(database: Database) -> None:
    set_up()
    mia, tom = add_person("Mia"), add_person("Tom")
    sold = {}
    for person, value in ((mia, "12k"), (tom, "9k")):
        sold[person] = add_deal(None, value, by=person, title=f"{person} {value}")
        pipeline.win_deal(person, sold[person], now=NOW, won_on=TODAY - 9 * DAY)
    category = honour(announce(), "Most Revenue", metric="most revenue")
    deciding.decide(owner(), category, now=DECIDED)
    shift.skip_to_the_end(DECIDED.date())
    history.undo(mia, now=DECIDED + DAY)
    Worker().one_round(DECIDED + DAY)
    (line,) = of_awards(owner(), DECIDED + DAY)
    assert "the result was $12,000.00" in line.text
