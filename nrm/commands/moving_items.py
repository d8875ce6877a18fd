"""Lines of batches that move what somebody, or an agency, holds: tasks, seats, referrals and managed cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from nrm.commands.moving import Move, cannot_have, move_task, open_task_of, tell
from nrm.commands.referral_rows import revoke
from nrm.commands.sessions import end_sessions
from nrm.commands.settling.audience import people_of, supervisors_of
from nrm.commands.settling.ledger import Ledger
from nrm.commands.settling.settlement import Settlement
from nrm.queries.holdings import holds_work
from nrm.records.grants import ACCOUNT, SEAT
from nrm.records.tables.account import User
from nrm.records.tables.case import TeamMember
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.referral import Referral
from nrm.records.tables.work import BatchLine
from nrm.records.tables.working_time import Absence, Duty
from nrm.records.unit import Unit
from nrm.rules.referral_steps import OPEN
from nrm.wiring.system import System

WHY = "It was moved together with others."
CHANGED = {"skipped": "This has changed since it was looked at."}


def move_item(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Move one thing. ``params``: ``what``, ``id``, and where to (``to_user``, ``to_agency``)."""
    return _ITEMS[str(line.params["what"])](settlement, line)


def _task(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    unit, params = settlement.unit, line.params
    task = open_task_of(unit, str(params["id"]))
    if task is None or any(
        params.get(name, now) != now for name, now in (
            ("version", task.version), ("from_user", task.assignee_id), ("from_agency", task.agency_id),
        )
    ):
        return CHANGED
    to, agency_id = _text(params.get("to_user")), _text(params.get("to_agency"))
    if agency_id is not None and agency_id not in settlement.agencies.active_ids:
        return {"skipped": "The agency it should go to no longer takes part."}
    hindered = cannot_have(unit, task, to, agency_id=agency_id) if to is not None else ""
    if hindered and agency_id in (None, task.agency_id):
        return {"skipped": hindered}
    if hindered:
        to = None  # it goes back to the agency without them
    before = move_task(settlement, task, Move(
        to, WHY, agency_id=agency_id, stands_in_for=_text(params.get("stands_in_for")), tell=False,
        payload={"batch": line.batch_id, "asked_by": line.by_id, "reason": line.batch_params.get("reason", "other")},
    ), rule="batch")
    return {**before, "to_user": to}


def _seat(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """End a seat and fill it anew where anybody would; that it was named or chosen is not passed on with it.

    On a way back (``was``: named or chosen) whoever had it has it as before; if they cannot, their agency has.
    """
    unit, params = settlement.unit, line.params
    seat = unit.conn.execute(
        select(TeamMember).where(TeamMember.id == params["id"], TeamMember.to_at.is_(None))
    ).first()
    if seat is None:
        return CHANGED
    stays = None if "from_agency" in params else seat.agency_id
    to, agency_id = _text(params.get("to_user")), _text(params.get("to_agency")) or stays
    SEAT.change_row(unit, seat, to_at=unit.now)
    agency = settlement.agencies.by_id.get(agency_id or "")
    was: Mapping[str, bool] = params.get("was") or {}
    if "was" in params and not _may_sit(settlement, seat.role, agency_id, to):
        to, was = None, {}
    new_id = None
    if agency is not None and agency_id in settlement.agencies.active_ids and seat.role in agency.serves:
        new_id = settlement.system.new_id()
        SEAT.add(unit, [{
            "id": new_id, "case_id": settlement.case_id, "role": seat.role,
            "agency_id": agency_id, "user_id": to, "from_at": unit.now, "to_at": None, "basis": line.kind,
            "named": was.get("named", False), "chosen": was.get("chosen", False),
        }])
    settlement.ledger.enter("team.seat_moved", f"role:{seat.role}", rule="batch", payload={
        "agency": agency_id, "person": to, "from": seat.user_id, "batch": line.batch_id, "asked_by": line.by_id,
    })
    settlement.placing.forget_team()
    return {
        "from_user": seat.user_id, "from_agency": seat.agency_id, "seat": new_id,
        "was": {"named": seat.named, "chosen": seat.chosen},
    }


def _may_sit(settlement: Settlement, role: str, agency_id: str | None, user_id: str | None) -> bool:
    user = settlement.unit.conn.execute(select(User).where(User.id == user_id, User.status == "active")).first()
    return (
        user is not None and user.agency_id == agency_id and role in user.roles
        and user.id not in settlement.kept_away
    )


def _referral(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Take a referral back: another provider is asked under the person's consent, never by itself."""
    unit = settlement.unit
    referral = unit.conn.execute(
        select(Referral).where(Referral.id == line.params["id"], Referral.status.in_(OPEN))
    ).first()
    if referral is None:
        return CHANGED
    revoke(
        settlement, referral, reason="agency_ended", line_status="returned", rule="agency_ended",
        payload={"batch": line.batch_id, "asked_by": line.by_id},
    )
    for user_id in people_of(unit, (str(settlement.case.agency_id),), ("CM", "COORD")):
        settlement.notices.tell(user_id, "line_returned", None, unit.now)
    return {"from_agency": referral.to_agency}


def _case(settlement: Settlement, line: Row[Any]) -> Mapping[str, object]:
    """Give a case another managing agency."""
    to = str(line.params.get("to_agency") or "")
    before = str(settlement.case.agency_id)
    if to not in settlement.agencies.active_ids or before != line.params.get("from_agency", before):
        return CHANGED
    settlement.give_case(to)
    settlement.ledger.enter("case.rehomed", f"case:{settlement.case_id}", rule="batch", payload={
        "to": to, "from": before, "batch": line.batch_id, "asked_by": line.by_id,
    })
    return {"from_agency": before}


_ITEMS: Mapping[str, Callable[[Settlement, Row[Any]], Mapping[str, object]]] = {
    "task": _task, "seat": _seat, "referral": _referral, "case": _case,
}


def moved(system: System, unit: Unit, batch: Row[Any]) -> None:
    """Tell who asked how it ended, and everybody whose tasks moved."""
    counted = _tell_holders(unit, batch)
    if batch.by_id != "system":
        tell(unit, batch.by_id, "batch_done", moved=counted["moved"], left=counted["left"])


def _tell_holders(unit: Unit, batch: Row[Any]) -> Counter[str]:
    """Tell who was given tasks, and who has them no more. Returns how many lines were ``moved`` and ``left``."""
    given: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    agencies: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for row in unit.conn.execute(select(BatchLine).where(BatchLine.batch_id == batch.id)):
        counted["moved" if row.status == "done" else "left"] += 1
        if row.status != "done" or row.params.get("what") != "task":
            continue
        given[_text(row.result.get("to_user")) or ""] += 1
        taken[_text(row.result.get("from_user")) or ""] += 1
        if not row.result.get("to_user") and row.params.get("to_agency"):
            agencies[str(row.params["to_agency"])] += 1
    for kind, people in (("tasks_given", given), ("tasks_taken", taken)):
        for user_id, count in people.items():
            if user_id and user_id != batch.by_id:
                tell(unit, user_id, kind, count=count)
    for agency_id, count in agencies.items():
        for user_id in supervisors_of(unit, agency_id, agency_id):
            tell(unit, user_id, "tasks_rehomed", count=count)
    return counted


def left(system: System, unit: Unit, batch: Row[Any]) -> None:
    """Close the account whose work was moved; where something is still there it stays open, and who asked is told."""
    _tell_holders(unit, batch)
    user_id = str(batch.params["user"])
    ledger = Ledger(unit, INSTALLATION)
    if holds_work(unit.conn, user_id):
        tell(unit, batch.by_id, "leaving_stopped")
        ledger.enter("user.still_has_work", f"user:{user_id}", payload={"asked_by": batch.by_id})
        return
    close_account(unit, user_id, by_id=batch.by_id)
    tell(unit, batch.by_id, "leaving_done")


def close_account(unit: Unit, user_id: str, *, by_id: str) -> None:
    """Close an account and end what stands in its name: sessions, duty to come, absences, standing in for others."""
    now = unit.now
    ACCOUNT.change(unit, User.id == user_id, status="disabled")
    unit.conn.execute(
        update(Duty).where(Duty.user_id == user_id, Duty.removed_at.is_(None), Duty.to_at > now)
        .values(removed_at=now, removed_by=by_id)
    )
    unit.conn.execute(update(Absence).where(
        Absence.user_id == user_id, Absence.status.in_(("planned", "running"))
    ).values(status="cancelled"))
    unit.conn.execute(update(Absence).where(
        Absence.substitute_id == user_id, Absence.status.in_(("planned", "running"))
    ).values(substitute_id=None))
    end_sessions(unit, user_id)
    Ledger(unit, INSTALLATION).enter("user.closed", f"user:{user_id}", payload={"asked_by": by_id})


def _text(value: object) -> str | None:
    return str(value) if value else None
