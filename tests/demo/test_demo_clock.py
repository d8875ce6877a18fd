"""The demo's clock moves by working days, for every process of the demo, and nobody is signed out by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from nrm.commands.sign_in import session_actor, sign_in
from nrm.deployment.settings import Settings
from nrm.entrypoints.demo.running import demo_settings, make_demo
from nrm.entrypoints.demo.tampering import alter_a_copy
from nrm.entrypoints.demo.time import advance_one_working_day, same_hour_next_day
from nrm.entrypoints.server import make_served_app
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import RungFired
from nrm.records.tables.task import Task
from nrm.rules.calendars import Calendar
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock import OffsetClock, SystemClock
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.wiring.system import System, build_system

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The cases of the tour, made now, with the clock that visitors move."""
    settings = demo_settings(tmp_path_factory.mktemp("live") / "site")
    made = make_demo(settings, cases=9, seed=1, now=SystemClock().now())
    assert made.problems == ()
    system = build_system(settings)
    yield system
    system.database.dispose()


@pytest.mark.parametrize(("at", "then"), [
    ("2026-06-16 09:30", "2026-06-17 09:30"),
    ("2026-06-19 09:30", "2026-06-22 09:30"),  # a Friday
    ("2026-06-20 22:00", "2026-06-22 22:00"),  # a Saturday
])
def test_one_press_skips_what_is_no_working_day(at: str, then: str) -> None:
    calendar = Calendar("plain")
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert same_hour_next_day(instant, calendar) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_processes_that_share_the_file_share_the_time(tmp_path: Path) -> None:
    one, other = OffsetClock(tmp_path / "clock.json"), OffsetClock(tmp_path / "clock.json")
    assert one.ahead == timedelta()
    one.move(timedelta(days=2))
    one.move(timedelta(hours=3))
    assert other.ahead == timedelta(days=2, hours=3)


def test_advancing_reminds_misses_and_tells_the_coordinator_once(live: System) -> None:
    token = sign_in(live, login="ana", password="invented-ana", network="here").token
    before = live.clock.now()
    with live.database.reader(SYSTEM) as unit:
        task = unit.conn.execute(
            select(Task).where(Task.case_code == "TRY-4444", Task.element == "assess_needs")
        ).one()
    for _ in range(6):
        moved = advance_one_working_day(live)
    assert moved.now - before >= timedelta(days=6)
    assert session_actor(live, token) is not None
    with live.database.reader(SYSTEM) as unit:
        fired = unit.conn.execute(
            select(RungFired.rung, RungFired.at).where(RungFired.deadline_id == _deadline(unit.conn, task.id))
        ).all()
        missed = unit.conn.execute(select(Task.breached_at).where(Task.id == task.id)).scalar_one()
    assert sorted(row.rung for row in fired)[:3] == [1, 2, 3]
    assert missed == task.due_at


def _deadline(conn: object, task_id: str) -> str:
    from nrm.records.tables.deadline import Deadline

    found = conn.execute(select(Deadline.id).where(Deadline.task_id == task_id)).scalar_one()  # type: ignore[attr-defined]
    return str(found)


def test_only_a_demo_moves_its_clock(live: System, tmp_path: Path) -> None:
    other = build_system(live.settings, clock=SystemClock())
    with pytest.raises(NotAllowed):
        advance_one_working_day(other)


def test_an_altered_line_in_a_copy_is_found_and_the_demo_stays_intact(live: System) -> None:
    altered = alter_a_copy(live, code="TRY-5555")
    assert altered.original_ok
    assert f"Entry {altered.seq}" in altered.sentence
    with pytest.raises(NotFound):
        alter_a_copy(live, code="TRY-0000")


def test_the_desk_shows_clock_sign_ins_and_moves_on(live: System) -> None:
    client = make_served_app(Settings.read(live.settings.dir, {})).test_client()
    page = client.get("/demo/").get_data(as_text=True)
    assert "invented-ana" in page
    assert "TRY-2222" in page
    refused = client.post("/demo/advance")
    assert refused.status_code == 403
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    moved = client.post("/demo/advance", data={"csrf_token": token, "_back": "/sign-in"})
    assert (moved.status_code, moved.location) == (303, "/sign-in")
    away = client.post("/demo/advance", data={"csrf_token": token, "_back": "//elsewhere.example"})
    assert away.location.startswith("/demo/")


def test_the_cases_of_the_tour_are_marked_as_demo(live: System) -> None:
    with live.database.reader(SYSTEM) as unit:
        assert all(unit.conn.execute(select(Case.demo)).scalars())
