"""Words that leave the house stand with what agencies received, and leave only under what covers them (X1, goal:S7)."""

from __future__ import annotations

import io

import pytest

from nrm.commands.disclosing import NO_RECIPIENT, NOT_COVERED
from nrm.commands.export_bundle import disclose_entries
from nrm.commands.overrides import ask_override, confirm_override
from nrm.commands.person_summary import AGREED, CALL, write_summary
from nrm.commands.read_consents import read_consent_ledger
from nrm.commands.withdraw_consent import record_consent, withdraw_purposes
from nrm.queries.disclosures import PERSON
from nrm.vocabulary.errors import InvalidInput
from tests.support.driving import Drive
from tests.support.goals import Reached

OFFICE = "prosecution"


def take(drive: Drive, case_id: str, recipient: str) -> None:
    """The case manager takes the first entry with its words out."""
    disclose_entries(
        drive.system, drive.person("CM"), io.BytesIO(), case_id=case_id, seqs=[1], reason="It was asked for.",
        recipient=recipient,
    )


def refused(drive: Drive, case_id: str, recipient: str) -> list[str]:
    """Why it is not taken out; then nothing of it stands in the history."""
    with pytest.raises(InvalidInput) as wrong:
        take(drive, case_id, recipient)
    return wrong.value.fields["recipient"]


def received(drive: Drive, case_id: str) -> set[tuple[str, str, str, tuple[str, ...], bool]]:
    """(who, way, what for, categories, covered still), as the page of consents tells it."""
    ledger = read_consent_ledger(drive.system, drive.person("CM"), case_id=case_id)
    return {
        (one.agency_id, line.way, line.purpose, line.categories, line.is_covered)
        for one in ledger.received for line in one.lines
    }


def agree(drive: Drive, case_id: str, *categories: str) -> None:
    record_consent(
        drive.system, drive.person("CM"), case_id=case_id, purpose="justice", answer="given", recipients=[OFFICE],
        categories=list(categories),
    )


def test_what_the_person_agreed_to_leaves_once_it_is_agreed_and_no_longer_after(
    any_drive: Drive, reached: Reached
) -> None:
    case_id = any_drive.open_case()
    assert refused(any_drive, case_id, OFFICE) == [NOT_COVERED]
    agree(any_drive, case_id, "narrative")
    take(any_drive, case_id, OFFICE)
    assert (OFFICE, "export", "justice", ("narrative",), True) in received(any_drive, case_id)
    withdraw_purposes(any_drive.system, any_drive.person("CM"), case_id=case_id, purposes=["justice"])
    assert refused(any_drive, case_id, OFFICE) == [NOT_COVERED]
    assert (OFFICE, "export", "justice", ("narrative",), False) in received(any_drive, case_id), "it is still told"
    assert any_drive.acts(case_id).count("bundle.disclosed") == 1
    reached("S7", "0 exports of words after the withdrawal; what left before stays in the ledger")


def test_another_category_is_not_enough(drive: Drive) -> None:
    case_id = drive.open_case()
    agree(drive, case_id, "contact")
    assert refused(drive, case_id, OFFICE) == [NOT_COVERED]


def test_a_legal_basis_is_one_once_a_second_person_confirmed_it(drive: Drive) -> None:
    case_id = drive.open_case()
    basis = ask_override(
        drive.system, drive.person("CM"), case_id=case_id, recipient=OFFICE, purpose="justice",
        categories=["narrative"], basis="court_order", reason="The court ordered it.",
    )
    assert refused(drive, case_id, OFFICE) == [NOT_COVERED]
    confirm_override(drive.system, drive.person("COORD"), override_id=basis)
    take(drive, case_id, OFFICE)
    assert (OFFICE, "export", "justice", ("narrative",), True) in received(drive, case_id)


@pytest.mark.parametrize("recipient", ["", "nobody", "*"])
def test_somebody_receives_it(drive: Drive, recipient: str) -> None:
    assert refused(drive, drive.open_case(), recipient) == [NO_RECIPIENT]


def test_the_person_receives_what_is_theirs_and_is_never_told_to_stop(drive: Drive) -> None:
    case_id = drive.open_case()
    agree(drive, case_id, "narrative")
    take(drive, case_id, PERSON)
    write_summary(drive.system, drive.person("CM"), case_id=case_id, language="en", parts=[AGREED, CALL])
    assert received(drive, case_id) == {
        (PERSON, "export", "own", ("narrative",), True), (PERSON, "letter", "own", ("decision",), True),
    }
    withdraw_purposes(drive.system, drive.person("CM"), case_id=case_id, purposes=["justice"])
    ledger = read_consent_ledger(drive.system, drive.person("CM"), case_id=case_id)
    assert [(one.agency_name, one.to_tell) for one in ledger.received] == [("The person themselves", False)]


def test_a_page_without_anything_of_the_case_is_no_disclosure(drive: Drive) -> None:
    case_id = drive.open_case()
    write_summary(drive.system, drive.person("CM"), case_id=case_id, language="en", parts=[CALL])
    assert received(drive, case_id) == set()
