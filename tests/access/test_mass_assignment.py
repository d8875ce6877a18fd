"""goal:S11: no writing route of the API takes a column of a table that its body does not name, and none is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from nrm.records.tables.all_tables import Base
from nrm.vocabulary.actor import Actor
from nrm_api.application import document_of
from tests.access.stage import Stage
from tests.access.table import OF_PEOPLE, Row, table
from tests.access.what_is_sent import BODIES
from tests.support.goals import Reached

ALWAYS = {"role", "roles", "agency_id", "state", "status", "created_by", "consent_given", "typename", "__class__", "id"}
COLUMNS = ALWAYS | {column.name for one in Base.metadata.tables.values() for column in one.columns}
WRITING = [row for row in table().rows if row.surface == "api" and row.writes and row.route in BODIES]
TELLS_WHO_TRIED = {"history"}


def named_by(document: Mapping[str, Any], row: Row) -> set[str] | None:
    """The fields that the document names in the body of a route; None where it reads none."""
    path = "/api/v1" + row.path.replace("<", "{").replace(">", "}")
    body = document["paths"][path][row.method.lower()].get("requestBody")
    if body is None:
        return None
    reference = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    return set(document["components"]["schemas"][reference].get("properties", {}))


def rows_of(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, but who tried what."""
    with closing(sqlite3.connect(stage.file)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: database.execute(f'SELECT * FROM "{name}"').fetchall()
            for name in names if name not in TELLS_WHO_TRIED
        }


def somebody(stage: Stage, row: Row) -> Actor:
    """Somebody whom the route answers."""
    roles = sorted(row.team | row.everywhere) or ["CM"]
    return stage.inside["CM" if "CM" in roles else roles[0]]


@pytest.mark.parametrize("row", WRITING, ids=lambda row: row.route)
def test_no_column_comes_in_that_the_body_does_not_name(stage: Stage, row: Row) -> None:
    named = named_by(document_of(stage.app), row)
    if named is None:
        assert BODIES[row.route] == {}, "nothing is read, so nothing comes in"
        return
    more = sorted(COLUMNS - named)
    body = {**BODIES[row.route], **dict.fromkeys(more, "x")}
    before = rows_of(stage)
    actor = somebody(stage, row)
    got = stage.app.test_client().open(
        f"/api/v1{stage.address(row.path)}", method=row.method, json=body,
        headers={"Authorization": f"Bearer token-{actor.user_id}"},
    )
    if got.get_json().get("code") == "step_up_required":
        assert row.path in OF_PEOPLE, "closed to programs, before anything is read"
        assert rows_of(stage) == before
        return
    assert got.status_code == 422, got.get_data(as_text=True)[:300]
    assert set(more) <= set(got.get_json()["errors"]), "each is named"
    assert rows_of(stage) == before


def test_there_is_a_body_for_every_writing_route(reached: Reached) -> None:
    reached("S11", f"{len(WRITING)} writing routes × {len(COLUMNS)} columns: none came in")
    assert len(WRITING) >= 60
    assert len(COLUMNS) > 200
