"""Pages of the inbox and of the board of clocks at many open tasks, each with its clock: by query, and over HTTP.

    python -m bench.inbox            # some minutes
    python -m bench.inbox --sizes 10000 --calls 50
    python -m bench.inbox --sizes 1000000      # about an hour: filling takes longest

Milliseconds, p50 / p95, on both databases. HTTP is the REST API in the same process (Flask's test client): token,
query, JSON, headers; no network and no second process.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient
from rich.console import Console
from rich.progress import track
from sqlalchemy import insert

from bench.installation import AGENCY, Bench, postgres_bench, settle, sqlite_bench
from bench.server import server
from nrm.entrypoints.wsgi import make_app
from nrm.queries.deadline_counts import clock_counts
from nrm.queries.deadlines_board import BoardFilter, deadlines_board
from nrm.queries.my_tasks import counts, my_tasks
from nrm.records.grants import ACCOUNT, TASK, TOKEN, add_case
from nrm.records.tables.account import User
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.run import Run
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.secrets import new_token, token_hash

SIZES = (10_000, 100_000)
USERS = 200
"""People who hold tasks; thirty of a hundred tasks are claimed."""
CHUNK = 2_000
ROLES = ("CM", "FR", "MDT")
"""What the case manager may do: three roles at one agency, so three branches of the union."""


@dataclass(frozen=True)
class Question:
    """One page as somebody asks for it: through the query, and as the address of the API."""

    name: str
    actor: Actor
    ask: Callable[[], object]
    address: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--calls", type=int, default=200, help="per page")
    options = parser.parse_args()
    console = Console(stderr=True)
    print("| open tasks | database | page | query p50 / p95 ms | API p50 / p95 ms |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="nrm-bench-") as name, server() as running:
        benches = [sqlite_bench(Path(name)), postgres_bench(Path(name), running)]
        there = 0
        for size in options.sizes:
            for bench in benches:
                rows = range(there, size, CHUNK)
                for begin in track(rows, f"{size} tasks, {bench.name}", console=console, transient=True):
                    fill(bench, begin, min(CHUNK, size - begin))
                settle(bench)
            there = size
            for bench in benches:
                for line in measured(bench, options.calls):
                    print(f"| {size} | {bench.name} | {line}", flush=True)
        for bench in benches:
            bench.system.database.dispose()


def fill(bench: Bench, begin: int, count: int) -> None:
    """Write tasks with their cases and runs, and as many done ones; the n-th is the same on every database."""
    chance = random.Random(begin)
    now = bench.system.clock.now()
    cases, runs, tasks, clocks = [], [], [], []
    for number in range(begin, begin + count):
        case, run = str(uuid.UUID(int=number * 4 + 1)), str(uuid.UUID(int=number * 4 + 2))
        agency = chance.choice(bench.system.configuration.agencies)
        cases.append(_case(number, case, agency.id, agency.districts[0], now))
        runs.append(_run(case, run, now))
        for at, status in enumerate(("open", "done")):
            task = _task(chance, str(uuid.UUID(int=number * 4 + 3 * at)), cases[-1], run, now)
            task.update(agency_id=agency.id, role=chance.choice(sorted(agency.serves)))
            if status == "done":
                task.update(status="done", done_at=now)
            elif chance.random() < 0.3:
                task.update(status="claimed", claimed_at=now, assignee_id=f"u-{chance.randrange(USERS)}")
            if status == "open":
                clocks.append(_clock(chance, str(uuid.UUID(int=number * 4 + 1)), task, now))
            tasks.append(task)
    with bench.system.database.unit(SYSTEM) as unit:
        if begin == 0:
            ACCOUNT.add(unit, [_user(f"u-{n}") for n in range(USERS)])
        for case in cases:
            add_case(unit, case)
        unit.conn.execute(insert(Run), runs)
        TASK.add(unit, tasks)
        unit.conn.execute(insert(Deadline), clocks)


def measured(bench: Bench, calls: int) -> Iterator[str]:
    """Ask every page in turns, through the query and over HTTP; yield a row for each."""
    worker = Actor("u-1", AGENCY, frozenset(ROLES), bench.actor.unit)
    supervisor = Actor("u-2", AGENCY, frozenset({"SUP"}), None)
    coordinator = Actor("u-3", AGENCY, frozenset({"COORD"}), None)
    national = Actor("u-4", "national_unit", frozenset({"NCU"}), None)
    questions = [*_questions(bench, worker, supervisor), *_clocks_asked(bench, coordinator, national)]
    tokens = {actor.user_id: _token(bench, actor) for actor in (worker, supervisor, coordinator, national)}
    client = make_app(bench.system).test_client()
    asked: list[list[float]] = [[] for _ in questions]
    fetched: list[list[float]] = [[] for _ in questions]
    for _ in range(calls + 5):
        for place, question in enumerate(questions):
            asked[place].append(_timed(question.ask))
            fetched[place].append(_timed(lambda q=question: _get(client, q.address, tokens[q.actor.user_id])))  # type: ignore[misc]
    for question, one, other in zip(questions, asked, fetched, strict=True):
        yield f"{question.name} | {_shown(one[5:])} | {_shown(other[5:])} |"


def _questions(bench: Bench, worker: Actor, supervisor: Actor) -> Iterator[Question]:
    system = bench.system

    def page(name: str, actor: Actor, **what: str) -> Question:
        address = "/api/v1/tasks?" + "&".join(f"{key}={value}" for key, value in what.items())
        return Question(name, actor, lambda: my_tasks(system, actor, **what), address)  # type: ignore[arg-type]

    yield page("mine", worker, queue="mine")
    yield page("to claim, three roles", worker, queue="claimable")
    deep = _tenth_page(bench, worker)
    yield page("the same, tenth page", worker, queue="claimable", after=deep)
    yield page("team, three roles", worker, queue="team")
    yield page("team, overdue", worker, queue="team", late="overdue")
    yield page("whole agency, supervisor", supervisor, queue="team")
    yield Question("counts of the queues", worker, lambda: counts(system, worker), "/api/v1/tasks/counts")


def _clocks_asked(bench: Bench, coordinator: Actor, national: Actor) -> Iterator[Question]:
    system = bench.system

    def board(name: str, actor: Actor, state: str) -> Question:
        wanted = BoardFilter(state=state)
        return Question(
            name, actor, lambda: deadlines_board(system, actor, wanted=wanted), f"/api/v1/deadlines?state={state}",
        )

    yield board("board: overdue, one agency", coordinator, "overdue")
    yield board("board: due soon, one agency", coordinator, "soon")
    yield board("board: overdue, the country", national, "overdue")
    for name, actor in (("one agency", coordinator), ("the country", national)):
        yield Question(
            f"board: counts, {name}", actor, lambda actor=actor: clock_counts(system, actor),  # type: ignore[misc]
            "/api/v1/deadlines/counts",
        )


def _tenth_page(bench: Bench, actor: Actor) -> str:
    after: str | None = None
    for _ in range(9):
        page = my_tasks(bench.system, actor, queue="claimable", after=after)
        after = page.after or after
    assert after is not None
    return after


def _get(client: FlaskClient, address: str, token: str) -> None:
    answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, (address, answer.status_code, answer.get_data(as_text=True)[:300])


def _token(bench: Bench, actor: Actor) -> str:
    token = new_token()
    with bench.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(
            unit, User.id == actor.user_id, roles=sorted(actor.roles), unit=actor.unit, agency_id=actor.agency_id,
        )
        TOKEN.add(unit, [{
            "id": str(uuid.uuid4()), "user_id": actor.user_id, "token_hash": token_hash(token), "created_at": unit.now,
            "expires_at": unit.now + timedelta(days=1), "revoked_at": None,
        }])
    return token


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def _shown(spent: Sequence[float]) -> str:
    return f"{median(spent):.1f} / {sorted(spent)[int(len(spent) * 0.95)]:.1f}"


def _user(user: str) -> dict[str, object]:
    return {
        "id": user, "login": user, "name": f"{user} Invented", "email": None, "agency_id": AGENCY, "unit": None,
        "roles": list(ROLES), "supervisor_id": None, "password_hash": None, "language": "en", "status": "active",
        "must_change": False, "created_at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    }


def _case(number: int, case: str, agency: str, district: str, now: datetime) -> dict[str, object]:
    return {
        "id": case, "code": f"B-{number:07}", "process": "thirteen", "status": "open", "stage": "received",
        "district": district, "district_residence": None, "agency_id": agency, "referring_agency_id": None,
        "opened_at": now, "opened_by": "u-0", "closed_at": None, "version": 1, "demo": True,
    }


def _run(case: str, run: str, now: datetime) -> dict[str, object]:
    return {
        "id": run, "case_id": case, "process": "thirteen", "bundle": "0" * 64, "parent_run_id": None,
        "parent_wait_id": None, "item": None, "status": "open", "outcome": None, "started_at": now, "ended_at": None,
        "act_no": 1, "state": None, "title": "Thirteen tasks",
    }


def _task(
    chance: random.Random, task: str, case: dict[str, object], run: str, now: datetime
) -> dict[str, object]:
    return {
        "id": task, "case_id": case["id"], "run_id": run, "process": "thirteen", "element": "step_1", "title": "Step 1",
        "unit": None, "assignee_id": None, "status": "open", "reason_chain": ["a", "b"], "form": "B01_step",
        "form_digest": "0" * 64, "bundle": "0" * 64, "limit_key": "T_default",
        "due_at": now + timedelta(minutes=chance.randrange(-20_000, 60_000)), "breached_at": None,
        "priority": 1, "safety": False, "item": None, "not_by": [], "opened_at": now, "claimed_at": None,
        "done_at": None, "done_by": None, "done_role": None, "version": 1, "district": case["district"],
        "case_code": case["code"], "help_asked_at": None, "question": False,
    }


def _clock(chance: random.Random, clock: str, task: dict[str, object], now: datetime) -> dict[str, object]:
    due = task["due_at"]
    assert isinstance(due, datetime)
    rung = chance.randrange(3, 6) if due < now else chance.randrange(1, 3)
    return {
        "id": clock, "case_id": task["case_id"], "run_id": task["run_id"], "wait_id": task["id"], "task_id": task["id"],
        "kind": "task", "limit_key": "T_default", "ladder": "standard", "agency_id": task["agency_id"],
        "managed_by": task["agency_id"], "calendar": "norvale", "length": 5, "unit": "working_days", "budget": 5,
        "armed_at": now, "started_at": now, "running_since": now, "due_at": due, "original_due_at": due,
        "next_rung": rung, "next_rung_at": now + timedelta(hours=chance.randrange(1, 200)), "why": [],
        "status": "breached" if due < now else "running", "breached_at": due if due < now else None,
    }


if __name__ == "__main__":
    main()
