"""`nrm check PATH`: a file, a process folder, or the whole set, with the deployment's roles and limits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nrm.checking import check_path, findings_as_json, known_of
from nrm.deployment import paths
from nrm.deployment.configuration import Configuration, load_configuration
from nrm.diagrams.bundle import Bundle
from nrm.vocabulary.errors import NotFound


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load_configuration(paths.shipped("config"))


@pytest.fixture
def folder(tmp_path: Path, sound: Bundle) -> Path:
    """The sound process as files: diagram, forms, one of them shared, table, dictionary."""
    root = tmp_path / "bpmn"
    for name, data in sound.files.items():
        place = root / "shared" if name == "forms/F99_note.json" else root / "sound"
        place = root if name == "dictionary.yaml" else place
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return root


def codes(path: Path, configuration: Configuration) -> set[tuple[str, str | None]]:
    return {(f.code, f.file) for f in check_path(path, configuration=configuration)}


def test_a_folder_is_checked_with_the_deployments_limits(folder: Path, configuration: Configuration) -> None:
    # The called process is not in the folder, nor that of escalations, and T01 is a limit of safety in the shipped
    # configuration.
    expected = {
        ("call_unknown", "sound/sound.bpmn"), ("ladder_too_slow", "sound/sound.bpmn"),
        ("escalation_missing", "sound/ladders.yaml"),
    }
    assert codes(folder, configuration) == expected
    assert codes(folder / "sound", configuration) == expected
    assert codes(folder / "sound" / "sound.bpmn", configuration) == expected


def test_findings_name_the_file_on_disk(folder: Path, configuration: Configuration) -> None:
    shared = folder / "shared" / "forms" / "F99_note.json"
    shared.write_bytes(shared.read_bytes().replace(b"textarea", b"iframe"))
    assert ("form_invalid", "shared/forms/F99_note.json") in codes(folder, configuration)
    assert codes(shared, configuration) == {("form_invalid", "F99_note.json")}


def test_a_table_alone_is_checked_with_its_dictionary(folder: Path, configuration: Configuration) -> None:
    table = folder / "sound" / "tables" / "D-99_risk.dmn"
    assert codes(table, configuration) == set()
    table.write_bytes(table.read_bytes().replace(b'"medium"', b'"moderate"'))
    assert codes(table, configuration) == {("table_wrong_value", "D-99_risk.dmn")}


@pytest.mark.parametrize(("tests", "expected"), [
    (None, {("table_tests_missing", "D-99_risk.dmn")}),
    (b"tests: [", {("table_tests_unreadable", "D-99_risk.tests.yaml")}),
    (b"tests: [{name: a child is safe, given: {is_child: 'yes'}, expect: {risk_level: low}}]",
     {("table_test_failed", "D-99_risk.tests.yaml")}),
], ids=["missing", "unreadable", "failing"])
def test_a_table_is_held_to_its_tests(
    folder: Path, configuration: Configuration, tests: bytes | None, expected: set[tuple[str, str]]
) -> None:
    file = folder / "sound" / "tables" / "D-99_risk.tests.yaml"
    file.unlink() if tests is None else file.write_bytes(tests)
    table = folder / "sound" / "tables" / "D-99_risk.dmn"
    assert codes(table, configuration) == expected
    inside = {(code, f"sound/tables/{name}") for code, name in expected}
    assert codes(folder / "sound", configuration) >= inside


def test_a_diagram_outside_the_layout_is_checked_too(
    folder: Path, configuration: Configuration, tmp_path: Path
) -> None:
    alone = tmp_path / "elsewhere" / "sound.bpmn"
    alone.parent.mkdir()
    shutil.copy(folder / "sound" / "sound.bpmn", alone)
    assert "form_unknown" in {code for code, _ in codes(alone, configuration)}


def test_nothing_to_check_is_said(tmp_path: Path, configuration: Configuration) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NotFound):
            check_path(path, configuration=configuration)


def test_an_unreadable_diagram_is_a_finding(folder: Path, configuration: Configuration) -> None:
    (folder / "sound" / "sound.bpmn").write_bytes(b"<bpmn")
    found = check_path(folder, configuration=configuration)
    assert [f.code for f in found] == ["diagram_unreadable"]
    assert set(json.loads(findings_as_json(found))[0]) == {
        "code",
        "severity",
        "element",
        "message",
        "file",
        "line",
    }


def test_what_the_set_knows(folder: Path, configuration: Configuration) -> None:
    known = known_of(folder, configuration)
    assert known.processes == {"sound"}
    assert known.calls == {"sound": ("other",)}
    assert known.outcomes == {"sound": {"late", "helped"}}
    assert known.elements is not None
    assert "offer_help" in known.elements
