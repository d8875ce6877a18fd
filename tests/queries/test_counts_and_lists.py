"""Every number is what its reader can list: a case that is kept from them is in no count either (goal:S5, domain X10).

Two coordinators of one agency; of the agency's three cases a conflict of interest keeps the first from one.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from nrm.commands.batches import Line, drain_batches, start_batch
from nrm.commands.conflicts import note_conflict
from nrm.queries.absence_plans import AbsencePlan, preview_absence
from nrm.queries.batches import batch_lines, batch_view, batches
from nrm.queries.deadline_counts import clock_counts
from nrm.queries.deadlines_board import BoardFilter, deadlines_board
from nrm.queries.deadlines_month import deadlines_month
from nrm.queries.my_tasks import counts, my_tasks
from nrm.queries.workload import candidates
from nrm.records.grants import TASK
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM, Actor
from tests.support.driving import START, Drive

TEAM = "assemble_team"
ZONE = ZoneInfo("Europe/Chisinau")
Numbers = tuple[int, int]
"""What is counted, and what is listed."""


@pytest.fixture
def cases(any_drive: Drive) -> list[str]:
    """Three cases, each with a task of a coordinator's, the first of them with its own batch line."""
    some = [any_drive.open_case() for _ in range(3)]
    colleague = any_drive.person("COORD", number=2)
    with any_drive.system.database.unit(any_drive.person("SUP")) as unit:
        start_batch(any_drive.system, unit, kind="move_tasks", params={"agency": "sa_norvale"}, lines=[
            Line(case_id, {
                "what": "task", "id": any_drive.task(case_id, TEAM).id, "version": 1, "to_user": colleague.user_id,
            }) for case_id in some
        ])
    drain_batches(any_drive.system)
    return some


def my_inbox(drive: Drive, actor: Actor, _: str) -> Numbers:
    return counts(drive.system, actor).team, len(my_tasks(drive.system, actor, queue="team").items)


def the_board(drive: Drive, actor: Actor, _: str) -> Numbers:
    counted = clock_counts(drive.system, actor)
    listed = [
        line for state in ("overdue", "soon")
        for line in deadlines_board(drive.system, actor, wanted=BoardFilter(state=state), limit=100).items
    ]
    return counted.overdue + counted.soon, len(listed)


def the_month(drive: Drive, actor: Actor, _: str) -> Numbers:
    days = deadlines_month(drive.system, actor, month=START.date(), zone=ZONE)
    listed = deadlines_board(drive.system, actor, wanted=BoardFilter(state="all"), limit=100).items
    due = [line.due_at.astimezone(ZONE).month for line in listed if line.due_at is not None]
    return sum(day.count for day in days), due.count(START.month)


def a_batch(drive: Drive, actor: Actor, _: str) -> Numbers:
    one = batches(drive.system, actor).items[0]
    assert one == batch_view(drive.system, actor, batch_id=one.id)
    assert one.total == one.waiting + one.done + one.skipped + one.failed
    return one.total, len(batch_lines(drive.system, actor, batch_id=one.id).items)


def how_much_a_colleague_has(drive: Drive, actor: Actor, _: str) -> Numbers:
    colleague = drive.person("COORD", number=2)
    plan = AbsencePlan(actor.user_id, START.date(), START.date())
    shown = preview_absence(drive.system, actor, plan).possible
    return next(one.open for one in shown if one.user_id == colleague.user_id), with_whom(drive, actor, colleague)


def how_much_the_next_holder_has(drive: Drive, actor: Actor, open_case: str) -> Numbers:
    task, colleague = drive.task(open_case, TEAM), drive.person("COORD", number=2)
    hand(drive, task.id, None)
    shown = candidates(drive.system, actor, task_id=task.id)
    found = next(one.open for one in shown if one.id == colleague.user_id), with_whom(drive, actor, colleague)
    hand(drive, task.id, colleague.user_id)
    return found[0] + 1, found[1] + 1


def hand(drive: Drive, task_id: str, user_id: str | None) -> None:
    """Let somebody have a task, or nobody."""
    with drive.system.database.unit(SYSTEM) as unit:
        TASK.change(unit, Task.id == task_id, assignee_id=user_id)


def with_whom(drive: Drive, actor: Actor, colleague: Actor) -> int:
    """How many tasks of a colleague somebody lists."""
    return sum(line.assignee_id == colleague.user_id for line in my_tasks(drive.system, actor, queue="all").items)


@pytest.mark.parametrize("number", [
    my_inbox, the_board, the_month, a_batch, how_much_a_colleague_has, how_much_the_next_holder_has,
])
def test_what_is_counted_can_be_listed(
    any_drive: Drive, cases: list[str], number: Callable[[Drive, Actor, str], Numbers]
) -> None:
    reader, chief = any_drive.person("COORD"), any_drive.person("SUP")
    before, listed = number(any_drive, reader, cases[1])
    assert before == listed > 0
    note_conflict(any_drive.system, chief, case_id=cases[0], user_id=reader.user_id, reason="relative")
    after, listed = number(any_drive, reader, cases[1])
    assert after == listed == before * 2 // 3, "of three cases alike two are left"
