"""What happened, in words, and taking it back: whose acts, what stands in the way, and what one may not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from salesboard.domain import accounts, company, history, people, pipeline, products, profiles
from salesboard.domain.pipeline import Line
from salesboard.errors import NotAllowed, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.ledger import Actor
from salesboard.storage.models import TABLES, Account, Deal, Note, Person, Product
from tests import stories
from tests.conftest import on_sqlite_alone
from tests.stories import NOW, TODAY, add_deal, add_person, add_team, faults, read, stage_id, stage_of

LATER = NOW + timedelta(hours=1)


def rows() -> dict[str, list[dict[str, Any]]]:
    """All domain rows without their versions, which only grow."""
    return {
        name: [
            {field: value for field, value in ledger.plain_row(row).items() if field != "version"}
            for row in model.select().order_by(model.id)
        ]
        for name, model in TABLES.items()
    }


# --- what happened ------------------------------------------------------------------------------------------


def test_events_tell_who_did_what_to_which(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", by=mia, title="Renewal")
    pipeline.move_deal(mia, deal, stage_id("prospect"), now=LATER)
    event = history.events()[-1]
    assert (event.actor, event.handle, event.verb, event.table) == ("Mia Berg", "mia", "moved", "deal")
    assert (event.subject, event.called, event.at, event.standing) == (
        deal,
        "Northwind · Renewal",
        LATER,
        True,
    )
    assert {change.table for change in event.changes} == {"deal", "stay"}
    assert history.in_words(event) == "Mia Berg moved Northwind · Renewal"
    first = history.events()[0]
    assert (first.actor, first.handle, first.verb) == ("salesboard", "salesboard", "opened the board")


def changed(subject: int, row: int | None = None) -> list[str]:
    """What the newest entry about something changed."""
    events = history.events(subject=subject)
    names = history.names_of_keys(events)
    return history.changed_in_words(events[-1], names, amount="{} cents".format, row=row)


def test_what_changed_is_told_with_names_and_amounts(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", "1")
    pipeline.edit_deal(ada, deal, now=NOW, value_minor=250, owner=mia.id, next_step="call")
    assert changed(deal) == [
        "next step: nothing → call",
        "owner: Ada Marsh → Mia Berg",
        "value: 100 cents → 250 cents",
    ]
    pipeline.win_deal(ada, deal, now=NOW)
    assert changed(deal) == [f"closed on: nothing → {TODAY}", "stage: Target → Client", "status: open → won"]
    assert changed(deal, row=deal) == changed(deal)
    assert changed(deal, row=mia.id) == []


def test_a_name_that_has_gone_is_told_as_it_was_and_a_number_is_no_name(ada: Actor) -> None:
    hofer = accounts.add_account(ada, "Hofer", now=NOW)
    group = accounts.add_account(ada, "Group", now=NOW)
    accounts.edit_account(ada, hofer, now=NOW, parent=group, employees=hofer)
    assert changed(hofer) == [f"employees: nothing → {hofer}", "parent: nothing → Group"]
    accounts.edit_account(ada, hofer, now=NOW, parent=None)
    history.undo(ada, now=NOW, seq=next(e.seq for e in history.events(subject=group) if e.verb == "added"))
    assert changed(hofer) == ["parent: Group → nothing"]


def test_events_of_a_deal_are_those_of_all_that_belongs_to_it(ada: Actor) -> None:
    widget = stories.add_product("Widget", "1")
    deal, other = add_deal("Northwind"), add_deal("Kestrel")
    pipeline.set_lines(ada, deal, [Line(widget)], now=NOW)
    pipeline.add_note(ada, other, "not this", now=NOW)
    pipeline.add_note(ada, deal, "Hello", now=NOW)
    pipeline.win_deal(ada, deal, value_minor=1, now=NOW)
    assert [event.verb for event in history.events(subject=deal)] == ["added", "edited", "noted", "won"]
    assert [event.verb for event in history.events(subject=deal, newest=2)] == ["noted", "won"]


def test_events_can_be_bounded_and_read_without_their_changes(ada: Actor) -> None:
    for number in range(5):
        stories.add_product(f"Widget {number}")
    newest = ledger.end()[0]
    assert [event.seq for event in history.events(newest=2)] == [newest - 1, newest]
    assert [event.seq for event in history.events(after=2, upto=4)] == [3, 4]
    assert all(event.changes == () for event in history.events(bodies=False))
    assert len(history.events(newest=None)) == newest


def test_what_was_undone_does_not_stand_until_it_is_redone(ada: Actor) -> None:
    stories.add_product("Widget")
    act = ledger.end()[0]

    def standing() -> dict[int, bool]:
        return {event.seq: event.standing for event in history.events() if event.seq >= act}

    assert standing() == {act: True}
    history.undo(ada, now=LATER)
    assert standing() == {act: False, act + 1: True}
    history.redo(ada, now=LATER)
    assert standing() == {act: True, act + 1: False, act + 2: True}


def test_what_is_gone_is_still_called_by_its_name(ada: Actor) -> None:
    stories.add_product("Widget")
    undone = history.undo(ada, now=LATER)
    assert undone.called == "Widget"
    assert history.in_words(history.events()[-1]) == f"Ada Marsh undid entry {undone.seqs[0] - 1}, Widget"


# --- undo and redo ------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_every_act_of_a_rep_can_be_undone_and_done_again(ada: Actor, mia: Actor) -> None:
    widget = stories.add_product("Widget", "100")
    deal = add_deal("Northwind", "12k", by=mia)
    other = add_deal("Kestrel", "1k", by=mia)
    acts: list[Callable[[], Any]] = [
        lambda: add_deal("Northwind", by=mia, lines=[Line(widget, 2)]),
        lambda: pipeline.edit_deal(mia, deal, now=LATER, title="Renewal", value_minor=5, expected_on=TODAY),
        lambda: pipeline.set_lines(mia, deal, [Line(widget), Line(widget, 5)], now=LATER),
        lambda: pipeline.set_lines(mia, deal, [Line(widget, 7)], now=LATER),
        lambda: pipeline.add_note(mia, deal, "Hello", now=LATER),
        lambda: pipeline.reorder_deal(mia, other, now=LATER, after=deal),
        lambda: pipeline.move_deal(mia, deal, stage_id("opportunity"), now=LATER),
        lambda: pipeline.win_deal(mia, deal, now=LATER, lines=[Line(widget, 1, 7)], value_minor=9),
        lambda: pipeline.edit_deal(mia, deal, now=LATER, closed_on=TODAY - timedelta(days=3)),
        lambda: pipeline.move_deal(mia, deal, stage_id("advocate"), now=LATER),
        lambda: pipeline.reopen_deal(mia, deal, now=LATER),
        lambda: pipeline.lose_deal(mia, deal, reason="price", now=LATER),
        lambda: pipeline.archive_deal(mia, deal, now=LATER),
        lambda: pipeline.archive_deal(mia, deal, now=LATER, archived=False),
        lambda: pipeline.reopen_deal(mia, deal, now=LATER),
        lambda: pipeline.disqualify_deal(
            mia, deal, reason="gone", now=LATER, look_again_on=TODAY + timedelta(9)
        ),
        lambda: accounts.add_account(mia, "Orchard", now=LATER),
        lambda: accounts.edit_account(mia, read(deal).account_id, now=LATER, name="North", employees=3),
        lambda: accounts.add_contact(mia, read(deal).account_id, "Jon", now=LATER),
    ]
    states = [rows()]
    for act in acts:
        act()
        states.append(rows())
        history.undo(mia, now=LATER)
        assert rows() == states[-2]
        history.redo(mia, now=LATER)
        assert rows() == states[-1]
    for state in reversed(states[:-1]):
        history.undo(mia, now=LATER)
        assert rows() == state
    for state in states[1:]:
        history.redo(mia, now=LATER)
        assert rows() == state
    with pytest.raises(Refused, match="nothing to redo"):
        history.redo(mia, now=LATER)
    assert not faults()


def test_undo_tells_what_it_did(ada: Actor) -> None:
    deal = add_deal("Northwind", title="Renewal")
    pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW)
    undone = history.undo(ada, now=LATER)
    assert (undone.verb, undone.called, undone.entries, undone.deal) == (
        "moved",
        "Northwind · Renewal",
        1,
        deal,
    )
    assert undone.seqs == (ledger.end()[0],)
    assert stage_of(deal) == "target"


def test_where_there_is_nothing_to_undo_that_is_said(ada: Actor, mia: Actor) -> None:
    for who in (mia,):
        with pytest.raises(Refused, match="there is nothing of yours to undo"):
            history.undo(who, now=NOW)
        with pytest.raises(Refused, match="there is nothing to redo"):
            history.redo(who, now=NOW)
    for seq in (0, -1, 10**9):
        with pytest.raises(NotFound, match=f"there is no entry {seq}"):
            history.undo(ada, now=NOW, seq=seq)


def test_what_the_program_did_is_not_undone(ada: Actor) -> None:
    with pytest.raises(Refused, match="made by the program itself"):
        history.undo(ada, now=NOW, seq=1)


def test_an_act_is_undone_by_its_number_and_so_is_an_undo(ada: Actor) -> None:
    one, two = stories.add_product("One"), stories.add_product("Two")
    first = next(head.seq for head in ledger.heads(row=one))
    (undoing,) = history.undo(ada, now=NOW, seq=first).seqs
    assert [product.id for product in Product.select()] == [two]
    (redoing,) = history.undo(ada, now=NOW, seq=undoing).seqs
    assert Product.select().count() == 2
    history.undo(ada, now=NOW, seq=redoing)
    assert [product.id for product in Product.select()] == [two]
    history.redo(ada, now=NOW)
    assert Product.select().count() == 2
    assert not faults()


def test_undo_is_refused_when_somebody_has_changed_it_since(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", by=mia)
    pipeline.move_deal(mia, deal, stage_id("prospect"), now=NOW)
    pipeline.move_deal(ada, deal, stage_id("opportunity"), now=NOW)
    stood = rows(), ledger.end()
    with pytest.raises(
        Refused, match=r"entry \d+ can not be undone: Ada Marsh changed .* in entry \d+ since"
    ):
        history.undo(mia, now=LATER)
    assert (rows(), ledger.end()) == stood


def test_undo_is_refused_when_somebody_has_built_on_it(ada: Actor, mia: Actor) -> None:
    account = accounts.add_account(mia, "Orchard", now=NOW)
    deal = add_deal("Orchard")
    with pytest.raises(Refused, match="Ada Marsh added deal Orchard in entry"):
        history.undo(mia, now=LATER)
    pipeline.edit_deal(ada, deal, now=NOW, account=None, title="Other")
    history.undo(mia, now=LATER)
    assert Account.get_or_none(Account.id == account) is None


def test_an_import_is_undone_as_one_and_only_by_who_may_import(ada: Actor) -> None:
    max_ = add_person("Max Haas", "manager")
    with ledger.batch(max_, "imported", now=NOW) as batch:
        batch.insert_many(Account, [{"name": "Orchard", "key": "orchard", "search": "orchard"}])
        batch.insert_many(Product, [{"name": f"{n}", "key": f"{n}"} for n in range(3)], note="products.csv")
    stood = rows()
    undone = history.undo(max_, now=LATER)
    assert (undone.entries, undone.verb) == (2, "imported")
    assert not Product.select().exists()
    history.redo(max_, now=LATER)
    assert rows() == stood
    people.edit_person(ada, max_.id or 0, now=NOW, role="rep")
    with pytest.raises(NotAllowed, match="may not import"):
        history.undo(max_, now=LATER)
    history.undo(ada, now=LATER, seq=undone.seqs[0] - 1)
    assert not Product.select().exists()


# --- whose acts ---------------------------------------------------------------------------------------------


def test_a_rep_undoes_own_acts_a_lead_those_of_the_team_an_admin_all(ada: Actor) -> None:
    for team in ("West", "East"):
        add_team(team)
    add_team("Vienna", under="West")
    lead, mia, jon = (
        add_person("Lea", "lead", team="West"),
        add_person("Mia", team="Vienna"),
        add_person("Jon", team="East"),
    )
    act = {}
    for who in (mia, jon):
        pipeline.add_note(who, add_deal("Northwind", by=who), "Hello", now=NOW)
        act[who] = ledger.end()[0]
    for who, whose, may in ((mia, jon, False), (lead, jon, False), (lead, mia, True), (ada, jon, True)):
        if may:
            history.undo(who, now=NOW, seq=act[whose])
            assert ledger.heads(newest=1)[0].actor == who.id
        else:
            with pytest.raises(NotAllowed, match="undo"):
                history.undo(who, now=NOW, seq=act[whose])
    assert not Note.select().exists()
    with pytest.raises(Refused):
        history.redo(mia, now=NOW)


def test_another_sessions_undo_of_the_same_act_is_told(ada: Actor) -> None:
    stories.add_product("Widget")
    act = ledger.end()[0]
    history.undo(ada, now=NOW, seq=act)
    with pytest.raises(Refused, match="undone already"):
        history.undo(ada, now=NOW, seq=act)


def test_who_has_lost_a_right_does_not_use_it_by_undoing(ada: Actor) -> None:
    """An admin who was made a rep could else take back the acts of an admin, and become one again."""
    bob = add_person("Bob", "admin")
    widget = products.add_product(bob, "Widget", now=NOW)
    acts: list[Callable[[], Any]] = [
        lambda: people.edit_person(bob, ada.id or 0, now=NOW, name="Ada M."),
        lambda: people.add_team(bob, "West", now=NOW),
        lambda: products.edit_product(bob, widget, now=NOW, list_price_minor=5),
        lambda: company.edit_stage(bob, stage_id("prospect"), now=NOW, likelihood=33),
        lambda: company.edit_company(bob, now=NOW, name="Hofer"),
        lambda: people.edit_person(bob, bob.id or 0, now=NOW, role="rep"),
    ]
    numbers = []
    for act in acts:
        act()
        numbers.append(ledger.end()[0])
    stood = rows(), ledger.end()
    for seq in (None, *numbers):
        with pytest.raises(NotAllowed, match="a rep may not edit"):
            history.undo(bob, now=NOW, seq=seq)
    assert (rows(), ledger.end()) == stood
    history.undo(ada, now=NOW, seq=numbers[-1])
    history.undo(bob, now=NOW, seq=numbers[0])


def test_undoing_leaves_an_active_admin(ada: Actor) -> None:
    bob = add_person("Bob", "admin")
    people.edit_person(bob, ada.id or 0, now=NOW, role="rep")
    with pytest.raises(Refused, match="without an active admin"):
        history.undo(bob, now=NOW, seq=next(head.seq for head in ledger.heads(row=bob.id)))
    assert Person.get_by_id(bob.id).role == "admin"


def test_undoing_does_not_give_two_the_same_name(ada: Actor, mia: Actor) -> None:
    account = accounts.add_account(mia, "Orchard", now=NOW)
    accounts.edit_account(mia, account, now=NOW, name="Orchard Ltd")
    stories.add_account("orchard")
    with pytest.raises(Refused, match="orchard is the name of another account by now"):
        history.undo(mia, now=NOW)
    assert Account.get_by_id(account).name == "Orchard Ltd"


def test_who_is_not_active_undoes_nothing(ada: Actor, mia: Actor) -> None:
    add_deal("Northwind", by=mia)
    people.edit_person(ada, mia.id or 0, now=NOW, active=False)
    with pytest.raises(NotAllowed, match="not active"):
        history.undo(mia, now=NOW)
    assert Deal.select().count() == 1


def test_what_is_confidential_is_read_only_by_who_wrote_it(ada: Actor, mia: Actor) -> None:
    assert mia.id
    profiles.set_profile(ada, mia.id, now=NOW, capacity=50)

    def read_by(reader: Actor) -> list[str]:
        (event,) = [one for one in history.events(reader=reader) if one.verb == "profiled"]
        return [change.table for change in event.changes]

    assert read_by(ada) == ["profile"]
    assert read_by(mia) == [], "that it was done is no secret; what it says is"
