"""Checking what lies on disk: a diagram, a form, a table, one process folder, or a whole set of processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nrm.checking.checker import check_bundle, in_order
from nrm.checking.decision_tests import check_decision
from nrm.checking.subject import Known
from nrm.deployment import paths as shipped_paths
from nrm.deployment.configuration import Configuration, load_configuration
from nrm.diagrams.bundle import DICTIONARY, TESTS, Bundle, assemble, settings_files
from nrm.diagrams.dictionary import read_dictionary
from nrm.diagrams.forms import inspect_form
from nrm.diagrams.process import Kind, Process, Trigger, read_process
from nrm.vocabulary.errors import ConfigurationRefused, DocumentRefused, NotFound, NrmError
from nrm.vocabulary.facts import Dictionary
from nrm.vocabulary.findings import Finding, Severity

SHARED = "shared"


def check_path(path: Path, *, configuration: Configuration | None = None, known: Known | None = None,
               ) -> tuple[Finding, ...]:
    """Findings on a file or folder; ``Finding.file`` is the path relative to the set of processes.

    ``configuration``: default the shipped (or ``NRM_CONFIG_DIR``) one. ``known`` adds action, message and
    act names; roles, limits, ladders and processes come from the configuration and the folder.
    Raises NotFound for a path that is not there or holds nothing to check.
    """
    if not path.exists():
        raise NotFound("There is no such file or folder.")
    path = path.resolve()
    config = configuration or load_configuration(shipped_paths.shipped("config"))
    if path.is_file() and path.suffix in (".json", ".dmn"):
        return in_order(_single(path))
    root, wanted = _set_of(path)
    if not wanted:
        raise NotFound("There is no process here to check.")
    around = known_of(root, config, known or Known())
    found: list[Finding] = []
    for process_id in wanted:
        found += _process(root, process_id, config, around)
    return in_order(found)


def known_of(bpmn_dir: Path, config: Configuration, known: Known | None = None) -> Known:
    """What the configuration and the processes in ``bpmn_dir`` know; unreadable diagrams are left out."""
    elements: set[str] = set()
    openable: set[str] = set()
    calls: dict[str, tuple[str, ...]] = {}
    outcomes: dict[str, frozenset[str]] = {}
    for process_id in _processes(bpmn_dir):
        try:
            process = read_process((bpmn_dir / process_id / f"{process_id}.bpmn").read_bytes())
        except NrmError:
            continue
        calls[process_id] = process.called
        openable |= {process_id} if "call" in process.starts else set()
        elements |= {e.id for e in process.of_kind(Kind.USER_TASK)}
        outcomes[process_id] = frozenset(e.outcome.name for e in process.of_kind(Kind.END) if e.outcome)
    return replace(
        known or Known(), roles=frozenset(config.roles), limits=frozenset(config.limits),
        ladders=frozenset(config.ladders), processes=frozenset(_processes(bpmn_dir)), calls=calls,
        outcomes=outcomes, elements=frozenset(elements), callable=frozenset(openable),
    )


def messages_thrown(process: Process) -> frozenset[str]:
    """Names of the messages that the process sends."""
    return frozenset(e.message for e in process.of_kind(Kind.THROW) if e.trigger is Trigger.MESSAGE)


def _processes(root: Path) -> tuple[str, ...]:
    return tuple(sorted(f.parent.name for f in root.glob("*/*.bpmn") if f.stem == f.parent.name))


def _set_of(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder of the set, and the ids of the processes to check."""
    if path.is_file():
        return (path.parent.parent, (path.stem,)) if path.suffix == ".bpmn" else (path.parent, ())
    if (path / f"{path.name}.bpmn").is_file():
        return path.parent, (path.name,)
    return path, _processes(path)


def _process(root: Path, process_id: str, config: Configuration, known: Known) -> list[Finding]:
    folder = f"{process_id}/"
    try:
        bundle = _assembled(root, process_id, config)
    except DocumentRefused as wrong:
        return [Finding("diagram_unreadable", Severity.STOP, wrong.sentence, process_id,
                        f"{folder}{process_id}.bpmn", wrong.line)]
    extra = _unused(root / process_id, bundle)
    found = (*check_bundle(bundle, known=known), *extra)
    return [replace(f, file=_on_disk(root, process_id, f.file)) for f in found]


def _assembled(root: Path, process_id: str, config: Configuration) -> Bundle:
    if (root / process_id / f"{process_id}.bpmn").is_file():
        return assemble(root, process_id, config.limit_documents, config.ladder_documents)
    # A lone diagram outside the layout is checked with whatever lies beside it.
    data = next(f for f in root.glob(f"*/{process_id}.bpmn")).read_bytes()
    settings = settings_files(read_process(data), config.limit_documents, config.ladder_documents)
    return Bundle(process_id, {f"{process_id}.bpmn": data, DICTIONARY: b"", **settings})


def _unused(folder: Path, bundle: Bundle) -> list[Finding]:
    files = [*folder.glob("forms/*.json"), *folder.glob("tables/*.dmn")]
    names = sorted(f"{f.parent.name}/{f.name}" for f in files)
    return [Finding("file_unused", Severity.WARNING, f"Nothing in the diagram uses “{name}”.", name, name)
            for name in names if name not in bundle.files]


def _on_disk(root: Path, process_id: str, file: str | None) -> str | None:
    if file is None or (root / process_id / file).exists():
        return file and f"{process_id}/{file}"
    return f"{SHARED}/{file}" if (root / SHARED / file).exists() else file


def _single(path: Path) -> list[Finding]:
    """One form or table by itself; the dictionary of its set is used where there is one."""
    data = path.read_bytes()
    if path.suffix == ".json":
        _, problems = inspect_form(data)
        return [Finding("form_invalid", Severity.STOP, p.sentence, p.component, path.name, p.line)
                for p in problems]
    tests = path.with_suffix(TESTS)
    return list(check_decision(
        path.stem, data, tests.read_bytes() if tests.is_file() else None, path.stem, _nearest_dictionary(path)))


def _nearest_dictionary(path: Path) -> Dictionary | None:
    for folder in list(path.parents)[:4]:
        if (folder / DICTIONARY).is_file():
            try:
                return read_dictionary((folder / DICTIONARY).read_bytes())
            except ConfigurationRefused:
                return None
    return None
