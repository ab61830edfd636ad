"""Deals: added, edited, moved, put in order, closed, reopened, archived, and how long they took."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from salesboard.domain import pipeline
from salesboard.domain.pipeline import Line
from salesboard.errors import Conflict, NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Contact, DealLine, Note, Stay
from tests import stories
from tests.conftest import on_sqlite_alone
from tests.stories import NOW, TODAY, add_deal, column, faults, read, stage_id, stage_of

DAY = timedelta(days=1)
LATER = NOW + 3 * DAY


def refused(*words: str, kind: type[Exception] = Refused) -> Any:
    return pytest.raises(kind, match=".*".join(words))


def way(deal: int) -> list[tuple[str, str]]:
    return [(stay.kind, stay.status) for stay in pipeline.stays(deal)]


# --- adding -------------------------------------------------------------------------------------------------


def test_a_new_deal_is_open_at_the_top_of_the_first_stage(ada: Actor) -> None:
    first, second = add_deal("Northwind", "12k"), add_deal("Kestrel")
    assert column("target") == [second, first]
    row = read(first)
    assert (row.title, row.account.name, row.value_minor, row.estimated) == (
        "Northwind",
        "Northwind",
        1_200_000,
        False,
    )
    assert (row.status, row.owner_id, row.opened_on, row.touched_on) == ("open", ada.id, TODAY, TODAY)
    (stay,) = pipeline.stays(first)
    assert (stay.kind, stay.entered_at, stay.left_at) == ("target", NOW, None)


def test_a_deal_is_added_to_any_open_stage_on_any_day_until_today(ada: Actor) -> None:
    deal = add_deal("Northwind", stage="opportunity", opened_on=date(2026, 10, 1))
    assert stage_of(deal) == "opportunity"
    assert pipeline.stays(deal)[0].entered_at == datetime(2026, 10, 1, tzinfo=UTC)
    with refused("in the future"):
        add_deal("Northwind", opened_on=TODAY + DAY)


@on_sqlite_alone
@pytest.mark.parametrize("stage", ["client", "advocate"])
def test_a_deal_does_not_start_as_a_sale(ada: Actor, stage: str) -> None:
    with refused("can not start in", "then win it"):
        add_deal("Northwind", stage=stage)


@on_sqlite_alone
def test_a_deal_needs_a_name_of_some_kind(ada: Actor) -> None:
    with refused("an account or a title"):
        add_deal()
    assert read(add_deal(title="  Renewal\t2027 ")).title == "Renewal 2027"
    product = stories.add_product("Widget")
    assert read(add_deal("Northwind", lines=[Line(product)])).title == "Widget"


@on_sqlite_alone
def test_refused_are_strangers_of_every_kind(ada: Actor) -> None:
    account, other = stories.add_account("Northwind"), stories.add_account("Kestrel")
    with ledger.entry(ada, "added", now=NOW) as entry:
        contact = entry.insert(Contact, account=other, name="Jon", key="jon")
    with refused("no account 999999", kind=NotFound):
        pipeline.add_deal(ada, now=NOW, title="x", account=999_999)
    with refused("no contact 999999", kind=NotFound):
        pipeline.add_deal(ada, now=NOW, account=account, contact=999_999)
    with refused("Jon is no contact of that account"):
        pipeline.add_deal(ada, now=NOW, account=account, contact=contact.id)
    with refused("no such stage", kind=NotFound):
        pipeline.add_deal(ada, now=NOW, title="x", stage=999_999)
    with refused("no product 999999", kind=NotFound):
        pipeline.add_deal(ada, now=NOW, title="x", lines=[Line(999_999)])
    with refused("owner who is active"):
        pipeline.add_deal(ada, now=NOW, title="x", owner=999_999)
    for deal in (999_999, 0, -1):
        with refused("no deal", kind=NotFound):
            pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW)
    assert not ledger.TABLES["deal"].select().exists()


def test_a_deal_is_not_given_to_somebody_who_has_left(ada: Actor, mia: Actor) -> None:
    from salesboard.domain import people

    deal = add_deal("Northwind")
    people.edit_person(ada, mia.id or 0, now=NOW, active=False)
    with refused("active"):
        add_deal("Kestrel", owner=mia.id)
    with refused("active"):
        pipeline.edit_deal(ada, deal, now=NOW, owner=mia.id)


@on_sqlite_alone
@pytest.mark.parametrize("value", [-1, 10**15 + 1, 10**30])
def test_a_value_has_its_bounds(ada: Actor, value: int) -> None:
    with refused("not negative, and not beyond all measure"):
        pipeline.add_deal(ada, now=NOW, title="x", value_minor=value)
    deal = add_deal("Northwind")
    with refused("not negative"):
        pipeline.edit_deal(ada, deal, now=NOW, value_minor=value)
    with refused("not negative"):
        pipeline.win_deal(ada, deal, now=NOW, value_minor=value)


# --- product lines ------------------------------------------------------------------------------------------


def test_lines_give_an_estimated_value_at_list_price(ada: Actor) -> None:
    widget, gadget = stories.add_product("Widget", "100"), stories.add_product("Gadget")
    deal = add_deal("Northwind", lines=[Line(widget, 3), Line(gadget), Line(widget, 1, 9_000)])
    assert (read(deal).value_minor, read(deal).estimated) == (39_000, True)
    assert [line.amount_minor for line in DealLine.select().order_by(DealLine.id)] == [30_000, None, 9_000]


def test_an_estimated_value_follows_its_lines_and_an_agreed_one_does_not(ada: Actor) -> None:
    widget = stories.add_product("Widget", "100")
    estimated, agreed = add_deal("Northwind", lines=[Line(widget)]), add_deal("Kestrel", "5k")
    for deal in (estimated, agreed):
        pipeline.set_lines(ada, deal, [Line(widget, 2), Line(widget, 5)], now=LATER)
    assert (read(estimated).value_minor, read(estimated).estimated) == (70_000, True)
    assert (read(agreed).value_minor, read(agreed).estimated) == (500_000, False)
    pipeline.set_lines(ada, estimated, [], now=LATER)
    assert (read(estimated).value_minor, read(estimated).estimated) == (None, False)
    assert not DealLine.select().where(DealLine.deal == estimated).exists()
    assert not faults()


def test_lines_that_stay_as_they_are_write_nothing(ada: Actor) -> None:
    widget = stories.add_product("Widget", "100")
    deal = add_deal("Northwind", lines=[Line(widget, 2)])
    before = ledger.end()
    pipeline.set_lines(ada, deal, [Line(widget, 2)], now=LATER)
    assert ledger.end() == before


@on_sqlite_alone
@pytest.mark.parametrize("quantity", [0, -1, 10**10])
def test_a_line_has_a_sensible_quantity(ada: Actor, quantity: int) -> None:
    widget = stories.add_product("Widget")
    with refused("Widget"):
        add_deal("Northwind", lines=[Line(widget, quantity)])


# --- editing ------------------------------------------------------------------------------------------------


def test_facts_can_be_changed_and_only_what_changes_is_written(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k")
    kestrel = stories.add_account("Kestrel")
    assert pipeline.edit_deal(
        ada,
        deal,
        now=LATER,
        title="Renewal",
        value_minor=900_000,
        account=kestrel,
        expected_on=date(2027, 1, 31),
        next_step="Call Jon",
        next_step_on=date(2026, 12, 1),
        source="Fair",
    )
    row = read(deal)
    assert (row.title, row.search, row.value_minor, row.account_id) == (
        "Renewal",
        "renewal",
        900_000,
        kestrel,
    )
    assert (row.expected_on, row.next_step, row.source) == (date(2027, 1, 31), "Call Jon", "Fair")
    assert row.touched_on == LATER.date()
    before = ledger.end()
    assert not pipeline.edit_deal(ada, deal, now=LATER + DAY, title="Renewal", value_minor=900_000)
    assert ledger.end() == before


def test_an_amount_that_is_said_is_no_estimate_any_more(ada: Actor) -> None:
    widget = stories.add_product("Widget", "100")
    deal = add_deal("Northwind", lines=[Line(widget)])
    pipeline.edit_deal(ada, deal, now=NOW, value_minor=10_000)
    assert (read(deal).value_minor, read(deal).estimated) == (10_000, False)


def test_a_deal_has_only_what_it_has(ada: Actor) -> None:
    deal = add_deal("Northwind")
    for unknown in ("stage", "status", "place", "version", "id", "archived", "colour"):
        with refused(f"no {unknown} to edit"):
            pipeline.edit_deal(ada, deal, now=NOW, **{unknown: 1})
    with refused("title is empty"):
        pipeline.edit_deal(ada, deal, now=NOW, title=" ")


def test_a_contact_stays_with_its_account(ada: Actor) -> None:
    deal = add_deal("Northwind")
    with ledger.entry(ada, "added", now=NOW) as entry:
        jon = entry.insert(Contact, account=read(deal).account_id, name="Jon", key="jon")
    pipeline.edit_deal(ada, deal, now=NOW, contact=jon.id)
    kestrel = stories.add_account("Kestrel")
    with refused("Jon is no contact of that account"):
        pipeline.edit_deal(ada, deal, now=NOW, account=kestrel, contact=jon.id)
    pipeline.edit_deal(ada, deal, now=NOW, account=kestrel)
    assert read(deal).contact_id is None


def test_who_edits_another_field_than_somebody_else_is_not_disturbed(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", "12k", owner=mia.id)
    as_ada_saw_it = {"title": "Northwind", "value_minor": 1_200_000, "stage": stage_id("target")}
    pipeline.edit_deal(mia, deal, now=NOW, value_minor=2_000_000)
    pipeline.move_deal(mia, deal, stage_id("prospect"), now=NOW)
    form = {"title": "Renewal", "value_minor": 1_200_000}
    assert pipeline.edit_deal(ada, deal, now=NOW, seen=as_ada_saw_it, **form)
    assert (read(deal).title, read(deal).value_minor) == ("Renewal", 2_000_000)


def test_who_edits_the_same_field_as_somebody_else_is_told(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", owner=mia.id)
    pipeline.edit_deal(mia, deal, now=NOW, title="Mine")
    with refused("Mia Berg changed title", "from Northwind to Mine; your Ours", kind=Conflict):
        pipeline.edit_deal(ada, deal, now=NOW, seen={"title": "Northwind"}, title="Ours")
    assert not pipeline.edit_deal(ada, deal, now=NOW, seen={"title": "Northwind"}, title="Mine")
    assert read(deal).title == "Mine"


def test_notes_are_kept_as_written(ada: Actor) -> None:
    deal = add_deal("Northwind")
    note = pipeline.add_note(ada, deal, "  Called Jon.\nHe wants\tmore. ", now=LATER)
    row = Note.get_by_id(note)
    assert (row.text, row.author_id, row.at) == ("Called Jon.\nHe wants more.", ada.id, LATER)
    assert read(deal).touched_on == LATER.date()
    with refused("empty"):
        pipeline.add_note(ada, deal, " \n ", now=NOW)
    with refused("20,001 characters"):
        pipeline.add_note(ada, deal, "x" * 20_001, now=NOW)


# --- moving -------------------------------------------------------------------------------------------------


def test_a_move_puts_the_card_on_top_and_begins_a_stay(ada: Actor) -> None:
    deal, other = add_deal("Northwind"), add_deal("Kestrel", stage="prospect")
    assert pipeline.move_deal(ada, deal, stage_id("prospect"), now=LATER)
    assert column("prospect") == [deal, other]
    assert column("target") == []
    first, second = pipeline.stays(deal)
    assert (first.kind, first.left_at, second.kind, second.entered_at) == ("target", LATER, "prospect", LATER)
    assert ledger.heads(newest=1)[0].verb == "moved"


def test_a_move_to_where_the_card_is_writes_nothing(ada: Actor) -> None:
    deal = add_deal("Northwind")
    before = ledger.end()
    assert not pipeline.move_deal(ada, deal, stage_id("target"), now=LATER)
    assert ledger.end() == before


def test_a_move_may_have_been_made_earlier_but_not_before_the_last_one(ada: Actor) -> None:
    deal = add_deal("Northwind", opened_on=date(2026, 11, 1))
    pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW, moved_on=date(2026, 11, 10))
    pipeline.move_deal(ada, deal, stage_id("opportunity"), now=NOW, moved_on=date(2026, 11, 5))
    times = [(time.stage, time.seconds // 86_400) for time in pipeline.time_in_stages(deal, NOW)]
    assert times == [("Target", 9), ("Prospect", 0), ("Opportunity", 12)]
    for day, told in ((TODAY + DAY, "in the future"), (date(1989, 12, 31), "too long ago")):
        with refused(told):
            pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW, moved_on=day)


def test_a_move_of_a_card_that_somebody_else_moved_is_a_conflict(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", owner=mia.id)
    seen = {"stage": stage_id("target")}
    pipeline.move_deal(mia, deal, stage_id("prospect"), now=NOW, seen=seen)
    with refused("Mia Berg changed stage", "from Target to Prospect", kind=Conflict):
        pipeline.move_deal(ada, deal, stage_id("opportunity"), now=NOW, seen=seen)
    assert stage_of(deal) == "prospect"
    assert not pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW, seen=seen), "both wanted the same"
    assert pipeline.move_deal(
        ada, deal, stage_id("opportunity"), now=NOW, seen={"stage": stage_id("prospect")}
    )


@on_sqlite_alone
def test_stages_of_sales_are_reached_by_winning_only(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k")
    for stage in ("client", "advocate"):
        with refused("by being won"):
            pipeline.move_deal(ada, deal, stage_id(stage), now=NOW)
    pipeline.win_deal(ada, deal, now=NOW)
    assert pipeline.move_deal(ada, deal, stage_id("advocate"), now=NOW)
    assert read(deal).status == "won"
    for stage in ("target", "prospect", "opportunity"):
        with refused("was won on 2026-11-22; reopen it"):
            pipeline.move_deal(ada, deal, stage_id(stage), now=NOW)


def test_what_is_not_on_the_board_is_not_moved(ada: Actor, mia: Actor) -> None:
    lost, archived = add_deal("Northwind", owner=mia.id), add_deal("Kestrel")
    pipeline.lose_deal(mia, lost, reason="price", now=NOW)
    pipeline.archive_deal(ada, archived, now=NOW)
    for deal, told in ((lost, "lost"), (archived, "archived")):
        with refused(f"is {told}; reopen it first"):
            pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW)
        stale = {"stage": stage_id("target"), "status": "open", "archived": False}
        with refused(f"is {told}"):
            pipeline.move_deal(ada, deal, stage_id("prospect"), now=NOW, seen=stale)
        assert stage_of(deal) == "target"


# --- order in a column --------------------------------------------------------------------------------------


def test_cards_are_put_beside_one_another(ada: Actor) -> None:
    a, b, c, d = (add_deal(name) for name in ("A", "B", "C", "D"))
    assert column("target") == [d, c, b, a]
    assert pipeline.reorder_deal(ada, a, now=NOW, before=c)
    assert column("target") == [d, a, c, b]
    assert pipeline.reorder_deal(ada, d, now=NOW, after=b)
    assert column("target") == [a, c, b, d]
    assert pipeline.reorder_deal(ada, d, now=NOW, before=a)
    assert column("target") == [d, a, c, b]


def test_there_is_always_room_between_two_cards(ada: Actor) -> None:
    cards = [add_deal(f"Card {number}") for number in range(4)]
    top, upper, lower, bottom = column("target")
    for number in range(30):
        moved, stays = (upper, lower) if number % 2 else (lower, upper)
        pipeline.reorder_deal(ada, moved, now=NOW, after=top)
        assert column("target") == [top, moved, stays, bottom]
    places = [read(card).place for card in cards]
    assert len(set(places)) == 4
    assert not faults()


def test_cards_at_one_place_are_told_apart(ada: Actor) -> None:
    """Undoing a move brings a card back to its old place, which another card may have by now."""
    a, b = add_deal("A"), add_deal("B")
    pipeline.move_deal(ada, b, stage_id("prospect"), now=NOW)
    c = add_deal("C")
    act = next(head for head in ledger.heads(newest=5) if head.verb == "moved")
    ledger.undo(ada, [act], now=NOW)
    assert read(b).place == read(c).place
    upper, lower, last = column("target")
    assert {upper, lower, last} == {a, b, c}
    assert pipeline.reorder_deal(ada, last, now=NOW, after=upper)
    assert column("target") == [upper, last, lower]
    assert len({read(card).place for card in (a, b, c)}) == 3
    assert not faults()


def test_a_card_is_put_beside_one_of_its_own_column_only(ada: Actor) -> None:
    a, b, elsewhere, lost, archived = (add_deal(name) for name in ("A", "B", "Elsewhere", "Lost", "Archived"))
    pipeline.move_deal(ada, elsewhere, stage_id("prospect"), now=NOW)
    pipeline.lose_deal(ada, lost, reason="price", now=NOW)
    pipeline.archive_deal(ada, archived, now=NOW)
    for neighbour in (a, elsewhere, lost, archived, 999_999, None):
        with refused("beside another one of its own column"):
            pipeline.reorder_deal(ada, a, now=NOW, before=neighbour)
    with refused("beside another one"):
        pipeline.reorder_deal(ada, lost, now=NOW, before=b)


# --- winning ------------------------------------------------------------------------------------------------


def test_a_sale_goes_to_client_with_its_amount_and_day(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k", stage="opportunity", opened_on=date(2026, 11, 1))
    pipeline.win_deal(ada, deal, now=NOW, won_on=date(2026, 11, 20), value_minor=1_000_000)
    row = read(deal)
    assert (row.status, row.stage.kind, row.value_minor, row.closed_on) == (
        "won",
        "client",
        1_000_000,
        date(2026, 11, 20),
    )
    assert column("client") == [deal]
    assert way(deal) == [("opportunity", "open"), ("client", "won")]
    assert ledger.heads(newest=1)[0].at == NOW, "the ledger never lies"


@on_sqlite_alone
def test_without_an_agreed_amount_nothing_is_won(ada: Actor) -> None:
    widget = stories.add_product("Widget", "100")
    for deal in (add_deal("Northwind"), add_deal("Kestrel", lines=[Line(widget)])):
        with refused("no agreed amount"):
            pipeline.win_deal(ada, deal, now=NOW)
        pipeline.win_deal(ada, deal, now=NOW, lines=[Line(widget, 2, 15_000), Line(widget)])
        assert (read(deal).value_minor, read(deal).estimated) == (25_000, False)
    free = add_deal("Gift")
    pipeline.win_deal(ada, free, now=NOW, value_minor=0)
    assert read(free).value_minor == 0


def test_a_sale_keeps_its_amount(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k")
    pipeline.win_deal(ada, deal, now=NOW)
    with refused("keeps its amount"):
        pipeline.edit_deal(ada, deal, now=NOW, value_minor=None)
    pipeline.edit_deal(ada, deal, now=NOW, value_minor=5)
    assert read(deal).value_minor == 5


@on_sqlite_alone
@pytest.mark.parametrize("day", [TODAY + DAY, date(1989, 12, 31)])
def test_closing_days_are_not_in_the_future_nor_before_all_time(ada: Actor, day: date) -> None:
    deal = add_deal("Northwind", "12k")
    with refused("future|too long ago"):
        pipeline.win_deal(ada, deal, now=NOW, won_on=day)
    with refused("future|too long ago"):
        pipeline.lose_deal(ada, deal, now=NOW, reason="x", lost_on=day)
    with refused("future|too long ago"):
        pipeline.disqualify_deal(ada, deal, now=NOW, reason="x", disqualified_on=day)
    assert read(deal).status == "open"


def test_today_is_the_companys_today(database: Database) -> None:
    ada = stories.set_up(zone="Pacific/Auckland")
    evening = datetime(2026, 11, 22, 12, tzinfo=UTC)
    deal = add_deal("Northwind", "12k", now=evening)
    pipeline.win_deal(ada, deal, now=evening, won_on=date(2026, 11, 23))
    assert (read(deal).opened_on, read(deal).closed_on) == (date(2026, 11, 23), date(2026, 11, 23))
    with refused("future"):
        add_deal("Kestrel", now=evening, opened_on=date(2026, 11, 24))


def test_of_two_who_close_a_deal_the_second_is_told(ada: Actor, mia: Actor) -> None:
    seen = {"status": "open", "stage": stage_id("target"), "value_minor": 1_200_000}
    closings: list[Any] = [
        lambda actor, deal, **seen: pipeline.win_deal(actor, deal, now=NOW, **seen),
        lambda actor, deal, **seen: pipeline.lose_deal(actor, deal, reason="price", now=NOW, **seen),
        lambda actor, deal, **seen: pipeline.disqualify_deal(actor, deal, reason="gone", now=NOW, **seen),
    ]
    for first in closings:
        for second in closings:
            deal = add_deal("Northwind", "12k", owner=mia.id)
            first(mia, deal, seen=seen)
            stood = ledger.plain_row(read(deal)), way(deal)
            with refused("Mia Berg changed", kind=Conflict):
                second(ada, deal, seen=seen)
            with refused("already; reopen it first"):
                second(ada, deal)
            assert (ledger.plain_row(read(deal)), way(deal)) == stood
    assert not faults()


def test_who_wins_for_an_amount_that_has_changed_meanwhile_is_told(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", "12k", owner=mia.id)
    pipeline.edit_deal(mia, deal, now=NOW, value_minor=2_000_000)
    with refused("Mia Berg changed value", r"from \$12,000.00 to \$20,000.00", kind=Conflict):
        pipeline.win_deal(ada, deal, now=NOW, seen={"value_minor": 1_200_000})
    assert read(deal).status == "open"


# --- losing, disqualifying, reopening, archiving ------------------------------------------------------------


def test_a_lost_deal_leaves_the_board_with_its_reason(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k", stage="prospect", opened_on=date(2026, 11, 1))
    pipeline.lose_deal(ada, deal, reason=" price ", now=NOW, lost_on=date(2026, 11, 15))
    row = read(deal)
    assert (row.status, row.reason, row.closed_on, row.stage.kind) == (
        "lost",
        "price",
        date(2026, 11, 15),
        "prospect",
    )
    assert column("prospect") == []
    assert way(deal) == [("prospect", "open"), ("prospect", "lost")]


@on_sqlite_alone
def test_nothing_is_closed_without_a_reason(ada: Actor) -> None:
    deal = add_deal("Northwind")
    for reason in ("", "  ", "\u200b"):
        with refused("say why|reason is empty"):
            pipeline.lose_deal(ada, deal, reason=reason, now=NOW)
        with refused("say why|reason is empty"):
            pipeline.disqualify_deal(ada, deal, reason=reason, now=NOW)
    pipeline.lose_deal(ada, deal, reason="price", now=NOW)
    with refused("say why"):
        pipeline.edit_deal(ada, deal, now=NOW, reason=None)


def test_a_disqualified_deal_may_be_looked_at_again(ada: Actor) -> None:
    deal = add_deal("Northwind")
    with refused("is not ahead"):
        pipeline.disqualify_deal(ada, deal, reason="no budget", now=NOW, look_again_on=TODAY)
    pipeline.disqualify_deal(ada, deal, reason="no budget", now=NOW, look_again_on=TODAY + DAY)
    assert (read(deal).status, read(deal).look_again_on) == ("disqualified", TODAY + DAY)


@pytest.mark.parametrize("closing", ["win", "lose", "disqualify"])
def test_reopening_takes_a_closing_back(ada: Actor, closing: str) -> None:
    deal = add_deal("Northwind", "12k", stage="opportunity")
    if closing == "win":
        pipeline.win_deal(ada, deal, now=NOW)
        pipeline.move_deal(ada, deal, stage_id("advocate"), now=NOW)
    elif closing == "lose":
        pipeline.lose_deal(ada, deal, reason="price", now=NOW)
    else:
        pipeline.disqualify_deal(ada, deal, reason="gone", now=NOW, look_again_on=TODAY + DAY)
    pipeline.reopen_deal(ada, deal, now=LATER)
    row = read(deal)
    assert (row.status, row.stage.kind, row.closed_on, row.reason, row.look_again_on) == (
        "open",
        "opportunity",
        None,
        None,
        None,
    )
    assert column("opportunity") == [deal]
    assert way(deal)[-1] == ("opportunity", "open")
    with refused("is open"):
        pipeline.reopen_deal(ada, deal, now=LATER)


def test_of_two_who_reopen_the_second_is_told(ada: Actor, mia: Actor) -> None:
    deal = add_deal("Northwind", owner=mia.id)
    pipeline.lose_deal(mia, deal, reason="price", now=NOW)
    seen = {"status": "lost"}
    pipeline.reopen_deal(mia, deal, now=NOW, seen=seen)
    stood = way(deal)
    with refused("Mia Berg changed status", "from lost to open", kind=Conflict):
        pipeline.reopen_deal(ada, deal, now=NOW, seen=seen)
    assert way(deal) == stood


def test_archiving_hides_and_brings_back(ada: Actor) -> None:
    deal = add_deal("Northwind")
    assert pipeline.archive_deal(ada, deal, now=NOW)
    assert not pipeline.archive_deal(ada, deal, now=NOW)
    assert column("target") == []
    assert pipeline.archive_deal(ada, deal, now=NOW, archived=False)
    assert column("target") == [deal]
    assert [head.verb for head in ledger.heads(newest=2)] == ["archived", "brought back"]


def test_closing_dates_are_corrected_with_the_stays_they_divide(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k", opened_on=date(2026, 11, 1))
    pipeline.win_deal(ada, deal, now=NOW)
    pipeline.edit_deal(ada, deal, now=LATER, closed_on=date(2026, 11, 10))
    open_stay, won_stay = pipeline.stays(deal)
    assert open_stay.left_at == won_stay.entered_at == datetime(2026, 11, 10, tzinfo=UTC)
    with refused("in the future"):
        pipeline.edit_deal(ada, deal, now=LATER, closed_on=LATER.date() + DAY)
    with refused("keeps its closing date"):
        pipeline.edit_deal(ada, deal, now=LATER, closed_on=None)
    other = add_deal("Kestrel")
    with refused("no closing date"):
        pipeline.edit_deal(ada, other, now=LATER, closed_on=TODAY)


@pytest.mark.parametrize(
    "closed_on", [date(2026, 10, 1), date(2026, 11, 10), date(2026, 11, 22), date(2026, 11, 25)]
)
def test_a_corrected_closing_date_leaves_no_gap_whatever_came_after(ada: Actor, closed_on: date) -> None:
    deal = add_deal("Northwind", "12k", opened_on=date(2026, 11, 1))
    pipeline.win_deal(ada, deal, now=NOW)
    pipeline.move_deal(ada, deal, stage_id("advocate"), now=NOW)
    pipeline.edit_deal(ada, deal, now=LATER, closed_on=closed_on)
    assert read(deal).closed_on == closed_on
    stays = list(Stay.select().where(Stay.deal == deal).order_by(Stay.id))
    assert all(before.left_at == after.entered_at for before, after in itertools.pairwise(stays))
    assert all(stay.left_at is None or stay.entered_at <= stay.left_at for stay in stays)
    assert way(deal) == [("target", "open"), ("client", "won"), ("advocate", "won")]


# --- time in stages -----------------------------------------------------------------------------------------


def test_times_in_stages_add_up_to_the_age(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k", now=NOW)
    moment = NOW
    for number, stage in enumerate(("prospect", "opportunity", "prospect", "target", "prospect")):
        moment += timedelta(hours=number, seconds=1, milliseconds=700)
        pipeline.move_deal(ada, deal, stage_id(stage), now=moment)
    end = moment + timedelta(milliseconds=900)
    times = pipeline.time_in_stages(deal, end)
    assert [(time.stage, time.visits, time.here_now) for time in times] == [
        ("Target", 2, False),
        ("Prospect", 3, True),
        ("Opportunity", 1, False),
    ]
    assert sum(time.seconds for time in times) == pipeline.age_seconds(deal, end)


@on_sqlite_alone
@pytest.mark.parametrize("status", ["lost", "disqualified"])
def test_the_clock_of_a_deal_off_the_board_stands_still(ada: Actor, status: str) -> None:
    deal = add_deal("Northwind", "12k")
    close = pipeline.lose_deal if status == "lost" else pipeline.disqualify_deal
    close(ada, deal, reason="price", now=NOW + DAY)
    week = NOW + 7 * DAY
    assert pipeline.age_seconds(deal, week) == 86_400
    assert [(time.stage, time.seconds) for time in pipeline.time_in_stages(deal, week)] == [
        ("Target", 86_400)
    ]
    pipeline.reopen_deal(ada, deal, now=NOW + 3 * DAY)
    times = {time.stage: time.seconds // 86_400 for time in pipeline.time_in_stages(deal, week)}
    assert times == {"Target": 1 + 4, status: 2}
    assert pipeline.age_seconds(deal, week) == 7 * 86_400


def test_every_act_on_a_deal_can_be_proved(ada: Actor) -> None:
    deal = add_deal("Northwind", "12k")
    pipeline.add_note(ada, deal, "Hello", now=NOW)
    pipeline.win_deal(ada, deal, now=NOW)
    pipeline.reopen_deal(ada, deal, now=NOW)
    pipeline.lose_deal(ada, deal, reason="price", now=NOW)
    assert not faults()
    assert {head.subject_id for head in ledger.heads(row=deal)} == {deal}
