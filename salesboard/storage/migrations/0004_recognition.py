"""Kudos, assessments of milestones, waived warnings, and sealed quarters."""

from typing import Any

from peewee import (
    BigIntegerField,
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

    class Goal(Row):
        pass

    class Milestone(Row):
        pass

    class Kudos(Row):
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        author = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        fact = TextField(index=True)
        words = TextField()
        at = BigIntegerField()

    class Assessment(Row):
        milestone = ForeignKeyField(Milestone, unique=True, on_delete="RESTRICT")
        worked = TextField(null=True)
        failed = TextField(null=True)
        next = TextField(null=True)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

    class Waiver(Row):
        goal = ForeignKeyField(Goal, on_delete="RESTRICT")
        rule = TextField()
        reason = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

        class Meta:
            indexes = ((("goal", "rule"), True),)

    class Seal(Row):
        quarter_on = DateField(unique=True)
        seq = BigIntegerField()
        hash = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

    db.create_tables([Kudos, Assessment, Waiver, Seal])
