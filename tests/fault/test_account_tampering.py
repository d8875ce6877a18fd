"""goal:S20: an account, a session, a token or a second factor that was altered in the database lets nobody in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from nrm.commands.proving import factors_of
from nrm.commands.sign_in import session_actor, sign_in, token_actor
from nrm.records.grants import ACCOUNT, FACTOR, SESSION, TOKEN
from nrm.records.tables.account import ApiToken, Session, User
from nrm.records.tables.need_to_know import Signal
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import NotSignedIn
from nrm.wiring.secrets import token_hash
from tests.support.driving import START, Drive
from tests.support.granting import grant

PASSWORD = "four invented words here"
LONG_AFTER = START + timedelta(days=900)


def with_account(drive: Drive) -> Actor:
    """Somebody with a password, a session of a browser and a token, each called ``mine``."""
    who = drive.person("CM")
    hashed = drive.system.passwords.hash(PASSWORD)
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == who.user_id, password_hash=hashed, must_change=False)
        until = unit.now + timedelta(hours=1)
        grant(unit, SESSION, [{
            "token_hash": token_hash("mine"), "user_id": who.user_id, "created_at": unit.now,
            "last_seen_at": unit.now, "expires_at": until, "csrf": "x",
        }])
        grant(unit, TOKEN, [{
            "id": "mine", "user_id": who.user_id, "token_hash": token_hash("programs"), "created_at": unit.now,
        }])
    return who


ACCOUNT_VALUES: Mapping[str, object] = {
    "email": "thief@velmara.example", "agency_id": "national_unit", "unit": "elsewhere", "roles": ["ADMIN", "CM"],
    "mac": "0" * 64,
}


@pytest.mark.parametrize("name", [*ACCOUNT_VALUES, "password_hash", "login"])
def test_an_altered_account_lets_nobody_in(drive: Drive, name: str) -> None:
    who, values = with_account(drive), {**ACCOUNT_VALUES, "login": "stolen"}
    login = "stolen" if name == "login" else who.user_id
    values["password_hash"] = drive.system.passwords.hash(PASSWORD)
    sign_in(drive.system, login=who.user_id, password=PASSWORD, network="n")
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(User).where(User.id == who.user_id).values({name: values[name]}))
    assert session_actor(drive.system, "mine") is None
    assert token_actor(drive.system, "programs") is None
    with pytest.raises(NotSignedIn):
        sign_in(drive.system, login=login, password=PASSWORD, network="n")
    told = [entry for entry in drive.history("installation") if entry.act == "grant.altered"]
    assert [(entry.object, entry.rule) for entry in told] == [(f"user:{who.user_id}", "proof:grant")]
    assert drive.rows(select(Signal).where(Signal.kind == "altered", Signal.user_id == who.user_id))


@pytest.mark.parametrize(("table", "values"), [
    (Session, {"user_id": "admin-national_unit-1"}), (Session, {"factor": "passkey"}), (Session, {"mac": ""}),
    (Session, {"fresh_until": LONG_AFTER}), (Session, {"expires_at": LONG_AFTER}),
    (Session, {"token_hash": token_hash("thief")}),
    (ApiToken, {"user_id": "admin-national_unit-1"}), (ApiToken, {"token_hash": token_hash("thief")}),
    (ApiToken, {"id": "other"}), (ApiToken, {"mac": ""}),
])
def test_an_altered_session_or_token_is_nobodys(
    drive: Drive, table: type[Session | ApiToken], values: Mapping[str, object]
) -> None:
    with_account(drive)
    assert session_actor(drive.system, "mine") is not None
    assert token_actor(drive.system, "programs") is not None
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(table).values(values))
    words = ("thief", "mine" if table is Session else "programs")
    asked = session_actor if table is Session else token_actor
    assert [asked(drive.system, word) for word in words] == [None, None]
    assert "grant.altered" in drive.acts("installation")


def test_a_second_factor_that_was_written_by_hand_is_none(drive: Drive) -> None:
    who = drive.person("CM")
    with drive.system.database.unit(SYSTEM) as unit:
        grant(unit, FACTOR, [{
            "id": "own", "user_id": who.user_id, "kind": "passkey", "name": "x", "made_at": unit.now,
            "credential_id": b"own", "public_key": b"key", "confirmed_at": unit.now,
        }])
        assert [row.id for row in factors_of(unit, who.user_id)] == ["own"]
        unit.conn.execute(update(FACTOR.table).values(public_key=b"of the thief"))
        assert factors_of(unit, who.user_id) == []
