"""The ledger of consents: versions that never change, a withdrawal in parts, who received what (table:D-05, X1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from nrm.commands.expire_consents import expire_consents
from nrm.commands.open_task import open_task
from nrm.commands.overrides import ask_override, confirm_override, revoke_override
from nrm.commands.read_case import read_case, reveal
from nrm.commands.withdraw_consent import record_consent, withdraw_consent, withdraw_purposes
from nrm.queries.disclosures import Received, received
from nrm.queries.standing import Standing
from nrm.records.consents import follow, read_consents
from nrm.records.refusals import SchemaRuleError
from nrm.records.tables.case import Case
from nrm.records.tables.consent import Consent, ConsentVersion, Disclosure, Recall
from nrm.records.tables.referral import Referral
from nrm.rules.consent import Recipient, covers
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput
from tests.commands.referred_case import given, with_accepted_referral
from tests.support.driving import Drive

HOUSE, CENTRE = "harbour_house", "health_centre"


def agree(drive: Drive, case_id: str, purpose: str, *agencies: str, by: str = "person") -> None:
    """The person agrees to a purpose."""
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose=purpose, answer="given",
                   recipients=list(agencies), given_by=by)


def versions(drive: Drive, case_id: str, *, purpose: str = "referral") -> list[tuple[str, str, int, str]]:
    """Recipient, voice, version, status of every version of a purpose, in the order in which they came."""
    return [
        (row.recipient, row.given_by, row.version, row.status) for row in drive.rows(
            select(ConsentVersion).where(ConsentVersion.case_id == case_id, ConsentVersion.purpose == purpose)
            .order_by(ConsentVersion.entered_at, ConsentVersion.version, ConsentVersion.recipient,
                      ConsentVersion.given_by)
        )
    ]


def may_receive(drive: Drive, case_id: str, agency: str, purpose: str = "referral", *, child: bool = False) -> bool:
    """Whether an agency may receive what the purpose needs now."""
    with drive.system.database.reader(SYSTEM) as unit:
        kind = drive.system.agencies(unit).kind(agency)
        return covers(read_consents(unit, case_id), Recipient(agency, kind), purpose, [Category.IDENTITY],
                      unit.now, child=child).allowed


def held(drive: Drive, case_id: str) -> dict[str, Received]:
    """What each agency received."""
    with drive.system.database.reader(SYSTEM) as unit:
        case = unit.conn.execute(select(Case).where(Case.id == case_id)).one()
        policy = drive.system.configuration.policy
        standing = Standing(unit, policy, drive.system.agencies(unit), SYSTEM, case, unit.now)
        return {one.agency_id: one for one in received(drive.system, unit, standing)}


# -- versions ---------------------------------------------------------------------------------------


def test_a_withdrawal_is_a_version_beside_the_one_before_and_a_no(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    agree(drive, case_id, "referral", HOUSE)
    drive.clock.advance(timedelta(hours=1))
    given = drive.one(select(Consent).where(Consent.case_id == case_id))
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given.id)
    assert versions(drive, case_id) == [
        (HOUSE, "person", 1, "given"), (HOUSE, "person", 1, "refused"), (HOUSE, "person", 2, "withdrawn"),
    ]
    first = drive.one(select(ConsentVersion).where(ConsentVersion.id == given.id, ConsentVersion.version == 1))
    assert (first.withdrawn_at, first.categories) == (None, given.categories)
    newest = drive.one(select(Consent).where(Consent.id == given.id))
    assert (newest.version, newest.from_at, newest.withdrawn_at) == (2, given.from_at, drive.clock.now())


@pytest.mark.parametrize("act", [update, delete], ids=["change", "delete"])
@pytest.mark.parametrize("table", [ConsentVersion, Disclosure, Recall])
def test_the_database_refuses_to_change_what_was_said(
    any_drive: Drive, table: type[ConsentVersion | Disclosure | Recall], act: Callable[..., Any]
) -> None:
    drive = any_drive
    case_id = drive.open_case()
    agree(drive, case_id, "referral", HOUSE)
    with drive.system.database.unit(SYSTEM) as unit:
        own = {"id": "invented", "case_id": case_id, "agency_id": HOUSE, "at": unit.now, "by_id": "nobody"}
        unit.conn.execute(insert(Disclosure).values(
            **own, way="read", purpose="referral", categories=[], elements=[], consent_id=None, consent_version=None,
        ))
        unit.conn.execute(insert(Recall).values(**own, told_on=unit.now.date(), answer="none", record_id=None))
    statement = act(table).where(table.case_id == case_id)
    with pytest.raises(SchemaRuleError, match="refused"), drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(statement.values(case_id=case_id) if act is update else statement)


@pytest.mark.parametrize(("said", "voices", "child"), [
    ("to any agency", ["person"], False),
    ("to any agency, by a representative", ["guardian"], False),
    ("to any agency, for a child", ["guardian", "assent"], True),
])
@pytest.mark.parametrize("named", [True, False], ids=["only_this_agency", "everybody"])
def test_a_withdrawal_binds_whoever_had_agreed(
    drive: Drive, said: str, voices: list[str], child: bool, named: bool
) -> None:
    case_id = drive.open_case({"is_child": "yes" if child else "no"})
    for voice in voices:
        agree(drive, case_id, "referral", by=voice)
    assert may_receive(drive, case_id, HOUSE, child=child), said
    drive.clock.advance(timedelta(hours=1))
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["referral"],
                      recipients=[HOUSE] if named else [])
    assert not may_receive(drive, case_id, HOUSE, child=child)
    assert may_receive(drive, case_id, CENTRE, child=child) is named


def test_a_no_to_one_agency_is_a_no_to_everything_that_all_were_promised(drive: Drive) -> None:
    """Categories beyond what the purpose usually needs end as well."""
    case_id = drive.open_case()
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="given",
                   categories=["identity", "health"])
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["referral"], recipients=[HOUSE])
    with drive.system.database.reader(SYSTEM) as unit:
        consents = read_consents(unit, case_id)
        assert not covers(consents, HOUSE, "referral", [Category.HEALTH], unit.now).allowed
        assert covers(consents, CENTRE, "referral", [Category.HEALTH], unit.now).allowed


@pytest.mark.parametrize(("field", "arguments"), [
    ("purposes", {"purposes": []}), ("purposes", {"purposes": ["gossip"]}),
    ("recipients", {"purposes": ["referral"], "recipients": ["nowhere"]}),
])
def test_a_withdrawal_names_what_exists(drive: Drive, field: str, arguments: dict[str, list[str]]) -> None:
    case_id = drive.open_case()
    with pytest.raises(InvalidInput) as refused:
        withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, **arguments)
    assert list(refused.value.fields) == [field]


def test_a_legal_basis_is_proposed_confirmed_and_taken_back_in_versions(drive: Drive) -> None:
    case_id = drive.open_case()
    override_id = ask_override(
        drive.system, drive.person("COORD"), case_id=case_id, recipient="police", purpose="police",
        categories=["identity"], basis="danger_to_life", reason="Invented reason.",
    )
    confirm_override(drive.system, drive.person("SUP"), override_id=override_id)
    assert may_receive(drive, case_id, "police", "police")
    with pytest.raises(InvalidInput):
        revoke_override(drive.system, drive.person("SUP"), override_id=override_id, reason=" ")
    revoke_override(drive.system, drive.person("SUP"), override_id=override_id, reason="The danger is over.")
    assert not may_receive(drive, case_id, "police", "police")
    assert [status for _, _, _, status in versions(drive, case_id, purpose="police")] == [
        "proposed", "override", "revoked",
    ]
    with pytest.raises(Conflict):
        revoke_override(drive.system, drive.person("SUP"), override_id=override_id, reason="Twice.")


def test_when_a_period_is_over_the_ledger_says_so_and_the_referral_ends(any_drive: Drive) -> None:
    drive = any_drive
    case_id = with_accepted_referral(drive)
    with drive.system.database.unit(SYSTEM) as unit:
        follow(unit, Consent.id == given(drive, case_id), until_at=unit.now + timedelta(days=2))
    drive.clock.advance(timedelta(days=1))
    assert expire_consents(drive.system) == 0
    drive.clock.advance(timedelta(days=1))
    assert not may_receive(drive, case_id, CENTRE)
    assert expire_consents(drive.system) == 1
    assert expire_consents(drive.system) == 0
    assert versions(drive, case_id)[-1] == (CENTRE, "person", 3, "expired")
    assert drive.one(select(Referral.status).where(Referral.case_id == case_id)).status == "revoked"
    assert drive.acts(case_id).count("consent.expired") == 1


# -- who received what ------------------------------------------------------------------------------


def test_what_a_provider_received_is_kept_once_and_listed_as_to_be_taken_back(any_drive: Drive) -> None:
    drive = any_drive
    case_id = with_accepted_referral(drive)
    provider = drive.person("PROV", CENTRE)
    for _ in range(2):
        reveal(drive.system, provider, case_id=case_id, group="contact")
        drive.clock.advance(timedelta(hours=1))
    mine = held(drive, case_id)[CENTRE]
    assert {(line.way, line.consent_version) for line in mine.lines} == {
        ("referral_sent", 1), ("referral_accepted", 1), ("read", 1),
    }
    assert [line.categories for line in mine.lines if line.way == "read"] == [("contact",)]
    assert not mine.to_tell
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    assert held(drive, case_id)[CENTRE].to_tell


def test_whoever_manages_the_case_receives_nothing(drive: Drive) -> None:
    case_id = drive.open_case()
    agree(drive, case_id, "referral")
    read_case(drive.system, drive.person("CM"), case_id=case_id)
    assert held(drive, case_id) == {}


def test_after_a_withdrawal_recipients_are_told_the_same_day_and_their_answer_is_kept(any_drive: Drive) -> None:
    """X1: the task lists who holds something; who has not answered stays on the list."""
    drive = any_drive
    case_id = with_accepted_referral(drive)
    withdraw_consent(drive.system, drive.person("CM"), consent_id=given(drive, case_id))
    task = drive.task(case_id, "tell_recipients")
    assert task.due_at.date() == drive.clock.now().date()
    page = open_task(drive.system, drive.of(task), task_id=task.id)
    assert page.answers["recipients"] == [{"agency": CENTRE}]
    told = {"agency": CENTRE, "told_on": drive.clock.now().date().isoformat()}
    drive.complete(case_id, "tell_recipients", {}, {"recipients": [{**told, "answer": "none"}]})
    assert held(drive, case_id)[CENTRE].to_tell
    drive.complete(case_id, "explain_consequences")
    drive.clock.advance(timedelta(hours=1))
    agree(drive, case_id, "referral", HOUSE)
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["referral"])
    drive.complete(case_id, "tell_recipients", {}, {"recipients": [{**told, "answer": "erase"}]})
    mine = held(drive, case_id)[CENTRE]
    assert (mine.to_tell, mine.answer) == (False, "erase")
