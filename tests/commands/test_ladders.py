"""What rungs do besides telling: reasons, escalations that end with their clock, offers, handing over; who sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.clock_acts import Asked, ask_change, decide_change
from nrm.commands.publishing import ask_review, publish_draft, save_process_draft, start_draft
from nrm.commands.start_run import start_run
from nrm.diagrams.bundle import LADDERS
from nrm.queries.process_drafts import draft_view
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.deadline import Deadline, RungFired
from nrm.records.tables.notice import Notice
from nrm.records.tables.run import Run
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.clock_words import Change, LateReason
from nrm.vocabulary.errors import InvalidInput
from tests.fault.agreement import disagreements
from tests.support.driving import Drive

TEAM = "case.assemble_team"
EXPLAIN = "identification.explain_rights"
GAP = "report_gap.record_gap"
DAY = timedelta(days=1)
CALM = ({"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"})


def clock(drive: Drive, case_id: str, element: str) -> Row[Any]:
    return drive.one(select(Deadline).where(Deadline.task_id == drive.task(case_id, element).id))


def opened(drive: Drive) -> str:
    """A case in which the rights are to be explained, with a standard ladder, and nothing else is open."""
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", CALM)
    drive.complete(case_id, TEAM)
    return case_id


def escalated(drive: Drive) -> tuple[str, Row[Any]]:
    """Such a case a day after its limit was missed: an escalation stands open."""
    case_id = opened(drive)
    late = clock(drive, case_id, EXPLAIN)
    drive.wait(late.due_at - drive.clock.now() + DAY)
    return case_id, drive.task(case_id, "escalation.see_to_it")


# -- reasons -----------------------------------------------------------------------------------------


def test_a_breach_demands_a_reason(any_drive: Drive) -> None:
    drive = any_drive
    case_id = opened(drive)
    late = clock(drive, case_id, EXPLAIN)
    assert late.reason_asked_at is None
    drive.wait(late.due_at - drive.clock.now())
    assert clock(drive, case_id, EXPLAIN).reason_asked_at == drive.clock.now()
    with pytest.raises(InvalidInput) as refused:
        drive.complete(case_id, EXPLAIN)
    assert list(refused.value.fields) == ["late_reason"]
    drive.complete(case_id, EXPLAIN, late_reason=LateReason.NO_INTERPRETER)
    row = drive.one(select(Deadline).where(Deadline.id == late.id))
    assert (row.status, row.late_reason) == ("met", "no_interpreter")


# -- escalations -------------------------------------------------------------------------------------


def test_an_escalation_is_a_task_with_an_owner_and_a_clock(any_drive: Drive) -> None:
    case_id, task = escalated(any_drive)
    assert (task.role, task.agency_id) == ("COORD", "sa_norvale")
    assert task.reason_chain[0] == "The time limit “Finding explained in words the person understands” was missed."
    own = clock(any_drive, case_id, "see_to_it")
    assert (own.limit_key, own.ladder, own.status) == ("T_escalation", "upward", "running")
    run = any_drive.one(select(Run).where(Run.id == task.run_id))
    rung = any_drive.one(select(RungFired).where(RungFired.run_id == run.id))
    assert (run.item, rung.rung, rung.ladder) == (clock(any_drive, case_id, EXPLAIN).id, 3, "standard")
    assert any_drive.task(case_id, EXPLAIN).status in ("open", "claimed"), "the late task stays where it is"
    assert disagreements(any_drive, case_id) == []


def test_the_next_level_has_a_task_of_its_own(drive: Drive) -> None:
    case_id, _ = escalated(drive)
    drive.wait(2 * DAY)
    assert {"escalation.see_to_it", "escalation.see_to_it_nationally"} <= set(drive.open(case_id))
    assert drive.task(case_id, "see_to_it_nationally").agency_id == "national_unit"


def test_seeing_to_it_leaves_the_late_task_open(drive: Drive) -> None:
    case_id, task = escalated(drive)
    drive.complete(case_id, "see_to_it")
    assert drive.any_task(task.id).status == "done"
    assert drive.open(case_id) == [EXPLAIN]


def test_an_escalation_escalates_no_further_than_it_may(drive: Drive) -> None:
    """Left alone for a year it has told people; it has opened nothing."""
    case_id, _ = escalated(drive)
    drive.wait(365 * DAY)
    assert sorted(drive.open(case_id)) == [
        "escalation.see_to_it", "escalation.see_to_it_nationally", EXPLAIN,
    ]


def _done(drive: Drive, case_id: str) -> None:
    drive.complete(case_id, EXPLAIN, late_reason=LateReason.WORKLOAD)


def _changed(change: Change, ground: str, units: int | None) -> Any:
    def act(drive: Drive, case_id: str) -> None:
        asked = ask_change(
            drive.system, drive.person("COORD"), deadline_id=clock(drive, case_id, EXPLAIN).id,
            asked=Asked(change, ground, units),
        )
        decide_change(drive.system, drive.person("NCU"), request_id=asked, grant=True)
    return act


OVER = {
    "done": _done, "extended": _changed(Change.EXTEND, "law", 5),
    "waived": _changed(Change.WAIVE, "done_elsewhere", None),
    "started again": _changed(Change.RESTART, "ordered", None),
}


@pytest.mark.parametrize("how", OVER)
def test_an_escalation_ends_by_itself_with_the_clock_behind_it(any_drive: Drive, how: str) -> None:
    drive = any_drive
    case_id, task = escalated(drive)
    OVER[how](drive, case_id)
    assert drive.any_task(task.id).status == "withdrawn"
    assert drive.one(select(Run.outcome).where(Run.id == task.run_id)).outcome == "clock_over"
    assert "run.cancelled" in drive.acts(case_id)
    assert not [one for one in drive.open(case_id) if one.startswith("escalation.")]
    assert disagreements(drive, case_id) == []


def test_more_time_that_does_not_reach_today_leaves_the_escalation_open(drive: Drive) -> None:
    case_id, task = escalated(drive)
    drive.wait(20 * DAY)
    _changed(Change.EXTEND, "law", 1)(drive, case_id)
    assert drive.any_task(task.id).status == "open"


def test_an_extended_clock_climbs_again(any_drive: Drive) -> None:
    """Rungs that lie ahead again are told again, in a round of their own; the first round stays on file."""
    drive = any_drive
    case_id, _ = escalated(drive)
    _changed(Change.EXTEND, "law", 10)(drive, case_id)
    found = clock(drive, case_id, EXPLAIN)
    assert (found.round, found.status) == (2, "running")
    drive.wait(found.due_at - drive.clock.now())
    rows = drive.rows(select(RungFired.round, RungFired.rung).where(RungFired.deadline_id == found.id))
    assert sorted((row.round, row.rung) for row in rows) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert clock(drive, case_id, EXPLAIN).status == "breached"


# -- one message for each person ---------------------------------------------------------------------


def heard(drive: Drive, case_id: str) -> list[tuple[str, str, Mapping[str, object]]]:
    rows = drive.rows(select(Notice.user_id, Notice.text_key, Notice.params).where(
        Notice.case_code == drive.case(case_id).code, Notice.kind.in_(("limit_half", "limit_missed"))
    ).order_by(Notice.user_id))
    return [(row.user_id, row.text_key, row.params) for row in rows]


def test_after_an_outage_each_person_hears_once_and_how_much_was_missed(any_drive: Drive) -> None:
    drive = any_drive
    case_id = opened(drive)
    found = clock(drive, case_id, EXPLAIN)
    drive.wait(found.due_at - drive.clock.now() + DAY)
    told = {row.rung: row for row in drive.rows(select(RungFired).where(RungFired.deadline_id == found.id))}
    assert sorted(told) == [1, 2, 3]
    assert sum(act in ("reminder.sent", "limit.missed", "escalated") for act in drive.acts(case_id)) == 3
    assert heard(drive, case_id) == [
        ("cm-sa_norvale-1", "limit_missed", {"count": 2}), ("cm-sa_norvale-2", "limit_missed", {"count": 2}),
        ("coord-sa_norvale-1", "escalation_opened", {"count": 1}),
        ("coord-sa_norvale-2", "escalation_opened", {"count": 1}),
        ("sup-sa_norvale-1", "limit_missed", {"count": 1}), ("sup-sa_norvale-2", "limit_missed", {"count": 1}),
    ]


# -- need to know ------------------------------------------------------------------------------------

SEES = [
    ("who could take it", ("role:CM",), "cm-sa_norvale-1", True),
    ("the supervisor of the managing agency", ("supervisor", "role:CM"), "sup-sa_norvale-1", True),
    ("the coordinator of the managing agency", ("role:COORD",), "coord-sa_norvale-1", True),
    ("the police of the district", ("role:POL", "role:CM"), "pol-police-1", False),
    ("a service provider without a referral", ("role:SHEL", "role:CM"), "shel-harbour_house-1", False),
    ("the national unit", ("role:NCU",), "ncu-national_unit-1", False),
    ("auditors", ("auditors", "role:CM"), "aud-national_unit-1", False),
]


@pytest.mark.parametrize(("tell", "user_id", "sees"), [row[1:] for row in SEES], ids=[row[0] for row in SEES])
def test_who_may_not_see_the_task_hears_the_code_alone(
    drive: Drive, tell: tuple[str, ...], user_id: str, sees: bool
) -> None:
    case_id = _with_ladder(drive, [{"when": "breach", "tell": list(tell)}])
    task = drive.task(case_id, GAP)
    drive.wait(task.due_at - drive.clock.now())
    rows = drive.rows(select(Notice).where(Notice.user_id == user_id, Notice.kind == "limit_missed"))
    assert {row.case_code for row in rows} == {drive.case(case_id).code}
    about = [row for row in rows if row.task_id == task.id or (row.params or {}).get("limit") == "T_default"]
    assert [(row.task_id, row.text_key, row.params) for row in about] == [
        (task.id, "limit_missed", {"count": 1}) if sees
        else (None, "limit_missed_reference", {"count": 1, "limit": "T_default"})
    ]


# -- offering and handing over -----------------------------------------------------------------------


def _with_ladder(drive: Drive, rungs: list[dict[str, Any]]) -> str:
    """A case with a missing service to record, in a version of its process whose ladder has these rungs."""
    author, other = drive.person("COORD"), drive.person("COORD", number=2)
    draft_id = start_draft(drive.system, author, process="report_gap")
    ladder = {"standard": {"title": "Standard", "rungs": rungs}}
    save_process_draft(
        drive.system, author, draft_id=draft_id, version=1, files={LADDERS: yaml.safe_dump(ladder).encode()},
    )
    ask_review(drive.system, author, draft_id=draft_id)
    publish_draft(drive.system, other, draft_id=draft_id,
                  digest=draft_view(drive.system, other, draft_id=draft_id).bundle.digest)
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", CALM)
    drive.complete(case_id, TEAM)
    start_run(drive.system, drive.person("CM"), case_id=case_id, process="report_gap")
    return case_id


def test_an_offer_leads_those_who_may_to_giving_it_to_somebody_else(drive: Drive) -> None:
    case_id = _with_ladder(drive, [{"when": "breach", "tell": ["role:CM", "supervisor", "role:COORD"],
                                    "effect": "offer"}])
    drive.wait(30 * DAY)
    assert {(user, said) for user, said, _ in heard(drive, case_id) if user.endswith("norvale-1")} >= {
        ("sup-sa_norvale-1", "reassign_offered"), ("coord-sa_norvale-1", "reassign_offered"),
    }
    assert ("cm-sa_norvale-1", "limit_missed", {"count": 1}) in heard(drive, case_id), "who may not is only told"


def test_a_task_is_handed_over_loudly_to_the_first_who_can_have_it(any_drive: Drive) -> None:
    drive = any_drive
    case_id = _with_ladder(drive, [
        {"when": "breach", "tell": ["assignee", "supervisor", "role:CM"], "effect": "reassign"},
    ])
    task = drive.task(case_id, GAP)
    drive.wait(30 * DAY)
    moved = drive.any_task(task.id)
    assert (moved.assignee_id, moved.status, moved.role) == ("cm-sa_norvale-1", "claimed", "CM")
    assert moved.reason_chain[-1] == "Its time limit was missed, so the task came to you."
    assert "task.reassigned" in drive.acts(case_id)
    assert drive.rows(select(Notice.id).where(Notice.user_id == "cm-sa_norvale-1", Notice.kind == "task_given"))


def test_where_nobody_can_have_it_the_task_stays_and_is_offered(drive: Drive) -> None:
    case_id = _with_ladder(drive, [{"when": "breach", "tell": ["role:COORD"], "effect": "reassign"}])
    before = drive.task(case_id, GAP)
    drive.wait(30 * DAY)
    after = drive.any_task(before.id)
    assert (after.assignee_id, after.status) == (before.assignee_id, before.status)
    assert ("coord-sa_norvale-1", "reassign_offered") in {(user, said) for user, said, _ in heard(drive, case_id)}


# -- whom a rung means -------------------------------------------------------------------------------


def test_the_holders_own_supervisor_comes_first(drive: Drive) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == "cm-sa_norvale-1", supervisor_id="cm-sa_norvale-2")
    case_id = _with_ladder(drive, [
        {"when": "half", "tell": ["role:CM"], "effect": "remind"},
        {"when": "breach", "tell": ["supervisor", "role:CM"]},
    ])
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == "sup-sa_norvale-1", status="disabled")
    drive.wait(30 * DAY)
    told = drive.one(select(RungFired.told).where(RungFired.rung == 2, RungFired.deadline_id == clock(
        drive, case_id, GAP).id)).told
    assert told[0] == "sup-sa_norvale-2", "nobody has it: the agency's supervisors"


def test_where_nobody_of_a_role_is_left_whoever_coordinates_hears(drive: Drive) -> None:
    case_id = _with_ladder(drive, [{"when": "breach", "tell": ["role:GUARD"]}])
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.agency_id == "guardians", status="disabled")
    drive.wait(30 * DAY)
    told = drive.one(select(RungFired.told).where(RungFired.deadline_id == clock(drive, case_id, GAP).id)).told
    assert told == ["coord-sa_norvale-1", "coord-sa_norvale-2"]
