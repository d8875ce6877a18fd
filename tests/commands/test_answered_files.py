"""A record names files of its own case only."""

from __future__ import annotations

import io

import pytest

from nrm.commands.correct_record import correct_record
from nrm.commands.files import attach_file
from nrm.commands.open_task import open_task
from nrm.vocabulary.errors import InvalidInput
from tests.support.driving import Drive
from tests.support.filling import fill
from tests.support.papers import A_PDF


def attached(drive: Drive, case_id: str) -> str:
    return attach_file(
        drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, category="decision", name="signed.pdf",
        media_type="application/pdf", content=io.BytesIO(A_PDF),
    )


@pytest.fixture
def case_id(drive: Drive) -> str:
    """A case whose team stands and whose consent form waits."""
    opened = drive.open_case()
    drive.complete(opened, "record_safety", {"danger_now": "no"})
    drive.complete(opened, "assemble_team")
    drive.complete(opened, "explain_rights")
    return opened


def test_a_file_of_the_case_answers_a_question(drive: Drive, case_id: str) -> None:
    file_id = attached(drive, case_id)
    done = drive.complete(case_id, "record_consent", answers={"signed": [file_id]})
    task = drive.any_task(done.task_id)
    assert open_task(drive.system, drive.of(task), task_id=task.id).answers.get("signed") is None


@pytest.mark.parametrize("whose", ["another case", "nobody"])
def test_a_file_from_elsewhere_is_refused_at_its_question(drive: Drive, case_id: str, whose: str) -> None:
    file_id = attached(drive, drive.open_case()) if whose == "another case" else "11111111-1111-4111-8111-111111111111"
    with pytest.raises(InvalidInput) as refused:
        drive.complete(case_id, "record_consent", answers={"signed": [file_id]})
    assert list(refused.value.fields) == ["signed"]


def test_a_correction_is_refused_likewise(drive: Drive, case_id: str) -> None:
    form = drive.form(drive.task(case_id, "record_consent"))
    done = drive.complete(case_id, "record_consent")
    task = drive.any_task(done.task_id)
    with pytest.raises(InvalidInput) as refused:
        correct_record(
            drive.system, drive.of(task), record_id=done.record_id, reason="typing_mistake",
            answers=fill(form, {}, {"signed": ["11111111-1111-4111-8111-111111111111"]}),
        )
    assert list(refused.value.fields) == ["signed"]
