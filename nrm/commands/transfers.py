"""A case goes to another agency and district: asked, answered, and moved in one act (form:F24, domain X6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.moving import Move, move_task
from nrm.commands.referral_rows import as_now
from nrm.commands.settling.audience import people_of
from nrm.commands.settling.live_run import LiveRun
from nrm.commands.settling.settlement import Settlement
from nrm.queries.standing import Standing
from nrm.records.grants import FORMER_SEAT, SEAT
from nrm.records.tables.case import TeamMember
from nrm.records.tables.deadline import NOT_ENDED, Deadline
from nrm.records.tables.referral import Transfer
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import ActionRefused, Conflict
from nrm.wiring.directory import Agencies

TRANSFER = "transfer"
READS_ON = timedelta(days=30)
"""So long the team that had the case may read it (X6)."""
COORDINATING = ("COORD", "SUP")
LEAD = "CM"
PURPOSE = "case_management"
TOLD = (Category.IDENTITY, Category.PLAN)
"""What an agency that takes a case over cannot do without: where nothing covers this, the case stays."""
PROPOSED, ACCEPTED, REFUSED, WITHDRAWN = "proposed", "accepted", "refused", "withdrawn"
WHY = "The case was given to another agency."


def transfer_of(unit: Unit, run_id: str) -> Row[Any] | None:
    """Return the transfer of a run, or None before it is proposed."""
    return unit.conn.execute(select(Transfer).where(Transfer.run_id == run_id)).first()


def may_be_told(agencies: Agencies, standing: Standing, to_agency: str) -> bool:
    """Whether the person's word, or a basis in law that a second person confirmed, lets an agency take the case over.

    Where it does not (any more, or not yet), the agency is told nothing and the case stays (table:D-05).
    """
    return covers(
        standing.consents, Recipient(to_agency, agencies.kind(to_agency)), PURPOSE, TOLD, standing.now,
        child=standing.treated_as_child,
    ).allowed


def propose_transfer(
    settlement: Settlement, run: LiveRun, *, to_agency: str, to_district: str, reason: str, basis: str
) -> None:
    """Ask another agency to take the case over. Raises Conflict while another one is asked already."""
    unit = settlement.unit
    if open_transfer(unit, settlement.case_id) is not None:
        raise Conflict("Another agency is asked to take this case over already.")
    transfer_id, before = settlement.system.new_id(), str(settlement.case.agency_id)
    unit.conn.execute(insert(Transfer), [{
        "id": transfer_id, "case_id": settlement.case_id, "run_id": run.id, "from_agency": before,
        "to_agency": to_agency, "to_district": to_district, "reason": reason, "basis": basis, "status": PROPOSED,
        "from_then": as_now(settlement, before), "to_then": as_now(settlement, to_agency), "proposed_at": unit.now,
        "proposed_by": unit.actor.user_id, "answered_at": None, "answered_by": None,
    }])
    settlement.ledger.enter("transfer.proposed", f"transfer:{transfer_id}", outcome=reason, payload={
        "to": to_agency, "from": before, "district": to_district, "basis": basis,
    })


def answer_transfer(settlement: Settlement, transfer: Row[Any], status: str) -> None:
    """Keep the receiving coordinator's answer; of a refusal the coordinators of the case are told at once."""
    unit = settlement.unit
    unit.conn.execute(update(Transfer).where(Transfer.id == transfer.id).values(
        status=status, answered_at=unit.now, answered_by=unit.actor.user_id,
    ))
    settlement.ledger.enter(f"transfer.{status}", f"transfer:{transfer.id}")
    for user_id in people_of(unit, (str(transfer.from_agency),), (LEAD, *COORDINATING)):
        settlement.notices.tell(user_id, f"transfer_{status}", None, unit.now)


def end_transfer(settlement: Settlement, transfer: Row[Any], *, reason: str, rule: str | None = None) -> None:
    """Take a request back before it was answered: its run ends, and who was asked hears that it is over."""
    unit = settlement.unit
    unit.conn.execute(update(Transfer).where(Transfer.id == transfer.id).values(
        status=WITHDRAWN, answered_at=unit.now, answered_by=unit.actor.user_id,
    ))
    settlement.ledger.enter("transfer.withdrawn", f"transfer:{transfer.id}", outcome=reason, rule=rule)
    settlement.cancel(settlement.run(transfer.run_id), reason)
    for user_id in people_of(unit, (str(transfer.to_agency),), COORDINATING):
        settlement.notices.tell(user_id, "transfer_withdrawn", None, unit.now)


def open_transfer(unit: Unit, case_id: str) -> Row[Any] | None:
    """Return the request of a case that nobody has answered yet, or None."""
    return unit.conn.execute(
        select(Transfer).where(Transfer.case_id == case_id, Transfer.status == PROPOSED)
    ).first()


def move_case(settlement: Settlement, run: LiveRun) -> None:
    """Move the case: agency, district, team, tasks and clocks, in this one act (X6).

    Who leaves the team reads for thirty days. Clocks keep their start, their pauses and what was used of them;
    what is left is counted by the calendar of whoever has them now, and the history says so of each.
    """
    unit = settlement.unit
    transfer = transfer_of(unit, run.id)
    if transfer is None or transfer.status != ACCEPTED:
        raise ActionRefused("Nobody has agreed to take this case over.")
    settlement.give_case(transfer.to_agency, district=transfer.to_district)
    leaving = _change_team(settlement, transfer)
    settlement.ledger.enter("case.transferred", f"case:{settlement.case_id}", payload={
        "transfer": transfer.id, "from": transfer.from_agency, "to": transfer.to_agency,
        "district": transfer.to_district, "reads_until": (unit.now + READS_ON).isoformat(),
    })
    _move_tasks(settlement, run, leaving)
    _switch_calendars(settlement, transfer)


def _change_team(settlement: Settlement, transfer: Row[Any]) -> frozenset[str]:
    """End the seats that the new district has no use for; they read on. Returns the agencies that leave."""
    unit, now = settlement.unit, settlement.unit.now
    seats = unit.conn.execute(select(TeamMember).where(
        TeamMember.case_id == settlement.case_id, TeamMember.to_at.is_(None)
    )).all()
    gone = [seat for seat in seats if not _stays(settlement, seat, transfer)]
    for seat in gone:
        SEAT.change_row(unit, seat, to_at=now)
    _let_read(settlement, transfer, [
        *((seat.role, seat.agency_id, seat.user_id) for seat in gone),
        *((role, transfer.from_agency, None) for role in COORDINATING),
    ])
    SEAT.add(unit, [{
        "id": settlement.system.new_id(), "case_id": settlement.case_id, "role": LEAD,
        "agency_id": transfer.to_agency, "user_id": None, "from_at": now, "to_at": None, "basis": TRANSFER,
        "named": False, "chosen": False,
    }])
    settlement.ledger.enter("team.seat_filled", f"role:{LEAD}", payload={"agency": transfer.to_agency})
    settlement.placing.forget_team()
    return frozenset({str(transfer.from_agency), *(str(seat.agency_id) for seat in gone)})


def _stays(settlement: Settlement, seat: Row[Any], transfer: Row[Any]) -> bool:
    """Whether a seat goes with the person: another agency's, that works in the new district too."""
    agency = settlement.agencies.by_id.get(seat.agency_id)
    return (
        agency is not None and seat.role != LEAD and seat.agency_id != transfer.from_agency
        and transfer.to_district in agency.districts
    )


def _let_read(settlement: Settlement, transfer: Row[Any], seats: Sequence[tuple[str, str, str | None]]) -> None:
    until = settlement.unit.now + READS_ON
    FORMER_SEAT.add(settlement.unit, [
        {
            "id": settlement.system.new_id(), "case_id": settlement.case_id, "role": role, "agency_id": agency_id,
            "user_id": user_id, "until_at": until, "transfer_id": transfer.id,
        }
        for role, agency_id, user_id in dict.fromkeys(seats)
    ])


def _move_tasks(settlement: Settlement, run: LiveRun, leaving: Collection[str]) -> None:
    """Place the open tasks of who leaves again, also those somebody holds; the hand-over itself stays where it is."""
    unit = settlement.unit
    unit.conn.execute(
        update(Task).where(Task.case_id == settlement.case_id, IS_OPEN).values(district=settlement.case.district)
    )
    rows = unit.conn.execute(select(Task).where(
        Task.case_id == settlement.case_id, IS_OPEN, Task.agency_id.in_(sorted(leaving)), Task.run_id != run.id
    ).order_by(Task.opened_at, Task.id)).all()
    for task in rows:
        of = settlement.run(task.run_id)
        placed = settlement.placing.place(
            task.role, of.id, settlement.facts.for_run(of.id, of.published), process=of.process, not_by=task.not_by,
        )
        if placed is not None and (placed.agency_id, placed.user_id) != (task.agency_id, task.assignee_id):
            move_task(settlement, task, Move(
                placed.user_id, WHY, act="task.rerouted", agency_id=placed.agency_id,
                stands_in_for=placed.stands_in_for,
            ))


def _switch_calendars(settlement: Settlement, transfer: Row[Any]) -> None:
    """Count the open clocks by the calendar of the agency that has them now; each leaves an entry."""
    unit = settlement.unit
    unit.conn.execute(update(Deadline).where(
        Deadline.case_id == settlement.case_id, Deadline.agency_id == transfer.from_agency,
        Deadline.task_id.is_(None), NOT_ENDED,
    ).values(agency_id=transfer.to_agency))
    rows = unit.conn.execute(
        select(Deadline).where(Deadline.case_id == settlement.case_id, NOT_ENDED).order_by(Deadline.due_at, Deadline.id)
    ).all()
    for row in rows:
        calendar = settlement.calendar_of(str(row.agency_id))
        if calendar != row.calendar:
            counted = settlement.clocks.recount(row, calendar=calendar)
            settlement.clocks.say_recounted(row, counted, "case_transferred")
