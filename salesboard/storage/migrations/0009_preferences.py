"""Ranked choice and team vote: places that judges and voters give."""

from typing import Any

from peewee import BigIntegerField, Check, ForeignKeyField, IntegerField, Model


def up(migrator: Any, db: Any) -> None:
    class Table(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Row(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)

    class Judge(Row):
        pass

    class Nomination(Row):
        pass

    class Preference(Row):
        judge = ForeignKeyField(Judge, on_delete="RESTRICT", index=False)
        nomination = ForeignKeyField(Nomination, on_delete="RESTRICT")
        place = IntegerField()

        class Meta:
            indexes = ((("judge", "nomination"), True), (("judge", "place"), True))
            constraints = (Check("place >= 1"),)

    db.create_tables([Preference])
