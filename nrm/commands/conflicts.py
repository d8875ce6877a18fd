"""Conflicts of interest (domain X10): who is kept from a case loses it at once; somebody else lets them back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.engine import Row

from nrm.commands.case_act import CaseAct, case_act
from nrm.commands.moving import Move, move_task
from nrm.queries.staffing import asked_by, colleagues_of
from nrm.queries.standing import Standing
from nrm.records.grants import EMERGENCY, SEAT, case_signed_anew
from nrm.records.same_person import accounts_of
from nrm.records.tables.account import User
from nrm.records.tables.case import KeptAway, TeamMember
from nrm.records.tables.need_to_know import BreakGlass
from nrm.records.tables.notice import Notice
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.conflicts import may_lift
from nrm.rules.substitutes import hindrance
from nrm.rules.visibility import Decision
from nrm.vocabulary.access_words import ConflictReason
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotAllowed, NotFound
from nrm.vocabulary.happenings import IncidentRaised
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

FOR_ALL = "Who had it has a conflict of interest; whoever fills the role has it."
NOBODY_ELSE = "Who had it has a conflict of interest, and nobody else of the agency can have it."


def declare_conflict(system: System, actor: Actor, *, case_id: str, reason: str) -> None:
    """Say that one has a conflict of interest oneself: from then on the case does not exist for one.

    Raises InvalidInput, NotFound for who has nothing to do with the case.
    """
    with case_act(system, actor, Permission.CASE_READ, case_id, open_only=False, authorise=_who_is_in_it) as act:
        _check(reason)
        shut_out(act, actor.user_id, reason)


def note_conflict(system: System, actor: Actor, *, case_id: str, user_id: str, reason: str) -> None:
    """Keep somebody from a case, whether they have to do with it now or not.

    Raises InvalidInput, NotFound, NotAllowed.
    """
    with case_act(system, actor, Permission.CONFLICT_KEEP, case_id, open_only=False) as act:
        _check(reason)
        if act.unit.conn.execute(select(User.id).where(User.id == user_id)).first() is None:
            raise InvalidInput(fields={"user_id": ["Choose somebody from the list."]})
        shut_out(act, user_id, reason)


def lift_conflict(system: System, actor: Actor, *, case_id: str, user_id: str) -> None:
    """Let somebody back; neither they themselves nor who noted the conflict does it.

    What they had is not given back by itself. Raises NotFound where nobody keeps them away, NotAllowed.
    """
    with case_act(system, actor, Permission.CONFLICT_KEEP, case_id, open_only=False) as act:
        conn = act.unit.conn
        kept = accounts_of(conn, user_id)
        mine = KeptAway.case_id == case_id, KeptAway.user_id.in_(kept)
        noted_by = set(conn.execute(select(KeptAway.noted_by).where(*mine)).scalars())
        if not noted_by:
            raise NotFound
        if not may_lift(accounts_of(conn, actor.user_id), kept, noted_by):
            raise NotAllowed("Somebody else has to lift this: neither whom it is about, nor who noted it.",
                             rule="separation:conflict", code="separation_of_duties")
        with case_signed_anew(act.unit, case_id):
            conn.execute(delete(KeptAway).where(*mine))
        act.enter("conflict.lifted", f"user:{user_id}")


def shut_out(act: CaseAct, user_id: str, reason: str, *, but_task: str | None = None) -> None:
    """Keep a person, with all their accounts, from the act's case: seats, tasks, notices and emergencies end.

    ``but_task``: a task that the act itself moves. A second time changes nothing.
    """
    accounts = accounts_of(act.unit.conn, user_id)
    if accounts <= act.settlement.kept_away:
        return
    act.enter("conflict.noted", f"user:{user_id}", outcome=reason)
    _keep_away(act, accounts - act.settlement.kept_away, reason)
    act.settlement.kept_away |= accounts
    _leave_seats(act, accounts)
    _leave_tasks(act, accounts, but_task)
    conn, now = act.unit.conn, act.unit.now
    conn.execute(delete(Notice).where(Notice.user_id.in_(accounts), Notice.case_code == act.case.code))
    EMERGENCY.change(act.unit, and_(
        BreakGlass.case_id == act.case.id, BreakGlass.user_id.in_(accounts), BreakGlass.until_at > now
    ), until_at=now)


def _check(reason: str) -> None:
    if reason not in set(ConflictReason):
        raise InvalidInput(fields={"reason": ["Choose one of the listed reasons."]})


def _who_is_in_it(standing: Standing, permission: Permission) -> Decision:
    if standing.is_inside:
        return Decision(True, "conflict:declared")
    raise NotAllowed(rule="no_relation", code=NotFound.code)


def _keep_away(act: CaseAct, accounts: Iterable[str], reason: str) -> None:
    with case_signed_anew(act.unit, act.case.id):
        act.unit.conn.execute(insert(KeptAway), [
            {
                "case_id": act.case.id, "user_id": account, "since": act.unit.now, "noted_by": act.actor.user_id,
                "reason": reason,
            } for account in sorted(accounts)
        ])


def _leave_seats(act: CaseAct, accounts: Collection[str]) -> None:
    """Their seats go to whoever fills the role at the same agency."""
    conn, now = act.unit.conn, act.unit.now
    held = TeamMember.case_id == act.case.id, TeamMember.user_id.in_(accounts), TeamMember.to_at.is_(None)
    seats = conn.execute(select(TeamMember.role, TeamMember.agency_id).where(*held)).all()
    if not seats:
        return
    SEAT.change(act.unit, and_(*held), to_at=now)
    SEAT.add(act.unit, [
        {
            "id": act.system.new_id(), "case_id": act.case.id, "role": seat.role, "agency_id": seat.agency_id,
            "user_id": None, "from_at": now, "to_at": None, "basis": "conflict_of_interest", "named": False,
            "chosen": False,
        } for seat in seats
    ])
    for seat in seats:
        act.enter("team.seat_filled", f"role:{seat.role}", payload={"agency": seat.agency_id, "person": None})
    act.settlement.placing.forget_team()


def _leave_tasks(act: CaseAct, accounts: Collection[str], but_task: str | None) -> None:
    """Their tasks go to whoever fills the role; where nobody else could have one, that is an incident."""
    conn = act.unit.conn
    agencies = set(conn.execute(select(User.agency_id).where(User.id.in_(accounts))).scalars())
    tasks = conn.execute(
        select(Task).where(Task.case_id == act.case.id, IS_OPEN, Task.agency_id.in_(agencies), Task.id != but_task)
    ).all()
    conn.execute(update(Task).where(
        Task.case_id == act.case.id, IS_OPEN, Task.stands_in_for.in_(accounts)
    ).values(stands_in_for=None))
    alone = _nobody_else(act, tasks)
    for task in tasks:
        if task.assignee_id in accounts:
            move_task(act.settlement, task, Move(
                None, NOBODY_ELSE if task.id in alone else FOR_ALL, payload={"reason": "conflict_of_interest"},
                tell=False,
            ), rule=act.rule)
        if task.id in alone:
            act.settlement.incidents.raised(
                act.settlement.run(task.run_id),
                IncidentRaised(task.element, "nobody_serves_role", NOBODY_ELSE), stops_run=False,
            )


def _nobody_else(act: CaseAct, tasks: Sequence[Row[Any]]) -> frozenset[str]:
    """The tasks that nobody of their agency could have now."""
    conn = act.unit.conn
    asked = asked_by(conn, tasks)
    people = {agency_id: colleagues_of(conn, agency_id).values() for agency_id in {task.agency_id for task in tasks}}
    return frozenset(
        task.id for task in tasks
        if all(hindrance(one, asked[task.id]) for one in people[task.agency_id])
    )
