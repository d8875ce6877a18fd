"""Level L5: numbers of a quarter for the rapporteur, without a case in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nrm.queries.breach_report import QuarterCount, breaches_of_quarter, quarters_with_breaches
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from tests.support.driving import Drive


def test_the_limits_missed_in_a_quarter_are_counted(any_drive: Drive) -> None:
    drive = any_drive
    for _ in range(2):
        drive.open_case()
    drive.complete(drive.open_case(), "record_safety", {
        "danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no",
    })
    drive.wait(timedelta(days=2))
    rapporteur = drive.person("RAP", "national_unit")
    found = breaches_of_quarter(drive.system, rapporteur, quarter="2026-Q1")
    assert found == (QuarterCount("T_team", 3), QuarterCount("T01", 2))
    for quarter in ("2025-Q4", "2026-Q2", "2026-Q4"):
        assert breaches_of_quarter(drive.system, rapporteur, quarter=quarter) == ()
    drive.clock.advance(timedelta(days=100))
    assert quarters_with_breaches(drive.system, rapporteur) == ("2026-Q2", "2026-Q1")


def test_who_may_and_what_is_no_quarter(drive: Drive) -> None:
    with pytest.raises(NotAllowed):
        breaches_of_quarter(drive.system, drive.person("CM"), quarter="2026-Q1")
    for wrong in ("2026-Q5", "2026", "1999-Q1", ""):
        with pytest.raises(InvalidInput):
            breaches_of_quarter(drive.system, drive.person("NCU"), quarter=wrong)
