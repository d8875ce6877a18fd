"""What asks for a fresh proof: a program has none, a person's own tool shows a code of the app (goal:S9)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from nrm.commands.factors import begin_app, confirm_app
from nrm.commands.sessions import begin_session, begin_tool_session, end_other_sessions, end_session
from nrm.commands.sign_in import session_actor
from nrm.deployment.settings import SecondFactor
from nrm.queries.own_security import own_security
from nrm.records.grants import SESSION
from nrm.records.tables.account import User
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm_api.signing import WEIGHTY_ATTRIBUTE
from tests.support.calling import Api
from tests.support.granting import grant

WEIGHTY = {
    "POST /users", "PUT /users/<user_id>", "POST /users/<user_id>/reset-password", "POST /tokens",
    "POST /users/<user_id>/invitation", "POST /users/<user_id>/recovery", "POST /users/<user_id>/recovery/approve",
    "POST /users/<user_id>/recovery/finish", "POST /drafts/<draft_id>/publish", "POST /processes/<process>/withdraw",
    "POST /overrides/<override_id>/confirm", "GET /audit/cases/<case>/history.csv", "POST /audit/bundle.zip",
    "POST /erasures/<erasure_id>/approve", "POST /exports", "POST /exports/<export_id>/allow",
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


@pytest.fixture
def required(api: Api) -> Api:
    """An installation in which everybody needs a second factor."""
    api.drive.system.settings = replace(api.drive.system.settings, second_factor=SecondFactor.REQUIRED)
    return api


class Tool:
    """A person with an authenticator app, and the session of a tool of theirs."""

    def __init__(self, api: Api, actor: Actor) -> None:
        self.api, self.actor = api, actor
        system = api.drive.system
        with system.database.unit(SYSTEM) as unit:
            user = unit.conn.execute(select(User).where(User.id == actor.user_id)).one()
            browser = begin_session(unit, user, device="Firefox").token
        self.secret = begin_app(system, actor).secret
        self.browser = confirm_app(system, actor, token=browser, code=self.code()).token
        self.token = begin_tool_session(system, actor, token=self.browser)

    def code(self) -> str:
        """What the app shows now."""
        return pyotp.TOTP(self.secret).at(self.api.drive.clock.now())

    def asks(self, method: str, address: str, body: object = None) -> TestResponse:
        """Send a request with the session's token."""
        return self.api.call(method, address, body=body, headers={"Authorization": f"Bearer {self.token}"})

    def proves(self) -> TestResponse:
        """Show a fresh code, half a minute later: no code is good twice."""
        self.api.drive.clock.advance(timedelta(seconds=30))
        return self.asks("POST", "/me/step-up", {"code": self.code()})


def stopped(tool: Tool) -> set[str]:
    """The weighty routes at which a tool is asked for a fresh proof."""
    found = set()
    for route, address in weighty(tool.api).items():
        answer = tool.asks(route.split(" ")[0], address, None if route.startswith("GET") else {})
        if answer.is_json and answer.get_json().get("code") == "step_up_required":
            assert answer.status_code == 403
            found.add(route)
    return found


def test_a_program_is_told_that_it_proves_nothing(required: Api) -> None:
    nurse, admin = required.drive.person("MED", "health_centre"), required.drive.person("NCU", "national_unit")
    for who in (nurse, admin):
        for route, address in weighty(required).items():
            answer = required.call(route.split(" ")[0], address, who, None if route.startswith("GET") else {})
            assert (answer.status_code, answer.get_json()["code"]) == (403, "step_up_required"), route
    code = {"code": "000000"}
    assert required.post("/me/step-up", admin, code).get_json()["code"] == "step_up_required"
    assert required.get("/users", admin).status_code == 200, "what weighs less goes on"


def test_a_person_steps_up_and_every_weighty_route_opens_for_five_minutes(required: Api) -> None:
    tool = Tool(required, required.drive.person("NCU", "national_unit"))
    every = set(weighty(required))
    assert stopped(tool) == every, "what let the tool in is no fresh proof"
    until = tool.proves().get_json()["until"]
    assert datetime.fromisoformat(until) == required.drive.clock.now() + timedelta(minutes=5)
    assert stopped(tool) == set()
    required.drive.clock.advance(timedelta(minutes=5))
    assert stopped(tool) == every


def test_a_wrong_or_used_code_proves_nothing(required: Api) -> None:
    tool = Tool(required, required.drive.person("NCU", "national_unit"))
    assert tool.proves().status_code == 200
    required.drive.clock.advance(timedelta(minutes=6))
    for code in ("000000", pyotp.TOTP(tool.secret).at(required.drive.clock.now() - timedelta(minutes=6))):
        answer = tool.asks("POST", "/me/step-up", {"code": code})
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["code"])
    assert stopped(tool) == set(weighty(required))


def test_a_token_is_good_where_it_was_given(required: Api) -> None:
    tool = Tool(required, required.drive.person("NCU", "national_unit"))
    with_cookie = {"Authorization": f"Bearer {tool.browser}"}
    assert required.call("GET", "/me", headers=with_cookie).status_code == 401, "a browser's token is no header"
    assert session_actor(required.drive.system, tool.token) is None, "a tool's token is no cookie"
    assert tool.asks("GET", "/me").get_json()["user_id"] == tool.actor.user_id


@pytest.mark.parametrize("way", ["ended by its owner", "idle", "the day is over", "all others end"])
def test_a_tool_is_shut_out_as_a_browser_is(required: Api, way: str) -> None:
    tool = Tool(required, required.drive.person("NCU", "national_unit"))
    system = required.drive.system
    mine = own_security(system, tool.actor, token=tool.browser).sessions
    listed = next(one for one in mine if one.surface == "api")
    if way == "ended by its owner":
        end_session(system, tool.actor, session_id=listed.id)
    elif way == "idle":
        required.drive.clock.advance(timedelta(minutes=30))
    elif way == "all others end":
        end_other_sessions(system, tool.actor, token=tool.browser)
    else:
        for _ in range(25):
            required.drive.clock.advance(timedelta(minutes=29))
            tool.asks("GET", "/me")
    assert tool.asks("GET", "/me").status_code == 401


def test_a_case_is_opened_in_an_emergency_by_who_has_just_proven_who_they_are(required: Api) -> None:
    case_id = required.drive.open_case()
    code = required.drive.case(case_id).code
    tool = Tool(required, required.drive.person("COORD", "sa_midmar"))
    said = {"code": code, "reason": "danger_to_life", "words": "Shouting; nobody of the team answers."}
    assert tool.asks("POST", "/emergencies", said).get_json()["code"] == "step_up_required"
    tool.proves()
    wrong = tool.asks("POST", "/emergencies", {**said, "code": "ZZZ-ZZZZ"})
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["code"])
    opened = tool.asks("POST", "/emergencies", said)
    assert (opened.status_code, opened.get_json()["case_code"]) == (201, code)
    assert tool.asks("GET", f"/cases/{code}").status_code == 200
    assert [one["case_code"] for one in tool.asks("GET", "/me/emergencies").get_json()["items"]] == [code]
    assert tool.asks("DELETE", f"/emergencies/{opened.get_json()['id']}").status_code == 200
    assert tool.asks("GET", f"/cases/{code}").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_who_is_nobody_hears_nothing_of_it(api: Api, headers: dict[str, str]) -> None:
    api.drive.system.settings = replace(api.drive.system.settings, second_factor=SecondFactor.REQUIRED)
    for route, address in weighty(api).items():
        assert api.call(route.split(" ")[0], address, headers=headers).status_code == 401


def test_sessions_are_listed_and_ended(api: Api) -> None:
    ana = api.drive.person("CM", "sa_norvale")
    with api.drive.system.database.unit(SYSTEM) as unit:
        for number in range(3):
            grant(unit, SESSION, [{
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
