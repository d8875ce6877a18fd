"""Several acts in one transaction: each undone alone where it fails, none there before the whole commits."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from nrm.records.tables.case import Case
from nrm.records.tables.history import History
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict
from tests.records.conftest import AddCase

INSIDE = ["first", "last"]


def enter(unit: Unit, case_id: str, act: str) -> None:
    """Leave an entry and a stage: one write that may wait, one that goes at once."""
    unit.lock_case(case_id)
    unit.append(chain=case_id, act=act, object=f"case:{case_id}")
    unit.conn.execute(update(Case).where(Case.id == case_id).values(stage=act))


def fail(unit: Unit, case_id: str) -> None:
    """As :func:`enter`, and then something breaks."""
    enter(unit, case_id, "failed")
    raise ZeroDivisionError


def stage(database: Database, case_id: str) -> str:
    with database.reader() as unit:
        return str(unit.conn.execute(select(Case.stage).where(Case.id == case_id)).scalar_one())


def acts(database: Database, case_id: str) -> list[str]:
    with database.reader() as unit:
        wanted = select(History.act).where(History.chain == case_id).order_by(History.seq)
        return list(unit.conn.execute(wanted).scalars())


def test_a_part_that_fails_is_undone_alone(database: Database, actor: Actor, case_id: str) -> None:
    with database.unit(actor) as whole:
        inside = database.inside(whole)
        for act in INSIDE:
            with inside.unit(actor) as part:
                enter(part, case_id, act)
            with pytest.raises(ZeroDivisionError), inside.unit(actor) as part:
                fail(part, case_id)
            assert acts(inside, case_id)[-1] == act, "its own readers see what it wrote"
        assert acts(database, case_id) == [], "all others stand outside"
    assert acts(database, case_id) == INSIDE
    assert stage(database, case_id) == "last"


def test_a_part_the_database_refuses_leaves_the_whole_alive(
    database: Database, actor: Actor, case_id: str, add_case: AddCase
) -> None:
    with database.unit(actor) as whole:
        inside = database.inside(whole)
        with pytest.raises(Conflict), inside.unit(actor) as part:
            add_case(part, "N-0001")
        with inside.unit(actor) as part:
            enter(part, case_id, "last")
    assert acts(database, case_id) == ["last"]


def test_nothing_of_a_whole_that_fails_stays(database: Database, actor: Actor, case_id: str) -> None:
    def two_parts(whole: Unit) -> None:
        with database.inside(whole).unit(actor) as part:
            enter(part, case_id, "first")
        with database.inside(whole).unit(actor) as part:
            fail(part, case_id)

    with pytest.raises(ZeroDivisionError), database.unit(actor) as whole:
        two_parts(whole)
    assert acts(database, case_id) == []
    with database.unit(actor) as unit:
        enter(unit, case_id, "later")
    assert acts(database, case_id) == ["later"]
