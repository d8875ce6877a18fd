"""The one decision on access: allow or deny, and by which rule. What is not allowed is denied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nrm.rules.permission_table import TABLE, Asks
from nrm.rules.policy import Policy, Reach
from nrm.rules.relations import CaseResource, Link, Relation, TaskResource, in_emergency, is_with, links
from nrm.rules.visibility import Decision
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission


@dataclass(frozen=True, slots=True)
class CaseScope:
    """Which cases a permission reaches: the same rule for detail, list, search, count and export.

    A case is in scope where nobody keeps the actor from it and any of these holds: ``everywhere``;
    a seat in force whose role is in ``seat_roles`` and is the actor's (:func:`relations.holds`);
    its managing agency is ``agency_id`` and ``standing``; it has an accepted referral to
    ``agency_id`` and ``provider``. An access in an emergency, and what is left of one after a transfer, opens
    one case by its code and puts it into no list.
    """

    user_id: str
    agency_id: str
    unit: str | None
    seat_roles: frozenset[str] = frozenset()
    standing: bool = False
    provider: bool = False
    everywhere: bool = False

    @property
    def empty(self) -> bool:
        """Whether no case can be in scope."""
        return not (self.seat_roles or self.standing or self.provider or self.everywhere)


def decide(actor: Actor, permission: Permission | str, resource: CaseResource | TaskResource | None,
           policy: Policy) -> Decision:
    """Say whether ``actor`` may use ``permission`` on ``resource``, and by which rule.

    ``resource`` is None for permissions that concern no case, else the case (with ``task`` set for
    task permissions), or a bare task where only the task matters.
    """
    wanted = _known(permission)
    if wanted is None:
        return Decision(False, "default_deny", "There is no such permission.")
    having = _roles_with(actor, wanted, policy)
    if not having and not _opened_in_emergency(actor, wanted, resource, policy):
        return Decision(False, f"role:{wanted}", "None of your roles may do this.")
    if TABLE[wanted][0] is Asks.NOTHING:
        return Decision(True, f"role:{wanted}", f"Your role ({having[0]}) may do this.")
    if resource is None:
        return Decision(False, "default_deny", "This asks for a case.")
    if isinstance(resource, TaskResource):
        resource = CaseResource(agency_id="", task=resource)
    return _on_resource(actor, wanted, resource, having, policy)


def may_act(
    actor: Actor, done_by: Mapping[str, str | Collection[str]], not_by: Iterable[str], *,
    accounts: Collection[str] = (),
) -> Decision:
    """Separation of duties (table:D-22): deny whoever did one of the elements ``not_by``.

    ``done_by`` maps an element id to the user who completed it in this case, or to all users who did,
    where it was done more than once. ``accounts``: every account of the person who acts, where there are more.
    """
    own = {actor.user_id, *accounts}
    for element in not_by:
        done = done_by.get(element, ())
        if not own.isdisjoint((done,) if isinstance(done, str) else done):
            return Decision(False, f"separation:{element}",
                            "Somebody else has to do this, because you did the step before.")
    return Decision(True, "separation", "You did none of the steps this must be separate from.")


def scope(actor: Actor, permission: Permission | str, policy: Policy) -> CaseScope:
    """Return which cases ``decide`` would allow ``permission`` on (case permissions only)."""
    wanted = Permission(permission)
    relations = TABLE[wanted][1]
    if wanted is Permission.CASES_LIST:
        relations = TABLE[Permission.CASE_READ][1] | {Relation.OVERSIGHT}
    elif wanted is Permission.AUDIT_SEARCH:
        relations = TABLE[Permission.AUDIT_READ][1]
    having = {r: policy.roles[r] for r in _roles_with(actor, wanted, policy)}
    having = {r: p for r, p in having.items() if p.reach is not Reach.NONE}
    reaching = {role.reach for role in having.values()}
    return CaseScope(
        actor.user_id, actor.agency_id, actor.unit,
        seat_roles=frozenset(having) if Relation.TEAM in relations else frozenset(),
        standing=Relation.AGENCY in relations and Reach.AGENCY in reaching,
        provider=Relation.PROVIDER in relations and any(role.provider for role in having.values()),
        everywhere=any(by in relations and reach in reaching for by, reach in _EVERYWHERE.items()),
    )


_EVERYWHERE: Mapping[Relation, Reach] = {
    Relation.OVERSIGHT: Reach.OVERSIGHT, Relation.AUDITOR: Reach.AUDIT, Relation.SYSTEM: Reach.SYSTEM,
}


def _known(permission: Permission | str) -> Permission | None:
    try:
        return Permission(permission)
    except ValueError:
        return None


def _opened_in_emergency(
    actor: Actor, wanted: Permission, resource: CaseResource | TaskResource | None, policy: Policy
) -> bool:
    """Whether an access in an emergency stands in the place of a role that has the permission: only to read."""
    if not isinstance(resource, CaseResource) or Relation.GLASS not in TABLE[wanted][1]:
        return False
    return bool(in_emergency(actor, resource, policy.roles))


def _on_resource(actor: Actor, wanted: Permission, case: CaseResource, having: list[str],
                 policy: Policy) -> Decision:
    """Decide where a case or task is asked about: the task first, then the relation to the case."""
    if actor.user_id in case.conflicts:
        return Decision(False, "conflict_of_interest", "A conflict of interest keeps you from this case.")
    asks, relations = TABLE[wanted]
    decision = Decision(False, "no_relation", "You do not work on this case.")
    if asks is not Asks.CASE:
        decision = _on_task(actor, wanted, case.task, having, asks)
    if decision.allowed:
        return decision
    return _on_case(wanted, links(actor, case, policy.roles), relations, having) or decision


def _roles_with(actor: Actor, permission: Permission, policy: Policy) -> list[str]:
    """The actor's roles that have a permission, in order."""
    return [r for r in sorted(actor.roles) if r in policy.roles and permission in policy.roles[r].permissions]


def _on_task(actor: Actor, wanted: Permission, task: TaskResource | None, having: list[str],
             asks: Asks) -> Decision:
    """Decide on a task: with the actor's role and agency, and claimed where that is asked."""
    if asks is Asks.OFFICE and task is not None and task.agency_id == actor.agency_id:
        return Decision(True, f"office:{wanted}", "The task is with your agency.")
    if asks is Asks.OFFICE or task is None or task.role not in having or not is_with(actor, task):
        return Decision(False, "task:elsewhere", "This task is not with your role and agency.")
    if asks is Asks.HOLDER and task.assignee_id != actor.user_id:
        return Decision(False, "task:not_claimed", "Claim this task first; somebody else may have it.")
    if task.assignee_id not in (None, actor.user_id) and wanted is Permission.TASK_CLAIM:
        return Decision(False, "task:claimed", "Somebody else has claimed this task.")
    return Decision(True, f"task:{wanted}", "The task is with your role and agency.")


def _on_case(wanted: Permission, found: Iterable[Link], relations: frozenset[Relation],
             having: list[str]) -> Decision | None:
    """Allow through the first role that both has the permission and stands so to the case."""
    for link in found:
        may = link.role in having or link.relation is Relation.GLASS
        if may and link.relation in relations:
            if wanted is Permission.STAY_READ and not link.named:
                continue
            return Decision(True, f"{link.relation}:{link.role}:{wanted}", link.relation.sentence)
    return None
