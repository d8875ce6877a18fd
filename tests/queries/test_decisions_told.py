"""*Why high risk?*: told on the task page and in the history with the rules that applied, to each what is theirs."""

from __future__ import annotations

import pytest

from nrm.commands.open_task import TaskPage, open_task
from nrm.commands.read_history import read_history
from nrm.commands.start_run import start_run
from nrm.queries.decisions_told import DecisionTold
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.permissions import Permission
from nrm.vocabulary.phrases import Phrase
from tests.support.driving import Drive

THREATS, SELF_HARM = "Threats since leaving is yes", "Self-harm is yes"


@pytest.fixture
def reviewed(drive: Drive) -> str:
    """A case in which threats made the risk high; the safety plan is open. Returns the case's id."""
    return review(drive, "threats_since_exit")


def review(drive: Drive, danger: str) -> str:
    case_id = drive.open_case()
    start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process="risk_review")
    drive.complete(case_id, "record_event")
    drive.complete(case_id, "assess_risk_now", {"risk_known": True, danger: "yes"})
    return case_id


def page_of(drive: Drive, case_id: str) -> TaskPage:
    task = drive.task(case_id, "make_safety_plan")
    return open_task(drive.system, drive.of(task), task_id=task.id)


def why(told: tuple[DecisionTold, ...], table: str) -> DecisionTold:
    return next(one for one in told if one.table == table)


def audited(drive: Drive, actor: Actor, case_id: str, permission: Permission) -> dict[str, DecisionTold]:
    page = read_history(drive.system, actor, case_id=case_id, permission=permission)
    return {entry.decided.table: entry.decided for entry in page.entries if entry.decided is not None}


def test_the_task_page_says_why(drive: Drive, reviewed: str) -> None:
    told = why(page_of(drive, reviewed).decided, "D-07_base")
    assert {one.name: one.value for one in told.results} == {"risk_base": "high", "risk_immediate": False}
    assert any(THREATS in sentence for sentence in told.reasons)
    assert told.at == drive.clock.now()


def test_the_task_page_gives_advice_that_decides_nothing(drive: Drive, reviewed: str) -> None:
    before = drive.facts(reviewed, drive.run_of(reviewed, "risk_review").id)
    told = why(page_of(drive, reviewed).advice, "D-08_response")
    assert told.at is None
    assert told.results
    assert drive.facts(reviewed, drive.run_of(reviewed, "risk_review").id) == before


def test_the_reasons_can_be_told_in_another_language(drive: Drive, reviewed: str) -> None:
    page = page_of(drive, reviewed)
    for told in (why(page.decided, "D-07_base"), why(page.advice, "D-08_response")):
        assert told.reasons
        assert all(isinstance(sentence, Phrase) for sentence in (*told.reasons, *told.closest))


def test_the_auditor_reads_why_too(drive: Drive, reviewed: str) -> None:
    told = audited(drive, drive.person("AUD"), reviewed, Permission.AUDIT_READ)["D-07_base"]
    assert any(THREATS in sentence for sentence in told.reasons)
    assert not told.hidden


def test_what_only_a_few_read_is_kept_from_the_others(drive: Drive) -> None:
    case_id = review(drive, "self_harm_risk")
    for told in (
        why(page_of(drive, case_id).decided, "D-07_base"),
        audited(drive, drive.person("AUD"), case_id, Permission.AUDIT_READ)["D-07_base"],
    ):
        assert SELF_HARM not in str(told)
        assert told.hidden
        assert {one.name: one.value for one in told.results}["risk_base"] == "high"


def test_who_sees_only_their_own_acts_is_told_no_decision(drive: Drive, reviewed: str) -> None:
    assert audited(drive, drive.person("FR", "lantern"), reviewed, Permission.CASE_HISTORY) == {}
