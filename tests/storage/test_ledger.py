"""The ledger: what an entry keeps, that it is all or nothing, and that nobody's write is lost unseen."""

import itertools
import json
from datetime import UTC, date, datetime, timedelta

import pytest

from salesboard.errors import Conflict, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database, open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import (
    Account,
    Contact,
    Deal,
    FileMapping,
    LedgerEntry,
    LedgerHead,
    Membership,
    Person,
    Product,
    Stay,
)
from tests import stories
from tests.stories import NOW, faults

LATER = NOW + timedelta(minutes=5)


def add_widget(actor: Actor, name: str = "Widget", **facts: object) -> Product:
    """A product, as the rows of these stories: a table on which nothing else depends."""
    with ledger.entry(actor, "added", now=NOW) as entry:
        return entry.insert(Product, **{"name": name, "key": name.casefold(), **facts})


def widget() -> Product:
    found: Product = Product.get()
    return found


def body(seq: int) -> list[ledger.Change]:
    return ledger.changes_of([seq])[seq]


def last() -> ledger.Head:
    return ledger.heads(newest=1)[0]


# --- what an entry keeps ------------------------------------------------------------------------------------


def test_an_entry_keeps_who_did_what_to_which_and_when(ada: Actor) -> None:
    product = add_widget(ada)
    head = last()
    assert (head.actor, head.verb, head.at) == (ada.id, "added", NOW)
    assert (head.subject_table, head.subject_id) == ("product", product.id)
    assert (head.undoes, head.batch) == (None, None)


def test_a_new_row_is_kept_whole(ada: Actor) -> None:
    product = add_widget(ada, list_price_minor=55_000)
    (change,) = body(last().seq)
    assert (change.table, change.row, change.before) == ("product", product.id, None)
    assert change.after == {
        "id": product.id,
        "version": 1,
        "name": "Widget",
        "key": "widget",
        "series": None,
        "list_price_minor": 55_000,
        "active": True,
    }


def test_a_change_keeps_only_what_changed_before_and_after(ada: Actor) -> None:
    product = add_widget(ada, list_price_minor=55_000)
    with ledger.entry(ada, "edited", product, now=LATER) as entry:
        assert entry.update(product, list_price_minor=60_000, active=True)
    (change,) = body(last().seq)
    assert (change.before, change.after) == ({"list_price_minor": 55_000}, {"list_price_minor": 60_000})
    assert (widget().list_price_minor, widget().version) == (60_000, 2)
    assert (product.list_price_minor, product.version) == (60_000, 2)


def test_a_row_taken_away_is_kept_whole(ada: Actor) -> None:
    product = add_widget(ada)
    with ledger.entry(ada, "removed", product, now=LATER) as entry:
        entry.delete(product)
    (change,) = body(last().seq)
    assert change.after is None and change.before is not None and change.before["name"] == "Widget"
    assert not Product.select().exists()
    assert not faults()


def test_days_instants_yes_and_no_and_links_are_kept_alike_on_both_databases(ada: Actor) -> None:
    team = stories.add_team("West")
    with ledger.entry(ada, "joined", now=NOW) as entry:
        membership = entry.insert(Membership, person=ada.id, team=team, from_on=date(2024, 2, 29))
    (change,) = body(last().seq)
    assert change.after is not None
    assert (change.after["from_on"], change.after["until_on"]) == ("2024-02-29", None)
    assert (change.after["person"], change.after["team"]) == (ada.id, team)
    stories.add_deal("Northwind", now=datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC))
    (stay,) = [change for change in body(last().seq) if change.table == "stay"]
    assert stay.after is not None and stay.after["entered_at"] == 1795341600123456
    assert Stay.get().entered_at == datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert Membership.get_by_id(membership.id).from_on == date(2024, 2, 29)
    with ledger.entry(ada, "edited", now=LATER) as entry:
        entry.update(Person.get_by_id(ada.id), active=False)
        entry.update(Membership.get_by_id(membership.id), from_on=None, until_on=date(2026, 1, 1))
    person, membership_change = body(last().seq)
    assert (person.before, person.after) == ({"active": True}, {"active": False})
    assert membership_change.after == {"from_on": None, "until_on": "2026-01-01"}
    assert not faults()


def test_ids_are_never_used_twice_in_any_table(ada: Actor) -> None:
    product = add_widget(ada)
    with ledger.entry(ada, "removed", now=LATER) as entry:
        entry.delete(product)
    again = add_widget(ada)
    stories.add_deal("Northwind")
    ids = [row.id for model in (Person, Product, Account, Deal, Stay) for row in model.select()]
    assert again.id > product.id
    assert len(set(ids)) == len(ids) and product.id not in ids


def test_entries_are_numbered_without_a_gap_and_chained_by_their_hashes(ada: Actor) -> None:
    for number in range(5):
        add_widget(ada, f"Widget {number}")
        with pytest.raises(Refused), ledger.entry(ada, "edited", now=NOW) as entry:
            entry.update(Product.get(), list_price_minor=number)
            raise Refused("not today")
    lines = list(LedgerEntry.select().order_by(LedgerEntry.seq))
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].prev_hash == ledger.GENESIS
    assert all(line.prev_hash == before.hash for before, line in itertools.pairwise(lines))
    assert ledger.end() == (lines[-1].seq, lines[-1].hash)
    assert len({line.hash for line in lines}) == len(lines)


def test_canonical_text_is_the_same_whatever_the_order() -> None:
    one, other = {"b": 1, "a": "Ö\n\u2028"}, {"a": "Ö\n\u2028", "b": 1}
    assert ledger.canonical(one) == ledger.canonical(other)
    assert json.loads(ledger.canonical(one)) == one


# --- all or nothing -----------------------------------------------------------------------------------------


def test_where_nothing_changes_nothing_is_written(ada: Actor) -> None:
    product = add_widget(ada)
    before = ledger.end()
    with ledger.entry(ada, "edited", product, now=LATER) as entry:
        assert not entry.update(product, name="Widget", active=True)
    assert ledger.end() == before
    assert widget().version == 1


@pytest.mark.parametrize("trouble", [Refused("no"), ZeroDivisionError(), KeyboardInterrupt()], ids=repr)
def test_an_exception_inside_leaves_nothing(ada: Actor, trouble: BaseException) -> None:
    product = add_widget(ada)
    before, next_id = ledger.end(), LedgerHead.get().next_id
    with pytest.raises(type(trouble)), ledger.entry(ada, "edited", product, now=LATER) as entry:
        entry.update(product, name="Gadget")
        entry.insert(Product, name="Gizmo", key="gizmo")
        raise trouble
    assert (ledger.end(), LedgerHead.get().next_id) == (before, next_id)
    assert [row.name for row in Product.select()] == ["Widget"]
    assert not faults()


def test_an_exception_in_a_batch_leaves_none_of_its_entries(ada: Actor) -> None:
    before = ledger.end()
    with pytest.raises(Refused), ledger.batch(ada, "imported", now=NOW) as batch:
        batch.insert_many(Product, [{"name": f"{number}", "key": f"{number}"} for number in range(1500)])
        raise Refused("no")
    assert ledger.end() == before
    assert not Product.select().exists()


def test_entries_inside_an_entry_are_one_transaction(ada: Actor) -> None:
    with ledger.entry(ada, "edited", now=NOW) as outer:
        outer.insert(Product, name="Outer", key="outer")
        with ledger.entry(ada, "added", now=NOW) as inner:
            inner.insert(Product, name="Inner", key="inner")
    assert [head.verb for head in ledger.heads(newest=2)] == ["added", "edited"]
    with pytest.raises(ZeroDivisionError), ledger.entry(ada, "edited", now=NOW):
        add_widget(ada)
        raise ZeroDivisionError
    assert not Product.select().where(Product.key == "widget").exists()
    assert not faults()


def test_an_inner_entry_that_fails_leaves_nothing_while_the_outer_one_goes_on(ada: Actor) -> None:
    with ledger.entry(ada, "edited", now=NOW) as outer:
        outer.insert(Product, name="Outer", key="outer")
        with pytest.raises(Refused), ledger.batch(ada, "imported", now=NOW) as batch:
            with batch.entry() as first:
                first.insert(Product, name="First", key="first")
            with batch.entry() as second:
                second.insert(Product, name="Second", key="second")
                raise Refused("not this one")
        outer.insert(Product, name="Last", key="last")
    assert sorted(row.name for row in Product.select()) == ["Last", "Outer"]
    assert last().batch is None
    assert not faults()


def test_a_batch_is_cut_into_entries_of_a_thousand_rows(ada: Actor) -> None:
    with ledger.batch(ada, "imported", now=NOW) as batch:
        ids = batch.insert_many(
            Product,
            [{"name": f"{number}", "key": f"{number}"} for number in range(2500)],
            note="products.csv",
        )
    heads = ledger.heads(newest=3)
    assert [len(body(head.seq)) for head in heads] == [1000, 1000, 500]
    assert {head.batch for head in heads} == {heads[0].seq}
    assert {head.note for head in heads} == {"products.csv"}
    assert len(set(ids)) == 2500 == Product.select().count()
    assert not faults()


def test_rows_are_added_the_same_singly_and_many_at_once(ada: Actor) -> None:
    facts = {"name": "Ferry", "key": "ferry", "search": "ferry", "founded": 1999}
    with ledger.entry(ada, "added", now=NOW) as entry:
        single = entry.insert(Account, **facts)
        (other,) = entry.insert_many(Account, [facts])
    one, many = (ledger.plain_row(Account.get_by_id(row)) for row in (single.id, other))
    assert one | {"id": other} == many
    assert not faults()


# --- nobody's write is lost unseen --------------------------------------------------------------------------


def test_two_who_change_different_fields_are_both_kept(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=1)
    as_ada_saw_it, as_mia_saw_it = widget(), widget()
    with ledger.entry(ada, "edited", now=NOW) as entry:
        assert entry.update(as_ada_saw_it, name="Gadget")
    with ledger.entry(mia, "edited", now=LATER) as entry:
        assert entry.update(as_mia_saw_it, list_price_minor=2)
    assert (widget().name, widget().list_price_minor, widget().version) == ("Gadget", 2, 3)
    assert as_mia_saw_it.name == "Gadget"
    assert not faults()


def test_the_same_field_twice_is_a_conflict_that_says_who_when_and_what(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=100)
    as_ada_saw_it = widget()
    with ledger.entry(mia, "edited", now=LATER) as entry:
        entry.update(widget(), list_price_minor=200)
    with ledger.entry(mia, "edited", now=LATER + timedelta(hours=1)) as entry:
        entry.update(widget(), name="Gadget")
    before = ledger.end()
    with pytest.raises(Conflict) as refusal, ledger.entry(ada, "edited", now=LATER) as entry:
        entry.update(as_ada_saw_it, list_price_minor=300)
    assert str(refusal.value) == (
        "Mia Berg changed list price at 10:05:00 UTC on 2026-11-22 from 100 to 200; "
        "your 300 was not saved; look again, then decide"
    )
    assert ledger.end() == before
    assert widget().list_price_minor == 200


def test_a_conflict_in_one_field_keeps_back_the_other_fields_too(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=100)
    as_ada_saw_it = widget()
    with ledger.entry(mia, "edited", now=LATER) as entry:
        entry.update(widget(), list_price_minor=200)
    with pytest.raises(Conflict), ledger.entry(ada, "edited", now=LATER) as entry:
        entry.update(as_ada_saw_it, name="Gadget", list_price_minor=300)
    assert widget().name == "Widget"


def test_two_who_wrote_the_same_agree(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=100)
    as_ada_saw_it = widget()
    with ledger.entry(mia, "edited", now=LATER) as entry:
        entry.update(widget(), list_price_minor=200)
    before = ledger.end()
    with ledger.entry(ada, "edited", now=LATER) as entry:
        assert not entry.update(as_ada_saw_it, list_price_minor=200)
    assert ledger.end() == before
    assert as_ada_saw_it.list_price_minor == 200


def test_a_link_is_told_by_the_name_of_what_it_points_to(ada: Actor, mia: Actor) -> None:
    deal = stories.add_deal("Northwind")
    as_ada_saw_it = stories.read(deal)
    with ledger.entry(mia, "moved", now=LATER) as entry:
        entry.update(stories.read(deal), stage=stories.stage_id("prospect"))
    with pytest.raises(Conflict) as refusal, ledger.entry(ada, "moved", now=LATER) as entry:
        entry.update(as_ada_saw_it, stage=stories.stage_id("opportunity"))
    assert "Mia Berg changed stage at" in str(refusal.value)
    assert "from Target to Prospect; your Opportunity was not saved" in str(refusal.value)


def test_a_row_that_is_gone_is_a_conflict(ada: Actor, mia: Actor) -> None:
    add_widget(ada)
    as_ada_saw_it = widget()
    with ledger.entry(mia, "removed", now=LATER) as entry:
        entry.delete(widget())
    with pytest.raises(Conflict, match="removed"), ledger.entry(ada, "edited", now=LATER) as entry:
        entry.update(as_ada_saw_it, name="Gadget")


# --- undo and redo ------------------------------------------------------------------------------------------


def everything() -> dict[str, list[dict[str, object]]]:
    """All domain rows without their versions, which only grow."""
    return {
        name: [
            {field: value for field, value in ledger.plain_row(row).items() if field != "version"}
            for row in model.select().order_by(model.id)
        ]
        for name, model in ledger.TABLES.items()
    }


def undo(actor: Actor, head: ledger.Head | None = None) -> list[int]:
    head = head or ledger.last_to_undo(actor)
    assert head is not None, "there is nothing to undo"
    return ledger.undo(actor, ledger.whole_act(head), now=LATER)


def redo(actor: Actor) -> list[int]:
    head = ledger.last_to_redo(actor)
    assert head is not None, "there is nothing to redo"
    return ledger.undo(actor, ledger.whole_act(head), now=LATER)


def test_undo_puts_everything_back_and_redo_does_it_again(ada: Actor) -> None:
    product = add_widget(ada, list_price_minor=100)
    before = everything()
    with ledger.entry(ada, "edited", product, now=NOW) as entry:
        entry.update(product, list_price_minor=200, name="Gadget")
        added = entry.insert(Account, name="Ferry", key="ferry", search="ferry")
        entry.insert(Contact, account=added, name="Jon", key="jon")
        entry.update(product, list_price_minor=300)
    after = everything()
    for _ in range(3):
        undo(ada)
        assert everything() == before
        redo(ada)
        assert everything() == after
    assert not faults()


def test_what_was_taken_away_comes_again_under_its_old_id(ada: Actor) -> None:
    product = add_widget(ada, list_price_minor=100)
    before = everything()
    with ledger.entry(ada, "removed", product, now=NOW) as entry:
        entry.delete(product)
    undo(ada)
    assert everything() == before
    assert widget().id == product.id
    redo(ada)
    assert not Product.select().exists()
    assert not faults()


def test_an_undo_is_an_entry_that_names_what_it_undoes(ada: Actor) -> None:
    add_widget(ada)
    done = last()
    (seq,) = undo(ada)
    assert (last().seq, last().verb, last().undoes, last().at) == (seq, ledger.UNDONE, done.seq, LATER)
    (again,) = redo(ada)
    assert (last().seq, last().verb, last().undoes) == (again, ledger.REDONE, seq)


def test_own_acts_are_undone_newest_first_and_redone_in_their_order(ada: Actor, mia: Actor) -> None:
    product = add_widget(ada, list_price_minor=0)
    for price in (1, 2, 3):
        with ledger.entry(ada, "edited", now=NOW) as entry:
            entry.update(widget(), list_price_minor=price)
        with ledger.entry(mia, "added", now=NOW) as entry:
            entry.insert(FileMapping, signature=f"{price}", columns="{}")
    prices = []
    for step in (undo, undo, redo, undo, undo, redo, redo, redo):
        step(ada)
        prices.append(Product.get_by_id(product.id).list_price_minor)
    assert prices == [2, 1, 2, 1, 0, 1, 2, 3]
    assert ledger.last_to_redo(ada) is None
    assert FileMapping.select().count() == 3


def test_a_new_act_clears_what_could_be_redone(ada: Actor, mia: Actor) -> None:
    add_widget(ada)
    with ledger.entry(ada, "edited", now=NOW) as entry:
        entry.update(widget(), list_price_minor=1)
    undo(ada)
    with ledger.entry(mia, "edited", now=NOW) as entry:
        entry.update(widget(), name="Gadget")
    assert ledger.last_to_redo(ada) is not None, "another's act clears nothing"
    add_widget(ada, "Other")
    assert ledger.last_to_redo(ada) is None


def test_a_batch_is_undone_and_redone_as_one(ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ROWS_IN_AN_ENTRY", 100)
    before = everything()
    with ledger.batch(ada, "imported", now=NOW) as batch:
        (account, *_) = batch.insert_many(
            Account, [{"name": f"{n}", "key": f"{n}", "search": f"{n}"} for n in range(120)]
        )
        batch.insert_many(Contact, [{"account": account, "name": f"{n}", "key": f"{n}"} for n in range(5)])
        with batch.entry() as entry:
            entry.update(Account.get_by_id(account), sector="shipping")
    after = everything()
    assert len(undo(ada)) == 4
    assert everything() == before
    assert len(redo(ada)) == 4
    assert everything() == after
    undo(ada)
    assert everything() == before
    assert not faults()


def test_undo_is_refused_when_the_field_has_changed_since_and_says_by_whom(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=1)
    with ledger.entry(ada, "edited", now=NOW) as entry:
        entry.update(widget(), list_price_minor=2, name="Gadget")
    act = last()
    with ledger.entry(mia, "edited", now=NOW) as entry:
        entry.update(widget(), list_price_minor=3)
    before, entries = everything(), ledger.end()
    with pytest.raises(Refused) as refusal:
        undo(ada, act)
    assert str(refusal.value) == (
        f"entry {act.seq} can not be undone: Mia Berg changed list price in entry {act.seq + 1} since; "
        "undo that first"
    )
    assert (everything(), ledger.end()) == (before, entries)
    undo(mia)
    undo(ada, act)
    assert widget().list_price_minor == 1


def test_undo_goes_on_where_another_field_has_changed_since(ada: Actor, mia: Actor) -> None:
    add_widget(ada, list_price_minor=1)
    with ledger.entry(ada, "edited", now=NOW) as entry:
        entry.update(widget(), list_price_minor=2)
    with ledger.entry(mia, "edited", now=NOW) as entry:
        entry.update(widget(), name="Gadget")
    undo(ada)
    assert (widget().list_price_minor, widget().name) == (1, "Gadget")
    assert not faults()


def test_undo_is_refused_when_something_was_built_on_it_and_says_by_whom(ada: Actor, mia: Actor) -> None:
    account = stories.add_account("Northwind")
    act = last()
    with ledger.entry(mia, "added", now=NOW) as entry:
        entry.insert(Contact, account=account, name="Jon", key="jon")
    before, entries = everything(), ledger.end()
    with pytest.raises(
        Refused, match=f"Mia Berg added contact Jon in entry {act.seq + 1} since; undo that first"
    ):
        undo(ada, act)
    assert (everything(), ledger.end()) == (before, entries)
    undo(mia)
    undo(ada, act)
    assert not Account.select().exists()


def test_undo_of_an_addition_is_refused_when_it_was_changed_or_removed(ada: Actor, mia: Actor) -> None:
    add_widget(ada)
    act = last()
    with ledger.entry(mia, "edited", now=NOW) as entry:
        entry.update(widget(), name="Gadget")
    with pytest.raises(Refused, match="Mia Berg changed name in entry"):
        undo(ada, act)
    with ledger.entry(mia, "removed", now=NOW) as entry:
        entry.delete(widget())
    with pytest.raises(Refused, match="gone"):
        undo(ada, act)


def test_undo_of_a_change_is_refused_when_the_row_has_been_removed(ada: Actor) -> None:
    add_widget(ada)
    with ledger.entry(ada, "edited", now=NOW) as entry:
        entry.update(widget(), name="Gadget")
    act = last()
    with ledger.entry(ada, "removed", now=NOW) as entry:
        entry.delete(widget())
    with pytest.raises(Refused, match="removed since"):
        undo(ada, act)


def test_undo_of_a_removal_is_refused_when_its_place_is_taken(ada: Actor) -> None:
    with ledger.entry(ada, "added", now=NOW) as entry:
        mapping = entry.insert(FileMapping, signature="deals", columns="{}")
    with ledger.entry(ada, "removed", now=NOW) as entry:
        entry.delete(mapping)
    act = last()
    with ledger.entry(ada, "added", now=NOW) as entry:
        entry.insert(FileMapping, signature="deals", columns="[]")
    with pytest.raises(Refused, match="can not be undone"):
        undo(ada, act)
    assert FileMapping.get().columns == "[]"


def test_nothing_is_undone_twice(ada: Actor) -> None:
    add_widget(ada)
    act = last()
    undo(ada, act)
    with pytest.raises(Refused, match="undone already"):
        undo(ada, act)


def test_undoing_a_redo_undoes_what_was_done_in_the_first_place(ada: Actor) -> None:
    add_widget(ada)
    act = last()
    undo(ada)
    redo(ada)
    undo(ada, last())
    assert not Product.select().exists()
    assert ledger.is_undone(act)
    redo(ada)
    assert Product.select().count() == 1
    assert not faults()


def test_undo_outlives_the_session_and_the_program(ada: Actor, database: Database, board_url: str) -> None:
    add_widget(ada)
    database.close()
    open_database(board_url)
    with session():
        undo(ada)
        assert not Product.select().exists()
    open_database(board_url)
    with session():
        redo(ada)
        assert Product.select().count() == 1


# --- what this thread wrote ---------------------------------------------------------------------------------


def test_a_thread_knows_what_it_wrote_but_not_what_was_taken_back(ada: Actor) -> None:
    ledger.written_here()
    with pytest.raises(Refused), ledger.entry(ada, "edited", now=NOW):
        add_widget(ada)
        raise Refused("no")
    assert ledger.written_here() == []
    add_widget(ada)
    assert ledger.written_here() == [last().seq]
    assert ledger.written_here() == []
