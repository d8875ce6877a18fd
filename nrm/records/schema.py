"""The schema of one database: bring it up, take it down, and refuse to run on one we do not know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from nrm.records.connection import open_engine
from nrm.records.keys import KeyRing
from nrm.vocabulary.errors import ConfigurationRefused

_UPGRADE_LOCK = 0x6E726D31
"""Any number of processes may start together: one migrates, the others wait and find it done."""


def upgrade(url: str, revision: str = "head", *, keys: KeyRing | None = None) -> None:
    """Bring a database to a revision in one transaction. ConfigurationRefused if its own is unknown.

    ``keys`` for revisions that seal or prove what is there; without them a database that needs it is refused.
    """
    def act(config: Config) -> None:
        config.attributes["keys"] = keys
        command.upgrade(config, revision)

    _run(url, act)


def downgrade(url: str, revision: str = "base") -> None:
    """Take a database back to a revision. Going below a table loses its rows, also those of the history."""
    _run(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """Return the revision a database is of; None when it holds no schema."""
    engine = open_engine(url, pool_size=1)
    try:
        with engine.connect() as conn:
            return MigrationContext.configure(conn).get_current_revision()
    finally:
        engine.dispose()


def head() -> str:
    """Return the newest revision this program knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def check(url: str) -> None:
    """Refuse to start on a database that is not exactly at the head: ConfigurationRefused says what to do."""
    found, newest = current(url), head()
    if found == newest:
        return
    if found is None:
        raise ConfigurationRefused("it holds no schema yet; run `nrm db upgrade`", file="database")
    _refuse_unknown(found)
    raise ConfigurationRefused(f"it is of the older revision {found}; run `nrm db upgrade`", file="database")


def _run(url: str, act: Callable[[Config], None]) -> None:
    engine = open_engine(url, pool_size=1, statement_timeout_ms=0, lock_timeout_ms=60_000)
    try:
        with engine.begin() as conn:
            if engine.dialect.name == "postgresql":
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
            found = MigrationContext.configure(conn).get_current_revision()
            if found is not None:
                _refuse_unknown(found)
            act(_config(conn))
    finally:
        engine.dispose()


def _refuse_unknown(found: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        sentence = f"it is of revision {found}, which this program does not know; use the newer program"
        raise ConfigurationRefused(sentence, file="database")


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if conn is not None:
        config.attributes["connection"] = conn
    return config
