"""Absences, moves, accounts and agencies that end, on pages: looked at first, done on a press, taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from nrm.commands.absences import begin_and_end_absences
from nrm.commands.accounts import create_user
from nrm.commands.batches import drain_batches
from nrm.commands.claim_task import claim_task
from nrm.records.tables.account import User
from nrm.records.tables.task import IS_OPEN, Task
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import PASSWORD, Browser, Installation

AWAY = {"first": "2026-03-02", "last": "2026-03-06", "substitute_id": "u-cyril"}


@pytest.fixture
def office(installation: Installation) -> Installation:
    """Cora has the task to assemble the team of a case."""
    installation.open_case()
    with installation.system.database.reader() as unit:
        task_id = unit.conn.execute(select(Task.id).where(Task.element == "assemble_team", IS_OPEN)).scalar_one()
    claim_task(installation.system, installation.actors["cora"], task_id=task_id)
    return installation


@pytest.fixture
def admin(installation: Installation) -> Browser:
    create_user(
        installation.system, SYSTEM, login="adm", name="Adam Invented", agency_id="national_unit", roles=["ADMIN"],
        password=PASSWORD,
    )
    return installation.browser("adm")


def work(office: Installation) -> None:
    """A worker looks once."""
    begin_and_end_absences(office.system)
    drain_batches(office.system)


def holder(office: Installation) -> str | None:
    with office.system.database.reader() as unit:
        found: str | None = unit.conn.execute(
            select(Task.assignee_id).where(Task.element == "assemble_team", IS_OPEN)
        ).scalar_one()
    return found


def test_an_absence_is_looked_at_noted_and_cut_short(office: Installation) -> None:
    cora = office.browser("cora")
    assert "Nobody is away" in cora.get("/absences").text
    cora.get("/absences/new")
    seen = cora.post("/absences/new", {**AWAY, "_action": "look"})
    assert "Goes to who stands in" in seen.text
    assert 'value="2026-03-06"' in seen.text
    address = cora.post("/absences/new", {**AWAY, "_action": "save"}).location
    work(office)
    assert holder(office) == "u-cyril"
    page = cora.get(address)
    assert "The absence is noted. It begins by itself." in page.text
    assert "Cyril Invented" in page.text
    assert "You stand in for a colleague: 1 tasks came to you." in office.browser("cyril").get("/notices").text
    cora.get(address)
    cora.post(f"{address.split('?')[0]}/end")
    work(office)
    assert holder(office) == "u-cora"
    assert "0 tasks were done meanwhile, 1 came back to you." in cora.get("/notices").text


@pytest.mark.parametrize(("typed", "sentence"), [
    ({"first": ""}, "Write a day."), ({"last": "2026-03-01"}, "The last day is not before the first."),
    ({"substitute_id": "u-ana"}, "They fill none of the roles"), ({"cases": "abc-defg"}, "ABC-DEFG"),
])
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    office: Installation, typed: dict[str, str], sentence: str
) -> None:
    cora = office.browser("cora")
    cora.get("/absences/new")
    answer = cora.post("/absences/new", {**AWAY, **typed, "_action": "save"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "nrm-errors" in answer.text


def test_tasks_move_together_and_back(office: Installation) -> None:
    sol = office.browser("sol")
    looked = sol.get("/moves?way=person&from_user_id=u-cora&to_user_id=u-cyril&reason=workload").text
    assert "1 of 1 tasks would move." in looked
    digest = looked.split('name="digest" value="')[1].split('"')[0]
    address = sol.post("/moves", {
        "way": "person", "from_user_id": "u-cora", "to_user_id": "u-cyril", "reason": "workload", "digest": digest,
    }).location.split("?")[0]
    work(office)
    assert holder(office) == "u-cyril"
    assert "Over" in sol.get(address).text
    sol.post(f"{address}/undo")
    work(office)
    assert holder(office) == "u-cora"
    assert "Takes another back" in sol.get("/batches").text


def test_what_changed_since_it_was_looked_at_is_shown_again(office: Installation) -> None:
    sol = office.browser("sol")
    sol.get("/moves?way=pool&from_user_id=u-cora")
    answer = sol.post("/moves", {"way": "pool", "from_user_id": "u-cora", "digest": "old"})
    assert answer.status_code == 409
    assert "Some of these tasks have changed since you looked." in answer.text


def test_an_account_closes_by_a_plan_that_moves_everything(office: Installation, admin: Browser) -> None:
    page = admin.get("/users/u-cora")
    assert "/users/u-cora/leaving" in page.text
    answer = admin.post("/users/u-cora", {
        "name": "Cora Invented", "agency_id": "sa_norvale", "roles": ["COORD"], "unit_name": "coordination",
        "status": "disabled",
    })
    assert "This person still has work. Move it with a plan first." in answer.text
    plan = admin.get("/users/u-cora/leaving").text
    assert "Cyril Invented" in plan
    assert admin.post("/users/u-cora/leaving", {"locked_now": "yes"}).status_code == 303
    work(office)
    assert holder(office) == "u-cyril"
    with office.system.database.reader() as unit:
        assert unit.conn.execute(select(User.status).where(User.id == "u-cora")).scalar_one() == "disabled"


def test_the_last_of_a_role_is_not_closed(office: Installation, admin: Browser) -> None:
    admin.get("/users/u-sol/leaving")
    answer = admin.post("/users/u-sol/leaving", {})
    assert answer.status_code == 422
    assert "Nobody else at this agency fills: " in answer.text


def test_an_agency_shows_its_work_and_moves_it_once_its_end_is_set(office: Installation, admin: Browser) -> None:
    assert "It moves once a last day is set" in admin.get("/agencies/sa_norvale/work").text
    answer = admin.post("/agencies/sa_norvale/work")
    assert answer.status_code == 409
    assert "Say first when this agency ends." in answer.text


def test_who_might_have_a_task_is_shown_with_what_they_have(office: Installation) -> None:
    with office.system.database.reader() as unit:
        task_id = unit.conn.execute(select(Task.id).where(Task.element == "assemble_team", IS_OPEN)).scalar_one()
    page = office.browser("sol").get(f"/tasks/{task_id}").text
    assert "0 open, 0 late, 0 urgent" in page
    assert 'value="u-cyril"' in page


def test_whom_the_person_chose_is_ticked_on_the_team_page_and_kept(office: Installation) -> None:
    sol = office.browser("sol")
    with office.system.database.reader() as unit:
        task = unit.conn.execute(select(Task).where(Task.element == "assemble_team", IS_OPEN)).one()
    sol.get(f"/cases/{task.case_code}/team")
    seat = {"role": "COORD", "agency": "sa_norvale", "user_id": "u-cora", "chosen": "yes", "basis": "words"}
    assert sol.post(f"/cases/{task.case_code}/team", seat).status_code == 303
    assert "Chosen by the person" in sol.get(f"/cases/{task.case_code}/team").text
    assert "The person chose who has this task" in sol.get(f"/tasks/{task.id}").text
    gives = {"to_user_id": "u-cyril", "reason": "workload"}
    refused = sol.post(f"/tasks/{task.id}/reassign", gives)
    assert refused.status_code == 422
    assert "Confirm that it moves all the same" in refused.text
    assert sol.post(f"/tasks/{task.id}/reassign", {**gives, "although_chosen": "yes"}).status_code == 303
    assert holder(office) == "u-cyril"
