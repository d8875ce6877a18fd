"""Placing a task: which agency, unit and person a lane's role means in this case, and why (design 3, Routing)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Row

from nrm.records.prepared import Read
from nrm.records.tables.case import TeamMember
from nrm.records.tables.referral import Referral
from nrm.records.unit import Unit
from nrm.rules.routing import Routed, RouteRule, Seat, route
from nrm.wiring.directory import Agencies

PROVIDER = "PROV"

# Built once: building a statement costs more than running it.
_TEAM = Read(
    select(TeamMember.role, TeamMember.agency_id, TeamMember.user_id)
    .where(TeamMember.case_id == bindparam("case"), TeamMember.to_at.is_(None))
    .order_by(TeamMember.from_at, TeamMember.id)
)
_PROVIDER = Read(
    select(Referral.to_agency).where(Referral.run_id == bindparam("run")).order_by(Referral.sent_at.desc())
)


class Placing:
    """Answers "who gets this task" for one case, reading its team once."""

    def __init__(self, unit: Unit, agencies: Agencies, routes: Sequence[RouteRule], case: Row[Any]) -> None:
        self._unit = unit
        self._agencies = agencies
        self._routes = routes
        self._case = case
        self._team: tuple[Seat, ...] | None = None

    def place(self, role: str, run_id: str, facts: Mapping[str, object]) -> Routed | None:
        """Return where a task of a role goes, with the chain of reasons, or None where nobody serves it."""
        if role == PROVIDER:
            placed = self._provider(run_id)
            if placed is not None:
                return placed
        return route(
            role, team=self.team(), district=str(self._case.district),
            agencies=self._agencies.serving, facts=facts, routes=self._routes,
        )

    def forget_team(self) -> None:
        """Read the team again at the next question: the act has changed it."""
        self._team = None

    def team(self) -> tuple[Seat, ...]:
        """Return the seats of the case's team that are filled now."""
        if self._team is None:
            rows = _TEAM.all(self._unit.conn, case=self._case.id)
            self._team = tuple(Seat(row.role, row.agency_id, row.user_id) for row in rows)
        return self._team

    def _provider(self, run_id: str) -> Routed | None:
        row = _PROVIDER.first(self._unit.conn, run=run_id)
        if row is None:
            return None
        return Routed(row.to_agency, None, None, ("The referral was sent to this agency.",))
