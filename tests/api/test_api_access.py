"""Access over the API: foreign and missing are one; each role sees exactly its categories (goal:S5, S6, S8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from sqlalchemy import insert, select

from nrm.entrypoints.wsgi import make_app
from nrm.records.sealing import write_record
from nrm.records.tables.case import TeamMember
from nrm.records.tables.consent import Consent
from nrm.records.tables.record import Record
from nrm.records.tables.referral import Referral
from nrm.records.tables.run import Incident
from nrm.records.tables.task import IS_OPEN, Task
from nrm.rules.policy import Setting
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from tests.support.calling import Api

MISSING = "00000000-0000-0000-0000-000000000000"


def canary(category: Category) -> str:
    """Words that stand in one category only."""
    return f"canary-{category}-7c1"


@dataclass
class Stage:
    """One case with something in every category, and the ids of its parts."""

    api: Api
    case_id: str
    code: str
    task_id: str
    record_id: str
    file_id: str
    consent_id: str
    incident_id: str


@pytest.fixture
def stage(api: Api) -> Stage:
    """A case in whose every category a canary stands, written by the managing agency's case manager."""
    drive = api.drive
    case_id = drive.open_case(by=drive.person("CM", "sa_norvale"))
    manager = drive.person("CM", "sa_norvale")
    with drive.system.database.unit(manager) as unit:
        first = unit.conn.execute(select(Record).where(Record.case_id == case_id)).first()
        task = unit.conn.execute(select(Task).where(Task.case_id == case_id, IS_OPEN)).first()
        assert first is not None
        assert task is not None
        record_id = write_record(
            unit, case_id=case_id, form=first.form, form_digest=first.form_digest, bundle=first.bundle,
            parts={category: {"summary": canary(category)} for category in Category}, agency_id="sa_norvale",
            role="CM",
        )
        incident = {"id": "incident-1", "case_id": case_id, "run_id": task.run_id, "element": "x", "kind": "no_route",
                    "sentence": "It stopped.", "facts": [], "flows": [], "opened_at": unit.now, "status": "open"}
        consent = {"id": "consent-1", "case_id": case_id, "purpose": "interview", "recipient": "*", "categories": [],
                   "status": "given", "given_by": "person", "from_at": unit.now, "until_at": None,
                   "withdrawn_at": None, "basis": None, "approver_id": None, "record_id": None,
                   "entered_by": manager.user_id, "entered_at": unit.now}
        unit.conn.execute(insert(Incident), [incident])
        unit.conn.execute(insert(Consent), [consent])
    for category in Category:
        if category not in (Category.STAY, Category.SELF_HARM, Category.OFFENDER):
            body = {"category": str(category), "text": f"note {canary(category)}"}
            assert api.post(f"/cases/{case_id}/notes", manager, body).status_code == 201
    sent = api.call("POST", f"/cases/{case_id}/files", manager, data={
        "category": "narrative", "file": (BytesIO(b"plain words"), "canary-file-7c1.txt", "text/plain"),
    }, content_type="multipart/form-data")
    assert sent.status_code == 201, sent.data
    code = _code(api, case_id)
    return Stage(api, case_id, code, task.id, record_id, sent.get_json()["id"], "consent-1", "incident-1")


def _code(api: Api, case_id: str) -> str:
    manager = api.drive.person("CM", "sa_norvale")
    return str(api.get(f"/cases/{case_id}", manager).get_json()["code"])


def addresses(stage: Stage) -> Iterator[tuple[str, str, str, object]]:
    """Every address about one case: method, the address here, the same where nothing is, and a body."""
    case, task, record = stage.case_id, stage.task_id, stage.record_id
    for ending in ("", "/process", "/plan", "/history"):
        yield "GET", f"/cases/{case}{ending}", f"/cases/{MISSING}{ending}", None
    yield "GET", f"/cases/{stage.code}", "/cases/ZZZ-ZZZZ", None
    yield "GET", f"/audit/cases/{case}/history.csv", f"/audit/cases/{MISSING}/history.csv", None
    bodies: dict[str, object] = {
        "/reveal": {"group": "identity"}, "/history/check": {}, "/runs": {"process": "risk_review"},
        "/team": {"members": [{"role": "CM", "agency_id": "sa_norvale"}]},
        "/notes": {"category": "process", "text": "words"}, "/close": {"reason": "duplicate"},
        "/consents": {"purpose": "interview", "answer": "given"}, "/reopen": {"reason": "new_need"},
        "/links": {"other_code": "AAA-AAAA", "kind": "family"},
        "/overrides": {"recipient": "police", "purpose": "police", "categories": ["identity"],
                       "basis": "court_order", "reason": "words"},
    }
    for ending, body in bodies.items():
        yield "POST", f"/cases/{case}{ending}", f"/cases/{MISSING}{ending}", body
    yield "GET", f"/tasks/{task}", f"/tasks/{MISSING}", None
    yield "GET", f"/tasks/{task}/colleagues", f"/tasks/{MISSING}/colleagues", None
    of_task: dict[str, object] = {
        "claim": {}, "release": {}, "help": {"kind": "need_help"}, "return": {"question": "what?"},
        "complete": {"answers": {}}, "reassign": {"to_user_id": "x", "reason": "absence"},
    }
    for ending, body in of_task.items():
        yield "POST", f"/tasks/{task}/{ending}", f"/tasks/{MISSING}/{ending}", body
    yield "PUT", f"/tasks/{task}/draft", f"/tasks/{MISSING}/draft", {"answers": {}}
    yield "GET", f"/records/{record}", f"/records/{MISSING}", None
    correction = {"answers": {}, "reason": "typing_mistake"}
    yield "POST", f"/records/{record}/correct", f"/records/{MISSING}/correct", correction
    yield "GET", f"/files/{stage.file_id}", f"/files/{MISSING}", None
    yield "POST", f"/consents/{stage.consent_id}/withdraw", f"/consents/{MISSING}/withdraw", {}
    yield "POST", f"/overrides/{stage.consent_id}/confirm", f"/overrides/{MISSING}/confirm", {}
    for ending in ("retry", "confirm"):
        yield "POST", f"/incidents/{stage.incident_id}/{ending}", f"/incidents/{MISSING}/{ending}", {}
    facts = {"facts": {"is_child": "no"}}
    yield "POST", f"/incidents/{stage.incident_id}/supply-fact", f"/incidents/{MISSING}/supply-fact", facts
    way = {"flow": "x", "reason": "words"}
    yield "POST", f"/incidents/{stage.incident_id}/propose", f"/incidents/{MISSING}/propose", way


STRANGERS = [
    ("CM", "sa_midmar"), ("COORD", "sa_midmar"), ("SUP", "sa_southport"), ("POL", "police"), ("MED", "health_centre"),
    ("SHEL", "harbour_house"), ("CP", "child_protection"), ("FAM", "sa_midmar"), ("ADMIN", "national_unit"),
    ("RAP", "national_unit"), ("DES", "national_unit"),
]


@pytest.mark.parametrize(("role", "agency"), STRANGERS)
def test_a_foreign_case_does_not_exist(stage: Stage, role: str, agency: str) -> None:
    stranger = stage.api.drive.person(role, agency)
    for method, here, nowhere, body in addresses(stage):
        found = stage.api.call(method, here, stranger, body)
        missing = stage.api.call(method, nowhere, stranger, body)
        assert (found.status_code, found.data) == (missing.status_code, missing.data), (method, here, found.data)
        assert found.status_code == 404, (method, here, found.data)
        assert dict(found.headers) == dict(missing.headers)


def test_beside_the_pages_a_misspelt_address_looks_the_same_too(stage: Stage) -> None:
    beside = Api(make_app(stage.api.drive.system), stage.api.drive, stage.api.token_of)
    manager = stage.api.drive.person("CM", "sa_norvale")
    bytes_of = {beside.get(one, manager).data for one in ("/nowhere", f"/cases/{MISSING}", "/tasks/x", "/a/b/c")}
    assert len(bytes_of) == 1
    assert beside.get(f"/cases/{stage.case_id}", manager).status_code == 200
    note = {"category": "process", "text": "no page's token is asked of a program"}
    assert beside.post(f"/cases/{stage.case_id}/notes", manager, note).status_code == 201


@pytest.mark.parametrize(("role", "agency"), STRANGERS)
def test_lists_searches_and_counts_hold_nothing_foreign(stage: Stage, role: str, agency: str) -> None:
    stranger = stage.api.drive.person(role, agency)
    for address in ("/tasks?queue=all", "/tasks?queue=team", "/tasks/counts", f"/cases?q={stage.code}", "/cases",
                    "/incidents", "/deadlines?state=all", "/deadlines/agencies", "/notices", "/audit/cases"):
        got = stage.api.get(address, stranger)
        assert got.status_code in (200, 403), (address, got.data)
        text = got.get_data(as_text=True)
        assert stage.case_id not in text
        assert stage.code not in text
        assert "canary" not in text


def seat(api: Api, case_id: str, actor: Actor, *, named: bool = False) -> None:
    """Give somebody a seat in the team, by name."""
    with api.drive.system.database.unit(actor) as unit:
        unit.conn.execute(insert(TeamMember), [{
            "id": f"seat-{actor.user_id}", "case_id": case_id, "role": min(actor.roles),
            "agency_id": actor.agency_id, "user_id": actor.user_id, "from_at": unit.now, "to_at": None,
            "basis": "test", "named": named,
        }])


def all_they_get(stage: Stage, actor: Actor) -> str:
    """Everything of the case that somebody can open, in one text."""
    texts = []
    for address in ("", "/plan", "/history", "/process"):
        texts.append(stage.api.get(f"/cases/{stage.case_id}{address}", actor).get_data(as_text=True))
    texts.append(stage.api.get(f"/records/{stage.record_id}", actor).get_data(as_text=True))
    for group in ("identity", "contact", "stay", "self_harm"):
        got = stage.api.post(f"/cases/{stage.case_id}/reveal", actor, {"group": group})
        texts.append(got.get_data(as_text=True))
    texts.append(stage.api.get(f"/files/{stage.file_id}", actor).get_data(as_text=True))
    return "\n".join(texts)


IN_THE_TEAM = [
    ("CM", "sa_norvale"), ("SUP", "sa_norvale"), ("COORD", "sa_norvale"), ("POL", "police"), ("MED", "health_centre"),
    ("SHEL", "harbour_house"), ("CP", "child_protection"), ("GUARD", "guardians"), ("PROS", "prosecution"),
    ("LAB", "labour_inspectorate"), ("LEG", "lantern"), ("MDT", "sa_norvale"), ("FR", "lantern"),
    ("CA", "national_unit"), ("IOM", "mission"),
]
WIDE = (Setting.YES, Setting.SUMMARY)


@pytest.mark.parametrize(("role", "agency"), IN_THE_TEAM)
def test_each_role_of_the_team_sees_exactly_its_categories(stage: Stage, role: str, agency: str) -> None:
    actor = stage.api.drive.person(role, agency, 2)
    seat(stage.api, stage.case_id, actor)
    text = all_they_get(stage, actor)
    visibility = stage.api.drive.system.configuration.visibility[role]
    own = agency == "sa_norvale"  # the canaries were recorded there
    for category in Category:
        allowed = visibility[category] in WIDE or (own and visibility[category] is Setting.OWN)
        if category is Category.STAY:
            allowed = False  # on a page of its own, for those who are named
        assert (canary(category) in text) == allowed, (role, category, visibility[category])


def test_the_named_few_see_the_place_of_stay_and_nobody_else(stage: Stage) -> None:
    named = stage.api.drive.person("CM", "sa_norvale", 2)
    seat(stage.api, stage.case_id, named, named=True)
    body = {"group": "stay"}
    assert stage.api.post(f"/cases/{stage.case_id}/reveal", named, body).status_code == 200
    colleague = stage.api.drive.person("CM", "sa_norvale", 1)
    got = stage.api.post(f"/cases/{stage.case_id}/reveal", colleague, body)
    assert got.status_code == 403
    assert canary(Category.SELF_HARM) in all_they_get(stage, named)
    assert canary(Category.SELF_HARM) not in all_they_get(stage, colleague)


def test_the_auditor_sees_the_history_and_no_content(stage: Stage) -> None:
    auditor = stage.api.drive.person("AUD", "national_unit")
    assert "canary" not in all_they_get(stage, auditor)
    history = stage.api.get(f"/cases/{stage.code}/history", auditor)
    assert history.status_code == 200
    assert any(entry["act"] == "note.added" for entry in history.get_json()["entries"])
    assert stage.api.get(f"/cases/{stage.case_id}/process", auditor).status_code == 200
    assert stage.api.get(f"/cases/{stage.case_id}", auditor).status_code == 403
    verdict = stage.api.post(f"/cases/{stage.case_id}/history/check", auditor).get_json()
    assert verdict["ok"], verdict
    table = stage.api.get(f"/audit/cases/{stage.code}/history.csv", auditor).get_data(as_text=True)
    assert "note.added" in table
    assert "canary" not in table
    assert stage.code in stage.api.get("/audit/cases?district=norvale", auditor).get_data(as_text=True)


def test_a_provider_sees_the_case_while_its_referral_stands_and_never_the_file(stage: Stage) -> None:
    provider = stage.api.drive.person("PROV", "health_centre")
    address = f"/cases/{stage.case_id}"
    assert stage.api.get(address, provider).status_code == 404
    with stage.api.drive.system.database.unit(provider) as unit:
        unit.conn.execute(insert(Referral), [{
            "id": "referral-1", "case_id": stage.case_id, "run_id": None, "plan_line_id": None,
            "from_agency": "sa_norvale", "to_agency": "health_centre", "service": "medical", "urgency": "7d",
            "status": "accepted", "reason_code": None, "shared_categories": ["identity", "contact", "plan"],
            "consent_id": None, "sent_at": unit.now, "answered_at": unit.now, "done_at": None, "by_id": "x",
        }])
    page = stage.api.get(address, provider).get_json()
    assert [one["service"] for one in page["referrals"]] == ["medical"]
    assert page["stage"] == ""
    assert {seat["agency_id"] for seat in page["team"]} == {"sa_norvale"}
    assert "canary" not in all_they_get(stage, provider)
    with stage.api.drive.system.database.unit(provider) as unit:
        unit.conn.execute(Referral.__table__.update().values(status="revoked"))  # type: ignore[attr-defined]
    assert stage.api.get(address, provider).status_code == 404


def test_the_family_worker_cannot_learn_the_district_of_stay_by_filtering(stage: Stage) -> None:
    worker = stage.api.drive.person("FAM", "sa_midmar")
    with stage.api.drive.system.database.unit(worker) as unit:
        unit.conn.execute(Task.__table__.update().where(Task.id == stage.task_id).values(  # type: ignore[attr-defined]
            role="FAM", agency_id="sa_midmar", unit=None, assignee_id=None, status="open",
        ))
    found = stage.api.get("/tasks?queue=claimable", worker).get_json()
    assert [line["id"] for line in found["items"]] == [stage.task_id]
    assert "district" not in found["items"][0]
    for district in ("norvale", "midmar"):
        assert stage.api.get(f"/tasks?queue=claimable&district={district}", worker).get_json()["items"] == []
    assert stage.api.get(f"/cases/{stage.case_id}", worker).status_code in (403, 404)
