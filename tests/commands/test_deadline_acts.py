"""Time limits: half-time reminder, breach, coordinator, national unit; each once, in order; none decides anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from nrm.commands.case_life import close_case
from nrm.commands.start_run import start_run
from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.notice import Notice, Outbox
from nrm.records.tables.run import Incident
from nrm.vocabulary.actor import SYSTEM
from tests.fault.agreement import disagreements, disagreements_everywhere
from tests.support.driving import START, Drive

TEAM = "case.assemble_team"
DUE = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""limit:T_team, one working day to the office's closing (17:00 local, UTC+2), armed on Monday morning."""
CLIMB = [
    ("reminder.sent", "standard:1", "coord-sa_norvale-1"), ("limit.missed", "standard:2", "coord-sa_norvale-1"),
    ("escalated", "standard:3", "coord-sa_norvale-1"), ("escalated", "standard:4", "ncu-national_unit-1"),
    ("escalated", "standard:5", "aud-national_unit-1"),
]
FIVE_DAYS = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
"""The fifth working day after it (9 March is free), at the hour it was missed."""


def clock_of(drive: Drive, case_id: str) -> Deadline:
    found: Deadline = drive.one(  # type: ignore[assignment]
        select(Deadline).where(Deadline.task_id == drive.task(case_id, TEAM).id))
    return found


def climbed(drive: Drive, case_id: str) -> list[tuple[str, str]]:
    task = drive.task(case_id, TEAM)
    return [
        (entry.act, entry.outcome) for entry in drive.history(case_id)
        if entry.object == f"task:{task.id}" and entry.act in ("reminder.sent", "limit.missed", "escalated")
    ]


def heard(drive: Drive, user_id: str) -> list[tuple[str, str | None]]:
    rows = drive.rows(select(Notice.text_key, Notice.task_id).where(Notice.user_id == user_id).order_by(Notice.at))
    return [(row.text_key, row.task_id) for row in rows]


def told(drive: Drive, user_id: str, kind: str) -> int:
    return len(drive.rows(select(Notice.id).where(Notice.user_id == user_id, Notice.kind == kind)))


def test_a_task_says_when_it_is_due_and_why(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    task, clock = any_drive.task(case_id, TEAM), clock_of(any_drive, case_id)
    assert task.due_at == clock.due_at == DUE
    assert clock.why
    assert (clock.calendar, clock.limit_key, clock.status) == ("norvale", "T_team", "running")


def test_each_rung_is_told_once_at_its_time(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})
    half = clock_of(drive, case_id).next_rung_at
    assert half is not None
    assert START < half < DUE
    steps = [half, DUE, DUE + timedelta(hours=24), DUE + timedelta(hours=72), FIVE_DAYS]
    for count, at in enumerate(steps, start=1):
        drive.clock.move_to(at - timedelta(seconds=1))
        sweep(drive.system)
        assert climbed(drive, case_id) == [(act, rung) for act, rung, _ in CLIMB[:count - 1]]
        drive.clock.move_to(at)
        assert sweep(drive.system).rungs == 1
        assert sweep(drive.system).rungs == 0
        assert climbed(drive, case_id) == [(act, rung) for act, rung, _ in CLIMB[:count]]
    assert drive.task(case_id, TEAM).breached_at == DUE
    task_id = drive.task(case_id, TEAM).id
    assert [said for said, about in heard(drive, "coord-sa_norvale-1") if about == task_id] == [
        "limit_half", "limit_missed",
    ], "as who could take the task"
    assert ("escalation_opened", drive.task(case_id, "see_to_it").id) in heard(drive, "coord-sa_norvale-1")
    assert heard(drive, "sup-sa_norvale-1")[0] == ("limit_missed", task_id)
    assert ("escalation_opened", drive.task(case_id, "see_to_it_nationally").id) in heard(drive, "ncu-national_unit-1")
    assert disagreements_everywhere(drive) == []


def test_after_an_outage_every_rung_comes_once_in_order_with_its_true_time(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    half = clock_of(drive, case_id).next_rung_at
    swept = drive.wait(timedelta(days=21))
    assert swept.failed == 0
    assert climbed(drive, case_id) == [(act, rung) for act, rung, _ in CLIMB]
    rows = drive.rows(
        select(RungFired.rung, RungFired.at, RungFired.true_due_at)
        .where(RungFired.deadline_id == clock_of(drive, case_id).id).order_by(RungFired.rung)
    )
    assert [row.true_due_at for row in rows] == [
        half, DUE, DUE + timedelta(hours=24), DUE + timedelta(hours=72), FIVE_DAYS,
    ]
    assert {row.at for row in rows} == {START + timedelta(days=21)}
    assert drive.task(case_id, TEAM).breached_at == DUE
    drive.wait(timedelta(days=400))
    assert climbed(drive, case_id) == [(act, rung) for act, rung, _ in CLIMB]
    assert disagreements_everywhere(drive) == []


def test_a_breach_decides_nothing_and_closes_nothing(drive: Drive) -> None:
    case_id = drive.open_case()
    before = drive.open(case_id)
    drive.wait(timedelta(days=60))
    assert [task for task in drive.open(case_id) if not task.startswith("escalation.")] == before
    assert drive.case(case_id).status == "open"
    assert not set(drive.acts(case_id)) & {"task.completed", "task.withdrawn", "run.ended", "run.cancelled",
                                           "case.closed", "decision.made", "notification.sent"}
    drive.complete(case_id, TEAM, late_reason="workload")
    assert "identification.explain_rights" in drive.open(case_id)


def test_a_completed_task_reminds_nobody_any_more(drive: Drive) -> None:
    case_id = drive.open_case()
    task_id = drive.task(case_id, TEAM).id
    drive.complete(case_id, TEAM)
    drive.wait(timedelta(days=30))
    assert drive.one(select(Deadline.status).where(Deadline.task_id == task_id)).status == "met"
    assert not [e for e in drive.history(case_id) if e.object == f"task:{task_id}" and e.act == "reminder.sent"]


def test_a_late_task_can_still_be_completed_and_stays_late(drive: Drive) -> None:
    case_id = drive.open_case()
    task_id = drive.task(case_id, TEAM).id
    drive.wait(timedelta(days=2))
    drive.complete(case_id, TEAM, late_reason="workload")
    row = drive.any_task(task_id)
    assert (row.status, row.breached_at) == ("done", DUE)
    assert disagreements(drive, case_id) == []


def test_a_safety_limit_runs_by_night_and_tells_the_coordinator_at_once(drive: Drive) -> None:
    drive.clock.move_to(datetime(2026, 3, 7, 22, 30, tzinfo=UTC))  # a Saturday night
    case_id = drive.open_case()
    assert drive.task(case_id, "record_safety").due_at == datetime(2026, 3, 7, 23, 30, tzinfo=UTC)
    drive.wait(timedelta(minutes=61))
    assert told(drive, "coord-sa_norvale-1", "limit_missed") == 1
    drive.wait(timedelta(hours=2))
    assert told(drive, "ncu-national_unit-1", "limit_missed") == 1


def test_letters_wait_in_the_outbox_and_say_nothing(drive: Drive) -> None:
    case_id = drive.open_case()
    drive.wait(timedelta(days=2))
    letters = drive.rows(select(Outbox.template, Outbox.params, Outbox.channel).distinct())
    assert [(row.template, row.params, row.channel) for row in letters] == [("something_to_see", {}, "mail")]
    assert drive.case(case_id).code not in str(drive.rows(select(Outbox)))


def test_a_limit_event_fires_once_and_opens_what_the_diagram_says(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process="detention_hold")
    drive.complete(case_id, "ask_for_hold")
    event = drive.one(select(Deadline).where(Deadline.case_id == case_id, Deadline.kind == "event"))
    drive.clock.move_to(event.due_at - timedelta(seconds=1))
    assert sweep(drive.system).fired == 0
    drive.clock.move_to(event.due_at + timedelta(days=1))
    assert sweep(drive.system).fired == 1
    assert sweep(drive.system).fired == 0
    assert {"detention_hold.answer_hold", "detention_hold.urge_answer"} <= set(drive.open(case_id))
    assert drive.one(select(Deadline.status).where(Deadline.id == event.id)).status == "fired"
    assert disagreements(drive, case_id) == []


def test_an_event_nobody_waits_for_any_more_does_not_fire(drive: Drive) -> None:
    case_id = drive.open_case()
    start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process="detention_hold")
    drive.complete(case_id, "ask_for_hold")
    drive.complete(case_id, "answer_hold", {"hold_answer": "granted"})
    assert drive.wait(timedelta(days=30)).fired == 0
    assert "detention_hold.urge_answer" not in drive.open(case_id)


@pytest.mark.parametrize("jumps", [(-48, 300), (-1, 1, -1, 1, 300), (300, -150, 150, 1)], ids=str)
def test_the_clock_may_jump_back_and_forth(any_drive: Drive, jumps: tuple[int, ...]) -> None:
    """goal:R8: a clock that is set back repeats nothing and loses nothing; going on catches up."""
    drive = any_drive
    case_id = drive.open_case()
    for hours in jumps:
        assert drive.wait(timedelta(hours=hours)).failed == 0
    assert climbed(drive, case_id) == [(act, rung) for act, rung, _ in CLIMB]
    assert disagreements_everywhere(drive) == []


def test_a_case_nobody_foresaw_is_an_incident_and_keeps_no_other_waiting(drive: Drive) -> None:
    """A calendar that went out of the configuration: the first case fails at every try, the later ones do not wait."""
    cases = [drive.open_case() for _ in range(3)]
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.case_id == cases[0]).values(calendar="gone"))
    swept = drive.wait(timedelta(days=20))
    assert swept.failed == 1
    stopped = drive.one(select(Incident.case_id, Incident.kind, Incident.sentence))
    assert (stopped.case_id, stopped.kind) == (cases[0], "sweep_failed")
    assert "gone" not in stopped.sentence
    assert climbed(drive, cases[1]) == climbed(drive, cases[2]) == [(act, rung) for act, rung, _ in CLIMB]
    assert climbed(drive, cases[0]) == []
    assert drive.wait(timedelta(minutes=1)).failed == 0, "not at every tick"
    assert drive.wait(timedelta(hours=1)).failed == 1, "but again"
    assert len(drive.rows(select(Incident.id))) == 1, "one incident until somebody resolves it"


def test_a_case_that_was_closed_reminds_nobody(drive: Drive) -> None:
    case_id = drive.open_case()
    close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="duplicate")
    seen = len(drive.history(case_id))
    assert drive.wait(timedelta(days=30)).rungs == 0
    assert drive.acts(case_id, seen) == []
    assert drive.rows(select(Deadline.id).where(Deadline.case_id == case_id, Deadline.status == "running")) == []
