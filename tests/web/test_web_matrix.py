"""Every page × people × {of the case, foreign, nobody}: a foreign case answers like one that is not (goal:S5, S8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

import pytest
from sqlalchemy import insert, select
from werkzeug.routing import Rule

from nrm.commands.files import attach_file
from nrm.commands.form_acts.consents import PURPOSES
from nrm.commands.withdraw_consent import record_consent
from nrm.records.tables.consent import Consent
from nrm.records.tables.record import Record
from nrm.records.tables.run import Incident
from nrm.records.tables.task import IS_OPEN, Task
from tests.web.conftest import Browser, Installation

STRANGERS = ("mia", "pol", "hana")
"""Another district's social worker, the police, a shelter: none of them in this case."""
OF_THE_CASE = ("code", "task_id", "record_id", "file_id", "consent_id", "incident_id")
MISSING = {
    "code": "ZZZ-ZZZZ", "task_id": "00000000-0000-4000-8000-000000000000",
    "record_id": "00000000-0000-4000-8000-000000000001", "file_id": "00000000-0000-4000-8000-000000000002",
    "consent_id": "00000000-0000-4000-8000-000000000003", "incident_id": "00000000-0000-4000-8000-000000000004",
    "group": "identity",
}


@dataclass
class Stage:
    """A case with one of everything, and the addresses of its parts."""

    installation: Installation
    ids: dict[str, str]

    def path(self, rule: Rule, ids: dict[str, str]) -> str:
        """Fill a route's placeholders."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)


@pytest.fixture
def stage(installation: Installation) -> Stage:
    """A case of Norvale with a task, a record, a file, a consent and an incident."""
    opened = installation.open_case("ana", chosen_name="Canary Invented")
    system, ana = installation.system, installation.actors["ana"]
    record_consent(system, ana, case_id=opened.case_id, purpose=PURPOSES[0], answer="given")
    file_id = attach_file(
        system, ana, case_id=opened.case_id, category="narrative", name="canary.txt", media_type="text/plain",
        content=BytesIO(b"canary"),
    )
    with system.database.unit(ana) as unit:
        unit.conn.execute(insert(Incident), [{
            "id": "incident-1", "case_id": opened.case_id, "kind": "no_route", "sentence": "canary", "facts": [],
            "flows": [], "opened_at": unit.now, "status": "open",
        }])
        one = unit.conn.execute
        ids = {
            "code": opened.code, "file_id": file_id, "incident_id": "incident-1", "group": "identity",
            "task_id": one(select(Task.id).where(Task.case_id == opened.case_id, IS_OPEN)).scalars().first(),
            "record_id": one(select(Record.id).where(Record.case_id == opened.case_id)).scalars().first(),
            "consent_id": one(select(Consent.id).where(Consent.case_id == opened.case_id)).scalars().first(),
        }
    return Stage(installation, {key: str(value) for key, value in ids.items()})


def routes(stage: Stage) -> list[tuple[Rule, str]]:
    """Every page route that names a part of a case, with each of its methods."""
    found = []
    for rule in stage.installation.app.url_map.iter_rules():
        if rule.rule.startswith("/api") or not set(rule.arguments) & set(OF_THE_CASE):
            continue
        found += [(rule, method) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return found


def ask(browser: Browser, method: str, path: str) -> tuple[int, bytes]:
    """Ask for a page as a browser would, with valid tokens."""
    if method == "GET":
        answer = browser.client.get(path)
    else:
        browser.get("/notices")
        answer = browser.post(path, {})
    return answer.status_code, answer.get_data()


@pytest.mark.parametrize("login", STRANGERS)
def test_a_foreign_case_is_not_there(stage: Stage, login: str) -> None:
    browser = stage.installation.browser(login)
    asked = routes(stage)
    assert len(asked) > 40
    for rule, method in asked:
        foreign, missing = stage.path(rule, stage.ids), stage.path(rule, MISSING)
        status, body = ask(browser, method, foreign)
        # 403 where the role may not use the page at all, 303 where a page only leads on: of whichever case.
        assert status in (404, 403, 303), f"{login} {method} {rule.rule} gave {status}"
        assert b"canary" not in body.lower(), rule.rule
        other_status, other = ask(browser, method, missing)
        assert other_status == status, f"{method} {rule.rule}"
        assert body.replace(foreign.encode(), b"") == other.replace(missing.encode(), b""), f"{method} {rule.rule}"


def test_nobody_sees_nothing(stage: Stage) -> None:
    client = stage.installation.app.test_client()
    for rule, method in routes(stage):
        path = stage.path(rule, stage.ids)
        answer = client.get(path) if method == "GET" else client.post(path, data={})
        assert answer.status_code in (303, 400, 401, 403), f"{method} {rule.rule} gave {answer.status_code}"
        assert b"canary" not in answer.get_data().lower(), rule.rule


def test_the_case_manager_opens_every_page_of_the_case(stage: Stage) -> None:
    browser = stage.installation.browser("ana")
    for rule, method in routes(stage):
        if method != "GET" or rule.endpoint.split(".")[-1].startswith(("audit", "stay", "incident")):
            continue
        if rule.rule.startswith(("/audit", "/incidents")) or rule.rule.endswith("/stay"):
            continue
        status, _ = ask(browser, "GET", stage.path(rule, stage.ids))
        assert status in (200, 303), f"{rule.rule} gave {status}"


def test_the_auditor_reads_acts_and_no_content(stage: Stage) -> None:
    browser = stage.installation.browser("ada")
    status, body = ask(browser, "GET", f"/audit/cases/{stage.ids['code']}")
    assert status == 200
    assert b"canary" not in body.lower()
    for rule, method in routes(stage):
        if rule.rule.startswith("/audit"):
            continue
        status, body = ask(browser, method, stage.path(rule, stage.ids))
        assert b"canary" not in body.lower(), rule.rule
        assert status in (200, 303, 403, 404, 409, 422), f"{method} {rule.rule} gave {status}"
