"""The first tables."""

from typing import Any

from peewee import (
    BigIntegerField,
    BooleanField,
    Check,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator: Any, db: Any) -> None:
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class LedgerHead(Table):
        id = IntegerField(primary_key=True)
        seq = BigIntegerField()
        hash = TextField()
        next_id = BigIntegerField()

        class Meta:
            table_name = "ledger_head"

    class LedgerEntry(Table):
        seq = BigIntegerField(primary_key=True)
        at = BigIntegerField()
        actor = BigIntegerField(null=True)
        verb = TextField()
        subject_table = TextField(null=True)
        subject_id = BigIntegerField(null=True)
        note = TextField(null=True)
        undoes = BigIntegerField(index=True, null=True)
        batch = BigIntegerField(index=True, null=True)
        prev_hash = TextField()
        hash = TextField()

        class Meta:
            table_name = "entry"
            indexes = ((("actor", "seq"), False),)

    class LedgerChange(Table):
        seq = BigIntegerField()
        place = IntegerField()
        table = TextField(column_name="table_name")
        row = BigIntegerField(column_name="row_id")
        before = TextField(null=True)
        after = TextField(null=True)

        class Meta:
            table_name = "change"
            indexes = ((("seq", "place"), True), (("row", "seq"), False))

    class Company(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        name = TextField()
        currency = TextField()
        zone = TextField()
        fiscal_start = IntegerField(default=1)
        closed_days = IntegerField(default=90)

        class Meta:
            table_name = "company"

    class Person(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        handle = TextField(unique=True)
        name = TextField()
        key = TextField(index=True)
        role = TextField()
        login = TextField(unique=True, null=True)
        active = BooleanField(default=True)

        class Meta:
            table_name = "person"

    class Team(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        name = TextField()
        key = TextField(index=True)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")

        class Meta:
            table_name = "team"

    class Membership(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        team = ForeignKeyField(Team, on_delete="RESTRICT")
        from_on = DateField(null=True)
        until_on = DateField(null=True)

        class Meta:
            table_name = "membership"

    class Account(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        name = TextField()
        key = TextField(index=True)
        search = TextField()
        sector = TextField(null=True)
        location = TextField(null=True)
        website = TextField(null=True)
        founded = IntegerField(null=True)
        employees = IntegerField(null=True)
        turnover_minor = BigIntegerField(null=True)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        external = TextField(unique=True, null=True)

        class Meta:
            table_name = "account"

    class Contact(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        account = ForeignKeyField(Account, on_delete="RESTRICT")
        name = TextField()
        key = TextField(index=True)
        title = TextField(null=True)
        email = TextField(null=True)
        phone = TextField(null=True)

        class Meta:
            table_name = "contact"

    class Product(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        name = TextField()
        key = TextField(index=True)
        series = TextField(null=True)
        list_price_minor = BigIntegerField(null=True)
        active = BooleanField(default=True)

        class Meta:
            table_name = "product"

    class Stage(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        kind = TextField(unique=True)
        name = TextField()
        key = TextField(index=True)
        place = IntegerField()
        likelihood = IntegerField()
        quiet_days = IntegerField(null=True)

        class Meta:
            table_name = "stage"

    class Deal(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        title = TextField()
        search = TextField()
        account = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        contact = ForeignKeyField(Contact, null=True, on_delete="RESTRICT")
        owner = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        stage = ForeignKeyField(Stage, on_delete="RESTRICT", index=False)
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
        external = TextField(unique=True, null=True)

        class Meta:
            table_name = "deal"
            constraints = (
                Check("value_minor IS NULL OR value_minor BETWEEN 0 AND 1000000000000000"),
                Check("status IN ('open', 'won', 'lost', 'disqualified')"),
            )

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

    class DealLine(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        deal = ForeignKeyField(Deal, on_delete="RESTRICT")
        product = ForeignKeyField(Product, on_delete="RESTRICT")
        quantity = IntegerField(default=1)
        amount_minor = BigIntegerField(null=True)

        class Meta:
            table_name = "deal_line"
            constraints = (Check("quantity > 0"),)

    class Stay(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        deal = ForeignKeyField(Deal, on_delete="RESTRICT")
        stage = ForeignKeyField(Stage, on_delete="RESTRICT", index=False)
        status = TextField(default="open")
        entered_at = BigIntegerField()
        left_at = BigIntegerField(null=True)

        class Meta:
            table_name = "stay"

    class Note(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        deal = ForeignKeyField(Deal, on_delete="RESTRICT")
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()
        text = TextField()

        class Meta:
            table_name = "note"

    class FileMapping(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)
        signature = TextField(unique=True)
        columns = TextField()

        class Meta:
            table_name = "file_mapping"

    db.create_tables(
        [
            LedgerHead,
            LedgerEntry,
            LedgerChange,
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
        ]
    )
    LedgerHead.insert(id=1, seq=0, hash="0" * 64, next_id=1).execute()
