"""What a page gives the viewer and the editor: the diagram, marks on its elements, choices, words, the equal list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.change import Change, ChangeKind
from nrm.diagrams.equal_list import Way, equal_list
from nrm.diagrams.process import Process
from nrm.vocabulary.findings import Finding
from nrm_web.words import Words

EDITOR_WORDS = (
    "Process", "Title", "Owner (role)", "Legal basis", "How it starts", "Roles that may start it",
    "Role codes, with spaces between", "May be started when", "A condition over facts (FEEL)",
    "Message that starts it", "Trace", "Where this is asked for", "Lane", "Role", "The case’s team says who fills it",
    "Work", "Form", "Time limit", "A diagram names a limit; its length is set under Time limits", "Ladder",
    "Who is told when it is late; standard if empty", "Priority", "Normal", "Urgent", "Concerns safety",
    "Its clock ignores calendars and cannot be paused", "Not by whoever did", "Element ids, with spaces between",
    "Gate", "Purpose", "Wakes on facts", "Fact names, with spaces between", "Once for each",
    "A collection; with multi-instance only", "Called process", "Action", "Parameters", "Decision", "Decision table",
    "Outcome", "Open door", "Which way stays open for the person", "Path", "Taken when",
    "Taken when no other path is", "General", "Name", "ID", "Documentation", "Element documentation",
    "Further time limits", "Beside that one, with spaces between",
    "A person’s task", "Zoom in", "Zoom out", "Show all", "Must be mended", "Look at this", "Show", "Nothing to mend.",
    "not known", "Changed", "Added", "Taken away", "Message", "Activate hand tool", "Activate lasso tool",
    "Activate create/remove space tool", "Activate global connect tool", "Create start event", "Create end event",
    "Create gateway", "Create intermediate/boundary event", "Create expanded sub-process", "Append gateway",
    "Append end event", "Append task", "Change element", "Connect to other element", "Delete", "Remove",
)
"""Texts of the bundles, in the source language: those that have a translation are handed over."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One row of the equal list, its ways as words."""

    step: int
    element: str
    title: str
    kind: str
    role: str
    form: str
    limits: tuple[str, ...]
    before: tuple[str, ...]
    next: tuple[str, ...]


def step_rows(process: Process, words: Words) -> tuple[StepRow, ...]:
    """Return the equal list of a process in the reader's language."""
    return tuple(
        StepRow(row.step, row.element, row.title, row.kind.value, row.role, row.form, row.limits,
                _ways(row.before, words), _ways(row.next, words))
        for row in equal_list(process)
    )


def _ways(ways: Iterable[Way], words: Words) -> tuple[str, ...]:
    return tuple(f"{words(way.when)}: {words(way.title)}" if way.when else words(way.title) for way in ways)


def viewer_data(xml: str, words: Words, marks: Iterable[Mapping[str, str]] = ()) -> dict[str, object]:
    """Return what the viewer bundle reads from a data block."""
    return {"xml": xml, "marks": list(marks), "select": None, "words": bundle_words(words)}


def bundle_words(words: Words) -> dict[str, str]:
    """Return the bundles' texts in the reader's language, as far as there are translations."""
    if words.language == "en":
        return {}
    return {text: found for text in EDITOR_WORDS if (found := words.find(text)) is not None}


def finding_data(found: Iterable[Finding], words: Words) -> list[dict[str, object]]:
    """Return findings as the editor shows them."""
    return [
        {"code": one.code, "severity": one.severity.value, "message": words(one.message),
         "element": one.element if (one.file or "").endswith(".bpmn") else None}
        for one in found
    ]


def changed_marks(
    changes: Iterable[Change], old: Bundle, new: Bundle, words: Words
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the marks of two pictures side by side: what was taken away or changed, what was added or changed.

    A changed time limit or form marks the steps that use it.
    """
    before: dict[str, dict[str, str]] = {}
    after: dict[str, dict[str, str]] = {}
    for change in changes:
        for element in _elements(change, new.process()):
            if change.kind is ChangeKind.REMOVED and change.where == "diagram":
                before[element] = _mark(element, "withdrawn", words("Taken away"), words(change.sentence))
            elif change.kind is ChangeKind.ADDED and change.where == "diagram":
                after[element] = _mark(element, "added", words("Added"), words(change.sentence))
            else:
                for side in (before, after):
                    side.setdefault(element, _mark(element, "changed", words("Changed"), words(change.sentence)))
    return (
        [mark for mark in before.values() if mark["element"] in old.process().by_id],
        [mark for mark in after.values() if mark["element"] in new.process().by_id],
    )


def _elements(change: Change, process: Process) -> list[str]:
    if change.where == "diagram":
        return [change.element]
    if change.where == "limits":
        return [e.id for e in process.elements if change.element in (
            e.task.limit if e.task else "", e.limit.name if e.limit else "")]
    kind, _, name = change.where.partition(" ")
    if kind == "form":
        return [e.id for e in process.elements if e.task and e.task.form == name]
    if kind == "table":
        return [e.id for e in process.elements if e.decision and e.decision.table == name]
    return []


def _mark(element: str, state: str, text: str, title: str) -> dict[str, str]:
    return {"element": element, "state": state, "text": text, "title": title}
