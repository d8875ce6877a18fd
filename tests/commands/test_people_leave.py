"""People and agencies go: what they have moves as one piece of work, can be followed, and nothing stays behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, insert, select

from nrm.commands.accounts import change_user
from nrm.commands.agencies import save_agency
from nrm.commands.batches import MOST_TRIES, Line, drain_batches, next_try, start_batch
from nrm.commands.bulk_moves import Wish, move_many, preview_move, retry_failed, undo_move
from nrm.commands.case_life import change_team
from nrm.commands.claim_task import claim_task
from nrm.commands.leaving import leave, plan_leaving
from nrm.commands.reassign_task import reassign_task
from nrm.commands.rehoming import end_agencies, plan_of_agency, rehome
from nrm.queries.batches import batch_lines, batch_view, batches
from nrm.queries.left_behind import tasks_left_behind
from nrm.queries.move_plans import Way
from nrm.queries.people import agency_view, user_view
from nrm.queries.work_health import work_health
from nrm.queries.workload import candidates
from nrm.records.grants import ACCOUNT, TASK
from nrm.records.proofs import Proof
from nrm.records.tables.account import Session, User
from nrm.records.tables.case import Case, KeptAway, TeamMember
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import Task
from nrm.records.tables.work import BatchLine
from nrm.records.tables.working_time import Absence, Duty
from nrm.rules.routing import Seat
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.fault.agreement import disagreements
from tests.support.driving import START, Drive, Installation

TEAM = "case.assemble_team"
FIRST, SECOND = "coord-sa_norvale-1", "coord-sa_norvale-2"


@dataclass
class Office:
    """Three cases; the first coordinator of the agency has the task to assemble the team of each."""

    drive: Drive
    cases: list[str]

    def holders(self) -> list[str | None]:
        """Who has the task of each case."""
        return [self.drive.task(case_id, TEAM).assignee_id for case_id in self.cases]

    def told(self, user_id: str) -> list[str]:
        return [row.kind for row in self.drive.rows(
            select(Notice.kind).where(Notice.user_id == user_id, Notice.task_id.is_(None)).order_by(Notice.at))]


def _office(drive: Drive) -> Office:
    cases = [drive.open_case() for _ in range(3)]
    for case_id in cases:
        claim_task(drive.system, drive.person("COORD"), task_id=drive.task(case_id, TEAM).id)
    return Office(drive, cases)


@pytest.fixture
def office(any_drive: Drive) -> Office:
    return _office(any_drive)


@pytest.fixture
def desk(drive: Drive) -> Office:
    """The same on SQLite alone."""
    return _office(drive)


def write(drive: Drive, *statements: Any) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        for statement in statements:
            unit.conn.execute(statement)


def change(drive: Drive, proof: Proof, which: ColumnElement[bool], **values: object) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        proof.change(unit, which, **values)


# -- giving one task -------------------------------------------------------------------------------


def test_who_might_have_a_task_is_shown_with_what_they_have_already(desk: Office) -> None:
    drive, third = desk.drive, desk.drive.open_case()
    change(drive, ACCOUNT, User.id == "sup-sa_norvale-1", roles=["SUP", "COORD"])
    change(drive, TASK, Task.id == drive.task(desk.cases[0], TEAM).id, assignee_id=SECOND)
    drive.clock.advance(timedelta(days=20))
    found = candidates(drive.system, drive.person("SUP"), task_id=drive.task(third, TEAM).id)
    assert [(one.id, one.open, one.late, one.hindered) for one in found] == [
        ("sup-sa_norvale-1", 0, 0, ""), (SECOND, 1, 1, ""), (FIRST, 2, 2, ""),
    ]
    with pytest.raises(NotFound):
        candidates(drive.system, drive.person("SUP", "sa_midmar"), task_id=drive.task(third, TEAM).id)


def choose(desk: Office) -> None:
    """The person of the first case chose the first coordinator."""
    change_team(desk.drive.system, desk.drive.person("SUP"), case_id=desk.cases[0],
                members=[(Seat("COORD", "sa_norvale", FIRST, chosen=True), False)])


@pytest.mark.parametrize(("reason", "although", "moves"), [
    ("workload", False, False), ("workload", True, True), ("the_person_asked", False, True),
])
def test_nobody_is_taken_from_whom_they_chose_without_saying_so(
    desk: Office, reason: str, although: bool, moves: bool
) -> None:
    choose(desk)
    task = desk.drive.task(desk.cases[0], TEAM)

    def give() -> None:
        reassign_task(desk.drive.system, desk.drive.person("SUP"), task_id=task.id, to_user_id=SECOND,
                      reason=reason, although_chosen=although)

    if moves:
        give()
        assert desk.holders()[0] == SECOND
    else:
        with pytest.raises(InvalidInput) as refused:
            give()
        assert list(refused.value.fields) == ["although_chosen"]


def test_a_conflict_of_interest_keeps_somebody_from_the_case(desk: Office) -> None:
    drive = desk.drive
    task = drive.task(desk.cases[0], TEAM)
    reassign_task(drive.system, drive.person("SUP"), task_id=task.id, to_user_id=SECOND, reason="conflict_of_interest")
    assert drive.one(select(KeptAway.user_id, KeptAway.noted_by)) == (FIRST, "sup-sa_norvale-1")
    with pytest.raises(InvalidInput) as refused:
        reassign_task(drive.system, drive.person("SUP"), task_id=task.id, to_user_id=FIRST, reason="workload")
    assert refused.value.fields == {"to_user_id": ["A conflict of interest keeps them from this case."]}


def test_whom_the_person_chose_has_new_tasks_first(drive: Drive) -> None:
    case_id = drive.open_case()
    change_team(drive.system, drive.person("COORD"), case_id=case_id, members=[
        (Seat("COORD", "sa_norvale", FIRST), False), (Seat("COORD", "sa_norvale", SECOND, chosen=True), False)])
    task = drive.task(case_id, TEAM)
    assert (task.assignee_id, task.reason_chain[-1]) == (SECOND, "The person chose this worker.")


# -- moving many -----------------------------------------------------------------------------------


def wish(way: Way = Way.PERSON, **more: Any) -> Wish:
    to = SECOND if way is Way.PERSON else None
    return Wish(way, to, **{"from_user_id": FIRST, **more})


def test_many_tasks_move_as_one_piece_of_work_and_back(office: Office) -> None:
    drive, chief = office.drive, office.drive.person("SUP")
    seen = preview_move(drive.system, chief, wish())
    assert [(one.to_name, one.why_not) for one in seen.planned] == [("COORD 2 Invented", "")] * 3
    assert office.holders() == [FIRST] * 3
    batch_id = move_many(drive.system, chief, wish(), digest=seen.digest)
    assert drain_batches(drive.system, limit=2).done == 2
    view = batch_view(drive.system, chief, batch_id=batch_id)
    assert (view.status, view.total, view.done, view.waiting) == ("running", 3, 2, 1)
    assert drain_batches(drive.system).ended == 1
    assert office.holders() == [SECOND] * 3
    assert office.told("sup-sa_norvale-1")[-1] == "batch_done"
    assert (office.told(SECOND)[-1], office.told(FIRST)[-1]) == ("tasks_given", "tasks_taken")
    claim_back = drive.task(office.cases[0], TEAM)
    reassign_task(drive.system, chief, task_id=claim_back.id, to_user_id=FIRST, reason="other")
    undo_move(drive.system, chief, batch_id=batch_id)
    drain_batches(drive.system)
    assert office.holders() == [FIRST] * 3
    undone = next(one for one in batches(drive.system, chief).items if one.undoes == batch_id)
    assert (undone.done, undone.skipped) == (2, 1)
    with pytest.raises(Conflict):
        undo_move(drive.system, chief, batch_id=batch_id)
    assert all(disagreements(drive, case_id) == [] for case_id in office.cases)


@pytest.mark.parametrize(("more", "moving"), [
    ({}, 3), ({"process": "case"}, 3), ({"process": "referral"}, 0), ({"district": "midmar"}, 0),
    ({"role": "COORD"}, 3), ({"late": True}, 0),
])
def test_filters_narrow_what_moves(desk: Office, more: dict[str, Any], moving: int) -> None:
    assert len(preview_move(desk.drive.system, desk.drive.person("SUP"), wish(**more)).planned) == moving


@pytest.mark.parametrize(("reason", "why_not"), [
    ("workload", ["The person chose who has this task.", "", ""]), ("the_person_asked", ["", "", ""]),
])
def test_nothing_leaves_whom_the_person_chose_unless_they_asked(
    desk: Office, reason: str, why_not: list[str]
) -> None:
    choose(desk)
    planned = preview_move(desk.drive.system, desk.drive.person("SUP"), wish(reason=reason)).planned
    assert [one.why_not for one in sorted(planned, key=lambda one: desk.cases.index(one.item.case_id))] == why_not


@pytest.mark.postgres
def test_several_workers_share_a_batch_and_each_line_happens_once(postgres_installation: Installation) -> None:
    office = _office(Drive(postgres_installation))
    move_many(office.drive.system, office.drive.person("SUP"), wish())
    systems = [postgres_installation.system() for _ in range(3)]
    with ThreadPoolExecutor(3) as workers:
        drained = list(workers.map(drain_batches, systems))
    drained.append(drain_batches(office.drive.system))
    assert sum(one.done for one in drained) == 3
    assert sum(one.ended for one in drained) == 1
    assert sum(office.drive.acts(case_id).count("task.reassigned") for case_id in office.cases) == 3
    assert office.told("sup-sa_norvale-1").count("batch_done") == 1


def test_spread_evenly_over_who_fills_the_role(desk: Office) -> None:
    change(desk.drive, ACCOUNT, User.id == "sup-sa_norvale-2", roles=["SUP", "COORD"])
    move_many(desk.drive.system, desk.drive.person("SUP"), wish(Way.SPREAD))
    drain_batches(desk.drive.system)
    assert sorted(map(str, desk.holders())) == [SECOND, SECOND, "sup-sa_norvale-2"]


def test_what_changed_since_it_was_looked_at_does_not_move(desk: Office) -> None:
    drive, chief = desk.drive, desk.drive.person("SUP")
    seen = preview_move(drive.system, chief, wish())
    batch_id = move_many(drive.system, chief, wish())
    drive.complete(desk.cases[0], TEAM)
    counted = drain_batches(drive.system)
    assert (counted.done, counted.skipped) == (2, 1)
    left = batch_lines(drive.system, chief, batch_id=batch_id, status="skipped").items
    assert [one.why for one in left] == ["This has changed since it was looked at."]
    with pytest.raises(Conflict):
        move_many(drive.system, chief, wish(), digest=seen.digest)


@pytest.mark.parametrize(("role", "agency"), [("CM", "sa_norvale"), ("FR", "lantern")])
def test_who_may_not_give_tasks_moves_none_and_sees_no_batch(desk: Office, role: str, agency: str) -> None:
    actor = desk.drive.person(role, agency)
    for act in (lambda: preview_move(desk.drive.system, actor, wish()), lambda: batches(desk.drive.system, actor)):
        with pytest.raises(NotAllowed):
            act()


def test_another_agency_neither_sees_nor_undoes_a_batch(desk: Office) -> None:
    batch_id = move_many(desk.drive.system, desk.drive.person("SUP"), wish())
    stranger = desk.drive.person("SUP", "sa_midmar")
    assert batches(desk.drive.system, stranger).items == ()
    with pytest.raises(NotFound):
        undo_move(desk.drive.system, stranger, batch_id=batch_id)


def test_a_line_that_fails_waits_longer_each_time_and_is_listed_at_last(desk: Office) -> None:
    drive, chief = desk.drive, desk.drive.person("SUP")
    with drive.system.database.unit(chief) as unit:
        batch_id = start_batch(
            drive.system, unit, kind="move_tasks", params={"agency": "sa_norvale"},
            lines=[Line(desk.cases[0], {"what": "nothing_known", "id": "x"})],
        )
    waits = []
    for _ in range(MOST_TRIES):
        drained = drain_batches(drive.system)
        assert drained.failed == 1
        at = drive.one(select(BatchLine.next_at)).next_at
        waits.append(at - drive.clock.now())
        drive.clock.advance(waits[-1])
    assert waits == [timedelta(seconds=30 * 2**n) for n in range(MOST_TRIES)]
    assert drained.ended == 1
    assert batch_view(drive.system, chief, batch_id=batch_id).failed == 1
    assert retry_failed(drive.system, chief, batch_id=batch_id) == 1
    assert batch_view(drive.system, chief, batch_id=batch_id).waiting == 1
    assert next_try(START, 1) == START + timedelta(seconds=30)


# -- somebody leaves -------------------------------------------------------------------------------


def close(drive: Drive, user_id: str, **more: Any) -> None:
    """An administrator closes an account, or changes it, on its page."""
    admin = drive.person("ADMIN", "national_unit")
    line = user_view(drive.system, admin, user_id=user_id).line
    change_user(drive.system, admin, user_id=user_id, name=line.name, **{
        "agency_id": line.agency_id, "roles": line.roles, "status": "disabled", **more})


@pytest.mark.parametrize(("more", "place"), [
    ({}, "status"), ({"status": "active", "agency_id": "sa_midmar"}, "agency_id"),
    ({"status": "active", "roles": ["SUP"]}, "roles"),
])
def test_an_account_with_work_does_not_change_so_that_it_is_left_behind(
    desk: Office, more: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        close(desk.drive, FIRST, **more)
    assert list(refused.value.fields) == [place]


def on_duty(drive: Drive) -> None:
    now = drive.clock.now()
    write(drive, insert(Duty).values(
        id="d1", role="COORD", district="norvale", user_id=SECOND, from_at=now, to_at=now + timedelta(days=3),
        added_by="system", added_at=now))


def standing_in(drive: Drive) -> None:
    now = drive.clock.now()
    write(drive, insert(Absence).values(
        id="a1", user_id=FIRST, substitute_id=SECOND, from_at=now, to_at=now + timedelta(days=3), scope={},
        status="planned", added_by="system", added_at=now))


@pytest.mark.parametrize("tie", [on_duty, standing_in])
def test_who_is_on_duty_or_stands_in_leaves_by_a_plan_that_ends_it(desk: Office, tie: Any) -> None:
    drive, admin = desk.drive, desk.drive.person("ADMIN", "national_unit")
    tie(drive)
    with pytest.raises(InvalidInput):
        close(drive, SECOND)
    assert len(plan_leaving(drive.system, admin, user_id=SECOND).turns) == 1
    assert leave(drive.system, admin, user_id=SECOND) is None
    assert drive.one(select(User.status).where(User.id == SECOND)).status == "disabled"
    assert plan_leaving(drive.system, admin, user_id=SECOND).turns == ()


def test_a_plan_moves_everything_and_then_closes_the_account(office: Office) -> None:
    drive, admin = office.drive, office.drive.person("ADMIN", "national_unit")
    change_team(drive.system, drive.person("SUP"), case_id=office.cases[0],
                members=[(Seat("COORD", "sa_norvale", FIRST), True)])
    write(drive, insert(Session).values(
        token_hash="0" * 64, user_id=FIRST, created_at=START, last_seen_at=START, expires_at=START, csrf="x"))
    plan = plan_leaving(drive.system, admin, user_id=FIRST)
    assert sorted((one.item.what, one.to_user) for one in plan.planned) == [
        ("seat", None), ("task", SECOND), ("task", SECOND), ("task", SECOND)]
    leave(drive.system, admin, user_id=FIRST, digest=plan.digest, locked_now=True)
    assert drive.one(select(User.status).where(User.id == FIRST)).status == "disabled"
    assert drive.rows(select(Session.user_id)) == []
    with pytest.raises(Conflict):
        leave(drive.system, admin, user_id=FIRST)
    drain_batches(drive.system)
    assert office.holders() == [SECOND] * 3
    seats = drive.rows(select(TeamMember.user_id, TeamMember.named).where(
        TeamMember.case_id == office.cases[0], TeamMember.role == "COORD", TeamMember.to_at.is_(None)))
    assert seats == [(None, False)]
    assert tasks_left_behind(drive.system).count == 0
    assert office.told(admin.user_id)[-1] == "leaving_done"


def test_work_that_can_go_to_nobody_is_shown_and_stops_the_plan(desk: Office) -> None:
    drive, admin = desk.drive, desk.drive.person("ADMIN", "national_unit")
    change(drive, ACCOUNT, User.id == SECOND, status="disabled")
    plan = plan_leaving(drive.system, admin, user_id=FIRST)
    assert {one.why_not for one in plan.stuck} == {"Nobody else here fills this role."}
    with pytest.raises(InvalidInput):
        leave(drive.system, admin, user_id=FIRST)
    assert drive.one(select(User.status).where(User.id == FIRST)).status == "active"


def test_what_came_in_the_meantime_keeps_the_account_open(desk: Office) -> None:
    drive, admin = desk.drive, desk.drive.person("ADMIN", "national_unit")
    leave(drive.system, admin, user_id=FIRST)
    late = drive.open_case()
    claim_task(drive.system, drive.person("COORD"), task_id=drive.task(late, TEAM).id)
    drain_batches(drive.system)
    assert drive.one(select(User.status).where(User.id == FIRST)).status == "active"
    assert desk.told(admin.user_id)[-1] == "leaving_stopped"


# -- an agency ends --------------------------------------------------------------------------------


def end(drive: Drive, agency_id: str, **more: Any) -> None:
    """The national unit sets the end of an agency."""
    chief = drive.person("NCU", "national_unit")
    line = agency_view(drive.system, chief, agency_id=agency_id)
    save_agency(drive.system, chief, agency_id=agency_id, name=line.name, kind=line.kind, districts=line.districts,
                serves=line.serves, calendar=line.calendar, manages_cases=line.manages_cases, **more)


@pytest.fixture
def neighbour(any_drive: Drive) -> Office:
    """An office whose district is served by the neighbour agency too."""
    chief = any_drive.person("NCU", "national_unit")
    line = agency_view(any_drive.system, chief, agency_id="sa_midmar")
    save_agency(any_drive.system, chief, agency_id="sa_midmar", name=line.name, kind=line.kind,
                districts=["midmar", "norvale"], serves=line.serves, calendar=line.calendar, manages_cases=True)
    return _office(any_drive)


def test_an_agency_that_ends_hands_everything_on(neighbour: Office) -> None:
    drive, chief = neighbour.drive, neighbour.drive.person("NCU", "national_unit")
    with pytest.raises(Conflict):
        rehome(drive.system, chief, agency_id="sa_norvale")
    end(drive, "sa_norvale", until=date(2026, 3, 6))
    plan = plan_of_agency(drive.system, chief, agency_id="sa_norvale")
    assert {(one.item.what, one.to_agency) for one in plan.planned} == {
        ("task", "sa_midmar"), ("seat", "sa_midmar"), ("case", "sa_midmar")}
    drive.clock.advance(timedelta(days=7))
    assert end_agencies(drive.system) == 1
    assert end_agencies(drive.system) == 0
    drain_batches(drive.system)
    assert {row.agency_id for row in drive.rows(select(Task.agency_id).where(Task.role == "COORD"))} == {"sa_midmar"}
    assert {row.agency_id for row in drive.rows(select(Case.agency_id))} == {"sa_midmar"}
    assert {row.managed_by for row in drive.rows(select(Deadline.managed_by))} == {"sa_midmar"}
    open_seats = drive.rows(select(TeamMember.agency_id).where(TeamMember.to_at.is_(None)))
    assert "sa_norvale" not in {row.agency_id for row in open_seats}
    assert tasks_left_behind(drive.system).count == 0
    assert neighbour.told("sup-sa_midmar-1")[-1] == "tasks_rehomed"
    assert drive.task(drive.open_case(), TEAM).agency_id == "sa_midmar"


def test_an_agency_made_inactive_hands_its_work_on_at_once(neighbour: Office) -> None:
    end(neighbour.drive, "sa_norvale", active=False)
    drain_batches(neighbour.drive.system)
    assert tasks_left_behind(neighbour.drive.system).count == 0
    assert batches(neighbour.drive.system, neighbour.drive.person("NCU", "national_unit")).items[0].kind == "rehoming"


def test_an_agency_that_comes_back_has_everything_again(neighbour: Office) -> None:
    drive, chief = neighbour.drive, neighbour.drive.person("NCU", "national_unit")
    for user_id, case_id in zip((FIRST, SECOND), neighbour.cases, strict=False):
        change_team(drive.system, drive.person("SUP"), case_id=case_id,
                    members=[(Seat("COORD", "sa_norvale", user_id, chosen=True), True)])
    before = whose(drive)
    end(drive, "sa_norvale", active=False)
    drain_batches(drive.system)
    assert {where[2] for where in whose(drive).values()} == {"sa_midmar"}
    end(drive, "sa_norvale")
    change(drive, ACCOUNT, User.id == SECOND, status="disabled")
    undo_move(drive.system, chief, batch_id=batches(drive.system, chief).items[0].id)
    drain_batches(drive.system)
    seated = ("seat", "COORD", "sa_norvale")
    expected = [
        (*seated, "", where[4], "False", "False") if where[:4] == (*seated, SECOND) else where
        for where in before.values()
    ]
    assert sorted(whose(drive).values()) == sorted(expected) != sorted(before.values())
    assert all(disagreements(drive, case_id) == [] for case_id in neighbour.cases)


def whose(drive: Drive) -> dict[str, tuple[str, ...]]:
    """Who has which open task, seat and case of the two agencies."""
    found: dict[str, tuple[str, ...]] = {}
    for row in drive.rows(select(Task).where(Task.status.in_(("open", "claimed")))):
        found[row.id] = "task", row.element, row.agency_id, row.assignee_id or "", row.case_id
    for row in drive.rows(select(TeamMember).where(TeamMember.to_at.is_(None))):
        found[row.id] = "seat", row.role, row.agency_id, row.user_id or "", row.case_id, str(row.named), str(row.chosen)
    for row in drive.rows(select(Case)):
        found[row.id] = "case", "", row.agency_id
    return {key: where for key, where in found.items() if where[2].startswith("sa_")}


def test_work_nobody_else_serves_is_listed_and_shows_as_left_behind(desk: Office) -> None:
    drive, chief = desk.drive, desk.drive.person("NCU", "national_unit")
    end(drive, "sa_norvale", until=date(2026, 3, 6))
    plan = plan_of_agency(drive.system, chief, agency_id="sa_norvale")
    assert {one.why_not for one in plan.planned if one.item.what == "case"} == {
        "No other agency of the district serves this role."}
    drive.clock.advance(timedelta(days=7))
    end_agencies(drive.system)
    drain_batches(drive.system)
    left = tasks_left_behind(drive.system)
    assert left.count == 3
    assert {one.sentence for one in left.tasks} == {"Its agency no longer takes part."}
    shown = work_health(drive.system, chief).left_behind
    assert sum(place.count for place in shown) == 3
    assert {(place.agency_name, place.sentence) for place in shown} == {
        ("Social Assistance Norvale", "Its agency no longer takes part.")}


@pytest.mark.parametrize(("role", "agency"), [("COORD", "sa_midmar"), ("SUP", "sa_norvale")])
def test_only_who_answers_for_an_agency_ends_it(desk: Office, role: str, agency: str) -> None:
    with pytest.raises(NotAllowed):
        plan_of_agency(desk.drive.system, desk.drive.person(role, agency), agency_id="sa_norvale")
