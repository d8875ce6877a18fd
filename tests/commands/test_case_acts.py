"""Acts on a case: open, change the team, start a process, note, file, close, reopen, link; refusals leave an entry."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.add_note import add_note
from nrm.commands.case_act import case_act
from nrm.commands.case_life import change_team, close_case, link_cases, reopen_case
from nrm.commands.claim_task import claim_task
from nrm.commands.files import attach_file, open_file
from nrm.commands.open_case import open_case, opening_form
from nrm.commands.read_case import read_case
from nrm.commands.save_draft import save_draft
from nrm.commands.start_run import start_run
from nrm.records.tables.case import Case, Link, TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.notice import Notice
from nrm.records.tables.record import File, Note
from nrm.records.tables.run import Run
from nrm.records.tables.task import Draft, Task
from nrm.rules.routing import Seat
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import CaseClosed, Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from tests.fault.agreement import disagreements
from tests.support.driving import Drive
from tests.support.filling import fill

DANGER = {"danger_now": "yes", "shelter_wanted": "yes", "urgent_care_needed": "yes"}


@pytest.fixture
def case_id(drive: Drive) -> str:
    """A fresh case in Norvale."""
    return drive.open_case()


def manager(drive: Drive, number: int = 1) -> Actor:
    return drive.person("CM", "sa_norvale", number)


# -- open -------------------------------------------------------------------------------------------


def test_a_case_begins_with_its_team_and_its_safety_check(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    case = any_drive.case(case_id)
    assert (case.status, case.agency_id, case.referring_agency_id) == ("open", "sa_norvale", "lantern")
    assert any_drive.open(case_id) == ["case.assemble_team", "immediate_assistance.record_safety"]
    assert disagreements(any_drive, case_id) == []


@pytest.mark.parametrize(("district", "answers", "field"), [
    ("atlantis", {}, "district"), ("norvale", {"channel": "pigeon"}, "channel"),
    ("norvale", {"nonsense": 1}, "nonsense"),
])
def test_a_case_that_cannot_be_opened_leaves_nothing(
    drive: Drive, district: str, answers: dict[str, object], field: str
) -> None:
    actor = drive.person("FR", "lantern")
    filled = fill(opening_form(drive.system, actor), {"is_child": "no"}) | answers
    with pytest.raises(InvalidInput) as refused:
        open_case(drive.system, actor, district=district, answers=filled)
    assert list(refused.value.fields) == [field]
    assert drive.rows(select(Case.id)) == []


@pytest.mark.parametrize("role", ["SHEL", "POL", "AUD", "NCU", "GUARD", "ADMIN"])
def test_only_who_brings_people_in_opens_a_case(drive: Drive, role: str) -> None:
    with pytest.raises(NotAllowed):
        open_case(drive.system, drive.person(role), district="norvale", answers={})


def test_only_an_opening_process_opens_a_case(drive: Drive) -> None:
    with pytest.raises(NotFound):
        open_case(drive.system, drive.person("FR", "lantern"), process="closure", district="norvale", answers={})


# -- team -------------------------------------------------------------------------------------------


def test_a_team_change_moves_unclaimed_tasks_and_leaves_claimed_ones(any_drive: Drive) -> None:
    """design 3, Routing: in the same act; claimed tasks move only by reassigning."""
    drive = any_drive
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", DANGER)
    claimed, unclaimed = drive.task(case_id, "protect_now"), drive.task(case_id, "arrange_urgent_care")
    claim_task(drive.system, manager(drive), task_id=claimed.id)
    change_team(
        drive.system, drive.person("COORD"), case_id=case_id, members=[(Seat("CM", "sa_midmar"), False)],
    )
    assert drive.any_task(claimed.id).agency_id == "sa_norvale"
    moved = drive.any_task(unclaimed.id)
    assert (moved.agency_id, moved.status) == ("sa_midmar", "open")
    clocks = drive.rows(select(Deadline.task_id, Deadline.agency_id).where(Deadline.case_id == case_id))
    assert {row.agency_id for row in clocks if row.task_id == moved.id} == {"sa_midmar"}, "its clock is with it"
    assert {row.agency_id for row in clocks if row.task_id == claimed.id} == {"sa_norvale"}
    assert "task.rerouted" in drive.acts(case_id)
    claim_task(drive.system, drive.person("CM", "sa_midmar"), task_id=unclaimed.id)
    with pytest.raises(NotFound):
        read_case(drive.system, drive.person("CM", "sa_southport"), case_id=case_id)
    assert disagreements(drive, case_id) == []


def test_a_seat_with_a_name_gives_the_tasks_to_that_person(drive: Drive, case_id: str) -> None:
    drive.complete(case_id, "record_safety", {"danger_now": "yes", "shelter_wanted": "no", "urgent_care_needed": "no"})
    seat = Seat("CM", "sa_norvale", "cm-sa_norvale-2")
    change_team(drive.system, drive.person("COORD"), case_id=case_id, members=[(seat, True)])
    task = drive.task(case_id, "protect_now")
    assert (task.assignee_id, task.status) == ("cm-sa_norvale-2", "claimed")
    assert drive.rows(select(Notice.kind).where(Notice.user_id == "cm-sa_norvale-2"))


@pytest.mark.parametrize("seat", [
    Seat("CM", "harbour_house"), Seat("CM", "nowhere"), Seat("CM", "sa_norvale", "cm-sa_midmar-1"),
    Seat("CM", "sa_norvale", "coord-sa_norvale-1"),
])
def test_a_seat_is_only_for_an_agency_and_person_that_fill_the_role(drive: Drive, case_id: str, seat: Seat) -> None:
    before = drive.rows(select(TeamMember.id).where(TeamMember.to_at.is_(None)))
    with pytest.raises(InvalidInput) as refused:
        change_team(drive.system, drive.person("COORD"), case_id=case_id, members=[(seat, False)])
    assert list(refused.value.fields) == ["members[0].agency"]
    assert drive.rows(select(TeamMember.id).where(TeamMember.to_at.is_(None))) == before


def test_a_first_responder_does_not_change_the_team(drive: Drive, case_id: str) -> None:
    with pytest.raises(NotAllowed):
        change_team(drive.system, drive.person("FR", "lantern"), case_id=case_id,
                    members=[(Seat("CM", "sa_midmar"), False)])
    assert drive.history(case_id)[-1].outcome == "refused"


# -- start, close, reopen, link ---------------------------------------------------------------------


def test_an_on_demand_process_starts_for_the_roles_that_may(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    run_id = start_run(any_drive.system, manager(any_drive), case_id=case_id, process="risk_review")
    assert any_drive.one(select(Run.parent_run_id, Run.status).where(Run.id == run_id)) == (None, "open")
    assert "risk_review.record_event" in any_drive.open(case_id)


@pytest.mark.parametrize(("role", "process", "error"), [
    ("CM", "case_analysis", NotFound), ("CM", "no_such_process", NotFound), ("FR", "risk_review", NotAllowed),
])
def test_what_is_not_started_by_hand_is_not(
    drive: Drive, case_id: str, role: str, process: str, error: type[Exception]
) -> None:
    agency = "lantern" if role == "FR" else "sa_norvale"
    with pytest.raises(error):
        start_run(drive.system, drive.person(role, agency), case_id=case_id, process=process)


def test_closing_withdraws_every_open_task_and_keeps_drafts(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    task, holder = drive.task(case_id, "assemble_team"), drive.person("COORD")
    claim_task(drive.system, holder, task_id=task.id)
    save_draft(drive.system, holder, task_id=task.id, answers={"persons_wish": "Invented words."})
    close_case(drive.system, drive.person("SUP"), case_id=case_id, reason="duplicate")
    assert drive.open(case_id) == []
    assert {row.status for row in drive.rows(select(Task.status).where(Task.case_id == case_id))} == {"withdrawn"}
    assert drive.rows(select(Draft.task_id).where(Draft.case_id == case_id))
    assert drive.rows(select(Notice.id).where(Notice.user_id == holder.user_id, Notice.kind == "task_withdrawn"))
    assert drive.case(case_id).status == "closed"
    assert disagreements(drive, case_id) == []
    with pytest.raises(CaseClosed):
        close_case(drive.system, drive.person("SUP"), case_id=case_id, reason="duplicate")
    with pytest.raises(CaseClosed):
        start_run(drive.system, manager(drive), case_id=case_id, process="risk_review")
    with pytest.raises(CaseClosed):
        add_note(drive.system, manager(drive), case_id=case_id, category="process", text="Invented words.")


def test_a_closed_case_is_reopened_with_a_reason_and_works_again(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    with pytest.raises(Conflict):
        reopen_case(drive.system, manager(drive), case_id=case_id, reason="new_need")
    close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="moved_abroad")
    with pytest.raises(InvalidInput):
        reopen_case(drive.system, manager(drive), case_id=case_id, reason="because")
    reopen_case(drive.system, manager(drive), case_id=case_id, reason="returned_from_abroad")
    assert drive.case(case_id).status == "reopened"
    assert drive.open(case_id) == ["case.assemble_team", "immediate_assistance.record_safety"], "safety is asked first"
    drive.complete(case_id, "assemble_team")
    drive.complete(case_id, "identification.explain_rights")
    drive.complete(case_id, "record_consent", {"consent_interview": "refused", "mechanism_declined": False})
    assert "case_analysis.assess_safety" in drive.open(case_id), "what comes after identification has its owner again"
    assert disagreements(drive, case_id) == []


def test_closing_needs_a_listed_reason(drive: Drive, case_id: str) -> None:
    with pytest.raises(InvalidInput):
        close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="tired")
    assert drive.case(case_id).status == "open"


def test_cases_are_linked_both_ways_and_only_by_who_sees_both(drive: Drive, case_id: str) -> None:
    other, foreign = drive.open_case(), drive.open_case(district="southport")
    code = drive.case(other).code
    link_cases(drive.system, manager(drive), case_id=case_id, other_code=code.lower(), kind="family")
    assert {(r.case_id, r.other_case_id) for r in drive.rows(select(Link))} == {(case_id, other), (other, case_id)}
    for wrong in (drive.case(foreign).code, "ZZZ-9999", drive.case(case_id).code):
        with pytest.raises(InvalidInput) as refused:
            link_cases(drive.system, manager(drive), case_id=case_id, other_code=wrong, kind="family")
        assert refused.value.fields == {"other_code": ["There is no such case among those you work on."]}


def test_linking_the_same_cases_again_changes_nothing(drive: Drive, case_id: str) -> None:
    code = drive.case(drive.open_case()).code
    link_cases(drive.system, manager(drive), case_id=case_id, other_code=code, kind="family")
    with pytest.raises(Conflict):
        link_cases(drive.system, manager(drive), case_id=case_id, other_code=code, kind="family")
    assert len(drive.rows(select(Link))) == 2


def test_a_case_that_moved_on_is_not_acted_on_as_it_was(drive: Drive, case_id: str) -> None:
    seen = drive.case(case_id).version
    drive.complete(case_id, "assemble_team")
    with pytest.raises(Conflict), case_act(
        drive.system, manager(drive), Permission.CASE_START_RUN, case_id, seen_version=seen
    ):
        pytest.fail("the act must not begin")


# -- notes and files --------------------------------------------------------------------------------


def test_a_note_is_sealed_under_a_category_its_writer_sees(drive: Drive, case_id: str) -> None:
    add_note(drive.system, manager(drive), case_id=case_id, category="process", text="Invented words of a note.")
    row = drive.one(select(Note.sealed, Note.category))
    assert b"Invented" not in row.sealed
    for category, text in (("nonsense", "x"), ("process", "  "), ("process", "x" * 10_001)):
        with pytest.raises(InvalidInput):
            add_note(drive.system, manager(drive), case_id=case_id, category=category, text=text)
    with pytest.raises(InvalidInput):
        add_note(drive.system, manager(drive), case_id=case_id, category="process", text="Invented.",
                 happened_at=drive.clock.now() + timedelta(days=1))


def test_a_file_is_what_its_bytes_say_and_reading_it_is_entered(drive: Drive, case_id: str) -> None:
    content = b"Invented words."
    file_id = attach_file(drive.system, manager(drive), case_id=case_id, category="process", name="paper.txt",
                          media_type="text/plain", content=io.BytesIO(content))
    with open_file(drive.system, manager(drive), file_id=file_id) as read:
        assert b"".join(read.chunks) == content
    assert drive.history(case_id)[-1].object == f"file:{file_id}"
    for name, kind, data in (
        ("paper.pdf", "application/pdf", b"MZ invented"), ("a/b.txt", "text/plain", content),
        ("paper.pdf", "application/pdf", b""), ("page.html", "text/html", b"<p>"),
    ):
        with pytest.raises(InvalidInput):
            attach_file(drive.system, manager(drive), case_id=case_id, category="process", name=name, media_type=kind,
                        content=io.BytesIO(data))
    with pytest.raises(NotFound), open_file(drive.system, drive.person("CM", "sa_midmar"), file_id=file_id):
        pytest.fail("a stranger must not read it")
    assert len(drive.rows(select(File.id))) == 1


# -- reading ----------------------------------------------------------------------------------------


def test_reading_leaves_one_entry_per_person_and_quarter_of_an_hour(drive: Drive, case_id: str) -> None:
    for person in (manager(drive), manager(drive), manager(drive, 2)):
        read_case(drive.system, person, case_id=case_id)
    drive.clock.advance(timedelta(minutes=16))
    read_case(drive.system, manager(drive), case_id=case_id)
    reads = [entry.actor for entry in drive.history(case_id) if entry.act == "read"]
    assert reads == ["cm-sa_norvale-1", "cm-sa_norvale-2", "cm-sa_norvale-1"]


def test_a_try_to_read_a_foreign_case_is_not_found_and_stands_in_its_history(drive: Drive, case_id: str) -> None:
    for person in (drive.person("POL"), drive.person("CM", "sa_midmar"), drive.person("PROV", "mission")):
        with pytest.raises(NotFound):
            read_case(drive.system, person, case_id=case_id)
    tried = [entry.actor for entry in drive.history(case_id) if entry.outcome == "refused"]
    assert tried == ["pol-police-1", "cm-sa_midmar-1", "prov-mission-1"]
