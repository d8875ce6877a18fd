"""Over HTTP, with real servers: fifty clients and one task, one key sent twenty times, death at the commit (R5, R6)."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from nrm.records.grants import TASK
from nrm.records.tables.account import Idempotency
from nrm.records.tables.case import Case
from nrm.records.tables.history import History
from nrm.records.tables.record import Record
from nrm.records.tables.task import Task
from nrm.vocabulary.clock import SystemClock
from tests.fault.agreement import disagreements_everywhere
from tests.fault.served_process import DIE
from tests.fault.serving import Answer, Client, people, served, served_until_it_dies, token_of
from tests.support.driving import Drive
from tests.support.filling import fill
from tests.support.long import LONG

CLIENTS = 50
EACH = 200 if LONG else 2
"""How often each client sends; the goal's full number is 10 000 requests."""
SAME = 20
ROUNDS = 12 if LONG else 1
"""Of six deaths each."""
PROCESSES = 4 if LONG else 2
SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no"}


@pytest.fixture
def any_drive(any_drive: Drive) -> Drive:
    """An installation by the machine's clock, because its servers go by that too."""
    any_drive.clock.move_to(SystemClock().now())
    return any_drive


def safety_task(drive: Drive) -> tuple[str, dict[str, Any]]:
    """A safety check that nobody holds, and answers that it takes."""
    task = drive.task(drive.open_case(), "record_safety")
    with drive.system.database.unit(drive.of(task)) as unit:
        TASK.change(unit, Task.id == task.id, assignee_id=None, status="open")
    return task.id, fill(drive.form(task), SAFE)


def all_at_once(sending: Sequence[Callable[[], Answer]], times: int = 1) -> list[list[Answer]]:
    """Send everything from the same moment on, each in a thread, so many times; gives each thread's answers."""
    gate = Barrier(len(sending))

    def go(send: Callable[[], Answer]) -> list[Answer]:
        gate.wait()
        return [send() for _ in range(times)]

    with ThreadPoolExecutor(len(sending)) as pool:
        return list(pool.map(go, sending))


def effects(drive: Drive, task_id: str) -> dict[str, int]:
    """What completing a task leaves, counted."""
    task = drive.any_task(task_id)
    entries = select(func.count()).where(History.chain == task.case_id, History.act == "task.completed")
    opened = drive.rows(select(Task.element).where(Task.run_id == task.run_id, Task.id != task_id))
    return {
        "entries": drive.one(entries.where(History.object == f"task:{task_id}"))[0],
        "records": len(drive.rows(select(Record.id).where(Record.task_id == task_id))),
        "successors opened twice": len(opened) - len(set(opened)),
    }


ONCE = {"entries": 1, "records": 1, "successors opened twice": 0}


def test_fifty_clients_complete_one_task_and_exactly_one_does(any_drive: Drive) -> None:
    drive = any_drive
    task_id, answers = safety_task(drive)
    crowd = people(drive, "FR", "lantern", CLIENTS)
    typed = [{**answers, "would_help": f"Invented words of client {number}."} for number in range(CLIENTS)]
    with served(drive.installation, PROCESSES) as port:
        clients = [Client(port, token) for _, token in crowd]
        sending = [
            lambda client=client, words=words: client.send("POST", f"/tasks/{task_id}/complete", {"answers": words})
            for client, words in zip(clients, typed, strict=True)
        ]
        got = all_at_once(sending, EACH)
        seen = [client.send("GET", f"/tasks/{task_id}") for client in clients]
    assert Counter(one.status for answers in got for one in answers) == {200: 1, 409: CLIENTS * EACH - 1}
    done_at = drive.any_task(task_id).done_at
    for late in [one.json for answers in got for one in answers if one.status == 409]:
        assert (late["code"], late["role"]) == ("task_already_completed", "FR")
        assert datetime.fromisoformat(late["at"]) == done_at
        assert "many" not in late["detail"], "the role and the time, never who"
    [winner] = [number for number, answers in enumerate(got) if answers[0].status == 200]
    assert drive.any_task(task_id).done_by == crowd[winner][0].user_id
    for number, (page, words) in enumerate(zip(seen, typed, strict=True)):
        if number != winner:
            assert (page.json["has_draft"], page.json["answers"]) == (True, words), "what each typed is kept as theirs"
    assert effects(drive, task_id) == ONCE
    assert disagreements_everywhere(drive) == []


def test_one_key_sent_twenty_times_at_once_has_one_effect_and_one_answer(any_drive: Drive) -> None:
    drive = any_drive
    task_id, answers = safety_task(drive)
    [(_, token)] = people(drive, "FR", "lantern", 1)
    with served(drive.installation, PROCESSES) as port:
        client = Client(port, token)
        [*got] = chain.from_iterable(all_at_once([
            lambda: client.insist(f"/tasks/{task_id}/complete", {"answers": answers}, "the-same-key")
        ] * SAME))
    assert {(one.status, one.body) for one in got} == {(200, got[0].body)}
    assert Counter(one.replayed for one in got) == {True: SAME - 1, False: 1}
    assert effects(drive, task_id) == ONCE
    assert disagreements_everywhere(drive) == []


def test_whoever_dies_at_the_commit_the_same_key_brings_one_effect_and_its_answer(any_drive: Drive) -> None:
    """kill -9 just before the commit: nothing was done. Just after it: everything was, and the answer is there."""
    drive = any_drive
    tasks = [safety_task(drive) for _ in range(2 * ROUNDS)]
    [(actor, token)] = people(drive, "FR", "lantern", 1)
    coordinator = token_of(drive, drive.person("ADMIN", "national_unit"))
    opening = {"district": "norvale", "answers": {
        "channel": "phone", "received": "2026-03-02T09:00", "caller_role": "self", "language": "en", "is_child": "no",
    }}
    acts = [
        *((token, f"/tasks/{task_id}/complete", {"answers": answers}) for task_id, answers in tasks),
        *((token, "/cases", opening) for _ in tasks),
        *((coordinator, "/tokens", {"login": actor.user_id}) for _ in tasks),
    ]
    answered = _answered_although_it_died(drive, acts)
    assert [one.replayed for one in answered] == [False, True] * 3 * ROUNDS
    for task_id, _ in tasks:
        assert effects(drive, task_id) == ONCE
    opened = [one.json["code"] for one in answered[len(tasks):2 * len(tasks)]]
    assert len(drive.rows(select(Case.id).where(Case.opened_by == actor.user_id))) == len(set(opened)) == len(tasks)
    assert drive.acts("installation").count("token.created") == len(tasks)
    assert len(drive.rows(select(Idempotency.key))) == len(acts)
    assert disagreements_everywhere(drive) == []


def _answered_although_it_died(drive: Drive, acts: Sequence[tuple[str, str, object]]) -> list[Answer]:
    """Let a server die in each request, before or after its commit in turn; send the same again to the next one."""
    answered = []
    for number in range(len(acts) + 1):
        with served_until_it_dies(drive.installation) as port:
            if number:
                token, path, body = acts[number - 1]
                answered.append(_told_twice(Client(port, token), path, body, f"key-{number - 1}"))
            if number < len(acts):
                token, path, body = acts[number]
                headers = {"Idempotency-Key": f"key-{number}", DIE: ("before", "after")[number % 2]}
                with pytest.raises((OSError, http.client.HTTPException)):
                    Client(port, token).send("POST", path, body, headers)
    return answered


def _told_twice(client: Client, path: str, body: object, key: str) -> Answer:
    """Ask again what became of a request, and once more: the same bytes."""
    answer, again = (client.insist(path, body, key) for _ in range(2))
    assert answer.status in (200, 201), answer.body
    assert (again.status, again.body, again.replayed) == (answer.status, answer.body, True)
    return answer
