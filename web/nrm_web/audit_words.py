"""A history in an auditor's words: acts, refusals, and the rule behind each, without any of its content."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.queries.case_history import Entry
from nrm.vocabulary.permissions import Permission
from nrm_web.history_words import ACTS, line_words
from nrm_web.words import Words

INSTALLATION_ACTS = {
    "absence.begun": "An absence began", "absence.cancelled": "Cancelled an absence",
    "absence.ended": "An absence ended", "absence.planned": "Noted an absence", "agency.ended": "An agency ended",
    "batch.retried": "Let what failed be tried again", "batch.started": "Began to move work together",
    "batch.undone": "Took a move back", "user.closed": "Closed an account",
    "user.still_has_work": "An account that was to close still has work",
    "agency.changed": "Changed an agency", "agency.created": "Created an agency",
    "audit.searched": "Searched cases by process facts",
    "bundle.exported": "Took the whole history out with its proof",
    "audit.access_reviewed": "Reviewed who looked at what", "deadlines.exported": "Exported the list of deadlines",
    "calendar.day_added": "Laid a day over a calendar", "calendar.day_removed": "Took back a day of a calendar",
    "draft.dropped": "Dropped a draft of a process",
    "draft.saved": "Saved a draft of a process", "draft.sent_back": "Sent a draft back to its author",
    "draft.started": "Began a draft of a process", "gap.reviewed": "Reviewed a service gap",
    "history.checked": "Checked this history", "letters.discarded": "Threw away mail that could not be sent",
    "duty.added": "Put somebody on a roster", "duty.removed": "Took a turn of duty back",
    "letters.retried": "Let mail be sent again", "password.changed": "Changed the own password",
    "password.reset": "Gave an account a new first password", "process.published": "Published a version of a process",
    "process.withdrawn": "Withdrew a version of a process", "read": "Read this history",
    "review.asked": "Asked for the review of a draft", "sign_in.refused": "A sign-in was refused",
    "signed_in": "Signed in", "signed_out": "Signed out", "token.created": "Issued a token for a program",
    "token.revoked": "Revoked a token of a program", "tokens.revoked": "Revoked the tokens of an account",
    "factor.added": "Added a second step to the own account", "factor.refused": "A second step was refused",
    "factor.removed": "Removed a second step from the own account", "session.ended": "Ended an own session",
    "session.begun": "Signed a tool of their own in", "sessions.ended": "Ended all other own sessions",
    "stepped_up": "Showed once more who they are",
    "user.invited": "Made a link for an account", "invitation.accepted": "Chose a password with a link",
    "recovery.asked": "Asked for the recovery of an account", "recovery.done": "Recovered an account",
    "recovery.approved": "Approved the recovery of an account",
    "recovery.stopped": "Stopped the recovery of an account",
    "user.changed": "Changed an account", "user.created": "Created an account",
    "emergency.refused": "Asked in an emergency for a case that was not there", "signal.seen": "Looked at a signal",
    "honey.set": "Marked a case that nobody has a reason to open",
    "honey.taken_back": "Took back the mark of a case that nobody has a reason to open",
    "user.same_person": "Said that two accounts are one person's",
    "backup.made": "Made a backup", "case.erased": "A case was erased",
    "installation.restored": "The installation was restored from a backup",
    "keys.rotation_begun": "Began to change the wrapping key", "keys.rotated": "Wrapped the keys of cases anew",
    "demo.clock_moved": "Moved the clock of the demo",
}
RELATIONS = {
    "team": "had a seat in the case's team as {role}",
    "agency": "answers for the cases of the managing agency as {role}",
    "provider": "had accepted a referral as {role}", "task": "had a task of the case as {role}",
    "oversight": "oversees all cases, without their content, as {role}",
    "auditor": "may read every history, without its content, as {role}", "system": "is the system's own clock",
    "former": "had a seat before the case was transferred, as {role}",
    "glass": "had opened the case in an emergency as {role}",
}
PLAIN = {
    "default_deny": "What no rule allows is refused.", "no_relation": "They do not work on this case.",
    "conflict_of_interest": "A conflict of interest keeps them from this case.",
    "separation": "They did none of the steps this must be separate from.",
    "separation:author": "Who drafts a change may not be the one who publishes it.",
    "separation:proposer": "Who proposes may not be the one who confirms.",
    "separation:own_account": "Nobody changes their own account.",
    "separation:clock": "Who asks for a change may not be the one who grants it.",
    "separation:conflict": "Nobody lifts a conflict of interest that is their own, or that they noted.",
    "separation:emergency": "Nobody reviews their own access in an emergency.",
    "separation:signal": "Nobody looks at a signal about themselves.",
    "conflict:declared": "They said so themselves.",
    "own_agency:accounts": "They manage the accounts of their own agency only.",
    "own_agency:calendars": "They edit the calendars of their own agency only.",
    "terminal": "It was done on the machine itself.",
    "two_persons": "Two persons: one drafted, another published.",
    "two_persons:recovery": "Two administrators recover an account together.",
    "second_factor:required": "Everybody needs a second step here.", "shipped": "It came with the system.",
    "task:elsewhere": "The task was not with their role and agency.",
    "task:claimed": "The task was with somebody else already.", "task:not_claimed": "They had not claimed the task.",
    "task:not_held": "They did not hold the task.", "record:not_readable": "The record is not theirs to read.",
    "history:none=no_relation": "They do not work on this case.",
}


def entry_words(entry: Entry, words: Words) -> str:
    """Return an entry of a case's history as a sentence; a refusal says what was refused."""
    if entry.outcome == "refused" and entry.act not in ACTS:
        asked = _permission(entry.act)
        if asked is not None:
            return words("Refused: {what}", what=words(asked.sentence))
    return line_words(entry, words)


def installation_words(entry: Entry, words: Words) -> str:
    """Return an entry of the installation's history as a sentence."""
    said = words(INSTALLATION_ACTS.get(entry.act, entry.act.replace(".", " ").replace("_", " ").capitalize()))
    kind, _, name = entry.object.partition(":")
    if kind == "process" and name:
        return f"{said}: {words(name.replace('_', ' ').capitalize())}"
    if entry.object == "account:unknown":
        return f"{said}: {words('unknown account')}"
    about = entry.about or (name if kind in ("agency", "calendar") else "")
    return f"{said}: {about}" if about else said


def rule_words(entry: Entry, words: Words, titles: Mapping[str, str]) -> str:
    """Return the rule that allowed or refused an act, explained; empty where none was noted.

    ``titles``: role code -> what the role is called.
    """
    refused = entry.outcome == "refused"
    return " ".join(one_rule(rule, words, titles, refused=refused) for rule in (entry.rule or "").split(";") if rule)


KINDS = {
    "separation": "Somebody else has to do this, because they did the step before.",
    "task": "The task was with their role and agency.", "office": "The task was with their agency.",
    "history": "Their role may read the history.", "consent": "The person's consent covers it.",
    "gate": "The person's consent covers it.",
}


def one_rule(rule: str, words: Words, titles: Mapping[str, str], *, refused: bool = False) -> str:
    """Return one rule explained; ``refused``: whether it was the reason for a refusal."""
    first, _, rest = rule.partition(":")
    if first in RELATIONS and ":" in rest:
        role, _, _ = rest.partition(":")
        return words("Who acted {relation}.", relation=words(RELATIONS[first], role=words(titles.get(role, role))))
    if first == "role":
        asked = _permission(rest)
        sentence = words(asked.sentence) if asked else rest
        if refused:
            return words("None of their roles has this permission: {what}", what=sentence)
        return words("One of their roles has this permission: {what}", what=sentence)
    said = PLAIN.get(rule) or KINDS.get(first)
    return words(said) if said else words("Rule {rule}.", rule=rule)


def _permission(name: str) -> Permission | None:
    try:
        return Permission(name)
    except ValueError:
        return None
