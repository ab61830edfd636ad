"""Headers of other programs, in their real spellings and in any order."""

import random

import pytest

from salesboard.errors import Refused
from salesboard.importing.columns import Columns, normal, recognised, refuse_twins, signature


def understood(header: str, **options: object) -> Columns:
    found = recognised(header.split(","), **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def read_as(columns: Columns) -> dict[str, str]:
    return {column.header: column.field for column in columns.shown if column.field}


PIPEDRIVE = (
    "Deal - ID,Deal - Title,Deal - Creator,Deal - Owner,Deal - Value,Deal - Currency of Value,"
    "Deal - Weighted value,Deal - Probability,"
    "Deal - Organization,Deal - Organization ID,Deal - Pipeline,Deal - Contact person,"
    "Deal - Stage,Deal - Label,Deal - Status,Deal - Deal created,Deal - Update time,Deal - Last stage change,"
    "Deal - Next activity date,Deal - Last activity date,Deal - Won time,Deal - Lost time,"
    "Deal - Deal closed on,"
    "Deal - Lost reason,Deal - Expected close date,Deal - Product quantity,Deal - Product name,"
    "Deal - Source channel,Deal - Archive status"
)


def test_pipedrive_deals() -> None:
    columns = understood(PIPEDRIVE)
    assert (columns.kind, columns.system) == ("deals", "pipedrive")
    assert read_as(columns) == {
        "Deal - ID": "id",
        "Deal - Title": "title",
        "Deal - Owner": "owner",
        "Deal - Value": "value",
        "Deal - Currency of Value": "currency",
        "Deal - Organization": "account",
        "Deal - Organization ID": "account_id",
        "Deal - Contact person": "contact",
        "Deal - Stage": "stage",
        "Deal - Status": "status",
        "Deal - Deal created": "opened_on",
        "Deal - Last stage change": "changed_on",
        "Deal - Next activity date": "next_step_on",
        "Deal - Last activity date": "touched_on",
        "Deal - Won time": "won_on",
        "Deal - Lost time": "lost_on",
        "Deal - Deal closed on": "closed_on",
        "Deal - Lost reason": "reason",
        "Deal - Expected close date": "expected_on",
        "Deal - Product quantity": "quantity",
        "Deal - Product name": "product",
        "Deal - Source channel": "source",
        "Deal - Archive status": "archived",
    }
    assert any("Update time" in note and "Last stage change" in note for note in columns.notes)


@pytest.mark.parametrize(
    "header",
    [
        "Record ID,Deal Name,Last Activity Date,State,Deal Stage,Close Date,Deal owner,Amount,"
        "Date of last meeting booked in meetings tool,Pipeline,Associated Product,Products,LMS,"
        "Associated Product IDs",
        "Record ID,Deal Name,Region,Deal Stage,Solution,SOW,Active Status,Deal Owner,Channel,Amount,"
        "Associated Note,Deal Associate,Is closed lost,Associated Note IDs",
    ],
)
def test_hubspot_deals(header: str) -> None:
    columns = understood(header)
    assert (columns.kind, columns.system) == ("deals", "hubspot")
    assert {"id", "title", "stage", "owner", "value"} <= set(read_as(columns).values())


def test_hubspot_stage_dates_in_all_their_quotes() -> None:
    labels = ['Date entered "Demo (Sales Pipeline)"', "Date entered 'Won'", "Date entered \u201cLost\u201d"]
    columns = recognised(
        ["Record ID", "Deal Name", "Deal Stage", *labels, "hs_v2_date_entered_qualifiedtobuy"]
    )
    assert columns is not None
    assert columns.entered == (("Demo (Sales Pipeline)", 3), ("Won", 4), ("Lost", 5), ("qualifiedtobuy", 6))


def test_salesforce_reports_and_objects() -> None:
    report = understood(
        "Territory Region,Opportunity Owner,Account Name,Opportunity Name,Stage,Forecast Category,"
        "Total Amount Currency,Total Amount,Fiscal Period,Close Date,Opportunity Next Steps,Type,Closed,Won"
    )
    assert (report.kind, report.system) == ("deals", "salesforce")
    assert read_as(report) == {
        "Opportunity Owner": "owner",
        "Account Name": "account",
        "Opportunity Name": "title",
        "Stage": "stage",
        "Total Amount Currency": "currency",
        "Total Amount": "value",
        "Close Date": "close_date",
        "Opportunity Next Steps": "next_step",
        "Closed": "is_closed",
        "Won": "is_won",
    }
    objects = understood(
        "ID,ISDELETED,ACCOUNTID,ISPRIVATE,NAME,DESCRIPTION,STAGENAME,AMOUNT,PROBABILITY,EXPECTEDREVENUE,"
        "TOTALOPPORTUNITYQUANTITY,CLOSEDATE,TYPE,NEXTSTEP,LEADSOURCE,ISCLOSED,ISWON,CURRENCYISOCODE,OWNERID,"
        "CREATEDDATE,LASTMODIFIEDDATE,LASTACTIVITYDATE,FISCALQUARTER"
    )
    assert (objects.kind, objects.system) == ("deals", "salesforce")
    assert {
        "id",
        "account_id",
        "owner_id",
        "title",
        "stage",
        "value",
        "is_won",
        "deleted",
        "opened_on",
    } <= set(read_as(objects).values())


@pytest.mark.parametrize(
    ("header", "kind", "system"),
    [
        (
            "account,sector,year_established,revenue,employees,office_location,subsidiary_of",
            "accounts",
            "file",
        ),
        ("product,series,sales_price", "products", "file"),
        ("sales_agent,manager,regional_office", "people", "file"),
        (
            "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
            "deals",
            "file",
        ),
        (
            "ID,NAME,PARENTID,INDUSTRY,ANNUALREVENUE,NUMBEROFEMPLOYEES,OWNERID,ISDELETED",
            "accounts",
            "salesforce",
        ),
        ("ID,USERNAME,LASTNAME,FIRSTNAME,NAME,COMPANYNAME,EMAIL,ISACTIVE,MANAGERID", "people", "file"),
        ("ID,NAME,PRODUCTCODE,FAMILY,ISACTIVE", "products", "file"),
        ("Organization - ID,Organization - Name,Organization - Address", "accounts", "pipedrive"),
        ("Record ID,Company name,Company owner,Create Date,City,Industry", "accounts", "hubspot"),
        ("Product - Name,Product - Unit price,Product - Category", "products", "pipedrive"),
        (
            "Id,OpportunityId,StageName,Amount,CloseDate,Probability,CreatedDate",
            "stage history",
            "salesforce",
        ),
        ("salesboard id,account,title,stage,status,value,entered Target", "deals", "salesboard"),
        ("Title,Company,Stage,Value", "deals", "file"),
    ],
)
def test_kind_and_system_are_told_in_any_order(header: str, kind: str, system: str) -> None:
    columns = header.split(",")
    for seed in range(5):
        random.Random(seed).shuffle(columns)
        found = recognised(columns)
        assert found is not None
        assert (found.kind, found.system) == (kind, system)


def test_revenue_in_millions_is_known_by_its_neighbours() -> None:
    sample = understood("account,sector,year_established,revenue,employees,office_location,subsidiary_of")
    assert read_as(sample)["revenue"] == "turnover_millions"
    assert read_as(understood("account,sector,revenue"))["revenue"] == "turnover"


@pytest.mark.parametrize("header", ["Table,Field,Description", "a,b,c", "First Name,Last Name,Email", ""])
def test_other_tables_are_not_taken_for_anything(header: str) -> None:
    assert recognised(header.split(",")) is None


def test_headers_are_compared_without_case_spaces_prefix_and_star() -> None:
    assert normal("  Deal -  Close   DATE* ") == normal("close date") == "close date"
    assert signature(["A", "b"]) == signature(["B*", "deal - a"]) != signature(["a", "c"])


def test_what_is_said_by_hand_goes_before_the_spelling() -> None:
    columns = understood("Titel,Stage,Close Date,Value", by_hand={"titel": "title", "close date": "won_on"})
    assert read_as(columns) == {"Titel": "title", "Stage": "stage", "Close Date": "won_on", "Value": "value"}
    assert [column.by_hand for column in columns.shown] == [True, False, True, False]
    ignored = understood("Title,Stage,Value", by_hand={"value": "ignore"})
    assert "Value" not in read_as(ignored)


def test_a_kind_can_be_said() -> None:
    assert understood("name,stage,title,role", kind="people").kind == "people"
    assert recognised(["name"], kind="products") is None


@pytest.mark.parametrize("second", ["Amount", " amount ", "AMOUNT*", "Deal - Amount"])
def test_two_columns_of_one_name_are_refused(second: str) -> None:
    with pytest.raises(Refused, match="two columns called"):
        refuse_twins("deals.csv", ["Title", "Amount", "Stage", second])
    refuse_twins("deals.csv", ["Title", "Amount", "", "", "Amount currency"])
