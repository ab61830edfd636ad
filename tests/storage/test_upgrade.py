"""Upgrades and models agree on what the tables are, to the last constraint."""

from pathlib import Path

import peewee
import pytest
from playhouse.schema_diff import diff_models

from salesboard.storage import database as storage
from salesboard.storage import models, upgrade
from salesboard.storage.database import Database, open_database
from salesboard.storage.models import DOMAIN, LEDGER, TOLD, LedgerHead, Row

TABLES = [*LEDGER, *DOMAIN, *TOLD]


def shape(database: peewee.Database) -> set[tuple[object, ...]]:
    """Everything a database knows of its tables: columns, types, defaults, constraints, indexes."""
    if isinstance(database, peewee.SqliteDatabase):
        return set(
            database.execute_sql("SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'schema_migration'")
        )
    found: set[tuple[object, ...]] = set()
    for query in (
        "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    ):
        found |= {row for row in database.execute_sql(query) if "schema_migration" not in str(row[0])}
    return found


@pytest.fixture
def of_models(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> peewee.Database:
    """Another, empty database of the same kind with tables as the models say."""
    if database.is_sqlite:
        made: peewee.Database = peewee.SqliteDatabase(tmp_path / "models.db")
    else:
        made = storage._postgresql(request.getfixturevalue("empty_postgresql_url")).peewee
    with made.connection_context(), made.bind_ctx(TABLES):
        made.create_tables(TABLES)
    return made


def test_models_and_upgrades_agree(database: Database) -> None:
    assert not diff_models(database.peewee, TABLES)


def test_models_and_upgrades_agree_to_the_last_constraint(
    database: Database, of_models: peewee.Database
) -> None:
    with of_models.connection_context():
        assert shape(database.peewee) == shape(of_models)


def test_control_a_column_more_is_seen(database: Database) -> None:
    class Deal(Row):
        colour = peewee.TextField(null=True)

        class Meta:
            database = models.database
            legacy_table_names = False

    assert "colour" in str(diff_models(database.peewee, [Deal]))


def test_control_another_constraint_is_seen(database: Database, of_models: peewee.Database) -> None:
    with of_models.connection_context():
        of_models.execute_sql("CREATE INDEX another ON deal (title)")
        assert shape(database.peewee) != shape(of_models)


def test_a_board_that_is_up_to_date_is_left_alone(database: Database) -> None:
    before = shape(database.peewee)
    assert upgrade.upgrade(database) == []
    assert shape(database.peewee) == before
    assert LedgerHead.select().count() == 1


def test_the_number_of_a_board_is_the_newest_upgrade(board_url: str) -> None:
    opened = open_database(board_url)
    with storage.session():
        assert upgrade.number(opened) == upgrade.newest() >= 1


def test_upgrades_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in upgrade.FOLDER.glob("*.py"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_upgrades_do_not_use_the_models_of_today() -> None:
    for path in upgrade.FOLDER.glob("*.py"):
        assert "salesboard" not in path.read_text(), f"{path.name} must say what the tables were that day"
