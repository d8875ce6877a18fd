"""Acts on one task: claim, release, complete, reassign, return, help, draft; happy, refused, stale, repeated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.ask_for_help import ask_for_help
from nrm.commands.case_life import close_case
from nrm.commands.claim_task import claim_task
from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import open_task
from nrm.commands.reassign_task import reassign_task
from nrm.commands.release_task import release_task
from nrm.commands.return_task import return_task
from nrm.commands.save_draft import save_draft
from nrm.records.drafts import read_draft
from nrm.records.tables.fact import FactVersion
from nrm.records.tables.notice import Notice, Outbox
from nrm.records.tables.record import Record
from nrm.records.tables.task import Draft
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import CaseClosed, InvalidInput, NotAllowed, NotFound, TaskNotOpen
from nrm.wiring.system import System
from tests.fault.agreement import disagreements
from tests.support.driving import Drive
from tests.support.filling import fill

SAFE = {"danger_now": "no", "shelter_wanted": "no", "urgent_care_needed": "no", "is_child": "no"}
TEAM = "case.assemble_team"
TaskAct = Callable[[System, Actor, str], object]
ACTS: dict[str, TaskAct] = {
    "task.claim": lambda system, actor, task_id: claim_task(system, actor, task_id=task_id),
    "task.complete": lambda system, actor, task_id: complete_task(system, actor, task_id=task_id, answers={}),
    "task.return": lambda system, actor, task_id: return_task(system, actor, task_id=task_id, question="Which one?"),
    "task.help": lambda system, actor, task_id: ask_for_help(system, actor, task_id=task_id, kind="need_help"),
    "task.release": lambda system, actor, task_id: release_task(system, actor, task_id=task_id),
    "task.reassign": lambda system, actor, task_id: reassign_task(
        system, actor, task_id=task_id, to_user_id="coord-sa_norvale-2", reason="absence"),
}


@pytest.fixture
def case_id(drive: Drive) -> str:
    """A case with its first two tasks open: the team (coordinator), the safety check (first responder)."""
    return drive.open_case()


# -- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTS)
def test_to_a_stranger_the_task_does_not_exist_and_the_try_is_entered(
    drive: Drive, case_id: str, name: str
) -> None:
    task = drive.task(case_id, TEAM)
    before = len(drive.history(case_id))
    with pytest.raises(NotFound):
        ACTS[name](drive.system, drive.person("CM", "sa_southport"), task.id)
    entries = drive.history(case_id, before)
    assert [(e.actor, e.outcome) for e in entries] == [("cm-sa_southport-1", "refused")]
    assert drive.any_task(task.id) == task


@pytest.mark.parametrize("name", ["task.claim", "task.complete", "task.return", "task.help", "task.reassign"])
def test_another_role_of_the_case_is_refused_and_the_refusal_is_entered(
    drive: Drive, case_id: str, name: str
) -> None:
    task = drive.task(case_id, TEAM)
    before = len(drive.history(case_id))
    with pytest.raises((NotAllowed, NotFound)):
        ACTS[name](drive.system, drive.person("CM"), task.id)
    assert [e.outcome for e in drive.history(case_id, before)] == ["refused"]
    assert drive.any_task(task.id) == task


@pytest.mark.parametrize("name", ACTS)
def test_a_task_that_is_nowhere_is_not_found(drive: Drive, name: str) -> None:
    with pytest.raises(NotFound):
        ACTS[name](drive.system, drive.person("COORD"), "no-such-task")


@pytest.mark.parametrize("name", ACTS)
def test_after_completion_every_act_says_by_which_role_and_when(drive: Drive, case_id: str, name: str) -> None:
    task = drive.task(case_id, TEAM)
    drive.complete(case_id, TEAM)
    before = drive.any_task(task.id)
    drive.clock.advance(timedelta(minutes=3))
    with pytest.raises(TaskNotOpen) as refused:
        ACTS[name](drive.system, drive.person("COORD"), task.id)
    assert (refused.value.code, refused.value.role, refused.value.at) == (
        "task_already_completed", "COORD", before.done_at)
    sentence = refused.value.sentence
    assert "by the role COORD on 02 March 2026 at 09:00 UTC" in sentence
    assert "coord-" not in sentence
    assert drive.any_task(task.id) == before


# -- claim, release ---------------------------------------------------------------------------------


def test_claiming_takes_the_task_and_claiming_again_changes_nothing(any_drive: Drive) -> None:
    case_id = any_drive.open_case()
    task, first = any_drive.task(case_id, TEAM), any_drive.person("COORD")
    version = claim_task(any_drive.system, first, task_id=task.id)
    assert claim_task(any_drive.system, first, task_id=task.id) == version == task.version + 1
    assert any_drive.any_task(task.id).assignee_id == first.user_id
    assert any_drive.acts(case_id).count("task.claimed") == 1


def test_a_colleague_comes_too_late_for_a_claimed_task(drive: Drive, case_id: str) -> None:
    task = drive.task(case_id, TEAM)
    claim_task(drive.system, drive.person("COORD"), task_id=task.id)
    for name in ("task.claim", "task.complete"):
        with pytest.raises(TaskNotOpen) as refused:
            ACTS[name](drive.system, drive.person("COORD", number=2), task.id)
        assert refused.value.code == "task_taken"


def test_a_released_task_is_for_everyone_again_and_keeps_its_draft(drive: Drive, case_id: str) -> None:
    task, first, second = drive.task(case_id, TEAM), drive.person("COORD"), drive.person("COORD", number=2)
    claim_task(drive.system, first, task_id=task.id)
    save_draft(drive.system, first, task_id=task.id, answers={"persons_wish": "Invented words."})
    with pytest.raises((NotAllowed, TaskNotOpen)):
        release_task(drive.system, second, task_id=task.id)
    release_task(drive.system, first, task_id=task.id)
    assert drive.any_task(task.id).status == "open"
    claim_task(drive.system, second, task_id=task.id)
    assert open_task(drive.system, second, task_id=task.id).has_draft is False
    assert drive.rows(select(Draft.user_id).where(Draft.task_id == task.id))[0].user_id == first.user_id


# -- complete ---------------------------------------------------------------------------------------


def test_completion_leaves_record_facts_history_and_the_next_tasks(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    task = drive.task(case_id, "record_safety")
    done = drive.complete(case_id, "record_safety", {**SAFE, "shelter_wanted": "yes"})
    row = drive.any_task(task.id)
    assert (row.status, row.done_by, row.done_role) == ("done", "fr-lantern-1", "FR")
    assert drive.one(select(Record.entered_by, Record.role).where(Record.id == done.record_id)) == (
        "fr-lantern-1", "FR")
    assert "immediate_assistance.arrange_safe_place" in drive.open(case_id)
    assert drive.facts(case_id, row.run_id)["shelter_wanted"] == "yes"
    entry = next(e for e in drive.history(case_id) if e.act == "task.completed")
    assert (entry.actor, entry.object, entry.bundle) == ("fr-lantern-1", f"task:{task.id}", row.bundle)
    assert entry.rule
    assert disagreements(drive, case_id) == []


def test_completing_twice_keeps_what_the_second_person_typed(any_drive: Drive) -> None:
    drive = any_drive
    case_id = drive.open_case()
    task, second = drive.task(case_id, "record_safety"), drive.person("FR", "lantern", 2)
    typed = fill(drive.form(task), {**SAFE, "danger_now": "yes"}, {"danger_what": "Invented words."})
    drive.complete(case_id, "record_safety", SAFE)
    with pytest.raises(TaskNotOpen) as refused:
        complete_task(drive.system, second, task_id=task.id, answers=typed, seen_version=1)
    assert (refused.value.code, refused.value.role) == ("task_already_completed", "FR")
    with drive.system.database.reader(second) as unit:
        draft = read_draft(unit, task.id)
    assert draft is not None
    assert draft.answers == typed
    assert len(drive.rows(select(Record.id).where(Record.task_id == task.id))) == 1
    assert drive.facts(case_id, task.run_id)["danger_now"] == "no"


def test_a_stale_version_is_refused_and_the_words_are_kept(drive: Drive, case_id: str) -> None:
    task, first = drive.task(case_id, TEAM), drive.person("COORD")
    claim_task(drive.system, first, task_id=task.id)
    typed = fill(drive.form(task), {})
    with pytest.raises(TaskNotOpen) as refused:
        complete_task(drive.system, first, task_id=task.id, answers=typed, seen_version=task.version)
    assert refused.value.code == "task_changed"
    with drive.system.database.reader(first) as unit:
        draft = read_draft(unit, task.id)
    assert draft is not None
    assert draft.answers == typed
    assert drive.any_task(task.id).status == "claimed"


@pytest.mark.parametrize(("answers", "field"), [
    ({**SAFE, "no_such_question": "x"}, "no_such_question"),
    ({**SAFE, "danger_now": "perhaps"}, "danger_now"),
    ({key: value for key, value in SAFE.items() if key != "is_child"}, "is_child"),
    ({**SAFE, "danger_now": ["yes"]}, "danger_now"),
])
def test_a_wrong_answer_is_placed_and_nothing_is_left_behind(
    drive: Drive, case_id: str, answers: dict[str, object], field: str
) -> None:
    task, before = drive.task(case_id, "record_safety"), len(drive.history(case_id))
    with pytest.raises(InvalidInput) as refused:
        complete_task(drive.system, drive.person("FR", "lantern"), task_id=task.id, answers=answers)
    assert list(refused.value.fields) == [field]
    assert drive.any_task(task.id) == task
    assert len(drive.history(case_id)) == before


def test_when_it_happened_is_kept_and_may_not_be_later_than_now(drive: Drive, case_id: str) -> None:
    task, actor = drive.task(case_id, "record_safety"), drive.person("FR", "lantern")
    answers, now = fill(drive.form(task), SAFE), drive.clock.now()
    with pytest.raises(InvalidInput) as refused:
        complete_task(drive.system, actor, task_id=task.id, answers=answers, happened_at=now + timedelta(hours=1))
    assert list(refused.value.fields) == ["happened_at"]
    then = now - timedelta(days=2)
    done = complete_task(drive.system, actor, task_id=task.id, answers=answers, happened_at=then)
    assert drive.one(select(Record.happened_at, Record.entered_at).where(Record.id == done.record_id)) == (then, now)


def test_a_closed_case_takes_no_completion(drive: Drive, case_id: str) -> None:
    task = drive.task(case_id, "record_safety")
    close_case(drive.system, drive.person("COORD"), case_id=case_id, reason="duplicate")
    with pytest.raises((TaskNotOpen, CaseClosed, NotFound)):
        complete_task(drive.system, drive.person("FR", "lantern"), task_id=task.id, answers=SAFE)
    assert drive.open(case_id) == []
    assert disagreements(drive, case_id) == []


def test_facts_are_versions_and_an_unchanged_fact_is_not_written_again(drive: Drive, case_id: str) -> None:
    drive.complete(case_id, "record_safety", SAFE)
    names = [row.name for row in drive.rows(select(FactVersion.name).where(FactVersion.case_id == case_id))]
    assert names.count("is_child") == 1
    assert names.count("danger_now") == 1


# -- help, return, reassign -------------------------------------------------------------------------


def test_not_mine_gives_the_task_back_and_tells_the_supervisors(drive: Drive, case_id: str) -> None:
    task, first = drive.task(case_id, TEAM), drive.person("COORD")
    claim_task(drive.system, first, task_id=task.id)
    ask_for_help(drive.system, first, task_id=task.id, kind="not_mine", words="Invented words.")
    row = drive.any_task(task.id)
    assert (row.status, row.assignee_id, row.help_asked_at) == ("open", None, drive.clock.now())
    told = drive.rows(select(Notice.user_id).where(Notice.kind == "help_not_mine"))
    assert "sup-sa_norvale-1" in {row.user_id for row in told}
    assert len(drive.rows(select(Outbox.id))) == len(told)


def test_a_colleague_cannot_give_away_a_task_that_somebody_has(drive: Drive, case_id: str) -> None:
    task = drive.task(case_id, TEAM)
    claim_task(drive.system, drive.person("COORD"), task_id=task.id)
    with pytest.raises(NotAllowed):
        ask_for_help(drive.system, drive.person("COORD", number=2), task_id=task.id, kind="not_mine")
    assert drive.any_task(task.id).assignee_id == "coord-sa_norvale-1"


def test_need_help_leaves_the_task_where_it_is(drive: Drive, case_id: str) -> None:
    task, first = drive.task(case_id, TEAM), drive.person("COORD")
    claim_task(drive.system, first, task_id=task.id)
    ask_for_help(drive.system, first, task_id=task.id, kind="need_help")
    assert drive.any_task(task.id).assignee_id == first.user_id
    with pytest.raises(InvalidInput):
        ask_for_help(drive.system, first, task_id=task.id, kind="shout")


def test_a_question_returns_the_task_and_nothing_typed_is_lost(drive: Drive, case_id: str) -> None:
    task, first = drive.task(case_id, TEAM), drive.person("COORD")
    claim_task(drive.system, first, task_id=task.id)
    save_draft(drive.system, first, task_id=task.id, answers={"persons_wish": "Invented words."})
    return_task(drive.system, first, task_id=task.id, question="Which district?")
    row = drive.any_task(task.id)
    assert (row.status, row.assignee_id, row.question) == ("open", None, True)
    assert open_task(drive.system, first, task_id=task.id).answers == {"persons_wish": "Invented words."}
    with pytest.raises(InvalidInput):
        return_task(drive.system, first, task_id=task.id, question="  ")


def test_a_supervisor_gives_a_task_to_a_colleague_by_name(drive: Drive, case_id: str) -> None:
    task, first = drive.task(case_id, TEAM), drive.person("COORD")
    claim_task(drive.system, first, task_id=task.id)
    reassign_task(drive.system, drive.person("SUP"), task_id=task.id, to_user_id="coord-sa_norvale-2", reason="absence")
    row = drive.any_task(task.id)
    assert (row.status, row.assignee_id) == ("claimed", "coord-sa_norvale-2")
    assert row.reason_chain[-1] == "It was given to you by name."
    kinds = {(n.user_id, n.kind) for n in drive.rows(select(Notice.user_id, Notice.kind))}
    assert {("coord-sa_norvale-2", "task_given"), ("coord-sa_norvale-1", "task_taken_over")} <= kinds
    with pytest.raises(TaskNotOpen):
        complete_task(drive.system, first, task_id=task.id, answers={})


@pytest.mark.parametrize(("to", "reason", "field"), [
    ("cm-sa_norvale-1", "absence", "to_user_id"),
    ("coord-sa_midmar-1", "absence", "to_user_id"),
    ("nobody", "absence", "to_user_id"),
    ("coord-sa_norvale-2", "because", "reason"),
])
def test_a_task_is_only_given_to_who_fills_its_role_and_with_a_reason(
    drive: Drive, case_id: str, to: str, reason: str, field: str
) -> None:
    task = drive.task(case_id, TEAM)
    with pytest.raises(InvalidInput) as refused:
        reassign_task(drive.system, drive.person("SUP"), task_id=task.id, to_user_id=to, reason=reason)
    assert list(refused.value.fields) == [field]


# -- separation of duties ---------------------------------------------------------------------------


def test_separation_of_duties_names_the_rule_and_is_entered(drive: Drive, case_id: str) -> None:
    """table:D-22: the person who screened has the supervisor's role too, and still may not confirm."""
    both = Actor("cm-sa_norvale-1", "sa_norvale", frozenset({"CM", "SUP"}), "coordination")
    for element, facts in (
        ("record_safety", SAFE), (TEAM, {}), ("explain_rights", {}),
        ("record_consent", {"consent_interview": "given", "mechanism_declined": False}),
        ("screening", {"act_found": "yes", "means_found": "yes", "purpose_found": "yes", "exploitation_found": "yes",
                       "age_at_exploitation": "adult"}),
    ):
        drive.complete(case_id, element, facts)
    task = drive.task(case_id, "confirm_finding")
    assert open_task(drive.system, both, task_id=task.id).separated is not None
    with pytest.raises(NotAllowed) as refused:
        complete_task(drive.system, both, task_id=task.id, answers={})
    assert refused.value.code == "separation_of_duties"
    last = drive.history(case_id)[-1]
    assert (last.outcome, last.rule) == ("refused", "separation:screening")
    assert drive.task(case_id, "confirm_finding").id == task.id
