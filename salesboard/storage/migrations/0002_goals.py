"""Goals: targets, milestones, rewards, reviews."""

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

LARGEST_AMOUNT = 10**15


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

    class Product(Row):
        pass

    class Goal(Row):
        name = TextField()
        metric = TextField()
        product = ForeignKeyField(Product, null=True, on_delete="RESTRICT", index=False)
        team = ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
        person = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        start_on = DateField()
        end_on = DateField(null=True)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        relevance = TextField(null=True)
        status = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)

        class Meta:
            constraints = (Check("status IN ('draft', 'proposed', 'active', 'retired')"),)

    class GoalVersion(Row):
        goal = ForeignKeyField(Goal, on_delete="RESTRICT")
        from_on = DateField()
        target = BigIntegerField()
        reading = TextField()
        decision = TextField()
        reason = TextField(null=True)
        rationale = TextField(null=True)
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

        class Meta:
            constraints = (Check(f"target BETWEEN 1 AND {LARGEST_AMOUNT}"),)

    class Milestone(Row):
        goal_version = ForeignKeyField(GoalVersion, on_delete="RESTRICT")
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
        milestone = BigIntegerField(unique=True)
        reached_on = DateField()
        deal = BigIntegerField(null=True)
        overshoot = BigIntegerField()

    class Payout(Row):
        milestone = ForeignKeyField(Milestone, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        amount_minor = BigIntegerField()
        approved_on = DateField()
        paid_on = DateField(null=True)
        clawed_back_on = DateField(null=True)

        class Meta:
            indexes = ((("milestone", "person"), True),)
            constraints = (Check(f"amount_minor BETWEEN 1 AND {LARGEST_AMOUNT}"),)

    class Acknowledgement(Row):
        goal_version = ForeignKeyField(GoalVersion, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        at = BigIntegerField()
        question = TextField(null=True)

        class Meta:
            indexes = ((("goal_version", "person"), True),)

    class Proposal(Row):
        goal = ForeignKeyField(Goal, on_delete="RESTRICT")
        author = ForeignKeyField(Person, on_delete="RESTRICT", index=False)
        target = BigIntegerField()
        words = TextField()
        at = BigIntegerField()

    class Review(Row):
        goal = ForeignKeyField(Goal, on_delete="RESTRICT")
        quarter_on = DateField()
        decision = TextField()
        reason = TextField()
        author = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        at = BigIntegerField()

        class Meta:
            indexes = ((("goal", "quarter_on"), True),)

    class Clause(Row):
        goal = ForeignKeyField(Goal, unique=True, on_delete="RESTRICT")
        party = TextField()
        agreement = TextField()
        section = TextField()
        signed_on = DateField(null=True)

    class Profile(Row):
        person = ForeignKeyField(Person, unique=True, on_delete="RESTRICT")
        capacity = IntegerField(default=100)
        ramp_from = DateField(null=True)
        ramp_months = IntegerField(null=True)
        territory = TextField(null=True)
        strengths = TextField(null=True)

        class Meta:
            constraints = (Check("capacity BETWEEN 0 AND 100"),)

    db.create_tables(
        [Goal, GoalVersion, Milestone, Reached, Payout, Acknowledgement, Proposal, Review, Clause, Profile]
    )
