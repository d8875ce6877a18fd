"""How somebody stood to a case at an instant of the past.

Seats, referrals, tasks, consents, conflicts of interest and the age of the person are taken as they were.
"""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import and_, func, select

from nrm.queries.standing import AS_CHILD, Standing
from nrm.records.consents import Register, as_register
from nrm.records.same_person import kept_by_history
from nrm.records.tables.case import TeamMember, sat
from nrm.records.tables.consent import ConsentVersion
from nrm.records.tables.fact import FactVersion
from nrm.records.tables.need_to_know import BreakGlass
from nrm.records.tables.referral import Referral
from nrm.records.tables.task import Task, was_open
from nrm.rules.relations import ACCEPTED, WAITING, Glass, ReferralLink, TaskResource, TeamSeat
from nrm.vocabulary.categories import Category


class StandingThen(Standing):
    """One person before one case at the instant ``now``, which lies in the past."""

    @cached_property
    def kept_away(self) -> frozenset[str]:
        """Return whom a conflict of interest kept from the case, with all accounts; the history knows lifted ones."""
        return kept_by_history(self._conn, self.case.id, self.now)

    @property
    def _agency_id(self) -> str:
        return str(self.case.agency_id)

    @property
    def _glass(self) -> tuple[Glass, ...]:
        rows = self._conn.execute(select(BreakGlass.id, BreakGlass.stay).where(
            BreakGlass.case_id == self.case.id, BreakGlass.user_id == self.actor.user_id,
            BreakGlass.from_at <= self.now, BreakGlass.until_at > self.now,
        ))
        return tuple(Glass(row.id, self.actor.user_id, row.stay) for row in rows)

    def _register(self) -> Register:
        """Return the consent register as it said then: of every answer the version that was the newest."""
        newest = (
            select(ConsentVersion.id, func.max(ConsentVersion.version).label("version"))
            .where(ConsentVersion.case_id == self.case.id, ConsentVersion.entered_at <= self.now)
            .group_by(ConsentVersion.id).subquery()
        )
        same = and_(newest.c.id == ConsentVersion.id, newest.c.version == ConsentVersion.version)
        rows = self._conn.execute(select(ConsentVersion).join(newest, same).order_by(ConsentVersion.from_at))
        return as_register(rows, self._unit.ring)

    @cached_property
    def treated_as_child(self) -> bool:
        """Whether the person was known to be under 18, or their age in doubt."""
        value = self._conn.execute(
            select(FactVersion.value).where(
                FactVersion.case_id == self.case.id, FactVersion.name == "is_child", FactVersion.run_id.is_(None),
                FactVersion.set_at <= self.now,
            ).order_by(FactVersion.id.desc()).limit(1)
        ).scalar()
        return value in AS_CHILD

    def _team(self) -> tuple[TeamSeat, ...]:
        rows = self._conn.execute(
            select(TeamMember.role, TeamMember.agency_id, TeamMember.user_id, TeamMember.named).where(
                TeamMember.case_id == self.case.id, sat(self.now)
            )
        )
        return tuple(TeamSeat(row.role, row.agency_id, row.user_id, row.named) for row in rows)

    def _referrals(self) -> tuple[ReferralLink, ...]:
        rows = self._conn.execute(
            select(
                Referral.to_agency, Referral.status, Referral.shared_categories, Referral.fields,
                Referral.answered_at, Referral.done_at,
            ).where(
                Referral.case_id == self.case.id, Referral.to_agency == self.actor.agency_id,
                Referral.sent_at <= self.now,
            )
        )
        return tuple(
            ReferralLink(
                row.to_agency, self._was(row.status, row.answered_at, row.done_at),
                frozenset(map(Category, row.shared_categories)), fields=frozenset(row.fields),
            ) for row in rows
        )

    def _was(self, status: str, answered_at: object, done_at: object) -> str:
        """How a referral stood: answered and done have their instants, what came between is told by what came of it."""
        if answered_at is None or answered_at > self.now:  # type: ignore[operator]
            over = done_at is not None and done_at <= self.now  # type: ignore[operator]
            return status if over or status in WAITING else "sent"
        if done_at is not None and done_at > self.now and status not in ACCEPTED:  # type: ignore[operator]
            return "accepted"
        return status

    def _tasks(self) -> tuple[TaskResource, ...]:
        rows = self._conn.execute(
            select(Task.role, Task.agency_id, Task.unit, Task.assignee_id).where(
                Task.case_id == self.case.id, Task.agency_id == self.actor.agency_id, was_open(self.now)
            )
        )
        return tuple(TaskResource(row.role, row.agency_id, row.unit, row.assignee_id) for row in rows)
