"""Awards: seasons, categories, nominations with evidence, judging, the night."""

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

    class Row(Table):
        id = BigIntegerField(primary_key=True)
        version = BigIntegerField(default=1)

    class Person(Row):
        pass

    class Team(Row):
        pass

    class Season(Row):
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
        closed_at = BigIntegerField(null=True)

    class Category(Row):
        season = ForeignKeyField(Season, on_delete="RESTRICT")
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
        category = ForeignKeyField(Category, on_delete="RESTRICT")
        place = IntegerField()
        name = TextField()
        weight = IntegerField()

        class Meta:
            constraints = (Check("weight BETWEEN 1 AND 100"),)

    class Nomination(Row):
        category = ForeignKeyField(Category, on_delete="RESTRICT", index=False)
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
        nomination = ForeignKeyField(Nomination, on_delete="RESTRICT", index=False)
        author = ForeignKeyField(Person, on_delete="RESTRICT")
        reason = TextField()
        submitted_at = BigIntegerField(null=True)

        class Meta:
            indexes = ((("nomination", "author"), True),)

    class Evidence(Row):
        voice = ForeignKeyField(Voice, on_delete="RESTRICT")
        place = IntegerField()
        fact = TextField(null=True)
        words = TextField()
        frozen = TextField(null=True)
        seq = BigIntegerField(null=True)
        cleared = TextField(null=True)
        cleared_why = TextField(null=True)
        cleared_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)

    class Screening(Row):
        nomination = ForeignKeyField(Nomination, on_delete="RESTRICT")
        decision = TextField()
        words = TextField(null=True)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

    class Judge(Row):
        category = ForeignKeyField(Category, on_delete="RESTRICT", index=False)
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        abstained = TextField(null=True)
        finished_at = BigIntegerField(null=True)

        class Meta:
            indexes = ((("category", "person"), True),)

    class Score(Row):
        nomination = ForeignKeyField(Nomination, on_delete="RESTRICT", index=False)
        judge = ForeignKeyField(Judge, on_delete="RESTRICT")
        criterion = ForeignKeyField(Criterion, on_delete="RESTRICT", index=False)
        points = IntegerField()

        class Meta:
            indexes = ((("nomination", "judge", "criterion"), True),)
            constraints = (Check("points BETWEEN 1 AND 10"),)

    class Award(Row):
        category = ForeignKeyField(Category, on_delete="RESTRICT", index=False)
        place = IntegerField()
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
        result = TextField()
        broken_by = TextField(null=True)
        reason = TextField(null=True)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

        class Meta:
            indexes = ((("category", "place"), True),)

    class Envelope(Row):
        category = ForeignKeyField(Category, unique=True, on_delete="RESTRICT")
        hash = TextField()
        seq = BigIntegerField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

    class Slot(Row):
        category = ForeignKeyField(Category, unique=True, on_delete="RESTRICT")
        place = IntegerField()
        citation = TextField()
        presenter = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        minutes = IntegerField()

    class NightPage(Row):
        season = ForeignKeyField(Season, unique=True, on_delete="RESTRICT")
        page = IntegerField()
        at = BigIntegerField()

    class HallNote(Row):
        season = ForeignKeyField(Season, on_delete="RESTRICT")
        category = ForeignKeyField(Category, null=True, on_delete="RESTRICT", index=False)
        text = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

    db.create_tables(
        [
            Season,
            Category,
            Criterion,
            Nomination,
            Voice,
            Evidence,
            Screening,
            Judge,
            Score,
            Award,
            Envelope,
            Slot,
            NightPage,
            HallNote,
        ]
    )
