"""The history of a case, filtered by who acted, by agency and by act; what occurs in it is offered."""

from __future__ import annotations

import pytest

from nrm.commands.read_history import history_choices, read_history
from nrm.queries.case_history import EntryFilter
from nrm.vocabulary.permissions import Permission
from tests.support.driving import Drive


@pytest.mark.parametrize("name", ["actor", "agency", "act"])
def test_a_filter_shows_what_it_names_and_everything_it_names(any_drive: Drive, name: str) -> None:
    drive, auditor = any_drive, any_drive.person("AUD", "national_unit")
    case_id = drive.open_case()
    drive.complete(case_id, "assemble_team")
    everything = read_history(
        drive.system, auditor, case_id=case_id, permission=Permission.AUDIT_READ, limit=100,
    ).entries
    value = {"actor": "actor_id", "agency": "agency_id", "act": "act"}[name]
    choices = history_choices(drive.system, auditor, case_id=case_id)
    offered = {"actor": dict(choices.actors), "agency": dict(choices.agencies), "act": choices.acts}[name]
    assert len(offered) > 1
    for one in offered:
        found = read_history(
            drive.system, auditor, case_id=case_id, permission=Permission.AUDIT_READ, limit=100,
            wanted=EntryFilter(**{name: one}),
        ).entries
        assert [entry.seq for entry in found] == [entry.seq for entry in everything if getattr(entry, value) == one]
