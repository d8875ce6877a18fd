"""How somebody stands to a case: read from the registers, decided by the rules, used by acts and queries alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, bindparam, cast, inspect, literal_column, null, or_, select, union_all
from sqlalchemy.engine import Connection, Row

from nrm.records.consents import Register, read_register
from nrm.records.grants import EMERGENCY, FORMER_SEAT, REFERRAL, SEAT, TASK, is_proven_case
from nrm.records.prepared import Read
from nrm.records.proofs import Proof
from nrm.records.same_person import kept_by_history
from nrm.records.tables.base import Base
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

KEPT, GLASS, HONEY, FORMER = "kept", "glass", "honey", "former"


_COLUMNS = {column.name: column.type for column in (*EMERGENCY.columns, *FORMER_SEAT.columns)}


def _rows(kind: str, table: type[Base]) -> Select[*tuple[Any, ...]]:
    """The rows of a table as those of one kind; what the table does not have is empty."""
    has = inspect(table).columns
    return select(literal_column(f"'{kind}'").label("kind"), *(
        (has[name] if name in has else cast(null(), kind_of)).label(name) for name, kind_of in _COLUMNS.items()
    ))


# Built once: building a statement costs more than running it. What is rare is asked for in one question.
_EXCEPTIONS = Read(select(union_all(
    _rows(GLASS, BreakGlass).where(
        BreakGlass.case_id == bindparam("case"), BreakGlass.user_id == bindparam("user"),
        BreakGlass.until_at > bindparam("now"),
    ),
    _rows(KEPT, KeptAway).where(KeptAway.case_id == bindparam("case")),
    _rows(HONEY, HoneyCase).where(HoneyCase.case_id == bindparam("case")),
    _rows(FORMER, FormerSeat).where(
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
        self.forged: frozenset[str] = frozenset()
        """Other rows that were read and found altered, as ``kind:id``: they give nothing (goal:S20)."""
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
            agency_id=self._agency_id, team=self._team(), referrals=self._referrals(), tasks=self._tasks(),
            conflicts=self.kept_away, task=self._asked_about, glass=self._glass, former=self._former,
        )

    def read_all(self) -> None:
        """Read everything a decision may rest on, so that whatever was altered of it is found."""
        _ = self.resource, self.consents

    @property
    def _narrow(self) -> CaseResource:
        return CaseResource(agency_id=self._agency_id, conflicts=self.kept_away, task=self._asked_about)

    @cached_property
    def kept_away(self) -> frozenset[str]:
        """Return whom a conflict of interest keeps from the case; for the system's own clock nobody is looked up.

        Where the rows are not those that were written, whoever the history knows of is kept away too.
        """
        kept = self._locked_out
        if self.actor.is_system or is_proven_case(self._unit.ring, self.case, kept):
            return kept
        self.forged |= {f"case:{self.case.id}"}
        return kept | kept_by_history(self._conn, self.case.id, self.now)

    @cached_property
    def _agency_id(self) -> str:
        """The agency that manages the case; none where nobody wrote it."""
        ways = (self._locked_out, self.kept_away)
        if self.actor.is_system or any(is_proven_case(self._unit.ring, self.case, kept) for kept in ways):
            return str(self.case.agency_id)
        return ""

    @property
    def _locked_out(self) -> frozenset[str]:
        return frozenset(row.user_id for row in self._exceptions if row.kind == KEPT)

    @property
    def is_honey(self) -> bool:
        """Whether nobody has a reason to open the case."""
        return any(row.kind == HONEY for row in self._exceptions)

    @cached_property
    def _exceptions(self) -> list[Any]:
        if self.actor.is_system:
            return []
        return _EXCEPTIONS.all(
            self._conn, case=self.case.id, user=self.actor.user_id, agency=self.actor.agency_id, now=self.now,
        )

    def _proven(self, proof: Proof, rows: Iterable[Any]) -> Iterator[Any]:
        """Yield the rows that say what the system wrote, and remember the others."""
        for row in rows:
            if proof.holds(self._unit.ring, row):
                yield row
            else:
                self.forged |= {f"{proof.purpose}:{row.id}"}

    @property
    def _former(self) -> tuple[TeamSeat, ...]:
        """The actor's own seats that still read after a transfer."""
        return tuple(
            TeamSeat(row.role, self.actor.agency_id, self.actor.user_id)
            for row in self._proven(FORMER_SEAT, [row for row in self._exceptions if row.kind == FORMER])
        )

    @property
    def _glass(self) -> tuple[Glass, ...]:
        return tuple(
            Glass(row.id, self.actor.user_id, row.stay)
            for row in self._proven(EMERGENCY, [row for row in self._exceptions if row.kind == GLASS])
        )

    @cached_property
    def _asked_about(self) -> TaskResource | None:
        if self._task is None:
            return None
        return next((_task(row) for row in self._proven(TASK, (self._task,))), None)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return every way the actor stands to the case; empty for a stranger."""
        return links(self.actor, self.resource, self._policy.roles)

    @property
    def is_inside(self) -> bool:
        """Whether what is asked about exists for the actor: a task one holds is one's own, and opens no case."""
        if any(link.relation is not Relation.TASK for link in self.links):
            return True
        task = self._asked_about
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
            select(*SEAT.columns).where(TeamMember.case_id == self.case.id, TeamMember.to_at.is_(None))
        )
        return tuple(
            TeamSeat(row.role, row.agency_id, row.user_id, row.named) for row in self._proven(SEAT, rows)
        )

    def _referrals(self) -> tuple[ReferralLink, ...]:
        rows = self._conn.execute(
            select(*REFERRAL.columns).where(
                Referral.case_id == self.case.id, Referral.to_agency == self.actor.agency_id
            )
        )
        return tuple(
            ReferralLink(
                row.to_agency, row.status, frozenset(map(Category, row.shared_categories)), fields=frozenset(row.fields)
            ) for row in self._proven(REFERRAL, rows)
        )

    def _tasks(self) -> tuple[TaskResource, ...]:
        rows = self._conn.execute(
            select(*TASK.columns)
            .where(Task.case_id == self.case.id, Task.agency_id == self.actor.agency_id, IS_OPEN)
        )
        return tuple(
            TaskResource(row.role, row.agency_id, row.unit, row.assignee_id) for row in self._proven(TASK, rows)
        )


def treated_as_child(conn: Connection, case_id: str) -> bool:
    """Whether the person of a case is under 18 or their age is in doubt."""
    value = conn.execute(
        select(FactCurrent.value).where(
            FactCurrent.case_id == case_id, FactCurrent.scope == "", FactCurrent.name == "is_child"
        )
    ).scalar()
    return value in AS_CHILD


def _task(row: Any) -> TaskResource:
    return TaskResource(row.role, row.agency_id, row.unit, row.assignee_id, tuple(row.not_by))
