"""The record book as it stands, and every change of it; worked out from sales, no part of the ledger."""

from typing import Any

from peewee import AutoField, BigIntegerField, BooleanField, DateField, IntegerField, Model, TextField


def up(migrator: Any, db: Any) -> None:
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class RecordStanding(Table):
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
        scope = TextField(primary_key=True)
        sales = BigIntegerField()
        first_on = DateField()
        last_on = DateField()

    class RecordChange(Table):
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
        id = IntegerField(primary_key=True)
        seq = BigIntegerField()
        day_on = DateField(null=True)

    db.create_tables([RecordStanding, RecordScope, RecordChange, RecordState])
    db.execute_sql('INSERT INTO "record_state" ("id", "seq") VALUES (1, 0)')
