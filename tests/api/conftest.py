"""The API over an installation of the invented country; every person has a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import insert

import nrm_api
from nrm.records.tables.account import ApiToken
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.secrets import token_hash
from tests.support.calling import Api
from tests.support.driving import Drive


def serve(working: Drive) -> Api:
    """Serve an installation; a token is made when somebody first asks."""
    app = Flask("nrm_api")
    app.testing = True
    nrm_api.register(app, working.system)
    return Api(app, working, _token_maker(working))


def _token_maker(working: Drive) -> Callable[[Actor], str]:
    made: dict[str, str] = {}

    def token_of(actor: Actor) -> str:
        if actor.user_id not in made:
            made[actor.user_id] = f"token-of-{actor.user_id}"
            with working.system.database.unit(SYSTEM) as unit:
                unit.conn.execute(insert(ApiToken), [{
                    "id": f"t-{actor.user_id}", "user_id": actor.user_id,
                    "token_hash": token_hash(made[actor.user_id]), "created_at": datetime(2026, 1, 1, tzinfo=UTC),
                    "expires_at": None, "revoked_at": None,
                }])
        return made[actor.user_id]

    return token_of


@pytest.fixture
def api(drive: Drive) -> Api:
    """The API on SQLite."""
    return serve(drive)


@pytest.fixture
def any_api(any_drive: Drive) -> Api:
    """The API on SQLite and on PostgreSQL."""
    return serve(any_drive)
