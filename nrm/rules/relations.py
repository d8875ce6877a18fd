"""How somebody stands to a case: through which of their roles, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nrm.rules.policy import Reach, RolePolicy
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.permissions import Permission
from nrm.vocabulary.worded import Worded


class Relation(Worded):
    """How a role of the actor stands to the case; the sentence is for the actor."""

    TEAM = "team", "You have a seat in the team of this case."
    """A seat in the case's team, by name or through the agency."""
    AGENCY = "agency", "Your agency answers for this case."
    """A coordinator or supervisor of the agency that manages the case."""
    PROVIDER = "provider", "Your agency has taken on a referral of this case."
    """A service provider that has accepted a referral."""
    TASK = "task", "A task or a referral of this case waits for you."
    """Only a task is with the actor's role and agency, or a referral waits for an answer."""
    OVERSIGHT = "oversight", "Your role oversees all cases, without their content."
    """The national unit: every case, by code, without its content."""
    AUDITOR = "auditor", "Your role checks the history of all cases, without their content."
    """An auditor: every case's history, without its content."""
    SYSTEM = "system", "The system's own clock acts in every case."
    """The system's own clock."""
    FORMER = "former", "You had a seat in its team before the case was transferred."
    """A seat of the team that had the case before its transfer: it reads for a while, and does nothing (X6)."""
    GLASS = "glass", "You opened this case in an emergency."
    """No relation: the case was opened in danger, for some hours, and somebody reviews it."""


@dataclass(frozen=True, slots=True)
class TeamSeat:
    """A seat of the team in force now. Without ``user_id``: everybody with the role in the agency.

    ``named``: one of the named few who may see the place of stay and self-harm answers; needs a user.
    """

    role: str
    agency_id: str
    user_id: str | None = None
    named: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralLink:
    """A referral of the case: ``status`` as in the register; ``shared`` and ``fields`` what it was sent with."""

    to_agency: str
    status: str
    shared: frozenset[Category] = frozenset()
    purpose: str = "referral"
    fields: frozenset[str] = frozenset()
    """The dictionary elements it names."""


@dataclass(frozen=True, slots=True)
class TaskResource:
    """What access knows of a task (open or claimed)."""

    role: str
    agency_id: str
    unit: str | None = None
    assignee_id: str | None = None
    not_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Glass:
    """An access in an emergency that is in force. ``stay``: the place of stay was chosen with it."""

    id: str
    user_id: str
    stay: bool = False


@dataclass(frozen=True, slots=True)
class CaseResource:
    """What access knows of a case. ``team`` holds only the seats in force now.

    ``tasks`` are the open tasks of the case (or those of the actor's agency); ``conflicts`` the
    users kept away from the case for a conflict of interest; ``task`` the one task asked about;
    ``glass`` the accesses in an emergency in force (or those of the actor);
    ``done_by`` maps element ids to the user who completed them last in this case.
    """

    agency_id: str
    team: tuple[TeamSeat, ...] = ()
    referrals: tuple[ReferralLink, ...] = ()
    tasks: tuple[TaskResource, ...] = ()
    conflicts: frozenset[str] = frozenset()
    task: TaskResource | None = None
    glass: tuple[Glass, ...] = ()
    former: tuple[TeamSeat, ...] = ()
    """Seats that still read after a transfer."""
    done_by: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)


@dataclass(frozen=True, slots=True)
class Link:
    """One role of the actor and how it stands to the case."""

    role: str
    relation: Relation
    named: bool = False
    shared: tuple[ReferralLink, ...] = ()


ACCEPTED = frozenset({"accepted", "delivered", "confirmed"})
"""Referral states in which the provider has access; any other state gives none."""

WAITING = frozenset({"sent", "returned"})
"""Referral states in which the provider is asked: it sees the task and the minimum that goes with it, no more."""

_BY_REACH: Mapping[Reach, Relation] = {
    Reach.OVERSIGHT: Relation.OVERSIGHT, Reach.AUDIT: Relation.AUDITOR, Reach.SYSTEM: Relation.SYSTEM,
}


def links(actor: Actor, case: CaseResource, roles: Mapping[str, RolePolicy]) -> tuple[Link, ...]:
    """List every way the actor stands to the case; empty for a stranger or on conflict of interest."""
    if actor.user_id in case.conflicts:
        return ()
    found: list[Link] = []
    for role in sorted(actor.roles):
        policy = roles.get(role)
        if policy is not None and policy.reach is not Reach.NONE:
            found.extend(_links(actor, role, policy, case))
    return (*found, *in_emergency(actor, case, roles))


def in_emergency(actor: Actor, case: CaseResource, roles: Mapping[str, RolePolicy]) -> tuple[Link, ...]:
    """List the actor's roles that read under an access in an emergency which is in force."""
    mine = [glass for glass in case.glass if glass.user_id == actor.user_id]
    if not mine or actor.user_id in case.conflicts:
        return ()
    stay = any(glass.stay for glass in mine)
    return tuple(
        Link(role, Relation.GLASS, stay) for role in sorted(actor.roles)
        if role in roles and Permission.GLASS_BREAK in roles[role].permissions
    )


def _links(actor: Actor, role: str, policy: RolePolicy, case: CaseResource) -> list[Link]:
    """The ways one role stands to the case."""
    found = []
    seats = [s for s in case.team if s.role == role and holds(actor, s)]
    if seats:
        named = any(s.named and s.user_id == actor.user_id for s in seats)
        found.append(Link(role, Relation.TEAM, named))
    if policy.reach is Reach.AGENCY and actor.agency_id and actor.agency_id == case.agency_id:
        found.append(Link(role, Relation.AGENCY))
    if any(s.role == role and holds(actor, s) for s in case.former):
        found.append(Link(role, Relation.FORMER))
    if policy.reach in _BY_REACH:
        found.append(Link(role, _BY_REACH[policy.reach]))
    mine = [r for r in case.referrals if policy.provider and r.to_agency == actor.agency_id]
    accepted = tuple(r for r in mine if r.status in ACCEPTED)
    if accepted:
        found.append(Link(role, Relation.PROVIDER, shared=accepted))
    if any(r.status in WAITING for r in mine) or any(t.role == role and is_with(actor, t) for t in _tasks(case)):
        found.append(Link(role, Relation.TASK))
    return found


def _tasks(case: CaseResource) -> tuple[TaskResource, ...]:
    return case.tasks if case.task is None else (*case.tasks, case.task)


def holds(actor: Actor, seat: TeamSeat) -> bool:
    """Whether a seat is the actor's: by name, or through agency (and unit) where nobody is named."""
    if seat.user_id is not None:
        return seat.user_id == actor.user_id
    return seat.agency_id == actor.agency_id and seat.unit in (None, actor.unit)


def is_with(actor: Actor, task: TaskResource) -> bool:
    """Whether a task is with the actor: role, agency and, where set, unit; or claimed by them."""
    if task.role not in actor.roles or task.agency_id != actor.agency_id:
        return False
    return task.unit in (None, actor.unit) or task.assignee_id == actor.user_id
