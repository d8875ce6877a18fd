"""Checking a bundle: every rule on everything, findings in an order one can work through."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nrm.checking.rules import GROUPS
from nrm.checking.subject import Known, Subject
from nrm.diagrams.bundle import DICTIONARY, LADDERS, LIMITS, Bundle
from nrm.diagrams.process import Process
from nrm.vocabulary.errors import BundleRejected, ConfigurationRefused, DocumentRefused, NotFound
from nrm.vocabulary.facts import Dictionary
from nrm.vocabulary.findings import Finding, Severity


def check_bundle(bundle: Bundle, *, known: Known) -> tuple[Finding, ...]:
    """All findings on the bundle, those that stop publication first. Never raises on bad input."""
    found: list[Finding] = []
    process = _process(bundle, found)
    dictionary = _dictionary(bundle, found)
    if process is not None:
        subject = Subject(bundle, process, dictionary, known)
        for group in GROUPS:
            found += group(subject)
        found += _settings(subject)
    return in_order(found)


def require_publishable(bundle: Bundle, *, known: Known) -> tuple[Finding, ...]:
    """The warnings of a bundle that may be published. Raises BundleRejected with all findings else."""
    found = check_bundle(bundle, known=known)
    stops = sum(f.severity is Severity.STOP for f in found)
    if stops:
        sentence = f"The process cannot be published: {stops} things must be mended."
        raise BundleRejected(sentence, findings=found)
    return found


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Stops before warnings, then by file, line, element and code; each finding once."""
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda f: (
        f.severity is not Severity.STOP, f.file or "", f.line or 0, f.element or "", f.code, f.message)))


def findings_as_json(found: Iterable[Finding]) -> str:
    """The findings as a JSON list of {code, severity, element, message, file, line}."""
    rows = [{"code": f.code, "severity": f.severity.value, "element": f.element, "message": f.message,
             "file": f.file, "line": f.line} for f in found]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _process(bundle: Bundle, found: list[Finding]) -> Process | None:
    try:
        return bundle.process()
    except (DocumentRefused, NotFound) as wrong:
        line = getattr(wrong, "line", None)
        found.append(Finding("diagram_unreadable", Severity.STOP, wrong.sentence, bundle.process_id,
                             bundle.diagram_name, line))
        return None


def _dictionary(bundle: Bundle, found: list[Finding]) -> Dictionary:
    try:
        return bundle.dictionary()
    except ConfigurationRefused as wrong:
        found.append(
            Finding("dictionary_unreadable", Severity.STOP, wrong.sentence, None, DICTIONARY, wrong.line))
        return {}


def _settings(subject: Subject) -> list[Finding]:
    """The bundle must carry every limit and ladder it uses: a running case keeps them for good."""
    try:
        limits, ladders = subject.bundle.limits, subject.bundle.ladders
    except ConfigurationRefused as wrong:
        return [Finding("settings_unreadable", Severity.STOP, wrong.sentence, None, wrong.file, wrong.line)]
    own = {str(limit.get("ladder") or "standard") for limit in limits.values()}
    return [
        *_not_held("limit_not_held", LIMITS, subject.process.limits - set(limits)),
        *_not_held("ladder_not_held", LADDERS, (subject.process.ladders | own) - set(ladders)),
    ]


def _not_held(code: str, file: str, keys: frozenset[str]) -> list[Finding]:
    return [Finding(code, Severity.STOP, f"The bundle does not carry “{key}”, which it uses.", key, file)
            for key in sorted(keys)]
