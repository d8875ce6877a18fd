"""Roles that reach far: nobody gives them alone (goal:S21)."""

from __future__ import annotations

from nrm.rules.policy import Reach, RolePolicy
from nrm.vocabulary.permissions import Permission

FAR = frozenset({Reach.AGENCY, Reach.OVERSIGHT, Reach.AUDIT, Reach.SYSTEM})
"""Cases without a seat: an agency's, or the country's."""
WEIGHTY = frozenset({
    Permission.USERS_MANAGE, Permission.AGENCIES_MANAGE, Permission.ADMIN_TOKENS, Permission.ADMIN_SETTINGS,
    Permission.PROCESSES_REVIEW, Permission.RETENTION_APPROVE, Permission.EXPORT_ALLOW, Permission.CONSENT_OVERRIDE,
})
"""What decides over others' access, or is itself the second person's word."""


def reaches_far(role: RolePolicy) -> bool:
    """Whether two administrators give the role."""
    return role.reach in FAR or bool(role.permissions & WEIGHTY)
