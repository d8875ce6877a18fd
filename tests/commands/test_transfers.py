"""A case goes to another agency: with its tasks, clocks and team, in the act of the answer; the old team reads on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.add_note import add_note
from nrm.commands.claim_task import claim_task
from nrm.commands.open_task import open_task
from nrm.commands.read_case import read_case
from nrm.commands.start_run import start_run
from nrm.commands.take_back_transfer import take_back_transfer
from nrm.queries.case_list import case_list
from nrm.queries.transfers import transfers
from nrm.records.tables.case import TeamMember
from nrm.records.tables.consent import Consent
from nrm.records.tables.deadline import NOT_ENDED, Deadline
from nrm.records.tables.history import History
from nrm.records.tables.notice import Notice
from nrm.records.tables.referral import FormerSeat, Transfer
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.fault.agreement import disagreements
from tests.support.driving import Drive

OLD, NEW = "sa_norvale", "sa_midmar"
SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}
PROPOSAL: Mapping[str, Any] = {
    "transfer_reason": "moves", "transfer_basis": "consent", "to_agency": NEW, "to_district": "midmar",
    "transfer_summary": "Invented: what is promised, what comes next.",
}


def worked_on(drive: Drive) -> str:
    """A case with a team of Norvale and an open task that one of them has claimed; returns its id."""
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", SAFE)
    drive.complete(case_id, "assemble_team", {}, {"members": [
        {"role": "CM", "agency": OLD, "basis": "assistance", "named": False},
        {"role": "LEG", "agency": "lantern", "basis": "consent", "named": False},
    ]})
    claim_task(drive.system, drive.person("CM"), task_id=drive.task(case_id, "explain_rights").id)
    return case_id


def asked(drive: Drive, **answers: object) -> str:
    """A case for which Midmar was asked; returns its id."""
    case_id = worked_on(drive)
    propose(drive, case_id, **answers)
    return case_id


def propose(drive: Drive, case_id: str, **answers: object) -> None:
    start_run(drive.system, drive.person("COORD"), case_id=case_id, process="transfer")
    drive.complete(case_id, "propose_transfer", {}, {**PROPOSAL, **answers})


def take_over(drive: Drive, case_id: str) -> None:
    drive.complete(case_id, "answer_transfer", {"transfer_answer": "accepted"})


def transfer(drive: Drive, case_id: str) -> Any:
    return drive.one(select(Transfer).where(Transfer.case_id == case_id))


def test_with_the_yes_the_case_its_team_tasks_and_clocks_are_with_the_new_agency(any_drive: Drive) -> None:
    drive = any_drive
    case_id = asked(drive)
    before = {row.id: row for row in clocks(drive, case_id)}
    take_over(drive, case_id)
    case = drive.case(case_id)
    assert (case.agency_id, case.district) == (NEW, "midmar")
    seats = {(row.role, row.agency_id) for row in drive.rows(
        select(TeamMember).where(TeamMember.case_id == case_id, TeamMember.to_at.is_(None))
    )}
    assert ("CM", NEW) in seats
    assert ("LEG", "lantern") in seats
    assert OLD not in {agency for _, agency in seats}
    where = {task.element: (task.agency_id, task.district, task.assignee_id) for task in drive.tasks(case_id)}
    assert where["explain_rights"] == (NEW, "midmar", None)
    assert where["hold_handover"][0] == NEW
    assert where["introduce_person"][0] == OLD
    for row in clocks(drive, case_id):
        assert row.managed_by == NEW
        if row.id in before:
            then = before[row.id]
            assert (row.started_at, row.budget, row.armed_at) == (then.started_at, then.budget, then.armed_at)
        if row.agency_id == NEW:
            assert row.calendar == "midmar"
    assert {"case.transferred", "task.rerouted", "transfer.accepted"} <= set(drive.acts(case_id))
    recounted = drive.rows(select(History.outcome).where(
        History.chain == case_id, History.act == "clock.recounted"
    ))
    assert {row.outcome for row in recounted} == {"case_transferred"}
    assert disagreements(drive, case_id) == []


def clocks(drive: Drive, case_id: str) -> Any:
    return drive.rows(select(Deadline).where(Deadline.case_id == case_id, NOT_ENDED))


def test_the_team_before_reads_for_thirty_days_and_then_no_more(any_drive: Drive) -> None:
    drive = any_drive
    case_id = asked(drive)
    take_over(drive, case_id)
    old = (drive.person("CM"), drive.person("COORD"), drive.person("SUP"))
    for one in old:
        read_case(drive.system, one, case_id=case_id)
        refused(drive, one, case_id)
        assert case_id not in {line.id for line in case_list(drive.system, one).items}
    read_case(drive.system, drive.person("CM", NEW), case_id=case_id)
    drive.clock.advance(timedelta(days=30, seconds=1))
    for one in old:
        with pytest.raises(NotFound):
            read_case(drive.system, one, case_id=case_id)


def refused(drive: Drive, actor: Actor, case_id: str) -> None:
    """Who only reads writes nothing, opens nobody's stay and starts nothing."""
    with pytest.raises(NotAllowed):
        add_note(drive.system, actor, case_id=case_id, category="process", text="Invented")
    with pytest.raises(NotAllowed):
        start_run(drive.system, actor, case_id=case_id, process="team_meeting")
    assert not {"case.note", "case.team", "stay.read"} & read_case(drive.system, actor, case_id=case_id).may


def test_until_the_answer_the_case_stays_where_it_is_and_the_receiver_sees_the_minimum(drive: Drive) -> None:
    case_id = asked(drive)
    receiver = drive.person("COORD", NEW)
    page = open_task(drive.system, receiver, task_id=drive.task(case_id, "answer_transfer").id)
    assert page.answers["from_agency_name"] == "Social Assistance Norvale"
    assert page.answers["summary_shown"] == PROPOSAL["transfer_summary"]
    assert page.why_mine == ("Your agency is asked to take the case over.",)
    with pytest.raises(NotFound):
        read_case(drive.system, receiver, case_id=case_id)
    assert drive.case(case_id).agency_id == OLD


def test_a_refusal_leaves_everything_as_it_was_and_is_told_at_once(drive: Drive) -> None:
    case_id = asked(drive)
    drive.complete(case_id, "answer_transfer", {"transfer_answer": "refused"}, {"transfer_refusal": "not_ours"})
    assert drive.case(case_id).agency_id == OLD
    assert transfer(drive, case_id).status == "refused"
    assert not drive.rows(select(FormerSeat))
    told = {row.user_id for row in drive.rows(select(Notice.user_id).where(Notice.kind == "transfer_refused"))}
    assert drive.person("COORD").user_id in told
    assert drive.task(case_id, "explain_rights").assignee_id == drive.person("CM").user_id


def test_a_no_of_the_person_asks_nobody(drive: Drive) -> None:
    case_id = asked(drive, transfer_basis="none")
    assert not drive.rows(select(Transfer))
    assert drive.run_of(case_id, "transfer").outcome == "stays"
    assert not drive.rows(select(Consent).where(Consent.case_id == case_id, Consent.recipient == NEW))


@pytest.mark.parametrize(("answers", "field"), [
    ({"to_agency": "lantern", "to_district": "midmar"}, "to_agency"),
    ({"to_agency": NEW, "to_district": "southport"}, "to_district"),
    ({"to_agency": OLD, "to_district": "norvale"}, "to_agency"),
    ({"transfer_basis": "child_protection"}, "transfer_basis"),
])
def test_who_cannot_have_it_is_said_at_the_field(drive: Drive, answers: Mapping[str, object], field: str) -> None:
    case_id = worked_on(drive)
    with pytest.raises(InvalidInput) as wrong:
        propose(drive, case_id, **answers)
    assert set(wrong.value.fields) == {field}
    assert not drive.rows(select(Transfer))


def test_one_agency_is_asked_at_a_time(drive: Drive) -> None:
    case_id = asked(drive)
    with pytest.raises(Conflict):
        propose(drive, case_id, to_agency="sa_southport", to_district="southport")


def test_only_the_receiving_agency_answers(drive: Drive) -> None:
    case_id = asked(drive)
    task = drive.task(case_id, "answer_transfer")
    assert task.agency_id == NEW
    with pytest.raises(NotFound):
        claim_task(drive.system, drive.person("COORD", "sa_southport"), task_id=task.id)


def test_the_hand_over_ends_when_both_sides_have_done_theirs(drive: Drive) -> None:
    case_id = asked(drive)
    take_over(drive, case_id)
    drive.complete(case_id, "introduce_person")
    assert drive.run_of(case_id, "transfer").status == "open"
    drive.complete(case_id, "hold_handover")
    assert drive.run_of(case_id, "transfer").outcome == "moved"


def test_who_asked_takes_it_back_until_it_is_answered(any_drive: Drive) -> None:
    drive = any_drive
    case_id = asked(drive)
    task = drive.task(case_id, "answer_transfer")
    with pytest.raises(NotFound):
        take_back_transfer(drive.system, drive.person("COORD", NEW), case_id=case_id, reason="not_needed")
    with pytest.raises(InvalidInput):
        take_back_transfer(drive.system, drive.person("COORD"), case_id=case_id, reason="because")
    take_back_transfer(drive.system, drive.person("COORD"), case_id=case_id, reason="the_person_asked")
    assert transfer(drive, case_id).status == "withdrawn"
    assert drive.any_task(task.id).status == "withdrawn"
    with pytest.raises(Conflict):
        take_back_transfer(drive.system, drive.person("COORD"), case_id=case_id, reason="not_needed")
    propose(drive, case_id)
    take_over(drive, case_id)
    with pytest.raises(Conflict):
        take_back_transfer(drive.system, drive.person("COORD", NEW), case_id=case_id, reason="not_needed")
    assert disagreements(drive, case_id) == []


def test_both_sides_have_it_in_their_list_and_who_is_asked_learns_no_code(drive: Drive) -> None:
    case_id = asked(drive)
    code = drive.case(case_id).code
    (sent,) = transfers(drive.system, drive.person("COORD")).items
    (received,) = transfers(drive.system, drive.person("COORD", NEW)).items
    assert (sent.case_code, sent.may_withdraw, sent.status) == (code, True, "proposed")
    assert (received.case_code, received.may_withdraw, received.from_name) == ("", False, sent.from_name)
    assert transfers(drive.system, drive.person("COORD", "sa_southport")).items == ()
    assert transfers(drive.system, drive.person("CM", NEW)).items == ()
    take_over(drive, case_id)
    (received,) = transfers(drive.system, drive.person("COORD", NEW)).items
    assert (received.case_code, received.status, received.may_withdraw) == (code, "accepted", False)
