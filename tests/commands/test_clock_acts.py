"""Clocks that stand still, are given more time by two people, and say why they were missed (domain 2.3, 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from nrm.commands.clock_acts import (
    Asked,
    ask_change,
    decide_change,
    give_reason,
    give_task_reason,
    pause_clock,
    resume_clock,
)
from nrm.commands.settling.settlement import Settlement
from nrm.commands.settling.standing_still import pause_case, resume_case
from nrm.commands.sweep import sweep
from nrm.records.tables.case import Case
from nrm.records.tables.deadline import ClockRequest, Deadline, Pause, RungFired
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock_words import Change, PauseGround
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound, NrmError
from tests.fault.agreement import disagreements
from tests.support.driving import START, Drive

EXPLAIN = "identification.explain_rights"
"""Its limit T_explain is one working day to the office's closing, and may stand still."""
DUE = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""Armed on Monday 2 March: Tuesday 17:00 in Norvale."""
DAY = timedelta(days=1)


@pytest.fixture
def opened(any_drive: Drive) -> tuple[Drive, str]:
    """A case whose rights are to be explained by Tuesday evening."""
    case_id = any_drive.open_case()
    any_drive.complete(
        case_id, "record_safety", {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})
    any_drive.complete(case_id, "case.assemble_team")
    return any_drive, case_id


def clock(drive: Drive, case_id: str, element: str = EXPLAIN) -> Deadline:
    found: Deadline = drive.one(  # type: ignore[assignment]
        select(Deadline).where(Deadline.task_id == drive.task(case_id, element).id))
    return found


def to(drive: Drive, at: datetime) -> None:
    drive.clock.move_to(at)
    sweep(drive.system)


def test_a_pause_gives_back_the_days_whose_moment_it_covers(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    lead, before = drive.person("COORD"), clock(drive, case_id)
    assert before.due_at == DUE
    to(drive, START + DAY)
    pause_clock(drive.system, lead, deadline_id=before.id, ground="person_asks")
    still = clock(drive, case_id)
    assert (still.status, still.due_at, still.next_rung_at, still.running_since) == ("paused", None, None, None)
    assert drive.task(case_id, EXPLAIN).due_at is None
    assert still.why[-1].startswith("It stands still since Tuesday 3 March 2026, 11:00: The person asked for time.")
    assert still.consumed == 0, "no day has come to its moment yet"
    to(drive, START + 7 * DAY)
    assert drive.one(select(Task.breached_at).where(Task.id == still.task_id)).breached_at is None
    resume_clock(drive.system, lead, deadline_id=before.id)
    after = clock(drive, case_id)
    # Tuesday is given back; Monday 9 March, when it goes on, is Lantern Day.
    assert after.due_at == datetime(2026, 3, 10, 15, 0, tzinfo=UTC) == drive.task(case_id, EXPLAIN).due_at
    assert after.original_due_at == DUE
    assert (after.status, after.running_since) == ("running", START + 7 * DAY)
    pause = drive.one(select(Pause).where(Pause.deadline_id == before.id))
    assert (pause.from_at, pause.to_at, pause.by_id, pause.ended_by) == (
        START + DAY, START + 7 * DAY, lead.user_id, lead.user_id)
    acts = drive.acts(case_id)
    assert acts.index("clock.paused") < acts.index("clock.resumed")
    assert disagreements(drive, case_id) == []


def test_pausing_and_going_on_before_the_days_moment_moves_nothing(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    found = clock(drive, case_id)
    pause_clock(drive.system, drive.person("COORD"), deadline_id=found.id, ground="person_asks")
    to(drive, START + timedelta(hours=3))
    resume_clock(drive.system, drive.person("COORD"), deadline_id=found.id)
    assert clock(drive, case_id).due_at == DUE


def test_a_clock_that_stands_still_climbs_no_ladder(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    found = clock(drive, case_id)
    pause_clock(drive.system, drive.person("COORD"), deadline_id=found.id, ground="person_asks")
    drive.wait(timedelta(days=60))
    assert drive.rows(select(RungFired).where(RungFired.deadline_id == found.id)) == []


REFUSED: dict[str, tuple[Callable[[Drive, str], object], type[NrmError], str]] = {
    "a ground the limit does not allow": (
        lambda d, c: pause_clock(d.system, d.person("COORD"), deadline_id=clock(d, c).id, ground="court"),
        InvalidInput, "ground"),
    "going on where nothing stands": (
        lambda d, c: resume_clock(d.system, d.person("COORD"), deadline_id=clock(d, c).id),
        Conflict, "does not stand still"),
    "a stranger": (
        lambda d, c: pause_clock(d.system, d.person("POL"), deadline_id=clock(d, c).id, ground="missing"),
        NotFound, ""),
    "no time at all": (
        lambda d, c: ask_change(d.system, d.person("COORD"), deadline_id=clock(d, c).id,
                                asked=Asked(Change.EXTEND, "law", 0)),
        InvalidInput, "units"),
    "a ground of another change": (
        lambda d, c: ask_change(d.system, d.person("COORD"), deadline_id=clock(d, c).id,
                                asked=Asked(Change.WAIVE, "law")),
        InvalidInput, "ground"),
    "a start still to come": (
        lambda d, c: ask_change(d.system, d.person("COORD"), deadline_id=clock(d, c).id,
                                asked=Asked(Change.CORRECT_START, "wrong_start", start_at=START + DAY)),
        InvalidInput, "start_at"),
    "a reason where nothing was missed": (
        lambda d, c: give_reason(d.system, d.person("COORD"), deadline_id=clock(d, c).id, reason="workload"),
        Conflict, "not missed"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(opened: tuple[Drive, str], what: str) -> None:
    drive, case_id = opened
    act, error, sentence = REFUSED[what]
    with pytest.raises(error) as refused:
        act(drive, case_id)
    said = f"{refused.value} {refused.value.sentence} {getattr(refused.value, 'fields', '')}".lower()
    assert sentence.lower() in said
    assert clock(drive, case_id).status == "running"


def test_a_safety_limit_never_stands_still_and_is_not_extended(drive: Drive) -> None:
    case_id, lead = drive.open_case(), drive.person("COORD")
    drive.complete(case_id, "case.assemble_team")
    found = clock(drive, case_id, "record_safety")
    assert found.limit_key == "T01"
    with pytest.raises(Conflict, match="never stands still"):
        pause_clock(drive.system, lead, deadline_id=found.id, ground="missing")
    with pytest.raises(Conflict, match="not given more time"):
        ask_change(drive.system, lead, deadline_id=found.id, asked=Asked(Change.EXTEND, "law", 1))


def granted(drive: Drive, case_id: str, asked: Asked) -> Deadline:
    found = clock(drive, case_id)
    request = ask_change(drive.system, drive.person("CM"), deadline_id=found.id, asked=asked)
    assert clock(drive, case_id).due_at == found.due_at, "asking changes nothing"
    decide_change(drive.system, drive.person("SUP"), request_id=request, grant=True)
    return clock(drive, case_id)


def test_more_time_is_asked_by_one_and_granted_by_another(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    found = clock(drive, case_id)
    asker = drive.person("COORD")
    request = ask_change(drive.system, asker, deadline_id=found.id, asked=Asked(Change.EXTEND, "authority", 3))
    with pytest.raises(NotAllowed, match="second person"):
        decide_change(drive.system, asker, request_id=request, grant=True)
    with pytest.raises(Conflict, match="already waiting"):
        ask_change(drive.system, asker, deadline_id=found.id, asked=Asked(Change.WAIVE, "person_declined"))
    decide_change(drive.system, drive.person("SUP"), request_id=request, grant=True)
    after = clock(drive, case_id)
    # Wednesday, Thursday, Friday.
    assert after.due_at == datetime(2026, 3, 6, 15, 0, tzinfo=UTC) == drive.task(case_id, EXPLAIN).due_at
    assert (after.budget, after.length, after.original_due_at) == (4, 1, DUE)
    assert "Extended from 1 to 4 days." in after.why
    kept = drive.one(select(ClockRequest).where(ClockRequest.id == request))
    assert (kept.status, kept.decided_by, kept.due_before, kept.due_after) == (
        "granted", drive.person("SUP").user_id, DUE, after.due_at)
    with pytest.raises(Conflict, match="decided in the meantime"):
        decide_change(drive.system, drive.person("SUP"), request_id=request, grant=False)
    assert {"clock.change_asked", "clock.extended"} <= set(drive.acts(case_id))
    assert disagreements(drive, case_id) == []


def test_a_refused_change_changes_nothing_and_may_be_asked_again(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    found = clock(drive, case_id)
    for _ in range(2):
        request = ask_change(
            drive.system, drive.person("CM"), deadline_id=found.id, asked=Asked(Change.EXTEND, "law", 3))
        decide_change(drive.system, drive.person("COORD"), request_id=request, grant=False)
    assert clock(drive, case_id).due_at == DUE
    assert drive.acts(case_id).count("clock.change_refused") == 2


def test_an_extended_clock_climbs_its_ladder_anew_for_what_lies_ahead(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    to(drive, DUE)
    missed = clock(drive, case_id)
    assert (missed.status, missed.breached_at) == ("breached", DUE)
    after = granted(drive, case_id, Asked(Change.EXTEND, "court_order", 10))
    assert (after.status, after.round, after.breached_at) == ("running", 2, DUE)
    assert after.due_at > drive.clock.now()
    to(drive, after.due_at)
    told = drive.rows(
        select(RungFired.round, RungFired.rung).where(RungFired.deadline_id == missed.id)
        .order_by(RungFired.round, RungFired.rung))
    assert [tuple(row) for row in told] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert disagreements(drive, case_id) == []


def test_a_waived_clock_reminds_nobody_and_the_task_stays(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    after = granted(drive, case_id, Asked(Change.WAIVE, "person_declined"))
    assert after.status == "waived"
    assert drive.task(case_id, EXPLAIN).due_at is None
    drive.wait(timedelta(days=60))
    assert drive.rows(select(RungFired).where(RungFired.deadline_id == after.id)) == []
    drive.complete(case_id, EXPLAIN)
    assert disagreements(drive, case_id) == []


def test_a_restarted_clock_counts_from_now(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    to(drive, START + DAY)
    after = granted(drive, case_id, Asked(Change.RESTART, "new_information"))
    assert (after.due_at, after.basis, after.original_due_at) == (DUE + DAY, "restarted", DUE)


def test_a_corrected_start_moves_the_date_either_way(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    friday = datetime(2026, 2, 27, 9, 0, tzinfo=UTC)
    after = granted(drive, case_id, Asked(Change.CORRECT_START, "wrong_start", start_at=friday))
    assert (after.due_at, after.basis) == (DUE - DAY, "corrected")
    assert after.why[0] == "Started on Friday 27 February 2026, 11:00."


def test_a_missed_limit_asks_why_before_the_task_is_completed(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    to(drive, DUE)
    missed = clock(drive, case_id)
    assert missed.reason_asked_at == DUE
    with pytest.raises(InvalidInput) as refused:
        drive.complete(case_id, EXPLAIN)
    assert list(refused.value.fields) == ["late_reason"]
    drive.complete(case_id, EXPLAIN, late_reason="waiting_person")
    kept = drive.one(select(Deadline).where(Deadline.id == missed.id))
    assert (kept.status, kept.late_reason, kept.late_at) == ("met", "waiting_person", DUE)
    assert "limit.explained" in drive.acts(case_id)
    assert disagreements(drive, case_id) == []


def test_the_reason_may_be_given_before(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    to(drive, DUE)
    missed, holder = clock(drive, case_id), drive.of(drive.task(case_id, EXPLAIN))
    give_task_reason(drive.system, holder, task_id=str(missed.task_id), reason="workload")
    give_reason(drive.system, drive.person("COORD"), deadline_id=missed.id, reason="absence")
    assert clock(drive, case_id).late_reason == "workload", "the first reason stands"
    drive.complete(case_id, EXPLAIN)


def test_a_case_stands_still_and_goes_on_as_a_whole(opened: tuple[Drive, str]) -> None:
    drive, case_id = opened
    before = clock(drive, case_id)
    in_case(drive, case_id, lambda settlement: pause_case(settlement, PauseGround.MISSING))
    assert clock(drive, case_id).status == "paused"
    to(drive, START + 2 * DAY)
    in_case(drive, case_id, lambda settlement: resume_case(settlement, PauseGround.COURT))
    assert clock(drive, case_id).status == "paused", "it stands on another ground"
    in_case(drive, case_id, lambda settlement: resume_case(settlement, PauseGround.MISSING))
    after = clock(drive, case_id)
    assert after.status == "running"
    assert after.due_at > before.due_at
    assert disagreements(drive, case_id) == []


def in_case(drive: Drive, case_id: str, act: Callable[[Settlement], int]) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        settlement = Settlement(drive.system, unit, unit.lock_case(case_id), actions={})
        assert drive.one(select(Case.id).where(Case.id == case_id))
        act(settlement)
        settlement.settle()
