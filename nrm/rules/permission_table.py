"""The permission table: for each permission, through which relation to a case it may be used."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from nrm.rules.relations import Relation
from nrm.vocabulary.permissions import Permission


class Asks(StrEnum):
    """What a permission asks beyond the role having it."""

    NOTHING = "nothing"
    """The role is enough: the permission concerns no case."""
    CASE = "case"
    """A relation to the case out of those listed."""
    TASK = "task"
    """The task is with the actor's role and agency."""
    OFFICE = "office"
    """The task is with the actor's agency."""
    HOLDER = "holder"
    """The actor has claimed the task."""


_INSIDE = frozenset({Relation.TEAM, Relation.AGENCY})
_AT_WORK = _INSIDE | {Relation.PROVIDER}
_WATCH = _INSIDE | {Relation.OVERSIGHT}

TABLE: Mapping[Permission, tuple[Asks, frozenset[Relation]]] = {
    Permission.CASES_OPEN: (Asks.NOTHING, frozenset()),
    Permission.CASES_LIST: (Asks.NOTHING, frozenset()),
    Permission.CASE_READ: (Asks.CASE, _AT_WORK | {Relation.GLASS, Relation.FORMER}),
    Permission.CASE_HISTORY: (Asks.CASE, _AT_WORK | {Relation.OVERSIGHT, Relation.AUDITOR, Relation.FORMER}),
    Permission.CASE_PROCESS: (Asks.CASE, _WATCH | {Relation.AUDITOR, Relation.FORMER}),
    Permission.CASE_TEAM: (Asks.CASE, _INSIDE),
    Permission.CASE_CLOSE: (Asks.CASE, _INSIDE),
    Permission.CASE_REOPEN: (Asks.CASE, _INSIDE),
    Permission.CASE_NOTE: (Asks.CASE, _AT_WORK),
    Permission.CASE_FILE: (Asks.CASE, _AT_WORK),
    Permission.CASE_START_RUN: (Asks.CASE, _INSIDE | {Relation.SYSTEM}),
    Permission.CASE_LINK: (Asks.CASE, _INSIDE),
    Permission.TASK_LIST: (Asks.NOTHING, frozenset()),
    Permission.TASK_READ: (Asks.TASK, frozenset({Relation.AGENCY})),
    Permission.TASK_CLAIM: (Asks.TASK, frozenset()),
    Permission.TASK_RELEASE: (Asks.HOLDER, frozenset({Relation.AGENCY})),
    Permission.TASK_REASSIGN: (Asks.OFFICE, frozenset({Relation.AGENCY, Relation.SYSTEM})),
    Permission.TASK_COMPLETE: (Asks.HOLDER, frozenset()),
    Permission.TASK_RETURN: (Asks.HOLDER, frozenset()),
    Permission.TASK_HELP: (Asks.TASK, frozenset()),
    Permission.RECORD_CORRECT: (Asks.CASE, _AT_WORK),
    Permission.CONSENT_RECORD: (Asks.CASE, _AT_WORK),
    Permission.CONSENT_WITHDRAW: (Asks.CASE, _AT_WORK | {Relation.SYSTEM}),
    Permission.CONSENT_OVERRIDE: (Asks.CASE, _WATCH),
    Permission.REFERRAL_READ: (Asks.CASE, _AT_WORK | {Relation.TASK}),
    Permission.REFERRAL_SEND: (Asks.CASE, _INSIDE | {Relation.SYSTEM}),
    Permission.REFERRAL_ANSWER: (Asks.TASK, frozenset()),
    Permission.REFERRAL_DELIVER: (Asks.CASE, _AT_WORK),
    Permission.REFERRAL_CONFIRM: (Asks.CASE, _INSIDE),
    Permission.REFERRAL_REVOKE: (Asks.CASE, _INSIDE | {Relation.SYSTEM}),
    Permission.INCIDENT_LIST: (Asks.NOTHING, frozenset()),
    Permission.INCIDENT_RESOLVE: (Asks.CASE, _WATCH),
    Permission.INCIDENT_CONFIRM: (Asks.CASE, _WATCH),
    Permission.CLOCK_PAUSE: (Asks.CASE, _INSIDE),
    Permission.CLOCK_ASK: (Asks.CASE, _INSIDE),
    Permission.CLOCK_GRANT: (Asks.CASE, _WATCH),
    Permission.DEADLINES_BOARD: (Asks.NOTHING, frozenset()),
    Permission.BREACHES_COUNT: (Asks.NOTHING, frozenset()),
    Permission.DUTY_MANAGE: (Asks.NOTHING, frozenset()),
    Permission.GAPS_LIST: (Asks.NOTHING, frozenset()),
    Permission.GAPS_COUNT: (Asks.NOTHING, frozenset()),
    Permission.GAPS_REVIEW: (Asks.NOTHING, frozenset()),
    Permission.PROCESSES_READ: (Asks.NOTHING, frozenset()),
    Permission.PROCESSES_EDIT: (Asks.NOTHING, frozenset()),
    Permission.PROCESSES_REVIEW: (Asks.NOTHING, frozenset()),
    Permission.PROCESSES_WITHDRAW: (Asks.NOTHING, frozenset()),
    Permission.AUDIT_SEARCH: (Asks.NOTHING, frozenset()),
    Permission.AUDIT_READ: (Asks.CASE, frozenset({Relation.AUDITOR})),
    Permission.AUDIT_VERIFY: (Asks.NOTHING, frozenset()),
    Permission.AUDIT_EXPORT: (Asks.CASE, frozenset({Relation.AUDITOR})),
    Permission.EXPORT_ALLOW: (Asks.NOTHING, frozenset()),
    Permission.RETENTION_READ: (Asks.CASE, _WATCH | {Relation.AUDITOR}),
    Permission.RETENTION_PROPOSE: (Asks.CASE, _WATCH),
    Permission.RETENTION_APPROVE: (Asks.CASE, _WATCH),
    Permission.USERS_MANAGE: (Asks.NOTHING, frozenset()),
    Permission.AGENCIES_MANAGE: (Asks.NOTHING, frozenset()),
    Permission.STAY_READ: (Asks.CASE, frozenset({Relation.TEAM, Relation.GLASS})),
    Permission.CONFLICT_KEEP: (Asks.CASE, _WATCH),
    Permission.GLASS_BREAK: (Asks.NOTHING, frozenset()),
    Permission.SIGNALS_READ: (Asks.NOTHING, frozenset()),
    Permission.READERS_LIST: (Asks.CASE, _INSIDE | {Relation.AUDITOR}),
    Permission.ADMIN_TOKENS: (Asks.NOTHING, frozenset()),
    Permission.ADMIN_SETTINGS: (Asks.NOTHING, frozenset()),
}
