"""Every way a referral leaves: none without the preview that was shown, none with one that fits no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.referral_preview import AHEAD, asks_for_marks
from nrm.commands.save_draft import save_draft
from nrm.commands.withdraw_consent import record_consent
from nrm.deployment.paths import shipped
from nrm.diagrams.forms import read_form
from nrm.records.tables.consent import Disclosure
from nrm.records.tables.referral import Referral
from nrm.vocabulary.errors import InvalidInput
from tests.commands.referred_case import LINES, STEPS, draft_plan, with_agreed_plan
from tests.support.driving import Drive
from tests.support.filling import fill

HELP = {"danger_now": "no", "shelter_wanted": "yes", "urgent_care_needed": "no"}
CALM = [{**LINES[0], "urgent": False}]
SHARED = ["contact", "identity", "plan"]
YES: Mapping[str, object] = {"no": 1, "answer": "agreed", "may_share": "yes"}
Rows = list[Mapping[str, object]]


def drafted(drive: Drive) -> str:
    """An urgent line that the person is asked about."""
    case_id = drive.open_case()
    draft_plan(drive, case_id, LINES)
    return case_id


def agreed(drive: Drive) -> str:
    """A line that waits for its approval."""
    return with_agreed_plan(drive, CALM)


def reduced(drive: Drive) -> str:
    """A line that was approved beside one that was reduced: the person hears of it, then it goes out."""
    lines = [CALM[0], {"need": "Invented need", "service": "legal", "agency": "lantern", "cost": 50}]
    case_id = drive.open_case()
    draft_plan(drive, case_id, lines)
    drive.complete(case_id, "person_agrees", {"plan_changes_wanted": False}, {
        "lines": [YES, {"no": 2, "answer": "agreed", "may_share": "no"}],
    })
    drive.complete(case_id, "approve_plan", {}, {"lines": [
        {"no": 1, "decision": "approved"}, {"no": 2, "decision": "cut", "reason": "Invented reason."},
    ]})
    return case_id


def turned_away(drive: Drive) -> str:
    """A line whose provider cannot: another one is looked for."""
    case_id = with_agreed_plan(drive, LINES)
    drive.complete(case_id, "answer_urgent_referral", {"referral_answer": "refused", "refusal_reason": "no_capacity"})
    return case_id


def covered_everywhere(drive: Drive) -> str:
    """The same, and a person who lets any provider know."""
    case_id = turned_away(drive)
    record_consent(
        drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="given", categories=SHARED,
    )
    return case_id


def asked_for_a_word(drive: Drive) -> str:
    """A line that goes to another provider, of which the person has said nothing yet."""
    case_id = turned_away(drive)
    drive.complete(case_id, "choose_other_provider", {"other_provider": "found"}, {"agency": "lantern"})
    return case_id


def asked_first(drive: Drive) -> str:
    """A provider that asked something before it says yes or no."""
    case_id = with_agreed_plan(drive, LINES)
    drive.complete(case_id, "answer_urgent_referral", {"referral_answer": "returned"}, {"question": "Invented?"})
    return case_id


def wants_a_place(drive: Drive) -> str:
    case_id = drive.open_case()
    drive.complete(case_id, "record_safety", HELP)
    return case_id


def finds_none(drive: Drive) -> str:
    case_id = wants_a_place(drive)
    drive.complete(case_id, "arrange_safe_place", {"place_found": "none_free"})
    return case_id


def a_child(drive: Drive) -> str:
    case_id = drive.open_case({"is_child": "yes"})
    drive.complete(case_id, "record_safety", {**HELP, "is_child": "yes"})
    return case_id


def no_finding(drive: Drive) -> str:
    """A case whose finding is a no: somebody else is looked for."""
    case_id = drive.open_case()
    for element, facts in (
        *STEPS[:3], ("record_consent", {"consent_interview": "given", "mechanism_declined": False}),
        ("screening", {"act_found": "no", "means_found": "no", "purpose_found": "yes", "exploitation_found": "yes",
                       "age_at_exploitation": "adult", "is_child": "no"}),
        ("confirm_finding", {"confirmation": "confirmed", "finding": "negative"}),
        ("explain_finding", {"review_asked": "no"}),
    ):
        drive.complete(case_id, element, facts)
    return case_id


@dataclass(frozen=True)
class Way:
    """A step that lets a referral go: to where, and what it then is."""

    step: str
    to: Callable[[Drive], str]
    agency: str = "health_centre"
    basis: str = "asked_here"
    becomes: str = "sent"
    facts: Mapping[str, object] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)


SHELTER = {"place_agency": "harbour_house", "person_agrees": "yes"}
WAYS: Mapping[str, Way] = {
    "an urgent line, when the person agrees": Way(
        "person_agrees", drafted, facts={"plan_changes_wanted": False}, answers={"lines": [YES]}),
    "a line, when it is approved": Way(
        "approve_plan", agreed, basis="consent", answers={"lines": [{"no": 1, "decision": "approved"}]}),
    "a line that stayed, when the person has heard of a cut": Way(
        "hear_about_cuts", reduced, basis="consent", facts={"plan_changes_wanted": False}, answers={"lines": [YES]}),
    "a line, when the person is asked for their word": Way(
        "ask_consent", asked_for_a_word, agency="lantern", facts={"consent_covers": "yes"}),
    "a line, to another provider": Way(
        "choose_other_provider", covered_everywhere, agency="lantern", basis="consent",
        facts={"other_provider": "found"}, answers={"agency": "lantern"}),
    "a line, with an answer to the provider's question": Way("answer_question", asked_first, basis="consent"),
    "a place": Way(
        "arrange_safe_place", wants_a_place, agency="harbour_house", becomes="accepted",
        facts={"place_found": "shelter"}, answers={**SHELTER, "shared_categories": SHARED}),
    "a place further away": Way(
        "widen_search", finds_none, agency="harbour_house", becomes="accepted", facts={"place_found": "shelter"},
        answers=SHELTER),
    "a place for a child": Way(
        "arrange_child_place", a_child, agency="child_protection", basis="second_person", becomes="accepted",
        answers={"child_place": "shelter", "place_agency": "child_protection", "basis": "court_order"}),
    "another provider, after a negative finding": Way(
        "find_onward_provider", no_finding, agency="lantern", basis="consent", facts={"onward_wanted": "yes"},
        answers={"onward_agency": "lantern", "onward_service": "legal", "person_agrees": "yes"}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_leaves_that_was_not_shown_as_it_is(drive: Drive, way: Way) -> None:
    case_id = way.to(drive)
    task = drive.task(case_id, way.step)
    actor = drive.of(task, 2 if task.not_by else 1)
    page = open_task(drive.system, actor, task_id=task.id)
    answers = fill(page.form, way.facts, way.answers, page.answers)
    looked = look_at_answers(drive.system, actor, task_id=task.id, answers=answers)
    told = looked.previews[0]
    agency = drive.system.configuration.agencies
    assert told.agency_name == next(one.name for one in agency if one.id == way.agency)
    assert (told.basis, told.at_once) == (way.basis, way.becomes == "accepted")
    assert told.minimum["district"] == "norvale"
    before = left(drive, case_id)
    for mark in (None, told.mark[::-1]):
        with pytest.raises(InvalidInput) as wrong:
            complete_task(drive.system, actor, task_id=task.id, answers=with_mark(looked.answers, mark))
        assert [name.rpartition(".")[2] for name in wrong.value.fields] == ["shown"]
        assert left(drive, case_id) == before
        assert drive.any_task(task.id).status != "done"
    complete_task(drive.system, actor, task_id=task.id, answers=looked.answers)
    sent = [row for row in left(drive, case_id)[0] if row not in before[0]]
    assert [(row.to_agency, row.status, tuple(row.fields)) for row in sent] == [
        (way.agency, way.becomes, told.fields)
    ]


def left(drive: Drive, case_id: str) -> tuple[list[Any], int]:
    """What has left the case: its referrals beyond the prepared ones, and how much was disclosed."""
    columns = Referral.id, Referral.to_agency, Referral.status, Referral.fields
    rows = drive.rows(select(*columns).where(Referral.case_id == case_id, Referral.status != "draft"))
    return list(rows), len(drive.rows(select(Disclosure.id).where(Disclosure.case_id == case_id)))


def with_mark(answers: Mapping[str, object], mark: str | None) -> dict[str, object]:
    """The answers with another mark, or none, wherever one stands."""
    def put(row: Mapping[str, object]) -> dict[str, object]:
        rest = {key: value for key, value in row.items() if key != "shown"}
        return rest | ({"shown": mark} if mark and "shown" in row else {})

    lines = answers.get("lines")
    return put(answers) | ({"lines": [put(row) for row in lines]} if isinstance(lines, list) else {})


def test_every_shipped_form_that_lets_something_leave_has_a_place_for_the_mark() -> None:
    acts = {*AHEAD, "referral_consent", "line_provider", "place", "onward_referral", "referral_question"}
    forms = [read_form(path.read_bytes()) for path in sorted(shipped("bpmn").glob("*/forms/*.json"))]
    going = [form for form in forms if form.act in acts]
    assert {form.act for form in going} == acts
    assert [form.id for form in going if not asks_for_marks(form)] == []


def test_a_consent_that_ends_after_the_preview_makes_it_stale(drive: Drive) -> None:
    case_id = agreed(drive)
    task = drive.task(case_id, "approve_plan")
    actor = drive.of(task)
    page = open_task(drive.system, actor, task_id=task.id)
    answers = fill(page.form, {}, {"lines": [{"no": 1, "decision": "approved"}]}, page.answers)
    record_consent(drive.system, drive.person("CM"), case_id=case_id, purpose="referral", answer="refused")
    with pytest.raises(InvalidInput):
        complete_task(drive.system, actor, task_id=task.id, answers=answers)
    (told,) = look_at_answers(drive.system, actor, task_id=task.id, answers=answers).previews
    assert told.basis == "asked_next"


def test_a_draft_is_opened_again_with_what_is_told_now(drive: Drive) -> None:
    """Whoever comes back to a draft is shown the preview of now, not held by the mark of then."""
    case_id = agreed(drive)
    task = drive.task(case_id, "approve_plan")
    actor = drive.of(task)
    page = open_task(drive.system, actor, task_id=task.id)
    answers = fill(page.form, {}, {"lines": [{"no": 1, "decision": "approved"}]}, page.answers)
    save_draft(drive.system, actor, task_id=task.id, answers=with_mark(answers, "of-another-day"))
    again = open_task(drive.system, actor, task_id=task.id)
    assert again.has_draft
    complete_task(drive.system, actor, task_id=task.id, answers=again.answers)
    assert [row.status for row in left(drive, case_id)[0]] == ["sent"]


