"""Boards to measure: the sample of real sales data where it is at hand, and generated ones of any size."""

import csv
import random
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from tests.terminal import SALESBOARD

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "maven"
"""A sample of real sales data may lie beside the checkout; it is no part of it."""
FILES = ("accounts.csv", "products.csv", "sales_teams.csv", "sales_pipeline.csv")
DAY = "2018-01-01"
"""The day that all boards pretend: the sample ends the day before."""

_TRADES = (
    "Bakery",
    "Freight",
    "Gardens",
    "Instruments",
    "Joinery",
    "Optics",
    "Paper",
    "Tools",
    "Water",
    "Works",
)
_PLACES = ("Harbour", "Hill", "Lake", "Market", "Mill", "North", "Park", "River", "South", "Valley")
_PRODUCTS = (("Basic", 550), ("Plus", 1096), ("Pro", 4821), ("Fleet", 26768))
_AGENTS = 30
_DEALS = (
    "opportunity_id",
    "sales_agent",
    "product",
    "account",
    "deal_stage",
    "engage_date",
    "close_date",
    "close_value",
)


def make(folder: Path, deals: int, environment: Mapping[str, str]) -> Path:
    """A board's file with this many imported deals; one that is there already is taken as it is."""
    database = folder / f"{deals}.db"
    if not database.exists():
        for command in (["init"], ["import", *map(str, files(folder, deals))]):
            subprocess.run(
                [*SALESBOARD, "--database", str(database), *command],
                env=dict(environment),
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
    return database


def files(folder: Path, deals: int) -> list[Path]:
    """What a board of this many deals is made from: the sample if it has as many, else generated files."""
    if deals == sample_size():
        return [SAMPLE / name for name in FILES]
    return generated(folder / f"{deals}", deals)


def sample_size() -> int | None:
    """How many deals the real data has; None where it is not at hand."""
    if not SAMPLE.is_dir():
        return None
    with (SAMPLE / "sales_pipeline.csv").open(newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def account_names(made_of: Sequence[Path]) -> list[str]:
    """The names that a board made of these files shows on its cards."""
    with made_of[0].open(newline="") as file:
        return [row["account"] for row in csv.DictReader(file)]


def generated(folder: Path, deals: int) -> list[Path]:
    """Files like the sample's with this many deals, all of them on the board; the same ones every time."""
    made = [folder / name for name in FILES]
    if all(file.exists() for file in made):
        return made
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(deals)
    accounts = [f"{place} {trade}" for place in _PLACES for trade in _TRADES]
    agents = [f"Agent {number:02}" for number in range(1, _AGENTS + 1)]
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[object]]]] = {
        "accounts.csv": (("account", "sector"), ((name, name.split()[1]) for name in accounts)),
        "products.csv": (
            ("product", "series", "sales_price"),
            ((name, "Own", price) for name, price in _PRODUCTS),
        ),
        "sales_teams.csv": (
            ("sales_agent", "manager", "regional_office"),
            (
                (name, f"Manager {number % 3}", ("East", "West", "Central")[number % 3])
                for number, name in enumerate(agents)
            ),
        ),
        "sales_pipeline.csv": (_DEALS, (_deal(chance, number, accounts, agents) for number in range(deals))),
    }
    for name, (header, rows) in tables.items():
        with (folder / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
    return made


def _deal(
    chance: random.Random, number: int, accounts: Sequence[str], agents: Sequence[str]
) -> Sequence[object]:
    product, price = chance.choice(_PRODUCTS)
    stage = ("Prospecting", "Engaging", "Won")[number % 3]
    engaged = date.fromisoformat(DAY) - timedelta(days=chance.randint(60, 400))
    closed = engaged + timedelta(days=chance.randint(1, 59))
    won = stage == "Won"
    return (
        f"G{number:07}",
        chance.choice(agents),
        product,
        chance.choice(accounts),
        stage,
        "" if stage == "Prospecting" else engaged,
        closed if won else "",
        round(price * chance.uniform(0.7, 1.2)) if won else "",
    )
