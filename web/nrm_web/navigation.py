"""The main menu: what somebody's roles lead to. A page that is not there yet is not offered."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from nrm.rules.policy import Policy
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission

OFFICE = "Coordination"
OVERSIGHT = "History and access"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu; ``group`` gathers those that are not for every day; ``other``: this one does too."""

    endpoint: str
    label: str
    permission: Permission
    group: str = ""
    other: Permission | None = None


ENTRIES = (
    Entry("my_tasks", "My tasks", Permission.TASK_LIST),
    Entry("cases", "Cases", Permission.CASES_LIST),
    Entry("referrals_board", "Referrals", Permission.REFERRAL_READ),
    Entry("open_case_search", "Open a case", Permission.CASES_OPEN),
    Entry("deadlines", "Deadlines", Permission.DEADLINES_BOARD, OFFICE),
    Entry("missed_limits", "Missed time limits", Permission.BREACHES_COUNT, OFFICE),
    Entry("duty", "On duty", Permission.DUTY_MANAGE, OFFICE),
    Entry("incidents", "Incidents", Permission.INCIDENT_LIST, OFFICE),
    Entry("gaps", "Service gaps", Permission.GAPS_COUNT, OFFICE),
    Entry("processes", "Processes", Permission.PROCESSES_READ, OFFICE),
    Entry("decisions", "Decisions", Permission.PROCESSES_READ, OFFICE),
    Entry("moves", "Move tasks", Permission.TASK_REASSIGN, OFFICE),
    Entry("users", "Users", Permission.USERS_MANAGE, OFFICE),
    Entry("agencies", "Agencies", Permission.AGENCIES_MANAGE, OFFICE),
    Entry("calendars", "Calendars", Permission.AGENCIES_MANAGE, OFFICE),
    Entry("api_tokens", "Tokens of programs", Permission.ADMIN_TOKENS, OFFICE),
    Entry("workers", "Background work", Permission.DEADLINES_BOARD, OFFICE, Permission.ADMIN_SETTINGS),
    Entry("retention", "Keeping and erasing", Permission.RETENTION_READ, OFFICE),
    Entry("wrapping_keys", "Keys", Permission.ADMIN_SETTINGS, OFFICE),
    Entry("letters", "Unsent mail", Permission.ADMIN_SETTINGS, OFFICE),
    Entry("emergency", "Open in an emergency", Permission.GLASS_BREAK, OFFICE),
    Entry("audit", "Audit", Permission.AUDIT_SEARCH),
    Entry("access_signals", "Unusual access", Permission.SIGNALS_READ, OVERSIGHT),
    Entry("access_review", "Who saw what", Permission.AUDIT_SEARCH, OVERSIGHT),
    Entry("audit_installation", "Installation", Permission.AUDIT_SEARCH, OVERSIGHT),
    Entry("exports", "Large exports", Permission.EXPORT_ALLOW, OVERSIGHT, Permission.AUDIT_EXPORT),
    Entry("audit_checkpoints", "Checkpoints", Permission.AUDIT_VERIFY, OVERSIGHT),
)
"""Endpoint names without ``web.``: a page of that name appears in the menu as soon as it exists."""


def menu(actor: Actor, policy: Policy, endpoints: Container[str]) -> tuple[Entry, ...]:
    """Return the entries somebody's roles allow, of those pages that exist."""
    return tuple(
        entry for entry in ENTRIES
        if f"web.{entry.endpoint}" in endpoints
        and any(has(actor, policy, one) for one in (entry.permission, entry.other) if one is not None)
    )


def has(actor: Actor, policy: Policy, permission: Permission) -> bool:
    """Whether any role of the actor has a permission, wherever it may be used."""
    return any(permission in policy.roles[role].permissions for role in actor.roles if role in policy.roles)
