"""What people are told, and where the worker stands; none of it is part of the ledger."""

from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    CompositeKey,
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

    class Person(Table):
        id = BigIntegerField(primary_key=True)

    class Notice(Table):
        id = AutoField()
        key = TextField(unique=True)
        kind = TextField()
        tone = TextField()
        text = TextField()
        leads_to = TextField(null=True)
        on_date = DateField()
        at = BigIntegerField()
        seq = BigIntegerField(null=True)
        withdrawn_at = BigIntegerField(null=True)
        withdrawn = TextField(null=True)

    class Delivery(Table):
        person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        notice = ForeignKeyField(Notice, on_delete="CASCADE")
        shown_at = BigIntegerField(null=True)
        read_at = BigIntegerField(null=True)
        dismissed_at = BigIntegerField(null=True)
        snoozed_until = DateField(null=True)

        class Meta:
            primary_key = CompositeKey("person", "notice")

    class WorkerState(Table):
        id = IntegerField(primary_key=True)
        holder = TextField(null=True)
        held_until = BigIntegerField(default=0)
        seq = BigIntegerField()
        day_on = DateField(null=True)
        round_at = BigIntegerField(null=True)

        class Meta:
            table_name = "worker_state"

    class Parked(Table):
        key = TextField(primary_key=True)
        what = TextField()
        incident = TextField(null=True)
        at = BigIntegerField()

    db.create_tables([Notice, Delivery, WorkerState, Parked])
    # What happened before there was a worker is not told.
    db.execute_sql(
        'INSERT INTO "worker_state" ("id", "held_until", "seq") SELECT 1, 0, "seq" FROM "ledger_head"'
    )
