"""One reader before one case, as the parts of the case page need it: what they may see, decided once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from nrm.queries.standing import Standing
from nrm.records.tables.account import User
from nrm.records.tables.record import File, Note
from nrm.records.unit import Unit
from nrm.rules.policy import Policy
from nrm.rules.visibility import Decision, Extent, Written, may_read
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from nrm.wiring.directory import Agencies
from nrm.wiring.system import System

WIDE = (Extent.ALL, Extent.SUMMARY)
ON_ITS_OWN_PAGE = frozenset({Category.STAY})
"""Never among the records, notes and facts of the case page: the place of stay has a page of its own."""


@dataclass
class CaseReader:
    """The system, the open unit and the standing of one reader."""

    system: System
    unit: Unit
    standing: Standing

    @property
    def case_id(self) -> str:
        """Return the id of the case."""
        return str(self.standing.case.id)

    @property
    def actor(self) -> Actor:
        """Return who reads."""
        return self.standing.actor

    @property
    def policy(self) -> Policy:
        """Return the configuration's part of the decisions."""
        return self.system.configuration.policy

    @cached_property
    def agencies(self) -> Agencies:
        """Return the agencies as they are now."""
        return self.system.agencies(self.unit)

    @cached_property
    def decisions(self) -> Mapping[Category, Decision]:
        """Return what was decided for every data category."""
        return self.standing.readable()

    def may(self, permission: Permission) -> bool:
        """Whether the reader may use a permission on this case."""
        return self.standing.decide(permission).allowed

    @cached_property
    def sees_process(self) -> bool:
        """Whether the reader sees where the case stands; others see their own agency's part."""
        return self.may(Permission.CASE_PROCESS)

    def sees_all(self, category: Category) -> bool:
        """Whether the reader sees a category beyond what their own agency wrote or was sent."""
        decision = self.decisions[category]
        return decision.allowed and decision.extent in WIDE

    def may_read(self, category: Category, agency_id: str, by_id: str) -> bool:
        """Whether the reader may read a note or file: it has no role, so that of its writer counts."""
        decision = self.decisions[category]
        if not decision.allowed:
            return False
        role = self._clinical_role(by_id) if decision.extent is Extent.SUMMARY else ""
        return may_read(decision, self.actor, Written(agency_id, role, by_id), self.policy)

    def _clinical_role(self, user_id: str) -> str:
        return clinical_role(self.roles_of.get(user_id, ()), self.policy)

    @cached_property
    def roles_of(self) -> dict[str, tuple[str, ...]]:
        """Return user id -> roles of whoever wrote a note or file in this case."""
        writers = select(Note.by_id).where(Note.case_id == self.case_id).union(
            select(File.by_id).where(File.case_id == self.case_id)
        )
        rows = self.unit.conn.execute(select(User.id, User.roles).where(User.id.in_(writers)))
        return {row.id: tuple(row.roles) for row in rows}

    def role_title(self, role: str | None) -> str:
        """Return how a role is called, or its code."""
        setting = self.system.configuration.roles.get(role or "")
        return setting.title if setting else role or ""


def clinical_role(roles: Iterable[str], policy: Policy) -> str:
    """Return a clinical role among roles, or an empty text: health staff's words stay with health staff."""
    return next((role for role in sorted(roles) if role in policy.clinical), "")
