"""A believable company to look at, and boards of any size to measure on."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from salesboard import clock
from salesboard.domain import (
    company,
    goals,
    ladders,
    money,
    people,
    periods,
    pipeline,
    products,
    recognition,
    record_book,
    relations,
    text,
)
from salesboard.domain.awards import categories, nominations, seasons
from salesboard.domain.company import ADVOCATE, CLIENT, OPPORTUNITY, PROSPECT, TARGET
from salesboard.domain.gains import Gains, Scope, comparable, gains_until
from salesboard.domain.goals import GoalFacts
from salesboard.domain.pipeline import DISQUALIFIED, GAP, LOST, OPEN, WON
from salesboard.errors import Refused
from salesboard.storage import ledger, shift
from salesboard.storage.ledger import Actor, Batch
from salesboard.storage.models import Account, Company, Contact, Deal, DealLine, Note, Stay

NAME = "Larkspur Instruments"
SEED = 20170620
DEALS = 660
HISTORY = 3 * 365
"""Days that the sales go back."""
KEPT = 90
"""Days for which every act is in the ledger; what was before was brought in from files."""
SOON_AFTERWARDS = timedelta(days=2)
"""After a sale, most clients are thanked."""
THANKED = "thanked"
LARGE = 30_000
"""A sale worth more is praised."""
PRAISE = "Well done: you stayed close to them from the first call on"
DAYS_TOLD = 3
"""So many days are told of when the company is first looked at."""
ON_THE_BOARD = 150
"""Days for which sales stay on the board: long enough that some of them have become advocates."""

# --- who and what -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Seller:
    """Somebody who sells, and how."""

    name: str
    role: str
    team: str
    win_rate: float
    size: float
    """Of the deals, 1 being usual."""
    pace: float
    """Time taken, 1 being usual."""
    share: float
    """Of the deals, 1 being usual."""
    started: int = HISTORY + 1
    """Days ago."""
    came_from: str = ""
    """The team until 400 days ago."""

    @property
    def handle(self) -> str:
        return handle_of(self.name)

    def team_on(self, days_ago: int) -> str:
        return self.came_from if self.came_from and days_ago > MOVED else self.team


MOVED = 400
SELLERS = (
    _Seller("Ada Marsh", "lead", "West", 0.55, 1.3, 0.9, 1.6),
    _Seller("Mia Berg", "rep", "West", 0.50, 1.0, 0.8, 1.3),
    _Seller("Luca Ferri", "rep", "West", 0.36, 0.8, 1.1, 1.0),
    _Seller("Noor Haddad", "rep", "West", 0.58, 0.9, 1.0, 1.4, started=430),
    _Seller("Tomas Keller", "lead", "East", 0.46, 1.5, 1.2, 0.8),
    _Seller("Jon Haas", "rep", "East", 0.41, 1.1, 1.0, 1.0, came_from="West"),
    _Seller("Zofia Nowak", "rep", "East", 0.52, 0.9, 0.9, 1.4),
    _Seller("Ingrid Sørby", "lead", "North", 0.57, 1.2, 1.0, 0.9),
    _Seller("Eetu Laine", "rep", "North", 0.33, 1.0, 1.3, 0.9),
    _Seller("Chloé Martin", "rep", "North", 0.45, 0.8, 0.9, 1.2),
)
MANAGER, ADMIN = "Helena Voss", "Priya Raman"
AT_THE_DEMO = "Ada Marsh"
COMPANY_TEAM = "Sales"
TEAMS = ("West", "East", "North")

TO_THE_NIGHT = timedelta(days=55)
NIGHT_PLACE = "the old brewery"
HONOURED = ("Above and Beyond", "Promise Keeper", "Comeback", "Record Breaker")
NOMINATED = (
    (
        "Jon Haas",
        "Mia Berg",
        "Above and Beyond",
        "She drove out to the packing house at night when their sensors failed, and stayed until they ran.",
    ),
    (
        "Noor Haddad",
        "Mia Berg",
        "Above and Beyond",
        "Whoever is new here learns the trade from her; I closed my first three deals beside her.",
    ),
    (
        "Mia Berg",
        "Zofia Nowak",
        "Above and Beyond",
        "She kept a client of mine while I was away for five weeks, and asked for nothing in return.",
    ),
    (
        "Eetu Laine",
        "Ingrid Sørby",
        "Promise Keeper",
        "The harbour hall was to run by the first of the month; it did, though two suppliers were late.",
    ),
)
"""Who nominates whom for what, and why."""

CATALOGUE = (
    ("Harbor Sensor", "Sense", 890),
    ("Tidewater Gauge", "Sense", 420),
    ("Lantern Logger", "Sense", 640),
    ("Beacon Gateway", "Connect", 1_950),
    ("Compass Console", "Insight", 7_400),
    ("Atlas Platform", "Insight", 24_000),
    ("Onsite Setup", "Service", 3_200),
    ("Care Plan", "Service", 1_200),
)
"""Name, series and list price in whole units of the currency."""
PRICES = {name: price for name, _, price in CATALOGUE}
CENTS = 100

ACCOUNTS = {
    "West": """
        Blue Heron Foods; Portland; United States; food
        Kestrel Works; Denver; United States; machinery
        Northwind Paper; Green Bay; United States; paper
        Orchard & Vale; Yakima; United States; farming
        Copper Canyon Water; Tucson; United States; water
        Saltmarsh Energy; Galveston; United States; energy
        Prairie Line Logistics; Omaha; United States; logistics
        Quarry Road Cement; Allentown; United States; building
        Juniper Labs; Boulder; United States; pharma
        Redtail Freight; Memphis; United States; logistics
        Bayou Cold Storage; Baton Rouge; United States; food
        Silver Birch Dairy; Madison; United States; food
        Granite Peak Mining; Elko; United States; mining
        Lakeshore Plating; Erie; United States; machinery
        Mesa Verde Growers; Fresno; United States; farming
        Halfmoon Brewing; Asheville; United States; food
        Tallgrass Mills; Wichita; United States; food
        Puget Pumpworks; Tacoma; United States; water
        Maple Ridge Timber; Kamloops; Canada; paper
        Fundy Seafoods; Saint John; Canada; food
        Laurentide Hydro Services; Québec; Canada; energy
        Prairie Rose Seeds; Regina; Canada; farming
        Cascade Foundry; Hamilton; Canada; machinery
        Hawthorn & Pike; Leeds; United Kingdom; machinery
        Severn Glassworks; Bristol; United Kingdom; building
        Thistledown Textiles; Dundee; United Kingdom; textiles
        Fenland Produce; Ely; United Kingdom; farming
        Blackwater Chemicals; Hull; United Kingdom; chemicals
        Liffey Biologics; Dublin; Ireland; pharma
        Ballymore Creameries; Cork; Ireland; food
        Aceites Sierra Alta; Jaén; Spain; food
        Cerámicas Montoro; Castellón; Spain; building
        Bodegas Peñarrubia; Logroño; Spain; food
        Cortiça do Sado; Setúbal; Portugal; building
        Conservas Maré Viva; Matosinhos; Portugal; food
        São Brás Têxteis; Braga; Portugal; textiles
        Usina Água Clara; Ribeirão Preto; Brazil; energy
        Laticínios Boa Serra; Juiz de Fora; Brazil; food
        Aceros del Bajío; León; Mexico; machinery
        Envases Anáhuac; Monterrey; Mexico; paper
    """,
    "East": """
        Hofer GmbH; Graz; Austria; food
        Müller Antriebstechnik; Linz; Austria; machinery
        Tauern Wasserkraft; Salzburg; Austria; energy
        Kellerbräu Schärding; Schärding; Austria; food
        Zirbenholz Moser; Innsbruck; Austria; building
        Steiner & Söhne; Wien; Austria; building
        Donautal Logistik; Krems; Austria; logistics
        Bäckerei Grüntal; Freiburg; Germany; food
        Rheinwerk Pumpen; Duisburg; Germany; water
        Löwenstein Optik; Jena; Germany; machinery
        Elbtal Chemie; Dresden; Germany; chemicals
        Nordheide Milch; Lüneburg; Germany; food
        Schwarzwald Uhrwerke; Furtwangen; Germany; machinery
        Papierfabrik Weißach; Kempten; Germany; paper
        Isarstahl; Dachau; Germany; machinery
        Krämer Pharma; Marburg; Germany; pharma
        Aare Feinmechanik; Solothurn; Switzerland; machinery
        Zürich Süd Kühlhaus; Zürich; Switzerland; logistics
        Säntis Käse; Appenzell; Switzerland; food
        Fonderie du Doubs; La Chaux-de-Fonds; Switzerland; machinery
        Cantine Valdobbia; Treviso; Italy; food
        Ceramiche Borgonuovo; Sassuolo; Italy; building
        Oleificio Montesanto; Bari; Italy; food
        Meccanica Brenta; Padova; Italy; machinery
        Tessitura Lariana; Como; Italy; textiles
        Kraška Vinarna; Sežana; Slovenia; food
        Savinja Les; Celje; Slovenia; building
        Sklárna Jizera; Liberec; Czechia; building
        Pivovar Černý Důl; Trutnov; Czechia; food
        Moravské Čerpadlo; Olomouc; Czechia; water
        Tatra Lesy; Poprad; Slovakia; paper
        Bieszczady Meble; Krosno; Poland; building
        Młyn Wiślany; Toruń; Poland; food
        Żuraw Logistyka; Gdańsk; Poland; logistics
        Huta Srebrna; Kielce; Poland; machinery
        Tisza Vegyipari; Szolnok; Hungary; chemicals
        Balaton Pékség; Veszprém; Hungary; food
        Dâmbovița Textil; Târgoviște; Romania; textiles
        Minato Valve; Kobe; Japan; water
        Aoyama Seimitsu; Hamamatsu; Japan; machinery
    """,
    "North": """
        Ærø Mejeri; Marstal; Denmark; food
        Vesterhav Fisk; Esbjerg; Denmark; food
        Limfjord Teknik; Aalborg; Denmark; machinery
        Møllebæk Biogas; Viborg; Denmark; energy
        Sydfyn Emballage; Svendborg; Denmark; paper
        Kronborg Køl; Helsingør; Denmark; logistics
        Fjordlys Service; Bergen; Norway; energy
        Lofoten Tørrfisk; Svolvær; Norway; food
        Trøndersk Trelast; Steinkjer; Norway; building
        Ålesund Skipsutstyr; Ålesund; Norway; machinery
        Hardanger Frukt; Odda; Norway; farming
        Finnmark Laks; Alta; Norway; farming
        Dalälven Papper; Borlänge; Sweden; paper
        Göta Kullager Verkstad; Göteborg; Sweden; machinery
        Norrbotten Gruvdrift; Kiruna; Sweden; mining
        Österlen Mejeri; Simrishamn; Sweden; food
        Vättern Vatten; Jönköping; Sweden; water
        Bohus Kemi; Uddevalla; Sweden; chemicals
        Mälardalens Åkeri; Västerås; Sweden; logistics
        Saimaa Saha; Lappeenranta; Finland; building
        Pohjanmaan Tuuli; Vaasa; Finland; energy
        Hämeen Leipä; Hämeenlinna; Finland; food
        Kymi Sellu; Kouvola; Finland; paper
        Lapin Lämpö; Rovaniemi; Finland; energy
        Vatnajökull Fiskur; Höfn; Iceland; food
        Reykjanes Jarðvarmi; Keflavík; Iceland; energy
        Tórshavn Slipp; Tórshavn; Faroe Islands; machinery
        Saaremaa Piim; Kuressaare; Estonia; food
        Emajõe Puit; Tartu; Estonia; building
        Vidzemes Koks; Valmiera; Latvia; building
        Daugavas Tekstils; Daugavpils; Latvia; textiles
        Žemaitijos Grūdai; Šiauliai; Lithuania; farming
        Neries Chemija; Jonava; Lithuania; chemicals
        Waddenzee Kotters; Harlingen; Netherlands; food
        Van Dijk Kassenbouw; Naaldwijk; Netherlands; farming
        Maasland Koeltechniek; Venlo; Netherlands; logistics
        Zaanse Papiermolen; Zaandam; Netherlands; paper
        Brouwerij De Gouden Eik; Leuven; Belgium; food
        Ardennes Carrières; Dinant; Belgium; mining
        Scheldemonde Chemie; Antwerpen; Belgium; chemicals
    """,
}
"""Where each team sells: name, town, country and sector."""

CONTACTS = {
    "West": (
        "Grace, Owen, Ruth, Walter, Denise, Marcus, Imelda, Caio, Nuria, Declan, Fiona, Tess, Hugo, "
        "Ramón, Beatriz, Omar",
        "Whitaker, Delgado, Osei, Lindqvist, Barros, Keane, Fonseca, Holloway, Prescott, Ibarra, "
        "Nakamura, Doyle, Rowe, Vidal",
    ),
    "East": (
        "Monika, Stefan, Katharina, Georg, Beate, Paolo, Giulia, Jana, Piotr, Agnieszka, Tamás, "
        "Ilinca, Haruto, Yuki, Reto, Franz",
        "Huber, Wagner, Brandstätter, Rossi, Conti, Novák, Kowalska, Zielińska, Szabó, Popescu, "
        "Tanaka, Meier, Gruber, Kolář",
    ),
    "North": (
        "Astrid, Søren, Kirsten, Lars, Håkon, Liv, Åsa, Björn, Aino, Mikko, Guðrún, Kristján, Liis, "
        "Jānis, Rūta, Willem, Femke",
        "Holm, Kjær, Nygård, Dahl, Öberg, Sandström, Virtanen, Mäkelä, Jónsdóttir, Tamm, Ozols, "
        "Petrauskas, de Boer, Maes",
    ),
}
CONTACT_TITLES = (
    "Plant manager",
    "Head of operations",
    "Buyer",
    "Maintenance lead",
    "Quality manager",
    "Finance director",
    "Energy manager",
    "Owner",
)

WORK = {
    "food": ("cold store", "bottling line", "bakery line", "silo"),
    "machinery": ("press shop", "test bench", "paint line", "foundry"),
    "paper": ("paper machine", "pulp dryer", "boiler house", "finishing line"),
    "farming": ("greenhouse", "packing house", "irrigation", "cold store"),
    "water": ("pump station", "intake", "filter house", "network"),
    "energy": ("turbine hall", "substation", "boiler house", "district heating"),
    "logistics": ("warehouse", "reefer fleet", "terminal", "dock doors"),
    "building": ("kiln", "saw line", "mixing plant", "drying chamber"),
    "pharma": ("clean room", "stability store", "filling line", "cold chain"),
    "chemicals": ("tank farm", "reactor hall", "cooling loop", "loading bay"),
    "mining": ("conveyor", "crusher", "ventilation", "tailings pond"),
    "textiles": ("dye house", "loom hall", "steam loop", "drying line"),
}
FIRST_TITLES = (
    "{Work} monitoring",
    "Pilot: {work}",
    "{Work}, first site",
    "{Work} retrofit",
    "Sensors for the {work}",
)
LATER_TITLES = (
    "{Work} extension",
    "Second site: {work}",
    "Renewal",
    "Care plan renewal",
    "{Work}, phase two",
)

LOSS_REASONS = (
    ("price too high", 26),
    ("chose a competitor", 22),
    ("no decision", 18),
    ("budget cut", 14),
    ("kept the old system", 10),
    ("project cancelled", 6),
    ("contact left", 4),
)
NO_BUSINESS = (
    "too small for us",
    "no need",
    "under contract until next year",
    "outside our countries",
    "plant closes",
)
SOURCES = (
    ("referral", 26),
    ("trade fair", 22),
    ("website", 18),
    ("cold call", 14),
    ("existing client", 14),
    ("partner", 6),
)
NEXT_STEPS = {
    TARGET: (
        "Call the plant manager",
        "Find out who decides",
        "Send the case study",
        "Ask for a first meeting",
    ),
    PROSPECT: (
        "Visit the site",
        "Agree on the need",
        "Demo with operations",
        "Meet the buyer",
        "Collect the readings",
    ),
    OPPORTUNITY: (
        "Send the proposal",
        "Answer the terms",
        "Call about the budget",
        "Present to the board",
        "Get the signature",
    ),
}
NOTES = (
    "{contact} wants to see it run in the {work} before anything else.",
    "Budget is there for this year, but it has to be ordered before the quarter ends.",
    "They lost a whole batch in the {work} last winter. That is what it costs them not to know.",
    "Spoke to {contact}: the decision is made by the group, not by the site.",
    "Asked for two references in the same trade. Sent both.",
    "Competitor was here last week, ten percent below us without the service.",
    "Walked through the {work} with {contact}. 14 measuring points, two of them hard to reach.",
    "Legal has our terms. Payment in 60 days is the only open point.",
    "{contact} is on leave until the end of the month.",
    "Trial unit is installed; readings look good after the first week.",
    "They would take the care plan if the first year is included.",
    "Procurement wants one order for both sites.",
)

# Openings by month: quiet in July, August and December, strong after the fairs of spring and autumn.
SEASON = (0.9, 1.0, 1.25, 1.1, 1.1, 1.15, 0.75, 0.7, 1.25, 1.2, 1.05, 0.7)


# --- the course of each deal --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Act:
    """Something that somebody did with a deal."""

    at: datetime
    verb: str
    by: str
    """Handle."""
    stage: str = ""
    said: str = ""
    due: date | None = None


@dataclass
class _Course:
    """A deal from its opening up to now, as it really went."""

    title: str
    account: str
    contact: str
    owner: str
    source: str
    value: int
    """In whole units of the currency."""
    lines: list[tuple[str, int, int]]
    """Product, quantity, amount in whole units."""
    valued: str
    """At once, by an estimate until the proposal, or with the first visit."""
    expected_on: date
    look_again_on: date
    acts: list[_Act]
    deal: int = 0
    """Its id, once it is in the database."""

    @property
    def is_open(self) -> bool:
        return not any(act.verb in (WON, LOST, DISQUALIFIED) for act in self.acts)

    @property
    def stage(self) -> str:
        return next(act.stage for act in reversed(self.acts) if act.stage)


AT_ONCE, ESTIMATED, LATER = "at once", "estimated", "later"


@dataclass
class _World:
    """Everything that courses are drawn from; all chance comes from one generator with a fixed seed."""

    now: datetime
    today: date
    zone: str
    accounts: dict[str, list[_Customer]]
    """By team."""
    chance: Random
    first_sales: dict[str, datetime] = field(default_factory=dict)
    """By account."""

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def moment(self, day: date) -> datetime:
        """A moment of a working day; what falls on a weekend is done on the Monday after."""
        second = self.chance.randrange(8 * 3600, 18 * 3600)
        return clock.start_of_day(_working_day(day), self.zone) + timedelta(seconds=second)

    def just_before_now(self) -> datetime:
        return self.now - timedelta(seconds=self.chance.randrange(300, 5000))

    def one_of(self, weighted: Sequence[tuple[str, int]]) -> str:
        return self.chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def _working_day(day: date) -> date:
    """The day, or the Monday after it."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)


def _courses(world: _World, number: int) -> list[_Course]:
    """So many deals, opened as a growing company with good and bad months opens them."""
    days = range(HISTORY, 0, -1)
    ages = world.chance.choices(
        days, [SEASON[world.days_ago(day).month - 1] * (1.5 - day / HISTORY) for day in days], k=number
    )
    return [_course(world, age) for age in sorted(ages, reverse=True)]


def _course(world: _World, age: int) -> _Course:
    chance = world.chance
    seller = chance.choices(SELLERS, [one.share if one.started > age else 0 for one in SELLERS])[0]
    customer = _customer(world, seller, age)
    work = chance.choice(WORK[customer.sector])
    value = _rounded(chance.lognormvariate(9.6, 0.95) * seller.size)
    steps = _steps(world, seller, age, value)
    acts = _acts(world, seller, customer.contact, work, age, steps)
    known = customer.name in world.first_sales and world.first_sales[customer.name] < acts[0].at
    for act in acts:
        if act.verb == WON:
            world.first_sales.setdefault(customer.name, act.at)
    source = world.one_of(SOURCES)
    ending = world.days_ago(age) + timedelta(days=sum(days for days, _, _ in steps))
    return _Course(
        title=chance.choice(LATER_TITLES if known else FIRST_TITLES).format(
            Work=work.capitalize(), work=work
        ),
        account=customer.name,
        contact=customer.contact,
        owner=seller.handle,
        source="existing client" if known else source,
        value=value,
        lines=_lines(chance, value),
        valued=chance.choice((AT_ONCE, AT_ONCE, ESTIMATED, LATER)),
        expected_on=ending + timedelta(days=chance.randrange(-20, 25)),
        look_again_on=world.today + timedelta(days=chance.randrange(10, 300)),
        acts=acts,
    )


def _customer(world: _World, seller: _Seller, age: int) -> _Customer:
    """One of the seller's own accounts; some of them buy more often than the others."""
    team = seller.team_on(age)
    colleagues = [one for one in SELLERS if one.team_on(age) == team]
    own = world.accounts[team][colleagues.index(seller) :: len(colleagues)]
    often, anyone = int(world.chance.expovariate(0.3)), world.chance.randrange(len(own))
    return own[often if often < len(own) and world.chance.random() < 0.5 else anyone]


def _rounded(value: float) -> int:
    """As people name amounts: to 50, to 500, to 5,000."""
    step = 50 if value < 10_000 else 500 if value < 100_000 else 5_000
    return max(step, round(value / step) * step)


def _lines(chance: Random, value: int) -> list[tuple[str, int, int]]:
    """One to three products that such a deal is made of; their amounts add up to its value."""
    fitting = [name for name in PRICES if PRICES[name] <= value * 0.7] or ["Tidewater Gauge"]
    first, *others = chance.sample(fitting, min(len(fitting), chance.choice((1, 1, 1, 2, 2, 3))))
    lines, left = [], value
    for name in others:
        quantity = max(1, int(value * 0.2 / PRICES[name]))
        if quantity * PRICES[name] < left * 0.6:
            lines.append((name, quantity, quantity * PRICES[name]))
            left -= quantity * PRICES[name]
    # The main product carries the discount.
    return [(first, max(1, round(left * 1.06 / PRICES[first])), left), *lines]


def _steps(world: _World, seller: _Seller, age: int, value: int) -> list[tuple[int, str, str]]:
    """How a deal goes: after how many days what is done with it, and where it goes then."""
    chance = world.chance
    slow = seller.pace * (0.8 + 0.2 * (value / 15_000) ** 0.4)
    target, prospect, opportunity = (
        max(1, round(chance.lognormvariate(usual, 0.6) * slow)) for usual in (3.0, 3.3, 3.5)
    )
    fate, won, early, pushed, advocate = (chance.random() for _ in range(5))
    thanked = chance.randrange(20, 150)
    if fate < 0.10:
        return [(target, DISQUALIFIED, "")]
    if fate < 0.13:
        return [(target, "moved", PROSPECT), (prospect, DISQUALIFIED, "")]
    if won > seller.win_rate and early < 0.4:
        return [(target, "moved", PROSPECT), (prospect, LOST, "")]
    steps = [(target, "moved", PROSPECT), (prospect, "moved", OPPORTUNITY)]
    if won > seller.win_rate:
        return [*steps, (opportunity + 8, LOST, "")]
    if pushed < 0.35:
        opportunity += _to_the_end_of_the_month(world.days_ago(age - target - prospect - opportunity))
    steps.append((opportunity, WON, CLIENT))
    return [*steps, (thanked, "moved", ADVOCATE)] if advocate < 0.22 else steps


def _to_the_end_of_the_month(day: date) -> int:
    """Days that are left of a month: what is nearly signed is signed before they are over."""
    return ((day.replace(day=1) + timedelta(days=32)).replace(day=1) - day).days - 1


def _acts(
    world: _World, seller: _Seller, contact: str, work: str, age: int, steps: Sequence[tuple[int, str, str]]
) -> list[_Act]:
    """What was done with a deal up to now, one thing after the other."""
    chance = world.chance
    day = world.days_ago(age)
    at = min(world.moment(day), world.just_before_now())
    acts = [_Act(at, "added", seller.handle, TARGET)]
    for days, verb, stage in steps:
        note = chance.choice(NOTES).format(contact=contact, work=work)
        noted, between = chance.random() < 0.45, chance.randrange(1, days + 1)
        author = _lead_of(seller) if chance.random() < 0.15 else seller.handle
        reason = {LOST: world.one_of(LOSS_REASONS), DISQUALIFIED: chance.choice(NO_BUSINESS)}.get(verb, "")
        for act in (
            _Act(world.moment(day + timedelta(days=between)), "noted", author, said=note),
            _Act(world.moment(day + timedelta(days=days)), verb, seller.handle, stage, reason),
        ):
            if noted or act.verb != "noted":
                at = max(act.at, at + timedelta(minutes=11))
                acts.append(replace(act, at=at))
        day += timedelta(days=days)
    return [act for act in acts if act.at < world.now]


def _lead_of(seller: _Seller) -> str:
    return next(one.handle for one in SELLERS if one.role == "lead" and one.team == seller.team)


def _plan(world: _World, course: _Course) -> None:
    """What is still open has a next step, one that is overdue, or none."""
    chance = world.chance
    fate, recent = chance.random(), chance.randrange(9)
    ahead, behind = chance.randrange(15), chance.randrange(1, 8)
    said = chance.choice(NEXT_STEPS[course.stage])
    if fate < 0.55:
        at, due = world.moment(world.days_ago(recent)), world.days_ago(-ahead)
        due = _working_day(due) if ahead else due
    elif fate < 0.70:
        at, due = world.moment(world.days_ago(recent + 9)), world.days_ago(behind)
    else:
        return
    at = min(max(at, course.acts[-1].at + timedelta(minutes=17)), world.just_before_now())
    if at > course.acts[-1].at:
        course.acts.append(_Act(at, "planned", course.owner, said=said, due=due))
        if course.expected_on <= world.today and chance.random() < 0.8:
            course.expected_on = world.days_ago(-chance.randrange(4, 60))


# --- bringing it in -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Ids:
    """What everything is called in the database."""

    people: dict[str, Actor]
    """By handle."""
    stages: dict[str, int]
    """By kind."""
    products: dict[str, int]
    accounts: dict[str, int]
    contacts: dict[str, int]
    """By the account, the one who decides."""


def fill(now: datetime, *, zone: str = company.DEFAULT_ZONE) -> Actor:
    """Build a company with three years of sales in the opened, empty database, the same for the same day.

    What is older than three months is brought in from files; since then every act is an entry of whoever did
    it. Hands back who sits at the demo. Refused: a board that has been set up already.
    """
    today = clock.business_date(now, zone)
    started = clock.start_of_day(today - timedelta(days=KEPT), zone) + timedelta(hours=8)
    chance = Random(SEED)
    with ledger.batch(ledger.PROGRAM, "opened the board", now=started, several=False):
        ids, customers = _set_up(started, zone, chance, copies=1)
        world = _World(now, today, zone, customers, chance)
        courses = _courses(world, DEALS)
        for course in courses:
            if course.is_open:
                _plan(world, course)
        in_files = [course for course in courses if course.acts[0].at < started]
        with ledger.batch(ids.people[handle_of(ADMIN)], "imported", now=started) as batch:
            _bring_in(batch, ids, in_files, started, zone)
        _live_on(ids, courses, started, now - timedelta(hours=2))
        latest = max(world.just_before_now(), ledger.heads(newest=1)[0].at)
        _set_goals(ids, latest, today)
        _plan_the_night(ids, latest, today)
        shift.skip_to_the_end(today - timedelta(days=DAYS_TOLD))
    record_book.bring_up(now)
    return ids.people[handle_of(AT_THE_DEMO)]


def handle_of(name: str) -> str:
    """What somebody is called on cards."""
    first = unicodedata.normalize("NFD", name.split()[0].casefold())
    return "".join(letter for letter in first if letter.isalpha())


def _set_up(
    now: datetime, zone: str, chance: Random, *, copies: int
) -> tuple[_Ids, dict[str, list[_Customer]]]:
    """The company with its people, teams, products and accounts, each account so many times."""
    if Company.select().exists():
        raise Refused("there is a company on this board already; the demo needs a new, empty database")
    admin = company.found(owner=ADMIN, login=None, now=now, name=NAME, zone=zone)
    company.edit_company(admin, now=now, closed_days=ON_THE_BOARD)
    actors = {handle_of(ADMIN): admin} | _hire(admin, now, clock.business_date(now, zone))
    made = {
        name: products.add_product(admin, name, now=now, series=series, list_price_minor=price * CENTS)
        for name, series, price in CATALOGUE
    }
    customers = _customers(chance, copies)
    with ledger.batch(admin, "imported", now=now) as batch:
        flat = [customer for team in customers.values() for customer in team]
        accounts = batch.insert_many(Account, [customer.account for customer in flat], note="accounts.csv")
        contacts = [
            {"account": account, **contact}
            for account, customer in zip(accounts, flat, strict=True)
            for contact in customer.contacts
        ]
        numbers = batch.insert_many(Contact, contacts, note="contacts.csv")
    deciding = {
        row["account"]: number for row, number in zip(reversed(contacts), reversed(numbers), strict=True)
    }
    by_name = {customer.name: account for customer, account in zip(flat, accounts, strict=True)}
    return (
        _Ids(
            people=actors,
            stages={stage.kind: stage.id for stage in company.stages()},
            products=made,
            accounts=by_name,
            contacts={name: deciding[account] for name, account in by_name.items()},
        ),
        customers,
    )


def _hire(admin: Actor, now: datetime, today: date) -> dict[str, Actor]:
    """The teams and who is in them since when."""
    top = people.add_team(admin, COMPANY_TEAM, now=now)
    teams = {COMPANY_TEAM: top} | {name: people.add_team(admin, name, now=now, parent=top) for name in TEAMS}
    actors = {}

    def hire(name: str, role: str) -> int:
        person = people.add_person(admin, name, now=now, handle=handle_of(name), role=role)
        actors[handle_of(name)] = people.as_actor(person)
        return person

    people.join_team(admin, hire(MANAGER, "manager"), top, now=now)
    for seller in SELLERS:
        person = hire(seller.name, seller.role)
        moved_on = today + timedelta(days=KEPT - MOVED)
        since = today + timedelta(days=KEPT - seller.started) if seller.started < HISTORY else None
        if seller.came_from:
            people.join_team(admin, person, teams[seller.came_from], now=now)
            people.leave_team(admin, person, teams[seller.came_from], now=now, until_on=moved_on)
            since = moved_on
        people.join_team(admin, person, teams[seller.team], now=now, from_on=since)
    return actors


@dataclass(frozen=True)
class _Customer:
    """An account with the people there, the one who decides first."""

    name: str
    sector: str
    account: dict[str, Any]
    contacts: list[dict[str, Any]]

    @property
    def contact(self) -> str:
        return str(self.contacts[0]["name"])


def _customers(chance: Random, copies: int) -> dict[str, list[_Customer]]:
    """The accounts of each team in an order of importance; copies beyond the first are numbered."""
    customers: dict[str, list[_Customer]] = {}
    for team, listed in ACCOUNTS.items():
        first_names, last_names = (names.split(",") for names in CONTACTS[team])
        rows = [line.split("; ") for line in listed.strip().splitlines()]
        chance.shuffle(rows)
        for copy in range(1, copies + 1):
            for name, town, country, sector in rows:
                called = name.strip() + (f" {copy}" if copy > 1 else "")
                among = chance.sample(first_names, chance.choice((1, 1, 2, 3)))
                whole = [f"{one.strip()} {chance.choice(last_names).strip()}" for one in among]
                customers.setdefault(team, []).append(
                    _customer_called(called, town, country, sector, whole, chance)
                )
    return customers


def _customer_called(
    name: str, town: str, country: str, sector: str, contacts: Sequence[str], chance: Random
) -> _Customer:
    site = f"{text.match_key(_plain(name))}.example"
    employees = _rounded(chance.lognormvariate(5, 1.1))
    account = {
        "name": name,
        "key": text.match_key(name),
        "search": text.search_key(name),
        "sector": sector,
        "location": f"{town}, {country}",
        "website": site,
        "founded": chance.randrange(1890, 2012),
        "employees": employees,
        "turnover_minor": employees * chance.randrange(90, 320) * 1_000 * CENTS,
    }
    known = [
        {
            "name": contact,
            "key": text.match_key(contact),
            "title": chance.choice(CONTACT_TITLES),
            "email": f"{'.'.join(_plain(contact).casefold().split())}@{site}",
            "phone": f"+{chance.randrange(20, 99)} 555 {chance.randrange(10_000, 99_999)}",
        }
        for contact in contacts
    ]
    return _Customer(name, sector, account, known)


SPELT = str.maketrans("øØæßðłĐđ", "oOesdlDd")


def _plain(name: str) -> str:
    """A name as an address spells it."""
    spelt = name.translate(SPELT)
    return "".join(letter for letter in unicodedata.normalize("NFD", spelt) if letter.isascii())


def _bring_in(batch: Batch, ids: _Ids, courses: Sequence[_Course], until: datetime, zone: str) -> None:
    """The deals as they stood at a moment, newest on top of each column."""
    stood = [(course, [act for act in course.acts if act.at < until]) for course in courses]
    stood.sort(key=lambda one: one[1][-1].at, reverse=True)
    rows = [_as_it_stood(ids, course, acts, place, zone) for place, (course, acts) in enumerate(stood)]
    deals = batch.insert_many(Deal, rows, note="deals.csv")
    stays, lines, notes = [], [], []
    for (course, acts), row, deal in zip(stood, rows, deals, strict=True):
        course.deal = deal
        stays += [{"deal": deal, **stay} for stay in _stays(ids, acts)]
        if row["value_minor"] is not None:
            lines += [{"deal": deal, **vars(line)} for line in _sold(ids, course, row["estimated"])]
        notes += [
            {"deal": deal, "author": ids.people[act.by].id, "at": act.at, "text": act.said}
            for act in acts
            if act.verb == "noted"
        ]
    batch.insert_many(Stay, stays, note="deals.csv")
    batch.insert_many(DealLine, lines, note="deals.csv")
    batch.insert_many(Note, notes, note="deals.csv")


def _as_it_stood(ids: _Ids, course: _Course, acts: Sequence[_Act], place: int, zone: str) -> dict[str, Any]:
    stage = next(act.stage for act in reversed(acts) if act.stage)
    closing = next((act for act in acts if act.verb in (WON, LOST, DISQUALIFIED)), None)
    value, estimated = _value_in(course, stage)
    return {
        "title": course.title,
        "search": text.search_key(course.title),
        "account": ids.accounts[course.account],
        "contact": ids.contacts[course.account],
        "owner": ids.people[course.owner].id,
        "stage": ids.stages[stage],
        "status": closing.verb if closing else OPEN,
        "value_minor": value,
        "estimated": estimated,
        "place": place * GAP,
        "opened_on": clock.business_date(acts[0].at, zone),
        "expected_on": None if stage == TARGET else course.expected_on,
        "closed_on": clock.business_date(closing.at, zone) if closing else None,
        "reason": (closing.said or None) if closing else None,
        "look_again_on": course.look_again_on if closing and closing.verb == DISQUALIFIED else None,
        "touched_on": clock.business_date(acts[-1].at, zone),
        "source": course.source,
    }


def _value_in(course: _Course, stage: str) -> tuple[int | None, bool]:
    """What was known of a deal's value in a stage, in minor units, and whether it was an estimate."""
    if course.valued == LATER and stage == TARGET:
        return None, False
    if course.valued == ESTIMATED and stage in (TARGET, PROSPECT):
        return sum(quantity * PRICES[name] for name, quantity, _ in course.lines) * CENTS, True
    return course.value * CENTS, False


def _sold(ids: _Ids, course: _Course, at_list_price: bool) -> list[pipeline.Line]:
    return [
        pipeline.Line(
            ids.products[name], quantity, (quantity * PRICES[name] if at_list_price else amount) * CENTS
        )
        for name, quantity, amount in course.lines
    ]


def _stays(ids: _Ids, acts: Sequence[_Act]) -> list[dict[str, Any]]:
    """The way through the stages, without a gap; who is lost or disqualified stays where that was."""
    stays: list[dict[str, Any]] = []
    status, stage = OPEN, TARGET
    for act in acts:
        if act.verb in ("noted", "planned"):
            continue
        stage = act.stage or stage
        status = act.verb if act.verb in (WON, LOST, DISQUALIFIED) else status
        if stays:
            stays[-1]["left_at"] = act.at
        stays.append({"stage": ids.stages[stage], "status": status, "entered_at": act.at, "left_at": None})
    return stays


def _live_on(ids: _Ids, courses: Sequence[_Course], since: datetime, until: datetime) -> None:
    """Everything since the files were brought in, in the order in which it was done."""
    acts = [(act, course) for course in courses for act in course.acts if act.at >= since]
    acts += [
        (_Act(at, THANKED, act.by), course)
        for number, (act, course) in enumerate(acts)
        if act.verb == pipeline.WON and number % 3 and (at := act.at + SOON_AFTERWARDS) < until
    ]
    for act, course in sorted(acts, key=lambda one: one[0].at):
        if act.verb == "added":
            course.deal = _add(ids, course, act)
        else:
            _do(ids, course, act)


def _add(ids: _Ids, course: _Course, act: _Act) -> int:
    at_once = course.valued == AT_ONCE
    return pipeline.add_deal(
        ids.people[act.by],
        now=act.at,
        title=course.title,
        account=ids.accounts[course.account],
        contact=ids.contacts[course.account],
        value_minor=course.value * CENTS if at_once else None,
        lines=() if course.valued == LATER else _sold(ids, course, not at_once),
        source=course.source,
    )


def _do(ids: _Ids, course: _Course, act: _Act) -> None:
    actor, deal = ids.people[act.by], course.deal
    match act.verb:
        case "noted":
            pipeline.add_note(actor, deal, act.said, now=act.at)
        case "planned":
            pipeline.edit_deal(
                actor,
                deal,
                now=act.at,
                next_step=act.said,
                next_step_on=act.due,
                expected_on=course.expected_on,
            )
        case "moved":
            pipeline.move_deal(actor, deal, ids.stages[act.stage], now=act.at)
            if (course.valued, act.stage) in ((LATER, PROSPECT), (ESTIMATED, OPPORTUNITY)):
                pipeline.set_lines(actor, deal, _sold(ids, course, False), now=act.at)
                pipeline.edit_deal(actor, deal, now=act.at, value_minor=course.value * CENTS)
        case pipeline.WON:
            pipeline.win_deal(actor, deal, now=act.at)
        case pipeline.LOST:
            pipeline.lose_deal(actor, deal, reason=act.said, now=act.at)
        case _ if act.verb == THANKED:
            relations.say_thanks(actor, ids.accounts[course.account], "call", now=act.at)
            if course.value > LARGE:
                manager, seller = ids.people[handle_of(MANAGER)], ids.people[act.by]
                recognition.give_kudos(manager, seller.id or 0, f"deal:{deal}", PRAISE, now=act.at)
        case pipeline.DISQUALIFIED:
            later = course.look_again_on
            pipeline.disqualify_deal(actor, deal, reason=act.said, now=act.at, look_again_on=later)


# --- boards of any size -------------------------------------------------------------------------------------

AT_A_TIME = 5_000
SPREAD = (
    (TARGET, OPEN, 20),
    (PROSPECT, OPEN, 20),
    (OPPORTUNITY, OPEN, 20),
    (CLIENT, WON, 22),
    (ADVOCATE, WON, 8),
    (OPPORTUNITY, LOST, 8),
    (TARGET, DISQUALIFIED, 2),
)
"""Where deals are, and how many of a hundred."""


def fill_many(number: int, now: datetime) -> Actor:
    """Build a board with so many deals in the opened, empty database, to measure on; hands back an admin.

    They are spread over all stages; half of the sales are of the last three months, thus on the board.
    """
    chance = Random(SEED)
    with ledger.batch(ledger.PROGRAM, "opened the board", now=now, several=False):
        ids, _ = _set_up(now, company.DEFAULT_ZONE, chance, copies=1 + number // 5_000)
        admin = ids.people[handle_of(ADMIN)]
        with ledger.batch(admin, "imported", now=now) as batch:
            for start in range(0, number, AT_A_TIME):
                _bring_in_many(batch, ids, range(start, min(number, start + AT_A_TIME)), number, now, chance)
    record_book.bring_up(now)
    return admin


def _bring_in_many(batch: Batch, ids: _Ids, numbers: range, of: int, now: datetime, chance: Random) -> None:
    """Deals of which the first is the oldest, and the last is on top of its column."""
    today = clock.business_date(now, company.DEFAULT_ZONE)
    accounts, owners = list(ids.accounts.items()), [ids.people[seller.handle].id for seller in SELLERS]
    places = chance.choices(SPREAD, [share for _, _, share in SPREAD], k=len(numbers))
    rows: list[dict[str, Any]] = []
    for number, (stage, status, _) in zip(numbers, places, strict=True):
        opened = today - timedelta(days=HISTORY - number * (HISTORY - 90) // of - chance.randrange(60))
        moved = opened + timedelta(days=chance.randrange(1, 29))
        if status == WON and chance.random() < 0.5:
            moved = today - timedelta(days=chance.randrange(85))
        account, account_id = chance.choice(accounts)
        title = chance.choice(FIRST_TITLES).format(Work=account, work=account)
        planned = status == OPEN and chance.random() < 0.6
        rows.append(
            {
                "title": title,
                "search": text.search_key(title),
                "account": account_id,
                "owner": chance.choice(owners),
                "stage": ids.stages[stage],
                "status": status,
                "value_minor": _rounded(chance.lognormvariate(9.6, 0.95)) * CENTS,
                "place": (of - number) * GAP,
                "opened_on": opened,
                "closed_on": None if status == OPEN else moved,
                "reason": "no decision" if status in (LOST, DISQUALIFIED) else None,
                "next_step": chance.choice(NEXT_STEPS[stage]) if planned else None,
                "next_step_on": today + timedelta(days=chance.randrange(-6, 30)) if planned else None,
                "touched_on": max(opened, moved),
                "source": chance.choice(SOURCES)[0],
            }
        )
    made = list(zip(batch.insert_many(Deal, rows), rows, strict=True))
    batch.insert_many(Stay, [stay for deal, row in made for stay in _two_stays(ids, deal, row)])
    batch.insert_many(DealLine, [_one_line(ids, deal, row) for deal, row in made if deal % 5 < 2])


def _two_stays(ids: _Ids, deal: int, row: dict[str, Any]) -> list[dict[str, Any]]:
    """A time as a target, and the time since, in the stage where it is."""
    first, zone = ids.stages[TARGET], company.DEFAULT_ZONE
    entered = clock.start_of_day(row["opened_on"], zone)
    if row["stage"] == first and row["status"] == OPEN:
        return [{"deal": deal, "stage": first, "entered_at": entered}]
    moved = clock.start_of_day(row["touched_on"], zone)
    return [
        {"deal": deal, "stage": first, "entered_at": entered, "left_at": moved},
        {"deal": deal, "stage": row["stage"], "status": row["status"], "entered_at": moved},
    ]


def _one_line(ids: _Ids, deal: int, row: dict[str, Any]) -> dict[str, Any]:
    name, _, price = CATALOGUE[deal % len(CATALOGUE)]
    amount: int = row["value_minor"]
    quantity = max(1, amount // (price * CENTS))
    return {"deal": deal, "product": ids.products[name], "quantity": quantity, "amount_minor": amount}


# --- what is wanted -----------------------------------------------------------------------------------------

REWARD = 400 * CENTS
ROUND = 5_000 * CENTS
UNASSIGNED = 4
"""So many times the rounding is left to nobody."""


def _plan_the_night(ids: _Ids, now: datetime, today: date) -> None:
    """An awards season in its phase of nominating, and what has been nominated so far."""
    manager = ids.people[handle_of(MANAGER)]
    with ledger.batch(manager, "announced", now=now):
        night = _working_day(today + TO_THE_NIGHT)
        season = seasons.add_season(manager, night, now=now, place=NIGHT_PLACE, host=manager.id)
        numbers = {
            name: categories.add_category(manager, season, now=now, template=name) for name in HONOURED
        }
    since = seasons.season(season).start_on
    for by, whom, category, reason in NOMINATED:
        nominee = ids.people[handle_of(whom)]
        best = (
            Deal.select(Deal.id)
            .where(Deal.owner == nominee.id, Deal.status == WON, Deal.closed_on.between(since, today))
            .order_by(Deal.value_minor.desc(nulls="last"), Deal.id)
        )
        nominations.nominate(
            ids.people[handle_of(by)],
            numbers[category],
            reason,
            now=now,
            person=nominee.id,
            evidence=[f"deal:{deal}" for (deal,) in best.limit(2).tuples()],
        )


def _set_goals(ids: _Ids, now: datetime, today: date) -> None:
    """Revenue of this quarter and the last: of the company, its teams and people, by what they brought."""
    manager = ids.people[handle_of(MANAGER)]
    admin = ids.people[handle_of(ADMIN)]
    past = gains_until(today, "revenue")
    running = periods.period_of("quarter", today)
    before = periods.previous_period("quarter", running)
    with ledger.batch(admin, "set", now=now):
        for quarter in (before, running):
            known = comparable(past, Scope(), quarter.start, quarter.last_day, today=today) or [ROUND * 20]
            company_goal = goals.add_goal(
                admin,
                _wish(quarter, _round_up(sorted(known)[len(known) * 2 // 3]), Scope()),
                now=now,
            )
        top = goals.find_goal(company_goal)
        goals.publish_goal(
            admin,
            company_goal,
            "As good as our better quarters: the new lines are in stock at last.",
            now=now,
        )
        _share_out(manager, ids, past, running, top, now)


def _share_out(
    manager: Actor, ids: _Ids, past: Gains, quarter: periods.Period, top: GoalFacts, now: datetime
) -> None:
    """The company's target by what teams, and in them people, brought in the year before."""
    year = timedelta(days=365)
    teams = [people.find_team(name) for name in TEAMS]
    for_teams = top.version_on(quarter.start).target - UNASSIGNED * ROUND
    brought = [max(1, past.total(Scope(team=team), quarter.start - year, quarter.start)) for team in teams]
    for team, part in zip(teams, money.split_by_weights(for_teams // ROUND, brought), strict=True):
        wish = replace(_wish(quarter, max(1, part) * ROUND, Scope(team=team)), parent=top.id)
        above = goals.add_goal(manager, wish, now=now)
        sellers = sorted(people.members(team, quarter.start))
        own = [max(1, past.total(Scope(person=one), quarter.start - year, quarter.start)) for one in sellers]
        for person, share in zip(sellers, money.split_by_weights(max(1, part), own), strict=True):
            wish = _wish(quarter, max(1, share) * ROUND, Scope(person=person), reward=REWARD)
            goals.add_goal(manager, replace(wish, parent=above), now=now)


def _wish(quarter: periods.Period, target: int, scope: Scope, *, reward: int | None = None) -> goals.Wish:
    """A quarter's revenue with a milestone each month, the last months heavier."""
    rungs = ladders.propose(target, quarter.start, quarter.end, "back", round_to=CENTS * 100)
    return goals.Wish(
        metric="revenue",
        target=target,
        start_on=quarter.start,
        end_on=quarter.last_day,
        scope=scope,
        ladder=tuple(
            goals.Step(rung.threshold, rung.due_on, f"{rung.due_on:%B}", reward_minor=reward)
            for rung in rungs
        ),
        reason="the new lines are in stock at last",
    )


def _round_up(amount: int) -> int:
    return -(-amount // ROUND) * ROUND
