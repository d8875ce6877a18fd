"""An upgrade proves the consents that are there by the key file, once, and refuses to do so without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, column, insert, select, table, text

from nrm.records import schema
from nrm.records.connection import open_engine
from nrm.records.consents import is_proven
from nrm.records.keys import KeyRing
from nrm.records.tables.consent import ConsentVersion
from nrm.records.types import CanonicalJson, Instant
from nrm.vocabulary.errors import ConfigurationRefused

KEYS = KeyRing([b"k" * 32])
AT = datetime(2026, 3, 2, 9, 0, 0, 120, tzinfo=UTC)


CASE = table("case", *(column(name) for name in (
    "id", "code", "process", "status", "stage", "district", "agency_id", "opened_by", "version", "demo",
)), column("opened_at", Instant()))
VERSION = table("consent_version", *(column(name) for name in (
    "id", "version", "case_id", "purpose", "recipient", "status", "given_by", "basis", "entered_by",
)), column("categories", CanonicalJson()), *(column(name, Instant()) for name in ("from_at", "until_at", "entered_at")))
"""The tables as the revision before has them: models move on, old rows do not."""


@pytest.fixture
def before(any_empty_database_url: str) -> Iterator[Engine]:
    """A database of the revision before, with a case and two consents; one has a period and a basis."""
    schema.upgrade(any_empty_database_url, "0009")
    engine = open_engine(any_empty_database_url)
    with engine.begin() as conn:
        conn.execute(insert(CASE).values(
            id="c", code="NV-1", process="case", status="open", stage="", district="norvale", agency_id="a",
            opened_by="u", version=1, demo=False, opened_at=AT,
        ))
        conn.execute(insert(VERSION), [
            {
                "id": f"consent-{number}", "version": 1, "case_id": "c", "purpose": "police", "recipient": "police",
                "categories": ["identity"], "status": "given", "given_by": "person", "from_at": AT, "until_at": until,
                "basis": basis, "entered_by": "u", "entered_at": AT,
            }
            for number, until, basis in ((1, None, None), (2, AT, "court_order"))
        ])
    yield engine
    engine.dispose()


def test_what_is_there_is_proven_once(before: Engine, any_empty_database_url: str) -> None:
    schema.upgrade(any_empty_database_url, "0010", keys=KEYS)
    with before.connect() as conn:
        rows = conn.execute(select(ConsentVersion)).all()
    assert len(rows) == 2
    assert all(is_proven(row, KEYS) for row in rows)
    assert not any(is_proven(row, KeyRing([b"x" * 32])) for row in rows)
    with pytest.raises(Exception, match="refused"), before.begin() as conn:
        conn.exec_driver_sql("UPDATE consent_version SET purpose = 'x'")


def test_without_the_key_file_nothing_is_upgraded(before: Engine, any_empty_database_url: str) -> None:
    with pytest.raises(ConfigurationRefused, match="nrm db upgrade"):
        schema.upgrade(any_empty_database_url, "0010")
    assert schema.current(any_empty_database_url) == "0009"
    with before.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM consent_version")).scalar_one() == 2
