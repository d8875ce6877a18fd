"""Where a case stands: its runs, one of them as a picture with marks and as the equal list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.engine import Row

from nrm.diagrams.equal_list import Row as ListRow
from nrm.diagrams.equal_list import equal_list
from nrm.queries.case_reader import CaseReader
from nrm.queries.case_view import RunLine, run_lines
from nrm.queries.run_waits import Awaited, awaited, run_waits
from nrm.queries.standing import Standing
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.run import Incident, Run, Step, ran
from nrm.records.tables.task import IS_OPEN, Task, was_open
from nrm.records.unit import Unit
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.happenings import WaitKind, WaitOpened
from nrm.wiring.library import Published
from nrm.wiring.system import System

ACTIVE, DONE, OVERDUE, STOPPED = "active", "done", "overdue", "stopped"
RUNNING = ("open", "incident")


@dataclass(frozen=True, slots=True)
class Badge:
    """What is written beside an element of the picture: who has it, when it is due, how often it was done."""

    element: str
    state: str
    done: int
    open: int
    who: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One row of the equal list: the step in words, and how it stands in this run."""

    step: int
    element: str
    title: str
    kind: str
    role: str
    lane: str
    form: str
    limits: tuple[str, ...]
    before: tuple[str, ...]
    next: tuple[str, ...]
    state: str
    """active, overdue, done, stopped (an incident), or empty where the run has not been."""
    done: int
    last_at: datetime | None
    who: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProcessView:
    """The process page of a case. ``runs`` are all its runs; the rest is about ``run``."""

    case_id: str
    case_code: str
    runs: tuple[RunLine, ...]
    run: RunLine
    process_title: str
    documentation: str
    version_number: int
    diagram: str
    """The BPMN of the very version this run uses."""
    marks: Mapping[str, str]
    """Element id -> active, overdue, done, stopped; sequence flows that were taken -> done."""
    badges: tuple[Badge, ...]
    rows: tuple[ProcessRow, ...]
    awaits: tuple[Awaited, ...]
    """The messages and limits the run waits for, those that hang on a task too; of the past they are not known."""
    at: datetime | None = None
    """The instant that is shown; None: now."""
    before: datetime | None = None
    """When something happened in this run last before what is shown."""
    after: datetime | None = None
    """When something happened in it next; None: what is shown is how it stands."""


@dataclass(slots=True)
class _Place:
    """How one element stands in one run."""

    done: int = 0
    open: int = 0
    state: str = ""
    last_at: datetime | None = None
    who: str = ""
    due_at: datetime | None = None


def case_process(
    system: System, unit: Unit, standing: Standing, *, run_id: str | None = None, at: datetime | None = None
) -> ProcessView:
    """Return where a case stands; without ``run_id`` the run where work is going on.

    Tasks, steps and due times come from what the acts left in tables; of the one run that is shown its state says
    what it waits for. ``at``: how it stood at an instant of the past, in the version the run uses.
    Raises NotFound for a run of another case, or where none had begun.
    """
    reader = CaseReader(system, unit, standing)
    known = run_lines(unit, reader.case_id)
    runs = known if at is None else _begun(known, at)
    run = _chosen(unit, reader.case_id, runs, run_id)
    published = system.library.published(unit.conn, run.bundle)
    flows, places = _places(reader, run, published, at)
    is_alive = any(one.id == run.id and one.status in RUNNING for one in known)
    waits = run_waits(unit, published, reader.case_id, run.id) if is_alive else ()
    awaits: Sequence[Awaited] = ()
    if at is None:
        awaits = awaited(unit, published, reader.case_id, waits)
        _waits(places, waits, awaits)
        _incidents(reader, run, places)
    else:
        _called(reader, run, places, waits, at)
    marks = {**dict.fromkeys(flows, DONE), **{e: place.state for e, place in places.items() if place.state}}
    return ProcessView(
        reader.case_id, standing.case.code, runs, run, published.process.title, published.process.documentation,
        _number(unit, run.bundle), published.bundle.file(published.bundle.diagram_name).decode(), marks,
        _badges(places), tuple(_row(row, places.get(row.element, _Place())) for row in equal_list(published.process)),
        tuple(awaits), at, *_neighbours(unit, run, at),
    )


def _begun(runs: Sequence[RunLine], at: datetime) -> tuple[RunLine, ...]:
    """Return the runs as they were: those that had begun, and as running those that had not ended."""
    return tuple(
        run if run.ended_at is None or run.ended_at <= at else replace(run, status="open", outcome=None)
        for run in runs if run.started_at <= at
    )


def _neighbours(unit: Unit, run: RunLine, at: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return the instants before and after the one shown at which something happened in a run."""
    happened = union(
        select(Step.left_at.label("at")).where(Step.run_id == run.id, Step.left_at.is_not(None)),
        select(Task.opened_at).where(Task.run_id == run.id),
    ).subquery()
    if at is None:
        last_but_one = select(happened.c.at).order_by(happened.c.at.desc()).offset(1).limit(1)
        return unit.conn.execute(last_but_one).scalar(), None
    before = unit.conn.execute(select(func.max(happened.c.at)).where(happened.c.at < at)).scalar()
    return before, unit.conn.execute(select(func.min(happened.c.at)).where(happened.c.at > at)).scalar()


def _number(unit: Unit, digest: str) -> int:
    return int(unit.conn.execute(select(BundleRow.number).where(BundleRow.digest == digest)).scalar_one())


def _chosen(unit: Unit, case_id: str, runs: Sequence[RunLine], run_id: str | None) -> RunLine:
    """Return the run asked for, else the one with the task due first, else the newest that runs."""
    if run_id is not None:
        found = next((run for run in runs if run.id == run_id), None)
        if found is None:
            raise NotFound
        return found
    busy = unit.conn.execute(
        select(Task.run_id).where(Task.case_id == case_id, IS_OPEN).order_by(Task.due_at, Task.id).limit(1)
    ).scalar()
    running = [run for run in runs if run.status in RUNNING]
    for run in (*(r for r in runs if r.id == busy), *reversed(running), *reversed(runs)):
        return run
    raise NotFound


def _places(
    reader: CaseReader, run: RunLine, published: Published, at: datetime | None
) -> tuple[set[str], dict[str, _Place]]:
    places: dict[str, _Place] = {}
    flows: set[str] = set()
    known = {flow.id for flow in published.process.flows}
    passed = select(Step.element, Step.flow, Step.left_at, Step.outcome).where(Step.run_id == run.id)
    if at is not None:
        passed = passed.where(Step.left_at <= at)
    for row in reader.unit.conn.execute(passed.order_by(Step.left_at)):
        place = places.setdefault(row.element, _Place())
        if row.outcome != "cancelled":
            place.done, place.state, place.last_at = place.done + 1, DONE, row.left_at
        flows |= known.intersection((row.flow or "").split())
    _open_tasks(reader, run, places, at)
    return flows, places


def _called(
    reader: CaseReader, run: RunLine, places: dict[str, _Place], waits: Sequence[WaitOpened], at: datetime
) -> None:
    """The steps at which the run waited for a process it had called; one it still waits for has left no step yet."""
    conn = reader.unit.conn
    called = conn.execute(
        select(Run.parent_wait_id).where(Run.parent_run_id == run.id, ran(at))
    ).scalars().all()
    passed = conn.execute(
        select(Step.engine_id, Step.element).where(Step.run_id == run.id, Step.engine_id.in_(called))
    )
    elements = {wait.wait_id: wait.element for wait in waits} | {row.engine_id: row.element for row in passed}
    for wait_id in called:
        if wait_id in elements:
            _stands(places, elements[wait_id], None)


def _incidents(reader: CaseReader, run: RunLine, places: dict[str, _Place]) -> None:
    for element in reader.unit.conn.execute(
        select(Incident.element).where(Incident.run_id == run.id, Incident.status != "resolved")
    ).scalars():
        if element:
            places.setdefault(element, _Place()).state = STOPPED


def _open_tasks(reader: CaseReader, run: RunLine, places: dict[str, _Place], at: datetime | None) -> None:
    now = at or reader.unit.now
    rows = reader.unit.conn.execute(
        select(Task.element, Task.role, Task.agency_id, Task.due_at, User.name)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.run_id == run.id, IS_OPEN if at is None else was_open(at))
        .order_by(Task.due_at.desc())
    )
    for row in rows:
        place = places.setdefault(row.element, _Place())
        late = row.due_at is not None and row.due_at < now
        place.open += 1
        place.state = OVERDUE if late else ACTIVE
        place.who = _who(reader, row)
        place.due_at = row.due_at


def _who(reader: CaseReader, row: Row[*tuple[Any, ...]]) -> str:
    agency = reader.agencies.name(row.agency_id)
    return f"{row.name}, {agency}" if row.name else f"{reader.role_title(row.role)}, {agency}"


def _waits(places: dict[str, _Place], waits: Sequence[WaitOpened], awaits: Sequence[Awaited]) -> None:
    """A called process, a message or a limit that the run stands at is active; what hangs on a task is only awaited."""
    for wait in waits:
        if wait.kind is WaitKind.RUN:
            _stands(places, wait.element, None)
    for one in awaits:
        if one.attached_to is None:
            _stands(places, one.element, one.due_at)


def _stands(places: dict[str, _Place], element: str, due_at: datetime | None) -> None:
    place = places.setdefault(element, _Place())
    place.open, place.state, place.due_at = place.open + 1, ACTIVE, due_at


def _badges(places: Mapping[str, _Place]) -> tuple[Badge, ...]:
    return tuple(
        Badge(element, place.state, place.done, place.open, place.who, place.due_at)
        for element, place in sorted(places.items()) if place.open or place.done > 1 or place.state == STOPPED
    )


def _row(row: ListRow, place: _Place) -> ProcessRow:
    return ProcessRow(
        row.step, row.element, row.title, str(row.kind), row.role, row.lane, row.form, row.limits,
        tuple(way.title for way in row.before),
        tuple(f"{way.title} ({way.when})" if way.when else way.title for way in row.next),
        place.state, place.done, place.last_at, place.who, place.due_at,
    )
