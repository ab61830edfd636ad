"""Deals of other programs: stage and status, dates, values, the way through the stages."""

from datetime import UTC, date, datetime

import pytest

from salesboard.errors import Refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal
from tests import stories
from tests.importing.bringing import brought, deal, deals_file, lines, planned, titles, way
from tests.stories import NOW, TODAY, faults

D = date


@pytest.fixture
def ada(sqlite_database: Database) -> Actor:
    return stories.set_up()


@pytest.fixture
def vienna(sqlite_database: Database) -> Actor:
    return stories.set_up(zone="Europe/Vienna")


# --- stage and status ------------------------------------------------------------------------------------


def test_the_stages_of_other_programs_have_their_place(ada: Actor) -> None:
    words = {
        "New Lead": "target",
        "Prospecting": "prospect",
        "Qualification": "prospect",
        "Contact Made": "prospect",
        "appointmentscheduled": "prospect",
        "Qualified": "opportunity",
        "qualifiedtobuy": "opportunity",
        "Demo Scheduled": "opportunity",
        "Proposal/Price Quote": "opportunity",
        "Id. Decision Makers": "opportunity",
        "Negotiations Started": "opportunity",
        "contractsent": "opportunity",
        "Demo (Sales Pipeline)": "opportunity",
        "Engaging": "opportunity",
        "TARGET": "target",
    }
    rows = "".join(f"{n},Deal {n},{word}\n" for n, word in enumerate(words))
    report = brought(deals_file(f"Id,Title,Stage\n{rows}"))
    assert [row.stage.kind for row in Deal.select().order_by(Deal.id)] == list(words.values())
    told = {match.said: match.name for match in report.plan.matches if match.kind == "stage"}
    assert told["Prospecting"] == "Prospect" and told["Demo (Sales Pipeline)"] == "Opportunity"
    assert "TARGET" not in told


def test_a_stage_that_was_renamed_is_known_by_both_names(ada: Actor) -> None:
    from salesboard.domain import company

    company.edit_stage(ada, stories.stage_id("prospect"), now=NOW, name="Warm")
    company.edit_stage(ada, stories.stage_id("opportunity"), now=NOW, name="Won")
    brought(
        deals_file("Id,Title,Stage,Status\n1,a,warm,Open\n2,b,Prospect,Open\n3,c,Won,Open\n4,d,,Won\n"),
        skip_bad=True,
    )
    assert [(row.title, row.stage.kind, row.status) for row in Deal.select().order_by(Deal.id)] == [
        ("a", "prospect", "open"),
        ("b", "prospect", "open"),
        ("c", "opportunity", "open"),
    ]


def test_an_unknown_stage_is_refused_until_it_is_mapped_and_then_remembered(ada: Actor) -> None:
    content = "Id,Title,Stage\n1,a,Blue sky\n2,b,Blue sky\n3,c,Demo\n"
    plan = planned(deals_file(content))
    assert plan.unknown_stages == {"Blue sky": 2}
    assert "stage:Blue sky=Opportunity" in plan.refused[0].reason
    brought(deals_file(content), mapping={"stage:Blue sky": "Prospect"})
    assert deal("a").stage.kind == "prospect"
    assert str(planned(deals_file("Stage,Title,Id\nBlue sky,d,4\n")).counts["deals"]) == "1 new"
    with pytest.raises(Refused, match="no stage"):
        planned(deals_file(content), mapping={"stage:Blue sky": "Nowhere"})
    lost = brought(
        deals_file("Id,Title,Stage,Close Date\n5,e,Ghosted,2026-11-01\n"), mapping={"stage:Ghosted": "lost"}
    )
    assert lost.batch and deal("e").status == "lost"


def test_open_is_a_status_and_no_stage(ada: Actor) -> None:
    plan = planned(deals_file("Id,Title,Stage\n1,a,Open\n2,b,In Progress\n3,c,Demo\n"))
    assert plan.unknown_stages == {"Open": 1, "In Progress": 1}
    header = 'Record ID,Deal Name,Deal Stage,Create Date,"Date entered ""Open""","Date entered ""Demo"""\n'
    report = brought(deals_file(header + "1,a,Demo,2026-01-01,2026-01-02,2026-01-03\n"))
    assert way(deal("a")) == [("opportunity", "open", D(2026, 1, 1))]
    assert any("nobody knows the stage Open" in warning for warning in report.plan.warnings)
    ours = "salesboard id,title,stage,status,entered Lost,entered Target\n"
    ours += "0:1,b,Target,open,2026-01-01,2026-01-02\n"
    brought(deals_file(ours))
    assert way(deal("b")) == [("target", "open", D(2026, 1, 2))]


def test_closed_is_told_by_the_status_first_and_by_the_stage_second(ada: Actor) -> None:
    brought(
        deals_file("""
            ID,Title,Stage,Status,Close Date,Lost reason
            1,won in demo,Demo,Won,2026-11-01,
            2,lost in contact,Contact Made,Lost,2026-11-02,Too dear
            3,open in won,Closed Won,Open,2026-12-31,
            4,by stage,Closed Won,,2026-11-03,
            5,lost by stage,Closed Lost,,2026-11-04,
            6,out,Disqualified,,2026-11-05,
            """)
    )
    found = {row.title: (row.stage.kind, row.status, row.closed_on, row.reason) for row in Deal.select()}
    assert found == {
        "won in demo": ("client", "won", D(2026, 11, 1), None),
        "lost in contact": ("prospect", "lost", D(2026, 11, 2), "Too dear"),
        "open in won": ("opportunity", "open", None, None),
        "by stage": ("client", "won", D(2026, 11, 3), None),
        "lost by stage": ("opportunity", "lost", D(2026, 11, 4), "unknown (import)"),
        "out": ("prospect", "disqualified", D(2026, 11, 5), "unknown (import)"),
    }
    assert deal("open in won").expected_on == D(2026, 12, 31)
    assert not faults()


def test_flags_tell_the_status_where_there_is_no_word_for_it(ada: Actor) -> None:
    brought(
        deals_file("""
            Opportunity Name,Stage,Closed,Won,Close Date
            a,Demo,true,true,2026-11-01
            b,Demo,true,false,2026-11-02
            c,Demo,false,false,2026-12-03
            d,Disqualified,true,false,2026-11-04
            """)
    )
    assert [row.status for row in Deal.select().order_by(Deal.id)] == ["won", "lost", "open", "disqualified"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,a,Won,,5", "no closing date"),
        ("1,a,Won,2026-11-23,5", "in the future"),
        ("1,a,Closed Lost,2026-12-01,", "in the future"),
        ("1,a,,2026-12-01,5", "no stage"),
        ("1,a,Demo,2026-02-30,5", "no day or time"),
        ("1,a,Demo,,-5", "below zero"),
        ("1,a,Demo,1066-10-14,5", "too long ago"),
        ("1," + "x" * 201 + ",Demo,,", "201 characters"),
        ("1,a,Demo", "3 cells, the header has 5"),
        ("1.2E+10,a,Demo,,", "lost its digits"),
    ],
)
def test_what_can_not_be_a_deal_is_refused_with_its_line(ada: Actor, row: str, reason: str) -> None:
    content = f"Id,Title,Stage,Close Date,Amount\n7,fine,Demo,,1\n{row}\n"
    plan = planned(deals_file(content))
    assert (plan.refused[0].line, plan.counts["deals"].refused) == (3, 1)
    assert reason in plan.refused[0].reason
    with pytest.raises(Refused, match=r"1 row can not be imported.*line 3"):
        brought(deals_file(content))
    assert titles() == []
    brought(deals_file(content), skip_bad=True)
    assert titles() == ["fine"]


def test_a_file_without_stages_but_with_a_status(ada: Actor) -> None:
    report = brought(deals_file("Id,Title,Status,Close Date\n1,a,open,\n2,b,won,2026-11-01\n"))
    assert [(row.stage.kind, row.status) for row in Deal.select().order_by(Deal.id)] == [
        ("target", "open"),
        ("client", "won"),
    ]
    assert any("no column for the stage" in warning for warning in report.plan.warnings)


# --- values ----------------------------------------------------------------------------------------------


def test_values_and_what_is_put_off(ada: Actor) -> None:
    report = brought(
        deals_file("""
            Id,Title,Stage,Close Date,Amount
            1,a,Demo,,"$1,234.50"
            2,b,Demo,,TBD
            3,c,Demo,,
            4,d,Won,2026-11-01,0
            5,e,Won,2026-11-01,TBD
            6,f,Demo,,45k
            """)
    )
    assert [row.value_minor for row in Deal.select().order_by(Deal.id)] == [
        123450,
        None,
        None,
        0,
        None,
        4_500_000,
    ]
    told = "\n".join(report.plan.warnings)
    assert "2 rows: “TBD” is no amount; left empty, not 0" in told
    assert "1 row: won without an amount" in told


def test_an_open_deal_without_a_value_takes_the_list_price(ada: Actor) -> None:
    stories.add_product("GTX Pro", "4821")
    brought(
        deals_file("""
            Id,Product,Quantity,Stage,Close Date,Amount
            1,GTXPro,2,Demo,,
            2,gtx pro,1,Demo,,100
            3,GTX Pro,1,Lost,2026-11-01,
            4,Mystery,1,Demo,,
            """)
    )
    found = list(Deal.select().order_by(Deal.id))
    assert [(row.value_minor, row.estimated) for row in found] == [
        (964200, True),
        (10000, False),
        (None, False),
        (None, False),
    ]
    assert [row.title for row in found] == ["GTX Pro", "GTX Pro", "GTX Pro", "Mystery"]
    assert [lines(row) for row in found] == [
        [("GTX Pro", 2, 964200)],
        [("GTX Pro", 1, 10000)],
        [("GTX Pro", 1, 482100)],
        [("Mystery", 1, None)],
    ]


def test_one_cell_with_several_products(ada: Actor) -> None:
    stories.add_product("Chair, red", "10")
    stories.add_product("Desk", "20")
    brought(
        deals_file(
            'Id,Title,Stage,Products\n1,a,Demo,Desk;Lamp\n2,b,Demo,"Chair, red"\n3,c,Demo,"Desk, chair red"\n'
        )
    )
    assert lines(deal("a")) == [("Desk", 1, 2000), ("Lamp", 1, None)]
    assert lines(deal("b")) == [("Chair, red", 1, 1000)]
    assert lines(deal("c")) == [("Desk", 1, 2000), ("Chair, red", 1, 1000)]


def test_another_currency_is_refused_on_a_board_with_amounts(ada: Actor) -> None:
    stories.add_deal("Hofer", "5")
    content = "Id,Title,Stage,Amount,Currency\n1,a,Demo,5,EUR\n2,b,Demo,5,usd\n3,c,Demo,5,\n"
    plan = planned(deals_file(content))
    assert plan.currency == "USD"
    assert [refusal.reason for refusal in plan.refused] == ["the amount is in EUR; this board keeps USD"]
    brought(deals_file(content), skip_bad=True)
    assert titles()[1:] == ["b", "c"]


def test_a_board_without_amounts_takes_the_currency_of_the_file(ada: Actor) -> None:
    from salesboard.domain import company

    content = "Id,Title,Stage,Amount,Currency\n1,a,Demo,5000,JPY\n2,b,Demo,,\n"
    report = brought(deals_file(content))
    assert report.plan.currency == company.facts().currency == "JPY"
    assert deal("a").value_minor == 5000
    assert not faults()
    mixed = planned(deals_file("Id,Title,Stage,Amount,Currency\n3,a,Demo,5,EUR\n4,b,Demo,5,JPY\n"))
    assert [refusal.reason for refusal in mixed.refused] == ["the amount is in EUR; this board keeps JPY"]


# --- the way through the stages --------------------------------------------------------------------------


def test_the_way_from_opening_and_closing(ada: Actor) -> None:
    brought(
        deals_file("""
            Id,Title,Stage,Create Date,Close Date
            1,won,Won,2026-01-05,2026-03-01
            2,lost,Lost,2026-01-06,2026-03-02
            3,open,Engaging,2026-01-07,
            4,undated,Prospecting,,
            5,same day,Won,2026-02-01,2026-02-01
            6,backwards,Won,2026-02-05,2026-02-01
            """)
    )
    assert way(deal("won")) == [("opportunity", "open", D(2026, 1, 5)), ("client", "won", D(2026, 3, 1))]
    assert way(deal("lost")) == [
        ("opportunity", "open", D(2026, 1, 6)),
        ("opportunity", "lost", D(2026, 3, 2)),
    ]
    assert way(deal("open")) == [("opportunity", "open", D(2026, 1, 7))]
    assert way(deal("undated")) == [("prospect", "open", NOW)]
    assert way(deal("same day")) == [("opportunity", "open", D(2026, 2, 1)), ("client", "won", D(2026, 2, 1))]
    assert way(deal("backwards")) == [
        ("opportunity", "open", D(2026, 2, 1)),
        ("client", "won", D(2026, 2, 1)),
    ]
    found = {row.title: (row.opened_on, row.touched_on) for row in Deal.select()}
    assert found == {
        "won": (D(2026, 1, 5), D(2026, 3, 1)),
        "lost": (D(2026, 1, 6), D(2026, 3, 2)),
        "open": (D(2026, 1, 7), D(2026, 1, 7)),
        "undated": (None, None),
        "same day": (D(2026, 2, 1), D(2026, 2, 1)),
        "backwards": (D(2026, 2, 1), D(2026, 2, 1)),
    }


def test_the_way_from_hubspots_stage_dates(vienna: Actor) -> None:
    header = (
        "Record ID,Deal Name,Deal Stage,Create Date,Close Date,"
        '"Date entered ""Appointment Scheduled (Sales Pipeline)""",'
        '"Date entered ""Demo (Sales Pipeline)""","Date entered ""Contract Sent (Sales Pipeline)""",'
        '"Date entered ""Closed Won (Sales Pipeline)""","Date entered ""Party (Sales Pipeline)"""\n'
    )
    report = brought(
        deals_file(
            header
            + "1,won,closedwon,2026-01-01 09:00,2026-02-01 12:00,2026-01-02 10:00,2026-01-10 11:00,"
            + "2026-01-20 12:00,2026-02-01 12:00,\n"
            + "2,no closing date,closedwon,2026-01-01 09:00,,,2026-01-10 11:00,,2026-02-03 12:00,\n"
            + "3,went back,appointmentscheduled,2026-01-01 09:00,,2026-01-02 10:00,2026-01-10 11:00,,,\n"
        )
    )
    assert way(deal("won")) == [
        ("prospect", "open", datetime(2026, 1, 1, 8, tzinfo=UTC)),
        ("opportunity", "open", datetime(2026, 1, 10, 10, tzinfo=UTC)),
        ("client", "won", datetime(2026, 2, 1, 11, tzinfo=UTC)),
    ]
    assert deal("no closing date").closed_on == D(2026, 2, 3)
    assert [stay[:2] for stay in way(deal("went back"))] == [
        ("prospect", "open"),
        ("opportunity", "open"),
        ("prospect", "open"),
    ]
    assert any("Party" in warning for warning in report.plan.warnings)


def test_business_dates_are_those_of_the_company(vienna: Actor) -> None:
    brought(
        deals_file("""
            ID,NAME,STAGENAME,CREATEDDATE,CLOSEDATE,ISCLOSED,ISWON
            0065g00000AAAAA,a,Closed Won,2026-03-05T23:15:33.000Z,2026-03-31,true,true
            """)
    )
    assert (deal("a").opened_on, deal("a").closed_on) == (D(2026, 3, 6), D(2026, 3, 31))
    assert deal("a").external == "salesforce:0065g00000AAAAAAA5"
    assert [at for _, _, at in way(deal("a"))] == [
        datetime(2026, 3, 5, 23, 15, 33, tzinfo=UTC),
        datetime(2026, 3, 30, 22, tzinfo=UTC),
    ]


def test_the_newest_come_on_top_and_above_what_is_there(ada: Actor) -> None:
    there = stories.add_deal("Hofer", stage="opportunity")
    brought(
        deals_file("""
            Id,Title,Stage,Create Date,Close Date
            1,old,Demo,2026-01-01,
            2,new,Demo,2026-03-01,
            3,undated,Demo,,
            4,middle,Demo,2026-02-01,
            5,early sale,Won,2026-01-01,2026-05-01
            6,late sale,Won,2026-02-01,2026-06-01
            """)
    )
    called = {row.id: row.title for row in Deal.select()}
    assert [called[card] for card in stories.column("opportunity")] == [
        "new",
        "middle",
        "old",
        "undated",
        called[there],
    ]
    assert [called[card] for card in stories.column("client")] == ["late sale", "early sale"]
    places = [row.place for row in Deal.select()]
    assert len(set(places[:5])) == 5


def test_the_stage_history_of_salesforce(ada: Actor) -> None:
    history = deals_file(
        """
        OpportunityId,StageName,Amount,CloseDate,CreatedDate
        0065g00000AAAAA,Prospecting,1,2026-03-01,2026-01-01T10:00:00Z
        0065g00000AAAAA,Prospecting,5,2026-03-01,2026-01-05T10:00:00Z
        0065g00000AAAAA,Negotiation/Review,5,2026-03-01,2026-02-01T10:00:00Z
        0065g00000AAAAA,Closed Won,5,2026-03-01,2026-03-01T10:00:00Z
        """,
        "OpportunityHistory.csv",
    )
    deals = deals_file(
        "ID,NAME,STAGENAME,CLOSEDATE,CREATEDDATE\n"
        "0065g00000AAAAA,a,Closed Won,2026-03-01,2026-01-01T10:00:00Z\n"
    )
    brought(history, deals)
    assert [(stage, status) for stage, status, _ in way(deal("a"))] == [
        ("prospect", "open"),
        ("opportunity", "open"),
        ("client", "won"),
    ]


def test_of_what_hubspot_associates_the_first_counts(ada: Actor) -> None:
    brought(
        deals_file("""
            Record ID,Deal Name,Deal Stage,Associated Company,Associated Company IDs,Associated Contact
            1,a,closedwon is not here,Acme;Hofer,7;8,Jo Doe;Di Roe
            2,b,qualifiedtobuy,Acme;Hofer,7;8,Jo Doe;Di Roe
            3,c,qualifiedtobuy,Acme Inc,7,
            """),
        skip_bad=True,
    )
    assert [(row.title, row.account.name, row.account.external) for row in Deal.select()] == [
        ("b", "Acme", "hubspot:7"),
        ("c", "Acme", "hubspot:7"),
    ]
    assert deal("b").contact.name == "Jo Doe"


def test_amounts_beyond_all_measure_are_refused(ada: Actor) -> None:
    stories.add_product("Moon", "9999999999999")
    content = "Id,Product,Quantity,Stage,Amount\n1,Moon,999999999,Demo,\n2,Moon,2,Demo,5\n"
    plan = planned(deals_file(content))
    assert [(refusal.line, refusal.reason) for refusal in plan.refused] == [
        (2, "its value is beyond all measure")
    ]
    brought(deals_file(content), skip_bad=True)
    many = brought(deals_file("Id,Product,Quantity,Stage\n2,Moon,999999999,Demo\n"), skip_bad=True)
    assert [refusal.reason for refusal in many.plan.refused] == ["its value is beyond all measure"]


def test_next_steps_sources_reasons_and_archived_deals(ada: Actor) -> None:
    brought(
        deals_file("""
            ID,Title,Stage,Status,Lost time,Next activity date,Source,Reason,Archive status,Last activity
            1,a,Demo Scheduled,Open,,2026-12-01,Web,,Not archived,2026-11-10
            2,b,Demo Scheduled,Lost,2026-11-01 07:43:21,,Phone,Price,Archived,
            """)
    )
    a, b = deal("a"), deal("b")
    assert (a.next_step_on, a.source, a.reason, a.archived, a.touched_on) == (
        D(2026, 12, 1),
        "Web",
        None,
        False,
        D(2026, 11, 10),
    )
    assert (b.closed_on, b.source, b.reason, b.archived) == (D(2026, 11, 1), "Phone", "Price", True)
    assert b.external == "file:2"
    assert b.closed_on < TODAY
