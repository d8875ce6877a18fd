"""A history entry in plain words: what was done, never what was written."""

from __future__ import annotations

from nrm.queries.case_history import Entry
from nrm.vocabulary.history_acts import ACTS, in_words
from nrm_web.words import Words

OBJECTS = {
    "case": "the case", "history": "the history", "process": "the process", "identity": "names and papers",
    "contact": "ways of contact", "stay": "the place of stay", "self_harm": "answers on self-harm",
    "access": "who may see it, and why", "readers": "who opened it", "clocks": "its time limits",
    "conflicts": "conflicts of interest", "consents": "what the person agreed to",
    "retention": "how long it is kept", "summary": "the page for the person",
}


def line_words(entry: Entry, words: Words) -> str:
    """Return an entry as a sentence in the reader's language."""
    said = words(in_words(entry.act, ACTS))
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
