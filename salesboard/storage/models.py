"""All tables. Every row of a domain table is written through the ledger and carries a version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    Check,
    CompositeKey,
    DatabaseProxy,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from salesboard.clock import EPOCH

database = DatabaseProxy()

LARGEST_AMOUNT = 10**15
"""The largest amount kept, in minor units."""


class InstantField(BigIntegerField):  # type: ignore[misc]
    """An instant in UTC, kept as whole microseconds since 1970 so that both databases agree on it."""

    def db_value(self, value: datetime | int | None) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return (value.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)

    def python_value(self, value: int | datetime | None) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return EPOCH + timedelta(microseconds=value)


class Table(Model):  # type: ignore[misc]
    """What all tables share: the database they live in."""

    class Meta:
        database = database
        legacy_table_names = False


class Row(Table):
    """A row of a domain table: its id comes from the ledger, its version grows with every change."""

    id = BigIntegerField(primary_key=True)
    version = BigIntegerField(default=1)


class LedgerHead(Table):
    """One row: the end of the ledger, and the queue of everybody who writes."""

    id = IntegerField(primary_key=True)
    seq = BigIntegerField()
    hash = TextField()
    next_id = BigIntegerField()

    class Meta:
        table_name = "ledger_head"


class LedgerEntry(Table):
    """The head of an entry: who did what to which subject, when."""

    seq = BigIntegerField(primary_key=True)
    at = InstantField()
    actor = BigIntegerField(null=True)
    verb = TextField()
    subject_table = TextField(null=True)
    subject_id = BigIntegerField(null=True)
    note = TextField(null=True)
    undoes = BigIntegerField(null=True, index=True)
    batch = BigIntegerField(null=True, index=True)
    prev_hash = TextField()
    hash = TextField()

    class Meta:
        table_name = "entry"
        indexes = ((("actor", "seq"), False),)


class LedgerChange(Table):
    """The body of an entry: one changed row, its fields before and after in canonical JSON."""

    id = AutoField()
    seq = BigIntegerField()
    place = IntegerField()
    table = TextField(column_name="table_name")
    row = BigIntegerField(column_name="row_id")
    before = TextField(null=True)
    after = TextField(null=True)

    class Meta:
        table_name = "change"
        indexes = ((("seq", "place"), True), (("row", "seq"), False))


class Company(Row):
    """One row: whose board this is."""

    name = TextField()
    currency = TextField()
    zone = TextField()
    fiscal_start = IntegerField(default=1)
    closed_days = IntegerField(default=90)


class Person(Row):
    """Somebody who sells, leads or looks in."""

    handle = TextField(unique=True)
    name = TextField()
    key = TextField(index=True)
    role = TextField()
    login = TextField(null=True, unique=True)
    active = BooleanField(default=True)


class Team(Row):
    """A team; teams form a tree."""

    name = TextField()
    key = TextField(index=True)
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="teams")


class Membership(Row):
    """A person's time in a team, half-open; no start means since ever, no end means still."""

    person = ForeignKeyField(Person, on_delete="RESTRICT", backref="memberships")
    team = ForeignKeyField(Team, on_delete="RESTRICT", backref="memberships")
    from_on = DateField(null=True)
    until_on = DateField(null=True)


class Account(Row):
    """A business we sell to."""

    name = TextField()
    key = TextField(index=True)
    search = TextField()
    sector = TextField(null=True)
    location = TextField(null=True)
    website = TextField(null=True)
    founded = IntegerField(null=True)
    employees = IntegerField(null=True)
    turnover_minor = BigIntegerField(null=True)
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="subsidiaries")
    external = TextField(null=True, unique=True)


class Contact(Row):
    """A person at an account."""

    account = ForeignKeyField(Account, on_delete="RESTRICT", backref="contacts")
    name = TextField()
    key = TextField(index=True)
    title = TextField(null=True)
    email = TextField(null=True)
    phone = TextField(null=True)


class Product(Row):
    """Something we sell, with its list price in minor units."""

    name = TextField()
    key = TextField(index=True)
    series = TextField(null=True)
    list_price_minor = BigIntegerField(null=True)
    active = BooleanField(default=True)


class Stage(Row):
    """A column of the board. Its kind is what it is; name, place and likelihood can be changed."""

    kind = TextField(unique=True)
    name = TextField()
    key = TextField(index=True)
    place = IntegerField()
    likelihood = IntegerField()
    quiet_days = IntegerField(null=True)


class Deal(Row):
    """One pursuit of one sale; the card on the board."""

    title = TextField()
    search = TextField()
    account = ForeignKeyField(Account, null=True, on_delete="RESTRICT", backref="deals")
    contact = ForeignKeyField(Contact, null=True, on_delete="RESTRICT", backref="deals")
    owner = ForeignKeyField(Person, on_delete="RESTRICT", backref="deals", index=False)
    stage = ForeignKeyField(Stage, on_delete="RESTRICT", backref="deals", index=False)
    status = TextField(default="open")
    archived = BooleanField(default=False)
    value_minor = BigIntegerField(null=True)
    estimated = BooleanField(default=False)
    place = BigIntegerField()
    opened_on = DateField(null=True)
    expected_on = DateField(null=True)
    closed_on = DateField(null=True)
    reason = TextField(null=True)
    look_again_on = DateField(null=True)
    next_step = TextField(null=True)
    next_step_on = DateField(null=True)
    touched_on = DateField(null=True)
    source = TextField(null=True)
    external = TextField(null=True, unique=True)

    class Meta:
        constraints = (
            Check(f"value_minor IS NULL OR value_minor BETWEEN 0 AND {LARGEST_AMOUNT}"),
            Check("status IN ('open', 'won', 'lost', 'disqualified')"),
        )


# The board reads a column in its order and sums it without touching the table itself.
Deal.add_index(
    Deal.index(
        Deal.archived,
        Deal.stage,
        Deal.status,
        Deal.place,
        Deal.id,
        Deal.closed_on,
        Deal.value_minor,
        name="deal_board",
    )
)
Deal.add_index(Deal.index(Deal.status, Deal.closed_on, Deal.value_minor, name="deal_closed"))
Deal.add_index(Deal.index(Deal.owner, Deal.stage, name="deal_owner"))


class DealLine(Row):
    """So many of a product on a deal; the amount of the whole line in minor units."""

    deal = ForeignKeyField(Deal, on_delete="RESTRICT", backref="lines")
    product = ForeignKeyField(Product, on_delete="RESTRICT", backref="lines")
    quantity = IntegerField(default=1)
    amount_minor = BigIntegerField(null=True)

    class Meta:
        constraints = (Check("quantity > 0"),)


class Stay(Row):
    """A deal's time in a stage (or, with another status, off the board); stays follow without a gap."""

    deal = ForeignKeyField(Deal, on_delete="RESTRICT", backref="stays")
    stage = ForeignKeyField(Stage, on_delete="RESTRICT", backref="stays", index=False)
    status = TextField(default="open")
    entered_at = InstantField()
    left_at = InstantField(null=True)


class Note(Row):
    """What somebody wrote down about a deal."""

    deal = ForeignKeyField(Deal, on_delete="RESTRICT", backref="notes")
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()
    text = TextField()


class FileMapping(Row):
    """Which column meant what in a file with these headers, as somebody settled it."""

    signature = TextField(unique=True)
    columns = TextField()


class Goal(Row):
    """What is wanted: a metric of the company, a team or a person, in a window, for a reason."""

    name = TextField()
    metric = TextField()
    product = ForeignKeyField(Product, null=True, on_delete="RESTRICT", index=False)
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
    person = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    start_on = DateField()
    end_on = DateField(null=True)
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT", backref="goals")
    relevance = TextField(null=True)
    status = TextField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)

    class Meta:
        constraints = (Check("status IN ('draft', 'proposed', 'active', 'retired')"),)


class GoalVersion(Row):
    """A goal's target and ladder from a day on; what was due before is judged by the version before."""

    goal = ForeignKeyField(Goal, on_delete="RESTRICT", backref="versions")
    from_on = DateField()
    target = BigIntegerField()
    reading = TextField()
    decision = TextField()
    reason = TextField(null=True)
    rationale = TextField(null=True)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()

    class Meta:
        constraints = (Check(f"target BETWEEN 1 AND {LARGEST_AMOUNT}"),)


class Milestone(Row):
    """A rung of a goal's ladder, with what is promised for it."""

    goal_version = ForeignKeyField(GoalVersion, on_delete="RESTRICT", backref="milestones")
    place = IntegerField()
    label = TextField()
    due_on = DateField(null=True)
    threshold = BigIntegerField()
    reward = TextField(null=True)
    reward_minor = BigIntegerField(null=True)
    final = BooleanField(default=False)

    class Meta:
        constraints = (Check(f"reward_minor IS NULL OR reward_minor BETWEEN 1 AND {LARGEST_AMOUNT}"),)


class Reached(Row):
    """That a milestone was reached, as was known and told: the day, the deal that crossed it, how far.

    Milestones and deals by their numbers alone: taking them back is not hindered by what was said of them.
    """

    milestone = BigIntegerField(unique=True)
    reached_on = DateField()
    deal = BigIntegerField(null=True)
    overshoot = BigIntegerField()


class Payout(Row):
    """What a person gets for a milestone: approved, then paid, perhaps clawed back."""

    milestone = ForeignKeyField(Milestone, on_delete="RESTRICT", backref="payouts")
    person = ForeignKeyField(Person, on_delete="RESTRICT", backref="payouts")
    amount_minor = BigIntegerField()
    approved_on = DateField()
    paid_on = DateField(null=True)
    clawed_back_on = DateField(null=True)

    class Meta:
        indexes = ((("milestone", "person"), True),)
        constraints = (Check(f"amount_minor BETWEEN 1 AND {LARGEST_AMOUNT}"),)


class Acknowledgement(Row):
    """That somebody has read a version of a goal: understood, or with a question."""

    goal_version = ForeignKeyField(GoalVersion, on_delete="RESTRICT", backref="acknowledgements")
    person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
    at = InstantField()
    question = TextField(null=True)

    class Meta:
        indexes = ((("goal_version", "person"), True),)


class Proposal(Row):
    """What somebody proposes as a person's own target, and why."""

    goal = ForeignKeyField(Goal, on_delete="RESTRICT", backref="proposals")
    author = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
    target = BigIntegerField()
    words = TextField()
    at = InstantField()


class Review(Row):
    """What was decided about a goal when a quarter was over."""

    goal = ForeignKeyField(Goal, on_delete="RESTRICT", backref="reviews")
    quarter_on = DateField()
    decision = TextField()
    reason = TextField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()

    class Meta:
        indexes = ((("goal", "quarter_on"), True),)


class Clause(Row):
    """The contract that a goal's milestones and rewards are part of."""

    goal = ForeignKeyField(Goal, unique=True, on_delete="RESTRICT")
    party = TextField()
    agreement = TextField()
    section = TextField()
    signed_on = DateField(null=True)


class Profile(Row):
    """What may be expected of a person: capacity in percent, and months until they are up to speed."""

    person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
    capacity = IntegerField(default=100)
    ramp_from = DateField(null=True)
    ramp_months = IntegerField(null=True)
    territory = TextField(null=True)
    strengths = TextField(null=True)

    class Meta:
        constraints = (Check("capacity BETWEEN 0 AND 100"),)


class FirstDate(Row):
    """The day a client relationship began, as somebody remembers it."""

    account = ForeignKeyField(Account, unique=True, on_delete="RESTRICT")
    kind = TextField()
    on_date = DateField()
    place = TextField(null=True)
    attendees = TextField(null=True)
    story = TextField(null=True)
    pinned = BooleanField(default=False)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)

    class Meta:
        constraints = (Check("kind IN ('kick-off', 'first sale')"),)


class Thanks(Row):
    """A thank-you to an account; it is for everything there was to thank for until then."""

    account = ForeignKeyField(Account, on_delete="RESTRICT", backref="thanks")
    on_date = DateField()
    channel = TextField()
    words = TextField(null=True)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()

    class Meta:
        constraints = (Check("channel IN ('call', 'mail', 'card', 'in person', 'gift')"),)


class Kudos(Row):
    """Praise for a person, tied to a fact of the history such as `deal:60074` or `milestone:33305`."""

    person = ForeignKeyField(Person, on_delete="RESTRICT", backref="kudos")
    author = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
    fact = TextField(index=True)
    words = TextField()
    at = InstantField()


class Assessment(Row):
    """What a team made of a milestone that was reached or missed: what worked, what did not, what next."""

    milestone = ForeignKeyField(Milestone, unique=True, on_delete="RESTRICT")
    worked = TextField(null=True)
    failed = TextField(null=True)
    next = TextField(null=True)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()


class Waiver(Row):
    """That a warning about a goal is known, and why it may stand."""

    goal = ForeignKeyField(Goal, on_delete="RESTRICT", backref="waivers")
    rule = TextField()
    reason = TextField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()

    class Meta:
        indexes = ((("goal", "rule"), True),)


class Seal(Row):
    """The end of the ledger when a quarter was closed: what is changed in it afterwards is a restatement."""

    quarter_on = DateField(unique=True)
    seq = BigIntegerField()
    hash = TextField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()


class Season(Row):
    """One awards year: what it looks back on, its phases, and its night."""

    name = TextField()
    start_on = DateField()
    end_on = DateField()
    nominate_on = DateField()
    nominate_until = DateField()
    screen_until = DateField()
    judge_until = DateField()
    decide_until = DateField()
    night_on = DateField()
    night_at = TextField()
    place = TextField(null=True)
    host = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    closed_at = InstantField(null=True)


class Category(Row):
    """What is honoured in a season: computed from sales by a metric, or judged by criteria."""

    season = ForeignKeyField(Season, on_delete="RESTRICT", backref="categories")
    place = IntegerField()
    name = TextField()
    key = TextField()
    description = TextField(null=True)
    kind = TextField()
    metric = TextField(null=True)
    of_teams = BooleanField(default=False)
    winners = IntegerField(default=1)
    quorum = IntegerField(default=1)
    most_nominations = IntegerField(default=3)
    least_months = IntegerField(default=0)
    leads_may_win = BooleanField(default=True)

    class Meta:
        indexes = ((("season", "key"), True),)
        constraints = (Check("kind IN ('judged', 'computed')"),)


class Criterion(Row):
    """What a nominee of a category is judged by; the weights of a category sum to 100."""

    category = ForeignKeyField(Category, on_delete="RESTRICT", backref="criteria")
    place = IntegerField()
    name = TextField()
    weight = IntegerField()

    class Meta:
        constraints = (Check("weight BETWEEN 1 AND 100"),)


class Nomination(Row):
    """A person or a team that is nominated in a category, by one voice or several."""

    category = ForeignKeyField(Category, on_delete="RESTRICT", backref="nominations", index=False)
    person = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
    status = TextField()

    class Meta:
        indexes = ((("category", "person", "team"), True),)
        constraints = (
            Check("(person_id IS NULL) <> (team_id IS NULL)"),
            Check("status IN ('draft', 'waiting', 'asked', 'eligible', 'not eligible', 'shortlisted')"),
        )


class Voice(Row):
    """Who nominates, and why."""

    nomination = ForeignKeyField(Nomination, on_delete="RESTRICT", backref="voices", index=False)
    author = ForeignKeyField(Person, on_delete="RESTRICT")
    reason = TextField()
    submitted_at = InstantField(null=True)

    class Meta:
        indexes = ((("nomination", "author"), True),)


class Evidence(Row):
    """A fact behind a nomination as it stood when it was submitted, and what was said of its change since."""

    voice = ForeignKeyField(Voice, on_delete="RESTRICT", backref="evidence")
    place = IntegerField()
    fact = TextField(null=True)
    words = TextField()
    frozen = TextField(null=True)
    seq = BigIntegerField(null=True)
    cleared = TextField(null=True)
    cleared_why = TextField(null=True)
    cleared_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)


class Screening(Row):
    """What a lead decided, asked or remarked about a nomination."""

    nomination = ForeignKeyField(Nomination, on_delete="RESTRICT", backref="screenings")
    decision = TextField()
    words = TextField(null=True)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()


class Judge(Row):
    """Who judges a category; abstains from it for a reason, or has finished."""

    category = ForeignKeyField(Category, on_delete="RESTRICT", backref="judges", index=False)
    person = ForeignKeyField(Person, on_delete="RESTRICT")
    abstained = TextField(null=True)
    finished_at = InstantField(null=True)

    class Meta:
        indexes = ((("category", "person"), True),)


class Score(Row):
    """A judge's points, 1 to 10, for a nominee by a criterion."""

    nomination = ForeignKeyField(Nomination, on_delete="RESTRICT", backref="scores", index=False)
    judge = ForeignKeyField(Judge, on_delete="RESTRICT", backref="scores")
    criterion = ForeignKeyField(Criterion, on_delete="RESTRICT", index=False)
    points = IntegerField()

    class Meta:
        indexes = ((("nomination", "judge", "criterion"), True),)
        constraints = (Check("points BETWEEN 1 AND 10"),)


class Preference(Row):
    """The place that a judge gives a nominee in a ranked choice; a vote is a first place alone."""

    judge = ForeignKeyField(Judge, on_delete="RESTRICT", backref="preferences", index=False)
    nomination = ForeignKeyField(Nomination, on_delete="RESTRICT")
    place = IntegerField()

    class Meta:
        indexes = ((("judge", "nomination"), True), (("judge", "place"), True))
        constraints = (Check("place >= 1"),)


class Award(Row):
    """Who was decided to win a category, and how a tie was broken."""

    category = ForeignKeyField(Category, on_delete="RESTRICT", backref="awards", index=False)
    place = IntegerField()
    person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
    team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
    result = TextField()
    broken_by = TextField(null=True)
    reason = TextField(null=True)
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()

    class Meta:
        indexes = ((("category", "place"), True),)


class Envelope(Row):
    """That a category is sealed: the hash of its result, and the end of the ledger then."""

    category = ForeignKeyField(Category, unique=True, on_delete="RESTRICT")
    hash = TextField()
    seq = BigIntegerField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()


class Slot(Row):
    """A category's place in the programme of the night."""

    category = ForeignKeyField(Category, unique=True, on_delete="RESTRICT")
    place = IntegerField()
    citation = TextField()
    presenter = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    minutes = IntegerField()


class NightPage(Row):
    """Which page of the night everybody looks at."""

    season = ForeignKeyField(Season, unique=True, on_delete="RESTRICT")
    page = IntegerField()
    at = InstantField()


class HallNote(Row):
    """A correction to a season that is over: it is added, nothing is changed."""

    season = ForeignKeyField(Season, on_delete="RESTRICT", backref="notes")
    category = ForeignKeyField(Category, null=True, on_delete="RESTRICT", index=False)
    text = TextField()
    author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    at = InstantField()


class AccessKey(Row):
    """A public key with which a person comes in over SSH; nothing of it but the key itself."""

    person = ForeignKeyField(Person, on_delete="RESTRICT", backref="keys")
    kind = TextField()
    blob = TextField()
    fingerprint = TextField(unique=True)
    added_at = InstantField()
    revoked_at = InstantField(null=True)


# --- what people are told: no part of the ledger, since it is told of the ledger ----------------------------


class Notice(Table):
    """Something people should know; the key (kind, subject, occurrence) keeps it from being told twice."""

    id = AutoField()
    key = TextField(unique=True)
    kind = TextField()
    tone = TextField()
    text = TextField()
    leads_to = TextField(null=True)
    on_date = DateField()
    at = InstantField()
    seq = BigIntegerField(null=True)
    withdrawn_at = InstantField(null=True)
    withdrawn = TextField(null=True)


class Delivery(Table):
    """A notice for one person, and what that person has done with it."""

    person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
    notice = ForeignKeyField(Notice, on_delete="CASCADE", backref="deliveries")
    shown_at = InstantField(null=True)
    read_at = InstantField(null=True)
    dismissed_at = InstantField(null=True)
    snoozed_until = DateField(null=True)

    class Meta:
        primary_key = CompositeKey("person", "notice")


class WorkerState(Table):
    """One row: who works now, until when at the latest, and how far the work has come."""

    id = IntegerField(primary_key=True)
    holder = TextField(null=True)
    held_until = InstantField(default=0)
    seq = BigIntegerField()
    day_on = DateField(null=True)
    round_at = InstantField(null=True)

    class Meta:
        table_name = "worker_state"


class Parked(Table):
    """Something the worker could not do; it is named, and left alone until somebody has looked."""

    key = TextField(primary_key=True)
    what = TextField()
    incident = TextField(null=True)
    at = InstantField()


class RecordStanding(Table):
    """A record as it stands: its value, who holds it and when it was set (JSON), its newest period."""

    key = TextField(primary_key=True)
    scope = TextField(index=True)
    metric = TextField()
    period = TextField()
    product = BigIntegerField(null=True)
    value = BigIntegerField()
    holders = TextField()
    joint = IntegerField()
    moments = TextField()
    newest_on = DateField(null=True)
    newest = BigIntegerField(null=True)


class RecordScope(Table):
    """How many sales a scope of the record book has, and from when to when."""

    scope = TextField(primary_key=True)
    sales = BigIntegerField()
    first_on = DateField()
    last_on = DateField()


class RecordChange(Table):
    """A change of the record book: what stood before, what stands now, and the entry that caused it."""

    id = AutoField()
    key = TextField(index=True)
    kind = TextField()
    seq = BigIntegerField(null=True)
    on_date = DateField()
    value = BigIntegerField(null=True)
    holders = TextField()
    before = BigIntegerField(null=True)
    holders_before = TextField()
    corrected = BigIntegerField(null=True)
    told = BooleanField(default=False, index=True)


class RecordState(Table):
    """One row: up to which entry and which day the record book is brought."""

    id = IntegerField(primary_key=True)
    seq = BigIntegerField()
    day_on = DateField(null=True)


DOMAIN: tuple[type[Row], ...] = (
    Company,
    Person,
    Team,
    Membership,
    Account,
    Contact,
    Product,
    Stage,
    Deal,
    DealLine,
    Stay,
    Note,
    FileMapping,
    Goal,
    GoalVersion,
    Milestone,
    Reached,
    Payout,
    Acknowledgement,
    Proposal,
    Review,
    Clause,
    Profile,
    FirstDate,
    Thanks,
    Kudos,
    Assessment,
    Waiver,
    Seal,
    Season,
    Category,
    Criterion,
    Nomination,
    Voice,
    Evidence,
    Screening,
    Judge,
    Score,
    Preference,
    Award,
    Envelope,
    Slot,
    NightPage,
    HallNote,
    AccessKey,
)
"""Every table whose rows the ledger writes, parents before children."""

LEDGER: tuple[type[Table], ...] = (LedgerHead, LedgerEntry, LedgerChange)
TOLD: tuple[type[Table], ...] = (
    Notice,
    Delivery,
    WorkerState,
    Parked,
    RecordStanding,
    RecordScope,
    RecordChange,
    RecordState,
)
"""What the worker keeps; it follows from the ledger and is no part of it."""
TABLES: dict[str, type[Row]] = {model._meta.table_name: model for model in DOMAIN}


def field_default(model: type[Row], name: str) -> Any:
    """What a field holds where an older entry does not mention it."""
    default = model._meta.fields[name].default
    return default() if callable(default) else default


__all__ = [name for name in dir() if name[0].isupper() and name not in ("Any", "UTC", "SQL")]
