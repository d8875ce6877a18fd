"""Nothing goes out that was not shown: who approves a plan sees what each agency will be told, and says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import TaskPage, open_task
from nrm.commands.referrals import name_fields, prepare_referral
from nrm.records.tables.referral import Referral
from nrm.vocabulary.errors import InvalidInput
from tests.commands.referred_case import with_agreed_plan
from tests.support.driving import Drive

LINES = [{"need": "Invented need", "service": "medical", "agency": "health_centre"}]


@pytest.fixture
def waiting(drive: Drive) -> tuple[Drive, str]:
    """A plan of one line that waits for its approval; with the case."""
    return drive, with_agreed_plan(drive, LINES)


def opened(drive: Drive, case_id: str) -> TaskPage:
    task = next(task for task in drive.tasks(case_id) if task.element.startswith("approve_plan"))
    return open_task(drive.system, drive.of(task), task_id=task.id)


def approve(drive: Drive, case_id: str, page: TaskPage, **row: object) -> None:
    task = drive.any_task(page.id)
    answers = {"lines": [{"no": 1, "decision": "approved", **row}]}
    complete_task(drive.system, drive.of(task), task_id=page.id, answers=answers, seen_version=page.version)


def test_the_page_says_what_the_agency_sees_before_and_after_it_answers(waiting: tuple[Drive, str]) -> None:
    drive, case_id = waiting
    page = opened(drive, case_id)
    (told,) = page.previews
    assert (told.line_no, told.service) == (1, "medical")
    assert told.minimum["district"] == "norvale"
    assert "person.chosen_name" in told.fields
    (row,) = page.answers["lines"]  # type: ignore[misc]
    assert row["shown"] == told.mark  # type: ignore[index]
    approve(drive, case_id, page, shown=told.mark)
    sent = drive.one(select(Referral).where(Referral.case_id == case_id))
    assert (sent.status, tuple(sent.fields)) == ("sent", told.fields)


def nothing_was_shown(drive: Drive, case_id: str, mark: str) -> str:
    return ""


def another_was_shown(drive: Drive, case_id: str, mark: str) -> str:
    return mark[::-1]


def it_changed_meanwhile(drive: Drive, case_id: str, mark: str) -> str:
    referral = prepare_referral(drive.system, drive.person("CM"), case_id=case_id, line_no=1)
    name_fields(drive.system, drive.person("CM"), referral_id=referral, fields=[])
    return mark


@pytest.mark.parametrize("what", [nothing_was_shown, another_was_shown, it_changed_meanwhile])
def test_what_was_not_shown_is_not_sent(
    waiting: tuple[Drive, str], what: Callable[[Drive, str, str], str]
) -> None:
    drive, case_id = waiting
    page = opened(drive, case_id)
    mark = what(drive, case_id, page.previews[0].mark)
    row: dict[str, Any] = {"shown": mark} if mark else {}
    with pytest.raises(InvalidInput) as refused:
        approve(drive, case_id, page, **row)
    assert set(refused.value.fields) == {"lines[0].shown"}
    assert not drive.rows(select(Referral).where(Referral.case_id == case_id, Referral.status == "sent"))
    again = opened(drive, case_id)
    approve(drive, case_id, again, shown=again.previews[0].mark)
    assert drive.one(select(Referral).where(Referral.case_id == case_id)).status == "sent"


def test_a_line_that_is_cut_tells_nobody_and_asks_for_no_mark(waiting: tuple[Drive, str]) -> None:
    drive, case_id = waiting
    approve(drive, case_id, opened(drive, case_id), decision="cut", reason="Invented reason.")
    assert not drive.rows(select(Referral).where(Referral.case_id == case_id))
