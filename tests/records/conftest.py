"""A database of each kind with keys, a movable clock and one invented case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from nrm.records.keys import KeyRing, make_key_file
from nrm.records.tables.case import Case
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKER = Actor(user_id="u-ana", agency_id="a-social", roles=frozenset({"CM"}))
AddCase = Callable[[Unit, str], str]


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    """A fresh key file, read."""
    make_key_file(tmp_path / "nrm.key")
    return KeyRing.read(tmp_path / "nrm.key")


@pytest.fixture
def clock() -> MovableClock:
    """Stands at noon of a Monday until moved."""
    return MovableClock(NOON)


@pytest.fixture
def database(any_database_url: str, ring: KeyRing, clock: MovableClock) -> Iterator[Database]:
    """A fresh database of each kind, with the schema."""
    database = Database(any_database_url, clock=clock, keys=ring, durable=False)
    yield database
    database.dispose()


@pytest.fixture
def actor() -> Actor:
    """An invented social worker."""
    return WORKER


@pytest.fixture
def add_case() -> AddCase:
    """Writes a case and returns its id."""

    def add(unit: Unit, code: str) -> str:
        unit.conn.execute(insert(Case).values(
            id=f"case-{code}", code=code, process="case", district="north", agency_id="a-social",
            opened_at=unit.now, opened_by=unit.actor.user_id,
        ))
        return f"case-{code}"

    return add


@pytest.fixture
def case_id(database: Database, actor: Actor, add_case: AddCase) -> str:
    """The id of a committed case."""
    with database.unit(actor) as unit:
        return add_case(unit, "N-0001")
