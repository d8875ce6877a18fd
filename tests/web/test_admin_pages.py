"""Accounts, agencies and tokens on pages: what is shown once, who may change whom, and what sessions do."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from nrm.commands.accounts import create_user
from nrm.commands.sign_in import token_actor
from nrm.records.tables.account import User
from nrm.records.tables.agency import Agency
from nrm.vocabulary.actor import SYSTEM
from tests.web.conftest import PASSWORD, Browser, Installation

NEW = {
    "login": "new.one", "name": "New Invented", "agency_id": "sa_norvale", "roles": ["CM"], "unit_name": "casework",
    "supervisor_id": "u-sol", "email": "", "language": "ro",
}


@pytest.fixture
def admin(installation: Installation) -> Browser:
    """An administrator, signed in."""
    create_user(
        installation.system, SYSTEM, login="adm", name="Adam Invented", agency_id="national_unit", roles=["ADMIN"],
        password=PASSWORD,
    )
    return installation.browser("adm")


def secret(text: str) -> str:
    """What the page shows once."""
    return str(re.findall(r'class="nrm-secret"[^>]*>([^<]+)<', text)[0])


class TestAccounts:
    def test_a_new_account_signs_in_with_the_password_shown_once(
        self, installation: Installation, admin: Browser
    ) -> None:
        assert "Case manager" in admin.get("/users/new?agency=sa_norvale").get_data(as_text=True)
        answer = admin.post("/users/new", NEW)
        assert answer.status_code == 201
        first = secret(admin.text)
        fresh = Browser(installation.app.test_client())
        fresh.get("/sign-in")
        assert fresh.post("/sign-in", {"login": "new.one", "password": first}).status_code == 303
        assert fresh.get("/cases").location == "/password"
        assert first not in admin.get("/users").get_data(as_text=True)

    @pytest.mark.parametrize(("changed", "said"), [
        ({"login": "ana"}, "This sign-in name is taken."), ({"login": "a b"}, "Use 2 to 60 letters"),
        ({"name": " "}, "Write the name colleagues know."), ({"roles": []}, "Choose among the roles"),
        ({"roles": ["POL"]}, "Choose among the roles this agency fills."),
    ])
    def test_what_is_wrong_is_said_and_the_rest_kept(
        self, admin: Browser, changed: dict[str, object], said: str
    ) -> None:
        admin.get("/users/new?agency=sa_norvale")
        assert admin.post("/users/new", {**NEW, **changed}).status_code == 422
        assert said in admin.text
        assert 'value="casework" selected' in admin.text

    def test_other_roles_end_the_sessions_at_once(self, installation: Installation, admin: Browser) -> None:
        ana = installation.browser("ana")
        admin.get("/users/u-ana")
        values = {**NEW, "name": "Ana Invented", "roles": ["FR"], "status": "active"}
        assert admin.post("/users/u-ana", values).status_code == 303
        assert ana.get("/notices").status_code == 303
        with installation.system.database.reader() as unit:
            assert unit.conn.execute(select(User.roles).where(User.id == "u-ana")).scalar_one() == ["FR"]

    def test_a_new_first_password_is_shown_once(self, installation: Installation, admin: Browser) -> None:
        admin.get("/users/u-bo")
        admin.post("/users/u-bo/password", {})
        first = secret(admin.text)
        fresh = Browser(installation.app.test_client())
        fresh.get("/sign-in")
        assert fresh.post("/sign-in", {"login": "bo", "password": PASSWORD}).status_code == 401
        assert fresh.post("/sign-in", {"login": "bo", "password": first}).status_code == 303

    def test_nobody_changes_their_own_account(self, installation: Installation) -> None:
        browser = installation.browser("cora")
        assert "Somebody else has to change your own account." in browser.get("/users/u-cora").get_data(as_text=True)
        values = {**NEW, "roles": ["COORD", "CM"], "status": "active"}
        assert browser.post("/users/u-cora", values).status_code == 403

    @pytest.mark.parametrize(("path", "fields"), [
        ("/users/u-mia", {**NEW, "agency_id": "sa_midmar", "status": "active"}),
        ("/users/u-ana", {**NEW, "agency_id": "sa_midmar", "status": "active"}),
        ("/users/u-mia/password", {}), ("/users/u-ada/password", {}),
        ("/users/new", {**NEW, "agency_id": "national_unit", "roles": ["AUD"]}),
    ])
    def test_a_coordinator_manages_the_own_agency_only(
        self, installation: Installation, path: str, fields: dict[str, object]
    ) -> None:
        """Else a new first password would let a coordinator sign in as anybody, an administrator too."""
        browser = installation.browser("cora")
        browser.get("/users")
        assert "Mia Invented" not in browser.text
        assert browser.post(path, fields).status_code == 403

    @pytest.mark.parametrize("login", ["ana", "sol", "hana", "ada"])
    @pytest.mark.parametrize(
        "path", ["/users", "/users/new", "/users/u-ana", "/agencies", "/agencies/police", "/api-tokens"]
    )
    def test_for_others_there_is_nothing(self, installation: Installation, login: str, path: str) -> None:
        assert installation.browser(login).get(path).status_code == 403


class TestAgencies:
    def test_an_agency_is_changed_and_what_the_page_shows_stays(
        self, installation: Installation, admin: Browser
    ) -> None:
        text = admin.get("/agencies/national_unit").get_data(as_text=True)
        ticked = re.findall(r'name="serves" value="([^"]+)" checked', text)
        assert "AUD" in ticked
        values = {"name": "National Unit Renamed", "kind": "ministry", "districts": ["norvale"], "serves": ticked,
                  "calendar": "velmara", "active": "yes"}
        assert admin.post("/agencies/national_unit", values).status_code == 303
        with installation.system.database.reader() as unit:
            row = unit.conn.execute(select(Agency).where(Agency.id == "national_unit")).one()
        assert (row.name, sorted(row.serves), row.status) == ("National Unit Renamed", sorted(ticked), "active")

    def test_a_new_one_never_takes_the_name_of_another(self, admin: Browser) -> None:
        admin.get("/agencies/new")
        values = {"agency_id": "police", "name": "X", "kind": "y", "districts": ["norvale"], "serves": ["POL"],
                  "calendar": "norvale", "active": "yes"}
        assert admin.post("/agencies/new", values).status_code == 422
        assert "This short name is taken." in admin.text
        assert admin.post("/agencies/new", {**values, "agency_id": "police_two"}).status_code == 303
        assert "police_two" in admin.get("/agencies").get_data(as_text=True)

    def test_what_is_missing_is_said(self, admin: Browser) -> None:
        admin.get("/agencies/new")
        assert admin.post("/agencies/new", {"agency_id": "Bad Name"}).status_code == 422
        for said in ("Use 2 to 36 small letters", "Choose at least one district", "Choose a calendar"):
            assert said in admin.text


class TestTokens:
    def test_a_token_is_shown_once_and_revoked(self, installation: Installation, admin: Browser) -> None:
        admin.get("/api-tokens")
        assert admin.post("/api-tokens", {"login": "ana", "days": "30"}).status_code == 201
        token = secret(admin.text)
        present = token_actor(installation.system, token)
        assert present is not None
        assert present.actor.user_id == "u-ana"
        assert token not in admin.get("/api-tokens").get_data(as_text=True)
        path = re.findall(r'action="(/api-tokens/[^"]+/revoke)"', admin.text)[0]
        assert admin.post(path, {}).status_code == 303
        assert token_actor(installation.system, token) is None

    @pytest.mark.parametrize("fields", [
        {"login": "nobody", "days": "30"}, {"login": "ana", "days": "0"}, {"login": "ana", "days": "x"},
    ])
    def test_what_is_wrong_is_said_and_kept(self, admin: Browser, fields: dict[str, str]) -> None:
        admin.get("/api-tokens")
        assert admin.post("/api-tokens", fields).status_code == 422
        assert f'value="{fields["login"]}"' in admin.text
