"""A conflict of interest makes a case not exist for somebody, in the same act (goal:S5, domain X10; goal:S21)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from nrm.commands.claim_task import claim_task
from nrm.commands.conflicts import declare_conflict, lift_conflict, note_conflict
from nrm.commands.own_marks import forget_marks, give_marks
from nrm.commands.read_case import read_case
from nrm.commands.read_conflicts import read_conflicts
from nrm.commands.same_person import say_same_person
from nrm.queries.case_list import case_list
from nrm.queries.deadline_counts import clock_counts
from nrm.queries.deadlines_board import BoardFilter, deadlines_board
from nrm.queries.incidents_list import incidents_list
from nrm.queries.my_tasks import counts, my_tasks
from nrm.queries.notices import notices
from nrm.queries.workload import candidates
from nrm.records.grants import ACCOUNT, SEAT
from nrm.records.tables.account import User
from nrm.records.tables.case import KeptAway, TeamMember
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import WorkerMark
from nrm.records.tables.run import Incident
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from tests.support.driving import Drive
from tests.support.granting import grant

TEAM = "assemble_team"


@pytest.fixture
def case_id(any_drive: Drive) -> str:
    """A case of Social Assistance Norvale whose team is to be assembled."""
    return any_drive.open_case()


def people(drive: Drive) -> tuple[Actor, Actor, Actor, Actor]:
    """Two coordinators, a supervisor, and the national unit."""
    return drive.person("COORD"), drive.person("COORD", number=2), drive.person("SUP"), drive.person("NCU")


def sees(drive: Drive, actor: Actor, case_id: str) -> dict[str, bool]:
    """Where somebody comes upon a case."""
    system, code = drive.system, drive.case(case_id).code

    def opens() -> bool:
        try:
            read_case(system, actor, case_id=case_id)
        except NotFound:
            return False
        return True

    def reassigns() -> bool:
        try:
            candidates(system, actor, task_id=drive.task(case_id, TEAM).id)
        except NotFound:
            return False
        return True

    return {
        "page": opens(),
        "list": any(line.code == code for line in case_list(system, actor).items),
        "inbox": any(line.case_code == code for line in my_tasks(system, actor, queue="all").items),
        "count": counts(system, actor).team > 0,
        "board": any(
            line.case_code == code for line in deadlines_board(system, actor, wanted=BoardFilter(state="all")).items
        ),
        "numbers": clock_counts(system, actor).soon > 0,
        "incidents": any(line.case_code == code for line in incidents_list(system, actor).items),
        "notices": any(line.case_code == code for line in notices(system, actor).items),
        "reassigning": reassigns(),
    }


def test_for_who_is_kept_away_the_case_does_not_exist(any_drive: Drive, case_id: str) -> None:
    first, second, chief, _ = people(any_drive)
    task = any_drive.task(case_id, TEAM)
    claim_task(any_drive.system, first, task_id=task.id)
    before = sees(any_drive, first, case_id)
    assert {where for where, there in before.items() if there} >= {"page", "list", "inbox", "count", "board", "numbers"}
    note_conflict(any_drive.system, chief, case_id=case_id, user_id=first.user_id, reason="relative")
    assert not any(sees(any_drive, first, case_id).values())
    assert sees(any_drive, second, case_id)["page"]
    with pytest.raises(NotFound):
        claim_task(any_drive.system, first, task_id=task.id)
    assert any_drive.any_task(task.id).assignee_id is None, "whoever fills the role has it"
    assert [act for act in any_drive.acts(case_id) if act.startswith(("conflict", "task.re"))] == [
        "conflict.noted", "task.reassigned",
    ]


def test_who_declares_it_loses_the_case_in_the_same_act(any_drive: Drive, case_id: str) -> None:
    first, *_ = people(any_drive)
    declare_conflict(any_drive.system, first, case_id=case_id, reason="known")
    assert not any(sees(any_drive, first, case_id).values())
    entry = next(one for one in any_drive.history(case_id) if one.act == "conflict.noted")
    assert (entry.actor, entry.outcome, entry.rule) == (first.user_id, "known", "conflict:declared")


def test_a_stranger_declares_nothing(any_drive: Drive, case_id: str) -> None:
    stranger = any_drive.person("COORD", "sa_midmar")
    with pytest.raises(NotFound):
        declare_conflict(any_drive.system, stranger, case_id=case_id, reason="known")
    assert any_drive.rows(select(KeptAway)) == []


def test_where_nobody_else_can_have_a_task_it_is_an_incident(any_drive: Drive, case_id: str) -> None:
    first, second, chief, national = people(any_drive)
    for one in (first, second):
        note_conflict(any_drive.system, chief, case_id=case_id, user_id=one.user_id, reason="interest")
    incident = any_drive.one(select(Incident.kind, Incident.element))
    assert incident == ("nobody_serves_role", TEAM)
    assert [line.element for line in incidents_list(any_drive.system, national).items] == [TEAM]


def test_seats_by_name_go_to_the_agency(any_drive: Drive, case_id: str) -> None:
    _, _, chief, _ = people(any_drive)
    manager = any_drive.person("CM", "sa_norvale")
    with any_drive.system.database.unit(SYSTEM) as unit:
        grant(unit, SEAT, [{
            "id": "seat", "case_id": case_id, "role": "CM", "agency_id": "sa_norvale", "user_id": manager.user_id,
            "from_at": unit.now, "basis": "invented", "named": True,
        }])
    note_conflict(any_drive.system, chief, case_id=case_id, user_id=manager.user_id, reason="relative")
    seats = any_drive.rows(select(TeamMember.user_id, TeamMember.basis).where(
        TeamMember.role == "CM", TeamMember.to_at.is_(None), TeamMember.basis == "conflict_of_interest"
    ))
    assert seats == [(None, "conflict_of_interest")]
    with pytest.raises(NotFound):
        read_case(any_drive.system, manager, case_id=case_id)


@pytest.mark.parametrize(("noted", "lifter", "allowed"), [
    ("by the supervisor", "the supervisor", False),
    ("by the supervisor", "a coordinator", True),
    ("by themselves", "the supervisor", True),
    ("by themselves", "themselves", None),
])
def test_somebody_else_lifts_it(
    any_drive: Drive, case_id: str, noted: str, lifter: str, allowed: bool | None
) -> None:
    first, second, chief, _ = people(any_drive)
    if noted == "by themselves":
        declare_conflict(any_drive.system, first, case_id=case_id, reason="known")
    else:
        note_conflict(any_drive.system, chief, case_id=case_id, user_id=first.user_id, reason="known")
    actor = {"the supervisor": chief, "a coordinator": second, "themselves": first}[lifter]

    def lift() -> None:
        lift_conflict(any_drive.system, actor, case_id=case_id, user_id=first.user_id)

    if allowed:
        lift()
        assert sees(any_drive, first, case_id)["page"]
    else:
        with pytest.raises(NotAllowed if allowed is False else NotFound):
            lift()
        assert not sees(any_drive, first, case_id)["page"]


def by_email(drive: Drive, one: Actor, other: Actor) -> None:
    """Both accounts have one address of mail, written in two ways."""
    with drive.system.database.unit(SYSTEM) as unit:
        for actor, email in ((one, "Somebody@velmara.example"), (other, "somebody@VELMARA.example")):
            ACCOUNT.change(unit, User.id == actor.user_id, email=email)


def by_word(drive: Drive, one: Actor, other: Actor) -> None:
    """An administrator says so."""
    admin = drive.person("ADMIN", "national_unit")
    say_same_person(drive.system, admin, user_id=one.user_id, login=other.user_id)


@pytest.mark.parametrize("made_one", [by_email, by_word])
def test_two_accounts_of_one_person_are_kept_away_together(
    any_drive: Drive, case_id: str, made_one: Callable[[Drive, Actor, Actor], None]
) -> None:
    first, second, chief, _ = people(any_drive)
    made_one(any_drive, first, second)
    note_conflict(any_drive.system, chief, case_id=case_id, user_id=first.user_id, reason="relative")
    assert not any(sees(any_drive, second, case_id).values())


def test_a_conflict_follows_an_account_that_is_said_to_be_the_same_persons(any_drive: Drive, case_id: str) -> None:
    first, second, chief, _ = people(any_drive)
    note_conflict(any_drive.system, chief, case_id=case_id, user_id=first.user_id, reason="relative")
    by_word(any_drive, first, second)
    assert not any(sees(any_drive, second, case_id).values())


def test_a_shared_name_is_a_hint_and_no_more(any_drive: Drive) -> None:
    case_id = any_drive.open_case(answers={"family_name": "Hintova"})
    first, _, chief, _ = people(any_drive)
    with any_drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == first.user_id, name="Nobody HINTOVÁ")
    view = read_conflicts(any_drive.system, chief, case_id=case_id)
    assert [one.user_id for one in view.workers if one.hint] == [first.user_id]
    assert view.kept == ()
    assert sees(any_drive, first, case_id)["page"]
    # Who does not see the person's name learns none by it.
    national = read_conflicts(any_drive.system, any_drive.person("NCU"), case_id=case_id)
    assert not any(one.hint for one in national.workers)


@pytest.mark.parametrize(("user_id", "reason", "field"), [
    ("nobody", "relative", "user_id"), ("coord-sa_norvale-1", "dislike", "reason"),
])
def test_what_is_wrong_is_said_at_its_field(
    any_drive: Drive, case_id: str, user_id: str, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        note_conflict(any_drive.system, any_drive.person("SUP"), case_id=case_id, user_id=user_id, reason=reason)
    assert list(wrong.value.fields) == [field]


def test_nothing_new_is_told_to_who_is_kept_away(any_drive: Drive, case_id: str) -> None:
    first, _, chief, _ = people(any_drive)
    note_conflict(any_drive.system, chief, case_id=case_id, user_id=first.user_id, reason="relative")
    swept = any_drive.wait(any_drive.task(case_id, TEAM).due_at - any_drive.clock.now())
    assert swept.rungs > 0
    assert not sees(any_drive, first, case_id)["notices"]


@pytest.mark.parametrize(("own", "near"), [
    ("12 Florilor Street", True), ("+373 68 123 456", True), ("Florilor 14; 068 999 999", False),
])
def test_a_shared_address_or_telephone_is_a_hint_to_who_may_read_it(any_drive: Drive, own: str, near: bool) -> None:
    case_id = any_drive.open_case(answers={
        "contact_channel": "trusted", "contact_value": "her aunt, Strada Florilor 12, or 068 123 456",
    })
    first, second, chief, national = people(any_drive)
    give_marks(any_drive.system, first, text=own)

    def seen_by(actor: Actor) -> set[str]:
        view = read_conflicts(any_drive.system, actor, case_id=case_id)
        return {one.user_id for one in view.workers if one.same_contact}

    assert seen_by(chief) == seen_by(second) == ({first.user_id} if near else set())
    assert seen_by(national) == set(), "who does not read how the person is reached gets no hint of it"
    assert sees(any_drive, first, case_id)["page"], "a hint shuts nobody out"


def test_of_a_workers_own_address_nothing_can_be_read(any_drive: Drive) -> None:
    first, *_ = people(any_drive)
    give_marks(any_drive.system, first, text="Strada Florilor 12")
    kept = any_drive.one(select(WorkerMark))
    assert (kept.user_id, len(kept.hmac)) == (first.user_id, 64)
    assert "lorilor" not in str(any_drive.history(INSTALLATION))
    give_marks(any_drive.system, first, text="068 123 456")
    assert len(any_drive.rows(select(WorkerMark))) == 1, "it stands in place of what was given before"
    forget_marks(any_drive.system, first)
    assert any_drive.rows(select(WorkerMark)) == []
    with pytest.raises(InvalidInput):
        give_marks(any_drive.system, first, text="Norvale")
