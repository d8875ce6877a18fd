"""What is measured, behind one face: open a case, complete its next task.

``Ours`` are the real acts with everything on. ``Raw`` is SpiffWorkflow as it comes, in memory, nothing kept.
``Naive`` is the usual way to make it durable: the whole workflow as JSON in one row, once per step.
"""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path
from typing import Protocol

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench.installation import DISTRICT, MODELS, Bench
from nrm.commands.complete_task import complete_task
from nrm.commands.open_case import open_case

WORDS = "The person wants to go on, asked for the interpreter again and said which days are good. " * 3
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def answers(n: int) -> dict[str, object]:
    """The n-th answers: the same four fields for everybody; the fact turns every time."""
    return {"went_well": "yes" if n % 2 else "no", "go_on": "yes", "on": "2026-03-02", "words": WORDS}


class Life(Protocol):
    """One case while it is measured."""

    def step(self) -> bool:
        """Complete the next task; False when there is none left."""
        ...


class Contender(Protocol):
    """A way to run cases."""

    name: str

    def open(self, model: str) -> Life:
        """Open a case of a model."""
        ...


class Ours:
    """The product: authorisation, lock, engine, sealed record, facts, deadlines, chained history, commit."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.name = f"NRM, {bench.name}"

    def open(self, model: str) -> Life:
        """Open a case with the real act."""
        opened = open_case(
            self.bench.system, self.bench.actor, process=model, district=DISTRICT, answers={"heard": "A call."},
        )
        return _OurCase(self.bench, opened.next_tasks)


class _OurCase:
    def __init__(self, bench: Bench, tasks: tuple[str, ...]) -> None:
        self.bench = bench
        self.tasks = tasks
        self.done = 0

    def step(self) -> bool:
        if not self.tasks:
            return False
        self.done += 1
        self.tasks = complete_task(
            self.bench.system, self.bench.actor, task_id=self.tasks[0], answers=answers(self.done),
        ).next_tasks
        return True


class Raw:
    """SpiffWorkflow in memory."""

    name = "SpiffWorkflow in memory"

    def open(self, model: str) -> Life:
        """Start a workflow."""
        return _Workflow(started(model))


class _Workflow:
    def __init__(self, workflow: BpmnWorkflow) -> None:
        self.workflow = workflow
        self.done = 0

    def step(self) -> bool:
        self.done += 1
        return advance(self.workflow, self.done)


class NaiveOnSqlite:
    """One row per case in a SQLite file, WAL, synchronous FULL."""

    def __init__(self, folder: Path) -> None:
        self.name = "naive JSON, SQLite"
        self.connection = sqlite3.connect(folder / "naive.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("CREATE TABLE naive (id TEXT PRIMARY KEY, state TEXT NOT NULL)")

    def open(self, model: str) -> Life:
        """Start a workflow and keep it."""
        case = str(uuid.uuid4())
        self.connection.execute("INSERT INTO naive VALUES (?, ?)", [case, SERIALIZER.serialize_json(started(model))])
        return _NaiveCase(self, case)

    def step(self, case: str, n: int) -> bool:
        """Read, complete, write: one transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            (state,) = self.connection.execute("SELECT state FROM naive WHERE id = ?", [case]).fetchone()
            workflow = SERIALIZER.deserialize_json(state)
            if not advance(workflow, n):
                return False
            self.connection.execute(
                "UPDATE naive SET state = ? WHERE id = ?", [SERIALIZER.serialize_json(workflow), case]
            )
        finally:
            self.connection.execute("COMMIT")
        return True


class NaiveOnPostgres:
    """One row per case in PostgreSQL."""

    def __init__(self, dsn: str) -> None:
        self.name = "naive JSON, PostgreSQL"
        self.connection = psycopg.connect(dsn)
        with self.connection.transaction():
            self.connection.execute("CREATE TABLE naive (id TEXT PRIMARY KEY, state TEXT NOT NULL)")

    def open(self, model: str) -> Life:
        """Start a workflow and keep it."""
        case = str(uuid.uuid4())
        with self.connection.transaction():
            state = SERIALIZER.serialize_json(started(model))
            self.connection.execute("INSERT INTO naive VALUES (%s, %s)", [case, state])
        return _NaiveCase(self, case)

    def step(self, case: str, n: int) -> bool:
        """Read, complete, write: one transaction."""
        with self.connection.transaction():
            row = self.connection.execute("SELECT state FROM naive WHERE id = %s FOR UPDATE", [case]).fetchone()
            assert row is not None
            workflow = SERIALIZER.deserialize_json(row[0])
            if not advance(workflow, n):
                return False
            self.connection.execute(
                "UPDATE naive SET state = %s WHERE id = %s", [SERIALIZER.serialize_json(workflow), case]
            )
        return True


class _NaiveCase:
    def __init__(self, kept: NaiveOnSqlite | NaiveOnPostgres, case: str) -> None:
        self.kept = kept
        self.case = case
        self.done = 0

    def step(self) -> bool:
        self.done += 1
        return self.kept.step(self.case, self.done)


SERIALIZER = BpmnWorkflowSerializer()
_PARSED: dict[str, tuple[object, object]] = {}


def started(model: str) -> BpmnWorkflow:
    """A new stock workflow of a model, at its first task; the diagram is parsed once."""
    if model not in _PARSED:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(for_stock((MODELS / model / f"{model}.bpmn").read_bytes())))
        _PARSED[model] = parser.get_spec(model), parser.get_subprocess_specs(model)
    workflow = BpmnWorkflow(*_PARSED[model])
    workflow.do_engine_steps()
    return workflow


def advance(workflow: BpmnWorkflow, n: int) -> bool:
    """Complete the first open task with the n-th answers, of which stock carries what routes."""
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    if task is None:
        return False
    given = answers(n)
    task.data.update(went_well=given["went_well"], go_on=given["go_on"])
    task.run()
    workflow.do_engine_steps()
    return True


def for_stock(diagram: bytes) -> bytes:
    """The same diagram as stock reads it: a length in the limit event, Python in the conditions."""
    root = etree.fromstring(diagram)
    for event in root.iter(f"{BPMN}timerEventDefinition"):
        etree.SubElement(event, f"{BPMN}timeDuration").text = '"P30D"'
    for condition in root.iter(f"{BPMN}conditionExpression"):
        condition.text = (condition.text or "").replace(" = ", " == ")
    return etree.tostring(root)
