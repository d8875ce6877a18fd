"""Placing a task: which agency, unit and person a lane's role means in this case, and why (design 3, Routing)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.engine import Row

from nrm.queries.staffing import AWAY, asked_now, colleagues_by_id
from nrm.records.prepared import Read
from nrm.records.tables.account import User
from nrm.records.tables.case import TeamMember
from nrm.records.tables.referral import Referral, Transfer
from nrm.records.tables.working_time import Absence
from nrm.records.unit import Unit
from nrm.rules.routing import Routed, RouteRule, Seat, route, unit_of
from nrm.rules.substitutes import Scope, hindrance
from nrm.wiring.directory import Agencies

PROVIDER = "PROV"
_SIDES = {"sender": "from_agency", "receiver": "to_agency"}
_WHY = {
    "sender": "Your agency had the case before its transfer.",
    "receiver": "Your agency is asked to take the case over.",
}
STANDS_IN = "The person named for it is absent; you stand in for them."
NO_STAND_IN = "The person named for it is absent, and nobody stands in: whoever fills the role has it."

# Built once: building a statement costs more than running it.
_TEAM = Read(
    select(
        TeamMember.role, TeamMember.agency_id, TeamMember.user_id, TeamMember.chosen, User.roles.label("fills"),
        User.agency_id.label("works_at"), User.status, Absence.substitute_id, Absence.scope.label("away"),
    )
    .outerjoin(User, User.id == TeamMember.user_id)
    .outerjoin(Absence, and_(Absence.user_id == TeamMember.user_id, AWAY))
    .where(TeamMember.case_id == bindparam("case"), TeamMember.to_at.is_(None))
    .order_by(TeamMember.from_at, TeamMember.id)
)
_TRANSFER = Read(
    select(Transfer.from_agency, Transfer.to_agency).where(Transfer.run_id == bindparam("run"))
)
_PROVIDER = Read(
    select(Referral.to_agency).where(Referral.run_id == bindparam("run")).order_by(Referral.sent_at.desc())
)


@dataclass(frozen=True, slots=True)
class _Away:
    """Somebody of the team who is absent now, and who stands in for them."""

    substitute_id: str | None
    scope: Scope


class Placing:
    """Answers "who gets this task" for one case, reading its team once."""

    def __init__(self, unit: Unit, agencies: Agencies, routes: Sequence[RouteRule], case: Row[Any]) -> None:
        self._unit = unit
        self._agencies = agencies
        self._routes = routes
        self._case = case
        self._team: tuple[Seat, ...] | None = None
        self._away: dict[str, _Away] = {}

    def place(
        self, role: str, run_id: str, facts: Mapping[str, object], *, process: str = "", not_by: Sequence[str] = (),
        side: str = "",
    ) -> Routed | None:
        """Return where a task of a role goes, with the chain of reasons, or None where nobody serves it.

        ``process`` and ``not_by`` (the steps whose doers it is not for) say whether a substitute can have it;
        ``side`` which side of the run's transfer is meant, once there is one: ``sender`` or ``receiver``.
        """
        if side:
            placed = self._side(side, role, run_id)
            if placed is not None:
                return placed
        if role == PROVIDER:
            placed = self._provider(run_id)
            if placed is not None:
                return placed
        routed = route(
            role, team=self.team(), district=str(self._case.district),
            agencies=self._agencies.serving, facts=facts, routes=self._routes,
        )
        away = None if routed is None else self._away.get(routed.user_id or "")
        if routed is None or away is None:
            return routed
        mine = replace(routed, stands_in_for=routed.user_id)
        if away.scope.covers(process, str(self._case.code)) and self._can_stand_in(away, role, routed, not_by):
            return replace(mine, user_id=away.substitute_id, reasons=(*routed.reasons, STANDS_IN))
        return replace(mine, user_id=None, reasons=(*routed.reasons, NO_STAND_IN))

    def forget_team(self) -> None:
        """Read the team again at the next question: the act has changed it."""
        self._team = None

    def team(self) -> tuple[Seat, ...]:
        """Return the seats of the team that are filled now; who no longer works there is named for none."""
        if self._team is None:
            rows = _TEAM.all(self._unit.conn, case=self._case.id)
            self._team = tuple(
                Seat(row.role, row.agency_id, row.user_id if _is_there(row) else None, chosen=row.chosen)
                for row in rows
            )
            self._away = {
                row.user_id: _Away(row.substitute_id, Scope.read(row.away)) for row in rows if row.away is not None
            }
        return self._team

    def _can_stand_in(self, away: _Away, role: str, routed: Routed, not_by: Sequence[str]) -> bool:
        if away.substitute_id is None:
            return False
        conn = self._unit.conn
        substitute = colleagues_by_id(conn, (away.substitute_id,)).get(away.substitute_id)
        asked = asked_now(
            conn, case_id=str(self._case.id), role=role, agency_id=routed.agency_id, not_by=not_by,
        )
        return not hindrance(substitute, asked)

    def _side(self, side: str, role: str, run_id: str) -> Routed | None:
        row = _TRANSFER.first(self._unit.conn, run=run_id)
        agency = None if row is None else self._agencies.by_id.get(getattr(row, _SIDES[side]))
        if agency is None or role not in agency.serves:
            return None
        return Routed(agency.id, None, unit_of(agency.serving, role), (_WHY[side],))

    def _provider(self, run_id: str) -> Routed | None:
        row = _PROVIDER.first(self._unit.conn, run=run_id)
        if row is None or row.to_agency not in self._agencies.active_ids:
            return None
        return Routed(row.to_agency, None, None, ("The referral was sent to this agency.",))


def _is_there(row: Row[Any]) -> bool:
    """Whether the person named for a seat can be given work of it."""
    return bool(row.status == "active" and row.works_at == row.agency_id and row.role in (row.fills or ()))
