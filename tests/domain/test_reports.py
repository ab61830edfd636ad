"""The figures of the pipeline: small stories with known sums, and sums that agree whatever was sold."""

import csv
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesboard import clock
from salesboard.domain import accounts, company, people, pipeline, products, reports
from salesboard.domain.filters import parse
from salesboard.domain.reports import report, report_by
from salesboard.storage import ledger
from salesboard.storage.database import Database
from salesboard.storage.ledger import Actor
from salesboard.storage.models import Deal, DealLine, Stay
from tests.conftest import NewBoard

NOW = datetime(2017, 12, 31, 10, tzinfo=UTC)
TODAY = NOW.date()
REAL_DATA = Path(__file__).parents[3] / "shared" / "data" / "maven"


@dataclass
class Office:
    """Three people, two teams beneath a third, two products, two accounts."""

    ada: Actor
    people: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)

    def open(self, day: str, owner: str = "ada", *, stage: str = "target", **facts: Any) -> int:
        """A deal that was opened on a day."""
        on = datetime.fromisoformat(f"{day}T09:00:00+00:00")
        names = {"title": "Deal", **facts}
        return pipeline.add_deal(
            self.ada, now=on, owner=self.people[owner], stage=self.stages[stage], **names
        )

    def win(self, opened: str, won: str, value: int, owner: str = "ada", **facts: Any) -> int:
        """A sale of so many minor units."""
        deal = self.open(opened, owner, **facts)
        pipeline.win_deal(self.ada, deal, now=NOW, won_on=date.fromisoformat(won), value_minor=value)
        return deal

    def lose(self, opened: str, lost: str, owner: str = "ada", **facts: Any) -> int:
        deal = self.open(opened, owner, **facts)
        pipeline.lose_deal(self.ada, deal, now=NOW, lost_on=date.fromisoformat(lost), reason="price")
        return deal


def opened_office() -> Office:
    """Ada leads West; Jon went from East to West on 1 July 2017; Priya is in no team."""
    founding = datetime(2016, 10, 1, tzinfo=UTC)
    office = Office(company.found(owner="Ada Marsh", login="ada", now=founding))
    office.stages = {stage.kind: stage.id for stage in company.stages()}
    add = people.add_person
    office.people = {"ada": office.ada.id or 0} | {
        handle: add(office.ada, name, now=founding, handle=handle)
        for handle, name in (("jon", "Jon Haas"), ("priya", "Priya Raman"))
    }
    sales = people.add_team(office.ada, "Sales", now=founding)
    office.teams = {"Sales": sales} | {
        name: people.add_team(office.ada, name, now=founding, parent=sales) for name in ("East", "West")
    }
    people.join_team(office.ada, office.people["ada"], office.teams["West"], now=founding)
    people.join_team(office.ada, office.people["jon"], office.teams["East"], now=founding)
    moved = date(2017, 7, 1)
    people.leave_team(office.ada, office.people["jon"], office.teams["East"], now=founding, until_on=moved)
    people.join_team(office.ada, office.people["jon"], office.teams["West"], now=founding, from_on=moved)
    for name in ("Hofer GmbH", "Isdom"):
        office.accounts[name] = accounts.add_account(office.ada, name, now=founding)
    for name, price in (("Gauge", 42_000), ("Console", 740_000)):
        office.products[name] = products.add_product(office.ada, name, now=founding, list_price_minor=price)
    return office


@pytest.fixture
def office(database: Database) -> Office:
    return opened_office()


def rows(kind: reports.Kind, **asked: Any) -> dict[str, tuple[int, int, int, int]]:
    """Won, lost, open and revenue by name, in the order of the report."""
    found = report_by(kind, **{"today": TODAY, **asked})
    return {row.name: (row.won, row.lost, row.open, row.revenue_minor) for row in found}


# --- the whole ----------------------------------------------------------------------------------------------


def test_an_empty_board_has_no_rate_and_no_average(office: Office) -> None:
    figures = report(today=TODAY)
    assert (figures.won, figures.lost, figures.open, figures.revenue_minor) == (0, 0, 0, 0)
    assert figures.win_rate is figures.average_sale_minor is figures.median_days_to_win is None
    assert [stage.deals for stage in figures.by_stage] == [0] * 5
    for kind in reports.KINDS:
        assert sum(row.won + row.lost + row.open for row in report_by(kind, today=TODAY)) == 0


def test_the_whole_report_is_json_with_known_figures(office: Office) -> None:
    lines = [pipeline.Line(office.products["Gauge"], 3)]
    office.win("2017-01-01", "2017-01-11", 100_001, lines=lines)
    office.win("2017-02-01", "2017-02-05", 200_000)
    advocate = office.win("2017-03-01", "2017-03-31", 300_002, "jon")
    pipeline.move_deal(office.ada, advocate, office.stages["advocate"], now=NOW)
    office.lose("2017-03-01", "2017-04-01")
    office.lose("2017-03-01", "2017-04-02")
    rails = office.open("2017-05-01")
    pipeline.disqualify_deal(office.ada, rails, now=NOW, reason="no need")
    office.open("2017-06-01", stage="prospect", value_minor=1_003)
    office.open("2017-06-01", stage="prospect")
    pipeline.archive_deal(office.ada, office.open("2017-06-01", value_minor=9_999), now=NOW)

    assert json.loads(json.dumps(asdict(report(today=TODAY)))) == {
        "currency": "USD",
        "won": 3,
        "lost": 2,
        "disqualified": 1,
        "open": 2,
        "revenue_minor": 600_003,
        "units": 3,
        "average_sale_minor": 200_001,
        "median_days_to_win": 10.0,
        "win_rate": 0.6,
        "open_minor": 1_003,
        "weighted_minor": 201,
        "by_stage": [
            stage_sum("Target", "target", 0, 0, 0, 5),
            stage_sum("Prospect", "prospect", 2, 1_003, 201, 20) | {"without_value": 1},
            stage_sum("Opportunity", "opportunity", 0, 0, 0, 50),
            stage_sum("Client", "client", 2, 300_001, 300_001, 100),
            stage_sum("Advocate", "advocate", 1, 300_002, 300_002, 100),
        ],
    }


def stage_sum(
    name: str, kind: str, deals: int, value_minor: int, weighted_minor: int, likelihood: int
) -> dict[str, Any]:
    return {
        "stage": name,
        "kind": kind,
        "deals": deals,
        "value_minor": value_minor,
        "weighted_minor": weighted_minor,
        "likelihood": likelihood,
        "without_value": 0,
    }


def test_archived_sales_go_on_counting(office: Office) -> None:
    sale = office.win("2017-01-01", "2017-01-11", 5_000)
    pipeline.archive_deal(office.ada, sale, now=NOW)
    assert report(today=TODAY).revenue_minor == 5_000
    assert report(today=TODAY).by_stage[3].deals == 1
    pipeline.reopen_deal(office.ada, sale, now=NOW)
    assert (report(today=TODAY).open, report(today=TODAY).revenue_minor) == (0, 0)


def test_both_ends_bound_the_closing_date_and_are_included(office: Office) -> None:
    for day in ("2017-05-31", "2017-06-01", "2017-06-30", "2017-07-01"):
        office.win("2017-01-01", day, 1_000)
        office.lose("2017-01-01", day)
    office.open("2017-01-01")
    june = report(today=TODAY, from_on=date(2017, 6, 1), to_on=date(2017, 6, 30))
    assert (june.won, june.lost, june.open, june.revenue_minor, june.win_rate) == (2, 2, 1, 2_000, 0.5)
    assert june.by_stage[3].deals == june.won
    assert report(today=TODAY, from_on=date(2017, 7, 1)).won == 1
    assert report(today=TODAY, to_on=date(2017, 5, 31)).won == 1
    for kind in ("person", "team", "product", "account", "stage"):
        found = rows(kind, from_on=date(2017, 6, 1), to_on=date(2017, 6, 30))
        assert (2, 2, 1, 2_000) in found.values() or kind == "stage"
        assert sum(row[3] for name, row in found.items() if name != "Sales") == 2_000


def test_conditions_of_a_filter_bound_everything(office: Office) -> None:
    office.win("2017-01-01", "2017-06-01", 1_000, "jon")
    office.win("2017-01-01", "2017-06-01", 2_000, "ada")
    office.open("2017-01-01", "jon")
    office.open("2017-01-01", "ada")
    jons = parse("owner:jon", me=None, today=TODAY).conditions()
    figures = report(today=TODAY, conditions=jons)
    assert (figures.won, figures.open, figures.revenue_minor) == (1, 1, 1_000)
    for kind in reports.KINDS:
        found = report_by(kind, today=TODAY, conditions=jons)
        assert sum(row.revenue_minor for row in found if row.name != "Sales") == 1_000, kind


def test_what_is_dated_after_today_has_not_happened(office: Office) -> None:
    deal = office.open("2017-01-10", value_minor=1_000)
    for day, stage in (("2017-02-10", "prospect"), ("2017-03-10", "opportunity")):
        at = datetime.fromisoformat(f"{day}T15:00:00+00:00")
        pipeline.move_deal(office.ada, deal, office.stages[stage], now=at)
    at = datetime(2017, 4, 10, 15, tzinfo=UTC)
    pipeline.win_deal(office.ada, deal, now=at, value_minor=5_000)
    pipeline.move_deal(office.ada, deal, office.stages["advocate"], now=NOW)
    pipeline.archive_deal(office.ada, deal, now=NOW)

    def where(day: date) -> tuple[str, int, int]:
        figures = report(today=day)
        found = [stage.stage for stage in figures.by_stage if stage.deals]
        assert found == [row.name for row in report_by("stage", today=day) if row.won or row.open]
        return "".join(found), figures.won, figures.open

    assert where(date(2017, 1, 9)) == ("", 0, 0)
    assert where(date(2017, 1, 10)) == ("Target", 0, 1)
    assert where(date(2017, 2, 9)) == ("Target", 0, 1)
    assert where(date(2017, 2, 10)) == ("Prospect", 0, 1)
    assert where(date(2017, 4, 9)) == ("Opportunity", 0, 1)
    assert where(date(2017, 4, 10)) == ("Client", 1, 0)
    assert where(date(2017, 12, 30)) == ("Client", 1, 0)
    assert where(TODAY) == ("Advocate", 1, 0)


def test_a_day_ends_in_the_companys_zone(office: Office) -> None:
    company.edit_company(office.ada, now=NOW, zone="America/New_York")
    deal = office.open("2017-01-10")
    evening = datetime(2017, 2, 11, 3, tzinfo=UTC)  # still the tenth in New York
    pipeline.move_deal(office.ada, deal, office.stages["prospect"], now=evening)
    assert report(today=date(2017, 2, 9)).by_stage[0].deals == 1
    assert report(today=date(2017, 2, 10)).by_stage[1].deals == 1


def test_a_sale_that_was_reopened_later_was_no_sale(office: Office) -> None:
    sale = office.win("2017-01-10", "2017-04-10", 5_000, stage="opportunity")
    pipeline.reopen_deal(office.ada, sale, now=NOW)
    then = report(today=date(2017, 5, 1))
    assert (then.won, then.open, then.by_stage[2].deals) == (0, 1, 1)


def test_deals_without_a_stay_or_a_day_are_not_lost_on_the_way(office: Office) -> None:
    with ledger.entry(office.ada, "imported", now=NOW) as entry:
        for status, opened, closed in (
            ("won", None, date(2017, 6, 1)),
            ("won", None, None),
            ("open", None, None),
            ("lost", date(2017, 6, 9), date(2017, 6, 1)),
        ):
            entry.insert(
                Deal,
                title="Old",
                search="old",
                owner=office.ada.id,
                stage=office.stages["client" if status == "won" else "prospect"],
                status=status,
                place=0,
                opened_on=opened,
                closed_on=closed,
                value_minor=700,
            )
    figures = report(today=TODAY)
    assert (figures.won, figures.lost, figures.open, figures.revenue_minor) == (2, 1, 1, 1_400)
    assert rows("month") == {"2017-06": (1, 1, 1, 700), "(no date)": (1, 0, 0, 700)}
    earlier = report(today=date(2017, 5, 1))
    assert (earlier.won, earlier.open) == (1, 2)
    assert [stage.deals for stage in earlier.by_stage] == [1, 1, 0, 1, 0]
    assert report(today=TODAY, from_on=date(2017, 1, 1)).won == 1


# --- by something -------------------------------------------------------------------------------------------


def test_months_come_in_order_without_a_gap_with_what_was_open_when_they_ended(office: Office) -> None:
    office.win("2017-01-01", "2017-04-30", 1_000)
    office.win("2017-02-01", "2017-04-01", 2_000)
    office.lose("2017-02-28", "2017-02-28")
    office.open("2017-03-31")
    assert rows("month") == {
        "2017-02": (0, 1, 2, 0),
        "2017-03": (0, 0, 3, 0),
        "2017-04": (2, 0, 1, 3_000),
    }
    assert rows("quarter") == {"2017-Q1": (0, 1, 3, 0), "2017-Q2": (2, 0, 1, 3_000)}
    assert rows("year") == {"2017": (2, 1, 1, 3_000)}
    assert list(rows("month", from_on=date(2017, 1, 15), to_on=date(2017, 5, 2))) == [
        f"2017-0{month}" for month in range(1, 6)
    ]
    assert list(rows("month", from_on=date(2017, 11, 1), to_on=date(2018, 3, 1))) == ["2017-11", "2017-12"]
    assert rows("month", from_on=date(2017, 4, 2), to_on=date(2017, 4, 30)) == {"2017-04": (1, 0, 1, 1_000)}
    assert rows("month", today=date(2017, 4, 29))["2017-04"] == (1, 0, 2, 2_000)
    assert len(rows("week")) == 9


def test_quarters_and_years_are_fiscal(office: Office) -> None:
    company.edit_company(office.ada, now=NOW, fiscal_start=4)
    office.win("2017-01-01", "2017-03-31", 1_000)
    office.win("2017-01-01", "2017-04-01", 2_000)
    assert rows("quarter") == {"2017-Q4": (1, 0, 1, 1_000), "2018-Q1": (1, 0, 0, 2_000)}
    assert list(rows("year")) == ["2017", "2018"]


def test_people_come_by_revenue_sellers_without_a_deal_too(office: Office) -> None:
    office.win("2017-01-01", "2017-03-31", 1_000)
    office.win("2017-01-01", "2017-03-31", 2_000, "jon")
    office.open("2017-01-01", "jon")
    assert list(rows("person").items()) == [
        ("Jon Haas", (1, 0, 1, 2_000)),
        ("Ada Marsh", (1, 0, 0, 1_000)),
        ("Priya Raman", (0, 0, 0, 0)),
    ]


def test_a_sale_counts_for_the_team_of_its_closing_date(office: Office) -> None:
    office.win("2017-01-01", "2017-06-30", 1_000, "jon")
    office.win("2017-01-01", "2017-07-01", 2_000, "jon")
    office.win("2017-01-01", "2017-07-01", 4_000, "ada")
    office.win("2017-01-01", "2017-07-01", 8_000, "priya")
    office.lose("2017-01-01", "2017-06-30", "jon")
    office.open("2017-01-01", "jon")
    found = report_by("team", today=TODAY)
    assert [(asdict(row)["parent"], asdict(row)["depth"]) for row in found] == [
        (None, 0),
        ("Sales", 1),
        ("Sales", 1),
        (None, 0),
    ]
    assert list(rows("team").items()) == [
        ("Sales", (3, 1, 1, 7_000)),
        ("East", (1, 1, 0, 1_000)),
        ("West", (2, 0, 1, 6_000)),
        ("(no team)", (1, 0, 0, 8_000)),
    ]
    assert rows("team", today=date(2017, 6, 30))["East"] == (1, 1, 2, 1_000)


def test_a_deals_amount_is_shared_among_its_products_to_the_cent(office: Office) -> None:
    gauge, console = office.products["Gauge"], office.products["Console"]
    three = [pipeline.Line(gauge, 1, 100), pipeline.Line(console, 2, 100), pipeline.Line(gauge, 4, 100)]
    office.win("2017-01-01", "2017-02-01", 1_000, lines=three)
    office.win("2017-01-01", "2017-02-01", 50, lines=[pipeline.Line(console, 1, 999)])
    office.win("2017-01-01", "2017-02-01", 90)
    office.lose("2017-01-01", "2017-02-01", lines=three)
    office.open("2017-01-01", lines=three)
    assert list(rows("product").items()) == [
        ("Gauge", (1, 1, 1, 667)),
        ("Console", (2, 1, 1, 383)),
        ("(no product)", (1, 0, 0, 90)),
    ]
    found = {row.name: row.units for row in report_by("product", today=TODAY)}
    assert found == {"Gauge": 5, "Console": 3, "(no product)": 0}
    assert report(today=TODAY).units == 8


def test_lines_without_amounts_share_by_quantity(office: Office) -> None:
    free = products.add_product(office.ada, "Manual", now=NOW)
    lines = [pipeline.Line(free, 3), pipeline.Line(office.products["Gauge"], 1, 0)]
    office.win("2017-01-01", "2017-02-01", 1_000, lines=lines)
    assert rows("product") == {"Manual": (1, 0, 0, 750), "Gauge": (1, 0, 0, 250)}


def test_accounts_come_by_revenue_what_has_none_last(office: Office) -> None:
    office.win("2017-01-01", "2017-02-01", 1_000, account=office.accounts["Hofer GmbH"])
    office.win("2017-01-01", "2017-02-01", 9_000)
    office.open("2017-01-01")
    assert list(rows("account").items()) == [
        ("Hofer GmbH", (1, 0, 0, 1_000)),
        ("(no account)", (1, 0, 1, 9_000)),
    ]


# --- whatever was sold --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sold:
    """One deal of a random board: days are counted from the start of 2017."""

    owner: int
    account: int | None
    status: str
    opened: int | None
    closed: int
    value: int | None
    lines: tuple[tuple[int, int, int | None], ...]
    archived: bool


some_deals = st.lists(
    st.builds(
        Sold,
        owner=st.integers(0, 2),
        account=st.none() | st.integers(0, 1),
        status=st.sampled_from(pipeline.STATUSES),
        opened=st.none() | st.integers(0, 500),
        closed=st.integers(0, 500),
        value=st.integers(0, 10**12),
        lines=st.lists(
            st.tuples(st.integers(0, 1), st.integers(1, 9), st.none() | st.integers(0, 10**9)), max_size=4
        ).map(tuple),
        archived=st.booleans(),
    ),
    max_size=12,
)


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 30), ("postgresql", 8)])
def test_every_way_of_adding_up_gives_the_same(kind: str, examples: int, new_board: NewBoard) -> None:
    @settings(max_examples=examples)
    @given(deals=some_deals, today=st.integers(0, 520), first=st.none() | st.integers(0, 300))
    def however_they_went(deals: list[Sold], today: int, first: int | None) -> None:
        must_add_up(office, deals, today, first)

    with new_board(kind):
        office = opened_office()
        however_they_went()


def must_add_up(office: Office, deals: list[Sold], today: int, first: int | None) -> None:
    new_year = date(2017, 1, 1)
    day = new_year + timedelta(days=today)
    bounds = {} if first is None else {"from_on": new_year + timedelta(days=first)}
    made = put(office, deals)
    total = report(today=day, **bounds)
    tallied = {kind: report_by(kind, today=day, **bounds) for kind in reports.KINDS}
    take_away(office, made)

    def happened(deal: Sold) -> bool:
        return deal.status != "open" and (first or 0) <= deal.closed <= today

    def still_open(deal: Sold) -> bool:
        in_sight = not deal.archived if deal.status == "open" else deal.closed > today
        return in_sight and (deal.opened is None or deal.opened <= today)

    counts = Counter(deal.status for deal in deals if happened(deal))
    sales = [deal for deal in deals if deal.status == "won" and happened(deal)]
    assert (total.won, total.lost, total.disqualified) == (
        counts["won"],
        counts["lost"],
        counts["disqualified"],
    )
    assert total.open == sum(map(still_open, deals))
    assert total.revenue_minor == sum(deal.value or 0 for deal in sales)
    assert total.units == sum(quantity for deal in sales for _, quantity, _ in deal.lines)
    assert sum(stage.deals for stage in total.by_stage[:3]) == total.open
    assert sum(stage.deals for stage in total.by_stage[3:]) == total.won
    assert sum(stage.value_minor for stage in total.by_stage[3:]) == total.revenue_minor
    for kind, found in tallied.items():
        flat = [row for row in found if getattr(row, "depth", 0) == 0]
        assert sum(row.revenue_minor for row in flat) == total.revenue_minor, kind
        assert sum(row.units for row in flat) == total.units, kind
        if kind != "product":
            assert sum(row.won for row in flat) == total.won, kind
            assert sum(row.lost for row in flat) == total.lost, kind
        if kind in ("person", "team", "account", "stage"):
            assert sum(row.open for row in flat) == total.open, kind
    beneath = [row for row in tallied["team"] if getattr(row, "depth", 0) == 1]
    assert sum(row.revenue_minor for row in beneath) == tallied["team"][0].revenue_minor


def put(office: Office, deals: list[Sold]) -> tuple[list[int], list[int], list[int]]:
    """Write these deals, each with a stay before and one since its closing."""
    new_year = date(2017, 1, 1)
    owners, places = list(office.people.values()), list(office.accounts.values())
    goods = list(office.products.values())
    with ledger.entry(office.ada, "imported", now=NOW) as entry:
        made = entry.insert_many(
            Deal,
            [
                {
                    "title": "Deal",
                    "search": "deal",
                    "owner": owners[deal.owner],
                    "account": None if deal.account is None else places[deal.account],
                    "stage": office.stages["client" if deal.status == "won" else "prospect"],
                    "status": deal.status,
                    "place": number,
                    "archived": deal.archived,
                    "value_minor": deal.value,
                    "opened_on": None if deal.opened is None else new_year + timedelta(days=deal.opened),
                    "closed_on": None if deal.status == "open" else new_year + timedelta(days=deal.closed),
                }
                for number, deal in enumerate(deals)
            ],
        )
        visits = []
        for identity, deal in zip(made, deals, strict=True):
            closed = clock.start_of_day(new_year + timedelta(days=deal.closed), "UTC")
            opened = min(closed, clock.start_of_day(new_year + timedelta(days=deal.opened or 0), "UTC"))
            prospect, client = office.stages["prospect"], office.stages["client"]
            left = None if deal.status == "open" else closed
            visits.append({"deal": identity, "stage": prospect, "entered_at": opened, "left_at": left})
            if left:
                stage = client if deal.status == "won" else prospect
                visits.append({"deal": identity, "stage": stage, "status": deal.status, "entered_at": left})
        stays = entry.insert_many(Stay, visits)
        lines = entry.insert_many(
            DealLine,
            [
                {"deal": identity, "product": goods[product], "quantity": quantity, "amount_minor": amount}
                for identity, deal in zip(made, deals, strict=True)
                for product, quantity, amount in deal.lines
            ],
        )
    return made, stays, lines


def take_away(office: Office, made: tuple[list[int], list[int], list[int]]) -> None:
    """Leave the board empty for the next example."""
    with ledger.entry(office.ada, "took away", now=NOW) as entry:
        for model, identities in zip((DealLine, Stay, Deal), (made[2], made[1], made[0]), strict=True):
            for row in model.select().where(model.id.in_(identities)):
                entry.delete(row)


# --- real data ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the sample of real deals is not beside the checkout")
def test_the_figures_of_a_real_year(office: Office, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the same rows on one database are enough")
    sold = list(csv.DictReader((REAL_DATA / "sales_pipeline.csv").open()))
    kinds = {"Won": "client", "Lost": "prospect", "Prospecting": "prospect", "Engaging": "opportunity"}
    with ledger.batch(office.ada, "imported", now=NOW) as batch:
        batch.insert_many(
            Deal,
            [
                {
                    "title": row["product"],
                    "search": row["product"].lower(),
                    "owner": office.ada.id,
                    "stage": office.stages[kinds[row["deal_stage"]]],
                    "status": {"Won": "won", "Lost": "lost"}.get(row["deal_stage"], "open"),
                    "value_minor": int(row["close_value"] or 0) * 100 if row["close_date"] else None,
                    "place": number,
                    "opened_on": date.fromisoformat(row["engage_date"]) if row["engage_date"] else None,
                    "closed_on": date.fromisoformat(row["close_date"]) if row["close_date"] else None,
                }
                for number, row in enumerate(sold)
            ],
        )
    figures = report(today=TODAY)
    assert (figures.won, figures.lost, figures.open) == (4238, 2473, 2089)
    assert (figures.revenue_minor, figures.win_rate) == (1_000_553_400, 0.6315)
    assert [stage.deals for stage in figures.by_stage] == [0, 500, 1589, 4238, 0]
    months = report_by("month", today=TODAY)
    best = max(months, key=lambda row: row.revenue_minor)
    assert (best.name, best.revenue_minor) == ("2017-06", 133_846_600)
    assert [row.name for row in months if row.won == 531] == ["2017-03", "2017-06"]
    before_the_end_of_june = report(today=date(2017, 6, 27), from_on=date(2017, 6, 1))
    march = next(row for row in months if row.name == "2017-03")
    assert before_the_end_of_june.revenue_minor > march.revenue_minor
