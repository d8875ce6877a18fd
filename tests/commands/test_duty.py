"""Rosters: who puts whom on duty, what is refused, weeks copied, gaps that are found, and whom a rung reaches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from nrm.commands.duty import Turn, add_duties, add_duty, copy_week, remove_duty
from nrm.queries.duty import duty_now, roster_week
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.notice import Notice
from nrm.records.tables.working_time import Duty
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.support.driving import START, Drive

MONDAY = datetime(2026, 3, 1, 22, tzinfo=UTC)
"""Midnight of Monday 2 March in Norvale."""
WEEK = timedelta(days=7)
COORD = "coord-sa_norvale-2"
TURN = Turn("COORD", "norvale", COORD, START, START + timedelta(days=1))


def test_a_turn_is_added_seen_and_taken_back(any_drive: Drive) -> None:
    drive, lead = any_drive, any_drive.person("COORD")
    duty_id = add_duty(drive.system, lead, TURN)
    (line,) = roster_week(drive.system, lead, begin=MONDAY).lines
    assert (line.id, line.role, line.district, line.user_id, line.from_at, line.to_at, line.is_over) == (
        duty_id, "COORD", "norvale", COORD, START, START + timedelta(days=1), False,
    )
    assert [one.names for one in duty_now(drive.system, lead) if one.role == "COORD"] == [("COORD 2 Invented",)]
    remove_duty(drive.system, lead, duty_id=duty_id)
    assert roster_week(drive.system, lead, begin=MONDAY).lines == ()
    assert drive.acts(INSTALLATION)[-2:] == ["duty.added", "duty.removed"]
    with pytest.raises(Conflict):
        remove_duty(drive.system, lead, duty_id=duty_id)


REFUSED = [
    ("somebody of another role", replace(TURN, user_id="cm-sa_norvale-1"), "user_id"),
    ("somebody of another district", replace(TURN, user_id="coord-sa_midmar-1"), "user_id"),
    ("nobody at all", replace(TURN, user_id="nobody"), "user_id"),
    ("the end before the beginning", replace(TURN, to_at=START), "to_at"),
    ("a time that is over", replace(TURN, from_at=START - WEEK, to_at=START - timedelta(days=6)), "to_at"),
    ("two months", replace(TURN, to_at=START + timedelta(days=60)), "to_at"),
    ("a role without a roster", replace(TURN, role="CM", user_id="cm-sa_norvale-1"), "role"),
    ("no such district", replace(TURN, district="nowhere"), "district"),
]


@pytest.mark.parametrize(("turn", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(drive: Drive, turn: Turn, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_duty(drive.system, drive.person("NCU"), turn)
    assert list(refused.value.fields) == [field]


def test_twice_at_the_same_time_is_refused_and_left_out_of_a_file(drive: Drive) -> None:
    lead = drive.person("COORD")
    add_duty(drive.system, lead, TURN)
    with pytest.raises(InvalidInput):
        add_duty(drive.system, lead, replace(TURN, to_at=TURN.to_at + WEEK))
    assert add_duties(drive.system, lead, [TURN, replace(TURN, from_at=TURN.to_at, to_at=TURN.to_at + WEEK)]) == 1


def test_a_file_is_taken_whole_or_not_at_all(drive: Drive) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_duties(drive.system, drive.person("COORD"), [TURN, replace(TURN, user_id="nobody")])
    assert refused.value.fields == {"file": ["Turn 2: Choose somebody who fills this role."]}
    assert drive.rows(select(Duty.id)) == []


@pytest.mark.parametrize(("role", "turn"), [
    ("CM", TURN),
    ("COORD", replace(TURN, district="midmar", user_id="coord-sa_midmar-1")),
    ("COORD", replace(TURN, district=None)),
])
def test_who_may_not(drive: Drive, role: str, turn: Turn) -> None:
    with pytest.raises(NotAllowed):
        add_duty(drive.system, drive.person(role, "sa_norvale"), turn)


def test_nobody_takes_back_what_is_not_there(drive: Drive) -> None:
    with pytest.raises(NotFound):
        remove_duty(drive.system, drive.person("NCU"), duty_id="nothing")


def test_the_week_before_is_copied_without_those_who_went(drive: Drive) -> None:
    lead = drive.person("COORD")
    add_duty(drive.system, lead, TURN)
    add_duty(drive.system, lead, replace(
        TURN, user_id="coord-sa_norvale-1", from_at=TURN.to_at, to_at=TURN.to_at + timedelta(days=1),
    ))
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == "coord-sa_norvale-1", status="disabled")
    assert copy_week(drive.system, lead, role="COORD", district="norvale", begin=MONDAY + WEEK) == 1
    assert copy_week(drive.system, lead, role="COORD", district="norvale", begin=MONDAY + WEEK) == 0
    (line,) = roster_week(drive.system, lead, begin=MONDAY + WEEK).lines
    assert (line.user_id, line.from_at, line.to_at) == (COORD, START + WEEK, START + WEEK + timedelta(days=1))


def test_gaps_of_the_coming_two_weeks(drive: Drive) -> None:
    ncu = drive.person("NCU")
    add_duty(drive.system, ncu, Turn("NCU", None, "ncu-national_unit-1", START, START + timedelta(days=20)))
    add_duty(drive.system, ncu, replace(TURN, to_at=START + timedelta(days=10)))
    found = [(gap.role, gap.district, gap.from_at, gap.to_at) for gap in roster_week(
        drive.system, ncu, begin=MONDAY
    ).gaps]
    end = START + timedelta(days=14)
    assert found == [
        ("COORD", "norvale", START + timedelta(days=10), end), ("COORD", "midmar", START, end),
        ("COORD", "southport", START, end),
    ]
    assert [gap.district for gap in roster_week(drive.system, drive.person("COORD"), begin=MONDAY).gaps] == ["norvale"]


def test_without_any_roster_the_gap_is_said_once_for_the_whole_country(drive: Drive) -> None:
    assert [(gap.role, gap.district) for gap in roster_week(drive.system, drive.person("NCU"), begin=MONDAY).gaps] == [
        ("COORD", None), ("NCU", None),
    ]


ROSTERS = [
    ("nobody on the roster: everybody of the role", (), {"coord-sa_norvale-1", COORD}),
    ("the district's own", (TURN,), {COORD}),
    ("the national one, where the district has none", (replace(TURN, district=None),), {COORD}),
    ("a turn that is over counts no more", (replace(TURN, to_at=START + timedelta(minutes=5)),),
     {"coord-sa_norvale-1", COORD}),
    ("somebody of another district only", (
        replace(TURN, district="midmar", user_id="coord-sa_midmar-1"),), {"coord-sa_norvale-1", COORD}),
]


@pytest.mark.parametrize(("turns", "expected"), [row[1:] for row in ROSTERS], ids=[row[0] for row in ROSTERS])
def test_a_missed_safety_limit_reaches_whoever_is_on_duty(
    any_drive: Drive, turns: tuple[Turn, ...], expected: set[str]
) -> None:
    drive = any_drive
    for turn in turns:
        add_duty(drive.system, drive.person("NCU"), turn)
    drive.open_case()
    drive.wait(timedelta(minutes=61))
    told = drive.rows(select(Notice.user_id).where(Notice.text_key == "escalation_opened"))
    assert {row.user_id for row in told} == expected
