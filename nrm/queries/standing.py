"""How somebody stands to a case: read from the registers, decided by the rules, used by acts and queries alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, literal_column, or_, select, union_all
from sqlalchemy.engine import Connection, Row

from nrm.records.consents import Register, read_register
from nrm.records.prepared import Read
from nrm.records.tables.case import KeptAway, TeamMember
from nrm.records.tables.fact import FactCurrent
from nrm.records.tables.need_to_know import BreakGlass, HoneyCase
from nrm.records.tables.referral import FormerSeat, Referral
from nrm.records.tables.task import IS_OPEN, Task
from nrm.records.unit import Unit
from nrm.rules.access import decide
from nrm.rules.consent import Consent
from nrm.rules.policy import Policy
from nrm.rules.relations import (
    CaseResource,
    Glass,
    Link,
    ReferralLink,
    Relation,
    TaskResource,
    TeamSeat,
    is_with,
    links,
)
from nrm.rules.visibility import Decision, readable_categories
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from nrm.wiring.directory import Agencies

AS_CHILD = ("yes", "in_doubt")
"""Under 18, or age in doubt: treated as a child (issue 5.7)."""

KEPT, GLASS, WITH_STAY, HONEY, FORMER = "kept", "glass", "glass_stay", "honey", "former"


def _text(word: str) -> ColumnElement[str]:
    return literal_column(f"'{word}'").label("kind")


# Built once: building a statement costs more than running it. What is rare is asked for in one question.
_EXCEPTIONS = Read(select(union_all(
    select(_text(KEPT), KeptAway.user_id.label("id")).where(KeptAway.case_id == bindparam("case")),
    select(case((BreakGlass.stay, _text(WITH_STAY)), else_=_text(GLASS)), BreakGlass.id).where(
        BreakGlass.case_id == bindparam("case"), BreakGlass.user_id == bindparam("user"),
        BreakGlass.until_at > bindparam("now"),
    ),
    select(_text(HONEY), HoneyCase.case_id).where(HoneyCase.case_id == bindparam("case")),
    select(_text(FORMER), FormerSeat.role).where(
        FormerSeat.case_id == bindparam("case"), FormerSeat.until_at > bindparam("now"),
        or_(FormerSeat.user_id == bindparam("user"), and_(
            FormerSeat.user_id.is_(None), FormerSeat.agency_id == bindparam("agency")
        )),
    ),
).subquery()))


class Standing:
    """One actor before one case. What the rules need is read when they first need it, once."""

    def __init__(
        self, unit: Unit, policy: Policy, agencies: Agencies, actor: Actor, case: Row[Any], now: datetime,
        *, task: Row[Any] | None = None,
    ) -> None:
        self.actor = actor
        self.case = case
        self.now = now
        self.altered: frozenset[str] = frozenset()
        """Ids of consents that were read and found altered: they count for nothing (goal:S20)."""
        self._unit = unit
        self._conn = unit.conn
        self._policy = policy
        self._agencies = agencies
        self._task = task

    @property
    def task(self) -> Row[Any]:
        """Return the task the act is about. LookupError where it is about none."""
        if self._task is None:
            raise LookupError("this act is about no task")
        return self._task

    def decide(self, permission: Permission) -> Decision:
        """Decide on one permission; a task that is with the actor is decided without reading the team."""
        policy = self._policy
        if self._task is not None:
            quick = decide(self.actor, permission, self._narrow, policy)
            if quick.allowed:
                return quick
        return decide(self.actor, permission, self.resource, policy)

    @cached_property
    def resource(self) -> CaseResource:
        """Return what access knows of the case."""
        return CaseResource(
            agency_id=str(self.case.agency_id), team=self._team(), referrals=self._referrals(), tasks=self._tasks(),
            conflicts=self.kept_away, task=_task(self._task), glass=self._glass,
            former=self._former,
        )

    @property
    def _narrow(self) -> CaseResource:
        return CaseResource(agency_id=str(self.case.agency_id), conflicts=self.kept_away, task=_task(self._task))

    @property
    def kept_away(self) -> frozenset[str]:
        """Return whom a conflict of interest keeps from the case; for the system's own clock nobody is looked up."""
        return frozenset(user_id for kind, user_id in self._exceptions if kind == KEPT)

    @property
    def is_honey(self) -> bool:
        """Whether nobody has a reason to open the case."""
        return any(kind == HONEY for kind, _ in self._exceptions)

    @cached_property
    def _exceptions(self) -> list[tuple[str, str]]:
        if self.actor.is_system:
            return []
        return [(row.kind, row.id) for row in _EXCEPTIONS.all(
            self._conn, case=self.case.id, user=self.actor.user_id, agency=self.actor.agency_id, now=self.now,
        )]

    @property
    def _former(self) -> tuple[TeamSeat, ...]:
        """The actor's own seats that still read after a transfer."""
        return tuple(
            TeamSeat(role, self.actor.agency_id, self.actor.user_id)
            for kind, role in self._exceptions if kind == FORMER
        )

    @property
    def _glass(self) -> tuple[Glass, ...]:
        return tuple(
            Glass(found, self.actor.user_id, kind == WITH_STAY)
            for kind, found in self._exceptions if kind in (GLASS, WITH_STAY)
        )

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return every way the actor stands to the case; empty for a stranger."""
        return links(self.actor, self.resource, self._policy.roles)

    @property
    def is_inside(self) -> bool:
        """Whether what is asked about exists for the actor: a task one holds is one's own, and opens no case."""
        if any(link.relation is not Relation.TASK for link in self.links):
            return True
        task = _task(self._task)
        return bool(self.links) and task is not None and is_with(self.actor, task)

    @property
    def supervises(self) -> bool:
        """Whether the actor coordinates or supervises at the agency that manages the case."""
        return any(link.relation is Relation.AGENCY for link in self.links)

    def readable(self) -> Mapping[Category, Decision]:
        """Decide for every data category of the case."""
        return readable_categories(
            self.actor, self.resource, self._policy, self.consents, self.now,
            agency_kind=self._agencies.kind(self.actor.agency_id), child=self.treated_as_child,
        )

    @cached_property
    def named_elements(self) -> frozenset[str]:
        """Return the dictionary elements that referrals which the actor's agency has accepted name."""
        return frozenset().union(*(referral.fields for link in self.links for referral in link.shared))

    @cached_property
    def consents(self) -> tuple[Consent, ...]:
        """Return the case's consent register as the rules know it."""
        register = self._register()
        self.altered |= frozenset(register.altered)
        return register.consents

    def _register(self) -> Register:
        return read_register(self._unit, self.case.id)

    def forget_consents(self) -> None:
        """Read the register, and whose word counts, again at the next question: the act has changed them."""
        self.__dict__.pop("consents", None)
        self.__dict__.pop("treated_as_child", None)

    @cached_property
    def treated_as_child(self) -> bool:
        """Whether the person is under 18 or their age is in doubt."""
        return treated_as_child(self._conn, self.case.id)

    def _team(self) -> tuple[TeamSeat, ...]:
        rows = self._conn.execute(
            select(TeamMember.role, TeamMember.agency_id, TeamMember.user_id, TeamMember.named)
            .where(TeamMember.case_id == self.case.id, TeamMember.to_at.is_(None))
        )
        return tuple(TeamSeat(row.role, row.agency_id, row.user_id, row.named) for row in rows)

    def _referrals(self) -> tuple[ReferralLink, ...]:
        rows = self._conn.execute(
            select(Referral.to_agency, Referral.status, Referral.shared_categories, Referral.fields)
            .where(Referral.case_id == self.case.id, Referral.to_agency == self.actor.agency_id)
        )
        return tuple(
            ReferralLink(
                row.to_agency, row.status, frozenset(map(Category, row.shared_categories)), fields=frozenset(row.fields)
            ) for row in rows
        )

    def _tasks(self) -> tuple[TaskResource, ...]:
        rows = self._conn.execute(
            select(Task.role, Task.agency_id, Task.unit, Task.assignee_id)
            .where(Task.case_id == self.case.id, Task.agency_id == self.actor.agency_id, IS_OPEN)
        )
        return tuple(TaskResource(row.role, row.agency_id, row.unit, row.assignee_id) for row in rows)


def treated_as_child(conn: Connection, case_id: str) -> bool:
    """Whether the person of a case is under 18 or their age is in doubt."""
    value = conn.execute(
        select(FactCurrent.value).where(
            FactCurrent.case_id == case_id, FactCurrent.scope == "", FactCurrent.name == "is_child"
        )
    ).scalar()
    return value in AS_CHILD


def _task(row: Row[Any] | None) -> TaskResource | None:
    if row is None:
        return None
    return TaskResource(row.role, row.agency_id, row.unit, row.assignee_id, tuple(row.not_by))
