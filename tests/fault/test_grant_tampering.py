"""goal:S20: a right to a case or an account that was changed, moved or written behind the system's back gives none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, inspect, select, update

from nrm.commands.case_act import case_act
from nrm.commands.conflicts import lift_conflict, note_conflict
from nrm.commands.read_case import read_case
from nrm.queries.standing import Standing
from nrm.records.grants import EMERGENCY, FORMER_SEAT, REFERRAL, SEAT, TASK
from nrm.records.proofs import Proof
from nrm.records.tables.case import Case, KeptAway, TeamMember
from nrm.records.tables.need_to_know import BreakGlass, Signal
from nrm.records.tables.notice import Notice
from nrm.records.tables.referral import Referral
from nrm.records.tables.task import Task
from nrm.records.unit import Unit
from nrm.rules.relations import CaseResource
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from tests.support.driving import START, Drive
from tests.support.goals import Reached
from tests.support.granting import grant, unproven

LATER = timedelta(days=900)
LONG_AFTER = START + LATER
OWNER = ("PROV", "health_centre")
"""Who has a right of each kind to one case."""
THIEF = ("PROV", "harbour_house")
"""Who has none, and writes to the database."""


def rights(case_id: str, run_id: str, owner: Actor, now: datetime) -> Mapping[Proof, dict[str, Any]]:
    """One right of each kind to a case."""
    mine = {"case_id": case_id, "agency_id": owner.agency_id, "user_id": owner.user_id}
    return {
        SEAT: {**mine, "id": "right", "role": "PROV", "from_at": now},
        FORMER_SEAT: {**mine, "id": "right", "role": "PROV", "until_at": now + timedelta(days=1), "transfer_id": "t"},
        REFERRAL: {
            "id": "right", "case_id": case_id, "from_agency": "sa_norvale", "to_agency": owner.agency_id,
            "service": "medical", "status": "sent", "shared_categories": ["plan"], "by_id": "nobody", "sent_at": now,
        },
        EMERGENCY: {
            **mine, "id": "right", "reason": "danger_to_life", "from_at": now, "until_at": now + timedelta(hours=1),
        },
        TASK: {
            "id": "right", "case_id": case_id, "run_id": run_id, "process": "case", "element": "x", "title": "x",
            "role": "PROV", "agency_id": owner.agency_id, "unit": "somewhere", "form": "x", "form_digest": "x",
            "bundle": "x", "opened_at": now, "district": "norvale", "case_code": "x", "status": "open",
        },
    }


def another(name: str, row: Any, case_id: str, thief: Actor) -> object:
    """Another value for a column: one that would give somebody more, where there is one."""
    known: Mapping[str, object] = {
        "case_id": case_id, "user_id": thief.user_id, "agency_id": thief.agency_id, "to_agency": thief.agency_id,
        "role": "SHEL", "status": "claimed" if hasattr(row, "not_by") else "accepted", "unit": None,
        "assignee_id": thief.user_id,
    }
    value = getattr(row, name)
    if name in known:
        return known[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, "health"]
    if isinstance(value, datetime):
        return value + LATER
    return LONG_AFTER if value is None else f"{value}x"


def altered(unit: Unit, proof: Proof, case_id: str, thief: Actor) -> Iterator[str]:
    """Alter each column of a right in turn, and undo it."""
    row = unit.conn.execute(select(proof.table).where(inspect(proof.table).columns["id"] == "right")).one()
    for column in proof.columns:
        name = str(column.key)
        value = another(name, row, case_id, thief)
        with unit.conn.begin_nested() as part:
            unit.conn.execute(
                update(proof.table).where(inspect(proof.table).columns["id"] == "right").values({name: value})
            )
            yield name
            part.rollback()


def stands(drive: Drive, unit: Unit, who: Actor, case_id: str) -> tuple[CaseResource, frozenset[str]]:
    """Everything somebody's access to a case is decided by, and what was found altered."""
    case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
    system = drive.system
    standing = Standing(unit, system.configuration.policy, system.agencies(unit), who, case, unit.now)
    return standing.resource, standing.forged


@pytest.mark.parametrize("proof", [SEAT, FORMER_SEAT, REFERRAL, EMERGENCY, TASK], ids=lambda proof: proof.purpose)
def test_an_altered_right_gives_what_no_right_gives(any_drive: Drive, proof: Proof, reached: Reached) -> None:
    drive = any_drive
    owner, thief = drive.person(*OWNER), drive.person(*THIEF)
    case_id, other = drive.open_case(), drive.open_case()
    places = [(who, one) for who in (owner, thief) for one in (case_id, other)]
    with drive.system.database.unit(SYSTEM) as unit:
        without = [stands(drive, unit, *place) for place in places]
        row = rights(case_id, drive.run_of(case_id, "case").id, owner, unit.now)[proof]
        grant(unit, proof, [row])
        assert [stands(drive, unit, *place) for place in places] != without
        tried, found = 0, 0
        for name in altered(unit, proof, other, thief):
            now = [stands(drive, unit, *place) for place in places]
            assert [resource for resource, _ in now] == [resource for resource, _ in without], name
            tried, found = tried + 1, found + any(forged for _, forged in now)
        assert found >= tried - 2, "all but what makes the row nobody's"
        assert [stands(drive, unit, *place) for place in places] != without
    reached("S20", f"{tried} alterations of the right {proof.purpose!r} to a case, 0 that count")


def sees(drive: Drive, who: Actor, case_id: str) -> bool:
    try:
        read_case(drive.system, who, case_id=case_id)
    except NotFound:
        return False
    return True


def seat(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(insert(TeamMember).values(
        id="forged", case_id=case_id, role="CM", agency_id=who.agency_id, user_id=who.user_id, from_at=unit.now,
        named=True,
    ))


def moved_seat(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(update(TeamMember).where(TeamMember.case_id == case_id, TeamMember.role == "CM").values(
        user_id=who.user_id, agency_id=who.agency_id,
    ))


def referral(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(insert(Referral).values(
        id="forged", case_id=case_id, from_agency="sa_norvale", to_agency=who.agency_id, service="medical",
        status="accepted", shared_categories=["identity", "contact"], fields=[], by_id="nobody", sent_at=unit.now,
    ))


def emergency(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(insert(BreakGlass).values(
        id="forged", case_id=case_id, user_id=who.user_id, agency_id=who.agency_id, reason="danger_to_life",
        stay=True, from_at=unit.now, until_at=unit.now + LATER,
    ))


def task(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(update(Task).where(Task.case_id == case_id).values(
        role="CM", agency_id=who.agency_id, unit=who.unit, assignee_id=who.user_id,
    ))


def agency(unit: Unit, case_id: str, who: Actor) -> None:
    unit.conn.execute(update(Case).where(Case.id == case_id).values(agency_id=who.agency_id))


@pytest.mark.parametrize(("role", "attack"), [
    ("CM", seat), ("CM", moved_seat), ("PROV", referral), ("COORD", emergency), ("CM", task), ("COORD", agency),
    ("SUP", agency),
])
def test_a_forged_right_opens_nothing_is_entered_once_a_day_and_told(
    any_drive: Drive, role: str, attack: Callable[[Unit, str, Actor], None], reached: Reached
) -> None:
    drive = any_drive
    case_id = drive.open_case()
    thief = drive.person(role, "harbour_house" if role == "PROV" else "sa_midmar")
    with drive.system.database.unit(SYSTEM) as unit:
        attack(unit, case_id, thief)
    for _ in range(3):
        assert not sees(drive, thief, case_id)
    with pytest.raises(NotFound), case_act(drive.system, thief, Permission.CASE_READ, case_id):
        pytest.fail("nothing is allowed")
    found = [entry for entry in drive.history(case_id) if entry.act == "grant.altered"]
    assert found
    assert len({entry.object for entry in found}) == len(found)
    assert {(entry.outcome, entry.rule, entry.actor) for entry in found} == {
        ("refused", "proof:grant", thief.user_id)
    }
    assert {row.case_id for row in drive.rows(select(Signal).where(Signal.kind == "altered"))} == {case_id}
    assert drive.rows(select(Notice).where(Notice.kind == "signal_altered"))
    reached("S20", "0 cases opened by a forged right")


def gone(unit: Unit, case_id: str, _: str) -> None:
    unit.conn.execute(delete(KeptAway).where(KeptAway.case_id == case_id))


def elsewhere(unit: Unit, _: str, other: str) -> None:
    unit.conn.execute(update(KeptAway).values(case_id=other))


def somebody_else(unit: Unit, case_id: str, _: str) -> None:
    unit.conn.execute(update(KeptAway).where(KeptAway.case_id == case_id).values(user_id="nobody"))


@pytest.mark.parametrize("attack", [gone, elsewhere, somebody_else])
def test_who_is_kept_away_stays_away_when_the_lock_is_broken(
    any_drive: Drive, attack: Callable[[Unit, str, str], None], reached: Reached
) -> None:
    drive = any_drive
    case_id, other = drive.open_case(), drive.open_case()
    kept, colleague = drive.person("CM"), drive.person("CM", number=2)
    note_conflict(drive.system, drive.person("SUP"), case_id=case_id, user_id=kept.user_id, reason="relative")
    assert (sees(drive, kept, case_id), sees(drive, colleague, case_id)) == (False, True)
    with drive.system.database.unit(SYSTEM) as unit:
        attack(unit, case_id, other)
    assert (sees(drive, kept, case_id), sees(drive, colleague, case_id)) == (False, True)
    assert "grant.altered" in drive.acts(case_id)
    reached("S20", "0 cases opened by a broken lock")


def test_a_lock_that_is_lifted_lets_back_in(drive: Drive) -> None:
    case_id, kept = drive.open_case(), drive.person("CM")
    note_conflict(drive.system, drive.person("SUP"), case_id=case_id, user_id=kept.user_id, reason="relative")
    lift_conflict(drive.system, drive.person("COORD"), case_id=case_id, user_id=kept.user_id)
    assert sees(drive, kept, case_id)
    with drive.system.database.reader(SYSTEM) as unit:
        assert unproven(unit) == []
