"""Two versions of a process compared in words: what a second person reads before approving."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.diagrams import compare_contents, compare_steps
from nrm.diagrams.bundle import DICTIONARY, LADDERS, LIMITS, TESTS, Bundle
from nrm.diagrams.change import Change, ChangeKind

__all__ = ["Change", "ChangeKind", "compare"]


def compare(old: Bundle, new: Bundle) -> tuple[Change, ...]:
    """Every change from one bundle to the other: diagram, limits, ladders, forms, tables, facts.

    Equal bundles give nothing, and bundles that differ give at least one change (layout of the picture counts
    last). Raises DocumentRefused or ConfigurationRefused where one of the two cannot be read.
    """
    found = tuple(_changes(old, new))
    if found or old.files == new.files:
        return found
    named = sorted(n for n in {*old.files, *new.files} if old.files.get(n) != new.files.get(n))
    files = ", ".join(named)
    sentence = f"Only the drawing or the layout of {files} is different; nothing works differently"
    return (Change(ChangeKind.PROCESS, new.process_id, "diagram", "", "", sentence),)


def _changes(old: Bundle, new: Bundle) -> Iterator[Change]:
    if old.files.get(old.diagram_name) != new.files.get(new.diagram_name):
        yield from compare_steps.compare(old.process(), new.process())
    if old.files.get(LIMITS) != new.files.get(LIMITS):
        yield from compare_contents.limits(old.limits, new.limits)
    if old.files.get(LADDERS) != new.files.get(LADDERS):
        yield from compare_contents.ladders(old.ladders, new.ladders)
    for form_id in sorted({*old.form_ids, *new.form_ids}):
        name = f"forms/{form_id}.json"
        yield from compare_contents.forms(form_id, old.files.get(name), new.files.get(name))
    for table_id in sorted({*old.table_ids, *new.table_ids}):
        yield from compare_contents.tables(table_id, old, new)
        tests = f"tables/{table_id}{TESTS}"
        yield from compare_contents.table_tests(table_id, old.files.get(tests), new.files.get(tests))
    if old.files.get(DICTIONARY) != new.files.get(DICTIONARY):
        yield from compare_contents.facts(old.dictionary(), new.dictionary())
