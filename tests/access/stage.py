"""A case of Social Assistance Norvale with one of everything; of every role one in its team, one foreign to it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from nrm.commands.add_note import add_note
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.emergencies import place
from nrm.commands.files import attach_file
from nrm.commands.publishing import start_draft
from nrm.commands.withdraw_consent import record_consent
from nrm.entrypoints.wsgi import make_app
from nrm.records.grants import ACCOUNT, EMERGENCY, REFERRAL, SEAT, SESSION, TASK, TOKEN
from nrm.records.sealing import write_record
from nrm.records.tables.bundle import BundleRow
from nrm.records.tables.consent import Consent
from nrm.records.tables.deadline import ClockRequest, Deadline
from nrm.records.tables.erasure import Erasure, LegalHold
from nrm.records.tables.need_to_know import Signal
from nrm.records.tables.record import Record
from nrm.records.tables.referral import PlanLine, ServiceGap
from nrm.records.tables.run import Incident
from nrm.records.tables.task import Task
from nrm.records.tables.two_persons import ExportRequest
from nrm.records.tables.work import Batch
from nrm.records.tables.working_time import Absence, Duty
from nrm.records.unit import Unit
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.categories import Category
from nrm.wiring.secrets import token_hash
from tests.support.driving import START, Drive, Installation, read_installation, user_id
from tests.support.granting import grant, keep_away
from tests.support.signing import sign_with_new_key

MINE = "sa_norvale"
HOMES = {  # role -> (agency of who is in the team, agency of who is foreign)
    "FR": (MINE, "lantern"), "CM": (MINE, "sa_midmar"), "COORD": (MINE, "sa_midmar"), "SUP": (MINE, "sa_midmar"),
    "FAM": (MINE, "sa_midmar"), "MDT": (MINE, "sa_midmar"), "HOT": ("lantern",), "LEG": ("lantern",),
    "SHEL": ("harbour_house",), "MED": ("health_centre",), "PSY": ("health_centre",), "PROV": ("health_centre",),
    "CP": ("child_protection",), "GUARD": ("guardians",), "POL": ("police",), "PROS": ("prosecution",),
    "LAB": ("labour_inspectorate",), "IOM": ("mission",), "IOM-S": ("mission",), "IOM-R": ("mission",),
    "CA": ("national_unit",), "NCU": ("national_unit",), "AUD": ("national_unit",), "DES": ("national_unit",),
    "RAP": ("national_unit",), "ADMIN": ("national_unit",), "BEN": ("national_unit",), "CONS": ("national_unit",),
    "DPO": ("national_unit",),
}
"""Every role a person can have: all but the clock's. Where one agency is named, the foreign one is a colleague."""
UNSERVED = ("BEN", "CONS")
"""Roles that no agency of the invented country fills."""
QUESTIONS = {
    Category.IDENTITY: "chosen_name", Category.CONTACT: "contact_value", Category.STAY: "location_now",
    Category.NARRATIVE: "summary", Category.HEALTH: "interpreter_wish", Category.SELF_HARM: "people_concerned",
    Category.RISK: "contact_safe_time", Category.FAMILY: "children_count", Category.PLAN: "given_name",
    Category.DECISION: "family_name", Category.OFFENDER: "unrelated_to", Category.PROCESS: "caller_role",
}
"""For each category a question of the opening form (form:F01) whose answer is a canary, whatever it asks."""
CSRF = "a-token-of-the-form"
NOWHERE = "00000000-0000-4000-8000-000000000000"
MISSING = {
    **dict.fromkeys(("case", "task_id", "record_id", "file_id", "consent_id", "override_id", "incident_id",
                    "deadline_id", "request_id", "hold_id", "erasure_id"), NOWHERE),
    "code": "ZZZ-ZZZZ",
}


def canary(category: Category) -> str:
    """Words that stand in one category only."""
    return f"canary-{category}-7c1"


@dataclass
class Stage:
    """The installation, its application, and the ids of what stands in it."""

    drive: Drive
    app: Flask
    ids: dict[str, str]
    inside: dict[str, Actor]
    """Role -> who has a seat in the team, by name."""
    foreign: dict[str, Actor]
    """Role -> who has nothing to do with the case."""
    pristine: sqlite3.Connection
    """The database as it was when the stage was set."""
    things: dict[str, Any] = field(default_factory=dict)
    """What :mod:`tests.access.states` adds: ids and words, by name."""

    def address(self, path: str, *, missing: bool = False, own: Mapping[str, str] | None = None) -> str:
        """An address with its placeholders filled, ``own`` first; ``missing``: with what there is not."""
        ids = {**self.ids, **(MISSING if missing else {}), **(own or {})}
        return re.sub(r"<(\w+)>", lambda found: ids[found[1]], path)

    def keep(self) -> None:
        """Let the database be what it is now, whenever something is undone."""
        with closing(sqlite3.connect(self.file)) as database:
            database.backup(self.pristine)

    def reset(self) -> None:
        """Undo whatever was written since the stage was set."""
        with closing(sqlite3.connect(self.file)) as database:
            self.pristine.backup(database)

    @property
    def file(self) -> str:
        """The file of the database."""
        return self.drive.installation.settings.database_url.removeprefix("sqlite:///")

    def hand_over(self, actor: Actor) -> None:
        """Give the open task of the case to somebody, by name."""
        with self.drive.system.database.unit(SYSTEM) as unit:
            TASK.change(
                unit, Task.id == self.ids["task_id"], role=min(actor.roles), agency_id=actor.agency_id,
                unit=actor.unit, assignee_id=actor.user_id, status="claimed",
            )


@contextmanager
def stage_in(installed_folder: Path, folder: Path) -> Iterator[Stage]:
    """Set the stage in a copy of an installation, on SQLite, and take it down again."""
    installation = read_installation(Path(shutil.copytree(installed_folder, folder)))
    made = set_stage(installation)
    made.keep()
    try:
        yield made
    finally:
        made.pristine.close()
        installation.close()


def set_stage(installation: Installation) -> Stage:
    """Open the case and put one of everything into it."""
    drive = Drive(installation)
    inside = {role: drive.person(role, homes[0], 1) for role, homes in HOMES.items()}
    foreign = {role: drive.person(role, homes[-1], 1 if len(homes) > 1 else 2) for role, homes in HOMES.items()}
    with drive.system.database.unit(SYSTEM) as unit:
        _unserved(unit, [one[role] for role in UNSERVED for one in (inside, foreign)])
        _let_in(unit, [*inside.values(), *foreign.values()])
    manager = inside["CM"]
    case_id = drive.open_case(by=manager)
    task = drive.task(case_id, "record_safety")
    ids = {"case": case_id, "code": drive.case(case_id).code, "task_id": task.id, "group": "identity"}
    ids |= {"calendar": "norvale", "calendar_id": "norvale", "seq": "1"}
    ids |= _writings(drive, manager, case_id)
    with drive.system.database.unit(manager) as unit:
        _team(unit, case_id, inside)
        ids |= _registers(unit, case_id, task.run_id, inside)
        ids |= _watched(unit, case_id) | _exports(unit, inside["AUD"])
    ids |= _signed(drive) | _process(drive, inside["DES"])
    return Stage(drive, make_app(drive.system), ids, inside, foreign, sqlite3.connect(":memory:"))


def _unserved(unit: Unit, people: list[Actor]) -> None:
    grant(unit, ACCOUNT, [
        {
            "id": one.user_id, "login": one.user_id, "name": f"{one.user_id} Invented", "agency_id": one.agency_id,
            "roles": sorted(one.roles), "created_at": START,
        } for one in people
    ])


def _let_in(unit: Unit, people: list[Actor]) -> None:
    """A session and a token for each."""
    until = START + timedelta(hours=12)
    grant(unit, SESSION, [
        {
            "token_hash": token_hash(f"session-{one.user_id}"), "user_id": one.user_id, "created_at": START,
            "last_seen_at": START, "expires_at": until, "csrf": CSRF,
            "fresh_until": until,
        } for one in people
    ])
    grant(unit, TOKEN, [
        {
            "id": f"t-{one.user_id}", "user_id": one.user_id, "token_hash": token_hash(f"token-{one.user_id}"),
            "created_at": START,
        } for one in people
    ])


def _team(unit: Unit, case_id: str, inside: Mapping[str, Actor]) -> None:
    grant(unit, SEAT, [
        {
            "id": f"seat-{role}", "case_id": case_id, "role": role, "agency_id": one.agency_id,
            "user_id": one.user_id, "from_at": unit.now, "basis": "invented", "named": role == "CM",
        } for role, one in inside.items()
    ])


def _writings(drive: Drive, manager: Actor, case_id: str) -> dict[str, str]:
    """A record, notes and a file in whose every category a canary stands."""
    for category in Category:
        if category not in (Category.STAY, Category.SELF_HARM, Category.OFFENDER):
            add_note(drive.system, manager, case_id=case_id, category=category, text=f"note {canary(category)}")
    file_id = attach_file(
        drive.system, manager, case_id=case_id, category="narrative", name="canary-file-7c1.txt",
        media_type="text/plain", content=BytesIO(b"canary-file-7c1"),
    )
    record_consent(drive.system, manager, case_id=case_id, purpose="interview", answer="given")
    with drive.system.database.unit(manager) as unit:
        first = unit.conn.execute(select(Record).where(Record.case_id == case_id)).one()
        record_id = write_record(
            unit, case_id=case_id, form=first.form, form_digest=first.form_digest, bundle=first.bundle,
            parts={category: {key: canary(category)} for category, key in QUESTIONS.items()}, agency_id=MINE, role="CM",
        )
        consent = unit.conn.execute(select(Consent.id).where(Consent.case_id == case_id)).scalars().first()
    return {"record_id": record_id, "file_id": file_id, "consent_id": str(consent), "override_id": str(consent)}


def _registers(unit: Unit, case_id: str, run_id: str, inside: Mapping[str, Actor]) -> dict[str, str]:
    unit.conn.execute(insert(Incident), [{
        "id": "incident-1", "case_id": case_id, "run_id": run_id, "element": "x", "kind": "no_route",
        "sentence": "canary-incident-7c1", "facts": [], "flows": [], "opened_at": unit.now, "status": "open",
    }])
    clock = unit.conn.execute(select(Deadline).where(Deadline.case_id == case_id, Deadline.kind == "task")).first()
    assert clock is not None
    unit.conn.execute(insert(ClockRequest), [{
        "id": "request-1", "case_id": case_id, "deadline_id": clock.id, "kind": "extend", "ground": "law", "units": 1,
        "asked_by": "somebody", "asked_at": unit.now,
    }])
    unit.conn.execute(insert(ServiceGap), [{
        "id": "gap-1", "service": "legal", "district": "norvale", "urgency": "7d", "reason": "no_capacity",
        "agency_id": MINE, "recorded_at": unit.now, "status": "open",
    }])
    unit.conn.execute(insert(PlanLine), [{
        "id": "line-1", "case_id": case_id, "no": 1, "need": "", "service": "legal", "agency_id": "guardians",
        "status": "agreed",
    }])
    grant(unit, REFERRAL, [{
        "id": "referral-0", "case_id": case_id, "from_agency": MINE, "to_agency": "guardians", "service": "legal",
        "status": "sent", "made_at": unit.now, "sent_at": unit.now, "by_id": inside["CM"].user_id,
    }])
    unit.conn.execute(insert(Absence), [{
        "id": "absence-1", "user_id": inside["CM"].user_id, "substitute_id": None, "from_at": START,
        "to_at": START + timedelta(days=3), "scope": {}, "status": "planned", "added_by": "somebody",
        "added_at": unit.now,
    }])
    unit.conn.execute(insert(Duty), [{
        "id": "duty-1", "role": "COORD", "district": "norvale", "user_id": inside["COORD"].user_id,
        "from_at": START, "to_at": START + timedelta(days=3), "added_by": "somebody", "added_at": unit.now,
    }])
    unit.conn.execute(insert(Batch), [{
        "id": "batch-1", "kind": "move_tasks", "by_id": inside["COORD"].user_id, "at": unit.now, "params": {},
        "total": 0, "status": "done",
    }])
    unit.conn.execute(insert(LegalHold), [{
        "id": "hold-1", "case_id": case_id, "ground": "audit", "by_id": "somebody", "at": unit.now,
    }])
    unit.conn.execute(insert(Erasure), [{
        "id": "erasure-1", "case_id": case_id, "case_code": "", "basis": "person_asked", "status": "proposed",
        "proposed_by": "somebody", "proposed_at": unit.now,
    }])
    return {
        "hold_id": "hold-1", "erasure_id": "erasure-1",
        "incident_id": "incident-1", "deadline_id": clock.id, "request_id": "request-1", "gap_id": "gap-1",
        "referral_id": "referral-0", "line": "1", "line_no": "1",
        "absence_id": "absence-1", "duty_id": "duty-1", "batch_id": "batch-1", "token_id": f"t-{inside['MDT'].user_id}",
    }


def _watched(unit: Unit, case_id: str) -> dict[str, str]:
    """Somebody who is kept from the case, one who opened it in an emergency that is over, and a signal."""
    keep_away(unit, case_id, "kept-1", noted_by="somebody", reason="known")
    grant(unit, EMERGENCY, [{
        "id": "emergency-1", "case_id": case_id, "user_id": "somebody", "agency_id": MINE, "reason": "danger_to_life",
        "sealed": unit.seal(case_id, Category.PROCESS, b"words", place("emergency-1")), "stay": False,
        "from_at": unit.now, "until_at": unit.now,
    }])
    unit.conn.execute(insert(Signal), [{
        "id": "signal-1", "kind": "many_cases", "user_id": "somebody", "agency_id": MINE, "case_id": None,
        "at": unit.now, "number": 31, "once": "signal-1", "status": "open",
    }])
    return {"kept_id": "kept-1", "emergency_id": "emergency-1", "signal_id": "signal-1"}


def _exports(unit: Unit, auditor: Actor) -> dict[str, str]:
    """A large export that somebody asks for, and one that the auditor may take."""
    unit.conn.execute(insert(ExportRequest), [
        {
            "id": f"export-{no}", "what": "history", "status": status, "asked_by": asked_by, "asked_at": unit.now,
            "history_seq": 1, "decided_by": None, "decided_at": unit.now,
        } for no, (status, asked_by) in enumerate([("asked", "somebody"), ("allowed", auditor.user_id)], start=1)
    ])
    return {"export_id": "export-1"}


def _signed(drive: Drive) -> dict[str, str]:
    """A checkpoint of everything so far."""
    sign_with_new_key(drive.system)
    return {"checkpoint_id": str(take_checkpoint(drive.system).id)}


def _process(drive: Drive, author: Actor) -> dict[str, str]:
    """The addresses of a published process, and a draft of it."""
    process = "identification"
    version = drive.one(select(BundleRow).where(BundleRow.process == process))
    draft_id = start_draft(drive.system, author, process=process)
    return {
        "process": process, "process_id": process, "digest": version.digest, "draft_id": draft_id,
        "form": "F04_screening", "form_id": "F04_screening", "table_id": "D-01_elements",
        "table": "D-01_elements", "before": "1", "after": "1",
        "name": "identification.bpmn", "user_id": user_id("MDT", MINE, 2), "agency_id": MINE,
        "filename": "icon.svg", "session_id": "0" * 16, "factor_id": "0",
    }
