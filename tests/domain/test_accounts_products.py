"""Accounts, contacts, products, the company and its stages: what they hold and what is refused."""

import pytest

from salesboard.domain import accounts, company, products
from salesboard.errors import NotFound, Refused
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Account, Company, Contact, Person, Product
from tests import stories
from tests.conftest import on_sqlite_alone
from tests.stories import NOW, faults

# --- accounts -----------------------------------------------------------------------------------------------


def test_an_account_is_found_however_it_is_spelt(ada: Actor) -> None:
    account = accounts.add_account(ada, " Hofer  GmbH ", now=NOW, sector="Retail", employees=120, website="")
    row = Account.get_by_id(account)
    assert (row.name, row.sector, row.employees, row.website) == ("Hofer  GmbH", "Retail", 120, None)
    for said in ("Hofer GmbH", "hofer-gmbh", "HOFER GMBH."):
        assert accounts.find_account(said) == account
        with pytest.raises(Refused, match="there is an account Hofer  GmbH already"):
            accounts.add_account(ada, said, now=NOW)
    assert accounts.find_account("Hofer") is None
    assert not faults()


def test_an_account_can_be_renamed_but_not_to_anothers_name(ada: Actor) -> None:
    one, _ = stories.add_account("Northwind"), stories.add_account("Kestrel")
    accounts.edit_account(ada, one, now=NOW, name="NORTHWIND Traders", founded=1999)
    assert accounts.find_account("northwind traders") == one
    accounts.edit_account(ada, one, now=NOW, name="Northwind Traders")
    with pytest.raises(Refused, match="there is an account Kestrel already"):
        accounts.edit_account(ada, one, now=NOW, name="kestrel")
    with pytest.raises(NotFound):
        accounts.edit_account(ada, 999_999, now=NOW, name="x")


@on_sqlite_alone
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("founded", -1),
        ("founded", 10_000),
        ("employees", 10**9),
        ("turnover_minor", 10**30),
        ("colour", "red"),
    ],
)
def test_an_account_holds_only_what_makes_sense(ada: Actor, field: str, value: object) -> None:
    account = stories.add_account("Northwind")
    with pytest.raises(Refused):
        accounts.edit_account(ada, account, now=NOW, **{field: value})
    with pytest.raises(Refused):
        accounts.add_account(ada, "Kestrel", now=NOW, **{field: value})
    with pytest.raises(Refused, match="account name"):
        accounts.add_account(ada, "  ", now=NOW)


def test_an_account_does_not_belong_to_itself(ada: Actor) -> None:
    top = stories.add_account("Top")
    middle = stories.add_account("Middle", parent=top)
    bottom = stories.add_account("Bottom", parent=middle)
    for parent in (top, middle, bottom):
        with pytest.raises(Refused, match="can not belong to itself"):
            accounts.edit_account(ada, top, now=NOW, parent=parent)
    with pytest.raises(NotFound, match="no account 999999"):
        accounts.edit_account(ada, bottom, now=NOW, parent=999_999)
    accounts.edit_account(ada, bottom, now=NOW, parent=None)
    accounts.edit_account(ada, top, now=NOW, parent=bottom)


def test_names_are_offered_those_that_begin_so_first(ada: Actor) -> None:
    for name in ("Big Kestrel", "Kestrel", "Kestrel & Sons", "Åkestad", "100% Kes_"):
        stories.add_account(name)
    assert accounts.names_like("kes") == ["Kestrel", "Kestrel & Sons", "100% Kes_", "Big Kestrel", "Åkestad"]
    assert accounts.names_like("kes", most=2) == ["Kestrel", "Kestrel & Sons"]
    assert accounts.names_like("ÅKE") == ["Åkestad"]
    assert accounts.names_like("0%") == ["100% Kes_"]
    assert accounts.names_like("s_") == ["100% Kes_"]


def test_contacts_are_told_apart_within_their_account(ada: Actor) -> None:
    one, other = stories.add_account("Northwind"), stories.add_account("Kestrel")
    jon = accounts.add_contact(ada, one, "Jon Haas", now=NOW, email=" jon@northwind.example ")
    assert Contact.get_by_id(jon).email == "jon@northwind.example"
    with pytest.raises(Refused, match="among that account's contacts already"):
        accounts.add_contact(ada, one, "jon haas", now=NOW)
    accounts.add_contact(ada, other, "Jon Haas", now=NOW)
    accounts.edit_contact(ada, jon, now=NOW, name="John Haas", phone="+43 1")
    assert (Contact.get_by_id(jon).name, Contact.get_by_id(jon).key) == ("John Haas", "johnhaas")
    with pytest.raises(Refused, match="has no colour"):
        accounts.edit_contact(ada, jon, now=NOW, colour="red")
    with pytest.raises(NotFound):
        accounts.edit_contact(ada, 999_999, now=NOW, name="x")
    with pytest.raises(NotFound):
        accounts.add_contact(ada, 999_999, "x", now=NOW)


# --- products -----------------------------------------------------------------------------------------------


def test_a_product_is_found_however_it_is_spelt_or_by_a_unique_beginning(ada: Actor) -> None:
    gtx, plus = stories.add_product("GTX Pro", "550"), stories.add_product("GTX Plus Basic")
    assert products.find_product("gtxpro") == gtx
    assert products.find_product("gtx-pl") == plus
    for said in ("gtx", "", "nothing"):
        with pytest.raises(NotFound, match="GTX Plus Basic, GTX Pro"):
            products.find_product(said)
    with pytest.raises(Refused, match="there is a product"):
        products.add_product(ada, "gtx PRO", now=NOW)


def test_a_product_has_a_price_and_can_go_out_of_sale(ada: Actor) -> None:
    gtx = stories.add_product("GTX Pro", "550")
    stories.add_product("MG Special")
    products.edit_product(ada, gtx, now=NOW, list_price_minor=60_000, active=False)
    assert (Product.get_by_id(gtx).list_price_minor, products.names()) == (60_000, ["MG Special"])
    for price in (-1, 10**16):
        with pytest.raises(Refused, match="list price"):
            products.edit_product(ada, gtx, now=NOW, list_price_minor=price)
        with pytest.raises(Refused, match="list price"):
            products.add_product(ada, "New", now=NOW, list_price_minor=price)
    with pytest.raises(NotFound):
        products.edit_product(ada, 999_999, now=NOW, active=True)


# --- the company and its stages -----------------------------------------------------------------------------


def test_a_board_is_set_up_once(ada: Actor) -> None:
    before = ledger.end()
    with pytest.raises(Refused, match=r"there is a board in .+ already; open it, or name another one"):
        company.found(owner="Mia", login="mia", now=NOW)
    assert ledger.end() == before
    assert Company.select().count() == Person.select().count() == 1


def test_a_board_that_is_not_set_up_says_so(database: Database) -> None:
    with pytest.raises(Refused, match="'salesboard init'"):
        company.facts()
    assert company.stages() == []


@on_sqlite_alone
@pytest.mark.parametrize(
    "facts",
    [{"currency": "XXY"}, {"zone": "Mars/Olympus"}, {"zone": "../etc"}, {"fiscal_start": 13}, {"owner": " "}],
)
def test_a_board_is_not_set_up_with_what_makes_no_sense(database: Database, facts: dict[str, object]) -> None:
    with pytest.raises(Refused):
        company.found(**{"owner": "Ada", "login": "ada", "now": NOW, **facts})  # type: ignore[arg-type]
    assert ledger.end()[0] == 0


def test_the_companys_facts_can_be_changed_within_reason(ada: Actor) -> None:
    told = company.edit_company(
        ada, now=NOW, name="Hofer", currency="EUR", zone="Europe/Vienna", fiscal_start=4, closed_days=30
    )
    assert told == company.facts() == company.CompanyFacts("Hofer", "EUR", "Europe/Vienna", 4, 30)
    assert told.today(NOW.replace(hour=23, minute=30)).isoformat() == "2026-11-23"
    for nonsense in (
        {"fiscal_start": 0},
        {"closed_days": 0},
        {"closed_days": 10**9},
        {"zone": "x"},
        {"currency": "€"},
    ):
        with pytest.raises(Refused):
            company.edit_company(ada, now=NOW, **nonsense)  # type: ignore[arg-type]
    assert company.facts() == told


@pytest.mark.parametrize("what", ["a deal", "a product"])
def test_the_currency_stays_once_there_are_amounts(ada: Actor, what: str) -> None:
    company.edit_company(ada, now=NOW, currency="JPY")
    if what == "a deal":
        stories.add_deal("Northwind", "12k")
    else:
        stories.add_product("Widget", "12")
    with pytest.raises(Refused, match="amounts in JPY already"):
        company.edit_company(ada, now=NOW, currency="EUR")
    company.edit_company(ada, now=NOW, currency="JPY", name="Same")


def test_stages_have_an_order_and_a_kind_that_stays(ada: Actor) -> None:
    assert [stage.kind for stage in company.stages()] == list(company.KINDS)
    assert [stage.holds_won for stage in company.stages()] == [False, False, False, True, True]
    company.edit_stage(
        ada, stories.stage_id("prospect"), now=NOW, name="Qualified", likelihood=25, quiet_days=0
    )
    stage = company.find_stage("quali")
    assert (stage.kind, stage.name, stage.likelihood, stage.quiet_days) == ("prospect", "Qualified", 25, None)
    assert company.find_stage("PROSPECT") == stage


def test_a_stage_is_found_only_where_one_is_meant(ada: Actor) -> None:
    for said in ("", "x", "ad vocates"):
        with pytest.raises(NotFound, match="the stages are Target, Prospect, Opportunity, Client, Advocate"):
            company.find_stage(said)
    company.edit_stage(ada, stories.stage_id("prospect"), now=NOW, name="Targeted")
    assert company.find_stage("target").kind == "target"
    with pytest.raises(NotFound):
        company.find_stage("targ")


@on_sqlite_alone
@pytest.mark.parametrize(
    "change", [{"name": "client"}, {"name": ""}, {"likelihood": 101}, {"likelihood": -1}, {"quiet_days": -5}]
)
def test_a_stage_is_not_changed_into_what_makes_no_sense(ada: Actor, change: dict[str, object]) -> None:
    before = company.stages()
    with pytest.raises(Refused):
        company.edit_stage(ada, stories.stage_id("prospect"), now=NOW, **change)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        company.edit_stage(ada, 999_999, now=NOW, likelihood=5)
    assert company.stages() == before
