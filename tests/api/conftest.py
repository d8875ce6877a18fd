"""The API over an installation of the invented country; every person has a token."""

from __future__ import annotations

import pytest
from flask import Flask

import nrm_api
from tests.support.calling import Api, token_maker
from tests.support.driving import Drive


def serve(working: Drive) -> Api:
    """Serve an installation; a token is made when somebody first asks."""
    app = Flask("nrm_api")
    app.testing = True
    nrm_api.register(app, working.system)
    return Api(app, working, token_maker(working))


@pytest.fixture
def api(drive: Drive) -> Api:
    """The API on SQLite."""
    return serve(drive)


@pytest.fixture
def any_api(any_drive: Drive) -> Api:
    """The API on SQLite and on PostgreSQL."""
    return serve(any_drive)
