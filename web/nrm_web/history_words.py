"""A history entry in plain words: what was done, never what was written."""

from __future__ import annotations

from nrm.queries.case_history import Entry
from nrm_web.words import Words

ACTS = {
    "action.carried_out": "A step of the process was carried out",
    "bundle.disclosed": "Took words of the history out",
    "bundle.exported": "Took the history out with its proof",
    "case.closed": "Closed the case",
    "case.rehomed": "Another agency manages the case from now on",
    "case.handed_over": "The case was handed over",
    "case.linked": "Linked the case with another one",
    "case.opened": "Opened the case",
    "case.reopened": "Opened the case again",
    "case.resumed": "The case goes on",
    "case.suspended": "The case rests",
    "clock.change_asked": "Asked for a change of a clock",
    "clock.change_refused": "Refused a change of a clock",
    "clock.extended": "Gave a clock more time",
    "clock.paused": "Let a clock stand still",
    "clock.recounted": "A clock was counted anew",
    "clock.restarted": "Let a clock start again",
    "clock.resumed": "Let a clock go on",
    "clock.start_corrected": "Corrected the start of a clock",
    "clock.waived": "Ended a clock that was not needed",
    "consent.change_applied": "A change of consent took effect",
    "consent.expired": "The period of a consent was over",
    "consent.given": "The person agreed",
    "consent.override": "Something may be shared on a legal basis",
    "consent.refused": "The person said no",
    "consent.recorded": "Recorded an answer of the person",
    "consent.withdrawn": "The person took a consent back",
    "duplicate.possible": "There may be another case of the same person",
    "case.erased": "Erased the case",
    "erasure.approved": "Approved the erasure of the case",
    "erasure.proposed": "Proposed to erase the case",
    "erasure.refused": "Refused to erase the case",
    "erasure.stopped": "The erasure was stopped",
    "hold.lifted": "Lifted a legal hold",
    "hold.placed": "Held the case back from erasure",
    "conflict.lifted": "Let somebody back whom a conflict of interest had kept away",
    "conflict.noted": "Noted a conflict of interest",
    "emergency.ended": "Ended an access in an emergency",
    "emergency.opened": "Opened the case in an emergency",
    "emergency.read": "Read why the case was opened in an emergency",
    "emergency.reviewed": "Reviewed an access in an emergency",
    "escalated": "A missed time limit was told further up",
    "file.attached": "Attached a file",
    "history.checked": "Checked the history",
    "history.exported": "Exported the history",
    "incident.fact_supplied": "Supplied a missing fact",
    "incident.path_confirmed": "Confirmed a path",
    "incident.path_proposed": "Proposed a path",
    "incident.raised": "The process stopped and needs a coordinator",
    "incident.retried": "Tried a stopped process again",
    "limit.armed": "A time limit began",
    "limit.explained": "Said why a time limit was missed",
    "limit.missed": "A time limit was missed",
    "limit.reached": "A time limit of the process was reached",
    "limit.skipped": "A time limit was no longer needed",
    "note.added": "Wrote a note",
    "notification.sent": "An authority was told",
    "override.confirmed": "Confirmed a legal basis",
    "override.proposed": "Proposed a legal basis",
    "override.revoked": "Ended a legal basis",
    "recipients.told": "Told those who had received something to stop",
    "feedback.given": "Told whoever brought the person how far it is",
    "summary.printed": "Made a page for the person to carry",
    "read": "Read",
    "record.corrected": "Corrected a record",
    "referral.draft": "Prepared a referral",
    "referral.sent": "Sent a referral",
    "referral.returned": "A provider asked a question first",
    "referral.accepted": "A provider took a referral on",
    "referral.refused": "A provider refused a referral",
    "referral.delivered": "A provider said that the service was given",
    "referral.confirmed": "The person confirmed a service",
    "referral.not_delivered": "A referral came to nothing",
    "referral.revoked": "A referral was taken back",
    "referral.expired": "A referral ended unanswered",
    "referral.fields_named": "Chose what a provider is told",
    "reminder.sent": "A reminder was sent",
    "revealed": "Opened what is hidden",
    "run.asked_for": "Asked for a process",
    "run.cancelled": "A process was ended early",
    "run.ended": "A process came to its end",
    "run.started": "A process began",
    "task.claimed": "Claimed a task",
    "task.completed": "Completed a task",
    "task.help_asked": "Asked for help with a task",
    "task.opened": "A task was opened",
    "task.reassigned": "Gave a task to someone else",
    "task.handed_back": "A task went back to who was absent",
    "task.handed_over": "A task went to who stands in",
    "task.released": "Gave a task back",
    "task.rerouted": "A task moved to another team member",
    "task.returned": "Returned a task with a question",
    "task.withdrawn": "A task was no longer needed",
    "team.changed": "Changed the team",
    "team.seat_moved": "A seat of the team moved",
    "team.seat_filled": "A seat of the team was filled",
    "transfer.proposed": "Asked another agency to take the case over",
    "transfer.accepted": "Took the case over",
    "transfer.refused": "Did not take the case over",
    "case.transferred": "The case moved to another agency",
    "gate.opened": "Asked for consent first",
    "facts.set": "Facts were recorded",
}
OBJECTS = {
    "case": "the case", "history": "the history", "process": "the process", "identity": "names and papers",
    "contact": "ways of contact", "stay": "the place of stay", "self_harm": "answers on self-harm",
}


def line_words(entry: Entry, words: Words) -> str:
    """Return an entry as a sentence in the reader's language."""
    said = words(ACTS.get(entry.act, entry.act.replace(".", " ").replace("_", " ").capitalize()))
    about = words(entry.about) if entry.about else _object(entry, words)
    if about:
        said = f"{said}: {about}"
    if entry.outcome == "refused":
        said = words("Refused: {what}", what=said)
    return said


def _object(entry: Entry, words: Words) -> str:
    kind, _, name = entry.object.partition(":")
    if entry.act in ("read", "revealed"):
        return words(OBJECTS.get(entry.object, OBJECTS.get(kind, kind)))
    if kind in ("process", "run", "purpose"):
        return words(name.replace("_", " ").capitalize()) if kind != "run" else ""
    return ""
