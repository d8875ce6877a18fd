"""Resolve an incident: retry, supply the missing fact, or choose a path with a second person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from nrm import engine
from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.settling.live_run import LiveRun
from nrm.records.same_person import is_same_person
from nrm.records.tables.run import Incident
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.facts import fact_value
from nrm.vocabulary.happenings import WaitKind
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


def retry_incident(system: System, actor: Actor, *, incident_id: str) -> None:
    """Try the run again as things stand now; what still cannot go on becomes a new incident."""
    with _incident_act(system, actor, Permission.INCIDENT_RESOLVE, incident_id) as (act, incident):
        act.enter("incident.retried", f"incident:{incident_id}")
        _resolve(act, incident, "retried")
        _retry(act, incident)


def supply_fact(system: System, actor: Actor, *, incident_id: str, facts: Mapping[str, object]) -> None:
    """Give the missing facts and try again. Raises InvalidInput for a fact or value that does not exist."""
    with _incident_act(system, actor, Permission.INCIDENT_RESOLVE, incident_id) as (act, incident):
        run = act.settlement.run(incident.run_id)
        typed: dict[str, object] = {}
        for name, raw in facts.items():
            kind = run.published.fact(name)
            if kind is None:
                raise InvalidInput(fields={name: ["The process does not know this fact."]})
            try:
                typed[name] = fact_value(kind, raw)
            except ValueError as wrong:
                raise InvalidInput(fields={name: [str(wrong)]}) from None
        if not any(value is not None for value in typed.values()):
            raise InvalidInput(fields={name: ["Give this a value."] for name in incident.facts or ["facts"]})
        act.enter("incident.fact_supplied", f"incident:{incident_id}", payload={"facts": sorted(typed)})
        act.settlement.facts.set(run.id, run.published, typed, source=f"incident:{incident_id}")
        _resolve(act, incident, "fact_supplied")
        _retry(act, incident)


def propose_path(system: System, actor: Actor, *, incident_id: str, flow: str, reason: str) -> None:
    """Propose a path past the gateway; a second person confirms it. Raises InvalidInput."""
    with _incident_act(system, actor, Permission.INCIDENT_RESOLVE, incident_id) as (act, incident):
        if not reason.strip():
            raise InvalidInput(fields={"reason": ["Say why the case should go this way."]})
        if flow not in (incident.flows or []):
            raise InvalidInput(fields={"flow": ["Choose one of the listed paths."]})
        act.unit.conn.execute(update(Incident).where(Incident.id == incident_id).values(
            status="waiting_second", proposal={"flow": flow}, proposed_by=actor.user_id,
        ))
        act.enter("incident.path_proposed", f"incident:{incident_id}", outcome=flow,
                  payload={"reason": reason.strip()[:2000]})


def confirm_path(system: System, actor: Actor, *, incident_id: str) -> None:
    """Confirm a proposed path as the second person. Raises NotAllowed for who proposed it."""
    with _incident_act(system, actor, Permission.INCIDENT_CONFIRM, incident_id) as (act, incident):
        if incident.status != "waiting_second" or not incident.proposal:
            raise Conflict("Nobody has proposed a path here yet.")
        if is_same_person(act.unit.conn, incident.proposed_by, actor.user_id):
            raise NotAllowed("A second person has to confirm this path.", rule="separation:proposer",
                             code="separation_of_duties")
        flow = str(incident.proposal["flow"])
        act.enter("incident.path_confirmed", f"incident:{incident_id}", outcome=flow,
                  payload={"proposed_by": incident.proposed_by})
        _resolve(act, incident, f"path:{flow}")
        _retry(act, incident, choose=flow)


@contextmanager
def _incident_act(
    system: System, actor: Actor, permission: Permission, incident_id: str
) -> Iterator[tuple[CaseAct, Row[Any]]]:
    with system.database.reader(actor) as unit:
        case_id = unit.conn.execute(select(Incident.case_id).where(Incident.id == incident_id)).scalar()
    if case_id is None:
        raise NotFound
    with case_act(system, actor, permission, case_id, open_only=False) as act:
        incident = act.unit.conn.execute(select(Incident).where(Incident.id == incident_id)).one()
        if incident.status == "resolved":
            raise Conflict("This incident was resolved in the meantime.")
        yield act, incident


def _resolve(act: CaseAct, incident: Row[Any], how: str) -> None:
    act.unit.conn.execute(update(Incident).where(Incident.id == incident.id).values(
        status="resolved", resolved_at=act.unit.now, resolved_by=act.actor.user_id, resolution=how,
    ))


def _retry(act: CaseAct, incident: Row[Any], *, choose: str | None = None) -> None:
    if incident.run_id is None or not incident.element:
        return
    run = act.settlement.run(incident.run_id)
    if incident.kind == "nobody_serves_role":
        _place_again(act, run, str(incident.element))
        return
    if incident.kind in ("action_refused", "unknown_action"):
        run.status, run.is_changed = "open", True
        for wait in engine.open_waits(run.published.program, run.state):
            if wait.kind is WaitKind.ACTION and wait.element == incident.element:
                act.settlement.carry_out(run, wait)
        return
    try:
        act.settlement.retry(run, incident.element, choose=choose)
    except engine.NothingToRetry:
        run.status = "open"
        run.is_changed = True


def _place_again(act: CaseAct, run: LiveRun, element: str) -> None:
    """Give a task nobody could have to whoever serves its role now. Raises Conflict where still nobody does."""
    rows = act.unit.conn.execute(
        select(Task.role).where(Task.run_id == run.id, Task.element == element, Task.status == "open")
    ).scalars()
    facts = act.settlement.facts.for_run(run.id, run.published)
    if any(act.settlement.placing.place(role, run.id, facts) is None for role in rows):
        raise Conflict("Still no agency of the district serves this role.")
    act.settlement.tasks.reroute()
