"""Keys with which people come in over SSH."""

from typing import Any

from peewee import BigIntegerField, ForeignKeyField, Model, TextField


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

    class AccessKey(Row):
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        kind = TextField()
        blob = TextField()
        fingerprint = TextField(unique=True)
        added_at = BigIntegerField()
        revoked_at = BigIntegerField(null=True)

    db.create_tables([AccessKey])
