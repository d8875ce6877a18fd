"""The demo: the same seed gives the same cases, nothing fails on the way, and it looks alive at the end."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from nrm.entrypoints.demo.chance import seeded_codes
from nrm.entrypoints.demo.people import SIGN_INS, SIGN_INS_FILE
from nrm.entrypoints.demo.tour import TOUR
from nrm.queries.transfers import transfers
from nrm.records.tables.account import User
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import RungFired
from nrm.records.tables.history import History
from nrm.records.tables.referral import ServiceGap, Transfer
from nrm.records.tables.run import Incident, Run
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM, Actor
from tests.demo.conftest import CASES, NOW, Demo, make

pytestmark = pytest.mark.xdist_group("demo")

STAGES = {"received", "identification", "reintegration_plan", "monitoring", "closure"}
"""Where a case can stand when the clock stops; ``case_analysis`` is short and may be empty on a given day."""


def test_everything_planned_was_played(demo: Demo) -> None:
    assert demo.made.problems == ()
    assert demo.made.cases == CASES


def test_cases_stand_at_every_stage_and_some_are_closed(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        rows = unit.conn.execute(select(Case.stage, Case.status)).all()
    assert {row.stage for row in rows} >= STAGES
    statuses = Counter(row.status for row in rows)
    assert statuses["open"] > statuses["closed"] > 0


def test_some_work_is_late_some_was_escalated_and_some_is_due_soon(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        due = [at for at in unit.conn.execute(select(Task.due_at).where(IS_OPEN)).scalars() if at is not None]
        rungs = Counter(unit.conn.execute(select(RungFired.rung)).scalars())
    assert any(at < NOW for at in due)
    assert any(0 <= (at - NOW).total_seconds() < 48 * 3600 for at in due)
    assert rungs[3] > 0, "a coordinator was told"


def test_nothing_happens_after_the_demo_ends_or_before_it_begins(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        first, last = unit.conn.execute(select(func.min(History.at), func.max(History.at))).one()
    assert last <= NOW
    assert 150 < (NOW - first).days <= 210


def test_its_history_verifies(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        results = verify(unit.conn, keys=demo.system.keys, chain=None)
    assert len(results) == CASES + 1
    assert all(result.ok for result in results)


def test_one_run_stands_still_and_a_service_was_missing(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        kinds = list(unit.conn.execute(select(Incident.kind).where(Incident.status == "open")).scalars())
        gaps = unit.conn.execute(select(func.count()).select_from(ServiceGap)).scalar_one()
    assert kinds == ["nobody_serves_role"]
    assert gaps > 0


def test_a_transfer_waits_and_both_sides_find_it(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        (row,) = unit.conn.execute(select(Transfer).where(Transfer.status == "proposed")).all()
        people = unit.conn.execute(select(User).where(User.roles.is_not(None))).all()
    for agency in (row.from_agency, row.to_agency):
        one = next(user for user in people if user.agency_id == agency and "COORD" in user.roles)
        actor = Actor(one.id, one.agency_id, frozenset(one.roles), one.unit)
        assert row.id in {card.id for card in transfers(demo.system, actor).items}


def test_every_process_of_the_tour_is_there(demo: Demo) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        processes = set(unit.conn.execute(select(Run.process)).scalars())
    assert processes >= {
        "case", "immediate_assistance", "identification", "child_safeguards", "case_analysis", "needs_assessment",
        "family_assessment", "team_meeting", "reintegration_plan", "service_referral", "monitoring", "closure",
    }


@pytest.mark.parametrize("one", TOUR, ids=lambda one: one.code)
def test_a_case_of_the_tour_waits_where_the_visitor_takes_over(demo: Demo, one: object) -> None:
    with demo.system.database.reader(SYSTEM) as unit:
        open_elements = set(unit.conn.execute(
            select(Task.element).where(Task.case_code == one.code, IS_OPEN)  # type: ignore[attr-defined]
        ).scalars())
    assert open_elements
    assert open_elements <= one.stop_at  # type: ignore[attr-defined]


def test_the_sign_ins_are_written_for_the_sign_in_page_and_obviously_invented(demo: Demo) -> None:
    rows = json.loads((demo.system.settings.dir / SIGN_INS_FILE).read_text("utf-8"))
    assert [row["login"] for row in rows] == [one.login for one in SIGN_INS]
    assert all(row["name"].endswith(" Invented") for row in rows)
    with demo.system.database.reader(SYSTEM) as unit:
        users = unit.conn.execute(select(User.login, User.password_hash)).all()
    stored = {user.login: user.password_hash for user in users}
    assert all(demo.system.passwords.matches(stored[row["login"]], row["password"]) for row in rows)


def test_the_same_seed_makes_the_same_cases(tmp_path: Path) -> None:
    def what(name: str, seed: int) -> tuple[object, ...]:
        made = make(tmp_path / name, cases=12, seed=seed)
        with made.system.database.reader(SYSTEM) as unit:
            cases = unit.conn.execute(
                select(Case.code, Case.district, Case.stage, Case.status, Case.opened_at).order_by(Case.code)
            ).all()
            acts = unit.conn.execute(
                select(History.act, func.count()).group_by(History.act).order_by(History.act)
            ).all()
            people = unit.conn.execute(select(User.id, User.login).order_by(User.login)).all()
        made.system.database.dispose()
        return [tuple(row) for row in cases], [tuple(row) for row in acts], [tuple(row) for row in people]

    assert what("one", 7) == what("two", 7)


def test_another_seed_makes_other_cases() -> None:
    def codes(seed: int) -> list[str]:
        code = seeded_codes(seed)
        return [code() for _ in range(5)]

    assert codes(1) == codes(1)
    assert codes(1) != codes(2)
