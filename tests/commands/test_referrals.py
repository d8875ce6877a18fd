"""A referral from both sides: the minimum before it is taken on, the fields it names after, its states and ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from nrm.commands.case_life import close_case
from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import open_task
from nrm.commands.plan_lines import lines_of
from nrm.commands.read_case import read_case
from nrm.commands.referrals import name_fields, prepare_referral, read_choice, read_referral, withdraw_referral
from nrm.commands.withdraw_consent import record_consent
from nrm.queries.referrals import referrals
from nrm.records.tables.agency import Agency
from nrm.records.tables.referral import PlanLine, Referral
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.commands.referred_case import draft_plan
from tests.fault.agreement import disagreements
from tests.support.driving import Drive
from tests.support.filling import fill

PROVIDER = "health_centre"
NAME, NUMBER = "Iluna Invented", "+000 555 0199"
LINES = [{
    "need": "Invented need", "service": "medical", "agency": PROVIDER, "urgent": True,
    "need_to_know": "Invented: comes with a worker.",
}]


def planned(drive: Drive) -> str:
    """A case with an urgent line that the person has not answered yet; returns its id."""
    case_id = drive.open_case(answers={
        "chosen_name": NAME, "contact_channel": "phone", "contact_value": NUMBER, "language": "uk",
    })
    drive.clock.advance(timedelta(minutes=1))
    draft_plan(drive, case_id, LINES)
    return case_id


def agree(drive: Drive, case_id: str) -> None:
    """The person agrees to the line and to telling its provider; the referral is sent in that act."""
    drive.complete(
        case_id, "person_agrees", {"plan_changes_wanted": False},
        {"lines": [{"no": 1, "answer": "agreed", "may_share": "yes"}]},
    )


def sent(drive: Drive) -> tuple[str, str]:
    """A case whose referral waits for the provider's answer: the case's and the referral's id."""
    case_id = planned(drive)
    agree(drive, case_id)
    return case_id, str(the_row(drive, case_id).id)


def the_row(drive: Drive, case_id: str) -> Any:
    return drive.one(select(Referral).where(Referral.case_id == case_id))


def answer(drive: Drive, case_id: str, said: str, **answers: object) -> None:
    drive.complete(case_id, "answer_urgent_referral", {"referral_answer": said}, answers)


def test_before_acceptance_the_provider_is_given_the_minimum_and_no_name(any_drive: Drive) -> None:
    drive = any_drive
    case_id, referral_id = sent(drive)
    provider = drive.person("PROV", PROVIDER)
    seen = read_referral(drive.system, provider, referral_id=referral_id)
    assert seen.minimum == {
        "age_band": "adult", "district": "norvale", "needs": ["interpreter"], "language": "Albanian",
    }  # the newest answers
    assert (seen.box, seen.status, seen.told) == ("received", "sent", ())
    page = open_task(drive.system, provider, task_id=drive.task(case_id, "answer_urgent_referral").id)
    everything = f"{seen} {page.answers} {page.known}"
    assert not [word for word in (NAME, NUMBER, "Invented need", "comes with a worker") if word in everything]
    with pytest.raises(NotFound):
        read_case(drive.system, provider, case_id=case_id)


def test_after_acceptance_the_provider_sees_the_named_fields_and_no_others(any_drive: Drive) -> None:
    drive = any_drive
    case_id, referral_id = sent(drive)
    manager, provider = drive.person("CM"), drive.person("PROV", PROVIDER)
    offered = {one.element for one in read_choice(drive.system, manager, referral_id=referral_id).offers}
    assert {"person.chosen_name", "contact.value"} <= offered
    name_fields(drive.system, manager, referral_id=referral_id, fields=["person.chosen_name"])
    answer(drive, case_id, "accepted")
    told = {one.element: one.value for one in read_referral(drive.system, provider, referral_id=referral_id).told}
    assert told == {"person.chosen_name": NAME}
    assert NUMBER not in str(read_case(drive.system, provider, case_id=case_id))
    name_fields(drive.system, manager, referral_id=referral_id, fields=["person.chosen_name", "contact.value"])
    told = {one.element: one.value for one in read_referral(drive.system, provider, referral_id=referral_id).told}
    assert told["contact.value"] == NUMBER


def test_what_is_named_is_chosen_before_it_is_sent(drive: Drive) -> None:
    case_id = planned(drive)
    manager = drive.person("CM")
    record_consent(
        drive.system, manager, case_id=case_id, purpose="referral", answer="given", recipients=[PROVIDER],
        categories=["identity", "contact", "plan"],
    )
    referral_id = prepare_referral(drive.system, manager, case_id=case_id, line_no=1)
    assert prepare_referral(drive.system, manager, case_id=case_id, line_no=1) == referral_id
    name_fields(drive.system, manager, referral_id=referral_id, fields=["person.language"])
    assert not referrals(drive.system, drive.person("PROV", PROVIDER)).items
    agree(drive, case_id)
    row = the_row(drive, case_id)
    assert (row.id, row.status, "person.chosen_name" in row.fields) == (referral_id, "sent", False)


def test_nothing_that_the_consent_does_not_cover_can_be_named(drive: Drive) -> None:
    _, referral_id = sent(drive)
    for element in ("screening.act_found", "person.nowhere"):
        with pytest.raises(InvalidInput):
            name_fields(drive.system, drive.person("CM"), referral_id=referral_id, fields=[element])


def test_a_refusal_names_other_providers_in_the_same_act(any_drive: Drive) -> None:
    drive = any_drive
    case_id, referral_id = sent(drive)
    answer(drive, case_id, "refused", refusal_reason="no_capacity")
    seen = read_referral(drive.system, drive.person("CM"), referral_id=referral_id)
    assert (seen.status, seen.reason_code) == ("refused", "no_capacity")
    assert "Lantern Association" in seen.alternatives
    assert "Velmara Health Centre" not in seen.alternatives
    page = open_task(drive.system, drive.person("CM"), task_id=drive.task(case_id, "choose_other_provider").id)
    assert "Lantern Association" in str(page.answers["alternatives"])
    with pytest.raises(NotFound):
        read_referral(drive.system, drive.person("PROV", PROVIDER), referral_id=referral_id)
    assert disagreements(drive, case_id) == []


def test_a_question_first_goes_to_the_referrer_and_back_with_a_new_clock(drive: Drive) -> None:
    case_id, referral_id = sent(drive)
    answer(drive, case_id, "returned", question="Invented question?")
    manager, provider = drive.person("CM"), drive.person("PROV", PROVIDER)
    assert the_row(drive, case_id).status == "returned"
    assert open_task(drive.system, manager, task_id=drive.task(case_id, "answer_question").id).answers[
        "question"] == "Invented question?"
    drive.complete(case_id, "answer_question", {}, {"question_answer": "Invented answer."})
    seen = read_referral(drive.system, provider, referral_id=referral_id)
    assert (seen.status, seen.question, seen.answer) == ("sent", "Invented question?", "Invented answer.")
    assert seen.due_at is not None
    answer(drive, case_id, "accepted")
    assert the_row(drive, case_id).status == "accepted"


@pytest.mark.parametrize(("delivered", "confirmed", "status"), [
    ("delivered", "delivered", "confirmed"), ("partly", "partly", "confirmed"),
    ("not_delivered", "not_delivered", "not_delivered"), ("delivered", "not_delivered", "not_delivered"),
    ("declined", "declined", "not_delivered"),
])
def test_the_persons_word_ends_a_referral_and_the_access_that_came_to_nothing(
    drive: Drive, delivered: str, confirmed: str, status: str
) -> None:
    case_id, _ = sent(drive)
    answer(drive, case_id, "accepted")
    drive.complete(case_id, "deliver_service", {"service_delivered": delivered})
    drive.complete(case_id, "confirm_delivery", {"service_delivered": confirmed}, number=2)
    assert the_row(drive, case_id).status == status
    provider = drive.person("PROV", PROVIDER)
    if status == "confirmed":
        read_case(drive.system, provider, case_id=case_id)
    else:
        with pytest.raises(NotFound):
            read_case(drive.system, provider, case_id=case_id)


def test_taken_back_the_tasks_and_the_access_end_and_the_line_is_in_the_plan_again(any_drive: Drive) -> None:
    drive = any_drive
    case_id, referral_id = sent(drive)
    answer(drive, case_id, "accepted")
    provider, task = drive.person("PROV", PROVIDER), drive.task(case_id, "deliver_service")
    withdraw_referral(drive.system, drive.person("CM"), referral_id=referral_id, reason="not_needed")
    assert drive.any_task(task.id).status == "withdrawn"
    assert drive.one(select(PlanLine.status).where(PlanLine.case_id == case_id)).status == "returned"
    with pytest.raises(NotFound):
        read_referral(drive.system, provider, referral_id=referral_id)
    with pytest.raises(Conflict):
        withdraw_referral(drive.system, drive.person("CM"), referral_id=referral_id, reason="not_needed")
    card = referrals(drive.system, provider).items[0]
    assert (card.status, card.may_open, card.case_code) == ("revoked", False, "")
    assert disagreements(drive, case_id) == []


@pytest.mark.parametrize(("role", "agency", "error"), [
    ("PROV", PROVIDER, NotAllowed), ("CM", "sa_southport", NotFound), ("PROV", "lantern", NotFound),
    ("POL", "police", NotFound),
])
def test_only_the_referrers_side_takes_back(drive: Drive, role: str, agency: str, error: type[Exception]) -> None:
    case_id, referral_id = sent(drive)
    answer(drive, case_id, "accepted")
    with pytest.raises(error):
        withdraw_referral(drive.system, drive.person(role, agency), referral_id=referral_id, reason="not_needed")
    assert the_row(drive, case_id).status == "accepted"


def test_both_agencies_stay_as_they_were_when_it_was_sent(drive: Drive) -> None:
    _, referral_id = sent(drive)
    with drive.system.database.unit(drive.person("CM")) as unit:
        unit.conn.execute(update(Agency).values(name="Renamed", email="renamed@velmara.example"))
    drive.system.directory.forget()
    seen = read_referral(drive.system, drive.person("CM"), referral_id=referral_id)
    assert (seen.sender.name, seen.recipient.name) == ("Social Assistance Norvale", "Velmara Health Centre")
    assert seen.recipient.contact == "referrals@health.velmara.example"


def test_a_second_answer_finds_the_task_closed_and_changes_nothing(drive: Drive) -> None:
    case_id, _ = sent(drive)
    task = drive.task(case_id, "answer_urgent_referral")
    form = drive.form(task)
    answer(drive, case_id, "accepted")
    with pytest.raises(Conflict):
        complete_task(
            drive.system, drive.person("PROV", PROVIDER, 2), task_id=task.id,
            answers=fill(form, {"referral_answer": "refused"}, {"refusal_reason": "other"}),
        )
    assert the_row(drive, case_id).status == "accepted"


def test_lists_hold_what_their_side_may_know(drive: Drive) -> None:
    case_id, referral_id = sent(drive)
    received = referrals(drive.system, drive.person("PROV", PROVIDER)).items
    mine = referrals(drive.system, drive.person("CM"), box="sent").items
    assert [one.id for one in received] == [one.id for one in mine] == [referral_id]
    assert (received[0].other, mine[0].other) == ("Social Assistance Norvale", "Velmara Health Centre")
    assert received[0].due_at == drive.task(case_id, "answer_urgent_referral").due_at
    for role, agency in (("PROV", "lantern"), ("CM", "sa_southport")):
        assert not referrals(drive.system, drive.person(role, agency), box="received").items
        assert not referrals(drive.system, drive.person(role, agency), box="sent").items
    assert not referrals(drive.system, drive.person("CM"), box="sent", status="refused").items
    with pytest.raises(NotAllowed):
        referrals(drive.system, drive.person("POL", "police"))


def test_a_case_that_closes_leaves_no_provider_with_a_dead_question(drive: Drive) -> None:
    case_id, _ = sent(drive)
    close_case(drive.system, drive.person("CM"), case_id=case_id, reason="the_person_ended_contact")
    assert the_row(drive, case_id).status == "expired"
    assert "referral.expired" in drive.acts(case_id)


def test_the_line_of_the_plan_is_untouched_by_what_is_only_prepared(drive: Drive) -> None:
    case_id = planned(drive)
    prepare_referral(drive.system, drive.person("CM"), case_id=case_id, line_no=1)
    with drive.system.database.reader(drive.person("CM")) as unit:
        assert [line.status for line in lines_of(unit, case_id)] == ["proposed"]
