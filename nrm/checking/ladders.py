"""Rules on ladders: one that could not fire as it is written is not published (domain 2.6)."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.subject import Subject
from nrm.deployment.ladders import ladders_from_yaml
from nrm.diagrams.bundle import LADDERS
from nrm.rules.ladder_faults import ESCALATION, Surroundings, ladder_faults
from nrm.rules.ladders import Effect, Ladder
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.vocabulary.findings import Finding, Severity
from nrm.vocabulary.phrases import Phrase


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    try:
        ladders = ladders_from_yaml(subject.bundle.file(LADDERS))
    except ConfigurationRefused as wrong:
        yield Finding("ladders_unreadable", Severity.STOP, wrong.sentence, None, LADDERS, wrong.line)
        return
    known = subject.known
    escalates = None if known.processes is None else ESCALATION in known.processes
    around = Surroundings(known.roles, known.unfilled, escalates)
    for ladder in ladders.values():
        for fault in ladder_faults(ladder, around):
            yield _finding(fault.code, ladder, fault.sentence, Severity.STOP if fault.stops else Severity.WARNING)
        if subject.process.id == ESCALATION:
            yield from _in_escalation(ladder)


def _in_escalation(ladder: Ladder) -> Iterator[Finding]:
    """An escalation that opens escalations would climb without end."""
    for rung in ladder.rungs:
        if rung.effect is Effect.ESCALATE:
            yield _finding("escalation_of_escalation", ladder, Phrase(
                "Rung {rung}: an escalation does not open another one; let the rung tell the level above.",
                rung=rung.no,
            ))


def _finding(code: str, ladder: Ladder, sentence: str, severity: Severity = Severity.STOP) -> Finding:
    message = Phrase("Ladder “{ladder}”. {sentence}", ladder=ladder.title, sentence=sentence)
    return Finding(code, severity, message, ladder.key, LADDERS)
