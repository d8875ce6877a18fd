"""goal:R1 in push size: kill -9 in the middle of completions and firings; nothing lost, nothing doubled."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import timedelta

from sqlalchemy import func, select

from nrm.commands.sweep import sweep
from nrm.records.tables.deadline import HAS_RUNG, Deadline, RungFired
from nrm.records.tables.task import Task
from tests.fault.agreement import disagreements_everywhere
from tests.fault.shaking import RUNGS_OF_A_NEW_CASE, Worker
from tests.support.driving import START, Drive
from tests.support.long import LONG

ROUNDS = 60 if LONG else 3
CASES = 4


def test_killed_in_the_middle_of_completions_everything_agrees(any_drive: Drive) -> None:
    drive = any_drive
    dice = random.Random(20260302)
    for _ in range(CASES):
        drive.open_case()
    answered: list[str] = []
    for number in range(ROUNDS):
        answered += _shake(drive, dice, "complete", number)
        drive.reload()
        assert disagreements_everywhere(drive) == []
    done = set(drive.rows(select(Task.id).where(Task.status == "done")))
    lost = [line for line in answered if line.startswith("done ") and (line.removeprefix("done "),) not in done]
    assert not lost, "answered but not there"
    assert len(answered) > ROUNDS
    # And work goes on as if nothing had been.
    for row in drive.rows(select(Task.case_id, Task.element).where(Task.status == "open", Task.role == "COORD")):
        drive.complete(row.case_id, row.element)
    assert disagreements_everywhere(drive) == []


def test_killed_in_the_middle_of_a_sweep_every_rung_is_told_once(any_drive: Drive) -> None:
    drive = any_drive
    dice = random.Random(20260303)
    for _ in range(CASES * 4):
        drive.open_case()
    late = START + timedelta(days=20)
    for number in range(ROUNDS):
        with ExitStack() as stack:
            workers = [stack.enter_context(Worker(drive.installation, "sweep", late, str(number))) for _ in range(2)]
            for worker in workers:
                worker.ready()
            for worker in workers:
                worker.go()
            workers[0].process.join(dice.uniform(0.005, 0.12))  # real processes are killed at real moments
            for worker in workers:
                worker.kill()
        drive.reload()
        assert disagreements_everywhere(drive) == []
    drive.clock.move_to(late)
    assert sweep(drive.system).failed == 0
    assert sweep(drive.system).rungs == 0
    told = drive.one(select(func.count(RungFired.rung)))[0]
    assert told == CASES * 4 * RUNGS_OF_A_NEW_CASE
    assert drive.rows(select(Deadline.id).where(HAS_RUNG, Deadline.next_rung_at <= late)) == []
    assert disagreements_everywhere(drive) == []


def _shake(drive: Drive, dice: random.Random, what: str, number: int) -> list[str]:
    """Two processes work, each is killed at a moment nobody chose."""
    answered: list[str] = []
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(drive.installation, what, START + timedelta(hours=1), f"{number}-{n}"))
            for n in range(2)
        ]
        for worker in workers:
            worker.ready()
        answered += [worker.next() for worker in workers]
        for worker in workers:
            worker.process.join(dice.uniform(0.05, 0.3))
            answered += worker.kill()
    return answered
