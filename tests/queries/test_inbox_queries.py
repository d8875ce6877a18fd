"""The inbox: which tasks are in which queue, in which order, by how many statements and over which index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Connection, Engine

from nrm.queries.case_list import case_list
from nrm.queries.my_tasks import QUEUES, counts, my_tasks
from nrm.records.grants import TASK
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import InvalidInput
from tests.support.driving import START, Drive
from tests.support.granting import grant

Statements = list[tuple[str, object]]


@contextmanager
def statements(drive: Drive) -> Iterator[Statements]:
    """Note every statement that is sent inside the block."""
    noted: Statements = []

    def note(conn: Connection, cursor: object, text: str, values: object, *_: object) -> None:
        noted.append((text, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def many_tasks(drive: Drive, many: int, **columns: object) -> None:
    """Copy an open task many times, due one hour after the other."""
    with drive.system.database.unit(SYSTEM) as unit:
        one = unit.conn.execute(select(Task).limit(1)).mappings().one()
        rows = [
            {**one, "id": f"copy-{n:06d}", "due_at": START + timedelta(hours=n), "assignee_id": None, "status": "open",
             "unit": "casework", **columns}
            for n in range(many)
        ]
        grant(unit, TASK, rows)


@pytest.fixture
def manager(any_drive: Drive) -> Actor:
    return any_drive.person("CM", "sa_norvale")


def test_each_queue_holds_what_it_says(any_drive: Drive, manager: Actor) -> None:
    any_drive.open_case()
    many_tasks(any_drive, 6, role="CM", agency_id="sa_norvale")
    colleague = any_drive.person("CM", "sa_norvale", 2)
    with any_drive.system.database.unit(SYSTEM) as unit:
        for task_id, holder in (("copy-000000", manager), ("copy-000001", manager), ("copy-000002", colleague)):
            TASK.change(unit, Task.id == task_id, assignee_id=holder.user_id, status="claimed")
        TASK.change(unit, Task.id == "copy-000005", unit="families")
    found = {
        queue: [line.id for line in my_tasks(any_drive.system, manager, queue=queue).items] for queue in QUEUES
    }
    assert found == {
        "mine": ["copy-000000", "copy-000001"],
        "team": ["copy-000000", "copy-000001", "copy-000002", "copy-000003", "copy-000004"],
        "claimable": ["copy-000003", "copy-000004"],
        "all": ["copy-000000", "copy-000001", "copy-000002", "copy-000003", "copy-000004"],
    }
    number = counts(any_drive.system, manager)
    assert (number.mine, number.team, number.claimable) == (2, 5, 2)
    names = [line.assignee_name for line in my_tasks(any_drive.system, manager, queue="team").items]
    assert names == ["CM 1 Invented", "CM 1 Invented", "CM 2 Invented", None, None]


def test_what_is_overdue_comes_first_and_can_be_asked_for(any_drive: Drive, manager: Actor) -> None:
    any_drive.open_case()
    many_tasks(any_drive, 60, role="CM", agency_id="sa_norvale")
    any_drive.clock.move_to(START + timedelta(hours=10, minutes=30))
    first = my_tasks(any_drive.system, manager, queue="claimable", limit=3).items
    assert [(line.id, line.is_overdue) for line in first] == [(f"copy-00000{n}", True) for n in range(3)]
    late = my_tasks(any_drive.system, manager, queue="claimable", late="overdue", limit=100).items
    soon = my_tasks(any_drive.system, manager, queue="claimable", late="soon", limit=100).items
    assert len(late) == 11
    assert [line.id for line in soon] == [f"copy-{n:06d}" for n in range(11, 35)]


@pytest.mark.parametrize("queue", ["claimable", "team", "all"])
def test_pages_follow_one_another(any_drive: Drive, queue: str) -> None:
    actor = Actor("several", "sa_norvale", frozenset({"CM", "FR", "MDT"}), "casework")
    any_drive.open_case()
    many_tasks(any_drive, 23, role="CM", agency_id="sa_norvale", due_at=START)
    with any_drive.system.database.unit(SYSTEM) as unit:
        TASK.change(unit, Task.id > "copy-000010", role="FR")
    whole = [line.id for line in my_tasks(any_drive.system, actor, queue=queue, limit=100).items]
    paged: list[str] = []
    after = None
    while True:
        page = my_tasks(any_drive.system, actor, queue=queue, limit=5, after=after)
        paged += [line.id for line in page.items]
        after = page.after
        if after is None:
            break
    assert paged == whole
    assert len(set(whole)) == 23


def test_a_supervisor_sees_the_agency_and_an_auditor_nothing_of_it(any_drive: Drive) -> None:
    any_drive.open_case()
    many_tasks(any_drive, 2, role="CM", agency_id="sa_norvale")
    supervisor = any_drive.person("SUP", "sa_norvale")
    assert {"copy-000000", "copy-000001"} <= {
        line.id for line in my_tasks(any_drive.system, supervisor, queue="team").items
    }
    auditor = any_drive.person("AUD", "national_unit")
    assert my_tasks(any_drive.system, auditor, queue="team").items == ()
    assert counts(any_drive.system, auditor).team == 0


@pytest.mark.parametrize("wrong", [{"queue": "x"}, {"late": "x"}, {"after": "x"}, {"after": "e30"}])
def test_what_cannot_be_asked(drive: Drive, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        my_tasks(drive.system, drive.person("CM", "sa_norvale"), **wrong)  # type: ignore[arg-type]
    assert list(refused.value.fields) == list(wrong)


ASKS: list[tuple[str, Callable[[Drive, Actor], object]]] = [
    *((queue, lambda d, a, q=queue: my_tasks(d.system, a, queue=q, limit=50)) for queue in QUEUES),
    ("counts", lambda d, a: counts(d.system, a)),
    ("cases", lambda d, a: case_list(d.system, a, limit=50)),
]


@pytest.mark.parametrize(("name", "ask"), ASKS, ids=[name for name, _ in ASKS])
def test_the_number_of_statements_does_not_grow_with_the_list(
    drive: Drive, name: str, ask: Callable[[Drive, Actor], object]
) -> None:
    manager = drive.person("CM", "sa_norvale")
    drive.open_case()
    many_tasks(drive, 1, role="CM", agency_id="sa_norvale")
    ask(drive, manager)
    with statements(drive) as few:
        ask(drive, manager)
    for _ in range(4):
        drive.open_case()
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(Task.__table__.delete().where(Task.id.like("copy-%")))  # type: ignore[attr-defined]
    many_tasks(drive, 40, role="CM", agency_id="sa_norvale")
    with statements(drive) as many:
        ask(drive, manager)
    assert len(many) == len(few) <= 6, [text for text, _ in many]
    assert not [text for text, _ in many if re.search(r"run\.state\b", text)], "a list never loads a run"


@pytest.mark.parametrize(("queue", "index"), [
    ("mine", "ix_task_assignee_open"), ("claimable", "ix_task_claimable"), ("team", "ix_task_agency_open"),
])
def test_each_queue_walks_its_index(drive: Drive, queue: str, index: str) -> None:
    actor = Actor("several", "sa_norvale", frozenset({"CM", "FR", "MDT"}), "casework")
    drive.open_case()
    many_tasks(drive, 300, role="CM", agency_id="sa_norvale")
    with statements(drive) as noted:
        my_tasks(drive.system, actor, queue=queue)
    text, values = next(one for one in noted if "FROM task" in one[0])
    with drive.system.database.engine.connect() as conn:
        plan = [row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]  # type: ignore[arg-type]
    of_tasks = [line for line in plan if re.search(r"\btask\b", line) and "USING" in line]
    assert of_tasks
    assert all(index in line for line in of_tasks), plan
    assert not [line for line in plan if re.match(r"SCAN task\b(?!.*INDEX)", line)], plan
