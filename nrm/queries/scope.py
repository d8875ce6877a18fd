"""The one scope of cases as a condition: list, search, count and export see what the page shows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from nrm.records.tables.case import Case, KeptAway, TeamMember
from nrm.records.tables.referral import Referral
from nrm.records.tables.task import Task
from nrm.rules.access import CaseScope, decide, scope
from nrm.rules.policy import Policy, Reach
from nrm.rules.relations import ACCEPTED
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed
from nrm.vocabulary.permissions import Permission

Column = InstrumentedAttribute[Any]


def cases_in_scope(actor: Actor, permission: Permission, policy: Policy) -> ColumnElement[bool]:
    """Return the condition on ``Case`` that holds where the actor may use a permission on the case."""
    ways = ways_to(actor, permission, policy, case_id=Case.id, managed_by=Case.agency_id)
    return and_(or_(false(), *ways), not_kept(Case.id, actor))


def ways_to(
    actor: Actor, permission: Permission, policy: Policy, *, case_id: Column, managed_by: Column
) -> list[ColumnElement[bool]]:
    """Return each way in which the actor has a permission, as a condition on rows: their case, and who manages it.

    They do not ask whether somebody keeps the actor from the case: see :func:`not_kept`.
    """
    reach = scope(actor, permission, policy)
    if reach.everywhere:
        return [true()]
    ways: list[ColumnElement[bool]] = []
    if reach.standing:
        ways.append(managed_by == reach.agency_id)
    if reach.seat_roles:
        ways.append(case_id.in_(_seats(reach)))
    if reach.provider:
        ways.append(case_id.in_(
            select(Referral.case_id).where(
                Referral.to_agency == reach.agency_id, Referral.status.in_(sorted(ACCEPTED))
            )
        ))
    return ways


def not_kept(case_id: Column, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that no conflict of interest keeps the actor from a row's case (domain X10).

    The cases are looked up once for the whole question, so that whatever walks an index goes on walking it.
    """
    if actor.is_system:
        return true()
    return case_id.not_in(select(KeptAway.case_id).where(KeptAway.user_id == actor.user_id))


def _seats(reach: CaseScope) -> Select[str]:
    """The cases with a seat that is the actor's: by name, or the agency's where nobody is named."""
    mine = or_(
        TeamMember.user_id == reach.user_id,
        and_(TeamMember.user_id.is_(None), TeamMember.agency_id == reach.agency_id),
    )
    return select(TeamMember.case_id).where(
        TeamMember.to_at.is_(None), TeamMember.role.in_(sorted(reach.seat_roles)), mine
    )


def require_role(actor: Actor, permission: Permission, policy: Policy) -> str:
    """Refuse who has no role with a permission that concerns no single case; return the rule that allows it.

    Raises NotAllowed.
    """
    decision = decide(actor, permission, None, policy)
    if not decision.allowed:
        raise NotAllowed(decision.sentence, rule=decision.rule)
    return decision.rule


def require_having(actor: Actor, policy: Policy, *permissions: Permission) -> str:
    """Refuse who has no role with any of some permissions, whatever it is about; return the rule that allows it.

    Raises NotAllowed.
    """
    for permission in permissions:
        if roles_with(actor, permission, policy):
            return f"role:{permission}"
    raise NotAllowed("None of your roles may do this.", rule=f"role:{permissions[0]}")


def roles_with(actor: Actor, permission: Permission, policy: Policy) -> tuple[str, ...]:
    """Return the actor's roles that have a permission, in order."""
    return tuple(
        role for role in sorted(actor.roles)
        if role in policy.roles and permission in policy.roles[role].permissions
    )


def reaches_every_agency(actor: Actor, permission: Permission, policy: Policy) -> bool:
    """Whether somebody uses a permission beyond their own agency: whose role reaches one agency does not."""
    return actor.is_system or any(
        policy.roles[role].reach not in (Reach.AGENCY, Reach.TEAM) for role in roles_with(actor, permission, policy)
    )


def reaches_cases(actor: Actor, permission: Permission, policy: Policy) -> bool:
    """Whether somebody who has a permission also reaches cases with it: who does not hears no number of few."""
    return actor.is_system or any(
        policy.roles[role].reach is not Reach.NONE for role in roles_with(actor, permission, policy)
    )


def of_my_unit(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``Task`` that it is with the actor's unit, or with none."""
    if actor.unit is None:
        return Task.unit.is_(None)
    return or_(Task.unit.is_(None), Task.unit == actor.unit)
