"""The history is not altered unnoticed: the database refuses, what is done behind its back is named (goal:A1, A2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from nrm.entrypoints.verifying import verify_installation
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from tests.fault.agreement import disagreements
from tests.support.driving import Drive

BEHIND = {
    "an outcome changed": "UPDATE history SET outcome = 'refused' WHERE chain = :chain AND seq = 3",
    "an actor changed": "UPDATE history SET actor = 'somebody-else' WHERE chain = :chain AND seq = 3",
    "a time moved": "UPDATE history SET at = (SELECT at FROM history WHERE chain = 'installation' AND seq = 1), "
                    "act = act WHERE chain = :chain AND seq = 3",
    "an entry taken out": "DELETE FROM history WHERE chain = :chain AND seq = 3",
    "the end cut off": "DELETE FROM history WHERE chain = :chain AND seq >= 3",
}


@pytest.fixture
def cases(any_drive: Drive) -> list[str]:
    """Three cases with some history; the second will be altered."""
    any_drive.clock.advance(timedelta(hours=1))
    found = [any_drive.open_case() for _ in range(3)]
    for case_id in found:
        any_drive.complete(case_id, "assemble_team")
    return found


@pytest.mark.parametrize("statement", BEHIND.values(), ids=BEHIND.keys())
def test_the_database_itself_refuses(any_drive: Drive, cases: list[str], statement: str) -> None:
    with pytest.raises(Exception, match=r".+"), any_drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(text(statement), {"chain": cases[1]})
    assert disagreements(any_drive, cases[1]) == []


@pytest.mark.parametrize("statement", BEHIND.values(), ids=BEHIND.keys())
def test_behind_the_triggers_back_the_broken_link_is_named(
    any_drive: Drive, cases: list[str], statement: str
) -> None:
    drop_triggers(any_drive)
    code = any_drive.case(cases[1]).code
    with any_drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(text(statement), {"chain": cases[1]})
    any_drive.reload()
    with any_drive.system.database.reader(SYSTEM) as unit:
        bad = [result for result in verify(unit.conn, any_drive.system.keys) if not result.ok]
    assert [result.chain for result in bad] == [cases[1]], "and no other chain"
    assert bad[0].first_bad_seq in (3, 4)
    assert "3" in bad[0].sentence or "4" in bad[0].sentence
    runner = CliRunner()
    with runner.isolation() as streams:
        assert verify_installation(any_drive.system, code=None, content=True) == 1
        said = streams[0].getvalue().decode()
    assert f"{code}: " in said
    assert "1 altered" in said


def test_an_intact_history_is_said_to_be_intact(any_drive: Drive, cases: list[str]) -> None:
    runner = CliRunner()
    with runner.isolation() as streams:
        assert verify_installation(any_drive.system, code=None, content=True) == 0
        said = streams[0].getvalue().decode()
    assert f"{len(cases) + 1} chains" in said
    assert "intact" in said


def drop_triggers(drive: Drive) -> None:
    """What a database administrator with a grudge would do first."""
    with drive.system.database.unit(SYSTEM) as unit:
        if drive.system.database.dialect == "sqlite":
            names = unit.conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                unit.conn.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            rows = unit.conn.execute(text(
                "SELECT tgname, tgrelid::regclass::text AS place FROM pg_trigger WHERE NOT tgisinternal")).all()
            for row in rows:
                unit.conn.execute(text(f'DROP TRIGGER "{row.tgname}" ON {row.place}'))


