"""goal:S20: a consent that was changed, moved or written behind the system's back counts for nothing, and is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from nrm.commands.overrides import ask_override, confirm_override
from nrm.commands.read_case import read_case, reveal
from nrm.commands.read_consents import read_consent_ledger
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.records.consents import SAID, read_register
from nrm.records.keys import SealBroken
from nrm.records.tables.consent import Consent, ConsentVersion
from nrm.records.tables.need_to_know import Signal
from nrm.records.tables.notice import Notice
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotAllowed, NotFound
from tests.commands.referred_case import given, with_accepted_referral
from tests.support.driving import Drive
from tests.support.goals import Reached

LATER = timedelta(days=1)
ALTERED: Mapping[str, Callable[[Any], object]] = {
    "id": lambda row: f"{row.id}x", "version": lambda row: row.version + 7, "case_id": lambda _: "another",
    "purpose": lambda _: "justice", "recipient": lambda _: "lantern",
    "categories": lambda row: [*row.categories, "health"],
    "status": lambda row: "override" if row.status == "given" else "given", "given_by": lambda _: "guardian",
    "from_at": lambda row: row.from_at - LATER, "until_at": lambda row: (row.until_at or row.from_at) + 900 * LATER,
    "withdrawn_at": lambda row: row.from_at + 900 * LATER, "basis": lambda _: "court_order",
    "approver_id": lambda _: "nobody", "record_id": lambda _: "nothing", "entered_by": lambda _: "nobody",
    "entered_at": lambda row: row.entered_at - LATER, "mac": lambda row: row.mac[::-1],
}
"""Another value for every column of a version."""


def behind_its_back(unit: Unit) -> None:
    """Take the database's own guards away, as whoever owns it can."""
    if unit.conn.dialect.name == "sqlite":
        unit.conn.exec_driver_sql('DROP TRIGGER "consent_version_no_update"')
        unit.conn.exec_driver_sql('DROP TRIGGER "consent_version_no_replace"')
    else:
        unit.conn.exec_driver_sql("ALTER TABLE consent_version DISABLE TRIGGER ALL")


def test_no_column_of_any_version_can_be_altered(any_drive: Drive, reached: Reached) -> None:
    drive = any_drive
    case_id, other = drive.open_case(), drive.open_case()
    for purpose in ("referral", "police"):
        record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose=purpose, answer="given",
                       recipients=["police"])
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="interview", answer="refused")
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    override = ask_override(
        drive.system, drive.person("COORD"), case_id=case_id, recipient="police", purpose="police",
        categories=["contact"], basis="danger_to_life", reason="Invented reason.",
    )
    confirm_override(drive.system, drive.person("SUP"), override_id=override)
    assert set(ALTERED) == {*SAID, "mac"} == {column.name for column in ConsentVersion.__table__.columns}
    tried = 0
    with drive.system.database.unit(SYSTEM) as unit:
        behind_its_back(unit)
        rows = unit.conn.execute(select(Consent).where(Consent.case_id == case_id)).all()
        for row in rows:
            for name, change in ALTERED.items():
                value = other if name == "case_id" else change(row)
                where = (ConsentVersion.id == row.id) & (ConsentVersion.version == row.version)
                with unit.conn.begin_nested() as part:
                    unit.conn.execute(update(ConsentVersion).where(where).values({name: value}))
                    register = read_register(unit, other if name == "case_id" else case_id)
                    assert len(register.altered) == 1, (row.status, name)
                    part.rollback()
                tried += 1
        assert read_register(unit, case_id).altered == ()
    reached("S20", f"{tried} alterations of consents and legal bases, 0 that count")


def moved(unit: Unit, case_id: str) -> None:
    """A withdrawal undone: the version that says so is made to say *given* again."""
    unit.conn.execute(update(ConsentVersion).where(
        ConsentVersion.case_id == case_id, ConsentVersion.status.in_(("withdrawn", "refused"))
    ).values(status="given", withdrawn_at=None))


def copied(unit: Unit, case_id: str) -> None:
    """The yes of another case, proof and all."""
    yes = unit.conn.execute(select(ConsentVersion).where(
        ConsentVersion.case_id != case_id, ConsentVersion.purpose == "referral", ConsentVersion.status == "given"
    )).first()
    assert yes is not None
    unit.conn.execute(insert(ConsentVersion).values({**yes._asdict(), "id": "copied", "case_id": case_id}))


def invented(unit: Unit, case_id: str) -> None:
    """A legal basis nobody proposed."""
    unit.conn.execute(insert(ConsentVersion).values(
        id="invented", version=1, case_id=case_id, purpose="referral", recipient="health_centre",
        categories=["identity", "contact"], status="override", given_by="override", from_at=unit.now - LATER,
        until_at=unit.now + LATER, basis="court_order", entered_by="nobody", entered_at=unit.now, mac="",
    ))


@pytest.mark.parametrize("attack", [moved, copied, invented])
def test_it_opens_nothing_and_those_who_look_at_signals_hear_it(
    any_drive: Drive, attack: Callable[[Unit, str], None]
) -> None:
    drive = any_drive
    case_id, provider = with_accepted_referral(drive), drive.person("PROV", "health_centre")
    record_consent(drive.system, drive.person("CM"), case_id=drive.open_case(), purpose="referral", answer="given")
    reveal(drive.system, provider, case_id=case_id, group="contact")
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    with drive.system.database.unit(SYSTEM) as unit:
        behind_its_back(unit)
        attack(unit, case_id)
    for _ in range(2):
        with pytest.raises((NotFound, NotAllowed)):
            reveal(drive.system, provider, case_id=case_id, group="contact")
    assert drive.acts(case_id).count("consent.altered") >= 1
    entries = [entry for entry in drive.history(case_id) if entry.act == "consent.altered"]
    assert {(entry.outcome, entry.rule) for entry in entries} == {("refused", "proof:consent")}
    assert len({entry.object for entry in entries}) == len(entries), "once a day"
    assert drive.rows(select(Signal).where(Signal.kind == "altered"))[0].case_id == case_id
    assert drive.rows(select(Notice).where(Notice.kind == "signal_altered"))
    ledger = read_consent_ledger(drive.system, drive.person("CM"), case_id=case_id)
    assert "altered" in {version.status for cell in ledger.cells for version in cell.versions}
    read_case(drive.system, drive.person("CM"), case_id=case_id)


def test_a_no_that_was_altered_brings_no_earlier_yes_back_and_the_person_is_asked_again(any_drive: Drive) -> None:
    drive = any_drive
    case_id, provider = with_accepted_referral(drive), drive.person("PROV", "health_centre")
    drive.clock.advance(timedelta(hours=1))
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="refused",
                   recipients=["health_centre"])
    with drive.system.database.unit(SYSTEM) as unit:
        behind_its_back(unit)
        unit.conn.execute(update(ConsentVersion).where(
            ConsentVersion.case_id == case_id, ConsentVersion.status == "refused"
        ).values(purpose="photo"))
    with pytest.raises(NotAllowed):
        reveal(drive.system, provider, case_id=case_id, group="contact")
    led = {row.user_id for row in drive.rows(select(Notice.user_id).where(Notice.kind == "consent_altered"))}
    assert drive.person("CM").user_id in led
    drive.clock.advance(timedelta(hours=1))
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="given",
                   recipients=["health_centre"])
    reveal(drive.system, provider, case_id=case_id, group="contact")


def test_a_proposal_that_was_altered_is_not_confirmed(drive: Drive) -> None:
    case_id = drive.open_case()
    override = ask_override(
        drive.system, drive.person("COORD"), case_id=case_id, recipient="police", purpose="police",
        categories=["contact"], basis="danger_to_life", reason="Invented reason.",
    )
    with drive.system.database.unit(SYSTEM) as unit:
        behind_its_back(unit)
        unit.conn.execute(update(ConsentVersion).where(ConsentVersion.id == override).values(entered_by="nobody"))
    with pytest.raises(SealBroken):
        confirm_override(drive.system, drive.person("SUP"), override_id=override)
