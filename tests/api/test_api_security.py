"""Programs and what asks for a fresh proof: refused wherever everybody has a second factor (goal:S9)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import insert

from nrm.deployment.settings import SecondFactor
from nrm.records.tables.account import Session
from nrm.vocabulary.actor import SYSTEM
from nrm_api.signing import WEIGHTY_ATTRIBUTE
from tests.support.calling import Api

WEIGHTY = {
    "POST /users", "PUT /users/<user_id>", "POST /users/<user_id>/reset-password", "POST /tokens",
    "POST /users/<user_id>/invitation", "POST /users/<user_id>/recovery", "POST /users/<user_id>/recovery/approve",
    "POST /users/<user_id>/recovery/finish", "POST /drafts/<draft_id>/publish", "POST /processes/<process>/withdraw",
    "POST /overrides/<override_id>/confirm", "GET /audit/cases/<case>/history.csv", "GET /audit/bundle.zip",
    "POST /erasures/<erasure_id>/approve",
}
"""Routes of which nobody may forget that they ask for a fresh proof."""


def weighty(api: Api) -> dict[str, str]:
    """The routes that ask for a fresh proof -> their addresses."""
    found = {}
    for rule in api.app.url_map.iter_rules():
        if getattr(api.app.view_functions[rule.endpoint], WEIGHTY_ATTRIBUTE, False):
            path = re.sub(r"<\w+:(\w+)>", r"<\1>", rule.rule).removeprefix("/api/v1")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                found[f"{method} {path}"] = re.sub(r"<\w+>", "x", path)
    return found


def test_what_weighs_much_is_named(api: Api) -> None:
    assert set(weighty(api)) >= WEIGHTY


def test_a_program_is_told_that_it_proves_nothing(api: Api) -> None:
    api.drive.system.settings = replace(api.drive.system.settings, second_factor=SecondFactor.REQUIRED)
    nurse, admin = api.drive.person("MED", "health_centre"), api.drive.person("NCU", "national_unit")
    for who in (nurse, admin):
        for route, address in weighty(api).items():
            answer = api.call(route.split(" ")[0], address, who, None if route.startswith("GET") else {})
            assert (answer.status_code, answer.get_json()["code"]) == (403, "step_up_required"), route
    assert api.post("/me/step-up", admin).get_json()["code"] == "step_up_required"
    assert api.get("/users", admin).status_code == 200, "what weighs less goes on"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_who_is_nobody_hears_nothing_of_it(api: Api, headers: dict[str, str]) -> None:
    api.drive.system.settings = replace(api.drive.system.settings, second_factor=SecondFactor.REQUIRED)
    for route, address in weighty(api).items():
        assert api.call(route.split(" ")[0], address, headers=headers).status_code == 401


def test_sessions_are_listed_and_ended(api: Api) -> None:
    ana = api.drive.person("CM", "sa_norvale")
    with api.drive.system.database.unit(SYSTEM) as unit:
        for number in range(3):
            unit.conn.execute(insert(Session), [{
                "token_hash": f"{number}" * 64, "user_id": ana.user_id, "created_at": unit.now,
                "last_seen_at": unit.now, "expires_at": unit.now.replace(year=2030), "csrf": "x", "device": "Firefox",
            }])
    listed = api.get("/me/sessions", ana).get_json()["items"]
    assert sorted(one["id"] for one in listed) == [f"{number}" * 16 for number in range(3)]
    assert {one["device"] for one in listed} == {"Firefox"}
    assert api.call("DELETE", "/me/sessions/" + "1" * 16, ana).status_code == 200
    assert api.call("DELETE", "/me/sessions/" + "1" * 16, ana).status_code == 404
    assert api.call("DELETE", "/me/sessions/" + "0" * 16, api.drive.person("CM", "sa_norvale", 2)).status_code == 404
    assert api.post("/me/sessions/end", ana).get_json() == {"count": 2}


def test_invitation_and_recovery_by_program_where_factors_are_optional(api: Api) -> None:
    one, two = api.drive.person("COORD", "sa_norvale"), api.drive.person("COORD", "sa_norvale", 2)
    user = "/users/" + api.drive.person("CM", "sa_norvale").user_id
    assert api.post(f"{user}/invitation", one).get_json()["link"]
    assert api.post(f"{user}/recovery", one).status_code == 200
    assert api.post(f"{user}/recovery/approve", one).status_code == 403
    assert api.post(f"{user}/recovery/approve", two).status_code == 200
    state = api.get(f"{user}/security", two).get_json()
    assert (state["recovery"]["status"], state["recovery"]["is_ready"]) == ("approved", False)
    assert api.post(f"{user}/recovery/finish", two).status_code == 409
    assert api.post(f"{user}/recovery/stop", one).status_code == 200
