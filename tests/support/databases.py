"""Fixtures: a fresh database for each test, on SQLite and on a throw-away PostgreSQL server.

``sqlite_url``, ``postgres_url`` and ``any_database_url`` (both, as parameters) hold the schema at its head;
``empty_sqlite_url`` and ``empty_postgres_url`` hold nothing, for tests of the migrations themselves.
The schema is made once per session as a template and cloned.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.support.postgres import HOME_VARIABLE, Server, ServerMissing, choose_home, sweep
from tests.support.requirements import lacking
from tests.support.schema import create_schema

TEMPLATE = "nrm_template"


def pytest_configure(config: pytest.Config) -> None:
    """The controller names the server's folder before its workers start."""
    if not hasattr(config, "workerinput"):
        os.environ.pop(HOME_VARIABLE, None)
        sweep()
        choose_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller stops the server after its workers have ended."""
    if not hasattr(config, "workerinput") and HOME_VARIABLE in os.environ:
        home = Path(os.environ.pop(HOME_VARIABLE))
        if home.exists():
            Server(home).stop()


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """The session's PostgreSQL server, started on first use."""
    server = Server(choose_home())
    try:
        with server.lock():
            server.start()
    except ServerMissing as missing:
        lacking("postgres", str(missing))
    return server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> str:
    """The name of a database that holds the schema at its head; made once, by one worker."""
    with postgres_server.lock(), connect(postgres_server, "postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if not found:
            making = f"{TEMPLATE}_making_{uuid.uuid4().hex[:8]}"
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            create_schema(postgres_server.url(making))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(making), sql.Identifier(TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with the schema."""
    yield from fresh(postgres_server, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of a fresh PostgreSQL database without tables."""
    yield from fresh(postgres_server, "template0")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that holds the schema at its head; one for each worker."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite file with the schema."""
    path = tmp_path / "nrm.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'nrm.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with the schema: the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_empty_database_url(request: pytest.FixtureRequest) -> str:
    """As ``any_database_url``, without tables."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


def connect(server: Server, database: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect outside any transaction, as CREATE DATABASE asks for."""
    return psycopg.connect(server.dsn(database), autocommit=True)


def fresh(server: Server, template: str) -> Iterator[str]:
    """Clone a database from a template, lend its address, drop it."""
    name = f"t_{uuid.uuid4().hex}"
    clone = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with server.lock(), connect(server, "postgres") as connection:
        connection.execute(clone.format(sql.Identifier(name), sql.Identifier(template)))
    yield server.url(name)
    with connect(server, "postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
