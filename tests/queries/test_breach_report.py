"""Level L5: numbers of a quarter for the rapporteur, without a case in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nrm.queries.breach_report import QuarterCount, breaches_of_quarter, quarters_with_breaches
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from tests.support.driving import Drive

QUARTERS = ("2026-Q2", "2026-Q1")


@pytest.fixture
def missed(any_drive: Drive) -> Drive:
    """An installation where a limit was missed three times in the first quarter of 2026, and another twice."""
    drive = any_drive
    for _ in range(2):
        drive.open_case()
    drive.complete(drive.open_case(), "record_safety", {
        "danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no",
    })
    drive.wait(timedelta(days=2))
    return drive


def smallest(drive: Drive, count: int) -> None:
    """From here on numbers under this one are withheld."""
    configuration = drive.system.configuration
    drive.system.configuration = replace(
        configuration, retention=replace(configuration.retention, smallest_cell=count),
    )


def test_the_limits_missed_in_a_quarter_are_counted(missed: Drive) -> None:
    unit = missed.person("NCU")
    found = breaches_of_quarter(missed.system, unit, quarter="2026-Q1")
    assert found == (QuarterCount("T_team", 3), QuarterCount("T01", 2))
    for quarter in ("2025-Q4", "2026-Q2", "2026-Q4"):
        assert breaches_of_quarter(missed.system, unit, quarter=quarter) == ()
    missed.clock.advance(timedelta(days=100))
    assert quarters_with_breaches(missed.system, unit) == QUARTERS


def test_the_rapporteur_hears_of_quarters_that_are_over_and_no_number_of_few(missed: Drive) -> None:
    """goal:S13: what grows by one from day to day, and what is small, would point at somebody."""
    rapporteur = missed.person("RAP", "national_unit")
    assert quarters_with_breaches(missed.system, rapporteur) == ()
    assert breaches_of_quarter(missed.system, rapporteur, quarter="2026-Q1") == ()
    missed.clock.advance(timedelta(days=100))
    assert quarters_with_breaches(missed.system, rapporteur) == QUARTERS[1:]
    for least, told in ((2, (3, 2)), (3, (None, None)), (11, (None, None))):
        smallest(missed, least)
        found = breaches_of_quarter(missed.system, rapporteur, quarter="2026-Q1")
        assert sorted(one.limit_key for one in found) == ["T01", "T_team"]
        assert tuple(one.missed for one in found) == told


def test_who_may_and_what_is_no_quarter(drive: Drive) -> None:
    with pytest.raises(NotAllowed):
        breaches_of_quarter(drive.system, drive.person("CM"), quarter="2026-Q1")
    for wrong in ("2026-Q5", "2026", "1999-Q1", ""):
        with pytest.raises(InvalidInput):
            breaches_of_quarter(drive.system, drive.person("NCU"), quarter=wrong)
