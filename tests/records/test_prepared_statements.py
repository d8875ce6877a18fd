"""Prepared statements do what SQLAlchemy's would: same rows, same types, same errors, same order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select, update

from nrm.records.prepared import Read, Write
from nrm.records.tables.case import Case
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import Draft
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict

AT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
ADDED = Write(insert(Draft))
OF_CASE = Read(select(Draft).where(Draft.case_id == bindparam("case")).order_by(Draft.task_id))
VERSION = Write(update(Case).where(Case.id == bindparam("wanted")))


def draft(case_id: str, task: str) -> dict[str, object]:
    """A draft's row."""
    return {"task_id": task, "user_id": "u-ana", "case_id": case_id, "sealed": b"\x00\xff", "updated_at": AT,
            "seen_version": None}


def test_rows_come_back_as_sqlalchemy_gives_them(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as unit:
        ADDED.run_all(unit.conn, [draft(case_id, "a"), draft(case_id, "b")])
        ADDED.run(unit.conn, draft(case_id, "c"))
    with database.reader(actor) as unit:
        ours = OF_CASE.all(unit.conn, case=case_id)
        theirs = unit.conn.execute(select(Draft).order_by(Draft.task_id)).all()
        first = OF_CASE.first(unit.conn, case=case_id)
        missing = OF_CASE.first(unit.conn, case="no such case")
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert first == ours[0]
    assert (first.task_id, first.updated_at, first.sealed) == ("a", AT, b"\x00\xff")
    assert missing is None


def test_what_was_written_is_seen_by_the_next_statement_of_either_kind(
    database: Database, actor: Actor, case_id: str
) -> None:
    with database.unit(actor) as unit:
        ADDED.run(unit.conn, draft(case_id, "a"))
        assert len(unit.conn.execute(select(Draft.task_id)).all()) == 1
        ADDED.run(unit.conn, draft(case_id, "b"))
        assert len(OF_CASE.all(unit.conn, case=case_id)) == 2
        VERSION.run(unit.conn, {"wanted": case_id, "version": 7})
        VERSION.run(unit.conn, {"wanted": case_id, "version": 8})
    with database.reader(actor) as unit:
        assert unit.conn.execute(select(Case.version)).scalar_one() == 8


def test_a_row_that_is_there_already_is_a_conflict_and_leaves_nothing(
    database: Database, actor: Actor, case_id: str
) -> None:
    with pytest.raises(Conflict), database.unit(actor) as unit:  # noqa: PT012
        VERSION.run(unit.conn, {"wanted": case_id, "version": 7})
        ADDED.run(unit.conn, draft(case_id, "a"))
        ADDED.run(unit.conn, draft(case_id, "a"))
    with database.reader(actor) as unit:
        assert OF_CASE.all(unit.conn, case=case_id) == []
        assert unit.conn.execute(select(Case.version)).scalar_one() == 1


def test_after_a_write_that_fails_with_the_commit_the_connection_serves_the_next_act(
    database: Database, actor: Actor, case_id: str
) -> None:
    for _ in range(2):
        with pytest.raises(Conflict), database.unit(actor) as unit:  # noqa: PT012
            assert unit.conn.execute(select(Case.version)).scalar_one() == 1
            ADDED.run(unit.conn, draft(case_id, "a"))
            ADDED.run(unit.conn, draft(case_id, "a"))
        with database.reader(actor) as unit:
            assert OF_CASE.all(unit.conn, case=case_id) == []


def test_what_waited_when_an_act_failed_is_never_written(database: Database, actor: Actor, case_id: str) -> None:
    def fail(unit: Unit) -> None:
        ADDED.run(unit.conn, draft(case_id, "a"))
        raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError), database.unit(actor) as unit:
            fail(unit)
        with database.unit(actor) as unit:
            assert OF_CASE.all(unit.conn, case=case_id) == []
        with database.engine.connect() as conn:
            assert conn.execute(select(Draft.task_id)).all() == []


def test_an_error_shows_no_value(database: Database, actor: Actor) -> None:
    with pytest.raises(Exception) as caught, database.unit(actor) as unit:  # noqa: PT012
        ADDED.run(unit.conn, draft("case-that-is-not-there", "secret-task"))
        ADDED.run(unit.conn, {**draft("x", "y"), "task_id": None})
    assert "secret-task" not in str(caught.value)
    assert "is-not-there" not in str(caught.value)


def test_a_value_inside_the_statement_is_refused(database: Database, actor: Actor) -> None:
    fixed = Write(update(Case).where(Case.id == "case-1"))
    defaulted = Write(insert(Case))
    with database.unit(actor) as unit:
        with pytest.raises(ValueError, match="parameter"):
            fixed.run(unit.conn, {"version": 2})
        with pytest.raises(ValueError, match="status"):
            defaulted.run(unit.conn, {"id": "x"})
        with pytest.raises(ValueError, match="parameter"):
            Read(select(Notice).where(Notice.id == "n")).all(unit.conn)
