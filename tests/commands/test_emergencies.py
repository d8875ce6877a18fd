"""Opening a case in an emergency: for a reason, for hours, told at once, reviewed as a task (goal:S21, domain 2.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.add_note import add_note
from nrm.commands.case_life import close_case
from nrm.commands.claim_task import claim_task
from nrm.commands.complete_task import complete_task
from nrm.commands.conflicts import note_conflict
from nrm.commands.emergencies import end_emergency, open_in_emergency
from nrm.commands.open_task import open_task
from nrm.commands.read_case import read_case, read_process, read_stay, reveal
from nrm.commands.read_history import read_history
from nrm.commands.release_task import release_task
from nrm.commands.same_person import say_same_person
from nrm.commands.watching_access import read_emergency_words
from nrm.queries.case_list import case_list
from nrm.queries.signals import emergencies, my_emergencies, signals
from nrm.records.tables.history import INSTALLATION
from nrm.records.tables.need_to_know import BreakGlass
from nrm.records.tables.notice import Notice, Outbox
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooManyTries
from tests.support.driving import START, Drive

REVIEW, ABOVE = "emergency_review.review_access", "escalation.see_to_it_nationally"
WORDS = "The neighbours hear shouting; nobody of the team answers."


@pytest.fixture
def case_id(any_drive: Drive) -> str:
    """A case of Social Assistance Norvale."""
    return any_drive.open_case()


def an_outsider(drive: Drive) -> Actor:
    """A coordinator of Midmar, who has nothing to do with it."""
    return drive.person("COORD", "sa_midmar")


def opened(drive: Drive, actor: Actor, case_id: str, *, stay: bool = False) -> str:
    """Open the case in an emergency; returns the id."""
    return open_in_emergency(
        drive.system, actor, code=drive.case(case_id).code, reason="danger_to_life", words=WORDS, stay=stay,
    ).id


def officer(drive: Drive) -> Actor:
    """The data-protection officer, whom the invented country has."""
    return drive.person("DPO", "national_unit")


def test_it_opens_the_case_for_four_hours_and_ends_by_itself(any_drive: Drive, case_id: str) -> None:
    outsider, system = an_outsider(any_drive), any_drive.system
    with pytest.raises(NotFound):
        read_case(system, outsider, case_id=case_id)
    opened(any_drive, outsider, case_id)
    assert read_case(system, outsider, case_id=case_id).code == any_drive.case(case_id).code
    assert case_list(system, outsider).items == (), "one case is open by its code, and in no list"
    any_drive.clock.advance(timedelta(hours=4) - timedelta(seconds=1))
    read_case(system, outsider, case_id=case_id)
    any_drive.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotFound):
        read_case(system, outsider, case_id=case_id)


def test_only_what_the_role_needs_is_opened_and_nothing_can_be_done(any_drive: Drive, case_id: str) -> None:
    outsider, system = an_outsider(any_drive), any_drive.system
    opened(any_drive, outsider, case_id)
    reveal(system, outsider, case_id=case_id, group="identity")
    for group in ("self_harm", "stay"):
        with pytest.raises(NotAllowed):
            reveal(system, outsider, case_id=case_id, group=group)
    with pytest.raises(NotAllowed):
        read_process(system, outsider, case_id=case_id)
    with pytest.raises(NotAllowed):
        read_history(system, outsider, case_id=case_id)
    with pytest.raises(NotAllowed):
        add_note(system, outsider, case_id=case_id, category="process", text="words")


def test_the_place_of_stay_is_chosen_apart(any_drive: Drive, case_id: str) -> None:
    outsider = an_outsider(any_drive)
    opened(any_drive, outsider, case_id, stay=True)
    read_stay(any_drive.system, outsider, case_id=case_id)


@pytest.mark.parametrize(("role", "agency", "groups"), [
    ("POL", "police", {"identity", "contact"}),
    ("NCU", "national_unit", {"identity", "contact"}),
    ("AUD", "national_unit", {"identity"}),
])
def test_each_role_opens_what_the_configuration_lists(
    any_drive: Drive, case_id: str, role: str, agency: str, groups: set[str]
) -> None:
    actor = any_drive.person(role, agency)
    opened(any_drive, actor, case_id)
    found = set()
    for group in ("identity", "contact", "stay", "self_harm"):
        try:
            reveal(any_drive.system, actor, case_id=case_id, group=group)
            found.add(group)
        except NotAllowed:
            pass
    assert found == groups


def test_every_reading_under_it_says_so(any_drive: Drive, case_id: str) -> None:
    outsider = an_outsider(any_drive)
    opened(any_drive, outsider, case_id)
    read_case(any_drive.system, outsider, case_id=case_id)
    reveal(any_drive.system, outsider, case_id=case_id, group="identity")
    entries = [one for one in any_drive.history(case_id) if one.actor == outsider.user_id and one.act != "run.started"]
    assert [(one.act, one.rule) for one in entries if one.act in ("read", "revealed")] == [
        ("read", "glass:COORD:case.read"), ("revealed", "glass:COORD:case.read"),
    ]
    assert "emergency.opened" in any_drive.acts(case_id)


def test_the_managers_and_the_officer_hear_at_once(any_drive: Drive, case_id: str) -> None:
    outsider = an_outsider(any_drive)
    opened(any_drive, outsider, case_id)
    told = {row.user_id for row in any_drive.rows(select(Notice.user_id).where(Notice.kind == "emergency_opened"))}
    managers = {f"cm-sa_norvale-{number}" for number in (1, 2)}
    assert told >= managers | {officer(any_drive).user_id}
    letters = any_drive.rows(select(Outbox.user_id, Outbox.weight, Outbox.next_at))
    at_once = {row.user_id for row in letters if row.weight == "safety" and row.next_at == START}
    assert at_once >= managers | {officer(any_drive).user_id}


def review(drive: Drive, actor: Actor, case_id: str, verdict: str, *, late_reason: str | None = None) -> None:
    """Claim and complete the review."""
    task = drive.task(case_id, "review_access")
    claim_task(drive.system, actor, task_id=task.id)
    page = open_task(drive.system, actor, task_id=task.id)
    complete_task(
        drive.system, actor, task_id=task.id, answers={"verdict": verdict, "because": "looked at the entries"},
        seen_version=page.version, happened_at=drive.clock.now(), late_reason=late_reason,
    )


@pytest.mark.parametrize(("verdict", "kinds"), [
    ("justified", {"emergency"}), ("not_justified", {"emergency", "not_justified"}),
])
def test_an_auditor_reviews_it_as_a_task(any_drive: Drive, case_id: str, verdict: str, kinds: set[str]) -> None:
    auditor = any_drive.person("AUD", "national_unit")
    emergency_id = opened(any_drive, an_outsider(any_drive), case_id)
    assert read_emergency_words(any_drive.system, auditor, emergency_id=emergency_id) == WORDS
    review(any_drive, auditor, case_id, verdict)
    line = emergencies(any_drive.system, auditor).items[0]
    assert (line.id, line.verdict, line.reviewed_by_name) == (emergency_id, verdict, "AUD 1 Invented")
    assert {one.kind for one in signals(any_drive.system, officer(any_drive)).items} == kinds
    assert any_drive.run_of(case_id, "emergency_review").outcome == "access_reviewed"


def test_nobody_reviews_their_own_with_whichever_account(any_drive: Drive, case_id: str) -> None:
    auditor, outsider = any_drive.person("AUD", "national_unit"), an_outsider(any_drive)
    opened(any_drive, outsider, case_id)
    say_same_person(
        any_drive.system, any_drive.person("ADMIN", "national_unit"), user_id=auditor.user_id, login=outsider.user_id,
    )
    with pytest.raises(NotAllowed) as refused:
        review(any_drive, auditor, case_id, "justified")
    assert refused.value.rule == "separation:emergency"
    release_task(any_drive.system, auditor, task_id=any_drive.task(case_id, "review_access").id)
    review(any_drive, any_drive.person("AUD", "national_unit", 2), case_id, "justified")


def test_one_that_nobody_reviews_climbs(any_drive: Drive, case_id: str) -> None:
    opened(any_drive, an_outsider(any_drive), case_id)
    task = any_drive.task(case_id, "review_access")
    assert task.due_at == START + timedelta(hours=72)
    any_drive.wait(timedelta(hours=72))
    missed = any_drive.rows(select(Notice.user_id).where(Notice.text_key.contains("missed")))
    assert officer(any_drive).user_id in {row.user_id for row in missed}
    any_drive.wait(timedelta(hours=24))
    assert any_drive.task(case_id, "see_to_it_nationally").role == "NCU"


@pytest.mark.parametrize("missed", [False, True])
def test_closing_the_case_does_not_end_the_review(any_drive: Drive, case_id: str, missed: bool) -> None:
    opened(any_drive, an_outsider(any_drive), case_id)
    if missed:
        any_drive.wait(timedelta(hours=96))
    kept = {REVIEW, *((ABOVE,) if missed else ())}
    coordinator, system = any_drive.person("COORD"), any_drive.system
    assert close_case(system, coordinator, case_id=case_id, reason="duplicate") is False
    assert set(any_drive.open(case_id)) == kept, "everything else is withdrawn"
    assert any_drive.case(case_id).status == "follow_up"
    if not missed:
        any_drive.wait(timedelta(hours=96))
        assert ABOVE in any_drive.open(case_id), "it climbs as it would have"
    review(any_drive, any_drive.person("AUD", "national_unit"), case_id, "justified", late_reason="workload")
    assert any_drive.open(case_id) == []
    closed = any_drive.case(case_id)
    assert (closed.status, closed.closed_at) == ("closed", any_drive.clock.now())
    assert [act for act in any_drive.acts(case_id) if act.startswith("case.clos")] == ["case.closing", "case.closed"]


def test_a_case_whose_emergencies_are_reviewed_closes_at_once(any_drive: Drive, case_id: str) -> None:
    opened(any_drive, an_outsider(any_drive), case_id)
    review(any_drive, any_drive.person("AUD", "national_unit"), case_id, "justified")
    assert close_case(any_drive.system, any_drive.person("COORD"), case_id=case_id, reason="duplicate")


def test_who_is_kept_away_or_guesses_is_told_the_same(any_drive: Drive, case_id: str) -> None:
    outsider, system = an_outsider(any_drive), any_drive.system
    note_conflict(system, any_drive.person("SUP"), case_id=case_id, user_id=outsider.user_id, reason="relative")
    said = []
    for code in (any_drive.case(case_id).code, "ZZZ-ZZZZ"):
        with pytest.raises(InvalidInput) as refused:
            open_in_emergency(system, outsider, code=code, reason="danger_to_life", words=WORDS)
        said.append(refused.value.fields)
    assert said[0] == said[1]
    assert any_drive.acts(INSTALLATION).count("emergency.refused") == 2
    assert any_drive.rows(select(BreakGlass)) == []


def test_codes_are_not_guessed(any_drive: Drive) -> None:
    outsider = an_outsider(any_drive)
    for _ in range(10):
        with pytest.raises(InvalidInput):
            open_in_emergency(any_drive.system, outsider, code="ZZZ-ZZZZ", reason="danger_to_life", words=WORDS)
    with pytest.raises(TooManyTries):
        open_in_emergency(any_drive.system, outsider, code="ZZZ-ZZZZ", reason="danger_to_life", words=WORDS)


def test_a_conflict_ends_it(any_drive: Drive, case_id: str) -> None:
    outsider = an_outsider(any_drive)
    opened(any_drive, outsider, case_id)
    note_conflict(any_drive.system, any_drive.person("SUP"), case_id=case_id, user_id=outsider.user_id, reason="known")
    with pytest.raises(NotFound):
        read_case(any_drive.system, outsider, case_id=case_id)
    assert my_emergencies(any_drive.system, outsider) == ()


def test_it_is_ended_by_hand(any_drive: Drive, case_id: str) -> None:
    outsider = an_outsider(any_drive)
    emergency_id = opened(any_drive, outsider, case_id)
    with pytest.raises(NotFound):
        end_emergency(any_drive.system, any_drive.person("COORD", "sa_midmar", 2), emergency_id=emergency_id)
    end_emergency(any_drive.system, outsider, emergency_id=emergency_id)
    with pytest.raises(NotFound):
        read_case(any_drive.system, outsider, case_id=case_id)


@pytest.mark.parametrize(("role", "agency", "error"), [
    ("FR", "lantern", NotAllowed), ("ADMIN", "national_unit", NotAllowed), ("DES", "national_unit", NotAllowed),
    ("COORD", "sa_norvale", Conflict),
])
def test_who_may_not_or_need_not(
    any_drive: Drive, case_id: str, role: str, agency: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        opened(any_drive, any_drive.person(role, agency), case_id)


def test_the_words_are_sealed(any_drive: Drive, case_id: str) -> None:
    opened(any_drive, an_outsider(any_drive), case_id)
    assert WORDS.encode() not in any_drive.one(select(BreakGlass.sealed)).sealed
