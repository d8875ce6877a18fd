"""Run by the fault tests in processes of their own: completes tasks or sweeps, until killed or done.

Each says one line per act that was answered, after its commit: what was said must never be lost.
"""

from __future__ import annotations

import random
import threading
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import select

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import open_task
from nrm.commands.sweep import sweep
from nrm.entrypoints.worker import run_worker
from nrm.records.refusals import TryAgain
from nrm.records.tables.task import IS_OPEN, Task
from nrm.vocabulary.clock import MovableClock, SystemClock
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.errors import NrmError, TaskNotOpen
from tests.fault.sending_process import send_until_done
from tests.fault.served_process import serve, serve_until_dead
from tests.support.driving import Drive, Installation, read_installation, shipped_configuration
from tests.support.filling import fill

FACTS: dict[str, dict[str, object]] = {
    "record_safety": {"danger_now": "yes", "shelter_wanted": "yes", "urgent_care_needed": "yes", "is_child": "no"},
    "arrange_safe_place": {"place_found": "other_place"},
    "protect_now": {"danger_now": "no"},
    "record_consent": {"consent_interview": "given", "mechanism_declined": False},
    "screening": {"act_found": "yes", "means_found": "yes", "purpose_found": "yes", "exploitation_found": "yes",
                  "age_at_exploitation": "adult", "is_child": "no"},
    "confirm_finding": {"confirmation": "more_needed"},
    "second_conversation": {"conversation_wanted": "no"},
}
"""A finding that is never confirmed goes round and round: there is always a task to complete."""

EVERY_S = 0.2
"""Between two ticks of a worker: a test does not wait five seconds."""


def main(line: Connection, what: str, folder: str, url: str, at: datetime | None, *more: str) -> None:
    """Do ``what``: ``complete`` (a seed), ``sweep``, ``work``, ``send``, ``one`` (a task, how many), or serve."""
    made = read_installation(Path(folder), url, clock=MovableClock(at) if at else SystemClock())
    line.send("ready")
    if what == "complete":
        complete_for_ever(line, made, random.Random(more[0]))
    elif what == "sweep":
        sweep_once(line, made)
    elif what == "work":
        run_worker(made.system(), every_s=EVERY_S)
    elif what == "send":
        send_until_done(line, made)
    elif what == "serve":
        serve(made, int(more[0]), int(more[1]))
    elif what == "serve_until_dead":
        serve_until_dead(line, made)
    else:
        complete_one(line, made, more[0], int(more[1]))


def complete_for_ever(line: Connection, made: Installation, dice: random.Random) -> None:
    """Complete open tasks of any case, as whoever they are with."""
    drive = Drive(made)
    while True:
        tasks = drive.rows(select(Task).where(IS_OPEN, Task.element.in_([*FACTS, "assemble_team", "explain_rights",
                                                                          "arrange_urgent_care"])))
        task = dice.choice(tasks)
        actor = drive.of(task)
        try:
            page = open_task(drive.system, actor, task_id=task.id)
            if page.separated is not None:
                actor = drive.of(task, 2)
            answers = fill(page.form, FACTS.get(task.element, {}))
            complete_task(
                drive.system, actor, task_id=task.id, answers=answers, seen_version=page.version,
                late_reason=LateReason.WORKLOAD,
            )
        except (TaskNotOpen, TryAgain):
            continue
        line.send(f"done {task.id}")


def sweep_once(line: Connection, made: Installation) -> None:
    """Start when told, sweep until nothing is due, say how much was done."""
    system = made.system()
    line.recv()
    rungs = fired = failed = 0
    for _ in range(20):
        try:
            swept = sweep(system)
        except TryAgain:
            continue
        rungs, fired, failed = rungs + swept.rungs, fired + swept.fired, failed + swept.failed
        if not swept.cases:
            break
    line.send(f"swept {rungs} {fired} {failed}")


def complete_one(line: Connection, made: Installation, task_id: str, clients: int) -> None:
    """Start when told: several people of the role complete one task at once; say what each was answered."""
    drive = Drive(made)
    task = drive.any_task(task_id)
    answers = fill(drive.form(task), FACTS.get(task.element, {}))
    said: list[str] = []

    def complete(number: int) -> None:
        actor = drive.of(task, 1 + number % 2)
        for _ in range(100):
            try:
                complete_task(
                    drive.system, actor, task_id=task_id, answers=answers, late_reason=LateReason.WORKLOAD,
                )
                said.append("success")
                return
            except TryAgain:
                continue
            except NrmError as refused:
                said.append(refused.code)
                return

    line.recv()
    threads = [threading.Thread(target=complete, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.send("said " + " ".join(said))


shipped_configuration()  # once, before anything is forked
