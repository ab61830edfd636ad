"""The same files a second time, and what somebody has changed on the board in between."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from salesboard import importing
from salesboard.domain import accounts, company, history, pipeline
from salesboard.errors import Conflict, NotAllowed, NotFound, Refused
from salesboard.importing import Options
from salesboard.storage import ledger
from salesboard.storage.database import open_database, session
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Deal, DealLine, FileMapping, LedgerEntry, Person, Product, Stay
from tests import stories
from tests.conftest import on_sqlite_alone
from tests.importing.bringing import (
    File,
    account,
    brought,
    counted,
    deal,
    deals_file,
    entries,
    lines,
    planned,
    sources,
    titles,
    way,
)
from tests.stories import NOW, digest, faults

LATER = NOW + timedelta(days=3)
D = date


def pipeline_file(**changed: str) -> File:
    rows = {
        "1": "1,Ada Marsh,GTX Pro,Hofer,Engaging,2026-09-01,,",
        "2": "2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5000",
        "3": "3,Ada Marsh,MG Special,,Prospecting,,,",
        "4": "4,Ada Marsh,MG Special,Acme,Lost,2026-08-02,2026-10-02,0",
    }
    rows |= {number.removeprefix("row"): row for number, row in changed.items()}
    header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    return deals_file(header + "".join(f"{row}\n" for row in rows.values()), "pipeline.csv")


def products_file(price: str = "4821") -> File:
    return File("products.csv", f"product,series,sales_price\nGTX Pro,GTX,{price}\nMG Special,MG,55\n")


# --- once and again --------------------------------------------------------------------------------------


def test_a_second_run_writes_nothing_at_all(ada: Actor) -> None:
    first = brought(pipeline_file(), products_file())
    assert counted(first.plan) == "4 new" and first.batch is not None
    before, fingerprint = entries(), digest()
    again = brought(products_file(), pipeline_file(), now=LATER)
    assert counted(again.plan) == "4 same" and counted(again.plan, "products") == "2 same"
    assert (again.batch, again.rows, str(again)) == (None, 0, "nothing new: the board stays as it is")
    assert (entries(), digest()) == (before, fingerprint)
    assert not faults()
    # The control: one changed cell is seen.
    changed = brought(pipeline_file(row1="1,Ada Marsh,GTX Pro,Hofer,Engaging,2026-09-01,,77"), now=LATER)
    assert counted(changed.plan) == "1 changed, 3 same"
    assert entries() > before and digest() != fingerprint


def test_every_entry_is_imported_and_names_the_files(ada: Actor) -> None:
    report = brought(pipeline_file(), products_file())
    heads = ledger.heads(after=(report.batch or 0) - 1)
    assert {head.verb for head in heads} == {"imported"}
    assert {head.note for head in heads} == {"pipeline.csv, products.csv"}
    assert {head.batch for head in heads} == {report.batch}
    assert len(heads) == report.entries


def test_what_changed_in_the_file_changes_on_the_board(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    assert (deal("GTX Pro").value_minor, deal("GTX Pro").estimated) == (482100, True)
    newer = {
        "row1": "1,Ada Marsh,GTX Pro,Hofer,Won,2026-09-01,2026-11-20,4500",
        "row3": "3,Ada Marsh,MG Special,Hofer,Engaging,2026-11-01,,",
        "row4": "4,Ada Marsh,GTX Pro,Acme,Lost,2026-08-02,2026-10-05,0",
    }
    report = brought(pipeline_file(**newer), now=LATER)
    assert counted(report.plan) == "3 changed, 1 same"
    one, two, three, four = Deal.select().order_by(Deal.id)
    assert (one.status, one.closed_on, one.value_minor, one.estimated) == (
        "won",
        D(2026, 11, 20),
        450000,
        False,
    )
    assert way(one) == [("opportunity", "open", D(2026, 9, 1)), ("client", "won", D(2026, 11, 20))]
    assert lines(one) == [("GTX Pro", 1, 450000)]
    assert stories.column("client")[0] == one.id
    assert two.version == 1
    assert (three.stage.kind, three.opened_on, three.account.name) == ("opportunity", D(2026, 11, 1), "Hofer")
    assert [stay[0] for stay in way(three)] == ["prospect", "opportunity"]
    assert way(four) == [("opportunity", "open", D(2026, 8, 2)), ("opportunity", "lost", D(2026, 10, 5))]
    assert lines(four) == [("GTX Pro", 1, 0)]
    assert not faults()
    assert counted(brought(pipeline_file(**newer)).plan) == "4 same"


@on_sqlite_alone
def test_a_deal_that_goes_to_another_account_leaves_its_contact_there(ada: Actor) -> None:
    brought(deals_file("Id,Title,Stage,Company,Contact\n1,a,Demo,Hofer,Jo Doe\n"))
    assert deal("a").contact.name == "Jo Doe"
    brought(deals_file("Id,Title,Stage,Company\n1,a,Demo,Acme\n"))
    assert (deal("a").account.name, deal("a").contact) == ("Acme", None)
    brought(deals_file("Id,Title,Stage,Company,Contact\n1,a,Demo,Acme,Di Roe\n"))
    assert (deal("a").contact.name, deal("a").contact.account.name) == ("Di Roe", "Acme")


@on_sqlite_alone
def test_a_deal_that_is_open_again_in_the_file_is_reopened(ada: Actor) -> None:
    brought(pipeline_file())
    brought(pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Engaging,2026-08-01,,"), now=LATER)
    two = Deal.get(Deal.external == "file:2")
    assert (two.status, two.closed_on, two.stage.kind, two.value_minor) == ("open", None, "opportunity", None)
    assert [stay[:2] for stay in way(two)] == [
        ("opportunity", "open"),
        ("client", "won"),
        ("opportunity", "open"),
    ]


# --- what was decided on the board in between ------------------------------------------------------------


@on_sqlite_alone
def test_an_old_file_takes_nothing_back_that_was_done_on_the_board(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    one, two, three, four = [row.id for row in Deal.select().order_by(Deal.id)]
    pipeline.win_deal(ada, one, now=LATER, value_minor=480000)
    pipeline.edit_deal(ada, two, now=LATER, value_minor=600000, title="Renewal")
    pipeline.move_deal(ada, three, stories.stage_id("opportunity"), now=LATER)
    pipeline.edit_deal(ada, four, now=LATER, reason="Too dear")
    pipeline.set_lines(ada, four, [pipeline.Line(Product.get(Product.name == "GTX Pro").id, 3)], now=LATER)
    accounts.edit_account(ada, account("Hofer").id, now=LATER, name="Hofer & Söhne")
    before = digest()
    report = brought(pipeline_file(), products_file(), now=LATER)
    assert counted(report.plan) == "3 same, 1 doubtful"
    assert "products changed in the file and on the board" in report.plan.doubtful[0].reason
    assert [str(match) for match in report.plan.matches if match.kind == "account"] == [
        "1 row says Hofer: read as Hofer & Söhne"
    ]
    assert digest() == before


def test_what_both_changed_is_doubtful_and_left_as_the_board_has_it(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    two = Deal.get(Deal.external == "file:2").id
    pipeline.edit_deal(ada, two, now=LATER, value_minor=600000)
    newer = "2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5500"
    report = brought(pipeline_file(row2=newer), now=LATER)
    assert counted(report.plan) == "3 same, 1 doubtful"
    assert report.plan.doubtful[0].line == 3 and "value changed" in report.plan.doubtful[0].reason
    assert stories.read(two).value_minor == 600000
    brought(pipeline_file(row2=newer), now=LATER, take_doubtful=True)
    assert stories.read(two).value_minor == 550000
    assert counted(brought(pipeline_file(row2=newer), now=LATER).plan) == "4 same"


@on_sqlite_alone
def test_other_facts_of_a_changed_row_are_taken_where_the_board_left_them(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    two = Deal.get(Deal.external == "file:2").id
    pipeline.edit_deal(ada, two, now=LATER, next_step="Call Tue")
    brought(pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5500"), now=LATER)
    assert (stories.read(two).value_minor, stories.read(two).next_step) == (550000, "Call Tue")


def test_after_an_undone_import_the_one_before_counts(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    newer = pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5500")
    second = brought(newer, now=LATER)
    importing.undo_import(ada, second.batch or 0, now=LATER)
    assert Deal.get(Deal.external == "file:2").value_minor == 500000
    assert counted(brought(pipeline_file(), products_file(), now=LATER).plan) == "4 same"
    assert counted(
        brought(pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5500")).plan
    ) == ("1 changed, 3 same")


# --- who is who ------------------------------------------------------------------------------------------

NO_IDS = """
    Opportunity Name,Account Name,Stage,Amount,Created Date,Close Date
    Renewal,Hofer,Demo,100,2026-09-01,2026-12-01
    Renewal,Acme,Demo,200,2026-09-01,2026-12-01
    Renewal,Hofer,Demo,300,2026-09-02,2026-12-01
    """


@on_sqlite_alone
def test_without_an_id_title_account_and_day_tell_deals_apart(ada: Actor) -> None:
    assert counted(brought(deals_file(NO_IDS)).plan) == "3 new"
    assert counted(brought(deals_file(NO_IDS)).plan) == "3 same"
    changed = brought(deals_file(NO_IDS.replace("200", "250")))
    assert counted(changed.plan) == "1 changed, 2 same"
    assert sorted(row.value_minor for row in Deal.select()) == [10000, 25000, 30000]
    renamed = deal("Renewal").id
    pipeline.edit_deal(ada, renamed, now=LATER, title="Big renewal")
    assert counted(brought(deals_file(NO_IDS.replace("200", "250"))).plan) == "3 same"


@on_sqlite_alone
def test_a_deal_made_by_hand_is_found_by_title_account_and_day(ada: Actor) -> None:
    made = stories.add_deal("Hofer", "100", stage="opportunity", title="Renewal", opened_on=D(2026, 9, 1))
    report = brought(deals_file(NO_IDS))
    assert counted(report.plan) == "2 new, 1 changed"
    assert (stories.read(made).expected_on, stories.read(made).value_minor) == (D(2026, 12, 1), 10000)
    assert counted(brought(deals_file(NO_IDS)).plan) == "3 same"


@on_sqlite_alone
def test_an_id_that_comes_later_is_given_to_the_same_deal(ada: Actor) -> None:
    brought(deals_file(NO_IDS))
    with_ids = deals_file("""
        Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Created Date,Close Date
        0065g00000AAAAA,Renewal,Hofer,Demo,100,2026-09-01,2026-12-01
        0065g00000BBBBB,Renewal,Acme,Demo,200,2026-09-01,2026-12-01
        """)
    assert counted(brought(with_ids).plan) == "2 changed"
    assert {row.external for row in Deal.select() if ":#" not in row.external} == {
        "salesforce:0065g00000AAAAAAA5",
        "salesforce:0065g00000BBBBBAA5",
    }
    assert Deal.select().count() == 3


@on_sqlite_alone
def test_a_name_alone_never_tells_which_deal_it_is(ada: Actor) -> None:
    nameless = "Title,Company,Stage\nRenewal,Hofer,Demo\nRenewal,Acme,Demo\n"
    assert counted(brought(deals_file(nameless)).plan) == "2 new"
    again = brought(deals_file(nameless))
    assert counted(again.plan) == "2 doubtful" and again.batch is None
    assert "no id or date" in again.plan.doubtful[0].reason
    assert counted(brought(deals_file(nameless), take_doubtful=True).plan) == "2 new"
    assert Deal.select().count() == 4


@on_sqlite_alone
def test_a_row_that_is_repeated_is_taken_once(ada: Actor) -> None:
    twice = deals_file("Id,Title,Stage,Amount\n1,a,Demo,5\n1,a,Demo,5\n1,a,Demo,6\n")
    plan = planned(twice)
    assert counted(plan) == "1 new, 1 same, 1 refused"
    assert "another row has the same id" in plan.refused[0].reason
    report = brought(deals_file(NO_IDS + "Renewal,Hofer,Demo,100,2026-09-01,2026-12-01\n"))
    assert counted(report.plan) == "3 new, 1 doubtful"
    assert "word for word" in report.plan.doubtful[0].reason
    alike = brought(deals_file(NO_IDS + "Renewal,Hofer,Demo,999,2026-09-01,2026-12-01\n"))
    assert counted(alike.plan) == "1 new, 3 same"


@on_sqlite_alone
def test_overlapping_files_of_one_call(ada: Actor) -> None:
    report = brought(
        deals_file("Id,Title,Stage\n1,a,Demo\n2,b,Demo\n", "one.csv"),
        deals_file("Stage,Id,Title\nDemo,3,c\n", "two.csv"),
    )
    assert counted(report.plan) == "3 new"
    assert titles() == ["a", "b", "c"]


# --- undo ------------------------------------------------------------------------------------------------


def test_an_import_is_listed_and_undone_as_one_with_its_updates(ada: Actor) -> None:
    empty = digest()
    first = brought(pipeline_file(), products_file())
    second = brought(
        pipeline_file(row1="1,Ada Marsh,GTX Pro,Hofer,Won,2026-09-01,2026-11-20,4500"), now=LATER
    )
    listed = importing.imports()
    assert [(one.batch, one.who, one.files, one.standing) for one in listed] == [
        (second.batch, "Ada Marsh", "pipeline.csv", True),
        (first.batch, "Ada Marsh", "pipeline.csv, products.csv", True),
    ]
    assert [one.rows for one in listed] == [second.rows, first.rows]
    importing.undo_import(ada, second.batch or 0, now=LATER)
    assert not importing.imports()[0].standing
    with pytest.raises(Refused, match="undone already"):
        importing.undo_import(ada, second.batch or 0, now=LATER)
    one = Deal.get(Deal.external == "file:1")
    assert (one.status, one.value_minor, len(way(one))) == ("open", 482100, 1)
    importing.undo_import(ada, first.batch or 0, now=LATER)
    assert digest() == empty
    for table in (Deal, DealLine, Stay, Account, Product):
        assert table.select().count() == 0
    assert not faults()
    history.redo(ada, now=LATER)
    assert Deal.select().count() == 4 and not faults()
    assert counted(brought(pipeline_file(), products_file()).plan) == "4 same"


def test_what_somebody_built_on_is_not_undone(ada: Actor) -> None:
    report = brought(pipeline_file())
    pipeline.edit_deal(ada, Deal.select().first().id, now=LATER, next_step="Call")
    before = digest()
    with pytest.raises(Refused, match="Ada Marsh changed next step"):
        importing.undo_import(ada, report.batch or 0, now=LATER)
    assert digest() == before
    with pytest.raises(NotFound, match="no import 1"):
        importing.undo_import(ada, 1, now=LATER)


# --- who may ---------------------------------------------------------------------------------------------


@on_sqlite_alone
def test_reps_and_leads_may_not_import_and_managers_may_not_bring_people(ada: Actor) -> None:
    team = File("team.csv", "sales_agent,manager,regional_office\nJon Haas,Mia Berg,West\n")
    for role in ("rep", "lead"):
        actor = stories.add_person(f"A {role}", role)
        with pytest.raises(NotAllowed, match="may not import"):
            planned(pipeline_file(), actor=actor)
        plan = planned(pipeline_file())
        with pytest.raises(NotAllowed, match="may not import"):
            importing.apply(plan, actor=actor, now=NOW)
    manager = stories.add_person("A manager", "manager")
    with pytest.raises(NotAllowed, match="may not edit people"):
        planned(team, actor=manager)
    assert counted(brought(pipeline_file(), actor=manager).plan) == "4 new"
    assert not Person.select().where(Person.name == "Mia Berg").exists()


# --- at the same time ------------------------------------------------------------------------------------


def test_two_imports_of_the_same_file_at_once_double_nothing(ada: Actor) -> None:
    first, second = planned(pipeline_file()), planned(pipeline_file())
    importing.apply(first, actor=ada, now=NOW)
    report = importing.apply(second, actor=ada, now=NOW)
    assert counted(report.plan) == "4 same" and report.batch is None
    assert Deal.select().count() == 4


def test_a_plan_is_made_anew_only_where_the_board_moved_on_in_what_matters(ada: Actor) -> None:
    brought(pipeline_file(), products_file())
    newer = pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5500")
    plan = planned(newer)
    other = stories.add_deal(None, "5", title="Elsewhere")
    pipeline.edit_deal(ada, other, now=NOW, title="Elsewhere too")
    report = importing.apply(plan, actor=ada, now=LATER)
    assert report.plan is plan and report.batch is not None
    plan = planned(pipeline_file(row2="2,Ada Marsh,GTX Pro,Acme,Won,2026-08-01,2026-10-01,5600"))
    pipeline.edit_deal(ada, Deal.get(Deal.external == "file:2").id, now=LATER, value_minor=1)
    report = importing.apply(plan, actor=ada, now=LATER)
    assert report.plan is not plan and counted(report.plan) == "3 same, 1 doubtful"


def test_where_others_do_not_stop_it_is_a_conflict(ada: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    from salesboard.importing import applying

    plan = planned(pipeline_file())
    names = iter(("Kestrel", "Orchard", "Heron"))
    real = applying.plan

    def slowly(*given: object, **said: object) -> object:
        made = real(*given, **said)  # type: ignore[arg-type]
        stories.add_account(next(names))
        return made

    monkeypatch.setattr(applying, "plan", slowly)
    stories.add_account(next(names))
    with pytest.raises(Conflict, match="nothing was imported"):
        importing.apply(plan, actor=ada, now=NOW)
    assert Deal.select().count() == 0


@on_sqlite_alone
def test_cards_that_came_meanwhile_keep_their_place(ada: Actor) -> None:
    plan = planned(pipeline_file())
    stories.add_deal("Kestrel", stage="opportunity")
    plan_again = planned(pipeline_file())
    stories.add_deal(None, title="On top", stage="opportunity")
    importing.apply(plan_again, actor=ada, now=NOW)
    places = [row.place for row in Deal.select().where(Deal.stage == stories.stage_id("opportunity"))]
    assert len(places) == len(set(places)) == 4
    assert plan.as_of < plan_again.as_of


def test_what_progress_raises_ends_it_with_nothing_written(ada: Actor) -> None:
    plan = planned(pipeline_file(), products_file())
    told: list[tuple[int, int, str]] = []

    def cancel(done: int, total: int, what: str) -> None:
        told.append((done, total, what))
        if what == "deals":
            raise KeyboardInterrupt

    before = digest()
    with pytest.raises(KeyboardInterrupt):
        importing.apply(plan, actor=ada, now=NOW, progress=cancel)
    assert (digest(), LedgerEntry.select().count()) == (before, 1)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    importing.apply(plan, actor=ada, now=NOW, progress=lambda *said: told.append(said))
    assert told[-1][0] == told[-1][1]


def test_an_import_that_is_killed_half_way_leaves_nothing(board_file: Path, tmp_path: Path) -> None:
    with open_board(board_file):
        stories.set_up()
        before = digest()
    rows = "".join(f"{number},Deal {number},Demo\n" for number in range(3000))
    (tmp_path / "deals.csv").write_text(f"Id,Title,Stage\n{rows}")
    program = """
import os, signal, sys
from salesboard import importing
from salesboard.storage.database import open_database, session
from tests.stories import NOW, owner
open_database(sys.argv[1])
told = 0
def progress(done, total, what):
    global told
    told += what == "deals"
    if told == 4 and sys.argv[3] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
with session():
    plan = importing.plan(importing.read_files([sys.argv[2]]), actor=owner(), now=NOW)
    importing.apply(plan, actor=owner(), now=NOW, progress=progress)
"""
    for how, code, deals in (("kill", -signal.SIGKILL, 0), ("go on", 0, 3000)):
        call = [sys.executable, "-c", program, str(board_file), str(tmp_path / "deals.csv"), how]
        done = subprocess.run(call, cwd=Path(__file__).parents[2], capture_output=True, timeout=120)
        assert done.returncode == code, done.stderr
        with open_board(board_file):
            assert Deal.select().count() == deals
            assert (digest() == before) == (deals == 0)
            assert not faults()


@contextmanager
def open_board(path: Path) -> Iterator[None]:
    opened = open_database(path)
    with session():
        yield
    opened.close()


# --- what was said once ----------------------------------------------------------------------------------


@on_sqlite_alone
def test_a_mapping_is_remembered_for_files_with_the_same_columns(ada: Actor) -> None:
    strange = "Nr,Was,Phase,Betrag,Wann\n1,a,Idee,5,2026-11-01\n"
    said = {
        "Nr": "id",
        "Was": "title",
        "Phase": "stage",
        "Betrag": "value",
        "Wann": "closed_on",
        "stage:Idee": "won",
    }
    with pytest.raises(Refused, match="not recognised"):
        sources(deals_file(strange))
    report = brought(deals_file(strange), mapping=said)
    assert report.batch and deal("a").status == "won"
    assert FileMapping.select().count() == 1
    assert counted(planned(deals_file("Wann,Nr,Was,Phase,Betrag\n2026-11-02,2,b,Idee,6\n"))) == "1 new"
    before = entries()
    assert brought(deals_file(strange), mapping=said).batch is None
    assert entries() == before
    brought(deals_file(strange), mapping={"Betrag": "ignore"})
    (source,) = sources(deals_file(strange))
    assert [(column.header, column.field) for column in source.mapping][3] == ("Betrag", None)
    assert not faults()


@on_sqlite_alone
def test_the_company_zone_and_stages_are_asked_each_time(ada: Actor) -> None:
    company.edit_stage(ada, stories.stage_id("opportunity"), now=NOW, name="Demo")
    brought(deals_file("Id,Title,Stage\n1,a,Opportunity\n2,b,demo\n"))
    assert {row.stage.name for row in Deal.select()} == {"Demo"}


def test_options_are_careful_by_default() -> None:
    assert Options() == Options(new_people=False, skip_bad=False, take_doubtful=False)
