"""From referral to closure by a program that knows only the document, tokens and form schemas (issue:2 section 6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from nrm.commands.sweep import sweep
from nrm.vocabulary.actor import Actor
from tests.api.program import Json, Program
from tests.support.calling import Api

WISHES: Json = {
    # Invented person: an adult in danger who wants a shelter, a plan and no police.
    "is_child": "no", "danger_now": "yes", "shelter_wanted": "yes", "urgent_care_needed": "no",
    "place_found": "shelter", "place_agency": "harbour_house",
    "members": [{"role": "CM", "agency": "sa_norvale"}],
    "consent_interview": "given", "consent_case_management": "given", "consent_referral": "given",
    "consent_family_assessment": "refused", "consent_police": "refused", "consent_follow_up": "given",
    "act_found": "yes", "means_found": "yes", "purpose_found": "yes", "exploitation_found": "yes",
    "age_at_exploitation": "adult", "finding": "positive", "confirmation": "confirmed",
    "person_voice": "present", "present_social": True, "present_health": True,
    "lines": [{"need": "A doctor", "service": "medical", "agency": "health_centre", "need_to_know": "A doctor"}],
    "answer": "agreed", "may_share": "yes", "decision": "approved", "plan_changes_wanted": "no",
    "safe_to_carry": "no", "referral_answer": "accepted", "service_delivered": "delivered",
    "visit_new_risk": "no", "contact_made": "yes", "court_state": "not_sought", "person_on_closing": "agrees",
    "contact_ended": "no", "score_safety": "5", "score_accommodation": "5", "score_health": "5", "score_income": "5",
    "score_family": "5", "score_legal": "5", "closure_confirmed": "yes", "agrees_to_close": "yes",
    "decision_open": "no", "legal_open": "no", "risk_stands": "no", "lines_done": "yes", "heard": "yes",
}
MOST_ROUNDS = 40


def people(api: Api, number: int) -> list[Actor]:
    """The n-th person of every role of every agency that works in the district."""
    known = api.drive.installation.configuration
    agencies = [agency for agency in known.agencies if "norvale" in agency.districts]
    return [
        api.drive.person(role, agency.id, number) for agency in agencies
        for role in sorted(agency.serves) if known.roles[role].lanes
    ]


def program_of(api: Api) -> Program:
    document = api.get("/openapi.json", None).get_json()

    def send(method: str, path: str, token: str, body: Json | None = None) -> Any:
        return api.app.test_client().open(
            path, method=method.upper(), headers={"Authorization": f"Bearer {token}"}, json=body,
        )

    return Program(document, send, WISHES)


def test_a_program_carries_a_case_from_referral_to_closure(any_api: Api) -> None:
    api = any_api
    program = program_of(api)
    first = api.drive.person("FR", "lantern")
    opened = program.open_case(api.token_of(first), "norvale")
    manager = api.token_of(api.drive.person("CM", "sa_norvale"))
    first_people, second_people = ([api.token_of(actor) for actor in people(api, n)] for n in (1, 2))
    case = program.address("/cases/{case}", "get", case=opened["code"])
    for _ in range(MOST_ROUNDS):
        found = program.send("get", case, manager).get_json()
        if found["status"] == "closed":
            break
        if sum(program.work(token) for token in first_people):
            continue
        if not sum(program.work(token) for token in second_people):
            api.drive.clock.advance(timedelta(days=31))
            sweep(api.drive.system)
    assert found["status"] == "closed", (found["stage"], program.done)
