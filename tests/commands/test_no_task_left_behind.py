"""Whoever joins, leaves, is away, moves work or ends an agency: no open task is ever left behind."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.absences import begin_and_end_absences, end_absence, plan_absence
from nrm.commands.accounts import change_user, create_user
from nrm.commands.agencies import save_agency
from nrm.commands.batches import drain_batches
from nrm.commands.bulk_moves import Wish, move_many, undo_move
from nrm.commands.claim_task import claim_task
from nrm.commands.leaving import leave
from nrm.commands.reassign_task import reassign_task
from nrm.commands.rehoming import end_agencies
from nrm.queries.absence_plans import AbsencePlan
from nrm.queries.left_behind import tasks_left_behind
from nrm.queries.move_plans import Way
from nrm.queries.people import agency_view
from nrm.records.tables.account import User
from nrm.records.tables.agency import Agency
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.tables.work import Batch
from nrm.records.tables.working_time import Absence
from nrm.rules.left_behind import Left, Placed, Staff, left_behind
from nrm.rules.substitutes import Colleague
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound, TaskNotOpen
from tests.fault.agreement import disagreements_everywhere
from tests.support.driving import Drive
from tests.support.long import LONG

SEEDS = range(100 if LONG else 3)
STEPS = 150 if LONG else 40
REFUSED = (Conflict, InvalidInput, NotAllowed, NotFound, TaskNotOpen)
"""What people are told when they try what would leave something behind; the life goes on."""

HERE = Colleague("ana", "office", frozenset({"CM"}))
AWAY = Colleague("ana", "office", frozenset({"CM"}), away=True)
GONE = Colleague("ana", "office", frozenset({"CM"}), active=False)
MOVED = Colleague("ana", "elsewhere", frozenset({"CM"}))
IN_UNIT = Colleague("ana", "office", frozenset({"CM"}), unit="casework")


@pytest.mark.parametrize(("task", "staff", "why"), [
    (Placed("CM", "office"), Staff(True, (HERE,)), None),
    (Placed("CM", "office", assignee_id="ana", holder=HERE), Staff(True, (HERE,)), None),
    (Placed("CM", "office"), Staff(False, (HERE,)), Left.NO_AGENCY),
    (Placed("CM", "office"), Staff(True, (GONE,)), Left.NOBODY_IN_ROLE),
    (Placed("PSY", "office"), Staff(True, (HERE,)), Left.NOBODY_IN_ROLE),
    (Placed("CM", "office", unit="casework"), Staff(True, (HERE,)), Left.NOBODY_IN_ROLE),
    (Placed("CM", "office", unit="casework"), Staff(True, (IN_UNIT,)), None),
    (Placed("CM", "office", assignee_id="ana", holder=GONE), Staff(True, (HERE,)), Left.HOLDER_CLOSED),
    (Placed("CM", "office", assignee_id="ana", holder=None), Staff(True, (HERE,)), Left.HOLDER_CLOSED),
    (Placed("CM", "office", assignee_id="ana", holder=MOVED), Staff(True, (HERE,)), Left.HOLDER_ELSEWHERE),
    (Placed("PSY", "office", assignee_id="ana", holder=HERE), Staff(True, (HERE,)), Left.HOLDER_ELSEWHERE),
    (Placed("CM", "office", assignee_id="ana", holder=AWAY), Staff(True, (AWAY,)), Left.HOLDER_AWAY),
    (Placed("CM", "office"), Staff(True, (AWAY,)), None),
])
def test_when_a_task_is_left_behind(task: Placed, staff: Staff, why: Left | None) -> None:
    assert left_behind(task, staff) is why


class Life:
    """One office with its neighbour, and what its people do at random."""

    def __init__(self, drive: Drive, seed: int) -> None:
        self.drive = drive
        self.dice = random.Random(seed)
        self.chief = drive.person("NCU", "national_unit")
        self.boss = drive.person("SUP")
        self.admin = drive.person("ADMIN", "national_unit")
        self._set_agency("sa_midmar", districts=["midmar", "norvale"])

    def step(self) -> None:
        """Somebody does something, or is told why not; then a worker looks."""
        acts: list[tuple[Callable[[], object], int]] = [
            (self.drive.open_case, 4), (self.claim, 5), (self.absence, 4), (self.comes_back, 2), (self.joins, 1),
            (self.leaves, 2), (self.gives, 2), (self.moves, 2), (self.undoes, 1), (self.changes_roles, 1),
            (self.time_passes, 3), (self.agency_ends, 1),
        ]
        act = self.dice.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
        with suppress(*REFUSED):
            act()
        begin_and_end_absences(self.drive.system)
        end_agencies(self.drive.system)
        drain_batches(self.drive.system)

    def someone(self, *, agency_id: str | None = None) -> Actor:
        """An active person of the two offices."""
        rows = self.drive.rows(select(User).where(
            User.status == "active", User.agency_id.in_((agency_id,) if agency_id else ("sa_norvale", "sa_midmar"))
        ).order_by(User.id))
        row = self.dice.choice(rows)
        return Actor(row.id, row.agency_id, frozenset(row.roles), row.unit)

    def claim(self) -> None:
        open_tasks = self.drive.rows(select(Task.id, Task.agency_id).where(IS_OPEN, Task.agency_id.like("sa_%")))
        if open_tasks:
            task = self.dice.choice(open_tasks)
            claim_task(self.drive.system, self.someone(agency_id=task.agency_id), task_id=task.id)

    def absence(self) -> None:
        who = self.someone()
        first = self.drive.clock.now().date() + timedelta(days=self.dice.choice([0, 0, 1]))
        plan_absence(self.drive.system, who, AbsencePlan(
            who.user_id, first, first + timedelta(days=self.dice.randint(0, 5)),
            self.dice.choice([None, self.someone(agency_id=who.agency_id).user_id]),
        ))

    def comes_back(self) -> None:
        rows = self.drive.rows(select(Absence.id).where(Absence.status.in_(("planned", "running"))))
        if rows:
            end_absence(self.drive.system, self.admin, absence_id=self.dice.choice(rows).id)

    def joins(self) -> None:
        like = self.someone()
        create_user(
            self.drive.system, self.admin, login=f"new-{self.dice.random():.12f}".replace(".", ""), name="New Invented",
            agency_id=like.agency_id, roles=like.roles, unit_name=like.unit, password="An invented password 7",
        )

    def leaves(self) -> None:
        leave(self.drive.system, self.admin, user_id=self.someone().user_id, locked_now=self.dice.random() < 0.5)

    def gives(self) -> None:
        open_tasks = self.drive.rows(select(Task.id).where(IS_OPEN, Task.agency_id == "sa_norvale"))
        if open_tasks:
            reassign_task(
                self.drive.system, self.boss, task_id=self.dice.choice(open_tasks).id,
                to_user_id=self.someone(agency_id="sa_norvale").user_id,
                reason=self.dice.choice(["workload", "conflict_of_interest"]),
            )

    def moves(self) -> None:
        move_many(self.drive.system, self.boss, Wish(
            self.dice.choice(list(Way)), self.someone(agency_id="sa_norvale").user_id,
            from_user_id=self.dice.choice([None, self.someone(agency_id="sa_norvale").user_id]),
        ))

    def undoes(self) -> None:
        rows = self.drive.rows(select(Batch.id).where(Batch.status == "done"))
        if rows:
            undo_move(self.drive.system, self.boss, batch_id=self.dice.choice(rows).id)

    def changes_roles(self) -> None:
        who, other = self.someone(), self.someone()
        change_user(self.drive.system, self.admin, user_id=who.user_id, name="Invented",
                    agency_id=who.agency_id, roles=other.roles,
                    unit_name=self.dice.choice([who.unit, other.unit]))

    def time_passes(self) -> None:
        self.drive.clock.advance(timedelta(hours=self.dice.choice([5, 30, 100])))

    def agency_ends(self) -> None:
        active = self.drive.rows(select(Agency.id).where(
            Agency.status == "active", Agency.until.is_(None), Agency.id.like("sa_%")
        ))
        if len(active) == 3:  # at least one goes on serving the district
            ends = self.drive.clock.now().date() + timedelta(days=self.dice.choice([0, 2]))
            self._set_agency(self.dice.choice(["sa_norvale", "sa_midmar"]), until=ends)

    def _set_agency(self, agency_id: str, **more: object) -> None:
        line = agency_view(self.drive.system, self.chief, agency_id=agency_id)
        save_agency(self.drive.system, self.chief, agency_id=agency_id, **{  # type: ignore[arg-type]
            "name": line.name, "kind": line.kind, "districts": line.districts, "serves": line.serves,
            "calendar": line.calendar, "manages_cases": line.manages_cases, **more,
        })


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_no_task_is_left_behind(drive: Drive, seed: int) -> None:
    life = Life(drive, seed)
    for number in range(STEPS):
        life.step()
        left = tasks_left_behind(drive.system)
        assert (number, left.count, left.tasks) == (number, 0, ())
    assert disagreements_everywhere(drive) == []
