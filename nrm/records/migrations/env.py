"""Alembic's entry: runs on the connection ``nrm.records.schema`` hands over, or on a given address."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from nrm.records.connection import open_engine
from nrm.records.tables.all_tables import metadata


def run(connection: Connection) -> None:
    """Run the migrations in the connection's transaction: all of them, or none."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Find the connection and run."""
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        run(given)
        return
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        raise ValueError("no address of a database was given")
    engine = open_engine(url, statement_timeout_ms=0, lock_timeout_ms=60_000)
    try:
        with engine.begin() as connection:
            run(connection)
    finally:
        engine.dispose()


main()
