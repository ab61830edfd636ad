"""What every test may ask for: a board on each kind of database, a home of its own, a day, a terminal."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from salesboard.storage.database import Database, create_database, open_database, session
from salesboard.storage.ledger import Actor
from tests import postgres, stories
from tests.terminal import Terminal

NewBoard = Callable[[str], AbstractContextManager[Database]]

# A busy machine is no failure; where a failure would stop others, the same examples run every time.
hypothesis.settings.register_profile(
    "salesboard", deadline=None, derandomize="CI" in os.environ, print_blob=True, max_examples=50
)
hypothesis.settings.load_profile("salesboard")

on_sqlite_alone = pytest.mark.parametrize("board_url", ["sqlite"], indirect=True)
"""For a test of a rule that puts no question of its own to the database: others show that they are alike."""

NOT_OURS = re.compile(
    "(SALESBOARD|XDG|SSH|LC)_|PG|TEXTUAL|(NO_COLOR|COLORTERM|COLUMNS|LINES|TMUX|EDITOR|VISUAL|TZ)$"
)
POSTGRES_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("postgres_folder")
    config.stash[POSTGRES_FOLDER] = Path(given) if given else postgres.new_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres_folder"] = str(node.config.stash[POSTGRES_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(config.stash[POSTGRES_FOLDER])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and nothing of the developer's settings, terminal or databases in the environment."""
    for name in filter(NOT_OURS.match, list(os.environ)):
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("SALESBOARD_HOME", str(folder))
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("LANG", "C.UTF-8")
    return folder


@pytest.fixture
def now() -> datetime:
    """A Sunday morning, in UTC."""
    return datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def today(now: datetime) -> date:
    return now.date()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: making the tables anew takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "board.db"
    create_database(path).close()
    assert not path.with_name("board.db-wal").exists(), "a copy would miss what is in the log"
    return path


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config, worker_id: str) -> Iterator[postgres.Server]:
    """The run's PostgreSQL server; that there is none is an error in CI, and said aloud elsewhere."""
    try:
        server = postgres.Server(pytestconfig.stash[POSTGRES_FOLDER], worker_id)
    except Exception as error:
        if "CI" in os.environ:
            raise
        pytest.skip(f"no PostgreSQL server for the tests ({error}); {postgres.NAMED_BY} can name one")
    yield server
    server.leave()


@pytest.fixture
def board_file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A new board's SQLite file, not opened: for the program itself, as a command or in a terminal."""
    return Path(shutil.copy(sqlite_template, tmp_path / "board.db"))


@pytest.fixture
def postgresql_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A new board in a PostgreSQL database, not opened."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def empty_postgresql_url(postgres_server: postgres.Server) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    with postgres_server.database(migrated=False) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def board_url(request: pytest.FixtureRequest) -> str:
    """A new board on each kind of database, not opened."""
    return str(request.getfixturevalue("board_file" if request.param == "sqlite" else "postgresql_url"))


@pytest.fixture
def database(board_url: str) -> Iterator[Database]:
    """A new board on each kind of database, opened, with a session for this test's thread."""
    with _opened(board_url) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> Actor:
    """The owner of a board that is set up, on each kind of database."""
    return stories.set_up()


@pytest.fixture
def mia(ada: Actor) -> Actor:
    """A rep on Ada's board."""
    return stories.add_person("Mia Berg")


@pytest.fixture
def sqlite_database(board_file: Path) -> Iterator[Database]:
    """A new board on SQLite alone, opened, with a session for this test's thread."""
    with _opened(str(board_file)) as opened:
        yield opened


@pytest.fixture(scope="session")
def new_board(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> NewBoard:
    """A new board for each example of a property: `with new_board("sqlite") as database:`."""

    @contextmanager
    def board(kind: str) -> Iterator[Database]:
        if kind == "sqlite":
            folder = tmp_path_factory.mktemp("board")
            copy = shutil.copy(sqlite_template, folder / "board.db")
            target: AbstractContextManager[str] = nullcontext(str(copy))
        else:
            target = request.getfixturevalue("postgres_server").database()
        with target as url, _opened(url) as opened:
            yield opened

    return board


@contextmanager
def _opened(target: str) -> Iterator[Database]:
    opened = open_database(target)
    try:
        with session():
            yield opened
    finally:
        opened.close()


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts programs in pseudo-terminals, as `Terminal` does, and ends them with the test."""
    started: list[Terminal] = []

    def start(argv: Sequence[str], **options: Any) -> Terminal:
        started.append(Terminal(argv, **options))
        return started[-1]

    yield start
    for one in started:
        one.close()
