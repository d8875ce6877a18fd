"""Correcting a record: a new version with a reason, facts derived again, what rests on them named."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from nrm.commands.correct_record import correct_record
from nrm.records.sealing import read_parts
from nrm.records.tables.fact import FactVersion
from nrm.records.tables.record import Record
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.fault.agreement import disagreements
from tests.support.driving import Drive
from tests.support.filling import fill

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no", "is_child": "no"}


def test_a_correction_is_a_new_version_and_the_facts_follow(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    form = drive.form(drive.task(case_id, "record_safety"))
    done = drive.complete(case_id, "record_safety", SAFE)
    answers = fill(form, {**SAFE, "is_child": "in_doubt"})
    corrected = correct_record(
        drive.system, drive.person("CM", "sa_norvale"), record_id=done.record_id, answers=answers,
        reason="the_person_corrected",
    )
    assert (corrected.version, corrected.changed_facts) == (2, ("is_child",))
    assert drive.task(case_id, "assemble_team").id in corrected.look_again
    row = drive.one(select(Record).where(Record.id == corrected.record_id))
    assert (row.supersedes_id, row.reason_code, row.series_id) == (
        done.record_id, "the_person_corrected", done.record_id)
    assert drive.facts(case_id, drive.run_of(case_id, "case").id)["is_child"] == "in_doubt"
    values = drive.rows(
        select(FactVersion.value).where(FactVersion.case_id == case_id, FactVersion.name == "is_child")
        .order_by(FactVersion.id)
    )
    assert [value.value for value in values] == ["no", "in_doubt"], "the earlier value stays readable"
    with drive.system.database.reader(drive.person("CM")) as unit:
        first = read_parts(unit, done.record_id, list(Category))
    assert any(part.get("is_child") == "no" for part in first.values()), "the earlier version is left as it was"
    assert disagreements(drive, case_id) == []


def test_the_case_follows_the_corrected_fact_at_the_next_gateway(drive: Drive) -> None:
    case_id = drive.open_case()
    form = drive.form(drive.task(case_id, "record_safety"))
    done = drive.complete(case_id, "record_safety", SAFE)
    correct_record(drive.system, drive.person("CM", "sa_norvale"), record_id=done.record_id,
                   answers=fill(form, {**SAFE, "is_child": "yes"}), reason="new_information")
    drive.complete(case_id, "assemble_team")
    assert "child_safeguards.tell_child_protection" in drive.open(case_id)


def test_an_older_version_is_not_corrected_again(drive: Drive) -> None:
    case_id = drive.open_case()
    form = drive.form(drive.task(case_id, "record_safety"))
    done = drive.complete(case_id, "record_safety", SAFE)
    arguments = {"record_id": done.record_id, "answers": fill(form, SAFE), "reason": "typing_mistake"}
    correct_record(drive.system, drive.person("CM", "sa_norvale"), **arguments)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        correct_record(drive.system, drive.person("CM", "sa_norvale"), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(("answers", "reason"), [
    (SAFE, "because"), ({**SAFE, "danger_now": "perhaps"}, "typing_mistake"), ({}, "typing_mistake"),
])
def test_a_correction_is_checked_like_any_answer(drive: Drive, answers: dict[str, object], reason: str) -> None:
    case_id = drive.open_case()
    done = drive.complete(case_id, "record_safety", SAFE)
    with pytest.raises(InvalidInput):
        correct_record(drive.system, drive.person("CM", "sa_norvale"), record_id=done.record_id, answers=answers,
                       reason=reason)
    assert len(drive.rows(select(Record.id).where(Record.task_id == done.task_id))) == 1


def test_strangers_and_those_who_do_not_see_it_cannot_correct_it(drive: Drive) -> None:
    case_id = drive.open_case()
    done = drive.complete(case_id, "record_safety", SAFE)
    for person, error in (
        (drive.person("CM", "sa_midmar"), NotFound), (drive.person("POL"), NotFound),
        (drive.person("AUD"), NotAllowed),
    ):
        with pytest.raises(error):
            correct_record(drive.system, person, record_id=done.record_id, answers=SAFE, reason="other")
    with pytest.raises(NotFound):
        correct_record(drive.system, drive.person("CM"), record_id="nothing", answers=SAFE, reason="other")
    assert [entry.outcome for entry in drive.history(case_id)[-3:]] == ["refused"] * 3
