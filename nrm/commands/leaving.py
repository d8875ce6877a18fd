"""Somebody leaves: nothing of theirs stays behind, and the account closes when everything has moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from nrm.commands.accounts import last_one, manages_every_agency
from nrm.commands.batches import Line
from nrm.commands.bulk_moves import begin_move
from nrm.commands.moving_items import close_account
from nrm.commands.sessions import end_sessions
from nrm.queries.absence_plans import person_row
from nrm.queries.holdings import held_by
from nrm.queries.move_plans import PeoplePlan, Planned, Way, digest_of, hidden_from
from nrm.queries.scope import require_role
from nrm.queries.staffing import STANDS, last_in
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.work import Batch
from nrm.records.tables.working_time import Absence, Duty
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class Turn:
    """A time somebody is on duty, or stands in for a colleague (``for_name``); it ends with the account."""

    kind: str
    for_name: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class LeavingPlan:
    """Everything somebody has, and where each thing would go; ``turns`` end by themselves."""

    user_id: str
    name: str
    agency_id: str
    planned: tuple[Planned, ...]
    turns: tuple[Turn, ...]
    digest: str
    is_under_way: bool
    last_in: tuple[str, ...] = ()
    """Roles that the agency serves and that nobody else there fills: what opens later would be nobody's."""

    @property
    def stuck(self) -> tuple[Planned, ...]:
        """What cannot go where it should: has to be solved first."""
        return tuple(one for one in self.planned if one.why_not)


def plan_leaving(
    system: System, actor: Actor, *, user_id: str, to_user_id: str | None = None
) -> LeavingPlan:
    """Look at what closing an account would move: to one colleague, else spread over who fills each role.

    Raises NotAllowed, NotFound.
    """
    require_role(actor, Permission.USERS_MANAGE, system.configuration.policy)
    with system.database.reader(actor) as unit:
        return _plan(system, unit, actor, user_id, to_user_id)


def leave(
    system: System, actor: Actor, *, user_id: str, to_user_id: str | None = None, digest: str | None = None,
    locked_now: bool = False,
) -> str | None:
    """Move everything somebody has as a batch, and close the account at its end. Returns the batch's id.

    Without anything to move the account is closed at once, and there is no batch. ``locked_now``: nobody signs in
    with it from this moment.

    Raises NotAllowed, NotFound, InvalidInput where something cannot go anywhere, Conflict where the plan has changed.
    """
    rule = require_role(actor, Permission.USERS_MANAGE, system.configuration.policy)
    if user_id == actor.user_id:
        raise NotAllowed("Somebody else has to change your own account.", rule="separation:own_account")
    with system.database.unit(actor) as unit:
        plan = _plan(system, unit, actor, user_id, to_user_id)
        if digest is not None and digest != plan.digest:
            raise Conflict("What this person has is no longer what you looked at. Look at it again.")
        if plan.is_under_way:
            raise Conflict("This account's work is being moved already.")
        if plan.last_in:
            raise InvalidInput(fields={"user_id": [last_one(plan.last_in)]})
        if plan.stuck:
            raise InvalidInput(fields={"to_user_id": ["Some of this work can go to nobody. Solve that first."]})
        if not plan.planned:
            close_account(unit, user_id, by_id=actor.user_id)
            return None
        if locked_now:
            ACCOUNT.change(unit, User.id == user_id, status="disabled")
            end_sessions(unit, user_id)
        return begin_move(
            system, unit, kind="leaving", rule=rule,
            params={"agency": plan.agency_id, "user": user_id, "reason": "other"},
            lines=[Line(one.item.case_id, {**one.params, "from_user": user_id}) for one in plan.planned],
        )


def _plan(system: System, unit: Unit, actor: Actor, user_id: str, to_user_id: str | None) -> LeavingPlan:
    person = person_row(unit, user_id)
    if person.agency_id != actor.agency_id and not manages_every_agency(system, actor):
        raise NotAllowed("You manage the accounts of your own agency only.", rule="own_agency:accounts")
    items = held_by(unit.conn, user_id, unit.now)
    way = Way.PERSON if to_user_id else Way.SPREAD
    planned = hidden_from(unit.conn, actor, PeoplePlan(unit, items).planned(way, to_user_id))
    under_way = unit.conn.execute(select(Batch.params).where(Batch.kind == "leaving", Batch.status == "running"))
    return LeavingPlan(
        user_id, person.name, person.agency_id, planned, _turns(unit, user_id), digest_of(planned),
        any(_user_of(row.params) == user_id for row in under_way),
        last_in(unit.conn, system.agencies(unit).serving_of(person.agency_id), user_id, person.roles),
    )


def _user_of(params: Mapping[str, object]) -> object:
    return params.get("user")


def _turns(unit: Unit, user_id: str) -> tuple[Turn, ...]:
    duties = unit.conn.execute(
        select(Duty).where(Duty.user_id == user_id, Duty.removed_at.is_(None), Duty.to_at > unit.now)
        .order_by(Duty.from_at)
    ).all()
    stands_in = unit.conn.execute(
        select(Absence.from_at, Absence.to_at, User.name, Absence.substitute_id)
        .join(User, User.id == Absence.user_id)
        .where(or_(Absence.substitute_id == user_id, Absence.user_id == user_id), STANDS).order_by(Absence.from_at)
    ).all()
    return (
        *(Turn("duty", row.role, row.from_at, row.to_at) for row in duties),
        *(
            Turn("stands_in" if row.substitute_id == user_id else "absence", row.name, row.from_at, row.to_at)
            for row in stands_in
        ),
    )
