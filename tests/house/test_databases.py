"""The throw-away databases: fresh for each test, on both kinds."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_a_database_of_its_own(any_empty_database_url: str, turn: int) -> None:
    engine = create_engine(any_empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE seen (turn INTEGER)"))
        connection.execute(text("INSERT INTO seen VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT turn FROM seen")).scalars().all() == [turn]
    engine.dispose()


@pytest.mark.postgres
def test_the_server_has_the_settings_that_production_needs(empty_postgres_url: str) -> None:
    engine = create_engine(empty_postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW server_encoding")).scalar() == "UTF8"
        assert connection.execute(text("SHOW timezone")).scalar() == "UTC"
        assert int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= 150000
    engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_comes_with_the_schema(any_database_url: str, turn: int) -> None:
    engine = create_engine(any_database_url)
    assert {"case", "run", "task", "history"} <= set(inspect(engine).get_table_names())
    engine.dispose()
