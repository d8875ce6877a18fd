"""People are away and come back: their tasks go to who stands in, and none is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.absences import begin_and_end_absences, end_absence, plan_absence
from nrm.commands.batches import drain_batches
from nrm.commands.case_life import change_team
from nrm.commands.claim_task import claim_task
from nrm.commands.release_task import release_task
from nrm.queries.absence_plans import AbsencePlan, preview_absence
from nrm.queries.absences import absence_view, absences
from nrm.records.grants import ACCOUNT, TASK
from nrm.records.tables.account import User
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import Task
from nrm.records.tables.working_time import Absence
from nrm.rules.routing import Seat
from nrm.rules.substitutes import Scope
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed
from tests.fault.agreement import disagreements
from tests.support.driving import Drive
from tests.support.granting import keep_away

TEAM = "case.assemble_team"
FIRST, SECOND = "coord-sa_norvale-1", "coord-sa_norvale-2"
MONDAY, FRIDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 3)
PLAN = AbsencePlan(FIRST, MONDAY, FRIDAY, SECOND)
SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no", "is_child": "no"}


@dataclass
class Office:
    """The first coordinator of an agency has the task to assemble the team of one case."""

    drive: Drive
    case_id: str

    def plan(self, plan: AbsencePlan = PLAN) -> str:
        """The first coordinator notes an absence of their own."""
        return plan_absence(self.drive.system, self.drive.person("COORD"), plan)

    def tick(self, by: timedelta = timedelta(0)) -> None:
        """Time passes, and a worker looks once at absences and batches."""
        self.drive.clock.advance(by)
        begin_and_end_absences(self.drive.system)
        drain_batches(self.drive.system)

    @property
    def task(self) -> Any:
        return self.drive.task(self.case_id, TEAM)

    def told(self, user_id: str) -> list[tuple[str, Any]]:
        """What somebody was told about absences, with its numbers."""
        rows = self.drive.rows(select(Notice.kind, Notice.params).where(
            Notice.user_id == user_id, Notice.params.is_not(None)
        ).order_by(Notice.at))
        return [(row.kind, row.params) for row in rows if row.params]


@pytest.fixture
def office(any_drive: Drive) -> Office:
    case_id = any_drive.open_case()
    claim_task(any_drive.system, any_drive.person("COORD"), task_id=any_drive.task(case_id, TEAM).id)
    return Office(any_drive, case_id)


@pytest.fixture
def desk(drive: Drive) -> Office:
    """The same on SQLite alone."""
    case_id = drive.open_case()
    claim_task(drive.system, drive.person("COORD"), task_id=drive.task(case_id, TEAM).id)
    return Office(drive, case_id)


def test_tasks_go_to_the_substitute_and_come_back(office: Office) -> None:
    office.plan()
    office.tick()
    task = office.task
    assert (task.assignee_id, task.stands_in_for, task.status) == (SECOND, FIRST, "claimed")
    assert task.reason_chain[-1] == "Who had it is absent; you stand in for them."
    assert office.told(FIRST) == [("absence_begun", {"count": 1})]
    assert office.told(SECOND) == [("stands_in", {"count": 1})]
    office.tick(timedelta(days=5))
    task = office.task
    assert (task.assignee_id, task.stands_in_for) == (FIRST, None)
    assert office.told(FIRST)[-1] == ("absence_ended", {"done": 0, "back": 1})
    assert office.told(SECOND)[-1] == ("stood_in", {"done": 0, "back": 1})
    acts = office.drive.acts(office.case_id)
    assert (acts.count("task.handed_over"), acts.count("task.handed_back")) == (1, 1)
    assert disagreements(office.drive, office.case_id) == []


def test_each_step_happens_once_however_often_workers_look(desk: Office) -> None:
    desk.plan()
    for _ in range(3):
        desk.tick()
    desk.drive.clock.advance(timedelta(days=5))
    for _ in range(3):
        desk.tick()
    acts = desk.drive.acts(desk.case_id)
    assert (acts.count("task.handed_over"), acts.count("task.handed_back")) == (1, 1)
    installation = desk.drive.acts("installation")
    assert [act for act in installation if act.startswith("absence.")] == [
        "absence.planned", "absence.begun", "absence.ended"]


def test_what_was_done_meanwhile_is_counted_and_listed(desk: Office) -> None:
    absence_id = desk.plan()
    desk.tick()
    desk.drive.complete(desk.case_id, TEAM, number=2)
    desk.tick(timedelta(days=5))
    assert desk.told(FIRST)[-1] == ("absence_ended", {"done": 1, "back": 0})
    view = absence_view(desk.drive.system, desk.drive.person("COORD"), absence_id=absence_id)
    assert [(one.status, one.by_name) for one in view.meanwhile] == [("done", "COORD 2 Invented")]


def test_an_absence_begins_on_its_day_at_midnight_of_the_agency(desk: Office) -> None:
    desk.plan(replace(PLAN, first=TUESDAY))
    desk.tick(timedelta(hours=12))
    assert desk.task.assignee_id == FIRST
    desk.tick(timedelta(hours=3))
    assert desk.task.assignee_id == SECOND


def test_an_absence_that_no_worker_saw_is_over(desk: Office) -> None:
    desk.plan(replace(PLAN, first=TUESDAY))
    desk.tick(timedelta(days=30))
    assert desk.task.assignee_id == FIRST
    assert desk.drive.one(select(Absence.status)).status == "ended"


def test_cut_short_everything_open_goes_back(desk: Office) -> None:
    absence_id = desk.plan()
    desk.tick()
    end_absence(desk.drive.system, desk.drive.person("COORD"), absence_id=absence_id)
    desk.tick()
    assert desk.task.assignee_id == FIRST
    assert desk.drive.one(select(Absence.to_at)).to_at == desk.drive.clock.now()
    with pytest.raises(Conflict):
        end_absence(desk.drive.system, desk.drive.person("COORD"), absence_id=absence_id)


def test_a_planned_absence_can_be_cancelled(desk: Office) -> None:
    absence_id = desk.plan(replace(PLAN, first=TUESDAY))
    end_absence(desk.drive.system, desk.drive.person("COORD"), absence_id=absence_id)
    desk.tick(timedelta(days=2))
    assert desk.task.assignee_id == FIRST


def _none_named(office: Office) -> AbsencePlan:
    return replace(PLAN, substitute_id=None)


def _other_process(office: Office) -> AbsencePlan:
    return replace(PLAN, scope=Scope(processes=frozenset({"immediate_assistance"})))


def _conflict(office: Office) -> AbsencePlan:
    with office.drive.system.database.unit(SYSTEM) as unit:
        keep_away(unit, office.case_id, SECOND)
    return PLAN


def _wrong_role(office: Office) -> AbsencePlan:
    with office.drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == FIRST, roles=["CM", "COORD"])
    return replace(PLAN, substitute_id="cm-sa_norvale-1")


@pytest.mark.parametrize(("prepared", "why"), [
    (_none_named, "Nobody is named to stand in."),
    (_other_process, "The substitute is named for other processes or cases."),
    (_conflict, "A conflict of interest keeps them from this case."),
    (_wrong_role, "They do not fill the role of this task."),
])
def test_what_the_substitute_cannot_have_is_listed_first_and_then_for_everybody(
    desk: Office, prepared: Any, why: str
) -> None:
    plan = prepared(desk)
    seen = preview_absence(desk.drive.system, desk.drive.person("COORD"), plan)
    assert [(one.label, one.hindered) for one in seen.handed] == [(desk.task.title, why)]
    assert "coord-sa_norvale-2" in {one.user_id for one in seen.possible}
    desk.plan(plan)
    desk.tick()
    task = desk.task
    assert (task.status, task.assignee_id, task.stands_in_for) == ("open", None, FIRST)
    assert desk.told("sup-sa_norvale-1") == [("absence_for_all", {"count": 1})]
    desk.tick(timedelta(days=5))
    assert desk.task.assignee_id == FIRST


def test_a_named_case_goes_to_the_substitute(desk: Office) -> None:
    desk.plan(replace(PLAN, scope=Scope(cases=frozenset({desk.task.case_code}))))
    desk.tick()
    assert desk.task.assignee_id == SECOND


def test_whoever_claims_what_is_for_everybody_keeps_it(desk: Office) -> None:
    desk.plan(replace(PLAN, substitute_id=None))
    desk.tick()
    claim_task(desk.drive.system, desk.drive.person("COORD", number=2), task_id=desk.task.id)
    desk.tick(timedelta(days=5))
    assert desk.task.assignee_id == SECOND


def test_what_the_substitute_gives_back_returns_with_the_rest(desk: Office) -> None:
    desk.plan()
    desk.tick()
    release_task(desk.drive.system, desk.drive.person("COORD", number=2), task_id=desk.task.id)
    desk.tick(timedelta(days=5))
    assert desk.task.assignee_id == FIRST


@pytest.mark.parametrize(("plan", "place"), [
    (replace(PLAN, last=date(2026, 3, 1)), "last"),
    (replace(PLAN, first=date(2026, 2, 1), last=date(2026, 2, 2)), "last"),
    (replace(PLAN, last=date(2030, 3, 1)), "last"),
    (replace(PLAN, substitute_id=FIRST), "substitute_id"),
    (replace(PLAN, substitute_id="coord-sa_midmar-1"), "substitute_id"),
    (replace(PLAN, substitute_id="nobody"), "substitute_id"),
    (replace(PLAN, substitute_id="fam-sa_norvale-1"), "substitute_id"),
    (replace(PLAN, scope=Scope(processes=frozenset({"no_such"}))), "processes"),
    (replace(PLAN, scope=Scope(cases=frozenset({"ABC-DEFG"}))), "cases"),
])
def test_an_absence_that_cannot_be_is_refused_at_its_field(desk: Office, plan: AbsencePlan, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.plan(plan)
    assert list(refused.value.fields) == [place]


def test_overlapping_absences_are_refused_with_the_dates(desk: Office) -> None:
    desk.plan()
    with pytest.raises(InvalidInput) as refused:
        desk.plan(replace(PLAN, first=FRIDAY, last=date(2026, 3, 9)))
    assert refused.value.fields == {"first": ["There is an absence from 2026-03-02 to 2026-03-06 already."]}
    desk.plan(replace(PLAN, first=date(2026, 3, 7), last=date(2026, 3, 9)))


def test_who_is_away_at_that_time_cannot_stand_in(desk: Office) -> None:
    plan_absence(desk.drive.system, desk.drive.person("COORD", number=2), AbsencePlan(SECOND, FRIDAY, FRIDAY))
    with pytest.raises(InvalidInput) as refused:
        desk.plan()
    assert refused.value.fields == {"substitute_id": ["They are absent themselves at that time."]}


@pytest.mark.parametrize(("role", "agency", "may"), [
    ("COORD", "sa_norvale", True), ("SUP", "sa_norvale", True), ("NCU", "national_unit", True),
    ("CM", "sa_norvale", False), ("COORD", "sa_midmar", False),
])
def test_a_colleagues_absence_is_noted_by_who_manages_the_agency(
    desk: Office, role: str, agency: str, may: bool
) -> None:
    drive, actor = desk.drive, desk.drive.person(role, agency, 2)
    if not may:
        with pytest.raises(NotAllowed):
            plan_absence(drive.system, actor, PLAN)
        assert absences(drive.system, actor).items == ()
        return
    plan_absence(drive.system, actor, PLAN)
    assert [one.user_id for one in absences(drive.system, actor).items] == [FIRST]


def name_the_team(desk: Office, *seats: Seat) -> None:
    change_team(desk.drive.system, desk.drive.person("COORD"), case_id=desk.case_id,
                members=[(seat, False) for seat in seats])


@pytest.mark.parametrize(("substitute", "assignee"), [
    ("fr-lantern-2", "fr-lantern-2"), (None, None),
])
def test_new_tasks_of_somebody_absent_open_with_the_substitute(
    drive: Drive, substitute: str | None, assignee: str | None
) -> None:
    fr = drive.person("FR", "lantern")
    plan_absence(drive.system, fr, AbsencePlan(fr.user_id, MONDAY, FRIDAY, substitute))
    begin_and_end_absences(drive.system)
    case_id = drive.open_case(by=fr)
    task = drive.task(case_id, "record_safety")
    assert (task.assignee_id, task.stands_in_for) == (assignee, fr.user_id)
    assert ("absent" in task.reason_chain[-1]) is True


def test_a_task_that_opened_while_the_absence_began_is_handed_over_at_the_next_look(desk: Office) -> None:
    desk.plan()
    desk.tick()
    with desk.drive.system.database.unit(SYSTEM) as unit:
        TASK.change(unit, Task.id == desk.task.id, assignee_id=FIRST, stands_in_for=None)
    desk.tick()
    assert desk.task.assignee_id == SECOND


def test_who_no_longer_works_there_is_given_nothing(drive: Drive) -> None:
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == "fr-lantern-1", status="disabled")
    task = drive.task(drive.open_case(), "record_safety")
    assert (task.assignee_id, task.agency_id) == (None, "lantern")
