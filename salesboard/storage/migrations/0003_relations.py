"""First dates of client relationships, and thanks."""

from typing import Any

from peewee import (
    BigIntegerField,
    BooleanField,
    Check,
    DateField,
    ForeignKeyField,
    Model,
    TextField,
)


def up(migrator: Any, db: Any) -> None:
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Row(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)

    class Person(Row):
        pass

    class Account(Row):
        pass

    class FirstDate(Row):
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
        account = ForeignKeyField(Account, on_delete="RESTRICT")
        on_date = DateField()
        channel = TextField()
        words = TextField(null=True)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

        class Meta:
            constraints = (Check("channel IN ('call', 'mail', 'card', 'in person', 'gift')"),)

    db.create_tables([FirstDate, Thanks])
