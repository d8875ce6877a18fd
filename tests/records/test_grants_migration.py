"""An upgrade signs every right that is there by the key file, once, and refuses to do so without it (goal:S20)."""

from __future__ import annotations

import pytest

from nrm.commands.conflicts import note_conflict
from nrm.records import schema
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import ConfigurationRefused
from tests.support.driving import Drive
from tests.support.granting import unproven


def test_what_is_there_is_signed_once(any_drive: Drive) -> None:
    drive = any_drive
    kept, case_id = drive.person("CM"), drive.open_case()
    note_conflict(drive.system, drive.person("SUP"), case_id=case_id, user_id=kept.user_id, reason="known")
    url, keys = drive.system.settings.database_url, drive.system.keys
    drive.installation.close()
    schema.downgrade(url, "0013")
    with pytest.raises(ConfigurationRefused, match="nrm db upgrade"):
        schema.upgrade(url)
    assert schema.current(url) == "0013"
    schema.upgrade(url, keys=keys)
    drive.system = drive.installation.system()
    with drive.system.database.reader(SYSTEM) as unit:
        assert unproven(unit) == []
