"""Many at once: workers and one deadline, fifty people and one task, four processes on SQLite (goal:R4, R5, R16)."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from nrm.entrypoints.worker import only_one
from nrm.records.tables.deadline import RungFired
from nrm.records.tables.record import Record
from nrm.records.tables.task import Draft, Task
from nrm.vocabulary.errors import ConfigurationRefused
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import RUNGS_OF_A_NEW_CASE, Worker
from tests.support.driving import START, Drive, Installation
from tests.support.long import LONG

EACH = 100 if LONG else 8
"""Acts of each of the four processes."""


def test_two_workers_and_one_deadline_tell_each_rung_once(any_drive: Drive) -> None:
    drive = any_drive
    cases = [drive.open_case() for _ in range(6)]
    late = START + timedelta(days=20)
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(drive.installation, "sweep", late)) for _ in range(3)]
        for worker in workers:
            worker.ready()
        for worker in workers:
            worker.go()
        said = [worker.finish()[-1].split() for worker in workers]
    drive.reload()
    told = drive.one(select(func.count(RungFired.rung)))[0]
    assert sum(int(words[1]) for words in said) == told == len(cases) * RUNGS_OF_A_NEW_CASE
    assert [int(words[3]) for words in said] == [0, 0, 0]
    assert disagreements_everywhere(drive) == []


def test_fifty_people_complete_one_task_and_exactly_one_does(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    task = drive.task(case_id, "record_safety")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(drive.installation, "one", START, task.id, clients)) for clients in ("25", "25")
        ]
        for worker in workers:
            worker.ready()
        for worker in workers:
            worker.go()
        said = Counter(code for worker in workers for code in worker.finish()[-1].split()[1:])
    drive.reload()
    assert said == {"success": 1, "task_already_completed": 49}
    assert len(drive.rows(select(Record.id).where(Record.task_id == task.id))) == 1
    winner = drive.any_task(task.id).done_by
    kept = {row.user_id for row in drive.rows(select(Draft.user_id).where(Draft.task_id == task.id))}
    assert winner in ("fr-lantern-1", "fr-lantern-2")
    assert kept, "what the others typed is kept as their own"
    assert disagreements_everywhere(drive) == []


def test_four_processes_on_sqlite_lose_nothing_and_nobody_sees_busy(drive: Drive) -> None:
    for _ in range(4):
        drive.open_case()
    before = drive.one(select(func.count(Task.id)).where(Task.status == "done"))[0]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(drive.installation, "complete", START + timedelta(hours=1), f"four-{number}"))
            for number in range(4)
        ]
        for worker in workers:
            worker.ready()
        answered = []
        for worker in workers:
            answered += [worker.next() for _ in range(EACH)]
        assert all(worker.process.is_alive() for worker in workers), "nobody gave up"
        for worker in workers:
            answered += worker.kill()
    drive.reload()
    done = drive.one(select(func.count(Task.id)).where(Task.status == "done"))[0] - before
    told = len({line for line in answered if line.startswith("done ")})
    assert 4 * EACH <= told <= done <= told + 4, "at most the answer that was on its way is missing"
    assert disagreements_everywhere(drive) == []


def test_a_second_worker_on_sqlite_is_refused_and_any_number_on_postgres(installation: Installation) -> None:
    system = installation.system()
    with only_one(system), pytest.raises(ConfigurationRefused), only_one(system):
        pytest.fail("two workers on one SQLite file")
    with only_one(system):
        pass


@pytest.mark.postgres
def test_workers_on_postgres_need_no_lock(postgres_installation: Installation) -> None:
    system = postgres_installation.system()
    with only_one(system), only_one(system):
        pass
