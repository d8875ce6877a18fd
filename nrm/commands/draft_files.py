"""What goes into a draft: an uploaded diagram, form or table, and whatever the diagram newly names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml
from sqlalchemy import select

from nrm.decisions.dmn import read_decisions
from nrm.decisions.dmn.proving import read_tests
from nrm.diagrams.bundle import DICTIONARY, LADDERS, LIMITS, TESTS, Bundle, settings_files
from nrm.diagrams.forms import inspect_form
from nrm.diagrams.received import received
from nrm.records.tables.bundle import BundleRow
from nrm.records.unit import Unit
from nrm.vocabulary.errors import DocumentRefused, InvalidInput, NotFound
from nrm.wiring.system import System

UNITS = ("working_days", "calendar_days", "hours")
LONGEST = 3650
LARGEST_FILE = 2_000_000
"""Bytes of one uploaded diagram, form or table."""


def completed(system: System, unit: Unit, bundle: Bundle) -> Bundle:
    """Return the draft with everything its diagram names and the installation has.

    Limits and ladders the draft holds stay as they were changed; new ones come from the configuration, new
    forms and tables from the other processes; limits and ladders nobody names go. What nobody has stays
    out: the checker says so.
    """
    process = bundle.process()
    limits = {**system.configuration.limit_documents, **bundle.limits}
    ladders = {**system.configuration.ladder_documents, **bundle.ladders}
    wanted = [f"forms/{form}.json" for form in sorted(process.forms)]
    wanted += [f"tables/{table}{ending}" for table in sorted(process.tables) for ending in (".dmn", TESTS)]
    missing = [name for name in wanted if name not in bundle.files]
    return bundle.with_files({**settings_files(process, limits, ladders), **_from_others(system, unit, missing)})


def changed_limits(
    bundle: Bundle, wanted: Mapping[str, tuple[int | str, str, str]], *, prefix: str = ""
) -> dict[str, bytes]:
    """Return ``limits.yaml`` with other lengths, units and legal sources, or nothing where none differs.

    ``wanted``: limit key -> (length, unit, legal source). ``prefix`` begins the names of fields at fault;
    with it they are ``{prefix}{key}.length`` and so on, without it ``length``, ``unit``, ``source``.

    Raises InvalidInput.
    """
    limits: dict[str, dict[str, object]] = {name: dict(values) for name, values in bundle.limits.items()}
    wrong: dict[str, list[str]] = {}
    for key, (length, unit, source) in wanted.items():
        if key not in limits:
            raise InvalidInput(fields={"key": ["This process does not use a time limit of that name."]})
        found = _limit_faults(length, unit, source)
        wrong |= {f"{prefix}{key}.{name}" if prefix else name: [text] for name, text in found.items()}
        if not found:
            limits[key] = _changed(limits[key], int(length), unit, source.strip()[:500])
    if wrong:
        raise InvalidInput(fields=wrong)
    if limits == {name: dict(values) for name, values in bundle.limits.items()}:
        return {}
    return {LIMITS: yaml.safe_dump(limits, sort_keys=True, allow_unicode=True, width=100).encode()}


def _changed(limit: Mapping[str, object], length: int, unit: str, source: str) -> dict[str, object]:
    changed = {**limit, "length": length, "unit": unit, "source": source}
    if unit == "hours":  # the clock knows no end of a day
        changed = {name: value for name, value in changed.items() if name not in ("end_of_day", "first_day_counts")}
    return changed


def _limit_faults(length: int | str, unit: str, source: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    number = str(length).strip()
    if not (number.isdecimal() and number.isascii() and 0 < len(number) < 5 and 0 < int(number) <= LONGEST):
        wrong["length"] = "Write a whole number from 1 to 3650."
    if unit not in UNITS:
        wrong["unit"] = "Choose working days, calendar days or hours."
    if not source.strip():
        wrong["source"] = "Name the law, decree or decision this limit rests on."
    return wrong


def placed(bundle: Bundle, filename: str, data: bytes) -> dict[str, bytes]:
    """Say where an uploaded file belongs: by what it is and calls itself, never by the path it came with.

    Raises DocumentRefused where it is no diagram, form, table or tests of one that can be read.
    """
    if len(data) > LARGEST_FILE:
        raise DocumentRefused("The file is larger than two megabytes.")
    received(bundle, {_passing_name(bundle, filename): data})
    return place_of(bundle, filename, data)


def place_of(bundle: Bundle, filename: str, data: bytes) -> dict[str, bytes]:
    """Read a file that was received, and say where it belongs. Raises DocumentRefused."""
    ending = filename.rsplit(".", 1)[-1].lower()
    if ending in ("bpmn", "xml"):
        bundle.with_files({bundle.diagram_name: data}).process()
        return {bundle.diagram_name: data}
    if ending == "json":
        return {f"forms/{_form_id(data)}.json": data}
    if ending == "dmn":
        return {f"tables/{_plain(read_decisions(data, imported=bundle.imports).id)}.dmn": data}
    read_tests(data)
    return {_tests_of(bundle, filename.removesuffix(TESTS)): data}


def _passing_name(bundle: Bundle, filename: str) -> str:
    """What a file is taken for, as its ending says, until it is known what it calls itself."""
    ending = filename.rsplit(".", 1)[-1].lower()
    names = {"bpmn": bundle.diagram_name, "xml": bundle.diagram_name, "json": "forms/sent.json",
             "dmn": "tables/sent.dmn"}
    if ending not in names and not filename.endswith(TESTS):
        raise DocumentRefused(
            "Choose a diagram (.bpmn), a form (.json), a decision table (.dmn) or its tests (.tests.yaml)."
        )
    return names.get(ending, f"tables/sent{TESTS}")


def removable(bundle: Bundle, name: str) -> bool:
    """Whether a file may be taken out of a draft: a form or table that no step uses."""
    process = bundle.process()
    used = {f"forms/{form}.json" for form in process.forms}
    used |= {f"tables/{table}{ending}" for table in process.tables for ending in (".dmn", TESTS)}
    kept = {bundle.diagram_name, DICTIONARY, LIMITS, LADDERS}
    return name in bundle.files and name not in used | kept


def current_bundles(system: System, unit: Unit) -> Iterator[Bundle]:
    """Yield the current bundle of every process, in the order of their ids."""
    ids = unit.conn.execute(
        select(BundleRow.process).where(BundleRow.status == "current").order_by(BundleRow.process)
    ).scalars().all()
    for process in ids:
        try:
            yield system.library.current(unit.conn, process).bundle
        except NotFound:  # withdrawn between the two questions
            continue


def _from_others(system: System, unit: Unit, names: list[str]) -> Mapping[str, bytes]:
    if not names:
        return {}
    found: dict[str, bytes] = {}
    for other in current_bundles(system, unit):
        for name in names:
            if name in other.files:
                found.setdefault(name, other.files[name])
    return found


def _tests_of(bundle: Bundle, table: str) -> str:
    if table not in bundle.table_ids:
        raise DocumentRefused("The draft has no decision table of that name: tests are called like their table.")
    return f"tables/{table}{TESTS}"


def _form_id(data: bytes) -> str:
    form, problems = inspect_form(data)
    if form is None or problems:
        said = " ".join(problem.sentence for problem in problems[:3])
        line = problems[0].line if problems else None
        raise DocumentRefused(said or "This is no form that can be read.", line=line)
    return _plain(form.id)


def _plain(name: str) -> str:
    """Refuse a name that could not be a file's."""
    if not name or len(name) > 100 or not name.replace("_", "").replace("-", "").isalnum() or not name.isascii():
        raise DocumentRefused("Its id must be made of letters, digits, hyphens and underscores.")
    return name
