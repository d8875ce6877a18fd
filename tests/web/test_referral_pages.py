"""Referrals on pages: both lists, what is chosen to be told, and what is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, true

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import open_task
from nrm.commands.referral_rows import NAMED
from nrm.commands.withdraw_consent import record_consent
from nrm.records.grants import REFERRAL
from nrm.records.tables.referral import PlanLine, Referral
from nrm.records.tables.task import Task
from nrm.vocabulary.actor import SYSTEM
from tests.support.granting import grant
from tests.web.conftest import Installation, hidden, least

NAME = "Iluna Invented"
THEN = {"name": "Harbour House of then", "kind": "accommodation", "contact": "then@harbour.velmara.example"}


@pytest.fixture
def asked(installation: Installation) -> Installation:
    """Harbour House was asked for a place by Social Assistance Norvale, under the person's consent."""
    case_id = installation.open_case(chosen_name=NAME).case_id
    record_consent(
        installation.system, installation.actors["ana"], case_id=case_id, purpose="referral", answer="given",
        recipients=["harbour_house"], categories=["identity", "contact", "plan"],
    )
    with installation.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(PlanLine), [{
            "id": "line", "case_id": case_id, "no": 1, "need": "", "service": "accommodation",
            "agency_id": "harbour_house", "status": "referred",
        }])
        grant(unit, REFERRAL, [{
            "id": "asked", "case_id": case_id, "plan_line_id": "line", "from_agency": "sa_norvale",
            "to_agency": "harbour_house", "service": "accommodation", "status": "sent", "fields": list(NAMED),
            "shared_categories": ["identity", "contact", "plan"], "made_at": unit.now, "sent_at": unit.now,
            "from_then": {**THEN, "name": "Norvale of then"}, "to_then": THEN, "by_id": "u-ana",
        }])
    return installation


def set_status(asked: Installation, status: str) -> None:
    with asked.system.database.unit(SYSTEM) as unit:
        REFERRAL.change(unit, true(), status=status)


def test_each_side_has_its_list_and_the_agencies_as_they_were(asked: Installation) -> None:
    ana, hana = asked.browser("ana"), asked.browser("hana")
    sent = ana.get("/referrals").text
    received = hana.get("/referrals").text
    assert "Harbour House of then" in sent
    assert "Norvale of then" in received
    assert "Waits for an answer" in sent
    assert NAME not in sent + received
    assert ana.get("/referrals?status=refused").text.count("nrm-card-head") == 0
    assert "Norvale of then" not in asked.browser("mia").get("/referrals").text


def test_the_provider_sees_the_name_once_it_has_taken_the_person_on(asked: Installation) -> None:
    hana = asked.browser("hana")
    before = hana.get("/referrals/asked").text
    assert "This is all the provider sees before it has taken it on" in before
    assert NAME not in before
    set_status(asked, "accepted")
    assert NAME in hana.get("/referrals/asked").text
    set_status(asked, "refused")
    assert hana.get("/referrals/asked").status_code == 404
    assert "Refused" in hana.get("/referrals").text


def test_what_they_are_told_is_looked_at_and_chosen(asked: Installation) -> None:
    ana = asked.browser("ana")
    page = ana.get("/referrals/asked/fields").text
    assert NAME in page
    assert 'value="person.chosen_name" checked' in page
    wrong = ana.post("/referrals/asked/fields", {"fields": "screening.act_found"})
    assert wrong.status_code == 422
    assert "consent does not cover this" in wrong.text
    assert ana.post("/referrals/asked/fields", {"fields": "person.language"}).status_code == 303
    set_status(asked, "accepted")
    assert NAME not in asked.browser("hana").get("/referrals/asked").text


def test_taking_back_asks_for_the_reason_and_ends_the_access(asked: Installation) -> None:
    set_status(asked, "accepted")
    ana, hana = asked.browser("ana"), asked.browser("hana")
    ana.get("/referrals/asked")
    wrong = ana.post("/referrals/asked/withdraw", {"reason": ""})
    assert wrong.status_code == 422
    assert "Choose why it is taken back." in wrong.text
    assert ana.post("/referrals/asked/withdraw", {"reason": "other_provider"}).status_code == 303
    assert hana.get("/referrals/asked").status_code == 404
    with asked.system.database.reader() as unit:
        assert unit.conn.execute(select(Referral.status, Referral.reason_code)).one() == ("revoked", "other_provider")


def test_a_line_on_its_way_is_not_prepared_again(asked: Installation) -> None:
    ana = asked.browser("ana")
    with asked.system.database.reader() as unit:
        code = unit.conn.execute(select(Referral.case_id)).scalar_one()
    ana.get("/referrals")
    assert ana.post(f"/cases/{code}/plan/1/referral").status_code == 409
    assert ana.post(f"/cases/{code}/plan/7/referral").status_code == 404
    assert ana.post(f"/cases/{code}/plan/x/referral").status_code == 404


def test_a_place_is_told_only_what_was_shown_and_nothing_typed_is_lost(installation: Installation) -> None:
    opened = installation.open_case()
    ana = installation.browser("ana")

    def task(element: str) -> str:
        with installation.system.database.reader() as unit:
            return str(unit.conn.execute(select(Task.id).where(
                Task.case_id == opened.case_id, Task.element == element, Task.status.in_(("open", "claimed")),
            )).scalar_one())

    page = open_task(installation.system, installation.actors["ana"], task_id=task("record_safety"))
    said = {"danger_now": "no", "shelter_wanted": "yes", "urgent_care_needed": "no"}
    complete_task(
        installation.system, installation.actors["ana"], task_id=page.id, answers=least(page.form, said),
    )
    place = task("arrange_safe_place")
    ana.get(f"/tasks/{place}")
    found = {"place_found": "shelter", "place_agency": "harbour_house", "person_agrees": "yes",
             "place_of_stay": "Invented street 1", "_action": "complete"}
    for mark in ({}, {"shown": "of-another-day"}):
        assert ana.post(f"/tasks/{place}", {**found, **mark}).status_code == 422
        assert "Look at what this agency will be told before it leaves" in ana.text
        assert "What Harbour House will be told" in ana.text
        assert "Invented street 1" in ana.text
    shown = hidden(ana.text, "shown")
    assert shown != "of-another-day"
    assert ana.post(f"/tasks/{place}", {**found, "shown": shown}).status_code == 303
