"""Accounts, products, people and teams: new, changed, matched, beneath each other."""

import io
from datetime import date, timedelta

import pytest

from salesboard import importing
from salesboard.domain import accounts, people
from salesboard.errors import NotAllowed, Refused, WrongUsage
from salesboard.importing import write_refused
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Contact, Deal, Membership, Person, Product, Team
from tests import stories
from tests.importing.bringing import (
    File,
    account,
    brought,
    counted,
    deal,
    deals_file,
    lines,
    planned,
    sources,
)
from tests.stories import NOW, TODAY, faults

LATER = NOW + timedelta(days=3)


@pytest.fixture
def ada(sqlite_database: Database) -> Actor:
    return stories.set_up()


def accounts_file(*rows: str) -> File:
    header = "account,sector,year_established,revenue,employees,office_location,subsidiary_of"
    return File("accounts.csv", "\n".join([header, *rows]) + "\n")


# --- accounts --------------------------------------------------------------------------------------------


def test_accounts_with_their_facts_and_parents_in_any_order(ada: Actor) -> None:
    report = brought(
        accounts_file(
            "Bluth Company,technolgy,1993,1242.32,3027,United States,acme corporation",
            "Acme Corporation,technolgy,1996,1100.04,2822,United States,Umbrella",
            "Iffy,,,TBD,,,",
        )
    )
    assert counted(report.plan, "accounts") == "4 new"
    bluth = account("Bluth Company")
    assert (bluth.sector, bluth.founded, bluth.turnover_minor, bluth.employees, bluth.location) == (
        "technolgy",
        1993,
        124_232_000_000,
        3027,
        "United States",
    )
    assert (bluth.parent.name, bluth.parent.parent.name) == ("Acme Corporation", "Umbrella")
    assert account("Iffy").turnover_minor is None
    assert any("“TBD” is no amount" in warning for warning in report.plan.warnings)
    assert not faults()


def test_accounts_change_where_the_file_does_and_keep_what_the_board_decided(ada: Actor) -> None:
    brought(accounts_file("Acme,tech,1996,1,5,Wien,", "Hofer,food,1950,2,6,Graz,"))
    accounts.edit_account(ada, account("Acme").id, now=LATER, sector="technology")
    accounts.edit_account(ada, account("Hofer").id, now=LATER, sector="groceries")
    report = brought(accounts_file("Acme,tech,1996,1,7,Wien,Hofer", "HOFER,foods,1950,2,6,Graz,"), now=LATER)
    assert counted(report.plan, "accounts") == "1 changed, 1 doubtful"
    assert (account("Acme").sector, account("Acme").employees, account("Acme").parent.name) == (
        "technology",
        7,
        "Hofer",
    )
    assert account("Hofer").sector == "groceries"
    assert "sector changed" in report.plan.doubtful[0].reason


def test_nobody_is_beneath_itself(ada: Actor) -> None:
    report = brought(accounts_file("A,,,,,,C", "B,,,,,,A", "C,,,,,,B", "D,,,,,,D"))
    assert sum("can not be beneath itself" in warning for warning in report.plan.warnings) == 2
    assert {row.name: row.parent and row.parent.name for row in Account.select()} == {
        "A": "C",
        "B": "A",
        "C": None,
        "D": None,
    }


def test_accounts_are_known_by_their_id_even_if_they_are_renamed(ada: Actor) -> None:
    brought(File("orgs.csv", "Organization - ID,Organization - Name\n1,Acme\n2,Hofer\n"))
    report = brought(
        File("orgs.csv", "Organization - ID,Organization - Name\n1,Acme Inc\n2,Hofer\n3,hofer\n"),
        skip_bad=True,
    )
    assert counted(report.plan, "accounts") == "1 changed, 1 same, 1 refused"
    assert "another account is called Hofer" in report.plan.refused[0].reason
    assert {row.external: row.name for row in Account.select()} == {
        "pipedrive:1": "Acme Inc",
        "pipedrive:2": "Hofer",
    }
    taken = planned(File("orgs.csv", "Organization - ID,Organization - Name\n1,HOFER\n"))
    assert "another account is called Hofer already" in taken.refused[0].reason


def test_an_account_made_by_hand_gets_its_facts_and_its_id(ada: Actor) -> None:
    stories.add_account("ACME corp.", sector="toys")
    brought(File("companies.csv", "Record ID,Company name,Industry,City\n77,Acme Corp,,Wien\n"))
    (row,) = Account.select()
    assert (row.name, row.sector, row.location, row.external) == ("ACME corp.", "toys", "Wien", "hubspot:77")


def test_the_same_account_twice_in_a_file(ada: Actor) -> None:
    plan = planned(accounts_file("Acme,a,,,,,", "ACME,b,,,,,", "Acme,a,,,,,"))
    assert counted(plan, "accounts") == "1 new, 1 same, 1 refused"
    assert "line 2 is about the same one" in plan.refused[0].reason


# --- products --------------------------------------------------------------------------------------------


def test_products_and_their_prices(ada: Actor) -> None:
    stories.add_product("GTX Pro", "4000")
    report = brought(File("products.csv", "product,series,sales_price\nGTXPro,GTX,4821\nMG Special,MG,55\n"))
    assert counted(report.plan, "products") == "1 new, 1 changed"
    assert {row.name: (row.series, row.list_price_minor) for row in Product.select()} == {
        "GTX Pro": ("GTX", 482100),
        "MG Special": ("MG", 5500),
    }
    retired = brought(
        File("Product2.csv", "ID,NAME,FAMILY,ISACTIVE,ISDELETED\n01t,MG Special,MG,false,0\n01u,Old,X,1,1\n")
    )
    assert counted(retired.plan, "products") == "1 changed"
    assert not Product.get(Product.name == "MG Special").active


def test_what_deals_mention_and_no_file_defines_is_added_and_told(ada: Actor) -> None:
    report = brought(
        deals_file("""
            Id,Organization,Organization ID,Contact person,Product,Stage
            1,Acme,7,Jo Doe,Desk,Demo
            2,ACME,7,jo doe,desk,Demo
            3,,,Nobody,,Demo
            """),
        skip_bad=True,
    )
    assert counted(report.plan, "accounts") == counted(report.plan, "products") == "1 new"
    told = "\n".join(report.plan.warnings)
    assert "accounts that no file describes are added: 1 (Acme)" in told
    assert "products that no file describes are added: 1 (Desk)" in told
    assert "1 row says ACME: read as Acme" in map(str, report.plan.matches)
    assert "neither a title nor a product nor an account" in report.plan.refused[0].reason
    assert account("Acme").external == "pipedrive:7"
    assert [(row.name, row.account.name) for row in Contact.select()] == [("Jo Doe", "Acme")]
    assert {row.contact.name for row in Deal.select()} == {"Jo Doe"}
    assert [lines(row) for row in Deal.select()] == [[("Desk", 1, None)]] * 2
    assert not faults()


def test_a_refused_or_doubtful_row_adds_nothing(ada: Actor) -> None:
    report = brought(
        deals_file("Id,Company,Owner,Product,Stage\n1,Ghost,Nobody,Ghost,Demo\n2,Acme,ada,Desk,Demo\n"),
        skip_bad=True,
    )
    assert "--new-people" in report.plan.refused[0].reason
    assert [row.name for row in Account.select()] == ["Acme"]
    assert [row.name for row in Product.select()] == ["Desk"]


# --- people ----------------------------------------------------------------------------------------------

TEAMS = """
    sales_agent,manager,regional_office
    Anna Snelling,Dustin Brinkmann,Central
    Cecily Lampkin,Dustin Brinkmann,Central
    Darcel Schlecht,Melvin Marxen,Central
    Zane Levy,Summer Sewald,West
    Anna Able,Summer Sewald,West
    """


def team_of(name: str) -> str:
    person = Person.get(Person.name == name)
    (membership,) = Membership.select().where(Membership.person == person.id, Membership.until_on.is_null())
    assert membership.from_on is None
    return f"{membership.team.name} in {membership.team.parent.name}"


def test_teams_of_managers_in_their_regions(ada: Actor) -> None:
    report = brought(File("teams.csv", TEAMS))
    assert counted(report.plan, "people") == "8 new" and counted(report.plan, "teams") == "5 new"
    assert [(team.name, team.depth) for team in people.tree()] == [
        ("Central", 0),
        ("Dustin Brinkmann", 1),
        ("Melvin Marxen", 1),
        ("West", 0),
        ("Summer Sewald", 1),
    ]
    assert team_of("Anna Snelling") == team_of("Dustin Brinkmann") == "Dustin Brinkmann in Central"
    assert team_of("Zane Levy") == team_of("Summer Sewald") == "Summer Sewald in West"
    roles = {row.name: (row.role, row.handle) for row in Person.select()}
    assert roles["Dustin Brinkmann"] == ("manager", "dustin")
    assert (roles["Anna Snelling"], roles["Anna Able"]) == (("rep", "anna"), ("rep", "annaa"))
    assert counted(brought(File("teams.csv", TEAMS)).plan, "people") == "8 same"
    assert not faults()


def test_owners_come_from_the_file_of_people_in_the_same_call(ada: Actor) -> None:
    deals = deals_file("Id,Title,Stage,Owner\n1,a,Demo,Zane Levy\n2,b,Demo,zane\n3,c,Demo,ADA MARSH\n")
    report = brought(deals, File("teams.csv", TEAMS), skip_bad=True)
    assert [(row.title, row.owner.name) for row in Deal.select()] == [("a", "Zane Levy"), ("c", "Ada Marsh")]
    assert counted(brought(deals_file("Id,Title,Stage,Owner\n2,b,Demo,zane\n")).plan) == "1 new"
    assert "1 row says ADA MARSH: read as Ada Marsh" in map(str, report.plan.matches)


def test_an_unknown_owner_becomes_a_rep_only_when_that_is_allowed(ada: Actor) -> None:
    content = "Id,Title,Stage,Owner\n1,a,Demo,Jon Haas\n2,b,Demo,Jon  Haas\n3,c,Demo,\n"
    plan = planned(deals_file(content))
    assert [refusal.reason for refusal in plan.refused] == [
        "there is no person “Jon Haas”; add them first, bring a file of people, or say --new-people",
        "there is no person “Jon  Haas”; add them first, bring a file of people, or say --new-people",
        "it has no owner",
    ]
    report = brought(deals_file(content), new_people=True, skip_bad=True)
    assert counted(report.plan, "people") == "1 new"
    jon = Person.get(Person.name == "Jon Haas")
    assert (jon.role, jon.handle, jon.login) == ("rep", "jon", None)
    assert Deal.select().where(Deal.owner == jon.id).count() == 2
    with pytest.raises(NotAllowed, match="may not edit people"):
        planned(
            deals_file(content.replace("Jon", "Max")),
            new_people=True,
            actor=stories.add_person("Mo", "manager"),
        )


def test_a_file_without_owners_belongs_to_who_brings_it(ada: Actor) -> None:
    mo = stories.add_person("Mo Lead", "manager")
    brought(deals_file("Id,Title,Stage\n1,a,Demo\n"), actor=mo)
    assert deal("a").owner.name == "Mo Lead"


def test_people_of_the_board_keep_their_rights_and_move_only_when_that_is_said(ada: Actor) -> None:
    brought(File("teams.csv", TEAMS))
    demoting = File("list.csv", "name,role\nAda Marsh,rep\nDustin Brinkmann,rep\nAnna Able,lead\n")
    assert counted(brought(demoting).plan, "people") == "1 changed, 2 same"
    assert {row.name: row.role for row in Person.select()}["Ada Marsh"] == "admin"
    assert Person.get(Person.name == "Anna Able").role == "lead"
    moved = TEAMS.replace("Zane Levy,Summer Sewald,West", "Zane Levy,Melvin Marxen,Central")
    report = brought(File("teams.csv", moved))
    assert counted(report.plan, "people") == "7 same, 1 doubtful"
    assert "Zane Levy is in another team" in report.plan.doubtful[0].reason
    brought(File("teams.csv", moved), take_doubtful=True)
    zane = Person.get(Person.name == "Zane Levy")
    stays = Membership.select().where(Membership.person == zane.id).order_by(Membership.id)
    assert [(one.team.name, one.from_on, one.until_on) for one in stays] == [
        ("Summer Sewald", None, TODAY),
        ("Melvin Marxen", TODAY, None),
    ]


def test_managers_of_managers_and_people_without_one(ada: Actor) -> None:
    brought(
        File(
            "users.csv",
            """
            ID,USERNAME,FIRSTNAME,LASTNAME,MANAGERID,ISACTIVE
            0055g00000AAAAA,a@x,Ann,Boss,,true
            0055g00000BBBBB,b@x,Bob,Middle,0055g00000AAAAA,true
            0055g00000CCCCC,c@x,Cy,Seller,0055g00000BBBBB,false
            """,
        ),
        File("list.csv", "name,team,region\nDee Lone,Inside,West\nEve Free,,West\n"),
    )
    assert [(team.name, team.depth) for team in people.tree()] == [
        ("Ann Boss", 0),
        ("Bob Middle", 1),
        ("West", 0),
        ("Inside", 1),
    ]
    boss = Team.get(Team.name == "Ann Boss")
    names = {Person.get_by_id(member).name for member in people.members(boss.id, date(2026, 1, 1))}
    assert names == {"Ann Boss", "Bob Middle", "Cy Seller"}
    assert not Person.get(Person.name == "Cy Seller").active
    assert not faults()


def test_handles_and_logins_that_are_taken_are_refused(ada: Actor) -> None:
    plan = planned(
        File(
            "list.csv",
            """
            name,login,handle,role
            Bo,ada,,rep
            Cy,cy,cyan,rep
            Di,cy,,rep
            Ed,,cyan,rep
            Fi,,a b,rep
            Ada Marsh,ada,ada,rep
            """,
        )
    )
    assert [refusal.line for refusal in plan.refused] == [2, 4, 5, 6]
    assert counted(plan, "people") == "1 new, 1 same, 4 refused"


# --- objects of salesforce ------------------------------------------------------------------------------


def test_objects_refer_to_each_other_by_id(ada: Actor) -> None:
    opportunities = deals_file(
        """
        ID,ISDELETED,ACCOUNTID,NAME,STAGENAME,AMOUNT,CLOSEDATE,ISCLOSED,ISWON,OWNERID,CREATEDDATE
        0065g00000AAAAA,false,0015g00000AAAAA,New,Won,10,2026-03-31,1,1,0055g00000AAAAA,2026-03-05T14:15:33Z
        0065g00000BBBBB,true,0015g00000AAAAA,Gone,Prospecting,,,false,false,0055g00000AAAAA,2026-03-05T14:15:33Z
        0065g00000CCCCC,false,0015g00000ZZZZZ,Lost,Prospecting,,,false,false,0055g00000AAAAA,2026-03-05T14:15:33Z
        0065g00000DDDDD,false,,No owner,Prospecting,,,false,false,0055g00000ZZZZZ,2026-03-05T14:15:33Z
        """,
        "Opportunity.csv",
    )
    companies = File(
        "Account.csv", "ID,NAME,PARENTID,INDUSTRY,OWNERID,ISDELETED\n0015g00000AAAAA,Acme,,Tech,x,false\n"
    )
    users = File("User.csv", "ID,USERNAME,NAME,MANAGERID\n0055g00000AAAAA,a@x,Ann Seller,\n")
    report = brought(opportunities, companies, users, skip_bad=True)
    (row,) = Deal.select()
    assert (row.account.name, row.account.external, row.owner.name) == (
        "Acme",
        "salesforce:0015g00000AAAAAAA5",
        "Ann Seller",
    )
    assert [refusal.reason for refusal in report.plan.refused] == [
        "there is no account with the id “0015g00000ZZZZZAA5”; bring the file of accounts along",
        "there is no person with the id “0055g00000ZZZZZAA5”; bring the file of people along",
    ]
    assert not faults()


# --- the files themselves --------------------------------------------------------------------------------


def test_refused_rows_are_written_to_be_corrected_and_brought_again(ada: Actor) -> None:
    content = 'Id,Title,Stage,Amount\n1,fine,Demo,5\n2,"=bad, ""x""",Nowhere,-\n3,short\n4,-bad,Demo,abc\n'
    plan = planned(deals_file(content))
    out = io.StringIO()
    assert write_refused(plan, out) == 3
    assert out.getvalue().splitlines()[:2] == [
        "Id,Title,Stage,Amount,refused in,refused line,refused because",
        '2,"\'=bad, ""x""",Nowhere,\'-,deals.csv,3,"there is no stage “Nowhere”; say which one it is, '
        'such as --map ""stage:Nowhere=Opportunity"""',
    ]
    corrected = (
        out.getvalue().replace("Nowhere,", "Demo,").replace("abc", "7").replace("3,short,,", "3,short,Demo,")
    )
    report = brought(deals_file(corrected))
    assert [row.title for row in Deal.select().order_by(Deal.id)] == ['=bad, "x"', "short", "-bad"]
    assert counted(report.plan) == "3 new"
    assert write_refused(plan, io.StringIO(), file="other.csv") == 0


def test_hostile_text_is_cleaned_and_shown_literally(ada: Actor) -> None:
    hostile = "[@click=app.quit]Acme[/] \x1b]0;title\x07 \u202e=cmd|'/C calc'!A0"
    brought(deals_file(f'Id,Title,Company,Stage\n1,"{hostile}","{hostile}",Demo\n2,\'=x,Acme,Demo\n'))
    (row, guarded) = Deal.select().order_by(Deal.id)
    assert "\x1b" not in row.title and "\x07" not in row.title and "\u202e" not in row.title
    assert row.title.startswith("[@click=app.quit]Acme[/]") and row.account.name == row.title
    assert guarded.title == "'=x", "an apostrophe is only taken away from our own files"


def test_what_was_understood_is_told(ada: Actor) -> None:
    (source,) = sources(
        deals_file("Deal Name;Stage;Betrag;Amount;Notes\na;Demo;x;1.234,50;\nb;Démo;x;;\n".encode("cp1252"))
    )
    assert str(source) == "deals.csv: 2 rows of deals, cp1252, semicolon"
    assert [(column.header, column.field) for column in source.mapping] == [
        ("Deal Name", "title"),
        ("Stage", "stage"),
        ("Betrag", None),
        ("Amount", "value"),
        ("Notes", None),
    ]
    told = "\n".join(source.notes)
    assert "read as Windows-1252" in told and "Démo" in told
    assert "not used: Betrag, Notes" in told
    assert "numbers are written like 1.234,50" in told


def test_questions_are_asked_before_anything_is_done(ada: Actor) -> None:
    ambiguous = "Id,Title,Stage,Close Date,Amount\n1,a,Demo,3/4/2027,5\n"
    with pytest.raises(Refused, match="--dates day-first or --dates month-first"):
        planned(deals_file(ambiguous))
    brought(deals_file(ambiguous), date_style="month-first")
    assert deal("a").expected_on == date(2027, 3, 4)
    with pytest.raises(Refused, match="number style"):
        planned(deals_file('Id,Title,Stage,Amount\n2,b,Demo,"1,234"\n'))
    brought(deals_file('Id,Title,Stage,Amount\n2,b,Demo,"1,234"\n'), number_style="1.234,56", skip_bad=True)
    assert Deal.select().count() == 1
    brought(deals_file('Id,Title,Stage,Amount\n2,b,Demo,"1,234"\n'), number_style="1,234.56")
    assert deal("b").value_minor == 123400


def test_wrong_mappings_are_refused(ada: Actor) -> None:
    content = "Id,Title,Stage\n1,a,Demo\n"
    for mapping, reason in (
        ({"Nothing": "title"}, "no file has a column called"),
        ({"Title": "colour"}, "can not be mapped to"),
        ({"kind:deals.csv": "boats"}, "can not be “boats”"),
    ):
        with pytest.raises(WrongUsage, match=reason):
            sources(deals_file(content), mapping=mapping)
    with pytest.raises(WrongUsage, match="at least one file"):
        sources()
    with pytest.raises(Refused, match="two columns called"):
        sources(deals_file("Id,Title,Stage, title \n1,a,Demo,b\n"))
    assert (
        sources(File("list.csv", "name,stage,role\na,b,c\n"), mapping={"kind:list.csv": "people"})[0].kind
        == "people"
    )


def test_an_empty_file_of_deals_brings_nothing(ada: Actor) -> None:
    report = brought(deals_file("Id,Title,Stage\n"))
    assert report.batch is None and str(report.plan) == "nothing to import"
    assert importing.imports() == []
