"""Settings: which source wins, and what is said about a settings file that is wrong."""

from datetime import date
from pathlib import Path

import pytest

from salesboard import config
from salesboard.config import Settings
from salesboard.errors import WrongUsage


@pytest.fixture
def settings_file(home: Path) -> Path:
    return home / config.FILE_NAME


def load(**typed: str) -> Settings:
    return config.load(environment={}, **typed)


def test_without_anything_the_default_board_is_opened_on_the_real_day(home: Path) -> None:
    assert load() == Settings(str(home / "salesboard.db"), mouse=True, backups=True)


def test_the_file_beats_the_default_the_environment_the_file_and_what_is_typed_everything(
    settings_file: Path,
) -> None:
    environment = {"SALESBOARD_DATABASE": "/environment.db"}
    settings_file.write_text('database = "/file.db"\nmouse = false\n')
    assert load().database == "/file.db"
    assert config.load(environment=environment).database == "/environment.db"
    assert config.load(environment=environment, database="/typed.db").database == "/typed.db"
    assert config.load(environment=environment, database="/typed.db").mouse is False


def test_an_empty_variable_says_nothing(home: Path) -> None:
    environment = {"SALESBOARD_DATABASE": "", "SALESBOARD_TODAY": ""}
    assert config.load(environment=environment) == load()


def test_a_pretended_day_comes_from_the_environment_or_is_typed(home: Path) -> None:
    environment = {"SALESBOARD_TODAY": "2018-01-01"}
    assert config.load(environment=environment).today == date(2018, 1, 1)
    assert config.load(environment=environment, today="2019-02-03").today == date(2019, 2, 3)


@pytest.mark.parametrize("said", ["2018-02-30", "yesterday", "1.2.2018", "2018"])
def test_what_is_no_day_is_refused_with_the_place_it_was_said_in(home: Path, said: str) -> None:
    with pytest.raises(WrongUsage, match="--today"):
        load(today=said)
    with pytest.raises(WrongUsage, match="SALESBOARD_TODAY"):
        config.load(environment={"SALESBOARD_TODAY": said})


def test_a_relative_path_in_the_file_starts_at_the_file(settings_file: Path) -> None:
    settings_file.write_text('database = "team/board.db"')
    assert load().database == str(settings_file.parent / "team/board.db")


def test_a_url_and_a_path_from_home_are_understood(settings_file: Path, home: Path) -> None:
    settings_file.write_text('database = "postgresql://host/board"')
    assert load().database == "postgresql://host/board"
    settings_file.write_text('database = "~/board.db"')
    assert load().database == str(home / "board.db")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('databse = "x"', "there is no setting 'databse'; did you mean database?"),
        ('colour = "red"', "there is no setting 'colour'; the settings are database, mouse, backups"),
        ("mouse = 1", "mouse must be true or false"),
        ("database = true", "database must be a text in quotes"),
        ("idle_minutes = true", "idle_minutes must be a whole number"),
        ("idle_minutes = -1", "idle_minutes must be 0 (never) or more"),
        ("database = ", "can not be understood"),
        ("as_handle = 'ada'", "there is no setting 'as_handle'"),
    ],
)
def test_a_wrong_file_is_refused_by_name(settings_file: Path, text: str, complaint: str) -> None:
    settings_file.write_text(text)
    with pytest.raises(WrongUsage) as refused:
        load()
    assert str(settings_file) in str(refused.value)
    assert complaint in str(refused.value)


def test_a_file_in_another_encoding_is_refused(settings_file: Path) -> None:
    settings_file.write_bytes('database = "Müller.db"'.encode("latin-1"))
    with pytest.raises(WrongUsage, match="UTF-8"):
        load()
