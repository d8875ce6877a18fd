"""The permissions: everything a role can be allowed to do, with one sentence each."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Permission(StrEnum):
    """One thing a role may be allowed to do. The value is what ``config/roles.yaml`` names."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Self:
        """Make a member that is its code and carries its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member

    CASES_OPEN = "cases.open", "Open a case for a person, after the search for an existing one."
    CASES_LIST = "cases.list", "See the list of the cases one works on, by code."
    CASE_READ = "case.read", "Open a case page and the records one may see."
    CASE_HISTORY = "case.history", "Read who did what and when in a case."
    CASE_PROCESS = "case.process", "See where a case stands in its process."
    CASE_TEAM = "case.team", "Assemble and change the team of a case."
    CASE_CLOSE = "case.close", "Close a case."
    CASE_REOPEN = "case.reopen", "Reopen a closed case."
    CASE_NOTE = "case.note", "Write a note in a case."
    CASE_FILE = "case.file", "Attach a file to a case."
    CASE_START_RUN = "case.start_run", "Start a process that can happen at any time."
    CASE_LINK = "case.link", "Link a case with another one by code."
    TASK_LIST = "task.list", "See the tasks that are with one's role and agency."
    TASK_READ = "task.read", "Open a task."
    TASK_CLAIM = "task.claim", "Take a task that is with one's role and agency."
    TASK_RELEASE = "task.release", "Give a claimed task back."
    TASK_REASSIGN = "task.reassign", "Give a task to somebody else, with a reason."
    TASK_COMPLETE = "task.complete", "Complete a task one has claimed."
    TASK_RETURN = "task.return", "Return a task with a question."
    TASK_HELP = "task.help", "Say that a task is not one's own, or that help is needed."
    RECORD_CORRECT = "record.correct", "Correct a completed record, with a reason."
    CONSENT_RECORD = "consent.record", "Record what the person agreed to or refused."
    CONSENT_WITHDRAW = "consent.withdraw", "Record that the person takes a consent back."
    CONSENT_OVERRIDE = "consent.override", "Confirm, as second person, a basis to share without consent."
    REFERRAL_READ = "referral.read", "See the referrals one's agency sent or was asked in."
    REFERRAL_SEND = "referral.send", "Refer to a service provider under the person's consent."
    REFERRAL_ANSWER = "referral.answer", "Accept or refuse a referral to one's own agency."
    REFERRAL_DELIVER = "referral.deliver", "Say that a referred service was or was not delivered."
    REFERRAL_CONFIRM = "referral.confirm", "Confirm with the person that a service was delivered."
    REFERRAL_REVOKE = "referral.revoke", "Take a referral back; the provider's access ends."
    INCIDENT_LIST = "incident.list", "See the runs that stopped and why."
    INCIDENT_RESOLVE = "incident.resolve", "Retry a stopped run, supply a fact, or propose a path."
    INCIDENT_CONFIRM = "incident.confirm", "Confirm, as the second person, a path somebody else proposed."
    CLOCK_PAUSE = "clock.pause", "Let a clock stand still on a ground its time limit allows, and go on again."
    CLOCK_ASK = "clock.ask", "Ask for more time, for a clock to end, or for another start, with a ground."
    CLOCK_GRANT = "clock.grant", "Grant or refuse, as the second person, a change of a clock."
    DEADLINES_BOARD = "deadlines.board", "See the running and missed time limits by agency."
    BREACHES_COUNT = "breaches.count", "Know how many time limits were missed in a quarter, in the whole country."
    DUTY_MANAGE = "duty.manage", "Say who is on duty, for which role and when."
    GAPS_LIST = "gaps.list", "See the services that were missing, by district."
    GAPS_REVIEW = "gaps.review", "Review missing services and say what follows."
    PROCESSES_READ = "processes.read", "See the published processes, forms and tables."
    PROCESSES_EDIT = "processes.edit", "Draft a change of a process and ask for its review."
    PROCESSES_REVIEW = "processes.review", "Publish somebody else's draft of a process."
    PROCESSES_WITHDRAW = "processes.withdraw", "Withdraw a published process to the version before."
    AUDIT_SEARCH = "audit.search", "Find any case by process facts."
    AUDIT_READ = "audit.read", "Read the whole history of any case, without its content."
    AUDIT_VERIFY = "audit.verify", "Check that a history was not altered."
    AUDIT_EXPORT = "audit.export", "Export the history of a case."
    RETENTION_READ = "retention.read", "See until when closed cases are kept, legal holds, and receipts of erasures."
    RETENTION_PROPOSE = "retention.propose", "Hold a case back from erasure, and propose to erase a closed one."
    RETENTION_APPROVE = "retention.approve", "Approve, as the second person, that a closed case is erased."
    USERS_MANAGE = "users.manage", "Create, change and disable user accounts."
    AGENCIES_MANAGE = "agencies.manage", "Create and change agencies."
    STAY_READ = "stay.read", "Open the page with the place where the person stays."
    CONFLICT_KEEP = "conflict.keep", "Keep somebody from a case for a conflict of interest, and let them back."
    GLASS_BREAK = "glass.break", "Open a case that is not one's own in danger, for some hours; it is reviewed."
    SIGNALS_READ = "signals.read", "See accesses in an emergency and signals of unusual access."
    READERS_LIST = "readers.list", "See who opened a case, when, and by which rule."
    ADMIN_TOKENS = "admin.tokens", "Issue and revoke programs' access tokens."
    ADMIN_SETTINGS = "admin.settings", "See the settings and the state of the installation."
