"""A whole database as a stream of bytes and back: SQLite's own online backup, PostgreSQL's ``pg_dump``."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from sqlalchemy import URL, text

from nrm.records.connection import normal_url, open_engine
from nrm.vocabulary.errors import NotReady

PIECE = 1024 * 1024
PAGES_AT_ONCE = 2000
_BESIDE = re.compile(rb"^[^;\n][^\n]* TABLE DATA [^\n]* alembic_version [^\n]*\n", re.MULTILINE)


def dump(url: str, folder: Path) -> Iterator[bytes]:
    """Yield the database as it is at one instant, while others go on writing. ``folder``: for what lies in between.

    NotReady where a program of PostgreSQL is missing or fails.
    """
    address = normal_url(url)
    if address.get_backend_name() == "sqlite":
        yield from _dump_sqlite(Path(str(address.database)), folder)
    else:
        yield from _dump_postgresql(address)


def write_new(pieces: Iterable[bytes], path: Path) -> None:
    """Write a dump into a new file, for its owner only: of SQLite that is the database."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def load_postgresql(pieces: Iterable[bytes], url: str, folder: Path) -> None:
    """Load a dump into an empty PostgreSQL database, in one transaction, without the mark of its revision.

    Without that mark no process serves it: :func:`mark_revision` sets it when everything else is done.
    ``folder``: for what lies in between, without a name but for the list of tables.
    """
    with tempfile.TemporaryFile(dir=folder) as dumped, tempfile.NamedTemporaryFile(dir=folder) as listed:
        for piece in pieces:
            dumped.write(piece)
        listed.write(_BESIDE.sub(b"", _run(["pg_restore", "--list"], dict(os.environ), dumped)))
        listed.flush()
        _run(["pg_restore", "--use-list", listed.name, "--single-transaction", "--exit-on-error", "--no-owner",
              "--no-privileges", "--dbname", str(normal_url(url).database)], _environment(url), dumped)


def mark_revision(url: str, revision: str) -> None:
    """Say of which revision a loaded PostgreSQL database is: from here on it can be served."""
    engine = open_engine(url, pool_size=1)
    try:
        with engine.begin() as conn:
            conn.execute(text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": revision})
    finally:
        engine.dispose()


def is_empty(url: str) -> bool:
    """Whether there is no table in the database, or no file."""
    address = normal_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(str(address.database))
        return not path.exists() or not path.stat().st_size
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as conn:
            found = conn.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
        return not found
    finally:
        engine.dispose()


def _dump_sqlite(path: Path, folder: Path) -> Iterator[bytes]:
    """The copy loses its name while it is empty: whoever kills this leaves no readable database behind."""
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "rb") as copied:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(name)) as target:
            target.execute("PRAGMA journal_mode = OFF")  # a journal would ask for the name
            Path(name).unlink()
            source.backup(target, pages=PAGES_AT_ONCE)
        while piece := copied.read(PIECE):
            yield piece


def _dump_postgresql(address: URL) -> Iterator[bytes]:
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges",
               "--dbname", str(address.database)]
    environment = _environment(address.render_as_string(hide_password=False))
    with tempfile.TemporaryFile() as said, subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command, stdout=subprocess.PIPE, stderr=said, env=environment,
    ) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(PIECE):
            yield piece
        if process.wait():
            raise NotReady(f"pg_dump ended with {process.returncode}; nothing of this backup can be used.")


def _run(command: list[str], environment: dict[str, str], dumped: IO[bytes]) -> bytes:
    """Run a program that reads a dump from its beginning, without a name to find it by."""
    dumped.seek(0)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [_program(command[0]), *command[1:]], stdin=dumped, capture_output=True, env=environment, check=False,
    )
    if done.returncode:
        raise NotReady(f"{command[0]} ended with {done.returncode}; the database was left empty.")
    return done.stdout


def _environment(url: str) -> dict[str, str]:
    """The connection as environment variables: a password never stands in the list of processes."""
    address = normal_url(url)
    query = {key: value for key, value in address.query.items() if isinstance(value, str)}
    named = {
        "PGHOST": address.host or query.get("host"), "PGPORT": str(address.port or query.get("port") or ""),
        "PGUSER": address.username, "PGPASSWORD": address.password, "PGSSLMODE": query.get("sslmode"),
    }
    return {**os.environ, **{name: value for name, value in named.items() if value}}


def _program(name: str) -> str:
    """Return where a program of PostgreSQL is: on the path, or where Debian keeps the newest."""
    found = shutil.which(name)
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if found is None and not kept:
        raise NotReady(f"{name} is not on this machine. Install the client programs of PostgreSQL; backups need them.")
    return found or str(kept[-1])
