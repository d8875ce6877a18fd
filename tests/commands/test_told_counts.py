"""What was told of a quarter stays as it was when cases are erased, and leads to none of them (goal:A6, goal:S13)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, insert, select, update

from nrm.commands.backup import LEDGER, make_backup
from nrm.commands.case_life import close_case
from nrm.commands.restore import restore_backup
from nrm.commands.settling.ledger import Ledger
from nrm.deployment.settings import Settings
from nrm.queries.breach_report import breaches_of_quarter, quarters_with_breaches
from nrm.queries.gaps_board import gap_counts, gap_quarters, gap_table
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.history import History
from nrm.records.tables.referral import ServiceGap
from nrm.records.tables.told_counts import ErasedBreaches, ErasedGaps
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System, build_system
from tests.commands.test_backup_drill import erase
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

CASES = 60 if LONG else 6
DISTRICTS, SERVICES = ("norvale", "southport"), ("shelter", "legal_aid", "health")


def add_gaps(drive: Drive, case_id: str, chance: Random) -> None:
    """Count some missing services, each at the instant of an entry of the case."""
    for _ in range(chance.randrange(4)):
        drive.clock.advance(timedelta(minutes=chance.randrange(1, 60_000)))
        with drive.system.database.unit(drive.person("CM")) as unit:
            Ledger(unit, case_id).enter("plan.drafted", f"case:{case_id}")
            unit.conn.execute(insert(ServiceGap), [{
                "id": drive.system.new_id(), "service": chance.choice(SERVICES), "district": chance.choice(DISTRICTS),
                "urgency": "7d", "reason": "no_capacity", "recorded_at": unit.now, "agency_id": None,
                "status": chance.choice(("open", "reviewed")), "reviewed_by": None, "reviewed_at": None,
                "review_note": None,
            } for _ in range(chance.randrange(1, 5))])


def close(drive: Drive, case_id: str) -> None:
    close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="duplicate")


def told(drive: Drive, system: System | None = None) -> Mapping[str, object]:
    """Every number of a quarter that anybody hears: who reaches no case, and who does."""
    system = system or drive.system
    found: dict[str, object] = {}
    for who in (drive.person("RAP", "national_unit"), drive.person("NCU")):
        role = next(iter(who.roles))
        quarters = gap_quarters(system, who)
        found[f"{role} gaps"] = {one: gap_table(system, who, quarter=one) for one in quarters}
        found[f"{role} counts"] = {
            quarter: {(one.district, one.service): one.count for one in gap_counts(system, who, quarter=quarter)}
            for quarter in (None, *quarters)
        }
        found[f"{role} missed"] = {
            one: breaches_of_quarter(system, who, quarter=one) for one in quarters_with_breaches(system, who)
        }
    return found


@pytest.fixture
def small_numbers_are_told(any_drive: Drive) -> Drive:
    """An installation that tells numbers from two on, so that few cases are enough to look at."""
    configuration = any_drive.system.configuration
    any_drive.system.configuration = replace(
        configuration, retention=replace(configuration.retention, smallest_cell=2),
    )
    return any_drive


def test_no_number_that_was_told_changes_by_an_erasure(small_numbers_are_told: Drive, reached: Reached) -> None:
    drive, chance = small_numbers_are_told, Random(7)
    cases = []
    for _ in range(CASES):
        cases.append(drive.open_case())
        drive.wait(timedelta(days=chance.randrange(9)))  # some of its limits are missed
        add_gaps(drive, cases[-1], chance)
        close(drive, cases[-1])
        drive.clock.advance(timedelta(days=chance.randrange(40)))
    drive.clock.advance(timedelta(days=100))
    before = told(drive)
    assert all(before.values()), "there is something to lose"
    chance.shuffle(cases)
    for case_id in cases:
        erase(drive, case_id)
        assert told(drive) == before
    assert drive.rows(select(ServiceGap)) == []
    assert drive.rows(select(Deadline)) == []
    reached("A6", f"{drive.system.database.dialect}: {len(cases)} erasures one after the other, no number that was "
            "told of a quarter changed")


def test_what_stays_of_a_gap_shares_no_instant_with_an_erased_case(drive: Drive) -> None:
    """A gap carries no case, but its instant is that of an act in the case's history, which stays."""
    case_id, other = drive.open_case(), drive.open_case()
    chance = Random(3)
    for one in (case_id, other, case_id, other):
        add_gaps(drive, one, chance)
    numbers = drive.one(select(func.count()).select_from(ServiceGap))[0]
    close(drive, case_id)
    erase(drive, case_id)
    instants = select(History.at).where(History.chain == case_id)
    assert drive.rows(select(ServiceGap.id).where(ServiceGap.recorded_at.in_(instants))) == []
    left = drive.one(select(func.count()).select_from(ServiceGap))[0]
    kept = sum(row.number for row in drive.rows(select(ErasedGaps)))
    assert 0 < left < numbers == left + kept


def test_a_gap_that_an_act_recorded_is_carried_over(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", {"danger_now": "no", "shelter_wanted": "yes", "urgent_care_needed": "no"})
    drive.complete(case_id, "arrange_safe_place", {"place_found": "none_free"})
    gap = drive.one(select(ServiceGap))
    close(drive, case_id)
    erase(drive, case_id)
    assert drive.rows(select(ServiceGap)) == []
    row = drive.one(select(ErasedGaps))
    assert (row.quarter, row.district, row.service, row.number) == ("2026-Q1", gap.district, gap.service, 1)


def test_a_ladder_that_is_not_counted_stays_uncounted(drive: Drive) -> None:
    case_id = drive.open_case()
    drive.wait(timedelta(days=9))
    quiet = next(key for key, ladder in drive.system.configuration.ladders.items() if not ladder.counted)
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.breached_at.is_not(None)).values(ladder=quiet))
    close(drive, case_id)
    erase(drive, case_id)
    assert drive.rows(select(ErasedBreaches))
    assert breaches_of_quarter(drive.system, drive.person("NCU"), quarter="2026-Q1") == ()


@pytest.mark.parametrize("backed_up", ["before the erasure", "after it"])
def test_a_restored_backup_counts_nothing_twice(
    any_drive: Drive, tmp_path: Path, request: pytest.FixtureRequest, backed_up: str
) -> None:
    drive, places = any_drive, tmp_path / "backups"
    case_id = drive.open_case()
    drive.wait(timedelta(days=9))
    add_gaps(drive, case_id, Random(3))
    add_gaps(drive, case_id, Random(5))
    close(drive, case_id)
    drive.clock.advance(timedelta(days=100))
    before = told(drive)
    file, _ = make_backup(drive.system, places)
    erase(drive, case_id)
    drive.clock.advance(timedelta(hours=1))
    newest, _ = make_backup(drive.system, places)
    (tmp_path / "new").mkdir()
    shutil.copy(drive.system.settings.kek_file, tmp_path / "new" / "demo.key")
    url = "" if drive.system.settings.on_sqlite else request.getfixturevalue("empty_postgres_url")
    new = Settings.read(tmp_path / "new", {"NRM_DATABASE_URL": url} if url else {})
    chosen = file if backed_up == "before the erasure" else newest
    restore_backup(new, chosen, places / LEDGER, clock=drive.clock)
    system = build_system(new, clock=drive.clock)
    assert told(drive, system) == before
    system.database.dispose()
