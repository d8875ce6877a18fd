"""The shipped processes pass their own checker: nothing that would stop publication."""

from __future__ import annotations

from nrm.checking import check_path
from nrm.deployment import paths
from nrm.vocabulary.findings import Severity


def test_no_shipped_process_has_a_finding_that_stops_it() -> None:
    found = check_path(paths.shipped("bpmn"))
    assert [(f.file, f.line, f.message) for f in found if f.severity is Severity.STOP] == []
