"""A small installation of the invented country with people to sign in as, copied for each test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from nrm.commands.install import install
from nrm.commands.open_case import OpenedCase, open_case, opening_form
from nrm.deployment.settings import Settings
from nrm.diagrams.forms import Form
from nrm.entrypoints.wsgi import make_app
from nrm.records.grants import ACCOUNT
from nrm.records.keys import make_key_file
from nrm.records.unit import Database
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.clock import MovableClock
from nrm.wiring.calendars import LaidDays
from nrm.wiring.directory import Directory
from nrm.wiring.system import System, build_system
from tests.support.granting import grant

PASSWORD = "four invented words here"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = {
    "ana": ("Ana Invented", "sa_norvale", ["CM", "FR"]),
    "bo": ("Bo Invented", "sa_norvale", ["CM", "FR"]),
    "cora": ("Cora Invented", "sa_norvale", ["COORD"]),
    "cyril": ("Cyril Invented", "sa_norvale", ["COORD"]),
    "sol": ("Sol Invented", "sa_norvale", ["SUP"]),
    "mia": ("Mia Invented", "sa_midmar", ["CM", "FR"]),
    "hana": ("Hana Invented", "harbour_house", ["SHEL", "PROV"]),
    "pol": ("Pol Invented", "police", ["POL"]),
    "ada": ("Ada Invented", "national_unit", ["AUD"]),
    "nils": ("Nils Invented", "national_unit", ["NCU"]),
}


def unit_of(agency: str, roles: list[str]) -> str | None:
    """The unit of somebody in a social-assistance agency, as config/agencies.yaml has it."""
    if not agency.startswith("sa_"):
        return None
    return "casework" if "CM" in roles else "coordination"


@dataclass
class Browser:
    """A client without script that signs in and posts forms as a browser would."""

    client: FlaskClient
    last: TestResponse | None = None

    def get(self, path: str, **more: object) -> TestResponse:
        """Open a page."""
        self.last = self.client.get(path, **more)  # type: ignore[arg-type]
        return self.last

    def post(self, path: str, data: Mapping[str, object] | None = None, *, token: str | None = None,
             follow: bool = False, who: str | None = None, **more: object) -> TestResponse:
        """Send a form with the tokens of the page last seen."""
        seen = self.last.get_data(as_text=True) if self.last is not None else ""
        fields = {"csrf_token": token if token is not None else hidden(seen, "csrf_token"),
                  "_who": who if who is not None else hidden(seen, "_who"), "_key": hidden(seen, "_key"),
                  **(data or {})}
        answer = self.client.post(path, data=fields, follow_redirects=follow, **more)  # type: ignore[arg-type]
        if answer.mimetype == "text/html" and answer.status_code != 303:
            self.last = answer
        return answer

    def sign_in(self, login: str, password: str = PASSWORD) -> Browser:
        """Sign in and open the first page."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"login": login, "password": password})
        assert answer.status_code == 303, answer.get_data(as_text=True)[-3000:]
        self.get("/notices")
        return self

    @property
    def text(self) -> str:
        """The page last seen."""
        assert self.last is not None
        return self.last.get_data(as_text=True)


def hidden(html: str, name: str) -> str:
    """Return the value of a hidden input."""
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', html)
    return found[1] if found else ""


@dataclass
class Installation:
    """An installation with a clock that stands still until it is moved."""

    system: System
    clock: MovableClock
    app: Flask
    actors: dict[str, Actor] = field(default_factory=dict)

    def browser(self, login: str | None = None) -> Browser:
        """Return a fresh browser, signed in where a login is given."""
        browser = Browser(self.app.test_client())
        return browser.sign_in(login) if login else browser

    def open_case(self, login: str = "ana", district: str = "norvale", **answers: object) -> OpenedCase:
        """Open a case with the least that its form asks."""
        form = opening_form(self.system, self.actors[login])
        return open_case(self.system, self.actors[login], district=district, answers=least(form, answers))


def least(form: Form, given: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return answers to whatever a form must have answered, besides those given."""
    answers = dict(given or {})
    for _ in range(8):
        missing = [
            (key, one) for key, one in form.fields.items()
            if one.required and key not in answers and key in form.visible(answers)
        ]
        if not missing:
            break
        for key, one in missing:
            answers[key] = _some(one)
    return answers


def _some(one: object) -> object:
    kind, options = one.type, one.options  # type: ignore[attr-defined]
    if options:
        return [options[0].value] if kind in ("checklist", "taglist") else options[0].value
    if kind == "datetime":
        return {"date": "2026-03-01", "time": "09:00"}.get(one.subtype, "2026-03-01T09:00")  # type: ignore[attr-defined]
    return {"number": 1, "checkbox": True, "select": "harbour_house", "dynamiclist": []}.get(kind, "Invented words")


class Compiled(BytecodeCache):
    """Templates compiled once for all the applications of a session."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled before."""
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def build(folder: Path, like: System | None = None) -> Installation:
    """Build the parts of an installation that is already there; ``like`` lends what never changes."""
    clock, settings = MovableClock(START), Settings.read(folder, {})
    if like is None:
        system = build_system(settings, clock=clock, durable=False)
    else:
        database = Database(settings.database_url, clock=clock, keys=like.keys, durable=False)
        system = replace(like, settings=settings, clock=clock, database=database, directory=Directory(),
                         laid_days=LaidDays())
    app = make_app(system, with_api=False)
    app.testing = True
    app.jinja_env.bytecode_cache = COMPILED
    actors = {
        login: Actor(f"u-{login}", agency, frozenset(roles), unit_of(agency, roles))
        for login, (_, agency, roles) in PEOPLE.items()
    }
    return Installation(system, clock, app, actors)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation made once: schema, agencies, processes, people."""
    folder = tmp_path_factory.mktemp("installation")
    make_key_file(folder / "demo.key")
    made = build(folder)
    install(made.system)
    with made.system.database.unit(SYSTEM) as unit:
        grant(unit, ACCOUNT, [
            {
                "id": f"u-{login}", "login": login, "name": name, "email": None, "agency_id": agency,
                "unit": unit_of(agency, roles), "roles": roles, "supervisor_id": None,
                "password_hash": made.system.passwords.hash(PASSWORD),
                "language": "en", "status": "active", "must_change": False, "created_at": unit.now,
            }
            for login, (name, agency, roles) in PEOPLE.items()
        ])
    made.system.database.dispose()
    return made


@pytest.fixture
def installation(installed: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A copy of the installation for one test."""
    folder = tmp_path / "nrm"
    shutil.copytree(installed.system.settings.dir, folder)
    made = build(folder, installed.system)
    yield made
    made.system.database.dispose()

