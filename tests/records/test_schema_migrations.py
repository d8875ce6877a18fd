"""The migrations lead to the models, go down and up again, and refuse what they do not know."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, select, text, update

from nrm.records import schema
from nrm.records.connection import open_engine
from nrm.records.migrations.guards import LATER, append_only, deletable_once_erased, made
from nrm.records.tables.agency import Agency
from nrm.records.tables.all_tables import metadata
from nrm.vocabulary.errors import ConfigurationRefused

ROOT = Path(__file__).parents[2]


@pytest.fixture
def engine(any_empty_database_url: str) -> Iterator[Engine]:
    engine = open_engine(any_empty_database_url)
    yield engine
    engine.dispose()


def described(engine: Engine) -> set[str]:
    """Every table, index and trigger in the database's own words."""
    if engine.dialect.name == "sqlite":
        wanted = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    else:
        wanted = (
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' "
            "UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) || condeferrable "
            "FROM pg_constraint WHERE conrelid::regclass::text <> 'alembic_version' AND connamespace = "
            "'public'::regnamespace UNION ALL SELECT table_name || column_name || data_type || is_nullable "
            "FROM information_schema.columns WHERE table_schema = 'public' "
            "AND table_name <> 'alembic_version' UNION ALL "
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        )
    with engine.connect() as conn:
        words = [" ".join(row.split()) for row in conn.execute(text(wanted)).scalars()]
    # SQLite keeps the text of a table as it was written: the order of its parts says nothing.
    return {", ".join(sorted(row.removesuffix(" )").split(", "))) for row in words}


def test_the_head_is_what_the_models_say(any_empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as conn:
        metadata.create_all(conn)
        later = (statement for table in LATER for statement in append_only(conn.dialect.name, table))
        for statement in (*made(conn.dialect.name), *later, *deletable_once_erased(conn.dialect.name)):
            conn.exec_driver_sql(statement)
    modelled = described(engine)
    with engine.begin() as conn:
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("DROP FUNCTION nrm_refuse() CASCADE")
        metadata.drop_all(conn)
    schema.upgrade(any_empty_database_url)
    assert described(engine) == modelled
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_up_down_and_up_again_with_rows(any_empty_database_url: str, engine: Engine) -> None:
    url = any_empty_database_url
    assert schema.current(url) is None
    schema.upgrade(url)
    schema.upgrade(url)  # a second time changes nothing
    assert schema.current(url) == schema.head()
    schema.check(url)
    first = described(engine)
    with engine.begin() as conn:
        conn.execute(insert(Agency).values(id="a", name="Invented Agency", kind="ngo"))
        conn.exec_driver_sql(
            "INSERT INTO history (chain, seq, at, actor, agency, act, object, outcome, link, digest) "
            "VALUES ('installation', 1, '2026-03-02T12:00:00.000000Z', 'u', 'a', 'x', 'y', 'ok', '0', '0')"
        )
    schema.downgrade(url)
    assert schema.current(url) is None
    schema.upgrade(url)
    assert described(engine) == first
    with engine.connect() as conn:
        assert conn.execute(select(Agency)).all() == []


def test_an_unknown_revision_is_refused(any_empty_database_url: str, engine: Engine) -> None:
    with pytest.raises(ConfigurationRefused, match="no schema yet"):
        schema.check(any_empty_database_url)
    schema.upgrade(any_empty_database_url)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    for act in (schema.check, schema.upgrade, schema.downgrade):
        with pytest.raises(ConfigurationRefused, match=r"from_the_future.*does not know"):
            act(any_empty_database_url)


def test_processes_that_start_together_migrate_once(any_empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(current_after_upgrade, any_empty_database_url) for _ in range(3)]
        assert [found.result() for found in waiting] == [schema.head()] * 3


def current_after_upgrade(url: str) -> str | None:
    """In a process of its own, because Alembic keeps its context in the module."""
    program = f"from nrm.records import schema; schema.upgrade({url!r}); print(schema.current({url!r}))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_failed_migration_leaves_nothing(any_empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE rung_fired (occupied INTEGER)")
    with pytest.raises(Exception, match="already exists"):
        schema.upgrade(any_empty_database_url)
    with engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE rung_fired")
    assert schema.current(any_empty_database_url) is None
    schema.upgrade(any_empty_database_url)
    with engine.begin() as conn:
        conn.execute(update(Agency).values(name="x"))
