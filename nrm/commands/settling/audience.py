"""Who is told: supervisors, holders of a role, whoever is on duty, auditors; and what each of them may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.settling.people import active_of
from nrm.records.tables.account import User
from nrm.records.tables.working_time import STANDS, Duty
from nrm.records.unit import Unit
from nrm.rules.access import decide
from nrm.rules.ladders import ASSIGNEE, AUDITORS, DUTY, SUPERVISOR, role_of
from nrm.rules.policy import Reach
from nrm.rules.relations import CaseResource, TaskResource
from nrm.rules.rosters import Watch, on_duty
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission

if TYPE_CHECKING:
    from nrm.commands.settling.settlement import Settlement

SUPERVISING = (("SUP",), ("COORD",))
"""Who supervises: a supervisor; where an agency has none, its coordinator."""
COORDINATOR = "COORD"


def people_of(unit: Unit, agency_ids: tuple[str, ...], roles: tuple[str, ...]) -> list[str]:
    """Return the active people of some agencies who fill one of the roles."""
    return [row.id for row in active_of(unit, agency_ids) if set(row.roles) & set(roles)]


def supervisors_of(
    unit: Unit, agency_id: str, managing_agency_id: str, *, without: Collection[str] = ()
) -> list[str]:
    """Return the supervisors of an agency; where it has none, those of the case-managing agency.

    ``without``: whom a conflict of interest keeps from the case.

    A coordinator stands in only where there is no supervisor: who is told of a missed limit at a later rung
    is not told of it before (limit:ladder L1, L2).
    """
    for agency in (agency_id, managing_agency_id):
        for roles in SUPERVISING:
            if found := [one for one in people_of(unit, (agency,), roles) if one not in without]:
                return found
    return []


def everyone_of_role(unit: Unit, role: str) -> list[str]:
    """Return every active person of a role that is the same in the whole country."""
    rows = unit.conn.execute(select(User.id, User.roles).where(User.status == "active").order_by(User.id))
    return [row.id for row in rows if role in row.roles]


class Audience:
    """Whom the rungs of one case's ladders mean; a roster is read once."""

    def __init__(self, settlement: Settlement) -> None:
        self._settlement = settlement
        self._unit = settlement.unit
        self._people = settlement.people
        self._on_duty: dict[str, list[str]] = {}

    def of(self, tell: Iterable[str], task: Row[Any]) -> list[str]:
        """Return the ids of everybody a rung tells about a task, each once, in the rung's order.

        Never nobody while anybody could be told: then it is whoever coordinates the case, else the national unit.
        Whom a conflict of interest keeps from the case hears nothing of it.
        """
        found = [user_id for who in tell for user_id in self._named(who, task)]
        return (
            self._who_may_hear(found) or self._who_may_hear(self._role(COORDINATOR))
            or self._who_may_hear(self._reaching(Reach.OVERSIGHT))
        )

    def _who_may_hear(self, found: Iterable[str]) -> list[str]:
        kept_away = self._settlement.kept_away
        return [user_id for user_id in dict.fromkeys(found) if user_id not in kept_away]

    def may(self, user_id: str, permission: Permission, task: TaskResource) -> bool:
        """Whether somebody who is told may do something with a task: most of all, open it."""
        row = self._people.person(self._unit, user_id)
        if row is None:
            return False
        actor = Actor(row.id, row.agency_id, frozenset(row.roles), row.unit)
        case = CaseResource(agency_id=self._managing, task=task)
        return decide(actor, permission, case, self._settlement.system.configuration.policy).allowed

    def _named(self, who: str, task: Row[Any]) -> list[str]:
        self._people.of_agencies(self._unit, (task.agency_id, self._managing))
        if who == ASSIGNEE:
            return [task.assignee_id] if task.assignee_id else self._at((task.agency_id,), (task.role,))
        if who == SUPERVISOR:
            return self._supervisors(task)
        if who == AUDITORS:
            return self._reaching(Reach.AUDIT)
        role = role_of(who)
        return self._duty(role) if who.startswith(DUTY) else self._role(role)

    def _supervisors(self, task: Row[Any]) -> list[str]:
        """The holder's own supervisor; else those of the agency, of the managing one; never the holder."""
        holder = self._people.person(self._unit, task.assignee_id) if task.assignee_id else None
        above = holder.supervisor_id if holder is not None else None
        if above and self._people.person(self._unit, above) is not None:
            return [above]
        for agency in (task.agency_id, self._managing):
            for roles in SUPERVISING:
                if found := [one for one in self._at((agency,), roles) if one != task.assignee_id]:
                    return found
        return []

    def _role(self, role: str) -> list[str]:
        """Who fills a role at the managing agency, else in the case's district, else anywhere."""
        serving = [agency for agency in self._settlement.agencies.active if role in agency.serves]
        near = [agency.id for agency in serving if self._settlement.case.district in agency.districts]
        for agencies in ([self._managing], near, [agency.id for agency in serving]):
            if found := self._at(agencies, (role,)):
                return found
        return []

    def _reaching(self, reach: Reach) -> list[str]:
        roles = self._settlement.system.configuration.policy.roles
        return [one for code, role in sorted(roles.items()) if role.reach is reach for one in self._role(code)]

    def _duty(self, role: str) -> list[str]:
        if role not in self._on_duty:
            rows = self._unit.conn.execute(
                select(Duty.user_id, Duty.district, Duty.from_at, Duty.to_at, User.roles).join(
                    User, User.id == Duty.user_id
                ).where(Duty.role == role, STANDS, Duty.to_at > self._unit.now, User.status == "active")
            ).all()
            able = [Watch(row.user_id, row.district, row.from_at, row.to_at) for row in rows if role in row.roles]
            found = on_duty(able, district=str(self._settlement.case.district), at=self._unit.now)
            self._on_duty[role] = list(found) or self._role(role)
        return self._on_duty[role]

    @property
    def _managing(self) -> str:
        return str(self._settlement.case.agency_id)

    def _at(self, agency_ids: Sequence[str], roles: Collection[str]) -> list[str]:
        return [row.id for row in self._people.of_agencies(self._unit, agency_ids) if set(row.roles) & set(roles)]
