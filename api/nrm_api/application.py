"""The API put together: its blueprints, its document, and its place in a Flask application."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api

from nrm.wiring.system import System
from nrm_api import document
from nrm_api.blueprint import ApiBlueprint
from nrm_api.routes.access import blueprint as access
from nrm_api.routes.access_review import blueprint as access_review
from nrm_api.routes.audit import blueprint as audit
from nrm_api.routes.boards import blueprint as boards
from nrm_api.routes.calendars import blueprint as calendars
from nrm_api.routes.case_acts import blueprint as case_acts
from nrm_api.routes.cases import blueprint as cases
from nrm_api.routes.checkpoints import blueprint as checkpoints
from nrm_api.routes.clocks import blueprint as clocks
from nrm_api.routes.consents import blueprint as consents
from nrm_api.routes.deadlines import blueprint as deadlines
from nrm_api.routes.decisions import blueprint as decisions
from nrm_api.routes.drafts import blueprint as drafts
from nrm_api.routes.duty import blueprint as duty
from nrm_api.routes.exports import blueprint as exports
from nrm_api.routes.health import blueprint as health
from nrm_api.routes.incidents import blueprint as incidents
from nrm_api.routes.letters import blueprint as letters
from nrm_api.routes.meta import blueprint as meta
from nrm_api.routes.meta import rest
from nrm_api.routes.people import blueprint as people
from nrm_api.routes.processes import blueprint as processes
from nrm_api.routes.proof import blueprint as proof
from nrm_api.routes.records import blueprint as records
from nrm_api.routes.referrals import blueprint as referrals
from nrm_api.routes.retention import blueprint as retention
from nrm_api.routes.security import blueprint as security
from nrm_api.routes.staff import blueprint as staff
from nrm_api.routes.tasks import blueprint as tasks
from nrm_api.signing import EXTENSION

PREFIX = "/api/v1"
BLUEPRINTS: tuple[ApiBlueprint, ...] = (
    meta, tasks, cases, case_acts, consents, records, clocks, boards, referrals, deadlines, health, incidents,
    processes, decisions, drafts, people, security, staff, duty, letters, calendars, audit, checkpoints, proof, exports,
    access, access_review, retention, rest,
)
CONFIG_PREFIX = "NRM_"


class _QuietApi(Api):  # type: ignore[misc]
    """flask-smorest without handlers on the whole application: the pages beside us have their own."""

    def _register_error_handlers(self) -> None:
        """Leave the application alone; our blueprints answer for themselves."""


def make_api(system: System) -> tuple[ApiBlueprint, ...]:
    """Return the blueprints of the API; :func:`register` is what an application calls."""
    return BLUEPRINTS


def register(app: Flask, system: System) -> None:
    """Serve the API of an installation under ``/api/v1``."""
    app.extensions[EXTENSION] = system
    app.config.update({
        f"{CONFIG_PREFIX}API_TITLE": document.TITLE, f"{CONFIG_PREFIX}API_VERSION": document.VERSION,
        f"{CONFIG_PREFIX}OPENAPI_VERSION": "3.1.0",
    })
    api = _QuietApi(app, config_prefix=CONFIG_PREFIX, spec_kwargs=document.SPEC)
    for blueprint in make_api(system):
        api.register_blueprint(blueprint)
    app.extensions[document.EXTENSION] = document.finished(api.spec.to_dict())


def document_of(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document an application serves."""
    found: dict[str, Any] = app.extensions[document.EXTENSION]
    return found
