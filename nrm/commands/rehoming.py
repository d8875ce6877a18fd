"""An agency ends: from its last day on it serves nobody, and everything it has goes to who serves instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from nrm.commands.batches import Line
from nrm.commands.bulk_moves import begin_move
from nrm.commands.settling.ledger import Ledger
from nrm.queries.holdings import held_by_agency
from nrm.queries.move_plans import Planned, digest_of, hidden_from, plan_rehoming
from nrm.queries.scope import reaches_every_agency, require_role
from nrm.records.tables.agency import Agency
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.tables.work import Batch
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RehomingPlan:
    """Everything an agency has, and the agency that would serve instead."""

    agency_id: str
    planned: tuple[Planned, ...]
    digest: str
    is_under_way: bool


def plan_of_agency(system: System, actor: Actor, *, agency_id: str) -> RehomingPlan:
    """Look at where the work of an agency that ends would go. Raises NotAllowed, NotFound."""
    _allow(system, actor, agency_id)
    with system.database.reader(actor) as unit:
        system.agencies(unit).agency(agency_id)
        return work_of(system, unit, agency_id)


def rehome(system: System, actor: Actor, *, agency_id: str, digest: str | None = None) -> str:
    """Start the batch that moves an agency's work; what nobody else serves stays and is listed. Returns its id.

    Raises NotAllowed, NotFound, Conflict where its end is not set, or the plan has changed.
    """
    _allow(system, actor, agency_id)
    with system.database.unit(actor) as unit:
        agencies = system.agencies(unit)
        if agencies.agency(agency_id).until is None and agency_id in agencies.active_ids:
            raise Conflict("Say first when this agency ends.")
        plan = work_of(system, unit, agency_id)
        if digest is not None and digest != plan.digest:
            raise Conflict("What this agency has is no longer what you looked at. Look at it again.")
        if plan.is_under_way:
            raise Conflict("This agency's work is being moved already.")
        return begin_rehoming(system, unit, plan)


def end_agencies(system: System) -> int:
    """End the agencies whose last day is over, each once, and move what they still have. Returns how many ended.

    What came to an ended agency all the same, or found nobody, is tried again now and then.
    """
    with system.database.reader(SYSTEM) as unit:
        agencies = system.agencies(unit)
        over = [
            row.id for row in unit.conn.execute(
                select(Agency.id).where(Agency.status == "active", Agency.until.is_not(None)).order_by(Agency.id)
            ) if row.id not in agencies.active_ids
        ]
        late = _still_there(unit)
    for agency_id in late:
        with system.database.unit(SYSTEM) as unit:
            plan = work_of(system, unit, agency_id)
            if any(not one.why_not for one in plan.planned):
                begin_rehoming(system, unit, plan)
    return sum(_end(system, agency_id) for agency_id in over)


def _still_there(unit: Unit) -> list[str]:
    """Ended agencies that have open tasks, where no batch has looked at them for a while."""
    tasks = select(Task.id).where(Task.agency_id == Agency.id, IS_OPEN).exists()
    late = unit.conn.execute(select(Agency.id).where(Agency.status != "active", tasks).order_by(Agency.id)).scalars()
    lately: Any = unit.conn.execute(
        select(Batch.params).where(Batch.kind == "rehoming", Batch.at > unit.now - AGAIN_AFTER)
    )
    looked_at = {row.params.get("agency") for row in lately}
    return [agency_id for agency_id in late if agency_id not in looked_at]


def begin_rehoming(system: System, unit: Unit, plan: RehomingPlan) -> str:
    """Write the batch of a plan and its entry in the installation's history. Returns its id."""
    return begin_move(
        system, unit, kind="rehoming", rule="agency_ended", params={"agency": plan.agency_id},
        lines=[
            Line(one.item.case_id, {**one.params, "from_agency": plan.agency_id})
            for one in plan.planned if not one.why_not
        ],
    )


def _end(system: System, agency_id: str) -> bool:
    with system.database.unit(SYSTEM) as unit:
        ended: int = unit.conn.execute(
            update(Agency).where(Agency.id == agency_id, Agency.status == "active").values(status="ended")
        ).rowcount
        if ended:
            Ledger(unit, INSTALLATION).enter("agency.ended", f"agency:{agency_id}")
            begin_rehoming(system, unit, work_of(system, unit, agency_id))
    system.directory.forget()
    return ended == 1


def work_of(system: System, unit: Unit, agency_id: str) -> RehomingPlan:
    """Return everything an agency has, and where it would go."""
    planned = hidden_from(unit.conn, unit.actor, plan_rehoming(
        system, unit, held_by_agency(unit.conn, agency_id, unit.now), agency_id,
    ))
    running: Any = unit.conn.execute(select(Batch.params).where(Batch.kind == "rehoming", Batch.status == "running"))
    return RehomingPlan(
        agency_id, planned, digest_of(planned), any(row.params.get("agency") == agency_id for row in running),
    )


def _allow(system: System, actor: Actor, agency_id: str) -> None:
    policy = system.configuration.policy
    require_role(actor, Permission.AGENCIES_MANAGE, policy)
    if agency_id != actor.agency_id and not reaches_every_agency(actor, Permission.AGENCIES_MANAGE, policy):
        raise NotAllowed("You end your own agency only.", rule="own_agency:ending")
