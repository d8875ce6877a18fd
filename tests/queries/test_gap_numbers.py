"""Missing services for who reaches no case: numbers of quarters that are over, none of few, no line (goal:S13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from nrm.queries.gaps_board import GapCount, gap_counts, gap_quarters, gap_table, gaps_board
from nrm.queries.processes import processes_list
from nrm.records.tables.referral import ServiceGap
from nrm.vocabulary.errors import InvalidInput, NotAllowed
from tests.support.driving import Drive

FIRST, SECOND = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)
NORTH, SOUTH = "norvale", "southport"


def missing(drive: Drive, at: datetime, counts: Mapping[tuple[str, str], int]) -> None:
    """Write that services were missing so often."""
    with drive.system.database.unit(drive.person("NCU")) as unit:
        unit.conn.execute(insert(ServiceGap), [
            {"id": drive.system.new_id(), "service": service, "district": district, "urgency": "ordinary",
             "reason": "no_capacity", "recorded_at": at, "status": "open", "reviewed_by": None, "reviewed_at": None,
             "review_note": None}
            for (district, service), count in counts.items() for _ in range(count)
        ])


@pytest.fixture
def gaps(any_drive: Drive) -> Drive:
    """Gaps of one quarter that is over and one that runs; it is May 2026."""
    missing(any_drive, FIRST, {
        (NORTH, "shelter"): 3, (NORTH, "legal_aid"): 40, (SOUTH, "shelter"): 20, (SOUTH, "legal_aid"): 50,
    })
    missing(any_drive, SECOND, {(NORTH, "shelter"): 60})
    any_drive.clock.advance(timedelta(days=70))
    return any_drive


def test_the_rapporteur_sees_numbers_that_point_at_nobody(gaps: Drive) -> None:
    rapporteur = gaps.person("RAP", "national_unit")
    assert gap_quarters(gaps.system, rapporteur) == ("2026-Q1",)
    told = gap_table(gaps.system, rapporteur, quarter="2026-Q1")
    assert set(told.cells.values()) == {None}
    assert (told.rows, told.columns, told.total) == ({NORTH: 43, SOUTH: 70}, {"legal_aid": 90, "shelter": 23}, 113)
    found = gap_counts(gaps.system, rapporteur)
    assert {one.service for one in found} == {"legal_aid", "shelter"}
    assert all((one.count, one.open) == (None, None) for one in found)
    assert gap_counts(gaps.system, rapporteur, quarter="2026-Q2") == (), "the running quarter is not told"
    with pytest.raises(NotAllowed):
        gaps_board(gaps.system, rapporteur)
    with pytest.raises(InvalidInput):
        gap_table(gaps.system, rapporteur, quarter="2026")


def test_who_reaches_cases_sees_every_gap(gaps: Drive) -> None:
    coordinator = gaps.person("COORD")
    assert gap_quarters(gaps.system, coordinator) == ("2026-Q2", "2026-Q1")
    assert GapCount(NORTH, gaps.system.configuration.districts[NORTH], "shelter", 63, 63) in gap_counts(
        gaps.system, coordinator,
    )
    assert gaps_board(gaps.system, coordinator, quarter="2026-Q1", limit=5).items


def test_how_many_cases_run_is_for_who_reaches_cases(drive: Drive) -> None:
    drive.open_case()
    for role, is_told in (("COORD", True), ("NCU", True), ("RAP", False), ("DES", False)):
        lines = processes_list(drive.system, drive.person(role, "national_unit"))
        assert any(line.open_runs for line in lines) is is_told
        assert all((line.open_runs is None) is not is_told for line in lines)
