"""The served application: made once, it is told before every request which installation it serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from nrm.entrypoints.wsgi import make_app
from tests.support.calling import over_a_socket
from tests.support.driving import read_installation


@pytest.fixture(scope="session")
def application(installed_folder: Path) -> Flask:
    """Pages and API; nobody works in the installation it was made with."""
    template = read_installation(installed_folder)
    app = make_app(template.system())
    app.testing = True
    template.close()
    return app


@pytest.fixture(scope="session")
def socket_client(application: Flask) -> Iterator[Client]:
    """A client of the application that reaches it over a real socket."""
    with over_a_socket(application) as client:
        yield client
