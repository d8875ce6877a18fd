"""Clocks that were armed before clocks could be paused keep their dates and what was told, up and down again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnClause, Engine, TableClause, column, insert, select, table, text
from sqlalchemy.exc import DBAPIError

from nrm.records import schema
from nrm.records.connection import open_engine
from nrm.records.tables.deadline import Deadline
from nrm.records.types import CanonicalJson, Instant
from tests.support.driving import Drive

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHY = ["Started on Monday 2 March 2026, 11:00.", "Due on Monday 9 March 2026, 17:00."]

# The tables as revision 0001 has them; written out, because models move on and old rows do not.
WORDS = (
    "id case_id run_id wait_id task_id kind limit_key ladder agency_id calendar unit status length next_rung"
)
INSTANTS = "armed_at running_since due_at next_rung_at breached_at"


def columns(words: str = "", instants: str = "", lists: str = "") -> list[ColumnClause[Any]]:
    """Columns by what they hold."""
    return [
        *(column(name) for name in words.split()), *(column(name, Instant()) for name in instants.split()),
        *(column(name, CanonicalJson()) for name in lists.split()),
    ]


def deadlines(words: str, instants: str = "") -> TableClause:
    """The table of clocks with the columns of one revision beside those that both have."""
    return table("deadline", *columns(f"{WORDS} {words}", f"{INSTANTS} {instants}", "why"))


CASE = table("case", *columns("id code process status stage district agency_id opened_by version demo", "opened_at"))
OLD_DEADLINE = deadlines("budget_s consumed_s")
NEW_DEADLINE = deadlines("basis budget consumed round late_reason", "started_at original_due_at reason_asked_at")
PAUSE = table("pause", *columns("id deadline_id ground by_id", "from_at to_at"))
OLD_RUNG = table("rung_fired", *columns("deadline_id rung", "at true_due_at"))
NEW_RUNG = table("rung_fired", *columns("deadline_id rung round ladder run_id", "at true_due_at", "told"))


@pytest.fixture
def engine(any_empty_database_url: str) -> Iterator[Engine]:
    """A database of revision 0001 with one case."""
    schema.upgrade(any_empty_database_url, "0001")
    engine = open_engine(any_empty_database_url)
    with engine.begin() as conn:
        conn.execute(insert(CASE).values(
            id="c", code="NV-1", process="intake", status="open", stage="intake", district="norvale",
            agency_id="a", opened_by="u", version=1, demo=False, opened_at=MONDAY,
        ))
    yield engine
    engine.dispose()


def armed(name: str, **settings: object) -> dict[str, object]:
    """A deadline as revision 0001 wrote it."""
    return {
        "id": name, "case_id": "c", "run_id": None, "wait_id": f"w-{name}", "task_id": f"t-{name}", "kind": "task",
        "limit_key": "T09", "ladder": "standard", "agency_id": "a", "calendar": "norvale", "unit": "working_days",
        "status": "running", "length": 5, "next_rung": 1, "why": WHY, "armed_at": MONDAY, "running_since": MONDAY,
        "due_at": MONDAY + timedelta(days=7), "next_rung_at": MONDAY + timedelta(days=7), "breached_at": None,
        "budget_s": 7 * 24 * 3600, "consumed_s": 0, **settings,
    }


DEADLINES = [
    armed("days"),
    armed("hours", limit_key="T03", unit="hours", length=24),
    armed("late", status="breached", breached_at=MONDAY + timedelta(days=7), next_rung=3),
    armed("met", status="met", next_rung_at=None, next_rung=None),
    armed("event", kind="event", task_id=None, ladder=None, next_rung=0),
]
RUNGS: list[dict[str, object]] = [
    {"deadline_id": "days", "rung": 0, "at": MONDAY + timedelta(days=3), "true_due_at": MONDAY + timedelta(days=3)},
    *({"deadline_id": "late", "rung": rung, "at": MONDAY + timedelta(days=8, minutes=rung),
       "true_due_at": MONDAY + timedelta(days=7, hours=rung)} for rung in range(3)),
]


def fill(engine: Engine) -> None:
    """Write the rows of revision 0001."""
    with engine.begin() as conn:
        conn.execute(insert(OLD_DEADLINE), DEADLINES)
        conn.execute(insert(OLD_RUNG), RUNGS)
        conn.execute(insert(PAUSE).values(
            id="p", deadline_id="days", ground="missing", by_id="u", from_at=MONDAY, to_at=None,
        ))


def rows(engine: Engine, of: TableClause) -> list[Mapping[str, Any]]:
    """Every row of a table, in the order of its first column and then of the rung."""
    by = [of.c[name] for name in ("deadline_id", "round", "rung", "id") if name in of.c]
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(select(of).order_by(*by)).mappings()]


def by_id(found: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows in the order of their ids."""
    return sorted(found, key=lambda row: str(row["id"]))


def test_armed_clocks_keep_their_dates_and_gain_a_ledger(any_empty_database_url: str, engine: Engine) -> None:
    fill(engine)
    schema.upgrade(any_empty_database_url, "0002")
    budgets = {"days": 5, "hours": 24 * 3600, "late": 5, "met": 5, "event": 5}
    for found, before in zip(rows(engine, NEW_DEADLINE), by_id(DEADLINES), strict=True):
        kept = {name: found[name] for name in before if name not in ("budget_s", "consumed_s")}
        assert kept == {name: value for name, value in before.items() if name in kept}
        assert found["started_at"] == before["armed_at"]
        assert found["original_due_at"] == before["due_at"]
        assert (found["basis"], found["round"], found["consumed"]) == ("armed", 1, 0)
        assert found["budget"] == budgets[str(before["id"])]
        assert found["reason_asked_at"] is None
        assert found["late_reason"] is None
    assert [row["id"] for row in rows(engine, PAUSE)] == ["p"]


def test_told_rungs_stay_told_in_the_first_round(any_empty_database_url: str, engine: Engine) -> None:
    fill(engine)
    schema.upgrade(any_empty_database_url, "0002")
    added = {"round": 1, "ladder": "", "run_id": None, "told": []}
    assert rows(engine, NEW_RUNG) == [row | added for row in RUNGS]
    again = {**RUNGS[0], **added}
    with pytest.raises(DBAPIError), engine.begin() as conn:
        conn.execute(insert(NEW_RUNG).values(**again))
    with engine.begin() as conn:
        conn.execute(insert(NEW_RUNG).values(**{**again, "round": 2}))


def test_told_rungs_are_never_altered_on_either_side(any_empty_database_url: str, engine: Engine) -> None:
    fill(engine)
    for move, revision in ((schema.upgrade, "0002"), (schema.downgrade, "0001")):
        move(any_empty_database_url, revision)
        with pytest.raises(DBAPIError), engine.begin() as conn:
            conn.execute(text("UPDATE rung_fired SET rung = 9"))


def test_back_again_everything_stands_as_before(any_empty_database_url: str, engine: Engine) -> None:
    fill(engine)
    schema.upgrade(any_empty_database_url, "0002")
    with engine.begin() as conn:
        conn.execute(insert(NEW_RUNG).values(
            deadline_id="late", round=2, rung=0, ladder="standard", at=MONDAY + timedelta(days=20),
            true_due_at=MONDAY + timedelta(days=20), told=["u"], run_id=None,
        ))
    schema.downgrade(any_empty_database_url, "0001")
    assert rows(engine, OLD_RUNG) == RUNGS, "of a rung that was told in two rounds the first stays"
    for found, before in zip(rows(engine, OLD_DEADLINE), by_id(DEADLINES), strict=True):
        forgotten = {"budget_s": None, "consumed_s": 0}
        assert found == {**before, **forgotten}
    schema.upgrade(any_empty_database_url, "0002")
    assert [row["budget"] for row in rows(engine, NEW_DEADLINE)] == [5, 5, 24 * 3600, 5, 5]


def test_an_upgrade_tells_every_clock_who_manages_its_case(any_drive: Drive) -> None:
    drive, agencies = any_drive, {"norvale": "sa_norvale", "midmar": "sa_midmar"}
    expected = {drive.open_case(district=district): agency for district, agency in agencies.items()}
    url = drive.system.settings.database_url
    drive.installation.close()
    schema.downgrade(url, "0016")
    schema.upgrade(url)
    drive.system = drive.installation.system()
    found = drive.rows(select(Deadline.case_id, Deadline.managed_by))
    assert {(row.case_id, row.managed_by) for row in found} == set(expected.items())
